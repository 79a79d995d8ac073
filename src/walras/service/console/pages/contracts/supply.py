"""Supply agreements of a market: what waits for the person's company first, then all that name it."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.service.commands import ProposeSupplyAgreement
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.console.places import mark, place
from walras.service.console.sections import heading, market_of, part
from walras.service.queries import ListSupplyAgreements

Row = dict[str, Any]


@place("/supply", mark("Supply agreements"), group="Contracts", icon="receipt_long", order=20)
async def supply(desk: Desk) -> None:
    """List the supply agreements that the person may see."""
    t = desk.t
    market = await market_of(desk)
    if market is None:
        return
    ui.label(t("What parties agreed about gas, oil products, power or fuel; invoices follow from it and its records."))
    if desk.may(ProposeSupplyAgreement.word()):
        address = f"/propose-supply-agreement?market={market}"
        ui.link(t("Propose an agreement"), address).classes("q-btn-like own-width")
    rows = await desk.items(ListSupplyAgreements(market=market))
    mine = [r for r in rows if desk.actor.company in r["waits_for"]]
    if mine:
        with part(t("Waits for you")), ui.element("div").classes("cards"):
            for row in mine:
                _card(desk, row)
    heading(t("All supply agreements"))
    empty = t("There is no supply agreement yet. One that is proposed stands here, and is told to whom it names.")
    columns = [
        Column("agreement", t("Agreement"), "code"), Column("name", t("Name")), Column("state", t("State"), "state"),
        Column("version", t("Version that holds"), "number", decimals=0),
        Column("waiting", t("Version that waits"), "number", decimals=0), Column("asked", t("Waits for")),
        Column("proposed_at", t("First proposed"), "time"),
    ]  # fmt: skip
    shown = [
        r | {"agreement_href": f"/supply/{r['agreement']}", "asked": ", ".join(r["waits_for"]), "state": state_of(r)}
        for r in rows
    ]
    listing(desk, columns, shown, title=t("All supply agreements"), key="agreement", empty=empty)


def state_of(row: Row) -> str:
    """Return how an agreement stands, in one word.

    >>> state_of({"version": 1, "waiting": None}), state_of({"version": 0, "waiting": 1})
    ('agreed', 'proposed')
    """
    if row["waiting"]:
        return "proposed" if not row["version"] else "amended"
    return "agreed" if row["version"] else "refused"


def _card(desk: Desk, row: Row) -> None:
    t = desk.t
    with ui.element("section").classes("card section"):
        with ui.element("h3"):
            ui.link(f"{row['agreement']} {row['name']}", f"/supply/{row['agreement']}")
        text = t("Version {number} waits for your consent.") if row["version"] else t("It waits for your consent.")
        ui.label(text.format(number=row["waiting"]))
        ui.link(t("Read and decide"), f"/supply/{row['agreement']}").classes("q-btn-like")
