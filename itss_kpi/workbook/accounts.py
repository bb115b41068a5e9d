"""数据核对: what is missing, and what became of every row.

Convention: sums are formulas that check themselves. An export's row is what problems link to.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.wording import MEASURES
from itss_kpi.core.results import Assessment, Report
from itss_kpi.plan.year import PlanYear
from itss_kpi.render.sheet_style import CENTRED, CHECKED, NUMBER, PLAIN, Page, alarm, page
from itss_kpi.render.xlsx import Book, Cell, Formula, place
from itss_kpi.workbook.evidence import period_number

SHEET = "数据核对"
EVEN, UNEVEN = "平", "不平"
_WIDTHS = [8, 9, 17, 12, 34, 14, 8, 22, 8, 8, 8, 9, 8, 8, 9, 8]
_HEAD = replace(CENTRED, bold=True)
_COUNTS = 8
"""The last columns: the whole, its parts (up to five), their sum, and whether it is the whole."""
_NAMED = len(_WIDTHS) - _COUNTS
_MISSING = ("序号", "期号", "指标名称", "考核期", "台账", "部门", "", "缺少的月份")
_EXPORTS = ("序号", "格式", "台账", "部门", "文件", "工作表", "表头行", "覆盖")
_ROWS = ("读取", "保留", "空行", "非数据", "重复", "")
_MEASURES = ("序号", "期号", "指标名称", "考核期", "台账", "度量", "", "")
_COUNTED = ("保留", "计入", "期外", "文件期外", "排除", "存疑")


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

    def missing_of(self, item: Assessment) -> str:
        """How many exports are missing for an assessment, as formulas count them."""
        first, last = self.missing
        numbers, periods = (place(self.sheet, f"${letter}${first}:${letter}${last}") for letter in "AB")
        return f"COUNTIFS({numbers},{item.number},{periods},{period_number(item.period)})"


def write_accounts(book: Book, year: PlanYear) -> Accounts:
    """The sheet 数据核对."""
    made = page(book, SHEET, _WIDTHS)
    made.heading(
        SHEET,
        "读取 = 保留 + 空行 + 非数据 + 重复;每个度量:保留 = 计入 + 期外 + 文件期外 + 排除 + 存疑。合计与核对是公式。",
    )
    missing = _write_missing(made, year)
    first = _write_counts(made, "二、各导出文件的行数", (*_EXPORTS, *_ROWS), _exports(year.catalogue, year.report))
    _write_counts(made, "三、各度量的行数", (*_MEASURES, *_COUNTED), _measures(year.report))
    exports = {(one.path, one.sheet): at for at, one in enumerate(year.report.exports, first)}
    return Accounts(made.title, exports, missing)


def _write_missing(made: Page, year: PlanYear) -> tuple[int, int]:
    made.section("一、应交而未交的台账(因此数据缺失)")
    made.line(_MISSING, _HEAD)
    first = made.row
    for item in year.report.assessments:
        for absence in item.absent:
            name = year.catalogue.sources[absence.source].name
            cells = [item.number, period_number(item.period), item.name, str(item.period), name, absence.department]
            made.line([*cells, "", "、".join(absence.months)])
    if made.row == first:
        made.line(["无", *[None] * (len(_MISSING) - 1)])
    made.next()
    return first, made.row - 2


_Row = tuple[Sequence[Cell], Sequence[int | None]]
"""What names a row, and its counts: the whole and its parts; none where the file couldn't be read."""


def _exports(catalogue: Catalogue, report: Report) -> Iterator[_Row]:
    for at, one in enumerate(report.exports, 1):
        covers = f"{one.covers[0]} 至 {one.covers[1]}(不含)" if one.covers else "不明"
        names = (catalogue.sources[one.source].name, one.department, one.path, one.sheet, one.header_row or None)
        rows = one.rows
        counts = (rows.read, rows.kept, rows.blank, rows.non_data, rows.duplicate, None) if one.readable else ()
        yield (at, one.format, *names, covers), counts


def _measures(report: Report) -> Iterator[_Row]:
    for item in report.assessments:
        for one in item.accounting if not item.group else ():
            named = (item.name, str(item.period), one.source, MEASURES.get(one.measure, one.measure), None, None)
            counts = (one.kept, one.counted, one.outside, one.elsewhere, one.excluded, one.doubtful)
            yield (item.number, period_number(item.period), *named), counts


def _write_counts(made: Page, title: str, names: Sequence[str], rows: Iterable[_Row]) -> int:
    """A table of counts that check themselves; its first row."""
    made.section(title)
    made.line([*names, "合计", "核对"], _HEAD)
    first = made.row
    for named, counts in rows:
        made.line(
            [*named, *(_checked(made.row, counts) if counts else ["未读", *[None] * (_COUNTS - 1)])],
            [CENTRED, *[PLAIN] * (_NAMED - 1), *[NUMBER] * (_COUNTS - 1), CHECKED],
        )
    alarm(made.sheet, f"P{first}:P{max(first, made.row - 1)}", f'$P{first}="{UNEVEN}"')
    made.next()
    return first


def _checked(at: int, counts: Sequence[int | None]) -> list[Cell]:
    whole, *parts = counts
    total = Formula(f"=SUM(J{at}:N{at})", sum(filter(None, parts)))
    check = Formula(f'=IF(I{at}=O{at},"{EVEN}","{UNEVEN}")', EVEN if whole == total.value else UNEVEN)
    return [*counts, total, check]
