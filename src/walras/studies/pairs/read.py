"""A pair folder to a `Pair`, or every mistake that is in it.

The format is described in docs/pair-folder.md.
"""

from __future__ import annotations

from dataclasses import fields, replace
from importlib import resources
from math import isnan
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from walras.errors import BadInput
from walras.studies.pairs.checks import check_tables
from walras.studies.pairs.fields import TABLES, Folder, Row
from walras.studies.pairs.pair import (
    DemandRow,
    LineRow,
    MemberRow,
    Pair,
    PlantRow,
    ProfileRow,
    SourceRow,
    StoreRow,
    ZoneRow,
)
from walras.studies.pairs.terms import read_terms
from walras.units.unit import Unit
from walras.units.unit_file import read_unit

BUNDLED = ("two-states", "coast-and-hills")
"""Pair folders that ship."""

T = TypeVar("T")


def bundled_pair(name: str) -> Pair:
    """Return a pair that ships.

    Example:
        >>> bundled_pair("coast-and-hills").currency
        'EUR'
    """
    return read_pair(bundled_folder(name))


def bundled_folder(name: str) -> Path:
    """Return the folder of a pair that ships."""
    assert name in BUNDLED, f"no bundled pair {name!r}"
    return Path(str(resources.files("walras.examples") / name))


def found_pair(said: Path) -> Path:
    """Return the folder that somebody means: one that is there, or the name of one that ships.

    Example:
        >>> found_pair(Path("two-states")).name
        'two-states'
    """
    return bundled_folder(str(said)) if not said.exists() and str(said) in BUNDLED else said


def read_pair(path: Path | str) -> Pair:
    """Return what a pair folder says.

    Raises:
        BadInput: With every mistake of the folder, each with what, where, rule and fix.
    """
    folder = Folder(Path(path))
    terms = read_terms(folder)
    tables = {name: folder.table(name) for name in TABLES}
    units = _units(folder, tables["plants"])
    check_tables(folder, terms, tables, units)
    if folder.mistakes or terms is None:
        raise BadInput(folder.mistakes)
    return Pair(
        **vars(terms),
        zones=tuple(
            ZoneRow(**_of(ZoneRow, row) | {"carriers": tuple(row["carriers"].split())}) for row in tables["zones"]
        ),
        members=_rows(MemberRow, tables["members"]),
        lines=_rows(LineRow, tables["lines"]),
        plants=tuple(_plant(row) for row in tables["plants"]),
        demand=_rows(DemandRow, tables["demand"]),
        stores=_rows(StoreRow, tables["stores"]),
        profiles={row["profile"]: _profile(row) for row in tables["profiles"]},
        sources=_rows(SourceRow, tables["sources"]),
        units=units,
    )


def _units(folder: Folder, plants: list[Row]) -> dict[str, Unit]:
    """Return the units that plants are compiled from; their files' mistakes are the folder's."""
    out: dict[str, Unit] = {}
    for row in plants:
        if row["kind"] != "unit":
            continue
        path = folder.path / "units" / f"{row['plant']}.toml"
        try:
            out[row["plant"]] = read_unit(path)
        except BadInput as error:
            wheres = (m.where.replace(str(path), path.name) for m in error.mistakes)
            folder.mistakes += [replace(m, where=f"units/{w}") for m, w in zip(error.mistakes, wheres, strict=True)]
    return out


def _of(kind: type[Any], row: Row) -> Row:
    return {f.name: row[f.name] for f in fields(kind) if f.name in row}


def _rows(kind: type[T], rows: list[Row]) -> tuple[T, ...]:
    return tuple(kind(**_of(kind, row)) for row in rows)


def _plant(row: Row) -> PlantRow:
    said = _of(PlantRow, row)
    said["order"] = said["order"] or said["plant"]
    said["cost_to"] = said["cost"] if isnan(said["cost_to"]) else said["cost_to"]
    return PlantRow(**said)


def _profile(row: Row) -> ProfileRow:
    hours = np.array([row[f"h{h:02d}"] for h in range(24)])
    return ProfileRow(**{k: row[k] for k in _of(ProfileRow, row) if k != "hours"}, hours=hours / hours.mean())
