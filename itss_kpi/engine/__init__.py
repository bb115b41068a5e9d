"""Typed tables, made into assessments: exact, and with the interval that doubtful rows leave open.

In: a catalogue, tables, a period, a day. Out: a `Report` of assessments, each with value, bounds and verdict.
Speaks narwhals and integers; knows no single backend, no datetime dtype and no row order.
Start with `evaluate`; it asks `rows.queries` of the tables, `ratios` puts the answers together, `bounds` judges them.
"""
