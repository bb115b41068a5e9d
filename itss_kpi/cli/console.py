"""The console: Typer's own words in Chinese, printing, progress, and refusals of a wrong use.

Convention: results go to stdout, everything said about them to stderr; text from users' files is made harmless before
it gets here or here (`complain`). Only typer, the standard library and what is as light are imported at the top, so
that `--help` is quick.
"""

import errno
import getpass
import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from itss_kpi.app.inputs import PASSWORD, Tick
from itss_kpi.core.problems import Problem, Refusal, Unwritable
from itss_kpi.core.text import escape_controls

if TYPE_CHECKING:
    from itss_kpi.pages.page import Page


class _Chinese:
    """Typer's own words in Chinese."""

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option:
            option.help = "显示帮助后退出"
        return option

    def format_help(self, ctx: Any, formatter: Any) -> None:
        from itss_kpi.cli.help_text import help_text

        formatter.write(help_text(ctx, self.get_usage(ctx)))

    def get_usage(self, ctx: Any) -> str:
        usage: str = super().get_usage(ctx)  # type: ignore[misc]
        for english, chinese in {
            "Usage: ": "用法:",
            "[OPTIONS]": "[选项]",
            "COMMAND [ARGS]...": "命令 …",
            "...": " …",
            "{": "",
            "}": "",
        }.items():
            usage = usage.replace(english, chinese)
        return usage


class Command(_Chinese, TyperCommand):
    """A command with Chinese help."""


class Group(_Chinese, TyperGroup):
    """The group of commands with Chinese help."""


# ---- printing


def print_out(renderable: Any, *, soft_wrap: bool = False) -> None:
    from rich.console import Console

    # a pipe or a file has no width of its own: 100 columns, the width the tables are made for
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 100
    console = Console(width=width, highlight=False)
    with _reader_may_leave():
        with console.capture() as captured:
            console.print(renderable, soft_wrap=soft_wrap)
        # written by ourselves: rich would end the program with exit code 1 where the reader has left
        sys.stdout.write(captured.get())
        sys.stdout.flush()


def print_page(page: "Page", *, soft_wrap: bool = False) -> None:
    from itss_kpi.render.terminal import render

    print_out(render(page), soft_wrap=soft_wrap)


def write(text: str) -> None:
    with _reader_may_leave():
        sys.stdout.write(text)
        sys.stdout.flush()


def wrote(path: Path) -> None:
    write(f"写出 {escape_controls(str(path))}\n")


def write_bytes(content: bytes) -> None:
    """Write just these bytes: as text, a system with line ends of its own would change those of the content."""
    with _reader_may_leave():
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


@contextmanager
def _reader_may_leave() -> Iterator[None]:
    """Leave quietly where whoever reads our output has enough of it (`| head`); say it where it can't be written."""
    try:
        yield
    except OSError as error:
        # what is still in the buffer would be tried again when leaving
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno == errno.EPIPE or (os.name == "nt" and error.errno == errno.EINVAL):
            raise typer.Exit from None
        from itss_kpi.app.whole_files import reason_of

        raise Unwritable(f"输出写不出去:{reason_of(error)}") from None


def warn(problems: Sequence[Problem]) -> None:
    for problem in problems:
        complain(f"{problem.severity.label} {problem} — {problem.remedy}")


def complain(text: str) -> None:
    with suppress(OSError):  # where nobody can hear it, the exit code says it
        sys.stderr.write(escape_controls(text) + "\n")


def refuse(message: str) -> NoReturn:
    raise Refusal(message)


def ask_password(shown: str) -> str | None:
    """The password of an encrypted file, from whoever sits at the terminal; nobody does where one is given already."""
    if PASSWORD in os.environ or not importlib.util.find_spec("msoffcrypto"):
        return None
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    return getpass.getpass(f"{escape_controls(shown)} 的打开密码(不读则直接回车):", sys.stderr) or None


@contextmanager
def progress(total: int, what: str) -> Iterator[Tick]:
    """A bar on stderr, with what is being done, once it has taken half a second, where somebody is looking."""
    if not sys.stderr.isatty():
        yield lambda done, now: None
        return
    from threading import Timer

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
    from rich.table import Column

    name = TextColumn("{task.fields[now]}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis"))
    shown = ("{task.description}", BarColumn(20), TaskProgressColumn(), name)
    bar = Progress(*shown, console=Console(stderr=True), transient=True)
    task = bar.add_task(what, total=total, now="")

    def tick(done: int, now: str) -> None:
        bar.advance(task, done)
        if now:
            bar.update(task, now=escape_controls(now))

    timer = Timer(0.5, bar.start)
    timer.start()
    try:
        yield tick
    finally:
        timer.cancel()
        timer.join()
        bar.stop()
