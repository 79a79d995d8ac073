"""What a regulator can check: everything, from raw orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.hashing import market_hash
from walras.errors import BadInput, Mistake
from walras.results.audit.folder import audit_folder
from walras.results.audit.second_step import unlisted, verdict_of
from walras.results.folder import read_folder
from walras.results.publication.bundles import RESULT, SECRET
from walras.results.publication.certify import Publication
from walras.results.publication.documents import parsed_json
from walras.results.publication.leaves import SECRET_BYTES, content_hashes, order_leaves, pseudonym_of, tree_of
from walras.results.publication.reading import Bundle
from walras.results.publication.verify_public import DIGITS, Tables
from walras.results.reading import results_from


def check_excluded(bundle: Bundle, book: Book, document: Mapping[str, Any]) -> list[str]:
    """Return how the orders that were left out differ from the list of the certificate, and which stand in the book."""
    names = parsed_json((bundle.folder / SECRET).read_bytes(), SECRET).get("excluded", [])
    if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
        return [f"{SECRET} does not name the orders that were left out"]
    have = set(content_hashes(book))
    found = [f"order {n!r} is said to be left out, and stands in the book" for n in names if n in have]
    listed = sorted(pseudonym_of(read_secret(bundle), n) for n in names)
    if listed != document["excluded_orders"]:
        found.append(f"{len(listed)} orders were left out, the certificate lists {document['excluded_orders']}")
    return found


def read_secret(bundle: Bundle) -> bytes:
    """Return the secret of the session.

    Raises:
        BadInput: It is none (rule `secret_form`).
    """
    value = parsed_json((bundle.folder / SECRET).read_bytes(), SECRET)
    try:
        secret = bytes.fromhex(value["secret"])
    except (KeyError, TypeError, ValueError):
        secret = b""
    if len(secret) != SECRET_BYTES:
        fix = "Ask the operator for the bundle again."
        raise BadInput([Mistake("it is not 32 bytes in hex", SECRET, "secret_form", fix)])
    return secret


def check_book(bundle: Bundle, book: Book, document: Mapping[str, Any]) -> list[str]:
    """Return which of market hash, root and number of orders do not follow from the orders."""
    tree = tree_of(order_leaves(book, read_secret(bundle)))
    have = {"market_hash": market_hash(book), "orders": {"root": tree.root.hex(), "count": len(tree.leaves)}}
    return check_excluded(bundle, book, document) + [
        f"{name} is {document[name]}, the orders give {value}"
        for name, value in have.items()
        if document[name] != value
    ]


def check_result(bundle: Bundle, book: Book, document: Mapping[str, Any]) -> list[str]:
    """Return which hashes and figures of the certificate are not those of the result folder."""
    _, summary = read_folder(bundle.folder / RESULT)
    cur = book.currency.lower()
    names = {n: n for n in ("status", "market_hash", "settings_hash", "result_hash")}
    names |= {n: f"{n}_{cur}" for n in ("welfare", "bound", "gap")}
    return [
        f"{name} is {document[name]} in the certificate, {summary.get(key)} in the result"
        for name, key in names.items()
        if summary.get(key) != document[name]
    ]


def check_audit(bundle: Bundle, book: Book, document: Mapping[str, Any]) -> list[str]:
    """Return how the audit of the result folder differs from what the certificate lists, which is nothing if clean."""
    found, said = audit_folder(book, bundle.folder / RESULT), document["audit"].get("listed", [])
    apart = unlisted(found, said)
    if said and not apart and verdict_of(book, found) != "flagged":
        apart.append("what is flagged is beyond the second step of tolerance")
    return apart


def check_published(bundle: Bundle, book: Book, tables: Tables) -> list[str]:
    """Return which published tables do not follow from orders and result."""
    found, summary = read_folder(bundle.folder / RESULT)
    results = results_from(book, found, summary)
    settings = summary.get("settings")
    if not isinstance(settings, dict):
        return ["the summary has no settings"]
    want = Publication(book, results, settings, read_secret(bundle)).published
    return [text for name, table in want.items() if (text := _apart(name, table, tables[name]))]


def _apart(name: str, want: pl.DataFrame, have: pl.DataFrame) -> str:
    if want.height != have.height:
        return f"{name} has {have.height} rows, orders and result give {want.height}"
    for column, values in zip(want.columns, want.iter_columns(), strict=True):
        if values.dtype == pl.Float64:
            ours, theirs = values.to_numpy(), have[column].to_numpy()
            apart = np.abs(ours - theirs) > DIGITS * np.maximum(1.0, np.abs(ours))
            wrong = np.flatnonzero(apart | (np.isnan(ours) != np.isnan(theirs)))
        else:
            wrong = np.flatnonzero(values.ne_missing(have[column]).to_numpy())
        if len(wrong):
            row = int(wrong[0])
            return f"{name} row {row + 1}: {column} is {have[column][row]}, orders and result give {values[row]}"
    return ""
