"""The study of what forms lose values injections as the auction does, and no form beats the physics."""

from dataclasses import replace

import numpy as np
import pytest

from walras.orders.curves import CurveOrders
from walras.studies.unit_forms import curves_case, forecast_of, losses, prices_case
from walras.units.examples import example_unit
from walras.units.orders import FORMS


def with_injection(book, power_mw):
    """The book with a supplier that injects a power in every MTU at the lower price limit."""
    old, count = book.curves, book.cells.count
    one = np.ones(count, dtype=np.int64)
    floor = np.full(count, book.cells.grids[0].price_min)
    columns = {
        "step_order": one * 0, "step_cell": np.arange(count), "step_cells": one, "step_number": one,
        "price_start": floor, "price_end": floor, "quantity": np.rint(power_mw * 10).astype(np.int64),
    }  # fmt: skip
    shifted = replace(old, step_order=old.step_order + 1)
    curves = CurveOrders(
        ("I", *old.name), ("I", *old.member), np.append(0, old.grid), np.append(1, old.side),
        **{k: np.concatenate([v, getattr(shifted, k)]) for k, v in columns.items()},
    )  # fmt: skip
    return replace(book, curves=curves)


@pytest.mark.parametrize("seed", range(3))
def test_an_injection_is_worth_what_the_auction_says(seed, clear):
    case = curves_case(seed)
    power = np.round(np.random.default_rng(seed).uniform(0, 1200, case.book.cells.count), 1)
    results = clear(with_injection(case.book, power))
    floor = case.book.cells.price_min[0]
    assert results.welfare + (floor * power).sum() == pytest.approx(case.worth(power[:, None]).sum(), abs=0.01)


@pytest.mark.parametrize("make", [prices_case, curves_case])
@pytest.mark.parametrize("name", ["nuclear", "steam"])
def test_no_form_beats_the_physics_but_by_its_grid(name, make):
    case = make(5)
    found = losses(example_unit(name), case, 5, FORMS, forecast_of(case, 5))
    assert [loss.form for loss in found] == list(FORMS)
    for loss in found:
        assert loss.best >= 0
        assert loss.reason or loss.lost >= -0.01 * loss.best
    assert all(bool(loss.reason) == (name == "nuclear" and loss.form == "scalable") for loss in found)


def test_a_market_of_the_study_is_the_same_for_the_same_number():
    assert np.array_equal(prices_case(1).price, prices_case(1).price)
    assert not np.array_equal(prices_case(1).price, prices_case(2).price)
