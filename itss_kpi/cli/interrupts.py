"""Ctrl-C where Python would lose it: in a callback, or in an extension that makes another error of it.

Convention: an interrupt ends the program once; nothing is printed of where it came.
"""

import _thread
import sys
from typing import Any

_LATER = 0.01
"""Seconds after which an interrupt that was dropped comes again: by then the callback is over."""


def keep_interrupts() -> None:
    """From here on an interrupt that can only be ignored where it came, comes again a moment later."""
    sys.unraisablehook = _unraisable


def _unraisable(dropped: Any) -> None:
    if not issubclass(dropped.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(dropped)
        return
    from threading import Timer

    Timer(_LATER, _thread.interrupt_main).start()


def is_interrupt(error: BaseException | None) -> bool:
    """Whether an interrupt is what led to the error; some extensions say so in the text of theirs alone."""
    while error is not None and KeyboardInterrupt.__name__ not in f"{type(error).__name__} {error}":
        error = error.__cause__ or error.__context__
    return error is not None
