"""Payments in and out, and the bank accounts that they go through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from walras.service.commands import (
    CloseBankAccount,
    Command,
    ExchangeCurrency,
    FreePayout,
    HoldPayout,
    OpenBankAccount,
    ReceivePayment,
    ReleasePayment,
    ReturnPayment,
    SendPayment,
)
from walras.service.console.desk import Desk
from walras.service.console.forms import open_form
from walras.service.console.listing import Column, listing
from walras.service.console.pages.ledger.ways import ENTRIES, PAYMENTS, begin, with_decimals
from walras.service.console.places import mark, place
from walras.service.console.sections import act, part
from walras.service.queries import ListBalances, ListBankAccounts, ListPayments
from walras.service.queries.query import WATCHING

STATES = (
    mark("counted"),
    mark("sent"),
    mark("blocked"),
    mark("returned"),
    mark("held"),
    mark("freed"),
    mark("reversed"),
)
WAYS = (mark("in"), mark("out"), mark("hold"))
WAITING = ("blocked", "held")
ON_PAYMENT: dict[str, type[Command]] = {
    "release": ReleasePayment, "return": ReturnPayment, "free": FreePayout,
}  # fmt: skip
Rows = list[dict[str, Any]]


@place(PAYMENTS, mark("Payments"), WATCHING)
async def payments(desk: Desk) -> None:
    """Show what is to be done, payments and bank accounts."""
    market = await begin(desk, PAYMENTS)
    if market is None:
        return
    box = ui.element("div").classes("page")

    async def refresh() -> None:
        rows = await desk.items(ListPayments(market=market, limit=500), most=20_000)
        banks = (await desk.ask(ListBankAccounts(market=market)))["items"]
        held = {
            (r["account"], r["currency"]): -r["amount_minor"]
            for r in (await desk.ask(ListBalances(market=market)))["items"]
        }
        box.clear()
        with box:
            _offered(desk, market, refresh)
            _waiting(desk, [p for p in rows if p["state"] in WAITING], refresh)
            _every(desk, market, rows, refresh)
            _banks(desk, market, banks, held, refresh)

    await refresh()


def _offered(desk: Desk, market: str, refresh: Any) -> None:
    t = desk.t
    offered: list[tuple[type[Command], str]] = [
        (ReceivePayment, t("Book a payment that came")), (SendPayment, t("Send a payment")),
        (HoldPayout, t("Hold a payout")), (ExchangeCurrency, t("Book an exchange")),
    ]  # fmt: skip
    with ui.element("div").classes("row-of-acts"):
        for command, text in offered:
            act(desk, command, text, {"market": market}, fixed=("market",), on_done=lambda _: refresh())


def _waiting(desk: Desk, rows: Rows, refresh: Any) -> None:
    t = desk.t
    with part(t("Payments that wait")):
        empty = t("No payment is blocked or held. One that cannot cross stands here until it crosses or goes back.")
        listing(
            desk, _columns(desk), _shown(rows), title=t("Payments that wait"), key="id", empty=empty,
            acts=lambda p: _acts(desk, p), on_act=lambda word, payment: _do(desk, word, payment, refresh),
        )  # fmt: skip


def _every(desk: Desk, market: str, rows: Rows, refresh: Any) -> None:
    t = desk.t
    with part(t("All payments")):
        with ui.element("div").classes("filters"):
            text = ui.input(t("Search party, reference or number")).props("outlined dense clearable").mark("search")
            states = ui.select(
                {v: t(v) for v in sorted({r["state"] for r in rows})}, label=t("State"), clearable=True
            ).props("outlined dense")  # fmt: skip
        box = ui.element("div").classes("section")

        def show() -> None:
            needle = (text.value or "").casefold()
            wanted = [
                r for r in rows
                if states.value in (None, r["state"])
                and needle in " ".join(str(r[n]) for n in ("id", "party", "bank_reference")).casefold()
            ]  # fmt: skip
            linked = [
                r | {"event_href": f"{ENTRIES}?market={market}&event={r['event']}"} for r in _shown(reversed(wanted))
            ]
            box.clear()
            with box:
                empty = t("No payment is like that.")
                listing(
                    desk, _columns(desk), linked, title=t("All payments"), key="id", empty=empty,
                    acts=lambda p: _acts(desk, p), on_act=lambda word, payment: _do(desk, word, payment, refresh),
                )  # fmt: skip

        for one in (text, states):
            one.on_value_change(show)
        show()


def _columns(desk: Desk) -> list[Column]:
    t = desk.t
    return [
        Column("id", t("No."), "code"), Column("direction", t("Way"), "words"), Column("party", t("Party"), "code"),
        Column("amount_minor", t("Amount"), "money"), Column("currency", t("Currency")), Column("bank", t("Bank")),
        Column("value_day", t("Value day"), "day"), Column("state", t("State"), "state"),
        Column("bank_reference", t("Reference of the bank")), Column("event", t("Event"), "number", decimals=0),
    ]  # fmt: skip


def _shown(rows: Any) -> Rows:
    return [with_decimals(r) for r in rows]


def _acts(desk: Desk, payment: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what may be done with a payment as it stands."""
    t, state = desk.t, payment["state"]
    offered: list[tuple[str, str]] = []
    if state == "blocked":
        offered = [("release", t("It has crossed")), ("return", t("It went back"))]
    elif state == "counted" and payment["direction"] == "in":
        offered = [("return", t("It went back"))]
    elif state == "held":
        offered = [("free", t("It can be sent"))]
    return [(word, text) for word, text in offered if desk.may(ON_PAYMENT[word].word())]


def _do(desk: Desk, word: str, payment: str, refresh: Any) -> None:
    open_form(desk, ON_PAYMENT[word], {"payment": payment}, fixed=("payment",), on_done=lambda _: refresh())


def _banks(desk: Desk, market: str, banks: Rows, held: Mapping[tuple[str, str], int], refresh: Any) -> None:
    t = desk.t
    rows = [
        with_decimals(b, "held_minor") | {
            "held_minor": held.get((f"bank/{b['name']}", b["currency"]), 0),
            "state": "open" if b["is_open"] else "closed",
        }
        for b in banks
    ]  # fmt: skip
    columns = [
        Column("name", t("Name")), Column("currency", t("Currency")), Column("number", t("Number"), "code"),
        Column("state", t("State"), "state"), Column("held_minor", t("Holds by the ledger"), "money"),
    ]  # fmt: skip

    def close(_word: str, bank: str) -> None:
        preset = {"market": market, "bank": bank}
        open_form(desk, CloseBankAccount, preset, fixed=("market", "bank"), on_done=lambda _: refresh())

    def acts(bank: Mapping[str, Any]) -> list[tuple[str, str]]:
        return [("close", t("Close"))] if bank["is_open"] and desk.may(CloseBankAccount.word()) else []

    with part(t("Bank accounts")):
        empty = t("The market has no bank account. Open one for each currency in which members pay.")
        listing(desk, columns, rows, title=t("Bank accounts"), key="name", empty=empty, acts=acts, on_act=close)
        with ui.element("div").classes("row-of-acts"):
            act(desk, OpenBankAccount, t("Open a bank account"), {"market": market}, fixed=("market",),
                on_done=lambda _: refresh())  # fmt: skip
