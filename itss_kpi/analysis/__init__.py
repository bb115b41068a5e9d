"""Assessments side by side, and the rows behind them.

In: a catalogue, tables and assessments. Out: series over periods, groups side by side, evidence row by row, what was
handed in, and what has changed since a closing.
Prints nothing and knows no form of output.
Start with `series` and `breakdown`; `evidence`, `collection` and `drift` stand beside them.
"""
