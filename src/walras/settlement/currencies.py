"""From the currency of trade into the one in which a party pays and is paid, at stored fixings.

A session's balance of a party is converted as one amount, rounded once; both sides stand on
`exchange/market`, whose balances are the open position that conversions leave. A fixing says how
many units of its quote one unit of its base is worth; the other way round it divides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from walras.errors import BadInput, Mistake
from walras.results.minor_units import decimals_of, half_away
from walras.settlement.accounts import PARTIES, role_of
from walras.settlement.items import Item
from walras.settlement.ledger import Entry, Posting

EXCHANGE = "exchange/market"
Rates = Mapping[tuple[str, str], Fraction]
"""Units of the second currency for one of the first."""


def converted(amount_minor: int, base: str, quote: str, rates: Rates) -> int:
    """Return an amount in another currency, in its minor units, rounded once, halves away from zero.

    Raises:
        BadInput: There is no fixing of the pair, in either direction (rule `fixing_missing`).

    Example:
        USD 100.00 at 18.2345 ZAR are ZAR 1823.45; back again at the same fixing USD 100.00:

        >>> rates = {("USD", "ZAR"): Fraction("18.2345")}
        >>> converted(10000, "USD", "ZAR", rates), converted(182345, "ZAR", "USD", rates)
        (182345, 10000)
    """
    if base == quote:
        return amount_minor
    if (base, quote) in rates:
        rate = rates[base, quote]
    elif (quote, base) in rates:
        rate = 1 / rates[quote, base]
    else:
        fix = "Store the fixing of that pair for the delivery day."
        raise BadInput([Mistake(f"no fixing of {base}/{quote}", "currencies", "fixing_missing", fix)])
    return half_away(amount_minor * rate * Fraction(10) ** (decimals_of(quote) - decimals_of(base)))


def conversion_items(
    balances: Mapping[tuple[str, str], int], payment: Mapping[str, str], rates: Rates
) -> Iterator[Item]:
    """Yield the conversion of every party that pays in another currency than it traded in; `balances` are before."""
    for (account, currency), amount in sorted(balances.items()):
        to = payment.get(account, currency)
        if to == currency or not amount or role_of(account) not in PARTIES:
            continue
        other = converted(amount, currency, to, rates)
        postings = conversion_postings(account, currency, to, amount, other)
        yield Item("conversion", Entry(f"{account}: {currency} into {to}", postings))


def conversion_postings(account: str, currency: str, to: str, amount_minor: int, becomes: int) -> tuple[Posting, ...]:
    """Return the postings by which an amount leaves an account in one currency and enters it in another."""
    postings = Posting(account, currency, -amount_minor), Posting(EXCHANGE, currency, amount_minor)
    return postings + ((Posting(account, to, becomes), Posting(EXCHANGE, to, -becomes)) if becomes else ())
