"""Problems: what is wrong with an input, where, and what to do about it.

Convention: core functions return ``(value, problems)`` and never print. `KpiError` is raised only at the edge, where
nothing can be computed at all. A code names one kind of problem for ever; it is never reused.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from itss_kpi.core.jsonable import published
from itss_kpi.core.problem_codes import CODES, Severity


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


@published("code severity message *place")
@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with an input. `message` is a Chinese sentence without the place."""

    code: str
    message: str
    place: Place = field(default_factory=Place)

    @property
    def severity(self) -> Severity:
        """The severity of the problem's code."""
        return CODES[self.code].severity

    @property
    def title(self) -> str:
        """What its kind is called."""
        return CODES[self.code].title

    @property
    def remedy(self) -> str:
        """What the user can do about it."""
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


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Those of the problems that are errors."""
    return [problem for problem in problems if problem.severity is Severity.ERROR]


def count(problems: Iterable[Problem]) -> dict[Severity, int]:
    """How many problems there are of each severity."""
    found = [problem.severity for problem in problems]
    return {severity: found.count(severity) for severity in Severity}


def worst_first(problems: Iterable[Problem]) -> list[Problem]:
    """The problems of one file from the worst on, those of one severity as they stand in it: F2 before F12."""
    return sorted(problems, key=lambda one: (list(Severity).index(one.severity), _in_file(one.place), one.code))


def _in_file(place: Place) -> tuple[str, int, int, str]:
    return place.sheet, row_of(place), len(place.cell), place.cell


def row_of(place: Place) -> int:
    """The line, or the sheet's row, of a place; 0 where it has none."""
    digits = "".join(char for char in place.cell if char in "0123456789")
    return place.line or int(digits or 0)
