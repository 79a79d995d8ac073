"""What every query has: its name, its address and who may ask it, and the fields that many share."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from walras.service.commands import EVERY_COMPANY, OPERATOR, PUBLIC, REGULATOR
from walras.service.roles import Role

EVERYBODY = EVERY_COMPANY | {PUBLIC}
WATCHING = frozenset({OPERATOR, REGULATOR})
Limit = Annotated[int, Field(ge=1, le=1000)]
After = Annotated[int, Field(ge=0, lt=2**62)]


class Query(BaseModel):
    """One thing that may be read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    roles: ClassVar[frozenset[Role]] = frozenset()
    scope: ClassVar[str] = "read"
    path: ClassVar[str] = ""

    @classmethod
    def word(cls) -> str:
        """Return the name of the query.

        >>> from walras.service.queries import GetSession
        >>> GetSession.word()
        'get-session'
        """
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()
