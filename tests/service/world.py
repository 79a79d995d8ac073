"""A market's people: a company of each role, two members, users and keys, and the API on their store."""

import io
import json

from sqlalchemy import insert
from tests.service.in_process import client_of

from walras.results.publication import SigningKey
from walras.service import handlers  # noqa: F401 - fills the registry
from walras.service.api.app import application
from walras.service.api.limits import Limits
from walras.service.api.watching import log_to
from walras.service.bootstrap import set_up
from walras.service.client import WalrasClient
from walras.service.dispatch import Dispatch
from walras.service.door import Door
from walras.service.publication.routes import router
from walras.service.roles import SYSTEM, Role
from walras.service.store import users
from walras.service.store.schema import companies, counters
from walras.service.work import Work

PEOPLE = {"M-0001": Role.MEMBER, "M-0002": Role.MEMBER, "S-0001": Role.SYSTEM_OPERATOR, "R-0001": Role.REGULATOR}
WHO = {
    Role.OPERATOR: "OP", Role.MEMBER: "M-0001", Role.SYSTEM_OPERATOR: "S-0001", Role.REGULATOR: "R-0001",
    Role.PUBLIC: "",
}  # fmt: skip
MANY = Limits(key_rate=1e9, key_burst=10**9, address_rate=1e9, address_burst=10**9)
DEFINITION = {
    "name": "Two zones", "currency": "EUR", "time_zone": "Europe/Berlin", "profile": "european",
    "zones": [{"zone": "A", "country": "DE"}, {"zone": "B", "country": "FR"}],
    "grids": [
        {"zone": z, "carrier": "electricity", "mtu_minutes": 60, "price_min_per_mwh": -500, "price_max_per_mwh": 4000,
         "price_tick_per_mwh": 0.01, "quantity_tick_mw": 0.1} for z in "AB"
    ],
}  # fmt: skip


class World:
    """Keys by company: `OP` and `OP-2` are two officers."""

    def __init__(self, store, secrets, limits=MANY):
        self._meet(store, secrets)
        first, second = set_up(store, secrets)
        self.keys = {"OP": first["key"], "OP-2": second["key"]}
        self.users = {"OP": first["user"], "OP-2": second["user"]}
        self._add_companies()
        self._open(limits)

    @classmethod
    def of_copy(cls, store, secrets, other):
        """A world of its own on a copy of the store of `other`, whose people keep their keys."""
        world = cls.__new__(cls)
        world._meet(store, secrets)
        world.keys, world.users = dict(other.keys), dict(other.users)
        world._open(MANY)
        return world

    def _meet(self, store, secrets):
        self.store, self.secrets, self.dispatch = store, secrets, Dispatch(store, secrets)

    def _open(self, limits):
        self.log = io.StringIO()
        key = SigningKey.from_seed(b"s" * 32)
        self.door = Door(self.dispatch, lambda document, at: json.loads(key.sign(document, at).to_bytes()))
        self.door.start()
        self.app = application(self.dispatch, self.door, limits, log_to(self.log))
        self.app.include_router(router(self.store))
        self.http = client_of(self.app)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.http.close()
        self.door.stop()

    def client(self, who=""):
        """The typed client of a company's user, of the public for no name."""
        return WalrasClient("", self.keys[who] if who else "", http=self.http, tries=1)

    def headers(self, who=""):
        return {"Authorization": f"Bearer {self.keys[who]}"} if who else {}

    def post(self, word, body, who="OP", **headers):
        """Send a command as bytes or as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send(f"/commands/{word}", content, who, **named)

    def send(self, path, content, who="OP", **headers):
        """Send bytes, JSON unless a header says otherwise."""
        given = {"Content-Type": "application/json"} | self.headers(who) | headers
        return self.http.post("/v1" + path, content=content, headers=given)

    def get(self, path, who="OP", **more):
        return self.http.get("/v1" + path, headers=self.headers(who), **more)

    def lines(self):
        """The lines of the log."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def by_two(self, command):
        """Carry out a critical command: one officer proposes, the other approves."""
        proposed = self.client("OP").do(command)
        return self.client("OP-2").approve(proposed["proposal"])["answer"]

    def add_key(self, *names):
        """Give users of companies another key and use it from now on."""
        with self.store.write() as connection:
            work = Work(connection, self.store.clock, SYSTEM, self.secrets)
            for who in names:
                self.keys[who] = users.add_key(work, self.users[who], (), 90, work.now())["key"]

    def _add_companies(self):
        with self.store.write() as connection:
            work = Work(connection, self.store.clock, SYSTEM, self.secrets)
            at = work.now()
            connection.execute(insert(counters).values(name="M", value=100))  # applicants come after these
            for code, role in PEOPLE.items():
                connection.execute(
                    insert(companies).values(
                        code=code, role=role.value, name=f"Company {code}", country="DE", identifiers="[]",
                        state="active", since=at,
                    )
                )  # fmt: skip
                self.users[code] = users.add_user(work, code, role, "Ada Example", "ada@example.invalid", at)
                self.keys[code] = users.add_key(work, self.users[code], (), 90, at)["key"]
            work.finish()
