"""Parquet: what becomes of each type of value, by hand; and what can't be read is refused."""

import io
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from itss_kpi.reading.worker.file_types import Reading, UnreadableError, form_of
from itss_kpi.reading.worker.parquet import read_parquet

MOMENT = datetime(2022, 7, 5, 9, 30)


def written(**columns: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array(["甲", "", None]), ["甲", "", None]),
        (pa.array([1, -20, None]), ["1", "-20", None]),
        (pa.array([Decimal("1.50"), None]), ["1.50", None]),
        (pa.array([0.1, 1234.5, None]), ["0.1", "1234.5", None]),
        (pa.array([True, False, None]), ["是", "否", None]),
        (pa.array([date(2022, 7, 5), None]), ["2022-07-05", None]),
        (pa.array([MOMENT, None], pa.timestamp("us")), ["2022-07-05 09:30:00", None]),
        (pa.array([MOMENT], pa.timestamp("s")), ["2022-07-05 09:30:00"]),
        (pa.array([MOMENT + timedelta(milliseconds=500)], pa.timestamp("ns")), ["2022-07-05 09:30:00.5"]),
        (pa.array([MOMENT.replace(tzinfo=UTC)], pa.timestamp("us", "UTC")), ["2022-07-05 09:30:00Z"]),
        (pa.array([timedelta(hours=26, minutes=3), timedelta(seconds=-1.5)]), ["26:03:00", "-0:00:01.5"]),
        (pa.array([time(9, 30), None]), ["9:30:00", None]),
        (pa.array(["甲", "乙", "甲"]).dictionary_encode(), ["甲", "乙", "甲"]),
        (pa.array([["甲", "乙"], [], None]), ["甲、乙", "", None]),
        (pa.array([{"a": 1}]), ['{"a": 1}']),
        (pa.nulls(2), [None, None]),
        (pa.array([], pa.timestamp("us")), []),
    ],
)
def test_a_value_is_read_as_a_spreadsheet_shows_it(values: pa.Array, expected: list[str | None]) -> None:
    content = written(列=values)
    assert form_of(content, Reading()) == ("parquet", None)
    assert read_parquet(content)[0].cells.to_pydict() == {"0": ["列", *expected]}


def test_what_was_written_stands_for_what_could_not_be_read() -> None:
    (grid,) = read_parquet(written(日=pa.array([date(2022, 7, 5), None, None]), **{"日?原文": [None, "下周", None]}))
    assert grid.cells.to_pydict() == {"0": ["日", "2022-07-05", "下周", None]}


def test_an_error_value_is_one() -> None:
    assert read_parquet(written(a=["x", "#N/A"]))[0].errors == [(2, 0)]


@pytest.mark.parametrize("end", [4, 40, -1])
def test_what_is_cut_off_is_refused(end: int) -> None:
    with pytest.raises(UnreadableError, match="Parquet"):
        read_parquet(written(a=[1, 2])[:end])


def test_too_many_cells_are_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("itss_kpi.reading.worker.parquet.MOST_CELLS", 3)
    with pytest.raises(UnreadableError, match="4 行"):
        read_parquet(written(a=[1, 2, 3, 4]))
