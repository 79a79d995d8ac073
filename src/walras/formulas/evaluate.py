"""The evaluator: exact fractions, the same result everywhere, an error for whatever has no result.

It computes every part once, a definition too. Of a choice, steps or a path only the part that
holds is computed. Missing observations of all parts come back together; a figure that stands on
one is none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from walras.errors import BadInput, Mistake
from walras.formulas import enrichment, tables
from walras.formulas.context import Context, Ready, ready
from walras.formulas.limits import LARGEST, MOST_BITS
from walras.formulas.looking import Used, look_up
from walras.formulas.rounding import rounded
from walras.formulas.steps import Look, Plan, Step
from walras.formulas.values import Value

Figure = Fraction | bool | None
"""None is a figure that stands on a mistake."""


def evaluate(plan: Plan, context: Context) -> Value:
    """Return the result of a formula in its declared unit, exactly.

    Raises:
        BadInput: Parameters or observations are missing or wrong, something is divided by zero,
            a table does not cover a figure, or a figure is too large.
    """
    return Run(plan, ready(plan, context)).result()


@dataclass
class Run:
    """One evaluation: figures of steps that were computed, what they read, and what went wrong."""

    plan: Plan
    ready: Ready
    figures: dict[int, Figure] = field(default_factory=dict)
    used: dict[int, list[Used]] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def result(self) -> Value:
        """Return the result; see `evaluate`."""
        found = self.figure(self.plan.root)
        if self.mistakes:
            raise BadInput(self.mistakes)
        assert isinstance(found, Fraction), "a formula without mistakes has a result"
        return Value(found / self.plan.unit.factor, self.plan.unit)

    def figure(self, step: Step) -> Figure:
        """Return the figure of a step, computed once."""
        key = id(step)
        if key not in self.figures:
            found = self._figure(step)
            if isinstance(found, Fraction) and not isinstance(found, bool):
                found = self._bounded(step, found)
            self.figures[key] = found
        return self.figures[key]

    def wrong(self, step: Step, what: str, rule: str, fix: str) -> None:
        """Add what went wrong at a step, once."""
        where = f"{step.formula} line {step.node.place.line}, column {step.node.place.column}"
        mistake = Mistake(what, where, rule, fix)
        if mistake not in self.mistakes:
            self.mistakes.append(mistake)

    def _bounded(self, step: Step, found: Fraction) -> Figure:
        if abs(found) >= LARGEST:
            self.wrong(step, "this figure has more than 30 digits before the point", "figure_range",
                       "Check the parameters and observations.")  # fmt: skip
            return None
        if max(found.numerator.bit_length(), found.denominator.bit_length()) > MOST_BITS:
            self.wrong(step, "this exact figure is too long to carry", "figure_length", "Round in between.")
            return None
        return found

    def _figure(self, step: Step) -> Figure:  # noqa: PLR0911 - one case a kind
        match step.kind:
            case "number":
                return step.value
            case "parameter":
                return self.ready.parameters[step.name]
            case "definition":
                return self.figure(step.parts[0])
            case "look" | "mean":
                return self._average(step, step.looks[0])
            case "escalate":
                return self._escalated(step)
            case "if":
                condition = self.figure(step.parts[0])
                return None if condition is None else self.figure(step.parts[1 if condition else 2])
            case "and" | "or":
                left = self.figure(step.parts[0])
                is_decided = left is None or left is (step.kind == "or")
                return left if is_decided else self.figure(step.parts[1])
            case "steps" | "curve" | "path":
                return self._table(step)
        figures = [self.figure(part) for part in step.parts]
        if any(f is None for f in figures):
            return None
        if step.kind == "not":
            return not figures[0]
        return self._computed(step, [Fraction(f) for f in figures if f is not None])

    def _computed(self, step: Step, f: list[Fraction]) -> Figure:  # noqa: PLR0911, PLR0912 - one case an operation
        match step.kind:
            case "negative":
                return -f[0]
            case "+":
                return f[0] + f[1]
            case "-":
                return f[0] - f[1]
            case "*":
                return f[0] * f[1]
            case "/":
                return self._divided(step, f[0], f[1])
            case "<" | "<=" | ">" | ">=" | "==" | "!=":
                return _compared(step.kind, f[0], f[1])
            case "min":
                return min(f)
            case "max":
                return max(f)
            case "abs":
                return abs(f[0])
            case "clamp":
                return self._clamped(step, *f)
            case "beyond":
                return self._beyond(step, *f)
            case "convert":
                return f[0] * f[1] if step.name == "times" else self._divided(step, f[0], f[1])
            case "round":
                assert step.unit is not None
                return rounded(f[0] / step.unit.factor, int(step.value), step.name) * step.unit.factor
            case "feed_factor" | "swu_factor":
                return self._enriched(step, *f)
        raise AssertionError(f"nothing computes {step.kind}")

    def _divided(self, step: Step, above: Fraction, below: Fraction) -> Figure:
        if below:
            return above / below
        self.wrong(step, "this divides by zero", "division_by_zero", "Guard it: if x == 0 MWh then ... else ... / x.")
        return None

    def _clamped(self, step: Step, figure: Fraction, low: Fraction, high: Fraction) -> Figure:
        if low <= high:
            return min(max(figure, low), high)
        self.wrong(step, "the floor lies above the cap", "clamp_ordered", "Give a floor up to the cap.")
        return None

    def _beyond(self, step: Step, figure: Fraction, band: Fraction) -> Figure:
        if band >= 0:
            return figure - min(max(figure, -band), band)
        self.wrong(step, "the band is negative", "band_not_negative", "Give a band of zero or more.")
        return None

    def _enriched(self, step: Step, product: Fraction, feed: Fraction, tails: Fraction) -> Figure:
        problems = enrichment.problems(product, feed, tails)
        for problem in problems:
            self.wrong(step, *problem)
        if problems:
            return None
        factor = enrichment.feed_factor if step.kind == "feed_factor" else enrichment.swu_factor
        return factor(product, feed, tails)

    def _table(self, step: Step) -> Figure:
        if step.kind == "path":
            row = tables.path_row(step.bounds, self.ready.moment.day)
            return self._row(step, step.parts, row, "the path begins later", "path_covers")
        subject, values = self.figure(step.parts[0]), step.parts[1:]
        if subject is None:
            return None
        if step.kind == "steps":
            row = tables.step_row(step.bounds, Fraction(subject))
            return self._row(step, values, row, "no step holds this figure", "steps_cover")
        found = tables.curve_rows(step.bounds, Fraction(subject))
        if found is None:
            return self._row(step, values, None, "the curve does not reach this figure", "curve_covers")
        row, share = found
        low, high = self.figure(values[row]), self.figure(values[row + 1])
        return None if low is None or high is None else low + (high - low) * share

    def _row(self, step: Step, values: tuple[Step, ...], row: int | None, what: str, rule: str) -> Figure:
        if row is not None:
            return self.figure(values[row])
        fix = "Begin it earlier." if rule == "path_covers" else "Add rows that reach it, or clamp the figure."
        self.wrong(step, what, rule, fix)
        return None

    def _average(self, step: Step, look: Look) -> Figure:
        used, problems = look_up(look, self.ready)
        for problem in problems:
            self.wrong(step, *problem)
        self.used.setdefault(id(step), []).extend(used)
        if problems:
            return None
        facts = self.ready.observations.facts(look.series.series)
        assert facts is not None, "a series that was found has facts"
        return _total(used) / len(used) * facts.unit.factor

    def _escalated(self, step: Step) -> Figure:
        base, weight = (self.figure(part) for part in step.parts)
        now, start = (self._average(step, look) for look in step.looks)
        if base is None or weight is None or now is None or start is None:
            return None
        ratio = self._divided(step, Fraction(now), Fraction(start))
        return None if ratio is None else Fraction(base) * (1 - weight + weight * ratio)


def _total(used: list[Used]) -> Fraction:
    """Return the sum of observations; it ends early where it is too long to carry, and is refused as that."""
    above: dict[int, int] = {}
    for one in used:
        value = one.observation.value
        above[value.denominator] = above.get(value.denominator, 0) + value.numerator
    total = Fraction(0)
    for below, figure in above.items():
        total += Fraction(figure, below)
        if total.denominator.bit_length() > MOST_BITS:
            break
    return total


def _compared(operator: str, left: Fraction, right: Fraction) -> bool:
    return {
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
        "==": left == right,
        "!=": left != right,
    }[operator]
