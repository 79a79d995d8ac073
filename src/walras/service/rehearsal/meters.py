"""Meters of a rehearsal: what a system operator reads is the plan, and so much beside it as the script says.

The plan follows from the auction, which a script cannot know; so a step `meter` names the difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from walras.errors import BadInput, Mistake
from walras.service import queries as q
from walras.service.commands import MeterMtu, SubmitMetering
from walras.service.rehearsal.stage import Stage


def metered(stage: Stage, who: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Send a meter's energies of a line and day: planned exchange plus what is beside it, kWh an MTU.

    Args:
        stage: Where.
        who: The system operator.
        asked: `market`, `delivery_day`, `line`, and `beside_plan`, rows of `mtu_start` and `kwh`.

    Raises:
        BadInput: A row is none, or the line has no plan (rule `command_fields`); or the door's own.
    """
    try:
        day = date.fromisoformat(asked["delivery_day"])
        beside = sorted((datetime.fromisoformat(str(r["mtu_start"])), int(r["kwh"])) for r in asked["beside_plan"])
    except (KeyError, TypeError, ValueError) as error:
        fix = "Write a day, and rows of mtu_start (a time with its zone) and kwh (a whole number)."
        raise BadInput([Mistake(f"it is no meter: {error}", "beside_plan", "command_fields", fix)]) from None
    elements = stage.ask(who, q.GetSchedules(market=asked["market"], delivery_day=day))["elements"]
    element = next((e for e in elements if e["element"] == asked["line"]), None)
    if element is None or len(element["planned_net_interchange_mw"]) != len(beside):
        what = f"{asked['line'][:60]!r} has no plan of {len(beside)} MTUs on that day"
        raise BadInput([Mistake(what, "line", "command_fields", "Name a line of the plan, and a row for each MTU.")])
    mw = element["planned_net_interchange_mw"]
    hours = (beside[1][0] - beside[0][0]).total_seconds() / 3600 if len(beside) > 1 else 24.0
    mtus = tuple(
        MeterMtu(mtu_start=at, kwh=round(planned * hours * 1000) + kwh)
        for (at, kwh), planned in zip(beside, mw, strict=True)
    )
    command = SubmitMetering(market=asked["market"], delivery_day=day, line=asked["line"], version=1, mtus=mtus)
    return stage.do(who, command)
