"""A script as it grows: steps at local times, and the tables and files that go beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from walras.formulas.periods import first_of, month_of
from walras.studies.pairs.pair import Pair

Rows = list[dict[str, str]]
GRID = "{}-grid"
"""Name of the system operator of a state."""


@dataclass
class Written:
    """A script as it grows: its steps, and the tables that go beside it."""

    pair: Pair
    market: str
    day: date
    steps: list[dict[str, Any]] = field(default_factory=list)
    tables: dict[str, Rows] = field(default_factory=dict)
    files: dict[str, Any] = field(default_factory=dict)
    clock: datetime | None = None
    part: str = ""
    observed: str = ""

    @property
    def month(self) -> list[date]:
        """Days of the month of the delivery day."""
        number = month_of(self.day)
        first, end = first_of(number), first_of(number + 1)
        return [first + timedelta(days=n) for n in range((end - first).days)]

    def at(self, days: int, clock: str, part: str, *, after_month: bool = False) -> None:
        """Go on at a local time, so many days from the delivery day, or from the last day of its month."""
        when, day = time.fromisoformat(clock), self.month[-1] if after_month else self.day
        self.clock = datetime.combine(day + timedelta(days=days), when, self.pair.time_zone)
        self.part = part

    def do(self, by: str, word: str, asked: dict[str, Any] | None = None, **more: str) -> None:
        """Add a step; `gives` is the name under which its code is known, `says` what people are told."""
        assert self.clock is not None, "a script begins at a time"
        named = {"as": more.pop("gives")} if "gives" in more else {}
        self.steps.append({"at": self.clock.isoformat(timespec="seconds"), "part": self.part, "by": by, "do": word,
                           "with": asked or {}, **named, **more})  # fmt: skip


def sections(pair: Pair) -> list[dict[str, Any]]:
    """Return the interstate cross-sections of power, as the market's definition has them."""
    state = {z.zone: z.state for z in pair.zones}
    lines = [r for r in pair.lines if r.carrier == "electricity" and state[r.from_zone] != state[r.to_zone]]
    return [
        {"cross_section": name, "kind": "interstate", "from_area": state[own[0].from_zone],
         "to_area": state[own[0].to_zone], "lines": [r.line for r in own]}
        for name in sorted({r.cross_section for r in lines})
        for own in [[r for r in lines if r.cross_section == name]]
    ]  # fmt: skip


def settled_sections(pair: Pair) -> list[dict[str, Any]]:
    """Return those at which bilateral contracts are registered and deviations are settled."""
    return sections(pair) if pair.is_border_settled else []


def short(account: str) -> str:
    """Return the name behind the role of an account."""
    return account.partition("/")[2] or account
