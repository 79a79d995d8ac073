"""Terms of settlement as an operator defines them, in versions with validity; one part a subject.

A market without terms moves no money: it clears and publishes, and that is all. Figures that are
exact (rates, shares, fees) are texts of decimals or fractions such as `1/3`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from walras.service.clearing.deviation_terms import DeviationTerms
from walras.service.clearing.document_terms import DocumentTerms
from walras.service.clearing.exact import Exact
from walras.service.definition import MarketDefinition, Part, Short
from walras.settlement.collateral.formula import Formula
from walras.settlement.collateral.margin import MarginTerms
from walras.settlement.terms import Fee, FlowBased, FlowBorder, Key, Shares, Terms

CURRENCY = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Account = Annotated[str, Field(max_length=120, pattern=r"^(member|operator|neighbour)/[A-Za-z0-9][A-Za-z0-9_. -]*$")]


class FeeTerms(Part):
    """A fee of the market operator (see `settlement.terms.Fee`)."""

    name: Short
    per_mwh: Exact = "0"
    per_session: Exact = "0"
    sides: Annotated[tuple[Literal["supply", "demand"], ...], Field(min_length=1, max_length=2)] = ("supply", "demand")


class ShareTerms(Part):
    """One system operator's share of what an element earns."""

    operator: Short
    share: Exact


class FlowBorderTerms(Part):
    """One border of a flow-based domain, with the factor of each zone's net position."""

    border: Short
    zones: tuple[Short, Short]
    factors: Annotated[dict[Short, Exact], Field(max_length=100)]


class KeyTerms(Part):
    """How what an element earns is shared: half and half, by ownership, or by flows through a domain."""

    element: Annotated[str, Field(max_length=60, pattern=r"^(line|border|domain)/[A-Za-z0-9][A-Za-z0-9_. -]*$")]
    rule: Literal["half", "ownership", "flow_based"]
    shares: Annotated[tuple[ShareTerms, ...], Field(max_length=20)] = ()
    borders: Annotated[tuple[FlowBorderTerms, ...], Field(max_length=200)] = ()


class PaymentCurrency(Part):
    """The currency in which a party pays and is paid."""

    party: Account
    currency: CURRENCY


class FixingTerms(Part):
    """Which fixing converts: its source, and the local time of the delivery day (or days before) that it is of."""

    base: CURRENCY
    quote: CURRENCY
    source: Annotated[str, Field(min_length=1, max_length=200)]
    fixed_at: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    time_zone: Annotated[str, Field(max_length=60)] = "UTC"
    days_before: Annotated[int, Field(ge=0, le=30)] = 0


class RerunTerms(Part):
    """One dated rerun of settlement: so many months after the month of delivery ends."""

    name: Short
    months: Annotated[int, Field(ge=1, le=120)]


class ReferenceTerms(Part):
    """The reference price of one zone and carrier, currency per MWh."""

    zone: Short
    carrier: Short = "electricity"
    price: Exact


class CollateralTerms(Part):
    """How exposure counts, and when more collateral is called; see docs/settlement/collateral.md."""

    formula: Literal["limit_price", "reference_price"] | None = None
    """How orders count; None is what the profile says (`exposure`)."""
    reference: Annotated[tuple[ReferenceTerms, ...], Field(max_length=2000)] = ()
    multiplier: Exact = "1"
    difference_allowance: Exact = "0"
    netting: Literal["order", "none"] = "order"
    counts_ticks: bool = False
    threshold_minor: Annotated[int, Field(ge=0, lt=2**53)] = 0
    buffer: Exact = "0"
    step_minor: Annotated[int, Field(ge=1, lt=2**53)] = 1
    due_hours: Annotated[int, Field(ge=1, le=8784)] = 24
    guarantee_days: Annotated[int, Field(ge=0, le=366)] = 7
    """Days beyond the last gate that a guarantee must last to count: debts come with settlement, not with the gate."""


class SettlementTerms(Part):
    """Everything that a market agreed about money; each part is explained in docs/settlement.md."""

    is_automatic: bool = True
    """Whether final sessions are settled, and reruns made, by the clock; else by command alone."""
    fees: Annotated[tuple[FeeTerms, ...], Field(max_length=50)] = ()
    keys: Annotated[tuple[KeyTerms, ...], Field(max_length=2000)] = ()
    losses_apart: bool = False
    tariffs_shared: bool = True
    payment_currencies: Annotated[tuple[PaymentCurrency, ...], Field(max_length=2000)] = ()
    fixings: Annotated[tuple[FixingTerms, ...], Field(max_length=50)] = ()
    reruns: Annotated[tuple[RerunTerms, ...], Field(max_length=12)] = ()
    dispute_days: Annotated[int, Field(ge=0, le=3660)] = 30
    deviations: DeviationTerms | None = None
    documents: DocumentTerms | None = None
    collateral: CollateralTerms | None = None


def formula_of(terms: CollateralTerms, profile: str) -> Formula:
    """Return the formula of exposure; `profile` is what the door rules of the market say where the terms do not.

    Raises:
        BadInput: An amount below zero (as `settlement.collateral.formula.Formula`).
    """
    return Formula(
        kind=terms.formula or profile,
        reference={(r.zone, r.carrier): Fraction(r.price) for r in terms.reference},
        multiplier=Fraction(terms.multiplier),
        difference_allowance=Fraction(terms.difference_allowance),
        netting=terms.netting,
        counts_ticks=terms.counts_ticks,
    )


APART = {"threshold_minor", "buffer", "step_minor", "due_hours", "guarantee_days"}


def exposure_terms(terms: CollateralTerms | None) -> dict[str, Any] | None:
    """Return the part of collateral terms that decides how orders count; the rest says when more is called."""
    return None if terms is None else terms.model_dump(exclude=APART)


def margin_terms(terms: CollateralTerms) -> MarginTerms:
    """Return when and how a market calls."""
    return MarginTerms(terms.threshold_minor, Fraction(terms.buffer), terms.step_minor, terms.due_hours)


def core_terms(terms: SettlementTerms, market: MarketDefinition) -> Terms:
    """Return the terms that `settlement.settle` reads; operators are those that the market's zones name."""
    return plain_terms(terms, {z.zone: z.system_operator for z in market.zones if z.system_operator})


def plain_terms(terms: SettlementTerms, operators: Mapping[str, str] | None = None) -> Terms:
    """Return the terms that `settlement.settle` reads, with the system operator of each zone."""
    return Terms(
        operators=dict(operators or {}),
        fees=tuple(Fee(f.name, Fraction(f.per_mwh), Fraction(f.per_session), f.sides) for f in terms.fees),
        keys={k.element: key for k in terms.keys if (key := _key(k)) is not None},
        losses_apart=terms.losses_apart,
        tariffs_shared=terms.tariffs_shared,
        payment={p.party: p.currency for p in terms.payment_currencies},
    )


def _key(key: KeyTerms) -> Key | None:
    if key.rule == "ownership":
        return Shares(tuple((s.operator, Fraction(s.share)) for s in key.shares))
    if key.rule == "flow_based":
        return FlowBased(
            tuple(FlowBorder(b.border, b.zones, {z: Fraction(f) for z, f in b.factors.items()}) for b in key.borders)
        )
    return None


def fixing_time(rule: FixingTerms, day: date) -> datetime:
    """Return when the fixing of a delivery day is made, UTC.

    >>> rule = FixingTerms(base="USD", quote="ZAR", source="a bank", fixed_at="08:30",
    ...                    time_zone="Africa/Johannesburg", days_before=1)
    >>> fixing_time(rule, date(2026, 12, 1)).isoformat()
    '2026-11-30T06:30:00+00:00'
    """
    hour, minute = map(int, rule.fixed_at.split(":"))
    on = day - timedelta(days=rule.days_before)
    local = datetime(on.year, on.month, on.day, hour, minute, tzinfo=ZoneInfo(rule.time_zone))
    return local.astimezone(UTC)
