"""Review indicators: the section of the review's input that says how far the indicators were attained.

Source: section 2 of the plan; GB/T 28827.1 chapter 5. Convention: as in `parts`.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from fractions import Fraction

from itss_kpi.analysis.series import Series
from itss_kpi.catalogue.wording import lacking_text, name_text
from itss_kpi.core.period import Period, PeriodKind
from itss_kpi.core.results import Assessment, Report, Verdict, attainment_rate
from itss_kpi.core.targets import Target, Unit, exact, show
from itss_kpi.pages.decisions import TO_DECIDE
from itss_kpi.pages.documents import parts as doc
from itss_kpi.pages.documents.parts import Ledgers, Part, Row
from itss_kpi.pages.page import TONES, Cell, Chart, Line, Note, Table

COUNTED = (Verdict.ATTAINED, *TO_DECIDE, Verdict.NOT_APPLICABLE, Verdict.MONITORED)
"""The verdicts that are counted, in order."""


def indicator_sections(ledgers: Ledgers, report: Report, found: Sequence[Series]) -> Iterator[Part]:
    """The attainment by domain, as a chart, month by month, and every assessment; the whole year from the rows."""
    domains = list(dict.fromkeys(item.domain for item in report.assessments))
    counts, chart = _domain_counts(report, domains), _domain_chart(report, domains)
    lacking = doc.said_missing(_lacking(ledgers, report))
    yield from doc.section("指标达成情况", [*lacking, counts, chart, *_month_charts(ledgers, report, found)])
    for domain in domains:
        mine = [item for item in report.assessments if item.domain == domain]
        yield from doc.section(domain, [doc.assessments_table(ledgers, f"{domain}的各期考核", mine)], 2)
    yield from doc.section("全年合计", _whole_year(ledgers, found), 2)


def _lacking(ledgers: Ledgers, report: Report) -> str:
    """Which ledgers the assessments lack, and what that means."""
    absent = doc.merged_absences(one for item in report.assessments for one in item.absent)
    said = [lacking_text(ledgers.name(one.source), [one]) for one in absent]
    return f"{';'.join(said)}:用到它们的考核没有结论" if said else ""


def _domain_counts(report: Report, domains: Sequence[str]) -> Table:
    groups = [(name, [item for item in report.due if item.domain == name]) for name in domains]
    rows = [_count_row(name, items, f"见“{name}”") for name, items in groups]
    head = ("指标域", "到期", *(verdict.label for verdict in COUNTED), "达成率")
    return doc.table("各指标域的结论(到期的考核)", head, [*rows, _count_row("合计", report.due, "以上各行")])


def _count_row(name: str, items: Sequence[Assessment], source: str) -> Row:
    verdicts = [item.verdict for item in items]
    rate = attainment_rate(items)
    shown = Cell(show(rate, Unit.PERCENT) if rate is not None else "—", value=exact(rate))
    return doc.row((name, doc.count(len(items)), *(_verdict_count(verdicts, one) for one in COUNTED), shown), [source])


def _verdict_count(verdicts: Sequence[Verdict], verdict: Verdict) -> Cell:
    number = verdicts.count(verdict)
    return Cell(str(number), TONES[verdict] if number else None, str(number))


def _domain_chart(report: Report, domains: Sequence[str]) -> Chart:
    lines = []
    for verdict in COUNTED:
        counts = [sum(item.domain == name and item.verdict is verdict for item in report.due) for name in domains]
        if any(counts):
            lines.append(Line(verdict.label, tuple(map(Fraction, counts)), verdict))
    return Chart("各指标域的结论(到期的考核数)", tuple(domains), tuple(lines), source=("上表",))


def _month_charts(ledgers: Ledgers, report: Report, found: Sequence[Series]) -> Iterator[Chart]:
    """Each rate that is assessed by the month, against its target; under one number where the plan lists several."""
    shown: set[str] = set()
    months = [Period(PeriodKind.MONTH, report.period.year, at) for at in range(1, 13)]
    for one in found:
        rate = any(point.item.unit == Unit.PERCENT for point in one.points)
        if one.indicator.period is not PeriodKind.MONTH or one.group is not None or not rate:
            continue
        if one.indicator.id not in shown:
            shown.add(one.indicator.id)
            yield _month_chart(ledgers, one, months)


def _month_chart(ledgers: Ledgers, one: Series, months: Sequence[Period]) -> Chart:
    items = {point.item.period: point.item for point in one.points if point.item.due}
    values = tuple(items[month].value if month in items else None for month in months)
    targets = tuple(_one_limit(one.indicator.target_on(month.last_day)) for month in months)
    lines = [Line(one.indicator.name, values)]
    if any(limit is not None for limit in targets):
        lines.append(Line("考核要求", targets, target=True))
    name = f"{one.number} {one.indicator.name}(各月;断开处没有数值)"
    sources = {source for item in items.values() for source in item.sources}
    places = ledgers.places(sources, (months[0].start, months[-1].end))
    return Chart(name, tuple(f"{month.start.month}月" for month in months), tuple(lines), True, tuple(places))


def _one_limit(target: Target | None) -> Fraction | None:
    return target.bounds[0].limit if target and len(target.bounds) == 1 else None


_WHOLE_YEAR = (
    "按月、季、半年考核的指标,全年的数由全年的各行直接算得,不是各期的平均;有的期缺数据或没有定论的,只合计其余各期,并写明;"
    "计划不按年考核它们,所以没有结论。"
)


def _whole_year(ledgers: Ledgers, found: Sequence[Series]) -> Iterator[Part]:
    yield Note(_WHOLE_YEAR)
    rows = []
    for one in found:
        item = one.to_date
        if item is not None and one.indicator.period is not PeriodKind.YEAR:
            number, _, _, *rest = doc.assessment_row(ledgers, item)
            name = Cell(name_text(item.name, item.group), value=item.indicator)
            till = f"{item.window[0]} 至 {item.window[1] - timedelta(days=1)}" + (f"({one.part})" if one.part else "")
            rows.append([number, name, till, *rest[:3], rest[-1]])
    yield doc.table("全年合计", ("序号", "指标名称", "范围", "分子/分母", "全年值", "要求"), rows, "没有。")
