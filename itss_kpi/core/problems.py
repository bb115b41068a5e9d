"""Problems: what is wrong with an input, where, and what to do about it.

Convention: core functions return ``(value, problems)`` and never print. `KpiError` is raised only at the edge, where
nothing can be computed at all. A code names one kind of problem for ever; it is never reused.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from itss_kpi.core.jsonable import published
from itss_kpi.core.problem_codes import CODES, Severity
from itss_kpi.core.text import is_like

_COLUMN = re.compile(r"([A-Z]{1,3})\d*")


@published("path?? sheet?? cell?? line?? key??")
@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a problem is: a line and key of a text file, or a sheet and cell of a workbook (path relative to data)."""

    path: str = ""
    sheet: str = ""
    cell: str = ""
    line: int = 0
    key: str = ""

    def __str__(self) -> str:
        if self.sheet or self.cell:
            return "!".join(part for part in (self.path, self.sheet, self.cell) if part)
        return f"{self.path}:{self.line}" if self.line else self.path

    def is_in(self, path: str, sheets: str) -> bool:
        """Whether it is in a file: all of it, or a sheet whose name is of the pattern."""
        return self.path == path and (not self.sheet or is_like(self.sheet, sheets))


@published("code severity message *place")
@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with an input. `message` is a Chinese sentence without the place; one that stands for others of
    its cause is there so many `times`."""

    code: str
    message: str
    place: Place = field(default_factory=Place)
    times: int = 1

    @property
    def cause(self) -> tuple[str, ...]:
        """What it has in common with others of one cause: the code and a column of a sheet; itself, elsewhere."""
        column = _COLUMN.fullmatch(self.place.cell)
        where = (self.code, self.place.path, self.place.sheet)
        return (*where, column[1]) if column else (*where, str(self.place), self.message)

    @property
    def severity(self) -> Severity:
        return CODES[self.code].severity

    @property
    def title(self) -> str:
        return CODES[self.code].title

    @property
    def remedy(self) -> str:
        return CODES[self.code].remedy

    @property
    def of_catalogue(self) -> bool:
        """Whether it is one of the catalogue, and not of the data."""
        return self.code.startswith("C")

    def department(self, departments: Collection[str]) -> str | None:
        """The one of the departments in whose folder the problem lies; None for the catalogue and for results."""
        head = self.place.path.split("/")[0]
        return head if head in departments and not self.of_catalogue else None

    def __str__(self) -> str:
        return f"{self.place}: {self.code} {self.message}" if str(self.place) else f"{self.code} {self.message}"


class KpiError(Exception):
    """Nothing can be computed; `problems` say why. `exit_code` is that of docs/design.md, 8."""

    def __init__(self, problems: Iterable[Problem], exit_code: int) -> None:
        self.problems = tuple(problems)
        self.exit_code = exit_code
        super().__init__("\n".join(map(str, self.problems)))


class Refusal(Exception):  # noqa: N818 -- it names what happened, as StopIteration does
    """A wrong use of the program, in the words that the user sees; exit code 2."""


class Unwritable(Refusal):
    """A right use that the disk, the system or another program stands in the way of; exit code 1."""


def errors(problems: Iterable[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity is Severity.ERROR]


def count(problems: Iterable[Problem]) -> dict[Severity, int]:
    """How many problems there are of each severity, each cause once."""
    found = [severity for severity, _ in {(problem.severity, problem.cause) for problem in problems}]
    return {severity: found.count(severity) for severity in Severity}


LISTED = 20
"""Problems of one cause that are listed one by one; there may be as many as rows."""


def condensed(problems: Iterable[Problem]) -> list[Problem]:
    """The problems, those of one cause beyond some as one that says how many more there are."""
    kept: list[Problem] = []
    counts: Counter[tuple[str, ...]] = Counter()
    for problem in problems:
        counts[problem.cause] += 1
        if counts[problem.cause] <= LISTED:
            kept.append(problem)
    for (code, path, sheet, *rest), number in counts.items():
        if number > LISTED:
            what = f"{rest[0]} 列另有 {number - LISTED} 处同样的问题"
            kept.append(Problem(code, what, Place(path, sheet, rest[0]), number - LISTED))
    return kept


def by_cause(problems: Iterable[Problem]) -> list[list[Problem]]:
    """The problems of each cause together, in order of the first of each; what stands for others comes last."""
    found: dict[tuple[str, ...], list[Problem]] = {}
    for problem in problems:
        found.setdefault(problem.cause, []).append(problem)
    return [sorted(alike, key=lambda one: one.times > 1) for alike in found.values()]


def chosen(
    problems: Iterable[Problem],
    departments: Collection[str],
    level: Severity | None = None,
    department: str | None = None,
    file: str | None = None,
) -> list[Problem]:
    """Those of at least this level, of this department, of the files whose path ends with this."""
    levels = list(Severity)
    return [
        one
        for one in problems
        if (level is None or levels.index(one.severity) <= levels.index(level))
        and (department is None or one.department(departments) == department)
        and (file is None or one.place.path.endswith(file))
    ]


def worst_first(problems: Iterable[Problem]) -> list[Problem]:
    """The problems of one file from the worst on, those of one severity as they stand in it: F2 before F12."""
    return sorted(problems, key=lambda one: (list(Severity).index(one.severity), _in_file(one.place), one.code))


def _in_file(place: Place) -> tuple[str, int, int, str]:
    return place.sheet, row_of(place), len(place.cell), place.cell


def row_of(place: Place) -> int:
    """The line, or the sheet's row, of a place; 0 where it has none."""
    digits = "".join(char for char in place.cell if char in "0123456789")
    return place.line or int(digits or 0)
