"""What a formula may refer to: parameters, series and other formulas, with their types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from walras.formulas.parse import parse_declarations
from walras.formulas.syntax import Declared, Definition, Parameter, Program


@dataclass(frozen=True)
class Signature:
    """Declarations of a contract or profile, and the book of formulas that may use each other.

    Attributes:
        declared: Parameters, series and definitions, as in the text of a formula.
        formulas: Other formulas by name; each states the unit of its result.
    """

    declared: tuple[Parameter | Declared | Definition, ...] = ()
    formulas: Mapping[str, Program] = field(default_factory=dict)


def declare(text: str, formulas: Mapping[str, Program] | None = None) -> Signature:
    """Return a signature from `param`, `index`, `fx` and `let` statements.

    Raises:
        BadInput: The text is not made of such statements.

    Example:
        >>> found = declare('param k_long: 1; index "da": EUR/MWh mtu 60 min;')
        >>> [getattr(d, "name", None) or d.series for d in found.declared]
        ['k_long', 'da']
    """
    return Signature(parse_declarations(text), dict(formulas or {}))
