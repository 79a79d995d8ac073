"""The tables of supply agreements; types and manners as in `schema`.

`supply_events` is added to and never changed: each row is sealed onto the one before (`contracts.events`).
`supply_contracts` follows from the text that holds, `supply_bookings` from what the ledger took.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from walras.service.store.schema import TIME, metadata

supply_agreements = Table(
    "supply_agreements", metadata,
    Column("id", String(20), primary_key=True),
    Column("market", ForeignKey("markets.code"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", TIME, nullable=False),
    UniqueConstraint("market", "name"),
)  # fmt: skip
"""One row a master agreement, and its lock: `version` is the one that holds, 0 for none."""
supply_versions = Table(
    "supply_versions", metadata,
    Column("agreement", ForeignKey("supply_agreements.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("proposed_by", ForeignKey("companies.code"), nullable=False),
    Column("asked", Text, nullable=False),
    Column("confirm_until", TIME, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("at", TIME, nullable=False),
    Index("supply_versions_waiting", "state", "confirm_until"),
)  # fmt: skip
supply_confirmations = Table(
    "supply_confirmations", metadata,
    Column("agreement", String(20), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("company", ForeignKey("companies.code"), primary_key=True),
    Column("at", TIME, nullable=False),
    ForeignKeyConstraint(["agreement", "version"], ["supply_versions.agreement", "supply_versions.version"]),
)  # fmt: skip
supply_contracts = Table(
    "supply_contracts", metadata,
    Column("market", ForeignKey("markets.code"), primary_key=True),
    Column("contract", String(40), primary_key=True),
    Column("agreement", ForeignKey("supply_agreements.id"), nullable=False),
    Column("begin", String(10), nullable=False),
    Column("end", String(10), nullable=False),
    Column("is_offered", Boolean, nullable=False),
    Index("supply_contracts_of_agreement", "agreement"),
)  # fmt: skip
supply_events = Table(
    "supply_events", metadata,
    Column("agreement", ForeignKey("supply_agreements.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("at", Integer, nullable=False),
    Column("contract", String(60), nullable=False),
    Column("body", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)  # fmt: skip
"""`at` is the minute UTC."""
supply_bookings = Table(
    "supply_bookings", metadata,
    Column("market", String(40), primary_key=True),
    Column("event", Integer, primary_key=True),
    Column("agreement", String(20), nullable=False),
    Column("record", Integer, nullable=False),
    Column("day", String(10), nullable=False),
    Column("reference", String(80), nullable=False),
    Column("run", Integer, nullable=False),
    ForeignKeyConstraint(["market", "event"], ["ledger_events.market", "ledger_events.number"]),
    ForeignKeyConstraint(["agreement", "record"], ["supply_events.agreement", "supply_events.number"]),
    UniqueConstraint("agreement", "record"),
    Index("supply_bookings_of_day", "market", "day"),
)  # fmt: skip
"""Documents that the ledger booked, and what they are billed as: runs of a reference, from 1."""
supply_flexibility = Table(
    "supply_flexibility", metadata,
    Column("agreement", ForeignKey("supply_agreements.id"), primary_key=True),
    Column("contract", String(40), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("steps", Text, nullable=False),
    Column("at", TIME, nullable=False),
)  # fmt: skip
session_supply = Table(
    "session_supply", metadata,
    Column("session", ForeignKey("sessions.id"), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("body", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", TIME, nullable=False),
)  # fmt: skip
"""What contracts bring to the auction of a session, as it stood at the gate."""
