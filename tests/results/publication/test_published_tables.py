"""Published tables by hand, leaves of orders, and random markets that verify whatever is in them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builders import one_zone
from tests.results.publication.published import KEY, NOW, RING, publication, publication_of
from tests.results.rich import rich_book, rich_results
from tests.second_opinion import random_markets
from tests.second_opinion.carrier_markets import carrier_market

from walras.book.folder import read, write
from walras.errors import BadInput
from walras.results.publication import (
    Facts,
    Publication,
    certify,
    verify,
    write_member_bundle,
    write_public_bundle,
    write_regulator_bundle,
)
from walras.results.publication.curves import points_of, spans_of, volume_at
from walras.results.publication.leaves import order_leaves, pseudonym_of, salt_of
from walras.results.raw import Raw

few = settings(derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
chances = st.randoms(use_true_random=False)
kinds = (random_markets.curve_market, random_markets.indivisible_market, random_markets.day_market, carrier_market)
SECRET = b"\5" * 32


def points(book):
    p = points_of(Raw(book), spans_of(Raw(book)))
    return list(
        zip(p.curve.tolist(), p.price.tolist(), p.inside.tolist(), p.upto.tolist(), p.sloped.tolist(), strict=True)
    )


def test_an_aggregated_curve_by_hand():
    # 10 MW flat at 5, 20 MW that rise from 5 to 9; two members buy 30 MW at 90 together, 7 MW at 20.
    said = one_zone().sells("A", 10, at=5).sells("A", 20, at=5, to=9).buys("A", 25, at=90)
    book = said.buys("A", 5, at=90).buys("A", 7, at=20).book()
    assert points(book) == [
        (0, 90.0, 0.0, 30.0, 0),
        (0, 20.0, 30.0, 37.0, 0),
        (1, 5.0, 0.0, 10.0, 1),
        (1, 9.0, 30.0, 30.0, 0),
    ]
    raw = Raw(book)
    inside, upto, sloped = volume_at(points_of(raw, spans_of(raw)), np.array([-1.0, 1.0]), np.array([20.0, 6.0]))
    assert (inside.tolist(), upto.tolist(), sloped.tolist()) == ([30.0, 15.0], [37.0, 15.0], [0, 1])
    inside, upto, _ = volume_at(points_of(raw, spans_of(raw)), np.array([-1.0, 1.0]), np.array([91.0, 4.0]))
    assert (inside.tolist(), upto.tolist()) == ([0.0, 0.0], [0.0, 0.0])


def test_published_volumes_by_hand():
    said = one_zone().sells("A", 100, at=10).buys("A", 60, at=90).block("b", "A", "supply", 5, 20)
    published = publication_of(said.book()).published
    assert published["aggregated_volumes"].select("side", "curve_mw", "indivisible_mw").rows() == [
        ("demand", 60.0, 0.0),
        ("supply", 40.0, 20.0),
    ]
    assert published["curve_volumes"].select("side", "offered_mw", "accepted_mw").rows() == [
        ("demand", 60.0, 60.0),
        ("supply", 100.0, 40.0),
    ]


def test_a_paradoxically_rejected_order_stands_under_its_pseudonym():
    p = publication("carriers")
    rows = p.published["paradoxically_rejected"]
    assert rows.height == 2
    names = {pseudonym_of(p.secret, n): n for n in p.book.blocks.name}
    said = dict(zip(p.book.blocks.name, p.outcomes.block.surplus.tolist(), strict=True))
    for row in rows.iter_rows(named=True):
        missed = said[names[row["pseudonym"]]]
        assert row["missed_surplus_eur"] == pytest.approx(missed)
        assert row["distance_eur_per_mwh"] == pytest.approx(missed / row["offered_mwh"])


def test_a_leaf_is_of_its_order_alone():
    book = rich_book()
    whole = order_leaves(book, SECRET)
    assert len(whole) == len(set(whole.values()))
    other = replace(book, curves=replace(book.curves, quantity=book.curves.quantity + (book.curves.step_order == 0)))
    changed = {n for n, leaf in order_leaves(other, SECRET).items() if leaf != whole[n]}
    assert changed == {book.curves.name[0]}


@pytest.mark.parametrize(
    ("family", "column"),
    [
        (f, c)
        for f, columns in {
            "curves": "side quantity price_start price_end step_number step_cells grid",
            "blocks": "side price min_acceptance_ratio leg_quantity leg_cell group link_parent link_child",
            "flexibles": "side price quantity first_cell choices cells",
            "scalables": "fixed_term gradient_up gradient_down stop_cells price quantity step_cell minimum_quantity",
            "storages": "charge discharge spread fixed_term capacity start end charge_efficiency discharge_efficiency "
            "hourly_loss",
        }.items()
        for c in columns.split()
    ],
)
def test_every_column_of_an_order_is_in_its_leaf(family, column):
    book = rich_book()
    orders = getattr(book, family)
    values = getattr(orders, column).copy()
    values[0] = {"side": -values[0], "link_parent": values[0] - 1}.get(column, values[0] + 1)
    other = replace(book, **{family: replace(orders, **{column: values})})
    assert order_leaves(other, SECRET) != order_leaves(book, SECRET)


def test_member_and_input_of_an_order_are_in_its_leaf():
    book = rich_book()
    other = replace(book, curves=replace(book.curves, member=("another", *book.curves.member[1:])))
    assert order_leaves(other, SECRET) != order_leaves(book, SECRET)
    conversions = replace(book.scalables.conversions, efficiency=book.scalables.conversions.efficiency / 2)
    other = replace(book, scalables=replace(book.scalables, conversions=conversions))
    assert order_leaves(other, SECRET) != order_leaves(book, SECRET)


def test_salts_and_pseudonyms_differ_by_order_and_by_session():
    made = {f(s, n) for f in (salt_of, pseudonym_of) for s in (SECRET, bytes(32)) for n in ("a", "b")}
    assert len(made) == 8
    assert order_leaves(rich_book(), SECRET).items().isdisjoint(order_leaves(rich_book(), bytes(32)).items())


def test_a_market_with_one_of_everything_verifies_at_every_level(tmp_path):
    verify_everywhere(Publication(rich_book(), rich_results(), {"gap": 0.01}, SECRET), tmp_path)


@pytest.mark.parametrize("many", [4, pytest.param(24, marks=pytest.mark.drill)])
def test_random_markets_verify_at_every_level(tmp_path_factory, many):
    @settings(few, max_examples=many)
    @given(st.sampled_from(kinds), chances)
    def verifies(kind, chance):
        place, book = tmp_path_factory.mktemp("market"), kind(chance).book()
        write(book, place / "market")
        try:
            read(place / "market")
        except BadInput:
            return  # builders can make markets that no folder may hold
        verify_everywhere(publication_of(book), place)

    verifies()


def test_a_market_without_curves_or_without_any_order_verifies(tmp_path):
    said = one_zone().block("s", "A", "supply", 5, 20).block("d", "A", "demand", 50, 20)
    verify_everywhere(publication_of(said.book()), tmp_path / "blocks")
    verify_everywhere(publication_of(one_zone().book()), tmp_path / "nothing")


def test_an_order_that_is_tied_to_another_members_gets_no_bundle(tmp_path):
    said = one_zone().sells("A", 100, at=10).buys("A", 60, at=90)
    said.block("p", "A", "supply", 5, 20).block("c", "A", "supply", 5, 20, parents=["p"])
    p = publication_of(said.book())
    certificate = certify(p, Facts("S"), KEY, NOW)
    with pytest.raises(BadInput, match="link_own"):
        write_member_bundle(tmp_path / "b", p, certificate, KEY, NOW, p.book.blocks.member[0])
    with pytest.raises(BadInput, match="member_orders"):
        write_member_bundle(tmp_path / "b", p, certificate, KEY, NOW, "nobody")


def verify_everywhere(publication, place):
    book = publication.book
    certificate = certify(publication, Facts("S"), KEY, NOW)
    write_public_bundle(place / "public", publication, certificate, KEY, NOW)
    write_regulator_bundle(place / "regulator", publication, certificate, KEY, NOW)
    families = (book.curves, book.blocks, book.flexibles, book.scalables, book.storages)
    members = sorted({m for f in families for m in f.member})[:4]
    for member in members:
        try:
            write_member_bundle(place / member, publication, certificate, KEY, NOW, member)
        except BadInput as error:
            if "link_own" not in str(error):  # linked to an order of another member
                raise
    for level in (place / "public", place / "regulator", *(place / m for m in members if (place / m).exists())):
        assert [(c.name, c.found) for c in verify(level, RING).checks if not c.is_ok] == []
