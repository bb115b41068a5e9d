"""Options, exit codes and the Chinese words of the command line.

In: arguments. Out: text on stdout, complaints on stderr, an exit code.
A command's body is parse, call, render, exit; nothing here works anything out.
Start with `main`.
"""
