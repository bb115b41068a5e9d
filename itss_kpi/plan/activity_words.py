"""Activity words: the plan's activities and its check calendar in the words that every output uses (see `wording`)."""

from functools import partial

from itss_kpi.analysis.collection import month_ranges
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.catalogue.wording import lacking_text
from itss_kpi.core.period import Period
from itss_kpi.core.text import ranges_text
from itss_kpi.plan.activities import SOURCE, Check, Occurrence, Planned, Unplanned
from itss_kpi.plan.records import shown_rows

NO_DEADLINE = "计划没有写台账几天内交齐(指标目录的 hand_in_days),应交日不知道"
absence_text = partial(lacking_text, so="没有记录的活动不能说没有做")
"""What is missing of the ledger; '' where nothing is."""
places_text = partial(shown_rows, between="~")
"""Where rows stand, those of one sheet together."""


def undeclared_text(catalogue: Catalogue) -> str:
    """What the catalogue doesn't declare of the plan's activities, and how to; '' where all is there."""
    if not catalogue.activities:
        return "指标目录没有声明质量活动;请写上 activities(写法见 itss-kpi help 质量活动、监督检查与客户)"
    if SOURCE not in catalogue.sources:
        return (
            f"指标目录没有声明质量活动台账;请在 sources 中加上 {SOURCE}"
            "(写法见 itss-kpi help 质量活动、监督检查与客户),并把台账放进所声明部门的文件夹"
        )
    return ""


def state_text(one: Occurrence) -> str:
    """The state with its sign: `✗ 逾期 61 天`."""
    days = f" {one.days} 天" if one.days else ""
    return one.state.signed + days


def when_text(planned: Planned) -> str:
    """When the plan has the activity done: `按考核频次(全年 12 期)`."""
    number = len(planned.occurrences)
    return f"{planned.activity.when}(全年 {number} 期)" if number > 1 else planned.activity.when


def who_text(planned: Planned) -> str:
    """Who leads and who takes part."""
    lead, others = ("、".join(names) for names in (planned.activity.lead, planned.activity.participants))
    return ";".join(f"{word}{names}" for word, names in (("牵头 ", lead), ("参加 ", others)) if names)


def serves_text(planned: Planned) -> str:
    """Which indicators the activity serves, by number: `指标 5~8`."""
    return f"指标 {ranges_text(planned.activity.serves)}" if planned.activity.serves else ""


def basis_text(planned: Planned) -> str:
    """Where it comes from: section of the plan, clauses of the standard."""
    section = planned.activity.section
    return ";".join([*([f"计划第{section}节"] if section else []), *planned.activity.clauses])


def row_text(one: Unplanned) -> str:
    """What a row that belongs to no occurrence says of itself: `4 运维服务能力体系管理评审 年中`."""
    row = one.record
    number = row.number
    return " ".join(filter(None, ("—" if number is None else str(number), row.name, row.when)))


def indicator_text(one: Indicator) -> str:
    """An indicator by its name and numbers: `SLA达成率(1、16)`."""
    return f"{one.name}({'、'.join(map(str, one.numbers))})"


def due_texts(check: Check) -> list[tuple[str, str]]:
    """What falls due in a month, by period: `2022Q1`, `绩效考核覆盖率(8)、服务台派单成功率(9)`."""
    periods = dict.fromkeys(due.period for due in check.due)
    ordered = sorted(periods, key=lambda period: period.kind.months)
    return [
        (str(period), "、".join(indicator_text(due.indicator) for due in check.due if due.period == period))
        for period in ordered
    ]


def collect_texts(check: Check) -> list[tuple[str, str, str]]:
    """Department, months to answer for, ledgers: `通信部`, `2022-01~2022-03`, `变更台账、问题台账`."""
    found: dict[tuple[str, tuple[Period, ...]], list[str]] = {}
    for one in sorted(check.ledgers, key=lambda one: len(one.months)):
        found.setdefault((one.department, one.months), []).append(one.name)
    return [
        (department, month_ranges(months), "、".join(names))
        for name in dict.fromkeys(one.department for one in check.ledgers)
        for (department, months), names in found.items()
        if department == name
    ]
