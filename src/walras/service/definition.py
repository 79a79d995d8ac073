"""What a market is, as an operator defines it: places, network, currency, rules and timetable.

One definition holds for a range of delivery days. `tables_of` turns it into the tables of a
market folder for one of those days, which the readers of the book check like any other folder:
no rule of the book is written here again.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from walras.book import schema
from walras.book.columns import DTYPES

Finite = Annotated[float, Field(allow_inf_nan=False)]
Short = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9_. -]*$")]
Local = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Part(BaseModel):
    """A part of a definition: no field may be unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ZoneTerms(Part):
    """One bidding zone."""

    zone: Short
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    eic: Annotated[str, Field(max_length=16)] | None = None
    system_operator: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,19}$")] | None = None
    """Code of the company that declares the capacities at the zone's side of its lines."""
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    """Where pictures of the network put it; both or neither."""


class GridTerms(Part):
    """One carrier of a zone: MTU, limits and ticks; the day begins at a local time."""

    zone: Short
    carrier: Short
    mtu_minutes: Annotated[int, Field(ge=1, le=1440)]
    price_min_per_mwh: Finite
    price_max_per_mwh: Finite
    price_tick_per_mwh: Finite
    quantity_tick_mw: Finite
    begins: Local = "00:00"


class LineTerms(Part):
    """One line with the capacity that it has in every MTU unless a session says otherwise."""

    line: Short
    carrier: Short
    from_zone: Short
    to_zone: Short
    capacity_forward_mw: Finite
    capacity_backward_mw: Finite
    loss_forward: Finite | None = None
    loss_backward: Finite | None = None
    tariff_per_mwh: Finite | None = None
    eic: Annotated[str, Field(max_length=16)] | None = None


class CrossSectionTerms(Part):
    """Lines that are used together: all between two states (interstate), or some inside one (internal).

    `from_area` and `to_area` of an interstate cross-section are the countries. Lines that run against it are
    named once more in `reversed_lines`. Without limits of its own it carries what its lines carry.
    """

    cross_section: Short
    kind: Literal["interstate", "internal"]
    from_area: Short
    to_area: Short
    lines: Annotated[tuple[Short, ...], Field(min_length=1, max_length=200)]
    reversed_lines: Annotated[tuple[Short, ...], Field(max_length=200)] = ()
    capacity_forward_mw: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    capacity_backward_mw: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


class CapacityTerms(Part):
    """What a market says about its capacities beside its profile: times such as `D-1 10:00`, names of criteria.

    Without criteria of its own a market takes any: each system operator names those that it uses.
    """

    capacity_due: Annotated[str, Field(max_length=20)] | None = None
    nomination_due: Annotated[str, Field(max_length=20)] | None = None
    corridor_due: Annotated[str, Field(max_length=20)] | None = None
    criteria: Annotated[tuple[Short, ...], Field(max_length=20)] = ()


class RunTerms(Part):
    """How far a session's run may go, and how long its result may be objected to.

    Iterations end two runs at the same result; seconds do not, so they are the last resort of a
    profile that must have a result by a time, and a result that they cut short says so. Without
    objection minutes those of the profile hold, and so do its deadlines of the fallback ladder.
    """

    gap: Annotated[float, Field(ge=0.01, allow_inf_nan=False)] = 0.01
    iteration_limit: Annotated[int, Field(ge=1, lt=2**53)] | None = 5_000_000
    time_limit_seconds: Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)] | None = None
    objection_minutes: Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)] | None = None
    fallback_deadlines: Annotated[tuple[Annotated[str, Field(max_length=20)], ...], Field(max_length=10)] | None = None


class MarketDefinition(Part):
    """Everything that the sessions of a market have in common."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    time_zone: Annotated[str, Field(max_length=60)]
    profile: Short
    zones: Annotated[tuple[ZoneTerms, ...], Field(min_length=1, max_length=500)]
    grids: Annotated[tuple[GridTerms, ...], Field(min_length=1, max_length=1000)]
    lines: Annotated[tuple[LineTerms, ...], Field(max_length=2000)] = ()
    cross_sections: Annotated[tuple[CrossSectionTerms, ...], Field(max_length=500)] = ()
    capacity: CapacityTerms = CapacityTerms()
    timetable: dict[str, Any] = Field(default_factory=dict)
    run: RunTerms = RunTerms()


def tables_of(market: MarketDefinition, day: date) -> dict[str, pl.DataFrame]:
    """Return the tables of the market folder of one delivery day, without orders; columns as in `book.schema`."""
    zone = ZoneInfo(market.time_zone)
    grids = [_grid(g, day, zone) for g in market.grids]
    capacities = [row for line in market.lines for row in _capacities(market, line, day)]
    lines = [
        {
            **{name: getattr(line, name) for name in ("line", "carrier", "from_zone", "to_zone")},
            "loss_forward": line.loss_forward,
            "loss_backward": line.loss_backward,
            "tariff_cur_per_mwh": line.tariff_per_mwh,
        }
        for line in market.lines
    ]
    zones = [z.model_dump(exclude={"system_operator"}) for z in market.zones]
    rows = ((schema.ZONES, zones), (schema.GRIDS, grids), (schema.LINES, lines), (schema.LINE_CAPACITIES, capacities))
    return {spec.name: _frame(spec, table) for spec, table in rows if table}


def _grid(grid: GridTerms, day: date, zone: ZoneInfo) -> dict[str, Any]:
    """Return the row of a grid; where clocks skip the hour at which its day begins, it begins right after."""
    begins = time.fromisoformat(grid.begins)
    start, end = (datetime.combine(d, begins, zone).astimezone(UTC) for d in (day, day + timedelta(days=1)))
    return {
        "zone": grid.zone, "carrier": grid.carrier, "mtu_minutes": grid.mtu_minutes, "start": start, "end": end,
        "price_min_cur_per_mwh": grid.price_min_per_mwh, "price_max_cur_per_mwh": grid.price_max_per_mwh,
        "price_tick_cur_per_mwh": grid.price_tick_per_mwh, "quantity_tick_mw": grid.quantity_tick_mw,
    }  # fmt: skip


def line_span(market: MarketDefinition, line: LineTerms, day: date) -> tuple[int, int, int] | None:
    """Return begin and end of a line's day in UTC minutes, and the length of its MTU; None if it has no grids.

    The MTU is the longer one of its two ends, over the hours that both have.
    """
    zone = ZoneInfo(market.time_zone)
    ends = [g for g in market.grids if g.carrier == line.carrier and g.zone in (line.from_zone, line.to_zone)]
    rows = [_grid(g, day, zone) for g in ends]
    if not rows:
        return None
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    begin, end = max(r["start"] for r in rows), min(r["end"] for r in rows)
    minute = timedelta(minutes=1)
    return (begin - epoch) // minute, (end - epoch) // minute, max(r["mtu_minutes"] for r in rows)


def _capacities(market: MarketDefinition, line: LineTerms, day: date) -> list[dict[str, Any]]:
    """Return a row an MTU of the line."""
    span = line_span(market, line, day)
    if span is None:
        return []
    capacity = {name: getattr(line, name) for name in ("capacity_forward_mw", "capacity_backward_mw")}
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return [{"line": line.line, "mtu_start": epoch + timedelta(minutes=at)} | capacity for at in range(*span)]


def _frame(spec: schema.TableSpec, rows: list[dict[str, Any]]) -> pl.DataFrame:
    used = [c for c in spec.columns if any(row.get(c.name) is not None for row in rows)]
    return pl.DataFrame(
        [pl.Series(c.name, [_value(row.get(c.name)) for row in rows]).cast(DTYPES[c.kind]) for c in used]
    )


def _value(value: Any) -> Any:
    return value.astimezone(ZoneInfo("UTC")) if isinstance(value, datetime) else value
