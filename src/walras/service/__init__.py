"""The door: members, sessions, orders, runs and what is published.

What may be asked stands in `commands`, who may ask it in `roles`, what happens then in
`handlers`; the store and the clock are wired to them in `bootstrap` alone.
"""
