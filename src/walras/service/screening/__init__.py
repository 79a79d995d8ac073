"""Screening of applications and members against restricted-party lists that the operator imports.

`lists` reads a list, `names` and `identifiers` say when two of them mean the same party,
`screen` finds hits, `decisions` holds a case until two different officers have decided.
Pure: nothing here reads a file, a clock or a store. Figures stand in decision 28.
"""
