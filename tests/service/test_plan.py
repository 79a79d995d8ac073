"""Plans of runs: a first pass says so in its text, others keep theirs, and a fallback is never one."""

import pytest

from walras.service.plan import AS_HELD, UNLIMITED, Plan


def test_the_text_of_a_usual_plan_names_no_network():
    assert Plan().text() == '{"cut_off":[],"excluded":[],"rung":"coupled"}'
    first = Plan(network=UNLIMITED)
    assert '"network":"unlimited"' in first.text()
    assert Plan.read(first.text()) == first


def test_a_first_pass_that_is_run_again_stays_one_and_a_fallback_is_none():
    first = Plan(network=UNLIMITED)
    assert first.at("coupled") == first
    assert first.at("rerun").network == first.at("local", ("A",)).network == AS_HELD
    assert first.as_held() == Plan()


def test_no_fallback_is_without_limits():
    with pytest.raises(AssertionError, match="first pass"):
        Plan("rerun", network=UNLIMITED)
