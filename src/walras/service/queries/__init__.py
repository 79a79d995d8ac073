"""Everything that may be read at the door, and who may read it.

As with commands, `roles` and `scope` are the law; whose rows a caller sees is decided by the
reader of each query (`readers`). `path` is where the API has it. Long lists come in pages:
`after` is the last item of the page before, `limit` the most that a page holds.
"""

from __future__ import annotations

from walras.service.queries.attention import GetAttention
from walras.service.queries.billing import GetBill, GetStatement, ListBills
from walras.service.queries.capacity import (
    GetCapacity,
    GetContract,
    GetCorridor,
    GetSchedules,
    ListCapacityEntries,
    ListCapacityRights,
    ListContracts,
    ListDeclarations,
    ListPermits,
    ListTransmissions,
)
from walras.service.queries.collateral import GetHeadroom, ListMarginCalls
from walras.service.queries.deviations import (
    ExplainDeviation,
    GetDeviations,
    GetEnergyAccount,
    ListAgreements,
    ListMetering,
)
from walras.service.queries.documents import DocumentKind, GetMarketDocument
from walras.service.queries.door import (
    GetBundle,
    GetCompany,
    GetDocument,
    GetMarket,
    GetProposal,
    GetSession,
    GetTemplate,
    GetWebhook,
    ListArtefacts,
    ListCases,
    ListCompanies,
    ListMarkets,
    ListNotices,
    ListObjections,
    ListOrders,
    ListOrderVersions,
    ListProposals,
    ListRuns,
    ListSessions,
    ListSubmissions,
    ListTrail,
    WhoAmI,
)
from walras.service.queries.duties import ListDuties
from walras.service.queries.markets import GetTimetable, ListMarketVersions
from walras.service.queries.nominations import GetNomination
from walras.service.queries.oversight import GetConcentration, GetOrderBook, GetPivotalSuppliers, GetReplay
from walras.service.queries.own import (
    GetDefaultOrders,
    GetFilledTemplate,
    GetOffer,
    GetOwnResult,
    ListExplanations,
)
from walras.service.queries.query import EVERYBODY, WATCHING, After, Limit, Query
from walras.service.queries.record import GetHealth, GetTrailFile, ListSeals, ListStreams
from walras.service.queries.sessions import GetNextSteps, GetResultFigures
from walras.service.queries.settlement import (
    GetLedgerFile,
    GetSettlementTerms,
    GetStatementLines,
    ListBalances,
    ListBankAccounts,
    ListDisputes,
    ListFixings,
    ListLedger,
    ListLedgerEvents,
    ListPayments,
    ListSettlementRuns,
    ListStatements,
)
from walras.service.queries.sign_ins import ListSignIns
from walras.service.queries.supply import (
    ExplainSupplyPrice,
    GetSupplyAgreement,
    GetSupplyCourse,
    GetSupplyFlexibility,
    GetSupplyStanding,
    ListSupplyAgreements,
    ListSupplyRecords,
)


def _all(of: type[Query]) -> list[type[Query]]:
    return [found for child in of.__subclasses__() for found in (child, *_all(child))]


QUERIES: dict[str, type[Query]] = {query.word(): query for query in _all(Query)}
"""Every query by its name."""


__all__ = [
    "EVERYBODY",
    "QUERIES",
    "WATCHING",
    "After",
    "DocumentKind",
    "ExplainDeviation",
    "ExplainSupplyPrice",
    "GetAttention",
    "GetBill",
    "GetBundle",
    "GetCapacity",
    "GetCompany",
    "GetConcentration",
    "GetContract",
    "GetCorridor",
    "GetDefaultOrders",
    "GetDeviations",
    "GetDocument",
    "GetEnergyAccount",
    "GetFilledTemplate",
    "GetHeadroom",
    "GetHealth",
    "GetLedgerFile",
    "GetMarket",
    "GetMarketDocument",
    "GetNextSteps",
    "GetNomination",
    "GetOffer",
    "GetOrderBook",
    "GetOwnResult",
    "GetPivotalSuppliers",
    "GetProposal",
    "GetReplay",
    "GetResultFigures",
    "GetSchedules",
    "GetSession",
    "GetSettlementTerms",
    "GetStatement",
    "GetStatementLines",
    "GetSupplyAgreement",
    "GetSupplyCourse",
    "GetSupplyFlexibility",
    "GetSupplyStanding",
    "GetTemplate",
    "GetTimetable",
    "GetTrailFile",
    "GetWebhook",
    "Limit",
    "ListAgreements",
    "ListArtefacts",
    "ListBalances",
    "ListBankAccounts",
    "ListBills",
    "ListCapacityEntries",
    "ListCapacityRights",
    "ListCases",
    "ListCompanies",
    "ListContracts",
    "ListDeclarations",
    "ListDisputes",
    "ListDuties",
    "ListExplanations",
    "ListFixings",
    "ListLedger",
    "ListLedgerEvents",
    "ListMarginCalls",
    "ListMarketVersions",
    "ListMarkets",
    "ListMetering",
    "ListNotices",
    "ListObjections",
    "ListOrderVersions",
    "ListOrders",
    "ListPayments",
    "ListPermits",
    "ListProposals",
    "ListRuns",
    "ListSeals",
    "ListSessions",
    "ListSettlementRuns",
    "ListSignIns",
    "ListStatements",
    "ListStreams",
    "ListSubmissions",
    "ListSupplyAgreements",
    "ListSupplyRecords",
    "ListTrail",
    "ListTransmissions",
    "Query",
    "WhoAmI",
]
