"""What several test processes need and one of them makes: the sample's workbooks, and what LibreOffice makes of them."""

import time
from collections.abc import Callable
from pathlib import Path

from kit import books
from kit.console import quietly
from kit.office import recalculated
from kit.sample import CATALOGUE


class Shared:
    """A folder of all test processes. What one of them makes there, the others wait for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def once(self, name: str, make: Callable[[Path], object]) -> Path:
        """The folder `name`, filled by `make` in whichever process asks first."""
        own, done = self.folder / name, self.folder / f"{name}.done"
        try:
            own.mkdir(parents=True)
        except FileExistsError:
            end = time.monotonic() + 300
            while not done.exists():
                assert time.monotonic() < end, f"{name} is not made"
                time.sleep(0.05)
            problem = done.read_text(encoding="utf-8")
            assert not problem, problem
            return own
        problem = f"{name} was not made"
        try:
            make(own)
            problem = ""
        finally:
            (own / "done").write_text(problem, encoding="utf-8")
            (own / "done").rename(done)
        return own

    def report(self, name: str, *arguments: str) -> Path:
        """The workbook that `report` makes with the arguments, by the name."""
        made = self.once(name, lambda folder: written(folder / f"{name}.xlsx", *arguments))
        return made / f"{name}.xlsx"

    def sample(self, period: str) -> Path:
        """The sample's report of a period."""
        return self.report(period, "-p", period, "-c", str(CATALOGUE))

    def short(self) -> Path:
        """The sample's report of the third quarter with 120 rows of evidence for each indicator."""
        return self.report("short", "-p", "2022Q3", "-c", str(CATALOGUE), "--evidence-rows", "120")

    def recalculated(self, batch: str, *paths: Path) -> dict[str, books.Book]:
        """The workbooks as LibreOffice works them out, by name."""
        every = [one for path in paths for one in (path, books.evidence_of(path)) if one.is_file()]
        folder = self.once(f"office-{batch}", lambda folder: recalculated(folder, *every))
        return {path.stem: books.read(next(folder.glob(f"office-*/out/{path.name}"))) for path in paths}


def written(path: Path, *arguments: str) -> Path:
    """The workbook that `report` writes."""
    assert quietly("report", "--output", str(path), *arguments) == 0
    return path
