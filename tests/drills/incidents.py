"""Every incident of the record, and the drill that it became: what is broken, and how it must end.

Dates are those on which it happened to somebody; a drill without one is a fault of which there is no public record.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.drills import incident_clock as clock
from tests.drills import incident_orders as orders
from tests.drills import incident_outage as outage
from tests.drills import incident_rules as rules
from tests.drills.ending import Place


@dataclass(frozen=True)
class Incident:
    """One drill.

    Attributes:
        name: Of the incident.
        dates: When it happened, empty if to nobody that is known.
        broken: What is broken here.
        ends: How it must end.
        drill: Breaks it, and returns what happened; raises where it does not end so.
        needs_both: Whether the kind of store matters.
        is_short: Whether it runs with every test run; others are close to one that does.
    """

    name: str
    dates: str
    broken: str
    ends: str
    drill: Callable[[Place], str]
    needs_both: bool = False
    is_short: bool = True


INCIDENTS = (
    Incident("bytes that do not read", "7 Jun 2019, 4 Feb 2020", "half of a submission was stored",
             "excluded by two, final", orders.bytes_that_do_not_read),
    Incident("bytes that were changed", "", "a disk changed what was sealed",
             "excluded by two, final; the trail names the submission", orders.bytes_that_were_changed),
    Incident("engine gives up", "4 Feb 2020", "the engine raises at one order", "excluded by two, final",
             orders.an_order_at_which_the_engine_gives_up, is_short=False),
    Incident("order kills the worker", "7 Jun 2019", "one order crashes every process", "excluded by two, final",
             orders.an_order_that_kills_the_worker, is_short=False),
    Incident("order book missing", "25 Jun 2024, 10 May 2022", "the members of one zone cannot send",
             "that zone alone, the rest coupled, final", orders.an_order_book_that_is_missing),
    Incident("nobody declares it", "25 Jun 2024", "as before, and nobody acts", "local, final",
             orders.an_order_book_that_nobody_declares_missing),
    Incident("no result at all", "", "no worker comes back", "an honest none", orders.a_night_without_any_result),
    Incident("wrong results cancelled", "7 Jun 2019", "servers lock, local results are wrong",
             "superseded, the corrected ones final", orders.results_that_were_wrong),
    Incident("hidden parameter", "13 Jan 2021", "a setting that nobody knows, at every door",
             "refused by rule; other settings than certified are found", rules.a_hidden_parameter),
    Incident("25 hours", "28 Oct 2023", "clocks go back, hours, a contract", "final", rules.a_day_of_25_hours),
    Incident("25 hours in quarters", "28 Oct 2023", "clocks go back, quarter hours", "final",
             rules.a_day_of_25_hours_in_quarters, is_short=False),
    Incident("23 hours", "", "clocks go forward, hours, a contract", "final", rules.a_day_of_23_hours, is_short=False),
    Incident("23 hours in quarters", "", "clocks go forward, quarter hours", "final",
             rules.a_day_of_23_hours_in_quarters),
    Incident("late capacity", "14 Oct 2025", "one side declares after its deadline",
             "refused, the standing figure holds, final in time", rules.a_capacity_that_comes_too_late),
    Incident("late capacity is zero", "14 Oct 2025", "as before, and a silent side is zero",
             "refused, zero holds, final in time", rules.a_capacity_that_comes_too_late_where_missing_is_zero,
             is_short=False),
    Incident("worker killed", "", "SIGKILL in the run, in the hunt, after storing", "taken over, same bytes, final",
             outage.a_worker_that_is_killed, needs_both=True),
    Incident("store unreachable", "", "no store for two minutes, in a run and at a gate",
             "503, nothing lost, the gate closes late and says so, final", outage.a_store_that_cannot_be_reached,
             needs_both=True),
    Incident("clock step at a session", "", "an hour forward and back at opening, gate, ladder, objections",
             "each act once, final", clock.a_clock_that_steps_at_a_session),
    Incident("clock step over a dead worker", "", "the last beat of a dead worker lies an hour ahead",
             "taken over at once, final", clock.a_clock_that_steps_back_over_a_dead_worker),
    Incident("clock step at the border", "", "an hour and two forward and back at the deadlines of figures",
             "what was closed stays closed, final", clock.a_clock_that_steps_at_the_border),
    Incident("clock steps at random", "", "steps between any two acts", "each act once, in order",
             clock.a_clock_that_steps_at_random, is_short=False),
)  # fmt: skip
