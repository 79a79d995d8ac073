"""Worlds that are built once a run: every test of a market works on a copy of its store, as if it had built it."""

import sqlite3
from dataclasses import dataclass

from sqlalchemy import make_url

from walras.service.clock import moment


@dataclass(frozen=True)
class Original:
    """What a world left: its store, its people's keys and users, and what its clock said last."""

    place: str
    keys: dict
    users: dict
    at: object


class Copies:
    """Originals by what they are worlds of; `sql` carries out a statement on the server of PostgreSQL."""

    def __init__(self, folder, sql):
        self.folder, self.sql = folder, sql
        self.originals = {}

    def world(self, kind, store, secrets, then=None, **changes):
        """A world of a kind on a fresh store; `then` is done to it before it is kept."""
        from tests.service.border.stage import set_clock

        name = (store.is_postgresql, kind, then, repr(changes))
        if name in self.originals:
            self._fill(store, self.originals[name])
        else:
            self.originals[name] = self._built(kind, store, secrets, then, changes)
        original = self.originals[name]
        set_clock(store, original.at)
        return kind.of_copy(store, secrets, original)

    def _built(self, kind, store, secrets, then, changes):
        with kind(store, secrets, **changes) as world:
            if then is not None:
                then(world)
            with store.read() as connection:
                at = moment(store.clock.now(connection))
        return Original(self._keep(store), world.keys, world.users, at)

    def _keep(self, store):
        number = len(self.originals)
        store.close()
        if store.is_postgresql:
            place = f"walras_original_{number}"
            self.sql(f"CREATE DATABASE {place} TEMPLATE {_database(store)} STRATEGY FILE_COPY")
            return place
        place = str(self.folder / f"original-{number}.db")
        _copy(_database(store), place)
        return place

    def _fill(self, store, original):
        store.close()
        if store.is_postgresql:
            name = _database(store)
            self.sql(f"DROP DATABASE {name} WITH (FORCE)")
            self.sql(f"CREATE DATABASE {name} TEMPLATE {original.place} STRATEGY FILE_COPY")
        else:
            _copy(original.place, _database(store))


def _database(store):
    return make_url(store.engine.url).database


def _copy(place, to):
    """Copy a file of SQLite into another, whatever was written to it last."""
    source, target = sqlite3.connect(place), sqlite3.connect(to)
    source.backup(target)
    source.close()
    target.close()
