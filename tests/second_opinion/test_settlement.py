"""Settlement against a second computation: every statement line and the balance of every account."""

import itertools
import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import builders
from tests.second_opinion import random_markets, settlement
from tests.second_opinion.published import Published
from tests.second_opinion.test_uplift import TURKISH, compensated_market
from tests.settlement.outcomes import outcome
from tests.settlement.test_laws import settled_markets

from walras.book.compensated import check_compensated
from walras.book.folder import read
from walras.book.write import tables_of, write
from walras.coupling.clear import clear
from walras.errors import BadInput
from walras.results.folder import write_results
from walras.results.tables import results_tables
from walras.settlement.session import line_differences
from walras.settlement.settle import settle
from walras.settlement.terms import Fee, FlowBased, FlowBorder, Shares, Terms

RATES = {("EUR", "JPY"): "163.27", ("KWD", "EUR"): "2.9137", ("EUR", "USD"): "1.0853"}
THIRDS = [("T1", "1/3"), ("T2", "1/6"), ("T3", "1/2")]
PER_MWH = ["0", "0.043", "1/3", "0.5"]


def published_of(book, results):
    """What is published of a result, without a folder."""
    unit = f"_{book.currency.lower()}"
    market = {name: pl.DataFrame(columns) for name, columns in tables_of(book).items()}
    market = {n: t.rename({c: c.replace("_cur", unit) for c in t.columns if "_cur" in c}) for n, t in market.items()}
    return Published(market, results_tables(book, results), book.currency)


def core(terms):
    """The same terms as `walras.settlement` takes them."""
    keys = {}
    for k in terms.get("keys", ()):
        if k["rule"] == "ownership":
            keys[k["element"]] = Shares(tuple((s["operator"], Fraction(s["share"])) for s in k["shares"]))
        if k["rule"] == "flow_based":
            borders = [(b["border"], b["zones"], b["factors"]) for b in k["borders"]]
            said = [FlowBorder(n, tuple(z), {z: Fraction(f) for z, f in of.items()}) for n, z, of in borders]
            keys[k["element"]] = FlowBased(tuple(said))
    fees = [
        Fee(f["name"], Fraction(f.get("per_mwh", "0")), Fraction(f.get("per_session", "0")), tuple(f["sides"]))
        for f in terms.get("fees", ())
    ]
    payment = {p["party"]: p["currency"] for p in terms.get("payment_currencies", ())}
    flags = {name: terms[name] for name in ("losses_apart", "tariffs_shared") if name in terms}
    return Terms(operators=terms.get("operators", {}), fees=tuple(fees), keys=keys, payment=payment, **flags)


def line_key(line):
    """A line of the second opinion, to be compared."""
    where = (line.zone, line.carrier, line.mtu_start, line.minutes, line.side)
    figures = (None if line.energy is None else round(float(line.energy), 9),
               None if line.price is None else float(line.price))  # fmt: skip
    return (line.party, line.kind, *where, *figures, line.amount_minor, line.currency)


def row_key(row):
    """The same of a row of `Settlement.lines`."""
    where = tuple(row[n] for n in ("zone", "carrier", "mtu_start", "minutes", "side"))
    energy = None if row["energy_mwh"] is None else round(row["energy_mwh"], 9)
    return (row["party"], row["kind"], *where, energy, row["price_per_mwh"], row["amount_minor"], row["currency"])


def disagreements(book, results, terms, rates=RATES):
    """Where both computations differ: in lines, in what texts name, in nets, in balances."""
    mine = settlement.settle(published_of(book, results), terms, rates)
    theirs = settle(book, results, core(terms), {k: Fraction(v) for k, v in rates.items()})
    rows = list(theirs.lines.iter_rows(named=True))
    found = differing(Counter(map(line_key, mine.lines)), Counter(map(row_key, rows)), "line")
    named = Counter((x.party, x.kind, x.amount_minor, x.about) for x in mine.lines)
    texts = Counter((r["party"], r["kind"], r["amount_minor"], r["text"]) for r in rows)
    found += [f"no text names {n}" for n in named if not any(n[:3] == t[:3] and n[3] in t[3] for t in texts)]
    balances = {key: amount for key, amount in theirs.ledger.balances().items() if amount}
    found += differing(Counter(mine.balances.items()), Counter(balances.items()), "balance")
    nets = {(f"{r['role']}/{r['party']}", r["currency"]): r["net_minor"]
            for r in theirs.who_owes_whom.iter_rows(named=True) if r["net_minor"]}  # fmt: skip
    found += differing(Counter(mine.balances.items()), Counter(nets.items()), "net")
    return found


def differing(mine, theirs, what):
    only = [
        (here, *item) for here, left in (("second opinion", mine - theirs), ("settle", theirs - mine)) for item in left
    ]
    return [f"{what} of {text}" for text in map(str, only)]


# terms, at random


def terms_of(chance, book):
    """Terms with every rule in them somewhere."""
    zones = [z.name for z in book.cells.zones]
    keys = [
        {"element": f"{role}/{name}", "rule": "ownership", "shares": [{"operator": o, "share": s} for o, s in THIRDS]}
        for role, names in (("line", book.lines.name), ("border", book.borders.name), ("domain", book.domains.name))
        for name in names
        if chance.random() < 0.4
    ]
    taken = {k["element"] for k in keys}
    keys += [by_flow(book, d, chance) for d, n in enumerate(book.domains.name) if f"domain/{n}" not in taken]
    members = sorted({*book.curves.member, *book.blocks.member, *book.flexibles.member})
    parties = [*(f"member/{m}" for m in members), "operator/A", "operator/T1", "neighbour/A-outside"]
    paying = chance.sample(parties, min(4, len(parties)))
    return {
        "fees": [
            {"name": f"fee {n}", "per_mwh": chance.choice(PER_MWH), "per_session": chance.choice(["0", "10", "0.005"]),
             "sides": chance.choice([["supply"], ["demand"], ["supply", "demand"]])} for n in range(2)
        ],
        "keys": keys,
        "losses_apart": chance.random() < 0.5,
        "tariffs_shared": chance.random() < 0.5,
        "operators": chance.choice([{}, {"A": "T1"}, dict.fromkeys(zones, "T1")]),
        "payment_currencies": [{"party": p, "currency": chance.choice(["JPY", "KWD", "USD", "EUR"])} for p in paying],
    }  # fmt: skip


def by_flow(book, d, chance):
    """A flow-based key of a border between each two neighbours in the list of a domain's zones."""
    grids = book.domains.member_grid[book.domains.member_domain == d].tolist()
    zones = [book.cells.zones[book.cells.grids[g].zone].name for g in grids]
    ring = {"border": "round", "zones": [zones[-1], zones[0]], "factors": {zones[0]: "0.3", zones[-1]: "-0.1"}}
    borders = [
        {"border": f"{a}-{b}", "zones": [a, b],
         "factors": {z: chance.choice(["0.5", "-1/3", "0", "0.25"]) for z in zones if chance.random() < 0.8}}
        for a, b in itertools.pairwise(zones)
    ]  # fmt: skip
    return {"element": f"domain/{book.domains.name[d]}", "rule": "flow_based", "borders": [*borders, ring]}


# markets


def lossy_market(chance):
    """Three zones in a ring with losses and tariffs, perhaps of several MTUs, beside a domain and a border."""
    minutes = {z: chance.choice([15, 30, 60]) for z in "ABC"} if chance.random() < 0.5 else 60
    said = builders.market(("A", "B", "C"), 2, minutes)
    for zone in "ABC":
        for hour in range(2):
            said.sells(zone, chance.choice([10, 50, 100.3]), at=chance.choice([5.01, 10, 20.37, 31]), hour=hour)
            said.buys(zone, chance.choice([10, 30.7, 80]), at=chance.choice([15.33, 40, 90]), hour=hour)
    for a, b in ("AB", "BC", "CA"):
        losses = chance.choice([0, 0.03, 0.1]), chance.choice([0, 0.05])
        said.line(a, b, chance.choice([5.3, 20, 50]), loss=losses, tariff=chance.choice([0, 0, 0.37, 1.115]))
    if chance.random() < 0.5:
        said.border("A", "outside", chance.choice([12.3456, 7, 45.1]), export=10, import_=20)
    if chance.random() < 0.5:
        said.domain("core", ("A", "B", "C")).branch("row", chance.choice([3, 8.3]), A=0.3, B=-0.2)
    return said.book()


def judged(book, chance):
    return disagreements(book, clear(book), terms_of(chance, book))


@pytest.mark.parametrize("seeds", [range(10), range(10, 20), (60, 100, 108)])
def test_lines_with_losses_tariffs_and_a_domain(seeds):
    """The ticks of the last three do not balance in every cell, as the audit allows of periods shorter than a cell."""
    for seed in seeds:
        chance = random.Random(seed)
        assert judged(lossy_market(chance), chance) == [], f"seed {seed}"


@pytest.mark.parametrize("kind", ["curves", *random_markets.KINDS])
def test_every_family_of_orders(kind):
    for seed in range(5):
        chance = random.Random(seed)
        script = random_markets.curve_market(chance) if kind == "curves" else (
            random_markets.indivisible_market(chance, kind=kind))  # fmt: skip
        assert judged(script.book(), chance) == [], f"seed {seed}\n{script}"


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_random_markets(chance):
    script = random_markets.curve_market(chance, most_zones=3)
    assert judged(script.book(), chance) == [], str(script)


@settings(max_examples=40, deadline=None)
@given(settled_markets(), st.integers(0, 10**6))
def test_random_outcomes(case, seed):
    assert disagreements(*case, terms_of(random.Random(seed), case[0])) == []


@pytest.mark.parametrize("kind", ["lumpy", "blocks", "family", "group", "flexible"])
def test_compensated_losses(kind):
    losers = 0
    for seed in range(24 if kind == "lumpy" else 6):
        book = compensated_market(kind, seed)
        try:
            check_compensated(book)
        except BadInput:
            continue
        results = clear(book)
        assert disagreements(book, results, terms_of(random.Random(seed), book)) == [], f"{kind}, seed {seed}"
        losers += results_tables(book, results)["compensations"].height
    assert losers > 3 or kind != "lumpy"


@pytest.mark.parametrize(("bought", "sold"), [(60.0, 60.1), (60.1, 60.0), (0.2, 0.3)])
@pytest.mark.parametrize("price", [333.33, 33.35])
def test_energy_without_another_side_is_everybodys(bought, sold, price):
    """A tick too much of one side: M sells and buys, so it pays, or receives, twice; 0.1 at 33.35 is half a cent."""
    said = (
        builders.one_zone(profile=TURKISH).buys("A", 100, member="B", order="1").sells("A", 100, member="S", order="2")
    )
    book = said.buys("A", 9, member="M", order="3").sells("A", 9, member="M", order="4").book()
    results = outcome(book, [price], [bought, sold, 4.0, 4.0])
    assert disagreements(book, results, {}) == []


def test_what_is_published_in_folders_is_enough(tmp_path):
    """The second opinion of two folders of files, in Parquet and in CSV, is that of the tables in memory."""
    chance = random.Random(5)
    book = lossy_market(chance)
    results, terms = clear(book), terms_of(chance, book)
    write(book, tmp_path / "market")
    write(book, tmp_path / "text", format="csv")
    write_results(book, results, {"gap": 0.01, "iteration_limit": None, "time_limit": None}, tmp_path / "result")
    assert read(tmp_path / "market").cells.count == book.cells.count
    expected = settlement.settle(published_of(book, results), terms, RATES)
    for market in ("market", "text"):
        published = Published.of_folders(tmp_path / market, tmp_path / "result")
        assert settlement.settle(published, terms, RATES) == expected


@settings(max_examples=15, deadline=None)
@given(settled_markets(), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_rerun_by_other_terms_says_the_differences(case, first, second):
    book, results = case
    terms = [terms_of(random.Random(seed), book) for seed in (first, second)]
    before, after = (summed_lines(settlement.settle(published_of(book, results), t, RATES).lines) for t in terms)
    changed = {k: left for k in {*before, *after} if (left := after.get(k, 0) - before.get(k, 0))}
    lines = [settle(book, results, core(t), {k: Fraction(v) for k, v in RATES.items()}).lines for t in terms]
    rows = line_differences(*lines).iter_rows(named=True)
    said = Counter()
    for row in rows:
        said[row["party"], row["kind"], row["mtu_start"], row["side"], row["currency"]] += row["amount_minor"]
    assert {k: amount for k, amount in said.items() if amount} == changed
    assert line_differences(lines[0], lines[0]).height == 0


def summed_lines(lines):
    """Amounts by party, kind, time, side and currency, over zones and texts."""
    sums = Counter()
    for x in lines:
        sums[x.party, x.kind, x.mtu_start, x.side, x.currency] += x.amount_minor
    return sums


def test_a_disagreement_is_found():
    book = replace(builders.one_zone().sells("A", 60, member="S").buys("A", 60, member="B").book(), currency="EUR")
    results = outcome(book, [50.0], [60, 60])
    fee = {"name": "fee", "per_mwh": "0.1", "sides": ["supply"]}
    assert disagreements(book, results, {"fees": [fee]}) == []
    mine = settlement.settle(published_of(book, results), {}, {})
    rows = settle(book, results, core({"fees": [fee]})).lines.iter_rows(named=True)
    found = differing(Counter(map(line_key, mine.lines)), Counter(map(row_key, rows)), "line")
    assert found == ["line of ('settle', 'member/S', 'fee', None, None, None, None, None, None, None, -600, 'EUR')"]
