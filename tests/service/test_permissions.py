"""The permission matrix: the page says what the registries say, and the API does it, cell by cell."""

import importlib.util
import re
from datetime import date
from pathlib import Path

import pytest
from tests.service.world import WHO, World

from walras.service.api.app import ORDER_COMMANDS
from walras.service.commands import COMMANDS
from walras.service.dispatch import HANDLERS
from walras.service.queries import QUERIES
from walras.service.readers import READERS
from walras.service.roles import Role
from walras.service.store.engine import open_store
from walras.service.timetable.rules import door_profiles, load_door_rules

DOCS = Path(__file__).parents[2] / "docs"
ANSWERS = {"path": {"market": "none", "session": "none", "version": "1", "name": "none", "company": "none",
                    "level": "public", "document": "1", "delivery_day": "2026-06-10", "contract": "none",
                    "kind": "schedule", "proposal": "1", "stream": "none", "run": "1", "element": "none",
                    "number": "none", "form": "html", "agreement": "none", "month": "2026-06",
                    "day": "2026-06-10"}}  # fmt: skip


def matrix():
    """Rows of the page: name -> the roles that may."""
    page = (DOCS / "permissions.md").read_text(encoding="utf-8")
    found = {}
    for line in re.findall(r"^\| `.*$", page, flags=re.MULTILINE):
        word, *cells = (c.strip() for c in line.strip("|").split("|"))
        found[word.strip("`")] = {role for role, cell in zip(Role, cells, strict=False) if cell == "yes"}
    return found


EXPECTED = matrix()


@pytest.fixture(scope="module")
def people(sqlite_model, tmp_path_factory):
    import shutil

    from walras.service.secrets import Secrets

    path = tmp_path_factory.mktemp("permissions") / "walras.db"
    shutil.copy(sqlite_model, path)
    store = open_store(str(path))
    with World(store, Secrets(b"k" * 32)) as world:
        yield world
    store.close()


def test_the_page_is_what_the_registries_say():
    spec = importlib.util.spec_from_file_location("make_permissions", DOCS / "make_permissions.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (DOCS / "permissions.md").read_text(encoding="utf-8") == module.page()


def test_the_page_has_every_command_and_query():
    assert set(EXPECTED) == set(COMMANDS) | set(QUERIES)
    assert all(EXPECTED.values()), "somebody may ask each"


SERVED = [w for w, c in COMMANDS.items() if c in HANDLERS or c in ORDER_COMMANDS]
READ = [w for w, q in QUERIES.items() if q in READERS]
CELLS = [(role, word) for word in (*SERVED, *READ) for role in Role]


@pytest.mark.parametrize(("role", "word"), CELLS, ids=str)
def test_a_cell(people, role, word):
    """Bodies are empty: whoever may ask is told what is missing, whoever may not is told that alone."""
    if word in COMMANDS:
        address = COMMANDS[word].address().format(**ANSWERS["path"])
        response = people.send(address, b"{", WHO[role])
    else:
        response = people.get(QUERIES[word].path.format(**ANSWERS["path"]), WHO[role])
    rule = response.json()["mistakes"][0]["rule"] if response.is_error else ""
    if role in EXPECTED[word]:
        assert response.status_code in {200, 400, 404, 415} or rule == "own_company", response.text
    else:
        assert (response.status_code, rule) == (401 if role is Role.PUBLIC else 403, "role_may")


@pytest.mark.parametrize("word", [w for w in SERVED if w != "apply-for-membership"])
def test_no_command_but_the_application_is_open_to_the_public(people, word):
    address = COMMANDS[word].address().format(**ANSWERS["path"])
    assert people.send(address, b"{}", "").status_code == 401


def test_every_command_and_query_is_served():
    assert {w for w, c in COMMANDS.items() if c not in HANDLERS} == {c.word() for c in ORDER_COMMANDS}
    assert {w for w, q in QUERIES.items() if q not in READERS} == set()


ACTS = {
    "profile": "set-market", "limits": "set-rights", "admission": "admit-company", "reinstatement": "reinstate-company",
    "final_results": "finalise-session", "cancel": "cancel-session", "fallback": "start-fallback",
    "erasure": "erase-person", "missing_book": "declare-missing-book", "exclusion": "exclude-order",
    "readmission": "readmit-order", "capacity_rights": "grant-right", "settlement_terms": "set-settlement-terms",
    "fixing_correction": "correct-fixing", "payment_out": "send-payment",
    "currency_exchange": "exchange-currency", "reversal": "reverse-event",
    "default": "declare-default", "collateral_out": "release-collateral",
}  # fmt: skip
"""Acts of a profile that need four eyes, and the command of each; a case has its own two decisions."""


@pytest.mark.parametrize("profile", door_profiles())
def test_what_a_profile_calls_four_eyes_waits_for_a_second_officer(profile):
    said = set(load_door_rules(profile, date(2026, 1, 1)).four_eyes) - {"screening"}
    assert {ACTS[act] for act in said} == {w for w, c in COMMANDS.items() if c.is_critical}
