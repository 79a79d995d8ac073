"""A default: a member does not pay, and the layers of the waterfall bear what it owes, in the ledger."""

from __future__ import annotations

from typing import Any

from walras.service.clearing.collateral import covers_of
from walras.service.clock import moment
from walras.service.commands import DeclareDefault
from walras.service.dispatch import Answer, handles
from walras.service.handlers.collateral import check_member
from walras.service.store import collateral as stored
from walras.service.store import ledger, markets, notices, settlement
from walras.service.work import Work
from walras.settlement.accounts import name_of
from walras.settlement.collateral.headroom import GUARANTEE
from walras.settlement.collateral.waterfall import GUARANTEES, Layers, waterfall


@handles(DeclareDefault)
def declare_default(work: Work, command: DeclareDefault) -> Answer:
    """Carry out the waterfall over everything that a member owes in the trade currency now."""
    ledger.lock(work.connection, command.market)
    check_member(work, command.market, command.member)
    at = work.now()
    currency = markets.version_now(work.connection, command.market, moment(at).date()).definition.currency
    layers, loss = _layers(work, command.market, command.member, currency, at)
    rows = waterfall(command.member, loss, layers)
    drawn = _drawn(work, command, currency, at, sum(r.minor for r in rows if r.layer == GUARANTEES))
    body = {
        "member": command.member, "currency": currency, "loss_minor": loss, "reason": command.reason,
        "rows": [[r.layer, r.account, r.minor] for r in rows], "drawn": drawn,
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


def _layers(work: Work, market: str, member: str, currency: str, at: int) -> tuple[Layers, int]:
    """Return what each layer has, and what the member owes."""
    balances = ledger.balances(work.connection, market)

    def of(account: str) -> int:
        return balances.get((account, currency), 0)

    def others(role: str) -> dict[str, int]:
        return {
            name_of(a): minor
            for (a, c), minor in balances.items()
            if a.startswith(f"{role}/") and c == currency and minor > 0 and name_of(a) != member
        }

    position = stored.positions(work.connection, work.secrets, [(member, market)])[member, market]
    guarantees = [c for c in covers_of(position, at) if c.kind == GUARANTEE]
    mine = {c.reference for other, c in position.covers if other == currency}
    layers = Layers(
        cash=max(0, of(f"collateral/{member}")),
        guarantees=sum(c.minor for c in guarantees if c.reference in mine),
        own_fund=max(0, of(f"default_fund/{member}")),
        own_funds=max(0, of("own_funds/market")),
        fund=others("default_fund"),
        creditors=others("member"),
    )
    return layers, max(0, -of(f"member/{member}"))


def _drawn(work: Work, command: DeclareDefault, currency: str, at: int, amount: int) -> list[list[Any]]:
    """Return reference, what is drawn and what is left of each guarantee that bears, by reference."""
    position = stored.positions(work.connection, work.secrets, [(command.member, command.market)])
    out: list[list[Any]] = []
    for other, cover in position[command.member, command.market].covers:
        taken = min(amount, cover.minor) if (cover.kind, other) == (GUARANTEE, currency) and cover.counts(at) else 0
        if taken:
            out.append([cover.reference, taken, cover.minor - taken])
            amount -= taken
    return out
