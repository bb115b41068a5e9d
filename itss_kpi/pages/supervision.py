"""监督检查: what had to be checked, what was and what was found.

Source: sections 3.3 to 3.6 of the plan; GB/T 28827.1 5.4. Convention: what nobody checked comes before what was found;
each finding has its records with it, with their places.
"""

from collections.abc import Iterator

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.plan import RequiredCheck
from itss_kpi.core.targets import plain_number
from itss_kpi.pages.making import columns, joined, missing
from itss_kpi.pages.page import GAP, Card, Cards, Cell, On, Page, Part, Table, Text, Tone, tone_of
from itss_kpi.plan import supervision_words as words
from itss_kpi.plan.records import shown_rows
from itss_kpi.plan.supervision import (
    CONFORMS,
    FAILS,
    NOT_APPLICABLE,
    SOURCE,
    Check,
    Coverage,
    Finding,
    Supervision,
    Tally,
)

LEGEND = (
    "应查:计划要求的每个项目、每个检查项在每个已结束的周期各一次。记录没有交来的是数据缺失,不是未查。"
    "符合率 = 符合 /(符合 + 不符合);带 ! 的,其中还有记录没有交来。"
    "不符合在同一部门、类别、项目、检查项后来查为符合时关闭;以前有过不符合的又不符合,是重复。"
)
_RESULTS = {FAILS: Tone.BAD, "": Tone.DOUBTFUL}
_PLACE = columns("出处", on=On.WIDE)
_COVERAGE = (
    *columns("检查类别 检查部门 频次"),
    *columns("依据 条款", on=On.WIDE),
    *columns("应查 已查 未查 存疑 缺失 覆盖率", right="应查 已查 未查 存疑 缺失 覆盖率"),
    *_PLACE,
)
_RATES = (
    *columns("检查类别 检查 符合 不符合 不适用 不明 符合率", right="检查 符合 不符合 不适用 不明 符合率"),
    *columns("说明", on=On.DATA),
)
_LACKING = (*columns("检查类别 检查部门 应查期 项目或检查项 依据"), *_PLACE)
_STANDING = columns("被检查部门 未关闭 重复", right="未关闭 重复")
_FINDINGS = columns(
    "被检查部门 检查类别 项目名称 检查项 状态 未关闭自 重复 不符合的检查 说明 出处", data="未关闭自 重复"
)
_CHECKS = columns("检查编号 检查日期 检查类别 被检查部门 项目名称 检查项 结果 说明 存疑原因 出处")


def supervision_page(catalogue: Catalogue, found: Supervision) -> Page:
    """What `supervision` and the sheet 监督检查 show."""
    title = found.title(catalogue.plan.organization, "监督检查")
    absent = words.absence_text(catalogue.sources[SOURCE].name, found.absent)
    return Page(title, [_summary(found)], [*missing(absent), *_parts(found)], LEGEND)


def _summary(found: Supervision) -> Cell:
    unchecked, still_open = found.count(Coverage.UNCHECKED), len(found.open())
    return joined(
        f"应查 {len(found.required)}",
        f"已查 {found.count(Coverage.COVERED)}",
        Cell(f"应查未查 {unchecked}", Tone.BAD if unchecked else None),
        f"数据缺失 {found.count(Coverage.MISSING_DATA)}",
        f"符合率 {words.rate_text(found.total)}",
        Cell(f"未关闭 {still_open}", Tone.BAD if still_open else None),
        f"重复 {found.repeated()}",
        f"存疑 {len(found.doubtful)}",
    )


def _parts(found: Supervision) -> Iterator[Part]:
    rows = [_coverage(found, rule) for rule in (*found.rules, None)]
    yield Table("覆盖:应查的查了没有;带 ! 的,其中还有记录没有交来,至少是这些", _COVERAGE, rows, kind="覆盖率")
    rates = [_rate(tally) for tally in found.tallies]
    yield Table("符合率:符合/(符合+不符合);带 ! 的,其中还有记录没有交来", _RATES, rates, kind="符合率")
    for state in words.COVERAGES:
        lacking = [] if state is Coverage.COVERED else list(_lacking(found, state))
        if lacking:
            title = f"{state.signed}({found.count(state)})"
            yield Table(title, _LACKING, lacking, tone_of(state), state.label)
    yield from _problems(found)
    if found.doubtful:
        yield Cards(f"? 存疑的记录({len(found.doubtful)})", list(map(_doubtful, found.doubtful)), Tone.DOUBTFUL)
    yield Cards(
        "上面各数所依据的行", [Card(Cell(), tuple(line for tally in found.tallies[:-1] for line in _rows(tally)))]
    )
    checks = [_check(one) for one in (*found.total.checks, *found.undated)]
    title = f"本年度至截止日的检查记录({len(checks)},其中存疑 {len(found.doubtful)})"
    none = "记录没有交齐,不能说没有检查。" if found.absent else ""
    yield Table(title, _CHECKS, checks, kind="记录", empty=none, on=On.WIDE, printed=False)


# ---- what had to be checked


def _coverage(found: Supervision, rule: RequiredCheck | None) -> list[Text]:
    head = (
        [rule.category, words.makers_text(rule), rule.each.label, words.source_text(rule), rule.clause or ""]
        if rule
        else ["合计", "", "", "", ""]
    )
    counts = map(str, coverage_counts(found, rule))
    share = found.share(rule)
    shown = words.share_text(share, complete=not found.count(Coverage.MISSING_DATA, rule))
    checks = {check.record.place: check for one in found.required_by(rule) for check in one.checks} if rule else {}
    return [*head, *counts, Cell(shown, value=plain_number(share)), Cell(words.rows_text(checks.values()), Tone.QUIET)]


def coverage_counts(found: Supervision, rule: RequiredCheck | None = None) -> list[int]:
    """How much had to be checked (under a rule), and how much of it is covered, unchecked, doubtful, missing."""
    return [len(found.required_by(rule)), *(found.count(state, rule) for state in Coverage)]


def _rate(tally: Tally) -> list[Text]:
    rate = Cell(words.rate_text(tally), value=plain_number(tally.rate))
    counts = map(str, tally_counts(tally))
    return [tally.category or "合计", *counts, rate, "记录没有交齐" if tally.absent else ""]


def tally_counts(tally: Tally) -> list[int]:
    """How many checks there are, and how many say 符合, 不符合, 不适用 or nothing known."""
    return [len(tally.checks), *(tally.count(result) for result in (CONFORMS, FAILS, NOT_APPLICABLE, ""))]


def _lacking(found: Supervision, state: Coverage) -> Iterator[list[Text]]:
    lacking = [one for one in found.required if one.coverage is state]
    # what nobody checked is named one by one; what isn't known, as much as there is of it
    named = [(one, one.name) for one in lacking] if state is not Coverage.MISSING_DATA else words.lacking_names(lacking)
    for one, names in named:
        rows = Cell(words.rows_text(one.checks), Tone.QUIET)
        yield [
            one.rule.category,
            words.makers_text(one.rule),
            str(one.period),
            names,
            words.source_text(one.rule),
            rows,
        ]


# ---- what was found


def _problems(found: Supervision) -> Iterator[Part]:
    title = "发现的问题:未关闭与重复发生"
    if found.departments:
        standing = [[name, str(len(found.open(name))), str(found.repeated(name))] for name in found.departments]
        yield Table(title, _STANDING, standing, kind="各部门的问题")
        yield GAP
    none = "数据缺失,不能说没有" if found.absent else "没有"
    yield Cards("" if found.departments else title, list(map(_card, found.findings)), empty=none)
    yield Table("发现的问题", _FINDINGS, list(map(_finding, found.findings)), empty=f"{none}。", on=On.WIDE)


def _card(one: Finding) -> Card:
    standing = Cell(words.standing_text(one), Tone.BAD if one.since else None)
    checks = [
        line
        for check in one.failures
        for line in (("检查", words.check_text(check)), ("", Cell(check.record.shown_place, Tone.QUIET)))
    ]
    return Card(joined(words.subject_text(one), standing), (*checks, *(("说明", remark) for remark in one.remarks)))


def _finding(one: Finding) -> list[Text]:
    standing = Cell(words.standing_text(one), Tone.BAD if one.since else Tone.GOOD)
    since, again = str(one.since or ""), str(len(one.repeated))
    failures, places = ";".join(map(words.check_text, one.failures)), Cell(words.rows_text(one.failures), Tone.QUIET)
    return [*_subject(one), standing, since, again, failures, ";".join(one.remarks), places]


def _subject(one: Finding | Check) -> list[Text]:
    parts = (one.department, one.category, one.project, one.item)
    return [words.UNKNOWN if part is None else part for part in parts]


def _doubtful(one: Check) -> Card:
    said = (("说明", ";".join(one.doubts)), ("", Cell(one.record.shown_place, Tone.QUIET)))
    return Card(joined(words.check_text(one), words.subject_text(one)), said)


def _rows(tally: Tally) -> Iterator[tuple[str, Text]]:
    for at, rows in enumerate(shown_rows(one.record for one in tally.checks) or ["—"]):
        yield "" if at else tally.category, Cell(rows, Tone.QUIET)


def _check(one: Check) -> list[Text]:
    department, category, project, item = _subject(one)
    row, result = one.record, Cell(one.result or "不明", _RESULTS.get(one.result))
    head = [row.id or "(无编号)", str(one.day or words.UNKNOWN), category, department, project, item]
    return [*head, result, row.remark, ";".join(one.doubts), Cell(row.shown_place, Tone.QUIET)]
