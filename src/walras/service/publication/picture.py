"""The network as a picture: places with their prices, links with arrows in the direction of the exchange.

A link is as wide as it carries; one at its limit has another colour, dashes and a word, so that
nobody needs the colour. Links between the same two places lie side by side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import hypot

from walras.service.publication.layout import Point, places_of
from walras.service.publication.price_plot import LETTER, svg
from walras.service.publication.visitor import Visitor

WIDTH, EDGE, NODE_HEIGHT, APART = 660, 92, 54, 58
MOST_LABELS = 14
"""Links with a label each; more would cover each other, and the table has them all."""


@dataclass(frozen=True)
class Node:
    """A place: its name, the lines of text under it, and whether it is outside of the market."""

    name: str
    lines: tuple[str, ...]
    is_outside: bool = False


@dataclass(frozen=True)
class Edge:
    """A link as it is drawn: MW positive from source to target, and the word for being full, empty if it is not."""

    name: str
    source: str
    target: str
    power: float
    label: str
    full: str = ""


def network_svg(
    visitor: Visitor, nodes: Sequence[Node], edges: Sequence[Edge], known: Mapping[str, tuple[float, float]], title: str
) -> str:
    """Return the picture of one carrier's network; title and texts are plain."""
    found = places_of([n.name for n in nodes], [(e.source, e.target) for e in edges], known)
    beside = Counter(_pair(e) for e in edges)
    height, at = fitted(found, (max(beside.values(), default=1) - 1) * APART)
    most = max((abs(e.power) for e in edges), default=0.0) or 1.0
    labels = len(edges) <= MOST_LABELS
    number = Counter[tuple[str, ...]]()
    lines, texts = [], []
    for e in edges:
        pair = _pair(e)
        number[pair] += 1
        offset = (number[pair] - (beside[pair] + 1) / 2) * APART
        line, text = _edge(e, at, offset, most, has_label=labels or bool(e.full))
        lines.append(line)
        texts.append(text)
    boxes = [_node(n, *at[n.name]) for n in nodes]
    told = "; ".join([f"{n.name}: {', '.join(n.lines)}" for n in nodes] + [f"{e.name}: {e.label}" for e in edges])
    return svg(WIDTH, height, title, told, "".join(lines + boxes + texts))


def fitted(places: Mapping[str, Point], spread: float = 0.0) -> tuple[int, dict[str, Point]]:
    """Return the height of a picture and where each place lies in it, with room for the boxes.

    One scale holds for both ways; what is flat gets a picture of little height, enough for links side by side.
    """
    xs, ys = [p[0] for p in places.values()], [p[1] for p in places.values()]
    wide, tall = max(xs) - min(xs), max(ys) - min(ys)
    scale = min((WIDTH - 2 * EDGE) / wide if wide else 1e9, 420 / tall if tall else 1e9)
    scale = 1.0 if scale > 1e8 else scale
    height = round(max(tall * scale, spread + 36) + 2 * (NODE_HEIGHT / 2 + 20))
    left, top = (WIDTH - wide * scale) / 2, (height - tall * scale) / 2
    at = {n: (left + (x - min(xs)) * scale, top + (y - min(ys)) * scale) for n, (x, y) in places.items()}
    return height, at


def _pair(edge: Edge) -> tuple[str, ...]:
    return tuple(sorted((edge.source, edge.target)))


def _edge(edge: Edge, at: Mapping[str, Point], offset: float, most: float, *, has_label: bool) -> tuple[str, str]:
    """Return a link as a bent line with an arrow at its middle, and its label."""
    (x1, y1), (x2, y2) = (at[n] for n in _pair(edge))
    length = max(hypot(x2 - x1, y2 - y1), 1.0)
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    bend_x, bend_y = (x1 + x2) / 2 - uy * offset * 2, (y1 + y2) / 2 + ux * offset * 2
    mid_x, mid_y = (x1 + x2) / 4 + bend_x / 2, (y1 + y2) / 4 + bend_y / 2
    width = 1.5 + 8 * abs(edge.power) / most
    kind = "full" if edge.full else "idle" if not edge.power else "free"
    out = (
        f'<path class="link {kind}" stroke-width="{width:.1f}" '
        f'd="M{x1:.0f} {y1:.0f}Q{bend_x:.0f} {bend_y:.0f} {x2:.0f} {y2:.0f}"><title>{escape(edge.name)}</title></path>'
    )
    if edge.power:
        way = 1 if (edge.power > 0) == (edge.source == _pair(edge)[0]) else -1
        size = 7 + width
        tip_x, tip_y = mid_x + ux * way * size, mid_y + uy * way * size
        back_x, back_y = mid_x - ux * way * size * 0.7, mid_y - uy * way * size * 0.7
        side = size * 0.8
        corners = ((tip_x, tip_y), (back_x - uy * side, back_y + ux * side), (back_x + uy * side, back_y - ux * side))
        out += f'<path class="arrow {kind}" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in corners)}z"/>'
    if not has_label:
        return out, ""
    text = f"{edge.label} · {edge.full}" if edge.full else edge.label
    return out, _label((mid_x, mid_y), _side(ux, uy, offset), (edge.name, text), kind)


def _side(ux: float, uy: float, offset: float) -> Point:
    """Return the direction in which a link's label lies: away from links beside it, else below or to the right."""
    x, y = (-uy, ux) if offset >= 0 else (uy, -ux)
    is_wrong = not offset and (y < 0 or (abs(y) < 0.2 and x < 0))
    return (-x, -y) if is_wrong else (x, y)


def _label(middle: Point, side: Point, texts: Sequence[str], kind: str) -> str:
    """Return two lines of text beside the middle of a link."""
    x, y = middle[0] + side[0] * 17, middle[1] + side[1] * 15
    anchor = "middle" if abs(side[0]) < 0.3 else "start" if side[0] > 0 else "end"
    y += 13 if side[1] > 0.3 else -14 if side[1] < -0.3 else 0
    first = f'<text class="halo {kind}" x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">'
    name, text = (escape(one) for one in texts)
    return f'{first}{name}<tspan class="strong" x="{x:.0f}" dy="14">{text}</tspan></text>'


def _node(node: Node, x: float, y: float) -> str:
    longest = max(len(node.name) * 1.02, *(len(line) * 0.93 for line in node.lines), 6)
    wide, high = longest * LETTER + 18, 24 + 15 * len(node.lines)
    out = (
        f'<rect class="place{" outside" if node.is_outside else ""}" x="{x - wide / 2:.0f}" y="{y - high / 2:.0f}" '
        f'width="{wide:.0f}" height="{high}" rx="8"/>'
        f'<text class="placename" x="{x:.0f}" y="{y - high / 2 + 17:.0f}" text-anchor="middle">{escape(node.name)}'
    )
    lines = "".join(f'<tspan x="{x:.0f}" dy="15">{escape(line)}</tspan>' for line in node.lines)
    return f"{out}{lines}</text>"
