"""The sheet in which a side says who caused a day's deviations: the parts and the rest add up to each deviation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from nicegui import ui

from walras.errors import Mistake
from walras.service.commands import DeclareInitiative
from walras.service.console.desk import Declined, Desk, new_key
from walras.service.console.forms import tell
from walras.service.console.mtu_sheet import MtuSheet, draw_fill
from walras.service.console.pages.grid.chosen import Chosen
from walras.service.console.pages.grid.pointed import point
from walras.service.console.problems import guarded

COLUMNS = ("from_kwh", "to_kwh", "rest_kwh")


def show_initiative(
    desk: Desk, chosen: Chosen, element: str, names: Mapping[str, str], found: Mapping[str, Any],
    on_sent: Callable[[], Awaitable[None]],
) -> None:  # fmt: skip
    """Draw the sheet; it begins with the whole deviation as nobody's."""
    t = desk.t
    with ui.expansion(t("Say who caused the deviations"), icon="rule").classes("paste-box"):
        ui.label(t("What both sides say counts; the three parts of each MTU add up to its deviation.")).classes("quiet")
        labels = {
            "from_kwh": t("caused by {side}, kWh").format(side=names["from"]),
            "to_kwh": t("caused by {side}, kWh").format(side=names["to"]), "rest_kwh": t("by nobody, kWh"),
        }  # fmt: skip
        mtus = found["mtus"]
        starts = [m["mtu_start"] for m in mtus]
        values = {"from_kwh": [0] * len(mtus), "to_kwh": [0] * len(mtus),
                  "rest_kwh": [m["deviation_kwh"] for m in mtus]}  # fmt: skip
        title = t("Who caused the deviations of {element}").format(element=element)
        name = f"initiative {element} {chosen.day.isoformat()}"
        sheet = MtuSheet(desk, name, title, starts, list(labels.items()), values, market=chosen.market)
        draw_fill(desk, sheet, labels)
        body = {"market": chosen.market, "delivery_day": chosen.day.isoformat(), "element": element}
        send = guarded(desk, sheet.problems)(partial(_send, desk, sheet, body, new_key(), on_sent))
        ui.button(t("Declare"), on_click=send).props('no-caps unelevated color="primary"').mark("declare-initiative")


async def _send(
    desk: Desk, sheet: MtuSheet, body: dict[str, Any], key: str, on_sent: Callable[[], Awaitable[None]],
    _event: Any = None,
) -> None:  # fmt: skip
    columns = {name: sheet.series(name) for name in COLUMNS}
    mtus = [{"mtu_start": s} | {n: v[i] for n, v in columns.items()} for i, s in enumerate(sheet.starts)]
    try:
        answer = await desk.do_fields(DeclareInitiative, body | {"mtus": mtus}, key)
    except Declined as declined:
        raise point(sheet, declined, _field) from declined
    sheet.forget()
    tell(desk, answer)
    if answer["mismatches"]:
        count = answer["mismatches"]
        text = desk.t.n_("The other side says something else in {count} MTU.",
                         "The other side says something else in {count} MTUs.", count)  # fmt: skip
        ui.notify(text.format(count=count), type="warning", timeout=8000)
    await on_sent()


def _field(path: Any, _mistake: Mistake) -> str:
    return path[0] if path[0] in COLUMNS else "*"
