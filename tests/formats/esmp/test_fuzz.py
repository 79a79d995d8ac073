"""Whatever happens to the bytes of a document: mistakes, or a document; never another error."""

import random

import numpy as np
import pytest
from tests.formats.esmp import samples

from walras.errors import BadInput
from walras.formats import esmp

SMALL = {
    "schedule": samples.schedule(
        period_end=samples.MIDNIGHT + 120, series=(samples.series(periods=(samples.hours(2),)),)
    ),
    "acknowledgement": samples.acknowledgement(),
    "bids": samples.bids(),
}
PIECES = [
    *(b"<", b">", b"&", b"]]>", b"<!--", b"<?x", b"<![CDATA[", b"&#0;", b"&lt;", b"\x00", b"\xff", b"\xc3", b"-", b'"'),
    *(b"9" * 30, b"NaN", b"1e9", b" ", b"\n", b"</Point>", b"<Point/>", b"A01", b"Z", b":", b"xmlns="),
]
ROUNDS = 700


def tolerant(data):
    """Read, answer and write again; return whether the bytes were a document."""
    try:
        document, mistakes = esmp.read_document(data), ()
    except BadInput as e:
        document, mistakes = None, e.mistakes
        assert all(m.what and m.where and m.rule.startswith("esmp_") and m.fix for m in mistakes)
    answer = esmp.acknowledge(
        data, mistakes, identification="ACK", created_at=samples.MADE, sender=samples.SENT["receiver"],
        receiver=samples.SENT["sender"],
    )  # fmt: skip
    assert esmp.read_document(esmp.write_document(answer)).accepted == (document is not None)
    if document is not None:
        assert esmp.read_document(esmp.write_document(document)) == document
    return document is not None


def mutate(data, chance):
    at = chance.randrange(len(data))
    to = min(len(data), at + chance.choice([0, 1, 1, 2, 8, 60]))
    match chance.randrange(5):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + data[to:]
        case 2:
            return data[:at] + chance.choice(PIECES) + data[to:]
        case 3:
            return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
        case _:
            begin = chance.randrange(len(data))
            return data[:at] + data[begin : begin + chance.choice([20, 200])] + data[to:]


@pytest.mark.parametrize("kind", SMALL)
def test_mutated_bytes_are_refused_or_read(kind):
    chance = random.Random(kind)
    data = esmp.write_document(SMALL[kind])
    read = sum(tolerant(mutate(data, chance)) for _ in range(ROUNDS))
    assert 0 < read < ROUNDS // 2


def test_moved_and_repeated_lines_are_refused_or_read():
    chance = random.Random(7)
    lines = esmp.write_document(SMALL["schedule"]).splitlines(keepends=True)
    for _ in range(ROUNDS):
        shuffled = list(lines)
        at, to = chance.randrange(len(lines)), chance.randrange(len(lines))
        shuffled.insert(to, shuffled[at] if chance.random() < 0.5 else shuffled.pop(at))
        tolerant(b"".join(shuffled))


def test_every_beginning_of_a_document_is_refused():
    data = esmp.write_document(SMALL["acknowledgement"])
    assert not any(tolerant(data[:at]) for at in range(0, len(data) - 1, 3))


def test_noise_is_refused():
    chance = np.random.default_rng(3)
    assert not any(tolerant(chance.bytes(int(n))) for n in chance.integers(0, 300, 200))
