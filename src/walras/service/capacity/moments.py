"""When figures of a delivery day are due, in microseconds; and which delivery day a minute belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from walras.capacity.layers import CapacityRules
from walras.service.clock import microseconds, time_text
from walras.service.definition import MarketDefinition
from walras.service.timetable.local_time import to_utc
from walras.service.timetable.rules import DoorRules, load_door_rules
from walras.service.timetable.timetable import read_moment
from walras.service.work import refuse


@dataclass(frozen=True)
class Due:
    """Until when capacities of a day may be declared and schedules nominated, microseconds."""

    capacity: int
    nomination: int


def due(market: MarketDefinition, day: date) -> Due:
    """Return when figures of a delivery day are due: as the market says, or else its profile."""
    rules = load_door_rules(market.profile, day)
    texts = (market.capacity.capacity_due or rules.capacity_due, market.capacity.nomination_due or rules.nomination_due)
    capacity, nomination = (_at(text, day, ZoneInfo(market.time_zone)) for text in texts)
    return Due(capacity, nomination)


def _at(text: str, day: date, zone: ZoneInfo) -> int:
    moment = read_moment(text)
    assert moment is not None, "checked when the market was defined"
    return microseconds(to_utc(day + timedelta(days=moment.days), moment.at, zone))


def capacity_rules(rules: DoorRules) -> CapacityRules:
    """Return what a profile says about capacity, as the capacity room reads it."""
    return CapacityRules(rules.capacity_layers, rules.curtailed_first, rules.netting == "matched", rules.permits)


def local_day(market: MarketDefinition, minute: int) -> date:
    """Return the local day that a UTC minute lies in."""
    return datetime.fromtimestamp(minute * 60, UTC).astimezone(ZoneInfo(market.time_zone)).date()


def check_open(at: int, until: int, what: str, where: str, rule: str, closed_at: int | None = None) -> None:
    """Refuse what comes after it was due, or after the service has closed it, also where the clock was set back."""
    if at >= until or closed_at is not None:
        fix = "Send figures of a later day."
        raise refuse(f"{what} were due until {time_text(until)}", where, rule, fix)
