"""A folder in trade units: gas of two zones in 1000 m3 (10 and 10.55 MWh), electricity beside it, one order a family.

The gas day has two MTUs of half a day. Ticks: 0.01 EUR/MWh, 1 MW; limits -500 and 4,000 EUR/MWh.
"""

from __future__ import annotations

from pathlib import Path

from tests.folders import Folder

FIRST, SECOND, END = "2026-06-10T00:00:00Z", "2026-06-10T12:00:00Z", "2026-06-11T00:00:00Z"
_HEAD = "order,member,zone,carrier,side"
TABLES = {
    "trade_units": "carrier,zone,unit,mwh_per_unit\ngas,,1000 m3,10\ngas,B,1000 m3,10.55",
    "zones": "zone,country\nA,XA\nB,XB",
    "grids": "zone,carrier,mtu_minutes,price_min_eur_per_mwh,price_max_eur_per_mwh,price_tick_eur_per_mwh,"
    "quantity_tick_mw\nA,electricity,720,-500,4000,0.01,1\nA,gas,720,-500,4000,0.01,1\nB,gas,720,-500,4000,0.01,1",
    "lines": "line,carrier,from_zone,to_zone,loss_forward,tariff_eur_per_mwh\npipe,gas,B,A,0.01,5.275",
    "line_capacities": "line,mtu_start,capacity_forward_mw,capacity_backward_mw\n"
    f"pipe,{FIRST},2,3\npipe,{SECOND},2.5,0",
    "borders": "border,zone,carrier,neighbour,kind\nship,A,gas,X,price_taking\npier,B,gas,Y,fixed",
    "border_periods": "border,mtu_start,price_eur_per_mwh,capacity_export_mw,capacity_import_mw,exchange_mw\n"
    f"ship,{FIRST},300.5,1.23,4,\nship,{SECOND},310,1,4,\npier,{FIRST},,,,2\npier,{SECOND},,,,-0.1",
    "curve_orders": f"{_HEAD}\nwells,w,B,gas,supply\nstoves,s,B,gas,demand\nlamps,l,A,electricity,demand",
    "curve_steps": "order,mtu_start,step,price_start_eur_per_mwh,price_end_eur_per_mwh,quantity_mw\n"
    f"wells,{FIRST},1,100,200,1.5\nwells,{FIRST},2,200,200,20\nstoves,{FIRST},1,633.5,600,5.05\n"
    f"lamps,{FIRST},1,200,200,50",
    "block_orders": f"{_HEAD},price_eur_per_mwh,min_acceptance_ratio\nfield,w,B,gas,supply,211.05,0.5",
    "block_legs": f"order,mtu_start,quantity_mw\nfield,{FIRST},1\nfield,{SECOND},2",
    "flexible_orders": f"{_HEAD},price_eur_per_mwh,quantity_mw,minutes\nkiln,k,A,gas,demand,300.11,1.27,720",
    "scalable_orders": f"{_HEAD},fixed_term_eur,gradient_up_mw,gradient_down_mw\n"
    "plant,p,A,electricity,supply,7,,\nimport,i,B,gas,supply,900.5,1.33,1",
    "scalable_steps": "order,mtu_start,step,price_eur_per_mwh,quantity_mw\n"
    f"plant,{FIRST},1,3,60\nimport,{FIRST},1,100,1.21\nimport,{FIRST},2,110,2.22\nimport,{SECOND},1,100,2",
    "scalable_minimums": f"order,mtu_start,minimum_mw\nimport,{FIRST},1.5\nimport,{SECOND},2",
    "conversions": "order,input_zone,input_carrier,efficiency,outside_share\nplant,A,gas,0.55,",
    "storage_orders": "order,member,zone,carrier,charge_mw,discharge_mw,capacity_mwh,spread_eur_per_mwh,start_mwh,"
    "end_mwh,charge_efficiency\ncavern,c,B,gas,1,2,100,3.01,7,8,0.99",
}
TOML = """format = "walras-market"
version = 1
name = "A folder in trade units"
currency = "EUR"
time_zone = "UTC"
delivery_day = 2026-06-10
rules_profile = "european"
"""


class UnitFolder(Folder):
    """A folder of CSV tables in trade units that can be changed row by row."""

    def __init__(self, path: Path, **tables: str):
        self.path = path
        path.mkdir(parents=True)
        (path / "market.toml").write_text(TOML)
        for name, text in (TABLES | tables).items():
            if text:
                (path / f"{name}.csv").write_text(text + "\n")

    def remove(self, table: str) -> UnitFolder:
        """Remove the file of a table."""
        (self.path / f"{table}.csv").unlink()
        return self
