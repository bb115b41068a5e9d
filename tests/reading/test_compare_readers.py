"""The differential harness: it says nothing of a workbook that is read rightly, and sees what was planted."""

import dataclasses
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from itss_kpi.reading.reader import Reader
from itss_kpi.reading.worker.file_types import Reading

TOOLS = Path(__file__).parents[2] / "tools"
CELLS = [
    ' t="inlineStr"><is><t>编号</t></is>',
    ' s="1"><v>44743.5</v>',
    "><v>12.5</v>",
    ' t="b"><v>1</v>',
    ' t="e"><v>#N/A</v>',
    "><f>1+1</f>",
    ' s="5"><v>0.125</v>',
    "><v>1234567890123456</v>",
]


@pytest.fixture(scope="module")
def harness() -> Iterator[Any]:
    sys.path.insert(0, str(TOOLS))
    yield importlib.import_module("compare_readers")
    sys.path.remove(str(TOOLS))


@pytest.fixture(scope="module")
def workbook(harness: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("readers") / "台账.xlsx"
    importlib.import_module("make_reader_inputs").package(path, CELLS, ("[mm]:ss", "0.0%"))
    return path


@pytest.fixture(scope="module")
def sheet(harness: Any, workbook: Path) -> Any:
    with Reader() as reader:
        reader.ask([workbook], Reading())
        (found,) = harness.sheets_of(reader.answers()[0])
    return found


def reading(harness: Any, name: str, workbook: Path, folder: Path) -> Any:
    """What another reader says of the workbook."""
    if name == "openpyxl":
        return harness.by_openpyxl(workbook.read_bytes())
    office = harness.Office(folder)
    if not office.command:
        pytest.skip("LibreOffice (soffice) is not on the PATH")
    return office.read({workbook: "xlsx"})[workbook]


@pytest.mark.parametrize("name", ["openpyxl", "LibreOffice"])
def test_a_planted_difference_is_seen(name: str, harness: Any, workbook: Path, sheet: Any, tmp_path: Path) -> None:
    other = reading(harness, name, workbook, tmp_path)

    def causes(**changed: Any) -> list[str]:
        tally = harness.Tally()
        harness.compare(workbook, "xlsx", [dataclasses.replace(sheet, **changed)], name, other, other, tally)
        assert tally.cells["xlsx", name] >= len(CELLS)
        return sorted(key[2] for key in tally.causes)

    def but(row: int, text: str) -> dict[tuple[int, int], str]:
        return sheet.cells | {(row, 0): text}

    assert causes() == []
    assert causes(cells=but(0, "编码")) == ["another text"]
    assert causes(cells=but(1, "2022-07-02 12:00:00")) == ["another moment"]
    assert causes(cells=but(1, "44743.5")) == ["number for a date"]
    assert causes(cells=but(2, "12.6")) == ["another number"]
    assert causes(cells=but(3, "错")) != []
    assert causes(cells=but(6, "0.125")) == ["number for a percent"]
    assert causes(cells=but(9, "多")) == ["text where nothing is"]
    assert causes(cells={spot: text for spot, text in sheet.cells.items() if spot != (2, 0)}) == [
        "nothing for a number"
    ]
    assert causes(marks={(5, 0): "unsaved"}) == ["nothing for an error"]
    assert causes(inexact=frozenset()) == ["more than 15 digits without a mark"]
    assert causes(name="别的") == []  # one sheet on each side


def test_a_lost_result_is_seen_where_the_formula_is(harness: Any, workbook: Path, sheet: Any) -> None:
    tally = harness.Tally()
    other = harness.by_openpyxl(workbook.read_bytes())
    harness.compare(
        workbook, "xlsx", [dataclasses.replace(sheet, marks={(4, 0): "errors"})], "openpyxl", other, other, tally
    )
    (key,) = tally.causes
    assert key[2] == "nothing for a formula without a result"
    assert tally.places[key] == [f"{workbook} 原!A6: None, not None"]


def test_a_sheet_that_was_left_out_is_seen(harness: Any, workbook: Path) -> None:
    tally = harness.Tally()
    other = harness.by_openpyxl(workbook.read_bytes())
    harness.compare(workbook, "xlsx", [], "openpyxl", other, other, tally)
    assert [key[2] for key in tally.causes] == ["a sheet that the product lacks"]


@pytest.mark.parametrize(
    ("code", "sign", "kind"),
    [
        ("General", 1, "number"),
        ("[h]:mm", 1, "elapsed"),
        ("[$-804]yyyy/m/d", 1, "date"),
        ('上午/下午h"时"mm"分"', 1, "time"),
        ('"days" 0', 1, "number"),
        ("0.00E+00", 1, "number"),
        ("0.0%;0", 1, "percent"),
        ("0.0%;0", -1, "number"),
        ("[Red]0", 1, "number"),
        ("e", 1, "date"),
        ("mm:ss.0", 1, "time"),
    ],
)
def test_kind_of_format(code: str, sign: int, kind: str, harness: Any) -> None:
    assert harness.kind_of(code, sign) == kind


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("1,234.6", None),
        ("1.23E+03", None),
        ("1.2", "a number that its format shows as another"),
        ("1235万元", "a number without the words of its format"),
        ("1235%", "a number without the percent sign of its format"),
        ("是", "a number that its format shows without figures"),
        ("", "a number that its format hides"),
    ],
)
def test_shown_numbers(shown: str, said: str | None, harness: Any) -> None:
    assert harness._of_shown("1234.567", 1234.567, shown) == said


def test_a_third_reader_explains_only_what_it_has_read(harness: Any, workbook: Path, sheet: Any) -> None:
    """pyxlsb passes over cells: that it has nothing there doesn't excuse that the product has nothing."""
    full = harness.by_openpyxl(workbook.read_bytes())
    empty = harness.Book([(sheet.name, {})])
    tally = harness.Tally()
    lost = dataclasses.replace(sheet, cells={}, marks={})
    harness.compare(workbook, "xlsb", [lost], harness.LIBREOFFICE, full, empty, tally)
    assert sum(tally.causes.values()) == len(CELLS)
    assert not tally.explained
