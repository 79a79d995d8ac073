"""Lines and borders in trade units to MWh: nothing there has a tick, so nothing is rounded.

A line is in the unit of its `from_zone`, a border in that of its zone; losses are shares.
"""

from __future__ import annotations

from walras.book.tables import Table
from walras.formats.trade_unit_rounding import Conversion, grids_by_name


def convert_network(tables: dict[str, Table], conversion: Conversion) -> dict[str, Table]:
    """Return the tables of lines and borders in MW and currency per MWh."""
    lines, capacities = tables["lines"], tables["line_capacities"]
    borders, periods = tables["borders"], tables["border_periods"]
    of_line, of_border = conversion.grid_of(lines), conversion.grid_of(borders)
    line, border = (
        grids_by_name(header, grid, rows)
        for header, grid, rows in ((lines, of_line, capacities), (borders, of_border, periods))
    )
    both = "capacity_forward_mw", "capacity_backward_mw"
    outside = "capacity_export_mw", "capacity_import_mw", "exchange_mw"
    return {
        "lines": conversion.exact(lines, of_line, (), ("tariff_cur_per_mwh",)),
        "line_capacities": conversion.exact(capacities, line, both),
        "border_periods": conversion.exact(periods, border, outside, ("price_cur_per_mwh",)),
    }
