"""Sheets, cut to the rows that are records, as a text array for each declared column.

In: the raw exports of a file. Out: `Piece`s, each with the days of which it speaks and for which it answers.
Knows neither types nor keys: what a text is worth, and which rows are one record, is for the package above.
Start with `ledger_sheets` (which sheets, and with `cover` of which days); `header` and `layout` find the tables of a
sheet, `across` parts them, `data_rows` cuts them; `row_kinds`, `no_records` and `disowned` say which rows count.
"""
