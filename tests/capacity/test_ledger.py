"""Taking, handing over, giving back, curtailing: small borders with every figure on paper."""

import numpy as np
import pytest
from tests.capacity.border import hours, kw, three_states

from walras.capacity.curtailment import with_capacity
from walras.capacity.layers import BACKWARD, FORWARD, LAYERS, CapacityRules
from walras.capacity.paths import Hop, Path, by_mtu, changed, given_back, mistakes_in, reserve
from walras.capacity.schedules import interchange, planned_net_interchange
from walras.capacity.taking import hand_over, lowered, released, take
from walras.capacity.usable import allocated, hold, usable
from walras.errors import BadInput

A1B, BA2, BC, AB = range(4)
LONG, BILATERAL, DAY_AHEAD = (LAYERS.index(name) for name in ("long_term", "bilateral", "day_ahead"))


def refused(call):
    with pytest.raises(BadInput) as error:
        call()
    return error.value.mistakes


def free(ledger, element, direction=FORWARD):
    return ledger.free[direction, ledger.elements.slice_of(element)].tolist()


def test_a_cross_section_fills_its_lines_in_their_order():
    ledger = three_states()
    ledger = ledger.plus(take(ledger, "C-1", "bilateral", AB, FORWARD, hours(3), kw(150, 100, 0)))
    assert free(ledger, A1B) == [0, 0, 100]
    assert free(ledger, BA2, BACKWARD) == [50, 100, 100], "the second line runs against the cross-section"
    assert free(ledger, BA2, FORWARD) == [100, 100, 100]
    assert free(ledger, AB) == [50, 100, 200]
    assert ledger.volume("C-1", hours(3)).tolist() == [150, 100, 0]


def test_the_limit_of_a_cross_section_holds_for_its_lines():
    ledger = three_states(section=120)
    ledger = ledger.plus(take(ledger, "C-1", "bilateral", A1B, FORWARD, hours(1), kw(90)))
    (mistake,) = refused(lambda: take(ledger, "C-2", "bilateral", BA2, BACKWARD, hours(1), kw(31)))
    assert mistake.rule == "capacity_free"
    assert "0.031 MW are asked for and 0.03 MW are free" in mistake.what
    assert len(take(ledger, "C-2", "bilateral", BA2, BACKWARD, hours(1), kw(30)))


def test_every_mtu_without_room_is_named_and_nothing_is_taken():
    ledger = three_states()
    found = refused(lambda: take(ledger, "C-1", "bilateral", BC, FORWARD, hours(3), kw(101, 100, 102)))
    assert [m.where for m in found] == ["B-C forward 2026-02-02T03:00Z", "B-C forward 2026-02-02T05:00Z"]
    assert free(ledger, BC) == [100, 100, 100]


def test_wheeling_reserves_every_hop_or_none():
    ledger = three_states()
    path = Path(((Hop(AB, FORWARD), Hop(BC, FORWARD)),))
    assert mistakes_in(path, ledger.elements, "path") == []
    found = refused(lambda: reserve(ledger, "C-1", "bilateral", path, hours(2), kw(150, 99)))
    assert [m.where.split()[0] for m in found] == ["B-C"]
    ledger = ledger.plus(reserve(ledger, "C-1", "bilateral", path, hours(2), kw(80, 99)))
    assert [ledger.volume("C-1", hours(2), hop).tolist() for hop in (0, 1)] == [[80, 99], [80, 99]]


def test_paths_that_do_not_join_or_pass_twice_are_refused():
    elements = three_states().elements
    assert [m.rule for m in mistakes_in(Path(((Hop(BC, FORWARD), Hop(AB, FORWARD)),)), elements, "p")] == ["path_joins"]
    there_and_back = Path(((Hop(AB, FORWARD), Hop(AB, BACKWARD)),))
    assert [m.rule for m in mistakes_in(there_and_back, elements, "p")] == ["path_once"]
    back = Path(((Hop(BC, BACKWARD), Hop(AB, BACKWARD)),))
    assert mistakes_in(back, elements, "p") == []


def test_a_substitution_takes_equal_volumes_at_two_points():
    ledger = three_states()
    path = Path(((Hop(A1B, FORWARD),), (Hop(BC, BACKWARD),)))
    assert mistakes_in(path, ledger.elements, "p") == []
    ledger = ledger.plus(reserve(ledger, "C-1", "bilateral", path, hours(1), kw(60)))
    assert (free(ledger, A1B)[0], free(ledger, BC, BACKWARD)[0]) == (40, 40)


def test_a_right_is_handed_to_a_contract_and_comes_back():
    ledger = three_states()
    ledger = ledger.plus(take(ledger, "R-1", "long_term", AB, FORWARD, hours(2), kw(120, 120)))
    path = Path(((Hop(AB, FORWARD, right="R-1"), Hop(BC, FORWARD)),))
    ledger = ledger.plus(reserve(ledger, "C-1", "bilateral", path, hours(2), kw(90, 100)))
    assert free(ledger, AB) == [80, 80, 200], "the right held it already"
    assert ledger.volume("R-1", hours(2)).tolist() == [30, 20]
    assert ledger.taken[LONG, FORWARD, ledger.elements.slice_of(AB)].tolist() == [120, 120, 0]
    assert ledger.taken[BILATERAL, FORWARD, ledger.elements.slice_of(BC)].tolist() == [90, 100, 0]
    found = refused(lambda: reserve(ledger, "C-2", "bilateral", path, hours(2), kw(31, 21)))
    assert [m.rule for m in found] == ["right_holds"] * 2 + ["capacity_free"] * 2
    back = ledger.plus(given_back(ledger, "C-1", path, hours(2), kw(0, 60), ["R-1"]))
    assert back.volume("R-1", hours(2)).tolist() == [120, 60]
    assert [back.volume("C-1", hours(2), hop).tolist() for hop in (0, 1)] == [[0, 60], [0, 60]]
    closed = ledger.plus(given_back(ledger, "C-1", path, hours(2), kw(0, 60), []))
    assert closed.volume("R-1", hours(2)).tolist() == [30, 20], "a right that was released gets nothing back"
    assert free(closed, AB) == [170, 120, 200]


def test_a_right_gets_back_no_more_than_it_gave():
    ledger = three_states()
    ledger = ledger.plus(take(ledger, "R-1", "long_term", AB, FORWARD, hours(1), kw(120)))
    path, bare = Path(((Hop(AB, FORWARD, right="R-1"),),)), Path(((Hop(AB, FORWARD),),))
    ledger = ledger.plus(reserve(ledger, "C-1", "bilateral", path, hours(1), kw(100)))
    ledger = ledger.plus(changed(ledger, "C-1", "bilateral", bare, hours(1), kw(150))[0])
    half = ledger.plus(given_back(ledger, "C-1", path, hours(1), kw(80), ["R-1"]))
    assert (half.volume("C-1", hours(1))[0], half.volume("R-1", hours(1))[0]) == (80, 40)
    over = ledger.plus(given_back(ledger, "C-1", path, hours(1), kw(0), ["R-1"]))
    assert (over.volume("R-1", hours(1))[0], free(over, AB)[0]) == (120, 80)


def test_a_change_reserves_what_is_more_first_and_frees_what_is_less_later():
    ledger = three_states()
    path = Path(((Hop(BC, FORWARD),),))
    ledger = ledger.plus(reserve(ledger, "C-1", "bilateral", path, hours(2), kw(50, 50)))
    up, down = changed(ledger, "C-1", "bilateral", path, hours(2), kw(80, 20))
    proposed = ledger.plus(up)
    assert proposed.volume("C-1", hours(2)).tolist() == [80, 50]
    assert proposed.plus(down).volume("C-1", hours(2)).tolist() == [80, 20]
    assert refused(lambda: changed(ledger, "C-1", "bilateral", path, hours(2), kw(101, 0)))[0].rule == "capacity_free"


def test_netting_makes_room_for_the_other_direction_only_when_it_is_firm():
    ledger = three_states(rules=CapacityRules(netting=True))
    path = Path(((Hop(BC, FORWARD),),))
    ledger = ledger.plus(reserve(ledger, "C-1", "bilateral", path, hours(1), kw(70)))
    assert free(ledger, BC, BACKWARD)[0] == 100
    matched = ledger.plus(lowered(ledger, "C-1", hours(1), kw(60), is_firm=True))
    assert (free(matched, BC)[0], free(matched, BC, BACKWARD)[0]) == (40, 160)
    unnetted = three_states()
    unnetted = unnetted.plus(reserve(unnetted, "C-1", "bilateral", path, hours(1), kw(70)))
    unnetted = unnetted.plus(lowered(unnetted, "C-1", hours(1), kw(60), is_firm=True))
    assert free(unnetted, BC, BACKWARD)[0] == 100


def test_an_auction_holds_what_is_free_and_keeps_its_exchanges():
    ledger = three_states(section=150)
    ledger = ledger.plus(take(ledger, "C-1", "bilateral", A1B, FORWARD, hours(1), kw(40)))
    most = usable(ledger)
    # along A>B the lines have 60 and 100 free, it has 110: 60 x 110 / 160 = 41, 100 x 110 / 160 = 68
    assert (most[FORWARD, 0], most[BACKWARD, ledger.elements.slice_of(BA2)][0]) == (41, 68)
    held = ledger.plus(hold(ledger, "two-da", "day_ahead", most))
    assert refused(lambda: take(held, "C-2", "bilateral", A1B, FORWARD, hours(1), kw(20)))[0].rule == "capacity_free"
    exchange = np.zeros_like(most)
    exchange[FORWARD, 0] = 30
    done = held.plus(allocated(held, "two-da", "day_ahead", exchange))
    assert free(done, A1B)[0] == 30
    assert done.firm[FORWARD, 0] == 30
    assert planned_net_interchange(done, AB).tolist() == [30, 0, 0]


def test_the_planned_net_interchange_is_the_sum_of_layers():
    ledger = three_states()
    for holder, layer, direction, volume in (("R-1", "long_term", FORWARD, 50), ("C-1", "bilateral", BACKWARD, 20)):
        ledger = ledger.plus(take(ledger, holder, layer, AB, direction, hours(1), kw(volume)))
        ledger = ledger.plus(lowered(ledger, holder, hours(1), kw(volume), is_firm=True))
    by_layer = interchange(ledger, AB)[:, 0]
    assert (by_layer[LONG], by_layer[BILATERAL], by_layer[DAY_AHEAD]) == (50, -20, 0)
    assert planned_net_interchange(ledger, AB)[0] == 30


def test_a_lower_capacity_curtails_the_first_layer_in_proportion_on_every_hop():
    ledger = three_states()
    ledger = ledger.plus(take(ledger, "R-1", "long_term", BC, FORWARD, hours(1), kw(30)))
    wheel, plain = Path(((Hop(AB, FORWARD), Hop(BC, FORWARD)),)), Path(((Hop(BC, FORWARD),),))
    ledger = ledger.plus(reserve(ledger, "C-1", "bilateral", wheel, hours(1), kw(40)))
    ledger = ledger.plus(reserve(ledger, "C-2", "bilateral", plain, hours(1), kw(20)))
    lower = ledger.capacity.copy()
    lower[FORWARD, ledger.elements.slice_of(BC)] = 60  # 30 too much: 20 of C-1, 10 of C-2
    after, made, falls = with_capacity(ledger, lower)
    assert [(f.holder, f.before_kw, f.after_kw) for f in falls] == [("C-1", 40, 20), ("C-2", 20, 10)]
    assert [after.volume("C-1", hours(1), hop)[0] for hop in (0, 1)] == [20, 20]
    assert after.volume("R-1", hours(1))[0] == 30, "long-term rights give way last"
    assert len(made) == 3
    lower[FORWARD, ledger.elements.slice_of(BC)] = 12
    assert with_capacity(ledger, lower)[0].volume("R-1", hours(1))[0] == 12


def test_what_is_firm_or_held_by_an_auction_does_not_give_way():
    ledger = three_states()
    ledger = ledger.plus(hold(ledger, "two-da", "day_ahead", usable(ledger)))
    lower = ledger.capacity.copy()
    lower[FORWARD, ledger.elements.slice_of(BC)][:] = 60
    lower[FORWARD, ledger.elements.slice_of(BC).start] = 60
    found = refused(lambda: with_capacity(ledger, lower))
    assert {m.rule for m in found} == {"capacity_firm"}
    assert "0.1 MW are firm" in found[0].what


def test_periods_must_fit_mtus():
    elements = three_states().elements
    path = Path(((Hop(BC, FORWARD),),))
    starts, volumes = by_mtu(elements, path, hours(2)[:1], kw(120), kw(7), "volumes")
    assert (starts - hours(1)[0]).tolist() == [0, 60]
    assert volumes.tolist() == [7, 7]
    for begin, minutes, rule in ((hours(1), kw(30), "mtu_of_element"), (hours(1) + 15, kw(60), "mtu_of_element"),
                                 (hours(1, 3), kw(60), "periods_in_span")):  # fmt: skip
        assert rule in [m.rule for m in refused(lambda b=begin, m=minutes: by_mtu(elements, path, b, m, kw(7), "v"))]
    twice = np.concatenate([hours(1), hours(1)])
    assert [m.rule for m in refused(lambda: by_mtu(elements, path, twice, kw(60, 60), kw(1, 1), "v"))] == [
        "periods_ordered"
    ]


def test_what_was_released_is_free_again():
    ledger = three_states()
    ledger = ledger.plus(take(ledger, "R-1", "long_term", AB, FORWARD, hours(3), kw(120, 120, 120)))
    ledger = ledger.plus(released(ledger, "R-1", hours(2)))
    assert free(ledger, AB) == [200, 200, 80]
    some = hand_over(ledger, "R-1", "C-9", AB, FORWARD, hours(3), kw(0, 0, 120))
    assert len(some) == 4, "two lines, each given and got"
