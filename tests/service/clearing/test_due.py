"""The clock of settlement: who waits takes nobody's place, who fails holds up no other, and a market may end."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from tests.service.border.stage import DAY
from tests.service.clearing.stage import fixing

from walras.service import commands as c
from walras.service import dispatch
from walras.service.clearing import due


def copied(clearing, session, day):
    """Store the same final session on another day; it has no result, so it cannot be settled."""
    with clearing.store.write() as connection:
        row = dict(connection.execute(text("SELECT * FROM sessions WHERE id = :id"), {"id": session}).mappings().one())
        row |= {"id": session.replace(str(DAY), day), "delivery_day": day}
        names = ", ".join(f'"{n}"' for n in row)
        connection.execute(text(f"INSERT INTO sessions ({names}) VALUES ({', '.join(':' + n for n in row)})"), row)
    return row["id"]


def test_days_that_the_clock_leaves_alone_take_nobodys_place(small_clearing, monkeypatch):
    """Of three days before, one has no terms, one is settled by command alone, one waits for its fixing.

    Later the third has its first run, and terms without a dated rerun.
    """
    monkeypatch.setattr(due, "MOST", 1)
    session = small_clearing.finished()
    _, _, early = (copied(small_clearing, session, day) for day in ("2027-03-07", "2027-03-08", "2027-03-09"))
    small_clearing.set_terms(first="2027-03-08", is_automatic=False)
    small_clearing.set_terms(first="2027-03-09", reruns=[])
    small_clearing.set_terms()
    assert [x.session for x in small_clearing.clock()] == [session]
    same = "market, run, name, result_version, event, inputs, lines, digest, at"
    with small_clearing.store.write() as connection:
        said = f"INSERT INTO settlement_runs (session, {same}) SELECT '{early}', {same} FROM settlement_runs"
        connection.execute(text(said))
    small_clearing.at(datetime(2027, 8, 1, tzinfo=UTC))
    assert [(x.session, x.name) for x in small_clearing.clock()] == [(session, "rerun 4 months")]


def test_a_session_that_breaks_holds_up_no_other_and_markets_may_end(small_clearing, monkeypatch):
    """The market's last day is over when the clock comes; whatever one day fails by, the other is settled."""
    session = small_clearing.finished()
    broken = copied(small_clearing, session, "2027-03-09")
    small_clearing.set_terms(first="2027-03-09")
    small_clearing.do("OP", fixing(day="2027-03-09", fixed_at=datetime(2027, 3, 8, 7, 30, tzinfo=UTC)))
    small_clearing.bank()
    settle = dispatch.HANDLERS[c.SettleSession]

    def breaks(work, command):
        assert command.session != broken, "a mistake of our own"
        return settle(work, command)

    monkeypatch.setitem(dispatch.HANDLERS, c.SettleSession, breaks)
    with small_clearing.store.write() as connection:
        connection.execute(text("UPDATE market_versions SET valid_to = '2027-03-10' WHERE market = 'two'"))
    small_clearing.at(datetime(2027, 4, 1, 12, tzinfo=UTC))
    later = {}
    with pytest.raises(AssertionError, match="of our own"):
        due.tick(small_clearing.dispatch, later)
    assert small_clearing.lines(session)["items"]
    assert list(later) == [broken]
    assert due.tick(small_clearing.dispatch, later) == [], "it is left alone for a while"
    small_clearing.at(datetime(2027, 4, 1, 12, 6, tzinfo=UTC))
    with pytest.raises(AssertionError, match="of our own"):
        due.tick(small_clearing.dispatch, later)
    small_clearing.pay(100)
