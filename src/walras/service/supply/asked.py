"""Who is asked about a supply agreement: its parties and the operators of its hops; and who sees which versions.

A party is a member that is admitted to the market; the operator of a hop is a system operator. Names of
contracts are codes, for orders, accounts and holdings of capacity bear them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Row

from walras.contracts import Agreement, Contract
from walras.errors import BadInput, Mistake
from walras.service.definition import LineTerms
from walras.service.roles import Actor, Role
from walras.service.store import markets, users
from walras.service.store import supply as stored
from walras.service.supply.admitted import Product, admission_mistakes, products_of
from walras.service.supply.offered import covered
from walras.service.terms import market_terms
from walras.settlement.accounts import name_of, role_of

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
NAME = re.compile(r"[^\x00-\x1f\x7f]{1,200}")


@dataclass(frozen=True)
class Asked:
    """Codes of the companies that a version names: parties and operators of hops, each sorted."""

    parties: tuple[str, ...]
    operators: tuple[str, ...]

    @property
    def everybody(self) -> frozenset[str]:
        """Return all of them."""
        return frozenset({*self.parties, *self.operators})

    @property
    def body(self) -> dict[str, list[str]]:
        """Return them as they are stored."""
        return {"parties": list(self.parties), "operators": list(self.operators)}


def asked_of(agreement: Agreement) -> Asked:
    """Return whom an agreement names."""
    parties = {name_of(a) for c in agreement.contracts for a in (c.seller, c.buyer)}
    operators = {name_of(h.operator) for c in agreement.contracts for h in c.hops}
    return Asked(tuple(sorted(parties)), tuple(sorted(operators)))


def stored_asked(row: Row[Any]) -> Asked:
    """Return whom a stored version names."""
    body = json.loads(row.asked)
    return Asked(tuple(body["parties"]), tuple(body["operators"]))


def naming_mistakes(connection: Connection, market: str, agreement: Agreement, mine: str) -> list[Mistake]:
    """Return what is wrong with the names of an agreement: of itself, its contracts, and everybody in it.

    Args:
        connection: A transaction.
        market: Code of the market.
        agreement: As it reads.
        mine: Id of the agreement of which it is a version; empty for a new one.
    """
    found = list(_names(agreement))
    for contract in stored.named_elsewhere(connection, market, mine, [c.contract for c in agreement.contracts]):
        what, fix = "another agreement of the market has a contract of this name", "Give it another name."
        found.append(Mistake(what, f"contract {contract}", "supply_contract_once", fix))
    misfits = list(fitting_mistakes(connection, market, agreement))
    products: dict[str, set[Product]] = {}
    for c in agreement.contracts:
        for account, asked in products_of(c).items():
            products.setdefault(account, set()).update(() if misfits else asked)
    for account in sorted(products):
        found += admission_mistakes(connection, market, account, products[account])
    for account in sorted({h.operator for c in agreement.contracts for h in c.hops}):
        found += _operator(connection, account)
    return found + misfits


def fitting_mistakes(connection: Connection, market: str, agreement: Agreement) -> Iterator[Mistake]:
    """Yield contracts that name zones, lines or days that the market does not have on their first day (of those known).

    A version of the market that begins later, or none that holds then, is no mistake: nominations find it.
    """
    for c in agreement.contracts:
        definition = markets.in_force(connection, market, c.begin) if _is_near(c.begin) else None
        if definition is None:
            continue
        lines, zones = {x.line: x for x in definition.lines}, {(g.zone, g.carrier) for g in definition.grids}
        where, fix = f"contract {c.contract}", "Name lines and zones of the market on the day on which it begins."
        for hop in c.hops:
            if hop.line is not None and hop.line[0] not in lines:
                what = f"the market has no line {hop.line[0][:40]!r}"
                yield Mistake(what, f"{where} hop {hop.hop}", "supply_market_fits", fix)
        if c.meeting is None:
            continue
        named = [z for z in (c.meeting.delivery, c.meeting.source) if z is not None]
        missing = [z for z in named if (z, c.meeting.carrier) not in zones]
        for zone in missing:
            what = f"the market has no {c.meeting.carrier} in {zone[:40]!r}"
            yield Mistake(what, f"{where}.auction", "supply_market_fits", fix)
        if not missing and c.begin not in covered(market_terms(definition, c.begin), agreement, c):
            fix = "Begin contract days with the carrier's day: time_zone and day_starts."
            yield Mistake("its days are not those of the market", f"{where}.auction", "supply_market_fits", fix)
        yield from _way(c, lines)


def _way(contract: Contract, lines: Mapping[str, LineTerms]) -> Iterator[Mistake]:
    """Yield that the lines of a contract do not lead from where it is taken out to where it is delivered.

    Without that its orders would carry energy past the capacity of a border.
    """
    meeting, used = contract.meeting, [h.line for h in contract.hops if h.line is not None]
    if meeting is None or not all(name in lines for name, _ in used):
        return
    known = [(lines[name], is_backward) for name, is_backward in used]
    pairs = [(x.to_zone, x.from_zone) if is_backward else (x.from_zone, x.to_zone) for x, is_backward in known]
    zones = [z for pair in pairs for z in pair] if pairs else [meeting.source or meeting.delivery] * 2
    is_chain = all(one[1] == other[0] for one, other in pairwise(pairs))
    ends = (meeting.source or zones[0], meeting.delivery)
    if not is_chain or (zones[0], zones[-1]) != ends or {x.carrier for x, _ in known} - {meeting.carrier}:
        what = f"its lines lead {', '.join(f'from {a} to {b}' for a, b in pairs) or 'nowhere'}"
        fix = f"Write hops with lines of {meeting.carrier} from {ends[0]} to {ends[1]}, in the order of the flow."
        yield Mistake(what, f"contract {contract.contract} hops", "supply_market_fits", fix)


def _is_near(day: date) -> bool:
    return date(1970, 1, 2) <= day <= markets.LAST_DAY


def _names(agreement: Agreement) -> Iterator[Mistake]:
    if not NAME.fullmatch(agreement.name):
        yield Mistake("it is no name", "name", "supply_name", "Write 1 to 200 letters on one line.")
    for c in agreement.contracts:
        if not CODE.fullmatch(c.contract):
            fix = "Use up to 40 letters, digits, dashes and underscores."
            yield Mistake(f"{c.contract!r} is no code", f"contract {c.contract}", "supply_contract_code", fix)


def _operator(connection: Connection, account: str) -> Iterator[Mistake]:
    code = name_of(account)
    fix = "Name a system operator that the market knows."
    try:
        company: Any = users.company(connection, code)
    except BadInput as error:
        yield Mistake(error.mistakes[0].what, f"operator {code}", "supply_operator_known", fix)
        return
    if role_of(account) != "operator" or company.role != "system_operator" or company.state != "active":
        yield Mistake(f"{account} is no active system operator", f"operator {code}", "supply_operator_known", fix)


# --- who sees what -----------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """What of an agreement a caller may see.

    Attributes:
        versions: Those that it may read, oldest first.
        is_whole: Whether it sees what was recorded, too.
    """

    versions: tuple[Row[Any], ...]
    is_whole: bool


def seen_by(actor: Actor, versions: Sequence[Row[Any]]) -> Seen:
    """Return what a caller may see: all where it watches or the version that holds names it, else the versions that do.

    Contracts with records stay in every later text: whom it does not name any more has none.
    """
    if actor.role in {Role.OPERATOR, Role.REGULATOR}:
        return Seen(tuple(versions), True)
    mine = [v for v in versions if actor.company in {*stored_asked(v).parties, *stored_asked(v).operators}]
    holds = next((v for v in reversed(versions) if v.state == "agreed"), None)
    if holds is not None and actor.company in asked_of(stored.read(holds.text)).everybody:
        return Seen(tuple(versions), True)
    return Seen(tuple(mine), False)


def found_for(connection: Connection, actor: Actor, agreement: str, *, is_locked: bool = False) -> Row[Any]:
    """Return an agreement to somebody whom the version that holds names; to others it is not there.

    Raises:
        BadInput: There is none for the caller (rule `supply_agreement_known`).
    """
    found = stored.get(connection, agreement, is_locked=is_locked)
    seen = seen_by(actor, stored.versions(connection, agreement))
    if not seen.versions or (found.version and not seen.is_whole):
        raise stored.unknown(agreement)
    return found
