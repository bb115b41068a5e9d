"""The commands about indicators: their assessments, where they come from, and how they compare."""

from pathlib import Path
from typing import Annotated

import typer

from itss_kpi.app.inputs import EVIDENCE_ROWS, Inputs, gates_of
from itss_kpi.cli.completion import indicators
from itss_kpi.cli.console import complain, print_page, warn, wrote
from itss_kpi.cli.inputs import takes_inputs
from itss_kpi.cli.options import (
    GATE,
    FailOnOption,
    FormatOption,
    PeriodOption,
    ReportFile,
    ReportFormat,
    Rows,
    YearOption,
    show,
    show_page,
)


@takes_inputs()
def evaluate(
    *,
    period: PeriodOption,
    inputs: Inputs,
    indicator: Annotated[
        list[str] | None,
        typer.Option("--indicator", "-i", help="只算这项,可多次写", metavar="指标", autocompletion=indicators),
    ] = None,
    domain: Annotated[list[str] | None, typer.Option("--domain", help="只算这个域,可多次写", metavar="指标域")] = None,
    format: FormatOption = ReportFormat.table,
    fail_on: FailOnOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="另写出达成情况工作簿(同 report)", metavar="文件")
    ] = None,
) -> None:
    """计算考核期内到期的指标,列出结论;未到期的另列。

    --fail-on 可写 missed、unverified、missing_data、undefined、problems、unanalysed。

    unanalysed:未达成,而纠正措施台账中没有原因分析。
    """
    from itss_kpi.app.evaluation import evaluate_files
    from itss_kpi.app.reports import GATES, check_output, failing, write_workbook
    from itss_kpi.pages.report import report_page

    gates = gates_of(fail_on, GATES)
    if output is not None:
        check_output(output)
    ledgers = output is not None or "unanalysed" in gates
    evaluation = evaluate_files(inputs, period, indicators=indicator or (), domains=domain or (), records=ledgers)
    lacking, failed = failing(evaluation, gates)
    show_page(format, lambda: report_page(evaluation.report), lambda: evaluation.report)
    said = ""
    if output is not None:
        written = write_workbook(evaluation, output)
        said = written.said
        warn(evaluation.year.damage)
        complain(said or f"写出 {written.path}")
    for line in lacking:
        complain(line)
    if failed or said:
        raise typer.Exit(GATE)


@takes_inputs()
def report(
    *,
    period: Annotated[str | None, typer.Option("--period", "-p", help="默认计划年度", metavar="考核期")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="默认按考核期命名", metavar="文件")] = None,
    blank: Annotated[bool, typer.Option("--blank", help="只给空白表,不计算")] = False,
    evidence_rows: Annotated[
        int, typer.Option("--evidence-rows", help="每项最多列几行证据", min=1, max=1_000_000, metavar="行数")
    ] = EVIDENCE_ROWS,
    inputs: Inputs,
    format: Annotated[ReportFile, typer.Option("--format", "-f", help="写成什么")] = ReportFile.xlsx,
    fail_on: FailOnOption = None,
) -> None:
    """写出指标达成情况工作簿,每个数字可在其中复算。

    供管理评审、内审和审核员使用。重写同一文件时保留“未达成分析”中已填的内容。--fail-on 同 evaluate。

    --format html 写出一页网页:结果、各期结论、未达成的,点开看每一项;可以离线打开,打印为一页。

    --format csv 或 parquet 写出一张长表,每行一项一期一组,列不再变动,供 Power BI、pandas 等使用。
    """
    from itss_kpi.app.evaluation import evaluate_files
    from itss_kpi.app.reports import GATES, blank_evaluation, check_report, failing, write_report

    gates = gates_of(fail_on, GATES)
    check_report(output, format, blank=blank)
    evaluation = blank_evaluation(inputs.catalogue, period) if blank else evaluate_files(inputs, period, records=True)
    lacking, failed = failing(evaluation, gates - {"unanalysed"} if blank else gates)
    written = write_report(evaluation, output, format, evidence_rows, blank=blank)
    warn(evaluation.year.damage)
    wrote(written.path)
    for line in [*([written.said] if written.said else []), *lacking]:
        complain(line)
    if failed or written.said:
        raise typer.Exit(GATE)


@takes_inputs()
def explain(
    *,
    indicator: Annotated[str, typer.Argument(help="指标的 id、序号或名称", metavar="指标", autocompletion=indicators)],
    period: PeriodOption,
    inputs: Inputs,
    rows: Annotated[Rows, typer.Option("--rows", "-r", help="列出哪些行")] = Rows.none,
    limit: Annotated[int, typer.Option(help="最多列出多少行", min=1)] = 200,
) -> None:
    """说明一项指标如何算得。

    列出公式与口径、精确分数、行数核对,以及每一行所在的文件、工作表与行号。
    """
    from itss_kpi.app import indicator_answers

    for page in indicator_answers.explain(inputs, indicator, period, rows.value, limit):
        print_page(page)


@takes_inputs()
def trend(
    *,
    indicator: Annotated[
        list[str], typer.Argument(help="指标的 id、序号或名称,可写几个", metavar="指标", autocompletion=indicators)
    ],
    first: Annotated[str | None, typer.Option("--from", help="从哪一期;默认计划年度", metavar="考核期")] = None,
    last: Annotated[str | None, typer.Option("--to", help="到哪一期", metavar="考核期")] = None,
    by: Annotated[str | None, typer.Option("--by", help="再按部门、项目等分列", metavar="维度")] = None,
    following: Annotated[
        int | None, typer.Option("--next", help="接下来这么多次中须成功几次", min=1, metavar="次数")
    ] = None,
    inputs: Inputs,
    format: FormatOption = ReportFormat.table,
) -> None:
    """纵向对比:指标各期的数值、结论、环比、同比、走势和本年至今。"""
    from itss_kpi.app import indicator_answers

    show(format, indicator_answers.trend(inputs, indicator, first, last, by, following))


@takes_inputs()
def compare(
    *,
    period: PeriodOption,
    by: Annotated[str, typer.Option("--by", help="按什么分组,如 部门、项目、优先级", metavar="维度")],
    indicator: Annotated[
        list[str] | None,
        typer.Argument(help="指标的 id、序号或名称;不写即全部有这个维度的", metavar="指标", autocompletion=indicators),
    ] = None,
    inputs: Inputs,
    format: FormatOption = ReportFormat.table,
) -> None:
    """横向对比:按部门、项目等分组的数值、好坏与缺口。"""
    from itss_kpi.app import indicator_answers

    show(format, indicator_answers.compare(inputs, period, by, indicator or ()))


@takes_inputs()
def baseline(
    *,
    indicator: Annotated[
        list[str] | None,
        typer.Argument(help="指标的 id、序号或名称;不写即全部", metavar="指标", autocompletion=indicators),
    ] = None,
    year: YearOption = None,
    inputs: Inputs,
    format: FormatOption = ReportFormat.table,
) -> None:
    """统计与基线:各指标历年的平均、标准差、最低最高,本年与以往各年相比。

    以往各年取自关账的归档;台账文件夹中还有以往台账的,取自台账。
    """
    from itss_kpi.app import indicator_answers

    show(format, indicator_answers.baseline(inputs, indicator or (), year))
