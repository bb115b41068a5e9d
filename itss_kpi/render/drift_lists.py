"""Drift lists: what differs from the archive -> lines for the terminal, and JSON.

Convention: a renderer takes finished values and decides nothing. Text from users' files goes through `clean`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from itss_kpi.analysis.drift import Drift, InputChange, ResultChange, RowChange
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import Verdict, problem_json
from itss_kpi.core.text import clean, row_place

SCHEMA = "itss-kpi/drift/1"
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


def render_drift(drifts: Sequence[Drift], damage: Sequence[Problem], names: Mapping[str, str]) -> RenderableType:
    """Each closed period: the same, or what differs and by what; first what is wrong with the archive itself. `names`
    are the ledgers' Chinese names."""
    parts: list[RenderableType] = []
    if damage:
        parts.append(Text(f"归档本身有 {len(damage)} 处与写出时不同", style="bold red"))
        parts += [_line(f"  {problem} — {problem.remedy}") for problem in damage]
    for one in drifts:
        parts += _of_period(one, names)
    if not drifts and not damage:
        parts.append(Text("归档中还没有关账的考核期", style="dim"))
    return Group(*parts)


def _of_period(one: Drift, names: Mapping[str, str]) -> Iterator[RenderableType]:
    head = f"{one.folder}({one.closed} 关账)"
    if one.any:
        yield Text(f"✗ {head} 与归档不同", style="bold red")
    else:
        beside = "(文件或指标目录有改动,但不影响本期)" if one.inputs or one.catalogue else ""
        yield Text(f"✓ {head} 与归档一致{beside}", style="green")
        return
    if one.catalogue:
        yield _line("  指标目录已改动")
    if one.program:
        yield _line("  程序版本不同")
    yield from (_line(f"  结果 {_result(change)}") for change in one.results)
    yield from (_line(f"  文件 {_input(change)}") for change in one.inputs)
    yield from (_line(f"  行 {_row(change, names)}") for change in one.rows[:ROWS_SHOWN])
    if len(one.rows) > ROWS_SHOWN:
        yield _line(f"  另有 {len(one.rows) - ROWS_SHOWN} 处行的变化(用 --format json 查看全部)")


def _line(text: str) -> Text:
    return Text(clean(text))


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


def drift_json(drifts: Sequence[Drift], damage: Sequence[Problem]) -> dict[str, Any]:
    """The same for programs, with every row."""
    return {
        "schema": SCHEMA,
        "archive": [problem_json(problem) for problem in damage],
        "periods": [
            {
                "period": one.period,
                "folder": one.folder,
                "closed": one.closed,
                "same": not one.any,
                "catalogue_changed": one.catalogue,
                "program_changed": one.program,
                "results": [
                    {
                        "number": change.number,
                        "name": change.name,
                        "period": change.period,
                        "group": change.group or None,
                        "old": dict(change.old),
                        "new": dict(change.new),
                        "causes": list(change.causes),
                    }
                    for change in one.results
                ],
                "inputs": [{"path": change.path, "change": change.kind} for change in one.inputs],
                "rows": [
                    {
                        "source": change.source,
                        "change": change.kind,
                        "key": change.key,
                        "column": change.column or None,
                        "old": change.old,
                        "new": change.new,
                        "path": change.place[0],
                        "sheet": change.place[1],
                        "row": change.place[2],
                    }
                    for change in one.rows
                ],
            }
            for one in drifts
        ],
    }
