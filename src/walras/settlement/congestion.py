"""What scarce network leaves between buyers and sellers, by line and border.

A line buys in its sending zone and sells in its receiving zone, each at that zone's price;
what it keeps is its congestion income. A price-taking border sells to (or buys from) the
neighbour at the price outside and keeps the difference likewise. A fixed border has no
price outside: the neighbour trades at the zone's price, and no income arises.

Signs: exchanges positive along the line and towards export; income positive where the
network earns. Read by `settle`; half of each income belongs to either end.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.cells import IntArray
from walras.results.raw import spread
from walras.results.results import Results
from walras.settlement.money import Units, round_half_away
from walras.settlement.positions import Injections, amounts, moments


def line_injections(book: Book, results: Results, units: Units) -> tuple[Injections, IntArray]:
    """Return what lines take from cells (negative) and give to cells, and the period of each row."""
    lines = book.lines
    power = units.quantities(results.published.exchange, "scheduled_exchanges")
    taken, sending = spread(lines.from_cell, lines.from_cells)
    given, receiving = spread(lines.to_cell, lines.to_cells)
    cell, whole = np.concatenate([sending, receiving]), np.concatenate([taken, given])
    signed = np.concatenate([-power[taken], power[given]])
    return Injections("line", lines.name, lines.period_line[whole], cell, signed), whole


def border_injections(book: Book, results: Results, units: Units) -> Injections:
    """Return what borders put into cells: imports positive, exports negative."""
    borders = book.borders
    power = units.quantities(results.published.border, "border_exchanges")
    return Injections("border", borders.name, borders.period_border, borders.period_cell, -power)


def outside_minor(book: Book, results: Results, units: Units) -> IntArray:
    """Return what the neighbour pays in each border period, in minor units; shape (q,).

    Price-taking: power x price outside x length, rounded once; negative for imports.
    Fixed: what the border posts at the zone's price.
    """
    borders, minutes = book.borders, book.cells.minutes
    rows = border_injections(book, results, units)
    inside = -amounts(rows, units.prices(results.price), minutes, units)
    fixed = borders.is_fixed.astype(bool)[borders.period_border]
    out = inside.copy()
    for q in np.flatnonzero(~fixed & (rows.units != 0)):
        # A price outside has no tick: an exact fraction of what its decimals say.
        exact = Fraction(repr(float(borders.price[q]))) * -int(rows.units[q]) * int(minutes[rows.cell[q]])
        exact = exact * 10**units.decimals / (units.quantity_scale * 60)
        out[q] = _half_away(exact)
    return out


def congestion_income(book: Book, results: Results) -> pl.DataFrame:
    """Return the income of every line and border in every period.

    Returns:
        Columns `kind` (`line` or `border`), `name`, `mtu_start`, `minutes`,
        `exchange_mw`, `income_minor`, `currency`.

    Raises:
        BadInput: A published price or volume is not on the tick.

    Example:
        20 MW for a quarter of an hour from a zone at 10 to a zone at 50 EUR/MWh:
        20 MW x 0.25 h x 40 EUR/MWh = 200 EUR, 20000 cents.
    """
    units = Units.of(book)
    price, minutes = units.prices(results.price), book.cells.minutes
    rows, period = line_injections(book, results, units)
    income = np.zeros(len(results.published.exchange), dtype=np.int64)
    np.add.at(income, period, amounts(rows, price, minutes, units))
    borders = border_injections(book, results, units)
    kept = outside_minor(book, results, units) + amounts(borders, price, minutes, units)
    lines, edge = book.lines, book.borders
    tables = [
        _table("line", lines.name, lines.period_line, lines.period_start, lines.minutes[lines.period_line]),
        _table(
            "border",
            edge.name,
            edge.period_border,
            book.cells.start[edge.period_cell],
            book.cells.minutes[edge.period_cell],
        ),
    ]
    money = [(results.published.exchange, income), (results.published.border, kept)]
    return pl.concat(
        [
            table.with_columns(
                pl.Series("exchange_mw", power, dtype=pl.Float64),
                pl.Series("income_minor", minor, dtype=pl.Int64),
                pl.lit(book.currency).alias("currency"),
            )
            for table, (power, minor) in zip(tables, money, strict=True)
        ]
    )


def halves(amount: int) -> tuple[int, int]:
    """Return an amount shared between two ends; an odd minor unit goes to the first.

    >>> halves(7), halves(-7)
    ((4, 3), (-4, -3))
    """
    first = int(round_half_away(np.array([amount]), 2)[0])
    return first, amount - first


def _table(kind: str, names: tuple[str, ...], who: IntArray, start: IntArray, minutes: IntArray) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "kind": pl.Series([kind] * len(who), dtype=pl.String),
            "name": pl.Series([names[i] for i in who], dtype=pl.String),
            "mtu_start": moments(start),
            "minutes": pl.Series(minutes, dtype=pl.Int64),
        }
    )


def _half_away(value: Fraction) -> int:
    size = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return size if value > 0 else -size
