"""Order tables to documents: what a member sees again as JSON, whatever it sent."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import polars as pl

from walras.book.columns import TIME_FORMAT
from walras.service.intake.documents import (
    BlockOrder,
    ConversionOrder,
    CurveOrder,
    CurvePeriod,
    CurveStep,
    Document,
    FlexibleOrder,
    Input,
    Leg,
    ScalableOrder,
    ScalablePeriod,
    ScalableStep,
    StorageOrder,
)
from walras.service.intake.tables import SPECS, OrderTables, canonical, plain

_Row = dict[str, Any]
_Rows = dict[str, list[_Row]]


def documents_of(tables: OrderTables) -> tuple[Document, ...]:
    """Return the orders of tables as documents: family by family, by name, MTUs and steps in their order.

    Nothing is checked: tables that `check` has taken give documents that it takes.
    """
    rows = {name: _rows(frame, name) for name, frame in canonical(tables).items()}
    by_order = {name: _by(rows.get(name, []), "child" if name == "block_links" else "order") for name in SPECS}
    return (
        *(_curve(r, by_order) for r in rows.get("curve_orders", [])),
        *(_block(r, by_order) for r in rows.get("block_orders", [])),
        *(FlexibleOrder.model_construct(family="flexible", **r) for r in rows.get("flexible_orders", [])),
        *(_scalable(r, by_order) for r in rows.get("scalable_orders", [])),
        *(StorageOrder.model_construct(family="storage", **r) for r in rows.get("storage_orders", [])),
    )


def _rows(frame: pl.DataFrame, name: str) -> list[_Row]:
    times = [c.name for c in SPECS[name].columns if c.kind == "time"]
    frame = frame.with_columns(frame[c].dt.strftime(TIME_FORMAT) for c in times).rename(plain)
    return list(frame.iter_rows(named=True))


def _by(rows: list[_Row], key: str) -> _Rows:
    found: _Rows = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return found


def _header(row: _Row) -> _Row:
    return {k: row[k] for k in ("order", "zone", "carrier", "side")}


def _curve(row: _Row, rows: dict[str, _Rows]) -> CurveOrder:
    periods = _by(rows["curve_steps"][row["order"]], "mtu_start")
    mtus = [
        CurvePeriod.model_construct(mtu_start=start, minutes=steps[0]["minutes"], steps=[_curve_step(s) for s in steps])
        for start, steps in periods.items()
    ]
    return CurveOrder.model_construct(family="curve", mtus=mtus, **_header(row))


def _curve_step(row: _Row) -> CurveStep:
    start, end = row["price_start_per_mwh"], row["price_end_per_mwh"]
    return CurveStep.model_construct(
        price_per_mwh=start, price_end_per_mwh=None if start == end else end, quantity_mw=row["quantity_mw"]
    )


def _block(row: _Row, rows: dict[str, _Rows]) -> BlockOrder:
    name = row["order"]
    legs = [
        Leg.model_construct(**{k: leg[k] for k in ("mtu_start", "minutes", "quantity_mw")})
        for leg in rows["block_legs"][name]
    ]
    groups = [r["group"] for r in rows["exclusive_groups"][name]]
    return BlockOrder.model_construct(
        family="block", **row, legs=legs, parents=[r["parent"] for r in rows["block_links"][name]],
        group=groups[0] if groups else None,
    )  # fmt: skip


def _scalable(row: _Row, rows: dict[str, _Rows]) -> ScalableOrder | ConversionOrder:
    name = row["order"]
    steps, least = _by(rows["scalable_steps"][name], "mtu_start"), _by(rows["scalable_minimums"][name], "mtu_start")
    mtus = [
        ScalablePeriod.model_construct(
            mtu_start=start,
            minimum_mw=least[start][0]["minimum_mw"] if start in least else None,
            steps=[
                ScalableStep.model_construct(price_per_mwh=s["price_per_mwh"], quantity_mw=s["quantity_mw"])
                for s in steps.get(start, [])
            ],
        )
        for start in sorted({*steps, *least})
    ]
    bought = rows["conversions"][name]
    if not bought:
        return ScalableOrder.model_construct(family="scalable", mtus=mtus, **row)
    source = {k.removeprefix("input_"): v for k, v in bought[0].items() if k != "order"}
    return ConversionOrder.model_construct(family="conversion", mtus=mtus, input=Input.model_construct(**source), **row)
