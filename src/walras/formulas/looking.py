"""Reading series: which version counts, which is too late, which is missing.

Nothing is skipped: an average stands on every period of its window, each observed, closed
or, where the formula says `last_known`, taken from a stated number of periods before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from walras.formulas.context import Ready
from walras.formulas.observations import Observation, same_grid
from walras.formulas.periods import WEEKEND, Moment, end_of, period_text
from walras.formulas.steps import Look

MOST_NAMED = 12
DAY = 1440


@dataclass(frozen=True)
class Used:
    """One observation that a figure stands on; `period` is the one asked for, the observation may be an earlier one."""

    look: Look
    period: int
    observation: Observation


Problem = tuple[str, str, str]
"""What, rule and fix."""


def look_up(look: Look, ready: Ready) -> tuple[list[Used], list[Problem]]:
    """Return the observations that a formula asks for, or what is wrong with them."""
    series, grid = look.series.series, look.series.grid
    facts = ready.observations.facts(series)
    if facts is None:
        return [], [(f"there are no observations of {series}", "observation_missing", "Add them to the observations.")]
    if not facts.unit.agrees(look.series.unit):
        what = f"{series} is observed in {facts.unit}, and {look.series.unit} is declared"
        return [], [(what, "series_unit", "Correct the declaration, or the unit of the observations.")]
    if not same_grid(facts, grid):
        what = f"{series} is observed by {facts.length}, and {grid} is declared"
        return [], [(what, "series_grid", "Correct the declaration, or the observations.")]
    found, missing, late = list[Used](), list[int](), list[int]()
    periods = asked(look, ready.moment)
    for period in periods:
        if look.window and ready.observations.is_closed(series, period):
            continue
        observation, is_late = _known(look, ready, period)
        if observation is not None:
            found.append(Used(look, period, observation))
        else:
            (late if is_late else missing).append(period)
    problems = [*_listed(look, missing, is_late=False), *_listed(look, late, is_late=True)]
    if not found and not problems:
        what = f"{series} is closed on every day of the window"
        problems.append((what, "observation_missing", "Lengthen the window."))
    return found, problems


def asked(look: Look, moment: Moment) -> range | list[int]:
    """Return the periods that a look asks for at a moment."""
    grid = look.series.grid
    if look.window is not None:
        return look.window.periods(grid, moment)
    return [look.period if look.period is not None else moment.period(grid) - look.lag * grid.step]


def _known(look: Look, ready: Ready, period: int) -> tuple[Observation | None, bool]:
    """Return what counts for a period, and whether something was published too late."""
    grid, is_late = look.series.grid, False
    for back in range(look.last_known + 1):
        at = period - back * grid.step
        versions = ready.observations.versions(look.series.series, at)
        last = _cut_off(look, ready, at) if versions else None
        counted = [o for o in versions if last is None or o.published_at <= last]
        if counted:
            return max(counted, key=lambda o: o.version), False
        is_late = is_late or bool(versions)
    return None, is_late


def _cut_off(look: Look, ready: Ready, period: int) -> int | None:
    """Return the last minute at which an observation of a period may be published, or None."""
    limits = [] if ready.known_at is None else [ready.known_at]
    if look.series.published_within_days is not None:
        end = end_of(look.series.grid, period, ready.moment.time_zone)
        limits.append(end + look.series.published_within_days * DAY)
    return min(limits, default=None)


def _listed(look: Look, periods: list[int], *, is_late: bool) -> list[Problem]:
    if not periods:
        return []
    grid, series = look.series.grid, look.series.series
    named = ", ".join(_period(look, p) for p in periods[:MOST_NAMED])
    more = f" and {len(periods) - MOST_NAMED:,} more" if len(periods) > MOST_NAMED else ""
    if is_late:
        fix = "Wait for a later run, or take the last known one: last_known=1."
        return [(f"{series} was published after its cut-off for {named}{more}", "observation_cut_off", fix)]
    fix = (
        f"Add the observations, say that a {grid.length} is closed, or write last_known= how many {grid.length}s back."
    )
    return [(f"{series} has no observation for {named}{more}", "observation_missing", fix)]


def _period(look: Look, period: int) -> str:
    text = period_text(look.series.grid, period)
    is_weekend = look.series.grid.kind == "workdays" and date.fromordinal(period).weekday() >= WEEKEND
    return f"{text} (a weekend)" if is_weekend else text
