"""What is shown, as plain values.

In: what engine, analysis and plan found. Out: a `Page` of tables, cards, notes and charts for each subject.
Knows no rich, no openpyxl and no Word: `render` makes the forms.
Start with `page`, then `supervision`.
"""
