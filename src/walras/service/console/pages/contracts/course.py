"""How a year of a supply contract runs: taken beside an even pace, day by day, and its make-up and carry-forward."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui

from walras.service.console import plots, shown
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, facts, listing
from walras.service.console.pages.contracts.supply_head import Found, amount, head_of, quantity
from walras.service.console.places import mark, place
from walras.service.console.sections import go, part
from walras.service.queries import GetSupplyCourse

Points = list[tuple[str, float | None]]


@place("/supply/{agreement}/course", mark("Quantities and bank"))
async def course(desk: Desk) -> None:
    """Show one contract year of one contract."""
    t = desk.t
    head = await head_of(desk, "course")
    if head.contract is None:
        return
    years = [str(y["year"]) for y in head.contract["years"]]
    asked = desk.query.get("year", "")
    year = int(asked) if asked in years else None
    found = await desk.ask(
        GetSupplyCourse(agreement=head.agreement, contract=head.contract["contract"], year=year)
    )  # fmt: skip
    if len(years) > 1:
        box = ui.select(years, label=t("Contract year"), value=str(found["year"])).props("outlined dense")
        box.classes("chooser").on_value_change(lambda event: go(desk, year=event.value))
    _figures(desk, found)
    with part(t("Taken so far")):
        _taken(desk, found)
    with part(t("Day by day")):
        _days(desk, found)
    with part(t("Bank of {subject}").format(subject=found["subject"])):
        _bank(desk, found)
    with part(t("Terms of quantity")):
        _terms(desk, found)


def _figures(desk: Desk, found: Found) -> None:
    t, unit = desk.t, found["unit"]
    taken = _last(found, "taken")
    pace = next((amount(d["owed"]) for d in reversed(found["days"]) if d["taken"] is not None), None)
    rows = [
        (t("Contract year"), str(found["year"])), (t("Annual quantity"), quantity(desk, amount(found["annual"]), unit)),
        (t("To be taken or paid for"), quantity(desk, amount(found["owed"]), unit)),
        (t("Taken"), quantity(desk, taken, unit)),
    ]  # fmt: skip
    if taken is not None and pace is not None and amount(found["owed"]):
        ahead = taken - pace
        name = t("Ahead of an even pace to take-or-pay") if ahead >= 0 else t("Behind an even pace to take-or-pay")
        rows.append((name, quantity(desk, abs(ahead), unit)))
    with ui.element("div").classes("card"):
        facts(desk, rows)


def _last(found: Found, field: str) -> float | None:
    return next((amount(d[field]) for d in reversed(found["days"]) if d[field] is not None), None)


def _points(days: Sequence[Found], field: str) -> Points:
    return [(d["day"], amount(d[field])) for d in days if d[field] is not None]


def _taken(desk: Desk, found: Found) -> None:
    t, days = desk.t, found["days"]
    series = {t("taken"): _points(days, "taken")}
    if found["annual"] is not None:
        series[t("even pace to the annual quantity")] = _points(days, "annual")
    if amount(found["owed"]):
        series[t("even pace to take-or-pay")] = _points(days, "owed")
    name = t("Quantity taken beside an even pace to the annual quantity and to take-or-pay")
    options = plots.lines(series, found["unit"], is_step=False)
    options["series"][0] |= {"z": 5, "lineStyle": options["series"][0]["lineStyle"] | {"width": 4}}
    plots.plot(options, name)


def _days(desk: Desk, found: Found) -> None:
    t, unit = desk.t, found["unit"]
    known = [d for d in found["days"] if d["nominated"] is not None or d["allocated"] is not None]
    if not known:
        ui.label(t("Nothing was nominated or delivered in this year yet.")).classes("empty")
        return
    series = {
        t("delivered"): _points(known, "allocated"), t("nominated"): _points(known, "nominated"),
        t("most"): _points(known, "most"), t("least"): _points(known, "least"),
    }  # fmt: skip
    options = plots.lines({n: p for n, p in series.items() if p}, unit, is_step=False)
    options["yAxis"]["scale"] = True
    options["series"][1]["lineStyle"]["type"] = "dashed"  # often the same as what was delivered
    plots.plot(options, t("Delivered and nominated each day, between the least and the most that may be nominated"))
    with ui.expansion(t("Days as a table")):
        rows = [{"day": d["day"]} | {n: amount(d[n]) for n in _FIELDS} for d in known]
        columns = [
            Column("day", t("Day"), "day"), Column("least", t("Least"), "number", unit, 0),
            Column("nominated", t("Nominated"), "number", unit, 3),
            Column("most", t("Most"), "number", unit, 0), Column("allocated", t("Delivered"), "number", unit, 3),
            Column("taken", t("Taken so far"), "number", unit, 3),
            Column("owed", t("Pace to take-or-pay"), "number", unit, 0),
        ]  # fmt: skip
        listing(desk, columns, rows, title=t("Days as a table"), key="day", page=31)


_FIELDS = ("least", "nominated", "most", "allocated", "taken", "owed")


def _bank(desk: Desk, found: Found) -> None:
    """Show what is left in the bank after each record that changed it, over all years of the subject."""
    t, unit = desk.t, found["unit"]
    ui.label(t("Make-up: paid for and not taken, to be drawn later.")).classes("quiet")
    ui.label(t("Carry-forward: taken beyond the annual quantity, to lower a later year.")).classes("quiet")
    moves = found["bank"]
    if not moves:
        ui.label(t("Nothing has moved in the bank yet: it begins with the first annual statement.")).classes("empty")
        return
    names = [f"{shown.wall(m['at'], desk.zone)[:10]} #{m['record']}" for m in moves]
    series = {
        t("make-up"): [(name, amount(m["make_up"])) for name, m in zip(names, moves, strict=True)],
        t("carry-forward"): [(name, amount(m["carry_forward"])) for name, m in zip(names, moves, strict=True)],
    }
    name = t("Make-up and carry-forward that are left after each record that changed them")
    plots.plot(plots.bars(series, unit, is_stacked=True), name)
    columns = [
        Column("record", t("Record no."), "number", decimals=0), Column("at", t("At"), "time"),
        Column("kind", t("What"), "words"), Column("contract", t("Contract"), "code"),
        Column("make_up", t("Make-up left"), "number", unit, 3),
        Column("carry_forward", t("Carry-forward left"), "number", unit, 3),
    ]  # fmt: skip
    rows = [m | {n: amount(m[n]) for n in ("make_up", "carry_forward")} for m in reversed(moves)]
    listing(desk, columns, rows, title=t("Moves of the bank"), key="record")


def _terms(desk: Desk, found: Found) -> None:
    t, terms, unit = desk.t, found["terms"], found["unit"]

    def share(value: str | None) -> str:
        return "" if value is None else f"{shown.number(100 * (amount(value) or 0), 1, desk.language)} %"

    make_up, carry = terms["make_up"], terms["carry_forward"]
    rows = [
        (t("Usual day"), quantity(desk, amount(terms["daily"]), unit)),
        (t("Take-or-pay share"), share(terms["take_or_pay_share"])),
        (t("Most of the annual quantity"), share(terms["annual_maximum_share"])),
        (t("Delivery"), t("firm") if terms["is_firm"] else t("not firm")),
        (t("Notice"), t("{hours} hours before the day").format(hours=terms["notice_hours"])),
    ]  # fmt: skip
    if make_up:
        first = t("newest first") if make_up["is_newest_first"] else t("oldest first")
        rows.append((t("Make-up"), f"{first}, {t('price')}: {t(make_up['price'].replace('_', ' '))}"))
        rows.append((t("Make-up may be drawn for"), _years(desk, make_up["years"])))
    if carry:
        rows.append((t("Carry-forward covers at most"), share(carry["cap"])))
        rows.append((t("Carry-forward may be used for"), _years(desk, carry["years"])))
    with ui.element("div").classes("card"):
        facts(desk, rows)
    if terms["swing"]:
        columns = [
            Column("level", t("Band of swing")), Column("minimum", t("From"), "number", unit, 0),
            Column("maximum", t("To"), "number", unit, 0),
            Column("notice_hours", t("Notice before the day"), "number", "h", 0),
        ]  # fmt: skip
        bands = [s | {n: amount(s[n]) for n in ("minimum", "maximum")} for s in terms["swing"]]
        listing(desk, columns, bands, title=t("Bands of swing"), key="level")


def _years(desk: Desk, years: int | None) -> str:
    if years is None:
        return desk.t("as long as the subject lasts")
    return desk.t.n_("{count} year", "{count} years", years).format(count=years)
