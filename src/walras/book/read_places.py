"""Zones and grids to cells: where and when prices form.

A grid with a mistake is left out of the cells but remembered, so that orders in it are
not called homeless as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from stdnum.eu import eic

from walras.book.cells import Cells, Grid, IntArray, Zone
from walras.book.findings import Findings
from walras.book.names import Names
from walras.book.read_terms import Terms
from walras.book.spans import MICROSECONDS, time_text
from walras.book.tables import Table, drop_duplicates
from walras.book.ticks import counted, tick_of
from walras.vocabulary import CARRIERS

BROKEN, NONE = -1, -2
LONGEST_DAYS = 366


@dataclass(frozen=True)
class Places:
    """Cells of the good grids, and how other tables find their grid.

    Attributes:
        cells: Of every grid without a mistake.
        zones: Names of all zones, good and bad.
        lookup: Grid of each zone and carrier, `BROKEN` or `NONE`; shape (zones, carriers).
    """

    cells: Cells
    zones: Names
    lookup: IntArray

    def grid_of(self, table: Table, findings: Findings, zone: str = "zone", carrier: str = "carrier") -> IntArray:
        """Return the grid of each row, -1 where it has none or a broken one; mistakes are reported."""
        z = self.zones.find(table, zone, "zone_known", findings, "zones")
        k = carriers_of(table, findings, carrier)
        found = np.full(table.count, BROKEN, dtype=np.int64)
        both = (z >= 0) & (k >= 0)
        found[both] = self.lookup[z[both], k[both]]
        findings.rows(
            table,
            found == NONE,
            "grid_known",
            what=lambda i: f"zone {table.texts(zone)[i]!r} has no grid for {table.texts(carrier)[i]}",
            fix="Add the zone and carrier to grids, or name a carrier that the zone has.",
        )
        return np.maximum(found, -1)


def carriers_of(table: Table, findings: Findings, column: str = "carrier") -> IntArray:
    """Return the carrier of each row as a position in `CARRIERS`, -1 for an unknown one (reported)."""
    texts = table.texts(column)
    codes = texts.cast(pl.Enum(CARRIERS), strict=False).to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
    findings.rows(
        table,
        codes < 0,
        "carrier_known",
        what=lambda i: f"carrier {texts[i]!r} is not known",
        fix=f"Write one of {', '.join(CARRIERS)}.",
    )
    return codes


def read_places(zones: Table, grids: Table, terms: Terms, findings: Findings) -> Places:
    """Return zones and cells."""
    zones = drop_duplicates(zones, findings)
    names = Names.of(zones, "zone")
    all_zones = _zones(zones, names, findings)
    grids = drop_duplicates(grids, findings)
    z = names.find(grids, "zone", "zone_known", findings, "zones")
    k = carriers_of(grids, findings)
    lookup = np.full((len(names.names), len(CARRIERS)), NONE if grids.is_whole else BROKEN, dtype=np.int64)
    lookup[names.mask(grids.lost.to_list())] = BROKEN
    good: list[Grid] = []
    unnamed: list[int] = []
    # a row a grid: tens of rows, and every rule speaks of several columns at once
    for i in sorted(range(grids.count), key=lambda i: (int(z[i]), grids.texts("carrier")[i])):
        if z[i] < 0 or k[i] < 0:
            if z[i] >= 0:
                unnamed.append(int(z[i]))
            continue
        grid = _grid(grids, i, int(z[i]), terms, findings)
        lookup[z[i], k[i]] = BROKEN if grid is None else len(good)
        if grid is not None:
            good.append(grid)
    # where the carrier of a grid is not known, no carrier of its zone can be called missing
    lookup[unnamed] = np.where(lookup[unnamed] == NONE, BROKEN, lookup[unnamed])
    return Places(Cells(all_zones, tuple(good)), names, lookup)


def _zones(table: Table, names: Names, findings: Findings) -> tuple[Zone, ...]:
    """Return the zones sorted by name; what is wrong with them is reported and does not matter to other tables."""
    countries, codes = table.texts("country"), table.texts("eic")
    findings.rows(
        table,
        ~countries.str.contains(r"^[A-Z]{2}$").to_numpy(),
        "country_code",
        what=lambda i: f"country {countries[i]!r} is no country code",
        fix="Write two capital letters, such as IT (ISO 3166 alpha-2).",
    )
    is_eic = np.array([c is None or (bool(eic.is_valid(c)) and eic.compact(c) == c) for c in codes], dtype=np.bool_)
    findings.rows(
        table,
        ~is_eic,
        "eic_valid",
        what=lambda i: f"eic {codes[i]!r} is no EIC code: 16 characters, the last one a check character",
        fix="Copy the code from the publisher's list, or leave it empty.",
    )
    twice = (codes.is_not_null() & ~codes.is_first_distinct()).to_numpy()
    findings.rows(
        table, twice, "eic_unique", what=lambda i: f"eic {codes[i]!r} belongs to an earlier zone",
        fix="Give each zone its own code, or leave it empty.",
    )  # fmt: skip
    latitude, longitude = table.floats("latitude"), table.floats("longitude")
    findings.rows(
        table,
        (np.abs(latitude) > 90) | (np.abs(longitude) > 180) | (np.isnan(latitude) != np.isnan(longitude)),
        "place_on_earth",
        what=lambda i: f"latitude {latitude[i]}, longitude {longitude[i]} is no place on earth",
        fix="Write a latitude from -90 to 90 and a longitude from -180 to 180, or leave both empty.",
    )
    rows = dict(zip(table.texts("zone").to_list(), table.frame.rows(named=True), strict=True))
    return tuple(
        Zone(n, rows[n]["eic"], rows[n]["country"], rows[n]["latitude"], rows[n]["longitude"]) for n in names.names
    )


def _grid(table: Table, i: int, zone: int, terms: Terms, findings: Findings) -> Grid | None:
    """Return one grid, None if something is wrong with it."""
    before = len(findings.mistakes)
    row, where = table.frame.row(i, named=True), table.where(i)
    horizon = _horizon(row, where, terms, findings)
    price = tick_of(row["price_tick_cur_per_mwh"])
    quantity = tick_of(row["quantity_tick_mw"])
    for column, tick in (("price_tick_cur_per_mwh", price), ("quantity_tick_mw", quantity)):
        if tick is None:
            what = f"{table.title(column)} {row[column]!r} is not a positive decimal with at most nine decimals"
            findings.add(what, where, "tick_decimal", "Write a tick such as 0.01.")
    limits = []
    for column in ("price_min_cur_per_mwh", "price_max_cur_per_mwh"):
        if price is None:
            continue
        ticks, off, too_large = counted(np.array([row[column]]), np.array([price.step]), np.array([price.scale]))
        if off[0] or too_large[0]:
            what = f"{table.title(column)} {row[column]!r} is not a multiple of the tick {price.size:g}"
            findings.add(what, where, "price_on_tick", f"Round it to a multiple of {price.size:g}.")
        limits.append(int(ticks[0]))
    if row["price_min_cur_per_mwh"] >= row["price_max_cur_per_mwh"]:
        what = f"price_min {row['price_min_cur_per_mwh']} is not below price_max {row['price_max_cur_per_mwh']}"
        findings.add(what, where, "price_limits_ordered", "Write a lower limit below the upper one.")
    if len(findings.mistakes) > before or horizon is None or price is None or quantity is None:
        return None
    return Grid(zone, row["carrier"], row["mtu_minutes"], *horizon, limits[0], limits[1], price, quantity)


def _horizon(row: dict[str, object], where: str, terms: Terms, findings: Findings) -> tuple[int, int] | None:
    """Return start and end of one grid in minutes UTC; the delivery day unless the row says otherwise."""
    mtu = row["mtu_minutes"]
    assert isinstance(mtu, int)
    if mtu <= 0:
        findings.add(f"mtu_minutes {mtu} is not positive", where, "mtu_positive", "Write a length such as 60.")
    if (row["start"] is None) != (row["end"] is None):
        what = "only one of start and end is given"
        findings.add(what, where, "horizon_ends", "Give both, or neither for the delivery day.")
        return None
    if row["start"] is None:
        start, end = terms.day_start, terms.day_end
    else:
        (start, odd), (end, odd_end) = (divmod(_microseconds(row[c]), MICROSECONDS) for c in ("start", "end"))
        if odd or odd_end:
            findings.add("start or end is not a whole minute", where, "horizon_minutes", "Round to minutes.")
    if start is None or end is None:
        return None
    if not start < end <= start + LONGEST_DAYS * 24 * 60:
        what = f"the horizon [{time_text(start)}, {time_text(end)}) is not between one MTU and {LONGEST_DAYS} days long"
        findings.add(what, where, "horizon_length", "Write an end after the start.")
    elif mtu > 0 and (end - start) % mtu:
        what = f"the horizon of {end - start} minutes is no multiple of the MTU of {mtu} minutes"
        findings.add(what, where, "horizon_whole_mtus", f"Write a horizon of a multiple of {mtu} minutes.")
    return start, end


def _microseconds(value: object) -> int:
    return int(pl.Series([value], dtype=pl.Datetime("us", "UTC")).to_physical()[0])
