"""Tiny tables in the layout of the Italian market, with made-up numbers.

Two zones, A and B, one line A-B of 50 MW forward and 30 backward; a border to FOREIGN
whose edge starts in A, and one to ISLAND whose edge ends in B; one block.
"""

import gzip
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

ROME = ZoneInfo("Europe/Rome")


def hours_of(day):
    begin, end = (datetime(d.year, d.month, d.day, tzinfo=ROME) for d in (day, day + timedelta(days=1)))
    return int((end.timestamp() - begin.timestamp()) // 3600)


def tiny_tables(day=date(2024, 5, 7)):
    """Return every table of one day as lists of rows (dicts)."""
    begin = datetime(day.year, day.month, day.day, tzinfo=ROME).timestamp()
    tables = {}

    def add(table, period, **row):
        stamp = datetime.fromtimestamp(begin + (period - 1) * 3600, ROME).isoformat()
        tables.setdefault(table, []).append(
            {"timestamp": stamp, "delivery_day": day.isoformat(), "period": period} | row
        )

    for t in range(1, hours_of(day) + 1):
        for zone, side, price, quantity in (
            ("A", "supply", 30.0, 40.0),
            ("A", "supply", 10.0, 20.5),
            ("A", "demand", 5.0, 10.0),
            ("B", "demand", 80.0, 15.0),
            ("B", "demand", 90.25, 25.0),
        ):
            row = {"zone": zone, "side": side, "price_eur_per_mwh": price, "quantity_mwh": quantity}
            add("simple-bid-curves", t, **row)
            add("bid-curves", t, **row)
        add("internal-transfer-capacities", t, from_zone="A", to_zone="B",
            forward_capacity_mwh=50.0, reverse_capacity_mwh=30.0)  # fmt: skip
        for a, b, low, high in (
            ("A", "B", -30.0, 50.0),
            ("A", "FOREIGN", -7.0, 9.0),
            ("ISLAND", "B", -4.0, 6.0),
            ("FOREIGN", "ISLAND", -1.0, 1.0),
        ):
            add("transfer-capacities", t, id=f"{a}_{b}", from_zone=a, to_zone=b, min_flow_mwh=low, max_flow_mwh=high)
        for zone, price in (("A", 30.0), ("B", 30.004), ("FOREIGN", 20.12345), ("ISLAND", 25.0 + t)):
            add("published-prices", t, zone=zone, price_eur_per_mwh=price)
        add("published-exchanges", t, zone="A", external_zone="FOREIGN", exchange_mwh=-3.25)
        add("published-exchanges", t, zone="B", external_zone="ISLAND", exchange_mwh=1.5)
        add("published-flows", t, from_zone="A", to_zone="B", flow_mwh=12.5)
    for t in (3, 4, 6):
        add("block-orders", t, block_id="UP_PLANT_1_777", zone="A", side="supply",
            quantity_mwh=float(t), price_eur_per_mwh=22.0, published_status="ACC")  # fmt: skip
    add("block-orders", 5, block_id="UC_LOAD_778", zone="B", side="demand",
        quantity_mwh=2.0, price_eur_per_mwh=7.0, published_status="PREJ")  # fmt: skip
    return tables


def write_tables(folder, tables, zipped=True):
    """Write tables as the publisher's preparer does and return the folder."""
    folder.mkdir(exist_ok=True)
    for name, rows in tables.items():
        text = pl.DataFrame(rows).write_csv()
        if zipped:
            (folder / f"{name}.csv.gz").write_bytes(gzip.compress(text.encode()))
        else:
            (folder / f"{name}.csv").write_text(text)
    return folder
