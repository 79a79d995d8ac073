"""Files of each kind: what they say, and every mistake of a faulty one."""

import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builders import market
from tests.service.intake import filled
from tests.service.intake.filled import CURVES, EVERY_SHEET, FLAT, table_zip, workbook, zipped
from tests.service.intake.market_day import curve, every_document, parsed, storage, terms

from walras.book.market import MarketTerms
from walras.errors import BadInput
from walras.service.intake.files import read_file
from walras.service.intake.hostile import FileLimits
from walras.service.intake.payload import digest
from walras.service.intake.rights import Rights
from walras.service.intake.rows import documents_of
from walras.service.intake.tables import tables_of
from walras.service.intake.template import template

MARKET = terms()
TABLES = tables_of(parsed(*every_document()))


def mistakes(data, kind, **more):
    with pytest.raises(BadInput) as caught:
        read_file(MARKET, data, kind, **more)
    assert all(m.what and m.where and m.rule and m.fix for m in caught.value.mistakes)
    return caught.value.mistakes


def rules(data, kind, **more):
    return {m.rule for m in mistakes(data, kind, **more)}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_zip_of_tables_says_what_the_documents_say(kind):
    assert digest(read_file(MARKET, table_zip(TABLES, kind), kind)) == digest(parsed(*every_document()))


def test_a_flat_file_of_curves_says_what_documents_say_with_or_without_a_byte_order_mark():
    said = parsed(curve(hours=1), curve("need", "A", 1, 1, side="demand"))
    need = said[1].model_copy(update={"mtus": [m.model_copy(update={"steps": [m.steps[0].model_copy(
        update={"price_per_mwh": 19.0})]}) for m in said[1].mtus]})  # fmt: skip
    assert digest(read_file(MARKET, FLAT.encode(), "csv")) == digest((said[0], need))
    assert digest(read_file(MARKET, b"\xef\xbb\xbf" + FLAT.encode(), "csv")) == digest((said[0], need))


def test_a_filled_template_says_what_was_filled_in():
    orders = {d.order: d for d in documents_of(read_file(MARKET, workbook(**EVERY_SHEET), "xlsx"))}
    assert sorted(orders) == ["battery", "child", "flexible", "one", "parent", "sell", "turbine"]
    assert [s.price_end_per_mwh for s in orders["sell"].mtus[0].steps] == [None, 22.5]
    assert [leg.mtu_start[11:13] for leg in orders["parent"].legs] == ["00", "01"]
    assert [leg.quantity_mw for leg in orders["child"].legs] == [5, 6]
    assert orders["child"].parents == ["parent"]
    assert orders["one"].group == "choice"
    assert orders["turbine"].input.efficiency == 0.5
    assert orders["turbine"].mtus[0].minimum_mw == 4
    assert orders["flexible"].window_end == "2025-04-01T02:00:00Z"
    assert orders["battery"] == parsed(storage())[0]


def test_the_template_of_a_market_is_taken_as_soon_as_it_has_orders():
    assert rules(template(MARKET), "xlsx") == {"submission_not_empty"}


def long_day():
    """A market of one zone on the day of 25 hours in Rome."""
    book = market(("B",), 25, {"B": 60}, time_zone="Europe/Rome").book()
    start = int(datetime(2025, 10, 25, 22, tzinfo=UTC).timestamp()) // 60
    grid = replace(book.cells.grids[0], start=start, end=start + 25 * 60)
    return MarketTerms.of(replace(book, delivery_day=date(2025, 10, 26), cells=replace(book.cells, grids=(grid,))))


LONG = long_day()


def hours_of_a_long_day(texts):
    rows = [dict(CURVES[0], mtu_start=t, order=f"o{i}") for i, t in enumerate(texts)]
    return workbook(Curves=rows)


def test_the_hour_that_comes_twice_is_told_apart_and_never_guessed():
    texts = ["2025-10-26 02:00+02:00", "2025-10-26 02:00+01:00", "2025-10-26 03:00"]
    orders = documents_of(read_file(LONG, hours_of_a_long_day(texts), "xlsx"))
    assert [o.mtus[0].mtu_start for o in orders] == [f"2025-10-26T{h}:00:00Z" for h in ("00", "01", "02")]
    with pytest.raises(BadInput) as caught:
        read_file(LONG, hours_of_a_long_day(["2025-10-26 02:00"]), "xlsx")
    (mistake,) = (m for m in caught.value.mistakes)
    assert mistake.rule == "local_time"
    assert mistake.where == "sheet Curves row 2"
    assert "2025-10-26 02:00+02:00 or 2025-10-26 02:00+01:00" in mistake.fix


def test_every_mistake_of_a_workbook_comes_back_with_its_row():
    rows = [
        dict(CURVES[0], quantity_mw=-5), dict(CURVES[0], order="=1+1"), dict(CURVES[0], order="o3", zone="Z"),
        dict(CURVES[0], order="o4", price_start="cheap"), dict(CURVES[0], order="o5", step=1.5),
        dict(CURVES[0], order="o5", side="demand"), dict(CURVES[0], order="o6", mtu_start="at noon"),
    ]  # fmt: skip
    blocks = [dict(filled.BLOCKS[0], to="2025-04-01 00:00")]
    scalable = [dict(filled.SCALABLE[0], efficiency=None), {"order": "turbine", "mtu_start": "2025-04-01 00:15"}]
    found = mistakes(workbook(Curves=rows, Blocks=blocks, Scalable=scalable), "xlsx")
    assert {(m.where.split(",")[0], m.rule) for m in found} >= {
        ("sheet Curves row 2", "quantity_not_negative"), ("sheet Curves row 3", "name_valid"),
        ("sheet Curves row 4", "zone_known"), ("sheet Curves row 5", "field_readable"),
        ("sheet Curves row 6", "field_readable"), ("sheet Curves row 7", "order_said_once"),
        ("sheet Curves row 8", "local_time"), ("sheet Blocks row 2", "block_period"),
        ("sheet Scalable row 2", "field_filled"), ("sheet Scalable row 3", "field_filled"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "kind", "rule"),
    [
        (workbook(Curves=CURVES, formula=(1, 7, "=1+1", None, 20)), "xlsx", "no_formulas"),
        (workbook(more=["Secret"], Curves=CURVES), "xlsx", "sheet_known"),
        (workbook(Curves=[CURVES[0] | {"colour": "red"}]), "xlsx", "column_known"),
        (workbook(Storage=filled.STORAGE * 2), "xlsx", "duplicate_key"),
        (b"", "csv", "file_readable"),
        (b"PK\x03\x04", "csv", "file_readable"),
        (FLAT.encode(), "xlsx", "file_readable"),
        (FLAT.encode(), "parquet", "file_readable"),
        (FLAT.encode("utf-16"), "csv", "text_utf8"),
        (FLAT.replace("need", "\xe9").encode("latin-1"), "csv", "text_utf8"),
        (FLAT.replace("need", "n\0ed").encode(), "csv", "text_utf8"),
        (FLAT.replace("need,", "=HYPERLINK(1),").encode(), "csv", "name_valid"),
        (FLAT.replace("need,", "@need,").encode(), "csv", "name_valid"),
        (FLAT.replace("need,A", "sell,A").encode(), "csv", "order_said_once"),
        (FLAT.replace("carrier", "fuel").encode(), "csv", "column_present"),
        (FLAT.replace("19,19", "nan,inf").encode(), "csv", "number_finite"),
        (FLAT.replace("19,19", f'"{"9" * 300}",19').encode(), "csv", "field_length"),
        (FLAT.replace("step", ",".join(f"c{i}" for i in range(100))).encode(), "csv", "column_known"),
        (FLAT.encode() + b"a,b,c,d,e,f,g,h,i,j,k\n", "csv", "table_readable"),
        (zipped({"../curve_orders.csv": "x"}), "csv", "zip_names"),
        (zipped({"/curve_orders.csv": "x"}), "csv", "zip_names"),
        (zipped({"zones.csv": "zone\nA"}), "csv", "table_known"),
        (zipped({"curve_orders.csv": zipped({"a": "b"})}), "csv", "zip_not_nested"),
        (zipped({"inner.zip": "x"}), "csv", "zip_not_nested"),
        (zipped({f"t{i}.csv": "x" for i in range(101)}), "csv", "zip_entries"),
        (zipped({"curve_orders.csv": "x"}, zipfile.ZIP_BZIP2), "csv", "zip_plain"),
        (zipped({"curve_orders.parquet": b"PAR1 no"}), "parquet", "table_readable"),
        (zipped({"curve_orders.parquet": b"PAR1 no"}), "csv", "table_known"),
        (zipped({"xl/workbook.xml": "<a/>", "[Content_Types].xml": "<!DOCTYPE a><a/>"}), "xlsx", "workbook_plain"),
        (zipped({"xl/workbook.xml": "<a/>", "[Content_Types].xml": "<a/>", "x.bin": "."}), "xlsx", "workbook_plain"),
        (zipped({"xl/workbook.xml": "<a/>", "[Content_Types].xml": "<a>"}), "xlsx", "file_readable"),
        (
            zipped(
                {
                    "xl/workbook.xml": "<?xml version='1.0' encoding='U'?><a>\xe9</a>".encode("latin-1"),
                    "[Content_Types].xml": "<a/>",
                }
            ),
            "xlsx",
            "file_readable",
        ),
    ],
)
def test_a_hostile_or_broken_file_is_refused_with_its_rule(data, kind, rule):
    assert rule in rules(data, kind)


def test_a_file_that_is_larger_than_it_says_is_refused_while_it_is_unpacked():
    bomb = zipped({"curve_orders.csv": b"0" * 3_000_000})
    limits = FileLimits(max_unpacked=1_000_000)
    assert rules(bomb, "csv", limits=limits) == {"file_size"}
    at = bomb.index(b"PK\x01\x02") + 24
    lie = bomb[:at] + (10).to_bytes(4, "little") + bomb[at + 4 :]
    assert rules(lie, "csv", limits=limits) <= {"file_size", "file_readable"}
    assert rules(b"0" * 100, "csv", limits=FileLimits(max_bytes=99)) == {"file_size"}
    assert rules(FLAT.encode(), "csv", limits=FileLimits(max_rows=2)) == {"file_size"}
    assert rules(table_zip(TABLES, "parquet"), "parquet", limits=FileLimits(max_rows=2)) >= {"file_size"}


def changed_part(data, old, new):
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        parts = {n: file.read(n) for n in file.namelist()}
    return zipped({n: c.replace(old, new) for n, c in parts.items()})


@pytest.mark.parametrize("place", [b"XFD1048576", b"A9999999", b"ZZZZZZ1", b"A0x"])
def test_a_cell_at_the_end_of_the_world_takes_no_memory(place):
    assert rules(changed_part(workbook(Curves=CURVES), b'r="A2"', b'r="' + place + b'"'), "xlsx") & {
        "sheet_size", "file_readable"
    }  # fmt: skip


def test_a_long_text_that_many_cells_share_takes_no_memory():
    rows = [dict(CURVES[0], zone="x" * 1001) for _ in range(3)]
    assert rules(workbook(Curves=rows), "xlsx") == {"field_length"}
    assert rules(workbook(Curves=CURVES), "xlsx", limits=FileLimits(max_sheet_cells=20)) == {"sheet_size"}
    assert rules(workbook(Curves=CURVES), "xlsx", limits=FileLimits(max_sheet_unpacked=999)) == {"file_size"}


def test_many_rows_in_few_bytes_take_no_memory():
    frame = pl.DataFrame({"order": ["x" * 100_000], "step": [1]}).select(pl.all().repeat_by(1000).explode())
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    packed = zipped({"curve_steps.parquet": buffer.getvalue()})
    assert "field_length" in rules(packed, "parquet")
    assert "file_size" in rules(packed, "parquet", limits=FileLimits(max_cells=1999))
    assert "file_size" in rules(FLAT.encode(), "csv", limits=FileLimits(max_cells=40))


def test_parquet_of_wrong_types_is_refused():
    wrong = TABLES | {"curve_steps": TABLES["curve_steps"].with_columns(pl.col("step").cast(pl.String))}
    assert "column_type" in rules(table_zip(wrong, "parquet"), "parquet")


def test_rights_hold_for_files_too():
    rights = Rights(may_trade=frozenset({("A", "electricity")}))
    assert "member_may_trade" in rules(FLAT.encode(), "csv", rights=rights)


def test_csv_rows_are_counted_as_in_the_file_after_rows_that_cannot_be_read():
    lines = FLAT.splitlines()
    text = "\n".join([lines[0], lines[1].replace("20,20", "x,20"), lines[2], lines[3].replace("19,19", "9999,9999")])
    found = {(m.where.split(",")[0], m.rule) for m in mistakes(text.encode(), "csv")}
    assert ("orders row 1", "field_readable") in found
    assert ("orders row 3", "price_limits") in found


VALID = {
    "csv": [FLAT.encode(), table_zip(TABLES)], "parquet": [table_zip(TABLES, "parquet")],
    "xlsx": [workbook(**EVERY_SHEET)],
}  # fmt: skip


def judged(data, kind):
    try:
        return read_file(MARKET, data, kind)
    except BadInput as error:
        return error.mistakes


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    data=st.binary(max_size=300),
    kind=st.sampled_from(["csv", "parquet", "xlsx"]),
    start=st.sampled_from([b"", b"PK\x03\x04"]),
)
def test_random_bytes_are_refused_and_nothing_else_happens(data, kind, start):
    assert judged(start + data, kind)


@st.composite
def mutated(draw):
    kind = draw(st.sampled_from(sorted(VALID)))
    data = bytearray(draw(st.sampled_from(VALID[kind])))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data) - 1))
        data[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(data), kind


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=mutated())
def test_a_valid_file_with_changed_bytes_is_taken_or_refused_and_nothing_else_happens(case):
    assert judged(*case)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), kind=st.sampled_from(["csv", "parquet", "xlsx"]))
def test_changed_bytes_inside_a_zip_are_taken_or_refused_and_nothing_else_happens(data, kind):
    with zipfile.ZipFile(io.BytesIO(VALID[kind][-1])) as file:
        parts = {n: file.read(n) for n in file.namelist()}
    name = data.draw(st.sampled_from(sorted(parts)))
    content = bytearray(parts[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    assert judged(zipped(parts | {name: bytes(content)}), kind)
