"""Lines and borders: what joins zones to each other and to the world outside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import BoolArray, Cells, FloatArray, IntArray
from walras.book.findings import Findings
from walras.book.names import Names
from walras.book.network import Borders, Lines
from walras.book.read_places import Places
from walras.book.spans import Clock, spans
from walras.book.step_order import canonical
from walras.book.tables import Table, drop_duplicates
from walras.vocabulary import BorderKind


def read_lines(lines: Table, capacities: Table, places: Places, findings: Findings) -> Lines:
    """Return the lines with a capacity for each of their periods."""
    lines = drop_duplicates(lines, findings)
    names = Names.of(lines, "line")
    order = np.argsort(names.codes(lines.texts("line")), kind="stable")
    ends = [places.grid_of(lines, findings, zone) for zone in ("from_zone", "to_zone")]
    is_loop = (lines.texts("from_zone") == lines.texts("to_zone")).to_numpy()
    findings.rows(
        lines,
        is_loop,
        "line_joins_two_zones",
        what=lambda i: f"the line leads from {lines.texts('from_zone')[i]!r} to itself",
        fix="Name two different zones.",
    )
    good = (ends[0] >= 0) & (ends[1] >= 0) & ~is_loop
    clock, good = _line_clock(lines, ends, good, places.cells, findings)
    clock = Clock(clock.start[order], clock.end[order], clock.minutes[order])
    line = names.find(capacities, "line", "line_known", findings, "lines")
    good_line = good[order]
    known = np.where((line >= 0) & good_line[line], line, -1) if names.names else line
    position, _, fits = spans(capacities, clock, known, findings)
    forward, backward = (_capacity(capacities, f"capacity_{d}_mw", findings) for d in ("forward", "backward"))
    at = canonical(capacities, (line, position), fits, findings)
    counts = np.where(good_line, (clock.end - clock.start) // clock.minutes, 0)
    lost = names.mask(capacities.lost.to_list())
    _Periods(lines, order, capacities, counts, lost).report_missing(line[at], findings)
    start = clock.start[line[at]] + position[at] * clock.minutes[line[at]]
    grids = [end[order] for end in ends]
    covered = [_covered(places.cells, grid[line[at]], start, clock.minutes[line[at]]) for grid in grids]
    return Lines(
        names.names, grids[0], grids[1], clock.minutes, line[at], start,
        *covered[0], *covered[1], forward[at], backward[at], *_line_terms(lines, order, findings),
    )  # fmt: skip


def _line_terms(lines: Table, order: IntArray, findings: Findings) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return loss forward, loss backward and tariff of each line in name order; nothing where all are zero."""
    tariff = sensible(lines, "tariff_cur_per_mwh", MOST_PRICE, findings)
    findings.rows(
        lines,
        tariff < 0,
        "tariff_not_negative",
        what=lambda i: f"{lines.title('tariff_cur_per_mwh')} {tariff[i]:g} is negative",
        fix="Send a tariff of 0 or more for each MWh sent, or leave it empty.",
    )
    losses = _loss(lines, "loss_forward", findings), _loss(lines, "loss_backward", findings)
    forward, backward, price = (np.nan_to_num(column)[order] for column in (*losses, tariff))
    none = np.zeros(0)
    is_lossy = bool(forward.any() or backward.any())
    return forward if is_lossy else none, backward if is_lossy else none, price if price.any() else none


def _loss(lines: Table, column: str, findings: Findings) -> FloatArray:
    loss = lines.floats(column)
    findings.rows(
        lines,
        (loss < 0) | (loss >= 1),
        "loss_share",
        what=lambda i: f"{column} {loss[i]:g} is not a share from 0 to below 1",
        fix="Send the share of what is sent that does not arrive, 0.02 for two in a hundred, or leave it empty.",
    )
    return loss


def _line_clock(
    lines: Table, ends: list[IntArray], good: BoolArray, cells: Cells, findings: Findings
) -> tuple[Clock, BoolArray]:
    """Return the time grid of each line in row order (the time that both ends share), and which are good."""
    count = lines.count
    if not cells.grids:
        none = np.zeros(count, dtype=np.int64)
        return Clock(none, none, none + 1), good
    grid = Clock.of(cells)
    a, b = ends
    mtus = [grid.minutes[a], grid.minutes[b]]
    start, end = np.maximum(grid.start[a], grid.start[b]), np.minimum(grid.end[a], grid.end[b])
    minutes = np.where(lines.has("mtu_minutes"), lines.ints("mtu_minutes"), np.maximum(*mtus))
    safe = np.maximum(minutes, 1)
    bad = good & ((minutes <= 0) | (safe % mtus[0] != 0) | (safe % mtus[1] != 0))
    findings.rows(
        lines,
        bad,
        "line_mtu",
        what=lambda i: (
            f"the line's MTU of {minutes[i]} minutes is no multiple of its ends' MTUs of "
            f"{mtus[0][i]} and {mtus[1][i]} minutes"
        ),
        fix=lambda i: f"Write mtu_minutes as a multiple of {np.lcm(mtus[0][i], mtus[1][i])}.",
    )
    unlike = _unlike_ends(lines, ends, good & ~bad, cells, findings)
    cut = (start - grid.start[a]) % mtus[0] + (start - grid.start[b]) % mtus[1] + (end - start) % safe != 0
    odd = good & ~bad & ~unlike & ((start >= end) | cut)
    findings.rows(
        lines,
        odd,
        "line_horizon",
        what=lambda i: f"the horizons of the two ends do not share whole MTUs of {minutes[i]} minutes",
        fix="Join grids whose horizons overlap, with starts that differ by a multiple of the line's MTU.",
    )
    return Clock(start, end, safe), good & ~bad & ~unlike & ~odd


def _unlike_ends(lines: Table, ends: list[IntArray], good: BoolArray, cells: Cells, findings: Findings) -> BoolArray:
    """Return lines whose ends differ in price limits or quantity tick: no release clears those yet."""
    bounds = np.array([[g.price_tick.value(g.price_min), g.price_tick.value(g.price_max)] for g in cells.grids])
    ticks = np.array([g.quantity_tick.size for g in cells.grids])
    a, b = ends
    limits = good & (bounds[a] != bounds[b]).any(axis=1)
    findings.rows(
        lines,
        limits,
        "line_limits",
        what=lambda i: f"its ends have the price limits {bounds[a[i]].tolist()} and {bounds[b[i]].tolist()}",
        fix="Give both zones the same price limits; a line between different limits is not supported yet.",
    )
    sizes = good & (ticks[a] != ticks[b])
    findings.rows(
        lines,
        sizes,
        "line_ticks",
        what=lambda i: f"its ends have quantity ticks of {ticks[a[i]]:g} and {ticks[b[i]]:g} MW",
        fix="Give both zones the same quantity tick; a line between different ticks is not supported yet.",
    )
    out: BoolArray = limits | sizes
    return out


def _covered(cells: Cells, grid: IntArray, start: IntArray, minutes: IntArray) -> tuple[IntArray, IntArray]:
    """Return first cell and number of cells of periods at one end."""
    if not cells.grids:
        return start, start
    clock = Clock.of(cells)
    return cells.first[grid] + (start - clock.start[grid]) // clock.minutes[grid], minutes // clock.minutes[grid]


MOST_MW = 1e6
MOST_PRICE = 1e6


def sensible(table: Table, column: str, most: float, findings: Findings) -> FloatArray:
    """Return a column of numbers; those beyond any real one would only drown the sums."""
    values = table.floats(column)
    with np.errstate(invalid="ignore"):
        beyond = np.abs(values) > most
    findings.rows(
        table,
        beyond,
        "number_sensible",
        what=lambda i: f"{column} {values[i]:g} is beyond {most:,.0f}",
        fix=f"Send a number from {-most:,.0f} to {most:,.0f}.",
    )
    return values


def _capacity(table: Table, column: str, findings: Findings) -> FloatArray:
    values = sensible(table, column, MOST_MW, findings)
    findings.rows(
        table,
        values < 0,
        "capacity_not_negative",
        what=lambda i: f"{column} {values[i]} is negative",
        fix="Send a capacity of 0 MW or more in each direction.",
    )
    return values


@dataclass(frozen=True)
class _Periods:
    """Lines or borders, in name order, against the table of their periods.

    `row` is the row of each header, `wanted` its number of periods, `lost` says whose
    periods could not all be read (and were reported).
    """

    header: Table
    row: IntArray
    periods: Table
    wanted: IntArray
    lost: BoolArray

    def report_missing(self, given: IntArray, findings: Findings) -> None:
        """Report headers whose periods are not all there; `given` is the header of each distinct period."""
        if not self.periods.is_whole:
            return
        found = np.bincount(given, minlength=len(self.wanted))
        bad = np.flatnonzero((found < self.wanted) & ~self.lost)
        place = dict(zip(self.row[bad].tolist(), bad.tolist(), strict=True))
        name = self.periods.name
        findings.rows(
            self.header,
            np.sort(self.row[bad]),
            "mtus_complete",
            what=lambda r: f"{found[place[r]]} of {self.wanted[place[r]]} MTUs are given in {name}",
            fix=lambda r: f"Give all {self.wanted[place[r]]} MTUs of the horizon in {name}, each once.",
        )


def read_borders(borders: Table, periods: Table, places: Places, findings: Findings) -> Borders:
    """Return the borders with their terms for every MTU of their zone."""
    borders = drop_duplicates(borders, findings)
    names = Names.of(borders, "border")
    order = np.argsort(names.codes(borders.texts("border")), kind="stable")
    grid = places.grid_of(borders, findings)
    kind = borders.texts("kind")
    kinds = [k.value for k in BorderKind]
    is_kind = kind.is_in(kinds).to_numpy()
    findings.rows(
        borders,
        ~is_kind,
        "border_kind",
        what=lambda i: f"kind {kind[i]!r} is not known",
        fix=f"Write {' or '.join(kinds)}.",
    )
    is_fixed = (kind == BorderKind.FIXED.value).to_numpy()[order]
    good = ((grid >= 0) & is_kind)[order]
    grid = grid[order]
    border = names.find(periods, "border", "border_known", findings, "borders")
    its_grid = np.where((border >= 0) & good[border], grid[border], -1) if names.names else border
    position, _, fits = spans(periods, Clock.of(places.cells), its_grid, findings)
    known = (border >= 0) & good[border] if names.names else np.zeros(periods.count, dtype=np.bool_)
    _terms(periods, known, is_fixed[border] if names.names else known, findings)
    capacities = [_capacity(periods, f"capacity_{d}_mw", findings) for d in ("export", "import")]
    at = canonical(periods, (border, position), fits, findings)
    counts = np.array([g.cell_count for g in places.cells.grids], dtype=np.int64)
    wanted = np.where(good, counts[grid], 0) if len(counts) else np.zeros(len(grid), dtype=np.int64)
    lost = names.mask(periods.lost.to_list())
    _Periods(borders, order, periods, wanted, lost).report_missing(border[at], findings)
    return Borders(
        names.names,
        tuple(borders.texts("neighbour").gather(order).to_list()),
        grid,
        is_fixed.astype(np.int64),
        border[at],
        places.cells.first[its_grid[at]] + position[at],
        sensible(periods, "price_cur_per_mwh", MOST_PRICE, findings)[at],
        capacities[0][at],
        capacities[1][at],
        sensible(periods, "exchange_mw", MOST_MW, findings)[at],
    )


def _terms(periods: Table, known: BoolArray, is_fixed: BoolArray, findings: Findings) -> None:
    """Report periods that lack a term of their border's kind or have one of the other kind."""
    taking = ["price_cur_per_mwh", "capacity_export_mw", "capacity_import_mw"]
    filled = [periods.has(c) for c in taking]
    exchange = periods.has("exchange_mw")
    all_taking, any_taking = np.logical_and.reduce(filled), np.logical_or.reduce(filled)
    findings.rows(
        periods,
        known & ~is_fixed & (~all_taking | exchange),
        "price_taking_terms",
        what=lambda i: _filled(periods, i, "a price-taking border needs price and both capacities, and no exchange"),
        fix="Fill price, capacity_export_mw and capacity_import_mw; leave exchange_mw empty.",
    )
    findings.rows(
        periods,
        known & is_fixed & (~exchange | any_taking),
        "fixed_terms",
        what=lambda i: _filled(periods, i, "a fixed border needs an exchange and nothing else"),
        fix="Fill exchange_mw (positive = export); leave price and capacities empty.",
    )


def _filled(periods: Table, at: int, need: str) -> str:
    columns = [periods.title(c.name) for c in periods.spec.columns if c.is_optional and periods.has(c.name)[at]]
    return f"{need}; filled are {', '.join(columns) or 'none of them'}"
