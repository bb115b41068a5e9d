"""不符合项与改进: how the year's nonconformities and improvements stand on a day, and whether they helped.

Source: sections 3.1, 3.3 and 3.8 of the plan; GB/T 28827.1 5.4 and 5.5. Convention: what needs somebody comes first;
both ledgers have their rows under the same columns.
"""

from collections.abc import Iterable, Iterator, Sequence

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.ledgers import NonconformityRow
from itss_kpi.core.targets import Unit, plain_number, show
from itss_kpi.pages.making import columns, joined, missing
from itss_kpi.pages.page import GAP, Card, Cards, Cell, Heading, Note, On, Page, Part, Table, Text, Tone, tone_of
from itss_kpi.plan import nonconformity_words as words
from itss_kpi.plan.effects import Effect
from itss_kpi.plan.entry_words import effect_text, following_text, state_text
from itss_kpi.plan.nonconformities import (
    IMPROVEMENTS,
    NONCONFORMITIES,
    Findings,
    Improvement,
    Improvements,
    Nonconformities,
    Nonconformity,
    Progress,
    State,
)

Entry = Nonconformity | Improvement
_NO_NUMBER = "(无编号)"
_KINDS = {NONCONFORMITIES: "不符合项", IMPROVEMENTS: "改进计划"}
_NONE = {NONCONFORMITIES: words.NO_NONCONFORMITIES, IMPROVEMENTS: words.NO_IMPROVEMENTS}
_EFFECTS = {Effect.EFFECTIVE: Tone.GOOD, Effect.INEFFECTIVE: Tone.BAD, Effect.TOO_EARLY: Tone.QUIET}
_ENTRIES = columns(
    "编号 来源或类别 责任部门 事实或改进项 依据条款 原因或改进目标 纠正措施或效果评价 发现日期 期限 关闭或完成 "
    "用时天数 进度 超期 矛盾 状态 逾期天数 指标序号 指标 后续各期 效果 决定的一期 说明 出处",
    data="依据条款 超期 矛盾 逾期天数 指标序号 决定的一期",
)


def nonconformities_page(catalogue: Catalogue, found: Findings) -> Page:
    """What `findings` and the sheet 不符合项与改进 show."""
    faults = [(one, words.found_cells(one)) for one in (*found.groups, found.of())]
    plans = [(one, words.improved_cells(one)) for one in (*found.improved_groups, found.improved())]
    counts = _counts("来源与部门", words.FOUND_HEAD, faults), _counts("类别与部门", words.IMPROVED_HEAD, plans)
    parts = [
        *_ledger(catalogue, found, NONCONFORMITIES, counts[0], found.nonconformities, State),
        *_ledger(catalogue, found, IMPROVEMENTS, counts[1], found.improvements, Progress),
    ]
    entries: list[Entry] = [*(found.nonconformities or ()), *(found.improvements or ())]
    if any(one.tried.following for one in entries):
        parts += [GAP, Note(words.LEGEND, Tone.QUIET, On.SCREEN)]
    return Page(found.title(catalogue.plan.organization, "不符合项与改进计划"), parts=parts, legend=words.LEGEND)


def _counts(by: str, names: Sequence[str], groups: Iterable[tuple[Nonconformities | Improvements, list[str]]]) -> Table:
    """The counts of those of the groups that are by one thing alone, and of all."""
    head = " ".join(names)
    single = ((one, cells) for one, cells in groups if not (one.kind and one.department))
    rows = [[one.kind or one.department or "合计", *cells] for one, cells in single]
    return Table("", (*columns(by), *columns(head, right=head)), rows, on=On.SCREEN | On.SHEET)


def _ledger(
    catalogue: Catalogue,
    found: Findings,
    source: str,
    counts: Table,
    entries: Sequence[Entry] | None,
    states: Iterable[State | Progress],
) -> Iterator[Part]:
    """What is missing of a ledger, the counts, and each entry, those that need somebody first."""
    yield Heading(_KINDS[source])
    if entries is None:
        yield Note(_NONE[source], Tone.QUIET)
        return
    name, absent = catalogue.sources[source].name, found.lacking(source)
    yield from missing(words.absence_text(name, absent))
    yield counts
    standing = [(state, [one for one in entries if one.state is state]) for state in states]
    for state, mine in standing:
        if mine:
            yield Cards(f"{state.signed}({len(mine)})", list(map(_card, mine)), tone_of(state))
    rows = [_row(one) for _, mine in standing for one in mine]
    none = "台账没有交齐,不能说没有。" if absent else "没有。"
    yield Table(f"{name}({len(rows)})", _ENTRIES, rows, kind=_KINDS[source], empty=none, on=On.WIDE)


# ---- an entry


def _card(one: Entry) -> Card:
    row = one.record
    late = Cell(state_text(one) if one.overdue else "", tone_of(one.state))
    texts: tuple[tuple[str, Text], ...]
    if isinstance(row, NonconformityRow):
        texts = ("依据", row.clause), ("事实", row.fact), ("原因", row.cause), ("措施", row.measure)
    else:
        texts = ("改进", row.topic), ("目标", row.goal), ("评价", row.evaluation)
    return Card(
        joined(row.id or _NO_NUMBER, one.kind, one.department, late),
        (
            *texts,
            ("日期", words.dates_text(one)),
            ("指标", words.subject_text(one)),
            ("后续", following_text(one)),
            ("效果", _effect(one)),
            ("说明", ";".join(one.remarks)),
            ("出处", Cell(row.shown_place, Tone.QUIET)),
        ),
    )


def _row(one: Entry) -> list[Text]:
    row, tried = one.record, one.tried
    return [
        Cell(row.id or _NO_NUMBER, value=row.id),
        one.kind,
        one.department,
        *_own(one),
        Cell(state_text(one), tone_of(one.state), value=one.state.label),
        str(one.overdue or ""),
        "" if row.number is None else str(row.number),
        Cell(words.subject_text(one), leads_to=tried.indicator.id if tried.indicator else ""),
        Cell(following_text(one, values=False), value=following_text(one)),
        _effect(one),
        str(tried.decisive or ""),
        Cell(";".join(one.remarks), Tone.DOUBTFUL if one.doubts else None),
        Cell(row.shown_place, Tone.QUIET),
    ]


def _own(one: Entry) -> list[Text]:
    """From 事实或改进项 to 矛盾."""
    if isinstance(one, Nonconformity):
        row = one.record
        texts = [row.fact, row.clause, row.cause, row.measure]
        days = [str(one.found or ""), str(one.due or ""), str(one.closed or "")]
        return [*texts, *days, "" if one.days is None else str(one.days), "", _yes(one.late), ""]
    texts = [one.record.topic, "", one.record.goal, one.record.evaluation]
    days = ["", str(one.due or ""), str(one.done or ""), ""]
    shown = "" if one.progress is None else show(one.progress, Unit.PERCENT)
    progress = Cell(shown, value=plain_number(one.progress))
    return [*texts, *days, progress, _yes(one.state is Progress.LATE), _yes(one.contradictory)]


def _yes(true: bool) -> str:
    return "是" if true else ""


def _effect(one: Entry) -> Cell:
    effect = one.tried.effect
    return Cell(effect_text(one), _EFFECTS[effect], value=effect.label) if effect else Cell()
