"""数据问题, 口径说明, 变更履历, 运行信息: what the results rest on, a page each."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from itss_kpi import __version__
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator, listed, sources_of
from itss_kpi.catalogue.plan import Signed
from itss_kpi.catalogue.wording import MEASURES, bands_said, reading, target_text
from itss_kpi.core.problems import Problem, worst_first
from itss_kpi.core.text import escape_controls
from itss_kpi.pages.making import columns, lines, together
from itss_kpi.pages.page import Cell, Page, Table, Text, Tone
from itss_kpi.pages.problems import SEVERITIES
from itss_kpi.plan.year import PlanYear

_PROBLEMS = columns("序号 代码 级别 位置 问题 如何处理 责任部门 涉及的指标")
_READINGS = columns(
    "序号 指标名称 计划公式 计划要求 实际口径 判定要求 说明(与计划不同之处及原因) 须确认的部门 确认(签字、日期)"
)
_REVISIONS = columns("版本 编制/更改 日期 审核(发布) 日期 批准(实施) 日期 更改记录")
_FILES = columns("台账 文件 大小(字节) 保存日期 SHA-256", whole="SHA-256")
_RULINGS = columns("裁定编号 工作表 位置 读作 裁定人 裁定日期 理由", whole="裁定日期")
_TO_COME = 4
"""Lines for revisions that are still to come."""


# ---- 数据问题


def problems_page(year: PlanYear) -> Page:
    """What is wrong with the inputs, where, how to mend it, and which indicators it touches; places lead to the rows
    of 数据核对."""
    touched, departments = _Touched(year), year.catalogue.plan.departments
    rows: list[list[Text]] = [
        [
            str(at),
            one.code,
            Cell(one.severity.label, SEVERITIES[one.severity]),
            Cell(escape_controls(str(one.place)) or "—", leads_to=str(one.place)),
            f"{one.title}:{one.message}",
            one.remedy,
            one.department(departments) or "—",
            "、".join(touched.by(one)) or "—",
        ]
        for at, one in enumerate(worst_first(year.problems), 1)
    ]
    legend = "位置链接到数据核对中该文件的行数。错误会影响数字,警告须核对,提示仅供了解。"
    return Page("", parts=[Table("", _PROBLEMS, rows, empty="没有发现数据问题。")], legend=legend)


class _Touched:
    """Which indicators a problem touches."""

    def __init__(self, year: PlanYear) -> None:
        self.catalogue = year.catalogue
        self.sources = {export.path: export.source for export in year.report.exports}
        self.readers = together((source, one) for one in self.catalogue.indicators for source in sources_of([one]))

    def by(self, problem: Problem) -> list[str]:
        """Their numbers and names: those named in the message, else those that read the export's or named ledger."""
        named = [one for one in self.catalogue.indicators if problem.message.startswith(one.name)]
        if not named:
            source = self.sources.get(problem.place.path) or self._ledger(problem)
            named = self.readers.get(source, [])
        return [f"{number} {one.name}" for one in named for number, _ in one.listings]

    def _ledger(self, problem: Problem) -> str:
        names = {f"“{source.name}”": name for name, source in self.catalogue.sources.items()}
        claimed = [name for shown, name in names.items() if shown in problem.message]
        if claimed:
            return claimed[0]
        department, _, file = problem.place.path.partition("/")
        return next(iter(self.catalogue.claims(department, file.rpartition("/")[2])), "")


# ---- 口径说明


def readings_page(catalogue: Catalogue, indicators: Iterable[Indicator]) -> Page:
    """The plan's printed formula beside what is really counted, why, and who must agree."""
    ledgers = catalogue.titles
    rows: list[list[Text]] = [
        [
            str(number),
            Cell(one.name, Tone.STRONG),
            one.formula,
            one.printed_target or "—",
            lines(*_counted(one, ledgers)),
            target_text(one.targets[-1][1] if one.targets else None),
            one.note or "与计划一致",
            "、".join([*one.department, "质量组"]),
            Cell("", Tone.FILL_IN),
        ]
        for number, _, one in listed(indicators)
    ]
    legend = "左为计划所印,右为程序实际计算的口径;不同之处与原因见“说明”,须由责任部门与质量组确认。"
    return Page("", parts=[Table("", _READINGS, rows)], legend=legend)


def _counted(indicator: Indicator, ledgers: dict[str, str]) -> Iterator[str]:
    for name, measure in indicator.all_measures.items():
        yield f"{MEASURES.get(name, name)}:{reading(measure, ledgers)}"
    if isinstance(indicator.value, str):
        yield f"算式:{indicator.value}"
    if indicator.bands:
        yield ";".join(bands_said(indicator))
    if indicator.averaged_over:
        yield f"按{indicator.averaged_over}各算比率,再求算术平均"
    if indicator.for_each:
        yield f"按{indicator.for_each}各考核一次"


# ---- 变更履历


def revisions_page(catalogue: Catalogue) -> Page:
    """The plan's table of revisions; what has no name is a line to sign on."""
    rows: list[list[Text]] = [
        [one.version, *_signed(one.compiled), *_signed(one.reviewed), *_signed(one.approved), one.change]
        for one in catalogue.plan.revisions
    ]
    rows += [[Cell("", Tone.FILL_IN)] * len(_REVISIONS) for _ in range(_TO_COME)]
    return Page("", parts=[Table("", _REVISIONS, rows)])


def _signed(one: Signed) -> tuple[Text, Text]:
    return one.by or Cell("", Tone.FILL_IN), str(one.on)


# ---- 运行信息


@dataclass(frozen=True, slots=True)
class Input:
    """A file that was read: its path below the data folder and its size in bytes."""

    path: str
    size: int


def run_page(year: PlanYear, inputs: Sequence[Input], limit: int) -> Page:
    """With what, from what and under which settings and limits the workbook was made."""
    report, plan, most = year.report, year.catalogue.plan, year.catalogue.reading
    facts = [
        ("程序", f"itss-kpi {__version__}"),
        ("指标目录", f"{report.catalogue.get('path', '')}({plan.document} {plan.version})"),
        ("指标目录 SHA-256", report.catalogue.get("sha256", "")),
        ("考核期", f"{report.period}({report.period.start} 至 {report.period.last_day})"),
        ("数据截至(含)", f"{report.as_of}"),
        ("证据行数上限", f"每项指标 {limit} 行;全部各行可用 itss-kpi explain 查看"),
        ("读取限制", f"内存 {most.memory} MiB,时间 {most.seconds} 秒,解压后 {most.unpacked} MiB"),
        ("精度", "比率按整数之比精确比较,不先舍入;时间精确到微秒(复算公式到毫秒);金额按所填小数位"),
    ]
    exports = {export.path: export for export in year.exports}
    files: list[list[Text]] = []
    for one in inputs:
        if found := exports.get(one.path):
            name, saved, digest = year.catalogue.sources[found.source].name, found.saved, found.sha256
            files.append([name, one.path, str(one.size), str(saved or "未写明"), digest])
        else:
            files.append(["—", one.path, str(one.size), "未写明", "没有读出,见数据问题"])
    parts = [
        Table("程序与设置", columns("项目 内容"), [[Cell(name, Tone.STRONG), text] for name, text in facts]),
        Table(f"读取的文件({len(inputs)} 个)", _FILES, files),
    ]
    if report.rulings:
        ruled: list[list[Text]] = [
            [one.id, str(one.of_sheet), one.shown, one.reading, one.by, str(one.day), one.reason]
            for one in report.rulings
        ]
        parts.append(Table(f"裁定({len(ruled)} 处)", _RULINGS, ruled))
    return Page("", parts=parts, legend="用同一版本的程序、同一指标目录和同样的文件,可以得到逐字节相同的结果。")
