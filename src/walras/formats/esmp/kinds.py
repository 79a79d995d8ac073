"""The six kinds of documents: binding, noun, and the way between them; one xsdata context each.

Classes that several kinds share take the namespace of their document, and a context keeps the first
that it saw: so no two kinds share a context.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from xsdata.formats.dataclass.context import XmlContext
from xsdata.formats.dataclass.parsers.bases import NodeParser
from xsdata.formats.dataclass.parsers.config import ParserConfig
from xsdata.formats.dataclass.serializers import XmlSerializer
from xsdata.formats.dataclass.serializers.config import SerializerConfig
from xsdata.formats.dataclass.serializers.writers.native import XmlEventWriter
from xsdata.models.enums import EventType

from walras.formats.esmp import documents
from walras.formats.esmp.bindings.acknowledgement import Acknowledgement
from walras.formats.esmp.bindings.anomaly import AnomalyReport
from walras.formats.esmp.bindings.capacity import Capacity
from walras.formats.esmp.bindings.confirmation import Confirmation
from walras.formats.esmp.bindings.reserve_bid import ReserveBid
from walras.formats.esmp.bindings.schedule import Schedule
from walras.formats.esmp.translate import acknowledgement, anomaly, capacity, confirmation, reserve_bid, schedule
from walras.formats.esmp.xml import Node


@dataclass(frozen=True)
class Kind:
    """One kind of document, in one version."""

    binding: type
    noun: type
    read: Callable[[Any], Any]
    write: Callable[[Any], Any]
    context: XmlContext = field(default_factory=XmlContext)

    @property
    def root(self) -> str:
        """Name of the root element."""
        return str(self.binding.Meta.name)  # type: ignore[attr-defined]

    @property
    def namespace(self) -> str:
        """Namespace, which ends with the version."""
        return str(self.binding.Meta.namespace)  # type: ignore[attr-defined]

    def bind(self, root: Node) -> Any:
        """Return the binding of a tree that `checking` found nothing wrong with."""
        config = ParserConfig(fail_on_unknown_attributes=True, fail_on_converter_warnings=True)
        return NodeParser(config=config, context=self.context).parse(list(_events(root)), self.binding)

    def serialize(self, document: Any) -> bytes:
        """Return the bytes of a binding, the same ones for the same values on every machine.

        The writer is the standard library's: xsdata would take lxml's where that is installed.
        """
        config = SerializerConfig(indent="  ")
        serializer = XmlSerializer(config=config, context=self.context, writer=XmlEventWriter)
        return serializer.render(document, ns_map={None: self.namespace}).encode("utf-8")


def _events(node: Node) -> Any:
    """Yield what xsdata reads of a tree; attributes are coding schemes, others were refused or mean nothing."""
    name = f"{{{node.namespace}}}{node.name}"
    attributes = {key: value for key, value in node.attributes.items() if "\n" not in key}
    yield EventType.START, name, attributes, {}
    for child in node.children:
        yield from _events(child)
    yield EventType.END, name, None if node.children else node.text, None


KINDS = (
    Kind(Schedule, documents.ScheduleDocument, schedule.read, schedule.write),
    Kind(Capacity, documents.CapacityDocument, capacity.read, capacity.write),
    Kind(Acknowledgement, documents.AcknowledgementDocument, acknowledgement.read, acknowledgement.write),
    Kind(AnomalyReport, documents.AnomalyDocument, anomaly.read, anomaly.write),
    Kind(Confirmation, documents.ConfirmationDocument, confirmation.read, confirmation.write),
    Kind(ReserveBid, documents.ReserveBidDocument, reserve_bid.read, reserve_bid.write),
)
