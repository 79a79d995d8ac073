"""What commands that ask for capacity have in common: which days they touch, and whether those are still open."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import Connection

from walras.capacity.elements import IntArray
from walras.capacity.layers import FORWARD
from walras.capacity.paths import Hop, Path, by_mtu
from walras.capacity.taking import utc_text
from walras.errors import BadInput
from walras.service.capacity import moments
from walras.service.capacity.state import MOST_DAYS, State, state_of
from walras.service.clock import MINUTE
from walras.service.definition import MarketDefinition, line_span
from walras.service.store import capacity as stored
from walras.service.store import markets
from walras.service.work import Work, refuse


def stream_of(market: str) -> str:
    """Return the stream of the trail that has what happens to a market's capacity.

    >>> stream_of("two")
    'capacity.two'
    """
    return f"capacity.{market}"


def days_of(connection: Connection, market: str, begin: int, end: int, names: Collection[str]) -> tuple[date, date]:
    """Return the first and the last delivery day that `[begin, end)` lies in, by the days of some elements.

    Raises:
        BadInput: They are too many (rule `days_asked`), or no version of the market holds.
    """
    if end - begin > MOST_DAYS * 1440:
        what = f"the periods reach over more than {MOST_DAYS} days"
        raise refuse(what, "volumes", "days_asked", f"Send at most {MOST_DAYS} days at once.")
    definition = definition_about(connection, market, begin)
    first, last = (moments.local_day(definition, minute) for minute in (begin, end - 1))
    lines = [line for line in definition.lines if line.line in _lines(definition, names)]
    starts = [[s[0] for s in (line_span(definition, line, day) for line in lines) if s] for day in (first, last)]
    if any(begin < start for start in starts[0]):  # a gas day begins in the morning
        first -= timedelta(days=1)
    if starts[1] and all(end <= start for start in starts[1]):
        last -= timedelta(days=1)
    return first, last


def _lines(definition: MarketDefinition, names: Collection[str]) -> set[str]:
    """Return the lines among some elements, and of the cross-sections among them."""
    sections = (s for s in definition.cross_sections if s.cross_section in names)
    return {*names, *(line for s in sections for line in s.lines)}


def definition_about(connection: Connection, market: str, minute: int) -> MarketDefinition:
    """Return the definition that holds about a minute; the first local day of a market may begin on the UTC day before.

    Raises:
        BadInput: None holds on that day or the next (`market_valid`).
    """
    epoch = date(1970, 1, 1)
    utc_day = epoch + timedelta(days=min(max(minute // 1440, 0), (markets.LAST_DAY - epoch).days))
    try:
        return markets.version_for(connection, market, utc_day).definition
    except BadInput:
        return markets.version_for(connection, market, utc_day + timedelta(days=1)).definition


def check_to_come(begin: int, at: int) -> None:
    """Refuse periods that have begun (rule `periods_to_come`)."""
    if begin * MINUTE <= at:
        what = f"{utc_text(begin)} has begun already"
        raise refuse(what, "volumes", "periods_to_come", "Send periods that are still to come.")


def state_over(
    connection: Connection, market: str, starts: IntArray, minutes: IntArray, names: Collection[str], at: int
) -> State:
    """Return the state of the delivery days that periods lie in, which must be to come."""
    check_to_come(int(starts.min()), at)
    first, last = days_of(connection, market, int(starts.min()), int((starts + minutes).max()), names)
    return state_of(connection, market, first, last, names)


def expanded(
    state: State, element: int, starts: IntArray, minutes: IntArray, kw: IntArray
) -> tuple[IntArray, IntArray]:
    """Return the MTUs of an element that periods cover, and the power in each."""
    return by_mtu(state.elements, Path(((Hop(element, FORWARD),),)), starts, minutes, kw, "volumes")


def check_layer(state: State, layer: str) -> None:
    """Refuse a layer that the profile does not have (rule `capacity_layer`)."""
    if layer not in state.ledger.rules.layers:
        has = ", ".join(state.ledger.rules.layers)
        raise refuse(f"the profile has no layer {layer}", "layer", "capacity_layer", f"It has {has}.")


def is_open(work: Work, market: str, day: date, at: int) -> bool:
    """Return whether schedules of a day are neither due nor matched."""
    definition = markets.version_for(work.connection, market, day).definition
    done = stored.day_of(work.connection, market, day.isoformat())
    return at < moments.due(definition, day).nomination and (done is None or done.matched_at is None)


def check_days_open(work: Work, state: State, first: date, at: int) -> None:
    """Refuse what begins on a day whose schedules are matched or due (rule `nomination_deadline`)."""
    until = moments.due(state.definition, first).nomination
    moments.check_open(at, until, f"schedules of {first}", f"delivery day {first}", "nomination_deadline")
    done = stored.day_of(work.connection, state.market, first.isoformat())
    if done is not None and done.matched_at is not None:
        what, fix = f"schedules of {first} are matched", "Begin on a later day."
        raise refuse(what, f"delivery day {first}", "nomination_deadline", fix)
