"""The hash of a market changes with what it says and with nothing else."""

import dataclasses

import numpy as np
import pytest
from tests.builders import market, two_zones
from tests.folders import every_family

from walras.book.hashing import market_hash, same_market


def test_the_same_words_make_the_same_hash():
    assert market_hash(every_family().book()) == market_hash(every_family().book())
    assert len(market_hash(every_family().book())) == 64


def test_the_hash_is_this_one_on_every_platform():
    book = two_zones(20).sells("A", 100, at=10, order="s", member="m").book()
    assert market_hash(book) == HASH


HASH = "4f8236dfb593a4a7e9c9270d1241184a1a19a9dcff320ed1e0edc65bb194ff60"


def changed(book, value):
    """A value that is a little different."""
    if isinstance(value, np.ndarray):
        return value + 1 if len(value) else np.append(value, 1)
    if isinstance(value, tuple):
        return (*value, value[-1]) if value else ("x",)
    return {"name": "x", "currency": "ZAR", "time_zone": "Europe/Rome"}[book]


@pytest.mark.parametrize("part", ["lines", "borders", "curves", "blocks", "flexibles", "scalables"])
def test_every_column_of_the_book_is_hashed(part):
    book = every_family().book()
    seen = {market_hash(book)}
    family = getattr(book, part)
    for field in dataclasses.fields(family):
        other = dataclasses.replace(family, **{field.name: changed(part, getattr(family, field.name))})
        seen.add(market_hash(dataclasses.replace(book, **{part: other})))
    assert len(seen) == 1 + len(dataclasses.fields(family))


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
