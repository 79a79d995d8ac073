"""Settlement: the ledger, terms, collateral, documents, deviations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of settlement."""
    _make_bank_accounts()
    _make_billed_runs()
    _make_bills()
    _make_border_agreements()
    _make_fixings()
    _make_initiatives()
    _make_ledgers()
    _make_meter_series()
    _make_payments()
    _make_settlement_terms()
    _make_tax_facts()
    _make_bill_files()
    _make_bill_settlements()
    _make_billed_sessions()
    _make_disputes()
    _make_ledger_balances()
    _make_ledger_events()
    _make_settlement_runs()
    _make_deviation_runs()
    _make_energy_movements()
    _make_ledger_entries()
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
