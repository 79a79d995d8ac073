"""A member's orders: its own at any time, and after the gate, to those who watch, everybody's.

Before the gate nobody but the member reads them; who tries is refused, and the attempt recorded.
Payloads are opened with the key of that member alone.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row

from walras.service import submitted
from walras.service.clock import time_text
from walras.service.intake import payload
from walras.service.intake.documents import ORDER_LIST, OrderList
from walras.service.intake.rows import documents_of
from walras.service.permissions import not_allowed
from walras.service.queries import ListOrders, ListOrderVersions, ListSubmissions
from walras.service.readers.registry import Look, Shown, page, reads
from walras.service.roles import Role
from walras.service.store import orders, sessions
from walras.service.work import refuse


@reads(ListOrders)
def list_orders(look: Look, query: ListOrders) -> Shown:
    """Return live orders as documents, by name."""
    session, member = whose(look, query.session, query.member)
    found = orders.live(look.connection, session.id, member)
    chosen = [r for r in found if r.name > query.after][: query.limit + 1]
    documents = _documents(look, session, member, {r.submission for r in chosen})
    items = [
        {"name": r.name, "version": r.version, "sequence": r.submission, "order": documents[r.submission, r.name]}
        for r in chosen
    ]
    return page(items, query.limit, "name")


@reads(ListOrderVersions)
def list_order_versions(look: Look, query: ListOrderVersions) -> Shown:
    """Return every version of one order, the first one first; a withdrawal has no order."""
    session, member = whose(look, query.session, query.member)
    found = []
    for row in orders.sent(look.connection, session.id, member, 0, None):
        content = submitted.opened(look.secrets, session, row)
        if row.kind == "withdrawal":
            if query.name in _withdrawn(content):
                found.append({"sequence": row.sequence, "at": time_text(row.at), "kind": row.kind, "order": None})
        elif (order := _by_name(content).get(query.name)) is not None:
            found.append({"sequence": row.sequence, "at": time_text(row.at), "kind": row.kind, "order": order})
    if not found:
        fix = "Take a name from the list of orders."
        raise refuse(f"there is no order {query.name!r}", "name", "order_known", fix)
    return {"items": [{"version": i} | one for i, one in enumerate(found, start=1)], "next": None}


@reads(ListSubmissions)
def list_submissions(look: Look, query: ListSubmissions) -> Shown:
    """Return what was sent, with the digests that the receipts say."""
    session, member = whose(look, query.session, query.member)
    rows = orders.sent(look.connection, session.id, member, query.after, query.limit + 1)
    items = [
        {
            "sequence": r.sequence, "member": r.member, "kind": r.kind, "orders": r.orders,
            "digest": submitted.digest(submitted.opened(look.secrets, session, r)),
            "user": r.user, "at": time_text(r.at),
        }
        for r in rows
    ]  # fmt: skip
    return page(items, query.limit, "sequence")


def whose(look: Look, session: str, member: str | None) -> tuple[Row[Any], str]:
    """Return the session and the member whose orders are asked for, if the caller may see them."""
    found = sessions.get(look.connection, session)
    if look.actor.role is Role.MEMBER:
        if member not in {None, look.actor.company}:
            raise not_allowed(
                "these are another member's orders", f"{session} {member}", "own_orders", "Read your own."
            )
        return found, look.actor.company
    if found.key_released_at is None:
        what = "before the gate nobody reads a member's orders"
        raise not_allowed(what, f"{session} {member}", "book_sealed", "Wait until the gate has closed.")
    if member is None:
        raise refuse("whose orders are meant", "member", "member_named", "Name a member: ?member=M-0001.")
    return found, member


def _documents(look: Look, session: Row[Any], member: str, numbers: set[int]) -> dict[tuple[int, str], Any]:
    """Return the orders of some submissions by submission and name."""
    found: dict[tuple[int, str], Any] = {}
    for row in orders.of_numbers(look.connection, sorted(numbers)):
        for name, order in _by_name(submitted.opened(look.secrets, session, row)).items():
            found[row.sequence, name] = order
    return found


def _by_name(content: bytes) -> dict[str, Any]:
    decoded = payload.decode(content)
    listed = list(documents_of(decoded) if isinstance(decoded, dict) else decoded)
    shown = ORDER_LIST.dump_python(OrderList.model_construct(orders=listed), mode="json", exclude_defaults=True)
    return {order["order"]: order for order in shown["orders"]}


def _withdrawn(content: bytes) -> list[str]:
    return list(json.loads(content)["withdrawn"])
