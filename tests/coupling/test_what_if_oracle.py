"""What accepting an order would do, held against the second opinion, which knows only the rules and raw orders.

Random small markets with a random selection as the result; every rejected order is asked for.
"""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest
from tests.results.by_hand import outcome
from tests.second_opinion import brute, raw
from tests.second_opinion.random_markets import indivisible_market
from tests.second_opinion.verdict import is_coarse

from walras.book.inputs import conversion_inputs
from walras.book.stores import stores_of
from walras.coupling.what_if import WhatIf, what_if
from walras.results.results import Results, Volumes


def some_selection(market: raw.Market, chance: random.Random) -> brute.Cleared | None:
    """A legal selection: a few trials by chance, then nothing accepted; None if not even that is legal."""
    for trial in range(9):
        often = 0.4 if trial < 8 else 0.0
        ratios = tuple(float(chance.random() < often) for _ in market.blocks)
        starts = tuple(chance.randrange(-1, len(f.choices)) if often else -1 for f in market.flexibles)
        plants = (tuple(chance.random() < often for _ in of) for of in (market.scalables, market.storages))
        selection = brute.Selection(ratios, starts, *plants)
        cleared = brute.welfare_of(market, selection) if brute.fits(market, selection) else None
        if cleared is not None and brute.legal(market, cleared).optimise({}) is not None:
            return cleared
    return None


def stated(book, market: raw.Market, selection: brute.Selection) -> Results:
    """A result with this selection; curves and prices are not right, and not looked at but for best starts."""
    ratio = np.array(selection.ratios)
    starts = [f.choices[s][0] if s >= 0 else -1 for f, s in zip(market.flexibles, selection.starts, strict=True)]
    volumes = Volumes(
        np.zeros(book.curves.step_count), ratio, ratio[book.blocks.leg_order], np.array(starts, dtype=np.int64),
        np.array(selection.accepted, dtype=np.int64), np.zeros(len(book.scalables.step_order)),
        np.zeros(len(book.lines.period_line)), np.zeros(len(book.borders.period_cell)),
        np.zeros(sum(len(m.exchanges) for m in market.meshes)),
        np.zeros(conversion_inputs(book.cells, book.scalables).count), np.array(selection.stored, dtype=np.int64),
        *(np.zeros(stores_of(book.cells, book.storages).count) for _ in range(2)),
    )  # fmt: skip
    return outcome(book, volumes, np.linspace(20, 40, book.cells.count))


def with_order(book, market: raw.Market, before: brute.Selection, answer: WhatIf) -> brute.Selection:
    """The selection that an answer is about."""
    joined, gone = {answer.order, *answer.comes_along}, set(answer.makes_room)
    ratios = tuple(
        1.0 if n in joined else 0.0 if n in gone else r for n, r in zip(book.blocks.name, before.ratios, strict=True)
    )
    starts = tuple(
        [c[0] for c in f.choices].index(answer.start) if n in joined else s
        for n, f, s in zip(book.flexibles.name, market.flexibles, before.starts, strict=True)
    )
    accepted = tuple(a or n in joined for n, a in zip(book.scalables.name, before.accepted, strict=True))
    stored = tuple(a or n in joined for n, a in zip(book.storages.name, before.stored, strict=True))
    return brute.Selection(ratios, starts, accepted, stored)


def rejected(book, selection: brute.Selection) -> list[str]:
    named = [(book.blocks, selection.ratios), (book.scalables, selection.accepted), (book.storages, selection.stored)]
    out = [n for family, taken in named for n, a in zip(family.name, taken, strict=True) if not a]
    return out + [n for n, s in zip(book.flexibles.name, selection.starts, strict=True) if s < 0]


def check(seed: int) -> Counter[str]:
    """Hold every rejected order of one market against the second opinion; return what was seen."""
    chance = random.Random(seed)
    book, seen = indivisible_market(chance, curtailable=False).book(), Counter[str]()
    market = raw.read(book)
    base = None if is_coarse(market) else some_selection(market, chance)
    if base is None:
        return seen
    before = base.selection
    results = stated(book, market, before)
    for order in rejected(book, before):
        answer = what_if(book, results, order)
        selection = with_order(book, market, before, answer)
        assert brute.fits(market, selection), f"{seed} {order}"
        cleared = brute.welfare_of(market, selection)
        is_legal = cleared is not None and brute.legal(market, cleared).optimise({}) is not None
        if not answer.is_balanced:
            # Volumes of a domain may balance, but only with a price beyond its limit.
            assert cleared is None or (market.meshes and not is_legal), f"{seed} {order}"
            seen["unbalanced"] += 1
            continue
        assert cleared is not None, f"{seed} {order}"
        assert answer.welfare == pytest.approx(cleared.welfare - base.welfare, abs=1e-4), f"{seed} {order}"
        assert answer.is_legal == is_legal, f"{seed} {order}"
        seen["legal" if is_legal else "not legal"] += 1
    return seen


@pytest.mark.parametrize("first", range(0, 120, 20))
def test_the_second_opinion_agrees(first):
    seen = sum((check(seed) for seed in range(first, first + 20)), Counter[str]())
    assert {"legal", "not legal"} <= set(seen)
