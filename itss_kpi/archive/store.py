"""The archive: closed periods as folders that can be checked, each bound to the one before it.

Convention: a folder (`2022Q3`, or `2022Q3-2` where it supersedes) holds what was reported, `manifest.json` with the
SHA-256 of each file and of the manifest before it, and `manifest.sha256` with that of the manifest itself. It appears
in one step, renamed into place, so that the archive is either as before or complete. Names with a dot are none of it.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from itss_kpi.core.period import parse_period
from itss_kpi.core.problems import Place, Problem

SCHEMA = "itss-kpi/archive/1"
MANIFEST, SEAL = "manifest.json", "manifest.sha256"
REPORT, CATALOGUE, ROWS, TABLES = "report.json", "kpi_definitions.yaml", "rows", "tables"
UNTIMELY = "A104"
"""The code of a closing that can't have been made when it says."""
_PENDING = ".closing-"
_WAIT = 10.0


class BusyError(Exception):
    """Somebody else is writing to the archive."""


@dataclass(frozen=True, slots=True)
class Closing:
    """A closed period: its folder and what its manifest says."""

    folder: Path
    manifest: Mapping[str, Any]

    @staticmethod
    def of(folder: Path) -> "Closing":
        """The closing in a folder that holds one."""
        return Closing(folder, json.loads((folder / MANIFEST).read_bytes()))

    @property
    def period(self) -> str:
        """The period, as written."""
        return str(self.manifest["period"])

    @property
    def sequence(self) -> int:
        """Its place in the chain, from 1 on."""
        return int(self.manifest["sequence"])

    def read(self, name: str) -> bytes:
        """One of its files."""
        return (self.folder / name).read_bytes()

    def seal(self) -> str:
        """The SHA-256 of its manifest."""
        return _digest(self.read(MANIFEST))


def closings(archive: Path) -> list[Closing]:
    """All closed periods in order of the chain; a folder whose manifest can't be read is left out (see `check`)."""
    read = ((folder, _manifest(folder)) for folder in _folders(archive))
    found = [Closing(folder, manifest) for folder, manifest in read if manifest is not None]
    return sorted(found, key=lambda one: (one.sequence, one.folder.name))


def head(archive: Path) -> str:
    """The hash of the last closing, to which all before it are bound; '' where there is none."""
    chain = closings(archive)
    return chain[-1].seal() if chain else ""


def latest(archive: Path) -> dict[str, Closing]:
    """For each period the closing that holds: the last one of it."""
    return {one.period: one for one in closings(archive)}


def sound(archive: Path) -> tuple[list[Closing], list[Problem]]:
    """The closings that hold and are as they were written, in order of the chain; and what is wrong with the rest."""
    damage = check(archive)
    # a chain that is broken says nothing against what a closing itself holds
    broken = {problem.place.path.split("/")[0] for problem in damage if problem.code not in ("A103", UNTIMELY)}
    holding = sorted(latest(archive).values(), key=lambda one: one.sequence)
    return [one for one in holding if one.folder.name not in broken], damage


def _folders(archive: Path) -> list[Path]:
    if not archive.is_dir():
        return []
    return sorted(path for path in archive.iterdir() if path.is_dir() and not path.name.startswith("."))


def _manifest(folder: Path) -> dict[str, Any] | None:
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None
    fits = isinstance(found, dict) and found.get("schema") == SCHEMA
    return found if fits and isinstance(found.get("sequence"), int) and "period" in found else None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# ---- checking


def check(archive: Path) -> list[Problem]:
    """Everything in the archive that is not as it was written."""
    found = [problem for folder in _folders(archive) for problem in _check_folder(folder)]
    return [*found, *_check_chain(closings(archive))]


def _check_folder(folder: Path) -> Iterator[Problem]:
    manifest = _manifest(folder)
    sealed = folder / SEAL
    if manifest is None or not sealed.is_file():
        yield Problem("A101", "没有可读的清单", Place(folder.name))
        return
    if sealed.read_bytes() != _sealed(_digest((folder / MANIFEST).read_bytes())):
        yield Problem("A101", "清单与写出时不同", Place(f"{folder.name}/{MANIFEST}"))
    if manifest.get("folder") != folder.name:
        yield Problem("A101", f"文件夹原名 {manifest.get('folder')}", Place(folder.name))
    named: Mapping[str, Any] = manifest.get("files", {})
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    for name in sorted(named.keys() | there.keys() - {MANIFEST, SEAL}):
        if name not in there:
            yield Problem("A102", "归档的文件不见了", Place(f"{folder.name}/{name}"))
        elif name not in named:
            yield Problem("A102", "清单中没有的文件", Place(f"{folder.name}/{name}"))
        elif _digest(there[name].read_bytes()) != named[name].get("sha256"):
            yield Problem("A101", "文件与写出时不同", Place(f"{folder.name}/{name}"))


def _check_chain(chain: Sequence[Closing]) -> Iterator[Problem]:
    before: Closing | None = None
    earliest = ""
    for at, one in enumerate(chain, 1):
        period, closed = parse_period(one.period), str(one.manifest.get("closed"))
        day = max(earliest, period.last_day.isoformat() if period else "")
        if closed[:10] < day:
            what = f"关账时间 {closed} 早于考核期末或前一次关账({day}):不是当时的时钟所写"
            yield Problem(UNTIMELY, what, Place(one.folder.name))
        earliest = max(earliest, closed[:10])
        bound = one.manifest.get("previous")
        wanted = {"folder": before.folder.name, "sha256": before.seal()} if before else None
        if one.sequence != at or bound != wanted:
            yield Problem("A103", "与前一次关账接不上:中间有缺失,或前一次的清单被改动", Place(one.folder.name))
        before = one


def _sealed(digest: str) -> bytes:
    # as sha256sum writes it, so that anybody can check it
    return f"{digest}  {MANIFEST}\n".encode()


# ---- writing


@contextmanager
def locked(archive: Path) -> Iterator[None]:
    """Alone with the archive; raises `BusyError` where somebody else doesn't come to an end."""
    archive.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(archive / ".lock", timeout=_WAIT):
            yield
    except Timeout:
        raise BusyError from None


def write(archive: Path, facts: Mapping[str, Any], files: Mapping[str, bytes]) -> Path:
    """Close a period: `facts` of the manifest (with `period`) and the files; the folder. Only while `locked`."""
    for left in archive.glob(f"{_PENDING}*"):
        shutil.rmtree(left)  # of a run that was killed: whoever writes holds the lock
    chain = closings(archive)
    before = chain[-1] if chain else None
    name = _name(archive, str(facts["period"]))
    manifest = {
        "schema": SCHEMA,
        "sequence": len(chain) + 1,
        "folder": name,
        **facts,
        "files": {path: {"size": len(content), "sha256": _digest(content)} for path, content in sorted(files.items())},
        "previous": {"folder": before.folder.name, "sha256": before.seal()} if before else None,
    }
    text = (json.dumps(manifest, ensure_ascii=False, indent=2) + "\n").encode()
    pending = Path(tempfile.mkdtemp(prefix=_PENDING, dir=archive))
    try:
        for path, content in {**files, MANIFEST: text, SEAL: _sealed(_digest(text))}.items():
            _write_file(pending / path, content)
        pending.chmod(0o777 & ~_umask())
        os.rename(pending, archive / name)
    finally:
        shutil.rmtree(pending, ignore_errors=True)
    _settle(archive)
    return archive / name


def _name(archive: Path, period: str) -> str:
    name, at = period, 1
    while (archive / name).exists():
        at += 1
        name = f"{period}-{at}"
    return name


def _write_file(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _settle(folder: Path) -> None:
    """Have the folder's entries on disk, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
