"""The border in the console: capacities, permits, schedules, meters and deviations, each side at its own screen."""

from datetime import date, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from nicegui import ui
from nicegui.elements.upload_files import SmallFileUpload
from nicegui.testing.user_interaction import UserInteraction
from tests.service.border.markets import DAY as BORDER_DAY
from tests.service.border.markets import INDIAN, Day
from tests.service.border.papers import eic
from tests.service.border.stage import NORTH, SOUTH
from tests.service.border.test_profile_days import indian
from tests.service.console.conftest import Console
from tests.service.console.walking import named, one, plots, press, until

from walras.service import commands as c
from walras.service import queries as q
from walras.service import readers
from walras.service.bootstrap import Service, Settings
from walras.service.clock import moment
from walras.service.console.mtu_sheet import clock, times_of
from walras.service.console.pages.grid.energy import course_of
from walras.service.roles import Actor, Role

LINE, SECTION, PLAYED = "BY-RU-750kV", "BY-RU", "2026-01-24"


def ahead(console, days=3):
    """A delivery day whose capacities are still to come, by the clock of the service."""
    store = console.service.store
    with store.read() as connection:
        return (moment(store.clock.now(connection)).date() + timedelta(days=days)).isoformat()


def ask(console, who, query):
    return readers.ask(console.service.store, console.service.secrets, console.who(who), query)


def put(user, rows, number=0):
    """Paste rows into one of the sheets of the page, counted from the top."""
    with user:
        boxes = sorted(user.find(marker="paste-box", kind=ui.textarea).elements, key=lambda e: e.id)
        boxes[number].value = rows
        button = sorted(user.find(marker="put").elements, key=lambda e: e.id)[number]
    UserInteraction(user, {button}, None).click()


def capacity_rows(day, forward, backward=100):
    return "\n".join(f"{day} {hour:02d}:00\t{forward}\t{backward}" for hour in range(24))


def test_a_side_declares_from_a_paste_and_both_see_where_they_differ(two_states):
    day = ahead(two_states)
    address = f"/capacities?day={day}&element={LINE}"

    async def by_grid(user):
        await user.open(address)
        await user.should_see("Neither side has declared anything")
        put(user, capacity_rows(day, "many") + f"\n{day} 24:00\t1\t1")
        await user.should_see(f"{day} 24:00 is no start of an MTU of this day")
        user.find(marker="declare").click()
        await user.should_see("Mistakes: 24")
        await user.should_see(f"{day} 23:00 forward_thermal_mw")
        put(user, capacity_rows(day, 400))
        user.find(marker="declare").click()
        await user.should_see("Done.")

    two_states.walk(two_states.who("BY grid"), by_grid)

    async def ru_grid(user):
        await user.open(address)
        with user:
            next(iter(user.find(marker="same-value").elements)).value = "390,5"
            next(iter(user.find(marker="same-column").elements)).value = "backward_thermal_mw"
        user.find(marker="fill").click()
        put(user, "\n".join(["400"] * 24))
        user.find(marker="declare").click()
        await user.should_see("The other side declared other figures in 24 MTUs.")
        await user.should_see("backward: the sides differ in 24 MTUs")
        await user.should_not_see("forward: the sides differ in 24 MTUs")

    two_states.walk(two_states.who("RU grid"), ru_grid)
    found = ask(
        two_states, "BY grid", q.GetCapacity(market="two-states", delivery_day=date.fromisoformat(day), element=LINE)
    )
    element = next(e for e in found["elements"] if e["element"] == LINE)
    assert (element["forward"]["agreed_mw"], element["backward"]["agreed_mw"]) == ([400.0] * 24, [100.0] * 24)

    async def operator(user):
        await user.open(address)
        await user.should_see("backward: the sides differ in 24 MTUs")
        await user.should_see("Grant a right")
        await user.should_not_see("Declare for my side")

    two_states.walk(two_states.who("Operator"), operator)


def test_figures_of_a_paste_that_belong_to_no_column_are_told(two_states):
    day = ahead(two_states, 4)
    head = "mtu_start\tforward_thermal_mw\tbackward_termal_mw\n"

    async def steps(user):
        await user.open(f"/capacities?day={day}&element={LINE}")
        await user.should_see(marker="declare")
        put(user, head + "\n".join(f"{line}\t9" for line in capacity_rows(day, "400,5").splitlines()))
        await user.should_see("the sheet has no such column: backward_termal_mw")
        await user.should_see("24 rows were pasted. Numbers were read with a comma as the decimal sign.")
        put(user, "\t".join(f"0.{n}" for n in range(7)))
        await user.should_see("3 filled cells belong to no column and were left out.")
        await user.should_not_see("the sheet has no such column: backward_termal_mw")
        await user.should_see("1 row was pasted. Numbers were read with a point as the decimal sign.")
        put(user, capacity_rows(day, 400))
        await user.should_not_see("to no column")

    two_states.walk(two_states.who("BY grid"), steps)


def test_a_day_that_was_due_has_no_sheet_and_shows_what_each_layer_holds(two_states):
    async def steps(user):
        await user.open(f"/capacities?day={PLAYED}&element={LINE}")
        await user.should_see("Capacities of this day were due.")
        await user.should_not_see(marker="declare")
        await until(lambda: sum("is given away" in name for name in named(user, ui.echart)) == 1)  # forward alone

    two_states.walk(two_states.who("BY grid"), steps)


def test_permits_are_granted_and_transmission_is_notified_and_withdrawn_in_place(two_states):
    day = ahead(two_states, 5)

    async def steps(user):
        await user.open("/permits")
        user.find(marker="act-grant-permit").click()
        await user.should_see(marker="send-grant-permit")
        typed, choices = named(user, ui.input), named(user, ui.select)
        with user:
            for label, value in (("Holder", "M-0002"), ("Element", SECTION), ("Most MW", "12,5"),
                                 ("Valid from", day), ("Valid to", day)):  # fmt: skip
                typed[label].value = value
            choices["Direction"].value = "forward"
        user.find(marker="send-grant-permit").click()
        await user.should_see("Done.")

    two_states.walk(two_states.who("BY grid"), steps)
    found = ask(two_states, "BY grid", q.ListPermits(market="two-states"))["items"]
    assert [p["most_mw"] for p in found if p["holder"] == "M-0002"] == [12.5]


def test_transmission_is_notified_for_the_hours_that_have_a_power_and_seen_on_the_schedules(two_states):
    day = ahead(two_states, 5)

    async def notify(user):
        await user.open("/permits")
        await user.should_see("Nothing was notified.")
        typed = named(user, ui.input)
        with user:
            typed["Delivery day"].value = day
            typed["Reference"].value = "transit"
        user.find(marker="transmission-day").trigger("change", day)
        await user.should_see(kind=ui.aggrid, marker=day)
        put(user, "02:00\t7\n03:00\t-8")
        user.find(marker="notify").click()
        await user.should_see("03:00 mw")
        put(user, "03:00\t8")
        user.find(marker="notify").click()
        await user.should_see("Done.")

    async def look(user):
        await user.open(f"/schedules?day={day}&element=BY-RU-750kV")
        await user.should_see("Figures of each MTU")
        await plots(user, "Planned net interchange of BY-RU-750kV by layer")

    two_states.walk(two_states.who("BY grid"), notify)
    (held,) = ask(two_states, "RU grid", q.ListTransmissions(market="two-states"))["items"]
    assert (held["mtus"], held["least_mw"], held["most_mw"]) == (2, 7.0, 8.0)
    two_states.walk(two_states.who("BY nuclear plant"), look)


def test_a_meter_is_sent_from_a_paste_and_its_difference_from_the_other_side_is_drawn(two_states):
    address = f"/metering?day={PLAYED}&line={LINE}"
    query = q.ListMetering(market="two-states", delivery_day=date.fromisoformat(PLAYED), line=LINE)

    async def send(user):
        await user.open(address)
        await user.should_see("Both meters say the same in every MTU.")
        put(user, "05:00\t1.5\n06:00\t5")
        user.find(marker="send-meter-from").click()
        await user.should_see("Mistakes: 1")
        put(user, "mtu_start;kwh\n24.01.2026 05:00;400000\n2026-01-24T03:00Z;5\n")
        user.find(marker="send-meter-from").click()
        await user.should_see("Done.")
        await user.should_not_see("Both meters say the same in every MTU.")
        await user.should_see("Send version 3")

    async def regulator(user):
        await user.open(address)
        await user.should_see("Versions")
        await user.should_not_see("Send my meter")

    two_states.walk(two_states.who("BY grid"), send)
    newest = [s for s in ask(two_states, "BY grid", query)["items"] if s["side"] == "from"][-1]
    assert (newest["version"], newest["kwh"][5:7]) == (2, [400000, 5])
    two_states.walk(two_states.who("Operator"), regulator)


def test_an_hour_of_deviations_is_explained_and_assistance_is_proposed_and_agreed(two_states):
    address = f"/deviations?day={PLAYED}"

    async def propose(user):
        await user.open(address)
        await user.should_see("Energy account")
        await one(user, ui.echart, "Planned and metered energy of each MTU, with the band around the plan")
        await press(user, "Deviations of each MTU", "explain", "2026-01-23T21:00Z")
        await user.should_see("band to either side")
        put(user, "19:00\t-1000", number=1)
        user.find(marker="propose").click()
        await user.should_see("Mistakes: 1")
        with user:
            next(iter(user.find(marker="agreement-reference").elements)).value = "help"
        user.find(marker="propose").click()
        await user.should_see("Done.")

    two_states.walk(two_states.who("BY grid"), propose)
    query = q.ListAgreements(market="two-states", delivery_day=date.fromisoformat(PLAYED))
    (waits,) = ask(two_states, "RU grid", query)["items"]
    assert (waits["state"], waits["mtus"][0]["kwh"]) == ("proposed", -1000)

    async def agree(user):
        await user.open("/")
        await user.should_see(marker="duty-agreement_waits")
        await user.should_see(marker="duty-capacity_due")
        await user.open(address)
        await user.should_see("Energy account")
        await press(user, "Agreements of the two sides", "agreed", waits["agreement"])
        await user.should_see("Done.")

    two_states.walk(two_states.who("RU grid"), agree)
    (agreed,) = ask(two_states, "RU grid", query)["items"]
    assert agreed["state"] == "agreed"


def test_a_document_that_cannot_be_written_or_read_says_why_in_place(two_states):
    codes = {"OP": eic("10XOP"), "M-0019": eic("10XBYGRID")}

    async def steps(user):
        await user.open(f"/schedules?day={PLAYED}")
        user.find(marker="take-capacity").click()
        await user.should_see("it has no EIC")
        for company, code in codes.items():
            two_states.service.dispatch.do(two_states.who("Operator"), c.SetEic(company=company, eic=code))
        with user:
            upload = next(iter(user.find(marker="document").elements))
        await upload.handle_uploads([SmallFileUpload("day.xml", "text/xml", b"<nothing/>")])
        await user.should_see("day.xml is refused")
        await user.should_see("The acknowledgement")

    two_states.walk(two_states.who("BY grid"), steps)


def test_an_hour_that_comes_twice_is_written_with_its_offset_and_a_time_that_means_both_fits_neither():
    here = SimpleNamespace(zone=ZoneInfo("Europe/Berlin"))
    clocks = [clock(here, f"2026-10-25T0{hour}:00Z") for hour in range(3)]
    assert clocks == ["2026-10-25 02:00+02:00", "2026-10-25 02:00+01:00", "2026-10-25 03:00"]
    assert times_of(clocks) == {clocks[0]: 0, clocks[1]: 1, clocks[2]: 2, "03:00": 2}


def test_an_energy_account_is_drawn_as_its_balance_after_each_movement():
    here = SimpleNamespace(zone=ZoneInfo("UTC"))
    moves = [("day", 1500, "10"), ("night", 200, "10"), ("day", -500, "11")]
    movements = [{"tariff": t, "kwh": kwh, "at": f"2027-03-{day}T00:00:00Z"} for t, kwh, day in moves]
    assert course_of(here, movements) == {
        "day": [("2027-03-10T00:00:00", 1.5), ("2027-03-11T00:00:00", 1.0)],
        "night": [("2027-03-10T00:00:00", 0.2)],
    }


def test_a_corridor_is_answered_with_what_it_asks_for_unless_somebody_says_less(sqlite_store, secrets, tmp_path):
    """The Indian day of `tests/service/border`: 300 MW are asked for, 250 held but for the last hour."""
    with Day(sqlite_store, secrets, INDIAN) as day:
        indian(lambda _definition: day)
        assert day.run() == "done"
        console = Over(Service(Settings(data=tmp_path), day.store, day.secrets, day.dispatch, None))
        address = f"/capacities?market=two&day={BORDER_DAY}&element=W-S"

        async def south(user):
            await user.open(address)
            await user.should_see("Answers are due")
            with user:
                user.find(marker="same-value").elements.pop().value = "999"
            user.find(marker="fill").click()
            user.find(marker="grant-W-S").click()
            await user.should_see("Mistakes: 20")
            with user:
                user.find(marker="same-value").elements.pop().value = "0"
            user.find(marker="fill").click()
            user.find(marker="grant-W-S").click()
            await user.should_see("Done.")
            await user.should_not_see(marker="grant-W-S")

        async def north(user):
            await user.open("/")
            await user.should_see(marker="duty-corridor_due")
            await user.open(address)
            await user.should_see(marker="grant-W-S")
            user.find(marker="grant-W-S").click()
            await user.should_see("This corridor is decided")

        console.walk(Actor(Role.SYSTEM_OPERATOR, day.users[SOUTH], SOUTH), south)
        console.walk(Actor(Role.SYSTEM_OPERATOR, day.users[NORTH], NORTH), north)
        found = day.client(SOUTH).ask(q.GetCorridor(session=day.session))
        answers = {a["side"]: a["forward_kw"] for a in found["answers"]}
        assert answers == {NORTH: [250_000] * 92 + [0] * 4, SOUTH: [0] * 96}


class Over(Console):
    """A console over a service that is there."""

    def __init__(self, service):
        self.service = service
