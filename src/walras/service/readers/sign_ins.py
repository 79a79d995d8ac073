"""Sign-ins to the console: the operator sees all, others those of their company."""

from __future__ import annotations

from walras.service.queries import ListSignIns
from walras.service.readers.registry import Look, Shown, page, reads
from walras.service.roles import Role
from walras.service.store import sign_ins


@reads(ListSignIns)
def list_sign_ins(look: Look, query: ListSignIns) -> Shown:
    """Return sign-ins, oldest first."""
    only = None if look.actor.role is Role.OPERATOR else look.actor.company
    found = sign_ins.listed(look.connection, only, query.user, query.after, query.limit + 1)
    return page([sign_ins.shown(r) for r in found], query.limit, "sign_in")
