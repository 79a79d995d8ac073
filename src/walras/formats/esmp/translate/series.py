"""Series of schedules, the same in schedules, anomaly reports and confirmations."""

from __future__ import annotations

from typing import Any

from walras.formats.esmp.bindings import parts as xml
from walras.formats.esmp.nouns import ScheduleSeries
from walras.formats.esmp.translate.parts import read_code, read_reasons, write_code, write_reasons
from walras.formats.esmp.translate.periods import read_periods, write_periods

ACTIVE_POWER = "8716867000016"


def read_series(series: xml.ScheduleSeries | xml.ReasonedSeries | xml.ConfirmedSeries) -> ScheduleSeries:
    """Return a series as a noun."""
    return ScheduleSeries(
        identification=series.identification,
        version=int(series.version),
        business_type=series.business_type,
        periods=read_periods(series.periods),
        in_zone=read_code(series.in_zone),
        out_zone=read_code(series.out_zone),
        in_party=read_code(series.in_party),
        out_party=read_code(series.out_party),
        contract_kind=series.contract_kind,
        agreement=series.agreement,
        line=read_code(series.line),
        aggregation=series.aggregation,
        reasons=read_reasons(_reasons(series)),
    )


def _reasons(series: xml.ScheduleSeries | xml.ReasonedSeries | xml.ConfirmedSeries) -> list[xml.Reason]:
    if isinstance(series, xml.ScheduleSeries):
        return [series.reason] if series.reason else []
    return series.reasons


def write_schedule_series(series: ScheduleSeries) -> xml.ScheduleSeries:
    """Return a series of a schedule, which may have one reason."""
    assert len(series.reasons) <= 1, "a series of a schedule has one reason at most"
    reasons = write_reasons(series.reasons)
    return xml.ScheduleSeries(
        **_head(series), periods=write_periods(series.periods), reason=reasons[0] if reasons else None
    )


def write_reasoned_series(series: ScheduleSeries) -> xml.ReasonedSeries:
    """Return a series of an anomaly report, or one that is imposed."""
    reasons = write_reasons(series.reasons)
    return xml.ReasonedSeries(**_head(series), periods=write_periods(series.periods), reasons=reasons)


def write_confirmed_series(series: ScheduleSeries) -> xml.ConfirmedSeries:
    """Return a confirmed series."""
    reasons = write_reasons(series.reasons)
    return xml.ConfirmedSeries(**_head(series), periods=write_periods(series.periods), reasons=reasons)


def _head(series: ScheduleSeries) -> dict[str, Any]:
    return {
        "identification": series.identification,
        "version": str(series.version),
        "business_type": series.business_type,
        "product": ACTIVE_POWER,
        "aggregation": series.aggregation,
        "in_zone": write_code(series.in_zone),
        "out_zone": write_code(series.out_zone),
        "in_party": write_code(series.in_party),
        "out_party": write_code(series.out_party),
        "contract_kind": series.contract_kind,
        "agreement": series.agreement,
        "line": write_code(series.line),
        "unit": "MAW",
        "curve_type": "A01",
    }
