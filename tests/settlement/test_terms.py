"""Terms by hand: sharing keys, losses apart, fees, currencies of other minor units; every figure on paper."""

from fractions import Fraction

import pytest
from tests.builders import market, one_zone, two_zones
from tests.settlement.outcomes import outcome

from walras.settlement.session import line_differences
from walras.settlement.settle import settle
from walras.settlement.terms import Fee, FlowBased, FlowBorder, Shares, Terms

THIRDS = Shares(tuple((name, Fraction(1, 3)) for name in ("T1", "T2", "T3")))
QUARTERS = Shares((("T1", Fraction(3, 4)), ("T2", Fraction(1, 4))))
RING = FlowBased(
    (
        FlowBorder("A-B", ("A", "B"), {"A": Fraction(1, 3), "B": Fraction(-1, 3)}),
        FlowBorder("B-C", ("B", "C"), {"A": Fraction(1, 3), "B": Fraction(2, 3)}),
        FlowBorder("A-C", ("A", "C"), {"A": Fraction(2, 3), "B": Fraction(1, 3)}),
    )
)
"""Three zones around three equal lines."""


def balances(book, results, rates=None, **terms):
    """Balances that are not zero, after terms."""
    return {k: v for k, v in settle(book, results, Terms(**terms), rates).ledger.balances().items() if v}


def full_line(spread, sent=1.0):
    """One MW from A at 10 to B, dearer by a spread, for an hour."""
    book = two_zones(20).sells("A", 20, at=10, member="S").buys("B", 20, at=90, member="B").book()
    return book, outcome(book, [10.0, round(10 + spread, 2)], [sent, sent], exchange=[sent])


@pytest.mark.parametrize(
    ("key", "spread", "parts"),
    [
        (QUARTERS, 100.01, {"T1": 7501, "T2": 2500}),  # 7,500.75 and 2,500.25: the larger remainder
        (THIRDS, 100.01, {"T1": 3334, "T2": 3334, "T3": 3333}),  # 3,333.67 each: of equal remainders the first two
        (THIRDS, -100.01, {"T1": -3334, "T2": -3334, "T3": -3333}),  # what the line loses is shared by its size
        (Shares((("T1", Fraction(0)), ("T2", Fraction(1)))), 100.01, {"T2": 10001}),
        (None, 100.01, {"A": 5001, "B": 5000}),
        (None, -100.01, {"A": -5001, "B": -5000}),
    ],
)
def test_a_line_is_shared_by_ownership_or_in_halves(key, spread, parts):
    found = balances(*full_line(spread), keys={} if key is None else {"line/A-B": key})
    assert {n: found.get((f"operator/{n}", "EUR")) for n in parts} == parts


def test_an_odd_cent_goes_to_from_zone_though_the_line_sends_backward():
    """0.1 MW from B at 10 to A at 10.10: one cent."""
    book = two_zones(20).sells("B", 20, at=10).buys("A", 20, at=90).book()
    found = balances(book, outcome(book, [10.1, 10.0], [0.1, 0.1], exchange=[-0.1]))
    assert (found.get(("operator/A", "EUR")), found.get(("operator/B", "EUR"))) == (1, None)


def test_a_domain_is_shared_by_flows_over_three_borders():
    """A exports 30 at 10, B 10 at 20, C imports 40 at 35: 40 x 35 - 30 x 10 - 10 x 20 = 900.00.

    A-B carries 30/3 - 10/3 = 20/3 at a spread of 10, B-C 30/3 + 20/3 = 50/3 at 15, A-C 60/3 + 10/3 = 70/3 at 25:
    weights 200/3, 750/3 and 1,750/3 of 2,700/3. In cents 6,666.67, 25,000 and 58,333.33; the odd one goes to
    A-B: 6,667. A 3,334 + 29,167, B 3,333 + 12,500, C 12,500 + 29,166.
    """
    said = market(("A", "B", "C")).domain("core", ("A", "B", "C")).sells("A", 50, order="a").sells("B", 50, order="b")
    book = said.buys("C", 50, order="c").book()
    results = outcome(book, [10.0, 20.0, 35.0], [30, 10, 40], domain=[30, 10, -40])
    found = balances(book, results, keys={"domain/core": RING})
    assert [found[f"operator/{z}", "EUR"] for z in "ABC"] == [32501, 15833, 41666]


def test_flows_of_a_domain_count_the_same_whatever_the_mtu_of_a_zone():
    """The same for the first half of an hour, with A trading by the hour: 450.00, by the same weights.

    In cents 3,333.33, 12,500 and 29,166.67; the odd one goes to A-C. A 1,667 + 14,584,
    B 1,666 + 6,250, C 6,250 + 14,583.
    """
    said = market(("A", "B", "C"), 1, {"A": 60, "B": 30, "C": 30}).domain("core", ("A", "B", "C"))
    book = said.sells("A", 50, order="a").sells("B", 50, order="b").buys("C", 50, order="c").book()
    prices = [10.0, 20.0, 20.0, 35.0, 35.0]
    results = outcome(book, prices, [15, 10, 40], domain=[30, 10, -40, 0, 0, 0])
    found = balances(book, results, keys={"domain/core": RING})
    assert [found[f"operator/{z}", "EUR"] for z in "ABC"] == [16251, 7916, 20833]


def test_a_domain_without_any_flow_or_spread_is_shared_equally():
    """No spread, so nothing has weight. Half an hour at 0.70: A sells 0.2 for 0.07, B and C pay 0.035, so 0.04."""
    said = market(("A", "B", "C"), 0.5, 30).domain("core", ("A", "B", "C")).sells("A", 50, order="a")
    book = said.buys("B", 50, order="b").buys("C", 50, order="c").book()
    results = outcome(book, [0.7] * 3, [0.2, 0.1, 0.1], domain=[0.2, -0.1, -0.1])
    found = balances(book, results, keys={"domain/core": RING})
    # the domain keeps a cent: of three equal parts the first border's, of two halves the first zone's
    assert {k: v for k, v in found.items() if k[0].startswith("operator/")} == {("operator/A", "EUR"): 1}


def test_losses_apart_of_a_line_used_backward():
    """20 MW from B at 10, 19 arrive in A at 30, 1.50 a MWh sent.

    570 - 200 - 30 = 340.00 is left. The MWh lost cost 10.00 at its sending end: income 350.00, losses -10.00.
    """
    said = two_zones().line("A", "B", 100, loss=(0.5, 0.05), tariff=1.5)
    book = said.sells("B", 100, at=10, order="s").buys("A", 19, at=90, order="d").book()
    results = outcome(book, [30.0, 10.0], [19, 20], exchange=[-20], received=[-19])
    terms = Terms(keys={"line/A-B": QUARTERS}, losses_apart=True, tariffs_shared=True)
    lines = settle(book, results, terms).lines
    found = {(r["party"], r["kind"]): r["amount_minor"] for r in lines.iter_rows(named=True) if r["zone"] is None}
    assert found == {
        ("operator/T1", "congestion"): 26250, ("operator/T2", "congestion"): 8750,
        ("operator/T1", "loss"): -750, ("operator/T2", "loss"): -250,
        ("operator/T1", "tariff"): 2250, ("operator/T2", "tariff"): 750,
    }  # fmt: skip
    together = settle(book, results, Terms(keys={"line/A-B": QUARTERS}))
    assert together.ledger.balances()["operator/T1", "EUR"] == 25500
    assert together.ledger.balances()["tariff/A-B", "EUR"] == 3000


@pytest.mark.parametrize(
    ("fee", "mwh", "cents"),
    [
        (Fee("f", Fraction("0.05")), 0.1, 1),  # half a cent, away from zero
        (Fee("f", Fraction("0.049")), 0.1, 0),
        (Fee("f", Fraction(1, 3)), 3.0, 100),
        (Fee("f", Fraction("0.004"), Fraction("0.004")), 1.0, 1),  # 0.8 of a cent: both parts are rounded together
        (Fee("f", Fraction(0), Fraction(10)), 0.1, 1000),
    ],
)
def test_a_fee_is_rounded_once(fee, mwh, cents):
    book = one_zone().sells("A", 9, member="S").buys("A", 9, member="B").book()
    found = balances(book, outcome(book, [0.0], [mwh, mwh]), fees=(fee,))
    assert (found.get(("member/S", "EUR"), 0), found.get(("fee/f", "EUR"), 0)) == (-cents, 2 * cents)


def test_a_fee_of_one_side_is_paid_by_who_trades_there():
    """Sellers pay 10 a session and 0.10 a MWh: M sells 2 of 3 MWh, and buys nothing that counts."""
    book = one_zone().sells("A", 9, member="M", order="1").sells("A", 9, member="S", order="2")
    book = book.buys("A", 9, member="B", order="3").buys("A", 9, member="M", order="4").book()
    fee = Fee("f", Fraction("0.1"), Fraction(10), ("supply",))
    found = balances(book, outcome(book, [0.0], [2, 1, 2.5, 0.5]), fees=(fee,))
    assert found == {("member/M", "EUR"): -1020, ("member/S", "EUR"): -1010, ("fee/f", "EUR"): 2030}


@pytest.mark.parametrize(
    ("price", "to", "rates", "becomes"),
    [
        (100.00, "USD", {("EUR", "USD"): "1.085"}, 10850),
        (100.00, "USD", {("USD", "EUR"): "0.92"}, 10870),  # 108.6957
        (100.00, "JPY", {("EUR", "JPY"): "163.275"}, 16328),  # 16,327.5 yen, away from zero
        (1.00, "KWD", {("KWD", "EUR"): "2.9"}, 345),  # 0.344828 dinars are 345 fils
        (-0.05, "USD", {("EUR", "USD"): "1.1"}, -6),  # -5.5 cents, away from zero
        (0.01, "JPY", {("EUR", "JPY"): "0.4"}, 0),  # nothing is left of a cent
    ],
)
def test_a_balance_is_converted_once(price, to, rates, becomes):
    book = one_zone().sells("A", 9, member="S").buys("A", 9, member="B").book()
    rates = {k: Fraction(v) for k, v in rates.items()}
    found = balances(book, outcome(book, [price], [1, 1]), rates, payment={"member/S": to})
    assert found.get(("member/S", to), 0) == becomes
    assert found.get(("exchange/market", to), 0) == -becomes
    assert ("member/S", "EUR") not in found
    assert found["exchange/market", "EUR"] == -found["member/B", "EUR"]


@pytest.mark.parametrize(
    ("currency", "price", "minor"),
    [
        ("JPY", 15.00, 2),  # 0.1 MWh: 1.5 yen, away from zero
        ("JPY", 14.99, 1),
        ("KWD", 12.35, 1235),  # 1.235 dinars
        ("EUR", 12.35, 124),  # 1.235 euro
    ],
)
def test_minor_units_are_those_of_the_currency(currency, price, minor):
    book = one_zone(currency=currency).sells("A", 9, member="S").buys("A", 9, member="B").book()
    found = balances(book, outcome(book, [price], [0.1, 0.1]))
    assert found == {("member/S", currency): minor, ("member/B", currency): -minor}


def test_yen_become_dinars():
    """100 MWh at 15: 1,500 yen, at 0.002 dinars a yen 3.000 dinars; 1.01 yen of a fee are one."""
    book = one_zone(currency="JPY").sells("A", 100, member="S").buys("A", 100, member="B").book()
    terms = {"payment": {"member/S": "KWD"}, "fees": (Fee("f", Fraction("0.0101"), sides=("demand",)),)}
    rates = {("JPY", "KWD"): Fraction("0.002")}
    assert balances(book, outcome(book, [15.0], [100, 100]), rates, **terms) == {
        ("member/S", "KWD"): 3000, ("member/B", "JPY"): -1501, ("fee/f", "JPY"): 1,
        ("exchange/market", "JPY"): 1500, ("exchange/market", "KWD"): -3000,
    }  # fmt: skip


def test_one_operator_at_both_ends_has_two_lines_of_which_a_rerun_says_the_sum():
    """0.1 MWh at a spread of 0.50: 5 cents, 3 and 2; at 0.90 four more."""
    book, results = full_line(0.50, sent=0.1)
    before = settle(book, results, Terms(operators={"A": "T", "B": "T"})).lines
    after = settle(book, full_line(0.90, sent=0.1)[1], Terms(operators={"A": "T", "B": "T"})).lines
    own = [r["amount_minor"] for r in before.iter_rows(named=True) if r["party"] == "operator/T"]
    assert own == [3, 2]
    assert line_differences(before, before).height == 0
    changed = line_differences(before, after)
    assert [r["amount_minor"] for r in changed.iter_rows(named=True) if r["party"] == "operator/T"] == [4]


@pytest.mark.parametrize("bought", [59.9, 60.1])
def test_a_tick_that_rounding_left_is_settled_and_stands_on_rounding(bought):
    """0.1 MWh at 50.00 without another side, which an audited or flagged result may have."""
    book = one_zone().sells("A", 60.0, member="S").buys("A", 60.1, member="B").book()
    found = balances(book, outcome(book, [50.0], [bought, 60.0]))
    assert found["rounding/market", "EUR"] == round((bought - 60) * 5000)


def test_an_hour_sold_to_two_half_hours_is_settled_though_a_tick_cannot_hold_the_mean(clear):
    """B buys 2.1 and 2.0 MW in half hours, A sells 2.05 in the hour, of which 2.0 are published; the audit allows it.

    All at 10: A gets 20.00, B pays 10.50 and 10.00; 0.50 stay on rounding.
    """
    said = market(("A", "B"), 1, {"A": 60, "B": 30}).domain("core", ("A", "B")).branch("row", 100, A=1)
    said.sells("A", 50, at=10, member="S").buys("B", 2.1, at=40, member="B").buys("B", 2.0, at=40, hour=0.5, member="B")
    book = said.book()
    assert balances(book, clear(book)) == {
        ("member/S", "EUR"): 2000,
        ("member/B", "EUR"): -2050,
        ("rounding/market", "EUR"): 50,
    }
