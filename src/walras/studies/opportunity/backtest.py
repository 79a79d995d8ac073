"""Backtest of opportunity costs: seeds to years of prices, strategies to quantities, both to a table.

Read by `walras contract backtest` and by the page `docs/contracts/opportunity-cost.md`. The buyer is a price taker: its
own quantity moves no price. The same seeds, case and release give the same table. Axes: s paths, t days.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from walras.book.cells import FloatArray
from walras.contracts.flexibility import outlook, remaining
from walras.errors import BadInput, Mistake
from walras.studies.opportunity.strategies import STRATEGIES, Case
from walras.studies.opportunity.worlds import WORLDS, prices_of

ROWS = pl.Schema(
    {
        "world": pl.String,
        "seed": pl.Int64,
        "strategy": pl.String,
        "profit": pl.Float64,
        "taken": pl.Float64,
        "missing": pl.Float64,
        "take_or_pay_paid": pl.Float64,
        "make_up_worth": pl.Float64,
    }
)
"""One row a world, seed and strategy: quantities of the contract year, money in the currency of prices."""


def illustrative_case(days: int = 365) -> Case:
    """Return an invented gas year from October: 100 MWh a day at 30 EUR/MWh, and a forward of the same mean.

    Of a quantity of 100 MWh a day, 40 to 140 may be taken on a day; 90 % of the year is take-or-pay, 110 % its most.
    Make-up keeps 80 % of its price.
    """
    day = np.arange(days)
    left = remaining(
        days, taken=0, take_or_pay=90 * days, most=110 * days, daily_minimum=40, daily_maximum=140, make_up_share=0.8
    )
    forward = 30 + 6 * np.cos(2 * np.pi * (day - 107) / 365)
    view = outlook(days, forward=forward, contract_price=30, persistence=0.97, volatility=0.04)
    return Case(left, view, daily_contract_quantity=100, step=20)


def scarce_case(days: int = 365) -> Case:
    """Return an invented right to a tenth of a year: up to 100 MWh a day of the same gas, nothing to be taken or paid.

    A buyer without a view takes it evenly, 10 MWh a day.
    """
    like = illustrative_case(days)
    left = remaining(days, taken=0, take_or_pay=0, most=10 * days, daily_minimum=0, daily_maximum=100, make_up_share=0)
    return Case(left, like.view, daily_contract_quantity=10, step=10)


def backtest(
    seeds: Sequence[int], days: int = 365, *, case: Case | None = None, worlds: Sequence[str] = tuple(WORLDS)
) -> pl.DataFrame:
    """Return what each strategy earns in each world, a row a world, seed and strategy (`ROWS`).

    Args:
        seeds: One year of each world is drawn from each.
        days: Length of the illustrative case; a case has its own.
        case: Contract, prices and grid; the illustrative one by default.
        worlds: Names of `walras.studies.opportunity.worlds.WORLDS`.

    Raises:
        BadInput: No seed, an unknown world (rules `seeds_given`, `world_known`), or a case with mistakes.
    """
    case = illustrative_case(days) if case is None else case
    if found := list(_mistakes(seeds, worlds)):
        raise BadInput(found)
    tables = []
    for world in worlds:
        prices = np.array([prices_of(world, seed, case.view) for seed in seeds])
        tables.append(_rows(case, prices, world, seeds))
    return pl.concat(tables)


def backtest_on(prices: npt.ArrayLike, case: Case) -> pl.DataFrame:
    """Return what each strategy earns on given prices, as of a sequence of auctions; `seed` numbers the paths.

    Args:
        prices: Clearing prices of the days of the case, (t,), or of several paths, (s, t).
        case: Contract, outlook at the beginning and grid.

    Raises:
        BadInput: Prices of other days or no numbers (rules `path_days`, `figure_finite`), or a case with mistakes.
    """
    paths = np.atleast_2d(np.asarray(prices, dtype=float))
    if paths.ndim != 2 or paths.shape[1] != case.left.days or not len(paths):
        what = f"shape {np.shape(prices)} does not end in {case.left.days}"
        raise BadInput([Mistake(what, "prices", "path_days", "Give one price for each day of the case.")])
    if (wrong := np.argwhere(~np.isfinite(paths))).size:
        fix = "Give the clearing price of every day."
        raise BadInput(Mistake("no number", f"prices path {s} day {t}", "figure_finite", fix) for s, t in wrong[:20])
    return _rows(case, paths, "given", range(len(paths)))


def summary(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row a world and strategy, in their order: means, and shares of perfect foresight.

    `share_of_foresight` is profit over that of perfect foresight, `share_of_gain` the same above the profit of the
    flat strategy::

        share_of_gain = (profit - flat profit) / (foresight profit - flat profit), each summed over seeds

    They are empty where their divisor is not above zero. `profit_low` is the tenth part's upper end of profits.
    """
    flat, best = next(iter(STRATEGIES)), list(STRATEGIES)[-1]
    means = rows.group_by("world", "strategy", maintain_order=True).agg(
        pl.col("profit").mean(),
        pl.col("profit").quantile(0.1, "linear").alias("profit_low"),
        pl.col("taken", "missing", "take_or_pay_paid", "make_up_worth").mean(),
        pl.len().alias("years"),
    )
    of = {name: pl.col("profit").filter(pl.col("strategy") == name).first().over("world") for name in (flat, best)}
    gain = of[best] - of[flat]
    return means.with_columns(
        pl.when(of[best] > 0).then(pl.col("profit") / of[best]).alias("share_of_foresight"),
        pl.when(gain > 0).then((pl.col("profit") - of[flat]) / gain).alias("share_of_gain"),
    )


def _rows(case: Case, prices: FloatArray, world: str, seeds: Sequence[int]) -> pl.DataFrame:
    tables = []
    for name, strategy in STRATEGIES.items():
        taken = strategy(case, prices)
        missing = case.missing(taken)
        columns = {
            "world": [world] * len(prices),
            "seed": list(seeds),
            "strategy": [name] * len(prices),
            "profit": case.profit(prices, taken),
            "taken": case.left.taken + taken.sum(axis=1),
            "missing": missing,
            "take_or_pay_paid": case.missing_price * missing,
            "make_up_worth": case.left.make_up_share * case.missing_price * missing,
        }
        tables.append(pl.DataFrame(columns, schema=ROWS))
    return pl.concat(tables)


def _mistakes(seeds: Sequence[int], worlds: Sequence[str]) -> Iterator[Mistake]:
    if not len(seeds):
        yield Mistake("there is no seed", "seeds", "seeds_given", "Give at least one whole number.")
    for seed in seeds:
        if seed < 0:
            yield Mistake(f"seed {seed} is below zero", "seeds", "seeds_given", "Give whole numbers of zero or more.")
    for world in worlds:
        if world not in WORLDS:
            fix = f"Take one of: {', '.join(WORLDS)}."
            yield Mistake(f"there is no world {world!r}", "worlds", "world_known", fix)
