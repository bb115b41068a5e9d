"""未达成分析: a block for each assessment that is unmet or doubtful, with cells for what is to be done about it.

Source: GB/T 28827.1 5.5 c) and d): what falls short is analysed, corrected, and the correction is verified.
Convention: each cell to fill in has its key (number, period, group, field) beside it, outside what is printed, so that
what was filled in is found again (`filled_in`) when the workbook is made anew.
"""

import functools
import re
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from itss_kpi.analysis.evidence import Evidence, EvidenceRow
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.wording import STANDINGS, gap_text, name_text, target_text
from itss_kpi.core.results import Assessment, Verdict
from itss_kpi.core.text import BLANK_GROUP
from itss_kpi.plan.year import PlanYear
from itss_kpi.render import sheet_style as style
from itss_kpi.render.xlsx import Book, Link, check, column, opened, place, safe
from itss_kpi.workbook.evidence import EvidenceRange
from itss_kpi.workbook.results import Results

SHEET = "未达成分析"
FIELDS = ("原因分析", "纠正措施", "责任部门", "责任人", "完成期限", "验证结果")
OUTCOMES = ("有效", "无效", "待观察", "未验证")
ROWS_SHOWN = 5
_DAY = "完成期限"
_HEIGHTS = {"原因分析": 40, "纠正措施": 40}
_WIDTHS = [11, 13, 11, 13, 11, 14, 11, 18]
_KEYS = len(_WIDTHS) + 2

Block = tuple[int, str, str]
"""A block: number, period and group of its assessment."""
Key = tuple[int, str, str, str]
"""A cell to fill in: number, period, group and field."""
FilledIn = Mapping[Key, Any]


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was filled in in an earlier workbook: `kept` by its keys, and the `places` of what no later one can hold, as
    signatures, a form filled in by hand, and blocks whose keys are gone."""

    kept: FilledIn
    places: Sequence[str] = ()


def filled_in(content: bytes, ours: Collection[str], shown: Sequence[str]) -> Earlier | None:
    """What was filled in in an earlier workbook with these bytes; None where it is not one of ours, which have all the
    sheets `ours` (another program's may have one of such a name). In sheets whose names begin as one that is `shown`
    nothing is filled in, though a ledger's row may look so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what openpyxl misses in the workbooks of other programs
        try:
            book = opened(content)
            return _filled_in(book, content, tuple(shown)) if set(ours) <= set(book.sheetnames) else None
        except Exception:  # a damaged file can make any
            return None


def _filled_in(book: Any, content: bytes, shown: tuple[str, ...]) -> Earlier:
    found: dict[Key, list[Any]] = {}
    places: list[str] = []
    worked_out = _worked_out(content)
    for sheet in book.worksheets:
        if sheet.title.startswith(shown):
            continue
        for row in _rows(sheet):
            key, cells = _keyed(row) if sheet.title == SHEET else (None, ())
            for cell in cells if key else _fillable(row):
                value = worked_out(cell) if cell.data_type == "f" else cell.value
                if key is None or cell.data_type == "e":
                    places.append(place(sheet.title, cell.coordinate))
                elif _plain(value) not in found.setdefault(key, []):
                    found[key].append(_plain(value))
    kept = {key: one[0] if len(one) == 1 else "\n".join(map(str, one)) for key, one in found.items()}
    return Earlier({key: value for key, value in kept.items() if value != ""}, places)


def _rows(sheet: Any) -> Iterator[list[Any]]:
    """The cells that hold something."""
    sheet.reset_dimensions()  # the rows that are there, not those that the file says there are
    for row in sheet.iter_rows():
        yield [cell for cell in row if cell.value is not None and str(cell.value).strip()]


def _keyed(row: Sequence[Any]) -> tuple[Key | None, Sequence[Any]]:
    """The key in a row, and the cells that were filled in before it, wherever columns have gone."""
    keys = [(at, key) for at, cell in enumerate(row) if (key := _key_of(cell.value))]
    if not keys:
        return None, ()
    at, key = keys[-1]
    labels = [one for one in range(at) if row[one].value == key[3]][:1]
    return key, row[labels[0] + 1 if labels else 0 : at]


def _key_of(text: object) -> Key | None:
    parts = _plain(text).split("|") if isinstance(text, str) else []
    if len(parts) < 4 or not parts[0].isdecimal() or parts[-1] not in FIELDS:
        return None
    return int(parts[0]), parts[1], "|".join(parts[2:-1]), parts[-1]


def _fillable(row: Sequence[Any]) -> Iterator[Any]:
    """The cells of a row without a key that were filled in: by their colour, or by the field's name before them."""
    named = bool(row) and row[0].value in FIELDS
    return (
        cell for at, cell in enumerate(row) if (named and at) or str(cell.fill.fgColor.rgb).endswith(style.FILLABLE)
    )


def _worked_out(content: bytes) -> Callable[[Any], Any]:
    """The value of a formula that somebody typed, or its text where no program has worked it out."""

    @functools.cache
    def values() -> dict[str, Any]:
        return {cell.coordinate: cell.value for row in _rows(opened(content, values=True)[SHEET]) for cell in row}

    return lambda cell: values().get(cell.coordinate, getattr(cell.value, "text", cell.value))


def _plain(value: Any) -> Any:
    """A cell's value without what files add to it: escapes, a time of day where there is none."""
    if isinstance(value, str):
        text = re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), value)
        return text.replace("\r\n", "\n").replace("\r", "\n")
    return value.date() if isinstance(value, datetime) and value.time() == time() else value


def block_of(item: Assessment) -> Block:
    """An assessment's block, spelt as a cell shows it."""
    return item.number, str(item.period), _plain(safe(item.group or ""))


def write_followup(
    book: Book,
    year: PlanYear,
    evidences: Mapping[str, Evidence],
    ranges: Mapping[str, EvidenceRange],
    results: Results,
    kept: FilledIn,
) -> dict[Block, str]:
    """未达成分析, with what was `kept` of an earlier one; `ranges` say where the `evidences` stand. The place of each
    block."""
    made = style.page(book, SHEET, _WIDTHS, breaks=True, upright=True)
    made.heading(
        SHEET,
        "未达成与待核实的每一项各一块;浅黄色的单元格由责任部门填写(GB/T 28827.1 5.5 c、d:分析原因,采取纠正措施,"
        "验证效果)。再次生成同名工作簿时,已填的内容会保留。",
    )
    fields = _Fields.of(made, year.catalogue, kept)
    places: dict[Block, str] = {}
    items = [item for item in year.report.due if item.verdict in (Verdict.MISSED, Verdict.UNVERIFIED)]
    for item in items:
        first = made.row
        places[block_of(item)] = made.place(f"A{first}")
        stands = ranges.get(item.indicator)
        _write_head(made, item, results, stands)
        if stands:
            _write_rows(made, item, evidences[item.indicator], stands)
        fields.write(block_of(item))
        made.keep(first)
    # nothing that somebody wrote is lost
    for key in sorted({key[:3] for key in kept} - places.keys()):
        number, period, group = key
        made.section(f"{name_text(str(number), group)}  {period}:以前填写的分析,本次不在未达成与待核实之列")
        fields.write(key)
    if not items:
        made.say("本期没有未达成或待核实的指标。")
    made.sheet.print_area = f"A1:{column(len(_WIDTHS))}{made.row}"
    return places


def write_blank_followup(book: Book, catalogue: Catalogue, blocks: int) -> None:
    """未达成分析 with empty blocks."""
    made = style.page(book, SHEET, _WIDTHS, breaks=True, upright=True)
    made.heading(SHEET, "未达成与待核实的每一项各填一块。")
    fields = _Fields.of(made, catalogue, {})
    for _ in range(blocks):
        first = made.row
        made.section("")
        for labels in (("指标序号", "指标名称", "考核期", "结论"), ("考核要求", "实际值", "分子 / 分母", "差距")):
            made.facts([(label, "", style.FILL_IN) for label in labels])
        fields.write(None)
        made.keep(first)


def _write_head(made: style.Page, item: Assessment, results: Results, evidence: EvidenceRange | None) -> None:
    title = f"{item.number} {name_text(item.name, item.group)}  {item.period}"
    made.line(
        [title, style.verdict_label(item.verdict)],
        [style.SECTION, style.verdict_look(item.verdict)],
        wide=[6, 2],
        height=21,
    )
    value, value_look = style.value_cell(item)
    made.facts(
        [
            ("考核要求", target_text(item.target), style.CENTRED),
            ("实际值", value, replace(value_look, across="center")),
            ("分子", *style.part_cell(item.numerator, item.part_unit)),
            ("分母", *style.part_cell(item.denominator, item.base_unit)),
        ]
    )
    link = replace(style.LINK, across="center")
    made.facts(
        [
            ("差距", gap_text(item) or "—", replace(style.CENTRED, bold=True)),
            ("存疑", f"存疑 {item.doubtful_rows} 行" if item.doubtful_rows else "—", style.CENTRED),
            ("出处", Link("达成情况 →", results.place(item)), link),
            ("证据", Link("证据明细 →", evidence.link()) if evidence else "—", link),
        ]
    )


def _write_rows(made: style.Page, item: Assessment, evidence: Evidence, stands: EvidenceRange) -> None:
    costly = list(_costly(item, evidence))
    if not costly:
        return
    more = f",列出前 {ROWS_SHOWN} 行" if len(costly) > ROWS_SHOWN else ""
    made.say(f"影响结论的记录:共 {len(costly)} 行{more}", replace(style.PLAIN, bold=True, fill="F2F2F2"))
    wide = (1, 2, 3, 2)
    made.line(["归类", "编号", "文件与行号", "原因"], replace(style.CENTRED, bold=True, size=9), wide=wide)
    small = replace(style.PLAIN, size=9, wrap=False, shrink=True)
    for at, row in costly[:ROWS_SHOWN]:
        path, sheet, line = row.place
        name = "" if not row.cells or row.cells[0] is None else str(row.cells[0])
        where = Link(f"{path}!{sheet}!第 {line} 行", stands.link(stands.first + at))
        looks = (replace(style.CENTRED, size=9), small, replace(small, color=style.LINK.color), small)
        made.line([STANDINGS[row.traced.kind], name, where, row.reason], looks, wide=wide)


def _costly(item: Assessment, evidence: Evidence) -> Iterator[tuple[int, EvidenceRow]]:
    """The doubtful rows and those that cost the value something, with their places in the evidence (from 0)."""
    rows = ((block.period, row) for block in evidence.blocks for row in block.rows)
    for at, (period, row) in enumerate(rows):
        if period == item.period and _costs(item, row, evidence):
            yield at, row


def _costs(item: Assessment, row: EvidenceRow, evidence: Evidence) -> bool:
    if item.group is not None:
        grouped = evidence.at(evidence.indicator.for_each or "")
        if grouped is not None and (row.cells[grouped] or BLANK_GROUP) != item.group:
            return False
    if row.traced.kind in ("failing", "doubtful"):
        return True
    top, bottom = row.adds.get("numerator"), row.adds.get("denominator")
    if top is not None and bottom is not None:
        return row.traced.kind == "counted" and top < bottom
    # a count that is too high is made of what it counts
    over = item.value is not None and item.target is not None and item.target.side(item.value) > 0
    return over and row.traced.kind == "counted"


# ---- cells to fill in


@dataclass(frozen=True, slots=True)
class _Fields:
    """Writes the cells to fill in, with what is `kept` of them and the checks of what is typed there, by field."""

    made: style.Page
    kept: FilledIn
    checks: Mapping[str, Any]

    @classmethod
    def of(cls, made: style.Page, catalogue: Catalogue, kept: FilledIn) -> "_Fields":
        """Those of the sheet."""
        departments = ",".join(catalogue.plan.departments)
        lists = {"验证结果": ",".join(OUTCOMES)} | ({"责任部门": departments} if len(departments) <= 250 else {})
        told = {"errorTitle": "请核对", "error": "请从列表中选择"}
        checks = {
            name: check(made.sheet, type="list", formula1=f'"{words}"', **told)
            for name, words in lists.items()
            if '"' not in words
        }
        told["error"] = "请填日期,如 2022-10-31"
        since = {"operator": "greaterThanOrEqual", "formula1": "DATE(2000,1,1)"}
        return cls(made, kept, checks | {_DAY: check(made.sheet, type="date", **since, **told)})

    def write(self, key: Block | None) -> None:
        """The cells of a block, each with its key beside what is printed."""
        made = self.made
        for name in FIELDS:
            value = self.kept.get((*key, name), "") if key else ""
            if name in self.checks:
                self.checks[name].add(f"B{made.row}")
            if key:
                text = "|".join((*map(str, key), name))
                made.book.put(made.sheet, made.row, _KEYS, text, replace(style.FAINT, edge="", size=8, wrap=False))
            look = replace(style.FILL_IN, format=_format(name, value))
            made.facts([(name, value, look)], wide=len(_WIDTHS) - 1, height=_HEIGHTS.get(name, 18))
        made.next()


def _format(name: str, value: Any) -> str:
    """How a cell to fill in shows its value; text, for Excel to take a text for nothing else."""
    if isinstance(value, datetime):
        return "yyyy-mm-dd hh:mm"
    if isinstance(value, date) or (isinstance(value, str) and name == _DAY):
        return "yyyy-mm-dd"
    return "@" if isinstance(value, str) else "General"
