"""What everybody may read: the same bytes for one ETag, the stage everywhere, and nothing secret."""

import io
import json
import re
from importlib import resources

import polars as pl
import pytest
from sqlalchemy import update
from tests.service.publication.conftest import KEY
from tests.service.worker.stage import SESSION, the_book

from walras.results.publication import KeyRing, verify
from walras.service.publication import marks, reading
from walras.service.store import sessions
from walras.service.store.schema import artefacts
from walras.service.store.schema import markets as market_table
from walras.service.store.schema import sessions as session_table
from walras.service.trail_check import flaws
from walras.service.worker.certified import certified

RESULTS = f"/v1/sessions/{SESSION}/results"


def final(stage):
    with stage.store.write() as connection:
        connection.execute(update(session_table).values(state="final"))


def test_a_table_comes_in_three_forms_that_say_the_same(public):
    prices = {form: public.get(f"{RESULTS}/prices.{form}") for form in ("csv", "json", "parquet")}
    rows = json.loads(prices["json"].text)["rows"]
    read = pl.read_parquet(io.BytesIO(prices["parquet"].content))
    lines = prices["csv"].text.splitlines()
    assert len(rows) == read.height == len(lines) - 1 > 40
    assert [r["price_eur_per_mwh"] for r in rows] == read["price_eur_per_mwh"].to_list()
    assert lines[1].endswith(f"{SESSION},1,preliminary")


def test_one_etag_means_one_content_and_spares_sending_it(public):
    first = public.get(f"{RESULTS}/prices.csv")
    again = public.get(f"{RESULTS}/prices.csv", headers={"If-None-Match": f'"other", W/{first.headers["ETag"]}'})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    head = public.head(f"{RESULTS}/prices.csv")
    assert (head.content, head.headers["Content-Length"]) == (b"", str(len(first.content)))
    assert public.get(f"{RESULTS}/prices.json").headers["ETag"] != first.headers["ETag"]


def test_only_a_final_version_that_was_named_may_be_kept_for_ever(stage, public):
    before = public.get(f"{RESULTS}/prices.csv?version=1")
    assert "immutable" not in before.headers["Cache-Control"]
    assert before.headers["Walras-Stage"] == "preliminary"
    final(stage)
    after = public.get(f"{RESULTS}/prices.csv?version=1")
    assert "immutable" in after.headers["Cache-Control"]
    assert after.headers["ETag"] != before.headers["ETag"], "the stage stands in the file"
    assert after.text.splitlines()[1].endswith(",final")
    assert "immutable" not in public.get(f"{RESULTS}/prices.csv").headers["Cache-Control"]


@pytest.mark.parametrize("state", ["cancelled", "fallback"])
def test_a_result_of_a_session_without_one_is_withdrawn(stage, public, state):
    with stage.store.write() as connection:
        connection.execute(update(session_table).values(state=state))
    assert public.get(f"{RESULTS}/prices.json").json()["stage"] == "withdrawn"
    assert "Withdrawn" in public.get(f"/public/{SESSION}").text


def test_an_older_version_is_superseded(stage, public):
    with stage.store.write() as connection:
        connection.execute(update(session_table).values(version=2))
    assert public.get(f"{RESULTS}/prices.json?version=1").json()["stage"] == "superseded"
    assert public.get(f"{RESULTS}/prices.json").status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        f"{RESULTS}/result/prices.parquet", f"{RESULTS}/regulator.zip", f"{RESULTS}/member/M-0001.zip",
        f"{RESULTS}/../../../etc/passwd", f"{RESULTS}/order_acceptances.csv", f"{RESULTS}/nothing.csv",
        "/v1/sessions/none/results/prices.csv", "/public/none", f"{RESULTS}/prices.csv?version=3",
        "/v1/markets/TWO/latest/final/prices.csv", "/v1/markets/NO/latest/final/prices.csv",
        "/v1/markets/TWO/latest/soon/prices.csv", "/public/%3Cscript%3E",
    ],
)  # fmt: skip
def test_what_is_not_public_is_not_there(public, address):
    answer = public.get(address)
    assert answer.status_code == 404
    assert "M-0001" not in answer.text or "member/" in address


def test_the_latest_of_a_stage_is_found(stage, public):
    assert public.get("/v1/markets/TWO/latest/preliminary/prices.json").json()["session"] == SESSION
    final(stage)
    assert public.get("/v1/markets/TWO/latest/final/prices.json").json()["stage"] == "final"
    assert public.get("/v1/markets/TWO/latest/preliminary/prices.json").status_code == 404


def test_the_bundle_that_is_published_verifies_elsewhere(public, tmp_path):
    (tmp_path / "public.zip").write_bytes(public.get(f"{RESULTS}/public.zip").content)
    found = verify(tmp_path / "public.zip", ring())
    assert found.is_ok, [c for c in found.checks if not c.is_ok]
    assert found.level == "public"


def ring():
    from datetime import UTC, datetime

    from walras.results.publication import PublicKey

    first, last = datetime(2020, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
    return KeyRing((PublicKey(KEY.public_key, first, last),))


def test_a_final_result_brings_its_final_certificate(stage, public, tmp_path):
    first = public.get(f"{RESULTS}/certificate.json").json()["document"]
    final(stage)
    store_final(stage)
    last = public.get(f"{RESULTS}/certificate.json").json()["document"]
    assert (first["stage"], last["stage"]) == ("preliminary", "final")
    assert {n: v for n, v in first.items() if n != "stage"} == {n: v for n, v in last.items() if n != "stage"}
    (tmp_path / "final.zip").write_bytes(public.get(f"{RESULTS}/public.zip").content)
    assert verify(tmp_path / "final.zip", ring()).certificate["stage"] == "final"
    with stage.store.read() as connection:
        assert [f for f in flaws(connection) if "result" in f.where] == []


def store_final(stage):
    from walras.service.roles import WORKER
    from walras.service.work import Work
    from walras.service.worker.finalise import certify_finals

    with stage.store.write() as connection:
        work = Work(connection, stage.store.clock, WORKER, stage.secrets)
        work.record(SESSION, "final", {"from": "cleared", "version": 1})
        work.finish()
    assert certify_finals(stage.store, stage.secrets, KEY, lambda *_: the_book()) == [SESSION]


def test_what_is_signed_of_one_run_has_the_same_bytes_each_time(stage, public):
    from walras.service.worker.finalise import stored

    assert public
    with stage.store.read() as connection:
        cleared = stored(connection, stage.secrets, sessions.get(connection, SESSION), the_book())
    again = {f.name: f.digest for f in certified(KEY)(cleared)}
    assert again == {name: digest for (_, name), digest in stage.files().items()}


def test_pages_have_no_scripts_and_say_the_stage(stage, public):
    for address in ("/public", f"/public/{SESSION}"):
        answer = public.get(address)
        assert answer.status_code == 200
        assert "<script" not in answer.text
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "preliminary" in answer.text
        assert public.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    page = public.get(f"/public/{SESSION}").text
    assert "<title>" + SESSION + " (preliminary, version 1)</title>" in page
    words = ("Prices, EUR/MWh", "net positions", "exchanges", "Paradoxically rejected", "Congestion", "Welfare")
    assert [w for w in words if w not in page] == []
    final(stage)
    assert "Final: this result binds" in public.get(f"/public/{SESSION}").text


def test_what_an_operator_names_cannot_become_markup(stage, public):
    with stage.store.write() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        connection.execute(update(market_table).values(code="<b>&TWO"))
        connection.execute(update(session_table).values(market="<b>&TWO", delivery_day="<i>dry"))
        connection.exec_driver_sql("UPDATE market_versions SET market = '<b>&TWO'")
    page = public.get(f"/public/{SESSION}").text + public.get("/public").text
    assert "<b>" not in page
    assert "<i>" not in page
    assert "&lt;b&gt;&amp;TWO" in page


def test_no_public_byte_names_a_member_or_an_order(stage, public):
    from walras.service.publication import reading

    book = the_book()
    words = {n.encode() for n in (*book.blocks.name, *book.curves.name, *book.blocks.member, *book.curves.member)}
    with stage.store.read() as connection:
        of = reading.published(connection, SESSION)
        named = reading.names(connection, of)
    bodies = [public.get(f"{RESULTS}/{n}").content for n in named if not n.endswith(".zip")]
    bodies.append(public.get(f"/public/{SESSION}").content)
    assert not [w for w in words if any(w in b for b in bodies)]
    assert {a.is_public for a in stage.rows(artefacts) if "member/" in a.name or "regulator" in a.name} == {False}


@pytest.mark.parametrize("kind", ["dry_run", "simulation"])
def test_a_dry_run_is_not_for_the_public(stage, public, kind):
    assert public.get(f"{RESULTS}/prices.csv").status_code == 200
    with stage.store.write() as connection:
        connection.execute(update(session_table).values(kind=kind))
    assert public.get(f"{RESULTS}/prices.csv").status_code == 404
    assert public.get(f"/public/{SESSION}").status_code == 404
    assert SESSION not in public.get("/public").text


@pytest.mark.parametrize("stage", reading.STAGES)
def test_every_stage_has_words_and_a_colour_of_its_badge_and_its_banner(stage):
    style = (resources.files("walras.service.publication") / "style.css").read_text(encoding="utf-8")
    assert stage in marks.MEANING
    rules = [(names, body) for names, body in re.findall(r"([^{}]+)\{([^{}]*)\}", style)]
    chosen = {body.strip() for names, body in rules if f".{stage}" in re.split(r"[,\s]+", names.strip())}
    assert any("background: var(--" in body for body in chosen), "white letters need a ground"
    banners = [body for names, body in rules if f".banner.{stage}" in re.split(r"[,\s]+", names.strip())]
    assert any("border-left-color" in body for body in banners)
