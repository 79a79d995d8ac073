"""Sharing keys: whose the income of lines, borders and flow-based domains is.

Half to the system operator of either end, a domain's in equal parts to those of its zones, unless the
terms say otherwise: fixed shares (ownership), or flows through a domain. Every share is whole minor
units; what cannot be divided goes to the largest remainder, of equal ones to the first.

By flows: in each period of a domain a border `b` between zones `a` and `z` gets

    w[b] = |sum over zones of factor[b, zone] x net position into the domain| x |price[z] - price[a]|

of the domain's income, its weight in all weights, and each of its sides half of that (additional
aggregated flows; the factors are the agreement's, not the market's).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from walras.book.book import Book
from walras.results.minor_units import shared_out
from walras.results.results import Results
from walras.settlement.congestion import domain_injections, equal_parts
from walras.settlement.items import Item, balanced
from walras.settlement.ledger import Posting
from walras.settlement.money import Units
from walras.settlement.positions import amounts
from walras.settlement.terms import FlowBased, Shares, Terms


def share_items(
    book: Book, results: Results, units: Units, terms: Terms, balances: dict[tuple[str, str], int]
) -> Iterator[Item]:
    """Yield how every element shares what it has left over; `balances` are those before.

    Lines, borders and domains end at zero, and so do losses and, if the terms say so, tariffs.
    """
    ends = _ends(book, terms)
    roles = [("line", "congestion"), ("border", "congestion"), ("domain", "congestion"), ("loss", "loss")]
    roles += [("tariff", "tariff")] if terms.tariffs_shared else []
    for role, kind in roles:
        for element, operators in ends.items():
            if element.partition("/")[0] != ("line" if role in {"loss", "tariff"} else role):
                continue
            account = f"{role}/{element.partition('/')[2]}"
            amount = balances.get((account, book.currency), 0)
            key = terms.keys.get(element)
            if isinstance(key, FlowBased):
                shares, how = _by_flow(book, results, units, key, element, terms, amount), "by flows"
            elif isinstance(key, Shares):
                shares, how = by_ownership(amount, key.of), "by ownership"
            else:
                parts = zip(operators, equal_parts(amount, len(operators)), strict=True)
                shares, how = list(parts), "half and half" if len(operators) == 2 else "in equal parts"
            postings = [Posting(who, book.currency, minor) for who, minor in shares if minor]
            if postings:
                yield Item(kind, balanced(f"{account}: shared {how}", postings, account, book.currency))


def by_ownership(amount: int, shares: Sequence[tuple[str, Fraction]]) -> list[tuple[str, int]]:
    """Return each owner's part of an amount, as accounts of system operators.

    >>> by_ownership(101, [("North", Fraction(3, 4)), ("South", Fraction(1, 4))])
    [('operator/North', 76), ('operator/South', 25)]
    """
    scale = math.lcm(*(share.denominator for _, share in shares))
    parts = shared_out(amount, np.array([int(share * scale) for _, share in shares], dtype=object))
    return [(f"operator/{name}", int(part)) for (name, _), part in zip(shares, parts, strict=True)]


def _ends(book: Book, terms: Terms) -> dict[str, tuple[str, ...]]:
    """Return the operators at the ends of every element, sending end first."""
    zone_of = [book.cells.zones[g.zone].name for g in book.cells.grids]
    lines, borders, domains = book.lines, book.borders, book.domains
    ends: dict[str, tuple[str, ...]] = {
        f"line/{n}": (zone_of[a], zone_of[b])
        for n, a, b in zip(lines.name, lines.from_grid, lines.to_grid, strict=True)
    }
    ends |= {
        f"border/{n}": (zone_of[g], other)
        for n, g, other in zip(borders.name, borders.grid, borders.neighbour, strict=True)
    }
    ends |= {
        f"domain/{n}": tuple(zone_of[g] for g in domains.member_grid[domains.member_domain == d].tolist())
        for d, n in enumerate(domains.name)
    }
    return {element: tuple(terms.operator_of(z) for z in zones) for element, zones in ends.items()}


def _by_flow(
    book: Book, results: Results, units: Units, key: FlowBased, element: str, terms: Terms, amount: int
) -> list[tuple[str, int]]:
    """Return the operators' parts of a domain's income, shared period by period; they sum to `amount`."""
    d = book.domains.name.index(element.partition("/")[2])
    cells, zone_names = book.cells, [z.name for z in book.cells.zones]
    rows = domain_injections(book, results, units)
    price, money = units.prices(results.price), amounts(rows, units.prices(results.price), cells.minutes, units)
    exported = -rows.units * cells.minutes[rows.cell]  # energy: in a longer cell a period counts for its part alone
    periods: dict[int, list[int]] = defaultdict(list)
    for x in np.flatnonzero(rows.who == d).tolist():
        periods[int(book.domains.exchange_period[x])].append(x)
    found: dict[str, int] = defaultdict(int)
    for exchanges in periods.values():
        zone = {zone_names[int(cells.zone[rows.cell[x]])]: x for x in exchanges}
        weights = [_weight(border.factors, border.zones, zone, exported, price[rows.cell]) for border in key.borders]
        scale = math.lcm(*(w.denominator for w in weights))
        whole = np.array([int(w * scale) for w in weights], dtype=object)
        parts = shared_out(int(money[exchanges].sum()), whole)
        for border, part in zip(key.borders, parts.tolist(), strict=True):
            for zone_name, half in zip(border.zones, equal_parts(int(part), 2), strict=True):
                found[terms.operator_of(zone_name)] += half
    assert sum(found.values()) == amount, "a domain shares what it earned"
    return sorted(found.items())


def _weight(
    factors: object, zones: tuple[str, str], row: dict[str, int], net_position: np.ndarray, price: np.ndarray
) -> Fraction:
    """Return |flow over a border| x |spread between its zones|, in units that are the same for all borders."""
    assert isinstance(factors, dict)
    flow = sum((f * int(net_position[row[z]]) for z, f in factors.items() if z in row), Fraction(0))
    a, b = (row.get(z) for z in zones)
    return abs(flow) * abs(int(price[b]) - int(price[a])) if a is not None and b is not None else Fraction(0)
