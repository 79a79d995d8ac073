"""Settlement: the ledger, terms, fixings, runs, payments, disputes, collateral."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make these tables."""
    _make_bank_accounts()
    _make_covers()
    _make_fixings()
    _make_ledgers()
    _make_margin_calls()
    _make_payments()
    _make_settlement_terms()
    _make_disputes()
    _make_ledger_balances()
    _make_ledger_events()
    _make_reservations()
    _make_settlement_runs()
    _make_ledger_entries()
    _make_submission_exposures()
    _make_ledger_postings()


def _make_bank_accounts() -> None:
    """Make the table `bank_accounts`, or what is new of it."""
    op.create_table(
        "bank_accounts",
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("owner", sa.String(length=20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.PrimaryKeyConstraint("market", "name"),
    )


def _make_covers() -> None:
    """Make the table `covers`, or what is new of it."""
    op.create_table(
        "covers",
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("member", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("left_minor", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.ForeignKeyConstraint(
            ["member"],
            ["companies.code"],
        ),
        sa.PrimaryKeyConstraint("market", "reference"),
    )
    op.create_index("covers_of_member", "covers", ["market", "member"], unique=False)


def _make_fixings() -> None:
    """Make the table `fixings`, or what is new of it."""
    op.create_table(
        "fixings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("base", sa.String(length=3), nullable=False),
        sa.Column("quote", sa.String(length=3), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rate", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("fixed_at", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("fixings_of_day", "fixings", ["market", "base", "quote", "day", "version"], unique=True)


def _make_ledgers() -> None:
    """Make the table `ledgers`, or what is new of it."""
    op.create_table(
        "ledgers",
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.PrimaryKeyConstraint("market"),
    )


def _make_margin_calls() -> None:
    """Make the table `margin_calls`, or what is new of it."""
    op.create_table(
        "margin_calls",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("member", sa.String(length=20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.ForeignKeyConstraint(
            ["member"],
            ["companies.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("margin_calls_of_member", "margin_calls", ["market", "member"], unique=False)


def _make_payments() -> None:
    """Make the table `payments`, or what is new of it."""
    op.create_table(
        "payments",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=4), nullable=False),
        sa.Column("party", sa.String(length=120), nullable=False),
        sa.Column("bank", sa.String(length=60), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("value_day", sa.String(length=10), nullable=False),
        sa.Column("bank_reference", sa.String(length=120), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("payments_of_party", "payments", ["market", "party"], unique=False)
    op.create_index("payments_of_reference", "payments", ["market", "bank", "bank_reference", "direction"], unique=True)


def _make_settlement_terms() -> None:
    """Make the table `settlement_terms`, or what is new of it."""
    op.create_table(
        "settlement_terms",
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("valid_to", sa.String(length=10), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.PrimaryKeyConstraint("market", "version"),
    )


def _make_disputes() -> None:
    """Make the table `disputes`, or what is new of it."""
    op.create_table(
        "disputes",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("session", sa.String(length=80), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.ForeignKeyConstraint(
            ["session"],
            ["sessions.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("disputes_of_session", "disputes", ["session"], unique=False)


def _make_ledger_balances() -> None:
    """Make the table `ledger_balances`, or what is new of it."""
    op.create_table(
        "ledger_balances",
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=120), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market"],
            ["ledgers.market"],
        ),
        sa.PrimaryKeyConstraint("market", "account", "currency"),
    )


def _make_ledger_events() -> None:
    """Make the table `ledger_events`, or what is new of it."""
    op.create_table(
        "ledger_events",
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market"],
            ["ledgers.market"],
        ),
        sa.PrimaryKeyConstraint("market", "number"),
    )
    op.create_index("ledger_events_of_reference", "ledger_events", ["market", "reference"], unique=False)


def _make_reservations() -> None:
    """Make the table `reservations`, or what is new of it."""
    op.create_table(
        "reservations",
        sa.Column("session", sa.String(length=80), nullable=False),
        sa.Column("member", sa.String(length=20), nullable=False),
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("freed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.ForeignKeyConstraint(
            ["member"],
            ["companies.code"],
        ),
        sa.ForeignKeyConstraint(
            ["session"],
            ["sessions.id"],
        ),
        sa.PrimaryKeyConstraint("session", "member"),
    )
    op.create_index("reservations_of_member", "reservations", ["market", "member"], unique=False)


def _make_settlement_runs() -> None:
    """Make the table `settlement_runs`, or what is new of it."""
    op.create_table(
        "settlement_runs",
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("session", sa.String(length=80), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("result_version", sa.Integer(), nullable=False),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("lines", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market"],
            ["markets.code"],
        ),
        sa.ForeignKeyConstraint(
            ["session"],
            ["sessions.id"],
        ),
        sa.PrimaryKeyConstraint("market", "session", "run"),
    )


def _make_ledger_entries() -> None:
    """Make the table `ledger_entries`, or what is new of it."""
    op.create_table(
        "ledger_entries",
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reverses", sa.Integer(), nullable=True),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market", "event"],
            ["ledger_events.market", "ledger_events.number"],
        ),
        sa.PrimaryKeyConstraint("market", "number"),
    )
    op.create_index("ledger_entries_of_event", "ledger_entries", ["market", "event"], unique=False)


def _make_submission_exposures() -> None:
    """Make the table `submission_exposures`, or what is new of it."""
    op.create_table(
        "submission_exposures",
        sa.Column("submission", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission"],
            ["submissions.sequence"],
        ),
        sa.PrimaryKeyConstraint("submission"),
    )


def _make_ledger_postings() -> None:
    """Make the table `ledger_postings`, or what is new of it."""
    op.create_table(
        "ledger_postings",
        sa.Column("market", sa.String(length=40), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=120), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["market", "entry"],
            ["ledger_entries.market", "ledger_entries.number"],
        ),
        sa.PrimaryKeyConstraint("market", "entry", "position"),
    )
    op.create_index("ledger_postings_of_account", "ledger_postings", ["market", "account", "entry"], unique=False)
