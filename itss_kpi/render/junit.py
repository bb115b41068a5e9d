"""JUnit's XML of problems: a suite a department, a case a file and a code.

Convention: text from users' files goes through `escape_controls`; what XML can't hold beside is shown likewise.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from xml.etree import ElementTree as ET

from itss_kpi.core.problem_codes import CODES, Severity
from itss_kpi.core.problems import Problem, errors
from itss_kpi.core.text import escape_controls
from itss_kpi.pages.problems import OF_CATALOGUE, Place, by_file, in_order


def render(problems: Sequence[Problem], departments: Sequence[str], files: Iterable[str]) -> str:
    """A suite a department, a case a file and a code; a file without an error is a case that passes.

    `files` are the exports that were read; the catalogue is a file too, so that there is always a case.
    """
    found = by_file(problems, departments)
    read = {(path.split("/")[0], path): list[Problem]() for path in files}
    fine = {} if any(heading == OF_CATALOGUE for heading, _ in found) else {(OF_CATALOGUE, ""): list[Problem]()}
    everything = fine | read | found
    root = ET.Element("testsuites", {"name": "itss-kpi check"})
    for heading, places in groupby(in_order(everything, departments), key=lambda place: place[0]):
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
    return escape_controls(text).replace("\ufffe", "\\xfffe").replace("\uffff", "\\xffff")
