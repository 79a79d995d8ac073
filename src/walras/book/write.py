"""A book to a market folder: the same columns that `folder.read` reads, in canonical order.

The folder is written beside its place under another name and then renamed, so that a
reader never meets half of it. Tables without rows are not written; optional columns
that say nothing are left out.
"""

from __future__ import annotations

import os
import shutil
import tomllib
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from walras.book import schema
from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.book.columns import TIME_FORMAT
from walras.book.place import check_place
from walras.book.read_terms import FILE, delivery_day_minutes
from walras.book.spans import MICROSECONDS
from walras.vocabulary import BorderKind, Side

FileFormat = Literal["parquet", "csv"]
Columns = dict[str, pl.Series]


def write(book: Book, path: Path | str, *, format: FileFormat = "parquet") -> None:
    """Write a book as a market folder; what stood there as a market folder is replaced.

    Args:
        book: What to write.
        path: The folder to make; its parent folders are made too.
        format: Of the tables.

    Raises:
        BadInput: There is something at `path` that is not a market folder and nothing else.
    """
    write_tables(book, tables_of(book), path, format=format)


def write_tables(terms: Book, tables: dict[str, Columns], path: Path | str, *, format: FileFormat = "parquet") -> None:
    """Write tables, columns named as in `schema`, under the terms of a book (its market.toml); see `write`."""
    target = Path(path)
    check_market_place(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        (part / FILE).write_text(_toml(terms), encoding="utf-8")
        for spec, columns in tables.items():
            write_table(part, schema_of(spec), columns, terms.currency, format)
        if target.exists():
            old = target.with_name(f".{target.name}.{os.getpid()}.old")
            target.rename(old)
            part.rename(target)
            shutil.rmtree(old)
        else:
            part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def schema_of(name: str) -> schema.TableSpec:
    """Return the description of a table."""
    return next(s for s in schema.TABLES if s.name == name)


MARKET_FILES = {FILE} | {f"{s.name}.{end}" for s in schema.TABLES for end in ("parquet", "csv")}


def check_market_place(target: Path, *more: str) -> None:
    """Refuse a place that holds anything but a market folder, and files of these further names."""
    check_place(target, MARKET_FILES | set(more), lambda folder: _is_market(folder / FILE), "market folder")


def _is_market(toml: Path) -> bool:
    try:
        return tomllib.loads(toml.read_text(encoding="utf-8")).get("format") == schema.FORMAT
    except (OSError, ValueError):
        return False


def _toml(book: Book) -> str:
    lines = [
        f'format = "{schema.FORMAT}"',
        f"version = {schema.VERSION}",
        f"name = {_quoted(book.name)}",
        f"currency = {_quoted(book.currency)}",
        f"time_zone = {_quoted(book.time_zone)}",
        f"delivery_day = {book.delivery_day.isoformat()}",
        f"rules_profile = {_quoted(book.profile.name)}",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    r"""Return a TOML basic string.

    >>> print(_quoted('a "b"'))
    "a \"b\""
    """
    plain = "".join(f"\\u{ord(c):04x}" if ord(c) < 32 or ord(c) == 127 else c for c in _escaped(text))
    return f'"{plain}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def write_table(folder: Path, spec: schema.TableSpec, columns: Columns, currency: str, format: FileFormat) -> None:
    """Write one table, without optional columns that are empty; nothing if it has no rows."""
    kept = {
        c.named(currency): columns[c.name]
        for c in spec.columns
        if c.name in columns and not (c.is_optional and columns[c.name].null_count() == len(columns[c.name]))
    }
    frame = pl.DataFrame(kept)
    if not frame.height:
        return
    if format == "csv":
        frame.write_csv(folder / f"{spec.name}.csv", datetime_format=TIME_FORMAT)
    else:
        frame.write_parquet(folder / f"{spec.name}.parquet")


def tables_of(book: Book) -> dict[str, Columns]:
    """Return the columns of every table of a book, names as in `schema` (without currency)."""
    places = _places(book) | _network(book) | _domains(book)
    return places | _curves(book) | _blocks(book) | _flexibles(book) | _scalables(book)


def _times(minutes: IntArray) -> pl.Series:
    return pl.Series(minutes * MICROSECONDS, dtype=pl.Int64).cast(pl.Datetime("us", "UTC"))


def _names(names: tuple[str, ...], at: IntArray) -> pl.Series:
    return pl.Series(names, dtype=pl.String).gather(at)


def _filled(values: FloatArray) -> pl.Series:
    """Return a column whose NaN are empty fields."""
    return pl.Series(values).fill_nan(None)


def _some(values: FloatArray, count: int) -> pl.Series:
    """Return a column whose zeros are empty fields; of `count` of them where there is none."""
    return _filled(np.where(values > 0, values, np.nan) if len(values) else np.full(count, np.nan))


def _places(book: Book) -> dict[str, Columns]:
    zones, grids = book.cells.zones, book.cells.grids
    day = delivery_day_minutes(book.delivery_day, ZoneInfo(book.time_zone))
    own = [None if (g.start, g.end) == day else g for g in grids]
    starts = [None if g is None else g.start * MICROSECONDS for g in own]
    ends = [None if g is None else g.end * MICROSECONDS for g in own]
    return {
        "zones": {
            "zone": pl.Series([z.name for z in zones]),
            "eic": pl.Series([z.eic for z in zones], dtype=pl.String),
            "country": pl.Series([z.country for z in zones]),
            "latitude": pl.Series([z.latitude for z in zones], dtype=pl.Float64),
            "longitude": pl.Series([z.longitude for z in zones], dtype=pl.Float64),
        },
        "grids": {
            "zone": pl.Series([zones[g.zone].name for g in grids]),
            "carrier": pl.Series([g.carrier for g in grids]),
            "mtu_minutes": pl.Series([g.mtu_minutes for g in grids]),
            "start": pl.Series(starts, dtype=pl.Int64).cast(pl.Datetime("us", "UTC")),
            "end": pl.Series(ends, dtype=pl.Int64).cast(pl.Datetime("us", "UTC")),
            "price_min_cur_per_mwh": pl.Series([g.price_tick.value(g.price_min) for g in grids]),
            "price_max_cur_per_mwh": pl.Series([g.price_tick.value(g.price_max) for g in grids]),
            "price_tick_cur_per_mwh": pl.Series([g.price_tick.size for g in grids]),
            "quantity_tick_mw": pl.Series([g.quantity_tick.size for g in grids]),
        },
    }


def _network(book: Book) -> dict[str, Columns]:
    cells, lines, borders = book.cells, book.lines, book.borders
    ends = [[cells.zones[cells.grids[g].zone].name for g in end] for end in (lines.from_grid, lines.to_grid)]
    pairs = zip(lines.from_grid, lines.to_grid, strict=True)
    usual = [max(cells.grids[a].mtu_minutes, cells.grids[b].mtu_minutes) for a, b in pairs]
    minutes = [None if m == u else int(m) for m, u in zip(lines.minutes, usual, strict=True)]
    kinds = [(BorderKind.FIXED if f else BorderKind.PRICE_TAKING).value for f in borders.is_fixed]
    return {
        "lines": {
            "line": pl.Series(lines.name, dtype=pl.String),
            "carrier": pl.Series([cells.grids[g].carrier for g in lines.from_grid], dtype=pl.String),
            "from_zone": pl.Series(ends[0], dtype=pl.String),
            "to_zone": pl.Series(ends[1], dtype=pl.String),
            "mtu_minutes": pl.Series(minutes, dtype=pl.Int64),
            "loss_forward": _some(lines.loss_forward, lines.count),
            "loss_backward": _some(lines.loss_backward, lines.count),
            "tariff_cur_per_mwh": _some(lines.tariff, lines.count),
        },
        "line_capacities": {
            "line": _names(lines.name, lines.period_line),
            "mtu_start": _times(lines.period_start),
            "capacity_forward_mw": pl.Series(lines.capacity_forward),
            "capacity_backward_mw": pl.Series(lines.capacity_backward),
        },
        "borders": {
            "border": pl.Series(borders.name, dtype=pl.String),
            "zone": pl.Series([cells.zones[cells.grids[g].zone].name for g in borders.grid], dtype=pl.String),
            "carrier": pl.Series([cells.grids[g].carrier for g in borders.grid], dtype=pl.String),
            "neighbour": pl.Series(borders.neighbour, dtype=pl.String),
            "kind": pl.Series(kinds, dtype=pl.String),
        },
        "border_periods": {
            "border": _names(borders.name, borders.period_border),
            "mtu_start": _times(cells.start[borders.period_cell]),
            "price_cur_per_mwh": _filled(borders.price),
            "capacity_export_mw": _filled(borders.capacity_export),
            "capacity_import_mw": _filled(borders.capacity_import),
            "exchange_mw": _filled(borders.exchange),
        },
    }


def _domains(book: Book) -> dict[str, Columns]:
    cells, domains = book.cells, book.domains
    zone = np.array([g.zone for g in cells.grids], dtype=np.int64)
    names, zones = domains.name, tuple(z.name for z in cells.zones)
    said = domains.ptdf_rows()
    branch = domains.row_branch[domains.entry_row[said.entry]]
    exchange = domains.entry_exchange[said.entry]
    pairs = zip(domains.minutes.tolist(), domains.usual_minutes(cells).tolist(), strict=True)
    return {
        "domains": {
            "domain": pl.Series(names, dtype=pl.String),
            "carrier": pl.Series([cells.grids[g].carrier for g in domains.some_grid.tolist()], dtype=pl.String),
            "mtu_minutes": pl.Series([None if m == usual else m for m, usual in pairs], dtype=pl.Int64),
        },
        "domain_zones": {
            "domain": _names(names, domains.member_domain),
            "zone": _names(zones, zone[domains.member_grid]),
        },
        "critical_branches": {
            "domain": _names(names, domains.branch_domain[domains.row_branch]),
            "branch": _names(domains.branch, domains.row_branch),
            "mtu_start": _times(domains.period_start[domains.row_period]),
            "ram_mw": pl.Series(domains.ram),
        },
        "ptdfs": {
            "domain": _names(names, domains.branch_domain[branch]),
            "branch": _names(domains.branch, branch),
            "mtu_start": pl.Series([None], dtype=pl.Int64).new_from_index(0, len(branch))
            if said.start is None
            else _times(said.start),
            "zone": _names(zones, cells.zone[domains.exchange_cell[exchange]]),
            "ptdf": pl.Series(domains.ptdf[said.entry]),
        },
    }


def _header(book: Book, name: tuple[str, ...], member: tuple[str, ...], grid: IntArray, side: IntArray) -> Columns:
    grids, zones = book.cells.grids, book.cells.zones
    return {
        "order": pl.Series(name, dtype=pl.String),
        "member": pl.Series(member, dtype=pl.String),
        "zone": pl.Series([zones[grids[g].zone].name for g in grid], dtype=pl.String),
        "carrier": pl.Series([grids[g].carrier for g in grid], dtype=pl.String),
        "side": pl.Series([Side(int(s)).word for s in side], dtype=pl.String),
    }


def _curves(book: Book) -> dict[str, Columns]:
    cells, o = book.cells, book.curves
    grid = o.grid[o.step_order]
    minutes = o.step_cells * cells.minutes[o.step_cell]
    is_usual = bool((o.step_cells == 1).all())
    return {
        "curve_orders": _header(book, o.name, o.member, o.grid, o.side),
        "curve_steps": {
            "order": _names(o.name, o.step_order),
            "mtu_start": _times(cells.start[o.step_cell]),
            "minutes": pl.Series([None], dtype=pl.Int64).new_from_index(0, len(grid))
            if is_usual
            else pl.Series(minutes),
            "step": pl.Series(o.step_number),
            "price_start_cur_per_mwh": pl.Series(cells.prices(o.price_start, grid)),
            "price_end_cur_per_mwh": pl.Series(cells.prices(o.price_end, grid)),
            "quantity_mw": pl.Series(cells.quantities(o.quantity, grid)),
        },
    }


def _blocks(book: Book) -> dict[str, Columns]:
    cells, o = book.cells, book.blocks
    member = np.flatnonzero(o.group >= 0)
    member = member[np.argsort(o.group[member], kind="stable")]
    return {
        "block_orders": _header(book, o.name, o.member, o.grid, o.side)
        | {
            "price_cur_per_mwh": pl.Series(cells.prices(o.price, o.grid)),
            "min_acceptance_ratio": pl.Series(o.min_acceptance_ratio),
        },
        "block_legs": {
            "order": _names(o.name, o.leg_order),
            "mtu_start": _times(cells.start[o.leg_cell]),
            "quantity_mw": pl.Series(cells.quantities(o.leg_quantity, o.grid[o.leg_order])),
        },
        "block_links": {"child": _names(o.name, o.link_child), "parent": _names(o.name, o.link_parent)},
        "exclusive_groups": {"group": _names(o.group_name, o.group[member]), "order": _names(o.name, member)},
    }


def _flexibles(book: Book) -> dict[str, Columns]:
    cells, o = book.cells, book.flexibles
    mtu = np.array([cells.grids[g].mtu_minutes for g in o.grid], dtype=np.int64)
    start = cells.start[o.first_cell]
    return {
        "flexible_orders": _header(book, o.name, o.member, o.grid, o.side)
        | {
            "price_cur_per_mwh": pl.Series(cells.prices(o.price, o.grid)),
            "quantity_mw": pl.Series(cells.quantities(o.quantity, o.grid)),
            "minutes": pl.Series(o.cells * mtu),
            "window_start": _times(start),
            "window_end": _times(start + (o.choices - 1 + o.cells) * mtu),
        }
    }


def _scalables(book: Book) -> dict[str, Columns]:
    cells, o = book.cells, book.scalables
    grid, minimum_grid = o.grid[o.step_order], o.grid[o.minimum_order]

    def gradient(ticks: IntArray) -> pl.Series:
        return _filled(np.where(ticks < 0, np.nan, cells.quantities(ticks, o.grid)))

    return {
        "scalable_orders": _header(book, o.name, o.member, o.grid, o.side)
        | {
            "fixed_term_cur": pl.Series(o.fixed_term),
            "gradient_up_mw": gradient(o.gradient_up),
            "gradient_down_mw": gradient(o.gradient_down),
            "stop_mtus": pl.Series(o.stop_cells),
        },
        "scalable_steps": {
            "order": _names(o.name, o.step_order),
            "mtu_start": _times(cells.start[o.step_cell]),
            "step": pl.Series(o.step_number),
            "price_cur_per_mwh": pl.Series(cells.prices(o.price, grid)),
            "quantity_mw": pl.Series(cells.quantities(o.quantity, grid)),
        },
        "scalable_minimums": {
            "order": _names(o.name, o.minimum_order),
            "mtu_start": _times(cells.start[o.minimum_cell]),
            "minimum_mw": pl.Series(cells.quantities(o.minimum_quantity, minimum_grid)),
        },
        "conversions": _conversions(book),
        "storage_orders": _storages(book),
    }


def _storages(book: Book) -> Columns:
    cells, o = book.cells, book.storages
    header = _header(book, o.name, o.member, o.grid, np.ones_like(o.grid))
    return {name: column for name, column in header.items() if name != "side"} | {
        "charge_mw": pl.Series(cells.quantities(o.charge, o.grid)),
        "discharge_mw": pl.Series(cells.quantities(o.discharge, o.grid)),
        "capacity_mwh": pl.Series(o.capacity),
        "spread_cur_per_mwh": pl.Series(cells.prices(o.spread, o.grid)),
        "fixed_term_cur": pl.Series(o.fixed_term),
        "start_mwh": pl.Series(o.start),
        "end_mwh": pl.Series(o.end),
        "charge_efficiency": pl.Series(o.charge_efficiency),
        "discharge_efficiency": pl.Series(o.discharge_efficiency),
        "hourly_loss": pl.Series(o.hourly_loss),
    }


def _conversions(book: Book) -> Columns:
    cells, conversions = book.cells, book.scalables.conversions
    grids = [cells.grids[g] for g in conversions.grid.tolist()]
    return {
        "order": _names(book.scalables.name, conversions.order),
        "input_zone": pl.Series([cells.zones[g.zone].name for g in grids], dtype=pl.String),
        "input_carrier": pl.Series([g.carrier for g in grids], dtype=pl.String),
        "efficiency": pl.Series(conversions.efficiency),
        "outside_share": _filled(conversions.outside_share),
    }
