"""A document to bytes: canonical, and read again before anybody gets them."""

from __future__ import annotations

from walras.formats.esmp.documents import Document
from walras.formats.esmp.kinds import KINDS
from walras.formats.esmp.reading import read_document


def write_document(document: Document) -> bytes:
    """Return the bytes of a document: UTF-8, one element a line, curve type A01, the same for the same document.

    Raises:
        BadInput: The document breaks rules, so that nobody could read it: every mistake, by the lines of
            what would have been written.
    """
    kind = next(k for k in KINDS if k.noun is type(document))
    data = kind.serialize(kind.write(document))
    assert read_document(data) == document, "what is written is read as the same document"
    return data
