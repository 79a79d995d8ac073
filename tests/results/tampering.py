"""Ways to make a legal outcome illegal: one thing changed, and the rule that must be named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.results.rich import rich_book, rich_results
from tests.results.trees import root, tree

from walras.vocabulary import Status


def volume(**cells):
    """Change published volumes: `volume(curve={3: 5.0})` sets step 3; a function gets the old value."""

    def edit(results):
        columns = {name: _set(getattr(results.published, name), items) for name, items in cells.items()}
        return replace(results, published=replace(results.published, **columns))

    return edit


def column(**cells):
    """Change columns of the results themselves, such as prices."""

    def edit(results):
        return replace(results, **{name: _set(getattr(results, name), items) for name, items in cells.items()})

    return edit


def price(cell, value):
    """Change a price everywhere it is said, so that only trading rules can notice."""
    return column(**{name: {cell: value} for name in ("price", "price_exact", "price_low", "price_high")})


def figure(**values):
    """Change figures of the results."""
    return lambda results: replace(
        results, **{k: v(getattr(results, k)) if callable(v) else v for k, v in values.items()}
    )


def rent(**cells):
    """Change the certificate."""

    def edit(results):
        columns = {name: _set(getattr(results.certificate, name), items) for name, items in cells.items()}
        return replace(results, certificate=replace(results.certificate, **columns))

    return edit


def cases(nodes, **more):
    """Add a proof by cases, all zones in one cluster."""
    made = tree([0] * len(rich_book().cells.grids), nodes, **more)
    return lambda results: replace(results, certificate=replace(results.certificate, tree=made))


def shorter(name):
    """Lose the last row of a published column."""
    return lambda results: replace(
        results, published=replace(results.published, **{name: getattr(results.published, name)[:-1]})
    )


def _set(values, items):
    out = values.copy()
    for index, value in items.items():
        out[index] = value(out[index]) if callable(value) else value
    return out


def step(order, hour, number):
    """Index of a curve step of the rich market."""
    curves, cells = rich_book().curves, rich_book().cells
    start = cells.start[curves.step_cell] - cells.start.min()
    name = np.array(curves.name)[curves.step_order]
    return int(np.flatnonzero((name == order) & (start == hour * 60) & (curves.step_number == number))[0])


def cell(zone, hour):
    """Index of a cell of the rich market."""
    cells = rich_book().cells
    names = np.array([z.name for z in cells.zones])[cells.zone]
    return int(np.flatnonzero((names == zone) & (cells.start - cells.start.min() == hour * 60))[0])


def block(name):
    """Index of a block of the rich market."""
    return rich_book().blocks.name.index(name)


def legs(name):
    """Indices of the legs of a block."""
    return np.flatnonzero(rich_book().blocks.leg_order == block(name)).tolist()


def ratio(name, value):
    """Change a block's ratio and its legs with it."""
    blocks, cells = rich_book().blocks, rich_book().cells
    full = cells.quantities(blocks.leg_quantity, blocks.grid[blocks.leg_order])
    return volume(block_ratio={block(name): value}, block_leg={i: round(value * full[i], 1) for i in legs(name)})


def plus(amount):
    return lambda old: old + amount


CASES = {
    "a step accepts more than it offers": (volume(curve={step("A-base", 0, 1): 101.0}), "volume_within_offer"),
    "a step accepts less than nothing": (volume(curve={step("A-must", 0, 2): -1.0}), "volume_within_offer"),
    "a leg accepts more than it offers": (volume(block_leg={legs("b-cheap")[0]: 20.1}), "volume_within_offer"),
    "a scalable step accepts more than it offers": (volume(scalable={8: 10.5}), "volume_within_offer"),
    "a volume is off its tick": (volume(curve={step("A-base", 0, 2): plus(0.05)}), "volume_on_tick"),
    "an exchange is off its tick": (volume(exchange={3: 9.97}), "volume_on_tick"),
    "a border's exchange is off its tick": (volume(border={1: 25.53}), "volume_on_tick"),
    "a leg is off its tick": (volume(block_leg={legs("c-part")[0]: 5.04}), "volume_on_tick"),
    "a volume is no number": (volume(curve={0: np.nan}), "numbers_finite"),
    "a price is infinite": (column(price={0: np.inf}), "numbers_finite"),
    "a row of steps is missing": (shorter("curve"), "columns_complete"),
    "a row of exchanges is missing": (shorter("exchange"), "columns_complete"),
    "a row of exchanges with a domain is missing": (shorter("domain"), "columns_complete"),
    "an exchange with a domain is off its tick": (volume(domain={0: 299.95, 1: 100.05}), "volume_on_tick"),
    "an exchange with a domain is no number": (volume(domain={0: np.inf}), "numbers_finite"),
    "a price is off its tick": (column(price={0: 20.003}), "price_on_tick"),
    "a price is above its limit": (price(4, 4000.01), "price_within_limits"),
    "a price is below its limit": (price(0, -500.01), "price_within_limits"),
    "a price is no rounding of its exact price": (column(price_exact={4: 75.5}, price_high={4: 76.0}), "price_rounded"),
    "an exact price is outside its interval": (column(price_high={4: 74.0}, price_low={4: 73.0}), "price_in_interval"),
    "a tick of supply appears from nowhere": (volume(curve={step("A-slope", 1, 1): plus(0.1)}), "balance"),
    "a tied volume disappears": (volume(curve={step("B-peak", 1, 1): plus(-0.1)}), "balance"),
    "an exchange grows without a source": (volume(exchange={3: 9.9}), "balance"),
    "a border imports without a buyer": (volume(border={1: 25.4}), "balance"),
    "a line carries more than its capacity": (volume(exchange={0: 70.1}), "line_capacity"),
    "a line carries more than its backward capacity": (volume(exchange={2: -10.1}), "line_capacity"),
    "a price difference stands though the line has room": (volume(exchange={0: 69.9}), "line_prices"),
    "a line runs from dear to cheap": (volume(exchange={1: -70.0}), "line_prices"),
    "exchanges of a domain do not sum to zero": (volume(domain={3: plus(0.1)}), "domain_balance"),
    "exchanges with a domain grow without a source": (volume(domain={3: plus(0.1), 4: plus(-0.1)}), "balance"),
    "a critical branch carries more than its margin": (
        volume(domain={0: plus(0.2), 2: plus(-0.2)}),
        "branch_capacity",
    ),
    "prices of a domain differ though its branch has room": (
        volume(domain={0: plus(-10.0), 2: plus(10.0)}),
        "domain_prices",
    ),
    "a price of a domain that no rent explains": (price(cell("F", 0), 70.03), "domain_prices"),
    "a price of a domain differs for no reason": (price(cell("F", 1), 40.02), "domain_prices"),
    "a border imports more than its capacity": (volume(border={0: -30.1}), "border_capacity"),
    "a border exports more than its capacity": (volume(border={1: 30.1}), "border_capacity"),
    "a border could still import at a gain": (volume(border={0: -29.9}), "border_prices"),
    "a border exports at a loss": (volume(border={0: 3.0}), "border_prices"),
    "a fixed exchange is cut though the price is inside its limits": (volume(border={2: 4.0}), "fixed_exchange_met"),
    "a fixed exchange turns round": (volume(border={4: 5.0}), "fixed_exchange_range"),
    "a fixed exchange exceeds what was fixed": (volume(border={3: 6.0}), "fixed_exchange_range"),
    "supply is accepted at a loss": (
        volume(curve={step("B-peak", 0, 1): 0.0, step("C-gas", 0, 2): 30.0}),
        "curve_loss",
    ),
    "demand is accepted at a loss": (volume(curve={step("A-must", 0, 2): 1.0}), "curve_loss"),
    "supply in the money is left out": (volume(curve={step("A-base", 0, 1): 99.9}), "curve_missed_gain"),
    "demand in the money is left out": (volume(curve={step("A-must", 1, 1): 59.0}), "curve_missed_gain"),
    "a price a tick too low": (price(2, 59.99), "curve_loss"),
    "a price a tick too high": (price(2, 60.01), "curve_missed_gain"),
    "an hourly order is accepted at a loss": (volume(curve={step("C-hourly", 1, 1): 5.0}), "curve_loss"),
    "an hourly order is cut though in the money": (volume(curve={step("C-hourly", 0, 1): 20.0}), "curve_missed_gain"),
    "an interpolated step takes too much": (volume(curve={step("A-slope", 0, 1): 8.5}), "curve_loss"),
    "an interpolated step takes too little": (volume(curve={step("A-slope", 0, 1): 7.5}), "curve_missed_gain"),
    "an interpolated demand takes too much": (volume(curve={step("B-slope", 0, 1): 11.0}), "curve_loss"),
    "a block runs below its minimum ratio": (ratio("c-part", 0.25), "block_ratio"),
    "an all-or-nothing block is cut": (ratio("b-cheap", 0.5), "block_ratio"),
    "a block exceeds its whole": (volume(block_ratio={block("b-cheap"): 1.1}), "block_ratio"),
    "one leg of a block is cut": (volume(block_leg={legs("b-cheap")[1]: 19.9}), "block_legs"),
    "a rejected block delivers": (volume(block_leg={legs("b-dear")[0]: 1.0}), "block_legs"),
    "a block is accepted at a loss": (ratio("b-dear", 1.0), "block_loss"),
    "a child runs without its parent": (ratio("parent", 0.0), "block_link"),
    "a parent loses what no child covers": (ratio("child", 0.0), "block_loss"),
    "two members of a group run": (ratio("g-less", 1.0), "group_sum"),
    "a flexible order starts after its window": (volume(flexible_start={0: 3}), "flexible_window"),
    "a flexible order starts nowhere in the market": (volume(flexible_start={0: -2}), "flexible_window"),
    "a flexible order is accepted at a loss": (volume(flexible_start={1: 2}), "flexible_loss"),
    "a scalable order is half accepted": (volume(scalable_accepted={1: 2}), "scalable_flag"),
    "a scalable order runs below its minimum power": (volume(scalable={6: 1.0}), "scalable_minimum"),
    "a scalable order jumps beyond its gradient": (volume(scalable={7: 5.0}), "scalable_gradient"),
    "a scalable order does not earn its fixed term": (volume(scalable_accepted={0: 1}), "scalable_fixed_term"),
    "a scalable step loses though no minimum binds": (volume(scalable={4: 2.0}), "scalable_steps"),
    "a scalable step in the money is left out": (volume(scalable={3: 9.0}), "scalable_steps"),
    "a gradient excuses a loss that it does not force": (volume(scalable={7: 8.0}), "scalable_gradient_steps"),
    "a rejected scalable order delivers": (volume(scalable={2: 5.0}), "scalable_rejected"),
    "a storage order is half accepted": (volume(storage_accepted={0: 2}), "storage_flag"),
    "a rejected storage order charges": (volume(storage_accepted={0: 0}), "storage_rejected"),
    "a storage order charges and sells at once": (volume(charge={1: 1.0}), "storage_one_way"),
    "a storage order sells more than it has": (volume(charge={0: 8.0}), "storage_level"),
    "a storage order does not earn its fixed term": (volume(charge={0: 1.0}, discharge={1: 0.9}), "storage_fixed_term"),
    "a storage order leaves a gain": (volume(charge={0: 9.0}, discharge={1: 8.1}), "storage_schedule"),
    "a conversion buys less than it burns": (volume(bought={1: 79.0}), "conversion_input"),
    "a scheduled stop is left out though in the money": (volume(scalable={0: 0.0}), "scalable_stop"),
    "a case of the proof is missing": (cases([root(), (0, 0, 0, 0, -1, 1)]), "tree_complete"),
    "a case of the proof decides elsewhere": (cases([root(1)]), "tree_cluster"),
    "a case is void without reason": (cases([root()], witness=[(0, 0, 0, 1.0)]), "tree_witness"),
    "a group rent is negative": (rent(group_rent={0: -1.0}), "rent_negative"),
    "a link rent is negative": (rent(link_rent={0: -1.0}), "rent_negative"),
    "a gradient that is no limit has a rent": (rent(gradient_up_rent={(0, 0): 1.0}), "rent_without_row"),
    "a branch rent is negative": (rent(branch_rent={0: -1.0}), "rent_negative"),
    "a branch rent is changed": (rent(branch_rent={0: plus(10.0)}), "bound_recomputed"),
    "a posted price is changed": (rent(price={2: plus(0.5)}), "bound_recomputed"),
    "a posted rent is changed": (rent(group_rent={0: plus(100.0)}), "bound_recomputed"),
    "the bound is claimed lower than it is": (figure(bound=plus(-5.0)), "bound_recomputed"),
    "the welfare exceeds the bound": (figure(welfare=plus(50000.0), bound=plus(50000.0)), "bound_below_welfare"),
    "the welfare is not that of the volumes": (figure(welfare=plus(-5000.0)), "welfare_rounding"),
    "a gap is called optimal": (figure(welfare=plus(-1.0), status=Status.OPTIMAL), "status_proven"),
}


def tampered(name):
    """The legal outcome with the change of that name."""
    return CASES[name][0](rich_results())
