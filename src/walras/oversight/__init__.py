"""What a regulator looks at: who is how large, who is needed, every order, and the same session once more.

`offers` turns a book and its outcome into one column table of owners, cells and sides;
`concentration` (HHI) and `pivotal` (residual supply) are figures over it, `areas` says which
cells are one market. `groups` and `obligations` read the tables that ownership and contracts
come in, `days` the folders. `order_book` writes everything that was sent with what became of it,
`replay` compares a result that was computed again with one that is stored, `plots` draws.
Definitions, equations and limits: docs/oversight.md.

Stands on `settlement` and `coupling`; the service and the command line stand on it. Nothing
here decides anything, and nothing is ever written into a market.
"""
