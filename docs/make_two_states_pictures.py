"""Draw docs/tutorial-two-states.md and write its tables: `python docs/make_two_states_pictures.py [PLAYED]`.

`PLAYED` is a folder that `walras demo two-states --out PLAYED` left, `walras-demo` unless named. Hours are those of
Minsk; power has the calendar day, gas the day from ten to ten. The same folder gives the same bytes. What commands
print in the page is written anew, with all that this script writes, by
`pytest tests/service/rehearsal/test_two_states.py --update-golden`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from make_carrier_pictures import BELOW, HEIGHT, LEFT, TOP, WIDTH, Axis, Line, Panel, picture
from make_opportunity_pictures import with_tables
from two_states_day import AGREEMENTS, FLEXIBLE, KINDS, SECTION, Day, figures

DOCS = Path(__file__).parent
PAGE = DOCS / "tutorial-two-states.md"
BY, RU, GAS, QUIET, SUN, HEAT = "#0b5cad", "#d1581b", "#17795e", "#8391a3", "#c79a00", "#8e3fa8"
NOTE = "24 January 2026, hours of Minsk; illustrative figures"
POWER = Axis(24, {h: f"{h:02}" for h in range(0, 25, 3)}, 0, NOTE)
BOTH = Axis(34, {h: f"{h % 24:02}" for h in range(0, 34, 3)}, 24, NOTE)
GAS_DAY = 10
"""Hour at which the gas day begins."""


@dataclass(frozen=True)
class Stack:
    """Areas one above the other under a title, from `first` on; `over` are lines on top of them; `limit` is dashed."""

    title: str
    areas: Sequence[Line]
    over: Sequence[Line] = ()
    limit: float | None = None
    first: int = 0


def scale(*values: float) -> tuple[float, float]:
    """Return the end of a scale that holds values, and its tick: 1, 2 or 5 times a power of ten, at most five of them.

    >>> scale(2310.6), scale(980)
    ((2500, 500), (1000, 200))
    """
    most = max(values) * 1.02
    power = 10 ** math.floor(math.log10(most / 5))
    tick = next(n * power for n in (1, 2, 5, 10) if n * power * 5 >= most)
    return math.ceil(most / tick) * tick, tick


def stacks(drawn: Sequence[Stack], axis: Axis) -> str:
    """Return stacks one below the other as SVG: frames and lines of the other pictures, areas put behind them."""
    panels, areas = [], []
    for number, stack in enumerate(drawn):
        sums = [0.0] * len(stack.areas[0].value)
        corners = []
        for area in stack.areas:
            below, sums = sums, [a + b for a, b in zip(sums, area.value, strict=True)]
            corners.append((area, below, sums))
        limits = [] if stack.limit is None else [stack.limit]
        most, tick = scale(*sums, *(v for line in stack.over for v in line.value), *limits)
        legend = [Line(a.name, a.colour, ()) for a in stack.areas] + list(stack.over)
        panels.append(Panel(stack.title, [line for line in legend if line.value], most, tick, stack.limit))
        top = number * (TOP + HEIGHT + BELOW) + TOP
        shapes = "".join(_area(a.colour, low, high, most, axis, stack.first) for a, low, high in corners)
        areas.append(f'<g transform="translate({LEFT},{top})">\n{shapes}{_names(legend)}</g>\n')
    frame = picture([Panel(p.title, [Line("", x.colour, x.value, x.first) for x in p.lines], p.most, p.tick, p.limit)
                     for p in panels], axis)  # fmt: skip
    head, rest = frame.split('fill="#fff"/>\n', 1)
    return f'{head}fill="#fff"/>\n{"".join(areas)}{rest}'


def _area(colour: str, low: Sequence[float], high: Sequence[float], most: float, axis: Axis, first: int) -> str:
    def points(values: Sequence[float]) -> list[str]:
        return [f"{axis.x(first + h + end):.1f},{HEIGHT * (1 - v / most):.1f}"
                for h, v in enumerate(values) for end in (0, 1)]  # fmt: skip

    shape = " ".join(points(high) + points(low)[::-1])
    return f'<polygon points="{shape}" fill="{colour}" fill-opacity="0.62"/>\n'


def _names(legend: Sequence[Line]) -> str:
    out, right = "", float(WIDTH)
    for line in reversed(legend):
        start = right - 6.6 * len(line.name)
        out += f'<text x="{start:.1f}" y="-10" fill="{line.colour}">{line.name}</text>\n'
        if line.value:
            out += f'<line x1="{start - 24:.1f}" y1="-14" x2="{start - 6:.1f}" y2="-14" {line.stroke}/>\n'
        else:
            box = 'y="-19" width="12" height="10" fill-opacity="0.62"'
            out += f'<rect x="{start - 18:.1f}" {box} fill="{line.colour}"/>\n'
        right = start - 36
    return out


def prices(day: Day) -> str:
    """Return prices of the three carriers in both zones, and the gas contract's."""
    panels = []
    names = {"electricity": "Power", "gas": "Gas", "oil_products": "Oil products"}
    for carrier, title in names.items():
        found = {zone: day.price(zone, carrier) for zone in ("BY", "RU-west")}
        first = GAS_DAY if carrier == "gas" else 0
        if carrier == "oil_products":
            found = {zone: price * 24 for zone, price in found.items()}
        lines = [Line(z, colour, found[z], first) for z, colour in (("BY", BY), ("RU-west", RU))]
        values = [v for line in lines for v in line.value]
        limit = day.gas_price() if carrier == "gas" else None
        if carrier == "electricity":
            most, tick = scale(*values)
            panels.append(Panel(f"{title}, RUB/MWh", lines, most, tick))
        else:
            least, most, tick = _around([*values, *([] if limit is None else [limit])])
            dashed = "" if limit is None else "; dashed: the contract's price in January"
            panels.append(Panel(f"{title}, RUB/MWh{dashed}", lines, most, tick, limit, least))
    return picture(panels, BOTH)


def _around(values: Sequence[float]) -> tuple[float, float, float]:
    """Return both ends and the tick of a scale that does not begin at zero."""
    _, tick = scale((max(values) - min(values)) or 1)
    return math.floor(min(values) / tick - 0.2) * tick, math.ceil(max(values) / tick + 0.2) * tick, tick


def exchanges(day: Day) -> str:
    """Return what the auction sends over the cross-section and the pipeline, above what contracts hold of them."""
    drawn = []
    ways = {
        "Cross-section BY-RU, MW to RU-west; dashed: its capacity": (SECTION, 0),
        "Pipeline to BY, MW that enter; dashed: its capacity": (("RU-BY-pipe-in",), GAS_DAY),
    }
    for title, (lines, first) in ways.items():
        sent = day.exchange(*lines)
        held = day.reserved(*lines)
        areas = [Line("held by contracts", GAS if first else HEAT, held), Line("auction", BY, sent)]
        drawn.append(Stack(title, areas, (), day.capacity(*lines), first))
    return stacks(drawn, BOTH)


def balance(day: Day) -> str:
    """Return who makes power in BY, hour by hour, and what BY uses itself."""
    colours = dict(zip(KINDS, (RU, BY, GAS, SUN), strict=True))
    areas = [Line(kind, colours[kind], day.power(*plants)) for kind, plants in KINDS.items()]
    used = Line("used in BY", "#16202c", day.power(side="demand"))
    units = [Line(unit, colour, day.power(unit)) for unit, colour in (("BY-npp-1", RU), ("BY-npp-2", HEAT))]
    return stacks([Stack("Power of BY, MW", areas, [used]), Stack("The two VVER-1200 units, MW", units)], POWER)


def gas(day: Day) -> str:
    """Return where the gas of BY comes from and what plants take of it."""
    pipe, store = day.exchange("RU-BY-pipe-out", received=True), day.power("BY-store-out", carrier="gas")
    flexible = day.power(FLEXIBLE, carrier="gas")
    areas = [Line("contract", GAS, day.power("gas-2026:firm", carrier="gas")),
             Line("flexible", SUN, flexible), Line("over the pipeline, auction", BY, pipe),
             Line("store", HEAT, store)]  # fmt: skip
    plants = Line("plants take", "#16202c", day.gas_to_power())
    axis = Axis(24, {h - GAS_DAY: f"{h % 24:02}" for h in range(GAS_DAY, GAS_DAY + 25, 3)}, 24 - GAS_DAY, NOTE)
    return stacks([Stack("Gas in BY, MW", [a for a in areas if max(a.value) > 0], [plants])], axis)


def money(day: Day) -> str:
    """Return bars: what each party pays and receives for the day's auction, and for January's supply contracts."""
    auction = [(who, minor / 1e8) for who, minor in day.auction_money().items()]
    auction.sort(key=lambda row: row[1])
    contracts = []
    for agreement in AGREEMENTS:
        invoice = day.invoice(agreement)
        to_rub = {c[1]: float(c[3]) / abs(c[2]) for c in invoice.body["conversions"]} | {"USD/RUB": 1.0}
        rate = to_rub["RUB"] if invoice.body["currency"] == "USD" else 1.0
        for payer, payee, minor in invoice.body["booked"]:
            who = " to ".join(day.called[x.partition("/")[2]] for x in (payer, payee))
            contracts.append((f"{invoice.contract}: {who}", minor * rate / 1e8))
    return bars(
        {"Auction of the day, million RUB net: paid to the left, received to the right": auction,
         "Supply contracts in January, million RUB (fuel at the fixing of its invoice)": contracts})  # fmt: skip


def bars(blocks: Mapping[str, Sequence[tuple[str, float]]]) -> str:
    """Return blocks of horizontal bars, each with its own scale and a figure at every bar."""
    row, wide = 19, LEFT + WIDTH + 18
    body, at = "", 8
    for title, rows in blocks.items():
        names = max(len(name) for name, _ in rows) * 6.6 + 10
        low, high = min(0.0, *(v for _, v in rows)), max(0.0, *(v for _, v in rows))
        room = wide - names - 20 - 62 * (2 if low else 1)
        zero = names + 8 + (62 if low else 0) + room * -low / (high - low)
        body += f'<text x="8" y="{at + 14}" font-weight="bold">{title}</text>\n'
        at += 26
        top = at
        for name, value in rows:
            length = room * abs(value) / (high - low)
            x, colour = (zero - length, RU) if value < 0 else (zero, BY)
            end, anchor = (x - 5, "end") if value < 0 else (zero + length + 5, "start")
            place = f'x="{x:.1f}" y="{at + 3}" width="{max(length, 0.6):.1f}" height="{row - 6}"'
            body += f'<text x="8" y="{at + 13}">{name}</text>\n'
            body += f'<rect {place} fill="{colour}" fill-opacity="0.75"/>\n'
            body += f'<text x="{end:.1f}" y="{at + 13}" text-anchor="{anchor}" fill="#566273">{value:,.1f}</text>\n'
            at += row
        body += f'<line x1="{zero:.1f}" y1="{top}" x2="{zero:.1f}" y2="{at}" stroke="#aab4c0"/>\n'
        at += 16
    high = at + 12
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        f'font-family="sans-serif" font-size="12" fill="#16202c">\n<rect width="{wide}" height="{high}" fill="#fff"/>\n'
        f'{body}<text x="{wide - 18}" y="{high - 6}" text-anchor="end" fill="#566273">illustrative figures</text>\n'
        "</svg>\n"
    )


PICTURES: Mapping[str, Callable[[Day], str]] = {
    "prices": prices, "exchanges": exchanges, "power": balance, "gas": gas, "money": money,
}  # fmt: skip


def with_figures(page: str, day: Day) -> str:
    """Return the page with its tables between their marks."""
    return with_tables(page, {f"figures: {name}": text for name, text in figures(day)})


def main(played: Path) -> None:
    """Write the pictures and the tables of the page."""
    day = Day(played)
    for name, draw in PICTURES.items():
        (DOCS / "images" / f"two-states-{name}.svg").write_text(draw(day), encoding="utf-8")
    PAGE.write_text(with_figures(PAGE.read_text(encoding="utf-8"), day), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "walras-demo"))
