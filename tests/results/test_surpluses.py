"""Whose gain the welfare is: figures on paper, sums on random markets, and every changed figure found."""

from __future__ import annotations

import json
import random

import numpy as np
import polars as pl
import pytest
from tests.builders import market, one_zone, two_zones
from tests.results.rich import rich_book, rich_results
from tests.second_opinion.carrier_markets import carrier_market
from tests.second_opinion.one_way import lossy_market
from tests.second_opinion.random_markets import curve_market, day_market, indivisible_market
from tests.studies.accessions import settled

from walras.book.hashing import market_hash
from walras.coupling.clear import clear as auction
from walras.errors import BadInput
from walras.results.audit.folder import audit_folder
from walras.results.audit.surpluses import check_surpluses
from walras.results.folder import read_results, write_results
from walras.results.raw import Raw, injection, net_exports
from walras.results.surpluses import surpluses_of, surpluses_table
from walras.results.welfare import welfare_of
from walras.settlement.settle import settle

SETTINGS = {"gap": 0.01, "time_limit": None}
STATES = {"A": "XA", "B": "XB", "C": "XA", "D": "XC", "E": "XB", "G": "XA", "P": "XA", "Q": "XB"}


def table_of(book, results):
    return surpluses_table(Raw(book), results)


def gains(book, results):
    """The rows of a table that are not zero, by state, carrier and kind."""
    return {row[:3]: row[3] for row in table_of(book, results).rows() if row[3]}


def states(said):
    return settled(book := said.book(), {z.name: STATES[z.name] for z in book.cells.zones})


def plant_and_cable():
    """Power in A (XA) and B (XB) over a full cable that loses 5 % and costs 2; gas in G (XA) for a plant in B.

    A sells at 10 and sends 40 MW over the cable and 5 to a neighbour at 50; B gets 38 of them, 30 of the plant
    (3 for itself, two MWh of gas at 20 for each, 100 for its start) and 32 at 60.
    """
    said = market(("A", "B", "G"), carriers={"G": "gas"}).line("A", "B", 40, loss=0.05, tariff=2)
    said.sells("A", 10, at=5).sells("A", 100, at=10).buys("A", 20, at=90).border("A", "N", 50, export=5)
    said.sells("B", 100, at=60).buys("B", 100, at=90).sells("G", 100, at=20).buys("G", 10, at=25)
    return states(said.scalable("plant", "B", "supply", 100, [(0, 3, 30)]).converts("plant", "G", 0.5))


# figures on paper


def test_two_states_two_carriers_a_lossy_cable_with_a_tariff_and_a_gas_plant(clear):
    book = plant_and_cable()
    results = clear(book)
    assert gains(book, results) == {
        ("XA", "electricity", "demand"): 20 * 80,
        ("XA", "electricity", "supply"): 10 * 5,
        ("XA", "electricity", "congestion"): (38 * 60 - 40 * 10 - 40 * 2) / 2 + 5 * 40 / 2,
        ("XA", "gas", "demand"): 10 * 5,
        ("XB", "electricity", "demand"): 100 * 30,
        ("XB", "electricity", "conversion"): 30 * (60 - 3) - 60 * 20 - 100,
        ("XB", "electricity", "congestion"): (38 * 60 - 40 * 10 - 40 * 2) / 2,
        (None, "electricity", "outside"): 5 * 40 / 2,
    }
    assert table_of(book, results)["surplus_eur"].sum() == welfare_of(book, results.published) == 7110


def test_rows_are_those_that_the_market_has(clear):
    book = plant_and_cable()
    kinds = ["demand", "supply", "conversion", "congestion"]
    assert table_of(book, clear(book)).select("country", "carrier", "kind").rows() == [
        *[("XA", "electricity", k) for k in kinds if k != "conversion"],
        *[("XA", "gas", k) for k in kinds[:2]],
        *[("XB", "electricity", k) for k in kinds],
        (None, "electricity", "outside"),
        (None, "electricity", "rounding"),
        (None, "gas", "rounding"),
    ]


def test_a_store_gains_what_it_sells_for_less_what_it_buys_for_and_its_spread(clear):
    """10 MWh bought at 10 are 8 sold at 50: 400 - 100 - 8 x 4 - 20 for its start."""
    said = one_zone(2).sells("A", 100, at=10).buys("A", 40, at=90).sells("A", 100, at=50, hour=1)
    said = said.buys("A", 40, at=90, hour=1)
    book = states(said.storage("s", "A", 10, 100, spread=4, charge_efficiency=0.8, fixed_term=20))
    assert gains(book, clear(book)) == {
        ("XA", "electricity", "demand"): 40 * 80 + 40 * 40,
        ("XA", "electricity", "storage"): 400 - 100 - 32 - 20,
    }


def test_blocks_flexible_and_scalable_orders_count_on_their_side(clear):
    said = one_zone(1).sells("A", 100, at=50).buys("A", 60, at=90).block("b", "A", "supply", 40, 10)
    said.flexible("f", "A", "demand", 70, 5).scalable("s", "A", "supply", 30, [(0, 20, 10)])
    book = states(said)
    assert gains(book, clear(book)) == {
        ("XA", "electricity", "demand"): 60 * 40 + 5 * 20,
        ("XA", "electricity", "supply"): 10 * 10 + 10 * 30 - 30,
    }


def test_an_interpolated_step_gains_its_triangle(clear):
    book = states(one_zone().sells("A", 100, at=0, to=100).buys("A", 40, at=90))
    assert gains(book, clear(book)) == {
        ("XA", "electricity", "demand"): 40 * 50,
        ("XA", "electricity", "supply"): 40 * 40 / 2,
    }


def test_curtailed_demand_at_the_limit_gains_nothing_and_a_fixed_export_is_worth_the_limit(clear):
    book = states(one_zone().sells("A", 50, at=10).buys("A", 40, at=4000).buys("A", 60, at=4000))
    assert gains(book, clear(book)) == {("XA", "electricity", "supply"): 50 * 3990}
    book = states(one_zone().sells("A", 50, at=10).buys("A", 20, at=30).fixed_border("A", "X", 10))
    assert gains(book, clear(book)) == {
        ("XA", "electricity", "demand"): 20 * 20,
        (None, "electricity", "outside"): 10 * (4000 - 10),
    }


def test_a_price_outside_beyond_the_limit_counts_as_the_limit(clear):
    book = states(one_zone().sells("A", 50, at=10).buys("A", 5, at=10).border("A", "X", 5000, export=20))
    assert gains(book, clear(book)) == {
        ("XA", "electricity", "congestion"): 20 * 3990 / 2,
        (None, "electricity", "outside"): 20 * 3990 / 2,
    }


def test_a_domain_leaves_equal_parts_to_its_zones(clear):
    """A full branch: 20 MW from A at 10 to B at 50, and C, at 30, has nothing to do: 800 in three parts."""
    said = market(("A", "B", "C")).domain("mesh", "ABC").branch("AB", ram=20, A=0.5, B=-0.5)
    said.sells("A", 100, at=10).sells("B", 100, at=50).buys("B", 60, at=90).sells("C", 100, at=30).buys("C", 100, at=30)
    book = states(said)
    found = gains(book, clear(book))
    total = 20 * 40
    assert found["XA", "electricity", "congestion"] == pytest.approx(total * 2 / 3, abs=1e-6)
    assert found["XB", "electricity", "congestion"] == pytest.approx(total / 3, abs=1e-6)


def test_a_line_inside_a_state_leaves_both_halves_there(clear):
    said = two_zones(atc_mw=20).sells("A", 100, at=10).buys("B", 60, at=90).sells("B", 100, at=50)
    book = settled(said.book(), {"A": "XA", "B": "XA"})
    assert gains(book, clear(book))["XA", "electricity", "congestion"] == 800


# laws


def kinds_of_markets(chance):
    yield "curves", curve_market(chance)
    yield "indivisible", indivisible_market(chance)
    yield "carriers", carrier_market(chance)
    yield "losses", lossy_market(chance)


def cleared(seeds):
    for seed in seeds:
        for kind, script in kinds_of_markets(random.Random(seed)):
            book = states(script)
            yield f"{kind} {seed}", book, auction(book)


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_surpluses_sum_to_the_welfare_of_published_volumes(first):
    for where, book, results in cleared(range(first, first + 10)):
        table = table_of(book, results)
        apart = abs(table["surplus_eur"].sum() - welfare_of(book, results.published))
        assert apart <= 1e-6 * (table.height + 1), where
        assert check_surpluses(Raw(book), results, table) == [], where


def test_the_random_markets_have_every_kind():
    seen = set()
    for _, book, results in cleared(range(12)):
        seen |= {kind for _, _, kind in gains(book, results)}
    assert seen == {"demand", "supply", "conversion", "storage", "congestion", "outside"}


def test_energy_that_ticks_leave_without_another_side_is_rounding():
    """Half hours, hours and a line between them: 0.1 MW of an hour has no other side."""
    book = states(curve_market(random.Random(125)))
    results = auction(book)
    raw, table = Raw(book), table_of(book, results)
    left = injection(raw, results.published) - net_exports(raw, results.published)
    rounding = table.filter(pl.col("kind") == "rounding")["surplus_eur"].item()
    assert rounding == pytest.approx(-float(np.sum(left * results.price * book.cells.hours)), abs=1e-6)
    assert abs(rounding) > 0.5
    assert check_surpluses(raw, results, table) == []
    without = table.with_columns(surplus_eur=pl.when(pl.col("kind") == "rounding").then(0.0).otherwise("surplus_eur"))
    assert {v.rule for v in check_surpluses(raw, results, without)} == {"surplus_agrees", "surplus_sum"}


def test_a_day_of_many_orders_sums_too():
    book = states(day_market(random.Random(3)))
    results = auction(book)
    assert check_surpluses(Raw(book), results, table_of(book, results)) == []


def test_congestion_is_what_settlement_pays_to_the_operators_of_a_state():
    """Half and half, equal parts: but for minor units, and prices outside beyond the limits of a zone."""
    seen = 0
    for where, book, results in cleared(range(12)):
        try:
            owed = settle(book, results).who_owes_whom
        except BadInput:
            continue  # energy without another side is not settled
        country = {z.name: z.country for z in book.cells.zones}
        paid = dict.fromkeys(country.values(), 0.0)
        for row in owed.filter(pl.col("role") == "operator").iter_rows(named=True):
            if row["party"] in country:
                paid[country[row["party"]]] += row["net_minor"] / 100
        found = surpluses_of(Raw(book), results)
        for state, amount in paid.items():
            kept = sum(g[4] for (s, _), g in zip(found.place, found.amount, strict=True) if s == state)
            assert kept == pytest.approx(amount, abs=0.02 * book.cells.count * 4 + 0.05), where
            seen += abs(amount) > 1
    assert seen > 10


def test_unrounded_parts_are_the_table(clear):
    book = plant_and_cable()
    found = surpluses_of(Raw(book), results := clear(book))
    assert found.amount.sum() == pytest.approx(welfare_of(book, results.published), abs=1e-9)
    assert not found.amount[~found.is_there].any()


# the folder and its audit


@pytest.fixture
def folder(tmp_path):
    write_results(rich_book(), rich_results(), SETTINGS, tmp_path / "result", csv=True)
    return tmp_path / "result"


def rules_after(folder, change):
    file = folder / "surpluses.parquet"
    change(pl.read_parquet(file)).write_parquet(file)
    return {v.rule: v for v in audit_folder(rich_book(), folder) if v.rule.startswith("surplus")}


def test_the_table_is_in_the_folder_and_sums_to_the_figure_of_the_summary(folder):
    table = pl.read_parquet(folder / "surpluses.parquet")
    assert table.columns == ["country", "carrier", "kind", "surplus_eur"]
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["market_hash"] == market_hash(rich_book())
    assert table["surplus_eur"].sum() == pytest.approx(summary["welfare_published_eur"], abs=1e-6 * (table.height + 1))
    assert pl.read_csv(folder / "surpluses.csv")["country"].to_list() == table["country"].to_list()
    assert audit_folder(rich_book(), folder) == []


def test_every_figure_that_is_changed_is_found(folder):
    table = pl.read_parquet(folder / "surpluses.parquet")
    for row in range(table.height):
        values = table["surplus_eur"].to_numpy().copy()
        values[row] += 0.01
        changed = table.with_columns(surplus_eur=pl.Series(values))
        found = {v.rule: v for v in check_surpluses(Raw(rich_book()), rich_results(), changed)}
        assert set(found) == {"surplus_agrees", "surplus_sum"}, row
        assert found["surplus_agrees"].amount == pytest.approx(0.01, abs=1e-5)


def test_money_moved_from_one_state_to_another_is_found_though_the_sum_holds(folder):
    moved = pl.Series([5.0, -5.0])
    found = rules_after(
        folder,
        lambda t: t.with_columns(surplus_eur=t["surplus_eur"] + pl.concat([moved, pl.zeros(t.height - 2, eager=True)])),
    )
    assert set(found) == {"surplus_agrees"}
    assert "orders, volumes and prices give" in found["surplus_agrees"].what


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda t: t[1:], "is missing"),
        (lambda t: pl.concat([t, t[:1]]), "stands there 2 times"),
        (lambda t: t.with_columns(country=pl.lit("XX")), "is no row of this market"),
        (lambda t: t.with_columns(surplus_eur=pl.lit(None, dtype=pl.Float64)), "surplus_eur is None"),
        (lambda t: t.with_columns(surplus_eur=pl.lit(float("nan"))), "surplus_eur is nan"),
        (lambda t: t.drop("kind"), "has columns"),
    ],
)
def test_rows_and_columns_that_are_not_those_of_the_market_are_found(folder, change, what):
    file = folder / "surpluses.parquet"
    change(pl.read_parquet(file)).write_parquet(file)
    found = [v for v in audit_folder(rich_book(), folder) if v.rule == "surplus_agrees"]
    assert any(what in v.what for v in found)


def test_order_of_rows_means_nothing(folder):
    assert rules_after(folder, lambda t: t.reverse()) == {}


def test_a_folder_without_the_table_is_read_but_taking_it_away_is_noticed(folder):
    (folder / "surpluses.parquet").unlink()
    np.testing.assert_array_equal(read_results(rich_book(), folder).price, rich_results().price)
    assert {v.rule for v in audit_folder(rich_book(), folder)} == {"result_hash"}
