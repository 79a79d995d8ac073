"""A default: a member does not pay, and the layers of the waterfall bear what it owes, in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from walras.service.clearing.collateral import is_converted, rates_of
from walras.service.clock import moment
from walras.service.commands import DeclareDefault
from walras.service.dispatch import Answer, handles
from walras.service.handlers.collateral import check_member
from walras.service.store import collateral as stored
from walras.service.store import ledger, markets, notices, settlement
from walras.service.store.collateral import Position
from walras.service.work import Work
from walras.settlement.accounts import name_of
from walras.settlement.collateral.headroom import GUARANTEE, Cover
from walras.settlement.collateral.waterfall import GUARANTEES, Layers, waterfall
from walras.settlement.currencies import converted


@handles(DeclareDefault)
def declare_default(work: Work, command: DeclareDefault) -> Answer:
    """Carry out the waterfall over everything that a member owes now, brought into the trade currency."""
    ledger.lock(work.connection, command.market)
    check_member(work, command.market, command.member)
    at = work.now()
    currency = markets.version_now(work.connection, command.market, moment(at).date()).definition.currency
    owner = (command.member, command.market)
    position = stored.positions(work.connection, work.secrets, [owner])[owner]
    brought = list(_brought(work, command.market, command.member, currency, position))
    layers, loss = _layers(work, command.market, command.member, currency, at, position, brought)
    rows = waterfall(command.member, loss, layers)
    drawn = _drawn(position, currency, at, sum(r.minor for r in rows if r.layer == GUARANTEES))
    body = {
        "member": command.member, "currency": currency, "loss_minor": loss, "reason": command.reason,
        "rows": [[r.layer, r.account, r.minor] for r in rows], "drawn": drawn, "converted": brought,
    }  # fmt: skip
    booked = ledger.book(work, command.market, "default", command.member, body, at)
    for reference, _, left in drawn:
        stored.set_cover(work.connection, command.market, reference, {"left_minor": left})
    named = {name_of(r.account) for r in rows} | {command.member}
    for company in sorted(settlement.companies_among(work.connection, named)):
        own = [[r.layer, r.minor] for r in rows if name_of(r.account) == company]
        told = {"member": command.member, "currency": currency, "loss_minor": loss, "borne": own}
        notices.tell(work, company, "default declared", command.market, told, at)
    return {"market": command.market, "event": booked.event, "rows": body["rows"]}


def _brought(work: Work, market: str, member: str, currency: str, position: Position) -> Iterator[list[Any]]:
    """Yield account, currency, amount and what it becomes of debts and cash in other currencies, at newest fixings.

    Cash that nothing converts stays where it is.

    Raises:
        BadInput: A debt in a currency that nothing converts (rule `fixing_missing`).
    """
    rates = rates_of(work.connection, market, currency, position)
    debts = {c: minor for c, minor in position.balance.items() if minor < 0 and c != currency}
    given = {c: minor for c, minor in position.cash.items() if c != currency and is_converted(c, currency, rates)}
    for role, amounts in (("member", debts), ("collateral", given)):
        for other, minor in sorted(amounts.items()):
            if minor:
                yield [f"{role}/{member}", other, minor, converted(minor, other, currency, rates)]


def _layers(
    work: Work, market: str, member: str, currency: str, at: int, position: Position, brought: list[list[Any]]
) -> tuple[Layers, int]:
    """Return what each layer has, and what the member owes, once other currencies are converted."""
    balances = dict(ledger.balances(work.connection, market))
    for account, _, _, becomes in brought:
        balances[account, currency] = balances.get((account, currency), 0) + becomes

    def of(account: str) -> int:
        return balances.get((account, currency), 0)

    def others(role: str) -> dict[str, int]:
        return {
            name_of(a): minor
            for (a, c), minor in balances.items()
            if a.startswith(f"{role}/") and c == currency and minor > 0 and name_of(a) != member
        }

    layers = Layers(
        cash=max(0, of(f"collateral/{member}")),
        guarantees=sum(c.minor for other, c in position.covers if _bears(other, c, currency, at)),
        own_fund=max(0, of(f"default_fund/{member}")),
        own_funds=max(0, of("own_funds/market")),
        fund=others("default_fund"),
        creditors=others("member"),
    )
    return layers, max(0, -of(f"member/{member}"))


def _bears(other: str, cover: Cover, currency: str, at: int) -> bool:
    return (cover.kind, other) == (GUARANTEE, currency) and cover.counts(at)


def _drawn(position: Position, currency: str, at: int, amount: int) -> list[list[Any]]:
    """Return reference, what is drawn and what is left of each guarantee that bears, by reference."""
    out: list[list[Any]] = []
    for other, cover in position.covers:
        taken = min(amount, cover.minor) if _bears(other, cover, currency, at) else 0
        if taken:
            out.append([cover.reference, taken, cover.minor - taken])
            amount -= taken
    return out
