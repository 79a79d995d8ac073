"""Every rule of the door once, and the same judgement in any batch."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.service.intake.market_day import (
    block,
    body,
    conversion,
    curve,
    every_document,
    flexible,
    parsed,
    scalable,
    storage,
    terms,
    time,
)
from tests.service.intake.test_files import LONG

from walras.errors import BadInput
from walras.service.intake.check import Submission, check
from walras.service.intake.documents import parse
from walras.service.intake.rights import Rights
from walras.service.intake.tables import tables_of

MARKET = terms()


def found(*orders, rights=None, market=MARKET):
    (mistakes,) = check(market, [Submission("M-1", parsed(*orders), rights or Rights())])
    return [(m.where, m.rule) for m in mistakes]


def shape(raw):
    with pytest.raises(BadInput) as caught:
        parse(raw if isinstance(raw, bytes) else body(raw))
    return [(m.where, m.rule) for m in caught.value.mistakes]


@pytest.mark.parametrize(
    ("raw", "mistake"),
    [
        (b"", ("body", "document_readable")),
        (b"{", ("body", "document_readable")),
        (b'{"orders": ' + b"[" * 5000, ("body", "document_readable")),
        (b"\xff\xfe", ("body", "document_readable")),
        (b"[]", ("body", "document_field_type")),
        (b'{"orders": []}', ("orders", "document_size")),
        (b'{"orders": [1]}', ("orders[0]", "document_field_type")),
        (b'{"orders": [], "more": 1}', ("more", "document_field_known")),
        (curve() | {"family": "smart"}, ("orders[0]", "document_family")),
        ({"order": "x"}, ("orders[0]", "document_family")),
        (curve() | {"order": "=1+1"}, ("orders[0].order", "name_valid")),
        (curve() | {"order": "a" * 41}, ("orders[0].order", "name_valid")),
        (curve() | {"order": "a\n"}, ("orders[0].order", "name_valid")),
        (curve() | {"order": 5}, ("orders[0].order", "document_field_type")),
        (curve() | {"side": "both"}, ("orders[0].side", "document_field_type")),
        (curve() | {"zone": "x" * 101}, ("orders[0].zone", "document_size")),
        (block(price_per_mwh="12"), ("orders[0].price_per_mwh", "document_field_type")),
        (block(price_per_mwh=True), ("orders[0].price_per_mwh", "document_field_type")),
        (block(price_per_mwh=float("nan")), ("orders[0].price_per_mwh", "number_finite")),
        (block(price_per_mwh=float("inf")), ("orders[0].price_per_mwh", "number_finite")),
        (body(block(price_per_mwh=7.5)).replace(b"7.5", b"1e999"), ("orders[0].price_per_mwh", "number_finite")),
        (flexible(minutes=30.5), ("orders[0].minutes", "document_field_type")),
        (flexible(window_start="2025-02-30T00:00:00Z"), ("orders[0].window_start", "document_field_type")),
        (flexible(window_start="2025-02-20T00:00:00"), ("orders[0].window_start", "document_field_type")),
        (flexible(window_start=1743465600), ("orders[0].window_start", "document_field_type")),
        (block(colour="red"), ("orders[0].colour", "document_field_known")),
        ({k: v for k, v in block().items() if k != "legs"}, ("orders[0].legs", "document_field_present")),
    ],
)
def test_the_shape_of_a_document_is_strict(raw, mistake):
    assert mistake in shape(raw)


def test_many_mistakes_of_shape_are_counted():
    assert len(shape(body(*[block(colour="red") for _ in range(100)]))) == 21


@pytest.mark.parametrize(
    ("order", "mistake"),
    [
        (curve(zone="Z"), ("orders[0], order 'sell'", "zone_known")),
        (curve(side="demand", mtus=curve()["mtus"]), ("orders[0].mtus[0].steps[1], order 'sell'", "curve_monotone")),
        (block(price_per_mwh=5000.0), ("orders[0], order 'block'", "price_limits")),
        (block(price_per_mwh=5.001), ("orders[0], order 'block'", "price_on_tick")),
        (block(legs=[{"mtu_start": time(9), "quantity_mw": 1.0}]),
         ("orders[0].legs[0], order 'block'", "inside_horizon")),
        (storage(spread_per_mwh=-1.0), ("orders[0], order 'battery'", "spread_not_negative")),
        (scalable(gradient_up_mw=-1.0), ("orders[0], order 'scalable'", "gradient_not_negative")),
        (conversion(input={"zone": "Z", "carrier": "electricity", "efficiency": 1.0}),
         ("orders[0].input, order 'turbine'", "zone_known")),
        (block(parents=["gone"]), ("orders[0].parents[0], child 'block'", "family_whole")),
    ],
)  # fmt: skip
def test_a_mistake_says_where_in_the_document_it_is(order, mistake):
    assert mistake in found(order)


def test_one_name_belongs_to_one_order():
    assert found(curve("x"), block("x")) == [("orders[1], order 'x'", "order_unique")]


def test_a_parent_of_another_submission_is_no_parent():
    first, second = Submission("M-1", parsed(block("parent"))), Submission("M-1", parsed(block(parents=["parent"])))
    assert [[m.rule for m in f] for f in check(MARKET, [first, second])] == [[], ["family_whole"]]


@pytest.mark.parametrize(
    ("rights", "mistake"),
    [
        (Rights(may_trade=frozenset({("B", "electricity")})), ("orders[6], order 'flexible'", "member_may_trade")),
        (Rights(may_trade=frozenset({("A", "electricity")})), ("orders[8].input, order 'turbine'", "member_may_trade")),
        (Rights(max_orders=9), ("submission", "member_limit")),
        (Rights(max_orders=11, live_orders=2), ("submission", "member_limit")),
        (Rights(max_steps=16), ("submission", "member_limit")),
        (Rights(max_mw=9.9), ("orders[0].mtus[0].steps[0], order 'sell'", "member_limit")),
        (Rights(max_mw=2.9), ("orders[9], order 'battery'", "member_limit")),
        (Rights(max_mw=3.9), ("orders[6], order 'flexible'", "member_limit")),
    ],
)
def test_rights_are_kept(rights, mistake):
    assert mistake in found(*every_document(), rights=rights)


def test_rights_that_suffice_do():
    rights = Rights(frozenset({("A", "electricity"), ("B", "electricity")}), 12, 2, 17, 10.0)
    assert found(*every_document(), rights=rights) == []


def long_curve(*hours):
    times = [f"2025-10-{25 + (h + 22) // 24}T{(h + 22) % 24:02d}:00:00Z" for h in hours]
    return curve(mtus=[{"mtu_start": t, "steps": [{"price_per_mwh": 1.0, "quantity_mw": 1.0}]} for t in times])


def test_a_submission_that_stops_after_24_of_25_hours_was_written_for_another_day():
    day, whole, half = long_curve(*range(24)), long_curve(*range(25)), long_curve(*range(12))
    batch = [Submission("M-1", parsed(o)) for o in (whole, day, half)]
    assert [[m.rule for m in f] for f in check(LONG, batch)] == [[], ["mtus_complete"], []]
    assert check(LONG, batch[::2]) == [[], []]


BAD = [
    curve(zone="Z"), block(price_per_mwh=5000.0), block(parents=["gone"]), storage(spread_per_mwh=-1.0),
    flexible(quantity_mw=99.0),
]  # fmt: skip
LIMITED = Rights(max_mw=50.0)
SUBMISSION = st.builds(
    lambda member, orders, as_tables: Submission(member, tables_of(orders) if as_tables else orders, LIMITED),
    st.sampled_from(["M-1", "M-2"]),
    st.sampled_from([parsed(o) for o in (*BAD, *every_document()[:3], *every_document()[6:])]) | st.just(()),
    st.booleans(),
)


@settings(max_examples=40, deadline=None)
@given(batch=st.lists(SUBMISSION, max_size=8))
def test_a_submission_is_judged_the_same_in_any_batch(batch):
    assert check(MARKET, batch) == [check(MARKET, [s])[0] for s in batch]


def test_numbers_too_long_for_a_machine_are_mistakes():
    raw = body(block(price_per_mwh=7.5)).replace(b"7.5", b"9" * 400)
    assert shape(raw)[0][1] in {"number_finite", "document_field_type", "document_readable"}
    assert json.loads(raw)
