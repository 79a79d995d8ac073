"""What everybody may read: the public files of results, and plain pages of them.

`reading` finds what the store holds, `tables` writes it as CSV, JSON and Parquet, `routes`
offers it under `/v1`, `pages` as HTML under `/public`. Nothing here needs a key, and nothing
here reads a file that is not public. Preliminary and final are told apart in a header, in
every file and on every page.
"""
