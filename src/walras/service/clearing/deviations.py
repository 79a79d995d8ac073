"""A day of deviations as the store has it: what was planned, metered, declared and agreed, and what it comes to.

Plans are the stored schedules of all layers; prices those of the day's final auction. Everything is
read again for each run, in its newest version; a run's event names the versions.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from sqlalchemy import Connection, select

from walras.capacity.elements import IntArray
from walras.capacity.schedules import planned_net_interchange
from walras.errors import BadInput, Mistake
from walras.formulas import Observation, SeriesFacts, Table, needs, unit
from walras.service.capacity.state import State, state_of
from walras.service.clearing.deviation_rules import Place, Rules, check_on, place_of, rules_of
from walras.service.clearing.deviation_terms import SectionTerms
from walras.service.clock import MINUTE, microseconds, time_text
from walras.service.definition import MarketDefinition
from walras.service.store import deviations as stored
from walras.service.store import markets, settlement
from walras.service.store.schema import artefacts, sessions
from walras.service.store.settlement_schema import initiatives, meter_series
from walras.service.timetable.local_time import to_utc
from walras.service.timetable.timetable import read_moment
from walras.service.work import refuse
from walras.settlement.deviations.actual import net_interchange, planned_kwh
from walras.settlement.deviations.border import Held, MeterRule, held
from walras.settlement.deviations.day import Deviations, deviations_of
from walras.settlement.deviations.initiative import Declared
from walras.settlement.deviations.metering import SIDES

PRICES = "published/prices.parquet"


@dataclass(frozen=True)
class Section:
    """One element of a market on a day, with its terms and rules."""

    market: str
    definition: MarketDefinition
    terms: SectionTerms
    terms_version: int
    place: Place
    rules: Rules

    @property
    def where(self) -> str:
        """Return how messages name it."""
        return f"deviations of {self.place.element} {self.place.grid.day}"

    def side_of(self, company: str) -> str:
        """Return the side that a company speaks for.

        Raises:
            BadInput: It speaks for none (rule `deviation_side`).
        """
        sides = {self.terms.from_side.operator: "from", self.terms.to_side.operator: "to"}
        if company not in sides:
            fix = f"Ask as {' or '.join(sides)}."
            raise refuse(f"{company} speaks for no side of it", self.where, "deviation_side", fix)
        return sides[company]

    def due(self, text: str) -> int:
        """Return when something of the day is due, microseconds."""
        moment = read_moment(text)
        assert moment is not None, "checked when the terms were set"
        day = self.place.grid.day + timedelta(days=moment.days)
        return microseconds(to_utc(day, moment.at, ZoneInfo(self.definition.time_zone)))


@dataclass(frozen=True)
class Known:
    """What the store has of a day; `inputs` names the versions, plain JSON.

    Attributes:
        lines: Energy of each line at the border.
        declared: What each side says, `from` first.
        planned, emergency: kWh, (t,).
        inputs: Versions of series and initiatives, and agreements that count.
    """

    lines: tuple[Held, ...]
    declared: tuple[Declared | None, Declared | None]
    planned: IntArray
    emergency: IntArray
    inputs: dict[str, Any]


def section_of(connection: Connection, market: str, element: str, day: date) -> Section:
    """Return an element with the terms that hold for a day.

    Raises:
        BadInput: The market has no terms of settlement (`settlement_terms`), none for this element
            (`deviation_terms`), or its profile settles no deviations (`deviations_off`).
    """
    definition = markets.version_for(connection, market, day).definition
    check_on(definition, day)
    found = settlement.terms_on(connection, market, day)
    sections = () if found.terms.deviations is None else found.terms.deviations.sections
    terms = next((s for s in sections if s.element == element), None)
    if terms is None:
        names = ", ".join(s.element for s in sections) or "none"
        fix = f"Name an element that has them: {names}."
        raise refuse(f"{element!r} has no terms of deviations on {day}", "element", "deviation_terms", fix)
    place = place_of(definition, element, day)
    return Section(market, definition, terms, found.version, place, rules_of(terms, definition, place))


def known_of(connection: Connection, section: Section, at: int | None = None) -> Known:
    """Return what is known of a day.

    Args:
        connection: A transaction.
        section: The element and day.
        at: For a run: meters and sides that are silent before they are due are waited for. None = look only.

    Raises:
        BadInput: A meter is missing (`meter_missing`) or still awaited (`metering_due`), or a side's
            initiative is (`initiative_due`).
    """
    day = section.place.grid.day
    series = stored.newest(connection, meter_series, section.market, {x.line for x, _ in section.place.lines}, day)
    said = stored.newest(connection, initiatives, section.market, [section.place.element], day)
    agreed = [a for a in stored.agreements(connection, section.market, day, section.place.element)
              if a.kind == "emergency" and a.state == "agreed"]  # fmt: skip
    if at is not None:
        _wait(section, set(series), {side for _, side in said}, at)
    emergency = np.zeros(len(section.place.grid.starts), dtype=np.int64)
    for one in agreed:
        emergency += np.array(stored.body_of(one)["kwh"], dtype=np.int64)
    declared = [_declared(said.get((section.place.element, side))) for side in SIDES]
    inputs = {
        "terms_version": section.terms_version,
        "metering": [[line, side, r.version, r.digest] for (line, side), r in sorted(series.items())],
        "initiative": [[side, r.version, r.digest] for (_, side), r in sorted(said.items())],
        "emergency": [a.id for a in agreed],
    }
    return Known(_lines(section, series), (declared[0], declared[1]), planned(connection, section), emergency, inputs)


def _wait(section: Section, series: set[tuple[str, str]], sides: set[str], at: int) -> None:
    """Refuse to go on without somebody who still has time."""
    wrong = []
    until = section.due(section.terms.metering_due)
    absent = [(line.line, side) for line, _ in section.place.lines for side in SIDES if (line.line, side) not in series]
    for line, side in absent if at < until else []:
        what = f"side {side} of {line} sent no meter series and has time until {time_text(until)}"
        wrong.append(Mistake(what, section.where, "metering_due", "Wait for the series, or until then."))
    until = section.due(section.terms.initiative_due)
    for side in sorted(set(SIDES) - sides) if at < until else []:
        what = f"side {side} declared no initiative and has time until {time_text(until)}"
        wrong.append(Mistake(what, section.where, "initiative_due", "Wait for it, or until then."))
    if wrong:
        raise BadInput(wrong)


def _lines(section: Section, series: Mapping[tuple[str, str], Any]) -> tuple[Held, ...]:
    """Return the energy of each line at the border, or refuse with every meter that is missing."""
    found, wrong = [], list[Mistake]()
    for line, _ in section.place.lines:
        counts = [series.get((line.line, side)) for side in SIDES]
        kwh = [None if r is None else np.array(stored.body_of(r)["kwh"], dtype=np.int64) for r in counts]
        try:
            found.append(held(line.line, section.rules.meters.get(line.line, MeterRule()), kwh[0], kwh[1]))
        except BadInput as error:
            wrong += error.mistakes
    if wrong:
        raise BadInput(wrong)
    return tuple(found)


def _declared(row: Any) -> Declared | None:
    if row is None:
        return None
    body = stored.body_of(row)
    return Declared(np.array(body["caused"], dtype=np.int64), np.array(body["rest"], dtype=np.int64))


def state_on(connection: Connection, section: Section) -> State:
    """Return the ledger of capacity of a section's day."""
    day = section.place.grid.day
    return state_of(connection, section.market, day, day, [section.place.element])


def planned(connection: Connection, section: Section) -> IntArray:
    """Return planned net interchange of all layers, whole kWh, forward positive; (t,)."""
    state = state_on(connection, section)
    kw = planned_net_interchange(state.ledger, state.elements.number[section.place.element])
    return planned_kwh(kw, section.place.grid.minutes)


def scheduled(connection: Connection, section: Section, holder: str) -> IntArray:
    """Return what one holder is bound to deliver over the element, whole kWh, forward positive; (t,)."""
    state = state_on(connection, section)
    mine = replace(state.ledger, held=state.ledger.of_holder(holder))
    kw = planned_net_interchange(mine, state.elements.number[section.place.element])
    return planned_kwh(kw, section.place.grid.minutes)


def computed(section: Section, known: Known) -> Deviations:
    """Return what a day comes to in energy."""
    reversed_ = {line.line: back for line, back in section.place.lines}
    actual = net_interchange((one.kwh, reversed_[one.line]) for one in known.lines)
    return deviations_of(section.place.grid, actual, known.planned, known.emergency, section.rules.band,
                         known.declared, section.rules.split)  # fmt: skip


def observed(connection: Connection, section: Section) -> tuple[Table, list[list[Any]]]:
    """Return day-ahead prices of the zones that the terms name, and which results they are of.

    They go back as far as windows and lags of the formulas do. A day whose auction has no final result has no
    observations; a formula that reads one says so.
    """
    table = Table()
    rows = _final_prices(connection, section) if section.terms.series else []
    column = f"price_{section.definition.currency.lower()}_per_mwh"
    carrier = section.place.lines[0][0].carrier
    facts = SeriesFacts(unit(f"{section.definition.currency}/MWh"), "MTU")
    for row in rows:
        prices = pl.read_parquet(io.BytesIO(row.content))
        for name, zone in section.terms.series.items():
            mine = prices.filter((pl.col("zone") == zone) & (pl.col("carrier") == carrier))
            starts = (mine["mtu_start"].dt.epoch("s") // 60).to_list()
            pairs = zip(starts, mine[column].to_list(), strict=True)
            table.add(name, facts, [
                Observation(start, Fraction(repr(float(price))), row.at // MINUTE, 1, f"session {row.id}")
                for start, price in pairs
            ])  # fmt: skip
    return table, [[row.id, row.version, row.digest] for row in rows]


def _final_prices(connection: Connection, section: Section) -> list[Any]:
    """Return the published prices of each day that formulas may read, of its final day-ahead auction."""
    first, last = _days_read(section)
    s, a = sessions.c, artefacts.c
    query = (
        select(s.id, s.version, s.delivery_day, a.content, a.digest, a.at)
        .join(artefacts, (a.session == s.id) & (a.version == s.version) & (a.name == PRICES))
        .where(s.market == section.market, s.delivery_day >= first.isoformat(), s.delivery_day <= last.isoformat(),
               s.kind == "live", s.state == "final", s.layer == "day_ahead")
        .order_by(s.delivery_day, s.gate_at, s.id)
    )  # fmt: skip
    return list({row.delivery_day: row for row in connection.execute(query)}.values())


def _days_read(section: Section) -> tuple[date, date]:
    """Return the first and last delivery day whose prices formulas may read."""
    day, zone = section.place.grid.day, ZoneInfo(section.definition.time_zone)
    found = [day]
    for formula in section.rules.prices.formulas.values():
        for need in needs(formula, day, day, section.definition.time_zone):
            ends = (need.periods[0], need.periods[-1])
            found += [datetime.fromtimestamp(minute * 60, UTC).astimezone(zone).date() for minute in ends]
    return min(found), max(found)
