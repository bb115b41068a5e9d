"""Problem lists: what `check` found -> text, JSON, JUnit's XML or GitHub's annotations; and the code table explained.

Convention: problems stand by department and file, those of the catalogue first, worst first within a file; every form
holds all of them. Text from users' files goes through `clean` before it reaches any of the forms.
"""

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any
from xml.etree import ElementTree as ET

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from itss_kpi.core.problem_codes import CODES, Kind, Severity
from itss_kpi.core.problems import Problem, count, errors, row_of, worst_first
from itss_kpi.core.results import advice_json
from itss_kpi.core.text import clean

SCHEMA = "itss-kpi/problems/1"
OF_CATALOGUE, OF_FOLDERS, OF_RESULTS = "指标目录", "其他文件夹", "计算结果"
SEVERITIES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "dim"}

Place = tuple[str, str]
"""A heading (a department, or one of the above) and the path of a file; no path for the whole of it."""


def _text(text: str, style: str = "") -> Text:
    return Text(clean(text), style=style)


# ---- by department and file


def by_file(problems: Iterable[Problem], departments: Sequence[str]) -> dict[Place, list[Problem]]:
    """The problems of each file, worst first; the catalogue's, then the departments' in the plan's order."""
    found: dict[Place, list[Problem]] = defaultdict(list)
    for problem in problems:
        found[_where(problem, departments)].append(problem)
    return {place: worst_first(found[place]) for place in sorted(found, key=lambda place: _order(place, departments))}


def _where(problem: Problem, departments: Sequence[str]) -> Place:
    path = problem.place.path
    if problem.of_catalogue:
        return OF_CATALOGUE, path
    department = problem.department(departments)
    if department is not None:
        return department, "" if path == department else path
    return (OF_FOLDERS, path) if path else (OF_RESULTS, "")


def _order(place: Place, departments: Sequence[str]) -> tuple[int, str]:
    headings = [OF_CATALOGUE, *departments, OF_FOLDERS, OF_RESULTS]
    return headings.index(place[0]), place[1]


# ---- text


def render_problems(problems: Sequence[Problem], departments: Sequence[str]) -> RenderableType:
    """Every problem on a line `place: CODE message` and how to mend it, below its department and file; the number."""
    if not problems:
        return Text("没有发现问题", style="green")
    lines: list[RenderableType] = []
    for heading, files in groupby(by_file(problems, departments).items(), key=lambda item: item[0][0]):
        lines.append(_text(heading, "bold cyan"))
        for (_, path), found in files:
            lines += [_text(f"  {path}", "bold")] if path else []
            lines += [_line(problem, "    " if path else "  ") for problem in found]
    return Group(*lines, _total(problems))


def _line(problem: Problem, indent: str) -> Text:
    line = Text(indent).append(problem.severity.label, style=SEVERITIES[problem.severity])
    return line.append(f" {clean(str(problem))}").append(f" — {problem.remedy}", style="dim")


def _total(problems: Sequence[Problem]) -> Text:
    counts = "、".join(f"{severity.label} {number}" for severity, number in count(problems).items())
    return Text(f"共 {counts}", style="bold")


# ---- for programs


def problems_json(problems: Sequence[Problem], departments: Sequence[str]) -> dict[str, Any]:
    """The problems as one object, in the order of the text."""
    listed = [problem for found in by_file(problems, departments).values() for problem in found]
    return {
        "schema": SCHEMA,
        "counts": {severity.value: number for severity, number in count(problems).items()},
        "problems": [advice_json(problem, departments) for problem in listed],
    }


def problems_junit(problems: Sequence[Problem], departments: Sequence[str], files: Iterable[str]) -> str:
    """JUnit's XML: a suite a department, a case a file and a code; a file without an error is a case that passes.

    `files` are the exports that were read; the catalogue is a file too, so that there is always a case.
    """
    found = by_file(problems, departments)
    read = {(path.split("/")[0], path): list[Problem]() for path in files}
    fine = {} if any(heading == OF_CATALOGUE for heading, _ in found) else {(OF_CATALOGUE, ""): list[Problem]()}
    everything = fine | read | found
    root = ET.Element("testsuites", {"name": "itss-kpi check"})
    ordered = sorted(everything, key=lambda place: _order(place, departments))
    for heading, places in groupby(ordered, key=lambda place: place[0]):
        suite = ET.SubElement(root, "testsuite", {"name": _xml(heading)})
        for place in places:
            _add_cases(suite, place, everything[place])
        _count_cases(suite)
    _count_cases(root)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _add_cases(suite: ET.Element, place: Place, problems: Sequence[Problem]) -> None:
    name = _xml(place[1] or place[0])
    if not errors(problems):
        ET.SubElement(suite, "testcase", {"classname": name, "name": "没有错误"})
    for code in dict.fromkeys(problem.code for problem in problems):
        same = [problem for problem in problems if problem.code == code]
        kind = CODES[code]
        case = ET.SubElement(suite, "testcase", {"classname": name, "name": f"{code} {kind.title}"})
        listed = "\n".join([*(_xml(str(problem)) for problem in same), f"怎么办:{kind.remedy}"])
        if kind.severity is Severity.ERROR:
            failure = ET.SubElement(case, "failure", {"type": code, "message": f"{kind.title}({len(same)} 项)"})
            failure.text = listed
        else:
            ET.SubElement(case, "system-out").text = f"{kind.severity.label}\n{listed}"


def _count_cases(element: ET.Element) -> None:
    element.set("tests", str(len(element.findall(".//testcase"))))
    element.set("failures", str(len(element.findall(".//failure"))))
    element.set("errors", "0")


def _xml(text: str) -> str:
    # beside control characters and surrogates, XML can't hold these two
    return clean(text).replace("\ufffe", "\\xfffe").replace("\uffff", "\\xffff")


_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def problems_github(problems: Sequence[Problem], departments: Sequence[str], folder: str) -> str:
    """GitHub's workflow commands, one a problem; `folder` is that of the data from the current one.

    Escaped as GitHub documents: in properties also `:` and `,`, so that no text can end one or begin another command.
    """
    lines = []
    for problem in (problem for found in by_file(problems, departments).values() for problem in found):
        path, row = problem.place.path, row_of(problem.place)
        file = path if problem.of_catalogue or not path else posixpath.join(folder, path)
        named = {"file": file, "line": str(row or ""), "title": f"{problem.code} {problem.title}"}
        properties = ",".join(f"{key}={_property(value)}" for key, value in named.items() if value)
        message = f"{_escaped(str(problem))}%0A怎么办:{_escaped(problem.remedy)}"
        lines.append(f"::{_COMMANDS[problem.severity]} {properties}::{message}\n")
    return "".join(lines)


def _escaped(text: str) -> str:
    return clean(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


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


def render_code(code: str) -> RenderableType:
    """A code explained."""
    kind = CODES[code]
    facts = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    facts.add_column(no_wrap=True, style="cyan")
    facts.add_column(overflow="fold")
    for label, text in _explained(kind):
        facts.add_row(label, text)
    return Group(Text(f"{code} {kind.title}", style="bold"), facts)


def _explained(kind: Kind) -> list[tuple[str, str]]:
    return [
        ("级别", kind.severity.label),
        ("何时出现", kind.meaning),
        ("有何影响", kind.effect),
        ("怎么办", kind.remedy),
        ("例", kind.example),
    ]


def codes_markdown() -> str:
    """All codes explained, as docs/problems.md."""
    parts = [
        "# 问题代码\n\n"
        "本页由 `itss-kpi check --explain all` 生成,请不要手工修改。"
        "`itss-kpi check --explain D203` 只说明一个代码。\n\n"
        "级别:**错误**会影响数字,应当处理;**警告**应当看一眼;**提示**只作记录。\n"
        "“存疑”的含义见[用户手册](用户手册.md)第四章。\n"
    ]
    for prefix, codes in groupby(CODES, key=lambda code: code[:2]):
        parts.append(f"\n## {SECTIONS[prefix]}\n")
        for code in codes:
            facts = "".join(f"- {label}:{text}\n" for label, text in _explained(CODES[code]))
            parts.append(f"\n### {code} {CODES[code].title}\n\n{facts}")
    return "".join(parts)
