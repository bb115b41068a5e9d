"""The compliance workbook with live formulas, and the blank forms that departments fill in.

In: a report and what was found over the year. Out: the bytes of an .xlsx that recounts itself.
Knows nothing of the command line or of where the file will lie.
Start with `workbook`; `template` makes the blank forms.
"""
