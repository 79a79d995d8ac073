"""Trade units: what members of gas and oil markets count in, and MWh inside.

A trade unit is an exact number of MWh (gas and hydrogen: gross calorific value), so an
amount, a power (units per hour) and a price (currency per unit) each have one counterpart
in MWh, MW and currency per MWh. Factors are fractions, read from decimals as people wrote
them; results are the nearest floats. `whole_ticks` goes on to ticks without ever giving an
order away. Read by the converters of `walras.formats` and by whatever states terms in such units.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import TypeVar

import numpy as np

from walras.book.cells import BoolArray, FloatArray, Tick
from walras.errors import BadInput, Mistake

Amount = TypeVar("Amount", float, FloatArray)

ENERGY = {"kWh": Fraction(1, 1000), "MWh": Fraction(1), "GWh": Fraction(1000), "GJ": Fraction(5, 18)}
"""Units of energy, the same for every carrier."""

SENSIBLE: dict[tuple[str, str], tuple[float, float]] = {
    ("gas", "1000 m3"): (4.0, 15.0),
    ("gas", "m3"): (0.004, 0.015),
    ("gas", "t"): (10.0, 16.0),
    ("hydrogen", "1000 m3"): (3.0, 4.0),
    ("hydrogen", "m3"): (0.003, 0.004),
    ("hydrogen", "t"): (30.0, 42.0),
    ("oil_products", "t"): (8.0, 15.0),
    ("oil_products", "m3"): (5.0, 12.0),
    ("oil_products", "bbl"): (0.8, 2.0),
}
"""MWh per unit that can be real, of each carrier and unit of volume or mass."""

TONNES_PER_BARREL = (0.07, 0.18)
SNAP = Fraction(1, 2**50)
DOUBT = 1e-9


@dataclass(frozen=True)
class TradeUnit:
    """A unit of trade and its exact energy.

    Attributes:
        name: As members write it: `1000 m3`, `bbl`, `t`.
        mwh: MWh in one unit.

    Example:
        Gas of 10.55 MWh per 1000 m3 (gross calorific value): 20 thousand m3 per hour are 211 MW,
        and 25 EUR/MWh are 263.75 EUR per 1000 m3.

        >>> gas = trade_unit("gas", "1000 m3", mwh_per_unit=10.55)
        >>> gas.to_mwh(20.0), gas.from_mwh(211.0)
        (211.0, 20.0)
        >>> gas.price_per_unit(25.0), gas.price_per_mwh(263.75)
        (263.75, 25.0)

        A diesel of 0.134 t a barrel and 12.5 MWh a tonne: a barrel is 1.675 MWh, 1,000 bbl are 134 t, and
        800 EUR/t are 107.20 EUR/bbl.

        >>> barrel = trade_unit("oil_products", "bbl", tonnes_per_barrel=0.134, mwh_per_tonne=12.5)
        >>> tonne = trade_unit("oil_products", "t", mwh_per_unit=12.5)
        >>> barrel.to_mwh(1.0), tonne.from_mwh(barrel.to_mwh(1000.0))
        (1.675, 134.0)
        >>> barrel.price_per_unit(tonne.price_per_mwh(800.0))
        107.2
    """

    name: str
    mwh: Fraction

    def to_mwh(self, amount: Amount) -> Amount:
        """Return MWh of an amount, or MW of units per hour; any shape."""
        return times(amount, self.mwh)

    def from_mwh(self, mwh: Amount) -> Amount:
        """Return the amount of MWh, or units per hour of MW; any shape."""
        return times(mwh, 1 / self.mwh)

    def price_per_mwh(self, per_unit: Amount) -> Amount:
        """Return a price in currency per MWh from one in currency per unit; any shape."""
        return times(per_unit, 1 / self.mwh)

    def price_per_unit(self, per_mwh: Amount) -> Amount:
        """Return a price in currency per unit from one in currency per MWh; any shape."""
        return times(per_mwh, self.mwh)


MWH = TradeUnit("MWh", Fraction(1))


def trade_unit(
    carrier: str,
    unit: str,
    *,
    mwh_per_unit: float | None = None,
    tonnes_per_barrel: float | None = None,
    mwh_per_tonne: float | None = None,
    where: str = "trade unit",
) -> TradeUnit:
    """Return a unit of a carrier with its energy.

    Args:
        carrier: One of `walras.vocabulary.CARRIERS`.
        unit: kWh, MWh, GWh or GJ, whose energy is known; m3, 1000 m3, t or bbl of a carrier that has them.
        mwh_per_unit: Energy of one unit.
        tonnes_per_barrel: Instead of `mwh_per_unit`, for bbl only, with `mwh_per_tonne`.
        mwh_per_tonne: Energy of a tonne of the same product.
        where: Place for messages.

    Raises:
        BadInput: All that is wrong: unit unknown or not one of the carrier, energy missing, said twice,
            contradicting that of the unit, or not that of any real product.

    Example:
        >>> trade_unit("electricity", "GWh").mwh
        Fraction(1000, 1)
        >>> trade_unit("electricity", "t", mwh_per_unit=11.63)
        Traceback (most recent call last):
        walras.errors.BadInput: trade unit: electricity is not counted in 't'
          rule: trade_unit_known
          fix:  Write one of kWh, MWh, GWh, GJ.
    """
    units = [*ENERGY, *(u for c, u in SENSIBLE if c == carrier)]
    if unit not in units:
        fix = f"Write one of {', '.join(units)}."
        raise BadInput([Mistake(f"{carrier} is not counted in {unit!r}", where, "trade_unit_known", fix)])
    if unit in ENERGY:
        return TradeUnit(unit, _energy(unit, mwh_per_unit, (tonnes_per_barrel, mwh_per_tonne), where))
    sensible = SENSIBLE[carrier, unit]
    density = {"tonnes_per_barrel": tonnes_per_barrel, "mwh_per_tonne": mwh_per_tonne}
    said = [name for name, value in density.items() if value is not None]
    if mwh_per_unit is not None and not said:
        return TradeUnit(unit, _factor({"mwh_per_unit": (mwh_per_unit, sensible)}, where))
    if unit == "bbl" and mwh_per_unit is None and tonnes_per_barrel is not None and mwh_per_tonne is not None:
        known = {
            "tonnes_per_barrel": (tonnes_per_barrel, TONNES_PER_BARREL),
            "mwh_per_tonne": (mwh_per_tonne, SENSIBLE[carrier, "t"]),
        }
        return TradeUnit(unit, _factor(known, where))
    given = ", ".join([*(["mwh_per_unit"] if mwh_per_unit is not None else []), *said]) or "nothing"
    fix = "Give mwh_per_unit and nothing else" + (", or tonnes_per_barrel and mwh_per_tonne." * (unit == "bbl") or ".")
    raise BadInput([Mistake(f"the energy of a {unit} is given by {given}", where, "trade_factor_given", fix)])


def _energy(unit: str, said: float | None, other: tuple[float | None, float | None], where: str) -> Fraction:
    """Return the energy of a unit of energy, which nothing may contradict."""
    mwh = ENERGY[unit]
    if other != (None, None) or (said is not None and not abs(said - float(mwh)) <= 1e-9 * float(mwh)):
        what = f"a {unit} is {float(mwh):.9g} MWh, whatever is said beside it"
        fix = "Leave the other columns of the row empty."
        raise BadInput([Mistake(what, where, "trade_factor_given", fix)])
    return mwh


def _factor(parts: dict[str, tuple[float, tuple[float, float]]], where: str) -> Fraction:
    """Return the product of figures, each of which must lie between two others."""
    wrong = {name: (value, ends) for name, (value, ends) in parts.items() if not ends[0] <= value <= ends[1]}
    if wrong:
        raise BadInput(
            Mistake(
                f"{name} {value:g} is not that of any real product",
                where,
                "trade_factor_sensible",
                f"Send a figure from {low:g} to {high:g} (gases: gross calorific value).",
            )
            for name, (value, (low, high)) in wrong.items()
        )
    out = Fraction(1)
    for value, _ in parts.values():
        out *= _exact(value)
    return out


def times(values: Amount, ratio: Fraction) -> Amount:
    """Return values times an exact ratio, each the float nearest to the exact product.

    >>> 0.1 * 3, times(0.1, Fraction(3))
    (0.30000000000000004, 0.3)
    """
    if not isinstance(values, np.ndarray):
        return float(_exact(float(values)) * ratio)
    distinct, place = np.unique(values, return_inverse=True)
    product = [times(v, ratio) if np.isfinite(v) else v for v in distinct.tolist()]
    return np.array(product, dtype=np.float64)[place].reshape(values.shape)


def whole_ticks(values: FloatArray, ratio: Fraction, tick: Tick, up: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return values times a ratio as whole ticks, and how far rounding moved each.

    Exact: a product that is a whole number of ticks stays it. So does one that is off it by the
    rounding of the float itself (four units in its last place).

    Args:
        values: In trade units; shape (n,).
        ratio: Exact factor to MWh.
        tick: To round to.
        up: Where to round up instead of down; shape (n,).

    Returns:
        Ticks (whole, as floats) and the distance in ticks, 0 where nothing was rounded; shapes (n,).

    Example:
        0.1 thousand m3 per hour of 10.55 MWh are 1.055 MW: 10 ticks of 0.1 MW, or 11 upwards.

        >>> ticks, moved = whole_ticks(np.array([0.1, 0.1]), Fraction("10.55"), Tick(1, 10), np.array([False, True]))
        >>> ticks.tolist(), moved.round(9).tolist()
        ([10.0, 11.0], [0.55, 0.45])
    """
    per = ratio * tick.scale / tick.step
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = values * float(per)
        out = np.where(up, np.ceil(scaled), np.floor(scaled))
        doubt = np.flatnonzero(np.abs(scaled - np.rint(scaled)) <= DOUBT * np.maximum(1.0, np.abs(scaled)))
        moved = np.abs(scaled - out)
    for i in doubt.tolist():
        exact = _exact(float(values[i])) * per
        near = round(exact)
        if abs(exact - near) <= SNAP * abs(near):
            out[i], moved[i] = near, 0.0
        else:
            out[i] = ceil(exact) if up[i] else floor(exact)
            moved[i] = float(abs(exact - Fraction(float(out[i]))))
    return out, moved


def _exact(value: float) -> Fraction:
    """Return the decimal that a float is written as."""
    return Fraction(Decimal(repr(value)))
