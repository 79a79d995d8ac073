"""Supply agreements: versions, records, bookings, and what they bring to auctions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make these tables."""
    _make_supply_agreements()
    _make_supply_versions()
    _make_supply_confirmations()
    _make_supply_contracts()
    _make_supply_events()
    _make_supply_bookings()
    _make_supply_flexibility()
    _make_session_supply()


def _make_supply_agreements() -> None:
    """Make the table `supply_agreements`."""
    op.create_table(
        "supply_agreements",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["market"], ["markets.code"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("market", "name"),
    )


def _make_supply_versions() -> None:
    """Make the table `supply_versions`."""
    op.create_table(
        "supply_versions",
        sa.Column("agreement", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("proposed_by", sa.String(length=20), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("confirm_until", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agreement"], ["supply_agreements.id"]),
        sa.ForeignKeyConstraint(["proposed_by"], ["companies.code"]),
        sa.PrimaryKeyConstraint("agreement", "version"),
    )
    op.create_index("supply_versions_waiting", "supply_versions", ["state", "confirm_until"], unique=False)


def _make_supply_confirmations() -> None:
    """Make the table `supply_confirmations`."""
    op.create_table(
        "supply_confirmations",
        sa.Column("agreement", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("company", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement", "version"],
            ["supply_versions.agreement", "supply_versions.version"],
        ),
        sa.ForeignKeyConstraint(["company"], ["companies.code"]),
        sa.PrimaryKeyConstraint("agreement", "version", "company"),
    )


def _make_supply_contracts() -> None:
    """Make the table `supply_contracts`."""
    op.create_table(
        "supply_contracts",
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("contract", sa.String(length=40), nullable=False),
        sa.Column("agreement", sa.String(length=20), nullable=False),
        sa.Column("begin", sa.String(length=10), nullable=False),
        sa.Column("end", sa.String(length=10), nullable=False),
        sa.Column("is_offered", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["market"], ["markets.code"]),
        sa.ForeignKeyConstraint(["agreement"], ["supply_agreements.id"]),
        sa.PrimaryKeyConstraint("market", "contract"),
    )
    op.create_index("supply_contracts_of_agreement", "supply_contracts", ["agreement"], unique=False)


def _make_supply_events() -> None:
    """Make the table `supply_events`."""
    op.create_table(
        "supply_events",
        sa.Column("agreement", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("contract", sa.String(length=60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["agreement"], ["supply_agreements.id"]),
        sa.PrimaryKeyConstraint("agreement", "number"),
    )


def _make_supply_bookings() -> None:
    """Make the table `supply_bookings`."""
    op.create_table(
        "supply_bookings",
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.Column("agreement", sa.String(length=20), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["market", "event"], ["ledger_events.market", "ledger_events.number"]),
        sa.ForeignKeyConstraint(["agreement", "record"], ["supply_events.agreement", "supply_events.number"]),
        sa.PrimaryKeyConstraint("market", "event"),
        sa.UniqueConstraint("agreement", "record"),
    )
    op.create_index("supply_bookings_of_day", "supply_bookings", ["market", "day"], unique=False)


def _make_supply_flexibility() -> None:
    """Make the table `supply_flexibility`."""
    op.create_table(
        "supply_flexibility",
        sa.Column("agreement", sa.String(length=20), nullable=False),
        sa.Column("contract", sa.String(length=40), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agreement"], ["supply_agreements.id"]),
        sa.PrimaryKeyConstraint("agreement", "contract", "day", "version"),
    )


def _make_session_supply() -> None:
    """Make the table `session_supply`."""
    op.create_table(
        "session_supply",
        sa.Column("session", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["sessions.id"]),
        sa.PrimaryKeyConstraint("session"),
    )
