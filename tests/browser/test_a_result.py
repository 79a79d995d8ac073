"""What becomes of a result: a member objects, an officer answers, two make it final, and others check it."""

import pytest
from tests.browser.conftest import settled
from typer.testing import CliRunner

from walras.cli import app
from walras.service.clock import SECOND
from walras.service.store.schema import sessions

pytestmark = pytest.mark.browser
MEMBER, REGULATOR = "BY power supplier", "Regulator of the common market"
OFFICERS = ("U-0001", "U-0002")
WHY = "The price of the evening is not ours."


def row_of(market, session):
    """A session as the store has it."""
    with market.stage.service.store.read() as connection:
        return connection.execute(sessions.select().where(sessions.c.id == session)).one()


def after_the_window(market, session):
    """Move the clock past the time for objections."""
    clock = market.stage.service.store.clock
    with market.stage.service.store.read() as connection:
        clock.ahead += row_of(market, session).objections_until - clock.now(connection) + 2 * SECOND


def open_at(page, address):
    page.goto(address)
    settled(page)


def object_to(page, session):
    open_at(page, f"/results/{session}")
    page.get_by_label("Text").fill(WHY)
    page.get_by_role("button", name="Object", exact=True).click()
    page.locator('[aria-label="Objections"]').get_by_text(WHY).wait_for()


def answer(page, session):
    open_at(page, f"/sessions/{session}")
    page.get_by_text(WHY).wait_for()
    page.get_by_role("button", name="Answer", exact=True).click()
    form = page.get_by_role("dialog")
    form.get_by_label("Verdict").click()
    page.get_by_role("option", name="dismiss").click()
    form.get_by_label("Text").fill("It is what the orders say.")
    form.get_by_role("button", name="Send").click()
    page.get_by_text("Answer: It is what the orders say.").wait_for()


def test_a_result_is_objected_to_answered_made_final_by_two_and_verified(visit, market, tmp_path):
    session = market.sessions["preliminary"]
    member, first, second = visit(MEMBER), visit(OFFICERS[0]), visit(OFFICERS[1])
    object_to(member, session)
    answer(first, session)
    open_at(member, f"/results/{session}")
    member.get_by_text("It is what the orders say.").wait_for()

    after_the_window(market, session)
    open_at(first, f"/sessions/{session}")
    first.get_by_role("button", name="Make final").click()
    first.get_by_role("dialog").get_by_text("A second officer has to approve this.").wait_for()
    first.get_by_role("dialog").get_by_role("button", name="Send").click()
    first.get_by_text("proposed by U-0001, waits for a second officer").wait_for()
    assert row_of(market, session).state == "cleared"
    first.get_by_role("link", name="Look at the proposal").click()
    first.get_by_text("You proposed this: another officer has to approve it.").wait_for()
    assert first.get_by_role("button", name="Approve").count() == 0

    open_at(second, "/proposals")
    second.get_by_role("link", name="Look at it and decide").click()
    second.get_by_role("button", name="Approve").click()
    second.get_by_role("dialog").get_by_role("button", name="Send").click()
    second.get_by_role("button", name="Approve").wait_for(state="detached")
    assert row_of(market, session).state == "final"
    market.stage.work()

    reader = visit()
    open_at(reader, f"/public/{session}")
    with reader.expect_download() as bundle:
        reader.locator(f'a[href*="{session}"][href*="public.zip"]').first.click()
    kept = tmp_path / "bundle.zip"
    bundle.value.save_as(kept)
    ring = market.folder / "keys" / "ring.json"
    checked = CliRunner().invoke(app, ["verify", str(kept), "--ring", str(ring)])
    assert checked.exit_code == 0, checked.output
    kept.write_bytes(kept.read_bytes()[:-60] + b"x" * 60)
    assert CliRunner().invoke(app, ["verify", str(kept), "--ring", str(ring)]).exit_code != 0

    regulator_replays(visit(REGULATOR), session)


def regulator_replays(page, session):
    open_at(page, f"/replay?market=two-states&session={session}")
    page.get_by_role("button", name="Replay").click()
    page.get_by_text("Everything that was checked is the same.").wait_for(timeout=60_000)
    open_at(page, "/exports")
    with page.expect_download() as bundle:
        page.locator(f'a[href*="get-bundle"][href*="{session}"][href*="regulator"]').first.click()
    assert bundle.value.suggested_filename == f"bundle-{session}-regulator.zip"
