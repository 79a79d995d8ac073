"""Keys and rings: who may sign when, and what is refused."""

import json
import os
from datetime import timedelta

import pytest
from tests.results.publication.published import KEY, NOW, RING, THIEF, with_key

from walras.errors import BadInput
from walras.results.publication import (
    KeyRing,
    PublicKey,
    SignedDocument,
    SigningKey,
    canonical_json,
    read_key,
    read_ring,
    write_key,
    write_ring,
)

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
SIGNED = KEY.sign({"format": "a document of a test", "number": 1.5}, NOW)


def refused(function, *over):
    with pytest.raises(BadInput) as caught:
        function(*over)
    assert all(m.fix for m in caught.value.mistakes)
    return [m.rule for m in caught.value.mistakes]


def test_a_document_comes_back_and_its_signature_counts():
    back = SignedDocument.from_bytes(SIGNED.to_bytes())
    assert back == SIGNED
    RING.check(back)


@pytest.mark.parametrize("place", range(len(SIGNED.to_bytes())))
def test_no_byte_of_a_document_can_change(place):
    content = bytearray(SIGNED.to_bytes())
    for flip in (1, 32):  # 32 turns upper and lower case, and a digit into a control character
        content[place] ^= flip
        try:
            RING.check(SignedDocument.from_bytes(bytes(content)))
        except BadInput:
            content[place] ^= flip
        else:
            pytest.fail(f"byte {place} changed")


@pytest.mark.parametrize("text", [b'{"a": 1}', b'{"b":1,"a":1}', b'{"a":1,"a":1}', b'{"a":1}\n', b'{"a":1.50}'])
def test_a_document_has_one_spelling(text):
    assert refused(SignedDocument.from_bytes, text) == ["document_canonical"]


@pytest.mark.parametrize("text", [b"", b"[", b"[" * 100_000, b'{"a":NaN}', b"\xff", b"9" * 5000])
def test_what_is_no_json_is_refused(text):
    assert refused(SignedDocument.from_bytes, text) == ["document_readable"]


def test_a_document_that_is_too_long_is_not_parsed(monkeypatch):
    monkeypatch.setattr("walras.results.publication.documents.MOST_BYTES", 10)
    assert refused(SignedDocument.from_bytes, SIGNED.to_bytes()) == ["document_size"]


@pytest.mark.parametrize("text", [b"1", b"{}", SIGNED.to_bytes().replace(b'"key_id":"', b'"key_id":1,"k":"')])
def test_what_is_no_signed_document_is_refused(text):
    assert refused(SignedDocument.from_bytes, text)[0] in {"document_form", "document_canonical"}


def test_numbers_that_are_none_are_not_signed():
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"a": float("nan")})


@pytest.mark.parametrize(
    ("ring", "rules"),
    [
        (KeyRing(), ["key_known"]),
        (with_key(THIEF), ["key_known"]),
        (with_key(valid_from=NOW + SECOND), ["key_not_yet_valid"]),
        (with_key(valid_to=NOW), ["key_expired"]),
        (with_key(revoked_at=NOW, reason="retired"), ["key_revoked"]),
        (with_key(revoked_at=NOW + DAY, reason="compromised"), ["key_revoked"]),
    ],
    ids=["empty", "unknown", "not yet", "expired", "retired", "compromised"],
)
def test_a_key_that_does_not_count_is_refused(ring, rules):
    assert refused(ring.check, SIGNED) == rules


def test_what_a_retired_key_signed_before_still_counts():
    with_key(revoked_at=NOW + SECOND, reason="retired").check(SIGNED)


def test_keys_rotate_with_an_overlap():
    ring = with_key(valid_to=NOW + 2 * SECOND).with_key(PublicKey(THIEF.public_key, NOW + SECOND, NOW + DAY))
    for key, late in ((KEY, 0), (KEY, 1), (THIEF, 1), (THIEF, 2)):
        ring.check(key.sign({}, NOW + late * SECOND))
    assert refused(ring.check, KEY.sign({}, NOW + 2 * SECOND)) == ["key_expired"]
    assert refused(ring.check, THIEF.sign({}, NOW)) == ["key_not_yet_valid"]


def test_another_key_cannot_sign_in_the_name_of_this_one():
    forged = THIEF.sign(SIGNED.document, NOW)
    named = SignedDocument(forged.document, KEY.key_id, NOW, forged.signature)
    assert refused(RING.check, named) == ["signature"]


def test_the_graver_revocation_stays():
    ring = RING.revoked(KEY.key_id, NOW, "compromised").revoked(KEY.key_id, NOW + DAY, "retired")
    assert (ring.keys[0].revoked_at, ring.keys[0].reason) == (NOW, "compromised")
    assert refused(RING.revoked, "0" * 16, NOW, "retired") == ["key_known"]


def test_a_ring_comes_back(tmp_path):
    ring = RING.with_key(PublicKey(THIEF.public_key, NOW, NOW + DAY, NOW, "retired"))
    write_ring(ring, tmp_path / "ring.json")
    assert read_ring(tmp_path / "ring.json") == ring


@pytest.mark.parametrize(
    ("forge", "rules"),
    [
        (lambda v: v["keys"][0].update(public_key=THIEF.public_key.hex()), ["key_name"]),
        (lambda v: v["keys"][0].update(public_key="00"), ["ring_form"]),
        (lambda v: v["keys"][0].update(valid_from="2026-01-01"), ["document_time"]),
        (lambda v: v["keys"][0].update(valid_to=v["keys"][0]["valid_from"]), ["key_times"]),
        (lambda v: v["keys"][0].update(reason="retired"), ["ring_form"]),
        (lambda v: v["keys"][0].pop("reason"), ["ring_form"]),
        (lambda v: v["keys"].append(v["keys"][0]), ["key_once"]),
        (lambda v: v.update(keys=1), ["ring_form"]),
        (lambda v: v.update(format="x"), ["ring_form"]),
    ],
)
def test_a_forged_ring_is_refused(tmp_path, forge, rules):
    value = json.loads(RING.to_bytes())
    forge(value)
    (tmp_path / "ring.json").write_bytes(canonical_json(value))
    assert refused(read_ring, tmp_path / "ring.json") == rules


def test_a_ring_that_is_not_there_is_refused(tmp_path):
    assert refused(read_ring, tmp_path / "ring.json") == ["ring_readable"]


def test_a_private_key_is_its_owners_alone(tmp_path):
    file = tmp_path / "a.key"
    key = SigningKey.new()
    write_key(key, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_key(file).public_key == key.public_key
    assert refused(write_key, key, file) == ["place_free"]
    os.chmod(file, 0o640)
    assert refused(read_key, file) == ["key_private"]


def test_what_is_no_private_key_is_refused(tmp_path):
    (tmp_path / "a.key").write_text("no key")
    (tmp_path / "a.key").chmod(0o600)
    assert refused(read_key, tmp_path / "a.key") == ["key_file"]
    assert refused(read_key, tmp_path / "b.key") == ["key_file"]


def test_a_private_key_does_not_print_itself():
    assert repr(KEY) == f"SigningKey({KEY.key_id})"
