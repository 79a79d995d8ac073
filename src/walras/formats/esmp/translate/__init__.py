"""Bindings to nouns and back: one module a kind, each with `read` and `write`.

What they share stands in `parts`, `heads`, `periods` and `series`. `read` takes bindings that passed
`checking`; `write` takes any noun, and `writing` checks what it made.
"""
