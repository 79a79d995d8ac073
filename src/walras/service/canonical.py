"""Canonical JSON: one text for one content, so that it can be hashed, signed and compared."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical(content: Any) -> str:
    """Return JSON with sorted keys and no spaces; NaN and infinities are refused.

    >>> canonical({"b": 1, "a": [1.5, None]})
    '{"a":[1.5,null],"b":1}'
    """
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest_of(content: Any) -> str:
    """Return the SHA-256 of the canonical JSON, 64 hex digits.

    >>> digest_of({"a": 1}) == digest_of({"a": 1.5})
    False
    """
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def bytes_digest(content: bytes) -> str:
    """Return the SHA-256 of bytes, 64 hex digits.

    >>> bytes_digest(b"")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(content).hexdigest()
