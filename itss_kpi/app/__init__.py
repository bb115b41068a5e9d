"""The work of a command, without a terminal.

In: what the user asked for. Out: what was worked out, or files written whole.
Knows nothing of options and exit codes.
Start with `evaluation`.
"""
