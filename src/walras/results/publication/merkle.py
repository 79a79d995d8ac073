"""A Merkle tree as in RFC 6962: one hash for many leaves, and short proofs that one leaf is among them.

A leaf is hashed behind a byte 0, a node behind a byte 1, so that neither can pass for the
other. A level of odd length hands its last node up as it is: that is the tree of the RFC.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

LEAF, NODE = b"\x00", b"\x01"
SIZE = 32


def leaf_hash(content: bytes) -> bytes:
    """Return the hash of one leaf.

    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return hashlib.sha256(LEAF + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two nodes."""
    return hashlib.sha256(NODE + left + right).digest()


@dataclass(frozen=True)
class MerkleTree:
    """A tree over hashes of leaves, in their order."""

    leaves: tuple[bytes, ...]

    @cached_property
    def levels(self) -> list[Sequence[bytes]]:
        """Hashes of each level, leaves first, the root last."""
        levels: list[Sequence[bytes]] = [self.leaves]
        sha = hashlib.sha256
        while len(levels[-1]) > 1:
            below = levels[-1]
            pairs = zip(below[0::2], below[1::2], strict=False)
            level = [sha(NODE + left + right).digest() for left, right in pairs]
            levels.append(level + list(below[len(below) - len(below) % 2 :]))
        return levels

    @property
    def root(self) -> bytes:
        """Hash of all leaves; of none, the hash of nothing."""
        return self.levels[-1][0] if self.leaves else hashlib.sha256(b"").digest()

    def proof(self, index: int) -> list[bytes]:
        """Return the hashes that lead from a leaf to the root, lowest first."""
        assert 0 <= index < len(self.leaves)
        path = []
        for level in self.levels[:-1]:
            if (index ^ 1) < len(level):
                path.append(level[index ^ 1])
            index //= 2
        return path


def is_included(leaf: bytes, index: int, count: int, path: Sequence[bytes], root: bytes) -> bool:
    """Return whether a proof leads from the leaf at a place among `count` to the root.

    Example:
        >>> tree = MerkleTree(tuple(leaf_hash(bytes([n])) for n in range(3)))
        >>> is_included(tree.leaves[2], 2, 3, tree.proof(2), tree.root)
        True
        >>> is_included(tree.leaves[1], 2, 3, tree.proof(2), tree.root)
        False
    """
    if not 0 <= index < count or any(len(p) != SIZE for p in path):
        return False
    node, rest = leaf, list(path)
    while count > 1:
        if (index ^ 1) < count:
            if not rest:
                return False
            beside = rest.pop(0)
            node = node_hash(beside, node) if index % 2 else node_hash(node, beside)
        index, count = index // 2, (count + 1) // 2
    return not rest and node == root
