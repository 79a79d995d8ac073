"""Contracts in an order book: two zones of gas and a line, cleared and audited; and what comes back from it."""

from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from tests.builders import market
from tests.contracts.builders import Story, agreement, quantity, rules, terms

from walras.contracts.auction import allocation_rows, released, with_contracts
from walras.contracts.offers import contracts_on, day_offer, placed, reservations
from walras.errors import BadInput

DAY = date(2025, 4, 1)
LOSSY = {"hop": "north", "operator": "S-0001", "loss": "2 %", "line": "A-B"}
AUCTION = {"carrier": "gas", "delivery": "B", "source": "A", "energy": "10 MWh/1000m3"}


def supply(nominated="97.3", auction=None, hops=(LOSSY,), **more):
    """A contract of 2025 that delivers gas in B, and what is nominated for the first of April."""
    said = {"begin": date(2025, 1, 1), "end": date(2026, 1, 1), "hops": list(hops)}
    said["auction"] = {k: v for k, v in (AUCTION | (auction or {})).items() if v is not None}
    top = {"day_starts": "07:00"} | {k: more.pop(k) for k in ("day_starts", "time_zone") if k in more}
    told = Story(agreement(terms(**said | {"quantity": quantity(daily_minimum=0)} | more), **top), "2025-01-01T00:00Z")
    return told.says("nomination", day=DAY, quantity=nominated) if nominated else told


def gas(capacity=100.0, hours=(7, 31), demand=150, supply=200, minutes=60, **more):
    """Gas in A at 10 and demand in B at 90, for hours of the first of April, UTC."""
    found = market(
        ("A", "B"), 24, minutes, carriers={"A": "gas", "B": "gas"}, horizons={"A": hours, "B": hours}, **more
    )
    found.line("A", "B", capacity)
    for hour in range(hours[1] - hours[0]):
        found.sells("A", supply, at=10, hour=hour, minutes=60).buys("B", demand, at=90, hour=hour, minutes=60)
    return found.book()


def offer(told, prices=(), floor=None):
    return day_offer(told.journal.standing, told.contract(), DAY, [Fraction(p) for p in prices], floor)


def column(book, name):
    at = np.flatnonzero(book.curves.step_order == book.curves.name.index(name))
    return book.curves.quantity[at].tolist(), book.curves.price_start[at].tolist(), at


def refused_of(book, *offers):
    with pytest.raises(BadInput) as refused:
        with_contracts(book, offers)
    return rules(refused)


def test_a_nominated_quantity_is_a_price_taking_order_in_every_hour_of_its_day(clear):
    told = supply()
    book = with_contracts(gas(), [offer(told)])
    # 97.3 x 10 MWh / 24 h = 40.541666 MW, down to 40.5; the seller takes 97.3 / 0.98 = 99.2857: 41.369, down to 41.3
    assert column(book, "gas:firm")[:2] == ([405] * 24, [-50_000] * 24)
    assert column(book, "gas:source")[:2] == ([413] * 24, [400_000] * 24)
    curves = book.curves
    assert [curves.member[curves.name.index(f"gas:{n}")] for n in ("firm", "source")] == ["XB-homes", "XA-fields"]
    assert [int(curves.side[curves.name.index(f"gas:{n}")]) for n in ("firm", "source")] == [1, -1]
    assert list(curves.name) == sorted(curves.name)
    results = clear(book)
    assert results.published.curve[column(book, "gas:firm")[2]].tolist() == [40.5] * 24
    (row,) = allocation_rows(book, results.published, [offer(told)], 0)
    assert row["quantity"] == Fraction("97.3")
    told.all_say([row | {"at": told.now}])
    assert told.course().allocated[DAY].quantity == Fraction("97.3")


def test_what_enters_a_line_is_reserved_in_whole_kilowatts_upwards(clear):
    told = supply()
    (taken,) = reservations(offer(told))
    # 99.2857 x 10 / 24 = 41.36904 MW enter
    assert (taken.line, taken.backward, taken.kw, taken.end - taken.begin) == ("A-B", False, 41370, 1440)
    book = with_contracts(gas(), [offer(told)])
    assert book.lines.capacity_forward.tolist() == [58.63] * 24
    assert book.lines.capacity_backward.tolist() == [100.0] * 24
    results = clear(book)
    assert np.abs(results.published.exchange).max() <= 58.63


def test_a_hop_may_go_against_its_line_and_others_take_nothing():
    hops = [LOSSY | {"backward": True, "loss": "0 %"}, {"hop": "beyond", "operator": "S-0002", "loss": "50 %"}]
    (taken,) = reservations(offer(supply(24, hops=hops)))
    assert (taken.backward, taken.kw) == (True, 20_000)  # twice as much enters before the loss beyond it
    book = with_contracts(gas(), [offer(supply(24, hops=hops))])
    assert (book.lines.capacity_forward[0], book.lines.capacity_backward[0]) == (100.0, 80.0)


def test_two_contracts_on_one_line_reserve_it_together():
    year = {"begin": date(2025, 1, 1), "end": date(2026, 1, 1), "hops": [LOSSY | {"loss": "0 %"}], "auction": AUCTION}
    both = [terms(n, subject=n, quantity=quantity(daily_minimum=0), **year) for n in ("one", "two")]
    told = Story(agreement(*both, day_starts="07:00"), "2025-01-01T00:00Z")
    for name, amount in (("one", 24), ("two", 48)):
        told.says("nomination", contract=name, day=DAY, quantity=amount)
    offers = [day_offer(told.journal.standing, c, DAY) for c in contracts_on(told.journal.agreement, DAY)]
    book = with_contracts(gas(), offers)
    assert book.lines.capacity_forward.tolist() == [70.0] * 24
    assert len(with_contracts(gas(30.0), offers).lines.capacity_forward) == 24
    assert refused_of(gas(29.9), *offers) == {"contract_capacity"}


def test_remaining_flexibility_is_offered_in_steps_and_comes_back_as_it_was_accepted(clear):
    told = supply("48", hops=[LOSSY | {"loss": "0 %"}])
    found = offer(told, [20, 95])  # 130 - 48 = 82 in two steps of 41: 17.08333 MW each, down to 17.0
    book = with_contracts(gas(100.0, demand=40), [found])
    assert column(book, "gas:flexible")[:2] == ([170, 170] * 24, [2000, 9500] * 24)
    assert [s.quantity for s in found.steps] == [41, 41]
    results = clear(book)
    accepted = results.published.curve[column(book, "gas:flexible")[2]].sum()
    (row,) = allocation_rows(book, results.published, [found], 0)
    assert row["quantity"] == 48 + Fraction(str(round(accepted, 1))) / 10


def test_flexible_steps_are_taken_where_the_line_has_no_room_for_more(clear):
    told = supply("48", hops=[LOSSY | {"loss": "0 %"}])
    found = offer(told, [20, 95])
    # 54.16667 of 60 MW are reserved, 5.8 flow: demand of 50 at 90 takes 20 firm, 5.8 from A and 17.0 at 20
    book = with_contracts(gas(60.0, demand=50), [found])
    results = clear(book)
    assert results.published.curve[column(book, "gas:flexible")[2]].tolist() == [17.0, 0.0] * 24
    (row,) = allocation_rows(book, results.published, [found], 0)
    assert row["quantity"] == 48 + Fraction(17 * 24, 10)
    (free,) = released(book, results.published, found)
    assert free.kw == 54_167 - 37_000
    told.all_say([row | {"at": told.now}])
    assert told.course().allocated[DAY].quantity == Fraction("88.8")


def test_firm_supply_that_nobody_buys_is_delivered_in_the_share_that_was_accepted(clear):
    told = supply("96", hops=[LOSSY | {"loss": "0 %"}])
    book = with_contracts(gas(100.0, demand=30), [offer(told)])  # 40 MW firm, 30 of demand
    results = clear(book)
    firm = results.published.curve[column(book, "gas:firm")[2]]
    (row,) = allocation_rows(book, results.published, [offer(told)], 0)
    assert row["quantity"] == 96 * Fraction(round(firm.sum() * 10), 400 * 24)
    told.all_say([row | {"at": told.now}])
    assert told.again().standing.courses["gas"].allocated[DAY].quantity == row["quantity"]


def test_what_is_not_firm_is_sold_at_its_price(clear):
    loose = quantity(daily_minimum=0, firm=False)
    told = supply("24", {"source": None}, quantity=loose, hops=[LOSSY | {"loss": "0 %"}])
    book = with_contracts(gas(), [offer(told, floor=Fraction("99.999"))])
    assert column(book, "gas:firm")[1] == [10_000] * 24  # up to the tick
    results = clear(book)
    (row,) = allocation_rows(book, results.published, [offer(told)], 0)
    assert row["quantity"] == 0  # demand pays 90
    assert column(with_contracts(gas(), [offer(supply("24"), floor=Fraction(99))]), "gas:firm")[1] == [-50_000] * 24
    beyond = with_contracts(gas(), [offer(told, floor=Fraction(10**9))])
    assert column(beyond, "gas:firm")[1] == [400_000] * 24


def test_what_is_not_firm_has_no_source():
    with pytest.raises(BadInput) as refused:
        supply("24", quantity=quantity(daily_minimum=0, firm=False))
    assert rules(refused) == {"source_firm"}


def test_quarter_hours_have_the_power_of_their_hour(clear):
    told = supply("24")
    book = with_contracts(gas(minutes=15), [offer(told)])
    assert column(book, "gas:firm")[0] == [100] * 96
    (row,) = allocation_rows(book, clear(book).published, [offer(told)], 0)
    assert row["quantity"] == 24


def test_nothing_nominated_is_no_order_and_reserves_nothing():
    told = supply(None)
    book = gas()
    same = with_contracts(book, [offer(told)])
    assert same.curves.name == book.curves.name
    assert same.lines.capacity_forward.tolist() == book.lines.capacity_forward.tolist()
    assert reservations(offer(told)) == []
    tiny = with_contracts(book, [offer(supply("0.2"))])  # 0.0833 MW is less than a tick
    assert tiny.curves.name == book.curves.name


def test_a_gas_day_at_minsk_begins_at_seven_utc():
    told = supply(day_starts="10:00", time_zone="Europe/Minsk")
    found = offer(told)
    assert (found.begin % 1440 / 60, found.end - found.begin) == (7, 1440)
    book = gas(hours=(0, 48))
    at = placed(book, found, "B")
    assert (at.cells - book.cells.first[at.grid]).tolist() == list(range(7, 31))
    begin, end = found.begin, found.end
    outside = (book.lines.period_start < begin) | (book.lines.period_start >= end)
    capacity = with_contracts(book, [found]).lines.capacity_forward
    assert (capacity[outside] == 100).all()
    assert (capacity[~outside] < 100).all()


def test_days_of_twenty_three_and_twenty_five_hours_spread_their_quantity():
    told = supply(None, time_zone="Europe/Rome", day_starts="00:00")
    spans = [day_offer(told.journal.standing, told.contract(), d) for d in (date(2025, 3, 30), date(2025, 10, 26))]
    assert [o.power(Fraction(23 * 25, 10)) for o in spans] == [25, 23]


@pytest.mark.parametrize(("unit", "energy", "amount"), [
    ("1000m3", "10 MWh/1000m3", 24), ("MWh", "1", 240), ("kWh", "0.001 MWh/kWh", 240_000), ("t", "12 MWh/t", 20),
    ("1000m3", "0.01 MWh/m3", 24),
])  # fmt: skip
def test_energy_is_counted_in_the_unit_of_the_contract(unit, energy, amount):
    much = quantity(daily_minimum=0, daily_maximum=10**6, annual=10**9)
    prices = [{"component": "gas", "final": f"1 USD/{unit} -> USD/{unit}"}]
    told = supply(amount, {"energy": energy}, unit=unit, quantity=much, hops=[], prices=prices)
    assert offer(told).power(Fraction(amount)) == 10


@pytest.mark.parametrize(("book", "rule"), [
    ({"hours": (7, 30)}, "auction_covers"), ({"hours": (8, 32)}, "auction_covers"),
    ({"hours": (0, 24)}, "auction_covers"),
    ({"capacity": 41.36}, "contract_capacity"),
])  # fmt: skip
def test_what_the_market_has_no_room_for_is_refused(book, rule):
    assert refused_of(gas(**book), offer(supply())) == {rule}


def test_mistakes_of_all_offers_are_listed():
    away, oil = supply(auction={"delivery": "Z"}), supply(auction={"carrier": "electricity"})
    other, good = supply(hops=[LOSSY | {"line": "A-Z"}]), supply()
    twice = with_contracts(gas(), [offer(good)])
    with pytest.raises(BadInput) as refused:
        with_contracts(twice, [offer(away), offer(oil), offer(other), offer(good)])
    found = [m.rule for m in refused.value.mistakes]
    assert found.count("auction_covers") == 2
    assert {"contract_orders_new", "contract_capacity"} < set(found)
    with pytest.raises(BadInput) as refused:
        day_offer(good.journal.standing, good.contract(), date(2026, 1, 1))
    assert rules(refused) == {"contract_meets"}
    with pytest.raises(BadInput) as refused:
        offer(Story(agreement(terms())))
    assert rules(refused) == {"contract_meets"}
