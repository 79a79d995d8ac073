"""The tables of settlement: events, ledger, terms, fixings, runs; types and manners as in `schema`.

`ledger_events`, `ledger_entries` and `ledger_postings` are added to and never changed; entries follow
from events (`settlement.books`), and `ledger_balances` is the sum of postings, kept for speed.
Amounts are whole minor units.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from walras.service.store.schema import SERIAL, TIME, metadata

# --- the ledger --------------------------------------------------------------------------

ledgers = Table(
    "ledgers", metadata,
    Column("market", ForeignKey("markets.code"), primary_key=True),
    Column("events", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("head", String(64), nullable=False),
)  # fmt: skip
ledger_events = Table(
    "ledger_events", metadata,
    Column("market", ForeignKey("ledgers.market"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("reference", String(120), nullable=False),
    Column("body", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", TIME, nullable=False),
    Index("ledger_events_of_reference", "market", "reference"),
)  # fmt: skip
ledger_entries = Table(
    "ledger_entries", metadata,
    Column("market", String(40), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("event", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("reverses", Integer),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("at", TIME, nullable=False),
    ForeignKeyConstraint(["market", "event"], ["ledger_events.market", "ledger_events.number"]),
    Index("ledger_entries_of_event", "market", "event"),
)  # fmt: skip
ledger_postings = Table(
    "ledger_postings", metadata,
    Column("market", String(40), primary_key=True),
    Column("entry", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("account", String(120), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    ForeignKeyConstraint(["market", "entry"], ["ledger_entries.market", "ledger_entries.number"]),
    Index("ledger_postings_of_account", "market", "account", "entry"),
)  # fmt: skip
ledger_balances = Table(
    "ledger_balances", metadata,
    Column("market", ForeignKey("ledgers.market"), primary_key=True),
    Column("account", String(120), primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("amount_minor", BigInteger, nullable=False),
)  # fmt: skip

# --- terms, fixings and runs -------------------------------------------------------------

settlement_terms = Table(
    "settlement_terms", metadata,
    Column("market", ForeignKey("markets.code"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("valid_from", String(10), nullable=False),
    Column("valid_to", String(10)),
    Column("body", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", TIME, nullable=False),
)  # fmt: skip
fixings = Table(
    "fixings", metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("market", ForeignKey("markets.code"), nullable=False),
    Column("base", String(3), nullable=False),
    Column("quote", String(3), nullable=False),
    Column("day", String(10), nullable=False),
    Column("version", Integer, nullable=False),
    Column("rate", String(40), nullable=False),
    Column("source", String(200), nullable=False),
    Column("fixed_at", TIME, nullable=False),
    Column("at", TIME, nullable=False),
    Index("fixings_of_day", "market", "base", "quote", "day", "version", unique=True),
)  # fmt: skip
settlement_runs = Table(
    "settlement_runs", metadata,
    Column("market", ForeignKey("markets.code"), primary_key=True),
    Column("session", ForeignKey("sessions.id"), primary_key=True),
    Column("run", Integer, primary_key=True),
    Column("name", String(60), nullable=False),
    Column("result_version", Integer, nullable=False),
    Column("event", Integer, nullable=False),
    Column("inputs", Text, nullable=False),
    Column("lines", LargeBinary, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", TIME, nullable=False),
)  # fmt: skip
bank_accounts = Table(
    "bank_accounts", metadata,
    Column("market", ForeignKey("markets.code"), primary_key=True),
    Column("name", String(60), primary_key=True),
    Column("owner", String(20), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("number", String(60), nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("at", TIME, nullable=False),
)  # fmt: skip
payments = Table(
    "payments", metadata,
    Column("id", String(20), primary_key=True),
    Column("market", ForeignKey("markets.code"), nullable=False),
    Column("direction", String(4), nullable=False),
    Column("party", String(120), nullable=False),
    Column("bank", String(60), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("value_day", String(10), nullable=False),
    Column("bank_reference", String(120), nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("state", String(20), nullable=False),
    Column("event", Integer, nullable=False),
    Column("at", TIME, nullable=False),
    Index("payments_of_reference", "market", "bank", "bank_reference", "direction", unique=True),
    Index("payments_of_party", "market", "party"),
)  # fmt: skip
disputes = Table(
    "disputes", metadata,
    Column("id", String(20), primary_key=True),
    Column("market", ForeignKey("markets.code"), nullable=False),
    Column("session", ForeignKey("sessions.id"), nullable=False),
    Column("run", Integer, nullable=False),
    Column("party", String(120), nullable=False),
    Column("text", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("answer", Text, nullable=False, default=""),
    Column("at", TIME, nullable=False),
    Index("disputes_of_session", "session"),
)  # fmt: skip

# --- deviations --------------------------------------------------------------------------

meter_series = Table(
    "meter_series", metadata,
    Column("market", ForeignKey("markets.code"), primary_key=True),
    Column("line", String(40), primary_key=True),
    Column("side", String(4), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("company", String(20), nullable=False),
    Column("body", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", TIME, nullable=False),
    Index("meter_series_of_day", "market", "day"),
)  # fmt: skip
initiatives = Table(
    "initiatives", metadata,
    Column("market", ForeignKey("markets.code"), primary_key=True),
    Column("element", String(40), primary_key=True),
    Column("side", String(4), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("company", String(20), nullable=False),
    Column("body", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", TIME, nullable=False),
)  # fmt: skip
border_agreements = Table(
    "border_agreements", metadata,
    Column("id", String(20), primary_key=True),
    Column("market", ForeignKey("markets.code"), nullable=False),
    Column("element", String(40), nullable=False),
    Column("day", String(10), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("side", String(4), nullable=False),
    Column("reference", String(200), nullable=False),
    Column("body", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("schedule", String(20), nullable=False, default=""),
    Column("at", TIME, nullable=False),
    Index("border_agreements_of_day", "market", "element", "day"),
)  # fmt: skip
deviation_runs = Table(
    "deviation_runs", metadata,
    Column("market", ForeignKey("markets.code"), primary_key=True),
    Column("element", String(40), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("run", Integer, primary_key=True),
    Column("name", String(60), nullable=False),
    Column("event", Integer, nullable=False),
    Column("at", TIME, nullable=False),
    ForeignKeyConstraint(["market", "event"], ["ledger_events.market", "ledger_events.number"]),
)  # fmt: skip
energy_movements = Table(
    "energy_movements", metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("market", ForeignKey("markets.code"), nullable=False),
    Column("element", String(40), nullable=False),
    Column("event", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("day", String(10), nullable=False),
    Column("tariff", String(40), nullable=False),
    Column("kwh", BigInteger, nullable=False),
    Column("at", TIME, nullable=False),
    ForeignKeyConstraint(["market", "event"], ["ledger_events.market", "ledger_events.number"]),
    Index("energy_movements_of_element", "market", "element"),
)  # fmt: skip

# --- documents: invoices, self-billing documents, credit notes, interest notes --------------

tax_facts = Table(
    "tax_facts", metadata,
    Column("company", ForeignKey("companies.code"), primary_key=True),
    Column("is_dealer", Boolean, nullable=False),
    Column("vat_number", String(20), nullable=False),
    Column("used_in", String(2), nullable=False),
    Column("address", String(400), nullable=False),
    Column("at", TIME, nullable=False),
)  # fmt: skip
bills = Table(
    "bills", metadata,
    Column("market", ForeignKey("markets.code"), primary_key=True),
    Column("number", String(80), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("year", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    Column("account", String(120), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("first_day", String(10), nullable=False),
    Column("last_day", String(10), nullable=False),
    Column("issued_day", String(10), nullable=False),
    Column("due_day", String(10), nullable=False),
    Column("net_minor", BigInteger, nullable=False),
    Column("vat_minor", BigInteger, nullable=False),
    Column("receives_minor", BigInteger, nullable=False),
    Column("open_minor", BigInteger, nullable=False),
    Column("corrects", String(80), nullable=False),
    Column("charged_until", String(10), nullable=False),
    Column("event", Integer, nullable=False),
    Column("at", TIME, nullable=False),
    Index("bills_in_series", "market", "kind", "year", "count", unique=True),
    Index("bills_of_account", "market", "account"),
)  # fmt: skip
bill_files = Table(
    "bill_files", metadata,
    Column("market", String(40), primary_key=True),
    Column("number", String(80), primary_key=True),
    Column("form", String(4), primary_key=True),
    Column("media_type", String(100), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    ForeignKeyConstraint(["market", "number"], ["bills.market", "bills.number"]),
)  # fmt: skip
billed_runs = Table(
    "billed_runs", metadata,
    Column("market", String(40), primary_key=True),
    Column("session", String(80), primary_key=True),
    Column("run", Integer, primary_key=True),
    Column("at", TIME, nullable=False),
    ForeignKeyConstraint(["market"], ["markets.code"]),
)  # fmt: skip
billed_sessions = Table(
    "billed_sessions", metadata,
    Column("market", String(40), primary_key=True),
    Column("session", String(80), primary_key=True),
    Column("account", String(120), primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("direction", Integer, primary_key=True),
    Column("number", String(80), nullable=False),
    ForeignKeyConstraint(["market", "number"], ["bills.market", "bills.number"]),
)  # fmt: skip
bill_settlements = Table(
    "bill_settlements", metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("market", String(40), nullable=False),
    Column("number", String(80), nullable=False),
    Column("minor", BigInteger, nullable=False),
    Column("day", String(10), nullable=False),
    Column("source", String(40), nullable=False),
    Column("at", TIME, nullable=False),
    ForeignKeyConstraint(["market", "number"], ["bills.market", "bills.number"]),
    Index("bill_settlements_of_bill", "market", "number"),
    Index("bill_settlements_of_source", "market", "source"),
)  # fmt: skip

# --- collateral --------------------------------------------------------------------------

submission_exposures = Table(
    "submission_exposures", metadata,
    Column("submission", ForeignKey("submissions.sequence"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)  # fmt: skip
reservations = Table(
    "reservations", metadata,
    Column("session", ForeignKey("sessions.id"), primary_key=True),
    Column("member", ForeignKey("companies.code"), primary_key=True),
    Column("market", ForeignKey("markets.code"), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("freed_at", TIME),
    Index("reservations_of_member", "market", "member"),
)  # fmt: skip
covers = Table(
    "covers", metadata,
    Column("market", ForeignKey("markets.code"), primary_key=True),
    Column("reference", String(60), primary_key=True),
    Column("member", ForeignKey("companies.code"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("issuer", String(200), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("left_minor", BigInteger, nullable=False),
    Column("valid_from", TIME, nullable=False),
    Column("valid_to", TIME, nullable=False),
    Column("state", String(20), nullable=False),
    Column("at", TIME, nullable=False),
    Index("covers_of_member", "market", "member"),
)  # fmt: skip
margin_calls = Table(
    "margin_calls", metadata,
    Column("id", String(20), primary_key=True),
    Column("market", ForeignKey("markets.code"), nullable=False),
    Column("member", ForeignKey("companies.code"), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("due_at", TIME, nullable=False),
    Column("state", String(20), nullable=False),
    Column("at", TIME, nullable=False),
    Index("margin_calls_of_member", "market", "member"),
)  # fmt: skip
