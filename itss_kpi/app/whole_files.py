"""Whole files: what a command writes is there in full or not at all, and what stood there before stays until then.

Convention: failures reach the caller as the `OSError` that they are, with nothing left beside the file. Only a process
that is killed leaves a file behind, whose name begins with a dot.
"""

import errno
import os
import secrets
import stat
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_REASONS = {
    errno.ENOENT: "没有这个文件",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "超出磁盘配额",
    errno.EFBIG: "超出文件大小的限制",
    errno.EACCES: "没有权限、文件只读或正在别的程序中打开",
    errno.EPERM: "没有权限",
    errno.EROFS: "磁盘只读",
    errno.EIO: "磁盘读写出错",
    errno.ENAMETOOLONG: "名称太长",
    errno.ENOTDIR: "上级不是文件夹",
    errno.EEXIST: "上级不是文件夹",
    errno.ELOOP: "链接绕成了圈",
    errno.EISDIR: "这是一个文件夹",
}


class InUseError(Exception):
    """Somebody has the file open; the message says in what it shows."""


def reason_of(error: OSError) -> str:
    """Why a file can't be written, in words."""
    return _REASONS.get(error.errno or 0) or str(error.strerror or error)


def obstacle(path: Path) -> str:
    """Why nothing can be written below the folders of `path`, as far as can be seen without trying; '' otherwise."""
    above = next(one for one in path.absolute().parents if os.path.lexists(one))
    if not above.is_dir():
        return "上级不是文件夹"
    return "" if os.access(above, os.W_OK | os.X_OK) else f"文件夹 {above} 只读或没有权限"


def write_new(path: Path, content: bytes) -> bool:
    """Write `content`, making the folders above; False where something stands there already, which is left alone."""
    if os.path.lexists(path):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    _write([(path, content, None)])
    return True


def write_over(path: Path, content: bytes) -> None:
    """Write `content` in place of what stands there, as `write_together` does."""
    write_together({path: content})


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Write each content in place of what stands there, none before all are on the disk; raises `InUseError` where an
    office program has one open.

    A link stays one, and what it leads to is written. A file keeps its permissions; one that is read-only is refused.
    """
    files = []
    for path, content in contents.items():
        target = Path(os.path.realpath(path))
        lock = lock_of(path) or lock_of(target)
        if lock:
            raise InUseError(lock.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        files.append((target, content, _mode(target)))
    _write(files)


def lock_of(path: Path) -> Path | None:
    """The file by which Excel, WPS or LibreOffice marks the workbook as open, or None."""
    names = [f"~${path.name}", f".~{path.name}", f".~lock.{path.name}#"]
    if len(path.stem) > 8:
        names.append(f"~${path.name[2:]}")  # of a long name some versions drop the first two letters
    return next((mark for mark in map(path.with_name, names) if os.path.exists(mark)), None)


def _mode(path: Path) -> int | None:
    """The permissions that the file in place of this one is to have; None for those that a new file gets."""
    try:
        found = stat.S_IMODE(path.stat().st_mode) & 0o777
    except FileNotFoundError:
        return None
    # moving another file into its place needs no right to write to it, so what it says has to be asked for
    if not found & 0o222 or not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    return found


def _write(files: Sequence[tuple[Path, bytes, int | None]]) -> None:
    made: list[tuple[Path, Path]] = []
    try:
        for path, content, mode in files:
            # the reader skips names with a dot, so a file that was cut off here is no export
            beside = path.with_name(f".itss-kpi-{os.getpid()}-{secrets.token_hex(4)}.tmp")
            made.append((beside, path))
            _write_beside(beside, content, mode)
        for beside, path in made:
            os.replace(beside, path)
    except BaseException:
        for beside, _ in made:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
        raise
    _keep_name(files[0][0].parent)


def _write_beside(beside: Path, content: bytes, mode: int | None) -> None:
    first = 0o666 if mode is None else mode  # less what the umask takes away
    with open(beside, "xb", opener=lambda name, flags: os.open(name, flags, first)) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if mode is not None:
        with suppress(OSError):  # some file systems have no permissions
            os.chmod(beside, mode)


def _keep_name(folder: Path) -> None:
    """Have the folder's list of names on the disk too, where the system can do that; the file is whole either way."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def make_folder(path: Path) -> bool:
    """Make a folder and those above it; False where it is there already."""
    if path.is_dir():
        return False
    path.mkdir(parents=True)
    return True
