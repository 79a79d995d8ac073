"""What one dishonest officer, a dishonest member or a damaged row must not reach."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update
from tests.service.two_states import DAY, curve, definition, documents, founded

from walras.errors import BadInput
from walras.service import commands as c
from walras.service import (
    handlers,  # noqa: F401 - fills the registry
    submitted,
)
from walras.service.bootstrap import let_in
from walras.service.clock import SECOND
from walras.service.dispatch import Dispatch
from walras.service.door import Door
from walras.service.gate import check_definition
from walras.service.permissions import NotAllowed, NotKnown
from walras.service.queries import ListTrail
from walras.service.readers import ask
from walras.service.roles import Actor, Role
from walras.service.store import trail, users
from walras.service.store.schema import companies, default_orders, idempotency, metadata, notices, orders, sessions
from walras.service.terms import market_terms
from walras.service.trail_check import flaws
from walras.service.worker import timetable

OFFICER = Actor(Role.OPERATOR, "U-1", "OP")
ONE, TWO = (Actor(Role.MEMBER, f"U-M-000{i}", f"M-000{i}", f"keyM-000{i}") for i in (1, 2))


@pytest.fixture
def dispatch(sqlite_store, secrets):
    return Dispatch(sqlite_store, secrets)


def rules(error):
    return [m.rule for m in error.value.mistakes]


def leave(dispatch, actor, *left, day=DAY):
    return dispatch.do(actor, c.SetDefaultOrders(market="two", day=day, orders=documents(*left)))


def at_the_gate(dispatch):
    """Pass the gate, do what is due, and return the orders that are in the book by member."""
    dispatch.store.clock.ahead += 3601 * SECOND
    timetable.tick(dispatch)
    with dispatch.store.read() as connection:
        assert connection.scalar(select(sessions.c.state)) == "closed"
        return sorted(connection.execute(select(orders.c.member, orders.c.name)).all())


# --- one officer is not two ---------------------------------------------------------------


def test_an_officer_alone_makes_no_second_officer(small_world):
    added = small_world.post("add-user", {"company": "OP", "name": "Ada Example", "email": "a@example.invalid"}).json()
    assert added["state"] == "waiting"
    assert small_world.post("approve-proposal", {"proposal": added["proposal"]}).status_code == 403
    answer = small_world.post("approve-proposal", {"proposal": added["proposal"]}, "OP-2").json()["answer"]
    assert answer["company"] == "OP"
    assert small_world.post("issue-key", {"user": answer["user"]}).json()["state"] == "waiting"


@pytest.mark.parametrize("whose", ["OP-2", "M-0001"])
def test_an_officer_alone_takes_nobodys_place(small_world, whose):
    asked = small_world.post("issue-key", {"user": small_world.users[whose]}).json()
    assert asked["state"] == "waiting"
    assert "key" not in asked


def test_a_key_by_two_officers_is_kept_nowhere_and_its_company_is_told(small_world):
    asked = small_world.post("issue-key", {"user": small_world.users["M-0001"]}).json()
    body = {"proposal": asked["proposal"]}
    key = small_world.post("approve-proposal", body, "OP-2", Idempotency_Key="k-1").json()["answer"]["key"]
    assert key.startswith("wk_")
    with small_world.store.read() as connection:
        assert key not in "".join(connection.scalars(select(idempotency.c.answer)))
        told = connection.execute(select(notices).where(notices.c.kind == "key issued")).one()
    assert told.company == "M-0001"
    assert key not in told.body


def test_an_officer_still_gives_a_new_company_its_first_key(small_world):
    applied = small_world.post(
        "apply-for-membership",
        {"name": "New", "country": "DE", "contact_name": "Ada Example", "contact_email": "a@example.invalid"},
    ).json()
    assert "key" in small_world.post("issue-key", {"user": applied["user"]}).json()
    assert "key" not in small_world.post("issue-key", {"user": applied["user"]}).json()


def test_a_narrow_key_makes_no_wider_one(small_world):
    user = small_world.users["M-0001"]
    small_world.keys["narrow"] = small_world.post("issue-key", {"user": user, "scopes": ["users"]}, "M-0001").json()[
        "key"
    ]
    for scopes in ([], ["orders"], ["users", "orders"]):
        response = small_world.post("issue-key", {"user": user, "scopes": scopes}, "narrow")
        assert (response.status_code, response.json()["mistakes"][0]["rule"]) == (403, "key_scope")
    assert "key" in small_world.post("issue-key", {"user": user, "scopes": ["users"]}, "narrow").json()


def test_a_key_that_was_rotated_away_rotates_no_more(small_world):
    assert "key" in small_world.post("rotate-key", {}, "M-0001").json()
    response = small_world.post("rotate-key", {}, "M-0001")
    assert (response.status_code, response.json()["mistakes"][0]["rule"]) == (422, "key_in_use")


def test_a_regulator_that_is_not_admitted_reads_nothing(small_world):
    with small_world.store.write() as connection:
        connection.execute(update(companies).where(companies.c.code == "R-0001").values(state="applied"))
        with pytest.raises(NotKnown):
            users.authenticate(connection, small_world.secrets, small_world.keys["R-0001"], 0)


# --- what nobody reads before the gate ----------------------------------------------------


def test_the_trail_shows_nothing_to_guess_orders_from_before_the_gate(dispatch):
    session = founded(dispatch.store, dispatch.secrets, kind="live")
    door = Door(dispatch, lambda document, at: document)
    door.start()
    door.submit(ONE, c.SubmitOrders(session=session, orders=documents(curve("a", "North", "supply", 20, 1))), None)
    door.stop()
    before = ask(dispatch.store, dispatch.secrets, OFFICER, ListTrail(stream=session))["items"][0]["body"]
    at_the_gate(dispatch)
    after = ask(dispatch.store, dispatch.secrets, OFFICER, ListTrail(stream=session))["items"][0]["body"]
    assert set(after) - set(before) == {"versions", "digest"}


def test_a_simulation_opens_nobodys_default_orders(dispatch):
    session = founded(dispatch.store, dispatch.secrets, kind="simulation")
    leave(dispatch, ONE, curve("left", "North", "supply", 20, 1))
    dispatch.do(OFFICER, c.CloseSession(session=session))
    with dispatch.store.read() as connection:
        assert connection.execute(select(orders)).all() == []


# --- nobody's default orders hold up a gate ------------------------------------------------


def test_default_orders_of_a_suspended_company_stay_out(dispatch):
    founded(dispatch.store, dispatch.secrets, kind="live")
    leave(dispatch, ONE, curve("left", "North", "supply", 20, 1))
    leave(dispatch, TWO, curve("left", "North", "supply", 20, 1))
    with dispatch.store.write() as connection:
        connection.execute(update(companies).where(companies.c.code == "M-0001").values(state="suspended"))
    with pytest.raises(BadInput) as error:
        leave(dispatch, ONE, curve("more", "North", "supply", 20, 1))
    assert rules(error) == ["member_active"]
    leave_none = c.SetDefaultOrders(market="two", day=DAY)
    assert at_the_gate(dispatch) == [("M-0002", "left")]
    assert dispatch.do(ONE, leave_none)["orders"] == 0


def test_an_hour_that_a_day_does_not_have_holds_up_no_gate(dispatch):
    """02:00 in Rome, left for the day before clocks go forward: the day itself has no such hour."""
    founded(dispatch.store, dispatch.secrets, kind="live")
    night = {"mtu_start": "2026-03-28T01:00:00Z", "steps": [{"price_per_mwh": 10.0, "quantity_mw": 5.0}]}
    place = {"family": "curve", "zone": "North", "carrier": "electricity", "side": "supply"}
    noon = night | {"mtu_start": "2026-03-28T11:00:00Z"}
    day = date(2026, 3, 28)
    leave(dispatch, ONE, place | {"order": "night", "mtus": [night]}, day=day)
    leave(
        dispatch, TWO, place | {"order": "night", "mtus": [night]}, place | {"order": "noon", "mtus": [noon]}, day=day
    )
    with dispatch.store.write() as connection:
        connection.execute(update(sessions).values(delivery_day="2026-03-29"))
    assert at_the_gate(dispatch) == [("M-0002", "noon")]


def test_damaged_default_orders_hold_up_no_gate(dispatch):
    founded(dispatch.store, dispatch.secrets, kind="live")
    for one in (ONE, TWO):
        leave(dispatch, one, curve("left", "North", "supply", 20, 1))
    with dispatch.store.write() as connection:
        connection.execute(update(default_orders).where(default_orders.c.member == "M-0001").values(sealed=b"no"))
    assert at_the_gate(dispatch) == [("M-0002", "left")]


def test_a_session_that_cannot_move_holds_up_no_other(dispatch, monkeypatch):
    founded(dispatch.store, dispatch.secrets, kind="live")
    with dispatch.store.write() as connection:
        row = connection.execute(select(sessions)).one()._asdict()
        connection.execute(insert(sessions).values(row | {"id": "two-broken", "gate_at": row["gate_at"] - 1}))
    carried_out = Dispatch.do

    def broken(self, actor, command, key=None):
        if command.session == "two-broken":
            raise RuntimeError("this one")
        return carried_out(self, actor, command, key)

    monkeypatch.setattr(Dispatch, "do", broken)
    dispatch.store.clock.ahead += 3601 * SECOND
    with pytest.raises(RuntimeError, match="this one"):
        timetable.tick(dispatch)
    with dispatch.store.read() as connection:
        states = dict(connection.execute(select(sessions.c.id, sessions.c.state)).all())
    assert states == {"two-broken": "open", f"two-{DAY}-da": "closed"}


# --- members and lists ---------------------------------------------------------------------


def test_whoever_may_not_trade_in_a_market_objects_to_nothing(dispatch):
    session = founded(dispatch.store, dispatch.secrets)
    with dispatch.store.write() as connection:
        until = dispatch.store.clock.now(connection) + 3600 * SECOND
        connection.execute(update(sessions).values(state="cleared", version=1, objections_until=until))
    stranger = Actor(Role.MEMBER, "U-9", "M-0099")
    with pytest.raises(BadInput) as error:
        dispatch.do(stranger, c.RaiseObjection(session=session, text="no"))
    assert rules(error) == ["member_admitted"]
    assert dispatch.do(ONE, c.RaiseObjection(session=session, text="no"))["state"] == "raised"


def test_a_confirmed_hit_of_a_member_stops_no_later_list(small_world):
    rows = "name,aliases,identifiers,kind,source,listed_on\nCompany M-0001,,,company,made up,2025-01-31\n"
    first = small_world.post("import-restricted-list", {"name": "L", "csv": rows}).json()
    assert "M-0001" in first["held"]
    cases = small_world.get("/cases").json()["items"]
    number = next(one["case"] for one in cases if one["company"] == "M-0001")
    confirmed = {"case": number, "verdict": "confirm", "reason": "it is"}
    assert small_world.post("decide-case", confirmed).json()["state"] == "rejected"
    response = small_world.post(
        "import-restricted-list", {"name": "L", "csv": rows + "Other Example,,,company,x,2025-01-31\n"}
    )
    assert response.status_code == 200, response.text


# --- a clumsy officer gets a problem, not a 500 ---------------------------------------------


@pytest.mark.parametrize("zone", ["America", "posixrules", "../../etc/passwd", ""])
def test_what_is_no_time_zone_is_refused(small_world, zone):
    body = json.loads(definition().model_dump_json()) | {"time_zone": zone}
    sent = {"market": "two", "valid_from": "2026-01-01", "definition": body}
    response = small_world.post("set-market", sent)
    assert (response.status_code, response.json()["mistakes"][0]["rule"]) == (422, "time_zone")


@pytest.mark.parametrize(
    ("opens", "gate"),
    [
        ("2026-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
        ("0001-01-01T00:00:00+14:00", "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00Z", "9999-12-31T22:00:00-14:00"),
    ],
)
def test_times_that_no_clock_can_say_are_refused(small_world, opens, gate):
    small_world.by_two(c.SetMarket(market="two", valid_from=date(2020, 1, 1), definition=definition()))
    sent = {"market": "two", "delivery_day": "2026-12-01", "kind": "simulation", "opens_at": opens, "gate_at": gate}
    response = small_world.post("schedule-session", sent)
    assert (response.status_code, response.json()["mistakes"][0]["rule"]) == (422, "session_times")


def test_a_member_makes_nobody_of_another_company(dispatch):
    founded(dispatch.store, dispatch.secrets)
    for command in (c.IssueKey(user="U-M-0002"), c.AddUser(company="M-0002", name="Ada Example", email="a@b.invalid")):
        with pytest.raises(NotAllowed):
            dispatch.do(ONE, command)


# --- whoever writes to the database --------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {"artefacts": 5},
        {"artefacts": {"a": 5}},
        {"submission": [], "digest": 1},
        {"version": {}},
        {"market": [], "version": 1},
        {},
    ],
)
@pytest.mark.parametrize("act", ["orders", "cleared", "closed", "scheduled", "market set"])
def test_a_row_of_another_form_ends_no_check_of_the_trail(dispatch, act, body):
    """A row with its right digest, which no seal holds yet: the next session is looked at all the same."""
    session = founded(dispatch.store, dispatch.secrets)
    with dispatch.store.write() as connection:
        row = connection.execute(select(sessions)).one()._asdict()
        connection.execute(insert(sessions).values(row | {"id": "two-other"}))
        stream = "markets" if act == "market set" else session
        trail.append(connection, [trail.row_of(stream, 1, ONE, act, body)])
    with dispatch.store.read() as connection:
        assert "two-other" in {flaw.stream for flaw in flaws(connection, dispatch.secrets, submitted)}


def test_the_machine_lets_an_officer_in_and_says_so(small_world):
    made = let_in(small_world.store, small_world.secrets, small_world.users["OP-2"])
    small_world.keys["again"] = made["key"]
    assert small_world.get("/me", "again").json()["user"] == small_world.users["OP-2"]
    with small_world.store.read() as connection:
        rows = trail.listed(connection, "members", 0, 1000)
    assert rows[-1]["body"]["why"] == "at the machine"
    with pytest.raises(BadInput) as error:
        let_in(small_world.store, small_world.secrets, small_world.users["M-0001"])
    assert rules(error) == ["officer_known"]


@pytest.mark.parametrize(("zone", "day"), [("Africa/Cairo", "2027-04-30"), ("America/Santiago", "2027-09-05")])
def test_a_day_whose_midnight_is_skipped_begins_an_hour_later(zone, day):
    """Clocks go from 00:00 to 01:00 there: the day has 23 hours, on every table."""
    terms = market_terms(definition(time_zone=zone), date.fromisoformat(day))
    assert len(terms.places.cells.start) == 2 * 23


def test_a_day_that_the_market_does_not_fit_is_not_scheduled(small_world):
    grids = [g.model_dump() | {"mtu_minutes": 1440} for g in definition().grids]
    small_world.by_two(c.SetMarket(market="two", valid_from=date(2020, 1, 1), definition=definition(grids=grids)))
    response = small_world.post("schedule-session", {"market": "two", "delivery_day": "2027-03-28"})
    assert (response.status_code, response.json()["mistakes"][0]["rule"]) == (422, "horizon_whole_mtus")
    assert small_world.post("schedule-session", {"market": "two", "delivery_day": "2027-03-29"}).status_code == 200


def test_a_market_at_a_quarter_past_needs_no_timetable_of_its_own():
    """Kathmandu is 5:45 ahead of UTC: quarter-hours fit, hours do not."""
    grids = [g.model_dump() | {"mtu_minutes": 15} for g in definition().grids]
    check_definition(definition(time_zone="Asia/Kathmandu", grids=grids), date(2026, 12, 1), None)
    with pytest.raises(BadInput) as error:
        check_definition(definition(time_zone="Asia/Kathmandu"), date(2026, 12, 1), None)
    assert rules(error) == ["mtu_aligned"]


def test_one_officer_opens_no_live_book_early(dispatch):
    """A gate of his own a second from now would open the book, and every member's default orders with it."""
    founded(dispatch.store, dispatch.secrets, kind="live")
    gate = datetime.now(UTC) + timedelta(seconds=1)
    plan = c.ScheduleSession(market="two", delivery_day=DAY, name="early", gate_at=gate)
    assert dispatch.do(OFFICER, plan)["state"] == "waiting"


def test_one_officer_takes_no_other_away_and_shortens_no_list(small_world):
    dispatch = small_world.dispatch
    assert dispatch.do(OFFICER, c.DeactivateUser(user=small_world.users["OP-2"]))["state"] == "waiting"
    listed = "name,aliases,identifiers,kind,source,listed_on\nMade Up Trading,,,company,made up,2025-01-31\n"
    assert dispatch.do(OFFICER, c.ImportRestrictedList(name="ours", csv=listed))["entries"] == 1
    assert dispatch.do(OFFICER, c.ImportRestrictedList(name="ours", csv=listed))["state"] == "waiting"


def test_a_stolen_store_has_no_digest_to_try_guesses_at(dispatch):
    """Everything that stands in the store of a small order is blind without the master key."""
    session = founded(dispatch.store, dispatch.secrets, kind="live")
    door = Door(dispatch, lambda document, at: document)
    door.start()
    command = c.SubmitOrders(session=session, orders=documents(curve("a", "North", "supply", 20, 1)))
    answer = door.submit(ONE, command, "k").result(30)
    door.stop()
    words = {answer["digest"], *answer["hashes"].values()}
    with dispatch.store.read() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(table.select()):
                assert not any(word in str(value) for value in row for word in words), table.name
