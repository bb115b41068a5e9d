"""总览: the answer on the first sheet: how many targets are met, what has to be decided, and who signs.

Convention: counts are formulas over 指标达成情况, so that they can't differ from it; the sentence at the top is a text.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from itss_kpi.catalogue.indicators import listed
from itss_kpi.catalogue.wording import name_text, target_text
from itss_kpi.core.problems import count
from itss_kpi.core.results import Assessment, Report, Verdict, attainment_rate
from itss_kpi.core.targets import Unit
from itss_kpi.pages.decisions import decisions
from itss_kpi.pages.report import result_sentence
from itss_kpi.plan.year import PlanYear
from itss_kpi.render import sheet_style as style
from itss_kpi.render.sheet_chart import Drawn, Figures, add_chart
from itss_kpi.render.xlsx import Book, Cell, Formula, Link, Look, column, outside, place, quoted
from itss_kpi.workbook.results import Results
from itss_kpi.workbook.unmet import Block, block_of

SHEET = "总览"
_WIDTHS = [12, 17, 11, 11, 11, 12, 13, 11, 11, 13]
_LAST = len(_WIDTHS)
_BARS = {
    Verdict.ATTAINED: Drawn("70AD47"),
    Verdict.MISSED: Drawn("C00000", "dkUpDiag"),
    Verdict.UNVERIFIED: Drawn("FFC000", "smGrid"),
    Verdict.MISSING_DATA: Drawn("7030A0", "dkHorz"),
    Verdict.UNDEFINED: Drawn("9DC3E6", "pct50"),
    Verdict.NOT_APPLICABLE: Drawn("D9D9D9"),
}
"""The verdicts that are counted, each with a colour and a pattern that tells it apart in grey."""
_SHOWN = tuple(_BARS)
_COUNTS = ["指标域", "到期", *map(style.verdict_label, _SHOWN), "未到期", "达成率"]
_CHART, _CHART_ROWS = (23.5, 7.6), 15
_POINTS = (1, 2, 1, 1, 2, 2, 1)
"""How many columns each cell of a point to decide takes."""


@dataclass(frozen=True, slots=True)
class Front:
    """What the first sheet says beside the results: when it is closed, from how many files, of which sheets, and where
    the evidence is."""

    closed: str
    files: int
    sheets: Sequence[str]
    evidence: "File"


@dataclass(frozen=True, slots=True)
class File:
    """The workbook with the evidence: its name, its hash, what is recounted there, and which sheets it has."""

    name: str
    sha256: str
    recount: Results
    sheets: Sequence[str]

    def link(self, sheet: str) -> str:
        """Where one of its sheets begins."""
        return outside(self.name, place(sheet, "A1"))


def write_front(book: Book, year: PlanYear, results: Results, followed: Mapping[Block, str], front: Front) -> None:
    """总览."""
    made, report = style.page(book, SHEET, _WIDTHS, breaks=True), year.report
    departments = len({export.department for export in year.exports})
    sealed = f"校验值 {year.sealed[:8]} {year.sealed[8:16]}…" if year.sealed else ""
    facts = (
        ("数据截至", f"{report.as_of}{'(考核期尚未结束)' if report.partial else ''}"),
        ("关账时间", front.closed),
        ("前次关账" if front.closed else "最近关账", sealed),
        ("数据来源", f"{departments} 个部门的 {front.files} 个文件"),
    )
    period = f"{report.period}({report.period.start} 至 {report.period.last_day})"
    _write_head(made, year, period, [one for one in facts if one[1]], result_sentence(year.report, year.problems))
    figures = _write_domains(made, report, results)
    _write_points(made, year, results, followed)
    first = made.row
    made.next()
    drawn = list(_BARS.values())
    title = "各指标域达成情况(到期项数)"
    add_chart(made, f"A{made.row}", "stacked", title, Unit.BARE, figures, drawn, _CHART, legend=True)
    made.row += _CHART_ROWS + 1
    _write_checks(made, year, front.evidence)
    _write_contents(made, front.sheets)
    _write_links(made, f"证据与复算({front.evidence.name})的内容", front.evidence.sheets, front.evidence.link)
    made.keep(first)


def write_blank_front(book: Book, year: PlanYear, sheets: Sequence[str]) -> None:
    """总览 of the form without data."""
    made = style.page(book, SHEET, _WIDTHS)
    _write_head(made, year, str(year.report.period), [("数据截至", ""), ("填写日期", ""), ("数据来源", "")])
    made.section("各指标域结论")
    made.line(_COUNTS, style.LABEL)
    for domain in dict.fromkeys(domain for _, domain, _ in listed(year.catalogue.shown)):
        made.line([domain, *[""] * (_LAST - 1)], [style.CENTRED, *[style.FILL_IN] * (_LAST - 1)])
    made.next()
    _write_contents(made, sheets)


def _write_head(
    made: style.Page, year: PlanYear, period: str, more: Sequence[tuple[str, str]], result: str = ""
) -> None:
    """The title, the result in a sentence, what the workbook is, and room for signatures."""
    plan, bare = year.catalogue.plan, Look(across="center", edge="", color=style.GREY)
    made.say(plan.organization, replace(bare, size=13, bold=True), height=22)
    title = f"{year.report.period} 运维服务指标达成情况"
    made.say(title, replace(bare, size=20, bold=True, color=style.BLUE), height=32)
    made.say(f"依据《{plan.title}》", bare)
    if result:
        made.say(result, replace(style.PLAIN, size=11, bold=True, across="center", fill=style.BAND))
    facts = [("文件编号", plan.document), ("版本", plan.version), ("考核期", period), *more]
    for at in range(0, len(facts), 2):
        pair = facts[at : at + 2]
        made.facts([(label, text, style.PLAIN if text else style.FILL_IN) for label, text in pair], wide=4)
    made.gap()
    sign = "签字:              日期:"
    look = replace(style.FAINT, down="bottom")
    made.line(
        ["编制", sign, "审核", sign, "批准", sign], [style.LABEL, look] * 3, wide=(1, 2, 1, 2, 1, _LAST - 7), height=28
    )
    made.gap()


# ---- counts


def _write_domains(made: style.Page, report: Report, results: Results) -> Figures:
    """The counts, which the chart reads."""
    made.section("各指标域结论")
    head = made.row
    made.line(_COUNTS, [style.LABEL, style.LABEL, *map(style.verdict_look, _SHOWN), style.LABEL, style.LABEL])
    first = made.row
    for domain in dict.fromkeys(item.domain for item in report.assessments):
        mine = [item for item in report.assessments if item.domain == domain]
        made.line(*zip(*_counts(made.row, domain, mine, results), strict=True))
    last = made.row - 1
    counted = made.book.values.get(made.title, {})
    sums: list[Cell] = []
    for letter in map(column, range(2, _LAST)):
        shown = sum(counted[f"{letter}{row}"] for row in range(first, made.row))
        sums.append(Formula(f"=SUM({letter}{first}:{letter}{last})", shown) if last >= first else 0)
    rate, look = _rate(made.row, report.due)
    made.line(["合计", *sums, rate], [*[style.LABEL] * (_LAST - 1), look])
    made.gap()
    return Figures(head, last, 1, (3, 2 + len(_SHOWN)))


def _counts(row: int, domain: str, items: Sequence[Assessment], results: Results) -> Iterator[tuple[Cell, Look]]:
    due = [item for item in items if item.due]
    monitored = _counted(results, domain, Verdict.MONITORED)
    yield domain, replace(style.CENTRED, bold=True)
    yield Formula(f"=SUM(C{row}:{column(2 + len(_SHOWN))}{row})+{monitored}", len(due)), style.CENTRED
    for verdict in (*_SHOWN, Verdict.IN_PROGRESS):
        shown = sum(item.verdict is verdict for item in items)
        look = style.verdict_look(verdict) if shown else replace(style.CENTRED, color=style.GREY)
        yield Formula(f"={_counted(results, domain, verdict)}", shown), look
    yield _rate(row, due)


def _counted(results: Results, domain: str, verdict: Verdict) -> str:
    held = f"--EXACT({results.range('domain')},{quoted(domain)})"
    return f"SUMPRODUCT({held},--EXACT({results.range('verdict')},{quoted(style.verdict_label(verdict))}))"


def _rate(row: int, due: Sequence[Assessment]) -> tuple[Cell, Look]:
    found = attainment_rate(due)
    rate = Formula(f'=IF(C{row}+D{row}=0,"—",C{row}/(C{row}+D{row}))', "—" if found is None else float(found))
    return rate, replace(style.CENTRED, bold=True, format="0.00%")


def _write_checks(made: style.Page, year: PlanYear, evidence: File) -> None:
    made.section("复算与数据")
    unchecked, recount = evidence.recount.unchecked, evidence.link(evidence.recount.sheet)
    left = f",未复算 {unchecked} 项" if unchecked else ""
    checked = Link(f"用公式复算 {evidence.recount.checked} 项{left} →", recount)
    counts = "、".join(f"{severity.label} {number}" for severity, number in count(year.problems).items() if number)
    problems = Link(f"{counts or '无'} →", evidence.link("数据问题"))
    made.facts([("复算核对", checked, style.LINK), ("数据问题", problems, style.LINK)], wide=4, height=22)
    made.facts([("证据文件", Link(evidence.name, recount), style.LINK)], wide=_LAST - 1, height=22)
    made.facts([("SHA-256", evidence.sha256, style.PLAIN)], wide=_LAST - 1, height=22)
    made.gap()


# ---- points to decide


def _write_points(made: style.Page, year: PlanYear, results: Results, followed: Mapping[Block, str]) -> None:
    made.section("提请决定的事项(未达成、待核实、数据缺失、口径待确认,以及年内已失守的)")
    made.line(["结论", "指标", "考核期", "要求", "实际值", "差距/余量", "链接"], style.LABEL, wide=_POINTS)
    points = list(decisions(year))
    for one in points:
        item = one.item
        analysed = followed.get(block_of(item))
        link = Link("分析 →" if analysed else "明细 →", analysed or results.place(item))
        value, look = style.value_cell(item)
        name = f"{item.number} {name_text(item.name, item.group)}"
        cells: list[Cell] = [one.label, name, str(item.period), target_text(item.target), value, one.gap, link]
        middle, leads = replace(look, across="center"), replace(style.LINK, across="center")
        made.line(
            cells,
            [style.verdict_look(one.verdict), style.PLAIN, style.CENTRED, style.CENTRED, middle, style.CENTRED, leads],
            wide=_POINTS,
        )
        if one.followed:
            made.line(["", one.followed], style.SMALL, wide=(1, _LAST - 1))
    if not points:
        made.say("没有需要决定的事项。")


def _write_contents(made: style.Page, sheets: Sequence[str]) -> None:
    _write_links(made, "本工作簿的内容", sheets, lambda title: place(title, "A1"))


def _write_links(made: style.Page, title: str, sheets: Sequence[str], where: Callable[[str], str]) -> None:
    made.section(title)
    wide = (2, 3, 3, 2)
    for at in range(0, len(sheets), len(wide)):
        links = [Link(title, where(title)) for title in sheets[at : at + len(wide)]]
        made.line(links, replace(style.LINK, wrap=False, shrink=True), wide=wide[: len(links)])
