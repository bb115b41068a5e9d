"""指标达成情况: every indicator of the plan with its assessments, and beside each number its recount by formulas.

Convention: the values are the engine's and never move. A recount (`workbook_recount`) is a formula over the evidence
sheet. 核对 says whether the two agree.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator, Measure
from itss_kpi.catalogue.wording import gap_text, room_text, target_text
from itss_kpi.core.period import Period, periods_due
from itss_kpi.core.results import Assessment, Report, Verdict
from itss_kpi.render.sheet_style import (
    CENTRED,
    CHECKED,
    FAINT,
    FILL_IN,
    GREY,
    LINK,
    PLAIN,
    RED,
    Page,
    alarm,
    page,
    part_cell,
    value_cell,
    verdict_label,
    verdict_look,
)
from itss_kpi.render.xlsx import Book, Cell, Formula, Look, column, place
from itss_kpi.tables.table import Table
from itss_kpi.workbook.evidence import EXTREMES, Proof
from itss_kpi.workbook.recount import AGREES, DIFFERS, Absences, Recount

SHEET = "指标达成情况"
COLUMNS: dict[str, tuple[str, float]] = {
    "number": ("序号", 4.5),
    "domain": ("指标域", 8.5),
    "name": ("指标名称", 14),
    "formula": ("计算公式", 19),
    "target": ("考核要求", 7),
    "cycle": ("考核周期", 5.5),
    "department": ("责任部门", 8.5),
    "period": ("考核期", 8.5),
    "numerator": ("分子", 7.5),
    "numerator2": ("复算分子", 7.5),
    "denominator": ("分母", 7.5),
    "denominator2": ("复算分母", 7.5),
    "value": ("实际值", 11),
    "value2": ("复算实际值", 11),
    "verdict": ("结论", 10),
    "verdict2": ("复算结论", 10),
    "check": ("核对", 6.5),
    "gap": ("差距", 7),
    "before": ("环比", 9),
    "year": ("同比", 9),
    "remark": ("说明", 21),
    "evidence": ("证据", 6),
}
_AT = {name: at for at, name in enumerate(COLUMNS, 1)}
_LETTER = {name: column(at) for name, at in _AT.items()}
_HELPER_AT = len(COLUMNS) + 2
_SEEN = "$D$2"
UNCHECKED = "未复算"

Changes = Callable[[Assessment], tuple[str, str]]
"""The texts of 环比 and 同比 of an assessment."""


@dataclass(frozen=True, slots=True)
class Results:
    """Where the results stand: the row of each assessment by number, period and group, and the cells of the checks."""

    sheet: str
    rows: Mapping[tuple[int, str, str], int]
    first: int
    last: int
    unchecked: int

    @property
    def checked(self) -> int:
        """How many assessments are recounted."""
        return len(self.rows) - self.unchecked

    def place(self, item: Assessment, name: str = "number") -> str:
        """The cell of an assessment's row in one of `COLUMNS`."""
        row = self.rows[item.number, str(item.period), item.group or ""]
        return place(self.sheet, f"{_LETTER[name]}{row}")

    def range(self, name: str) -> str:
        """The cells of one of `COLUMNS`."""
        return place(self.sheet, f"${_LETTER[name]}${self.first}:${_LETTER[name]}${self.last}")


def write_results(
    book: Book,
    catalogue: Catalogue,
    tables: Mapping[str, Table],
    report: Report,
    proofs: Mapping[str, Proof],
    absences: Absences,
    changes: Changes,
    document: str,
) -> Results:
    """The sheet of all results; `proofs` are the evidence sheets by the indicators' ids."""
    made = page(book, SHEET, [width for _, width in COLUMNS.values()], document=document)
    _write_top(made, report)
    made.table_head([title for title, _ in COLUMNS.values()], freeze=_AT["name"] + 1)
    first = made.row
    rows: dict[tuple[int, str, str], int] = {}
    unchecked = 0
    by_number = _by_number(report.assessments)
    for indicator, listed, domain in _listings(catalogue, by_number):
        items = by_number[listed]
        writer = _Writer(made, catalogue, tables, indicator, proofs.get(indicator.id), absences, changes)
        if len(items) > 1:
            writer.parent(listed, domain, items)
        for item in items:
            rows[item.number, str(item.period), item.group or ""] = made.row
            writer.item(item, domain, alone=len(items) == 1)
            unchecked += not writer.is_recounted(item)
    last = max(first, made.row - 1)
    _finish(made, first, last)
    return Results(made.title, rows, first, last, unchecked)


def write_blank_results(book: Book, catalogue: Catalogue, period: Period, document: str) -> None:
    """The sheet without data: the plan's rows with cells for what falls due in `period`."""
    shown = {
        name: column for name, column in COLUMNS.items() if not name.endswith("2") and name not in _ONLY_WORKED_OUT
    }
    made = page(book, SHEET, [width for _, width in shown.values()], document=document)
    made.heading(f"{period} 运维服务指标达成情况")
    made.table_head([title for title, _ in shown.values()], freeze=4)
    listed = [(number, domain, one) for one in catalogue.indicators for number, domain in one.listings]
    for number, domain, indicator in sorted(listed, key=lambda one: one[0]):
        for due in [str(one) for one in periods_due(indicator.period, period)] or ["未到期"]:
            plan = _plan_cells(indicator, number, domain) | {"period": due}
            for at, name in enumerate(shown, 1):
                look = _PLAN_LOOKS.get(name, FILL_IN)
                made.put(at, plan.get(name, ""), look)
            made.fit(28)
            made.next()


_ONLY_WORKED_OUT = ("check", "evidence")


def _by_number(items: Sequence[Assessment]) -> dict[int, list[Assessment]]:
    found: dict[int, list[Assessment]] = {}
    for item in items:
        found.setdefault(item.number, []).append(item)
    return found


def _listings(catalogue: Catalogue, wanted: Mapping[int, Any]) -> Iterator[tuple[Indicator, int, str]]:
    listed = [
        (shown, indicator, domain)
        for indicator in catalogue.indicators
        for shown, domain in indicator.listings
        if shown in wanted
    ]
    for shown, indicator, domain in sorted(listed, key=lambda one: one[0]):
        yield indicator, shown, domain


def _write_top(made: Page, report: Report) -> None:
    made.heading(f"{report.period} 运维服务指标达成情况")
    made.span(1, 3, "数据截至(含)", replace(FAINT, across="right"))
    made.put(4, min(report.as_of, report.period.last_day), replace(CENTRED, format="yyyy-mm-dd"))
    note = "“复算”各列是读取证据工作表的公式,结论按复算的分子、分母精确比较;核对为“不一致”时,证据已被改动。"
    made.span(5, len(COLUMNS), note, replace(PLAIN, edge="", color=GREY, wrap=False))
    made.next()


def _finish(made: Page, first: int, last: int) -> None:
    sheet = made.sheet
    sheet.auto_filter.ref = f"A{first - 1}:{column(len(COLUMNS))}{last}"
    sheet.print_area = f"A1:{column(len(COLUMNS))}{last}"
    check, one, other = (_LETTER[name] for name in ("check", "verdict", "verdict2"))
    alarm(sheet, f"{check}{first}:{check}{last}", f'${check}{first}="{DIFFERS}"')
    changed = f'AND(${check}{first}="{DIFFERS}",NOT(EXACT(${one}{first},${other}{first})))'
    alarm(sheet, f"{other}{first}:{other}{last}", changed)
    for at, name in enumerate((*EXTREMES, "组"), _HELPER_AT):
        letter = column(at)
        sheet.column_dimensions[letter].width = 10
        made.book.put(sheet, first - 1, at, name, replace(FAINT, across="center"))
    made.book.put(
        sheet,
        first - 2,
        _HELPER_AT,
        "复算过程(存疑行使结论最低、最高时的分子与分母;不打印)",
        replace(FAINT, edge="", wrap=False),
    )


@dataclass
class _Writer:
    """Writes the rows of one indicator."""

    made: Page
    catalogue: Catalogue
    tables: Mapping[str, Table]
    indicator: Indicator
    proof: Proof | None
    absences: Absences
    changes: Changes

    def put(self, name: str, value: Cell, look: Look = PLAIN, link: str = "") -> None:
        self.made.put(_AT[name], value, look, link)

    def parent(self, listed: int, domain: str, items: Sequence[Assessment]) -> None:
        """The indicator's own row above those of its periods."""
        self._plan(listed, domain)
        attained = sum(item.verdict is Verdict.ATTAINED for item in items)
        due = [item for item in items if item.due]
        several = f"共 {len(items)} {'项' if self.indicator.for_each else '期'}"
        self.put("period", several, replace(CENTRED, bold=True))
        for name in list(COLUMNS)[_AT["numerator"] - 1 :]:
            self.put(name, None)
        self.put("verdict", f"达成 {attained}/{len(due)}", replace(CENTRED, bold=True, wrap=False))
        self._link()
        self.made.next()

    def item(self, item: Assessment, domain: str, *, alone: bool) -> None:
        """The row of an assessment."""
        if alone:
            self._plan(item.number, domain)
        else:
            for name in ("number", "domain", "name", "formula", "target", "cycle", "department"):
                shown = {"number": item.number, "domain": domain, "name": self.indicator.name}.get(name)
                self.put(name, shown, replace(FAINT, across="center" if name == "number" else "left"))
            self.made.sheet.row_dimensions[self.made.row].outlineLevel = 1
        period = f"{item.period} {item.group}" if item.group else str(item.period)
        self.put("period", period, CENTRED)
        self._numbers(item)
        before, year = self.changes(item)
        self.put("gap", gap_text(item), replace(CENTRED, color=RED))
        self.put("before", before, CENTRED)
        self.put("year", year, CENTRED)
        self.put("remark", ";".join(self._remarks(item)), replace(PLAIN, size=9))
        self._link()
        self.made.next()

    def _plan(self, listed: int, domain: str) -> None:
        for name, cell in _plan_cells(self.indicator, listed, domain).items():
            self.put(name, cell, _PLAN_LOOKS[name])

    def _link(self) -> None:
        if self.proof:
            self.put("evidence", "明细 →", replace(LINK, across="center", wrap=False), place(self.proof.sheet, "A1"))
        else:
            self.put("evidence", "—", CENTRED)

    def _remarks(self, item: Assessment) -> Iterator[str]:
        for absence in item.absent:
            source = self.catalogue.sources[absence.source].name
            yield f"缺 {absence.department}“{source}”{'、'.join(absence.months)}"
        if not item.due and not item.absent:
            yield f"余量:{room_text(item)}"
        if item.doubtful_rows and not item.absent:
            yield f"存疑 {item.doubtful_rows} 行"
        if item.verdict is Verdict.UNDEFINED:
            yield "计划的口径尚未商定,或缺少作分母的计划数"
        if item.verdict is Verdict.NOT_APPLICABLE:
            yield "分母为零,本期没有发生"
        for label, value in item.beside:
            yield f"{label} {value}"
        if reason := self._unchecked(item):
            yield reason

    # ---- recounting

    def is_recounted(self, item: Assessment) -> bool:
        """Whether the assessment is worked out again by formulas."""
        return not self._unchecked(item) and (self.proof is not None or bool(item.absent))

    def _unchecked(self, item: Assessment) -> str:
        """Why an assessment isn't recounted; '' where it is."""
        indicator = self.indicator
        if self.proof is None:
            return "没有可复算的记录" if not item.absent else ""
        if isinstance(indicator.value, str):
            return "算式由几个度量组成,请按证据逐个核对"
        single = indicator.value
        if isinstance(single, Measure) and single.measure not in ("count", "sum", "distinct"):
            return "平均、最大、最小与中位数请按证据核对"
        return self.proof.remark

    def _numbers(self, item: Assessment) -> None:
        top, top_look = part_cell(item.numerator, item.part_unit)
        bottom, bottom_look = part_cell(item.denominator, item.base_unit)
        value, value_look = value_cell(item)
        label = verdict_label(item.verdict)
        self.put("numerator", top, top_look)
        self.put("denominator", bottom, bottom_look)
        self.put("value", value, replace(value_look, bold=True))
        self.put("verdict", label, verdict_look(item.verdict))
        if not self.is_recounted(item):
            for name in ("numerator2", "denominator2", "value2", "verdict2"):
                self.put(name, "—", _recounted(CENTRED))
            self.put("check", UNCHECKED, replace(CHECKED, color=GREY, bold=False))
            return
        at = self.made.row
        cells = {name: f"{letter}{at}" for name, letter in _LETTER.items()}
        extremes = [f"{column(_HELPER_AT + index)}{at}" for index in range(len(EXTREMES))]
        group = f"{column(_HELPER_AT + len(EXTREMES))}{at}"
        if item.group:
            # formulas read the name here: as a text of theirs it could be too long, or none that they can hold
            self.made.book.put(self.made.sheet, at, _HELPER_AT + len(EXTREMES), item.group, _recounted(PLAIN))
        recount = Recount(
            self.catalogue, self.tables, self.indicator, item, self.proof, self.absences, cells, extremes, _SEEN, group
        )
        self.put("numerator2", Formula("=" + recount.numerator(), top), _recounted(top_look))
        self.put("denominator2", Formula("=" + recount.denominator(), bottom), _recounted(bottom_look))
        self.put("value2", Formula("=" + recount.value(value), value), _recounted(value_look))
        self.put(
            "verdict2", Formula("=" + recount.verdict(), label), replace(_recounted(CENTRED), wrap=False, shrink=True)
        )
        self.put("check", Formula("=" + recount.check(value), AGREES), CHECKED)
        for across, text in enumerate(recount.helpers(), _HELPER_AT):
            self.made.book.put(self.made.sheet, at, across, Formula("=" + text, None), _recounted(PLAIN))


_PLAN_LOOKS = {
    "number": CENTRED,
    "domain": CENTRED,
    "name": replace(PLAIN, bold=True),
    "formula": replace(PLAIN, size=9),
    "target": CENTRED,
    "cycle": CENTRED,
    "department": replace(PLAIN, size=9),
    "period": CENTRED,
}


def _plan_cells(indicator: Indicator, listed: int, domain: str) -> dict[str, Cell]:
    """What the plan says of the indicator, in its wording."""
    printed = indicator.printed_target or target_text(indicator.targets[-1][1] if indicator.targets else None)
    return {
        "number": listed,
        "domain": domain,
        "name": indicator.name,
        "formula": indicator.formula,
        "target": printed,
        "cycle": indicator.period.label,
        "department": "、".join(indicator.department),
    }


def _recounted(look: Look) -> Look:
    return replace(look, italic=True, bold=False, color="595959", fill="F2F2F2")
