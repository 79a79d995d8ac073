"""Bundles of a result whose losers are compensated: the difference amount is public, who is paid only by pseudonym."""

import shutil

import polars as pl
import pytest
from tests.results.publication.published import KEY, NOW, RING, change, failed, publication_of, resign, table
from tests.results.test_compensation import two_losers

from walras.results.publication import (
    Facts,
    certify,
    verify,
    write_member_bundle,
    write_public_bundle,
    write_regulator_bundle,
)
from walras.results.publication.tables import COLUMNS, COMPENSATED, csv_of

CHECKS = {"public": 10, "member": 12, "regulator": 14}


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """A good bundle of each level, not to be changed; the member is that of S, which is paid 30."""
    place, said = tmp_path_factory.mktemp("bundles"), publication_of(two_losers())
    signed = certify(said, Facts(session="S-1", stage="final"), KEY, NOW)
    write_public_bundle(place / "public", said, signed, KEY, NOW)
    write_member_bundle(place / "member", said, signed, KEY, NOW, "M-0003")
    write_regulator_bundle(place / "regulator", said, signed, KEY, NOW)
    return place


@pytest.fixture
def copy(bundles, tmp_path):
    return lambda level: shutil.copytree(bundles / level, tmp_path / level)


@pytest.mark.parametrize("level", CHECKS)
def test_a_published_result_verifies(bundles, level):
    done = verify(bundles / level, RING)
    assert [(c.name, c.found) for c in done.checks if not c.is_ok] == []
    assert len(done.checks) == CHECKS[level]
    assert "differences" in {c.name for c in done.checks}


def test_the_public_sees_amounts_and_pseudonyms_and_no_order(bundles):
    amounts, paid = table(bundles / "public", "difference_amounts"), table(bundles / "public", "compensated_orders")
    # Sellers: 10 MWh of the curve, 20 of S. Buyers: 10 of the curve, 10 of B0, 10 of B1.
    assert amounts.rows() == [("purchase", 20.0, 30.0), ("sale", 30.0, 30.0), ("rounding", 0.0, 60.0)]
    assert sorted(row[1:] for row in paid.iter_rows()) == [
        ("block", "A", "electricity", "demand", 10.0, 20.0),
        ("block", "A", "electricity", "supply", 20.0, 30.0),
    ]
    book = two_losers()
    told = "".join(f.read_text() for f in (bundles / "public" / "published").iterdir())
    assert not [m for f in (book.blocks, book.curves) for m in f.member if m in told]
    assert not set(paid["pseudonym"]) & {*book.blocks.name}


@pytest.mark.parametrize(
    ("name", "column", "by"),
    [
        ("difference_amounts", "amount_eur", 1.0),
        ("difference_amounts", "energy_mwh", 1.0),
        ("compensated_orders", "compensation_eur", 1.0),
        ("compensated_orders", "compensation_eur", -1000.0),
        ("compensated_orders", "accepted_mwh", -1000.0),
    ],
)
def test_the_public_finds_a_false_figure(copy, name, column, by):
    bundle = copy("public")
    change(bundle, name, column, 0, by)
    resign(bundle)
    assert failed(verify(bundle, RING)) == {"differences"}


def test_the_public_finds_an_order_that_is_paid_twice_or_has_no_side(copy):
    bundle = copy("public")
    paid = table(bundle, "compensated_orders")
    file = bundle / "published" / "compensated_orders.csv"
    for forged in (pl.concat([paid, paid]), paid.with_columns(side=pl.lit("both"))):
        file.write_bytes(csv_of(forged))
        resign(bundle)
        assert failed(verify(bundle, RING)) == {"differences"}


def test_the_member_finds_that_its_order_is_paid_less_though_the_sums_agree(copy):
    bundle = copy("member")
    paid = table(bundle, "compensated_orders")
    mine = paid["side"] == "supply"
    less = paid.with_columns(compensation_eur=paid["compensation_eur"] - mine.cast(pl.Float64))
    (bundle / "published" / "compensated_orders.csv").write_bytes(csv_of(less))
    change(bundle, "difference_amounts", "amount_eur", 1, -1.0)
    resign(bundle)
    assert failed(verify(bundle, RING)) == {"acceptances"}


def test_the_regulator_finds_the_same(copy):
    bundle = copy("regulator")
    change(bundle, "compensated_orders", "compensation_eur", 0, -1.0)
    change(bundle, "difference_amounts", "amount_eur", 0, -1.0)
    change(bundle, "difference_amounts", "amount_eur", 1, -1.0)
    resign(bundle)
    assert "published" in failed(verify(bundle, RING))


def test_a_bundle_without_the_difference_amount_is_none_of_such_a_market(copy):
    bundle = copy("public")
    for name in COMPENSATED:
        (bundle / "published" / f"{name}.csv").unlink()
    resign(bundle)
    assert failed(verify(bundle, RING)) == {"tables"}


def test_the_tables_of_other_profiles_are_those_that_they_were():
    assert len(COLUMNS) == 9
    assert not set(COLUMNS) & set(COMPENSATED)
