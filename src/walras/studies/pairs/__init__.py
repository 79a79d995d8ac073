"""Two neighbouring states as figures in a folder, and the auction of any of their days.

Read in this order: `pair` (what a pair folder says), `fields` and `read` (a folder to a `Pair`,
with every mistake), `checks` (what tables say of each other), `weather` and `profiles` (what a
day is like), `places` (cells of a day), `offers`, `conversions` and `compiled` (who offers what),
`columns` (offers to a book), `day` (`pair_book`), `handed` (what one day hands to the next),
`sources` (the tables of a folder's README). Nothing here names a state: docs/pair-folder.md.
"""
