"""The contract book of a market: what waits for whoever looks first, then every contract with its state."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.service.commands import RegisterContract
from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.console.places import mark, place
from walras.service.console.sections import heading, market_of, part
from walras.service.queries import ListContracts

Row = dict[str, Any]


@place("/contracts", mark("Contracts"), group="Contracts", icon="handshake", order=10)
async def contracts(desk: Desk) -> None:
    """List the contracts that the person may see."""
    t = desk.t
    market = await market_of(desk)
    if market is None:
        return
    text = t("Bilateral contracts hold capacity beside the auction: one party registers one, the other confirms it.")
    ui.label(text)
    if desk.may(RegisterContract.word()):
        ui.link(t("Register a contract"), f"/register-contract?market={market}").classes("q-btn-like own-width")
    rows = await desk.items(ListContracts(market=market))
    mine = [r for r in rows if r["waits_for"] == desk.actor.company]
    if mine:
        with part(t("Waits for you")), ui.element("div").classes("cards"):
            for row in mine:
                _card(desk, row)
    heading(t("All contracts"))
    empty = t("There is no contract yet. Once one is registered, it stands here with its state.")
    columns = [
        Column("contract", t("Contract"), "code"), Column("reference", t("Reference")),
        Column("kind", t("Kind"), "words"),
        Column("seller", t("Seller"), "code"), Column("buyer", t("Buyer"), "code"), Column("way", t("Way")),
        Column("begin", t("Begins"), "time"), Column("end", t("Ends"), "time"), Column("state", t("State"), "state"),
        Column("waits", t("Waits for")),
    ]  # fmt: skip
    listing(desk, columns, [_shown(desk, r) for r in rows], title=t("All contracts"), key="contract", empty=empty)


def _shown(desk: Desk, row: Row) -> Row:
    waits = row["waits_for"] or ""
    if waits == desk.actor.company:
        waits = desk.t("you")
    return row | {"contract_href": f"/contracts/{row['contract']}", "way": way_of(row["legs"]), "waits": waits}


def way_of(legs: list[list[Row]]) -> str:
    """Return the way of a contract: elements with their direction, legs apart by a slash.

    >>> way_of([[{"element": "BY-RU", "direction": "forward", "right": None}]])
    'BY-RU →'
    """
    arrows = {"forward": "\N{RIGHTWARDS ARROW}", "backward": "\N{LEFTWARDS ARROW}"}
    return " / ".join(", ".join(f"{hop['element']} {arrows[hop['direction']]}" for hop in leg) for leg in legs)


def _card(desk: Desk, row: Row) -> None:
    t = desk.t
    is_new = row["state"] == "registered"
    with ui.element("section").classes("card section"):
        with ui.element("h3"):
            ui.link(f"{row['contract']} {row['reference']}", f"/contracts/{row['contract']}")
        ui.label(t("A new contract") if is_new else t("New volumes of a contract"))
        ui.label(f"{row['seller']} \N{RIGHTWARDS ARROW} {row['buyer']}, {way_of(row['legs'])}").classes("quiet")
        if is_new:
            until = shown.time(row["confirm_until"], desk.zone, desk.language)
            ui.label(t("To be confirmed until {time}").format(time=until)).classes("quiet")
        ui.link(t("Look and decide"), f"/contracts/{row['contract']}").classes("q-btn-like")
