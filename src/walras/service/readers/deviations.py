"""Deviations for those at the border: meters, a day as it is known now, its runs, agreements, energy accounts."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from walras.capacity.taking import utc_text
from walras.errors import BadInput
from walras.formulas.values import amount_text
from walras.service.capacity.volumes import minutes_of
from walras.service.clearing.deviations import Known, computed, known_of, observed, section_of
from walras.service.clock import time_text
from walras.service.queries.deviations import (
    ExplainDeviation,
    GetDeviations,
    GetEnergyAccount,
    ListAgreements,
    ListMetering,
)
from walras.service.readers.registry import Look, Shown, reads
from walras.service.store import deviations as stored
from walras.service.store import ledger, markets
from walras.service.store.settlement_schema import meter_series
from walras.service.work import refuse
from walras.settlement.deviations.day import Deviations, Row, explain, priced
from walras.settlement.deviations.in_kind import balances, lots, postings
from walras.settlement.deviations.metering import SIDES


@reads(ListMetering)
def list_metering(look: Look, query: ListMetering) -> Shown:
    """Return every version, oldest first."""
    definition = markets.version_for(look.connection, query.market, query.delivery_day).definition
    lines = {x.line for x in definition.lines} if query.line is None else {query.line}
    rows = stored.versions(look.connection, meter_series, query.market, lines, query.delivery_day)
    items = [
        {"line": r.line, "side": r.side, "version": r.version, "company": r.company, "at": time_text(r.at),
         "digest": r.digest, "mtu_start": utc_text(b["begin"]), "minutes": b["minutes"], "kwh": b["kwh"]}
        for r in rows for b in [stored.body_of(r)]
    ]  # fmt: skip
    return {"items": items, "next": None}


@reads(GetDeviations)
def get_deviations(look: Look, query: GetDeviations) -> Shown:
    """Return a day; where something is missing, what is missing instead of figures that stand on it."""
    section = section_of(look.connection, query.market, query.element, query.delivery_day)
    shown: Shown = {"market": query.market, "delivery_day": query.delivery_day.isoformat(), "element": query.element,
                    "minutes": section.place.grid.minutes, "currency": section.rules.prices.currency,
                    "from": section.terms.from_side.party, "to": section.terms.to_side.party, "missing": [],
                    "runs": _runs(look, query)}  # fmt: skip
    try:
        known = known_of(look.connection, section)
    except BadInput as error:
        return shown | {"mtus": [], "missing": [str(m) for m in error.mistakes]}
    day, rows, missing = computed(section, known), list[Row](), list[str]()
    try:
        rows = priced(day, section.rules.prices, observed(look.connection, section)[0])
    except BadInput as error:
        missing = [str(m) for m in error.mistakes]
    return shown | {"missing": missing, "mtus": _mtus(known, day, rows), "inputs": known.inputs}


def _runs(look: Look, query: GetDeviations) -> list[dict[str, Any]]:
    """Return the runs of a day with what each booked."""
    found = []
    for run in stored.runs_of(look.connection, query.market, query.element, query.delivery_day):
        body = ledger.event(look.connection, query.market, run.event).body
        total = sum(row[-1] for row in [*body["booked"], *body["expired"]])
        found.append({"run": run.run, "name": run.name, "event": run.event, "at": time_text(run.at),
                      "to_owes_from_minor": total, "booked": body["booked"], "accrued": body["accrued"],
                      "expired": body["expired"]})  # fmt: skip
    return found


def _mtus(known: Known, day: Deviations, rows: list[Row]) -> list[dict[str, Any]]:
    parts = defaultdict(list)
    for row in rows:
        parts[row.part.start].append(
            {"category": row.part.category, "side": row.part.side, "kwh": row.part.kwh,
             "price_per_mwh": amount_text(row.price), "amount_minor": row.amount_minor}
        )  # fmt: skip
    found = []
    for t, start in enumerate(day.grid.starts.tolist()):
        one: dict[str, Any] = {"mtu_start": utc_text(start)}
        for name in ("planned", "actual", "emergency", "deviation", "outside"):
            one[f"{name}_kwh"] = int(getattr(day, name)[t])
        one["band_kwh"] = int(day.width[t])
        one["meters_differ"] = [x.line for x in known.lines if x.differs[t]]
        one["initiative"] = {
            side: {"agreed_kwh": int(day.initiative.agreed[s, t]), "kwh": int(day.initiative.parts[s, t]),
                   "outside_kwh": int(day.outside_parts[s, t]), "differs": bool(day.initiative.differs[s, t])}
            for s, side in enumerate(SIDES)
        }  # fmt: skip
        found.append(one | {"rest_kwh": int(day.initiative.rest[t]), "parts": parts[start]})
    return found


@reads(ExplainDeviation)
def explain_deviation(look: Look, query: ExplainDeviation) -> Shown:
    """Return the derivation of one MTU as text."""
    section = section_of(look.connection, query.market, query.element, query.delivery_day)
    named = [] if query.mtu_start is None else minutes_of([query.mtu_start], "mtu_start").tolist()
    start = named[0] if named else section.place.grid.begin
    if start not in section.place.grid.starts:
        fix = f"Name a start from {utc_text(section.place.grid.begin)} on, every {section.place.grid.minutes} minutes."
        raise refuse("the day has no such MTU", "mtu_start", "deviation_mtu", fix)
    day = computed(section, known_of(look.connection, section))
    return {"text": explain(day, section.rules.prices, observed(look.connection, section)[0], start)}


@reads(ListAgreements)
def list_agreements(look: Look, query: ListAgreements) -> Shown:
    """Return agreements by id, with the MTUs that have energy."""
    items = []
    for row in stored.agreements(look.connection, query.market, query.delivery_day):
        section = section_of(look.connection, query.market, row.element, query.delivery_day)
        kwh = zip(section.place.grid.starts.tolist(), stored.body_of(row)["kwh"], strict=True)
        plain = {n: getattr(row, n) for n in ("element", "kind", "side", "reference", "state", "schedule")}
        mtus = [{"mtu_start": utc_text(start), "kwh": energy} for start, energy in kwh if energy]
        items.append({"agreement": row.id} | plain | {"at": time_text(row.at), "mtus": mtus})
    return {"items": items, "next": None}


@reads(GetEnergyAccount)
def get_energy_account(look: Look, query: GetEnergyAccount) -> Shown:
    """Return an account; positive figures are owed by the side `to`."""
    markets.check_known(look.connection, query.market)
    rows = stored.movements(look.connection, query.market, query.element)
    made = [stored.movement_of(r) for r in rows]
    moved = [
        {"event": r.event, "kind": r.kind, "delivery_day": r.day, "tariff": r.tariff, "kwh": r.kwh,
         "at": time_text(r.at)}
        for r in rows
    ]  # fmt: skip
    days = [{"delivery_day": x.day.isoformat(), "tariff": x.tariff, "kwh": x.kwh} for x in lots(made)]
    owed = balances(made)
    sides = {side: {t: sum(kwh for m in made if m.tariff == t for s, kwh in postings(m) if s == side) for t in owed}
             for side in SIDES}  # fmt: skip
    return {"market": query.market, "element": query.element, "balances_kwh": owed, "sides_kwh": sides, "open": days,
            "movements": moved}  # fmt: skip
