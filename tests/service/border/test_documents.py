"""ESMP documents that go out: the same bytes for the same state, to whom they belong; and who works by them alone."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import update
from tests.service.border.papers import (
    CODES,
    LINES,
    OPERATOR,
    ZONES,
    ask,
    capacity,
    eic,
    head,
    last_act,
    matched,
    rejected,
    schedule,
    send,
    set_codes,
    span,
    trade,
    with_codes,
)
from tests.service.border.stage import (
    BUYER,
    DAY,
    LONG_DAY,
    NORTH,
    SELLER,
    SOUTH,
    THIRD,
    Border,
    definition,
    profile,
    refused,
    starts,
)

from walras.formats import esmp
from walras.service import commands as c
from walras.service import queries as q
from walras.service import submitted
from walras.service.store.capacity_schema import market_documents
from walras.service.store.schema import companies
from walras.service.trail_check import flaws

# --- out ---------------------------------------------------------------------------------


def test_a_schedule_is_read_back_identical_and_sums_to_the_planned_interchange(named):
    right = named.by_two(c.GrantRight(market="two", holder=SELLER, element="IT-SI", direction="forward", mw=8.0,
                                      valid_from=DAY, valid_to=DAY))["right"]  # fmt: skip
    named.do(NORTH, c.NotifyTransmission(market="two", reference="transit", element="IT-SI", direction="backward",
                                         volumes=profile(2.5)))  # fmt: skip
    named.permit()
    used = named.contract(6.0, right=right)
    before = ask(named, NORTH, "schedule")
    assert before.kind == "A02"
    assert {(s.agreement, s.contract_kind, s.business_type): s.periods[0].kilowatts[0] for s in before.series} == {
        (used, "A06", "A03"): 6000, (right, "A06", "A03"): 2000, ("T-0001", None, "B08"): 2500,
    }  # fmt: skip
    free = matched(named, seller_mw=9.0, buyer_mw=10.0)
    after = ask(named, NORTH, "schedule")
    assert (after.kind, after.version > before.version) == ("A09", True)
    by = {s.agreement: s for s in after.series}
    assert by.keys() == {used, free, "T-0001"}, "what rights do not use is free again"
    assert (by[free].out_zone, by[free].in_zone) == (ZONES["North"], ZONES["South"])
    assert (by[free].out_party, by[free].in_party) == (CODES[SELLER], CODES[BUYER])
    assert (by["T-0001"].out_zone, by["T-0001"].out_party) == (ZONES["South"], CODES[SOUTH])
    planned = named.client("OP").ask(q.GetSchedules(market="two", delivery_day=DAY))["elements"][0]
    total = sum(s.periods[0].kilowatts * (1 if s.out_zone == ZONES["North"] else -1) for s in after.series)
    assert (total / 1000).tolist() == planned["planned_net_interchange_mw"]
    assert (after.sender.code, after.receiver.code) == (CODES[OPERATOR], CODES[NORTH])
    assert after.created_at.microsecond == 0
    assert ask(named, SOUTH, "schedule").series == after.series


def test_capacities_of_the_own_side_alone(small):
    send(small, NORTH, capacity(forward=40.0))
    send(small, SOUTH, capacity(SOUTH, forward=30.0, backward=60.0, reserve=1.0))
    small.permit()
    small.contract(10.0)
    document = ask(small, NORTH, "capacity")
    forward = {s.business_type: s.periods[0].kilowatts[0] for s in document.series if s.out_zone == ZONES["North"]}
    assert forward == {"A81": 40_000, "B31": 5_000, "A27": 29_000, "A29": 10_000, "A31": 19_000}
    assert {s.identification for s in document.series if s.business_type == "A81"} == {
        "N-S forward A81 S-0001", "N-S backward A81 S-0001",
    }  # fmt: skip
    everything = ask(small, "OP", "capacity")
    assert len(everything.series) == len(document.series) + 4
    assert everything.receiver == everything.sender
    assert small.client("R-0001").market_document("two", DAY, "capacity") == esmp.write_document(everything)
    with refused("esmp_addressee"):
        ask(small, SELLER, "capacity")


def test_anomalies_have_both_sides_and_the_lower_value_is_imposed(small):
    contract = matched(small, seller_mw=9.0, buyer_mw=7.5)
    for who in (NORTH, SELLER, BUYER, "OP"):
        report = ask(small, who, "anomaly")
        assert [(a.party, a.series.periods[0].kilowatts[0]) for a in report.anomalies] == [
            (CODES[SELLER], 9_000), (CODES[BUYER], 7_500),
        ]  # fmt: skip
        assert {r.code for a in report.anomalies for r in a.series.reasons} == {"A29"}
    (imposed,) = ask(small, SELLER, "confirmation").imposed
    assert (imposed.agreement, imposed.periods[0].kilowatts.tolist()) == (contract, [7_500] * 24)
    assert [r.code for r in imposed.reasons] == ["A63", "A44"]
    held = ask(small, BUYER, "confirmation")
    assert (held.imposed, [s.agreement for s in held.confirmed]) == ((), [contract]), "the buyer's own value holds"
    assert [r.code for r in ask(small, SOUTH, "confirmation").reasons] == ["A86"]
    for kind in ("schedule", "anomaly", "confirmation"):
        assert contract not in small.client(THIRD).market_document("two", DAY, kind).decode()


def test_a_silent_side_is_named(small):
    matched(small, seller_mw=9.0)
    seller, buyer = ask(small, NORTH, "anomaly").anomalies
    assert [r.code for r in seller.series.reasons] == ["A29", "A28"]
    assert [r.code for r in buyer.series.reasons] == ["A29", "A45"]


def test_before_matching_there_is_nothing_to_confirm(small):
    for kind in ("anomaly", "confirmation"):
        with refused("esmp_not_matched") as problem:
            ask(small, NORTH, kind)
        assert problem.value.status == 409


def test_the_version_rises_with_the_content_alone(small):
    first = ask(small, NORTH, "capacity")
    small.at(starts()[0] - timedelta(days=3))
    assert ask(small, NORTH, "capacity") == first
    send(small, SOUTH, capacity(SOUTH))
    second = ask(small, NORTH, "capacity")
    assert second.version > first.version
    assert second.created_at > first.created_at
    small.permit()
    schedules = [ask(small, who, "schedule").version for who in (SELLER, THIRD)]
    small.contract(1.0)
    later = [ask(small, who, "schedule").version for who in (SELLER, THIRD)]
    assert (later[0] > schedules[0], later[1] == schedules[1]) == (True, True), "others' contracts change nothing"


def test_codes_that_are_missing_are_all_named(sqlite_store, secrets):
    with Border(sqlite_store, secrets) as border:
        border.permit()
        border.contract(1.0)
        with refused("esmp_eic") as problem:
            border.client(NORTH).market_document("two", DAY, "schedule")
        assert [m.where for m in problem.value.mistakes] == [
            "company M-0001", "company M-0002", "company OP", "company S-0001", "zone North", "zone South",
        ]  # fmt: skip
        with refused("esmp_eic") as problem:
            border.client(NORTH).send_document("two", b"<x/>")
        assert [m.where for m in problem.value.mistakes] == ["company OP", "company S-0001"]
        with refused("eic_valid"):
            border.do("OP", c.SetEic(company=NORTH, eic="10X-WRONG------1"))
        set_codes(border)
        assert border.do("OP", c.SetEic(company=NORTH, eic=CODES[NORTH]))["eic"] == CODES[NORTH]
        with refused("eic_unique"):
            border.do("OP", c.SetEic(company=NORTH, eic=CODES[SOUTH]))
        with border.store.write() as connection:
            connection.execute(update(companies).where(companies.c.code == NORTH).values(eic="10X-WRONG------1"))
        with refused("esmp_eic") as problem:
            border.client(NORTH).market_document("two", DAY, "capacity")
        assert "company S-0001" in [m.where for m in problem.value.mistakes]


def test_ours_are_acknowledged(small):
    ours = ask(small, NORTH, "capacity")
    fields = {k: v for k, v in head(NORTH, identification="ACK-1").items() if k in
              ("identification", "created_at", "sender", "receiver")}  # fmt: skip
    said = esmp.AcknowledgementDocument(
        **fields, received=esmp.Received(identification=ours.identification, version=ours.version),
        reasons=(esmp.Reason("A01"),),
    )  # fmt: skip
    assert send(small, NORTH, said)[1].accepted
    assert f'"acknowledged":"{ours.identification}"' in last_act(small).body
    theirs = replace(said, identification="ACK-2", sender=esmp.Party(CODES[SOUTH], "A04"))
    rejected(small, SOUTH, theirs, "esmp_received")


def test_an_independent_reader_reads_what_goes_out(small):
    pytest.importorskip("entsoe", reason="entsoe-apy, the judge of what we write, comes with the extra `dev`")
    from tests.formats.esmp.test_judge import they_read

    matched(small, seller_mw=9.0, buyer_mw=8.0)
    late, _ = rejected(small, NORTH, capacity(), "capacity_deadline")
    for kind in ("capacity", "schedule", "anomaly", "confirmation"):
        data = small.client(NORTH).market_document("two", DAY, kind)
        assert they_read(kind, data).sender_market_participant_m_rid.value == CODES[OPERATOR]
    theirs = they_read("acknowledgement", late["acknowledgement"].encode())
    assert [r.code.value for r in theirs.reason] == ["A02", "A57"]


def test_an_auction_is_in_the_documents_as_it_goes(small):
    small.permit()
    small.contract(10.0)
    free = ask(small, NORTH, "capacity")
    session = small.auction((SELLER, "North", "supply", 10.0, 15.0), (BUYER, "South", "demand", 90.0, 15.0))
    held = ask(small, NORTH, "capacity")
    assert held.version > free.version
    of = {s.business_type: s.periods[0].kilowatts[0] for s in held.series if s.out_zone == ZONES["North"]}
    assert of == {"A27": 50_000, "A29": 50_000, "A31": 0}, "the auction holds what the contract leaves"
    before = ask(small, NORTH, "schedule")
    assert [s.agreement for s in before.series] == ["C-0001"], "it is not final"
    small.tick()
    small.final(session)
    after = ask(small, NORTH, "schedule")
    assert after.version > before.version
    (flow,) = (s for s in after.series if s.agreement == session)
    assert (flow.business_type, flow.contract_kind, flow.out_party) == ("A69", "A01", CODES[OPERATOR])
    assert flow.periods[0].kilowatts.tolist() == [15_000] * 24
    total = sum(s.periods[0].kilowatts for s in after.series) / 1000
    assert total.tolist() == small.schedules()["planned_net_interchange_mw"] == [25.0] * 24
    assert ask(small, NORTH, "capacity").version > held.version


def test_a_contract_over_two_borders_has_a_series_on_each_and_one_volume(sqlite_store, secrets):
    base = definition(**with_codes())
    east = eic("10YEAST")
    line = base["lines"][0]
    changes = {
        "zones": [*base["zones"], {"zone": "East", "country": "HR", "system_operator": SOUTH, "eic": east}],
        "grids": [*base["grids"], base["grids"][0] | {"zone": "East"}],
        "lines": [line | {"eic": LINES["N-S"]}, line | {"line": "S-E", "from_zone": "South", "to_zone": "East"}],
    }
    with Border(sqlite_store, secrets, **changes) as border:
        set_codes(border)
        for element in ("IT-SI", "S-E"):
            who = NORTH if element == "IT-SI" else SOUTH
            border.do(who, c.GrantPermit(market="two", holder=SELLER, element=element, direction="forward",
                                         most_mw=40.0, valid_from=DAY, valid_to=DAY))  # fmt: skip
        legs = (tuple({"element": element, "direction": "forward"} for element in ("IT-SI", "S-E")),)
        contract = border.contract(8.0, legs=legs)
        out = ask(border, SELLER, "schedule")
        assert [s.line for s in out.series] == [LINES["N-S"], None]
        assert [(s.out_zone, s.in_zone) for s in out.series] == [
            (ZONES["North"], ZONES["South"]),
            (ZONES["South"], east),
        ]
        assert len(ask(border, NORTH, "schedule").series) == 1, "the other border is not North's"
        first, second = (
            trade(contract, 8_000, number=n, out_zone=s.out_zone, in_zone=s.in_zone) for n, s in enumerate(out.series)
        )
        lower = replace(second, periods=(esmp.Period(span()[0], 60, np.full(24, 7_000)),))
        rejected(border, SELLER, schedule(SELLER, first, lower), "esmp_agreement")
        answer, _ = send(border, SELLER, schedule(SELLER, first, second, version=2))
        assert [d["contract"] for d in answer["done"]] == [contract]


def test_a_changed_document_is_a_flaw(small):
    send(small, NORTH, capacity())
    rejected(small, NORTH, capacity(forward=1.0), "esmp_version")

    def found(connection):
        return [f.where for f in flaws(connection, small.secrets, submitted)]

    with small.store.read() as connection:
        assert found(connection) == []
    values = {"company": SOUTH, "identification": "DOC-2", "version": 2, "digest": "0" * 64, "content": b"other",
              "is_accepted": False, "answer": "{}", "at": 1}  # fmt: skip
    for name, value in values.items():
        with small.store.engine.connect() as connection, connection.begin() as transaction:
            place = market_documents.c.id == "D-0001"
            connection.execute(update(market_documents).where(place).values({name: value}))
            assert len(found(connection)) == 1, name
            transaction.rollback()
    with small.store.engine.connect() as connection, connection.begin() as transaction:
        connection.execute(market_documents.delete())
        assert len(found(connection)) == 2
        transaction.rollback()


def test_the_page_for_system_operators_does_what_it_says(sqlite_store, secrets):
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "exchange-documents.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    codes = {"North": "10YALPHA-------W", "South": "10YBETA--------6"}
    zones = [z | {"eic": codes[z["zone"]]} for z in definition()["zones"]]
    with Border(sqlite_store, secrets, zones=zones) as border:
        set_codes(border)
        for who, code in ((NORTH, "10XALPHA-SO----Q"), (OPERATOR, "11XMARKET------C")):
            border.do("OP", c.SetEic(company=who, eic=code))
        border.permit(first=LONG_DAY, last=LONG_DAY)
        border.contract(12.0, day=LONG_DAY)
        inside = {"client": border.client(NORTH)}
        for block in blocks:
            exec(compile(block, "exchange-documents.md", "exec"), inside)
    assert len(blocks) == 5
