"""Rules of borders to the world outside (eq. A.11 to A.14).

A price-taking border trades at its outside price within its capacities, like a line to
a place of that price. A fixed border's exchange is met, unless the price stands at the
limit that says that it cannot be: the upper one for an export, the lower one for an import.
"""

from __future__ import annotations

import numpy as np

from walras.results.audit.case import Case
from walras.results.audit.lines import floored, reach
from walras.results.audit.names import border_name
from walras.results.audit.violation import Report


def check_borders(case: Case, report: Report) -> None:
    """border_capacity, border_prices, fixed_exchange_range, fixed_exchange_met."""
    if case.raw.book.borders.count:
        is_fixed = case.raw.book.borders.is_fixed[case.raw.book.borders.period_border].astype(bool)
        _price_taking(case, np.flatnonzero(~is_fixed), report)
        _fixed(case, np.flatnonzero(is_fixed), report)


def _price_taking(case: Case, q: np.ndarray[tuple[int], np.dtype[np.int64]], report: Report) -> None:
    book, cells = case.raw.book, case.raw.book.cells
    borders, exchange, cell = book.borders, case.volumes.border[q], book.borders.period_cell[q]
    tick, dust = case.volume_tick[cell], case.dust(exchange)
    export, import_ = borders.capacity_export[q], borders.capacity_import[q]
    over = np.maximum(exchange - reach(export, tick), -exchange - reach(import_, tick))
    report.add(
        "border_capacity",
        over - dust,
        lambda i: border_name(book, int(q[i])),
        lambda i: f"exchange {exchange[i]:.9g} MW is outside [{-import_[i]:.9g}, {export[i]:.9g}] MW",
    )
    inside, outside = case.price[cell], borders.price[q]
    # An outside price beyond the limits of the cell cannot draw the cell's price beyond them.
    reachable = np.clip(outside, cells.price_min[cell], cells.price_max[cell])
    dearer, cheaper = np.full(len(q), -np.inf), np.full(len(q), -np.inf)
    for active, against, sink in (
        (exchange > dust, outside, dearer),
        (-exchange < floored(import_, tick) - dust, reachable, dearer),
    ):
        sink[active] = np.maximum(sink, inside - against)[active]
    for active, against, sink in (
        (exchange < -dust, outside, cheaper),
        (exchange < floored(export, tick) - dust, reachable, cheaper),
    ):
        sink[active] = np.maximum(sink, against - inside)[active]
    allowed = case.half_price_tick[cell] + case.relative * np.maximum(1.0, np.abs(inside))
    report.add(
        "border_prices",
        np.maximum(dearer, cheaper) - allowed,
        lambda i: border_name(book, int(q[i])),
        lambda i: (
            f"exchange {exchange[i]:.9g} MW does not fit prices of {inside[i]:.9g} inside and {outside[i]:.9g} outside"
        ),
    )


def _fixed(case: Case, q: np.ndarray[tuple[int], np.dtype[np.int64]], report: Report) -> None:
    book, cells = case.raw.book, case.raw.book.cells
    borders, exchange, cell = book.borders, case.volumes.border[q], book.borders.period_cell[q]
    wanted, tick = borders.exchange[q], case.volume_tick[cell]
    size, done = np.abs(wanted), exchange * np.sign(wanted)
    report.add(
        "fixed_exchange_range",
        np.where(size > 0, np.maximum(-done, done - reach(size, tick)), np.abs(exchange)) - case.dust(wanted),
        lambda i: border_name(book, int(q[i])),
        lambda i: f"exchange {exchange[i]:.9g} MW is not between 0 and the fixed {wanted[i]:.9g} MW",
    )
    limit = np.where(wanted > 0, cells.price_max[cell], cells.price_min[cell])
    at_limit = np.abs(case.price[cell] - limit) <= case.relative * np.maximum(1.0, np.abs(limit))
    report.add(
        "fixed_exchange_met",
        np.where(at_limit, 0.0, floored(size, tick) - done - case.dust(wanted)),
        lambda i: border_name(book, int(q[i])),
        lambda i: (
            f"exchange {exchange[i]:.9g} MW is cut below the fixed {wanted[i]:.9g} MW "
            f"though the price of {case.price[cell[i]]:.9g} is not at its limit"
        ),
    )
