"""The life of one case: an application, or a member whom a new list version names.

::

    received ── screened ──▶ clear ───────────────── approve ──▶ admitted, clear
                   │                                                  │ screened again: a new hit
                   ▼                                                  ▼
                 held ── two different officers clear ──▶ cleared    held (admitted all the same)
                   └──── one officer confirms ─────────▶ rejected

There is no other way out of `held`. Every function returns a new state or raises
`BadInput`; who acts is compared by id, and the handler has proven the id. A hit on a member
suspends nothing by itself: it blocks new rights until the case is decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NoReturn

from walras.errors import BadInput, Mistake
from walras.service.screening.lists import RestrictedList
from walras.service.screening.screen import Hit, Screening

MOST_REASON = 2000


class CaseState(StrEnum):
    """Where a case stands."""

    RECEIVED = "received"
    CLEAR = "clear"
    HELD = "held"
    CLEARED = "cleared"
    REJECTED = "rejected"


class Verdict(StrEnum):
    """What an officer finds: `clear` (another party) or `confirm` (the listed party)."""

    CLEAR = "clear"
    CONFIRM = "confirm"


@dataclass(frozen=True)
class Act:
    """One thing that was done to a case: never changed, never removed.

    Attributes:
        what: `receive`, `screen`, `approve`, `clear` or `confirm`.
        actor: Id of who did it.
        at: When, with a time zone.
        reason: Why, in words.
        hits: Keys of the hits that were open when it was done.
    """

    what: str
    actor: str
    at: datetime
    reason: str
    hits: tuple[tuple[str, str, str, str], ...] = ()


@dataclass(frozen=True)
class Case:
    """One application or member.

    Attributes:
        party: Id of the applicant or member.
        own_users: Ids of its own users; they may never decide.
        state: Where it stands.
        is_admitted: Whether it is a member.
        screening: The last screening; None before the first.
        open_hits: What has to be decided now.
        decided: Keys of hits that two officers have cleared.
        acts: Everything that was done, oldest first.
    """

    party: str
    own_users: frozenset[str]
    state: CaseState
    is_admitted: bool = False
    screening: Screening | None = None
    open_hits: tuple[Hit, ...] = ()
    decided: frozenset[tuple[str, str, str, str]] = frozenset()
    acts: tuple[Act, ...] = ()

    @property
    def cleared_by(self) -> frozenset[str]:
        """Return which officers have cleared exactly the hits that are open now."""
        now = tuple(h.key for h in self.open_hits)
        return frozenset(a.actor for a in self.acts if a.what == Verdict.CLEAR and a.hits == now)


def receive(party: str, own_users: frozenset[str], actor: str, at: datetime) -> Case:
    """Return the case of an application that has come in."""
    return _acted(Case(party, own_users, CaseState.RECEIVED), "receive", actor, at, "application received")


def screened(case: Case, screening: Screening, actor: str, at: datetime) -> Case:
    """Return the case after a screening, the first or one against a new list version.

    Hits that two officers have cleared stay cleared as long as the entry is the same. New
    hits hold the case, and void the decisions of a round that had not seen them. A held
    case stays held until it is decided, also when a new version no longer names it.

    Raises:
        BadInput: The screening is of another party (`screening_of_party`), the case is
            rejected (`case_final`), or time runs backwards (`act_in_order`).
    """
    if screening.applicant != case.party:
        _refuse(case, f"the screening is of {screening.applicant!r}", "screening_of_party", "Screen this party.")
    if case.state is CaseState.REJECTED:
        _refuse(case, "a rejected case is final", "case_final", "A new application starts a new case.")
    still = case.open_hits if case.state is CaseState.HELD else ()
    known = {h.key for h in still}
    new = tuple(h for h in screening.hits if h.key not in case.decided and h.key not in known)
    hits = still + new
    state = CaseState.HELD if hits else CaseState.CLEARED if case.decided else CaseState.CLEAR
    reason = f"{len(screening.hits)} hits, {len(new)} of them new, in {len(screening.lists)} lists"
    return _acted(replace(case, state=state, screening=screening, open_hits=hits), "screen", actor, at, reason)


def decide(case: Case, officer: str, verdict: Verdict | str, reason: str, at: datetime) -> Case:
    """Return the case after one officer's decision on all open hits.

    Raises:
        BadInput: The case is not held (`case_held`), the officer is a user of the party
            (`own_users_never_decide`) or has decided on these hits (`two_different_officers`),
            the verdict is unknown (`verdict_known`), no reason is given (`reason_given`), or
            time runs backwards (`act_in_order`).
    """
    if case.state is not CaseState.HELD:
        _refuse(case, f"the case is {case.state}, not held", "case_held", "Decide on held cases.")
    _check_officer(case, officer)
    if verdict not in tuple(Verdict):
        _refuse(case, f"verdict {verdict!r} is not known", "verdict_known", "Write clear or confirm.")
    if officer in case.cleared_by:
        _refuse(case, f"{officer!r} has decided already", "two_different_officers", "Another officer decides.")
    verdict = Verdict(verdict)
    after = _acted(case, verdict, officer, at, reason, tuple(h.key for h in case.open_hits))
    if verdict is Verdict.CONFIRM:
        return replace(after, state=CaseState.REJECTED)
    if len(after.cleared_by) < 2:
        return after
    return replace(after, state=CaseState.CLEARED, open_hits=(), decided=case.decided | {h.key for h in case.open_hits})


def approve(case: Case, officer: str, reason: str, at: datetime, lists: Sequence[RestrictedList]) -> Case:
    """Return the case of a member: admitted, if the last screening saw the lists of now and nothing is open.

    Raises:
        BadInput: It is a member already (`case_not_admitted`), not screened clear and not
            cleared (`case_clear`), screened against other list versions (`screening_current`),
            or the actor may not decide (see `decide`).
    """
    if case.is_admitted:
        _refuse(case, "the party is a member already", "case_not_admitted", "Approve applications only.")
    if case.state not in (CaseState.CLEAR, CaseState.CLEARED):
        fix = "A held case needs two officers who clear it; nothing else opens it."
        _refuse(case, f"the case is {case.state}", "case_clear", fix)
    if not is_current(case, lists):
        _refuse(case, "lists have changed since the screening", "screening_current", "Screen it again first.")
    _check_officer(case, officer)
    return replace(_acted(case, "approve", officer, at, reason), is_admitted=True)


def is_current(case: Case, lists: Sequence[RestrictedList]) -> bool:
    """Return whether the last screening looked at exactly these versions."""
    now = {(one.name, one.version) for one in lists}
    return case.screening is not None and set(case.screening.lists) == now


def may_receive_rights(case: Case) -> bool:
    """Return whether the party may be given new rights: a member with nothing open and nothing confirmed."""
    return case.is_admitted and case.state in (CaseState.CLEAR, CaseState.CLEARED)


def _check_officer(case: Case, officer: str) -> None:
    if officer in case.own_users or officer == case.party:
        _refuse(case, f"{officer!r} belongs to the party", "own_users_never_decide", "An officer of nobody's decides.")


def _acted(
    case: Case, what: str, actor: str, at: datetime, reason: str, hits: tuple[tuple[str, str, str, str], ...] = ()
) -> Case:
    if at.tzinfo is None:
        _refuse(case, f"{at} has no time zone", "act_time_zone", "Give the time with its zone.")
    if case.acts and at < case.acts[-1].at:
        _refuse(case, f"{at} is before the last act", "act_in_order", "Acts follow each other in time.")
    if not actor.strip():
        _refuse(case, "the actor is empty", "actor_given", "Say who acts.")
    if not reason.strip() or len(reason) > MOST_REASON:
        _refuse(case, "no reason is given", "reason_given", f"Write why, in 1 to {MOST_REASON} characters.")
    return replace(case, acts=(*case.acts, Act(str(what), actor, at, reason.strip(), hits)))


def _refuse(case: Case, what: str, rule: str, fix: str) -> NoReturn:
    raise BadInput([Mistake(what, f"case of {case.party}", rule, fix)])
