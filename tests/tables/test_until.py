"""As of a day nothing later exists: which files of a ledger there were."""

from datetime import date

import pytest

from itss_kpi.catalogue.usage import Usage
from itss_kpi.reading.grid import RawExport
from itss_kpi.tables.build import build_table
from tests.kit.tables import catalogue_of, raw_export

CATALOGUE = catalogue_of("""
sources:
  tickets:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    date: 日期
    columns: {编号: {required: true}, 日期: {type: date, required: true}}
  roster:
    name: 名册
    departments: [甲部]
    files: 名册_*.xlsx
    key: [编号]
    snapshot: true
    columns: {编号: {required: true}}
indicators:
  - {id: count, number: 1, domain: 过程管理, name: 件数, formula: 件数, target: '<= 2次', period: month, value: {measure: count, source: tickets}}
""")  # fmt: skip
Q3, Q4 = (date(2022, 7, 1), date(2022, 10, 1)), (date(2022, 10, 1), date(2023, 1, 1))
SEPTEMBER = date(2022, 9, 30)


def file(days: list[str], covers: tuple[date, date] | None, name: str) -> RawExport:
    rows = [{"编号": f"{name}{at}", "日期": day} for at, day in enumerate(days)]
    return raw_export(CATALOGUE, "tickets", rows, covers=covers, path=f"甲部/工单_{name}.xlsx")


def keys(as_of: date, *raws: RawExport, usage: Usage | None = None) -> tuple[list[str], list[str]]:
    """The keys of the rows that are there on a day, and the codes of what is wrong."""
    usage = usage or Usage()
    table, problems = build_table("tickets", CATALOGUE.sources["tickets"], raws, ["甲部"], 2022, usage, as_of)
    return sorted(table.pandas["编号"]), sorted(problem.code for problem in problems)


def test_a_later_file_is_not_there_nor_is_what_is_wrong_with_it() -> None:
    third, fourth = file(["2022-07-05"], Q3, "三"), file(["2022-10-05", "待补"], Q4, "四")
    assert keys(SEPTEMBER, third, fourth) == (["三0"], [])
    assert keys(date(2022, 10, 1), third, fourth) == (["三0", "四0", "四1"], ["D201"])
    table, _ = build_table("tickets", CATALOGUE.sources["tickets"], [third, fourth], ["甲部"], 2022, as_of=SEPTEMBER)
    assert (set(table.later), set(table.begins)) == ({"甲部/工单_四.xlsx"}, {Q3[0], Q4[0]})
    assert [export.path for export in table.exports] == ["甲部/工单_三.xlsx"]


def test_a_later_version_of_a_row_is_not_there() -> None:
    third = raw_export(CATALOGUE, "tickets", [{"编号": "1", "日期": "2022-09-05"}], covers=Q3, path="甲部/三.xlsx")
    rows = [
        {"编号": "1", "日期": "2022-09-06"},
        {"编号": "2", "日期": "2022-10-06"},
        {"编号": "3", "日期": "2022-10-07"},
    ]
    fourth = raw_export(CATALOGUE, "tickets", rows, covers=Q4, path="甲部/四.xlsx")
    assert keys(SEPTEMBER, third, fourth) == (["1"], [])
    assert keys(date(2022, 12, 31), third, fourth) == (["1", "1", "2", "3"], ["D307"])


@pytest.mark.parametrize(
    ("days", "there"),
    [
        (["2022-09-01", "2022-09-02", "2022-10-01"], True),  # the third quarter's, under the fourth's name
        (["2022-09-01", "2022-10-02", "2022-10-01"], False),  # what was still open, and the rest
        ([], False),
    ],
)
def test_of_an_earlier_time_under_a_later_name_is_what_most_rows_say(days: list[str], *, there: bool) -> None:
    assert bool(keys(SEPTEMBER, file(days, Q4, "四"))[0]) is there


def test_a_plan_of_later_times_is_known_before() -> None:
    assert keys(SEPTEMBER, file(["2022-10-05"], Q4, "四"), usage=Usage(planned=True))[0] == ["四0"]


def test_a_file_without_a_time_is_there() -> None:
    assert keys(date(2022, 1, 1), file(["2022-10-05"], None, "某"))[0] == ["某0"]


def test_a_later_snapshot_is_not_there() -> None:
    early = raw_export(CATALOGUE, "roster", [{"编号": "1"}], covers=Q3, path="甲部/三.xlsx")
    late = raw_export(CATALOGUE, "roster", [{"编号": "2"}], covers=Q4, path="甲部/四.xlsx")
    table, _ = build_table("roster", CATALOGUE.sources["roster"], [early, late], ["甲部"], 2022, as_of=SEPTEMBER)
    assert list(table.pandas["编号"]) == ["1"]
