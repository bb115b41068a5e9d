"""The command line: its commands, the program's start, and exit codes. A command's body is parse, call, render, exit.

Convention: only typer and the standard library are imported at the top, so that `--help` is quick; each command imports
what it uses. Exit codes are those of docs/design.md, 8.
"""

import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Annotated, Any

import typer

from itss_kpi.app.inputs import CATALOGUE
from itss_kpi.cli.completion import Shell, listen, print_script
from itss_kpi.cli.console import Command, Group, complain, print_page, warn, write
from itss_kpi.cli.data import batch, check, close, export, status, verify
from itss_kpi.cli.indicators import baseline, compare, evaluate, explain, report, trend
from itss_kpi.cli.interrupts import is_interrupt, keep_interrupts
from itss_kpi.cli.manual import help
from itss_kpi.cli.options import GATE
from itss_kpi.cli.plan import actions, clauses, findings, plan, review, satisfaction, service_report, supervision
from itss_kpi.cli.setup import cache, catalogue, draft, init, template
from itss_kpi.cli.wrong_use import UsageError, options_of, sentence, slip
from itss_kpi.core.problems import KpiError, Refusal, Unwritable
from itss_kpi.reading.reader import start_early, stop_early

__all__ = ["CATALOGUE", "app", "main", "run"]

USAGE, INTERNAL, INTERRUPTED = 2, 70, 130

app = typer.Typer(
    cls=Group,
    add_completion=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["--help", "-h"]},
    pretty_exceptions_enable=False,
    help="运维服务指标计算:从各部门的台账到每项指标的结论,每个数字可追溯。",
)
_PANELS: dict[str, dict[Callable[..., None], str]] = {
    "算指标": {
        evaluate: "evaluate -p 2022Q3",
        explain: "explain 18 -p 2022-08 --rows doubtful",
        trend: "trend 18 --to 2022-09",
        compare: "compare -p 2022Q3 --by 部门",
        baseline: "baseline 18",
    },
    "出报告": {
        report: "report -p 2022Q3 --format html",
        review: "review --year 2022",
        service_report: "service-report 项目=名称 -p 2022Q3",
        batch: "batch -o 报告",
        export: "export -o 湖",
    },
    "收台账": {
        status: "status -p 2022Q3",
        check: "check --return 退回",
        template: "template -o 空白表",
    },
    "管计划": {
        actions: "actions --fail-on overdue",
        plan: "plan --format ics -o 计划.ics",
        supervision: "supervision -p 2022Q3",
        findings: "findings --fail-on overdue,open",
        satisfaction: "satisfaction --year 2022",
        clauses: "clauses -f csv",
    },
    "存档": {
        close: "close -p 2022Q3 --by 质量组 --receipt 凭证.docx",
        verify: "verify --expect 校验值",
    },
    "设置": {
        draft: "draft 指标表.docx 台账 -o 我的公司",
        init: "init 我的公司 --year 2023 --departments 运维部,客服部",
        catalogue: "catalogue --grammar",
        cache: "cache --clear",
        help: "help 看懂结果",
    },
}
"""The commands in the order of the help, each with an example, by what they are for."""
_READS_NOTHING = (template, draft, init, catalogue, cache, help)
_HELP = {"help_option_names": ["--help", "-h"]}
_NAMES = {name.__name__.replace("_", "-") for panel in _PANELS.values() for name in panel if name not in _READS_NOTHING}
for _panel, _commands in _PANELS.items():
    for _command, _example in _commands.items():
        _dress = app.command(
            cls=Command, rich_help_panel=_panel, epilog=f"例:itss-kpi {_example}", context_settings=_HELP
        )
        _dress(_command)


def _version(wanted: bool) -> None:
    if wanted:
        from itss_kpi import __version__

        write(f"itss-kpi {__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="显示版本后退出")
    ] = False,
    completion: Annotated[
        Shell | None,
        typer.Option(
            "--completion",
            callback=print_script,
            is_eager=True,
            help="输出一段设置,使命令行能用 Tab 键补全:bash、zsh、fish、powershell",
            metavar="哪种",
        ),
    ] = None,
) -> None:
    if context.invoked_subcommand is None:
        _next(context)


def _next(context: typer.Context) -> None:
    """What to do next in this folder; the help where it has no catalogue."""
    from itss_kpi.app.next_steps import NEW, next_steps

    page = next_steps()
    if page is None:
        write(context.get_help() + "\n")
        complain(NEW)
        raise typer.Exit(USAGE)
    print_page(page)


def main() -> None:
    """The program, once it is imported."""
    # one short run: nothing is gained by looking for garbage, neither on the way nor when leaving
    gc.disable()
    keep_interrupts()
    listen()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for some takes longer than the catalogue
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 -- for as long as the program runs
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
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # everything is written: nothing is left to be interrupted
        stop_early()
    if code == INTERRUPTED:
        with suppress(OSError):
            sys.stderr.flush()
        # Python may end by the signal, whoever handled it; and half of an output is none
        os._exit(code)
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
        return _wrong_use(arguments, error)
    except Unwritable as error:
        complain(str(error))
        return GATE
    except Refusal as error:
        return _wrong_use(arguments, error)
    except KpiError as error:
        warn(error.problems)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        complain("已中断")
        return INTERRUPTED
    except Exception as error:
        if is_interrupt(error):
            complain("已中断")
            return INTERRUPTED
        if "--debug" in arguments:
            raise
        if isinstance(error, OSError):
            complain(_failure(error))
            return GATE
        complain(f"程序内部错误:{type(error).__name__}: {error};请加 --debug 重试并反馈给维护者")
        return INTERNAL


def _wrong_use(arguments: Sequence[str], error: Exception) -> int:
    """Say what was wrong, with an example of the command that was meant."""
    commands: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    name = next((word for word in arguments if not word.startswith("-")), "")
    command = commands.get(name)
    said = slip(arguments, options_of(command)) or (
        str(error).rstrip(".") if isinstance(error, Refusal) else sentence(error, arguments, commands)
    )
    complain(f"用法有误:{said}")
    complain(f"{command.epilog};用 itss-kpi {name} --help 查看用法" if command else "用 itss-kpi --help 查看用法")
    return USAGE


def _failure(error: OSError) -> str:
    """What the system refused, where nothing nearer to it says so."""
    from itss_kpi.app.whole_files import reason_of

    return f"{error.filename or '输出'} 读写失败:{reason_of(error)}"
