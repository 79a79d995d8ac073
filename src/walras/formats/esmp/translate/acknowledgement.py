"""Acknowledgements: between binding and noun."""

from __future__ import annotations

from walras.formats.esmp.bindings import acknowledgement as xml
from walras.formats.esmp.documents import AcknowledgementDocument
from walras.formats.esmp.nouns import Received, RejectedSeries
from walras.formats.esmp.translate.heads import read_sent, write_sent
from walras.formats.esmp.translate.parts import read_instant, read_reasons, write_instant, write_reasons


def read(document: xml.Acknowledgement) -> AcknowledgementDocument:
    """Return an acknowledgement as a noun."""
    created = document.received_created_at
    received = Received(
        identification=document.received,
        version=None if document.received_version is None else int(document.received_version),
        kind=document.received_kind,
        process=document.received_process,
        title=document.received_title,
        created_at=None if created is None else read_instant(created),
    )
    return AcknowledgementDocument(
        **read_sent(document),
        received=received,
        reasons=read_reasons(document.reasons),
        series=tuple(
            RejectedSeries(
                identification=s.identification,
                version=None if s.version is None else int(s.version),
                reasons=read_reasons(s.reasons),
            )
            for s in document.series
        ),
    )


def write(document: AcknowledgementDocument) -> xml.Acknowledgement:
    """Return the binding of an acknowledgement."""
    received = document.received
    return xml.Acknowledgement(
        **write_sent(document),
        received=received.identification,
        received_version=None if received.version is None else str(received.version),
        received_kind=received.kind,
        received_process=received.process,
        received_title=received.title,
        received_created_at=None if received.created_at is None else write_instant(received.created_at),
        reasons=write_reasons(document.reasons),
        series=[
            xml.RejectedSeries(
                identification=s.identification,
                version=None if s.version is None else str(s.version),
                reasons=write_reasons(s.reasons),
            )
            for s in document.series
        ],
    )
