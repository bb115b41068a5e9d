"""Entry words: what actions, nonconformities and improvements have in common, in words (see `wording`)."""

from typing import Any

from itss_kpi.catalogue.wording import name_text, periods_text
from itss_kpi.plan.effects import Entry


def state_text(one: Entry[Any, Any]) -> str:
    """The state with its sign: `✗ 逾期 12 天`."""
    return f"{one.state.signed} {one.overdue} 天" if one.overdue else one.state.signed


def subject_text(one: Entry[Any, Any]) -> str:
    """What it is about, as the row says it: `18 事件及时响应率 2022-07`."""
    row, tried = one.record, one.tried
    name = name_text(tried.indicator.name if tried.indicator else "", row.group)
    period = str(tried.period) if tried.period else row.period
    return " ".join(filter(None, ("—" if row.number is None else str(row.number), name, period)))


def following_text(one: Entry[Any, Any], *, values: bool = True) -> str:
    """The indicator's later periods, with their values or only the verdicts' signs; in brackets those that prove
    nothing, as they began before it can have helped in full."""
    return periods_text(one.tried.following, one.tried.decisive, values=values)


def effect_text(one: Entry[Any, Any]) -> str:
    """The effect and the period that decides on it: `有效(看 2022-09)`."""
    return f"{one.tried.effect.label}(看 {one.tried.decisive})" if one.tried.effect else ""


def days_text(*days: tuple[str, object]) -> str:
    """What there is of days (or results), each with its word: `期限 2022-07-31  完成 2022-07-20`."""
    return "  ".join(f"{word} {day}" for word, day in days if day)
