"""The ladder of fallbacks: which rung follows when there is no result, and when the clock takes it.

::

    results due ─▶ rerun ─▶ partial decoupling ─▶ local ─▶ none ─▶ final
                     each at its deadline, while there is no result

A rung is taken once its deadline has come and the session has no result. `cancel` may end the
ladder; it has no deadline, since two officers alone cancel.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise

from walras.errors import BadInput, Mistake
from walras.service.plan import CANCEL, RUNGS
from walras.service.timetable.events import utc_of
from walras.service.timetable.timetable import Moment, Timetable, read_moment

Ladder = tuple[tuple[str, Moment], ...]
"""Rungs with their deadlines, in order."""


def ladder_of(fallback: Sequence[str], deadlines: Sequence[str], timetable: Timetable) -> Ladder:
    """Return the rungs that the clock takes, with the moment of each.

    Raises:
        BadInput: The rungs are not in the order of the ladder (`fallback_order`), not each of them
            but `cancel` has one deadline (`fallback_deadlines`), a deadline is no moment
            (`event_moment`), or they do not increase between results_due and final (`fallback_times`).

    Example:
        >>> from walras.service.timetable.rules import load_door_rules, usual_timetable
        >>> rules = load_door_rules("european", date(2025, 4, 1))
        >>> usual = usual_timetable(rules, "Two", "Europe/Rome")
        >>> [f"{rung} {at}" for rung, at in ladder_of(rules.fallback, rules.fallback_deadlines, usual)]
        ['rerun D-1 12:50', 'partial_decoupling D-1 13:05', 'local D-1 13:15', 'none D-1 13:25']
    """
    wrong = []
    timed = [rung for rung in fallback if rung != CANCEL]
    places = [RUNGS.index(rung) for rung in fallback]
    if places != sorted(places):
        fix = f"Keep the order {', '.join(RUNGS[1:])}."
        wrong.append(Mistake(f"{', '.join(fallback)} is not the way down", "fallback", "fallback_order", fix))
    if len(timed) != len(deadlines):
        what = f"{len(timed)} rungs have {len(deadlines)} deadlines"
        fix = "Write one deadline for each rung but cancel."
        wrong.append(Mistake(what, "fallback_deadlines", "fallback_deadlines", fix))
    moments = [read_moment(text) for text in deadlines]
    known = [m for m in moments if m is not None]
    if len(known) < len(moments):
        bad = next(text for text, m in zip(deadlines, moments, strict=True) if m is None)
        fix = "Write a moment such as D-1 13:00."
        wrong.append(Mistake(f"{bad[:50]!r} is no moment", "fallback_deadlines", "event_moment", fix))
    due, final = timetable.moment("results_due"), timetable.moment("final")
    for before, after in pairwise([due, *known, final] if known else []):
        if after <= before:
            fix = f"Let deadlines increase, after results_due ({due}) and before final ({final})."
            what = f"{after} is not after {before}"
            wrong.append(Mistake(what, "fallback_deadlines", "fallback_times", fix))
    if wrong:
        raise BadInput(wrong)
    return tuple(zip(timed, known, strict=True))


def deadlines_on(ladder: Ladder, timetable: Timetable, day: date) -> list[tuple[str, datetime]]:
    """Return the rungs of a delivery day with their deadlines in UTC."""
    times = utc_of(timetable, day, [moment for _, moment in ladder])
    return [(rung, at) for (rung, _), at in zip(ladder, times, strict=True)]


def rung_due(deadlines: Sequence[tuple[str, int]], taken: str, now: int) -> str | None:
    """Return the rung that is due, None if none is: the last one whose deadline has come, below the one taken.

    A service that comes back late takes the rung of that moment, not each one that it missed.

    Args:
        deadlines: Rungs and times, increasing.
        taken: The last rung that was taken, "" before the first.
        now: Time.

    Example:
        >>> [rung_due([("rerun", 10), ("local", 20)], "", now) for now in (9, 10, 25)]
        [None, 'rerun', 'local']
        >>> rung_due([("rerun", 10), ("local", 20)], "local", 25) is None
        True
    """
    passed = [rung for rung, at in deadlines if at <= now]
    if not passed or (taken and RUNGS.index(passed[-1]) <= RUNGS.index(taken)):
        return None
    return passed[-1]
