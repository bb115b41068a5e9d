"""Whole files: what a command writes is there in full or not at all, and what stood there before stays until then."""

import os
from pathlib import Path


class InUseError(Exception):
    """Somebody has the file open; the message says in what it shows."""


def write_new(path: Path, content: bytes) -> bool:
    """Write `content`, making the folders above; False where something stands there already, which is left alone."""
    if os.path.lexists(path):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, content)
    return True


def write_over(path: Path, content: bytes) -> None:
    """Write `content` in place of what stands there; raises `InUseError` where an office program has it open."""
    lock = lock_of(path)
    if lock:
        raise InUseError(lock.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, content)


def lock_of(path: Path) -> Path | None:
    """The file by which Excel, WPS or LibreOffice marks the workbook as open, or None."""
    # of a long name Excel drops the first two letters
    names = (f"~${path.name}", f"~${path.name[2:]}", f".~lock.{path.name}#")
    return next((mark for mark in map(path.with_name, names) if mark.exists()), None)


def _write(path: Path, content: bytes) -> None:
    # the reader skips names with a dot, so a file that was cut off here is no export
    beside = path.with_name(f".itss-kpi-{os.getpid()}.tmp")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def make_folder(path: Path) -> bool:
    """Make a folder and those above it; False where it is there already."""
    if path.is_dir():
        return False
    path.mkdir(parents=True)
    return True
