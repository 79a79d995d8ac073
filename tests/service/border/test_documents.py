"""A system operator and members work by ESMP documents alone: out, in, refused, answered."""

import base64
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import update
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

OPERATOR = "OP"
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"


def eic(start):
    """An EIC with its check character."""
    text = start.ljust(15, "-")
    total = sum(LETTERS.index(x) * (16 - n) for n, x in enumerate(text))
    return text + LETTERS[36 - (total - 1) % 37]


CODES = {who: eic(f"10X{who.replace('-', '')}") for who in (OPERATOR, NORTH, SOUTH, SELLER, BUYER, THIRD)}
ZONES = {"North": eic("10YNORTH"), "South": eic("10YSOUTH")}
LINES = {"N-S": eic("10TNS"), "N-S 2": eic("10TNS2")}


def with_codes(**changes):
    base = definition()
    return {"zones": [z | {"eic": ZONES[z["zone"]]} for z in base["zones"]]} | changes


def set_codes(border):
    with border.store.write() as connection:
        for who, code in CODES.items():
            connection.execute(update(companies).where(companies.c.code == who).values(eic=code))


@pytest.fixture
def named(store, secrets):
    """The border with an EIC for everybody, on both stores."""
    with Border(store, secrets, **with_codes()) as border:
        set_codes(border)
        yield border


@pytest.fixture
def small(sqlite_store, secrets):
    """The same on SQLite alone."""
    with Border(sqlite_store, secrets, **with_codes()) as border:
        set_codes(border)
        yield border


def minute(at):
    return int(at.timestamp()) // 60


def span(day=DAY):
    return minute(starts(day)[0]), minute(starts(day)[-1]) + 60


def ask(border, who, kind, day=DAY):
    data = border.client(who).market_document("two", day, kind)
    assert border.client(who).market_document("two", day, kind) == data, "the same state, the same bytes"
    return esmp.read_document(data)


def head(who, day=DAY, identification="DOC-1", version=1, role="A04"):
    begin, end = span(day)
    return {
        "identification": identification, "version": version, "created_at": starts(day)[0] - timedelta(days=2),
        "sender": esmp.Party(CODES[who], role), "receiver": esmp.Party(CODES[OPERATOR], "A11"), "period_start": begin,
        "period_end": end, "domain": ZONES["North"],
    }  # fmt: skip


def capacity(who=NORTH, forward=40.0, backward=45.0, reserve=5.0, day=DAY, line=None, **changes):
    """A declaration as a document: A81 and B31 both ways."""
    begin, end = span(day)
    hours = (end - begin) // 60
    series = []
    for out, into, mw in (("North", "South", forward), ("South", "North", backward)):
        for code, value in (("A81", mw), ("B31", reserve)):
            period = esmp.Period(begin, 60, np.full(hours, round(value * 1000)))
            series.append(esmp.CapacitySeries(
                identification=f"{out} {code}", business_type=code, out_zone=ZONES[out], in_zone=ZONES[into],
                line=line, periods=(period,)))  # fmt: skip
    fields = {"kind": "A26", "process": "A15", "series": tuple(series)}
    return esmp.CapacityDocument(**(head(who, day) | fields | changes))


def trade(contract, kw, day=DAY, number=1, **changes):
    begin, end = span(day)
    kilowatts = np.broadcast_to(np.asarray(kw), ((end - begin) // 60,)).astype(np.int64)
    fields = {
        "identification": f"S-{number}", "version": 1, "business_type": "A03", "agreement": contract,
        "out_zone": ZONES["North"], "in_zone": ZONES["South"], "out_party": CODES[SELLER], "in_party": CODES[BUYER],
        "periods": (esmp.Period(begin, 60, kilowatts),),
    }  # fmt: skip
    return esmp.ScheduleSeries(**(fields | changes))


def schedule(who, *series, day=DAY, **changes):
    fields = {"kind": "A01", "process": "A17", "series": series}
    return esmp.ScheduleDocument(**(head(who, day, role="A01") | fields | changes))


def send(border, who, document):
    data = document if isinstance(document, bytes) else esmp.write_document(document)
    answer = border.client(who).send_document("two", data)
    return answer, esmp.read_document(answer["acknowledgement"].encode())


def entries(border):
    return border.client("OP").ask(q.ListCapacityEntries(market="two"))["items"]


def declarations(border, day=DAY):
    return border.client("OP").ask(q.ListDeclarations(market="two", delivery_day=day))["items"]


def rejected(border, who, document, *rules):
    """The document is refused by exactly these rules, acknowledged so, and nothing else happens."""
    before = entries(border), declarations(border)
    answer, said = send(border, who, document)
    assert not answer["is_accepted"]
    assert not said.accepted
    assert {m["rule"] for m in answer["mistakes"]} == set(rules), answer["mistakes"]
    assert all(m["fix"] and m["where"] for m in answer["mistakes"])
    assert answer["done"] == []
    assert (entries(border), declarations(border)) == before
    last = border.client("OP").ask(q.ListTrail(stream="capacity.two", limit=1000))["items"][-1]
    assert (last["act"], last["company"]) == ("document rejected", who)
    return answer, said


def matched(border, day=DAY, seller_mw=None, buyer_mw=None, mw=10.0):
    """A contract nominated by both sides and matched."""
    if not border.client("OP").ask(q.ListPermits(market="two"))["items"]:
        border.permit(first=day, last=day)
    contract = border.contract(mw, day=day)
    for who, value in ((SELLER, seller_mw), (BUYER, buyer_mw)):
        if value is not None:
            nominate = c.NominateSchedule(contract=contract, delivery_day=day, volumes=profile(value, day))
            border.do(who, nominate)
    border.at(starts(day)[0] - timedelta(hours=1))
    border.tick()
    return contract


# --- in: capacities ----------------------------------------------------------------------


def test_a_capacity_document_declares_what_the_command_would(named):
    answer, said = send(named, NORTH, capacity())
    assert said.accepted
    assert answer["done"][0]["versions"] == {"N-S": 1}
    assert (said.sender.code, said.receiver.code) == (CODES[OPERATOR], CODES[NORTH])
    assert (said.received.identification, said.received.version) == ("DOC-1", 1)
    shown = named.capacity()
    assert shown["forward"]["agreed_mw"] == [35.0] * 24
    assert shown["backward"]["agreed_mw"] == [40.0] * 24
    (declared,) = declarations(named)
    assert (declared["side"], declared["version"], declared["criteria"]) == (NORTH, 1, ["transfer capacity"])
    assert named.client("OP").ask(q.ListTrail(stream="capacity.two", limit=1000))["items"][-1]["act"] == (
        "document accepted"
    )


def test_the_same_document_again_is_answered_as_before_and_done_once(named):
    first, _ = send(named, NORTH, capacity())
    again, _ = send(named, NORTH, capacity())
    assert again == first
    assert len(declarations(named)) == 1
    rejected(named, NORTH, capacity(forward=20.0), "esmp_version")
    answer, _ = send(named, NORTH, capacity(forward=20.0, version=3))
    assert answer["done"][0]["versions"] == {"N-S": 2}
    _, said = rejected(named, NORTH, capacity(forward=30.0, version=2), "esmp_version")
    assert [r.code for r in said.reasons] == ["A02", "A51"]
    assert named.capacity()["forward"]["agreed_mw"] == [15.0] * 24


def test_a_refused_document_again_gets_the_same_refusal(small):
    first, _ = rejected(small, NORTH, capacity(forward=-1.0), "capacity_not_negative")
    assert send(small, NORTH, capacity(forward=-1.0))[0] == first


def test_net_capacity_alone_and_longer_blocks(small):
    begin, _ = span()
    series = tuple(
        replace(s, business_type="A27", periods=(esmp.Period(begin, 480, np.array([10_000, 20_000, 30_000])),))
        for s in capacity().series[::2]
    )
    send(small, NORTH, capacity(series=series))
    assert small.capacity()["forward"]["agreed_mw"] == [10.0] * 8 + [20.0] * 8 + [30.0] * 8


def test_a_capacity_document_with_every_mistake_at_once(small):
    good = capacity().series
    wrong = (
        replace(good[0], identification="x", out_zone=eic("10YNOWHERE")),
        replace(good[1], identification="y", business_type="A29"),
        replace(good[2], identification="z", periods=(esmp.Period(span()[0], 60, np.full(23, 1)),)),
        replace(good[3], identification="u", periods=(esmp.Period(span()[0], 45, np.full(32, 1)),)),
        good[0],
        replace(good[0], identification="v"),
    )  # fmt: skip
    _, said = rejected(
        small, NORTH, capacity(series=wrong), "esmp_line", "esmp_business", "esmp_period", "esmp_resolution",
        "esmp_repeated",
    )  # fmt: skip
    found = {s.identification: s.reasons[1].code for s in said.series}
    assert found == {"x": "A23", "y": "A62", "z": "A04", "u": "A41", "v": "A55"}


HEADS = (
    ({"sender": esmp.Party(CODES[SOUTH], "A04")}, "esmp_sender"),
    ({"receiver": esmp.Party(CODES[SOUTH], "A11")}, "esmp_receiver"),
    ({"domain": eic("10YNOWHERE")}, "esmp_domain"),
    ({"series": ()}, "esmp_missing"),
)


def test_heads_that_are_refused(small):
    for version, (changes, rule) in enumerate(HEADS, 1):
        rejected(small, NORTH, capacity(version=version, **changes), rule)


def test_a_late_capacity_and_one_of_the_long_day_with_24_hours(small):
    short = capacity(day=LONG_DAY)
    cut = tuple(replace(s, periods=(replace(s.periods[0], kilowatts=s.periods[0].kilowatts[:24]),))
                for s in short.series)  # fmt: skip
    rejected(small, NORTH, replace(short, period_end=short.period_end - 60, series=cut), "esmp_period")
    send(small, NORTH, replace(short, version=2))
    assert len(small.capacity(day=LONG_DAY)["forward"]["agreed_mw"]) == 25
    small.at(starts()[0] - timedelta(hours=1))
    _, said = rejected(small, NORTH, capacity(identification="LATE"), "capacity_deadline")
    assert [r.code for r in said.reasons] == ["A02", "A57"]


def test_a_day_without_a_market_is_refused(small):
    rejected(small, NORTH, capacity(day=DAY.replace(year=2026)), "market_valid")


def test_twin_lines_are_told_by_their_eic(sqlite_store, secrets):
    line = definition()["lines"][0]
    section = definition()["cross_sections"][0] | {"lines": ["N-S", "N-S 2"]}
    lines = [line, line | {"line": "N-S 2"}]
    with Border(sqlite_store, secrets, **with_codes(lines=lines, cross_sections=[section])) as border:
        set_codes(border)
        rejected(border, NORTH, capacity(), "esmp_line")
        with refused("esmp_eic") as problem:
            border.client(NORTH).market_document("two", DAY, "capacity")
        assert {m.where for m in problem.value.mistakes} == {"line N-S", "line N-S 2"}
        coded = [x | {"eic": LINES[x["line"]]} for x in lines]
        body = definition(**with_codes(lines=coded, cross_sections=[section]))
        border.by_two(c.SetMarket(market="two", valid_from=DAY.replace(month=1, day=1), definition=body))
        answer, _ = send(border, NORTH, capacity(line=LINES["N-S 2"], version=2))
        assert answer["done"][0]["versions"] == {"N-S 2": 1}
        border.permit(most_mw=80.0)
        contract = border.contract(70.0)
        shown = ask(border, NORTH, "schedule")
        assert {s.line: s.periods[0].kilowatts[0] for s in shown.series} == {
            LINES["N-S"]: 50_000, LINES["N-S 2"]: 20_000,
        }  # fmt: skip
        send(border, SELLER, schedule(SELLER, *(
            trade(contract, kw, number=n, line=LINES[name]) for n, (name, kw) in
            enumerate({"N-S": 50_000, "N-S 2": 11_000}.items()))))  # fmt: skip
        border.at(starts()[0] - timedelta(hours=1))
        border.tick()
        assert ask(border, SELLER, "confirmation").imposed == ()
        assert sum(s.periods[0].kilowatts for s in ask(border, BUYER, "schedule").series).tolist() == [61_000] * 24


# --- in: schedules -----------------------------------------------------------------------


def test_a_schedule_document_nominates_all_its_contracts_or_none(named):
    named.permit()
    one, other = named.contract(10.0), named.contract(5.0)
    above = schedule(SELLER, trade(one, 9_000), trade(other, 5_001, number=2))
    _, said = rejected(named, SELLER, above, "schedule_within_contract")
    assert [s.identification for s in said.series] == ["S-2"]
    answer, said = send(named, SELLER, schedule(SELLER, trade(one, 9_000), trade(other, 4_500, number=2), version=2))
    assert said.accepted
    assert [(d["contract"], d["side"], d["version"]) for d in answer["done"]] == [(one, "seller", 1),
                                                                                  (other, "seller", 1)]  # fmt: skip
    named.at(starts()[0] - timedelta(hours=1))
    named.tick()
    found = named.client(SELLER).ask(q.GetSchedules(market="two", delivery_day=DAY))["contracts"]
    assert {m["contract"]: m["scheduled_mw"][0] for m in found} == {one: 9.0, other: 4.5}


SERIES = (
    ({"agreement": None}, "esmp_agreement"),
    ({"agreement": "C-9999"}, "contract_known"),
    ({"agreement": "no such thing"}, "contract_known"),
    ({"business_type": "A69"}, "esmp_business"),
    ({"out_party": CODES[THIRD]}, "esmp_party"),
    ({"out_zone": ZONES["South"], "in_zone": ZONES["North"]}, "esmp_zones"),
)


def test_series_that_are_refused(small):
    small.permit()
    contract = small.contract(10.0)
    for version, (changes, rule) in enumerate(SERIES, 1):
        series = trade(contract, 10_000, **changes)
        _, said = rejected(small, SELLER, schedule(SELLER, series, version=version), rule)
        assert [s.identification for s in said.series] == ["S-1"]


def test_a_third_party_nominates_nothing(small):
    small.permit()
    contract = small.contract(10.0)
    rejected(small, THIRD, schedule(THIRD, trade(contract, 10_000)), "contract_party")
    rejected(small, THIRD, schedule(SELLER, trade(contract, 10_000), version=2), "esmp_sender")


def test_who_may_not_ask_the_command_may_not_send_its_document(small):
    rejected(small, SELLER, capacity(SELLER), "role_may")
    rejected(small, NORTH, schedule(NORTH, trade("C-0001", 1)), "role_may")
    rejected(small, NORTH, _anomaly(), "esmp_kind")
    with refused("role_may"):
        small.client("R-0001").send_document("two", b"<x/>")


def _anomaly():
    fields = {k: v for k, v in head(NORTH).items() if k != "version"}
    return esmp.AnomalyDocument(**fields, anomalies=())


def test_the_long_day_has_25_hours_in_and_out(small):
    small.permit(first=LONG_DAY, last=LONG_DAY)
    contract = small.contract(10.0, day=LONG_DAY)
    kw = np.arange(25) * 100
    send(small, SELLER, schedule(SELLER, trade(contract, kw, LONG_DAY), day=LONG_DAY))
    small.at(starts(LONG_DAY)[0] - timedelta(hours=1))
    small.tick()
    (series,) = ask(small, NORTH, "schedule", LONG_DAY).series
    assert series.periods == (esmp.Period(span(LONG_DAY)[0], 60, kw),)


# --- in: what cannot be read -------------------------------------------------------------


def test_what_is_no_document_is_answered_too(small):
    good = esmp.write_document(capacity(identification="BROKEN"))
    bomb = good.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>', 1)
    _, said = rejected(small, NORTH, bomb, "esmp_doctype")
    assert [r.code for r in said.reasons] == ["A02", "A94"]
    rejected(
        small, NORTH, re.sub(rb"<mRID>BROKEN.*?>", b"", good).replace(b"document:8:4", b"document:7:0"), "esmp_document"
    )
    _, said = rejected(small, NORTH, good.replace(b">A81<", b">A99<", 1), "esmp_code")
    assert said.series[0].identification == "North A81"
    rejected(small, NORTH, b"\xff\xfe\x00", "esmp_encoding")
    answer, _ = send(small, NORTH, capacity())
    assert answer["is_accepted"]


def test_what_is_no_content_is_a_problem(small):
    for text, rule in (("***", "document_base64"), ("", "document_size")):
        with refused(rule):
            small.do(NORTH, c.SendMarketDocument(market="two", content_base64=text))
    with refused("market_known"):
        small.do(NORTH, c.SendMarketDocument(market="none", content_base64=base64.b64encode(b"<x/>").decode()))


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
    last = small.client("OP").ask(q.ListTrail(stream="capacity.two", limit=1000))["items"][-1]
    assert last["body"]["acknowledged"] == ours.identification
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
    session = small.auction((SELLER, "North", "supply", 10.0, 15.0), (BUYER, "South", "demand", 90.0, 15.0))
    held = ask(small, NORTH, "capacity")
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
        "lines": [line, line | {"line": "S-E", "from_zone": "South", "to_zone": "East"}],
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
