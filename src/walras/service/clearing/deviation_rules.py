"""Terms of deviations as the core reads them, and what is wrong with them, before they are stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from walras.errors import BadInput, Mistake
from walras.service.clearing.deviation_terms import BandTerms, DeviationTerms, MeterTerms, SectionTerms, TariffTerms
from walras.service.definition import LineTerms, MarketDefinition, line_span
from walras.service.timetable.rules import load_door_rules
from walras.service.timetable.timetable import read_moment
from walras.settlement.deviations.band import Band
from walras.settlement.deviations.border import MeterRule
from walras.settlement.deviations.day import Split
from walras.settlement.deviations.in_kind import OTHER, Tariff, tariff_mistakes
from walras.settlement.deviations.metering import DayGrid
from walras.settlement.deviations.pricing import Prices, PriceTexts, checked_prices


@dataclass(frozen=True)
class Place:
    """One element of a market: its lines, each with whether it runs against it, and its MTUs on a day."""

    element: str
    lines: tuple[tuple[LineTerms, bool], ...]
    grid: DayGrid


@dataclass(frozen=True)
class Rules:
    """Terms of one element in the words of `settlement.deviations`."""

    meters: dict[str, MeterRule]
    band: Band
    split: Split
    prices: Prices
    tariffs: tuple[Tariff, ...]


def check_on(market: MarketDefinition, day: date) -> None:
    """Refuse deviations where the profile has none (rule `deviations_off`)."""
    if not load_door_rules(market.profile, day).deviations:
        what, fix = f"profile {market.profile} settles no deviations", "Choose a profile that has `deviations` on."
        raise BadInput([Mistake(what, "deviations", "deviations_off", fix)])


def place_of(market: MarketDefinition, element: str, day: date) -> Place:
    """Return an element of a market on a day.

    Raises:
        BadInput: There is none of that name, or its lines have no MTUs (rule `element_known`).
    """
    lines = {line.line: line for line in market.lines}
    sections = {s.cross_section: s for s in market.cross_sections}
    if element in sections:
        found = tuple((lines[name], name in sections[element].reversed_lines) for name in sections[element].lines)
    elif element in lines:
        found = ((lines[element], False),)
    else:
        found = ()
    span = line_span(market, found[0][0], day) if found else None
    if span is None:
        fix = f"Name one of {', '.join([*sections, *lines][:10]) or 'none'}."
        what = f"there is no line or cross-section {element!r}"
        raise BadInput([Mistake(what, "element", "element_known", fix)])
    return Place(element, found, DayGrid(day, *span))


def end_operators(market: MarketDefinition, line: LineTerms) -> tuple[str | None, str | None]:
    """Return the system operators at the beginning and the end of a line."""
    operators = {z.zone: z.system_operator for z in market.zones}
    return operators.get(line.from_zone), operators.get(line.to_zone)


def rules_of(terms: SectionTerms, market: MarketDefinition, place: Place) -> Rules:
    """Return the rules of an element.

    Raises:
        BadInput: Formulas or what they read are wrong.
    """
    meters = {m.line: _meter(m) for m in terms.meters}
    carrier = place.lines[0][0].carrier
    lengths = {g.zone: g.mtu_minutes for g in market.grids if g.carrier == carrier}
    sides = (("from", terms.from_side), ("to", terms.to_side))
    ks = {(side, way): Fraction(getattr(s, f"k_{way}")) for side, s in sides for way in ("long", "short")}
    series = {name: lengths[zone] for name, zone in terms.series.items() if zone in lengths}
    texts = PriceTexts(terms.prices, terms.parameters, series, ks, frozenset(terms.in_kind))
    where = f"deviations of {terms.element}"
    prices = checked_prices(texts, market.currency, place.grid.minutes, where, market.time_zone)
    return Rules(meters, _band(terms.band), Split(terms.rest, terms.silence), prices,
                 tuple(_tariff(t) for t in terms.tariffs))  # fmt: skip


def _meter(m: MeterTerms) -> MeterRule:
    factors = ((Fraction(m.from_forward), Fraction(m.from_backward)), (Fraction(m.to_forward), Fraction(m.to_backward)))
    return MeterRule(m.holds, *factors, m.is_replaced, m.tolerance_kwh)


def _band(band: BandTerms) -> Band:
    kw = None if band.mw is None else int(Fraction(band.mw) * 1000)
    return Band(kw, None if band.share is None else Fraction(band.share), band.takes, band.counts)


def _tariff(tariff: TariffTerms) -> Tariff:
    begin, end = (int(text[:2]) * 60 + int(text[3:]) for text in (tariff.begins, tariff.ends))
    return Tariff(tariff.name, tariff.weekdays, begin, end)


def deviation_mistakes(terms: DeviationTerms | None, market: MarketDefinition, day: date) -> Iterator[Mistake]:
    """Yield everything that is wrong with terms of deviations, for a market as it is on their first day."""
    if terms is None:
        return
    try:
        check_on(market, day)
    except BadInput as error:
        yield from error.mistakes
    seen: set[str] = set()
    for section in terms.sections:
        where = f"deviations of {section.element}"
        if section.element in seen:
            yield Mistake("it has terms already", where, "deviation_terms_once", "Give each element terms once.")
        seen.add(section.element)
        try:
            place = place_of(market, section.element, day)
        except BadInput as error:
            yield from error.mistakes
            continue
        yield from _section_mistakes(section, market, place, where)


def _section_mistakes(terms: SectionTerms, market: MarketDefinition, place: Place, where: str) -> Iterator[Mistake]:
    yield from _side_mistakes(terms, market, place, where)
    yield from _meter_mistakes(terms, place, where)
    if terms.band.share is not None and Fraction(terms.band.share) > 1:
        yield Mistake(f"the band is {terms.band.share} of the plan", where, "band_share", "Give a share of 1 or less.")
    zones = {g.zone for g in market.grids if g.carrier == place.lines[0][0].carrier}
    for name, zone in sorted(terms.series.items()):
        if zone not in zones:
            yield Mistake(f"{name} is of zone {zone!r}, which has no price", where, "zone_known", "Name a zone.")
    for text in (terms.metering_due, terms.initiative_due):
        moment = read_moment(text)
        if moment is None or moment.days < 1:
            yield Mistake(
                f"{text!r} is no time after the day", where, "due_moment", "Write a moment such as D+1 12:00."
            )
    tariffs = [_tariff(t) for t in terms.tariffs]
    yield from tariff_mistakes(tariffs, where)
    for name in sorted(set(terms.opening) - {OTHER, *(t.name for t in tariffs)}):
        yield Mistake(f"there is no class {name!r}", where, "tariff_known", f"Name a class of the terms, or {OTHER}.")
    if not list(_meter_mistakes(terms, place, where)):  # rules need factors that are some
        try:
            rules_of(terms, market, place)
        except BadInput as error:
            yield from error.mistakes


def _side_mistakes(terms: SectionTerms, market: MarketDefinition, place: Place, where: str) -> Iterator[Mistake]:
    ends = [end_operators(market, line)[::-1] if back else end_operators(market, line) for line, back in place.lines]
    for n, (side, said) in enumerate((("from", terms.from_side), ("to", terms.to_side))):
        known = sorted({e[n] or "nobody" for e in ends})
        if said.operator not in known:
            what = f"{said.operator} is no system operator at its side {side}: {', '.join(known)}"
            yield Mistake(what, where, "deviation_side", "Name a system operator of the zones at that side.")
    if terms.from_side.party == terms.to_side.party:
        what = f"{terms.from_side.party} would pay itself"
        yield Mistake(what, where, "deviation_parties", "Give each side an account of its own.")


def _meter_mistakes(terms: SectionTerms, place: Place, where: str) -> Iterator[Mistake]:
    known, seen = {line.line for line, _ in place.lines}, set[str]()
    for meter in terms.meters:
        if meter.line not in known or meter.line in seen:
            what = f"line {meter.line!r} is not in it, or named twice"
            yield Mistake(what, where, "meter_line", f"Name each of {', '.join(sorted(known))} once at the most.")
        seen.add(meter.line)
        for text in (meter.from_forward, meter.from_backward, meter.to_forward, meter.to_backward):
            if not 0 < Fraction(text) <= 2:
                what = f"the factor of {meter.line} is {text}"
                yield Mistake(what, where, "meter_factor", "Give a factor above 0, of 2 at the most.")
