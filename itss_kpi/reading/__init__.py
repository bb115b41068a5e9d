"""Files that departments handed in, made into grids of text.

In: a data folder and the sources of a catalogue. Out: a `RawExport` a sheet, with the text that each cell shows.
Knows nothing of what a column means, and judges no row. Files are opened by `worker`, a process of its own, because a
hostile file may bring its reader down.
Start with `exports`, then `reader`.
"""
