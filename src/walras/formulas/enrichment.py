"""Nuclear fuel: the feed and the separative work that enriched uranium takes, by its assays.

An assay is the share of U-235 in the mass of uranium, as a ratio: natural uranium has 0.00711.
Product, feed and tails are P, F and T, in kgU; the balances of uranium and of U-235 and the
value function (Whitley, Rev. Mod. Phys. 56, 41, 1984, appendix A) give::

    F/P = (x_p - x_t) / (x_f - x_t)
    T/P = F/P - 1
    V(x) = (1 - 2 x) ln((1 - x) / x)
    SWU/P = V(x_p) + T/P V(x_t) - F/P V(x_f)

The language of formulas and supply contracts ask it. F/P and T/P are exact; a logarithm is not,
so that SWU/P is rounded, the same on every machine (see `swu_factor`). Losses of conversion and
fabrication, and what lies between U3O8 and uranium, are terms of a contract and not in here.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext
from fractions import Fraction

from walras.errors import BadInput, Mistake
from walras.formulas.limits import LARGEST, MOST_ASSAY_BITS

DIGITS, PLACES = 60, 12
"""Digits of everything that stands on a logarithm, and decimal places of SWU/P."""
CARRIED = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN, Emin=-999_999, Emax=999_999,
                  traps=[DivisionByZero, InvalidOperation, Overflow])  # fmt: skip

Problem = tuple[str, str, str]
"""What, rule and fix."""


def feed_factor(product: Fraction, feed: Fraction, tails: Fraction) -> Fraction:
    """Return how much feed one kilogram of product takes, in kgU/kgU, exactly.

    Args:
        product: Its assay, as a ratio.
        feed: That of the feed; natural uranium has 0.00711.
        tails: That of the tails.

    Raises:
        BadInput: The assays are none, or out of order (see `problems`).

    Example:
        3 % from natural uranium at tails of 0.2 %: 2.8 / 0.511 = 5.479 kg.

        >>> feed_factor(Fraction(3, 100), Fraction(711, 10**5), Fraction(2, 1000))
        Fraction(400, 73)
    """
    _refuse(problems(product, feed, tails))
    return (product - tails) / (feed - tails)


def tails_factor(product: Fraction, feed: Fraction, tails: Fraction) -> Fraction:
    """Return how much tails one kilogram of product leaves, in kgU/kgU, exactly.

    Raises:
        BadInput: As `feed_factor`.

    Example:
        >>> tails_factor(Fraction(3, 100), Fraction(711, 10**5), Fraction(2, 1000))
        Fraction(327, 73)
    """
    return feed_factor(product, feed, tails) - 1


def swu_factor(product: Fraction, feed: Fraction, tails: Fraction) -> Fraction:
    """Return the separative work that one kilogram of product takes, in SWU/kgU, to twelve places.

    It is computed in decimals of 60 digits, in which logarithms are correctly rounded by
    definition, and rounded half to even. Before that its error is below 1e-20: assays have at
    most 512 bits, so that a logarithm is below 355 and a value off by less than 1e-56; F/P is
    below 1e30, so that a term is below 1e33 and off by less than 1e-25. The figure is therefore
    within 0.5e-12 + 1e-20 of the true one, and never negative.

    Raises:
        BadInput: As `feed_factor`.

    Example:
        3 % from natural uranium at tails of 0.2 % takes 4.306 SWU.

        >>> float(swu_factor(Fraction(3, 100), Fraction(711, 10**5), Fraction(2, 1000)))
        4.306474552005
    """
    _refuse(problems(product, feed, tails))
    per_product = (product - tails) / (feed - tails)
    with localcontext(CARRIED):
        work = value(product) + _decimal(per_product - 1) * value(tails) - _decimal(per_product) * value(feed)
        return Fraction(work.quantize(Decimal(1).scaleb(-PLACES)))


def value(assay: Fraction) -> Decimal:
    """Return the value function of an assay between 0 and 1, to 60 digits.

    Example:
        >>> value(Fraction(1, 2)), round(value(Fraction(711, 10**5)), 6)
        (Decimal('0'), Decimal('4.868883'))
    """
    with localcontext(CARRIED):
        return _decimal(1 - 2 * assay) * _decimal((1 - assay) / assay).ln()


def problems(product: Fraction, feed: Fraction, tails: Fraction) -> list[Problem]:
    """Return what is wrong with assays: each lies between 0 and 1, and tails < feed <= product.

    Assays have at most 512 bits, and F/P is below 1e30, so that the figures stay short and quick.

    Example:
        >>> [rule for _, rule, _ in problems(Fraction("4.95"), Fraction("0.711"), Fraction("0.22"))]
        ['assay_range']
    """
    named = {"product": product, "feed": feed, "tails": tails}
    found = [
        (f"the assay of the {name} does not lie between 0 and 100 %", "assay_range",
         "Write the share of U-235, above zero and below one: 4.95 % is 0.0495.")
        for name, assay in named.items() if not 0 < assay < 1
    ]  # fmt: skip
    if found:
        return found
    if max(n.bit_length() for a in named.values() for n in a.as_integer_ratio()) > MOST_ASSAY_BITS:
        return [("an exact assay is too long to carry", "figure_length", "Round it to a few places.")]
    if not tails < feed <= product:
        return [("the assays are not in order", "assays_ordered", "Give tails below feed, and feed up to product.")]
    if (product - tails) / (feed - tails) >= LARGEST:
        return [("feed and tails have nearly one assay", "figure_range", "Give tails further below feed.")]
    return []


def _refuse(found: list[Problem]) -> None:
    if found:
        raise BadInput([Mistake(what, "enrichment", rule, fix) for what, rule, fix in found])


def _decimal(figure: Fraction) -> Decimal:
    return Decimal(figure.numerator) / Decimal(figure.denominator)
