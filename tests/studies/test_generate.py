"""The market generator: the asked size, deterministic, valid by the rules of the market folder."""

from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest

from walras.errors import BadInput
from walras.studies.generate import generate

SIZES = [(1, 24, 48, 0), (2, 24, 500, 7), (5, 96, 4000, 100), (3, 48, 5000, 250)]


FAMILIES = ("lines", "borders", "domains", "curves", "blocks", "flexibles", "scalables", "storages")


def same(one, other):
    """Every column of two books is equal."""
    return one.cells == other.cells and all(equal(getattr(one, f), getattr(other, f)) for f in FAMILIES)


def equal(a, b):
    """Two columns, or every column of two families, are equal."""
    if isinstance(a, np.ndarray):
        return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    if is_dataclass(a):
        return all(equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    return a == b


@pytest.mark.parametrize(("zones", "mtu", "steps", "blocks"), SIZES)
def test_a_generated_market_has_the_asked_size(zones, mtu, steps, blocks):
    book = generate(zones, mtu, steps, blocks, seed=3)
    assert len(book.cells.zones) == zones
    assert book.cells.count == zones * mtu
    assert book.curves.step_count == steps
    assert book.blocks.count == blocks


@pytest.mark.parametrize(("zones", "mtu", "steps", "blocks"), SIZES)
def test_a_generated_market_survives_its_folder(tmp_path, zones, mtu, steps, blocks):
    folder = pytest.importorskip("walras.book.folder")
    book = generate(zones, mtu, steps, blocks, seed=4)
    folder.write(book, tmp_path / "market")
    assert same(folder.read(tmp_path / "market"), book)


def test_minutes_name_the_same_grid_as_the_number_of_mtus():
    assert same(generate(2, 15, 400, 5, seed=1), generate(2, 96, 400, 5, seed=1))


def test_a_seed_decides_everything():
    one, again, other = (generate(3, 24, 900, 20, seed=s) for s in (1, 1, 2))
    assert same(one, again)
    assert not same(one, other)


def test_a_domain_of_a_generated_market_survives_its_folder_and_changes_no_order(tmp_path):
    folder = pytest.importorskip("walras.book.folder")
    plain, meshed = (generate(6, 24, 2000, 20, seed=4, domain_zones=n) for n in (0, 4))
    folder.write(meshed, tmp_path / "market")
    assert same(folder.read(tmp_path / "market"), meshed)
    assert same(meshed, generate(6, 24, 2000, 20, seed=4, domain_zones=4))
    assert same(plain, replace(meshed, lines=plain.lines, domains=plain.domains))
    assert 0 < meshed.lines.count < plain.lines.count
    assert ((meshed.lines.from_grid >= 4) | (meshed.lines.to_grid >= 4)).all()


def test_ptdfs_of_a_generated_domain_are_those_of_a_network():
    """No pair of zones loads a branch with more than its exchange; outages and the hour of the day matter."""
    domains = generate(6, 24, 600, 0, seed=9, domain_zones=6).domains
    ptdf = domains.ptdf.reshape(24, len(domains.branch), 6)
    assert np.ptp(ptdf, axis=2).max() <= 1
    assert np.ptp(ptdf, axis=2).min() > 0
    assert np.ptp(ptdf, axis=0).max() > 0.01
    turned = {n.split(" ")[0]: b for b, n in enumerate(domains.branch) if "without" not in n}
    way = next(n for n in turned if n.startswith("Z01>"))
    back = ">".join(way.split(">")[::-1])
    assert (ptdf[:, turned[way]] == -ptdf[:, turned[back]]).all()
    assert (domains.ram > 0).all()


def test_a_domain_of_one_zone_or_of_more_than_there_are_cannot_be_drawn():
    for zones in (1, 4, -1):
        with pytest.raises(BadInput, match="zones in a domain"):
            generate(3, 24, 500, 0, seed=0, domain_zones=zones)


def test_a_generated_market_has_every_kind_of_order():
    book = generate(4, 24, 8000, 200, seed=5)
    assert 0.1 < (book.curves.price_start != book.curves.price_end).mean() < 0.4
    assert (book.blocks.min_acceptance_ratio < 1).any()
    assert len(book.blocks.link_child)
    assert (book.blocks.group >= 0).any()
    assert book.flexibles.count
    assert book.scalables.count
    assert book.lines.count >= 3


def test_curves_are_monotonic():
    c = generate(3, 24, 3000, 0, seed=6).curves
    sign = c.side[c.step_order]
    assert ((c.price_end - c.price_start) * sign >= 0).all()
    follows = (np.diff(c.step_order) == 0) & (np.diff(c.step_cell) == 0)
    assert ((c.price_start[1:] - c.price_end[:-1]) * sign[1:] >= 0)[follows].all()
    assert (np.diff(c.step_number)[follows] == 1).all()


def test_supply_covers_the_load_that_buys_at_any_price():
    book = generate(4, 24, 8000, 0, seed=7)
    c = book.curves
    sells = c.side[c.step_order] > 0
    supply = np.bincount(c.step_cell[sells], weights=c.quantity[sells], minlength=book.cells.count)
    load = ~sells & (c.price_start == book.cells.grids[0].price_max)
    bought = np.bincount(c.step_cell[load], weights=c.quantity[load], minlength=book.cells.count)
    assert (bought > 0).all()
    assert (supply > bought).all()


def test_every_impossible_number_is_named_at_once():
    with pytest.raises(BadInput) as caught:
        generate(0, 7, 10, -1, seed=-1)
    assert {m.where for m in caught.value.mistakes} == {"zones", "mtu", "blocks", "seed"}
    with pytest.raises(BadInput, match="two a cell"):
        generate(2, 24, 95, 0, seed=0)


def test_prices_of_a_generated_market_lie_inside_the_limits_and_lines_congest(clear):
    pytest.importorskip("walras.coupling.clear")
    book = generate(4, 24, 4000, 0, seed=8)
    results = clear(book)
    assert (results.price > book.cells.price_min).all()
    assert (results.price < book.cells.price_max).all()
    p = results.price.reshape(4, -1)
    assert np.any(np.ptp(p, axis=0) > 0.01)
    assert np.unique(p).size > 20
