"""Capacity_MarketDocument 8.4: what a border or line can carry, and what is left of it."""

from __future__ import annotations

from dataclasses import dataclass

from walras.formats.esmp import codes, values
from walras.formats.esmp.bindings.elements import many, maybe, one
from walras.formats.esmp.bindings.parts import Eic, Interval, Reason, SignedPeriod


@dataclass(kw_only=True)
class CapacitySeries:
    """Capacity from one zone into another, of one business type."""

    identification: str = one("mRID", values.text(60))
    business_type: str = one("businessType", values.code(codes.CAPACITY_BUSINESS))
    product: str = one("product", values.code(codes.PRODUCT))
    in_zone: Eic = one("in_Domain.mRID")
    out_zone: Eic = one("out_Domain.mRID")
    unit: str = one("measurement_Unit.name", values.code(codes.POWER_UNIT))
    auction: str | None = maybe("auction.mRID", values.text(60))
    curve_type: str | None = maybe("curveType", values.code(codes.CURVE_TYPE))
    line: Eic | None = maybe("connectingLine_RegisteredResource.mRID")
    periods: list[SignedPeriod] = many("Period", 1)
    reasons: list[Reason] = many("Reason")


@dataclass(kw_only=True)
class Capacity:
    """The document's root."""

    class Meta:
        """Its name and namespace."""

        name = "Capacity_MarketDocument"
        namespace = "urn:iec62325.351:tc57wg16:451-3:capacitydocument:8:4"

    identification: str = one("mRID", values.text(60))
    version: str = one("revisionNumber", values.version)
    kind: str = one("type", values.code(codes.CAPACITY_TYPE))
    process: str = one("process.processType", values.code(codes.PROCESS))
    sender: Eic = one("sender_MarketParticipant.mRID")
    sender_role: str = one("sender_MarketParticipant.marketRole.type", values.code(codes.ROLE))
    receiver: Eic = one("receiver_MarketParticipant.mRID")
    receiver_role: str = one("receiver_MarketParticipant.marketRole.type", values.code(codes.ROLE))
    created_at: str = one("createdDateTime", values.instant)
    interval: Interval = one("period.timeInterval")
    domain: Eic = one("domain.mRID")
    series: list[CapacitySeries] = many("TimeSeries")
    reasons: list[Reason] = many("Reason")
