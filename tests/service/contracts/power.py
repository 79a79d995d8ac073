"""A contract of power over the border, what goes into its auctions, and what is said under it."""

import polars as pl
from tests.service.border.stage import BUYER, DAY, NORTH, SELLER, THIRD

from walras.service import commands as c
from walras.service import queries as q
from walras.service import submitted
from walras.service.gate import book_loader
from walras.service.plan import Plan
from walras.service.store import sessions
from walras.service.trail_check import flaws

POWER = f"""
format = "walras-agreement"
version = 1
name = "Power for the south"
time_zone = "Europe/Rome"

[[contract]]
contract = "power"
subject = "power"
commodity = "electricity"
seller = "{SELLER}"
buyer = "{BUYER}"
begin = 2027-03-01
end = 2027-04-01
unit = "MWh"
currency = "EUR"

[contract.quantity]
daily = 480
daily_maximum = 1200

[[contract.hops]]
hop = "line"
operator = "{NORTH}"
line = "N-S"

[[contract.prices]]
component = "power"
final = "30 EUR/MWh -> EUR/MWh"

[contract.auction]
carrier = "electricity"
delivery = "South"
source = "North"
energy = "1 MWh/MWh"
flexible_steps = 3
"""
ORDERS = ((SELLER, "North", "supply", 10.0, 60.0), (THIRD, "South", "supply", 60.0, 50.0),
          (BUYER, "South", "demand", 80.0, 70.0))  # fmt: skip


def nominate(market, quantity="480", day=DAY):
    row = {"kind": "nomination", "contract": "power", "day": day.isoformat(), "quantity": quantity}
    return market.record(BUYER, row)


def offer(market, *steps, who=BUYER, day=DAY, **more):
    rows = tuple(c.FlexStep(quantity=q_, price_per_mwh=p) for q_, p in steps)
    return market.do(who, c.OfferSupplyFlexibility(agreement="SA-0001", contract="power", day=day, steps=rows, **more))


def book_of(market, session):
    with market.store.read() as connection:
        return book_loader(market.secrets)(connection, sessions.get(connection, session), Plan())


def bilateral(market):
    """MW of the line that contracts hold in each hour."""
    found = market.client("OP").ask(q.ListCapacityEntries(market="two", limit=1000))["items"]
    frame = pl.DataFrame([e for e in found if e["holder"] == "supply power"], infer_schema_length=None)
    return sorted(set(frame.group_by("mtu_start").agg(pl.col("mw").sum())["mw"].round(6).to_list()))


def sound(market):
    with market.store.read() as connection:
        return list(flaws(connection, market.secrets, submitted)) == []
