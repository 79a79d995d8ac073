"""Confirmation_MarketDocument 5.3: which series hold as they were sent, and which were imposed."""

from __future__ import annotations

from dataclasses import dataclass

from walras.formats.esmp import codes, values
from walras.formats.esmp.bindings.elements import many, maybe, one
from walras.formats.esmp.bindings.parts import ConfirmedSeries, Eic, Interval, Reason, ReasonedSeries


@dataclass(kw_only=True)
class Confirmation:
    """The document's root."""

    class Meta:
        """Its name and namespace."""

        name = "Confirmation_MarketDocument"
        namespace = "urn:iec62325.351:tc57wg16:451-2:confirmationdocument:5:3"

    identification: str = one("mRID", values.text(60))
    kind: str = one("type", values.code(codes.CONFIRMATION_TYPE))
    created_at: str = one("createdDateTime", values.instant)
    sender: Eic = one("sender_MarketParticipant.mRID")
    sender_role: str = one("sender_MarketParticipant.marketRole.type", values.code(codes.ROLE))
    receiver: Eic = one("receiver_MarketParticipant.mRID")
    receiver_role: str = one("receiver_MarketParticipant.marketRole.type", values.code(codes.ROLE))
    interval: Interval = one("schedule_Period.timeInterval")
    confirmed_document: str | None = maybe("confirmed_MarketDocument.mRID", values.text(60))
    confirmed_version: str | None = maybe("confirmed_MarketDocument.revisionNumber", values.version)
    domain: Eic = one("domain.mRID")
    subject: Eic | None = maybe("subject_MarketParticipant.mRID")
    subject_role: str | None = maybe("subject_MarketParticipant.marketRole.type", values.code(codes.ROLE))
    process: str | None = maybe("process.processType", values.code(codes.PROCESS))
    reasons: list[Reason] = many("Reason", 1)
    imposed: list[ReasonedSeries] = many("Imposed_TimeSeries")
    confirmed: list[ConfirmedSeries] = many("Confirmed_TimeSeries")
