"""The worked day of docs/settlement/deviations.md: four hours of cross-section A-B, every figure on paper."""

from datetime import date
from fractions import Fraction

import numpy as np

from walras.formulas import Observation, SeriesFacts, Table, unit
from walras.settlement.deviations.actual import net_interchange, planned_kwh
from walras.settlement.deviations.band import Band
from walras.settlement.deviations.border import ONE, MeterRule, held
from walras.settlement.deviations.day import Split, deviations_of
from walras.settlement.deviations.initiative import Declared
from walras.settlement.deviations.metering import DayGrid
from walras.settlement.deviations.pricing import PriceTexts, checked_prices

DAY = date(2026, 12, 1)
BEGIN = 29_934_720  # 2026-12-01T00:00Z
GRID = DayGrid(DAY, BEGIN, BEGIN + 240, 60)
TEXTS = PriceTexts(
    formulas={
        "inside": 'index("day_ahead") -> EUR/MWh',
        "outside": 'clamp(index("day_ahead") * k, 0 EUR/MWh, cap) -> EUR/MWh',
        "emergency": 'max(index("day_ahead"), cost) -> EUR/MWh',
    },
    parameters={"cap": "200 EUR/MWh", "cost": "95 EUR/MWh"},
    series={"day_ahead": 60},
    coefficients={
        (side, way): Fraction(k) for side in ("from", "to") for way, k in (("long", "0.9"), ("short", "1.1"))
    },
)
PRICES = checked_prices(TEXTS, "EUR", 60, "terms of A-B")
BAND = Band(2000, Fraction(5, 100))
L1 = MeterRule("lower", from_factors=(Fraction("0.98"), ONE))
L2 = MeterRule("from")


def kwh(*figures):
    return np.array(figures, dtype=np.int64)


def day_ahead(*prices):
    table = Table()
    facts = SeriesFacts(unit("EUR/MWh"), "MTU")
    table.add("day_ahead", facts, [Observation(BEGIN + 60 * t, Fraction(p), 0) for t, p in enumerate(prices)])
    return table


OBSERVED = day_ahead(40, 50, 60, 80)


def metered(second_line=(4_000, 3_840, 5_000, -220)):
    first = held("L1", L1, kwh(50_000, 52_000, 48_000, 61_000), kwh(49_200, 50_840, 47_000, 59_800))
    second = held("L2", L2, kwh(*second_line), None)
    return first, second


def declared():
    by_a = Declared(np.array([kwh(1000, 4000, -3000, 0), kwh(0, -1000, -5000, 2000)]), kwh(0, 0, 0, 0))
    by_b = Declared(np.array([kwh(1000, 4000, -6000, 0), kwh(0, -1000, -2000, 2000)]), kwh(0, 0, 0, 0))
    return by_a, by_b


def worked(second_line=(4_000, 3_840, 5_000, -220)):
    first, second = metered(second_line)
    actual = net_interchange([(first.kwh, False), (second.kwh, True)])
    planned = planned_kwh(kwh(44_000, 44_000, 50_000, 50_000), 60)
    return deviations_of(GRID, actual, planned, kwh(0, 0, 0, 8_000), BAND, declared(), Split("half"))
