"""How concentrated a market is: the Herfindahl-Hirschman index (HHI) by zone, carrier, MTU and side, and of areas.

With the volumes v of the owners i on one side of one market::

    share[i] = v[i] / sum over i of v[i]                                  (O.1)
    HHI      = 10,000 * sum over i of share[i]**2                         (O.2)

so that n equal owners have 10,000 / n and one alone has 10,000 (percent shares squared). Source:
Rhoades, "The Herfindahl-Hirschman Index", Federal Reserve Bulletin 79 (1993), 188; thresholds of
1,500 and 2,500: U.S. Department of Justice and Federal Trade Commission, Horizontal Merger Guidelines
(2010), section 5.3 (those of 2023 have 1,800 instead of 2,500: both are parameters).

Not counted: imports over borders to the world outside and fixed exchanges, which no member owns;
supply of other zones, except in a coupled area; energy under bilateral contracts, which is not in
the auction; and who stands behind two members, unless the table of groups says it.
Axes: c cells, n rows of `offers`, m markets (a cell or an area, and a side).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.book.spans import MICROSECONDS
from walras.oversight.areas import areas_of
from walras.oversight.groups import Groups
from walras.oversight.offers import Offers, offers_of
from walras.results.raw import total_by
from walras.results.results import Results
from walras.results.tables import TIME

SCALE = 10_000.0
MODERATE, HIGH = 1500.0, 2500.0
SIDES = ("demand", "supply")
KEYS = ("zone", "carrier", "side")


@dataclass(frozen=True)
class Thresholds:
    """From which HHI a market counts as moderately, and as highly concentrated (source: module)."""

    moderate: float = MODERATE
    high: float = HIGH


def hhi(volume: FloatArray, market: IntArray, count: int) -> FloatArray:
    """Return the HHI of each market (eq. O.2), NaN where there is no volume; shape (count,).

    Args:
        volume: Of one owner in one market, not negative; shape (n,).
        market: Market of each volume, 0 to count - 1; an owner must not come twice in one; shape (n,).
        count: How many markets there are.

    Example:
        Shares of 50, 30 and 20 percent: 2,500 + 900 + 400 = 3,800.

        >>> hhi(np.array([50.0, 30.0, 20.0, 7.0]), np.array([0, 0, 0, 1]), 2).tolist()
        [3800.0, 10000.0]
    """
    total = total_by(market, volume, count)
    share = np.divide(volume, total[market], out=np.zeros(len(volume)), where=total[market] > 0)
    squares = total_by(market, share * share, count)
    return np.where(total > 0, np.round(SCALE * squares, 6), np.nan)


def concentration(book: Book, results: Results, groups: Groups | None = None) -> pl.DataFrame:
    """Return the HHI of every zone, carrier, MTU and side in which anybody offers anything.

    Columns: `zone`, `carrier`, `mtu_start`, `minutes`, `side`, `offered_mwh`, `accepted_mwh`, `hhi_offered`,
    `hhi_accepted` (empty where nothing was accepted), `owners` that offer, `largest` owner by accepted (by offered
    where nothing was), and its `largest_share` in percent.

    Args:
        book: The auction.
        results: Its outcome; published volumes count.
        groups: Members that count as one.
    """
    cells, offers = book.cells, offers_of(book, results, groups)
    found = _figures(offers, offers.cell, cells.hours)
    cell = found.market // 2
    zones = pl.Series([z.name for z in cells.zones], dtype=pl.String)
    heads = {
        "zone": zones.gather(pl.Series(cells.zone[cell])),
        "carrier": _carriers(book, cell),
        "mtu_start": pl.Series(cells.start[cell] * MICROSECONDS, dtype=pl.Int64).cast(TIME),
        "minutes": cells.minutes[cell],
    }
    return pl.DataFrame(heads | found.columns())


def area_concentration(book: Book, results: Results, groups: Groups | None = None) -> pl.DataFrame:
    """Return the HHI of every coupled area (`areas`) and side; shares are of energy in all its cells together.

    Columns as of `concentration`, with `area` (its zones, joined by " + ") in the place of `zone`, and `zones`, their
    number. `mtu_start` is the area's first moment, `minutes` its whole length.
    """
    cells, offers, area = book.cells, offers_of(book, results, groups), areas_of(book, results)
    found = _figures(offers, area[offers.cell], cells.hours)
    count = int(area.max(initial=-1)) + 1
    begin, end = np.full(count, np.iinfo(np.int64).max), np.zeros(count, dtype=np.int64)
    np.minimum.at(begin, area, cells.start)
    np.maximum.at(end, area, cells.start + cells.minutes)
    some = np.full(count, -1)
    some[area[::-1]] = np.arange(cells.count)[::-1]
    titles, zones = _titles(book, area, count)
    mine = found.market // 2
    heads = {
        "area": titles.gather(pl.Series(mine)),
        "zones": zones[mine],
        "carrier": _carriers(book, some[mine]),
        "mtu_start": pl.Series(begin[mine] * MICROSECONDS, dtype=pl.Int64).cast(TIME),
        "minutes": (end - begin)[mine],
    }
    return pl.DataFrame(heads | found.columns())


def summarise(table: pl.DataFrame, thresholds: Thresholds | None = None) -> pl.DataFrame:
    """Return one row a zone (or area), carrier and side of tables of one or of many days.

    Columns: the keys, `hours`, `mean_hhi_accepted` and `mean_hhi_offered` over time, `max_hhi_accepted`, and the shares
    of hours, in percent, in which the HHI of accepted volumes is above the thresholds: `above_moderate`, `above_high`.
    """
    limits, keys = thresholds or Thresholds(), ["area" if "area" in table.columns else "zone", *KEYS[1:]]
    hours, accepted = pl.col("minutes") / 60, pl.col("hhi_accepted")
    traded = hours.filter(accepted.is_not_null()).sum()
    return (
        table.group_by(keys)
        .agg(
            hours.sum().round(6).alias("hours"),
            ((accepted * hours).sum() / traded).round(6).alias("mean_hhi_accepted"),
            ((pl.col("hhi_offered") * hours).sum() / hours.sum()).round(6).alias("mean_hhi_offered"),
            accepted.max().alias("max_hhi_accepted"),
            *(
                (100 * hours.filter(accepted > limit).sum() / traded).round(6).alias(f"above_{name}")
                for name, limit in (("moderate", limits.moderate), ("high", limits.high))
            ),
        )
        .with_columns(pl.col(pl.Float64).fill_nan(None))
        .sort(keys)
    )


@dataclass(frozen=True)
class _Figures:
    """Figures of markets; each of shape (m,), but for the names of owners."""

    market: IntArray
    offered: FloatArray
    accepted: FloatArray
    hhi_offered: FloatArray
    hhi_accepted: FloatArray
    owners: IntArray
    largest: IntArray
    largest_share: FloatArray
    names: tuple[str, ...]

    def columns(self) -> dict[str, object]:
        """Return the columns after those that say which market a row is of."""
        word = pl.Series(list(SIDES)).gather(pl.Series(self.market % 2))
        return {
            "side": word,
            "offered_mwh": np.round(self.offered, 9),
            "accepted_mwh": np.round(self.accepted, 9),
            "hhi_offered": pl.Series(self.hhi_offered).fill_nan(None),
            "hhi_accepted": pl.Series(self.hhi_accepted).fill_nan(None),
            "owners": self.owners,
            "largest": pl.Series(list(self.names), dtype=pl.String).gather(pl.Series(self.largest)),
            "largest_share": np.round(100 * self.largest_share, 6),
        }


def _figures(offers: Offers, place: IntArray, hours: FloatArray) -> _Figures:
    """Return figures of places (cells or areas) and sides from rows, whose energy is summed by owner first."""
    many = max(len(offers.owners), 1)
    key, row = np.unique((place * 2 + offers.is_supply) * many + offers.owner, return_inverse=True)
    length = hours[offers.cell]
    offered, accepted = (total_by(row, v * length, len(key)) for v in (offers.offered, offers.accepted))
    market, at = np.unique(key // many, return_inverse=True)
    count = len(market)
    total, taken = (total_by(at, v, count) for v in (offered, accepted))
    weight = np.where(taken[at] > 0, accepted, offered)
    order = np.lexsort((np.arange(len(key)), -weight, at))  # the largest of each market first, then by name
    first = order[np.searchsorted(at[order], np.arange(count))]
    whole = np.where(taken > 0, taken, total)
    return _Figures(
        market, total, taken, hhi(offered, at, count), hhi(accepted, at, count), np.bincount(at, minlength=count),
        key[first] % many, weight[first] / whole, offers.owners,
    )  # fmt: skip


def _carriers(book: Book, cell: IntArray) -> pl.Series:
    names = pl.Series([g.carrier for g in book.cells.grids], dtype=pl.String)
    return names.gather(pl.Series(book.cells.grid[cell]))


def _titles(book: Book, area: IntArray, count: int) -> tuple[pl.Series, IntArray]:
    """Return the zones of each area as one text, and how many they are."""
    many = len(book.cells.zones)
    pairs = np.unique(area * many + book.cells.zone)
    names = [book.cells.zones[z].name for z in (pairs % many).tolist()]
    frame = pl.DataFrame({"area": pairs // many, "zone": pl.Series(names, dtype=pl.String)})
    joined = frame.group_by("area", maintain_order=True).agg(pl.col("zone").sort().str.join(" + "))
    return joined["zone"], np.bincount(pairs // many, minlength=count)
