"""Which market and delivery day a page of the border is about: chosen in a bar above it, kept in the address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from nicegui import ui
from nicegui.events import GenericEventArguments

from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.sections import go, market_of
from walras.service.queries import ListSessions

TYPED = "(e) => emit(e && e.target ? e.target.value : e)"
"""What a field holds once it is left: its own event may come before the one that changes its value."""


@dataclass(frozen=True)
class Chosen:
    """What a page is about.

    Attributes:
        market: Its code.
        day: Delivery day.
        at: What time it is on the market's clock, as the door writes times.
    """

    market: str
    day: date
    at: str

    def link(self, address: str, **more: Any) -> str:
        """Return the address of a page about the same market and day."""
        given = {"market": self.market, "day": self.day.isoformat()} | more
        return f"{address}?{urlencode({n: str(v) for n, v in given.items() if v})}"


async def choose(desk: Desk, *, is_over: bool = False) -> Chosen | None:
    """Draw the bar and return what is chosen; None, with words on the page, where there is no market.

    Args:
        desk: Where it stands.
        is_over: Whether the page is about days that have gone by, for the day that it shows first.
    """
    with ui.element("div").classes("row-of-acts") as bar:
        market = await market_of(desk)
    if market is None:
        return None
    at = await desk.now()
    day = day_of(desk.query.get("day")) or await _usual(desk, market, local_day(desk, at), is_over=is_over)
    with bar:
        _days(desk, day)
    return Chosen(market, day, at)


def day_of(text: str | None) -> date | None:
    """Return a day that was typed or stands in an address, None for anything else, and for one without neighbours.

    >>> day_of("2027-01-31"), day_of("soon"), day_of(None), day_of("9999-12-31")
    (datetime.date(2027, 1, 31), None, None, None)
    """
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    return day if day is not None and date.min < day < date.max else None


def local_day(desk: Desk, at: str) -> date:
    """Return the day that a time lies in, where the person is."""
    moment = shown.moment_of(at)
    assert moment is not None, "a time of the door"
    return moment.astimezone(desk.zone).date()


async def _usual(desk: Desk, market: str, today: date, *, is_over: bool) -> date:
    """Return the latest day with a session, of those that are over or of all; otherwise yesterday or tomorrow."""
    found = (await desk.ask(ListSessions(market=market)))["items"]
    days = [date.fromisoformat(s["delivery_day"]) for s in found if s["state"] != "cancelled"]
    fitting = [d for d in days if d < today] if is_over else days
    return max(fitting, default=today + timedelta(days=-1 if is_over else 1))


def _days(desk: Desk, day: date) -> None:
    """Draw the way to other days; each loads the page anew, so that every view has an address."""
    t = desk.t
    before, after = ((day + timedelta(days=n)).isoformat() for n in (-1, 1))
    back = ui.button(icon="chevron_left", on_click=lambda: go(desk, day=before)).props("flat round dense")
    back.props["aria-label"] = t("The day before")
    box = ui.input(t("Delivery day"), value=day.isoformat()).props("outlined dense type=date stack-label").mark("day")

    def chosen(event: GenericEventArguments) -> None:
        typed = day_of(str(event.args))
        if typed is not None:
            go(desk, day=typed.isoformat())

    box.on("change", chosen, js_handler=TYPED)
    on = ui.button(icon="chevron_right", on_click=lambda: go(desk, day=after)).props("flat round dense")
    on.props["aria-label"] = t("The day after")
    ui.label(shown.day(day.isoformat(), desk.language)).classes("quiet")


def due(desk: Desk, what: str, until: str | None, at: str, over: str) -> bool:
    """Say until when something is due, with a countdown while it is to come; return whether it still is.

    Args:
        desk: Where it stands.
        what: What is due.
        until: Time, as the door writes it.
        at: What time it is.
        over: Said once the time has passed.
    """
    moment = shown.moment_of(until)
    if moment is None or until is None:
        return True
    with ui.element("div").classes("row-of-acts"):
        ui.label(f"{what}: {shown.time(until, desk.zone, desk.language)}")
        label = ui.label("").classes("countdown").props(f'data-until="{round(moment.timestamp() * 1000)}" role="timer"')
        label.props["data-over"] = over
        if until <= at:
            label.text = over
    return until > at
