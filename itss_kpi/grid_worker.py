"""One process that turns export files into grids: text cells with the sheet's row numbers, as Arrow files.

It runs beside the main process, which meanwhile imports pandas; so it imports the reader and pyarrow only, and nothing
of this package. Convention: a request and an answer are one JSON object a line on stdin and stdout; a request is
``{"id", "path", "folder"}``, an answer ``{"id", "sha256", "sheets": [...]}`` or ``{"id", "error"}``. The end of stdin
ends the process.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import fastexcel
import pyarrow as pa

THREADS = 2


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
        sheets = list(_sheets(reader, Path(request["folder"]), request["id"]))
    except (OSError, ValueError, fastexcel.FastExcelError) as error:
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


def _write(path: Path, batch: Any) -> None:
    columns = pa.record_batch(batch)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, columns.schema) as writer:
        writer.write_batch(columns)


if __name__ == "__main__":
    main()
