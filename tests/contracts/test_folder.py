"""Contract folders: tables as people save them, ranges of days, observations that are recorded as they grow."""

import pytest

from walras.contracts.examples import GAS
from walras.contracts.folder import EVENTS, check_seal, read_folder, read_rows, unrecorded, write_events
from walras.errors import BadInput

HEAD = "kind,at,contract,day,quantity\n"
SERIES = "series,period,value,unit,published_at,version,source\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "agreement.toml").write_text(GAS)
    return tmp_path


def rows(folder, text):
    (folder / "rows.csv").write_text(text)
    return read_rows(folder / "rows.csv")


def test_a_range_of_days_is_a_row_for_each(folder):
    found = rows(folder, HEAD + "allocation,2027-02-01T08:00Z,gas-2027,2027-01-30..2027-02-01,100\n")
    assert [row["day"] for row in found] == ["2027-01-30", "2027-01-31", "2027-02-01"]
    journal = read_folder(folder)
    journal.record(found)
    write_events(folder, journal)
    assert [e.body["day"] for e in read_folder(folder).events] == ["2027-01-30", "2027-01-31", "2027-02-01"]


@pytest.mark.parametrize("day", ["2027-01-05..2027-01-01", "2027-01-01..2029-01-01", "2027-01-01..soon", ".."])
def test_what_is_no_range_is_refused_as_no_day(folder, day):
    found = rows(folder, HEAD + f"allocation,2027-02-01T08:00Z,gas-2027,{day},100\n")
    with pytest.raises(BadInput) as refused:
        read_folder(folder).record(found)
    assert [m.rule for m in refused.value.mistakes] == ["event_field_type"]


def test_a_growing_table_of_observations_is_recorded_again(folder):
    journal = read_folder(folder)
    january = "hub,2027-01,200,USD/1000m3,2027-02-03T08:00Z,1,a test\n"
    journal.record(unrecorded(journal, rows(folder, SERIES + january)))
    journal.record([{"kind": "nomination", "at": "2027-03-09T08:00Z", "contract": "gas-2027", "day": "2027-04-01",
                     "quantity": "100"}])  # fmt: skip
    february = "hub,2027-02,210,USD/1000m3,2027-03-03T08:00Z,1,a test\n"
    new = unrecorded(journal, rows(folder, SERIES + january + february))
    assert [(row["period"], row["at"]) for row in new] == [("2027-02", "2027-03-09T08:00Z")]
    journal.record(new)
    assert unrecorded(journal, rows(folder, SERIES + january + february)) == []


def test_a_changed_observation_without_a_new_version_is_refused(folder):
    journal = read_folder(folder)
    said = "hub,2027-01,{},USD/1000m3,2027-02-03T08:00Z,1,a test\n"
    journal.record(unrecorded(journal, rows(folder, SERIES + said.format(200))))
    with pytest.raises(BadInput, match="observation_once"):
        journal.record(unrecorded(journal, rows(folder, SERIES + said.format(201))))


@pytest.mark.parametrize(("text", "says"), [
    ("kind;at;contract;day;quantity\nallocation;x;y;z;1\n", "semicolons"), ("", "0 rows"), (HEAD, "0 rows"),
    (HEAD + "allocation,1,2,3,4,5,6\n", "too long"), ("\x00", "no table|0 rows|line contains NUL"),
])  # fmt: skip
def test_what_is_no_table_is_one_mistake(folder, text, says):
    with pytest.raises(BadInput, match=says) as refused:
        rows(folder, text)
    assert [m.rule for m in refused.value.mistakes] == ["event_table"]


def test_files_that_are_no_text_are_named(folder):
    (folder / "rows.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="event_table"):
        read_rows(folder / "rows.csv")
    (folder / "events.jsonl").write_bytes(b"\xff")
    with pytest.raises(BadInput, match="event_file"):
        read_folder(folder)
    (folder / "agreement.toml").write_bytes(b"\xff")
    with pytest.raises(BadInput, match="agreement_file"):
        read_folder(folder)


def nominated(folder, day):
    journal = read_folder(folder)
    journal.record([{"kind": "nomination", "at": "2026-12-20T08:00Z", "contract": "gas-2027", "day": day,
                     "quantity": "100"}])  # fmt: skip
    return journal


def test_of_two_that_record_at_once_the_second_is_told(folder):
    first, second = nominated(folder, "2027-01-05"), nominated(folder, "2027-01-06")
    write_events(folder, first)
    with pytest.raises(BadInput, match="event_behind"):
        write_events(folder, second)
    assert [e.body["day"] for e in read_folder(folder).events] == ["2027-01-05"]
    write_events(folder, nominated(folder, "2027-01-06"))
    assert len(read_folder(folder).events) == 2


def test_records_that_were_cut_off_are_found_by_a_seal_that_was_noted(folder):
    """What is left of a journal is a journal: nothing in it says that there was more."""
    write_events(folder, nominated(folder, "2027-01-05"))
    write_events(folder, nominated(folder, "2027-01-06"))
    noted = read_folder(folder).events[-1].hash
    check_seal(read_folder(folder), noted)
    (folder / EVENTS).write_text((folder / EVENTS).read_text().split("\n")[0] + "\n")
    with pytest.raises(BadInput, match="event_cut"):
        check_seal(read_folder(folder), noted)


@pytest.mark.parametrize("is_folder", [True, False])
def test_records_that_cannot_be_read_are_not_taken_for_none(folder, is_folder):
    if is_folder:
        (folder / EVENTS).mkdir()
    else:
        (folder / EVENTS).symlink_to(folder / "elsewhere.jsonl")
    with pytest.raises(BadInput, match="event_file"):
        read_folder(folder)


def test_ranges_of_days_count_as_the_rows_that_they_are(folder):
    """Three hundred ranges of a year are 109,800 rows."""
    with pytest.raises(BadInput, match="event_table"):
        rows(folder, HEAD + "nomination,2026-12-20T08:00Z,gas-2027,2028-01-01..2028-12-31,100\n" * 300)
