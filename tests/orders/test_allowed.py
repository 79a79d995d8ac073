"""What a rules profile takes: kinds of orders, largest blocks and flexible orders. Each rule once, and its border."""

import dataclasses
from datetime import date

import pytest

from walras.book import read_terms
from walras.book.profile import ORDER_KINDS, load_profile, profile_from
from walras.errors import BadInput

DAY = date(2025, 4, 1)
GOOD = {"name": "x", "valid_from": date(2025, 1, 1)}


@pytest.fixture
def under(folder, monkeypatch):
    """The mistakes of a folder with every family of orders, under the European profile with changes."""

    def mistakes(**changes):
        changed = dataclasses.replace(load_profile("european", DAY), **changes)
        monkeypatch.setattr(read_terms, "load_profile", lambda name, day: changed)
        return [(m.rule, m.where) for m in folder.mistakes()]

    return mistakes


def test_a_profile_that_names_every_kind_takes_all(under):
    assert under(order_kinds=ORDER_KINDS) == []


@pytest.mark.parametrize("kind", ORDER_KINDS)
def test_each_kind_that_is_not_named_is_refused(under, kind):
    found = under(order_kinds=tuple(k for k in ORDER_KINDS if k != kind))
    assert found
    assert {rule for rule, _ in found} == {"order_kind"}


@pytest.mark.parametrize(
    ("name", "most", "table"), [("max_block_mwh", 2, "block"), ("max_flexible_mwh", 2, "flexible")]
)
def test_what_is_larger_than_the_profile_allows_is_refused(under, name, most, table):
    """Of blocks: 2 MW in an hour, 6 MW in quarters of one. The flexible order: 4 MW for half an hour."""
    assert under(**{name: most}) == []
    assert {(rule, where.split("_")[0]) for rule, where in under(**{name: most - 0.01})} == {(name, table)}


def test_a_profile_names_kinds_that_there_are():
    with pytest.raises(BadInput) as caught:
        profile_from(GOOD | {"order_kinds": ["curve", "smart"]}, DAY)
    assert [m.rule for m in caught.value.mistakes] == ["profile_order_kinds"]


@pytest.mark.parametrize(
    ("name", "kinds"),
    [("sapp", {"curve", "block"}), ("turkish", set()),
     ("indian", {"curve", "block", "linked_block", "profile_block", "minimum_quantity_block"})],
)  # fmt: skip
def test_kinds_of_the_profiles_that_ship(name, kinds):
    assert set(load_profile(name, DAY).order_kinds) == kinds


def test_the_turkish_profile_has_its_sizes():
    profile = load_profile("turkish", DAY)
    assert (profile.max_block_mwh, profile.max_flexible_mwh, profile.max_curve_steps) == (600, 100, 32)
