"""Terms of settlement of a pair's rehearsal: fees, keys, currencies, VAT, deviations. All of it is illustrative."""

from __future__ import annotations

from typing import Any

from walras.studies.pairs.pair import Pair
from walras.studies.pairs.supplies import Supplies

GOODS = ("energy", "contract", "deviation", "compensation", "difference", "conversion")
SOURCE = "illustrative"
VAT = "0.20"
"""Rate at home; one figure for every state of the examples."""


def settlement_terms(pair: Pair, supplies: Supplies) -> dict[str, Any]:
    """Return terms as the door takes them.

    Args:
        pair: Its members, currencies and lines.
        supplies: Whose other parties pay in the currencies of their agreements.
    """
    paying = {m.member: m.pays_in for m in pair.members if m.pays_in != pair.currency}
    paying |= {
        account.partition("/")[2]: currency
        for a in supplies.agreements.values() for c in a.contracts for account, currency in c.payment.items()
        if currency != pair.currency
    }  # fmt: skip
    currencies = sorted({*pair.fixings, *paying.values()})
    found = {
        "fees": [{"name": "trading", "per_mwh": "0.15"}],
        "payment_currencies": [{"party": f"member/{{{m}}}", "currency": c} for m, c in sorted(paying.items())],
        "fixings": [{"base": c, "quote": pair.currency, "source": SOURCE, "fixed_at": "00:00",
                     "time_zone": pair.time_zone.key} for c in currencies if c in pair.fixings],
        "documents": _documents(pair),
    }  # fmt: skip
    if pair.is_border_settled:
        found["deviations"] = {"sections": [_section(pair, *s) for s in _sections(pair)]}
    return found


def _sections(pair: Pair) -> list[tuple[str, str, str, str]]:
    """Return each interstate cross-section of power: name, both states, and the zone that it begins in."""
    state = {z.zone: z.state for z in pair.zones}
    found: dict[str, tuple[str, str, str, str]] = {}
    for r in pair.lines:
        if r.carrier == "electricity" and state[r.from_zone] != state[r.to_zone]:
            found.setdefault(r.cross_section, (r.cross_section, state[r.from_zone], state[r.to_zone], r.from_zone))
    return list(found.values())


def _section(pair: Pair, name: str, one: str, other: str, zone: str) -> dict[str, Any]:
    unit = f"{pair.currency}/MWh"
    return {
        "element": name,
        "from_side": {"operator": f"{{{one}-grid}}", "k_long": "0.9", "k_short": "1.1"},
        "to_side": {"operator": f"{{{other}-grid}}", "k_long": "0.9", "k_short": "1.1"},
        "band": {"mw": "20"},
        "prices": {"inside": f'index("day_ahead") -> {unit}', "outside": f'index("day_ahead") * k -> {unit}',
                   "emergency": f'150 % * index("day_ahead") -> {unit}'},
        "series": {"day_ahead": zone},
    }  # fmt: skip


def _documents(pair: Pair) -> dict[str, Any]:
    states = sorted({z.state for z in pair.zones})
    return {
        "issuer": {"name": "Operator of the common market (illustrative)", "country": states[0]},
        "due": {"days": 7},
        "vat": {"rules": [
            _rule("energy at home", "rate", kinds=GOODS, relation="same", rate=VAT),
            _rule("energy across the border", "reverse_charge", kinds=GOODS, relation="other"),
            _rule("services at home", "rate", kinds=["fee"], relation="same", rate=VAT),
            _rule("services across the border", "reverse_charge", kinds=["fee"], relation="other"),
            _rule("interest", "outside_scope", kinds=["interest"]),
        ]},
    }  # fmt: skip


def _rule(name: str, treatment: str, **more: object) -> dict[str, Any]:
    said = {"name": name, "valid_from": "2026-01-01", "treatment": treatment, "text": f"VAT: {name} (illustrative)."}
    return said | {"source": SOURCE, "evidence": "I"} | more
