"""What a formula will read between two days, so that observations can be fetched before they are missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from walras.errors import BadInput, Mistake
from walras.formulas.context import moment_of
from walras.formulas.limits import MOST_DAYS_ASKED
from walras.formulas.looking import asked
from walras.formulas.periods import Grid, Moment, midnight, period_text
from walras.formulas.steps import Look, Plan
from walras.formulas.units import Unit


@dataclass(frozen=True)
class Need:
    """Periods of one series that may be read, in order; `last_known` may read earlier ones instead."""

    series: str
    unit: Unit
    grid: Grid
    periods: tuple[int, ...]

    @property
    def first(self) -> str:
        """The first period, as text."""
        return period_text(self.grid, self.periods[0])

    @property
    def last(self) -> str:
        """The last period, as text."""
        return period_text(self.grid, self.periods[-1])


def needs(plan: Plan, first: date, last: date, time_zone: str = "UTC") -> list[Need]:
    """Return what may be read for results of all days (and their MTUs) from the first to the last.

    Every branch counts, whichever will hold: this is what must be there to be sure of a result.

    Raises:
        BadInput: The days are out of order or too many (rule `limit_days`).
    """
    if not 0 <= (last - first).days < MOST_DAYS_ASKED:
        fix = f"Ask about 1 to {MOST_DAYS_ASKED} days."
        raise BadInput([Mistake(f"{first} to {last} is no such span", "needs", "limit_days", fix)])
    zone = moment_of(first, time_zone).time_zone
    moment_of(last, time_zone)
    found: dict[str, set[int]] = {name: set() for name in plan.series}
    for look in {look for step in plan.steps() for look in step.looks}:
        for day in range(first.toordinal(), last.toordinal() + 1):
            found[look.series.series].update(_of_day(look, midnight(day, zone), midnight(day + 1, zone), zone))
    return [Need(name, d.unit, d.grid, tuple(sorted(found[name]))) for name, d in plan.series.items() if found[name]]


def _of_day(look: Look, begin: int, end: int, zone: ZoneInfo) -> range | list[int]:
    """Return the periods read on a day; by MTU, they go on from the first one's to the last one's."""
    grid, first = look.series.grid, asked(look, Moment(begin, zone))
    if grid.kind != "mtu" or look.period is not None or (look.window and look.window.length != "MTU"):
        return first
    return range(first[0], asked(look, Moment(end - grid.minutes, zone))[-1] + grid.minutes, grid.minutes)
