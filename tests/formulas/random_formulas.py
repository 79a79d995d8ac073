"""Random formulas that fit their units, as texts, and the observations and parameters that they may stand on."""

from datetime import date, timedelta
from fractions import Fraction

DECLARED = """
index "gas": EUR/MWh monthly; index "cpi": 1 monthly;
param p: EUR/MWh; param d: MWh; param k: 1; param v: 1000m3; param heat: MWh/1000m3;
"""
KINDS = ("1", "EUR/MWh", "MWh", "EUR")
SIZES = {"1": ("", " %"), "EUR/MWh": (" EUR/MWh", " EUR/kWh"), "MWh": (" MWh", " kWh"), "EUR": (" EUR",)}
NAMES = {"1": ("k",), "EUR/MWh": ("p",), "MWh": ("d",), "EUR": ()}
FACTORS = {"1": (("1", "1"),), "EUR/MWh": (("1", "EUR/MWh"),), "MWh": (("1", "MWh"),),
           "EUR": (("EUR/MWh", "MWh"), ("1", "EUR"))}  # fmt: skip


class Writer:
    """Writes formulas with a `random.Random`."""

    def __init__(self, random):
        self.random = random

    def number(self, kind):
        digits = self.random.choice(["0", "1", "2", "5", "10", "0.5", "12.25", "100", "7"])
        return digits + self.random.choice(SIZES[kind])

    def bound(self, value, kind):
        return f"{value}{SIZES[kind][0]}" if value >= 0 else f"-{-value}{SIZES[kind][0]}"

    def leaf(self, kind):
        found = [self.number(kind)] * 3 + list(NAMES[kind]) * 2
        if kind == "EUR/MWh":
            found += ['index("gas")', f'index("gas", lag={self.random.randint(0, 8)})', 'index("gas", at=2023-07)',
                      f'mean(index("gas"), months={self.random.randint(1, 4)}, lag={self.random.randint(0, 2)}, '
                      f'every={self.random.choice([1, 2, 3, 4, 6, 12])}'
                      f'{self.random.choice(["", ", begin=5", ", begin=10"])})']  # fmt: skip
        if kind == "1":
            found += ['index("cpi")', "2 lb / 1 kg"]
        if kind == "MWh":
            found += ["v * heat"]
        return self.random.choice(found)

    def figure(self, kind, depth):
        if depth <= 0:
            return self.leaf(kind)
        other = self.random.choice(KINDS)
        make = self.random.choice([self.leaf, *[self.signed] * 4, self.product, self.choice, self.listed, self.table,
                                   self.escalated, self.rounded, self.enriched])  # fmt: skip
        if make == self.leaf:
            return self.leaf(kind)
        return make(kind, depth - 1, other) if make in (self.table, self.product) else make(kind, depth - 1)

    def signed(self, kind, depth):
        a, b = self.figure(kind, depth), self.figure(kind, depth)
        return self.random.choice([f"{a} + {b}", f"({a}) - ({b})", f"-({a})", f"({a} + {b})", f"abs({a})"])

    def product(self, kind, depth, other):
        if self.random.random() < 0.4:
            return f"({self.figure(kind, depth)}) / ({self.figure('1', depth)})"
        if self.random.random() < 0.3:
            a, b = self.figure(other, depth), self.figure(other, depth)
            return f"({self.figure(kind, depth)}) * ({a}) / ({b})"
        left, right = self.random.choice(FACTORS[kind])
        return f"({self.figure(left, depth)}) * ({self.figure(right, depth)})"

    def truth(self, depth):
        kind, sign = self.random.choice(KINDS), self.random.choice(["<", "<=", ">", ">=", "==", "!="])
        found = f"({self.figure(kind, depth - 1)}) {sign} ({self.figure(kind, depth - 1)})"
        shape = self.random.choice(["{}", "not {}", "{} and {}", "{} or {}", "not ({} or {} and {})"])
        return shape.replace("{}", found) if depth <= 0 else shape.format(found, *(self.truth(depth - 1),) * 2)

    def choice(self, kind, depth):
        return f"(if {self.truth(depth - 1)} then {self.figure(kind, depth)} else {self.figure(kind, depth)})"

    def listed(self, kind, depth):
        a, b, c = (self.figure(kind, depth) for _ in range(3))
        shapes = f"min({a}, {b})", f"max({a}, {b}, {c})", f"clamp({a}, {b}, {c})", f"beyond({a}, {b})"
        return self.random.choice(shapes)

    def table(self, kind, depth, other):
        a, b, c = (self.figure(kind, depth) for _ in range(3))
        x, y = sorted(self.random.sample(range(-5, 20), 2))
        low, high, subject = self.bound(x, other), self.bound(y, other), self.figure(other, depth)
        return self.random.choice([
            f"steps({subject}: ..{low} -> {a}, {low}..{high} -> {b}, {high}.. -> {c})",
            f"steps({subject}: {low}..{high} -> {a})",
            f"curve({subject}: {low} -> {a}, {high} -> {b})",
            f"path(2023-0{self.random.randint(1, 9)}-15: {a}, 2024-02-29: {b}, 2025-01-01: {c})",
        ])  # fmt: skip

    def escalated(self, kind, depth):
        weight = self.random.choice(["", ", weight=25 %"])
        return f'escalate({self.figure(kind, depth)}, index("cpi"), from=2023-0{self.random.randint(1, 9)}{weight})'

    def rounded(self, kind, depth):
        if kind != "1":
            return self.figure(kind, depth)
        mode = self.random.choice(["half_up", "half_even", "down", "up"])
        return f"round(({self.figure('1', depth)}) * 1, {self.random.randint(0, 3)}, {mode})"

    def enriched(self, kind, depth):
        if kind != "1":
            return self.figure(kind, depth)
        product = self.random.choice(["4.95 %", "0.9", f"clamp({self.figure('1', depth)}, 1 %, 5 %)",
                                      self.figure("1", depth)])  # fmt: skip
        tails = self.random.choice(["0.22 %", "0.003", f"0.1 % + {self.random.randint(0, 7)} * 0.1 %"])
        assays = f"{product}, feed={self.random.choice(['0.711 %', '0.711 %', 'k * 1 %'])}, tails={tails}"
        return self.random.choice([f"feed_factor({assays})", f"swu_factor({assays}) * 2 kgU / 1 SWU"])

    def formula(self, depth=3):
        kind = self.random.choice(KINDS)
        return self.figure(kind, depth), kind

    def world(self):
        """Return a day, parameters and months of both series; some are missing."""
        at = date(2023, 6, 1) + timedelta(days=self.random.randint(0, 579))
        keep = [f"{y}-{m:02}" for y in (2022, 2023, 2024) for m in range(1, 13) if self.random.random() < 0.98]
        series = {name: {m: Fraction(self.random.randint(-20, 400), 4) for m in keep} for name in ("gas", "cpi")}
        given = {n: Fraction(self.random.randint(-40, 40), 4) for n in ("p", "d", "k", "v", "heat")}
        return at, given, series
