"""Walras: a common energy market, from the first order to the last payment.

::

    import walras

    book = walras.read("market")            # a market folder, checked
    results = walras.clear(book)            # prices, exchanges, accepted orders
    assert walras.audit(book, results) == []
    walras.tables(book, results)["prices"]  # polars; .to_pandas() where you like

`write(book, path)` writes a market folder. Everything is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from walras.book.book import Book
    from walras.book.folder import read, write
    from walras.coupling.clear import clear
    from walras.coupling.settings import Settings
    from walras.results.audit import audit
    from walras.results.folder import read_results, write_results
    from walras.results.results import Results
    from walras.results.tables import results_tables as tables

__version__ = "0.1.0"

_HOME = {
    "Book": ("walras.book.book", "Book"),
    "Results": ("walras.results.results", "Results"),
    "Settings": ("walras.coupling.settings", "Settings"),
    "audit": ("walras.results.audit", "audit"),
    "clear": ("walras.coupling.clear", "clear"),
    "read": ("walras.book.folder", "read"),
    "read_results": ("walras.results.folder", "read_results"),
    "tables": ("walras.results.tables", "results_tables"),
    "write": ("walras.book.folder", "write"),
    "write_results": ("walras.results.folder", "write_results"),
}

__all__ = [
    "Book",
    "Results",
    "Settings",
    "__version__",
    "audit",
    "clear",
    "read",
    "read_results",
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
