"""Band and initiative: laws of any declaration, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.settlement.deviations.paper import BAND, GRID, kwh

from walras.settlement.deviations.actual import planned_kwh
from walras.settlement.deviations.band import Band
from walras.settlement.deviations.day import Split, deviations_of
from walras.settlement.deviations.initiative import Declared, mistakes_in, split

energy = st.integers(-10_000, 10_000)
four = st.lists(energy, min_size=4, max_size=4).map(np.array)


@st.composite
def declarations(draw):
    caused = np.array([draw(four), draw(four)])
    return Declared(caused, draw(four))


@settings(max_examples=150, deadline=None)
@given(
    four, four, st.none() | declarations(), st.none() | declarations(),
    st.sampled_from(["half", "pro_rata", "from", "to"]), st.sampled_from(["nothing", "agrees"]),
    st.sampled_from(["excess", "whole"]), st.integers(0, 5000),
)  # fmt: skip
def test_parts_sum_to_the_deviation_and_only_who_runs_with_it_is_outside(
    d, planned, one, other, rest, silence, way, kw
):
    day = deviations_of(GRID, d + planned, planned, kwh(0, 0, 0, 0), Band(kw, counts=way), (one, other),
                        Split(rest, silence))  # fmt: skip
    parts, outside = day.initiative.parts, day.outside_parts
    assert (parts.sum(axis=0) == d).all()
    assert (outside.sum(axis=0) == day.outside).all()
    assert (outside * np.sign(d) >= 0).all()
    assert (np.abs(outside) <= np.abs(parts)).all()
    assert (np.abs(day.inside_parts.sum(axis=0)) <= np.where(np.abs(d) > kw, kw, np.abs(d))).all()


def test_two_sides_that_agree_are_taken_at_their_word():
    said = Declared(np.array([kwh(7), kwh(-4)]), kwh(0))
    found = split(kwh(3), said, said, "half")
    assert (found.parts.tolist(), found.rest.tolist()) == ([[7], [-4]], [0])
    assert not found.differs.any()


def test_a_contradiction_leaves_what_both_say():
    mine, yours = (Declared(np.array([kwh(a), kwh(b)]), kwh(0)) for a, b in ((9, -6), (-1, 4)))
    found = split(kwh(3), mine, yours, "half")
    assert found.differs.tolist() == [[True], [True]]
    assert found.agreed.tolist() == [[0], [0]]
    assert found.parts.tolist() == [[2], [1]]


@pytest.mark.parametrize(("rest", "parts"), [("half", [5, 3]), ("pro_rata", [6, 2]), ("from", [7, 1]), ("to", [3, 5])])
def test_the_rest_is_shared_by_a_stated_rule(rest, parts):
    said = Declared(np.array([kwh(3), kwh(1)]), kwh(4))
    assert split(kwh(8), said, said, rest).parts[:, 0].tolist() == parts


def test_silence_says_nothing_or_agrees():
    said = Declared(np.array([kwh(6), kwh(2)]), kwh(0))
    assert split(kwh(8), said, None, "half").parts[:, 0].tolist() == [4, 4]
    assert split(kwh(8), said, None, "half", "agrees").parts[:, 0].tolist() == [6, 2]


def test_a_declaration_that_does_not_add_up_is_refused():
    said = Declared(np.array([kwh(1000, 3000, -8000, 0), kwh(0, 0, 0, 1999)]), kwh(0, 1, 0, 0))
    found = list(mistakes_in(said, kwh(1000, 3000, -8000, 2000), GRID, "declaration"))
    assert [m.rule for m in found] == ["initiative_adds_up"] * 2
    assert found[0].what == "2026-12-01T01:00Z: +3001 kWh are declared, and the deviation is +3000"


def test_the_band_is_the_larger_or_the_lower_of_power_and_share():
    planned = kwh(30_000, -60_000)
    assert BAND.width(planned, 60).tolist() == [2_000, 3_000]
    assert Band(BAND.kw, BAND.share, "lower").width(planned, 60).tolist() == [1_500, 2_000]
    assert Band(BAND.kw).width(planned, 15).tolist() == [500, 500]
    assert Band().width(planned, 60).tolist() == [0, 0]


def test_a_plan_of_half_kilowatt_hours_keeps_its_day():
    assert planned_kwh(np.full(96, 10), 15).sum() == 240
    assert planned_kwh(np.full(96, -10), 15).sum() == -240
