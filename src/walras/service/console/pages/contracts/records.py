"""Records of a supply agreement, each sealed onto the one before, and the sheet of new facts, typed or pasted."""

from __future__ import annotations

import re
from typing import Any

from nicegui import ui

from walras.contracts.drafting import FIELDS
from walras.errors import Mistake
from walras.service.commands import RecordSupplyFacts
from walras.service.console.desk import Declined, Desk, new_key
from walras.service.console.forms import tell
from walras.service.console.grid import Grid
from walras.service.console.listing import Column, listing
from walras.service.console.pages.contracts.supply_head import Found, Head, head_of
from walras.service.console.pages.orders.pasting import PasteBox
from walras.service.console.places import mark, place
from walras.service.console.problems import Problems, guarded
from walras.service.console.sections import go, part, show_raw
from walras.service.intake.sheets import Sheet, SheetColumn
from walras.service.queries import ListSupplyRecords
from walras.service.roles import Role

FIRST_KINDS = {Role.OPERATOR: "observation", Role.SYSTEM_OPERATOR: "allocation"}
"""What each role usually records; members nominate."""
ROW = re.compile(r"rows? (\d+)(?::? (\w+))?")
SAID_BY = "by"
"""A field that the service fills itself: who sends a row said it."""


@place("/supply/{agreement}/records", mark("Records of the agreement"))
async def records(desk: Desk) -> None:
    """Show the sheet of new facts, then what was recorded."""
    t = desk.t
    head = await head_of(desk, "records", has_choice=False)
    if head.standing is None:
        return
    with part(t("Record something new")):
        FactSheet(desk, head)
    with part(t("What was recorded")):
        await _recorded(desk, head)


def sheet_of(kind: str) -> Sheet:
    """Return the columns of a kind of fact: the contract that it is about, and its fields.

    >>> [c.name for c in sheet_of("make-up draw").columns]
    ['contract', 'month', 'quantity']
    """
    columns = [] if kind == "observation" else [SheetColumn("contract", "text", "contract")]
    for name, wanted in FIELDS[kind].items():
        if name != SAID_BY:
            is_number = wanted.rstrip("!") in ("quantity", "money")
            columns.append(SheetColumn(name, "number" if is_number else "text", name, not wanted.endswith("!")))
    return Sheet(kind, "", tuple(columns))


class FactSheet:
    """The sheet of one kind of fact at a time.

    Args:
        desk: Where it stands.
        head: The agreement.
    """

    def __init__(self, desk: Desk, head: Head) -> None:
        assert head.standing is not None, "facts are recorded once a version holds"
        self.desk, self.head, self.key = desk, head, new_key()
        self.names = [c["contract"] for c in head.standing["contracts"]]
        t = desk.t
        first = desk.query.get("kind", "")
        self.kind = first if first in FIELDS else FIRST_KINDS.get(desk.actor.role, "nomination")
        ui.label(
            t("All rows are recorded or none; each bears the time of the market and your company as its speaker.")
        ).classes("quiet")
        kinds = {kind: t(kind) for kind in FIELDS}
        box = ui.select(kinds, label=t("What happened"), value=self.kind).props("outlined dense").classes("chooser")
        box.mark("fact-kind").on_value_change(lambda event: self._show(event.value))
        self.box = ui.element("div").classes("section")
        self.problems = Problems(desk)
        with ui.element("div").classes("row-of-acts"):
            send = ui.button(t("Record supply facts"), icon="send", on_click=guarded(desk, self.problems)(self._send))
            send.props("no-caps unelevated").mark("send-record-supply-facts")
        self._show(self.kind)

    def _show(self, kind: str) -> None:
        t = self.desk.t
        self.kind = kind
        self.box.clear()
        with self.box:
            sheet = sheet_of(kind)
            names = ", ".join(c.name + ("" if c.is_optional else "*") for c in sheet.columns)
            ui.label(t("Columns: {names}; * has to be filled.").format(names=names)).classes("quiet")
            choices = {"contract": self.names} if kind != "observation" else {}
            label = t("Facts to be recorded: {kind}").format(kind=t(kind))
            self.grid = Grid(self.desk, sheet, choices, lambda: None, first_row=1, label=label, kept=kind)
            self.grid.grid.classes("short")
            PasteBox(self.desk, lambda: self.grid)

    def rows(self) -> list[dict[str, str]]:
        """Return what was typed as rows of the command; a column that is empty is left out."""
        found = []
        for row in self.grid.filled:
            texts = {n: "" if v is None else str(v).strip() for n, v in row.items() if n in self.grid.columns}
            said = {n: text for n, text in texts.items() if text}
            if self.kind != "observation" and len(self.names) == 1:
                said.setdefault("contract", self.names[0])
            found.append({"kind": self.kind} | said)
        return found

    async def _send(self) -> None:
        self.grid.mark({})
        fields = {"agreement": self.head.agreement, "rows": self.rows()}
        try:
            answer = await self.desk.do_fields(RecordSupplyFacts, fields, self.key)
        except Declined as declined:
            self.grid.mark(self.spots(list(declined.mistakes)))
            raise
        self.key = new_key()
        self.grid.forget()
        tell(self.desk, answer)
        go(self.desk, kind=self.kind)

    def spots(self, mistakes: list[Mistake]) -> dict[int, dict[str, str]]:
        """Return the cells that mistakes are about; a row that no column is named of is marked as a whole."""
        wrong: dict[int, dict[str, str]] = {}
        for mistake in mistakes:
            found = ROW.match(mistake.where.replace(".", " "))
            if found:
                column = found[2] if found[2] in self.grid.columns else "*"
                wrong.setdefault(int(found[1]) - 1, {})[column] = f"{mistake.what}. {mistake.fix}"
        return wrong


async def _recorded(desk: Desk, head: Head) -> None:
    t = desk.t
    kinds = {"facts": t("facts"), "documents": t("documents"), "observations": t("observations"),
             "everything": t("everything")}  # fmt: skip
    asked = desk.query.get("what", "")
    what: Any = asked if asked in kinds else "facts"
    box = ui.select(kinds, label=t("Records"), value=what).props("outlined dense").classes("chooser")
    box.mark("what").on_value_change(lambda event: go(desk, what=event.value))
    rows = await desk.items(ListSupplyRecords(agreement=head.agreement, what=what, limit=1000))
    by_number = {str(r["record"]): r for r in rows}
    columns = [
        Column("record", t("Record no."), "number", decimals=0), Column("at", t("At"), "time"),
        Column("kind", t("Kind")), Column("contract", t("Contract"), "code"),
        Column("said", t("What it says"), "wide"),
        Column("by", t("Said by"), "code"), Column("event", t("Event of the ledger"), "number", decimals=0),
        Column("seal", t("Seal"), "code"),
    ]  # fmt: skip
    shown = [
        r | {"kind": t(r["kind"]), "said": said_of(r["body"]), "by": r["body"].get("by", ""), "seal": r["hash"][:12]}
        for r in reversed(rows)
    ]
    empty = t("Nothing of this kind was recorded yet.")
    title = t("Record {number}")
    listing(
        desk, columns, shown, title=t("What was recorded"), key="record", empty=empty,
        acts=lambda _row: [("whole", t("Show all of it"))],
        on_act=lambda _word, key: show_raw(desk, title.format(number=key), by_number[key]),
    )  # fmt: skip


def said_of(body: Found) -> str:
    """Return the fields of a record in one line, without its speaker and without tables.

    >>> said_of({"day": "2027-01-01", "quantity": "120", "by": "M-0001", "lines": []})
    'day 2027-01-01, quantity 120'
    """
    plain = {n: v for n, v in body.items() if n != SAID_BY and isinstance(v, str | int)}
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in plain.items())
