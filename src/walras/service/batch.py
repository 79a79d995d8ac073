"""Many submissions in one transaction: checked together, written together, on disk together.

::

    entries ─▶ prepare: sessions, rights, one check of all orders (no lock held)
            ─▶ write:   session rows shared, clock, keys, versions, families ─▶ rows ─▶ commit

What decides is read again inside the transaction that holds the session's row: the state of
the session, the time at its gate, the key and company of the sender, and the version of its
rights. An entry that is refused leaves nothing behind and takes no other entry with it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, insert, select, tuple_

from walras.book.market import MarketTerms
from walras.errors import BadInput, Mistake, WalrasError
from walras.results.publication import content_hashes
from walras.service.canonical import bytes_digest, canonical, digest_of
from walras.service.clearing.collateral import collateral_on
from walras.service.clock import Clock, time_text
from walras.service.commands import CheckFile, SendFile
from walras.service.intake import payload
from walras.service.intake.check import Submission, judge
from walras.service.intake.files import read_file
from walras.service.intake.rights import Rights
from walras.service.permissions import NotKnown
from walras.service.pre_trade import Reserve
from walras.service.roles import Actor
from walras.service.secrets import Secrets
from walras.service.store import markets, orders, sessions, settlement, trail
from walras.service.store.engine import Store
from walras.service.store.orders import Standing
from walras.service.store.schema import api_keys, companies, idempotency, rights, users
from walras.service.store.schema import sessions as session_table
from walras.service.terms import market_terms
from walras.service.work import refuse
from walras.settlement.collateral.exposure import exposures
from walras.settlement.collateral.formula import Formula


@dataclass
class Entry:
    """One submission, or one withdrawal, on its way.

    Attributes:
        actor, session, key: Who sends it, where to, and under which idempotency key.
        orders: What is sent; None for a withdrawal.
        names: What is taken back, None = all of it.
        request: Digest of the request, for its idempotency key.
        rights_version: Of the rights that the check used.
        is_default: Whether it is taken in at the gate, for a member that sent nothing.
        kin: Whom each order stands or falls with.
        hashes: Content hash of each order, by name.
        content, digest: The orders as they are kept, and the hash of what they say.
        exposure: What each order or family may owe, minor units, none for a withdrawal; None without collateral.
        currency: Trade currency of the market.
        guarantee_days: So many days beyond the last gate a guarantee must last.
        facts: What came of it: the content of its receipt.
        error: Why it was refused.
    """

    actor: Actor
    session: str
    orders: payload.Orders | None
    key: str | None
    request: str
    names: tuple[str, ...] | None = None
    rights_version: int = 0
    is_checked: bool = False
    is_default: bool = False
    kin: dict[str, str] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    digest: str = ""
    exposure: dict[str, int] | None = None
    currency: str = ""
    guarantee_days: int = 0
    facts: dict[str, Any] | None = None
    error: Exception | None = None

    @property
    def member(self) -> str:
        """Return whose orders they are."""
        return self.actor.company


def prepare(store: Store, entries: Sequence[Entry]) -> None:
    """Check the orders of entries against their markets and rights; refusals go to `error`."""
    with store.read() as connection:
        groups = _grouped(connection, entries)
    _check(groups)


def prepare_here(connection: Connection, entries: Sequence[Entry]) -> None:
    """Check as `prepare` does, inside a transaction that is open."""
    _check(_grouped(connection, entries))


def of_file(store: Store, actor: Actor, file: SendFile | CheckFile, data: bytes, key: str | None) -> Entry:
    """Return the entry of a file: read, checked against its market and the rights of the member, and hashed.

    Raises:
        BadInput: With every mistake of the file, or the session is not one that the member may trade in.
    """
    assert file.kind is not None
    entry = Entry(actor, file.session, {}, key, "")
    with store.read() as connection:
        groups = _grouped(connection, [entry])
    if entry.error is not None:
        raise entry.error
    ((terms, formula, ((_, may),)),) = groups
    entry.orders = orders_sent = read_file(terms, data, file.kind, may)
    entry.content, entry.kin = payload.encode(orders_sent), payload.kin(orders_sent)
    entry.digest = payload.digest(orders_sent)
    entry.request = digest_of([file.word(), file.session, entry.digest])
    entry.is_checked = True
    book = payload.book_of(terms, [(entry.member, entry.content, entry.kin.keys())])
    hashes = content_hashes(book)
    entry.hashes = {name: hashes[f"{entry.member}.{name}"] for name in sorted(entry.kin)}
    if formula is not None and entry.exposure is not None:
        found = exposures(book, formula)
        bare = [name.removeprefix(f"{entry.member}.") for name in found.kin]
        entry.exposure = _by_kin(entry, dict(zip(bare, found.minor, strict=True)))
    return entry


Group = tuple[MarketTerms, Formula | None, list[tuple[Entry, Rights]]]
"""Entries with orders for one market and day, its terms, and the formula of exposure if it asks for collateral."""


def _grouped(connection: Connection, entries: Sequence[Entry]) -> list[Group]:
    """Return the entries with orders by the market that they are sent to; those that lead nowhere get their error."""
    run = connection.execute
    s = session_table.c
    columns = (s.id, s.market, s.market_version, s.delivery_day, s.kind)
    found = {r.id: r for r in run(select(*columns).where(session_table.c.id.in_(sorted({e.session for e in entries}))))}
    pairs = sorted({(e.member, found[e.session].market) for e in entries if e.session in found})
    mine = {(r.company, r.market): r for r in run(select(rights).where(_among(rights, pairs)))} if pairs else {}
    groups: dict[tuple[str, int, str], list[tuple[Entry, Rights]]] = {}
    live: dict[tuple[str, int, str], list[Entry]] = {}
    for entry in entries:
        session = found.get(entry.session)
        if session is None:
            entry.error = sessions.unknown(entry.session)
            continue
        right = mine.get((entry.member, session.market))
        if right is None:
            entry.error = _not_admitted(entry.member, session.market)
            continue
        entry.rights_version = right.version
        place = (session.market, session.market_version, session.delivery_day)
        if session.kind == "live":  # others move no money
            live.setdefault(place, []).append(entry)
        if entry.orders is not None:
            groups.setdefault(place, []).append((entry, _rights(right.body)))
    formulas = {place: _bound(connection, place, group) for place, group in live.items()}
    return [
        (
            market_terms(markets.version(connection, code, number).definition, date.fromisoformat(day)),
            formulas.get((code, number, day)),
            group,
        )
        for (code, number, day), group in groups.items()
    ]


def _bound(connection: Connection, place: tuple[str, int, str], entries: Sequence[Entry]) -> Formula | None:
    """Return the formula of a market that asks for collateral, and mark its entries as binding some."""
    code, number, day = place[0], place[1], date.fromisoformat(place[2])
    if not settlement.has_terms(connection, code):
        return None
    definition = markets.version(connection, code, number).definition
    found = collateral_on(connection, code, day, definition.profile)
    if found is None:
        return None
    for entry in entries:
        entry.exposure, entry.currency = {}, definition.currency
        entry.guarantee_days = found.terms.guarantee_days
    return found.formula


def _by_kin(entry: Entry, owed: dict[str, int]) -> dict[str, int]:
    """Return exposures by what the store calls each family: its kin, or the name of an order that is alone."""
    return {entry.kin[name] or name: minor for name, minor in owed.items()}


def _among(table: Table, pairs: Sequence[tuple[str, str]]) -> ColumnElement[bool]:
    return tuple_(table.c.company, table.c.market).in_(pairs)


def _check(groups: Sequence[Group]) -> None:
    for terms, formula, group in groups:
        submissions = [Submission(e.member, e.orders, may) for e, may in group if e.orders is not None]
        for (entry, _), verdict in zip(group, judge(terms, submissions, formula), strict=True):
            entry.is_checked, entry.hashes = True, verdict.hashes
            if verdict.mistakes:
                entry.error = BadInput(verdict.mistakes)
            elif entry.orders is not None:
                entry.kin = payload.kin(entry.orders)
                if entry.exposure is not None and verdict.exposure is not None:
                    entry.exposure = _by_kin(entry, verdict.exposure)


def rights_of(connection: Connection, member: str, market: str) -> tuple[Rights, int]:
    """Return what a member may send in a market, and the version of that.

    Raises:
        BadInput: It may not send anything (rule `member_admitted`).
    """
    query = select(rights.c.body, rights.c.version).where(rights.c.company == member, rights.c.market == market)
    found = connection.execute(query).one_or_none()
    if found is None:
        raise _not_admitted(member, market)
    return _rights(found.body), found.version


def _rights(body: str) -> Rights:
    said = json.loads(body)
    products = frozenset((zone, carrier) for zone, carrier in said["products"])
    return Rights(products, 0, 0, said["most_steps"], said["most_mw"])


def _not_admitted(member: str, market: str) -> BadInput:
    what = f"{member} has no rights in market {market}"
    return refuse(what, "session", "member_admitted", "Ask the operator for admission to this market.")


def write(store: Store, secrets: Secrets, entries: Sequence[Entry]) -> None:
    """Write every entry that stands in one transaction; what came of each is in `facts` or `error`."""
    standing = [e for e in entries if e.error is None]
    if not standing:
        return
    with store.write() as connection:
        Batch(connection, store.clock, secrets).run(standing)


def decide(store: Store, secrets: Secrets, entry: Entry) -> None:
    """Decide on an entry as `write` does, and write nothing: its `facts` say what it would be, or its `error` why not.

    What decides may change until it is sent: the gate closes, other orders come first.
    """
    with store.write() as connection:
        Batch(connection, store.clock, secrets).decide([entry])


def recall(store: Store, secrets: Secrets, entries: Sequence[Entry]) -> None:
    """Answer again entries that are refused now but were taken before under the same idempotency key.

    Rights that changed meanwhile refuse an order at its check; who sends it again only asks what became of it.
    """
    keys = sorted({(e.member, e.key) for e in entries if e.key is not None})
    if not keys:
        return
    query = select(idempotency).where(tuple_(idempotency.c.company, idempotency.c.key).in_(keys))
    with store.read() as connection:
        found = {(r.company, r.key, r.digest): r.answer for r in connection.execute(query)}
    for entry in entries:
        answer = found.get((entry.member, entry.key, secrets.blind(entry.request)))
        if answer is not None:
            entry.facts, entry.error = json.loads(secrets.reveal(answer)), None


@dataclass
class Batch:
    """One transaction at work on a batch; `state` is how orders stand as the batch goes on."""

    connection: Connection
    clock: Clock
    secrets: Secrets
    now: int = 0
    sessions: dict[str, Any] = field(default_factory=dict)
    limits: dict[tuple[str, str], Any] = field(default_factory=dict)
    senders: dict[str, Any] = field(default_factory=dict)
    signed_in: dict[str, Any] = field(default_factory=dict)
    before: dict[tuple[str, str], Any] = field(default_factory=dict)
    state: dict[tuple[str, str], dict[str, Standing]] = field(default_factory=dict)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    reserve: Reserve | None = None

    def run(self, entries: Sequence[Entry]) -> None:
        """Decide on every entry and write those that are taken."""
        if taken := self.decide(entries):
            self._store(taken)

    def decide(self, entries: Sequence[Entry]) -> list[tuple[Entry, dict[str, Standing]]]:
        """Return the entries that are taken, each with how the orders that it names then stand."""
        self._load(entries)
        taken: list[tuple[Entry, dict[str, Standing]]] = []
        for entry in entries:
            try:
                self._check_key(entry)
                if not self._is_seen(entry):
                    taken.append((entry, self._decide(entry)))
            except WalrasError as error:
                entry.error = error
        return taken

    def _load(self, entries: Sequence[Entry]) -> None:
        """Lock and read what decides, in an order that cannot lock two batches into each other."""
        run = self.connection.execute
        ids = sorted({e.session for e in entries})
        sessions.queue_up(self.connection, ids, is_shared=True)
        query = select(session_table).where(session_table.c.id.in_(ids)).order_by(session_table.c.id)
        self.sessions = {r.id: r for r in run(query.with_for_update(read=True))}
        pairs = sorted({(e.member, self.sessions[e.session].market) for e in entries})
        mine = select(rights).where(tuple_(rights.c.company, rights.c.market).in_(pairs))
        mine = mine.order_by(rights.c.company, rights.c.market)
        self.limits = {(r.company, r.market): r for r in run(mine.with_for_update())}
        self.now = self.clock.now(self.connection)
        keys = sorted({e.actor.key for e in entries if e.actor.key})
        sender = (
            select(
                api_keys.c.prefix, api_keys.c.expires_at, api_keys.c.revoked_at, users.c.is_active, companies.c.state
            )
            .join(users, users.c.id == api_keys.c.user)
            .join(companies, companies.c.code == users.c.company)
        )
        self.senders = {r.prefix: r for r in run(sender.where(api_keys.c.prefix.in_(keys)))}
        people = sorted({e.actor.user for e in entries if not e.actor.key})
        if people:
            seat = select(users.c.id, users.c.is_active, companies.c.state)
            seat = seat.join(companies, companies.c.code == users.c.company).where(users.c.id.in_(people))
            self.signed_in = {r.id: r for r in run(seat)}
        self._load_orders(entries)
        if any(e.exposure is not None for e in entries):
            self.reserve = Reserve(self.connection, self.secrets, self.sessions, self.now)
            self.reserve.load(entries, self.state)
        seen = sorted({(e.member, e.key) for e in entries if e.key is not None})
        if seen:
            earlier = select(idempotency).where(tuple_(idempotency.c.company, idempotency.c.key).in_(seen))
            self.before = {(r.company, r.key): r for r in run(earlier)}

    def _load_orders(self, entries: Sequence[Entry]) -> None:
        """Read how the orders that entries name stand, with their families, and how many are live."""
        names: dict[tuple[str, str], set[str] | None] = {}
        for entry in entries:
            place = (entry.session, entry.member)
            mine = entry.kin if entry.orders is not None else entry.names
            before = names.get(place, set())
            names[place] = None if mine is None or before is None else before | set(mine)
        self.state = orders.standing(self.connection, names)
        self.counts = orders.live_counts(self.connection, list(names))

    def _is_seen(self, entry: Entry) -> bool:
        """Return whether this idempotency key was answered before; the answer is then given again."""
        found = None if entry.key is None else self.before.get((entry.member, entry.key))
        if found is None:
            return False
        if found.digest != self.secrets.blind(entry.request):
            what = "this idempotency key came with another content before"
            raise refuse(what, "Idempotency-Key", "idempotency_key", "Use a new key for a new request.")
        entry.facts = json.loads(self.secrets.reveal(found.answer))
        return True

    def _decide(self, entry: Entry) -> dict[str, Standing]:
        """Return how the orders that an entry names stand after it."""
        self._check_company(entry)
        session = self.sessions[entry.session]
        where = f"session {session.id}"
        if not entry.is_default and (session.state != "open" or self.now >= session.gate_at):
            is_late = session.state not in {"scheduled", "open"} or self.now >= session.gate_at
            what = f"the gate closed at {time_text(session.gate_at)}" if is_late else "the book is not open yet"
            raise refuse(what, where, "gate_open", "Send orders while the session is open.")
        limit = self.limits.get((entry.member, session.market))
        if limit is None or limit.version != entry.rights_version:
            raise refuse("the rights of the member changed meanwhile", where, "rights_same", "Send it again.")
        changes = self._withdrawn(entry) if entry.orders is None else self._placed(entry)
        place = (entry.session, entry.member)
        known = self.state[place]
        more = sum(s.is_live for s in changes.values()) - sum(known[n].is_live for n in changes if n in known)
        most = json.loads(limit.body)["most_orders"]
        if more > 0 and most:
            live = self.counts.get(place, 0) + more
            if live > most:
                what = f"{live} orders would be live; the member may have {most}"
                raise refuse(what, where, "member_limit", "Take back orders, or ask the operator for a higher limit.")
        if self.reserve is not None and entry.exposure is not None:
            self.reserve.decide(entry, known, changes)
        self.counts[place] = self.counts.get(place, 0) + more
        known.update(changes)
        hashes = entry.hashes or dict.fromkeys(sorted(changes))
        entry.facts = {"orders": {name: s.version for name, s in sorted(changes.items())}, "hashes": hashes}
        return changes

    def _check_key(self, entry: Entry) -> None:
        """Refuse a key or user that ended meanwhile: it gets no old answer either."""
        if not entry.actor.key:
            user = self.signed_in.get(entry.actor.user)
            if user is not None and not user.is_active:
                raise NotKnown(Mistake("this user has ended", "sign-in", "user_active", "Ask the operator."))
            return
        found = self.senders.get(entry.actor.key)
        ended = found is None or found.expires_at <= self.now or not found.is_active
        if ended or (found is not None and found.revoked_at is not None and found.revoked_at <= self.now):
            raise NotKnown(Mistake("this key has ended", "Authorization", "key_known", "Ask for a new key."))

    def _check_company(self, entry: Entry) -> None:
        """Refuse a company that may not trade."""
        actor = entry.actor
        found = self.senders.get(actor.key) if actor.key else self.signed_in.get(actor.user)
        if found is not None and found.state != "active":
            what = f"{entry.member} is {found.state}"
            raise refuse(what, "company", "member_active", "Ask the operator; only active members trade.")

    def _placed(self, entry: Entry) -> dict[str, Standing]:
        known = self.state[entry.session, entry.member]
        self._check_families(known, set(entry.kin), "sent")
        return {n: Standing(known[n].version + 1 if n in known else 1, 0, True, k) for n, k in entry.kin.items()}

    def _withdrawn(self, entry: Entry) -> dict[str, Standing]:
        known = self.state[entry.session, entry.member]
        names = [n for n, s in known.items() if s.is_live] if entry.names is None else list(entry.names)
        missing = [n for n in names if n not in known or not known[n].is_live]
        if missing:
            fix = "Take names from the list of your orders."
            raise BadInput([Mistake("there is no such live order", f"order {n!r}", "order_live", fix) for n in missing])
        self._check_families(known, set(names), "taken back")
        return {n: Standing(known[n].version + 1, 0, False, known[n].kin) for n in names}

    @staticmethod
    def _check_families(known: dict[str, Standing], names: set[str], word: str) -> None:
        """Refuse to change a part of a family or group whose other orders stay."""
        touched = {known[n].kin for n in names if n in known and known[n].is_live and known[n].kin}
        rest = sorted(n for n, s in known.items() if s.is_live and s.kin in touched and n not in names)
        if rest:
            what = f"it is {word} without {rest[0]!r}, which it is linked to"
            raise refuse(what, "orders", "family_whole", "Send, or take back, a family or group whole.")

    def _store(self, taken: Sequence[tuple[Entry, dict[str, Standing]]]) -> None:
        """Write submissions, orders, trail and idempotency keys."""
        rows = [self._row(entry, changes) for entry, changes in taken]
        digests = [(row.pop("plain_digest"), row.pop("sealed_digest")) for row in rows]
        numbers = orders.add_submissions(self.connection, rows)
        stands: dict[tuple[str, str, str], dict[str, Any]] = {}
        lines, keys = [], []
        bound = {} if self.reserve is None else self.reserve.write(zip((e for e, _ in taken), numbers, strict=True))
        for (entry, changes), row, number, (plain, sealed) in zip(taken, rows, numbers, digests, strict=True):
            for name, s in changes.items():
                place = {"session": entry.session, "member": entry.member, "name": name}
                values = {"version": s.version, "submission": number, "is_live": s.is_live, "kin": s.kin}
                stands[entry.session, entry.member, name] = place | values
            facts = {
                "session": entry.session, "member": entry.member, "sequence": number, "kind": row["kind"],
                "digest": plain, "at": time_text(self.now),
            } | (entry.facts or {})  # fmt: skip
            entry.facts = facts
            body = {"submission": number, "orders": len(changes), "versions": facts["orders"]}
            body |= {"kind": row["kind"], "digest": row["digest"]} | bound.get(number, {})
            lines.append(trail.row_of(entry.session, self.now, entry.actor, "orders", body | {"sealed_digest": sealed}))
            if entry.key is not None:
                answer = {"company": entry.member, "key": entry.key, "at": self.now}
                answer |= {"digest": self.secrets.blind(entry.request), "answer": self.secrets.hide(canonical(facts))}
                keys.append(answer)
        orders.put(self.connection, list(stands.values()))
        trail.append(self.connection, lines)
        if keys:
            self.connection.execute(insert(idempotency), keys)

    def _row(self, entry: Entry, changes: dict[str, Standing]) -> dict[str, Any]:
        session = self.sessions[entry.session]
        key = self.secrets.session_key(session.id, session.sealed_key)
        if entry.orders is None:
            content, kind = canonical({"withdrawn": sorted(changes)}).encode(), "withdrawal"
            digest = bytes_digest(content)
        else:
            content, kind, digest = entry.content, "orders", entry.digest
        sealed = orders.sealed(key, session.id, entry.member, content)
        return {
            "session": session.id, "member": entry.member, "user": entry.actor.user, "kind": kind,
            "digest": self.secrets.blind(session.id, entry.member, digest), "plain_digest": digest,
            "sealed": sealed, "sealed_digest": bytes_digest(sealed), "orders": len(changes), "at": self.now,
        }  # fmt: skip
