"""Supervision words: what had to be checked, what was and what was found, in words (see `wording`)."""

from collections.abc import Iterable
from fractions import Fraction
from functools import partial

from itss_kpi.catalogue.plan import RequiredCheck
from itss_kpi.catalogue.wording import lacking_text
from itss_kpi.core.targets import Unit, show
from itss_kpi.plan.records import shown_rows
from itss_kpi.plan.supervision import Check, Coverage, Finding, Required, Tally

COVERAGES = (Coverage.UNCHECKED, Coverage.MISSING_DATA, Coverage.DOUBTFUL, Coverage.COVERED)
"""In the order in which they are listed."""
UNDECLARED = (
    "指标目录没有声明监督检查;请在 sources 中加上台账 supervision,并在 supervision 一节写明检查什么、多久一次"
    "(写法见 itss-kpi help 质量活动、监督检查与客户),再把记录放进所声明部门的文件夹"
)
UNKNOWN = "(读不出来)"
absence_text = partial(lacking_text, so="下面只有已交的记录,不能说此外没有问题")
"""What is missing of the ledger; '' where nothing is."""


def share_text(share: Fraction | None, *, complete: bool = True) -> str:
    """A share as shown, never 100% where anything lacks; with a sign where records are missing."""
    if share is None:
        return "—" if complete else "! 数据缺失"
    return f"{'' if complete else '! '}{show(share, Unit.PERCENT)}"


def rate_text(tally: Tally) -> str:
    """The rate of 符合."""
    return share_text(tally.rate, complete=not tally.absent)


def makers_text(rule: RequiredCheck) -> str:
    """Who has to check."""
    return "、".join(rule.departments)


def source_text(rule: RequiredCheck) -> str:
    """Where it is required: `计划3.3 活动6`."""
    section = f"计划{rule.section}" if rule.section else ""
    return " ".join(filter(None, (section, f"活动{rule.activity}" if rule.activity else "")))


def rows_text(checks: Iterable[Check]) -> str:
    """Where checks stand, in short."""
    return ";".join(shown_rows(one.record for one in checks))


def lacking_names(required: Iterable[Required]) -> list[tuple[Required, str]]:
    """What lacks, the names of one rule and period together with the first of them."""
    groups: dict[tuple[int, str], list[Required]] = {}
    for one in required:
        groups.setdefault((id(one.rule), str(one.period)), []).append(one)
    return [(own[0], "、".join(one.name for one in own)) for own in groups.values()]


def subject_text(one: Finding | Check) -> str:
    """What was checked: department, category, project and item."""
    parts = (one.department, one.category, one.project, one.item)
    return "  ".join(UNKNOWN if part is None else part for part in parts if part != "")


def standing_text(one: Finding) -> str:
    """How a finding stands: `✗ 未关闭(自 2022-03-10)  重复 1 次`."""
    parts = (
        f"✗ 未关闭(自 {one.since})" if one.since else "✓ 已关闭",
        f"重复 {len(one.repeated)} 次" if one.repeated else "",
    )
    return "  ".join(filter(None, parts))


def check_text(one: Check) -> str:
    """A record in a line: its number, day, result and remark."""
    day = str(one.day) if one.day else UNKNOWN
    parts = (one.record.id or "(无编号)", day, one.result or "结果不明", one.record.remark)
    return " ".join(filter(None, parts))
