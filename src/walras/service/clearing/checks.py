"""What is wrong with terms of settlement, before they are stored: each part against the rules and the market."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from zoneinfo import available_timezones

from walras.errors import BadInput, Mistake
from walras.results.minor_units import unit_mistakes
from walras.service.clearing.deviation_rules import deviation_mistakes
from walras.service.clearing.document_terms import document_mistakes
from walras.service.clearing.terms import SettlementTerms, core_terms, formula_of
from walras.service.definition import MarketDefinition
from walras.service.timetable.rules import load_door_rules
from walras.settlement.collateral.formula import REFERENCE_PRICE
from walras.settlement.terms import check_terms

MOST_PRICE = 10**9
MOST_COLLATERAL = {"multiplier": 1000, "difference_allowance": MOST_PRICE, "buffer": 100}
"""Figures of collateral beyond these are slips of the pen; amounts that follow from them fit the store."""


def terms_mistakes(terms: SettlementTerms, market: MarketDefinition, day: date) -> list[Mistake]:
    """Return everything that is wrong with terms, for a market as it is on their first day."""
    found: list[Mistake] = []
    try:
        check_terms(core_terms(terms, market))
    except BadInput as error:
        found += error.mistakes
    found += _currency_mistakes(terms, market)
    found += _element_mistakes(terms, market)
    found += _rerun_mistakes(terms)
    found += _collateral_mistakes(terms, market, day)
    found += deviation_mistakes(terms.deviations, market, day)
    found += document_mistakes(terms.documents) if terms.documents is not None else []
    return found


def _currency_mistakes(terms: SettlementTerms, market: MarketDefinition) -> Iterator[Mistake]:
    """Yield currencies without minor unit or without a fixing from the trade currency, and fixings that are none."""
    pairs = [(f.base, f.quote) for f in terms.fixings]
    known = {market.currency, *(p.currency for p in terms.payment_currencies), *(c for pair in pairs for c in pair)}
    for currency in sorted(known):
        yield from unit_mistakes(currency, "currency")
    for i, rule in enumerate(terms.fixings):
        where = f"fixings[{i}]"
        if rule.base == rule.quote or pairs.count((rule.base, rule.quote)) + pairs.count((rule.quote, rule.base)) > 1:
            what, fix = f"{rule.base}/{rule.quote} is no pair, or named twice", "Name each pair once, in one direction."
            yield Mistake(what, where, "fixing_pair_once", fix)
        if rule.time_zone not in available_timezones():
            fix = "Write a name such as Africa/Johannesburg."
            yield Mistake(f"time zone {rule.time_zone!r} is not known", where, "time_zone", fix)
    seen: set[str] = set()
    for i, chosen in enumerate(terms.payment_currencies):
        where = f"payment_currencies[{i}]"
        if chosen.party in seen:
            yield Mistake(f"{chosen.party} is named twice", where, "payment_currency_once", "Name each party once.")
        seen.add(chosen.party)
        pair = {market.currency, chosen.currency}
        if len(pair) == 2 and not any(set(p) == pair for p in pairs):
            what = f"nothing converts {market.currency} into {chosen.currency}"
            yield Mistake(what, where, "fixing_pair", "Add the fixing of that pair to the terms.")


def _element_mistakes(terms: SettlementTerms, market: MarketDefinition) -> Iterator[Mistake]:
    lines, zones = {line.line for line in market.lines}, {z.zone for z in market.zones}
    operators = {z.system_operator or z.zone for z in market.zones}
    seen: set[str] = set()
    for i, key in enumerate(terms.keys):
        where, (kind, _, name) = f"keys[{i}]", key.element.partition("/")
        if kind != "line" or name not in lines:
            yield Mistake(f"the market has no {kind} {name!r}", where, "element_known", "Name a line of the market.")
        if key.element in seen:
            yield Mistake(f"{key.element} has a key already", where, "sharing_key_once", "Give each element one key.")
        seen.add(key.element)
        if (key.rule == "ownership") != bool(key.shares) or (key.rule == "flow_based") != bool(key.borders):
            fix = "Give shares to ownership, borders to flow_based, nothing to half."
            yield Mistake(f"rule {key.rule!r} does not go with what is given", where, "sharing_rule", fix)
        for share in key.shares:
            if share.operator not in operators:
                what, fix = f"{share.operator!r} operates no zone", "Name system operators of the market's zones."
                yield Mistake(what, where, "operator_known", fix)
        for zone in sorted({z for b in key.borders for z in (*b.zones, *b.factors)} - zones):
            yield Mistake(f"the market has no zone {zone!r}", where, "zone_known", "Name zones of the market.")


def _collateral_mistakes(terms: SettlementTerms, market: MarketDefinition, day: date) -> Iterator[Mistake]:
    """Yield what is wrong with a formula of exposure, and places without a reference price where it needs one."""
    if terms.collateral is None:
        return
    for name, most in MOST_COLLATERAL.items():
        value = getattr(terms.collateral, name)
        if not 0 <= Fraction(value) <= most:
            yield Mistake(f"{name} is {value}", "collateral", "collateral_formula", f"Give 0 to {most}.")
            return
    for far in terms.collateral.reference:
        if abs(Fraction(far.price)) > MOST_PRICE:
            fix = f"Give a price from -{MOST_PRICE} to {MOST_PRICE}."
            yield Mistake(f"it is {far.price}", f"collateral.reference {far.zone}", "reference_price", fix)
            return
    formula = formula_of(terms.collateral, load_door_rules(market.profile, day).exposure)
    places = [(g.zone, g.carrier) for g in market.grids]
    for zone, carrier in sorted(set(places) - set(formula.reference)) if formula.kind == REFERENCE_PRICE else ():
        fix = "Give a reference price of every zone and carrier."
        yield Mistake(f"{carrier} of {zone} has none", "collateral.reference", "reference_price", fix)
    said = [(r.zone, r.carrier) for r in terms.collateral.reference]
    for zone, carrier in sorted({p for p in said if p not in places or said.count(p) > 1}):
        what, fix = f"{carrier} of {zone} is no place of the market, or named twice", "Name each place once."
        yield Mistake(what, "collateral.reference", "reference_price", fix)


def _rerun_mistakes(terms: SettlementTerms) -> Iterator[Mistake]:
    months = [r.months for r in terms.reruns]
    names = [r.name for r in terms.reruns]
    if sorted(set(months)) != months or len(set(names)) != len(names) or "initial" in names:
        fix = "Give reruns in order, each with its own name, none of them `initial`."
        yield Mistake("reruns are not in order, or share a name", "reruns", "reruns_ordered", fix)
