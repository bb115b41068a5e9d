"""The values that everything speaks of: periods, targets, verdicts, assessments, problems, texts.

In: nothing but Python's own values. Out: frozen values that can be compared, ordered and shown.
Knows nothing of data frames, files, terminals or workbooks, and imports no other package of this program.
Start with `period`, then `results`; `problems` holds every code that a user can meet.
"""
