"""监督检查: what had to be checked in the year up to the report's day, what was, what was found, and every record.

Source: sections 3.3 to 3.6 of the plan; GB/T 28827.1 5.4. Convention: the sheet shows what `supervision` works out and
decides nothing. Its records are streamed, as they may be many.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from itss_kpi.catalogue.catalogue import Catalogue, RequiredCheck
from itss_kpi.catalogue.wording import lacking_text
from itss_kpi.core.results import Verdict
from itss_kpi.plan.supervision import (
    CONFORMS,
    FAILS,
    NOT_APPLICABLE,
    SOURCE,
    Check,
    Coverage,
    Finding,
    Required,
    Supervision,
    Tally,
)
from itss_kpi.plan.supervision_words import (
    COVERAGE_SIGNS,
    UNDECLARED,
    UNKNOWN,
    absence_text,
    lacking_names,
    makers_text,
    rate_text,
    rows_text,
    share_text,
    source_text,
    standing_text,
)
from itss_kpi.render.sheet_style import (
    BAND,
    CENTRED,
    DAY,
    LABEL,
    PLACE,
    RED,
    SMALL,
    SMALL_CENTRED,
    Page,
    page,
    tone,
)
from itss_kpi.render.xlsx import Book, Cell, Look, lines, row_xml

SHEET = "监督检查"
LEGEND = (
    "应查:计划要求的每个项目、每个检查项在每个已结束的周期各一次。记录没有交来的是数据缺失,不是未查。"
    "符合率 = 符合 /(符合 + 不符合);带 ! 的,其中还有记录没有交来。"
    "不符合在同一部门、类别、项目、检查项后来查为符合时关闭;以前有过不符合的又不符合,是重复。"
)
_WIDTHS = (13, 12, 16, 19, 24, 11, 11, 11, 11, 11, 24, 44)
_LAST = len(_WIDTHS)
_COVERAGE_HEAD = (
    "检查类别",
    "频次",
    "检查部门",
    "依据",
    "条款",
    "应查",
    *(state.label for state in (Coverage.COVERED, Coverage.UNCHECKED, Coverage.DOUBTFUL, Coverage.MISSING_DATA)),
    "覆盖率",
    "所据的检查",
)
_TALLY_HEAD = ("检查类别", "检查", CONFORMS, FAILS, NOT_APPLICABLE, "不明", "符合率")
_CHECK_SPANS = (
    (1, 1, "检查编号"),
    (2, 2, "检查日期"),
    (3, 3, "检查类别"),
    (4, 4, "被检查部门"),
    (5, 5, "项目名称"),
    (6, 7, "检查项"),
    (8, 8, "结果"),
    (9, 10, "说明"),
    (11, 11, "存疑"),
    (12, 12, "出处"),
)
"""The columns of the records, over those above."""
_DAY, _RESULT = 2, 8
_EPOCH = date(1899, 12, 30)
"""The day from which a workbook counts."""
_LOOKS = {
    Coverage.COVERED: tone(Verdict.ATTAINED),
    Coverage.UNCHECKED: tone(Verdict.MISSED),
    Coverage.DOUBTFUL: tone(Verdict.UNVERIFIED),
    Coverage.MISSING_DATA: tone(Verdict.MISSING_DATA),
}
_STATES = tuple(_LOOKS)


def is_declared(catalogue: Catalogue) -> bool:
    """Whether the catalogue says anything of checks."""
    return bool(catalogue.supervision) or SOURCE in catalogue.sources


def write_supervision(book: Book, catalogue: Catalogue, found: Supervision | None, when: str, document: str) -> None:
    """监督检查; `found` is None where the catalogue doesn't declare all of it."""
    made = page(book, SHEET, _WIDTHS, document=document)
    made.heading(f"{SHEET}({when})", LEGEND)
    made.sheet.freeze_panes = f"A{made.row}"
    if found is None:
        made.say(UNDECLARED)
        return
    made.missing(absence_text(catalogue.sources[SOURCE].name, found.absent))
    made.say(_summary(found), replace(CENTRED, bold=True, across="left"))
    _write_coverage(made, found)
    _write_tallies(made, found)
    name = catalogue.sources[SOURCE].name
    for state in (Coverage.UNCHECKED, Coverage.MISSING_DATA, Coverage.DOUBTFUL):
        _write_uncovered(made, name, state, [one for one in found.required if one.coverage is state])
    _write_findings(made, found)
    _write_checks(made, found)


def _summary(found: Supervision) -> str:
    counts = (f"{sign} {state.label} {found.count(state)}" for state, sign in COVERAGE_SIGNS.items())
    rest = f"符合率 {rate_text(found.total)}  未关闭 {len(found.open())}  重复 {found.repeated()}"
    return "  ".join([f"应查 {len(found.required)}:", *counts, rest])


# ---- what had to be checked


def _write_coverage(made: Page, found: Supervision) -> None:
    made.section("覆盖:应查的查了没有")
    made.line(_COVERAGE_HEAD, LABEL)
    for rule in found.rules:
        _write_rule(made, found, rule)
    _write_rule(made, found, None)
    made.gap()


def _write_rule(made: Page, found: Supervision, rule: RequiredCheck | None) -> None:
    bold = rule is None
    words = (
        (rule.category, rule.each.label, makers_text(rule), source_text(rule), rule.clause or "—")
        if rule
        else ("合计", "", "", "", "")
    )
    for at, text in enumerate(words, 1):
        made.put(at, text, replace(SMALL_CENTRED, bold=bold, fill=BAND if bold else ""))
    plain = replace(SMALL_CENTRED, bold=bold, fill=BAND if bold else "")
    made.put(6, len(found.required_by(rule)), plain)
    for at, state in enumerate(_STATES, 7):
        number = found.count(state, rule)
        made.put(at, number, _LOOKS[state] if number and state is not Coverage.COVERED else plain)
    made.put(11, share_text(found.share(rule)), plain)
    checks = {check.record.place: check for one in found.required_by(rule) for check in one.checks} if rule else {}
    made.put(12, rows_text(checks.values()) or ("" if bold else "—"), PLACE)
    made.next()


def _write_tallies(made: Page, found: Supervision) -> None:
    made.section("符合率")
    made.line(_TALLY_HEAD, LABEL)
    for tally in found.tallies:
        _write_tally(made, tally)
    made.gap()


def _write_tally(made: Page, tally: Tally) -> None:
    plain = SMALL_CENTRED if tally.category else replace(SMALL_CENTRED, bold=True, fill=BAND)
    counts = [tally.count(result) for result in (CONFORMS, FAILS, NOT_APPLICABLE, "")]
    made.line([tally.category or "合计", len(tally.checks), *counts, rate_text(tally)], plain)


def _write_uncovered(made: Page, name: str, state: Coverage, required: Sequence[Required]) -> None:
    made.section(f"{COVERAGE_SIGNS[state]} {state.label}({len(required)})")
    for one, names in lacking_names(required):
        made.put(1, str(one.period), SMALL_CENTRED)
        made.put(2, one.rule.category, SMALL_CENTRED)
        made.put(3, makers_text(one.rule), SMALL_CENTRED)
        made.put(4, source_text(one.rule), SMALL_CENTRED)
        made.span(5, 11, names, SMALL)
        why = lacking_text(name, one.absent)
        made.put(12, rows_text(one.checks) or why or "—", PLACE)
        made.next()
    if not required:
        made.say("没有。")
    made.gap()


# ---- what was found


def _write_findings(made: Page, found: Supervision) -> None:
    counts = "  ".join(
        f"{name}:未关闭 {len(found.open(name))}、重复 {found.repeated(name)}" for name in found.departments
    )
    made.section("发现的问题:未关闭与重复发生")
    if counts:
        made.say(counts, SMALL)
    for one in found.findings:
        _write_finding(made, one)
    if not found.findings:
        made.say("记录没有交齐,不能说没有。" if found.absent else "没有。")
    made.gap()


def _write_finding(made: Page, one: Finding) -> None:
    parts = (one.department, one.category, one.project, one.item)
    for at, text in enumerate(parts, 1):
        made.put(at, UNKNOWN if text is None else text or "—", replace(SMALL, bold=True))
    look = replace(tone(Verdict.MISSED if one.since else Verdict.ATTAINED), across="left")
    made.span(5, 6, standing_text(one), look)
    made.span(7, 11, ";".join(_failures(one)), SMALL)
    made.put(12, rows_text(one.failures), PLACE)
    made.next()
    if one.remarks:
        made.say(f"说明:{';'.join(one.remarks)}", replace(SMALL, color=RED))


def _failures(one: Finding) -> Iterator[str]:
    for check in one.failures:
        remark = check.record.text("说明")
        number = check.record.text("检查编号") or "(无编号)"
        yield f"{check.day} {number}{f' {remark}' if remark else ''}"


# ---- every record


def _write_checks(made: Page, found: Supervision) -> None:
    checks = [*found.total.checks, *found.undated]
    made.section(f"本年度至截止日的检查记录({len(checks)},其中存疑 {len(found.doubtful)})")
    for first, last, name in _CHECK_SPANS:
        made.span(first, last, name, LABEL)
    made.sheet.print_title_rows = f"{made.row}:{made.row}"  # of the pages that follow
    made.next()
    if not checks:
        made.say("记录没有交齐,不能说没有检查。" if found.absent else "没有。")
        return
    looks = {result: [made.book.style_id(look) for look in _check_looks(result)] for result in _TONES}
    made.book.stream(made.sheet, [_streamed(made, looks, one, at) for at, one in enumerate(checks, made.row)])


_TONES = {CONFORMS: None, FAILS: Verdict.MISSED, "": Verdict.UNVERIFIED}


def _check_looks(result: str) -> Iterator[Look]:
    verdict = _TONES[result]
    for at in range(1, _LAST + 1):
        if at == _RESULT and verdict:
            yield replace(tone(verdict), size=8)
        elif at == _DAY:
            yield replace(DAY, size=8)
        else:
            yield replace(PLACE, across="center" if at == _RESULT else "left")


def _streamed(made: Page, looks: Mapping[str, Sequence[int]], one: Check, at: int) -> str:
    cells: list[Cell] = [None] * _LAST
    high = 1
    for (first, last, _), value in zip(_CHECK_SPANS, _check_values(one), strict=True):
        cells[first - 1] = value
        if last > first:
            made.book.join(made.sheet, at, first, last)
        if isinstance(value, str):
            high = max(high, lines(value, (sum(_WIDTHS[first - 1 : last]) - 1.5) * 10 / PLACE.size))
    return row_xml(at, cells, looks.get(one.result, looks[CONFORMS]), round(max(16.0, high * PLACE.size * 1.45 + 3), 1))


def _check_values(one: Check) -> list[Cell]:
    parts = (one.category, one.department, one.project, one.item)
    category, department, project, item = (UNKNOWN if text is None else text or None for text in parts)
    row = one.record
    day: Cell = (one.day - _EPOCH).days if one.day else UNKNOWN
    return [
        row.text("检查编号") or "(无编号)",
        day,
        category,
        department,
        project,
        item,
        one.result or "不明",
        row.text("说明") or None,
        ";".join(one.doubts) or None,
        row.shown_place,
    ]
