"""A market that lives while a browser looks at it: the played two-state day, a clock that tests set, one console.

The console runs in a thread of this process on the stage's own service, so `stage.at(moment)` moves its
clock and does what is due. Chromium is the system's: no browser is downloaded.
"""

import os
import shutil
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from nicegui import Client, core
from nicegui.testing.general import nicegui_reset_globals
from tests.browser.living import script_folder
from tests.service.rehearsal.conftest import played  # noqa: F401 - the same day for all

from walras.service.bootstrap import Settings
from walras.service.clock import microseconds
from walras.service.console.app import application
from walras.service.rehearsal.cast import Cast
from walras.service.rehearsal.opening import open_market
from walras.service.rehearsal.people import people
from walras.service.rehearsal.script import read_script
from walras.service.rehearsal.stage import Stage, staged_again
from walras.service.store.instance import set_clock

try:
    from playwright.sync_api import sync_playwright
except ImportError:  # `make test` needs no browser; `make test-browser` installs what these tests need
    collect_ignore_glob = ["test_*.py"]

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
QUICK_MS = 60_000


@dataclass
class Market:
    """The stage, its console's address, and who is in it.

    Attributes:
        stage: Moves the clock, does what the worker would do.
        url: Of the console.
        people: Users by the names of their companies.
        companies: Codes by the names of companies.
        sessions: Ids by what they show (`rehearsal.opening`).
        folder: Of the store and its keys.
    """

    stage: Stage
    url: str
    people: dict
    companies: dict
    sessions: dict
    folder: Path


@pytest.fixture(scope="session")
def chromium():
    """The system's Chromium."""
    if not CHROMIUM.exists():
        pytest.fail("there is no Chromium: make test-browser installs it by the system's package manager")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def opened(played, tmp_path_factory):  # noqa: F811
    """The played day with sessions in every state: its folder, ids of the sessions, the time when they were made."""
    folder = tmp_path_factory.mktemp("opened") / "service"
    shutil.copytree(played / "walras-demo" / "service", folder)
    with staged_again(Settings(data=folder)) as stage, script_folder() as script:
        sessions = open_market(Cast(read_script(script), stage))
        return folder, sessions, stage.now()


@pytest.fixture(scope="module")
def market(opened, tmp_path_factory):
    """A console over a copy of that market, at the time when it was made; one for the tests of a module."""
    made, sessions, at = opened
    folder = tmp_path_factory.mktemp("market") / "service"
    shutil.copytree(made, folder)
    with staged_again(Settings(data=folder)) as stage:
        stage.service.store.clock.ahead -= microseconds(stage.now()) - microseconds(at)
        with stage.service.store.write() as connection:
            set_clock(connection, stage.service.store.clock.ahead)
        with stage.service.store.read() as connection:
            found = list(reversed(people(connection)))
        with served_once(stage.service) as url:
            users, companies = ({p.company_name: getattr(p, what) for p in found} for what in ("user", "company"))
            yield Market(stage, url, users, companies, sessions, folder)


@contextmanager
def served_once(service):
    """Serve a console, and let NiceGUI forget it afterwards: it has one application a process."""
    with nicegui_reset_globals():
        core.sio.eio.start_service_task = True
        with served(service) as url:
            yield url


@contextmanager
def served(service):
    """Serve a console on a free port of this machine while the block is open, one at a time."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(application(service), host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, name="console", daemon=True)
    thread.start()
    for _ in range(200):
        if server.started:
            break
        time.sleep(0.05)
    assert server.started, "the console did not start"
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)
        Client.page_routes.clear()  # else NiceGUI takes our modules out of Python with its own


@pytest.fixture
def visit(chromium, market, request):
    """Open a browser of somebody, `visit("BY industry")`, or of the public.

    A page that logs an error, or asks another machine for anything, fails the test.
    """
    opened = []

    def one(name="", *, width=1280, dark=False, language="en-GB"):
        context = chromium.new_context(
            base_url=market.url, viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light",
            locale=language, permissions=["clipboard-read", "clipboard-write"],
        )  # fmt: skip
        context.set_default_timeout(QUICK_MS)
        page = context.new_page()
        page.wrongs = []
        page.on("console", lambda m: page.wrongs.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: page.wrongs.append(str(e)))
        context.on(
            "request", lambda r: page.wrongs.append(f"asks elsewhere: {r.url}") if leaves(market, r.url) else None
        )
        opened.append((context, page))
        if name:
            enter(page, market.people.get(name, name))
        return page

    yield one
    for n, (context, page) in enumerate(opened):
        if os.environ.get("WALRAS_SHOTS") and getattr(request.node, "failed", True):
            page.screenshot(path=f"{os.environ['WALRAS_SHOTS']}/{request.node.name}-{n}.png", full_page=True)
        wrongs = [w for w in page.wrongs if "status of 4" not in w]  # a refusal is an answer
        context.close()
        assert not wrongs, wrongs


def leaves(market, url):
    """Whether a request goes to another machine."""
    return not url.startswith((market.url, market.url.replace("http", "ws"), "data:", "blob:"))


def enter(page, user):
    """Enter the rehearsal as a user."""
    page.goto("/rehearsal")
    page.locator(f'form:has(input[value="{user}"]) button').click()
    page.wait_for_url("**/")


def settled(page):
    """Wait until a page stands still: its socket is connected, and nothing is loaded or added for a while."""
    page.wait_for_function(STILL, polling=100)


STILL = """() => {
  if (document.readyState !== "complete" || (window.createApp && !window.did_handshake)) return false;
  const loaded = performance.getEntriesByType("resource").filter((e) => !e.name.includes("socket.io")).length;
  const count = loaded + document.querySelectorAll("*").length, now = performance.now();
  if (window.lastCount !== count) { window.lastCount = count; window.lastChange = now; }
  return now - window.lastChange > 400;
}"""
