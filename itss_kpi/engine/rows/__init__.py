"""What is asked of a table's rows, and answered in one pass.

In: a typed table, and measures in windows. Out: exact sums over the certain rows, and the doubtful ones by their flags.
Knows nothing of indicators' verdicts. Start with `queries`; `questions` gathers what is asked, `conditions` compiles
expressions to flags and terms, `populations` says which flags a measure's rows have.
"""
