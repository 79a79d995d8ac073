"""A market of two zones and some orders for it, as JSON."""

import json

from tests.folders import every_family

from walras.book.market import MarketTerms
from walras.service.intake.documents import parse

DAY = "2025-04-01T"


def terms():
    """Three hours; A in quarters, B in hours."""
    return MarketTerms.of(every_family().book())


def time(hour, minute=0):
    return f"{DAY}{hour:02d}:{minute:02d}:00Z"


def curve(order="sell", zone="B", hours=3, steps=2, **more):
    side = more.get("side", "supply")
    sign = 1 if side == "supply" else -1
    mtus = [
        {"mtu_start": time(h), "steps": [{"price_per_mwh": 20.0 + sign * k, "quantity_mw": 5.0} for k in range(steps)]}
        for h in range(hours)
    ]
    return {
        "family": "curve",
        "order": order,
        "zone": zone,
        "carrier": "electricity",
        "side": side,
        "mtus": mtus,
    } | more


def block(order="block", hours=(0,), **more):
    return {
        "family": "block", "order": order, "zone": "B", "carrier": "electricity", "side": "supply",
        "price_per_mwh": 12.0, "min_acceptance_ratio": 0.5,
        "legs": [{"mtu_start": time(h), "quantity_mw": 5.0} for h in hours],
    } | more  # fmt: skip


def flexible(order="flexible", **more):
    return {
        "family": "flexible", "order": order, "zone": "A", "carrier": "electricity", "side": "demand",
        "price_per_mwh": 30.0, "quantity_mw": 4.0, "minutes": 30, "window_start": time(0, 30), "window_end": time(2),
    } | more  # fmt: skip


def scalable(order="scalable", family="scalable", **more):
    mtus = [
        {"mtu_start": time(0), "minimum_mw": 4.0, "steps": [{"price_per_mwh": 2.0, "quantity_mw": 4.0}]},
        {"mtu_start": time(0, 15), "steps": [{"price_per_mwh": 2.0, "quantity_mw": 4.0}]},
    ]
    return {
        "family": family, "order": order, "zone": "A", "carrier": "electricity", "side": "supply",
        "fixed_term": 100.5, "gradient_up_mw": 5.0, "mtus": mtus,
    } | more  # fmt: skip


def conversion(order="turbine", **more):
    source = {"zone": "B", "carrier": "electricity", "efficiency": 0.5, "outside_share": 0.25}
    return scalable(order, "conversion", input=source) | more


def storage(order="battery", **more):
    return {
        "family": "storage", "order": order, "zone": "A", "carrier": "electricity", "charge_mw": 2.0,
        "discharge_mw": 3.0, "capacity_mwh": 7.5, "spread_per_mwh": 1.5, "charge_efficiency": 0.9,
    } | more  # fmt: skip


def every_document():
    """One of each family, with links and a group."""
    return [
        curve(), curve("need", "A", 2, 1, side="demand"), block("parent"), block("child", (1, 2), parents=["parent"]),
        block("one", group="choice"), block("two", (2,), group="choice"), flexible(),
        scalable(), conversion(), storage(),
    ]  # fmt: skip


def body(*orders):
    return json.dumps({"orders": list(orders)}).encode()


def parsed(*orders):
    return parse(body(*orders))
