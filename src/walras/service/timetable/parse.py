"""Read a timetable from TOML or JSON; every mistake at once, each with its rule."""

from __future__ import annotations

import json
import tomllib
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from walras.errors import BadInput, Mistake
from walras.service.timetable.business_days import is_country
from walras.service.timetable.events import events
from walras.service.timetable.local_time import clock_changes, is_zone
from walras.service.timetable.mtus import LENGTHS, first_and_count
from walras.service.timetable.timetable import EVENT_NAMES, MOST_DAYS_AHEAD, Moment, Timetable, read_moment

MOST_BYTES, MOST_NAME, MOST_ZONES, MOST_COUNTRIES = 64_000, 200, 20, 20
FIRST, LAST = date(2020, 1, 1), date(2037, 12, 31)
_QUARTERS = tuple(date(year, month, 15) for year in range(2025, 2038) for month in (1, 4, 7, 10))
_KNOWN = ("market", "time_zone", "also_shown", "mtu_minutes", "events", "business_days")
_EVENTS = "Write D-1 12:00: days from the delivery day D, then the local time."


class _Reader:
    """The settings of one file, and what is wrong with them."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.mistakes: list[Mistake] = []

    def wrong(self, what: str, where: str, rule: str, fix: str) -> None:
        self.mistakes.append(Mistake(what, where, rule, fix))

    def table(self, name: str, known: tuple[str, ...]) -> dict[str, Any]:
        table = self.data.get(name, {})
        if not isinstance(table, dict):
            self.wrong(f"{name} is no table", name, "timetable_type", f"Write a table [{name}].")
            return {}
        self.unknown(table, known, name)
        return table

    def unknown(self, table: dict[str, Any], known: tuple[str, ...], where: str) -> None:
        for key in sorted(set(table) - set(known)):
            what = f"{key[:50]!r} is not known"
            self.wrong(what, where, "timetable_setting_known", f"Remove or rename it; known are {', '.join(known)}.")


def parse(text: str, form: str = "toml") -> Timetable:
    """Return the timetable that a TOML or JSON text describes (docs/how-to/set-a-timetable.md).

    Raises:
        BadInput: With every mistake that was found.
    """
    if form not in ("toml", "json"):
        _refuse(f"form {form!r} is not known", "timetable_form", "Send toml or json.")
    if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        _refuse(f"the text is longer than {MOST_BYTES} bytes", "timetable_size", "A timetable is one page.")
    try:
        data = tomllib.loads(text) if form == "toml" else json.loads(text)
    except (ValueError, RecursionError) as error:
        _refuse(f"the text cannot be read: {error}", "timetable_readable", f"Write valid {form.upper()}.")
    if not isinstance(data, dict):
        _refuse("the text is no table", "timetable_readable", "Write a table with its settings.")
    return timetable_from(data)


def timetable_from(data: dict[str, Any]) -> Timetable:
    """Return a timetable from its settings (see `parse`)."""
    reader = _Reader(data)
    reader.unknown(data, _KNOWN, "timetable")
    market = _market(reader)
    zone = _zone(reader, data.get("time_zone"), "time_zone")
    shown = _also_shown(reader)
    minutes = _mtu_minutes(reader, zone)
    moments = _moments(reader)
    only, countries, weekend = _business_days(reader)
    if reader.mistakes or zone is None or moments is None:
        raise BadInput(reader.mistakes)
    timetable = Timetable(market, zone, moments, minutes, shown, only, countries, weekend)
    _check_clock_changes(reader, timetable)
    if reader.mistakes:
        raise BadInput(reader.mistakes)
    return timetable


def _market(reader: _Reader) -> str:
    market = reader.data.get("market")
    if not isinstance(market, str) or not market.strip() or len(market) > MOST_NAME or not market.isprintable():
        reader.wrong("market is no name", "market", "market_named", f"Write a name of 1 to {MOST_NAME} characters.")
        return ""
    return market.strip()


def _zone(reader: _Reader, name: object, where: str) -> ZoneInfo | None:
    if isinstance(name, str) and is_zone(name):
        return ZoneInfo(name)
    what = f"time zone {str(name)[:50]!r} is not known" if name is not None else f"{where} is missing"
    reader.wrong(what, where, "time_zone_known", "Write an IANA name such as Europe/Rome or Asia/Kathmandu.")
    return None


def _also_shown(reader: _Reader) -> tuple[ZoneInfo, ...]:
    names = _list(reader, reader.data.get("also_shown", []), "also_shown", MOST_ZONES)
    zones = [_zone(reader, name, "also_shown") for name in names]
    return tuple(z for z in zones if z is not None)


def _list(reader: _Reader, value: object, where: str, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        reader.wrong(f"{where} is no list of at most {most}", where, "timetable_type", "Write a list.")
        return []
    return value


def _mtu_minutes(reader: _Reader, zone: ZoneInfo | None) -> int:
    minutes = reader.data.get("mtu_minutes", 60)
    if not isinstance(minutes, int) or isinstance(minutes, bool) or minutes not in LENGTHS:
        fix = f"Choose {', '.join(map(str, LENGTHS))} minutes."
        reader.wrong(f"mtu_minutes = {str(minutes)[:50]!r} is no length of an MTU", "mtu_minutes", "mtu_length", fix)
        return 60
    if zone is not None:
        for day in (*_QUARTERS, *clock_changes(zone, _QUARTERS[0], LAST)):
            try:
                first_and_count(day, zone, minutes)
            except BadInput as error:
                reader.mistakes += error.mistakes
                break
    return minutes


def _moments(reader: _Reader) -> tuple[Moment, ...] | None:
    table = reader.table("events", EVENT_NAMES)
    moments: dict[str, Moment] = {}
    for name in EVENT_NAMES:
        moment = read_moment(table.get(name))
        if name not in table:
            reader.wrong(f"{name} is missing", "events", "event_present", f"Add {name}. {_EVENTS}")
        elif moment is None:
            reader.wrong(f"{name} = {str(table[name])[:50]!r} is no moment", "events", "event_moment", _EVENTS)
        elif abs(moment.days) > MOST_DAYS_AHEAD:
            reader.wrong(f"{name} is {moment.days} days away", "events", "event_moment", f"At most {MOST_DAYS_AHEAD}.")
        else:
            moments[name] = moment
    for (a, first), (b, second) in pairwise(moments.items()):
        if second <= first:
            fix = f"Keep the order {', '.join(EVENT_NAMES)}."
            reader.wrong(f"{b} ({second}) is not after {a} ({first})", "events", "events_in_order", fix)
    if "gate" in moments and moments["gate"].days >= 0:
        what = f"gate ({moments['gate']}) is not before delivery begins (D 00:00)"
        reader.wrong(what, "events", "gate_before_delivery", "Close the gate on D-1 or earlier.")
    return tuple(moments.values()) if len(moments) == len(EVENT_NAMES) else None


def _business_days(reader: _Reader) -> tuple[bool, tuple[str, ...], tuple[int, ...]]:
    table = reader.table("business_days", ("only", "holidays_of", "weekend"))
    only = table.get("only", False)
    if not isinstance(only, bool):
        reader.wrong(
            f"only = {str(only)[:50]!r} is neither true nor false", "business_days", "timetable_type", "Write it."
        )
    countries = _list(reader, table.get("holidays_of", []), "holidays_of", MOST_COUNTRIES)
    for country in countries:
        if not isinstance(country, str) or not is_country(country):
            fix = "Write a country such as KZ, or a part of one such as DE-BY."
            reader.wrong(f"no holidays of {str(country)[:50]!r} are known", "holidays_of", "holidays_known", fix)
    weekend = _list(reader, table.get("weekend", [5, 6]), "weekend", 3)
    if not all(isinstance(d, int) and not isinstance(d, bool) and 0 <= d <= 6 for d in weekend):
        reader.wrong("weekend holds no days", "weekend", "weekend_days", "Write days, 0 = Monday to 6 = Sunday.")
    return only is True, tuple(map(str, countries)), tuple(d for d in weekend if isinstance(d, int))


def _check_clock_changes(reader: _Reader, timetable: Timetable) -> None:
    """Report events that some clock change from 2020 to 2037 puts on one moment, once a pair of events."""
    said = set()
    days = {
        change - timedelta(days=m.days)
        for change in clock_changes(timetable.zone, FIRST, LAST)
        for m in timetable.moments
    }
    for day in sorted(days):
        try:
            events(timetable, day)
        except BadInput as error:
            for mistake in error.mistakes:
                what = mistake.what.split(": ", 1)[1]
                if what not in said:
                    said.add(what)
                    reader.mistakes.append(mistake)


def _refuse(what: str, rule: str, fix: str) -> NoReturn:
    raise BadInput([Mistake(what, "timetable", rule, fix)])
