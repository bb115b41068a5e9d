"""总览: the answer on the first sheet: how many targets are met, what has to be decided, and who signs.

Convention: counts are formulas over 指标达成情况, so that they can't differ from it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.colors import ColorChoice
from openpyxl.drawing.fill import PatternFillProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties, ParagraphProperties

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import DOMAINS
from itss_kpi.catalogue.wording import gap_text, room_text, target_text
from itss_kpi.core.results import Assessment, Report, Verdict
from itss_kpi.render.sheet_style import (
    BAND,
    BLUE,
    CENTRED,
    CHECKED,
    FAINT,
    FILL_IN,
    GREY,
    LINK,
    PLAIN,
    Page,
    alarm,
    page,
    value_cell,
    verdict_label,
    verdict_look,
)
from itss_kpi.render.xlsx import Book, Formula, Look, column, place
from itss_kpi.workbook.recount import AGREES, DIFFERS
from itss_kpi.workbook.results import UNCHECKED, Results
from itss_kpi.workbook.unmet import Followed

SHEET = "总览"
_WIDTHS = [12, 17, 11, 11, 11, 12, 13, 11, 11, 13]
_LAST = len(_WIDTHS)
_SHOWN = (
    Verdict.ATTAINED,
    Verdict.MISSED,
    Verdict.UNVERIFIED,
    Verdict.MISSING_DATA,
    Verdict.UNDEFINED,
    Verdict.NOT_APPLICABLE,
)
_LABEL = replace(CENTRED, bold=True, fill=BAND)


@dataclass(frozen=True, slots=True)
class Front:
    """What the first sheet says beside the results: when it was made, from how many files, and with which problems."""

    made: datetime
    files: int
    departments: int
    problems: Mapping[str, int]
    sheets: Sequence[str]


def write_front(
    book: Book, catalogue: Catalogue, report: Report, results: Results, followed: Followed, front: Front, document: str
) -> None:
    """总览."""
    made = page(book, SHEET, _WIDTHS, document=document, breaks=True)
    _write_title(made, catalogue, report)
    _write_facts(made, catalogue, report, front)
    _write_signatures(made)
    head, first, last = _write_domains(made, report, results)
    _write_points(made, report, results, followed)
    made.new_page()
    _add_chart(made, head, first, last)
    _write_checks(made, results, front)
    _write_contents(made, front.sheets)


def write_blank_front(book: Book, catalogue: Catalogue, report: Report, sheets: Sequence[str], document: str) -> None:
    """总览 of the form without data."""
    made = page(book, SHEET, _WIDTHS, document=document)
    _write_title(made, catalogue, report)
    facts = [("文件编号", catalogue.plan.document), ("版本", catalogue.plan.version), ("考核期", str(report.period))]
    _write_pairs(made, [*facts, ("数据截至", ""), ("填写日期", ""), ("数据来源", "")])
    _write_signatures(made)
    made.section("各指标域结论")
    made.line(["指标域", "到期", *map(verdict_label, _SHOWN), "未到期", "达成率"], _LABEL)
    for domain in _in_order(domain for indicator in catalogue.indicators for domain in indicator.domains):
        made.line([domain, *[""] * (_LAST - 1)], [CENTRED, *[FILL_IN] * (_LAST - 1)])
    made.next()
    _write_contents(made, sheets)


def _write_title(made: Page, catalogue: Catalogue, report: Report) -> None:
    made.span(1, _LAST, catalogue.plan.organization, Look(size=14, bold=True, across="center", edge="", color=GREY))
    made.fit(28)
    made.next()
    title = f"{report.period} 运维服务指标达成情况"
    made.span(1, _LAST, title, Look(size=22, bold=True, across="center", edge="", color=BLUE))
    made.fit(36)
    made.next()
    made.span(1, _LAST, f"依据《{catalogue.plan.title}》", Look(across="center", edge="", color=GREY))
    made.next()


def _write_facts(made: Page, catalogue: Catalogue, report: Report, front: Front) -> None:
    partial = "(考核期尚未结束)" if report.partial else ""
    source = f"{front.departments} 个部门的 {front.files} 个文件"
    _write_pairs(
        made,
        [
            ("文件编号", catalogue.plan.document),
            ("版本", catalogue.plan.version),
            ("考核期", f"{report.period}({report.period.start} 至 {report.period.last_day})"),
            ("数据截至", f"{report.as_of}{partial}"),
            ("生成时间", f"{front.made:%Y-%m-%d %H:%M}"),
            ("数据来源", source),
        ],
    )


def _write_pairs(made: Page, pairs: Sequence[tuple[str, str]]) -> None:
    for at in range(0, len(pairs), 2):
        for start, (label, text) in zip((1, 6), pairs[at : at + 2], strict=False):
            made.put(start, label, _LABEL)
            made.span(start + 1, start + 4, text, PLAIN if text else FILL_IN)
        made.fit(22)
        made.next()
    made.gap()


def _write_signatures(made: Page) -> None:
    for first, last, label in ((1, 3, "编制"), (4, 6, "审核"), (7, _LAST, "批准")):
        made.put(first, label, _LABEL)
        made.span(first + 1, last, "签字:              日期:", replace(FAINT, down="bottom"))
    made.fit(36)
    made.next()
    made.gap()


# ---- counts


def _write_domains(made: Page, report: Report, results: Results) -> tuple[int, int, int]:
    """The counts; the rows of their head and of the first and last domain."""
    made.section("各指标域结论")
    head = made.row
    made.line(
        ["指标域", "到期", *map(verdict_label, _SHOWN), "未到期", "达成率"],
        [_LABEL, _LABEL, *map(verdict_look, _SHOWN), _LABEL, _LABEL],
    )
    domains = _in_order(item.domain for item in report.assessments)
    first = made.row
    for domain in domains:
        mine = [item for item in report.assessments if item.domain == domain]
        _write_counts(made, domain, mine, results)
    total = made.row
    made.put(1, "合计", _LABEL)
    for at in range(2, _LAST):
        letter = column(at)
        counted = [made.book.values[made.title][f"{letter}{row}"] for row in range(first, total)]
        made.put(
            at,
            Formula(f"=SUM({letter}{first}:{letter}{total - 1})", sum(counted)),
            replace(CENTRED, bold=True, fill=BAND),
        )
    _write_rate(made, report.due)
    made.next()
    made.gap()
    return head, first, total - 1


def _in_order(domains: Iterable[str]) -> list[str]:
    """The domains in the plan's order, others after them as they come."""
    return sorted(dict.fromkeys(domains), key=lambda one: DOMAINS.index(one) if one in DOMAINS else len(DOMAINS))


def _write_counts(made: Page, domain: str, items: Sequence[Assessment], results: Results) -> None:
    made.put(1, domain, replace(CENTRED, bold=True))
    verdicts = [item.verdict for item in items]
    due = sum(item.due for item in items)
    letters = f"C{made.row}:{column(2 + len(_SHOWN))}{made.row}"
    monitored = _counted(results, domain, Verdict.MONITORED)
    made.put(2, Formula(f"=SUM({letters})+{monitored}", due), CENTRED)
    for at, verdict in enumerate((*_SHOWN, Verdict.IN_PROGRESS), 3):
        text = f"={_counted(results, domain, verdict)}"
        shown = verdicts.count(verdict)
        look = replace(verdict_look(verdict), bold=True) if shown else replace(CENTRED, color=GREY)
        made.put(at, Formula(text, shown), look)
    _write_rate(made, [item for item in items if item.due])
    made.next()


def _counted(results: Results, domain: str, verdict: Verdict) -> str:
    quoted = domain.replace('"', '""')
    held = f'--EXACT({results.range("domain")},"{quoted}")'
    return f'SUMPRODUCT({held},--EXACT({results.range("verdict")},"{verdict_label(verdict)}"))'


def _write_rate(made: Page, due: Sequence[Assessment]) -> None:
    attained = sum(item.verdict is Verdict.ATTAINED for item in due)
    text = f'=IF(B{made.row}=0,"—",C{made.row}/B{made.row})'
    made.put(_LAST, Formula(text, attained / len(due) if due else "—"), replace(CENTRED, bold=True, format="0.0%"))


_BARS: dict[Verdict, tuple[Any, Any]] = {
    Verdict.ATTAINED: ("70AD47", None),
    Verdict.MISSED: ("C00000", "dkUpDiag"),
    Verdict.UNVERIFIED: ("FFC000", "smGrid"),
    Verdict.MISSING_DATA: ("7030A0", "dkHorz"),
    Verdict.UNDEFINED: ("9DC3E6", "pct50"),
    Verdict.NOT_APPLICABLE: ("D9D9D9", None),
}
"""A colour for each verdict, with a pattern that tells it apart in grey."""


def _add_chart(made: Page, head: int, first: int, last: int) -> None:
    chart: Any = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "bar", "stacked", 100, 60
    chart.title = "各指标域达成情况(到期项数)"
    chart.title.overlay = False
    chart.height, chart.width = 7.6, 23.5
    chart.add_data(Reference(made.sheet, 3, head, 2 + len(_SHOWN), last), titles_from_data=True)
    chart.set_categories(Reference(made.sheet, 1, first, 1, last))
    for series, verdict in zip(chart.series, _SHOWN, strict=True):
        colour, pattern = _BARS[verdict]
        series.graphicalProperties = GraphicalProperties(solidFill=None if pattern else colour)
        if pattern:
            fill = PatternFillProperties(prst=pattern)
            fill.foreground, fill.background = _colour(colour), _colour("FFFFFF")
            series.graphicalProperties.pattFill = fill
        series.graphicalProperties.line.solidFill = "595959"
    chart.legend.position = "b"
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.x_axis.scaling.orientation = "maxMin"
    chart.y_axis.number_format = "0"
    chart.y_axis.majorGridlines.spPr = GraphicalProperties(ln=LineProperties(solidFill="D9D9D9"))
    chart.title.tx.rich.p[0].pPr = ParagraphProperties(defRPr=CharacterProperties(sz=1200, b=True))
    made.sheet.add_chart(chart, f"A{made.row}")
    for _ in range(_CHART_ROWS):
        made.fit(18)
        made.next()
    made.next()


_CHART_ROWS = 13


def _write_checks(made: Page, results: Results, front: Front) -> None:
    made.section("复算与数据")
    checks = results.range("check")
    made.put(1, "复算核对", _LABEL)
    agree, differ, unchecked = (f'COUNTIF({checks},"{state}")' for state in (AGREES, DIFFERS, UNCHECKED))
    text = f'="一致 "&{agree}&" 项,不一致 "&{differ}&" 项,未复算 "&{unchecked}&" 项"'
    shown = f"一致 {results.checked} 项,不一致 0 项,未复算 {results.unchecked} 项"
    made.span(2, 5, Formula(text, shown), replace(CHECKED, across="left"))
    alarm(made.sheet, f"B{made.row}:E{made.row}", f"{differ}>0")
    made.put(6, "数据问题", _LABEL)
    listed = "、".join(f"{name} {count}" for name, count in front.problems.items()) or "无"
    made.span(7, _LAST, f"{listed} →", replace(LINK, edge=PLAIN.edge), place("数据问题", "A1"))
    made.fit(22)
    made.next()
    made.gap()


# ---- points to decide


def _write_points(made: Page, report: Report, results: Results, followed: Followed) -> None:
    made.section("提请决定的事项(未达成、待核实、数据缺失、口径待确认,以及年内已失守的)")
    made.line(["结论", "指标", "", "考核期", "要求", "实际值", "", "差距/余量", "", "链接"], _LABEL)
    points = list(_points(report))
    for item in points:
        _write_point(made, item, results, followed)
    if not points:
        made.span(1, _LAST, "没有需要决定的事项。", PLAIN)
        made.next()
    made.next()


def _points(report: Report) -> Iterator[Assessment]:
    for verdict in (Verdict.MISSED, Verdict.UNVERIFIED, Verdict.MISSING_DATA, Verdict.UNDEFINED):
        yield from (item for item in report.due if item.verdict is verdict)
    yield from (item for item in report.running if is_lost(item))


def is_lost(item: Assessment) -> bool:
    """Whether a running period's target can't be met any more."""
    return item.room is not None and item.room.settled == "已失守"


def _write_point(made: Page, item: Assessment, results: Results, followed: Followed) -> None:
    name = f"{item.number} {item.name}{f'[{item.group}]' if item.group else ''}"
    lost = not item.due
    made.put(
        1, "✗ 已失守" if lost else verdict_label(item.verdict), verdict_look(Verdict.MISSED if lost else item.verdict)
    )
    made.span(2, 3, name, PLAIN)
    made.put(4, str(item.period), CENTRED)
    made.put(5, target_text(item.target), CENTRED)
    value, look = value_cell(item)
    made.span(6, 7, value, replace(look, across="center"))
    made.span(8, 9, _gap(item), CENTRED)
    analysed = followed.link(item)
    made.put(_LAST, "分析 →" if analysed else "明细 →", replace(LINK, across="center"), analysed or results.place(item))
    made.next()


def _gap(item: Assessment) -> str:
    if item.absent:
        return "缺 " + "、".join(dict.fromkeys(absence.department for absence in item.absent))
    if not item.due:
        return f"至今 {room_text(item)}"
    return gap_text(item) or (f"存疑 {item.doubtful_rows} 行" if item.doubtful_rows else "—")


def _write_contents(made: Page, sheets: Sequence[str]) -> None:
    made.section("本工作簿的内容")
    across = ((1, 2), (3, 5), (6, 8), (9, _LAST))
    for at in range(0, len(sheets), len(across)):
        for (first, last), title in zip(across, sheets[at : at + len(across)], strict=False):
            made.span(first, last, title, replace(LINK, wrap=False, shrink=True), place(title, "A1"))
        made.next()


def _colour(rgb: Any) -> ColorChoice:
    return ColorChoice(srgbClr=rgb)
