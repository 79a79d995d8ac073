"""Parameters that nobody sees, days of 23 and 25 hours, capacities that come too late."""

import copy
import io
import json
import tempfile
import tomllib
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path
from unittest.mock import patch

import pytest
from python_calamine import CalamineWorkbook
from tests.drills.ending import KEY, RING, Place, ends_final, found_flaws, is_as_undisturbed, kept_receipts
from tests.service.border import stage as border_stage
from tests.service.border.stage import (
    BUYER,
    LONG_DAY,
    NORTH,
    SELLER,
    SHORT_DAY,
    SOUTH,
    Border,
    figures,
    gate_of,
    refused,
)
from tests.service.intake.filled import FLAT, workbook
from tests.service.three_states import DAY, Night, definition
from tests.service.two_states import text
from tests.service.world import World

from walras.book.folder import read
from walras.book.profile import profile_from
from walras.book.write import write
from walras.coupling.settings import Settings
from walras.errors import BadInput
from walras.results.publication import SignedDocument, verify, write_regulator_bundle
from walras.service import commands as c
from walras.service.bootstrap import settings_from
from walras.service.clock import MINUTE
from walras.service.handlers import capacity as capacity_handler
from walras.service.replay import replay
from walras.service.store import sessions
from walras.service.timetable.rules import door_rules_from
from walras.service.worker.certified import certified
from walras.service.worker.outcome import Cleared

HIDDEN = "hidden_parameter"


def a_hidden_parameter(place: Place) -> str:
    """A setting that nobody knows is refused at every door, and a run with others than certified ones is found."""
    with World(place.store, place.secrets) as world:
        told = kept_receipts(world)
        doors = _refused_in_definitions(world) + _refused_in_files(place) + _refused_at_the_start()
        seen: list[Cleared] = []

        def noted(cleared):
            seen.append(cleared)
            return certified(KEY)(cleared)

        night = Night(world)
        runner = night.runner()
        runner.publish = noted
        assert runner.once() == "done"
        _other_settings_are_found(seen[0], place)
        assert replay(place.store, place.secrets, night.session).is_same
        is_as_undisturbed(world, night.session)
        ends_final(world, night.session, place, told)
    return f"refused at {doors} doors, other settings found by verify, final"


def _refused_in_definitions(world) -> int:
    """A definition with an unknown field anywhere is refused; return how many places there were."""
    whole = json.loads(json.dumps(definition(), default=str))
    whole |= {"capacity": {}, "timetable": {"events": {"gate": "D-1 12:00"}}, "run": {"gap": 0.01}}
    whole["cross_sections"] = [{"cross_section": "IT-SI", "kind": "interstate", "from_area": "IT", "to_area": "SI",
                                "lines": ["A-B"]}]  # fmt: skip
    places = [(), ("zones", 0), ("grids", 0), ("lines", 0), ("cross_sections", 0), ("capacity",), ("run",),
              ("timetable",), ("timetable", "events")]  # fmt: skip
    for path in places:
        changed = copy.deepcopy(whole)
        part = changed
        for step in path:
            part = part[step]
        part[HIDDEN] = "1"
        body = {"market": "three", "valid_from": str(DAY), "definition": changed}
        answer = world.post("set-market", body)
        if answer.status_code == 200:  # proposed: the settings of the timetable are read when it is approved
            answer = world.post("approve-proposal", {"proposal": answer.json()["proposal"]}, "OP-2")
        rules = {m["rule"] for m in answer.json()["mistakes"]}
        assert answer.status_code == 422, (path, answer.text)
        assert rules & {"field_known", "timetable_setting_known", "event_known"}, (path, rules)
        assert any(HIDDEN in m["what"] + m["where"] for m in answer.json()["mistakes"]), (path, answer.text)
    return len(places)


def _refused_in_files(place: Place) -> int:
    """Profiles, door rules, market folders and settings with an unknown name are refused."""
    book_rules = tomllib.loads((resources.files("walras.book") / "profiles" / "european.toml").read_text())
    door = tomllib.loads((resources.files("walras.service.timetable") / "profiles" / "european.toml").read_text())
    assert _rules(lambda: profile_from(book_rules | {HIDDEN: 1}, DAY)) == {"profile_rule_known"}
    rows = door["rules"] | {HIDDEN: {"value": 1, "source": "nobody", "evidence": "K"}}
    assert _rules(lambda: door_rules_from(door | {"rules": rows}, DAY)) == {"profile_rule_known"}
    assert _rules(lambda: door_rules_from(door | {HIDDEN: 1}, DAY)) == {"profile_rule_known"}
    with resources.as_file(resources.files("walras.examples") / "two-neighbours") as folder:
        write(read(folder), place.folder / "market")
    said = (place.folder / "market" / "market.toml").read_text()
    (place.folder / "market" / "market.toml").write_text(f"{HIDDEN} = 1\n{said}")
    assert _rules(lambda: read(place.folder / "market")) == {"setting_known"}
    with pytest.raises(TypeError, match=HIDDEN):
        Settings(**{HIDDEN: 1})
    return 5


def _refused_at_the_start() -> int:
    """A variable of the environment that would do nothing is refused, with the names that there are."""
    with pytest.raises(BadInput) as wrong:
        settings_from({"WALRAS_DATABSE_URL": "postgresql://market", "WALRAS_DATA": "data"})
    (mistake,) = wrong.value.mistakes
    assert (mistake.rule, mistake.where) == ("environment_known", "environment")
    assert "WALRAS_DATABASE_URL" in mistake.fix
    assert _rules(lambda: settings_from({"WALRAS_WEBHOOKS_ANYWHERE": "yes"})) == {"environment_value"}
    return 1


def _other_settings_are_found(cleared: Cleared, place: Place) -> None:
    """Sign a bundle whose run had other settings than its certificate says: whoever verifies it sees that."""
    honest = cleared.publication
    certificate = next(f for f in certified(KEY)(cleared) if f.name == "certificate.json")
    signed = SignedDocument.from_bytes(certificate.content)
    for name, publication, is_ok in (
        ("honest", honest, True),
        ("other", replace(honest, settings={**honest.settings, "gap": 5.0}), False),
    ):
        write_regulator_bundle(place.folder / name, publication, signed, KEY, datetime(2026, 11, 30, tzinfo=UTC))
        done = verify(place.folder / name, RING)
        assert done.is_ok == is_ok, (name, done.checks)
        assert is_ok or "settings" in str([check for check in done.checks if not check.is_ok])


def _rules(act) -> set[str]:
    with pytest.raises(BadInput) as wrong:
        act()
    return {m.rule for m in wrong.value.mistakes}


# --- days of 23 and 25 hours --------------------------------------------------------------------


def a_day_of_25_hours(place: Place) -> str:
    """Clocks go back; hourly, with a contract at the border."""
    return _long_or_short(place, LONG_DAY, 25, 60)


def a_day_of_25_hours_in_quarters(place: Place) -> str:
    """Clocks go back; quarter hours."""
    return _long_or_short(place, LONG_DAY, 25, 15)


def a_day_of_23_hours(place: Place) -> str:
    """Clocks go forward; hourly, with a contract at the border."""
    return _long_or_short(place, SHORT_DAY, 23, 60)


def a_day_of_23_hours_in_quarters(place: Place) -> str:
    """Clocks go forward; quarter hours."""
    return _long_or_short(place, SHORT_DAY, 23, 15)


def _long_or_short(place: Place, day: date, hours: int, minutes: int) -> str:
    """Hold the whole session of a day: capacities, a contract, orders in every form, a final result."""
    early = datetime(day.year, day.month, day.day, 8, tzinfo=UTC) - timedelta(days=5)
    profile_name = "interstate" if minutes == 60 else "european"  # the former has hours alone, the latter no contracts
    grids = [g | {"mtu_minutes": minutes} for g in border_stage.definition()["grids"]]
    with Border(place.store, place.secrets, profile=profile_name, grids=grids) as border:
        told = kept_receipts(border)
        border.at(early)
        starts = _starts(day, hours, minutes)
        for side, mw in ((NORTH, 40.0), (SOUTH, 30.0)):
            for count in (24, hours):
                with nullcontext() if count == hours else refused("capacity_mtus"):
                    mtus = tuple(
                        c.CapacityMtu(mtu_start=at, forward_mw=(mw,), backward_mw=(mw,), reserve_forward_mw=0.0,
                                      reserve_backward_mw=0.0)
                        for at in _starts(day, count, minutes)
                    )  # fmt: skip
                    one = figures(day=day).model_copy(update={"mtus": mtus})
                    border.do(side, c.SubmitCapacity(market="two", delivery_day=day, figures=(one,)))
        free = 30.0
        if minutes == 60:
            border.permit(first=day, last=day)
            contract = border.contract(10.0, day=day)
            with refused("schedule_mtus"):
                border.do(SELLER, c.NominateSchedule(contract=contract, delivery_day=day,
                                                     volumes=_volumes(10.0, day, 24)))  # fmt: skip
            free = 20.0
        session = border.opened(day=day)
        _orders_in_every_form(border, session, day, starts, minutes)
        border.at(gate_of(day))
        border.tick()
        border.do("OP", c.CloseSession(session=session))
        assert border.run() == "done"
        is_as_undisturbed(border, session)
        prices = border.get(f"/sessions/{session}/results/prices.json", "").json()["rows"]
        assert len(prices) == 2 * len(starts)
        exchange = border.get(f"/sessions/{session}/results/scheduled_exchanges.json", "").json()["rows"]
        assert {tuple(row)[-1] if isinstance(row, list) else row["exchange_mw"] for row in exchange} == {free}
        ends_final(border, session, place, told)
    return f"{hours} hours of {minutes} minutes in JSON, CSV and XLSX, 24 hours refused, final"


def _starts(day: date, hours: int, minutes: int) -> list[datetime]:
    first = border_stage.starts(day)[0]
    return [first + timedelta(minutes=minutes * n) for n in range(hours * 60 // minutes)]


def _volumes(mw: float, day: date, hours: int):
    return tuple(c.Volume(start=at, minutes=60, mw=mw) for at in _starts(day, hours, 60))


def _orders_in_every_form(border: Border, session: str, day: date, starts: list[datetime], minutes: int) -> None:
    """The seller sends JSON, then its CSV; the buyer fills the template; each is refused with 24 hours."""
    of_24 = _starts(day, 24, minutes)

    def by_json(times):
        steps = [{"price_per_mwh": 10.0, "quantity_mw": 50.0}]
        order = {"family": "curve", "order": "plant", "zone": "North", "carrier": "electricity", "side": "supply",
                 "mtus": [{"mtu_start": text(at), "steps": steps} for at in times]}  # fmt: skip
        return border.send("/commands/submit-orders", json.dumps({"session": session, "orders": [order]}).encode(),
                           SELLER)  # fmt: skip

    def by_csv(times):
        rows = [f"river,North,electricity,supply,{text(at)},1,20,20,50" for at in times]
        return _file(border, session, SELLER, "\n".join([FLAT.splitlines()[0], *rows, ""]).encode(), "text/csv")

    for send in (by_json, by_csv):
        _refused_for_24_hours(send(of_24))
        assert send(starts).status_code == 200
    template = border.client(BUYER).template(session, Path(tempfile.mkdtemp()) / "template.xlsx").read_bytes()
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(template)).get_sheet_by_name("MTUs").to_python()
    local = [row[3] for row in sheet[1:] if row[0] == "South"]
    assert len(local) == len(set(local)) == len(starts), "no two local times are the same"
    place = {"order": "town", "zone": "South", "carrier": "electricity", "side": "demand"}
    step = {"step": 1, "price_start": 90, "quantity_mw": 80}
    filled = [{**place, "mtu_start": at, **step} for at in local]
    media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    if len(starts) > len(of_24):
        _refused_for_24_hours(_file(border, session, BUYER, workbook(Curves=filled[: len(of_24)]), media))
    sent = _file(border, session, BUYER, workbook(Curves=filled), media)
    assert sent.status_code == 200, sent.text


def _file(border: Border, session: str, who: str, content: bytes, media: str):
    return border.send(f"/sessions/{session}/files", content, who, **{"Content-Type": media})


def _refused_for_24_hours(answer) -> None:
    rules = {m["rule"] for m in answer.json()["mistakes"]} if answer.status_code != 200 else set()
    assert answer.status_code == 422, answer.text
    assert rules in ({"mtus_complete"}, {"inside_horizon"}), rules


# --- capacities that come too late --------------------------------------------------------------


def a_capacity_that_comes_too_late(place: Place) -> str:
    """One side declares after its deadline: the standing figure holds, and the session goes on in time."""
    return _late(place, "standing", 40.0)


def a_capacity_that_comes_too_late_where_missing_is_zero(place: Place) -> str:
    """As before under a profile by which a silent side stands for zero."""
    return _late(place, "zero", 0.0)


def _late(place: Place, missing: str, free: float) -> str:
    usual = capacity_handler.load_door_rules
    due = datetime(2027, 3, 9, 9, tzinfo=UTC)
    rules = patch.object(
        capacity_handler, "load_door_rules", lambda n, d: replace(usual(n, d), missing_capacity=missing)
    )
    with rules, Border(place.store, place.secrets) as border:
        told = kept_receipts(border)
        border.declare(NORTH, forward=40.0)
        session = border.opened()
        for member, zone, side, price in ((SELLER, "North", "supply", 10.0), (BUYER, "South", "demand", 90.0)):
            steps = [{"price_per_mwh": price, "quantity_mw": 100.0}]
            order = {"family": "curve", "order": "one", "zone": zone, "carrier": "electricity", "side": side,
                     "mtus": [{"mtu_start": text(at), "steps": steps} for at in border_stage.starts()]}  # fmt: skip
            body = json.dumps({"session": session, "orders": [order]}).encode()
            assert border.send("/commands/submit-orders", body, member).status_code == 200
        border.at(due + timedelta(seconds=1))
        with refused("capacity_deadline"):
            border.declare(SOUTH, forward=25.0)
        border.tick()
        with refused("capacity_deadline"):
            border.declare(SOUTH, forward=25.0)
        assert border.notices(SOUTH, "capacity missing")[-1]["elements"] == ["N-S"]
        assert border.capacity()["forward"]["agreed_mw"] == [free] * 24
        border.at(gate_of())
        border.do("OP", c.CloseSession(session=session))
        assert border.run() == "done"
        with border.store.read() as connection:
            row = sessions.get(connection, session)
            assert border.store.clock.now(connection) - row.gate_at < 45 * MINUTE, "in time"
        is_as_undisturbed(border, session)
        ends_final(border, session, place, told)
        assert border.schedules()["layers_mw"].get("day_ahead", [0.0] * 24) == [free] * 24
        assert found_flaws(border) == []
    return f"refused and told, {free:g} MW hold, final in time"
