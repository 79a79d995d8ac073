"""Elements that several kinds of documents share: intervals, reasons, points, periods, series of schedules."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from walras.formats.esmp import codes, values
from walras.formats.esmp.bindings.elements import many, maybe, one


@dataclass
class Eic:
    """A code with its coding scheme, which is always A01: EIC."""

    value: str = field(metadata={"type": "Text", "check": values.eic})
    scheme: str = field(
        default="A01", metadata={"name": "codingScheme", "type": "Attribute", "check": values.code(codes.CODING_SCHEME)}
    )


@dataclass
class Interval:
    """Start and end in UTC minutes, the end excluded."""

    start: str = one("start", values.minute)
    end: str = one("end", values.minute)


@dataclass
class Reason:
    """Why: a code and a text."""

    code: str = one("code", values.code(codes.REASON))
    text: str | None = maybe("text", values.text(512))


@dataclass
class Point:
    """A position, from 1, and megawatts from there on, without sign."""

    position: int = one("position", values.position)
    quantity: Decimal = one("quantity", values.quantity)


@dataclass
class SignedPoint:
    """A position, from 1, and megawatts from there on, of either sign."""

    position: int = one("position", values.position)
    quantity: Decimal = one("quantity", values.signed_quantity)


@dataclass
class Period:
    """An interval cut into blocks of one length."""

    interval: Interval = one("timeInterval")
    resolution: str = one("resolution", values.duration)
    points: list[Point] = many("Point", 1)


@dataclass
class SignedPeriod:
    """An interval cut into blocks of one length; megawatts may be negative."""

    interval: Interval = one("timeInterval")
    resolution: str = one("resolution", values.duration)
    points: list[SignedPoint] = many("Point", 1)


@dataclass(kw_only=True)
class SeriesHead:
    """What a series of schedules has before its periods, the same in schedule, anomaly and confirmation."""

    identification: str = one("mRID", values.text(60))
    version: str = one("version", values.version)
    business_type: str = one("businessType", values.code(codes.SCHEDULE_BUSINESS))
    product: str = one("product", values.code(codes.PRODUCT))
    aggregation: str = one("objectAggregation", values.code(codes.AGGREGATION))
    in_zone: Eic | None = maybe("in_Domain.mRID")
    out_zone: Eic | None = maybe("out_Domain.mRID")
    in_party: Eic | None = maybe("in_MarketParticipant.mRID")
    out_party: Eic | None = maybe("out_MarketParticipant.mRID")
    contract_kind: str | None = maybe("marketAgreement.type", values.code(codes.CONTRACT))
    agreement: str | None = maybe("marketAgreement.mRID", values.text(60))
    line: Eic | None = maybe("connectingLine_RegisteredResource.mRID")
    unit: str = one("measurement_Unit.name", values.code(codes.POWER_UNIT))
    curve_type: str | None = maybe("curveType", values.code(codes.CURVE_TYPE))


@dataclass(kw_only=True)
class ScheduleSeries(SeriesHead):
    """A series of a schedule: periods, and at most one reason."""

    periods: list[Period] = many("Period", 1)
    reason: Reason | None = maybe("Reason")


@dataclass(kw_only=True)
class ReasonedSeries(SeriesHead):
    """A series of an anomaly report, or one that is imposed: periods and why."""

    periods: list[Period] = many("Period", 1)
    reasons: list[Reason] = many("Reason", 1)


@dataclass(kw_only=True)
class ConfirmedSeries(SeriesHead):
    """A confirmed series, which may leave out its periods and reasons."""

    periods: list[Period] = many("Period")
    reasons: list[Reason] = many("Reason")
