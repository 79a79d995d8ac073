"""What the store has of supply agreements is what its trail says: one changed value in any column is found."""

from sqlalchemy import text
from tests.service.border.stage import BUYER, SELLER
from tests.service.clearing.test_settlement import damages

from walras.service import commands as c
from walras.service.store.supply_schema import (
    supply_agreements,
    supply_bookings,
    supply_confirmations,
    supply_contracts,
    supply_events,
    supply_versions,
)

TABLES = (supply_agreements, supply_versions, supply_confirmations, supply_contracts, supply_events, supply_bookings)


def missed(supply, tables):
    """Damage each column of some tables once; return what nobody found."""
    found = []
    for table in tables:
        for damage in damages(table):
            with supply.store.engine.connect() as connection:
                connection.execute(text("PRAGMA defer_foreign_keys = ON"))
                one = f" WHERE rowid = (SELECT max(rowid) FROM {table.name})"
                assert connection.execute(text(quoted(damage) + one)).rowcount == 1, damage
                if not supply.flaws_in(connection):
                    found.append(damage)
                connection.rollback()
    return found


def quoted(damage):
    """`end` is a word of SQL."""
    return damage.replace(" end ", ' "end" ').replace("(end,", '("end",')


def test_one_byte_of_any_column_that_changes_is_found(small_supply):
    small_supply.delivered()
    small_supply.issue("final invoice", "2027-04")
    small_supply.propose(who=BUYER)
    small_supply.do(SELLER, c.RefuseSupplyAgreement(agreement="SA-0001", version=2, reason="no"))
    assert small_supply.flaws() == []
    assert missed(small_supply, TABLES) == []


def test_an_invoice_that_does_not_follow_is_found_even_where_its_seals_were_made_anew(small_supply):
    """Whoever rewrites every seal of a journal still has the head in the trail against them."""
    small_supply.delivered()
    with small_supply.store.engine.connect() as connection:
        connection.execute(text("DELETE FROM supply_bookings"))
        connection.execute(text("DELETE FROM supply_events WHERE number > 31"))
        whats = [f.what for f in small_supply.flaws_in(connection)]
        assert any("the trail says 63" in w or "records, the trail says" in w for w in whats)
        connection.rollback()
