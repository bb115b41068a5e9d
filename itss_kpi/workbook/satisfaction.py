"""满意度分析: the customer survey of the year up to the report's day.

Source: section 3.7 of the plan; GB/T 28827.1 chapter 5. Convention: the sheet shows what `satisfaction` works out and
counts nothing. Charts read the figures beside the printed area; the rows behind a score are on its indicator's sheet.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby
from typing import Any

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.shapes import GraphicalProperties

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.wording import SIGNS, target_text
from itss_kpi.core.results import Assessment, Verdict
from itss_kpi.core.targets import Unit, show_part
from itss_kpi.plan.satisfaction import Customer, Satisfaction, Score, Split, Standing
from itss_kpi.plan.satisfaction_words import (
    NO_CUSTOMERS,
    STANDING_SIGNS,
    UNDECLARED,
    absence_text,
    apart_text,
    band_text,
    before_text,
    count_text,
    coverage_text,
    difference_text,
    is_empty,
    reasons,
    response_text,
    scale_text,
    sent_text,
    share_text,
    value_text,
)
from itss_kpi.render.sheet_style import (
    BAND,
    CENTRED,
    FAINT,
    LABEL,
    LINK,
    PLACE,
    PLAIN,
    RED,
    SMALL,
    SMALL_CENTRED,
    Page,
    dress,
    fit_axis,
    number,
    page,
    tone,
    value_cell,
    verdict_label,
    verdict_look,
)
from itss_kpi.render.xlsx import Book, Cell, Look, column, place
from itss_kpi.workbook.evidence import Proof

SHEET = "满意度分析"
LEGEND = (
    "总分就是该指标的结果;各项目、各调查项、各客户的得分照同一算法,只取各自的行。▼ 最低,存疑的行无论怎样都是如此才标。"
    "台账没有交齐时不能说谁没有答复。"
)
_WIDTHS = (24, 14, 11, 14, 14, 14, 14, 18, 30)
_FIGURES = len(_WIDTHS) + 3
_CHART_ROWS = 16
_STANDINGS = {
    Standing.UNANSWERED: tone(Verdict.MISSED),
    Standing.MISSING: tone(Verdict.MISSING_DATA),
    Standing.DOUBTFUL: tone(Verdict.UNVERIFIED),
    Standing.ANSWERED: tone(Verdict.ATTAINED),
    Standing.UNDECLARED: tone(Verdict.UNDEFINED),
}


def is_declared(catalogue: Catalogue) -> bool:
    """Whether the catalogue says anything of the survey."""
    return catalogue.satisfaction is not None or bool(catalogue.customers)


def write_satisfaction(
    book: Book, catalogue: Catalogue, found: Satisfaction | None, proofs: Mapping[str, Proof], when: str, document: str
) -> None:
    """满意度分析; `found` is None where the catalogue doesn't declare the survey, or its ledger wasn't read."""
    made = page(book, SHEET, _WIDTHS, document=document, breaks=True)
    made.heading(f"{SHEET}({when})", LEGEND)
    made.sheet.freeze_panes = f"A{made.row}"
    if found is None:
        made.say("本次没有计算读这份台账的指标,没有满意度分析。" if catalogue.satisfaction else UNDECLARED)
        return
    ledger = catalogue.sources[found.survey.source].name
    made.missing(absence_text(ledger, found))
    _write_total(made, found, ledger, proofs)
    if not found.declared:
        made.say(NO_CUSTOMERS, SMALL)
    _write_customers(made, found)
    figures: list[tuple[str, Split]] = []
    for name, split in (("调查项", found.items), ("项目", found.projects)):
        if split is not None:
            if figures:
                made.new_page()
            _write_split(made, name, split)
            figures.append((name, split))
    for text in reasons(found):
        made.say(f"变化 {text}", replace(SMALL, color=FAINT.color))
    _write_charts(made, found, figures)
    made.new_page()
    _write_distribution(made, found)
    _write_remarks(made, found)
    _write_doubts(made, found)
    made.sheet.print_area = f"A1:{column(len(_WIDTHS))}{made.row}"


def _write_total(made: Page, found: Satisfaction, ledger: str, proofs: Mapping[str, Proof]) -> None:
    item = found.total.item
    verdict = Verdict.MISSING_DATA if item.absent else item.verdict
    proof = proofs.get(item.indicator)
    value, look = value_cell(item)
    facts: list[tuple[str, Cell, Look, str]] = [
        ("总分", value, replace(look, across="center", bold=True), ""),
        ("结论", verdict_label(verdict), verdict_look(verdict), ""),
        ("考核要求", target_text(item.target), CENTRED, ""),
        ("上一年", before_text(found.total), CENTRED, ""),
        ("变化", difference_text(found.total), CENTRED, ""),
    ]
    made.span(1, 2, f"指标 {found.survey.indicator} {item.name}", LABEL)
    for at, (label, _, _, _) in enumerate(facts, 3):
        made.put(at, label, LABEL)
    made.span(8, 9, "依据", LABEL)
    made.next()
    made.span(
        1,
        2,
        "每一行见证据明细 →" if proof else "—",
        replace(LINK if proof else PLAIN, across="center"),
        place(proof.sheet, "A1") if proof else "",
    )
    for at, (_, cell, shown, link) in enumerate(facts, 3):
        made.put(at, cell, shown, link)
    made.span(8, 9, f"“{ledger}”的全部问卷", SMALL)
    made.next()
    for text in (coverage_text(found), response_text(found)):
        made.say(text, replace(PLAIN, bold=True))
    made.gap()


# ---- who answered


def _write_customers(made: Page, found: Satisfaction) -> None:
    made.section("客户")
    if not found.customers:
        made.say("没有声明客户,也没有收到问卷。")
        made.gap()
        return
    made.line(["客户", "状态", "发放", "收回", "回收率", "得分"], LABEL)
    for one in found.customers:
        made.cells(_customer_cells(one))
    made.gap()


def _customer_cells(one: Customer) -> Iterator[tuple[Cell, Look, str]]:
    yield one.name, PLAIN, ""
    yield f"{STANDING_SIGNS[one.standing]} {one.standing.label}", _STANDINGS[one.standing], ""
    yield _counted(sent_text(one)), CENTRED, ""
    yield _counted(count_text(one.returned)), CENTRED, ""
    yield share_text(one.response), CENTRED, ""
    yield _score_cell(one.score)


def _score_cell(item: Assessment | None) -> tuple[Cell, Look, str]:
    """A score as a number that looks as its verdict; the verdict where there is none."""
    if item is None:
        return "—", CENTRED, ""
    cell, look = value_cell(item)
    verdict = Verdict.MISSING_DATA if item.absent else item.verdict
    if isinstance(cell, str):
        return value_text(item), tone(verdict), ""
    return cell, replace(tone(verdict), format=f'"{SIGNS[verdict]} "{look.format}', wrap=False), ""


def _counted(text: str) -> Cell:
    """A count as a number; an interval as it is shown."""
    return int(text) if text.isascii() and text.isdecimal() else text


# ---- by item and project


def _write_split(made: Page, name: str, split: Split) -> None:
    made.section(f"{name}得分,最低的在前")
    if not split.scores:
        made.say(split.reason or "没有得分。")
        made.gap()
        return
    made.line([split.column, "最低", "问卷", "得分", "上一年", "变化"], LABEL)
    for one in split.scores:
        lowest = one.name in split.lowest
        made.put(1, one.name, replace(PLAIN, bold=lowest))
        made.put(2, "▼ 最低" if lowest else "", replace(SMALL_CENTRED, bold=True, color=RED))
        made.put(3, _counted(count_text(one.returned)), CENTRED)
        made.put(4, *_score_cell(one.item)[:2])
        made.put(5, before_text(one), CENTRED)
        made.put(6, difference_text(one), CENTRED)
        made.next()
    made.gap()


def _write_charts(made: Page, found: Satisfaction, splits: Sequence[tuple[str, Split]]) -> None:
    charts = [chart for name, split in splits if (chart := _chart(made, name, split))]
    if not charts:
        return
    made.section("得分图(深色为得分,浅色为考核要求)")
    for chart, across in zip(charts, ("A", "F"), strict=False):
        made.sheet.add_chart(chart, f"{across}{made.row}")
    made.row += _CHART_ROWS
    made.gap()


def _chart(made: Page, name: str, split: Split) -> Any:
    """The scores that are known for certain, beside the requirement."""
    target = split.scores[0].item.target if split.scores else None
    known = [(one.name, value) for one in split.scores if (value := _certain(one)) is not None]
    rows: list[list[Cell]] = [[name, "得分", *(["考核要求"] if target else [])]]
    for label, value in known:
        rows.append([label, number(value), *([number(target.bounds[0].limit)] if target else [])])
    unit = split.scores[0].item.unit if split.scores else Unit.PERCENT
    if not known or unit is not Unit.PERCENT:
        return None
    sheet, across = made.sheet, _FIGURES + (4 if name == "项目" else 0)
    for at, row in enumerate(rows, 2):
        for offset, value in enumerate(row):
            made.book.put(sheet, at, across + offset, value, replace(FAINT, edge="", size=8, wrap=False))
    chart: Any = BarChart()
    chart.type, chart.grouping = "col", "clustered"
    dress(chart, f"各{name}得分", unit)
    chart.width, chart.height = 13.5, 8
    chart.add_data(Reference(sheet, across + 1, 2, across + len(rows[0]) - 1, len(rows) + 1), titles_from_data=True)
    chart.set_categories(Reference(sheet, across, 3, across, len(rows) + 1))
    for series, colour in zip(chart.series, ("1F4E79", "BFBFBF"), strict=False):
        series.graphicalProperties = GraphicalProperties(solidFill=colour)
    fit_axis(chart, [row[1:] for row in rows[1:]], unit)
    return chart


def _certain(one: Score) -> Fraction | None:
    """The score, where doubtful rows can't change it."""
    return one.item.value if one.item.lowest == one.item.highest else None


# ---- how scores lie, what was written, what can't be known


def _write_distribution(made: Page, found: Satisfaction) -> None:
    own = found.distribution
    made.section("分布")
    if is_empty(own):
        made.say("没有问卷。")
    if own.bands:
        made.put(1, "问卷平均得分率", LABEL)
        for at, band in enumerate(reversed(own.bands), 2):
            made.put(at, band_text(band), LABEL)
        made.next()
        made.put(1, "份数", replace(CENTRED, bold=True, fill=BAND))
        for at, band in enumerate(reversed(own.bands), 2):
            made.put(at, band.count, CENTRED)
        made.next()
    if apart := apart_text(own.doubtful, own.unscored):
        made.say(f"另有问卷 {apart}", SMALL)
    for scale in own.scales:
        made.say(f"答案(满分 {show_part(scale.full, Unit.BARE)}):{scale_text(scale)}", SMALL)
    if apart := apart_text(own.doubtful_answers, own.unscored_answers):
        made.say(f"另有答案 {apart}", SMALL)
    made.gap()


def _write_remarks(made: Page, found: Satisfaction) -> None:
    made.section(f"意见({len(found.remarks)})")
    if not found.remarks:
        made.say("台账没有交齐,不能说没有。" if found.absent else "没有。")
    for project, listed in groupby(found.remarks, key=lambda one: one.project):
        made.say(project or "(没有项目)", replace(SMALL, bold=True, fill=BAND))
        for one in listed:
            made.put(1, one.customer or "—", SMALL)
            made.put(2, one.questionnaire or "—", SMALL_CENTRED)
            made.span(3, 7, ("? " if one.doubtful else "") + one.text, SMALL)
            made.span(8, 9, "\n".join(one.places), PLACE)
            made.next()
    made.gap()


def _write_doubts(made: Page, found: Satisfaction) -> None:
    if not found.doubts:
        return
    made.section(f"存疑({len(found.doubts)})")
    for one in found.doubts:
        made.span(1, 7, ";".join(one.reasons), replace(SMALL, color=RED))
        made.span(8, 9, one.place, PLACE)
        made.next()
