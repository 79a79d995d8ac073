"""The network as a picture: places with their prices, links with arrows in the direction of the exchange.

A link is as wide as it carries; one at its limit has another colour, dashes and a word, so that
nobody needs the colour. Links between the same two places lie side by side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import dist, hypot

from walras.service.publication.labels import Box, free
from walras.service.publication.layout import Point, places_of
from walras.service.publication.price_plot import LETTER, svg
from walras.service.publication.visitor import Visitor

WIDTH, EDGE, NODE_HEIGHT, APART = 660, 92, 54, 58
MOST_WIDTH, NEAREST = 1300, 150
"""A picture grows up to this width until no two places are nearer than that."""
MOST_PLACES, MOST_LINKS = 6, 8
"""In a larger network places and links say less: the tables have the rest."""


def is_large(places: int, links: int) -> bool:
    """Return whether a network is so large that its picture says less of each part."""
    return places > MOST_PLACES or links > MOST_LINKS


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
    width, height, at = fitted(found, (max(beside.values(), default=1) - 1) * APART)
    most = max((abs(e.power) for e in edges), default=0.0) or 1.0
    large = is_large(len(nodes), len(edges))
    number = Counter[tuple[str, ...]]()
    lines, texts = [], []
    taken = [_covered(n, *at[n.name]) for n in nodes]
    for e in edges:
        pair = _pair(e)
        number[pair] += 1
        offset = (number[pair] - (beside[pair] + 1) / 2) * APART
        line, text = _edge(e, at, (width / 2, height / 2), offset, most, taken, large=large)
        lines.append(line)
        texts.append(text)
    boxes = [_node(n, *at[n.name]) for n in nodes]
    told = "; ".join([f"{n.name}: {', '.join(n.lines)}" for n in nodes] + [f"{e.name}: {e.label}" for e in edges])
    kind = "large" if width > WIDTH else ""
    return svg(width, height, title, told, "".join(lines + boxes + texts), kind)


def fitted(places: Mapping[str, Point], spread: float = 0.0) -> tuple[int, int, dict[str, Point]]:
    """Return width and height of a picture and where each place lies in it, with room for the boxes.

    One scale holds for both ways; what is flat gets a picture of little height, enough for links side by side.
    """
    every = list(places.values())
    xs, ys = [p[0] for p in every], [p[1] for p in every]
    wide, tall = max(xs) - min(xs), max(ys) - min(ys)
    scale = min((WIDTH - 2 * EDGE) / wide if wide else 1e9, 420 / tall if tall else 1e9)
    scale = 1.0 if scale > 1e8 else scale
    nearest = min((dist(p, q) for i, p in enumerate(every) for q in every[:i]), default=0.0)
    most = min(max((MOST_WIDTH - 2 * EDGE) / max(wide, tall, 1e-9), scale), NEAREST / max(nearest, 1e-9))
    scale = max(scale, most) if len(every) > MOST_PLACES else scale
    width = max(WIDTH, round(wide * scale + 2 * EDGE))
    height = round(max(tall * scale, spread + 36) + 2 * (NODE_HEIGHT / 2 + 20))
    left, top = (width - wide * scale) / 2, (height - tall * scale) / 2
    at = {n: (left + (x - min(xs)) * scale, top + (y - min(ys)) * scale) for n, (x, y) in places.items()}
    return width, height, at


def _pair(edge: Edge) -> tuple[str, ...]:
    return tuple(sorted((edge.source, edge.target)))


def _edge(
    edge: Edge, at: Mapping[str, Point], middle: Point, offset: float, most: float, taken: list[Box], *, large: bool
) -> tuple[str, str]:
    """Return a link as a bent line with an arrow at its middle, and its label.

    Args:
        edge: The link.
        at: Where each place lies.
        middle: Of the whole picture.
        offset: How far from the straight line it is bent, so that links side by side can be told apart.
        most: MW of the widest.
        taken: What boxes and labels cover; that of this link is added.
        large: Whether the label has no name, and an idle link no label.
    """
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
    text = f"{edge.label} · {edge.full}" if edge.full else edge.label
    if large and kind == "idle":
        return out, ""
    beside = _side(ux, uy, offset, (mid_x - middle[0], mid_y - middle[1]))
    choices = []
    for share in (0.5, 0.36, 0.64):
        keep = 1 - share
        along = keep * keep * x1 + 2 * keep * share * bend_x + share * share * x2
        down = keep * keep * y1 + 2 * keep * share * bend_y + share * share * y2
        choices += [((along, down), beside), ((along, down), (-beside[0], -beside[1]))]
    texts = (text,) if large else (edge.name, text)
    place, anchor = free(choices, max(map(len, texts)) * LETTER, len(texts), taken)
    return out, _label(place, anchor, texts, kind)


def _side(ux: float, uy: float, offset: float, out: Point) -> Point:
    """Return the direction in which a link's label lies: away from links beside it, else from the picture's middle.

    A link through the middle has it below, or to the right.
    """
    x, y = (-uy, ux) if offset >= 0 else (uy, -ux)
    outwards = x * out[0] + y * out[1]
    is_wrong = outwards < 0 if abs(outwards) > 8 else y < 0 or (abs(y) < 0.2 and x < 0)
    return (-x, -y) if is_wrong and not offset else (x, y)


def _label(place: Point, anchor: str, texts: Sequence[str], kind: str) -> str:
    """Return the lines of text of a link, the last one with its figures."""
    x, y = place
    first = f'<text class="halo {kind}" x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">'
    name = escape(texts[0]) if len(texts) > 1 else ""
    down = ' dy="16"' if name else ""
    return f'{first}{name}<tspan class="strong" x="{x:.0f}"{down}>{escape(texts[-1])}</tspan></text>'


def _covered(node: Node, x: float, y: float) -> Box:
    wide, high = _size(node)
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


def _size(node: Node) -> Point:
    longest = max(len(node.name) * 1.02, *(len(line) * 0.93 for line in node.lines), 6)
    return longest * LETTER + 18, 24 + 15 * len(node.lines)


def _node(node: Node, x: float, y: float) -> str:
    wide, high = _size(node)
    out = (
        f'<rect class="place{" outside" if node.is_outside else ""}" x="{x - wide / 2:.0f}" y="{y - high / 2:.0f}" '
        f'width="{wide:.0f}" height="{high}" rx="8"/>'
        f'<text class="placename" x="{x:.0f}" y="{y - high / 2 + 17:.0f}" text-anchor="middle">{escape(node.name)}'
    )
    lines = "".join(f'<tspan x="{x:.0f}" dy="15">{escape(line)}</tspan>' for line in node.lines)
    return f"{out}{lines}</text>"
