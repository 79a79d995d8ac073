"""Capacities: between binding and noun."""

from __future__ import annotations

from walras.formats.esmp.bindings import capacity as xml
from walras.formats.esmp.bindings.parts import Eic
from walras.formats.esmp.documents import CapacityDocument
from walras.formats.esmp.nouns import CapacitySeries
from walras.formats.esmp.translate.heads import read_bounded, write_bounded
from walras.formats.esmp.translate.parts import read_code, read_reasons, write_code, write_reasons
from walras.formats.esmp.translate.periods import read_periods, write_signed_periods
from walras.formats.esmp.translate.series import ACTIVE_POWER


def read(document: xml.Capacity) -> CapacityDocument:
    """Return capacities as a noun."""
    return CapacityDocument(
        **read_bounded(document),
        version=int(document.version),
        kind=document.kind,
        process=document.process,
        reasons=read_reasons(document.reasons),
        series=tuple(_read_series(s) for s in document.series),
    )


def write(document: CapacityDocument) -> xml.Capacity:
    """Return the binding of capacities."""
    return xml.Capacity(
        **write_bounded(document),
        version=str(document.version),
        kind=document.kind,
        process=document.process,
        reasons=write_reasons(document.reasons),
        series=[_write_series(s) for s in document.series],
    )


def _read_series(series: xml.CapacitySeries) -> CapacitySeries:
    return CapacitySeries(
        identification=series.identification,
        business_type=series.business_type,
        in_zone=series.in_zone.value,
        out_zone=series.out_zone.value,
        periods=read_periods(series.periods),
        line=read_code(series.line),
        auction=series.auction,
        reasons=read_reasons(series.reasons),
    )


def _write_series(series: CapacitySeries) -> xml.CapacitySeries:
    return xml.CapacitySeries(
        identification=series.identification,
        business_type=series.business_type,
        product=ACTIVE_POWER,
        in_zone=Eic(series.in_zone),
        out_zone=Eic(series.out_zone),
        unit="MAW",
        auction=series.auction,
        curve_type="A01",
        line=write_code(series.line),
        periods=write_signed_periods(series.periods),
        reasons=write_reasons(series.reasons),
    )
