"""A whole day of two states at their border, through the typed client, with every figure on paper.

===============  ==========================================================  =====  ========
hour of the day  what                                                        MW     free N>S
===============  ==========================================================  =====  ========
before           standing capacity of the line, both ways                    50.0   50.0
before           long-term right of the seller                               20.0   30.0
before           permit of the seller 30, contract 12 by the right           (12)   30.0
before           contract of 6 beside it, confirmed by the buyer             6.0    24.0
before           North declares 48 less 3 in reserve, South 42: 42 holds            16.0
matching         10 of the 12 are nominated by the seller, 11 by the buyer   10.0
matching         the right has 8 left: free; the 6 stand as they are                26.0
gate             the auction holds what is left                              26.0   0.0
result           North sells 40 at 20, South buys 40 at 80: 26 flow                 0.0
final            26 are firm; planned net interchange 10 + 6 + 26            42.0
===============  ==========================================================  =====  ========

Prices: the line is full, so North keeps 20 and South 80.
"""

import io
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from sqlalchemy import select
from tests.service.border.papers import CODES, ZONES, ask, capacity, send
from tests.service.border.stage import BUYER, DAY, EARLY, NORTH, SELLER, SOUTH, gate_of, profile, refused

from walras.formats import esmp
from walras.results.publication import KeyRing, PublicKey, SigningKey, verify
from walras.service import commands as c
from walras.service import queries as q
from walras.service import submitted
from walras.service.gate import book_loader
from walras.service.store.schema import artefacts
from walras.service.trail_check import flaws
from walras.service.worker.finalise import certify_finals

NOMINATIONS_DUE = datetime(2027, 3, 9, 10, tzinfo=UTC)
HOURS = 24
PRICES = "published/prices.parquet"
KEY = SigningKey.from_seed(b"s" * 32)


def test_a_whole_day_at_the_border(named, tmp_path):
    right, by_right, beside = before(named)
    declared(named)
    schedules_matched(named, by_right, beside, right)
    session = auction(named)
    final(named, session)
    documents(named, by_right, beside, session)
    everybody_was_told(named, by_right)
    rechecked(named, session, tmp_path)


def before(border):
    """A right by two officers, a permit, two contracts; the second party alone confirms."""
    right = border.by_two(c.GrantRight(market="two", holder=SELLER, element="IT-SI", direction="forward", mw=20.0,
                                       valid_from=DAY, valid_to=DAY))["right"]  # fmt: skip
    border.permit(most_mw=30.0)
    by_right = border.register(12.0, right=right)
    with refused("contract_other_party"):
        border.do(SELLER, c.ConfirmContract(contract=by_right))
    border.do(BUYER, c.ConfirmContract(contract=by_right))
    beside = border.contract(6.0)
    with refused("permit_covers"):
        border.register(12.1)
    assert border.free() == [24.0] * HOURS
    return right, by_right, beside


def declared(border):
    """North declares with a command, South with a document; the lower figure holds, both are told."""
    border.declare(NORTH, forward=48.0, reserve=3.0)
    answer, _ = send(border, SOUTH, capacity(SOUTH, forward=42.0, backward=50.0, reserve=0.0))
    assert answer["is_accepted"], answer["mistakes"]
    assert border.capacity()["forward"]["agreed_mw"] == [42.0] * HOURS
    assert border.free() == [16.0] * HOURS
    for side in (NORTH, SOUTH):
        told = border.notices(side, "capacity mismatch")[-1]["mtus"]
        assert {(m["agreed_mw"], m[NORTH], m[SOUTH]) for m in told if m["direction"] == "forward"} == {
            (42.0, 45.0, 42.0)
        }


def schedules_matched(border, by_right, beside, right):
    for who, mw in ((SELLER, 10.0), (BUYER, 11.0)):
        border.do(who, c.NominateSchedule(contract=by_right, delivery_day=DAY, volumes=profile(mw)))
    border.at(NOMINATIONS_DUE)
    border.tick()
    assert border.schedules()["layers_mw"] == {"long_term": [10.0] * HOURS, "bilateral": [6.0] * HOURS}
    assert border.free() == [26.0] * HOURS, "two MW of the contract and eight of the right are free again"
    seen = border.client(SELLER).ask(q.GetSchedules(market="two", delivery_day=DAY))["contracts"]
    assert {m["contract"]: m["scheduled_mw"][0] for m in seen} == {by_right: 10.0, beside: 6.0}


def auction(border):
    session = border.auction((SELLER, "North", "supply", 20.0, 40.0), (BUYER, "South", "demand", 80.0, 40.0))
    assert border.capacity()["forward"]["allocated_mw"]["day_ahead"] == [26.0] * HOURS
    assert prices(border, session) == {("North", 20.0), ("South", 80.0)}, "the line is full"
    return session


def prices(border, session):
    """Zone and price of every hour, as published."""
    with border.store.read() as connection:
        content = connection.scalar(
            select(artefacts.c.content).where(artefacts.c.session == session, artefacts.c.name == PRICES)
        )
    table = pl.read_parquet(io.BytesIO(content))
    assert len(table) == 2 * HOURS
    return set(zip(table["zone"], table["price_eur_per_mwh"], strict=True))


def final(border, session):
    border.final(session)
    found = border.schedules("IT-SI")
    assert found["layers_mw"] == {"long_term": [10.0] * HOURS, "bilateral": [6.0] * HOURS, "day_ahead": [26.0] * HOURS}
    assert found["planned_net_interchange_mw"] == [42.0] * HOURS
    assert border.capacity()["forward"]["free_mw"] == [0.0] * HOURS
    assert border.capacity()["backward"]["free_mw"] == [47.0] * HOURS, "50 less the reserve of North"


def documents(border, by_right, beside, session):
    """Schedules go out as ESMP documents and are read back identical; their sum is the plan."""
    for who in (NORTH, SOUTH):
        data = border.client(who).market_document("two", DAY, "schedule")
        document = esmp.read_document(data)
        assert esmp.write_document(document) == data
        assert border.client(who).market_document("two", DAY, "schedule") == data, "asked twice, the same bytes"
        by_agreement = {s.agreement: s.periods[0].kilowatts.tolist() for s in document.series}
        assert sorted(k[0] for k in by_agreement.values()) == [6_000, 10_000, 26_000]
        assert (by_agreement[by_right], by_agreement[beside]) == ([10_000] * HOURS, [6_000] * HOURS)
        assert all(s.out_zone == ZONES["North"] and s.in_zone == ZONES["South"] for s in document.series)
        total = np.sum([s.periods[0].kilowatts for s in document.series], axis=0)
        assert (total / 1000).tolist() == border.schedules()["planned_net_interchange_mw"]
    anomaly = ask(border, NORTH, "anomaly")
    assert {(a.party, int(a.series.periods[0].kilowatts[0])) for a in anomaly.anomalies} == {
        (CODES[SELLER], 10_000), (CODES[BUYER], 11_000),
    }  # fmt: skip
    for kind in ("capacity", "anomaly", "confirmation"):
        data = border.client(SOUTH).market_document("two", DAY, kind)
        assert esmp.write_document(esmp.read_document(data)) == data


def everybody_was_told(border, by_right):
    for who in (SELLER, BUYER, NORTH, SOUTH):
        (anomaly,) = border.notices(who, "schedule anomaly")
        assert anomaly["contract"] == by_right
        assert anomaly["mtus"][0]["scheduled_mw"] == 10.0
    for who in (SELLER, BUYER):
        assert border.notices(who, "result final")


def rechecked(border, session, folder):
    """Whoever has the bundle rechecks the auction on the capacity that it got; the store is what its trail says."""
    certify_finals(border.store, border.secrets, KEY, book_loader(border.secrets))
    bundle = folder / "public.zip"
    bundle.write_bytes(border.get(f"/sessions/{session}/bundles/public", "").content)
    done = verify(bundle, KeyRing((PublicKey(KEY.public_key, EARLY, EARLY + timedelta(days=30)),)))
    assert done.is_ok, done.checks
    with border.store.read() as connection:
        assert list(flaws(connection, border.secrets, submitted)) == []


assert gate_of() - timedelta(hours=1) == NOMINATIONS_DUE
