"""What differs between two documents, such as a market as it is and as it is proposed: one row a value.

Records of a list are matched by what names them (a zone, a line), not by their number in the list,
so that one that is put in between changes no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

NAMES = ("line", "cross_section", "zone", "carrier", "element", "account", "order", "name")
"""Fields that name a record, together with those after them that it has."""


class Difference(NamedTuple):
    """One value: where, before, after, and whether it is new, gone or another."""

    where: str
    before: Any
    after: Any
    kind: Literal["added", "removed", "changed"]


def differences(before: Any, after: Any) -> list[Difference]:
    """Return what differs, in the order of the document that is proposed, then what is gone.

    >>> market = {"zones": [{"zone": "A", "country": "AA"}], "currency": "EUR"}
    >>> proposed = {"zones": [{"zone": "B", "country": "BB"}, {"zone": "A", "country": "AT"}], "currency": "EUR"}
    >>> [(d.where, d.before, d.after) for d in differences(market, proposed)]
    [('zones[B].zone', None, 'B'), ('zones[B].country', None, 'BB'), ('zones[A].country', 'AA', 'AT')]
    """
    old, new = flat(before), flat(after)
    found = [
        Difference(where, old.get(where), value, "changed" if where in old else "added")
        for where, value in new.items()
        if old.get(where) != value
    ]
    gone = [(where, value) for where, value in old.items() if where not in new and value is not None]
    return found + [Difference(where, value, None, "removed") for where, value in gone]


def flat(document: Any, where: str = "") -> dict[str, Any]:
    """Return the plain values of a document by their place in it.

    >>> flat({"a": {"b": [1, 2]}, "c": [{"line": "N-S", "mw": 5.0}]})
    {'a.b': [1, 2], 'c[N-S].line': 'N-S', 'c[N-S].mw': 5.0}
    """
    if isinstance(document, Mapping) and document:
        parts = [flat(value, f"{where}.{name}" if where else str(name)) for name, value in document.items()]
    elif isinstance(document, Sequence) and document and all(isinstance(r, Mapping) for r in document):
        named = [name_of(record) for record in document]
        is_clear = all(named) and len(set(named)) == len(named)
        keys = named if is_clear else [str(n + 1) for n in range(len(document))]
        parts = [flat(record, f"{where}[{key}]") for key, record in zip(keys, document, strict=True)]
    else:
        return {where: document}
    return {place: value for part in parts for place, value in part.items()}


def name_of(record: Mapping[str, Any]) -> str:
    """Return what names a record among others of its kind, empty if nothing does.

    >>> name_of({"line": "N-S", "carrier": "gas"}), name_of({"zone": "A", "carrier": "gas"}), name_of({"mw": 5})
    ('N-S', 'A gas', '')
    """
    if record.get("line") or record.get("cross_section"):
        return str(record.get("line") or record.get("cross_section"))
    return " ".join(str(record[n]) for n in NAMES if isinstance(record.get(n), str))
