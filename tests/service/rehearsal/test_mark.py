"""The mark of a rehearsal's store: its clock goes on in every process, and a live store has no way to it."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import walras.service
from walras.errors import BadInput
from walras.service.bootstrap import Settings, build, set_up
from walras.service.clock import moment
from walras.service.commands import ApplyForMembership
from walras.service.rehearsal.people import people
from walras.service.rehearsal.stage import staged
from walras.service.roles import Role
from walras.service.store.instance import clock_ahead, is_rehearsal, mark_rehearsal, set_clock

BEGINS = datetime(2031, 5, 1, 9, tzinfo=UTC)
REGULATOR = {"role": "regulator", "name": "Office", "country": "IT", "contact_name": "Ada Example",
             "contact_email": "ada@example.invalid"}  # fmt: skip


def now(store):
    with store.read() as connection:
        return moment(store.clock.now(connection))


def test_a_rehearsals_clock_goes_on_wherever_its_store_is_opened(tmp_path):
    with staged(tmp_path, BEGINS) as stage:
        stage.at(BEGINS + timedelta(days=2))
        stage.at(BEGINS)  # it never goes back
        stage.do("", ApplyForMembership.model_validate(REGULATOR))
    later = build(Settings(tmp_path), has_door=False)
    try:
        assert timedelta(days=2) <= now(later.store) - BEGINS < timedelta(days=2, minutes=1)
        with later.store.read() as connection:
            assert is_rehearsal(connection)
            found = people(connection)
        officers = [("U-0001", "first officer", Role.OPERATOR, "OP"), ("U-0002", "second officer", Role.OPERATOR, "OP")]
        assert [(p.user, p.name, p.role, p.company) for p in found] == officers  # the regulator is not admitted yet
    finally:
        later.close()


def test_a_live_store_is_never_marked(store_url, tmp_path):
    built = build(Settings(tmp_path, store_url), has_door=False)
    try:
        set_up(built.store, built.secrets)
        with built.store.read() as connection:
            assert (is_rehearsal(connection), clock_ahead(connection), people(connection)) == (False, 0, [])
        assert abs(now(built.store) - datetime.now(UTC)) < timedelta(minutes=5)
        with pytest.raises(BadInput) as refused, built.store.write() as connection:
            mark_rehearsal(connection, 1)
        assert [m.rule for m in refused.value.mistakes] == ["rehearsal_new"]
        with pytest.raises(AssertionError), built.store.write() as connection:
            set_clock(connection, 1)
        with built.store.read() as connection:
            assert not is_rehearsal(connection)
    finally:
        built.close()


def test_only_the_stage_writes_the_mark():
    """By the text of the sources: nothing else of the service names what writes it."""
    folder = Path(walras.service.__file__).parents[1]
    writers = re.compile(r"\b(mark_rehearsal|set_clock)\b")
    found = {f.relative_to(folder).as_posix() for f in folder.rglob("*.py") if writers.search(f.read_text("utf-8"))}
    assert found == {"service/rehearsal/stage.py", "service/store/instance.py"}
