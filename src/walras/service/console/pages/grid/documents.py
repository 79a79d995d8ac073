"""ESMP documents of a day: taken out as XML, sent in as files, with our acknowledgement of each."""

from __future__ import annotations

import base64
from typing import Any

from nicegui import events, ui

from walras.errors import Mistake
from walras.service.commands import SendMarketDocument
from walras.service.console import files
from walras.service.console.desk import Declined, Desk, new_key
from walras.service.console.pages.grid.chosen import Chosen
from walras.service.console.places import mark
from walras.service.console.problems import Problems, guarded
from walras.service.console.sections import part
from walras.service.queries import DocumentKind, GetMarketDocument
from walras.service.roles import Role

KINDS: dict[DocumentKind, str] = {
    "capacity": mark("Capacities"), "schedule": mark("Schedules"), "anomaly": mark("Anomalies of nominations"),
    "confirmation": mark("Confirmed schedules"),
}  # fmt: skip
MOST_BYTES = 10_000_000


async def show_documents(desk: Desk, chosen: Chosen) -> None:
    """Offer the day's documents, and a place for a file to be sent."""
    t = desk.t
    with part(t("Market documents (ESMP)")):
        kinds = [k for k in KINDS if k != "capacity" or desk.actor.role is not Role.MEMBER]
        problems = Problems(desk)
        with ui.element("div").classes("row-of-acts"):
            for kind in kinds:
                take = guarded(desk, problems)(lambda _event, kind=kind: _take(desk, chosen, kind))
                ui.button(t(KINDS[kind]), icon="download", on_click=take).props("outline no-caps").mark(f"take-{kind}")
        if desk.may("send-market-document"):
            Sending(desk, chosen).build()


async def _take(desk: Desk, chosen: Chosen, kind: DocumentKind) -> None:
    """Write a document and let the browser take it; what it lacks is said in place."""
    query = GetMarketDocument(market=chosen.market, delivery_day=chosen.day, kind=kind)
    await desk.file(query)
    ui.navigate.to(files.link(query))


class Sending:
    """The box that a document is dropped into, and what was answered."""

    def __init__(self, desk: Desk, chosen: Chosen) -> None:
        self.desk, self.chosen = desk, chosen

    def build(self) -> None:
        """Draw the box."""
        t = self.desk.t
        ui.label(
            t("Send a capacity, schedule or acknowledgement document; the answer is our acknowledgement.")
        ).classes("quiet")
        self.upload = ui.upload(
            label=t("Choose an XML file, or drop it here"), auto_upload=True, max_files=1, max_file_size=MOST_BYTES,
            on_rejected=lambda: ui.notify(t("The file is too long, or there is more than one."), type="negative"),
        )  # fmt: skip
        self.upload.props('accept=".xml,application/xml,text/xml" flat bordered').mark("document")
        self.problems = Problems(self.desk)
        self.upload.on_upload(guarded(self.desk, self.problems)(self._send))
        self.answered = ui.element("div").classes("section")

    async def _send(self, event: events.UploadEventArguments) -> None:
        await self.desk.check_upload(event.file.size())
        content = base64.b64encode(await event.file.read()).decode()
        self.upload.reset()
        command = {"market": self.chosen.market, "content_base64": content}
        answer = await self.desk.do_fields(SendMarketDocument, command, new_key())
        self.show(event.file.name, answer)

    def show(self, name: str, answer: dict[str, Any]) -> None:
        """Show what was done, or every mistake, with the acknowledgement to be taken along."""
        t = self.desk.t
        self.answered.clear()
        with self.answered:
            is_good = answer["is_accepted"]
            with ui.element("div").classes("banner good" if is_good else "banner bad").props('role="status"'):
                said = t("{name} is accepted as document {number}.") if is_good else t(
                    "{name} is refused; nothing of it was done. It is document {number}."
                )  # fmt: skip
                ui.label(said.format(name=name, number=answer["document"]))
            text = answer["acknowledgement"]
            file = f"acknowledgement-{answer['document']}.xml"
            take = ui.button(t("Take the acknowledgement along"), icon="download")
            take.on_click(lambda: ui.download.content(text, file, "application/xml")).props("outline no-caps")
            with ui.expansion(t("The acknowledgement"), icon="receipt"), ui.element("pre").classes("raw"):
                ui.label(text).classes("inline")
        if not is_good:
            raise Declined([Mistake(**m) for m in answer["mistakes"]])
