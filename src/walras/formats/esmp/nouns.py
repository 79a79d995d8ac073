"""ESMP documents in plain words: what the rest of Walras reads and writes.

Times are whole minutes since 1970 in UTC; `created_at` alone is a datetime with seconds. Powers are
integer kilowatts in columns over the blocks of a period, prices integer thousandths of their currency.
Zones, parties and lines are EICs; what a code means stands in `codes`. Nothing here is checked: `reading`
and `writing` are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
Span = tuple[int, int]
"""Start and end in minutes since 1970 in UTC, the end excluded."""


@dataclass(frozen=True)
class Party:
    """Who sends or receives, and as what; only the receiver of an acknowledgement may have no role."""

    code: str
    role: str | None


@dataclass(frozen=True)
class Reason:
    """Why: a code of `codes.REASON`, and a text for people."""

    code: str
    text: str | None = None


@dataclass(frozen=True, eq=False)
class Period:
    """Power over one stretch of time.

    Attributes:
        start: Minutes since 1970 in UTC.
        minutes: Length of one block.
        kilowatts: Shape (block,), in kW.

    Example:
        >>> hours = Period(29_683_440, 60, np.array([1000, 2500]))
        >>> hours.end - hours.start, hours == Period(29_683_440, 60, np.array([1000, 2500]))
        (120, True)
    """

    start: int
    minutes: int
    kilowatts: IntArray

    @property
    def end(self) -> int:
        """Minute that follows the last block."""
        return self.start + self.minutes * len(self.kilowatts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Period) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def _values(self) -> tuple[object, ...]:
        return self.start, self.minutes, tuple(self.kilowatts.tolist())


@dataclass(frozen=True, eq=False)
class BidPeriod(Period):
    """A bid over one stretch of time; columns that it has not are None.

    Attributes:
        least_kilowatts: Shape (block,): the least that may be taken, in kW.
        price_milli: Shape (block,): price in thousandths of the bid's currency and `price_unit`.
        energy_price_milli: Shape (block,): price of energy, in thousandths a `energy_price_unit`.
    """

    least_kilowatts: IntArray | None = None
    price_milli: IntArray | None = None
    energy_price_milli: IntArray | None = None

    def __post_init__(self) -> None:
        columns = (self.least_kilowatts, self.price_milli, self.energy_price_milli)
        assert all(c is None or c.shape == self.kilowatts.shape for c in columns), "columns of a bid share one shape"

    def _values(self) -> tuple[object, ...]:
        columns = (self.least_kilowatts, self.price_milli, self.energy_price_milli)
        return (*super()._values(), *(None if c is None else tuple(c.tolist()) for c in columns))


@dataclass(frozen=True, kw_only=True)
class ScheduleSeries:
    """Power out of one zone and party into another; in anomaly and confirmation reports with reasons."""

    identification: str
    version: int
    business_type: str
    periods: tuple[Period, ...]
    in_zone: str | None = None
    out_zone: str | None = None
    in_party: str | None = None
    out_party: str | None = None
    contract_kind: str | None = None
    agreement: str | None = None
    line: str | None = None
    aggregation: str = "A03"
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CapacitySeries:
    """Capacity out of one zone into another, on one line or the whole border; it may be negative."""

    identification: str
    business_type: str
    in_zone: str
    out_zone: str
    periods: tuple[Period, ...]
    line: str | None = None
    auction: str | None = None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RejectedSeries:
    """A series of a received document, and what is wrong with it."""

    identification: str
    version: int | None = None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Anomaly:
    """One series as one party sent it in one of its documents; its reasons say what does not match."""

    party: str
    identification: str
    version: int
    series: ScheduleSeries


@dataclass(frozen=True, kw_only=True)
class Bid:
    """One bid for reserve; bids with the same `linked`, `multipart` or `exclusive` word belong together."""

    identification: str
    business_type: str
    acquiring_zone: str
    connecting_zone: str
    direction: str
    divisible: bool
    periods: tuple[BidPeriod, ...]
    provider: str | None = None
    auction: str | None = None
    currency: str | None = None
    price_unit: str | None = None
    energy_price_unit: str | None = None
    linked: str | None = None
    multipart: str | None = None
    exclusive: str | None = None
    block: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Received:
    """What an acknowledgement says of the document that it answers; what could not be read is None."""

    identification: str | None = None
    version: int | None = None
    kind: str | None = None
    process: str | None = None
    title: str | None = None
    created_at: datetime | None = None
