"""A page or a result, made into one form: terminal, Markdown, CSV, sheet, Word.

In: plain values. Out: text, a renderable, or a part of a file. How a tone looks is said once for each form.
Works nothing out: it calls neither engine nor plan.
Start with `terminal`, then `sheet`.
"""
