"""The auction: from a book to a result, decided by linear programs and one rule after another.

`clear.py` is the conductor; read it first. Solver words (column, row, dual) stay in this room.
"""
