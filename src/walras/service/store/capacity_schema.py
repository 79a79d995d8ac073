"""The tables of capacity, bilateral contracts and schedules; types and manners as in `schema`.

`capacity_entries` is added to and never changed: a holding is the sum of its entries. Times of
MTUs are whole minutes since 1970 UTC, quantities whole kW.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from walras.service.store.schema import SERIAL, TIME, metadata

capacity_declarations = Table(
    "capacity_declarations", metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("market", ForeignKey("markets.code"), nullable=False),
    Column("element", String(40), nullable=False),
    Column("side", ForeignKey("companies.code"), nullable=False),
    Column("day", String(10), nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", TIME, nullable=False),
    UniqueConstraint("market", "element", "side", "day", "version"),
)  # fmt: skip
capacity_entries = Table(
    "capacity_entries", metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("market", ForeignKey("markets.code"), nullable=False),
    Column("booking", Integer, nullable=False),
    Column("line", String(40), nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("direction", Integer, nullable=False),
    Column("layer", String(20), nullable=False),
    Column("holder", String(80), nullable=False),
    Column("hop", Integer, nullable=False),
    Column("kw", BigInteger, nullable=False),
    Column("firm_kw", BigInteger, nullable=False),
    Column("act", String(40), nullable=False),
    Column("at", TIME, nullable=False),
    Index("capacity_entries_of_line", "market", "line", "start"),
    Index("capacity_entries_of_holder", "market", "holder"),
)  # fmt: skip
capacity_rights = Table(
    "capacity_rights", metadata,
    Column("id", String(20), primary_key=True),
    Column("market", ForeignKey("markets.code"), nullable=False, index=True),
    Column("element", String(40), nullable=False),
    Column("direction", Integer, nullable=False),
    Column("layer", String(20), nullable=False),
    Column("holder", ForeignKey("companies.code"), nullable=False),
    Column("kw", BigInteger, nullable=False),
    Column("valid_from", String(10), nullable=False),
    Column("valid_to", String(10), nullable=False),
    Column("reference", String(200), nullable=False, default=""),
    Column("at", TIME, nullable=False),
)  # fmt: skip
permits = Table(
    "permits", metadata,
    Column("id", String(20), primary_key=True),
    Column("market", ForeignKey("markets.code"), nullable=False, index=True),
    Column("element", String(40), nullable=False),
    Column("direction", Integer, nullable=False),
    Column("holder", ForeignKey("companies.code"), nullable=False),
    Column("most_kw", BigInteger, nullable=False),
    Column("begin", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("granted_by", String(20), nullable=False),
    Column("at", TIME, nullable=False),
)  # fmt: skip
contracts = Table(
    "contracts", metadata,
    Column("id", String(20), primary_key=True),
    Column("market", ForeignKey("markets.code"), nullable=False),
    Column("reference", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("seller", ForeignKey("companies.code"), nullable=False),
    Column("buyer", ForeignKey("companies.code"), nullable=False),
    Column("registrant", String(20), nullable=False),
    Column("path", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("begin", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("confirm_until", TIME, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("at", TIME, nullable=False),
    Index("contracts_of_market", "market", "state"),
)  # fmt: skip
contract_volumes = Table(
    "contract_volumes", metadata,
    Column("contract", ForeignKey("contracts.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("state", String(20), nullable=False),
    Column("proposed_by", String(20), nullable=False),
    Column("body", Text, nullable=False),
    Column("confirm_until", TIME, nullable=False),
    Column("at", TIME, nullable=False),
)  # fmt: skip
nominations = Table(
    "nominations", metadata,
    Column("contract", ForeignKey("contracts.id"), primary_key=True),
    Column("side", String(10), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("body", Text, nullable=False),
    Column("at", TIME, nullable=False),
    Index("nominations_of_day", "day"),
)  # fmt: skip
capacity_days = Table(
    "capacity_days", metadata,
    Column("market", ForeignKey("markets.code"), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("capacity_told_at", TIME),
    Column("matched_at", TIME),
    Column("matches", Text, nullable=False, default="[]"),
)  # fmt: skip
session_capacities = Table(
    "session_capacities", metadata,
    Column("session", ForeignKey("sessions.id"), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("body", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", TIME, nullable=False),
)  # fmt: skip
corridors = Table(
    "corridors", metadata,
    Column("session", ForeignKey("sessions.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("state", String(20), nullable=False),
    Column("body", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("granted", Text, nullable=False, default=""),
    Column("due_at", TIME, nullable=False),
    Column("at", TIME, nullable=False),
)  # fmt: skip
corridor_answers = Table(
    "corridor_answers", metadata,
    Column("session", ForeignKey("sessions.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("element", String(40), primary_key=True),
    Column("side", ForeignKey("companies.code"), primary_key=True),
    Column("body", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", TIME, nullable=False),
)  # fmt: skip
market_documents = Table(
    "market_documents", metadata,
    Column("id", String(20), primary_key=True),
    Column("market", ForeignKey("markets.code"), nullable=False),
    Column("company", ForeignKey("companies.code"), nullable=False),
    Column("identification", String(60)),
    Column("version", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("content", LargeBinary),
    Column("is_accepted", Boolean, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", TIME, nullable=False),
    UniqueConstraint("market", "company", "identification", "version"),
)  # fmt: skip
"""What came in, by sender; without identification where it has none, or one that another document had before."""
