"""Explanations: surplus, ties, and the limit at which an order would have been accepted."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.builders import market, one_zone
from tests.results.by_hand import outcome, solve
from tests.results.rich import rich_book, rich_results

from walras.errors import BadInput
from walras.results.explain import explain
from walras.results.results import Volumes


def row(order, **where):
    frame = explain(rich_book(), rich_results(), order)
    for name, value in where.items():
        frame = frame.filter(pl.col(name) == value)
    return frame.row(0, named=True)


def test_every_row_of_the_market_is_explained():
    book = rich_book()
    frame = explain(book, rich_results())
    whole = book.blocks.count + book.flexibles.count + book.scalables.count + book.storages.count
    traded = int(((rich_results().published.charge + rich_results().published.discharge) > 0).sum())
    assert frame.height == book.curves.step_count + whole + len(book.scalables.step_order) + traded
    assert frame["remark"].null_count() == 0
    assert frame["outcome"].null_count() == 0


def test_rejected_block_says_its_weighted_price():
    dear = row("b-dear")
    assert (dear["outcome"], dear["accepted_at"], dear["surplus"]) == ("rejected", 60.0, 0.0)
    assert dear["remark"] == "out of the money by 30 per MWh"


def test_parent_that_loses_is_explained_by_its_children():
    assert "children cover" in row("parent")["remark"]


def test_group_that_is_used_up_is_named():
    assert "group 'g' is used up" in row("g-less")["remark"]
    assert row("g-less")["accepted_at"] is None


def test_child_of_a_rejected_parent_is_explained_by_it():
    book = one_zone().sells("A", 10, at=20).buys("A", 10, at=30)
    book = book.block("p", "A", "supply", 90, 5).block("c", "A", "supply", 10, 5, parents=["p"]).book()
    none, whole = np.zeros(0), np.zeros(0, dtype=np.int64)
    volumes = Volumes(np.array([10.0, 10.0]), np.zeros(2), np.zeros(2), whole, whole, none, none, none)
    child = explain(book, outcome(book, volumes, np.array([25.0])), "c").row(0, named=True)
    assert child["remark"] == "in the money by 15 per MWh; its parent 'p' is accepted at 0 only"
    assert child["accepted_at"] is None


def test_paradoxically_rejected_block_is_called_so():
    book = one_zone().sells("A", 10, at=20).buys("A", 10, at=30).block("b", "A", "supply", 10, 20).book()
    none, whole = np.zeros(0), np.zeros(0, dtype=np.int64)
    volumes = Volumes(np.array([10.0, 10.0]), np.zeros(1), np.zeros(1), whole, whole, none, none, none)
    one = explain(book, outcome(book, volumes, np.array([25.0])), "b").row(0, named=True)
    assert (one["outcome"], one["missed"], one["accepted_at"]) == ("paradoxically_rejected", 15 * 20, None)


def test_out_of_the_money_in_a_group_that_is_used_up_has_no_limit_that_helps():
    book = one_zone().sells("A", 10, at=20).buys("A", 10, at=30)
    book = book.block("a", "A", "supply", 10, 5, group="g").block("b", "A", "supply", 40, 5, group="g").book()
    none, whole = np.zeros(0), np.zeros(0, dtype=np.int64)
    for ratio, remark, at in (
        ([1.0, 0.0], "out of the money by 15 per MWh; the exclusive group 'g' is used up", None),
        ([0.0, 0.0], "out of the money by 15 per MWh", 25.0),
    ):
        legs = np.array(ratio) * 5
        volumes = Volumes(np.array([10 - legs[0], 10.0]), np.array(ratio), legs, whole, whole, none, none, none)
        one = explain(book, outcome(book, volumes, np.array([25.0])), "b").row(0, named=True)
        assert (one["remark"], one["accepted_at"]) == (remark, at)


def test_paradoxically_rejected_flexible_and_curve_orders_have_no_limit_that_helps():
    book = one_zone(2).sells("A", 10, at=20).buys("A", 10, at=30).flexible("f", "A", "supply", 20, 5)
    book = book.sells("A", 5, at=20, order="both", minutes=120).book()
    none, whole = np.zeros(0), np.zeros(0, dtype=np.int64)
    curve = np.where(np.array(book.curves.name)[book.curves.step_order] == "both", 0.0, 10.0)
    volumes = Volumes(curve, none, none, np.array([-1]), whole, none, none, none)
    results = outcome(book, volumes, np.array([25.0, 25.0]))
    for name in ("f", "both"):
        one = explain(book, results, name).row(0, named=True)
        assert (one["outcome"], one["accepted_at"]) == ("paradoxically_rejected", None)


def test_steps_of_a_rejected_scalable_order_have_no_limit_that_helps():
    steps = explain(rich_book(), rich_results(), "idle").filter(pl.col("step") > 0)
    rejected = steps.filter(pl.col("remark").str.contains("its order is rejected"))
    assert rejected.height
    assert rejected["accepted_at"].null_count() == rejected.height


def test_tie_says_whose_volume_was_shared():
    book = one_zone().sells("A", 30, at=20).sells("A", 10, at=20).buys("A", 10, at=50).book()
    frame = explain(book, solve(book)).filter(pl.col("side") == "supply")
    assert frame["tied_mw"].to_list() == [40, 40]
    assert frame["tied_accepted_mw"].to_list() == [10, 10]
    assert frame["tie_share"].to_list() == [0.25, 0.25]
    assert "10.0 of 40.0 MW" in frame["remark"][0]


def test_surplus_of_a_sloped_step_is_the_triangle():
    slope = row("A-slope", step=1)
    assert slope["surplus"] == pytest.approx(8 * (20 - 12) / 2)
    assert slope["remark"] == "accepted up to where its line meets the price"


def test_scalable_order_shows_what_it_earns_of_its_fixed_term():
    idle = row("idle", step=0)
    assert idle["remark"] == "would earn 300.00 of a fixed term of 9000.00; its scheduled stop earns 150.00 as it is"
    assert (idle["if_accepted"], idle["missed"]) == (300 - 9000, 0)
    assert row("plant")["surplus"] == pytest.approx(10 * 35 * 2 - 2 * 10 - 200)


def test_unknown_order_is_a_mistake():
    with pytest.raises(BadInput, match="order_known"):
        row("nobody")


def test_a_flow_based_market_is_explained_like_any_other():
    # A sells 8 MW to B over a branch that takes half of A's export and is full with 4 MW: prices 20 and 50.
    said = market(("A", "B")).domain("mesh", ("A", "B")).branch("r", 4, A=0.5, B=0)
    said.sells("A", 30, at=20).buys("B", 10, at=90).sells("B", 30, at=50)
    book = said.block("b", "B", "supply", 45, 5).block("dear", "A", "supply", 30, 5).book()
    none, whole = np.zeros(0), np.zeros(0, dtype=np.int64)
    exports = np.where(book.cells.grid[book.domains.exchange_cell] == 0, 8.0, -8.0)
    curve = {"A": 8.0, "B": 2.0}
    power = np.array([10.0 if s < 0 else curve["AB"[c]] for s, c in zip(
        book.curves.side[book.curves.step_order].tolist(), book.curves.step_cell.tolist(), strict=True)])  # fmt: skip
    volumes = Volumes(power, np.zeros(2), np.zeros(2), whole, whole, none, none, none, exports)
    frame = explain(book, outcome(book, volumes, np.array([20.0, 50.0])))
    found = dict(frame.filter(kind="block").select("order", "if_accepted").rows())
    assert found == {"b": 25, "dear": -50}
    assert set(frame.filter(kind="curve")["outcome"]) == {"accepted", "curtailed"}


def test_names_of_other_orders_do_not_come_along():
    assert set(explain(rich_book(), rich_results(), "C-gas")["order"]) == {"C-gas"}
