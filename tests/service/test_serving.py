"""`walras serve` and the commands around the store, as an operator runs them."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

from walras.cli import app, serving
from walras.errors import BadInput
from walras.service.bootstrap import Settings, build, set_up, settings_from, signing_key
from walras.service.client import WalrasClient
from walras.service.queries import ListTrail, WhoAmI
from walras.service.secrets import load_secrets
from walras.service.store.engine import _timeouts, open_store

KEY = re.compile(r"wk_[0-9a-f]{12}_[\w-]{43}")


@pytest.fixture
def run(monkeypatch):
    for name in ("WALRAS_DATA", "WALRAS_DATABASE_URL", "WALRAS_KEYS"):
        monkeypatch.setenv(name, "")  # so that what a command sets is taken back
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(app, [str(w) for w in words])


def test_set_up_shows_keys_once(run, tmp_path):
    first = run("service", "set-up", "--data", tmp_path / "market")
    keys = KEY.findall(first.stdout)
    assert (first.exit_code, len(keys)) == (0, 2)
    second = run("service", "set-up", "--data", tmp_path / "market")
    assert (second.exit_code, KEY.findall(second.stdout)) == (0, [])
    assert (tmp_path / "market" / "keys" / "master.key").stat().st_mode & 0o777 == 0o600
    for key in keys:
        assert key.encode() not in (tmp_path / "market" / "walras.db").read_bytes()


def test_migrate_says_what_it_did(run, tmp_path):
    assert "was brought up" in run("service", "migrate", "--data", tmp_path).stdout
    assert "is up to date" in run("service", "migrate", "--data", tmp_path).stdout


def test_a_newer_store_is_refused_at_the_start(run, tmp_path):
    run("service", "set-up", "--data", tmp_path)
    store = open_store(str(tmp_path / "walras.db"))
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    outcome = run("serve", "--data", tmp_path)
    assert outcome.exit_code == 2
    assert "schema_known" in outcome.stdout + outcome.stderr


def test_a_master_key_that_others_can_read_is_refused(run, tmp_path):
    run("service", "set-up", "--data", tmp_path)
    (tmp_path / "keys" / "master.key").chmod(0o644)
    assert run("serve", "--data", tmp_path).exit_code == 2


@pytest.mark.parametrize("words", [["serve"], ["service", "set-up"], ["service", "migrate"]])
def test_a_command_whose_extra_is_missing_says_its_name(run, monkeypatch, tmp_path, words):
    monkeypatch.setattr(serving, "NEEDED", ("no_such_package",))
    outcome = run(*words, "--data", tmp_path)
    assert outcome.exit_code == 2
    assert "walras[service]" in outcome.stdout + outcome.stderr
    assert list(tmp_path.iterdir()) == []


def test_settings_follow_the_environment(tmp_path):
    found = settings_from({"WALRAS_DATA": "d", "WALRAS_DATABASE_URL": "postgresql://h/db", "WALRAS_KEYS": "k"})
    assert (str(found.data), found.url, str(found.keys_folder)) == ("d", "postgresql://h/db", "k")
    assert str(Settings(tmp_path).keys_folder) == str(tmp_path / "keys")


def test_processes_that_start_at_once_have_the_same_keys(tmp_path):
    """A file of a key is there whole or not at all, and a ring that is missing is made from its key."""
    with ThreadPoolExecutor(8) as pool:
        masters = set(pool.map(load_secrets, [tmp_path / "keys"] * 8))
    store = open_store(str(tmp_path / "walras.db"))
    with ThreadPoolExecutor(8) as pool:
        keys = {k.public_key for k in pool.map(lambda _: signing_key(store, tmp_path / "keys"), range(8))}
    (tmp_path / "keys" / "ring.json").unlink()
    assert (len(masters), len(keys), {signing_key(store, tmp_path / "keys").public_key}) == (1, 1, keys)
    assert sorted(f.name for f in (tmp_path / "keys").iterdir()) == ["master.key", "ring.json", "signing.key"]
    store.close()


def test_officers_are_made_once_on_both_stores(store_url, tmp_path):
    built = build(Settings(tmp_path / "data", store_url))
    officers = set_up(built.store, built.secrets)
    assert [o["user"] for o in officers] == ["U-0001", "U-0002"]
    assert set_up(built.store, built.secrets) == []
    built.close()


@pytest.mark.parametrize(
    ("store_url", "workers", "has_console"), [("sqlite", 1, False), ("postgresql", 2, True)], indirect=["store_url"]
)
def test_serve_answers_and_ends_when_asked(store_url, tmp_path, workers, has_console):
    """The real thing: processes, sockets, two stores."""
    port, console = free_port(), free_port() if has_console else 0
    environment = os.environ | {"WALRAS_DATABASE_URL": store_url, "PYTHONUNBUFFERED": "1"}
    words = ["serve", "--data", tmp_path / "data", "--port", port, "--console-port", console, "--workers", workers]
    with (tmp_path / "output").open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", "from walras.cli import main; main()", *map(str, words)], env=environment,
            stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            wait_for(f"http://127.0.0.1:{port}/ready", process)
            first, second = KEY.findall((tmp_path / "output").read_text())
            with WalrasClient(f"http://127.0.0.1:{port}", first) as client:
                assert client.ask(WhoAmI())["user"] == "U-0001"
                acts = [r["act"] for r in client.pages(ListTrail(stream="members"))]
                assert acts == ["operator set up", "key issued", "key issued"]
            with WalrasClient(f"http://127.0.0.1:{port}", second) as client:
                assert client.ask(WhoAmI())["user"] == "U-0002"
            assert 'path="/v1/me",status="200"} 2.0' in httpx.get(f"http://127.0.0.1:{port}/metrics").text
            if has_console:
                wait_for(f"http://127.0.0.1:{console}/sign-in", process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    text = (tmp_path / "output").read_text()
    assert "Traceback" not in text
    assert ("The console: " in text) is has_console
    assert text.count('"path": "/v1/me"') == 2


def wait_for(url, process):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, "it ended by itself"
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError("it did not answer in time")


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def test_variables_that_the_service_does_not_know_are_refused_at_the_start(run, monkeypatch, tmp_path):
    monkeypatch.setenv("WALRAS_DATABSE_URL", "postgresql://market")
    outcome = run("serve", "--data", tmp_path)
    assert outcome.exit_code == 2
    assert "environment_known" in outcome.stdout + outcome.stderr
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(BadInput) as wrong:
        settings_from({"WALRAS_X": "", "WALRAS_WEBHOOKS_ANYWHERE": "true", "WALRAS_DRILL_KILLS": "1", "PATH": "/"})
    assert [m.rule for m in wrong.value.mistakes] == ["environment_known", "environment_value"]


def test_a_postgresql_that_does_not_answer_is_given_up_after_seconds():
    """An address that never answers counts as a store that cannot be reached; its own limits come first."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        store = open_store(f"postgresql://walras@127.0.0.1:{port}/walras?connect_timeout=2")
        begun = time.monotonic()
        with pytest.raises(OperationalError), store.read():
            pass
        assert 1 < time.monotonic() - begun < 20
        assert _timeouts("postgresql://h/db")["connect_timeout"] == 5
        assert "connect_timeout" not in _timeouts("postgresql://h/db?connect_timeout=2")
        store.close()
