"""Lines and cross-sections of a market on some delivery days, who declares for them, and their standing capacities."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from walras.capacity.elements import Element, Elements, IntArray
from walras.errors import Mistake
from walras.service.definition import CrossSectionTerms, LineTerms, MarketDefinition, line_span

UNLIMITED_KW = 10**12
"""What a cross-section carries beyond its lines: a petawatt."""


@dataclass(frozen=True)
class Network:
    """Elements over a span of days, and the companies that declare for each."""

    elements: Elements
    sides: tuple[tuple[str, ...], ...]


def network_of(market: MarketDefinition, first: date, last: date, names: Collection[str] | None = None) -> Network:
    """Return the elements of a market over whole delivery days.

    Args:
        market: Its definition, which holds on all of these days.
        first: First delivery day.
        last: Last delivery day.
        names: Elements asked about; those that share a cross-section with them come along. None = all.
    """
    wanted = _closure(market, names)
    lines = [line for line in market.lines if line.line in wanted and line_span(market, line, first) is not None]
    known = {line.line for line in lines}
    sections = [s for s in market.cross_sections if s.cross_section in wanted and known.issuperset(s.lines)]
    spans = {line.line: _span(market, line, first, last) for line in lines}
    items = [_line(market, line, spans[line.line][2]) for line in lines]
    items += [_section(market, section, spans[section.lines[0]][2]) for section in sections]
    ends = [spans[line.line] for line in lines] + [spans[s.lines[0]] for s in sections]
    begin, end = (np.array([e[i] for e in ends], dtype=np.int64) for i in (0, 1))
    operators = {z.zone: z.system_operator for z in market.zones}
    sides = [_companies(operators, line.from_zone, line.to_zone) for line in lines]
    by_line = dict(zip((line.line for line in lines), sides, strict=True))
    sides += [tuple(sorted({s for name in section.lines for s in by_line[name]})) for section in sections]
    return Network(Elements(tuple(items), begin, end), tuple(sides))


def _closure(market: MarketDefinition, names: Collection[str] | None) -> set[str]:
    """Return names with all elements that share capacity with them."""
    if names is None:
        return {line.line for line in market.lines} | {s.cross_section for s in market.cross_sections}
    wanted = set(names)
    while True:
        more = set(wanted)
        for section in market.cross_sections:
            if more & {section.cross_section, *section.lines}:
                more |= {section.cross_section, *section.lines}
        if more == wanted:
            return wanted
        wanted = more


def _span(market: MarketDefinition, line: LineTerms, first: date, last: date) -> tuple[int, int, int]:
    """Return begin and end over all days, UTC minutes, and the length of an MTU."""
    begins, ends = line_span(market, line, first), line_span(market, line, last)
    assert begins is not None, "a line that has no span is no element"
    assert ends is not None, "a line that has no span is no element"
    return begins[0], ends[1], begins[2]


def _line(market: MarketDefinition, line: LineTerms, minutes: int) -> Element:
    countries = {z.zone: z.country for z in market.zones}
    ticks = [g.quantity_tick_mw for g in market.grids if g.zone in (line.from_zone, line.to_zone)
             and g.carrier == line.carrier]  # fmt: skip
    start, end = ((zone, countries.get(zone, zone)) for zone in (line.from_zone, line.to_zone))
    return Element(line.line, start, end, minutes, max(1, round(max(ticks) * 1000)))


def _section(market: MarketDefinition, section: CrossSectionTerms, minutes: int) -> Element:
    lines = {line.line: line for line in market.lines}
    tick = max(_line(market, lines[name], minutes).tick_kw for name in section.lines)
    members = tuple((name, name in section.reversed_lines) for name in section.lines)
    return Element(section.cross_section, (section.from_area,), (section.to_area,), minutes, tick, members)


def _companies(operators: dict[str, str | None], *zones: str) -> tuple[str, ...]:
    found: list[str] = []
    for zone in zones:
        code = operators.get(zone)
        if code is not None and code not in found:
            found.append(code)
    return tuple(found)


def standing_kw(market: MarketDefinition, elements: Elements) -> IntArray:
    """Return the capacity of each element in a market's definition, kW; (e, d). A cross-section may have none."""
    lines = {line.line: line for line in market.lines}
    sections = {s.cross_section: s for s in market.cross_sections}
    found = np.full((len(elements.items), 2), UNLIMITED_KW, dtype=np.int64)
    for e, item in enumerate(elements.items):
        terms: Any = lines[item.name] if item.is_line else sections[item.name]
        for d, mw in enumerate((terms.capacity_forward_mw, terms.capacity_backward_mw)):
            if mw is not None:
                found[e, d] = round(mw * 1000)
    return found


def days_from(first: date, last: date) -> list[date]:
    """Return the days from one to another, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def section_mistakes(market: MarketDefinition, day: date) -> list[Mistake]:
    """Return what is wrong with the cross-sections of a definition on a day."""
    lines = {line.line: line for line in market.lines}
    names, wrong = set(lines), list[Mistake]()
    for s in market.cross_sections:
        where = f"cross-section {s.cross_section}"
        if s.cross_section in names:
            what = f"{s.cross_section!r} is the name of another line or cross-section"
            wrong.append(Mistake(what, where, "element_unique", "Give it a name of its own."))
        names.add(s.cross_section)
        unknown = sorted(set(s.lines) - set(lines))
        if unknown or len(set(s.lines)) != len(s.lines) or not set(s.reversed_lines) <= set(s.lines):
            what = f"lines {', '.join(unknown) or 'repeat, or are reversed without being in it'}"
            fix = "Name lines of the market, each once, and reversed ones among them."
            wrong.append(Mistake(what, where, "section_lines", fix))
            continue
        wrong += _section_mistakes(market, s, [lines[name] for name in s.lines], day, where)
    return wrong


def _section_mistakes(
    market: MarketDefinition, s: CrossSectionTerms, lines: list[LineTerms], day: date, where: str
) -> list[Mistake]:
    wrong = []
    if len({line_span(market, line, day) for line in lines}) > 1:
        fix = "Put lines of one length of MTU and one day into a cross-section."
        wrong.append(Mistake("its lines have different MTUs", where, "section_mtu", fix))
    countries = {z.zone: z.country for z in market.zones}
    for line in lines if s.kind == "interstate" else ():
        ends = [countries.get(line.from_zone), countries.get(line.to_zone)]
        if (ends[::-1] if line.line in s.reversed_lines else ends) != [s.from_area, s.to_area]:
            what = f"line {line.line} runs from {ends[0]} to {ends[1]}, not from {s.from_area} to {s.to_area}"
            fix = "Name the two countries, and lines that run the other way in reversed_lines."
            wrong.append(Mistake(what, where, "section_areas", fix))
    return wrong
