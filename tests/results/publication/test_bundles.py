"""The whole chain on the bundled markets: clear, certify, write, verify elsewhere; and every way to tamper is found."""

import json
import shutil
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.results.publication.published import (
    KEY,
    LEVELS,
    MEMBERS,
    NOW,
    RING,
    THIEF,
    certificate,
    failed,
    publication,
    with_key,
    write_level,
)

from walras.errors import BadInput, NewerFormat
from walras.results.publication import Facts, canonical_json, certify, content_hashes, verify, write_public_bundle

many = settings(
    max_examples=150, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """A good bundle of each level, not to be changed for good."""
    place = tmp_path_factory.mktemp("bundles")
    return {level: write_level(place / level, level) for level in LEVELS}


@pytest.fixture
def copy(bundles, tmp_path):
    """A copy of one level's bundle."""
    return lambda level: shutil.copytree(bundles[level], tmp_path / level)


@pytest.mark.parametrize("name", MEMBERS)
@pytest.mark.parametrize("level", LEVELS)
def test_a_published_result_verifies(tmp_path, name, level):
    done = verify(write_level(tmp_path / "b", level, name), RING)
    assert [(c.name, c.found) for c in done.checks if not c.is_ok] == []
    assert len(done.checks) == {"public": 9, "member": 11, "regulator": 13}[level]
    assert done.limits
    assert done.certificate["session"] == "S-1"


def test_every_member_can_verify_its_own(tmp_path):
    book = publication("carriers").book
    members = {m for f in (book.curves, book.blocks, book.scalables, book.storages) for m in f.member}
    for member in members:
        assert verify(write_level(tmp_path / "b", "member", "carriers", member=member), RING).is_ok, member


def test_a_member_sees_no_name_and_no_order_of_another(bundles):
    book = publication().book
    others = {m for m in book.curves.member if m != MEMBERS["two-neighbours"]}
    others |= {n for n, m in zip(book.curves.name, book.curves.member, strict=True) if m in others}
    for level in ("public", "member"):
        text = b"".join(f.read_bytes() for f in bundles[level].rglob("*") if f.is_file())
        assert [word for word in others if word.encode() in text] == []
    assert not list(bundles["public"].rglob("*_orders*"))


@pytest.mark.parametrize("level", LEVELS)
def test_the_secret_of_the_session_is_the_regulators_alone(bundles, level):
    secret = publication().secret
    holds = any(
        secret in content or secret.hex().encode() in content
        for content in (f.read_bytes() for f in bundles[level].rglob("*") if f.is_file())
    )
    assert holds == (level == "regulator")
    assert secret.hex() not in repr(publication())


@many
@given(st.sampled_from(LEVELS), st.data())
def test_no_byte_of_any_file_is_without_cover(bundles, level, data):
    files = sorted(f for f in bundles[level].rglob("*") if f.is_file())
    file = data.draw(st.sampled_from(files))
    content = file.read_bytes()
    place, flip = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(1, 255))
    try:
        file.write_bytes(content[:place] + bytes([content[place] ^ flip]) + content[place + 1 :])
        assert not verify(bundles[level], RING).is_ok
    except BadInput:
        pass  # it cannot even be read
    finally:
        file.write_bytes(content)


@pytest.mark.parametrize("level", LEVELS)
def test_no_file_can_be_added_cut_or_taken_away(copy, level):
    bundle = copy(level)
    for file in sorted(f for f in bundle.rglob("*") if f.is_file() and f.name not in ("manifest.json",)):
        content = file.read_bytes()
        for other in (content + b"\n", content[:-1], None):
            file.unlink() if other is None else file.write_bytes(other)
            try:
                assert not verify(bundle, RING).is_ok, file
            except BadInput:
                assert file.name == "certificate.json"
        file.write_bytes(content)
    (bundle / "market" / "more.csv").write_text("a\n")
    assert failed(verify(bundle, RING)) == {"files"}
    (bundle / "market" / "more.csv").unlink()
    assert verify(bundle, RING).is_ok


def test_a_link_in_a_bundle_is_refused(copy):
    bundle = copy("public")
    (bundle / "market" / "zones.csv").rename(bundle.parent / "zones.csv")
    (bundle / "market" / "zones.csv").symlink_to(bundle.parent / "zones.csv")
    assert failed(verify(bundle, RING)) == {"files"}


def test_what_was_not_checked_does_not_count_as_checked(copy):
    bundle = copy("regulator")
    (bundle / "secret.json").write_bytes(b"{}")
    done = verify(bundle, RING)
    assert {c.name for c in done.checks if c.is_ok} == {"signature"}
    assert {c.name for c in done.checks if c.is_ok is None} >= {"certificate", "market", "balance", "audit", "book"}
    assert json.loads(json.dumps(done.to_json()))["ok"] is False


@pytest.mark.parametrize(
    ("ring", "rule"),
    [
        (with_key(THIEF), "key_known"),
        (with_key(valid_to=NOW), "key_expired"),
        (with_key(valid_from=NOW + timedelta(hours=1)), "key_not_yet_valid"),
        (with_key(revoked_at=NOW + timedelta(days=9), reason="compromised"), "key_revoked"),
    ],
)
def test_a_key_that_does_not_count_fails_the_bundle(bundles, ring, rule):
    done = verify(bundles["public"], ring)
    assert failed(done) == {"signature"}
    assert rule in done.checks[0].found[0]


def test_a_bundle_of_a_rotated_key_verifies_with_the_ring_of_both(tmp_path):
    ring = with_key(valid_to=NOW + timedelta(seconds=1))
    later = NOW + timedelta(days=1)
    ring = ring.with_key(with_key(THIEF, valid_from=NOW, valid_to=later + timedelta(days=1)).keys[0])
    bundle = write_level(tmp_path / "b", "public", key=THIEF, at=later)  # its certificate is of the older key
    assert verify(bundle, ring).is_ok
    assert failed(verify(bundle, RING)) == {"signature"}


def test_a_whole_bundle_of_a_forger_fails(tmp_path):
    said = publication(), certify(publication(), Facts("S-1"), THIEF, NOW), THIEF, NOW
    write_public_bundle(tmp_path / "b", *said)
    assert failed(verify(tmp_path / "b", RING)) == {"signature"}


def test_the_certificate_says_what_the_facts_say():
    said = certify(publication(), Facts("S-2", "dry_run", 3, "final", 0, ("x", "a"), "1.2"), KEY, NOW).document
    assert (said["session"], said["kind"], said["result_version"], said["stage"]) == ("S-2", "dry_run", 3, "final")
    assert (said["excluded_orders"], said["software"]) == (["a", "x"], "1.2")
    assert said["audit"] == {"verdict": "clean", "violations": 0}
    assert said["orders"]["count"] == len(content_hashes(publication().book))


def test_the_same_facts_give_the_same_certificate():
    again = certify(publication(), Facts(session="S-1", stage="final"), KEY, NOW)
    assert again.to_bytes() == certificate().to_bytes()


def test_an_audit_with_violations_fails_verification(tmp_path):
    bad = certify(publication(), Facts("S-1", violations=2), KEY, NOW)
    write_public_bundle(tmp_path / "b", publication(), bad, KEY, NOW)
    assert failed(verify(tmp_path / "b", RING)) == {"certificate"}


def test_a_bundle_takes_no_place_of_another_thing(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "letter.txt").write_text("mine")
    with pytest.raises(BadInput, match="place_free"):
        write_level(tmp_path / "b", "public")
    assert [p.name for p in tmp_path.iterdir()] == ["b"]
    write_level(write_level(tmp_path / "c", "public"), "public")  # an older bundle is replaced


def test_what_is_no_bundle_is_refused(tmp_path):
    with pytest.raises(BadInput, match="bundle_form"):
        verify(tmp_path, RING)
    (tmp_path / "manifest.json").write_bytes(KEY.sign({"format": "walras-bundle", "version": 2}, NOW).to_bytes())
    with pytest.raises(NewerFormat):
        verify(tmp_path, RING)


def test_receipts_find_an_order_that_is_missing_or_another(copy, tmp_path):
    bundle, file = copy("member"), tmp_path / "receipts.json"
    book = publication().book
    own = [n for n, m in zip(book.curves.name, book.curves.member, strict=True) if m == MEMBERS["two-neighbours"]]
    hashes = content_hashes(book)
    good = [{"order": own[0], "hash": hashes[own[0]]}, {"order": own[0], "hash": None}]
    for rows, ok in (
        (good, True),
        ([KEY.sign(good[0], NOW)], True),
        ([{"order": "gone", "hash": None}], False),
        ([{"order": own[0], "hash": "0" * 64}], False),
    ):
        plain = [r if isinstance(r, dict) else json.loads(r.to_bytes()) for r in rows]
        file.write_bytes(canonical_json(plain))
        done = verify(bundle, RING, file)
        assert failed(done) == (set() if ok else {"receipts"})
    file.write_bytes(canonical_json([json.loads(THIEF.sign(good[0], NOW).to_bytes())]))
    with pytest.raises(BadInput, match="key_known"):
        verify(bundle, RING, file)
    for wrong in ([1], {"order": "a"}, [{"order": 1}]):
        file.write_bytes(canonical_json(wrong))
        with pytest.raises(BadInput, match="receipt_form"):
            verify(bundle, RING, file)
    file.write_bytes(canonical_json(good))
    with pytest.raises(BadInput, match="receipt_level"):
        verify(copy("public"), RING, file)
