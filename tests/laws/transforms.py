"""The same market said differently: what the laws do to a script of calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.second_opinion.random_markets import Call, Script

# Where calls hold quantities, capacities and, for scalable orders, the fixed term.
QUANTITY = {
    **{"offers": (2,), "buys": (1,), "sells": (1,), "line": (2, 3), "fixed_border": (2,)},
    **{"flexible": (4,), "scalable": (3,), "branch": (1,), "storage": (2, 3)},
}
SIDES = {"buys": "sells", "sells": "buys", "supply": "demand", "demand": "supply"}


def changed(script: Script, change: Callable[[Call], Call]) -> Script:
    """Return the script with every call changed."""
    return replace(script, calls=tuple(change(c) for c in script.calls))


def scaled(script: Script, factor: int) -> Script:
    """Return the script with every quantity and capacity multiplied."""

    def change(call: Call) -> Call:
        name, args, more = call
        powers = ("export", "import_", "gradient_up", "gradient_down", "discharge", "fixed_term", "start", "end")
        more = {k: v * factor if k in powers else v for k, v in more.items()}
        if "minimums" in more:
            more["minimums"] = {h: q * factor for h, q in more["minimums"].items()}
        args = tuple(a * factor if i in QUANTITY.get(name, ()) else a for i, a in enumerate(args))
        if name == "block":
            args = (*args[:4], {h: q * factor for h, q in args[4].items()})
        if name == "scalable":
            args = (*args[:4], [(h, p, q * factor) for h, p, q in args[4]])
        return name, args, more

    return changed(script, change)


def renamed(script: Script, names: dict[str, str]) -> Script:
    """Return the script with zones renamed; order names that hold a zone stay as they are."""

    def change(call: Call) -> Call:
        name, args, more = call
        if name == "domain":
            return name, (args[0], tuple(names[z] for z in args[1])), more
        if name == "branch":
            return name, args, {names[z]: share for z, share in more.items()}
        at = {"offers": (1,), "line": (0, 1)}.get(name, (0,))
        return name, tuple(names[a] if i in at else a for i, a in enumerate(args)), more

    out = changed(script, change)
    zones = tuple(sorted(names[z] for z in script.zones))
    return replace(out, zones=zones, minutes={names[z]: m for z, m in script.minutes.items()})


def mirrored(script: Script) -> Script:
    """Return the script with buyers and sellers exchanged and prices negated, between -4000 and 4000."""

    def change(call: Call) -> Call:
        name, args, more = call
        more = {k: -v if k in ("at", "to") else v for k, v in more.items()}
        if name == "offers":
            side, zone, mw, *price = args
            return name, (SIDES[side], zone, mw, *(-p for p in price)), more
        if name == "line":
            return name, (args[0], args[1], args[3], args[2]), more
        if name in ("domain", "branch"):
            return name, args, {z: -share for z, share in more.items()}
        if name == "border":
            said: dict[str, Any] = {"export": more["import_"], "import_": more["export"]}
            return name, (args[0], args[1], -args[2]), said
        if name == "fixed_border":
            return name, (args[0], args[1], -args[2]), more
        return SIDES[name], args, more

    return replace(changed(script, change), limits={"price_min": -4000, "price_max": 4000})


def halved(script: Script, which: int) -> Script | None:
    """Return the script with one order of a curve split into two equal halves; None if there is none to split."""
    at = [i for i, (name, args, _) in enumerate(script.calls) if _quantity(name, args) >= 5]
    if not at:
        return None
    chosen = at[which % len(at)]
    name, args, more = script.calls[chosen]
    where = 2 if name == "offers" else 1
    half = tuple(a / 2 if i == where else a for i, a in enumerate(args))
    # The second half is an order of its own: one curve cannot hold two steps that overlap.
    second = {k: v for k, v in more.items() if k != "order"}
    return replace(
        script, calls=(*script.calls[:chosen], (name, half, more), *script.calls[chosen + 1 :], (name, half, second))
    )


def _quantity(name: str, args: tuple[Any, ...]) -> float:
    return {"offers": 2, "buys": 1, "sells": 1}.get(name, 0) and float(args[2 if name == "offers" else 1])
