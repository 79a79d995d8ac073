"""What bears the loss when a member does not pay: the layers of the waterfall, and what they bore before."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.results.minor_units import decimals_of
from walras.service.console import plots, shown
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.console.pages.ledger.ways import ENTRIES, amount, with_decimals
from walras.service.console.sections import heading, part
from walras.settlement.accounts import ROLES, role_of

FUNDS = ("default_fund", "own_funds")
Rows = list[dict[str, Any]]


def default_funds(desk: Desk, market: str, balances: Rows) -> None:
    """Show what was put aside for the case that somebody does not pay."""
    t = desk.t
    rows = [
        with_decimals(b)
        | {"key": f"{b['account']} {b['currency']}", "meaning": t(ROLES[role_of(b["account"])])}
        | {"account_href": f"{ENTRIES}?market={market}&account={b['account']}"}
        for b in balances
        if role_of(b["account"]) in FUNDS
    ]
    columns = [
        Column("account", t("Account"), "code"), Column("amount_minor", t("Amount"), "money"),
        Column("currency", t("Currency")), Column("meaning", t("What stands there"), "wide"),
    ]  # fmt: skip
    with part(t("Default fund")):
        empty = t("Nothing was paid in: a loss would be borne by the member's own collateral, then by who is owed.")
        listing(desk, columns, rows, title=t("Default fund"), key="key", empty=empty)


def defaults(desk: Desk, market: str, declared: Rows) -> None:
    """Show each default with what every layer of its waterfall bore."""
    t = desk.t
    with part(t("Defaults")):
        if not declared:
            text = t("No default was declared. Two officers declare one; what every layer then bears stands here.")
            ui.label(text).classes("empty")
        for event in declared:
            _default(desk, market, event)


def _default(desk: Desk, market: str, event: dict[str, Any]) -> None:
    t, body = desk.t, event["body"]
    currency = body["currency"]
    with ui.element("section").classes("card section"):
        heading(t("Default of {member}").format(member=body["member"]), 3)
        text = t("{loss} on {time}: {reason}").format(
            loss=amount(desk, body["loss_minor"], currency),
            time=shown.time(event["at"], desk.zone, desk.language), reason=body["reason"],
        )  # fmt: skip
        ui.label(text)
        ui.link(t("Its entries"), f"{ENTRIES}?market={market}&event={event['number']}")
        whole = 10 ** decimals_of(currency)
        layers: dict[str, int] = {}
        for layer, _, minor in body["rows"]:
            layers[layer] = layers.get(layer, 0) + minor
        points = [(t(layer.replace("_", " ")), minor / whole) for layer, minor in layers.items()]
        plots.plot(plots.bars({t("Borne"): points}, currency), t("What each layer bore"))
        columns = [
            Column("layer", t("Layer of the waterfall"), "words"), Column("account", t("Account"), "code"),
            Column("amount_minor", t("Borne"), "money"),
        ]  # fmt: skip
        rows = [
            with_decimals({"key": n, "layer": layer, "account": account, "amount_minor": minor, "currency": currency})
            for n, (layer, account, minor) in enumerate(body["rows"])
        ]
        listing(desk, columns, rows, title=t("What each layer bore"), key="key")
