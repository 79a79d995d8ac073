"""What a year of daily settlement of 50 members costs: time, memory and size of the store.

`PYTHONPATH=. python benchmarks/settlement_year.py [DAYS]` holds one auction a day through the door (orders of 50
members in two states, hourly, one line, a member in eight paying in another currency), makes its result final, and
then settles all of them: that alone is timed. Figures of the printed table are kept by hand in docs/performance.md.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tests.service.border.stage import PRODUCTS, Border, set_clock, starts
from tests.service.clearing.test_documents import documents

from walras.results.publication import SigningKey
from walras.service import batch
from walras.service import commands as c
from walras.service.batch import Entry
from walras.service.canonical import bytes_digest
from walras.service.clearing.billing import statement_of, taxpayers
from walras.service.dispatch import carry_out
from walras.service.gate import book_loader
from walras.service.intake import payload
from walras.service.intake.documents import parse
from walras.service.ledger_check import ledger_flaws
from walras.service.roles import SYSTEM, Actor, Role
from walras.service.secrets import Secrets
from walras.service.store import sessions as stored
from walras.service.store import settlement
from walras.service.store.engine import open_store
from walras.service.store.migrations import migrate
from walras.service.store.schema import companies, rights, trail, users
from walras.service.work import Work
from walras.service.worker.certified import certified
from walras.service.worker.run import Runner
from walras.settlement.documents.csv_file import statement_csv
from walras.settlement.documents.page import page as html
from walras.settlement.documents.statement_sheet import statement_sheet

MEMBERS = 50
FIRST = date(2027, 4, 1)
TERMS = {
    "fees": [{"name": "trading", "per_mwh": "0.04"}],
    "payment_currencies": [{"party": f"member/B-{n:04d}", "currency": "USD"} for n in range(0, MEMBERS, 8)],
    "fixings": [{"base": "EUR", "quote": "USD", "source": "a bank", "fixed_at": "08:30", "days_before": 1}],
    "documents": documents(),
}


class Year:
    """A market of many members, a day after the other."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp()) / "walras.db"
        store = open_store(str(self.path))
        migrate(store)
        self.border = Border(store, Secrets(b"k" * 32))
        self.store, self.secrets = store, self.border.secrets
        self.border.by_two(c.SetSettlementTerms(market="two", valid_from=FIRST, terms=TERMS))
        self.runner = Runner(store, self.secrets, book_loader(self.secrets), certified(SigningKey.from_seed(b"s" * 32)))
        with store.write() as connection:
            body = connection.scalar(rights.select().with_only_columns(rights.c.body).limit(1))
            for n in range(MEMBERS):
                code, at = f"B-{n:04d}", store.clock.now(connection)
                connection.execute(companies.insert().values(code=code, role="member", name=code, country="SI",
                                                             identifiers="[]", state="active", since=at))  # fmt: skip
                connection.execute(users.insert().values(id=f"U-{code}", company=code, role="member", since=at))
                connection.execute(rights.insert().values(company=code, market="two", body=body, version=1, since=at))

    def size(self) -> int:
        """Return the bytes of the store, once all of it is in one file."""
        with self.store.engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.path.stat().st_size

    def do(self, command):
        """Carry out a command as an officer, in a transaction of its own."""
        with self.store.write() as connection:
            work = Work(connection, self.store.clock, SYSTEM, self.secrets)
            answer = carry_out(work, command)
            work.finish()
        return answer

    def auction(self, day: date) -> str:
        """Hold the auction of a day to its final result."""
        gate = datetime(day.year, day.month, day.day, 11, tzinfo=UTC) - timedelta(days=1)
        set_clock(self.store, gate - timedelta(hours=3))
        session = self.do(c.ScheduleSession(market="two", delivery_day=day))["session"]
        self.do(c.OpenSession(session=session))
        entries = [self.entry(session, day, n) for n in range(MEMBERS)]
        batch.prepare(self.store, entries)
        batch.write(self.store, self.secrets, entries)
        assert all(e.error is None for e in entries), entries[0].error
        set_clock(self.store, gate + timedelta(seconds=1))
        self.do(c.CloseSession(session=session))
        assert self.runner.once() == "done"
        set_clock(self.store, gate + timedelta(hours=2))
        self.do(c.FinaliseSession(session=session))
        fixed = datetime(day.year, day.month, day.day, 8, 30, tzinfo=UTC) - timedelta(days=1)
        self.do(c.StoreFixing(market="two", base="EUR", quote="USD", day=day, rate=f"1.{day.toordinal() % 900 + 100}",
                              source="a bank", fixed_at=fixed))  # fmt: skip
        return session

    def bill(self, month: date) -> None:
        """Issue the documents of a month, with their files."""
        last = (month + timedelta(days=40)).replace(day=1) - timedelta(days=1)
        assert self.do(c.IssueDocuments(market="two", first_day=month, last_day=last))["documents"]

    def write(self, session: str) -> None:
        """Write every member's statement of a session as HTML and CSV."""
        with self.store.read() as connection:
            found, run = stored.get(connection, session), settlement.run_of(connection, session, 1)
            statement = statement_of(connection, run, found.delivery_day, found.market_version)
            accounts = [f"member/B-{n:04d}" for n in range(MEMBERS)]
            facts = taxpayers(connection, accounts)
            for account in accounts:
                assert html(statement_sheet(statement, account, facts[account]))
                assert statement_csv(statement, account)

    def check(self) -> None:
        """Compare the ledger with its trail, and rebuild it from its events."""
        with self.store.read() as connection:
            flaws = list(ledger_flaws(connection, "two", _acts(connection), self.secrets))
        assert not flaws, flaws[:3]

    def entry(self, session: str, day: date, n: int) -> Entry:
        """One member's orders: every second one sells, prices differ by member, day and hour."""
        side, zone = ("supply", "demand")[n % 2], PRODUCTS[n // 2 % 2][0]
        prices = [10.0 + (n * 7 + h + day.toordinal()) % 60 + (n % 2) * 30 for h in range(len(starts(day)))]
        mtus = [
            {"mtu_start": f"{at:%Y-%m-%dT%H:%M:%SZ}", "steps": [{"price_per_mwh": price, "quantity_mw": 10.0 + n}]}
            for at, price in zip(starts(day), prices, strict=True)
        ]
        order = {"family": "curve", "order": "O", "zone": zone, "carrier": "electricity", "side": side, "mtus": mtus}
        orders = tuple(parse(json.dumps({"orders": [order]}).encode()))
        content = payload.encode(orders)
        actor = Actor(Role.MEMBER, f"U-B-{n:04d}", f"B-{n:04d}")
        return Entry(actor, session, orders, None, "", content=content, digest=bytes_digest(content), is_default=True)


def main() -> None:
    """Hold the auctions, settle them, bill each month, write every statement, check the ledger, print the table."""
    days = [FIRST + timedelta(days=n) for n in range(int(sys.argv[1]) if len(sys.argv) > 1 else 365)]
    year = Year()
    for n in range(MEMBERS):
        year.do(c.SetTaxFacts(company=f"B-{n:04d}", is_dealer=True, vat_number=f"SI{n:08d}"))
    sessions = [year.auction(day) for day in days]
    before = year.size()
    taken = [timed(lambda s=session: year.do(c.SettleSession(session=s))) for session in sessions]
    grown = year.size() - before
    months = sorted({day.replace(day=1) for day in days})
    billed = [timed(lambda m=month: year.bill(m)) for month in months]
    written = [timed(lambda s=session: year.write(s)) for session in sessions]
    checked = timed(year.check)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    scale = 365 / 12 / len(days)
    print("| statements | settle, s a month | bill, s a month | write, s a month | MB a day | MB at most | check, s |")
    print("|---|---|---|---|---|---|---|")
    print(f"| {len(days) * MEMBERS} "
          f"| {sum(taken) * scale:.1f} | {sum(billed) * scale:.1f} | {sum(written) * scale:.1f} "
          f"| {grown / len(days) / 2**20:.2f} | {memory:.0f} | {checked:.1f} |")  # fmt: skip
    print(f"median s a day: settle {statistics.median(taken):.3f}, write {statistics.median(written):.3f}")


def timed(act: Callable[[], object]) -> float:
    """Return how long something takes, in seconds."""
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def _acts(connection):
    rows = connection.execute(trail.select().where(trail.c.stream == "ledger.two").order_by(trail.c.id)).mappings()
    return [{**row, "body": json.loads(row["body"])} for row in rows]


if __name__ == "__main__":
    main()
