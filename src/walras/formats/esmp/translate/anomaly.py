"""Anomaly reports: between binding and noun."""

from __future__ import annotations

from walras.formats.esmp.bindings import anomaly as xml
from walras.formats.esmp.bindings.parts import Eic
from walras.formats.esmp.documents import AnomalyDocument
from walras.formats.esmp.nouns import Anomaly
from walras.formats.esmp.translate.heads import read_bounded, write_bounded
from walras.formats.esmp.translate.series import read_series, write_reasoned_series


def read(document: xml.AnomalyReport) -> AnomalyDocument:
    """Return an anomaly report as a noun."""
    return AnomalyDocument(
        **read_bounded(document),
        process=document.process,
        anomalies=tuple(
            Anomaly(
                party=a.party.value,
                identification=a.identification,
                version=int(a.version),
                series=read_series(a.series),
            )
            for a in document.anomalies
        ),
    )


def write(document: AnomalyDocument) -> xml.AnomalyReport:
    """Return the binding of an anomaly report."""
    return xml.AnomalyReport(
        **write_bounded(document),
        process=document.process,
        anomalies=[
            xml.Anomaly(
                party=Eic(a.party),
                identification=a.identification,
                version=str(a.version),
                series=write_reasoned_series(a.series),
            )
            for a in document.anomalies
        ],
    )
