"""A pair of states over a month's turn: what contracts are given, invoiced and paid, and what nobody may know early."""

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from functools import cache

import numpy as np
import polars as pl
import pytest
from tests.studies.pair_folder import Copied
from tests.studies.pair_year import live, same_tables

from walras.contracts.calendar import begin_of, days_of
from walras.contracts.examples import gas_agreement
from walras.contracts.journal import Journal
from walras.errors import BadInput
from walras.results.minor_units import half_away
from walras.settlement.accounts import TRANSIT, role_of
from walras.settlement.ledger import Entry, Ledger, Posting, broken_links
from walras.studies.pairs import series
from walras.studies.pairs.read import bundled_pair, read_pair
from walras.studies.pairs.series import value_of
from walras.studies.pairs.supplies import ContractRow, Supplies, expected, nominated, read_supplies
from walras.studies.pairs.supply_checks import check_supplies
from walras.studies.pairs.weather import season_of
from walras.studies.pairs.year import auctioning, live_year
from walras.studies.pairs.year.checking import check_journal, check_ledger
from walras.studies.pairs.year.invoicing import fall_due
from walras.studies.pairs.year.living import MORNING, Living
from walras.studies.pairs.year.nominating import notice_of
from walras.studies.pairs.year.outlook import PRIOR, forward_of

TURNS = {"two-states": ("2026-01-31", 3), "coast-and-hills": ("2026-01-31", 2)}


@cache
def turned(name):
    """Days of a pair around the end of January."""
    with pytest.MonkeyPatch.context() as patch:
        return live(name, *TURNS[name], patch)


@pytest.fixture(params=list(TURNS))
def lived(request):
    """Those days of each pair."""
    return turned(request.param)


@pytest.fixture
def turn():
    """Those of two states alone."""
    return turned("two-states")


def journal_and_contract(year, name):
    return next((j, c) for j in year.journals.values() for c in j.agreement.contracts if c.contract == name)


def test_a_contract_is_allocated_what_the_auction_accepted_of_it(lived):
    checked = 0
    for day in lived.cleared:
        curves, volumes = day.book.curves, day.results.published.curve
        for _, offer, _ in day.offers:
            contract = offer.contract
            journal, _ = journal_and_contract(lived.year, contract.contract)
            ticks = {}
            for kind in ("firm", "flexible"):
                name = f"{contract.contract}:{kind}"
                mine = curves.step_order == curves.name.index(name) if name in curves.name else np.zeros(0, int)
                ticks[kind] = int(np.rint(volumes[mine] * 10).sum()), int(curves.quantity[mine].sum())
            accepted, offered = ticks["firm"]
            each = contract.meeting.energy.base * contract.unit.factor
            expected = offer.nominated * Fraction(accepted, offered) if offered else 0
            expected += Fraction(ticks["flexible"][0], 10) / each  # MTUs of an hour, ticks of 0.1 MW
            assert journal.standing.course(contract).allocated[day.day].quantity == expected
            checked += 1
    assert checked >= 2 * len(lived.cleared)
    assert any(offer.steps for day in lived.cleared for _, offer, _ in day.offers)


def test_every_currency_sums_to_zero_and_nothing_is_left_under_way(lived):
    ledger = lived.year.ledger
    assert broken_links(list(ledger)) == []
    sums = defaultdict(int)
    for (account, currency), minor in ledger.balances().items():
        sums[currency] += minor
        assert not (minor and role_of(account) in TRANSIT), account
    assert len(sums) >= 2
    assert set(sums.values()) == {0}
    money = lived.year.tables["money"].group_by("account", "currency").agg(pl.col("net_minor").sum())
    assert {(r[0], r[1]): r[2] for r in money.iter_rows() if r[2]} == {k: v for k, v in ledger.balances().items() if v}


def test_each_day_is_nominated_on_the_last_morning_that_leaves_its_notice(lived):
    mornings = defaultdict(int)
    for journal in lived.year.journals.values():
        zone = Living(lived.pair, lived.supplies, 0, date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 1), {})
        for event in (e for e in journal.events if e.kind == "nomination"):
            contract = journal.agreement.contract(event.contract)
            day, amount = date.fromisoformat(event.body["day"]), Fraction(event.body["quantity"])
            begin, eve = begin_of(journal.agreement, day), zone.minute(day - timedelta(days=1), MORNING)
            needed = 60 * notice_of(contract, amount)
            assert event.at <= eve
            assert begin - event.at >= needed
            assert event.at == eve or begin - event.at - 24 * 60 < needed, "a morning later would have been too late"
            mornings[event.at == eve] += 1
    assert mornings[True]
    quantities = [c.quantity for j in lived.year.journals.values() for c in j.agreement.contracts]
    hours = [h for q in quantities for h in (q.notice_hours, *(band.notice_hours for band in q.swing))]
    assert not mornings[False] or max(hours) > 25, "only a band that asks for more is nominated a morning earlier"


def test_journals_that_were_written_are_those_that_are_read_and_a_changed_one_is_not(lived):
    for journal in lived.year.journals.values():
        check_journal(journal)
    journal = next(iter(lived.year.journals.values()))
    contract = journal.agreement.contracts[0]
    days = dict(journal.standing.course(contract).allocated)
    journal.standing.course(contract).allocated.clear()
    with pytest.raises(AssertionError, match="its text leads elsewhere"):
        check_journal(journal)
    journal.standing.course(contract).allocated.update(days)


def test_money_that_is_left_under_way_is_found():
    ledger = Ledger()
    ledger.post(Entry("half a bill", (Posting("member/A", "EUR", -5), Posting("contract/gas", "EUR", 5))))
    with pytest.raises(AssertionError, match="contract/gas"):
        check_ledger(ledger)


def test_a_result_that_breaks_a_rule_ends_the_year(monkeypatch):
    monkeypatch.setattr(auctioning, "audit", lambda book, results: ["cell 3: out of balance"])
    with pytest.raises(AssertionError, match="2026-01-10: 1 violations, the first: cell 3"):
        live_year(bundled_pair("two-states"), Supplies({}, {}, ()), date(2026, 1, 10), 1)


def january(journal, contract):
    allocated = journal.standing.course(contract).allocated
    return sum((allocated[d].quantity for d in days_of(contract, "2026-01")), Fraction(0))


def issued(journal, contract, kind):
    found = [e for e in journal.events if (e.contract, e.kind) == (contract.contract, kind)]
    return next(e for e in found if e.body["month"] == "2026-01")


def test_the_gas_of_january_costs_what_a_plain_computation_says(turn):
    journal, contract = journal_and_contract(turn.year, "gas-2026")
    quantity = january(journal, contract)
    row = next(s for s in turn.supplies.series if s.series == "regulated gas")
    price = Fraction(value_of(row, date(2026, 1, 1), 0)) + 62 * 30 + 190 + 140  # prices of December are its base
    final, provisional = (issued(journal, contract, f"{k} invoice") for k in ("final", "provisional"))
    gas, way = half_away(quantity * price * 100), half_away(quantity / Fraction("0.994") * Fraction("5.75") * 24 * 100)
    assert [line["amount_minor"] for line in final.body["lines"]] == [gas, way]
    before = half_away(quantity * 8100 * 100)
    assert {(p, q): m for p, q, m in provisional.body["booked"]} == {
        ("member/BY-gas", "member/RU-gas"): before, ("member/BY-gas", "operator/BY-gas-network"): way
    }  # fmt: skip
    assert final.body["booked"] == [["member/BY-gas", "member/RU-gas", gas - before]]
    shown = turn.year.tables["invoices"].filter(contract="gas-2026", document="final invoice")
    assert shown["price"][0] == pytest.approx(float((gas + way) / quantity / 100 / Fraction("10.35")), rel=1e-9)


def test_the_wind_of_january_is_paid_day_by_day_at_least_at_its_floor():
    lived = turned("coast-and-hills")
    journal, contract = journal_and_contract(lived.year, "wind-2026")
    rows = {s.series: s for s in lived.supplies.series}
    allocated, money, at_the_floor = journal.standing.course(contract).allocated, Fraction(0), 0
    for day in days_of(contract, "2026-01"):
        abroad, fixing = (Fraction(value_of(rows[n], day, 0)) for n in ("power abroad", "EUR/SEK"))
        asked = max(Fraction(560), Fraction("0.85") * abroad * fixing)
        at_the_floor += asked == 560
        money += allocated[day].quantity * Fraction(half_away(asked * 10), 10)
    final = issued(journal, contract, "final invoice")
    assert final.body["lines"][0]["amount_minor"] == half_away(money * 100)
    assert 0 < at_the_floor < 31
    quantity = january(journal, contract)
    assert final.body["lines"][1]["amount_minor"] == half_away(quantity / Fraction("0.975") * 7 * 100)
    shown = lived.year.tables["plants"].filter(plant="XA-wind", day=date(2026, 1, 31))["sold_mwh"][0]
    assert 0 < allocated[date(2026, 1, 31)].quantity < shown, "of the wind that blew"


def test_what_contracts_book_is_in_the_ledger_and_converted_at_the_fixing_of_the_record(turn):
    journal, contract = journal_and_contract(turn.year, "gas-2026")
    event = issued(journal, contract, "provisional invoice")
    rows = turn.year.ledger.rows().filter(pl.col("text").str.starts_with("contract/gas-2026 2026-01, provisional"))
    sums = {
        (r[0], r[1]): r[2] for r in rows.group_by("account", "currency").agg(pl.col("amount_minor").sum()).iter_rows()
    }
    assert sums["contract/gas-2026", "RUB"] == 0
    assert sums["member/BY-gas", "RUB"] == 0, "it pays in another currency"
    ((account, to, minor, other, rate, _),) = event.body["conversions"]
    fixing = next(s for s in turn.supplies.series if s.series == "RUB/BYN")
    assert (account, to) == ("member/BY-gas", "BYN")
    assert Fraction(rate) == Fraction(value_of(fixing, date(2026, 1, 31), 0)), "published half an hour before"
    assert other == half_away(minor * Fraction(rate)) == sums["member/BY-gas", "BYN"]


def allocations(contract, at, days, quantity):
    return [{"kind": "allocation", "at": at, "contract": contract, "day": str(d), "quantity": quantity} for d in days]


def test_what_the_final_price_adds_in_the_first_winter_is_put_off():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auctioning, "clear", None)  # no auction is needed for it
        pair, supplies = bundled_pair("coast-and-hills"), read_supplies(Copied.folder("coast-and-hills"))
        journal = Journal(supplies.agreements["heat"])
        living = Living(pair, supplies, 0, date(2026, 1, 1), date(2026, 1, 1), date(2026, 12, 31), {"heat": journal})
        rows = [{"kind": "observation", "at": "2025-12-30T08:00Z", "series": "wages", "period": f"2025-{m:02}",
                 "value": "1", "unit": "1", "published_at": "2025-12-30T08:00Z", "version": "1", "source": "invented"}
                for m in (10, 11)]  # fmt: skip
        rows += [
            {
                "kind": "observation",
                "at": "2025-12-31T08:00Z",
                "series": "wages",
                "period": "2025-12",
                "value": "1",
                "unit": "1",
                "published_at": "2025-12-31T08:00Z",
                "version": "1",
                "source": "invented",
            }
        ]
        journal.record(rows)
        for n in range(1, 13):
            month = date(2026, n, 1)
            wages = {
                "kind": "observation",
                "at": f"{month}T08:00Z",
                "series": "wages",
                "period": f"2026-{n:02}",
                "value": "1",
                "unit": "1",
                "published_at": f"{month}T05:00Z",
                "version": "1",
                "source": "invented",
            }
            first, end = month, (month + timedelta(days=32)).replace(day=1)
            days = [first + timedelta(days=d) for d in range((end - first).days)]
            journal.record([wages, *allocations("heat-2026", f"{month}T08:00Z", days, "480")])
            fall_due(living, end, living.minute(end, MORNING))
    course = journal.standing.course(journal.agreement.contracts[0])
    put_off = [course.months[f"2026-{m:02}"].deferred for m in range(1, 13)]
    assert put_off == [480 * days * 6 * 100 for days in (31, 28, 31)] + [0] * 9, "40 is final, 34 was invoiced"
    assert list(course.instalments) == [f"2026-{m:02}" for m in range(6, 12)]
    assert set(course.instalments.values()) == {sum(put_off) // 6}
    check_journal(journal)
    check_ledger(living.ledger)


def test_make_up_is_drawn_once_the_bank_and_take_or_pay_allow_it():
    agreement = gas_agreement()  # 36,500 a year, 80 % of it paid in any case; a lot lives for two years
    journal, contract = Journal(agreement), agreement.contracts[0]
    rows = {contract.contract: ContractRow(contract.contract, "gas", "", "", 0.0, "XA-fields", "illustrative")}
    span = date(2027, 1, 1), date(2027, 1, 1), date(2029, 12, 31)
    living = Living(bundled_pair("coast-and-hills"), Supplies({"gas": agreement}, rows, ()), 0, *span, {"gas": journal})
    for n in range(24):
        first = date(2027 + n // 12, n % 12 + 1, 1)
        end = (first + timedelta(days=32)).replace(day=1)
        taken = "40" if first.year == 2027 else "130"
        at = f"{end - timedelta(days=1)}T00:00Z"
        days = [first + timedelta(days=d) for d in range((end - first).days)]
        journal.record(allocations(contract.contract, at, days, taken))
        fall_due(living, end, living.minute(end, MORNING))
    lot = 29_200 - 365 * 40  # what 2027 took less than it had to pay for
    drawn = {row["month"]: row["quantity"] for row in living.rows["draws"]}
    assert living.rows["statements"][0]["short"] == lot
    # 29,200 are reached by 130 a day on day 225 of 2028: what August lies above them, then what months bring
    assert drawn == {"2028-08": 244 * 130 - 29_200, "2028-09": 3900, "2028-10": 4030, "2028-11": 3900, "2028-12": 250}
    assert sum(drawn.values()) == lot
    assert journal.standing.bank(contract).lots[0].left == 0
    check_journal(journal)
    check_ledger(living.ledger)


def test_nothing_is_offered_by_what_is_published_later(monkeypatch):
    later = date(2026, 2, 1)
    as_it_was = turned("two-states")
    book, value = auctioning.pair_book, series.value_of

    def other_market(pair, day, seed, handed):
        return book(pair, day, seed if day < later else seed + 1, handed)

    def other_value(row, day, seed):
        return value(row, day, seed) if day < later else f"{1.5 * float(value(row, day, seed)):.4f}"

    monkeypatch.setattr(auctioning, "pair_book", other_market)
    monkeypatch.setattr(series, "value_of", other_value)
    otherwise = live("two-states", *TURNS["two-states"], monkeypatch)
    known = pl.col("day") <= later
    at_the_gate = ("day", "contract", "nominated", "offered", "first_step", "last_step", "cost")
    one, other = (y.year.tables["contracts"].select(at_the_gate) for y in (as_it_was, otherwise))
    assert one.filter(known).equals(other.filter(known)), "whatever comes later, the same is offered"
    assert one.filter(~known).height
    assert not one.filter(~known).equals(other.filter(~known)), "and what came is not ignored"
    one, other = (y.year.tables["prices"].filter(pl.col("day") == later) for y in (as_it_was, otherwise))
    assert not one.equals(other), "the later day did clear otherwise"
    for row in as_it_was.year.tables["forwards"].iter_rows(named=True):
        assert row["last_day"] is None or row["last_day"] < date.fromisoformat(f"{row['month']}-01")


def test_the_same_folder_days_and_seed_give_the_same_tables(turn, monkeypatch):
    again = live("two-states", *TURNS["two-states"], monkeypatch)
    assert same_tables(turn.year, again.year)
    assert again.year.ledger.head == turn.year.ledger.head


def test_flexibility_that_is_not_offered_leaves_the_nomination(monkeypatch):
    lived = live("two-states", "2026-02-01", 1, monkeypatch, is_flexible=False)
    row = lived.year.tables["contracts"].filter(contract="gas-2026").row(0, named=True)
    assert row["offered"] == row["flexible_mwh"] == 0
    assert row["delivered"] == row["nominated"] > 0


def test_a_forward_is_the_mean_of_what_was_cleared_and_of_the_reference_price():
    pair = bundled_pair("coast-and-hills")
    days = [date(2026, 3, 1) + timedelta(days=d) for d in range(30)]
    past = [(d, 120.0 if n % 2 else 140.0) for n, d in enumerate(days)]
    found = forward_of(pair, past, "XB-hills", "hydrogen")  # its demand is the same all year
    assert found.level == pytest.approx((PRIOR * 110 + 30 * 130) / (PRIOR + 30))
    assert found.prices([date(2026, 7, 1)])[0] == pytest.approx(found.level)
    assert found.persistence == 0, "prices that jump to and fro have none"
    assert found.last_day == days[-1]
    heat = forward_of(pair, [], "XB-hills", "heat")
    winter, summer = heat.prices([date(2026, 1, 15), date(2026, 7, 16)])
    assert winter == pytest.approx(40 * (1 + 0.4 * 0.8))
    assert summer < 40


WRONG = [
    ("contracts.csv", "hydrogen-2024,hydrogen,", "hydrogen-2024,helium,", "pair_contract"),
    ("contracts.csv", "hydrogen-2024,hydrogen,", "hydrogen-2023,hydrogen,", "pair_contract"),
    ("contracts.csv", ",hydrogen-base,", ",moon,", "pair_known"),
    ("contracts.csv", "wind-2026,wind,wind,,", "wind-2026,wind,,01-32,", "pair_field_type"),
    ("contracts.csv", "contract,agreement", "contract,agreed", "pair_field_present"),
    ("series.csv", "hydrogen hub,EUR/MWh", "hydrogen port,EUR/MWh", "pair_series"),
    ("series.csv", "hydrogen hub,EUR/MWh,month", "hydrogen hub,EUR/MWh,day", "pair_series"),
    ("series.csv", "hydrogen hub,EUR/MWh", "hydrogen hub,EUR/t", "pair_series"),
    ("series.csv", "hydrogen hub,EUR/MWh", "hydrogen hub,EUR per MWh", "pair_field_type"),
    ("series.csv", "wages,1,month", "wages,1,week", "pair_field_type"),
    ("series.csv", "CHF/SEK,SEK/CHF", "CHF/NOK,NOK/CHF", "pair_fixing"),
    ("pair.toml", 'SEK = "0.089"', 'NOK = "0.09"', "pair_fixing"),
    ("agreements/hydrogen.toml", 'delivery = "XB-hills"', 'delivery = "XB-plain"', "pair_place"),
    ("agreements/wind.toml", 'source = "XA-coast"', 'source = "XA"', "pair_place"),
    ("agreements/hydrogen.toml", 'line = "XA-XB-pipe"', 'line = "XA-XB-tube"', "pair_known"),
    ("agreements/hydrogen.toml", 'share = "85 %"', 'share = "85 t"', "share_expected"),
]


@pytest.mark.parametrize(("file", "old", "new", "rule"), WRONG)
def test_contracts_that_do_not_fit_their_pair_are_listed(file, old, new, rule, tmp_path):
    copied = Copied("coast-and-hills", tmp_path)
    if file == "pair.toml":  # members pay in it too: they are not asked here
        members = copied.path / "members.csv"
        members.write_text(members.read_text(encoding="utf-8").replace(",SEK", ",EUR"), encoding="utf-8")
        table = copied.path / "series.csv"
        table.write_text(
            table.read_text(encoding="utf-8").replace("EUR/SEK,SEK/EUR", "EUR/NOK,NOK/EUR"), encoding="utf-8"
        )
    copied.replace(file, old, new)
    with pytest.raises(BadInput) as caught:
        check_supplies(read_pair(copied.path), read_supplies(copied.path))
    assert rule in {m.rule for m in caught.value.mistakes}
    assert all(m.what and m.where and m.fix for m in caught.value.mistakes)


def test_a_file_that_is_broken_does_not_hide_what_is_wrong_elsewhere(tmp_path):
    copied = Copied("coast-and-hills", tmp_path)
    copied.replace("agreements/hydrogen.toml", 'share = "85 %"', 'share = "85 t"')
    copied.replace("contracts.csv", "heat-2026,heat,", "heat-2025,heat,")
    with pytest.raises(BadInput) as caught:
        read_supplies(copied.path)
    places = sorted((m.where.split()[0], m.rule) for m in caught.value.mistakes)
    assert places == [("agreements/hydrogen.toml", "share_expected"), ("contracts.csv", "pair_contract"),
                      ("contracts.csv", "pair_contract")]  # fmt: skip


def test_what_a_buyer_asks_for_usually_is_the_middle_of_what_it_asks_for():
    pair, supplies = bundled_pair("coast-and-hills"), read_supplies(Copied.folder("coast-and-hills"))
    contract = supplies.agreements["hydrogen"].contracts[0]
    amounts = [nominated(pair, supplies, contract, date(2026, 2, 3), seed) for seed in range(40)]
    usual = expected(pair, supplies, contract, date(2026, 2, 3))
    assert min(amounts) < usual < max(amounts)
    assert usual == round(480 * 0.78 * (1 + 0.15 * season_of(date(2026, 2, 3))) / 4) * 4
