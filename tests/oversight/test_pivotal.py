"""The residual supply index by hand: imports, exports, losses, borders, groups, obligations."""

import numpy as np
import polars as pl
import pytest
from tests.builders import market, one_zone, two_zones
from tests.oversight.worked import by, solved, worked

from walras.errors import BadInput
from walras.oversight.groups import Groups
from walras.oversight.obligations import Obligations, check_obligations, obligations_of, read_obligations
from walras.oversight.pivotal import Screen, exchanged, pivotal, summarise
from walras.results.raw import Raw

HEAD = "member,zone,carrier,mtu_start,quantity_mw,place\n"
ROW = "X,A,electricity,2025-04-01T00:00:00Z,40,offered\n"


def owed(member, cell, mw, *, outside):
    return Obligations((member,), np.array([cell]), np.array([float(mw)]), np.array([outside]))


def test_a_zone_by_hand():
    """A: (100 + 20 - 60) / (50 + 20) and (120 - 40) / 70. B: (30 + 20 - 30) / 40, its only supplier is needed."""
    table = pivotal(*worked(20))
    columns = ("supply_mw", "import_mw", "demand_mw", "rsi", "rsi_net", "is_pivotal")
    assert by(table, *columns, supplier="X") == (100.0, 20.0, 70.0, 0.857142857, 0.857142857, True)
    assert by(table, *columns, supplier="Y") == (100.0, 20.0, 70.0, 1.142857143, 1.142857143, False)
    assert by(table, *columns, supplier="Z") == (30.0, 20.0, 40.0, 0.5, 0.5, True)


def test_a_group_is_one_supplier():
    table = pivotal(*worked(20), Groups({"X": "North", "Y": "North"}))
    assert by(table, "offered_mw", "rsi", supplier="North") == (100.0, 0.285714286)


def test_what_is_sold_already_makes_nobody_needed():
    """40 of X's 60 MW must be delivered anyway and are offered here: (120 - 20) / 70."""
    table = pivotal(*worked(20), None, owed("X", 0, 40, outside=False))
    row = by(table, "obligation_mw", "rsi", "rsi_net", "is_pivotal", "is_pivotal_net", supplier="X")
    assert row == (40.0, 0.857142857, 1.428571429, True, False)
    assert by(table, "rsi", "rsi_net", supplier="Y") == (1.142857143, 1.142857143)


def test_what_is_delivered_beside_the_auction_is_supply_and_demand():
    """30 MW of X beside: (100 + 20 + 30 - 60 - 30) / (70 + 30) = 0.6; net (150 - 60) / 100 = 0.9."""
    table = pivotal(*worked(20), None, owed("X", 0, 30, outside=True))
    assert by(table, "rsi", "rsi_net", supplier="X") == (0.6, 0.9)
    assert by(table, "rsi", supplier="Y") == (1.1,)


def test_who_offers_nothing_and_delivers_beside_is_a_supplier():
    table = pivotal(*worked(20), None, owed("P", 0, 70, outside=True))
    assert by(table, "offered_mw", "rsi", supplier="P") == (0.0, round(120 / 140, 9))


def test_losses_and_borders_are_what_arrives():
    """B may import 90 of 100 over the line and 30 over its border; its fixed import of 5 counts, exports are demand."""
    book, results = solved(
        market(("A", "B")).line("A", "B", 100, 50, loss=0.1).border("B", "C", 60, import_=30, export=8)
        .fixed_border("B", "D", -5).sells("A", 20, at=10).sells("B", 60, at=20).buys("B", 50)
    )  # fmt: skip
    imports, exports = exchanged(Raw(book), results)
    assert imports.tolist() == [45.0, 125.0]
    assert exports.tolist() == [20.0, 8.0]


def test_of_a_domain_what_was_imported_counts():
    said = market(("A", "B")).domain("d", ("A", "B")).branch("AB", 80, A=1.0)
    book, results = solved(said.sells("A", 50, at=10).buys("B", 30).sells("B", 50, at=20))
    imports, exports = exchanged(Raw(book), results)
    assert (imports.tolist(), exports.tolist()) == ([0.0, 30.0], [30.0, 0.0])


def test_where_nothing_is_demanded_nobody_is_needed():
    table = pivotal(*solved(one_zone().sells("A", 10, at=50, member="X")))
    assert by(table, "rsi", "is_pivotal", supplier="X") == (None, None)
    assert summarise(table).height == 0


def test_the_screen_counts_hours():
    """X alone in one of two hours, beside 30 MW of Y in the other: RSI 0 and 1.5; below 1.1 half of the time."""
    book, results = solved(
        one_zone(2).sells("A", 30, hour=0, member="X").sells("A", 30, hour=1, member="X")
        .sells("A", 30, hour=1, member="Y").buys("A", 20, hour=0).buys("A", 20, hour=1)
    )  # fmt: skip
    table = summarise(pivotal(book, results))
    columns = ("hours", "lowest_rsi", "pivotal_hours", "below", "fails")
    assert by(table, *columns, supplier="X") == (2.0, 0.0, 1.0, 50.0, True)
    assert by(table, *columns, supplier="Y") == (2.0, 1.5, 0.0, 0.0, False)
    assert by(summarise(pivotal(book, results), Screen(1.6, 60)), "below", "fails", supplier="X") == (100.0, True)
    assert by(summarise(pivotal(book, results), Screen(1.1, 50)), "fails", supplier="X") == (False,)


def test_a_table_of_obligations(tmp_path):
    book, results = worked(20)
    file = tmp_path / "owed.csv"
    file.write_text(HEAD + ROW + "X,A,electricity,2025-04-02T00:00:00Z,40,offered\n")
    table = read_obligations(file)
    found = obligations_of(book, table)
    assert (found.member, found.cell.tolist(), found.quantity.tolist(), found.is_outside.tolist()) == (
        ("X",), [0], [40.0], [False],
    )  # fmt: skip
    assert by(pivotal(book, results, None, found), "rsi_net", supplier="X") == (1.428571429,)
    with pytest.raises(BadInput) as error:
        check_obligations(table.with_columns(pl.lit("W").alias("member")), [book], {"X"})
    assert [m.rule for m in error.value.mistakes] == ["obligation_member_known", "obligation_cell_known"]
    check_obligations(table.head(1), [book], {"X"})


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("member,zone\nX,A\n", "obligation_table"),
        (HEAD + ROW.replace("2025-04-01T00:00:00Z", "today"), "obligation_table"),
        (HEAD + ROW.replace("40", "-1"), "obligation_quantity"),
        (HEAD + ROW.replace("40", "many"), "obligation_quantity"),
        (HEAD + ROW.replace("offered", "somewhere"), "obligation_place"),
    ],
)
def test_a_wrong_table_is_refused_with_its_rule(tmp_path, text, rule):
    file = tmp_path / "owed.csv"
    file.write_text(text)
    with pytest.raises(BadInput) as error:
        read_obligations(file)
    assert [m.rule for m in error.value.mistakes] == [rule]
    assert all(m.fix for m in error.value.mistakes)


def test_two_zones_without_a_line_import_nothing():
    book, results = solved(two_zones(0).sells("A", 10).buys("A", 10).sells("B", 10).buys("B", 10))
    assert [a.tolist() for a in exchanged(Raw(book), results)] == [[0.0, 0.0], [0.0, 0.0]]
