"""From a published result to who owes whom.

Every cell is one entry of the ledger: what members, lines, borders and flow-based domains
sold and bought in it, and the rounding that is left over. Then every border passes its
trade on to the neighbour, every line sets its tariff apart (and, if the terms say so, what
losses cost it), and what lines, borders and domains have left over is shared by its key. Where
losses of orders are compensated, those who lose are paid and the difference amount is charged to
members by their shares; members pay fees; balances of those who pay in another currency are
converted. Lines, borders and domains end at zero; what remains are members, neighbours, tariffs,
operators, fees, exchange and rounding, which sum to zero too (formulation, section 9).

Signs: positive = receives. Amounts are whole minor units of their currency.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.errors import BadInput, Mistake
from walras.results.audit.balance import allowed_residual
from walras.results.audit.case import published_case
from walras.results.raw import Raw
from walras.results.results import Results
from walras.settlement.accounts import TRANSIT, role_of
from walras.settlement.congestion import border_injections, congestion_income, domain_injections, line_injections
from walras.settlement.currencies import Rates, conversion_items
from walras.settlement.differences import difference_items
from walras.settlement.energy import border_items, cell_items, loss_items, tariff_items
from walras.settlement.fees import fee_items
from walras.settlement.items import Item, cell_name, summed
from walras.settlement.ledger import Ledger
from walras.settlement.money import Units
from walras.settlement.positions import Injections, amounts, member_injections, positions
from walras.settlement.sharing import share_items
from walras.settlement.statement import statement_lines
from walras.settlement.terms import Terms, check_terms

PLAIN = Terms()
"""Terms of a market that agreed nothing beyond its auction."""


@dataclass(frozen=True)
class Settlement:
    """What one result makes everybody owe.

    Attributes:
        currency, decimals: The currency of trade and how many decimals its minor unit has.
        positions: Energy and money of members (see `positions.positions`).
        congestion: Income of lines, borders and domains (see `congestion.congestion_income`).
        lines: Lines of the statements of all parties (see `statement.statement_lines`).
        items: All that the session is settled for, in the order of the ledger.
        ledger: Every posting, chained.
        who_owes_whom: `party, role, pays_minor, receives_minor, net_minor, currency`; the
            counterparty of each is the market itself. Sorted by role and name.
    """

    currency: str
    decimals: int
    positions: pl.DataFrame
    congestion: pl.DataFrame
    lines: pl.DataFrame
    items: tuple[Item, ...]
    ledger: Ledger
    who_owes_whom: pl.DataFrame

    def net_minor(self, role: str) -> int:
        """Return what all parties of a role receive in the end, in minor units of the currency of trade."""
        rows = self.who_owes_whom.filter(pl.col("role") == role, pl.col("currency") == self.currency)
        return int(rows["net_minor"].sum())


def settle(book: Book, results: Results, terms: Terms = PLAIN, rates: Rates | None = None) -> Settlement:
    """Settle published prices and volumes.

    Args:
        book: What was traded in.
        results: What was published.
        terms: What the market agreed about money beyond its auction.
        rates: Fixings of the delivery day, needed where a party pays in another currency.

    Returns:
        Positions, congestion income, statement lines, the ledger, and who owes whom. In each
        currency members' net + neighbours + tariffs + operators + fees + exchange + rounding is zero.

    Raises:
        BadInput: A value that is not on the tick, a cell whose published volumes do not balance,
            terms that cannot be settled by, or a fixing that is missing.
    """
    check_terms(terms)
    units = Units.of(book)
    items = settlement_items(book, results, units, terms, rates or {})
    ledger = Ledger()
    for item in items:
        ledger.post(item.entry)
    owed = _who_owes_whom(ledger)
    traded = positions(book, results)
    lines = statement_lines(traded, items)
    income = congestion_income(book, results)
    return Settlement(book.currency, units.decimals, traded, income, lines, tuple(items), ledger, owed)


def settlement_items(book: Book, results: Results, units: Units, terms: Terms, rates: Rates) -> list[Item]:
    """Return all that a session is settled for, in the order of the ledger; raises as `settle` does."""
    price, minutes = units.prices(results.price), book.cells.minutes
    members = member_injections(book, results.published, units)
    lines, _ = line_injections(book, results, units)
    kinds = [members, lines, border_injections(book, results, units), domain_injections(book, results, units)]
    _refuse_imbalance(book, results, kinds, units)
    items = list(cell_items(book, kinds, [amounts(k, price, minutes, units) for k in kinds]))
    items += border_items(book, results, units)
    items += tariff_items(book, results, units)
    if terms.losses_apart:
        items += loss_items(book, results, units)
    items += share_items(book, results, units, terms, summed(items))
    items += difference_items(book, results)
    items += fee_items(book, members, units, terms.fees)
    items += conversion_items(summed(items), terms.payment, rates)
    check_balance(items)
    return items


def check_balance(items: list[Item]) -> None:
    """Assert the identity of a session: each currency sums to zero, and nothing is left under way."""
    left = summed(items)
    for currency in {c for _, c in left}:
        assert sum(a for (_, c), a in left.items() if c == currency) == 0, "a currency must sum to zero"
    assert not [a for (a, _), minor in left.items() if minor and role_of(a) in TRANSIT], "nothing may be left under way"


def _refuse_imbalance(book: Book, results: Results, kinds: list[Injections], units: Units) -> None:
    """Refuse cells that do not balance, but for what rounding to ticks may leave and a flagged result may publish."""
    left = np.zeros(book.cells.count, dtype=np.int64)
    for k in kinds:
        np.add.at(left, k.cell, k.units)
    if not left.any():
        return
    allowed = allowed_residual(published_case(Raw(book), results)) + min(g.quantity_tick.size for g in book.cells.grids)
    bad = np.flatnonzero(np.abs(left) / units.quantity_scale > allowed)
    if bad.size:
        raise BadInput(
            Mistake(
                f"published volumes leave {left[c] / units.quantity_scale:+g} MW over",
                cell_name(book, int(c)),
                "cell_balance",
                "Settle a result that passes the audit.",
            )
            for c in bad
        )


def _who_owes_whom(ledger: Ledger) -> pl.DataFrame:
    role = pl.col("account").str.split("/").list.first()
    amount = pl.col("amount_minor")
    return (
        ledger.rows()
        .with_columns(role.alias("role"))
        .filter(~pl.col("role").is_in(sorted(TRANSIT)))
        .with_columns(pl.col("account").str.strip_prefix(pl.col("role") + "/").alias("party"))
        .group_by("role", "party", "currency")
        .agg(
            (-amount.filter(amount < 0)).sum().alias("pays_minor"),
            amount.filter(amount > 0).sum().alias("receives_minor"),
            amount.sum().alias("net_minor"),
        )
        .sort("role", "party", "currency")
        .select("party", "role", "pays_minor", "receives_minor", "net_minor", "currency")
    )
