"""Aggregated curves as a small drawing: SVG in the page, coloured by the page's own style."""

from __future__ import annotations

from collections.abc import Sequence

Point = tuple[float, float]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 360, 220, 52, 10, 10, 34


def curves_svg(demand: Sequence[Point], supply: Sequence[Point], price: float, title: str) -> str:
    """Return demand and supply as steps of (MW, price), and the clearing price.

    Args:
        demand: Points in order of falling price.
        supply: Points in order of rising price.
        price: Of the cell.
        title: What a reader who does not see the drawing is told.
    """
    points = [*demand, *supply]
    if not points:
        return ""
    most = max(p[0] for p in points) or 1.0
    low, high = frame_of([p[1] for p in points], price)

    def at(power: float, cost: float) -> str:
        x = LEFT + power / most * (WIDTH - LEFT - RIGHT)
        y = TOP + (high - min(max(cost, low), high)) / (high - low) * (HEIGHT - TOP - BOTTOM)
        return f"{x:.1f},{y:.1f}"

    lines = "".join(
        f'<polyline class="{name}" points="{" ".join(at(*p) for p in line)}"/>'
        for name, line in (("demand", demand), ("supply", supply))
        if line
    )
    level = at(0, price).split(",")[1]
    floor = HEIGHT - BOTTOM
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}"><title>{title}</title>'
        f'<path class="axis" d="M{LEFT} {TOP}V{floor}H{WIDTH - RIGHT}"/>{lines}'
        f'<path class="price" d="M{LEFT} {level}H{WIDTH - RIGHT}"/>'
        f'<text x="{LEFT - 4}" y="{TOP + 8}" text-anchor="end">{high:,.0f}</text>'
        f'<text x="{LEFT - 4}" y="{floor}" text-anchor="end">{low:,.0f}</text>'
        f'<text x="{LEFT}" y="{floor + 14}">0</text>'
        f'<text x="{WIDTH - RIGHT}" y="{floor + 14}" text-anchor="end">{most:,.0f} MW</text>'
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 4}" text-anchor="end">price {price:,.2f}</text></svg>'
    )


def frame_of(prices: Sequence[float], price: float) -> tuple[float, float]:
    """Return the lowest and highest price of a drawing: what is near the clearing price, of what is there.

    Orders at the limits of the market would press everything else flat.

    >>> frame_of([-500.0, 20.0, 4000.0], 80.0)
    (-80.0, 240.0)
    """
    span = max(50.0, 2 * abs(price))
    low = max(min(price, *prices), min(0.0, price) - span / 2)
    high = min(max(price, *prices), price + span)
    return low, high if high > low else low + 1.0
