"""A pair that lives some days, with every auction as it was cleared."""

from dataclasses import dataclass
from datetime import date

from walras.studies.pairs.read import bundled_folder, read_pair
from walras.studies.pairs.supplies import read_supplies
from walras.studies.pairs.year import auctioning, live_year


@dataclass(frozen=True)
class Lived:
    """A year, what it was made from, and its auctions."""

    pair: object
    supplies: object
    year: object
    cleared: list


def live(name, first, days, monkeypatch, **more):
    """Live days of a bundled pair."""
    pair, supplies = read_pair(bundled_folder(name)), read_supplies(bundled_folder(name))
    cleared, measure = [], auctioning.measure

    def noted(living, day):
        cleared.append(day)
        measure(living, day)

    monkeypatch.setattr(auctioning, "measure", noted)
    year = live_year(pair, supplies, date.fromisoformat(first), days, **more)
    monkeypatch.setattr(auctioning, "measure", measure)
    return Lived(pair, supplies, year, cleared)


def same_tables(one, other):
    """Whether two years say the same."""
    return one.summary == other.summary and all(one.tables[n].equals(other.tables[n]) for n in one.tables)
