"""A document that came in as the plain commands that say the same; what it cannot mean is listed.

Nothing is decided here that those commands decide: deadlines, sides, parties, volumes and
figures are checked by their handlers. Mistakes name the series, so that our answer can.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from walras.capacity.elements import IntArray
from walras.errors import BadInput, Mistake
from walras.formats import esmp
from walras.service.capacity import moments
from walras.service.capacity.state import State, state_of
from walras.service.commands import CapacityFigures, CapacityMtu, NominateSchedule, SubmitCapacity, Volume
from walras.service.esmp.eics import Eics, eics_of
from walras.service.esmp.places import Place, by_mtu, line_of, lines_between
from walras.service.esmp.view import electric_lines, span_of
from walras.service.store import contracts, markets
from walras.service.work import Work, refuse

PERMISSIBLE, NET, RESERVE = "A81", "A27", "B31"
TRADES = ("A03", "A05", "A06")
CRITERION = "transfer capacity"
MOST_LINES, MOST_SERIES, MOST_CONTRACTS = 500, 2000, 200
"""What one document may be about: the market's ledger is locked while it is worked through."""
Capacities = dict[tuple[int, int, str], IntArray]


@contextmanager
def listed(wrong: list[Mistake]) -> Iterator[None]:
    """Add the mistakes of what is done inside to a list, and go on."""
    try:
        yield
    except BadInput as error:
        wrong += error.mistakes


@dataclass(frozen=True)
class Sent:
    """A document and the day that it is about: the ledger of that day, and the codes of the market."""

    document: esmp.CapacityDocument | esmp.ScheduleDocument
    state: State
    eics: Eics

    @property
    def day(self) -> date:
        """Delivery day."""
        return self.state.days[0]

    def where(self, number: int) -> str:
        """Return where a series stands, as our answers look for it."""
        kind = "Schedule" if isinstance(self.document, esmp.ScheduleDocument) else "Capacity"
        return f"{kind}_MarketDocument/TimeSeries[{number}]"


def sent_of(work: Work, market: str, document: esmp.CapacityDocument | esmp.ScheduleDocument) -> Sent:
    """Return a document with its delivery day, which it has to be about as a whole.

    Raises:
        BadInput: No such market or version, no whole delivery day (`esmp_period`), or an area that is none of the
            market's (`esmp_domain`).
    """
    if len(document.series) > MOST_SERIES:
        what = f"it has {len(document.series)} series"
        raise refuse(what, "the document", "esmp_size", f"Send at most {MOST_SERIES} series in a document.")
    day = _day_of(work, market, document.period_start)
    state = state_of(work.connection, market, day, day)
    lines = electric_lines(state)
    if not lines:
        fix = "Send documents about lines of electricity."
        raise refuse(f"{market} has no line of electricity", f"market {market}", "esmp_lines", fix)
    wrong = esmp.period_mistakes(document, *span_of(state, lines))
    eics = eics_of(work.connection, state.definition)
    if document.domain not in eics.zones.values():
        what, fix = f"{document.domain} is no zone of {market}", "Name a zone of the market as the document's domain."
        wrong.append(Mistake(what, f"document {document.identification}", "esmp_domain", fix))
    if wrong:
        raise BadInput(wrong)
    return Sent(document, state, eics)


def _day_of(work: Work, market: str, minute: int) -> date:
    """Return the local day in which a minute lies; the time zone is that of the version that holds about then."""
    utc_day = datetime.fromtimestamp(minute * 60, UTC).date()
    try:
        found = markets.version_for(work.connection, market, utc_day)
    except BadInput:  # the first day of the first version may begin on the day before
        found = markets.version_for(work.connection, market, utc_day + timedelta(days=1))
    return moments.local_day(found.definition, minute)


def check_role(work: Work, command: type[SubmitCapacity] | type[NominateSchedule]) -> None:
    """Refuse what the sender may not ask by the plain command either (rule `role_may`)."""
    if work.actor.role not in command.roles:
        allowed = ", ".join(sorted(command.roles))
        what = f"{work.actor.role} may not ask {command.word()}"
        raise refuse(what, "the document", "role_may", f"This kind of document is sent by: {allowed}.")


def capacities_of(sent: Sent) -> SubmitCapacity:
    """Return the declaration that a capacity document is.

    Raises:
        BadInput: With every mistake in lines, business types, blocks and directions.
    """
    wrong: list[Mistake] = []
    found: Capacities = {}
    assert isinstance(sent.document, esmp.CapacityDocument)
    for number, series in enumerate(sent.document.series, 1):
        with listed(wrong):
            _add_capacity(sent, found, series, sent.where(number))
    lines = sorted({line for line, _, _ in found})
    criterion = CRITERION
    with listed(wrong):
        criterion = _criterion(sent)
        if len(lines) > MOST_LINES:
            what = f"it is about {len(lines)} lines"
            raise refuse(what, "the document", "esmp_size", f"Send at most {MOST_LINES} lines in a document.")
        if not lines and not wrong:
            raise refuse("it has no series", "the document", "esmp_missing", "Send a series a line and direction.")
    figures = []
    for line in [] if wrong else lines:  # a direction may be missing since its series is wrong
        with listed(wrong):
            figures.append(_figures(sent, found, line, criterion))
    if wrong:
        raise BadInput(wrong)
    return SubmitCapacity(market=sent.state.market, delivery_day=sent.day, figures=tuple(figures))


def _add_capacity(sent: Sent, found: Capacities, series: esmp.CapacitySeries, where: str) -> None:
    line, direction = line_of(sent.state, sent.eics, series, where)
    code = series.business_type
    if code not in (PERMISSIBLE, NET, RESERVE):
        fix = f"Send {PERMISSIBLE} and {RESERVE}, or {NET}; the market works out the rest."
        raise refuse(f"a system operator does not declare {code}", where, "esmp_business", fix)
    others = {PERMISSIBLE: (NET,), NET: (PERMISSIBLE, RESERVE), RESERVE: (NET,)}[code]
    if (line, direction, code) in found or any((line, direction, other) in found for other in others):
        what = f"{code} is given a second time for this line and direction, or beside {' or '.join(others)}"
        raise refuse(what, where, "esmp_repeated", f"Send {PERMISSIBLE} and {RESERVE}, or {NET}, once each.")
    item = sent.state.elements.items[line]
    kw = by_mtu(series.periods, sent.state.elements.starts(line), item.minutes, where)
    found[line, direction, code] = kw


def _criterion(sent: Sent) -> str:
    """Return the name under which the figures are stored; a document has room for one criterion alone."""
    names = sent.state.definition.capacity.criteria
    if len(names) > 1:
        what = f"the market asks for figures by {len(names)} criteria: {', '.join(names)}"
        raise refuse(what, "the document", "esmp_criteria", "Declare them with submit-capacity.")
    return names[0] if names else CRITERION


def _figures(sent: Sent, found: Capacities, line: int, criterion: str) -> CapacityFigures:
    item = sent.state.elements.items[line]
    limits, reserves = [], []
    for d in (0, 1):
        limit = found.get((line, d, PERMISSIBLE), found.get((line, d, NET)))
        if limit is None:
            ends = (item.from_areas[0], item.to_areas[0])[:: 1 if d == 0 else -1]
            what = f"{item.name} has no {PERMISSIBLE} or {NET} from {ends[0]} to {ends[1]}"
            raise refuse(what, "the document", "esmp_missing", "Send both directions of a line; 0 where nothing flows.")
        limits.append(limit / 1000)
        reserves.append(found.get((line, d, RESERVE), limit * 0) / 1000)
    mtus = tuple(
        CapacityMtu(mtu_start=_moment(start), forward_mw=(limits[0][t],), backward_mw=(limits[1][t],),
                    reserve_forward_mw=reserves[0][t], reserve_backward_mw=reserves[1][t])
        for t, start in enumerate(sent.state.elements.starts(line).tolist())
    )  # fmt: skip
    return CapacityFigures(element=item.name, criteria=(criterion,), mtus=mtus)


def nominations_of(work: Work, sent: Sent, wrong: list[Mistake]) -> list[tuple[str, NominateSchedule]]:
    """Return where each contract of a schedule stands, and its nomination; mistakes of series are added to `wrong`.

    A contract over several lines or borders has several series: those of one hop are summed, and hops have to agree.
    """
    assert isinstance(sent.document, esmp.ScheduleDocument)
    found: dict[str, list[tuple[int, int, Any, IntArray]]] = {}
    for number, series in enumerate(sent.document.series, 1):
        with listed(wrong):
            contract = _contract(work, sent, series, sent.where(number))
            for hop, place in _hops(sent, contract, series, sent.where(number)):
                item = sent.state.elements.items[place[0]]
                starts = sent.state.elements.starts(place[0])
                kw = by_mtu(series.periods, starts, item.minutes, sent.where(number))
                found.setdefault(contract.id, []).append((number, hop, place, kw))
    if not sent.document.series:
        fix = "Send a series a contract."
        wrong.append(Mistake("it has no series", "the document", "esmp_missing", fix))
    if len(found) > MOST_CONTRACTS:
        what = f"it is about {len(found)} contracts"
        raise refuse(what, "the document", "esmp_size", f"Send at most {MOST_CONTRACTS} contracts in a document.")
    made = []
    for name, rows in found.items():
        with listed(wrong):
            made.append((sent.where(rows[0][0]), _nomination(sent, name, rows)))
    return made


def _contract(work: Work, sent: Sent, series: esmp.ScheduleSeries, where: str) -> Row[Any]:
    """Return the contract of a series, which has to name its parties as they are."""
    if series.agreement is None or series.business_type not in TRADES:
        rule = "esmp_agreement" if series.agreement is None else "esmp_business"
        what = "it names no agreement" if series.agreement is None else f"{series.business_type} is not nominated"
        fix = f"Send business type {' or '.join(TRADES)} and the contract's id as marketAgreement.mRID."
        raise refuse(what, where, rule, fix)
    try:
        contract = contracts.get(work.connection, series.agreement)
    except BadInput as error:
        raise BadInput(within(m, where) for m in error.mistakes) from None
    me = work.actor.company
    if contract.market != sent.state.market or me not in (contract.seller, contract.buyer):
        what = f"{me} is no party of {contract.id} in {sent.state.market}"
        raise refuse(what, where, "contract_party", "Send contracts of your own.")
    given = (series.out_party, series.in_party)
    meant = (sent.eics.company(contract.seller), sent.eics.company(contract.buyer))
    sent.eics.check()
    if any(g is not None and g != m for g, m in zip(given, meant, strict=True)):
        what = f"{contract.id} goes from {meant[0]} to {meant[1]}"
        raise refuse(what, where, "esmp_party", "Name the seller as out and the buyer as in, or neither.")
    return contract


def _hops(sent: Sent, contract: Row[Any], series: esmp.ScheduleSeries, where: str) -> list[tuple[int, tuple[int, int]]]:
    """Return the hops of a contract that a series is about, each with a line and direction."""
    places = lines_between(sent.state, sent.eics, series.out_zone, series.in_zone, series.line)
    hops = [hop for leg in json.loads(contract.path) for hop in leg]
    found = []
    for number, hop in enumerate(hops):
        own = set(_places(sent.state, hop))
        here = [p for p in places if p in own]
        found += [(number, here[0])] if here else []
    if not found:
        what = f"{contract.id} does not lead from {series.out_zone} to {series.in_zone}"
        raise refuse(what, where, "esmp_zones", "Name zones out and in along the contract's path.")
    return found


def _places(state: State, hop: dict[str, Any]) -> list[Place]:
    element = state.elements.known(hop["element"], "contract")
    is_back = hop["direction"] == "backward"
    return [(line, int(is_back != is_reversed)) for line, is_reversed in state.elements.lines_of(element)]


def _nomination(sent: Sent, contract: str, rows: list[tuple[int, int, Any, IntArray]]) -> NominateSchedule:
    """Return the nomination that series of a contract come to."""
    sums: dict[int, IntArray] = {}
    for _, hop, _, kw in rows:
        sums[hop] = sums[hop] + kw if hop in sums else kw
    first, *others = sums.values()
    if any(len(o) != len(first) or (o != first).any() for o in others):
        what = f"{contract} has different values on the borders that it crosses"
        fix = "Send the same volume on each border of a contract."
        raise refuse(what, sent.where(rows[0][0]), "esmp_agreement", fix)
    line = rows[0][2][0]
    minutes = sent.state.elements.items[line].minutes
    starts = sent.state.elements.starts(line).tolist()
    volumes = tuple(Volume(start=_moment(s), minutes=minutes, mw=float(kw) / 1000)
                    for s, kw in zip(starts, first, strict=True))  # fmt: skip
    return NominateSchedule(contract=contract, delivery_day=sent.day, volumes=volumes)


def within(mistake: Mistake, where: str) -> Mistake:
    """Return a mistake with the series in which it is."""
    inside = mistake.where.startswith(where)
    return mistake if inside else Mistake(mistake.what, f"{where}, {mistake.where}", mistake.rule, mistake.fix)


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
