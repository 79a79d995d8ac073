"""What the regulator reads at the door, with figures by hand; and a replay finds whatever was changed in the store."""

import io
import json
import os
import zipfile
from base64 import urlsafe_b64encode
from datetime import date

import polars as pl
import pytest
from sqlalchemy import select, update
from tests.service.border.stage import BUYER, DAY, SELLER, SOUTH, Border
from tests.service.three_states import DAY as NIGHT
from tests.service.three_states import KEY, Night
from typer.testing import CliRunner

from walras.cli import app
from walras.errors import BadInput, SolverFailed
from walras.results.publication import KeyRing, PublicKey, write_ring
from walras.service import commands as c
from walras.service.clock import moment
from walras.service.gate import book_loader
from walras.service.readers.oversight import ONE_REPLAY
from walras.service.replay import STEPS, replay
from walras.service.store.schema import artefacts, market_versions, orders, runs, submissions
from walras.service.worker.finalise import certify_finals

RING = KeyRing((PublicKey(KEY.public_key, moment(0), moment(10**17)),))
DAYS = f"first_day={NIGHT}&last_day={NIGHT}"


def final(world, **run):
    night = Night(world, **run)
    assert night.runner().once() == "done"
    night.at(1000)
    world.by_two(c.FinaliseSession(session=night.session))
    for who in ("OP", "R-0001", "M-0001"):
        world.add_key(who)
    return night


def rule_of(response):
    return response.status_code, response.json()["mistakes"][0]["rule"]


def test_figures_of_a_final_result(finished):
    """A sells 95 of 100, all of M-0001, and may import 55: RSI (100 + 55 - 100) / (40 + 55). C: M-0002, 45 / 60.

    B: 100 of M-0001, 50 imported, 20 exported: (100 + 50 - 100) / 70.
    """
    world, night = finished, finished.night
    found = world.get(f"/markets/three/pivotal-suppliers?{DAYS}", "R-0001").json()
    assert found["sessions"] == [night.session]
    rsi = {
        i["zone"]: (i["supplier"], i["lowest_rsi"], i["pivotal_hours"], i["hours"], i["fails"]) for i in found["items"]
    }
    assert rsi == {
        "A": ("M-0001", round(55 / 95, 9), 1.0, 1.0, True), "B": ("M-0001", round(50 / 70, 9), 1.0, 1.0, True),
        "C": ("M-0002", 0.75, 1.0, 1.0, True),
    }  # fmt: skip
    assert world.get("/markets/three/pivotal-suppliers", "R-0001").json() == found, "the last day unless days are named"
    path = f"/markets/three/concentration?{DAYS}"
    items = world.get(path, "OP").json()["items"]
    assert {(i["zone"], i["side"], i["mean_hhi_accepted"]) for i in items} == {
        (z, s, 10_000.0) for z in "ABC" for s in ("demand", "supply")
    }
    assert {i["area"] for i in world.get(path + "&of=areas").json()["items"]} == {"A", "B", "C"}
    grouped = world.get(path + "&groups=All=M-0001,M-0002&form=csv", "R-0001")
    table = pl.read_csv(io.BytesIO(grouped.content))
    assert (grouped.headers["content-type"], set(table["largest"])) == ("text/csv; charset=utf-8", {"All"})
    for path in ("concentration", "pivotal-suppliers"):
        assert rule_of(world.get(f"/markets/three/{path}?{DAYS}", "M-0001")) == (403, "role_may")


def test_an_order_book_after_the_gate(finished):
    small_world, night = finished, finished.night
    path = f"/sessions/{night.session}/order-book"
    sent = small_world.get(path, "R-0001")
    with zipfile.ZipFile(io.BytesIO(sent.content)) as archive:
        rows = pl.read_csv(io.BytesIO(archive.read("orders.csv")))
        said = json.loads(archive.read("about.json"))
    sun = rows.filter(pl.col("order") == "M-0001.a-sun").row(0, named=True)
    assert (sun["accepted_mwh"], sun["price"], sun["outcome"]) == (95.0, 10.0, "curtailed")
    assert (said["session"], said["names"]) == (night.session, "codes")
    summary = json.loads(night.file("result/summary.json"))
    assert {n: said[n] for n in ("market_hash", "settings_hash", "result_hash")} == {
        n: summary[n] for n in ("market_hash", "settings_hash", "result_hash")
    }
    assert small_world.get(path, "OP").content == sent.content, "the same bytes to both"
    hidden = small_world.get(path + "?names=pseudonyms&form=parquet", "R-0001").content
    with zipfile.ZipFile(io.BytesIO(hidden)) as archive:
        assert not [n for n in archive.namelist() if b"M-000" in archive.read(n)]
    assert rule_of(small_world.get(path, "M-0001")) == (403, "role_may")
    assert rule_of(small_world.get(path + "?version=7")) == (404, "result_known")


def test_before_the_gate_and_without_a_result(small_world):
    world = small_world
    night = Night(world)
    world.add_key("R-0001")
    held = world.get(f"/sessions/{night.session}/order-book", "R-0001").content
    with zipfile.ZipFile(io.BytesIO(held)) as archive:
        assert "orders.csv" not in archive.namelist(), "nothing became of them yet"
        assert "market/curve_steps.csv" in archive.namelist()
    assert rule_of(world.get(f"/sessions/{night.session}/replay", "R-0001")) == (404, "result_known")
    opened = world.client("OP").do(c.ScheduleSession(market="three", delivery_day=date(2027, 1, 5), kind="dry_run"))
    for part in ("order-book", "replay"):
        sealed = world.get(f"/sessions/{opened['session']}/{part}", "R-0001")
        assert rule_of(sealed) == (403, "book_sealed")
        assert rule_of(world.get(f"/sessions/nowhere/{part}", "R-0001")) == (404, "session_known")


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ("three/concentration?first_day=2026-12-02&last_day=2026-12-01", (422, "oversight_days")),
        ("three/concentration?first_day=2026-01-01&last_day=2026-12-01", (422, "oversight_days")),
        ("three/pivotal-suppliers?first_day=2026-11-01", (404, "result_known")),
        (f"none/concentration?{DAYS}", (404, "market_known")),
        (f"three/concentration?{DAYS}&groups=North", (422, "group_table")),
        (f"three/concentration?{DAYS}&groups=North=M-0009", (422, "group_member_known")),
    ],
)
def test_what_cannot_be_asked(finished, asked, rule):
    response = finished.get(f"/markets/{asked}", "R-0001")
    assert rule_of(response) == rule
    assert all(m["fix"] for m in response.json()["mistakes"])


@pytest.fixture(scope="module")
def finished(sqlite_model, tmp_path_factory):
    import shutil

    from tests.service.world import World

    from walras.service.secrets import Secrets
    from walras.service.store.engine import open_store

    path = tmp_path_factory.mktemp("oversight") / "walras.db"
    shutil.copy(sqlite_model, path)
    with World(open_store(str(path)), Secrets(b"k" * 32)) as world:
        world.night, world.path = final(world), path
        yield world
    world.store.close()


def test_contracts_are_obligations_beside_the_auction(sqlite_store, secrets):
    """North sells 30 to South under a contract, and 20 of 100 in the auction, 10 of them at home: RSI of both ways.

    North: the seller offers 100, imports 50 of what the line has the other way, demand 10 + 10 exported, Q = 30:
    (100 + 50 + 30 - 100 - 30) / (20 + 30) = 1.0; net (180 - 100) / 50 = 1.6.
    """
    with Border(sqlite_store, secrets) as border:
        border.declare("S-0001")
        border.declare(SOUTH)
        border.permit(most_mw=30.0, element="N-S")
        border.contract(30.0, element="N-S")
        session = border.auction((SELLER, "North", "supply", 10.0, 100.0), (BUYER, "North", "demand", 90.0, 10.0),
                                 (BUYER, "South", "demand", 90.0, 10.0))  # fmt: skip
        border.final(session)
        found = border.get(f"/markets/two/pivotal-suppliers?first_day={DAY}&last_day={DAY}&form=csv", "R-0001")
        first = pl.read_csv(io.BytesIO(found.content)).row(0, named=True)
        imported = first["import_mw"]
        assert (first["zone"], first["obligation_mw"], first["demand_mw"]) == ("North", 30.0, 20.0)
        assert (first["rsi"], first["rsi_net"]) == (imported / 50, (imported + 30) / 50)


def test_a_replay_finds_every_step_the_same(world):
    night = final(world)
    certify_finals(world.store, world.secrets, KEY, book_loader(world.secrets))
    seen = []
    found = replay(world.store, world.secrets, night.session, ring=RING, progress=seen.append)
    assert (found.is_same, tuple(seen)) == (True, STEPS), found.steps
    assert [(s.name, s.verdict) for s in found.steps] == [(n, "same") for n in STEPS]
    assert found.steps[-1].said.startswith("signature, hashes and ")
    told = world.get(f"/sessions/{night.session}/replay", "R-0001").json()
    assert (told["same"], told["stored"]) == (True, found.stored)
    assert world.get("/markets/three/concentration", "R-0001").json()["sessions"] == [night.session]
    assert "not checked" in told["steps"][-1]["said"]


def changed(world, table, where, **values):
    with world.store.write() as connection:
        assert connection.execute(update(table).where(where).values(**values)).rowcount == 1


def differs(world, night):
    found = replay(world.store, world.secrets, night.session, ring=RING)
    assert not found.is_same
    return found, {s.name for s in found.steps if s.verdict == "different"}


def with_price(content, zone, price):
    table = pl.read_parquet(io.BytesIO(content))
    column = next(n for n in table.columns if n.startswith("price_eur"))
    table = table.with_columns(pl.when(pl.col("zone") == zone).then(price).otherwise(column).alias(column))
    out = io.BytesIO()
    table.write_parquet(out)
    return out.getvalue()


def test_a_tampered_result_is_found_with_its_cell(world):
    night = final(world)
    a = artefacts.c
    content = with_price(night.file("result/prices.parquet"), "B", 30.01)
    changed(world, artefacts, (a.session == night.session) & (a.name == "result/prices.parquet"), content=content)
    found, names = differs(world, night)
    assert names == {"tables"}
    assert str(found.first).startswith(
        "prices: row 25 (zone B, carrier electricity, mtu_start 2026-11-30T23:00:00Z): price"
    )
    assert (found.first.stored, found.first.again) == ("30.01", "30.0")


def test_a_tampered_publication_is_found_with_its_cell(small_world):
    """What members saw, and what deviations are priced by, is replayed too, not only the result behind it."""
    night, a = final(small_world), artefacts.c
    content = with_price(night.file("published/prices.parquet"), "B", 30.01)
    place = (a.session == night.session) & (a.name == "published/prices.parquet")
    changed(small_world, artefacts, place, content=content)
    found, names = differs(small_world, night)
    assert (names, found.first.table, found.first.stored) == ({"tables"}, "published prices", "30.01")


def test_a_tampered_certificate_is_found_and_the_command_fails(small_world, tmp_path):
    night, a = final(small_world), artefacts.c
    right = json.loads(night.file("result/summary.json"))["result_hash"].encode()
    text = night.file("certificate.json").replace(right, b"0" * 64)
    changed(small_world, artefacts, (a.session == night.session) & (a.name == "certificate.json"), content=text)
    assert differs(small_world, night)[1] == {"certificate"}
    content = with_price(night.file("result/prices.parquet"), "B", 30.01)
    changed(small_world, artefacts, (a.session == night.session) & (a.name == "result/prices.parquet"), content=content)
    done = commanded(night.session, tmp_path / "walras.db", tmp_path)
    assert (done.exit_code, "first difference: prices: row 25" in done.stdout) == (1, True), done.output


def test_a_tampered_submission_is_found(world):
    night = final(world)
    with world.store.read() as connection:
        row = connection.execute(select(submissions).where(submissions.c.member == "M-0002")).one()
    sealed = bytes(row.sealed[:-1]) + bytes([row.sealed[-1] ^ 1])
    changed(world, submissions, submissions.c.sequence == row.sequence, sealed=sealed)
    found, names = differs(world, night)
    assert names == {"submissions", "market"}
    assert "submission" in found.steps[0].said
    assert "M-0002" in found.steps[0].said
    assert [s.verdict for s in found.steps[5:]] == ["not checked"] * 5


def test_an_engine_without_a_result_ends_a_replay(finished, monkeypatch):
    def gives_up(*_):
        raise SolverFailed("the solver gave up")

    monkeypatch.setattr("walras.oversight.replay.clear", gives_up)
    found = replay(finished.store, finished.secrets, finished.night.session)
    assert [s.verdict for s in found.steps[5:]] == ["different"] + ["not checked"] * 4
    assert found.steps[5].said == "no result: the solver gave up"


def test_an_order_that_was_taken_out_is_found(small_world):
    night = final(small_world)
    one = (orders.c.session == night.session) & (orders.c.name == "c-gas")
    changed(small_world, orders, one, is_live=False)
    names = differs(small_world, night)[1]
    assert {"book", "market", "tables"} <= names


def test_a_changed_setting_and_a_changed_plan_are_found(small_world):
    night = final(small_world)
    with small_world.store.read() as connection:
        body = json.loads(connection.scalar(select(market_versions.c.body)))
    body["run"]["gap"] = 5.0
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    changed(small_world, market_versions, market_versions.c.version == 1, body=text)
    plan = '{"cut_off":["B"],"excluded":[],"rung":"partial_decoupling"}'
    changed(small_world, runs, runs.c.session == night.session, plan=plan)
    found, names = differs(small_world, night)
    assert {"settings", "plan", "market"} <= names
    assert "two officers" in next(s.said for s in found.steps if s.name == "settings")


def test_a_key_may_be_limited_to_oversight(small_world):
    world = small_world
    command = c.IssueKey(user=world.users["R-0001"], scopes=("oversight",), days=30)
    world.keys["narrow"] = world.client("R-0001").do(command)["key"]
    assert rule_of(world.get(f"/markets/none/concentration?{DAYS}", "narrow")) == (404, "market_known")
    assert rule_of(world.get("/trail/access", "narrow")) == (403, "key_scope")


def test_one_replay_at_a_time(finished):
    session = finished.night.session
    with ONE_REPLAY:
        assert rule_of(finished.get(f"/sessions/{session}/replay", "R-0001")) == (409, "one_replay")
    assert finished.get(f"/sessions/{session}/replay", "R-0001").json()["same"]


def test_what_is_not_there_cannot_be_replayed(finished):
    session = finished.night.session
    for name, version, rule in (("nowhere", None, "session_known"), (session, 9, "result_known")):
        with pytest.raises(BadInput) as error:
            replay(finished.store, finished.secrets, name, version)
        assert error.value.mistakes[0].rule == rule


def commanded(session, store, tmp_path):
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "master.key").write_bytes(urlsafe_b64encode(b"k" * 32))
    os.chmod(keys / "master.key", 0o600)
    write_ring(RING, keys / "ring.json")
    command = ["oversight", "replay", session, "--store", str(store), "--secrets", str(keys)]
    return CliRunner().invoke(app, command, env={"COLUMNS": "80"})


def test_the_command_prints_every_step(finished, tmp_path):
    done = commanded(finished.night.session, finished.path, tmp_path)
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "everything that was checked is the same"), done.output
    assert all(step in done.stdout for step in STEPS)
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
