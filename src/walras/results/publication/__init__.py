"""Publication: what leaves the house with a signature, and how anybody rechecks it elsewhere.

Made by whoever runs an auction, when a run is stored::

    key = read_key("operator.key")                          # Ed25519, mode 0600
    publication = Publication(book, results, settings.canonical(), secret)   # secret: 32 bytes a session
    certificate = certify(publication, Facts(session="S-1", stage="final"), key, now)
    write_public_bundle("public", publication, certificate, key, now)
    write_member_bundle("m-0001", publication, certificate, key, now, member="M-0001")
    write_regulator_bundle("regulator", publication, certificate, key, now)
    pack("public", "public.zip")                            # one file of it, if wanted
    publication.published["prices"]                         # the public tables, polars

Checked by whoever receives it, with keys that come from elsewhere::

    verify("public.zip", read_ring("ring.json")).is_ok

`SigningKey.sign` signs any other document (receipts, notices), `KeyRing.check` accepts it.
No part of it reads a clock, a store or the engine.
"""

from __future__ import annotations

from walras.results.publication.archives import pack, unpack
from walras.results.publication.bundles import write_member_bundle, write_public_bundle, write_regulator_bundle
from walras.results.publication.certify import Facts, Publication, certify
from walras.results.publication.documents import SignedDocument, canonical_json
from walras.results.publication.key_ring import KeyRing, PublicKey, read_ring, write_ring
from walras.results.publication.keys import SigningKey, read_key, write_key
from walras.results.publication.leaves import content_hashes
from walras.results.publication.verify import Verification, verify

__all__ = [
    "Facts",
    "KeyRing",
    "PublicKey",
    "Publication",
    "SignedDocument",
    "SigningKey",
    "Verification",
    "canonical_json",
    "certify",
    "content_hashes",
    "pack",
    "read_key",
    "read_ring",
    "unpack",
    "verify",
    "write_key",
    "write_member_bundle",
    "write_public_bundle",
    "write_regulator_bundle",
    "write_ring",
]
