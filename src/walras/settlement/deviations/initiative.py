"""Who caused a deviation: what the two sides declare, what of it holds, and who takes the rest.

Each side says of every MTU what it caused itself, what the other caused, and what nobody did; the
three add up to the deviation. Where the two say different things of one part, what both say holds
until they agree: the lower, zero where signs differ. The rest is shared by a stated rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from walras.capacity.elements import IntArray
from walras.capacity.schedules import BoolArray
from walras.capacity.taking import MOST_NAMED, utc_text
from walras.errors import Mistake
from walras.results.minor_units import shared_out
from walras.settlement.congestion import equal_parts
from walras.settlement.deviations.border import common
from walras.settlement.deviations.metering import DayGrid

RESTS = ("half", "pro_rata", "from", "to")
SILENCES = ("nothing", "agrees")


@dataclass(frozen=True)
class Declared:
    """What one side says: kWh caused by each side, shape (s, t), and by nobody, (t,); forward positive."""

    caused: IntArray
    rest: IntArray


@dataclass(frozen=True)
class Initiative:
    """Who caused what.

    Attributes:
        agreed: What holds of what was declared, kWh; (s, t).
        rest: What nobody is agreed to have caused; (t,).
        parts: What each side answers for, agreed and of the rest; sums to the deviation; (s, t).
        differs: Where the sides say different things of a part; (s, t).
    """

    agreed: IntArray
    rest: IntArray
    parts: IntArray
    differs: BoolArray


def mistakes_in(declared: Declared, deviation: IntArray, grid: DayGrid, where: str) -> Iterator[Mistake]:
    """Yield where a declaration does not add up to the deviation (rule `initiative_adds_up`)."""
    total = declared.caused.sum(axis=0) + declared.rest
    wrong = np.flatnonzero(total != deviation)
    for t in wrong[:MOST_NAMED]:
        what = f"{utc_text(int(grid.starts[t]))}: {total[t]:+} kWh are declared, and the deviation is {deviation[t]:+}"
        fix = "Let both parts and the rest sum to the deviation."
        yield Mistake(what, where, "initiative_adds_up", fix)
    if len(wrong) > MOST_NAMED:
        yield Mistake(f"and {len(wrong) - MOST_NAMED} more", where, "initiative_adds_up", "See the list of deviations.")


def split(
    deviation: IntArray, by_from: Declared | None, by_to: Declared | None, rest_rule: str, silence: str = "nothing"
) -> Initiative:
    """Return who caused what (eq. D8 and D9).

    Args:
        deviation: kWh; (t,).
        by_from: What the side `from` declares, None for nothing.
        by_to: What the side `to` declares.
        rest_rule: Who takes the rest: `half` (the side `from` has the odd kWh), `pro_rata` to agreed parts,
            `from` or `to`.
        silence: What a side that declares nothing says: `nothing`, or that it `agrees`.

    Example:
        >>> mine = Declared(np.array([[-3], [-5]]), np.array([0]))
        >>> yours = Declared(np.array([[-6], [-2]]), np.array([0]))
        >>> split(np.array([-8]), mine, yours, "half").parts.tolist()
        [[-5], [-3]]
    """
    assert rest_rule in RESTS, "one of four"
    assert silence in SILENCES, "one of two"
    zeros = np.zeros((2, len(deviation)), dtype=np.int64)
    said = [None if d is None else d.caused for d in (by_from, by_to)]
    if silence == "agrees":
        said = [said[0] if said[0] is not None else said[1], said[1] if said[1] is not None else said[0]]
    one, other = (zeros if s is None else s for s in said)
    agreed = common(one, other)
    rest = deviation - agreed.sum(axis=0)
    taken = np.array([_shares(int(r), agreed[:, t], rest_rule) for t, r in enumerate(rest)], dtype=np.int64)
    differs = np.zeros_like(zeros, dtype=bool) if by_from is None or by_to is None else one != other
    return Initiative(agreed, rest, agreed + taken.reshape(-1, 2).T, differs)


def _shares(rest: int, agreed: IntArray, rule: str) -> tuple[int, ...]:
    """Return what each side takes of the rest of one MTU."""
    if rule == "half":
        return equal_parts(rest, 2)
    if rule == "pro_rata":
        return tuple(shared_out(rest, np.abs(agreed)).tolist())
    return (rest, 0) if rule == "from" else (0, rest)


def outside_parts(parts: IntArray, outside: IntArray) -> IntArray:
    """Return what of each side's part lies outside the band (eq. D10), kWh; (s, t).

    The excess is pro rata on those whose part runs with the deviation, in whole kWh by largest remainder.

    Args:
        parts: What each side answers for; (s, t).
        outside: What of the whole deviation lies outside, its sign and never more than it; (t,).

    Example:
        One side caused 4 MWh, the other took one back: of 0.8 MWh outside the first has it all.

        >>> outside_parts(np.array([[4000, -4500], [-1000, -3500]]), np.array([800, -5500])).tolist()
        [[800, -3094], [0, -2406]]
    """
    found = np.zeros_like(parts)
    for t in np.flatnonzero(outside):
        with_it = np.maximum(np.sign(outside[t]) * parts[:, t], 0)
        found[:, t] = shared_out(int(outside[t]), with_it)
    return found
