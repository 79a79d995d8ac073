"""Terms held against each other: what is wrong with an agreement whose fields are all right alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations, pairwise

from walras.contracts.agreement import Agreement, Contract, Fuel, Hop
from walras.contracts.calendar import END_YEAR, is_month, month_text, number_of, year_of
from walras.errors import Mistake
from walras.formulas import Checked, Unit, unit
from walras.formulas.limits import FIRST_YEAR
from walras.formulas.units import RATIO
from walras.formulas.values import quantity
from walras.vocabulary import CARRIERS

IMPLIED = frozenset({"distance", "taken", "taken_year", "product_assay", "feed_assay", "tails_assay"})
"""Parameters that a contract gives its formulas itself; see `pricing`."""
MOST_INSTALMENTS = 120


def agreement_mistakes(agreement: Agreement) -> list[Mistake]:
    """Return every term that contradicts another, each with its rule and fix."""
    found = [m for contract in agreement.contracts for m in _contract(contract)]
    found += _names(agreement)
    found += _overlaps(agreement)
    found += [m for c in agreement.contracts for m in _whole_years(agreement, c)]
    return found


def _names(agreement: Agreement) -> Iterator[Mistake]:
    if not agreement.contracts:
        yield Mistake("there is no contract", "contract", "contract_present", "Write one [[contract]] or more.")
    names = [c.contract for c in agreement.contracts]
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield Mistake("two contracts have this name", f"contract {name}", "contract_once", "Give each its own name.")


def _overlaps(agreement: Agreement) -> Iterator[Mistake]:
    """Two individual contracts of one subject hold at different times, and in the same unit and commodity."""
    for one, other in combinations(agreement.contracts, 2):
        if one.subject != other.subject:
            continue
        where = f"contract {other.contract}"
        if one.begin < other.end and other.begin < one.end:
            what = f"it holds at the same time as {one.contract}, of the same subject"
            fix = "End the earlier one on the day on which the later one begins, or name another subject."
            yield Mistake(what, where, "contract_overlaps", fix)
        if (one.unit, one.commodity, one.currency) != (other.unit, other.commodity, other.currency):
            what = f"it is in another unit, commodity or currency than {one.contract}"
            yield Mistake(what, where, "subject_same", "Name another subject; make-up does not cross units.")


def _whole_years(agreement: Agreement, c: Contract) -> Iterator[Mistake]:
    """Take-or-pay is of whole contract years, each of which begins with a month and has an annual quantity."""
    if c.take_or_pay is None or not _is_computed(c):
        return
    if agreement.year_starts[1] != 1:
        fix = "Begin contract years on the first of a month."
        yield Mistake("its contract years begin within a month", f"contract {c.contract}", "take_or_pay_years", fix)
    if not all((d.month, d.day) == agreement.year_starts for d in (c.begin, c.end)):
        what = f"it has take-or-pay and holds from {c.begin} to {c.end}"
        starts = "-".join(f"{n:02}" for n in agreement.year_starts)
        fix = f"Begin and end it on the first day of a contract year ({starts})."
        yield Mistake(what, f"contract {c.contract}", "take_or_pay_years", fix)
    years = range(year_of(agreement, c.begin), year_of(agreement, c.end - timedelta(days=1)) + 1)
    without = [str(y) for y in years if c.quantity.annual_of(y) is None]
    if without and c.quantity.annual:
        what = f"take-or-pay without an annual quantity for {', '.join(without)}"
        yield Mistake(what, f"contract {c.contract}.quantity", "annual_needed", "Write one for every year.")


def _is_computed(c: Contract) -> bool:
    """Return whether a contract holds at a time at all, and at one that is computed."""
    return c.begin < c.end and c.begin.year >= FIRST_YEAR and c.end <= date(END_YEAR, 1, 1)


def _contract(c: Contract) -> Iterator[Mistake]:
    where = f"contract {c.contract}"
    if c.begin >= c.end:
        yield Mistake(f"it ends on {c.end}, before it begins", where, "contract_validity", "End it after it begins.")
    elif not _is_computed(c):
        what, fix = f"it holds from {c.begin} to {c.end}", f"Stay from {FIRST_YEAR} to {END_YEAR - 1}."
        yield Mistake(what, where, "contract_validity", fix)
    if c.seller == c.buyer:
        yield Mistake(f"{c.seller} is on both sides", where, "contract_parties", "Name a seller and another buyer.")
    if (c.commodity == "nuclear_fuel") != (c.fuel is not None):
        fix = "Write [contract.fuel] with assays for nuclear_fuel, and for nothing else."
        yield Mistake(f"commodity {c.commodity} and its fuel terms do not fit", where, "fuel_terms", fix)
    yield from _quantities(c, where)
    yield from _shares(c, where)
    yield from _prices(c, where)
    for hop in c.hops:
        yield from _hop(hop, f"{where} hop {hop.hop}")
        if hop.tariff is not None:
            implied = _implied(c) | ({} if hop.distance is None else {"distance": hop.distance.unit})
            yield from _parameters(c, hop.tariff, implied, f"{where} hop {hop.hop}")
    if c.fuel is not None:
        yield from _fuel(c.fuel, f"{where}.fuel")
    yield from _money(c, where)
    yield from _auction(c, where)


def _quantities(c: Contract, where: str) -> Iterator[Mistake]:
    q = c.quantity
    figures = {"daily": q.daily, "daily_minimum": q.daily_minimum, "daily_maximum": q.daily_maximum}
    figures |= {f"annual {year or ''}".strip(): amount for year, amount in q.annual.items()}
    figures |= {f"swing {s.level}": s.minimum for s in q.swing}
    figures |= {f"permit {p.permit}": p.most for h in c.hops for p in h.permits if p.most is not None}
    for name, amount in figures.items():
        if amount < 0:
            yield Mistake(f"{name} is negative", f"{where}.quantity", "quantity_not_negative", "Write 0 or more.")
    if not q.daily_minimum <= q.daily <= q.daily_maximum:
        what = "the daily quantity does not lie between the daily minimum and maximum"
        yield Mistake(what, f"{where}.quantity", "daily_ordered", "Write minimum <= daily <= maximum.")
    if q.annual_maximum < 1:
        what, fix = "the annual maximum is below the annual quantity", "Write 100 % or more."
        yield Mistake(what, f"{where}.quantity", "annual_maximum", fix)
    for s in q.swing:
        if s.minimum > s.maximum or s.notice_hours < 0:
            what, fix = (
                "its minimum is above its maximum, or its notice below zero",
                "Order them, and count hours from 0.",
            )
            yield Mistake(what, f"{where}.quantity swing {s.level}", "swing_ordered", fix)
    if q.swing:
        yield from _swing_gaps(c, where)
    if q.notice_hours < 0 or c.relief_hours < 0 or (c.flexibility and c.flexibility.notice_days < 0):
        yield Mistake("hours or days of notice are negative", where, "notice_hours", "Write 0 or more.")


def _swing_gaps(c: Contract, where: str) -> Iterator[Mistake]:
    """Bands of notice cover what may be nominated, without a gap."""
    q, bands = c.quantity, sorted(c.quantity.swing, key=lambda s: s.minimum)
    reach = bands[0].maximum
    gap = bands[0].minimum > q.daily_minimum
    for _, band in pairwise(bands):
        gap |= band.minimum > reach
        reach = max(reach, band.maximum)
    if gap or reach < q.daily_maximum:
        what = "its bands do not cover every quantity from the daily minimum to the daily maximum"
        yield Mistake(what, f"{where}.quantity", "swing_covers", "Let each band begin where another ends.")


def _shares(c: Contract, where: str) -> Iterator[Mistake]:
    """Shares lie between zero and one; take-or-pay needs an annual quantity, make-up needs take-or-pay."""
    shares: dict[str, Fraction] = {f"hop {h.hop} loss": h.loss for h in c.hops}
    if c.take_or_pay:
        shares |= {"take_or_pay.share": c.take_or_pay.share, "take_or_pay.price_share": c.take_or_pay.price_share}
    if c.carry_forward:
        shares["carry_forward.cap"] = c.carry_forward.cap
    if c.flexibility:
        shares |= {"flexibility.share": c.flexibility.share, "flexibility.postponable": c.flexibility.postponable}
        shares["flexibility"] = c.flexibility.share + c.flexibility.postponable
    if c.fuel:
        shares["fuel.conversion_loss"] = c.fuel.conversion_loss
    for name, share in shares.items():
        below_one = name.endswith("loss")
        if not 0 <= share <= 1 or (below_one and share == 1):
            fix = "Write 0 % to 100 %; a loss below 100 %."
            yield Mistake(f"{float(share):.4g} is no share of a whole", f"{where}.{name}", "share_range", fix)
    if c.overrun < 0:
        yield Mistake("it is negative", f"{where}.overrun", "share_range", "Write 0 % or more.")
    if c.take_or_pay and not c.quantity.annual:
        what, fix = "take-or-pay without an annual quantity", "Write quantity.annual."
        yield Mistake(what, f"{where}.take_or_pay", "annual_needed", fix)
    if (c.make_up or c.carry_forward) and not c.take_or_pay:
        what, fix = "make-up or carry-forward without take-or-pay", "Write [contract.take_or_pay], or leave them out."
        yield Mistake(what, where, "take_or_pay_needed", fix)
    for name, term in (("make_up", c.make_up), ("carry_forward", c.carry_forward)):
        if term is not None and term.years is not None and term.years < 1:
            yield Mistake("it expires at once", f"{where}.{name}.years", "expiry_years", "Write 1 year or more.")


def _prices(c: Contract, where: str) -> Iterator[Mistake]:
    names = [p.component for p in c.components]
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield Mistake("two components have this name", f"{where} {name}", "component_once", "Name each once.")
    if not names:
        yield Mistake("it has no price", where, "price_present", "Write one [[contract.prices]] or more.")
    for p in c.components:
        if p.measure != "delivered" and c.fuel is None:
            what, fix = f"{p.measure} is measured of nuclear fuel alone", "Charge it on what is delivered."
            yield Mistake(what, f"{where} {p.component}", "measure_fits", fix)
        for formula in filter(None, (p.final, p.provisional)):
            yield from _parameters(c, formula, _implied(c), f"{where} {p.component}")
    for name in sorted(IMPLIED & {*c.parameters}):
        fix = f"Leave {name} out, or give it another name."
        yield Mistake(f"{name} is what the contract says itself", f"{where}.parameters", "parameter_implied", fix)


def _implied(c: Contract) -> dict[str, Unit]:
    """Return the parameters that a contract gives its formulas itself, with their units."""
    assays = ("product_assay", "feed_assay", "tails_assay") if c.fuel else ()
    return dict.fromkeys(("taken", "taken_year"), c.unit) | dict.fromkeys(assays, RATIO)


def _parameters(c: Contract, formula: Checked, implied: Mapping[str, Unit], where: str) -> Iterator[Mistake]:
    """Parameters of a formula have a value, in a unit that converts to the one that it declares."""
    for name, parameter in formula.plan.used_parameters.items():
        given = implied.get(name)
        if given is None and name in c.parameters and name not in IMPLIED:
            given = quantity(c.parameters[name]).unit
        if given is None:
            fix = f"Write it in [contract.parameters], in {parameter.unit}."
            if name in IMPLIED:
                fix = "Use distance in tariffs of hops that have one, and assays in contracts of nuclear fuel."
            yield Mistake(f"parameter {name} has no value", where, "parameter_given", fix)
        elif not given.agrees(parameter.unit):
            what, fix = f"parameter {name} is in {given}", f"Give or declare it in {parameter.unit}."
            yield Mistake(what, where, "parameter_unit", fix)


def _hop(hop: Hop, where: str) -> Iterator[Mistake]:
    if hop.distance is not None and (not hop.distance.unit.agrees(unit("km")) or hop.distance.amount < 0):
        yield Mistake(f"its distance is {hop.distance}", where, "hop_distance", "Write it in km, from 0.")
    for one, other in combinations(hop.permits, 2):
        if one.begin < other.end and other.begin < one.end:
            what, fix = f"permits {one.permit} and {other.permit} hold at the same time", "End one as the other begins."
            yield Mistake(what, where, "permit_overlaps", fix)
    for p in hop.permits:
        if p.begin >= p.end:
            what, fix = f"permit {p.permit} ends before it begins", "End it after it begins."
            yield Mistake(what, where, "permit_validity", fix)


def _fuel(fuel: Fuel, where: str) -> Iterator[Mistake]:
    if not 0 < fuel.tails_assay < fuel.feed_assay < fuel.product_assay < 1:
        what = "tails, feed and product do not follow each other between 0 % and 100 %"
        yield Mistake(what, where, "assays_ordered", "Write tails < feed < product, such as 0.22 %, 0.711 %, 4.95 %.")


def _money(c: Contract, where: str) -> Iterator[Mistake]:
    d = c.deferral
    if d is not None:
        if not all(is_month(m) for m in (d.first, d.delivered_from, d.delivered_to)):
            yield Mistake("a month is none", f"{where}.deferral", "deferral_months", "Write months like 2012-01.")
        elif not d.delivered_from <= d.delivered_to < d.first:
            what, fix = "instalments begin before deliveries end", "Write delivered_from <= delivered_to < first."
            yield Mistake(what, f"{where}.deferral", "deferral_months", fix)
        elif 1 <= d.instalments <= MOST_INSTALMENTS and not is_month(
            month_text(number_of(d.first) + d.instalments - 1)
        ):
            what, fix = f"instalments end after {END_YEAR - 1}", "Pay them earlier."
            yield Mistake(what, f"{where}.deferral", "deferral_months", fix)
        if not 1 <= d.instalments <= MOST_INSTALMENTS:
            what, fix = f"{d.instalments} instalments", f"Write 1 to {MOST_INSTALMENTS}."
            yield Mistake(what, f"{where}.deferral", "deferral_instalments", fix)
    due = [day for day, _ in c.set_off.parts] if c.set_off else []
    for day in sorted({d for d in due if due.count(d) > 1}):
        what, fix = f"two parts are due on {day}", "Write their sum, or days of their own."
        yield Mistake(what, f"{where}.set_off", "set_off_part", fix)
    if c.set_off and not due:
        yield Mistake("it has no part", f"{where}.set_off", "set_off_part", "Write parts with due and amount.")
    for day, amount in c.set_off.parts if c.set_off else ():
        if amount <= 0:
            yield Mistake(f"the part of {day} is no amount", f"{where}.set_off", "set_off_amount", "Write more than 0.")
    parties = {c.seller, c.buyer, *(h.operator for h in c.hops)}
    for account, currency in c.payment.items():
        if account not in parties:
            fix = f"Name one of {', '.join(sorted(parties))}."
            yield Mistake(f"{account} has no part in the contract", f"{where}.payment", "payment_party", fix)
        if not re.fullmatch("[A-Z]{3}", currency):
            what, fix = f"{account} pays in {currency!r}", "Write three capital letters, as BYN."
            yield Mistake(what, f"{where}.payment", "currency_code", fix)


def _auction(c: Contract, where: str) -> Iterator[Mistake]:
    m = c.meeting
    if m is None:
        return
    if m.carrier not in CARRIERS:
        fix = f"Write one of {', '.join(CARRIERS)}."
        yield Mistake(f"there is no carrier {m.carrier!r}", f"{where}.auction", "carrier_known", fix)
    if not m.energy.unit.agrees(unit(f"MWh/{c.unit}")) or m.energy.amount <= 0:
        what, fix = f"its energy is {m.energy}", f"Write MWh in one unit, more than 0, as 10.2 MWh/{c.unit}."
        yield Mistake(what, f"{where}.auction", "energy_unit", fix)
    if m.flexible_steps < 0 or m.flexible_steps > 20:
        yield Mistake(f"{m.flexible_steps} steps", f"{where}.auction", "flexible_steps", "Write 0 to 20.")
    if m.source is not None and not c.quantity.firm:
        what = "what is not firm may be sold or not, and its source would be taken out in any case"
        yield Mistake(what, f"{where}.auction", "source_firm", "Leave source out, or let the quantity be firm.")
    if c.destinations and m.delivery not in c.destinations:
        what, fix = f"it would be sold in {m.delivery}, which is no destination of it", "Name a zone of destinations."
        yield Mistake(what, f"{where}.auction", "destination", fix)
