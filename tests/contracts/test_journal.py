"""The journal: nothing is recorded unless all is right; whatever is changed in it afterwards is found."""

import json

import pytest
from tests.contracts.builders import Story, agreement, rules, terms

from walras.contracts import Journal, event_lines, events_of
from walras.contracts.events import GENESIS, Draft, minute_of, sealed
from walras.contracts.folder import EVENTS, read_folder, read_rows, write_events
from walras.errors import BadInput

HUB = 'index "hub": USD/1000m3 monthly; index("hub") -> USD/1000m3'


def lived():
    told = Story(agreement(terms(take_or_pay={"share": "80 %"}, make_up={})))
    told.says("nomination", day="2027-01-05", quantity=100).observes(
        "hub", "2026-01", 5, "USD/bbl", "2026-02-01T00:00Z"
    )
    return told.takes(2027, 70)


LIVED = lived()


def resealed(events, changes=None, leave=()):
    """Events of a journal with bodies changed by number, sealed anew from there on."""
    found, last = [], GENESIS
    for event in events:
        if event.number in leave:
            continue
        body = {**event.body, **(changes or {}).get(event.number, {})}
        found.append(sealed(Draft(event.kind, event.at, event.contract, body), len(found) + 1, last))
        last = found[-1].hash
    return found


def number_of(kind, nth=0):
    return [e.number for e in LIVED.journal.events if e.kind == kind][nth]


def test_a_journal_is_read_back_as_it_was():
    again = LIVED.again()
    assert again.events == LIVED.journal.events
    assert repr(again.standing.courses) == repr(LIVED.journal.standing.courses)
    assert repr(again.standing.banks) == repr(LIVED.journal.standing.banks)


@pytest.mark.parametrize(("old", "new"), [
    ('"quantity": "100"', '"quantity": "900", "quantity": "100"'),
    ('"at": "2026-01-01T00:00Z"', '"at": "2026-01-01T03:00+03:00"'),
    ('"quantity": "100"', '"quantity": "\\u0031\\u0030\\u0030"'),
])  # fmt: skip
def test_a_line_that_others_may_read_otherwise_is_refused(old, new):
    """Its seal holds, for it covers what was read last; who reads the first of two fields sees 900."""
    text = event_lines(LIVED.journal.events)
    assert old in text.split("\n")[0]
    with pytest.raises(BadInput) as refused:
        events_of(text.replace(old, new, 1))
    assert rules(refused) == {"event_line"}


@pytest.mark.parametrize("change", [
    lambda lines: lines[1:], lambda lines: [*lines[:5], *lines[6:]], lambda lines: [lines[1], lines[0], *lines[2:]],
    lambda lines: [*lines, lines[-1]], lambda lines: [lines[0].replace('"100"', '"101"'), *lines[1:]],
    lambda lines: [lines[0].replace("2026-01-01T00:00Z", "2026-01-01T00:01Z"), *lines[1:]],
])  # fmt: skip
def test_whatever_is_cut_moved_or_changed_breaks_the_seals(change):
    lines = event_lines(LIVED.journal.events).split("\n")[:-1]
    with pytest.raises(BadInput) as refused:
        events_of("".join(f"{line}\n" for line in change(lines)))
    assert rules(refused) == {"event_seal"}


UNSEALED = '"contract": "gas", "previous": "", "hash": ""}'


@pytest.mark.parametrize("line", [
    "", "{", "[]", "5", "null", '{"number": 1}', "[" * 100_000, "9" * 5000, "\x00",
    f'{{"number": 1, "kind": [], "at": "2027-01-01T00:00Z", {UNSEALED}',
    f'{{"number": 1, "kind": "nomination", "at": "0001-01-01T00:00Z", {UNSEALED}',
])  # fmt: skip
def test_lines_that_are_no_records_are_refused_each(line):
    with pytest.raises(BadInput) as refused:
        events_of(f"{line}\n{line}\n")
    assert [(m.rule, m.where) for m in refused.value.mistakes] == [("event_line", "events line 1"),
                                                                   ("event_line", "events line 2")]  # fmt: skip


@pytest.mark.parametrize(("kind", "changes"), [
    ("final invoice", {"booked": []}), ("final invoice", {"deferred_minor": 1}), ("final invoice", {"lines": []}),
    ("final invoice", {"month": "2027-02"}), ("final invoice", {"month": []}), ("final invoice", {"more": 1}),
    ("annual statement", {"short": "3649"}), ("annual statement", {"amount_minor": 65_700_000.0}),
    ("annual statement", {"year": 2028}), ("annual statement", {"year": {}}), ("annual statement", {"price": "179"}),
    ("annual statement", {"booked": [["member/XB-homes", "member/XA-fields", 65_700_001]]}),
])  # fmt: skip
def test_a_document_that_was_changed_and_sealed_anew_does_not_follow(kind, changes):
    events = resealed(LIVED.journal.events, {number_of(kind): changes})
    with pytest.raises(BadInput) as refused:
        Journal(LIVED.journal.agreement, events)
    of_others = {"month_known", "contract_year", "days_allocated", "statement_invoices", "statement_order"}
    assert rules(refused) & {"document_recomputes", *of_others}


def test_a_fact_that_was_changed_and_sealed_anew_is_found_in_its_document():
    number = number_of("allocation", 40)
    with pytest.raises(BadInput) as refused:
        Journal(LIVED.journal.agreement, resealed(LIVED.journal.events, {number: {"quantity": "71"}}))
    assert "document_recomputes" in rules(refused)
    with pytest.raises(BadInput) as refused:
        Journal(LIVED.journal.agreement, resealed(LIVED.journal.events, leave=(number,)))
    assert "days_allocated" in rules(refused)


@pytest.mark.parametrize(("kind", "changes"), [
    ("allocation", {"quantity": 70}), ("allocation", {"quantity": "70.0"}), ("allocation", {"quantity": "1/0"}),
    ("allocation", {"quantity": None}), ("allocation", {"quantity": "7e1"}), ("allocation", {"day": 5}),
    ("allocation", {"day": "20270101"}), ("allocation", {"day": "2027-02-30"}), ("allocation", {"undelivered": []}),
    ("allocation", {"tails_assay": {}}), ("allocation", {"spare": "1"}), ("nomination", {"by": 5}),
    ("observation", {"series": 5}), ("observation", {"period": None}), ("observation", {"version": 1}),
])  # fmt: skip
def test_a_fact_in_another_form_is_refused_when_a_journal_is_read(kind, changes):
    with pytest.raises(BadInput) as refused:
        Journal(LIVED.journal.agreement, resealed(LIVED.journal.events[:5], {
            next(e.number for e in LIVED.journal.events if e.kind == kind): changes}))  # fmt: skip
    assert rules(refused) == {"event_form"}


def test_records_of_another_agreement_are_refused():
    with pytest.raises(BadInput) as refused:
        Journal(agreement(terms("oil")), LIVED.journal.events[:3])
    assert rules(refused) == {"event_kind"}


def test_rows_are_recorded_all_or_none_and_every_mistake_is_listed():
    told = Story()
    good = told.row("nomination", day="2027-01-05", quantity=100)
    bad = [told.row("nomination", day="2027-01-06", quantity=500), {"kind": "hope"}, {"kind": "final invoice"}, {},
           told.row("nomination", day="yesterday", quantity="much", colour="red") | {"at": "noon", "contract": "oil"},
           {"kind": "nomination", "at": told.now, "contract": "gas"}]  # fmt: skip
    with pytest.raises(BadInput) as refused:
        told.all_say([good, *bad, good])
    assert told.journal.events == []
    assert told.journal.standing.courses.get("gas", told.course()).nominated == {}
    found = [(m.where, m.rule) for m in refused.value.mistakes]
    assert found == [
        ("row 3", "event_kind"), ("row 4", "event_kind"), ("row 5", "event_kind"), ("row 6", "contract_known"),
        ("row 6", "event_time"), ("row 6", "event_field_known"), ("row 6 day", "event_field_type"),
        ("row 6 quantity", "quantity_text"), ("row 7", "event_field_present"), ("row 7", "event_field_present"),
        ("row 2: nomination gas 2027-01-06", "nomination_daily_maximum"),
    ]  # fmt: skip


def test_what_was_there_before_a_refusal_is_there_after_it():
    told = lived()
    before = list(told.journal.events), repr(told.journal.standing.courses), repr(told.journal.standing.banks)
    with pytest.raises(BadInput):
        told.all_say([told.row("nomination", day="2028-06-01", quantity=q) for q in (100, 500)])
    again = told.journal.events, repr(told.journal.standing.courses), repr(told.journal.standing.banks)
    assert again == before
    told.takes(2028, 80)


@pytest.mark.parametrize("at", [
    "2027-01-01", "2027-01-01T00:00", "2027-01-01T00:00:30Z", "2027-01-01T00:00+00:00:30", "0001-01-01T00:00Z",
    "9999-12-31T23:59Z", "1949-12-31T23:59Z", "2100-01-01T00:00Z", "1767225600", "\x00", "2027-13-01T00:00Z",
])  # fmt: skip
def test_times_are_whole_minutes_with_a_zone(at):
    with pytest.raises(BadInput) as refused:
        Story().all_say([{"kind": "nomination", "at": at, "contract": "gas", "day": "2027-01-05", "quantity": 100}])
    assert rules(refused) == {"event_time"}
    with pytest.raises(ValueError):  # noqa: PT011 - its text is the time
        minute_of(at)


def test_texts_with_odd_letters_come_back():
    told = Story()
    for cause in ("буря", "a\u00a0b", '"quoted" \\ back', "\U0001f32c", "{}"):
        told.says("force majeure notice", begin="2027-01-01", end="2027-01-02", share="50 %", cause=cause)
    assert told.again().events == told.journal.events


def test_a_folder_is_written_whole_and_a_refusal_leaves_it_byte_for_byte(tmp_path):
    told = lived()
    (tmp_path / "agreement.toml").write_text(told.journal.agreement.text, encoding="utf-8")
    write_events(tmp_path, told.journal)
    before = (tmp_path / EVENTS).read_bytes()
    journal = read_folder(tmp_path)
    with pytest.raises(BadInput):
        journal.record([told.row("nomination", day="2028-06-01", quantity=500)])
    assert (tmp_path / EVENTS).read_bytes() == before
    write_events(tmp_path, read_folder(tmp_path))
    assert (tmp_path / EVENTS).read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["agreement.toml", EVENTS]
    assert [json.loads(line)["number"] for line in before.decode().splitlines()][-1] == len(journal.events)


@pytest.mark.parametrize("content", [b"\xff", b"\x00\x00", b"{}", b"{}\r\n", b'"' * 10])
def test_damaged_records_are_refused(tmp_path, content):
    (tmp_path / "agreement.toml").write_text(LIVED.journal.agreement.text, encoding="utf-8")
    (tmp_path / EVENTS).write_bytes(content)
    with pytest.raises(BadInput) as refused:
        read_folder(tmp_path)
    assert rules(refused) <= {"event_file", "event_line"}


@pytest.mark.parametrize("content", [
    b"", b"kind,at\n", b"kind\nnomination,5\n", b"\xff\xfe", b'kind,at\n"a', b"kind\n\x00\n", b"a" * 200_000 + b"\n1\n",
    b"kind,kind\na,b\n",
])  # fmt: skip
def test_files_of_rows_that_are_no_tables_are_refused(tmp_path, content):
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    with pytest.raises(BadInput) as refused:
        Story().journal.record(read_rows(path))
    assert rules(refused) <= {"event_table", "event_kind"}


def test_a_table_of_observations_needs_no_kind(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(
        "series,period,value,unit,published_at,version,source\nhub,2027-01,5,USD/bbl,2027-02-01T00:00Z,1,h\n"
    )
    (event,) = Story().journal.record(read_rows(path))
    assert (event.kind, event.at) == ("observation", minute_of("2027-02-01T00:00Z"))
