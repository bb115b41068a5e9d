"""The options that commands share, the forms of their output, and the gates that they are asked for.

Convention: only typer and the standard library are imported at the top, so that `--help` is quick.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itss_kpi.cli.console import complain, print_page, warn, write
from itss_kpi.cli.wrong_use import YEAR
from itss_kpi.core.jsonable import json_text

if TYPE_CHECKING:
    from itss_kpi.app.answer import Answer
    from itss_kpi.pages.page import Page

GATE = 1
"""The exit code of a gate that was asked for and did not hold."""


ReportFormat = StrEnum("ReportFormat", "table json csv markdown")
"""Forms of what is shown."""
ReportFile = StrEnum("ReportFile", "xlsx html csv parquet")
"""Forms of `report`."""
CheckFormat = StrEnum("CheckFormat", "text json junit github")
StatusFormat = StrEnum("StatusFormat", "table json csv")
PlanFormat = StrEnum("PlanFormat", "table json csv markdown ics")
ReviewFormat = StrEnum("ReviewFormat", "docx json")
PlainFormat = StrEnum("PlainFormat", "table json")
Rows = StrEnum("Rows", "none counted failing excluded doubtful all")
"""Rows that `explain` lists."""

PeriodOption = Annotated[str, typer.Option("--period", "-p", help="如 2022Q3、2022-07、2022", metavar="考核期")]


def read_year(text: str) -> int:
    """The year that is written so; a `ValueError` where it is none."""
    from itss_kpi.core.period import PeriodKind, parse_period

    period = parse_period(text)
    if period is None or period.kind is not PeriodKind.YEAR:
        raise ValueError(text)
    return period.year


def year_option(help: str) -> Any:
    """The option for a year."""
    return typer.Option("--year", parser=read_year, help=help, metavar=YEAR)


YearOption = Annotated[int | None, year_option("哪一年;默认计划年度")]
FormatOption = Annotated[ReportFormat, typer.Option("--format", "-f", help="输出形式")]
FailOnOption = Annotated[str | None, typer.Option(help="遇这些情形以 1 退出,逗号分隔", metavar="情形")]


def show(format: ReportFormat, answer: "Answer") -> None:
    """Print an answer in the form that was asked for, and leave with `GATE` where it failed."""
    warn(answer.damage)
    show_page(format, lambda: answer.page, answer.as_object)
    for remark in answer.remarks:
        complain(remark)
    if answer.failed:
        raise typer.Exit(GATE)


def show_page(format: ReportFormat, page: "Callable[[], Page]", as_object: Callable[[], Any]) -> None:
    """Print what was asked for in its form; nothing else is made."""
    from itss_kpi.render import csv, markdown

    match format:
        case ReportFormat.table:
            print_page(page())
        case ReportFormat.json:
            write(json_text(as_object()))
        case ReportFormat.csv:
            write("\ufeff" + csv.render(page()))
        case ReportFormat.markdown:
            write(markdown.render(page()) + "\n")
