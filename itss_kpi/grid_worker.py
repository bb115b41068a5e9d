"""One process that turns export files into grids: text cells with the sheet's row numbers, as Arrow files.

It runs beside the main process, which meanwhile imports pandas; so it imports the reader and pyarrow only, and nothing
of this package. Convention: a request and an answer are one JSON object a line on stdin and stdout; a request is
``{"id", "path", "folder"}``, an answer ``{"id", "sha256", "sheets": [...]}`` or ``{"id", "error"}``. The end of stdin
ends the process.
"""

import hashlib
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import fastexcel
import pyarrow as pa

THREADS = 2
_UNREADABLE = (OSError, ValueError, fastexcel.FastExcelError, zipfile.BadZipFile, ElementTree.ParseError, KeyError)
_FORMULA = re.compile(rb"<c\b(?P<attributes>[^>]*)>\s*<f\b.*?</c>", re.DOTALL)
_ADDRESS = re.compile(rb'\br="(?P<letters>[A-Z]{1,3})(?P<row>\d{1,7})"')
_STORED = re.compile(rb"<v\b[^>]*>[^<]|<is\b")


def main() -> None:
    """Answer the requests on stdin until it ends."""
    with ThreadPoolExecutor(THREADS) as pool:
        requests = (json.loads(line) for line in sys.stdin)
        waiting = [pool.submit(answer, request) for request in requests]
        for done in waiting:
            sys.stdout.write(json.dumps(done.result(), ensure_ascii=True) + "\n")
            sys.stdout.flush()


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Read one file whole, so that its hash and its cells are those of the same bytes."""
    try:
        content = Path(request["path"]).read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        reader = fastexcel.read_excel(content)
        unsaved = unsaved_formulas(content)
        sheets = [
            {**sheet, "unsaved": unsaved.get(sheet["name"], [])}
            for sheet in _sheets(reader, Path(request["folder"]), request["id"])
        ]
    except _UNREADABLE as error:
        return {"id": request["id"], "error": str(error).splitlines()[0] if str(error) else type(error).__name__}
    return {"id": request["id"], "sha256": sha256, "sheets": sheets}


def _sheets(reader: Any, folder: Path, request: int) -> Iterator[dict[str, Any]]:
    for at, name in enumerate(reader.sheet_names):
        # skip_rows=0 keeps leading blank rows, so that row numbers stay those of the sheet
        sheet = reader.load_sheet(at, header_row=None, skip_rows=0, dtypes="string")
        indexes = [column.absolute_index for column in sheet.selected_columns]
        batch, errors = sheet.to_arrow_with_errors() if indexes else (None, None)
        path = folder / f"{request}-{at}.arrow"
        if batch is not None:
            _write(path, batch)
        positions = [list(error.offset_position) for error in errors.errors] if errors else []
        yield {"name": name, "path": str(path), "indexes": indexes if batch is not None else [], "errors": positions}


def unsaved_formulas(content: bytes) -> dict[str, list[list[int]]]:
    """By sheet, the (row, column) indexes of formulas that no program has stored a value for; readers see a blank."""
    if not content.startswith(b"PK"):
        return {}
    found: dict[str, list[list[int]]] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name, part in _parts_of(package):
            text = package.read(part)
            if b"<f" in text:
                found[name] = [
                    _position(cell["attributes"])
                    for cell in _FORMULA.finditer(text)
                    # a text result may well be empty; a cell of another type has a value or was never calculated
                    if b't="str"' not in cell["attributes"] and not _STORED.search(cell.group())
                ]
    return found


def _parts_of(package: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    if "xl/workbook.xml" not in package.namelist():
        return
    links = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): str(link.get("Target")) for link in links}
    for sheet in ElementTree.fromstring(package.read("xl/workbook.xml")).iter():
        if sheet.tag.endswith("}sheet"):
            relation = next(value for key, value in sheet.attrib.items() if key.endswith("}id"))
            target = targets.get(relation, "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if part in package.NameToInfo and part.endswith(".xml"):
                yield str(sheet.get("name")), part


def _position(attributes: bytes) -> list[int]:
    address = _ADDRESS.search(attributes)
    if address is None:
        raise ValueError("a formula cell without an address")
    column = 0
    for letter in address["letters"]:
        column = column * 26 + letter - 64
    return [int(address["row"]) - 1, column - 1]


def _write(path: Path, batch: Any) -> None:
    columns = pa.record_batch(batch)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, columns.schema) as writer:
        writer.write_batch(columns)


if __name__ == "__main__":
    main()
