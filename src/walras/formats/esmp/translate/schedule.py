"""Schedules: between binding and noun."""

from __future__ import annotations

from walras.formats.esmp.bindings.schedule import Schedule
from walras.formats.esmp.documents import ScheduleDocument
from walras.formats.esmp.translate.heads import read_bounded, write_bounded, write_subject
from walras.formats.esmp.translate.parts import read_party, read_span, write_span
from walras.formats.esmp.translate.series import read_series, write_schedule_series


def read(document: Schedule) -> ScheduleDocument:
    """Return a schedule as a noun."""
    return ScheduleDocument(
        **read_bounded(document),
        version=int(document.version),
        kind=document.kind,
        process=document.process,
        classification=document.classification,
        subject=read_party(document.subject, document.subject_role),
        matching=None if document.matching is None else read_span(document.matching),
        series=tuple(read_series(s) for s in document.series),
    )


def write(document: ScheduleDocument) -> Schedule:
    """Return the binding of a schedule."""
    return Schedule(
        **write_bounded(document),
        **write_subject(document.subject),
        version=str(document.version),
        kind=document.kind,
        process=document.process,
        classification=document.classification,
        matching=None if document.matching is None else write_span(document.matching),
        series=[write_schedule_series(s) for s in document.series],
    )
