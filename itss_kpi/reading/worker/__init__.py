"""The process that opens files: one file in, its sheets as Arrow files out.

In: a path and limits on standard input. Out: a line of JSON, and a file a sheet in a folder given.
Imports nothing of this program but itself, so that it starts at once and can be killed without loss; no pandas.
Start with `main`, then the module of a format (`ooxml`, `xls`, `opendocument`, `html`, `delimited`).
"""
