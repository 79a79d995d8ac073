"""What must hold of trade units whatever the figures are: nobody is worse off, and nothing is made of nothing."""

from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.formats.trade_unit_folder import FIRST, TABLES, UnitFolder

from walras.book.cells import Tick
from walras.book.trade_units import SNAP, times, trade_unit, whole_ticks
from walras.formats.trade_units import read_trade_units

many = settings(max_examples=300, derandomize=True, deadline=None, database=None)
few = settings(max_examples=40, derandomize=True, deadline=None, database=None)
factors = st.decimals("4", "15", places=4).map(float)
figures = st.one_of(
    st.decimals("0", "1000000", places=3).map(float),
    st.floats(0, 1e6, allow_subnormal=False),
    st.integers(0, 10**6).map(lambda k: k / 10.55),
)
ticks = st.sampled_from([Tick(1, 100), Tick(1, 10), Tick(1, 1), Tick(5, 100), Tick(25, 1)])


def exact(value: float) -> Fraction:
    return Fraction(repr(value))


@many
@given(figures, factors, ticks, st.booleans())
def test_rounding_goes_one_way_and_less_than_a_tick(value, factor, tick, up):
    """But for the last places of a float, which the member cannot have meant."""
    said, moved = whole_ticks(np.array([value]), exact(factor), tick, np.array([up]))
    product, rounded = exact(value) * exact(factor), Fraction(said[0]) * Fraction(tick.step, tick.scale)
    last = SNAP * rounded
    assert (product - last <= rounded) if up else (rounded <= product + last)
    assert abs(rounded - product) < Fraction(tick.step, tick.scale)
    assert moved[0] * tick.size == pytest.approx(float(abs(rounded - product)), abs=1e-6)


@many
@given(st.integers(0, 10**8), factors, ticks, st.booleans())
def test_whole_ticks_survive_the_way_there_and_back(count, factor, tick, up):
    """A member who counts a whole number of ticks in units and sends the float gets his ticks, not one less."""
    unit = trade_unit("gas", "1000 m3", mwh_per_unit=factor)
    units = unit.from_mwh(tick.value(count))
    said, moved = whole_ticks(np.array([units]), unit.mwh, tick, np.array([up]))
    assert (said[0], moved[0]) == (count, 0)


@many
@given(st.lists(figures, min_size=2, max_size=8), factors, ticks, st.booleans())
def test_what_rises_keeps_rising(values, factor, tick, up):
    values = np.sort(np.array(values))
    said, _ = whole_ticks(values, 1 / exact(factor), tick, np.full(len(values), up))
    assert (np.diff(said) >= 0).all()


@many
@given(figures, factors)
def test_a_price_and_an_amount_come_back(value, factor):
    unit = trade_unit("gas", "1000 m3", mwh_per_unit=factor)
    assert unit.from_mwh(unit.to_mwh(value)) == pytest.approx(value, rel=4e-16, abs=1e-300)
    assert unit.price_per_unit(unit.price_per_mwh(value)) == pytest.approx(value, rel=4e-16, abs=1e-300)
    assert times(np.array([value, value]), unit.mwh).tolist() == [unit.to_mwh(value)] * 2


steps = st.lists(
    st.tuples(st.decimals("0", "9000", places=2), st.decimals("0.3", "500", places=3)), min_size=1, max_size=5
)


@few
@given(steps, steps, factors)
def test_no_curve_is_worse_off_and_no_energy_is_made(supply, demand, factor):
    """At every price a curve trades at most what its owner offered at that price; what is missing is accounted for."""
    sides = {"wells": sorted(supply), "stoves": sorted(demand, reverse=True)}
    rows = [f"{o},{FIRST},{k},{p},{p},{q}" for o, of in sides.items() for k, (p, q) in enumerate(of, 1)]
    tables = {"curve_steps": "\n".join([TABLES["curve_steps"].splitlines()[0], *rows])}
    tables["curve_orders"] = "order,member,zone,carrier,side\nwells,w,B,gas,supply\nstoves,s,B,gas,demand"
    tables["trade_units"] = f"carrier,unit,mwh_per_unit\ngas,1000 m3,{factor}"
    kept = {"zones", "grids", *tables}
    with TemporaryDirectory() as place:
        folder = UnitFolder(Path(place) / "folder", **({t: "" for t in TABLES if t not in kept} | tables))
        found = read_trade_units(folder.path)
    book, ratio = found.book, exact(factor)
    curves = book.curves
    lost = Fraction(0)
    for o, (name, sign) in enumerate((("stoves", -1), ("wells", 1))):
        said = [(Fraction(p) / ratio * 100 * sign, Fraction(q) * ratio) for p, q in sides[name]]
        own = curves.step_order == o
        ours = list(zip((curves.price_start[own] * sign).tolist(), curves.quantity[own].tolist(), strict=True))
        for price in [p for p, _ in ours] + [p for p, _ in said]:
            offered = sum(q for p, q in said if p <= price)
            assert sum(q for p, q in ours if p <= price) <= offered * (1 + SNAP)
        lost += sum(q for _, q in said) - sum(q for _, q in ours)
    assert found.rounding["mwh_lost"].sum() == pytest.approx(float(lost * 12), abs=1e-6)
