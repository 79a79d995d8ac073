"""The law of exposure: nobody owes more by a result than its orders might have owed; families by brute force."""

import itertools
import random
from collections import defaultdict
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import one_zone
from tests.second_opinion.random_markets import curve_market, indivisible_market
from tests.second_opinion.test_uplift import TURKISH, lumpy_market
from tests.settlement.collateral.markets import with_members

from walras.results.audit.case import published_case
from walras.results.audit.families import block_surplus
from walras.results.audit.scalables import scalable_surplus
from walras.results.audit.storage_schedules import storage_surplus
from walras.results.compensation import Compensation
from walras.results.raw import Raw
from walras.settlement.collateral.exposure import exposures
from walras.settlement.collateral.formula import Formula
from walras.settlement.settle import settle

KINDS = ("curve", "blocks", "family", "group", "flexible", "scalable", "conversion", "storage")


def owed_minor(book, results):
    table = settle(book, results).who_owes_whom
    rows = table.select("party", "role", "net_minor").rows()
    return {party: -net for party, role, net in rows if role == "member"}


def excused_minor(book, results, member):
    """What rounding may take from a member's orders at the published result, as the audit counts it."""
    case, out = published_case(Raw(book), results), 0.0
    for orders, surplus in ((book.blocks, block_surplus), (book.scalables, scalable_surplus),
                            (book.storages, storage_surplus)):  # fmt: skip
        if orders.count:
            out += sum(e for e, m in zip(surplus(case)[1], orders.member, strict=True) if m == member)
    return 100 * out


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("turn", range(6))
def test_nobody_owes_more_than_its_exposure(kind, turn, clear):
    """Curves, indivisible orders and stores, on lines and borders, three members with orders on both sides."""
    chance = random.Random(f"{kind} {turn}")
    script = curve_market(chance, 2) if kind == "curve" else indivisible_market(chance, kind=kind)
    book = with_members(script.book(), chance)
    results = clear(book)
    usual, whole = (exposures(book, Formula(counts_ticks=ticks)).by_member() for ticks in (False, True))
    for member, owed in owed_minor(book, results).items():
        assert owed <= whole[member], str(script)
        assert owed <= usual[member] + excused_minor(book, results, member), str(script)


PRICES = st.sampled_from([-60, -30, -10, 0, 10, 30, 60])


@st.composite
def families(draw):
    side = draw(st.sampled_from(["supply", "demand"]))
    said = [(draw(PRICES), draw(st.integers(1, 5)) * 10, draw(st.sampled_from([1.0, 0.5, 0.2]))) for _ in range(5)]
    parents = [None] + [draw(st.one_of(st.none(), st.integers(0, i - 1))) for i in range(1, 5)]
    return side, said, parents


def by_brute_force(side, said, parents):
    """The most that a legal subset may owe: every subset, every ratio of a coarse grid, children below parents."""
    sign, worst = (1 if side == "demand" else -1), Fraction(0)
    for ratios in itertools.product(*[(0, Fraction(m), 1) for _, _, m in said]):
        if all(p is None or r <= ratios[p] for r, p in zip(ratios, parents, strict=True)):
            owes = sum(r * sign * price * mw for r, (price, mw, _) in zip(ratios, said, strict=True))
            worst = max(worst, owes)
    return int(worst * 100)


@settings(max_examples=60, deadline=None)
@given(families())
def test_a_family_counts_its_worst_legal_subset(case):
    side, said, parents = case
    built = one_zone(quantity_tick=1)  # every amount is whole cents
    for i, ((price, mw, least), parent) in enumerate(zip(said, parents, strict=True)):
        up = [] if parent is None else [f"K{parent}"]
        built.block(f"K{i}", "A", side, price, mw, mar=least, parents=up, member="M-0001")
    assert exposures(built.book()).total == by_brute_force(side, said, parents)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["supply", "demand"]), PRICES, st.integers(1, 5)), min_size=1, max_size=6))
def test_a_group_counts_its_worst_member(said):
    built, single = one_zone(), []
    for i, (side, price, tens) in enumerate(said):
        built.block(f"K{i}", "A", side, price, 10 * tens, group="G", member="M-0001")
        alone = one_zone().block("K", "A", side, price, 10 * tens)
        single.append(exposures(alone.book()).total)
    assert exposures(built.book()).total == max(single)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 20), st.integers(1, 40)), min_size=1, max_size=4),
    st.integers(-60, 60),
    st.sampled_from([1, -1]),
)
def test_no_price_makes_a_curve_owe_more_than_its_worst_point(steps, price, sign):
    """Accepted at any price as a curve is, a step or slope at a time, in whole ticks of 0.1 MW."""
    built, owed, at = one_zone(), Fraction(0), 60 * sign
    side = "demand" if sign > 0 else "supply"
    for jump, fall, mw in steps:
        start = at - sign * abs(jump) // 4
        end = start - sign * fall
        built.offers(side, "A", mw, start, to=end, order="C")
        inside = Fraction(sign * (start - price), fall) if fall else Fraction(int(sign * (start - price) >= 0))
        owed += sign * price * mw * max(Fraction(0), min(Fraction(1), inside))
        at = end
    assert 100 * owed <= exposures(built.book()).total


@pytest.mark.parametrize("seed", range(6))
def test_a_compensated_loss_leaves_what_limits_allow(seed, clear):
    """A block taken at a loss pays its limit in the end; shares of the difference are covered by their allowance."""
    chance = random.Random(seed)
    book = with_members(replace(lumpy_market(chance).book(), profile=TURKISH), chance)
    results = clear(book)
    found = Compensation(Raw(book), results.published, results.price)
    shares = defaultdict(int)
    for share in found.shares:
        shares[share.member] += share.minor
    width = Fraction(4500)
    usual, wide = (exposures(book, Formula(difference_allowance=a)).by_member() for a in (Fraction(0), width))
    for member, owed in owed_minor(book, results).items():
        excused = excused_minor(book, results, member)
        assert owed - shares[member] <= usual[member] + excused
        assert owed <= wide[member] + excused
