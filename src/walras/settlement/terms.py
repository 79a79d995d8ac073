"""What a market agreed about money beyond its auction: fees, sharing keys, currencies of payment.

Frozen and exact: rates and shares are fractions. Written at the door (`service.clearing.terms`)
or by hand; read by `settle`.

Parties are accounts such as `member/M-0001` or `operator/North`; elements `line/N-S`, `border/X`,
`domain/Core`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from walras.errors import BadInput, Mistake
from walras.vocabulary import Side

SIDES = {"supply": Side.SUPPLY, "demand": Side.DEMAND}


@dataclass(frozen=True)
class Fee:
    """What members pay the market operator.

    Attributes:
        name: Account `fee/NAME`.
        per_mwh: Of energy that a member trades on the sides named, in the trade currency.
        per_session: Of every member that traded anything on those sides.
        sides: `supply`, `demand`, or both.
    """

    name: str
    per_mwh: Fraction = Fraction(0)
    per_session: Fraction = Fraction(0)
    sides: tuple[str, ...] = ("supply", "demand")


@dataclass(frozen=True)
class Shares:
    """A key with fixed shares: what an element earns belongs to these operators; shares sum to one."""

    of: tuple[tuple[str, Fraction], ...]


@dataclass(frozen=True)
class FlowBorder:
    """One border inside a flow-based domain: its two zones, and how much of each zone's net position crosses it."""

    name: str
    zones: tuple[str, str]
    factors: Mapping[str, Fraction]


@dataclass(frozen=True)
class FlowBased:
    """A key by additional aggregated flows: a domain's income goes to borders by |flow x spread|, half to each side."""

    borders: tuple[FlowBorder, ...]


Key = Shares | FlowBased


@dataclass(frozen=True)
class Terms:
    """What a session is settled by, beside its published result.

    Attributes:
        operators: System operator of each zone; a zone that is not named is its own.
        fees: What members pay the market operator.
        keys: Sharing key by element; without one half goes to either end, of a domain equal parts to its zones.
        losses_apart: Whether what lost energy costs is booked and shared apart from congestion income.
        tariffs_shared: Whether tariffs are shared by the key of their line; else they stay on `tariff/LINE`.
        payment: Currency in which a party pays and is paid, by account; the trade currency where none is named.
    """

    operators: Mapping[str, str] = field(default_factory=dict)
    fees: tuple[Fee, ...] = ()
    keys: Mapping[str, Key] = field(default_factory=dict)
    losses_apart: bool = False
    tariffs_shared: bool = False
    payment: Mapping[str, str] = field(default_factory=dict)

    def operator_of(self, zone: str) -> str:
        """Return the account of the system operator of a zone."""
        return f"operator/{self.operators.get(zone, zone)}"


def check_terms(terms: Terms) -> None:
    """Refuse terms that cannot be settled by; every mistake is listed.

    Raises:
        BadInput: A key whose shares are negative or do not sum to one (`sharing_key_sum`), an operator
            named twice in one (`sharing_key_once`), a fee that is negative (`fee_positive`) or named twice
            (`fee_once`), a side that is none (`fee_side`).
    """
    mistakes = [m for element, key in terms.keys.items() for m in _key_mistakes(element, key)]
    mistakes += _fee_mistakes(terms.fees)
    if mistakes:
        raise BadInput(mistakes)


def _key_mistakes(element: str, key: Key) -> Iterator[Mistake]:
    where = f"sharing of {element}"
    if isinstance(key, FlowBased):
        if not element.startswith("domain/") or not key.borders:
            what, fix = "it is shared by flows", "Give borders, of a flow-based domain only."
            yield Mistake(what, where, "sharing_by_flow", fix)
        return
    total = sum((share for _, share in key.of), Fraction(0))
    if total != 1 or any(share < 0 for _, share in key.of):
        what = f"the shares are {', '.join(f'{n} {float(s):g}' for n, s in key.of)}, together {float(total):g}"
        yield Mistake(what, where, "sharing_key_sum", "Give shares of 0 or more that sum to one exactly.")
    names = [name for name, _ in key.of]
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield Mistake(f"{name} is named twice", where, "sharing_key_once", "Name each operator once.")


def _fee_mistakes(fees: Iterable[Fee]) -> Iterator[Mistake]:
    seen: set[str] = set()
    for fee in fees:
        where = f"fee {fee.name}"
        if fee.name in seen:
            yield Mistake("a fee of that name is there already", where, "fee_once", "Give each fee its own name.")
        seen.add(fee.name)
        if fee.per_mwh < 0 or fee.per_session < 0:
            yield Mistake("it is negative", where, "fee_positive", "Charge 0 or more.")
        for side in sorted(set(fee.sides) - set(SIDES)):
            yield Mistake(f"{side!r} is no side", where, "fee_side", f"Write {' or '.join(SIDES)}.")
