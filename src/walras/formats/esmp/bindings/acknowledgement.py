"""Acknowledgement_MarketDocument 9.0: whether a document was accepted, and why not."""

from __future__ import annotations

from dataclasses import dataclass

from walras.formats.esmp import codes, values
from walras.formats.esmp.bindings.elements import many, maybe, one
from walras.formats.esmp.bindings.parts import Eic, Reason


@dataclass(kw_only=True)
class RejectedSeries:
    """A series of the received document, and what is wrong with it."""

    identification: str = one("mRID", values.text(60))
    version: str | None = maybe("version", values.version)
    reasons: list[Reason] = many("Reason")


@dataclass(kw_only=True)
class Acknowledgement:
    """The document's root."""

    class Meta:
        """Its name and namespace."""

        name = "Acknowledgement_MarketDocument"
        namespace = "urn:iec62325.351:tc57wg16:451-1:acknowledgementdocument:9:0"

    identification: str = one("mRID", values.text(60))
    created_at: str = one("createdDateTime", values.instant)
    sender: Eic = one("sender_MarketParticipant.mRID")
    sender_role: str = one("sender_MarketParticipant.marketRole.type", values.code(codes.ROLE))
    receiver: Eic = one("receiver_MarketParticipant.mRID")
    receiver_role: str | None = maybe("receiver_MarketParticipant.marketRole.type", values.code(codes.ROLE))
    received: str | None = maybe("received_MarketDocument.mRID", values.text(60))
    received_version: str | None = maybe("received_MarketDocument.revisionNumber", values.version)
    received_kind: str | None = maybe("received_MarketDocument.type", values.code(codes.DOCUMENT_TYPE))
    received_process: str | None = maybe("received_MarketDocument.process.processType", values.code(codes.PROCESS))
    received_title: str | None = maybe("received_MarketDocument.title", values.text(150))
    received_created_at: str | None = maybe("received_MarketDocument.createdDateTime", values.instant)
    series: list[RejectedSeries] = many("Rejected_TimeSeries")
    reasons: list[Reason] = many("Reason", 1)
