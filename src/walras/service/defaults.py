"""Default orders: written for one delivery day, moved to another by the clock on the wall.

A period at 14:00 local time stays at 14:00. Where clocks go forward the hour that is missing
drops out; where they go back the hour that comes twice is asked for twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from walras.errors import BadInput, Mistake
from walras.service.intake.documents import ORDER_LIST, Document, OrderList

PERIODS = ("mtus", "legs")
WINDOW = ("window_start", "window_end")


def moved(orders: tuple[Document, ...], day: date, to: date, zone: ZoneInfo) -> tuple[Document, ...]:
    """Return orders of one delivery day as orders of another one.

    Args:
        orders: As they were left.
        day: The delivery day that their times belong to.
        to: The delivery day that is asked for.
        zone: Time zone of the market.

    Returns:
        The orders that have an hour on the other day: one whose every hour is missing there drops out.

    Raises:
        BadInput: What is left is no list of orders (rule `default_orders_move`).
    """
    listed = ORDER_LIST.dump_python(OrderList.model_construct(orders=list(orders)), mode="json", exclude_defaults=True)
    for order in listed["orders"]:
        for name in PERIODS:
            if name in order:
                order[name] = [p for period in order[name] for p in _periods(period, to - day, zone)]
        for name in WINDOW:
            if order.get(name) is not None:
                order[name] = next(iter(_times(order[name], to - day, zone)), order[name])
    left = [o for o in listed["orders"] if all(o[name] for name in PERIODS if name in o)]
    if not left:
        return ()
    try:
        return tuple(ORDER_LIST.validate_python(listed | {"orders": left}).orders)
    except ValidationError as error:
        what = f"orders of {day} do not fit {to}: {error.errors()[0]['msg']}"
        raise BadInput([Mistake(what, "default orders", "default_orders_move", "Leave other orders.")]) from None


def _periods(period: dict[str, Any], by: timedelta, zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    for start in _times(period["mtu_start"], by, zone):
        yield period | {"mtu_start": start}


def _times(text: str, by: timedelta, zone: ZoneInfo) -> Iterator[str]:
    """Yield the time as it is on the other day: once, twice where clocks go back, never in an hour that is missing.

    >>> zone = ZoneInfo("Europe/Rome")
    >>> list(_times("2026-10-24T00:30:00Z", timedelta(days=1), zone))
    ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z']
    >>> list(_times("2026-03-28T01:30:00Z", timedelta(days=1), zone))
    []
    """
    local = datetime.fromisoformat(text).astimezone(zone)
    wall = local.replace(tzinfo=None, fold=0) + by
    is_twice_here = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    found = []
    for fold in (0, 1):
        utc = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        exists = utc.astimezone(zone).replace(tzinfo=None) == wall
        if exists and utc not in found:
            found.append(utc)
    if is_twice_here and local.fold and len(found) == 1:  # the second of two hours, where there is one
        return
    if is_twice_here and len(found) == 2:
        found = [found[local.fold]]
    for utc in found:
        yield utc.strftime("%Y-%m-%dT%H:%M:%SZ")
