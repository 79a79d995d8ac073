"""A small market on paper: an operator in SK, a dealer in AT, a mill in SK, and what they bought and sold."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import polars as pl

from walras.settlement.documents.eu_vat import eu_table
from walras.settlement.documents.invoice import Billing
from walras.settlement.documents.lines import Run, Statement
from walras.settlement.documents.vat import Taxpayer
from walras.settlement.statement import LINES

OPERATOR = Taxpayer("OP", "Operátor spoločného trhu", "SK", "SK2020000001", is_dealer=True)
DEALER = Taxpayer("M-0001", "Handel Beispiel & Söhne <GmbH>", "AT", "ATU00000001", is_dealer=True)
MILL = Taxpayer("M-0002", "Мукомольный завод «Пример»", "SK", "SK2020000002", address="Košice, Ulica 1")
RATE = Fraction(23, 100)
DAY = date(2026, 3, 2)
TABLE = eu_table({"SK": RATE}, date(2025, 1, 1))


def run(name="initial", sequence=0, session="DA-2026-03-02", day=DAY):
    return Run("XA", session, name, day, 1, datetime(2026, 3, 3, 9, tzinfo=UTC), sequence, "Europe/Bratislava")


def line(party, minor, kind="energy", side="demand", energy=None, price=None, zone="XA", at=0, text="", currency="EUR"):
    start = datetime(2026, 3, 1, 23, tzinfo=UTC) + timedelta(minutes=15 * at)
    if side is None:
        return (party, kind, text or kind, None, None, None, None, None, None, None, minor, currency)
    return (party, kind, text or side, zone, "electricity", start, 15, side, energy, price, minor, currency)


def statement(*lines, fixings=(), **facts):
    return Statement(run(**facts), pl.DataFrame(list(lines), schema=LINES, orient="row"), fixings)


def billing(**other):
    facts = {
        "market": "XA",
        "operator": OPERATOR,
        "parties": {f"member/{p.code}": p for p in (DEALER, MILL)},
        "vat": TABLE,
        "issued": date(2026, 4, 1),
        "due": lambda day: day + timedelta(days=14),
        "first_day": date(2026, 3, 1),
        "last_day": date(2026, 3, 31),
    }
    return Billing(**{**facts, **other})
