"""Passwords and codes of a user: chosen with an API key, changed by their owner, ended by who may."""

import pytest
from sqlalchemy import select
from tests.service.sign_in.person import PASSWORD, Person, acts, rules

from walras.errors import Problem
from walras.service import commands as c
from walras.service.api.problems import Refused
from walras.service.permissions import NotAllowed
from walras.service.sign_in.choosing import is_common, mistakes_of
from walras.service.sign_in.guard import Attempts
from walras.service.store.schema import notices
from walras.service.store.sign_in_schema import credentials


def test_only_an_api_key_without_limits_enrols(small_world, ada):
    world = small_world
    limited = world.client("M-0002").do(c.IssueKey(user=world.users["M-0002"], scopes=("users", "read")))
    world.keys["limited"] = limited["key"]
    for command in (c.EnrolForConsole(password=PASSWORD), c.ConfirmEnrolment(code="123456")):
        with pytest.raises(Problem) as error:
            world.client("limited").do(command)
        assert (error.value.status, error.value.mistakes[0].rule) == (403, "key_scope")
        signed = ada.sign_in().actor
        with pytest.raises(NotAllowed) as refused:
            world.dispatch.do(signed, command)
        assert refused.value.mistake.rule == "key_scope", "not even who signed in"


def test_an_enrolment_counts_from_its_first_code_and_is_made_once(small_world, guard):
    person = Person(small_world, "M-0001", guard)
    assert rules(person.do, c.ConfirmEnrolment(code="123456")) == ["enrolment_waiting"]
    person.secret = person.do(c.EnrolForConsole(password="another one of mine"))["secret"]
    old = person.secret
    answer = person.do(c.EnrolForConsole(password=PASSWORD), key="once")
    assert set(answer) == {"user", "secret", "uri"}
    assert set(person.do(c.EnrolForConsole(password=PASSWORD), key="once")) == {"user"}, "shown once"
    assert rules(person.do, c.ConfirmEnrolment(code=person.shown())) == ["code_right"], f"{old} is gone"
    person.secret = answer["secret"]
    assert person.do(c.ConfirmEnrolment(code=person.shown()))["is_enrolled"]
    assert person.refused(code=person.shown()).rule == "sign_in", "its code is used up"
    assert rules(person.do, c.ConfirmEnrolment(code=person.code())) == ["enrolment_waiting"]
    assert rules(person.do, c.EnrolForConsole(password=PASSWORD)) == ["enrolled_once"]
    assert person.sign_in().actor.user == person.user


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("eleven char", "password_length"),
        ("x1y2" * 51, "password_length"),
        ("company m-0001 U-0003 x", "password_name"),
        ("Password1234!", "password_common"),
        ("P4ssw0rd P4ssw0rd", "password_common"),
        ("йцукенгшщзхъ", "password_common"),
        ("098765432109", "password_common"),
        ("abababababab", "password_common"),
    ],
)
def test_a_password_that_is_short_known_or_the_own_name_is_refused(small_world, ada, password, rule):
    for word, body in (("enrol-for-console", {"password": password}),
                       ("change-password", {"old": PASSWORD, "new": password, "code": "123456"})):  # fmt: skip
        answer = small_world.post(word, body, "M-0001")
        (mistake,) = answer.json()["mistakes"]
        assert (answer.status_code, mistake["rule"]) == (422, rule)
        assert mistake["where"] == next(n for n, value in body.items() if value == password)
        assert password not in answer.text


@pytest.mark.parametrize(
    "password", ["gas from the north", "Ветер и вода 7", "🌊🌊 high tide 🌊🌊", "839572610482", "a" * 11 + "bcdef g"]
)
def test_any_other_password_of_some_length_will_do(password):
    assert not mistakes_of(password, "password", ["U-0003", "M-0001", "Company"])
    assert not is_common(password)


def test_a_password_is_the_same_from_every_keyboard(small_world, guard):
    person = Person(small_world, "M-0001", guard).enrol("Stra\u00dfe und \u00dcberfluss")
    assert person.sign_in("Stra\u00dfe und U\u0308berfluss").actor.user == person.user


def test_its_owner_changes_a_password_and_every_sign_in_ends(small_world, ada):
    token, new = ada.sign_in().token, "wind over the hills"
    change = c.ChangePassword(old=PASSWORD, new=new, code=ada.code())
    answer = ada.do(change, key="change")
    assert answer == {"user": ada.user, "ended": 1}
    assert ada.do(change, key="change") == answer, "sent again, it needs no other code"
    assert ada.over(token) == "sign_in_ended"
    assert ada.refused().rule == "sign_in"
    assert ada.sign_in(new).actor.user == ada.user


def test_a_password_is_changed_by_whoever_knows_it_and_has_the_code(small_world, ada):
    new = "wind over the hills"
    wrong = [("not this one", ada.code()), (PASSWORD, "000000"), (PASSWORD, ""), *[("guessed as well", "1" * 6)] * 3]
    said = [rules(ada.do, c.ChangePassword.model_construct(old=o, new=new, code=k)) for o, k in wrong]
    assert said == [["sign_in"], ["sign_in"], ["field_value"], *[["sign_in"]] * 3]
    assert acts(small_world.store, "locked") == ["access: sign-in locked"], "failures count here as well"
    assert rules(ada.do, c.ChangePassword(old=PASSWORD, new=new, code=ada.code())) == ["sign_in"]
    assert rules(ada.do, c.ChangePassword(old=PASSWORD, new=PASSWORD, code=ada.code())) == ["password_new"]
    ada.wait(60)
    assert ada.sign_in().actor.user == ada.user


def test_hashes_are_made_so_many_a_user(small_world, guard):
    guard.users = Attempts(rate=0.001, burst=1)
    person = Person(small_world, "M-0001", guard)
    person.do(c.EnrolForConsole(password=PASSWORD))
    with pytest.raises(Problem) as error:
        person.do(c.EnrolForConsole(password=PASSWORD))
    assert (error.value.status, error.value.mistakes[0].rule) == (429, "rate")
    assert Person(small_world, "M-0002", guard).do(c.EnrolForConsole(password=PASSWORD))
    with pytest.raises(Refused):
        guard.users.take(small_world.users["M-0002"], "user")


def test_another_officer_is_locked_out_by_two_officers_only(small_world, ada, guard):
    world = small_world
    first, second = (Person(world, who, guard).enrol() for who in ("OP", "OP-2"))
    token = second.sign_in().token
    proposal = world.client("OP").do(c.EndSignIns(user=second.user))
    assert proposal["state"] == "waiting"
    assert second.actor(token).user == second.user
    assert rules(world.client("OP").approve, proposal["proposal"]) == ["four_eyes"]
    answer = world.client("OP-2").approve(proposal["proposal"])["answer"]
    assert answer == {"user": second.user, "ended": 1}
    assert second.over(token) == "sign_in_ended"
    assert world.client("OP").do(c.EndSignIns(user=first.user)) == {"user": first.user, "ended": 0}, "the own alone"
    assert world.client("OP").do(c.EndSignIns(user=ada.user))["user"] == ada.user, "a member's as well"


def test_sign_ins_are_ended_by_the_own_company_and_it_is_told(small_world, ada):
    assert rules(small_world.client("M-0002").do, c.EndSignIns(user=ada.user)) == ["own_company"]
    assert rules(small_world.client("OP").do, c.EndSignIns(user="U-9999")) == ["user_known"]
    ada.do(c.EndSignIns(user=ada.user))
    with small_world.store.read() as connection:
        assert connection.execute(select(credentials)).all() == []
        kinds = connection.scalars(select(notices.c.kind).where(notices.c.company == "M-0001")).all()
    assert kinds == ["console enrolment confirmed", "console sign-ins ended"]
    assert ada.enrol("a new one of mine").sign_in("a new one of mine").actor.user == ada.user
