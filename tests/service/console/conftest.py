"""A console over the played day of two states, and people who walk through it without a browser."""

import asyncio
import gc
import shutil
from functools import partial

import pytest
from nicegui import Client, core
from nicegui.testing.user_simulation import user_simulation
from tests.service.console.walking import PATIENCE
from tests.service.rehearsal.conftest import played  # noqa: F401 - the same day for all

from walras.service.bootstrap import Settings, build
from walras.service.console import app as console
from walras.service.console.guard import TOKEN
from walras.service.roles import Actor, Role
from walras.service.store.schema import companies, users


class Console:
    """A console that believes who somebody says to be; what each may do is still decided behind it.

    Attributes:
        service: A copy of the played day, to be changed at will.
    """

    def __init__(self, folder):
        self.service = build(Settings(data=folder))
        with self.service.store.read() as connection:
            joined = users.join(companies, companies.c.code == users.c.company)
            rows = connection.execute(joined.select()).all()
        self.people = {row.name: Actor(Role(row.role), row.id, row.company) for row in reversed(rows)}
        self.second_officer = next(Actor(Role.OPERATOR, r.id, "OP") for r in reversed(rows) if r.company == "OP")

    def who(self, name):
        """Return the actor of a company's name (`Operator` is the first officer)."""
        return self.people[name]

    def walk(self, who, steps):
        """Let somebody walk: `steps` is an async function of a NiceGUI user."""

        async def run():
            async with user_simulation(root=lambda: None) as user:
                user.should_see = partial(user.should_see, retries=PATIENCE)
                user.should_not_see = partial(user.should_not_see, retries=PATIENCE)
                try:
                    console.pages_on(self.service)
                    user.http_client.cookies.set(TOKEN, f"{who.role}:{who.user}:{who.company}")
                    await steps(user)
                finally:
                    for client in list(Client.instances.values()):
                        client.outbox.stop()  # a cancellation that meets a message is lost in Python 3.11
                    Client.page_routes.clear()  # else NiceGUI takes our modules out of Python with its own
                    core.app.config.binding_refresh_interval = None

        asyncio.run(run())


@pytest.fixture(scope="module")
def two_states(played, tmp_path_factory):  # noqa: F811
    """A console on a copy of the two states' day, one for the tests of a module."""
    folder = tmp_path_factory.mktemp("console") / "service"
    shutil.copytree(played / "walras-demo" / "service", folder)
    console = Console(folder)
    gc.collect()
    gc.freeze()  # NiceGUI collects before and after each walk: not all that the tests before have left as well
    yield console
    console.service.close()


@pytest.fixture
def changed_states(played, tmp_path):  # noqa: F811
    """A console on a copy for one test that leaves the market otherwise than the others want it."""
    folder = tmp_path / "service"
    shutil.copytree(played / "walras-demo" / "service", folder)
    console = Console(folder)
    yield console
    console.service.close()


@pytest.fixture(autouse=True)
def believed(monkeypatch):
    """Take a token for what it says; the laws of sign-in are tested in `tests/service/sign_in`."""
    from walras.service.console import desk, files

    def actor_of(_store, _secrets, token, **_more):
        role, user, company = token.split(":")
        return Actor(Role(role), user, company)

    monkeypatch.setattr(console, "actor_of", actor_of)
    monkeypatch.setattr(desk, "actor_of", actor_of)
    monkeypatch.setattr(files, "actor_of", actor_of)
