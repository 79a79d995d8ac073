"""Random syntax, whether it makes sense or not: what a text can say at all."""

from datetime import date, timedelta
from fractions import Fraction

from walras.formulas import syntax as s
from walras.formulas import unit
from walras.formulas.periods import Grid

UNITS = [unit(u) for u in ("1", "1", "%", "EUR", "EUR/MWh", "USD/1000m3", "1/MWh", "MW", "t/bbl", "EUR/MW/h", "USD/lb",
                           "SWU/kgU")]  # fmt: skip
OPERATORS = ("or", "and", "<", "<=", ">", ">=", "==", "!=", "+", "-", "*", "/", "+", "-", "*", "/")
GRIDS = (Grid("daily"), Grid("workdays"), Grid("monthly"), Grid("mtu", 15))


class Nodes:
    """Makes nodes with a `random.Random`."""

    def __init__(self, random):
        self.random = random

    def name(self):
        return "x" + "".join(self.random.choice("abz_09") for _ in range(self.random.randint(0, 3)))

    def number(self, least=0):
        return s.Number(Fraction(self.random.randint(least, 10**6), 1000), self.random.choice(UNITS))

    def day(self):
        return date(2000, 1, 1) + timedelta(days=self.random.randint(0, 40_000))

    def node(self, depth):
        if depth <= 0 or self.random.random() < 0.1:
            return self.random.choice([self.number(), s.Name(self.name())])
        make = self.random.choice([self.unary, *[self.binary] * 4, self.choice, self.call, self.table, self.path])
        return make(depth - 1)

    def many(self, least, most, make):
        return tuple(make() for _ in range(self.random.randint(least, most)))

    def unary(self, depth):
        return s.Unary(self.random.choice(["-", "not"]), self.node(depth))

    def binary(self, depth):
        return s.Binary(self.random.choice(OPERATORS), self.node(depth), self.node(depth))

    def choice(self, depth):
        return s.Choice(self.node(depth), self.node(depth), self.node(depth))

    def argument(self, depth):
        words = ["gas", "USD", "a b.c:d/e-1"]
        return s.Text(self.random.choice(words)) if self.random.random() < 0.3 else self.node(depth)

    def value(self, depth):
        return self.random.choice([s.Day(self.day()), s.Month(self.day().replace(day=1)), self.node(depth)])

    def call(self, depth):
        function = self.random.choice(["index", "fx", "mean", "feed_factor", "swu_factor", self.name()])
        named = {self.name(): self.value(depth) for _ in range(self.random.randint(0, 2))}
        if self.random.random() < 0.3:
            named["to"] = s.UnitName(self.random.choice(UNITS))
        return s.Call(function, self.many(0, 2, lambda: self.argument(depth)), tuple(named.items()))

    def bound(self):
        return None if self.random.random() < 0.2 else self.number(-(10**6))

    def table(self, depth):
        if self.random.random() < 0.5:
            rows = self.many(1, 3, lambda: s.Row(self.bound(), self.bound(), self.node(depth)))
            return s.Table("steps", self.node(depth), rows)
        rows = self.many(1, 3, lambda: s.Row(self.number(-(10**6)), None, self.node(depth)))
        return s.Table("curve", self.node(depth), rows)

    def path(self, depth):
        return s.Path(self.many(1, 3, lambda: (s.Day(self.day()), self.node(depth))))

    def statement(self, depth):
        cutoff = self.random.choice([None, 0, 7])
        return self.random.choice([
            s.Definition(self.name(), self.node(depth)),
            s.Parameter(self.name(), self.random.choice(UNITS)),
            s.Declared("a b", self.random.choice(UNITS), self.random.choice(GRIDS), cutoff),
            s.Declared("USD/EUR", unit("EUR/USD"), self.random.choice(GRIDS), cutoff),
        ])  # fmt: skip

    def program(self, depth):
        statements = self.many(0, 3, lambda: self.statement(depth))
        return s.Program(statements, self.node(depth), self.random.choice(UNITS))
