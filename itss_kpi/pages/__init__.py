"""What is shown, as plain values.

In: what engine, analysis and plan found. Out: pages of tables, cards, charts and paragraphs.
Knows no rich, no openpyxl and no Word: `render` makes the forms.
Start with `review`.
"""
