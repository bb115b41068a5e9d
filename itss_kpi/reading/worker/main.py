"""One process that turns export files into grids: text cells with the sheet's row numbers, as Arrow files.

It runs beside the main process, which meanwhile imports pandas; so it imports what a file needs when it needs it, and
of this package only the reader's own modules. Convention: one JSON object a line. The first line on stdin is the
settings (`Reading`), each further one a request ``{"id", "path"}``; the end of stdin ends the process. Answers on
stdout: ``{"id", "started": true}`` before a file is opened, then ``{"id", "sha256", "format", "sheets": [...]}`` or
``{"id", "code", "message"}``. A file that makes the process die or hang is found by the parent from what was started.
"""

import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from io import BytesIO
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from itss_kpi.reading.worker.file_types import MEBIBYTE, MOST_SHEETS, Reading, UnreadableError, form_of, reading_of
from itss_kpi.reading.worker.spared import spare

if TYPE_CHECKING:
    from itss_kpi.reading.worker.cache import Cache
    from itss_kpi.reading.worker.grid_file import SheetGrid

THREADS = 2


def main() -> None:
    """Answer the requests on stdin until it ends."""
    spare("pandas", "numpy")
    Thread(target=_get_ready, daemon=True).start()
    reading = reading_of(sys.stdin.readline())
    _limit_memory(reading.memory)
    cache = _open_cache(reading)
    lock = Lock()

    def say(answer: dict[str, Any]) -> None:
        with lock:
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()

    def work(request: dict[str, Any]) -> dict[str, Any]:
        say({"id": request["id"], "started": True})
        found = answer(Path(request["path"]), request["id"], reading, cache)
        say({"id": request["id"]} | found)
        return found

    with ThreadPoolExecutor(THREADS) as pool:
        answers = [done.result() for done in [pool.submit(work, json.loads(line)) for line in sys.stdin]]
    # the parent has all it needs and goes on; what was read is kept for the next time
    for found in answers:
        if cache and found.pop("new", False):
            cache.keep(found)
    os._exit(0)  # nothing is left to be tidied up, and to free a million cells one by one takes a while


def _get_ready() -> None:
    """Import what most files need, while the parent finds out which files there are."""
    from itss_kpi.reading.worker import cache as grid_cache
    from itss_kpi.reading.worker import ooxml as packages  # noqa: F401

    grid_cache.versions()


def _limit_memory(most: int) -> None:
    """Where the system can: an allocation beyond the limit then ends this process, and no other."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_DATA, (most * MEBIBYTE, most * MEBIBYTE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _open_cache(reading: Reading) -> "Cache | None":
    if reading.cache is None:
        return None
    from itss_kpi.reading.worker.cache import Cache

    try:
        return Cache(reading.cache, reading.cache_size * MEBIBYTE)
    except OSError:
        return None


def answer(path: Path, number: int, reading: Reading, cache: "Cache | None") -> dict[str, Any]:
    """Read one file whole, so that its hash and its cells are those of the same bytes."""
    try:
        content = _content(path)
        sha256 = hashlib.sha256(content).hexdigest()
        known = cache.find(sha256) if cache else None
        return known or _read(content, sha256, number, reading)
    except UnreadableError as reason:
        return {"code": reason.code, "message": reason.message}
    except MemoryError:  # perhaps for what the other thread holds: alone, the file has all of it
        os._exit(1)
    except BaseException as error:  # a panic of the parser is no Exception
        return {"code": "D102", "message": f"不是可以识别的工作簿,或文件已损坏({type(error).__name__})"}


def _content(path: Path) -> bytes:
    """The bytes of a regular file; opened without waiting, should it have become something else."""
    try:
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UnreadableError("D119", "不是普通文件")
            return file.read()
    except OSError as error:
        raise UnreadableError("D102", f"文件打不开:{error.strerror}") from None


def _read(content: bytes, sha256: str, number: int, reading: Reading) -> dict[str, Any]:
    form, saved = form_of(content, reading)
    secret = False
    if form == "encrypted":
        content, secret = _decrypted(content, reading.password)
        form, saved = form_of(content, reading)
    try:
        grids, form = _grids(content, form)
    except UnreadableError as reason:
        if (form, reason.code) != ("xls", "D112"):
            raise
        content, secret = _decrypted(content, reading.password)
        grids, form = _grids(content, form)
    found: dict[str, Any] = {
        "sha256": sha256,
        "format": form,
        "saved": saved,
        "sheets": list(_written(grids, number, reading.folder)),
    }
    if not any(sheet["indexes"] for sheet in found["sheets"]):
        raise UnreadableError("D102", "各工作表都没有填内容")
    # what a password protects is not written anywhere that lasts
    return found | {"secret" if secret else "new": True}


_READERS = {
    "xlsx": "ooxml.read_workbook",
    "xlsb": "xlsb.read_xlsb",
    "xls": "xls.read_any_xls",
    "ods": "opendocument.read_ods",
    "fods": "opendocument.read_flat_ods",
    "parquet": "parquet.read_parquet",
    "xml": "spreadsheet_xml.read_xml",
    "html": "html.read_html",
    "text": "delimited.read_delimited",
}
"""What reads a kind of file; those of text say what they found of it, too."""


def _grids(content: bytes, form: str) -> "tuple[Iterable[SheetGrid], str]":
    """The sheets, and what kind of file it is."""
    module, _, name = _READERS[form].partition(".")
    read = getattr(import_module(f"itss_kpi.reading.worker.{module}"), name)
    if form not in ("html", "text"):
        return read(content), form
    grids, found = read(content)
    return grids, f"{'csv' if form == 'text' else form} {found}"


def _written(grids: "Iterable[SheetGrid]", number: int, folder: Path | None) -> Iterator[dict[str, Any]]:
    from itss_kpi.reading.worker.grid_file import write_grid

    for at, grid in enumerate(grids):
        if at >= MOST_SHEETS:
            raise UnreadableError("D113", f"有 {MOST_SHEETS} 张以上的工作表;此限不可调")
        path = (folder or Path()) / f"{number}-{at}.arrow"
        write_grid(path, grid.cells)
        yield grid.facts() | {"path": str(path)}


_OWN_PASSWORD = "VelvetSweatshop"
"""That of Excel's own, by which it opens a workbook without asking ([MS-OFFCRYPTO] 2.3.6)."""


def _decrypted(content: bytes, password: str | None) -> tuple[bytes, bool]:
    """The workbook itself, and whether it was a secret."""
    try:
        import msoffcrypto
    except ImportError:
        what = "工作簿已加密(打开时不问密码的,是 Excel 用默认密码加的,另存一次即可)"
        raise UnreadableError("D112", f"{what};请去掉密码再交,或安装 itss-kpi[encrypted] 后提供密码") from None
    what = "没有提供密码" if password is None else "所给的密码不对"
    for candidate in (_OWN_PASSWORD, password):
        plain = BytesIO()
        try:
            office = msoffcrypto.OfficeFile(BytesIO(content))
            asked = {"verify_password": True} if office.format == "ooxml" else {}  # an .xls is always asked
            office.load_key(password=candidate, **asked)
            what = "密码对,内容却解不开" if candidate == password else "用的是 Excel 的默认密码,内容却解不开,请另存一次"
            office.decrypt(plain)
        except Exception:  # whatever it says, it is not that one
            continue
        return plain.getvalue(), candidate != _OWN_PASSWORD
    raise UnreadableError("D112", f"工作簿已加密,{what}")


if __name__ == "__main__":
    main()
