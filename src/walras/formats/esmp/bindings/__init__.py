"""Bindings of ESMP documents on xsdata: one module a kind, only elements that we use, in the schema's order.

Classes have the schema's structure; `formats.esmp.translate` turns them into nouns. Children take the
namespace of their document, so each kind has a context of its own in `formats.esmp.kinds`.
"""
