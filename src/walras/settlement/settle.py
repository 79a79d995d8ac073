"""From a published result to who owes whom.

Every cell is one entry of the ledger: what members, lines, borders and flow-based domains
sold and bought in it, and the rounding that is left over. Then every border passes its
trade on to the neighbour, every line sets its tariff apart, and every line and border shares
its income, half to the system operator of either end, every domain in equal parts among those
of its zones. Where losses are compensated, those who lose are paid and the difference amount is charged
to members by their shares. Lines, borders and domains end at zero; what remains are members, neighbours,
tariffs, operators and rounding, which sum to zero too (formulation, section 9).

Signs: positive = receives. Amounts are whole minor units of the auction's currency.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.cells import IntArray
from walras.errors import BadInput, Mistake
from walras.results.compensation import PURCHASE, SALE, Compensation
from walras.results.raw import Raw
from walras.results.results import Results
from walras.settlement.congestion import (
    border_injections,
    congestion_income,
    domain_injections,
    equal_parts,
    line_injections,
    outside_minor,
    tariff_minor,
)
from walras.settlement.ledger import Entry, Ledger, Posting
from walras.settlement.money import Units
from walras.settlement.positions import Injections, amounts, member_injections, positions
from walras.vocabulary import Side

ROUNDING = "rounding/market"
ROLES = ("member", "neighbour", "operator", "rounding", "tariff")


@dataclass(frozen=True)
class Settlement:
    """What one result makes everybody owe.

    Attributes:
        currency, decimals: The currency and how many decimals its minor unit has.
        positions: Energy and money of members (see `positions.positions`).
        congestion: Income of lines, borders and domains (see `congestion.congestion_income`).
        ledger: Every posting, chained.
        who_owes_whom: `party, role, pays_minor, receives_minor, net_minor, currency`; the
            counterparty of each is the market itself. Sorted by role and name.
    """

    currency: str
    decimals: int
    positions: pl.DataFrame
    congestion: pl.DataFrame
    ledger: Ledger
    who_owes_whom: pl.DataFrame

    def net_minor(self, role: str) -> int:
        """Return what all parties of a role receive in the end, in minor units."""
        return int(self.who_owes_whom.filter(pl.col("role") == role)["net_minor"].sum())


def settle(book: Book, results: Results) -> Settlement:
    """Settle published prices and volumes.

    Returns:
        Positions, congestion income, the ledger, and who owes whom. Members' net +
        neighbours + tariffs + congestion income + rounding is zero to the last minor unit.

    Raises:
        BadInput: A value that is not on the tick, or a cell whose published volumes do not balance.
    """
    units = Units.of(book)
    price, minutes = units.prices(results.price), book.cells.minutes
    lines, _ = line_injections(book, results, units)
    network = [lines, border_injections(book, results, units), domain_injections(book, results, units)]
    kinds = [member_injections(book, results, units), *network]
    _refuse_imbalance(book, kinds, units)
    ledger = Ledger()
    for entry in _cell_entries(book, kinds, [amounts(k, price, minutes, units) for k in kinds]):
        ledger.post(entry)
    for entry in _border_entries(book, outside_minor(book, results, units)):
        ledger.post(entry)
    for entry in _tariff_entries(book, tariff_minor(book, results, units)):
        ledger.post(entry)
    for entry in _shares(book, ledger.balances()):
        ledger.post(entry)
    for entry in _difference_entries(book, results):
        ledger.post(entry)
    owed = _who_owes_whom(ledger, book.currency)
    assert int(owed["net_minor"].sum()) == 0, "members, neighbours, tariffs, congestion and rounding must sum to zero"
    return Settlement(
        book.currency, units.decimals, positions(book, results), congestion_income(book, results), ledger, owed
    )


def _refuse_imbalance(book: Book, kinds: list[Injections], units: Units) -> None:
    left = np.zeros(book.cells.count, dtype=np.int64)
    for k in kinds:
        np.add.at(left, k.cell, k.units)
    bad = np.flatnonzero(left)
    if bad.size:
        raise BadInput(
            Mistake(
                f"published volumes leave {left[c] / units.quantity_scale:+g} MW over",
                _cell_name(book, int(c)),
                "cell_balance",
                "Settle a result that passes the audit.",
            )
            for c in bad
        )


def _cell_entries(book: Book, kinds: list[Injections], money: list[IntArray]) -> Iterator[Entry]:
    accounts = np.concatenate([np.array([f"{k.kind}/{p}" for p in k.party], dtype=object)[k.who] for k in kinds])
    cell = np.concatenate([k.cell for k in kinds])
    amount = np.concatenate(money)
    order = np.argsort(cell, kind="stable")
    order = order[amount[order] != 0]
    edges = np.searchsorted(cell[order], np.arange(book.cells.count + 1))
    for c in range(book.cells.count):
        rows = order[edges[c] : edges[c + 1]]
        if not rows.size:
            continue
        postings = [Posting(str(accounts[r]), book.currency, int(amount[r])) for r in rows]
        yield _balanced(_cell_name(book, c), postings, ROUNDING, book.currency)


def _border_entries(book: Book, outside: IntArray) -> Iterator[Entry]:
    for b, name in enumerate(book.borders.name):
        paid = int(outside[book.borders.period_border == b].sum())
        if paid:
            postings = [Posting(f"neighbour/{name}", book.currency, -paid)]
            yield _balanced(f"border {name}: trade with the neighbour", postings, f"border/{name}", book.currency)


def _tariff_entries(book: Book, paid: IntArray) -> Iterator[Entry]:
    """Set the tariff income of every line apart from what scarce capacity earns it."""
    for line, name in enumerate(book.lines.name):
        amount = int(paid[book.lines.period_line == line].sum())
        if amount:
            postings = [Posting(f"tariff/{name}", book.currency, amount)]
            yield _balanced(f"line {name}: tariff for what was sent", postings, f"line/{name}", book.currency)


def _shares(book: Book, balances: dict[tuple[str, str], int]) -> Iterator[Entry]:
    """Share what every line and border has left over between its two ends, every domain among its zones."""
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
    for account, zones in ends.items():
        shares = equal_parts(balances.get((account, book.currency), 0), len(zones))
        postings = [Posting(f"operator/{z}", book.currency, s) for z, s in zip(zones, shares, strict=True) if s]
        if postings:
            how = "half and half" if len(zones) == 2 else "in equal parts"
            yield _balanced(f"{account}: income shared {how}", postings, account, book.currency)


def _difference_entries(book: Book, results: Results) -> Iterator[Entry]:
    """Pay compensations and charge shares of the difference amount, an entry a part (formulation, eq. 5.12 to 5.14).

    Nothing under a rules profile that forbids losses.
    """
    if not book.profile.compensates:
        return
    found = Compensation(Raw(book), results.published, results.price)
    paid: dict[str, list[Posting]] = {part: [] for part in found.differences}
    for orders, minor in ((book.blocks, found.block_minor), (book.flexibles, found.flexible_minor)):
        for o in np.flatnonzero(minor).tolist():
            part = PURCHASE if orders.side[o] == Side.DEMAND else SALE
            paid[part].append(Posting(f"member/{orders.member[o]}", book.currency, int(minor[o])))
    for part, amount in found.differences.items():
        shares = [(s.member, s.minor) for s in found.shares if s.difference == part and s.minor]
        charged = [Posting(f"member/{member}", book.currency, -minor) for member, minor in shares]
        if amount:
            yield _balanced(f"difference amount: {part}", [*paid[part], *charged], ROUNDING, book.currency)


def _balanced(text: str, postings: list[Posting], account: str, currency: str) -> Entry:
    """Return an entry whose last posting takes what the others leave."""
    left = -sum(p.amount_minor for p in postings)
    return Entry(text, (*postings, Posting(account, currency, left)) if left else tuple(postings))


def _who_owes_whom(ledger: Ledger, currency: str) -> pl.DataFrame:
    role = pl.col("account").str.split("/").list.first()
    amount = pl.col("amount_minor")
    return (
        ledger.rows()
        .with_columns(role.alias("role"))
        .filter(pl.col("role").is_in(ROLES))
        .with_columns(pl.col("account").str.strip_prefix(pl.col("role") + "/").alias("party"))
        .group_by("role", "party")
        .agg(
            (-amount.filter(amount < 0)).sum().alias("pays_minor"),
            amount.filter(amount > 0).sum().alias("receives_minor"),
            amount.sum().alias("net_minor"),
        )
        .with_columns(pl.lit(currency).alias("currency"))
        .sort("role", "party")
        .select("party", "role", "pays_minor", "receives_minor", "net_minor", "currency")
    )


def _cell_name(book: Book, c: int) -> str:
    cells = book.cells
    at = datetime.fromtimestamp(int(cells.start[c]) * 60, UTC)
    carrier = cells.grids[int(cells.grid[c])].carrier
    return f"{cells.zones[int(cells.zone[c])].name} {carrier} {at:%Y-%m-%dT%H:%MZ}"
