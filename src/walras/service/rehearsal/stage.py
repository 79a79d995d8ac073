"""The stage of a rehearsal: a service of its own in a folder, people, and a clock that is set.

What the worker process does at its turns is done here whenever the clock has moved, one after
another in this process, so that the same script leads to the same day.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from walras.errors import BadInput, Mistake
from walras.results.publication import SigningKey
from walras.service import readers
from walras.service.bootstrap import Service, Settings, build, set_up, signing_key
from walras.service.clearing import due
from walras.service.clock import microseconds
from walras.service.clock import moment as moment_of
from walras.service.commands import ApproveProposal, Command, SendFile
from walras.service.gate import book_loader, held_loader
from walras.service.queries import Query
from walras.service.readers import File
from walras.service.roles import PUBLIC, Actor, Role
from walras.service.store.instance import is_rehearsal, mark_rehearsal, set_clock
from walras.service.store.schema import companies, users
from walras.service.worker import border, sealing, timetable
from walras.service.worker.certified import certified
from walras.service.worker.finalise import certify_finals
from walras.service.worker.run import Runner

OFFICERS = ("OP", "OP-2")
MOST_ROUNDS = 20


@dataclass
class Stage:
    """Where a rehearsal is played.

    Attributes:
        service: Store, secrets, dispatch and door.
        key: What signs results.
        codes: Code of everything that a step gave a name.
        officers: The two of the operator.
    """

    service: Service
    key: SigningKey
    officers: tuple[Actor, Actor]
    codes: dict[str, str] = field(default_factory=dict)

    def at(self, moment: datetime) -> None:
        """Move the clock on to a time, and do what is due then."""
        store = self.service.store
        with store.read() as connection:
            ahead = microseconds(moment) - store.clock.now(connection)
        if ahead > 0:
            store.clock.ahead += ahead
            with store.write() as connection:
                set_clock(connection, store.clock.ahead)
        self.work()

    def work(self) -> None:
        """Do what is due, until nothing is: capacities, gates, runs, final certificates, settlement, seals."""
        dispatch, store = self.service.dispatch, self.service.store
        load, secrets = book_loader(self.service.secrets), self.service.secrets
        runner = Runner(store, secrets, load, certified(self.key), held=held_loader(secrets))
        for _ in range(MOST_ROUNDS):
            done = [border.tick(dispatch), len(timetable.tick(dispatch))]
            ran = runner.once()
            done += [ran != "idle", len(certify_finals(store, secrets, self.key, load)), len(due.tick(dispatch))]
            if not any(done):
                break
        sealing.seal_all(store)

    def now(self) -> datetime:
        """Return what time it is in the store."""
        store = self.service.store
        with store.read() as connection:
            return moment_of(store.clock.now(connection))

    def actor(self, who: str) -> Actor:
        """Return who a name of a script is: an officer, a company's user, or the public.

        Raises:
            BadInput: No step gave the name to a company (rule `script_by`).
        """
        if not who:
            return PUBLIC
        if who in OFFICERS:
            return self.officers[OFFICERS.index(who)]
        code = self.codes.get(who, who)
        with self.service.store.read() as connection:
            row = connection.execute(
                select(users.c.id, users.c.company, companies.c.role)
                .join(companies, companies.c.code == users.c.company)
                .where(users.c.company == code)
                .order_by(users.c.id)
            ).first()
        if row is None:
            fix = "Write OP, or a name that an earlier step gives a company with `as`; leave it out for the public."
            raise BadInput([Mistake(f"no step gave the name {who[:60]!r} to a company", "by", "script_by", fix)])
        return Actor(Role(row.role), row.id, row.company)

    def do(self, who: str, command: Command) -> dict[str, Any]:
        """Carry out a command; what the first officer proposes the second approves."""
        answer = self.service.dispatch.do(self.actor(who), command)
        if who == OFFICERS[0] and "proposal" in answer:
            approved = self.service.dispatch.do(self.officers[1], ApproveProposal(proposal=answer["proposal"]))
            answer = {**answer, **(approved.get("answer") or {})}
        return answer

    def send(self, who: str, session: str, tables: bytes) -> dict[str, Any]:
        """Send a zip of order tables, and wait for the receipt."""
        assert self.service.door is not None, "a rehearsal has a door"
        file = SendFile(session=session, kind="csv")
        return self.service.door.upload(self.actor(who), file, tables, None).result(60)

    def ask(self, who: str, query: Query) -> Any:
        """Answer a query."""
        return readers.ask(self.service.store, self.service.secrets, self.actor(who), query)

    def file(self, who: str, query: Query) -> bytes:
        """Return the bytes of a file that a query answers with."""
        found = self.ask(who, query)
        assert isinstance(found, File), "the query answers with a file"
        return found.content


@contextmanager
def staged(folder: Path, begins: datetime) -> Iterator[Stage]:
    """Build a service in an empty folder, with two officers and its clock set; it is closed in the end, and stays.

    Raises:
        BadInput: The environment or the folder leads to a store that is somebody's already (rule `rehearsal_new`).
    """
    settings = Settings(folder)
    service = build(settings, clock_at=begins)
    try:
        with service.store.write() as connection:
            mark_rehearsal(connection, service.store.clock.ahead)
        first, second = (Actor(Role.OPERATOR, o["user"], "OP") for o in set_up(service.store, service.secrets))
        key = signing_key(service.store, settings.keys_folder)
        yield Stage(service, key, (first, second))
    finally:
        service.close()


@contextmanager
def staged_again(settings: Settings) -> Iterator[Stage]:
    """Go on with the store of a rehearsal, at whatever time it is there now; no name stands for a code yet.

    Raises:
        BadInput: It is the store of no rehearsal (rule `rehearsal_known`).
    """
    service = build(settings)
    try:
        with service.store.read() as connection:
            if not is_rehearsal(connection):
                fix = "Name a store that `walras rehearse` or `walras demo` left."
                raise BadInput([Mistake("it is the store of no rehearsal", settings.url, "rehearsal_known", fix)])
            ids = connection.scalars(select(users.c.id).where(users.c.company == "OP").order_by(users.c.id)).all()
        first, second = (Actor(Role.OPERATOR, user, "OP") for user in ids[:2])
        yield Stage(service, signing_key(service.store, settings.keys_folder), (first, second))
    finally:
        service.close()
