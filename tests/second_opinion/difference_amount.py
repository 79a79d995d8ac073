"""The difference amount of a published result, computed again: (5.12) to (5.14) of docs/formulation.md.

Who lost at the published prices is paid; purchases made good are charged to sellers, sales to buyers, rounding to
everybody, pro rata to MWh. Whole minor units; what is left of them goes to the largest remainders, by name of the
member and its purchases first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tests.second_opinion.minor import nearest, shared
from tests.second_opinion.published import Published

OTHERS = {"purchase": "supply", "sale": "demand"}
SIDES = {"demand": "purchase", "supply": "sale"}


@dataclass(frozen=True)
class Part:
    """One part of it: amounts by order for those who are paid, by member and side for those who are charged."""

    name: str
    paid: list[tuple[str, str, int]]
    charged: list[tuple[str, str, int]]


def differences(published: Published, minor: int) -> Iterator[Part]:
    """Yield the parts that come to anything; none where the profile does not compensate losses."""
    if "compensations" not in published.result:
        return
    paid: dict[str, list[tuple[str, str, int]]] = {"purchase": [], "sale": [], "rounding": []}
    for order, member, side, lost in _lost(published):
        if amount := nearest(lost * minor):
            paid[SIDES[side]].append((order, member, amount))
    totals = {name: sum(amount for *_, amount in rows) for name, rows in paid.items()}
    totals["rounding"] = nearest(_unbalanced(published) * minor)
    for name, total in totals.items():
        if total:
            yield Part(name, paid[name], _charged(published, name, total))


def _lost(published: Published) -> Iterator[tuple[str, str, str, Fraction]]:
    """Yield what each order lacks after its children handed up what they earned."""
    headers = {r["order"]: r for t in ("block_orders", "flexible_orders") for r in published.market[t]}
    total: dict[str, Fraction] = dict.fromkeys(headers, Fraction(0))
    for r in published.result["order_volumes"]:
        if (of := headers.get(r["order"])) is not None:
            cell = (of["zone"], of["carrier"], r["mtu_start"])
            gain = published.price[cell] - Decimal(repr(of["price_cur_per_mwh"]))
            energy = Decimal(repr(r["accepted_mw"])) * published.minutes[cell]
            total[r["order"]] += Fraction(gain * energy) / 60 * (1 if of["side"] == "supply" else -1)
    parents: dict[str, list[str]] = defaultdict(list)
    waits: dict[str, int] = dict.fromkeys(headers, 0)
    for r in published.market["block_links"]:
        parents[r["child"]].append(r["parent"])
        waits[r["parent"]] += 1
    ready = [order for order, count in waits.items() if not count]
    while ready:
        child = ready.pop()
        for parent in parents[child]:
            total[parent] += max(Fraction(0), total[child])
            waits[parent] -= 1
            ready += [parent] if not waits[parent] else []
    for order in sorted(headers):
        if total[order] < 0:
            yield order, headers[order]["member"], headers[order]["side"], -total[order]


def _unbalanced(published: Published) -> Fraction:
    """Return what the market pays for energy without another side."""
    found = Decimal(0)
    for (_, cell, side), energy in published.traded().items():
        found += published.price[cell] * energy * (1 if side == "supply" else -1)
    for taken in published.taken():
        found += published.price[taken.cell] * taken.energy
    return Fraction(found) / 60


def _charged(published: Published, name: str, total: int) -> list[tuple[str, str, int]]:
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for (member, _, side), energy in published.traded().items():
        sums[member, side] += energy
    who = sorted(key for key in sums if key[1] == OTHERS.get(name, key[1])) or sorted(sums)
    volume = sum(Fraction(sums[key]) for key in who)
    parts = shared(total, [Fraction(sums[key]) / volume for key in who])
    return [(member, side, part) for (member, side), part in zip(who, parts, strict=True) if part]
