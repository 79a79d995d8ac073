"""A store with the bundled market of two neighbours in it, and stand-ins for the door."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from pathlib import Path

from sqlalchemy import insert, select

from walras.book.folder import read
from walras.service.canonical import bytes_digest
from walras.service.clock import MINUTE
from walras.service.definition import MarketDefinition
from walras.service.dispatch import Dispatch
from walras.service.roles import SYSTEM
from walras.service.secrets import Secrets, derived, seal, unseal
from walras.service.store import markets, runs, sessions
from walras.service.store.engine import Store
from walras.service.store.schema import artefacts, companies, orders, submissions, trail, users
from walras.service.trail_check import Effect
from walras.service.work import Work
from walras.service.worker.run import Runner

SESSION = "TWO-2026-06-10-da"
DEFINITION = {
    "name": "Two neighbours",
    "currency": "EUR",
    "time_zone": "Etc/GMT-3",
    "profile": "european",
    "zones": [{"zone": "A", "country": "AA"}, {"zone": "B", "country": "BB"}],
    "grids": [
        {
            "zone": zone, "carrier": "electricity", "mtu_minutes": 60, "price_min_per_mwh": -500.0,
            "price_max_per_mwh": 4000.0, "price_tick_per_mwh": 0.01, "quantity_tick_mw": 0.1,
        }
        for zone in "AB"
    ],
}  # fmt: skip
COMPANIES = (("O-0001", "operator"), ("M-0001", "member"), ("M-0002", "member"), ("R-0001", "regulator"))


@lru_cache(maxsize=1)
def the_book():
    with resources.as_file(resources.files("walras.examples") / "two-neighbours") as folder:
        return read(folder)


def load_book(_connection, _session, _version):
    """Stand-in for the door: the bundled market, whatever was sent."""
    return the_book()


class Door:
    """Stand-in for what the door knows of its own submissions: one order name a line, `-name` takes back."""

    def opened(self, secrets, session, row):
        key = derived(secrets.session_key(session.id, session.sealed_key), f"member {row.member}")
        return unseal(key, row.sealed, f"{session.id} {row.member}")

    def stored_digest(self, secrets, row, payload):
        return bytes_digest(payload)

    def effect(self, kind, payload):
        words = payload.decode().split()
        return Effect({w: "" for w in words if w[0] != "-"}, frozenset(w[1:] for w in words if w[0] == "-"), False)


@dataclass
class Stage:
    kind: str
    address: str
    store: Store
    secrets: Secrets
    folder: Path

    def filled(self):
        with self.store.write() as connection:
            work = Work(connection, self.store.clock, SYSTEM, self.secrets)
            at = work.now()
            for code, role in COMPANIES:
                connection.execute(insert(companies).values(code=code, role=role, name=code, country="AA",
                                                            state="active", since=at))  # fmt: skip
                connection.execute(insert(users).values(id="U" + code[1:] + code[0], company=code, role=role, since=at))
            definition = MarketDefinition.model_validate(DEFINITION).model_dump(mode="json")
            markets.add_version(work, "TWO", date(2026, 1, 1), None, definition, at)
            said = {"market": "TWO", "version": 1, "definition": definition, "valid_from": "2026-01-01"}
            work.record("markets", "market set", said | {"valid_to": None}, at)
            self.schedule(work, SESSION, opens=at - 2 * MINUTE, gate=at - MINUTE)
            work.finish()
        self.send("M-0001", "one two")
        self.send("M-0002", "one")
        self.send("M-0001", "two three -one")
        self.close_gate()
        return self

    def schedule(self, work, session, opens, gate, kind="live", state="open"):
        from walras.service.clock import time_text

        times = {"opens_at": opens, "gate_at": gate, "results_due_at": gate + 45 * MINUTE}
        sessions.add(work, id=session, market="TWO", market_version=1, delivery_day="2026-06-10", kind=kind,
                     state=state, sealed_key=self.secrets.new_session_key(session), **times)  # fmt: skip
        shown = {name: time_text(at) for name, at in times.items()}
        body = {"market": "TWO", "market_version": 1, "kind": kind, "layer": "day_ahead",
                "delivery_day": "2026-06-10"}  # fmt: skip
        work.record(session, "scheduled", body | shown)
        if state == "open":
            work.record(session, "open", {"from": "scheduled"})

    def send(self, member, words):
        with self.store.write() as connection:
            work = Work(connection, self.store.clock, SYSTEM, self.secrets)
            session = sessions.get(connection, SESSION)
            at, content = work.now(), words.encode()
            key = derived(self.secrets.session_key(SESSION, session.sealed_key), f"member {member}")
            row = {"session": SESSION, "member": member, "user": "U" + member[1:] + "M", "kind": "orders",
                   "digest": bytes_digest(content), "sealed": seal(key, content, f"{SESSION} {member}"),
                   "orders": len(words.split()), "at": at}  # fmt: skip
            number = connection.execute(insert(submissions).values(**row)).inserted_primary_key[0]
            said = {name: row[name] for name in ("member", "user", "kind", "digest", "orders")}
            said["sealed_digest"] = bytes_digest(row["sealed"])
            work.record(SESSION, "submission", {"submission": number} | said, at)
            for word in words.split():
                own = (orders.c.session == SESSION) & (orders.c.member == member) & (orders.c.name == word.strip("-"))
                old = connection.execute(select(orders).where(own)).one_or_none()
                if old is None:
                    connection.execute(insert(orders).values(session=SESSION, member=member, name=word, version=1,
                                                             submission=number, is_live=True))  # fmt: skip
                else:
                    connection.execute(orders.update().where(own).values(
                        version=old.version + 1, submission=number, is_live=word[0] != "-"))  # fmt: skip
            work.finish()

    def close_gate(self, session=SESSION):
        with self.store.write() as connection:
            work = Work(connection, self.store.clock, SYSTEM, self.secrets)
            found = sessions.locked(work, session)
            at = work.now()
            sessions.move(work, found, "closed", at, {"book": "b"}, key_released_at=at, book="b")
            runs.queue(connection, session, runs.next_version(connection, session), at)
            work.finish()

    def runner(self, **given):
        return Runner(self.store, self.secrets, given.pop("load_book", load_book), **given)

    def dispatch(self):
        return Dispatch(self.store, self.secrets)

    def rows(self, table):
        with self.store.read() as connection:
            return connection.execute(select(table).order_by(*table.primary_key.columns)).all()

    def acts(self, stream=SESSION):
        with self.store.read() as connection:
            return list(connection.scalars(select(trail.c.act).where(trail.c.stream == stream).order_by(trail.c.id)))

    def files(self):
        return {(a.version, a.name): a.digest for a in self.rows(artefacts)}
