"""Prices of a supply contract: each month's price, and how one of them comes about, line by line."""

from __future__ import annotations

from datetime import date, datetime

from nicegui import ui

from walras.service.console import plots
from walras.service.console.desk import Declined, Desk
from walras.service.console.listing import Column, listing
from walras.service.console.pages.contracts.supply_head import Found, Head, head_of
from walras.service.console.pages.contracts.text import raw
from walras.service.console.places import mark, place
from walras.service.console.sections import go, part
from walras.service.queries import ExplainSupplyPrice

MOST_MONTHS = 12


@place("/supply/{agreement}/prices", mark("Prices"))
async def prices(desk: Desk) -> None:
    """Show the months of a contract, the newest first, and the derivation of the one that is chosen."""
    t = desk.t
    head = await head_of(desk, "prices")
    if head.contract is None:
        return
    months = await _months(desk, head.contract)
    rows = [await _priced(desk, head, month) for month in months[-MOST_MONTHS:]]
    known = [r["month"] for r in rows if r["items"]]
    asked = desk.query.get("month", "")
    chosen = asked if asked in months else next(reversed(known), months[-1])
    with part(t("How the price of {month} comes about").format(month=chosen)):
        if len(months) > 1:
            box = ui.select(list(reversed(months)), label=t("Month"), value=chosen).props("outlined dense")
            box.classes("chooser").mark("month").on_value_change(lambda event: go(desk, month=event.value))
        row = next((r for r in rows if r["month"] == chosen), None) or await _priced(desk, head, chosen)
        if row["why"]:
            ui.label(t("It is not known yet: {why}").format(why=row["why"])).classes("banner")
        for item in row["items"]:
            ui.label(f"{item['component']}: {item['price']}").classes("figure")
            raw(item["text"], t("Derivation of {component}").format(component=item["component"]), has_columns=True)
    with part(t("Prices by month")):
        _table(desk, rows)


async def _months(desk: Desk, contract: Found) -> list[str]:
    """Return the months of a contract from its first to the one that runs."""
    today = datetime.fromisoformat(await desk.now()).astimezone(desk.zone).date()
    begin, end = (date.fromisoformat(contract[n]) for n in ("begin", "end"))
    last = max(begin, min(end, today))
    count = (last.year - begin.year) * 12 + last.month - begin.month + 1
    numbers = [begin.year * 12 + begin.month - 1 + n for n in range(count)]
    found = [f"{n // 12}-{n % 12 + 1:02d}" for n in numbers]
    return [m for m in found if m < end.isoformat()[:7] or end.day > 1] or found[:1]


async def _priced(desk: Desk, head: Head, month: str) -> Found:
    """Return the price of a month, or why it is not known."""
    assert head.contract is not None, "asked of a contract"
    query = ExplainSupplyPrice(agreement=head.agreement, contract=head.contract["contract"], month=month)
    try:
        return {"month": month, "items": (await desk.ask(query))["items"], "why": ""}
    except Declined as declined:
        return {"month": month, "items": [], "why": "; ".join(dict.fromkeys(m.what for m in declined.mistakes))}


def _table(desk: Desk, rows: list[Found]) -> None:
    t = desk.t
    series: dict[str, list[tuple[str, float | None]]] = {}
    unit, written = "", []
    for row in rows:
        for item in row["items"]:
            value, _, unit = item["price"].partition(" ")
            number = float(value.rstrip("\N{HORIZONTAL ELLIPSIS}"))
            series.setdefault(item["component"], []).append((row["month"], number))
            written.append({"month": row["month"], "component": item["component"], "price": number, "unit": unit})
        if not row["items"]:
            written.append({"month": row["month"], "why": row["why"]})
    if any(len(points) > 1 for points in series.values()):
        months = [row["month"] for row in rows if row["items"]]
        plots.plot(plots.bars(series, unit, names=months), t("Price of each month by component"))
    columns = [
        Column("month", t("Month")), Column("component", t("Component")),
        Column("price", t("Price"), "number", decimals=4),
        Column("unit", t("Unit")), Column("why", t("Why it is not known"), "wide"),
    ]  # fmt: skip
    keyed = [r | {"key": f"{r['month']} {r.get('component')}"} for r in reversed(written)]
    listing(desk, columns, keyed, title=t("Prices by month"), key="key")
