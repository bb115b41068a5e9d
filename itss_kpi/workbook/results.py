"""指标达成情况: every indicator of the plan with its assessments; and 复算, the same with the recount of each number.

Convention: the values are the engine's and never move. A recount (`recount`) is a formula over an evidence sheet of the
same workbook. 核对 says whether the two agree.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from itss_kpi.analysis.series import change_text
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator, Measure, listed
from itss_kpi.catalogue.wording import RULED, gap_text, room_text, target_text
from itss_kpi.core.period import Period
from itss_kpi.core.results import Assessment, Verdict
from itss_kpi.engine.rows.populations import SHIFTED
from itss_kpi.plan.year import PlanYear
from itss_kpi.render import sheet_style as style
from itss_kpi.render.xlsx import Book, Cell, Formula, Link, Look, column, opened, place, safe
from itss_kpi.workbook.accounts import Accounts
from itss_kpi.workbook.evidence import EvidenceRange
from itss_kpi.workbook.recount import AGREES, DIFFERS, Recount
from itss_kpi.workbook.row_formulas import EXTREMES

SHEET, RECOUNT = "指标达成情况", "复算"
COLUMNS: dict[str, tuple[str, float]] = {
    "number": ("序号", 4.5),
    "domain": ("指标域", 9.6),
    "name": ("指标名称", 14),
    "formula": ("计算公式", 17),
    "target": ("考核要求", 8),
    "cycle": ("考核周期", 6),
    "department": ("责任部门", 8.5),
    "period": ("考核期", 8.5),
    "numerator": ("分子", 7.5),
    "numerator2": ("复算分子", 7.5),
    "denominator": ("分母", 7),
    "denominator2": ("复算分母", 7.5),
    "value": ("实际值", 13),
    "value2": ("复算实际值", 13),
    "verdict": ("结论", 10),
    "verdict2": ("复算结论", 10),
    "check": ("核对", 6.5),
    "gap": ("差距", 7),
    "before": ("环比", 13.5),
    "year": ("同比", 13.5),
    "remark": ("说明", 12),
    "evidence": ("证据", 6),
}
_RECOUNTED = ("numerator2", "denominator2", "value2", "verdict2", "check")
_SHOWN = [name for name in COLUMNS if name not in _RECOUNTED]
_HELPER_AT = len(COLUMNS) + 2
_GROUP_AT = _HELPER_AT + len(EXTREMES)
UNCHECKED = "未复算"

Cells = Mapping[str, tuple[Cell, Look]]
"""What stands in a row, by the names of `COLUMNS`."""


@dataclass(frozen=True, slots=True)
class Results:
    """Where the results stand: the row of each assessment by number, period and group, and the cells of the checks."""

    sheet: str
    rows: Mapping[tuple[int, str, str], int]
    first: int
    last: int
    unchecked: int
    columns: Sequence[str]

    @property
    def checked(self) -> int:
        """How many assessments are recounted."""
        return len(self.rows) - self.unchecked

    def place(self, item: Assessment) -> str:
        """The first cell of an assessment's row."""
        return place(self.sheet, f"A{self.rows[item.number, str(item.period), item.group or '']}")

    def range(self, name: str) -> str:
        """The cells of one of `COLUMNS`."""
        letter = column(self.columns.index(name) + 1)
        return place(self.sheet, f"${letter}${self.first}:${letter}${self.last}")


def write_results(
    book: Book, year: PlanYear, evidence: Mapping[str, EvidenceRange], accounts: Accounts | None = None
) -> Results:
    """The sheet of all results; `evidence` says by the indicators' ids where it stands. In the workbook with the
    evidence, which has `accounts`, each number has its recount beside it."""
    changes = {_key(point.item): (point.on_before, point.on_year_before) for one in year.series for point in one.points}
    names = list(COLUMNS) if accounts else _SHOWN
    if not any(last for _, last in changes.values()):
        names = [name for name in names if name != "year"]
    made, report = style.page(book, RECOUNT if accounts else SHEET, _widths(names)), year.report
    made.heading(f"{report.period} 运维服务指标{'的复算' if accounts else '达成情况'}")
    note = "“复算”各列是读取证据工作表的公式,结论按复算的分子、分母精确比较;核对为“不一致”时,证据已被改动。"
    made.line(
        ["数据截至(含)", min(report.as_of, report.period.last_day), note if accounts else ""],
        [replace(style.FAINT, across="right"), style.DAY, replace(style.FAINT, edge="", wrap=False)],
        wide=[3, 1, len(names) - 4],
    )
    counted = made.row
    if accounts:
        made.next()
    made.table_head([COLUMNS[name][0] for name in names], freeze=names.index("name") + 2)
    first = made.row
    rows: dict[tuple[int, str, str], int] = {}
    unchecked = 0
    for number, domain, indicator in listed(year.catalogue.shown):
        items = [item for item in report.assessments if item.number == number]
        writer = _Writer(made, year, indicator, evidence.get(indicator.id), accounts, names)
        if len(items) > 1:
            writer.parent(number, domain, items)
        for item in items:
            rows[item.number, str(item.period), item.group or ""] = made.row
            found = changes.get(_key(item), ()) if item.due else ()
            writer.item(item, domain, [change_text(one, item.unit) for one in found], alone=len(items) == 1)
            unchecked += not writer.is_recounted(item)
    last = max(first, made.row - 1)
    made.sheet.auto_filter.ref = f"A{first - 1}:{column(len(names))}{last}"
    made.sheet.print_area = f"A1:{column(len(names))}{last}"
    written = Results(made.title, rows, first, last, unchecked, names)
    if accounts:
        _check(made, written, counted)
    return written


def _widths(names: Sequence[str]) -> list[float]:
    return [COLUMNS[name][1] for name in names]


def _key(item: Assessment) -> tuple[int, str | None, Period]:
    return item.number, item.group, item.period


def write_blank_results(book: Book, catalogue: Catalogue, period: Period) -> None:
    """The sheet without data: the plan's rows with cells for what falls due in `period`."""
    shown = [name for name in _SHOWN if name != "evidence"]
    made = style.page(book, SHEET, _widths(shown))
    made.heading(f"{period} 运维服务指标达成情况")
    made.table_head([COLUMNS[name][0] for name in shown], freeze=4)
    for number, domain, indicator in listed(catalogue.shown):
        for due in [str(one) for one in indicator.due_in(period)] or ["未到期"]:
            cells = {**_plan_cells(indicator, number, domain), "period": (due, style.CENTRED)}
            values, looks = zip(*(cells.get(name, ("", style.FILL_IN)) for name in shown), strict=True)
            made.line(values, looks, height=28)


def _check(made: style.Page, found: Results, counted: int) -> None:
    """What differs stands out and is `counted` above, and what the formulas read stands beside."""
    sheet, first, last = made.sheet, found.first, found.last
    check, one, other = (column(found.columns.index(name) + 1) for name in ("check", "verdict", "verdict2"))
    style.alarm(sheet, f"{check}{first}:{check}{last}", f'${check}{first}="{DIFFERS}"')
    changed = f'AND(${check}{first}="{DIFFERS}",NOT(EXACT(${one}{first},${other}{first})))'
    style.alarm(sheet, f"{other}{first}:{other}{last}", changed)
    for at, name in enumerate((*EXTREMES, "组"), _HELPER_AT):
        sheet.column_dimensions[column(at)].width = 10
        made.book.put(sheet, first - 1, at, name, replace(style.FAINT, across="center"))
    agree, differ, unchecked = (f'COUNTIF({found.range("check")},"{state}")' for state in (AGREES, DIFFERS, UNCHECKED))
    summed = Formula(
        f'="一致 "&{agree}&" 项,不一致 "&{differ}&" 项,未复算 "&{unchecked}&" 项"',
        f"一致 {found.checked} 项,不一致 0 项,未复算 {found.unchecked} 项",
    )
    made.book.put(made.sheet, counted, 1, "复算核对", style.LABEL)
    made.book.merge(made.sheet, counted, 1, 3, style.LABEL)
    made.book.put(made.sheet, counted, 4, summed, replace(style.CHECKED, across="left"))
    made.book.merge(made.sheet, counted, 4, 8, style.CHECKED)
    style.alarm(sheet, f"D{counted}:H{counted}", f"{differ}>0")
    said = "复算过程(存疑行使结论最低、最高时的分子与分母;不打印)"
    made.book.put(sheet, first - 2, _HELPER_AT, said, replace(style.FAINT, edge="", wrap=False))


def differences(content: bytes, items: Sequence[Assessment]) -> Iterator[str]:
    """Where a workbook of these bytes says something else of the assessments than they do."""
    found = _shown(content)
    for item in items:
        period = f"{item.period} {safe(item.group)}" if item.group else str(item.period)
        shown = found.get((item.number, period))
        if shown is None:
            yield f"“{SHEET}”中没有 {item.number} {item.name} {period}"
            continue
        wanted = {
            "numerator": style.part_cell(item.numerator, item.part_unit)[0],
            "denominator": style.part_cell(item.denominator, item.base_unit)[0],
            "value": style.value_cell(item)[0],
            "verdict": style.verdict_label(item.verdict),
        }
        for name, value in wanted.items():
            if not _agree(shown[COLUMNS[name][0]], value):
                said = f"{COLUMNS[name][0]}是 {shown[COLUMNS[name][0]]},报告中是 {value}"
                yield f"{item.number} {item.name} {period}:{said}"


def _shown(content: bytes) -> dict[tuple[Any, Any], Mapping[str, Any]]:
    """The rows of the sheet of results by number and period."""
    rows = [[cell.value for cell in row] for row in opened(content)[SHEET].iter_rows()]
    wanted = {COLUMNS[name][0] for name in ("number", "period", "numerator", "verdict")}
    at = next((at for at, row in enumerate(rows) if wanted <= set(row)), len(rows))
    lines = [dict(zip(rows[at], row, strict=True)) for row in rows[at + 1 :]] if at < len(rows) else []
    return {(line[COLUMNS["number"][0]], line[COLUMNS["period"][0]]): line for line in lines}


def _agree(shown: Any, value: Cell) -> bool:
    if isinstance(shown, int | float) and isinstance(value, int | float):
        return abs(shown - value) <= 1e-9 * max(1, abs(value))
    return bool(shown == value)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the rows of one indicator."""

    made: style.Page
    year: PlanYear
    indicator: Indicator
    evidence: EvidenceRange | None
    accounts: Accounts | None
    names: Sequence[str]

    def parent(self, number: int, domain: str, items: Sequence[Assessment]) -> None:
        """The indicator's own row above those of its periods."""
        attained = sum(item.verdict is Verdict.ATTAINED for item in items)
        due = sum(item.due for item in items)
        several = f"共 {len(items)} {'项' if self.indicator.for_each else '期'}"
        self._write(
            _plan_cells(self.indicator, number, domain),
            {
                "period": (several, replace(style.CENTRED, bold=True)),
                "verdict": (f"达成 {attained}/{due}", replace(style.CENTRED, bold=True, wrap=False)),
            },
        )

    def item(self, item: Assessment, domain: str, changes: Sequence[str], *, alone: bool) -> None:
        """The row of an assessment; `changes` are the texts of 环比 and 同比."""
        plan = _plan_cells(self.indicator, item.number, domain)
        if not alone:
            again = ("number", "domain", "name")
            faint = replace(style.FAINT, wrap=False, shrink=True)
            plan = {name: (plan[name][0], replace(faint, across=plan[name][1].across)) for name in again}
            self.made.sheet.row_dimensions[self.made.row].outlineLevel = 1
        period = f"{item.period} {item.group}" if item.group else str(item.period)
        before, year = changes or ("", "")
        said: Cells = {
            "period": (period, style.CENTRED),
            "gap": (gap_text(item), replace(style.CENTRED, color=style.RED)),
            "before": (before, replace(style.CENTRED, wrap=False, shrink=True)),
            "year": (year, replace(style.CENTRED, wrap=False, shrink=True)),
            "remark": (";".join(self._remarks(item)), style.SMALL),
        }
        self._write(plan, said, self._numbers(item))

    def _write(self, *cells: Cells) -> None:
        evidence: tuple[Cell, Look] = ("—", style.CENTRED)
        if self.evidence:
            where = place(self.evidence.sheet, "A1") if self.accounts else self.evidence.link()
            evidence = Link("明细 →", where), replace(style.LINK, across="center", wrap=False)
        found = {name: cell for some in cells for name, cell in some.items()} | {"evidence": evidence}
        values, looks = zip(*(found.get(name, (None, style.PLAIN)) for name in self.names), strict=True)
        self.made.line(values, looks)

    def _remarks(self, item: Assessment) -> Iterator[str]:
        for absence in item.absent:
            source = self.year.catalogue.sources[absence.source].name
            yield f"缺 {absence.department}“{source}”{'、'.join(absence.months)}"
        if not item.due and not item.absent:
            yield f"余量:{room_text(item)}"
        if item.doubtful_rows and not item.absent:
            yield f"存疑 {item.doubtful_rows} 行"
        if item.rulings:
            yield f"{RULED} 裁定 {'、'.join(item.rulings)}"
        if item.verdict is Verdict.UNDEFINED:
            yield "计划的口径尚未商定,或缺少作分母的计划数"
        if item.verdict is Verdict.NOT_APPLICABLE:
            yield "分母为零,本期没有发生"
        for label, value in item.beside:
            yield f"{label} {value}"
        if self.accounts and (reason := self._unchecked(item)):
            yield reason

    # ---- recounting

    def is_recounted(self, item: Assessment) -> bool:
        """Whether the assessment is worked out again by formulas."""
        return not self._unchecked(item) and (self.evidence is not None or bool(item.absent))

    def _unchecked(self, item: Assessment) -> str:
        """Why an assessment isn't recounted; '' where it is."""
        if self.evidence is None:
            return "没有可复算的记录" if not item.absent else ""
        single = self.indicator.value
        if isinstance(single, str):
            return "算式由几个度量组成,请按证据逐个核对"
        if isinstance(single, Measure) and single.measure not in ("count", "sum", "distinct"):
            return "平均、最大、最小与中位数请按证据核对"
        if any(measure.window in SHIFTED for measure in self.indicator.all_measures.values()):
            return "上一期、上年同期的数请按证据核对"
        if self.indicator.among and item.verdict is Verdict.UNVERIFIED:
            return "不知各行属于名单中的哪一组"
        return self.evidence.remark

    def _numbers(self, item: Assessment) -> Cells:
        top, top_look = style.part_cell(item.numerator, item.part_unit)
        bottom, bottom_look = style.part_cell(item.denominator, item.base_unit)
        value, value_look = style.value_cell(item)
        label = style.verdict_label(item.verdict)
        shown: Cells = {
            "numerator": (top, top_look),
            "denominator": (bottom, bottom_look),
            "value": (value, replace(value_look, bold=True)),
            "verdict": (label, style.verdict_look(item.verdict)),
        }
        if not self.accounts:
            return shown
        if not self.is_recounted(item):
            none = {f"{name}2": ("—", _recounted(style.CENTRED)) for name in shown}
            return {**shown, **none, "check": (UNCHECKED, replace(style.CHECKED, color=style.GREY, bold=False))}
        recount = self._recount(item, self.accounts)
        judged = replace(_recounted(style.CENTRED), wrap=False, shrink=True)
        return {
            **shown,
            "numerator2": (Formula("=" + recount.numerator(), top), _recounted(top_look)),
            "denominator2": (Formula("=" + recount.denominator(), bottom), _recounted(bottom_look)),
            "value2": (Formula("=" + recount.value(value), value), _recounted(value_look)),
            "verdict2": (Formula("=" + recount.verdict(), label), judged),
            "check": (Formula("=" + recount.check(value), AGREES), style.CHECKED),
        }

    def _recount(self, item: Assessment, accounts: Accounts) -> Recount:
        """The formulas, and what they read beside the row."""
        made, at = self.made, self.made.row
        cells = {name: f"{column(across)}{at}" for across, name in enumerate(self.names, 1)}
        extremes = [f"{column(across)}{at}" for across in range(_HELPER_AT, _GROUP_AT)]
        group = f"{column(_GROUP_AT)}{at}"
        recount = Recount(self.year, self.indicator, item, self.evidence, accounts, cells, extremes, group)
        for across, text in enumerate(recount.helpers(), _HELPER_AT):
            made.book.put(made.sheet, at, across, Formula("=" + text, None), _recounted(style.PLAIN))
        if item.group:
            # formulas read the name here: as a text of theirs it could be too long, or none that they can hold
            made.book.put(made.sheet, at, _GROUP_AT, item.group, _recounted(style.PLAIN))
        return recount


def _plan_cells(indicator: Indicator, number: int, domain: str) -> Cells:
    """What the plan says of the indicator, in its wording."""
    printed = indicator.printed_target or target_text(indicator.targets[-1][1] if indicator.targets else None)
    return {
        "number": (number, style.CENTRED),
        "domain": (domain, style.CENTRED),
        "name": (indicator.name, replace(style.PLAIN, bold=True)),
        "formula": (indicator.formula, style.SMALL),
        "target": (printed, style.CENTRED),
        "cycle": (indicator.period.label, style.CENTRED),
        "department": ("、".join(indicator.department), style.SMALL),
    }


def _recounted(look: Look) -> Look:
    return replace(look, italic=True, bold=False, color="595959", fill="F2F2F2")
