"""Cases that links or groups contradict: found before solving, and worth nothing at the rents that they post."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.builders import one_zone
from tests.results.trees import plain, root, tree

from walras.coupling.bound.posting import PROHIBITIVE, contradiction
from walras.coupling.parts import parts, whole_market
from walras.results.certificate import bound_of
from walras.results.tree import GROUP, LINK


def family():
    """Blocks a (grandparent), b, c (grandchild), and two alternatives x and y."""
    made = one_zone().sells("A", 100, at=40).buys("A", 60, at=50).block("a", "A", "supply", 10, 10, mar=1)
    made.block("b", "A", "supply", 10, 10, parents=["a"], mar=0.5).block("c", "A", "supply", 10, 10, parents=["b"])
    return made.block("x", "A", "supply", 9, 10, group="g").block("y", "A", "supply", 9, 10, group="g").book()


def said(rejected, accepted):
    book = family()
    market = next(parts(whole_market(book)))
    killed = np.array([name in rejected for name in book.blocks.name])
    lower = np.where([name in accepted for name in book.blocks.name], market.orders.min_ratio, 0.0)
    return contradiction(market, killed, lower)


def test_a_grandchild_without_its_grandparent_names_both_links():
    assert sorted(said("a", "c").rents[LINK][0].tolist()) == [0, 1]
    assert said("a", "b").rents[LINK][0].tolist() == [0]
    assert said("b", "c").rents[LINK][0].tolist() == [1]


def test_two_alternatives_name_their_group():
    assert said("", "xy").rents[GROUP][0].tolist() == [0]


def test_what_can_be_is_no_contradiction():
    assert said("", "abc") is None
    assert said("c", "ab") is None
    assert said("abc", "x") is None


def test_a_contradicted_case_is_worth_less_than_anything():
    """The case of c accepted and a rejected, split once more, must not hold the bound up."""
    book = family()
    nodes = [root(), (0, 0, 0, 2, -1, 0), (0, 0, 0, 2, -1, 1), (0, 2, 0, 0, -1, 0), (0, 2, 0, 0, -1, 1)]
    silent = replace(plain(book, np.array([40.0])), tree=tree([0], nodes))
    loud = replace(silent, tree=tree([0], nodes, (), [(3, LINK, 0, PROHIBITIVE), (3, LINK, 1, PROHIBITIVE)]))
    high = tree([0], nodes, [(3, 0, 400.0)])
    assert bound_of(book, loud) == bound_of(book, silent)
    assert bound_of(book, replace(silent, tree=high)) > bound_of(book, silent)
    rents = [(3, LINK, 0, PROHIBITIVE), (3, LINK, 1, PROHIBITIVE)]
    both = tree([0], nodes, [(3, 0, 400.0)], rents)
    assert bound_of(book, replace(silent, tree=both)) == bound_of(book, silent)
