"""归档核对: what differs between closed periods and today.

Convention: first what is wrong with the archive itself. A line a change; where rows are many, the rest is counted.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from itss_kpi.analysis.drift import Drift, InputChange, ResultChange, RowChange
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import Verdict
from itss_kpi.core.text import row_place
from itss_kpi.pages.page import Note, Page, Tone

_KINDS = {"added": ("+", "新增"), "removed": ("-", "删除"), "changed": ("~", "改动")}
_FIELDS = {
    "verdict": "结论",
    "display": "实际值",
    "numerator": "分子",
    "denominator": "分母",
    "target": "考核要求",
    "shortfall": "差距",
    "due": "是否到期",
}
ROWS_SHOWN = 50


def drift_page(drifts: Sequence[Drift], damage: Sequence[Problem], names: Mapping[str, str]) -> Page:
    """What `verify` shows; `names` are the ledgers' Chinese names."""
    return Page("", parts=list(_parts(drifts, damage, names)))


def _parts(drifts: Sequence[Drift], damage: Sequence[Problem], names: Mapping[str, str]) -> Iterator[Note]:
    if damage:
        yield Note(f"归档本身有 {len(damage)} 处与写出时不同", Tone.BAD)
        yield from (Note(f"  {problem} — {problem.remedy}") for problem in damage)
    for one in drifts:
        yield _head(one)
        if not one.same:
            yield from (Note(f"  {line}") for line in _lines(one, names))
    if not drifts and not damage:
        yield Note("归档中还没有关账的考核期", Tone.QUIET)


def _head(one: Drift) -> Note:
    head = f"{one.folder}({one.closed} 关账)"
    if not one.same:
        return Note(f"✗ {head} 与归档不同", Tone.BAD)
    beside = "(文件或指标目录有改动,但不影响本期)" if one.inputs or one.catalogue else ""
    return Note(f"✓ {head} 与归档一致{beside}", Tone.GOOD)


def _lines(one: Drift, names: Mapping[str, str]) -> Iterator[str]:
    if one.catalogue:
        yield "指标目录已改动"
    if one.program:
        yield "程序不同(版本或代码)"
    yield from (f"结果 {_result(change)}" for change in one.results)
    yield from (f"文件 {_input(change)}" for change in one.inputs)
    yield from (f"行 {_row(change, names)}" for change in one.rows[:ROWS_SHOWN])
    if len(one.rows) > ROWS_SHOWN:
        yield f"另有 {len(one.rows) - ROWS_SHOWN} 处行的变化(用 --format json 查看全部)"


def _result(change: ResultChange) -> str:
    group = f"[{change.group}]" if change.group else ""
    # a value that is displayed as before has changed by less than is shown, and then its parts say so
    fields = (
        "、".join(
            f"{word} {_shown(name, change.old[name])} → {_shown(name, change.new[name])}"
            for name, word in _FIELDS.items()
            if name in change.old
        )
        or f"实际值 {change.old.get('value')} → {change.new.get('value')}"
    )
    return f"{change.number} {change.name}{group} {change.period}:{fields}(因 {'、'.join(change.causes)})"


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    return Verdict(value).label if name == "verdict" else str(value)


def _input(change: InputChange) -> str:
    sign, word = _KINDS[change.kind]
    return f"{sign} {word} {change.path}"


def _row(change: RowChange, names: Mapping[str, str]) -> str:
    sign, word = _KINDS[change.kind]
    place = row_place(*change.place)
    what = f" {change.column}:{change.old or '空'} → {change.new or '空'}" if change.column else ""
    return f"{sign} {word} {names.get(change.source, change.source)} {change.key}{what}({place})"
