"""What the store has of capacity is what its trail says: one changed value in any column is found."""

import random

import pytest
from sqlalchemy import select, update
from tests.service.border.stage import BUYER, DAY, NORTH, SELLER, profile

from walras.service import commands as c
from walras.service import submitted
from walras.service.store.capacity_schema import (
    capacity_days,
    capacity_declarations,
    capacity_entries,
    capacity_rights,
    contract_volumes,
    contracts,
    nominations,
    permits,
    session_capacities,
)
from walras.service.trail_check import flaws

TABLES = {
    capacity_declarations: {"id", "market"}, capacity_entries: {"id", "act"}, capacity_rights: set(), permits: set(),
    contracts: set(), contract_volumes: set(), nominations: set(), capacity_days: set(), session_capacities: set(),
}  # fmt: skip
"""Protected tables, and columns of them that decide nothing."""


@pytest.fixture
def busy(small_border):
    """A border on which everything has happened once."""
    border = small_border
    right = border.by_two(c.GrantRight(market="two", holder=SELLER, element="IT-SI", direction="forward", mw=20.0,
                                       valid_from=DAY, valid_to=DAY))["right"]  # fmt: skip
    border.permit(most_mw=50.0)
    contract = border.contract(10.0, right=right)
    border.do(SELLER, c.ChangeContract(contract=contract, volumes=profile(9.0)))
    border.do(BUYER, c.RefuseContract(contract=contract, reason="no"))
    border.declare(NORTH, forward=45.0)
    border.do(BUYER, c.NominateSchedule(contract=contract, delivery_day=DAY, volumes=profile(8.0)))
    session = border.auction((SELLER, "North", "supply", 10.0, 30.0), (BUYER, "South", "demand", 90.0, 30.0))
    border.tick()
    border.final(session)
    return border


def changed(old):
    if old is None or isinstance(old, int):
        return (old or 0) + 1
    return old[:-1] + ("y" if old[-1:] != "y" else "z")


def found(border):
    with border.store.read() as connection:
        return list(flaws(connection, border.secrets, submitted))


def test_one_changed_value_is_found_in_every_column(busy):
    assert found(busy) == []
    chance, missed = random.Random(7), []
    for table, left_out in TABLES.items():
        with busy.store.read() as connection:
            rows = connection.execute(select(table)).all()
        assert rows, f"{table.name} is empty"
        for column in (col for col in table.columns if col.name not in left_out):
            row = chance.choice(rows)
            keys = [k == getattr(row, k.name) for k in table.primary_key.columns]
            old = getattr(row, column.name)
            new = (
                "x"
                if old in {None, ""}
                else old + 1
                if isinstance(old, int)
                else old[:-1] + ("y" if old[-1] != "y" else "z")
            )
            new = 1 if old is None else new
            with busy.store.engine.connect() as connection, connection.begin() as transaction:
                connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
                connection.execute(update(table).where(*keys).values({column.name: new}))
                if not list(flaws(connection, busy.secrets, submitted)):
                    missed.append(f"{table.name}.{column.name}")
                transaction.rollback()
    assert missed == []


def test_a_row_that_is_gone_or_new_is_found(busy):
    for table in TABLES:
        with busy.store.engine.connect() as connection, connection.begin() as transaction:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            row = connection.execute(select(table)).first()
            keys = [k == getattr(row, k.name) for k in table.primary_key.columns]
            connection.execute(table.delete().where(*keys))
            assert list(flaws(connection, busy.secrets, submitted)), table.name
            transaction.rollback()
