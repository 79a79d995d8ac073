"""What every command has: its name, its address and who may ask it, and the fields that many share."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from walras.service.roles import Role

OPERATOR, MEMBER, REGULATOR = Role.OPERATOR, Role.MEMBER, Role.REGULATOR
SYSTEM_OPERATOR, PUBLIC = Role.SYSTEM_OPERATOR, Role.PUBLIC
EVERY_COMPANY = frozenset({OPERATOR, MEMBER, SYSTEM_OPERATOR, REGULATOR})

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]
SessionId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$")]
Words = Annotated[str, Field(min_length=1, max_length=2000)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Serial = Annotated[int, Field(ge=1, lt=2**62)]


@cache
def _word(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


class Command(BaseModel):
    """One thing that may be asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    roles: ClassVar[frozenset[Role]] = frozenset()
    scope: ClassVar[str] = ""
    is_critical: ClassVar[bool] = False
    path: ClassVar[str] = ""
    secret_fields: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def word(cls) -> str:
        """Return the name of the command in addresses, in the trail and in scopes.

        >>> from walras.service.commands import OpenSession
        >>> OpenSession.word()
        'open-session'
        """
        return _word(cls.__name__)

    @classmethod
    def address(cls) -> str:
        """Return where the API has it, after its version.

        >>> from walras.service.commands import OpenSession, SendFile
        >>> OpenSession.address(), SendFile.address()
        ('/commands/open-session', '/sessions/{session}/files')
        """
        return cls.path or f"/commands/{cls.word()}"
