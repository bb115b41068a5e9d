"""The commands about the rest of the plan: what is done about what fell short, activities, survey, checks, findings.

Convention: as in `cli`: parse, call, render, exit; each command imports what it uses.
"""

from pathlib import Path
from typing import Annotated

import typer

from itss_kpi.app.console import (
    as_json,
    complain,
    refuse,
    warn,
    write,
    write_bytes,
)
from itss_kpi.app.evaluation import (
    find_catalogue,
    load_catalogue,
    work_out,
)
from itss_kpi.app.reports import (
    check_output,
    import_analyses,
    read_analyses,
    write_calendar,
    write_review,
)
from itss_kpi.cli.options import (
    GATE,
    AsOfOption,
    CacheOption,
    CatalogueOption,
    DataOption,
    DebugOption,
    FailOnOption,
    PlanFormat,
    ReadingOption,
    ReportFormat,
    ReviewFormat,
    YearOption,
    gates_of,
    show,
    show_page,
)


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
    from itss_kpi.core.text import clean
    from itss_kpi.plan.action_words import UNDECLARED
    from itss_kpi.plan.actions import GATES, follow_up
    from itss_kpi.render.action_lists import Actions, actions_csv, actions_json, actions_markdown, render_actions

    gates = gates_of(fail_on, GATES)
    if output is not None and taken_from is None:
        refuse("--output 与 --import 同用:写明导入后写到哪个文件")
    kept = read_analyses(taken_from) if taken_from is not None else {}
    work = work_out(catalogue, data, None, as_of, None, None, reading, cached=cache, records=True)
    report = work.report
    found = follow_up(work.catalogue, work.ledgers, report.assessments, report.period, report.as_of)
    if found is None:
        refuse(UNDECLARED)
    if taken_from is not None:
        taken, path = import_analyses(work.catalogue, kept, found, output)
        for text in taken:
            complain(text)
        write(f"写出 {clean(str(path))}\n" if path else "没有要导入的内容,没有写出文件\n")
        return
    shown = Actions(work.catalogue, report.catalogue, found, work.record_problems)
    show(format, shown, render_actions, actions_json, actions_csv, actions_markdown)
    if gates & found.conditions():
        raise typer.Exit(GATE)


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
    from itss_kpi.core.text import clean
    from itss_kpi.pages.activities import activities_page
    from itss_kpi.plan.activities import to_json, year_plan
    from itss_kpi.plan.activity_words import NO_DEADLINE, undeclared_text
    from itss_kpi.render.calendar import PRODUCT, plan_ics

    if output is not None and format is not PlanFormat.ics:
        refuse("--output 与 --format ics 同用:写明日历写到哪个文件")
    period = None if year is None else str(year)
    work = work_out(catalogue, data, period, as_of, None, None, reading, cached=cache, records=True)
    found = year_plan(work.catalogue, work.ledgers, work.report.as_of)
    if found is None:
        refuse(undeclared_text(work.catalogue))
    if found.year != work.report.period:
        refuse(f"指标目录是 {found.year} 年度的计划,没有 {period} 年的质量活动;请用 --catalogue 指明那一年的指标目录")
    if format is not PlanFormat.ics:
        page = activities_page(work.catalogue, found)
        identity, problems = work.report.catalogue, work.record_problems
        show_page(ReportFormat(format.value), page, lambda: to_json(found, identity, problems))
        return
    content = plan_ics(work.catalogue, found)
    if output is None:
        write_bytes(content)
    else:
        write_calendar(output, content, PRODUCT)
        write(f"写出 {clean(str(output))}\n")
    if work.catalogue.plan.hand_in_days is None:
        complain(f"{NO_DEADLINE};日历中没有收台账的日子")


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
    """客户满意度:谁没有答复,各项目、调查项、客户的得分,意见。

    总分就是指标目录所写那项指标的考核。--fail-on 可写 uncovered(有客户没有确知的答复)、missing_data。
    """
    from itss_kpi.pages.satisfaction import satisfaction_page
    from itss_kpi.plan.satisfaction import GATES, survey_of, to_json
    from itss_kpi.plan.satisfaction_words import NO_CUSTOMERS, UNDECLARED

    gates = gates_of(fail_on, GATES)
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
    page = satisfaction_page(work.catalogue, found)
    show_page(format, page, lambda: to_json(found, report.catalogue, report.problems))
    if gates & found.conditions():
        raise typer.Exit(GATE)


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
    from itss_kpi.pages.supervision import supervision_page
    from itss_kpi.plan.supervision import GATES, SOURCE, supervise, to_json
    from itss_kpi.plan.supervision_words import UNDECLARED

    gates = gates_of(fail_on, GATES)
    if year is not None and period is not None:
        refuse("--year 与 --period 只写一个")
    wanted = str(year) if year is not None else period
    work = work_out(catalogue, data, wanted, as_of, None, None, reading, cached=cache, records=True)
    report = work.report
    found = supervise(work.catalogue, work.ledgers, report.period, report.as_of)
    if found is None:
        refuse(UNDECLARED)
    page = supervision_page(work.catalogue, found)
    show_page(format, page, lambda: to_json(found, report.catalogue, work.problems_of(SOURCE)))
    if gates & found.conditions():
        raise typer.Exit(GATE)


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
    from itss_kpi.plan.nonconformities import GATES, SOURCES, look_into
    from itss_kpi.plan.nonconformity_words import UNDECLARED
    from itss_kpi.render.nonconformity_lists import (
        FindingLists,
        findings_csv,
        findings_json,
        findings_markdown,
        render_findings,
    )

    gates = gates_of(fail_on, GATES)
    wanted = str(year) if year is not None else None
    work = work_out(catalogue, data, wanted, as_of, None, None, reading, cached=cache, records=True)
    report = work.report
    found = look_into(work.catalogue, work.ledgers, report.assessments, report.period, report.as_of)
    if found is None:
        refuse(UNDECLARED)
    shown = FindingLists(work.catalogue, report.catalogue, found, work.problems_of(*SOURCES))
    show(format, shown, render_findings, findings_json, findings_csv, findings_markdown)
    if gates & found.conditions():
        raise typer.Exit(GATE)


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
    from itss_kpi.core.text import clean
    from itss_kpi.pages.review import UNDECLARED, review_of, to_json

    if output is not None:
        if format is ReviewFormat.json:
            refuse("--output 与 --format docx 同用:写明文档写到哪个文件")
        check_output(output, "文档", ".docx")
    work = work_out(
        catalogue, data, str(year) if year else None, as_of, None, None, reading, cached=cache, records=True
    )
    plan_year, damage = work.year()
    warn(damage)
    found = review_of(plan_year)
    if found is None:
        refuse(UNDECLARED)
    if format is ReviewFormat.json:
        write(as_json(to_json(found)))
        return
    path = output or Path(f"{found.period}管理评审输入.docx")
    write_review(found, path)
    write(f"写出 {clean(str(path))}\n")
