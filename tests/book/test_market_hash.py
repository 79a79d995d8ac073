"""The hash of a market changes with what it says and with nothing else."""

import dataclasses

import numpy as np
import pytest
from tests.builders import market, one_zone, two_zones
from tests.folders import every_family, meshed

from walras.book import hashing
from walras.book.canonical import canonical_parts
from walras.book.folder import read
from walras.book.hashing import market_hash, same_market
from walras.book.profile import Profile
from walras.book.schema import TABLES


def test_the_same_words_make_the_same_hash():
    assert market_hash(every_family().book()) == market_hash(every_family().book())
    assert len(market_hash(every_family().book())) == 64


def test_the_hash_is_this_one_on_every_platform():
    book = two_zones(20).sells("A", 100, at=10, order="s", member="m").book()
    assert market_hash(book) == HASH


HASH = "c024587fba6ee9f59804241db0ca08b81168b9d08ec2646bb7ed14d34cf48efa"


def test_every_column_of_the_folder_is_hashed_by_its_name():
    book = every_family().book()
    zone = dataclasses.replace(book.cells.zones[0], eic="10Y1001A1001A83F", latitude=1.0, longitude=2.0)
    cells = dataclasses.replace(book.cells, zones=(zone, *book.cells.zones[1:]))
    terms = {name: np.full(1, 0.1) for name in ("loss_forward", "loss_backward", "tariff")}
    lines = dataclasses.replace(book.lines, minutes=book.lines.minutes * 2, **terms)
    scalables = dataclasses.replace(book.scalables, gradient_down=book.scalables.gradient_up)
    grids = tuple(dataclasses.replace(g, end=g.end + 60) for g in cells.grids)
    full = dataclasses.replace(book, lines=lines, cells=dataclasses.replace(cells, grids=grids), scalables=scalables)
    mesh = (
        meshed().domain("core", ("A", "B", "C"), minutes=15).branch("AB", 125).branch("BC", 0, A=[0] * 7 + [1]).book()
    )
    parts = [*canonical_parts(full), *canonical_parts(mesh)]
    hashed = {(part.table, part.column) for part in parts if part.table != "market"}
    said = {(spec.name, column.name) for spec in TABLES for column in spec.columns}
    assert hashed == said - {("block_legs", "minutes")}


BRANCHES = {"critical_branches", "ptdfs"}


def test_every_column_of_the_folder_changes_the_hash():
    domains = [p for p in canonical_parts(meshed().book()) if p.table in {"domains", "domain_zones", *BRANCHES}]
    parts = [*canonical_parts(every_family().book()), *domains]
    seen = {digest(parts)}
    for i, part in enumerate(parts):
        seen.add(digest([*parts[:i], part._replace(values=changed(part.values)), *parts[i + 1 :]]))
    assert len(seen) == 1 + len(parts)


def digest(parts):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashing, "canonical_parts", lambda book: iter(parts))
        return market_hash(one_zone().book())


def changed(values):
    """Values of which the last is a little different."""
    if isinstance(values, list):
        return [*values[:-1], f"{values[-1]}x"]
    return np.append(values[:-1], np.nan_to_num(values[-1:]) + 1).astype(values.dtype)


def test_empty_tables_and_columns_that_nobody_set_are_not_hashed():
    parts = {(p.table, p.column) for p in canonical_parts(two_zones(20).sells("A", 100, at=10).book())}
    assert {table for table, _ in parts} == {"market", "zones", "grids", "lines", "line_capacities", "curve_orders",
                                            "curve_steps"}  # fmt: skip
    optional = {(spec.name, c.name) for spec in TABLES for c in spec.columns if c.is_optional}
    assert parts & optional == {("grids", "start"), ("grids", "end")}


def test_a_rule_that_a_later_profile_knows_does_not_change_old_hashes():
    book = every_family().book()

    @dataclasses.dataclass(frozen=True)
    class Later(Profile):
        later_rule: str = "off"

    known = {f.name: getattr(book.profile, f.name) for f in dataclasses.fields(Profile)}
    assert market_hash(dataclasses.replace(book, profile=Later(**known))) == market_hash(book)
    assert market_hash(dataclasses.replace(book, profile=Later(**known, later_rule="on"))) != market_hash(book)


def test_an_empty_field_is_not_an_empty_text():
    book = market(("A", "B")).book()
    zones = [dataclasses.replace(z, eic=eic) for z, eic in zip(book.cells.zones, ("x", None), strict=True)]
    texts = [zones[0], dataclasses.replace(zones[1], eic="")]
    cells = [dataclasses.replace(book.cells, zones=tuple(pair)) for pair in (zones, texts)]
    assert len({market_hash(dataclasses.replace(book, cells=c)) for c in cells}) == 2


def test_names_are_not_glued_together():
    one = market(("AB", "C")).book()
    other = market(("A", "BC")).book()
    assert market_hash(one) != market_hash(other)
    assert not same_market(one, other)


def test_currency_day_and_profile_are_hashed():
    book = every_family().book()
    profile = dataclasses.replace(book.profile, max_block_legs=7)
    others = [dataclasses.replace(book, currency="ZAR"), dataclasses.replace(book, profile=profile)]
    assert len({market_hash(b) for b in [book, *others]}) == 3


def test_ptdfs_hash_alike_however_they_are_written(meshed):
    before = market_hash(read(meshed.path))
    rows = meshed.rows("ptdfs")
    of_ab = [r for r in rows if r["branch"] == "AB"]
    usual = [r | {"mtu_start": ""} for r in of_ab[:3]]
    meshed.save("ptdfs", [*(r for r in rows if r["branch"] == "BC"), *usual])
    assert len(of_ab) == 12
    assert market_hash(read(meshed.path)) == before
    assert market_hash(read(meshed.change("ptdfs", 1, ptdf="0.11").path)) != before
