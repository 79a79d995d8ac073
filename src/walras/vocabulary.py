"""Every word of the domain, once: what it means, its unit and its sign.

Written by whoever adds a rule; read by everybody, and by the test that keeps
`docs/glossary.md` equal to it. Nothing is computed here.

Time is UTC inside, whole minutes since 1970 (`minutes_utc`). A market's time
zone only decides where a delivery day begins and ends and what people see.
Signs: in the book a quantity is non-negative and carries a side; a net position
or an exchange is positive towards export.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Side(IntEnum):
    """Which way an order moves energy; the value is the sign of its injection."""

    SUPPLY = 1
    DEMAND = -1

    @property
    def word(self) -> str:
        """Return the word used in files.

        >>> Side.DEMAND.word
        'demand'
        """
        return self.name.lower()


class Outcome(StrEnum):
    """What became of one order."""

    ACCEPTED = "accepted"
    CURTAILED = "curtailed"
    REJECTED = "rejected"
    PARADOXICALLY_REJECTED = "paradoxically_rejected"
    PARADOXICALLY_ACCEPTED = "paradoxically_accepted"


class Status(StrEnum):
    """What a result has proven about itself."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"


class SurplusKind(StrEnum):
    """Who a part of the welfare goes to; the last two belong to no state of the market.

    Energy that rounding to ticks leaves without another side is paid for by nobody: that is `rounding`.
    """

    DEMAND = "demand"
    SUPPLY = "supply"
    CONVERSION = "conversion"
    STORAGE = "storage"
    CONGESTION = "congestion"
    OUTSIDE = "outside"
    ROUNDING = "rounding"


class BorderKind(StrEnum):
    """How the world outside meets a zone."""

    PRICE_TAKING = "price_taking"
    FIXED = "fixed"


CARRIERS = ("electricity", "gas", "oil_products", "hydrogen", "heat")


@dataclass(frozen=True)
class Term:
    """One word of the field: meaning, unit and sign (empty where it has none)."""

    word: str
    meaning: str
    unit: str = ""
    sign: str = ""


TERMS: tuple[Term, ...] = (
    Term("acceptance ratio", "Share of an order's quantity that is accepted.", "0 to 1"),
    Term("accepted", "Outcome of an order whose whole quantity is traded."),
    Term("aggregated curve", "All curve steps of one side, place and span as one line of volume over price.", "MW"),
    Term("agreed capacity", "Lower of what the system operators at the two ends of an element offer.", "MW"),
    Term("allocation", "What was delivered under a supply contract on a contract day.", "unit of the contract"),
    Term("annual quantity", "What is to be delivered in a contract year (ACQ).", "unit of the contract"),
    Term("assay", "Share of U-235 in the mass of uranium.", "0 to 1"),
    Term("at the money", "An order whose price equals the price that applies to it."),
    Term("bidding zone", "Smallest area with one price; `zone` in tables."),
    Term(
        "bilateral contract",
        "Registered delivery between two members over lines or cross-sections, with a profile by MTU.",
        "MW",
    ),
    Term("block order", "One price for a profile over several MTUs, accepted with one ratio for all of them."),
    Term("book", "What one auction holds: cells, network, rules profile, and every order as columns."),
    Term("border", "Connection of a zone to the world outside the auction.", "MW", "positive = export"),
    Term("bound", "Welfare that no legal result can exceed, proven by posted prices.", "currency"),
    Term("bundle", "Folder in which a certified result is published, at one of three levels."),
    Term("carrier", "What is traded: electricity, gas, oil products, hydrogen or heat."),
    Term(
        "carry-forward",
        "What was taken above an annual quantity and lowers the take-or-pay of later years.",
        "unit of the contract",
    ),
    Term("cell", "One zone, one carrier, one span of time: where a price forms."),
    Term("certificate", "Signed document that fixes a published result by its hashes."),
    Term("clean spread", "Price of what a conversion sells less the cost of its input.", "currency per MWh"),
    Term("clearing price", "Price of one cell, paid and received by every accepted order.", "currency per MWh"),
    Term("concentration", "How much of a market few owners have, as the HHI: 10,000 for one alone.", "0 to 10,000"),
    Term("congestion income", "Money that scarce network capacity leaves between buyers and sellers.", "currency"),
    Term("compensation", "What an accepted order that loses is paid where the rules profile compensates.", "currency"),
    Term("contract day", "Day of a supply contract in its time zone; it may begin at another hour than midnight."),
    Term("contract year", "Year of a supply contract, named after the calendar year in which it begins."),
    Term("conversion", "Scalable complex order that buys what it sells in another zone or carrier."),
    Term(
        "corridor",
        "What a market asks of its lines after a first pass, and what their system operators grant of it.",
        "MW",
    ),
    Term("coupled area", "Zones whose prices agree and between which nothing binds: one market."),
    Term("critical branch", "One direction of one network element that limits a flow-based domain in one MTU.", "MW"),
    Term(
        "cross-section",
        "Lines that are used together: all of one border (interstate), or some inside a state (internal).",
        "MW",
    ),
    Term("cut-off", "Time after which an observation that is published does not count.", "time"),
    Term("curtailed", "Outcome of an order that is traded in part."),
    Term("curve order", "Steps of price and quantity of one side, one zone, one MTU."),
    Term("deferral", "Terms by which what final invoices ask beyond provisional ones is paid later, in instalments."),
    Term("delivery day", "Calendar day in the market's time zone; 23, 24 or 25 hours."),
    Term("demand", "Side of an order that takes energy out of its zone.", "MW", "quantity non-negative"),
    Term("deviation", "Actual less planned net interchange and emergency assistance.", "kWh", "positive = forward"),
    Term("difference amount", "Sum of compensations and of what rounding costs; shared among members.", "currency"),
    Term("dispute", "What a company says is wrong in a run of settlement of its own."),
    Term("emergency assistance", "Energy that both sides confirm as help; priced apart from deviations.", "kWh"),
    Term("entry", "Postings of one thing that happened; they sum to zero in each currency."),
    Term("event", "Something that happened to money, with all that it says; entries of a ledger follow from it."),
    Term("exclusive group", "Block orders whose acceptance ratios may sum to one at the most."),
    Term("exposure", "The most that orders may come to owe, known before any auction.", "minor units", "non-negative"),
    Term("fixed term", "Amount that an accepted scalable complex order must earn beyond its steps.", "currency"),
    Term("fixing", "Published rate of one currency in another, with its day and source.", "currency per currency"),
    Term("flexible order", "A block of one period whose start the auction chooses inside a window."),
    Term("first pass", "Run of an auction without network limits that asks for a corridor; it is no result."),
    Term(
        "flow-based domain",
        "Zones of a meshed network whose exchanges share critical branches.",
        "MW",
        "positive = export",
    ),
    Term("force majeure", "Days on which a share of a contract's quantity falls away, by notice of a party."),
    Term("formula", "A price, rate or amount over parameters and observations, in a language with units."),
    Term("gap", "Bound minus welfare.", "currency", "non-negative"),
    Term(
        "headroom",
        "Collateral that is given less what is owed and what orders bind.",
        "minor units",
        "negative = missing",
    ),
    Term("hop", "One part of a way over several borders, with its operator, tariff, loss and permits."),
    Term("in kind", "Of deviations: returned as energy later, from an account by time of use, instead of paid for."),
    Term("initiative", "Which side caused a deviation, or a part of it.", "kWh"),
    Term("interpolated step", "A step of a curve whose price moves linearly from its start to its end."),
    Term("journal", "Facts and documents of a supply agreement in order, each sealed onto the one before."),
    Term("key ring", "Public keys whose signatures count, with their validity; got from elsewhere than a bundle."),
    Term("largest permissible flow", "Largest flow that meets every security criterion.", "MW"),
    Term(
        "layer",
        "Time horizon in which capacity is given away: transmission, long-term, bilateral, term, day-ahead, intraday.",
    ),
    Term("ledger", "Entries of a market in order, each chained to the one before; nothing in it is changed."),
    Term("line", "Connection of two zones inside the auction, with a capacity a direction and MTU.", "MW"),
    Term("line loss", "Share of what is sent over a line that does not arrive, by direction.", "0 to below 1"),
    Term("linepack", "Gas that a pipeline holds and that can be drawn: a storage order in a zone of its own.", "MWh"),
    Term("linked family", "Blocks joined by links: a child is accepted at most as far as its parents."),
    Term("load gradient", "Greatest change of a scalable complex order's power between two MTUs.", "MW"),
    Term(
        "long-term right",
        "Capacity of an element that a member holds over whole delivery days, to be used by contracts.",
        "MW",
    ),
    Term("make-up", "What was paid for and not taken, drawn in a later year.", "unit of the contract"),
    Term("master agreement", "What two parties agreed for all individual supply contracts between them."),
    Term("member", "Company that sends orders and settles them."),
    Term("Merkle root", "One hash of all orders of a book, in which a short proof shows that an order is."),
    Term("minimum acceptance power", "Least power of an accepted scalable complex order in an MTU.", "MW"),
    Term("minimum acceptance ratio", "Least ratio at which a block may be accepted.", "0 to 1"),
    Term("MTU", "Market time unit: start in UTC and length in minutes."),
    Term("net position", "Exports minus imports of a zone in one MTU.", "MW", "positive = export"),
    Term("netting", "A matched schedule of one direction makes room for the other."),
    Term("new member", "State, or states, that would join a market; not a member in the sense of a company."),
    Term(
        "nomination",
        "What one party of a bilateral contract will deliver or take in each MTU of a day, or the buyer of a supply "
        "contract on a contract day.",
        "MW, or unit of the contract",
    ),
    Term("observation", "What a published series was on one day, month or MTU, by version and time of publication."),
    Term(
        "outside",
        "What borders leave to neighbours: half of a price-taking border's income, and what a fixed exchange is worth "
        "beyond the zone's price.",
        "currency",
    ),
    Term(
        "paradoxically accepted",
        "Outcome of an order that loses at the clearing prices; illegal unless the rules profile compensates losses.",
    ),
    Term("paradoxically rejected", "Outcome of an indivisible order that would have earned at the clearing prices."),
    Term("permit", "Leave to use an element in one direction, up to a power, between two days.", "MW"),
    Term(
        "planned net interchange",
        "Signed sum of the schedules of all layers over an element.",
        "MW",
        "positive = forward",
    ),
    Term("posting", "One account's part in an entry.", "minor units", "positive = the market owes it"),
    Term("postponement", "Part of an annual quantity that is put off to a later year.", "unit of the contract"),
    Term(
        "price interval",
        "Prices of a cell that fit the volumes of its price area; accepted indivisible orders may narrow it.",
        "currency per MWh",
    ),
    Term("provisional price", "Price at which a month is invoiced before its final price is known."),
    Term("pseudonym", "Name of an order in published tables, which only the operator and its member can resolve."),
    Term("PTDF", "Power transfer distribution factor: load of a branch for each MW that a zone exports.", "MW per MW"),
    Term("RAM", "Remaining available margin: what a critical branch can still carry.", "MW", "non-negative"),
    Term("rejected", "Outcome of an order that is not traded."),
    Term("rent", "Value of one more unit of a network or order limit.", "currency per MWh", "non-negative"),
    Term("reserve margin", "Part of the largest permissible flow that a system operator keeps back.", "MW"),
    Term("residual supply index", "What others could supply for each MW demanded; below 1 a supplier is pivotal."),
    Term("rules profile", "The rules of one market with their validity dates, as data."),
    Term("run of settlement", "One settlement of a session: the first books everything, later ones differences."),
    Term("scalable complex order", "Steps over many MTUs that stand or fall together and must earn a fixed term."),
    Term(
        "scheduled exchange",
        "Energy flow agreed over one line, zone to zone, as it is sent.",
        "MW",
        "positive = from, to",
    ),
    Term("scheduled stop", "First MTUs in which a rejected scalable complex order still sells its cheapest step."),
    Term("selection", "The set of accepted indivisible orders with their ratios."),
    Term("separative work", "Effort of enriching uranium, from the assays of product, feed and tails.", "SWU"),
    Term("session", "One auction's life from scheduled to final."),
    Term("set-off", "Payment of a debt by what its creditor owes: for an asset that it bought, or of another bill."),
    Term("sharing key", "Whose the income of a line, border or flow-based domain is, and in which shares."),
    Term("statement", "What one run of settlement makes one party receive and owe, line by line."),
    Term("storage order", "Energy carried from one MTU to another: charged, kept and discharged by one order."),
    Term("substitution", "Equal volumes of one contract at two points at the same time."),
    Term("supply", "Side of an order that puts energy into its zone.", "MW", "quantity non-negative"),
    Term("supply contract", "Sale of a carrier or of nuclear fuel over days to years, with its own terms and prices."),
    Term("surplus", "What an order gains at the clearing prices against its own price.", "currency"),
    Term("surpluses", "Welfare of one result by state, carrier and kind: whose gain it is.", "currency"),
    Term("swing", "Bands of daily quantity under a supply contract, each with its notice.", "unit of the contract"),
    Term("system operator", "Company that declares capacities at its zone's side of a line."),
    Term("tails", "Uranium that enrichment leaves behind, of a lower assay than the feed."),
    Term("take-or-pay", "Share of an annual quantity that is paid whether it is taken or not."),
    Term("tariff", "Price of a MWh sent over a line, either way.", "currency per MWh", "non-negative"),
    Term(
        "system price",
        "Price of a cell if no limit of the network were reached; for information, beside the clearing price.",
        "currency per MWh",
    ),
    Term("technological band", "Deviation that a parallel-operation agreement permits, to either side.", "kWh"),
    Term("tick", "Smallest step of a price or a quantity of one zone and carrier."),
    Term(
        "trade unit",
        "What members of gas and oil markets count in: 1000 m3, tonne, barrel; so many MWh.",
        "MWh per unit",
    ),
    Term("usable capacity", "What an auction may use: free capacity in whole ticks, within every cross-section.", "MW"),
    Term("value of stored energy", "What one more MWh in a store is worth.", "currency per MWh", "either sign"),
    Term("verification", "Minutes after a gate in which orders are looked at before any run begins."),
    Term("welfare", "Accepted demand at its prices minus accepted supply at its prices and fixed terms.", "currency"),
    Term("wheeling", "A contract's way over several borders."),
)
