"""Markets and their versions."""

from __future__ import annotations

from walras.service import gate
from walras.service.capacity.fits import check_fits
from walras.service.commands import SetMarket
from walras.service.dispatch import Answer, handles, prepares
from walras.service.roles import Actor
from walras.service.secrets import Secrets
from walras.service.store import capacity, markets
from walras.service.store.engine import Store
from walras.service.work import Work


@prepares(SetMarket)
def check_market(_store: Store, _secrets: Secrets, _actor: Actor, command: SetMarket) -> None:
    """Refuse a definition that does not read before it is proposed: its mistakes are for the officer who wrote it."""
    markets.check_day(command.market, command.valid_from)
    gate.check_definition(command.definition, command.valid_from, command.valid_to)


@handles(SetMarket)
def set_market(work: Work, command: SetMarket) -> Answer:
    """Store a version of a market, once its first delivery day reads as a market folder would."""
    markets.check_day(command.market, command.valid_from)
    gate.check_definition(command.definition, command.valid_from, command.valid_to)
    capacity.lock(work.connection, command.market)
    at = work.now()
    body = command.definition.model_dump(mode="json")
    before = markets.in_force(work.connection, command.market, command.valid_from)
    version = markets.add_version(work, command.market, command.valid_from, command.valid_to, body, at)
    check_fits(work, command.market, command.definition, command.valid_from, command.valid_to, before)
    valid = {"valid_from": str(command.valid_from), "valid_to": command.valid_to and str(command.valid_to)}
    work.record("markets", "market set", {"market": command.market, "version": version, "definition": body} | valid, at)
    return {"market": command.market, "version": version}
