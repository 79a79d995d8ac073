"""A timetable in words: what a test changes, and the rules that parsing it names."""

import copy

import pytest

from walras.errors import BadInput
from walras.service.timetable.parse import timetable_from

GOOD = {
    "market": "Two states",
    "time_zone": "Europe/Rome",
    "events": {"open": "D-14 09:00", "gate": "D-1 12:00", "results_due": "D-1 12:45",
               "objection_until": "D-1 13:05", "final": "D-1 13:30"},
}  # fmt: skip


def changed(events=None, **settings):
    data = copy.deepcopy(GOOD) | settings
    data["events"] |= events or {}
    return data


def timetable(events=None, **settings):
    return timetable_from(changed(events, **settings))


def rules(call, *args, **settings):
    with pytest.raises(BadInput) as caught:
        call(*args, **settings)
    return [m.rule for m in caught.value.mistakes]
