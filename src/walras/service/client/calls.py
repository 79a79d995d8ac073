"""The client: `do` any command, `ask` any query, and names for those of an auction day."""

from __future__ import annotations

import base64
import hashlib
import time
import uuid
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal
from urllib.parse import quote

import httpx

from walras.errors import Mistake, NoResult, Problem
from walras.service import commands as c
from walras.service import queries as q
from walras.service.client.sending import Sender
from walras.service.intake.kinds import MEDIA_OF, FileKind

Json = dict[str, Any]
ENDED = {"cleared", "final", "fallback", "cancelled"}


class WalrasClient:
    """The API as one user sees it.

    Args:
        url: Where the service is, such as `https://market.example`.
        key: API key of the user, empty for the public.
        http: Another `httpx.Client` to send with, for tests and proxies; closed by whoever made it.
        tries: How often a request is sent at most.
    """

    def __init__(self, url: str, key: str = "", *, http: httpx.Client | None = None, tries: int = 5) -> None:
        self._own = None if http is not None else httpx.Client(base_url=url, timeout=60)
        self.sender = Sender(http or self._own or httpx.Client(), tries)
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def __enter__(self) -> WalrasClient:
        """Return the client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close its connections."""
        self.close()

    def close(self) -> None:
        """Close the connections that the client opened."""
        if self._own is not None:
            self._own.close()

    def do(self, command: c.Command, idempotency_key: str | None = None) -> Json:
        """Ask for a command and return its answer.

        The request carries an idempotency key, one of its own unless given, so sending it again
        after a broken connection does nothing twice. What is shown once only, a new key, is not
        in the answer to a repeated request: issue another then.

        Raises:
            Problem: It was refused; `mistakes` says why.
        """
        headers = self._headers | {
            "Idempotency-Key": idempotency_key or uuid.uuid4().hex,
            "Content-Type": "application/json",
        }
        path = f"/v1/commands/{command.word()}"
        answer: Json = self.sender.send("POST", path, headers, content=command.model_dump_json()).json()
        return answer

    def ask(self, query: q.Query) -> Json:
        """Read what a query names; raises as `do` does."""
        answer: Json = self._get(query).json()
        return answer

    def pages(self, query: q.Query) -> Iterator[Json]:
        """Yield the items of a list, page after page."""
        cursor = "before" if "before" in type(query).model_fields else "after"
        while True:
            page = self.ask(query)
            yield from page["items"]
            if page["next"] is None:
                return
            query = query.model_copy(update={cursor: page["next"]})

    def schedule(
        self, market: str, day: date, *, kind: c.Kind = "live", opens_at: datetime | None = None,
        gate_at: datetime | None = None, name: str = "da",
    ) -> Json:  # fmt: skip
        """Plan a session."""
        return self.do(
            c.ScheduleSession(market=market, delivery_day=day, kind=kind, name=name, opens_at=opens_at, gate_at=gate_at)
        )

    def open(self, session: str) -> Json:
        """Begin to take orders."""
        return self.do(c.OpenSession(session=session))

    def submit(self, session: str, orders: Sequence[Json], idempotency_key: str | None = None) -> Json:
        """Send orders; the answer is a receipt."""
        return self.do(c.SubmitOrders.model_validate({"session": session, "orders": list(orders)}), idempotency_key)

    def send_file(
        self, session: str, file: Path, kind: FileKind | None = None, idempotency_key: str | None = None
    ) -> Json:
        """Send orders as a file; the answer is a receipt.

        Args:
            session: Where to.
            file: Its ending says what it is: `.csv`, `.xlsx`, or `.zip`.
            kind: Of the tables in a zip: `csv` or `parquet`.
            idempotency_key: One of its own unless given.
        """
        return self._post_file(
            c.SendFile, session, file, kind, {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
        )

    def check_file(self, session: str, file: Path, kind: FileKind | None = None) -> Json:
        """Return what `send_file` would do now, and what the orders look like; nothing is sent.

        Raises:
            Problem: With the mistakes of the file.
        """
        return self._post_file(c.CheckFile, session, file, kind, {})

    def _post_file(
        self,
        asked: type[c.SendFile | c.CheckFile],
        session: str,
        file: Path,
        kind: FileKind | None,
        more: dict[str, str],
    ) -> Json:
        medias = {".csv": MEDIA_OF["csv"], ".xlsx": MEDIA_OF["xlsx"], ".zip": MEDIA_OF["parquet"]}
        media = medias.get(file.suffix.lower(), "application/octet-stream")
        path = "/v1" + asked.address().format(session=quote(session, safe=""))
        params, headers = {"kind": kind} if kind else {}, self._headers | more | {"Content-Type": media}
        answer: Json = self.sender.send("POST", path, headers, content=file.read_bytes(), params=params).json()
        return answer

    def template(self, session: str, file: Path) -> Path:
        """Write the spreadsheet of a session to a file, to be filled by hand."""
        file.write_bytes(self._file(q.GetTemplate(session=session)))
        return file

    def withdraw(self, session: str, names: Sequence[str] = (), *, is_all: bool = False) -> Json:
        """Take back orders by name, or all of them."""
        return self.do(c.WithdrawOrders(session=session, names=tuple(names), is_all=is_all))

    def close_session(self, session: str) -> Json:
        """Close the gate."""
        return self.do(c.CloseSession(session=session))

    def object(self, session: str, text: str) -> Json:
        """Object to a preliminary result."""
        return self.do(c.RaiseObjection(session=session, text=text))

    def finalise(self, session: str) -> Json:
        """Propose to make the result binding; another officer approves."""
        return self.do(c.FinaliseSession(session=session))

    def approve(self, proposal: int) -> Json:
        """Approve what another officer proposed."""
        return self.do(c.ApproveProposal(proposal=proposal))

    def sessions(self, market: str | None = None, state: str | None = None) -> Iterator[Json]:
        """Yield sessions, the latest delivery day first."""
        return self.pages(q.ListSessions(market=market, state=state))

    def notices(self, after: int = 0) -> Iterator[Json]:
        """Yield notices to the caller's company after one of them, oldest first."""
        return self.pages(q.ListNotices(after=after))

    def wait_for_result(self, session: str, seconds: float = 600, pause_seconds: float = 0.5) -> Json:
        """Return a session once it has a result, or ended without one.

        Raises:
            NoResult: It has neither after so many seconds.
        """
        end = time.monotonic() + seconds
        while True:
            found = self.ask(q.GetSession(session=session))
            if found["state"] in ENDED:
                return found
            if time.monotonic() >= end:
                raise NoResult(f"session {session} is {found['state']} after {seconds} s")
            self.sender.sleep(pause_seconds)

    def download_bundle(
        self,
        session: str,
        file: Path,
        level: Literal["public", "member", "regulator"] = "public",
        *,
        member: str | None = None,
        version: int | None = None,
    ) -> Path:
        """Write a bundle of a result to a file, to be checked by `walras verify`.

        Raises:
            Problem: It did not come as it was sent (rule `artefact_digest`), or is not for the caller.
        """
        file.write_bytes(self._file(q.GetBundle(session=session, level=level, member=member, version=version)))
        return file

    def market_document(self, market: str, day: date, kind: q.DocumentKind) -> bytes:
        """Return the ESMP document of a delivery day for the caller, to be read by `walras.formats.esmp`."""
        return self._file(q.GetMarketDocument(market=market, delivery_day=day, kind=kind))

    def send_document(self, market: str, content: bytes, idempotency_key: str | None = None) -> Json:
        """Send an ESMP document; the answer says whether it was accepted, its mistakes, and our acknowledgement."""
        text = base64.b64encode(content).decode()
        return self.do(c.SendMarketDocument(market=market, content_base64=text), idempotency_key)

    def _file(self, query: q.GetBundle | q.GetTemplate | q.GetMarketDocument) -> bytes:
        answer = self._get(query)
        if f'"{hashlib.sha256(answer.content).hexdigest()}"' != answer.headers.get("etag"):
            fix = "Load it again; if it stays, tell the operator."
            where = f"{query.word()} {getattr(query, 'session', '')}".strip()
            raise Problem(0, [Mistake("the file is not what was sent", where, "artefact_digest", fix)])
        return answer.content

    def _get(self, query: q.Query) -> httpx.Response:
        given = query.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        path = "/v1" + query.path
        for name in [n for n in given if f"{{{n}}}" in path]:
            path = path.replace(f"{{{name}}}", quote(str(given.pop(name)), safe=""))
        return self.sender.send("GET", path, self._headers, params=given)
