"""One changed byte in any protected row is found, and whole stores have no flaw."""

import random

import pytest
from sqlalchemy import LargeBinary, delete, insert, select, update
from tests.service.worker.stage import SESSION, Door

from walras.service.store.schema import artefacts, market_versions, orders, seals, sessions, submissions, trail
from walras.service.trail_check import flaws
from walras.service.worker.sealing import seal_all, seal_stream

PROTECTED = {
    trail: {"id"},  # numbers give an order; the order inside a seal is protected, the numbers are not
    seals: set(),
    submissions: set(),
    orders: set(),
    artefacts: set(),
    sessions: set(),
    market_versions: set(),
}
SEED = 7


@pytest.fixture
def sealed(stage):
    assert stage.runner().once() == "done"
    seal_all(stage.store)
    return stage


def found(stage):
    with stage.store.read() as connection:
        return list(flaws(connection, stage.secrets, Door()))


def changed(value, column, chance):
    if value is None:
        return 1 if column.type.python_type is int else "x"
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value ^ (1 << chance.randrange(10))
    if isinstance(column.type, LargeBinary):
        at = chance.randrange(len(value))
        return value[:at] + bytes([value[at] ^ (1 << chance.randrange(8))]) + value[at + 1 :]
    if not value:
        return "x"
    at = chance.randrange(len(value))
    return value[:at] + ("y" if value[at] != "y" else "z") + value[at + 1 :]


def flips():
    return [(t, c) for t, left_out in PROTECTED.items() for c in t.columns if c.name not in left_out]


def test_one_changed_value_in_a_random_row_of_every_protected_column_is_found(sealed):
    assert found(sealed) == []
    chance, missed = random.Random(SEED), []
    for table, column in flips():
        row = chance.choice(sealed.rows(table))
        keys = [k == getattr(row, k.name) for k in table.primary_key.columns]
        new = changed(getattr(row, column.name), column, chance)
        with sealed.store.engine.connect() as connection, connection.begin() as transaction:
            unhooked(connection)
            connection.execute(update(table).where(*keys).values({column.name: new}))
            if not list(flaws(connection, sealed.secrets, Door())):
                missed.append(f"{table.name}.{column.name}")
            transaction.rollback()
    assert missed == []


def unhooked(connection):
    """Whoever edits a database by hand can switch its references off."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
    else:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")


def test_a_lost_row_of_every_protected_table_is_found(sealed):
    missed = []
    for table in PROTECTED:
        row = random.Random(SEED).choice(sealed.rows(table))
        keys = [k == getattr(row, k.name) for k in table.primary_key.columns]
        with sealed.store.engine.connect() as connection, connection.begin() as transaction:
            unhooked(connection)
            connection.execute(delete(table).where(*keys))
            if not list(flaws(connection, sealed.secrets, Door())):
                missed.append(table.name)
            transaction.rollback()
    assert missed == []
    assert found(sealed) == []


def test_an_order_that_no_submission_placed_is_found(sealed):
    with sealed.store.write() as connection:
        added = {"session": SESSION, "member": "M-0002", "name": "more", "version": 1, "submission": 2, "is_live": True}
        connection.execute(insert(orders).values(**added))
    assert [f.what for f in found(sealed)] == ["no submission placed it"]


def test_many_sealers_at_one_stream_make_one_chain(sealed):
    import threading

    from walras.service.roles import SYSTEM
    from walras.service.store.trail import append, row_of

    def write_and_seal(n):
        for k in range(10):
            with sealed.store.write() as connection:
                at = sealed.store.clock.now(connection)
                append(connection, [row_of("access", at, SYSTEM, "test", {"n": n, "k": k})])
            seal_stream(sealed.store, "access")

    threads = [threading.Thread(target=write_and_seal, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seal_stream(sealed.store, "access")
    with sealed.store.read() as connection:
        assert connection.scalar(select(trail.c.id).where(trail.c.seal.is_(None))) is None
    assert found(sealed) == []
