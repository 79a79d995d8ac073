"""Terms of deviations: for each cross-section whose meter holds, the band, the split, prices, and money or kind.

One entry a cross-section (or line). Its side `from` is where the element begins. Shares, factors and
coefficients are decimals as text; formulas are those of docs/formulas.md.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from walras.service.definition import Part, Short

Decimal = Annotated[str, Field(max_length=20, pattern=r"^[0-9]{1,9}(\.[0-9]{1,6})?$")]
"""A figure of 0 or more with up to six places."""
CompanyCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,19}$")]
Named = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Clock = Annotated[str, Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
MomentText = Annotated[str, Field(max_length=20)]
Kwh = Annotated[int, Field(ge=-(10**12), le=10**12)]


class MeterTerms(Part):
    """Which meter of a line holds: that of its beginning (`from`), of its end (`to`), the mean, or the lower.

    Factors correct losses between an end of the line and the border, by direction of the energy.
    """

    line: Short
    holds: Literal["from", "to", "mean", "lower"] = "lower"
    from_forward: Decimal = "1"
    from_backward: Decimal = "1"
    to_forward: Decimal = "1"
    to_backward: Decimal = "1"
    is_replaced: bool = False
    """Whether the other meter stands in for one that sent nothing until it was due."""
    tolerance_kwh: Annotated[int, Field(ge=0, le=10**9)] = 0


class BandTerms(Part):
    """The technological band: a power, a share of the plan, or the larger or lower of both."""

    mw: Annotated[str, Field(max_length=20, pattern=r"^[0-9]{1,9}(\.[0-9]{1,3})?$")] | None = None
    share: Decimal | None = None
    takes: Literal["larger", "lower"] = "larger"
    counts: Literal["excess", "whole"] = "excess"


class SideTerms(Part):
    """One side: the system operator that speaks for it, the account that pays and is paid, its coefficients."""

    operator: CompanyCode
    account: Annotated[str, Field(max_length=60, pattern=r"^(operator|member)/[A-Za-z0-9][A-Za-z0-9_. -]*$")] | None = (
        None
    )
    k_long: Decimal = "1"
    k_short: Decimal = "1"

    @property
    def party(self) -> str:
        """Account of the ledger; the operator's own where no authorised organisation is named."""
        return self.account or f"operator/{self.operator}"


class TariffTerms(Part):
    """A class of time of use: days of the week (0 is Monday), local times, the end not included."""

    name: Short
    weekdays: Annotated[tuple[Annotated[int, Field(ge=0, le=6)], ...], Field(min_length=1, max_length=7)]
    begins: Clock
    ends: Clock


class SectionTerms(Part):
    """All that two sides agreed about deviations at one cross-section."""

    element: Short
    from_side: SideTerms
    to_side: SideTerms
    meters: Annotated[tuple[MeterTerms, ...], Field(max_length=200)] = ()
    metering_due: MomentText = "D+1 12:00"
    """From then on a meter that sent nothing is silent."""
    initiative_due: MomentText = "D+3 12:00"
    """From then on a side that declared nothing is silent."""
    band: BandTerms = BandTerms()
    rest: Literal["half", "pro_rata", "from", "to"] = "half"
    silence: Literal["nothing", "agrees"] = "nothing"
    prices: Annotated[dict[Named, Annotated[str, Field(max_length=10_000)]], Field(default_factory=dict, max_length=4)]
    parameters: Annotated[dict[Named, Annotated[str, Field(max_length=60)]], Field(default_factory=dict, max_length=50)]
    series: Annotated[dict[Named, Short], Field(default_factory=dict, max_length=20)]
    """Day-ahead prices by name, each of a zone."""
    in_kind: Annotated[tuple[Literal["inside", "outside"], ...], Field(max_length=2)] = ()
    tariffs: Annotated[tuple[TariffTerms, ...], Field(max_length=20)] = ()
    opening: Annotated[dict[Short, Kwh], Field(default_factory=dict, max_length=21)]
    """Energy by class that the side `to` owes when accounts are opened."""
    keep_days: Annotated[int, Field(ge=1, le=3660)] = 365


class DeviationTerms(Part):
    """What is settled of deviations: the cross-sections of a market that have terms."""

    sections: Annotated[tuple[SectionTerms, ...], Field(min_length=1, max_length=200)]
