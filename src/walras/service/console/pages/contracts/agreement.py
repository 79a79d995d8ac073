"""A supply agreement at a glance: consent to its versions, how far each contract has run, months with money, banks."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.results.minor_units import decimals_of
from walras.service.commands import ConfirmSupplyAgreement, RefuseSupplyAgreement
from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, facts, listing
from walras.service.console.pages.contracts.supply_head import Found, amount, head_of, party
from walras.service.console.places import mark, place
from walras.service.console.sections import act, heading, part


@place("/supply/{agreement}", mark("Supply agreement"))
async def agreement(desk: Desk) -> None:
    """Show the overview; it is made anew after each act."""
    box = ui.element("div").classes("page")

    async def refresh(_answer: Any = None) -> None:
        box.clear()
        with box:
            head = await head_of(desk, "", has_choice=False)
            _waiting(desk, head.found, refresh)
            if head.standing is not None:
                with ui.element("div").classes("two"):
                    for contract in head.standing["contracts"]:
                        _contract(desk, head.agreement, contract)
                _months(desk, head.standing["contracts"])
                _banks(desk, head.standing["banks"])
            with part(desk.t("Versions and consent")):
                _versions(desk, head.found)

    await refresh()


def _waiting(desk: Desk, found: Found, refresh: Any) -> None:
    t = desk.t
    version = next((v for v in found["versions"] if v["state"] == "proposed"), None)
    if version is None:
        return
    with ui.element("section").classes("banner section").mark("agreement-waits"):
        text = t("Version {number}, proposed by {company}, waits for {parties}.")
        parties = ", ".join(found["waits_for"])
        said = text.format(number=version["version"], company=version["proposed_by"], parties=parties)
        ui.label(said).classes("said")
        until = shown.time(version["confirm_until"], desk.zone, desk.language)
        ui.label(t("It lapses unless every party has confirmed it until {time}.").format(time=until)).classes("quiet")
        given: Any = {
            "preset": {"agreement": found["agreement"], "version": version["version"]},
            "fixed": ("agreement", "version"), "on_done": refresh,
        }  # fmt: skip
        with ui.element("div").classes("row-of-acts"):
            ui.link(t("Read the text"), f"/supply/{found['agreement']}/text?version={version['version']}")
            if desk.actor.company in found["waits_for"]:
                act(desk, ConfirmSupplyAgreement, t("Agree"), icon="check", **given)
            if desk.actor.company in version["parties"]:
                act(desk, RefuseSupplyAgreement, t("Turn down"), icon="close", **given)


def _contract(desk: Desk, agreement: str, contract: Found) -> None:
    """Show one contract with the years that have run or run now."""
    t, unit = desk.t, contract["unit"]
    with ui.element("section").classes("card section"):
        with ui.element("h2"):
            ui.link(contract["contract"], f"/supply/{agreement}/course?contract={contract['contract']}")
        facts(desk, [
            (t("Subject"), contract["subject"]), (t("Commodity"), t(contract["commodity"].replace("_", " "))),
            (t("Seller"), party(contract["seller"])), (t("Buyer"), party(contract["buyer"])),
            (t("From"), shown.day(contract["begin"], desk.language)),
            (t("To before"), shown.day(contract["end"], desk.language)),
        ])  # fmt: skip
        rows = [{"year": y["year"]} | {n: amount(y[n]) for n in ("annual", "owed", "taken")} for y in contract["years"]]
        columns = [
            Column("year", t("Contract year")), Column("annual", t("Annual quantity"), "number", unit, 0),
            Column("owed", t("Take-or-pay"), "number", unit, 0), Column("taken", t("Taken"), "number", unit, 0),
        ]  # fmt: skip
        listing(desk, columns, rows, title=t("Contract years"), key="year")


def _months(desk: Desk, contracts: list[Found]) -> None:
    t = desk.t
    rows: list[Found] = []
    for c in contracts:
        for month, m in c["months"].items():
            plain = {"contract": c["contract"], "month": month, "documents": ", ".join(t(d) for d in m["documents"]),
                     "currency": c["currency"], "decimals": decimals_of(c["currency"]),
                     "deferred": m["deferred_minor"], "set_off": m["set_off_minor"]}  # fmt: skip
            booked = m["booked"] or [["", "", 0]]
            rows += [
                plain | {"payer": party(payer), "payee": party(payee), "amount": minor,
                         "key": f"{c['contract']} {month} {payer} {payee}"}
                for payer, payee, minor in booked
            ]  # fmt: skip
    heading(t("Months with documents"))
    columns = [
        Column("month", t("Month")), Column("contract", t("Contract"), "code"), Column("documents", t("Documents")),
        Column("payer", t("Pays"), "code"), Column("payee", t("Is paid"), "code"),
        Column("amount", t("Booked"), "money"),
        Column("currency", t("Currency")), Column("deferred", t("Put off"), "money"),
        Column("set_off", t("Set off"), "money"),
    ]  # fmt: skip
    for row in rows:
        row |= {f"{n}_decimals": row["decimals"] for n in ("amount", "deferred", "set_off")}
    empty = t("No month has a document yet. Provisional and final invoices stand here with what they booked.")
    newest = sorted(rows, key=lambda r: r["month"], reverse=True)
    listing(desk, columns, newest, title=t("Months with documents"), key="key", empty=empty)
    _later(desk, contracts)


def _later(desk: Desk, contracts: list[Found]) -> None:
    """Show what comes after invoices: annual statements, instalments of what was put off, set-offs for assets."""
    t = desk.t
    rows: list[Found] = []
    for c in contracts:
        given = {"contract": c["contract"], "currency": c["currency"], "amount_decimals": decimals_of(c["currency"])}
        rows += [given | {"what": t("annual statement"), "of": year, "amount": body["amount_minor"]}
                 for year, body in c["statements"].items()]  # fmt: skip
        rows += [given | {"what": t("deferral instalment"), "of": m, "amount": a} for m, a in c["instalments"].items()]
        rows += [given | {"what": t("set-off, of a part due"), "of": d, "amount": a} for d, a in c["set_off"].items()]
    if rows:
        heading(t("Statements, instalments, set-offs"))
        columns = [
            Column("contract", t("Contract"), "code"), Column("what", t("What")), Column("of", t("Of")),
            Column("amount", t("Amount"), "money"), Column("currency", t("Currency")),
        ]  # fmt: skip
        keyed = [r | {"key": f"{r['contract']} {r['what']} {r['of']}"} for r in rows]
        listing(desk, columns, keyed, title=t("Statements, instalments, set-offs"), key="key")


def _banks(desk: Desk, banks: Found) -> None:
    """Show lots of make-up and carry-forward by subject."""
    t = desk.t
    rows: list[Found] = []
    for subject, bank in banks.items():
        for kind, name in (("make_up", t("make-up: paid and not taken")), ("carry_forward", t("carry-forward"))):
            rows += [
                {"subject": subject, "kind": name, "year": lot["year"], "quantity": amount(lot["quantity"]),
                 "left": amount(lot["left"]), "paid_price": lot.get("paid_price"),
                 "key": f"{subject} {kind} {lot['year']}"}
                for lot in bank[kind]
            ]  # fmt: skip
    heading(t("Make-up and carry-forward"))
    columns = [
        Column("subject", t("Subject")), Column("kind", t("Bank")), Column("year", t("Of year")),
        Column("quantity", t("Quantity"), "number", decimals=3), Column("left", t("Left"), "number", decimals=3),
        Column("paid_price", t("Paid price")),
    ]  # fmt: skip
    empty = t(
        "The bank is empty. What is paid for and not taken in a contract year is in it after that year's statement."
    )
    listing(desk, columns, rows, title=t("Make-up and carry-forward"), key="key", empty=empty)


def _versions(desk: Desk, found: Found) -> None:
    t = desk.t
    rows = [
        v | {"version_href": f"/supply/{found['agreement']}/text?version={v['version']}",
             "parties": ", ".join(v["parties"]), "operators": ", ".join(v["operators"]),
             "confirmed": ", ".join(v["confirmed_by"]), "digest": v["digest"][:12]}
        for v in reversed(found["versions"])
    ]  # fmt: skip
    columns = [
        Column("version", t("Version")), Column("state", t("State"), "state"),
        Column("proposed_by", t("Proposed by"), "code"),
        Column("at", t("At"), "time"), Column("parties", t("Parties")), Column("confirmed", t("Confirmed by")),
        Column("operators", t("Operators on the way")), Column("reason", t("Reason")),
        Column("digest", "SHA-256", "code"),
    ]  # fmt: skip
    listing(desk, columns, rows, title=t("Versions and consent"), key="version")
