"""Auctions whose losers are compensated, solved on paper: who loses, at which price least, who pays."""

from dataclasses import dataclass, replace
from datetime import date

import pytest
from tests.builders import Market, one_zone, two_zones
from tests.second_opinion import uplift

from walras.book.book import Book
from walras.book.profile import load_profile
from walras.coupling.clear import clear
from walras.results.audit.folder import audit_folder
from walras.results.explain import explain
from walras.results.folder import write_results
from walras.results.results import Results
from walras.results.tables import results_tables
from walras.vocabulary import Status

DAY = date(2025, 4, 1)
TURKISH = load_profile("turkish", DAY)


@dataclass(frozen=True)
class Paid:
    """A cleared market, its compensations by order and its shares by (difference, member)."""

    book: Book
    results: Results
    compensations: dict[str, float]
    shares: dict[tuple[str, str], float]
    summary: dict[str, object]

    def remark(self, order):
        return explain(self.book, self.results, order)["remark"][0]


@pytest.fixture
def pay(tmp_path):
    """Clear under the Turkish profile; fail if the audit, of the result or of its folder, or brute force complains."""

    def cleared(said: Market) -> Paid:
        book = said.book()
        results = clear(book)
        assert uplift.compensated_complaints(book, results) == []
        summary = write_results(
            book, results, {"gap": 0.01, "iteration_limit": None, "time_limit": None}, tmp_path / "r"
        )
        assert audit_folder(book, tmp_path / "r") == []
        tables = results_tables(book, results)
        paid, shares = tables["compensations"], tables["difference_shares"]
        return Paid(
            book,
            results,
            dict(zip(paid["order"], paid[paid.columns[-1]], strict=True)),
            {(row[0], row[1]): row[-1] for row in shares.iter_rows()},
            summary,
        )

    return cleared


def turkish(market, *args, **more):
    return market(*args, profile=TURKISH, **more)


def test_a_block_that_the_curve_underbids_is_paid_its_loss(pay):
    """60 MW wanted at 100, a curve of 50 at 20, a block of 20 at 50.

    With the block: 60 x 100 - 20 x 50 - 40 x 20 = 4,200; without: 50 x 100 - 50 x 20 = 4,000. The curve is used in
    part, so the price is 20 and the block lacks 20 x 30 = 600, a sale. The buyers pay: 40 MW of one, 20 MW of the
    other.
    """
    said = turkish(one_zone).buys("A", 40, at=100, member="M-0001").buys("A", 20, at=100, member="M-0002")
    done = pay(said.sells("A", 50, at=20, member="M-0003").block("K", "A", "supply", 50, 20, member="M-0004"))
    assert (done.results.welfare, done.results.bound) == pytest.approx((4200, 4200))
    assert done.results.price.tolist() == [20]
    assert done.compensations == {"K": 600}
    assert done.shares == {("sale", "M-0001"): 400, ("sale", "M-0002"): 200}
    assert done.summary["difference_amount_eur"] == done.summary["difference_sale_eur"] == 600
    assert done.remark("K") == (
        "out of the money by 30 per MWh; accepted at a loss of 600.00 EUR, compensated by 600.00 EUR"
    )


def test_price_between_two_losers_stands_where_both_together_lose_least(pay):
    """A curve of 5 MW sold at 10 and bought at 80 trades whole at any price from 10 to 80: who loses how much decides.

    All or nothing: S sells 30 at 50, B1 buys 20 at 90, B2 buys 10 at 40. S needs both buyers to balance: together
    they are worth 20 x 90 + 10 x 40 - 30 x 50 = 700, and the curve 5 x 70 = 350. At a price P from 10 to 80 S lacks
    30 (50 - P) and B2 lacks 10 (P - 40): 300 at 40, 100 at 50, 400 at 80. Least at 50, where B2 alone loses, 10 x 10
    = 100: a purchase. Those who sell pay it, 5 MWh and 30 MWh: 100 x 5 / 35 = 14.2857 and 85.7143; the cent left goes
    to the greater remainder.
    """
    said = turkish(one_zone).buys("A", 5, at=80, member="M-0001").sells("A", 5, at=10, member="M-0002")
    said.block("S", "A", "supply", 50, 30, member="M-0003").block("B1", "A", "demand", 90, 20, member="M-0004")
    done = pay(said.block("B2", "A", "demand", 40, 10, member="M-0005"))
    assert done.results.welfare == pytest.approx(1050)
    assert (done.results.price_low.tolist(), done.results.price_high.tolist()) == ([10], [80])
    assert done.results.price.tolist() == [50]
    assert done.compensations == {"B2": 100}
    assert done.shares == {("purchase", "M-0002"): 14.29, ("purchase", "M-0003"): 85.71}
    assert done.summary["difference_purchase_eur"] == 100


def test_among_prices_that_cost_the_least_the_middle_of_the_interval_chooses(pay):
    """Two hours. Curves leave prices from 10 to 74 in the first and from 10 to 55 in the second.

    S sells 10 in both hours at 50, B0 buys 10 at 40 in the first, B1 10 at 90 in the second, all or nothing: 400 +
    900 - 1,000 = 300, and the curves 5 x 64 + 5 x 45 = 545. S lacks 1,000 - 10 P0 - 10 P1, B0 lacks 10 (P0 - 40), B1
    nothing. P1 helps S and hurts nobody: 55. Then S lacks 10 (45 - P0): from 40 to 45 both together lack 50, whatever
    P0 is. The middle of the first hour's interval, (10 + 74) / 2 = 42, is among them: S lacks 30, B0 lacks 20.

    The purchase of 20 is paid by sellers of 10 (curve, both hours) and 20 MWh: 6.67 and 13.33. The sale of 30 by
    buyers of 10 (curve), 10 and 10 MWh.
    """
    said = turkish(one_zone, 2).buys("A", 5, at=74, hour=0, order="D", member="M-0001")
    said.buys("A", 5, at=55, hour=1, order="D").sells("A", 5, at=10, hour=0, order="C", member="M-0002")
    said.sells("A", 5, at=10, hour=1, order="C").block("S", "A", "supply", 50, 10, member="M-0003")
    said.block("B0", "A", "demand", 40, {0: 10}, member="M-0004")
    done = pay(said.block("B1", "A", "demand", 90, {1: 10}, member="M-0005"))
    assert done.results.welfare == pytest.approx(845)
    assert done.results.price.tolist() == [42, 55]
    assert done.compensations == {"S": 30, "B0": 20}
    assert {k[1]: v for k, v in done.shares.items() if k[0] == "purchase"} == {"M-0002": 6.67, "M-0003": 13.33}
    assert {k[1]: v for k, v in done.shares.items() if k[0] == "sale"} == {"M-0001": 10, "M-0004": 10, "M-0005": 10}
    assert done.summary["difference_amount_eur"] == 50


def test_two_zones_and_a_full_line(pay):
    """A sells 100 at 10 and wants 20 at 90; B wants 60 at 90, has a block of 30 at 40 and 25 at 20; the line takes 20.

    B: 20 come over the line, 25 from its curve, the block brings 30, 15 too many: the curve gives 10 instead of 25.
    Welfare 80 x 90 - 40 x 10 - 10 x 20 - 30 x 40 = 5,400. Without the block B lacks 15: 65 x 90 - 40 x 10 - 25 x 20 =
    4,950. B's curve is used in part: 20; A's too: 10. The line is full and earns 10 x 20 = 200. The block lacks 30 x
    20 = 600, a sale in B; the buyers of both zones pay it, 20 MWh of A and 60 MWh of B.
    """
    said = turkish(two_zones, 20).sells("A", 100, at=10).buys("A", 20, at=90, member="M-0001")
    said.buys("B", 60, at=90, member="M-0002").sells("B", 25, at=20)
    done = pay(said.block("K", "B", "supply", 40, 30))
    assert done.results.welfare == pytest.approx(5400)
    assert done.results.price.tolist() == [10, 20]
    assert done.results.decided.exchange.tolist() == pytest.approx([20])
    assert done.compensations == {"K": 600}
    assert done.shares == {("sale", "M-0001"): 150, ("sale", "M-0002"): 450}


def test_a_family_is_paid_what_its_children_do_not_cover(pay):
    """The first market, with a block of 20 at 50 that has a child of 5 MW at 15: at the price of 20 the child earns 25.

    With both: 60 x 100 - 20 x 50 - 5 x 15 - 35 x 20 = 4,225. The parent loses 600 and gets 25 from its child: it is
    paid 575.
    """
    said = turkish(one_zone).buys("A", 60, at=100).sells("A", 50, at=20).block("K", "A", "supply", 50, 20)
    done = pay(said.block("KC", "A", "supply", 15, 5, parents=("K",)))
    assert done.results.welfare == pytest.approx(4225)
    assert done.compensations == {"K": 575}
    assert done.remark("K").endswith(
        "accepted at a loss of 575.00 EUR, compensated by 575.00 EUR after 25.00 EUR from its children"
    )


def test_where_nobody_loses_nothing_is_paid(pay):
    """A block of 20 at 15 beside a curve of 50 at 20, 60 wanted: the block earns 5 a MWh."""
    done = pay(turkish(one_zone).buys("A", 60, at=100).sells("A", 50, at=20).block("K", "A", "supply", 15, 20))
    assert done.compensations == done.shares == {}
    assert done.summary["difference_amount_eur"] == 0


def test_a_child_that_is_paid_hands_nothing_up(pay):
    """Two hours whose curves leave prices from 0 to 50 and from 0 to 40. All or nothing, each with a dear buyer of 10.

    The child sells 10 at 60 in the first hour and lacks 10 x 10 at the most that the price may be there, 50. Its parent
    sells 10 at 30 in the second: the middle of 20 would cost it 100, so the price is 30. A child that loses has
    nothing that could relieve its parent.
    """
    said = turkish(one_zone, 2).sells("A", 5, at=0, hour=0).buys("A", 5, at=50, hour=0)
    said.sells("A", 5, at=0, hour=1).buys("A", 5, at=40, hour=1)
    said.block("KP", "A", "supply", 30, {1: 10}).block("B1", "A", "demand", 200, {1: 10})
    done = pay(said.block("KC", "A", "supply", 60, {0: 10}, parents=("KP",)).block("B0", "A", "demand", 100, {0: 10}))
    assert done.results.price.tolist() == [50, 30]
    assert done.compensations == {"KC": 100}


def test_a_block_that_nobody_can_take_is_proven_to_stay_out(pay):
    """100 MW all or nothing, 50 wanted at 4,000 and nothing else: the block cannot balance, however dear the demand.

    Energy into nowhere at the lower limit of -500 would look worth it: 50 x 4,000 - 100 x 10 - 50 x 500 = 174,000.
    """
    done = pay(turkish(one_zone).buys("A", 50, at=4000).block("K", "A", "supply", 10, 100))
    assert (done.results.welfare, done.results.status) == (0, Status.OPTIMAL)
    assert done.results.price.tolist() == [4000]
    assert done.remark("K").endswith(
        "rejected all the same: the selection of greatest welfare that was found leaves it out"
    )


def test_a_turkish_day(pay):
    """Three hours, TRY, prices from 0 to 2,000, lots of 0.1 MWh.

    Purchase at any price: 60.0 and 70.0 MWh of M-0001, then 98.3 of M-0005. Hourly sale of M-0002, interpolated: 0 to
    80.0 MWh from 200 to 600, so 200 + 5 q at q MWh, which costs C(q) = 200 q + 2.5 q q. Flexible sale F of M-0003:
    15.0 MWh at 480 in one hour. Block sale K of M-0004: 20.0 MWh in hours 2 and 3 at 620, all or nothing.

    Costs of each choice, a MWh not served counted at 2,000:
    F in hour 3, no K: C(60) + C(70) + C(80) + 15 x 480 + 3.3 x 2,000 = 79,250 + 7,200 + 6,600 = 93,050
    K, no F:            C(60) + C(50) + C(78.3) + 40 x 620 = 21,000 + 16,250 + 30,987.225 + 24,800 = 93,037.225
    K, F in hour 1:     C(45) + C(50) + C(78.3) + 24,800 + 7,200 = 14,062.5 + 16,250 + 30,987.225 + 32,000 = 93,299.725
    K, F in hour 3:     C(60) + C(50) + C(63.3) + 24,800 + 7,200 = 21,000 + 16,250 + 22,677.225 + 32,000 = 91,927.225
    The last is the best. Welfare: 228.3 x 2,000 - 91,927.225 = 364,672.775.

    Prices on the slope: 200 + 5 x 60 = 500; 200 + 5 x 50 = 450; 200 + 5 x 63.3 = 516.50. F earns 15 x 36.50. K lacks
    24,800 - 20 x 450 - 20 x 516.50 = 5,470, a sale. Buyers pay by volume, 130.0 and 98.3 of 228.3 MWh: 3,114.7613 and
    2,355.2387; cents 3,114.76 and 2,355.23, and the one that is left to the greater remainder.

    Where losses are forbidden K stays out, 3.3 MWh are not served, and hour 3 costs 2,000.
    """
    said = turkish(one_zone, 3, currency="TRY", price_min=0, price_max=2000)
    for hour, (mw, member) in enumerate(((60, "M-0001"), (70, "M-0001"), (98.3, "M-0005"))):
        said.buys("A", mw, at=2000, hour=hour, order=f"P-{member}", member=member)
        said.sells("A", 80, at=200, to=600, hour=hour, order="H", member="M-0002")
    said.flexible("F", "A", "supply", 480, 15, member="M-0003")
    done = pay(said.block("K", "A", "supply", 620, {1: 20, 2: 20}, member="M-0004"))
    assert done.results.decided.flexible_start.tolist() == [2]
    assert done.results.decided.block_ratio.tolist() == [1]
    assert done.results.welfare == pytest.approx(364672.775)
    assert done.results.price.tolist() == [500, 450, 516.5]
    sold = [float(v) for v in done.results.published.curve[done.book.curves.side[done.book.curves.step_order] > 0]]
    assert sold == pytest.approx([60, 50, 63.3])
    assert done.compensations == {"K": 5470}
    assert done.shares == {("sale", "M-0001"): 3114.76, ("sale", "M-0005"): 2355.24}
    assert done.summary["difference_amount_try"] == 5470
    assert done.remark("K") == (
        "out of the money by 136.75 per MWh; accepted at a loss of 5470.00 TRY, compensated by 5470.00 TRY"
    )
    forbidden = clear(replace(done.book, profile=load_profile("european", DAY)))
    assert forbidden.decided.block_ratio.tolist() == [0]
    assert forbidden.welfare == pytest.approx(456600 - 93050)
    assert forbidden.price[2] == 2000
