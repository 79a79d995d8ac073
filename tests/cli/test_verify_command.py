"""`walras verify` and `walras keys`: exit codes, and what is said."""

import json

import pytest
from tests.results.publication.published import KEY, NOW, RING, write_level

from walras.results.publication import write_ring


@pytest.fixture
def ring(tmp_path):
    write_ring(RING, tmp_path / "ring.json")
    return tmp_path / "ring.json"


@pytest.mark.parametrize("level", ["public", "member", "regulator"])
def test_a_good_bundle_ends_with_0_and_says_what_is_not_proven(run, tmp_path, ring, level):
    done = run("verify", write_level(tmp_path / "b", level), "--ring", ring)
    assert done.exit_code == 0, done.stdout
    assert f"Not proven at the {level} level" in done.stdout
    assert done.stdout.rstrip().endswith("verified")
    assert "FAILED" not in done.stdout


def test_a_false_bundle_ends_with_1_and_says_what_failed(run, tmp_path, ring):
    bundle = write_level(tmp_path / "b", "public")
    (bundle / "published" / "prices.csv").write_text("zone\n")
    done = run("verify", bundle, "--ring", ring)
    assert done.exit_code == 1
    assert "FAILED" in done.stdout
    assert "files: published/prices.csv" in done.stdout
    assert done.stdout.rstrip().endswith("NOT verified")
    said = json.loads(run("verify", bundle, "--ring", ring, "--json").stdout)
    assert said["ok"] is False
    assert [c["name"] for c in said["checks"] if c["result"] == "FAILED"] == ["files"]


def test_what_cannot_be_read_ends_with_2(run, tmp_path, ring):
    assert run("verify", tmp_path / "none", "--ring", ring).exit_code == 2
    (tmp_path / "b.zip").write_bytes(b"no zip")
    assert "zip_readable" in run("verify", tmp_path / "b.zip", "--ring", ring).stderr
    bundle = write_level(tmp_path / "b", "public")
    assert "ring_readable" in run("verify", bundle, "--ring", tmp_path / "none.json").stderr


def test_a_ring_in_the_bundle_is_refused(run, tmp_path):
    bundle = write_level(tmp_path / "b", "public")
    write_ring(RING, bundle / "ring.json")
    done = run("verify", bundle, "--ring", bundle / "ring.json")
    assert done.exit_code == 2
    assert "ring_outside" in done.stderr


def test_keys_are_made_added_and_revoked(run, tmp_path):
    key, ring = tmp_path / "a.key", tmp_path / "ring.json"
    made = run("keys", "new", key)
    assert made.exit_code == 0
    name = made.stdout.split("key id:")[1].split()[0]
    assert run("keys", "ring-add", ring, key, "--days", 30).exit_code == 0
    assert run("keys", "ring-add", ring, KEY.public_key.hex(), "--from", "2026-01-01T00:00:00Z").exit_code == 0
    assert "key_once" in run("keys", "ring-add", ring, key).stderr
    assert "document_time" in run("keys", "revoke", ring, name, "--reason", "retired", "--at", "today").stderr
    assert run("keys", "revoke", ring, name, "--reason", "retired").exit_code == 0
    shown = run("keys", "show", ring).stdout
    assert "retired" in shown
    assert KEY.key_id in shown
    assert "key_known" in run("keys", "revoke", ring, "x", "--reason", "retired").stderr
    assert run("keys", "new", key).exit_code == 2


def test_a_zip_ends_with_0(run, tmp_path, ring):
    from walras.results.publication import pack

    pack(write_level(tmp_path / "b", "public", at=NOW), tmp_path / "b.zip")
    assert run("verify", tmp_path / "b.zip", "--ring", ring).exit_code == 0
