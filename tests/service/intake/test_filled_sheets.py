"""Orders as sheets: what is written reads as the same orders, and a mistake names the row that its writer sees."""

import pytest
from tests.service.intake.filled import CURVES
from tests.service.intake.market_day import block, curve, every_document, parsed, terms, time

from walras.errors import BadInput, Mistake
from walras.service.intake.files import read_file
from walras.service.intake.filled import filled_of
from walras.service.intake.payload import digest, encode, live_tables
from walras.service.intake.sheets import SHEETS
from walras.service.intake.tables import tables_of
from walras.service.intake.template import template
from walras.service.intake.typed import Spot, spot_of, workbook_of

MARKET = terms()
TABLES = tables_of(parsed(*every_document()))


def typed(filled):
    """The rows of sheets as a screen holds them."""
    names = {s.name: [c.name for c in s.columns] for s in SHEETS}
    return {name: [dict(zip(names[name], row, strict=True)) for row in rows] for name, rows in filled.rows.items()}


def test_orders_written_into_the_template_read_as_the_same_orders():
    filled = filled_of(MARKET, TABLES)
    assert set(filled.rows) == {s.name for s in SHEETS}
    assert not filled.left_out
    assert digest(read_file(MARKET, template(MARKET, filled), "xlsx")) == digest(TABLES)


def test_orders_typed_on_a_screen_read_as_the_same_orders():
    assert digest(read_file(MARKET, workbook_of(typed(filled_of(MARKET, TABLES))), "xlsx")) == digest(TABLES)


def test_a_curve_of_a_long_product_is_named_and_not_written_as_something_else():
    long = curve("long", hours=1, mtus=[{"mtu_start": time(0), "minutes": 120, "steps": [
        {"price_per_mwh": 20.0, "quantity_mw": 5.0}]}])  # fmt: skip
    filled = filled_of(MARKET, tables_of(parsed(curve(), long)))
    assert filled.left_out == ("long",)
    assert {row[0] for row in filled.rows["Curves"]} == {"sell"}


def test_legs_that_follow_each_other_with_one_power_are_one_period():
    filled = filled_of(MARKET, tables_of(parsed(block(hours=(0, 1)))))
    [[*_, begin, end, quantity, parents, group]] = filled.rows["Blocks"]
    assert (begin[:16], end[:16], quantity, parents, group) == ("2025-04-01 00:00", "2025-04-01 02:00", 5.0, None, None)


def test_a_mistake_names_the_row_of_the_screen_blank_rows_included():
    rows = [CURVES[0], {}, CURVES[1] | {"quantity_mw": -5}, CURVES[2] | {"price_start": "=1+1\x01"}]
    with pytest.raises(BadInput) as caught:
        read_file(MARKET, workbook_of({"Curves": rows}), "xlsx")
    spots = {spot_of(m) for m in caught.value.mistakes}
    assert spots == {Spot("Curves", 2, "quantity_mw"), Spot("Curves", 3, "price_start")}


def test_a_mistake_about_no_row_has_no_spot():
    assert spot_of(Mistake("the file holds no orders", "file", "submission_not_empty", "Send one.")) is None
    assert spot_of(Mistake("zone 'X' is unknown", "lines row 2", "zone_known", "Name one.")) is None


def test_every_one_of_37_mistakes_in_10000_rows_is_told():
    wrong = {200 * n + 7: n for n in range(37)}
    rows = []
    for i in range(10_000):
        step = i % 1000
        place = {"order": f"o{i // 3000}", "zone": "B", "carrier": "electricity", "side": "supply", "step": step + 1}
        start = f"2025-04-01 0{i % 3000 // 1000}:00"
        row = place | {"mtu_start": start, "price_start": 1 + step / 20, "quantity_mw": 1.0}
        if i in wrong:
            row |= ({"price_start": "abc"}, {"quantity_mw": -1}, {"mtu_start": "2025-04-01 09:00"})[wrong[i] % 3]
        rows.append(row)
    with pytest.raises(BadInput) as caught:
        read_file(MARKET, workbook_of({"Curves": rows}), "xlsx")
    assert {spot_of(m).at for m in caught.value.mistakes} == set(wrong)
    assert len(caught.value.mistakes) == 37


def test_live_orders_of_a_payload_are_tables_however_they_came():
    for sent in (parsed(*every_document()), TABLES):
        kept = live_tables(encode(sent), frozenset({"sell", "battery"}))
        assert set(kept) == {"curve_orders", "curve_steps", "storage_orders"}
        names = [kept[table]["order"].to_list() for table in ("curve_orders", "storage_orders")]
        assert names == [["sell"], ["battery"]]
