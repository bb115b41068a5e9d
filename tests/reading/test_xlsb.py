"""Binary packages: records by the specification, and what is read of them."""

import math
import struct
import tracemalloc

import pytest
from kit.xlsb import cell, real, record, rk, row, wide, workbook

from itss_kpi.reading.worker.file_types import Reading, UnreadableError, form_of
from itss_kpi.reading.worker.grid_file import SheetGrid
from itss_kpi.reading.worker.xlsb import read_xlsb


def grid(*records: bytes, epoch_1904: bool = False, on_load: bool = False) -> SheetGrid:
    (found,) = read_xlsb(workbook(("台账", b"".join(records)), epoch_1904=epoch_1904, on_load=on_load))
    return found


def cells(found: SheetGrid) -> list[list[str | None]]:
    return [list(one.values()) for one in found.cells.to_pylist()]


def test_every_kind_of_cell() -> None:
    found = grid(
        row(0),
        cell(7, 0, struct.pack("<I", 0)), cell(7, 1, struct.pack("<I", 1)), cell(6, 2, wide("丙")), cell(62, 3, b"\1" + wide("丁")),
        cell(8, 4, wide("戊") + b"\0" * 8), cell(2, 5, rk(48)), cell(2, 6, rk(12345, hundredth=True)), cell(5, 7, real(0.1 + 0.2)),
        cell(9, 8, real(-2.5) + b"\0" * 8), cell(4, 9, b"\1"), cell(10, 10, b"\0" + b"\0" * 8), cell(1, 11, b""),
        cell(2, 12, struct.pack("<i", struct.unpack("<q", real(1.5))[0] >> 32 & ~3)),
    )  # fmt: skip
    assert cells(found) == [["编号", "甲乙", "丙", "丁", "戊", "48", "123.45", "0.3", "-2.5", "true", "false", "1.5"]]
    assert [found.errors, found.unsaved, found.inexact, found.unseen] == [[], [], [], False]


def test_short_cells_follow_the_one_before() -> None:
    short = record(18, b"\0\0\0\0" + struct.pack("<I", 1)) + record(13, b"\0\0\0\0" + rk(7))
    assert cells(grid(row(0), cell(2, 2, rk(1)), short)) == [["1", "甲乙", "7"]]
    assert grid(row(0), cell(2, 2, rk(1)), short).indexes == [2, 3, 4]


def test_records_of_another_program_are_no_cells() -> None:
    """[MS-XLSB] 2.1.7.62: what stands between BrtFRTBegin and BrtFRTEnd has numbers of its own; Excel for Mac
    writes a record 1 there, behind the cells."""
    other = record(35, b"\2\16\1\0") + record(1, b"\0\0\0\0\10\0\0\0\0") + row(0) + record(36)
    found = grid(row(0), cell(5, 0, real(1.5)), other, row(1), cell(5, 0, real(2.5)), other)
    assert cells(found) == [["1.5"], ["2.5"]]


def test_numbers_are_what_their_format_shows() -> None:
    values = [(rk(44747), 1), (rk(2), 2), (real(60.5), 2), (real(0.4999999996), 3), (real(0.25), 5)]
    kinds = [2, 2, 5, 9, 5]
    found = grid(
        row(0),
        *(
            cell(kind, at, data + b"\0" * 8, style)
            for at, (kind, (data, style)) in enumerate(zip(kinds, values, strict=True))
        ),
    )
    assert cells(found) == [["2022-07-05 00:00:00", "48:00:00", "1452:00:00", "49.99999996%", "6:00:00"]]
    assert cells(grid(row(0), cell(2, 0, rk(43285), 1), epoch_1904=True)) == [["2022-07-05 00:00:00"]]


def test_what_is_no_number_is_an_error() -> None:
    found = grid(
        row(0), cell(5, 0, real(math.inf)), cell(5, 1, real(math.nan), 3), cell(9, 2, real(-math.inf) + b"\0" * 8)
    )
    assert found.errors == [(0, 0), (0, 1), (0, 2)]
    assert cells(found) == []


def test_errors_are_named_and_not_blank() -> None:
    found = grid(row(0), cell(3, 0, b"\x2a"), cell(11, 1, b"\x07" + b"\0" * 8), cell(2, 2, rk(1)))
    assert found.errors == [(0, 0), (0, 1)]


def test_formulas_that_nobody_calculated_have_no_result() -> None:
    rows = [row(0), cell(9, 0, real(0) + b"\0" * 8), cell(8, 1, wide("") + b"\0" * 8), cell(2, 2, rk(5))]
    assert grid(*rows, on_load=True).unsaved == [(0, 0), (0, 1)]
    assert grid(*rows).unsaved == []
    assert grid(*rows, cell(9, 3, real(1) + b"\0" * 8), on_load=True).unsaved == []


def test_what_else_a_sheet_says() -> None:
    found = grid(
        row(0), cell(2, 0, rk(1), 4), cell(2, 1, rk(2), 4), row(2, hidden=True), cell(2, 0, rk(3)), cell(5, 1, real(1e15)),
        record(176, struct.pack("<4I", 0, 2, 1, 1)),
    )  # fmt: skip
    assert (found.merges, found.hidden_rows, found.struck_rows) == ([(0, 1, 2, 1)], [2], [0])
    assert found.inexact == [(2, 1)]
    assert cells(found) == [["1", "2"], [None, None], ["3", "1000000000000000"]]


def test_hidden_sheets_are_told_and_charts_are_none() -> None:
    one = row(0) + cell(2, 0, rk(1))
    found = list(read_xlsb(workbook(("一", one), ("二", one), states=[0, 2])))
    assert [(sheet.sheet, sheet.hidden) for sheet in found] == [("一", False), ("二", True)]


ONE = cell(2, 0, rk(1))


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([row(0), ONE, ONE], "D121"),
        ([row(0), ONE, row(0), ONE], "D121"),
        ([row(1), ONE, row(0), ONE], "D121"),
        ([ONE], "D121"),
        ([row(0), cell(2, 16383, rk(1)), row(1_048_575), cell(2, 16383, rk(1))], "D113"),
        ([row(0), cell(7, 0, struct.pack("<I", 2))], "D116"),
        ([row(0), record(2, b"\0\0")], "D116"),
        ([row(0), ONE[:-1]], "D116"),
        ([row(0), cell(6, 0, struct.pack("<I", 9) + b"ab")], "D116"),
        ([row(0), cell(4, 0, b"\2")], "D116"),  # neither true nor false
        ([row(0), cell(10, 0, b"z" + b"\0" * 8)], "D116"),
    ],
)  # fmt: skip
def test_what_would_lose_something_is_refused(records: list[bytes], code: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        grid(*records)
    assert refused.value.code == code


def test_a_cell_too_far_right_is_refused_before_there_is_room_for_it() -> None:
    content = workbook(("一", row(0) + cell(2, 50_000_000, rk(1))))
    tracemalloc.start()
    with pytest.raises(UnreadableError, match="50000001") as refused:
        list(read_xlsb(content))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refused.value.code == "D113"
    assert most < 50 << 20


def test_a_workbook_that_is_not_whole_is_refused() -> None:
    one = row(0) + ONE
    for content in (
        workbook(("一", one), ("二", one), lost="xl/worksheets/sheet1.bin"),
        workbook(("一", one), lost="xl/workbook.bin"),
        workbook(("一", one), lost="xl/styles.bin"),
    ):
        with pytest.raises(UnreadableError, match="没有传完"):
            list(read_xlsb(content))
    with pytest.raises(UnreadableError, match="同名"):
        list(read_xlsb(workbook(("一", one), ("一", one))))
    damaged = workbook(("一", one)).replace(one, one[:-1] + bytes([one[-1] ^ 1]))
    with pytest.raises(UnreadableError, match="损坏") as refused:
        list(read_xlsb(damaged))
    assert refused.value.code == "D116"


def test_it_is_told_by_its_parts() -> None:
    assert form_of(workbook(("一", row(0) + ONE)), Reading())[0] == "xlsb"
