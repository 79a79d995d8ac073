"""How a binding names an element: its XML name and the check of its text, as metadata of a dataclass field.

Read by the bindings. xsdata reads `name` and `type`, `formats.esmp.checking` reads `check`.
"""

from __future__ import annotations

from dataclasses import MISSING, field
from typing import Any

from walras.formats.esmp.values import Check


def one(name: str, check: Check | None = None) -> Any:
    """Return the field of an element that stands exactly once."""
    return field(default=MISSING, metadata=_metadata(name, check, least=1))


def maybe(name: str, check: Check | None = None) -> Any:
    """Return the field of an element that may be left out."""
    return field(default=None, metadata=_metadata(name, check, least=0))


def many(name: str, least: int = 0) -> Any:
    """Return the field of an element that stands at least some times."""
    return field(default_factory=list, metadata=_metadata(name, None, least=least))


def _metadata(name: str, check: Check | None, least: int) -> dict[str, Any]:
    return {"name": name, "type": "Element", "check": check, "least": least}
