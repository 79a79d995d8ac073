"""An operator who signs what is not so: hashes hold and signatures count, and the figures still give it away."""

import json
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.results.publication.published import (
    KEY,
    LEVELS,
    NOW,
    RING,
    change,
    failed,
    publication,
    resign,
    table,
    write_level,
)

from walras.results.publication import canonical_json, verify
from walras.results.publication.bundles import sign_manifest
from walras.results.publication.tables import csv_of

some = settings(derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """A good bundle of each level, not to be changed."""
    place = tmp_path_factory.mktemp("bundles")
    return {level: write_level(place / level, level) for level in LEVELS}


@pytest.fixture
def copy(bundles, tmp_path):
    """A copy of one level's bundle."""
    return lambda level: shutil.copytree(bundles[level], tmp_path / level)


def test_signing_again_without_a_change_is_no_tampering(copy):
    for level in LEVELS:
        bundle = copy(level)
        resign(bundle)
        assert verify(bundle, RING).is_ok


@pytest.mark.parametrize(
    ("name", "column", "by", "finds"),
    [
        ("prices", "price_eur_per_mwh", 7.0, {"curves", "network"}),
        ("prices", "price_eur_per_mwh", 0.001, {"prices"}),
        ("prices", "price_eur_per_mwh", 9e9, {"prices"}),
        ("net_positions", "net_position_mw", 1.0, {"balance"}),
        ("net_positions", "rounded_volumes", -1.0, {"balance"}),
        ("scheduled_exchanges", "exchange_mw", 1e5, {"network", "balance"}),
        ("border_exchanges", "exchange_mw", 1e5, {"network", "balance"}),
        ("aggregated_volumes", "curve_mw", 1.0, {"balance", "curves"}),
        ("aggregated_volumes", "indivisible_mw", 1.0, {"balance"}),
        ("curve_volumes", "accepted_mw", 1.0, {"curves"}),
        ("curve_volumes", "offered_mw", 1.0, {"curves"}),
        ("aggregated_curves", "upto_mw", -1.0, {"curves"}),
        ("aggregated_curves", "inside_mw", -1.0, {"curves"}),
        ("aggregated_curves", "sloped_steps", -9, {"curves"}),
        ("prices", "minutes", 15, {"tables"}),
        ("prices", "price_eur_per_mwh", float("nan"), {"tables"}),
    ],
)
def test_the_public_finds_a_false_figure(copy, name, column, by, finds):
    bundle = copy("public")
    change(bundle, name, column, 0, by)
    resign(bundle)
    assert failed(verify(bundle, RING)) & finds


@pytest.mark.parametrize(
    "name", ["prices", "net_positions", "aggregated_volumes", "curve_volumes", "scheduled_exchanges"]
)
def test_the_public_finds_a_row_that_is_missing_or_doubled(copy, name):
    bundle = copy("public")
    rows = table(bundle, name)
    for other in (rows[1:], rows[[0, *range(rows.height)]]):
        (bundle / "published" / f"{name}.csv").write_bytes(csv_of(other))
        resign(bundle)
        assert failed(verify(bundle, RING)) & {"tables", "curves"}


def test_the_network_check_alone_finds_a_line_that_carries_too_much(copy):
    bundle = copy("public")
    change(bundle, "scheduled_exchanges", "exchange_mw", 0, 1e5)
    change(bundle, "scheduled_exchanges", "received_mw", 0, 1e5)
    resign(bundle)
    done = verify(bundle, RING)
    found = next(c.found for c in done.checks if c.name == "network")
    assert any("line_capacity" in text for text in found)


def test_a_table_that_is_not_the_certificates_fails(copy):
    bundle = copy("public")
    change(bundle, "border_exchanges", "exchange_mw", 0, 0.0001)
    sign_manifest(bundle, "public", KEY, NOW)
    assert failed(verify(bundle, RING)) >= {"tables"}


@pytest.mark.parametrize("many", [8, pytest.param(40, marks=pytest.mark.drill)])
def test_the_regulator_finds_every_false_figure(bundles, tmp_path_factory, many):
    @settings(some, max_examples=many)
    @given(st.data())
    def finds(data):
        bundle = shutil.copytree(bundles["regulator"], tmp_path_factory.mktemp("b") / "b")
        name = data.draw(st.sampled_from(sorted(n for n, t in publication().published.items() if t.height)))
        rows = table(bundle, name)
        column = data.draw(st.sampled_from([c for c, kind in rows.schema.items() if kind.is_numeric()]))
        by = data.draw(st.sampled_from([1, -1, 5]))
        change(bundle, name, column, data.draw(st.integers(0, rows.height - 1)), by)
        resign(bundle)
        assert failed(verify(bundle, RING))

    finds()


@pytest.mark.parametrize("field", ["market", "profile", "delivery_day", "network_hash", "currency"])
def test_a_certificate_of_another_market_fails(copy, field):
    bundle = copy("public")
    resign(bundle, **{field: "0" * 64})
    assert "market" in failed(verify(bundle, RING))


@pytest.mark.parametrize(
    "changes",
    [
        {"gap": 5.0},
        {"welfare": "much"},
        {"format": "x"},
        {"more": 1},
        {"orders": {"root": "0"}},
        {"published": {}},
        {"result_hash": "short"},
        {"audit": {"verdict": "violations", "violations": 1}},
    ],
)
def test_a_certificate_that_is_none_fails(copy, changes):
    bundle = copy("public")
    old = json.loads((bundle / "certificate.json").read_bytes())["document"]
    (bundle / "certificate.json").write_bytes(KEY.sign({**old, **changes}, NOW).to_bytes())
    sign_manifest(bundle, "public", KEY, NOW)
    assert failed(verify(bundle, RING)) == {"certificate"}


@pytest.mark.parametrize(
    ("changes", "finds"),
    [
        ({"result_hash": "0" * 64}, {"result"}),
        ({"settings_hash": "0" * 64}, {"result"}),
        ({"status": "proven"}, {"result"}),
        ({"market_hash": "0" * 64}, {"book", "result"}),
        ({"orders": {"root": "0" * 64, "count": 1}}, {"book"}),
    ],
)
def test_the_regulator_finds_a_false_certificate(copy, changes, finds):
    bundle = copy("regulator")
    resign(bundle, **changes)
    assert failed(verify(bundle, RING)) == finds


def rewrite(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_a_member_finds_an_order_that_was_changed(copy):
    bundle = copy("member")
    file = bundle / "market" / "curve_steps.csv"
    line = file.read_text().splitlines()[1]
    cut = line.rpartition(",")
    rewrite(file, line, f"{cut[0]},{float(cut[2]) + 10}")
    resign(bundle)
    assert "inclusion" in failed(verify(bundle, RING))


def test_a_member_finds_proofs_that_prove_nothing(copy):
    bundle = copy("member")
    file = bundle / "own" / "proofs.json"
    good = json.loads(file.read_bytes())
    place = good[0]["place"]
    wrong = {"salt": ["00" * 32, "0"], "place": [place ^ 1, "x"], "path": [[], 1], "order": ["x"]}
    for column, value in ((c, v) for c, values in wrong.items() for v in values):
        file.write_bytes(canonical_json([{**good[0], column: value}, *good[1:]]))
        resign(bundle)
        assert "inclusion" in failed(verify(bundle, RING)), column
    file.write_bytes(canonical_json(good[1:]))
    resign(bundle)
    assert "inclusion" in failed(verify(bundle, RING))


def test_a_member_finds_an_acceptance_that_is_not_legal(copy):
    bundle = copy("member")
    for name, column in (("curve_acceptances", -1), ("order_acceptances", -1), ("order_acceptances", 2)):
        file = bundle / "own" / f"{name}.csv"
        text = file.read_text()
        for n, line in enumerate(text.splitlines()[1:6], 1):
            parts = line.split(",")
            if column == 2:
                parts[2] = "accepted" if parts[2] == "rejected" else "rejected"
            else:
                parts[column] = str(float(parts[column]) + 100.0)
            lines = text.splitlines()
            lines[n] = ",".join(parts)
            file.write_text("\n".join(lines) + "\n")
            resign(bundle)
            assert failed(verify(bundle, RING)) == {"acceptances"}, (name, line)
        file.write_text(text)
    file = bundle / "own" / "explanations.csv"
    file.write_text(file.read_text().splitlines()[0] + "\n")
    resign(bundle)
    assert failed(verify(bundle, RING)) == {"acceptances"}


def test_a_bundle_with_an_order_of_another_member_fails(copy, tmp_path):
    bundle = copy("member")
    other = write_level(tmp_path / "other", "member", member="XA-wind")
    shutil.copy(other / "market" / "curve_orders.csv", bundle / "market")
    shutil.copy(other / "market" / "curve_steps.csv", bundle / "market")
    resign(bundle)
    done = verify(bundle, RING)
    assert "inclusion" in failed(done)
    assert any("an order of member 'XA-wind'" in text for c in done.checks for text in c.found)


def test_the_regulator_finds_an_order_that_was_changed_and_a_false_result(copy):
    import polars as pl

    bundle = copy("regulator")
    file = bundle / "market" / "curve_steps.parquet"
    good = pl.read_parquet(file)
    good.with_columns(pl.col("quantity_mw") + 10).write_parquet(file)
    resign(bundle)
    assert failed(verify(bundle, RING)) >= {"book", "audit"}
    good.write_parquet(file)
    file = bundle / "result" / "curve_acceptances.parquet"
    rows = pl.read_parquet(file)
    rows.with_columns(pl.col("accepted_mw") + 1).write_parquet(file)
    resign(bundle)
    assert failed(verify(bundle, RING)) >= {"audit"}


def test_a_file_without_a_place_in_a_level_fails(copy):
    bundle = copy("public")
    (bundle / "letter.txt").write_text("signed, and still nothing that belongs here")
    sign_manifest(bundle, "public", KEY, NOW)
    assert failed(verify(bundle, RING)) == {"files"}
