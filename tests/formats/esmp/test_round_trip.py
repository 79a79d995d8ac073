"""What is written is read as the same document, and written again as the same bytes; days of 23 and 25 hours."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.formats.esmp import samples

from walras.errors import BadInput
from walras.formats import esmp
from walras.formats.esmp import codes


@pytest.mark.parametrize("kind", samples.ALL)
def test_a_document_is_read_as_it_was_and_written_to_the_same_bytes(kind):
    document = samples.ALL[kind]()
    data = esmp.write_document(document)
    read = esmp.read_document(data)
    assert read == document
    assert hash(read) == hash(document)
    assert esmp.write_document(read) == data


@pytest.mark.parametrize("kind", samples.ALL)
def test_a_document_begins_with_its_namespace(kind):
    first, second = esmp.write_document(samples.ALL[kind]()).decode().splitlines()[:2]
    assert first == '<?xml version="1.0" encoding="UTF-8"?>'
    assert re.fullmatch(r'<\w+_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-\d:\w+:\d:\d">', second)


def test_other_values_are_another_document():
    assert samples.schedule() != samples.schedule(version=4)
    one, other = (samples.series(periods=(samples.hours(minutes=m),)) for m in (60, 30))
    assert one != other
    first = samples.bids().bids[0]
    cheaper = replace(first.periods[0], price_milli=first.periods[0].price_milli - 1)
    assert replace(first, periods=(cheaper,)) != first
    assert first.periods[0] != samples.hours()


@pytest.mark.parametrize(("start", "count"), [(samples.MIDNIGHT, 25), (samples.SPRING, 23)])
@pytest.mark.parametrize("minutes", [15, 30, 60])
def test_a_long_and_a_short_day_keep_every_block(start, count, minutes):
    blocks = count * 60 // minutes
    period = samples.hours(blocks, start, minutes)
    assert period.end == start + count * 60
    document = samples.schedule(period_start=start, period_end=period.end, series=(samples.series(periods=(period,)),))
    read = esmp.read_document(esmp.write_document(document))
    assert len(read.series[0].periods[0].kilowatts) == blocks
    assert read == document


def test_24_hours_do_not_make_a_day_of_25():
    end = samples.MIDNIGHT + 24 * 60
    short = samples.schedule(period_end=end, series=(samples.series(periods=(samples.hours(24),)),))
    esmp.write_document(short)
    (mistake,) = esmp.period_mistakes(short, samples.MIDNIGHT, samples.NEXT)
    assert (mistake.rule, "1500 minutes" in mistake.fix) == ("esmp_period", True)
    assert esmp.period_mistakes(samples.schedule(), samples.MIDNIGHT, samples.NEXT) == []
    assert esmp.period_mistakes(samples.acknowledgement(), samples.MIDNIGHT, samples.NEXT) == []
    with pytest.raises(BadInput) as caught:
        esmp.write_document(samples.schedule(series=short.series))
    assert {m.rule for m in caught.value.mistakes} == {"esmp_period"}


def test_blocks_that_vary_in_size_repeat_the_value_before():
    text = esmp.write_document(samples.schedule()).decode().replace("<curveType>A01", "<curveType>A03")
    kept = re.sub(r" *<Point>\s*<position>(?!(1|4|20)<).*?</Point>\n", "", text, flags=re.DOTALL)
    assert kept.count("<Point>") == 3
    (period,) = esmp.read_document(kept.encode()).series[0].periods
    assert period.kilowatts.tolist() == [0] * 3 + [4500] * 16 + [28_500] * 6


def test_a_document_without_a_curve_type_holds_blocks_of_fixed_size():
    text = esmp.write_document(samples.schedule()).decode()
    assert esmp.read_document(text.replace("      <curveType>A01</curveType>\n", "").encode()) == samples.schedule()


def test_numbers_are_read_in_every_legal_form():
    text = esmp.write_document(samples.schedule()).decode()
    same = text.replace(">1.5<", ">+01.500000<").replace(">3</quantity", ">3.</quantity").replace(">0<", ">.0<")
    assert esmp.read_document(same.encode()) == samples.schedule()
    assert esmp.read_document(text.replace("PT60M", "PT1H").encode()) == samples.schedule()
    assert esmp.read_document(b"\xef\xbb\xbf" + text.encode()) == samples.schedule()


def test_an_instant_of_another_zone_is_written_in_utc():
    local = samples.MADE.astimezone(ZoneInfo("Europe/Vienna"))
    assert local.hour == 11
    assert esmp.write_document(samples.schedule(created_at=local)) == esmp.write_document(samples.schedule())


@pytest.mark.parametrize("at", [samples.MADE.replace(tzinfo=None), samples.MADE.replace(microsecond=1)])
def test_an_instant_that_would_change_is_not_written(at):
    with pytest.raises(AssertionError, match="times of documents"):
        esmp.write_document(samples.schedule(created_at=at))


def test_several_periods_follow_one_another():
    parts = (samples.hours(10), samples.hours(60, samples.MIDNIGHT + 600, 15))
    document = samples.schedule(series=(samples.series(periods=parts),))
    assert esmp.read_document(esmp.write_document(document)) == document


texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60).filter(
    lambda t: t.isprintable() and t == t.strip()
)
instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 12, 31)).map(
    lambda t: t.replace(microsecond=0, tzinfo=UTC)
)
columns = st.lists(st.integers(0, 10**9), min_size=1, max_size=8).map(lambda v: np.array(v, np.int64))
reasons = st.builds(esmp.Reason, st.sampled_from(sorted(codes.REASON)), st.none() | texts)


@st.composite
def schedules(draw):
    start = draw(st.integers(samples.SPRING, samples.NEXT))
    minutes = draw(st.sampled_from([5, 15, 30, 60, 90, 1440]))
    length = draw(st.integers(1, 8))
    kilowatts = st.lists(st.integers(0, 10**9), min_size=length, max_size=length)
    names = draw(st.lists(texts, max_size=3, unique=True))
    series = tuple(
        samples.series(
            identification=name,
            version=draw(st.integers(1, 999)),
            agreement=draw(st.none() | texts),
            line=draw(st.sampled_from([None, samples.LINE])),
            contract_kind=draw(st.none() | st.sampled_from(sorted(codes.CONTRACT))),
            reasons=tuple(draw(st.lists(reasons, max_size=1))),
            periods=(esmp.Period(start, minutes, np.array(draw(kilowatts), np.int64)),),
        )
        for name in names
    )
    return samples.schedule(
        identification=draw(texts),
        created_at=draw(instants),
        period_start=start,
        period_end=start + minutes * length,
        series=series,
        matching=draw(st.sampled_from([None, (start, start + minutes)])),
    )


@given(schedules())
def test_any_schedule_comes_back_as_it_was(document):
    data = esmp.write_document(document)
    read = esmp.read_document(data)
    assert read == document
    assert esmp.write_document(read) == data


@given(columns, st.sampled_from([15, 60]), st.lists(reasons, max_size=2))
def test_any_capacity_comes_back_as_it_was(column, minutes, why):
    signed = np.where(np.arange(len(column)) % 2, column, -column)
    period = esmp.Period(samples.MIDNIGHT, minutes, signed)
    plain = samples.capacity()
    series = replace(plain.series[0], periods=(period,), reasons=tuple(why))
    document = replace(plain, series=(series,), period_end=period.end)
    assert esmp.read_document(esmp.write_document(document)) == document
