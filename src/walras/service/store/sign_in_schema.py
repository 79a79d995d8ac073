"""The tables of sign-ins to the console; types and manners as in `schema`.

Neither table holds anything that lets somebody in: passwords are argon2 hashes, sealed, secrets of one-time codes are
sealed, and of a token only its HMAC is kept, all under keys from the master key.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from walras.service.store.schema import SERIAL, TIME, metadata

credentials = Table(
    "credentials", metadata,
    Column("user", ForeignKey("users.id"), primary_key=True),
    Column("password", LargeBinary, nullable=False),
    Column("totp", LargeBinary, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", TIME),
    Column("is_confirmed", Boolean, nullable=False),
    Column("since", TIME, nullable=False),
)  # fmt: skip
"""One row a user that enrolled; `last_step` is the newest step of 30 s whose one-time code was used."""
sign_ins = Table(
    "sign_ins", metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("mac", String(64), nullable=False, unique=True),
    Column("user", ForeignKey("users.id"), nullable=False),
    Column("since", TIME, nullable=False),
    Column("last_seen", TIME, nullable=False),
    Column("ends_at", TIME, nullable=False),
    Column("ended_at", TIME),
    Index("sign_ins_of_user", "user", "ended_at"),
)  # fmt: skip
"""One row a sign-in. No backup holds them: after a restore everybody signs in anew."""
