"""Nearest points of large parts: the same as the dense way's, and legal whatever the solver does."""

import numpy as np
import pytest
import scipy.sparse as sp

from walras.coupling import nearest_sparse
from walras.coupling.equations import on_equations
from walras.coupling.model.program import Program
from walras.coupling.nearest import nearest_point
from walras.coupling.nearest_sparse import nearest_point_sparse


def drawn(seed, columns=40, rows=60, extras=8, equal=10):
    """A feasible program around a legal point, some rows equations; the last columns have no target."""
    rng = np.random.default_rng(seed)
    matrix = sp.random(rows, columns, density=0.15, random_state=seed, data_rvs=lambda k: rng.normal(size=k)).tocsc()
    legal = rng.uniform(-5, 5, columns)
    legal[-extras:] = np.abs(legal[-extras:])
    at = matrix @ legal
    slack = rng.uniform(0, 2, rows) * (rng.random(rows) < 0.7)
    slack[:equal] = 0
    weight = np.ones(columns)
    weight[-extras:] = 0
    low, high = legal - rng.uniform(0, 5, columns), legal + rng.uniform(0, 5, columns)
    low[-extras:], high[-extras:] = 0, np.inf
    upper = np.where(np.arange(rows) < equal, at, np.inf)
    program = Program(np.zeros(columns), low, high, at - slack, upper, matrix)
    target = (np.where(weight > 0, low, 0) + np.where(weight > 0, high, 0)) / 2
    return weight, target, program, legal


def missed(program, x):
    value = program.matrix @ x
    return max(
        (program.row_lower - value).max(), (value - program.row_upper).max(),
        (program.lower - x).max(), (x - program.upper).max(),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_the_sparse_way_finds_the_point_of_the_dense_way(seed):
    weight, target, program, legal = drawn(seed)
    x = nearest_point_sparse(weight, target, program, legal)
    wanted = nearest_point(weight, target, program)
    assert missed(program, x) < 1e-9
    assert x[weight > 0] == pytest.approx(wanted[weight > 0], abs=1e-6)


def test_a_target_that_breaks_nothing_is_kept():
    weight, _, program, legal = drawn(1)
    assert nearest_point_sparse(weight, legal, program, legal)[weight > 0] == pytest.approx(legal[weight > 0], abs=1e-7)


def test_equations_may_repeat_each_other():
    weight, target, program, legal = drawn(2)
    twice = Program(
        program.cost, program.lower, program.upper, np.tile(program.row_lower, 2), np.tile(program.row_upper, 2),
        sp.vstack([program.matrix, program.matrix]).tocsc(),
    )  # fmt: skip
    once = nearest_point_sparse(weight, target, program, legal)
    assert nearest_point_sparse(weight, target, twice, legal)[weight > 0] == pytest.approx(once[weight > 0], abs=1e-8)


def test_without_a_solver_the_legal_start_stands(monkeypatch):
    weight, target, program, legal = drawn(3)
    monkeypatch.setattr(nearest_sparse, "_solved", lambda *_: None)
    x = nearest_point_sparse(weight, target, program, legal)
    assert x[weight > 0].tolist() == legal[weight > 0].tolist()


@pytest.mark.parametrize("seed", range(5))
def test_a_bad_end_is_approached_only_as_far_as_every_row_allows(monkeypatch, seed):
    weight, target, program, legal = drawn(seed, equal=5)
    right = nearest_sparse._solved
    monkeypatch.setattr(nearest_sparse, "_solved", lambda *a: (right(*a)[0] + np.linspace(0, 1, len(legal)), None))
    monkeypatch.setattr(nearest_sparse, "_exact", lambda *_: None)
    x = nearest_point_sparse(weight, target, program, legal)
    assert missed(program, x) < 1e-7


def test_what_the_start_breaks_is_no_reason_to_move_it_further():
    """Two equations contradict each other: the start keeps neither, and the answer stays where it stands."""
    matrix = sp.csc_matrix(np.array([[1.0, 1.0], [1.0, 1.0]]))
    right = np.array([2.0, 3.0])
    program = Program(np.zeros(2), np.full(2, -9.0), np.full(2, 9.0), right, right, matrix)
    x = nearest_point_sparse(np.ones(2), np.array([5.0, 0.0]), program, np.array([1.5, 1.0]))
    assert x.sum() == pytest.approx(2.5)
    assert x.tolist() == pytest.approx([3.75, -1.25])


def test_forces_say_which_equation_holds_the_point_back():
    x, force = on_equations(np.array([1.0, 2.0]), np.zeros(2), sp.csr_matrix([[1.0, 1.0]]), np.array([3.0]))
    assert x.tolist() == pytest.approx([2, 1])
    assert force.tolist() == pytest.approx([2])
