"""The inbox of a company: notices, the newest first, each with the way to what it is about; new ones are marked.

What was read is known to the browser alone (console.js): the market keeps notices, not who looked at them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nicegui import ui

from walras.results.minor_units import decimals_of
from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.pages.money.notice_words import WORDS
from walras.service.console.places import mark, place
from walras.service.console.sections import show_raw
from walras.service.queries import ListNotices
from walras.service.roles import Role

Notice = dict[str, Any]
Body = Mapping[str, Any]
A_PAGE = 50
NAMES = ("contract", "agreement", "number", "payment", "document", "permit", "right")
"""Fields of notices that name things."""


@place("/notices", mark("Notices"), group="Record", icon="notifications", order=10)
async def notices(desk: Desk) -> None:
    """Show a page of notices."""
    t = desk.t
    after = shown.whole_of(desk.query.get("after")) or 0
    found = await desk.ask(ListNotices(first="newest", after=after, limit=A_PAGE))
    if not found["items"]:
        empty = t("Nothing was told to your company yet. Gates, results, contracts and money are told here.")
        ui.label(empty).classes("empty")
        return
    show(desk, found["items"])
    with ui.element("nav").classes("row-of-acts").props(f'aria-label="{t("Pages")}"'):
        if after:
            ui.link(t("The newest"), "/notices")
        if found["next"] is not None:
            ui.link(t("Older"), f"/notices?after={found['next']}")


def show(desk: Desk, items: list[Notice], *, is_inbox: bool = True) -> None:
    """Show notices as a list; in the inbox those that this browser has not shown yet are marked."""
    t = desk.t
    with ui.element("ol").classes("notices").props(f'data-notices="{desk.actor.user}"' if is_inbox else ""):
        for notice in items:
            with ui.element("li").props(f'data-notice="{notice["notice"]}"'):
                with ui.element("div").classes("notice-head"):
                    ui.label(t("new")).classes("badge badge-preliminary notice-new")
                    ui.label(t(WORDS.get(notice["kind"]) or str(notice["kind"]))).classes("said")
                    ui.label(shown.time(notice["at"], desk.zone, desk.language)).classes("quiet")
                about = about_of(desk, notice)
                if about:
                    ui.label(about).classes("anywhere")
                with ui.element("div").classes("row-of-acts"):
                    for text, address in ways(desk, notice):
                        ui.link(text, address)
                    if is_inbox:
                        _whole(desk, notice)


def _whole(desk: Desk, notice: Notice) -> None:
    t = desk.t
    title = t("Notice {number}").format(number=notice["notice"])
    button = ui.button(t("All of it"), on_click=lambda: show_raw(desk, title, notice))
    button.props("flat dense no-caps size=sm").props(f'aria-label="{t("All of it")}: {title}"')


def about_of(desk: Desk, notice: Notice) -> str:
    """Return in one line what a notice is about: names, days, amounts, times and reasons that it holds."""
    t, body = desk.t, notice["body"]
    said: list[str] = [notice["session"]] if notice["session"] else []
    said += [str(body[n]) for n in NAMES if body.get(n)]
    for name, label, write in _fields(desk):
        if body.get(name) not in (None, "", []):
            said.append(f"{label}: {write(body[name])}")
    currency = str(body.get("currency", ""))
    for name in ("amount_minor", "receives_minor"):
        minor = body.get(name)
        if isinstance(minor, int) and len(currency) == 3:
            sign = t("to receive") if minor >= 0 else t("to pay")
            label = t("amount") if name == "amount_minor" else sign
            said.append(f"{label}: {shown.money(abs(minor), decimals_of(currency), desk.language)} {currency}")
    return ", ".join(said)


def _fields(desk: Desk) -> list[tuple[str, str, Callable[[Any], str]]]:
    t = desk.t

    def time(value: Any) -> str:
        return shown.time(str(value), desk.zone, desk.language)

    def day(value: Any) -> str:
        return shown.day(str(value), desk.language)

    return [
        ("delivery_day", t("day"), day), ("gate_at", t("gate"), time),
        ("confirm_until", t("to be confirmed until"), time),
        ("objections_until", t("objections until"), time), ("due_at", t("due"), time), ("due", t("due"), day),
        ("version", t("version"), str), ("reason", t("reason"), str), ("state", t("state"), lambda v: t(str(v))),
        ("kind", t("kind"), lambda v: t(str(v).replace("_", " "))),
        ("month", t("month"), str), ("member", t("member"), str),
    ]  # fmt: skip


def ways(desk: Desk, notice: Notice) -> list[tuple[str, str]]:
    """Return where a notice leads: (text, address) of each thing that it is about."""
    t, body, kind, session = desk.t, notice["body"], notice["kind"], notice["session"]
    is_member = desk.actor.role is Role.MEMBER
    found: list[tuple[str, str]] = []
    if session and kind == "session settled":
        found.append((t("Statement"), f"/statements/{session}/{body.get('run', 1)}"))
    elif session and not kind.startswith("margin"):  # a margin call names its market there
        own = "/results" if kind.startswith("result") else "/orders"
        found.append((t("Session"), f"{own}/{session}" if is_member else f"/sessions/{session}"))
    agreement, contract = body.get("agreement"), body.get("contract")
    if isinstance(agreement, str) and agreement.startswith("SA-"):
        found.append((t("Supply agreement"), f"/supply/{agreement}"))
    elif isinstance(contract, str) and contract.startswith("C-"):
        day = body.get("delivery_day")
        is_day = kind == "schedule anomaly" and day and is_member
        found.append((t("Contract"), f"/contracts/{contract}" + (f"/nominations/{day}" if is_day else "")))
    for words, text, address in (
        (("document issued", "dispute"), t("Invoices"), "/invoices"), (("payment",), t("Payments"), "/payments"),
        (("margin", "cover", "default declared"), t("Collateral"), "/money"),
        (("rights set", "company", "key", "console"), t("My company"), "/company"),
    ):  # fmt: skip
        if kind.startswith(words):
            found.append((text, address))
    return found
