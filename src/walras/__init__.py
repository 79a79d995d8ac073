"""Walras: a common energy market, from the first order to the last payment.

::

    import walras

    book = walras.read("market")            # a market folder, checked
    results = walras.clear(book)            # prices, exchanges, accepted orders
    assert walras.audit(book, results) == []
    walras.tables(book, results)["prices"]  # polars; .to_pandas() where you like
    walras.explain(book, results, "b-17")   # why an order was accepted or not
    walras.settle(book, results)            # who owes whom
    walras.report(book, results, "result.html")

`write(book, path)` writes a market folder; `write_results`, `read_results` and `audit_folder`
do the same for a result. What is wrong with an input comes back as `BadInput`, every error of
the package is a `WalrasError`. Everything is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from walras.book.book import Book
    from walras.book.folder import read, write
    from walras.coupling.clear import clear
    from walras.coupling.settings import Settings
    from walras.errors import BadInput, WalrasError
    from walras.results.audit import audit
    from walras.results.audit.folder import audit_folder
    from walras.results.explain import explain
    from walras.results.folder import read_results, write_results
    from walras.results.results import Results
    from walras.results.tables import results_tables as tables
    from walras.settlement.settle import settle
    from walras.studies.report import report

__version__ = "0.1.0"

_HOME = {
    "BadInput": ("walras.errors", "BadInput"),
    "Book": ("walras.book.book", "Book"),
    "Results": ("walras.results.results", "Results"),
    "Settings": ("walras.coupling.settings", "Settings"),
    "WalrasError": ("walras.errors", "WalrasError"),
    "audit": ("walras.results.audit", "audit"),
    "audit_folder": ("walras.results.audit.folder", "audit_folder"),
    "clear": ("walras.coupling.clear", "clear"),
    "explain": ("walras.results.explain", "explain"),
    "read": ("walras.book.folder", "read"),
    "read_results": ("walras.results.folder", "read_results"),
    "report": ("walras.studies.report", "report"),
    "settle": ("walras.settlement.settle", "settle"),
    "tables": ("walras.results.tables", "results_tables"),
    "write": ("walras.book.folder", "write"),
    "write_results": ("walras.results.folder", "write_results"),
}

__all__ = [
    "BadInput",
    "Book",
    "Results",
    "Settings",
    "WalrasError",
    "__version__",
    "audit",
    "audit_folder",
    "clear",
    "explain",
    "read",
    "read_results",
    "report",
    "settle",
    "tables",
    "write",
    "write_results",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a name may be anything
    """Return a public name from the module that it lives in."""
    if name not in _HOME:
        raise AttributeError(f"module 'walras' has no attribute {name!r}")
    module, attribute = _HOME[name]
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
