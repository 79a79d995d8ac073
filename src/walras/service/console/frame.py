"""The frame around every page: head, menu, who is signed in, language, theme, and the place itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui

from walras.service.console.desk import Desk
from walras.service.console.places import Place, menu
from walras.service.roles import PUBLIC
from walras.service.words.catalogue import LANGUAGES, NAMES

THEMES = ("auto", "light", "dark")


@contextmanager
def frame(desk: Desk, place: Place, theme: str) -> Iterator[None]:
    """Draw the frame; what is made inside stands in its main part."""
    t = desk.t
    ui.dark_mode({"light": False, "dark": True}.get(theme))
    about = {"lang": desk.language, "user": desk.actor.user}
    ui.add_body_html(
        "<script>((page, about) => { page.lang = about.lang; page.dataset.user = about.user; })"
        f"(document.documentElement, {json.dumps(about)})</script>"
    )
    ui.page_title(f"{t(place.title)} - Walras")
    drawer = ui.left_drawer(value=False, bordered=True).classes("menu")  # where there is room the browser opens it
    with drawer.props("width=248 breakpoint=1023 show-if-above"):
        _menu(desk, place)
    with ui.header().classes("head"):
        toggle = ui.button(icon="menu", on_click=drawer.toggle, color=None).props("flat round dense").classes("toggle")
        toggle.props(f'aria-label="{t("Menu")}"')
        ui.link("Walras", "/").classes("brand")
        if desk.is_rehearsal:
            ui.label(t("Rehearsal")).classes("rehearsal")
        ui.element("div").classes("grow")
        _clock(desk)
        _person(desk, theme)
    with ui.element("div").classes("main") as main:  # inside NiceGUI's own <main>
        with ui.element("h1"):
            desk.heading = ui.label(t(place.title)).classes("inline")
        with ui.element("div").classes("page"):
            yield
    ui.skip_link(t("To the content"), target=main)


def _menu(desk: Desk, here: Place) -> None:
    t = desk.t
    with ui.element("nav").props(f'aria-label="{t("Menu")}"'):
        for group, places in menu(desk.actor.role):
            with ui.element("h2").classes("menu-head"):
                ui.label(t(group)).classes("inline")
            with ui.element("ul"):
                for place in places:
                    with ui.element("li"):
                        link = ui.link(target=place.address).classes("menu-link")
                        if place is here:
                            link.classes("here").props('aria-current="page"')
                        with link:
                            ui.icon(place.icon or "chevron_right").props('aria-hidden="true"')
                            ui.label(t(place.title))


def _clock(desk: Desk) -> None:
    """Show the market's time, moved on in the browser: no request is made for it."""
    with desk.service.store.read() as connection:
        now = desk.service.store.clock.now(connection)
    stamp = ui.label("").classes("clock").props(f'data-now="{now // 1000}" data-zone="{desk.zone.key}"')
    stamp.props(f'title="{desk.t("Time of the market")}"')


def _person(desk: Desk, theme: str) -> None:
    t = desk.t
    if desk.actor == PUBLIC:
        ui.link(t("Sign in"), "/sign-in").classes("head-link")
        return
    label = f"{desk.actor.company} {desk.actor.user}"
    with (
        ui.button(label, icon="person", color=None).props(f'flat no-caps dense aria-label="{label}"').classes("person"),
        ui.menu().props("auto-close"),
    ):
        ui.label(t(str(desk.actor.role).replace("_", " "))).classes("menu-note")
        ui.menu_item(t("My sign-in"), lambda: ui.navigate.to("/me"))
        ui.separator()
        for language in LANGUAGES:
            mark = "✓ " if language == desk.language else ""
            ui.menu_item(mark + NAMES[language], lambda chosen=language: _choose("language", chosen))
        ui.separator()
        for one in THEMES:
            mark = "✓ " if one == theme else ""
            ui.menu_item(mark + t(one), lambda chosen=one: _choose("theme", chosen))
        ui.separator()
        ui.menu_item(t("Sign out"), _sign_out)
    ui.html('<form id="sign-out" method="post" action="/sign-out" hidden></form>', sanitize=False)


def _sign_out() -> None:
    """Leave; what this tab kept of forms and sheets goes too, for another person may sign in at it."""
    ui.run_javascript("sessionStorage.clear(); document.getElementById('sign-out').submit()")


def _choose(what: str, value: str) -> None:
    """Keep a choice in a cookie and show the page anew."""
    script = f"document.cookie='walras-{what}={value};path=/;max-age=31536000;samesite=strict';location.reload()"
    ui.run_javascript(script)
