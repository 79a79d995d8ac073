"""What must hold in the tables of a minimum-profit auction; every row that breaks a rule is reported."""

from __future__ import annotations

import polars as pl

from walras.book.read_network import MOST_MW
from walras.formats.minimum_profit_files import Auction

KEYS = {
    "areas": ["V1"], "periods": ["V1"], "hourly_quad": ["I"], "mp_headers": ["MP"], "mp_hourly": ["H"],
    "line_cap": ["from", "too", "t"],
}  # fmt: skip
PLACES = {
    "hourly_quad": (("LI",), "TI"), "mp_headers": (("LC",), None), "mp_hourly": (("LH",), "TH"),
    "line_cap": (("from", "too"), "t"),
}  # fmt: skip
"""Columns that name an area, and the one that names a period."""

PRICES = (-500.0, 3000.0)
"""Price limits of the published experiments, EUR/MWh."""


def check_auction(auction: Auction) -> None:
    """Report everything that is wrong with tables that could be read."""
    _keys(auction)
    _places(auction)
    _numbers(auction)
    _capacities(auction)
    _orders(auction)


def _keys(auction: Auction) -> None:
    """Report rows that repeat a key."""
    for name, key in KEYS.items():
        title = ", ".join(f"{k} {{{k}}}" for k in key)
        again = pl.struct(key).is_duplicated() & ~pl.struct(key).is_first_distinct()
        what, fix = f"an earlier row has {title}", "Keep one row for each."
        auction.fail(name, again, rule="duplicate_key", what=what, fix=fix)


def _places(auction: Auction) -> None:
    """Report unknown areas and periods, and periods that do not count the hours from 1."""
    periods = auction.tables["periods"]["V1"].sort().to_list()
    if periods != list(range(1, len(periods) + 1)):
        fix = "Number the periods from 1 without gaps."
        auction.findings.add("the periods do not count from 1", "periods", "period_numbers", fix)
    for name, (areas, period) in PLACES.items():
        for column in areas:
            unknown = ~pl.col(column).is_in(list(auction.areas))
            fix = "Name one of areas."
            auction.fail(name, unknown, rule="zone_known", what=f"{column} {{{column}}} is no area", fix=fix)
        if period:
            unknown = ~pl.col(period).is_in(periods)
            fix = "Name one of periods."
            auction.fail(name, unknown, rule="period_known", what=f"{period} {{{period}}} is no period", fix=fix)


def _numbers(auction: Auction) -> None:
    """Report prices outside the limits, wrong signs, ratios out of range, and bids that slope the wrong way."""
    low, high = PRICES
    for name, column in (("hourly_quad", "PI0"), ("hourly_quad", "PI1"), ("mp_hourly", "PH")):
        outside = ~pl.col(column).is_between(low, high)
        what, fix = f"{column} {{{column}}} is outside [{low}, {high}]", f"Send a price from {low} to {high} EUR/MWh."
        auction.fail(name, outside, rule="price_limits", what=what, fix=fix)
    for name, column in (("hourly_quad", "QI"), ("mp_hourly", "QH"), ("line_cap", "linecap")):
        what, fix = f"{column} {{{column}}} is beyond {MOST_MW:,.0f} MW", "Send a real figure."
        auction.fail(name, pl.col(column).abs() > MOST_MW, rule="number_sensible", what=what, fix=fix)
    slope = (pl.col("PI1") - pl.col("PI0")) * pl.col("QI") > 0
    for name, bad, rule, what, fix in (
        ("hourly_quad", pl.col("QI") == 0, "quantity_sign", "QI 0 has no side",
         "Send less than 0 to sell, more than 0 to buy."),
        ("hourly_quad", slope, "curve_monotone", "the price goes from {PI0} to {PI1} with a quantity of {QI}",
         "Sales rise or stay, purchases fall or stay."),
        ("mp_headers", pl.col("FC") < 0, "fixed_term_not_negative", "FC {FC} is negative", "Send 0 EUR or more."),
        ("mp_hourly", pl.col("QH") >= 0, "quantity_sign", "QH {QH} does not sell", "Send less than 0."),
        ("mp_hourly", ~pl.col("AR").is_between(0, 1), "min_acceptance_ratio", "AR {AR} is outside [0, 1]",
         "Send a ratio from 0 to 1."),
        ("line_cap", pl.col("linecap") < 0, "capacity_not_negative", "linecap {linecap} is negative",
         "Send 0 MW or more."),
        ("line_cap", pl.col("from") == pl.col("too"), "line_ends", "{from} is joined to itself", "Name two areas."),
    ):  # fmt: skip
        auction.fail(name, bad, rule=rule, what=what, fix=fix)


def _capacities(auction: Auction) -> None:
    """Report directions of a pair of areas without a capacity in some period."""
    table = auction.tables["line_cap"]
    pairs = table.select(a=pl.min_horizontal("from", "too"), b=pl.max_horizontal("from", "too")).unique()
    ways = pl.concat([pairs.select(**{"from": "a", "too": "b"}), pairs.select(**{"from": "b", "too": "a"})])
    due = ways.unique().join(auction.tables["periods"].select(t="V1"), how="cross")
    for start, end, t in due.join(table, on=["from", "too", "t"], how="anti").sort("from", "too", "t").iter_rows():
        what, fix = f"no capacity from {start} to {end} in period {t}", "Add the row."
        auction.findings.add(what, "line_cap", "every_period", fix)


def _orders(auction: Auction) -> None:
    """Report steps and orders that do not belong together, and minimums that are not those of an order."""
    heads, steps = auction.tables["mp_headers"], auction.tables["mp_hourly"]
    idle = ~pl.col("MP").is_in(steps["MP"].unique().to_list())
    what, fix = "order {MP} has no steps", "Add its steps, or remove it."
    auction.fail("mp_headers", idle, rule="order_has_rows", what=what, fix=fix)
    known = pl.col("MP").is_in(heads["MP"].to_list())
    what, fix = "order {MP} has no header", "Add it to mp_headers."
    auction.fail("mp_hourly", ~known, rule="order_known", what=what, fix=fix)
    placed = steps.join(heads.unique("MP", keep="first").select("MP", "LC"), on="MP", how="left", maintain_order="left")
    what, fix = "LH {LH} is not the area {LC} of order {MP}", "Send the area of the order's header."
    auction.fail("mp_hourly", pl.col("LH") != pl.col("LC"), rule="order_one_zone", what=what, fix=fix, frame=placed)
    number = ranked(steps, "MP")
    what = "AR {AR} stands on a step that is not the cheapest of order {MP} in period {TH}"
    fix = "A minimum of the order can only be read where its cheapest step alone has one."
    late = (pl.col("AR") > 0) & (pl.col("number") > 1)
    auction.fail("mp_hourly", late, rule="minimum_on_cheapest_step", what=what, fix=fix, frame=number)


def ranked(steps: pl.DataFrame, order: str) -> pl.DataFrame:
    """Return steps by order, period and price, numbered from 1; of equally cheap ones a minimum comes first."""
    by = [pl.col(order), pl.col("TH"), pl.col("PH"), pl.col("AR") == 0, pl.col("H")]
    return steps.sort(by).with_columns(number=pl.int_range(1, pl.len() + 1).over(order, "TH"))
