"""The bindings of entsoe-apy read what we write, and we read what they write: a second opinion on every element."""

import re
from decimal import Decimal

import numpy as np
import pytest
from tests.formats.esmp import samples

from walras.formats import esmp
from walras.formats.esmp import codes
from walras.formats.esmp.xml import parse

pytest.importorskip("entsoe", reason="entsoe-apy, the judge of what we write, comes with the extra `dev`")

MODULES = {
    "schedule": "iec62325_451_2_schedule_v5_2",
    "capacity": "iec62325_451_3_capacity_v8_4",
    "acknowledgement": "iec62325_451_1_acknowledgement_v9_0",
    "anomaly": "iec62325_451_2_anomaly_v5_3",
    "confirmation": "iec62325_451_2_confirmation_v5_3",
    "bids": "iec62325_451_7_reservebiddocument_v7_6",
}
LISTS = {
    "CODING_SCHEME": "CodingSchemeTypeList",
    "PRODUCT": "EnergyProductTypeList",
    "POWER_UNIT": "UnitOfMeasureTypeList",
    "PRICE_UNIT": "UnitOfMeasureTypeList",
    "CURVE_TYPE": "CurveTypeList",
    "CLASSIFICATION": "ClassificationTypeList",
    "INDICATOR": "IndicatorTypeList",
    "DIRECTION": "DirectionTypeList",
    "CURRENCY": "CurrencyTypeList",
    "AGGREGATION": "ObjectAggregationTypeList",
    "CONTRACT": "ContractTypeList",
    "ROLE": "RoleTypeList",
    "PROCESS": "ProcessTypeList",
    "DOCUMENT_TYPE": "MessageTypeList",
    "SCHEDULE_BUSINESS": "BusinessTypeList",
    "CAPACITY_BUSINESS": "BusinessTypeList",
    "BID_BUSINESS": "BusinessTypeList",
    "REASON": "ReasonCodeTypeList",
}


def module(name):
    from importlib import import_module

    return import_module(f"entsoe.xml_models.{name}")


def their_class(kind):
    inside = vars(module(MODULES[kind]))
    return next(c for n, c in inside.items() if n.endswith("MarketDocument") and hasattr(c, "Meta")
                and getattr(c.Meta, "namespace", None))  # fmt: skip


def parser():
    from xsdata.formats.dataclass.parsers.config import ParserConfig
    from xsdata_pydantic.bindings import XmlParser

    return XmlParser(config=ParserConfig(fail_on_unknown_attributes=True, fail_on_converter_warnings=True))


def they_read(kind, data):
    return parser().from_bytes(data, their_class(kind))


def they_write(document):
    from xsdata_pydantic.bindings import XmlSerializer

    return XmlSerializer().render(document).encode()


def leaves(value, limits=None):
    """Return every value that their objects hold; each must keep the pattern and length of their schema."""
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item, limits)]
    fields = getattr(type(value), "model_fields", None)
    if fields is not None:
        inner = [(getattr(value, name), field.xsdata_metadata) for name, field in fields.items()]
        return [leaf for part, meta in inner if part is not None for leaf in leaves(part, meta)]
    text = str(value.value if hasattr(value, "value") else value)
    assert re.fullmatch((limits or {}).get("pattern", ".*"), text)
    assert len(text) <= (limits or {}).get("max_length", len(text))
    return [text]


def plain(value):
    return Decimal(value) if isinstance(value, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value) else value


def names(node):
    return [(node.namespace, node.name), *(name for child in node.children for name in names(child))]


def of_tree(node):
    """Return every text and attribute of our bytes, in their order: what they hold must be just this."""
    out = [] if node.children else [node.text]
    for child in node.children:
        out += of_tree(child)
    return out + list(node.attributes.values())


@pytest.mark.parametrize("kind", MODULES)
def test_they_find_every_value_that_we_wrote_and_no_other(kind):
    data = esmp.write_document(samples.ALL[kind]())
    found = [plain(text) for text in leaves(they_read(kind, data))]
    ours = [plain(v) for v in of_tree(parse(data))]
    assert len(found) > 10
    assert sorted(map(str, found)) == sorted(map(str, ours))


@pytest.mark.parametrize("kind", MODULES)
def test_our_elements_stand_in_the_order_of_their_schema(kind):
    data = esmp.write_document(samples.ALL[kind]())
    assert names(parse(they_write(they_read(kind, data)))) == names(parse(data))


@pytest.mark.parametrize("kind", MODULES)
def test_we_read_what_they_write(kind):
    document = samples.ALL[kind]()
    data = esmp.write_document(document)
    theirs = they_write(they_read(kind, data))
    assert theirs != data
    assert esmp.read_document(theirs) == document


def test_they_find_the_figures_of_a_schedule():
    found = they_read("schedule", esmp.write_document(samples.schedule()))
    assert found.m_rid == "SCHEDULE-1"
    assert found.schedule_time_period_time_interval.start == "2026-10-24T22:00Z"
    assert found.schedule_time_period_time_interval.end == "2026-10-25T23:00Z"
    (series,) = found.time_series
    assert (series.out_domain_m_rid.value, series.in_domain_m_rid.value) == (samples.ALPHA, samples.BETA)
    (period,) = series.period
    assert [p.quantity for p in period.point][:4] == [Decimal("0"), Decimal("1.5"), Decimal("3"), Decimal("4.5")]
    assert [p.position for p in period.point] == list(range(1, 26))


def test_they_find_the_figures_of_a_bid():
    found = they_read("bids", esmp.write_document(samples.bids()))
    first = found.bid_time_series[0]
    assert first.divisible.value == "A01"
    assert first.linked_bids_identification == "PAIR-1"
    assert [p.quantity_quantity for p in first.period[0].point] == [Decimal("10"), Decimal("12.5")]
    assert [p.price_amount for p in first.period[0].point] == [Decimal("-5.25"), Decimal("61")]


def test_we_find_the_figures_of_a_capacity_that_they_made():
    m, lists = module(MODULES["capacity"]), module("urn_entsoe_eu_wgedi_codelists")
    eic = lists.CodingSchemeTypeList.A01
    from xsdata.models.datatype import XmlDuration

    def interval():
        return m.EsmpDateTimeInterval(start="2026-01-01T23:00Z", end="2026-01-02T00:00Z")

    points = [m.Point(position=1, quantity=Decimal("120.250")), m.Point(position=3, quantity=Decimal("-1"))]
    period = m.SeriesPeriod(time_interval=interval(), resolution=XmlDuration("PT15M"), point=points)
    one = m.TimeSeries(
        m_rid="1",
        business_type=lists.BusinessTypeList.A31,
        product=lists.EnergyProductTypeList.VALUE_8716867000016,
        in_domain_m_rid=m.AreaIdString(value=samples.BETA, coding_scheme=eic),
        out_domain_m_rid=m.AreaIdString(value=samples.ALPHA, coding_scheme=eic),
        measurement_unit_name=lists.UnitOfMeasureTypeList.MAW,
        curve_type=lists.CurveTypeList.A03,
        period=[period],
    )
    document = m.CapacityMarketDocument(
        m_rid="C",
        revision_number="1",
        type_value=lists.MessageTypeList.A31,
        process_process_type=lists.ProcessTypeList.A07,
        sender_market_participant_m_rid=m.PartyIdString(value=samples.ALPHA_SO, coding_scheme=eic),
        sender_market_participant_market_role_type=lists.RoleTypeList.A04,
        receiver_market_participant_m_rid=m.PartyIdString(value=samples.MARKET, coding_scheme=eic),
        receiver_market_participant_market_role_type=lists.RoleTypeList.A11,
        created_date_time="2026-01-01T10:00:00Z",
        period_time_interval=interval(),
        domain_m_rid=m.AreaIdString(value=samples.ALPHA, coding_scheme=eic),
        time_series=[one],
    )
    read = esmp.read_document(they_write(document))
    assert isinstance(read, esmp.CapacityDocument)
    (series,) = read.series
    assert series.business_type == "A31"
    assert np.array_equal(series.periods[0].kilowatts, [120_250, 120_250, -1000, -1000])


@pytest.mark.parametrize("name", LISTS)
def test_every_code_that_we_know_is_one_of_theirs(name):
    theirs = {member.value for member in getattr(module("urn_entsoe_eu_wgedi_codelists"), LISTS[name])}
    assert getattr(codes, name).keys() <= theirs
