"""ENTSO-E's market documents (ESMP, IEC 62325-451): what system operators and markets send each other.

`read_document` and `write_document` are the face, `acknowledge` is our answer to anything; documents are
frozen dataclasses in plain words. What is read, written and refused stands in docs/esmp.md.

::

    bytes ─▶ xml ─▶ checking (points, meaning) ─▶ kinds (xsdata, bindings) ─▶ translate ─▶ documents, nouns
"""

from walras.formats.esmp.answer import acknowledge
from walras.formats.esmp.documents import (
    AcknowledgementDocument,
    AnomalyDocument,
    CapacityDocument,
    ConfirmationDocument,
    Document,
    ReserveBidDocument,
    ScheduleDocument,
)
from walras.formats.esmp.nouns import (
    Anomaly,
    Bid,
    BidPeriod,
    CapacitySeries,
    Party,
    Period,
    Reason,
    Received,
    RejectedSeries,
    ScheduleSeries,
)
from walras.formats.esmp.reading import period_mistakes, read_document
from walras.formats.esmp.writing import write_document

__all__ = [
    "AcknowledgementDocument",
    "Anomaly",
    "AnomalyDocument",
    "Bid",
    "BidPeriod",
    "CapacityDocument",
    "CapacitySeries",
    "ConfirmationDocument",
    "Document",
    "Party",
    "Period",
    "Reason",
    "Received",
    "RejectedSeries",
    "ReserveBidDocument",
    "ScheduleDocument",
    "ScheduleSeries",
    "acknowledge",
    "period_mistakes",
    "read_document",
    "write_document",
]
