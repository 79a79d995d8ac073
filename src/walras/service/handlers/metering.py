"""What system operators say of a border after delivery: their meters, and who caused what."""

from __future__ import annotations

from typing import Any

import numpy as np

from walras.errors import BadInput
from walras.service import permissions
from walras.service.capacity.volumes import minutes_of, mtu_mistakes
from walras.service.clearing.deviation_rules import check_on, end_operators, place_of
from walras.service.clearing.deviations import computed, known_of, section_of
from walras.service.clock import MINUTE, time_text
from walras.service.commands.deviations import DeclareInitiative, SubmitMetering
from walras.service.definition import LineTerms, MarketDefinition
from walras.service.dispatch import Answer, handles
from walras.service.store import deviations as stored
from walras.service.store import ledger, markets, notices
from walras.service.store.settlement_schema import initiatives, meter_series
from walras.service.work import Work, refuse
from walras.settlement.deviations.initiative import Declared, mistakes_in
from walras.settlement.deviations.metering import SIDES, DayGrid, reading_of


@handles(SubmitMetering)
def submit_metering(work: Work, command: SubmitMetering) -> Answer:
    """Store the next version of a meter's day; the other side is told."""
    day = command.delivery_day
    definition = markets.version_for(work.connection, command.market, day).definition
    check_on(definition, day)
    line = next((x for x in definition.lines if x.line == command.line), None)
    if line is None:
        names = ", ".join(x.line for x in definition.lines[:10]) or "none"
        raise refuse(f"there is no line {command.line!r}", "line", "element_known", f"Name one of {names}.")
    side = _own_end(definition, line, command.side, work.actor.company)
    grid = place_of(definition, command.line, day).grid
    starts = minutes_of([m.mtu_start for m in command.mtus], f"meter of {command.line}")
    ledger.lock(work.connection, command.market)
    at = work.now()
    check_over(grid, at)
    newest = stored.newest_version(work.connection, meter_series, command.market, command.line, side, day)
    rows = list(zip(starts.tolist(), (m.kwh for m in command.mtus), strict=True))
    found = reading_of(command.line, side, grid, rows, command.version, newest)
    body = {"begin": grid.begin, "minutes": grid.minutes, "kwh": found.kwh.tolist()}
    place = {"market": command.market, "side": side, "day": day.isoformat(), "version": command.version}
    company = work.actor.company
    digest = stored.add_version(work.connection, meter_series, command.line, body, **place, company=company, at=at)
    told = place | {"line": command.line, "digest": digest}
    work.record(stored.stream_of(command.market), "metering submitted", told, at)
    for other in sorted({*end_operators(definition, line)} - {None, company}, key=str):
        notices.tell(work, str(other), "metering submitted", "", told | {"by": company}, at)
    return {"line": command.line, "side": side, "version": command.version, "digest": digest}


def _own_end(definition: MarketDefinition, line: LineTerms, said: str | None, company: str) -> str:
    """Return the end of a line that a company meters.

    Raises:
        NotAllowed: It operates neither end, or not the one it names (rule `meter_side`).
        BadInput: It operates both and names none (rule `meter_end`).
    """
    own = [s for s, operator in zip(SIDES, end_operators(definition, line), strict=True) if operator == company]
    if not own or (said is not None and said not in own):
        what = f"{company} does not operate {f'the side {said} of ' if said else ''}{line.line}"
        raise permissions.not_allowed(what, "line", "meter_side", "Send the meter of your own side alone.")
    if said is None and len(own) > 1:
        raise refuse(f"{company} operates both ends of {line.line}", "side", "meter_end", "Name the side, from or to.")
    return said or own[0]


def check_over(grid: DayGrid, at: int) -> None:
    """Refuse what is said of a day before it is over (rule `deviation_day_over`)."""
    if grid.end * MINUTE > at:
        what = f"the day ends at {time_text(grid.end * MINUTE)}"
        raise refuse(what, f"delivery day {grid.day}", "deviation_day_over", "Wait until it is over.")


@handles(DeclareInitiative)
def declare_initiative(work: Work, command: DeclareInitiative) -> Answer:
    """Store the next version of what a side says; both are told where the two differ."""
    day = command.delivery_day
    ledger.lock(work.connection, command.market)
    at = work.now()
    section = section_of(work.connection, command.market, command.element, day)
    company = work.actor.company
    side = section.side_of(company)
    where = f"initiative of {command.element} {day}, side {side}"
    starts = minutes_of([m.mtu_start for m in command.mtus], where)
    wrong = mtu_mistakes(starts, section.place.grid.starts, where, "initiative_mtus")
    if wrong:
        raise BadInput(wrong)
    caused = np.array([[m.from_kwh for m in command.mtus], [m.to_kwh for m in command.mtus]], dtype=np.int64)
    said = Declared(caused, np.array([m.rest_kwh for m in command.mtus], dtype=np.int64))
    wrong = list(mistakes_in(said, computed(section, known_of(work.connection, section)).deviation,
                             section.place.grid, where))  # fmt: skip
    if wrong:
        raise BadInput(wrong)
    body = {"caused": caused.tolist(), "rest": said.rest.tolist()}
    version = 1 + stored.newest_version(work.connection, initiatives, command.market, command.element, side, day)
    place = {"market": command.market, "side": side, "day": day.isoformat(), "version": version}
    digest = stored.add_version(work.connection, initiatives, command.element, body, **place, company=company, at=at)
    told: dict[str, Any] = place | {"element": command.element, "digest": digest}
    work.record(stored.stream_of(command.market), "initiative declared", told, at)
    differing = computed(section, known_of(work.connection, section)).initiative.differs.any(axis=0)
    mismatches = int(differing.sum())
    for other in (section.terms.from_side.operator, section.terms.to_side.operator):
        notices.tell(work, other, "initiative declared", "", told | {"by": company, "mismatches": mismatches}, at)
    return {"element": command.element, "side": side, "version": version, "mismatches": mismatches}
