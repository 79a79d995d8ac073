"""A result beside what somebody published of the same market.

Prices are compared after both sides were rounded half-up to the cent, since publishers
differ in how many decimals they show; exchanges by their mean absolute error in MW;
decisions on indivisible orders by accepted (in whole or in part) or not.

Published data are a file (CSV or Parquet) with `zone`, `mtu_start` and one price column,
or a folder with `prices` and, if exchanges shall be compared, `scheduled_exchanges`
(`line`, `mtu_start`, `exchange_mw`): a result folder of somebody else will do, and so will
the folder of tidy Italian tables (`published-prices`, `published-flows`, `timestamp`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from walras.errors import BadInput, Mistake
from walras.vocabulary import Outcome

_HALF_CENT = 0.005 + 1e-9
_TRADED = (Outcome.ACCEPTED.value, Outcome.CURTAILED.value, Outcome.PARADOXICALLY_ACCEPTED.value)


@dataclass(frozen=True)
class Comparison:
    """Differences of a result from what was published, result minus published.

    Attributes:
        prices: zone, mtu_start, result, published, difference (all rounded to the cent), and inside: whether
            the published price lies in the interval of prices that fit our volumes.
        exchanges: line, mtu_start, result, published, difference in MW; None if not published.
        blocks: order, result, published (outcomes), equal; None if not published.
        unmatched: Cells of the result for which nothing was published.
    """

    prices: pl.DataFrame
    exchanges: pl.DataFrame | None = None
    blocks: pl.DataFrame | None = None
    unmatched: int = 0

    @property
    def prices_total(self) -> int:
        """Return how many prices were compared."""
        return len(self.prices)

    @property
    def prices_equal(self) -> int:
        """Return how many prices are equal to the cent."""
        return int((self.prices["difference"] == 0).sum())

    @property
    def prices_inside(self) -> int:
        """Return how many published prices lie in the interval of prices that fit our volumes."""
        return int(self.prices["inside"].sum())

    @property
    def price_mean_absolute_error(self) -> float:
        """Return the mean distance of prices, currency per MWh."""
        return _mean_absolute(self.prices)

    @property
    def exchange_mean_absolute_error(self) -> float | None:
        """Return the mean distance of exchanges in MW, None if none were published."""
        return None if self.exchanges is None else _mean_absolute(self.exchanges)

    @property
    def blocks_total(self) -> int:
        """Return how many block decisions were compared."""
        return 0 if self.blocks is None else len(self.blocks)

    @property
    def blocks_equal(self) -> int:
        """Return how many block decisions are equal."""
        return 0 if self.blocks is None else int(self.blocks["equal"].sum())


def compare(result_folder: Path, published: Path) -> Comparison:
    """Return the differences of a result folder from published data.

    Args:
        result_folder: Folder written by `walras clear`.
        published: File of prices, or folder with `prices` and optionally `scheduled_exchanges`.

    Raises:
        BadInput: A missing file or column, times that cannot be read, or no common zone and MTU.
    """
    ours = _table(result_folder, "prices")
    if ours is None:
        fix = "Name a folder that `walras clear` wrote."
        raise BadInput([Mistake("there is no table prices", str(result_folder), "result_folder", fix)])
    if published.is_dir():
        theirs = _first_table(published, "prices", "published-prices")
        exchanges = _first_table(published, "scheduled_exchanges", "published-flows")
    else:
        theirs, exchanges = (_read(published) if published.is_file() else None), None
    if theirs is None:
        fix = "Name a CSV or Parquet file of prices, or a folder with prices.csv or prices.parquet."
        raise BadInput([Mistake("there are no published prices", str(published), "published_prices", fix)])
    return compare_tables(ours, _table(result_folder, "scheduled_exchanges"), theirs, exchanges)


def compare_tables(
    prices: pl.DataFrame,
    exchanges: pl.DataFrame | None,
    published_prices: pl.DataFrame,
    published_exchanges: pl.DataFrame | None = None,
    *,
    order_acceptances: pl.DataFrame | None = None,
    published_blocks: pl.DataFrame | None = None,
) -> Comparison:
    """Return the differences of result tables from published ones (see `Comparison` and the module).

    Raises:
        BadInput: A missing column, times that cannot be read, or no common zone and MTU.
    """
    wanted = next(c for c in prices.columns if c.startswith("price_") and c.count("_") == 3)
    ours = prices.filter(pl.col("carrier") == "electricity") if "carrier" in prices.columns else prices
    theirs = published_prices
    if "carrier" in theirs.columns:
        theirs = theirs.filter(pl.col("carrier") == "electricity")
    price = _price_column(theirs, wanted)
    ours = _timed(ours, "zone").select("zone", "mtu_start", pl.col(wanted).alias("result"), *_interval(ours, wanted))
    theirs = _timed(_numeric(theirs, price), "zone").select("zone", "mtu_start", pl.col(price).alias("published"))
    joined = ours.join(theirs, on=["zone", "mtu_start"], how="inner").sort("zone", "mtu_start")
    if not len(joined):
        fix = "Compare a result with prices of the same zones and day; times are UTC."
        raise BadInput([Mistake("no common zone and MTU", "published prices", "published_prices", fix)])
    inside = pl.col("published").is_between(pl.col("low") - _HALF_CENT, pl.col("high") + _HALF_CENT)
    cents = joined.with_columns(_cents("result"), _cents("published"), inside.alias("inside")).drop("low", "high")
    differences = cents.with_columns(difference=pl.col("result") - pl.col("published"))
    # a column divided by 100 is multiplied by 0.01, which is not the nearest float: round it back
    differences = differences.with_columns((pl.col("result", "published", "difference") / 100).round(2))
    lines = None
    if exchanges is not None and published_exchanges is not None:
        lines = _timed(exchanges, "line").join(
            _timed(published_exchanges, "line").select("line", "mtu_start", pl.col("exchange_mw").alias("published")),
            on=["line", "mtu_start"],
        )
        lines = lines.select("line", "mtu_start", pl.col("exchange_mw").alias("result"), "published")
        lines = lines.with_columns(difference=pl.col("result") - pl.col("published")).sort("line", "mtu_start")
    blocks = None
    if order_acceptances is not None and published_blocks is not None:
        blocks = order_acceptances.select("order", pl.col("outcome").alias("result")).join(
            published_blocks.select("order", pl.col("outcome").alias("published")), on="order"
        )
        traded = [pl.col(c).is_in(_TRADED) for c in ("result", "published")]
        blocks = blocks.with_columns(equal=traded[0] == traded[1]).sort("order")
    return Comparison(differences, lines, blocks, len(ours) - len(joined))


def _interval(prices: pl.DataFrame, wanted: str) -> list[pl.Expr]:
    """Return the price interval of each cell, or the price itself where a table has no interval."""
    tail = wanted.removeprefix("price_")
    names = [f"price_{end}_{tail}" for end in ("low", "high")]
    return [
        pl.col(name if name in prices.columns else wanted).alias(end)
        for name, end in zip(names, ("low", "high"), strict=True)
    ]


def _cents(column: str) -> pl.Expr:
    """Return whole cents, halves upwards; six decimals of a cent are beyond what anyone publishes."""
    return ((pl.col(column) * 100).round(6) + 0.5).floor().cast(pl.Int64).alias(column)


def _mean_absolute(table: pl.DataFrame) -> float:
    return float(table["difference"].abs().sum()) / max(1, len(table))


def _first_table(folder: Path, *names: str) -> pl.DataFrame | None:
    return next((t for t in (_table(folder, n) for n in names) if t is not None), None)


def _table(folder: Path, name: str) -> pl.DataFrame | None:
    for path in (folder / f"{name}.parquet", folder / f"{name}.csv", folder / f"{name}.csv.gz"):
        if path.is_file():
            return _read(path)
    return None


def _read(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError) as e:
        what = f"the file cannot be read: {str(e).splitlines()[0]}"
        raise BadInput([Mistake(what, str(path), "published_prices", "Send CSV or Parquet.")]) from e


def _price_column(table: pl.DataFrame, wanted: str) -> str:
    if wanted in table.columns:
        return wanted
    found = [c for c in table.columns if c.startswith("price")]
    if len(found) == 1:
        return found[0]
    what = f"{len(found)} price columns and none is {wanted!r}"
    raise BadInput([Mistake(what, "published prices", "published_columns", f"Name the column {wanted}.")])


def _numeric(table: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return a table whose column holds finite numbers."""
    typed = table.with_columns(pl.col(column).cast(pl.Float64, strict=False))
    bad = typed[column].is_null() | ~typed[column].is_finite().fill_null(False)
    if bad.any():
        first = int(bad.arg_true()[0])
        what = f"{column} {table[column][first]!r} is not a number"
        where = f"published data row {first + 1}"
        raise BadInput([Mistake(what, where, "published_columns", "Send a number, decimal point.")])
    return typed


def _timed(table: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return a table whose `mtu_start` is a UTC time, under our names where a publisher's are known."""
    if "mtu_start" not in table.columns and "timestamp" in table.columns:
        table = table.rename({"timestamp": "mtu_start"})
    if key == "line" and "line" not in table.columns and "flow_mwh" in table.columns:
        line = pl.concat_str("from_zone", "to_zone", separator="-").alias("line")
        table = table.with_columns(line, pl.col("flow_mwh").alias("exchange_mw"))
    missing = [c for c in (key, "mtu_start") if c not in table.columns]
    if missing:
        raise BadInput(
            Mistake(f"column {c!r} is missing", "published data", "published_columns", f"Add the column {c}.")
            for c in missing
        )
    start = table["mtu_start"]
    if start.dtype == pl.String:
        try:
            start = start.str.to_datetime(time_unit="us", time_zone="UTC")
        except pl.exceptions.PolarsError as e:
            fix = "Write times as 2025-04-01T22:00:00Z."
            raise BadInput([Mistake("mtu_start is not a time", "published data", "published_columns", fix)]) from e
    elif isinstance(start.dtype, pl.Datetime):
        zoned = start if start.dtype.time_zone else start.dt.replace_time_zone("UTC")
        start = zoned.dt.convert_time_zone("UTC").cast(pl.Datetime("us", "UTC"))
    return table.with_columns(start.alias("mtu_start"))
