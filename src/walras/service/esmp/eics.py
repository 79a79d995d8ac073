"""The EICs by which documents name zones, lines and companies; whatever is missing is listed at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from walras.errors import BadInput, Mistake
from walras.formats.esmp.values import eic as wrong_eic
from walras.service.definition import MarketDefinition
from walras.service.store import market_documents as stored

ABSENT = ""
"""Stands for a code that is missing, until `check` refuses."""


@dataclass
class Eics:
    """Codes of one market; those asked for and not there are remembered.

    Attributes:
        connection: A transaction.
        zones: EIC of each zone.
        lines: EIC of each line, which only lines between the same two zones need.
        operator: Company code of the market operator.
        companies: EIC of each company that was asked about.
        missing: What was asked for and has none.
    """

    connection: Connection
    zones: dict[str, str | None]
    lines: dict[str, str | None]
    operator: str
    companies: dict[str, str | None]
    missing: dict[str, Mistake] = field(default_factory=dict)

    def zone(self, name: str) -> str:
        """Return the EIC of a zone."""
        fix = f"Give zone {name} its area code in the definition of the market."
        return self._known(self.zones.get(name), f"zone {name}", fix)

    def line(self, name: str) -> str:
        """Return the EIC of a line."""
        fix = f"Give line {name} its EIC in the definition of the market: others join the same two zones."
        return self._known(self.lines.get(name), f"line {name}", fix)

    def company(self, code: str) -> str:
        """Return the EIC of a company."""
        if code not in self.companies:
            self.know([code])
        return self._known(self.companies.get(code), f"company {code}", f"Have the operator set the EIC of {code}.")

    def know(self, codes: Iterable[str]) -> None:
        """Look up companies in one question, before they are asked for one by one."""
        self.companies.update(stored.eics(self.connection, codes))

    def check(self) -> None:
        """Refuse with all that was asked for and is missing (rule `esmp_eic`)."""
        if self.missing:
            raise BadInput(self.missing[name] for name in sorted(self.missing))

    def _known(self, code: str | None, where: str, fix: str) -> str:
        if code is not None and wrong_eic(code) is None:
            return code
        what = "it has no EIC" if code is None else f"{code!r} is no valid EIC"
        self.missing[where] = Mistake(what, where, "esmp_eic", fix)
        return ABSENT


def eics_of(connection: Connection, market: MarketDefinition | None) -> Eics:
    """Return the codes of a market, those of its companies alone without a definition."""
    zones = {} if market is None else {z.zone: z.eic for z in market.zones}
    lines = {} if market is None else {line.line: line.eic for line in market.lines}
    code, eic = stored.operator(connection)
    return Eics(connection, zones, lines, code, {code: eic})
