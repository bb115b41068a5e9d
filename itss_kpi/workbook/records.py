"""数据核对, 数据问题, 口径说明, 变更履历, 运行信息: what the results rest on.

Convention: sums on 数据核对 are formulas that check themselves. An export's row there is what problems link to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from itss_kpi import __version__
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator, sources_of
from itss_kpi.catalogue.plan import Signed
from itss_kpi.catalogue.wording import MEASURES, reading, target_text
from itss_kpi.core.problems import Problem, worst_first
from itss_kpi.core.results import Export, Report
from itss_kpi.core.text import clean
from itss_kpi.render.sheet_style import CENTRED, CHECKED, FILL_IN, HEAD, LINK, NUMBER, PLAIN, Page, alarm, page
from itss_kpi.render.xlsx import Book, Cell, Formula, column, place
from itss_kpi.workbook.evidence import period_number

ACCOUNTS = "数据核对"
EVEN, UNEVEN = "平", "不平"


@dataclass(frozen=True, slots=True)
class Accounts:
    """Where the accounts stand: each export's row by its path and sheet, and the table of what is missing."""

    sheet: str
    exports: Mapping[tuple[str, str], int]
    missing: tuple[int, int]

    def link(self, path: str, sheet: str) -> str:
        """The place of an export's row; '' where there is none."""
        at = self.exports.get((path, sheet)) or next((row for (one, _), row in self.exports.items() if one == path), 0)
        return place(self.sheet, f"A{at}") if at else ""

    def missing_range(self, letter: str) -> str:
        """The cells of a column of the table of missing exports."""
        return place(self.sheet, f"${letter}${self.missing[0]}:${letter}${self.missing[1]}")


def write_accounts(book: Book, catalogue: Catalogue, report: Report, document: str) -> Accounts:
    """数据核对: what is missing, and what became of every row."""
    widths = [8, 9, 17, 12, 34, 14, 8, 22, 8, 8, 8, 8, 8, 9, 8]
    made = page(book, ACCOUNTS, widths, document=document)
    made.heading(
        "数据核对", "读取 = 保留 + 空行 + 非数据 + 重复;每个度量:保留 = 计入 + 期外 + 排除 + 存疑。合计与核对是公式。"
    )
    missing = _write_missing(made, catalogue, report)
    exports = _write_exports(made, catalogue, report)
    _write_measures(made, report)
    return Accounts(made.title, exports, missing)


def _write_missing(made: Page, catalogue: Catalogue, report: Report) -> tuple[int, int]:
    made.section("一、应交而未交的台账(因此数据缺失)")
    made.line(["序号", "期号", "指标名称", "考核期", "台账", "部门", "", "缺少的月份"], replace(CENTRED, bold=True))
    first = made.row
    for item in report.assessments:
        for absence in item.absent:
            name = catalogue.sources[absence.source].name
            cells = [item.number, period_number(item.period), item.name, str(item.period), name, absence.department]
            made.line([*cells, "", "、".join(absence.months)], PLAIN)
    if made.row == first:
        made.line(["无", *[None] * 7], PLAIN)
    last = made.row - 1
    made.next()
    return first, last


def _write_exports(made: Page, catalogue: Catalogue, report: Report) -> dict[tuple[str, str], int]:
    made.section("二、各导出文件的行数")
    names = [
        "",
        "格式",
        "台账",
        "部门",
        "文件",
        "工作表",
        "表头行",
        "覆盖",
        "读取",
        "保留",
        "空行",
        "非数据",
        "重复",
        "合计",
        "核对",
    ]
    made.line(names, replace(CENTRED, bold=True))
    first = made.row
    rows: dict[tuple[str, str], int] = {}
    for at, export in enumerate(report.exports, 1):
        rows[export.path, export.sheet] = made.row
        covers = f"{export.covers[0]} 至 {export.covers[1]}(不含)" if export.covers else "不明"
        name = catalogue.sources[export.source].name
        made.line(
            [at, export.format, name, export.department, export.path, export.sheet, export.header_row or None, covers],
            [CENTRED, *[PLAIN] * 5, CENTRED, PLAIN],
        )
        made.row -= 1
        if export.readable:
            counts = [
                export.rows.read,
                export.rows.kept,
                export.rows.blank,
                export.rows.non_data,
                export.rows.duplicate,
            ]
            _write_sum(made, counts, "I", "J", "M")
        else:
            made.line(["未读", *[None] * 6], CENTRED, 9)
    _even(made, first)
    made.next()
    return rows


def _write_sum(made: Page, counts: Sequence[int], whole: str, first: str, last: str) -> None:
    at = made.row
    total = Formula(f"=SUM({first}{at}:{last}{at})", sum(counts[1:]))
    state = EVEN if counts[0] == sum(counts[1:]) else UNEVEN
    check = Formula(f'=IF({whole}{at}=N{at},"{EVEN}","{UNEVEN}")', state)
    made.line([*counts, total, check], [*[NUMBER] * 6, CHECKED], 9)


def _write_measures(made: Page, report: Report) -> None:
    made.section("三、各度量的行数")
    names = [
        "序号",
        "期号",
        "指标名称",
        "考核期",
        "台账",
        "度量",
        "",
        "",
        "保留",
        "计入",
        "期外",
        "排除",
        "存疑",
        "合计",
        "核对",
    ]
    made.line(names, replace(CENTRED, bold=True))
    first = made.row
    for item in report.assessments:
        for account in item.accounting if not item.group else ():
            measure = MEASURES.get(account.measure, account.measure)
            made.line(
                [
                    item.number,
                    period_number(item.period),
                    item.name,
                    str(item.period),
                    account.source,
                    measure,
                    None,
                    None,
                ],
                [CENTRED, CENTRED, *[PLAIN] * 6],
            )
            made.row -= 1
            counts = [account.kept, account.counted, account.outside, account.excluded, account.doubtful]
            _write_sum(made, counts, "I", "J", "M")
    _even(made, first)


def _even(made: Page, first: int) -> None:
    last = max(first, made.row - 1)
    letter = column(15)
    alarm(made.sheet, f"{letter}{first}:{letter}{last}", f'${letter}{first}="{UNEVEN}"')


# ---- 数据问题


def write_problems(
    book: Book, catalogue: Catalogue, report: Report, accounts: Accounts, document: str
) -> dict[str, int]:
    """数据问题: what is wrong with the inputs, where, how to mend it, and which indicators it touches; how many there
    are of each severity."""
    made = page(book, "数据问题", [6, 8, 8, 42, 42, 28, 11, 20], document=document)
    made.heading("数据问题", "位置链接到数据核对中该文件的行数。错误会影响数字,警告须核对,提示仅供了解。")
    head = made.table_head(["序号", "代码", "级别", "位置", "问题", "如何处理", "责任部门", "涉及的指标"], freeze=3)
    touched = _Touched(catalogue, report)
    counts: dict[str, int] = {}
    for at, problem in enumerate(worst_first(report.problems), 1):
        label = problem.severity.label
        counts[label] = counts.get(label, 0) + 1
        shown = str(problem.place)
        link = accounts.link(problem.place.path, problem.place.sheet)
        made.put(1, at, CENTRED)
        made.put(2, problem.code, CENTRED)
        made.put(3, label, replace(CENTRED, bold=True, fill=_SEVERITIES[label]))
        made.put(4, clean(shown) or "—", replace(LINK if link else PLAIN, size=9), link)
        made.put(5, f"{problem.title}:{problem.message}", PLAIN)
        made.put(6, problem.remedy, PLAIN)
        made.put(7, problem.department(catalogue.plan.departments) or "—", CENTRED)
        made.put(8, "、".join(touched.by(problem)) or "—", PLAIN)
        made.next()
    if not report.problems:
        made.line(["—", *[None] * 3, "没有发现数据问题", *[None] * 3], PLAIN)
    made.sheet.auto_filter.ref = f"A{head}:H{made.row - 1}"
    return counts


_SEVERITIES = {"错误": "F4B6B6", "警告": "FFE699", "提示": "F2F2F2"}


class _Touched:
    """Which indicators a problem touches."""

    def __init__(self, catalogue: Catalogue, report: Report) -> None:
        self.catalogue = catalogue
        self.sources = {export.path: export.source for export in report.exports}
        self.readers: dict[str, list[Indicator]] = {}
        for indicator in catalogue.indicators:
            for source in sources_of([indicator]):
                self.readers.setdefault(source, []).append(indicator)

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


def write_readings(book: Book, catalogue: Catalogue, indicators: Sequence[Indicator], document: str) -> None:
    """口径说明: the plan's printed formula beside what is really counted, why, and who must agree."""
    made = page(book, "口径说明", [5, 13, 26, 9, 38, 9, 42, 13, 15], document=document)
    made.heading("口径说明", "左为计划所印,右为程序实际计算的口径;不同之处与原因见“说明”,须由责任部门与质量组确认。")
    names = [
        "序号",
        "指标名称",
        "计划公式",
        "计划要求",
        "实际口径",
        "判定要求",
        "说明(与计划不同之处及原因)",
        "须确认的部门",
    ]
    made.table_head([*names, "确认(签字、日期)"], freeze=3)
    ledgers = {name: source.name for name, source in catalogue.sources.items()}
    listed = [(shown, one) for one in indicators for shown, _ in one.listings]
    for shown, indicator in sorted(listed, key=lambda pair: pair[0]):
        target = indicator.targets[-1][1] if indicator.targets else None
        counted = [
            f"{MEASURES.get(name, name)}:{reading(measure, ledgers)}"
            for name, measure in indicator.all_measures.items()
        ]
        if indicator.averaged_over:
            counted.append(f"按{indicator.averaged_over}各算比率,再求算术平均")
        if indicator.for_each:
            counted.append(f"按{indicator.for_each}各考核一次")
        made.line(
            [
                shown,
                indicator.name,
                indicator.formula,
                indicator.printed_target or "—",
                "\n".join(counted),
                target_text(target),
                indicator.note or "与计划一致",
                "、".join([*indicator.department, "质量组"]),
                "",
            ],
            [CENTRED, replace(PLAIN, bold=True), PLAIN, CENTRED, PLAIN, CENTRED, PLAIN, PLAIN, FILL_IN],
        )


# ---- 变更履历


def write_revisions(book: Book, catalogue: Catalogue, document: str) -> None:
    """变更履历: the plan's table of revisions; what has no name is a line to sign on."""
    made = page(book, "变更履历", [12, 18, 14, 18, 14, 18, 14, 40], document=document)
    made.heading("文件编制和变更履历")
    for first, last, text in ((1, 1, "版本"), (2, 3, "编制/更改"), (4, 5, "发布"), (6, 7, "实施"), (8, 8, "更改记录")):
        made.span(first, last, text, HEAD)
    made.next()
    made.line(["", "作者", "日期", "审核", "日期", "批准", "日期", ""], HEAD)
    for revision in catalogue.plan.revisions:
        signed = [cell for one in (revision.compiled, revision.reviewed, revision.approved) for cell in _signed(one)]
        looks = [FILL_IN if cell == "" else CENTRED for cell in signed]
        made.put(1, revision.version, CENTRED)
        for at, (cell, look) in enumerate(zip(signed, looks, strict=True), 2):
            made.put(at, cell, replace(look, format="yyyy-mm-dd"))
        made.put(8, revision.change, PLAIN)
        made.fit(26)
        made.next()
    for _ in range(4):  # room for what is still to come
        made.line([""] * 8, FILL_IN)


def _signed(one: Signed) -> list[Cell]:
    return [one.by or "", one.on]


# ---- 运行信息


@dataclass(frozen=True, slots=True)
class Input:
    """A file that was read: its path below the data folder and its size in bytes."""

    path: str
    size: int


def write_run(
    book: Book,
    catalogue: Catalogue,
    report: Report,
    read: Sequence[Export],
    inputs: Sequence[Input],
    limit: int,
    document: str,
) -> None:
    """运行信息: with what, from what and under which settings and limits the workbook was made."""
    made = page(book, "运行信息", [22, 40, 12, 14, 68], document=document)
    made.heading("运行信息", "用同一版本的程序、同一指标目录和同样的文件,可以得到逐字节相同的结果。")
    made.section("程序与设置")
    most = catalogue.reading
    facts = [
        ("程序", f"itss-kpi {__version__}"),
        ("指标目录", f"{report.catalogue.get('path', '')}({catalogue.plan.document} {catalogue.plan.version})"),
        ("指标目录 SHA-256", report.catalogue.get("sha256", "")),
        ("考核期", f"{report.period}({report.period.start} 至 {report.period.last_day})"),
        ("数据截至(含)", f"{report.as_of}"),
        ("证据行数上限", f"每项指标 {limit} 行;全部各行可用 itss-kpi explain 查看"),
        (
            "读取限制",
            f"内存 {most.memory} MiB,时间 {most.seconds} 秒,解压后 {most.unpacked} MiB",
        ),
        ("精度", "比率按整数之比精确比较,不先舍入;时间精确到微秒(复算公式到毫秒);金额按所填小数位"),
    ]
    for name, text in facts:
        made.put(1, name, replace(PLAIN, bold=True))
        made.span(2, 5, text, PLAIN)
        made.next()
    made.next()
    made.section(f"读取的文件({len(inputs)} 个)")
    made.table_head(["台账", "文件", "大小(字节)", "保存日期", "SHA-256"])
    exports = {export.path: export for export in read}
    for one in inputs:
        export = exports.get(one.path)
        name = catalogue.sources[export.source].name if export else "—"
        saved = export.saved if export else None
        digest = export.sha256 if export else "没有读出,见数据问题"
        looks = [PLAIN, PLAIN, NUMBER, replace(CENTRED, format="yyyy-mm-dd"), PLAIN]
        made.line([name, one.path, one.size, saved or "未写明", digest], looks)
