"""A certified result of the bundled market in a store, and a client that asks for what is public of it."""

import asyncio
import shutil

import httpx
import pytest
from fastapi import FastAPI
from tests.service.worker.stage import Stage

from walras.results.publication import SigningKey
from walras.service.publication.routes import router
from walras.service.secrets import load_secrets
from walras.service.store.engine import open_store
from walras.service.worker.certified import certified

KEY = SigningKey.from_seed(b"s" * 32)


@pytest.fixture(scope="module")
def published(sqlite_model, tmp_path_factory):
    """A folder with a store of one session that has a certified result, and its secrets; to be copied."""
    folder = tmp_path_factory.mktemp("published")
    shutil.copy(sqlite_model, folder / "walras.db")
    store = open_store(str(folder / "walras.db"))
    made = Stage("sqlite", "", store, load_secrets(folder / "secrets"), folder).filled()
    assert made.runner(publish=certified(KEY)).once() == "done"
    with store.engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return folder


@pytest.fixture
def stage(published, tmp_path):
    shutil.copytree(published, tmp_path, dirs_exist_ok=True)
    store = open_store(str(tmp_path / "walras.db"))
    yield Stage("sqlite", "", store, load_secrets(tmp_path / "secrets"), tmp_path)
    store.close()


class Client:
    """Asks an application without a server."""

    def __init__(self, app):
        self.transport = httpx.ASGITransport(app)

    def get(self, address, method="GET", **given):
        async def ask():
            async with httpx.AsyncClient(transport=self.transport, base_url="http://walras") as client:
                return await client.request(method, address, **given)

        return asyncio.run(ask())

    def head(self, address):
        return self.get(address, "HEAD")


@pytest.fixture
def public(stage):
    app = FastAPI()
    app.include_router(router(stage.store))
    return Client(app)
