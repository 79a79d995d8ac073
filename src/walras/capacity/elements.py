"""Lines and cross-sections of a market, and the slots of a span of time in which each has a capacity.

A cross-section is a set of lines that are used together: all lines between two states
(interstate) or lines inside one (internal). Every allocation stands on lines; what a
cross-section carries is the sum over its lines, each along or against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from walras.errors import BadInput, Mistake

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Element:
    """One line, or one cross-section.

    Attributes:
        name: Unique among lines and cross-sections.
        from_areas, to_areas: What it lies between: zone and state at each end of a line, the state
            (or part of one) at each end of a cross-section. Elements join where they share a name.
        minutes: Length of its MTU.
        tick_kw: Smallest step of a quantity on it.
        members: Lines of a cross-section, each with whether it runs against it; a line has none.
    """

    name: str
    from_areas: tuple[str, ...]
    to_areas: tuple[str, ...]
    minutes: int
    tick_kw: int = 1
    members: tuple[tuple[str, bool], ...] = ()

    @property
    def is_line(self) -> bool:
        """Return whether it is a line."""
        return not self.members


@dataclass(frozen=True)
class Elements:
    """Lines first, then cross-sections, each over a span of time with whole MTUs.

    Spans differ where days of carriers do; lines of one cross-section share theirs.

    Attributes:
        items: The elements.
        begin, end: Of the span of each, UTC minutes; (e,).
    """

    items: tuple[Element, ...]
    begin: IntArray
    end: IntArray

    def __post_init__(self) -> None:
        lines = [item.is_line for item in self.items]
        assert lines == sorted(lines, reverse=True), "lines come first"
        assert not ((self.end - self.begin) % self.minutes).any(), "whole MTUs"

    @cached_property
    def minutes(self) -> IntArray:
        """Length of the MTU of each element; (e,)."""
        return np.array([item.minutes for item in self.items], dtype=np.int64)

    @cached_property
    def number(self) -> dict[str, int]:
        """Number of each element by name."""
        return {item.name: e for e, item in enumerate(self.items)}

    @cached_property
    def offset(self) -> IntArray:
        """First slot of each element, and the number of all slots; shape (e + 1,)."""
        return np.concatenate([[0], np.cumsum((self.end - self.begin) // self.minutes)]).astype(np.int64)

    @property
    def slots(self) -> int:
        """Number of slots."""
        return int(self.offset[-1])

    def slice_of(self, element: int) -> slice:
        """Return the slots of an element."""
        return slice(int(self.offset[element]), int(self.offset[element + 1]))

    def starts(self, element: int) -> IntArray:
        """Return when the MTUs of an element begin, UTC minutes."""
        return np.arange(self.begin[element], self.end[element], self.minutes[element], dtype=np.int64)

    def slot(self, element: int | IntArray, starts: IntArray) -> IntArray:
        """Return the slots of MTUs of an element, or of one each, which must lie in its span."""
        found: IntArray = self.offset[element] + (starts - self.begin[element]) // self.minutes[element]
        return found

    def place(self, slot: int) -> tuple[int, int]:
        """Return the element of a slot, and when its MTU begins."""
        e = int(np.searchsorted(self.offset, slot, side="right")) - 1
        return e, int(self.begin[e] + (slot - self.offset[e]) * self.minutes[e])

    def lines_of(self, element: int) -> Iterator[tuple[int, bool]]:
        """Yield the lines that an element is made of, each with whether it runs against it."""
        item = self.items[element]
        if item.is_line:
            yield element, False
        for name, is_reversed in item.members:
            yield self.number[name], is_reversed

    @cached_property
    def sections_of(self) -> dict[int, tuple[tuple[int, bool], ...]]:
        """Cross-sections that each line is in, with whether it runs against them."""
        found: dict[int, list[tuple[int, bool]]] = {e: [] for e, item in enumerate(self.items) if item.is_line}
        for e, item in enumerate(self.items):
            for name, is_reversed in item.members:
                found[self.number[name]].append((e, is_reversed))
        return {line: tuple(sections) for line, sections in found.items()}

    def known(self, name: str, where: str) -> int:
        """Return the number of an element.

        Raises:
            BadInput: The market has none of that name (rule `element_known`).
        """
        if name not in self.number:
            names = ", ".join(sorted(self.number)[:10]) or "none"
            fix = f"Name a line or a cross-section of the market: {names}."
            raise BadInput([Mistake(f"there is no line or cross-section {name!r}", where, "element_known", fix)])
        return self.number[name]


def mtus_of(elements: Elements, element: int, starts: IntArray, minutes: IntArray, where: str) -> IntArray:
    """Return for each period how many MTUs of an element it covers; (p,).

    Raises:
        BadInput: A period begins or ends inside an MTU (rule `mtu_of_element`), lies outside the
            span (`periods_in_span`), or two of them overlap or are out of order (`periods_ordered`).
    """
    mistakes = []
    item, begin, end = elements.items[element], elements.begin[element], elements.end[element]
    length = item.minutes
    split = (minutes <= 0) | (minutes % length != 0) | ((starts - begin) % length != 0)
    for i in np.flatnonzero(split)[:10]:
        what = f"period {i + 1} does not begin and end with MTUs of {item.name}, which have {length} minutes"
        mistakes.append(Mistake(what, where, "mtu_of_element", f"Write periods of {length} minutes."))
    outside = (starts < begin) | (starts + minutes > end)
    for i in np.flatnonzero(outside)[:10]:
        what = f"period {i + 1} lies outside the time that is asked about"
        mistakes.append(Mistake(what, where, "periods_in_span", "Write periods of that time alone."))
    for i in np.flatnonzero(starts[1:] < starts[:-1] + minutes[:-1])[:10]:
        what = f"period {i + 2} begins before period {i + 1} has ended"
        mistakes.append(Mistake(what, where, "periods_ordered", "Write each MTU once, in the order of time."))
    if mistakes:
        raise BadInput(mistakes)
    counts: IntArray = minutes // length
    return counts
