"""The command line: its commands, the program's start, and exit codes. A command's body is parse, call, render, exit.

Convention: only typer and the standard library are imported at the top, so that `--help` is quick; each command imports
what it uses. Exit codes are those of docs/design.md, 8.
"""

import gc
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from itss_kpi.app.inputs import CATALOGUE
from itss_kpi.cli.console import Command, Group, UsageError, complain, in_chinese, warn, write
from itss_kpi.cli.data import batch, check, close, status, verify
from itss_kpi.cli.indicators import baseline, compare, evaluate, explain, report, trend
from itss_kpi.cli.plan import actions, clauses, findings, plan, review, satisfaction, service_report, supervision
from itss_kpi.cli.setup import cache, catalogue, init, template
from itss_kpi.core.problems import KpiError, Refusal
from itss_kpi.reading.reader import start_early, stop_early

__all__ = ["CATALOGUE", "app", "main", "run"]

USAGE, INTERNAL, INTERRUPTED = 2, 70, 130

app = typer.Typer(
    cls=Group,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="运维服务指标计算:从各部门的台账到每项指标的结论,每个数字可追溯。",
)
_READING = (
    evaluate,
    report,
    explain,
    trend,
    compare,
    baseline,
    actions,
    plan,
    satisfaction,
    supervision,
    findings,
    clauses,
    review,
    service_report,
    check,
    status,
    batch,
    close,
    verify,
)
"""The commands that read exports, in the order in which the help lists them; the others after them."""
_NAMES = {command.__name__.replace("_", "-") for command in _READING}
for _command in (*_READING, catalogue, cache, template, init):
    app.command(cls=Command)(_command)


def _version(wanted: bool) -> None:
    if wanted:
        from itss_kpi import __version__

        write(f"itss-kpi {__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="显示版本后退出")
    ] = False,
) -> None:
    pass


def main() -> None:
    """The console script."""
    # one short run: nothing is gained by looking for garbage, neither on the way nor when leaving
    gc.disable()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for some takes longer than the catalogue
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        if sys.argv[1:2] and sys.argv[1] in _NAMES and "--help" not in sys.argv:
            start_early()
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before anything could catch it
        code = INTERRUPTED
    finally:
        stop_early()
    gc.freeze()
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; the exit code. Nothing but an internal mistake with --debug gives a traceback."""
    try:
        code: int | None = app(list(arguments), prog_name="itss-kpi", standalone_mode=False)
        if code == INTERRUPTED:
            complain("已中断")
        return code or 0
    except UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            return USAGE  # the help has been printed
        return _wrong_use(in_chinese(error))
    except Refusal as error:
        return _wrong_use(str(error).rstrip("."))
    except KpiError as error:
        warn(error.problems)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        complain("已中断")
        return INTERRUPTED
    except Exception as error:
        if "--debug" in arguments:
            raise
        complain(f"程序内部错误:{type(error).__name__}: {error};请加 --debug 重试并反馈给维护者")
        return INTERNAL


def _wrong_use(message: str) -> int:
    complain(f"用法有误:{message}")
    complain("用 itss-kpi --help 查看用法")
    return USAGE
