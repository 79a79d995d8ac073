"""Who owes whom, on markets that are settled by hand."""

import numpy as np
import polars as pl
import pytest
from tests.builders import DAY, market, one_zone, two_zones
from tests.settlement.outcomes import outcome

from walras.book.profile import load_profile
from walras.coupling.clear import clear
from walras.errors import BadInput
from walras.settlement.congestion import congestion_income
from walras.settlement.money import Units
from walras.settlement.positions import positions
from walras.settlement.settle import settle


def nets(settlement):
    return {(r, p): n for p, r, n in settlement.who_owes_whom.select("party", "role", "net_minor").rows()}


def test_a_buyer_pays_what_the_seller_receives():
    book = one_zone().sells("A", 60, at=10, member="S").buys("A", 60, at=90, member="B").book()
    demand, supply = 60, 60
    settlement = settle(book, outcome(book, [50.0], [demand, supply]))
    assert nets(settlement) == {("member", "B"): -300000, ("member", "S"): 300000}


def test_congestion_income_belongs_half_to_either_end():
    market = two_zones(atc_mw=20, mtu_minutes=15, hours=0.25)
    book = market.sells("A", 100, at=10, member="S").buys("B", 20, at=90, member="B").book()
    settlement = settle(book, outcome(book, [10.0, 50.0], [20, 20], exchange=[20]))
    assert nets(settlement) == {
        ("member", "B"): -25000,
        ("member", "S"): 5000,
        ("operator", "A"): 10000,
        ("operator", "B"): 10000,
    }
    assert settlement.congestion["income_minor"].to_list() == [20000]


def test_a_line_with_losses_pays_for_what_is_lost_and_its_tariff_stands_apart():
    """52.6 MW bought at 10 and 50 sold at 12.63 leave 105.50: 105.20 of tariff, and 30 cents that rounding left."""
    market = two_zones(mtu_minutes=60).line("A", "B", 100, loss=0.05, tariff=2)
    book = market.sells("A", 100, at=10, member="S").buys("B", 50, at=90, member="B").book()
    demand, supply = (50, 52.6) if book.curves.side[0] < 0 else (52.6, 50)
    settlement = settle(book, outcome(book, [10.0, 12.63], [demand, supply], exchange=[52.6], received=[50]))
    assert nets(settlement) == {
        ("member", "B"): -63150,
        ("member", "S"): 52600,
        ("operator", "A"): 15,
        ("operator", "B"): 15,
        ("tariff", "A-B"): 10520,
    }
    row = settlement.congestion.row(0, named=True)
    assert (row["exchange_mw"], row["income_minor"], row["tariff_minor"]) == (52.6, 30, 10520)
    assert settlement.net_minor("tariff") == 10520


def test_a_market_without_tariffs_has_no_column_of_them():
    book = two_zones(atc_mw=20).sells("A", 20, at=10).buys("B", 20, at=90).book()
    settlement = settle(book, outcome(book, [10.0, 50.0], [20, 20], exchange=[20]))
    assert "tariff_minor" not in settlement.congestion.columns
    assert settlement.net_minor("tariff") == 0


def test_a_line_used_backward_is_settled_at_what_each_end_sees():
    """20 sent from B at 10, 19 given to A at 30, 1.5 a MW of tariff."""
    market = two_zones().line("A", "B", 100, loss=(0.5, 0.05), tariff=1.5)
    book = market.sells("B", 100, at=10, member="S").buys("A", 19, at=90, member="B").book()
    demand_first = book.curves.side[0] < 0
    curve = [19, 20] if demand_first else [20, 19]
    settlement = settle(book, outcome(book, [30.0, 10.0], curve, exchange=[-20], received=[-19]))
    assert nets(settlement)["member", "B"] == -57000
    assert nets(settlement)["tariff", "A-B"] == 3000
    assert settlement.congestion["income_minor"].to_list() == [57000 - 20000 - 3000]


def test_a_line_of_coarse_periods_earns_over_all_its_cells():
    market = two_zones(atc_mw=20, mtu_minutes={"A": 60, "B": 30})
    book = market.sells("A", 20, at=10).buys("B", 20, at=90, minutes=60).book()
    income = congestion_income(book, outcome(book, [10.0, 50.0, 30.0], [20, 20], exchange=[20]))
    assert income["income_minor"].to_list() == [60000]


def test_an_odd_cent_of_income_goes_to_the_sending_end():
    book = two_zones(atc_mw=20).sells("A", 0.1, at=10).buys("B", 0.1, at=90).book()
    settlement = settle(book, outcome(book, [10.0, 10.1], [0.1, 0.1], exchange=[0.1]))
    assert nets(settlement)["operator", "A"] == 1
    assert ("operator", "B") not in nets(settlement)


def test_a_neighbour_pays_the_price_outside_and_the_border_keeps_the_difference():
    market = one_zone().sells("A", 30, at=10, member="S")
    book = market.border("A", "outside", 40.005, export=30).book()
    settlement = settle(book, outcome(book, [10.0], [30], border=[30]))
    assert nets(settlement) == {
        ("member", "S"): 30000,
        ("neighbour", "A-outside"): -120015,
        ("operator", "A"): 45008,
        ("operator", "outside"): 45007,
    }


def test_an_importing_border_pays_the_neighbour():
    book = one_zone().buys("A", 30, at=90, member="B").border("A", "outside", 40, import_=30).book()
    settlement = settle(book, outcome(book, [90.0], [30], border=[-30]))
    assert nets(settlement)["neighbour", "A-outside"] == 120000
    assert nets(settlement)["operator", "A"] == 75000


def test_a_domain_earns_the_rent_of_its_full_branch_in_equal_parts():
    """Rent 40 on 125 MW for an hour: 5000.00 EUR, of which two cents cannot be shared by three."""
    said = market(("A", "B", "C")).domain("core", ("A", "B", "C")).branch("row", ram=125, A=0.25, B=-0.5, C=-0.25)
    said.sells("A", 300, at=40, member="S").sells("B", 100, at=20, member="T").buys("C", 400, at=200, member="D")
    book = said.book()
    settlement = settle(book, outcome(book, [40.0, 70.0, 60.0], [300, 100, 400], domain=[300, 100, -400]))
    assert settlement.congestion.rows() == [
        ("domain", "core", settlement.congestion["mtu_start"][0], 60, 400.0, 40 * 125 * 100, "EUR")
    ]
    assert nets(settlement) == {
        ("member", "D"): -2400000,
        ("member", "S"): 1200000,
        ("member", "T"): 700000,
        ("operator", "A"): 166667,
        ("operator", "B"): 166667,
        ("operator", "C"): 166666,
    }


def test_a_domain_of_short_periods_is_settled_at_the_price_of_the_cell():
    """A exports 0.1 and 0.4 MW in two half hours, and sells 0.25 MW through the hour at 10; C pays 20 and 30."""
    said = market(("A", "C"), 1, {"A": 60, "C": 30}, quantity_tick=0.05).domain("core", ("A", "C"))
    said.branch("row", ram=10, A=1).sells("A", 1, at=10, member="S", order="s")
    book = said.buys("C", 1, at=90, member="D", order="d").buys("C", 1, at=90, hour=0.5, order="d").book()
    settlement = settle(book, outcome(book, [10.0, 20.0, 30.0], [0.1, 0.4, 0.25], domain=[0.1, -0.1, 0.4, -0.4]))
    assert settlement.congestion["income_minor"].to_list() == [100 - 50, 600 - 200]
    assert nets(settlement) == {
        ("member", "D"): -700,
        ("member", "S"): 250,
        ("operator", "A"): 225,
        ("operator", "C"): 225,
    }


def test_a_fixed_border_trades_at_the_price_of_the_zone_and_earns_nothing():
    book = one_zone().sells("A", 30, at=10, member="S").fixed_border("A", "outside", 30).book()
    settlement = settle(book, outcome(book, [12.5], [30], border=[30]))
    assert nets(settlement) == {("member", "S"): 37500, ("neighbour", "A-outside"): -37500}
    assert settlement.congestion["income_minor"].to_list() == [0]


def test_rounding_is_posted_and_belongs_to_nobody_else():
    market = one_zone().buys("A", 0.3, at=90, member="B")
    book = market.sells("A", 0.1, member="S").sells("A", 0.1, member="T").sells("A", 0.1, member="U").book()
    # 0.1 MWh x 10.04 = 1.004 EUR: three sellers get 1.00, the buyer pays 3.01.
    settlement = settle(book, outcome(book, [10.04], [0.3, 0.1, 0.1, 0.1]))
    assert nets(settlement)["member", "B"] == -301
    assert nets(settlement)["rounding", "market"] == 1


def test_blocks_flexible_and_scalable_orders_settle_like_curves():
    market = one_zone(hours=2).block("b", "A", "supply", 10, 8, mar=0.5, member="block")
    market.flexible("f", "A", "supply", 10, 3, member="flexible")
    market.scalable("s", "A", "supply", 5, [(0, 10, 2), (1, 10, 4)], member="scalable")
    book = market.buys("A", 6, at=90, member="B").buys("A", 11, at=90, hour=1, member="C").book()
    result = outcome(book, [20.0, 30.0], [6, 11], blocks=[0.5], starts=[1], scalable=[2, 4])
    assert nets(settle(book, result)) == {
        ("member", "B"): -12000,
        ("member", "C"): -33000,
        ("member", "block"): 8000 + 12000,
        ("member", "flexible"): 9000,
        ("member", "scalable"): 4000 + 12000,
    }


def test_an_amount_that_would_wrap_round_in_64_bits_is_no_zero():
    """2^40 x 2^24 x 60 is a multiple of 2^64."""
    price, power, minutes = (np.array([n]) for n in (2**40, 2**24, 60))
    with pytest.raises(AssertionError, match="64 bits"):
        Units(1, 1, 0).minor(price, power, minutes)


def test_volumes_that_do_not_balance_are_refused_cell_by_cell():
    book = one_zone(hours=2).sells("A", 60).buys("A", 60).sells("A", 60, hour=1).buys("A", 60, hour=1).book()
    with pytest.raises(BadInput) as error:
        settle(book, outcome(book, [50.0, 50.0], [60, 60, 59, 50]))
    assert [m.rule for m in error.value.mistakes] == ["cell_balance"] * 2


@pytest.mark.parametrize(("price", "volume"), [(50.005, 60), (float("nan"), 60), (50, 59.99999)])
def test_values_off_the_tick_are_refused(price, volume):
    book = one_zone().sells("A", 60).buys("A", 60).book()
    with pytest.raises(BadInput) as error:
        settle(book, outcome(book, [price], [volume, volume]))
    assert {m.rule for m in error.value.mistakes} == {"published_on_tick"}


def test_positions_name_member_zone_and_time():
    book = one_zone().sells("A", 60, member="S").buys("A", 60, member="B").book()
    table = positions(book, outcome(book, [50.0], [60, 60]))
    assert table.select("member", "zone", "side", "energy_mwh", "amount_minor").rows() == [
        ("B", "A", "demand", 60.0, -300000),
        ("S", "A", "supply", 60.0, 300000),
    ]
    assert table["mtu_start"].dtype == pl.Datetime("us", "UTC")


def test_pays_and_receives_stand_side_by_side():
    book = one_zone().sells("A", 60, member="M").buys("A", 60, member="M").book()
    table = settle(book, outcome(book, [50.0], [60, 60])).who_owes_whom
    assert table.rows() == [("M", "member", 300000, 300000, 0, "EUR")]


def test_who_loses_is_paid_and_the_buyers_of_both_zones_pay_it():
    """K sells 30 at 20 and wanted 40: it gets 600 more, from buyers of 20 and of 60 MWh. The line earns 200."""
    said = two_zones(20, profile=load_profile("turkish", DAY)).sells("A", 100, at=10, member="S1")
    said.buys("A", 20, at=90, member="B1").buys("B", 60, at=90, member="B2").sells("B", 25, at=20, member="S2")
    book = said.block("K", "B", "supply", 40, 30, member="S3").book()
    settlement = settle(book, clear(book))
    assert nets(settlement) == {
        ("member", "B1"): -20000 - 15000,
        ("member", "B2"): -120000 - 45000,
        ("member", "S1"): 40000,
        ("member", "S2"): 20000,
        ("member", "S3"): 60000 + 60000,
        ("operator", "A"): 10000,
        ("operator", "B"): 10000,
    }
    assert settlement.ledger.rows().filter(pl.col("amount_minor") == 60000).height == 2
