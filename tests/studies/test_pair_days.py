"""Days of pairs of states: the same on every run, cleared and audited, handed from one to the next, bundled."""

import re
import runpy
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.studies.pair_folder import EXAMPLES, Copied
from tests.studies.test_generate import same

import walras
from walras.errors import BadInput
from walras.settlement.settle import settle
from walras.settlement.terms import Terms
from walras.studies.pairs.compiled import units_on
from walras.studies.pairs.conversions import STEPS
from walras.studies.pairs.day import FIRST, handed_on, pair_book
from walras.studies.pairs.offers import Offer
from walras.studies.pairs.read import BUNDLED, bundled_pair, read_pair
from walras.studies.pairs.weather import weather_of
from walras.units.accepted import accepted_power
from walras.units.check import check
from walras.units.physics import day_of, physics_of
from walras.vocabulary import Side, Status

PROJECT = Path(__file__).parents[2]
SCRIPT = runpy.run_path(str(PROJECT / "examples" / "make_two_states.py"))


def days_in_a_row(pair, first, count, clear, seed=0):
    """Yield day, hand-over, book and result of consecutive days."""
    handed = FIRST
    for day in (first + timedelta(days=d) for d in range(count)):
        book = pair_book(pair, day, seed, handed)
        results = clear(book)
        yield day, handed, book, results
        handed = handed_on(pair, book, results, handed, seed)


@pytest.mark.parametrize("name", BUNDLED)
@pytest.mark.parametrize("day", [date(2026, 1, 14), date(2026, 3, 29), date(2026, 7, 5), date(2026, 10, 25)], ids=str)
def test_a_day_clears_is_audited_and_settles_in_every_currency(name, day, clear):
    pair = bundled_pair(name)
    book = pair_book(pair, day, seed=4)
    results = clear(book)
    payment = {f"member/{m.member}": m.pays_in for m in pair.members}
    rates = {(code, pair.currency): Fraction(rate) for code, rate in pair.fixings.items()}
    settlement = settle(book, results, Terms(payment=payment), rates)
    for currency in {pair.currency, *(m.pays_in for m in pair.members)}:
        assert int(settlement.who_owes_whom.filter(currency=currency)["net_minor"].sum()) == 0
    assert results.gap < 1, "proven within one unit of the currency"


@pytest.mark.parametrize("name", BUNDLED)
def test_a_day_is_the_same_on_every_run_and_reads_back_as_written(name, tmp_path):
    pair, day = bundled_pair(name), date(2026, 5, 20)
    book = pair_book(pair, day, 7)
    assert same(book, pair_book(bundled_pair(name), day, 7))
    assert not same(book, pair_book(pair, day, 8))
    for form in ("csv", "parquet"):
        walras.write(book, tmp_path / form, format=form)
        assert same(book, walras.read(tmp_path / form))


def test_weather_of_a_day_does_not_depend_on_the_days_that_were_asked_for():
    fresh = weather_of(date(2026, 2, 2), 5)
    days = [weather_of(date(2026, 1, 1) + timedelta(days=d), 5) for d in range(366)]
    assert fresh.cold == days[32].cold
    states = np.array([[d.cold, d.front, d.cloud, d.inflow, d.fuel] for d in days])
    assert (np.abs(states.mean(axis=0)) < 0.8).all()
    assert (np.abs(states.std(axis=0) - 1) < 0.5).all()
    assert np.corrcoef(states[1:, 0], states[:-1, 0])[0, 1] > 0.5, "days in a row are alike"
    assert (days[171].sunshine > 0).sum() > (days[354].sunshine > 0).sum() + 4


def test_carriers_keep_their_own_days_when_clocks_change():
    pair = bundled_pair("coast-and-hills")
    expected = {"03-28": (24, 23), "03-29": (23, 24), "10-24": (24, 25), "10-25": (25, 24)}  # of power, of hydrogen
    for day, hours in ((date.fromisoformat(f"2026-{d}"), h) for d, h in expected.items()):
        grids = {g.carrier: g for g in pair_book(pair, day).cells.grids}
        lengths = [(grids[c].end - grids[c].start) / 60 for c in ("electricity", "hydrogen")]
        assert tuple(lengths) == hours
    gas = next(g for g in pair_book(bundled_pair("two-states"), date(2026, 1, 14)).cells.grids if g.carrier == "gas")
    assert gas.start % 1440 == 7 * 60, "ten o'clock in a zone three hours ahead of UTC"


def test_half_hours_of_one_carrier_stand_beside_hours_of_another(tmp_path, clear):
    copied = Copied("coast-and-hills", tmp_path)
    copied.replace("pair.toml", "[carriers.electricity]\nmtu_minutes = 60", "[carriers.electricity]\nmtu_minutes = 30")
    book = pair_book(read_pair(copied.path), date(2026, 3, 29))
    assert {(g.carrier, g.cell_count) for g in book.cells.grids} == {
        ("electricity", 46),
        ("heat", 23),
        ("hydrogen", 24),
    }
    assert clear(book).price.shape == (2 * 46 + 2 * 24 + 23,)


def test_units_can_run_what_is_accepted_day_after_day_and_stand_for_maintenance(clear):
    pair, powers = bundled_pair("two-states"), {}
    for day, handed, book, results in days_in_a_row(pair, date(2026, 5, 8), 3, clear):
        for name, unit in units_on(pair, day, handed).items():
            place = day_of(book, unit.zone, unit.carrier)
            if any(n.startswith(f"{name}:") for n in (*book.curves.name, *book.blocks.name)):
                power = accepted_power(book, results.published, unit, place)
            else:
                power = np.zeros(place.count)
            assert check(physics_of(unit, place), power) == []
            powers[name, day] = power
    assert powers["BY-npp-1", date(2026, 5, 9)][-1] == 555, "the evening before"
    assert not powers["BY-npp-1", date(2026, 5, 10)].any()
    assert powers["BY-npp-2", date(2026, 5, 10)].min() >= 555


def test_a_fleet_sells_before_ten_only_what_it_bought_the_day_before(clear):
    pair = bundled_pair("two-states")
    plant = next(p for p in pair.plants if p.plant == "BY-ccgt")
    (_, _, _, _), (_, handed, book, results) = days_in_a_row(pair, date(2026, 2, 10), 2, clear)
    start, bought = handed.stock["BY-ccgt"]
    assert len(start) == len(bought) == 10
    orders, cells = book.scalables, book.cells
    mine = orders.step_order == orders.name.index("BY-ccgt")
    sold = np.bincount(orders.step_cell[mine], results.published.scalable[mine], cells.count)
    first = cells.first[orders.grid[orders.name.index("BY-ccgt")]]
    assert (sold[first : first + 10] <= bought * plant.efficiency + 1e-9).all()
    assert (bought > 0).any()
    assert (orders.price[mine][:STEPS] > 0).all()


def test_stores_end_as_they_were_asked_to_and_begin_where_they_ended(clear):
    pair = bundled_pair("coast-and-hills")
    one, two = days_in_a_row(pair, date(2026, 2, 10), 2, clear)
    after = two[1].levels
    for n, name in enumerate(two[2].storages.name):
        assert two[2].storages.start[n] == after[name]
        assert one[2].storages.end[n] <= after[name] <= one[2].storages.capacity[n]


def firm(count, **other):
    said = {"name": "contract", "member": "RU-gas", "zone": "BY", "carrier": "gas", "side": Side.SUPPLY}
    table = {"start": np.zeros((count, 1)), "end": np.zeros((count, 1)), "mw": np.full((count, 1), 6000.0)}
    return Offer(**(said | table | other))


def test_volumes_of_contracts_are_taken_at_any_price_and_make_gas_cheaper(clear):
    pair, day = bundled_pair("two-states"), date(2026, 2, 10)
    free, full = pair_book(pair, day), pair_book(pair, day, more=[firm(24)])
    assert set(full.curves.name) - set(free.curves.name) == {"contract"}
    at = full.curves.step_order == full.curves.name.index("contract")
    results = clear(full)
    assert results.published.curve[at].tolist() == [6000.0] * 24
    gas = slice(24, 48)
    assert full.cells.grids[full.cells.grid[24]].carrier == "gas"
    assert results.price[gas].mean() < clear(free).price[gas].mean()


def test_capacities_that_contracts_leave_take_the_place_of_those_of_the_folder(clear):
    pair, day = bundled_pair("two-states"), date(2026, 2, 10)
    left = {"BY-RU-750kV": (np.arange(24.0), np.zeros(24))}
    book = pair_book(pair, day, usable=left)
    mine = book.lines.period_line == book.lines.name.index("BY-RU-750kV")
    assert book.lines.capacity_forward[mine].tolist() == list(range(24))
    exchange = clear(book).published.exchange[mine]
    assert (exchange <= np.arange(24) + 0.05).all()
    assert (exchange >= 0).all()


@pytest.mark.parametrize(
    ("other", "usable"),
    [
        ({"zone": "BX"}, {}),
        ({"carrier": "heat"}, {}),
        ({"member": "nobody"}, {}),
        ({"mw": np.full((23, 1), 1.0)}, {}),
        ({"mw": np.full((24, 1), -1.0)}, {}),
        ({"mw": np.full((24, 1), np.nan)}, {}),
        ({"start": np.full((24, 1), -1.0)}, {}),
        ({"end": np.full((24, 1), 1e6)}, {}),
        ({"start": np.full((24, 1), 9.0)}, {}),
        ({"side": Side.DEMAND, "end": np.full((24, 1), 9.0)}, {}),
        ({"start": np.zeros((24, 2))}, {}),
        ({"name": "BY-gas-homes"}, {}),
        ({"name": "BY-npp-1:base"}, {}),
        ({}, {"no-line": (np.ones(24), np.ones(24))}),
        ({}, {"BY-RU-750kV": (np.ones(23), np.ones(24))}),
        ({}, {"BY-RU-750kV": (np.ones(24), -np.ones(24))}),
        ({}, {"BY-RU-750kV": (np.ones(24), np.full(24, np.inf))}),
    ],
)
def test_what_does_not_fit_the_day_is_refused(other, usable):
    with pytest.raises(BadInput) as caught:
        pair_book(bundled_pair("two-states"), date(2026, 2, 10), more=[firm(24, **other)], usable=usable)
    assert {m.rule for m in caught.value.mistakes} == {"pair_capacity" if usable else "pair_more"}


def test_the_script_writes_the_bundled_days_byte_for_byte(tmp_path):
    script = runpy.run_path(str(PROJECT / "examples" / "make_two_states.py"))
    for name in BUNDLED:
        for file in (f for f in (EXAMPLES / name).rglob("*") if f.is_file() and f.parent.name != "market"):
            copy = tmp_path / file.relative_to(EXAMPLES)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    script["main"].__globals__["FOLDER"] = tmp_path
    script["main"]()
    for name in BUNDLED:
        made, kept = (
            {p.relative_to(root): p.read_bytes() for p in (root / name).rglob("*") if p.is_file()}
            for root in (tmp_path, EXAMPLES)
        )
        assert made == kept


def bundled(name):
    return walras.read(EXAMPLES / name / "market")


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_day_is_proven_small_and_in_the_wheel(name, clear):
    assert clear(bundled(name)).status is Status.OPTIMAL
    data = re.search(r"^walras = \[(.*)\]$", (PROJECT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    patterns = re.findall(r'"([^"]+)"', data.group(1))
    packed = {p for pattern in patterns for p in (PROJECT / "src" / "walras").glob(pattern)}
    files = {p for p in (EXAMPLES / name).rglob("*") if p.is_file()}
    assert files <= packed
    assert sum(p.stat().st_size for p in files) < 400_000, "with its rehearsal"


def test_on_the_bundled_day_the_plant_goes_down_by_night_and_lines_are_full_for_some_hours(clear):
    book, pair = bundled("two-states"), bundled_pair("two-states")
    results = clear(book)
    power = sum(
        accepted_power(book, results.published, unit, day_of(book, unit.zone, unit.carrier))
        for unit in pair.units.values()
    )
    assert power.min() < power.max() == 2170
    lines = [book.lines.period_line == book.lines.name.index(n) for n in ("BY-RU-330kV", "BY-RU-750kV")]
    exchange = sum(results.published.exchange[at] for at in lines)
    room = sum(book.lines.capacity_forward[at] for at in lines)
    assert 4 < (np.abs(exchange) > room - 0.1).sum() < 24
