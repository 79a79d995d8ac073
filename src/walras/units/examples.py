"""The bundled example units; their figures are illustrative and describe no real plant."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from walras.units.unit import Unit
from walras.units.unit_file import read_unit

EXAMPLES = ("nuclear", "gas", "steam")


def example_path(name: str) -> Path:
    """Return the file of a bundled unit: `nuclear`, `gas` or `steam`."""
    assert name in EXAMPLES, f"no example unit {name!r}"
    return Path(str(resources.files("walras.examples") / "units" / f"{name}.toml"))


def example_unit(name: str) -> Unit:
    """Return a bundled unit.

    Example:
        >>> example_unit("nuclear").maximum_mw
        1150
    """
    return read_unit(example_path(name))
