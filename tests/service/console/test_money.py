"""Money, company and notices of a member: statements that add up, documents with their files, users and keys."""

import pytest
from nicegui import ui
from tests.service.console.walking import rows, until

from walras.service import queries as q
from walras.service.readers import ask

MEMBER = "BY power supplier"
SESSION = "two-states-2026-01-24-da"


def addresses(user):
    """Where the links of a page lead."""
    with user:
        return {str(e.props.get("href")) for e in user.find(ui.link).elements}


def test_a_statement_adds_up_and_leads_to_its_files(two_states):
    async def steps(user):
        await user.open("/statements")
        assert (await rows(user, "By session"))[0]["session_href"] == f"/statements/{SESSION}/1"
        await user.open(f"/statements/{SESSION}/1")
        await user.should_see("4,828,276.99 BYN")
        parts = await rows(user, "What the sums are made of")
        totals = [r for r in parts if r["kind"] == "Total"]
        assert {r["check"] for r in totals} == {"adds up to what was posted"}
        assert sum(r["amount"] for r in parts if r["currency"] == "RUB" and r["kind"] != "Total") == 0
        lines = await rows(user, "Every line")
        assert sum(r["amount_minor"] for r in lines if r["currency"] == "BYN") == -482827699
        for form in ("html", "pdf", "csv"):
            assert sum(a.startswith("/get/get-statement?") and f"form={form}" in a for a in addresses(user)) == 1

    two_states.walk(two_states.who(MEMBER), steps)


def test_an_invoice_has_its_state_and_its_files(two_states):
    async def steps(user):
        await user.open("/invoices")
        [row] = await rows(user, "Paid documents")
        assert (row["state"], row["gross_minor"], row["gross_minor_shown"]) == (
            "paid", -579393239, "\N{MINUS SIGN}5,793,932.39",
        )  # fmt: skip
        assert row["pdf_href"].startswith("/get/get-bill?market=two-states&number=two-states-INV-2026-000004")
        await user.open("/payments")
        assert [r["amount_minor"] for r in await rows(user, "Payments")] == [579393239]
        assert (await rows(user, "Fixings"))[0]["rate"] == "28.4"
        await user.open("/money")
        assert {r["amount_minor"] for r in await rows(user, "Balances")} == {0}
        await user.should_see("No collateral was given.")

    two_states.walk(two_states.who(MEMBER), steps)


def test_who_watches_chooses_a_company(two_states):
    async def steps(user):
        await user.open("/invoices")
        everything = await rows(user, "Paid documents")
        await user.open("/invoices?company=M-0004")
        assert len(await rows(user, "Paid documents")) == 1 < len(everything)
        await user.open(f"/statements/{SESSION}/1?company=M-0001")
        assert {r["party"] for r in await rows(user, "What the sums are made of")} == {"member/M-0001"}
        await user.open("/money?company=M-0001")
        assert {r["account"] for r in await rows(user, "Balances")} == {"member/M-0001"}

    two_states.walk(two_states.who("Operator"), steps)


def test_notices_come_newest_first_and_lead_to_what_they_are_about(two_states):
    async def steps(user):
        await user.open("/notices")
        await user.should_see("A payment came in")
        with user:
            labels = sorted(user.find(ui.label).elements, key=lambda e: e.id)
            said = [e.text for e in labels if "said" in e.classes]
        assert said[:3] == ["A payment came in", "A document of settlement was issued", "The session was settled"]
        assert {f"/statements/{SESSION}/1", f"/results/{SESSION}", "/invoices", "/payments"} <= addresses(user)

    two_states.walk(two_states.who(MEMBER), steps)


def test_the_first_page_shows_the_last_result_and_what_was_told(two_states):
    async def steps(user):
        await user.open("/")
        await user.should_see("\N{MINUS SIGN}137,106,216.21 RUB")
        await user.should_see("Nothing: no contract to confirm, no margin call, no invoice that is due.")
        await user.should_see("A payment came in")
        assert f"/results/{SESSION}" in addresses(user)

    two_states.walk(two_states.who(MEMBER), steps)


def test_a_disputed_statement_stands_with_its_text_until_it_is_taken_back(two_states):
    def states():
        found = ask(two_states.service.store, two_states.service.secrets, two_states.who(MEMBER),
                    q.ListDisputes(market="two-states"))  # fmt: skip
        return [d["state"] for d in found["items"]]

    async def steps(user):
        await user.open(f"/statements/{SESSION}/1")
        user.find(marker="act-raise-dispute").click()
        await user.should_see(marker="text")
        with user:
            [box] = user.find(marker="text").elements
            box.value = "the fee is counted twice"
        user.find(marker="send-raise-dispute").click()
        await until(lambda: states() == ["raised"])
        await user.open("/statements")
        await user.should_see("Statements")
        [row] = await rows(user, "Disputes")
        assert (row["text"], row["acts"]) == ("the fee is counted twice", [["withdraw", "Take back"]])

    two_states.walk(two_states.who(MEMBER), steps)


@pytest.mark.parametrize("who", [MEMBER, "BY grid", "Operator"])
def test_a_company_sees_itself_and_adds_a_user(two_states, who):
    company = two_states.who(who).company

    async def steps(user):
        await user.open("/company")
        await user.should_see(f"({company})")
        user.find(marker="act-add-user").click()
        await user.should_see(marker="email")
        with user:
            for marker, value in (("name", "Second Example"), ("email", "second@example.invalid")):
                [box] = user.find(marker=marker).elements
                box.value = value
        user.find(marker="send-add-user").click()
        if who == "Operator":  # an officer needs two officers
            await user.should_see("waits for a second officer")
        else:
            await user.should_see("Second Example")

    two_states.walk(two_states.who(who), steps)
