"""The one place where the parts of the service are wired together.

`Settings` come from the environment; `build` opens what they name; `app_from_environment` is
what each API worker starts with. A new store gets its operator and two officers by `set_up`.
"""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

import walras.service.handlers  # noqa: F401 - fills the registry of handlers
from walras.errors import BadInput, Mistake
from walras.results.publication import KeyRing, PublicKey, SigningKey, read_key, write_key, write_ring
from walras.service.api.app import application
from walras.service.api.limits import Limits
from walras.service.clock import microseconds, moment
from walras.service.dispatch import Dispatch
from walras.service.door import Door
from walras.service.publication.routes import router
from walras.service.roles import SYSTEM, Role
from walras.service.secrets import Secrets, load_secrets, made_once
from walras.service.store import notices, users
from walras.service.store.engine import Store, open_store
from walras.service.store.instance import clock_ahead
from walras.service.store.migrations import migrate
from walras.service.store.schema import companies
from walras.service.work import Work, refuse

if TYPE_CHECKING:
    from fastapi import FastAPI

OPERATOR = "OP"
KEY_DAYS = 800
"""How long the first signing key of a service counts."""
OBJECTS_BETWEEN_COLLECTIONS = 100_000
"""Objects made and not yet freed that lead to a collection of the youngest; Python's own number is 700."""
OFFICERS = ("first officer", "second officer")
VARIABLES = (
    "WALRAS_DATA", "WALRAS_DATABASE_URL", "WALRAS_KEYS", "WALRAS_TRUSTED_PROXY", "WALRAS_WEBHOOKS_ANYWHERE",
    "WALRAS_HOST", "WALRAS_CONSOLE_PORT",
)  # fmt: skip
"""Every variable of the environment that the service reads."""
OF_OTHERS = ("WALRAS_DB_PASSWORD", "WALRAS_DRILL_", "WALRAS_EXAMPLES")
"""Variables that docs/deploy and the tests have beside it, and how those of drills begin."""


@dataclass(frozen=True)
class Settings:
    """What one process of the service is started with.

    Attributes:
        data: Folder of the store (SQLite) and of the keys.
        database: SQLAlchemy address, or a path; empty = `walras.db` in the data folder.
        keys: Folder of the master key; empty = `keys` in the data folder.
        limits: What one caller may ask.
        trusted_proxy: Addresses whose `X-Forwarded-For` is believed, with commas between.
    """

    data: Path
    database: str = ""
    keys: Path | None = None
    limits: Limits = field(default_factory=Limits)
    trusted_proxy: str = "127.0.0.1"

    @property
    def url(self) -> str:
        """Return where the store is."""
        return self.database or str(self.data / "walras.db")

    @property
    def keys_folder(self) -> Path:
        """Return where the master key is."""
        return self.keys or self.data / "keys"


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Return settings from `WALRAS_DATA`, `WALRAS_DATABASE_URL`, `WALRAS_KEYS`, `WALRAS_TRUSTED_PROXY`.

    Raises:
        BadInput: A variable that begins with `WALRAS_` is none of the service (`environment_known`): misspelt,
            it would do nothing, unseen; or a switch is neither 0 nor 1 (`environment_value`).

    >>> settings_from({"WALRAS_DATA": "service"}).url.replace(os.sep, "/")
    'service/walras.db'
    """
    _check_names(environment)
    keys = environment.get("WALRAS_KEYS")
    return Settings(
        data=Path(environment.get("WALRAS_DATA", "walras-data")),
        database=environment.get("WALRAS_DATABASE_URL", ""),
        keys=Path(keys) if keys else None,
        trusted_proxy=environment.get("WALRAS_TRUSTED_PROXY", "127.0.0.1"),
    )


def _check_names(environment: Mapping[str, str]) -> None:
    wrong = [
        Mistake(f"{name} is no variable of the service", "environment", "environment_known",
                f"Use {', '.join(VARIABLES)}, or unset it.")
        for name in sorted(environment)
        if name.startswith("WALRAS_") and name not in VARIABLES and not name.startswith(OF_OTHERS)
    ]  # fmt: skip
    switch = environment.get("WALRAS_WEBHOOKS_ANYWHERE", "")
    if switch not in {"", "0", "1"}:
        what = f"WALRAS_WEBHOOKS_ANYWHERE is {switch!r}"
        wrong.append(Mistake(what, "environment", "environment_value", "Write 1 to switch it on, 0 to leave it off."))
    if wrong:
        raise BadInput(wrong)


@dataclass
class Service:
    """Everything that one process works with."""

    settings: Settings
    store: Store
    secrets: Secrets
    dispatch: Dispatch
    door: Door | None

    def app(self, log: Any = None) -> FastAPI:
        """Return the API."""
        app = application(self.dispatch, self.door, self.settings.limits, log)
        app.include_router(router(self.store))
        return app

    def close(self) -> None:
        """Close the door, then the store."""
        if self.door is not None:
            self.door.stop()
        self.store.close()


def build(settings: Settings, *, has_door: bool = True, clock_at: datetime | None = None) -> Service:
    """Open the store and the secrets, bring the schema up to date, and wire the parts; a worker needs no door.

    Args:
        settings: Of the process.
        has_door: Whether it takes orders.
        clock_at: Where the clock of a rehearsal begins; None = the store's own clock, which goes on from where a
            rehearsal left it.

    Raises:
        BadInput: The master key cannot be used.
        NewerFormat: A later release made the store.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    secrets = load_secrets(settings.keys_folder)
    store = open_store(settings.url)
    try:
        migrate(store)
    except BaseException:
        store.close()
        raise
    with store.read() as connection:
        store.clock.ahead = clock_ahead(connection)
        if clock_at is not None:
            store.clock.ahead += microseconds(clock_at) - store.clock.now(connection)
    dispatch = Dispatch(store, secrets)
    return Service(settings, store, secrets, dispatch, _door(dispatch, settings) if has_door else None)


def app_from_environment() -> FastAPI:
    """Return the API of this process's environment: what uvicorn starts in each worker."""
    app = build(settings_from(os.environ)).app()
    collect_rarely()
    return app


def collect_rarely() -> None:
    """Keep the garbage collector away from what lives as long as the process, and from every small batch of orders.

    An order is hundreds of objects without a cycle: each collection walks through all that wait and frees none.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, 20, 20)


def set_up(store: Store, secrets: Secrets) -> list[dict[str, Any]]:
    """Give a new store its operator and two officers; return their keys, shown this once; none if it has them."""
    with store.write() as connection:
        if connection.scalar(select(companies.c.code).where(companies.c.code == OPERATOR)) is not None:
            return []
        work = Work(connection, store.clock, SYSTEM, secrets)
        at = work.now()
        connection.execute(
            insert(companies).values(
                code=OPERATOR, role=Role.OPERATOR.value, name="Operator", country="ZZ", identifiers="[]",
                state="active", since=at,
            )
        )  # fmt: skip
        work.record("members", "operator set up", {"company": OPERATOR}, at)
        found = [_officer(work, name, at) for name in OFFICERS]
        work.finish()
        return found


def let_in(store: Store, secrets: Secrets, user: str) -> dict[str, Any]:
    """Give an officer a new key, for whoever administers the machine; in the trail, and told to the operator.

    Raises:
        BadInput: There is no such user (`user_known`), or it is no active officer (`officer_known`).
    """
    with store.write() as connection:
        work = Work(connection, store.clock, SYSTEM, secrets)
        found: Any = users.user(connection, user)
        if found.role != Role.OPERATOR or not found.is_active:
            raise refuse(f"{user} is no active officer", "user", "officer_known", "Name an officer of the operator.")
        at = work.now()
        key = users.add_key(work, user, (), 90, at)
        body = {"user": user, "prefix": key["prefix"], "why": "at the machine"}
        work.record("members", "key issued", body, at)
        notices.tell(work, found.company, "key issued", "", body, at)
        work.finish()
        return {"user": user, **key}


def _officer(work: Work, name: str, at: int) -> dict[str, Any]:
    address = name.replace(" ", ".") + "@operator.invalid"
    user = users.add_user(work, OPERATOR, Role.OPERATOR, name, address, at)
    key = users.add_key(work, user, (), 90, at)
    work.record("members", "key issued", {"user": user, "prefix": key["prefix"]}, at)
    return {"user": user, "name": name, **key}


def _door(dispatch: Dispatch, settings: Settings) -> Door:
    """Return the door of orders, at work; its receipts are signed with the service's key."""
    key = signing_key(dispatch.store, settings.keys_folder)

    def sign(document: dict[str, Any], at: datetime) -> dict[str, Any]:
        signed: dict[str, Any] = json.loads(key.sign(document, at).to_bytes())
        return signed

    door = Door(dispatch, sign)
    door.start()
    return door


def signing_key(store: Store, folder: Path) -> SigningKey:
    """Return the key that signs receipts and certificates; a first one is made with its ring beside it.

    The ring is what verifiers are given, on another way than results (docs/how-to/verify-a-result.md).
    """
    file, ring = folder / "signing.key", folder / "ring.json"
    made_once(file, lambda place: write_key(SigningKey.new(), place))
    key = read_key(file)
    if not ring.exists():
        with store.read() as connection:
            now = moment(store.clock.now(connection)).replace(microsecond=0)
        first = KeyRing(()).with_key(PublicKey(key.public_key, now, now + timedelta(days=KEY_DAYS)))
        made_once(ring, lambda place: write_ring(first, place))
    return key
