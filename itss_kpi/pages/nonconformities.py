"""不符合项与改进: how the year's nonconformities and improvements stand on a day, and whether they helped.

Source: sections 3.1, 3.3 and 3.8 of the plan; GB/T 28827.1 5.4 and 5.5. Convention: what needs somebody comes first;
both ledgers have their rows under the same columns.
"""

from collections.abc import Iterable, Iterator, Sequence

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.core.targets import Unit, plain_number, show
from itss_kpi.pages.page import (
    GAP,
    Card,
    Cards,
    Cell,
    Heading,
    Note,
    On,
    Page,
    Part,
    Table,
    Text,
    Tone,
    columns,
    joined,
    missing,
)
from itss_kpi.plan.effects import NUMBER, Effect
from itss_kpi.plan.nonconformities import (
    IMPROVEMENTS,
    NONCONFORMITIES,
    Findings,
    Improvement,
    Nonconformity,
    Progress,
    State,
    groups,
    improved_groups,
)
from itss_kpi.plan.nonconformity_words import (
    FOUND_HEAD,
    IMPROVED_HEAD,
    LEGEND,
    NO_IMPROVEMENTS,
    NO_NONCONFORMITIES,
    PROGRESS_SIGNS,
    STATE_SIGNS,
    absence_text,
    dates_text,
    effect_text,
    following_text,
    found_cells,
    improved_cells,
    state_text,
    subject_text,
    title_text,
)

Entry = Nonconformity | Improvement
_NO_NUMBER = "(无编号)"
_KINDS = {NONCONFORMITIES: "不符合项", IMPROVEMENTS: "改进计划"}
TONES = {
    State.OVERDUE: Tone.BAD,
    State.UNKNOWN: Tone.DOUBTFUL,
    State.OPEN: Tone.OPEN,
    State.CLOSED: Tone.GOOD,
    Progress.OVERDUE: Tone.BAD,
    Progress.UNKNOWN: Tone.DOUBTFUL,
    Progress.COMING: Tone.OPEN,
    Progress.LATE: Tone.LATE,
    Progress.DONE: Tone.GOOD,
}
_EFFECTS = {Effect.EFFECTIVE: Tone.GOOD, Effect.INEFFECTIVE: Tone.BAD, Effect.TOO_EARLY: Tone.QUIET}
_ENTRIES = (
    *columns("编号 来源或类别 责任部门 事实或改进项"),
    *columns("依据条款", on=On.DATA),
    *columns("原因或改进目标 纠正措施或效果评价 发现日期 期限 关闭或完成 用时天数 进度"),
    *columns("超期 矛盾", on=On.DATA),
    *columns("状态"),
    *columns("逾期天数 指标序号", on=On.DATA),
    *columns("指标 后续各期 效果"),
    *columns("决定的一期", on=On.DATA),
    *columns("说明 出处"),
)


def nonconformities_page(catalogue: Catalogue, found: Findings) -> Page:
    """What `findings` and the sheet 不符合项与改进 show."""
    parts = [*_nonconformities(catalogue, found), *_improvements(catalogue, found)]
    entries: list[Entry] = [*(found.nonconformities or ()), *(found.improvements or ())]
    if any(one.tried.following for one in entries):
        parts += [GAP, Note(LEGEND, Tone.QUIET, On.SCREEN)]
    return Page(title_text(catalogue.plan.organization, found), parts=parts, legend=LEGEND)


def _nonconformities(catalogue: Catalogue, found: Findings) -> Iterator[Part]:
    yield Heading(_KINDS[NONCONFORMITIES])
    if found.nonconformities is None:
        yield Note(NO_NONCONFORMITIES, Tone.QUIET)
        return
    single = [one for one in groups(found) if not (one.origin and one.department)]
    rows = [[one.origin or one.department or "合计", *found_cells(one)] for one in (*single, found.of())]
    counts = _counts("来源与部门", FOUND_HEAD, rows)
    yield from _ledger(catalogue, found, NONCONFORMITIES, counts, found.nonconformities, STATE_SIGNS.items())


def _improvements(catalogue: Catalogue, found: Findings) -> Iterator[Part]:
    yield Heading(_KINDS[IMPROVEMENTS])
    if found.improvements is None:
        yield Note(NO_IMPROVEMENTS, Tone.QUIET)
        return
    single = [one for one in improved_groups(found) if not (one.category and one.department)]
    rows = [[one.category or one.department or "合计", *improved_cells(one)] for one in (*single, found.improved())]
    counts = _counts("类别与部门", IMPROVED_HEAD, rows)
    yield from _ledger(catalogue, found, IMPROVEMENTS, counts, found.improvements, PROGRESS_SIGNS.items())


def _counts(by: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    head = " ".join(names)
    return Table("", (*columns(by), *columns(head, right=head)), rows, on=On.SCREEN | On.SHEET)


def _ledger(
    catalogue: Catalogue,
    found: Findings,
    source: str,
    counts: Table,
    entries: Sequence[Entry],
    signs: Iterable[tuple[State | Progress, str]],
) -> Iterator[Part]:
    """What is missing of a ledger, the counts, and each entry, those that need somebody first."""
    name, absent = catalogue.sources[source].name, found.lacking(source)
    yield from missing(absence_text(name, absent))
    yield counts
    standing = [(state, sign, [one for one in entries if one.state is state]) for state, sign in signs]
    for state, sign, mine in standing:
        if mine:
            yield Cards(f"{sign} {state.label}({len(mine)})", list(map(_card, mine)), TONES[state])
    rows = [_row(one) for _, _, mine in standing for one in mine]
    none = "台账没有交齐,不能说没有。" if absent else "没有。"
    yield Table(f"{name}({len(rows)})", _ENTRIES, rows, kind=_KINDS[source], empty=none, on=On.WIDE)


# ---- an entry


def _names(one: Entry) -> tuple[str, str]:
    if isinstance(one, Nonconformity):
        return one.record.text("编号"), one.origin
    return one.record.text("改进编号"), one.category


def _card(one: Entry) -> Card:
    (name, kind), row = _names(one), one.record
    late = Cell(state_text(one) if one.overdue else "", TONES[one.state])
    texts = (
        (("依据", "依据条款"), ("事实", "事实描述"), ("原因", "原因"), ("措施", "纠正措施"))
        if isinstance(one, Nonconformity)
        else (("改进", "改进项"), ("目标", "改进目标"), ("评价", "效果评价"))
    )
    return Card(
        joined(name or _NO_NUMBER, kind, one.department, late),
        (
            *((label, row.text(column)) for label, column in texts),
            ("日期", dates_text(one)),
            ("指标", subject_text(one)),
            ("后续", following_text(one)),
            ("效果", _effect(one)),
            ("说明", ";".join(one.remarks)),
            ("出处", Cell(row.shown_place, Tone.QUIET)),
        ),
    )


def _row(one: Entry) -> list[Text]:
    (name, kind), row, tried = _names(one), one.record, one.tried
    number = row.cells.get(NUMBER)
    return [
        Cell(name or _NO_NUMBER, value=name),
        kind,
        one.department,
        *_own(one),
        Cell(state_text(one), TONES[one.state], value=one.state.label),
        str(one.overdue or ""),
        "" if number is None else str(number),
        Cell(subject_text(one), leads_to=tried.indicator.id if tried.indicator else ""),
        Cell(following_text(one, values=False), value=following_text(one)),
        _effect(one),
        str(tried.decisive or ""),
        Cell(";".join(one.remarks), Tone.DOUBTFUL if one.doubts else None),
        Cell(row.shown_place, Tone.QUIET),
    ]


def _own(one: Entry) -> list[Text]:
    """From 事实或改进项 to 矛盾."""
    row = one.record
    if isinstance(one, Nonconformity):
        texts = [row.text(column) for column in ("事实描述", "依据条款", "原因", "纠正措施")]
        days = [str(one.found or ""), str(one.due or ""), str(one.closed or "")]
        return [*texts, *days, "" if one.days is None else str(one.days), "", _yes(one.late), ""]
    texts = [row.text("改进项"), "", row.text("改进目标"), row.text("效果评价")]
    days = ["", str(one.due or ""), str(one.done or ""), ""]
    shown = "" if one.progress is None else show(one.progress, Unit.PERCENT)
    progress = Cell(shown, value=plain_number(one.progress))
    return [*texts, *days, progress, _yes(one.state is Progress.LATE), _yes(one.contradictory)]


def _yes(true: bool) -> str:
    return "是" if true else ""


def _effect(one: Entry) -> Cell:
    effect = one.tried.effect
    return Cell(effect_text(one), _EFFECTS[effect], value=effect.label) if effect else Cell()
