"""Iberian offers as published: headers (CAB) and rows (DET) as columns, checked one by one.

Axes: h headers, n rows. Fields by their bytes, first and the one after (ISO 8859-1):

=== ================================= ===================================================
CAB 0-10 CodOferta, 15-22 CodigoUnidad 52-53 CV (C buys, V sells), 54-71 Fijoeuro, the fixed
                                      term of a scalable complex order in EUR
DET 0-10 CodOferta, 15-18 Periodo     18-20 NumBloq (0: no block), 20-22 NumTramo (step),
                                      22-24 NumGrupoExcl (0: no group), 24-41 PrecEuro,
                                      41-48 Potencia (increment, MW), 48-55 MAV (minimum
                                      acceptance power), 55-60 MAR (minimum acceptance ratio)
=== ================================= ===================================================

Quantities are not negative; CV is the only mark of the side. What rows mean together stands
in `omie_orders`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.book.findings import Findings
from walras.formats.omie_day import PRICE_TICK, PRICES, QUANTITY_TICK, ZONES, Day
from walras.formats.omie_fields import FixedWidth

CAB_WIDTH, DET_WIDTH = 94, 60
JUNK = 0.1
"""Rows of a period that the day does not have are dropped below this share of an average hour's rows."""

MILLI = 1000
"""Numbers are read in thousandths."""


@dataclass(frozen=True)
class Headers:
    """One an order, sorted by code; shapes (h,). `zone` counts in `ZONES`, `side` is +1 supply, -1 demand."""

    table: FixedWidth
    code: IntArray
    unit: pl.Series
    zone: IntArray
    side: IntArray
    fixed_term: FloatArray


@dataclass(frozen=True)
class Rows:
    """Steps and legs, shapes (n,): place of the header, period from 1, prices and quantities in ticks."""

    table: FixedWidth
    order: IntArray
    period: IntArray
    block: IntArray
    step: IntArray
    group: IntArray
    price: IntArray
    quantity: IntArray
    minimum: IntArray
    ratio: FloatArray

    def subset(self, rows: BoolArray) -> Rows:
        """Return some of the rows."""
        return Rows(
            self.table.subset(rows), self.order[rows], self.period[rows], self.block[rows], self.step[rows],
            self.group[rows], self.price[rows], self.quantity[rows], self.minimum[rows], self.ratio[rows],
        )  # fmt: skip


def read_headers(data: bytes, zones: bytes, day: Day) -> Headers:
    """Return the headers of a CAB file; a unit that `zones` does not list trades in Spain, and is noted."""
    findings = day.findings
    table = FixedWidth.of("CAB", data, CAB_WIDTH, findings)
    code, bad_code = table.numbers("CodOferta", (0, 10), 0, findings)
    fixed, bad_term = table.numbers("Fijoeuro", (54, 71), 3, findings)
    side = np.array([0, 1, -1])[(table.text[:, 52] == ord("V")) + 2 * (table.text[:, 52] == ord("C"))]
    findings.rows(
        table,
        side == 0,
        "side_known",
        what=lambda i: f"CV {chr(table.text[i, 52])!r} is not a side",
        fix="Send C for a purchase or V for a sale.",
    )
    findings.rows(
        table,
        ~bad_term & (fixed < 0),
        "fixed_term_not_negative",
        what=lambda i: f"Fijoeuro {fixed[i] / MILLI:.3f} is negative",
        fix="Send a fixed term of 0 EUR or more.",
    )
    by = np.flatnonzero(~bad_code)
    by = by[np.argsort(code[by], kind="stable")]
    again = np.zeros(len(by), dtype=np.bool_)
    again[1:] = code[by][1:] == code[by][:-1]
    findings.rows(
        table, by[again], "order_once", what=lambda i: f"order {code[i]} has another header", fix="Keep one of them."
    )
    by = by[~again]
    unit = table.texts((15, 22))[by.tolist()]
    return Headers(table, code[by], unit, _zones_of(unit, zones, day), side[by], fixed[by] / MILLI)


def _zones_of(unit: pl.Series, zones: bytes, day: Day) -> IntArray:
    """Return the zone of each unit."""
    name = "participants_bidding_zones"
    table = day.csv(name, zones, {"id_unidad": pl.String, "cat_bidding_zone": pl.String})
    if table is None:
        return np.zeros(len(unit), dtype=np.int64)
    index = {z.name: i for i, z in enumerate(ZONES)}
    traded = table.filter(pl.col("id_unidad").is_in(unit.unique().to_list()))
    for row, text, zone in traded.filter(~pl.col("cat_bidding_zone").is_in(list(index))).iter_rows():
        what, fix = f"unit {text} trades in the unknown zone {zone!r}", f"Use {' or '.join(index)}."
        day.findings.add(what, f"{name} row {row}", "zone_known", fix)
    one = traded.unique(["id_unidad", "cat_bidding_zone"])
    for text in one.filter(pl.col("id_unidad").is_duplicated())["id_unidad"].unique().sort():
        day.findings.add(f"unit {text} trades in two zones", name, "zone_once", "Keep one row a unit.")
    known = dict(one.select("id_unidad", "cat_bidding_zone").iter_rows())
    missing = int((~unit.unique().is_in(list(known))).sum())
    if missing:
        day.notes.append(f"units not in {name}, taken to trade in {ZONES[0].name}: {missing}")
    return np.array([index.get(known.get(u, ""), 0) for u in unit], dtype=np.int64)


def read_rows(data: bytes, headers: Headers, day: Day) -> Rows:
    """Return the rows of a DET file that can be read, checked one by one."""
    findings = day.findings
    table = FixedWidth.of("DET", data, DET_WIDTH, findings)
    fields = {
        "CodOferta": ((0, 10), 0),
        "Periodo": ((15, 18), 0),
        "NumBloq": ((18, 20), 0),
        "NumTramo": ((20, 22), 0),
        "NumGrupoExcl": ((22, 24), 0),
        "PrecEuro": ((24, 41), 3),
        "Potencia": ((41, 48), 3),
        "MAV": ((48, 55), 3),
        "MAR": ((55, 60), 3),
    }
    columns, good = [], np.ones(len(table.line), dtype=np.bool_)
    for title, (field, decimals) in fields.items():
        value, bad = table.numbers(title, field, decimals, findings)
        columns.append(value)
        good &= ~bad
    code, period, block, step, group, price, quantity, minimum, ratio = (c[good] for c in columns)
    table = table.subset(good)
    order = np.minimum(np.searchsorted(headers.code, code), max(len(headers.code) - 1, 0))
    known = headers.code[order] == code if len(headers.code) else np.zeros(len(code), dtype=np.bool_)
    findings.rows(
        table, ~known, "order_known", what=lambda i: f"order {code[i]} has no header in CAB", fix="Add its header."
    )
    prices, quantities = MILLI // PRICE_TICK.scale, MILLI // QUANTITY_TICK.scale
    _check_price(table, price, findings)
    for title, value in (("Potencia", quantity), ("MAV", minimum)):
        _check_quantity(table, title, value, findings)
    rows = Rows(
        table, order, period, block, step, group,
        price // prices, quantity // quantities, minimum // quantities, ratio / MILLI,
    )  # fmt: skip
    return rows.subset(known & _periods(table, period, day))


def _check_price(table: FixedWidth, price: IntArray, findings: Findings) -> None:
    low, high = PRICES
    findings.rows(
        table,
        (price < low * MILLI) | (price > high * MILLI),
        "price_limits",
        what=lambda i: f"PrecEuro {price[i] / MILLI:.3f} is outside [{low}, {high}] EUR/MWh",
        fix=f"Send a price from {low} to {high} EUR/MWh.",
    )
    findings.rows(
        table,
        price % (MILLI // PRICE_TICK.scale) != 0,
        "on_tick",
        what=lambda i: f"PrecEuro {price[i] / MILLI:.3f} is off the tick",
        fix=f"Use steps of {PRICE_TICK.size} EUR/MWh.",
    )


def _check_quantity(table: FixedWidth, title: str, value: IntArray, findings: Findings) -> None:
    findings.rows(
        table,
        value < 0,
        "quantity_not_negative",
        what=lambda i: f"{title} {value[i] / MILLI:.3f} is negative",
        fix="Send 0 MW or more; CV says the side.",
    )
    findings.rows(
        table,
        value % (MILLI // QUANTITY_TICK.scale) != 0,
        "on_tick",
        what=lambda i: f"{title} {value[i] / MILLI:.3f} is off the tick",
        fix=f"Use steps of {QUANTITY_TICK.size} MW.",
    )


def _periods(table: FixedWidth, period: IntArray, day: Day) -> BoolArray:
    """Return which rows lie inside the day; a few rows of a period that it does not have are dropped and noted."""
    inside = (period >= 1) & (period <= day.hours)
    most = JUNK * inside.sum() / day.hours
    outside = np.zeros(len(period), dtype=np.bool_)
    for extra in np.unique(period[~inside]).tolist():
        rows = period == extra
        if 1 <= extra <= 25 and rows.sum() < most:
            day.notes.append(f"rows of period {extra}, which {day.date} does not have, dropped: {rows.sum()}")
        else:
            outside |= rows
    day.findings.rows(
        table,
        outside,
        "period_inside_day",
        what=lambda i: f"period {period[i]} is outside the delivery day",
        fix=f"{day.date} has the periods 1 to {day.hours}.",
    )
    return inside
