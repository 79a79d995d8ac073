"""Statements: what each run of settlement says of a company in sum, and disputes about them."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.service.commands import AnswerDispute, Command, WithdrawDispute
from walras.service.console.desk import Desk
from walras.service.console.forms import open_form
from walras.service.console.listing import Column, listing
from walras.service.console.pages.money.whose import company_of, of, priced
from walras.service.console.places import mark, place
from walras.service.console.sections import market_of, part
from walras.service.queries import ListDisputes, ListStatements

Row = dict[str, Any]
MOST_RUNS = 200
ACTS: dict[str, type[Command]] = {"withdraw": WithdrawDispute, "answer": AnswerDispute}


@place("/statements", mark("Statements"), group="Money", icon="summarize", order=20)
async def statements(desk: Desk) -> None:
    """List statements, the newest first, and disputes."""
    t = desk.t
    market = await market_of(desk)
    if market is None:
        return
    company = await company_of(desk)
    with part(t("By session")):
        found = await desk.items(ListStatements(market=market, company=company or None), MOST_RUNS)
        rows = [row for run in found for row in _rows(desk, run, company)]
        columns = [
            Column("delivery_day", t("Delivery day"), "day"), Column("session", t("Session"), "code"),
            Column("run", t("Run"), "number", decimals=0), Column("name", t("Name")),
            Column("party", t("Account"), "code"),
            Column("amount_minor", t("To receive"), "money"), Column("currency", t("Currency")),
            Column("at", t("Settled"), "time"),
        ]  # fmt: skip
        empty = t("Nothing was settled yet. A session is settled once its result is final: then it stands here.")
        listing(desk, columns, rows, title=t("By session"), key="key", empty=empty)
        ui.label(t("A negative amount is to be paid. A later run of a session says all of it anew.")).classes("quiet")
    with part(t("Disputes")):
        await disputes(desk, market, company)


def _rows(desk: Desk, run: Row, company: str) -> list[Row]:
    own = f"?company={company}" if company and company != desk.actor.company else ""
    href = f"/statements/{run['session']}/{run['run']}{own}"
    return [
        priced(run | s, "amount_minor")
        | {"session_href": href, "key": f"{run['session']} {run['run']} {s['party']} {s['currency']}"}
        for s in run["sums"]
    ]


async def disputes(desk: Desk, market: str, company: str, session: str = "") -> None:
    """Show disputes of a company, or those about one session; an act shows them anew."""
    t, box = desk.t, ui.element("div").classes("section")

    def decide(word: str, key: str) -> None:
        open_form(desk, ACTS[word], {"dispute": key}, fixed=("dispute",), on_done=refresh)

    async def refresh(_answer: Any = None) -> None:
        found = await desk.items(ListDisputes(market=market))
        rows = [r for r in reversed(found) if of(company, r["party"]) and session in ("", r["session"])]
        box.clear()
        with box:
            columns = [
                Column("id", t("Dispute"), "code"), Column("session", t("Session"), "code"),
                Column("run", t("Run"), "number", decimals=0), Column("party", t("Account"), "code"),
                Column("state", t("State"), "state"), Column("text", t("What is disputed"), "wide"),
                Column("answer", t("Answer"), "wide"), Column("at", t("Raised"), "time"),
            ]  # fmt: skip
            empty = t("Nothing is disputed. A statement that seems wrong is disputed on its own page.")
            listing(
                desk, columns, rows, title=t("Disputes"), key="id", empty=empty, acts=lambda row: _acts(desk, row),
                on_act=decide,
            )  # fmt: skip

    await refresh()


def _acts(desk: Desk, row: Any) -> list[tuple[str, str]]:
    t = desk.t
    if row["state"] != "raised":
        return []
    offered = [("withdraw", t("Take back")), ("answer", t("Decide"))]
    return [(word, text) for word, text in offered if desk.may(ACTS[word].word())]
