"""What commands say in MW and times, as whole kW and UTC minutes; everything that does not fit is listed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from walras.capacity.elements import IntArray
from walras.capacity.taking import MOST_NAMED, utc_text
from walras.errors import BadInput, Mistake
from walras.service.clock import MINUTE, microseconds
from walras.service.commands.capacity import CapacityFigures, Volume


def kw_of(mw: Sequence[float], where: str, tick_kw: int = 1) -> IntArray:
    """Return powers as whole kW.

    Raises:
        BadInput: One is no whole number of ticks (`quantity_tick`) or less than 0 (`quantity_not_negative`).

    Example:
        >>> kw_of([0.1, 12.345], "volumes").tolist()
        [100, 12345]
    """
    given = np.asarray(mw, dtype=np.float64)
    kw = np.rint(given * 1000).astype(np.int64)
    wrong = [
        Mistake(f"{given[i]} MW is less than 0", f"{where} row {i + 1}", "quantity_not_negative", "Send 0 or more.")
        for i in np.flatnonzero(kw < 0)[:MOST_NAMED]
    ]
    off = (np.abs(given * 1000 - kw) > 1e-6) | (kw % tick_kw != 0)
    wrong += [
        Mistake(f"{given[i]} MW is no multiple of {tick_kw / 1000:g} MW", f"{where} row {i + 1}", "quantity_tick",
                f"Round to {tick_kw / 1000:g} MW.")
        for i in np.flatnonzero(off)[:MOST_NAMED]
    ]  # fmt: skip
    if wrong:
        raise BadInput(wrong)
    return kw


def minutes_of(moments: Sequence[datetime], where: str) -> IntArray:
    """Return times as minutes since 1970 UTC.

    Raises:
        BadInput: One has no zone, or seconds (rule `time_zone`).
    """
    found, wrong = [], []
    for i, moment in enumerate(moments):
        if moment.tzinfo is None or microseconds(moment) % MINUTE:
            fix = "Write whole minutes with their offset, such as 2026-12-01T00:00Z."
            wrong.append(Mistake(f"{moment} has no zone, or seconds", f"{where} row {i + 1}", "time_zone", fix))
        else:
            found.append(microseconds(moment) // MINUTE)
    if wrong:
        raise BadInput(wrong[:MOST_NAMED])
    return np.array(found, dtype=np.int64)


def volumes_of(volumes: Sequence[Volume], where: str) -> tuple[IntArray, IntArray, IntArray]:
    """Return starts, minutes and kW of volumes; raises as `kw_of` and `minutes_of` do, with all that is wrong."""
    wrong: list[Mistake] = []
    starts = kw = np.zeros(0, dtype=np.int64)
    try:
        starts = minutes_of([v.start for v in volumes], where)
    except BadInput as error:
        wrong += error.mistakes
    try:
        kw = kw_of([v.mw for v in volumes], where)
    except BadInput as error:
        wrong += error.mistakes
    if wrong:
        raise BadInput(wrong)
    return starts, np.array([v.minutes for v in volumes], dtype=np.int64), kw


def mtu_mistakes(starts: IntArray, expected: IntArray, where: str, rule: str) -> list[Mistake]:
    """Return what is wrong with a list that has to have every MTU of a day once, in order."""
    if len(starts) == len(expected) and bool((starts == expected).all()):
        return []
    what = f"{len(starts)} MTUs are given and the day has {len(expected)}"
    absent = np.setdiff1d(expected, starts)
    if len(absent):
        what += f"; the first that is missing is {utc_text(int(absent[0]))}"
    elif len(starts) == len(expected):
        what = "the MTUs are not in the order of time"
    else:
        what += (
            f"; {utc_text(int(starts[~np.isin(starts, expected)][0]))} is none of them"
            if len(np.setdiff1d(starts, expected))
            else "; some come twice"
        )
    first, last = utc_text(int(expected[0])), utc_text(int(expected[-1]))
    return [Mistake(what, where, rule, f"Send every MTU from {first} to {last} once, in the order of time.")]


def figures_of(figures: CapacityFigures, expected: IntArray, criteria: Sequence[str]) -> dict[str, object]:
    """Return a day's figures of one element as they are stored: kW by criterion, direction and MTU.

    Raises:
        BadInput: With all mistakes: MTUs (`capacity_mtus`), criteria (`capacity_criteria`), numbers.
    """
    where = f"capacity of {figures.element}"
    wrong: list[Mistake] = []
    k = len(figures.criteria)
    if criteria and set(figures.criteria) != set(criteria):
        fix = f"Send {', '.join(criteria)}."
        what = f"the criteria are {', '.join(figures.criteria)}"
        wrong.append(Mistake(what, where, "capacity_criteria", fix))
    if len(set(figures.criteria)) != k or any(len(m.forward_mw) != k or len(m.backward_mw) != k for m in figures.mtus):
        what = f"an MTU has not one figure for each of {k} criteria"
        wrong.append(Mistake(what, where, "capacity_criteria", "Send one figure a criterion both ways in each MTU."))
    try:
        wrong += mtu_mistakes(minutes_of([m.mtu_start for m in figures.mtus], where), expected, where, "capacity_mtus")
    except BadInput as error:
        wrong += error.mistakes
    if wrong:
        raise BadInput(wrong)
    ways = ([m.forward_mw for m in figures.mtus], [m.backward_mw for m in figures.mtus])
    limits = np.array(ways, dtype=np.float64).transpose(2, 0, 1)
    reserves = np.array([[m.reserve_forward_mw for m in figures.mtus], [m.reserve_backward_mw for m in figures.mtus]])
    off = np.abs(limits * 1000 - np.rint(limits * 1000)).max() > 1e-6
    if off or np.abs(reserves * 1000 - np.rint(reserves * 1000)).max() > 1e-6:
        raise BadInput([Mistake("a figure is no multiple of 0.001 MW", where, "quantity_tick", "Round to 0.001 MW.")])
    return {
        "criteria": list(figures.criteria),
        "limits_kw": np.rint(limits * 1000).astype(np.int64).tolist(),
        "reserve_kw": np.rint(reserves * 1000).astype(np.int64).tolist(),
    }
