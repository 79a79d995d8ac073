"""The table `trade_units`: in which unit the figures of each zone and carrier are.

A row with a zone wins over the row of its carrier; without either, figures are in MWh.
Written by operators; read by the converters in both directions.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from walras.book.cells import BoolArray, Cells
from walras.book.findings import Findings
from walras.book.schema import TRADE_UNITS
from walras.book.tables import Table, drop_duplicates, read_table
from walras.book.trade_units import MWH, TradeUnit, trade_unit
from walras.errors import BadInput
from walras.vocabulary import CARRIERS


@dataclass(frozen=True)
class GridUnits:
    """The trade unit of every grid (axis g).

    Attributes:
        unit: Unit of each grid, `MWH` where none is said.
        is_broken: Whether the rows that could name it have a mistake; shape (g,).
    """

    unit: tuple[TradeUnit, ...]
    is_broken: BoolArray

    @property
    def counted(self) -> list[int]:
        """Return the grids whose figures are not in MWh."""
        return [g for g, unit in enumerate(self.unit) if unit.mwh != 1]


def read_units(folder: Path, cells: Cells) -> GridUnits:
    """Return the trade units of a market's grids, from the folder that holds `trade_units`.

    Raises:
        BadInput: Everything that is wrong with the table.
    """
    findings = Findings()
    if not folder.is_dir():
        findings.add("there is no such folder", str(folder), "folder_present", "Name the folder with trade_units.")
        raise BadInput(findings.mistakes)
    units = units_of(read_table(folder, TRADE_UNITS, None, findings), cells, findings)
    if findings.mistakes:
        raise BadInput(findings.mistakes)
    return units


def units_of(table: Table, cells: Cells, findings: Findings, *, is_sure: bool = True) -> GridUnits:
    """Return the trade units of all grids; the rows' mistakes are reported.

    Args:
        table: Rows of `trade_units`.
        cells: Of the market.
        findings: Gets every mistake.
        is_sure: Whether `cells` hold all zones and grids; if not, none can be called unknown.
    """
    table = drop_duplicates(table, findings)
    lost = table.lost.to_list()
    places = [(cells.zones[g.zone].name, g.carrier) for g in cells.grids]
    known: dict[tuple[str, str | None], TradeUnit] = {}
    broken = {carrier for carrier in lost if carrier is not None}
    is_open = not table.is_whole or not table.count or None in lost
    for i, row in enumerate(table.frame.rows(named=True)):
        before = len(findings.mistakes)
        _check_place(table, i, cells, findings, is_sure=is_sure)
        if row["carrier"] in CARRIERS:
            try:
                known[row["carrier"], row["zone"]] = trade_unit(
                    row["carrier"], row["unit"], mwh_per_unit=row["mwh_per_unit"],
                    tonnes_per_barrel=row["tonnes_per_barrel"], mwh_per_tonne=row["mwh_per_tonne"],
                    where=table.where(i),
                )  # fmt: skip
            except BadInput as error:
                findings.mistakes.extend(error.mistakes)
        if len(findings.mistakes) > before:
            broken.add(row["carrier"])
    is_open |= any(carrier not in CARRIERS for carrier in broken)
    unit = [known.get((c, z), known.get((c, None))) for z, c in places]
    is_broken = [c in broken or (is_open and u is None) for (_, c), u in zip(places, unit, strict=True)]
    return GridUnits(tuple(u or MWH for u in unit), np.array(is_broken, dtype=np.bool_))


def _check_place(table: Table, at: int, cells: Cells, into: Findings, *, is_sure: bool) -> None:
    """Report a carrier or zone that is not one, or that trades nothing of the other."""
    carrier, zone, where = table.texts("carrier")[at], table.texts("zone")[at], table.where(at)
    if carrier not in CARRIERS:
        fix = f"Write one of {', '.join(CARRIERS)}."
        into.add(f"carrier {carrier!r} is not known", where, "carrier_known", fix)
    elif is_sure and zone is not None and all(z.name != zone for z in cells.zones):
        fix = "Name a row of zones, or leave the zone empty for all of them."
        into.add(f"zone {zone!r} is not in zones", where, "zone_known", fix)
    elif is_sure and not any(g.carrier == carrier and zone in {None, cells.zones[g.zone].name} for g in cells.grids):
        what = f"no zone has a grid for {carrier}" if zone is None else f"zone {zone!r} has no grid for {carrier}"
        into.add(what, where, "grid_known", "Remove the row, or add the zone and carrier to grids.")
