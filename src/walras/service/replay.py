"""Replay a session from the store: every step from the sealed submissions to the certificate.

::

    submissions ─▶ book ─▶ plan ─▶ settings ─▶ market ─▶ clear ─▶ tables ─▶ summary ─▶ audit ─▶ certificate
    open, digests  digest  trail   trail       hash      again    bits      figures    again    hashes, signature

Each step says `same`, `different` or `not checked` (`walras.oversight.replay`); a book that cannot be
rebuilt ends it. Every version can be replayed: reruns, decoupled plans, excluded orders, and
first passes without network limits, of which prices and exchanges are stored. Not computed again:
system prices, which are no part of a result. Nothing is written.
Written for `walras oversight replay`, for the regulator's query, and for the test of a restore.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Connection, Row, select

from walras.book.book import Book
from walras.coupling.settings import Settings
from walras.errors import BadInput, Mistake, NoResult, SolverFailed
from walras.oversight.replay import (
    HASHES,
    Again,
    Progress,
    Report,
    Step,
    audit_step,
    cleared_again,
    market_step,
    settings_step,
    summary_step,
    tables_step,
)
from walras.results.publication import KeyRing, Publication, verify
from walras.service import submitted
from walras.service.canonical import canonical, digest_of
from walras.service.gate import book_loader
from walras.service.plan import UNLIMITED, Plan
from walras.service.secrets import Secrets, publication_secret
from walras.service.store import markets, orders, runs, sessions
from walras.service.store.engine import Store
from walras.service.store.schema import artefacts, market_versions, submissions, trail
from walras.service.worker.outcome import PUBLIC_TABLES
from walras.service.worker.run import LoadBook, settings_of

STEPS = (
    "submissions", "book", "plan", "settings", "market", "clearing", "tables", "summary", "audit", "certificate",
)  # fmt: skip
PROVISIONAL = {"prices": "provisional_prices", "scheduled_exchanges": "provisional_exchanges"}
SYSTEM_PRICES = "system_prices"
FIX = "Name a version that was stored."


def replay(
    store: Store,
    secrets: Secrets,
    session: str,
    version: int | None = None,
    *,
    load_book: LoadBook | None = None,
    ring: KeyRing | None = None,
    progress: Progress | None = None,
) -> Report:
    """Replay a session; nothing is written.

    Args:
        store: Where the session is.
        secrets: Open what was sealed.
        session: Its id.
        version: Of the result; the newest unless given.
        load_book: Gives the book of a plan instead of the submissions, in tests.
        ring: Keys whose signatures count; without it the signature of the certificate is not checked.
        progress: Is told the name of each step before it begins (`STEPS`).

    Raises:
        BadInput: There is no such session, its gate has not closed, or there is no stored result of it (rules
            `session_known`, `book_sealed`, `result_known`).
    """
    with store.read() as connection:
        return replay_in(connection, secrets, session, version, load_book=load_book, ring=ring, progress=progress)


def replay_in(
    connection: Connection,
    secrets: Secrets,
    session: str,
    version: int | None = None,
    *,
    load_book: LoadBook | None = None,
    ring: KeyRing | None = None,
    progress: Progress | None = None,
) -> Report:
    """Replay a session inside a reading transaction; as `replay`."""
    found = sessions.get(connection, session)
    wanted = found.version if version is None else version
    if found.key_released_at is None:
        what = "the gate has not closed: the key of the book is not released"
        raise BadInput([Mistake(what, f"session {session}", "book_sealed", "Wait for the gate.")])
    held = _held(connection, session, wanted)
    work = _Replay(connection, secrets, found, wanted, held, load_book or book_loader(secrets), ring)
    return work.report(progress or (lambda _: None))


@dataclass(frozen=True)
class _Held:
    """What is stored of a version: tables of the result and as published, summary, audit, certificate and bundle."""

    tables: Mapping[str, pl.DataFrame]
    published: Mapping[str, pl.DataFrame]
    summary: Mapping[str, Any]
    audit: str | None
    certificate: bytes | None
    bundle: bytes | None


def _held(connection: Connection, session: str, version: int) -> _Held:
    rows = connection.execute(
        select(artefacts.c.name, artefacts.c.content).where(
            artefacts.c.session == session, artefacts.c.version == version
        )
    )
    files: dict[str, bytes] = {r.name: bytes(r.content) for r in rows}
    provisional = files.get("provisional/summary.json")
    summary = files.get("result/summary.json", provisional)
    if summary is None:
        raise BadInput([Mistake(f"there is no result {version}", f"session {session}", "result_known", FIX)])
    if provisional is not None:
        names = {name: f"published/{file}.parquet" for name, file in PROVISIONAL.items()}
        shown: dict[str, str] = {}
        verdict = json.loads(provisional).get("audit")
    else:
        names, shown = ({Path(n).stem: n for n in files if n.startswith(place) and n.endswith(".parquet")}
                        for place in ("result/", "published/"))  # fmt: skip
        shown.pop(SYSTEM_PRICES, None)
        verdict = json.loads(files.get("published/summary.json", b"{}")).get("audit")
    try:
        tables, published = ({name: pl.read_parquet(io.BytesIO(files[n])) for name, n in of.items() if n in files}
                             for of in (names, shown))  # fmt: skip
    except (pl.exceptions.PolarsError, OSError) as error:
        what, fix = f"a stored table cannot be read: {error}", "Restore the store from a backup."
        raise BadInput([Mistake(what, f"session {session} result {version}", "result_table_readable", fix)]) from None
    newest = [files.get(f"final/{n}", files.get(n)) for n in ("certificate.json", "regulator.zip")]
    return _Held(tables, published, json.loads(summary), verdict, *newest)


@dataclass(frozen=True)
class _Replay:
    """One replay: what it stands on, and its steps in order."""

    connection: Connection
    secrets: Secrets
    session: Row[Any]
    version: int
    held: _Held
    load_book: LoadBook
    ring: KeyRing | None

    def report(self, progress: Progress) -> Report:
        steps: list[Step] = []

        def done(step: Step) -> None:
            steps.append(step)
            if len(steps) < len(STEPS):
                progress(STEPS[len(steps)])

        progress(STEPS[0])
        acts = self._acts()
        stored = {name: self.held.summary.get(name) for name in HASHES if name in self.held.summary}
        done(self._submissions())
        done(self._gate(acts))
        plan = runs.plan_of(self.connection, self.session.id, self.version)
        done(self._plan(plan, acts))
        settings, step = self._settings()
        done(step)
        try:
            book = self.load_book(self.connection, self.session, plan)
        except BadInput as error:
            done(Step("market", "different", f"the book cannot be rebuilt: {error.mistakes[0]}".replace("\n", " ")))
            return self._ended(steps, "there is no book", stored)
        done(market_step(book, self.held.summary))
        return self._cleared(book, plan, settings, steps, done, stored)

    def _cleared(
        self, book: Book, plan: Plan, settings: Settings, steps: list[Step], done: Any, stored: dict[str, Any]
    ) -> Report:
        try:
            again = cleared_again(book, settings)
        except (NoResult, SolverFailed) as error:
            done(Step("clearing", "different", f"no result: {error}"))
            return self._ended(steps, "there is no result", stored)
        done(Step("clearing", "same", f"{again.results.status}, stopped by {again.results.stopped_by or 'nothing'}"))
        kept = {n: t for n, t in again.tables.items() if n in self.held.tables or not self._is_first_pass}
        shown = self._published(again, settings, plan)
        step, first = tables_step(_all(self.held.tables, self.held.published), _all(kept, shown))
        done(step)
        done(summary_step(self.held.summary, again.summary))
        done(audit_step(again, self.held.audit))
        done(self._certificate(again.summary))
        return Report(
            self.session.id, self.version, tuple(steps), first, stored,
            {name: again.summary[name] for name in stored}, tuple(map(str, again.violations)),
            self.held.summary.get("stopped_by"),
        )  # fmt: skip

    def _published(self, again: Again, settings: Settings, plan: Plan) -> Mapping[str, pl.DataFrame]:
        """Return the tables that everybody saw, made again: settlement and deviations read them too."""
        if self._is_first_pass:
            return {}
        if self.held.certificate is None:  # unsigned: tables of the result that name no order
            return {name: table for name, table in again.tables.items() if name in PUBLIC_TABLES}
        secret = publication_secret(self.secrets.session_key(self.session.id, self.session.sealed_key))
        left_out = tuple(o.name for o in plan.excluded)
        return Publication(again.book, again.results, settings.canonical(), secret, left_out).published

    def _ended(self, steps: list[Step], why: str, stored: dict[str, Any]) -> Report:
        """Return a report whose remaining steps could not be taken."""
        rest = [Step(name, "not checked", why) for name in STEPS[len(steps) :]]
        stopped = self.held.summary.get("stopped_by")
        return Report(self.session.id, self.version, (*steps, *rest), stored=stored, stopped_by=stopped)

    @property
    def _is_first_pass(self) -> bool:
        return "result_hash" not in self.held.summary

    def _acts(self) -> list[tuple[str, dict[str, Any]]]:
        query = select(trail.c.act, trail.c.body).where(trail.c.stream == self.session.id).order_by(trail.c.id)
        return [(r.act, json.loads(r.body)) for r in self.connection.execute(query)]

    def _submissions(self) -> Step:
        """Open every submission and compare its content with the digest of its receipt."""
        query = select(submissions).where(submissions.c.session == self.session.id).order_by(submissions.c.sequence)
        count = 0
        for row in self.connection.execute(query):
            where = f"submission {row.sequence} of {row.member}"
            try:
                content = submitted.opened(self.secrets, self.session, row)
                if submitted.stored_digest(self.secrets, row, content) != row.digest:
                    return Step("submissions", "different", f"{where}: its content has another digest")
            except BadInput as error:
                return Step("submissions", "different", f"{where}: {error.mistakes[0].what}")
            count += 1
        return Step("submissions", "same", f"{count} submissions open, each with the digest of its receipt")

    def _gate(self, acts: list[tuple[str, dict[str, Any]]]) -> Step:
        """Compare the orders that stand with the digest that was recorded when the gate closed."""
        live = orders.live(self.connection, self.session.id)
        digest = digest_of([[r.member, r.name, r.version, r.submission, r.digest] for r in live])
        told = next((body["book"] for act, body in acts if act == "closed" and "book" in body), None)
        for source, value in (("the trail", told), ("the session", self.session.book)):
            if value != digest:
                return Step("book", "different", f"{len(live)} orders have the digest {digest}, {source} has {value}")
        return Step("book", "same", f"{len(live)} orders, digest at the gate {digest}")

    def _plan(self, plan: Plan, acts: list[tuple[str, dict[str, Any]]]) -> Step:
        told = [body["plan"] for _, body in acts if body.get("version") == self.version and "plan" in body]
        said = told[-1] if told else Plan().text()
        if plan.text() != said:
            return Step("plan", "different", f"it is {plan.text()}, the trail says {said}")
        network = " without network limits" if plan.network == UNLIMITED else ""
        return Step("plan", "same", f"{plan.rung}{network}, {len(plan.cut_off)} zones cut off, "
                    f"{len(plan.excluded)} orders left out")  # fmt: skip

    def _settings(self) -> tuple[Settings, Step]:
        """Compare the market's definition with the trail, and the settings of the run with the stored result."""
        market, number = self.session.market, self.session.market_version
        settings = settings_of(markets.version(self.connection, market, number).definition.run)
        v, t = market_versions.c, trail.c
        body = self.connection.scalar(select(v.body).where(v.market == market, v.version == number))
        query = select(t.body).where(t.stream == "markets", t.act == "market set")
        acts = [json.loads(text) for text in self.connection.scalars(query)]
        told = [a["definition"] for a in acts if (a.get("market"), a.get("version")) == (market, number)]
        if told and canonical(told[-1]) != body:
            what = f"version {number} of market {market} is not what the trail says that two officers set"
            return settings, Step("settings", "different", what)
        return settings, settings_step(settings, self.held.summary)

    def _certificate(self, again: Mapping[str, Any]) -> Step:
        """Compare the hashes of the certificate, and verify the regulator's bundle where there are keys to trust."""
        if self.held.certificate is None:
            return Step("certificate", "not checked", "none is stored with this version")
        other = _other_hash(self.held.certificate, again)
        if other:
            return Step("certificate", "different", other)
        if self.ring is None or self.held.bundle is None:
            return Step("certificate", "same", "its hashes; the signature was not checked: no key ring was given")
        found = _verified(self.held.bundle, self.ring)
        return Step("certificate", "different" if found[0] else "same", found[1])


def _all(tables: Mapping[str, pl.DataFrame], published: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    return {**tables, **{f"published {name}": table for name, table in published.items()}}


def _other_hash(certificate: bytes, again: Mapping[str, Any]) -> str:
    """Return which hash of a certificate is another than that of the result that was computed again, empty if none."""
    try:
        document = json.loads(certificate)["document"]
        other = [n for n in HASHES if document.get(n) != again[n]]
    except (ValueError, KeyError, TypeError, AttributeError):
        return "it cannot be read"
    return f"{other[0]} is {document.get(other[0])}, computed again {again[other[0]]}" if other else ""


def _verified(bundle: bytes, ring: KeyRing) -> tuple[bool, str]:
    """Return whether anything is wrong with a regulator's bundle, and what; or how much was checked."""
    with tempfile.TemporaryDirectory(prefix="walras-replay-") as folder:
        file = Path(folder) / "regulator.zip"
        file.write_bytes(bundle)
        try:
            found = verify(file, ring)
        except BadInput as error:
            return True, error.mistakes[0].what
    wrong = [f"{c.name}: {c.found[0] if c.found else c.word}" for c in found.checks if not c.is_ok]
    return bool(wrong), wrong[0] if wrong else f"signature, hashes and {len(found.checks)} checks of the bundle"
