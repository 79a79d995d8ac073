"""Who is needed: the residual supply index (RSI) of every supplier in every zone and MTU.

In one cell, with the supply S that all offer, the import capacity I, the offer s[i] of supplier i,
the demand D, and obligations q (`obligations`)::

    RSI[i]         = (S + I + Q - s[i] - q_out[i]) / (D + Q)              (O.3)
    RSI_net[i]     = (S + I + Q - max(s[i] - q_off[i], 0)) / (D + Q)      (O.4)
    i is pivotal   where its RSI is below 1                               (O.5)

D is accepted demand and what the zone exports. q_off is what i must deliver anyway and offers
here, q_out what it delivers outside of the auction, Q the sum of all q_out; without a table of
obligations both indices are the same. I is the import capacity of the lines (what arrives of it,
after losses) and of the price-taking borders, and fixed imports. The screen of a supplier: its RSI may be
below 1.1 in 5 percent of the hours at the most. Sources: Sheffrin, "Predicting Market Power Using
the Residual Supply Index", California ISO (2002); London Economics for the European Commission,
"Structure and Performance of Six European Wholesale Electricity Markets" (2007).

What is not counted, and why: whether the neighbour could fill the import capacity (lines are
counted in full, so the index is too high where it could not); of a flow-based domain only what was imported,
as how much more it could carry depends on the other zones (too low); energy limits of stores, ramps, minimum
powers (`offers`); demand that would do without at a higher price: D is what was accepted.
Capacity that is not offered at all is not supply here: withholding it is another question.
Axes: c cells, n rows (a supplier in a cell, sorted by cell, then by name).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.book.spans import MICROSECONDS
from walras.oversight.groups import Groups
from walras.oversight.obligations import Obligations
from walras.oversight.offers import Offers, offers_of
from walras.results.raw import Raw, line_ends, spread, total_by
from walras.results.results import Results
from walras.results.tables import TIME

THRESHOLD, SHARE_OF_HOURS = 1.1, 5.0


@dataclass(frozen=True)
class Screen:
    """A supplier fails where its RSI is below `threshold` in more than `share_of_hours` percent of the hours."""

    threshold: float = THRESHOLD
    share_of_hours: float = SHARE_OF_HOURS


def pivotal(
    book: Book, results: Results, groups: Groups | None = None, obligations: Obligations | None = None
) -> pl.DataFrame:
    """Return the RSI of every supplier in every cell in which it offers, or has to deliver, anything.

    Columns: `zone`, `carrier`, `mtu_start`, `minutes`, `supplier`, `offered_mw`, `supply_mw` of all, `import_mw`,
    `demand_mw`, `obligation_mw` (its own), `rsi`, `rsi_net`, `is_pivotal` and `is_pivotal_net`; the last four are empty
    where nothing is demanded.

    Args:
        book: The auction.
        results: Its outcome; published volumes count.
        groups: Members that count as one.
        obligations: What suppliers must deliver anyway; of members, not of groups.

    Example:
        M offers 60 of 100 MW, 20 MW may be imported, 80 MW are bought: RSI = (100 + 20 - 60) / 80 = 0.75, pivotal.
        If 40 of its 60 MW are sold already: (120 - 20) / 80 = 1.25, not pivotal.
    """
    groups, given = groups or Groups(), obligations or Obligations.none()
    raw, offers, count = Raw(book), offers_of(book, results, groups), book.cells.count
    owners = tuple(sorted({*offers.owners, *(groups.owner(m) for m in given.member)}))
    own, owner, cell, inside, outside = _rows(offers, owners, groups, given)
    imports, exports = exchanged(raw, results)
    side = offers.is_supply == 1
    supply = total_by(offers.cell[side], offers.offered[side], count)
    demand = total_by(offers.cell[~side], offers.accepted[~side], count) + exports
    beside = total_by(cell, outside, count)
    there = (supply + imports + beside)[cell]
    wanted = (demand + beside)[cell]
    rsi, net = (
        np.divide(there - mine, wanted, out=np.full(len(cell), np.nan), where=wanted > 0)
        for mine in (own + outside, np.maximum(own - inside, 0.0))
    )
    cells = book.cells
    table = pl.DataFrame(
        {
            "zone": pl.Series([z.name for z in cells.zones], dtype=pl.String).gather(pl.Series(cells.zone[cell])),
            "carrier": pl.Series([g.carrier for g in cells.grids], dtype=pl.String).gather(pl.Series(cells.grid[cell])),
            "mtu_start": pl.Series(cells.start[cell] * MICROSECONDS, dtype=pl.Int64).cast(TIME),
            "minutes": cells.minutes[cell],
            "supplier": pl.Series(list(owners), dtype=pl.String).gather(pl.Series(owner)),
            "offered_mw": np.round(own, 9),
            "supply_mw": np.round(supply[cell], 9),
            "import_mw": np.round(imports[cell], 9),
            "demand_mw": np.round(demand[cell], 9),
            "obligation_mw": np.round(inside + outside, 9),
            "rsi": pl.Series(np.round(rsi, 9)).fill_nan(None),
            "rsi_net": pl.Series(np.round(net, 9)).fill_nan(None),
        }
    )
    return table.with_columns((pl.col("rsi") < 1).alias("is_pivotal"), (pl.col("rsi_net") < 1).alias("is_pivotal_net"))


def exchanged(raw: Raw, results: Results) -> tuple[FloatArray, FloatArray]:
    """Return import capacity and exports of each cell in MW; shape (c,) each."""
    book, volumes, count = raw.book, results.published, raw.book.cells.count
    lines, borders, domains = book.lines, book.borders, book.domains
    arrives_forward, arrives_backward, _ = raw.line_terms
    leaving, entering = line_ends(volumes)
    begin, from_cell = spread(lines.from_cell, lines.from_cells)
    end, to_cell = spread(lines.to_cell, lines.to_cells)
    imports = total_by(to_cell, (lines.capacity_forward * arrives_forward)[end], count)
    imports += total_by(from_cell, (lines.capacity_backward * arrives_backward)[begin], count)
    exports = total_by(from_cell, np.maximum(leaving, 0)[begin], count)
    exports += total_by(to_cell, np.maximum(-entering, 0)[end], count)
    fixed = borders.is_fixed.astype(bool)[borders.period_border]
    _, _, room = borders.terms(book.cells)
    imports += total_by(
        borders.period_cell, np.where(fixed, np.maximum(-volumes.border, 0), np.nan_to_num(room)), count
    )
    exports += total_by(borders.period_cell, np.maximum(volumes.border, 0), count)
    if domains.count:
        mean = volumes.domain * raw.exchange_share
        imports += total_by(domains.exchange_cell, np.maximum(-mean, 0), count)
        exports += total_by(domains.exchange_cell, np.maximum(mean, 0), count)
    return imports, exports


def summarise(table: pl.DataFrame, screen: Screen | None = None) -> pl.DataFrame:
    """Return one row a zone, carrier and supplier of tables of one or of many days, who is needed most first.

    Columns: keys, `hours` of its zone in which anything was offered and demanded, `lowest_rsi`, `pivotal_hours`,
    the share of hours in percent with an RSI below the threshold, `below`, whether it `fails` the screen, and the same
    of the net RSI: `lowest_rsi_net`, `pivotal_hours_net`, `below_net`, `fails_net`. In hours in which it
    offers nothing a supplier is not pivotal.
    """
    limits, keys, hours = screen or Screen(), ["zone", "carrier", "supplier"], pl.col("minutes") / 60
    used = table.filter(pl.col("rsi").is_not_null())
    long = used.unique(["zone", "carrier", "mtu_start"]).group_by("zone", "carrier").agg(hours.sum().alias("hours"))
    figures = [pl.col(f"rsi{end}").min().alias(f"lowest_rsi{end}") for end in ("", "_net")]
    for end in ("", "_net"):
        rsi = pl.col(f"rsi{end}")
        figures += [
            hours.filter(rsi < 1).sum().alias(f"pivotal_hours{end}"),
            hours.filter(rsi < limits.threshold).sum().alias(f"below{end}"),
        ]
    out = used.group_by(keys).agg(figures).join(long, on=["zone", "carrier"])
    share = [(100 * pl.col(f"below{end}") / pl.col("hours")).round(6).alias(f"below{end}") for end in ("", "_net")]
    fails = [(pl.col(f"below{end}") > limits.share_of_hours).alias(f"fails{end}") for end in ("", "_net")]
    ends = [f"{n}{end}" for end in ("", "_net") for n in ("lowest_rsi", "pivotal_hours", "below", "fails")]
    order = ["zone", "carrier", "lowest_rsi", "supplier"]
    return out.with_columns(share).with_columns(fails).select(*keys, "hours", *ends).sort(order)


def _rows(
    offers: Offers, owners: tuple[str, ...], groups: Groups, given: Obligations
) -> tuple[FloatArray, IntArray, IntArray, FloatArray, FloatArray]:
    """Return offer, owner, cell, obligation inside and outside of each supplier and cell; shape (n,) each."""
    place = {name: i for i, name in enumerate(owners)}
    of_offers = np.array([place[o] for o in offers.owners], dtype=np.int64)
    side, many = offers.is_supply == 1, max(len(owners), 1)
    bound = np.array([place[groups.owner(m)] for m in given.member], dtype=np.int64)
    key = np.concatenate([offers.cell[side] * many + of_offers[offers.owner[side]], given.cell * many + bound])
    kept, row = np.unique(key, return_inverse=True)
    first = int(side.sum())
    none = np.zeros(len(given.cell))
    own = total_by(row, np.concatenate([offers.offered[side], none]), len(kept))
    zero = np.zeros(first)
    inside = total_by(row, np.concatenate([zero, np.where(given.is_outside, 0.0, given.quantity)]), len(kept))
    outside = total_by(row, np.concatenate([zero, np.where(given.is_outside, given.quantity, 0.0)]), len(kept))
    some = own + inside + outside > 0
    return own[some], kept[some] % many, kept[some] // many, inside[some], outside[some]
