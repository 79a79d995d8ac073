"""Italian days, cleared by us, beside what the operator published of them.

Sample days run with every test; `drill` marks the whole span of the folder.
"""

from datetime import date, timedelta

import polars as pl
import pytest

from walras.formats.gme import GmeSource, published_gme
from walras.results.tables import results_tables
from walras.studies.compare import compare_tables
from walras.studies.replay import replay, summary

FIRST, LAST = date(2025, 4, 1), date(2025, 4, 15)
SAMPLE = [FIRST, date(2025, 4, 5), date(2025, 4, 13)]
pytestmark = pytest.mark.real


def beside_published(italy, day, clear, **options):
    (book,) = GmeSource.read(italy, [day], **options).books(**options)
    tables = results_tables(book, clear(book))
    published = published_gme(italy, day)
    decided = options["blocks"] == "decide"
    return compare_tables(
        tables["prices"],
        tables["scheduled_exchanges"],
        published.prices,
        published.flows,
        order_acceptances=tables["order_acceptances"] if decided else None,
        published_blocks=published.blocks if decided else None,
    )


@pytest.mark.parametrize("day", SAMPLE)
def test_prices_of_a_day_with_blocks_decided_by_us_are_the_published_ones(italy, day, clear):
    found = beside_published(italy, day, clear, borders="prices", blocks="decide")
    assert (found.prices_equal, found.prices_total) == (168, 168)
    assert found.blocks_total - found.blocks_equal <= 3


@pytest.mark.parametrize("day", SAMPLE)
def test_exchanges_at_fixed_borders_are_the_published_ones(italy, day, clear):
    found = beside_published(italy, day, clear, borders="exchanges", blocks="published")
    assert len(found.exchanges) == 144
    assert found.exchange_mean_absolute_error <= 0.0016


@pytest.mark.parametrize("day", SAMPLE[:1])
def test_welfare_is_not_below_that_of_the_published_selection(italy, day, clear):
    (book,) = GmeSource.read(italy, [day]).books()
    outcomes = dict(published_gme(italy, day).blocks.iter_rows())
    accepted = [outcomes[name] == "accepted" for name in book.blocks.name]
    ours = clear(book)
    theirs = clear(only_blocks(book, accepted, sure=True))
    assert ours.welfare >= theirs.welfare + sure_welfare(book, accepted) - 0.01


def only_blocks(book, accepted, sure):
    """The book with the accepted blocks turned into steps at the price limits, and no block orders."""
    import dataclasses

    import numpy as np

    from walras.orders.blocks import BlockOrders

    keep = np.array(accepted)[book.blocks.leg_order]
    side = book.blocks.side[book.blocks.leg_order][keep]
    cell, quantity = book.blocks.leg_cell[keep], book.blocks.leg_quantity[keep]
    grid = book.cells.grids[0]
    price = np.where(side > 0, grid.price_min, grid.price_max)
    c = book.curves
    count = c.count
    pairs = sorted({(int(book.cells.grid[x]), int(s)) for x, s in zip(cell, side, strict=True)})
    number = {p: count + i for i, p in enumerate(pairs)}
    order = np.array([number[int(book.cells.grid[x]), int(s)] for x, s in zip(cell, side, strict=True)], dtype=np.int64)
    by = np.lexsort((cell, order))
    new = np.r_[True, (np.diff(order[by]) != 0) | (np.diff(cell[by]) != 0)]
    place = np.arange(len(by)) - np.flatnonzero(new)[np.cumsum(new) - 1] + 1
    curves = dataclasses.replace(
        c,
        name=c.name + tuple(f"zz-{g}-{s}" for g, s in pairs),
        member=c.member + ("aggregated",) * len(pairs),
        grid=np.r_[c.grid, [g for g, _ in pairs]].astype(np.int64),
        side=np.r_[c.side, [s for _, s in pairs]].astype(np.int64),
        step_order=np.r_[c.step_order, order[by]],
        step_cell=np.r_[c.step_cell, cell[by]],
        step_cells=np.r_[c.step_cells, np.ones_like(order)],
        step_number=np.r_[c.step_number, place],
        price_start=np.r_[c.price_start, price[by]],
        price_end=np.r_[c.price_end, price[by]],
        quantity=np.r_[c.quantity, quantity[by]],
    )
    return dataclasses.replace(book, curves=curves, blocks=BlockOrders.none())


def sure_welfare(book, accepted):
    """What the accepted blocks are worth at their own prices beyond the limits at which they were folded in."""
    import numpy as np

    b = book.blocks
    keep = np.array(accepted)[b.leg_order]
    order = b.leg_order[keep]
    grid = book.cells.grids[0]
    limit = np.where(b.side > 0, grid.price_min, grid.price_max)
    return float(((limit - b.price) * b.side)[order] @ b.leg_quantity[keep]) * 0.01 * 0.001


@pytest.mark.drill
def test_a_fortnight_of_prices_and_block_decisions(italy, tmp_path):
    days = replay(italy, FIRST, LAST, tmp_path / "replay")
    total = summary(days)
    assert days["day"].to_list() == [str(FIRST + timedelta(days=n)) for n in range(15)]
    assert total["violations"] == 0
    assert (total["prices_equal"], total["prices_total"]) == (2520, 2520)
    assert total["blocks_total"] == 578
    assert total["blocks_equal"] >= 564
    assert set(days["status"]) <= {"optimal", "feasible"}


@pytest.mark.drill
def test_a_fortnight_of_exchanges(italy, tmp_path):
    days = replay(italy, FIRST, LAST, tmp_path / "replay", borders="exchanges", blocks="published")
    total = summary(days)
    assert total["violations"] == 0
    assert total["exchange_mae_mw"] <= 0.0012
    assert total["prices_inside"] == total["prices_total"]
    assert isinstance(days, pl.DataFrame)
