"""What two parties agreed about supplies: a master agreement and its individual contracts, frozen and exact.

Written by `agreement_file`; read by everything else here. Quantities are exact fractions in
the contract's own unit, shares are fractions of one, days are contract days (a gas day may begin
at ten), `end` is the first day after. Parties are accounts, such as `member/M-0001`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from walras.formulas import Checked, Unit
from walras.formulas.values import Value

MEASURES = {
    "delivered": "the quantity that was delivered",
    "natural uranium": "kgU of natural uranium that was fed, before losses of conversion",
    "conversion": "kgU that was converted to UF6",
    "separative work": "SWU that enriched it",
}
"""What a component of a price may be charged on."""
MAKE_UP_PRICES = {
    "paid": "nothing more is due: it was paid for",
    "top_up": "the price of the month less what was paid, where that is more than zero",
    "difference": "the price of the month less what was paid, either way",
}
"""What a unit of make-up costs when it is drawn."""


@dataclass(frozen=True)
class Swing:
    """A band of daily quantities, and how long before the contract day it has to be nominated."""

    level: str
    minimum: Fraction
    maximum: Fraction
    notice_hours: int


@dataclass(frozen=True)
class Quantity:
    """How much is delivered.

    Attributes:
        annual: By contract year, or under None for every year; empty where nothing is said about years.
        annual_maximum: Share of the annual quantity that may be nominated, such as 1.1.
        daily: What a day has where nobody says otherwise.
        daily_minimum, daily_maximum: What may be nominated.
        swing: Bands of notice; a quantity in several needs the shortest.
        notice_hours: Where there are no bands.
        firm: Whether the seller has to deliver.
    """

    annual: Mapping[int | None, Fraction]
    annual_maximum: Fraction
    daily: Fraction
    daily_minimum: Fraction
    daily_maximum: Fraction
    swing: tuple[Swing, ...] = ()
    notice_hours: int = 0
    firm: bool = True

    def annual_of(self, year: int) -> Fraction | None:
        """Return the annual quantity of a contract year, None where none is agreed."""
        return self.annual.get(year, self.annual.get(None))


@dataclass(frozen=True)
class TakeOrPay:
    """Which share of the annual quantity is paid whether taken or not, at which share of the price."""

    share: Fraction
    price_share: Fraction = Fraction(1)


@dataclass(frozen=True)
class MakeUp:
    """How what was paid and not taken may be drawn later.

    Attributes:
        newest_first: Which lots are drawn first.
        price: One of `MAKE_UP_PRICES`.
        years: Contract years after its own in which a lot may be drawn; None = until the contract ends.
    """

    newest_first: bool = False
    price: str = "paid"
    years: int | None = None


@dataclass(frozen=True)
class CarryForward:
    """How what was taken above the annual quantity lowers later take-or-pay: at most by `cap` of it, for some years."""

    cap: Fraction
    years: int | None = None


@dataclass(frozen=True)
class Flexibility:
    """By how much a party may change an annual quantity, and put off to later years, as shares of it."""

    share: Fraction
    postponable: Fraction
    notice_days: int


@dataclass(frozen=True)
class PathPermit:
    """A permit for a hop: what may flow a day from one day to another."""

    permit: str
    begin: date
    end: date
    most: Fraction | None = None


@dataclass(frozen=True)
class Hop:
    """One part of the way to the delivery point.

    Attributes:
        hop: Its name.
        operator: Who is paid for it; an account.
        tariff: Money for a unit that enters it, None = nothing is charged.
        loss: Share of what enters it that does not leave it.
        distance: In km, for tariffs that count it.
        line: The market's line that it uses, and whether from the line's second zone to its first; None = none.
        permits: When it may be used; empty = always.
    """

    hop: str
    operator: str
    tariff: Checked | None = None
    loss: Fraction = Fraction(0)
    distance: Value | None = None
    line: tuple[str, bool] | None = None
    permits: tuple[PathPermit, ...] = ()


@dataclass(frozen=True)
class Component:
    """One part of the price.

    Attributes:
        component: Its name on invoices.
        measure: What it is charged on, one of `MEASURES`.
        final: Price for one unit of that.
        provisional: Price of provisional invoices; None = the final one, with what is known.
        daily: Whether the price is computed for each day, not once a month.
    """

    component: str
    measure: str
    final: Checked
    provisional: Checked | None = None
    daily: bool = False


@dataclass(frozen=True)
class Deferral:
    """How what final invoices ask beyond provisional ones is paid later, in equal parts from a month on."""

    instalments: int
    first: str
    delivered_from: str
    delivered_to: str


@dataclass(frozen=True)
class SetOff:
    """What the seller owes the buyer for an asset, in parts, which may be set off against invoices."""

    asset: str
    parts: tuple[tuple[date, int], ...]


@dataclass(frozen=True)
class Fuel:
    """Enrichment of a nuclear fuel contract: assays as shares of mass, and what conversion loses."""

    product_assay: Fraction
    feed_assay: Fraction
    tails_assay: Fraction
    conversion_loss: Fraction = Fraction(0)


@dataclass(frozen=True)
class Meeting:
    """How a contract meets the auction.

    Attributes:
        carrier, delivery: Where its quantity enters as supply of the buyer.
        source: Where the seller takes it out of the auction, None = it comes from outside.
        energy: MWh in one unit.
        flexible_steps: Into how many steps the remaining flexibility is offered; 0 = it is not.
    """

    carrier: str
    delivery: str
    source: str | None
    energy: Value
    flexible_steps: int = 0


@dataclass(frozen=True)
class Contract:
    """An individual contract: what holds from `begin` to before `end`.

    Attributes:
        contract: Its name.
        subject: What it is about; contracts of one subject follow each other, and share make-up and carry-forward.
        commodity: A carrier, or `nuclear_fuel`.
        seller, buyer: Accounts.
        unit, currency: Of quantities and of the price.
        components: Parts of the price; one, unless it says otherwise.
        parameters: Figures that formulas name.
        overrun: Share of the price for what is taken above the daily maximum.
        destinations: Where it may go; empty = anywhere.
        payment: Currency in which an account pays and is paid, where it is another.
        relief_hours: How long before its notice force majeure counts.
    """

    contract: str
    subject: str
    commodity: str
    seller: str
    buyer: str
    begin: date
    end: date
    unit: Unit
    currency: str
    quantity: Quantity
    components: tuple[Component, ...]
    parameters: Mapping[str, str] = field(default_factory=dict)
    take_or_pay: TakeOrPay | None = None
    make_up: MakeUp | None = None
    carry_forward: CarryForward | None = None
    flexibility: Flexibility | None = None
    hops: tuple[Hop, ...] = ()
    overrun: Fraction = Fraction(1)
    deferral: Deferral | None = None
    set_off: SetOff | None = None
    fuel: Fuel | None = None
    destinations: tuple[str, ...] = ()
    payment: Mapping[str, str] = field(default_factory=dict)
    relief_hours: int = 48
    meeting: Meeting | None = None

    def permit_on(self, hop: Hop, day: date) -> PathPermit | None:
        """Return the permit of a hop that is valid on a day, None where there is none."""
        return next((p for p in hop.permits if p.begin <= day < p.end), None)


@dataclass(frozen=True)
class Agreement:
    """A master agreement: parties, time, and all individual contracts under it.

    Attributes:
        name: Of the agreement.
        time_zone: Whose days count.
        day_starts: Minutes after midnight at which a contract day begins.
        year_starts: Month and day on which a contract year begins.
        contracts: In the order of their beginning.
        text: The document that it was read from.
    """

    name: str
    time_zone: str
    day_starts: int
    year_starts: tuple[int, int]
    contracts: tuple[Contract, ...]
    text: str = field(default="", repr=False)

    def contract(self, name: str) -> Contract | None:
        """Return the contract of that name."""
        return next((c for c in self.contracts if c.contract == name), None)
