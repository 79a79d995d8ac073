"""Files at a page: their length and the sign-in are looked at before they are read."""

import asyncio
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from tests.service.in_process import client_of

from walras.service.api.limits import Limits
from walras.service.console import desk as desks
from walras.service.console import guard
from walras.service.console.desk import Declined, Desk, SignedOut
from walras.service.console.pages.grid import meter_sheet
from walras.service.console.pages.orders import uploading
from walras.service.permissions import NotKnown
from walras.service.roles import Actor, Role


class Unread:
    """A file that must not be read."""

    name = "orders.csv"

    def __init__(self, size):
        self.size = lambda: size

    async def read(self):
        raise AssertionError("it was read")


@pytest.fixture
def desk():
    return Desk(SimpleNamespace(store=None, secrets=None), Actor(Role.MEMBER, "U-0009", "M-0009"), "token", str)


def boxes(desk):
    """The handlers of the pages that take a file, with the most that each takes."""
    orders = uploading.UploadBox.__new__(uploading.UploadBox)
    meter = meter_sheet.MeterSheet.__new__(meter_sheet.MeterSheet)
    orders.desk = meter.desk = desk
    orders.box = meter.upload = SimpleNamespace(reset=lambda: None)
    return {orders._taken: desks.MOST_BYTES, meter._read: meter_sheet.MOST_BYTES}


def test_a_file_that_is_too_long_is_not_read(desk, monkeypatch):
    monkeypatch.setattr(desks, "actor_of", lambda *_given, **_more: desk.actor)
    for take, most in boxes(desk).items():
        with pytest.raises(Declined, match="too long"):
            asyncio.run(take(SimpleNamespace(file=Unread(most + 1))))


def test_a_file_of_somebody_who_is_signed_out_is_not_read(desk, monkeypatch):
    def over(*_given, **_more):
        raise NotKnown(desks.Mistake("this sign-in has ended", "sign-in", "sign_in_ended", "Sign in again."))

    monkeypatch.setattr(desks, "actor_of", over)
    for take in boxes(desk):
        with pytest.raises(SignedOut):
            asyncio.run(take(SimpleNamespace(file=Unread(10))))


def test_pages_take_files_as_long_as_the_api_does():
    assert Limits().file_bytes == desks.MOST_BYTES
    assert Limits().body_bytes == meter_sheet.MOST_BYTES


def test_more_bytes_than_the_longest_file_are_cut_off_while_they_come(monkeypatch):
    monkeypatch.setattr(guard, "MOST_BODY_BYTES", 1000)
    app = FastAPI()

    @app.post("/upload")
    async def upload(request: Request):
        async with request.form() as form:
            return [await file.read() for file in form.values()]

    app.add_middleware(guard.Guard)
    head = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    with client_of(app) as client:
        for size, status in ((900 - len(head), 200), (1001, 413)):
            parts = [head, b"a" * size, b"\r\n--x--\r\n"]
            assert client.post("/upload", content=iter(parts), headers=headers).status_code == status
            assert client.post("/upload", content=b"".join(parts), headers=headers).status_code == status
