"""Service report: what a period's services to one project or customer came to, for those who get them.

Source: GB/T 28827.1, 9.3 (what was promised is reported to whoever it was promised to); section 3.3 of the plan.
Convention: as in `parts`. Every number is of the group's own rows; what the whole company came to stands beside it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from itss_kpi.analysis.breakdown import Breakdown
from itss_kpi.analysis.series import Series
from itss_kpi.catalogue.wording import SIGNS, target_text
from itss_kpi.core.results import Assessment
from itss_kpi.core.targets import exact
from itss_kpi.core.text import fold
from itss_kpi.pages.documents import parts as doc
from itss_kpi.pages.documents.material import Material
from itss_kpi.pages.documents.parts import Ledgers, Part, Row
from itss_kpi.pages.documents.review_results import finding_row, score_row, score_table
from itss_kpi.pages.making import lines
from itss_kpi.pages.page import Cell, Note, tone_of
from itss_kpi.pages.report import due_sentence
from itss_kpi.plan import supervision_words
from itss_kpi.plan.satisfaction import Score
from itss_kpi.plan.supervision import SOURCE as CHECKS
from itss_kpi.plan.supervision import Coverage
from itss_kpi.plan.year import PlanYear


@dataclass(frozen=True, slots=True)
class ServiceReport(Material):
    """The report on one group of a dimension."""

    schema: ClassVar[str] = "itss-kpi/service-report/1"
    signers: ClassVar[tuple[str, ...]] = ("编制", "审核", "客户确认")
    group: str = ""


@dataclass(frozen=True, eq=False)
class Services:
    """What is known of a dimension's groups: the assessments of the period and the series of the year."""

    year: PlanYear
    dimension: str
    breakdowns: Sequence[Breakdown]
    series: Sequence[Series]

    @classmethod
    def of(cls, year: PlanYear, dimension: str) -> "Services":
        """Those of a year."""
        return cls(year, dimension, year.breakdowns(dimension), year.series_by(dimension))

    @property
    def groups(self) -> list[str]:
        """The names of the groups, each once, in order."""
        return list(dict.fromkeys(one.group for found in self.breakdowns for one in found.groups if one.group))

    def report(self, group: str) -> ServiceReport:
        """The report on one of the groups."""
        year, report = self.year, self.year.report
        ledgers = Ledgers(year.catalogue, year.exports)
        pairs = [(found.whole, one) for found in self.breakdowns for one in found.groups if one.group == group]
        used = {name for _, one in pairs for name in one.sources}
        days = (report.period.start, report.period.end)
        parts = [
            *doc.section("概述", [_overview(self.dimension, group, year)]),
            *doc.section("服务指标", _indicators(ledgers, pairs)),
            *doc.section("本年各期", _periods(ledgers, self.series, group)),
            *doc.section("监督检查", _checks(ledgers, year, group)),
            *doc.section("满意度", _scores(ledgers, year, group)),
            *doc.section(
                "所用的台账", [doc.exports_table(ledgers, [x for x in ledgers.of_days(*days) if x.source in used])]
            ),
        ]
        title = f"{report.period} 服务报告:{group}"
        made = ServiceReport.of(year, title, parts, result=f"{due_sentence([one for _, one in pairs])}。")
        return replace(made, group=group)


def _overview(dimension: str, group: str, year: PlanYear) -> Note:
    report, plan = year.report, year.catalogue.plan
    partial = ",考核期尚未结束" if report.partial else ""
    return Note(
        f"本报告汇总{dimension}“{group}”在 {report.period} 的服务数据(截至 {report.as_of}{partial})。数字只取它的各行;"
        f"“全部”是同一指标的总值;要求是《{plan.title}》({plan.document} {plan.version})的考核要求。"
        "各表最后一列写明数字的出处。"
    )


def _indicators(ledgers: Ledgers, pairs: Iterable[tuple[Assessment, Assessment]]) -> Iterator[Part]:
    rows: list[Row] = []
    lacking: list[str] = []
    for whole, one in pairs:
        *cells, _, places = doc.assessment_row(ledgers, one, grouped=False)
        rows.append([*cells, Cell(whole.display, value=exact(whole.value)), places])
        if one.doubtful_rows:
            lacking.append(f"{one.number} {one.name} {one.period}:{one.doubtful_rows} 行存疑")
    yield doc.table("按要求考核的指标", [*doc.ASSESSMENT_HEAD[:-1], "全部"], rows, "没有到期的考核。")
    if lacking:
        yield Note(f"存疑的数据:{';'.join(lacking)}。")


def _periods(ledgers: Ledgers, found: Sequence[Series], group: str) -> Iterator[Part]:
    mine = [one for one in found if one.group == group and one.points]
    rows = [_periods_row(ledgers, one) for one in mine]
    yield doc.table("本年各期的数值", ("序号", "指标名称", "要求", "各期", "本年至今"), rows, "没有。")


def _periods_row(ledgers: Ledgers, one: Series) -> Row:
    items = [point.item for point in one.points]
    texts = lines(*(f"{item.period}  {item.display}  {SIGNS[item.verdict]}" for item in items))
    head = (doc.count(one.number), one.indicator.name, target_text(items[-1].target), texts, one.to_date_text)
    sources = {name for item in items for name in item.sources}
    return doc.row(head, ledgers.places(sources, (items[0].window[0], items[-1].window[1])))


def _checks(ledgers: Ledgers, year: PlanYear, group: str) -> Iterator[Part]:
    found = year.checks
    if found is None:
        yield doc.not_there(supervision_words.UNDECLARED)
        return
    mine = [one for one in found.required if fold(one.project) == fold(group)]
    rows = []
    for state in Coverage:
        own = [one for one in mine if one.coverage is state]
        if own:
            makers = dict.fromkeys(name for one in own for name in one.rule.departments)
            places = ledgers.places([CHECKS], (found.period.start, found.period.end)) or [*makers]
            periods = lines(*dict.fromkeys(str(one.period) for one in own))
            rows.append(
                doc.row((Cell(state.signed, tone_of(state), state.value), doc.count(len(own)), periods), places)
            )
    yield doc.table("应查的检查", ("情况", "项数", "应查期"), rows, "计划没有要求按它检查。")
    said = [finding_row(one) for one in found.findings if one.project and fold(one.project) == fold(group)]
    yield doc.table("检查发现的不符合", ("哪里", "状态", "各次检查"), said, "没有。")


def _scores(ledgers: Ledgers, year: PlanYear, group: str) -> Iterator[Part]:
    survey = year.survey
    if survey is None:
        yield Note("没有满意度调查。")
        return
    places = ledgers.of_year(survey.survey.source, survey.period)
    listed: list[Score] = [one for one in (survey.projects.scores if survey.projects else ()) if one.name == group]
    scores = [score_row(one, one.name, places) for one in listed]
    scores += [
        score_row(Score(one.name, one.score, one.returned), one.name, places)
        for one in survey.customers
        if one.name == group and one.score
    ]
    yield score_table("满意度得分", scores, "调查中没有它的得分。")
    said = [one for one in survey.remarks if group in (one.project, one.customer)]
    rows = [doc.row((one.project, one.customer, one.questionnaire, one.text), one.places) for one in said]
    yield doc.table("客户的意见", ("项目", "客户", "问卷编号", "意见"), rows, "没有写意见的。")
