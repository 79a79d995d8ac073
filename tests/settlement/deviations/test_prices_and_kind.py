"""Formulas of prices that are refused, prices without observations, and energy that is returned in kind."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.settlement.deviations.paper import BEGIN, GRID, OBSERVED, PRICES, TEXTS, day_ahead, kwh, worked

from walras.errors import BadInput
from walras.settlement.deviations.booking import energy_difference
from walras.settlement.deviations.day import priced
from walras.settlement.deviations.in_kind import (
    Movement,
    Tariff,
    balances,
    expired,
    expiry,
    lots,
    movements_of,
    postings,
    return_mistakes,
    tariff_mistakes,
)
from walras.settlement.deviations.pricing import checked_prices

PEAK = Tariff("peak", (0, 1, 2, 3, 4), 120, 1200)
FIRST = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"formulas": {"outside": "k * 5 USD/MWh -> USD/MWh"}}, "deviation_price_unit"),
        ({"formulas": {"outside": "part * 5 EUR/MWh -> EUR"}}, "deviation_price_unit"),
        ({"formulas": {"outside": 'index("brent") -> EUR/MWh'}}, "series_known"),
        ({"formulas": {"outside": "5 EUR/MWh + ->"}}, "syntax"),
        ({"formulas": {"beside": "5 EUR/MWh -> EUR/MWh"}}, "deviation_category"),
        ({"coefficients": {("from", "up"): Fraction(1)}}, "coefficient_known"),
        ({"parameters": {"band": "5 MWh"}}, "deviation_parameter"),
        ({"parameters": {"cap": "dear"}}, "quantity_text"),
        ({"series": {"day_ahead": 15}}, "price_series_grid"),
        ({"in_kind": frozenset({"inside"})}, "deviation_in_kind"),
        ({"in_kind": frozenset({"emergency"})}, "deviation_in_kind"),
    ],
)
def test_terms_that_cannot_price_are_refused(change, rule):
    with pytest.raises(BadInput) as error:
        checked_prices(replace(TEXTS, **change), "EUR", 60, "terms")
    assert rule in [m.rule for m in error.value.mistakes]


def test_every_mtu_without_a_price_is_named():
    with pytest.raises(BadInput) as error:
        priced(worked(), PRICES, day_ahead(40, 50))
    assert {m.where[:17] for m in error.value.mistakes} == {"2026-12-01T02:00Z", "2026-12-01T03:00Z"}
    assert {m.rule for m in error.value.mistakes} == {"observation_missing"}


def test_a_category_without_formula_is_free():
    formulas = {c: text for c, text in TEXTS.formulas.items() if c != "inside"}
    rows = priced(worked(), checked_prices(replace(TEXTS, formulas=formulas), "EUR", 60, "terms"), OBSERVED)
    assert {r.amount_minor for r in rows if r.part.category == "inside"} == {0}
    assert sum(r.amount_minor for r in rows) == 3600 - 20420 - 12992 + 76000


def in_kind():
    formulas = {c: text for c, text in TEXTS.formulas.items() if c != "inside"}
    return checked_prices(replace(TEXTS, formulas=formulas, in_kind=frozenset({"inside"})), "EUR", 60, "terms")


def test_energy_in_kind_accrues_and_a_rerun_accrues_the_difference():
    rows = priced(worked(), in_kind(), OBSERVED)
    accrued = energy_difference(rows, frozenset({"inside"}), [])
    moved = movements_of("accrual", FIRST, [(start, e) for (start, _, _), e in accrued.items()], [PEAK], "UTC")
    assert balances(moved) == {"other": 3_200, "peak": -500}  # 1000 + 2200 by night; -2500 + 2000 from 02:00 on
    body = {"accrued": [[*key, e] for key, e in accrued.items()]}
    assert energy_difference(rows, frozenset({"inside"}), [body]) == {}
    later = priced(worked((3_900, 3_840, 5_000, -220)), in_kind(), OBSERVED)
    left = energy_difference(later, frozenset({"inside"}), [body])
    assert left == {(BEGIN, "inside", "from"): 50, (BEGIN, "inside", "to"): 50}


def returned(*energy):
    found = return_mistakes(GRID, kwh(*energy), {"other": 3_200, "peak": -500}, [PEAK], "UTC", "return")
    return [m.rule for m in found]


def test_a_return_runs_back_in_its_class_and_no_more_than_is_owed():
    assert returned(-1_600, -1_600, 250, 250) == []
    assert returned(-1_600, -1_601, 0, 0) == ["return_owed"]
    assert returned(100, 0, -5, 0) == ["return_direction", "return_direction"]
    assert returned(0, 0, 0, 0) == ["return_energy"]


def test_a_class_has_time_and_no_hour_has_two():
    night = Tariff("night", (4,), 1100, 1100)
    other = Tariff("evening", (0,), 1199, 1440)
    assert [m.rule for m in tariff_mistakes([PEAK, night, other], "terms")] == ["tariff_time", "tariff_overlap"]


def test_what_is_not_returned_in_time_is_paid_for_from_the_oldest_day():
    moved = [Movement("opening", FIRST, "peak", 400), Movement("accrual", date(2026, 12, 2), "peak", 300),
             Movement("return", date(2026, 12, 9), "peak", -250)]  # fmt: skip
    late = expired(moved, date(2027, 1, 1), 30)
    assert [(lot.day.day, lot.kwh) for lot in late] == [(1, 150)]
    after = [*moved, *(expiry(lot) for lot in late)]
    assert balances(after) == {"peak": 300}
    assert expired(after, date(2027, 1, 1), 30) == []


moves = st.builds(
    Movement, st.sampled_from(["accrual", "return", "opening"]),
    st.dates(date(2026, 1, 1), date(2026, 3, 1)), st.sampled_from(["peak", "other"]), st.integers(-1000, 1000),
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(moves, max_size=12))
def test_accounts_of_energy_sum_to_zero_and_lots_to_the_balance(moved):
    sides = np.zeros(2, dtype=np.int64)
    for movement in moved:
        sides += [kwh for _, kwh in postings(movement)]
    assert sides.sum() == 0
    left = {tariff: sum(lot.kwh for lot in lots(moved) if lot.tariff == tariff) for tariff in balances(moved)}
    assert left == balances(moved)
    assert all(len({lot.kwh > 0 for lot in lots(moved) if lot.tariff == t}) <= 1 for t in ("peak", "other"))
