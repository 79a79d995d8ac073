"""ESMP documents that come in: done as the plain commands do, or refused and answered."""

import base64
import re
from dataclasses import replace
from datetime import timedelta

import numpy as np
from tests.service.border.papers import (
    CODES,
    LINES,
    OPERATOR,
    ZONES,
    ask,
    capacity,
    declarations,
    eic,
    head,
    last_act,
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
    refused,
    starts,
)

from walras.formats import esmp
from walras.service import commands as c
from walras.service import queries as q
from walras.service.esmp import incoming

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
    assert (declared.side, declared.version) == (NORTH, 1)
    assert '"criteria":["transfer capacity"]' in declared.body
    assert last_act(named).act == ("document accepted")


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
    two = tuple(replace(s, periods=(replace(s.periods[0], kilowatts=np.full(49, 1_000)),)) for s in short.series)
    rejected(small, NORTH, replace(short, period_end=short.period_end + 1440, series=two, version=3), "esmp_period")
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


def test_a_document_that_is_too_long_to_work_through_is_refused(small, monkeypatch):
    small.permit()
    first, second = small.contract(1.0), small.contract(1.0)
    both = (trade(first, 500), trade(second, 500, number=2))
    monkeypatch.setattr(incoming, "MOST_CONTRACTS", 1)
    rejected(small, SELLER, schedule(SELLER, *both), "esmp_size")
    monkeypatch.setattr(incoming, "MOST_SERIES", 1)
    rejected(small, SELLER, schedule(SELLER, *both, version=2), "esmp_size")


def test_a_third_party_nominates_nothing(small):
    small.permit()
    contract = small.contract(10.0)
    _, said = rejected(small, THIRD, schedule(THIRD, trade(contract, 10_000)), "contract_party")
    assert [(s.identification, s.reasons[1].code) for s in said.series] == [("S-1", "A05")]
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
