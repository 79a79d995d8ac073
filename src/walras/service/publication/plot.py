"""Aggregated curves of one cell with the point at which it cleared: SVG in the page.

The curves hold the orders that can be taken in any part. Everything else that was accepted, orders over
several MTUs, blocks and other whole orders, exports (with demand) or imports (with supply), stands in
front of them as one volume at any price. So both curves meet at the clearing price, where the
volume is all that was bought and exported, and all that was sold and imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from walras.service.publication.price_plot import axis_decimals, nice, svg
from walras.service.publication.visitor import Visitor

Point = tuple[float, float]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 420, 270, 62, 14, 26, 40


def curves_svg(
    visitor: Visitor,
    demand: Sequence[Point],
    supply: Sequence[Point],
    clearing: Point,
    unit: str,
    title: str,
    decimals: tuple[int, int] = (1, 2),
) -> str:
    """Return demand and supply as steps of (MW, price), and the clearing point.

    Args:
        visitor: Whose language.
        demand: Points in order of falling price; a single one is a volume at any price.
        supply: Points in order of rising price; likewise.
        clearing: Volume and price.
        unit: Of the price.
        title: What a reader who does not see the drawing is told; plain text.
        decimals: Of volume and price, as they are told.
    """
    volume, price = clearing
    if len(demand) < 2 and len(supply) < 2:
        return ""
    across = nice(0.0, max(volume, *(p[0] for p in (*demand, *supply))) or 1.0, 5)
    near = frame_of([p[1] for p in (*demand, *supply)], price)
    up = nice(*near, 6)
    low, high, most = up[0], up[-1], across[-1]
    floor = HEIGHT - BOTTOM

    def at(power: float, cost: float) -> tuple[float, float]:
        x = LEFT + power / most * (WIDTH - LEFT - RIGHT)
        y = TOP + (high - min(max(cost, low), high)) / (high - low) * (floor - TOP)
        return round(x, 1), round(y, 1)

    parts = [
        f'<path class="level" d="M{LEFT} {at(0, v)[1]}H{WIDTH - RIGHT}"/>'
        f'<text x="{LEFT - 6}" y="{at(0, v)[1] + 4}" text-anchor="end">{visitor.number(v, axis_decimals(up))}</text>'
        for v in up
    ]
    parts += [
        f'<path class="axis" d="M{at(v, low)[0]} {floor}v4"/>'
        f'<text x="{at(v, low)[0]}" y="{floor + 17}" text-anchor="{"end" if v == most else "middle"}">'
        f"{visitor.number(v, axis_decimals(across))}</text>"
        for v in across
    ]
    parts.append(f'<text x="{LEFT}" y="13">{escape(unit)}</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 5}" text-anchor="end">{visitor.t("MW")}</text>')
    for name, line in (("demand", demand), ("supply", supply)):
        end = low if name == "demand" else high
        upright = (
            [(line[0][0], low), (line[0][0], high)] if len(line) == 1 else [*line, (line[-1][0], end)] if line else []
        )
        corners = " ".join(f"{x},{y}" for x, y in _seen([at(*p) for p in upright]))
        parts.append(f'<polyline class="{name}" points="{corners}"/>' if corners else "")
    x, y = at(volume, price)
    parts.append(f'<path class="price" d="M{LEFT} {y}H{x}V{floor}"/><circle class="dot" cx="{x}" cy="{y}" r="5"/>')
    told = f"{visitor.number(volume, decimals[0])} {visitor.t('MW')}, {visitor.number(price, decimals[1])} {unit}"
    return svg(WIDTH, HEIGHT, title, told, "".join(parts))


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


def _seen(points: Sequence[Point]) -> list[Point]:
    """Return the corners of a line: what lies between two others on one level or one upright is left out."""
    out: list[Point] = []
    for p in points:
        if out and p == out[-1]:
            continue
        if len(out) > 1 and (out[-2][0] == out[-1][0] == p[0] or out[-2][1] == out[-1][1] == p[1]):
            out[-1] = p
        else:
            out.append(p)
    return out
