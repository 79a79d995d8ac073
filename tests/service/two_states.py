"""Two states, one line, six members: a market in words for the tests of the door."""

import json
from datetime import UTC, date, datetime

from walras.service.clock import SECOND
from walras.service.definition import MarketDefinition
from walras.service.intake.documents import parse
from walras.service.store.schema import api_keys, companies, market_versions, markets, rights, sessions, users

DAY = date(2026, 12, 1)
MEMBERS = tuple(f"M-{i:04d}" for i in range(1, 7))
LIMITS = {
    "price_min_per_mwh": -500.0, "price_max_per_mwh": 4000.0, "price_tick_per_mwh": 0.01, "quantity_tick_mw": 0.1,
}  # fmt: skip


def definition(**changes):
    """Return the market: North and South, hourly electricity, a line of 50 MW."""
    grids = [{"zone": z, "carrier": "electricity", "mtu_minutes": 60} | LIMITS for z in ("North", "South")]
    line = {"line": "N-S", "carrier": "electricity", "from_zone": "North", "to_zone": "South"}
    return MarketDefinition.model_validate(
        {
            "name": "Two states", "currency": "EUR", "time_zone": "Europe/Rome", "profile": "european",
            "zones": [{"zone": "North", "country": "IT"}, {"zone": "South", "country": "SI"}],
            "grids": grids,
            "lines": [line | {"capacity_forward_mw": 50.0, "capacity_backward_mw": 50.0}],
        } | changes
    )  # fmt: skip


def hour(h, day=DAY):
    """Return an hour of the delivery day in Rome, which is one hour ahead of UTC in winter."""
    return datetime.fromtimestamp(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() + (h - 1) * 3600, UTC)


def text(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def curve(order, zone, side, price, quantity, hours=range(24), **changes):
    """Return a curve order with one step an hour."""
    steps = [{"price_per_mwh": float(price), "quantity_mw": float(quantity)}]
    mtus = [{"mtu_start": text(hour(h)), "steps": steps} for h in hours]
    place = {"family": "curve", "order": order, "zone": zone, "carrier": "electricity", "side": side}
    return place | {"mtus": mtus} | changes


def block(order, zone, side, price, quantity, hours=range(8), **changes):
    """Return a block order with one profile."""
    legs = [{"mtu_start": text(hour(h)), "quantity_mw": float(quantity)} for h in hours]
    place = {"family": "block", "order": order, "zone": zone, "carrier": "electricity", "side": side}
    return place | {"price_per_mwh": float(price), "min_acceptance_ratio": 1.0, "legs": legs} | changes


def documents(*orders):
    """Return orders as the door has them once their JSON is read."""
    return list(parse(json.dumps({"orders": orders}).encode()))


def founded(store, secrets, kind="simulation", *, members=MEMBERS, gate_in=3600, market=None):
    """Put members with rights, a market and an open session into a store; return the session's id."""
    market = market or definition()
    body = json.dumps({"products": [["North", "electricity"], ["South", "electricity"]], "most_orders": 100,
                       "most_steps": 100_000, "most_mw": 10_000.0})  # fmt: skip
    with store.write() as connection:
        now = store.clock.now(connection)
        run = connection.execute
        run(companies.insert(), [
            {"code": m, "role": "member", "name": f"Company {m}", "country": "IT", "state": "active", "since": now}
            for m in members])  # fmt: skip
        run(users.insert(), [{"id": f"U-{m}", "company": m, "role": "member", "since": now} for m in members])
        run(api_keys.insert(), [{"prefix": f"key{m}", "mac": secrets.mac(f"wk_key{m}_secret"), "user": f"U-{m}",
                                 "since": now, "expires_at": now + 10**15} for m in members])  # fmt: skip
        run(markets.insert().values(code="two", version=1, since=now))
        run(market_versions.insert().values(market="two", version=1, valid_from="2020-01-01", at=now,
                                            body=market.model_dump_json()))  # fmt: skip
        run(rights.insert(), [{"company": m, "market": "two", "body": body, "version": 1, "since": now}
                              for m in members])  # fmt: skip
        session = f"two-{DAY}-da"
        run(sessions.insert().values(
            id=session, market="two", market_version=1, delivery_day=str(DAY), kind=kind, state="open",
            sealed_key=secrets.new_session_key(session), opens_at=now, gate_at=now + gate_in * SECOND,
            results_due_at=now + (gate_in + 60) * SECOND))  # fmt: skip
    return session
