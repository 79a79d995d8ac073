"""Days of three profiles from the auction to who owes whom, every figure on paper."""

from datetime import UTC, date, datetime
from fractions import Fraction

import polars as pl
from tests.builders import DAY, one_zone, two_zones
from tests.settlement.outcomes import outcome

import walras
from walras.book.profile import load_profile
from walras.formulas import Context, Observation, SeriesFacts, Table, parse, unit
from walras.settlement import kinds  # noqa: F401 - fills the registry of events
from walras.settlement.books import Event, replay
from walras.settlement.schedules import Bilateral, Scheduled, bill
from walras.settlement.settle import settle
from walras.settlement.terms import Fee, Terms

TURKISH, SAPP = load_profile("turkish", DAY), load_profile("sapp", DAY)


def balances(settlement):
    return {key: amount for key, amount in settlement.ledger.balances().items() if amount}


def lines_of(settlement, *wanted):
    """Amounts by party and kind, energy left out."""
    rows = settlement.lines.filter(pl.col("kind").is_in(wanted))
    return sorted(rows.select("party", "kind", "amount_minor").rows())


def test_a_turkish_day_whose_losers_are_paid_by_the_other_side(clear):
    """Two hours, TRY. Curves: M-0002 sells 5.3 MWh at 100, M-0001 buys 5.3 at 741 and at 550.50.

    All or nothing: M-0003 sells 10.1 in both hours at 500; M-0004 buys 10.1 at 400 in the first hour, M-0005 10.1 at
    900 in the second. Together they are worth 10.1 (400 + 900 - 1,000). The curves leave prices from 100 to 741 and
    from 100 to 550.50. M-0003 lacks 10.1 (1,000 - P0 - P1), M-0004 10.1 (P0 - 400): P1 = 550.50 hurts nobody, and from
    400 to 449.50 both together lack 10.1 x 49.50, whatever P0 is: the middle of its interval, 420.50.

    First hour, 420.50:  5.3 -> 2,228.65    10.1 -> 4,247.05      Second, 550.50:  5.3 -> 2,917.65    10.1 -> 5,560.05

    M-0004 lacks 10.1 x 20.50 = 207.05, a purchase; sellers of 10.6 (M-0002) and 20.2 MWh (M-0003) pay 71.2575 and
    135.7925: 71.26 and 135.79. M-0003 lacks 10.1 x 29 = 292.90, a sale; buyers of 10.6 (M-0001), 10.1 and 10.1 MWh pay
    100.8032, 96.0484 and 96.0484: the two kurus left go to the larger remainders, 100.80, 96.05, 96.05.

    Fees, 1.25 a MWh: 10.6 -> 13.25; 20.2 -> 25.25; 10.1 -> 12.625, 12.63.
    """
    said = one_zone(2, profile=TURKISH, currency="TRY", price_min=0, price_max=2000)
    for hour, price in ((0, 741), (1, 550.5)):
        said.buys("A", 5.3, at=price, hour=hour, order="D", member="M-0001")
        said.sells("A", 5.3, at=100, hour=hour, order="C", member="M-0002")
    said.block("S", "A", "supply", 500, 10.1, member="M-0003")
    said.block("B0", "A", "demand", 400, {0: 10.1}, member="M-0004")
    book = said.block("B1", "A", "demand", 900, {1: 10.1}, member="M-0005").book()
    results = clear(book)
    assert results.price.tolist() == [420.5, 550.5]
    done = settle(book, results, Terms(fees=(Fee("trading", Fraction("1.25")),)))
    assert lines_of(done, "compensation", "difference") == [
        ("member/M-0001", "difference", -10080),
        ("member/M-0002", "difference", -7126),
        ("member/M-0003", "compensation", 29290),
        ("member/M-0003", "difference", -13579),
        ("member/M-0004", "compensation", 20705),
        ("member/M-0004", "difference", -9605),
        ("member/M-0005", "difference", -9605),
    ]
    assert balances(done) == {
        ("member/M-0001", "TRY"): -222865 - 291765 - 10080 - 1325,
        ("member/M-0002", "TRY"): 222865 + 291765 - 7126 - 1325,
        ("member/M-0003", "TRY"): 424705 + 556005 - 13579 + 29290 - 2525,
        ("member/M-0004", "TRY"): -424705 + 20705 - 9605 - 1263,
        ("member/M-0005", "TRY"): -556005 - 9605 - 1263,
        ("fee/trading", "TRY"): 1325 + 1325 + 2525 + 1263 + 1263,
    }


def test_a_lot_without_another_side_is_paid_by_everybody():
    """Published are 60.1 + 4.0 MWh of sales and 60.0 + 4.0 of purchases, at 333.33: 0.1 MWh costs 33.333 TRY.

    Sales 20,033.133 and 1,333.32, purchases 19,999.80 and 1,333.32: the cell lacks 33.33, which all pay by volume, of
    128.1 MWh: 60.0 -> 15.6112, 60.1 -> 15.6373, 4.0 -> 1.0407 as a seller and as a buyer. The kurus left goes to
    15.6373.
    """
    said = one_zone(profile=TURKISH, currency="TRY", price_min=0, price_max=2000).buys(
        "A", 90, member="M-0001", order="1"
    )
    said.sells("A", 90, member="M-0002", order="2").buys("A", 90, member="M-0003", order="3")
    book = said.sells("A", 90, member="M-0003", order="4").book()
    done = settle(book, outcome(book, [333.33], [60.0, 60.1, 4.0, 4.0]))
    assert lines_of(done, "difference") == [
        ("member/M-0001", "difference", -1561),
        ("member/M-0002", "difference", -1564),
        ("member/M-0003", "difference", -104),
        ("member/M-0003", "difference", -104),
    ]
    assert balances(done) == {
        ("member/M-0001", "TRY"): -1999980 - 1561,
        ("member/M-0002", "TRY"): 2003313 - 1564,
        ("member/M-0003", "TRY"): -208,
    }


RAND = {("USD", "ZAR"): (Fraction("18.2210") + Fraction("18.2480")) / 2}
"""The bank's bid and offer of 08:30; the mid rate is 18.2345."""


def test_a_day_traded_in_dollars_of_which_a_member_is_paid_in_rand(clear):
    """Two hours, a line of 50 MW. M-0001 sells 120 in A at 31.25, M-0003 40 in B at 58.40; M-0002 buys in B.

    First hour 75.3 MWh: the line is full, A stands at 31.25, B at 58.40. 50 x 31.25 = 1,562.50; 25.3 x 58.40 =
    1,477.52; 75.3 x 58.40 = 4,397.52; the line keeps 50 x 27.15 = 1,357.50, half for either side. Second hour
    30 MWh, all from A: 30 x 31.25 = 937.50. Fees, 0.07 a MWh: 80 -> 5.60; 25.3 -> 1.771, 1.77; 105.3 -> 7.371, 7.37.

    M-0001: 1,562.50 + 937.50 - 5.60 = USD 2,494.40, x 18.2345 = 45,484.1368: ZAR 45,484.14.
    """
    said = two_zones(50, 2, profile=SAPP, currency="USD")
    for hour, mw in ((0, 75.3), (1, 30)):
        said.sells("A", 120, at=31.25, hour=hour, order="S1", member="M-0001")
        said.sells("B", 40, at=58.4, hour=hour, order="S3", member="M-0003")
        said.buys("B", mw, at=100, hour=hour, order="D", member="M-0002")
    book = said.book()
    results = clear(book)
    assert results.price.tolist() == [31.25, 31.25, 58.4, 31.25]
    terms = Terms(fees=(Fee("trading", Fraction("0.07")),), payment={"member/M-0001": "ZAR"})
    done = settle(book, results, terms, RAND)
    assert balances(done) == {
        ("member/M-0001", "ZAR"): 4548414,
        ("member/M-0002", "USD"): -439752 - 93750 - 737,
        ("member/M-0003", "USD"): 147752 - 177,
        ("operator/A", "USD"): 67875,
        ("operator/B", "USD"): 67875,
        ("fee/trading", "USD"): 560 + 177 + 737,
        ("exchange/market", "USD"): 249440,
        ("exchange/market", "ZAR"): -4548414,
    }
    assert lines_of(done, "conversion") == [
        ("member/M-0001", "conversion", -249440),
        ("member/M-0001", "conversion", 4548414),
    ]


HOURS = [Scheduled(60 * hour, 60, kw) for hour, kw in ((0, 40000), (1, 40000), (2, 12500))]


def ledger_of(body):
    ledger = replay([Event(1, "schedule bill", 0, body["contract"], body)])
    return {key: amount for key, amount in ledger.balances().items() if amount}


def test_a_contract_beside_the_auction_is_billed_on_its_schedule():
    """40, 40 and 12.5 MWh at USD 47.33: 1,893.20 twice and 591.625, 591.63; 4,378.03 in all.

    The seller is paid in rand: 4,378.03 x 18.2345 = 79,831.188035, ZAR 79,831.19. What meters say later is a deviation.
    """
    contract = Bilateral("C-0001", "member/M-0001", "member/M-0002", "USD", Fraction("47.33"))
    body = bill(contract, HOURS, {"member/M-0001": "ZAR"}, RAND)
    assert [row[-1] for row in body["rows"]] == [189320, 189320, 59163]
    assert ledger_of(body) == {
        ("member/M-0001", "ZAR"): 7983119,
        ("member/M-0002", "USD"): -437803,
        ("exchange/market", "USD"): 437803,
        ("exchange/market", "ZAR"): -7983119,
    }


def test_a_contract_whose_price_follows_the_auction():
    """Nine tenths of the day-ahead price, from 40 to 60: 31.25 -> 28.125, 40; 58.40 -> 52.56; 80 -> 72, 60.

    40 x 40 = 1,600; 40 x 52.56 = 2,102.40; 12.5 x 60 = 750: USD 4,452.40. In rand the buyer owes 4,452.40 x 18.2345 =
    81,187.2878, ZAR 81,187.29.
    """
    text = 'index "da": USD/MWh mtu 60 min; clamp(90 % * index("da"), 40 USD/MWh, 60 USD/MWh) -> USD/MWh'
    seen = Table()
    prices = [Observation(60 * h, Fraction(p), 0) for h, p in ((0, "31.25"), (1, "58.40"), (2, "80"))]
    seen.add("da", SeriesFacts(unit("USD/MWh"), "MTU"), prices)
    contract = Bilateral("C-0002", "member/M-0001", "member/M-0002", "USD", parse(text).check())
    body = bill(contract, HOURS, {"member/M-0002": "ZAR"}, RAND, Context(date(1970, 1, 1), seen))
    assert [row[-2:] for row in body["rows"]] == [["40", 160000], ["1314/25", 210240], ["60", 75000]]
    assert ledger_of(body) == {
        ("member/M-0001", "USD"): 445240,
        ("member/M-0002", "ZAR"): -8118729,
        ("exchange/market", "USD"): -445240,
        ("exchange/market", "ZAR"): 8118729,
    }


def written(folder, tables):
    folder.mkdir()
    for name, lines in tables.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return walras.read(folder)


def quarters():
    """The quarter hours of 26 October 2025 in Rome, which has 25 hours: from 22:00Z to 22:00Z and one hour more."""
    first = int(datetime(2025, 10, 25, 22, tzinfo=UTC).timestamp())
    return [f"{datetime.fromtimestamp(first + 900 * n, UTC):%Y-%m-%dT%H:%M:%SZ}" for n in range(100)]


def test_a_day_of_25_hours_in_quarters(clear, tmp_path):
    """North sells at 7.03, South at 33.47, South buys 10.1 MW all day; the line takes 5.3 MW. 100 quarter hours.

    A quarter: North 5.3 x 0.25 x 7.03 = 9.31475, 9.31; South 4.8 x 0.25 x 33.47 = 40.164, 40.16; the buyer 10.1 x 0.25
    x 33.47 = 84.51175, 84.51. The line gives 44.34775, 44.35, and takes 9.31. A day: 931.00, 4,016.00, 8,451.00; the
    line keeps 3,504.00 (unrounded it were 3,503.30).

    Energy 132.5, 120 and 252.5 MWh. Fees of 5 and 0.01 a MWh: 6.325, 6.33; 6.20; 7.525, 7.53.
    """
    market = ("format = 'walras-market'", "version = 1", "name = 'A long day'", "currency = 'EUR'",
              "time_zone = 'Europe/Rome'", "delivery_day = 2025-10-26", "rules_profile = 'european'")  # fmt: skip
    orders = (("S1", "M-0001", "North", "supply", 7.03, 20), ("S2", "M-0002", "South", "supply", 33.47, 20),
              ("D", "M-0003", "South", "demand", 90, 10.1))  # fmt: skip
    limits = "electricity,15,-500,4000,0.01,0.1"
    book = written(tmp_path / "market", {
        "market.toml": market,
        "zones.csv": ("zone,country", "North,IT", "South,IT"),
        "grids.csv": ("zone,carrier,mtu_minutes,price_min_eur_per_mwh,price_max_eur_per_mwh,price_tick_eur_per_mwh,"
                      "quantity_tick_mw", f"North,{limits}", f"South,{limits}"),
        "lines.csv": ("line,carrier,from_zone,to_zone", "N-S,electricity,North,South"),
        "line_capacities.csv": ("line,mtu_start,capacity_forward_mw,capacity_backward_mw",
                                *(f"N-S,{at},5.3,5.3" for at in quarters())),
        "curve_orders.csv": ("order,member,zone,carrier,side",
                             *(f"{o[0]},{o[1]},{o[2]},electricity,{o[3]}" for o in orders)),
        "curve_steps.csv": ("order,mtu_start,step,price_start_eur_per_mwh,price_end_eur_per_mwh,quantity_mw",
                            *(f"{o[0]},{at},1,{o[4]},{o[4]},{o[5]}" for o in orders for at in quarters())),
    })  # fmt: skip
    done = settle(book, clear(book), Terms(fees=(Fee("trading", Fraction("0.01"), Fraction(5)),)))
    own = done.lines.filter(pl.col("party") == "member/M-0003", pl.col("kind") == "energy")
    assert (own.height, own["mtu_start"].n_unique()) == (100, 100)
    assert own["amount_minor"].unique().to_list() == [-8451]
    assert round(own["energy_mwh"].sum(), 9) == 252.5
    local = own["mtu_start"].dt.convert_time_zone("Europe/Rome")
    assert local.dt.hour().value_counts().filter(pl.col("mtu_start") == 2)["count"].to_list() == [8]
    assert balances(done) == {
        ("member/M-0001", "EUR"): 93100 - 633,
        ("member/M-0002", "EUR"): 401600 - 620,
        ("member/M-0003", "EUR"): -845100 - 753,
        ("operator/North", "EUR"): 175200,
        ("operator/South", "EUR"): 175200,
        ("fee/trading", "EUR"): 633 + 620 + 753,
    }
