"""Bytes to a document, or to every mistake in them."""

from __future__ import annotations

from typing import cast

from walras.errors import BadInput, Mistake
from walras.formats.esmp.checking import check_document
from walras.formats.esmp.documents import Document
from walras.formats.esmp.kinds import KINDS, Kind
from walras.formats.esmp.values import shown
from walras.formats.esmp.xml import Node, parse


def read_document(data: bytes) -> Document:
    """Return the document that some bytes hold.

    What is checked: the form (size, encoding, no document type), the kind and its version, elements and
    their order, every code, EIC, number and time, and that points fill their periods. What is not: rules
    of a market, such as deadlines, permits, who may send, and which day a document must be about
    (`period_mistakes` checks that, for whoever knows the day).

    Raises:
        BadInput: Every mistake, each with line and path, or the first one if the bytes are no XML.
    """
    root = parse(data)
    kind = kind_of(root)
    mistakes = check_document(root, kind.binding)
    if mistakes:
        raise BadInput(mistakes)
    return cast(Document, kind.read(kind.bind(root)))


def kind_of(root: Node) -> Kind:
    """Return the kind of a tree.

    Raises:
        BadInput: There is no such kind, or not in this version (`esmp_document`).
    """
    for kind in KINDS:
        if (root.namespace, root.name) == (kind.namespace, kind.root):
            return kind
    named = [k for k in KINDS if k.root == root.name] or list(KINDS)
    legal = ", ".join(f"{k.root} of {k.namespace}" for k in named)
    what = f"the document is {shown(root.name)} of {shown(root.namespace) if root.namespace else 'no namespace'}"
    raise BadInput([Mistake(what, f"line {root.line}", "esmp_document", f"Send {legal}.")])


def period_mistakes(document: Document, start: int, end: int) -> list[Mistake]:
    """Return what is wrong with the period of a document that must be about one delivery day.

    A schedule of 24 hours for a day of 25 is well-formed by itself; here it is refused. Acknowledgements
    have no period.

    Args:
        document: What was read.
        start: First minute of the day since 1970 in UTC.
        end: Minute that follows the day.
    """
    given = (getattr(document, "period_start", start), getattr(document, "period_end", end))
    if given == (start, end):
        return []
    what = f"the period has {given[1] - given[0]} minutes from minute {given[0]} on"
    fix = f"Send the whole delivery day: {end - start} minutes from minute {start} on."
    return [Mistake(what, f"document {document.identification}", "esmp_period", fix)]
