"""Two market folders and the lines between them: one joined market.

The day of a new member is a market folder of its own, so that any command reads it. Beside
its tables it holds a folder `joining` with `lines` and `line_capacities`, the same tables
with the same columns, whose zones are of the member or of the market. The joined market is
written as a market folder and read like any other: no rule is lost on the way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from walras.book import schema
from walras.book.book import Book
from walras.book.cells import Cells, FloatArray, IntArray, Zone
from walras.book.columns import DTYPES
from walras.book.findings import Findings
from walras.book.names import Names
from walras.book.network import Lines
from walras.book.read_network import read_lines
from walras.book.read_places import NONE, Places
from walras.book.spans import MICROSECONDS
from walras.book.tables import Table, read_table
from walras.book.write import Columns, tables_of, write_table, write_tables
from walras.vocabulary import CARRIERS

FOLDER = "joining"
FILES = (schema.LINES, schema.LINE_CAPACITIES)

Ends = tuple[str, str, IntArray, FloatArray, FloatArray]


@dataclass(frozen=True)
class Joining:
    """The lines between a member and a market on one day, as tables and checked.

    `tables` are columns by table name; `lines` are the same over the grids of both, None if they are wrong.
    """

    tables: dict[str, Columns]
    lines: Lines | None


def write_joining(folder: Path, lines: Iterable[Ends], carrier: str = "electricity") -> None:
    """Write the joining lines of one day.

    Args:
        folder: Market folder of the new member.
        lines: For each: from zone, to zone, starts in minutes UTC, capacities forward and backward in MW.
        carrier: What all of them carry.
    """
    rows = list(lines)
    name = [f"{a}--{b}" for a, b, *_ in rows]
    periods = [len(starts) for _, _, starts, *_ in rows]
    starts = np.concatenate([r[2] for r in rows]) * MICROSECONDS
    said: dict[str, Columns] = {
        "lines": {
            "line": pl.Series(name),
            "carrier": pl.Series([carrier] * len(rows)),
            "from_zone": pl.Series([r[0] for r in rows]),
            "to_zone": pl.Series([r[1] for r in rows]),
        },
        "line_capacities": {
            "line": pl.Series([n for n, count in zip(name, periods, strict=True) for _ in range(count)]),
            "mtu_start": pl.Series(starts, dtype=pl.Int64).cast(pl.Datetime("us", "UTC")),
            "capacity_forward_mw": pl.Series(np.concatenate([r[3] for r in rows])),
            "capacity_backward_mw": pl.Series(np.concatenate([r[4] for r in rows])),
        },
    }
    (folder / FOLDER).mkdir()
    for spec in FILES:
        write_table(folder / FOLDER, spec, said[spec.name], "EUR", "parquet")


def read_joining(market: Book, member: Book, folder: Path, findings: Findings) -> Joining:
    """Return the joining lines of one day; what is wrong with them goes to `findings`.

    Args:
        market: The market without the member.
        member: The new member.
        folder: Market folder of the new member.
        findings: Gets every mistake, its place counted from `folder`.
    """
    place = folder / FOLDER
    own = Findings()
    if not place.is_dir():
        fix = f"Write {FOLDER}/lines and {FOLDER}/line_capacities, with the columns of the market folder."
        findings.add("no lines join the member to the market", FOLDER, "joining_lines_present", fix)
        return Joining({}, None)
    known = {f"{s.name}.{end}" for s in FILES for end in ("csv", "parquet")}
    for file in sorted(place.iterdir()):
        if file.suffix in {".csv", ".parquet"} and file.name not in known:
            own.add(f"there is no table {file.stem!r}", file.name, "table_known", "Keep lines and line_capacities.")
    lines, capacities = (read_table(place, spec, market.currency, own) for spec in FILES)
    if not lines.count and not own.mistakes:
        own.add("no lines join the member to the market", "lines", "joining_lines_present", "Add a line.")
    taken = lines.texts("line").is_in(list(market.lines.name + member.lines.name)).to_numpy()
    own.rows(
        lines, taken, "name_once", what=lambda i: f"line {lines.texts('line')[i]!r} is in one of the markets already",
        fix="Give the joining line a name of its own.",
    )  # fmt: skip
    known_lines = _known_ends(lines, market, member, own)
    found = read_lines(known_lines, capacities, _places(market, member), own)
    findings.mistakes += [replace(m, where=f"{FOLDER}/{m.where}") for m in own.mistakes]
    tables = {t.spec.name: {c: t.frame[c] for c in t.frame.columns} for t in (lines, capacities)}
    return Joining(tables, None if own.mistakes else found)


def write_joined(market: Book, member: Book, joining: Joining, path: Path) -> None:
    """Write the joined market as a market folder.

    Raises:
        BadInput: There is something else at `path`.
    """
    parts = [tables_of(market), tables_of(member), joining.tables]
    tables = {spec.name: _stacked(spec, [p[spec.name] for p in parts if spec.name in p]) for spec in schema.TABLES}
    write_tables(replace(market, name=f"{market.name} with {member.name}"), tables, path)


def _stacked(spec: schema.TableSpec, parts: list[Columns]) -> Columns:
    """Return the rows of several tables of one kind as one; what a part leaves out is empty in it."""
    kinds = {c.name: DTYPES[c.kind] for c in spec.columns}
    frames = [
        pl.DataFrame(part).with_columns(pl.col(name).cast(kinds[name]) for name in part) for part in parts if part
    ]
    whole = pl.concat(frames, how="diagonal")
    return {name: whole[name] for name in whole.columns}


def _known_ends(lines: Table, market: Book, member: Book, findings: Findings) -> Table:
    """Report lines that do not lead from one of the member's zones to one of the market's; return the others."""
    ours, theirs = ({z.name for z in book.cells.zones} for book in (market, member))
    ends = [lines.texts(column) for column in ("from_zone", "to_zone")]
    unknown = np.zeros(lines.count, dtype=np.bool_)
    for texts in ends:
        bad = ~texts.is_in(list(ours | theirs)).to_numpy()
        findings.rows(
            lines,
            bad,
            "zone_known",
            what=lambda i, t=texts: f"zone {t[i]!r} is neither in the market nor in the new member",  # type: ignore[misc]
            fix="Name a zone of either.",
        )
        unknown |= bad
    homes = [texts.is_in(list(theirs)).to_numpy() for texts in ends]
    inside = ~unknown & (homes[0] == homes[1])
    findings.rows(
        lines,
        inside,
        "line_joins_member",
        what=lambda i: f"both ends are in the {'new member' if homes[0][i] else 'market'}",
        fix="Name a zone of the market at one end; lines inside belong into the tables of their own folder.",
    )
    return lines.without(unknown | inside)


def _places(market: Book, member: Book) -> Places:
    """Return the cells of both books, for the reader of lines."""
    zones: list[Zone] = sorted(market.cells.zones + member.cells.zones, key=lambda z: z.name)
    names = tuple(z.name for z in zones)
    grids = [
        replace(g, zone=names.index(book.cells.zones[g.zone].name))
        for book in (market, member)
        for g in book.cells.grids
    ]
    grids.sort(key=lambda g: (g.zone, g.carrier))
    lookup = np.full((len(names), len(CARRIERS)), NONE, dtype=np.int64)
    for at, grid in enumerate(grids):
        lookup[grid.zone, CARRIERS.index(grid.carrier)] = at
    unique = tuple(dict.fromkeys(names))
    return Places(Cells(tuple(zones), tuple(grids)), Names("zone", unique), lookup)
