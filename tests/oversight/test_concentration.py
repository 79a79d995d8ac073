"""HHI by hand: zones, groups, sides, areas, orders of every family."""

import numpy as np
import pytest
from tests.builders import market, one_zone, two_zones
from tests.oversight.worked import by, solved, worked

from walras.errors import BadInput
from walras.oversight.areas import areas_of
from walras.oversight.concentration import (
    Thresholds,
    area_concentration,
    concentration,
    hhi,
    summarise,
)
from walras.oversight.groups import Groups, groups_of, read_groups
from walras.oversight.offers import members_of, offers_of

FIGURES = ("hhi_offered", "hhi_accepted", "owners", "largest", "largest_share")


def test_equal_owners_and_one_alone():
    assert hhi(np.ones(4), np.zeros(4, dtype=np.int64), 1).tolist() == [2500.0]
    assert np.isnan(hhi(np.zeros(2), np.array([0, 0]), 1)[0])


def test_a_zone_by_hand():
    """A sells 70: 60 of X and 10 of Y. Shares 6/7 and 1/7: 10,000 x 37/49. Offered 60 and 40: 3,600 + 1,600."""
    table = concentration(*worked(20))
    assert by(table, *FIGURES, zone="A", side="supply") == (5200.0, 7551.020408, 2, "X", 85.714286)
    assert by(table, *FIGURES, zone="B", side="supply") == (10_000.0, 10_000.0, 1, "Z", 100.0)
    assert by(table, "offered_mwh", "accepted_mwh", zone="A", side="supply") == (100.0, 70.0)
    assert by(table, *FIGURES, zone="B", side="demand") == (10_000.0, 10_000.0, 1, "Q", 100.0)


def test_a_group_counts_as_one():
    table = concentration(*worked(20), Groups({"X": "North", "Y": "North"}))
    assert by(table, *FIGURES, zone="A", side="supply") == (10_000.0, 10_000.0, 1, "North", 100.0)


def test_an_area_is_one_market():
    """With 100 MW nothing binds: 20 in both zones, 90 traded. X 60 and Y 30: 5,555.56; offered 60, 40, 30 of 130."""
    book, results = worked(100)
    assert areas_of(book, results).tolist() == [0, 0]
    table = area_concentration(book, results)
    offered = round(1e4 * (60**2 + 40**2 + 30**2) / 130**2, 6)
    assert by(table, *FIGURES[:4], area="A + B", side="supply") == (offered, round(1e4 * 5 / 9, 6), 3, "X")
    assert by(table, "zones", "hhi_accepted", area="A + B", side="demand") == (2, round(1e4 * (25 + 16) / 81, 6))


def test_a_full_line_splits_an_area():
    book, results = worked(20)
    assert areas_of(book, results).tolist() == [0, 1]
    assert sorted(set(area_concentration(book, results)["area"])) == ["A", "B"]


def equal(said):
    """A exports 20 of its 30 MW at 10, or so many as fit, and both zones end at 30.00 whatever is between them."""
    said = said.sells("A", 20, at=10).sells("A", 50, at=30).buys("A", 10).sells("B", 50, at=30).buys("B", 40)
    book, results = solved(said)
    assert results.price.tolist() == [30.0, 30.0]
    return book, results


@pytest.mark.parametrize(("line_mw", "areas"), [(20, [0, 1]), (20.05, [0, 1]), (60, [0, 0])])
def test_a_line_with_less_than_a_tick_of_room_splits_zones_of_equal_prices(line_mw, areas):
    assert areas_of(*equal(two_zones(line_mw))).tolist() == areas


@pytest.mark.parametrize(("ram", "areas"), [(20, [0, 1]), (60, [0, 0])])
def test_a_domain_without_room_splits_zones_of_equal_prices(ram, areas):
    said = market(("A", "B")).domain("d", ("A", "B")).branch("AB", ram, A=1.0)
    assert areas_of(*equal(said)).tolist() == areas


def test_zones_of_different_prices_are_two_areas_though_their_line_has_room():
    """Sending costs 5: A has 10, B 15."""
    said = market(("A", "B")).line("A", "B", 100, tariff=5.0).sells("A", 50, at=10).buys("B", 30).sells("B", 50, at=20)
    book, results = solved(said)
    assert (results.price.tolist(), results.published.exchange.tolist()) == ([10.0, 15.0], [30.0])
    assert areas_of(book, results).tolist() == [0, 1]


def test_areas_of_mixed_grids_are_as_long_as_the_longest_cell():
    """A has quarter hours, B one hour, nothing binds and 30 is everybody's price: one area of an hour."""
    book, results = solved(
        market(("A", "B"), 1, {"A": 15, "B": 60}).line("A", "B", 100)
        .sells("A", 60, at=30, minutes=60, member="X").buys("B", 40, member="Q").sells("B", 20, at=30, member="Z")
    )  # fmt: skip
    assert results.price.tolist() == [30.0] * 5
    assert areas_of(book, results).tolist() == [0] * 5
    table = area_concentration(book, results)
    assert by(table, "minutes", "offered_mwh", "hhi_offered", area="A + B", side="supply") == (60, 80.0, 6250.0)


def test_every_family_offers_what_can_be_accepted_at_most():
    """One hour and owner each: a group offers its largest, a store both its powers, a plant buys 1 / efficiency."""
    book, results = solved(
        market(("A", "G"), 2, price_min=0)
        .block("one", "A", "supply", 5, 10, group="g", member="B")
        .block("two", "A", "supply", 5, 30, group="g", member="B")
        .flexible("f", "A", "supply", 5, 20, member="F").storage("s", "A", 7, 20, member="S", discharge=6)
        .scalable("c", "A", "supply", 0, [(0, 1, 40), (1, 1, 40)], member="C").converts("c", "G", 0.5)
        .sells("G", 200, at=1, member="W", minutes=120).buys("A", 300, at=50, member="P")
        .buys("A", 300, at=50, hour=1, member="P")
    )  # fmt: skip
    offers = offers_of(book, results)
    named = {
        (offers.owners[o], c, s): (a, b)
        for o, c, s, a, b in zip(offers.owner.tolist(), offers.cell.tolist(), offers.is_supply.tolist(),
                                 offers.offered.tolist(), offers.accepted.tolist(), strict=True)
    }  # fmt: skip
    assert named["B", 0, 1] == (30.0, 30.0)
    assert [named["F", c, 1][0] for c in (0, 1)] == [20.0, 20.0]
    assert sorted(named["F", c, 1][1] for c in (0, 1)) == [0.0, 20.0]
    assert (named["S", 0, 1][0], named["S", 0, 0][0]) == (6.0, 7.0)
    assert named["C", 0, 1] == (40.0, 40.0)
    assert named["C", 2, 0] == (80.0, 80.0)
    assert named["W", 2, 1] == (200.0, 80.0)


def test_where_nothing_is_accepted_there_is_no_index():
    table = concentration(*solved(one_zone().sells("A", 10, at=50, member="X").buys("A", 10, at=20, member="P")))
    assert by(table, "hhi_offered", "hhi_accepted", "largest", zone="A", side="supply") == (10_000.0, None, "X")
    assert summarise(table)["mean_hhi_accepted"].to_list() == [None, None]


def test_the_summary_weighs_hours_and_counts_those_above():
    """Two hours: 10,000 and, with two equal sellers, 5,000; above 6,000 half of the time."""
    book, results = solved(
        one_zone(2).sells("A", 20, hour=0, member="X").sells("A", 10, hour=1, member="X")
        .sells("A", 10, hour=1, member="Y").buys("A", 20, hour=0, member="P").buys("A", 20, hour=1, member="P")
    )  # fmt: skip
    table = summarise(concentration(book, results), Thresholds(4000, 6000))
    row = by(table, "hours", "mean_hhi_accepted", "max_hhi_accepted", "above_moderate", "above_high", side="supply")
    assert row == (2.0, 7500.0, 10_000.0, 100.0, 50.0)


def refused(*pairs, members=("X", "Y", "Z")):
    with pytest.raises(BadInput) as error:
        groups_of(pairs, members)
    assert all(m.what and m.where and m.fix for m in error.value.mistakes)
    return [m.rule for m in error.value.mistakes]


def test_groups_that_do_not_hold():
    assert refused(("X", "N"), ("W", "N")) == ["group_member_known"]
    assert refused(("X", "N"), ("X", "S")) == ["group_member_once"]
    assert refused(("X", "Z"), ("", "N")) == ["field_filled", "group_name_free"]
    assert groups_of([("X", "X"), ("Y", "X")], ("X", "Y")).owner("Y") == "X"


def test_a_group_table_is_read_or_refused(tmp_path):
    file = tmp_path / "groups.csv"
    file.write_text("member,group\nX,North\nY,North\n")
    members = members_of(worked(20)[0])
    assert members == ("P", "Q", "X", "Y", "Z")
    assert read_groups(file, members).group == {"X": "North", "Y": "North"}
    file.write_text("company,group\nX,North\n")
    for place in (file, tmp_path / "none.csv"):
        with pytest.raises(BadInput) as error:
            read_groups(place, members)
        assert [m.rule for m in error.value.mistakes] == ["group_table"]
