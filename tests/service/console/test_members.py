"""Members in the console: an application from both sides of its screening to rights, and who acts for a company."""

from nicegui import ui
from nicegui.elements.upload_files import SmallFileUpload
from tests.service.console.walking import fill, press, rows

from walras.service import commands as c
from walras.service import queries as q
from walras.service import readers
from walras.service.roles import Actor, Role

FIRST, SECOND = Actor(Role.OPERATOR, "U-0001", "OP"), Actor(Role.OPERATOR, "U-0002", "OP")
LIST = "name,aliases,identifiers,kind,source,listed_on\nUnion of Watchers,The Watchmen,,company,made up,2025-01-31\n"


def asked(console, query, who=FIRST):
    return readers.ask(console.service.store, console.service.secrets, who, query)


async def upload(user, marker, name, content, kind="text/csv"):
    """Let a page take a file."""
    with user:
        box = next(iter(user.find(marker=marker, kind=ui.upload).elements))
    file = SmallFileUpload(name=name, content_type=kind, _data=content)
    await box.handle_uploads([file])


def test_an_applicant_that_a_list_names_is_cleared_by_two_officers_and_admitted(two_states):
    dispatch = two_states.service.dispatch
    body = c.ApplyForMembership(role="regulator", name="Union of Watchers", country="BY", contact_name="Ada Example",
                                contact_email="ada@example.invalid")  # fmt: skip

    async def list_comes_in(user):
        await user.open("/screening")
        await user.should_see("No case waits.")
        with user:
            next(iter(user.find(marker="list-name").elements)).value = "made up"
        await upload(user, "upload-list", "list.csv", "name;Übel".encode("latin-1"))
        await user.should_see("is not UTF-8")
        await upload(user, "upload-list", "list.csv", LIST.encode())
        await user.should_see("Done.")

    two_states.walk(FIRST, list_comes_in)
    company = dispatch.do(FIRST, body)["company"]
    case = asked(two_states, q.GetCompany(company=company))["cases"][-1]["case"]

    async def first(user):
        await user.open("/companies")
        await user.should_see("Applications that wait")
        await user.open("/screening")
        await user.should_see(f"Union of Watchers ({company})")
        await user.should_see("The company")
        await user.should_see("The list")
        await user.should_see("score 100 of 100")
        user.find(marker=f"clear-{case}").click()
        await user.should_see("Say whether a hit")
        await fill(user, "Reason", "another country")
        user.find(marker="send-decide-case").click()
        await user.should_see("U-0001 found that it is another party.")

    async def second(user):
        await user.open(f"/companies/{company}")
        await user.should_see("two officers decide below")
        user.find(marker=f"clear-{case}").click()
        await user.should_see("Say whether a hit")
        await fill(user, "Reason", "looked at the register")
        user.find(marker="send-decide-case").click()
        await user.should_see("applied")
        user.find(marker="act-admit-company").click()
        await user.should_see("A second officer has to approve this.")
        user.find(marker="send-admit-company").click()
        await user.should_see("waits for a second officer")

    two_states.walk(FIRST, first)
    two_states.walk(SECOND, second)
    assert asked(two_states, q.GetCompany(company=company))["state"] == "applied", "one officer admits nobody"


def test_who_acts_for_a_company_is_seen_and_stopped_where_its_facts_stand(two_states):
    company = two_states.who("BY industry").company

    async def steps(user):
        await user.open("/companies")
        with user:
            next(iter(user.find(marker="search").elements)).value = "industry"
        await user.should_see("1 company")
        await user.open(f"/companies/{company}")
        await user.should_see(f"BY industry ({company})")
        await user.should_see("taxable dealer")
        await press(user, "Users", "key", two_states.who("BY industry").user)
        await user.should_see("Make an API key")
        user.find(marker="send-issue-key").click()
        await user.should_see("Shown this once")
        await upload(user, "upload-document", "statute.pdf", b"%PDF-1.4 statute", "application/pdf")
        await rows(user, "Documents")  # the page is drawn anew
        user.find(marker="show-sign-ins").click()
        await user.should_see("Nobody of this company has signed in")

    two_states.walk(FIRST, steps)
    found = asked(two_states, q.GetCompany(company=company))
    assert [k["user"] for k in found["keys"]] == [two_states.who("BY industry").user]
    assert [d["name"] for d in found["documents"]] == ["statute.pdf"]
    kept = asked(two_states, q.GetDocument(company=company, document=found["documents"][0]["document"]))
    assert kept.content == b"%PDF-1.4 statute"

    async def revoke(user):
        await user.open(f"/companies/{company}")
        await press(user, "API keys", "revoke", found["keys"][0]["prefix"])
        await user.should_see("End an API key at once.")
        user.find(marker="send-revoke-key").click()
        await user.should_see("Done.")

    two_states.walk(FIRST, revoke)
    assert asked(two_states, q.GetCompany(company=company))["keys"][0]["revoked_at"]


def test_members_do_not_see_each_other(two_states):
    async def steps(user):
        for address in ("/companies", "/screening", "/limits", "/ledger", "/record", "/surveillance"):
            await user.open(address)
            await user.should_see("This page is not for your role.")

    two_states.walk(two_states.who("BY industry"), steps)
