"""What orders may owe, by hand: figures of docs/settlement/collateral.md, and every rule of a formula."""

from fractions import Fraction
from pathlib import Path

import pytest
from tests.builders import DAY, market, one_zone, two_zones

from walras.book.profile import load_profile
from walras.errors import BadInput
from walras.settlement.collateral.exposure import exposures
from walras.settlement.collateral.formula import Formula

PAGE = Path(__file__).resolve().parents[3] / "docs" / "settlement" / "collateral.md"


def of(said, **formula):
    """Exposure by name of order or family, in minor units."""
    found = exposures(said.book(), Formula(**formula))
    return dict(zip(found.kin, found.minor, strict=True))


def curve(*steps, side="demand", hour=0, **more):
    said = one_zone(**more)
    for mw, at, *to in steps:
        said.offers(side, "A", mw, at, to=to[0] if to else None, order="C", hour=hour)
    return said


def blocks(*said, hours=2, profile=None):
    built = one_zone(hours=hours, **({"profile": load_profile(profile, DAY)} if profile else {}))
    for name, side, price, mw, more in said:
        built.block(name, "A", side, price, mw, member="M-0001", **more)
    return built


FIGURES = {
    "a buyer at its limit": (curve((10, 90)), {}, {"C": 900_00}),
    "a seller above zero": (curve((10, 10), side="supply"), {}, {"C": 0}),
    "a seller below zero": (curve((10, -20), side="supply"), {}, {"C": 200_00}),
    "a buyer below zero": (curve((10, -20)), {}, {"C": 0}),
    "worst point of steps": (curve((10, 90), (20, 50), (100, 10)), {}, {"C": 1500_00}),
    "worst point of sellers": (curve((10, -90), (20, -50), (10, 5), side="supply"), {}, {"C": 1500_00}),
    "a slope": (curve((100, 100, 0)), {}, {"C": 2505_26}),
    "every MTU of its own": (curve((10, 90), hours=2).buys("A", 10, at=60, order="C", hour=1), {}, {"C": 1500_00}),
    "one product over four quarters": (
        one_zone(mtu_minutes=15).buys("A", 10, at=90, order="C", minutes=60), {}, {"C": 900_07},
    ),
    "buys and sells do not net": (
        one_zone().buys("A", 10, at=90, order="B", member="M-0001").sells("A", 10, at=-20, order="S", member="M-0001"),
        {}, {"B": 900_00, "S": 200_00},
    ),
    "a block of two hours": (blocks(("K", "demand", 60, 10, {})), {}, {"K": 1200_10}),
    "a block of one hour": (blocks(("K", "demand", 60, 10, {}), hours=1), {}, {"K": 600_00}),
    "a selling block": (blocks(("K", "supply", 30, 10, {})), {}, {"K": 0}),
    "worst member of a group": (
        blocks(("K", "demand", 60, 10, {"group": "G"}), ("L", "demand", 50, 20, {"group": "G"}), hours=1),
        {}, {"K": 1000_00},
    ),
    "a family of buyers": (
        blocks(("K", "demand", 60, 10, {}), ("L", "demand", 50, 20, {"parents": ["K"]}), hours=1), {}, {"K": 1600_00},
    ),
    "a family over two hours": (
        blocks(("K", "demand", 60, 10, {}), ("L", "demand", 50, 20, {"parents": ["K"]})), {}, {"K": 3200_30},
    ),
    "a group that two may share": (
        blocks(*((name, "demand", 60, 10, {"group": "G", "mar": 0.5}) for name in "KL")), {}, {"K": 1200_22},
    ),
    "worst legal subset": (
        blocks(
            ("K", "supply", 30, 10, {}), ("L", "supply", -50, 20, {"parents": ["K"]}),
            ("N", "supply", -10, 10, {"parents": ["L"]}), ("O", "supply", 40, 10, {"parents": ["K"]}), hours=1,
        ),
        {}, {"K": 800_00},
    ),
    "a child that does not pay for its parent": (
        blocks(("K", "supply", 30, 100, {}), ("L", "supply", -50, 20, {"parents": ["K"]}), hours=1), {}, {"K": 0},
    ),
    "a flexible order": (one_zone(hours=3).flexible("F", "A", "demand", 70, 10), {}, {"F": 700_00}),
    "a flexible order over four quarters": (
        one_zone(hours=3, mtu_minutes=15).flexible("F", "A", "demand", 70, 10, minutes=60), {}, {"F": 700_07},
    ),
    "scalable, less its fixed term": (
        one_zone(hours=2).scalable("X", "A", "demand", 100, [(0, 50, 10), (1, 40, 10)], gradient_up=5),
        {}, {"X": 800_11},
    ),
    "scalable without conditions": (
        one_zone(hours=1).scalable("X", "A", "demand", 0, [(0, 50, 10), (0, 10, 10)]), {}, {"X": 500_00},
    ),
    "scalable, stopped": (
        one_zone(hours=2).scalable("X", "A", "supply", 5000, [(0, -50, 10), (1, -50, 10)], stop=1),
        {}, {"X": 500_01},
    ),
    "a storage order": (one_zone(hours=2).storage("T", "A", 10, 10), {}, {"T": 11}),
    "a storage order, whole": (one_zone(hours=2).storage("T", "A", 10, 10), {"netting": "none"}, {"T": 80_000_11}),
    "a reference price": (
        curve((10, 90), (20, 50)), {"kind": "reference_price", "reference": {("A", "electricity"): Fraction(40)},
                                    "multiplier": Fraction(3, 2)}, {"C": 1800_00},
    ),
    "a reference price below zero": (
        curve((10, 90), side="supply"), {"kind": "reference_price", "reference": {("A", "electricity"): Fraction(-5)}},
        {"C": 50_00},
    ),
    "an allowance for differences": (
        blocks(("K", "demand", 60, 10, {}), ("S", "supply", 1, 10, {}), hours=1, profile="turkish"),
        {"difference_allowance": Fraction(5, 2)}, {"K": 625_00, "S": 15_00},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_orders_may_owe_what_the_page_works_out(name):
    said, formula, expected = FIGURES[name]
    assert of(said, **formula) == expected


def test_the_page_has_every_figure():
    text = PAGE.read_text(encoding="utf-8")
    for name, (_, _, expected) in FIGURES.items():
        row = next((line for line in text.splitlines() if line.startswith(f"| {name} |")), None)
        assert row is not None, name
        for minor in expected.values():
            assert f"{minor / 100:,.2f}" in row, name


def test_a_conversion_nets_by_its_own_condition_or_counts_its_whole_input():
    said = market(("A", "G"), carriers={"G": "gas"}, price_max=100)
    said.scalable("X", "A", "supply", 0, [(0, 5, 10)], member="M-0001").converts("X", "G", 0.5)
    assert of(said) == {
        "X": 17
    }  # half a cent on 10 MWh sold and on 20 bought, two roundings, and what a float may hide
    assert of(said, netting="none")["X"] == 2000_00 + 17
    reference = {("A", "electricity"): Fraction(50), ("G", "gas"): Fraction(30)}
    assert of(said, kind="reference_price", reference=reference) == {"X": 600_02}


def test_orders_of_all_members_add_up_by_member():
    said = two_zones().buys("A", 10, at=90, member="M-0002").buys("B", 10, at=50, member="M-0001")
    said.sells("B", 5, at=-10, member="M-0002")
    found = exposures(said.book())
    assert found.by_member() == {"M-0001": 500_00, "M-0002": 950_00}
    assert found.total == 1450_00
    assert exposures(one_zone().book()).total == 0


def test_a_quantity_that_no_market_has_is_counted_all_the_same():
    huge = 2**52 / 10
    assert of(one_zone().buys("A", huge, at=4000, order="C")) == {"C": 2**52 * 4000 * 10}


@pytest.mark.parametrize(
    ("formula", "rule"),
    [
        ({"kind": "worst_case"}, "collateral_formula"),
        ({"netting": "member"}, "collateral_formula"),
        ({"multiplier": Fraction(-1)}, "collateral_formula"),
        ({"difference_allowance": Fraction(-1)}, "collateral_formula"),
        ({"kind": "reference_price"}, "reference_price"),
    ],
)
def test_a_formula_that_is_none_is_refused(formula, rule):
    with pytest.raises(BadInput) as refused:
        of(curve((10, 90)), **formula)
    assert {m.rule for m in refused.value.mistakes} == {rule}
