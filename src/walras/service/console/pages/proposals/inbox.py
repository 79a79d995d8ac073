"""The inbox of the second officer: critical acts that wait, one in full with what it changes, and the history."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from nicegui import ui

from walras.service.commands import COMMANDS, ApproveProposal, RejectProposal
from walras.service.console import shown
from walras.service.console.desk import Declined, Desk
from walras.service.console.forms import open_form, said_of, words_of
from walras.service.console.listing import Column, facts, listing
from walras.service.console.pages.proposals.content import Schema, content, written
from walras.service.console.pages.proposals.differences import Difference, differences
from walras.service.console.places import mark, place
from walras.service.console.sections import heading
from walras.service.console.watching import watch
from walras.service.queries import GetMarket, GetProposal, ListProposals
from walras.service.roles import Role

WATCHING = frozenset({Role.OPERATOR, Role.REGULATOR})
LOOK_SECONDS = 5.0
KINDS = {"added": mark("new"), "removed": mark("gone"), "changed": mark("changed")}
Refresh = Callable[[], Awaitable[None]]


@place("/proposals", mark("Proposals"), WATCHING, group="Market", icon="fact_check", order=30)
async def proposals(desk: Desk) -> None:
    """Show what waits, the caller's own marked, and what was decided; the page follows what others do."""
    inbox = Inbox(desk)
    await inbox.build()
    watch(desk, LOOK_SECONDS, inbox.look)


class Inbox:
    """The list of proposals."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.seen: Sequence[Any] = ()

    async def build(self) -> None:
        """Draw both parts."""
        t = self.desk.t
        text = t("Critical acts need two officers: one proposes, another approves. Nobody approves what is their own.")
        ui.label(text).classes("quiet")
        heading(t("Waiting"))
        self.waiting = ui.element("div").classes("section")
        heading(t("Decided"))
        self.decided = ui.element("div").classes("section")
        await self.refresh()

    async def look(self) -> None:
        """Draw the page anew if something was proposed or decided elsewhere."""
        found = await self.desk.ask(ListProposals(state="waiting", limit=1000), is_watching=True)
        if [p["proposal"] for p in found["items"]] != self.seen:
            await self.refresh()

    async def refresh(self) -> None:
        """Ask for all proposals and draw them."""
        desk, t = self.desk, self.desk.t
        items = await desk.items(ListProposals(limit=1000))
        waiting = [p for p in items if p["state"] == "waiting"]
        self.seen = [p["proposal"] for p in waiting]
        self.waiting.clear()
        with self.waiting:
            if not waiting:
                ui.label(t("Nothing waits. What an officer proposes stands here until another decides.")).classes(
                    "empty"
                )
            with ui.element("div").classes("cards"):
                for one in waiting:
                    self._card(one)
        self.decided.clear()
        with self.decided:
            _history(desk, [p for p in items if p["state"] != "waiting"])

    def _card(self, one: Mapping[str, Any]) -> None:
        t, desk = self.desk.t, self.desk
        is_own = one["proposed_by"] == desk.actor.user
        with ui.element("article").classes("card section"):
            with ui.element("h3"):
                ui.link(act_name(desk, one["command"]), f"/proposals/{one['proposal']}")
            ui.label(t(said_of(COMMANDS[one["command"]]))).classes("quiet")
            ui.label(t("Proposed by {user}").format(user=one["proposed_by"]))
            ui.label(shown.time(one["proposed_at"], desk.zone, desk.language)).classes("quiet")
            if is_own:
                with ui.element("div"):
                    ui.label(t("your own")).classes("badge badge-preliminary")
            ui.link(t("Look at it and decide"), f"/proposals/{one['proposal']}").classes("q-btn-like")


def act_name(desk: Desk, word: str) -> str:
    """Return what a command is called."""
    return desk.t(words_of(word.replace("-", "_")))


def _history(desk: Desk, items: Sequence[Mapping[str, Any]]) -> None:
    t = desk.t
    rows = [
        dict(p) | {"act": act_name(desk, p["command"]), "act_href": f"/proposals/{p['proposal']}"}
        for p in reversed(items)
    ]
    columns = [
        Column("proposal", t("Number"), "number", decimals=0), Column("act", t("Act")),
        Column("state", t("State"), "state"), Column("proposed_by", t("Proposed by")),
        Column("proposed_at", t("Proposed"), "time"), Column("decided_by", t("Decided by")),
        Column("decided_at", t("Decided"), "time"), Column("reason", t("Reason"), "wide"),
    ]  # fmt: skip
    empty = t("Nothing was decided yet.")
    listing(desk, columns, rows, title=t("Proposals that were decided"), key="proposal", empty=empty)


@place("/proposals/{proposal}", mark("Proposal"), WATCHING)
async def proposal(desk: Desk) -> None:
    """Show one proposal in full, with what it changes, and the decision."""
    number = desk.path["proposal"]
    if not number.isdecimal() or not 0 < int(number) < 2**62:
        ui.label(desk.t("There is no such proposal.")).classes("empty")
        return
    box = ui.element("div").classes("section")

    async def refresh() -> None:
        found = await desk.ask(GetProposal(proposal=int(number)))
        changes = await _changes(desk, found)
        desk.heading.text = act_name(desk, found["command"])
        box.clear()
        with box:
            _head(desk, found)
            _decision(desk, found, refresh)
            if changes is not None:
                _show_changes(desk, changes)
            heading(desk.t("What it says"))
            with ui.element("div").classes("card section"):
                content(desk, found["body"], Schema.of(COMMANDS[found["command"]]))

    await refresh()


def _head(desk: Desk, found: Mapping[str, Any]) -> None:
    t = desk.t
    ui.label(t(said_of(COMMANDS[found["command"]])))
    with ui.element("div").classes("card"):
        facts(desk, [
            (t("Number"), str(found["proposal"])), (t("State"), t(found["state"])),
            (t("Proposed by"), found["proposed_by"]),
            (t("Proposed"), shown.time(found["proposed_at"], desk.zone, desk.language)),
            (t("Decided by"), found["decided_by"] or ""),
            (t("Decided"), shown.time(found["decided_at"], desk.zone, desk.language)), (t("Reason"), found["reason"]),
        ])  # fmt: skip
    session = found["body"].get("session")
    with ui.element("div").classes("row-of-acts"):
        if isinstance(session, str):
            ui.link(t("The session"), f"/sessions/{session}")
        ui.link(t("All proposals"), "/proposals")


def _decision(desk: Desk, found: Mapping[str, Any], refresh: Refresh) -> None:
    t = desk.t
    if found["state"] != "waiting" or not desk.may("approve-proposal"):
        return
    is_own = found["proposed_by"] == desk.actor.user
    given = {"proposal": found["proposal"]}

    async def done(_answer: Mapping[str, Any]) -> None:
        await refresh()

    if is_own:
        ui.label(t("You proposed this: another officer has to approve it. You may take it back.")).classes("banner")
    with ui.element("div").classes("row-of-acts"):
        if not is_own:
            ui.button(t("Approve"), icon="check", on_click=lambda: open_form(
                desk, ApproveProposal, given, fixed=("proposal",), on_done=done, title=t("Approve"),
            )).props("no-caps unelevated").mark("approve")  # fmt: skip
        words = t("Take it back") if is_own else t("Reject")
        ui.button(words, icon="close", on_click=lambda: open_form(
            desk, RejectProposal, given, fixed=("proposal",), on_done=done, title=words,
        )).props("no-caps outline").mark("reject")  # fmt: skip


async def _changes(desk: Desk, found: Mapping[str, Any]) -> list[Difference] | None:
    """Return what a definition of a market would change of the one that holds on its first day; None for others."""
    body = found["body"]
    if found["command"] != "set-market" or found["state"] != "waiting":
        return None
    try:
        before = (await desk.ask(GetMarket(market=body["market"], day=body["valid_from"])))["definition"]
    except Declined:
        before = {}
    return differences(before, body["definition"])


def _show_changes(desk: Desk, changes: Sequence[Difference]) -> None:
    t = desk.t
    heading(t("What it changes"))
    rows = [
        {"where": d.where, "before": written(desk, d.before), "after": written(desk, d.after), "kind": t(KINDS[d.kind])}
        for d in changes
    ]
    columns = [
        Column("where", t("Where"), "code"), Column("kind", t("Change")), Column("before", t("Before"), "wide"),
        Column("after", t("After"), "wide"),
    ]  # fmt: skip
    empty = t("Nothing: the definition that holds on its first day says the same.")
    listing(desk, columns, rows, title=t("What it changes"), key="where", empty=empty, page=30)
