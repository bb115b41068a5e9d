"""Completion: what a shell offers at the Tab key. Typer's own, but for its English installer.

Convention: as in `cli`; only typer and the standard library are imported at the top.
"""

import os
from collections.abc import Iterator
from enum import StrEnum

import typer

from itss_kpi.cli.console import write
from itss_kpi.core.problems import KpiError, Refusal

_ASKED = "_ITSS_KPI_COMPLETE"
"""The environment variable in which a shell asks what may follow."""


Shell = StrEnum("Shell", "bash zsh fish powershell")
"""Shells that complete."""


def listen() -> None:
    """Let Typer know the shells, where one of them asks."""
    if _ASKED in os.environ:
        from typer._completion_classes import completion_init

        completion_init()


def print_script(shell: Shell | None) -> None:
    """Print what makes this shell complete, and end the program."""
    if shell is not None:
        from typer._completion_shared import get_completion_script

        write(get_completion_script(prog_name="itss-kpi", complete_var=_ASKED, shell=shell) + "\n")
        raise typer.Exit


def indicators(incomplete: str) -> Iterator[tuple[str, str]]:
    """The numbers and ids of the catalogue's indicators that begin so, with their names; none without a catalogue."""
    from itss_kpi.app.evaluation import find_catalogue, load_catalogue

    try:
        catalogue, _, _ = load_catalogue(find_catalogue(None))
    except (KpiError, Refusal):
        return
    for one in catalogue.indicators:
        for word in (*map(str, one.numbers), one.id):
            if word.startswith(incomplete):
                yield word, one.name
