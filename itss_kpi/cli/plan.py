"""The commands about the rest of the plan: what is done about what fell short, activities, survey, checks, findings,
clauses.

Convention: as in `cli`: parse, call, render, exit; each command imports what it uses.
"""

from pathlib import Path
from typing import Annotated

import typer

from itss_kpi.app.inputs import Inputs
from itss_kpi.cli.console import (
    complain,
    refuse,
    warn,
    write,
    write_bytes,
)
from itss_kpi.cli.inputs import takes_inputs
from itss_kpi.cli.options import (
    GATE,
    FailOnOption,
    PlanFormat,
    ReportFormat,
    ReviewFormat,
    YearOption,
    gates_of,
    show_page,
)
from itss_kpi.core.jsonable import json_text


@takes_inputs()
def actions(
    *,
    taken_from: Annotated[Path | None, typer.Option("--import", help="导入此工作簿中填的分析", metavar="文件")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="导入写到哪个文件", metavar="文件")] = None,
    inputs: Inputs,
    format: Annotated[ReportFormat, typer.Option("--format", "-f", help="输出形式")] = ReportFormat.table,
    fail_on: FailOnOption = None,
) -> None:
    """跟踪纠正措施:没有分析的未达成、逾期、待验证,和措施的效果。

    --import 把工作簿“未达成分析”中填写的内容另写成一个台账文件,不改动已有的台账。

    --fail-on 可写 unanalysed、overdue、unverified_actions、incomplete、doubtful、
    ineffective;台账没有交齐时都不能通过。
    """
    from itss_kpi.app.evaluation import evaluate_files
    from itss_kpi.app.reports import import_analyses, read_analyses
    from itss_kpi.core.text import clean
    from itss_kpi.pages.actions import actions_page
    from itss_kpi.plan.action_words import UNDECLARED
    from itss_kpi.plan.actions import GATES, to_json

    gates = gates_of(fail_on, GATES)
    if output is not None and taken_from is None:
        refuse("--output 与 --import 同用:写明导入后写到哪个文件")
    kept, lost = read_analyses(taken_from) if taken_from is not None else ({}, [])
    evaluation = evaluate_files(inputs, records=True)
    found = evaluation.year.actions
    if found is None:
        refuse(UNDECLARED)
    if taken_from is not None:
        taken, path = import_analyses(evaluation.catalogue, kept, found, output)
        for text in (*lost, *taken):
            complain(text)
        write(f"写出 {clean(str(path))}\n" if path else "没有要导入的内容,没有写出文件\n")
        return
    page = actions_page(evaluation.catalogue, found)
    show_page(format, page, lambda: to_json(found, evaluation.report.catalogue, evaluation.record_problems))
    if gates & found.conditions():
        raise typer.Exit(GATE)


@takes_inputs()
def plan(
    *,
    year: YearOption = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="日历写到哪个文件", metavar="文件")] = None,
    inputs: Inputs,
    format: Annotated[PlanFormat, typer.Option("--format", "-f", help="输出形式")] = PlanFormat.table,
) -> None:
    """质量活动:计划的各项活动做了没有,和全年的检查日历。

    列出每项活动何时到期、何时完成、记录编号,和每月有哪些指标到期、向谁收哪些台账。

    --format ics 是日历文件,可以在 Outlook 等程序中打开。
    """
    from itss_kpi.app.evaluation import evaluate_files
    from itss_kpi.app.reports import write_calendar
    from itss_kpi.core.text import clean
    from itss_kpi.pages.activities import activities_page
    from itss_kpi.plan.activities import to_json
    from itss_kpi.plan.activity_words import NO_DEADLINE, undeclared_text
    from itss_kpi.render.calendar import PRODUCT, plan_ics

    if output is not None and format is not PlanFormat.ics:
        refuse("--output 与 --format ics 同用:写明日历写到哪个文件")
    period = None if year is None else str(year)
    evaluation = evaluate_files(inputs, period, records=True)
    found, planned = evaluation.year.activities, evaluation.catalogue.plan.year
    if found is None:
        other = f"指标目录是 {planned} 年度的计划,没有 {year} 年的质量活动;请用 --catalogue 指明那一年的指标目录"
        refuse(undeclared_text(evaluation.catalogue) or other)
    if format is not PlanFormat.ics:
        page = activities_page(evaluation.catalogue, found)
        identity, problems = evaluation.report.catalogue, evaluation.record_problems
        show_page(ReportFormat(format.value), page, lambda: to_json(found, identity, problems))
        return
    content = plan_ics(evaluation.catalogue, found)
    if output is None:
        write_bytes(content)
    else:
        write_calendar(output, content, PRODUCT)
        write(f"写出 {clean(str(output))}\n")
    if evaluation.catalogue.plan.hand_in_days is None:
        complain(f"{NO_DEADLINE};日历中没有收台账的日子")


@takes_inputs()
def satisfaction(
    *,
    year: YearOption = None,
    inputs: Inputs,
    format: Annotated[ReportFormat, typer.Option("--format", "-f", help="输出形式")] = ReportFormat.table,
    fail_on: FailOnOption = None,
) -> None:
    """客户满意度:谁没有答复,各项目、调查项、客户的得分,意见。

    总分就是指标目录所写那项指标的考核。--fail-on 可写 uncovered(有客户没有确知的答复)、missing_data。
    """
    from itss_kpi.app.evaluation import evaluate_files, find_catalogue, load_catalogue
    from itss_kpi.pages.satisfaction import satisfaction_page
    from itss_kpi.plan.satisfaction import GATES, to_json
    from itss_kpi.plan.satisfaction_words import NO_CUSTOMERS, UNDECLARED

    gates = gates_of(fail_on, GATES)
    declared, _, _ = load_catalogue(find_catalogue(inputs.catalogue))
    # the survey rests on this indicator and its ledger alone
    wanted = [str(declared.satisfaction.indicator)] if declared.satisfaction else []
    whole = str(year or declared.plan.year)
    evaluation = evaluate_files(inputs, whole, indicators=wanted)
    report = evaluation.report
    warn(evaluation.year.damage)
    found = evaluation.year.survey
    if found is None:
        refuse(UNDECLARED)
    if "uncovered" in gates and not found.declared:
        refuse(NO_CUSTOMERS)
    page = satisfaction_page(evaluation.catalogue, found)
    show_page(format, page, lambda: to_json(found, report.catalogue, report.problems))
    if gates & found.conditions():
        raise typer.Exit(GATE)


@takes_inputs()
def supervision(
    *,
    year: YearOption = None,
    period: Annotated[str | None, typer.Option("--period", "-p", help="只看这一期;默认全年", metavar="考核期")] = None,
    inputs: Inputs,
    format: Annotated[ReportFormat, typer.Option("--format", "-f", help="输出形式")] = ReportFormat.table,
    fail_on: FailOnOption = None,
) -> None:
    """监督检查:应查的查了没有、符合率、未关闭和重复发生的问题。

    --fail-on 可写 unchecked、open、repeated、doubtful、missing_data;
    记录没有交齐时,不知道的都不能通过。
    """
    from itss_kpi.app.evaluation import evaluate_files
    from itss_kpi.pages.supervision import supervision_page
    from itss_kpi.plan.supervision import GATES, SOURCE, supervise, to_json
    from itss_kpi.plan.supervision_words import UNDECLARED

    gates = gates_of(fail_on, GATES)
    if year is not None and period is not None:
        refuse("--year 与 --period 只写一个")
    wanted = str(year) if year is not None else period
    evaluation = evaluate_files(inputs, wanted, records=True)
    report = evaluation.report
    found = supervise(evaluation.catalogue, evaluation.ledgers, report.period, report.as_of)
    if found is None:
        refuse(UNDECLARED)
    page = supervision_page(evaluation.catalogue, found)
    show_page(format, page, lambda: to_json(found, report.catalogue, evaluation.problems_of(SOURCE)))
    if gates & found.conditions():
        raise typer.Exit(GATE)


@takes_inputs()
def findings(
    *,
    year: YearOption = None,
    inputs: Inputs,
    format: Annotated[ReportFormat, typer.Option("--format", "-f", help="输出形式")] = ReportFormat.table,
    fail_on: FailOnOption = None,
) -> None:
    """不符合项与改进计划:未关闭、逾期、关闭用了几天,和对指标的效果。

    --fail-on 可写 overdue、open、doubtful、unevaluated、contradictory、
    ineffective、missing_data;台账没有交齐时都不能通过。
    """
    from itss_kpi.app.evaluation import evaluate_files
    from itss_kpi.pages.nonconformities import nonconformities_page
    from itss_kpi.plan.nonconformities import GATES, SOURCES, to_json
    from itss_kpi.plan.nonconformity_words import UNDECLARED

    gates = gates_of(fail_on, GATES)
    wanted = str(year) if year is not None else None
    evaluation = evaluate_files(inputs, wanted, records=True)
    report = evaluation.report
    found = evaluation.year.nonconformities
    if found is None:
        refuse(UNDECLARED)
    page = nonconformities_page(evaluation.catalogue, found)
    show_page(format, page, lambda: to_json(found, report.catalogue, evaluation.problems_of(*SOURCES)))
    if gates & found.conditions():
        raise typer.Exit(GATE)


@takes_inputs()
def clauses(
    *,
    year: YearOption = None,
    inputs: Inputs,
    format: Annotated[ReportFormat, typer.Option("--format", "-f", help="输出形式")] = ReportFormat.table,
) -> None:
    """条款矩阵:标准的每一条由哪些指标、活动和检查落实,凭什么证明,到位没有。

    是否达成不影响到位;有台账没有交来的是数据缺失。
    """
    from itss_kpi.app.evaluation import evaluate_files
    from itss_kpi.pages.clauses import UNDECLARED, clauses_page
    from itss_kpi.plan.clauses import to_json

    evaluation = evaluate_files(inputs, str(year) if year is not None else None, records=True)
    found = evaluation.year.clauses
    if found is None:
        refuse(UNDECLARED)
    page = clauses_page(evaluation.catalogue, found)
    show_page(format, page, lambda: to_json(found, evaluation.report.catalogue))


@takes_inputs()
def review(
    *,
    year: YearOption = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="默认按年度命名", metavar="文件")] = None,
    inputs: Inputs,
    format: Annotated[ReviewFormat, typer.Option("--format", "-f", help="输出形式")] = ReviewFormat.docx,
) -> None:
    """写出管理评审的输入材料(Word 文档),每个数字写明出处。

    审核与监督检查、客户反馈、指标达成、不符合项与纠正措施、上次评审的跟踪、改进建议。

    只覆盖本程序写出而没有改动过的文档;--format json 输出同样的内容。
    """
    from itss_kpi.app.evaluation import evaluate_files
    from itss_kpi.app.reports import check_output, write_review
    from itss_kpi.core.text import clean
    from itss_kpi.pages.review import UNDECLARED, review_of, to_json

    if output is not None:
        if format is ReviewFormat.json:
            refuse("--output 与 --format docx 同用:写明文档写到哪个文件")
        check_output(output, "文档", ".docx")
    evaluation = evaluate_files(inputs, str(year) if year else None, records=True)
    warn(evaluation.year.damage)
    found = review_of(evaluation.year)
    if found is None:
        refuse(UNDECLARED)
    if format is ReviewFormat.json:
        write(json_text(to_json(found)))
        return
    path = output or Path(f"{found.period}管理评审输入.docx")
    write_review(found, path)
    write(f"写出 {clean(str(path))}\n")
