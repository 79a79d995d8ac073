"""Units of prices, quantities and rates: their dimensions and exact scale.

A unit is written as symbols joined by `*` and `/`: `EUR/MWh`, `USD/1000m3`, `%`, `1`. Its
dimension is a product of energy, time, volume, mass, length, uranium content, separative work
and one money a currency; two units can be added when their dimensions are equal, and factors
between them are exact fractions. A volume of gas is never energy and a barrel never a tonne:
what lies between them is a parameter of the formula, never a constant of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

SYMBOLS: dict[str, tuple[str, Fraction]] = {
    "MWh": ("energy", Fraction(1)),
    "kWh": ("energy", Fraction(1, 1000)),
    "GWh": ("energy", Fraction(1000)),
    "TWh": ("energy", Fraction(10**6)),
    "GJ": ("energy", Fraction(5, 18)),
    "h": ("time", Fraction(1)),
    "min": ("time", Fraction(1, 60)),
    "1000m3": ("volume", Fraction(1000)),
    "m3": ("volume", Fraction(1)),
    "bbl": ("volume", Fraction("0.158987294928")),
    "t": ("mass", Fraction(1)),
    "kg": ("mass", Fraction(1, 1000)),
    "lb": ("mass", Fraction("0.00045359237")),
    "100km": ("length", Fraction(100)),
    "km": ("length", Fraction(1)),
    "kgU": ("uranium", Fraction(1)),
    "SWU": ("separative work", Fraction(1)),
}
"""Dimension and size of each symbol in MWh, h, m3, t, km, kgU or SWU."""
POWERS = {"MW": "MWh", "kW": "kWh", "GW": "GWh"}
"""Powers are energy an hour."""
RATIOS = {"%": Fraction(1, 100), "1": Fraction(1)}
MOST_POWER = 9
"""Largest exponent of a dimension."""

_WORDS = "|".join(re.escape(s) for s in sorted([*SYMBOLS, *POWERS], key=lambda s: -len(s)))
_ATOM = rf"(?:%|{_WORDS}|[A-Z]{{3}})"
UNIT_PATTERN = rf"(?:1(?=\/)|{_ATOM})(?:[*\/]{_ATOM})*(?![A-Za-z0-9_(])"
"""Regular expression of the unit of a number; three capital letters are a currency."""
NAMES_TAKEN = frozenset([*SYMBOLS, *POWERS])


@dataclass(frozen=True)
class Unit:
    """One unit: symbols with exponents, in the order in which they were written.

    Example:
        >>> price, volume = unit("EUR/MWh"), unit("kWh")
        >>> str(price.times(volume)), price.times(volume).factor
        ('EUR', Fraction(1, 1))
        >>> str(unit("MW").times(unit("h")))
        'MWh'
        >>> unit("USD/1000m3").agrees(unit("USD/m3")), unit("USD/bbl").agrees(unit("USD/t"))
        (True, False)
    """

    atoms: tuple[tuple[str, int], ...]

    @cached_property
    def dimension(self) -> dict[str, int]:
        """Exponent of each dimension, without zeros; empty for a ratio."""
        found: dict[str, int] = {}
        for symbol, exponent in _expanded(self.atoms):
            if symbol not in RATIOS:
                name = _dimension(symbol)
                found[name] = found.get(name, 0) + exponent
        return {name: e for name, e in sorted(found.items()) if e}

    @cached_property
    def factor(self) -> Fraction:
        """Size of one of it, in MWh, h, m3, t, km, kgU, SWU and whole units of money."""
        size = Fraction(1)
        for symbol, exponent in _expanded(self.atoms):
            size *= _size(symbol) ** exponent
        return size

    @property
    def currencies(self) -> tuple[str, ...]:
        """Currencies in it."""
        return tuple(name.removeprefix("money ") for name in self.dimension if name.startswith("money "))

    def agrees(self, other: Unit) -> bool:
        """Return whether the two measure the same thing."""
        return self.dimension == other.dimension

    def times(self, other: Unit, sign: int = 1) -> Unit:
        """Return the unit of a product, or of a quotient where sign is -1; symbols of one dimension join."""
        found: dict[str, tuple[str, int]] = {}
        for symbol, exponent in (*_expanded(self.atoms), *((s, e * sign) for s, e in _expanded(other.atoms))):
            if symbol not in RATIOS:
                kept, power = found.get(_dimension(symbol), (symbol, 0))
                found[_dimension(symbol)] = kept, power + exponent
        return Unit(_folded([pair for pair in found.values() if pair[1]]))

    def __str__(self) -> str:
        above = [s for s, e in self.atoms for _ in range(e)]
        below = [s for s, e in self.atoms for _ in range(-e)]
        return "/".join(["*".join(above) or "1", *below])


def unit(text: str) -> Unit:
    """Return the unit that a text names; the text is `1` or fits `UNIT_PATTERN`.

    Example:
        >>> unit("EUR/MW/h").atoms
        (('EUR', 1), ('MW', -1), ('h', -1))
        >>> str(unit("1/MWh")), str(unit("%"))
        ('1/MWh', '%')
    """
    found: dict[str, int] = {}
    for sign, symbol in re.findall(rf"([*/]?)({_ATOM}|^1)", text):
        found[symbol] = found.get(symbol, 0) + (-1 if sign == "/" else 1)
    kept = tuple((s, e) for s, e in found.items() if e and s != "1")
    return Unit(kept)


def is_unit(text: str) -> bool:
    """Return whether a text names a unit.

    >>> is_unit("EUR/MWh"), is_unit("euro")
    (True, False)
    """
    return text == "1" or re.fullmatch(UNIT_PATTERN, text) is not None


RATIO = Unit(())


def _dimension(symbol: str) -> str:
    return SYMBOLS[symbol][0] if symbol in SYMBOLS else f"money {symbol}"


def _size(symbol: str) -> Fraction:
    return RATIOS[symbol] if symbol in RATIOS else SYMBOLS[symbol][1] if symbol in SYMBOLS else Fraction(1)


def _expanded(atoms: Iterable[tuple[str, int]]) -> Iterable[tuple[str, int]]:
    for symbol, exponent in atoms:
        if symbol in POWERS:
            yield from ((POWERS[symbol], exponent), ("h", -exponent))
        else:
            yield symbol, exponent


def _folded(atoms: list[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Return energy an hour as power where nothing else is left."""
    for power, energy in POWERS.items():
        if sorted(atoms) == sorted([(energy, 1), ("h", -1)]):
            return ((power, 1),)
    return tuple(atoms)
