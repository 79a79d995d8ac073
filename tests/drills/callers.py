"""Those who call a service that keeps dying: each sends a request under one key until it is answered."""

import base64
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx
from tests.service.two_states import DAY, block, curve

MARKET = "two"
HOURS = range(3)
PATIENCE = 300
"""Seconds; while servers die faster than they start, a long command may take many attempts."""
TWICE = 0.15
"""Share of commands that are sent twice at once, mostly to two servers."""


@dataclass(frozen=True)
class Said:
    """What a caller was told in the end.

    Attributes:
        company, word, key: Whose request, which command, under which idempotency key.
        status: Of the answer.
        answer: Its content.
    """

    company: str
    word: str
    key: str
    status: int
    answer: dict

    @property
    def is_acknowledged(self) -> bool:
        return self.status == 200

    @property
    def rules(self) -> set[str]:
        return {m["rule"] for m in self.answer.get("mistakes", [])}


@dataclass
class Stage:
    """What all callers share: ports, the session that goes on, the end, and what they were told."""

    ports: list[int]
    over: threading.Event = field(default_factory=threading.Event)
    session: str = ""
    said: list[Said] = field(default_factory=list)
    again: int = 0
    twice: int = 0


class Caller:
    """One thread of a company's user."""

    def __init__(self, stage: Stage, company: str, api_key: str, seed: str) -> None:
        self.stage, self.company, self.seed, self.chance = stage, company, seed, random.Random(seed)
        self.http = httpx.Client(headers={"Authorization": f"Bearer {api_key}"}, timeout=30)
        self.sent = 0

    def do(self, word: str, body: dict) -> Said:
        """Send a command under a key of its own until it is answered; now and then twice at the same moment."""
        self.sent += 1
        key = f"{self.seed}-{self.sent}"
        many = 2 if self.chance.random() < TWICE else 1
        with ThreadPoolExecutor(many) as pool:
            send = partial(self._until_answered, json=body, headers={"Idempotency-Key": key})
            answers = list(pool.map(send, [f"/v1/commands/{word}"] * many))
        done = [r for r in answers if r.status_code == 200]
        assert all(r.json() == done[0].json() for r in done), f"{key} got two answers: {[r.text for r in done]}"
        self.stage.twice += len(done) == 2
        response = (done or answers)[0]
        said = Said(self.company, word, key, response.status_code, response.json())
        self.stage.said.append(said)
        return said

    def ask(self, path: str) -> dict:
        """Read what is at an address."""
        response = self._until_answered("/v1" + path)
        assert response.status_code == 200, response.text
        return response.json()

    def _until_answered(self, path: str, **more) -> httpx.Response:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            port = self.chance.choice(self.stage.ports)
            try:
                response = self.http.request("POST" if more else "GET", f"http://127.0.0.1:{port}{path}", **more)
            except httpx.TransportError:
                self.stage.again += 1
                time.sleep(self.chance.uniform(0.005, 0.05))
                continue
            if response.status_code != 503:
                return response
            self.stage.again += 1
            time.sleep(0.05)
        raise AssertionError(f"{path} was not answered in {PATIENCE} s")

    # --- a member -----------------------------------------------------------------------------

    def trade(self) -> None:
        """Send, change and take back orders, and other things, until the end."""
        while not self.stage.over.wait(self.chance.uniform(0.0, 0.04)):
            if not self.stage.session:
                continue
            act = self.chance.choices((self._send, self._withdraw, self._file), (7, 2, 1))[0]
            session = self.stage.session
            if act(session) == {"gate_open"} and session == self.stage.session:
                self.stage.over.wait(0.3)  # until the next session

    def _send(self, session: str) -> set[str]:
        names = self.chance.sample(range(5), self.chance.randint(1, 3))
        return self.do("submit-orders", {"session": session, "orders": [self.order(n) for n in names]}).rules

    def _withdraw(self, session: str) -> set[str]:
        some = [f"o{n}" for n in self.chance.sample(range(5), self.chance.randint(1, 2))]
        what = {"is_all": True} if self.chance.random() < 0.3 else {"names": some}
        return self.do("withdraw-orders", {"session": session} | what).rules

    def _file(self, _session: str) -> set[str]:
        if self.chance.random() < 0.5:
            orders = [self.order(9)] if self.chance.random() < 0.8 else []
            return self.do("set-default-orders", {"market": MARKET, "day": str(DAY), "orders": orders}).rules
        content = base64.b64encode(self.chance.randbytes(200)).decode()
        body = {"company": self.company, "media_type": "text/plain", "content_base64": content}
        return self.do("attach-document", body | {"name": f"{self.seed}-{self.sent + 1}"}).rules

    def order(self, number: int) -> dict:
        """Return a random order of three hours."""
        zone, side = self.chance.choice(("North", "South")), self.chance.choice(("supply", "demand"))
        price = self.chance.randint(0, 100) + (30 if side == "demand" else 0)
        make = block if number % 5 == 4 else curve
        return make(f"o{number}", zone, side, price, self.chance.randint(1, 60), HOURS)

    # --- the officers -------------------------------------------------------------------------

    def hold(self, second: "Caller", name: str, seconds: float) -> bool:
        """Hold one session from its schedule to its final result; False if nobody was up to open it before its gate."""
        now = datetime.now(UTC)
        times = {"opens_at": str(now - timedelta(hours=1)), "gate_at": str(now + timedelta(seconds=seconds))}
        plan = {"market": MARKET, "delivery_day": str(DAY), "kind": "simulation", "name": name}
        session = str(self.do("schedule-session", plan | times).answer["session"])
        self.do("open-session", {"session": session})  # the timetable may be first
        if self.ask(f"/sessions/{session}")["state"] == "scheduled":
            self._by_two(second, "cancel-session", {"session": session, "reason": "nobody was up"})
            return False
        self.stage.session = session
        if self.chance.random() < 0.5:
            self.stage.over.wait(self.chance.uniform(0, seconds))
            self.do("close-session", {"session": session})
        while self.chance.random() < 0.4:
            self._until(session, "cleared")
            self.do("run-session", {"session": session, "reason": "once more"})
        self._until(session, "cleared")
        self._by_two(second, "finalise-session", {"session": session})
        return True

    def _by_two(self, second: "Caller", word: str, body: dict) -> None:
        proposed = self.do(word, body)
        approved = second.do("approve-proposal", {"proposal": proposed.answer["proposal"]})
        assert approved.is_acknowledged, approved

    def _until(self, session: str, state: str) -> None:
        end = time.monotonic() + PATIENCE
        while (found := self.ask(f"/sessions/{session}")["state"]) != state:
            assert time.monotonic() < end, f"{session} stays {found}"
            time.sleep(0.02)
