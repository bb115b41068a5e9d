"""Collection lists: the collection matrix -> a table for the terminal with the requests below it, and CSV.

Convention: one row a ledger of a department, so that the table is as wide with twenty ledgers as with one. How a state
looks is said in one place (`SIGNS`), by a colour and by a sign. Text from users' files goes through `clean`.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from itss_kpi.analysis.collection import Collection, Entry, Request, State, month_ranges
from itss_kpi.core.problem_codes import Severity
from itss_kpi.core.problems import Problem, count
from itss_kpi.core.text import clean, csv_table

SIGNS: dict[State, tuple[str, str]] = {
    State.HANDED_IN: ("✓", "green"),
    State.LATE: ("▲", "yellow"),
    State.MISSING: ("!", "bold magenta"),
    State.PENDING: ("…", "blue"),
}
_PLACES = 3
"""How many places of one kind of problem a request names; `check` lists them all."""


def _text(text: str, style: str = "") -> Text:
    return Text(clean(text), style=style)


def _state(state: State) -> Text:
    sign, style = SIGNS[state]
    return Text(f"{sign} {state.label}", style=style)


def render_collection(collection: Collection) -> RenderableType:
    """The matrix by department, its totals, and one list of requests a department."""
    parts: list[RenderableType] = [_text(_heading(collection), "bold")]
    if not collection.entries:
        return Group(*parts, Text("没有应交的台账", style="dim"))
    parts += [_matrix(collection.entries), Text(), _totals(collection)]
    if collection.requests or collection.stray:
        parts += [Text(), Text("催交清单", style="bold"), *_requests(collection)]
    return Group(*parts)


def _heading(collection: Collection) -> str:
    due = f";应交日 {collection.due}" if collection.due else ""
    return f"{collection.organization} {collection.period} 台账收交情况(截至 {collection.as_of}{due})"


def _matrix(entries: Iterable[Entry]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold", collapse_padding=True)
    table.add_column("台账", overflow="fold")
    table.add_column("状态", no_wrap=True)
    for name in ("文件", "行数", *(severity.label for severity in Severity)):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("说明", overflow="fold")
    for department, found in groupby(entries, key=lambda entry: entry.department):
        table.add_row(_text(department, "bold cyan"))
        for entry in found:
            numbers = (len(entry.files), entry.rows, *count(entry.problems).values())
            cells = (str(number) if number else "" for number in numbers)
            table.add_row(_text(f"  {entry.name}"), _state(entry.state), *cells, "\n".join(_remarks(entry)))
    return table


def _remarks(entry: Entry) -> Iterator[str]:
    if entry.lacking:
        yield f"缺 {month_ranges(entry.lacking)}"
    for one in entry.late:
        yield f"{one.saved} 保存,晚于 {one.due}"


def _totals(collection: Collection) -> Text:
    line = Text(f"应交 {len(collection.entries)} 份", style="bold")
    counts = collection.summary()
    for state in State:
        if counts[state.value]:
            line.append(" ").append_text(_state(state)).append(f" {counts[state.value]}")
    return line


# ---- requests


def _requests(collection: Collection) -> Iterator[RenderableType]:
    for request in collection.requests:
        yield _text(request.department, "bold cyan")
        yield _request((*_hand_ins(request, collection), *_mends(request.mend)))
    if collection.stray:
        yield Text("其他文件夹", style="bold cyan")
        yield _request(_mends(collection.stray))


def _request(lines: Iterable[tuple[str, str]]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1), collapse_padding=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in lines:
        table.add_row(f"  {label}", _text(text))
    return table


def _hand_ins(request: Request, collection: Collection) -> Iterator[tuple[str, str]]:
    for entry in request.hand_in:
        label = "待交" if entry.state is State.PENDING else "补交"
        until = f",不晚于 {collection.due}" if entry.state is State.PENDING else ""
        overdue = f",已过应交日 {collection.due}" if collection.due and entry.state is State.MISSING else ""
        for one in entry.asked:
            yield label, f"{one.file}({month_ranges(one.months)}){until}{overdue}"


def _mends(problems: Sequence[Problem]) -> Iterator[tuple[str, str]]:
    """One line a file and kind of problem: where it is, what it is, how to mend it."""
    for (path, code), found in _by_kind(problems).items():
        first = found[0]
        places = [f"{one.place.sheet}!{one.place.cell}" for one in found if one.place.cell]
        named = f":{'、'.join(places[:_PLACES])}{'…' if len(places) > _PLACES else ''}" if places else ""
        what = str(first) if len(found) == 1 else f"{path}: {code} {first.title}({len(found)}项){named}"
        yield "改正" if first.severity is Severity.ERROR else "核对", f"{what} — {first.remedy}"


def _by_kind(problems: Iterable[Problem]) -> dict[tuple[str, str], list[Problem]]:
    found: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        found.setdefault((problem.place.path, problem.code), []).append(problem)
    return found


# ---- CSV


_FIELDS = (
    "部门",
    "台账",
    "状态",
    "应交月份",
    "缺少月份",
    "文件",
    "行数",
    "错误",
    "警告",
    "提示",
    "迟交文件",
    "补交文件",
)


def collection_csv(collection: Collection) -> str:
    """The matrix as CSV for Excel, one row a ledger of a department, with nothing that it would run."""
    return csv_table(_FIELDS, map(_plain_row, collection.entries))


def _plain_row(entry: Entry) -> list[str]:
    return [
        entry.department,
        entry.name,
        entry.state.label,
        month_ranges(entry.wanted),
        month_ranges(entry.lacking),
        "、".join(entry.files),
        str(entry.rows),
        *map(str, count(entry.problems).values()),
        "、".join(one.path for one in entry.late),
        "、".join(one.file for one in entry.asked),
    ]
