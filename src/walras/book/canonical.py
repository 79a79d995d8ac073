"""The canonical content of a market: what is hashed, named as the market folder names it.

Yields every column of every table as `Part`s, in the order of `schema`. Tables without rows
and optional columns in which nobody said anything are left out, so that a table or a column
that a later version adds does not change the hash of a market that does not use it.

Numbers are the numbers of the folder (float64), times are whole minutes since 1970, and a
column that names an order, a line or a border beside the table that lists them holds its row
there, from 0: canonical tables are sorted, so the row stands for the name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import MISSING, fields
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.book.read_terms import delivery_day_minutes
from walras.vocabulary import BorderKind, Side

Values = IntArray | FloatArray | list[str | None]
Table = dict[str, Values | None]
"""Columns by name; None is an optional column that nobody set."""


class Part(NamedTuple):
    """One column: the table and column of the folder, and its values."""

    table: str
    column: str
    values: Values


def canonical_parts(book: Book) -> Iterator[Part]:
    """Yield every column of a book's market folder that says something.

    `market` stands for market.toml. Of the profile its name is there, and those of its
    rules that are not the usual ones.
    """
    for tables in (
        _market(book),
        _places(book),
        _network(book),
        _domains(book),
        _curves(book),
        _blocks(book),
        _rest(book),
    ):
        for table, columns in tables.items():
            if not len(next(v for v in columns.values() if v is not None)):
                continue
            for column, values in columns.items():
                if values is not None:
                    yield Part(table, column, values)


def _market(book: Book) -> dict[str, Table]:
    profile = book.profile
    own = {f.name: getattr(profile, f.name) for f in fields(profile) if f.default is not MISSING}
    usual = {f.name: f.default for f in fields(profile)}
    words: dict[str, str] = {
        "name": book.name,
        "currency": book.currency,
        "time_zone": book.time_zone,
        "delivery_day": book.delivery_day.isoformat(),
        "rules_profile": profile.name,
    }
    words |= {f"rules_profile.{rule}": str(value) for rule, value in sorted(own.items()) if value != usual[rule]}
    return {"market": {name: [word] for name, word in words.items()}}


def _places(book: Book) -> dict[str, Table]:
    zones, grids = book.cells.zones, book.cells.grids
    day = delivery_day_minutes(book.delivery_day, ZoneInfo(book.time_zone))
    starts, ends = _ints([g.start for g in grids]), _ints([g.end for g in grids])
    is_usual = all((g.start, g.end) == day for g in grids)
    return {
        "zones": {
            "zone": [z.name for z in zones],
            "eic": _set([z.eic for z in zones]),
            "country": [z.country for z in zones],
            "latitude": _degrees([z.latitude for z in zones]),
            "longitude": _degrees([z.longitude for z in zones]),
        },
        "grids": {
            "zone": _ints([g.zone for g in grids]),
            "carrier": [g.carrier for g in grids],
            "mtu_minutes": _ints([g.mtu_minutes for g in grids]),
            "start": None if is_usual else starts,
            "end": None if is_usual else ends,
            "price_min_cur_per_mwh": np.array([g.price_tick.value(g.price_min) for g in grids]),
            "price_max_cur_per_mwh": np.array([g.price_tick.value(g.price_max) for g in grids]),
            "price_tick_cur_per_mwh": np.array([g.price_tick.size for g in grids]),
            "quantity_tick_mw": np.array([g.quantity_tick.size for g in grids]),
        },
    }


def _network(book: Book) -> dict[str, Table]:
    cells, lines, borders = book.cells, book.lines, book.borders
    mtu, zone = _mtu(book), _ints([g.zone for g in cells.grids])
    usual = np.maximum(mtu[lines.from_grid], mtu[lines.to_grid])
    kinds = [(BorderKind.FIXED if f else BorderKind.PRICE_TAKING).value for f in borders.is_fixed.tolist()]
    return {
        "lines": {
            "line": list(lines.name),
            "carrier": [cells.grids[g].carrier for g in lines.from_grid.tolist()],
            "from_zone": zone[lines.from_grid],
            "to_zone": zone[lines.to_grid],
            "mtu_minutes": _unless(lines.minutes, usual),
            "loss_forward": _some(lines.loss_forward),
            "loss_backward": _some(lines.loss_backward),
            "tariff_cur_per_mwh": _some(lines.tariff),
        },
        "line_capacities": {
            "line": lines.period_line,
            "mtu_start": lines.period_start,
            "capacity_forward_mw": lines.capacity_forward,
            "capacity_backward_mw": lines.capacity_backward,
        },
        "borders": {
            "border": list(borders.name),
            "zone": zone[borders.grid],
            "carrier": [cells.grids[g].carrier for g in borders.grid.tolist()],
            "neighbour": list(borders.neighbour),
            "kind": list(kinds),
        },
        "border_periods": {
            "border": borders.period_border,
            "mtu_start": cells.start[borders.period_cell],
            "price_cur_per_mwh": _said(borders.price),
            "capacity_export_mw": _said(borders.capacity_export),
            "capacity_import_mw": _said(borders.capacity_import),
            "exchange_mw": _said(borders.exchange),
        },
    }


def _domains(book: Book) -> dict[str, Table]:
    cells, domains = book.cells, book.domains
    zone = _ints([g.zone for g in cells.grids])
    said = domains.ptdf_rows()
    branch = domains.row_branch[domains.entry_row[said.entry]]
    return {
        "domains": {
            "domain": list(domains.name),
            "carrier": [cells.grids[g].carrier for g in domains.some_grid.tolist()],
            "mtu_minutes": _unless(domains.minutes, domains.usual_minutes(cells)),
        },
        "domain_zones": {"domain": domains.member_domain, "zone": zone[domains.member_grid]},
        "critical_branches": {
            "domain": domains.branch_domain[domains.row_branch],
            "branch": [domains.branch[b] for b in domains.row_branch.tolist()],
            "mtu_start": domains.period_start[domains.row_period],
            "ram_mw": domains.ram,
        },
        "ptdfs": {
            "domain": domains.branch_domain[branch],
            "branch": branch,
            "mtu_start": said.start,
            "zone": cells.zone[domains.exchange_cell[domains.entry_exchange[said.entry]]],
            "ptdf": domains.ptdf[said.entry],
        },
    }


def _curves(book: Book) -> dict[str, Table]:
    cells, o = book.cells, book.curves
    grid = o.grid[o.step_order]
    start = cells.prices(o.price_start, grid)
    is_flat = np.array_equal(o.price_start, o.price_end)
    is_usual = bool((o.step_cells == 1).all())
    return {
        "curve_orders": _header(book, o.name, o.member, o.grid, o.side),
        "curve_steps": {
            "order": o.step_order,
            "mtu_start": cells.start[o.step_cell],
            "minutes": None if is_usual else o.step_cells * cells.minutes[o.step_cell],
            "step": o.step_number,
            "price_start_cur_per_mwh": start,
            "price_end_cur_per_mwh": start if is_flat else cells.prices(o.price_end, grid),
            "quantity_mw": cells.quantities(o.quantity, grid),
        },
    }


def _blocks(book: Book) -> dict[str, Table]:
    cells, o = book.cells, book.blocks
    member = np.flatnonzero(o.group >= 0)
    member = member[np.argsort(o.group[member], kind="stable")]
    return {
        "block_orders": _header(book, o.name, o.member, o.grid, o.side)
        | {
            "price_cur_per_mwh": cells.prices(o.price, o.grid),
            "min_acceptance_ratio": o.min_acceptance_ratio,
        },
        "block_legs": {
            "order": o.leg_order,
            "mtu_start": cells.start[o.leg_cell],
            "quantity_mw": cells.quantities(o.leg_quantity, o.grid[o.leg_order]),
        },
        "block_links": {"child": o.link_child, "parent": o.link_parent},
        "exclusive_groups": {"group": [o.group_name[g] for g in o.group[member].tolist()], "order": member},
    }


def _rest(book: Book) -> dict[str, Table]:
    """Return the tables of flexible, of scalable complex and of storage orders."""
    cells, f, s = book.cells, book.flexibles, book.scalables
    mtu, count = _mtu(book), np.diff(cells.first)
    start = cells.start[f.first_cell]
    is_usual = bool(((f.first_cell == cells.first[f.grid]) & (f.choices - 1 + f.cells == count[f.grid])).all())
    return {
        "flexible_orders": _header(book, f.name, f.member, f.grid, f.side)
        | {
            "price_cur_per_mwh": cells.prices(f.price, f.grid),
            "quantity_mw": cells.quantities(f.quantity, f.grid),
            "minutes": f.cells * mtu[f.grid],
            "window_start": None if is_usual else start,
            "window_end": None if is_usual else start + (f.choices - 1 + f.cells) * mtu[f.grid],
        },
        "scalable_orders": _header(book, s.name, s.member, s.grid, s.side)
        | {
            "fixed_term_cur": s.fixed_term,
            "gradient_up_mw": _limits(book, s.gradient_up),
            "gradient_down_mw": _limits(book, s.gradient_down),
            "stop_mtus": _unless(s.stop_cells, np.zeros_like(s.stop_cells)),
        },
        "scalable_steps": {
            "order": s.step_order,
            "mtu_start": cells.start[s.step_cell],
            "step": s.step_number,
            "price_cur_per_mwh": cells.prices(s.price, s.grid[s.step_order]),
            "quantity_mw": cells.quantities(s.quantity, s.grid[s.step_order]),
        },
        "scalable_minimums": {
            "order": s.minimum_order,
            "mtu_start": cells.start[s.minimum_cell],
            "minimum_mw": cells.quantities(s.minimum_quantity, s.grid[s.minimum_order]),
        },
        "conversions": {
            "order": s.conversions.order,
            "input_zone": _ints([g.zone for g in cells.grids])[s.conversions.grid],
            "input_carrier": [cells.grids[g].carrier for g in s.conversions.grid.tolist()],
            "efficiency": s.conversions.efficiency,
            "outside_share": _said(s.conversions.outside_share),
        },
        "storage_orders": _storages(book),
    }


def _storages(book: Book) -> Table:
    cells, o = book.cells, book.storages

    def unless(values: FloatArray, usual: float) -> FloatArray | None:
        return None if bool((values == usual).all()) else values

    return {
        **{
            name: v
            for name, v in _header(book, o.name, o.member, o.grid, np.ones_like(o.grid)).items()
            if name != "side"
        },
        "charge_mw": cells.quantities(o.charge, o.grid),
        "discharge_mw": cells.quantities(o.discharge, o.grid),
        "capacity_mwh": o.capacity,
        "spread_cur_per_mwh": cells.prices(o.spread, o.grid),
        "fixed_term_cur": unless(o.fixed_term, 0.0),
        "start_mwh": unless(o.start, 0.0),
        "end_mwh": unless(o.end, 0.0),
        "charge_efficiency": unless(o.charge_efficiency, 1.0),
        "discharge_efficiency": unless(o.discharge_efficiency, 1.0),
        "hourly_loss": unless(o.hourly_loss, 0.0),
    }


def _header(book: Book, name: tuple[str, ...], member: tuple[str, ...], grid: IntArray, side: IntArray) -> Table:
    grids = book.cells.grids
    return {
        "order": list(name),
        "member": list(member),
        "zone": _ints([g.zone for g in grids])[grid],
        "carrier": [grids[g].carrier for g in grid.tolist()],
        "side": [Side(s).word for s in side.tolist()],
    }


def _limits(book: Book, ticks: IntArray) -> FloatArray | None:
    quantity = book.cells.quantities(ticks, book.scalables.grid)
    return _said(np.where(ticks < 0, np.nan, quantity))


def _mtu(book: Book) -> IntArray:
    return _ints([g.mtu_minutes for g in book.cells.grids])


def _ints(values: Sequence[int]) -> IntArray:
    return np.array(values, dtype=np.int64)


def _degrees(values: list[float | None]) -> FloatArray | None:
    return _said(np.array([np.nan if v is None else v for v in values], dtype=np.float64))


def _set(words: list[str | None]) -> list[str | None] | None:
    return None if all(w is None for w in words) else words


def _said(values: FloatArray) -> FloatArray | None:
    """Return a column with empty fields (NaN), or None where all of them are empty."""
    return None if np.isnan(values).all() else values


def _some(values: FloatArray) -> FloatArray | None:
    """Return a column, or None where all of it is zero."""
    return values if values.any() else None


def _unless(values: IntArray, usual: IntArray) -> IntArray | None:
    """Return a column, or None where every value is the usual one."""
    return None if np.array_equal(values, usual) else values
