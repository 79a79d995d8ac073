"""The form of a market's new version: its definition as JSON, typed or from a file, mistakes with their lines.

Nothing is judged here: what is typed goes to the door as it is. Two officers are needed; before it
is proposed, the form shows what differs from the definition that it began with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nicegui import events, ui

from walras.errors import Mistake
from walras.service.commands import SetMarket
from walras.service.console.desk import Declined, Desk, new_key
from walras.service.console.forms import said_of, tell
from walras.service.console.listing import Column, listing
from walras.service.console.pages.markets.lines import line_of, places_of
from walras.service.console.pages.proposals.content import written
from walras.service.console.pages.proposals.differences import differences
from walras.service.console.pages.proposals.inbox import KINDS
from walras.service.console.places import mark, place
from walras.service.console.problems import Problems, guarded
from walras.service.console.sections import addressed
from walras.service.queries import GetMarket
from walras.service.roles import Role

MOST_BYTES = 8_000_000
GO_TO_LINE = """
const root = getHtmlElement(%d), n = %d, box = root.matches('textarea') ? root : root.querySelector('textarea');
const lines = box.value.split('\\n');
const begin = lines.slice(0, n - 1).join('\\n').length + (n > 1 ? 1 : 0);
box.focus(); box.setSelectionRange(begin, begin + lines[n - 1].length);
box.scrollTop = (n - 4) * (box.scrollHeight / lines.length);
"""


@place("/define-market", mark("Define a market"), frozenset({Role.OPERATOR}))
async def define(desk: Desk) -> None:
    """Show the form, filled with a definition that there is where the address names one."""
    before: dict[str, Any] = {}
    if desk.query.get("market"):
        query = addressed(desk, GetMarket, ("version", "day"), market=desk.query["market"])
        before = (await desk.ask(query))["definition"]
    Defining(desk, desk.query.get("market", ""), before).build()


class _Located(Problems):
    """Mistakes with the line of the definition that each is about."""

    def __init__(self, desk: Desk, fields: Mapping[str, Any], text: ui.textarea) -> None:
        super().__init__(desk, fields)
        self.text = text

    def beside(self, mistake: Mistake) -> None:
        """Lead to the line."""
        line = line_of(places_of(self.text.value or ""), mistake.where)
        if line is not None:
            words = self.desk.t("Go to line {number}").format(number=line)
            script = GO_TO_LINE % (self.text.id, line)
            ui.button(words, on_click=lambda: ui.run_javascript(script)).props("no-caps flat dense")


class Defining:
    """One form."""

    def __init__(self, desk: Desk, market: str, before: Mapping[str, Any]) -> None:
        self.desk, self.code, self.before, self.key = desk, market, before, new_key()

    def build(self) -> None:
        """Draw the fields, the acts and the places for mistakes and differences."""
        t = self.desk.t
        with ui.element("div").classes("card form"):
            ui.label(t(said_of(SetMarket))).classes("said")
            ui.label(t("A second officer has to approve this.")).classes("note")
            self.market = ui.input(t("Code of the market"), value=self.code).props("outlined dense").mark("market")
            self.first = ui.input(t("Valid from")).props("outlined dense type=date stack-label").mark("valid_from")
            self.last = ui.input(f"{t('Valid to')} ({t('optional')})").props("outlined dense type=date stack-label")
            text = json.dumps(self.before, ensure_ascii=False, indent=1) if self.before else ""
            self.text = ui.textarea(t("Definition (JSON)"), value=text).props("outlined dense").mark("definition")
            self.text.classes("mono long-text")
            upload = ui.upload(
                label=t("Take the definition from a file"), auto_upload=True, on_upload=guarded(self.desk)(self._taken),
                max_file_size=MOST_BYTES, max_files=1,
            )  # fmt: skip
            upload.props('accept=".json,application/json" flat bordered')
            fields = {"market": self.market, "valid_from": self.first, "valid_to": self.last, "definition": self.text}
            self.problems = _Located(self.desk, fields, self.text)
            handle = guarded(self.desk, self.problems)
            with ui.element("div").classes("row-of-acts"):
                send = ui.button(t("Propose"), on_click=handle(self._send)).props("no-caps unelevated")
                send.mark("send-set-market")
                ui.button(t("What differs"), on_click=guarded(self.desk)(self._compare)).props("no-caps outline").mark(
                    "compare"
                )
            self.changes = ui.element("div").classes("section")

    async def _taken(self, event: events.UploadEventArguments) -> None:
        await self.desk.check_upload(event.file.size())
        content = await event.file.read()
        self.text.set_value(content.decode("utf-8", "replace"))
        ui.notify(self.desk.t("Taken from {file}.").format(file=event.file.name), type="positive")

    def _definition(self) -> Any:
        """Return the definition as JSON; raises `Declined` where the text is none."""
        text = self.text.value or ""
        try:
            return json.loads(text)
        except ValueError as error:
            line = getattr(error, "lineno", 1)
            what = f"this is no JSON: {getattr(error, 'msg', error)}, line {line}"
            fix = "Write one JSON object, as on the page of a market."
            raise Declined([Mistake(what, "definition", "json", fix)]) from error

    async def _send(self) -> None:
        body = {"market": self.market.value, "valid_from": self.first.value or None, "definition": self._definition()}
        body |= {"valid_to": self.last.value} if self.last.value else {}
        answer = await self.desk.do_fields(SetMarket, {n: v for n, v in body.items() if v is not None}, self.key)
        self.key = new_key()
        tell(self.desk, answer)
        if "proposal" in answer:
            ui.navigate.to(f"/proposals/{answer['proposal']}")

    async def _compare(self) -> None:
        t, found = self.desk.t, differences(self.before, self._definition())
        rows = [
            {"where": d.where, "line": places_of(self.text.value or "").get(d.where), "kind": t(KINDS[d.kind]),
             "before": written(self.desk, d.before), "after": written(self.desk, d.after)}
            for d in found
        ]  # fmt: skip
        columns = [
            Column("where", t("Where"), "code"), Column("kind", t("Change")), Column("before", t("Before"), "wide"),
            Column("after", t("After"), "wide"),
        ]  # fmt: skip
        self.changes.clear()
        with self.changes:
            empty = t("Nothing differs from the definition that the form began with.")
            listing(self.desk, columns, rows, title=t("What differs"), key="where", empty=empty)
