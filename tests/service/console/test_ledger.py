"""The ledger and the limits in the console: balances that sum to zero, entries, payments that wait, a default."""

import csv
import io
from datetime import date

from nicegui import ui
from tests.service.console.walking import fill, one, plots, press, rows

from walras.service import commands as c
from walras.service import queries as q
from walras.service import readers
from walras.service.roles import Actor, Role
from walras.service.store import disputes

FIRST, SECOND = Actor(Role.OPERATOR, "U-0001", "OP"), Actor(Role.OPERATOR, "U-0002", "OP")
MARKET, SESSION, FLEET = "two-states", "two-states-2026-01-24-da", "M-0011"
CASH = {"market": MARKET, "bank": "rub", "currency": "RUB", "value_day": date(2026, 2, 20)}


def asked(console, query, who=FIRST):
    return readers.ask(console.service.store, console.service.secrets, who, query)


def test_balances_sum_to_zero_now_and_before_anybody_paid(two_states):
    async def steps(user):
        await user.open("/ledger")
        for currency in ("BYN", "RUB", "USD"):
            await user.should_see(f"Sum of all accounts in {currency}")
        await user.should_see("balanced")
        await user.should_not_see("not zero")
        await user.should_see("Every party is at zero")
        await user.open("/ledger?at=2026-02-01T00:00:00Z")
        await user.should_see("Balances as of 1 Feb 2026 03:00 (00:00 UTC).")
        await plots(user, "Balances of parties in BYN", "Balances of parties in RUB")
        await user.open("/ledger?at=yesterday")
        await user.should_see("Mistakes: 1")

    two_states.walk(FIRST, steps)


def test_entries_come_newest_first_by_account_and_event_and_as_one_file(two_states):
    newest = asked(two_states, q.ListLedger(market=MARKET, first="newest", limit=25))
    numbers = [e["number"] for e in newest["items"]]
    assert numbers == list(range(numbers[0], numbers[0] - 25, -1))
    assert newest["next"] == numbers[-1]
    older = asked(two_states, q.ListLedger(market=MARKET, first="newest", after=numbers[-1], limit=5))["items"]
    assert [e["number"] for e in older] == [numbers[-1] - n for n in range(1, 6)]
    fees = asked(two_states, q.ListLedger(market=MARKET, account="fee/trading", limit=500))["items"]
    assert fees
    assert all("fee/trading" in {p["account"] for p in e["postings"]} for e in fees)
    assert all(sum(p["amount_minor"] for p in e["postings"]) == 0 for e in fees), "entries are whole, whatever is asked"
    events = asked(two_states, q.ListLedgerEvents(market=MARKET, kind="settlement"))["items"]
    assert [e["kind"] for e in events] == ["settlement"]
    text = asked(two_states, q.GetLedgerFile(market=MARKET)).content.decode()
    table = list(csv.DictReader(io.StringIO(text)))
    assert int(table[-1]["number"]) == numbers[0]
    assert sum(int(r["amount_minor"]) for r in table if r["currency"] == "RUB") == 0

    async def steps(user):
        await user.open("/ledger/entries?account=fee/trading")
        assert {r["account"] for r in await rows(user, "Entries of the ledger")} > {"fee/trading"}
        await user.open("/ledger/entries")
        await user.should_see("Next page")
        await user.open("/ledger/entries?account=nobody")
        await user.should_see("Mistakes: 1")
        await user.open("/ledger/events?kind=settlement")
        await press(user, "Events of the ledger", "raw", str(events[0]["number"]))
        await user.should_see("terms_version")

    two_states.walk(FIRST, steps)


def test_runs_of_settlement_lead_to_statements_of_every_account(two_states):
    async def steps(user):
        await user.open("/ledger/runs")
        assert (await rows(user, "Final sessions and their settlement"))[0]["runs"] == 1
        await user.open(f"/ledger/runs/{SESSION}?party=operator/M-0019")
        await user.should_see("Settlement of Sat 24 Jan 2026")
        await user.should_see("Lines of operator/M-0019")
        assert {r["kind"] for r in await rows(user, "Lines of operator/M-0019")} == {"congestion", "tariff"}
        await user.should_see("Statement (PDF)")
        for address, seen in (("terms", "Payment currencies"), ("documents", "Every document is paid.")):
            await user.open(f"/ledger/{address}")
            await user.should_see(seen)
        assert len(await rows(user, "All documents")) == 30

    two_states.walk(FIRST, steps)


def test_a_payment_that_cannot_cross_waits_until_somebody_says_it_did(changed_states):
    changed_states.service.dispatch.do(FIRST, c.ReceivePayment(
        market=MARKET, party="member/M-0005", bank="byn", currency="BYN", amount_minor=50_000,
        value_day=date(2026, 2, 20), bank_reference="late", is_blocked=True,
    ))  # fmt: skip

    async def steps(user):
        await user.open("/ledger/payments")
        waiting = await rows(user, "Payments that wait")
        assert [(r["state"], r["amount_minor_shown"]) for r in waiting] == [("blocked", "500.00")]
        await press(user, "Payments that wait", "release", waiting[0]["key"])
        await user.should_see("Say that a payment which was held has crossed")
        await fill(user, "Value day", "2026-02-20")
        user.find(marker="send-release-payment").click()
        await user.should_see("No payment is blocked or held.")

    changed_states.walk(FIRST, steps)


def test_fixings_are_plotted_and_disputes_answered(two_states):
    service = two_states.service
    service.dispatch.do(FIRST, c.StoreFixing.model_validate({
        "market": MARKET, "base": "BYN", "quote": "RUB", "day": date(2026, 1, 25), "rate": "28.7",
        "source": "illustrative", "fixed_at": "2026-01-24T21:00:00Z"}))  # fmt: skip
    with service.store.write() as connection:
        now = service.store.clock.now(connection)
        disputes.add(connection, id="DIS-0001", market=MARKET, session=SESSION, run=1, party="member/M-0002",
                     text="The fee counts too much.", state="raised", answer="", at=now)  # fmt: skip

    async def steps(user):
        await user.open("/ledger/fixings")
        await plots(user, "RUB for one BYN")
        await press(user, "Every version", "correct", "2")
        await user.should_see("Store another rate of a day")
        await user.open("/ledger/disputes")
        await user.should_see("The fee counts too much.")
        user.find(marker="act-answer-dispute").click()
        await user.should_see("Decide on a dispute")
        (await one(user, ui.select, "Decision")).value = "rejected"
        await fill(user, "Answer", "The meter says what was billed.")
        user.find(marker="send-answer-dispute").click()
        await user.should_see("Nobody disputes a run.")
        assert (await rows(user, "All disputes"))[0]["state"] == "rejected"

    two_states.walk(FIRST, steps)


def test_who_has_least_left_stands_first_and_a_default_shows_who_bore_it(changed_states):
    dispatch = changed_states.service.dispatch
    dispatch.do(FIRST, c.DepositCollateral(member="M-0013", amount_minor=900_000_000, bank_reference="d-1", **CASH))
    dispatch.do(FIRST, c.DepositCollateral(member=FLEET, amount_minor=500_000_000, bank_reference="d-2", **CASH))
    dispatch.do(FIRST, c.ContributeDefaultFund(amount_minor=3_000_000_000, bank_reference="f-1", **CASH))
    payment = next(p for p in asked(changed_states, q.ListPayments(market=MARKET, party=f"member/{FLEET}"))["items"])
    dispatch.do(FIRST, c.ReturnPayment(payment=payment["id"], reason="it bounced"))

    async def steps(user):
        await user.open("/limits")
        await user.should_see("The terms of this market ask for no collateral")
        listed = await rows(user, "Headroom, least first")
        assert [r["member"] for r in listed] == [FLEET, "M-0013"]
        assert listed[0]["headroom_minor"] < 0 < listed[1]["headroom_minor"]
        await plots(user, "Debt, bound and free collateral by member")
        await press(user, "Headroom, least first", "default", FLEET)
        await user.should_see("Say that a member does not pay")
        await fill(user, "Reason", "nothing came")
        user.find(marker="send-declare-default").click()
        await user.should_see("waits for a second officer")

    changed_states.walk(FIRST, steps)
    proposal = asked(changed_states, q.ListProposals(state="waiting", limit=500))["items"][-1]["proposal"]
    dispatch.do(SECOND, c.ApproveProposal(proposal=proposal))

    async def after(user):
        await user.open("/limits")
        await user.should_see(f"Default of {FLEET}")
        await user.should_see("nothing came")
        layers = [(r["layer"], r["account"]) for r in await rows(user, "What each layer bore")]
        assert layers == [("cash", f"collateral/{FLEET}"), ("own funds of the operator", "own_funds/market")]

    changed_states.walk(FIRST, after)
