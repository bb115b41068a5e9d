"""Formats: what kind of file it is, by its bytes and never by its name, and what may be read of it.

Convention: part of the worker, so only the standard library and its own modules are imported. Whatever can't be read in
full raises `UnreadableError` with a code of the table in `problems` and a Chinese sentence; nothing is read in part.
"""

import json
import re
import zipfile
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path

from itss_kpi.reading.worker.saved import saved_of_compound, saved_of_package, saved_of_text

MEBIBYTE = 1 << 20
MOST_ENTRIES = 10_000
MOST_RATIO = 500
RATIO_MATTERS_FROM = 64 * MEBIBYTE
MOST_ROWS, MOST_COLUMNS, MOST_SHEETS = 1_048_576, 16_384, 1_000
MOST_CELLS = 64_000_000
"""Cells of the box around a sheet's contents: the parser holds each of them, empty or not."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read, as the parent tells its worker in JSON.

    What one file may cost: MiB of memory, seconds, MiB unpacked. The cache's folder and its size in MiB; the folder for
    grids that are not in the cache; the password of encrypted workbooks.
    """

    memory: int = 2048
    seconds: int = 60
    unpacked: int = 1024
    cache: Path | None = None
    cache_size: int = 1024
    folder: Path | None = None
    password: str | None = None

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self), default=str)


def reading_of(line: str) -> Reading:
    """The settings written in a line of JSON."""
    fields = json.loads(line)
    paths = {name: Path(fields[name]) for name in ("cache", "folder") if fields[name] is not None}
    return Reading(**fields | paths)


class UnreadableError(Exception):
    """A file that can't be read in full: `code` of the problem table, and why."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(message)


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD_XLS = (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")
_PICTURES = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"%PDF",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"BM",
    b"\x7fELF",
    b"MZ",
)


def form_of(content: bytes, reading: Reading) -> tuple[str, str | None]:
    """What kind of file it is, and the day on which it says that it was last saved, if it does. Refuses a package that
    is no honest workbook.

    The kinds: xlsx, xlsb, xls, ods, fods, encrypted, parquet, xml (of Excel 2003), html and text.
    """
    if not content:
        raise UnreadableError("D102", "文件是空的(0 字节)")
    if content.startswith(b"PK"):
        return _packaged(content, reading)
    if content.startswith(b"PAR1"):
        return "parquet", None
    if content.startswith(_OLE):
        kind = _compound(content)
        return kind, saved_of_compound(content) if kind == "xls" else None
    if content.startswith(_OLD_XLS):
        return "xls", None
    if content.startswith(_PICTURES):
        raise UnreadableError("D102", "不是表格文件")
    kind = _text_form(content[:65536])
    return kind, saved_of_text(content[:65536]) if kind in ("fods", "xml") else None


def _packaged(content: bytes, reading: Reading) -> tuple[str, str | None]:
    with open_package(content) as package:
        saved = saved_of_package(package)
        form = "ods" if _is_opendocument(package) else _form_by_parts(package)
        _check_package(package, reading)
    return form, saved


def _form_by_parts(package: zipfile.ZipFile) -> str:
    names = {name.lower().replace("\\", "/") for name in package.namelist()}
    if any(name.endswith("workbook.bin") for name in names):
        return "xlsb"
    if any(name.endswith(".xml") and "worksheets/" in name for name in names) or "xl/workbook.xml" in names:
        return "xlsx"
    raise UnreadableError("D102", "是压缩包,但不是工作簿")


def _is_opendocument(package: zipfile.ZipFile) -> bool:
    """By the entry that says so, or by the manifest where some program left that entry out."""
    for name in ("mimetype", "META-INF/manifest.xml"):
        if name in package.NameToInfo and b"opendocument.spreadsheet" in _head(package, name):
            return True
    return False


def _head(package: zipfile.ZipFile, name: str) -> bytes:
    """The beginning of an entry, which may be a bomb."""
    with package.open(name) as entry:
        return entry.read(1 << 16)


def open_package(content: bytes) -> zipfile.ZipFile:
    """The zip archive, which must be whole."""
    try:
        return zipfile.ZipFile(BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise UnreadableError("D116", "文件不完整,可能正在写入或没有传完") from None


def _check_package(package: zipfile.ZipFile, reading: Reading) -> None:
    """Refuse what is no honest workbook before anything of it is unpacked."""
    entries = package.infolist()
    if len(entries) > MOST_ENTRIES:
        raise UnreadableError("D113", f"压缩包内有 {len(entries)} 个条目,上限 {MOST_ENTRIES};此限不可调")
    names = {entry.filename.casefold() for entry in entries}
    if len(names) < len(entries):
        raise UnreadableError("D121", "压缩包内有同名条目,不知以哪个为准")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise UnreadableError("D112", "压缩包已加密")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > reading.unpacked * MEBIBYTE:
        raise UnreadableError("D113", f"解压后有 {unpacked // MEBIBYTE} MiB,上限 unpacked 为 {reading.unpacked} MiB")
    for entry in entries:
        if entry.file_size > RATIO_MATTERS_FROM and entry.file_size > MOST_RATIO * max(1, entry.compress_size):
            raise UnreadableError("D113", f"{entry.filename} 的压缩比超过 {MOST_RATIO},像是压缩炸弹;此限不可调")


_OF_WORKBOOK = re.compile(b"".join(b"[%c%c]\\x00" % (one, one ^ 32) for one in b"BOOK"))


def _compound(content: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in content:
        return "encrypted"
    # a stream's name knows no case, as [MS-CFB] 2.6.4 compares them
    if _OF_WORKBOOK.search(content):
        return "xls"
    raise UnreadableError("D102", "是旧版 Office 文件,但不是工作簿")


def _text_form(head: bytes) -> str:
    lowered = head.replace(b"\0", b"").lower()
    if lowered.lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").startswith(b"<"):
        if b"urn:schemas-microsoft-com:office:spreadsheet" in lowered:
            return "xml"
        if b"opendocument.spreadsheet" in lowered[:4096]:
            return "fods"
    return "html" if any(mark in lowered for mark in (b"<html", b"<table", b"<!doctype html")) else "text"
