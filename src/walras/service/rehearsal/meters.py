"""Meters of a rehearsal: what a system operator reads is the plan, and so much beside it as the script says.

The plan follows from the auction, which a script cannot know; so a step `meter` names the difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from walras.service import queries as q
from walras.service.commands import MeterMtu, SubmitMetering
from walras.service.rehearsal.stage import Stage


def metered(stage: Stage, who: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Send a meter's energies of a line and day: planned exchange plus what is beside it, kWh an MTU.

    Args:
        stage: Where.
        who: The system operator.
        asked: `market`, `delivery_day`, `line`, and `beside_plan`, rows of `mtu_start` and `kwh`.
    """
    query = q.GetSchedules(market=asked["market"], delivery_day=asked["delivery_day"])
    element = next(e for e in stage.ask(who, query)["elements"] if e["element"] == asked["line"])
    beside = sorted((datetime.fromisoformat(str(r["mtu_start"])), int(r["kwh"])) for r in asked["beside_plan"])
    mw = element["planned_net_interchange_mw"]
    hours = (beside[1][0] - beside[0][0]).total_seconds() / 3600 if len(beside) > 1 else 24.0
    mtus = tuple(
        MeterMtu(mtu_start=at, kwh=round(planned * hours * 1000) + kwh)
        for (at, kwh), planned in zip(beside, mw, strict=True)
    )
    command = SubmitMetering(market=asked["market"], delivery_day=asked["delivery_day"], line=asked["line"], version=1,
                             mtus=mtus)  # fmt: skip
    return stage.do(who, command)
