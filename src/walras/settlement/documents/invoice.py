"""From statement lines of a billing period to its documents.

Per party and currency: what it buys and is charged is an invoice of the market operator; what it sells and
is paid is a self-billing document that the operator writes for it. A rerun of a session that was
billed before becomes a document of its own that names the one it corrects: a credit note if it lowers that, a further
invoice or self-billing document if it raises it. A rerun of a session that is billed in the same period
is simply part of its sum.

Lines of a party that pays in another currency than it traded in are billed in the currency of payment (see
`billing_rows`, which also says which of the two documents a line belongs to).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from walras.errors import BadInput, Mistake
from walras.results.minor_units import half_away
from walras.settlement.documents.billing_rows import NANO, BillingRow, billing_rows
from walras.settlement.documents.document import Document, Item, VatLine
from walras.settlement.documents.lines import KINDS, Statement, checked
from walras.settlement.documents.numbering import SERIES, first_number
from walras.settlement.documents.vat import Supply, Tax, Taxpayer, Treatment, VatTable


@dataclass(frozen=True)
class Billed:
    """What was billed before.

    Attributes:
        sessions: Whose first settlement was billed.
        documents: Number by session, party, currency and direction (1, -1).
        net_minor: Net amount of these documents, positive in the direction of their kind.
        facts: Tax facts of the party as they stood when each of them was issued.
    """

    sessions: frozenset[str] = frozenset()
    documents: Mapping[tuple[str, str, str, int], str] = field(default_factory=dict)
    net_minor: Mapping[str, int] = field(default_factory=dict)
    facts: Mapping[str, Taxpayer] = field(default_factory=dict)

    def direction_of(self, row: BillingRow) -> int:
        """Return to which side a row belongs; a rerun's that only its sign tells to the larger document it corrects.

        So are another fixing and corrected deviations.
        """
        if not (row.is_correction and row.is_by_sign):
            return row.direction
        place = (row.run.session, row.party, row.currency)
        sizes = {d: abs(self.net_minor.get(self.documents.get((*place, d), ""), 0)) for d in (-1, 1)}
        return row.direction if sizes[-1] == sizes[1] else max(sizes, key=lambda d: sizes[d])


@dataclass(frozen=True)
class Billing:
    """What all documents of one issue share.

    Attributes:
        operator: The market operator, the other side of every document.
        parties: Tax facts by account, such as `member/M-0001`.
        due: The due day of a day of issue (see `due_days.due_day`).
    """

    market: str
    operator: Taxpayer
    parties: Mapping[str, Taxpayer]
    vat: VatTable
    issued: date
    due: Callable[[date], date]
    first_day: date
    last_day: date


def documents_of(statements: Sequence[Statement], billing: Billing, billed: Billed | None = None) -> list[Document]:
    """Return the documents of a period, not numbered yet, in the order of their numbers.

    Raises:
        BadInput: Lines that are wrong (see `lines.checked`), supplies that no VAT rule fits, a rerun
            whose session was never billed.

    Example:
        A member buys for 100.00 and sells for 30.00 in a month: an invoice of 100.00, a self-billing document of 30.00.
    """
    billed = billed or Billed()
    drafts: dict[tuple[str, str, int, str], list[BillingRow]] = {}
    runs: dict[tuple[str, str, int, str], dict[tuple[str, str], None]] = {}
    for row in _rows(statements, billing, billed):
        before = (row.run.session, row.party, row.currency, billed.direction_of(row))
        key = (*before[1:], billed.documents.get(before, "") if row.is_correction else "")
        drafts.setdefault(key, []).append(row)
        runs.setdefault(key, {})[row.run.session, row.run.name] = None
    out, mistakes = [], dict[Mistake, None]()
    for key, found in sorted(drafts.items()):
        try:
            facts = _facts(billing.parties[key[0]], billed.facts.get(key[3]))
            out.append(_document(key, found, tuple(sorted(runs[key])), billing, facts))
        except BadInput as e:
            mistakes |= dict.fromkeys(e.mistakes)
    if mistakes:
        raise BadInput(mistakes)
    order = list(SERIES)
    kept = (d for d in out if d.items)
    return sorted(kept, key=lambda d: (order.index(d.kind), d.party.code, d.currency, d.corrects))


def numbered(documents: Sequence[Document], last: Mapping[str, int]) -> list[Document]:
    """Return documents with numbers; `last` is the last count of each kind in its market and year."""
    counts, out = dict(last), []
    for d in documents:
        number = first_number(d.market, d.kind, d.issued.year, counts.get(d.kind, 0))
        counts[d.kind] = number.count
        out.append(d.with_number(str(number)))
    return out


def _rows(statements: Sequence[Statement], billing: Billing, billed: Billed) -> list[BillingRow]:
    now = {s.run.session for s in statements if s.run.sequence == 0}
    mistakes, rows = list[Mistake](), list[BillingRow]()
    for s in statements:
        run = s.run
        if run.sequence and run.session not in now | billed.sessions:
            what = f"{run.name!r} corrects a settlement that was never billed"
            fix = "Issue the documents of its first settlement before, or together with it."
            mistakes.append(Mistake(what, f"session {run.session}", "correction_known", fix))
            continue
        try:
            rows += billing_rows(
                checked(s, billing.parties), is_correction=bool(run.sequence) and run.session not in now
            )
        except BadInput as e:
            mistakes += e.mistakes
    if mistakes:
        raise BadInput(mistakes)
    return rows


def _facts(now: Taxpayer, then: Taxpayer | None) -> Taxpayer:
    """Return a party as it is, with the tax facts that the corrected document was taxed by."""
    if then is None:
        return now
    return replace(
        now, country=then.country, vat_number=then.vat_number, is_dealer=then.is_dealer, used_in=then.used_in
    )


def _document(
    key: tuple[str, str, int, str],
    rows: list[BillingRow],
    runs: tuple[tuple[str, str], ...],
    billing: Billing,
    facts: Taxpayer,
) -> Document:
    party, currency, direction, corrects = key
    supplier, customer = (billing.operator, facts) if direction < 0 else (facts, billing.operator)
    total = sum(r.minor for r in rows) * direction
    kind = "credit_note" if corrects and total < 0 else "invoice" if direction < 0 else "self_billing"
    towards = -direction if kind == "credit_note" else direction
    items, vat = _items(rows, supplier, customer, (direction, towards), billing.vat)
    return Document(
        kind,
        "",
        billing.market,
        party,
        currency,
        billing.issued,
        billing.due(billing.issued),
        billing.first_day,
        billing.last_day,
        supplier,
        customer,
        towards,
        items,
        vat,
        corrects,
        runs,
    )


def _items(
    rows: list[BillingRow], supplier: Taxpayer, customer: Taxpayer, towards: tuple[int, int], table: VatTable
) -> tuple[tuple[Item, ...], tuple[VatLine, ...]]:
    """Return rows by kind, place and tax, and the tax of each rule and rate; every supply without a rule is listed."""
    sums: dict[tuple[str, str, str, str, Tax], list[int]] = {}
    mistakes = dict[Mistake, None]()
    for r in rows:
        try:
            tax = table.tax(Supply(r.kind, r.carrier, r.run.delivery_day, supplier, customer))
        except BadInput as e:
            mistakes |= dict.fromkeys(e.mistakes)
            continue
        sum_ = sums.setdefault((r.kind, r.zone, r.carrier, r.side, tax), [0, 0, 0])
        for i, figure in enumerate((r.minor, r.nano_mwh, int(r.has_energy))):
            sum_[i] += figure
    if mistakes:
        raise BadInput(mistakes)
    sums = {k: v for k, v in sums.items() if v[0] or v[1]}
    taxes = dict[tuple[Treatment, Fraction, str], dict[str, None]]()
    for *_, tax in sums:
        taxes.setdefault((tax.treatment, tax.rate, tax.country), {})[tax.text] = None
    place = {key: i for i, key in enumerate(taxes)}
    direction, sign = towards
    energy = direction * sign  # a credit note lists what is credited
    items = tuple(
        Item(
            _text(kind, side),
            zone,
            carrier,
            _energy(energy * nano) if known else "",
            sign * minor,
            place[tax.treatment, tax.rate, tax.country],
        )
        for (kind, zone, carrier, side, tax), (minor, nano, known) in sums.items()
    )
    return items, tuple(_vat_line(*key, tuple(texts), items, place[key]) for key, texts in taxes.items())


def _vat_line(
    treatment: Treatment, rate: Fraction, country: str, texts: tuple[str, ...], items: tuple[Item, ...], index: int
) -> VatLine:
    net = sum(i.net_minor for i in items if i.tax == index)
    return VatLine(treatment, rate, country, texts, net, half_away(net * rate))


def _text(kind: str, side: str) -> str:
    return f"{KINDS[kind]}, {'bought' if side == 'demand' else 'sold'}" if side else KINDS[kind]


def _energy(nano_mwh: int) -> str:
    """Return MWh with three decimals, or as many more as they need up to nine."""
    sign = "-" if nano_mwh < 0 else ""
    whole, part = divmod(abs(nano_mwh), NANO)
    digits = f"{part:09d}".rstrip("0").ljust(3, "0")
    return f"{sign}{whole}.{digits}"
