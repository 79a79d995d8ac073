"""Market documents that go out: written anew each time, the same bytes for the same state."""

from __future__ import annotations

from collections.abc import Callable

from walras.formats.esmp import Document, write_document
from walras.service.canonical import bytes_digest
from walras.service.esmp.matched import anomaly_of, confirmation_of
from walras.service.esmp.outgoing import capacity_of, schedule_of
from walras.service.esmp.view import View, view_of
from walras.service.permissions import not_allowed
from walras.service.queries import GetMarketDocument
from walras.service.readers.registry import File, Look, reads
from walras.service.roles import Role

MEDIA_TYPE = "application/xml"
MAKERS: dict[str, Callable[[View], Document]] = {
    "capacity": capacity_of, "schedule": schedule_of, "anomaly": anomaly_of, "confirmation": confirmation_of,
}  # fmt: skip


@reads(GetMarketDocument)
def get_market_document(look: Look, query: GetMarketDocument) -> File:
    """Return the caller's document of a day."""
    if query.kind == "capacity" and look.actor.role is Role.MEMBER:
        what = "capacity documents go to system operators"
        raise not_allowed(what, "kind", "esmp_addressee", "Ask get-capacity for the capacities of a day.")
    view = view_of(look.connection, look.actor, query.market, query.delivery_day)
    document = MAKERS[query.kind](view)
    view.eics.check()
    content = write_document(document)
    return File(content, MEDIA_TYPE, bytes_digest(content))
