"""The journal of an agreement: records in order, and where they have led. The one place that writes either.

    rows ─▶ drafted ─▶ record ─▶ Event ─▶ Standing
                          ▲
    issue ─▶ body computed from the standing

Nothing is recorded unless all of it is right. A document's body is computed from the records before it,
and computed again, and compared, whenever a journal is read: statements follow from events alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from walras.contracts.agreement import Agreement, Contract
from walras.contracts.deferrals import apply_instalment, deferral_instalment
from walras.contracts.documents import Month, apply_document, credit_note, final_invoice, provisional_invoice
from walras.contracts.drafting import body_mistakes, drafted
from walras.contracts.events import DOCUMENTS, GENESIS, Draft, Event, broken_seals, sealed
from walras.contracts.facts import FACTS
from walras.contracts.observing import apply_observation, check_observation
from walras.contracts.standing import Standing
from walras.contracts.year import annual_statement, apply_statement
from walras.errors import BadInput, Mistake
from walras.formulas.periods import minute_text

OF_MONTH: dict[str, Callable[[Month], dict[str, Any]]] = {
    "provisional invoice": provisional_invoice,
    "final invoice": final_invoice,
    "credit note": credit_note,
}

KINDS_OF_FACTS = frozenset([*FACTS, "observation"])


class Journal:
    """Records of one agreement, and its standing.

    Example:
        >>> from walras.contracts.examples import gas_journal
        >>> journal = gas_journal()
        >>> [event.kind for event in journal.record([{"kind": "nomination", "at": "2026-12-30T08:00Z",
        ...     "contract": "gas-2027", "day": "2027-01-01", "quantity": "120"}])]
        ['nomination']
    """

    def __init__(self, agreement: Agreement, events: Iterable[Event] = ()) -> None:
        self.agreement = agreement
        self.events: list[Event] = []
        self.standing = Standing(agreement)
        known = list(events)
        mistakes = broken_seals(known) or [m for _, m in self._take(known)]
        if mistakes:
            raise BadInput(mistakes)

    @classmethod
    def trusted(cls, agreement: Agreement, events: Iterable[Event]) -> Journal:
        """Return a journal of records that were found right when they were written: none is checked or computed anew.

        Args:
            agreement: That they are of.
            events: All of them, in order, from a store whose trail is verified elsewhere.

        Example:
            >>> from walras.contracts.examples import gas_journal
            >>> whole = gas_journal()
            >>> Journal.trusted(whole.agreement, whole.events).standing == whole.standing
            True
        """
        journal = cls(agreement)
        journal._replay(events)
        return journal

    def follow(self, events: Iterable[Event]) -> None:
        """Let further records count that were found right when they were written; none is checked (see `trusted`)."""
        self._replay(events)

    def record(self, rows: Sequence[Mapping[str, Any]], where: str = "row") -> list[Event]:
        """Record facts, all of them or none.

        Args:
            rows: As `drafting.drafted` reads them, in the order in which they happened.
            where: What places of mistakes begin with.

        Raises:
            BadInput: Every mistake of every row; nothing is recorded then.
        """
        drafts, mistakes, numbers = list[Draft](), list[Mistake](), list[int]()
        for number, row in enumerate(rows, 1):
            try:
                drafts.append(drafted(self.agreement, row, f"{where} {number}"))
                numbers.append(number)
            except BadInput as error:
                mistakes += error.mistakes
        return self._append(drafts, numbers, mistakes, where)

    def issue(self, kind: str, contract: str, of: str | int, at: int) -> Event:
        """Compute a document and record it.

        Args:
            kind: One of `events.DOCUMENTS`.
            contract: Its name.
            of: The month (`2027-03`), or the contract year of an annual statement.
            at: Minute UTC; what was published or recorded later does not count.

        Raises:
            BadInput: Why it cannot be issued.
        """
        found, last = self._contract(contract), self.events[-1] if self.events else None
        if last is not None and at < last.at:
            raise BadInput([_too_early(kind, at, last.at)])
        body = compute(self.standing, kind, found, of, at)
        event = sealed(Draft(kind, at, contract, body), len(self.events) + 1, last.hash if last else GENESIS)
        self._replay([event])
        return event

    def _contract(self, name: str) -> Contract:
        found = self.agreement.contract(name)
        if found is None:
            fix = f"Write one of {', '.join(c.contract for c in self.agreement.contracts)}."
            raise BadInput([Mistake(f"there is no contract {name[:60]!r}", "contract", "contract_known", fix)])
        return found

    def _append(
        self, drafts: Sequence[Draft], numbers: Sequence[int], mistakes: list[Mistake], where: str
    ) -> list[Event]:
        before, first = list(self.events), len(self.events)
        last = self.events[-1].hash if self.events else GENESIS
        added = []
        for number, draft in enumerate(drafts, first + 1):
            added.append(sealed(draft, number, last))
            last = added[-1].hash
        wrong = list(self._take(added))
        found = [replace(m, where=f"{where} {numbers[n]}: {m.where}") for n, m in wrong]
        if mistakes or found:
            if len(self.events) > first:  # what was right among it is taken back
                self.events, self.standing = [], Standing(self.agreement)
                self._replay(before)
            raise BadInput([*mistakes, *found])
        return added

    def _replay(self, events: Iterable[Event]) -> None:
        """Let records count that were found right before."""
        for event in events:
            _apply(self.standing, event)
            self.events.append(event)

    def _take(self, events: Iterable[Event]) -> Iterator[tuple[int, Mistake]]:
        """Let events count that are right, in order; yield what is wrong with the others, with their place."""
        for number, event in enumerate(events):
            at = self.events[-1].at if self.events else event.at
            mistakes = [] if event.at >= at else [_too_early(event.where, event.at, at)]
            mistakes += list(_mistakes(self.standing, event))
            if mistakes:
                yield from ((number, m) for m in mistakes)
                continue
            _apply(self.standing, event)
            self.events.append(event)


def compute(standing: Standing, kind: str, contract: Contract, of: str | int, at: int) -> dict[str, Any]:
    """Return the body of a document as the records so far lead to it.

    Raises:
        BadInput: Why it cannot be issued.
    """
    if kind in OF_MONTH:
        return OF_MONTH[kind](Month(standing, contract, str(of), at))
    if kind == "annual statement":
        if not re.fullmatch("[0-9]{4}", str(of)):
            fix = "Name a contract year, such as 2027."
            raise BadInput([Mistake(f"{str(of)[:40]!r} is no year", contract.contract, "contract_year", fix)])
        return annual_statement(standing, contract, int(of), at)
    if kind == "deferral instalment":
        return deferral_instalment(standing, contract, str(of), at)
    fix = f"Issue one of {', '.join(DOCUMENTS)}."
    raise BadInput([Mistake(f"there is no document {kind[:40]!r}", "kind", "event_kind", fix)])


def _too_early(where: str, at: int, last: int) -> Mistake:
    what = f"it is of {minute_text(at)}, and the record in front of it of {minute_text(last)}"
    return Mistake(what, where, "event_order", "Record things in the order in which they come in.")


def _mistakes(standing: Standing, event: Event) -> Iterator[Mistake]:
    draft = Draft(event.kind, event.at, event.contract, event.body)
    unread = list(body_mistakes(event.kind, event.body, event.where)) if event.kind in KINDS_OF_FACTS else []
    if unread:
        yield from unread
        return
    if event.kind == "observation":
        yield from check_observation(standing, draft)
        return
    contract = standing.agreement.contract(event.contract)
    if contract is None or event.kind not in {*FACTS, *DOCUMENTS}:
        what, fix = "it is of a kind or contract that is not known", "Read it with the agreement and release it is of."
        yield Mistake(what, event.where, "event_kind", fix)
    elif event.kind in FACTS:
        yield from FACTS[event.kind][0](standing, contract, draft)
    else:
        yield from _differs(standing, contract, event)


def _differs(standing: Standing, contract: Contract, event: Event) -> Iterator[Mistake]:
    """Yield that a document is not what the records before it lead to, if so."""
    try:
        again = compute(standing, event.kind, contract, event.body.get("year", event.body.get("month", "")), event.at)
    except BadInput as error:
        yield from error.mistakes
        return
    if json.dumps(again, sort_keys=True) != json.dumps(event.body, sort_keys=True):  # 1.0 is not 1
        names = sorted(n for n in {*again, *event.body} if again.get(n) != event.body.get(n))
        what, fix = f"its {', '.join(names)} do not follow from the records before it", "Issue it anew from them."
        yield Mistake(what, event.where, "document_recomputes", fix)


def _apply(standing: Standing, event: Event) -> None:
    draft = Draft(event.kind, event.at, event.contract, event.body)
    if event.kind == "observation":
        apply_observation(standing, draft)
        return
    contract = standing.agreement.contract(event.contract)
    assert contract is not None, "the event was found right"
    if event.kind in FACTS:
        FACTS[event.kind][1](standing, contract, draft)
    elif event.kind in OF_MONTH:
        apply_document(standing, contract, event.kind, event.body)
    elif event.kind == "annual statement":
        apply_statement(standing, contract, event.body)
    else:
        apply_instalment(standing, contract, event.body)
