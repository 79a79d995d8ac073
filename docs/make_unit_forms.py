"""Write docs/unit-forms.md: what each form of a unit's orders loses. Run `python docs/make_unit_forms.py [MARKETS]`.

Every market is drawn from its number, so the same release gives the same page; about two minutes on one core.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from walras.studies.unit_forms import Loss, curves_case, forecast_of, losses, prices_case
from walras.units.examples import EXAMPLES, example_unit
from walras.units.orders import FORMS

PAGE = Path(__file__).parent / "unit-forms.md"
HEAD = """# What a form of orders loses

Written by `docs/make_unit_forms.py`. The three bundled units (illustrative figures) sell in {markets} markets of each
kind, hourly, numbers 0 to {last}. *Best* is the welfare that the unit can add to its base when its physics are
dispatched directly: dynamic programming over its states, exact on a grid of powers of 1/48 of its range or finer.
*Lost* is what the form leaves out of it, cleared by the auction, audited, and checked: every schedule of this table
can be run. EUR a day, means over the markets.

- **prices**: a border buys at given prices, so what is lost is the unit's own profit.
- **curves**: the unit meets demand and supply of one zone of about 2,500 MW and moves prices, so what is lost is
  welfare.
- **forecast**: the orders were made with twelve price scenarios around the prices (a level off by 8 EUR/MWh and slow
  waves of 4 EUR/MWh, standard deviations), else with the plain shapes of `units/scenarios.py`. In *curves* the
  prices are those without the unit.

A scalable order moves between the powers of the grid too, so it may lose a little less than nothing. Part of what is
lost in *curves* no orders could keep: an auction must find prices at which no accepted order loses, direct dispatch
need not.

| unit | market | forecast | best | {heads} |
|---|---|---|---|{rules}|
"""


def cell(rows: list[Loss], best: float) -> str:
    """One figure of the table: mean loss and its share, or how often the form was refused."""
    held = [r for r in rows if not r.reason]
    refused = f", refused {len(rows) - len(held)} of {len(rows)}" if len(held) < len(rows) else ""
    if not held:
        return "refused"
    lost = float(np.mean([r.lost for r in held]))
    base = float(np.mean([r.best for r in held])) if refused else best
    return f"{lost:,.0f} ({lost / base:.1%}{refused})" if base > 0 else f"{lost:,.0f}{refused}"


def main(markets: int) -> None:
    """Clear everything and write the page."""
    heads, rules = " | ".join(f"{form}, lost" for form in FORMS), "|".join("---" for _ in FORMS)
    lines = [HEAD.format(markets=markets, last=markets - 1, heads=heads, rules=rules).rstrip()]
    reasons: dict[str, str] = {}
    for name in EXAMPLES:
        unit = example_unit(name)
        for make in (prices_case, curves_case):
            cases = [make(seed) for seed in range(markets)]
            for forecast in (False, True):
                found = [
                    loss
                    for seed, case in enumerate(cases)
                    for loss in losses(unit, case, seed, FORMS, forecast_of(case, seed) if forecast else None)
                ]
                best = float(np.mean([r.best for r in found]))
                cells = [cell([r for r in found if r.form == form], best) for form in FORMS]
                reasons |= {f"{name}, {r.form}": r.reason for r in found if r.reason}
                words = "yes" if forecast else "no"
                lines.append(f"| {name} | {cases[0].kind} | {words} | {best:,.0f} | {' | '.join(cells)} |")
                print(lines[-1], flush=True)
    lines += ["", "Refused:", *(f"- {who}: {why}." for who, why in reasons.items())]
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
