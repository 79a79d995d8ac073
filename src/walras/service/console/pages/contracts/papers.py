"""Documents of a supply agreement: invoices, statements, instalments with lines, what they book, and issuing one."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.results.minor_units import decimals_of
from walras.service.commands import IssueSupplyDocument
from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, facts, listing
from walras.service.console.pages.contracts.supply_head import Found, Head, amount, head_of, money, party
from walras.service.console.places import mark, place
from walras.service.console.sections import act
from walras.service.queries import ListSupplyRecords
from walras.service.roles import Role

MOST_SHOWN = 24


@place("/supply/{agreement}/documents", mark("Documents of the agreement"))
async def documents(desk: Desk) -> None:
    """Show documents of the chosen contract, the newest first."""
    t = desk.t
    head = await head_of(desk, "documents")
    if head.contract is None:
        return
    box = ui.element("div").classes("page")

    async def refresh(_answer: Any = None) -> None:
        assert head.contract is not None, "the page is about a contract"
        rows = await desk.items(ListSupplyRecords(agreement=head.agreement, what="documents", limit=200))
        own = [r for r in rows if r["contract"] == head.contract["contract"]]
        box.clear()
        with box:
            _issuing(desk, head, refresh)
            if not own:
                empty = t("No document was issued yet. Invoices and statements stand here, line by line.")
                ui.label(empty).classes("empty")
            for row in reversed(own[-MOST_SHOWN:]):
                _document(desk, row, head.contract)
            if len(own) > MOST_SHOWN:
                ui.label(t("Older ones stand in the records.")).classes("quiet")

    await refresh()


def _issuing(desk: Desk, head: Head, refresh: Any) -> None:
    assert head.contract is not None, "the page is about a contract"
    t, contract = desk.t, head.contract
    if desk.actor.role is Role.OPERATOR or party(contract["seller"]) == desk.actor.company:
        preset = {"agreement": head.agreement, "contract": contract["contract"]}
        with ui.element("div").classes("row-of-acts"):
            act(desk, IssueSupplyDocument, t("Issue a document"), preset, fixed=("agreement", "contract"),
                on_done=refresh, icon="receipt_long")  # fmt: skip
        note = t(
            "Its figures are computed from the records. It is of a month (2027-01), an annual statement of a year."
        )
        ui.label(note).classes("quiet")


def _document(desk: Desk, row: Found, contract: Found) -> None:
    t, body, currency = desk.t, row["body"], contract["currency"]
    of = body.get("month") or body.get("year")
    with ui.element("section").classes("card section"):
        with ui.element("h2"):
            kind = t(row["kind"])
            ui.label(f"{kind[:1].upper()}{kind[1:]} {of}").classes("inline")
        at = shown.time(row["at"], desk.zone, desk.language)
        said = t("Record {number} of {time}").format(number=row["record"], time=at)
        event = t("event {number} of the ledger").format(number=row["event"])
        booked = event if row["event"] else t("nothing was booked")
        ui.label(f"{said}, {booked}").classes("quiet")
        if "lines" in body:
            _lines(desk, body, currency)
        else:
            facts(desk, _plain(desk, body, contract))
        _booked(desk, body, currency)


def _lines(desk: Desk, body: Found, currency: str) -> None:
    t, decimals = desk.t, decimals_of(currency)
    rows: list[Found] = [
        {"key": n, "item": line["item"], "quantity": amount(line["quantity"]), "unit": line["unit"],
         "price": amount(line["price"]), "amount": line["amount_minor"], "payer": party(line["payer"]),
         "payee": party(line["payee"])}
        for n, line in enumerate(body["lines"])
    ]  # fmt: skip
    rows.append({"key": "sum", "item": t("Sum of lines"), "amount": sum(r["amount"] for r in rows)})
    for payer, payee, minor in body.get("before", ()):
        ends = {"payer": party(payer), "payee": party(payee)}
        rows.append({"key": f"before {payer} {payee}", "item": t("booked before"), "amount": -minor} | ends)
    if body.get("deferred_minor"):
        rows.append({"key": "deferred", "item": t("put off to instalments"), "amount": -body["deferred_minor"]})
    columns = [
        Column("item", t("Item")), Column("quantity", t("Quantity"), "number", decimals=3),
        Column("unit", t("Unit")),
        Column("price", t("Price"), "number", currency, 4), Column("amount", t("Amount"), "money", currency, decimals),
        Column("payer", t("Pays"), "code"), Column("payee", t("Is paid"), "code"),
    ]  # fmt: skip
    listing(desk, columns, rows, title=t("Lines"), key="key", page=0)


def _plain(desk: Desk, body: Found, contract: Found) -> list[tuple[str, str]]:
    """Return what an annual statement or an instalment says."""
    t, unit, rows = desk.t, contract["unit"], list[tuple[str, str]]()
    names = {
        "annual": t("Annual quantity"), "owed": t("Take-or-pay"), "taken": t("Taken"), "drawn": t("Make-up drawn"),
        "short": t("Paid for and not taken"), "carried": t("Carried forward"),
    }  # fmt: skip
    for name, label in names.items():
        if body.get(name) is not None:
            rows.append((label, f"{shown.number(amount(body[name]), 3, desk.language)} {unit}"))
    if "price" in body:
        price = shown.number(amount(body["price"]), 4, desk.language)
        rows.append((t("Price"), f"{price} {contract['currency']}/{unit}"))
    if "part" in body:
        rows.append((t("Instalment"), t("{part} of {of}").format(part=body["part"], of=body["of"])))
    if "deferred_minor" in body:
        rows.append((t("Put off in all"), money(desk, body["deferred_minor"], contract["currency"])))
    for what, year, quantity in body.get("expired", ()):
        text = f"{shown.number(amount(quantity), 3, desk.language)} {unit}"
        rows.append((t("Expired: {what} of {year}").format(what=t(what), year=year), text))
    return rows


def _booked(desk: Desk, body: Found, currency: str) -> None:
    t = desk.t
    rows = [
        (t("{payer} pays {payee}").format(payer=party(payer), payee=party(payee)), money(desk, minor, currency))
        for payer, payee, minor in body["booked"]
    ]
    for account, other, minor, converted, rate, fixing in body.get("conversions", ()):
        text = t("{company} pays in {currency}").format(company=party(account), currency=other)
        rate_text = f"{shown.number(amount(rate), 6, desk.language)} {fixing}"
        rows.append((text, f"{money(desk, abs(converted), other)} ({money(desk, abs(minor), currency)}, {rate_text})"))
    if rows:
        with ui.element("h3"):
            ui.label(t("Booked")).classes("inline")
        facts(desk, rows)
