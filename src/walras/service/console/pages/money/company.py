"""My company: its facts, users with keys and sign-ins, rights, documents, and where its notices are sent."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.service.commands import SetWebhook
from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.listing import facts
from walras.service.console.pages.members.papers import papers
from walras.service.console.pages.members.people import people
from walras.service.console.pages.members.rights import rights
from walras.service.console.places import SIGNED_IN, mark, place
from walras.service.console.sections import act, part
from walras.service.queries import GetCompany, GetWebhook

DELIVERIES = {
    "sent": mark("sent"), "waiting": mark("waiting"), "given up": mark("given up"), "stopped": mark("stopped"),
}  # fmt: skip


@place("/company", mark("My company"), SIGNED_IN, group="Money", icon="business", order=90)
async def company(desk: Desk) -> None:
    """Show the company of whoever is signed in; an act shows all of it anew."""
    box = ui.element("div").classes("page")

    async def refresh(_answer: Any = None) -> None:
        found = await desk.ask(GetCompany(company=desk.actor.company))
        desk.heading.text = f"{found['name']} ({found['company']})"
        box.clear()
        with box:
            _facts(desk, found)
            people(desk, found, refresh)
            if found["role"] == "member":
                rights(desk, found, refresh)
            papers(desk, found, refresh)
            if desk.may(GetWebhook.word()):
                with part(desk.t("Webhook")):
                    await _webhook(desk, refresh)

    await refresh()


def _facts(desk: Desk, found: dict[str, Any]) -> None:
    t = desk.t
    with ui.element("div").classes("card section"):
        ui.label(t(found["state"])).classes(f"state state-{found['state']}")
        facts(desk, [
            (t("Code"), found["company"]), (t("Role"), t(found["role"].replace("_", " "))),
            (t("Country"), found["country"] or ""), ("EIC", found["eic"] or ""),
            (t("Identifiers"), ", ".join(str(i) for i in found["identifiers"])),
            (t("Since"), shown.time(found["since"], desk.zone, desk.language)),
        ])  # fmt: skip


async def _webhook(desk: Desk, refresh: Any) -> None:
    """Show where notices are sent and how that goes."""
    t, found = desk.t, await desk.ask(GetWebhook())
    note = t("Every notice can be sent to an address of yours, signed with a secret that is shown once.")
    ui.label(note).classes("quiet")
    if found["url"]:
        counts = ", ".join(f"{t(DELIVERIES.get(s, s))}: {n}" for s, n in sorted(found["deliveries"].items()))
        with ui.element("div").classes("card"):
            facts(desk, [
                (t("Address"), found["url"]), (t("Since"), shown.time(found["since"], desk.zone, desk.language)),
                (t("Deliveries"), counts or t("none yet")), (t("Last error"), found["last_error"] or t("none")),
            ])  # fmt: skip
    else:
        ui.label(t("Notices are not sent anywhere; they stand in the inbox.")).classes("empty")
    with ui.element("div").classes("row-of-acts"):
        text = t("Change or stop") if found["url"] else t("Send notices to an address")
        act(desk, SetWebhook, text, {"url": found["url"]} if found["url"] else {}, on_done=refresh, icon="webhook")
