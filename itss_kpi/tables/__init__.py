"""Grids, made into typed tables in which every row is accounted for and every doubt is marked.

In: the raw exports of a source. Out: a `Table` of integers, text and booleans, its row accounts and its problems.
Knows nothing of indicators, and neither prints nor opens files.
Start with `build`; before it come `ledger_sheets` (which sheets), `header`, `data_rows`, `columns` and `keys`.
"""
