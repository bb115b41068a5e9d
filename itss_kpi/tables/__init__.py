"""Grids, made into typed tables in which every row is accounted for and every doubt is marked.

In: the raw exports of a source. Out: a `Table` of integers, text and booleans, its row accounts and its problems.
Knows of the indicators only what they read (`catalogue.usage`), and neither prints nor opens files.
Start with `build`; before it come the `sheets`, cut to their rows, and `columns`; then what values are taken for:
`spelling`, `instants`, `dated`; last `versions` and `keys`, which rows are one record.
"""
