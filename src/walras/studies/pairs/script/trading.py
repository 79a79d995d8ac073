"""The third part: capacities and orders, the auction, fixings, meters, deviations, allocations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

from walras.studies.pairs.meters import metered
from walras.studies.pairs.pair import Pair
from walras.studies.pairs.script.contracting import fact, record
from walras.studies.pairs.script.flexing import offered
from walras.studies.pairs.script.written import GRID, Written, sections, settled_sections
from walras.studies.pairs.supplies import Supplies, nominated
from walras.studies.pairs.trade_terms import SOURCE


def auctioned(w: Written, supplies: Supplies, seed: int) -> None:
    """Capacities are declared by both sides, orders and flexibility are sent, the gate closes, the result is final."""
    w.at(-3, "10:00", "The session opens; both system operators declare the capacity of their border")
    session = {
        "market": w.market,
        "delivery_day": w.day.isoformat(),
        "kind": "live",
        "name": "da",
        "layer": "day_ahead",
    }
    w.do("OP", "schedule-session", session, gives="session", code="session")
    for section in sections(w.pair):
        for area in (section["from_area"], section["to_area"]):
            asked = {"market": w.market, "delivery_day": w.day.isoformat(), "figures": _figures(w, section)}
            w.do(GRID.format(area), "submit-capacity", asked)
    w.at(-1, "09:30", "Members send their orders, sealed until the gate")
    for member in sorted({m.member for m in w.pair.members if _has_orders(w.pair, m.member)}):
        w.do(member, "send-orders", {"session": "{session}"}, orders="market")
    w.at(-1, "11:00", "Buyers offer what their contracts leave open, at what it is worth to keep")
    offered(w, supplies, seed)
    w.at(-1, "12:00:05", "The gate closes, contracts enter, the auction is cleared, audited and published")
    w.do("", "wait")
    w.at(-1, "14:30", "Nobody objects; two officers make the result final")
    w.do("OP", "finalise-session", {"session": "{session}"})


def _figures(w: Written, section: dict[str, Any]) -> list[dict[str, Any]]:
    midnight = datetime.combine(w.day, time(), w.pair.time_zone)
    end = datetime.combine(w.day + timedelta(days=1), time(), w.pair.time_zone)
    hours = int((end - midnight).total_seconds() // 3600)
    stamps = [(midnight.astimezone(UTC) + timedelta(hours=h)).isoformat() for h in range(hours)]
    return [
        {"element": r.line, "criteria": ["thermal"],
         "mtus": [{"mtu_start": at, "forward_mw": [round(r.forward_mw * r.free_share, 1)],
                   "backward_mw": [round(r.backward_mw * r.free_share, 1)]} for at in stamps]}
        for r in w.pair.lines if r.line in section["lines"]
    ]  # fmt: skip


def _has_orders(pair: Pair, member: str) -> bool:
    rows: Iterator[Any] = iter((*pair.plants, *pair.demand, *pair.stores))
    return any(row.member == member for row in rows)


def delivered(w: Written, supplies: Supplies, seed: int) -> None:
    """The fixings of the day are stored, the month is allocated, the border is metered, deviations are settled."""
    w.at(0, "09:00", "The fixings of the day are stored, the auction is settled by them")
    midnight = datetime.combine(w.day, time(), w.pair.time_zone).isoformat()
    for currency, rate in w.pair.fixings.items():
        asked = {"market": w.market, "base": currency, "quote": w.pair.currency, "day": w.day.isoformat(), "rate": rate,
                 "source": SOURCE, "fixed_at": midnight}  # fmt: skip
        w.do("OP", "store-fixing", asked)
    w.at(1, "11:00", "Both sides read their meters at the border")
    for section in settled_sections(w.pair):
        for step in metered(w.pair, w.market, w.day, section, seed):
            w.do(**step)
    w.at(5, "12:00", "Deviations of the day are settled between the two sides")
    for section in settled_sections(w.pair):
        element = section["cross_section"]
        w.do("OP", "settle-deviations", {"market": w.market, "delivery_day": w.day.isoformat(), "element": element})
    w.at(1, "11:00", "The month ends: what every contract delivered on its other days is allocated", after_month=True)
    for name, contract in supplies.contracts(w.day):
        days = [d for d in w.month if d != w.day or contract.meeting is None]
        rows = [fact("allocation", contract, d, nominated(w.pair, supplies, contract, d, seed)) for d in days]
        record(w, name, supplies.rows[contract.contract].allocated_by, f"allocated {contract.contract}", rows)
