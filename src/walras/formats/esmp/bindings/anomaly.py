"""AnomalyReport_MarketDocument 5.3: series that two sides nominated differently, each as it was sent."""

from __future__ import annotations

from dataclasses import dataclass

from walras.formats.esmp import codes, values
from walras.formats.esmp.bindings.elements import many, maybe, one
from walras.formats.esmp.bindings.parts import Eic, Interval, ReasonedSeries


@dataclass(kw_only=True)
class Anomaly:
    """One series, whose document it is from, and what is wrong with it."""

    party: Eic = one("marketParticipant.mRID")
    identification: str = one("mRID", values.text(60))
    version: str = one("revisionNumber", values.version)
    series: ReasonedSeries = one("TimeSeries")


@dataclass(kw_only=True)
class AnomalyReport:
    """The document's root."""

    class Meta:
        """Its name and namespace."""

        name = "AnomalyReport_MarketDocument"
        namespace = "urn:iec62325.351:tc57wg16:451-2:anomalydocument:5:3"

    identification: str = one("mRID", values.text(60))
    created_at: str = one("createdDateTime", values.instant)
    sender: Eic = one("sender_MarketParticipant.mRID")
    sender_role: str = one("sender_MarketParticipant.marketRole.type", values.code(codes.ROLE))
    receiver: Eic = one("receiver_MarketParticipant.mRID")
    receiver_role: str = one("receiver_MarketParticipant.marketRole.type", values.code(codes.ROLE))
    interval: Interval = one("schedule_Time_Period.timeInterval")
    domain: Eic = one("domain.mRID")
    process: str | None = maybe("process.processType", values.code(codes.PROCESS))
    anomalies: list[Anomaly] = many("Anomaly_MarketDocument")
