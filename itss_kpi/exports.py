"""Exports: finds what departments handed in, hands each file to the worker process, opens the grids it leaves.

Convention: an export lies in its department's folder of the data folder and is claimed by the source whose `files`
pattern its name matches; paths are shown relative to the data folder, with forward slashes.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from itss_kpi.catalogue import Catalogue, Source
from itss_kpi.expression import suggestion
from itss_kpi.period import find_period
from itss_kpi.problems import Place, Problem

if TYPE_CHECKING:
    from itss_kpi.sheets import Grid, RawExport

_WORKER = Path(__file__).with_name("grid_worker.py")
_SKIPPED = ("~$", ".")
"""How the names of Excel's and LibreOffice's lock files, and of hidden files, begin."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file claimed by a source; `covers` is the days it answers for, None where nothing says which."""

    source: str
    department: str
    path: Path
    shown: str
    covers: tuple[date, date] | None


class Reader:
    """The worker process; started early, so that it gets ready while the catalogue is read and pandas imported."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="itss-kpi-")
        command = [sys.executable, "-P", "-X", "utf8", str(_WORKER)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C is this process's affair
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()
        self._folder.cleanup()

    def ask(self, files: list[Found]) -> None:
        """Hand over the files; the worker reads them while this process goes on."""
        assert self._process.stdin
        # where the worker is dead already, no answer will come, and that is what is reported
        with contextlib.suppress(BrokenPipeError):
            for at, found in enumerate(files):
                request = {"id": at, "path": str(found.path), "folder": self._folder.name}
                self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.close()

    def answers(self) -> Iterator[dict[str, Any]]:
        """The answers, in the order of the files; they end early where the worker dies, perhaps within a line."""
        assert self._process.stdout
        for line in self._process.stdout:
            if not line.endswith("\n"):
                return
            yield json.loads(line)


def find_exports(catalogue: Catalogue, data: Path, wanted: set[str]) -> tuple[list[Found], list[Problem]]:
    """Every file of the `wanted` sources in the departments' folders below `data`, in order of their paths."""
    found: list[Found] = []
    problems: list[Problem] = []
    departments = dict.fromkeys(name for source in catalogue.sources.values() for name in source.departments)
    for folder in sorted(data.iterdir()):
        if folder.is_dir() and folder.name not in departments and _files(folder, data):
            near = suggestion(folder.name, departments)
            problems.append(Problem("D103", f"没有这个部门的台账声明{near};其中的文件未读", Place(folder.name)))
    for department in departments:
        for path in _files(data / department, data):
            shown = f"{department}/{path.relative_to(data / department).as_posix()}"
            claims = catalogue.claims(department, path.name)
            if len(claims) != 1:
                what = (
                    f"同时属于 {'、'.join(catalogue.sources[name].name for name in claims)}"
                    if claims
                    else "不属于任何台账"
                )
                problems.append(Problem("D103", what, Place(shown)))
            elif claims[0] in wanted:
                covers = _covers(catalogue.sources[claims[0]], path.stem, catalogue.plan.year)
                if covers is None:
                    problems.append(Problem("D108", "文件名没有写明考核期", Place(shown)))
                found.append(Found(claims[0], department, path, shown, covers))
    return sorted(found, key=lambda item: item.shown), problems


def _files(folder: Path, data: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    inside = data.resolve()
    return sorted(
        path
        for path in folder.rglob("*")
        if not path.name.startswith(_SKIPPED) and path.is_file() and path.resolve().is_relative_to(inside)
    )


def _covers(source: Source, stem: str, year: int) -> tuple[date, date] | None:
    period = find_period(stem)
    if period is None:
        return (date(year, 1, 1), date(year + 1, 1, 1)) if source.covers == "year" else None
    return period.start, period.end


def read_exports(
    catalogue: Catalogue, files: list[Found], reader: Reader, tick: Callable[[], None] = lambda: None
) -> tuple[dict[str, list["RawExport"]], list[Problem]]:
    """The raw exports of each source; a file that can't be read is a problem and answers for nothing."""
    from itss_kpi.sheets import RawExport

    raws: dict[str, list[RawExport]] = {found.source: [] for found in files}
    problems: list[Problem] = []
    answered = 0
    for found, answer in zip(files, reader.answers(), strict=False):
        answered += 1
        tick()
        grids = _grids(answer, catalogue.sources[found.source])
        if "error" in answer or not grids:
            what = "不是可以识别的工作簿,或文件已损坏" if "error" in answer else "工作簿里没有内容"
            problems.append(Problem("D102", what, Place(found.shown)))
        for grid in grids:
            raw = RawExport(found.source, found.department, found.shown, answer["sha256"], found.covers, grid)
            raws[found.source].append(raw)
    problems += [Problem("D102", "读取进程意外终止", Place(found.shown)) for found in files[answered:]]
    return raws, problems


def _grids(answer: dict[str, Any], source: Source) -> list["Grid"]:
    import pyarrow as pa

    from itss_kpi.sheets import Grid

    sheets = [sheet for sheet in answer.get("sheets", []) if sheet["indexes"]]
    named = [sheet for sheet in answer.get("sheets", []) if sheet["name"] == (source.sheet or source.name)]
    grids = []
    for sheet in [sheet for sheet in named if sheet["indexes"]] if named else sheets[:1]:
        with pa.memory_map(sheet["path"]) as mapped:
            cells = pa.ipc.open_file(mapped).read_all()
        errors = tuple((row, column) for row, column in sheet["errors"])
        at = {index: column for column, index in enumerate(sheet["indexes"])}
        unsaved = tuple((row, at[column]) for row, column in sheet["unsaved"] if column in at)
        # the reader doesn't see rows at the end that hold nothing but such formulas
        lacking = max((row + 1 for row, _ in unsaved), default=0) - cells.num_rows
        if lacking > 0:
            nothing = {name: pa.nulls(lacking, pa.string()) for name in cells.column_names}
            cells = pa.concat_tables([cells.cast(pa.table(nothing).schema), pa.table(nothing)])
        grids.append(Grid(sheet["name"], cells, tuple(sheet["indexes"]), errors, unsaved))
    return grids
