"""Days to totals: what each state, border and day makes of an accession.

`before` is the market without the member and the member alone, `after` the joined market.
Amounts stay whole minor units until a table is written, so that they sum exactly.
Prices of a state are means over its zones and MTUs, weighted by time. Energy over a border
is counted along it: from the state that comes first in the alphabet, positive = export.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

WORDS = ("buyers", "sellers", "congestion")
WHENS = ("before", "after")
HOURS = pl.col("minutes") / 60


@dataclass(frozen=True)
class Whole:
    """The tables of all days, one under the other (see `accession.day`)."""

    auctions: pl.DataFrame
    gains: pl.DataFrame
    prices: pl.DataFrame
    exchanges: pl.DataFrame


def states_table(whole: Whole, new: tuple[str, ...], scale: int, currency: str) -> pl.DataFrame:
    """Return one row a state: gains before, after and their change, prices, energy over its borders."""
    table = _gains(whole.gains, ["state"]).join(_prices(whole.prices, ["state"]), on="state", maintain_order="left")
    table = table.join(_energy(whole.prices, ["state"]), on="state", maintain_order="left").sort("state")
    is_new = pl.col("state").is_in(list(new)).alias("is_new_member")
    return in_currency(table, scale, currency).select("state", is_new, pl.exclude("state"))


def days_table(whole: Whole, scale: int, currency: str) -> pl.DataFrame:
    """Return one row a day and state: the same as for the whole time."""
    keys = ["day", "state"]
    table = _gains(whole.gains, keys).join(_prices(whole.prices, keys), on=keys, maintain_order="left")
    table = table.join(_energy(whole.prices, keys), on=keys, maintain_order="left").sort(keys)
    return in_currency(table, scale, currency)


def lines_table(whole: Whole, currency: str) -> pl.DataFrame:
    """Return one row a line: energy each way, income, share of time with equal prices and at the limit."""
    keys = ["line", "from_zone", "to_zone", "from_state", "to_state"]
    return _exchanges(whole.exchanges, keys, currency).sort("line")


def borders_table(whole: Whole, currency: str, *, by_day: bool = False) -> pl.DataFrame:
    """Return one row a pair of states (and day) that lines join, lines inside a state left out."""
    keys = ["day", "border"] if by_day else ["border"]
    return _exchanges(between_states(whole.exchanges), keys, currency).sort(keys)


def between_states(exchanges: pl.DataFrame) -> pl.DataFrame:
    """Return the exchanges between states, turned so that each border has one direction."""
    across = exchanges.filter(pl.col("from_state") != pl.col("to_state"))
    turned = pl.col("from_state") > pl.col("to_state")
    low, high = pl.min_horizontal("from_state", "to_state"), pl.max_horizontal("from_state", "to_state")
    forward, backward = pl.col("capacity_forward_mw"), pl.col("capacity_backward_mw")
    return across.with_columns(
        pl.concat_str(low, pl.lit("\u2013"), high).alias("border"),
        *(pl.when(turned).then(0.0 - pl.col(c)).otherwise(pl.col(c)).alias(c) for c in _exchange_columns()),
        pl.when(turned).then(backward).otherwise(forward).alias("capacity_forward_mw"),
        pl.when(turned).then(forward).otherwise(backward).alias("capacity_backward_mw"),
    )


def equal_share(prices: pl.DataFrame, when: str, states: tuple[str, ...]) -> float:
    """Return the share of time in which all zones of some states have one price."""
    own = prices.filter(pl.col("state").is_in(list(states)))
    longest = int(own["minutes"].max())  # type: ignore[arg-type]  # a column of whole numbers with a row
    period = pl.col("mtu_start").dt.truncate(f"{longest}m").alias("period")
    mean = own.group_by("zone", period).agg(pl.col(f"price_{when}").mean())
    spread = mean.group_by("period").agg(
        (pl.col(f"price_{when}").max() - pl.col(f"price_{when}").min()).alias("spread")
    )
    is_equal = spread["spread"].to_numpy() < 1e-9
    return round(float(is_equal.mean()), 6)


def in_currency(table: pl.DataFrame, scale: int, currency: str) -> pl.DataFrame:
    """Return a table whose amounts are in the currency, named so; they were whole minor units."""
    named = {c: f"{c.removesuffix('_minor')}_{currency.lower()}" for c in table.columns if c.endswith("_minor")}
    # numpy divides exactly as Python does, so that 12345 cents are written as 123.45
    return table.select(
        pl.Series(named.get(c, c), table[c].to_numpy() / scale) if c in named else table[c] for c in table.columns
    )


def _gains(gains: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Return buyers', sellers' and congestion gains and their sum before, after, and what changed."""
    is_after = pl.col("auction") == "joined"
    sums = [
        pl.col(f"{word}_minor").filter(is_after if when == "after" else ~is_after).sum().alias(f"{word}_{when}_minor")
        for word in WORDS
        for when in WHENS
    ]
    table = gains.group_by(keys).agg(sums)
    table = table.with_columns(
        pl.sum_horizontal(f"{word}_{when}_minor" for word in WORDS).alias(f"welfare_{when}_minor") for when in WHENS
    )
    words = (*WORDS, "welfare")
    changes = [(pl.col(f"{w}_after_minor") - pl.col(f"{w}_before_minor")).alias(f"{w}_change_minor") for w in words]
    order = [f"{w}_{when}_minor" for w in words for when in (*WHENS, "change")]
    return table.with_columns(changes).select(*keys, *order)


def _prices(prices: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Return mean, lowest and highest price before and after."""
    columns = []
    for when in WHENS:
        price = pl.col(f"price_{when}")
        mean = (price * pl.col("minutes")).sum() / pl.col("minutes").sum()
        columns += [mean.round(4).alias(f"price_mean_{when}"), price.min().alias(f"price_lowest_{when}")]
        columns.append(price.max().alias(f"price_highest_{when}"))
    return prices.group_by(keys).agg(columns)


def _energy(prices: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Return exports, imports and net exports in MWh, from net positions of the whole state in each MTU."""
    longest = pl.col("minutes").max().over("state")
    period = (pl.col("mtu_start").dt.epoch("s") // (longest * 60)).alias("period")
    net = prices.with_columns(period).group_by("day", "state", "period")
    energy = net.agg((pl.col(f"net_{when}_mw") * HOURS).sum().alias(when) for when in WHENS)
    columns = []
    for when in WHENS:
        columns += [
            pl.col(when).clip(lower_bound=0).sum().alias(f"exports_{when}_mwh"),
            (0.0 - pl.col(when).clip(upper_bound=0)).sum().alias(f"imports_{when}_mwh"),
            pl.col(when).sum().alias(f"net_exports_{when}_mwh"),
        ]
    # summed in one order, so that no table depends on how rows were grouped
    sums = energy.sort("day", "state", "period").group_by(keys, maintain_order=True).agg(columns)
    return sums.with_columns(pl.exclude(*keys).round(4) + 0.0)


def _exchange_columns() -> list[str]:
    return [f"exchange_{when}_mw" for when in WHENS]


def _exchanges(exchanges: pl.DataFrame, keys: list[str], currency: str) -> pl.DataFrame:
    columns, cur = [], currency.lower()
    for when in WHENS:
        power = pl.col(f"exchange_{when}_mw")
        room = pl.when(power >= 0).then(pl.col("capacity_forward_mw")).otherwise(pl.col("capacity_backward_mw"))
        is_full = (power != 0) & (power.abs() >= room - 0.05)
        there = power.is_not_null().any()
        figures = {
            f"forward_{when}_mwh": (power.clip(lower_bound=0) * HOURS).sum(),
            f"backward_{when}_mwh": (0.0 - power.clip(upper_bound=0) * HOURS).sum(),
            f"income_{when}_{cur}": pl.col(f"income_{when}").sum(),
            f"equal_price_share_{when}": _share(pl.col(f"is_equal_{when}"), power),
            f"full_share_{when}": _share(is_full, power),
        }
        columns += [pl.when(there).then(value.round(4) + 0.0).alias(name) for name, value in figures.items()]
    return exchanges.sort("day", "line", "mtu_start").group_by(keys, maintain_order=True).agg(columns)


def _share(flag: pl.Expr, power: pl.Expr) -> pl.Expr:
    """Return the share of time in which something holds, where there was an exchange to speak of."""
    minutes = pl.col("minutes").filter(power.is_not_null())
    return (flag.cast(pl.Float64) * pl.col("minutes")).sum() / minutes.sum()
