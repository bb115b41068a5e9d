"""How breakdowns across groups look: one column a group, best and worst, gaps, and the forms for other programs."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

from kit.comparison import RATIO, both_departments, cut, row, small
from kit.console import printed
from kit.sample import Sample
from kit.tables import Row, period_of
from rich.cells import cell_len

from itss_kpi.analysis.breakdown import Comparison, across_all
from itss_kpi.core.jsonable import as_json
from itss_kpi.pages.comparison import comparison_page
from itss_kpi.render import csv as csv_form
from itss_kpi.render import markdown
from itss_kpi.render.terminal import render

HOSTILE = "\x1b]0;x\x07[bold]|=1\u202e"


def compared(body: str, rows: Sequence[Row], dimension: str = "组", period: str = "2022-07") -> Comparison:
    """The breakdowns of one small indicator."""
    catalogue = small(body)
    found = cut(catalogue, both_departments(catalogue, t=rows), 1, period, dimension)
    parsed = period_of(period)
    return Comparison({"organization": "公司"}, parsed, parsed.last_day, dimension, list(found.values()))


def of_sample(sample: Sample, dimension: str, period: str = "2022Q3") -> Comparison:
    parsed = period_of(period)
    found = across_all(sample.catalogue, sample.tables, sample.catalogue.indicators, parsed, parsed.last_day, dimension)
    return Comparison({}, parsed, parsed.last_day, dimension, [one for listed in found.values() for one in listed])


ROWS = [row(1, 组="东"), row(2, 组="东"), row(3, 组="西"), row(4, 组="西", 好="否"), row(5, 好="否")]


def test_a_small_comparison_prints_exactly() -> None:
    found = compared(f"target: '>= 70%', {RATIO}", ROWS)
    # by hand: 0.7 × 5 − 3 = 0.5 = (1.4 − 2) + (1.4 − 1) + 0.7
    assert printed(render(comparison_page(found)), 80).splitlines() == [
        "公司 2022-07 横向对比:按组(截至 2022-07-31)",
        "",
        "指标                       总值         东       西     未填",
        "1 名         实际值    ✗ 60.00% ✓ 100.00%▲ ✗ 50.00% ✗ 0.00%▼",
        "2022-07 ≥70% 分子/分母      3/5        2/2      1/2      0/1",
        "             缺口        差 0.5     余 0.6   差 0.4   差 0.7",
        "",
        "▲ 各组中最好,▼ 最差(存疑的行无论怎样都是如此才标)。",
        "缺口:分子离要求还差多少,或富余多少;各组相加等于总值的缺口。",
    ]


def test_best_worst_and_gaps_are_left_out_where_they_mean_nothing() -> None:
    text = printed(render(comparison_page(compared("value: {measure: count, source: t}", ROWS))), 80)
    assert not set(text) & set("▲▼")
    assert "缺口" not in text
    assert "分子/分母" not in text
    assert text.splitlines()[3].split()[3:] == ["·", "5", "·", "2", "·", "2", "·", "1"]
    alike = printed(
        render(comparison_page(compared(f"target: '>= 70%', {RATIO}", [row(1, 组="东"), row(2, 组="西")]))), 80
    )
    assert not set(alike) & set("▲▼")


def test_why_groups_do_not_add_up_and_why_there_are_none(sample: Sample) -> None:
    text = printed(render(comparison_page(of_sample(sample, "部门", "2022Q4"))), 100)
    assert "说明 1 SLA达成率 2022:总值是各项目名称比率的平均,不是各组分子分母的合计" in text
    # once for all the months
    assert "说明 18 事件及时响应率 2022-10、2022-11、2022-12:数据缺失,总值与各组都没有值" in text
    assert "没有分组的\n3 内审覆盖率 2022:分母是计划声明的部门数,不能按部门分\n" in text
    assert "! 数据缺失" in text
    assert text.index("没有分组的") > text.index("25 信息安全事件数量")


def test_nothing_to_compare_says_so() -> None:
    period = period_of("2022-07")
    nothing = Comparison({}, period, date(2022, 7, 31), "部门", [])
    assert printed(render(comparison_page(nothing)), 80).splitlines()[1] == "2022-07 没有到期或未到期的指标"
    assert "2022-07 没有到期或未到期的指标" in markdown.render(comparison_page(nothing))
    (head,) = csv_form.render(comparison_page(nothing)).splitlines()
    assert head.startswith("类别,序号,")


def test_names_of_a_sensitive_column_are_masked_in_every_form() -> None:
    found = compared(f"target: '>= 70%', {RATIO}", [row(1, 人="张三丰"), row(2)], "人")
    for text in (
        printed(render(comparison_page(found)), 100),
        csv_form.render(comparison_page(found)),
        markdown.render(comparison_page(found)),
        json.dumps(as_json(found), ensure_ascii=False),
    ):
        assert "张三丰" not in text
        assert "#cd61f667" in text


def test_json_says_it_all_exactly() -> None:
    found = json.loads(json.dumps(as_json(compared(f"target: '>= 70%', {RATIO}", ROWS))))
    (one,) = found.pop("comparisons")
    assert found == {
        "schema": "itss-kpi/compare/1", "period": "2022-07", "as_of": "2022-07-31", "by": "组",
        "catalogue": {"organization": "公司"}, "problems": [],
    }  # fmt: skip
    assert (one["dimension"], one["adds_up"], one["reason"]) == ("组", True, "")
    assert one["whole"].items() >= {"numerator": "3", "denominator": "5", "value": "3/5", "verdict": "missed"}.items()
    keys = ("group", "numerator", "denominator", "value", "share", "best", "worst")
    assert [[group[key] for key in keys] for group in one["groups"]] == [
        ["东", "2", "2", "1", "-3/5", True, False],
        ["西", "1", "2", "1/2", "2/5", False, False],
        ["未填", "0", "1", "0", "7/10", False, True],
    ]
    lone = as_json(compared(f"for_each: 组, {RATIO}", ROWS, "部门"))["comparisons"][0]
    assert (lone["adds_up"], lone["groups"]) == (False, [])


def test_shares_of_the_sample_add_up_in_every_form(sample: Sample) -> None:
    found = of_sample(sample, "项目", "2022-07")
    document = as_json(found)
    (response,) = [one for one in document["comparisons"] if one["whole"]["number"] == 18]
    assert sum(Fraction(group["share"]) for group in response["groups"]) == Fraction(43, 5)  # 0.9 × 224 − 193
    rows = [
        line for line in csv.DictReader(io.StringIO(csv_form.render(comparison_page(found)))) if line["序号"] == "18"
    ]
    assert [line["缺口"] for line in rows if line["类别"] == "总值"] == ["8.6"]
    assert sum(Fraction(line["缺口"]) for line in rows if line["类别"] == "组") == Fraction(43, 5)
    assert sum(int(line["分母"]) for line in rows if line["类别"] == "组") == 224


def test_csv_is_one_row_a_group_after_its_whole(sample: Sample) -> None:
    found = of_sample(sample, "部门")
    rows = list(csv.DictReader(io.StringIO(csv_form.render(comparison_page(found)))))
    assert [(line["序号"], line["考核期"], line["类别"], line["组"]) for line in rows] == [
        (str(one.whole.number), str(one.whole.period), kind, name)
        for one in found.breakdowns
        for kind, name in [("总值", ""), *(("组", item.group) for item in one.groups)]
    ]
    july = [line for line in rows if (line["序号"], line["考核期"]) == ("18", "2022-07")]
    assert [(line["组"], line["分子"], line["分母"], line["最好最差"], line["缺口"]) for line in july] == [
        ("", "193", "224", "", "8.6"), ("通信部", "72", "84", "最差", "3.6"), ("信息部", "121", "140", "最好", "5"),
    ]  # fmt: skip
    lone = next(line for line in rows if line["序号"] == "3")
    assert (lone["说明"], lone["缺口"]) == ("分母是计划声明的部门数,不能按部门分", "")


def test_one_group_wider_than_the_terminal_is_folded() -> None:
    found = compared(f"target: '>= 70%', {RATIO}", [row(1, 组="很长的名称" * 9), row(2, 组="东")])
    text = printed(render(comparison_page(replace(found, catalogue={}))), 50)
    assert max(map(cell_len, text.splitlines())) <= 50
    assert "(接上表)" in text
