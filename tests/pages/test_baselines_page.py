"""Statistics over the years, as users meet them: a closed year, and the next one held against it.

Convention: the expected numbers are worked out by hand beside the rows. 2021: 6, 7, 8 and 7 of 10, so a mean of 0.7 and
a variance of (1 + 0 + 1 + 0) / 100 / 3 = 1/150. 2022: 9, 8, unreadable, 7 of 10, so a mean of 0.8 over three quarters.
"""

import csv
import io
import math
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from kit.console import Capture, as_json, call
from kit.projects import save

from itss_kpi.analysis.baselines import Course
from itss_kpi.app import closing

CATALOGUE = """\
format: itss-kpi/catalogue/1
plan: {title: 计划, document: D-1, version: V1, organization: 公司, year: 2022, departments: [甲部]}
data: data
sources:
  t:
    name: 工单
    departments: [甲部]
    files: 工单_*
    key: [编号]
    date: 日期
    columns:
      编号: {type: text, required: true}
      日期: {type: date, required: true}
      结果: {type: choice, values: {好: [], 坏: []}, required: true}
indicators:
  - {id: good, number: 1, domain: 过程管理, name: 合格率, formula: 好/全部, target: '>= 70%', period: quarter,
     numerator: {within: denominator, where: 结果 == '好'}, denominator: {measure: count, source: t}}
  - {id: number, number: 2, domain: 过程管理, name: 件数, formula: 件数, target: '>= 1件', period: year, value: {measure: count, source: t}}
"""


def hand_in(folder: Path, year: int, good: list[int], unreadable: int | None = None) -> Path:
    rows = []
    for quarter, of_ten in enumerate(good):
        for at in range(10):
            result = "不明" if (quarter, at) == (unreadable, 9) else "好" if at < of_ten else "坏"
            rows.append([f"{year}-{quarter}-{at}", f"{year}-{quarter * 3 + 1:02}-15", result])
    path = folder / "data" / "甲部" / f"工单_{year}.xlsx"
    save(path, ["编号", "日期", "结果"], rows)
    return path


@pytest.fixture
def two_years(here: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose year 2021 was closed and whose files of it are gone."""
    (here / "kpi_definitions.yaml").write_text(CATALOGUE, encoding="utf-8")
    before = hand_in(here, 2021, [6, 7, 8, 7])
    monkeypatch.setattr(closing, "now", lambda: datetime(2022, 1, 10, 8))
    assert call(capsys, "close", "-p", "2021", "--by", "质量组")[0] == 0
    before.unlink()
    # the third quarter: 6 good, 3 bad, one that can't be read
    hand_in(here, 2022, [9, 8, 6, 7], unreadable=2)
    return here


def test_this_year_is_held_against_the_closed_ones(two_years: Path, capsys: Capture) -> None:
    found = as_json(capsys, "baseline")
    assert (found["schema"], found["year"], found["as_of"]) == ("itss-kpi/baseline/1", 2022, "2022-12-31")
    good, number = found["baselines"]
    assert (good["number"], good["target"]) == (1, ">= 70%")
    before = {"periods": 4, "left": 0, "mean": "7/10", "lowest": "3/5", "highest": "4/5"}
    assert {name: good["before"][name] for name in before} == before
    assert math.isclose(float(good["before"]["deviation"]), math.sqrt(1 / 150), rel_tol=1e-11)
    now = {
        "year": 2022,
        "periods": 3,
        "left": 1,
        "mean": "4/5",
        "deviation": "0.1",
        "lowest": "7/10",
        "highest": "9/10",
    }
    assert {name: good["years"][1][name] for name in now} == now
    assert [one["archived"] for one in good["years"]] == [True, False]
    # (9/10 - 7/10)² = 4/100 is more than 4 variances, 4/150; that of 8/10 isn't
    assert (good["change"], good["course"], good["standing_out"]) == ("1/10", "rising", ["2022Q1"])
    # one value a year has no spread, from which nothing can stand out
    assert (number["before"]["deviation"], number["standing_out"], number["course"]) == (None, [], "level")
    assert [one["mean"] for one in number["years"]] == ["40", "40"]


def test_on_a_screen_and_as_csv(two_years: Path, capsys: Capture) -> None:
    code, out, err = call(capsys, "baseline", "1")
    assert (code, err) == (0, "")
    assert out.startswith("公司 2022 统计与基线(截至 2022-12-31)\n")
    row = next(line for line in out.splitlines() if "合格率" in line)
    assert row.split() == ["1", "合格率", "≥70%", "70.00%", "8.16%", "80.00%", "+10.00个百分点", "上升", "2022Q1"]
    assert "件数" not in out
    rows = list(csv.DictReader(io.StringIO(call(capsys, "baseline", "-f", "csv")[1].removeprefix("\ufeff"))))
    year = next(one for one in rows if one["年度"] == "2021" and one["指标名称"] == "合格率")
    assert [year[name] for name in ("期数", "未计", "平均", "最低", "最高", "来自")] == [
        "4", "0", "0.7", "0.6", "0.8", "归档",
    ]  # fmt: skip


def test_ledgers_that_are_still_there_are_read_again(two_years: Path, capsys: Capture) -> None:
    hand_in(two_years, 2021, [5, 7, 8, 7])
    (good, *_) = as_json(capsys, "baseline", "good")["baselines"]
    assert (good["years"][0]["mean"], good["years"][0]["archived"]) == ("27/40", False)


def test_without_years_before_there_is_no_baseline(here: Path, capsys: Capture) -> None:
    (here / "kpi_definitions.yaml").write_text(CATALOGUE, encoding="utf-8")
    hand_in(here, 2022, [9, 8, 6, 7])
    out = call(capsys, "baseline")[1]
    assert "没有以往各年的归档和台账,还没有基线" in out
    (good, _) = as_json(capsys, "baseline")["baselines"]
    assert (good["before"]["mean"], good["change"], good["course"]) == (None, None, "unknown")
    # of a year that hasn't begun there is nothing to be said
    assert (
        as_json(capsys, "baseline", "--year", "2023", "--as-of", "2023-01-31")["baselines"][0]["years"][0]["year"]
        == 2022
    )


@pytest.mark.parametrize(
    ("means", "course"),
    [
        ([None], Course.UNKNOWN),
        ([1], Course.UNKNOWN),
        ([1, None, 1], Course.LEVEL),
        ([1, 2, 3], Course.RISING),
        ([3, 2, 1], Course.FALLING),
        ([1, 2, 2], Course.MIXED),
        ([1, 3, 2], Course.MIXED),
    ],
)
def test_how_the_years_run(means: list[int | None], course: Course) -> None:
    assert Course.of([None if mean is None else Fraction(mean) for mean in means]) is course


def test_the_evidence_has_a_sheet_of_it(two_years: Path, capsys: Capture) -> None:
    import openpyxl

    assert call(capsys, "report", "-o", "达成.xlsx")[0] == 0
    sheet: Any = openpyxl.load_workbook("达成_证据.xlsx")["统计与基线"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert any("合格率" in row and "2022Q1" in row for row in rows)
