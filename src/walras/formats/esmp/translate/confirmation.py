"""Confirmation reports: between binding and noun."""

from __future__ import annotations

from walras.formats.esmp.bindings import confirmation as xml
from walras.formats.esmp.documents import ConfirmationDocument
from walras.formats.esmp.translate.heads import read_bounded, write_bounded, write_subject
from walras.formats.esmp.translate.parts import read_party, read_reasons, write_reasons
from walras.formats.esmp.translate.series import read_series, write_confirmed_series, write_reasoned_series


def read(document: xml.Confirmation) -> ConfirmationDocument:
    """Return a confirmation report as a noun."""
    named = document.confirmed_document
    return ConfirmationDocument(
        **read_bounded(document),
        kind=document.kind,
        confirmed_document=None if named is None else (named, int(document.confirmed_version or "")),
        subject=read_party(document.subject, document.subject_role),
        process=document.process,
        reasons=read_reasons(document.reasons),
        imposed=tuple(read_series(s) for s in document.imposed),
        confirmed=tuple(read_series(s) for s in document.confirmed),
    )


def write(document: ConfirmationDocument) -> xml.Confirmation:
    """Return the binding of a confirmation report."""
    named = document.confirmed_document
    return xml.Confirmation(
        **write_bounded(document),
        **write_subject(document.subject),
        kind=document.kind,
        confirmed_document=None if named is None else named[0],
        confirmed_version=None if named is None else str(named[1]),
        process=document.process,
        reasons=write_reasons(document.reasons),
        imposed=[write_reasoned_series(s) for s in document.imposed],
        confirmed=[write_confirmed_series(s) for s in document.confirmed],
    )
