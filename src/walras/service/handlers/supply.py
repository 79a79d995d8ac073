"""Supply agreements: a party proposes a version, every other party confirms it, then it holds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from walras.contracts import Agreement, agreement_of
from walras.errors import BadInput, Mistake
from walras.service import permissions
from walras.service.clock import MINUTE, time_text
from walras.service.commands.supply import (
    ConfirmSupplyAgreement,
    LapseSupplyAgreement,
    ProposeSupplyAgreement,
    RefuseSupplyAgreement,
)
from walras.service.dispatch import Answer, handles
from walras.service.store import markets, notices
from walras.service.store import supply as stored
from walras.service.store.users import next_id
from walras.service.supply.amending import amendment_mistakes
from walras.service.supply.asked import Asked, asked_of, naming_mistakes, seen_by, stored_asked
from walras.service.work import Work, refuse

CONFIRM_DAYS = 30
"""So long a version waits for its parties."""


@handles(ProposeSupplyAgreement)
def propose_supply_agreement(work: Work, command: ProposeSupplyAgreement) -> Answer:
    """Store a version, and ask the other parties to confirm it."""
    markets.check_known(work.connection, command.market)
    read = agreement_of(command.text)
    asked = asked_of(read)
    if work.actor.company not in asked.parties:
        what = f"{work.actor.company} is no party of it"
        raise permissions.not_allowed(what, "agreement", "supply_party", "Let one of its parties propose it.")
    stored.lock_names(work.connection, command.market)
    found = stored.of_name(work.connection, command.market, read.name)
    if found is not None:
        found = stored.get(work.connection, found.id, is_locked=True)
    at = work.now()
    before = [] if found is None else list(stored.versions(work.connection, found.id))
    wrong = _version_mistakes(work, found, before)
    if not wrong:
        wrong = naming_mistakes(work.connection, command.market, read, found.id if found is not None else "")
        wrong += _amends(work, found, read, at)
    if wrong:
        raise BadInput(wrong)
    name = found.id if found is not None else next_id(work.connection, "SA")
    if found is None:
        stored.add(work.connection, id=name, market=command.market, name=read.name, at=at)
    whole = _with_parties_of(asked, found, before)
    until, version = at + CONFIRM_DAYS * 24 * 60 * MINUTE, len(before) + 1
    columns = {"proposed_by": work.actor.company, "confirm_until": until, "at": at}
    digest = stored.add_version(work.connection, name, version, command.text, whole.body, **columns)
    said = {"agreement": name, "name": read.name, "version": version, "asked": whole.body}
    _tell(work, command.market, whole, "supply agreement proposed",
          said | {"confirm_until": time_text(until), "digest": digest}, at)  # fmt: skip
    return {"agreement": name, "version": version, "state": "proposed", "confirm_until": time_text(until)}


def _version_mistakes(work: Work, found: Row[Any] | None, before: list[Row[Any]]) -> list[Mistake]:
    """Return why an agreement of this name may not get another version by the caller."""
    if found is None:
        return []
    if not seen_by(work.actor, before).versions:
        fix = "Give it another name."
        return [Mistake("another agreement of the market has this name", "name", "supply_name_once", fix)]
    if before[-1].state == "proposed":
        what, fix = f"version {before[-1].version} of it waits", "Wait until that one is decided, or refuse it."
        return [Mistake(what, f"agreement {found.id}", "supply_agreement_pending", fix)]
    return []


def _amends(work: Work, found: Row[Any] | None, read: Agreement, at: int) -> list[Mistake]:
    if found is None or not found.version:
        return []
    offered = stored.offered_days(work.connection, found.id, at // MINUTE)
    return amendment_mistakes(stored.journal(work.connection, found), read, at // MINUTE, offered)


def _with_parties_of(asked: Asked, found: Row[Any] | None, before: list[Row[Any]]) -> Asked:
    """Return whom a version names with those whom the one that holds does: they have to agree to leave, once."""
    if found is None or not found.version:
        return asked
    old = asked_of(stored.read(next(v.text for v in before if v.version == found.version)))
    return Asked(tuple(sorted({*asked.parties, *old.parties})), tuple(sorted({*asked.operators, *old.operators})))


def _tell(work: Work, market: str, asked: Asked, kind: str, said: dict[str, Any], at: int) -> None:
    """Say it in the trail, and to everybody whom the version names."""
    work.record(stored.stream_of(market), kind, said, at)
    for company in sorted({*asked.parties, *asked.operators}):
        notices.tell(work, company, kind, "", {"market": market, "by": work.actor.company} | said, at)


def _opened(work: Work, agreement: str, version: int | None) -> tuple[Row[Any], Row[Any], list[Row[Any]]]:
    """Return an agreement, its version that waits and all versions, locked; refuse another version and strangers."""
    market = stored.get(work.connection, agreement).market
    stored.lock_names(work.connection, market)
    found = stored.get(work.connection, agreement, is_locked=True)
    every = list(stored.versions(work.connection, agreement))
    seen = seen_by(work.actor, every)
    if not seen.versions:
        raise stored.unknown(agreement)
    waits = every[-1]
    if waits.state != "proposed" or (version is not None and waits.version != version):
        said = "nothing waits for a party" if waits.state != "proposed" else f"version {waits.version} waits"
        fix = "Propose a version first, or name the one that waits."
        raise refuse(said, f"agreement {agreement}", "supply_agreement_pending", fix)
    return found, waits, every


def _party(work: Work, waits: Row[Any]) -> None:
    if work.actor.company not in stored_asked(waits).parties:
        what = f"{work.actor.company} is no party of it"
        raise permissions.not_allowed(what, f"agreement {waits.agreement}", "supply_party", "Ask as a party of it.")


@handles(ConfirmSupplyAgreement)
def confirm_supply_agreement(work: Work, command: ConfirmSupplyAgreement) -> Answer:
    """Store that a party agrees; with the last one the version holds."""
    found, waits, _ = _opened(work, command.agreement, command.version)
    at = work.now()
    _party(work, waits)
    me, where = work.actor.company, f"agreement {found.id}"
    has = stored.confirmed(work.connection, found.id, waits.version)
    if me in (waits.proposed_by, *has):
        what = f"{me} has agreed to it already"
        raise permissions.not_allowed(what, where, "supply_other_party", "The other parties confirm.")
    if at >= waits.confirm_until:
        what = f"it had to be confirmed until {time_text(waits.confirm_until)}"
        raise refuse(what, where, "confirmation_due", "Propose it anew.")
    asked = stored_asked(waits)
    stored.confirm(work.connection, found.id, waits.version, me, at)
    missing = sorted(set(asked.parties) - {waits.proposed_by, me, *has})
    if not missing:
        _hold(work, found, waits, at)
    said = {"agreement": found.id, "version": waits.version, "company": me, "holds": not missing}
    _tell(work, found.market, asked, "supply agreement confirmed", said, at)
    state = "proposed" if missing else "agreed"
    return {"agreement": found.id, "version": waits.version, "state": state, "missing": missing}


def _hold(work: Work, found: Row[Any], waits: Row[Any], at: int) -> None:
    """Let a version hold, if it still may: names and records may have come between."""
    read = stored.read(waits.text)
    wrong = naming_mistakes(work.connection, found.market, read, found.id) + _amends(work, found, read, at)
    if wrong:
        raise BadInput(wrong)
    stored.decide(work.connection, found.id, waits.version, "agreed")
    stored.hold(work.connection, found, waits.version, read)


@handles(RefuseSupplyAgreement)
def refuse_supply_agreement(work: Work, command: RefuseSupplyAgreement) -> Answer:
    """Turn down what waits: any party, also the one that proposed it."""
    found, waits, _ = _opened(work, command.agreement, command.version)
    _party(work, waits)
    return _end(work, found, waits, "refused", command.reason)


@handles(LapseSupplyAgreement)
def lapse_supply_agreement(work: Work, command: LapseSupplyAgreement) -> Answer:
    """End what waited longer than it may."""
    found, waits, _ = _opened(work, command.agreement, None)
    at = work.now()
    if at < waits.confirm_until:
        what = f"it may be confirmed until {time_text(waits.confirm_until)}"
        raise refuse(what, f"agreement {found.id}", "confirmation_time", "Wait for that time.")
    return _end(work, found, waits, "lapsed", "not confirmed in time")


def _end(work: Work, found: Row[Any], waits: Row[Any], word: str, reason: str) -> Answer:
    stored.decide(work.connection, found.id, waits.version, word, reason)
    said = {"agreement": found.id, "version": waits.version, "reason": reason}
    _tell(work, found.market, stored_asked(waits), f"supply agreement {word}", said, work.now())
    return {"agreement": found.id, "version": waits.version, "state": word}
