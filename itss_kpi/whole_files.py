"""Whole files: what a command writes is there in full or not at all, and nothing that exists is overwritten."""

import os
from pathlib import Path


def write_new(path: Path, content: bytes) -> bool:
    """Write `content`, making the folders above; False where something stands there already, which is left alone."""
    if os.path.lexists(path):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    # the reader skips names with a dot, so a file that was cut off here is no export
    beside = path.with_name(f".itss-kpi-{os.getpid()}.tmp")
    try:
        beside.write_bytes(content)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return True


def make_folder(path: Path) -> bool:
    """Make a folder and those above it; False where it is there already."""
    if path.is_dir():
        return False
    path.mkdir(parents=True)
    return True
