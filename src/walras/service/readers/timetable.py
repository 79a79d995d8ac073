"""When the events of a delivery day are, by the market's definition and profile of that day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from walras.errors import BadInput
from walras.service import gate
from walras.service.capacity import moments
from walras.service.clock import MINUTE, microseconds, moment, time_text
from walras.service.definition import MarketDefinition
from walras.service.queries import GetTimetable
from walras.service.readers.registry import Look, Shown, reads
from walras.service.store import markets
from walras.service.timetable.events import events, sessions_due
from walras.service.timetable.local_time import clock_changes, local_text
from walras.service.timetable.rules import load_door_rules

HORIZON = timedelta(days=3)
MOST_COMING = 12


@dataclass(frozen=True)
class _Due:
    """Something that happens on a delivery day: what, when in microseconds, and the rung where it is one."""

    event: str
    at: int
    rung: str = ""


@reads(GetTimetable)
def get_timetable(look: Look, query: GetTimetable) -> Shown:
    """Return the events of a day in order of time, and what comes next over all days."""
    today = moment(look.at).date()
    coming = _coming(look, query.market, today)
    ahead = next((c["delivery_day"] for what in ("gate", "open") for c in coming if c["event"] == what), None)
    day = query.day or (date.fromisoformat(ahead) if ahead else today)
    version = markets.version_for(look.connection, query.market, day)
    market = version.definition
    timetable = gate.timetable_of(market, day)
    zones = (timetable.zone, *timetable.also_shown)
    shown = []
    for due in sorted(_events(market, day), key=lambda d: d.at):
        texts = [local_text(moment(due.at), zone) for zone in zones]
        shown.append(
            {"event": due.event, "rung": due.rung, "at": time_text(due.at), "local": texts[0], "elsewhere": texts[1:]}
        )
    return {
        "market": query.market, "delivery_day": day.isoformat(), "version": version.version, "profile": market.profile,
        "time_zone": timetable.zone.key, "mtu_minutes": timetable.mtu_minutes, "events": shown,
        "clock_changes": day in clock_changes(timetable.zone, day, day), "now": time_text(look.at), "coming": coming,
    }  # fmt: skip


def _events(market: MarketDefinition, day: date) -> list[_Due]:
    """Return what happens for a delivery day."""
    timetable, rules = gate.timetable_of(market, day), load_door_rules(market.profile, day)
    usual = {event.name: microseconds(event.utc) for event in events(timetable, day)}
    found = [_Due(name, at) for name, at in usual.items()]
    due = moments.due(market, day)
    if market.lines:
        found.append(_Due("capacity_due", due.capacity))
        found.append(_Due("nomination_due", due.nomination))
    if rules.verification_minutes:
        found.append(_Due("verified", usual["gate"] + rules.verification_minutes * MINUTE))
    if rules.corridor == "requested":
        found.append(_Due("corridor_due", gate.corridor_due(market, day, usual["gate"])))
    found += [_Due("rung", at, rung) for rung, at in gate.deadlines_of(market, day, usual["gate"])]
    begins = datetime.combine(day, datetime.min.time(), ZoneInfo(market.time_zone))
    return [*found, _Due("delivery", microseconds(begins))]


def _coming(look: Look, market: str, today: date) -> list[Shown]:
    """Return the next event of each session that the timetable wants about now, by time."""
    try:
        definition = markets.version_for(look.connection, market, today).definition
        due = sessions_due(gate.timetable_of(definition, today), moment(look.at), HORIZON)
    except BadInput:  # no version holds today: a market that begins later, or has ended
        markets.check_known(look.connection, market)
        return []
    found = [
        {"delivery_day": d.delivery_day.isoformat(), "event": d.coming.name,
         "at": time_text(microseconds(d.coming.utc))} for d in due if d.coming.utc <= moment(look.at) + HORIZON
    ]  # fmt: skip
    return sorted(found, key=lambda c: (c["at"], c["delivery_day"]))[:MOST_COMING]
