"""The small typed language of prices and rates over observations; docs/formulas.md is its reference.

::

    text ─▶ parse ─▶ Formula ─▶ check ─▶ Checked ─▶ evaluate ─▶ Value
             syntax              units                explain ─▶ Derivation

`units` knows dimensions, `periods` the time of series, `limits` what is refused unread,
`observations` and `observation_file` what was published, `looking` which version of it counts.
A text is never run as Python; a figure is an exact fraction until somebody rounds it.
"""

from walras.formulas.context import Context
from walras.formulas.formula import Checked, Formula, check_book, needs, parse, parse_book
from walras.formulas.observation_file import read_observations
from walras.formulas.observations import Observation, SeriesFacts, Source, Table
from walras.formulas.signature import Signature, declare
from walras.formulas.units import Unit, unit
from walras.formulas.values import Value, quantity

__all__ = [
    "Checked",
    "Context",
    "Formula",
    "Observation",
    "SeriesFacts",
    "Signature",
    "Source",
    "Table",
    "Unit",
    "Value",
    "check_book",
    "declare",
    "needs",
    "parse",
    "parse_book",
    "quantity",
    "read_observations",
    "unit",
]
