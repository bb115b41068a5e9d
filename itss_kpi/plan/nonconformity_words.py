"""Finding words: nonconformities and improvements in the words that every output uses (see `wording`)."""

from fractions import Fraction
from functools import partial

from itss_kpi.catalogue.wording import lacking_text
from itss_kpi.core.targets import Unit, show
from itss_kpi.plan import entry_words
from itss_kpi.plan.nonconformities import Improvement, Improvements, Nonconformities, Nonconformity, Progress, State

LEGEND = "后续:同一指标其后各考核期;关闭或完成之后的第一个完整考核期决定效果,括号中的在此以前,不作证明。"
UNDECLARED = (
    "指标目录没有声明不符合项台账和体系改进计划;请在 sources 中加上 nonconformities、improvements"
    "(写法见 itss-kpi help 质量活动、监督检查与客户),并把台账放进所声明部门的文件夹"
)
NO_NONCONFORMITIES = "指标目录没有声明不符合项台账(sources 中的 nonconformities)"
NO_IMPROVEMENTS = "指标目录没有声明体系改进计划(sources 中的 improvements)"
FOUND_HEAD = ("项数", "未关闭", "其中逾期", "已关闭", "其中超期", "存疑", "平均天数", "中位天数")
IMPROVED_HEAD = ("项数", "已完成", "迟完成", "逾期", "未到期", "存疑", "未评价", "矛盾", "平均进度")
absence_text = partial(lacking_text, so="下面只有已交的各项,不能说此外没有")
"""What is missing of the ledger; '' where nothing is."""


def days_text(days: Fraction | None) -> str:
    """A mean or median of days."""
    return "—" if days is None else show(days, Unit.BARE)


def found_cells(group: Nonconformities) -> list[str]:
    """The counts of a group of nonconformities, under `FOUND_HEAD`."""
    counts = (
        len(group.items),
        group.open,
        group.counts[State.OVERDUE],
        group.counts[State.CLOSED],
        group.late,
        group.counts[State.UNKNOWN],
    )
    return [*map(str, counts), days_text(group.mean), days_text(group.median)]


def improved_cells(group: Improvements) -> list[str]:
    """The counts of a group of improvements, under `IMPROVED_HEAD`."""
    states = (Progress.DONE, Progress.LATE, Progress.OVERDUE, Progress.COMING, Progress.UNKNOWN)
    counts = (len(group.items), *(group.counts[state] for state in states), group.unevaluated, group.contradictory)
    return [*map(str, counts), "—" if group.progress is None else show(group.progress, Unit.PERCENT)]


def subject_text(one: Nonconformity | Improvement) -> str:
    """The indicator that is named; '' where none is."""
    return "" if one.record.number is None else entry_words.subject_text(one)


def dates_text(one: Nonconformity | Improvement) -> str:
    """The days: when it was found and due, and what was done as seen on the day."""
    if isinstance(one, Improvement):
        progress = show(one.progress, Unit.PERCENT) if one.progress is not None else ""
        return entry_words.days_text(("计划", one.due), ("完成", one.done), ("进度", progress))
    used = f"(用 {one.days} 天)" if one.days is not None else ""
    closed = f"{one.closed}{used}" if one.closed else ""
    return entry_words.days_text(("发现", one.found), ("期限", one.due), ("关闭", closed))
