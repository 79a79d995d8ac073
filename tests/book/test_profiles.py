"""Rules profiles: what a profile may ask for, and when it is valid."""

from datetime import date

import pytest

from walras.book.profile import load_profile, profile_from
from walras.errors import BadInput

GOOD = {"name": "x", "valid_from": date(2025, 1, 1), "valid_to": date(2025, 12, 31)}
DAY = date(2025, 4, 1)


@pytest.mark.parametrize(
    ("extra", "day", "rule"),
    [
        ({"colour": "red"}, DAY, "profile_rule_known"),
        ({"price_rule": "lowest"}, DAY, "profile_supported"),
        ({}, date(2024, 12, 31), "profile_validity"),
        ({}, date(2026, 1, 1), "profile_validity"),
    ],
)
def test_a_profile_that_cannot_be_followed_is_a_mistake(extra, day, rule):
    with pytest.raises(BadInput) as caught:
        profile_from(GOOD | extra, day)
    assert [m.rule for m in caught.value.mistakes] == [rule]


def test_a_profile_holds_on_its_first_and_last_day():
    assert profile_from(GOOD, date(2025, 1, 1)) == profile_from(GOOD, date(2025, 12, 31))


def test_the_european_profile_is_open_ended():
    assert load_profile("european", date(2100, 1, 1)).valid_to is None
