"""The tree: vectors of RFC 6962's reference, tiny trees by hand, and proofs that prove nothing else."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walras.results.publication.merkle import MerkleTree, is_included, leaf_hash, node_hash

# Leaves and roots of the reference implementation of Certificate Transparency.
DATA = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def sha(text):
    return hashlib.sha256(text).digest()


@pytest.mark.parametrize(("count", "root"), list(enumerate(ROOTS, 1)))
def test_roots_are_those_of_the_reference(count, root):
    assert MerkleTree(tuple(leaf_hash(bytes.fromhex(d)) for d in DATA[:count])).root.hex() == root


def test_no_leaves_hash_to_the_hash_of_nothing():
    assert MerkleTree(()).root == sha(b"")


def test_three_leaves_by_hand():
    a, b, c = (sha(b"\0" + text) for text in (b"a", b"b", b"c"))
    tree = MerkleTree((a, b, c))
    left = sha(b"\1" + a + b)
    assert tree.root == sha(b"\1" + left + c)
    assert [tree.proof(n) for n in range(3)] == [[b, c], [a, c], [left]]


def test_a_node_does_not_pass_for_a_leaf():
    a, b = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(a + b) != node_hash(a, b)


@given(st.integers(1, 40), st.data())
def test_every_proof_leads_to_the_root_and_no_other_place_or_leaf_does(count, data):
    tree = MerkleTree(tuple(leaf_hash(bytes([n])) for n in range(count)))
    place = data.draw(st.integers(0, count - 1))
    path = tree.proof(place)
    assert is_included(tree.leaves[place], place, count, path, tree.root)
    assert not is_included(leaf_hash(b"another"), place, count, path, tree.root)
    assert not is_included(tree.leaves[place], place, count, [*path, tree.root], tree.root)
    assert not is_included(tree.leaves[place], -1, count, path, tree.root)
    assert not is_included(tree.leaves[place], count, count, path, tree.root)
    if path:
        assert not is_included(tree.leaves[place], place, count, path[1:], tree.root)
        other = data.draw(st.integers(0, count - 1).filter(lambda n: n != place))
        assert not is_included(tree.leaves[place], other, count, path, tree.root)
