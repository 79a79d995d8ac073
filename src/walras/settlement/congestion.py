"""What scarce network leaves between buyers and sellers, by line, border and flow-based domain.

A line buys in its sending zone and sells in its receiving zone, each at that zone's price;
what it keeps is its congestion income: it has paid for what is lost on the way, and of a line with
a tariff the tariff is set apart first. A price-taking border sells to (or buys from) the
neighbour at the price outside and keeps the difference likewise. A fixed border has no
price outside: the neighbour trades at the zone's price, and no income arises. A flow-based
domain buys in the zones that export into it and sells in those that import from it (eq. 9.3).

Signs: exchanges positive along the line and towards export; income positive where the
network earns. Read by `settle`; half of each income belongs to either end, that of a domain
in equal parts to its zones.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.cells import IntArray
from walras.results.minor_units import half_away
from walras.results.raw import line_ends, spread
from walras.results.results import Results
from walras.settlement.money import Units
from walras.settlement.positions import Injections, amounts, moments


def line_injections(book: Book, results: Results, units: Units) -> tuple[Injections, IntArray]:
    """Return what lines take from cells (negative) and give to cells, and the period of each row."""
    lines = book.lines
    leaving, arriving = (units.quantities(power, "scheduled_exchanges") for power in line_ends(results.published))
    taken, sending = spread(lines.from_cell, lines.from_cells)
    given, receiving = spread(lines.to_cell, lines.to_cells)
    cell, whole = np.concatenate([sending, receiving]), np.concatenate([taken, given])
    signed = np.concatenate([-leaving[taken], arriving[given]])
    return Injections("line", lines.name, lines.period_line[whole], cell, signed), whole


def tariff_minor(book: Book, results: Results, units: Units) -> IntArray:
    """Return the tariff income of each line period in minor units: tariff x what is sent x length, rounded once."""
    lines = book.lines
    out = np.zeros(len(lines.period_line), dtype=np.int64)
    if not lines.has_tariffs:
        return out
    power = np.abs(units.quantities(results.published.exchange, "scheduled_exchanges"))
    tariff = lines.tariff[lines.period_line]
    for p in np.flatnonzero((power != 0) & (tariff > 0)).tolist():
        exact = Fraction(repr(float(tariff[p]))) * int(power[p]) * int(lines.minutes[lines.period_line[p]])
        out[p] = half_away(exact * 10**units.decimals / (units.quantity_scale * 60))
    return out


def border_injections(book: Book, results: Results, units: Units) -> Injections:
    """Return what borders put into cells: imports positive, exports negative."""
    borders = book.borders
    power = units.quantities(results.published.border, "border_exchanges")
    return Injections("border", borders.name, borders.period_border, borders.period_cell, -power)


def domain_injections(book: Book, results: Results, units: Units) -> Injections:
    """Return what domains put into cells, a row an exchange: an export into the domain is negative.

    In a cell longer than the domain's period a row is the mean over the cell, exactly: see `Units.of`.
    """
    domains, minutes = book.domains, book.cells.minutes[book.domains.exchange_cell]
    power = units.quantities(results.published.domain, "domain_exchanges")
    domain = domains.period_domain[domains.exchange_period]
    return Injections(
        "domain", domains.name, domain, domains.exchange_cell, -(power * domains.minutes[domain] // minutes)
    )


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
        out[q] = half_away(exact)
    return out


def congestion_income(book: Book, results: Results) -> pl.DataFrame:
    """Return the income of every line, border and flow-based domain in every period.

    Returns:
        Columns `kind` (`line`, `border` or `domain`), `name`, `mtu_start`, `minutes`,
        `exchange_mw` (of a domain: all exports into it), `income_minor`, `currency`. Of a line
        with losses the energy that is lost has been paid for; in a market with tariffs their
        income stands apart, in `tariff_minor`, and `income_minor` is what is left after it.

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
    tariff = tariff_minor(book, results, units)
    income -= tariff
    borders = border_injections(book, results, units)
    kept = outside_minor(book, results, units) + amounts(borders, price, minutes, units)
    lines, edge, domains = book.lines, book.borders, book.domains
    shared, exports = (np.zeros(len(domains.period_start), dtype=kind) for kind in (np.int64, np.float64))
    np.add.at(shared, domains.exchange_period, amounts(domain_injections(book, results, units), price, minutes, units))
    np.add.at(exports, domains.exchange_period, np.maximum(results.published.domain, 0.0))
    tables = [
        _table("line", lines.name, lines.period_line, lines.period_start, lines.minutes[lines.period_line]),
        _table(
            "border",
            edge.name,
            edge.period_border,
            book.cells.start[edge.period_cell],
            book.cells.minutes[edge.period_cell],
        ),
        _table(
            "domain",
            domains.name,
            domains.period_domain,
            domains.period_start,
            domains.minutes[domains.period_domain],
        ),
    ]
    money = [(results.published.exchange, income), (results.published.border, kept), (exports, shared)]
    out = pl.concat(
        [
            table.with_columns(
                pl.Series("exchange_mw", power, dtype=pl.Float64),
                pl.Series("income_minor", minor, dtype=pl.Int64),
                pl.lit(book.currency).alias("currency"),
            )
            for table, (power, minor) in zip(tables, money, strict=True)
        ]
    )
    if not lines.has_tariffs:
        return out
    paid = np.concatenate([tariff, np.zeros(out.height - len(tariff), dtype=np.int64)])
    return out.insert_column(out.width - 1, pl.Series("tariff_minor", paid, dtype=pl.Int64))


def equal_parts(amount: int, count: int) -> tuple[int, ...]:
    """Return an amount in equal parts; minor units that are left over go to the first ones, one each.

    >>> equal_parts(7, 2), equal_parts(-7, 2), equal_parts(8, 3)
    ((4, 3), (-4, -3), (3, 3, 2))
    """
    whole, left = divmod(abs(amount), count)
    sign = 1 if amount >= 0 else -1
    return tuple(sign * (whole + (i < left)) for i in range(count))


def _table(kind: str, names: tuple[str, ...], who: IntArray, start: IntArray, minutes: IntArray) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "kind": pl.Series([kind] * len(who), dtype=pl.String),
            "name": pl.Series([names[i] for i in who], dtype=pl.String),
            "mtu_start": moments(start),
            "minutes": pl.Series(minutes, dtype=pl.Int64),
        }
    )
