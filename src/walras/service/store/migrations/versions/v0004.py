"""Settlement: documents and deviations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make these tables."""
    _make_billed_runs()
    _make_bills()
    _make_border_agreements()
    _make_initiatives()
    _make_meter_series()
    _make_tax_facts()
    _make_bill_files()
    _make_bill_settlements()
    _make_billed_sessions()
    _make_deviation_runs()
    _make_energy_movements()


def _make_billed_runs() -> None:
    """Make the table `billed_runs`, or what is new of it."""
    op.create_table(
        "billed_runs",
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("session", sa.String(length=80), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.PrimaryKeyConstraint("market", "session", "run"),
    )


def _make_bills() -> None:
    """Make the table `bills`, or what is new of it."""
    op.create_table(
        "bills",
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=120), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("first_day", sa.String(length=10), nullable=False),
        sa.Column("last_day", sa.String(length=10), nullable=False),
        sa.Column("issued_day", sa.String(length=10), nullable=False),
        sa.Column("due_day", sa.String(length=10), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("vat_minor", sa.BigInteger(), nullable=False),
        sa.Column("receives_minor", sa.BigInteger(), nullable=False),
        sa.Column("open_minor", sa.BigInteger(), nullable=False),
        sa.Column("corrects", sa.String(length=80), nullable=False),
        sa.Column("charged_until", sa.String(length=10), nullable=False),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.PrimaryKeyConstraint("market", "number"),
    )
    op.create_index("bills_in_series", "bills", ["market", "kind", "year", "count"], unique=True)
    op.create_index("bills_of_account", "bills", ["market", "account"], unique=False)


def _make_border_agreements() -> None:
    """Make the table `border_agreements`, or what is new of it."""
    op.create_table(
        "border_agreements",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("element", sa.String(length=40), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("side", sa.String(length=4), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("schedule", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("border_agreements_of_day", "border_agreements", ["market", "element", "day"], unique=False)


def _make_initiatives() -> None:
    """Make the table `initiatives`, or what is new of it."""
    op.create_table(
        "initiatives",
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("element", sa.String(length=40), nullable=False),
        sa.Column("side", sa.String(length=4), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("company", sa.String(length=20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.PrimaryKeyConstraint("market", "element", "side", "day", "version"),
    )


def _make_meter_series() -> None:
    """Make the table `meter_series`, or what is new of it."""
    op.create_table(
        "meter_series",
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("side", sa.String(length=4), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("company", sa.String(length=20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.PrimaryKeyConstraint("market", "line", "side", "day", "version"),
    )
    op.create_index("meter_series_of_day", "meter_series", ["market", "day"], unique=False)


def _make_tax_facts() -> None:
    """Make the table `tax_facts`, or what is new of it."""
    op.create_table(
        "tax_facts",
        sa.Column("company", sa.String(length=20), nullable=False),
        sa.Column("is_dealer", sa.Boolean(), nullable=False),
        sa.Column("vat_number", sa.String(length=20), nullable=False),
        sa.Column("used_in", sa.String(length=2), nullable=False),
        sa.Column("address", sa.String(length=400), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company"],
            ["companies.code"],
        ),
        sa.PrimaryKeyConstraint("company"),
    )


def _make_bill_files() -> None:
    """Make the table `bill_files`, or what is new of it."""
    op.create_table(
        "bill_files",
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("form", sa.String(length=4), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market", "number"],
            ["bills.market", "bills.number"],
        ),
        sa.PrimaryKeyConstraint("market", "number", "form"),
    )


def _make_bill_settlements() -> None:
    """Make the table `bill_settlements`, or what is new of it."""
    op.create_table(
        "bill_settlements",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market", "number"],
            ["bills.market", "bills.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("bill_settlements_of_bill", "bill_settlements", ["market", "number"], unique=False)
    op.create_index("bill_settlements_of_source", "bill_settlements", ["market", "source"], unique=False)


def _make_billed_sessions() -> None:
    """Make the table `billed_sessions`, or what is new of it."""
    op.create_table(
        "billed_sessions",
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("session", sa.String(length=80), nullable=False),
        sa.Column("account", sa.String(length=120), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("direction", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["market", "number"],
            ["bills.market", "bills.number"],
        ),
        sa.PrimaryKeyConstraint("market", "session", "account", "currency", "direction"),
    )


def _make_deviation_runs() -> None:
    """Make the table `deviation_runs`, or what is new of it."""
    op.create_table(
        "deviation_runs",
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("element", sa.String(length=40), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market", "event"],
            ["ledger_events.market", "ledger_events.number"],
        ),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.PrimaryKeyConstraint("market", "element", "day", "run"),
    )


def _make_energy_movements() -> None:
    """Make the table `energy_movements`, or what is new of it."""
    op.create_table(
        "energy_movements",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("element", sa.String(length=40), nullable=False),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("tariff", sa.String(length=40), nullable=False),
        sa.Column("kwh", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market", "event"],
            ["ledger_events.market", "ledger_events.number"],
        ),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("energy_movements_of_element", "energy_movements", ["market", "element"], unique=False)
