"""ReserveBid_MarketDocument 7.6: bids for reserve, with quantities and prices."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from walras.formats.esmp import codes, values
from walras.formats.esmp.bindings.elements import many, maybe, one
from walras.formats.esmp.bindings.parts import Eic, Interval


@dataclass(kw_only=True)
class BidPoint:
    """A position, from 1; megawatts, the least of them that may be taken, and a price, from there on."""

    position: int = one("position", values.position)
    quantity: Decimal = one("quantity.quantity", values.quantity)
    least: Decimal | None = maybe("minimum_Quantity.quantity", values.quantity)
    price: Decimal | None = maybe("price.amount", values.price)
    energy_price: Decimal | None = maybe("energy_Price.amount", values.price)


@dataclass
class BidPeriod:
    """An interval cut into blocks of one length."""

    interval: Interval = one("timeInterval")
    resolution: str = one("resolution", values.duration)
    points: list[BidPoint] = many("Point", 1)


@dataclass(kw_only=True)
class Bid:
    """One bid, and how it hangs together with others."""

    identification: str = one("mRID", values.text(60))
    auction: str | None = maybe("auction.mRID", values.text(60))
    business_type: str = one("businessType", values.code(codes.BID_BUSINESS))
    acquiring_zone: Eic = one("acquiring_Domain.mRID")
    connecting_zone: Eic = one("connecting_Domain.mRID")
    provider: Eic | None = maybe("provider_MarketParticipant.mRID")
    unit: str = one("quantity_Measurement_Unit.name", values.code(codes.POWER_UNIT))
    currency: str | None = maybe("currency_Unit.name", values.code(codes.CURRENCY))
    price_unit: str | None = maybe("price_Measurement_Unit.name", values.code(codes.PRICE_UNIT))
    divisible: str = one("divisible", values.code(codes.INDICATOR))
    linked: str | None = maybe("linkedBidsIdentification", values.text(60))
    multipart: str | None = maybe("multipartBidIdentification", values.text(60))
    exclusive: str | None = maybe("exclusiveBidsIdentification", values.text(60))
    block: str | None = maybe("blockBid", values.code(codes.INDICATOR))
    direction: str = one("flowDirection.direction", values.code(codes.DIRECTION))
    energy_price_unit: str | None = maybe("energyPrice_Measurement_Unit.name", values.code(codes.PRICE_UNIT))
    curve_type: str | None = maybe("curveType", values.code(codes.CURVE_TYPE))
    periods: list[BidPeriod] = many("Period", 1)


@dataclass(kw_only=True)
class ReserveBid:
    """The document's root."""

    class Meta:
        """Its name and namespace."""

        name = "ReserveBid_MarketDocument"
        namespace = "urn:iec62325.351:tc57wg16:451-7:reservebiddocument:7:6"

    identification: str = one("mRID", values.text(60))
    version: str = one("revisionNumber", values.version)
    kind: str = one("type", values.code(codes.BID_TYPE))
    process: str | None = maybe("process.processType", values.code(codes.PROCESS))
    sender: Eic = one("sender_MarketParticipant.mRID")
    sender_role: str = one("sender_MarketParticipant.marketRole.type", values.code(codes.ROLE))
    receiver: Eic = one("receiver_MarketParticipant.mRID")
    receiver_role: str = one("receiver_MarketParticipant.marketRole.type", values.code(codes.ROLE))
    created_at: str = one("createdDateTime", values.instant)
    interval: Interval = one("reserveBid_Period.timeInterval")
    domain: Eic = one("domain.mRID")
    subject: Eic | None = maybe("subject_MarketParticipant.mRID")
    subject_role: str | None = maybe("subject_MarketParticipant.marketRole.type", values.code(codes.ROLE))
    bids: list[Bid] = many("Bid_TimeSeries")
