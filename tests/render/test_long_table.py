"""The long table: one row an assessment, the same numbers in CSV and Parquet, under columns that stay.

Convention: what the rows of the sample have to say stands in its answer key.
"""

import csv
import io
from fractions import Fraction
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from kit.console import Capture, call, refused
from kit.projects import save
from kit.sample import ROOT

COMMON = ("-c", str(ROOT / "kpi_definitions.yaml"))
LABELS = {
    "attained": "达成",
    "missed": "未达成",
    "unverified": "待核实",
    "missing_data": "数据缺失",
    "undefined": "口径待确认",
    "not_applicable": "不适用",
    "monitored": "仅监测",
}
pytestmark = pytest.mark.usefixtures("worked_out_once")


def rows_of(path: Path) -> list[dict[str, str]]:
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def year(here: Path, capsys: Capture) -> list[dict[str, str]]:
    code, out, _ = call(capsys, "report", "-p", "2022", "-f", "csv", *COMMON)
    assert (code, out) == (0, "写出 2022运维服务指标达成情况.csv\n")
    return rows_of(here / "2022运维服务指标达成情况.csv")


def test_every_assessment_of_the_answer_key_is_a_row(year: list[dict[str, str]]) -> None:
    with (ROOT / "sample_data" / "answers.csv").open(encoding="utf-8", newline="") as stream:
        key = list(csv.DictReader(stream))
    found = {(one["序号"], one["考核期"]): one for one in year}
    assert found.keys() == {(one["number"], one["period"]) for one in key}
    assert len(found) == len(year)
    for one in key:
        mine = found[one["number"], one["period"]]
        assert mine["结论"] == LABELS[one["verdict"]]
        factor = 100 if mine["单位"] == "%" else 1
        for name, column in (("value", "实际值"), ("lowest", "最低"), ("highest", "最高")):
            if one[name] and mine["单位"] in ("%", "", "次", "个", "项", "人"):
                assert abs(Fraction(mine[column]) - Fraction(one[name]) * factor) < Fraction(1, 10**9), one
            assert bool(mine[column]) == bool(one[name])


def test_the_limits_are_those_of_the_requirement(year: list[dict[str, str]]) -> None:
    limits = {(one["要求"], one["要求下限"], one["要求上限"]) for one in year}
    assert {(">= 95%", "95", ""), ("= 0次", "0", "0"), ("100%", "100", "100")} & limits
    for text, least, most in limits:
        assert (least != "", most != "") == (not text.startswith("<"), not text.startswith(">"))


def test_parquet_says_the_same_with_types(year: list[dict[str, str]], here: Path, capsys: Capture) -> None:
    assert call(capsys, "report", "-p", "2022", "-f", "parquet", "-o", "年.parquet", *COMMON)[0] == 0
    table = pq.read_table(here / "年.parquet")
    assert table.column_names == list(year[0])

    for mine, text in zip(table.to_pylist(), year, strict=True):
        for name, value in mine.items():
            if isinstance(value, float):
                assert abs(value - float(text[name])) < 1e-9
            elif isinstance(value, bool):
                assert text[name] == ("是" if value else "否")
            else:  # a text that a spreadsheet would run has a mark before it
                assert text[name].removeprefix("'") == ("" if value is None else str(value))
    types = {name: str(table.schema.field(name).type) for name in ("开始", "已到期", "序号", "实际值", "结论")}
    assert types == {"开始": "date32[day]", "已到期": "bool", "序号": "int64", "实际值": "double", "结论": "string"}


SMALL = """\
format: itss-kpi/catalogue/1
plan: {title: 计划, document: D-1, version: V1, organization: 测试公司, year: 2022, departments: [甲部]}
data: data
sources:
  t: {name: 工单, departments: [甲部], files: 工单_*, key: [编号], date: 日期, columns: {编号: {required: true}, 日期: {type: date, required: true}, 人: {sensitive: true}, 用时: {type: duration, unit: minute}}}
indicators:
  - {id: a, number: 1, domain: 域, name: 平均用时, formula: f, target: '0.5小时~2小时', period: month, for_each: 人, value: {measure: mean, source: t, of: 用时}}
"""


def test_times_stand_in_their_unit_and_what_is_personal_stays_covered(here: Path, capsys: Capture) -> None:
    (here / "kpi_definitions.yaml").write_text(SMALL, encoding="utf-8")
    rows = [["T1", "2022-01-05", "=1+1", 90], ["T2", "2022-01-06", "=1+1", 120]]
    save(here / "data" / "甲部" / "工单_2022-01.xlsx", ["编号", "日期", "人", "用时"], rows)
    assert call(capsys, "report", "-p", "2022-01", "-f", "csv", "-o", "月.csv")[0] == 0
    (one,) = rows_of(here / "月.csv")
    assert [one[name] for name in ("实际值", "单位", "要求下限", "要求上限", "结论")] == [
        "1.75",
        "小时",
        "0.5",
        "2",
        "达成",
    ]
    assert "=1+1" not in (here / "月.csv").read_text(encoding="utf-8")
    call(capsys, "report", "-p", "2022Q1", "-f", "csv", "-o", "季.csv")
    lacking = {(one["考核期"], one["实际值"], one["结论"], one["缺少"]) for one in rows_of(here / "季.csv")}
    assert lacking - {("2022-01", "1.75", "达成", "")} == {
        (f"2022-0{month}", "", "数据缺失", "甲部 工单") for month in (2, 3)
    }


def test_nothing_else_is_written_over(here: Path, capsys: Capture) -> None:
    for name in ("a.csv", "a.parquet"):
        (here / name).write_bytes(b"PAR1 of another" if name.endswith("t") else b"a,b\n")
        form = name.split(".")[1]
        assert "不是本程序写出的长表" in refused(capsys, "report", "-p", "2022", "-f", form, "-o", name, *COMMON)
    assert "长表的文件名须以 .csv 结尾" in refused(capsys, "report", "-f", "csv", "-o", "a.xlsx", *COMMON)
    assert "--blank 与 --format xlsx 同用" in refused(capsys, "report", "-f", "csv", "--blank", *COMMON)
    call(capsys, "report", "-p", "2022", "-f", "parquet", "-o", "b.parquet", *COMMON)
    assert call(capsys, "report", "-p", "2022Q1", "-f", "parquet", "-o", "b.parquet", *COMMON)[0] == 0
