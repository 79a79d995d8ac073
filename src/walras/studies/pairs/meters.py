"""What meters at a border say beside the plan: small deviations, drawn; both sides read the same energy."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np

from walras.studies.pairs.pair import Pair

SHARE, LATE_HOUR, LOST_MW = 0.004, 19, 60.0
"""Deviation as a share of what the line carries, and the power by which one hour misses the plan."""


def deviations(pair: Pair, line: str, day: date, seed: int) -> list[dict[str, Any]]:
    """Return how far a line's energy of each hour lies from the plan; kWh, positive along the line.

    Args:
        pair: With the line.
        line: Its name.
        day: Delivery day.
        seed: Of the draws.
    """
    row = next(r for r in pair.lines if r.line == line)
    begin = datetime.combine(day, time(), pair.time_zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), pair.time_zone).astimezone(UTC)
    hours = int((end - begin).total_seconds() // 3600)
    draw = np.random.default_rng([seed, day.toordinal(), *line.encode()])
    kwh = np.rint(draw.normal(0, SHARE * row.forward_mw, hours) * 1000).astype(int)
    kwh[min(LATE_HOUR, hours - 1)] -= int(LOST_MW * 1000 * row.forward_mw / (row.forward_mw + 500))
    return [{"mtu_start": (begin + timedelta(hours=h)).isoformat(), "kwh": int(k)} for h, k in enumerate(kwh)]


def metered(pair: Pair, market: str, day: date, section: dict[str, Any], seed: int) -> list[dict[str, Any]]:
    """Return the steps by which both system operators of a cross-section send their meters.

    Args:
        pair: With the lines.
        market: Its name at the door.
        day: Delivery day.
        section: As the market's definition has it.
        seed: Of the draws.
    """
    steps = []
    for line in section["lines"]:
        asked = {"market": market, "delivery_day": day.isoformat(), "line": line,
                 "beside_plan": deviations(pair, line, day, seed)}  # fmt: skip
        steps += [{"by": f"{area}-grid", "word": "meter", "asked": asked}
                  for area in (section["from_area"], section["to_area"])]  # fmt: skip
    return steps
