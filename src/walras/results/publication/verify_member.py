"""What a member can check of its own: its orders are in the root, and its acceptances are legal at the prices."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.errors import BadInput, Mistake
from walras.results.audit.blocks import check_blocks
from walras.results.audit.case import FLOAT, Case
from walras.results.audit.conversions import check_conversions
from walras.results.audit.curves import check_curves
from walras.results.audit.flexibles import check_flexibles, flexible_is_placed
from walras.results.audit.inputs import check_offers
from walras.results.audit.scalables import check_scalables
from walras.results.audit.storages import check_storages
from walras.results.audit.violation import Report
from walras.results.compensation import Compensation
from walras.results.outcomes import (
    WORDS,
    Outcomes,
    block_outcomes,
    flexible_outcomes,
    scalable_outcomes,
    storage_outcomes,
)
from walras.results.publication.bundles import EXCLUDED
from walras.results.publication.checks import texts_of
from walras.results.publication.documents import MOST_BYTES, SignedDocument, canonical_json, parsed_json
from walras.results.publication.key_ring import KeyRing
from walras.results.publication.leaves import content_hashes, order_contents
from walras.results.publication.merkle import LEAF, is_included
from walras.results.publication.reading import Bundle, read_csv
from walras.results.publication.tables import curve_power, indivisible_power
from walras.results.publication.verify_public import DIGITS, Tables
from walras.results.raw import Raw
from walras.results.reading import volumes_from
from walras.results.tables import TIME

PROOF = {"order", "pseudonym", "salt", "place", "path"}
FIX = "Ask the operator for the bundle again."
_FAMILIES = ("curves", "blocks", "flexibles", "scalables", "storages")


def check_inclusion(bundle: Bundle, book: Book, document: Mapping[str, Any]) -> list[str]:
    """Return the orders that are another member's, have no proof, or whose proof does not lead to the root."""
    members = {m for family in _FAMILIES for m in getattr(book, family).member}
    found = [f"an order of member {m!r} is in this bundle" for m in sorted(members - {str(bundle.member)})]
    proofs, orders = read_proofs(bundle), document["orders"]
    root, count = bytes.fromhex(orders["root"]), orders["count"]
    for name, pieces in order_contents(book):
        proof = proofs.pop(name, None)
        if proof is None:
            found.append(f"order {name!r} has no proof")
            continue
        leaf = hashlib.sha256(LEAF + proof.salt + b"".join(pieces)).digest()
        if not is_included(leaf, proof.place, count, proof.path, root):
            found.append(f"order {name!r} is not in the Merkle root of the book")
    return found + [f"the order {name!r} of a proof is not in the bundle" for name in proofs]


class Proof(NamedTuple):
    """Why an order is in the root: salt, place among the leaves, and the hashes that lead up."""

    pseudonym: str
    salt: bytes
    place: int
    path: list[bytes]


def read_proofs(bundle: Bundle) -> dict[str, Proof]:
    """Return the proof of each order.

    Raises:
        BadInput: They are none (rule `proof_form`).
    """
    rows = parsed_json((bundle.folder / "own" / "proofs.json").read_bytes(), "own/proofs.json")
    try:
        out = {
            str(row["order"]): Proof(
                str(row["pseudonym"]),
                bytes.fromhex(row["salt"]),
                int(row["place"]),
                [bytes.fromhex(p) for p in row["path"]],
            )
            for row in rows
            if set(row) == PROOF
        }
    except (KeyError, TypeError, ValueError):
        out = {}
    if len(out) != len(rows) or any(len(p.salt) != 32 for p in out.values()):
        raise BadInput([Mistake("they are no proofs, one an order", "own/proofs.json", "proof_form", FIX)])
    return out


def own_schemas(currency: str) -> dict[str, dict[str, Any]]:
    """Return the columns of a member's acceptance tables."""
    volume = {"mtu_start": TIME, "step": pl.Int64, "accepted_mw": pl.Float64}
    return {
        "curve_acceptances": {"order": pl.String} | volume,
        "order_acceptances": {
            "order": pl.String,
            "kind": pl.String,
            "outcome": pl.String,
            "acceptance_ratio": pl.Float64,
            f"surplus_{currency.lower()}": pl.Float64,
        },
        "order_volumes": {"order": pl.String, "kind": pl.String} | volume,
    }


def check_acceptances(bundle: Bundle, book: Book, public: Case, tables: Tables) -> list[str]:
    """Return the member's acceptances that break a rule of the audit, or do not fit what is published."""
    own = {
        name: read_csv(bundle.folder / "own" / f"{name}.csv", columns)
        for name, columns in own_schemas(book.currency).items()
    }
    raw, report = Raw(book), Report()
    volumes = volumes_from(book, tables | own)
    case = Case(raw, volumes, public.price, public.half_price_tick, public.volume_tick, FLOAT)
    if not (flexible_is_placed(case) | (volumes.flexible_start == -1)).all():
        check_flexibles(case, report)
        return texts_of(report)
    for check in (
        check_offers, check_curves, check_blocks, check_flexibles, check_scalables, check_conversions, check_storages,
    ):  # fmt: skip
        check(case, report)
    return texts_of(report) + _outcomes(bundle, case, own["order_acceptances"], tables) + _sums(case, tables)


def _outcomes(bundle: Bundle, case: Case, acceptances: pl.DataFrame, tables: Tables) -> list[str]:
    """Return the outcomes and surpluses that do not follow, and rejections that are not published as they should be."""
    book = case.raw.book
    families: tuple[tuple[tuple[str, ...], Outcomes], ...] = (
        (book.blocks.name, block_outcomes(case)),
        (book.flexibles.name, flexible_outcomes(case)),
        (book.scalables.name, scalable_outcomes(case)),
        (book.storages.name, storage_outcomes(case)),
    )
    want = {
        name: (WORDS[int(word)], float(surplus))
        for names, whole in families
        for name, word, surplus in zip(names, whole.outcome, whole.surplus, strict=True)
    }
    found, missed = [], set()
    proofs = read_proofs(bundle)
    for row in acceptances.iter_rows(named=True):
        word, surplus = want[row["order"]]
        have = row[acceptances.columns[-1]]
        if row["outcome"] != word or have is None or not abs(have - surplus) <= DIGITS * max(1.0, abs(surplus)):
            text = f"{row['outcome']} with {have}, volumes and prices give {word} with {surplus:.9g}"
            found.append(f"order {row['order']!r} is said to be {text}")
        if word == "paradoxically_rejected":
            missed.add(proofs[row["order"]].pseudonym)
    public = set(tables["paradoxically_rejected"]["pseudonym"]) & {p.pseudonym for p in proofs.values()}
    found += [f"pseudonym {p}: paradoxically rejected in one place only" for p in sorted(missed ^ public)]
    if book.profile.compensates:
        found += _compensations(case, tables, {order: p.pseudonym for order, p in proofs.items()})
    explained = pl.read_csv(bundle.folder / "own" / "explanations.csv", infer_schema_length=0)
    if "order" not in explained.columns or set(explained["order"]) != set(proofs):
        found.append("own/explanations.csv does not explain every order")
    return found


def _compensations(case: Case, tables: Tables, pseudonym: Mapping[str, str]) -> list[str]:
    """Return the compensations of own orders that are published otherwise than orders, volumes and prices give."""
    paid, book = Compensation(case.raw, case.volumes, case.price), case.raw.book
    want = {
        pseudonym[name]: int(minor) / paid.scales.minor
        for names, all_minor in ((book.blocks.name, paid.block_minor), (book.flexibles.name, paid.flexible_minor))
        for name, minor in zip(names, all_minor.tolist(), strict=True)
        if minor
    }
    table, own = tables["compensated_orders"], set(pseudonym.values())
    have = {row[0]: row[-1] for row in table.iter_rows() if row[0] in own}
    return [
        f"pseudonym {p}: a compensation of {have.get(p, 0.0):.6f} is published, its order gives {want.get(p, 0.0):.6f}"
        for p in sorted(set(want) | set(have))
        if abs(have.get(p, 0.0) - want.get(p, 0.0)) > DIGITS
    ]


def _sums(case: Case, tables: Tables) -> list[str]:
    """Return the cells in which the member alone traded more than everybody together."""
    sums, found = tables["aggregated_volumes"], []
    for column, own in (
        ("curve_mw", curve_power(case.raw, case.volumes.curve)),
        ("indivisible_mw", indivisible_power(case)),
    ):
        total = sums[column].to_numpy()
        more = np.flatnonzero(own.reshape(-1) > total + DIGITS + FLOAT * total).tolist()
        found += [
            f"{' '.join(map(str, sums.row(i)[:4]))}: the member's {column} are more than all that is published"
            for i in more
        ]
    return found


def read_receipts(path: Path | str, ring: KeyRing) -> list[Mapping[str, Any]]:
    """Return what the receipts of a file say in the end of each order: `order`, `hash`, `is_withdrawn`.

    The file is a JSON list of receipts of the door (`walras-receipt`, signed), or of
    `{"order", "hash"}`, plain or signed. `hash` is the content hash of the order
    (`leaves.content_hashes`), or null where only its presence matters. Of several receipts of
    the door for one order that of the highest sequence counts.

    Raises:
        BadInput: It is no such list, or a signature does not count (`receipt_form`, and the rules of keys).
    """
    where, fix = str(path), "Give a JSON list of receipts, as the door signed them, or each with order and hash."
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise BadInput([Mistake(f"it cannot be read: {error.strerror}", where, "receipt_form", fix)]) from None
    rows = parsed_json(content.strip()[: MOST_BYTES + 1], where, any_spelling=True)
    said = [_said(row, ring, where) for row in (rows if isinstance(rows, list) else [None])]
    if any(one is None for one in said):
        raise BadInput([Mistake("it is no list of receipts", where, "receipt_form", fix)])
    last: dict[str, Mapping[str, Any]] = {}
    for _, found in sorted((one for one in said if one is not None), key=lambda one: one[0]):
        last |= {row["order"]: row for row in found}
    return list(last.values())


def _said(row: object, ring: KeyRing, where: str) -> tuple[int, list[dict[str, Any]]] | None:
    """Return the sequence of one receipt and what it says of each order, None if it is none."""
    said = row
    if isinstance(row, dict) and "signature" in row:
        signed = SignedDocument.from_bytes(canonical_json(row), where)
        ring.check(signed, where)
        said = signed.document
    if not isinstance(said, Mapping):
        return None
    if said.get("format") == "walras-receipt":
        return _of_door(said)
    if not isinstance(said.get("order"), str) or not isinstance(said.get("hash"), str | None):
        return None
    return 0, [{"order": said["order"], "hash": said.get("hash"), "is_withdrawn": False}]


def _of_door(said: Mapping[str, Any]) -> tuple[int, list[dict[str, Any]]] | None:
    """Return what a receipt of the door says: a hash for each order that was sent, null for one taken back."""
    hashes, member, sequence = said.get("hashes"), said.get("member"), said.get("sequence")
    if not (isinstance(hashes, Mapping) and isinstance(member, str) and isinstance(sequence, int)):
        return None
    if not all(isinstance(h, str | None) for h in hashes.values()):
        return None
    return sequence, [
        {"order": f"{member}.{name}", "hash": h, "is_withdrawn": h is None} for name, h in sorted(hashes.items())
    ]


def read_excluded(bundle: Bundle, document: Mapping[str, Any]) -> frozenset[str]:
    """Return the member's orders that were left out, as far as the certificate lists them."""
    file = bundle.folder / EXCLUDED
    said = parsed_json(file.read_bytes(), EXCLUDED) if file.is_file() else {}
    rows = said.items() if isinstance(said, dict) else ()
    return frozenset(order for order, name in rows if name in document["excluded_orders"])


def check_receipts(
    book: Book, receipts: Sequence[Mapping[str, Any]], left_out: Collection[str] = frozenset()
) -> list[str]:
    """Return the receipts whose order is missing, is another one, or is there though it was taken back.

    An order that was left out is not missing: the certificate says so, and so does a notice with the reason.
    """
    have, found = content_hashes(book), []
    for receipt in receipts:
        name, said = receipt["order"], receipt.get("hash")
        if receipt.get("is_withdrawn"):
            if name in have:
                found.append(f"order {name!r} was taken back and is in the book")
        elif name in left_out and name not in have:
            continue
        elif name not in have:
            found.append(f"order {name!r} has a receipt and is missing from the book")
        elif said is not None and said != have[name]:
            found.append(f"order {name!r} is not the one of its receipt")
    return found
