"""A case of screening: both sides of every hit side by side, what was decided, and the form of a decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from walras.service.commands import DecideCase
from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, facts, listing
from walras.service.console.places import mark
from walras.service.console.sections import act, heading

Case = Mapping[str, Any]
MATCHED = (mark("name"), mark("officer"), mark("identifier"))
STATES = (mark("received"), mark("clear"), mark("held"), mark("rejected"))
ACTS = (mark("receive"), mark("screen"), mark("approve"), mark("clear"), mark("confirm"))


def state_of(case: Case) -> str:
    """Return how the state of a case is called; a session is cleared in another sense, so a case is clear.

    >>> state_of({"state": "cleared"}), state_of({"state": "held"})
    ('clear', 'held')
    """
    state = str(case["state"])
    return "clear" if state == "cleared" else state


def case_card(desk: Desk, case: Case, refresh: Any, *, name: str = "", level: int = 3) -> None:
    """Show one case; what is open stands first."""
    t, body = desk.t, case["body"]
    with ui.element("section").classes("card section"):
        heading(t("Case {number}").format(number=case["case"]) + (f": {name}" if name else ""), level)
        ui.label(t(state_of(case))).classes(f"state state-{state_of(case)}")
        facts(desk, [
            (t("Opened"), shown.time(case["at"], desk.zone, desk.language)),
            (t("Lists looked at"), ", ".join(f"{n} ({v[:8]})" for n, v in (body["screening"] or {}).get("lists", ()))),
            (t("Open hits"), str(len(body["open_hits"]))),
        ])  # fmt: skip
        for number, hit in enumerate(body["open_hits"], 1):
            _hit(desk, number, hit, level + 1)
        if case["state"] == "held":
            _decide(desk, case, refresh)
        with ui.expansion(t("What was done")).classes("paste-box"):
            _acts(desk, body["acts"], f"{t('What was done')}, {case['case']}")


def _hit(desk: Desk, number: int, hit: Mapping[str, Any], level: int) -> None:
    """Show what the company says and what the list says, line by line."""
    t = desk.t
    rows = [
        (t("Name"), hit["said"] if hit["matched"] != "identifier" else "", hit["entry_name"]),
        (t("Compared"), hit["said"], hit["listed"]),
        (t("From"), _said_by(desk, hit["matched"]), f"{hit['list_name']} ({hit['list_version'][:8]})"),
    ]
    with ui.element("div").classes("section hit"):
        text = t("Hit {number}: score {score} of 100").format(number=number, score=shown.number(hit["score"], 0))
        heading(text, min(level, 6))
        with ui.element("div").classes("sides"):
            for head in ("", t("The company"), t("The list")):
                ui.label(head).classes("side-head")
            for name, ours, theirs in rows:
                ui.label(name).classes("side-name")
                ui.label(ours or "-")
                ui.label(theirs or "-")
        ui.label(hit["why"]).classes("quiet")


def _said_by(desk: Desk, matched: str) -> str:
    t = desk.t
    return {
        "name": t("name of the company"), "officer": t("name of one of its users"),
        "identifier": t("identifier of the company"),
    }[matched]  # fmt: skip


def _decide(desk: Desk, case: Case, refresh: Any) -> None:
    t = desk.t
    hits = [_key(h) for h in case["body"]["open_hits"]]
    cleared = [
        a["actor"] for a in case["body"]["acts"] if a["what"] == "clear" and [list(h) for h in a["hits"]] == hits
    ]
    if cleared:
        text = t("{officer} found that it is another party. A second officer finds the same, or confirms the hit.")
        ui.label(text.format(officer=", ".join(cleared))).classes("banner")
    else:
        ui.label(
            t("Two officers have to find that it is another party; one who confirms a hit ends the case.")
        ).classes("quiet")
    with ui.element("div").classes("row-of-acts"):
        for verdict, text in (("clear", t("It is another party")), ("confirm", t("It is the listed party"))):
            preset = {"case": case["case"], "verdict": verdict}
            button = act(
                desk, DecideCase, text, preset, fixed=("case", "verdict"), on_done=lambda _: refresh(),
            )  # fmt: skip
            if button is not None:
                button.mark(f"{verdict}-{case['case']}")


def _key(hit: Mapping[str, Any]) -> list[Any]:
    return [hit["list_name"], hit["entry"], hit["matched"], hit["said"]]


def _acts(desk: Desk, acts: list[dict[str, Any]], title: str) -> None:
    t = desk.t
    rows = [a | {"number": n, "open": len(a["hits"])} for n, a in enumerate(acts, 1)]
    columns = [
        Column("number", t("No."), "number", decimals=0), Column("at", t("Time"), "time"),
        Column("actor", t("Who"), "code"), Column("what", t("Act"), "words"), Column("reason", t("Reason"), "wide"),
    ]  # fmt: skip
    listing(desk, columns, rows, title=title, key="number")
