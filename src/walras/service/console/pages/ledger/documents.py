"""Documents of settlement of all parties: invoices, self-billing documents, credit and interest notes, what is open."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.results.minor_units import decimals_of
from walras.service.commands import ChargeInterest, IssueDocuments
from walras.service.console import plots
from walras.service.console.desk import Desk
from walras.service.console.files import link
from walras.service.console.listing import Column, listing
from walras.service.console.pages.ledger.ways import DOCUMENTS, ENTRIES, begin, with_decimals
from walras.service.console.places import mark, place
from walras.service.console.sections import act, part
from walras.service.queries import GetBill, ListBills
from walras.service.queries.query import WATCHING

KINDS = (mark("invoice"), mark("self billing"), mark("credit note"), mark("interest note"))
AMOUNTS = ("net_minor", "vat_minor", "receives_minor", "open_minor")
Rows = list[dict[str, Any]]


@place(DOCUMENTS, mark("Documents of settlement"), WATCHING)
async def documents(desk: Desk) -> None:
    """Show what is open by party, and every document with its files."""
    market = await begin(desk, DOCUMENTS)
    if market is None:
        return
    t = desk.t
    box = ui.element("div").classes("page")

    async def refresh() -> None:
        rows = await desk.items(ListBills(market=market, limit=500), most=20_000)
        box.clear()
        with box:
            with ui.element("div").classes("row-of-acts"):
                for command, text in ((IssueDocuments, t("Issue documents")), (ChargeInterest, t("Charge interest"))):
                    act(desk, command, text, {"market": market}, fixed=("market",), on_done=lambda _: refresh())
            _open(desk, rows)
            _every(desk, market, rows)

    await refresh()


def _open(desk: Desk, rows: Rows) -> None:
    t = desk.t
    still = [r for r in rows if r["open_minor"]]
    with part(t("Still open")):
        if not still:
            ui.label(t("Every document is paid.") if rows else t("No document was issued yet.")).classes("empty")
        for currency in sorted({r["currency"] for r in still}):
            unit, sums = 10 ** decimals_of(currency), dict[str, int]()
            for row in still:
                if row["currency"] == currency:
                    sums[row["account"]] = sums.get(row["account"], 0) + row["open_minor"]
            name = t("Open by party, {currency}").format(currency=currency)
            points = [(account, minor / unit) for account, minor in sorted(sums.items(), key=lambda s: s[1])]
            plots.plot(plots.bars({t("Open (below zero: it owes)"): points}, currency), name)


def _every(desk: Desk, market: str, rows: Rows) -> None:
    t = desk.t
    columns = [
        Column("number", t("Number"), "code"), Column("kind", t("Kind"), "words"),
        Column("account", t("Party"), "code"), Column("issued_day", t("Issued"), "day"),
        Column("due_day", t("Due"), "day"),
        Column("net_minor", t("Net"), "money"), Column("vat_minor", t("VAT"), "money"),
        Column("receives_minor", t("The party receives"), "money"), Column("open_minor", t("Still open"), "money"),
        Column("currency", t("Currency")), Column("event", t("Event"), "number", decimals=0),
    ]  # fmt: skip
    with part(t("All documents")):
        with ui.element("div").classes("filters"):
            text = ui.input(t("Search number or party")).props("outlined dense clearable").mark("search")
            is_open = ui.checkbox(t("Only those still open"))
        box = ui.element("div").classes("section")

        def open_file(form: str, number: str) -> None:
            ui.navigate.to(link(GetBill.model_validate({"market": market, "number": number, "form": form})))

        def show() -> None:
            needle = (text.value or "").casefold()
            wanted = [
                with_decimals(r, *AMOUNTS) | {"event_href": f"{ENTRIES}?market={market}&event={r['event']}"}
                for r in reversed(rows)
                if needle in f"{r['number']} {r['account']}".casefold() and (r["open_minor"] or not is_open.value)
            ]
            box.clear()
            with box:
                empty = t("No document is like that. They are issued for whole spans of delivery days.")
                listing(
                    desk, columns, wanted, title=t("All documents"), key="number", empty=empty, on_act=open_file,
                    acts=lambda _: [("html", t("Page")), ("pdf", "PDF"), ("csv", "CSV")],
                )  # fmt: skip

        for one in (text, is_open):
            one.on_value_change(show)
        show()
