"""Runs of deviations: a day of a cross-section is booked once, and again where something is known better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from walras.formulas import Table
from walras.service.clearing.deviations import Known, Section, computed, known_of, observed, scheduled, section_of
from walras.service.commands.deviations import SettleDeviations
from walras.service.dispatch import Answer, handles
from walras.service.handlers.metering import check_over
from walras.service.store import deviations as stored
from walras.service.store import ledger, notices
from walras.service.work import Work, refuse
from walras.settlement.deviations.booking import KIND, body_rows, difference, energy_difference
from walras.settlement.deviations.day import Row, amount_minor, priced
from walras.settlement.deviations.in_kind import Movement, expired, expiry, movements_of
from walras.settlement.deviations.metering import SIDES
from walras.settlement.deviations.pricing import Part, price


@dataclass(frozen=True)
class Kind:
    """What a run moves of energy: rows that accrue or are returned, lots that expire with their price and amount."""

    accrued: list[list[Any]]
    expired: list[list[Any]]
    movements: tuple[Movement, ...]


@handles(SettleDeviations)
def settle_deviations(work: Work, command: SettleDeviations) -> Answer:
    """Book what a day comes to, or what is different from what was booked."""
    day = command.delivery_day
    ledger.lock(work.connection, command.market)
    at = work.now()
    section = section_of(work.connection, command.market, command.element, day)
    check_over(section.place.grid, at)
    before = stored.runs_of(work.connection, command.market, command.element, day)
    _check_run(section, command.run, len(before))
    bodies = [ledger.event(work.connection, command.market, run.event).body for run in before]
    known = known_of(work.connection, section, None if before else at)
    table, results = observed(work.connection, section)
    rows = priced(computed(section, known), section.rules.prices, table)
    left = difference(rows, bodies)
    kind = _kind(work, section, rows, bodies, table)
    if before and not left and not kind.movements:
        return {"element": command.element, "run": len(before), "event": None, "changed": 0}
    run = len(before) + 1
    name = "initial" if not before else f"rerun {len(before)}"
    body = _body(section, known, results, rows, kind) | _parties(section, bodies) | {
        "run": name, "booked": [[*key, amount] for key, amount in left.items()]
    }  # fmt: skip
    said = {"element": command.element, "delivery_day": day.isoformat(), "run": run, "name": name,
            "reason": command.reason, "movements": stored.movements_digest(kind.movements),
            "moved": len(kind.movements)}  # fmt: skip
    reference = f"{command.element} {day}"
    booked = ledger.book(work, command.market, KIND, reference, body, at, said=said)
    place = {"market": command.market, "element": command.element}
    stored.add_run(work.connection, **place, day=day.isoformat(), run=run, name=name, event=booked.event, at=at)
    stored.add_movements(work.connection, **place, event=booked.event, made=kind.movements, at=at)
    total = sum(left.values()) + sum(e[-1] for e in kind.expired)
    for side in (section.terms.from_side.operator, section.terms.to_side.operator):
        told = {"market": command.market, "element": command.element, "delivery_day": day.isoformat(), "run": name,
                "currency": body["currency"], "to_owes_from_minor": total}  # fmt: skip
        notices.tell(work, side, "deviations settled", "", told, at)
    return {"element": command.element, "run": run, "event": booked.event, "changed": len(left), "to_owes_from": total}


def _check_run(section: Section, run: str, before: int) -> None:
    """Refuse a first run where there is one, and another where there is none."""
    if run == "initial" and before:
        what, fix = "it was settled before", "Ask for a rerun, which books differences alone."
        raise refuse(what, section.where, "deviation_settled_once", fix)
    if run == "rerun" and not before:
        what, fix = "it was never settled", "Settle it for the first time: run initial."
        raise refuse(what, section.where, "deviation_settled_before", fix)


def _parties(section: Section, bodies: Sequence[Any]) -> dict[str, str]:
    """Return the accounts that pay and are paid: those of the first run, for reruns book differences to it."""
    first = bodies[0] if bodies else {"from": section.terms.from_side.party, "to": section.terms.to_side.party}
    return {side: first[side] for side in SIDES}


def _body(section: Section, known: Known, results: list[list[Any]], rows: Sequence[Row], kind: Kind) -> dict[str, Any]:
    """Return what an event says but for what it books: the target, and all that it stands on."""
    return {
        "element": section.place.element, "delivery_day": section.place.grid.day.isoformat(),
        "currency": section.rules.prices.currency,
        "inputs": known.inputs | {"results": results}, "rows": body_rows(rows), "accrued": kind.accrued,
        "expired": kind.expired,
    }  # fmt: skip


def _kind(work: Work, section: Section, rows: Sequence[Row], bodies: Sequence[Any], table: Table) -> Kind:
    """Return what a run moves of energy: opening and returns in the first, accruals in each, then what expired."""
    rules, day = section.rules, section.place.grid.day
    zone, element = section.definition.time_zone, section.place.element
    known = [stored.movement_of(r) for r in stored.movements(work.connection, section.market, element)]
    made = (
        [] if known else [Movement("opening", day, t, kwh) for t, kwh in sorted(section.terms.opening.items()) if kwh]
    )
    left = energy_difference(rows, rules.prices.in_kind, bodies)
    accrued = [[*key, kwh] for key, kwh in left.items()]
    made += movements_of("accrual", day, [(start, kwh) for (start, *_), kwh in left.items()], rules.tariffs, zone)
    late: list[list[Any]] = []
    if not bodies:
        made += _returned(work, section)
        for lot in expired([*known, *made], day, section.terms.keep_days):
            part = Part(section.place.grid.begin, "expired", "", lot.kwh, 0, 0, 0)
            one = price(rules.prices, part, table)
            amount = amount_minor(lot.kwh, one, rules.prices.currency)
            late.append([lot.day.isoformat(), lot.tariff, lot.kwh, f"{one.numerator}/{one.denominator}", amount])
            made.append(expiry(lot))
    return Kind(accrued, late, tuple(made))


def _returned(work: Work, section: Section) -> list[Movement]:
    """Return energy that was scheduled to be returned on the day; what was withdrawn is none."""
    day, grid = section.place.grid.day, section.place.grid
    found: list[tuple[int, int]] = []
    for one in stored.agreements(work.connection, section.market, day, section.place.element):
        if one.kind == "return" and one.state == "agreed":
            kwh = scheduled(work.connection, section, one.schedule)
            found += list(zip(grid.starts.tolist(), kwh.tolist(), strict=True))
    return movements_of("return", day, found, section.rules.tariffs, section.definition.time_zone)
