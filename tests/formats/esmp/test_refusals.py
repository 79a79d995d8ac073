"""Bad documents: each rule broken once, each mistake with its line, its rule and its fix."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.formats.esmp import samples

from walras.errors import BadInput
from walras.formats import esmp
from walras.formats.esmp import xml

SCHEDULE = esmp.write_document(samples.schedule()).decode()
CAPACITY = esmp.write_document(samples.capacity()).decode()
BIDS = esmp.write_document(samples.bids()).decode()
CONFIRMATION = esmp.write_document(samples.confirmation()).decode()
LAST_POINT = re.search(r" *<Point>\s*<position>25</position>.*?</Point>\n", SCHEDULE, re.DOTALL)[0]


def refused(text):
    with pytest.raises(BadInput) as caught:
        esmp.read_document(text.encode() if isinstance(text, str) else text)
    return caught.value.mistakes


def swap(text, old, new, count=1):
    assert old in text
    return text.replace(old, new, count)


BAD = {
    "a kind that there is not": (
        swap(SCHEDULE, "Schedule_MarketDocument", "Timetable_MarketDocument", 2), "esmp_document", "Schedule_Market"),
    "an older version": (swap(SCHEDULE, "scheduledocument:5:2", "scheduledocument:5:0"), "esmp_document", ":5:2"),
    "another namespace": (swap(SCHEDULE, "urn:iec62325.351", "urn:else"), "esmp_document", "urn:iec62325.351"),
    "no namespace": (re.sub(' xmlns="[^"]*"', "", SCHEDULE), "esmp_document", "urn:iec62325.351"),
    "an element of another namespace": (
        swap(SCHEDULE, "<type>A02</type>", '<type xmlns="urn:x">A02</type>'), "esmp_element", "namespace of the doc"),
    "an element that there is not": (
        swap(SCHEDULE, "<type>", "<colour>red</colour><type>"), "esmp_element", "Leave it out"),
    "an element inside a value": (
        swap(SCHEDULE, "<type>A02</type>", "<type><b/>A02</type>"), "esmp_element", "only the value"),
    "text between elements": (swap(SCHEDULE, "<TimeSeries>", "hello <TimeSeries>"), "esmp_element", "Leave the text"),
    "an attribute that there is not": (
        swap(SCHEDULE, "<type>", '<type colour="red">'), "esmp_element", "Leave the attribute"),
    "a type of another schema": (
        swap(SCHEDULE, "<type>", f'<type xmlns:x="{xml.XSI}" x:type="int">'), "esmp_element", "Leave the attribute"),
    "elements in the wrong order": (
        swap(SCHEDULE, "<revisionNumber>3</revisionNumber>\n  <type>A02</type>",
             "<type>A02</type><revisionNumber>3</revisionNumber>"), "esmp_order", "before type"),
    "an element twice": (
        swap(SCHEDULE, "<type>A02</type>", "<type>A02</type><type>A02</type>"), "esmp_repeated", "Leave one type"),
    "an element missing": (swap(SCHEDULE, "<type>A02</type>", ""), "esmp_missing", "Add type, after revisionNumber"),
    "a coding scheme missing": (
        swap(SCHEDULE, ' codingScheme="A01"', ""), "esmp_missing", 'Add codingScheme="A01"'),
    "another coding scheme": (swap(SCHEDULE, 'codingScheme="A01"', 'codingScheme="A10"'), "esmp_code", "A01 (EIC)"),
    "a code that there is not": (swap(SCHEDULE, "<type>A02<", "<type>X99<"), "esmp_code", "A02 (schedule of alloc"),
    "a type of another kind": (swap(SCHEDULE, "<type>A02<", "<type>A26<"), "esmp_code", "A30 (schedule of a border)"),
    "another unit": (swap(SCHEDULE, ">MAW<", ">KWT<"), "esmp_code", "MAW (megawatt)"),
    "a zone whose check letter is wrong": (swap(SCHEDULE, samples.BETA, samples.BETA[:-1] + "7"), "esmp_eic", "16"),
    "a code in small letters": (swap(SCHEDULE, samples.BETA, samples.BETA.lower()), "esmp_eic", "16 characters"),
    "an empty identification": (swap(SCHEDULE, ">SCHEDULE-1<", "><"), "esmp_text", "1 to 60"),
    "a long identification": (swap(SCHEDULE, ">SCHEDULE-1<", f">{'x' * 61}<"), "esmp_text", "1 to 60"),
    "spaces around an identification": (swap(SCHEDULE, ">SCHEDULE-1<", "> S <"), "esmp_text", "without spaces"),
    "a version of zero": (swap(SCHEDULE, "<revisionNumber>3", "<revisionNumber>0"), "esmp_number", "1 to 999"),
    "a position of zero": (swap(SCHEDULE, "<position>1<", "<position>0<"), "esmp_number", "1 to 999999"),
    "a huge number": (swap(SCHEDULE, ">1.5<", f">{'9' * 400}<"), "esmp_number", "1000000"),
    "more than a terawatt": (swap(SCHEDULE, ">1.5<", ">1000000.001<"), "esmp_number", "1000000"),
    "four decimals": (swap(SCHEDULE, ">1.5<", ">1.5001<"), "esmp_number", "three decimals"),
    "not a number": (swap(SCHEDULE, ">1.5<", ">NaN<"), "esmp_number", "decimal number"),
    "infinity": (swap(SCHEDULE, ">1.5<", ">INF<"), "esmp_number", "decimal number"),
    "an exponent": (swap(SCHEDULE, ">1.5<", ">1e3<"), "esmp_number", "decimal number"),
    "digits of another script": (swap(SCHEDULE, ">1.5<", ">\u0661<"), "esmp_number", "decimal number"),
    "a negative schedule": (swap(SCHEDULE, ">1.5<", ">-1.5<"), "esmp_sign", "without sign"),
    "a local time": (swap(SCHEDULE, "2026-10-24T09:30:15Z", "2026-10-24T11:30:15+02:00"), "esmp_time", "UTC"),
    "a thirtieth of February": (swap(SCHEDULE, "<start>2026-10-24T22", "<start>2026-02-30T22"), "esmp_time", "UTC"),
    "a year far away": (swap(SCHEDULE, "2026-10-24T09:30:15Z", "9999-10-24T09:30:15Z"), "esmp_time", "2000 to 2100"),
    "a resolution of months": (swap(SCHEDULE, "PT60M", "P1M"), "esmp_resolution", "PT15M"),
    "a resolution that does not divide": (swap(SCHEDULE, "PT60M", "PT7M"), "esmp_resolution", "divides"),
    "24 hours on a day of 25": (swap(SCHEDULE, LAST_POINT, ""), "esmp_points", "25 points"),
    "26 hours on a day of 25": (
        swap(SCHEDULE, LAST_POINT, LAST_POINT + LAST_POINT.replace(">25<", ">26<")), "esmp_points", "25 points"),
    "a position twice": (swap(SCHEDULE, "<position>3<", "<position>2<"), "esmp_position", "1, 2, 3"),
    "a position left out": (swap(SCHEDULE, LAST_POINT, LAST_POINT.replace(">25<", ">26<")), "esmp_position", "1, 2"),
    "blocks that do not begin with 1": (
        swap(swap(SCHEDULE, "<curveType>A01", "<curveType>A03"), "<position>1<", "<position>2<"),
        "esmp_position", "Begin with 1"),
    "blocks beyond the interval": (
        swap(swap(SCHEDULE, "<curveType>A01", "<curveType>A03"), "<position>25<", "<position>26<"),
        "esmp_points", "up to 25"),
    "an interval that ends before it begins": (
        swap(SCHEDULE, "<end>2026-10-25T23:00Z", "<end>2026-10-24T21:00Z"), "esmp_period", "after the start"),
    "a series of 24 hours in a document of 25": (
        swap(SCHEDULE, LAST_POINT, "").replace("T23:00Z</end>\n      </timeI", "T22:00Z</end>\n      </timeI"),
        "esmp_period", "Cover the document's period of 1500 minutes"),
    "capacities beyond the document's period": (
        swap(CAPACITY, "<end>2026-10-25T23:00Z", "<end>2026-10-25T22:00Z"), "esmp_period", "Stay inside"),
    "a capacity from a zone into itself": (
        swap(CAPACITY, f"{samples.BETA}</in_Domain.mRID>", f"{samples.ALPHA}</in_Domain.mRID>"),
        "esmp_zones", "two different zones"),
    "an external trade without a zone": (
        re.sub(r" *<in_Domain.*?</in_Domain.mRID>\n", "", SCHEDULE), "esmp_zones", "two different zones"),
    "one identification for two series": (
        swap(CAPACITY, "<mRID>TRM</mRID>", "<mRID>TTC</mRID>"), "esmp_repeated", "identification of its own"),
    "a subject without a role": (
        re.sub(r" *<subject_MarketParticipant.marketRole.type>.*\n", "", CONFIRMATION), "esmp_missing", "both out"),
    "a price at some points": (
        swap(BIDS, "<price.amount>61</price.amount>", ""), "esmp_missing", "every point of a period or at none"),
    "a price without a currency": (
        swap(BIDS, "<currency_Unit.name>EUR</currency_Unit.name>", ""), "esmp_missing", "Add currency_Unit.name"),
    "a least quantity above the quantity": (
        swap(BIDS, ">6.25<", ">13<"), "esmp_number", "up to the quantity"),
    "a negative bid": (swap(BIDS, ">10</quantity", ">-10</quantity"), "esmp_sign", "without sign"),
    "a document type declaration": (
        swap(SCHEDULE, "?>\n", '?>\n<!DOCTYPE x SYSTEM "http://localhost/x.dtd">'), "esmp_doctype", "Leave"),
    "an external entity": (
        swap(SCHEDULE, "?>\n", '?>\n<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>').replace("A02", "&e;"),
        "esmp_doctype", "no external references"),
    "an entity that nobody declared": (swap(SCHEDULE, ">A02<", ">&e;<"), "esmp_xml", "well-formed"),
    "no end": (SCHEDULE[:-10], "esmp_xml", "well-formed"),
    "nothing": ("", "esmp_xml", "well-formed"),
    "JSON": ('{"a": 1}', "esmp_xml", "well-formed"),
    "another encoding": (swap(SCHEDULE, "UTF-8", "ISO-8859-1"), "esmp_encoding", "UTF-8"),
    "sixteen bits": (SCHEDULE.replace("UTF-8", "UTF-16").encode("utf-16"), "esmp_encoding", "UTF-8"),
    "deep nesting": ("<a>" * 5000 + "</a>" * 5000, "esmp_depth", "known kind"),
    "too many bytes": (SCHEDULE + " " * xml.MOST_BYTES, "esmp_size", "Split"),
    "years of minutes in three lines": (
        re.sub(r"<Point>\s*<position>(?!1<).*?</Point>", "", SCHEDULE, flags=re.DOTALL)
        .replace("<curveType>A01", "<curveType>A03").replace("PT60M", "PT1M").replace("<end>2026", "<end>2046"),
        "esmp_size", "Split"),
}  # fmt: skip


def test_too_many_elements_are_refused(monkeypatch):
    monkeypatch.setattr(xml, "MOST_ELEMENTS", 1000)
    (mistake,) = refused("<a>" + "<b/>" * 1000 + "</a>")
    assert (mistake.rule, "Split" in mistake.fix) == ("esmp_size", True)


@pytest.mark.parametrize("case", BAD)
def test_a_bad_document_is_refused_with_rule_and_fix(case):
    text, rule, fix = BAD[case]
    mistakes = refused(text)
    assert rule in {m.rule for m in mistakes}
    assert any(fix in m.fix for m in mistakes if m.rule == rule)


@pytest.mark.parametrize("case", sorted(BAD.keys() - {"an element of another namespace"}))
def test_one_thing_that_is_wrong_breaks_one_rule(case):
    text, rule, _ = BAD[case]
    assert {m.rule for m in refused(text)} == {rule}


BOMBS = {
    "billion laughs": '<!DOCTYPE a [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + "]><a>&j;</a>",
    "quadratic blowup": f'<!DOCTYPE a [<!ENTITY a "{"x" * 50_000}">]><a>{"&a;" * 50_000}</a>',
    "parameter entities": "<!DOCTYPE a [<!ENTITY % p \"<!ENTITY q 'x'>\"> %p;]><a>&q;</a>",
    "an external subset": '<!DOCTYPE a PUBLIC "-//x//y" "http://localhost/x.dtd"><a/>',
    "default attributes": '<!DOCTYPE a [<!ATTLIST a b CDATA "c">]><a/>',
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_before_it_grows(bomb):
    (mistake,) = refused(BOMBS[bomb])
    assert mistake.rule == "esmp_doctype"


def test_every_rule_is_broken_here():
    source = "".join(p.read_text("utf-8") for p in Path(esmp.__file__).parent.rglob("*.py"))
    assert {rule for _, rule, _ in BAD.values()} == set(re.findall(r'"(esmp_\w+)"', source))


def test_every_mistake_of_a_document_is_listed_with_line_and_path():
    text = swap(SCHEDULE, "<type>A02<", "<type>X99<")
    text = swap(text, ">4.5<", ">-4.5<")
    text = swap(text, samples.BETA, samples.BETA[:-1] + "7")
    mistakes = refused(text)
    assert [m.rule for m in mistakes] == ["esmp_code", "esmp_eic", "esmp_sign"]
    line = text[: text.index(">-4.5<")].count("\n") + 1
    path = "Schedule_MarketDocument/TimeSeries[1]/Period[1]/Point[4]/quantity"
    assert mistakes[2].where == f"line {line}, {path}"


def test_a_mistake_that_repeats_is_listed_twenty_times_and_counted():
    mistakes = refused(CAPACITY.replace(">MAW<", ">KWT<").replace(">900<", ">many<"))
    numbers = [m for m in mistakes if m.rule == "esmp_number"]
    assert len(numbers) == 21
    assert "80 more places break this rule (100 in all" in numbers[-1].what


def test_the_location_of_a_schema_is_read_over_and_never_fetched():
    hint = f' xmlns:xsi="{xml.XSI}" xsi:schemaLocation="urn:x http://localhost:1/x.xsd">\n  <mRID>'
    text = swap(SCHEDULE, ">\n  <mRID>", hint)
    assert esmp.read_document(text.encode()) == samples.schedule()


def test_what_breaks_rules_is_not_written():
    with pytest.raises(BadInput) as caught:
        esmp.write_document(samples.schedule(kind="A99", identification="a\rb"))
    assert {m.rule for m in caught.value.mistakes} == {"esmp_code", "esmp_text"}


@pytest.mark.parametrize(
    ("second", "what"), [(11, "leave a part"), (9, "end of the one before")], ids=["a gap", "an overlap"]
)
def test_periods_of_a_schedule_follow_one_another(second, what):
    start = samples.MIDNIGHT + second * 60
    parts = (samples.hours(10), samples.hours(25 - second, start))
    with pytest.raises(BadInput) as caught:
        esmp.write_document(samples.schedule(series=(samples.series(periods=parts),)))
    (mistake,) = caught.value.mistakes
    assert mistake.rule == "esmp_period"
    assert what in mistake.what


def test_capacities_may_leave_gaps_but_not_overlap():
    def of(second):
        parts = (samples.hours(10), samples.hours(2, samples.MIDNIGHT + second * 60))
        return samples.capacity(series=(replace(samples.capacity().series[0], periods=parts),))

    assert esmp.read_document(esmp.write_document(of(12))) == of(12)
    with pytest.raises(BadInput, match="esmp_period"):
        esmp.write_document(of(9))
