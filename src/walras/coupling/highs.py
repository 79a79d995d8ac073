"""The only door to HiGHS: programs in, numbers out, and no answer that cannot be trusted.

A status other than optimal or a stated limit is tried again from a clean state, with the
primal simplex and then with wider tolerances, and then raised as `SolverFailed`.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

import highspy
import numpy as np

from walras.book.cells import FloatArray, IntArray
from walras.coupling.model.program import Program
from walras.errors import NoResult, SolverFailed

_OPTIONS: dict[str, bool | int | float | str] = {
    "output_flag": False,
    "presolve": "off",
    "solver": "simplex",
    "simplex_strategy": 1,
    "parallel": "off",
    "threads": 1,
    "random_seed": 0,
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-9,
}

_RETRIES: tuple[dict[str, bool | int | float | str], ...] = (
    {"simplex_strategy": 4},
    {"primal_feasibility_tolerance": 1e-7, "dual_feasibility_tolerance": 1e-7},
)
"""What changes when a program is tried again from a clean state: the primal simplex, then wider tolerances."""


def _print_banner_to_nowhere() -> None:
    """Let HiGHS print its one banner a process where it cannot spoil a table or a pipe.

    The library prints it when its first object is made, before any option can be set.
    """
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        highspy.Highs()  # type: ignore[no-untyped-call]
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


_print_banner_to_nowhere()


@dataclass(frozen=True)
class Solution:
    """Column values, row duals, reduced costs and the cost of an optimum."""

    x: FloatArray
    dual: FloatArray
    reduced: FloatArray
    cost: float


class Solver:
    """One program held by HiGHS, solved again after bounds change.

    Example:
        >>> from walras.coupling.model.program import ProgramBuilder
        >>> b = ProgramBuilder()
        >>> _ = b.columns(np.array([2.0]), np.array([0.0]), np.array([5.0]))
        >>> _ = b.rows(np.array([3.0]), np.array([3.0]))
        >>> b.entries(np.array([0]), np.array([0]), np.array([1.0]))
        >>> Solver(b.build()).solve().dual.tolist()
        [2.0]
    """

    def __init__(self, program: Program) -> None:
        self._is_empty = len(program.cost) == 0
        self._rows = len(program.row_lower)
        self._highs = highspy.Highs()  # type: ignore[no-untyped-call]
        self._set(_OPTIONS)
        self._highs.passModel(_highs_lp(program))

    def _set(self, options: dict[str, bool | int | float | str]) -> None:
        for name, value in options.items():
            self._highs.setOptionValue(name, value)

    def set_bounds(self, column: IntArray, lower: FloatArray, upper: FloatArray) -> None:
        """Change the bounds of columns."""
        self._highs.changeColsBounds(len(column), column.astype(np.int32), lower, upper)

    def set_row_upper(self, row: IntArray, upper: FloatArray) -> None:
        """Change the upper bounds of rows that have no lower bound."""
        for r, value in zip(row.tolist(), upper.tolist(), strict=True):
            self._highs.changeRowBounds(r, -highspy.kHighsInf, value)

    def solve(self, seconds: float | None = None) -> Solution:
        """Return an optimum.

        Raises:
            NoResult: The stated seconds are over.
            SolverFailed: No trusted status from clean states either.
        """
        if self._is_empty:
            return Solution(np.zeros(0), np.zeros(self._rows), np.zeros(0), 0.0)
        for retry in (*_RETRIES, None):
            if seconds is not None:
                self._highs.setOptionValue("time_limit", self._highs.getRunTime() + max(seconds, 0.0))
            self._highs.run()
            status = self._highs.getModelStatus()
            if status == highspy.HighsModelStatus.kOptimal:
                self._set(_OPTIONS)
                return self._solution()
            if status == highspy.HighsModelStatus.kTimeLimit:
                raise NoResult("The time limit passed before a legal result was found.")
            if retry is not None:
                self._highs.clearSolver()
                self._set(_OPTIONS | retry)
        raise SolverFailed(f"The solver ended with status {status} from clean states too; nothing was decided.")

    def _solution(self) -> Solution:
        solution = self._highs.getSolution()
        return Solution(
            np.array(solution.col_value),
            np.array(solution.row_dual),
            np.array(solution.col_dual),
            float(self._highs.getInfo().objective_function_value),
        )


def _highs_lp(program: Program) -> highspy.HighsLp:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(program.cost), len(program.row_lower)
    lp.col_cost_ = program.cost
    lp.col_lower_, lp.col_upper_ = program.lower, program.upper
    lp.row_lower_, lp.row_upper_ = program.row_lower, program.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = program.matrix.indptr, program.matrix.indices
    lp.a_matrix_.value_ = program.matrix.data
    return lp
