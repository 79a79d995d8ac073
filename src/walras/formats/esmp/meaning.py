"""What well-formed documents may still get wrong: parts that belong together, zones, prices, identifications.

Read by `checking`. Rules of a market (deadlines, permits, capacities) are not checked here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from walras.formats.esmp.points import Reports, series_of
from walras.formats.esmp.values import Wrong, quantity, shown
from walras.formats.esmp.xml import Node

TOGETHER = (
    ("subject_MarketParticipant.mRID", "subject_MarketParticipant.marketRole.type"),
    ("confirmed_MarketDocument.mRID", "confirmed_MarketDocument.revisionNumber"),
)
COLUMNS = ("minimum_Quantity.quantity", "price.amount", "energy_Price.amount")
PRICES = (("price.amount", "price_Measurement_Unit.name"), ("energy_Price.amount", "energyPrice_Measurement_Unit.name"))
BETWEEN_ZONES = ("A03", "A05", "A06")
"""Business types of schedules that go from one zone into another."""


def check_meaning(root: Node, report: Reports) -> None:
    """Add every mistake of what a document means."""
    for pair in TOGETHER:
        _together(root, pair, report)
    found = series_of(root, root.name)
    if root.name != "AnomalyReport_MarketDocument":
        _unique(found, report)
    for node, path in found:
        if root.name == "Capacity_MarketDocument" or node.text_of("businessType") in BETWEEN_ZONES:
            _zones(node, path, report)
        if node.name == "Bid_TimeSeries":
            _prices(node, path, report)


def _together(root: Node, pair: tuple[str, str], report: Reports) -> None:
    there = [name for name in pair if root.child(name)]
    if len(there) == 1:
        absent = pair[1 - pair.index(there[0])]
        wrong = Wrong("esmp_missing", f"{absent} is missing beside {there[0]}", f"Add {absent}, or leave both out.")
        report.add(root, root.name, wrong)


def _unique(found: Sequence[tuple[Node, str]], report: Reports) -> None:
    """Check that each series has an identification of its own (imposed and confirmed ones each among themselves)."""
    seen: Counter[tuple[str, str | None]] = Counter()
    for node, path in found:
        key = (node.name, node.text_of("mRID"))
        seen[key] += 1
        if key[1] and seen[key] > 1:
            what = f"identification {shown(key[1])} is used for another series"
            report.add(node, path, Wrong("esmp_repeated", what, "Give each series an identification of its own."))


def _zones(node: Node, path: str, report: Reports) -> None:
    zones = [node.text_of("in_Domain.mRID"), node.text_of("out_Domain.mRID")]
    if None in zones or zones[0] == zones[1]:
        zone_in, zone_out = (shown(z) if z else "nowhere" for z in zones)
        what = f"the series goes from {zone_out} to {zone_in}"
        report.add(node, path, Wrong("esmp_zones", what, "Name two different zones: out of one, into the other."))


def _prices(node: Node, path: str, report: Reports) -> None:
    """Check columns of a bid: at all points of a period or at none; prices with a unit and a currency."""
    used = set()
    for number, period in enumerate((c for c in node.children if c.name == "Period"), 1):
        points = [c for c in period.children if c.name == "Point"]
        for column in COLUMNS:
            count = sum(p.child(column) is not None for p in points)
            used |= {column} if count else set()
            if 0 < count < len(points):
                what = f"{count} of {len(points)} points have {column}"
                fix = "Send it at every point of a period or at none."
                report.add(period, f"{path}/Period[{number}]", Wrong("esmp_missing", what, fix))
        for at, point in enumerate(points, 1):
            least, most = (point.text_of(n) or "" for n in ("minimum_Quantity.quantity", "quantity.quantity"))
            if not quantity(least) and not quantity(most) and Decimal(least) > Decimal(most):
                what = f"the least quantity {least} MW is above the quantity {most} MW"
                wrong = Wrong("esmp_number", what, "Send a least quantity up to the quantity.")
                report.add(point, f"{path}/Period[{number}]/Point[{at}]", wrong)
    needed = {unit for column, unit in PRICES if column in used}
    needed |= {"currency_Unit.name"} if needed else set()
    for name in sorted(needed):
        if node.child(name) is None:
            report.add(node, path, Wrong("esmp_missing", f"{name} is missing beside prices", f"Add {name}."))
