"""Satisfaction lists: the customer survey of a year -> terminal, JSON, CSV and Markdown.

Convention: as in `terminal`, a renderer decides nothing and text from users' files goes through `clean`. What falls
short comes first: customers who didn't answer, the lowest items and projects.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.wording import STYLES, plain_cells, target_text
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import Verdict
from itss_kpi.core.targets import Unit, exact, plain_number, show_part
from itss_kpi.core.text import clean, csv_table, markdown_table
from itss_kpi.plan.questionnaires import Remark
from itss_kpi.plan.satisfaction import Customer, Satisfaction, Score, Split, Standing, to_json
from itss_kpi.plan.satisfaction_words import (
    NO_CUSTOMERS,
    STANDING_SIGNS,
    absence_text,
    apart_text,
    band_text,
    bands_text,
    before_text,
    count_text,
    coverage_text,
    difference_text,
    is_empty,
    reasons,
    response_text,
    scale_text,
    sent_text,
    share_text,
    title_text,
    value_text,
)

LOWEST = "▼"
_STANDINGS = {
    Standing.UNANSWERED: "bold red",
    Standing.MISSING: "bold magenta",
    Standing.DOUBTFUL: "bold yellow",
    Standing.ANSWERED: "green",
    Standing.UNDECLARED: "cyan",
}


@dataclass(frozen=True, slots=True)
class Survey:
    """What `satisfaction` shows: the survey, under which catalogue, and what is wrong with its ledger."""

    catalogue: Catalogue
    identity: Mapping[str, str]
    found: Satisfaction
    problems: Sequence[Problem] = ()

    @property
    def missing(self) -> str:
        """What is missing of the ledger; '' where nothing is."""
        return absence_text(self.catalogue.sources[self.found.survey.source].name, self.found)

    @property
    def title(self) -> str:
        """The first line of every output."""
        return title_text(self.found, self.identity.get("organization", ""))


def _text(text: str, style: str = "") -> Text:
    return Text(clean(text), style=style)


def survey_json(survey: Survey) -> dict[str, Any]:
    """The survey as an object."""
    return to_json(survey.found, survey.identity, survey.problems)


# ---- in the terminal


def render_survey(survey: Survey) -> RenderableType:
    """The total, who answered, scores from the lowest, how they lie, what was written, what can't be known."""
    found = survey.found
    parts: list[RenderableType] = [_text(survey.title, "bold"), _total(found)]
    parts += [_text(coverage_text(found)), _text(response_text(found))]
    parts += [_text(f"! 数据缺失:{survey.missing}", "bold magenta")] if survey.missing else []
    parts += [] if found.declared else [_text(f"说明 {NO_CUSTOMERS}", "dim")]
    if found.customers:
        parts += [Text(), Text("客户", style="bold cyan"), _customers(found.customers)]
    for heading, split in (("调查项", found.items), ("项目", found.projects)):
        if split and split.scores:
            parts += [Text(), Text(heading, style="bold cyan"), _scores(split)]
    parts += [_text(line, "dim") for line in _notes(found)]
    if not is_empty(found.distribution):
        parts += [Text(), Text("分布", style="bold cyan"), *_distribution(found)]
    if found.remarks:
        parts += [Text(), Text(f"意见({len(found.remarks)})", style="bold cyan"), *_remarks(found.remarks)]
    if found.doubts:
        parts += [Text(), Text(f"? 存疑({len(found.doubts)})", style="bold yellow")]
        parts += [_text(f"  {one.place}  {';'.join(one.reasons)}") for one in found.doubts]
    return Group(*parts)


def _total(found: Satisfaction) -> Text:
    item = found.total.item
    verdict = Verdict.MISSING_DATA if item.absent else item.verdict
    shown = f"{value_text(item)} {verdict.label}" if item.display != "—" else value_text(item)
    line = Text(f"总分(指标 {found.survey.indicator}) ").append(clean(shown), style=STYLES[verdict])
    line.append(f"  要求 {target_text(item.target)}")
    line.append(f"  上一年 {before_text(found.total)}  变化 {difference_text(found.total)}")
    return line


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold", collapse_padding=True)
    for at, name in enumerate(columns):
        table.add_column(name, justify="right" if at > 1 else "left", overflow="fold")
    return table


def _customers(customers: Iterable[Customer]) -> Table:
    table = _table("客户", "", "发放", "收回", "回收率", "得分")
    for one in customers:
        standing = Text(f"{STANDING_SIGNS[one.standing]} {one.standing.label}", style=_STANDINGS[one.standing])
        table.add_row(
            _text(one.name),
            standing,
            sent_text(one),
            count_text(one.returned),
            share_text(one.response),
            value_text(one.score),
        )
    return table


def _scores(split: Split) -> Table:
    table = _table(split.column, "", "问卷", "得分", "上一年", "变化")
    for one in split.scores:
        style = STYLES[one.item.verdict] if one.item.verdict in (Verdict.MISSED, Verdict.UNVERIFIED) else ""
        table.add_row(
            _text(one.name),
            Text(_mark(split, one), style="bold red"),
            count_text(one.returned),
            Text(value_text(one.item), style=style),
            before_text(one),
            difference_text(one),
        )
    return table


def _mark(split: Split, one: Score) -> str:
    return LOWEST if one.name in split.lowest else ""


def _notes(found: Satisfaction) -> list[str]:
    lowest = any(split.lowest for split in (found.items, found.projects) if split)
    legend = [f"{LOWEST} 最低(存疑的行无论怎样都是如此才标)。"] if lowest else []
    where = f"每一行见 itss-kpi explain {found.survey.indicator} --period {found.period} --rows all。"
    return [*(f"变化 {line}" for line in reasons(found)), *legend, where]


def _distribution(found: Satisfaction) -> Iterator[Text]:
    own = found.distribution
    if own.bands:
        apart = apart_text(own.doubtful, own.unscored)
        yield _text("  ".join(filter(None, ("  问卷(平均得分率)", bands_text(own.bands), apart))))
    for scale in own.scales:
        yield _text(f"  答案(满分 {show_part(scale.full, Unit.BARE)})  {scale_text(scale)}")
    if apart := apart_text(own.doubtful_answers, own.unscored_answers):
        yield _text(f"  答案 {apart}")


def _remarks(remarks: Iterable[Remark]) -> Iterator[RenderableType]:
    for project, listed in groupby(remarks, key=lambda one: one.project):
        if project:
            yield _text(f"  {project}", "bold")
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1), collapse_padding=True)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for one in listed:
            table.add_row("   ?" if one.doubtful else "    ", _text(one.text))
            table.add_row("", _text("  ".join(filter(None, (one.customer, one.questionnaire, *one.places))), "dim"))
        yield table


# ---- for other programs


_FIELDS = (
    "类别",
    "名称",
    "状态",
    "发放",
    "收回",
    "收回最多",
    "回收率",
    "回收率最高",
    "分子",
    "分母",
    "得分",
    "显示",
    "最低",
    "最高",
    "考核要求",
    "结论",
    "上一年",
    "变化",
    "最低者",
    "份数",
    "客户",
    "项目",
    "内容",
    "说明",
    "出处",
)


def survey_csv(survey: Survey) -> str:
    """One row a fact: the total, customers, scores, the distribution, questionnaires, remarks, doubtful rows; first of
    all, where the ledger is missing."""
    return csv_table(_FIELDS, ([row.get(name, "") for name in _FIELDS] for row in _plain_rows(survey)))


def _plain_rows(survey: Survey) -> Iterator[dict[str, str]]:
    found = survey.found
    if survey.missing:
        yield {"类别": "数据缺失", "说明": survey.missing}
    yield {"类别": "总分", "发放": str(found.sent or ""), **_plain_share(found.response), **_plain_score(found.total)}
    for one in found.customers:
        yield {
            "类别": "客户",
            "名称": one.name,
            "状态": one.standing.label,
            "发放": str(one.sent or ""),
            "收回": str(one.returned.sure),
            "收回最多": str(one.returned.most),
            **_plain_share(one.response),
            **(_plain_score(Score(one.name, one.score, one.returned)) if one.score else {}),
        }
    for kind, split in (("调查项", found.items), ("项目", found.projects)):
        for score in split.scores if split else ():
            yield {"类别": kind, **_plain_score(score), "最低者": "是" if split and score.name in split.lowest else ""}
    yield from _plain_distribution(found)
    for sheet in found.questionnaires:
        yield {
            "类别": "问卷",
            "名称": sheet.number,
            "状态": "存疑" if sheet.doubtful else "",
            "客户": sheet.customer,
            "项目": sheet.project,
            "得分": plain_number(sheet.share),
            "出处": "、".join(sheet.places),
        }
    for remark in found.remarks:
        yield {
            "类别": "意见",
            "名称": remark.questionnaire,
            "状态": "存疑" if remark.doubtful else "",
            "客户": remark.customer,
            "项目": remark.project,
            "内容": remark.text,
            "出处": "、".join(remark.places),
        }
    for doubt in found.doubts:
        yield {"类别": "存疑", "说明": ";".join(doubt.reasons), "出处": doubt.place}


def _plain_score(score: Score) -> dict[str, str]:
    names = ("分子", "分母", "得分", "显示", "最低", "最高", "考核要求")
    return {
        "名称": score.name,
        "收回": str(score.returned.sure),
        "收回最多": str(score.returned.most),
        **dict(zip(names, plain_cells(score.item), strict=True)),
        "结论": score.item.verdict.label,
        "上一年": plain_number(score.before.value) if score.before else "",
        "变化": plain_number(score.change),
        "说明": score.reason,
    }


def _plain_share(share: Any) -> dict[str, str]:
    lowest, highest = share or (None, None)
    return {"回收率": plain_number(lowest), "回收率最高": plain_number(highest)}


def _plain_distribution(found: Satisfaction) -> Iterator[dict[str, str]]:
    own = found.distribution
    for band in own.bands:
        yield {"类别": "问卷分布", "名称": band_text(band), "份数": str(band.count)}
    for scale in own.scales:
        for score, count in scale.scores:
            yield {"类别": "答案分布", "名称": f"{exact(score)}/{exact(scale.full)}", "份数": str(count)}
    for kind, doubtful, unscored in (
        ("问卷分布", own.doubtful, own.unscored),
        ("答案分布", own.doubtful_answers, own.unscored_answers),
    ):
        yield {"类别": kind, "名称": "存疑", "份数": str(doubtful)}
        yield {"类别": kind, "名称": "没有打分", "份数": str(unscored)}


def survey_markdown(survey: Survey) -> str:
    """Tables of the customers, the items, the projects and the remarks."""
    found = survey.found
    lines = [f"# {clean(survey.title)}", "", clean(_total(found).plain), "", clean(coverage_text(found))]
    lines += ["", clean(response_text(found))]
    lines += ["", f"**数据缺失:{clean(survey.missing)}**"] if survey.missing else []
    lines += _section(
        "客户", ["客户", "状态", "发放", "收回", "回收率", "得分"], map(_markdown_customer, found.customers)
    )
    for title, split in (("调查项", found.items), ("项目", found.projects)):
        head = [split.column if split else "", "问卷", "得分", "上一年", "变化", "说明"]
        lines += _section(title, head, (_markdown_score(split, one) for one in split.scores) if split else ())
    if not is_empty(found.distribution):
        lines += ["", "## 分布", "", *(f"- {line.plain.strip()}" for line in _distribution(found))]
    lines += _section("意见", ["项目", "客户", "意见", "出处"], map(_markdown_remark, found.remarks))
    lines += _section("存疑", ["出处", "说明"], ([one.place, ";".join(one.reasons)] for one in found.doubts))
    return "\n".join([*lines, "", *(clean(line) for line in _notes(found))])


def _section(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    listed = list(rows)
    return ["", f"## {title}", "", *markdown_table(head, listed)] if listed else []


def _markdown_customer(one: Customer) -> list[str]:
    standing = f"{STANDING_SIGNS[one.standing]} {one.standing.label}"
    numbers = [sent_text(one), count_text(one.returned), share_text(one.response)]
    return [one.name, standing, *numbers, value_text(one.score)]


def _markdown_score(split: Split, one: Score) -> list[str]:
    values = [value_text(one.item) + _mark(split, one), before_text(one), difference_text(one)]
    return [one.name, count_text(one.returned), *values, one.reason]


def _markdown_remark(one: Remark) -> list[str]:
    return [one.project, one.customer, ("? " if one.doubtful else "") + one.text, "、".join(one.places)]
