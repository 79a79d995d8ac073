"""The tables of the store.

Times are whole microseconds since 1970 UTC, written by the database's clock. Texts that are
hashed (`body`) are canonical JSON, kept as they were hashed. Personal data stands in `persons`
alone, so that it can be erased while the record stays. Ids are pseudonymous: `M-0001`, `U-0007`.
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
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

TIME = BigInteger
SERIAL = BigInteger().with_variant(Integer, "sqlite")


def _time(name: str, *, is_optional: bool = False) -> Column[int]:
    return Column(name, TIME, nullable=is_optional)


instance = Table(
    "instance", metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)  # fmt: skip
counters = Table(
    "counters", metadata,
    Column("name", String(40), primary_key=True),
    Column("value", BigInteger, nullable=False),
)  # fmt: skip

companies = Table(
    "companies", metadata,
    Column("code", String(20), primary_key=True),
    Column("role", String(20), nullable=False),
    Column("name", String(200), nullable=False),
    Column("country", String(2), nullable=False),
    Column("eic", String(16), unique=True),
    Column("identifiers", Text, nullable=False, default="[]"),
    Column("state", String(20), nullable=False),
    _time("since"),
)  # fmt: skip
documents = Table(
    "documents", metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("company", ForeignKey("companies.code"), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    _time("at"),
)  # fmt: skip
users = Table(
    "users", metadata,
    Column("id", String(20), primary_key=True),
    Column("company", ForeignKey("companies.code"), nullable=False, index=True),
    Column("role", String(20), nullable=False),
    Column("is_active", Boolean, nullable=False, default=True),
    _time("since"),
)  # fmt: skip
persons = Table(
    "persons", metadata,
    Column("user", ForeignKey("users.id"), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("email", String(200), nullable=False),
    _time("keep_until"),
)  # fmt: skip
api_keys = Table(
    "api_keys", metadata,
    Column("prefix", String(16), primary_key=True),
    Column("mac", String(64), nullable=False),
    Column("user", ForeignKey("users.id"), nullable=False, index=True),
    Column("scopes", Text, nullable=False, default=""),
    _time("since"),
    _time("expires_at"),
    _time("revoked_at", is_optional=True),
)  # fmt: skip
rights = Table(
    "rights", metadata,
    Column("company", ForeignKey("companies.code"), primary_key=True),
    Column("market", ForeignKey("markets.code"), primary_key=True),
    Column("body", Text, nullable=False),
    Column("version", Integer, nullable=False),
    _time("since"),
)  # fmt: skip

restricted_lists = Table(
    "restricted_lists", metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("name", String(200), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    _time("at"),
)  # fmt: skip
cases = Table(
    "cases", metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("company", ForeignKey("companies.code"), nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("body", Text, nullable=False),
    _time("at"),
)  # fmt: skip
proposals = Table(
    "proposals", metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("command", String(60), nullable=False),
    Column("stream", String(80), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("proposed_by", String(20), nullable=False),
    _time("proposed_at"),
    Column("decided_by", String(20)),
    _time("decided_at", is_optional=True),
    Column("reason", Text, nullable=False, default=""),
)  # fmt: skip

markets = Table(
    "markets", metadata,
    Column("code", String(40), primary_key=True),
    Column("version", Integer, nullable=False),
    _time("since"),
)  # fmt: skip
market_versions = Table(
    "market_versions", metadata,
    Column("market", ForeignKey("markets.code"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("valid_from", String(10), nullable=False),
    Column("valid_to", String(10)),
    Column("body", Text, nullable=False),
    _time("at"),
)  # fmt: skip

sessions = Table(
    "sessions", metadata,
    Column("id", String(80), primary_key=True),
    Column("market", ForeignKey("markets.code"), nullable=False),
    Column("market_version", Integer, nullable=False),
    Column("delivery_day", String(10), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("layer", String(20), nullable=False, default="day_ahead"),
    Column("state", String(20), nullable=False),
    Column("version", Integer, nullable=False, default=0),
    Column("book", Text, nullable=False, default=""),
    Column("rung", String(20), nullable=False, default=""),
    Column("deadlines", Text, nullable=False, default="[]"),
    Column("missing", Text, nullable=False, default="[]"),
    Column("sealed_key", LargeBinary, nullable=False),
    _time("opens_at"),
    _time("gate_at"),
    _time("results_due_at"),
    _time("objections_until", is_optional=True),
    _time("final_after", is_optional=True),
    _time("key_released_at", is_optional=True),
    Index("sessions_by_state", "state"),
)  # fmt: skip
submissions = Table(
    "submissions", metadata,
    Column("sequence", SERIAL, primary_key=True, autoincrement=True),
    Column("session", ForeignKey("sessions.id"), nullable=False),
    Column("member", ForeignKey("companies.code"), nullable=False),
    Column("user", String(20), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("orders", Integer, nullable=False),
    _time("at"),
    Index("submissions_of_session", "session", "member"),
)  # fmt: skip
orders = Table(
    "orders", metadata,
    Column("session", ForeignKey("sessions.id"), primary_key=True),
    Column("member", ForeignKey("companies.code"), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("submission", BigInteger, nullable=False),
    Column("is_live", Boolean, nullable=False),
    Column("kin", String(40), nullable=False, default=""),
)  # fmt: skip
default_orders = Table(
    "default_orders", metadata,
    Column("market", ForeignKey("markets.code"), primary_key=True),
    Column("member", ForeignKey("companies.code"), primary_key=True),
    Column("day", String(10), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    _time("since"),
)  # fmt: skip
idempotency = Table(
    "idempotency", metadata,
    Column("company", String(20), primary_key=True),
    Column("key", String(80), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("answer", Text, nullable=False),
    _time("at"),
)  # fmt: skip

runs = Table(
    "runs", metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("session", ForeignKey("sessions.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("worker", String(80), nullable=False, default=""),
    Column("attempts", Integer, nullable=False, default=0),
    Column("progress", Text, nullable=False, default="{}"),
    Column("error", Text, nullable=False, default=""),
    Column("plan", Text, nullable=False, default="{}"),
    Column("culprits", Text, nullable=False, default="[]"),
    Column("not_before", TIME, nullable=False, default=0),
    _time("at"),
    _time("heartbeat_at", is_optional=True),
    UniqueConstraint("session", "version"),
)  # fmt: skip
artefacts = Table(
    "artefacts", metadata,
    Column("session", ForeignKey("sessions.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name", String(120), primary_key=True),
    Column("media_type", String(100), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("is_public", Boolean, nullable=False),
    Column("content", LargeBinary, nullable=False),
    _time("at"),
)  # fmt: skip
objections = Table(
    "objections", metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("session", ForeignKey("sessions.id"), nullable=False, index=True),
    Column("member", ForeignKey("companies.code"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("answer", Text, nullable=False, default=""),
    _time("at"),
)  # fmt: skip

notices = Table(
    "notices", metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("company", ForeignKey("companies.code"), nullable=False, index=True),
    Column("kind", String(40), nullable=False),
    Column("session", String(80), nullable=False, default=""),
    Column("body", Text, nullable=False),
    _time("at"),
)  # fmt: skip
webhooks = Table(
    "webhooks", metadata,
    Column("company", ForeignKey("companies.code"), primary_key=True),
    Column("url", String(500), nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    _time("since"),
)  # fmt: skip
deliveries = Table(
    "deliveries", metadata,
    Column("notice", ForeignKey("notices.id"), primary_key=True),
    Column("state", String(20), nullable=False, index=True),
    Column("attempts", Integer, nullable=False, default=0),
    _time("next_at"),
    Column("error", Text, nullable=False, default=""),
)  # fmt: skip

trail = Table(
    "trail", metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("stream", String(80), nullable=False),
    Column("at", TIME, nullable=False),
    Column("actor", String(20), nullable=False),
    Column("company", String(20), nullable=False),
    Column("act", String(60), nullable=False),
    Column("body", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("seal", Integer),
    Index("trail_of_stream", "stream", "seal"),
)  # fmt: skip
seals = Table(
    "seals", metadata,
    Column("stream", String(80), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("rows", Integer, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    _time("at"),
)  # fmt: skip
