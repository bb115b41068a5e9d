"""The options of what a command reads, declared once, and the decorator that gives them to a command.

Convention: a command takes `inputs`; its option names stand in the help where it stands, reading and cache at the end.
An option that a command declares itself, or is `without`, isn't added.
"""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from itss_kpi.app.inputs import Inputs
from itss_kpi.cli.console import ask_password, progress

CatalogueOption = Annotated[
    Path | None,
    typer.Option("--catalogue", "-c", help="指标目录文件", metavar="文件"),
]
DataOption = Annotated[Path | None, typer.Option("--data", "-d", help="台账文件夹;默认按指标目录", metavar="文件夹")]
AsOfOption = Annotated[str | None, typer.Option("--as-of", help="截至某日(含)", metavar="日期")]
ReadingOption = Annotated[
    list[str] | None,
    typer.Option("--reading", help="读取限制:memory=、unpacked=、cache=(MiB)、seconds=(秒)", metavar="名称=值"),
]
CacheOption = Annotated[bool, typer.Option("--cache/--no-cache", help="用不用读取缓存")]
DebugOption = Annotated[bool, typer.Option("--debug", help="出错时显示程序信息")]

_WHAT: dict[str, Any] = {"catalogue": CatalogueOption, "data": DataOption, "as_of": AsOfOption}
_HOW: dict[str, Any] = {"reading": ReadingOption, "cache": CacheOption, "debug": DebugOption}
_DEFAULTS = {"cache": True, "debug": False}

Command = Callable[..., None]


def takes_inputs(*without: str) -> Callable[[Command], Command]:
    """Give a command the options from which its `inputs` are made."""

    def dress(command: Command) -> Command:
        own = inspect.signature(command).parameters
        what, how = (_added(options, {*own, *without}) for options in (_WHAT, _HOW))
        keywords = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own.values()]
        at = list(own).index("inputs")
        parameters = [*keywords[:at], *what, *keywords[at + 1 :], *how]

        @functools.wraps(command)
        def run(**given: Any) -> None:
            read = {one.name: given.pop(one.name) for one in (*what, *how)}
            inputs = Inputs(
                read.get("catalogue"),
                read.get("data"),
                read.get("as_of"),
                read.get("reading") or (),
                read["cache"],
                progress,
                ask_password,
            )
            command(inputs=inputs, **given)

        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        return run

    return dress


def _added(options: dict[str, Any], left_out: set[str]) -> list[inspect.Parameter]:
    return [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=_DEFAULTS.get(name), annotation=option)
        for name, option in options.items()
        if name not in left_out
    ]
