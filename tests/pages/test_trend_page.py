"""How series along the periods look: sparklines, tables, and the forms for other programs."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from kit.comparison import RATIO, along, both_departments, row, small
from kit.console import printed
from kit.sample import Sample
from kit.tables import Row
from rich.cells import cell_len

from itss_kpi.analysis.series import Point, Trends
from itss_kpi.catalogue.wording import SIGNS
from itss_kpi.core.jsonable import as_json
from itss_kpi.core.period import parse_period
from itss_kpi.core.results import Verdict
from itss_kpi.core.targets import Unit, parse_target
from itss_kpi.core.text import escape_controls
from itss_kpi.pages.page import TONES
from itss_kpi.pages.trend import BARS, sparkline, trend_page
from itss_kpi.render import csv as csv_form
from itss_kpi.render import markdown, terminal
from itss_kpi.render.terminal import render

HOSTILE = "\x1b]0;x\x07[bold]|=1\u202e"


def trends(
    body: str,
    rows: Sequence[Row],
    first: str = "2022-07",
    last: str = "2022-09",
    as_of: date | None = None,
    **more: Any,
) -> Trends:
    """The series of one small indicator."""
    catalogue = small(body)
    start, end = parse_period(first), parse_period(last)
    assert start
    assert end
    seen = as_of or end.last_day
    found = along(catalogue, both_departments(catalogue, t=rows), first, last, seen, **more)
    return Trends({"organization": "公司"}, start, end, seen, more.get("dimension"), more.get("further"), found)


@pytest.fixture(scope="module")
def year(sample: Sample) -> Trends:
    """The sample's year, of every indicator."""
    found = along(sample.catalogue, sample.tables, "2022", "2022", date(2022, 11, 30), further=20)
    whole = parse_period("2022")
    assert whole
    return Trends({"organization": "公司"}, whole, whole, date(2022, 11, 30), None, 20, found)


@pytest.fixture(scope="module")
def by_project(sample: Sample) -> Trends:
    chosen = [one for one in sample.catalogue.indicators if one.number == 18]
    catalogue = sample.catalogue.model_copy(update={"indicators": tuple(chosen)})
    found = along(catalogue, sample.tables, "2022", "2022", dimension="项目")
    whole = parse_period("2022")
    assert whole
    return Trends({}, whole, whole, date(2022, 12, 31), "项目", None, found)


# ---- sparklines


def points(target: str, *values: Fraction | float | str | None) -> list[Point]:
    """A point a value, missed or attained by the target; None has no value."""
    item = trends(RATIO, []).series[0].points[0].item
    found = []
    for value in values:
        exact = None if value is None else Fraction(value)
        wanted = parse_target(target) if target else None
        if exact is None:
            verdict = Verdict.MISSING_DATA
        elif wanted is None:
            verdict = Verdict.MONITORED
        else:
            verdict = Verdict.ATTAINED if wanted.passes(exact) else Verdict.MISSED
        found.append(Point(replace(item, value=exact, target=wanted, verdict=verdict)))
    return found


@pytest.mark.parametrize(
    ("target", "values", "shown"),
    [
        # the farthest is 8% below: steps of 2%
        (">= 90%", ["0.82", "0.84", "0.86", "0.88", "0.8999", "0.9", "0.9001", "0.92", "0.98"], "▁▁▂▃▄▅▅▆█\n✗✗✗✗✗"),
        (">= 90%", ["0.9", None, "0.9"], "▅ ▅\n !"),
        ("> 90%", ["0.9", "0.91"], "▄█\n✗"),
        ("<= 5%", ["0.05", "0.06", "0.01"], "▄▆▁\n ✗"),
        ("< 5%", ["0.05", "0.04"], "▅▁\n✗"),
        ("= 0次", [0, 1, 0, 4], "▄▆▄█\n ✗ ✗"),
        (">= 2次 and <= 4次", [1, 2, 5], "▃▅█\n✗ ✗"),
        ("", ["0.1", "0.2", "0.8"], "▁▂█"),
        ("", ["0.1", "0.1"], "▄▄"),
        ("", [None, "0.1", "0.8"], " ▁█\n!"),
        (">= 90%", [None], " \n!"),
        ("", [None], " \n!"),
        (">= 90%", [], ""),
    ],
)
def test_a_bar_is_above_the_middle_where_the_value_is_above_the_target(
    target: str, values: list[Any], shown: str
) -> None:
    text = sparkline(points(target, *values)).text
    assert [line.rstrip() for line in text.split("\n")] == [line.rstrip() for line in shown.split("\n")]


def test_more_bars_than_a_line_holds_are_continued_below() -> None:
    found = points(">= 90%", *["0.95"] * 24, *["0.85"] * 3)
    assert sparkline(found).text == f"{'█' * 24}\n▁▁▁\n✗✗✗"


def test_each_target_counts_for_its_own_period() -> None:
    found = [*points(">= 90%", "0.92"), *points(">= 95%", "0.92")]
    assert sparkline(found).text == "▇▁\n ✗"


def test_what_is_missed_is_red_and_marked_without_colour() -> None:
    text = printed(terminal.text(sparkline(points(">= 90%", "0.95", "0.85", "0.95"))), colour=True)
    assert (
        text == "\x1b[32m█\x1b[0m\x1b[1;31m▁\x1b[0m\x1b[32m█\x1b[0m\n\x1b[32m \x1b[0m\x1b[1;31m✗\x1b[0m\x1b[32m \x1b[0m"
    )
    assert printed(terminal.text(sparkline(points(">= 90%", "0.95", "0.85", "0.95")))) == "█▁█\n ✗"
    assert all(cell_len(bar) == 1 for bar in BARS)
    assert set(TONES) == set(SIGNS) == set(Verdict)


# ---- the terminal


def test_a_small_series_prints_exactly() -> None:
    rows = [
        row(1, 日期="2021-08-05"), row(2, 日期="2022-06-01", 好="否"), row(3), row(4, 日期="2022-08-05"),
        row(5, 日期="2022-08-06", 好="否"), row(6, 日期="2022-09-01"), row(7, 日期="2022-09-02"),
    ]  # fmt: skip
    body = f"target: '>= 60%', {RATIO}"
    found = trends(body, rows, as_of=date(2022, 9, 10), further=3)
    assert printed(render(trend_page(found)), 80).splitlines() == [
        "公司 2022-07~2022-09 纵向对比(截至 2022-09-10)",
        "",
        "1 名  要求 ≥60%  月度",
        "走势  █▃█  2022-07 至 2022-09",
        "       ✗…",
        "考核期   分子/分母  实际值 结论                环比           同比 差距、余量",
        "2022-07        1/1 100.00% ✓ 达成   +100.00个百分点              —",
        "2022-08        1/2  50.00% ✗ 未达成  −50.00个百分点 −50.00个百分点 差 1",
        "2022-09        2/2 100.00% … 未到期                                还可失误 1",
        "本年至今       4/6  66.67%",
        "2022-09 推算:接下来 3 次中至少成功 1 次",
        "",
        "环比:比上一考核期;同比:比上年同期。",
    ]


def test_a_target_that_changes_has_a_column() -> None:
    body = f"target: [{{requirement: '>= 60%'}}, {{since: 2022-08-01, requirement: '>= 90%'}}], {RATIO}"
    text = printed(render(trend_page(trends(body, [row(1)], last="2022-08"))), 80)
    assert "1 名  要求 ≥60%、≥90%  月度" in text
    head, first, second = text.splitlines()[5:8]
    assert head.split()[:5] == ["考核期", "分子/分母", "实际值", "要求", "结论"]
    assert (first.split()[3], second.split()[3]) == ("≥60%", "≥90%")


def test_what_has_not_begun_says_so() -> None:
    later = trends(RATIO, [row(1)], as_of=date(2022, 6, 30))
    assert printed(render(trend_page(later)), 80).splitlines()[1:] == ["这段时间的考核期还没有开始"]
    both = replace(later, series=[*later.series, *trends(RATIO, [row(1)]).series])
    text = printed(render(trend_page(both)), 80)
    assert text.count("这段时间的考核期还没有开始") == 1
    assert csv_form.render(trend_page(later)).count("\n") == 2  # the head, and the year to date


def test_groups_have_series_of_their_own_with_blank_ones_last() -> None:
    rows = [row(1, 组="东"), row(2), row(3, 组=HOSTILE, 好="否")]
    found = trends(f"target: '>= 60%', {RATIO}", rows, last="2022-07", dimension="组")
    seen = HOSTILE.replace("\u202e", "")  # what nobody sees makes no other group
    assert [one.group for one in found.series] == [None, seen, "东", "未填"]
    text = printed(render(trend_page(found)), 100)
    assert f"1 名[{escape_controls(seen)}]  要求" in text
    assert "1 名[未填]  要求" in text
    assert text.splitlines()[0] == "公司 2022-07 纵向对比:按组(截至 2022-07-31)"
    for shown in (text, csv_form.render(trend_page(found)), markdown.render(trend_page(found))):
        assert not set(shown) & set("\x1b\x07\u202e")
    lone = trends("for_each: 组, " + RATIO, rows, last="2022-07", dimension="部门")
    assert "说明:该指标已按组分别考核,不再按部门分" in printed(render(trend_page(lone)), 100)


# ---- for other programs


def test_json_says_it_all_exactly(year: Trends) -> None:
    found = json.loads(json.dumps(as_json(year)))
    assert {key: found[key] for key in ("schema", "from", "to", "as_of", "by", "next", "catalogue", "problems")} == {
        "schema": "itss-kpi/trend/1", "from": "2022", "to": "2022", "as_of": "2022-11-30", "by": None, "next": 20,
        "catalogue": {"organization": "公司"}, "problems": [],
    }  # fmt: skip
    assert [one["number"] for one in found["series"]] == list(range(1, 26))
    response = next(one for one in found["series"] if one["number"] == 18)
    assert {key: response[key] for key in ("indicator", "name", "group", "reason")} == {
        "indicator": "incident_response_rate", "name": "事件及时响应率", "group": None, "reason": "",
    }  # fmt: skip
    july = response["points"][6]
    # by hand: 193/224 − 194/213
    assert july.items() >= {
        "period": "2022-07", "numerator": "193", "denominator": "224", "value": "193/224",
        "on_before": str(Fraction(193, 224) - Fraction(194, 213)), "on_year_before": None, "outlook": None,
        "verdict": "missed",
    }.items()  # fmt: skip
    callback = next(one for one in found["series"] if one["number"] == 10)
    assert callback["points"][-1]["outlook"] == {"next": 20, "least": 16, "most": 20}
    assert callback["to_date"]["period"] == "2022"
    for one, series in zip(found["series"], year.series, strict=True):
        for shown, point in zip(one["points"], series.points, strict=True):
            assert shown.items() >= json.loads(json.dumps(as_json(point.item))).items()
            assert not [value for value in shown.values() if isinstance(value, float)]


def test_csv_is_one_row_a_period_with_plain_numbers(year: Trends) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_form.render(trend_page(year)))))
    periods = [row_ for row_ in rows if row_["类别"] == "考核期"]
    assert [(row_["序号"], row_["考核期"]) for row_ in periods] == [
        (str(one.number), str(point.item.period)) for one in year.series for point in one.points
    ]
    july = next(row_ for row_ in periods if (row_["序号"], row_["考核期"]) == ("18", "2022-07"))
    assert (july["分子"], july["分母"], july["环比"], july["差距"], july["组"]) == (
        "193", "224", "-0.049190979209", "9", "",
    )  # fmt: skip
    so_far = [row_ for row_ in rows if row_["类别"] == "本年至今"]
    # the yearly ones are the year to date themselves
    assert {row_["序号"] for row_ in so_far} == {
        str(one.number) for one in year.series if one.indicator.period.value != "year"
    }
    assert {row_["考核期"] for row_ in so_far} == {"2022-01-01 至 2022-12-01(不含)"}
    assert len(periods) + len(so_far) == len(rows)


def test_markdown_tables_are_whole(year: Trends, by_project: Trends) -> None:
    for found in (year, by_project):
        lines = markdown.render(trend_page(found)).splitlines()
        assert {line.count("|") for line in lines if line.startswith("|")} == {6, 9}  # the overview has 5 columns
        assert next(line for line in lines if line.startswith("## ")).startswith(f"## {found.series[0].number} ")
    text = markdown.render(trend_page(year))
    assert "2022H2 推算:接下来 20 次中至少成功 16 次" in text
    named = trends(f"target: '>= 60%', {RATIO}", [row(1, 组="a|b")], dimension="组")
    assert "## 1 名[a|b]" in markdown.render(trend_page(named))
    assert "说明" not in markdown.render(trend_page(named))


def test_a_change_has_the_unit_of_the_value() -> None:
    item = points("<= 4小时", 3 * 3_600_000_000)[0].item
    found = replace(item, unit=Unit.HOUR, due=True)
    one = trends(RATIO, []).series[0]
    shown = replace(one, points=(Point(found, Fraction(-1_800_000_000)),))
    text = printed(
        render(trend_page(Trends({}, found.period, found.period, date(2022, 7, 31), None, None, [shown]))), 80
    )
    assert "−0.50小时" in text


def test_what_comes_from_the_archive_says_so_in_every_form() -> None:
    one = trends(f"target: '>= 60%', {RATIO}", [row(1, 好="否"), row(2, 好="否")], last="2022-07")
    (series,) = one.series
    archived = replace(series, points=tuple(replace(point, archived=True) for point in series.points))
    page = trend_page(replace(one, series=[archived]))
    text = printed(render(page), 80)
    # by hand: 60% of 2 rows is 2, and none succeeded
    assert next(line for line in text.splitlines() if line.startswith("2022-07 ")).endswith(" 差 2 归档")
    assert text.endswith("归档:台账已不在或不全,数值取自关账时的归档。")
    assert "差 2 归档 |" in markdown.render(page)
    assert "归档:台账已不在或不全" in markdown.render(page)
    assert [line["说明"] for line in csv.DictReader(io.StringIO(csv_form.render(page)))] == ["归档", ""]
