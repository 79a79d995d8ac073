"""One user at the console: an authenticator, and hashes that cost nothing."""

import re

from sqlalchemy import select

from walras.errors import BadInput, Problem
from walras.service import commands as c
from walras.service.clock import SECOND
from walras.service.permissions import NotKnown
from walras.service.sign_in import actor_of, sign_in
from walras.service.sign_in.codes import STEP, code_at
from walras.service.sign_in.guard import Attempts, Guard
from walras.service.sign_in.hashing import Hasher
from walras.service.store.schema import trail

PASSWORD = "salt in the sea"
ADDRESS = "192.0.2.7"


class Watched(Hasher):
    """A hasher that notes what it is asked: whether there was a hash to compare with."""

    def is_right(self, held, password):
        self.asked = [*getattr(self, "asked", []), held is not None]
        return super().is_right(held, password)


def cheap():
    """Limits that nobody reaches, and argon2 with as little as it takes."""
    return Guard(Watched(time_cost=1, memory_kib=8, lanes=1), Attempts(1e9, 10**9), Attempts(1e9, 10**9))


class Person:
    """A company's user in a world."""

    def __init__(self, world, who, guard):
        self.world, self.who, self.guard = world, who, guard
        self.user, self.secret = world.users[who], ""

    def enrol(self, password=PASSWORD):
        """Enrol and confirm."""
        answer = self.do(c.EnrolForConsole(password=password))
        self.secret = answer["secret"]
        self.do(c.ConfirmEnrolment(code=self.code()))
        return self

    def do(self, command, key=None):
        return self.world.client(self.who).do(command, key)

    def wait(self, seconds):
        self.world.store.clock.ahead += int(seconds * SECOND)

    def shown(self, steps=0):
        """What the authenticator shows now, or some steps from now."""
        with self.world.store.read() as connection:
            return code_at(self.secret, self.world.store.clock.now(connection) + steps * STEP)

    def code(self):
        """A code that was not used: wait for the next one."""
        self.wait(30)
        return self.shown()

    def sign_in(self, password=PASSWORD, code=None, user=None, address=ADDRESS):
        code = self.code() if code is None else code
        world = self.world
        return sign_in(world.store, world.secrets, user or self.user, password, code, address, self.guard)

    def refused(self, **tried):
        """What a sign-in that is refused says."""
        try:
            self.sign_in(**tried)
        except NotKnown as error:
            return error.mistake
        raise AssertionError("it was let in")

    def actor(self, token, **more):
        return actor_of(self.world.store, self.world.secrets, token, **more)

    def over(self, token, **more):
        """By which rule a token is refused."""
        try:
            self.actor(token, **more)
        except NotKnown as error:
            return error.mistake.rule
        raise AssertionError("it holds")


def rules(call, *given, **more):
    """Rules by which a command is refused."""
    try:
        call(*given, **more)
    except (BadInput, Problem) as error:
        return [m.rule for m in error.mistakes]
    raise AssertionError("it was done")


def acts(store, pattern):
    """Acts of the trail that a pattern finds, in their order."""
    with store.read() as connection:
        found = connection.execute(select(trail.c.stream, trail.c.act).order_by(trail.c.id)).all()
    return [f"{r.stream}: {r.act}" for r in found if re.search(pattern, r.act)]
