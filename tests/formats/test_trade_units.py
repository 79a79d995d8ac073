"""Folders in trade units: what becomes of every figure, and every mistake with its rule."""

import polars as pl
import pytest
from tests.folders import Folder, every_family
from tests.formats.trade_unit_folder import FIRST, SECOND, UnitFolder

import walras
from walras.book.hashing import market_hash
from walras.book.schema import TABLES
from walras.book.trade_units import trade_unit
from walras.errors import BadInput
from walras.formats.trade_results import trade_results
from walras.formats.trade_unit_table import read_units
from walras.formats.trade_units import convert_trade_units, read_trade_units

MONEY_OR_SHARE = {"fixed_term_cur"}


@pytest.fixture
def folder(tmp_path):
    return UnitFolder(tmp_path / "folder")


def mistakes(folder):
    """Everything that converting says, as (rule, where)."""
    with pytest.raises(BadInput) as caught:
        read_trade_units(folder.path)
    assert all(m.what and m.where and m.rule and m.fix for m in caught.value.mistakes)
    return [(m.rule, m.where) for m in caught.value.mistakes]


def mistake(folder):
    """The only mistake."""
    with pytest.raises(BadInput) as caught:
        read_trade_units(folder.path)
    assert len(caught.value.mistakes) == 1, str(caught.value)
    return caught.value.mistakes[0]


# every figure by hand


def test_curves_keep_to_the_tick_in_favour_of_their_owner(folder):
    """1.5 x 10.55 = 15.825 -> 15 MW; 100 / 10.55 = 9.4787 -> 9.48; demand 633.5 / 10.55 = 60.0474 -> 60.04."""
    book = convert_trade_units(folder.path)
    curves, cells = book.curves, book.cells
    grid = curves.grid[curves.step_order]
    assert curves.name == ("lamps", "stoves", "wells")
    assert cells.quantities(curves.quantity, grid).tolist() == [50, 53, 15, 211]
    assert cells.prices(curves.price_start, grid).tolist() == [200, 60.04, 9.48, 18.96]
    assert cells.prices(curves.price_end, grid).tolist() == [200, 56.87, 18.96, 18.96]


def test_blocks_and_flexible_orders(folder):
    """211.05 / 10.55 = 20.0047 -> 20.01; legs 10.55 -> 10, 21.1 -> 21. Zone A: 300.11 / 10 -> 30.01, 12.7 -> 12."""
    book = convert_trade_units(folder.path)
    blocks, flexibles, cells = book.blocks, book.flexibles, book.cells
    assert cells.prices(blocks.price, blocks.grid).tolist() == [20.01]
    assert cells.quantities(blocks.leg_quantity, blocks.grid[blocks.leg_order]).tolist() == [10, 21]
    assert blocks.min_acceptance_ratio.tolist() == [0.5]
    assert cells.prices(flexibles.price, flexibles.grid).tolist() == [30.01]
    assert cells.quantities(flexibles.quantity, flexibles.grid).tolist() == [12]


def test_scalable_orders_keep_their_minimum_as_far_as_they_offer_it(folder):
    """Minimum 15.825 -> 16; 21.1 -> 22, but the offer of 21.1 is 21. Gradients 14.0315 -> 14 and 10.55 -> 10."""
    book = convert_trade_units(folder.path)
    orders, cells = book.scalables, book.cells
    assert orders.name == ("import", "plant")
    assert cells.quantities(orders.quantity, orders.grid[orders.step_order]).tolist() == [12, 23, 21, 60]
    assert cells.prices(orders.price, orders.grid[orders.step_order]).tolist() == [9.48, 10.43, 9.48, 3]
    assert cells.quantities(orders.minimum_quantity, orders.grid[orders.minimum_order]).tolist() == [16, 21]
    assert (orders.gradient_up.tolist(), orders.gradient_down.tolist()) == ([14, -1], [10, -1])
    assert orders.fixed_term.tolist() == [900.5, 7]
    assert orders.conversions.efficiency.tolist() == [0.55]


def test_stores_keep_their_energies_exactly_and_power_to_the_tick(folder):
    """10.55 -> 10 MW, 21.1 -> 21 MW, 1055 MWh, levels 73.85 and 84.4, spread 3.01 / 10.55 = 0.2853 -> 0.29."""
    book = convert_trade_units(folder.path)
    stores, cells = book.storages, book.cells
    assert cells.quantities(stores.charge, stores.grid).tolist() == [10]
    assert cells.quantities(stores.discharge, stores.grid).tolist() == [21]
    assert cells.prices(stores.spread, stores.grid).tolist() == [0.29]
    assert (stores.capacity.tolist(), stores.start.tolist(), stores.end.tolist()) == ([1055], [73.85], [84.4])
    assert stores.charge_efficiency.tolist() == [0.99]


def test_lines_are_in_the_unit_of_their_start_and_borders_of_their_zone(folder):
    book = convert_trade_units(folder.path)
    lines, borders = book.lines, book.borders
    assert (lines.capacity_forward.tolist(), lines.capacity_backward.tolist()) == ([21.1, 26.375], [31.65, 0])
    assert (lines.tariff.tolist(), lines.loss_forward.tolist()) == ([0.5], [0.01])
    assert borders.exchange.tolist()[:2] == [21.1, -1.055]
    assert borders.price.tolist()[2:] == [30.05, 31]
    assert (borders.capacity_export.tolist()[2:], borders.capacity_import.tolist()[2:]) == ([12.3, 10], [40, 40])


def test_what_rounding_took_away_is_said(folder):
    """B loses half a day of 0.825 + 0 (wells), 0.2775 (stoves), 0.55 + 0.1 (field), 0.7655 + 0.421 + 0.1 (import)
    and a day of 0.1 (cavern): 38.868 MWh. A: 0.7 for half a day. The stoves' price moves most, by 0.0074.
    """
    found = read_trade_units(folder.path).rounding
    rows = found.select("zone", "unit", "orders", "orders_touched").rows()
    assert rows == [("A", "1000 m3", 1, 1), ("B", "1000 m3", 5, 5)]
    assert found["mwh_lost"].to_list() == pytest.approx([8.4, 38.868])
    assert found["price_shift_cur_per_mwh"].to_list() == pytest.approx([0.001, 633.5 / 10.55 - 60.04])


def test_a_folder_in_kwh_is_the_same_market_to_the_hash(tmp_path):
    """Every column with a power, an energy or a price: 1,000 times as many kWh at a thousandth of the price."""
    plain = Folder(tmp_path / "plain")
    book = walras.read(plain.path)
    kwh = trade_unit("electricity", "kWh")
    for table in TABLES[2:]:
        path = plain.path / f"{table.name}.csv"
        if not path.exists():
            continue
        frame = pl.read_csv(path)
        for column in (c.named("EUR") for c in table.columns if c.name not in MONEY_OR_SHARE and c.kind == "number"):
            if column in frame.columns and column.endswith(("_mw", "_mwh")):
                to = kwh.price_per_unit if column.endswith("eur_per_mwh") else kwh.from_mwh
                frame = frame.with_columns(pl.col(column).cast(pl.Float64).map_elements(to, return_dtype=pl.Float64))
        frame.write_csv(path)
    (plain.path / "trade_units.csv").write_text("carrier,unit\nelectricity,kWh\n")
    found = read_trade_units(plain.path)
    assert market_hash(found.book) == market_hash(book)
    assert found.rounding["orders_touched"].to_list() == [0, 0]


def test_a_carrier_without_a_unit_stays_as_it_is(folder):
    assert mistake(folder.change("curve_steps", 4, quantity_mw="50.5")).rule == "quantity_on_tick"


def test_a_zone_may_stay_in_mwh_while_its_carrier_does_not(folder):
    """Its figures must lie on their ticks then; they are not rounded."""
    folder.change("trade_units", 2, unit="MWh", mwh_per_unit="").change("curve_steps", 3, quantity_mw="5")
    rules = mistakes(folder)
    assert ("quantity_on_tick", "curve_steps row 1, order 'wells'") in rules
    assert {rule for rule, _ in rules} == {"quantity_on_tick"}


def test_a_folder_in_trade_units_is_not_cleared_as_it_is(folder):
    with pytest.raises(BadInput) as caught:
        walras.read(folder.path)
    found = [m for m in caught.value.mistakes if m.rule == "table_known"]
    assert "walras convert trade-units" in found[0].fix


def test_a_barrel_and_a_tonne_of_one_product_agree():
    barrel = trade_unit("oil_products", "bbl", tonnes_per_barrel=0.137, mwh_per_tonne=11.63)
    tonne = trade_unit("oil_products", "t", mwh_per_unit=11.63)
    assert barrel.mwh / tonne.mwh * 1000 == 137
    assert tonne.price_per_unit(barrel.price_per_mwh(68.5)) == 500


# results in units


def test_results_come_back_in_their_units(folder, clear):
    found = read_trade_units(folder.path)
    results = clear(found.book)
    tables = trade_results(found.book, results, found.units)
    prices = tables["prices"]
    assert prices.select("carrier", "unit", "mwh_per_unit").unique(maintain_order=True).rows() == [
        ("electricity", "MWh", 1.0),
        ("gas", "1000 m3", 10.0),
        ("gas", "1000 m3", 10.55),
    ]
    assert prices["price_eur_per_unit"].to_numpy() == pytest.approx(results.price * prices["mwh_per_unit"].to_numpy())
    sent = tables["scheduled_exchanges"]
    assert sent["exchange_units_per_hour"].to_numpy() == pytest.approx(results.published.exchange / 10.55)
    assert sent["received_units_per_hour"].to_numpy() == pytest.approx(results.published.received / 10.55)
    volumes = tables["accepted_volumes"]
    assert volumes.filter(pl.col("kind") == "input")["mwh_per_unit"].unique().to_list() == [10.0]
    assert volumes.filter(pl.col("order") == "plant", pl.col("kind") != "input")["unit"].to_list() == ["MWh"]
    assert tables["border_exchanges"]["mwh_per_unit"].to_list() == [10.55, 10.55, 10, 10]
    assert not any(table.null_count().sum_horizontal().item() for table in tables.values())


# everything that may be wrong


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("gas,,1000 m3,", "trade_factor_given"),
        ("gas,,1000 m3,0", "trade_factor_sensible"),
        ("gas,,1000 m3,-10.55", "trade_factor_sensible"),
        ("gas,,1000 m3,10550", "trade_factor_sensible"),
        ("gas,,1000 m3,NaN", "number_finite"),
        ("gas,,1000 m3,inf", "number_finite"),
        ("gas,,1000 m3,ten", "field_readable"),
        ("gas,,,10.55", "field_filled"),
        ("gas,,bbl,1.7", "trade_unit_known"),
        ("gas,,cubic feet,10", "trade_unit_known"),
        ("gas,C,1000 m3,10.55", "zone_known"),
        ("oil,,t,11.63", "carrier_known"),
        ("oil_products,,t,11.63", "grid_known"),
        ("electricity,B,GWh,", "grid_known"),
        ("electricity,,t,11.63", "trade_unit_known"),
        ("electricity,,kWh,1", "trade_factor_given"),
        ("gaz,,1000 m3,10", "carrier_known"),
        ("gas,B,m3,0.01", "duplicate_key"),
    ],
)
def test_a_row_of_trade_units_that_is_wrong_is_the_only_thing_reported(tmp_path, row, rule):
    """What follows from it, figures off their ticks and beyond their limits, is not reported."""
    good = ["gas,,1000 m3,10", "gas,B,1000 m3,10.55"]
    good = good[row.startswith("gaz") :]
    rows = [*(r for r in good if r.split(",")[:2] != row.split(",")[:2] or rule == "duplicate_key"), row]
    folder = UnitFolder(tmp_path / "folder", trade_units="\n".join(["carrier,zone,unit,mwh_per_unit", *rows]))
    found = mistake(folder)
    assert (found.rule, found.where.split(",")[0]) == (rule, f"trade_units row {len(rows)}")


@pytest.mark.parametrize(
    ("density", "rules"),
    [
        ("1.7,0.137,12.5", ["trade_factor_given"]),
        (",0.137,", ["trade_factor_given"]),
        (",,", ["trade_factor_given"]),
        (",137,12.5", ["trade_factor_sensible"]),
        (",0,-1", ["trade_factor_sensible", "trade_factor_sensible"]),
    ],
)
def test_a_barrel_has_one_energy(density, rules):
    names = ("mwh_per_unit", "tonnes_per_barrel", "mwh_per_tonne")
    said = {n: float(v) for n, v in zip(names, density.split(","), strict=True) if v}
    with pytest.raises(BadInput) as caught:
        trade_unit("oil_products", "bbl", **said)
    assert [m.rule for m in caught.value.mistakes] == rules


def test_only_a_barrel_takes_its_energy_from_the_tonne():
    with pytest.raises(BadInput, match="trade_factor_given"):
        trade_unit("oil_products", "m3", tonnes_per_barrel=0.137, mwh_per_tonne=12.5)


def test_nothing_contradicts_the_energy_of_a_unit_of_energy():
    assert trade_unit("gas", "GJ").mwh * 18 == 5
    for more in ({"mwh_per_tonne": 12.5}, {"tonnes_per_barrel": 0.137}, {"mwh_per_unit": 0.28}):
        with pytest.raises(BadInput, match="trade_factor_given"):
            trade_unit("gas", "GJ", **more)


def test_an_empty_table_is_one_mistake(folder):
    (folder.path / "trade_units.csv").write_text("carrier,unit,mwh_per_unit\n")
    assert mistakes(folder) == [("table_not_empty", "trade_units")]


def test_a_unit_of_a_grid_that_cannot_be_read_is_not_called_homeless(folder):
    assert mistake(folder.change("grids", 3, mtu_minutes="-720")).rule == "mtu_positive"


def test_a_missing_table_is_one_mistake(folder):
    assert mistakes(folder.remove("trade_units")) == [("table_present", "trade_units")]


def test_mistakes_of_units_orders_and_market_come_at_once(folder):
    folder.change("trade_units", 1, mwh_per_unit="0").change("curve_steps", 1, quantity_mw="0.05")
    folder.change("zones", 2, country="X").change("curve_steps", 4, quantity_mw="50.5")
    assert sorted(mistakes(folder)) == [
        ("country_code", "zones row 2, zone 'B'"),
        ("quantity_on_tick", "curve_steps row 4, order 'lamps'"),
        ("trade_factor_sensible", "trade_units row 1, carrier 'gas'"),
    ]


@pytest.mark.parametrize(
    ("table", "row", "fields"),
    [
        ("curve_steps", 3, {"quantity_mw": "0.09"}),
        ("block_legs", 2, {"quantity_mw": "0.09"}),
        ("flexible_orders", 1, {"quantity_mw": "0.09"}),
        ("scalable_steps", 2, {"quantity_mw": "0.09"}),
        ("scalable_orders", 2, {"gradient_up_mw": "0.09"}),
        ("scalable_orders", 2, {"gradient_down_mw": "0.09"}),
        ("storage_orders", 1, {"charge_mw": "0.09"}),
        ("storage_orders", 1, {"discharge_mw": "0.09"}),
    ],
)
def test_a_power_below_one_tick_is_a_mistake(folder, table, row, fields):
    """0.09 thousand m3 per hour are 0.95 MW or 0.9 MW, less than the tick of 1 MW."""
    found = mistake(folder.change(table, row, **fields))
    assert (found.rule, found.where.split(",")[0]) == ("quantity_above_tick", f"{table} row {row}")
    assert "0.09" in found.what
    assert "1000 m3 per hour or more" in found.fix


def test_what_follows_from_a_lost_gradient_is_not_reported(folder):
    """Without one the order could not get from 15 MW, all that it offers now, to its minimum of 21 MW."""
    folder.change("scalable_steps", 3, quantity_mw="0.3")
    assert convert_trade_units(folder.path).scalables.quantity.tolist() == [12, 3, 21, 60]
    assert mistake(folder.change("scalable_orders", 2, gradient_up_mw="0.09")).rule == "quantity_above_tick"


def test_a_spread_below_the_lowest_price_is_no_mistake(folder):
    for row in (2, 3):
        folder.change("grids", row, price_min_eur_per_mwh="1")
    assert convert_trade_units(folder.path).storages.spread.tolist() == [29]


def test_a_power_of_nothing_stays_nothing(folder):
    book = convert_trade_units(folder.change("curve_steps", 3, quantity_mw="0").path)
    assert book.curves.quantity.tolist()[1] == 0


@pytest.mark.parametrize(
    ("table", "row", "column"),
    [
        ("curve_steps", 2, "price_end_eur_per_mwh"),
        ("block_orders", 1, "price_eur_per_mwh"),
        ("flexible_orders", 1, "price_eur_per_mwh"),
        ("scalable_steps", 3, "price_eur_per_mwh"),
    ],
)
def test_a_price_beyond_the_limits_is_told_in_its_own_unit(folder, table, row, column):
    found = mistake(folder.change(table, row, **{column: "42200.01"}))
    assert (found.rule, found.where.split(",")[0]) == ("price_limits", f"{table} row {row}")
    assert "42200 EUR per 1000 m3" in found.fix or "40000 EUR per 1000 m3" in found.fix


def test_a_price_at_its_limit_is_inside(folder):
    book = convert_trade_units(folder.change("scalable_steps", 3, price_eur_per_mwh="42200").path)
    assert book.scalables.price.tolist()[1] == 400_000


def test_a_minimum_beyond_the_offer_is_not_mended(folder):
    found = mistake(folder.change("scalable_minimums", 2, minimum_mw="2.01"))
    assert found.rule == "minimum_within_offer"


def test_a_domain_stays_in_mwh(folder):
    (folder.path / "domains.csv").write_text("domain,carrier\ncore,gas\n")
    (folder.path / "domain_zones.csv").write_text("domain,zone\ncore,A\ncore,B\n")
    (folder.path / "critical_branches.csv").write_text(
        f"domain,branch,mtu_start,ram_mw\ncore,x,{FIRST},1\ncore,x,{SECOND},1\n"
    )
    (folder.path / "ptdfs.csv").write_text("domain,branch,zone,ptdf\ncore,x,A,0.1\ncore,x,B,0.2\n")
    assert mistake(folder).rule == "domain_in_mwh"


def test_units_for_the_way_back_are_checked_as_well(folder):
    book = convert_trade_units(folder.path)
    folder.change("trade_units", 1, mwh_per_unit="0").change("trade_units", 2, zone="C")
    with pytest.raises(BadInput) as caught:
        read_units(folder.path, book.cells)
    assert [m.rule for m in caught.value.mistakes] == ["trade_factor_sensible", "zone_known"]
    with pytest.raises(BadInput, match="folder_present"):
        read_units(folder.path / "nowhere", book.cells)


def test_every_family_is_in_the_equal_market():
    """The test in kWh is worth what the market in it holds."""
    book = every_family().book()
    families = (book.curves, book.blocks, book.flexibles, book.scalables, book.storages, book.lines, book.borders)
    assert all(family.name for family in families)
