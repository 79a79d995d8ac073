"""When there is no result: down the ladder by command and by clock, with prices by hand, and never two results."""

import io
import json
import threading
from datetime import UTC, datetime

import polars as pl
import pytest
from tests.service.three_states import DAY, KEY, Night, definition

from walras.errors import BadInput, Problem
from walras.results.publication import KeyRing, PublicKey, verify
from walras.service import commands as c
from walras.service import submitted
from walras.service.publication import pages
from walras.service.replay import replay
from walras.service.trail_check import flaws
from walras.service.worker.certified import certified
from walras.service.worker.sealing import seal_all

LONG_AGO, FAR = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
RING = KeyRing((PublicKey(KEY.public_key, LONG_AGO, FAR),))
COUPLED = {"A": 10.0, "B": 30.0, "C": 50.0}


def prices(night, version=None):
    table = pl.read_parquet(io.BytesIO(night.file("published/prices.parquet", version)))
    first = table.filter(pl.col("mtu_start") == table["mtu_start"].min())
    return dict(zip(first["zone"], first[first.columns[-1]], strict=True))


def exchanges(night):
    table = pl.read_parquet(io.BytesIO(night.file("published/scheduled_exchanges.parquet")))
    first = table.filter(pl.col("mtu_start") == table["mtu_start"].min())
    return dict(zip(first["line"], first["exchange_mw"], strict=True))


def said(night, version=None):
    return json.loads(night.file("certificate.json", version))["document"]


def fallback(night, rung, *zones, who="OP"):
    return c.StartFallback(session=night.session, reason="the engine is down", rung=rung, cut_off=zones)


def refused(act):
    with pytest.raises((BadInput, Problem)) as error:
        act()
    return [m.rule for m in error.value.mistakes]


def is_sound(night):
    seal_all(night.store)
    with night.store.read() as connection:
        return list(flaws(connection, night.secrets, submitted)) == []


def test_the_clock_goes_down_rung_by_rung_to_an_honest_none(world):
    night = Night(world)
    assert [r for r, _ in json.loads(night.row().deadlines)] == ["rerun", "partial_decoupling", "local", "none"]
    assert night.tick(49.9) == []
    assert night.tick(50) == ["StepDown"]
    assert night.tick(50) == [], "once"
    assert [(r["state"], r["plan"]["rung"]) for r in night.runs()] == [("superseded", "coupled"), ("waiting", "rerun")]
    assert night.tick(65) == ["StepDown"]
    assert night.row().rung == "local", "no zone to cut off: the rung after"
    assert night.tick(75) == []
    assert night.tick(85) == ["StepDown"]
    assert (night.row().state, night.row().rung) == ("fallback", "none")
    assert {r["state"] for r in night.runs()} == {"superseded"}
    assert night.tick(500) == []
    assert night.notices("M-0001", "session fallback")[0]["rung"] == "none"
    assert [n["rung"] for n in night.notices("M-0002", "fallback rung")] == ["rerun", "local"]
    assert night.runner().once() == "idle"
    assert is_sound(night)


def test_the_clock_cuts_off_the_zone_whose_book_is_missing_and_the_rest_stays_coupled(world):
    night = Night(world)
    world.by_two(c.DeclareMissingBook(session=night.session, zones=("B",), reason="its files did not come"))
    shown = world.get(f"/sessions/{night.session}", "").json()
    assert (shown["books_missing"], shown["rung"], len(shown["fallback_deadlines"])) == (["B"], "", 4)
    assert night.notices("R-0001", "book missing") == [{"reason": "its files did not come", "zones": ["B"]}]
    assert night.tick(66) == ["StepDown"], "late: the rung of this moment, not the one before"
    assert night.runner().once() == "done"
    assert prices(night) == COUPLED
    assert exchanges(night) == {"A-B": 0.0, "A-C": 25.0, "B-C": 0.0}
    assert said(night)["fallback"] == {"cut_off": ["B"], "rung": "partial_decoupling"}
    page = pages.session(night.store, night.session, None)
    assert "partial decoupling" in page
    assert "Zones that cleared alone: <strong>B</strong>" in page
    assert night.notices("M-0001", "result preliminary")[0]["cut_off"] == ["B"]
    assert night.tick(86) == [], "there is a result"
    again = replay(night.store, night.secrets, night.session)
    assert again.is_same
    assert is_sound(night)


@pytest.mark.parametrize(
    ("rung", "zones", "cut_off", "flows"),
    [
        ("rerun", (), [], {"A-B": 30.0, "A-C": 25.0, "B-C": 20.0}),
        ("partial_decoupling", ("C",), ["C"], {"A-B": 30.0, "A-C": 0.0, "B-C": 0.0}),
        ("local", (), ["A", "B", "C"], {"A-B": 0.0, "A-C": 0.0, "B-C": 0.0}),
    ],
)
def test_each_rung_by_command_of_two_officers(small_world, rung, zones, cut_off, flows):
    night = Night(small_world, kind="dry_run")
    assert night.runner().once() == "done"
    assert (prices(night), exchanges(night)) == (COUPLED, {"A-B": 30.0, "A-C": 25.0, "B-C": 20.0})
    assert small_world.client("OP").do(fallback(night, rung, *zones))["state"] == "waiting", "one officer waits"
    assert night.row().version == 1
    answer = small_world.by_two(fallback(night, rung, *zones))
    assert (answer["rung"], answer["cut_off"], answer["version"]) == (rung, cut_off, 2)
    assert night.runner().once() == "done"
    assert exchanges(night) == flows
    assert prices(night) == COUPLED  # each zone has its own marginal plant in every case
    assert said(night)["fallback"] == {"rung": rung, "cut_off": cut_off}
    first, second = (replay(night.store, night.secrets, night.session, v) for v in (1, 2))
    assert first.is_same
    assert second.is_same
    assert (first.stored == second.stored) == (rung == "rerun")
    assert is_sound(night)


def test_none_by_command_and_back_as_one_market(small_world):
    night = Night(small_world)
    assert small_world.by_two(fallback(night, "local"))["state"] == "closed"
    assert small_world.by_two(fallback(night, "none"))["state"] == "fallback"
    again = c.RunSession(session=night.session, reason="the engine is mended", is_coupled=True)
    small_world.client("OP").do(again)
    assert night.tick(90) == [], "the clock has nothing below none"
    assert night.runner().once() == "done"
    assert said(night)["fallback"] == {"rung": "coupled", "cut_off": []}


def test_steps_that_nobody_may_take(small_world):
    night = Night(small_world)

    def down(rung, *zones):
        return refused(lambda: small_world.by_two(fallback(night, rung, *zones)))

    assert down("partial_decoupling") == ["fallback_zones"]
    assert down("partial_decoupling", "A", "B", "C") == ["fallback_zones"]
    assert down("partial_decoupling", "X") == ["zone_known"]
    assert down("local", "A") == ["fallback_zones"]
    assert down("rerun", "A") == ["fallback_zones"]
    assert refused(lambda: small_world.client("OP").do(c.StepDown(session=night.session))) == ["fallback_due"]
    missing = c.DeclareMissingBook(session=night.session, zones=("X",), reason="none")
    assert refused(lambda: small_world.by_two(missing)) == ["zone_known"]
    small_world.by_two(fallback(night, "local"))
    assert down("rerun") == ["fallback_order"]


def test_the_older_run_loses_whatever_it_brings(world):
    night, is_clearing, goes_on, ends = Night(world), threading.Event(), threading.Event(), []

    def slow(cleared):
        is_clearing.set()
        assert goes_on.wait(60)
        return certified(KEY)(cleared)

    old = night.runner(beat_seconds=600)
    old.publish = slow
    thread = threading.Thread(target=lambda: ends.append(old.once()))
    thread.start()
    assert is_clearing.wait(60)
    world.by_two(fallback(night, "local"))
    goes_on.set()
    thread.join()
    assert ends == ["lost"]
    assert night.row().version == 0
    assert night.runner().once() == "done"
    assert (night.row().version, said(night)["fallback"]["rung"]) == (2, "local")
    assert [r["state"] for r in night.runs()] == ["superseded", "done"]


def test_a_run_that_ends_before_the_step_is_the_result(small_world):
    night = Night(small_world)
    night.at(50.5)
    assert night.runner().once() == "done"
    assert night.tick(51) == []
    assert night.row().version == 1


def test_deadlines_of_a_market_that_are_no_ladder(small_world):
    late = definition(fallback_deadlines=("D-1 12:50", "D-1 13:05", "D-1 13:15", "D-1 13:30"))
    command = c.SetMarket(market="three", valid_from=DAY, definition=late)
    assert refused(lambda: small_world.by_two(command)) == ["fallback_times"]


# an order that makes the engine fail


def breaks(poison):
    """An engine that gives up on one order."""
    from walras.coupling.clear import clear
    from walras.errors import SolverFailed

    def engine(book, *rest):
        if poison in book.curves.name:
            raise SolverFailed("the solver gave up")
        return clear(book, *rest)

    return engine


def test_a_poison_order_is_named_excluded_by_two_told_and_listed(world, tmp_path):
    night = Night(world)
    assert night.runner(clear=breaks("M-0002.c-gas")).once() == "failed"
    run = night.runs()[0]
    assert run["culprits"] == [{"member": "M-0002", "order": "c-gas", "zone": "C"}]
    assert "M-0002.c-gas; without these orders the rest clears" in run["error"]
    assert night.row().state == "closed"
    assert night.notices("OP", "run failed")[0]["culprits"] == run["culprits"]
    seen = {who: world.get(f"/sessions/{night.session}/runs", who).json()["items"][0] for who in ("M-0001", "R-0001")}
    assert seen["R-0001"]["culprits"] == run["culprits"]
    assert (seen["M-0001"]["culprits"], seen["M-0001"]["error"]) == ([], ""), "whose order it is, no rival reads"
    exclude = night.exclude("M-0002", "c-gas")
    world.client("OP").do(exclude)
    assert len(night.runs()) == 1, "one officer waits for another"
    assert world.by_two(exclude)["excluded"] == ["M-0002.c-gas"]
    assert night.runner(clear=breaks("M-0002.c-gas")).once() == "done"
    told = night.notices("M-0002", "order excluded")[0]
    assert told["reason"] == "it stops the engine"
    assert said(night)["excluded_orders"] == [told["orders"]["c-gas"]]
    assert night.notices("M-0001", "order excluded") == []
    assert world.get(f"/sessions/{night.session}/runs", "M-0001").json()["items"][1]["plan"]["excluded"] == []
    assert told["orders"]["c-gas"] in pages.session(night.store, night.session, None)
    assert replay(night.store, night.secrets, night.session).is_same
    for name in ("public.zip", "regulator.zip", "member/M-0002.zip"):
        bundle = tmp_path / name.replace("/", "-")
        bundle.write_bytes(night.file(name))
        done = verify(bundle, RING)
        assert done.is_ok, done.checks
    assert is_sound(night)


def test_the_clock_cuts_off_the_zone_of_an_order_that_was_found(small_world):
    night = Night(small_world)
    assert night.runner(clear=breaks("M-0002.c-gas")).once() == "failed"
    night.tick(65)
    assert night.runs()[-1]["plan"] == {"cut_off": ["C"], "excluded": [], "rung": "partial_decoupling"}
