"""Contracts by hand: registered, confirmed, nominated, matched; a supply agreement read, amended, recorded under."""

from datetime import timedelta

import pytest
from nicegui import ui
from tests.service.console.walking import until

from walras.service import queries as q
from walras.service.clock import SECOND, moment
from walras.service.commands import GrantPermit, MatchSchedules
from walras.service.console.desk import Desk
from walras.service.console.grid import Grid
from walras.service.readers import ask

SELLER, BUYER = "BY nuclear plant", "RU-west power supplier"
GAS_BUYER, GAS_SELLER = "BY gas supplier and store", "RU gas producers"


def one(user, marker):
    """The one element of a name."""
    with user:
        [found] = user.find(marker=marker).elements
        return found


@pytest.fixture
def sheets(monkeypatch):
    """Sheets by name, once they have shown something."""
    found, plain = {}, Grid.show

    def show(grid):
        found[grid.sheet.name] = grid
        plain(grid)

    monkeypatch.setattr(Grid, "show", show)
    return found


def paste(user, text):
    """Put a copied text into the sheet."""
    with user:
        one(user, "paste-box").value = text
    user.find(marker="put").click()


@pytest.fixture(scope="module")
def free_day(two_states):
    """A console in which the seller has a permit, and a delivery day that nobody has matched."""
    service = two_states.service
    with service.store.read() as connection:
        now = service.store.clock.now(connection)
    day = (moment(now) + timedelta(days=3)).date()
    holder = two_states.who(SELLER).company
    permit = GrantPermit(market="two-states", holder=holder, element="BY-RU", direction="forward", most_mw=50.0,
                         valid_from=day, valid_to=day)  # fmt: skip
    service.dispatch.do(two_states.who("BY grid"), permit, None)
    two_states.day = day
    return two_states


def asked(console, who, query):
    return ask(console.service.store, console.service.secrets, console.who(who), query)


def registered(console):
    """Register a contract of 20 MW by hand, with what the form refuses on the way; return its id."""
    day, buyer = console.day, console.who(BUYER).company

    async def registers(user):
        await user.open("/register-contract")
        with user:
            one(user, "element").value = "BY-RU"
        paste(user, f"start\tminutes\tmw\n{day} 00:00\t1440\t70\n")
        user.find(marker="send-register-contract").click()
        await user.should_see("Mistakes: 2")
        assert one(user, "counterparty").error
        with user:
            one(user, "counterparty").value, one(user, "reference").value = buyer, "by hand"
        user.find(marker="send-register-contract").click()
        await user.should_see("permit")  # 70 MW are more than the permit says
        assert not one(user, "counterparty").error
        user.find(marker="sheet-volumes").trigger("paste", [f"{day} 00:00\t1440\t20\n", 0, "start"])
        user.find(marker="send-register-contract").click()
        await until(lambda: listed()[-1]["waits_for"] == buyer)

    def listed():
        return asked(console, SELLER, q.ListContracts(market="two-states"))["items"]

    console.walk(console.who(SELLER), registers)
    return listed()[-1]["contract"]


def confirmed(console, contract):
    """Let the other party find what waits for it, and confirm it."""

    async def confirms(user):
        await user.open("/")
        await user.should_see(f"{contract} by hand")
        await user.open("/contracts")
        await user.should_see("Waits for you")
        await user.open(f"/contracts/{contract}")
        await user.should_see("The contract waits for you.")
        user.find(marker="act-confirm-contract").click()
        await user.should_see(marker="send-confirm-contract")
        user.find(marker="send-confirm-contract").click()
        await until(lambda: one(user, "contract-state").text == "confirmed")
        await user.should_see("480.0 MWh")

    console.walk(console.who(BUYER), confirms)


def test_a_contract_from_its_first_form_to_a_day_that_differs(free_day, sheets):
    day, contract = free_day.day, registered(free_day)
    confirmed(free_day, contract)

    address, name = f"/contracts/{contract}/nominations/{day}", f"nomination {contract} {day}"

    async def nominates(user):
        await user.open(address)
        await user.should_see(marker="as-contract")
        user.find(marker="as-contract").click()
        await until(lambda: name in sheets)
        assert sheets[name].series("mw") == [20.0] * 24
        user.find(marker=f"sheet-{name}").trigger("paste", ["21\n", 4, "mw"])
        user.find(marker="send-nominate-schedule").click()
        await user.should_see("the contract has 20 MW")
        assert [i for i, row in enumerate(sheets[name].rows) if "mw" in row.get("_wrong", {})] == [4]
        user.find(marker=f"sheet-{name}").trigger("paste", ["15\n", 4, "mw"])
        user.find(marker="send-nominate-schedule").click()
        await user.should_see("version 1")

    free_day.walk(free_day.who(SELLER), nominates)

    async def looks(user):
        await user.open(address)
        await user.should_see("shown once the day is matched")
        await user.should_not_see(marker="mismatch")

    free_day.walk(free_day.who(BUYER), looks)
    seen = asked(free_day, BUYER, q.GetNomination(contract=contract, delivery_day=day))
    assert seen["seller_mw"] is None
    clock, before = free_day.service.store.clock, free_day.service.store.clock.ahead
    clock.ahead += 3 * 24 * 3600 * SECOND
    try:
        matching = MatchSchedules(market="two-states", delivery_day=day)
        free_day.service.dispatch.do(free_day.who("Operator"), matching, None)
    finally:
        clock.ahead = before

    async def differs(user):
        await user.open(address)
        await user.should_see("The day was matched: 1 MTU differs, the lower value holds.")
        with user:
            [table] = user.find(ui.table).elements
        assert [r["differs"] for r in table.rows].count("differs") == 1
        assert (table.rows[4]["seller_mw"], table.rows[4]["buyer_mw"], table.rows[4]["scheduled_mw"]) == (15, 20, 15)

    free_day.walk(free_day.who(BUYER), differs)


def test_a_supply_agreement_shows_its_year_prices_and_documents(two_states):
    async def steps(user):
        await user.open("/supply")
        await user.should_see("Supply agreements")
        await user.open("/supply/SA-0001/course")
        await user.should_see("7,008,000 \N{MULTIPLICATION SIGN} 1000m3")
        await user.should_see("713,408 \N{MULTIPLICATION SIGN} 1000m3")
        await user.should_see("Ahead of an even pace to take-or-pay")
        await user.open("/supply/SA-0001/prices?month=2026-01")
        await user.should_see("gas: 8329.03 RUB/1000m3")
        await user.should_see("transport = 62")
        await user.open("/supply/SA-0001/documents")
        await user.should_see("5,941,995,990.45 RUB")
        await user.should_see("M-0006 pays in BYN")
        await user.open("/supply/SA-0001/flexibility?day=2026-01-24")
        await user.should_see("3,967.5 MW")
        await user.should_see("What was delivered on this day is recorded")
        await user.open("/supply/SA-0001/text")
        await user.should_see('format = "walras-agreement"')

    two_states.walk(two_states.who(GAS_BUYER), steps)


def test_facts_are_pasted_and_a_row_that_is_wrong_is_marked(two_states, sheets):
    def count():
        return asked(two_states, GAS_BUYER, q.GetSupplyStanding(agreement="SA-0001"))["records"]

    before = count()

    async def steps(user):
        await user.open("/supply/SA-0001/records")
        paste(user, "day\tquantity\n2026-12-24\t21000\n2026-12-25\tmuch\n")
        user.find(marker="send-record-supply-facts").click()
        await user.should_see("Mistakes: 1")
        rows = sheets["nomination"].rows
        assert "_wrong" not in rows[0]
        assert "quantity" in rows[1]["_wrong"]
        user.find(marker="sheet-nomination").trigger("paste", ["22000\n", 1, "quantity"])
        user.find(marker="send-record-supply-facts").click()
        await until(lambda: count() == before + 2)

    two_states.walk(two_states.who(GAS_BUYER), steps)


def test_what_a_paste_onto_a_sheet_of_facts_leaves_out_is_told(two_states):
    async def steps(user):
        await user.open("/supply/SA-0001/records")
        await user.should_see(marker="sheet-nomination")
        user.find(marker="sheet-nomination").trigger("paste", ["day\tquantity\tnote\n2026-12-24\t1\tx\n", 0, "day"])
        await user.should_see("Left out, for the sheet has no such column: note.")

    two_states.walk(two_states.who(GAS_BUYER), steps)


def test_a_nought_is_a_fact(two_states, monkeypatch):
    sent = []

    async def do_fields(_desk, _command, fields, *_key):
        sent.append(fields)
        return {}

    async def steps(user):
        await user.open("/supply/SA-0001/records")
        paste(user, "day\tquantity\n2026-12-24\t0\n")
        monkeypatch.setattr(Desk, "do_fields", do_fields)
        user.find(marker="send-record-supply-facts").click()
        await until(lambda: sent)

    two_states.walk(two_states.who(GAS_BUYER), steps)
    (row,) = sent[0]["rows"]
    assert (row["day"], row["quantity"]) == ("2026-12-24", "0")


def test_a_new_version_is_proposed_shows_its_changes_and_is_agreed(two_states):
    async def proposes(user):
        await user.open("/propose-supply-agreement?market=two-states&agreement=SA-0001")
        text = one(user, "text").value
        with user:
            one(user, "text").value = text.replace("flexible_steps = 4", "flexible_steps = many")
        user.find(marker="send-propose-supply-agreement").click()
        await user.should_see("Mistakes: 1")
        with user:
            one(user, "text").value = text.replace("# illustrative;", "# illustrative, said again;")
        user.find(marker="send-propose-supply-agreement").click()
        await until(lambda: asked(two_states, GAS_SELLER, q.GetSupplyAgreement(agreement="SA-0001"))["waiting"] == 2)

    two_states.walk(two_states.who(GAS_SELLER), proposes)

    async def agrees(user):
        await user.open("/")
        await user.should_see("version 2 waits for your consent")
        await user.open("/supply/SA-0001/text?version=2")
        await user.should_see("# illustrative, said again;")
        await user.open("/supply/SA-0001")
        user.find(marker="act-confirm-supply-agreement").click()
        await user.should_see(marker="send-confirm-supply-agreement")
        user.find(marker="send-confirm-supply-agreement").click()
        await until(lambda: asked(two_states, GAS_BUYER, q.GetSupplyAgreement(agreement="SA-0001"))["version"] == 2)
        await user.should_not_see(marker="agreement-waits")

    two_states.walk(two_states.who(GAS_BUYER), agrees)
