"""Commands about the credentials with which people sign in to the console."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from walras.service.commands.command import EVERY_COMPANY, Code, Command
from walras.service.roles import Role

SecretText = Annotated[
    str, Field(max_length=1000, repr=False, json_schema_extra={"format": "password", "writeOnly": True})
]
"""What is typed and never shown: named in `secret_fields` of its command, it is not even kept as a digest."""
Digits = Annotated[str, Field(min_length=6, max_length=20, repr=False)]
"""A one-time code of six figures; spaces between them do not matter."""
HIDDEN = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class EnrolForConsole(Command):
    """Choose a password with an unlimited API key; the answer has the secret of the one-time codes, shown once."""

    model_config = HIDDEN
    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "users"
    secret_fields: ClassVar[frozenset[str]] = frozenset({"password"})
    password: SecretText


class ConfirmEnrolment(Command):
    """Send the first one-time code; from then on the user can sign in to the console."""

    model_config = HIDDEN
    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "users"
    secret_fields: ClassVar[frozenset[str]] = frozenset({"code"})
    code: Digits


class ChangePassword(Command):
    """Replace the own password; every sign-in of the user ends."""

    model_config = HIDDEN
    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "users"
    secret_fields: ClassVar[frozenset[str]] = frozenset({"old", "new", "code"})
    old: SecretText
    new: SecretText
    code: Digits


class EndSignIns(Command):
    """End every sign-in of a user and forget password and one-time codes; for another officer two officers."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "users"
    user: Code
