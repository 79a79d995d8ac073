"""What was sent in a session, with digests; and the signed receipt of what was sent just now, to be kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nicegui import ui

from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.queries import ListSubmissions


class Receipts:
    """The submissions of one session."""

    def __init__(self, desk: Desk, session: str) -> None:
        self.desk, self.session = desk, session

    async def build(self) -> None:
        """Draw the list."""
        t = self.desk.t
        with ui.element("section").classes("section"):
            with ui.element("h2"):
                ui.label(t("What you have sent")).classes("inline")
            ui.label(t(
                "A receipt, signed by the operator, says what arrived and when. Keep those that you get: "
                "walras verify --receipts holds them against the result."
            )).classes("quiet")  # fmt: skip
            self.box = ui.element("div")
        await self.refresh()

    async def refresh(self) -> None:
        """Show what was sent by now, the newest first."""
        t = self.desk.t
        items = await self.desk.items(ListSubmissions(session=self.session))
        columns = [
            Column("sequence", t("Number"), "number", decimals=0), Column("at", t("Time"), "time"),
            Column("kind", t("Kind"), "state"), Column("orders", t("Orders"), "number", decimals=0),
            Column("user", t("User"), "code"), Column("digest", t("Digest of the content"), "code"),
        ]  # fmt: skip
        self.box.clear()
        with self.box:
            listing(
                self.desk, columns, items[::-1], title=t("What you have sent"), key="sequence", page=10,
                empty=t("Nothing was sent yet. What you send is listed here with its digest."),
            )  # fmt: skip


def offer_receipt(desk: Desk, answer: Mapping[str, Any]) -> None:
    """Offer the signed receipt of an answer as a file."""
    content = json.dumps([answer["receipt"]], ensure_ascii=False, indent=1).encode()
    name = f"receipt-{answer['session']}-{answer['sequence']}.json"
    with ui.element("div").classes("row-of-acts"):
        save = ui.button(desk.t("Save the signed receipt"), icon="receipt_long")
        save.on_click(lambda: ui.download(content, name)).props("no-caps outline").mark("receipt")
