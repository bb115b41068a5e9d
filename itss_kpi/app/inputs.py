"""What a command reads, as the user wrote it.

Convention: texts are read where they are used, and a mistake in one is refused there (`Refusal`, exit code 2).
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from itss_kpi.core.problems import Refusal
from itss_kpi.core.text import listed

CATALOGUE = "kpi_definitions.yaml"
QUESTIONS = "待确认.xlsx"
"""The workbook of a draft's questions, beside the catalogue."""
PASSWORD = "ITSS_KPI_PASSWORD"
"""The environment variable with the password of encrypted workbooks."""

EVIDENCE_ROWS = 100_000
"""How many rows of evidence an indicator's sheet lists, unless told otherwise."""

Tick = Callable[[int, str], None]
"""Told how much more is done, and what is being done now ('': what was)."""
Progress = Callable[[int, str], AbstractContextManager[Tick]]
"""How much there is to do, and what it is called -> what is told of it."""


def unseen(total: int, what: str) -> AbstractContextManager[Tick]:
    """Progress that nobody looks at."""
    return nullcontext(lambda done, now: None)


def unasked(shown: str) -> str | None:
    """A password that nobody can be asked for."""
    return None


@dataclass(frozen=True)
class Inputs:
    """The catalogue's file (by default the one of this folder or above), the folder of exports (by default as the
    catalogue says), the day to look from, limits of reading such as `memory=4096`, and whether what was read before may
    be used again; how progress is shown, and the password of a file asked for; and whether `every` problem of one cause
    is kept."""

    catalogue: Path | None = None
    data: Path | None = None
    as_of: str | None = None
    reading: Sequence[str] = ()
    cached: bool = True
    progress: Progress = unseen
    password: Callable[[str], str | None] = unasked
    every: bool = False


def gates_of(text: str | None, known: Sequence[str], option: str = "--fail-on") -> set[str]:
    """The names in a list such as `missed,unverified`, all of which must be known."""
    gates = listed(text or "")
    for gate in gates:
        if gate not in known:
            from itss_kpi.catalogue.kinds import suggestion

            raise Refusal(f"{option} 没有“{gate}”{suggestion(gate, known)};可用 {'、'.join(known)}")
    return set(gates)
