"""The commands about the rest of the plan: what is done about what fell short, activities, survey, checks, findings,
clauses.
"""

import re
from pathlib import Path
from typing import Annotated

import typer

from itss_kpi.app.inputs import Inputs
from itss_kpi.cli.console import complain, refuse, warn, write, write_bytes, wrote
from itss_kpi.cli.inputs import takes_inputs
from itss_kpi.cli.options import FailOnOption, FormatOption, PlanFormat, ReportFormat, ReviewFormat, YearOption, show
from itss_kpi.core.jsonable import json_text


@takes_inputs()
def actions(
    *,
    taken_from: Annotated[Path | None, typer.Option("--import", help="导入此工作簿中填的分析", metavar="文件")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="导入写到哪个文件", metavar="文件")] = None,
    inputs: Inputs,
    format: FormatOption = ReportFormat.table,
    fail_on: FailOnOption = None,
) -> None:
    """跟踪纠正措施:没有分析的未达成、逾期、待验证,和措施的效果。

    --import 把工作簿“未达成分析”中填写的内容另写成一个台账文件,不改动已有的台账。

    --fail-on 可写 unanalysed、overdue、unverified_actions、incomplete、doubtful、
    ineffective;台账没有交齐时都不能通过。
    """
    from itss_kpi.app import plan_answers
    from itss_kpi.app.reports import import_analyses

    if output is not None and taken_from is None:
        refuse("--output 与 --import 同用:写明导入后写到哪个文件")
    if taken_from is None:
        show(format, plan_answers.actions(inputs, fail_on))
        return
    said, path = import_analyses(inputs, taken_from, output)
    for text in said:
        complain(text)
    if path:
        wrote(path)
    else:
        write("没有要导入的内容,没有写出文件\n")


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
    from itss_kpi.app import plan_answers
    from itss_kpi.app.reports import check_output, write_calendar

    if output is not None and format is not PlanFormat.ics:
        refuse("--output 与 --format ics 同用:写明日历写到哪个文件")
    if output is not None:
        check_output(output, "日历", ".ics")
    if format is not PlanFormat.ics:
        show(ReportFormat(format.value), plan_answers.activities(inputs, year))
        return
    content, remark = plan_answers.calendar(inputs, year)
    if output is None:
        write_bytes(content)
    else:
        write_calendar(output, content)
        wrote(output)
    if remark:
        complain(remark)


@takes_inputs()
def satisfaction(
    *,
    year: YearOption = None,
    inputs: Inputs,
    format: FormatOption = ReportFormat.table,
    fail_on: FailOnOption = None,
) -> None:
    """客户满意度:谁没有答复,各项目、调查项、客户的得分,意见。

    总分就是指标目录所写那项指标的考核。--fail-on 可写 uncovered(有客户没有确知的答复)、missing_data。
    """
    from itss_kpi.app import plan_answers

    show(format, plan_answers.satisfaction(inputs, year, fail_on))


@takes_inputs()
def supervision(
    *,
    year: YearOption = None,
    period: Annotated[str | None, typer.Option("--period", "-p", help="只看这一期;默认全年", metavar="考核期")] = None,
    inputs: Inputs,
    format: FormatOption = ReportFormat.table,
    fail_on: FailOnOption = None,
) -> None:
    """监督检查:应查的查了没有、符合率、未关闭和重复发生的问题。

    --fail-on 可写 unchecked、open、repeated、doubtful、missing_data;
    记录没有交齐时,不知道的都不能通过。
    """
    from itss_kpi.app import plan_answers

    show(format, plan_answers.supervision(inputs, year, period, fail_on))


@takes_inputs()
def findings(
    *,
    year: YearOption = None,
    inputs: Inputs,
    format: FormatOption = ReportFormat.table,
    fail_on: FailOnOption = None,
) -> None:
    """不符合项与改进计划:未关闭、逾期、关闭用了几天,和对指标的效果。

    --fail-on 可写 overdue、open、doubtful、unevaluated、contradictory、
    ineffective、missing_data;台账没有交齐时都不能通过。
    """
    from itss_kpi.app import plan_answers

    show(format, plan_answers.findings(inputs, year, fail_on))


@takes_inputs()
def clauses(
    *,
    year: YearOption = None,
    inputs: Inputs,
    format: FormatOption = ReportFormat.table,
) -> None:
    """条款矩阵:标准的每一条由哪些指标、活动和检查落实,凭什么证明,到位没有。

    是否达成不影响到位;有台账没有交来的是数据缺失。
    """
    from itss_kpi.app import plan_answers

    show(format, plan_answers.clauses(inputs, year))


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
    from itss_kpi.app import plan_answers
    from itss_kpi.app.reports import check_output, write_material

    if output is not None:
        if format is ReviewFormat.json:
            refuse("--output 与 --format docx 同用:写明文档写到哪个文件")
        check_output(output, "文档", ".docx")
    found, damage = plan_answers.review(inputs, year)
    warn(damage)
    if format is ReviewFormat.json:
        write(json_text(found))
        return
    path = output or Path(f"{found.period}管理评审输入.docx")
    write_material(found, path)
    wrote(path)


@takes_inputs()
def service_report(
    *,
    subject: Annotated[str, typer.Argument(help="写谁的:项目=名称、客户=名称;只写 项目 即各写一份", metavar="维度")],
    period: Annotated[str | None, typer.Option("--period", "-p", help="默认计划年度", metavar="考核期")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="写到哪个文件;几份的,哪个文件夹", metavar="文件")
    ] = None,
    inputs: Inputs,
    format: Annotated[ReviewFormat, typer.Option("--format", "-f", help="输出形式")] = ReviewFormat.docx,
) -> None:
    """写出一个项目或客户的服务报告(Word 文档),每个数字写明出处。

    服务指标与要求、本年各期、监督检查、满意度;只取它自己的各行。

    只覆盖本程序写出而没有改动过的文档;--format json 输出同样的内容。
    """
    from itss_kpi.app import plan_answers
    from itss_kpi.app.reports import service_report_path, write_material

    subject = subject.replace("\uff1d", "=", 1)
    if "=" not in subject and re.search("[:\uff1a]", subject):
        refuse(f"写作 项目=名称,中间是等号,不能是“{subject}”")
    if output is not None and format is ReviewFormat.json:
        refuse("--output 与 --format docx 同用:写明文档写到哪里")
    place = service_report_path(output, several="=" not in subject)
    found, damage = plan_answers.service_reports(inputs, subject, period)
    warn(damage)
    if format is ReviewFormat.json:
        write(json_text(found[0] if "=" in subject else found))
        return
    for one in found:
        write_material(one, place(one))
        wrote(place(one))
