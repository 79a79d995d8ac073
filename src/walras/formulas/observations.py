"""Observations: what a series was said to be, when it was published, in which version, by whom.

A store of observations answers to `Source`; `Table` is one in memory. A period that a series
does not have (a holiday of an exchange) is stated as closed, so that nothing is ever just absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from walras.formulas.periods import Grid
from walras.formulas.units import Unit


@dataclass(frozen=True)
class Observation:
    """One version of one observation.

    Attributes:
        period: As in `periods`: month, day or minute UTC.
        value: In the unit of its series.
        published_at: Minute UTC.
        version: Of this period; the highest that counts is used.
        source: Who published it.
    """

    period: int
    value: Fraction
    published_at: int
    version: int = 1
    source: str = ""


@dataclass(frozen=True)
class SeriesFacts:
    """What holds for a whole series: its unit, and the length of its periods (`month`, `day`, `MTU`)."""

    unit: Unit
    length: str


class Source(Protocol):
    """Where observations come from; asked for one period at a time, and for nothing else."""

    def facts(self, series: str) -> SeriesFacts | None:
        """Return unit and periods of a series, or None when there is none of that name."""

    def versions(self, series: str, period: int) -> Sequence[Observation]:
        """Return all versions of one observation, in any order."""

    def is_closed(self, series: str, period: int) -> bool:
        """Return whether the series is known to have no observation then."""


@dataclass
class Table:
    """Observations in memory.

    Example:
        >>> from walras.formulas.units import unit
        >>> table = Table()
        >>> table.add("brent", SeriesFacts(unit("USD/bbl"), "day"), [Observation(738_000, Fraction(80), 0)])
        >>> [str(o.value) for o in table.versions("brent", 738_000)], table.is_closed("brent", 738_001)
        (['80'], False)
    """

    series: dict[str, SeriesFacts] = field(default_factory=dict)
    known: dict[tuple[str, int], list[Observation]] = field(default_factory=dict)
    closed: set[tuple[str, int]] = field(default_factory=set)

    def add(self, series: str, facts: SeriesFacts, observations: Iterable[Observation]) -> None:
        """Add observations of a series."""
        assert self.series.setdefault(series, facts) == facts, "a series has one unit and one length of periods"
        for observation in observations:
            self.known.setdefault((series, observation.period), []).append(observation)

    def facts(self, series: str) -> SeriesFacts | None:
        """Return unit and periods of a series, or None when there is none of that name."""
        return self.series.get(series)

    def versions(self, series: str, period: int) -> Sequence[Observation]:
        """Return all versions of one observation."""
        return self.known.get((series, period), ())

    def is_closed(self, series: str, period: int) -> bool:
        """Return whether the series is known to have no observation then."""
        return (series, period) in self.closed


def same_grid(facts: SeriesFacts, grid: Grid) -> bool:
    """Return whether observations of a series fit the grid that a formula declares.

    Months fit months, days fit `daily` and `workdays`, MTUs fit MTUs.
    """
    return facts.length == grid.length
