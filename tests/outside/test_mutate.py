"""A very small run of the fuzz, that it can fail, and what it relies on; `make fuzz` is the long run."""

import io
import sys
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from kit import mutate
from kit.mutate import MUTATIONS, Case, Cells, Held, cases, fuzz, main, run, seeds, wrong

from itss_kpi.reading import reader
from itss_kpi.reading.grid import RawExport
from itss_kpi.tables.build import build_table


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_of_sixty_changed_files_none_does_what_none_may_do(tmp_path: Path) -> None:
    outcome = fuzz(seed=20221001, runs=60, keep=tmp_path / "kept")
    assert outcome.failures == {}
    assert outcome.read + outcome.refused == 60
    assert min(outcome.read, outcome.refused) > 15
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_file_that_nothing_was_done_to_is_read_as_it_was_written(tmp_path: Path) -> None:
    whole = [Case(f"工单_2022Q3.{name}", seed, seed.content, seed.cells, False) for name, seed in seeds().items()]
    outcome = run(whole, tmp_path)
    assert (outcome.read, outcome.refused, outcome.failures) == (len(whole), 0, {})


def test_one_seed_gives_the_same_files_each_time() -> None:
    first, again = ({case.name: case.content for case in cases(3, runs)} for runs in (40, 80))
    assert first.items() <= again.items()
    assert first != {case.name: case.content for case in cases(4, 40)}
    whole = {seed.content for seed in seeds().values()}
    assert sum(content in whole for content in again.values()) < len(again) / 10
    assert len(MUTATIONS) > 5


def test_every_kind_of_change_is_made_to_every_format_that_has_it() -> None:
    edited, sealed, damaged = set(), set(), set()
    for case in cases(1, 400):
        kind = edited if not case.refusable else damaged if case.cells is None else sealed
        kind.add(case.extension)
    assert edited == damaged == set(seeds())
    assert sealed == {"xlsx", "ods", "xlsb"}


# ---- planted faults: a worker that does one thing wrong

WORKER = """
import os, time
from itss_kpi.reading.worker import delimited, grid_file, html, main
from itss_kpi.reading.worker.file_types import UnreadableError
{fault}
main.main()
"""
CHANGES_A_CELL = """
write = grid_file.write_grid
def changed(path, cells):
    import pyarrow as pa
    columns = {name: cells.column(name).to_pylist() for name in cells.column_names}
    columns["4"][-2] = "P1" if columns["4"][-2] != "P1" else "P2"  # which stands elsewhere in the file
    write(path, pa.table({name: pa.array(texts, pa.string()) for name, texts in columns.items()}))
grid_file.write_grid = changed
"""
DIES = """
delimited.read_delimited = lambda content: os._exit(3)
"""
TAKES_TOO_LONG = """
html.read_html = lambda content: time.sleep(60)
"""
SAYS_NOTHING = """
def refuse(content):
    raise UnreadableError("D102", "")
delimited.read_delimited = refuse
"""
HAS_A_CODE_OF_ITS_OWN = SAYS_NOTHING.replace('"D102", ""', '"D999", "什么"')


@pytest.mark.parametrize(
    ("fault", "formats", "said"),
    [
        (
            CHANGES_A_CELL,
            set(seeds()),
            "not the cells that were written",
        ),
        (DIES, {"csv", "tsv", "txt"}, "the worker died"),
        (TAKES_TOO_LONG, {"html.xls"}, "not read after 1 seconds"),
        (SAYS_NOTHING, {"csv", "tsv", "txt"}, "D102 says nothing"),
        (HAS_A_CODE_OF_ITS_OWN, {"csv", "tsv", "txt"}, "D999"),
    ],
)
def test_a_planted_fault_is_found_in_every_format_that_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, formats: set[str], said: str
) -> None:
    script = tmp_path / "worker.py"
    script.write_text(WORKER.format(fault=fault), encoding="utf-8")
    monkeypatch.setattr(reader, "_COMMAND", [sys.executable, str(script)])
    monkeypatch.setattr(mutate, "SECONDS", 1)
    edited = [case for case in cases(1, 300) if not case.refusable]
    one_each = {case.extension: case for case in edited}
    (tmp_path / "data").mkdir()
    outcome = run(list(one_each.values()), tmp_path / "data")
    assert {path.split(".", 1)[1] for path in outcome.failures} == formats
    assert all(said in what for what in outcome.failures.values()), outcome.failures


def test_the_script_fails_where_a_batch_raises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("甲")

    monkeypatch.setattr(mutate, "build_table", broken)
    assert main(["--runs", "2", "--keep", str(tmp_path / "kept")]) == 1
    assert "raised KeyError: '甲'" in capsys.readouterr().out
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_of_a_batch_that_raises_the_culprit_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails_over(name: str, source: object, raws: Sequence[RawExport], *rest: object) -> object:
        if any(raw.format.startswith("html") for raw in raws):
            raise KeyError("甲")
        return build_table(name, source, raws, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(mutate, "build_table", fails_over)
    whole = [Case(f"工单_2022Q3.{name}", seed, seed.content, seed.cells, False) for name, seed in seeds().items()]
    monkeypatch.setattr(mutate, "cases", lambda *_: whole)
    outcome = fuzz(1, len(whole))
    assert outcome.failures == {"运维部/工单_2022Q3.html.xls": "raised KeyError: '甲'"}
    assert outcome.read == len(whole) - 1


# ---- what may come of a case

CSV = seeds()["csv"]
PLACE = (0, 1, 0)
OTHER = CSV.cells | {PLACE: "甲"}
LESS = {place: cell for place, cell in CSV.cells.items() if place != PLACE}


def case(content: bytes = CSV.content, cells: Cells | None = None, refusable: bool = True) -> Case:
    return Case("a.csv", CSV, content, cells, refusable)


@pytest.mark.parametrize(
    ("one", "read", "codes", "expected"),
    [
        (case(), CSV.cells, (), None),
        (case(), LESS, (), None),
        (case(), OTHER, (), "made up"),
        (case("甲".encode()), OTHER, (), None),
        (case(cells=CSV.cells), OTHER, (), "not the cells"),
        (case(cells=CSV.cells), LESS, (), "not the cells"),
        (case(cells=CSV.cells), CSV.cells, (), None),
        (case(cells=CSV.cells), None, ("D102",), None),
        (case(cells=CSV.cells, refusable=False), None, ("D102",), "refused"),
        (case(), None, (), "neither"),
        (case(), None, ("D114",), "the worker died"),
        (replace(case(), name="工单_2022Q3.xls"), None, ("D114",), None),
        (replace(case(), name="工单_2022Q3.xml.xls"), None, ("D114",), "the worker died"),
        (case(), None, ("D115",), "not read after"),
    ],
)  # fmt: skip
def test_what_is_wrong(one: Case, read: Cells | None, codes: Collection[str], expected: str | None) -> None:
    found = wrong(one, read, codes)
    assert found is expected if expected is None else expected in str(found)


XML = b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
OF_TWO_CELLS = (
    XML + b'<c><is><t>%b</t></is></c><c r="B1"><is><t>%b</t></is></c>',
    XML + b"<si><t>%b</t></si><si><t>%b</t></si>",
    XML + b"<Cell><Data>%b</Data></Cell> <Cell><Data>%b</Data></Cell>",
    XML + b"<table:table-cell><text:p>%b</text:p></table:table-cell><table:table-cell><text:p>%b</text:p>",
    b"<td>%b<td>%b",
    b"<TD>%b</TD><b>%b</b>",
)


def packed(part: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("a.bin", part)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "cell", "held"),
    [
        (b"<t>a &amp;\n<b>b</b></t>", "a & b", True),
        (b"<t>a &amp;\n<b>b</b></t>", "a & c", False),
        (b"<t>a &amp;\n<b>b</b></t>", "&amp;", True),
        ("甲".encode("gb18030"), "甲", True),
        ("甲".encode("utf-16-le"), "甲", True),
        (b"2022-07-01T08:30:00", "2022-07-01 08:30:00", True),
        (b"<v>44743.354166666664</v>", "2022-07-01 08:30:00", True),  # days since 1899-12-30
        (b"<v>43281.354166666664</v>", "2022-07-01 08:30:00", True),  # days since 1904
        (b"<v>44743.3542</v>", "2022-07-01 08:30:00", False),
        (b"<v>1.5</v>", "36:00:00", True),
        (b"<v>1.5</v>", "36:00:01", False),
        (b"<v>10E-2</v>", "0.1", True),
        (mutate.OLE + bytes.fromhex("000000000000f83f") + b"xx", "1.5", True),  # a double
        (mutate.OLE + bytes.fromhex("a6000000") + bytes(5), "41", True),  # an RK: 41 * 4 + 2
        (mutate.OLE + bytes.fromhex("a7000000") + bytes(5), "0.41", True),  # and a hundredth of it
        (mutate.OLE + bytes.fromhex("a6000000") + bytes(5), "42", False),
        (mutate.OLE + bytes.fromhex("6b220000") + bytes(5), "2202%", True),  # 2202 * 4 + 3: a hundredth
        (mutate.OLE + bytes.fromhex("6b220000") + bytes(5), "2203%", False),
        (mutate.OLE + bytes.fromhex("000000000000ee3f") + b"xx", "93.75%", True),
        (mutate.OLE + bytes.fromhex("000000000000ee3f") + b"xx", "93.750001%", False),
        (packed(bytes.fromhex("0409 05000000 01000000 01")), "true", True),  # a boolean in the sixth column
        (packed(bytes.fromhex("0409 05000000 01000000 02")), "true", False),
        (packed(bytes.fromhex("0509 05000000 01000000 01")), "true", False),
        (packed(bytes.fromhex("0f05 01000000 00")), "false", True),  # in the column after the one before
        (packed(bytes.fromhex("0e05 01000000 00")), "false", False),
        (packed(bytes.fromhex("a7000000") + bytes(5)), "0.41", True),
        (XML + b"<Data>0.050</Data>", "5%", True),
        (XML + b"<Data>0.050</Data>", "6%", False),
        (XML + b'value="-.875"', "-87.5%", True),
        (b"rate,0.050", "5%", False),  # text has no formats
        (b"12:20:59.9999999", "12:21:00", False),
        (b"2022-07-31T23:59:59.9999999", "2022-08-01 00:00:00", True),  # to the millisecond
        (b"2022-07-31T23:59:59.0999999", "2022-07-31 23:59:59.1", True),
        (b"2022-07-31T23:59:59.4", "2022-08-01 00:00:00", False),
        (b"2022-07-31T23:59:59.4", "2022-07-31 23:59:59.401", False),
        (b"2022-07-32T23:59:59.4", "2022-08-01 23:59:59.4", False),
        (b"<t>2&#5;</t>", "2\x05", True),
        (b"<t>2&#x5;</t>", "2\x06", False),
        (XML + b"<table:table-cell><text:p>P3</text:p>x<text:p>1<b>3</b></text:p></table:table-cell>", "P3\n13", True),
        (XML + b"<table:table-cell><text:p>P3</text:p>x<text:p>1<b>3</b></text:p></table:table-cell>", "P3\n1", False),
        (XML + b"<table:table-cell><text:p>P3</text:p></table:table-cell><table:table-cell><text:p>13</text:p>", "P3\n13", False),
        *((text % (b"q", b"z"), "qz", False) for text in OF_TWO_CELLS),
        (b"<td>q</tdtd>z</td><td x<d>", "qz", True),  # no tag that HTML has
        (b"<td>q</td\x1e<td>z</td>", "qz", True),
        (b'<td>q<p><meta x="z><td>', 'q<meta x="z>', True),
        (b"<td>q<<c/>/td></tr>", "q</td>", True),  # nor an element
        (b"<c><is><r><t>q</t></r><r><t>z</t></r></is></c>", "qz", True),
    ],
)  # fmt: skip
def test_what_a_file_holds(content: bytes, cell: str, held: bool) -> None:
    assert Held(content).has(cell) is held
