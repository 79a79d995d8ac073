"""Orders at the door: batches, versions, families, gates and idempotency keys."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select, update
from tests.service.two_states import DAY, MEMBERS, block, curve, documents, founded

from walras.errors import BadInput
from walras.results.publication import content_hashes
from walras.service import (
    batch,
    handlers,  # noqa: F401 - makes the dispatch complete
)
from walras.service.batch import Entry
from walras.service.clock import SECOND
from walras.service.commands import CloseSession, RunSession, SetDefaultOrders, SubmitOrders, WithdrawOrders
from walras.service.dispatch import Dispatch
from walras.service.door import Door
from walras.service.gate import book_loader
from walras.service.intake import payload
from walras.service.permissions import NotAllowed, NotKnown
from walras.service.plan import Plan
from walras.service.queries import ListOrders, ListOrderVersions, ListSubmissions
from walras.service.readers import ask
from walras.service.roles import SYSTEM, Actor, Role
from walras.service.secrets import Secrets
from walras.service.store import markets, trail
from walras.service.store.engine import open_store
from walras.service.store.schema import api_keys, companies, metadata, rights, sessions, submissions, users
from walras.service.store.sessions import get as get_session
from walras.service.terms import market_terms
from walras.service.worker.run import Runner

ONE, TWO = (Actor(Role.MEMBER, f"U-{m}", m, f"key{m}") for m in MEMBERS[:2])
SIGNED_IN = replace(ONE, key="")


@pytest.fixture
def store(tmp_path):
    store = open_store(str(tmp_path / "walras.db"))
    metadata.create_all(store.engine)
    yield store
    store.close()


@pytest.fixture
def dispatch(store):
    return Dispatch(store, Secrets(b"m" * 32))


@pytest.fixture
def door(dispatch):
    door = Door(dispatch, lambda document, at: {"signed_at": at.isoformat()} | document)
    door.start()
    yield door
    door.stop()


@pytest.fixture
def session(store, dispatch):
    return founded(store, dispatch.secrets)


def send(door, actor, session, *orders, key=None):
    return door.submit(actor, SubmitOrders(session=session, orders=documents(*orders)), key).result(30)


def test_no_run_goes_round_the_gate(door, dispatch, store, session):
    send(door, ONE, session, curve("sun", "North", "supply", 20, 30))
    with pytest.raises(BadInput) as error:
        dispatch.do(SYSTEM, RunSession(session=session, reason="at once"))
    assert rules(error) == ["session_moves"]
    with store.read() as connection:
        assert get_session(connection, session).state == "open"


def test_a_gate_closes_once_and_no_default_orders_come_after_the_result(door, dispatch, store, session):
    send(door, ONE, session, curve("sun", "North", "supply", 20, 30))
    dispatch.do(SYSTEM, CloseSession(session=session))
    assert Runner(store, dispatch.secrets, book_loader(dispatch.secrets)).once() == "done"
    late = documents(curve("base", "North", "supply", 30, 10))
    dispatch.do(TWO, SetDefaultOrders(market="two", day="2026-12-01", orders=late))
    with pytest.raises(BadInput) as error:
        dispatch.do(SYSTEM, CloseSession(session=session))
    assert rules(error) == ["session_moves"]
    with store.read() as connection:
        assert the_book(connection, dispatch, session).curves.name == ("M-0001.sun",)


def the_book(connection, dispatch, session):
    return book_loader(dispatch.secrets)(connection, get_session(connection, session), Plan())


def rules(error):
    return [m.rule for m in error.value.mistakes]


def test_an_order_gets_a_receipt_and_its_next_version_counts(door, session):
    first = send(door, ONE, session, curve("sun", "North", "supply", 20, 30))
    second = send(door, ONE, session, curve("sun", "North", "supply", 25, 30))
    assert (first["orders"], second["orders"]) == ({"sun": 1}, {"sun": 2})
    assert first["digest"] != second["digest"]
    assert first["receipt"]["sequence"] < second["receipt"]["sequence"]


def test_the_book_at_the_gate_holds_the_last_versions_of_all_members(door, dispatch, store, session):
    send(door, ONE, session, curve("sun", "North", "supply", 20, 30), curve("coal", "North", "supply", 50, 30))
    send(door, ONE, session, curve("sun", "North", "supply", 25, 40))
    send(door, TWO, session, curve("sun", "South", "demand", 90, 35), block("b", "South", "supply", 10, 5))
    door.submit(ONE, WithdrawOrders(session=session, names=("coal",)), None).result(30)
    dispatch.do(SYSTEM, CloseSession(session=session))
    with store.read() as connection:
        book = the_book(connection, dispatch, session)
    assert book.curves.name == ("M-0001.sun", "M-0002.sun")
    assert book.blocks.name == ("M-0002.b",)
    assert book.curves.quantity[0] == 400, "ticks of 0.1 MW"


def test_a_faulty_submission_lists_every_mistake_and_stores_nothing(door, store, session):
    bad = curve("sun", "North", "supply", 20.001, 30, hours=[0])
    with pytest.raises(BadInput) as error:
        send(
            door,
            ONE,
            session,
            bad,
            curve("x", "West", "supply", 9999, 30, hours=[1]),
            curve("ok", "North", "supply", 1, 1),
        )
    assert {"price_on_tick", "zone_known"} <= set(rules(error))
    with store.read() as connection:
        assert connection.scalars(select(submissions.c.sequence)).all() == []


def test_a_faulty_submission_takes_nobody_with_it(door, session):
    sent = [documents(curve(f"o{i}", "North", "supply", 10 + i % 2 / 1000, 1)) for i in range(20)]
    futures = [door.submit(ONE, SubmitOrders(session=session, orders=orders), None) for orders in sent]
    outcomes = [f.exception(30) is None for f in futures]
    assert outcomes == [i % 2 == 0 for i in range(20)]


def test_no_order_passes_the_gate(door, dispatch, store, session):
    with store.write() as connection:
        connection.execute(update(sessions).values(gate_at=store.clock.now(connection)))
    with pytest.raises(BadInput) as error:
        send(door, ONE, session, curve("late", "North", "supply", 20, 30))
    assert rules(error) == ["gate_open"]


def test_an_idempotency_key_gives_the_same_answer_again(door, session):
    order = curve("sun", "North", "supply", 20, 30)
    first = send(door, ONE, session, order, key="k-1")
    assert send(door, ONE, session, order, key="k-1") == first
    with pytest.raises(BadInput) as error:
        send(door, ONE, session, curve("sun", "North", "supply", 21, 30), key="k-1")
    assert rules(error) == ["idempotency_key"]


def test_the_same_key_at_the_same_moment_is_one_submission(door, store, session):
    command = SubmitOrders(session=session, orders=documents(curve("sun", "North", "supply", 20, 30)))
    answers = [f.result(30) for f in [door.submit(ONE, command, "k-2") for _ in range(30)]]
    assert all(a == answers[0] for a in answers)
    with store.read() as connection:
        assert len(connection.scalars(select(submissions.c.sequence)).all()) == 1


def test_a_key_that_comes_again_after_rights_changed_gets_its_answer(door, store, session):
    order = curve("sun", "North", "supply", 20, 30)
    first = send(door, ONE, session, order, key="k-3")
    with store.write() as connection:
        body = json.dumps({"products": [], "most_orders": 0, "most_steps": 0, "most_mw": 0.0})
        connection.execute(update(rights).values(body=body, version=2))
    assert send(door, ONE, session, order, key="k-3") == first
    with pytest.raises(BadInput):
        send(door, ONE, session, order, key="k-4")


def test_a_family_is_changed_whole_or_not(door, session):
    family = block("parent", "North", "supply", 10, 5), block("child", "North", "supply", 10, 5, parents=["parent"])
    send(door, ONE, session, *family)
    with pytest.raises(BadInput) as error:
        send(door, ONE, session, block("parent", "North", "supply", 12, 5))
    assert rules(error) == ["family_whole"]
    with pytest.raises(BadInput) as error:
        door.submit(ONE, WithdrawOrders(session=session, names=("child",)), None).result(30)
    assert rules(error) == ["family_whole"]
    assert send(door, ONE, session, *family)["orders"] == {"child": 2, "parent": 2}
    gone = door.submit(ONE, WithdrawOrders(session=session, is_all=True), None).result(30)
    assert gone["orders"] == {"child": 3, "parent": 3}


def test_more_orders_than_the_member_may_have_are_refused(door, session):
    send(door, ONE, session, *(curve(f"o{i}", "North", "supply", 20, 1, hours=[0]) for i in range(100)))
    with pytest.raises(BadInput) as error:
        send(door, ONE, session, curve("one-more", "North", "supply", 20, 1))
    assert rules(error) == ["member_limit"]
    assert send(door, ONE, session, curve("o7", "North", "supply", 21, 1))["orders"] == {"o7": 2}


def test_who_may_not_trade_is_refused_and_recorded(door, store, session):
    with pytest.raises(NotAllowed):
        send(door, replace(ONE, role=Role.REGULATOR), session, curve("sun", "North", "supply", 20, 30))
    with store.read() as connection:
        assert trail.count(connection, "access") == 1


@pytest.mark.parametrize("state", ["suspended", "held"])
def test_a_member_that_is_not_active_sends_nothing(door, store, session, state):
    with store.write() as connection:
        connection.execute(update(companies).where(companies.c.code == ONE.company).values(state=state))
    for actor in (ONE, SIGNED_IN):
        with pytest.raises(BadInput) as error:
            send(door, actor, session, curve("sun", "North", "supply", 20, 30))
        assert rules(error) == ["member_active"]


def test_who_signed_in_sends_orders_until_they_are_deactivated(door, store, session):
    sent = send(door, SIGNED_IN, session, curve("sun", "North", "supply", 20, 30), key="once")
    assert sent["member"] == ONE.company
    with store.write() as connection:
        connection.execute(update(users).where(users.c.id == ONE.user).values(is_active=False))
    for key in ("once", "again"):
        with pytest.raises(NotKnown):
            send(door, SIGNED_IN, session, curve("sun", "North", "supply", 20, 30), key=key)


def test_a_key_that_was_revoked_meanwhile_sends_nothing(door, store, session):
    with store.write() as connection:
        connection.execute(update(api_keys).values(revoked_at=store.clock.now(connection)))
    with pytest.raises(NotKnown):
        send(door, ONE, session, curve("sun", "North", "supply", 20, 30))


def test_default_orders_stand_in_for_a_member_that_sent_nothing(door, dispatch, store):
    session = founded(store, dispatch.secrets, kind="live")
    left = documents(curve("base", "North", "supply", 30, 10))
    for actor in (ONE, TWO):
        dispatch.do(actor, SetDefaultOrders(market="two", day="2026-12-01", orders=left))
    send(door, TWO, session, curve("own", "South", "demand", 30, 10))
    store.clock.ahead += 3601 * SECOND
    dispatch.do(SYSTEM, CloseSession(session=session))
    with store.read() as connection:
        assert the_book(connection, dispatch, session).curves.name == ("M-0001.base", "M-0002.own")


def test_nobody_opens_the_book_before_the_gate(door, dispatch, store, session):
    send(door, ONE, session, curve("sun", "North", "supply", 20, 30))
    with store.read() as connection, pytest.raises(BadInput) as error:
        the_book(connection, dispatch, session)
    assert rules(error) == ["book_sealed"]


def test_a_byte_of_a_stored_order_that_changed_is_found(door, dispatch, store, session):
    send(door, ONE, session, curve("sun", "North", "supply", 20, 30))
    dispatch.do(SYSTEM, CloseSession(session=session))
    with store.write() as connection:
        content = connection.scalar(select(submissions.c.sealed))
        connection.execute(update(submissions).values(sealed=content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]))
    with store.read() as connection, pytest.raises(BadInput) as error:
        the_book(connection, dispatch, session)
    assert rules(error) == ["seal_intact"]


def read(store, dispatch, actor, query):
    return ask(store, dispatch.secrets, actor, query)


def test_a_member_reads_its_own_orders_and_versions(door, dispatch, store, session):
    first, second = (curve("sun", "North", "supply", price, 30, hours=[0]) for price in (20, 25))
    for order in (first, second):
        send(door, ONE, session, order)
    door.submit(ONE, WithdrawOrders(session=session, is_all=True), None).result(30)
    send(door, ONE, session, second, block("b", "South", "supply", 10, 5, hours=[3]))
    items = read(store, dispatch, ONE, ListOrders(session=session))["items"]
    assert [(i["name"], i["version"]) for i in items] == [("b", 1), ("sun", 4)]
    assert items[1]["order"] == second
    versions = read(store, dispatch, ONE, ListOrderVersions(session=session, name="sun"))["items"]
    assert [(v["version"], v["order"]) for v in versions] == [(1, first), (2, second), (3, None), (4, second)]
    sent = read(store, dispatch, ONE, ListSubmissions(session=session, limit=3))
    assert [s["kind"] for s in sent["items"]] == ["orders", "orders", "withdrawal"]
    assert sent["next"] == sent["items"][-1]["sequence"]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.REGULATOR, Role.MEMBER, Role.SYSTEM_OPERATOR, Role.PUBLIC])
def test_nobody_reads_another_members_orders_before_the_gate(door, dispatch, store, session, role):
    send(door, ONE, session, curve("sun", "North", "supply", 20, 30))
    other = Actor(role, "U-9", "M-0002")
    with pytest.raises(NotAllowed):
        read(store, dispatch, other, ListOrders(session=session, member=ONE.company))


def test_those_who_watch_read_orders_after_the_gate(door, dispatch, store, session):
    send(door, ONE, session, curve("sun", "North", "supply", 20, 30))
    dispatch.do(SYSTEM, CloseSession(session=session))
    found = read(store, dispatch, Actor(Role.REGULATOR, "U-9", "REG"), ListOrders(session=session, member=ONE.company))
    assert [i["name"] for i in found["items"]] == ["sun"]


def test_a_key_that_has_ended_gets_no_old_answer(door, store, session):
    order = curve("sun", "North", "supply", 20, 30)
    first = send(door, ONE, session, order, key="again")
    assert send(door, ONE, session, order, key="again")["sequence"] == first["sequence"]
    with store.write() as connection:
        connection.execute(update(api_keys).values(revoked_at=store.clock.now(connection)))
    with pytest.raises(NotKnown):
        send(door, ONE, session, order, key="again")


def test_hashes_of_a_batch_are_those_of_the_book_also_where_one_order_stands_twice(dispatch, store, session):
    more = {"p": {}, "c": {"parents": ["p"]}, "e": {"group": "g"}, "f": {"group": "g"}}
    family = [block(name, "North", "supply", 20, 5, **changes) for name, changes in more.items()]
    sent = [
        (ONE, [curve("a", "North", "supply", 20, 30), *family]),
        (TWO, [curve("a", "South", "demand", 20, 30)]),
        (ONE, [curve("a", "North", "supply", 25, 30)]),
    ]
    entries = [Entry(actor, session, tuple(documents(*orders)), None, "") for actor, orders in sent]
    batch.prepare(store, entries)
    with store.read() as connection:
        found = get_session(connection, session)
        terms = market_terms(markets.version(connection, found.market, 1).definition, DAY)
    for entry in entries:
        assert entry.error is None
        book = payload.book_of(terms, [(entry.member, payload.encode(entry.orders), entry.kin.keys())])
        assert {f"{entry.member}.{name}": h for name, h in entry.hashes.items()} == content_hashes(book)
    assert entries[0].hashes["a"] != entries[2].hashes["a"]


def test_a_busy_door_waits_for_company_and_a_quiet_one_does_not(dispatch, store, session, monkeypatch):
    sizes = []
    monkeypatch.setattr(batch, "write", lambda store, secrets, entries: sizes.append(len(entries)))
    monkeypatch.setattr("walras.service.door.PAUSE_SECONDS", 30.0)
    monkeypatch.setattr("walras.service.door.MOST", 2)
    door = Door(dispatch, lambda document, at: {})
    four = [Entry(ONE, session, None, None, "", names=("x",), facts={"at": "2026-12-01T00:00:00Z"}) for _ in range(4)]
    futures = [door._put(entry) for entry in four[:3]]
    door.start()
    for future in futures[:2]:
        future.result(10)
    futures.append(door._put(four[3]))  # the third waits for it, and both are written at once
    for future in futures[2:]:
        future.result(10)
    assert sizes == [2, 2]
    door.stop()
