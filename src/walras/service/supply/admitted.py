"""Which parties of a supply contract may trade: active members, admitted to the market and to what it brings there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection

from walras.contracts import Contract
from walras.errors import BadInput, Mistake
from walras.service.batch import rights_of
from walras.service.store import users
from walras.settlement.accounts import name_of, role_of

Product = tuple[str, str]
"""Zone and carrier."""


def products_of(contract: Contract) -> dict[str, set[Product]]:
    """Return what a contract has orders for: the buyer sells where it is delivered, the seller buys at the source.

    >>> from walras.contracts.examples import gas_agreement
    >>> products_of(gas_agreement().contracts[0])
    {'member/XA-fields': set(), 'member/XB-homes': set()}
    """
    found: dict[str, set[Product]] = {contract.seller: set(), contract.buyer: set()}
    meeting = contract.meeting
    if meeting is not None:
        found[contract.buyer].add((meeting.delivery, meeting.carrier))
        if meeting.source is not None:
            found[contract.seller].add((meeting.source, meeting.carrier))
    return found


def admission_mistakes(
    connection: Connection, market: str, account: str, products: Iterable[Product] = ()
) -> Iterator[Mistake]:
    """Yield why a party may not trade: it is no active member of the market, or not admitted to a zone and carrier.

    Args:
        connection: A transaction.
        market: Code of the market.
        account: Of the party.
        products: Zones and carriers in which contracts have orders of it.
    """
    code = name_of(account)
    fix = "Name a member that is admitted to the market, and to the zones in which the contract has orders of it."
    try:
        company: Any = users.company(connection, code)
        if role_of(account) != "member" or company.role != "member" or company.state != "active":
            yield Mistake(f"{account} is no active member", f"party {code}", "supply_party_admitted", fix)
            return
        admitted = rights_of(connection, code, market)[0].may_trade
    except BadInput as error:
        yield Mistake(error.mistakes[0].what, f"party {code}", "supply_party_admitted", fix)
        return
    for zone, carrier in sorted({*products} - admitted) if admitted is not None else ():
        what = f"{code} is not admitted to {carrier} in {zone[:40]!r}"
        yield Mistake(what, f"party {code}", "supply_party_admitted", fix)
