"""The network of a result as its public bundle holds it: places, lines with their limits, borders, domains.

The bundle is what everybody downloads, so nothing here is known to the pages alone. A result
that is not certified has no bundle: then links have neither carrier nor limit, and no place.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection

from walras.service.publication import reading
from walras.service.publication.reading import Published

BUNDLE = "public.zip"
TABLES = (
    "zones", "grids", "lines", "line_capacities", "borders", "border_periods", "domains", "critical_branches", "ptdfs",
)  # fmt: skip
Room = tuple[float | None, float | None]
"""Limits along a link and against it in MW; None where there is none."""


@dataclass(frozen=True)
class Network:
    """What the bundle says of the network.

    Attributes:
        places: Latitude and longitude of the zones that have them.
        carrier: Of lines, borders and domains by name.
        tariff: Of lines, per MWh that is sent.
        room: Of a line or border in the period that begins then.
        price_tick: Per MWh in the market's currency, by zone and carrier.
        quantity_tick: In MW by zone and carrier.
        branches: Critical branches with their margins, and their factors; empty without domains.
    """

    places: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    carrier: Mapping[str, str] = field(default_factory=dict)
    tariff: Mapping[str, float] = field(default_factory=dict)
    room: Mapping[tuple[str, datetime], Room] = field(default_factory=dict)
    price_tick: Mapping[tuple[str, str], float] = field(default_factory=dict)
    quantity_tick: Mapping[tuple[str, str], float] = field(default_factory=dict)
    branches: pl.DataFrame = field(default_factory=pl.DataFrame)
    factors: pl.DataFrame = field(default_factory=pl.DataFrame)


def network_of(connection: Connection, of: Published) -> Network:
    """Return the network of a result, an empty one if its bundle is not there."""
    if BUNDLE not in reading.names(connection, of):
        return Network()
    with zipfile.ZipFile(io.BytesIO(reading.file(connection, of, BUNDLE).content)) as bundle:
        tables = {name: _table(bundle, name) for name in TABLES}
    carriers = {r["line"]: r["carrier"] for r in _rows(tables["lines"])}
    carriers |= {r["border"]: r["carrier"] for r in _rows(tables["borders"])}
    carriers |= {r["domain"]: r["carrier"] for r in _rows(tables["domains"])}
    room: dict[tuple[str, datetime], Room] = {
        (r["line"], r["mtu_start"]): (r["capacity_forward_mw"], r["capacity_backward_mw"])
        for r in _rows(tables["line_capacities"])
    }
    room |= {
        (r["border"], r["mtu_start"]): (r.get("capacity_export_mw"), r.get("capacity_import_mw"))
        for r in _rows(tables["border_periods"])
    }
    return Network(
        places={
            r["zone"]: (r["latitude"], r["longitude"])
            for r in _rows(tables["zones"])
            if r.get("latitude") is not None and r.get("longitude") is not None
        },
        carrier=carriers,
        tariff={r["line"]: t for r in _rows(tables["lines"]) if (t := _amount(r, "tariff_")) is not None},
        room=room,
        price_tick={
            (r["zone"], r["carrier"]): tick
            for r in _rows(tables["grids"])
            if (tick := _amount(r, "price_tick_")) is not None
        },
        quantity_tick={(r["zone"], r["carrier"]): r["quantity_tick_mw"] for r in _rows(tables["grids"])},
        branches=tables["critical_branches"],
        factors=tables["ptdfs"],
    )


def _table(bundle: zipfile.ZipFile, name: str) -> pl.DataFrame:
    path = f"market/{name}.csv"
    if path not in bundle.namelist():
        return pl.DataFrame()
    words = (
        "zone",
        "line",
        "carrier",
        "from_zone",
        "to_zone",
        "border",
        "neighbour",
        "kind",
        "domain",
        "branch",
        "country",
    )
    read = pl.read_csv(bundle.read(path), schema_overrides=dict.fromkeys(words, pl.String), infer_schema_length=None)
    times = [c for c in ("mtu_start",) if c in read.columns and read.schema[c] == pl.String]
    return read.with_columns(
        pl.col(c).str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC", time_unit="us") for c in times
    )


def _rows(table: pl.DataFrame) -> list[dict[str, Any]]:
    return table.to_dicts()


def _amount(row: Mapping[str, Any], name: str) -> float | None:
    """Return a field whose name ends with the currency."""
    return next((v for n, v in row.items() if n.startswith(name) and v is not None), None)
