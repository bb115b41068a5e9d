"""纠正措施跟踪: what is done about what fell short, how it stands, and what the next periods say of it.

Source: GB/T 28827.1 5.5 c) and d). Convention: what needs somebody comes first.
"""

from collections.abc import Container, Iterator, Sequence

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.wording import gap_text, name_text, plain_cells
from itss_kpi.core.results import Assessment
from itss_kpi.core.targets import plain_number
from itss_kpi.pages.making import columns, joined, missing
from itss_kpi.pages.page import GAP, Card, Cards, Cell, Note, On, Page, Part, Table, Text, Tone, tone_of
from itss_kpi.pages.report import judged_cell
from itss_kpi.plan import action_words as words
from itss_kpi.plan.actions import SOURCE, Action, ActionsStatus, State
from itss_kpi.plan.effects import Effect
from itss_kpi.plan.entry_words import following_text, state_text, subject_text

_NO_NUMBER = "(无编号)"
_EFFECTS = {Effect.EFFECTIVE: Tone.GOOD, Effect.INEFFECTIVE: Tone.BAD, Effect.TOO_EARLY: Tone.QUIET}
_ASSESSMENTS = columns(
    "序号 指标名称 组 考核期 分子 分母 实际值 显示 最低 最高 要求 结论 差距 填写",
    right="序号 实际值",
    data="组 分子 分母 显示 最低 最高",
    sheet="填写",
)
_NUMBERS = "结论 分子 分母 实际值 显示 最低 最高 要求"
_ACTIONS = columns(
    f"编号 指标 序号 指标名称 组 考核期 {_NUMBERS} 原因分析 纠正措施 责任部门 责任人 完成期限 实际完成日期 验证结果 "
    "状态 逾期天数 后续各期 效果 决定的一期 与台账相反 说明 出处",
    data=f"序号 指标名称 组 {_NUMBERS} 逾期天数 决定的一期 与台账相反",
    sheet="指标",
)


def actions_page(catalogue: Catalogue, found: ActionsStatus, analyses: Container[str] = ()) -> Page:
    """What `actions` and the sheet 纠正措施跟踪 show; `analyses`: the keys of those beside the sheet."""
    title = f"{catalogue.plan.organization} {found.period} 纠正措施跟踪(截至 {found.as_of})".strip()
    return Page(title, list(_summary(found)), list(_parts(catalogue, found, analyses)), words.LEGEND)


def analysis_key(item: Assessment) -> str:
    """The key of an assessment's analysis."""
    return f"{item.number}|{item.period}|{item.group or ''}"


def _summary(found: ActionsStatus) -> Iterator[Cell]:
    unanalysed, opposite = len(found.unanalysed), sum(one.contradicted for one in found.actions)
    yield joined(
        Cell(f"未分析 {unanalysed}", Tone.BAD if unanalysed else None),
        f"待核实 {len(found.unverified)}",
        f"措施 {len(found.actions)} 项",
        Cell(f"验证与数据相反 {opposite}" if opposite else "", Tone.BAD),
    )
    if found.actions:
        counts = ((state, found.counts[state]) for state in words.STATES)
        yield joined(*(Cell(f"{state.signed} {count}", tone_of(state)) for state, count in counts if count))


def _parts(catalogue: Catalogue, found: ActionsStatus, analyses: Container[str]) -> Iterator[Part]:
    yield from missing(words.absence_text(catalogue.sources[SOURCE].name, found.absent))
    rows = _assessments(catalogue, found.unanalysed, analyses)
    none = "台账没有交齐,不能说都已分析。" if found.absent else "没有。"
    on = On.ALL if rows else On.WIDE
    yield Table("未达成而没有原因分析", _ASSESSMENTS, rows, Tone.BAD, "未分析", none, on)
    if rows := _assessments(catalogue, found.unverified, analyses):
        yield Table("待核实(先改正存疑的数据)", _ASSESSMENTS, rows, Tone.DOUBTFUL, "待核实")
    standing = [(state, [one for one in found.actions if one.state is state]) for state in words.STATES]
    for state, mine in standing:
        if mine:
            yield Cards(f"{state.signed}({len(mine)})", list(map(_card, mine)), tone_of(state))
    listed = [_row(one) for _, mine in standing for one in mine]
    none = "台账没有交齐,不能说没有。" if found.absent else "台账中没有纠正措施。"
    yield Table(f"纠正措施({len(listed)})", _ACTIONS, listed, kind="纠正措施", empty=none, on=On.WIDE)
    if any(one.tried.following for one in found.actions):
        yield from (GAP, Note(words.LEGEND, Tone.QUIET, On.SCREEN))


def _assessments(catalogue: Catalogue, items: Sequence[Assessment], analyses: Container[str]) -> list[list[Text]]:
    return [_assessment(catalogue, item, analyses) for item in items]


def _assessment(catalogue: Catalogue, item: Assessment, analyses: Container[str]) -> list[Text]:
    numerator, denominator, value, shown, lowest, highest, target = plain_cells(item)
    key = analysis_key(item)
    return [
        words.numbers_text(catalogue, item),
        Cell(name_text(item.name, item.group), value=item.name),
        item.group or "",
        str(item.period),
        numerator,
        denominator,
        Cell(shown, value=value),
        shown,
        lowest,
        highest,
        target,
        _verdict(item),
        Cell(gap_text(item), value=plain_number(item.shortfall)),
        Cell("未达成分析 →" if key in analyses else "在该期的工作簿中填写", leads_to=key),
    ]


def _verdict(item: Assessment) -> Cell:
    shown = judged_cell(item)
    return Cell(shown.text, shown.tone, value=item.verdict.label)


# ---- an action


def _card(one: Action) -> Card:
    row = one.record
    return Card(
        joined(
            row.id or _NO_NUMBER,
            subject_text(one),
            _verdict(one.tried.about) if one.tried.about else "",
            _state(one) if one.overdue else "",
        ),
        (
            ("原因", row.cause),
            ("措施", row.measure),
            ("责任", words.responsible_text(one)),
            ("日期", words.dates_text(one)),
            ("后续", following_text(one)),
            ("效果", _effect(one)),
            ("说明", ";".join(one.remarks)),
            ("出处", Cell(row.shown_place, Tone.QUIET)),
        ),
    )


def _row(one: Action) -> list[Text]:
    row, about = one.record, one.tried.about
    due = row.due
    return [
        Cell(row.id or _NO_NUMBER, value=row.id),
        *_subject(one),
        *([_verdict(about), *plain_cells(about)] if about else [""] * 8),
        *(row.cause, row.measure, row.department, row.responsible),
        str(due or ""),
        str(one.done or ""),
        one.result,
        _state(one),
        str(one.overdue or ""),
        Cell(following_text(one, values=False), value=following_text(one)),
        _effect(one),
        str(one.tried.decisive or ""),
        "是" if one.contradicted else "",
        Cell(";".join(one.remarks), Tone.DOUBTFUL if one.contradicted or one.state is State.DOUBTFUL else None),
        Cell(row.shown_place, Tone.QUIET),
    ]


def _subject(one: Action) -> list[Text]:
    """From 指标 to 考核期."""
    row, name = one.record, one.tried.indicator.name if one.tried.indicator else ""
    number = "" if row.number is None else str(row.number)
    shown = " ".join(filter(None, (number, name_text(name, row.group))))
    period = str(one.tried.period) if one.tried.period else row.period
    led = Cell(
        period, leads_to=analysis_key(one.tried.about) if one.tried.about else ""
    )  # short: a link isn't folded when printed
    return [shown, number, name, row.group, led]


def _state(one: Action) -> Cell:
    return Cell(state_text(one), tone_of(one.state), value=one.state.label)


def _effect(one: Action) -> Cell:
    return (
        Cell(words.effect_text(one), _EFFECTS[one.tried.effect], value=one.tried.effect.label)
        if one.tried.effect
        else Cell()
    )
