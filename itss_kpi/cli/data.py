"""The commands about data: what is wrong with them, what is there, workbooks in batch, and the archive."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from itss_kpi.app.inputs import Inputs, gates_of
from itss_kpi.cli.console import complain, print_page, refuse, warn, write
from itss_kpi.cli.inputs import takes_inputs
from itss_kpi.cli.options import (
    GATE,
    CheckFormat,
    FailOnOption,
    PeriodOption,
    PlainFormat,
    ReportFormat,
    StatusFormat,
    YearOption,
    show,
)
from itss_kpi.core.jsonable import json_text
from itss_kpi.core.problem_codes import Severity

if TYPE_CHECKING:
    from itss_kpi.app.evaluation import Evaluation
    from itss_kpi.core.problems import Problem


@takes_inputs("as_of")
def check(
    *,
    period: Annotated[str | None, typer.Option("--period", "-p", help="默认全年", metavar="考核期")] = None,
    inputs: Inputs,
    format: Annotated[CheckFormat, typer.Option("--format", "-f", help="输出形式")] = CheckFormat.text,
    level: Annotated[Severity | None, typer.Option(help="只列至少这一级别的问题")] = None,
    department: Annotated[str | None, typer.Option(help="只列这个部门的问题", metavar="部门")] = None,
    file: Annotated[str | None, typer.Option(help="只列路径以此结尾的文件的问题", metavar="文件")] = None,
    every: Annotated[bool, typer.Option("--every", help="同一原因的各处逐条列出")] = False,
    rulings: Annotated[bool, typer.Option("--rulings", help="列出仍有存疑之处,可抄入裁定台账")] = False,
    back: Annotated[
        Path | None, typer.Option("--return", help="把标出问题的文件按部门写到这里,退回去改", metavar="文件夹")
    ] = None,
    explain: Annotated[str | None, typer.Option(help="只说明这个问题代码;all 列出全部", metavar="代码")] = None,
) -> None:
    """检查指标目录与台账,按原因列出问题;列出的有错误时以 1 退出。

    --return 为每个部门写出它交来的文件,有问题的单元格着色并加批注,另附清单和邮件。
    """
    from itss_kpi.app.choices import chosen_file
    from itss_kpi.app.returned import return_files
    from itss_kpi.catalogue.kinds import advice
    from itss_kpi.core.problems import chosen, condensed, errors

    if explain is not None:
        explain_code(explain)
        return
    if rulings and back is not None:
        refuse("--rulings 与 --return 只写一个")
    evaluation = _evaluation(replace(inputs, every=every or rulings or back is not None), period, format, every)
    departments = evaluation.catalogue.plan.departments
    if department is not None and department not in departments:
        refuse(f"计划中没有这个部门:{department}{advice(department, departments)}")
    if file is not None and file != evaluation.source.name:
        file = chosen_file(evaluation.folder, file)
    own, others = (
        chosen(found, departments, level, department, file)
        for found in (evaluation.report.problems, evaluation.record_problems)
    )
    problems = [*own, *others]
    if rulings:
        _print_rulings(evaluation, problems)
        return
    if back is not None:
        for line in return_files(evaluation, problems, back):
            complain(line)
        problems, own = condensed(problems), condensed(own)
    _print_problems(format, problems, evaluation, every, len(own))
    if errors(problems):
        raise typer.Exit(GATE)


def _evaluation(inputs: Inputs, period: str | None, format: CheckFormat, every: bool) -> "Evaluation":
    from itss_kpi.app.evaluation import evaluate_files
    from itss_kpi.core.problems import KpiError

    try:
        return evaluate_files(inputs, period, records=True)
    except KpiError as error:
        if format is CheckFormat.text:
            raise
        # who reads a form that is made for programs looks for the problems there
        _print_problems(format, error.problems, None, every, None)
        raise typer.Exit(error.exit_code) from None


def _print_rulings(evaluation: "Evaluation", problems: "Sequence[Problem]") -> None:
    """Lines to copy into the ledger of rulings, their cells apart by tabs, as spreadsheets take them."""
    from itss_kpi.catalogue.ledgers import RulingRow
    from itss_kpi.core.text import disarm_formula
    from itss_kpi.pages.rulings import lines_to_copy

    ledger = evaluation.catalogue.sources.get(RulingRow.source)
    if ledger is None:
        refuse(f"指标目录没有声明裁定台账 {RulingRow.source};写法见 itss-kpi help 质量活动、监督检查与客户")
    for line in lines_to_copy(ledger, problems, evaluation.ledgers.values()):
        write("\t".join(map(disarm_formula, line)) + "\n")


def explain_code(wanted: str) -> None:
    from itss_kpi.catalogue.kinds import suggestion
    from itss_kpi.core.problem_codes import CODES
    from itss_kpi.pages.problems import code_page, codes_page
    from itss_kpi.render import markdown

    code = wanted.strip().upper()
    if code == "ALL":
        write(markdown.render(codes_page()) + "\n")
    elif code in CODES:
        print_page(code_page(code))
    else:
        refuse(f"没有这个问题代码:{wanted}{suggestion(code, CODES)};全部见 itss-kpi check --explain all")


def _print_problems(
    format: CheckFormat,
    problems: "Sequence[Problem]",
    evaluation: "Evaluation | None",
    every: bool,
    of_indicators: int | None,
) -> None:
    """The problems in the form asked for; `evaluation` is None where nothing could be worked out."""
    from itss_kpi.pages.problems import problems_page, to_json
    from itss_kpi.render import github, junit

    departments = evaluation.catalogue.plan.departments if evaluation else ()
    match format:
        case CheckFormat.text:
            page = problems_page(problems, departments, every=every, of_indicators=of_indicators)
            print_page(page, soft_wrap=True)
        case CheckFormat.json:
            write(json_text(to_json(problems, departments)))
        case CheckFormat.junit:
            write(junit.render(problems, departments, [one.path for one in evaluation.exports] if evaluation else []))
        case CheckFormat.github:
            folder = Path(os.path.relpath(evaluation.folder)).as_posix() if evaluation else ""
            write(github.render(problems, departments, folder))


@takes_inputs()
def status(
    *,
    period: PeriodOption,
    inputs: Inputs,
    format: Annotated[StatusFormat, typer.Option("--format", "-f", help="输出形式")] = StatusFormat.table,
    fail_on: FailOnOption = None,
) -> None:
    """列出各部门应交台账的收交情况,和该向谁催什么。

    --fail-on 可写 missing、late、problems。
    """
    from itss_kpi.app import indicator_answers

    show(ReportFormat(format.value), indicator_answers.status(inputs, period, fail_on))


@takes_inputs("data")
def batch(
    *,
    output: Annotated[Path, typer.Option("--output-dir", "-o", help="写到哪个文件夹", metavar="文件夹")],
    year: YearOption = None,
    each: Annotated[str, typer.Option("--each", help="哪些周期,逗号分隔", metavar="周期")] = "month,quarter,half,year",
    plan: Annotated[bool, typer.Option("--plan", help="只列出要做什么")] = False,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", help="几个进程同时写;默认按核数", min=1, max=64, metavar="进程数")
    ] = None,
    catalogue: Annotated[
        list[Path] | None, typer.Option("--catalogue", "-c", help="指标目录文件,可多次写", metavar="文件")
    ] = None,
    inputs: Inputs,
) -> None:
    """为全年已到期的各考核期各写一个工作簿,另写索引。

    台账只读一次,已有而没有变化的不重写;一期失败不影响其他,最后以 1 退出。几个指标目录时每个一个文件夹。
    """
    from itss_kpi.app.batch import batch_year, lines, write_index
    from itss_kpi.core.period import PeriodKind

    kinds = [PeriodKind(kind) for kind in PeriodKind if kind in gates_of(each, [*PeriodKind], "--each")]
    done = batch_year(inputs, catalogue or (), year, kinds, output, only_plan=plan, jobs=jobs)
    for line in lines(done, planned=plan):
        write(line + "\n")
    for one in done:
        warn(one.damage)
        for outcome in one.outcomes:
            if outcome.error:
                complain(f"{outcome.task.period} 没有生成:{outcome.error}")
    if not plan:
        write_index(done, output)
    if any(outcome.error for one in done for outcome in one.outcomes):
        raise typer.Exit(GATE)


@takes_inputs()
def export(
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="写到哪个文件夹", metavar="文件夹")],
    period: Annotated[str | None, typer.Option("--period", "-p", help="默认全年", metavar="考核期")] = None,
    inputs: Inputs,
) -> None:
    """把各台账读好的行写成 Parquet 数据湖:每个部门、台账、考核期一个文件。

    再用 parquet: 或 --data 读它,结论相同。敏感列写成散列值。
    """
    from itss_kpi.app.exporting import export as write_lake

    rows = files = 0
    for _, number in write_lake(inputs, period, output):
        rows, files = rows + number, files + 1
    complain(f"写出 {output}:{files} 个文件,{rows} 行")


@takes_inputs()
def close(
    *,
    period: PeriodOption,
    by: Annotated[str, typer.Option("--by", help="由谁关账(角色)", metavar="角色")] = "",
    note: Annotated[str, typer.Option("--note", help="备注", metavar="文字")] = "",
    accept: Annotated[str | None, typer.Option(help="虽有这些情形仍关账,逗号分隔", metavar="情形")] = None,
    supersede: Annotated[bool, typer.Option("--supersede", help="取代已有的关账")] = False,
    reason: Annotated[str, typer.Option("--reason", help="取代的原因", metavar="文字")] = "",
    receipt: Annotated[Path | None, typer.Option("--receipt", help="另写一页关账凭证(Word)", metavar="文件")] = None,
    inputs: Inputs,
) -> None:
    """关账:把考核期的结果、工作簿、指标目录和台账各行存入归档。

    还有台账没交或数据问题时不关账,除非 --accept missing_data,problems;归档会记下。
    写出的校验值请另行保存(如写在凭证上盖章),以后用 verify --expect 核对。
    """
    from itss_kpi.app.closing import ACCEPTABLE, check_receipt, close_period, write_receipt
    from itss_kpi.app.evaluation import evaluate_files
    from itss_kpi.archive.store import Closing
    from itss_kpi.core.text import escape_controls

    accepted = gates_of(accept, ACCEPTABLE, "--accept")
    if supersede != bool(reason.strip()):
        refuse("--supersede 须与 --reason 同写:写明为什么取代")
    if receipt is not None:
        check_receipt(receipt)
    evaluation = evaluate_files(inputs, period, records=True)
    folder, refused = close_period(evaluation, by, note, accepted, reason.strip())
    warn(evaluation.year.damage if folder else ())
    for text in refused:
        complain(text)
    if folder is None:
        raise typer.Exit(GATE)
    closing = Closing.of(folder)
    if receipt is not None:
        write_receipt(evaluation, closing, receipt)
    write(f"已关账 {escape_controls(str(folder))}\n校验值 {closing.seal()}\n")


@takes_inputs("as_of")
def verify(
    *,
    period: Annotated[
        list[str] | None, typer.Option("--period", "-p", help="只核对这期,可多次写;默认全部", metavar="考核期")
    ] = None,
    expect: Annotated[
        list[str] | None, typer.Option("--expect", help="关账凭证上的校验值,可多次写", metavar="校验值")
    ] = None,
    inputs: Inputs,
    format: Annotated[PlainFormat, typer.Option("--format", "-f", help="输出形式")] = PlainFormat.table,
) -> None:
    """核对归档:关账以后哪些结果、文件和行变了;有变化时以 1 退出。"""
    from itss_kpi.analysis.drift import drift_json
    from itss_kpi.app.choices import read_period
    from itss_kpi.app.closing import expected_seal, verify_periods
    from itss_kpi.pages.drift import drift_page

    wanted = [str(read_period(text)) for text in period or []]
    expected = [expected_seal(text) for text in expect or []]
    evaluation, drifts, damage = verify_periods(inputs, wanted, expected)
    if format is PlainFormat.json:
        write(json_text(drift_json(drifts, damage)))
    else:
        names = evaluation.catalogue.titles
        print_page(drift_page(drifts, damage, names), soft_wrap=True)
    if damage or not all(one.same for one in drifts):
        raise typer.Exit(GATE)
