"""Supply agreements to those whom they name: texts, records, standing, prices; to others they are not there."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from walras.contracts.calendar import days_of
from walras.contracts.events import DOCUMENTS
from walras.contracts.facts import FACTS
from walras.contracts.pricing import explained
from walras.errors import BadInput, Mistake
from walras.formulas.periods import minute_text
from walras.service.clock import MINUTE, time_text
from walras.service.queries.supply import (
    ExplainSupplyPrice,
    GetSupplyAgreement,
    GetSupplyStanding,
    ListSupplyAgreements,
    ListSupplyRecords,
)
from walras.service.readers.registry import Look, Shown, page, reads
from walras.service.store import markets
from walras.service.store import supply as stored
from walras.service.supply.asked import Seen, found_for, seen_by, stored_asked
from walras.service.supply.figures import standing_of
from walras.service.work import refuse

KINDS = {
    "everything": (), "facts": tuple(FACTS), "documents": tuple(DOCUMENTS), "observations": ("observation",),
}  # fmt: skip


@reads(ListSupplyAgreements)
def list_supply_agreements(look: Look, query: ListSupplyAgreements) -> Shown:
    """Return agreements after one of them; a page has those of them that the caller sees."""
    markets.check_known(look.connection, query.market)
    rows = stored.of_market(look.connection, query.market, query.after, query.limit + 1)
    answer = page([{"agreement": r.id} for r in rows], query.limit, "agreement")
    seen = [(r, seen_by(look.actor, stored.versions(look.connection, r.id))) for r in rows[: query.limit]]
    return answer | {"items": [_head(look, r, s) for r, s in seen if s.versions]}


def _head(look: Look, found: Row[Any], seen: Seen) -> Shown:
    waits = [v for v in seen.versions if v.state == "proposed"]
    return {
        "agreement": found.id, "market": found.market, "name": found.name,
        "version": found.version if seen.is_whole else 0, "waiting": waits[0].version if waits else None,
        "waits_for": _still_asked(look, waits[0]) if waits else [], "proposed_at": time_text(found.at),
    }  # fmt: skip


def _still_asked(look: Look, row: Row[Any]) -> list[str]:
    """Return the parties that have not agreed to a version yet."""
    has = {row.proposed_by, *stored.confirmed(look.connection, row.agreement, row.version)}
    return [party for party in stored_asked(row).parties if party not in has]


@reads(GetSupplyAgreement)
def get_supply_agreement(look: Look, query: GetSupplyAgreement) -> Shown:
    """Return an agreement with the versions that the caller may read."""
    found = stored.get(look.connection, query.agreement)
    seen = seen_by(look.actor, stored.versions(look.connection, found.id))
    if not seen.versions:
        raise stored.unknown(query.agreement)
    return _head(look, found, seen) | {"versions": [_version(look, v) for v in seen.versions]}


def _version(look: Look, row: Row[Any]) -> Shown:
    plain = {n: getattr(row, n) for n in ("version", "state", "proposed_by", "digest", "text", "reason")}
    times = {"confirm_until": time_text(row.confirm_until), "at": time_text(row.at)}
    has = stored.confirmed(look.connection, row.agreement, row.version)
    return plain | times | stored_asked(row).body | {"confirmed_by": has}


@reads(GetSupplyStanding)
def get_supply_standing(look: Look, query: GetSupplyStanding) -> Shown:
    """Return the standing after the last record."""
    found = found_for(look.connection, look.actor, query.agreement)
    return {"agreement": found.id, "version": found.version} | standing_of(stored.journal(look.connection, found))


@reads(ListSupplyRecords)
def list_supply_records(look: Look, query: ListSupplyRecords) -> Shown:
    """Return records after one of them, with the event of the ledger that each led to."""
    found = found_for(look.connection, look.actor, query.agreement)
    rows = stored.events(look.connection, found.id, query.after, query.limit + 1, KINDS[query.what])
    booked = {b.record: b.event for b in stored.bookings_of(look.connection, found.id)}
    items = [
        {"record": e.number, "kind": e.kind, "at": minute_text(e.at), "contract": e.contract, "body": dict(e.body),
         "previous": e.previous, "hash": e.hash, "event": booked.get(e.number)}
        for e in rows
    ]  # fmt: skip
    return page(items, query.limit, "record")


@reads(ExplainSupplyPrice)
def explain_supply_price(look: Look, query: ExplainSupplyPrice) -> Shown:
    """Return the derivation of each component on the first day of a month, by what is known now."""
    found = found_for(look.connection, look.actor, query.agreement)
    journal = stored.journal(look.connection, found)
    contract = journal.agreement.contract(query.contract)
    if contract is None:
        raise refuse(f"there is no contract {query.contract!r}", "contract", "contract_known", "Name one of it.")
    days = days_of(contract, query.month)
    if not days:
        what = f"{contract.contract} holds from {contract.begin} to before {contract.end}"
        raise refuse(what, "month", "contract_valid", "Name a month in which it holds.")
    chosen = [c for c in contract.components if query.component in (None, c.component)]
    if not chosen:
        fix = f"Name one of {', '.join(c.component for c in contract.components)}."
        raise refuse(f"there is no component {query.component!r}", "component", "component_known", fix)
    items, mistakes = [], list[Mistake]()
    for component in chosen:
        try:
            said = explained(component.final, journal.standing, contract, days[0], look.at // MINUTE)
            items.append({"component": component.component, "price": str(said.result), "text": str(said)})
        except BadInput as error:
            mistakes += error.mistakes
    if mistakes:
        raise BadInput(mistakes)
    return {"contract": contract.contract, "month": query.month, "day": days[0].isoformat(), "items": items}
