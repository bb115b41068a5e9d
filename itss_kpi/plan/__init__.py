"""What became of the rest of the quality plan: actions, nonconformities, activities, checks, survey, clauses.

In: a catalogue, the ledgers of what was done, and assessments. Out: for each subject a plain value that says what was
done, what is late and what nobody can know.
Prints nothing; a subject's sentences stand beside it in `*_words`.
Start with `year` (`PlanYear` has every subject once), then `records` (ledger rows as values).
"""
