"""GitHub's workflow commands: a problem -> an annotation of a file.

Convention: escaped as GitHub documents: in properties also `:` and `,`, so that no text can end one or begin another
command.
"""

import posixpath
from collections.abc import Sequence

from itss_kpi.core.problem_codes import Severity
from itss_kpi.core.problems import Problem, row_of
from itss_kpi.core.text import escape_controls
from itss_kpi.pages.problems import by_file

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(problems: Sequence[Problem], departments: Sequence[str], folder: str) -> str:
    """One command a problem; `folder` is that of the data from the current one."""
    found = by_file(problems, departments).values()
    return "".join(_command(problem, folder) for listed in found for problem in listed)


def _command(problem: Problem, folder: str) -> str:
    path, row = problem.place.path, row_of(problem.place)
    file = path if problem.of_catalogue or not path else posixpath.join(folder, path)
    named = {"file": file, "line": str(row or ""), "title": f"{problem.code} {problem.title}"}
    properties = ",".join(f"{key}={_property(value)}" for key, value in named.items() if value)
    message = f"{_escaped(str(problem))}%0A怎么办:{_escaped(problem.remedy)}"
    return f"::{_COMMANDS[problem.severity]} {properties}::{message}\n"


def _escaped(text: str) -> str:
    return escape_controls(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
