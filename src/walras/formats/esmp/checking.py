"""A tree against a binding: every element in its place, every value as it must be; every mistake listed.

Written by nobody, read by `reading` and `answer`. xsdata builds objects of trees that pass, and would
stop at the first mistake, without its line. Equal rules of one document are listed up to `LISTED` times;
one more line then says how many there are.
"""

from __future__ import annotations

import dataclasses
import typing
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from walras.errors import Mistake
from walras.formats.esmp.meaning import check_meaning
from walras.formats.esmp.points import check_series
from walras.formats.esmp.values import Check, Wrong, shown
from walras.formats.esmp.xml import XSI, Node

LISTED = 20
SPACES = " \t\r\n"


@dataclass(frozen=True)
class Slot:
    """One element that a class may hold: its place in the order, how often, and what it holds."""

    at: int
    name: str
    least: int
    repeats: bool
    check: Check | None
    holds: type | None


@dataclass
class Report:
    """Mistakes found so far, counted by rule."""

    mistakes: list[Mistake] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, node: Node, path: str, wrong: Wrong) -> None:
        """Add what is wrong with the element at a path."""
        self.counts[wrong.rule] += 1
        if self.counts[wrong.rule] <= LISTED:
            self.mistakes.append(Mistake(wrong.what, f"line {node.line}, {path}", wrong.rule, wrong.fix))

    def closed(self) -> list[Mistake]:
        """Return all mistakes, with one more for each rule that was broken more often than is listed."""
        more = [
            Mistake(
                f"{count - LISTED} more places break this rule ({count} in all, the first {LISTED} are listed)",
                "the document",
                rule,
                "Mend those that are listed and send the document again.",
            )
            for rule, count in self.counts.items()
            if count > LISTED
        ]
        return self.mistakes + more


def check_document(root: Node, binding: type) -> list[Mistake]:
    """Return every mistake of a tree whose root belongs to a binding."""
    report = Report()
    _complex(root, binding, root.name, root.namespace, report)
    check_series(root, report)
    check_meaning(root, report)
    return report.closed()


@cache
def slots(binding: type) -> dict[str, Slot]:
    """Return the elements of a binding by name, in the order of the schema."""
    hints = typing.get_type_hints(binding)
    out = {}
    for at, item in enumerate(f for f in dataclasses.fields(binding) if f.metadata.get("type") == "Element"):
        inner = [t for t in typing.get_args(hints[item.name]) if t is not type(None)] or [hints[item.name]]
        holds = inner[0] if dataclasses.is_dataclass(inner[0]) else None
        repeats = item.default_factory is not dataclasses.MISSING
        name = item.metadata["name"]
        out[name] = Slot(at, name, item.metadata["least"], repeats, item.metadata["check"], typing.cast(Any, holds))
    return out


def _complex(node: Node, binding: type, path: str, namespace: str, report: Report) -> None:
    """Check the children of an element: known, in order, as often as they may, and each by itself."""
    _attributes(node, binding, path, report)
    known = slots(binding)
    if not known:
        _value(node, dataclasses.fields(binding)[0].metadata["check"], path, report)
        return
    if node.text.strip(SPACES):
        what = f"text {shown(node.text.strip(SPACES))} between elements"
        report.add(node, path, Wrong("esmp_element", what, "Leave the text out."))
    seen: Counter[str] = Counter()
    last = known[next(iter(known))]
    for child in node.children:
        slot = known.get(child.name) if child.namespace == namespace else None
        if slot is None:
            report.add(child, path, _unknown(child, namespace, known))
            continue
        seen[slot.name] += 1
        if slot.at < last.at:
            fix = f"Put {slot.name} before {last.name}: the order is that of the schema."
            report.add(child, path, Wrong("esmp_order", f"{slot.name} stands after {last.name}", fix))
        elif seen[slot.name] > 1 and not slot.repeats:
            fix = f"Leave one {slot.name}."
            report.add(child, path, Wrong("esmp_repeated", f"{slot.name} stands more than once", fix))
        last = max(last, slot, key=lambda s: s.at)
        at = f"{path}/{slot.name}" + (f"[{seen[slot.name]}]" if slot.repeats else "")
        if slot.holds is None:
            _attributes(child, None, at, report)
            _value(child, slot.check, at, report)
        else:
            _complex(child, slot.holds, at, namespace, report)
    for slot in known.values():
        if slot.least and not seen[slot.name]:
            report.add(node, path, Wrong("esmp_missing", f"{slot.name} is missing", _place(slot, known)))


def _value(node: Node, check: Check | None, path: str, report: Report) -> None:
    """Check the text of an element without children."""
    assert check is not None, f"{path} has no check"
    if node.children:
        what = f"{shown(node.children[0].name)} stands inside a value"
        report.add(node, path, Wrong("esmp_element", what, "Leave the elements out; give only the value."))
    elif wrong := check(node.text):
        report.add(node, path, wrong)


def _attributes(node: Node, binding: type | None, path: str, report: Report) -> None:
    """Check attributes: those of the binding, and the location of a schema, which is never fetched."""
    known: dict[str, Check] = {}
    if binding is not None:
        fields = dataclasses.fields(binding)
        known = {f.metadata["name"]: f.metadata["check"] for f in fields if f.metadata.get("type") == "Attribute"}
    for name, value in node.attributes.items():
        if name in known and (wrong := known[name](value)):
            report.add(node, f"{path}/@{name}", wrong)
        elif name not in known and not (name == f"{XSI}\nschemaLocation" and "/" not in path):
            what = f"unknown attribute {shown(name.rpartition(chr(10))[2])}"
            report.add(node, path, Wrong("esmp_element", what, "Leave the attribute out."))
    for name in known.keys() - node.attributes.keys():
        report.add(node, path, Wrong("esmp_missing", f"the attribute {name} is missing", f'Add {name}="A01".'))


def _unknown(child: Node, namespace: str, known: dict[str, Slot]) -> Wrong:
    if child.namespace != namespace and child.name in known:
        what = f"{child.name} is of the namespace {shown(child.namespace)}"
        return Wrong("esmp_element", what, f"Use the namespace of the document, {namespace}.")
    fix = f"Leave it out; here stand {', '.join(known)}."
    return Wrong("esmp_element", f"unknown element {shown(child.name)}", fix)


def _place(slot: Slot, known: dict[str, Slot]) -> str:
    before = [s.name for s in known.values() if s.at < slot.at and s.least]
    return f"Add {slot.name}, after {before[-1]}." if before else f"Add {slot.name} at the beginning."
