"""The picture of docs/performance.md: certified gap over time, as SVG, one panel an auction.

Across: seconds, logarithmic. Up: bound minus best legal result, in % of what indivisible
orders add. A gap above the panel is cut off at its top.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from records import Record

WIDTH, HEIGHT, LEFT, TOP = 230, 170, 46, 44
STEP = WIDTH + LEFT + 14
FIRST_S, LAST_S = 0.3, 135.0
TICKS_S = (1, 10, 30, 60, 135)
COLOUR = {"prototype": "#8a8f98", "walras": "#0b6bcb"}


def picture(records: Sequence[Record], added: Mapping[str, float | None], goals: Mapping[str, float]) -> str:
    """Return the picture of those auctions of which `added` is known, in EUR; `goals` in %."""
    names = [name for name, value in added.items() if value is not None]
    panels = "".join(
        _panel(
            number, name, [r for r in records if r.instance == name and r.limit_s == LAST_S], added[name], goals[name]
        )
        for number, name in enumerate(names)
    )
    wide, high = max(3, len(names)) * STEP + 10, TOP + HEIGHT + 44
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        'font-family="sans-serif" font-size="11" fill="#333">\n'
        f'<rect width="{wide}" height="{high}" fill="#fff"/>\n{_legend()}{panels}</svg>\n'
    )


def _panel(number: int, name: str, runs: Sequence[Record], added: float, goal: float) -> str:
    top = 2.5 * goal
    left = LEFT + number * STEP
    lines = "".join(
        f'<polyline fill="none" stroke="{COLOUR[r.engine]}" stroke-width="1.8" points="{_points(r, added, top)}"/>\n'
        for r in runs
    )
    across = "".join(
        f'<text x="{_x(s):.1f}" y="{HEIGHT + 14}" text-anchor="middle">{s}</text>'
        f'<line x1="{_x(s):.1f}" y1="{HEIGHT}" x2="{_x(s):.1f}" y2="{HEIGHT + 3}" stroke="#999"/>\n'
        for s in TICKS_S
    )
    up = "".join(
        f'<text x="-5" y="{_y(v, top) + 4:.1f}" text-anchor="end">{v:.3g}</text>\n'
        for v in (0, goal / 2, goal, 1.5 * goal, 2 * goal)
    )
    at = _y(goal, top)
    return (
        f'<g transform="translate({left},{TOP})">\n<text x="0" y="-8" font-weight="bold">{name}</text>\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#ccc"/>\n'
        f'<line x1="0" y1="{at:.1f}" x2="{WIDTH}" y2="{at:.1f}" stroke="#c33" stroke-dasharray="4 3"/>\n'
        f"{across}{up}{lines}"
        f'<text x="{WIDTH / 2}" y="{HEIGHT + 30}" text-anchor="middle">seconds</text>\n</g>\n'
    )


def _legend() -> str:
    return (
        '<text x="10" y="16">Gap to the own bound, % of what indivisible orders add:</text>\n'
        f'<text x="330" y="16" fill="{COLOUR["prototype"]}">prototype (LP bound)</text>\n'
        f'<text x="460" y="16" fill="{COLOUR["walras"]}">Walras (certified)</text>\n'
        '<text x="580" y="16" fill="#c33">goal at 135 s</text>\n'
    )


def _points(record: Record, added: float, top: float) -> str:
    """Return a staircase: a gap stays until the next result or bound."""
    moments = [(s, bound - welfare) for s, welfare, bound in record.trace if s <= LAST_S]
    moments.append((LAST_S, record.bound - record.welfare))
    shares = [(s, 100 * gap / added) for s, gap in moments]
    corners = [shares[0]]
    for (_, before), (second, after) in pairwise(shares):
        corners += [(second, before)] + ([(second, after)] if after != before else [])
    return " ".join(f"{_x(s):.1f},{_y(v, top):.1f}" for s, v in corners)


def _x(second: float) -> float:
    return WIDTH * math.log(max(second, FIRST_S) / FIRST_S) / math.log(LAST_S / FIRST_S)


def _y(share: float, top: float) -> float:
    return HEIGHT * (1 - min(max(share, 0.0), top) / top)
