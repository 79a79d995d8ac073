"""Prices of a day as steps, a line a zone: SVG in the page, coloured by the page's own style.

Zones with the same prices share a line and a label. Lines differ in colour and in dashes; their
labels stand at the right end, moved apart where they would cover each other. Each plot is drawn
twice, for wide and for narrow places; the style shows the one that fits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from html import escape
from math import ceil, floor, log10
from typing import NamedTuple

from walras.service.publication.figures import Series
from walras.service.publication.visitor import Visitor

HEIGHT, LEFT, TOP, BOTTOM, LABEL = 290, 64, 30, 46, 15


class Room(NamedTuple):
    """A drawing's class in the style, its width, and the most hours at the axis and letters of a label."""

    kind: str
    width: int
    hours: int
    letters: int


ROOMS = (Room("broad", 700, 9, 22), Room("narrow", 380, 5, 14))
MOST_LINES = 12
"""Lines that a reader can still tell apart; the table has all zones."""
HOURS = (1, 2, 3, 6, 12, 24)
LETTER = 8.4
"""Width of a letter of a label in units of the drawing."""


def price_svg(
    visitor: Visitor,
    series: Mapping[str, Series],
    unit: str,
    title: str,
    shown: tuple[datetime, datetime] | None = None,
    decimals: int = 2,
) -> str:
    """Return the plot of prices by zone.

    Args:
        visitor: Whose language and time zone.
        series: By zone; at least one.
        unit: Of the prices.
        title: What is drawn; plain text.
        shown: A span to be marked, such as that of a chosen MTU.
        decimals: Of the prices that are told.
    """
    lines = _alike(series)[:MOST_LINES]
    told = "; ".join(
        f"{name}: {visitor.number(min(s.value), decimals)} – {visitor.number(max(s.value), decimals)} {unit}"
        for name, s in lines
    )
    drawn = (
        drawing(room.width, HEIGHT, title, told, _body(visitor, lines, unit, shown, room), room.kind) for room in ROOMS
    )
    return framed(title, "".join(drawn))


def _body(
    visitor: Visitor, lines: Sequence[tuple[str, Series]], unit: str, shown: tuple[datetime, datetime] | None,
    room: Room,
) -> str:  # fmt: skip
    names = [_short(name, room.letters) for name, _ in lines]
    begin = min(s.begin[0] for _, s in lines)
    end = max(s.end[-1] for _, s in lines)
    ticks = _levels([v for _, s in lines for v in s.value])
    low, high = ticks[0], ticks[-1]
    right = room.width - 14 - max(map(len, names)) * LETTER
    foot, seconds = HEIGHT - BOTTOM, (end - begin).total_seconds()

    def x(at: datetime) -> float:
        return LEFT + (at - begin).total_seconds() / seconds * (right - LEFT)

    def y(value: float) -> float:
        return TOP + (high - value) / (high - low) * (foot - TOP)

    parts = [_band(x, shown, foot)] if shown else []
    parts += [_level(y(v), right, visitor.number(v, axis_decimals(ticks)), is_zero=v == 0) for v in ticks]
    parts += [_hour(x(at), foot, text) for at, text in _hours(visitor, begin, end, room.hours)]
    parts.append(f'<text x="{LEFT}" y="14">{escape(unit)}</text>')
    zone = visitor.zone_names(b for _, s in lines for b in s.begin)
    parts.append(f'<text x="{right:.0f}" y="{HEIGHT - 6}" text-anchor="end">{escape(zone)}</text>')
    parts += [f'<path class="line c{i % 6}" d="{_steps(s, x, y)}"/>' for i, (_, s) in enumerate(lines)]
    heights = spread_labels([y(s.value[-1]) for _, s in lines], TOP, foot)
    parts += [
        f'<text class="name t{i % 6}" x="{right + 8:.0f}" y="{at + 4:.1f}">{escape(name)}</text>'
        for i, (name, at) in enumerate(zip(names, heights, strict=True))
    ]
    return "".join(parts)


def svg(width: int, height: int, title: str, told: str, body: str, kind: str = "") -> str:
    """Return a drawing in its frame; title and text are plain."""
    return framed(title, drawing(width, height, title, told, body, kind))


def framed(title: str, drawings: str) -> str:
    """Return a frame that scrolls where its drawing is wider."""
    return f'<div class="draw" tabindex="0" role="group" aria-label="{escape(title)}">{drawings}</div>'


def drawing(width: int, height: int, title: str, told: str, body: str, kind: str = "") -> str:
    """Return a drawing with what a reader who does not see it is told."""
    named = f' class="{kind}"' if kind else ""
    return (
        f'<svg{named} viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title><desc>{escape(told)}</desc>{body}</svg>"
    )


def nice(low: float, high: float, most: int = 6) -> list[float]:
    """Return round numbers for an axis, from at most the lowest to at least the highest value.

    >>> nice(0.0, 93.0), nice(-12.0, 38.0)
    ([0.0, 20.0, 40.0, 60.0, 80.0, 100.0], [-20.0, 0.0, 20.0, 40.0])
    """
    span = max(high - low, abs(high) * 0.05, 1.0)
    size = 10.0 ** floor(log10(span / (most - 1)))
    step = next(size * m for m in (1, 2, 5, 10, 20) if ceil(high / size / m) - floor(low / size / m) <= most - 1)
    first = floor(low / step)
    last = max(ceil(high / step), first + 1)
    return [round(i * step, 9) + 0.0 for i in range(first, last + 1)]


def _levels(values: Sequence[float]) -> list[float]:
    """Return round prices for the axis: from zero unless all are far from it, around one that never changes."""
    low, high = min(values), max(values)
    if low == high:
        return nice(low - max(abs(low) * 0.05, 0.5), high + max(abs(high) * 0.05, 0.5))
    return nice(min(low, 0.0) if low < high / 2 else low, high)


def spread_labels(heights: Sequence[float], top: float, foot: float, apart: float = LABEL) -> list[float]:
    """Return heights of labels moved apart, in the same order, inside the drawing.

    >>> spread_labels([50.0, 48.0, 10.0], 0.0, 100.0)
    [63.0, 48.0, 10.0]
    """
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    out = list(heights)
    last = top - apart
    for i in order:
        out[i] = last = max(heights[i], last + apart)
    last = foot + apart
    for i in reversed(order):
        out[i] = last = min(out[i], last - apart)
    return out


def _alike(series: Mapping[str, Series]) -> list[tuple[str, Series]]:
    """Return lines with the names of the zones that share each."""
    found: dict[Series, list[str]] = {}
    for zone, one in sorted(series.items()):
        found.setdefault(one, []).append(zone)
    return [(" = ".join(zones), one) for one, zones in found.items()]


def _steps(series: Series, x: Callable[[datetime], float], y: Callable[[float], float]) -> str:
    out: list[str] = []
    last = None
    for begin, end, value in zip(series.begin, series.end, series.value, strict=True):
        out.append(f"V{y(value):.1f}" if last == begin else f"M{x(begin):.1f} {y(value):.1f}")
        out.append(f"H{x(end):.1f}")
        last = end
    return "".join(out)


def _band(x: Callable[[datetime], float], shown: tuple[datetime, datetime], foot: float) -> str:
    left, width = x(shown[0]), max(2.0, x(shown[1]) - x(shown[0]))
    return f'<rect class="band" x="{left:.1f}" y="{TOP}" width="{width:.1f}" height="{foot - TOP}"/>'


def _level(at: float, right: float, text: str, *, is_zero: bool) -> str:
    return (
        f'<path class="{"axis" if is_zero else "level"}" d="M{LEFT} {at:.1f}H{right:.0f}"/>'
        f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{text}</text>'
    )


def _hour(at: float, foot: float, text: str) -> str:
    label = f'<text x="{at:.1f}" y="{foot + 19}" text-anchor="middle">{text}</text>'
    return f'<path class="axis" d="M{at:.1f} {foot}v5"/>{label}'


def _hours(visitor: Visitor, begin: datetime, end: datetime, most: int) -> list[tuple[datetime, str]]:
    """Return full local hours at round steps, a limited number of them; of two that clocks show alike the first."""
    span = (end - begin).total_seconds() / 3600
    step = next((h for h in HOURS if span / h <= most), 24)
    local = begin.astimezone(visitor.zone)
    at = begin - timedelta(minutes=local.minute, seconds=local.second)
    out = []
    while at <= end:
        local = at.astimezone(visitor.zone)
        if at >= begin and local.hour % step == 0 and not local.fold:
            out.append((at, f"{local:%H:%M}"))
        at += timedelta(hours=1)
    return out


def axis_decimals(ticks: Sequence[float]) -> int:
    """Return with how many decimals the labels of an axis differ.

    >>> axis_decimals([0.0, 20.0]), axis_decimals([12.0, 12.2, 12.4])
    (0, 1)
    """
    step = ticks[1] - ticks[0]
    return 0 if step == int(step) else 1 if abs(step * 10 - round(step * 10)) < 1e-9 else 2


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"
