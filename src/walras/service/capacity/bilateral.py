"""What a bilateral contract asks for: its path over the network, and whether its parties may."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import Connection

from walras.capacity.elements import Elements, IntArray
from walras.capacity.layers import DIRECTIONS
from walras.capacity.paths import Hop, Path, mistakes_in
from walras.capacity.permits import Permit, beyond
from walras.errors import BadInput, Mistake
from walras.service.batch import rights_of
from walras.service.capacity.state import State
from walras.service.commands.contracts import HopTerms
from walras.service.store import capacity as stored
from walras.service.store import contracts, users
from walras.service.work import Work, refuse

PathTerms = Sequence[Sequence[HopTerms]]


def path_of(elements: Elements, legs: PathTerms) -> Path:
    """Return the path that legs describe.

    Raises:
        BadInput: An element is unknown, or hops do not make a path; every mistake is listed.
    """
    wrong: list[Mistake] = []
    found = []
    for leg in legs:
        hops = []
        for hop in leg:
            try:
                element = elements.known(hop.element, "legs")
            except BadInput as error:
                wrong += error.mistakes
                continue
            hops.append(Hop(element, DIRECTIONS.index(hop.direction), hop.right or ""))
        found.append(tuple(hops))
    if not wrong:
        wrong = mistakes_in(Path(tuple(found)), elements, "legs")
    if wrong:
        raise BadInput(wrong)
    return Path(tuple(found))


def stored_path(elements: Elements, legs: list[list[dict[str, Any]]]) -> Path:
    """Return the path of a contract as it was stored."""
    return path_of(elements, [[HopTerms.model_validate(hop) for hop in leg] for leg in legs])


def check_member(work: Work, company: str, market: str, where: str) -> None:
    """Refuse who is no active member (rule `member_active`), or has no rights in the market (`member_admitted`)."""
    found: Any = users.company(work.connection, company)
    if found.role != "member" or found.state != "active":
        raise refuse(f"{company} is no active member", where, "member_active", "Name an active member.")
    rights_of(work.connection, company, market)


def check_rights(work: Work, market: str, elements: Elements, path: Path, registrant: str) -> None:
    """Refuse rights that do not fit the hops that use them, or are not the registrant's own (rule `right_fits`)."""
    wrong = []
    for hop in path.hops:
        if hop.right:
            right = stored.right(work.connection, market, hop.right)
            name = elements.items[hop.element].name
            if (right.element, right.direction) != (name, hop.direction) or right.holder != registrant:
                what = f"{right.id} is {right.holder}'s, of {right.element} {DIRECTIONS[right.direction]}"
                where = f"{name} {DIRECTIONS[hop.direction]}"
                wrong.append(
                    Mistake(
                        what,
                        where,
                        "right_fits",
                        "Name one of your own for this hop, or none.",
                    )
                )
    if wrong:
        raise BadInput(wrong)


def check_permits(
    work: Work, state: State, path: Path, seller: str, buyer: str, mtus: IntArray, more_kw: IntArray
) -> None:
    """Refuse what would take a party beyond its permits, with all that its contracts use (rule `permit_covers`)."""
    holders = {"none": [], "seller": [seller], "both": [seller, buyer]}[state.ledger.rules.permits]
    wrong: list[Mistake] = []
    for holder in holders:
        has = [
            Permit(p.id, p.holder, p.element, p.direction, p.most_kw, p.begin, p.end)
            for p in stored.permits_of(work.connection, state.market, holder)
        ]
        for hop in path.hops:
            name = state.elements.items[hop.element].name
            used = used_kw(work, state, holder, name, hop.direction, mtus) + more_kw
            wrong += beyond(has, holder, name, hop.direction, mtus[more_kw > 0], used[more_kw > 0])
    if wrong:
        raise BadInput(wrong)


def used_kw(work: Work, state: State, holder: str, element: str, direction: int, mtus: IntArray) -> IntArray:
    """Return what a company's contracts hold of an element and direction, where its permit counts; (t,)."""
    total = np.zeros(len(mtus), dtype=np.int64)
    if not len(mtus):
        return total
    permitted = state.ledger.rules.permits
    minutes = int(state.elements.minutes.max())
    for contract in contracts.alive(work.connection, state.market, int(mtus.min()), int(mtus.max()) + minutes):
        if holder != contract.seller and not (permitted == "both" and holder == contract.buyer):
            continue
        hops = [hop for leg in json.loads(contract.path) for hop in leg]
        for number, hop in enumerate(hops):
            if (hop["element"], DIRECTIONS.index(hop["direction"])) == (element, direction):
                total += state.ledger.volume(contract.id, mtus, number)
    return total


def wheeled(connection: Connection, market: str, day: date) -> set[str]:
    """Return the elements of contracts with several hops about a day: what one of them loses, they all lose."""
    noon = (day - date(1970, 1, 1)).days * 1440 + 720
    found: set[str] = set()
    for contract in contracts.alive(connection, market, noon - 2880, noon + 2880):
        names = {hop["element"] for leg in json.loads(contract.path) for hop in leg}
        found |= names if len(names) > 1 else set()
    return found
