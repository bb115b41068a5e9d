"""The command line: options, wiring, exit codes. A command's body is parse, call, render, exit.

Convention: only typer and the standard library are imported at the top, so that `--help` is quick; each command imports
what it uses. Exit codes are those of DESIGN 8, 130 after Ctrl-C, and 70 for a mistake of the program itself.
"""

import gc
import os
import sys
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from itss_kpi.console import (
    Command,
    Group,
    UsageError,
    as_json,
    complain,
    in_chinese,
    print_out,
    refuse,
    warn,
    write,
    write_bytes,
)
from itss_kpi.reader import start_early, stop_early
from itss_kpi.reporting import (
    EVIDENCE_ROWS,
    blank_work,
    check_output,
    import_analyses,
    read_analyses,
    review_of_work,
    unanalysed_lines,
    write_calendar,
    write_review,
    write_workbook,
)
from itss_kpi.work import (
    CATALOGUE,
    chosen_handouts,
    find_catalogue,
    load_catalogue,
    read_period,
    shown_numbers,
    trend_work,
    work_out,
)

if TYPE_CHECKING:
    from itss_kpi.problems import Problem
    from itss_kpi.results import Assessment, Report
    from itss_kpi.work import Work

__all__ = ["CATALOGUE", "app", "main", "run"]

GATE, USAGE, INTERNAL, INTERRUPTED = 1, 2, 70, 130

app = typer.Typer(
    cls=Group,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="运维服务指标计算:从各部门的台账到每项指标的结论,每个数字可追溯。",
)


class ReportFormat(StrEnum):
    """Forms of `evaluate`, `trend` and `compare`."""

    table = "table"
    json = "json"
    csv = "csv"
    markdown = "markdown"


class CheckFormat(StrEnum):
    """Forms of `check`."""

    text = "text"
    json = "json"
    junit = "junit"
    github = "github"


class StatusFormat(StrEnum):
    """Forms of `status`."""

    table = "table"
    json = "json"
    csv = "csv"


class PlanFormat(StrEnum):
    """Forms of `plan`."""

    table = "table"
    json = "json"
    csv = "csv"
    ics = "ics"


class ReviewFormat(StrEnum):
    """Forms of `review`."""

    docx = "docx"
    json = "json"


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
YearOption = Annotated[int | None, typer.Option("--year", help="哪一年;默认计划年度", metavar="年份")]
AsOfOption = Annotated[str | None, typer.Option("--as-of", help="截至某日(含)", metavar="日期")]
ReadingOption = Annotated[
    list[str] | None,
    typer.Option("--reading", help="读取限制:memory=、unpacked=、cache=(MiB)、seconds=(秒)", metavar="名称=值"),
]
CacheOption = Annotated[bool, typer.Option("--cache/--no-cache", help="用不用读取缓存")]
_REPORT_GATES = ("missed", "unverified", "missing_data", "undefined", "problems", "unanalysed")
FailOnOption = Annotated[str | None, typer.Option(help="遇这些情形以 1 退出,逗号分隔", metavar="情形")]
DebugOption = Annotated[bool, typer.Option("--debug", help="出错时显示程序信息")]


@app.command(cls=Command)
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
    fail_on: FailOnOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="另写出达成情况工作簿(同 report)", metavar="文件")
    ] = None,
    reading: ReadingOption = None,
    cache: CacheOption = True,
    debug: DebugOption = False,
) -> None:
    """计算考核期内到期的指标,列出结论;未到期的另列。

    --fail-on 可写 missed、unverified、missing_data、undefined、problems、unanalysed。

    unanalysed:未达成,而纠正措施台账中没有原因分析。
    """
    from itss_kpi.results import to_json

    gates = _gates(fail_on, _REPORT_GATES)
    if output is not None:
        check_output(output)
    ledgers = output is not None or "unanalysed" in gates
    work = work_out(catalogue, data, period, as_of, indicator, domain, reading, cached=cache, records=ledgers)
    lacking = unanalysed_lines(work) if "unanalysed" in gates else []
    match format:
        case ReportFormat.table:
            from itss_kpi.terminal import render_report

            print_out(render_report(work.report))
        case ReportFormat.json:
            write(as_json(to_json(work.report)))
        case ReportFormat.csv:
            from itss_kpi.terminal import report_csv

            write("\ufeff" + report_csv(work.report))
        case ReportFormat.markdown:
            from itss_kpi.terminal import report_markdown

            write(report_markdown(work.report) + "\n")
    if output is not None:
        write_workbook(work, output)
        complain(f"写出 {output}")
    for line in lacking:
        complain(line)
    if lacking or gates & _conditions(work.report):
        raise typer.Exit(GATE)


@app.command(cls=Command)
def report(
    period: Annotated[str | None, typer.Option("--period", "-p", help="默认计划年度", metavar="考核期")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="默认按考核期命名", metavar="文件")] = None,
    blank: Annotated[bool, typer.Option("--blank", help="只给空白表,不计算")] = False,
    evidence_rows: Annotated[
        int, typer.Option("--evidence-rows", help="每项最多列几行证据", min=1, max=1_000_000, metavar="行数")
    ] = EVIDENCE_ROWS,
    catalogue: CatalogueOption = None,
    data: DataOption = None,
    as_of: AsOfOption = None,
    fail_on: FailOnOption = None,
    reading: ReadingOption = None,
    cache: CacheOption = True,
    debug: DebugOption = False,
) -> None:
    """写出指标达成情况工作簿,每个数字可在其中复算。

    供管理评审、内审和审核员使用。重写同一文件时保留“未达成分析”中已填的内容。--fail-on 同 evaluate。
    """
    from itss_kpi.text import clean

    gates = _gates(fail_on, _REPORT_GATES)
    if output is not None:
        check_output(output)
    work = (
        blank_work(catalogue, period)
        if blank
        else work_out(catalogue, data, period, as_of, None, None, reading, cached=cache, records=True)
    )
    lacking = unanalysed_lines(work) if "unanalysed" in gates and not blank else []
    path = output or Path(f"{work.report.period}运维服务指标达成情况.xlsx")
    write_workbook(work, path, evidence_rows, blank=blank)
    write(f"写出 {clean(str(path))}\n")
    for line in lacking:
        complain(line)
    if lacking or gates & _conditions(work.report):
        raise typer.Exit(GATE)


@app.command(cls=Command)
def explain(
    indicator: Annotated[str, typer.Argument(help="指标的 id、序号或名称", metavar="指标")],
    period: PeriodOption,
    catalogue: CatalogueOption = None,
    data: DataOption = None,
    as_of: AsOfOption = None,
    rows: Annotated[Rows, typer.Option("--rows", "-r", help="列出哪些行")] = Rows.none,
    limit: Annotated[int, typer.Option(help="最多列出多少行", min=1)] = 200,
    reading: ReadingOption = None,
    cache: CacheOption = True,
    debug: DebugOption = False,
) -> None:
    """说明一项指标如何算得。

    列出公式与口径、精确分数、行数核对,以及每一行所在的文件、工作表与行号。
    """
    from itss_kpi.engine import trace
    from itss_kpi.terminal import render_explanation

    work = work_out(catalogue, data, period, as_of, [indicator], None, reading, cached=cache)
    chosen = work.indicators[0]
    wanted = [item for item in work.report.assessments if item.number == chosen.number]
    exact = [item for item in wanted if item.period == work.report.period]
    if not wanted:
        refuse(f"{chosen.name} 在 {work.report.period} 没有考核期")
    names = {name: source.name for name, source in work.catalogue.sources.items()}
    shown = exact or wanted
    for item in shown:
        found = trace(work.catalogue, work.tables, chosen, item.period, _seen(item)) if rows is not Rows.none else []
        listed = [row for row in found if rows.value in ("all", row.kind) and row.kind != "outside"]
        used = [export for export in work.report.exports if export.source in item.sources]
        exports = used if item is shown[-1] else []
        texts = [(row, work.row_texts(row, chosen)) for row in listed[:limit]]
        print_out(render_explanation(chosen, item, exports, texts, len(listed), names))


@app.command(cls=Command)
def trend(
    indicator: Annotated[list[str], typer.Argument(help="指标的 id、序号或名称,可写几个", metavar="指标")],
    first: Annotated[str | None, typer.Option("--from", help="从哪一期;默认计划年度", metavar="考核期")] = None,
    last: Annotated[str | None, typer.Option("--to", help="到哪一期", metavar="考核期")] = None,
    by: Annotated[str | None, typer.Option("--by", help="再按部门、项目等分列", metavar="维度")] = None,
    following: Annotated[
        int | None, typer.Option("--next", help="接下来这么多次中须成功几次", min=1, metavar="次数")
    ] = None,
    catalogue: CatalogueOption = None,
    data: DataOption = None,
    as_of: AsOfOption = None,
    format: Annotated[ReportFormat, typer.Option("--format", "-f", help="输出形式")] = ReportFormat.table,
    reading: ReadingOption = None,
    cache: CacheOption = True,
    debug: DebugOption = False,
) -> None:
    """纵向对比:指标各考核期的数值、结论、环比、同比、走势和本年至今。"""
    from itss_kpi.comparison import series
    from itss_kpi.trend_lists import Trends, render_trends, trends_csv, trends_json, trends_markdown

    work, start, end = trend_work(catalogue, data, first, last, as_of, indicator, reading, cached=cache, by=by)
    numbers = shown_numbers(work.indicators, indicator)
    archived, damage = work.archived(range(start.year - 1, end.year + 1))
    warn(damage)
    found = series(
        work.catalogue, work.tables, work.indicators, start, end, work.report.as_of, by,
        known=work.report.assessments, archived=archived, further=following,
    )  # fmt: skip
    shown = [one for one in found if one.number in numbers]
    trends = Trends(
        work.report.catalogue, start, end, work.report.as_of, by, following, shown, work.report.problems
    )  # fmt: skip
    match format:
        case ReportFormat.table:
            print_out(render_trends(trends))
        case ReportFormat.json:
            write(as_json(trends_json(trends)))
        case ReportFormat.csv:
            write("\ufeff" + trends_csv(trends))
        case ReportFormat.markdown:
            write(trends_markdown(trends) + "\n")
    if following and not any(point.outlook for one in shown for point in one.points):
        complain("没有可以推算的未到期考核,--next 不起作用")


@app.command(cls=Command)
def compare(
    period: PeriodOption,
    by: Annotated[str, typer.Option("--by", help="按什么分组,如 部门、项目、优先级", metavar="维度")],
    indicator: Annotated[
        list[str] | None, typer.Argument(help="指标的 id、序号或名称;不写即全部有这个维度的", metavar="指标")
    ] = None,
    catalogue: CatalogueOption = None,
    data: DataOption = None,
    as_of: AsOfOption = None,
    format: Annotated[ReportFormat, typer.Option("--format", "-f", help="输出形式")] = ReportFormat.table,
    reading: ReadingOption = None,
    cache: CacheOption = True,
    debug: DebugOption = False,
) -> None:
    """横向对比:按部门、项目等分组的数值、好坏与缺口。"""
    from itss_kpi.comparison import across_all
    from itss_kpi.comparison_lists import (
        Comparison,
        comparison_csv,
        comparison_json,
        comparison_markdown,
        render_comparison,
    )

    work = work_out(catalogue, data, period, as_of, indicator, None, reading, cached=cache, by=by)
    report, numbers = work.report, shown_numbers(work.indicators, indicator or ())
    found = across_all(
        work.catalogue, work.tables, work.indicators, report.period, report.as_of, by, report.assessments
    )  # fmt: skip
    listed = [one for number, breakdowns in found.items() if number in numbers for one in breakdowns]
    comparison = Comparison(report.catalogue, report.period, report.as_of, by, listed, report.problems)
    match format:
        case ReportFormat.table:
            print_out(render_comparison(comparison))
        case ReportFormat.json:
            write(as_json(comparison_json(comparison)))
        case ReportFormat.csv:
            write("\ufeff" + comparison_csv(comparison))
        case ReportFormat.markdown:
            write(comparison_markdown(comparison) + "\n")


@app.command(cls=Command)
def actions(
    taken_from: Annotated[Path | None, typer.Option("--import", help="导入此工作簿中填的分析", metavar="文件")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="导入写到哪个文件", metavar="文件")] = None,
    catalogue: CatalogueOption = None,
    data: DataOption = None,
    as_of: AsOfOption = None,
    format: Annotated[ReportFormat, typer.Option("--format", "-f", help="输出形式")] = ReportFormat.table,
    fail_on: FailOnOption = None,
    reading: ReadingOption = None,
    cache: CacheOption = True,
    debug: DebugOption = False,
) -> None:
    """跟踪纠正措施:没有分析的未达成、逾期、待验证,和措施的效果。

    --import 把工作簿“未达成分析”中填写的内容另写成一个台账文件,不改动已有的台账。

    --fail-on 可写 unanalysed、overdue、unverified_actions、incomplete、doubtful、
    ineffective;台账没有交齐时都不能通过。
    """
    from itss_kpi.action_lists import Actions, actions_csv, actions_json, actions_markdown, render_actions
    from itss_kpi.action_words import UNDECLARED
    from itss_kpi.actions import GATES, follow_up
    from itss_kpi.text import clean

    gates = _gates(fail_on, GATES)
    if output is not None and taken_from is None:
        refuse("--output 与 --import 同用:写明导入后写到哪个文件")
    kept = read_analyses(taken_from) if taken_from is not None else {}
    work = work_out(catalogue, data, None, as_of, None, None, reading, cached=cache, records=True)
    report = work.report
    found = follow_up(work.catalogue, work.records, report.assessments, report.period, report.as_of)
    if found is None:
        refuse(UNDECLARED)
    if taken_from is not None:
        taken, path = import_analyses(work.catalogue, kept, found, output)
        for text in taken:
            complain(text)
        write(f"写出 {clean(str(path))}\n" if path else "没有要导入的内容,没有写出文件\n")
        return
    shown = Actions(work.catalogue, report.catalogue, found, work.record_problems)
    match format:
        case ReportFormat.table:
            print_out(render_actions(shown))
        case ReportFormat.json:
            write(as_json(actions_json(shown)))
        case ReportFormat.csv:
            write("\ufeff" + actions_csv(shown))
        case ReportFormat.markdown:
            write(actions_markdown(shown) + "\n")
    if gates & found.conditions():
        raise typer.Exit(GATE)


@app.command(cls=Command)
def plan(
    year: YearOption = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="日历写到哪个文件", metavar="文件")] = None,
    catalogue: CatalogueOption = None,
    data: DataOption = None,
    as_of: AsOfOption = None,
    format: Annotated[PlanFormat, typer.Option("--format", "-f", help="输出形式")] = PlanFormat.table,
    reading: ReadingOption = None,
    cache: CacheOption = True,
    debug: DebugOption = False,
) -> None:
    """质量活动:计划的各项活动做了没有,和全年的检查日历。

    列出每项活动何时到期、何时完成、记录编号,和每月有哪些指标到期、向谁收哪些台账。

    --format ics 是日历文件,可以在 Outlook 等程序中打开。
    """
    from itss_kpi.activities import year_plan
    from itss_kpi.activity_words import NO_DEADLINE, undeclared_text
    from itss_kpi.plan_lists import PRODUCT, Plan, plan_csv, plan_ics, plan_json, render_plan
    from itss_kpi.text import clean

    if output is not None and format is not PlanFormat.ics:
        refuse("--output 与 --format ics 同用:写明日历写到哪个文件")
    period = None if year is None else str(year)
    work = work_out(catalogue, data, period, as_of, None, None, reading, cached=cache, records=True)
    found = year_plan(work.catalogue, work.records, work.report.as_of)
    if found is None:
        refuse(undeclared_text(work.catalogue))
    if found.year != work.report.period:
        refuse(f"指标目录是 {found.year} 年度的计划,没有 {period} 年的质量活动;请用 --catalogue 指明那一年的指标目录")
    shown = Plan(work.catalogue, work.report.catalogue, found, work.record_problems)
    match format:
        case PlanFormat.table:
            print_out(render_plan(shown))
        case PlanFormat.json:
            write(as_json(plan_json(shown)))
        case PlanFormat.csv:
            write("\ufeff" + plan_csv(shown))
        case PlanFormat.ics:
            content = plan_ics(shown)
            if output is None:
                write_bytes(content)
            else:
                write_calendar(output, content, PRODUCT)
                write(f"写出 {clean(str(output))}\n")
            if work.catalogue.plan.hand_in_days is None:
                complain(f"{NO_DEADLINE};日历中没有收台账的日子")


@app.command(cls=Command)
def satisfaction(
    year: YearOption = None,
    catalogue: CatalogueOption = None,
    data: DataOption = None,
    as_of: AsOfOption = None,
    format: Annotated[ReportFormat, typer.Option("--format", "-f", help="输出形式")] = ReportFormat.table,
    fail_on: FailOnOption = None,
    reading: ReadingOption = None,
    cache: CacheOption = True,
    debug: DebugOption = False,
) -> None:
    """客户满意度:谁没有答复,各项目、各调查项、各客户的得分与变化,意见。

    总分就是指标目录所写那项指标的考核。--fail-on 可写 uncovered(有客户没有确知的答复)、missing_data。
    """
    from itss_kpi.satisfaction import GATES, survey_of
    from itss_kpi.satisfaction_lists import Survey, render_survey, survey_csv, survey_json, survey_markdown
    from itss_kpi.satisfaction_words import NO_CUSTOMERS, UNDECLARED

    gates = _gates(fail_on, GATES)
    declared, _, _ = load_catalogue(find_catalogue(catalogue))
    # the survey rests on this indicator and its ledger alone
    wanted = [str(declared.satisfaction.indicator)] if declared.satisfaction else None
    whole = str(year or declared.plan.year)
    work = work_out(catalogue, data, whole, as_of, wanted, None, reading, cached=cache)
    report = work.report
    archived, damage = work.archived([report.period.year - 1])
    warn(damage)
    found = survey_of(
        work.catalogue, work.tables, report.period, report.as_of, known=report.assessments, archived=archived
    )
    if found is None:
        refuse(UNDECLARED)
    if "uncovered" in gates and not found.declared:
        refuse(NO_CUSTOMERS)
    shown = Survey(work.catalogue, report.catalogue, found, report.problems)
    match format:
        case ReportFormat.table:
            print_out(render_survey(shown))
        case ReportFormat.json:
            write(as_json(survey_json(shown)))
        case ReportFormat.csv:
            write("\ufeff" + survey_csv(shown))
        case ReportFormat.markdown:
            write(survey_markdown(shown) + "\n")
    if gates & found.conditions():
        raise typer.Exit(GATE)


@app.command(cls=Command)
def supervision(
    year: YearOption = None,
    period: Annotated[str | None, typer.Option("--period", "-p", help="只看这一期;默认全年", metavar="考核期")] = None,
    catalogue: CatalogueOption = None,
    data: DataOption = None,
    as_of: AsOfOption = None,
    format: Annotated[ReportFormat, typer.Option("--format", "-f", help="输出形式")] = ReportFormat.table,
    fail_on: FailOnOption = None,
    reading: ReadingOption = None,
    cache: CacheOption = True,
    debug: DebugOption = False,
) -> None:
    """监督检查:应查的查了没有、符合率、未关闭和重复发生的问题。

    --fail-on 可写 unchecked、open、repeated、doubtful、missing_data;
    记录没有交齐时,不知道的都不能通过。
    """
    from itss_kpi.supervision import GATES, SOURCE, supervise
    from itss_kpi.supervision_lists import (
        Checks,
        render_supervision,
        supervision_csv,
        supervision_json,
        supervision_markdown,
    )
    from itss_kpi.supervision_words import UNDECLARED

    gates = _gates(fail_on, GATES)
    if year is not None and period is not None:
        refuse("--year 与 --period 只写一个")
    wanted = str(year) if year is not None else period
    work = work_out(catalogue, data, wanted, as_of, None, None, reading, cached=cache, records=True)
    report = work.report
    found = supervise(work.catalogue, work.ledgers, report.period, report.as_of)
    if found is None:
        refuse(UNDECLARED)
    shown = Checks(work.catalogue, report.catalogue, found, work.problems_of(SOURCE))
    match format:
        case ReportFormat.table:
            print_out(render_supervision(shown))
        case ReportFormat.json:
            write(as_json(supervision_json(shown)))
        case ReportFormat.csv:
            write("\ufeff" + supervision_csv(shown))
        case ReportFormat.markdown:
            write(supervision_markdown(shown) + "\n")
    if gates & found.conditions():
        raise typer.Exit(GATE)


@app.command(cls=Command)
def findings(
    year: YearOption = None,
    catalogue: CatalogueOption = None,
    data: DataOption = None,
    as_of: AsOfOption = None,
    format: Annotated[ReportFormat, typer.Option("--format", "-f", help="输出形式")] = ReportFormat.table,
    fail_on: FailOnOption = None,
    reading: ReadingOption = None,
    cache: CacheOption = True,
    debug: DebugOption = False,
) -> None:
    """不符合项与改进计划:未关闭、逾期、关闭用了几天,和对指标的效果。

    --fail-on 可写 overdue、open、doubtful、unevaluated、contradictory、
    ineffective、missing_data;台账没有交齐时都不能通过。
    """
    from itss_kpi.finding_lists import FindingLists, findings_csv, findings_json, findings_markdown, render_findings
    from itss_kpi.finding_words import UNDECLARED
    from itss_kpi.findings import GATES, SOURCES, look_into

    gates = _gates(fail_on, GATES)
    wanted = str(year) if year is not None else None
    work = work_out(catalogue, data, wanted, as_of, None, None, reading, cached=cache, records=True)
    report = work.report
    found = look_into(work.catalogue, work.ledgers, report.assessments, report.period, report.as_of)
    if found is None:
        refuse(UNDECLARED)
    shown = FindingLists(work.catalogue, report.catalogue, found, work.problems_of(*SOURCES))
    match format:
        case ReportFormat.table:
            print_out(render_findings(shown))
        case ReportFormat.json:
            write(as_json(findings_json(shown)))
        case ReportFormat.csv:
            write("\ufeff" + findings_csv(shown))
        case ReportFormat.markdown:
            write(findings_markdown(shown) + "\n")
    if gates & found.conditions():
        raise typer.Exit(GATE)


@app.command(cls=Command)
def review(
    year: YearOption = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="默认按年度命名", metavar="文件")] = None,
    catalogue: CatalogueOption = None,
    data: DataOption = None,
    as_of: AsOfOption = None,
    format: Annotated[ReviewFormat, typer.Option("--format", "-f", help="输出形式")] = ReviewFormat.docx,
    reading: ReadingOption = None,
    cache: CacheOption = True,
    debug: DebugOption = False,
) -> None:
    """写出管理评审的输入材料(Word 文档),每个数字写明出处。

    审核与监督检查、客户反馈、指标达成、不符合项与纠正措施、上次评审的跟踪、改进建议。

    只覆盖本程序写出而没有改动过的文档;--format json 输出同样的内容。
    """
    from itss_kpi.review import UNDECLARED, to_json
    from itss_kpi.text import clean

    if output is not None:
        if format is ReviewFormat.json:
            refuse("--output 与 --format docx 同用:写明文档写到哪个文件")
        check_output(output, "文档", ".docx")
    work = work_out(
        catalogue, data, str(year) if year else None, as_of, None, None, reading, cached=cache, records=True
    )
    found = review_of_work(work)
    if found is None:
        refuse(UNDECLARED)
    if format is ReviewFormat.json:
        write(as_json(to_json(found)))
        return
    path = output or Path(f"{found.period}管理评审输入.docx")
    write_review(found, path)
    write(f"写出 {clean(str(path))}\n")


@app.command(cls=Command)
def check(
    period: Annotated[str | None, typer.Option("--period", "-p", help="默认全年", metavar="考核期")] = None,
    catalogue: CatalogueOption = None,
    data: DataOption = None,
    reading: ReadingOption = None,
    cache: CacheOption = True,
    format: Annotated[CheckFormat, typer.Option("--format", "-f", help="输出形式")] = CheckFormat.text,
    explain: Annotated[str | None, typer.Option(help="只说明这个问题代码;all 列出全部", metavar="代码")] = None,
    debug: DebugOption = False,
) -> None:
    """检查指标目录与台账,按部门和文件列出全部问题;有错误时以 1 退出。"""
    from itss_kpi.problems import KpiError, errors

    if explain is not None:
        _explain_code(explain)
        return
    try:
        work = work_out(catalogue, data, period, None, None, None, reading, cached=cache, records=True)
    except KpiError as error:
        if format is CheckFormat.text:
            raise
        # who reads a form that is made for programs looks for the problems there
        _print_problems(format, error.problems, None)
        raise typer.Exit(error.exit_code) from None
    problems = [*work.report.problems, *work.record_problems]
    _print_problems(format, problems, work)
    if errors(problems):
        raise typer.Exit(GATE)


def _explain_code(wanted: str) -> None:
    from itss_kpi.expression import suggestion
    from itss_kpi.problem_lists import codes_markdown, render_code
    from itss_kpi.problems import CODES

    code = wanted.strip().upper()
    if code == "ALL":
        write(codes_markdown())
    elif code in CODES:
        print_out(render_code(code))
    else:
        refuse(f"没有这个问题代码:{wanted}{suggestion(code, CODES)}")


def _print_problems(format: CheckFormat, problems: "Sequence[Problem]", work: "Work | None") -> None:
    """The problems in the form asked for; `work` is None where nothing could be worked out."""
    from itss_kpi.problem_lists import problems_github, problems_json, problems_junit, render_problems

    departments = work.catalogue.plan.departments if work else ()
    match format:
        case CheckFormat.text:
            print_out(render_problems(problems, departments), soft_wrap=True)
        case CheckFormat.json:
            write(as_json(problems_json(problems, departments)))
        case CheckFormat.junit:
            write(problems_junit(problems, departments, [one.path for one in work.exports] if work else []))
        case CheckFormat.github:
            write(problems_github(problems, departments, Path(os.path.relpath(work.folder)).as_posix() if work else ""))


@app.command(cls=Command)
def status(
    period: PeriodOption,
    catalogue: CatalogueOption = None,
    data: DataOption = None,
    as_of: AsOfOption = None,
    format: Annotated[StatusFormat, typer.Option("--format", "-f", help="输出形式")] = StatusFormat.table,
    fail_on: FailOnOption = None,
    reading: ReadingOption = None,
    cache: CacheOption = True,
    debug: DebugOption = False,
) -> None:
    """列出各部门应交台账的收交情况,和该向谁催什么。

    --fail-on 可写 missing、late、problems。
    """
    from itss_kpi.collection import collect, to_json
    from itss_kpi.collection_lists import collection_csv, render_collection

    gates = _gates(fail_on, ("missing", "late", "problems"))
    work = work_out(catalogue, data, period, as_of, None, None, reading, cached=cache, after_hand_in=True)
    found = collect(work.catalogue, work.report, work.handed_in())
    match format:
        case StatusFormat.table:
            print_out(render_collection(found))
        case StatusFormat.json:
            write(as_json(to_json(found)))
        case StatusFormat.csv:
            write("\ufeff" + collection_csv(found))
    if gates & found.conditions():
        raise typer.Exit(GATE)


@app.command(cls=Command)
def batch(
    output: Annotated[Path, typer.Option("--output-dir", "-o", help="写到哪个文件夹", metavar="文件夹")],
    year: Annotated[int | None, typer.Option(help="哪一年;默认计划年度", metavar="年份")] = None,
    each: Annotated[str, typer.Option("--each", help="哪些周期,逗号分隔", metavar="周期")] = "month,quarter,half,year",
    plan: Annotated[bool, typer.Option("--plan", help="只列出要做什么")] = False,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", help="几个进程同时写;默认按核数", min=1, max=64, metavar="进程数")
    ] = None,
    catalogue: Annotated[
        list[Path] | None, typer.Option("--catalogue", "-c", help="指标目录文件,可多次写", metavar="文件")
    ] = None,
    as_of: AsOfOption = None,
    reading: ReadingOption = None,
    cache: CacheOption = True,
    debug: DebugOption = False,
) -> None:
    """为全年已到期的各考核期各写一个工作簿,另写索引。

    台账只读一次,已有而没有变化的不重写;一期失败不影响其他,最后以 1 退出。几个指标目录时每个一个文件夹。
    """
    from itss_kpi.batch import batch_year, lines, write_index
    from itss_kpi.period import PeriodKind

    kinds = [PeriodKind(kind) for kind in PeriodKind if kind in _gates(each, [*PeriodKind], "--each")]
    done = batch_year(catalogue, year, kinds, output, as_of, reading, cached=cache, only_plan=plan, jobs=jobs)
    for line in lines(done, planned=plan):
        write(line + "\n")
    for one in done:
        for outcome in one.outcomes:
            if outcome.error:
                complain(f"{outcome.task.period} 没有生成:{outcome.error}")
    if not plan:
        write_index(done, output)
    if any(outcome.error for one in done for outcome in one.outcomes):
        raise typer.Exit(GATE)


@app.command(cls=Command)
def close(
    period: PeriodOption,
    by: Annotated[str, typer.Option("--by", help="由谁关账(角色)", metavar="角色")] = "",
    note: Annotated[str, typer.Option("--note", help="备注", metavar="文字")] = "",
    accept: Annotated[str | None, typer.Option(help="虽有这些情形仍关账,逗号分隔", metavar="情形")] = None,
    supersede: Annotated[bool, typer.Option("--supersede", help="取代已有的关账")] = False,
    reason: Annotated[str, typer.Option("--reason", help="取代的原因", metavar="文字")] = "",
    catalogue: CatalogueOption = None,
    data: DataOption = None,
    as_of: AsOfOption = None,
    reading: ReadingOption = None,
    cache: CacheOption = True,
    debug: DebugOption = False,
) -> None:
    """关账:把考核期的结果、工作簿、指标目录和台账各行存入归档。

    还有台账没交或数据问题时不关账,除非 --accept missing_data,problems;归档会记下。
    """
    from itss_kpi.closing import ACCEPTABLE, close_period
    from itss_kpi.text import clean

    accepted = _gates(accept, ACCEPTABLE, "--accept")
    if supersede != bool(reason.strip()):
        refuse("--supersede 须与 --reason 同写:写明为什么取代")
    work = work_out(catalogue, data, period, as_of, None, None, reading, cached=cache, records=True)
    folder, refused = close_period(work, by, note, accepted, reason.strip())
    for text in refused:
        complain(text)
    if folder is None:
        raise typer.Exit(GATE)
    write(f"已关账 {clean(str(folder))}\n")


@app.command(cls=Command)
def verify(
    period: Annotated[
        list[str] | None, typer.Option("--period", "-p", help="只核对这期,可多次写;默认全部", metavar="考核期")
    ] = None,
    catalogue: CatalogueOption = None,
    data: DataOption = None,
    format: Annotated[PlainFormat, typer.Option("--format", "-f", help="输出形式")] = PlainFormat.table,
    reading: ReadingOption = None,
    cache: CacheOption = True,
    debug: DebugOption = False,
) -> None:
    """核对归档:关账以后哪些结果、文件和行变了;有变化时以 1 退出。"""
    from itss_kpi.closing import verify_periods
    from itss_kpi.drift_lists import drift_json, render_drift

    wanted = [str(read_period(text)) for text in period or []]
    work, drifts, damage = verify_periods(catalogue, data, wanted, reading, cached=cache)
    if format is PlainFormat.json:
        write(as_json(drift_json(drifts, damage)))
    else:
        names = {name: source.name for name, source in work.catalogue.sources.items()}
        print_out(render_drift(drifts, damage, names), soft_wrap=True)
    if damage or any(one.any for one in drifts):
        raise typer.Exit(GATE)


@app.command(cls=Command)
def catalogue(
    catalogue: CatalogueOption = None,
    format: Annotated[PlainFormat, typer.Option("--format", "-f", help="输出形式")] = PlainFormat.table,
    schema: Annotated[bool, typer.Option("--schema", help="输出 JSON Schema")] = False,
    debug: DebugOption = False,
) -> None:
    """显示指标目录,或它的 JSON Schema。"""
    from itss_kpi.catalogue import json_schema

    if schema:
        write(as_json(json_schema()))
        return
    loaded, problems, _ = load_catalogue(find_catalogue(catalogue))
    warn(problems)
    if format is PlainFormat.json:
        write(as_json(loaded.model_dump(mode="json", exclude_none=True)))
        return
    from itss_kpi.terminal import render_catalogue

    print_out(render_catalogue(loaded))


@app.command(name="cache", cls=Command)
def cache_command(
    clear: Annotated[bool, typer.Option("--clear", help="清空")] = False,
    debug: DebugOption = False,
) -> None:
    """显示读取缓存所在的文件夹与大小,或清空它。"""
    from itss_kpi.grid_cache import cache_folder, cache_size, clear_cache

    if clear:
        write(f"已清空读取缓存,释放 {clear_cache() / 1048576:.1f} MiB\n")
    else:
        write(f"{cache_folder()}:{cache_size() / 1048576:.1f} MiB\n")


@app.command(cls=Command)
def template(
    output: Annotated[Path, typer.Option("--output", "-o", help="写到哪个文件夹,其下每个部门一个", metavar="文件夹")],
    sources: Annotated[list[str] | None, typer.Argument(help="台账的代号或名称;不写即全部", metavar="台账")] = None,
    department: Annotated[str | None, typer.Option("--department", help="只给这个部门", metavar="部门")] = None,
    period: Annotated[
        str | None, typer.Option("--period", "-p", help="写进文件名;默认计划年度", metavar="考核期")
    ] = None,
    catalogue: CatalogueOption = None,
    debug: DebugOption = False,
) -> None:
    """生成发给各部门填写的空白表,每个部门、每个台账一个。

    已有的文件不改动;有未写出的,以 1 退出。
    """
    from itss_kpi.templates import file_name, workbook
    from itss_kpi.text import is_file_name

    path = find_catalogue(catalogue)
    loaded, problems, _ = load_catalogue(path)
    warn(problems)
    named = read_period(period or str(loaded.plan.year))
    left = 0
    for submitter, source in chosen_handouts(loaded, sources, department):
        name, remark = file_name(loaded, source, submitter, named)
        if name and not is_file_name(submitter):
            name, remark = "", f"“{submitter}”不能作文件夹的名称"
        if remark:
            complain(f"{'注意' if name else '未写'} {remark}")
        content = workbook(loaded, source, submitter, named, name) if name else None
        left += content is None or not _make(output / submitter / name, content)
    if output.resolve() == (path.parent / loaded.data).resolve():
        complain("注意 空白表写进了台账文件夹:没有填写的表会被当作“交了,没有发生”")
    if left:
        raise typer.Exit(GATE)


@app.command(cls=Command)
def init(
    folder: Annotated[Path, typer.Argument(help="新项目的文件夹,可以已经存在", metavar="文件夹")],
    year: Annotated[int | None, typer.Option(help="计划年度;默认今年", metavar="年份")] = None,
    organization: Annotated[str, typer.Option(help="单位名称", metavar="名称")] = "示例公司",
    departments: Annotated[
        str, typer.Option(help="体系覆盖部门,逗号分隔", metavar="部门")
    ] = "运维部,客服部,综合管理部",
    debug: DebugOption = False,
) -> None:
    """建立一个新项目:指标目录样例、各部门的台账文件夹、说明。

    已有的文件不改动。
    """
    from itss_kpi.starter import DATA, starter_files
    from itss_kpi.text import clean

    planned = date.today().year if year is None else year
    if not 1900 <= planned <= 2199:
        refuse(f"年份须在 1900 到 2199 之间,不能是 {planned}")
    if not organization.strip():
        refuse("单位名称不能为空")
    listed = _departments(departments)
    for name, text in starter_files(planned, organization.strip(), listed, CATALOGUE).items():
        _make(folder / name, text.encode())
    for department in listed:
        _make(folder / DATA / department, None)
    write(f"下一步:按“{clean(str(folder / 'README.md'))}”修改指标目录,然后在该文件夹中运行 itss-kpi check\n")


def _departments(text: str) -> list[str]:
    import re

    from itss_kpi.text import is_file_name

    listed = [part.strip() for part in re.split("[,\uff0c、]", text) if part.strip()]
    if not listed:
        refuse("至少写一个部门")
    for department in listed:
        if not is_file_name(department):
            refuse(f"“{department}”不能作部门文件夹的名称")
        if listed.count(department) > 1:
            refuse(f"部门“{department}”写了两次")
    return listed


def _make(path: Path, content: bytes | None) -> bool:
    """Write a file (None: make a folder) and say so, or that it was there already."""
    from itss_kpi.text import clean
    from itss_kpi.whole_files import make_folder, write_new

    try:
        made = make_folder(path) if content is None else write_new(path, content)
    except OSError as error:
        refuse(f"写不了 {path}:{error.strerror}")
    if made:
        write(f"写出 {clean(str(path))}\n")
    else:
        complain(f"已有,未改动 {path}")
    return made


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


def _gates(text: str | None, known: Sequence[str], option: str = "--fail-on") -> set[str]:
    gates = {part.strip() for part in (text or "").split(",") if part.strip()}
    for gate in gates - set(known):
        refuse(f"{option} 没有“{gate}”;可用 {'、'.join(known)}")
    return gates


def _conditions(report: "Report") -> set[str]:
    from itss_kpi.problems import errors

    found = {item.verdict.value for item in report.due}
    return found | ({"problems"} if errors(report.problems) else set())


def _seen(item: "Assessment") -> date:
    from datetime import timedelta

    return item.window[1] - timedelta(days=1)


# ---- leaving


_READING = (
    "evaluate", "report", "explain", "trend", "compare", "actions", "plan", "satisfaction", "supervision", "findings",
    "review", "check", "status", "batch", "close", "verify",
)  # fmt: skip
"""The commands that read exports."""


def main() -> None:
    """The console script."""
    # one short run: nothing is gained by looking for garbage, neither on the way nor when leaving
    gc.disable()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for some takes longer than the catalogue
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        if sys.argv[1:2] and sys.argv[1] in _READING and "--help" not in sys.argv:
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
    from itss_kpi.problems import KpiError

    try:
        code: int | None = app(list(arguments), prog_name="itss-kpi", standalone_mode=False)
        if code == INTERRUPTED:
            complain("已中断")
        return code or 0
    except UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            return USAGE  # the help has been printed
        complain(f"用法有误:{in_chinese(error)}")
        complain("用 itss-kpi --help 查看用法")
        return USAGE
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
