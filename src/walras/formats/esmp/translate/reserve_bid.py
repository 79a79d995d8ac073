"""Bids for reserve: between binding and noun."""

from __future__ import annotations

from walras.formats.esmp.bindings import reserve_bid as xml
from walras.formats.esmp.bindings.parts import Eic
from walras.formats.esmp.documents import ReserveBidDocument
from walras.formats.esmp.nouns import Bid
from walras.formats.esmp.translate.heads import read_bounded, write_bounded, write_subject
from walras.formats.esmp.translate.parts import read_code, read_flag, read_party, write_code, write_flag
from walras.formats.esmp.translate.periods import read_bid_periods, write_bid_periods


def read(document: xml.ReserveBid) -> ReserveBidDocument:
    """Return bids as a noun."""
    return ReserveBidDocument(
        **read_bounded(document),
        version=int(document.version),
        kind=document.kind,
        process=document.process,
        subject=read_party(document.subject, document.subject_role),
        bids=tuple(_read_bid(b) for b in document.bids),
    )


def write(document: ReserveBidDocument) -> xml.ReserveBid:
    """Return the binding of bids."""
    return xml.ReserveBid(
        **write_bounded(document),
        **write_subject(document.subject),
        version=str(document.version),
        kind=document.kind,
        process=document.process,
        bids=[_write_bid(b) for b in document.bids],
    )


def _read_bid(bid: xml.Bid) -> Bid:
    return Bid(
        identification=bid.identification,
        business_type=bid.business_type,
        acquiring_zone=bid.acquiring_zone.value,
        connecting_zone=bid.connecting_zone.value,
        direction=bid.direction,
        divisible=bid.divisible == "A01",
        periods=read_bid_periods(bid.periods),
        provider=read_code(bid.provider),
        auction=bid.auction,
        currency=bid.currency,
        price_unit=bid.price_unit,
        energy_price_unit=bid.energy_price_unit,
        linked=bid.linked,
        multipart=bid.multipart,
        exclusive=bid.exclusive,
        block=read_flag(bid.block),
    )


def _write_bid(bid: Bid) -> xml.Bid:
    return xml.Bid(
        identification=bid.identification,
        auction=bid.auction,
        business_type=bid.business_type,
        acquiring_zone=Eic(bid.acquiring_zone),
        connecting_zone=Eic(bid.connecting_zone),
        provider=write_code(bid.provider),
        unit="MAW",
        currency=bid.currency,
        price_unit=bid.price_unit,
        divisible=write_flag(bid.divisible) or "",
        linked=bid.linked,
        multipart=bid.multipart,
        exclusive=bid.exclusive,
        block=write_flag(bid.block),
        direction=bid.direction,
        energy_price_unit=bid.energy_price_unit,
        curve_type="A01",
        periods=write_bid_periods(bid.periods),
    )
