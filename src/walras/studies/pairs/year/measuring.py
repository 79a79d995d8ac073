"""Rows of one day: prices, flows, what plants sold, what contracts brought and delivered.

Axes: c cells of the book, g grids (a zone and carrier each).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray
from walras.contracts import Contract, Journal
from walras.contracts.calendar import year_of
from walras.contracts.offers import DayOffer, placed
from walras.contracts.path import entering_hops
from walras.contracts.quantities import owed, taken
from walras.results.results import Results
from walras.studies.pairs.compiled import units_on
from walras.studies.pairs.handed import Handed
from walras.studies.pairs.year.flexing import Cost, mwh_in
from walras.studies.pairs.year.living import Hourly, Living
from walras.units.accepted import accepted_power
from walras.units.physics import day_of

ZERO = Fraction(0)


@dataclass(frozen=True)
class Cleared:
    """A day that was cleared; `before` is what had been handed over to it, `offers` as contracts brought them."""

    day: date
    book: Book
    results: Results
    before: Handed
    offers: tuple[tuple[str, DayOffer, Cost], ...]


def measure(living: Living, cleared: Cleared) -> None:
    """Add a day's rows, and its prices to what is known of the past."""
    _prices(living, cleared)
    _flows(living, cleared)
    _plants(living, cleared)
    for name, offer, cost in cleared.offers:
        _contract(living, cleared, living.journals[name], offer, cost)


def _prices(living: Living, cleared: Cleared) -> None:
    cells = cleared.book.cells
    for g, grid in enumerate(cells.grids):
        price = cleared.results.price[cells.first[g] : cells.first[g + 1]]
        zone = cells.zones[grid.zone].name
        living.past[zone, grid.carrier].append((cleared.day, float(price.mean())))
        living.rows["prices"].append(
            {"day": cleared.day, "zone": zone, "carrier": grid.carrier, "mean": float(price.mean()),
             "lowest": float(price.min()), "highest": float(price.max())}
        )  # fmt: skip


def _flows(living: Living, cleared: Cleared) -> None:
    lines, exchange = cleared.book.lines, cleared.results.published.exchange
    rows = {r.line: r for r in living.pair.lines}
    for n, name in enumerate(lines.name):
        at, hours = lines.period_line == n, lines.minutes[n] / 60
        row = rows[name]
        living.rows["flows"].append(
            {"day": cleared.day, "line": name, "cross_section": row.cross_section, "carrier": row.carrier,
             "auction_mwh": float(exchange[at].sum() * hours),
             "forward_mwh": float(lines.capacity_forward[at].sum() * hours),
             "backward_mwh": float(lines.capacity_backward[at].sum() * hours),
             "contracts_mwh": _on_line(cleared, name)}
        )  # fmt: skip


def _on_line(cleared: Cleared, line: str) -> float:
    """Return what contracts delivered over a line, along it, as it enters."""
    total = 0.0
    for _, offer, _ in cleared.offers:
        delivered = _delivered(cleared, offer)
        for hop, share in hops_on(offer.contract, line):
            total += (-1 if hop else 1) * delivered * share
    return total


def hops_on(contract: Contract, line: str) -> list[tuple[bool, float]]:
    """Return for each hop of a contract over a line whether it goes backward, and MWh entering for one delivered."""
    return [(h.line[1], float(q)) for h, q in entering_hops(contract, Fraction(1)) if h.line and h.line[0] == line]


def _delivered(cleared: Cleared, offer: DayOffer) -> float:
    """Return what an offer delivered, firm and flexible; MWh."""
    return sum(float(accepted(cleared, f"{offer.contract.contract}:{kind}").sum()) for kind in ("firm", "flexible"))


def accepted(cleared: Cleared, order: str) -> FloatArray:
    """Return the energy that a curve order bought or sold in each cell; MWh, shape (c,); zero where there is none."""
    curves, cells = cleared.book.curves, cleared.book.cells
    out = np.zeros(cells.count)
    if order in curves.name:
        at = curves.step_order == curves.name.index(order)
        np.add.at(out, curves.step_cell[at], cleared.results.published.curve[at])
    energy: FloatArray = out * cells.minutes / 60
    return energy


def _plants(living: Living, cleared: Cleared) -> None:
    """Add what each plant sold; what a conversion burnt for it is its sale over its efficiency."""
    book, volumes = cleared.book, cleared.results.published
    units = units_on(living.pair, cleared.day, cleared.before)
    sold: dict[str, float] = {}
    for plant in living.pair.plants:
        if plant.kind == "unit":
            unit = units.get(plant.plant)
            names = (*book.curves.name, *book.blocks.name, *book.scalables.name)
            if unit is None or not any(n.startswith(f"{plant.plant}:") for n in names):
                sold[plant.plant] = 0.0
                continue
            place = day_of(book, unit.zone, unit.carrier)
            power = accepted_power(book, volumes, unit, place)
            sold[plant.plant] = float(power @ book.cells.minutes[_span(book, unit.zone, unit.carrier)]) / 60
        elif plant.kind == "conversion":
            sold[plant.plant] = _scalable(cleared, plant.plant)
        else:
            sold[plant.order] = float(accepted(cleared, plant.order).sum())
    carrier = {p.plant: p for p in living.pair.plants} | {p.order: p for p in living.pair.plants}
    for name, energy in sold.items():
        row = carrier[name]
        burnt = energy / row.efficiency if row.kind == "conversion" else 0.0
        living.rows["plants"].append(
            {"day": cleared.day, "plant": name, "zone": row.zone, "carrier": row.carrier, "sold_mwh": energy,
             "input_carrier": row.input_carrier, "input_mwh": burnt}
        )  # fmt: skip


def _span(book: Book, zone: str, carrier: str) -> slice:
    names = [z.name for z in book.cells.zones]
    g = next(i for i, x in enumerate(book.cells.grids) if (names[x.zone], x.carrier) == (zone, carrier))
    return slice(int(book.cells.first[g]), int(book.cells.first[g + 1]))


def _scalable(cleared: Cleared, name: str) -> float:
    orders, cells = cleared.book.scalables, cleared.book.cells
    if name not in orders.name:
        return 0.0
    at = orders.step_order == orders.name.index(name)
    return float(cleared.results.published.scalable[at] @ cells.minutes[orders.step_cell[at]]) / 60


def _contract(living: Living, cleared: Cleared, journal: Journal, offer: DayOffer, cost: Cost) -> None:
    """Add the row of a contract that met the auction."""
    contract, cells = offer.contract, cleared.book.cells
    where = placed(cleared.book, offer, offer.meeting.delivery).cells
    price, flexible = cleared.results.price, accepted(cleared, f"{contract.contract}:flexible")
    each, steps = mwh_in(contract), offer.steps
    row, minutes = contract_row(living, journal, contract, cleared.day, offer.nominated), cells.minutes[where]
    room = float((contract.quantity.daily_maximum - offer.nominated) * each)
    living.hourly[contract.contract].append(
        Hourly(cleared.day, price[where], room * minutes / minutes.sum(), flexible[where])
    )
    delivered = journal.standing.course(contract).allocated[cleared.day].quantity
    living.rows["contracts"].append(row | {
        "offered": float(sum((s.quantity for s in steps), ZERO)), "delivered": float(delivered),
        "first_step": float(steps[0].price) if steps else None, "last_step": float(steps[-1].price) if steps else None,
        "cost": float(cost.whole / each), "hub": float(price[where] @ minutes / minutes.sum()),
        "flexible_mwh": float(flexible.sum()), "flexible_income": float(flexible @ price),
        "mwh": float(delivered * each),
    })  # fmt: skip


def contract_row(
    living: Living, journal: Journal, contract: Contract, day: date, nominated: Fraction
) -> dict[str, object]:
    """Return where a contract stands once a day of it is allocated; quantities in its unit."""
    agreement, course = journal.agreement, journal.standing.course(contract)
    year, bank = year_of(agreement, day), journal.standing.bank(contract)
    return {
        "day": day, "contract": contract.contract, "unit": str(contract.unit), "nominated": float(nominated),
        "year": year, "taken": float(taken(agreement, contract, course, year)),
        "take_or_pay": float(owed(agreement, contract, course, year)),
        "make_up": float(sum((lot.left for lot in bank.lots), ZERO)),
        "carry_forward": float(sum((c.left for c in bank.carried), ZERO)),
    }  # fmt: skip
