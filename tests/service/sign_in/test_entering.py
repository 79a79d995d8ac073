"""Sign-in, law by law: what lets in, what does not, and when it is over."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import extract_parameters
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import select, update
from tests.service.sign_in.person import PASSWORD, Person, acts

from walras.service import commands as c
from walras.service.api.problems import Refused
from walras.service.permissions import NotKnown
from walras.service.queries import ListSignIns, WhoAmI
from walras.service.readers import ask
from walras.service.roles import Actor, Role
from walras.service.sign_in import sign_out
from walras.service.sign_in.guard import Attempts, Guard
from walras.service.sign_in.hashing import Hasher
from walras.service.store.schema import companies, notices
from walras.service.store.sign_in_schema import credentials, sign_ins
from walras.service.worker.retention import sweep


def test_from_an_api_key_to_a_sign_in_and_out_again(world, guard):
    person = Person(world, "M-0001", guard).enrol()
    signed = person.sign_in(user=person.user.lower())
    assert signed.actor == person.actor(signed.token) == Actor(Role.MEMBER, person.user, "M-0001")
    assert ask(world.store, world.secrets, signed.actor, WhoAmI())["scopes"] == []
    other = person.sign_in()
    assert other.token != signed.token
    sign_out(world.store, world.secrets, signed.token)
    sign_out(world.store, world.secrets, signed.token)
    sign_out(world.store, world.secrets, "no token at all")
    assert person.over(signed.token) == "sign_in_ended"
    assert person.over(other.token[:-1]) == person.over("") == "sign_in_known"
    assert person.actor(other.token) == signed.actor
    assert acts(world.store, "sign|console") == [
        "members: console enrolment begun", "members: console enrolment confirmed", "access: signed in",
        "access: signed in", "access: signed out",
    ]  # fmt: skip


def test_one_code_lets_one_in_however_many_send_it_at_once(world, guard):
    person = Person(world, "M-0001", guard).enrol()
    code = person.code()

    def enter(_):
        try:
            return person.sign_in(code=code)
        except NotKnown:
            return None

    with ThreadPoolExecutor(4) as threads:
        assert sum(found is not None for found in threads.map(enter, range(4))) == 1


def test_every_wrong_sign_in_takes_the_same_way_to_the_same_answer(small_world, ada, guard):
    begun = Person(small_world, "S-0001", guard)
    begun.secret = begun.do(c.EnrolForConsole(password=PASSWORD))["secret"]
    gone = Person(small_world, "R-0001", guard).enrol()
    small_world.client("R-0001").do(c.DeactivateUser(user=gone.user))
    guard.hasher.asked = []
    said = {
        ada.refused(user="U-9999"), ada.refused(user="U-0001\0\ud800"), ada.refused(password=PASSWORD + "."),
        ada.refused(password="x" * 5000), ada.refused(code=""), ada.refused(code="00 00 0०"), begun.refused(),
        gone.refused(),
    }  # fmt: skip
    assert [m.rule for m in said] == ["sign_in"]
    assert guard.hasher.asked == [False, False, True, True, True, True, True, False], "each costs one comparison"


def test_a_code_counts_once_and_its_clock_may_be_off_by_one_step(ada):
    code = ada.code()
    ada.sign_in(code=f" {code[:3]} {code[3:]} ")
    assert ada.refused(code=code).rule == "sign_in"
    assert ada.refused(code=ada.shown(-1)).rule == "sign_in", "older than the newest that was used"
    ada.sign_in(code=ada.shown(1))
    ada.wait(300)
    assert ada.refused(code=ada.shown(2)).rule == ada.refused(code=ada.shown(-2)).rule == "sign_in"
    ada.sign_in(code=ada.shown(-1))


def test_five_failures_lock_for_longer_each_time_and_attempts_do_not_lengthen_it(small_world, ada):
    def fail(times):
        for _ in range(times):
            ada.refused(password="not this one")

    fail(4)
    ada.sign_in()
    fail(4)
    assert acts(small_world.store, "locked") == [], "a sign-in begins a new count; what does not lock leaves no row"
    ada.refused(password="not this one")
    for minutes in (1, 5, 15, 60, 60):
        ada.wait(minutes * 60 - 90)
        assert ada.refused().rule == "sign_in", "neither counted nor let in"
        ada.wait(61)
        ada.refused(code="000000")
    assert acts(small_world.store, "locked") == ["access: sign-in locked"] * 6
    ada.wait(3600)
    ada.sign_in()
    fail(4)
    ada.sign_in()
    with small_world.store.read() as connection:
        found = connection.execute(select(notices).where(notices.c.kind == "sign-in locked")).all()
    assert [r.company for r in found] == ["M-0001"] * 6


def test_a_sign_in_ends_after_half_an_hour_in_which_nobody_does_anything(ada):
    token, watching = ada.sign_in().token, ada.sign_in().token
    ada.wait(29 * 60)
    assert ada.actor(token) == ada.actor(watching, is_watching=True)
    ada.wait(29 * 60)
    assert ada.actor(token).user == ada.user
    assert ada.over(watching) == "sign_in_ended", "a screen that refreshes by itself keeps nobody signed in"
    ada.wait(30 * 60 + 1)
    assert ada.over(token) == "sign_in_ended"
    assert ada.over(token) == "sign_in_ended", "and does not come back"


def test_when_it_was_seen_is_written_once_a_minute(small_world, ada):
    token = ada.sign_in().token

    def seen():
        with small_world.store.read() as connection:
            return connection.scalar(select(sign_ins.c.last_seen))

    first = seen()
    ada.wait(50)
    ada.actor(token)
    assert seen() == first
    ada.wait(10)
    ada.actor(token)
    assert seen() > first


def test_a_sign_in_ends_after_twelve_hours_however_busy(ada):
    signed = ada.sign_in()
    for _ in range(35):
        ada.wait(20 * 60)
        ada.actor(signed.token)
    ada.wait(20 * 60)
    assert ada.over(signed.token) == "sign_in_ended"


def erased(world, user):
    world.by_two(c.ErasePerson(user=user, reason="asked for it"))


def set_state(state):
    def change(world, _user):
        with world.store.write() as connection:
            connection.execute(update(companies).where(companies.c.code == "R-0001").values(state=state))

    return change


@pytest.mark.parametrize(
    ("happens", "rule"),
    [
        (lambda world, user: world.client("R-0001").do(c.DeactivateUser(user=user)), "sign_in_ended"),
        (lambda world, user: world.client("R-0001").do(c.EndSignIns(user=user)), "sign_in_ended"),
        (erased, "sign_in_ended"),
        (set_state("rejected"), "user_active"),
        (set_state("suspended"), "user_active"),
    ],
    ids=["deactivated", "ended", "erased", "rejected", "a watcher suspended"],
)
def test_what_ends_a_user_ends_the_sign_in(small_world, guard, happens, rule):
    watcher = Person(small_world, "R-0001", guard).enrol()
    token = watcher.sign_in().token
    happens(small_world, watcher.user)
    assert watcher.over(token) == rule
    assert watcher.refused().rule == "sign_in"
    with small_world.store.read() as connection:
        assert (connection.scalar(select(credentials.c.user)) is None) == (rule == "sign_in_ended"), "and is forgotten"


def test_an_address_and_a_process_take_so_many_at_a_time(ada, guard):
    guard.addresses = Attempts(rate=0.001, burst=2)
    ada.sign_in(address="2001:db8:1:2::1")
    assert ada.refused(address="2001:db8:1:2:ffff::2", user="U-9999").rule == "sign_in"
    with pytest.raises(Refused) as often:
        ada.sign_in(address="2001:db8:1:2::3")
    assert (often.value.status, often.value.mistake.rule) == (429, "rate")
    assert ada.sign_in(address="2001:db8:1:3::1").actor.user == ada.user

    hasher = Hasher(time_cost=1, memory_kib=8, lanes=1, at_once=1, wait_seconds=0.01)
    with hasher._place(), pytest.raises(Refused) as busy:
        hasher.is_right(None, PASSWORD)
    assert (busy.value.status, busy.value.mistake.rule) == (429, "busy")
    assert not hasher.is_right(None, PASSWORD), "its place is free again"


def test_sign_ins_are_listed_for_the_operator_and_for_their_company(small_world, ada, guard):
    officer = Person(small_world, "OP", guard).enrol()
    ada.sign_in()
    token = officer.sign_in().token
    sign_out(small_world.store, small_world.secrets, token)

    def listed(who, **query):
        found = small_world.client(who).ask(ListSignIns(**query))["items"]
        return [(s["user"], s["ended_at"] is None) for s in found]

    both = [(ada.user, True), (officer.user, False)]
    assert listed("OP") == both
    assert listed("OP", user=officer.user) == listed("OP", after=1, limit=1) == both[1:]
    assert listed("M-0001") == both[:1]
    assert listed("M-0002") == listed("R-0001") == listed("M-0001", user=officer.user) == []
    ada.wait(89 * 86_400)
    sweep(small_world.store, small_world.secrets)
    with small_world.store.read() as connection:
        assert len(connection.execute(select(sign_ins)).all()) == 2
    ada.wait(86_400 + 60)
    sweep(small_world.store, small_world.secrets)
    with small_world.store.read() as connection:
        kept = connection.scalars(select(sign_ins.c.user)).all()
    assert kept == [ada.user], "that one ended half a day later"


def test_a_password_that_changes_while_it_is_compared_lets_nobody_in(small_world, ada, guard):
    class Meanwhile(Hasher):
        def is_right(self, held, password):
            found = super().is_right(held, password)
            ada.guard = guard
            ada.do(c.ChangePassword(old=PASSWORD, new="wind over the hills", code=ada.code()))
            return found

    ada.guard = Guard(Meanwhile(time_cost=1, memory_kib=8, lanes=1))
    code = ada.shown(2)  # good once the change has used the one before
    assert ada.refused(code=code).rule == "sign_in"
    assert ada.sign_in("wind over the hills").actor.user == ada.user


def test_who_does_not_exist_costs_as_much_as_who_does():
    hasher, seen = Hasher(time_cost=2, memory_kib=16, lanes=1), []
    known = hasher.hash(PASSWORD)

    class Costs:
        def verify(self, held, _password):
            seen.append(extract_parameters(held))
            raise VerifyMismatchError

    hasher._argon = Costs()
    assert not hasher.is_right(known, PASSWORD)
    assert not hasher.is_right(None, PASSWORD)
    assert seen[0] == seen[1]
    assert (seen[0].time_cost, seen[0].memory_cost) == (2, 16)
