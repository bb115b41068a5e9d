"""The cache of grids: what was read of a file, kept under the hash of its bytes, so that it is never parsed twice.

Convention: an entry is a folder named by the file's SHA-256 and the readers' versions, so it can't go stale; it appears
whole (renamed into place) and is checked by sizes and checksums each time it is used. The folder is the user's alone
(0700): it holds what the exports hold. Whatever goes wrong with it means only that a file is read again.
"""

import contextlib
import functools
import json
import os
import re
import shutil
import tempfile
import zlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

VARIABLE = "ITSS_KPI_CACHE"
"""The environment variable that names another folder."""
_ENTRY = re.compile(r"[0-9a-f]{64}-|\.new-")


def cache_folder() -> Path:
    """Where the grids are kept: the platform's place for caches, or what the environment says."""
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given) / "grids"
    import platformdirs

    return platformdirs.user_cache_path("itss-kpi", appauthor=False) / "grids"


def cache_size() -> int:
    """The bytes of all entries."""
    return sum(map(_size, _entries(cache_folder())))


def clear_cache() -> int:
    """Delete every entry; the bytes that were freed."""
    freed = cache_size()
    for entry in [*_entries(cache_folder()), cache_folder() / OF_DATABASES]:
        shutil.rmtree(entry, ignore_errors=True)
    return freed


OF_DATABASES = "sql"
"""The folder beside the entries with what databases have answered last."""


@functools.cache
def versions() -> str:
    """What an entry's contents depend on besides the file's bytes: this package as it is, and the readers it uses."""
    own = zlib.crc32(b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))))
    return "-".join([f"{own:08x}", *(version(name) for name in ("fastexcel", "xlrd", "pyarrow"))])


class Cache:
    """The cache as one run of the worker uses it; `used` entries are not dropped by this run."""

    def __init__(self, folder: Path, most: int) -> None:
        self.folder = folder
        self.most = most
        self.used: set[str] = set()
        self.total: int | None = None
        self.versions = versions()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.name == "posix":
            state = folder.stat()
            if state.st_uid != os.getuid():
                raise PermissionError(folder)
            if state.st_mode & 0o077:
                folder.chmod(0o700)

    def find(self, sha256: str) -> dict[str, Any] | None:
        """The answer kept for these bytes, its files named in full; None where there is none that is whole."""
        entry = self._entry(sha256)
        if not entry.is_dir():
            return None
        try:
            checksum, _, told = (entry / "answer.json").read_bytes().partition(b"\n")
            if int(checksum, 16) != zlib.crc32(told):
                raise ValueError("changed since it was written")
            answer: dict[str, Any] = json.loads(told)
            for sheet in answer["sheets"]:
                sheet["path"] = str(entry / sheet["path"])
                if not (sheet.get("lazy") or is_whole(Path(sheet["path"]), sheet["checksum"])):
                    raise ValueError("changed since it was written")
            os.utime(entry)
        except (OSError, ValueError, KeyError, TypeError):
            shutil.rmtree(entry, ignore_errors=True)
            return None
        self.used.add(entry.name)
        return answer

    def keep(self, answer: dict[str, Any]) -> None:
        """Keep an answer and its files, which stay where they are too; nothing is kept where that fails."""
        entry = self._entry(answer["sha256"])
        beside = None
        try:
            beside = Path(tempfile.mkdtemp(prefix=".new-", dir=self.folder))
            kept = [self._linked(sheet, beside) for sheet in answer["sheets"]]
            told = json.dumps(answer | {"sheets": kept}).encode()
            (beside / "answer.json").write_bytes(b"%08x\n%s" % (zlib.crc32(told), told))
            beside.rename(entry)
        except OSError:  # also where another run was quicker, with the same bytes
            if beside:
                shutil.rmtree(beside, ignore_errors=True)
            return
        self.used.add(entry.name)
        self._shrink(entry)

    def _linked(self, sheet: dict[str, Any], beside: Path) -> dict[str, Any]:
        path = Path(sheet["path"])
        try:
            os.link(path, beside / path.name)
        except OSError:  # another disk
            shutil.copyfile(path, beside / path.name)
        return sheet | {"path": path.name, "checksum": _checksum(path)}

    def _entry(self, sha256: str) -> Path:
        return self.folder / f"{sha256}-{self.versions}"

    def _shrink(self, added: Path) -> None:
        """Drop the entries that were not used for longest, where all of them together have become too large."""
        with contextlib.suppress(OSError):
            if self.total is None:
                self.total = sum(map(_size, _entries(self.folder)))
            else:
                self.total += _size(added)
            if self.total <= self.most:
                return
            for entry in sorted(_entries(self.folder), key=lambda entry: entry.stat().st_mtime):
                if self.total > self.most and entry.name not in self.used:
                    self.total -= _size(entry)
                    shutil.rmtree(entry, ignore_errors=True)


def _entries(folder: Path) -> list[Path]:
    """The cache's own folders: whatever else somebody put there is not touched."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as found:
        names = [one.name for one in found if _ENTRY.match(one.name) and one.is_dir(follow_symlinks=False)]
    return [folder / name for name in names]


def _size(entry: Path) -> int:
    with os.scandir(entry) as files:
        return sum(file.stat().st_size for file in files if file.is_file())


def is_whole(path: Path, checksum: int) -> bool:
    """Whether a file of an entry is as it was written: of one that is `lazy`, who opens it asks."""
    return _checksum(path) == checksum


def _checksum(path: Path) -> int:
    found = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            found = zlib.crc32(block, found)
    return found
