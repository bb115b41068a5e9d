"""The command line as a person meets it: called in this process or in one of its own, and what a terminal shows."""

import contextlib
import io
import json
import re
from typing import Any

import pytest
from rich.console import Console, RenderableType

from itss_kpi.cli import main as cli

HOSTILE = "\x1b]0;pwned\x07\x1b[31m[bold]红[/bold][link=http://x]\u202e"
"""A title of a terminal, a colour, rich markup and a change of direction."""

MOMENT = "1700000000"
"""A day in 2023 that some set for programs that are built (SOURCE_DATE_EPOCH): it has no effect here."""

Capture = pytest.CaptureFixture[str]


def call(capsys: Capture, *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr; never a traceback, an escape code or English of the libraries."""
    code = cli.run(list(arguments))
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    assert "\x1b" not in out + err
    assert not re.search(
        r"value error|should be|is not one of|invalid|missing (option|parameter)|no such", err, re.IGNORECASE
    ), err
    return code, out, err


def as_json(capsys: Capture, *arguments: str) -> Any:
    """What the command tells programs, without a complaint."""
    code, out, err = call(capsys, *arguments, "-f", "json")
    assert (code, err) == (0, "")
    return json.loads(out)


def quietly(*arguments: str) -> int:
    """The exit code of a command whose output doesn't matter: for what is made once for many tests."""
    with contextlib.redirect_stdout(io.StringIO()):
        return cli.run(list(arguments))


def refused(capsys: Capture, *arguments: str) -> str:
    """The complaint about a wrong use: exit code 2, and nothing on stdout."""
    code, out, err = call(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.endswith(" --help 查看用法\n")
    return err


def unwritten(capsys: Capture, *arguments: str) -> str:
    """The complaint about a file that can't be written: exit code 1, and no word of a wrong use."""
    code, out, err = call(capsys, *arguments)
    assert (code, out) == (1, "")
    assert "用法" not in err
    return err


def printed(renderable: RenderableType, width: int = 100, *, colour: bool = False) -> str:
    """The text as a console of `width` columns prints it, without spaces at the ends of lines."""
    console = Console(
        width=width, file=io.StringIO(), highlight=False, force_terminal=colour, color_system="standard" if colour else None
    )  # fmt: skip
    with console.capture() as capture:
        console.print(renderable)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())
