"""The tables of a result folder, from a book and its outcome (docs/result-folder.md).

Each table has key columns, which the book alone decides (`key_tables`), and value
columns. Row order is the book's, so that equal outcomes give equal tables. `-0.0` is
written as `0.0`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.book.inputs import conversion_inputs
from walras.book.spans import MICROSECONDS
from walras.book.stores import stores_of
from walras.results.branches import branch_flows, without_room
from walras.results.certificate_tables import certificate_tables
from walras.results.compensation_tables import compensation_tables
from walras.results.outcomes import WORDS, AllOutcomes, outcomes_of
from walras.results.raw import Raw, injection
from walras.results.results import Results
from walras.results.surpluses import surpluses_table

TIME = pl.Datetime("us", "UTC")


def results_tables(
    book: Book, results: Results, outcomes: AllOutcomes | None = None, raw: Raw | None = None
) -> dict[str, pl.DataFrame]:
    """Return every table of the result folder by name; `outcomes` and `raw` spare computing them again.

    Example:
        `results_tables(book, results)["prices"]` has one row a cell.
    """
    raw, keys, published = raw or Raw(book), key_tables(book), results.published
    outcomes = outcomes or outcomes_of(book, results, raw)
    unit = f"{book.currency.lower()}_per_mwh"
    prices = {
        f"price_{unit}": results.price,
        f"price_exact_{unit}": results.price_exact,
        f"price_low_{unit}": results.price_low,
        f"price_high_{unit}": results.price_high,
    }
    families = (outcomes.block, outcomes.flexible, outcomes.scalable, outcomes.storage)
    ratios = (
        published.block_ratio,
        (published.flexible_start >= 0).astype(np.float64),
        published.scalable_accepted.astype(np.float64),
        published.storage_accepted.astype(np.float64),
    )
    acceptances = keys["order_acceptances"].with_columns(
        _names("outcome", WORDS, np.concatenate([f.outcome for f in families]).astype(np.int64)),
        _numbers("acceptance_ratio", np.concatenate(ratios)),
        _numbers(f"surplus_{book.currency.lower()}", np.concatenate([f.surplus for f in families])),
    )
    tables = {
        "prices": keys["prices"].with_columns(_numbers(name, column) for name, column in prices.items()),
        "net_positions": keys["net_positions"].with_columns(_numbers("net_position_mw", injection(raw, published))),
        "scheduled_exchanges": keys["scheduled_exchanges"].with_columns(_numbers("exchange_mw", published.exchange)),
        "border_exchanges": keys["border_exchanges"].with_columns(_numbers("exchange_mw", published.border)),
        "curve_acceptances": keys["curve_acceptances"].with_columns(_numbers("accepted_mw", published.curve)),
        "order_acceptances": acceptances,
        "order_volumes": _order_volumes(raw, keys["order_volumes"], results),
        "curtailments": curtailments(raw, results),
        "surpluses": surpluses_table(raw, results),
    }
    if book.lines.has_losses:
        received = _numbers("received_mw", published.received)
        tables["scheduled_exchanges"] = tables["scheduled_exchanges"].with_columns(received)
    if book.domains.count:
        tables["domain_exchanges"] = keys["domain_exchanges"].with_columns(_numbers("exchange_mw", published.domain))
        tables["branch_flows"] = flows_table(raw, published.domain)
    if raw.inputs.count:
        tables["conversion_spreads"] = spreads_table(raw, results)
    return tables | compensation_tables(raw, results) | certificate_tables(book, results.certificate)


def key_tables(book: Book) -> dict[str, pl.DataFrame]:
    """Return the key columns of every table whose rows the book decides.

    `order_volumes` has here the rows of blocks, scalable orders, storage orders
    and what conversions buy (`input`); an accepted flexible order adds a row for each cell that it covers.
    """
    cells, lines, borders = book.cells, book.lines, book.borders
    zones = [z.name for z in cells.zones]
    zone = _names("zone", zones, cells.zone)
    carrier = _names("carrier", [g.carrier for g in cells.grids], cells.grid)
    grid_zone = np.array([g.zone for g in cells.grids], dtype=np.int64)
    start = _times("mtu_start", cells.start)
    blocks, flexibles, scalables, curves = book.blocks, book.flexibles, book.scalables, book.curves
    domains = book.domains
    kinds = [("block", blocks.name), ("flexible", flexibles.name), ("scalable", scalables.name)]
    kinds.append(("storage", book.storages.name))
    return {
        "prices": pl.DataFrame([zone, carrier, start, _integers("minutes", cells.minutes)]),
        "net_positions": pl.DataFrame([zone, carrier, start]),
        "scheduled_exchanges": pl.DataFrame(
            [
                _names("line", lines.name, lines.period_line),
                _names("from_zone", zones, grid_zone[lines.from_grid][lines.period_line]),
                _names("to_zone", zones, grid_zone[lines.to_grid][lines.period_line]),
                _times("mtu_start", lines.period_start),
                _integers("minutes", lines.minutes[lines.period_line]),
            ]
        ),
        "border_exchanges": pl.DataFrame(
            [
                _names("border", borders.name, borders.period_border),
                _names("zone", zones, grid_zone[borders.grid][borders.period_border]),
                _names("neighbour", borders.neighbour, borders.period_border),
                _times("mtu_start", cells.start[borders.period_cell]),
            ]
        ),
        "domain_exchanges": pl.DataFrame(
            [
                _names("domain", domains.name, domains.period_domain[domains.exchange_period]),
                _names("zone", zones, cells.zone[domains.exchange_cell]),
                _times("mtu_start", domains.period_start[domains.exchange_period]),
                _integers("minutes", domains.minutes[domains.period_domain[domains.exchange_period]]),
            ]
        ),
        "curve_acceptances": pl.DataFrame(
            [
                _names("order", curves.name, curves.step_order),
                _times("mtu_start", cells.start[curves.step_cell]),
                _integers("step", curves.step_number),
            ]
        ),
        "order_acceptances": pl.DataFrame(
            {
                "order": pl.Series([name for _, names in kinds for name in names], dtype=pl.String),
                "kind": pl.Series([kind for kind, names in kinds for _ in names], dtype=pl.String),
            }
        ),
        "order_volumes": _order_volume_keys(book),
    }


def _order_volume_keys(book: Book) -> pl.DataFrame:
    blocks, scalables = book.blocks, book.scalables
    inputs, stores = conversion_inputs(book.cells, scalables), stores_of(book.cells, book.storages)
    return pl.concat(
        [
            _volume_keys(book, "block", blocks.leg_order, blocks.leg_cell, np.zeros_like(blocks.leg_order)),
            _volume_keys(book, "scalable", scalables.step_order, scalables.step_cell, scalables.step_number),
            _volume_keys(book, "charge", stores.order, stores.cell, np.zeros_like(stores.order)),
            _volume_keys(book, "discharge", stores.order, stores.cell, np.zeros_like(stores.order)),
            _volume_keys(book, "input", inputs.bought_order, inputs.bought_cell, np.zeros_like(inputs.bought_order)),
        ]
    )


def curtailments(raw: Raw, results: Results) -> pl.DataFrame:
    """Return price-taking volume and fixed exchanges that a price at its limit left unserved, a row a cell and side."""
    book, cells, volumes = raw.book, raw.book.cells, results.published
    curves, borders = raw.curves, book.borders
    unserved = np.zeros((2, cells.count))  # demand at the upper limit, supply at the lower
    own = curves.cells == 1
    limits = (cells.price_max, cells.price_min)
    wanted = np.nan_to_num(borders.exchange)
    for row, (limit, sign) in enumerate(zip(limits, (-1.0, 1.0), strict=True)):
        at_limit = results.price == limit
        takers = own & (curves.sign == sign) & at_limit[curves.cell] & (curves.price_start == limit[curves.cell])
        np.add.at(unserved[row], curves.cell[takers], (curves.quantity - volumes.curve)[takers])
        cut = np.where(wanted * -sign > 0, np.abs(wanted) - np.abs(volumes.border), 0.0)
        cut = np.where(at_limit[borders.period_cell] & (cut > raw.quantity_tick[borders.period_cell]), cut, 0.0)
        np.add.at(unserved[row], borders.period_cell, cut)
    side, cell = np.nonzero(unserved > raw.quantity_tick / 2)
    cell, side = cell[np.argsort(cell, kind="stable")], side[np.argsort(cell, kind="stable")]
    return pl.DataFrame(
        [
            _names("zone", [z.name for z in cells.zones], cells.zone[cell]),
            _names("carrier", [g.carrier for g in cells.grids], cells.grid[cell]),
            _times("mtu_start", cells.start[cell]),
            _names("side", ["demand", "supply"], side),
            _numbers("curtailed_mw", np.round(unserved[side, cell], 9)),
        ]
    )


def flows_table(raw: Raw, exchange: FloatArray) -> pl.DataFrame:
    """Return flow and margin of every critical branch without room, for people; others are the many."""
    domains = raw.book.domains
    row = np.flatnonzero(without_room(raw, exchange))
    return pl.DataFrame(
        [
            _names("domain", domains.name, domains.period_domain[domains.row_period[row]]),
            _names("branch", domains.branch, domains.row_branch[row]),
            _times("mtu_start", domains.period_start[domains.row_period[row]]),
            _numbers("flow_mw", np.round(branch_flows(raw, exchange)[row], 9)),
            _numbers("ram_mw", domains.ram[row]),
        ]
    )


def spreads_table(raw: Raw, results: Results) -> pl.DataFrame:
    """Return what accepted conversions sell at, pay for their input and keep, a row an order and MTU, for people."""
    book, inputs, unit = raw.book, raw.inputs, f"{raw.book.currency.lower()}_per_mwh"
    orders, cells, power = book.scalables, book.cells, results.published.scalable
    step = np.flatnonzero(np.isin(np.arange(len(power)), inputs.step) & (power > 0))
    key, place = np.unique(orders.step_order[step] * cells.count + orders.step_cell[step], return_inverse=True)
    first = step[np.unique(place, return_index=True)[1]]
    sold = np.bincount(place, power[step], minlength=len(key))
    price, seen = results.price[key % cells.count], raw.step_price(results.price)[first]
    return pl.DataFrame(
        [
            _names("order", orders.name, key // cells.count),
            _times("mtu_start", cells.start[key % cells.count]),
            _numbers("sold_mw", np.round(sold, 9)),
            _numbers(f"price_{unit}", price),
            _numbers(f"input_cost_{unit}", np.round(price - seen, 9)),
            _numbers(f"clean_spread_{unit}", np.round(seen, 9)),
        ]
    )


def _order_volumes(raw: Raw, keys: pl.DataFrame, results: Results) -> pl.DataFrame:
    book, published = raw.book, results.published
    legs = raw.flexible_legs(published.flexible_start)
    flexible = _volume_keys(book, "flexible", legs.order, legs.cell, np.zeros_like(legs.order))
    parts = (
        (keys.filter(pl.col("kind") == "block"), published.block_leg),
        (flexible, legs.quantity),
        (keys.filter(pl.col("kind") == "scalable"), published.scalable),
        (keys.filter(pl.col("kind") == "charge"), published.charge),
        (keys.filter(pl.col("kind") == "discharge"), published.discharge),
        (keys.filter(pl.col("kind") == "input"), published.bought),
    )
    return pl.concat([rows.with_columns(_numbers("accepted_mw", volume)) for rows, volume in parts])


def _volume_keys(book: Book, kind: str, order: IntArray, cell: IntArray, step: IntArray) -> pl.DataFrame:
    families = {
        "block": book.blocks.name,
        "flexible": book.flexibles.name,
        "scalable": book.scalables.name,
        "input": book.scalables.name,
        "charge": book.storages.name,
        "discharge": book.storages.name,
    }
    names = families[kind]
    start = _times("mtu_start", book.cells.start[cell])
    word = pl.repeat(kind, len(order), dtype=pl.String, eager=True).alias("kind")
    return pl.DataFrame([_names("order", names, order), word, start, _integers("step", step)])


def _names(column: str, names: Sequence[str], index: IntArray) -> pl.Series:
    """Return the names of indices; one gather, whatever the length."""
    if len(index) == 0:
        return pl.Series(column, [], dtype=pl.String)
    return pl.Series(column, list(names), dtype=pl.String).gather(pl.Series(index))


def _times(column: str, minutes: IntArray) -> pl.Series:
    return pl.Series(column, np.asarray(minutes, dtype=np.int64) * MICROSECONDS).cast(TIME)


def _integers(column: str, values: IntArray) -> pl.Series:
    return pl.Series(column, np.asarray(values, dtype=np.int64))


def _numbers(column: str, values: FloatArray) -> pl.Series:
    return pl.Series(column, np.asarray(values, dtype=np.float64) + 0.0)
