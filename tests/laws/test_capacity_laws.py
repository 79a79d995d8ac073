"""Over any legal sequence of acts: nothing is given away twice, both sides agree, the plan is the sum of layers."""

from typing import ClassVar

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.capacity.border import BEGIN, hours, three_states

from walras.capacity.curtailment import with_capacity
from walras.capacity.layers import BACKWARD, FORWARD, LAYERS, CapacityRules
from walras.capacity.paths import Hop, Path, changed, given_back, reserve
from walras.capacity.schedules import interchange, match, planned_net_interchange
from walras.capacity.taking import lowered, released, take
from walras.capacity.usable import allocated, hold, usable
from walras.errors import BadInput

HOURS = 2
VOLUMES = st.lists(st.integers(0, 60), min_size=HOURS, max_size=HOURS).map(lambda v: np.array(v, dtype=np.int64))
WAYS = st.sampled_from([FORWARD, BACKWARD])


def paths(rights):
    """Paths over one or two borders, or two points at once, perhaps with a right on the first hop."""
    right = st.sampled_from(["", *rights])
    one = st.builds(lambda e, d, r: Path(((Hop(e, d, r),),)), st.integers(0, 3), WAYS, right)
    wheel = st.sampled_from([Path(((Hop(3, 0), Hop(2, 0)),)), Path(((Hop(2, 1), Hop(3, 1)),))])
    swap = st.builds(lambda d, e: Path(((Hop(3, d),), (Hop(2, e),))), WAYS, WAYS)
    return st.one_of(one, wheel, swap)


class Border(RuleBasedStateMachine):
    """Acts of system operators, members, auctions and clocks in any order; what is refused changes nothing."""

    rules_of_profile: ClassVar[CapacityRules] = CapacityRules()

    @initialize(capacity=st.integers(0, 80), section=st.integers(0, 160))
    def begin(self, capacity, section):
        self.ledger = three_states(HOURS, capacity, section, self.rules_of_profile)
        self.contracts, self.rights, self.sessions, self.number = {}, [], [], 0
        self.matched, self.sides, self.granted = set(), {}, {}

    def _new(self, letter):
        self.number += 1
        return f"{letter}-{self.number}"

    def _try(self, make):
        """Do what makes entries; a refusal leaves the ledger as it is."""
        before = self.ledger.held
        try:
            self.ledger = self.ledger.plus(make())
            return True
        except BadInput as refused:
            assert refused.mistakes  # noqa: PT017 - a machine goes on after a refusal
            assert self.ledger.held.equals(before)
            return False

    @rule(element=st.integers(0, 3), way=WAYS, kw=VOLUMES, layer=st.sampled_from(["long_term", "term", "transmission"]))
    def allocate(self, element, way, kw, layer):
        right = self._new("R")
        if self._try(lambda: take(self.ledger, right, layer, element, way, hours(HOURS), kw)):
            self.rights.append(right)
            self.granted[right] = kw

    @rule(data=st.data(), kw=VOLUMES)
    def register(self, data, kw):
        path, contract = data.draw(paths(self.rights)), self._new("C")
        if self._try(lambda: reserve(self.ledger, contract, "bilateral", path, hours(HOURS), kw)):
            self.contracts[contract] = path

    @rule(data=st.data(), kw=VOLUMES, is_confirmed=st.booleans())
    def change(self, data, kw, is_confirmed):
        contract = self._some(data)
        if contract is None:
            return
        path, up, down = self.contracts[contract], None, None
        bare = Path(tuple(tuple(Hop(h.element, h.direction) for h in leg) for leg in path.legs))
        try:
            up, down = changed(self.ledger, contract, "bilateral", bare, hours(HOURS), kw)
        except BadInput:
            return
        had = self.ledger.volume(contract, hours(HOURS))
        self.ledger = self.ledger.plus(up)
        if is_confirmed:
            self.ledger = self.ledger.plus(down)
            assert self.ledger.volume(contract, hours(HOURS)).tolist() == kw.tolist()
        else:
            back = given_back(self.ledger, contract, bare, hours(HOURS), np.minimum(had, np.maximum(kw, had)), [])
            self.ledger = self.ledger.plus(back)
            assert self.ledger.volume(contract, hours(HOURS)).tolist() == had.tolist()

    @rule(data=st.data())
    def terminate(self, data):
        contract = self._some(data)
        if contract is not None:
            rights = [r for r in self.rights if len(self.ledger.of_holder(r))]
            path = self.contracts.pop(contract)
            nothing = np.zeros(HOURS, dtype=np.int64)
            self.ledger = self.ledger.plus(given_back(self.ledger, contract, path, hours(HOURS), nothing, rights))
            assert not len(self.ledger.of_holder(contract))

    @rule(data=st.data(), seller=st.none() | VOLUMES, buyer=st.none() | VOLUMES)
    def nominate_and_match(self, data, seller, buyer):
        contract = self._some(data)
        if contract is None:
            return
        held = self.ledger.volume(contract, hours(HOURS))
        matched = match(held, seller, buyer, data.draw(st.sampled_from(["contract", "zero"])))
        self.ledger = self.ledger.plus(lowered(self.ledger, contract, hours(HOURS), matched.kw, is_firm=True))
        self.matched.add(contract)
        self.sides[contract] = matched

    @rule(data=st.data())
    def release_right(self, data):
        if self.rights:
            right = data.draw(st.sampled_from(self.rights))
            self.ledger = self.ledger.plus(released(self.ledger, right, hours(HOURS)))

    @rule(data=st.data())
    def auction(self, data):
        session = self._new("S")
        most = usable(self.ledger)
        self.ledger = self.ledger.plus(hold(self.ledger, session, "day_ahead", most))
        part = data.draw(st.integers(0, 4))
        exchange = most * part // 4
        exchange[1 - data.draw(WAYS)] = 0  # an auction flows one way
        self.ledger = self.ledger.plus(allocated(self.ledger, session, "day_ahead", exchange))

    @rule(capacity=st.integers(0, 80), element=st.integers(0, 3), way=WAYS)
    def declare(self, capacity, element, way):
        wanted = self.ledger.capacity.copy()
        wanted[way, self.ledger.elements.slice_of(element)] = capacity
        try:
            self.ledger, _, falls = with_capacity(self.ledger, wanted)
        except BadInput as refused:
            assert {m.rule for m in refused.mistakes} == {"capacity_firm"}  # noqa: PT017
            return
        assert all(f.after_kw < f.before_kw for f in falls)

    def _some(self, data):
        open_ones = [c for c in self.contracts if c not in self.matched]
        return data.draw(st.sampled_from(open_ones)) if open_ones else None

    @invariant()
    def nothing_is_given_away_twice(self):
        elements = self.ledger.elements
        held = np.zeros((2, elements.slots), dtype=np.int64)  # added up row by row, not as the ledger does
        firm = np.zeros_like(held)
        for row in self.ledger.held.iter_rows(named=True):
            hour = (row["start"] - BEGIN) // 60
            places = [(row["direction"], row["line"] * HOURS + hour)]
            if row["line"] < 2:  # A1-B runs along the cross-section, B-A2 against it
                way = row["direction"] if row["line"] == 0 else 1 - row["direction"]
                places.append((way, 3 * HOURS + hour))
            for place in places:
                held[place] += row["kw"]
                firm[place] += row["firm_kw"]
        net = firm[::-1] if self.rules_of_profile.netting else 0
        assert (held - net <= self.ledger.capacity).all()
        assert (held >= firm).all()
        assert (firm >= 0).all()

    @invariant()
    def a_contract_has_one_volume_on_all_its_hops(self):
        for contract, path in self.contracts.items():
            volumes = {tuple(self.ledger.volume(contract, hours(HOURS), hop)) for hop in range(len(path.hops))}
            assert len(volumes) == 1

    @invariant()
    def a_right_never_holds_more_than_was_granted(self):
        for right, granted in self.granted.items():
            assert (self.ledger.volume(right, hours(HOURS)) <= granted).all()

    @invariant()
    def both_sides_of_a_border_agree_after_matching(self):
        for contract in self.matched & set(self.contracts):
            held = self.ledger.of_holder(contract)
            assert (held["kw"] == held["firm_kw"]).all(), "what is scheduled is what is held"
            volume = self.ledger.volume(contract, hours(HOURS))
            matched = self.sides[contract]
            assert (volume <= matched.seller_kw).all()
            assert (volume <= matched.buyer_kw).all()

    @invariant()
    def the_plan_is_the_sum_of_layers(self):
        for element in range(4):
            by_layer = interchange(self.ledger, element)
            assert by_layer.shape == (len(LAYERS), HOURS)
            assert (planned_net_interchange(self.ledger, element) == by_layer.sum(axis=0)).all()
        section = planned_net_interchange(self.ledger, 3)
        lines = planned_net_interchange(self.ledger, 0) - planned_net_interchange(self.ledger, 1)
        assert (section == lines).all()


class NettedBorder(Border):
    """The same where firm schedules make room for the other direction."""

    rules_of_profile: ClassVar[CapacityRules] = CapacityRules(netting=True)


LIMITS = settings(max_examples=25, stateful_step_count=14, deadline=None)
TestBorder = Border.TestCase
TestBorder.settings = LIMITS
TestNettedBorder = NettedBorder.TestCase
TestNettedBorder.settings = LIMITS
