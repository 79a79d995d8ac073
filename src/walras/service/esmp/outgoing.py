"""A view as a capacity or schedule document: one series a line and direction, of what the ledger has.

A schedule says before matching what is allocated (type A02), and once the day is matched what
both sides are bound to deliver (A09). Auctions are in it once their result is final.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from walras.capacity.declared import Declaration
from walras.capacity.elements import IntArray
from walras.capacity.layers import DIRECTIONS, LAYERS
from walras.capacity.usable import usable
from walras.formats import esmp
from walras.service.esmp.view import View, short_name
from walras.service.roles import Role

ALLOCATED, FINAL = "A02", "A09"
AGREED_CAPACITY = "A31"
WHOLE_DAY, DETERMINATION = "A17", "A15"
PERMISSIBLE, RESERVE, AGREED, ALREADY_ALLOCATED, OFFERED = "A81", "B31", "A27", "A29", "A31"
BUSINESS: dict[str, tuple[str, str | None]] = {
    "transmission": ("B08", None),
    "long_term": ("A03", "A06"),
    "bilateral": ("A03", None),
    "term": ("A03", "A05"),
    "day_ahead": ("A69", "A01"),
    "intraday": ("A69", "A07"),
}
"""Business type and kind of contract of each layer."""
AUCTIONS = ("day_ahead", "intraday")


def head(view: View, kind: str) -> dict[str, Any]:
    """Return the fields that all documents begin with."""
    return {
        "identification": view.identification(kind), "created_at": view.created_at, "sender": view.sender,
        "receiver": view.receiver, "period_start": view.span[0], "period_end": view.span[1], "domain": view.domain,
    }  # fmt: skip


def schedule_of(view: View) -> esmp.ScheduleDocument:
    """Return the schedule of a day: contracts, rights, transmission and auctions on each line and direction."""
    is_final = view.matches is not None
    series = tuple(_scheduled(view, is_final))
    kind = FINAL if is_final else ALLOCATED
    return esmp.ScheduleDocument(
        **head(view, "schedule"), version=view.version, kind=kind, process=WHOLE_DAY, series=series
    )


def _scheduled(view: View, is_final: bool) -> list[esmp.ScheduleSeries]:
    """Return a series for each holder, hop, layer, line and direction that has anything."""
    held = view.state.ledger.held.filter(pl.col("line").is_in(set(view.lines)))
    if view.role is Role.MEMBER:
        held = held.filter(pl.col("holder").is_in(set(view.parties)))
    view.eics.know({code for pair in view.parties.values() for code in pair})
    found = []
    for key, rows in held.group_by("holder", "hop", "layer", "direction", "line", maintain_order=True):
        holder, hop, layer, direction, line = (key[0], *(int(str(k)) for k in key[1:]))
        name = LAYERS[layer]
        values = rows["firm_kw" if is_final or name in AUCTIONS else "kw"].to_numpy()
        if not values.any():
            continue
        kw = np.zeros(len(view.state.elements.starts(line)), dtype=np.int64)
        kw[(rows["start"].to_numpy() - view.span[0]) // view.state.elements.items[line].minutes] = values
        found.append(_series(view, str(holder), hop, name, direction, line, kw))
    return found


def _series(
    view: View, holder: str, hop: int, layer: str, direction: int, line: int, kw: IntArray
) -> esmp.ScheduleSeries:
    business, contract = BUSINESS[layer]
    out_party, in_party = _parties(view, holder, layer, direction, line)
    words = (holder, f"hop {hop + 1}" if holder in view.parties else "", view.state.elements.items[line].name,
             DIRECTIONS[direction], layer)  # fmt: skip
    return series_on(
        view, line, direction, kw, identification=short_name(" ".join(w for w in words if w)),
        business_type=business, contract_kind=contract, agreement=short_name(holder), out_party=out_party,
        in_party=in_party,
    )  # fmt: skip


def series_on(view: View, line: int, direction: int, kw: IntArray, **more: Any) -> esmp.ScheduleSeries:
    """Return a series of a day on a line and direction."""
    out_zone, in_zone = view.zones(line, direction)
    period = esmp.Period(view.span[0], view.state.elements.items[line].minutes, kw)
    places = {"out_zone": view.eics.zone(out_zone), "in_zone": view.eics.zone(in_zone), "line": view.line_code(line)}
    return esmp.ScheduleSeries(**({"version": view.version} | places | more), periods=(period,))


def _parties(view: View, holder: str, layer: str, direction: int, line: int) -> tuple[str, str]:
    """Return who delivers and who takes: parties of a contract, the holder of a right, system operators, the market."""
    if holder in view.parties:
        seller, buyer = view.parties[holder]
        return view.eics.company(seller), view.eics.company(buyer)
    if layer in AUCTIONS:
        return view.sender.code, view.sender.code
    sides = {z.zone: z.system_operator or view.eics.operator for z in view.state.definition.zones}
    out_zone, in_zone = view.zones(line, direction)
    return view.eics.company(sides[out_zone]), view.eics.company(sides[in_zone])


def capacity_of(view: View) -> esmp.CapacityDocument:
    """Return the capacities of a day: declared, agreed, allocated and offered, a line and direction each."""
    most = usable(view.state.ledger)
    series = [s for e in view.lines for d in (0, 1) for s in _capacities(view, e, d, most)]
    return esmp.CapacityDocument(
        **head(view, "capacity"), version=view.version, kind=AGREED_CAPACITY, process=DETERMINATION,
        series=tuple(series),
    )  # fmt: skip


def _capacities(view: View, line: int, direction: int, most: IntArray) -> list[esmp.CapacitySeries]:
    state, name = view.state, view.state.elements.items[line].name
    place = state.elements.slice_of(line)
    declared = state.declared.get((name, view.day), {})
    own = {s: d for s, d in declared.items() if view.role is not Role.SYSTEM_OPERATOR or s == view.company}
    found = []
    for side in sorted(own):
        found += _declared(view, line, direction, own[side])
    versions = ", ".join(f"{s} version {declared[s].version}" for s in sorted(declared)) or "the market's definition"
    figures = (
        (AGREED, state.ledger.capacity[direction, place], f"the lower of what is declared: {versions}"),
        (ALREADY_ALLOCATED, state.ledger.taken[:, direction, place].sum(axis=0), None),
        (OFFERED, most[direction, place], None),
    )
    return found + [_capacity(view, line, direction, code, kw, why) for code, kw, why in figures]


def _declared(view: View, line: int, direction: int, one: Declaration) -> list[esmp.CapacitySeries]:
    """Return what one side declared: the largest permissible flow, and the reserve."""
    why = f"declared by {one.side}, version {one.version}: {', '.join(one.criteria)}"[:512]
    figures = ((PERMISSIBLE, one.permissible), (RESERVE, one.reserve))
    return [_capacity(view, line, direction, code, kw[direction], why, one.side) for code, kw in figures]


def _capacity(
    view: View, line: int, direction: int, code: str, kw: IntArray, why: str | None, side: str = ""
) -> esmp.CapacitySeries:
    item = view.state.elements.items[line]
    out_zone, in_zone = view.zones(line, direction)
    name = short_name(" ".join(w for w in (item.name, DIRECTIONS[direction], code, side) if w))
    return esmp.CapacitySeries(
        identification=name, business_type=code, out_zone=view.eics.zone(out_zone), in_zone=view.eics.zone(in_zone),
        periods=(esmp.Period(view.span[0], item.minutes, np.asarray(kw, dtype=np.int64)),),
        line=view.line_code(line), reasons=(esmp.Reason("A95", why),) if why else (),
    )  # fmt: skip
