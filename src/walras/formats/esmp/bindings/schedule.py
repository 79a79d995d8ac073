"""Schedule_MarketDocument 5.2: what a party or a system operator plans across a border or inside a zone."""

from __future__ import annotations

from dataclasses import dataclass

from walras.formats.esmp import codes, values
from walras.formats.esmp.bindings.elements import many, maybe, one
from walras.formats.esmp.bindings.parts import Eic, Interval, ScheduleSeries


@dataclass(kw_only=True)
class Schedule:
    """The document's root."""

    class Meta:
        """Its name and namespace."""

        name = "Schedule_MarketDocument"
        namespace = "urn:iec62325.351:tc57wg16:451-2:scheduledocument:5:2"

    identification: str = one("mRID", values.text(60))
    version: str = one("revisionNumber", values.version)
    kind: str = one("type", values.code(codes.SCHEDULE_TYPE))
    process: str = one("process.processType", values.code(codes.PROCESS))
    classification: str = one("process.classificationType", values.code(codes.CLASSIFICATION))
    sender: Eic = one("sender_MarketParticipant.mRID")
    sender_role: str = one("sender_MarketParticipant.marketRole.type", values.code(codes.ROLE))
    receiver: Eic = one("receiver_MarketParticipant.mRID")
    receiver_role: str = one("receiver_MarketParticipant.marketRole.type", values.code(codes.ROLE))
    created_at: str = one("createdDateTime", values.instant)
    interval: Interval = one("schedule_Time_Period.timeInterval")
    domain: Eic = one("domain.mRID")
    subject: Eic | None = maybe("subject_MarketParticipant.mRID")
    subject_role: str | None = maybe("subject_MarketParticipant.marketRole.type", values.code(codes.ROLE))
    matching: Interval | None = maybe("matching_Time_Period.timeInterval")
    series: list[ScheduleSeries] = many("TimeSeries")
