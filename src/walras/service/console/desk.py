"""A desk: one signed-in person at one screen, and all that a page may do: ask, do, send.

Every call looks first whether the sign-in still holds, then goes the way of the API: the same
strict reading, the same permission check, the same transaction. Mistakes come back as
`Declined`, to be shown in place; an ended sign-in as `SignedOut`.
"""

from __future__ import annotations

import json
import secrets as random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import anyio
import anyio.to_thread

from walras.errors import BadInput, Mistake
from walras.service import readers
from walras.service.api import strict
from walras.service.api.problems import Refused
from walras.service.bootstrap import Service
from walras.service.checking import Checked
from walras.service.clock import time_text
from walras.service.commands import COMMANDS, CheckFile, Command, SendFile, SubmitOrders, WithdrawOrders
from walras.service.console.tickets import Tickets
from walras.service.dispatch import Answer
from walras.service.permissions import NotAllowed, NotKnown
from walras.service.queries import QUERIES, Query
from walras.service.readers import File
from walras.service.roles import PUBLIC, Actor
from walras.service.sign_in import actor_of
from walras.service.words.catalogue import Translator

T = TypeVar("T")
C = TypeVar("C", bound=Command)
AT_ONCE = 12
"""Calls that work on the store at one time, as at the API."""
MOST_BYTES = 64_000_000
UTC = ZoneInfo("UTC")


Declined = BadInput
"""What was asked cannot be done; every reason is in its list."""
SignedOut = NotKnown
"""The sign-in of this screen has ended."""


@dataclass
class Desk:
    """One person at one screen.

    Attributes:
        service: What everything goes to.
        actor: Who sits here; the public where nobody signed in.
        token: Of the sign-in.
        t: Translates a text of the console into the person's language.
        language: Of the person.
        zone: In which times are shown, beside UTC.
        path, query: Parameters of the address.
        is_rehearsal: Whether this store plays a market.
        heading: Of the page; a page that is about one thing sets its text.
        is_over: Whether it was said that the sign-in has ended; screens that only watch ask nothing then.
        farewell: The dialog that says so, one for a screen.
    """

    service: Service
    actor: Actor
    token: str
    t: Translator
    language: str = "en"
    zone: ZoneInfo = UTC
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    is_rehearsal: bool = False
    heading: Any = None
    is_over: bool = False
    farewell: Any = None

    async def ask(self, query: Query, *, is_watching: bool = False) -> dict[str, Any]:
        """Return the answer to a query; a screen that only watches does not keep its sign-in awake.

        Raises:
            Declined: With every mistake.
            SignedOut: The sign-in has ended.
        """
        answer = await self.work(self._asked, query, is_watching)
        assert isinstance(answer, dict), f"{query.word()} answers with a file: use `file`"
        return answer

    async def items(self, query: Query, most: int = 5000) -> list[dict[str, Any]]:
        """Return all items of a list that comes in pages."""
        found: list[dict[str, Any]] = []
        cursor = "before" if "before" in type(query).model_fields else "after"
        while True:
            answer = await self.ask(query)
            found += answer["items"]
            if answer.get("next") is None or len(found) >= most:
                return found
            query = query.model_copy(update={cursor: answer["next"]})

    async def file(self, query: Query) -> File:
        """Return a file that a query answers with; raises as `ask` does."""
        answer = await self.work(self._asked, query, False)
        assert isinstance(answer, File)
        return answer

    async def do(self, command: Command, key: str | None = None) -> Answer:
        """Carry out a command once and return its answer; raises as `ask` does."""
        return await self.work(self._done, command, key or new_key())

    async def do_fields(self, command: type[Command], fields: Mapping[str, Any], key: str | None = None) -> Answer:
        """Carry out a command from what was typed, read as strictly as at the API; raises as `ask` does."""
        body = json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")
        return await self.do(await self.work(self._read, command, body), key)

    async def upload(self, file: SendFile, data: bytes, key: str | None = None) -> Answer:
        """Send orders as a file and return the receipt; raises as `ask` does."""
        check_length(len(data))
        return await self.work(self._sent, file, data, key or new_key())

    async def check_orders(self, file: CheckFile, data: bytes) -> Checked:
        """Return what a file of orders would be if it were sent; nothing is; raises as `ask` does."""
        check_length(len(data))
        return await self.work(self._checked, file, data)

    async def now(self) -> str:
        """Return the market's time, as the door writes times."""
        return await self.work(self._now)

    def may(self, word: str) -> bool:
        """Return whether the role may ask a command or query, so that pages do not offer what is refused.

        The door decides again, whatever a page offers.
        """
        found = COMMANDS.get(word) or QUERIES.get(word)
        assert found is not None, f"there is no {word}"
        return self.actor.role in found.roles

    async def work(self, function: Callable[..., T], *given: Any) -> T:
        """Call a function that blocks in a thread; a refusal comes as `Declined`, whatever raised it."""
        try:
            return await anyio.to_thread.run_sync(partial(function, *given), limiter=_limiter())
        except (Refused, NotAllowed) as error:
            raise Declined([error.mistake]) from error

    def check(self, *, is_watching: bool = False) -> None:
        """Look whether the sign-in holds; raises `SignedOut` if it does not."""
        if self.actor == PUBLIC:
            return
        self.actor = actor_of(self.service.store, self.service.secrets, self.token, is_watching=is_watching)

    async def check_upload(self, size: int, most: int = MOST_BYTES) -> None:
        """Look at a file before it is read: it must not be too long, and whoever sends it is still signed in."""
        check_length(size, most)
        await self.work(self.check)

    def take(self, token: str) -> bool:
        """Go on with another sign-in of the same user; return False, and stay as it is, where it is somebody else's.

        Raises:
            SignedOut: It does not hold either.
        """
        found = actor_of(self.service.store, self.service.secrets, token)
        if found.user != self.actor.user:
            return False
        self.actor, self.token, self.is_over = found, token, False
        return True

    def _now(self) -> str:
        with self.service.store.read() as connection:
            return str(time_text(self.service.store.clock.now(connection)))

    def _read(self, command: type[C], body: bytes) -> C:
        self.check()  # whoever is signed out hears that first
        return strict.read(command, body)

    def _asked(self, query: Query, is_watching: bool) -> dict[str, Any] | File:
        self.check(is_watching=is_watching)
        try:
            return readers.ask(self.service.store, self.service.secrets, self.actor, query)
        except NotAllowed as error:
            self.service.dispatch.refused(self.actor, query.word(), error)
            raise

    def _done(self, command: Command, key: str) -> Answer:
        self.check()
        if isinstance(command, SubmitOrders | WithdrawOrders):
            assert self.service.door is not None
            return self.service.door.submit(self.actor, command, key).result()
        return self.service.dispatch.do(self.actor, command, key)

    def _sent(self, file: SendFile, data: bytes, key: str) -> Answer:
        self.check()
        assert self.service.door is not None
        return self.service.door.upload(self.actor, file, data, key).result()

    def _checked(self, file: CheckFile, data: bytes) -> Checked:
        self.check()
        assert self.service.door is not None
        return self.service.door.check(self.actor, file, data)


CLAIMS = Tickets[Desk](seconds=60.0, most=1000)
"""Screens that wait for their sign-in of another tab: each by a ticket that its page alone was given."""


def check_length(size: int, most: int = MOST_BYTES) -> None:
    """Refuse a file that is too long."""
    if size > most:
        fix = f"Send at most {most // 1_000_000} MB; split the file."
        raise Declined([Mistake("the file is too long", "file", "body_length", fix)])


def new_key() -> str:
    """Return an idempotency key: a form makes one when it is filled, so that pressing twice does once."""
    return random.token_hex(16)


_LIMITERS: dict[int, anyio.CapacityLimiter] = {}


def _limiter() -> anyio.CapacityLimiter:
    """Return the limiter of the running loop (tests run several, one after another)."""
    import asyncio  # noqa: PLC0415 - the loop that runs now

    loop = id(asyncio.get_running_loop())
    if loop not in _LIMITERS:
        _LIMITERS.clear()
        _LIMITERS[loop] = anyio.CapacityLimiter(AT_ONCE)
    return _LIMITERS[loop]
