"""Everything that may be asked of the door, and who may ask it.

One frozen class a command: its fields are what a caller sends, its class variables the law.
`roles` may ask it, an API key needs its `scope`, and one that is `is_critical` waits as a
proposal until a second officer approves. One file a subject. Handlers stand in `handlers`, one function a command;
the API, the client, the permission matrix and docs/permissions.md all follow from this list.
"""

from __future__ import annotations

from walras.service.commands.after import AnswerObjection, RaiseObjection, SetWebhook
from walras.service.commands.capacity import (
    CapacityFigures,
    CapacityMtu,
    CloseCapacities,
    EndPermit,
    GrantPermit,
    GrantRight,
    NotifyTransmission,
    SubmitCapacity,
    Volume,
    WithdrawTransmission,
)
from walras.service.commands.command import (
    EVERY_COMPANY,
    MEMBER,
    OPERATOR,
    PUBLIC,
    REGULATOR,
    SYSTEM_OPERATOR,
    Code,
    Command,
    Name,
    Serial,
    SessionId,
    Words,
)
from walras.service.commands.contracts import (
    ChangeContract,
    ConfirmContract,
    HopTerms,
    LapseContract,
    MatchSchedules,
    NominateSchedule,
    RefuseContract,
    RegisterContract,
    TerminateContract,
)
from walras.service.commands.corridor import AnswerCorridor, CloseCorridor, CorridorFigures, CorridorMtu
from walras.service.commands.documents import SendMarketDocument, SetEic
from walras.service.commands.fallback import (
    DeclareMissingBook,
    ExcludeOrder,
    ReadmitOrder,
    StartFallback,
    StepDown,
)
from walras.service.commands.members import (
    AddUser,
    AdmitCompany,
    ApplyForMembership,
    AttachDocument,
    DeactivateUser,
    DecideCase,
    ErasePerson,
    ImportRestrictedList,
    IssueKey,
    ReinstateCompany,
    RejectApplication,
    RevokeKey,
    RotateKey,
    SetRights,
    SuspendCompany,
)
from walras.service.commands.orders import AnyOrder, SendFile, SetDefaultOrders, SubmitOrders, WithdrawOrders
from walras.service.commands.payments import (
    CloseBankAccount,
    FreePayout,
    HoldPayout,
    OpenBankAccount,
    ReceivePayment,
    ReleasePayment,
    ReturnPayment,
    SendPayment,
)
from walras.service.commands.proposals import ApproveProposal, RejectProposal
from walras.service.commands.sessions import (
    CancelSession,
    CloseSession,
    FinaliseSession,
    Kind,
    OpenSession,
    RunSession,
    ScheduleSession,
    SetMarket,
)
from walras.service.commands.settlement import (
    AnswerDispute,
    CorrectFixing,
    RaiseDispute,
    ResettleSession,
    ReverseEvent,
    SetSettlementTerms,
    SettleSession,
    StoreFixing,
    WithdrawDispute,
)


def _all(of: type[Command]) -> list[type[Command]]:
    return [found for child in of.__subclasses__() for found in (child, *_all(child))]


COMMANDS: dict[str, type[Command]] = {command.word(): command for command in _all(Command)}
"""Every command by its name."""


__all__ = [
    "COMMANDS",
    "EVERY_COMPANY",
    "MEMBER",
    "OPERATOR",
    "PUBLIC",
    "REGULATOR",
    "SYSTEM_OPERATOR",
    "AddUser",
    "AdmitCompany",
    "AnswerCorridor",
    "AnswerDispute",
    "AnswerObjection",
    "AnyOrder",
    "ApplyForMembership",
    "ApproveProposal",
    "AttachDocument",
    "CancelSession",
    "CapacityFigures",
    "CapacityMtu",
    "ChangeContract",
    "CloseBankAccount",
    "CloseCapacities",
    "CloseCorridor",
    "CloseSession",
    "Code",
    "Command",
    "ConfirmContract",
    "CorrectFixing",
    "CorridorFigures",
    "CorridorMtu",
    "DeactivateUser",
    "DecideCase",
    "DeclareMissingBook",
    "EndPermit",
    "ErasePerson",
    "ExcludeOrder",
    "FinaliseSession",
    "FreePayout",
    "GrantPermit",
    "GrantRight",
    "HoldPayout",
    "HopTerms",
    "ImportRestrictedList",
    "IssueKey",
    "Kind",
    "LapseContract",
    "MatchSchedules",
    "Name",
    "NominateSchedule",
    "NotifyTransmission",
    "OpenBankAccount",
    "OpenSession",
    "RaiseDispute",
    "RaiseObjection",
    "ReadmitOrder",
    "ReceivePayment",
    "RefuseContract",
    "RegisterContract",
    "ReinstateCompany",
    "RejectApplication",
    "RejectProposal",
    "ReleasePayment",
    "ResettleSession",
    "ReturnPayment",
    "ReverseEvent",
    "RevokeKey",
    "RotateKey",
    "RunSession",
    "ScheduleSession",
    "SendFile",
    "SendMarketDocument",
    "SendPayment",
    "Serial",
    "SessionId",
    "SetDefaultOrders",
    "SetEic",
    "SetMarket",
    "SetRights",
    "SetSettlementTerms",
    "SetWebhook",
    "SettleSession",
    "StartFallback",
    "StepDown",
    "StoreFixing",
    "SubmitCapacity",
    "SubmitOrders",
    "SuspendCompany",
    "TerminateContract",
    "Volume",
    "WithdrawDispute",
    "WithdrawOrders",
    "WithdrawTransmission",
    "Words",
]
