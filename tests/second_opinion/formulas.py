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
         "1000m3": ("v", 1000), "m3": ("v", 1), "h": ("h", 1), "%": ("", Fraction(1, 100))}  # fmt: skip
UNIT = r"(?:%|1000m3|[A-Za-z]\w*)(?:/(?:1000m3|[A-Za-z]\w*))*"
TOKEN = re.compile(
    rf"\s*(?:(?P<date>\d{{4}}-\d\d-\d\d)|(?P<month>\d{{4}}-\d\d(?!\d))|(?P<number>\d+(?:\.\d+)?)"
    rf'(?:[ ]?(?P<unit>(?!(?:then|else|and|or)\b){UNIT}))?|(?P<text>"[^"]*")|(?P<word>[a-z]\w*)'
    r"|(?P<sign>->|\.\.|<=|>=|==|!=|[-+*/(),:;=<>]))"
)


class NoFigure(Exception):
    """There is no result: a division by zero, a table that does not reach, a missing observation."""


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
        into = (self.at.month - 1) % named.get("every", 1)
        backs = range(into + named.get("lag", 0) + 1, into + named.get("lag", 0) + named["months"] + 1)
        found = [self.observed(name, self.month(back)) for back in backs]
        return sum(f for f, _ in found) / len(found), found[0][1]

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
