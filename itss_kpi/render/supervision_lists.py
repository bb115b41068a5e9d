"""Supervision lists: what had to be checked, what was and what was found -> terminal, CSV and Markdown.

Convention: as in `terminal`, a renderer decides nothing and text from users' files goes through `clean`. What nobody
checked comes before what was found; each finding has its records below it, with their places.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import plain_number
from itss_kpi.core.text import clean, csv_table, markdown_table
from itss_kpi.plan.records import shown_rows
from itss_kpi.plan.supervision import (
    CONFORMS,
    FAILS,
    NOT_APPLICABLE,
    SOURCE,
    Check,
    Coverage,
    Finding,
    Required,
    Supervision,
    Tally,
    to_json,
)
from itss_kpi.plan.supervision_words import (
    COVERAGE_SIGNS,
    UNKNOWN,
    absence_text,
    check_text,
    lacking_names,
    makers_text,
    rate_text,
    rows_text,
    share_text,
    source_text,
    standing_text,
    subject_text,
    title_text,
)

_STYLES = {
    Coverage.UNCHECKED: "bold red",
    Coverage.MISSING_DATA: "bold magenta",
    Coverage.DOUBTFUL: "bold yellow",
    Coverage.COVERED: "green",
}
_COVERAGE_HEAD = ("检查类别", "检查部门", "频次", "应查", "已查", "未查", "存疑", "缺失", "覆盖率")
_RATE_HEAD = ("检查类别", "检查", "符合", "不符合", "不适用", "不明", "符合率")
_LACKING_HEAD = ("检查类别", "检查部门", "应查期", "项目或检查项", "依据")
_COVERAGE_TITLE = "覆盖:应查的查了没有;带 ! 的,其中还有记录没有交来,至少是这些"
_RATE_TITLE = "符合率:符合/(符合+不符合);带 ! 的,其中还有记录没有交来"
_STANDING_HEAD = ("被检查部门", "未关闭", "重复")


@dataclass(frozen=True, slots=True)
class Checks:
    """What `supervision` shows: the checks, under which catalogue, and what is wrong with the ledger."""

    catalogue: Catalogue
    identity: Mapping[str, str]
    found: Supervision
    problems: Sequence[Problem] = ()

    @property
    def missing(self) -> str:
        """What is missing of the ledger; '' where nothing is."""
        return absence_text(self.catalogue.sources[SOURCE].name, self.found.absent)

    @property
    def title(self) -> str:
        """The heading."""
        return title_text(self.identity.get("organization", ""), self.found)


def _text(text: str, style: str = "") -> Text:
    return Text(clean(text), style=style)


def supervision_json(checks: Checks) -> dict[str, Any]:
    """The whole as an object."""
    return to_json(checks.found, checks.identity, checks.problems)


# ---- rows of the tables, for the terminal and Markdown


def _coverage_rows(found: Supervision) -> Iterator[list[str]]:
    states = (Coverage.COVERED, Coverage.UNCHECKED, Coverage.DOUBTFUL, Coverage.MISSING_DATA)
    for rule in (*found.rules, None):
        head = [rule.category, makers_text(rule), rule.each.label] if rule else ["合计", "", ""]
        counts = [str(len(found.required_by(rule))), *(str(found.count(state, rule)) for state in states)]
        complete = not found.count(Coverage.MISSING_DATA, rule)
        yield [*head, *counts, share_text(found.share(rule), complete=complete)]


def _rate_rows(found: Supervision) -> Iterator[list[str]]:
    for tally in found.tallies:
        counts = [str(tally.count(result)) for result in (CONFORMS, FAILS, NOT_APPLICABLE, "")]
        yield [tally.category or "合计", str(len(tally.checks)), *counts, rate_text(tally)]


def _lacking_rows(found: Supervision, state: Coverage) -> Iterator[list[str]]:
    lacking = [one for one in found.required if one.coverage is state]
    # what nobody checked is named one by one; what isn't known, as much as there is of it
    named = [(one, one.name) for one in lacking] if state is not Coverage.MISSING_DATA else lacking_names(lacking)
    for one, names in named:
        yield [one.rule.category, makers_text(one.rule), str(one.period), names, source_text(one.rule)]


def _standing_rows(found: Supervision) -> Iterator[list[str]]:
    for name in found.departments:
        yield [name, str(len(found.open(name))), str(found.repeated(name))]


# ---- in the terminal


def render_supervision(checks: Checks) -> RenderableType:
    """Coverage, rates, what was not checked, what was found, and what can't be read."""
    found = checks.found
    parts: list[RenderableType] = [_text(checks.title, "bold"), _summary(found)]
    if missing := checks.missing:
        parts += [_text(f"! 数据缺失:{missing}", "bold magenta")]
    parts += [Text(), Text(_COVERAGE_TITLE, style="bold"), _table(_COVERAGE_HEAD, _coverage_rows(found), 3)]
    parts += [Text(), Text(_RATE_TITLE, style="bold"), _table(_RATE_HEAD, _rate_rows(found), 1)]
    for state, sign in COVERAGE_SIGNS.items():
        rows = [] if state is Coverage.COVERED else list(_lacking_rows(found, state))
        if rows:
            title = f"{sign} {state.label}({found.count(state)})"
            parts += [Text(), Text(title, style=_STYLES[state]), _table(_LACKING_HEAD, rows)]
    parts += [*_findings(found), *_doubtful(found), Text(), Text("上面各数所依据的行", style="bold")]
    return Group(*parts, _places(found.tallies[:-1]))


def _summary(found: Supervision) -> Text:
    unchecked, open_ = found.count(Coverage.UNCHECKED), len(found.open())
    line = Text(f"应查 {len(found.required)}  已查 {found.count(Coverage.COVERED)}  ")
    line.append(f"应查未查 {unchecked}", style="bold red" if unchecked else "")
    line.append(f"  数据缺失 {found.count(Coverage.MISSING_DATA)}  符合率 {rate_text(found.total)}  ")
    line.append(f"未关闭 {open_}", style="bold red" if open_ else "")
    return line.append(f"  重复 {found.repeated()}  存疑 {len(found.doubtful)}")


def _table(head: Sequence[str], rows: Iterator[list[str]] | list[list[str]], numbers_from: int | None = None) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold", collapse_padding=True)
    for at, name in enumerate(head):
        right = numbers_from is not None and at >= numbers_from
        table.add_column(name, justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_text(cell) for cell in row))
    return table


def _findings(found: Supervision) -> Iterator[RenderableType]:
    yield from (Text(), Text("发现的问题:未关闭与重复发生", style="bold"))
    if found.departments:
        yield from (_table(_STANDING_HEAD, _standing_rows(found), 1), Text())
    for one in found.findings:
        yield _text(subject_text(one), "bold").append(f"  {standing_text(one)}", style="bold red" if one.since else "")
        listed = [("检查", check_text(check), check.record.shown_place) for check in one.failures]
        yield _details([*listed, *(("说明", remark, "") for remark in one.remarks)])
    if not found.findings:
        yield Text("数据缺失,不能说没有" if found.absent else "没有")


def _doubtful(found: Supervision) -> Iterator[RenderableType]:
    if found.doubtful:
        yield from (Text(), Text(f"? 存疑的记录({len(found.doubtful)})", style="bold yellow"))
    for one in found.doubtful:
        yield _text(f"{check_text(one)}  {subject_text(one)}", "bold")
        yield _details([("说明", ";".join(one.doubts), one.record.shown_place)])


def _details(rows: Sequence[tuple[str, str, str]]) -> Table:
    table = _plain()
    for label, text, place in rows:
        table.add_row(f"  {label}", _text(text))
        if place:
            table.add_row("", _text(place, "dim"))
    return table


def _places(tallies: Sequence[Tally]) -> Table:
    table = _plain()
    for tally in tallies:
        for at, rows in enumerate(shown_rows(one.record for one in tally.checks) or ["—"]):
            table.add_row("" if at else f"  {clean(tally.category)}", _text(rows, "dim"))
    return table


def _plain() -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1), collapse_padding=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    return table


# ---- for other programs


_FIELDS = (
    "类别",
    "检查类别",
    "检查部门",
    "被检查部门",
    "项目名称",
    "检查项",
    "应查期",
    "检查编号",
    "检查日期",
    "结果",
    "应查",
    "已查",
    "应查未查",
    "存疑",
    "数据缺失",
    "符合",
    "不符合",
    "不适用",
    "比率",
    "未关闭自",
    "重复",
    "说明",
    "出处",
)


def supervision_csv(checks: Checks) -> str:
    """First of all where the ledger is missing; then the rules, the rates, what isn't covered, the findings and every
    record."""
    rows = ([row.get(name, "") for name in _FIELDS] for row in _plain_rows(checks))
    return csv_table(_FIELDS, rows)


def _plain_rows(checks: Checks) -> Iterator[dict[str, str]]:
    found = checks.found
    if missing := checks.missing:
        yield {"类别": "数据缺失", "说明": missing}
    for rule in found.rules:
        yield {
            "类别": "覆盖率",
            "检查类别": rule.category,
            "检查部门": makers_text(rule),
            "应查期": rule.each.label,
            "应查": str(len(found.required_by(rule))),
            "比率": plain_number(found.share(rule)),
            **{name: str(found.count(state, rule)) for name, state in _COUNTED.items()},
        }
    for tally in found.tallies:
        yield {
            "类别": "符合率",
            "检查类别": tally.category or "合计",
            "比率": plain_number(tally.rate),
            **{name: str(tally.count(name)) for name in (CONFORMS, FAILS, NOT_APPLICABLE)},
            "存疑": str(tally.count("")),
            "说明": "记录没有交齐" if tally.absent else "",
        }
    yield from (_plain_required(one) for one in found.required if one.coverage is not Coverage.COVERED)
    yield from map(_plain_finding, found.findings)
    yield from map(_plain_check, (*found.total.checks, *found.undated))


_COUNTED = {
    "已查": Coverage.COVERED,
    "应查未查": Coverage.UNCHECKED,
    "存疑": Coverage.DOUBTFUL,
    "数据缺失": Coverage.MISSING_DATA,
}


def _plain_required(one: Required) -> dict[str, str]:
    return {
        "类别": one.coverage.label,
        "检查类别": one.rule.category,
        "检查部门": makers_text(one.rule),
        "项目名称": one.project,
        "检查项": one.item,
        "应查期": str(one.period),
        "说明": source_text(one.rule),
        "出处": rows_text(one.checks),
    }


def _plain_finding(one: Finding) -> dict[str, str]:
    return {
        **_plain_subject(one),
        "类别": "发现的问题",
        "未关闭自": str(one.since or ""),
        "重复": str(len(one.repeated)),
        "说明": ";".join(one.remarks),
        "出处": rows_text(one.failures),
    }


def _plain_check(one: Check) -> dict[str, str]:
    return {
        **_plain_subject(one),
        "类别": "记录",
        "检查编号": one.record.text("检查编号"),
        "检查日期": str(one.day or UNKNOWN),
        "结果": one.result or "不明",
        "说明": ";".join((*one.doubts, *filter(None, [one.record.text("说明")]))),
        "出处": one.record.shown_place,
    }


def _plain_subject(one: Finding | Check) -> dict[str, str]:
    names = ("检查类别", "被检查部门", "项目名称", "检查项")
    parts = (one.category, one.department, one.project, one.item)
    return {name: UNKNOWN if part is None else part for name, part in zip(names, parts, strict=True)}


def supervision_markdown(checks: Checks) -> str:
    """The same tables, and one of the findings."""
    found = checks.found
    lines = [f"# {clean(checks.title)}"]
    if missing := checks.missing:
        lines += ["", f"**数据缺失:{clean(missing)}**"]
    lines += ["", "## 覆盖", "", *markdown_table(_COVERAGE_HEAD, _coverage_rows(found))]
    lines += ["", "## 符合率", "", *markdown_table(_RATE_HEAD, _rate_rows(found))]
    for state in COVERAGE_SIGNS:
        rows = [] if state is Coverage.COVERED else list(_lacking_rows(found, state))
        if rows:
            lines += ["", f"## {state.label}", "", *markdown_table(_LACKING_HEAD, rows)]
    lines += ["", "## 发现的问题", "", *markdown_table(_STANDING_HEAD, _standing_rows(found))]
    said = [
        [subject_text(one), standing_text(one), ";".join(one.remarks), rows_text(one.failures)]
        for one in found.findings
    ]
    lines += ["", *markdown_table(["对象", "状态", "说明", "出处"], said)]
    doubts = [
        [check_text(one), subject_text(one), ";".join(one.doubts), one.record.shown_place] for one in found.doubtful
    ]
    if doubts:
        lines += ["", "## 存疑的记录", "", *markdown_table(["记录", "对象", "说明", "出处"], doubts)]
    return "\n".join(lines)
