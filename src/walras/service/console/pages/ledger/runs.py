"""Settlement of sessions: which are settled, their runs, what each says of every account, and settling again."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.service.commands import Command, ResettleSession, SettleSession
from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.files import link
from walras.service.console.forms import open_form
from walras.service.console.listing import Column, listing
from walras.service.console.pages.ledger.ways import ENTRIES, RUNS, begin, with_decimals
from walras.service.console.places import mark, place
from walras.service.console.sections import act, go, pager, part, show_raw
from walras.service.queries import GetSession, GetStatement, GetStatementLines, ListSessions, ListSettlementRuns
from walras.service.queries.query import WATCHING

A_PAGE = 30
SETTLING: dict[str, type[Command]] = {"settle": SettleSession, "again": ResettleSession}


@place(RUNS, mark("Settlement runs"), WATCHING)
async def runs(desk: Desk) -> None:
    """List final sessions with their runs."""
    market = await begin(desk, RUNS)
    if market is None:
        return
    box = ui.element("div").classes("section")

    async def refresh() -> None:
        asked = ListSessions(market=market, state="final", before=desk.query.get("before"), limit=A_PAGE)
        found = await desk.ask(asked)
        rows = [await _row(desk, session) for session in found["items"]]
        box.clear()
        with box:
            _sessions(desk, rows, refresh)
            pager(desk, found["next"], "before")

    await refresh()


async def _row(desk: Desk, session: dict[str, Any]) -> dict[str, Any]:
    made = (await desk.ask(ListSettlementRuns(session=session["session"])))["items"]
    last = made[-1] if made else {}
    return session | {
        "session_href": f"{RUNS}/{session['session']}", "runs": len(made), "last": last.get("name"),
        "at": last.get("at"),
    }  # fmt: skip


def _sessions(desk: Desk, rows: list[dict[str, Any]], refresh: Any) -> None:
    t = desk.t
    columns = [
        Column("session", t("Session"), "code"), Column("delivery_day", t("Delivery day"), "day"),
        Column("runs", t("Runs"), "number", decimals=0), Column("last", t("Last run")),
        Column("at", t("Settled"), "time"),
    ]  # fmt: skip

    def acts(row: Any) -> list[tuple[str, str]]:
        word, text = ("again", t("Settle again")) if row["runs"] else ("settle", t("Settle"))
        return [(word, text)] if desk.may(SETTLING[word].word()) else []

    def do(word: str, session: str) -> None:
        open_form(desk, SETTLING[word], {"session": session}, fixed=("session",), on_done=lambda _: refresh())

    empty = t("No session is final yet. Once one is, it is settled here or by the timetable, and its runs stand here.")
    title = t("Final sessions and their settlement")
    listing(desk, columns, rows, title=title, key="session", empty=empty, acts=acts, on_act=do)


@place("/ledger/runs/{session}", mark("Settlement of a session"), WATCHING)
async def runs_of(desk: Desk) -> None:
    """Show the runs of a session, and of one of them what it says of every account."""
    t, name = desk.t, desk.path["session"]
    session = await desk.ask(GetSession(session=name))
    made = (await desk.ask(ListSettlementRuns(session=name)))["items"]
    day = shown.day(session["delivery_day"], desk.language)
    desk.heading.text = t("Settlement of {day}").format(day=day)
    with ui.element("div").classes("row-of-acts"):
        ui.link(name, f"/sessions/{name}")
        ui.link(t("All settlement runs"), f"{RUNS}?market={session['market']}")
        command: type[Command] = ResettleSession if made else SettleSession
        text = t("Settle again") if made else t("Settle")
        act(desk, command, text, {"session": name}, fixed=("session",), on_done=lambda _: ui.navigate.reload())
    if not made:
        ui.label(t("It is not settled yet. A session is settled once its result is final.")).classes("empty")
        return
    _made(desk, session, made)
    given = shown.whole_of(desk.query.get("run"))
    await _lines(desk, name, given if given and given <= len(made) else made[-1]["run"])


def _made(desk: Desk, session: dict[str, Any], made: list[dict[str, Any]]) -> None:
    t, market = desk.t, session["market"]
    by_run = {str(m["run"]): m for m in made}
    rows = [
        m | {
            "run_href": f"{RUNS}/{session['session']}?run={m['run']}", "terms": m["inputs"].get("terms_version"),
            "event_href": f"{ENTRIES}?market={market}&event={m['event']}", "digest": m["digest"][:16],
        }
        for m in reversed(made)
    ]  # fmt: skip
    columns = [
        Column("run", t("Run"), "number", decimals=0), Column("name", t("Name")), Column("at", t("Settled"), "time"),
        Column("result_version", t("Result"), "number", decimals=0), Column("terms", t("Terms"), "number", decimals=0),
        Column("event", t("Event"), "number", decimals=0), Column("digest", t("Digest"), "code"),
    ]  # fmt: skip
    with part(t("Runs")):
        listing(
            desk, columns, rows, title=t("Runs"), key="run", acts=lambda _: [("raw", t("Everything"))],
            on_act=lambda _, run: show_raw(desk, t("Run {number}").format(number=run), by_run[run]),
        )  # fmt: skip


async def _lines(desk: Desk, session: str, run: int) -> None:
    t = desk.t
    found = await desk.ask(GetStatementLines(session=session, run=run))
    with part(t("What run {number} says of each account").format(number=run)):
        columns = [
            Column("party", t("Account"), "code"), Column("currency", t("Currency")),
            Column("amount_minor", t("Receives (pays where negative)"), "money"),
        ]  # fmt: skip
        rows = [
            with_decimals(s) | {"key": f"{s['party']} {s['currency']}", "party_href": _party(session, run, s["party"])}
            for s in found["sums"]
        ]
        listing(desk, columns, rows, title=t("Sums of accounts"), key="key", page=50)
    party = desk.query.get("party") or (found["sums"][0]["party"] if found["sums"] else "")
    if not party:
        return
    with part(t("Lines of {party}").format(party=party)):
        choice = sorted({s["party"] for s in found["sums"]})
        ui.select(
            choice, label=t("Account"), value=party if party in choice else None,
            on_change=lambda event: go(desk, run=str(run), party=event.value),
        ).props("outlined dense").classes("chooser")  # fmt: skip
        with ui.element("div").classes("row-of-acts"):
            for form in ("html", "pdf", "csv"):
                statement = GetStatement(session=session, run=run, form=form, party=party)
                ui.link(t("Statement ({form})").format(form=form.upper()), link(statement))
        lines = [with_decimals(line) | {"key": n} for n, line in enumerate(found["items"]) if line["party"] == party]
        listing(desk, _line_columns(desk, lines), lines, title=t("Lines of {party}").format(party=party), key="key")


def _party(session: str, run: int, party: str) -> str:
    return f"{RUNS}/{session}?run={run}&party={party}"


def _line_columns(desk: Desk, lines: list[dict[str, Any]]) -> list[Column]:
    """Return the columns of lines that hold something."""
    t = desk.t
    columns = [
        Column("kind", t("Kind"), "words"), Column("text", t("Text")), Column("zone", t("Zone")),
        Column("carrier", t("Carrier"), "words"), Column("mtu_start", t("MTU"), "time"),
        Column("energy_mwh", t("Energy"), "number", "MWh", 3),
        Column("price_per_mwh", t("Price per MWh"), "number"), Column("amount_minor", t("Amount"), "money"),
        Column("currency", t("Currency")),
    ]  # fmt: skip
    return [c for c in columns if any(line.get(c.name) not in (None, "") for line in lines)]
