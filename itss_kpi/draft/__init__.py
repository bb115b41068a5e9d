"""Drafts: a first catalogue from the table of indicators and the ledgers that a company has already.

In: sheets as rows of text, and the answers given so far. Out: a catalogue as plain values, in which only an answer
makes an indicator agreed, and the questions. Must not decide anything, nor know files. Start with `proposal`.
"""
