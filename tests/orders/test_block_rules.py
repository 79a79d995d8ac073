"""What is wrong with block orders, their links and their exclusive groups."""

import dataclasses

import pytest

from walras.book import read_terms
from walras.book.profile import load_profile


@pytest.mark.parametrize("ratio", ["0", "0.00009", "-0.1", "1.0001", "50"])
def test_a_minimum_acceptance_ratio_outside_its_range_is_a_mistake(folder, ratio):
    row = folder.find("block_orders", order="parent")
    mistake = folder.change("block_orders", row, min_acceptance_ratio=ratio).mistake()
    assert (mistake.rule, mistake.where) == ("min_acceptance_ratio", f"block_orders row {row}, order 'parent'")
    assert "[0.0001, 1]" in mistake.what


def test_a_block_price_outside_its_limits_is_a_mistake(folder):
    mistake = folder.change("block_orders", 1, price_eur_per_mwh="4000.01").mistake()
    assert (mistake.rule, mistake.what.split(" EUR")[0]) == ("price_limits", "price 4000.01")


def test_a_block_price_off_its_tick_is_a_mistake(folder):
    assert folder.change("block_orders", 1, price_eur_per_mwh="12.345").mistake().rule == "price_on_tick"


def test_a_negative_leg_is_a_mistake(folder):
    mistake = folder.change("block_legs", 1, quantity_mw="-5").mistake()
    assert (mistake.rule, mistake.where) == ("quantity_not_negative", "block_legs row 1, order 'child'")


def test_a_leg_outside_the_delivery_day_is_a_mistake(folder):
    row = folder.find("block_legs", order="two")
    mistake = folder.change("block_legs", row, mtu_start="2025-04-01T03:00:00Z").mistake()
    assert (mistake.rule, mistake.where) == ("inside_horizon", f"block_legs row {row}, order 'two'")
    assert "[2025-04-01T00:00:00Z, 2025-04-01T03:00:00Z)" in mistake.what


def test_legs_that_overlap_are_a_mistake(folder):
    row = folder.find("block_legs", order="parent")
    assert folder.change("block_legs", row, minutes="60").mistake().rule == "products_overlap"


def test_an_hourly_leg_in_a_quarter_hourly_zone_becomes_four(folder):
    from walras.book.folder import read

    before = read(folder.path).blocks
    rows = folder.rows("block_legs")
    first = folder.find("block_legs", order="parent")
    kept = [r for r in rows if not (r["order"] == "parent" and r["mtu_start"] in TAIL)]
    folder.save("block_legs", [r | {"minutes": ""} for r in kept])
    folder.change("block_legs", first, minutes="60")
    after = read(folder.path).blocks
    assert after.leg_cell.tolist() == before.leg_cell.tolist()
    assert after.leg_quantity.tolist() == before.leg_quantity.tolist()


TAIL = [f"2025-04-01T00:{m}:00Z" for m in (15, 30, 45)]


def test_a_block_without_legs_and_legs_without_a_block_are_mistakes(folder):
    row = folder.find("block_legs", order="child")
    folder.change("block_legs", row, order="nobody")
    assert sorted(m.rule for m in folder.mistakes()) == ["order_has_rows", "order_known"]


def test_a_link_to_an_unknown_block_is_a_mistake(folder):
    mistake = folder.change("block_links", 1, parent="nobody").mistake()
    assert (mistake.rule, mistake.where) == ("order_known", "block_links row 1, child 'child'")
    assert mistake.what == "order 'nobody' is not in block_orders"


def test_a_link_to_an_order_of_another_family_is_a_mistake(folder):
    assert folder.change("block_links", 1, parent="need").mistake().rule == "order_known"


def test_a_cycle_of_links_is_a_mistake_that_names_the_cycle(folder):
    mistake = folder.add("block_links", child="parent", parent="child").mistake()
    assert (mistake.rule, mistake.what) == ("link_cycle", "the links child -> parent -> child form a cycle")


def test_a_block_that_is_its_own_parent_is_a_cycle(folder):
    assert folder.change("block_links", 1, parent="child").mistake().what == "the links child -> child form a cycle"


def test_two_cycles_are_two_mistakes(folder):
    folder.add("block_links", child="parent", parent="parent").add("block_links", child="child", parent="child")
    assert [m.rule for m in folder.mistakes()] == ["link_cycle", "link_cycle"]


def test_a_child_of_two_parents_and_a_diamond_are_no_cycle(folder):
    for name, parent in (("left", "parent"), ("right", "parent")):
        folder.add("block_orders", order=name, zone="A")
        folder.add("block_legs", order=name)
        folder.add("block_links", child=name, parent=parent)
        folder.add("block_links", child="child", parent=name)
    assert folder.mistakes() == ()


def test_a_link_across_sides_is_a_mistake(folder):
    row = folder.find("block_orders", order="parent")
    mistake = folder.change("block_orders", row, side="demand").mistake()
    assert (mistake.rule, mistake.where) == ("link_same_side", "block_links row 1, child 'child'")
    assert mistake.what == "the link joins a supply block to the demand block 'parent'"


def test_overlapping_exclusive_groups_are_a_mistake(folder):
    mistake = folder.add("exclusive_groups", group="other").mistake()
    assert (mistake.rule, mistake.where) == ("one_group_a_block", "exclusive_groups row 3, group 'other'")
    assert "'two'" in mistake.what


@pytest.mark.parametrize("member", ["parent", "child"])
def test_a_linked_block_in_a_group_is_a_mistake(folder, member):
    mistake = folder.add("exclusive_groups", order=member).mistake()
    assert mistake.rule == "group_member_not_linked"
    assert repr(member) in mistake.what


def family(folder, *, mar, grouped, links):
    """Blocks with minimum ratios, some of them in one group, and links from child to parent."""
    for name, ratio in mar.items():
        folder.add("block_orders", order=name, side="supply", zone="A", min_acceptance_ratio=str(ratio))
        folder.add("block_legs", order=name)
    for name in grouped:
        folder.add("exclusive_groups", group="either", order=name)
    for child, parent in links:
        folder.add("block_links", child=child, parent=parent)
    return [(m.rule, m.where.split(" ", 1)[1], m.what) for m in folder.mistakes()]


def test_a_child_in_a_group_that_excludes_its_parent_is_a_mistake(folder):
    found = family(folder, mar={"p": 1, "c": 1}, grouped=["p", "c"], links=[("c", "p")])
    text = "block 'c' can never be accepted: with its parents it needs 2 of exclusive group 'either', which has 1"
    assert found == [("family_fits_group", "row 2, child 'c'", text)]


@pytest.mark.parametrize(
    ("child", "parent", "need"),
    [(0.5, 0.1, None), (0.50001, 0.1, "1"), (0.4, 0.7, "1.1"), (0.3, 0.7, None), (0.6, 0.3, "1.2")],
)
def test_a_parent_takes_at_least_what_its_child_needs(folder, child, parent, need):
    found = family(folder, mar={"p": parent, "c": child}, grouped=["p", "c"], links=[("c", "p")])
    assert [rule for rule, _, _ in found] == ["family_fits_group" if need else "group_member_not_linked"]
    assert need is None or f"it needs {need} of" in found[0][2]


def test_a_grandparent_excludes_too_and_descendants_are_not_told_again(folder):
    mar, links = {"g": 0.5, "p": 1, "c": 0.2, "cc": 0.6}, [("p", "g"), ("c", "p"), ("cc", "c")]
    found = family(folder, mar=mar, grouped=["g", "c"], links=links)
    # With p at 1, g is at 1 as well, and c has no room; cc would need c.
    assert [(rule, where) for rule, where, _ in found if rule == "family_fits_group"] == [
        ("family_fits_group", "row 3, child 'c'")
    ]
    assert "needs 1.2 of" in next(what for rule, _, what in found if rule == "family_fits_group")


def test_two_parents_that_exclude_each_other_leave_no_child(folder):
    found = family(folder, mar={"p": 0.6, "q": 0.6, "c": 0.1}, grouped=["p", "q"], links=[("c", "p"), ("c", "q")])
    assert found[0][:2] == ("family_fits_group", "row 2, child 'c'")


def test_an_unknown_member_of_a_group_is_a_mistake(folder):
    assert folder.change("exclusive_groups", 1, order="nobody").mistake().rule == "order_known"


def test_the_profile_limits_the_legs_of_a_block(folder, monkeypatch):
    def limited(name, day):
        return dataclasses.replace(load_profile(name, day), max_block_legs=7)

    monkeypatch.setattr(read_terms, "load_profile", limited)
    mistake = folder.mistake()
    assert (mistake.rule, mistake.what) == ("max_block_legs", "the block has 8 legs, the rules profile allows 7")
    assert mistake.where.endswith("order 'parent'")
