"""Laws of settlement over random outcomes, and a second computation in plain decimals."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import market
from tests.settlement.outcomes import outcome

from walras.settlement.accounts import TRANSIT
from walras.settlement.ledger import broken_links
from walras.settlement.settle import settle

TENTHS = st.integers(0, 5000)
CENTS = st.integers(-50000, 400000)


@st.composite
def settled_markets(draw):
    """Two zones of different MTUs, two members each; line, domain and both kinds of border; volumes that balance."""
    said = market(("A", "B"), 1, {"A": 60, "B": 30}).line("A", "B", 10000)
    outside = draw(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=1))[0] / 1000
    said.border("A", "abroad", outside, export=10000, import_=10000).fixed_border("B", "transit", [0, 0])
    said.domain("core", ("A", "B"))
    flow, export = draw(st.integers(-3000, 3000)), draw(st.integers(-3000, 3000))
    transit = [draw(st.integers(-3000, 3000)) for _ in range(2)]
    mean, turn = draw(st.integers(-3000, 3000)), draw(st.integers(-3000, 3000))
    mesh = [mean + turn, mean - turn]  # tenths; half of their sum is whole
    out = {("A", 0): flow + export + mean}
    out |= {("B", hour): transit[t] - flow - mesh[t] for t, hour in ((0, 0), (1, 0.5))}
    curve = {}
    for (zone, hour), leaves in out.items():
        base, shared = draw(TENTHS), draw(TENTHS)
        sold = {"S": shared, "T": max(0, leaves) + base - min(base, shared)}
        bought = {"B": max(0, -leaves) + base, "M": shared - min(base, shared)}
        for member, tenths in sold.items():
            said.sells(zone, 1000, hour=hour, order=f"{zone}{hour}s{member}", member=member)
            curve[f"{zone}{hour}s{member}"] = tenths
        for member, tenths in bought.items():
            said.buys(zone, 1000, hour=hour, order=f"{zone}{hour}d{member}", member=member)
            curve[f"{zone}{hour}d{member}"] = tenths
    book = said.book()
    prices = [draw(CENTS) / 100 for _ in range(3)]
    volumes = [curve[n] / 10 for n in book.curves.name]
    border = [v / 10 for v in (export, *transit)]
    domain = [v / 10 for x in mesh for v in (x, -x)]
    return book, outcome(book, prices, volumes, exchange=[flow / 10], border=border, domain=domain)


@settings(max_examples=60, deadline=None)
@given(settled_markets())
def test_everything_sums_to_zero_and_only_named_roles_are_left(case):
    settlement = settle(*case)
    assert int(settlement.who_owes_whom["net_minor"].sum()) == 0
    left = {account.split("/")[0] for (account, _), amount in settlement.ledger.balances().items() if amount}
    assert not left & TRANSIT
    assert broken_links(list(settlement.ledger)) == []


@settings(max_examples=60, deadline=None)
@given(settled_markets())
def test_rounding_stays_below_half_a_cent_a_posting(case):
    settlement = settle(*case)
    for sealed in settlement.ledger:
        amounts = [p.amount_minor for p in sealed.entry.postings if p.account.startswith("rounding/")]
        assert all(2 * abs(a) <= len(sealed.entry.postings) - 1 for a in amounts)


@settings(max_examples=60, deadline=None)
@given(settled_markets())
def test_the_same_money_comes_out_of_plain_decimals(case):
    book, results = case
    settlement = settle(book, results)
    table = settlement.who_owes_whom
    net = dict(zip(table["role"] + "/" + table["party"], table["net_minor"], strict=True))
    expected = {k: v for k, v in by_decimals(book, results).items() if v or k in net}
    assert {k: v for k, v in net.items() if v} == {k: v for k, v in expected.items() if v}


def cents(mw, price, minutes):
    exact = Decimal(repr(float(mw))) * Decimal(repr(float(price))) * int(minutes) / 60 * 100
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))  # decimal's half-up is away from zero


def by_decimals(book, results):
    """Net of every party, in cents: order by order, nothing shared with the package."""
    net, volumes, cells = defaultdict(int), results.published, book.cells
    held = defaultdict(Decimal)
    for k, mw in enumerate(volumes.curve):
        o = book.curves.step_order[k]
        for c in range(book.curves.step_cell[k], book.curves.step_cell[k] + book.curves.step_cells[k]):
            held[book.curves.member[o], c, int(book.curves.side[o])] += Decimal(repr(float(mw)))
    for (member, c, side), mw in held.items():
        net[f"member/{member}"] += side * cents(mw, results.price[c], cells.minutes[c])
    exchange = volumes.exchange[0]
    taken = cents(exchange, results.price[0], 60)
    given = sum(cents(exchange, results.price[c], 30) for c in (1, 2))
    share(net, "A", "B", given - taken)
    domain = [cents(-mw, results.price[c], 30) for mw, c in zip(volumes.domain, (0, 1, 0, 2), strict=True)]
    share(net, "A", "B", sum(domain))
    export, price = volumes.border[0], results.price[0]
    outside = cents(export, book.borders.price[0], 60)
    net["neighbour/A-abroad"] -= outside
    share(net, "A", "abroad", outside - cents(export, price, 60))
    net["neighbour/B-transit"] -= sum(cents(volumes.border[c], results.price[c], 30) for c in (1, 2))
    net["rounding/market"] = -sum(net.values())
    return net


def share(net, first, second, income):
    more = int((Decimal(income) / 2).quantize(Decimal(1), ROUND_HALF_UP))
    net[f"operator/{first}"] += more
    net[f"operator/{second}"] += income - more
