"""Our answer to a document of any sort, also to one that cannot be read: an acknowledgement.

Each rule has a reason code; the text of a reason says what is wrong and how to mend it. Mistakes inside
a series that can be named are told with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from walras.errors import BadInput, Mistake
from walras.formats.esmp import codes
from walras.formats.esmp.documents import AcknowledgementDocument, Document
from walras.formats.esmp.nouns import Party, Reason, Received, RejectedSeries
from walras.formats.esmp.values import Check, code, instant, text, version
from walras.formats.esmp.xml import Node, parse

AT_THE_DOOR = {
    "sender": "A78",
    "receiver": "A53",
    "version": "A51",
    "domain": "A80",
    "line": "A23",
    "business": "A62",
    "party": "A22",
    "agreement": "A76",
}
"""Reason codes of rules that a market checks of a document, by their name after `esmp_`."""
MARKET = {
    "contract_known": "A76",
    "contract_party": "A05",
    "capacity_deadline": "A57",
    "nomination_deadline": "A57",
    "schedule_mtus": "A49",
}
"""Reason codes of rules of plain commands."""
REASONS = {
    **{f"esmp_{name}": code for name, code in AT_THE_DOOR.items()},
    **MARKET,
    "esmp_period": "A04",
    "esmp_time": "A04",
    "esmp_resolution": "A41",
    "esmp_points": "A49",
    "esmp_position": "A49",
    "esmp_sign": "A46",
    "esmp_number": "A42",
    "esmp_missing": "A69",
    "esmp_zones": "A23",
    "esmp_repeated": "A55",
    "esmp_size": "A94",
    "esmp_encoding": "A94",
    "esmp_doctype": "A94",
    "esmp_depth": "A94",
    "esmp_xml": "A94",
    "esmp_document": "A94",
    "esmp_element": "A94",
    "esmp_order": "A94",
}
"""Reason code of a rule; others get 999, or A59 beyond `esmp_`."""

SERIES = re.compile(r"/((?:Bid_)?TimeSeries)\[([0-9]+)\]")
MOST_REASONS = 50


def acknowledge(
    received: bytes | Document,
    mistakes: Sequence[Mistake],
    *,
    identification: str,
    created_at: datetime,
    sender: Party,
    receiver: Party,
) -> AcknowledgementDocument:
    """Return the acknowledgement of a document: accepted if there are no mistakes, rejected otherwise.

    Args:
        received: What came: bytes, of which what can be read is repeated, or a document.
        mistakes: Everything that is wrong with it, by `read_document` or by rules of the market.
        identification: Identification of the answer.
        created_at: Time of the answer, with its zone, in whole seconds.
        sender: Us.
        receiver: Who sent the document, as the connection knows them; role None if nobody knows.
    """
    root = _tree(received) if isinstance(received, bytes) else None
    named = _received(root) if isinstance(received, bytes) else _of_document(received)
    whole, parts = _by_series(mistakes, root)
    first = Reason("A02", f"{len(mistakes)} mistakes") if mistakes else Reason("A01")
    return AcknowledgementDocument(
        identification=identification,
        created_at=created_at,
        sender=sender,
        receiver=receiver,
        received=named,
        reasons=(first, *_reasons(whole)),
        series=tuple(
            RejectedSeries(identification=key[0], version=key[1], reasons=(Reason("A20"), *_reasons(found)))
            for key, found in parts.items()
        ),
    )


def reason_of(mistake: Mistake) -> Reason:
    """Return the reason of a mistake.

    Example:
        >>> reason_of(Mistake("24 points where the interval has 25", "line 9", "esmp_points", "Send 25 points.")).code
        'A49'
    """
    other = "999" if mistake.rule.startswith("esmp_") else "A59"
    found = f"{mistake.where}: {mistake.what}. Rule {mistake.rule}. {mistake.fix}"
    return Reason(REASONS.get(mistake.rule, other), _cut(found))


def _reasons(mistakes: Sequence[Mistake]) -> list[Reason]:
    """Return a reason a mistake, and one more if there are too many to tell."""
    told = [reason_of(m) for m in mistakes[:MOST_REASONS]]
    if len(mistakes) > MOST_REASONS:
        told.append(Reason("A95", f"{len(mistakes) - MOST_REASONS} more mistakes are not listed here."))
    return told


def _cut(words: str) -> str:
    """Return words as a reason may hold them: printable, at most 512 characters."""
    clean = "".join(c if c.isprintable() else "?" for c in words).strip()
    return clean if len(clean) <= 512 else clean[:509] + "..."


def _by_series(
    mistakes: Sequence[Mistake], root: Node | None
) -> tuple[list[Mistake], dict[tuple[str, int | None], list[Mistake]]]:
    """Return mistakes of the whole document, and those of each series that can be named."""
    whole: list[Mistake] = []
    parts: dict[tuple[str, int | None], list[Mistake]] = {}
    for mistake in mistakes:
        match = SERIES.search(mistake.where)
        key = None if match is None or root is None else _series(root, match[1], int(match[2]))
        if key is None:
            whole.append(mistake)
        else:
            parts.setdefault(key, []).append(mistake)
    return whole, parts


def _series(root: Node, name: str, number: int) -> tuple[str, int | None] | None:
    """Return identification and version of a series, None if it has no legal identification."""
    found = [c for c in root.children if (c.namespace, c.name) == (root.namespace, name)]
    if number > len(found):
        return None
    identification = _legal(found[number - 1], "mRID", text(60))
    given = _legal(found[number - 1], "version", version)
    return None if identification is None else (identification, None if given is None else int(given))


def _tree(data: bytes) -> Node | None:
    try:
        return parse(data)
    except BadInput:
        return None


def _received(root: Node | None) -> Received:
    """Return what a tree says of itself, as far as each value is legal by itself."""
    if root is None:
        return Received()
    given = _legal(root, "revisionNumber", version)
    made = _legal(root, "createdDateTime", instant)
    return Received(
        identification=_legal(root, "mRID", text(60)),
        version=None if given is None else int(given),
        kind=_legal(root, "type", code(codes.DOCUMENT_TYPE)),
        process=_legal(root, "process.processType", code(codes.PROCESS)),
        created_at=None if made is None else datetime.fromisoformat(made),
    )


def _legal(node: Node, name: str, check: Check) -> str | None:
    """Return the text of a child that passes its check, or None."""
    value = node.text_of(name)
    return None if value is None or check(value) else value


def _of_document(document: Document) -> Received:
    def given(name: str) -> Any:
        return getattr(document, name, None)

    return Received(
        identification=document.identification,
        version=given("version"),
        kind=given("kind"),
        process=given("process"),
        created_at=document.created_at,
    )
