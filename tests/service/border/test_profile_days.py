"""A day of each rules profile, from the border to the final result, with every figure on paper."""

import json
from contextlib import ExitStack

import pytest
from tests.service.border.markets import DAY, INDIAN, SAPP, TURKISH, Day, text
from tests.service.border.stage import NORTH, SOUTH, refused

from walras.errors import NoResult
from walras.service import commands as c
from walras.service import queries as q
from walras.service.publication import pages
from walras.service.replay import replay
from walras.service.store.capacity_schema import corridor_answers, corridors
from walras.service.store.schema import runs
from walras.service.worker.system_prices import system_prices


@pytest.fixture
def world(sqlite_store, secrets):
    """Make the market of a profile, its people and a clock."""
    with ExitStack() as stack:
        yield lambda definition: stack.enter_context(Day(sqlite_store, secrets, definition))


@pytest.fixture
def each_world(store, secrets):
    """The same on both stores."""
    with ExitStack() as stack:
        yield lambda definition: stack.enter_context(Day(store, secrets, definition))


def declare(day, who, name, *forward):
    mtus = tuple(
        c.CapacityMtu(mtu_start=s, forward_mw=(mw,), backward_mw=(mw,))
        for s, mw in zip(day.starts, forward * (len(day.starts) // len(forward)), strict=True)
    )
    figures = c.CapacityFigures(element=name, criteria=("thermal",), mtus=mtus)
    return day.do(who, c.SubmitCapacity(market="two", delivery_day=DAY, figures=(figures,)))


def contract(day, mw, element, permit):
    """A bilateral contract of M-0001 with M-0002, permitted up to a power and confirmed."""
    day.do(NORTH, c.GrantPermit(market="two", holder="M-0001", element=element, direction="forward", most_mw=permit,
                                valid_from=DAY, valid_to=DAY))  # fmt: skip
    legs = (({"element": element, "direction": "forward", "right": None},),)
    command = c.RegisterContract(market="two", reference="a contract", role="seller", counterparty="M-0002", legs=legs,
                                 volumes=day.volumes(mw))  # fmt: skip
    name = day.do("M-0001", command)["contract"]
    day.do("M-0002", c.ConfirmContract(contract=name))
    return name


def test_a_day_of_the_southern_african_pool(world):
    """Three countries, ZAR/MWh, each of 24 hours the same.

    MZ: M-0001 sells 500 at 300, M-0003 buys 100. ZA: M-0003 sells 100 at 420 and 400 at 600, M-0002 buys 400. ZM:
    M-0004 buys 50. All buy at 2,000.

    Without network limits 100 + 400 + 50 = 550 are bought: 500 at 300 and 50 at 420. System price 420.00.

    MZ-ZA: its two operators declare 200 and 210; the lower value holds. A bilateral contract of 60 takes its part
    first: 140 are left for the auction. MZ sells 100 at home and 140 over the line, 240 of 500: area price 300.00. ZA
    and ZM buy 450, less 140 that come: 310 from ZA, 100 at 420 and 210 at 600: area price 600.00, and the same in ZM,
    whose line carries 50 of 300.

    Schedules of MZ-ZA: 60 bilateral and 140 of the auction, 200 together, what the line has.
    """
    day = world(SAPP)
    day.plan_session()  # five days ahead: orders are taken ten days before delivery
    contract(day, 60.0, "MZ-ZA", permit=60.0)
    declare(day, NORTH, "MZ-ZA", 200.0)
    declare(day, SOUTH, "MZ-ZA", 210.0)
    day.offer("M-0001", "hydro", "MZ", "supply", (300.0, 500.0))
    day.offer("M-0003", "maputo", "MZ", "demand", (2000.0, 100.0))
    day.offer("M-0003", "coal", "ZA", "supply", (420.0, 100.0), (600.0, 400.0))
    day.offer("M-0002", "gauteng", "ZA", "demand", (2000.0, 400.0))
    day.offer("M-0004", "lusaka", "ZM", "demand", (2000.0, 50.0))
    day.clock(day.local(9))  # schedules are matched; nobody nominated: the contract stands
    assert day.capacity("MZ-ZA")["forward"]["free_mw"] == [140.0] * 24
    assert day.clock(day.local(10)) == ["CloseSession"]
    assert day.run() == "done"
    assert day.prices() == {"MZ": [300.0] * 24, "ZA": [600.0] * 24, "ZM": [600.0] * 24}
    assert day.exchanges() == {"MZ-ZA": [140.0] * 24, "ZA-ZM": [50.0] * 24}
    system = day.table("published/system_prices")
    assert system.columns == ["zone", "carrier", "mtu_start", "price_zar_per_mwh"]
    assert day.prices("published/system_prices") == {"MZ": [420.0] * 24, "ZA": [420.0] * 24, "ZM": [420.0] * 24}
    (cleared,) = [body for act, body in day.acts() if act == "cleared"]
    assert cleared["system_prices"] == "published"
    assert "published/system_prices.parquet" in cleared["artefacts"]
    csv = day.http.get(f"/v1/sessions/{day.session}/results/system_prices.csv").text.splitlines()
    assert (len(csv), csv[1].split(",")[3]) == (73, "420.0")
    assert "System prices" in pages.session(day.store, day.session, None)
    day.at(day.local(11))
    day.by_two(c.FinaliseSession(session=day.session))
    found = {e["element"]: e for e in day.client("OP").ask(q.GetSchedules(market="two", delivery_day=DAY))["elements"]}
    assert found["MZ-ZA"]["layers_mw"] == {"bilateral": [60.0] * 24, "day_ahead": [140.0] * 24}
    assert found["MZ-ZA"]["planned_net_interchange_mw"] == [200.0] * 24
    assert found["ZA-ZM"]["planned_net_interchange_mw"] == [50.0] * 24
    assert replay(day.store, day.secrets, day.session).is_same
    assert day.is_sound()


def asked(day, *mw, element="W-S", backward=0.0):
    mtus = tuple(
        c.CorridorMtu(mtu_start=s, forward_mw=m, backward_mw=backward)
        for s, m in zip(day.starts, mw * (len(day.starts) // len(mw)), strict=True)
    )
    return c.AnswerCorridor(session=day.session, figures=(c.CorridorFigures(element=element, mtus=mtus),))


def indian(world):
    """An Indian day up to its gate.

    96 quarter hours, INR/MWh. W-S has 400 MW. A bilateral contract takes 150 of them, its permit is of 150 MW for this
    day. In the last four quarter hours both operators declare 100: the contract is cut to 100 there, and nothing is
    left for the auction, which holds 250 MW before.

    W: M-0001 sells 500 at 2,500, M-0003 buys 200 at 8,000. S: M-0003 sells 100 at 3,500 and 300 at 5,000, M-0002 buys
    390 at 9,000. Without network limits 200 + 390 = 590 are bought: 500 at 2,500 and 90 at 3,500, so the provisional
    price is 3,500 in both areas, and W sends 500 - 200 = 300 MW to S.
    """
    day = world(INDIAN)
    contract(day, 150.0, "W-S", permit=150.0)
    for who in (NORTH, SOUTH):
        declare(day, who, "W-S", *[400.0] * 92, *[100.0] * 4)
    day.at(day.local(8))
    day.plan_session()
    day.offer("M-0001", "wind", "W", "supply", (2500.0, 500.0))
    day.offer("M-0003", "pune", "W", "demand", (8000.0, 200.0))
    day.offer("M-0003", "coal", "S", "supply", (3500.0, 100.0), (5000.0, 300.0))
    day.offer("M-0002", "chennai", "S", "demand", (9000.0, 390.0))
    day.clock(day.local(9, 30))
    assert day.clock(day.local(11)) == ["CloseSession"]
    return day


def test_a_day_of_an_indian_exchange(world):
    """The first pass asks for 300 MW (see `indian`). W grants 200, S 180, where 250 are held; nothing where none is.

    With 180: W sells 200 at home and 180 over the line, 380 of 500: 2,500. S buys 390, 180 come: 100 at 3,500 and 110
    at 5,000: 5,000. In the last four quarter hours W sells 200: 2,500; S 100 at 3,500 and 290 at 5,000: 5,000.
    """
    day = indian(world)
    told = day.notices("M-0001", "capacity curtailed")[0]["mtus"]
    assert [(m["before_mw"], m["after_mw"]) for m in told] == [(150.0, 100.0)] * 4
    assert day.run() == "done"
    assert (day.row().state, day.row().version, day.plans()) == ("closed", 0, ["first pass"])
    assert day.prices("published/provisional_prices", 1) == {"S": [3500.0] * 96, "W": [3500.0] * 96}
    assert day.exchanges("published/provisional_exchanges", 1) == {"W-S": [300.0] * 96}
    assert day.http.get(f"/v1/sessions/{day.session}/results/prices.csv").status_code == 404, "it is no result"
    page = pages.session(day.store, day.session, 1)
    assert "This is no result" in page
    (wanted,) = [body for act, body in day.acts() if act == "corridor requested"]
    assert wanted["lines"]["W-S"]["forward_kw"] == [300_000] * 96
    assert wanted["due_at"] == "2027-03-09T07:15:00.000000Z", "12:45 in India"
    assert day.notices(SOUTH, "corridor requested")[0]["lines"]["W-S"]["backward_kw"] == [0] * 96
    shown = day.client(SOUTH).ask(q.GetCorridor(session=day.session))
    assert (shown["is_open"], shown["held"]["W-S"]["forward_kw"]) == (True, [250_000] * 92 + [0] * 4)
    first = day.do(NORTH, asked(day, *[200.0] * 92, *[0.0] * 4))
    assert first["silent"] == [{"element": "W-S", "side": SOUTH}]
    assert day.run() == "idle"
    second = day.do(SOUTH, asked(day, *[180.0] * 92, *[0.0] * 4))
    assert second["version"] == 2
    assert day.run() == "done"
    assert day.plans() == ["first pass", "coupled"]
    assert day.prices() == {"S": [5000.0] * 96, "W": [2500.0] * 96}
    assert day.exchanges() == {"W-S": [180.0] * 92 + [0.0] * 4}
    with refused("corridor_open"):
        day.do(SOUTH, asked(day, 0.0))
    assert day.capacity("W-S")["forward"]["allocated_mw"]["day_ahead"] == [250.0] * 92 + [0.0] * 4, "the hold stays"
    day.at(day.local(15))
    day.by_two(c.FinaliseSession(session=day.session))
    assert day.capacity("W-S")["forward"]["allocated_mw"] == {
        "bilateral": [150.0] * 92 + [100.0] * 4, "day_ahead": [180.0] * 92 + [0.0] * 4,
    }  # fmt: skip
    assert day.capacity("W-S")["forward"]["free_mw"] == [70.0] * 92 + [0.0] * 4
    assert replay(day.store, day.secrets, day.session).is_same
    first = replay(day.store, day.secrets, day.session, 1)
    assert first.is_same, "the pass without network limits, too"
    assert "without network limits" in first.steps[2].said
    assert first.steps[6].said.startswith("2 tables")
    assert day.is_sound()


def test_a_silent_side_grants_what_is_held_once_answers_are_due(each_world):
    """W grants 200, S says nothing until 12:45: 200 hold. W sells 400 of 500: 2,500; S 100 and 90 at 5,000."""
    day = indian(each_world)
    assert day.run() == "done"
    day.do(NORTH, asked(day, *[200.0] * 92, *[0.0] * 4))
    waits = {side: day.client(side).ask(q.ListDuties())["items"] for side in (NORTH, SOUTH)}
    asked_of = {side: [d["elements"] for d in found if d["kind"] == "corridor_due"] for side, found in waits.items()}
    assert asked_of == {NORTH: [], SOUTH: [["W-S"]]}
    with refused("corridor_time"):
        day.do("OP", c.CloseCorridor(session=day.session))
    assert day.clock(day.local(12, 44)) == []
    assert day.clock(day.local(12, 45)) == ["CloseCorridor"]
    assert day.clock(day.local(12, 46)) == [], "once"
    (granted,) = [body for act, body in day.acts() if act == "corridor granted"]
    assert granted["silent"] == [{"element": "W-S", "side": SOUTH}]
    with refused("corridor_open"):
        day.do(SOUTH, asked(day, 0.0))
    assert day.run() == "done"
    assert day.exchanges() == {"W-S": [200.0] * 92 + [0.0] * 4}
    assert day.prices() == {"S": [5000.0] * 96, "W": [2500.0] * 96}
    assert day.is_sound()


def test_an_answer_that_cannot_be_taken_names_its_rule(world):
    day = indian(world)
    with refused("corridor_open"):
        day.do(NORTH, asked(day, 0.0))
    assert day.run() == "done"
    with refused("corridor_within"):
        day.do(NORTH, asked(day, *[250.1] * 92, *[0.0] * 4))
    with refused("quantity_not_negative"):
        day.do(NORTH, asked(day, -1.0))
    with refused("element_known"):
        day.do(NORTH, asked(day, 0.0, element="nowhere"))
    with refused("capacity_mtus"):
        late = asked(day, 0.0).figures[0]
        day.do(NORTH, c.AnswerCorridor(session=day.session, figures=(late.model_copy(update={"mtus": late.mtus[1:]}),)))
    with refused("element_once"):
        day.do(NORTH, c.AnswerCorridor(session=day.session, figures=asked(day, 0.0).figures * 2))
    day.do(NORTH, asked(day, 0.0))
    with refused("corridor_answered"):
        day.do(NORTH, asked(day, 0.0))
    day.at(day.local(12, 45))
    with refused("corridor_deadline"):
        day.do(SOUTH, asked(day, 0.0))
    assert day.is_sound()


def test_a_ladder_goes_down_past_a_corridor_and_clears_what_is_held(world):
    """Two officers take the rung `rerun` while the corridor is open: it clears 250 MW, and answers come too late.

    S buys 390, 250 come: 100 at 3,500 and 40 at 5,000.
    """
    day = indian(world)
    assert day.run() == "done"
    day.by_two(c.StartFallback(session=day.session, reason="the dispatcher cannot be reached", rung="rerun"))
    with refused("corridor_open"):
        day.do(NORTH, asked(day, 0.0))
    assert day.clock(day.local(12, 45)) == []
    assert day.run() == "done"
    assert day.plans() == ["first pass", "rerun"]
    assert day.exchanges() == {"W-S": [250.0] * 92 + [0.0] * 4}
    assert day.is_sound()


def test_a_day_of_the_turkish_exchange(world):
    """One zone, TRY/MWh, lots of 0.1 MWh, orders in the first two hours.

    In each hour M-0001 buys 40.0 and M-0002 20.3 at 2,000, together 60.3. M-0003 sells 50.0 at 200 in the first and at
    240 in the second hour. M-0004: block K sells 20.0 in both hours at 500, all or nothing; F sells 10.0 at 150 in one
    hour, whichever. Costs, a MWh not served counted at 2,000:

    K, F in hour 2:  20 x 500 + 40.3 x 200 + 20 x 500 + 10 x 150 + 30.3 x 240 = 18,060 + 18,772 = 36,832
    K, F in hour 1:  10,000 + 1,500 + 30.3 x 200 + 10,000 + 40.3 x 240 = 17,560 + 19,672 = 37,232
    K, no F:         18,060 + 19,672 = 37,732
    F, no K:         50 x 200 + 10.3 x 2,000 + 50 x 240 + 1,500 + 0.3 x 2,000 = 30,600 + 14,100 = 44,700

    The first is the best: welfare 120.6 x 2,000 - 36,832 = 204,368. The curve is used in part: 200 and 240. K is sold
    for 20 x 200 + 20 x 240 = 8,800 and asked for 20,000: it lacks 11,200, on the sale side. Buyers pay that by volume:
    80.0 and 40.6 of 120.6 MWh: 7,429.5191 and 3,770.4809. Cents 7,429.51 and 3,770.48; the cent that is left goes to
    the greater remainder. F earns 10 x (240 - 150) = 900.

    M-0003 also sends 500.0 at 1 in the first hour, a mistake: two officers leave it out while orders are verified.
    The result comes at 13:00, so objections are raised until 13:20, twenty minutes after it.
    """
    day = world(TURKISH)
    day.at(day.local(0, 1))
    day.plan_session()
    day.offer("M-0002", "need", "TR", "demand", (2000.0, 20.0), at=(0, 1))
    day.offer("M-0002", "need", "TR", "demand", (2000.0, 20.3), at=(0, 1))
    day.offer("M-0001", "need", "TR", "demand", (2000.0, 40.0), at=(0, 1))
    day.offer("M-0003", "gas", "TR", "supply", (200.0, 50.0), at=(0,))
    day.offer("M-0003", "oil", "TR", "supply", (240.0, 50.0), at=(1,))
    day.offer("M-0003", "typo", "TR", "supply", (1.0, 500.0), at=(0,))
    place = {"zone": "TR", "carrier": "electricity", "side": "supply"}
    legs = [{"mtu_start": text(s), "quantity_mw": 20.0} for s in day.starts[:2]]
    day.send_order("M-0004", place | {"family": "block", "order": "K", "price_per_mwh": 500.0,
                                      "min_acceptance_ratio": 1.0, "legs": legs})  # fmt: skip
    day.send_order("M-0004", place | {"family": "flexible", "order": "F", "price_per_mwh": 150.0, "quantity_mw": 10.0,
                                      "minutes": 60})  # fmt: skip
    assert day.clock(day.local(12, 30)) == ["CloseSession"]
    assert day.run() == "idle", "orders are verified until 13:00"
    day.at(day.local(12, 50))
    exclude = c.ExcludeOrder(session=day.session, member="M-0003", order="typo", reason="a hundred times its plant")
    assert day.client("OP").do(exclude)["state"] == "waiting", "one officer waits for another"
    assert day.by_two(exclude)["excluded"] == ["M-0003.typo"]
    assert day.notices("M-0003", "order excluded")[0]["reason"] == "a hundred times its plant"
    day.at(day.local(12, 59))
    assert day.run() == "idle", "the run that took its place waits as long"
    sent = day.client("M-0002").ask(q.ListOrderVersions(session=day.session, name="need"))["items"]
    assert [v["version"] for v in sent] == [1, 2]
    day.at(day.local(13))
    assert day.run() == "done"
    assert {z: p[:2] for z, p in day.prices().items()} == {"TR": [200.0, 240.0]}
    paid, shares = day.table("result/compensations"), day.table("result/difference_shares")
    assert [(r[0], r[-1]) for r in paid.iter_rows()] == [("M-0004.K", 11_200.0)]
    by_member = {(r[0], r[1]): r[-1] for r in shares.iter_rows()}
    assert by_member == {("sale", "M-0001"): 7429.52, ("sale", "M-0002"): 3770.48}
    whole = day.table("result/order_acceptances")
    assert dict(zip(whole["order"], whole["surplus_try"], strict=True)) == {"M-0004.K": -11_200.0, "M-0004.F": 900.0}
    assert json.loads(day.file("result/summary.json"))["welfare_try"] == pytest.approx(204_368)
    day.at(day.local(13, 10))
    objection = day.do("M-0001", c.RaiseObjection(session=day.session, text="why do we pay for the block?"))
    with refused("session_time"):
        day.by_two(c.FinaliseSession(session=day.session))
    day.do("OP", c.AnswerObjection(objection=objection["objection"], verdict="dismiss", text="the rule shares it"))
    day.at(day.local(13, 21))
    with refused("objection_window"):
        day.do("M-0001", c.RaiseObjection(session=day.session, text="too late"))
    day.by_two(c.FinaliseSession(session=day.session))
    assert replay(day.store, day.secrets, day.session).is_same
    assert day.is_sound()


@pytest.mark.parametrize(
    ("definition", "minutes", "mw", "rule"),
    [(SAPP, 60, 1.0, "order_kind"), (INDIAN, 15, 1.0, "order_kind"), (TURKISH, 60, 100.1, "max_flexible_mwh"),
     (TURKISH, 60, 0.05, "quantity_on_tick")],
)  # fmt: skip
def test_flexible_orders_that_a_profile_does_not_take(world, definition, minutes, mw, rule):
    day = world(definition)
    day.at(day.local(8))
    day.plan_session()
    zone = definition["zones"][0]["zone"]
    body = {"family": "flexible", "order": "X", "zone": zone, "carrier": "electricity", "side": "supply",
            "quantity_mw": mw, "minutes": minutes, "price_per_mwh": 1.0}  # fmt: skip
    answer = day.post("submit-orders", {"session": day.session, "orders": [body]}, "M-0001")
    assert [m["rule"] for m in answer.json()["mistakes"]] == [rule]


@pytest.mark.parametrize(
    ("capacity", "rule"), [({"corridor_due": "D-1 13:00"}, "corridor_times"), ({"corridor_due": "noon"}, "due_moment")]
)
def test_a_market_whose_answers_would_come_after_its_results_is_refused(world, capacity, rule):
    day = world(INDIAN)
    with refused(rule):
        day.by_two(c.SetMarket(market="other", valid_from=DAY, definition=INDIAN | {"capacity": capacity}))


def test_a_corridor_without_system_operators_is_granted_at_once(world):
    """Nobody is there to be asked: the second pass follows in all that is held, 400 MW; W would send 300."""
    zones = [z | {"system_operator": None} for z in INDIAN["zones"]]
    day = world(INDIAN | {"zones": zones})
    day.at(day.local(8))
    day.plan_session()
    day.offer("M-0001", "wind", "W", "supply", (2500.0, 500.0))
    day.offer("M-0002", "chennai", "S", "demand", (9000.0, 300.0))
    day.clock(day.local(11))
    assert [day.run(), day.run(), day.run()] == ["done", "done", "idle"]
    assert day.plans() == ["first pass", "coupled"]
    assert day.exchanges() == {"W-S": [300.0] * 96}
    assert day.is_sound()


def test_a_dry_run_that_is_closed_early_has_its_answers_due_as_long_after_it(world):
    day = world(INDIAN)
    day.at(day.local(8))
    day.plan_session(kind="dry_run")
    day.do("OP", c.CloseSession(session=day.session))
    assert day.run() == "done"
    due = day.client("OP").ask(q.GetCorridor(session=day.session))["due_at"]
    assert due.startswith("2027-03-09T04:15:00"), "1:45 after 8:00 in India"


def test_an_order_that_is_excluded_while_a_corridor_is_open_asks_again(world):
    """Without the wind of W: 300 at 3,500 and 5,000 come from S alone, which now sends 200 to W for its 8,000.

    590 are wanted and S has 400: W's 200 at 8,000 lose to S's 390 at 9,000, so 10 MW are left for W.
    """
    day = indian(world)
    assert day.run() == "done"
    day.do(NORTH, asked(day, *[200.0] * 92, *[0.0] * 4))
    day.by_two(c.ExcludeOrder(session=day.session, member="M-0001", order="wind", reason="there is no such plant"))
    assert day.run() == "done"
    assert day.plans() == ["first pass", "first pass"]
    shown = day.client("OP").ask(q.GetCorridor(session=day.session))
    assert (shown["version"], shown["answers"]) == (2, []), "what was granted was granted to another request"
    assert shown["requested"]["W-S"]["backward_kw"] == [10_000] * 96
    assert day.is_sound()


def test_a_changed_corridor_is_found_by_the_trail(world):
    day = indian(world)
    assert day.run() == "done"
    day.do(NORTH, asked(day, 0.0))
    day.do(SOUTH, asked(day, 0.0))
    for table, column, value in (
        (corridors, "granted", '{"lines":{}}'), (corridors, "body", "{}"), (corridors, "state", "requested"),
        (corridors, "due_at", 1), (corridors, "digest", "x"), (corridor_answers, "body", "{}"),
        (corridor_answers, "digest", "x"), (runs, "not_before", 1), (runs, "plan", "{}"),
    ):  # fmt: skip
        assert day.is_sound()
        before = day.changed(table, column, value)
        assert not day.is_sound(), (table.name, column)
        day.changed(table, column, before)


def test_a_result_is_published_without_system_prices_that_cannot_be_had(world, monkeypatch):
    def fails(*_):
        raise NoResult("no prices fit")

    day = world(SAPP)
    day.plan_session()
    day.offer("M-0001", "hydro", "MZ", "supply", (300.0, 500.0))
    day.clock(day.local(10))

    def beside(book, settings, heart, _, judge):
        return system_prices(book, settings, heart, fails, judge)

    monkeypatch.setattr("walras.service.worker.run.system_prices", beside)
    assert day.run() == "done"
    (cleared,) = [body for act, body in day.acts() if act == "cleared"]
    assert cleared["system_prices"] == "none: no prices fit"
    assert day.file("published/system_prices.parquet") is None
    assert day.is_sound()
