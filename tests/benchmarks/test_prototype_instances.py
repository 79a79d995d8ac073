"""Pickled instances become books that say the same; a small instance stands in for the large ones."""

import importlib
import pickle
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from walras.book.folder import read, write
from walras.book.hashing import market_hash

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
PERIODS = 48
"""Half-hours, so that MWh of a period are half the MW."""


@pytest.fixture
def reader(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    yield importlib.import_module("prototype_instances")
    sys.modules.pop("prototype_instances", None)


def tiny():
    """Three zones of the same four steps, a line, a domain, six blocks and a scalable complex order."""
    rows = 3 * PERIODS
    out = types.SimpleNamespace(Z=3, T=PERIODS)
    out.cptr = 4 * np.arange(rows + 1)
    out.cp = np.tile([20.0, 60.25, 90.0, 4000.0], rows)
    out.cq = np.tile([50.0, 45.5, 10.0, 30.0], rows)
    out.base, out.dem_w = np.full(rows, -40.0), rows * (10.0 * 90 + 30.0 * 4000)
    at = np.arange(PERIODS)
    out.l_from, out.l_to = PERIODS + at, at
    out.l_lo, out.l_hi = np.full(PERIODS, -5.0), np.full(PERIODS, 7.5)
    out.fb_rows = np.stack([2 * PERIODS + at, PERIODS + at], axis=1)
    out.ptdf, out.ram = np.array([[0.25, -0.5], [1.0, 0.0]]), np.tile([3.0, 4.0], (PERIODS, 1))
    legs = [(0, [5.0, 4.0]), (1, [-3.0, -2.0]), (0, [2.0]), (0, [2.5]), (1, [6.0]), (1, [1.0])]
    price, ratio = [33.33, 50.0, 21.5, 22.0, -5.0, 40.0], [0.4, 1.0, 1.0, 1.0, 1.0, 1.0]
    power, minimum, asked = np.full(PERIODS, 8.0), 0.3 * 8.0, [25.0, 26.5]
    cost = [p * r * sum(q) for (_, q), p, r in zip(legs, price, ratio, strict=True)]
    out.o_ptr = np.cumsum([0, *(len(q) for _, q in legs), PERIODS])
    out.o_row = np.concatenate([*(z * PERIODS + np.arange(len(q)) for z, q in legs), 2 * PERIODS + at])
    out.o_q = np.concatenate([*(r * np.array(q) for (_, q), r in zip(legs, ratio, strict=True)), 0.3 * power])
    out.o_cost = np.array([*cost, 700.0 + PERIODS * minimum * asked[0]])
    out.okind = np.array([1, 0, 3, 3, 2, 2, 4])
    out.b_o, out.b_ptr, out.b_row = np.array([0]), np.array([0, 2]), np.array([0, 1])
    out.b_q, out.b_cost = 0.6 * np.array([5.0, 4.0]), np.array([33.33 * 0.6 * 9.0])
    out.y_o, out.y_row = np.full(2 * PERIODS, 6), np.tile(2 * PERIODS + at, 2)
    out.y_q, out.y_p = np.concatenate([0.7 * power, 0.5 * power]), np.repeat(asked, PERIODS)
    out.links, out.excl = np.array([[5, 4]]), [np.array([2, 3])]
    return out


def test_residual_supply_becomes_demand_at_the_limit_and_supply_steps(reader):
    c = reader.book_of(tiny()).curves
    assert c.name[:2] == ("Z1-demand", "Z1-supply")
    first = c.step_cell == 0
    assert c.price_start[first].tolist() == [400_000, 2_000, 6_025, 9_000]
    assert c.quantity[first].tolist() == [80_000, 100_000, 91_000, 20_000]
    assert c.step_number[first].tolist() == [1, 1, 2, 3]


def test_welfare_differs_by_a_constant(reader):
    instance = tiny()
    book = reader.book_of(instance)
    c, hours = book.curves, 0.5
    energy, price = c.quantity / 1000 * hours, c.price_start / 100
    # at a price of 70 the steps below it run; demand at 90 and at the limit is served
    served = (c.side[c.step_order] < 0) | (price < 70)
    of_book = float((-c.side[c.step_order] * energy * price)[served].sum())
    of_instance = instance.dem_w - float((instance.cp * instance.cq)[instance.cp < 70].sum())
    assert of_book - of_instance == pytest.approx(reader.constant_eur(instance), abs=1e-6)


def test_parts_of_a_block_are_added_up(reader):
    b = reader.book_of(tiny()).blocks
    assert b.side.tolist() == [1, -1, 1, 1, 1, 1]
    assert b.price.tolist() == [3333, 5000, 2150, 2200, -500, 4000]
    assert b.min_acceptance_ratio.tolist() == [0.4, 1, 1, 1, 1, 1]
    assert b.leg_quantity.tolist() == [10_000, 8_000, 6_000, 4_000, 4_000, 5_000, 12_000, 2_000]
    assert b.leg_cell.tolist() == [0, 1, 48, 49, 0, 0, 48, 48]
    assert b.group.tolist() == [-1, -1, 0, 0, -1, -1]
    assert (b.link_child.tolist(), b.link_parent.tolist()) == ([5], [4])


def test_the_minimum_part_goes_back_to_the_first_step(reader):
    s = reader.book_of(tiny()).scalables
    assert s.fixed_term.tolist() == [700.0]
    assert s.quantity[:2].tolist() == [16_000, 8_000]
    assert s.price[:2].tolist() == [2_500, 2_650]
    assert set(s.minimum_quantity) == {4_800}
    assert s.step_cell[:2].tolist() == [96, 96]


def test_steps_are_sorted_and_cheaper_minimums_counted(reader):
    instance = tiny()
    instance.y_p[PERIODS] = 24.0
    assert reader.cheaper_minimums(tiny()) == 0
    assert reader.cheaper_minimums(instance) == 1
    assert reader.book_of(instance).scalables.price[:2].tolist() == [2_400, 2_500]


def test_the_domain_is_sorted_by_zone(reader):
    d = reader.book_of(tiny()).domains
    assert d.member_grid.tolist() == [1, 2]
    assert d.exchange_cell[:2].tolist() == [48, 96]
    assert d.ptdf[:4].tolist() == [-0.5, 0.25, 0.0, 1.0]
    assert d.ram[:2].tolist() == [6.0, 8.0]


def test_lines_go_from_zone_to_zone(reader):
    lines = reader.book_of(tiny()).lines
    assert lines.name == ("Z2-Z1",)
    assert (set(lines.capacity_forward), set(lines.capacity_backward)) == ({15.0}, {10.0})


def test_a_book_survives_its_market_folder(reader, tmp_path):
    book = reader.book_of(tiny())
    write(book, tmp_path / "market")
    assert market_hash(read(tmp_path / "market")) == market_hash(book)


def test_a_pickle_is_read_without_the_module_that_wrote_it(reader, tmp_path, monkeypatch):
    module = types.ModuleType("syn")
    module.Inst = type("Inst", (), {"__module__": "syn"})
    monkeypatch.setitem(sys.modules, "syn", module)
    instance = module.Inst()
    instance.__dict__.update(vars(tiny()))
    (tmp_path / "syn_X.pkl").write_bytes(pickle.dumps((instance, np.zeros(3))))
    monkeypatch.delitem(sys.modules, "syn")
    found = reader.read_instance(tmp_path / "syn_X.pkl")
    assert market_hash(reader.book_of(found)) == market_hash(reader.book_of(tiny()))


def test_a_pickle_of_anything_else_is_refused(reader, tmp_path):
    (tmp_path / "other.pkl").write_bytes(pickle.dumps((Path("x"), 1)))
    with pytest.raises(pickle.UnpicklingError, match="an instance holds no pathlib"):
        reader.read_instance(tmp_path / "other.pkl")
