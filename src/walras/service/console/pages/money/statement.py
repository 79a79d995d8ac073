"""One statement: what a run of settlement says of a company line by line, with totals that add up."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from nicegui import ui

from walras.results.minor_units import decimals_of
from walras.service.commands import RaiseDispute
from walras.service.console import plots, shown
from walras.service.console.desk import Desk
from walras.service.console.files import link
from walras.service.console.listing import Column, facts, listing
from walras.service.console.mtu_sheet import clock
from walras.service.console.pages.money.statements import disputes
from walras.service.console.pages.money.whose import FORMS, company_of, money, priced
from walras.service.console.places import mark, place
from walras.service.console.sections import act, part
from walras.service.queries import GetSession, GetStatement, GetStatementLines

Row = dict[str, Any]


@place("/statements/{session}/{run}", mark("Statement"))
async def statement(desk: Desk) -> None:
    """Show a statement: its sums, what they are made of, every line, and a way to dispute it."""
    t, session = desk.t, desk.path["session"]
    run = shown.whole_of(desk.path["run"])
    if run is None:
        ui.label(t("There is no such run.")).classes("empty")
        return
    company = await company_of(desk)
    found = await desk.ask(GetStatementLines(session=session, run=run, company=company or None))
    name = t("Statement of {day}").format(day=shown.day(found["delivery_day"], desk.language))
    desk.heading.text = f"{name}, {company}" if company else name
    with ui.element("div").classes("card"):
        facts(desk, [
            (t("Session"), session), (t("Run"), f"{run} ({t(found['name'])})"),
            (t("Version of the result"), str(found["result_version"])),
        ])  # fmt: skip
    if not found["items"]:
        ui.label(t("This run says nothing of the company.")).classes("empty")
        return
    if company:
        _downloads(desk, found)
        _sums(desk, found)
    with part(t("What the sums are made of")):
        _kinds(desk, found)
    _drawn(desk, found)
    with part(t("Every line, MTUs in the time of {zone}").format(zone=desk.zone.key)):
        _lines(desk, found)
    with part(t("Disputes")):
        market = (await desk.ask(GetSession(session=session)))["market"]
        act(desk, RaiseDispute, t("Dispute this statement"), {"session": session, "run": run}, fixed=("session", "run"),
            on_done=lambda _: ui.navigate.reload(), icon="report")  # fmt: skip
        await disputes(desk, market, company, session)


def _downloads(desk: Desk, found: Row) -> None:
    with ui.element("div").classes("row-of-acts"):
        for party in sorted({s["party"] for s in found["sums"]}):
            ui.label(party).classes("quiet")
            for form in FORMS:
                name = desk.t("Page") if form == "html" else form.upper()
                query = GetStatement(session=found["session"], run=found["run"], form=form, party=party)
                ui.link(name, link(query))


def _sums(desk: Desk, found: Row) -> None:
    t = desk.t
    with ui.element("div").classes("cards"):
        for one in found["sums"]:
            with ui.element("div").classes("card"):
                even, amount = t("even"), one["amount_minor"]
                said = t("to receive") if amount > 0 else t("to pay") if amount else even
                ui.label(f"{one['party']}: {said}").classes("figure-name")
                ui.label(money(desk, abs(amount), one["currency"])).classes("figure")


def _kinds(desk: Desk, found: Row) -> None:
    """Show sums by kind of line, and the total of each account and currency, which is what was posted."""
    t = desk.t
    sums: dict[tuple[str, str, str], list[float]] = defaultdict(lambda: [0, 0.0, 0])
    for line in found["items"]:
        one = sums[line["party"], line["currency"], line["kind"]]
        one[0] += line["amount_minor"]
        one[1] += line["energy_mwh"] or 0.0
        one[2] += 1
    posted = {(s["party"], s["currency"]): s["amount_minor"] for s in found["sums"]}
    rows: list[Row] = []
    for (party, currency), amount_posted in posted.items():
        own = {k: v for (p, c, k), v in sums.items() if (p, c) == (party, currency)}
        plain = {"party": party, "currency": currency}
        rows += [
            priced(plain | {"kind": t(kind), "amount": amount, "mwh": mwh or None, "lines": count,
                            "key": f"{party} {currency} {kind}"}, "amount")
            for kind, (amount, mwh, count) in sorted(own.items())
        ]  # fmt: skip
        total = int(sum(v[0] for v in own.values()))
        is_whole = total == amount_posted
        check = t("adds up to what was posted") if is_whole else t("differs from what was posted")
        rows.append(priced(plain | {"kind": t("Total"), "amount": total, "lines": sum(v[2] for v in own.values()),
                                    "check": check, "key": f"{party} {currency} total"}, "amount"))  # fmt: skip
    columns = [
        Column("party", t("Account"), "code"), Column("kind", t("Kind")),
        Column("lines", t("Lines"), "number", decimals=0),
        Column("mwh", t("Energy"), "number", "MWh", 3), Column("amount", t("Amount"), "money"),
        Column("currency", t("Currency")), Column("check", t("Check")),
    ]  # fmt: skip
    listing(desk, columns, rows, title=t("What the sums are made of"), key="key", page=50)


def _drawn(desk: Desk, found: Row) -> None:
    """Draw money of energy over the day, a line a zone and carrier."""
    t = desk.t
    by_place: dict[tuple[str, str], dict[tuple[str, int], float]] = defaultdict(lambda: defaultdict(float))
    for line in found["items"]:
        if line["mtu_start"]:
            place_name = f"{line['zone']}, {t(line['carrier'].replace('_', ' '))}"
            amount = line["amount_minor"] / 10 ** decimals_of(line["currency"])
            by_place[place_name, line["currency"]][line["mtu_start"], line["minutes"]] += amount
    currencies = {c for _, c in by_place}
    if not by_place or len(currencies) > 1:
        return
    lines = {
        name: shown.steps([(*mtu, amount) for mtu, amount in sorted(points.items())], desk.zone)
        for (name, _), points in by_place.items()
    }
    with part(t("Energy over the day")):
        name = t("Money of energy by MTU: above zero to receive, below to pay")
        plots.plot(plots.lines(lines, currencies.pop()), name)


def _lines(desk: Desk, found: Row) -> None:
    t = desk.t
    rows = []
    for n, line in enumerate(found["items"]):
        row = priced(line | {"key": n, "kind": t(line["kind"])}, "amount_minor")
        row["clock"] = clock(desk, line["mtu_start"])[11:] if line["mtu_start"] else ""
        row["place"] = f"{line['zone']}, {t(line['carrier'].replace('_', ' '))}" if line["zone"] else ""
        rows.append(row)
    columns = [
        Column("kind", t("Kind")), Column("place", t("Zone and carrier")), Column("clock", t("MTU")),
        Column("energy_mwh", t("Energy"), "number", "MWh", 3), Column("price_per_mwh", t("Price for a MWh"), "number"),
        Column("amount_minor", t("Amount"), "money"), Column("currency", t("Currency")),
        Column("text", t("Text"), "wide"),
        Column("minutes", t("Length"), "number", "min", 0),
    ]  # fmt: skip
    if len({line["party"] for line in found["items"]}) > 1:
        columns.insert(0, Column("party", t("Account"), "code"))
    listing(desk, columns, rows, title=t("Every line"), key="key", page=50)
