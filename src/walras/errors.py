"""The tree of errors, and mistakes as data.

::

    WalrasError
    ├── BadInput            somebody else's mistake(s): a list, each with what, where, rule, fix
    │   └── NewerFormat     a folder written by a later version
    ├── NoResult            no legal result inside the stated limits
    ├── SolverFailed        the solver gave no answer that can be trusted, from clean states too
    ├── HuntEnded           a search for the order that makes a run fail has to stop
    │   └── HuntSpent       it has used up its trials
    ├── MissingExtra        a command needs an extra that is not installed
    ├── Problem             a service refused a request: its status, and the mistakes (raised by the client)
    ├── NotAllowed          the actor may not ask this           (service.permissions)
    ├── NotKnown            no such key, or its user has ended   (service.permissions)
    └── Refused             a request ends before it is answered (service.api.problems)

A member's mistake is data (`Mistake`), collected, never raised one by one. Our own
mistake is an assertion. Nothing is repaired silently.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Mistake:
    """One thing that is wrong: what, where, which rule, and how to mend it.

    Example:
        >>> print(Mistake("price 4200.00 is outside [-500.00, 4000.00]", "curve_steps row 7",
        ...               "price_limits", "Send a price from -500.00 to 4000.00."))
        curve_steps row 7: price 4200.00 is outside [-500.00, 4000.00]
          rule: price_limits
          fix:  Send a price from -500.00 to 4000.00.
    """

    what: str
    where: str
    rule: str
    fix: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}\n  rule: {self.rule}\n  fix:  {self.fix}"


class WalrasError(Exception):
    """Root of every error that this package raises on purpose."""


class BadInput(WalrasError):
    """What came in breaks rules; `mistakes` lists every one of them.

    Example:
        >>> mistake = Mistake("no such zone 'X'", "lines row 1", "zone_known", "Name a zone of zones.")
        >>> BadInput([mistake]).mistakes[0].rule
        'zone_known'
    """

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes: tuple[Mistake, ...] = tuple(mistakes)
        assert self.mistakes, "BadInput needs at least one mistake"
        super().__init__("\n".join(str(m) for m in self.mistakes))

    def __reduce__(self) -> tuple[type[BadInput], tuple[tuple[Mistake, ...]]]:
        return type(self), (self.mistakes,)


class NewerFormat(BadInput):
    """A folder of a version that this release cannot read."""


class NoResult(WalrasError):
    """No legal result was found inside the stated limits."""


class SolverFailed(WalrasError):
    """The solver gave no answer that can be trusted, from clean states too."""


class HuntEnded(WalrasError):
    """A search for the order that makes a run fail has to stop before it is found."""


class HuntSpent(HuntEnded):
    """A search for the order that makes a run fail has used up its trials."""


class MissingExtra(WalrasError):
    """A command needs an extra; the message names it and how to install it."""


class Problem(WalrasError):
    """A service refused a request, or could not be reached (status 0); `mistakes` says why.

    Example:
        >>> mistake = Mistake("there is no session 'X'", "session", "session_known", "Take an id from the list.")
        >>> Problem(404, [mistake]).mistakes[0].rule
        'session_known'
    """

    def __init__(self, status: int | str = 0, mistakes: Iterable[Mistake] = (), request_id: str = "") -> None:
        self.status, self.mistakes, self.request_id = status, tuple(mistakes), request_id
        super().__init__("\n".join([f"status {status}, request {request_id or 'unknown'}", *map(str, self.mistakes)]))
