"""Exports: finds what departments handed in, has each file read, and opens the grids that the reader leaves.

Convention: an export lies in its department's folder of the data folder and is claimed by the source whose `files`
pattern its name matches, whatever kind of table file it is; several may claim one where each means sheets of its own.
Paths are shown relative to the data folder, with forward slashes. Only regular files inside the data folder are read.
"""

import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.kinds import suggestion
from itss_kpi.catalogue.sources import Source
from itss_kpi.core.problems import Place, Problem
from itss_kpi.core.stated import Days, Stated, stated
from itss_kpi.reading.near_files import nearly
from itss_kpi.reading.reader import Reader

if TYPE_CHECKING:
    from itss_kpi.reading.grid import RawExport

_LOCKS = ("~$", ".~")
"""How the names of Excel's, WPS's and LibreOffice's lock files begin: somebody has the workbook open."""


Near = list[tuple[str | None, Path, str]]
"""Files that no source claims: in which folder, and what is the matter with each."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file claimed by a source, or `near` one; `named` is what its name says of time. Of a file without a department
    the rows say whose they are."""

    source: str
    department: str
    path: Path
    shown: str
    named: Stated
    near: bool = False
    sheets: str = "*"
    """What the names of its sheets are like, where other sheets of the file are another source's."""

    @property
    def covers(self) -> Days | None:
        """The days that its name says it answers for."""
        return self.named.days

    @property
    def is_shared(self) -> bool:
        """Whether other sheets of the file are another source's."""
        return self.sheets != "*"

    def concerns(self, place: Place) -> bool:
        """Whether what stands in a place is, or may be, of this source."""
        return place.is_in(self.shown, self.sheets)


def find_exports(
    catalogue: Catalogue, data: Path, wanted: set[str], fetched: Mapping[str, Path] | None = None
) -> tuple[list[Found], list[Problem]]:
    """Every file of the `wanted` sources in the departments' folders below `data`, in order of their paths; those of a
    lake, and what was `fetched` of databases, by source."""
    found = [*_in_lakes(catalogue, data, wanted), *_of_databases(catalogue, fetched or {})]
    lakes = {path for source in catalogue.sources.values() for path in _lake_files(source, data)}
    problems: list[Problem] = []
    closed = (data / catalogue.archive).resolve()
    departments = dict.fromkeys(name for source in catalogue.sources.values() for name in source.departments)
    near: Near = []
    for folder in sorted(data.iterdir()):
        if folder.is_file():
            near.append((None, folder, "文件不在任何部门的文件夹中,未读"))
        elif folder.resolve() != closed and folder.is_dir() and folder.name not in departments:
            strays = [path for path in _files(folder, data, []) if path not in lakes]
            near += [(folder.name, path, "") for path in strays]
            if strays:
                meant = suggestion(folder.name, departments)
                problems.append(Problem("D103", f"没有这个部门的台账声明{meant};其中的文件未读", Place(folder.name)))
    for department in departments:
        for path in _files(data / department, data, problems):
            if path.resolve().is_relative_to(closed) or path in lakes:
                continue  # what was closed is never read as an export
            shown = f"{department}/{path.relative_to(data / department).as_posix()}"
            claims = catalogue.claims(department, path.name)
            if not catalogue.are_apart(claims):
                what = f"同时属于 {'、'.join(catalogue.sources[name].name for name in claims)}"
                problems.append(Problem("D103", what, Place(shown)))
            elif not claims:
                near.append((department, path, "不属于任何台账"))
            else:
                for name in (one for one in claims if one in wanted):
                    sheets = catalogue.sources[name].sheets if len(claims) > 1 else "*"
                    found.append(Found(name, department, path, shown, _named(catalogue, name, path), sheets=sheets))
    found += _near(catalogue, data, near, wanted, problems)
    return sorted(found, key=lambda item: (item.shown, item.department)), problems


def _lake_files(source: Source, data: Path) -> list[Path]:
    found = data.glob(source.parquet) if source.parquet else ()
    return sorted(path for path in found if _why_skipped(path, data.resolve()) is None)


def _in_lakes(catalogue: Catalogue, data: Path, wanted: Collection[str]) -> Iterator[Found]:
    """The files of lakes, each of the department whose folder it lies in."""
    closed = (data / catalogue.archive).resolve()
    for name in sorted(wanted):
        source = catalogue.sources[name]
        for path in _lake_files(source, data):
            if not path.resolve().is_relative_to(closed):
                shown = path.relative_to(data)
                yield Found(name, _owner(source, shown.parts), path, shown.as_posix(), _named(catalogue, name, path))


def _of_databases(catalogue: Catalogue, fetched: Mapping[str, Path]) -> Iterator[Found]:
    for name, path in fetched.items():
        yield Found(name, _owner(catalogue.sources[name], ()), path, f"{catalogue.sources[name].name}.sql", Stated())


def _owner(source: Source, folders: Sequence[str]) -> str:
    """The department in whose folder a file lies, or the only one; "" where its rows say whose they are."""
    own = (one for one in source.departments if one in folders)
    return next(own, source.departments[0] if len(source.departments) == 1 else "")


def _named(catalogue: Catalogue, source: str, path: Path) -> Stated:
    """What a file's name says of time; what it says of a column is none of that."""
    stem = path.stem
    for text in catalogue.sources[source].said_by_names(path.name, "").values():
        stem = stem.replace(text, "", 1)
    return stated(stem, catalogue.words_of_name(source))


def _near(catalogue: Catalogue, data: Path, files: Near, wanted: set[str], problems: list[Problem]) -> Iterator[Found]:
    """What files that no source claims may be, after that was said; or what else is the matter with them."""
    for folder, path, what in files:
        shown = path.relative_to(data).as_posix()
        likely = []
        for source, department, advice in nearly(catalogue, folder, path.name):
            named = _named(catalogue, source, path)
            if named.days or named.asks or catalogue.sources[source].covers != "name":
                likely.append((Found(source, department, path, shown, named, near=True), advice))
        mine = [(found, advice) for found, advice in likely if found.source in wanted]
        if mine:
            names = "、".join(dict.fromkeys(catalogue.sources[found.source].name for found, _ in mine))
            how = "或".join(dict.fromkeys(advice for _, advice in mine))
            problems.append(Problem("D130", f"像是“{names}”,没有读:请{how}", Place(shown)))
        elif not likely and what and (folder or catalogue.claimed(path.name)):
            problems.append(Problem("D103", what, Place(shown)))
        yield from (found for found, _ in mine)


def _files(folder: Path, data: Path, problems: list[Problem]) -> list[Path]:
    """The regular files below `folder` and inside `data`; what else has the look of an export is said."""
    if not folder.is_dir():
        return []
    inside = data.resolve()
    found = []
    for path in sorted(_below(folder, problems)):
        if path.name.startswith(".") and not path.name.startswith(_LOCKS):
            continue
        reason = _why_skipped(path, inside)
        if reason is None:
            found.append(path)
        elif reason:
            shown = f"{folder.name}/{path.relative_to(folder).as_posix()}"
            problems.append(Problem("D120" if path.name.startswith(_LOCKS) else "D119", reason, Place(shown)))
    return found


def _below(folder: Path, problems: list[Problem]) -> Iterator[Path]:
    """Everything below a folder but the folders themselves; links are not followed."""

    def closed(error: OSError) -> None:
        shown = Path(error.filename).relative_to(folder.parent).as_posix()
        problems.append(Problem("D119", f"文件夹打不开:{error.strerror}", Place(shown)))

    for root, folders, names in os.walk(folder, onerror=closed):
        yield from (Path(root, name) for name in names)
        yield from (path for name in folders if (path := Path(root, name)).is_symlink())


def _why_skipped(path: Path, inside: Path) -> str | None:
    if path.name.startswith(_LOCKS):
        return "有人正开着这个工作簿;读的是上次保存的内容"
    try:
        state = os.stat(path)
        target = path.resolve()
    except (OSError, RuntimeError):
        return "链接指向不存在的文件,未读"
    if stat.S_ISDIR(state.st_mode):
        return "链接到文件夹,未读"
    if not target.is_relative_to(inside):
        return "链接指向台账文件夹之外,未读"
    return None if stat.S_ISREG(state.st_mode) else "不是普通文件(管道、设备等),未读"


def read_exports(
    catalogue: Catalogue,
    files: list[Found],
    reader: Reader,
    unlock: Callable[[str], str | None] = lambda _: None,
) -> tuple[dict[str, list["RawExport"]], list[Problem]]:
    """The raw exports of each source, one a sheet; a file that can't be read is a problem, and one without a grid.

    `unlock` is asked for the password of an encrypted one.
    """
    raws: dict[str, list[RawExport]] = {found.source: [] for found in files}
    problems: list[Problem] = []
    answers = dict(zip(paths_of(files), reader.answers(), strict=True))
    for found in files:
        answer = answers[found.path]
        source = catalogue.sources[found.source]
        if found.near:
            raws[found.source].append(_unread(found))
            continue
        if answer.get("code") == "D112" and (password := unlock(found.shown)):
            answer = reader.again(found.path, password)
        try:
            opened = list(raw_exports(found, answer, source))
        except (OSError, ValueError):  # another run has cleared the cache, or its disk lost something
            answer = reader.again(found.path)
            opened = list(raw_exports(found, answer, source))
        if "code" in answer:
            problems.append(Problem(answer["code"], answer["message"], Place(found.shown)))
        elif not opened[0].readable:
            place = Place(found.shown, source.sheets if found.is_shared else "")
            problems.append(Problem("D127", f"没有名为“{source.sheet}”的工作表", place))
        for stranger in {raw.department for raw in opened if raw.readable} - {*source.departments}:
            whose = f"提交部门写着“{stranger}”,不是“{source.name}”的部门" if stranger else "看不出是哪个部门的行"
            problems.append(Problem("D103", f"{whose};已计入,不证明哪个部门交了", Place(found.shown)))
        raws[found.source] += opened
    return raws, list(dict.fromkeys(problems))


def paths_of(files: Iterable[Found]) -> list[Path]:
    """The files, each once, however many sources read it: what a reader is to be asked for."""
    return list(dict.fromkeys(found.path for found in files))


def concerning(files: Iterable[Found], problems: Sequence[Problem]) -> list[Problem]:
    """What of it is wrong with these files, as far as their sources read them."""
    by_path: dict[str, list[Found]] = {}
    for found in files:
        by_path.setdefault(found.shown, []).append(found)
    return [one for one in problems if any(found.concerns(one.place) for found in by_path.get(one.place.path, ()))]


def raw_exports(found: Found, answer: dict[str, Any], source: Source) -> Iterator["RawExport"]:
    """A raw export for each sheet that may be the ledger; one without a grid where there is none."""
    from itss_kpi.reading.grid import RawExport, by_department, grids_for

    grids = grids_for(source, answer.get("sheets", []), found.is_shared)
    if not grids:
        yield _unread(found)
    saved = answer.get("saved")
    for department, grid in (pair for one in grids for pair in by_department(one, found.department, source)):
        yield RawExport(
            found.source,
            department,
            found.shown,
            answer["sha256"],
            found.covers,
            grid,
            answer["format"],
            date.fromisoformat(saved) if saved else None,
            made=found.named.made,
            asks=found.named.asks,
            part=found.named.part,
        )


def _unread(found: Found) -> "RawExport":
    from itss_kpi.reading.grid import Grid, RawExport

    return RawExport(found.source, found.department, found.shown, "", found.covers, Grid(""), "", readable=False)
