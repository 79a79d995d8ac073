"""Ways into the console: apply, enrol with a key, sign in with a password and a one-time code, be signed out."""

import re

import pytest
from tests.browser.conftest import enter, settled

pytestmark = pytest.mark.browser
PASSWORD = "nine bright lanterns"


def code_of(market, user):
    """The one-time code that an authenticator shows now."""
    from walras.service.rehearsal.entering import current_code

    return current_code(market.stage.service.store, market.stage.service.secrets, user)


def key_of(market, user):
    """A fresh API key of a user, as the operator hands it over."""
    from walras.service.roles import SYSTEM
    from walras.service.store import users
    from walras.service.work import Work

    service = market.stage.service
    with service.store.write() as connection:
        work = Work(connection, service.store.clock, SYSTEM, service.secrets)
        return users.add_key(work, user, (), 90, work.now())["key"]


def test_a_company_applies_and_each_mistake_stands_at_its_field(visit):
    page = visit()
    page.goto("/apply")
    page.fill("#name", "Northern Hydro")
    page.fill("#country", "Norway")
    page.fill("#contact_name", "Ada Example")
    page.fill("#contact_email", "nobody")
    page.click("button")
    assert page.locator("[aria-invalid]").count() == 2
    assert page.input_value("#name") == "Northern Hydro"
    page.fill("#country", "NO")
    page.fill("#contact_email", "ada@example.org")
    page.click("button")
    assert re.search(r"M-\d{4}", page.inner_text("main"))


def test_a_person_enrols_signs_in_and_signs_out(visit, market):
    page, user = visit(), market.people["BY industry"]
    page.goto("/enrol")
    page.fill("#key", key_of(market, user))
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD + "!")
    page.click("button")
    assert page.locator("#again-wrong").is_visible()
    page.fill("#key", key_of(market, user))
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("button")
    assert page.locator("img").is_visible()
    page.fill("#code", code_of(market, user))
    page.click("button")
    page.get_by_role("link", name="Sign in").click()
    page.fill("#user", user)
    page.fill("#password", "not this one at all")
    page.fill("#code", "000000")
    page.click("button")
    assert page.locator("[role=alert]").is_visible()
    forward(market, 31)  # a code counts once
    page.fill("#password", PASSWORD)
    page.fill("#code", code_of(market, user))
    page.click("button")
    page.wait_for_url("**/")
    settled(page)
    page.get_by_role("button", name=user).click()
    page.get_by_text("My sign-in").click()
    page.wait_for_url("**/me")
    settled(page)
    [cookie] = [c for c in page.context.cookies() if c["name"] == "walras-sign-in"]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    assert cookie["value"] not in page.content()
    page.get_by_role("button", name=user).click()
    page.get_by_text("Sign out").click()
    page.wait_for_url("**/sign-in")
    page.goto("/me")
    assert "/sign-in" in page.url


def test_a_sign_in_that_ends_says_so_and_loses_nothing_that_was_typed(visit, market):
    page = visit("Operator")
    page.goto("/acts/schedule-session")
    page.get_by_label("Market").fill("two-states")
    forward(market, 31 * 60)
    page.get_by_role("button", name="Send").click()
    page.get_by_text("You are signed out").wait_for()
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("Nobody is signed in yet").wait_for()
    beside = page.context.new_page()
    enter(beside, market.people["BY industry"])
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("Somebody else is signed in now").wait_for()
    enter(beside, market.people["Operator"])
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Go on").wait_for(state="hidden")
    assert page.get_by_label("Market").input_value() == "two-states"
    page.get_by_role("button", name="Send").click()
    page.locator(".problems-list li").first.wait_for()
    assert page.get_by_text("You are signed out").locator("visible=true").count() == 0


def test_a_screen_that_watches_says_once_that_its_sign_in_has_ended_and_looks_on_afterwards(visit, market, monkeypatch):
    from walras.service.console.pages.orders import session

    monkeypatch.setattr(session, "WATCH_SECONDS", 0.2)
    page = visit("BY industry")
    page.goto(f"/orders/{market.sessions['open']}")
    settled(page)
    forward(market, 31 * 60)
    page.get_by_text("You are signed out").wait_for()
    page.wait_for_timeout(1500)
    assert page.get_by_role("button", name="Go on").count() == 1
    enter(page.context.new_page(), market.people["BY industry"])
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Go on").wait_for(state="hidden")
    forward(market, 31 * 60)
    page.get_by_text("You are signed out").wait_for()  # it looked, and heard so again


def test_other_sites_cannot_act_here(market):
    import httpx

    for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert httpx.post(f"{market.url}/sign-out", headers=headers).status_code == 403
        socket = f"{market.url}/_nicegui_ws/socket.io/?EIO=4&transport=polling"
        assert httpx.get(socket, headers=headers).status_code == 403
    answer = httpx.get(f"{market.url}/sign-in")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def forward(market, seconds):
    """Move the market's clock."""
    market.stage.service.store.clock.ahead += seconds * 1_000_000
