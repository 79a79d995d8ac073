"""What a contract may bring to an auction: orders of its buyer and seller, within their rights in the market."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from sqlalchemy import Connection

from walras.contracts.offers import DayOffer
from walras.errors import BadInput, Mistake
from walras.service.batch import rights_of
from walras.service.intake.rights import Rights
from walras.settlement.accounts import name_of

MOST_MW = 1e9
"""Where a member's orders have no limit."""


def right_mistakes(connection: Connection, market: str, offers: Sequence[DayOffer]) -> Iterator[Mistake]:
    """Yield contract days whose orders their members might not send themselves; by the rules of orders.

    Args:
        connection: A transaction.
        market: Code of the market.
        offers: What contracts would bring, with all of their steps.
    """
    known: dict[str, Rights | None] = {}
    for offer in offers:
        for member, zone in _places(offer):
            if member not in known:
                known[member] = _rights(connection, member, market)
            yield from _beyond(offer, member, zone, known[member])


def _places(offer: DayOffer) -> Iterator[tuple[str, str]]:
    """Yield who would send an order in which zone."""
    yield name_of(offer.contract.buyer), offer.meeting.delivery
    if offer.meeting.source is not None:
        yield name_of(offer.contract.seller), offer.meeting.source


def _rights(connection: Connection, member: str, market: str) -> Rights | None:
    try:
        return rights_of(connection, member, market)[0]
    except BadInput:
        return None


def _beyond(offer: DayOffer, member: str, zone: str, rights: Rights | None) -> Iterator[Mistake]:
    carrier, where = offer.meeting.carrier, f"contract {offer.contract.contract} {offer.day}"
    if rights is None or (rights.may_trade is not None and (zone, carrier) not in rights.may_trade):
        fix = "Have the member admitted there, or agree on another zone."
        yield Mistake(f"{member} may not trade {carrier} in zone {zone!r}", where, "member_may_trade", fix)
        return
    power = offer.power(offer.nominated + sum((s.quantity for s in offer.steps), Fraction(0)))
    most = min(rights.max_mw or MOST_MW, MOST_MW)
    if power > most:
        what = f"it brings {float(power):g} MW in one MTU; {member} may have {most:g} MW an order"
        yield Mistake(what, where, "member_limit", "Nominate less, or ask the operator for a higher limit.")
