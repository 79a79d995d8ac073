"""The six kinds of documents, each a frozen dataclass of `nouns`.

Codes of `kind` and `process` stand in `codes`; `domain` is the area that a document is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from walras.formats.esmp.nouns import (
    Anomaly,
    Bid,
    CapacitySeries,
    Party,
    Reason,
    Received,
    RejectedSeries,
    ScheduleSeries,
    Span,
)


@dataclass(frozen=True, kw_only=True)
class ScheduleDocument:
    """Planned exchanges and trades of one stretch of time (Schedule_MarketDocument 5.2)."""

    identification: str
    version: int
    kind: str
    process: str
    created_at: datetime
    sender: Party
    receiver: Party
    period_start: int
    period_end: int
    domain: str
    series: tuple[ScheduleSeries, ...]
    classification: str = "A01"
    subject: Party | None = None
    matching: Span | None = None


@dataclass(frozen=True, kw_only=True)
class CapacityDocument:
    """Capacities of one stretch of time (Capacity_MarketDocument 8.4)."""

    identification: str
    version: int
    kind: str
    process: str
    created_at: datetime
    sender: Party
    receiver: Party
    period_start: int
    period_end: int
    domain: str
    series: tuple[CapacitySeries, ...]
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AcknowledgementDocument:
    """The answer to a document: accepted or rejected, and why (Acknowledgement_MarketDocument 9.0)."""

    identification: str
    created_at: datetime
    sender: Party
    receiver: Party
    received: Received
    reasons: tuple[Reason, ...]
    series: tuple[RejectedSeries, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the whole document was accepted."""
        return any(r.code == "A01" for r in self.reasons)


@dataclass(frozen=True, kw_only=True)
class AnomalyDocument:
    """Series that two sides sent differently (AnomalyReport_MarketDocument 5.3)."""

    identification: str
    created_at: datetime
    sender: Party
    receiver: Party
    period_start: int
    period_end: int
    domain: str
    anomalies: tuple[Anomaly, ...]
    process: str | None = None


@dataclass(frozen=True, kw_only=True)
class ConfirmationDocument:
    """Series that hold as sent, and series that were imposed (Confirmation_MarketDocument 5.3)."""

    identification: str
    kind: str
    created_at: datetime
    sender: Party
    receiver: Party
    period_start: int
    period_end: int
    domain: str
    reasons: tuple[Reason, ...]
    imposed: tuple[ScheduleSeries, ...] = ()
    confirmed: tuple[ScheduleSeries, ...] = ()
    confirmed_document: tuple[str, int] | None = None
    subject: Party | None = None
    process: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReserveBidDocument:
    """Bids for reserve (ReserveBid_MarketDocument 7.6)."""

    identification: str
    version: int
    kind: str
    created_at: datetime
    sender: Party
    receiver: Party
    period_start: int
    period_end: int
    domain: str
    bids: tuple[Bid, ...]
    process: str | None = None
    subject: Party | None = None


Document = (
    ScheduleDocument
    | CapacityDocument
    | AcknowledgementDocument
    | AnomalyDocument
    | ConfirmationDocument
    | ReserveBidDocument
)
"""Any document that `read_document` returns and `write_document` takes."""
