"""Problems: what `check` found, by department and file; and the code table explained.

Convention: problems stand by department and file, those of the catalogue first, worst first within a file; every form
holds all of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from itss_kpi.core.problem_codes import CODES, Kind, Severity
from itss_kpi.core.problems import Problem, by_cause, count, row_of, worst_first
from itss_kpi.core.results import advice_json
from itss_kpi.core.text import ranges_text
from itss_kpi.pages.explanation import facts_table
from itss_kpi.pages.making import joined, together
from itss_kpi.pages.page import Card, Cards, Cell, Heading, Note, Page, Part, Text, Tone

SCHEMA = "itss-kpi/problems/1"
OF_CATALOGUE, OF_FOLDERS, OF_RESULTS = "指标目录", "其他文件夹", "计算结果"
SEVERITIES = {Severity.ERROR: Tone.BAD, Severity.WARNING: Tone.LATE, Severity.INFO: Tone.QUIET}

Place = tuple[str, str]
"""A heading (a department, or one of the above) and the path of a file; no path for the whole of it."""


# ---- by department and file


def by_file(problems: Iterable[Problem], departments: Sequence[str]) -> dict[Place, list[Problem]]:
    """The problems of each file, worst first; the catalogue's, then the departments' in the plan's order."""
    found = together((_where(problem, departments), problem) for problem in problems)
    return {place: worst_first(found[place]) for place in in_order(found, departments)}


def in_order(places: Iterable[Place], departments: Sequence[str]) -> list[Place]:
    """The catalogue, then the departments in the plan's order; the paths of each."""
    headings = [OF_CATALOGUE, *departments, OF_FOLDERS, OF_RESULTS]
    return sorted(places, key=lambda place: (headings.index(place[0]), place[1]))


def _where(problem: Problem, departments: Sequence[str]) -> Place:
    path = problem.place.path
    if problem.of_catalogue:
        return OF_CATALOGUE, path
    department = problem.department(departments)
    if department is not None:
        return department, "" if path == department else path
    return (OF_FOLDERS, path) if path else (OF_RESULTS, "")


def problems_page(
    problems: Sequence[Problem], departments: Sequence[str], *, every: bool = False, of_indicators: int | None = None
) -> Page:
    """What `check` shows: each cause (or `every` problem) on a line `place: CODE message` and how to mend it, below its
    department and file; the number, and of how many `evaluate` speaks: the first `of_indicators`."""
    if not problems:
        return Page("", [Cell("没有发现问题", Tone.GOOD)])
    some = "" if of_indicators in (None, len(problems)) else f";其中指标所用的 {_counts(problems[:of_indicators])}"
    return Page(
        "", parts=[*_lines(problems, departments, every=every), Note(f"共 {_counts(problems)}{some}", Tone.STRONG)]
    )


def _counts(problems: Sequence[Problem]) -> str:
    return "、".join(f"{severity.label} {number}" for severity, number in count(problems).items())


def _lines(problems: Sequence[Problem], departments: Sequence[str], *, every: bool) -> Iterator[Part]:
    for heading, files in groupby(by_file(problems, departments).items(), key=lambda item: item[0][0]):
        yield Note(heading, Tone.HEAD)
        for (_, path), found in files:
            if path:
                yield Note(f"  {path}", Tone.STRONG)
            causes = [[problem] for problem in found] if every else by_cause(found)
            yield from (Note(_line(alike, "    " if path else "  ")) for alike in causes)


def _line(alike: Sequence[Problem], indent: str) -> Cell:
    first = alike[0]
    severity = joined(indent, Cell(first.severity.label, SEVERITIES[first.severity]), between="")
    return joined(severity, f"{first}{_others(alike)}", Cell(f"— {first.remedy}", Tone.QUIET), between=" ")


def _others(alike: Sequence[Problem]) -> str:
    """How many there are, and where the first ones stand."""
    column = alike[0].place.cell.rstrip("0123456789")
    if len(alike) == 1 or not column:
        return ""
    listed = [row_of(one.place) for one in alike]
    rows = ranges_text(filter(None, listed))
    more = "" if all(listed) else "等"
    return f";同样的共 {sum(one.times for one in alike)} 处({column} 列第 {rows} 行{more})"


def to_json(problems: Sequence[Problem], departments: Sequence[str]) -> dict[str, Any]:
    """The problems as one object, in the order of the text."""
    listed = [problem for found in by_file(problems, departments).values() for problem in found]
    return {
        "schema": SCHEMA,
        "counts": {severity.value: number for severity, number in count(problems).items()},
        "problems": [advice_json(problem, departments) for problem in listed],
    }


# ---- the code table


SECTIONS = {
    "C1": "指标目录的写法",
    "C2": "指标目录的含义",
    "D1": "文件与列",
    "D2": "单元格",
    "D3": "行",
    "V4": "结果",
    "A1": "归档",
}
"""What the codes that begin so are about."""


def code_page(code: str) -> Page:
    """A code explained."""
    return Page(f"{code} {CODES[code].title}", parts=[facts_table(_explained(CODES[code]))])


def codes_page() -> Page:
    """All codes explained, as docs/problems.md."""
    intro = (
        "本页由 `itss-kpi check --explain all` 生成,请不要手工修改。`itss-kpi check --explain D203` 只说明一个代码。",
        "级别:**错误**会影响数字,应当处理;**警告**应当看一眼;**提示**只作记录。",
        "“存疑”的含义见手册,[存疑与区间](手册/3-看懂结果.md#存疑与区间)。",
    )
    return Page("问题代码", intro, list(_codes()))


def _codes() -> Iterator[Part]:
    for prefix, codes in groupby(CODES, key=lambda code: code[:2]):
        yield Heading(SECTIONS[prefix])
        for code in codes:
            yield Heading(f"{code} {CODES[code].title}", level=2)
            yield Cards("", [Card(Cell(), _explained(CODES[code]))])


def _explained(kind: Kind) -> tuple[tuple[str, Text], ...]:
    return (
        ("级别", kind.severity.label),
        ("何时出现", kind.meaning),
        ("有何影响", kind.effect),
        ("怎么办", kind.remedy),
        ("例", kind.example),
    )
