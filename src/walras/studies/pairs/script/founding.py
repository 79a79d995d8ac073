"""The first part: companies are admitted; the market, rights and terms of settlement are set."""

from __future__ import annotations

from typing import Any

from walras.formulas.periods import first_of, month_of
from walras.studies.pairs.pair import WHOLE_DAY, Pair
from walras.studies.pairs.script.written import GRID, Written, sections, short
from walras.studies.pairs.supplies import Supplies
from walras.studies.pairs.trade_terms import settlement_terms

SCREENED = {"contact_name": "Ada Example", "contact_email": "ada@example.invalid"}


def founded(w: Written, supplies: Supplies) -> None:
    """Companies apply and are admitted by two officers; the market, rights and terms of settlement are set."""
    w.at(-45, "09:00", "Companies register, are screened, and are admitted by two officers")
    companies = [(m.member, m.name, m.state, "member") for m in w.pair.members]
    known = {name for name, *_ in companies}
    contracts = [c for a in supplies.agreements.values() for c in a.contracts]
    parties = {short(p) for c in contracts for p in (c.seller, c.buyer)}
    more = sorted(parties - known)
    companies += [(name, _says(name), name.partition("-")[0], "member") for name in more]
    states = sorted({z.state for z in w.pair.zones})
    grids = [GRID.format(s) for s in states]
    hops = sorted({short(h.operator) for c in contracts for h in c.hops} - set(grids))
    companies += [(g, _says(g), g.partition("-")[0], "system_operator") for g in (*grids, *hops)]
    for name, says, state, role in companies:
        asked = {"role": role, "name": says, "country": state, **SCREENED}
        w.do("", "apply-for-membership", asked, gives=name, code="company")
    for name, *_ in companies:
        w.do("OP", "admit-company", {"company": f"{{{name}}}"})
    w.at(-44, "10:00", "The market, its rights and its terms of settlement")
    w.files["definition.json"] = definition(w)
    begins = first_of(month_of(w.day)).isoformat()
    w.do("OP", "set-market", {"market": w.market, "valid_from": begins, "definition": {"json": "day/definition.json"}})
    products = [[z.zone, c] for z in w.pair.zones for c in z.carriers]
    for name, _, _, role in companies:
        if role == "member":
            w.do("OP", "set-rights", {"company": f"{{{name}}}", "market": w.market, "products": products})
    w.files["terms.json"] = settlement_terms(w.pair, supplies)
    w.do("OP", "set-settlement-terms", {"market": w.market, "valid_from": begins, "terms": {"json": "day/terms.json"}})
    for currency in sorted({w.pair.currency, *w.pair.fixings, *_currencies(supplies)}):
        account = {"market": w.market, "bank": currency.lower(), "currency": currency, "number": f"XX00 {currency} 1"}
        w.do("OP", "open-bank-account", account)
    for name, _, state, _ in companies:
        facts = {"company": f"{{{name}}}", "is_dealer": True, "used_in": state}
        w.do("OP", "set-tax-facts", facts)


def _currencies(supplies: Supplies) -> set[str]:
    """Return every currency of contracts, of their price or their payment."""
    contracts = [c for a in supplies.agreements.values() for c in a.contracts]
    return {c.currency for c in contracts} | {p for c in contracts for p in c.payment.values()}


def _says(name: str) -> str:
    """Return a company's name in words."""
    return name.replace("-", " ")


def definition(w: Written) -> dict[str, Any]:
    """Return the market as the door takes it: lines with what other uses leave to the auction."""
    pair = w.pair
    lines = [
        {"line": r.line, "carrier": r.carrier, "from_zone": r.from_zone, "to_zone": r.to_zone,
         "capacity_forward_mw": round(r.forward_mw * r.free_share, 1),
         "capacity_backward_mw": round(r.backward_mw * r.free_share, 1),
         "loss_forward": r.loss or None, "loss_backward": r.loss or None, "tariff_per_mwh": r.tariff or None}
        for r in pair.lines
    ]  # fmt: skip
    return {
        "name": pair.name, "currency": pair.currency, "time_zone": pair.time_zone.key, "profile": pair.rules_profile,
        "zones": [{"zone": z.zone, "country": z.state, "system_operator": f"{{{GRID.format(z.state)}}}"}
                  for z in pair.zones],
        "grids": [_grid(pair, z.zone, c) for z in pair.zones for c in z.carriers],
        "lines": lines, "cross_sections": sections(pair),
    }  # fmt: skip


def _grid(pair: Pair, zone: str, carrier: str) -> dict[str, Any]:
    t = pair.carriers[carrier]
    return {
        "zone": zone, "carrier": carrier, "mtu_minutes": 1440 if t.mtu_minutes == WHOLE_DAY else t.mtu_minutes,
        "price_min_per_mwh": t.price_min, "price_max_per_mwh": t.price_max, "price_tick_per_mwh": t.price_tick.size,
        "quantity_tick_mw": t.quantity_tick.size, "begins": t.begins.isoformat("minutes"),
    }  # fmt: skip
