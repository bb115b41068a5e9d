"""Closings: what was reported on a day, sealed and chained.

In: the files of a closing. Out: a folder that is there whole or not at all, and what is wrong with those that are.
Knows nothing of indicators: it keeps bytes and their hashes.
Start with `store`.
"""
