"""The market after its script: sessions in every state, a run that waits, and players that keep it alive."""

from datetime import date, timedelta

import polars as pl
import pytest
from sqlalchemy import select
from tests.service.rehearsal.test_play import DEFINITION, steps, written

from walras.cli import living_demo, rehearsing
from walras.cli.living_demo import Showing, check_ports
from walras.errors import BadInput
from walras.service.bootstrap import Settings, build, set_up
from walras.service.clock import moment
from walras.service.definition import MarketDefinition
from walras.service.rehearsal import cast as casting
from walras.service.rehearsal import opening, play, read_script
from walras.service.rehearsal.cast import Cast
from walras.service.rehearsal.opening import open_market
from walras.service.rehearsal.orders import tables_of
from walras.service.rehearsal.other_days import on_another_day
from walras.service.rehearsal.people import people
from walras.service.rehearsal.players import FINAL_MINUTES, Players
from walras.service.rehearsal.stage import staged, staged_again
from walras.service.store.schema import runs, sessions, submissions
from walras.service.trail_check import flaws

MARKET = MarketDefinition.model_validate(
    DEFINITION | {"zones": [{"zone": z, "country": "IT"} for z in ("North", "South")]}
)


@pytest.fixture(scope="module")
def living(tmp_path_factory):
    """A small day that was played, closed, opened again, and brought to life; trials have few blocks."""
    folder = written(tmp_path_factory.mktemp("script"), steps())
    script, store = read_script(folder), tmp_path_factory.mktemp("store")
    with staged(store, script.steps[0].at) as stage:
        play(script, stage)
    with pytest.MonkeyPatch.context() as patch, staged_again(Settings(store)) as stage:
        patch.setattr(casting, "TRIAL_BLOCKS", 4)
        patch.setattr(opening, "RUN_SECONDS", 5.0)
        cast = Cast(script, stage)
        found = open_market(cast)
        yield cast, found, begun(cast, found)


def begun(cast, found):
    """States of sessions, who sent orders to the open one, sessions whose run waits, and roles, as the life begins."""
    with cast.stage.service.store.read() as connection:
        states = dict(connection.execute(select(sessions.c.id, sessions.c.state)).all())
        senders = set(connection.scalars(select(submissions.c.member).where(submissions.c.session == found["open"])))
        waiting = connection.scalars(select(runs.c.session).where(runs.c.state == "waiting")).all()
        return states, senders, waiting, {p.role.value for p in people(connection)}


def test_there_is_a_session_of_each_state_and_a_run_that_waits(living):
    cast, found, (states, senders, waiting, roles) = living
    assert {name: states[session] for name, session in found.items()} == {
        "preliminary": "cleared", "open": "open", "scheduled": "scheduled", "later": "scheduled", "trial": "closed",
    }  # fmt: skip
    assert states[f"two-{cast.script.delivery_day}-da"] == "final"
    assert senders == {cast.stage.codes[name] for name in ("sun", "town")}
    assert waiting == [found["trial"]]
    assert roles == {"operator", "member", "system_operator", "regulator"}


def test_players_trade_plan_and_make_results_final(living):
    cast, found, _ = living
    stage, players = cast.stage, Players(cast)
    state = {}

    def now(minutes):
        stage.at(moment(row(found["open"]).gate_at) + timedelta(minutes=minutes))
        players.turn()
        with stage.service.store.read() as connection:
            state.update(connection.execute(select(sessions.c.id, sessions.c.state)).all())

    def row(session):
        with stage.service.store.read() as connection:
            return connection.execute(select(sessions).where(sessions.c.id == session)).one()

    now(0)  # the gate: the auction is cleared and audited, the trial too
    assert {state[found[name]] for name in ("open", "trial", "preliminary")} == {"cleared"}
    assert state[found["scheduled"]] == "open"
    days = sorted(s for s in state if s.endswith("-da"))
    assert len([s for s in days if state[s] == "scheduled"]) == opening.SESSIONS_AHEAD
    now(opening.DAY_MINUTES - 0.5)  # everybody sent; those that think again sent twice
    with stage.service.store.read() as connection:
        sent = connection.scalars(select(submissions.c.member).where(submissions.c.session == found["scheduled"])).all()
    assert set(sent) == {stage.codes[name] for name in ("sun", "town")}
    stage.at(moment(row(found["preliminary"]).final_after) + timedelta(minutes=FINAL_MINUTES, seconds=1))
    now(opening.DAY_MINUTES)
    assert (state[found["preliminary"]], state[found["scheduled"]]) == ("final", "cleared")
    assert players.refused == set()
    with stage.service.store.read() as connection:
        assert connection.scalars(select(runs.c.session).where(runs.c.state != "done")).all() == []
        assert list(flaws(connection, stage.service.secrets)) == []


def test_another_day_has_the_same_orders_at_other_prices_within_the_limits(tmp_path):
    """Two turns give the same; ticks are kept, a price at a limit stays, nobody offers nothing."""
    folder = written(tmp_path, steps()) / "orders"
    text = (folder / "curve_steps.csv").read_text().replace(",90,90,45", ",4000,4000,0.1")
    (folder / "curve_steps.csv").write_text(text)
    written_for, day = date(2027, 3, 10), date(2027, 3, 13)  # a Saturday
    for name, price in (("sun", None), ("town", 4000.0)):
        orders = tables_of(folder, name)
        once, again = (on_another_day(orders, MARKET, written_for, day) for _ in range(2))
        assert all(once[table].equals(again[table]) for table in orders)
        steps_then = once["curve_steps"]
        figures = steps_then.select(pl.col("price_start_eur_per_mwh", "quantity_mw").cast(pl.Float64))
        prices, quantities = figures["price_start_eur_per_mwh"].to_list(), figures["quantity_mw"].to_list()
        assert steps_then["mtu_start"][0] == "2027-03-12T23:00:00Z"
        assert all(abs(p * 100 - round(p * 100)) < 1e-6 for p in prices)
        assert all(q >= 0.1 and abs(q * 10 - round(q * 10)) < 1e-6 for q in quantities)
        assert set(prices) == {price} if price else 9.7 <= prices[0] <= 10.3 and prices[0] != 10


def test_a_live_store_is_not_played_on(tmp_path):
    built = build(Settings(tmp_path), has_door=False)
    set_up(built.store, built.secrets)
    built.close()
    with pytest.raises(BadInput) as refused, staged_again(Settings(tmp_path)):
        pass
    assert [m.rule for m in refused.value.mistakes] == ["rehearsal_known"]


def test_a_demo_without_a_terminal_ends_and_says_so(monkeypatch, tmp_path, capsys):
    """Under pytest there is no terminal; with one, a port that is taken is told before anything is played."""
    played = []
    monkeypatch.setattr(rehearsing, "_play_and_show", lambda *_: played.append("played"))
    rehearsing.demo_day("two-states", tmp_path, Showing())
    assert "no terminal" in capsys.readouterr().out
    rehearsing.demo_day("two-states", tmp_path, Showing(is_wanted=False))
    assert (capsys.readouterr().out, played) == ("", ["played", "played"])
    with living_demo.socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setattr(living_demo.sys.stdout, "isatty", lambda: True)
        with pytest.raises(BadInput) as refused:
            rehearsing.demo_day("two-states", tmp_path, Showing(port, 0))
        assert [(m.rule, m.where) for m in refused.value.mistakes] == [("port_free", "--port")]
    check_ports(Showing(port, 0))
    assert len(played) == 2
