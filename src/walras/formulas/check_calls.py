"""The checker of functions: arguments, windows of averages, and what is read of series."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from walras.formulas import syntax as s
from walras.formulas.functions import FUNCTIONS, ROUNDINGS, WINDOWS, Function, nearest
from walras.formulas.limits import MOST_PERIODS
from walras.formulas.periods import Grid, Window, month_of
from walras.formulas.steps import Look, Step
from walras.formulas.units import RATIO, unit

if TYPE_CHECKING:
    from walras.formulas.scope import Scope

MOST_PLACES = 12
YEAR = 12
WORK = unit("SWU/kgU")
FIXINGS = {"day": None, "month": Window("month", 1, lag=-1), "previous_month": Window("month", 1)}


def check_call(scope: Scope, node: s.Call) -> Step | None:  # noqa: PLR0911 - one case a function
    """Return a function as a step, or None when it holds a mistake."""
    function = FUNCTIONS.get(node.function)
    if function is None:
        what = f"there is no function {node.function!r}"
        scope.add(node.place, what, "function_known", f"Write one of: {nearest(node.function, FUNCTIONS)}.")
        return None
    if not _fits(scope, node, function):
        return None
    match node.function:
        case "index" | "fx":
            look = read_series(scope, node)
            return None if look is None else scope.step("look", node, look.series.unit, looks=(look,))
        case "mean":
            return _mean(scope, node)
        case "escalate":
            return _escalate(scope, node)
        case "convert":
            return _convert(scope, node)
        case "round":
            return _round(scope, node)
        case "feed_factor" | "swu_factor":
            return _enriched(scope, node)
    parts = tuple(scope.figure(a) for a in node.arguments)
    agreed = scope.agreed(node.place, parts, f"arguments of {node.function}")
    return None if agreed is None else scope.step(node.function, node, agreed, *(p for p in parts if p))


def _fits(scope: Scope, node: s.Call, function: Function) -> bool:
    """Add a mistake for each argument too many, too few or unknown; return whether there is none."""
    fix, given = f"Write it like this: {function.example}.", {n for n, _ in node.named}
    count, before = len(node.arguments), len(scope.findings.mistakes)
    if not function.least <= count <= function.most:
        most = "" if function.least == function.most else f" to {function.most}"
        what = f"{node.function} takes {function.least}{most} arguments without name, and has {count}"
        scope.add(node.place, what, "arguments_count", fix)
    for name in sorted(given - function.named):
        scope.add(node.place, f"{node.function} has no argument {name!r}", "argument_known", fix)
    for name in sorted(function.needed - given):
        scope.add(node.place, f"{node.function} needs the argument {name!r}", "argument_needed", fix)
    return len(scope.findings.mistakes) == before


def read_series(scope: Scope, node: s.Call, *, inside: str = "") -> Look | None:
    """Return what `index` or `fx` reads; inside an average it may say `last_known` and nothing else."""
    texts = [a.text for a in node.arguments if isinstance(a, s.Text)]
    if len(texts) < len(node.arguments):
        fix = f"Write it like this: {FUNCTIONS[node.function].example}."
        scope.add(node.place, f"{node.function} takes names in quotes", "series_in_quotes", fix)
        return None
    name = "/".join(texts)
    series = scope.series.get(name)
    if series is None:
        known = [n for n, d in scope.series.items() if ("/" in n) == (node.function == "fx") and d]
        fix = f"Declare it, or write one of: {nearest(name, known)}."
        scope.add(node.place, f"no series {name!r} is declared", "series_known", fix)
        return None
    named = dict(node.named)
    if inside and set(named) - {"last_known"}:
        scope.add(node.place, f"a series inside {inside} takes last_known alone", "series_alone",
                  f"Say lag at {inside}.")  # fmt: skip
        return None
    lag, back = _periods(scope, named.get("lag"), series.grid), _periods(scope, named.get("last_known"), series.grid)
    period, window = _stated(scope, named.get("at"), series.grid), _fixing(scope, named.get("by"))
    if lag is None or back is None or period is False or window is False:
        return None
    if (period is not None) + (window is not None) + ("lag" in named) > 1:
        scope.add(node.place, "lag, at and by exclude each other", "one_time", "Keep one of them.")
        return None
    return Look(series, window, lag, period, back)


def _fixing(scope: Scope, value: s.Node | None) -> Window | Literal[False] | None:
    """Return the window of a date rule, None for the day itself, False when it is wrong."""
    if value is None:
        return None
    if isinstance(value, s.Name) and value.name in FIXINGS:
        return FIXINGS[value.name]
    scope.add(value.place, "by takes a date rule", "date_rule", f"Write one of: {', '.join(FIXINGS)}.")
    return False


def _stated(scope: Scope, value: s.Node | None, grid: Grid) -> int | Literal[False] | None:
    """Return a stated period, None where none is, False when it is wrong."""
    match value, grid.kind:
        case None, _:
            return None
        case s.Month(first), "monthly":
            return month_of(first)
        case s.Day(day), "daily" | "workdays":
            return day.toordinal()
    assert value is not None
    what = f"a {grid.kind} series has no such period"
    fix = "Write a month: at=2010-01." if grid.kind == "monthly" else "Write a day: at=2010-01-31."
    if grid.kind == "mtu":
        fix = "Take the average of days: mean(index(...), days=1)."
    scope.add(value.place, what, "period_of_series", fix)
    return False


def whole(scope: Scope, value: s.Node | None, default: int = 0) -> int | None:
    """Return a whole number that an argument must be, or None."""
    if value is None:
        return default
    if isinstance(value, s.Number) and value.unit == RATIO and value.value.denominator == 1:
        return int(value.value)
    scope.add(value.place, "a whole number is needed here", "whole_number", "Write digits, without unit or sign.")
    return None


def _periods(scope: Scope, value: s.Node | None, grid: Grid) -> int | None:
    found = whole(scope, value)
    return found if found is None or value is None or _short(scope, value, found, grid.length) else None


def _short(scope: Scope, node: s.Node, count: int, length: str) -> bool:
    if count <= MOST_PERIODS[length]:
        return True
    what = f"{count:,} {length}s are too many"
    scope.add(node.place, what, "limit_window", f"Write at most {MOST_PERIODS[length]:,}.")
    return False


def _mean(scope: Scope, node: s.Call) -> Step | None:
    inner, named = node.arguments[0], dict(node.named)
    if not (isinstance(inner, s.Call) and inner.function in {"index", "fx"}):
        scope.add(inner.place, "mean averages a series", "series_expected", f"Write {FUNCTIONS['mean'].example}.")
        return None
    if not _fits(scope, inner, FUNCTIONS[inner.function]):
        return None
    look, window = read_series(scope, inner, inside="mean"), _window(scope, node, named)
    if look is None or window is None:
        return None
    grid = look.series.grid
    if (window.length == "MTU" and grid.kind != "mtu") or (window.length == "day" and grid.kind == "monthly"):
        what = f"a {grid.kind} series has no window of {window.length}s"
        scope.add(node.place, what, "window_fits", "Count the window in months, or in days of a daily series.")
        return None
    return scope.step("mean", node, look.series.unit, looks=(Look(look.series, window, last_known=look.last_known),))


def _window(scope: Scope, node: s.Call, named: dict[str, s.Node]) -> Window | None:
    given = [w for w in WINDOWS if w in named]
    if len(given) != 1:
        scope.add(node.place, "mean needs one window", "one_window", "Write months=, days= or mtus=, one of them.")
        return None
    length = WINDOWS[given[0]]
    count, lag = whole(scope, named[given[0]]), whole(scope, named.get("lag"))
    span = _span(scope, named, length)
    if count is None or lag is None or span is None:
        return None
    if count < 1:
        scope.add(named[given[0]].place, "the window is empty", "window_size", "Write 1 or more.")
        return None
    if not (_short(scope, named[given[0]], count, length) and _short(scope, named.get("lag", node), lag, length)):
        return None
    return Window(length, count, lag, *span)


def _span(scope: Scope, named: dict[str, s.Node], length: str) -> tuple[int, int] | None:
    """Return for how many months one average holds, and a month in which such a span begins."""
    every, begin = whole(scope, named.get("every"), 1), whole(scope, named.get("begin"), 1)
    if every is None or begin is None:
        return None
    if every < 1 or YEAR % every or ("every" in named and length != "month"):
        what = "every says for how many months one average holds"
        scope.add(named["every"].place, what, "window_every", "Write 1, 2, 3, 4, 6 or 12, with months=.")
        return None
    if not 1 <= begin <= YEAR or ("begin" in named and "every" not in named):
        what = "begin says in which month of the year a span of every begins"
        scope.add(named["begin"].place, what, "window_every", "Write 1 to 12, with every=.")
        return None
    return every, begin


def _escalate(scope: Scope, node: s.Call) -> Step | None:
    named, inner = dict(node.named), node.arguments[1]
    base = scope.figure(node.arguments[0])
    share = scope.figure(named.get("weight", s.Number(RATIO.factor, RATIO, place=node.place)))
    if not (isinstance(inner, s.Call) and inner.function == "index"):
        scope.add(inner.place, "escalate follows an index", "series_expected",
                  f"Write {FUNCTIONS['escalate'].example}.")  # fmt: skip
        return None
    if not _fits(scope, inner, FUNCTIONS["index"]):
        return None
    look = read_series(scope, inner, inside="escalate")
    if look is None or base is None or share is None:
        return None
    lag, start = _periods(scope, named.get("lag"), look.series.grid), _stated(scope, named["from"], look.series.grid)
    if not _is_ratio(scope, share, "the weight", "50 %"):
        return None
    if lag is None or start is False or start is None:
        return None
    looks = (Look(look.series, lag=lag, last_known=look.last_known),
             Look(look.series, period=start, last_known=look.last_known))  # fmt: skip
    return scope.step("escalate", node, base.unit, base, share, looks=looks)


def _is_ratio(scope: Scope, part: Step, what: str, example: str) -> bool:
    assert part.unit is not None, "a figure has a unit"
    if part.unit.dimension:
        fix = f"Write a ratio, such as {example}."
        scope.add(part.node.place, f"{what} is in {part.unit}", "ratio_expected", fix)
    return not part.unit.dimension


def _enriched(scope: Scope, node: s.Call) -> Step | None:
    """Return feed or separative work per product, as a step of its three assays."""
    named = dict(node.named)
    given = {"product": node.arguments[0], "feed": named["feed"], "tails": named["tails"]}
    assays = {name: scope.figure(part) for name, part in given.items()}
    fit = [a is not None and _is_ratio(scope, a, f"the assay of the {n}", "4.95 %") for n, a in assays.items()]
    found = RATIO if node.function == "feed_factor" else WORK
    return scope.step(node.function, node, found, *(a for a in assays.values() if a)) if all(fit) else None


def _convert(scope: Scope, node: s.Call) -> Step | None:
    """Return a conversion: times or through `by`, whichever leads to the unit that is asked for."""
    named = dict(node.named)
    target, subject, by = named["to"], scope.figure(node.arguments[0]), scope.figure(named["by"])
    if not isinstance(target, s.UnitName):
        scope.add(node.place, "to takes a unit", "unit_known", f"Write {FUNCTIONS['convert'].example}.")
        return None
    if subject is None or by is None or subject.unit is None or by.unit is None:
        return None
    for sign, name in ((1, "times"), (-1, "through")):
        if subject.unit.times(by.unit, sign).agrees(target.unit):
            return scope.step("convert", node, target.unit, subject, by, name=name)
    what = f"{by.unit} does not lead from {subject.unit} to {target.unit}"
    scope.add(node.place, what, "conversion_leads", "Give what lies between them, such as a density in t/bbl.")
    return None


def _round(scope: Scope, node: s.Call) -> Step | None:
    part, places, mode = scope.figure(node.arguments[0]), whole(scope, node.arguments[1]), node.arguments[2]
    if not (isinstance(mode, s.Name) and mode.name in ROUNDINGS):
        scope.add(mode.place, "this is no way to round", "rounding_known", f"Write one of: {', '.join(ROUNDINGS)}.")
        return None
    if places is not None and places > MOST_PLACES:
        scope.add(node.arguments[1].place, f"{places} places are too many", "rounding_places",
                  f"Write 0 to {MOST_PLACES}.")  # fmt: skip
        return None
    if part is None or places is None:
        return None
    return scope.step("round", node, part.unit, part, value=Fraction(places), name=mode.name)
