"""Formulas read and computed by another route: one pass of recursive descent over plain fractions.

It knows nothing of `walras.formulas`: its own words, its own units (a figure and a dict of
exponents), its own months. It computes while it reads, and skips branches that do not hold by
reading them with `live` off. Whatever has no result raises `NoFigure`.
"""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from itertools import pairwise

SIZES = {"MWh": ("e", 1), "kWh": ("e", Fraction(1, 1000)), "EUR": ("eur", 1), "USD": ("usd", 1), "t": ("m", 1),
         "1000m3": ("v", 1000), "m3": ("v", 1), "h": ("h", 1), "%": ("", Fraction(1, 100)),
         "kg": ("m", Fraction(1, 1000)), "lb": ("m", Fraction(45359237, 10**11)),
         "kgU": ("u", 1), "SWU": ("w", 1)}  # fmt: skip
UNIT = r"(?:%|1000m3|[A-Za-z]\w*)(?:/(?:1000m3|[A-Za-z]\w*))*"
TOKEN = re.compile(
    rf"\s*(?:(?P<date>\d{{4}}-\d\d-\d\d)|(?P<month>\d{{4}}-\d\d(?!\d))|(?P<number>\d+(?:\.\d+)?)"
    rf'(?:[ ]?(?P<unit>(?!(?:then|else|and|or)\b){UNIT}))?|(?P<text>"[^"]*")|(?P<word>[a-z]\w*)'
    r"|(?P<sign>->|\.\.|<=|>=|==|!=|[-+*/(),:;=<>]))"
)


class NoFigure(Exception):
    """There is no result: a division by zero, a table that does not reach, a missing observation."""


ONE = 10**60


def doubled_artanh(x):
    """Return 2 artanh(x) of a small fraction in units of 1/ONE: 2 (x + x^3/3 + x^5/5 + ...)."""
    power = found = x.numerator * ONE // x.denominator
    square = x * x
    for odd in range(3, 400, 2):
        power = power * square.numerator // square.denominator
        found += power // odd
    return 2 * found


def logarithm(x):
    """Return ln x by halving until it lies between 2/3 and 4/3; ln 2 is 2 artanh(1/3)."""
    halved = 0
    while not Fraction(2, 3) <= x <= Fraction(4, 3):
        halved, x = (halved + 1, x / 2) if x > 1 else (halved - 1, x * 2)
    return Fraction(doubled_artanh((x - 1) / (x + 1)) + halved * doubled_artanh(Fraction(1, 3)), ONE)


def potential(assay):
    """Return the separation potential of an assay."""
    return (2 * assay - 1) * logarithm(assay / (1 - assay))


class Reader:
    """Computes one text; `series` is months to figures by name, in the unit that `units` says."""

    def __init__(self, text, at: date, parameters, series, units):
        text = text.split("-> RESULT")[0]
        self.tokens = [m for m in TOKEN.finditer(text) if m[0].strip()]
        self.place, self.at, self.live = 0, at, True
        self.parameters, self.series, self.units = parameters, series, units

    def peek(self):
        return self.tokens[self.place][0].strip() if self.place < len(self.tokens) else ""

    def take(self, want=None):
        token = self.tokens[self.place]
        self.place += 1
        assert want is None or token[0].strip() == want, (want, token[0])
        return token

    def takes(self, *wanted):
        if self.peek() in wanted:
            return self.take()[0].strip()
        return None

    def skipped(self, read, is_live):
        before, self.live = self.live, self.live and is_live
        found = read()
        self.live = before
        return found

    def choice(self):
        if not self.takes("if"):
            return self.either()
        condition = self.choice()
        self.take("then")
        yes = self.skipped(self.choice, condition)
        self.take("else")
        no = self.skipped(self.choice, not condition)
        return yes if condition else no

    def either(self):
        found = self.both()
        while self.takes("or"):
            other = self.skipped(self.both, not found)
            found = found or other
        return found

    def both(self):
        found = self.negation()
        while self.takes("and"):
            other = self.skipped(self.negation, found)
            found = found and other
        return found

    def negation(self):
        return not self.negation() if self.takes("not") else self.comparison()

    def comparison(self):
        left = self.sum()
        sign = self.takes("<", "<=", ">", ">=", "==", "!=")
        if not sign:
            return left
        a, b = left[0], self.sum()[0]
        return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "==": a == b, "!=": a != b}[sign]

    def sum(self):
        found = self.product()
        while sign := self.takes("+", "-"):
            other = self.product()
            assert other[1] == found[1], "the same dimension"
            found = (found[0] + other[0] if sign == "+" else found[0] - other[0]), found[1]
        return found

    def product(self):
        found = self.signed()
        while sign := self.takes("*", "/"):
            found = self.joined(found, self.signed(), 1 if sign == "*" else -1)
        return found

    def joined(self, left, right, power):
        dimension = {n: left[1].get(n, 0) + power * right[1].get(n, 0) for n in {*left[1], *right[1]}}
        if power < 0 and right[0] == 0:
            self.fail("zero")
            right = Fraction(1), right[1]
        return left[0] * right[0] ** power, {n: e for n, e in dimension.items() if e}

    def fail(self, why):
        if self.live:
            raise NoFigure(why)

    def signed(self):
        if self.takes("-"):
            figure, dimension = self.signed()
            return -figure, dimension
        return self.atom()

    def atom(self):
        if self.takes("("):
            found = self.choice()
            self.take(")")
            return found
        token = self.take()
        if token["number"]:
            return self.sized(Fraction(token["number"]), token["unit"])
        if self.peek() == "(":
            self.take("(")
            found = getattr(self, f"do_{token['word']}")()
            self.take(")")
            return found
        return self.parameters[token["word"]]

    def sized(self, figure, unit):
        dimension = {}
        for sign, symbol in re.findall(r"(/?)(%|1000m3|[A-Za-z]\w*)", unit or ""):
            name, size = SIZES[symbol]
            power = -1 if sign else 1
            figure *= Fraction(size) ** power
            if name:
                dimension[name] = dimension.get(name, 0) + power
        return figure, {n: e for n, e in dimension.items() if e}

    def many(self):
        found = [self.choice()]
        while self.takes(","):
            found.append(self.choice())
        return found

    def do_min(self):
        return min(self.many(), key=lambda f: f[0])

    def do_max(self):
        return max(self.many(), key=lambda f: f[0])

    def do_abs(self):
        figure, dimension = self.choice()
        return abs(figure), dimension

    def do_clamp(self):
        (figure, dimension), (low, _), (high, _) = self.many()
        if low > high:
            self.fail("floor above cap")
        return sorted([low, figure, high])[1], dimension

    def do_beyond(self):
        (figure, dimension), (band, _) = self.many()
        if band < 0:
            self.fail("negative band")
        return (figure - band if figure > band else figure + band if figure < -band else Fraction(0)), dimension

    def do_round(self):
        figure, dimension = self.choice()
        self.take(",")
        scale = 10 ** int(self.take()["number"])
        self.take(",")
        mode = self.take()["word"]
        whole, rest = divmod(abs(figure) * scale, 1)
        up = {"down": 0, "up": int(rest > 0), "half_up": int(2 * rest >= 1),
              "half_even": int(2 * rest > 1 or (2 * rest == 1 and whole % 2))}[mode]  # fmt: skip
        return Fraction((1 if figure >= 0 else -1) * (whole + up), scale), dimension

    def bound(self):
        sign = -1 if self.takes("-") else 1
        token = self.take()
        return sign * self.sized(Fraction(token["number"]), token["unit"])[0]

    def rows(self, row):
        found = [row()]
        while self.takes(","):
            found.append(row())
        return found

    def do_steps(self):
        figure, _ = self.choice()
        self.take(":")
        live = self.live

        def row():
            low = None if self.peek() == ".." else self.bound()
            self.take("..")
            high = None if self.peek() == "->" else self.bound()
            self.take("->")
            holds = (low is None or figure >= low) and (high is None or figure < high)
            return holds, self.skipped(self.choice, holds)

        rows = self.rows(row)
        assert live == self.live
        return self.the_one(rows)

    def the_one(self, rows):
        held = [value for holds, value in rows if holds]
        if not held:
            self.fail("nothing holds")
        return (held or [rows[0][1]])[-1]

    def do_path(self):
        def row():
            begins = date.fromisoformat(self.take()["date"])
            self.take(":")
            start = self.place
            value = self.skipped(self.choice, False)
            return begins, start, value

        rows = self.rows(row)
        end, held = self.place, [start for begins, start, _ in rows if begins <= self.at]
        if not held:
            self.fail("before the path")
            return rows[0][2]
        self.place = held[-1]
        found, self.place = self.choice(), end
        return found

    def do_curve(self):
        figure, _ = self.choice()
        self.take(":")

        def row():
            point = self.bound()
            self.take("->")
            start = self.place
            return point, start, self.skipped(self.choice, False)

        rows = self.rows(row)
        end = self.place
        for (low, first, value), (high, second, _) in pairwise(rows):
            if low <= figure < high or (figure == high and high == rows[-1][0]):
                self.place = first
                a = self.choice()
                self.place = second
                b, self.place = self.choice(), end
                return a[0] + (b[0] - a[0]) * (figure - low) / (high - low), value[1]
        self.fail("off the curve")
        return rows[0][2]

    def month(self, back=0):
        number = self.at.year * 12 + self.at.month - 1 - back
        return f"{number // 12}-{number % 12 + 1:02}"

    def observed(self, name, month):
        if month not in self.series[name]:
            self.fail(f"{name} {month}")
        return self.sized(self.series[name].get(month, Fraction(1)), self.units[name])

    def name(self):
        return self.take()["text"].strip('"')

    def named(self):
        found = {}
        while self.takes(","):
            key = self.take()["word"]
            self.take("=")
            token = self.take()
            found[key] = token["month"] or (int(token["number"]) if not token["unit"] else Fraction(token["number"]))
        return found

    def do_index(self):
        name, named = self.name(), self.named()
        return self.observed(name, named.get("at") or self.month(named.get("lag", 0)))

    def inner(self):
        self.take("index")
        self.take("(")
        name = self.name()
        self.take(")")
        return name, self.named()

    def do_mean(self):
        name, named = self.inner()
        into = next(i for i in range(12) if (self.at.month - i - named.get("begin", 1)) % named.get("every", 1) == 0)
        backs = range(into + named.get("lag", 0) + 1, into + named.get("lag", 0) + named["months"] + 1)
        found = [self.observed(name, self.month(back)) for back in backs]
        return sum(f for f, _ in found) / len(found), found[0][1]

    def assays(self):
        """Return the shares of U-235 in product, feed and tails."""
        found = [self.choice()[0]]
        for name in ("feed", "tails"):
            self.take(",")
            self.take(name)
            self.take("=")
            found.append(self.choice()[0])
        product, feed, tails = found
        if not 0 < tails < feed <= product < 1:
            self.fail("assays")
            return Fraction(3, 100), Fraction(2, 100), Fraction(1, 100)
        return product, feed, tails

    def do_feed_factor(self):
        product, feed, tails = self.assays()
        return (product - tails) / (feed - tails), {}

    def do_swu_factor(self):
        product, feed, tails = self.assays()
        taken = (product - tails) / (feed - tails)
        work = potential(product) - potential(tails) - taken * (potential(feed) - potential(tails))
        return Fraction(round(work * 10**12), 10**12), {"w": 1, "u": -1}

    def do_escalate(self):
        base = self.choice()
        self.take(",")
        name, named = self.inner()
        now, start = self.observed(name, self.month(named.get("lag", 0))), self.observed(name, named["from"])
        weight = named.get("weight", Fraction(100)) / 100
        if start[0] == 0:
            self.fail("zero")
            return base
        return base[0] * (1 - weight) + base[0] * weight * now[0] / start[0], base[1]
