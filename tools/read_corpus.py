"""Reads every file below a folder as an export, to see that each gives a table or a coded problem, and nothing else.

For a folder of public or damaged workbooks: `python tools/read_corpus.py FOLDER`. Each sheet is also cut and typed as a
ledger made up from its own first texts, so that the whole way to a typed table is walked. Prints the codes, the slowest
files and every fault; exits with 1 where there is one.
"""

import os
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

from itss_kpi.catalogue.sources import Source
from itss_kpi.core.problem_codes import CODES
from itss_kpi.core.stated import Stated
from itss_kpi.reading.exports import Found, raw_exports
from itss_kpi.reading.grid import RawExport
from itss_kpi.reading.reader import Answer, Reader
from itss_kpi.reading.worker.file_types import Reading
from itss_kpi.tables.build import build_table

BATCH = 200
TYPES = ("text", "text", "integer", "decimal", "percent", "date", "datetime", "period", "yes_no")
YEAR = 2022


def main() -> None:
    """Read all, and say what came of it."""
    folder = Path(sys.argv[1])
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    codes: Counter[str] = Counter()
    faults: list[str] = []
    started = time.monotonic()
    for at in range(0, len(files), BATCH):
        batch = files[at : at + BATCH]
        with Reader() as reader:
            reader.ask(batch, Reading(seconds=60))
            for path, answer in zip(batch, reader.answers(), strict=True):
                codes[answer.get("code") or answer.get("format", "?").split()[0]] += 1
                if answer.get("code") in os.environ.get("SHOW", "D114 D115").split():
                    print(answer["code"], path, answer["message"])
                fault = _fault(path, answer)
                if fault:
                    faults.append(f"{path}: {fault}")
        print(f"{at + len(batch)} files, {time.monotonic() - started:.0f} s", file=sys.stderr)
    print(f"{len(files)} files in {time.monotonic() - started:.0f} s: {dict(codes.most_common())}")
    print("\n".join(faults))
    print(f"{len(faults)} faults")
    sys.exit(bool(faults))


def _fault(path: Path, answer: Answer) -> str | None:
    if "code" in answer:
        return None if answer["code"] in CODES and answer["message"] else f"no proper problem: {answer}"
    if not answer.get("sheets"):
        return "neither a sheet nor a problem"
    try:
        found = Found("x", "部门", path, path.name, Stated())
        raws = list(raw_exports(found, answer, Source.model_validate(_declared({}))))
        for raw in raws[:3]:
            source = Source.model_validate(_declared(_columns(raw)))
            table, _ = build_table("x", source, [raw], ["部门"], YEAR)
            wrong = [export for export in table.exports if not export.rows.adds_up]
            if wrong:
                return f"rows don't add up: {wrong[0].rows}"
    except Exception:
        return traceback.format_exc()
    return None


def _declared(columns: dict[str, dict[str, object]]) -> dict[str, object]:
    columns = columns or {"编号": {}}
    return {"name": "台账", "departments": ["部门"], "files": "*", "key": [next(iter(columns))], "columns": columns}


def _columns(raw: RawExport) -> dict[str, dict[str, object]]:
    """Columns named by the first row that has at least two texts."""
    for row in raw.grid.cells.slice(0, 30).to_pylist():
        names = list(dict.fromkeys(str(text).strip() for text in row.values() if text and str(text).isidentifier()))
        if len(names) > 1:
            return {name: {"type": kind} for name, kind in zip(names, TYPES, strict=False)}
    return {}


if __name__ == "__main__":
    main()
