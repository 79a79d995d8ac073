"""Companies at the door: application, screening, four eyes, rights, erasure."""

from base64 import b64encode

import pytest
from sqlalchemy import select, update
from tests.service.two_states import definition

from walras.errors import BadInput
from walras.service import handlers  # noqa: F401 - makes the dispatch complete
from walras.service.commands import (
    AddUser,
    AdmitCompany,
    ApplyForMembership,
    ApproveProposal,
    AttachDocument,
    DecideCase,
    ErasePerson,
    ImportRestrictedList,
    IssueKey,
    RejectProposal,
    SetMarket,
    SetRights,
    SuspendCompany,
)
from walras.service.dispatch import Dispatch
from walras.service.permissions import NotAllowed, NotKnown
from walras.service.queries import GetDocument
from walras.service.readers import ask
from walras.service.roles import PUBLIC, Actor, Role
from walras.service.secrets import Secrets
from walras.service.store import users
from walras.service.store.engine import open_store
from walras.service.store.schema import cases, companies, metadata, persons, rights, trail
from walras.service.worker.retention import erase_expired

OFFICERS = tuple(Actor(Role.OPERATOR, f"U-{i}", "OP") for i in range(3))
LIST = "name,aliases,identifiers,kind,source,listed_on\nВолготранс Экземпл,,,company,made up,2025-01-31\n"


@pytest.fixture
def store(tmp_path):
    store = open_store(str(tmp_path / "walras.db"))
    metadata.create_all(store.engine)
    with store.write() as connection:
        row = {"code": "OP", "role": "operator", "name": "Operator", "country": "ZZ", "state": "active", "since": 0}
        connection.execute(companies.insert().values(row))
    yield store
    store.close()


@pytest.fixture
def dispatch(store):
    return Dispatch(store, Secrets(b"m" * 32))


def both(dispatch, command, first=0, second=1):
    """Do a critical act with four eyes."""
    number = dispatch.do(OFFICERS[first], command)["proposal"]
    return dispatch.do(OFFICERS[second], ApproveProposal(proposal=number))["answer"]


def apply(dispatch, name="Sunny Fields Power", **changes):
    command = ApplyForMembership.model_validate(
        {"name": name, "country": "SI", "contact_name": "Ada Example", "contact_email": "ada@example.org"} | changes
    )
    return dispatch.do(PUBLIC, command)


def rules(error):
    return [m.rule for m in error.value.mistakes]


def state_of(store, company):
    with store.read() as connection:
        return connection.scalar(select(companies.c.state).where(companies.c.code == company))


def test_an_applicant_is_admitted_with_four_eyes(dispatch, store):
    company = apply(dispatch)["company"]
    proposal = dispatch.do(OFFICERS[0], AdmitCompany(company=company))
    assert state_of(store, company) == "applied", "a proposal changes nothing"
    with pytest.raises(BadInput) as error:
        dispatch.do(OFFICERS[0], ApproveProposal(proposal=proposal["proposal"]))
    assert rules(error) == ["four_eyes"]
    dispatch.do(OFFICERS[1], ApproveProposal(proposal=proposal["proposal"]))
    assert state_of(store, company) == "active"


def test_a_rejected_proposal_is_over(dispatch):
    company = apply(dispatch)["company"]
    number = dispatch.do(OFFICERS[0], AdmitCompany(company=company))["proposal"]
    dispatch.do(OFFICERS[1], RejectProposal(proposal=number, reason="papers are missing"))
    with pytest.raises(BadInput) as error:
        dispatch.do(OFFICERS[1], ApproveProposal(proposal=number))
    assert rules(error) == ["proposal_waiting"]


def test_a_hit_holds_an_application_until_two_officers_clear_it(dispatch, store):
    dispatch.do(OFFICERS[0], ImportRestrictedList(name="ours", csv=LIST))
    company = apply(dispatch, "Volgotrans Ekzempl LLC")["company"]
    assert state_of(store, company) == "held"
    with pytest.raises(BadInput) as error:
        both(dispatch, AdmitCompany(company=company))
    assert rules(error) == ["case_clear"]
    clear = DecideCase(case=1, verdict="clear", reason="another company, other register")
    dispatch.do(OFFICERS[0], clear)
    assert state_of(store, company) == "held"
    with pytest.raises(BadInput) as error:
        dispatch.do(OFFICERS[0], clear)
    assert rules(error) == ["two_different_officers"]
    dispatch.do(OFFICERS[1], clear)
    both(dispatch, AdmitCompany(company=company))
    assert state_of(store, company) == "active"


def test_an_applicant_is_not_told_that_it_is_held(dispatch):
    dispatch.do(OFFICERS[0], ImportRestrictedList(name="ours", csv=LIST))
    assert apply(dispatch, "Volgotrans Ekzempl LLC") == {"company": "M-0001", "user": "U-0001", "state": "applied"}


def test_one_officer_who_confirms_ends_an_application(dispatch, store):
    dispatch.do(OFFICERS[0], ImportRestrictedList(name="ours", csv=LIST))
    company = apply(dispatch, "Volgotrans Ekzempl LLC")["company"]
    dispatch.do(OFFICERS[0], DecideCase(case=1, verdict="confirm", reason="same register number"))
    assert state_of(store, company) == "rejected"


def test_a_new_list_holds_new_rights_of_a_member_but_suspends_nothing(dispatch, store):
    company = apply(dispatch, "Volgotrans Ekzempl LLC")["company"]
    both(dispatch, AdmitCompany(company=company))
    both(dispatch, SetMarket(market="two", valid_from="2020-01-01", definition=definition()))
    assert dispatch.do(OFFICERS[0], ImportRestrictedList(name="ours", csv=LIST))["held"] == [company]
    assert state_of(store, company) == "active"
    with pytest.raises(BadInput) as error:
        both(dispatch, SetRights(company=company, market="two", products=(("North", "electricity"),)))
    assert rules(error) == ["case_clear"]


def test_rights_are_versions_with_four_eyes(dispatch, store):
    company = apply(dispatch)["company"]
    both(dispatch, AdmitCompany(company=company))
    both(dispatch, SetMarket(market="two", valid_from="2020-01-01", definition=definition()))
    for most in (10, 20):
        command = SetRights(company=company, market="two", products=(("North", "electricity"),), most_orders=most)
        both(dispatch, command)
    with store.read() as connection:
        assert connection.scalar(select(rights.c.version)) == 2
    with pytest.raises(BadInput) as error:
        both(dispatch, SetRights(company=company, market="two", products=(("West", "electricity"),)))
    assert rules(error) == ["product_known"]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"eic": "10YTR-TEIAS----X"}, "eic_valid"),
        ({"identifiers": ("vat",)}, "identifier_valid"),
        ({"name": "12345"}, None),
    ],
)
def test_an_application_with_a_wrong_code_is_refused(dispatch, store, changes, rule):
    if rule is None:
        assert apply(dispatch, changes["name"])["state"] == "applied"
        return
    with pytest.raises(BadInput) as error:
        apply(dispatch, **changes)
    assert rules(error) == [rule]
    with store.read() as connection:
        assert connection.scalars(select(companies.c.code)).all() == ["OP"]


def test_an_eic_belongs_to_one_company(dispatch):
    apply(dispatch, eic="10YTR-TEIAS----W")
    with pytest.raises(BadInput) as error:
        apply(dispatch, eic="10YTR-TEIAS----W")
    assert rules(error) == ["eic_unique"]


def test_personal_data_is_erased_and_the_record_stays(dispatch, store):
    text = LIST + "Ada Example,,,person,made up,2025-01-31\n"
    dispatch.do(OFFICERS[0], ImportRestrictedList(name="ours", csv=text))
    user = apply(dispatch)["user"]
    with store.read() as connection:
        assert "Ada Example" in connection.scalar(select(cases.c.body))
    both(dispatch, ErasePerson(user=user, reason="asked to"))
    with store.read() as connection:
        assert connection.scalars(select(persons.c.user)).all() == []
        assert "Ada Example" not in connection.scalar(select(cases.c.body))
        bodies = connection.scalars(select(trail.c.body)).all()
    assert any(user in b for b in bodies)
    assert not any("Ada" in b or "ada@example.org" in b for b in bodies)


def test_a_member_manages_its_own_users_and_no_others(dispatch):
    company, user = (apply(dispatch)[name] for name in ("company", "user"))
    mine = Actor(Role.MEMBER, user, company)
    added = dispatch.do(mine, AddUser(company=company, name="Bo Example", email="bo@example.org"))["user"]
    assert dispatch.do(mine, IssueKey(user=added))["key"].startswith("wk_")
    with pytest.raises(NotAllowed):
        dispatch.do(mine, AddUser(company="OP", name="Bo Example", email="bo@example.org"))


def test_a_key_is_known_by_its_secret_alone(dispatch, store):
    user = apply(dispatch)["user"]
    key = dispatch.do(OFFICERS[0], IssueKey(user=user, days=1))["key"]
    with store.read() as connection:
        now = store.clock.now(connection)
        assert users.authenticate(connection, dispatch.secrets, key, now).actor.user == user
        for wrong in (key[:-1] + ("A" if key[-1] != "A" else "B"), "wk_x", "", key.upper()):
            with pytest.raises(NotKnown):
                users.authenticate(connection, dispatch.secrets, wrong, now)
        with pytest.raises(NotKnown) as error:
            users.authenticate(connection, dispatch.secrets, key, now + 86_400_000_001)
    assert error.value.mistake.rule == "key_expired"


def test_only_active_companies_are_suspended(dispatch, store):
    company = apply(dispatch)["company"]
    with pytest.raises(BadInput) as error:
        dispatch.do(OFFICERS[0], SuspendCompany(company=company, reason="late payment"))
    assert rules(error) == ["company_state"]
    with store.write() as connection:
        connection.execute(update(companies).values(state="active"))
    dispatch.do(OFFICERS[0], SuspendCompany(company=company, reason="late payment"))
    assert state_of(store, company) == "suspended"


def test_documents_are_read_by_their_company_and_by_those_who_watch(dispatch, store):
    company = apply(dispatch)["company"]
    content = b64encode(b"register").decode()
    command = AttachDocument(company=company, name="register", media_type="text/plain", content_base64=content)
    number = dispatch.do(Actor(Role.MEMBER, "U-0001", company), command)["document"]
    query = GetDocument(company=company, document=number)
    for actor in (OFFICERS[0], Actor(Role.MEMBER, "U-0001", company)):
        assert ask(store, dispatch.secrets, actor, query).content == b"register"
    with pytest.raises(NotAllowed):
        ask(store, dispatch.secrets, Actor(Role.MEMBER, "U-0009", "M-0009"), query)


@pytest.mark.parametrize("content", ["no base64!", ""])
def test_a_document_that_is_none_is_refused(dispatch, content):
    company = apply(dispatch)["company"]
    command = AttachDocument(company=company, name="register", media_type="text/plain", content_base64=content)
    with pytest.raises(BadInput):
        dispatch.do(OFFICERS[0], command)


def test_personal_data_goes_when_its_time_is_over(dispatch, store):
    user = apply(dispatch)["user"]
    assert erase_expired(store, dispatch.secrets) == []
    with store.write() as connection:
        connection.execute(update(persons).values(keep_until=store.clock.now(connection)))
    assert erase_expired(store, dispatch.secrets) == [user]
    with store.read() as connection:
        assert connection.scalars(select(persons.c.user)).all() == []
        assert "person erased" in connection.scalars(select(trail.c.act)).all()
