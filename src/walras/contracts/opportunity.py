"""What a contract's remaining flexibility is worth, and at what prices it is offered.

A buyer with a supply contract takes at least `daily_minimum` and at most `daily_maximum` each day, at most `most` in
the year, and pays for `take_or_pay` in any case. What it may take above the daily minimum it sells into a
uniform-price auction, at its opportunity cost: the contract price of a unit, and what the unit would be worth if it
were kept. Keeping is worth something where the annual maximum will bind, less than nothing where take-or-pay will.

Read by whoever makes orders of contracts, and by the backtest in `walras.studies.opportunity`. Method: stochastic
dynamic programming over the days left (R. Bellman, Dynamic Programming, 1957; for take-or-pay contracts P. Jaillet, E.
I. Ronn and S. Tompaidis, Management Science 50, 2004, 909-921), written in marginal values. The free allowance F is
what may be taken beyond all daily minima left, K[t] a day's room, c its contract price, p[t, i] its price at level i
(`price_levels`, O1 and O2), m the share that make-up keeps and c' the price of a missing unit::

    F[t]     = most - taken[t] - sum of daily_minimum from t on                                  (O3)
    W[T](F)  = - (1 - m) * c' * max(0, F - (most - take_or_pay))                                 (O4)
    V[t](F, i) = max over 0 <= q <= min(K[t], F) of (p[t, i] - c[t]) * q + W[t](F - q, i),
    W[t](F, i) = sum over j of move[i, j] * V[t+1](F, j)                                         (O5)

W is concave in F, and so is V: O5 puts K[t] units of worth p - c into W's units in order of their worth. With w and v
for the worth of the unit at F, and w = infinity below F = 0::

    v[t](F, i) = max(w[t](F, i), min(p[t, i] - c[t], w[t](F - K[t], i)))                         (O6)

The unit sold after y others of the same day is offered at the price b at which selling and keeping are equal::

    b = c[t] + w[t](F - y, level of b)                                                           (O7)

An offer is a reaction to the day's clearing price, and that price tells its level: nothing of the day or of later days
has to be known before. w falls in F, so offers rise in y. Where keeping gains more from a dearer day than selling does,
O7 may hold at several prices; the one of the largest expected gain is taken, and V is then a bound from above.

F is cut into cells of one `step`, each with its mean worth; where quantities are multiples of the step nothing is lost.
Elsewhere values between grid points are interpolated: V stays concave and comes out a little low, and offers are means
over a step. Quantities in the contract's unit, prices in one currency per unit. Axes: t days, f cells of the free
allowance, i and j price levels, k steps of an offer, s paths.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walras.book.cells import FloatArray
from walras.contracts.flexibility import Outlook, Remaining
from walras.contracts.flexibility_checks import SLACK, mistakes_of
from walras.contracts.price_levels import PriceLevels, price_levels
from walras.errors import BadInput, Mistake

WHOLE = 1e-9
"""Parts of a step that count as none."""


@dataclass(frozen=True, eq=False)
class Offers:
    """What a buyer offers for one day: price-taking quantity, then steps of rising prices.

    Attributes:
        day: Day of the policy, 0 for its first.
        minimum: Quantity to be taken at any price.
        quantity: Size of each step above it; (k,).
        price: Offer price of each step, never falling; (k,).
        certain_shortfall: What will be missing at take-or-pay even if everything is taken from this day on.
    """

    day: int
    minimum: float
    quantity: FloatArray
    price: FloatArray
    certain_shortfall: float


@dataclass(frozen=True, eq=False)
class Policy:
    """One solution for all days left: any day's offers are read from it, without solving again.

    Attributes:
        left: Quantities at the first day.
        view: Prices from the first day on.
        levels: Price levels around the forward.
        step: Quantity of one cell.
        kept: Worth of the unit in each cell if it is kept on a day, w of O6; (t, f, i).
        first: Worth of the unit in each cell before the first day's choice, v of O6; (f, i).
    """

    left: Remaining
    view: Outlook
    levels: PriceLevels
    step: float
    kept: FloatArray
    first: FloatArray

    def offers(self, day: int, taken: float) -> Offers:
        """Return a day's offers, given what was taken before it.

        Raises:
            BadInput: No such day, or a quantity that the policy has no answer for (rules `day_known`, `taken_range`).
        """
        free = self._free(day, np.array([taken]))
        quantity, cell = self._steps(day, free)
        price = self._prices(day, cell)
        is_there = quantity[0] > 0
        rest = self.left.after(day, taken)
        minimum = float(self.left.daily_minimum[day])
        return Offers(day, minimum, quantity[0, is_there], price[0, is_there], rest.certain_shortfall)

    def worth(self, day: int, taken: float, price: float) -> FloatArray:
        """Return what each step of a day's offers would cost to sell if the day cleared at a price; (k,).

        The right-hand side of O7, which explains an offer: contract price and worth of keeping at that level. Between
        two levels it is mixed in proportion to price.
        """
        quantity, cell = self._steps(day, self._free(day, np.array([taken])))
        cost = self.view.contract_price[day] + self.kept[day, cell[0, quantity[0] > 0]]
        at = self.levels.multiple * self.view.forward[day]
        found: FloatArray = np.array([np.interp(price, at, row) for row in cost])
        return found

    def taken_at(self, day: int, taken: npt.ArrayLike, price: npt.ArrayLike) -> FloatArray:
        """Return what is taken on a day that clears at a price: the minimum, and offers at or below it; (s,).

        Args:
            day: Day of the policy.
            taken: Taken before it on each path; (s,).
            price: Clearing price on each path; (s,).
        """
        quantity, cell = self._steps(day, self._free(day, np.asarray(taken, dtype=float)))
        is_sold = self._prices(day, cell) <= np.asarray(price, dtype=float)[:, None]
        sold: FloatArray = (quantity * is_sold).sum(axis=1) + self.left.daily_minimum[day]
        return sold

    def value(self, last_level: float | None = None) -> float:
        """Return the expected profit of all days left, in currency, less what take-or-pay will cost.

        Args:
            last_level: Price of the day before over its forward; without it every level is as likely as in the
                long run.
        """
        chance = self.levels.chances_after(last_level)
        cells = np.clip(self.left.allowance / self.step - np.arange(len(self.first)), 0, 1)
        total = float(self.step * (cells @ self.first) @ chance)
        for day, minimum in enumerate(self.left.daily_minimum):
            price = float(chance @ self.levels.multiple) * self.view.forward[day]
            total += float(minimum * (price - self.view.contract_price[day]))
            chance = chance @ self.levels.move
        return total

    def _free(self, day: int, taken: FloatArray) -> FloatArray:
        """Return the free allowance of each path (O3); (s,)."""
        if not 0 <= day < self.left.days:
            fix = f"Ask for a day from 0 to {self.left.days - 1}."
            raise BadInput([Mistake(f"the policy has no day {day}", "day", "day_known", fix)])
        free = self.left.most - taken - self.left.daily_minimum[day:].sum()
        slack = SLACK * max(1.0, self.left.most)
        if wrong := np.flatnonzero(~((free >= -slack) & (free <= self.left.allowance + slack))).tolist():
            most = self.left.most - float(self.left.daily_minimum[day:].sum())
            what = f"taken {taken[wrong[0]]:g} is outside {most - self.left.allowance:g} to {most:g} before day {day}"
            fix = "Give what was taken under the daily minima and the annual maximum, or solve anew for what is left."
            raise BadInput([Mistake(what, "taken", "taken_range", fix)])
        usable: FloatArray = np.clip(free, 0, max(0.0, self.left.allowance))
        return usable

    def _steps(self, day: int, free: FloatArray) -> tuple[FloatArray, npt.NDArray[np.int64]]:
        """Return size and cell of each step that a day may take, from the top of F downwards; (s, k) each."""
        room = self.left.daily_maximum[day] - self.left.daily_minimum[day]
        top = np.ceil(free / self.step - WHOLE).astype(np.int64) - 1
        k = np.arange(int(room / self.step + WHOLE) + 2)
        upper = np.minimum(free[:, None], (top[:, None] - k + 1) * self.step)
        lower = np.maximum((top[:, None] - k) * self.step, np.maximum(free - room, 0)[:, None])
        quantity = upper - lower
        quantity[quantity <= WHOLE * self.step] = 0
        return quantity, np.clip(top[:, None] - k, 0, None)

    def _prices(self, day: int, cell: npt.NDArray[np.int64]) -> FloatArray:
        """Return the offer price of cells, O7: where the gain from selling crosses zero between two levels; (s, k)."""
        price = self.levels.multiple * self.view.forward[day]
        cost = self.view.contract_price[day] + self.kept[day, cell]
        gain = price - cost
        from_level = np.flip(np.cumsum(np.flip(gain * self.levels.share, -1), -1), -1)
        choices = np.concatenate([from_level, np.zeros_like(from_level[..., :1])], -1)
        above = choices.argmax(-1)[..., None]
        last = len(price) - 1
        up, down = np.clip(above, 0, last), np.clip(above - 1, 0, last)
        gain_up, gain_down = np.take_along_axis(gain, up, -1), np.take_along_axis(gain, down, -1)
        rise = gain_up - gain_down
        weight = np.divide(-gain_down, rise, out=np.zeros_like(rise), where=rise > 0)
        crossing = price[down] + np.clip(weight, 0, 1) * (price[up] - price[down])
        at_end = np.take_along_axis(cost, up, -1)
        found = np.where((above == 0) | (above > last), at_end, crossing)[..., 0]
        rising: FloatArray = np.maximum.accumulate(found, axis=-1)
        return rising


def policy(left: Remaining, view: Outlook, *, step: float, levels: int = 15) -> Policy:
    """Solve O3 to O6 for all days left.

    Args:
        left: What may and must be taken.
        view: What is thought about prices.
        step: Quantity of one cell; exact where it divides daily and annual quantities.
        levels: Price levels, 2 to 31; one is enough, and taken, where volatility is 0.

    Raises:
        BadInput: Every mistake in quantities, prices and grid.

    Example:
        Two days at 30 and 20, contract price 15, one unit a day, one unit in all. The first unit kept would earn 5:
        it is offered at 15 + 5.

        >>> from walras.contracts.flexibility import outlook, remaining
        >>> left = remaining(2, taken=0, take_or_pay=0, most=1, daily_minimum=0, daily_maximum=1, make_up_share=0)
        >>> solved = policy(left, outlook(2, forward=[30, 20], contract_price=15), step=1)
        >>> solved.offers(0, taken=0).price.tolist(), solved.value()
        ([20.0], 15.0)
    """
    if found := mistakes_of(left, view, step, levels):
        raise BadInput(found)
    chain = price_levels(view.persistence, view.volatility, levels)
    cells = max(1, int(np.ceil(left.allowance / step - WHOLE)))
    missing = view.contract_price[-1] if left.missing_price is None else left.missing_price
    over = np.clip(np.arange(1, cells + 1) - (left.most - left.take_or_pay) / step, 0, 1)
    value = np.repeat(-(1 - left.make_up_share) * missing * over[:, None], len(chain.share), axis=1)
    room = (left.daily_maximum - left.daily_minimum) / step
    kept = np.empty((left.days, cells, len(chain.share)))
    for day in reversed(range(left.days)):
        kept[day] = value @ chain.move.T
        spread = chain.multiple * view.forward[day] - view.contract_price[day]
        value = _with_day(kept[day], spread, float(room[day]))
    return Policy(left, view, chain, float(step), kept, value)


def offers(left: Remaining, view: Outlook, *, step: float, levels: int = 15) -> Offers:
    """Return the offers of the first day left; `policy` answers for all days at the same cost.

    Example:
        Take-or-pay asks for one more unit, paid for anyway, and make-up keeps 80 % of its price: 80 % of 15.

        >>> from walras.contracts.flexibility import outlook, remaining
        >>> left = remaining(1, taken=9, take_or_pay=10, most=10, daily_minimum=0, daily_maximum=1, make_up_share=0.8)
        >>> offers(left, outlook(1, forward=20, contract_price=15), step=1).price.round(6).tolist()
        [12.0]
    """
    return policy(left, view, step=step, levels=levels).offers(0, left.taken)


def _with_day(kept: FloatArray, spread: FloatArray, room: float) -> FloatArray:
    """Return worth before a day's choice, O6; a room that is no whole number of cells is the mean of its neighbours."""
    whole = int(room + WHOLE)
    part = room - whole if room - whole > WHOLE else 0.0
    value = _merged(kept, spread, whole)
    return value if part == 0 else (1 - part) * value + part * _merged(kept, spread, whole + 1)


def _merged(kept: FloatArray, spread: FloatArray, room: int) -> FloatArray:
    lower = np.full_like(kept, np.inf)
    if room < len(kept):
        lower[room:] = kept[: len(kept) - room]
    merged: FloatArray = np.maximum(kept, np.minimum(spread, lower))
    return merged
