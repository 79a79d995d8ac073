"""The plain forms over HTTP: how much and how often they take, and the way back of a screen whose sign-in ended."""

import re

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from tests.service.in_process import client_of
from tests.service.sign_in.person import Person

from walras.service.console.desk import CLAIMS, Desk, SignedOut
from walras.service.console.entrance import MOST_FORM_BYTES, router
from walras.service.console.guard import TOKEN, Guard
from walras.service.sign_in.guard import APPLICATIONS_AN_HOUR, Attempts
from walras.service.store.schema import companies

ASKED = {"role": "member", "country": "NO", "contact_name": "Ada Example", "contact_email": "ada@example.org"}


@pytest.fixture
def forms(small_world, guard):
    """Somebody at an address who fills in forms."""
    app = FastAPI()
    app.include_router(router(small_world))
    app.add_middleware(Guard)
    with client_of(app) as client:
        yield client


@pytest.fixture
def desk(small_world, ada):
    """A screen of Ada whose sign-in has ended."""
    token = ada.sign_in().token
    found = Desk(small_world, ada.actor(token), token, str)
    ada.wait(31 * 60)
    with pytest.raises(SignedOut):
        found.check()
    found.is_over = True
    return found


def again(forms, secret, token, **more):
    """What the browser hears that hands over its sign-in."""
    return forms.post("/sign-in/again", data={"secret": secret}, headers={"Cookie": f"{TOKEN}={token}"} | more)


def test_so_many_companies_apply_from_one_address(small_world, forms, guard):
    guard.applications = Attempts(APPLICATIONS_AN_HOUR / 3600, APPLICATIONS_AN_HOUR)
    with small_world.store.read() as connection:
        before = connection.scalar(select(func.count()).select_from(companies))
    assert forms.post("/apply", data=ASKED).status_code == 422, "one with mistakes does not count"
    answers = [forms.post("/apply", data=ASKED | {"name": f"Hydro {n}"}) for n in range(APPLICATIONS_AN_HOUR + 5)]
    assert [a.status_code for a in answers] == [200] * APPLICATIONS_AN_HOUR + [429] * 5
    assert re.search(r"Try again in \d min", answers[-1].text)
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 360
    with small_world.store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(companies)) == before + APPLICATIONS_AN_HOUR


@pytest.mark.parametrize("form", ["/apply", "/enrol"])
def test_an_address_sends_so_many_forms(forms, guard, form):
    guard.addresses = Attempts(rate=0.001, burst=2)
    assert [forms.post(form, data={}).status_code for _ in range(3)] == [422, 422, 429]


@pytest.mark.parametrize("form", ["/sign-in", "/enrol", "/apply", "/sign-in/again"])
def test_a_form_that_is_too_long_is_refused_however_it_comes(forms, form):
    content = b"name=" + b"x" * MOST_FORM_BYTES
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert forms.post(form, content=content, headers=headers).status_code == 413
    chunked = forms.post(form, content=iter([content[:9000], content[9000:]]), headers=headers)
    assert "content-length" not in chunked.request.headers
    assert chunked.status_code == 413


def test_a_screen_goes_on_with_the_next_sign_in_of_its_user(forms, desk, ada):
    token = ada.sign_in().token
    assert again(forms, CLAIMS.give(desk), token).status_code == 204
    assert (desk.token, desk.is_over) == (token, False)
    desk.check()


def test_a_secret_counts_once_for_one_screen_and_one_minute(forms, desk, ada, monkeypatch):
    token, before = ada.sign_in().token, desk.token
    assert again(forms, "guessed", token).status_code == 404
    older, secret = CLAIMS.give(desk), CLAIMS.give(desk)
    assert again(forms, older, token).status_code == 404
    assert again(forms, secret, "no token").status_code == 403
    assert again(forms, secret, token).status_code == 404
    monkeypatch.setattr(CLAIMS, "seconds", -1.0)
    assert again(forms, CLAIMS.give(desk), token).status_code == 404
    assert desk.token == before


def test_a_screen_is_not_handed_to_somebody_else_nor_from_another_site(small_world, forms, desk, ada, guard):
    watcher, before = Person(small_world, "R-0001", guard).enrol(), desk.token
    assert again(forms, CLAIMS.give(desk), watcher.sign_in().token).status_code == 409
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert again(forms, CLAIMS.give(desk), ada.sign_in().token, **elsewhere).status_code == 403
    assert (desk.token, desk.is_over) == (before, True)
