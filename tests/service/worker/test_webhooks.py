"""Notices reach their webhooks once, signed; addresses inside the network are refused."""

import hashlib
import hmac
import json
import socket
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from walras.errors import BadInput
from walras.service import handlers
from walras.service.clock import MINUTE
from walras.service.commands import SetWebhook
from walras.service.roles import SYSTEM, Actor, Role
from walras.service.store import notices
from walras.service.store.schema import deliveries, webhooks
from walras.service.work import Work
from walras.service.worker import addresses
from walras.service.worker.addresses import is_public, parts_of, resolved
from walras.service.worker.webhooks import Sender, send_waiting

assert handlers
MEMBER = Actor(Role.MEMBER, "U-0001M", "M-0001")
ANYWHERE = Sender(anywhere=True, timeout_seconds=5)


@pytest.fixture
def receiver():
    """A server of this machine: `.got` holds what came, `.status` is what it answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.got.append((self.path, dict(self.headers), body))
            self.send_response(server.status)
            if server.status == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.got, server.status = [], 204
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def address(receiver):
    return f"http://localhost:{receiver.server_port}/hook?x=1"


def told(stage, kind="gate closed"):
    with stage.store.write() as connection:
        work = Work(connection, stage.store.clock, SYSTEM, stage.secrets)
        notices.tell(work, "M-0001", kind, "S", {"a": 1}, work.now())


def hooked(stage, url):
    return stage.dispatch().do(MEMBER, SetWebhook(url=url))["secret"]


def states(stage):
    return [d.state for d in stage.rows(deliveries)]


def test_a_notice_is_sent_once_and_its_signature_holds(stage, receiver):
    secret = bytes.fromhex(hooked(stage, address(receiver)))
    told(stage)
    assert send_waiting(stage.store, stage.secrets, ANYWHERE) == 1
    assert send_waiting(stage.store, stage.secrets, ANYWHERE) == 0
    [(path, headers, body)] = receiver.got
    assert path == "/hook?x=1"
    assert headers["Host"] == f"localhost:{receiver.server_port}"
    at, mac = (part.split("=")[1] for part in headers["Walras-Signature"].split(","))
    assert hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest() == mac
    assert json.loads(body)["kind"] == "gate closed"
    assert secret not in stage.rows(webhooks)[0].sealed_secret


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_fails_is_tried_again_later_and_given_up_after_a_day(stage, receiver, status):
    hooked(stage, address(receiver))
    told(stage)
    receiver.status = status
    assert send_waiting(stage.store, stage.secrets, ANYWHERE) == 0
    assert stage.rows(deliveries)[0].error == f"the answer was {status}"
    assert send_waiting(stage.store, stage.secrets, ANYWHERE) == 0
    assert len(receiver.got) == 1, "no second attempt before its time, and no redirect followed"
    stage.store.clock.ahead += MINUTE
    send_waiting(stage.store, stage.secrets, ANYWHERE)
    assert (len(receiver.got), states(stage)) == (2, ["waiting"])
    stage.store.clock.ahead += 24 * 60 * MINUTE
    send_waiting(stage.store, stage.secrets, ANYWHERE)
    assert states(stage) == ["given up"]


def test_a_private_address_is_never_called_unless_allowed(stage, receiver):
    hooked(stage, address(receiver))
    told(stage)
    assert send_waiting(stage.store, stage.secrets, Sender()) == 0
    assert receiver.got == []
    assert stage.rows(deliveries)[0].error == "notices are sent by https only"


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("https://127.0.0.1/", "webhook_public"), ("https://[::1]/", "webhook_public"),
        ("https://10.1.2.3/", "webhook_public"), ("https://169.254.169.254/latest", "webhook_public"),
        ("https://[::ffff:192.168.0.1]/", "webhook_public"), ("https://example.org:8443/", "webhook_https"),
        ("http://example.org/", "webhook_https"), ("https://user:word@example.org/", "webhook_url"),
        ("ftp://example.org/", "webhook_url"), ("https:///x", "webhook_url"), ("https://a b/", "webhook_url"),
        ("https://example.org:x/", "webhook_url"),
    ],
)  # fmt: skip
def test_an_address_that_nobody_outside_can_have_is_refused(url, rule):
    with pytest.raises(BadInput) as caught:
        parts_of(url, anywhere=False)
    assert caught.value.mistakes[0].rule == rule


@pytest.mark.parametrize("numbers", [["10.0.0.7"], ["9.9.9.9", "127.0.0.1"], ["fe80::1%eth0"], ["64:ff9b::a00:1"]])
def test_a_name_that_means_an_inner_machine_is_refused(monkeypatch, numbers):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (n, 443)) for n in numbers]
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(BadInput) as caught:
        resolved("https://example.org/", anywhere=False)
    assert caught.value.mistakes[0].rule == "webhook_public"


def test_the_connection_goes_to_the_number_that_was_checked(monkeypatch):
    answers = [[(0, 0, 0, "", ("9.9.9.9", 443))], [(0, 0, 0, "", ("127.0.0.1", 443))]]
    called = []
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_, **__: answers.pop(0))
    monkeypatch.setattr(
        socket, "create_connection", lambda where, _: called.append(where) or (_ for _ in ()).throw(OSError("no"))
    )
    assert "OSError" in Sender().send("https://example.org/", {}, b"")
    assert called == [("9.9.9.9", 443)]


def test_multicast_and_translated_addresses_are_not_public():
    assert not any(map(is_public, ["224.0.0.1", "2002:7f00:1::", "0.0.0.0", "100.64.0.1", "fc00::1"]))
    wrapped = ["::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1", "64:ff9b::a00:1", "fec0::1"]
    assert not any(map(is_public, wrapped))
    assert is_public("2606:4700:4700::1111")


def test_a_company_that_stops_its_webhook_gets_nothing_more(stage, receiver):
    hooked(stage, address(receiver))
    told(stage)
    stage.dispatch().do(MEMBER, SetWebhook(url=None))
    told(stage)
    assert send_waiting(stage.store, stage.secrets, ANYWHERE) == 0
    assert states(stage) == ["stopped"]
    assert receiver.got == []


def test_a_receiver_that_drips_bytes_holds_up_nobody():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip():
            link, _ = server.accept()
            with link, suppress(OSError):
                link.sendall(b"HTTP/1.1 ")
                for _ in range(100):
                    link.sendall(b"2")
                    time.sleep(0.1)

        threading.Thread(target=drip, daemon=True).start()
        begun = time.monotonic()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
        assert Sender(anywhere=True, timeout_seconds=0.5).send(address, {}, b"{}")
        assert time.monotonic() - begun < 3
