"""Capacity, bilateral contracts and schedules."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of capacity and of what uses it."""
    _make_figures()
    _make_ledger()
    _make_corridors()
    _make_rights()
    _make_contracts()
    _make_market_documents()


def _make_figures() -> None:
    """Make the tables of what is declared of a day."""
    op.create_table(
        "capacity_days",
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("capacity_told_at", sa.BigInteger(), nullable=True),
        sa.Column("matched_at", sa.BigInteger(), nullable=True),
        sa.Column("matches", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.PrimaryKeyConstraint("market", "day"),
    )
    op.create_table(
        "capacity_declarations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("element", sa.String(length=40), nullable=False),
        sa.Column("side", sa.String(length=20), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.ForeignKeyConstraint(
            ["side"],
            ["companies.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("market", "element", "side", "day", "version"),
    )


def _make_ledger() -> None:
    """Make the tables of the ledger and of what auctions hold."""
    op.create_table(
        "capacity_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("booking", sa.Integer(), nullable=False),
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("direction", sa.Integer(), nullable=False),
        sa.Column("layer", sa.String(length=20), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("hop", sa.Integer(), nullable=False),
        sa.Column("kw", sa.BigInteger(), nullable=False),
        sa.Column("firm_kw", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("capacity_entries_of_holder", "capacity_entries", ["market", "holder"], unique=False)
    op.create_index("capacity_entries_of_line", "capacity_entries", ["market", "line", "start"], unique=False)
    op.create_table(
        "session_capacities",
        sa.Column("session", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session"],
            ["sessions.id"],
        ),
        sa.PrimaryKeyConstraint("session"),
    )


def _make_corridors() -> None:
    """Make the tables of what first passes ask for."""
    op.create_table(
        "corridors",
        sa.Column("session", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("granted", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session"],
            ["sessions.id"],
        ),
        sa.PrimaryKeyConstraint("session", "version"),
    )
    op.create_table(
        "corridor_answers",
        sa.Column("session", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("element", sa.String(length=40), nullable=False),
        sa.Column("side", sa.String(length=20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session"],
            ["sessions.id"],
        ),
        sa.ForeignKeyConstraint(
            ["side"],
            ["companies.code"],
        ),
        sa.PrimaryKeyConstraint("session", "version", "element", "side"),
    )


def _make_rights() -> None:
    """Make the tables of rights and permits."""
    op.create_table(
        "capacity_rights",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("element", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.Integer(), nullable=False),
        sa.Column("layer", sa.String(length=20), nullable=False),
        sa.Column("holder", sa.String(length=20), nullable=False),
        sa.Column("kw", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("valid_to", sa.String(length=10), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["holder"],
            ["companies.code"],
        ),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_capacity_rights_market"), "capacity_rights", ["market"], unique=False)
    op.create_table(
        "permits",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("element", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=20), nullable=False),
        sa.Column("most_kw", sa.BigInteger(), nullable=False),
        sa.Column("begin", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("granted_by", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["holder"],
            ["companies.code"],
        ),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_permits_market"), "permits", ["market"], unique=False)


def _make_contracts() -> None:
    """Make the tables of contracts, their volumes and nominations."""
    op.create_table(
        "contracts",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("seller", sa.String(length=20), nullable=False),
        sa.Column("buyer", sa.String(length=20), nullable=False),
        sa.Column("registrant", sa.String(length=20), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("begin", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("confirm_until", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["buyer"],
            ["companies.code"],
        ),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.ForeignKeyConstraint(
            ["seller"],
            ["companies.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("contracts_of_market", "contracts", ["market", "state"], unique=False)
    op.create_table(
        "contract_volumes",
        sa.Column("contract", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("proposed_by", sa.String(length=20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("confirm_until", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract"],
            ["contracts.id"],
        ),
        sa.PrimaryKeyConstraint("contract", "version"),
    )
    op.create_table(
        "nominations",
        sa.Column("contract", sa.String(length=20), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract"],
            ["contracts.id"],
        ),
        sa.PrimaryKeyConstraint("contract", "side", "day", "version"),
    )
    op.create_index("nominations_of_day", "nominations", ["day"], unique=False)


def _make_market_documents() -> None:
    """Make the table of documents that companies sent."""
    op.create_table(
        "market_documents",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("company", sa.String(length=20), nullable=False),
        sa.Column("identification", sa.String(length=60), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("is_accepted", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company"],
            ["companies.code"],
        ),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("market", "company", "identification", "version"),
    )
