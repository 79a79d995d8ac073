"""Headroom, margin calls and the waterfall, by hand and by law."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walras.errors import BadInput
from walras.settlement.collateral.headroom import Cover, Headroom, check_cover, headroom
from walras.settlement.collateral.margin import HOUR, Call, MarginTerms, margin_call
from walras.settlement.collateral.waterfall import LAYERS, Layers, waterfall


def test_headroom_is_what_was_given_less_debt_and_what_is_reserved():
    covers = [Cover("guarantee", "G-1", 30000, 10, 20), Cover("set_off", "S-1", 5000, 0, 15)]
    room = headroom(50000, covers, balance=-10000, reserved=60000, at=12)
    assert (room.given, room.bound, room.free) == (85000, 70000, 15000)


def test_a_guarantee_counts_from_its_beginning_to_before_its_end():
    cover = [Cover("guarantee", "G-1", 300, 10, 20)]
    assert [headroom(0, cover, 0, 0, at).free for at in (9, 10, 19, 20)] == [0, 300, 300, 0]


def test_a_credit_in_the_ledger_secures_nothing():
    assert headroom(0, [], balance=10**6, reserved=1, at=0).free == -1


@pytest.mark.parametrize(
    ("cover", "rules"),
    [
        (Cover("guarantee", "G-1", 0, 0, 1), {"cover_amount"}),
        (Cover("guarantee", "G-1", 5, 3, 3), {"cover_validity"}),
        (Cover("set_off", "S-1", -5, 3, 2), {"cover_amount", "cover_validity"}),
    ],
)
def test_a_cover_that_can_never_count_is_refused(cover, rules):
    with pytest.raises(BadInput) as refused:
        check_cover(cover, "guarantee")
    assert {m.rule for m in refused.value.mistakes} == rules


@pytest.mark.parametrize(
    ("given", "still_open", "terms", "called"),
    [
        (94000, 0, MarginTerms(0, Fraction(1, 10), 1000, 24), Call(16000, 24 * HOUR)),
        (94000, 16000, MarginTerms(0, Fraction(1, 10), 1000, 24), None),
        (94000, 15500, MarginTerms(0, Fraction(1, 10), 1000, 24), Call(1000, 24 * HOUR)),
        (94000, 0, MarginTerms(6000), None),
        (93999, 0, MarginTerms(6000), Call(6001, 24 * HOUR)),
        (100000, 0, MarginTerms(0, Fraction(1, 10), 1000, 24), None),
        (99999, 0, MarginTerms(due_hours=2), Call(1, 2 * HOUR)),
    ],
)
def test_a_call_asks_for_what_is_missing(given, still_open, terms, called):
    assert margin_call(Headroom(given, 0, 0, 0, 100000), terms, 0, still_open) == called


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 50), st.integers(1, 5000))
def test_a_call_that_is_met_leaves_no_call(given_, bound, buffer, step):
    terms = MarginTerms(0, Fraction(buffer, 100), step)
    call = margin_call(Headroom(given_, 0, 0, 0, bound), terms, 0)
    assert (call is None) == (given_ >= bound)
    if call:
        assert margin_call(Headroom(given_ + call.minor, 0, 0, 0, bound), terms, 0) is None
        assert call.minor % step == 0


def test_layers_bear_one_after_the_other_to_the_last_cent():
    layers = Layers(100, 50, 20, 30, {"M-3": 40, "M-2": 40, "M-4": 21}, {"M-2": 1000, "M-3": 500})
    rows = waterfall("M-1", 401, layers)
    assert [(r.layer, r.account, r.minor) for r in rows] == [
        (LAYERS[0], "collateral/M-1", 100), (LAYERS[1], "guarantee/M-1", 50), (LAYERS[2], "default_fund/M-1", 20),
        (LAYERS[3], "own_funds/market", 30), (LAYERS[4], "default_fund/M-2", 40), (LAYERS[4], "default_fund/M-3", 40),
        (LAYERS[4], "default_fund/M-4", 21), (LAYERS[5], "member/M-2", 67), (LAYERS[5], "member/M-3", 33),
    ]  # fmt: skip


AMOUNTS = st.integers(0, 1000)
OTHERS = st.dictionaries(st.sampled_from(["M-2", "M-3", "M-4"]), AMOUNTS)


@given(st.integers(1, 4000), AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, OTHERS, OTHERS)
def test_a_waterfall_adds_up_and_takes_from_nobody_what_it_has_not(loss, cash, guarantees, own, funds, fund, creditors):
    layers = Layers(cash, guarantees, own, funds, fund, creditors)
    has = cash + guarantees + own + funds + sum(fund.values()) + sum(creditors.values())
    if loss > has:
        with pytest.raises(BadInput, match="default_covered"):
            waterfall("M-1", loss, layers)
        return
    rows = waterfall("M-1", loss, layers)
    assert sum(r.minor for r in rows) == loss
    most = {"collateral/M-1": cash, "guarantee/M-1": guarantees, "default_fund/M-1": own, "own_funds/market": funds}
    most |= {f"default_fund/{m}": v for m, v in fund.items()} | {f"member/{m}": v for m, v in creditors.items()}
    assert all(0 < r.minor <= most[r.account] for r in rows)
    used = [LAYERS.index(r.layer) for r in rows]
    assert used == sorted(used)


@pytest.mark.parametrize(
    ("loss", "layers", "rule"),
    [
        (0, Layers(cash=5), "default_loss"),
        (5, Layers(cash=-1), "default_layers"),
        (5, Layers(fund={"M-2": -1}), "default_layers"),
        (5, Layers(creditors={"M-1": 5}), "default_others"),
        (5, Layers(cash=4), "default_covered"),
    ],
)
def test_a_waterfall_that_cannot_be_is_refused(loss, layers, rule):
    with pytest.raises(BadInput) as refused:
        waterfall("M-1", loss, layers)
    assert rule in {m.rule for m in refused.value.mistakes}
