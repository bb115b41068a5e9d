"""Board: the page of who decides: the result at a glance, what is missed, what may still change, and behind each
indicator what it comes from.

Convention: as in `page`; the first screen and the details are made of the same parts as every other form.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from itss_kpi.analysis.breakdown import Breakdown, Comparison
from itss_kpi.analysis.series import Series
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.catalogue.wording import SIGNS, bands_said, name_text, reading, target_text
from itss_kpi.core.results import Assessment, Verdict, attainment_rate
from itss_kpi.core.targets import Unit, show
from itss_kpi.pages.comparison import comparison_page
from itss_kpi.pages.decisions import TO_DECIDE, Decision, decisions
from itss_kpi.pages.explanation import facts_table
from itss_kpi.pages.making import columns, shown
from itss_kpi.pages.page import TONES, Cell, Column, Note, On, Part, Table, Text, Tone
from itss_kpi.pages.report import result_sentence
from itss_kpi.pages.trend import series_table
from itss_kpi.plan.actions import State
from itss_kpi.plan.year import PlanYear

MONTHS = 12
_COUNTED = (Verdict.ATTAINED, *TO_DECIDE)
_MISSED = columns("指标 考核期 要求 实际 差距 措施", whole="考核期 要求 实际 差距")
_DOUBTED = columns("结论 指标 考核期 数值 因为", whole="结论 考核期 数值 因为")
_DIMENSIONS = ("部门", "项目")
_LISTED = 20
"""Doubtful rows of an indicator that are listed."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A period of the heat map: where it begins, how many months it takes, how it stands, and what to say of it."""

    month: int
    months: int
    sign: str
    tone: Tone
    said: str


@dataclass(frozen=True, slots=True)
class Detail:
    """An indicator, as a whole or a group of it: its line in the heat map, the `items` of its chart, and what there is
    to know."""

    id: str
    number: int
    name: str
    domain: str
    departments: tuple[str, ...]
    verdicts: tuple[str, ...]
    marks: tuple[Mark, ...]
    items: tuple[Assessment, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """The page: whose, of what, as of when, the result in a sentence, the tables of the first screen, the details; the
    `legend` of the signs, and the hash of the last closing."""

    title: str
    basis: str
    sentence: str
    domains: Table
    decided: Table
    open: Table
    overdue: Table | None
    details: tuple[Detail, ...]
    legend: str
    sealed: str


def board_of(year: PlanYear) -> Board:
    """The board of a year's report."""
    report, plan = year.report, year.catalogue.plan
    partial = ",尚未结束" if report.partial else ""
    known = list(decisions(year))
    missed = [_missed(one) for one in known if one.verdict is Verdict.MISSED]
    doubted = [_doubted(one) for one in known if one.verdict is not Verdict.MISSED]
    return Board(
        f"{plan.organization} {report.period} 运维服务指标",
        f"依据《{plan.title}》({plan.document} {plan.version}),截至 {report.as_of}{partial}",
        result_sentence(report, year.problems),
        _domains(report.due),
        Table("未达成与已失守", _MISSED, missed, empty="没有。"),
        Table("数据还可能改变的结论", _DOUBTED, doubted, empty="没有。"),
        _overdue(year),
        tuple(_details(year)),
        f"{' '.join(f'{SIGNS[one]} {one.label}' for one in Verdict)}。达成率 = 达成 ÷(达成 + 未达成)。",
        year.sealed,
    )


def _missed(one: Decision) -> list[Text]:
    item = one.item
    return [_name(item), str(item.period), target_text(item.target), item.display, one.gap, one.followed]


def _doubted(one: Decision) -> list[Text]:
    item = one.item
    why = f"存疑 {item.doubtful_rows} 行" if item.doubtful_rows else one.gap
    return [Cell(one.label, TONES[one.verdict]), _name(item), str(item.period), item.display, why]


def _name(item: Assessment) -> Cell:
    return Cell(f"{item.number} {name_text(item.name, item.group)}", leads_to=_id(item.number, item.group))


def _id(number: int, group: str | None) -> str:
    return f"{number}-{group}" if group else str(number)


def _domains(due: Sequence[Assessment]) -> Table:
    """The verdicts by domain."""
    head = (Column("指标域", whole=True), *(Column(f"{SIGNS[one]} {one.label}", right=True) for one in _COUNTED))
    names = list(dict.fromkeys(item.domain for item in due))
    rows = [_counts(name, [item for item in due if item.domain == name]) for name in names]
    total = [_counts("合计", due)] if len(names) > 1 else []
    return Table("各指标域", (*head, Column("达成率", right=True)), [*rows, *total], empty="没有到期的指标。")


def _counts(name: str, items: Sequence[Assessment]) -> list[Text]:
    rate = attainment_rate(items)
    counts = {one: sum(item.verdict is one for item in items) for one in _COUNTED}
    cells = [Cell(str(number), TONES[one] if number else Tone.QUIET) for one, number in counts.items()]
    return [name, *cells, Cell("—" if rate is None else show(rate, Unit.PERCENT), Tone.STRONG)]


def _overdue(year: PlanYear) -> Table | None:
    """Corrective actions that are late; None where the catalogue declares none."""
    if year.actions is None:
        return None
    rows: list[list[Text]] = [
        [one.record.id, one.record.measure, one.record.department, str(one.record.due or "")]
        for one in year.actions.actions
        if one.state is State.OVERDUE
    ]
    return Table("逾期的纠正措施", columns("编号 措施 责任部门 期限", whole="编号 责任部门 期限"), rows, empty="没有。")


# ---- behind each indicator


def _details(year: PlanYear) -> Iterator[Detail]:
    breakdowns = {name: year.breakdowns(name) for name in _DIMENSIONS}
    for one in (one for one in year.series if one.points):
        items = [point.item for point in one.points]
        yield Detail(
            _id(one.number, one.group),
            one.number,
            name_text(one.indicator.name, one.group),
            items[0].domain,
            tuple(one.indicator.department),
            tuple(dict.fromkeys(item.verdict.value for item in items)),
            tuple(_marks(items)),
            tuple(items),
            tuple(_parts(year, one, breakdowns)),
        )


def short(item: Assessment) -> str:
    """An assessment in a few words."""
    return f"{item.period} {item.verdict.label} {item.display}"


def _marks(items: Sequence[Assessment]) -> Iterator[Mark]:
    """A mark a period; of those that are shorter than a month, the worst of each month."""
    found: dict[tuple[int, int], list[Assessment]] = {}
    for item in items:
        first, last = item.period.start, item.period.last_day
        begins = first.month if first.year == items[-1].period.last_day.year else 1
        found.setdefault((begins, max(1, last.month - begins + 1)), []).append(item)
    for (month, months), own in sorted(found.items()):
        worst = min(own, key=lambda one: _WORST.index(one.verdict))
        yield Mark(month, months, SIGNS[worst.verdict], TONES[worst.verdict], ";".join(map(short, own)))


_WORST = (
    Verdict.MISSED,
    Verdict.MISSING_DATA,
    Verdict.UNVERIFIED,
    Verdict.UNDEFINED,
    Verdict.ATTAINED,
    Verdict.MONITORED,
    Verdict.IN_PROGRESS,
    Verdict.NOT_APPLICABLE,
)


def _parts(year: PlanYear, one: Series, breakdowns: Mapping[str, Sequence[Breakdown]]) -> Iterator[Part]:
    yield facts_table(list(_facts(year.catalogue, one.indicator)))
    yield series_table(one)
    for dimension, found in breakdowns.items():
        mine = [each for each in found if each.whole.number == one.number and each.groups and one.group is None]
        if mine:
            page = comparison_page(Comparison({}, year.report.period, year.as_of, dimension, mine))
            yield Note(f"按{dimension}", Tone.HEAD)
            yield from (part for part in shown(page.parts, On.MARKDOWN) if isinstance(part, Table))
    yield from _doubtful(year, one)


def _doubtful(year: PlanYear, one: Series) -> Iterator[Part]:
    """The rows that leave a value open, with what the department wrote."""
    rows = year.doubtful(one.indicator, [point.item for point in one.points])
    if not rows:
        return
    names = list(dict.fromkeys(name for _, texts in rows for name in texts))
    head = (Column("考核期", whole=True), *map(Column, names))
    listed = [[str(item.period), *(texts.get(name, "") for name in names)] for item, texts in rows[:_LISTED]]
    yield Table("存疑的行", head, listed)
    if len(rows) > _LISTED:
        yield Note(f"另有 {len(rows) - _LISTED} 行", Tone.QUIET)


def _facts(catalogue: Catalogue, indicator: Indicator) -> Iterator[tuple[str, Text]]:
    yield "计划公式", indicator.formula
    for measure in indicator.all_measures.values():
        yield "实际算法", reading(measure, catalogue.titles)
    yield "算式", indicator.value if isinstance(indicator.value, str) else ""
    yield "得分与等级", ";".join(bands_said(indicator))
    yield "责任部门", "、".join(indicator.department)
    yield "口径说明", indicator.note or ""
