"""The command line: options, wiring, exit codes. A command's body is parse, call, render, exit.

Convention: only typer and the standard library are imported at the top, so that `--help` is quick; each command imports
what it uses. Exit codes are those of DESIGN 8, 130 after Ctrl-C, and 70 for a mistake of the program itself.
"""

import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from itss_kpi.catalogue import Catalogue, Indicator
    from itss_kpi.period import Period
    from itss_kpi.problems import Problem
    from itss_kpi.results import Assessment, Report
    from itss_kpi.tables import Table

CATALOGUE = "kpi_definitions.yaml"
GATE, USAGE, BAD_CATALOGUE, BAD_DATA, INTERNAL, INTERRUPTED = 1, 2, 3, 4, 70, 130
_UsageError: Any = typer.BadParameter.__base__


class _Chinese:
    """Typer's own words in Chinese."""

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option:
            option.help = "显示帮助后退出"
        return option

    def format_help(self, ctx: Any, formatter: Any) -> None:
        from typer import rich_utils

        for name, word in {"ARGUMENTS": "参数", "OPTIONS": "选项", "COMMANDS": "命令"}.items():
            setattr(rich_utils, f"{name}_PANEL_TITLE", word)
        rich_utils.DEFAULT_STRING, rich_utils.REQUIRED_LONG_STRING = "[默认:{}]", "[必填]"
        super().format_help(ctx, formatter)  # type: ignore[misc]

    def get_usage(self, ctx: Any) -> str:
        usage: str = super().get_usage(ctx)  # type: ignore[misc]
        for english, chinese in {"Usage:": "用法:", "[OPTIONS]": "[选项]", "COMMAND [ARGS]...": "命令 …"}.items():
            usage = usage.replace(english, chinese)
        return usage


class _Command(_Chinese, TyperCommand):
    """A command with Chinese help."""


class _Group(_Chinese, TyperGroup):
    """The group of commands with Chinese help."""


app = typer.Typer(
    cls=_Group,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="运维服务指标计算:从各部门的台账到每项指标的结论,每个数字可追溯。",
)


class ReportFormat(StrEnum):
    """Forms of `evaluate`."""

    table = "table"
    json = "json"
    csv = "csv"
    markdown = "markdown"


class PlainFormat(StrEnum):
    """Forms of `catalogue`."""

    table = "table"
    json = "json"


class Rows(StrEnum):
    """Rows that `explain` lists."""

    none = "none"
    counted = "counted"
    failing = "failing"
    excluded = "excluded"
    doubtful = "doubtful"
    all = "all"


CatalogueOption = Annotated[
    Path | None,
    typer.Option("--catalogue", "-c", help="指标目录文件", metavar="文件"),
]
DataOption = Annotated[Path | None, typer.Option("--data", "-d", help="台账文件夹;默认按指标目录", metavar="文件夹")]
PeriodOption = Annotated[str, typer.Option("--period", "-p", help="如 2022Q3、2022-07、2022", metavar="考核期")]
AsOfOption = Annotated[str | None, typer.Option("--as-of", help="截至某日(含)", metavar="日期")]
DebugOption = Annotated[bool, typer.Option("--debug", help="出错时显示程序信息")]


@app.command(cls=_Command)
def evaluate(
    period: PeriodOption,
    catalogue: CatalogueOption = None,
    data: DataOption = None,
    indicator: Annotated[
        list[str] | None, typer.Option("--indicator", "-i", help="只算这项,可多次写", metavar="指标")
    ] = None,
    domain: Annotated[list[str] | None, typer.Option("--domain", help="只算这个域,可多次写", metavar="指标域")] = None,
    as_of: AsOfOption = None,
    format: Annotated[ReportFormat, typer.Option("--format", "-f", help="输出形式")] = ReportFormat.table,
    fail_on: Annotated[
        str | None,
        typer.Option(help="遇这些情形以 1 退出,逗号分隔", metavar="情形"),
    ] = None,
    debug: DebugOption = False,
) -> None:
    """计算考核期内到期的指标,列出结论;未到期的另列。

    --fail-on 可写 missed、unverified、missing_data、undefined、problems。
    """
    from itss_kpi.results import to_json

    gates = _gates(fail_on)
    work = _work(catalogue, data, period, as_of, indicator, domain)
    match format:
        case ReportFormat.table:
            from itss_kpi.terminal import render_report

            _print(render_report(work.report))
        case ReportFormat.json:
            _write(_json(to_json(work.report)))
        case ReportFormat.csv:
            from itss_kpi.terminal import report_csv

            _write("\ufeff" + report_csv(work.report))
        case ReportFormat.markdown:
            from itss_kpi.terminal import report_markdown

            _write(report_markdown(work.report) + "\n")
    if gates & _conditions(work.report):
        raise typer.Exit(GATE)


@app.command(cls=_Command)
def explain(
    indicator: Annotated[str, typer.Argument(help="指标的 id、序号或名称", metavar="指标")],
    period: PeriodOption,
    catalogue: CatalogueOption = None,
    data: DataOption = None,
    as_of: AsOfOption = None,
    rows: Annotated[Rows, typer.Option("--rows", "-r", help="列出哪些行")] = Rows.none,
    limit: Annotated[int, typer.Option(help="最多列出多少行", min=1)] = 200,
    debug: DebugOption = False,
) -> None:
    """说明一项指标如何算得。

    列出公式与口径、精确分数、行数核对,以及每一行所在的文件、工作表与行号。
    """
    from itss_kpi.engine import trace
    from itss_kpi.terminal import render_explanation

    work = _work(catalogue, data, period, as_of, [indicator], None)
    chosen = work.indicators[0]
    wanted = [item for item in work.report.assessments if item.number == chosen.number]
    exact = [item for item in wanted if item.period == work.report.period]
    if not wanted:
        _refuse(f"{chosen.name} 在 {work.report.period} 没有考核期")
    names = {name: source.name for name, source in work.catalogue.sources.items()}
    shown = exact or wanted
    for item in shown:
        found = trace(work.catalogue, work.tables, chosen, item.period, _seen(item)) if rows is not Rows.none else []
        listed = [row for row in found if rows.value in ("all", row.kind) and row.kind != "outside"]
        used = [export for export in work.report.exports if export.source in item.sources]
        exports = used if item is shown[-1] else []
        texts = [(row, work.row_texts(row, chosen)) for row in listed[:limit]]
        _print(render_explanation(chosen, item, exports, texts, len(listed), names))


@app.command(cls=_Command)
def check(
    period: Annotated[str | None, typer.Option("--period", "-p", help="默认全年", metavar="考核期")] = None,
    catalogue: CatalogueOption = None,
    data: DataOption = None,
    debug: DebugOption = False,
) -> None:
    """检查指标目录与台账,列出全部问题;有错误时以 1 退出。"""
    from itss_kpi.problems import errors
    from itss_kpi.terminal import render_problems

    work = _work(catalogue, data, period, None, None, None)
    _print(render_problems(work.report.problems), soft_wrap=True)
    if errors(work.report.problems):
        raise typer.Exit(GATE)


@app.command(cls=_Command)
def catalogue(
    catalogue: CatalogueOption = None,
    format: Annotated[PlainFormat, typer.Option("--format", "-f", help="输出形式")] = PlainFormat.table,
    schema: Annotated[bool, typer.Option("--schema", help="输出 JSON Schema")] = False,
    debug: DebugOption = False,
) -> None:
    """显示指标目录,或它的 JSON Schema。"""
    from itss_kpi.catalogue import json_schema

    if schema:
        _write(_json(json_schema()))
        return
    loaded, problems, _ = _load(_find_catalogue(catalogue))
    _warn(problems)
    if format is PlainFormat.json:
        _write(_json(loaded.model_dump(mode="json", exclude_none=True)))
        return
    from itss_kpi.terminal import render_catalogue

    _print(render_catalogue(loaded))


def _version(wanted: bool) -> None:
    if wanted:
        from itss_kpi import __version__

        _write(f"itss-kpi {__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="显示版本后退出")
    ] = False,
) -> None:
    pass


# ---- the work behind the commands


@dataclass(frozen=True)
class _Work:
    """What a command worked out, and what it was worked out from."""

    catalogue: "Catalogue"
    indicators: "list[Indicator]"
    tables: "dict[str, Table]"
    report: "Report"

    def row_texts(self, row: Any, indicator: "Indicator") -> dict[str, str]:
        """A traced row's place, key, dates and the columns that the indicator reads, as the department wrote them."""
        from itss_kpi.tables import row_texts

        source = self.catalogue.sources[row.source]
        read = [name for measure in indicator.all_measures.values() for name in self.catalogue.columns_read(measure)]
        wanted = dict.fromkeys([*source.key, *([source.date] if source.date else []), *read])
        table = self.tables[row.source]
        export = table.exports[row.export]
        place = {"位置": f"{export.path}!{export.sheet}!{row.row}"}
        return place | row_texts(table, source, row.export, row.row, list(wanted))


def _work(
    catalogue_path: Path | None,
    data: Path | None,
    period: str | None,
    as_of: str | None,
    indicators: Sequence[str] | None,
    domains: Sequence[str] | None,
) -> _Work:
    from itss_kpi.exports import Reader, find_exports, read_exports

    path = _find_catalogue(catalogue_path)
    with Reader() as reader:
        catalogue, problems, identity = _load(path)
        assessed = _period(period) if period is not None else _period(str(catalogue.plan.year))
        seen = _as_of(as_of, assessed)
        chosen = _chosen(catalogue, indicators, domains)
        from itss_kpi.catalogue import sources_of

        wanted = sources_of(chosen)
        folder = _data_folder(catalogue, path, data)
        files, found = find_exports(catalogue, folder, wanted)
        reader.ask(files)
        from itss_kpi.engine import evaluate
        from itss_kpi.tables import build_table

        problems = [*problems, *found]
        with _progress(len(files)) as tick:
            raws, found = read_exports(catalogue, files, reader, tick)
            problems += found
            tables: dict[str, Table] = {}
            for name in sorted(wanted):
                source = catalogue.sources[name]
                plan = catalogue.plan
                tables[name], found = build_table(name, source, raws.get(name, []), plan.departments, plan.year)
                problems += found
    report = evaluate(catalogue, tables, assessed, as_of=seen, indicators=chosen, identity=identity, problems=problems)
    if domains:
        shown = tuple(item for item in report.assessments if item.domain in domains)
        report = replace(report, assessments=shown)
    return _Work(catalogue, chosen, tables, report)


def _find_catalogue(given: Path | None) -> Path:
    if given is not None:
        if not given.is_file():
            _refuse(f"没有这个指标目录文件:{given}")
        return given
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / CATALOGUE).is_file():
            return folder / CATALOGUE
    _refuse(f"当前及上级文件夹中没有 {CATALOGUE};请用 --catalogue 指明指标目录")


def _load(path: Path) -> "tuple[Catalogue, list[Problem], dict[str, str]]":
    import hashlib

    from itss_kpi.loading import load
    from itss_kpi.problems import KpiError, Place, Problem

    shown = os.path.relpath(path) if path.is_absolute() else str(path)
    try:
        content = path.read_bytes()
        catalogue, problems = load(content.decode("utf-8-sig"), shown)
    except UnicodeDecodeError:
        raise KpiError([Problem("C101", "指标目录不是 UTF-8 文本", Place(shown))], BAD_CATALOGUE) from None
    except OSError as error:
        raise KpiError([Problem("C101", f"指标目录打不开:{error.strerror}", Place(shown))], BAD_CATALOGUE) from None
    if catalogue is None:
        raise KpiError(problems, BAD_CATALOGUE)
    identity = {
        "path": path.name, "sha256": hashlib.sha256(content).hexdigest(), "document": catalogue.plan.document,
        "version": catalogue.plan.version, "organization": catalogue.plan.organization,
    }  # fmt: skip
    return catalogue, problems, identity


def _data_folder(catalogue: "Catalogue", path: Path, given: Path | None) -> Path:
    from itss_kpi.problems import KpiError, Place, Problem

    folder = given if given is not None else path.parent / catalogue.data
    if not folder.is_dir():
        raise KpiError([Problem("D109", "没有这个台账文件夹", Place(str(folder)))], BAD_DATA)
    return folder


def _period(text: str) -> "Period":
    from itss_kpi.period import FORMS, parse_period

    period = parse_period(text)
    if period is None:
        _refuse(f"看不懂的考核期“{text}”;可写作 {FORMS}")
    return period


def _as_of(text: str | None, period: "Period") -> date:
    if text is None:
        return min(period.last_day, date.today())
    try:
        return date.fromisoformat(text)
    except ValueError:
        _refuse(f"看不懂的日期“{text}”;写作 2022-09-30")


def _chosen(
    catalogue: "Catalogue", indicators: Sequence[str] | None, domains: Sequence[str] | None
) -> "list[Indicator]":
    from itss_kpi.expression import suggestion

    found = list(catalogue.indicators)
    if indicators:
        for wanted in indicators:
            if not catalogue.find(wanted):
                known = [name for item in catalogue.indicators for name in (item.id, item.name)]
                _refuse(f"没有这个指标:{wanted}{suggestion(wanted, known)}")
        found = [item for item in found if any(item in catalogue.find(wanted) for wanted in indicators)]
    if domains:
        known = list(dict.fromkeys(domain for item in found for domain in item.domains))
        for domain in domains:
            if domain not in known:
                _refuse(f"没有这个指标域:{domain}{suggestion(domain, known)}")
        found = [item for item in found if set(item.domains) & set(domains)]
    return found


_GATES = ("missed", "unverified", "missing_data", "undefined", "problems")


def _gates(text: str | None) -> set[str]:
    gates = {part.strip() for part in (text or "").split(",") if part.strip()}
    for gate in gates - set(_GATES):
        _refuse(f"--fail-on 没有“{gate}”;可用 {'、'.join(_GATES)}")
    return gates


def _conditions(report: "Report") -> set[str]:
    from itss_kpi.problems import errors

    found = {item.verdict.value for item in report.due}
    return found | ({"problems"} if errors(report.problems) else set())


def _seen(item: "Assessment") -> date:
    from datetime import timedelta

    return item.window[1] - timedelta(days=1)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """A bar on stderr once reading has taken half a second, where somebody is looking."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from threading import Timer

    from rich.console import Console
    from rich.progress import Progress

    bar = Progress(console=Console(stderr=True), transient=True)
    task = bar.add_task("读取台账", total=total)
    timer = Timer(0.5, bar.start)
    timer.start()
    try:
        yield lambda: bar.advance(task)
    finally:
        timer.cancel()
        timer.join()
        bar.stop()


# ---- printing and leaving


def _print(renderable: Any, *, soft_wrap: bool = False) -> None:
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


def _write(text: str) -> None:
    with _reader_may_leave():
        sys.stdout.write(text)
        sys.stdout.flush()


@contextmanager
def _reader_may_leave() -> Iterator[None]:
    """Leave quietly where whoever reads our output has enough of it (`| head`)."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from None


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _warn(problems: "Sequence[Problem]") -> None:
    for problem in problems:
        _complain(f"{problem.severity.label} {problem} — {problem.remedy}")


def _complain(text: str) -> None:
    from itss_kpi.text import clean

    sys.stderr.write(clean(text) + "\n")


def _refuse(message: str) -> NoReturn:
    raise _UsageError(message)


def main() -> None:
    """The console script."""
    # one short run: nothing is gained by looking for garbage, neither on the way nor when leaving
    gc.disable()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before anything could catch it
        code = INTERRUPTED
    gc.freeze()
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; the exit code. Nothing but an internal mistake with --debug gives a traceback."""
    from itss_kpi.problems import KpiError

    try:
        code: int | None = app(list(arguments), prog_name="itss-kpi", standalone_mode=False)
        if code == INTERRUPTED:
            _complain("已中断")
        return code or 0
    except _UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            return USAGE  # the help has been printed
        _complain(f"用法有误:{_in_chinese(error)}")
        _complain("用 itss-kpi --help 查看用法")
        return USAGE
    except KpiError as error:
        _warn(error.problems)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        _complain("已中断")
        return INTERRUPTED
    except Exception as error:
        if "--debug" in arguments:
            raise
        _complain(f"程序内部错误:{type(error).__name__}: {error};请加 --debug 重试并反馈给维护者")
        return INTERNAL


def _in_chinese(error: Any) -> str:
    message = str(error.message)
    parameter = getattr(error, "param", None)
    options = [name for name in getattr(parameter, "opts", []) if name.startswith("-")]
    shown = "/".join(options) or getattr(parameter, "metavar", None) or ""
    match type(error).__name__:
        case "MissingParameter":
            return f"缺少 {shown}"
        case "NoSuchOption":
            near = "、".join(getattr(error, "possibilities", None) or [])
            return f"没有选项 {error.option_name}" + (f",是否应为 {near}?" if near else "")
        case "BadParameter":
            return f"{shown} 的取值无效{_allowed(message)}"
        case _:
            message = message.replace("No such command ", "没有命令 ")
            return message.replace(". Did you mean ", ",是否应为 ").replace("one of: ", "").rstrip(".")


def _allowed(message: str) -> str:
    """What Typer's English message says is allowed."""
    import re

    _, found, listed = message.partition(" is not one of ")
    if found:
        return f";可用 {'、'.join(re.findall(r'[a-z]+', listed))}"
    least = re.search(r"greater than or equal to (-?\d+)|>=(-?\d+)", message)
    return f";不能小于 {least[1] or least[2]}" if least else ""
