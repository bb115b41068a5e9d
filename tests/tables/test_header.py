"""Headers: found within the first rows, over one row or two, in whatever spelling; a unit that would change the numbers
is no spelling."""

from collections.abc import Sequence

import pytest

from itss_kpi.catalogue.sources import Source
from itss_kpi.reading.worker.grid_file import Merge
from itss_kpi.tables.sheets.header import ColumnNames, find_header

SOURCE = Source.model_validate(
    {
        "name": "工单",
        "departments": ["甲部"],
        "files": "工单_*.xlsx",
        "key": ["编号"],
        "date": "受理时间",
        "columns": {
            "编号": {"aliases": ["工单号"]},
            "受理时间": {"type": "datetime"},
            "响应时限": {"type": "duration", "unit": "minute"},
            "费用": {"type": "decimal", "aliases": ["费用(万元)"]},
            "数量": {"type": "integer"},
            "完成率": {"type": "percent"},
        },
    }
)


def where(*rows: Sequence[str], merges: Sequence[Merge] = ()) -> tuple[int, int, dict[str, int]] | None:
    """Row, height and places of the header found."""
    found = find_header(rows, merges, ColumnNames(SOURCE))
    return (found.row, found.height, dict(found.where)) if found else None


@pytest.mark.parametrize(
    ("title", "column"),
    [
        ("工 单\n号", "编号"),
        ("编号*", "编号"),
        ("＊编号", "编号"),
        ("编号（必填）", "编号"),
        ("受理时间（年月日）", "受理时间"),
        ("响应时限（分钟）", "响应时限"),
        ("响应时限[min]", "响应时限"),
        ("响应时限（必填）", "响应时限"),
        ("响应时限(小时)", None),
        ("费用（万元）", "费用"),
        ("费用(元)", None),
        ("数量（个）", "数量"),
        ("数量(千个)", None),
        ("完成率(%)", "完成率"),
        ("完成率（％）", "完成率"),
        ("完成率(‰)", None),
        ("编号说明", None),
    ],
)
def test_spellings_of_a_heading(title: str, column: str | None) -> None:
    # two other columns make the row a header whatever the heading is
    others = [name for name in ("编号", "受理时间", "数量") if name != column][:2]
    found = find_header([[*others, title]], (), ColumnNames(SOURCE))
    assert found
    assert found.where.get(column or "") == (2 if column else None)
    assert found.extra == (() if column else (title,))


def test_an_exact_heading_goes_before_one_with_a_remark() -> None:
    found = find_header([["编号(旧)", "编号", "数量"]], (), ColumnNames(SOURCE))
    assert found
    assert (found.where["编号"], found.twice, found.extra) == (1, (), ("编号(旧)",))


def test_two_headings_with_remarks_are_one_column_twice() -> None:
    found = find_header([["编号(旧)", "编号(新)", "数量"]], (), ColumnNames(SOURCE))
    assert found
    assert (dict(found.where), found.twice) == ({"数量": 2}, (("编号", 1),))


@pytest.mark.parametrize("blanks", [0, 1, 29, 30])
def test_within_the_first_thirty_rows(blanks: int) -> None:
    expected = (blanks, 1, {"编号": 0, "数量": 1}) if blanks < 30 else None
    assert where(*[["", ""]] * blanks, ["编号", "数量"], ["1", "2"]) == expected


def test_one_heading_is_no_header() -> None:
    assert where(["编号", "其他"], ["1", "2"]) is None
    assert where() is None


def test_the_row_that_names_most_is_the_header_and_the_first_of_equals() -> None:
    assert where(["编号", "数量", ""], ["编号", "数量", "费用"], ["编号", "数量", "费用"]) == (
        1,
        1,
        {"编号": 0, "数量": 1, "费用": 2},
    )


def test_two_merged_rows_are_one_header() -> None:
    rows = [["工单", "", "受理", ""], ["号", "数量", "时间", "人"], ["1", "2", "2022-07-01", "甲"]]
    merges = [(0, 0, 0, 1), (0, 2, 0, 3)]
    assert where(*rows, merges=merges) == (0, 2, {"编号": 0, "数量": 1, "受理时间": 2})


def test_two_rows_without_known_merges_are_one_header() -> None:
    rows = [["编号", "受理", "", "数量"], ["", "时间", "人", ""], ["1", "2022-07-01", "甲", "3"]]
    assert where(*rows) == (0, 2, {"编号": 0, "受理时间": 1, "数量": 3})


def test_headings_merged_downwards_beside_grouped_ones() -> None:
    rows = [["编号", "数量", "受理"], ["", "", "时间"], ["1", "2", "2022-07-01"]]
    assert where(*rows, merges=[(0, 0, 1, 0), (0, 1, 1, 1)]) == (0, 2, {"编号": 0, "数量": 1, "受理时间": 2})


def test_a_title_above_is_no_part_of_the_header() -> None:
    rows = [["工单统计表", "", ""], ["编号", "数量", "费用"], ["1", "2", "3"]]
    assert where(*rows, merges=[(0, 0, 0, 2)]) == (1, 1, {"编号": 0, "数量": 1, "费用": 2})


def test_a_row_of_data_is_never_taken_for_the_second_row_of_a_header() -> None:
    assert where(["编号", "数量", ""], ["A1", "2", "受理时间"], ["A2", "2", ""]) == (0, 1, {"编号": 0, "数量": 1})


# ---- at the edges


@pytest.mark.parametrize(("title", "found"), [("耗时(小时)", True), ("耗时(分钟)", False), ("耗时(h)", True)])
def test_a_column_s_own_unit_is_no_other_column(title: str, found: bool) -> None:
    hours = SOURCE.model_copy(
        update={"columns": {"耗时": SOURCE.columns["响应时限"].model_copy(update={"unit": "hour"})}}
    )
    assert (find_header([[title]], (), ColumnNames(hours)) is not None) is found


def test_the_second_column_below_a_merged_heading_has_it_too() -> None:
    rows = [["受理", "", "编号"], ["人", "时间", ""], ["甲", "2022-07-01", "1"]]
    assert where(*rows, merges=[(0, 0, 0, 1)]) == (0, 2, {"受理时间": 1, "编号": 2})


def test_a_merged_heading_may_stand_further_down_than_it_is_wide() -> None:
    rows = [*[["", "", ""]] * 4, ["受理", "", "编号"], ["人", "时间", ""], ["甲", "2022-07-01", "1"]]
    assert where(*rows, merges=[(4, 0, 4, 1)]) == (4, 2, {"受理时间": 1, "编号": 2})


@pytest.mark.parametrize(
    ("title", "merge", "heading", "below"),
    [
        (["标题", "", "", ""], (0, 0, 0, 3), ["受理", "", "编号", "数量"], ["", "时间", "", ""]),
        (["", "", "标题", ""], (0, 2, 0, 3), ["编号", "数量", "受理", ""], ["", "", "", "时间"]),
    ],
)
def test_a_merge_of_another_row_spreads_no_heading(
    title: list[str], merge: Merge, heading: list[str], below: list[str]
) -> None:
    found = where(title, heading, below, merges=[merge])
    assert found == (1, 1, {"编号": heading.index("编号"), "数量": heading.index("数量")})


def test_where_most_of_the_lower_row_is_no_heading_the_upper_is_the_header() -> None:
    upper = ["编号", "数量", "受理", "备注", "一", "二"]
    assert where(upper, ["", "", "时间", "甲", "乙", "丙"]) == (0, 1, {"编号": 0, "数量": 1})
    assert where(upper, ["", "", "时间", "甲", "", ""]) == (0, 2, {"编号": 0, "数量": 1, "受理时间": 2})
