"""Parts that pages are put together from: headings, the market that a page is about, ways beside it, raw JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlencode

from nicegui import ui

from walras.service.api import strict
from walras.service.api.problems import Refused
from walras.service.commands import Command
from walras.service.console.desk import Declined, Desk
from walras.service.console.forms import Done, open_form, over
from walras.service.queries import ListMarkets, Query

Q = TypeVar("Q", bound=Query)


def heading(text: str, level: int = 2) -> None:
    """Write the heading of a part."""
    with ui.element(f"h{level}"):
        ui.label(text).classes("inline")


@contextmanager
def part(text: str, level: int = 2) -> Iterator[Any]:
    """Put what is made inside under a heading."""
    with ui.element("section").classes("section") as box:
        heading(text, level)
        yield box


async def market_of(desk: Desk) -> str | None:
    """Return the market that a page is about, of its address or the first; a choice is shown where there are several.

    Where there is none, the page says so and None comes back.
    """
    codes = [m["market"] for m in (await desk.ask(ListMarkets()))["items"]]
    if not codes:
        ui.label(desk.t("There is no market yet. The operator makes one; then its figures stand here.")).classes(
            "empty"
        )
        return None
    chosen = desk.query.get("market", "")
    market = chosen if chosen in codes else str(codes[0])
    if len(codes) > 1:
        box = ui.select(codes, label=desk.t("Market"), value=market).props("outlined dense").classes("chooser")
        box.on_value_change(lambda event: go(desk, market=event.value))
    return market


def go(desk: Desk, **changed: str | None) -> None:
    """Show the page with other parameters of its address; None takes one away."""
    given = {name: value for name, value in (dict(desk.query) | changed).items() if value}
    ui.navigate.to(f"?{urlencode(given)}")


def addressed(desk: Desk, query: type[Q], names: Sequence[str], **given: str) -> Q:
    """Return a query with parameters of the page's address, read as strictly as at the API.

    Args:
        desk: Where it stands.
        query: What is asked.
        names: Parameters that are taken from the address, where it has them.
        given: Others.

    Raises:
        Declined: A parameter cannot be read.
    """
    pairs = [(name, desk.query[name].strip()) for name in names if desk.query.get(name, "").strip()]
    try:
        return strict.parameters(query, pairs, given)
    except Refused as error:
        raise Declined([error.mistake]) from error


def beside(desk: Desk, pages: Sequence[tuple[str, str]], here: str, **keep: str) -> None:
    """Show the ways to the pages that belong together, as (address, translated name).

    Args:
        desk: Where it stands.
        pages: Of the group.
        here: Address of this one.
        keep: Parameters that go along, such as the market.
    """
    given = {name: value for name, value in keep.items() if value}
    with ui.element("nav").classes("beside").props(f'aria-label="{desk.t("Pages beside this one")}"'):
        for address, name in pages:
            link = ui.link(name, address + (f"?{urlencode(given)}" if given else ""))
            if address == here:
                link.classes("here").props('aria-current="page"')


def act(
    desk: Desk, command: type[Command], text: str, preset: Mapping[str, Any] | None = None, *,
    fixed: tuple[str, ...] = (), on_done: Done | None = None, icon: str = "",
) -> ui.button | None:  # fmt: skip
    """Offer an act as a button that opens its form; nothing where the role may not ask for it."""
    if not desk.may(command.word()):
        return None
    button = ui.button(
        text, icon=icon or None,
        on_click=lambda: open_form(desk, command, preset, fixed=fixed, on_done=on_done, title=text),
    )  # fmt: skip
    return button.props("outline no-caps").mark(f"act-{command.word()}")


def pager(desk: Desk, following: Any, cursor: str = "after") -> None:
    """Show the ways to the first page of a list and to the next one; the address says where one is."""
    t = desk.t
    with ui.element("nav").classes("row-of-acts").props(f'aria-label="{t("Pages of the list")}"'):
        if desk.query.get(cursor):
            first = ui.button(t("First page"), icon="first_page", on_click=lambda: go(desk, **{cursor: None}))
            first.props("outline no-caps")
        if following is not None:
            further = {cursor: str(following)}
            ui.button(t("Next page"), icon="navigate_next", on_click=lambda: go(desk, **further)).props(
                "outline no-caps"
            )


def show_raw(desk: Desk, title: str, value: Any) -> None:
    """Open what is behind a row, as it is stored, over the page."""
    named = f'aria-label="{title.replace(chr(34), "")}"'
    with over(), ui.dialog(value=True).props(named) as dialog, ui.card().classes("form-card"):
        ui.label(title).classes("text-h6").props('role="heading" aria-level="2"')
        text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, default=str)
        with ui.element("pre").classes("raw").props('tabindex="0"'):
            ui.label(text).classes("inline")
        ui.button(desk.t("Close"), on_click=dialog.close).props("flat no-caps")
