"""A bounded fuzz of the reader: small files of tickets in every format, with bytes flipped, cut, doubled and swapped.

Whatever a file has become, it gives a table or a coded problem, every row of a table is accounted for, and nothing else
happens: no exception, no hang. All files of a batch lie in one data folder and are read by the public path at once.

    python tests/kit/mutate.py --seed 1 --runs 2000

One seed gives the same files every time; a file that fails is kept in `--keep`, under its number.
"""

import argparse
import functools
import io
import random
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kit.ledgers import CATALOGUE, NAME, Page, html, merged_page, ods, page, text, tickets, xls, xlsx, xml_2003

from itss_kpi.catalogue.catalogue import sources_of
from itss_kpi.catalogue.load import load
from itss_kpi.core.problems import CODES
from itss_kpi.reading.exports import find_exports, read_exports
from itss_kpi.reading.reader import Reader
from itss_kpi.tables.build import build_table

OLE = b"\xd0\xcf\x11\xe0"
BATCH = 60  # files in one folder
FOLDER = "运维部"


def pages() -> Sequence[Page]:
    """Two sheets of a few records, with a title, merged cells, a hidden row and a total."""
    rows = tickets()
    return page(rows[:8], hidden_rows=(3,)), merged_page(rows[10:18], "8月")


@functools.cache  # a workbook says when it was written
def seeds() -> dict[str, bytes]:
    """A small file of each format, by extension."""
    both = pages()
    return {
        "xlsx": xlsx(*both),
        "xls": xls(*both),
        "ods": ods(*both),
        "html.xls": html(both[1]),
        "xml.xls": xml_2003(*both),
        "csv": text(both[0]).encode("gb18030"),
        "tsv": text(both[1], "\t").encode("utf-16"),
        "txt": text(both[0], ";").encode("utf-8-sig"),
    }


# ---- mutations: bytes to bytes


Mutation = Callable[[random.Random, bytearray], None]
# what parsers stumble over, rather than bytes at random
TOKENS = (
    b"4294967297", b"-1", b"99999999999999999999", b"1048577", b'r="1"', b"XFD1048576", b"<", b">", b"&", b"&#0;", b"&#x1b;",
    b'"', b"]]>", b"<!--", b"\x00", b"\xff\xfe", b"\x1b[31m", b"</row>", b"<c/>", b"</table>", b"NaN", b"1e999", b"\n", b",", b"=",
    b"<!DOCTYPE x [<!ENTITY y 'z'>]>", b"PK\x05\x06", OLE, "合计".encode(), "合计".encode("gb18030"),
)  # fmt: skip


def _flip(dice: random.Random, data: bytearray) -> None:
    for _ in range(dice.choice((1, 1, 4, 40))):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def _cut(dice: random.Random, data: bytearray) -> None:
    start, end = _span(dice, data)
    del data[start:end]


def _end(dice: random.Random, data: bytearray) -> None:
    del data[dice.randrange(len(data)) :]


def _double(dice: random.Random, data: bytearray) -> None:
    start, end = _span(dice, data)
    data[end:end] = data[start:end] * dice.choice((1, 1, 2, 50))


def _swap(dice: random.Random, data: bytearray) -> None:
    start, end = _span(dice, data)
    moved = bytes(data[start:end])
    del data[start:end]
    at = dice.randrange(len(data) + 1)
    data[at:at] = moved


def _insert(dice: random.Random, data: bytearray) -> None:
    at = dice.randrange(len(data) + 1)
    data[at:at] = dice.choice(TOKENS)


def _digits(dice: random.Random, data: bytearray) -> None:
    found = [at for at, byte in enumerate(data) if 0x30 <= byte <= 0x39]
    for at in dice.sample(found, min(len(found), dice.choice((1, 3)))):
        data[at : at + 1] = dice.choice((b"0", b"9", b"-", b"99999999999", b""))


def _fill(dice: random.Random, data: bytearray) -> None:
    start, end = _span(dice, data)
    data[start:end] = bytes([dice.randrange(256)]) * (end - start)


def _overwrite(dice: random.Random, data: bytearray) -> None:
    token = dice.choice(TOKENS)
    at = dice.randrange(len(data))
    data[at : at + len(token)] = token[: len(data) - at]


IN_PLACE: tuple[Mutation, ...] = (_flip, _overwrite, _fill)  # whose bytes stay where offsets expect them
MUTATIONS: tuple[Mutation, ...] = (_flip, _flip, _cut, _end, _double, _swap, _insert, _insert, _digits, _fill)


def _span(dice: random.Random, data: bytearray) -> tuple[int, int]:
    start = dice.randrange(len(data))
    return start, min(len(data), start + dice.choice((1, 4, 30, 300)))


def mutated(dice: random.Random, content: bytes) -> bytes:
    """The bytes after one to three mutations; most of those of an OLE file keep its length."""
    data = bytearray(content)
    kinds = IN_PLACE if content.startswith(OLE) and dice.random() < 0.8 else MUTATIONS
    for _ in range(dice.choice((1, 1, 2, 3))):
        if data:
            dice.choice(kinds)(dice, data)
    return bytes(data)


def mutated_inside(dice: random.Random, content: bytes) -> bytes:
    """The package with one part mutated, zipped again: the container is whole."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        sheets = [name for name in old.namelist() if name.startswith("xl/worksheets/") or name == "content.xml"]
        chosen = dice.choice(sheets if dice.random() < 0.6 else old.namelist())
        for name in old.namelist():
            part = old.read(name)
            undated = zipfile.ZipInfo(name)  # the same bytes whenever it is made
            undated.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(undated, mutated(dice, part) if name == chosen else part)
    return buffer.getvalue()


def cases(seed: int, runs: int) -> Iterator[tuple[str, bytes]]:
    """File names and contents; the nth of a seed is always the same, whatever `runs` is."""
    found = list(seeds().items())
    for at in range(runs):
        dice = random.Random(f"{seed}/{at}")
        extension, content = found[at % len(found)]
        inside = content.startswith(b"PK") and dice.random() < 0.75
        yield f"{NAME}_{at:06d}.{extension}", (mutated_inside if inside else mutated)(dice, content)


# ---- runs


@dataclass(frozen=True)
class Outcome:
    """What a batch gave: files with a table, files with a problem only, and what must not be, by file name."""

    tables: int
    refused: int
    failures: dict[str, str]


def read(folder: Path, names: Sequence[str]) -> Outcome:
    """Read the folder by the public path; every file must be accounted for."""
    catalogue, problems = load(CATALOGUE, "kpi.yaml")
    assert catalogue, problems
    plan, source = catalogue.plan, catalogue.sources["tickets"]
    with Reader() as reader:
        files, found = find_exports(catalogue, folder, sources_of(catalogue.indicators))
        reader.ask([found.path for found in files])
        raws, told = read_exports(catalogue, files, reader)
        table, cells = build_table("tickets", source, raws.get("tickets", []), plan.departments, plan.year)
    said = [*found, *told, *cells]
    failures = {problem.place.path: f"unknown code {problem.code}" for problem in said if problem.code not in CODES}
    failures |= {problem.place.path: f"{problem.code} says nothing" for problem in said if not problem.message}
    named = {problem.place.path for problem in said}
    tables = {export.path for export in table.exports}
    for name in names:
        if f"{FOLDER}/{name}" not in named | tables:
            failures[f"{FOLDER}/{name}"] = "neither a table nor a problem"
    return Outcome(len(tables), len(names) - len(tables), failures)


def fuzz(seed: int, runs: int, keep: Path | None = None) -> Outcome:
    """Batches until `runs` files were read. A batch that raises is a failure of the batch, named by its first file."""
    tables, refused, failures = 0, 0, {}
    pending = list(cases(seed, runs))
    while pending:
        batch, pending = pending[:BATCH], pending[BATCH:]
        with tempfile.TemporaryDirectory() as root:
            folder = Path(root) / "data"
            (folder / FOLDER).mkdir(parents=True)
            for name, content in batch:
                (folder / FOLDER / name).write_bytes(content)
            try:
                outcome = read(folder, [name for name, _ in batch])
            except Exception as error:
                raised = {f"{FOLDER}/{batch[0][0]}": f"a file of this batch raised {type(error).__name__}: {error}"}
                outcome = Outcome(0, 0, raised)
            if keep and outcome.failures:
                keep.mkdir(parents=True, exist_ok=True)
                for name, _ in batch:
                    shutil.copy(folder / FOLDER / name, keep / name)
        tables, refused, failures = tables + outcome.tables, refused + outcome.refused, failures | outcome.failures
    return Outcome(tables, refused, failures)


def main(arguments: Sequence[str] | None = None) -> int:
    """The script: exit code 1 where a file did what none may do."""
    parser = argparse.ArgumentParser(description="bounded fuzz of the reader")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--keep", type=Path, default=None, help="folder for the files of a batch that failed")
    given = parser.parse_args(arguments)
    outcome = fuzz(given.seed, given.runs, given.keep)
    for path, why in outcome.failures.items():
        sys.stdout.write(f"{path}: {why}\n".encode("utf-8", "backslashreplace").decode())
    sys.stdout.write(
        f"seed {given.seed}: {outcome.tables} tables, {outcome.refused} refused, {len(outcome.failures)} failed\n"
    )
    return 1 if outcome.failures else 0


if __name__ == "__main__":
    sys.exit(main())
