"""Nominations of a contract's day to its parties: each sees the other's once the day is matched."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from sqlalchemy import Row

from walras.capacity.taking import utc_text
from walras.service.capacity import moments
from walras.service.capacity.asking import days_of
from walras.service.capacity.state import state_of
from walras.service.clock import time_text
from walras.service.permissions import not_allowed
from walras.service.queries import GetNomination
from walras.service.readers.registry import Look, Shown, reads
from walras.service.roles import Role
from walras.service.store import capacity as stored
from walras.service.store import contracts
from walras.service.work import refuse


@reads(GetNomination)
def get_nomination(look: Look, query: GetNomination) -> Shown:
    """Return MTUs of a day with powers in MW; `seller_mw` and `buyer_mw` are None where not known or not to be seen.

    Raises:
        BadInput: The contract has no volume on the day (rule `contract_day`).
    """
    found, day = contracts.get(look.connection, query.contract), query.delivery_day.isoformat()
    side = _side(look, found)
    names = [hop["element"] for leg in json.loads(found.path) for hop in leg]
    first, last = days_of(look.connection, found.market, found.begin, max(found.end, found.begin + 1), names)
    if not first <= query.delivery_day <= last:
        what = f"contract {found.id} holds on days from {first} to {last}"
        raise refuse(what, "delivery_day", "contract_day", "Name one of them.")
    state = state_of(look.connection, found.market, query.delivery_day, query.delivery_day, names[:1])
    e = state.elements.known(names[0], "contract")
    starts = state.elements.starts(e)
    done = stored.day_of(look.connection, found.market, day)
    is_matched = done is not None and done.matched_at is not None
    match = next((m for m in json.loads(done.matches) if m["contract"] == found.id), None) if done else None
    sent = contracts.nominated(look.connection, found.id, day)
    seen = {s: n for s, n in sent.items() if side in ("", s) or is_matched}
    return {
        "contract": found.id, "market": found.market, "delivery_day": day, "side": side, "state": found.state,
        "first_day": first.isoformat(), "last_day": last.isoformat(), "is_matched": is_matched,
        "due_at": time_text(moments.due(state.definition, query.delivery_day).nomination),
        "minutes": int(state.elements.minutes[e]), "mtu_starts": [utc_text(int(s)) for s in starts],
        "contract_mw": _agreed(look, found, starts), "seller_version": _version(seen, "seller"),
        "buyer_version": _version(seen, "buyer"), **_powers(match if is_matched else None, seen),
    }  # fmt: skip


def _side(look: Look, found: Row[Any]) -> str:
    """Return whose side the caller is on, empty for those who watch both."""
    if look.actor.role is not Role.MEMBER:
        return ""
    for side in ("seller", "buyer"):
        if getattr(found, side) == look.actor.company:
            return side
    what = f"{look.actor.company} is no party of {found.id}"
    raise not_allowed(what, "contract", "contract_party", "Ask for contracts of your own.")


def _agreed(look: Look, found: Row[Any], starts: Any) -> list[float]:
    mtus, kw = contracts.volumes(look.connection, found.id)
    known = {m: p for m, p in zip(mtus.tolist(), kw.tolist(), strict=True) if m < found.end}
    return [known.get(s, 0) / 1000 for s in np.asarray(starts).tolist()]


def _version(seen: dict[str, Any], side: str) -> int | None:
    return seen[side][0] if side in seen else None


def _powers(match: dict[str, Any] | None, seen: dict[str, Any]) -> dict[str, Any]:
    """Return what each side nominated, or stood for once it was matched, what holds and where they differ."""
    if match is not None:
        mw = {f"{s}_mw": [kw / 1000 for kw in match[f"{s}_kw"]] for s in ("seller", "buyer")}
        return mw | {"scheduled_mw": [kw / 1000 for kw in match["kw"]], "differs": match["differs"]}
    known: dict[str, Any] = {f"{s}_mw": (n[1] / 1000).tolist() for s, n in seen.items()}
    return {"seller_mw": None, "buyer_mw": None, "scheduled_mw": None, "differs": None} | known
