"""Acknowledgements: what we answer to good documents, bad ones and noise."""

import re
from pathlib import Path

import pytest
from tests.formats.esmp import samples

import walras.formats.esmp as package
from walras.errors import BadInput, Mistake
from walras.formats import esmp
from walras.formats.esmp import codes
from walras.formats.esmp.answer import REASONS, reason_of

PAGE = Path(package.__file__).parents[4] / "docs" / "esmp.md"
US, THEM = esmp.Party(samples.MARKET, "A11"), esmp.Party(samples.ALPHA_SO, "A04")


def answer(received, mistakes=()):
    out = esmp.acknowledge(
        received, mistakes, identification="ACK-9", created_at=samples.MADE, sender=US, receiver=THEM
    )
    assert esmp.read_document(esmp.write_document(out)) == out
    return out


def mistakes_of(data):
    with pytest.raises(BadInput) as caught:
        esmp.read_document(data)
    return caught.value.mistakes


def test_a_good_document_is_accepted():
    document = samples.schedule()
    for received in (document, esmp.write_document(document)):
        out = answer(received)
        assert out.accepted
        assert out.reasons == (esmp.Reason("A01"),)
        assert (out.received.identification, out.received.version) == ("SCHEDULE-1", 3)
        assert (out.received.kind, out.received.process, out.received.created_at) == ("A02", "A01", samples.MADE)
        assert (out.sender, out.receiver) == (US, THEM)


def test_a_mistake_in_a_series_is_told_with_the_series():
    data = esmp.write_document(samples.schedule()).replace(b">1.5<", b">-1.5<").replace(b">A01<", b">A99<", 1)
    out = answer(data, mistakes_of(data))
    assert not out.accepted
    assert [r.code for r in out.reasons] == ["A02", "999"]
    (series,) = out.series
    assert (series.identification, series.version) == ("S-1", 2)
    assert [r.code for r in series.reasons] == ["A20", "A46"]
    assert "TimeSeries[1]/Period[1]/Point[2]/quantity: '-1.5' MW is negative" in series.reasons[1].text


def test_24_points_on_25_hours_are_answered_by_their_code():
    text = esmp.write_document(samples.schedule()).decode()
    data = re.sub(r"<Point>\s*<position>25<.*?</Point>", "", text, flags=re.DOTALL).encode()
    (series,) = answer(data, mistakes_of(data)).series
    assert series.reasons[1].code == "A49"
    assert "24 points where the interval has 25" in series.reasons[1].text


@pytest.mark.parametrize("data", [b"", b"noise", b"<!DOCTYPE a><a/>", b"<a>" * 99, b"\xff"])
def test_what_cannot_be_read_is_answered_without_a_reference(data):
    out = answer(data, mistakes_of(data))
    assert not out.accepted
    assert out.received == esmp.Received()
    assert [r.code for r in out.reasons] == ["A02", "A94"]


def test_a_sender_whose_role_nobody_knows_is_answered_all_the_same():
    known = esmp.acknowledge(
        b"",
        mistakes_of(b""),
        identification="A",
        created_at=samples.MADE,
        sender=US,
        receiver=esmp.Party(THEM.code, None),
    )
    assert esmp.read_document(esmp.write_document(known)).receiver == esmp.Party(THEM.code, None)


def test_of_a_broken_head_only_legal_parts_are_repeated():
    data = esmp.write_document(samples.schedule()).replace(b">SCHEDULE-1<", b"><").replace(b">A02<", b">A99<", 1)
    received = answer(data, mistakes_of(data)).received
    assert (received.identification, received.kind, received.version) == (None, None, 3)


def test_rules_of_a_market_are_answered_as_such():
    late = Mistake("the gate closed at 10:00", "schedule SCHEDULE-1", "gate_open", "Send it before the gate closes.")
    out = answer(samples.schedule(), [late])
    assert [r.code for r in out.reasons] == ["A02", "A59"]
    assert "gate_open" in out.reasons[1].text


def test_many_and_long_mistakes_fit_into_an_answer():
    long = Mistake("x\x00" * 900, "here", "esmp_text", "Send less.")
    out = answer(samples.schedule(), [long] * 80)
    assert [len(r.text) for r in out.reasons[1:51]] == [512] * 50
    assert out.reasons[51] == esmp.Reason("A95", "30 more mistakes are not listed here.")


def test_every_reason_code_is_one_that_we_know():
    assert set(REASONS.values()) < codes.REASON.keys()
    assert reason_of(Mistake("a", "b", "esmp_eic", "c")).code == "999"


def test_the_page_names_every_rule_and_no_other():
    folder = Path(package.__file__).parent
    door = (folder.parents[1] / "service").rglob("*.py")
    source = "".join(p.read_text("utf-8") for p in (*folder.rglob("*.py"), *door))
    rules = set(re.findall(r'"(esmp_\w+)"', source))
    assert len(rules) > 18
    assert set(re.findall(r"^\| `(esmp_\w+)` \|", PAGE.read_text("utf-8"), flags=re.MULTILINE)) == rules


def test_the_page_names_every_code_that_we_know():
    page = PAGE.read_text("utf-8")
    lists = [v for k, v in vars(codes).items() if k.isupper()]
    assert [c for known in lists for c, meaning in known.items() if f"`{c}` {meaning}" not in page] == []
