"""Next steps: what is to be done in a folder, in the order in which it is done, each with the command that does it.

Convention: as in `evaluation`: the year so far, by the catalogue of this folder or above.
"""

from collections.abc import Iterator

from itss_kpi.app.closing import obstacles
from itss_kpi.app.evaluation import Evaluation, evaluate_files, find_catalogue
from itss_kpi.app.inputs import QUESTIONS, Inputs
from itss_kpi.archive.store import latest
from itss_kpi.core.period import Period, PeriodKind, periods_due
from itss_kpi.core.problems import Refusal, errors
from itss_kpi.core.results import Verdict
from itss_kpi.pages.page import Column, Page, Table

NEW = (
    "当前文件夹没有指标目录;由指标表和现有台账起草:itss-kpi draft 指标表 台账文件夹 --output 文件夹;"
    "从样例开始:itss-kpi init 文件夹"
)
_STEPS = (Column("做什么", whole=True), Column("命令"))


def next_steps() -> Page | None:
    """What is to be done here; None where there is no catalogue."""
    try:
        find_catalogue(None)
    except Refusal:
        return None
    evaluation = evaluate_files(Inputs(), records=True)
    report = evaluation.report
    title = f"{evaluation.catalogue.plan.organization} {report.period} 年度(截至 {report.as_of})下一步".strip()
    rows = [list(step) for step in _steps(evaluation)]
    done = f"没有要做的;查看结果:itss-kpi evaluate -p {report.period}"
    return Page(title, parts=[Table("", _STEPS, rows, empty=done, headless=True, spaced=True)])


def _steps(evaluation: Evaluation) -> Iterator[tuple[str, str]]:
    report, year = evaluation.report, evaluation.report.period
    open_ones = sum(not one.agreed for one in evaluation.catalogue.indicators)
    if open_ones and evaluation.source.with_name(QUESTIONS).is_file():
        yield f"商定 {open_ones} 项口径", f"itss-kpi draft --answers {QUESTIONS}"
    missing = {(one.source, one.department) for item in report.due for one in item.absent}
    if missing:
        yield f"催交 {len(missing)} 份台账", f"itss-kpi status -p {year}"
    wrong = [one for one in errors(report.problems) if one.code != "D101"]
    if wrong:
        yield f"退回 {len(wrong)} 处数据问题", "itss-kpi check --level error --return 退回"
    doubtful = [item for item in report.due if item.verdict is Verdict.UNVERIFIED]
    if doubtful:
        first = doubtful[0]
        yield f"核实 {len(doubtful)} 项存疑", f"itss-kpi explain {first.number} -p {first.period} --rows doubtful"
    actions = evaluation.year.actions
    if actions is not None and actions.unanalysed:
        yield f"分析 {len(actions.unanalysed)} 项未达成", "itss-kpi actions"
    for period in _closable(evaluation):
        yield f"关账 {period}", f"itss-kpi close -p {period} --by 质量组"


def _closable(evaluation: Evaluation) -> Iterator[Period]:
    """The last quarter that has ended and isn't closed, and the year, where nothing stands in the way."""
    report, closed = evaluation.report, latest(evaluation.archive)
    quarters = [one for one in periods_due(PeriodKind.QUARTER, report.period) if one.last_day <= report.as_of]
    ended = [*quarters[-1:], *([report.period] if report.period.last_day <= report.as_of else [])]
    for period in ended:
        if str(period) not in closed and not obstacles(evaluation.at(period, report.as_of)):
            yield period
