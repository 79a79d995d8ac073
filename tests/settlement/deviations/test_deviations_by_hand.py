"""A day of deviations on paper: metering, plan, emergency, band, initiative, price and what is booked."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.settlement.deviations.paper import BEGIN, OBSERVED, PRICES, metered, worked

from walras.settlement.deviations.booking import difference, entries
from walras.settlement.deviations.day import explain, priced
from walras.settlement.ledger import Ledger

ROWS = [  # hour, category, side, kWh, EUR/MWh, cents
    (0, "inside", "from", 1000, 40, 4000),
    (1, "inside", "from", 3200, 50, 16000),
    (1, "inside", "to", -1000, 50, -5000),
    (1, "outside", "from", 800, 45, 3600),
    (2, "inside", "from", -1406, 60, -8436),
    (2, "inside", "to", -1094, 60, -6564),
    (2, "outside", "from", -3094, 66, -20420),
    (2, "outside", "to", -2406, 54, -12992),
    (3, "inside", "to", 2000, 80, 16000),
    (3, "emergency", "", 8000, 95, 76000),
]


def body(rows, booked=(), run="initial"):
    left = difference(rows, booked)
    return {"element": "A-B", "delivery_day": "2026-12-01", "run": run, "currency": "EUR", "from": "operator/A",
            "to": "operator/B", "booked": [[*key, amount] for key, amount in left.items()], "accrued": [],
            "expired": []}  # fmt: skip


def balances(*bodies):
    ledger = Ledger()
    for one in bodies:
        for entry in entries(one):
            ledger.post(entry)
    return {account: amount for (account, _), amount in ledger.balances().items()}


def test_energy_of_the_worked_day():
    first, second = metered()
    assert first.kwh.tolist() == [49_000, 50_840, 47_000, 59_780]
    assert first.differs.tolist() == [True, True, True, True]
    assert second.basis == "from"
    day = worked()
    assert day.actual.tolist() == [45_000, 47_000, 42_000, 60_000]
    assert day.deviation.tolist() == [1_000, 3_000, -8_000, 2_000]
    assert day.width.tolist() == [2_200, 2_200, 2_500, 2_500]
    assert day.outside.tolist() == [0, 800, -5_500, 0]
    assert day.initiative.differs.tolist() == [[False, False, True, False]] * 2
    assert day.initiative.rest.tolist() == [0, 0, -3_000, 0]
    assert day.initiative.parts.tolist() == [[1_000, 4_000, -4_500, 0], [0, -1_000, -3_500, 2_000]]


def test_money_of_the_worked_day():
    rows = priced(worked(), PRICES, OBSERVED)
    found = [((r.part.start - BEGIN) // 60, r.part.category, r.part.side, r.part.kwh, r.price, r.amount_minor)
             for r in rows]  # fmt: skip
    assert found == ROWS
    assert balances(body(rows)) == {"deviation/A-B": 0, "operator/A": 62_188, "operator/B": -62_188}


def test_a_later_version_of_a_meter_books_the_difference_alone():
    first = body(priced(worked(), PRICES, OBSERVED))
    again = priced(worked(), PRICES, OBSERVED)
    assert difference(again, [first]) == {}
    later = priced(worked((3_900, 3_840, 5_000, -220)), PRICES, OBSERVED)
    second = body(later, [first], "rerun 1")
    assert second["booked"] == [[BEGIN, "inside", "from", 200], [BEGIN, "inside", "to", 200]]
    assert balances(first, second)["operator/A"] == 62_588
    back = body(again, [first, second], "rerun 2")
    assert balances(first, second, back)["operator/A"] == 62_188


def test_a_key_that_is_gone_is_reversed():
    rows = priced(worked(), PRICES, OBSERVED)
    left = difference(rows[:-1], [body(rows)])
    assert left == {(BEGIN + 180, "emergency", ""): -76_000}


energies = st.tuples(*[st.integers(-300, 300)] * 4)


@settings(max_examples=60, deadline=None)
@given(st.lists(energies, min_size=1, max_size=4))
def test_after_any_versions_the_ledger_has_the_last_one_alone(versions):
    bodies = []
    for changed in versions:
        rows = priced(worked(tuple(np.array((4_000, 3_840, 5_000, -220)) + changed)), PRICES, OBSERVED)
        bodies.append(body(rows, bodies, f"run {len(bodies)}"))
    booked = balances(*bodies)
    assert booked.get("deviation/A-B", 0) == 0
    assert booked.get("operator/A", 0) == -booked.get("operator/B", 0) == sum(r.amount_minor for r in rows)
    assert body(rows, bodies)["booked"] == []


def test_the_derivation_of_an_mtu_can_be_read():
    text = explain(worked(), PRICES, OBSERVED, BEGIN + 120)
    assert ["of", "it", "nobody", "declared", "-3,000"] in [line.split() for line in text.splitlines()]
    assert "outside, side from short, k 1.1: -3,094 kWh at 66 EUR/MWh = -204.20 EUR" in text
    assert "inside, side to long: -1,094 kWh at 60 EUR/MWh = -65.64 EUR" in text
    assert 'index("day_ahead") * k' in text
    assert np.array([len(line) <= 80 for line in text.splitlines()]).all()
