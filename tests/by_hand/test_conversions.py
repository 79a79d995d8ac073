"""Conversions, solved on paper: a gas plant, an electrolyser, a heat pump, and a gas day that straddles two days."""

import numpy as np
import pytest
from tests.builders import market
from tests.by_hand.outcome import clear_by_hand

from walras.book.inputs import conversion_inputs
from walras.results.tables import results_tables
from walras.settlement.settle import settle


def held(zones, *prices, **more):
    """Zones whose prices are held by 5,000 MW sold and 5,000 MW bought at them; an hour for each row of prices."""
    said = market(zones, len(prices), **more)
    for hour, row in enumerate(prices):
        for zone, price in zip(zones, row, strict=True):
            said.sells(zone, 5000, at=price, hour=hour).buys(zone, 5000, at=price, hour=hour)
    return said


def bought(solved, order):
    """MW that a conversion buys in each cell of its input."""
    inputs = conversion_inputs(solved.book.cells, solved.book.scalables)
    return solved.results.decided.bought[inputs.bought_order == solved.book.scalables.name.index(order)]


def test_gas_plant_earns_the_clean_spark_spread_less_its_own_costs():
    """Gas 20, power 90, efficiency 0.5, own costs 2: 48 a MWh; 60 MW earn 2880 against a fixed cost of 2000."""
    said = held(("G", "P"), (20, 90), carriers={"G": "gas"})
    solved = clear_by_hand(said.scalable("ccgt", "P", 1, 2000, [(0, 2, 60)]).converts("ccgt", "G", 0.5))
    assert solved.scalable("ccgt") == pytest.approx([60])
    assert bought(solved, "ccgt") == pytest.approx([120])
    assert solved.welfare == pytest.approx(880)
    assert solved.bound == pytest.approx(880)


@pytest.mark.parametrize(("fixed_term", "runs"), [(2880, True), (2880.01, False)])
def test_the_fixed_cost_is_earned_to_the_cent_or_the_plant_stays_out(fixed_term, runs):
    said = held(("G", "P"), (20, 90), carriers={"G": "gas"})
    solved = clear_by_hand(said.scalable("ccgt", "P", 1, fixed_term, [(0, 2, 60)]).converts("ccgt", "G", 0.5))
    assert (solved.scalable("ccgt") is not None) == runs


def test_minimum_level_and_gradient_hold_both_sides():
    """Power 90 then 30: at 42 the second hour loses 12 a MWh; down 20 a hour holds it at 40 MW, which costs 480."""
    said = held(("G", "P"), (20, 90), (20, 30), carriers={"G": "gas"})
    said.scalable("ccgt", "P", 1, 100, [(0, 2, 60), (1, 2, 60)], minimums={0: 10, 1: 10}, gradient_down=20)
    solved = clear_by_hand(said.converts("ccgt", "G", 0.5))
    assert solved.scalable("ccgt") == pytest.approx([60, 40])
    assert bought(solved, "ccgt") == pytest.approx([120, 80])
    assert solved.welfare == pytest.approx(60 * 48 - 40 * 12 - 100)


def test_power_sets_the_price_of_gas_where_only_a_plant_buys_it():
    """Nobody else wants gas: 100 MW of it at 10 to 30 run 50 MW at a power price of 90, held: gas is worth 44."""
    said = market(("G", "P"), carriers={"G": "gas"})
    said.sells("P", 5000, at=90).buys("P", 5000, at=90)
    said.sells("G", 50, at=10).sells("G", 50, at=30)
    solved = clear_by_hand(said.scalable("ccgt", "P", 1, 0, [(0, 2, 80)]).converts("ccgt", "G", 0.5))
    assert solved.scalable("ccgt") == pytest.approx([50])
    assert solved.price("G") == pytest.approx(44)
    assert solved.price("P") == pytest.approx(90)


def test_electrolyser_and_heat_pump():
    """Hydrogen at 80 from power at 50 with 0.7: earns 80 - 71.43; heat at 30 from power at 50 with 3.5: 30 - 14.29."""
    said = held(("H", "P", "W"), (80, 50, 30), carriers={"H": "hydrogen", "W": "heat"})
    said.scalable("electrolyser", "H", 1, 0, [(0, 0, 7)]).converts("electrolyser", "P", 0.7)
    said.scalable("pump", "W", 1, 0, [(0, 0, 35)]).converts("pump", "P", 3.5)
    solved = clear_by_hand(said)
    assert bought(solved, "electrolyser") == pytest.approx([10])
    assert bought(solved, "pump") == pytest.approx([10])
    assert solved.welfare == pytest.approx(7 * 80 - 10 * 50 + 35 * 30 - 10 * 50)


def test_a_gas_day_straddles_two_days_of_power():
    """Power 0 to 24, gas one cell 6 to 30. 24 MW all day at 0.5 need 48 MWh an hour, 18 hours of it inside.

    With a share of 0.5 half of the first six hours' gas is bought here too: (18 + 3) x 48 MWh over 24 hours, 42 MW.
    """
    minutes, horizons = {"G": 1440, "P": 60}, {"G": (6, 30)}
    said = market(("G", "P"), 24, minutes, carriers={"G": "gas"}, horizons=horizons)
    said.sells("G", 500, at=20).buys("G", 500, at=20)
    for hour in range(24):
        said.sells("P", 500, at=90, hour=hour).buys("P", 500, at=90, hour=hour)
    steps = [(hour, 2, 24) for hour in range(24)]
    solved = clear_by_hand(said.scalable("ccgt", "P", 1, 1000, steps).converts("ccgt", "G", 0.5, 0.5))
    assert bought(solved, "ccgt") == pytest.approx([42])
    assert solved.welfare == pytest.approx(24 * 24 * 88 - 42 * 24 * 20 - 1000)


def test_quarter_hours_take_from_the_hour_that_holds_them():
    said = market(("G", "P"), 1, {"G": 60, "P": 15}, carriers={"G": "gas"})
    said.sells("G", 500, at=20).buys("G", 500, at=20)
    for quarter, price in enumerate((90, 30, 90, 30)):
        said.sells("P", 500, at=price, hour=quarter / 4).buys("P", 500, at=price, hour=quarter / 4)
    steps = [(quarter / 4, 2, 40) for quarter in range(4)]
    solved = clear_by_hand(said.scalable("ccgt", "P", 1, 0, steps).converts("ccgt", "G", 0.5))
    assert solved.scalable("ccgt") == pytest.approx([40, 0, 40, 0])
    assert bought(solved, "ccgt") == pytest.approx([40])


def test_what_is_bought_is_on_its_tick_and_settles_to_the_cent():
    """An efficiency of 0.37 buys 162.16216 MW for 60 MW; 162.1 or 162.2 MW are published, and money balances."""
    said = held(("G", "P"), (20, 90), carriers={"G": "gas"})
    said.sells("G", 33.3, at=19.5)
    solved = clear_by_hand(said.scalable("ccgt", "P", 1, 0, [(0, 2, 60)]).converts("ccgt", "G", 0.37))
    published = float(solved.results.published.bought[0])
    assert published in (162.1, 162.2)
    settled = settle(solved.book, solved.results)
    energy = dict(zip(settled.positions["carrier"], settled.positions["energy_mwh"], strict=False))
    assert set(energy) == {"gas", "electricity"}
    assert int(settled.who_owes_whom["net_minor"].sum()) == 0


def test_the_clean_spread_is_told():
    said = held(("G", "P"), (20, 90), carriers={"G": "gas"})
    solved = clear_by_hand(said.scalable("ccgt", "P", 1, 100, [(0, 2, 60), (0, 5, 10)]).converts("ccgt", "G", 0.5))
    assert results_tables(solved.book, solved.results)["conversion_spreads"].drop("mtu_start").rows() == [
        ("ccgt", 70.0, 90.0, 40.0, 50.0)
    ]


def test_without_conversions_carriers_clear_as_if_alone():
    """To the byte: the same gas market beside power and without it."""

    def gas(zones):
        said = market(zones, 1, carriers={"G": "gas"})
        return said.sells("G", 50, at=10, order="g1").sells("G", 50, at=30, order="g2").buys("G", 60, at=40, order="g3")

    alone = clear_by_hand(gas(("G",)))
    beside = clear_by_hand(gas(("G", "P")).sells("P", 50, at=10, order="p1").buys("P", 20, at=40, order="p2"))
    assert alone.price("G") == beside.price("G")
    chosen = [beside.book.curves.name[o].startswith("g") for o in beside.book.curves.step_order]
    assert np.array_equal(alone.results.published.curve, beside.results.published.curve[chosen])
