"""The published tables: what everybody may know of a result, without one order in it that can be told apart.

Prices, net positions and exchanges are those of the result folder. Volumes and curves are
summed over all orders of a cell or span and side; orders that were paradoxically rejected
stand under pseudonyms. All times are UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import polars as pl

from walras.book.cells import FloatArray, IntArray
from walras.book.columns import TIME_FORMAT
from walras.book.spans import MICROSECONDS
from walras.results.audit.balance import rounded_terms, rounding_cannot_be_exact
from walras.results.audit.case import Case, published_case
from walras.results.compensation import Compensation
from walras.results.explain_scalable import scalable_rows
from walras.results.explain_storage import storage_rows
from walras.results.explain_whole import block_rows, flexible_rows
from walras.results.outcomes import PARADOXICALLY_REJECTED, AllOutcomes
from walras.results.publication.curves import Spans, points_of, spans_of
from walras.results.raw import Raw, spread, total_by
from walras.results.results import Results
from walras.results.tables import TIME, key_tables

SIDES = ("demand", "supply")
Columns = dict[str, type[pl.DataType] | pl.DataType]
_CELL: Columns = {"zone": pl.String, "carrier": pl.String, "mtu_start": TIME}
_SPAN: Columns = _CELL | {"minutes": pl.Int64, "side": pl.String}
COLUMNS: dict[str, Columns] = {
    "prices": _CELL | {"minutes": pl.Int64, "price_cur_per_mwh": pl.Float64},
    "net_positions": _CELL | {"net_position_mw": pl.Float64, "rounded_volumes": pl.Float64},
    "scheduled_exchanges": {
        "line": pl.String, "from_zone": pl.String, "to_zone": pl.String, "mtu_start": TIME, "minutes": pl.Int64,
        "exchange_mw": pl.Float64, "received_mw": pl.Float64,
    },
    "border_exchanges": {
        "border": pl.String, "zone": pl.String, "neighbour": pl.String, "mtu_start": TIME, "exchange_mw": pl.Float64,
    },
    "domain_exchanges": {
        "domain": pl.String, "zone": pl.String, "mtu_start": TIME, "minutes": pl.Int64, "exchange_mw": pl.Float64,
    },
    "aggregated_volumes": _CELL | {"side": pl.String, "curve_mw": pl.Float64, "indivisible_mw": pl.Float64},
    "curve_volumes": _SPAN | {"offered_mw": pl.Float64, "accepted_mw": pl.Float64, "left_out_mw": pl.Float64},
    "aggregated_curves": _SPAN | {
        "price_cur_per_mwh": pl.Float64, "inside_mw": pl.Float64, "upto_mw": pl.Float64, "sloped_steps": pl.Int64,
    },
    "paradoxically_rejected": {
        "pseudonym": pl.String, "kind": pl.String, "zone": pl.String, "carrier": pl.String, "side": pl.String,
        "offered_mwh": pl.Float64, "missed_surplus_cur": pl.Float64, "distance_cur_per_mwh": pl.Float64,
    },
}  # fmt: skip
"""Every published table and its columns; `cur` stands for the currency in lower case."""

COMPENSATED: dict[str, Columns] = {
    "difference_amounts": {"difference": pl.String, "amount_cur": pl.Float64, "energy_mwh": pl.Float64},
    "compensated_orders": {
        "pseudonym": pl.String, "kind": pl.String, "zone": pl.String, "carrier": pl.String, "side": pl.String,
        "accepted_mwh": pl.Float64, "compensation_cur": pl.Float64,
    },
}  # fmt: skip
"""Two more, where the rules profile compensates losses: what is shared over how many MWh, and what it is paid for."""
ALL_COLUMNS = COLUMNS | COMPENSATED


def tables_of_profile(*, compensates: bool) -> tuple[str, ...]:
    """Return the names of the tables that are published under a rules profile."""
    return tuple(ALL_COLUMNS if compensates else COLUMNS)


def columns_of(table: str, currency: str) -> Columns:
    """Return the columns of a published table in a market of this currency."""
    named = ("_".join(currency.lower() if part == "cur" else part for part in c.split("_")) for c in ALL_COLUMNS[table])
    return dict(zip(named, ALL_COLUMNS[table].values(), strict=True))


def published_tables(
    raw: Raw,
    results: Results,
    tables: Mapping[str, pl.DataFrame],
    outcomes: AllOutcomes,
    pseudonym: Callable[[str], str],
) -> dict[str, pl.DataFrame]:
    """Return every published table of a result by name.

    Args:
        raw: The book as floats.
        results: The outcome.
        tables: Its result folder's tables.
        outcomes: What became of each order.
        pseudonym: Gives the public name of an order.
    """
    case, spans = published_case(raw, results), spans_of(raw)
    received = results.published.arriving
    rounds = np.where(rounding_cannot_be_exact(case), rounded_terms(case), 0.0)
    out = {
        "prices": tables["prices"],
        "net_positions": tables["net_positions"].with_columns(pl.Series("rounded_volumes", rounds)),
        "scheduled_exchanges": tables["scheduled_exchanges"].with_columns(pl.Series("received_mw", received + 0.0)),
        "border_exchanges": tables["border_exchanges"],
        "domain_exchanges": tables.get(
            "domain_exchanges",
            key_tables(raw.book)["domain_exchanges"].with_columns(
                pl.Series("exchange_mw", results.published.domain, dtype=pl.Float64)
            ),
        ),
        "aggregated_volumes": _volumes(case),
        "curve_volumes": _curve_volumes(case, spans, outcomes),
        "aggregated_curves": _curves(raw, spans),
        "paradoxically_rejected": _rejected(case, outcomes, pseudonym),
    }
    if raw.book.profile.compensates:
        out |= compensated_tables(raw, results, pseudonym)
    return {name: table.select(list(columns_of(name, raw.book.currency))) for name, table in out.items()}


def cell_sides(raw: Raw) -> pl.DataFrame:
    """Return the key columns of `aggregated_volumes`: demand and supply of every cell."""
    keys = key_tables(raw.book)["net_positions"]
    side = pl.Series("side", list(SIDES) * keys.height, dtype=pl.String)
    return keys[np.repeat(np.arange(keys.height), 2)].with_columns(side)


def curve_power(raw: Raw, accepted: FloatArray) -> FloatArray:
    """Return accepted MW of curves of each cell, demand and supply; shape (c, 2)."""
    curves = raw.curves
    item, cell = spread(curves.cell, curves.cells)
    return _by_side(raw, cell, curves.sign[item], accepted[item])


def indivisible_power(case: Case) -> FloatArray:
    """Return accepted MW of all other orders of each cell, demand and supply; shape (c, 2).

    What conversions buy and stores charge is demand, what they sell and discharge supply.
    """
    raw, volumes = case.raw, case.volumes
    flexible = raw.flexible_legs(volumes.flexible_start)
    stores, inputs = raw.stores.mtus, raw.inputs
    out = np.zeros((raw.book.cells.count, 2))
    for cell, sign, power in (
        (raw.blocks.cell, raw.blocks.sign, volumes.block_leg),
        (raw.scalables.cell, raw.scalables.sign, volumes.scalable),
        (flexible.cell, flexible.sign, flexible.quantity),
        (inputs.bought_cell, -np.ones(inputs.count), volumes.bought),
        (stores.cell, -np.ones(stores.count), volumes.charge),
        (stores.cell, np.ones(stores.count), volumes.discharge),
    ):
        out += _by_side(raw, cell, sign, power)
    return out


def _by_side(raw: Raw, cell: IntArray, sign: FloatArray, power: FloatArray) -> FloatArray:
    count = raw.book.cells.count
    return total_by(cell * 2 + (sign > 0), power, 2 * count).reshape(count, 2)


def _volumes(case: Case) -> pl.DataFrame:
    curve, rest = curve_power(case.raw, case.volumes.curve), indivisible_power(case)
    return cell_sides(case.raw).with_columns(
        pl.Series("curve_mw", np.round(curve.reshape(-1), 6) + 0.0),
        pl.Series("indivisible_mw", np.round(rest.reshape(-1), 6) + 0.0),
    )


def _spans(raw: Raw, spans: Spans, of: IntArray) -> pl.DataFrame:
    """Return the key columns of curves `of`."""
    cells, cell = raw.book.cells, spans.cell[of]
    zones = pl.Series([z.name for z in cells.zones], dtype=pl.String)
    carriers = pl.Series([g.carrier for g in cells.grids], dtype=pl.String)
    return pl.DataFrame(
        {
            "zone": zones.gather(pl.Series(cells.zone[cell])),
            "carrier": carriers.gather(pl.Series(cells.grid[cell])),
            "mtu_start": pl.Series(cells.start[cell] * MICROSECONDS).cast(TIME),
            "minutes": spans.cells[of] * cells.minutes[cell],
            "side": pl.Series(SIDES, dtype=pl.String).gather(pl.Series((spans.sign[of] > 0).astype(np.int64))),
        }
    )


def _curve_volumes(case: Case, spans: Spans, outcomes: AllOutcomes) -> pl.DataFrame:
    quantity, accepted = case.raw.curves.quantity, case.volumes.curve
    left_out = np.where(outcomes.curve == PARADOXICALLY_REJECTED, quantity, 0.0)
    figures = {"offered_mw": quantity, "accepted_mw": accepted, "left_out_mw": left_out}
    return _spans(case.raw, spans, np.arange(spans.count)).with_columns(
        pl.Series(name, np.round(total_by(spans.curve, column, spans.count), 6) + 0.0)
        for name, column in figures.items()
    )


def _curves(raw: Raw, spans: Spans) -> pl.DataFrame:
    points = points_of(raw, spans)
    return _spans(raw, spans, points.curve).with_columns(
        pl.Series(f"price_{raw.book.currency.lower()}_per_mwh", points.price),
        pl.Series("inside_mw", points.inside),
        pl.Series("upto_mw", points.upto),
        pl.Series("sloped_steps", points.sloped),
    )


def _rejected(case: Case, outcomes: AllOutcomes, pseudonym: Callable[[str], str]) -> pl.DataFrame:
    """Return the whole orders that were paradoxically rejected, sorted by pseudonym."""
    book = case.raw.book
    cur, grids = book.currency.lower(), book.cells.grids
    families = (
        (book.blocks, block_rows, outcomes.block),
        (book.flexibles, flexible_rows, outcomes.flexible),
        (book.scalables, scalable_rows, outcomes.scalable),
        (book.storages, storage_rows, outcomes.storage),
    )
    frames = [pl.DataFrame(schema=columns_of("paradoxically_rejected", book.currency))]
    for orders, rows, whole in families:
        missed = np.flatnonzero(whole.outcome == PARADOXICALLY_REJECTED).tolist()
        if not missed:
            continue
        carriers = {orders.name[o]: grids[int(orders.grid[o])].carrier for o in missed}
        frame = rows(case, whole).filter(pl.col("mtu_start").is_null() & pl.col("order").is_in(list(carriers)))
        surplus = {orders.name[o]: float(whole.surplus[o]) for o in missed}
        names = frame["order"].to_list()
        gain = pl.Series([surplus[n] for n in names], dtype=pl.Float64)
        energy = frame["offered_mwh"].cast(pl.Float64)
        frames.append(
            frame.select("kind", "zone", "side", "offered_mwh")
            .with_columns(
                pl.Series("pseudonym", [pseudonym(n) for n in names], dtype=pl.String),
                pl.Series("carrier", [carriers[n] for n in names], dtype=pl.String),
                pl.Series(f"missed_surplus_{cur}", gain.round(6)),
                pl.Series(f"distance_{cur}_per_mwh", (gain / energy.replace(0.0, None)).round(6), dtype=pl.Float64),
            )
            .select(frames[0].columns)
            .cast(frames[0].schema)
        )
    return pl.concat(frames).sort("pseudonym")


def compensated_tables(raw: Raw, results: Results, pseudonym: Callable[[str], str]) -> dict[str, pl.DataFrame]:
    """Return the difference amount in its parts, and the orders that are paid, sorted by their pseudonyms."""
    found, book = Compensation(raw, results.published, results.price), raw.book
    minor, unit, cells = found.scales.minor, found.scales.energy_unit, book.cells
    amounts = [(part, found.differences[part] / minor, found.payers_energy(part) / unit) for part in found.differences]
    legs = raw.flexible_legs(results.published.flexible_start)
    taken = (
        total_by(raw.blocks.order, results.published.block_leg * raw.blocks.hours, book.blocks.count),
        total_by(legs.order, legs.quantity * legs.hours, book.flexibles.count),
    )
    rows = []
    for kind, orders, paid, energy in (
        ("block", book.blocks, found.block_minor, taken[0]),
        ("flexible", book.flexibles, found.flexible_minor, taken[1]),
    ):
        for o in np.flatnonzero(paid).tolist():
            grid = cells.grids[int(orders.grid[o])]
            place = cells.zones[grid.zone].name, grid.carrier, SIDES[int(orders.side[o] > 0)]
            rows.append((pseudonym(orders.name[o]), kind, *place, round(float(energy[o]), 6), int(paid[o]) / minor))
    schemas = {name: columns_of(name, book.currency) for name in COMPENSATED}
    return {
        "difference_amounts": pl.DataFrame(amounts, schema=schemas["difference_amounts"], orient="row"),
        "compensated_orders": pl.DataFrame(sorted(rows), schema=schemas["compensated_orders"], orient="row"),
    }


def csv_of(table: pl.DataFrame) -> bytes:
    """Return a table as people read it; every number keeps its last digit."""
    return table.write_csv(datetime_format=TIME_FORMAT).encode()
