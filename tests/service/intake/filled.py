"""Files of orders, written as members would write them."""

import io
import zipfile

import polars as pl
import xlsxwriter

from walras.service.intake.sheets import SHEETS
from walras.service.intake.tables import SPECS


def zipped(files, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return buffer.getvalue()


def table_zip(tables, kind="csv"):
    """A zip of tables named and titled as in the market folder."""
    files = {}
    for name, frame in tables.items():
        named = frame.rename({c.name: c.named("EUR") for c in SPECS[name].columns})
        named = named.select(c for c in named.columns if named[c].null_count() < named.height)
        buffer = io.BytesIO()
        if kind == "csv":
            named.with_columns(pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%SZ")).write_csv(buffer)
        else:
            named.write_parquet(buffer)
        files[f"{name}.{kind}"] = buffer.getvalue()
    return zipped(files)


def workbook(formula=None, more=(), **sheets):
    """A filled template: rows of dictionaries for each sheet, further sheets, a formula in one cell."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        for name in more:
            book.add_worksheet(name).write(0, 0, "notes")
        for sheet in SHEETS:
            page = book.add_worksheet(sheet.name)
            columns = [c.name for c in sheet.columns]
            rows = sheets.get(sheet.name, [])
            columns += sorted({c for row in rows for c in row} - set(columns))
            for i, column in enumerate(columns):
                page.write(0, i, column)
            for r, row in enumerate(rows, 1):
                for column, value in row.items():
                    page.write(r, columns.index(column), value)
            if formula and sheet.name == "Curves":
                page.write_formula(*formula)
    return buffer.getvalue()


SIDED = {"zone": "B", "carrier": "electricity", "side": "supply"}
CURVES = [
    {"order": "sell", **SIDED, "mtu_start": "2025-04-01 00:00", "step": 1, "price_start": 20, "quantity_mw": 5},
    {"order": "sell", "mtu_start": "2025-04-01 00:00+00:00", "step": 2, "price_start": 21, "price_end": 22.5,
     "quantity_mw": 5},
    {"order": "sell", "mtu_start": "2025-04-01 01:00Z", "step": 1, "price_start": 20, "quantity_mw": 5},
]  # fmt: skip
BLOCKS = [
    {"order": "parent", **SIDED, "price": 12, "min_acceptance_ratio": 0.5, "from": "2025-04-01 00:00",
     "to": "2025-04-01 02:00", "quantity_mw": 5},
    {"order": "child", **SIDED, "price": 12, "min_acceptance_ratio": 0.5, "from": "2025-04-01 00:00",
     "to": "2025-04-01 01:00", "quantity_mw": 5, "parents": "parent"},
    {"order": "child", "from": "2025-04-01 02:00", "to": "2025-04-01 03:00", "quantity_mw": 6},
    {"order": "one", **SIDED, "price": 12, "min_acceptance_ratio": 1, "from": "2025-04-01 00:00",
     "to": "2025-04-01 01:00", "quantity_mw": 5, "group": "choice"},
]  # fmt: skip
FLEXIBLE = [
    {"order": "flexible", "zone": "A", "carrier": "electricity", "side": "demand", "price": 30, "quantity_mw": 4,
     "minutes": 30, "window_from": "2025-04-01 00:30", "window_to": "2025-04-01 02:00"},
]  # fmt: skip
_TURBINE = {"zone": "A", "carrier": "electricity", "side": "supply", "fixed_term": 100.5}
_BOUGHT = {"input_zone": "B", "input_carrier": "electricity", "efficiency": 0.5, "outside_share": 0.25}
SCALABLE = [
    {"order": "turbine", **_TURBINE, **_BOUGHT, "gradient_up_mw": 5, "mtu_start": "2025-04-01 00:00", "step": 1,
     "price": 2, "quantity_mw": 4, "minimum_mw": 4},
    {"order": "turbine", "mtu_start": "2025-04-01 00:15", "step": 1, "price": 2, "quantity_mw": 4},
]  # fmt: skip
STORAGE = [
    {"order": "battery", "zone": "A", "carrier": "electricity", "charge_mw": 2, "discharge_mw": 3, "capacity_mwh": 7.5,
     "spread": 1.5, "charge_efficiency": 0.9},
]  # fmt: skip
EVERY_SHEET = {"Curves": CURVES, "Blocks": BLOCKS, "Flexible": FLEXIBLE, "Scalable": SCALABLE, "Storage": STORAGE}
FLAT = """order,zone,carrier,side,mtu_start,step,price_start,price_end,quantity_mw
sell,B,electricity,supply,2025-04-01T00:00:00Z,1,20,20,5
sell,B,electricity,supply,2025-04-01T00:00:00Z,2,21,21,5
need,A,electricity,demand,2025-04-01T00:00:00Z,1,19,19,5
"""
