"""Modules that are not imported where nothing needs them: pyarrow imports pandas, where it is there, to see whether a
list is one of its; that takes a quarter of a second.

Convention: part of the worker, so only the standard library is imported.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class _Finder:
    """Says of the `names` that they aren't there."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def find_spec(self, name: str, *_: object) -> None:
        if name in self.names:
            raise ModuleNotFoundError(name)


_FINDER = _Finder()


def spare(*names: str) -> None:
    """Don't import these from now on."""
    if _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)
    _FINDER.names.update(names)


def need(*names: str) -> None:
    """Import these again."""
    _FINDER.names.difference_update(names)


@contextmanager
def spared(*names: str) -> Iterator[None]:
    """Don't import these meanwhile, unless somebody needs them."""
    spare(*names)
    try:
        yield
    finally:
        need(*names)
