"""Until when a table goes by what is written above and below it."""

from datetime import date

import pyarrow as pa
import pytest

from itss_kpi.reading.grid import Grid, RawExport
from itss_kpi.tables.sheets.cover import of_tab, told

YEAR = (date(2023, 1, 1), date(2024, 1, 1))


@pytest.mark.parametrize(
    ("above", "below", "made"),
    [
        ("台账更新至2023年10月底", "", date(2023, 10, 31)),
        ("泄漏台账(更新至9月)", "", date(2023, 9, 30)),
        ("数据更新至:2月末", "", date(2023, 2, 28)),
        ("更新日期:1月", "", None),  # of which year nobody knows
        ("台账更新至2023年10月20日", "", date(2023, 10, 20)),
        ("", "数据登记至10月底", date(2023, 10, 31)),
        ("", "统计截至2023年9月20日", date(2023, 9, 20)),
        ("", "在岗人员截至10月", None),  # of a list it is the day of which it is
        ("台账更新至13月", "", None),
        ("编制:质量组", "", None),
    ],
)
def test_a_title_or_a_note_may_say_until_which_month_a_table_goes(above: str, below: str, made: date | None) -> None:
    lines = [[above or None, None], ["编号", "日期"], ["1", "2023-04-06"], [below or None, None]]
    cells = pa.table({str(at): pa.array([line[at] for line in lines], pa.string()) for at in range(2)})
    raw = RawExport("s", "甲部", "甲部/泄漏台账_2023.xlsx", "", YEAR, Grid("Sheet1", cells, (0, 1)))
    assert told(raw, 1, 2023).made == ((made,) if made else ())


@pytest.mark.parametrize(
    ("sheet", "month"),
    [
        ("夜巡(8月)", 8),
        ("夜巡记录(8月份)", 8),
        ("夜巡_8月", 8),
        ("夜巡", None),
        ("截至(8月)", None),
        ("夜巡1-8月", None),
        ("上旬(8月)", None),
    ],
)
def test_a_month_behind_the_name_of_a_sheet_is_its_time(sheet: str, month: int | None) -> None:
    assert of_tab(sheet, 2022).days == (month and (date(2022, month, 1), date(2022, month + 1, 1)))
