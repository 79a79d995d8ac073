"""A member's part of a result: the money that the settlement says, every order explained, objections in time."""

import pytest
from nicegui import ui
from sqlalchemy import update

from walras.errors import BadInput
from walras.service import queries as q
from walras.service.clock import SECOND
from walras.service.permissions import NotAllowed
from walras.service.readers import ask
from walras.service.store.schema import sessions

SESSION = "two-states-2026-01-24-da"
FLEET, SUPPLIER = "BY gas-fired fleet", "BY power supplier"
TRADERS = (FLEET, SUPPLIER, "BY nuclear plant", "BY gas supplier and store", "BY refineries", "RU-west gas-fired fleet")
CELL = ("zone", "carrier", "mtu_start", "side")


def answer(console, who, query):
    return ask(console.service.store, console.service.secrets, console.who(who), query)


@pytest.mark.parametrize("who", TRADERS)
def test_a_member_reads_the_energy_and_money_that_its_statement_says(two_states, who):
    own = answer(two_states, who, q.GetOwnResult(session=SESSION))
    found = answer(two_states, who, q.GetStatementLines(session=SESSION, run=1))
    assert found["next"] is None
    lines = [line for line in found["items"] if line["kind"] == "energy"]
    settled = {tuple(r[c] for c in CELL): (r["energy_mwh"], r["price_per_mwh"], r["amount_minor"]) for r in lines}
    read = {tuple(r[c] for c in CELL): (r["energy_mwh"], r["price_per_mwh"], r["amount_minor"]) for r in own["cells"]}
    accepted = {cell: values for cell, values in read.items() if values[0]}
    assert accepted.keys() == settled.keys()
    for cell, (energy, price, minor) in accepted.items():
        assert (energy, price) == pytest.approx(settled[cell][:2])
        assert minor == settled[cell][2]
    assert sum(r["amount_minor"] for r in own["totals"]) == sum(r["amount_minor"] for r in lines)


def test_every_order_is_explained_and_its_steps_add_up(two_states):
    own = answer(two_states, FLEET, q.GetOwnResult(session=SESSION))
    sent = {i["name"] for i in answer(two_states, FLEET, q.ListOrders(session=SESSION, limit=1000))["items"]}
    assert {o["order"] for o in own["orders"]} == sent
    assert all(r["offered_mw"] >= r["accepted_mw"] - 1e-6 for r in own["cells"])
    for order in own["orders"]:
        rows = answer(two_states, FLEET, q.ListExplanations(session=SESSION, order=order["order"], limit=1000))["items"]
        whole = [r for r in rows if r["step"] == 0] or rows
        assert sum(r["accepted_mwh"] for r in whole) == pytest.approx(order["accepted_mwh"])
        assert all(r["remark"] for r in rows)
    page = answer(two_states, FLEET, q.ListExplanations(session=SESSION, limit=7))
    again = answer(two_states, FLEET, q.ListExplanations(session=SESSION, limit=7, after=page["next"]))
    assert [r["row"] for r in page["items"] + again["items"]] == list(range(1, 15))


def test_nobody_reads_another_members_result_but_those_who_watch(two_states):
    supplier = two_states.who(SUPPLIER).company
    with pytest.raises(NotAllowed):
        answer(two_states, FLEET, q.GetOwnResult(session=SESSION, member=supplier))
    watched = answer(two_states, "Operator", q.GetOwnResult(session=SESSION, member=supplier))
    assert watched["cells"] == answer(two_states, SUPPLIER, q.GetOwnResult(session=SESSION))["cells"]
    with pytest.raises(BadInput, match="artefact_known"):
        answer(two_states, FLEET, q.GetOwnResult(session=SESSION, version=9))


def test_the_page_shows_money_prices_volumes_and_the_reason_of_each_order(two_states):
    own = answer(two_states, FLEET, q.GetOwnResult(session=SESSION))

    async def steps(user):
        await user.open("/results")
        await user.open(f"/results/{SESSION}")
        await user.should_see("final")
        await user.should_see("you pay for energy, all zones and carriers together")
        assert len(user.find(ui.echart).elements) == 1 + len({(r["zone"], r["carrier"]) for r in own["cells"]})
        with user:
            tables = {e.props["aria-label"]: e for e in user.find(ui.table).elements}
        explained = tables["Your orders, explained"]
        assert {r["key"] for r in explained.rows} == {o["order"] for o in own["orders"]}
        user.find(ui.table).trigger("act", ["why", "BY-reserve"])
        await user.should_see("Why BY-reserve got what it got")

    two_states.walk(two_states.who(FLEET), steps)


def preliminary(console):
    """Let the result of the session be preliminary for ten minutes."""
    store = console.service.store
    with store.write() as connection:
        until = store.clock.now(connection) + 600 * SECOND
        change = update(sessions).where(sessions.c.id == SESSION).values(state="cleared", objections_until=until)
        connection.execute(change)


def test_a_member_objects_while_the_result_is_preliminary(changed_states):
    preliminary(changed_states)

    async def steps(user):
        await user.open(f"/results/{SESSION}")
        await user.should_see("preliminary")
        await user.should_see("You may object for another")
        user.find("Text").type("The price of MTU 7 is not ours.")
        user.find(marker="send-raise-objection").click()
        await user.should_see("Done.")

    changed_states.walk(changed_states.who(FLEET), steps)
    [raised] = answer(changed_states, FLEET, q.ListObjections(session=SESSION))["items"]
    assert (raised["state"], raised["text"]) == ("raised", "The price of MTU 7 is not ours.")


def test_a_member_without_orders_in_a_session_is_told_so(two_states):
    async def steps(user):
        await user.open(f"/results/{SESSION}")
        await user.should_see("You had no order in this session")

    two_states.walk(two_states.who("RU nuclear fuel"), steps)
