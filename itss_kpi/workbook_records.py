"""数据核对, 数据问题, 口径说明, 变更履历, 运行信息: what the results rest on.

Convention: sums on 数据核对 are formulas that check themselves. An export's row there is what problems link to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from itss_kpi.catalogue import Catalogue
from itss_kpi.results import Report
from itss_kpi.wording import MEASURES
from itss_kpi.workbook_evidence import period_number
from itss_kpi.workbook_style import CENTRED, CHECKED, NUMBER, PLAIN, Page, alarm, page
from itss_kpi.xlsx import Book, Formula, column, place

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
