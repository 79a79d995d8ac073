"""The derivation of a figure: every part that was computed, with the observations that it stands on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from walras.formulas.context import Context, ready
from walras.formulas.evaluate import Figure, Run
from walras.formulas.format import format_node
from walras.formulas.looking import Used
from walras.formulas.periods import minute_text, period_text
from walras.formulas.steps import Plan, Step
from walras.formulas.values import Value, amount_text

WIDTH, FIGURE_WIDTH = 80, 26
MOST_LISTED = 40
PLAIN = {"number"}
"""What needs no line of its own."""


@dataclass(frozen=True)
class Line:
    """One step of a derivation; `depth` 0 is the result."""

    depth: int
    text: str
    value: Value | bool


@dataclass(frozen=True)
class Observed:
    """One observation that a figure stands on, and the version that counted."""

    series: str
    period: str
    value: Value
    published_at: str
    version: int
    source: str


@dataclass(frozen=True)
class Derivation:
    """How a result came about; printing it gives tables of eighty columns.

    Attributes:
        result: In the declared unit.
        lines: Parts after what they are in.
        observations: Each once, by series and period.
    """

    result: Value
    lines: tuple[Line, ...]
    observations: tuple[Observed, ...]

    def __str__(self) -> str:
        return "\n".join([*_lines_text(self.lines), *_observations_text(self.observations)])


def explain(plan: Plan, context: Context) -> Derivation:
    """Return the derivation of a result.

    Raises:
        BadInput: As `evaluate`.
    """
    run = Run(plan, ready(plan, context))
    result = run.result()
    lines = [Line(0, f"{plan.program.name} -> {plan.unit}", result), *_derived(run)]
    used = {(o.series, o.period): o for part in run.used.values() for o in (_observed(run, u) for u in part)}
    return Derivation(result, tuple(lines), tuple(used[key] for key in sorted(used)))


def _derived(run: Run) -> Iterator[Line]:
    """Yield a line for each step that was computed; a definition says what it is where it is first used."""
    seen: set[int] = set()
    waiting = [(run.plan.root, 1)]
    while waiting:
        step, depth = waiting.pop()
        figure = run.figures.get(id(step))
        if figure is None or step.kind in PLAIN:
            continue
        text, inner = format_node(step.node), step
        if step.kind == "definition" and id(step.parts[0]) not in seen:
            inner = step.parts[0]
            text = f"{step.name} = {format_node(inner.node)}"
        yield Line(depth, text, _value(step, figure))
        if id(inner) not in seen and not (inner is step and step.kind == "definition"):
            seen.add(id(inner))
            waiting += [(part, depth + 1) for part in reversed(inner.parts)]


def _value(step: Step, figure: Figure) -> Value | bool:
    if step.unit is None:
        return bool(figure)
    assert figure is not None, "a step with a line has a figure"
    return Value(Fraction(figure) / step.unit.factor, step.unit)


def _observed(run: Run, used: Used) -> Observed:
    series, o = used.look.series, used.observation
    facts = run.ready.observations.facts(series.series)
    assert facts is not None, "a series that was read has facts"
    value, period = Value(o.value, facts.unit), period_text(series.grid, o.period)
    return Observed(series.series, period, value, minute_text(o.published_at), o.version, o.source)


def _lines_text(lines: tuple[Line, ...]) -> Iterator[str]:
    for line in lines:
        value = str(line.value) if isinstance(line.value, Value) else ("true" if line.value else "false")
        room = WIDTH - max(FIGURE_WIDTH, len(value)) - 2
        text = shortened("  " * min(line.depth, 8) + line.text, room)
        yield f"{text:<{room}}  {value:>{WIDTH - room - 2}}"


def _observations_text(observations: tuple[Observed, ...]) -> Iterator[str]:
    if not observations:
        return
    yield ""
    yield f"{'series':<16}{'period':<18}{'value':>18}  {'published':<18}{'version':>3}"
    for o in observations[:MOST_LISTED]:
        value = amount_text(o.value.amount)
        yield f"{shortened(o.series, 15):<16}{o.period:<18}{value:>18}  {o.published_at:<18}{o.version:>7}"
    if len(observations) > MOST_LISTED:
        yield f"and {len(observations) - MOST_LISTED:,} more"
    sources = sorted({f"{o.series}: {o.source}, {o.value.unit}" for o in observations})
    yield from (shortened(text, WIDTH) for text in sources)


def shortened(text: str, most: int) -> str:
    """Return a text, with an ellipsis in its middle where it is too long.

    >>> shortened("mean(gasoil)", 9)
    'mean…oil)'
    """
    if len(text) <= most:
        return text
    head = (most - 1) // 2
    return f"{text[:head]}…{text[len(text) - (most - 1 - head) :]}"
