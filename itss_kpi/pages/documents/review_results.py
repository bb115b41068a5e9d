"""Review results: the sections of the review's input that say what was found by checks, and by asking customers.

Source: section 3.2 of the plan (what the review is made from), sections 3.3 to 3.7; GB/T 28827.1 chapter 5.
Convention: as in `parts`; what isn't declared or wasn't handed in is said in the section, never left out.
"""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from itss_kpi.catalogue.plan import ManagementReview, RequiredCheck
from itss_kpi.catalogue.wording import target_text
from itss_kpi.core.period import Period
from itss_kpi.core.results import MissingExport
from itss_kpi.core.targets import exact
from itss_kpi.pages import supervision
from itss_kpi.pages.documents import parts as doc
from itss_kpi.pages.documents.parts import Ledgers, Part, Row
from itss_kpi.pages.documents.review_followup import nonconformity_parts
from itss_kpi.pages.page import TONES, Cell, Note, Table, Tone, tone_of
from itss_kpi.plan import satisfaction_words, supervision_words
from itss_kpi.plan.nonconformities import Findings
from itss_kpi.plan.questionnaires import Count
from itss_kpi.plan.satisfaction import Customer, Satisfaction, Score
from itss_kpi.plan.supervision import SOURCE as CHECKS
from itss_kpi.plan.supervision import Coverage, Finding, Supervision, Tally

# ---- checks


def supervision_section(ledgers: Ledgers, found: Supervision | None) -> list[Part]:
    """What had to be checked, what was, and what was found."""
    return doc.section("监督检查结果", _check_parts(ledgers, found))


def _check_parts(ledgers: Ledgers, found: Supervision | None) -> Iterator[Part]:
    if found is None:
        yield doc.not_there(supervision_words.UNDECLARED)
        return
    yield from doc.said_missing(supervision_words.absence_text(ledgers.name(CHECKS), found.absent))
    yield _coverage(ledgers, found)
    yield _conformity(ledgers, found)
    yield _lacking_checks(ledgers, found)
    rows = list(map(finding_row, found.findings))
    none = "已交的记录中没有。" if found.absent else "没有。"
    yield doc.table("未关闭和重复发生的问题", ("被检查部门与内容", "状态", "不符合的检查"), rows, none)


def _check_places(
    ledgers: Ledgers, period: Period, departments: Iterable[str], absent: Iterable[MissingExport]
) -> tuple[str, ...]:
    mine = set(departments)
    own = [one for one in ledgers.exports if one.department in mine]
    places = Ledgers(ledgers.catalogue, own).of_year(CHECKS, period)
    return (*places, *doc.absent_texts(one for one in absent if one.department in mine))


def _coverage(ledgers: Ledgers, found: Supervision) -> Table:
    head = ("检查类别", "检查部门", "频次", "应查", "已查", "未查", "存疑", "缺失", "覆盖率")
    rows = []
    for rule in found.rules:
        named = (rule.category, supervision_words.makers_text(rule), rule.each.label)
        counts = map(doc.count, supervision.coverage_counts(found, rule))
        places = _check_places(ledgers, found.period, rule.departments, found.absent)
        rows.append(doc.row((*named, *counts, _share(found, rule)), places))
    total = doc.row(["合计", "", "", *map(doc.count, supervision.coverage_counts(found)), _share(found)], ["以上各行"])
    return doc.table("应查的查了没有", head, [*rows, total])


def _share(found: Supervision, rule: RequiredCheck | None = None) -> Cell:
    """How much of what had to be checked was; of what isn't known it says so."""
    complete, share = not found.count(Coverage.MISSING_DATA, rule), found.share(rule)
    shown = supervision_words.share_text(share, complete=complete)
    return Cell(shown, None if complete else Tone.MISSING, exact(share))


def _conformity(ledgers: Ledgers, found: Supervision) -> Table:
    head = ("检查类别", "检查次数", "符合", "不符合", "不适用", "不明", "符合率")
    rows = [_tally_row(ledgers, found, tally) for tally in found.tallies]
    return doc.table("符合率:符合/(符合+不符合);带 ! 的,其中还有记录没有交来", head, rows)


def _tally_row(ledgers: Ledgers, found: Supervision, tally: Tally) -> Row:
    rate = Cell(supervision_words.rate_text(tally), Tone.MISSING if tally.absent else None, exact(tally.rate))
    makers = [name for rule in found.rules if rule.category == tally.category for name in rule.departments]
    source = _check_places(ledgers, found.period, makers, tally.absent) if tally.category else ("以上各行",)
    return doc.row((tally.category or "合计", *map(doc.count, supervision.tally_counts(tally)), rate), source)


def _lacking_checks(ledgers: Ledgers, found: Supervision) -> Table:
    head = ("结论", "检查类别", "检查部门", "应查期", "项目或检查项", "依据")
    rows = []
    for state in (Coverage.UNCHECKED, Coverage.MISSING_DATA, Coverage.DOUBTFUL):
        lacking = [one for one in found.required if one.coverage is state]
        for one, names in supervision_words.lacking_names(lacking):
            cells = (
                Cell(state.signed, tone_of(state), state.value),
                one.rule.category,
                supervision_words.makers_text(one.rule),
                str(one.period),
                names,
                supervision_words.source_text(one.rule),
            )
            rows.append(doc.row(cells, _check_places(ledgers, one.period, one.rule.departments, one.absent)))
    return doc.table("应查未查与不能确定的", head, rows, "没有。")


def finding_row(one: Finding) -> Row:
    """What checks found wrong about one thing, and whether it is closed."""
    tone, state = (Tone.BAD, "open") if one.since else (Tone.GOOD, "closed")
    said = [*map(supervision_words.check_text, one.failures), *(f"说明:{remark}" for remark in one.remarks)]
    cells = (
        supervision_words.subject_text(one),
        Cell(supervision_words.standing_text(one), tone, state),
        "\n".join(said),
    )
    return doc.row(cells, [check.record.shown_place for check in one.failures])


# ---- customers


def customer_section(
    ledgers: Ledgers, review: ManagementReview, survey: Satisfaction | None, found: Findings | None
) -> list[Part]:
    """What the customers say: the survey, its remarks, and the complaints."""
    complaints = nonconformity_parts(ledgers, found, review.complaints, "客户投诉")
    asked = doc.section("客户反馈", _survey_parts(ledgers, survey))
    return [*asked, *doc.section("客户投诉", complaints, 2)] if review.complaints else asked


def _survey_parts(ledgers: Ledgers, survey: Satisfaction | None) -> Iterator[Part]:
    if survey is None:
        yield doc.not_there(satisfaction_words.UNDECLARED)
        return
    source = survey.survey.source
    places = (*ledgers.of_year(source, survey.period), *doc.absent_texts(survey.absent))
    yield from doc.said_missing(satisfaction_words.absence_text(ledgers.name(source), survey.absent))
    yield Note(satisfaction_words.coverage_text(survey) + "。" + satisfaction_words.response_text(survey) + "。")
    yield score_table("满意度总分", [score_row(survey.total, "总分", places)])
    head = ("客户", "答复", "发放", "收回", "回收率", "得分")
    yield doc.table("客户", head, [_customer_row(one, places) for one in survey.customers], "没有声明客户。")
    for split in (survey.items, survey.projects):
        if split is not None:
            scores = [score_row(one, one.name, places, one.name in split.lowest) for one in split.scores]
            yield score_table(f"按{split.column}", scores, split.reason or "没有得分。")
    bands = [
        doc.row((satisfaction_words.band_text(band), doc.count(band.count)), places)
        for band in reversed(survey.distribution.bands)
    ]
    yield doc.table("问卷的平均得分率", ("得分率", "份数"), bands, "没有声明分段。")
    for reason in satisfaction_words.reasons(survey):
        yield Note(f"与上一年相比:{reason}。")
    remarks = [doc.row((one.project, one.customer, one.questionnaire, one.text), one.places) for one in survey.remarks]
    yield doc.table("客户的意见", ("项目", "客户", "问卷编号", "意见"), remarks, "没有写意见的。")
    if survey.doubts:
        yield doc.table(
            "存疑的行", ("为什么",), [doc.row([";".join(one.reasons)], [one.place]) for one in survey.doubts]
        )


def score_table(title: str, rows: Sequence[Row], empty: str = "") -> Table:
    """Scores of the survey, each a `score_row`."""
    return doc.table(title, ("得分对象", "问卷", "得分", "要求", "上一年", "变化"), rows, empty)


def score_row(one: Score, name: str, places: Sequence[str], lowest: bool = False) -> Row:
    """A score, and that of the year before."""
    item = one.item
    tone = Tone.MISSING if item.absent else TONES[item.verdict]
    cells = (
        f"{name} ▼最低" if lowest else name,
        _returned(one.returned),
        Cell(satisfaction_words.value_text(item), tone, exact(item.value)),
        target_text(item.target),
        Cell(satisfaction_words.before_text(one), value=exact(one.before.value) if one.before else None),
        Cell(satisfaction_words.difference_text(one), value=exact(one.change)),
    )
    return doc.row(cells, places)


def _customer_row(one: Customer, places: Sequence[str]) -> Row:
    score = one.score
    cells = (
        one.name,
        Cell(one.standing.signed, tone_of(one.standing), one.standing.value),
        Cell(satisfaction_words.sent_text(one), value=None if one.sent is None else str(one.sent)),
        _returned(one.returned),
        Cell(satisfaction_words.share_text(one.response), value=_ends(one.response)),
        Cell(satisfaction_words.value_text(score), value=exact(score.value) if score else None),
    )
    return doc.row(cells, places)


def _returned(number: Count) -> Cell:
    return Cell(satisfaction_words.count_text(number), value=_ends((number.sure, number.most)))


def _ends(found: tuple[Fraction | int, Fraction | int] | None) -> str | None:
    """The one exact value, or both ends of an interval."""
    return None if found is None else "~".join(dict.fromkeys(map(str, found)))
