"""Documents, tables and payloads say the same."""

import dataclasses

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.service.intake.market_day import body, every_document, parsed, terms, time

from walras.book.hashing import market_hash
from walras.errors import BadInput
from walras.service.intake.check import Submission, check
from walras.service.intake.documents import parse
from walras.service.intake.payload import book_of, decode, digest, encode, kin, order_names
from walras.service.intake.rows import documents_of
from walras.service.intake.tables import canonical, tables_of

NUMBER = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))
PLACE = {"zone": st.sampled_from("AB"), "carrier": st.just("electricity")}
SIDED = PLACE | {"side": st.sampled_from(["supply", "demand"])}
MAYBE = st.none() | NUMBER
TIMES = [time(h, m) for h in range(3) for m in (0, 15, 30)]


def record(**fields):
    """Objects whose fields that are None are left out."""
    return st.fixed_dictionaries(fields).map(lambda d: {k: v for k, v in d.items() if v is not None})


def periods(**fields):
    return st.lists(record(mtu_start=st.sampled_from(TIMES), **fields), min_size=1, max_size=3,
                    unique_by=lambda p: p["mtu_start"])  # fmt: skip


STEPS = st.lists(record(price_per_mwh=NUMBER, price_end_per_mwh=MAYBE, quantity_mw=NUMBER), min_size=1, max_size=3)
PLAIN = st.lists(record(price_per_mwh=NUMBER, quantity_mw=NUMBER), min_size=1, max_size=3)
MINUTES = st.none() | st.integers(1, 120)
SCALABLE = SIDED | {
    "fixed_term": NUMBER, "gradient_up_mw": MAYBE, "gradient_down_mw": MAYBE,
    "stop_mtus": st.none() | st.integers(0, 4),
    "mtus": periods(minimum_mw=MAYBE, steps=PLAIN),
}  # fmt: skip
ORDER = st.one_of(
    record(family=st.just("curve"), **SIDED, mtus=periods(minutes=MINUTES, steps=STEPS)),
    record(family=st.just("block"), **SIDED, price_per_mwh=NUMBER, min_acceptance_ratio=NUMBER,
           legs=periods(minutes=MINUTES, quantity_mw=NUMBER), group=st.none() | st.sampled_from(["g", "h"])),
    record(family=st.just("flexible"), **SIDED, price_per_mwh=NUMBER, quantity_mw=NUMBER, minutes=st.integers(1, 60),
           window_start=st.none() | st.sampled_from(TIMES), window_end=st.none() | st.sampled_from(TIMES)),
    record(family=st.just("scalable"), **SCALABLE),
    record(family=st.just("conversion"), **SCALABLE,
           input=record(zone=st.just("B"), carrier=st.just("gas"), efficiency=NUMBER, outside_share=MAYBE)),
    record(family=st.just("storage"), **PLACE, charge_mw=NUMBER, discharge_mw=NUMBER, capacity_mwh=NUMBER,
           spread_per_mwh=NUMBER, fixed_term=MAYBE, end_mwh=MAYBE, hourly_loss=MAYBE),
)  # fmt: skip


@st.composite
def order_lists(draw):
    orders = draw(st.lists(ORDER, min_size=1, max_size=4))
    named = [o | {"order": f"o{i}"} for i, o in enumerate(orders)]
    blocks = [o for o in named if o["family"] == "block"]
    for child, parent in zip(blocks[1:], blocks[:-1], strict=True):
        if draw(st.booleans()):
            child["parents"] = [parent["order"]]
    return named


def same(one, other):
    return one.keys() == other.keys() and all(one[k].equals(other[k]) for k in one)


@settings(max_examples=100, deadline=None)
@given(orders=order_lists())
def test_documents_and_tables_and_payloads_say_the_same(orders):
    documents = parse(body(*orders))
    tables = tables_of(documents)
    again = documents_of(tables)
    assert same(canonical(tables_of(again)), canonical(tables))
    assert documents_of(tables_of(again)) == again
    assert parse(encode(again)) == again
    assert decode(encode(documents)) == documents
    assert same(decode(encode(tables)), canonical(tables))
    assert digest(documents) == digest(tables) == digest(again)
    assert order_names(documents) == order_names(tables)
    assert kin(documents) == kin(tables)


def test_order_tables_are_those_of_the_market_folder():
    tables = tables_of(parsed(*every_document()))
    assert tables["curve_steps"].row(1) == ("sell", tables["curve_steps"]["mtu_start"][0], None, 2, 21.0, 21.0, 5.0)
    assert tables["block_links"].rows() == [("child", "parent")]
    assert tables["exclusive_groups"].rows() == [("choice", "one"), ("choice", "two")]
    assert tables["conversions"].rows() == [("turbine", "B", "electricity", 0.5, 0.25)]
    assert tables["storage_orders"]["spread_cur_per_mwh"].to_list() == [1.5]
    assert tables["scalable_minimums"].height == 2


def test_the_digest_sees_every_change_of_content_and_no_change_of_order():
    orders = every_document()
    seen = {digest(parsed(*orders)), digest(parsed(*orders[::-1]))}
    assert len(seen) == 1
    tables = tables_of(parsed(*orders))
    for name, frame in tables.items():
        for column in frame.columns:
            value = frame[column][0]
            if isinstance(value, float):
                changed = frame.with_columns(
                    pl.when(pl.int_range(pl.len()) == 0).then(value + 1).otherwise(column).alias(column)
                )
                seen.add(digest(tables | {name: changed}))
    assert len(seen) > 15


def test_an_empty_number_is_not_zero_in_the_digest():
    orders = every_document()
    without = {k: v for k, v in orders[-3].items() if k != "gradient_up_mw"}
    assert digest(parsed(orders[-3], orders[-2])) != digest(parsed(without, orders[-2]))
    assert digest(parsed(orders[-3] | {"gradient_up_mw": 0.0}, orders[-2])) != digest(parsed(without, orders[-2]))


def test_the_book_of_a_session_holds_live_orders_of_all_members_whatever_they_were_sent_as():
    market, documents = terms(), parsed(*every_document())
    live = set(order_names(documents)) - {"sell", "battery"}
    as_json = book_of(market, [("M-1", encode(documents), live), ("M-2", encode(documents), set())])
    as_file = book_of(market, [("M-1", encode(tables_of(documents)), live)])
    assert market_hash(as_json) == market_hash(as_file)
    assert as_json.curves.name == ("M-1.need",)
    assert as_json.curves.member == ("M-1",)
    both = book_of(market, [(m, encode(documents), live) for m in ("M-1", "M-2")])
    assert both.blocks.member.count("M-2") == 4
    assert len(both.blocks.link_child) == 2


def test_a_part_of_a_family_is_no_book():
    with pytest.raises(BadInput, match="order_known"):
        book_of(terms(), [("M-1", encode(parsed(*every_document())), {"child"})])


def test_kin_is_the_first_name_of_a_family_and_nothing_for_an_order_alone():
    labels = kin(parsed(*every_document()))
    assert labels["parent"] == labels["child"] == "child"
    assert labels["one"] == labels["two"] == "one"
    assert labels["sell"] == labels["turbine"] == ""


def test_every_family_passes_the_check():
    market = terms()
    documents = parsed(*every_document())
    assert check(market, [Submission("M-1", documents), Submission("M-1", tables_of(documents))]) == [[], []]
    assert dataclasses.is_dataclass(market)


@given(st.data())
def test_a_payload_that_was_cut_is_refused_by_rule(data):
    for orders in (parsed(*every_document()), tables_of(parsed(*every_document()))):
        content = encode(orders)
        with pytest.raises(BadInput) as wrong:
            decode(content[: data.draw(st.integers(1, len(content) - 1))])
        assert [m.rule for m in wrong.value.mistakes] == ["payload_reads"]
