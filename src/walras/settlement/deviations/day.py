"""One day of one cross-section: from planned, actual and emergency energy to rows of energy and money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from walras.capacity.elements import IntArray
from walras.capacity.taking import utc_text
from walras.errors import BadInput, Mistake
from walras.formulas import Source
from walras.formulas.values import amount_text
from walras.results.minor_units import decimals_of
from walras.settlement.deviations import actual as net
from walras.settlement.deviations.band import Band
from walras.settlement.deviations.initiative import Declared, Initiative, outside_parts, split
from walras.settlement.deviations.metering import SIDES, DayGrid
from walras.settlement.deviations.pricing import Part, Prices, coefficient, direction_of, explained, price


@dataclass(frozen=True)
class Split:
    """How the two sides share what deviates: rules of the rest and of silence (see `initiative`)."""

    rest: str = "half"
    silence: str = "nothing"


@dataclass(frozen=True)
class Deviations:
    """A day of a cross-section in energy; arrays of kWh, forward positive, over its MTUs (t,) and sides (s, t).

    Attributes:
        grid: The MTUs.
        actual, planned, emergency, deviation: Equations D3 to D5.
        width: Of the band (eq. D6).
        outside: Of the whole deviation (eq. D7).
        initiative: Who caused what (eq. D8, D9).
        outside_parts: Of each side (eq. D10); the rest of its part lies inside.
    """

    grid: DayGrid
    actual: IntArray
    planned: IntArray
    emergency: IntArray
    deviation: IntArray
    width: IntArray
    outside: IntArray
    initiative: Initiative
    outside_parts: IntArray

    @property
    def inside_parts(self) -> IntArray:
        """What of each side's part lies inside the band; (s, t)."""
        return self.initiative.parts - self.outside_parts


@dataclass(frozen=True)
class Row:
    """Energy of one part of one MTU and what it costs: positive = the side `to` owes the side `from`."""

    part: Part
    price: Fraction
    amount_minor: int

    @property
    def key(self) -> tuple[int, str, str]:
        """MTU, category and side: what a rerun compares by."""
        return self.part.start, self.part.category, self.part.side


def deviations_of(
    grid: DayGrid,
    actual: IntArray,
    planned: IntArray,
    emergency: IntArray,
    band: Band,
    declared: tuple[Declared | None, Declared | None] = (None, None),
    rules: Split = Split(),
) -> Deviations:
    """Return a day's deviations, by band and initiative; every array runs over the MTUs of the grid."""
    found = net.deviation(actual, planned, emergency)
    width = band.width(planned, grid.minutes)
    outside = band.outside(found, width)
    initiative = split(found, *declared, rules.rest, rules.silence)
    assert (initiative.parts.sum(axis=0) == found).all(), "parts sum to the deviation"
    return Deviations(grid, actual, planned, emergency, found, width, outside, initiative,
                      outside_parts(initiative.parts, outside))  # fmt: skip


def parts_of(day: Deviations) -> Iterator[Part]:
    """Yield every part that has energy, MTU by MTU: inside and outside by side, then emergency."""
    inside = day.inside_parts
    for t, start in enumerate(day.grid.starts.tolist()):
        mtu = int(day.deviation[t]), int(day.width[t]), int(day.planned[t])
        for category, energy in (("inside", inside), ("outside", day.outside_parts)):
            for s, side in enumerate(SIDES):
                if energy[s, t]:
                    yield Part(start, category, side, int(energy[s, t]), *mtu)
        if day.emergency[t]:
            yield Part(start, "emergency", "", int(day.emergency[t]), *mtu)


def priced(day: Deviations, prices: Prices, observations: Source) -> list[Row]:
    """Return a row for each part, its amount rounded once (eq. D12).

    Raises:
        BadInput: Prices of MTUs have no value; every one of them.
    """
    rows, wrong = list[Row](), dict[Mistake, None]()
    for part in parts_of(day):
        try:
            one = price(prices, part, observations)
        except BadInput as error:
            wrong |= dict.fromkeys(error.mistakes)
            continue
        rows.append(Row(part, one, amount_minor(part.kwh, one, prices.currency)))
    if wrong:
        raise BadInput(wrong)
    return rows


def amount_minor(kwh: int, per_mwh: Fraction, currency: str) -> int:
    """Return energy times price in minor units, halves away from zero (eq. D12).

    >>> amount_minor(-3094, Fraction(66), "EUR"), amount_minor(1, Fraction(45), "EUR")
    (-20420, 5)
    """
    exact = Fraction(kwh, 1000) * per_mwh * int(10 ** decimals_of(currency))
    size = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return size if exact > 0 else -size


def explain(day: Deviations, prices: Prices, observations: Source, start: int) -> str:
    """Return how the money of one MTU came about, line by line, for people.

    Raises:
        BadInput: As `priced`.
    """
    t = int(np.flatnonzero(day.grid.starts == start)[0])
    kwh = [
        ("actual", day.actual),
        ("planned", day.planned),
        ("emergency assistance", day.emergency),
        ("deviation", day.deviation),
        ("band to either side", day.width),
        ("outside the band", day.outside),
    ]
    text = [f"MTU {utc_text(start)}, kWh, forward positive"]
    text += [f"  {name:<28}{energy[t]:>14,}" for name, energy in kwh]
    text += [f"  {f'side {side} answers for':<28}{day.initiative.parts[s, t]:>14,}" for s, side in enumerate(SIDES)]
    if day.initiative.rest[t]:
        text.append(f"  {'of it nobody declared':<28}{day.initiative.rest[t]:>14,}")
    for part in parts_of(day):
        if part.start == start:
            text += _explained(part, prices, observations)
    return "\n".join(text)


def _explained(part: Part, prices: Prices, observations: Source) -> Iterator[str]:
    one = price(prices, part, observations)
    amount, who = amount_minor(part.kwh, one, prices.currency), ""
    if part.side:
        who = f", side {part.side} {direction_of(part.side, part.kwh)}"
        formula = prices.formulas.get(part.category)
        if formula is not None and "k" in formula.plan.used_parameters:
            who += f", k {amount_text(coefficient(prices, part))}"
    places = decimals_of(prices.currency)
    money = f"{amount / 10**places:,.{places}f}" if places else f"{amount:,}"
    yield ""
    said = f"{part.kwh:,} kWh at {amount_text(one)} {prices.currency}/MWh = {money} {prices.currency}"
    yield f"{part.category}{who}: {said}"
    derivation = explained(prices, part, observations)
    if derivation is None:
        yield "free of charge"
    else:
        yield from str(derivation).splitlines()
