"""What a session is settled from, as its event names it, and as the store holds it.

An event's `inputs` are plain JSON: session, result version and digest, version of the terms, and the
fixings with their versions. `Inputs` reads them again, so a ledger can be rebuilt from its events and
the published results; the newest inputs of a session are `newest_inputs`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, Row

from walras.errors import BadInput, Mistake
from walras.service import gate
from walras.service.canonical import canonical
from walras.service.clearing.terms import SettlementTerms, core_terms, fixing_time
from walras.service.clock import microseconds, time_text
from walras.service.secrets import Secrets
from walras.service.store import markets, runs, sessions, settlement
from walras.service.stored_results import read_results, result_digest
from walras.service.work import refuse
from walras.settlement.books import Body
from walras.settlement.currencies import Rates
from walras.settlement.ledger import Entry
from walras.settlement.settle import Settlement, settle


def newest_inputs(connection: Connection, session: Row[Any]) -> dict[str, Any]:
    """Return what a final session would be settled from now.

    Raises:
        BadInput: The market has no terms for the day, or fixings are missing (`fixing_missing`, each listed).
    """
    day = date.fromisoformat(session.delivery_day)
    found = settlement.terms_on(connection, session.market, day)
    return {
        "session": session.id,
        "result_version": session.version,
        "result": result_digest(connection, session.id, session.version),
        "terms_version": found.version,
        "fixings": _fixings(connection, session, found.terms, day),
    }


def _fixings(connection: Connection, session: Row[Any], terms: SettlementTerms, day: date) -> list[list[Any]]:
    """Return base, quote, rate and version of every fixing that the terms ask for on a day."""
    rows, mistakes = [], []
    for rule in terms.fixings:
        row = settlement.fixing(connection, session.market, rule.base, rule.quote, day)
        where = f"fixing {rule.base}/{rule.quote} {day}"
        if row is None:
            fix = f"Store the rate of {rule.source} for that day."
            mistakes.append(Mistake("there is none", where, "fixing_missing", fix))
        elif (row.source, row.fixed_at) != (rule.source, microseconds(fixing_time(rule, day))):
            what, fix = f"it is of {row.source}, {time_text(row.fixed_at)}", f"Correct it to the rate of {rule.source}."
            mistakes.append(Mistake(what, where, "fixing_missing", fix))
        else:
            rows.append([row.base, row.quote, row.rate, row.version])
    if mistakes:
        raise BadInput(mistakes)
    return rows


def rates_of(inputs: Body) -> Rates:
    """Return the fixings of inputs as exact rates.

    >>> rates_of({"fixings": [["USD", "ZAR", "18.25", 1]]})
    {('USD', 'ZAR'): Fraction(73, 4)}
    """
    return {(base, quote): Fraction(rate) for base, quote, rate, _ in inputs["fixings"]}


@dataclass
class Inputs:
    """Reads inputs of settlement events from a store; keeps the session that it read last."""

    connection: Connection
    secrets: Secrets
    _read: dict[str, Settlement] = field(default_factory=dict)

    def targets(self, inputs: Body) -> list[Entry]:
        """Return all entries that a session's inputs lead to."""
        return [item.entry for item in self.settlement(inputs).items]

    def settlement(self, inputs: Body) -> Settlement:
        """Return what inputs lead to.

        Raises:
            BadInput: The stored result is not the one that was settled (rule `result_same`), or it
                cannot be settled (as `settlement.settle`).
        """
        key = canonical(dict(inputs))
        if key not in self._read:
            self._read = {k: v for k, v in self._read.items() if f'"{inputs["session"]}"' in k}
            self._read[key] = self._settle(inputs)
        return self._read[key]

    def _settle(self, inputs: Body) -> Settlement:
        connection, version = self.connection, inputs["result_version"]
        session = sessions.get(connection, inputs["session"])
        if result_digest(connection, session.id, version) != inputs["result"]:
            what, fix = "the stored result is not the one that was settled", "Restore it, or clear the session again."
            raise refuse(what, f"session {session.id}", "result_same", fix)
        plan = runs.plan_of(connection, session.id, version)
        book = gate.book_loader(self.secrets)(connection, session, plan)
        results, _ = read_results(connection, session.id, version, book)
        definition = markets.version(connection, session.market, session.market_version).definition
        terms = settlement.terms_version(connection, session.market, inputs["terms_version"]).terms
        return settle(book, results, core_terms(terms, definition), rates_of(inputs))
