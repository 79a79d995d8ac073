"""The only door to HiGHS: programs in, numbers out, and no answer that cannot be trusted.

A status other than optimal or a stated limit is tried again from a clean state, then with
the primal simplex and then with wider tolerances, and then raised as `SolverFailed`.
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
    {},
    {"simplex_strategy": 4},
    {"primal_feasibility_tolerance": 1e-7, "dual_feasibility_tolerance": 1e-7},
)
"""What changes when a program is tried again from a clean state: nothing, the primal simplex, then wider tolerances."""


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
        self._iterations = 0
        self._is_retried = False
        self.may_be_infeasible = False
        self._highs = highspy.Highs()  # type: ignore[no-untyped-call]
        self._set(_OPTIONS)
        self._highs.passModel(_highs_lp(program))

    def _set(self, options: dict[str, bool | int | float | str]) -> None:
        for name, value in options.items():
            self._highs.setOptionValue(name, value)

    @property
    def iterations(self) -> int:
        """Simplex iterations of all solves so far: the clock of the search."""
        return self._iterations

    @property
    def columns(self) -> int:
        """Number of columns now."""
        return int(self._highs.getNumCol())

    def set_bounds(self, column: IntArray, lower: FloatArray, upper: FloatArray) -> None:
        """Change the bounds of columns."""
        self._highs.changeColsBounds(len(column), column.astype(np.int32), lower, upper)

    def set_cost(self, column: IntArray, cost: FloatArray) -> None:
        """Change the cost of columns."""
        self._highs.changeColsCost(len(column), column.astype(np.int32), cost)

    def set_row_upper(self, row: IntArray, upper: FloatArray) -> None:
        """Change the upper bounds of rows that have no lower bound."""
        lower = np.full(len(row), -highspy.kHighsInf)
        self._highs.changeRowsBounds(len(row), row.astype(np.int32), lower, upper)  # type: ignore[attr-defined]

    def set_entries(self, row: IntArray, column: IntArray, value: FloatArray) -> None:
        """Change single matrix entries; meant for a few."""
        for r, c, v in zip(row.tolist(), column.tolist(), value.tolist(), strict=True):
            self._highs.changeCoeff(r, c, v)

    def add_columns(
        self, cost: FloatArray, upper: FloatArray, ptr: IntArray, row: IntArray, value: FloatArray
    ) -> IntArray:
        """Add columns between zero and `upper`; `ptr` says where each one's entries begin. Returns their indices."""
        count, first = len(cost), self.columns
        index, start = row.astype(np.int32), ptr[:-1].astype(np.int32)
        self._highs.addCols(count, cost, np.zeros(count), upper, len(row), start, index, value)
        self._is_empty = self._is_empty and not count
        return first + np.arange(count)

    def add_rows(self, upper: FloatArray, ptr: IntArray, column: IntArray, value: FloatArray) -> IntArray:
        """Add rows without a lower bound; `ptr` says where each one's entries begin. Returns their indices."""
        count, first = len(upper), self._rows
        index, start = column.astype(np.int32), ptr[:-1].astype(np.int32)
        lower = np.full(count, -highspy.kHighsInf)
        self._highs.addRows(count, lower, upper, len(column), start, index, value)
        self._rows += count
        return first + np.arange(count)

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
            self._iterations += max(0, int(self._highs.getInfo().simplex_iteration_count))
            status = self._highs.getModelStatus()
            if status == highspy.HighsModelStatus.kOptimal:
                if self._is_retried:
                    self._set(_OPTIONS)
                    self._is_retried = False
                return self._solution()
            if status == highspy.HighsModelStatus.kTimeLimit:
                raise NoResult("The time limit passed before a legal result was found.")
            if status == highspy.HighsModelStatus.kInfeasible and self.may_be_infeasible:
                return Solution(np.zeros(0), np.zeros(0), np.zeros(0), np.inf)
            if retry is not None:
                self._highs.clearSolver()
                self._set(_OPTIONS | retry)
                self._is_retried = True
        raise SolverFailed(f"The solver ended with status {status} from clean states too; nothing was decided.")

    def _solution(self) -> Solution:
        solution = self._highs.getSolution()
        return Solution(
            _array(solution.col_value),
            _array(solution.row_dual),
            _array(solution.col_dual),
            float(self._highs.getInfo().objective_function_value),
        )


def _array(values: list[float]) -> FloatArray:
    """Return a list as an array, faster than `np.array` does: a twentieth of the time of a warm solve."""
    return np.fromiter(values, np.float64, len(values))


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
