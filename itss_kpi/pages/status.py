"""台账收交情况: which ledgers departments handed in, and what to ask of whom.

Convention: one row a ledger of a department, so that the table is as wide with twenty ledgers as with one.
"""

from collections.abc import Iterator, Sequence

from itss_kpi.analysis.collection import Collection, Entry, Request, State, month_ranges
from itss_kpi.core.problem_codes import Severity
from itss_kpi.core.problems import Problem, count, worst_first
from itss_kpi.pages.making import columns, joined, lines, together
from itss_kpi.pages.page import GAP, Card, Cards, Cell, Note, On, Page, Part, Table, Text, Tone

SIGNS: dict[State, tuple[str, Tone]] = {
    State.HANDED_IN: ("✓", Tone.GOOD),
    State.LATE: ("▲", Tone.LATE),
    State.UNREAD: ("✗", Tone.BAD),
    State.ELSEWHERE: ("≠", Tone.BAD),
    State.MISSING: ("!", Tone.MISSING),
    State.PENDING: ("…", Tone.OPEN),
}
_PLACES = 3
"""How many places of one kind of problem a request names; `check` lists them all."""
_DEPARTMENT = "部门"
_COUNTS = f"行数 {' '.join(severity.label for severity in Severity)}"
_COLUMNS = (
    *columns(f"{_DEPARTMENT} 台账 状态", whole="状态"),
    *columns("应交月份 缺少月份", on=On.DATA),
    *columns("文件", right="文件", on=On.SCREEN, whole="文件"),
    *columns("文件", on=On.DATA),
    *columns(_COUNTS, right=_COUNTS, whole=_COUNTS),
    *columns("说明", on=On.SCREEN),
    *columns("迟交文件 补交文件", on=On.DATA),
)


def status_page(collection: Collection) -> Page:
    """What `status` shows: the matrix by department, its totals, and one list of requests a department."""
    due = f";应交日 {collection.due}" if collection.due else ""
    title = f"{collection.organization} {collection.period} 台账收交情况(截至 {collection.as_of}{due})"
    return Page(title, parts=list(_parts(collection)))


def _parts(collection: Collection) -> Iterator[Part]:
    yield Table("", _COLUMNS, list(map(_row, collection.entries)), kind="", empty="没有应交的台账", by=_DEPARTMENT)
    if collection.entries:
        yield from (GAP, Note(_totals(collection), Tone.STRONG))
        requests = list(_requests(collection))
        if requests:
            yield Cards("催交清单", requests)


def _row(entry: Entry) -> list[Text]:
    numbers = (entry.rows, *count(entry.problems).values())
    return [
        entry.department,
        entry.name,
        _state(entry.state),
        month_ranges(entry.wanted),
        month_ranges(entry.lacking),
        str(len(entry.files) or ""),
        "、".join(entry.files),
        *(Cell(str(number or ""), value=str(number)) for number in numbers),
        lines(*_remarks(entry)),
        "、".join(one.path for one in entry.late),
        "、".join(one.file for one in entry.asked),
    ]


def _state(state: State) -> Cell:
    sign, tone = SIGNS[state]
    return Cell(f"{sign} {state.label}", tone, value=state.label)


def _remarks(entry: Entry) -> Iterator[str]:
    if entry.lacking:
        yield f"缺 {month_ranges(entry.lacking)}"
        for state, files in ((State.UNREAD, entry.unread), (State.ELSEWHERE, entry.elsewhere)):
            yield from (f"{path.rpartition('/')[2]} {state.label}{_why(entry, path)}" for path in files)
    for one in entry.late:
        yield f"{one.saved} 保存,晚于 {one.due}"


def _why(entry: Entry, path: str) -> str:
    """What is wrong with a file, where something is said of it."""
    said = [one for one in worst_first(entry.problems) if one.place.path == path]
    return f"({said[0].title})" if said else ""


def _totals(collection: Collection) -> Cell:
    counts = collection.summary
    found = [(_state(state), counts[state.value]) for state in State if counts[state.value]]
    listed = (text for state, number in found for text in (state, str(number)))
    return joined(f"应交 {len(collection.entries)} 份", *listed, between=" ")


# ---- requests


def _requests(collection: Collection) -> Iterator[Card]:
    for request in collection.requests:
        asked = (*_hand_ins(request, collection), *_mends(request.mend))
        yield Card(Cell(request.department, Tone.HEAD), asked)
    if collection.stray:
        yield Card(Cell("其他文件夹", Tone.HEAD), tuple(_mends(collection.stray)))


def _hand_ins(request: Request, collection: Collection) -> Iterator[tuple[str, str]]:
    for entry in request.hand_in:
        label = "待交" if entry.state is State.PENDING else "补交"
        until = f",不晚于 {collection.due}" if entry.state is State.PENDING else ""
        past = collection.due and collection.as_of > collection.due
        overdue = f",已过应交日 {collection.due}" if past else ""
        for one in entry.asked:
            yield label, f"{one.file}({month_ranges(one.months)}){until}{overdue}"


def _mends(problems: Sequence[Problem]) -> Iterator[tuple[str, str]]:
    """One line a file and kind of problem: where it is, what it is, how to mend it."""
    for (path, code), found in together(((one.place.path, one.code), one) for one in problems).items():
        first = found[0]
        places = [f"{one.place.sheet}!{one.place.cell}" for one in found if one.place.cell]
        named = f":{'、'.join(places[:_PLACES])}{'…' if len(places) > _PLACES else ''}" if places else ""
        many = f"{path}: {code} {first.title}({sum(one.times for one in found)}项){named}"
        what = str(first) if len(found) == 1 else many
        yield "改正" if first.severity is Severity.ERROR else "核对", f"{what} — {first.remedy}"
