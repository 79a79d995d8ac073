"""The book: what one auction holds, as columns over cells.

Written by `book.folder.read`, by converters and by the builders of tests; read by the
engine, the audit and everything after. Immutable.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from walras.book.cells import Cells
from walras.book.flow_based import Domains
from walras.book.network import Borders, Lines
from walras.book.profile import Profile
from walras.orders.blocks import BlockOrders
from walras.orders.curves import CurveOrders
from walras.orders.flexible import FlexibleOrders
from walras.orders.scalable import ScalableOrders
from walras.orders.storage import StorageOrders


@dataclass(frozen=True)
class Book:
    """One auction's input.

    Attributes:
        name: Title for people.
        currency: Trade currency, ISO 4217.
        time_zone: IANA name; decides where the delivery day begins and ends.
        delivery_day: The day of delivery.
        profile: The rules.
        cells, lines, borders, domains: Where and when prices form, and what joins them.
        curves, blocks, flexibles, scalables, storages: The orders, a family each.
    """

    name: str
    currency: str
    time_zone: str
    delivery_day: date
    profile: Profile
    cells: Cells
    lines: Lines
    borders: Borders
    curves: CurveOrders
    blocks: BlockOrders
    flexibles: FlexibleOrders
    scalables: ScalableOrders
    domains: Domains = field(default_factory=Domains.none)
    storages: StorageOrders = field(default_factory=StorageOrders.none)
