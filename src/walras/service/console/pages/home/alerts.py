"""What needs somebody, as a list of links to where it is mended; and one line that says whether all is on time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from walras.results.minor_units import decimals_of
from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.pages.ledger.ways import DOCUMENTS
from walras.service.console.pages.proposals.inbox import act_name
from walras.service.console.pages.sessions.acting import name_of


def health(desk: Desk, found: Mapping[str, Any]) -> None:
    """Say whether the clock and the workers do what is due."""
    t, late = desk.t, found["late"]
    with ui.element("div").classes("banner bad" if late else "banner good").props('role="status"'):
        if not late:
            ui.label(t("Clock and workers are on time.")).classes("inline strong")
        else:
            ui.label(t("Late: is a worker at work?")).classes("inline strong")
            for one in late:
                with ui.element("div"):
                    ui.label(name_of(desk, one["act"])).classes("inline")
                    ui.link(one["session"], f"/sessions/{one['session']}").classes("beside-it")
        if found["deliveries_failed"]:
            text = desk.t.n_("{count} notice could not be delivered to its address.",
                             "{count} notices could not be delivered to their addresses.",
                             found["deliveries_failed"])  # fmt: skip
            ui.label(text.format(count=found["deliveries_failed"])).classes("quiet")
        if desk.may("get-health"):
            ui.link(t("Health"), "/health").classes("beside-it")


def alerts(desk: Desk, found: Mapping[str, Any]) -> None:
    """List what needs somebody, what is most urgent first."""
    lines = [
        *_runs(desk, found), *_proposals(desk, found), *_objections(desk, found), *_capacities(desk, found),
        *_hits(desk, found), *_money(desk, found),
    ]  # fmt: skip
    if not lines:
        ui.label(desk.t("Nothing: no failed run, no proposal, no objection, no hit, no debt that is overdue.")).classes(
            "empty"
        )
        return
    with ui.element("ul").classes("alerts"):
        for kind, text, href, is_bad in lines:
            with ui.element("li"):
                ui.label(kind).classes("badge badge-bad" if is_bad else "badge badge-preliminary")
                ui.link(text, href)


Line = tuple[str, str, str, bool]
"""Kind, text, where it leads, and whether something went wrong already."""


def _runs(desk: Desk, found: Mapping[str, Any]) -> list[Line]:
    t = desk.t
    return [
        (t("Failed run"), f"{r['session']}: {r['error']}", f"/sessions/{r['session']}", True)
        for r in found["failed_runs"]
    ]


def _proposals(desk: Desk, found: Mapping[str, Any]) -> list[Line]:
    t = desk.t
    lines = []
    for one in found["proposals"]:
        text = t("{act}, proposed by {user}").format(act=act_name(desk, one["command"]), user=one["proposed_by"])
        if one["is_own"]:
            text += f" ({t('your own: it waits for another officer')})"
        lines.append((t("Proposal"), text, f"/proposals/{one['proposal']}", False))
    return lines


def _objections(desk: Desk, found: Mapping[str, Any]) -> list[Line]:
    t = desk.t
    return [
        (t("Objection"), t("{member} objects to the result of {session}").format(
            member=o["member"], session=o["session"]), f"/sessions/{o['session']}", False)
        for o in found["objections"]
    ]  # fmt: skip


def _capacities(desk: Desk, found: Mapping[str, Any]) -> list[Line]:
    t, lines = desk.t, []
    for one in found["capacities"]:
        who = ", ".join(f"{s['side']} ({len(s['elements'])})" for s in one["sides"])
        words = t("{day}: nothing was declared in time by {who}") if one["is_late"] else t(
            "{day}: not yet declared by {who}, until {time}")  # fmt: skip
        text = words.format(
            day=shown.day(one["delivery_day"], desk.language), who=who,
            time=shown.time(one["due_at"], desk.zone, desk.language),
        )  # fmt: skip
        href = f"/capacities?market={one['market']}&day={one['delivery_day']}"
        lines.append((t("Capacities"), text, href, one["is_late"]))
    return lines


def _hits(desk: Desk, found: Mapping[str, Any]) -> list[Line]:
    t = desk.t
    return [(t("Screening"), t("{company} has a hit that two officers decide").format(company=h["company"]),
             f"/companies/{h['company']}", True) for h in found["hits"]]  # fmt: skip


def _money(desk: Desk, found: Mapping[str, Any]) -> list[Line]:
    t, lines = desk.t, []
    for call in found["margin_calls"]:
        amount = f"{shown.money(call['amount_minor'], decimals_of(call['currency']), desk.language)} {call['currency']}"
        text = t("{member} owes {amount} since {time}").format(
            member=call["member"], amount=amount, time=shown.time(call["due_at"], desk.zone, desk.language)
        )
        lines.append((t("Margin call overdue"), text, f"/limits?market={call['market']}", True))
    for bill in found["bills"]:
        amount = f"{shown.money(bill['minor'], decimals_of(bill['currency']), desk.language)} {bill['currency']}"
        text = desk.t.n_(
            "{count} document of {market}, {amount}", "{count} documents of {market}, {amount}", bill["count"]
        )
        words = text.format(count=bill["count"], market=bill["market"], amount=amount)
        lines.append((t("Unpaid and overdue"), words, f"{DOCUMENTS}?market={bill['market']}", True))
    return lines
