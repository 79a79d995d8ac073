"""What a session says of itself: the next step, who may do what now and why not, its figures, what needs somebody."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import insert, update
from tests.service.test_client import with_market
from tests.service.three_states import DAY, Night

from walras.service import commands as c
from walras.service.clock import SECOND
from walras.service.store.schema import objections, sessions
from walras.service.store.schema import runs as run_table


def steps(night, who="OP"):
    return night.world.get(f"/sessions/{night.session}/next-steps", who).json()


def may(night, who="OP"):
    return [a["act"] for a in steps(night, who)["acts"] if a["may"]]


def reason(night, act):
    found = next(a for a in steps(night)["acts"] if a["act"] == act)
    return [r["rule"] for r in found["reasons"]]


def coming(night):
    found = steps(night)["next"]
    return found["step"], found["by"]


def test_a_session_says_at_each_step_what_may_come_next(small_world):
    night = Night(small_world)
    assert coming(night) == ("begin-run", "worker")
    assert may(night) == ["start-fallback", "declare-missing-book", "exclude-order", "cancel-session"]
    assert reason(night, "run-session") == ["one_run"]
    assert reason(night, "open-session") == ["session_time"]
    assert reason(night, "finalise-session") == ["session_moves"]
    assert reason(night, "step-down") == ["fallback_due"]
    assert reason(night, "readmit-order") == ["order_excluded"]
    assert may(night, "R-0001") == [], "who watches does nothing"
    night.at(51)
    assert "step-down" in may(night)
    night.at(0)
    assert night.runner().once() == "done"
    assert coming(night) == ("raise-objection", "members")
    assert steps(night)["next"]["at"] == small_world.get(f"/sessions/{night.session}").json()["final_after"]
    assert "run-session" in may(night)
    assert may(night, "M-0001") == ["raise-objection"]
    small_world.client("M-0001").do(c.RaiseObjection(session=night.session, text="my order is missing"))
    night.at(1000)
    assert coming(night) == ("answer-objection", "officer")
    assert reason(night, "finalise-session") == ["objections_answered"]
    with night.store.write() as connection:
        connection.execute(update(objections).values(state="upheld"))
    assert (coming(night), reason(night, "finalise-session")) == (("run-session", "officer"), ["objections_upheld"])
    with night.store.write() as connection:
        connection.execute(update(objections).values(state="dismissed"))
    assert coming(night) == ("finalise-session", "officers")
    number = small_world.client("OP").do(c.FinaliseSession(session=night.session))["proposal"]
    assert [(p["proposal"], p["command"]) for p in steps(night)["proposals"]] == [(number, "finalise-session")]
    assert steps(night, "M-0001")["proposals"] == []
    small_world.client("OP-2").approve(number)
    assert (coming(night), may(night), may(night, "M-0001")) == (("", ""), [], [])


def test_what_may_be_done_is_what_the_commands_do(small_world):
    """Every act that is offered goes through, and none that is not."""
    night = Night(small_world)
    asked = {
        "open-session": c.OpenSession(session=night.session), "close-session": c.CloseSession(session=night.session),
        "run-session": c.RunSession(session=night.session, reason="again"),
        "step-down": c.StepDown(session=night.session),
    }  # fmt: skip
    for second in (0, 51, 86):
        night.at(second)
        offered = set(may(night))
        for act, command in asked.items():
            answer = small_world.post(command.word(), command.model_dump(mode="json"))
            assert (answer.status_code == 200) == (act in offered), (second, act, answer.text)
    assert night.row().state == "fallback"
    assert coming(night) == ("run-session", "officer")
    assert "start-fallback" not in may(night), "there is no rung below none"


def test_rungs_and_orders_that_are_left_out_are_named(small_world):
    night = Night(small_world)
    acts = {a["act"]: a for a in steps(night)["acts"]}
    assert acts["start-fallback"]["rungs"] == ["rerun", "partial_decoupling", "local", "none"]
    assert acts["readmit-order"]["orders"] == []
    small_world.by_two(night.exclude("M-0002", "c-gas"))
    small_world.by_two(
        c.StartFallback(session=night.session, reason="the line is down", rung="partial_decoupling", cut_off=("C",))
    )
    acts = {a["act"]: a for a in steps(night)["acts"]}
    assert acts["start-fallback"]["rungs"] == ["partial_decoupling", "local", "none"]
    assert acts["readmit-order"]["orders"] == [{"member": "M-0002", "order": "c-gas"}]
    assert acts["start-fallback"]["needs_two"]


def test_the_figures_of_a_result(small_world):
    night = Night(small_world, kind="dry_run")
    path = f"/sessions/{night.session}/figures"
    assert small_world.get(path).json()["mistakes"][0]["rule"] == "result_known"
    assert night.runner().once() == "done"
    found = small_world.get(path, "M-0001").json()
    assert (found["stage"], found["version"], found["currency"]) == ("preliminary", 1, "EUR")
    (carrier,) = found["carriers"]
    assert {z["zone"]: z["price"][0][1] for z in carrier["zones"]} == {"A": 10.0, "B": 30.0, "C": 50.0}
    assert {x["link"]: x["sent_mw"][0][1] for x in carrier["links"]} == {"A-B": 30.0, "A-C": 25.0, "B-C": 20.0}
    assert len(carrier["zones"][0]["price"]) == 25, "the end of the last MTU closes the series"
    full = {line["line"]: (line["full_mtus"], line["mtus"]) for line in found["congestion"]}
    assert full["A-C"] == (1, 24), "orders are for the first hour"
    assert small_world.get(path, "").status_code in (401, 403)
    assert small_world.get(f"{path}?version=7").status_code == 404


def test_the_timetable_of_a_day_in_local_time_and_utc(small_world):
    with_market(small_world)
    found = small_world.get("/markets/power/timetable?day=2026-07-01", "").json()
    at = {e["event"] + e["rung"]: (e["at"], e["local"]) for e in found["events"]}
    assert at["gate"] == ("2026-06-30T10:00:00.000000Z", "2026-06-30 12:00 UTC+02:00 (Europe/Berlin)")
    assert [e["at"] for e in found["events"]] == sorted(e["at"] for e in found["events"])
    assert {"rungrerun", "runglocal", "delivery", "results_due", "final"} <= set(at)
    assert at["delivery"][0] == "2026-06-30T22:00:00.000000Z"
    assert not found["clock_changes"]
    assert small_world.get("/markets/power/timetable?day=2026-03-29", "").json()["clock_changes"]
    ahead = small_world.get("/markets/power/timetable", "").json()
    gates = [e["at"] for e in ahead["events"] if e["event"] == "gate"]
    assert ahead["now"] < gates[0], "the day whose gate comes next"
    assert [x["at"] for x in ahead["coming"]] == sorted(x["at"] for x in ahead["coming"])
    assert small_world.get("/markets/power/timetable?day=2019-01-01").json()["mistakes"][0]["rule"] == "market_valid"
    assert small_world.get("/markets/none/timetable").json()["mistakes"][0]["rule"] == "market_known"


def test_versions_of_a_market(small_world):
    with_market(small_world)
    changed = small_world.get("/markets/power").json()["definition"] | {"name": "Power, changed"}
    later = date.today() + timedelta(days=400)
    small_world.by_two(c.SetMarket(market="power", valid_from=later, definition=changed))
    found = small_world.get("/markets/power/versions", "").json()["items"]
    assert [(v["version"], v["valid_from"]) for v in found] == [(2, later.isoformat()), (1, "2020-01-01")]
    assert small_world.get("/markets/power?version=2").json()["definition"]["name"] == "Power, changed"
    assert small_world.get("/markets/power").json()["definition"]["name"] == "Two zones"
    assert small_world.get("/markets/power?version=3").json()["mistakes"][0]["rule"] == "market_version"


def test_what_needs_somebody(small_world):
    night = Night(small_world)
    number = small_world.client("OP").do(c.CancelSession(session=night.session, reason="a storm"))["proposal"]
    with night.store.write() as connection:
        connection.execute(update(run_table).values(state="failed", error="no result: the time is over\nmore"))
        row = {"session": night.session, "member": "M-0001", "version": 1, "text": "t", "state": "raised", "at": 0}
        connection.execute(insert(objections).values(**row))
    found = small_world.get("/attention").json()
    assert [(p["proposal"], p["is_own"]) for p in found["proposals"]] == [(number, True)]
    assert not small_world.get("/attention", "OP-2").json()["proposals"][0]["is_own"]
    assert found["failed_runs"] == [{"session": night.session, "run": 1, "error": "no result: the time is over"}]
    assert [o["member"] for o in found["objections"]] == ["M-0001"]
    assert found["late"] == []
    night.at(50 + 16)
    assert [x["act"] for x in small_world.get("/attention").json()["late"]] == ["step-down"]
    assert small_world.get("/attention", "M-0001").status_code == 403


def test_capacities_that_a_side_owes_are_missed_before_the_gate(small_world):
    night = Night(small_world)
    with night.store.write() as connection:
        at = night.store.clock.now(connection)
        connection.execute(update(sessions).values(state="open", gate_at=at + 3600 * SECOND))
    assert small_world.get("/attention").json()["capacities"] == [], "no zone has a system operator"
    definition = small_world.get(f"/markets/{night.row().market}?day={DAY}").json()["definition"]
    definition["zones"][0]["system_operator"] = "S-0001"
    small_world.by_two(c.SetMarket(market=night.row().market, valid_from=DAY, definition=definition))
    (missing,) = small_world.get("/attention").json()["capacities"]
    assert missing["delivery_day"] == str(DAY)
    assert missing["sides"] == [{"side": "S-0001", "elements": ["A-B", "A-C"]}]
    assert datetime.fromisoformat(missing["due_at"]).tzinfo == UTC
