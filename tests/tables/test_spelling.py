"""Texts that hold several names, or stand for nothing: what is made of them, and what leaves them alone.

Convention: an interval is written `low~high`; each is worked out by hand beside the rows.
"""

from collections.abc import Sequence

import pytest
from kit.tables import WHOLE_YEAR, catalogue_of, codes, raw_export, report_of

from itss_kpi.catalogue.usage import usage_of
from itss_kpi.tables.build import build_table

BODY = """
sources:
  s:
    name: 工单
    departments: [甲部]
    files: 工单_*
    key: [编号]
    date: 日
    columns:
      编号: {required: true}
      日: {type: date, required: true}
      人: {TYPE}
      量: {type: integer}
indicators:
  - {id: x, number: 1, domain: 过程管理, name: 数, formula: f, period: year, INDICATOR}
"""
COUNT = "value: {measure: count, source: s"


def found(indicator: str, texts: Sequence[str], column: str = "") -> tuple[dict[str, str], list[str]]:
    """The interval of each group, and the codes of what was said."""
    catalogue = catalogue_of(BODY.replace("TYPE", column).replace("INDICATOR", indicator))
    rows = [{"编号": f"T{at}", "日": "2022-07-05", "人": text, "量": "1"} for at, text in enumerate(texts)]
    raw = raw_export(catalogue, "s", rows, covers=WHOLE_YEAR)
    table, problems = build_table("s", catalogue.sources["s"], [raw], ["甲部"], 2022, usage_of(catalogue, "s"))
    report = report_of(catalogue, {"s": table}, "2022")
    shown = {
        one.group or "": str(one.lowest) if one.lowest == one.highest else f"{one.lowest}~{one.highest}"
        for one in report.assessments
    }
    return shown, [code for code in codes(problems) if code[:2] in ("D2", "D3")]


def test_a_list_of_names_is_no_group_of_its_own() -> None:
    shown, _ = found(f"for_each: 人, {COUNT}}}", ["李娜", "李娜、张伟", "张伟", "张伟"])
    assert {name: text for name, text in shown.items() if name in ("李娜", "张伟")} == {"李娜": "1~2", "张伟": "2~3"}
    assert "李娜、张伟" not in shown


@pytest.mark.parametrize(
    ("indicator", "texts", "interval"),
    [
        # the second may be 李娜's
        (f"{COUNT}, where: 人 == '李娜'}}", ["李娜", "李娜、张伟", "王强"], "1~2"),
        (f"{COUNT}, where: 人 == '李娜'}}", ["李娜", "李娜,张伟"], "1~2"),
        # with a slash each of them has to stand alone somewhere
        (f"{COUNT}, where: 人 == '李娜'}}", ["李娜", "李娜/张伟"], "1"),
        (f"{COUNT}, where: 人 == '李娜'}}", ["李娜", "李娜/张伟", "张伟"], "1~2"),
        # two lists of two: each is somebody, who may be the same, and there may be two more
        ("value: {measure: distinct, source: s, of: 人}", ["张伟、李娜", "李娜、王强"], "0~4"),
        # a name of its own, parts of which nobody else is called
        ("value: {measure: distinct, source: s, of: 人}", ["安防、消防系统", "机房"], "2"),
        ("value: {measure: distinct, source: s, of: 人}", ["调度、通信运维", "调度、信息运维"], "2"),
        # what is read as a list is one
        (f"{COUNT}, where: \"has_item(人, '李娜')\"}}", ["李娜", "李娜、张伟", "王强"], "2"),
        # nobody asks who it was
        (f"{COUNT}}}", ["李娜", "李娜、张伟", "王强"], "3"),
    ],
)
def test_several_names_in_a_cell(indicator: str, texts: list[str], interval: str) -> None:
    shown, said = found(indicator, texts)
    assert shown == {"": interval}
    assert said == (["D224"] * sum("、" in one or "," in one or "/" in one for one in texts) if "~" in interval else [])


def test_a_part_of_the_whole_that_is_counted_by_names() -> None:
    ratio = "numerator: {within: denominator, where: 量 > 5}, denominator: {measure: distinct, source: s, of: 人}"
    shown, _ = found(ratio, ["张伟", "李娜", "张伟、李娜"])
    # nobody is in the part, whoever the third row adds to the whole
    assert shown == {"": "0"}


@pytest.mark.parametrize(
    ("where", "texts", "interval"),
    [
        ("has_item(人, '张伟')", ["张伟、李娜", "张伟/王芳", "李娜"], "1~2"),  # people
        ("has_item(人, '张伟')", ["张伟、李娜", "张伟和李娜", "李娜"], "1~2"),
        ("items(人) >= 2", ["CI-1,CI-2", "CI-1/CI-2", "CI-3"], "1~2"),
        # no two names: what stands nowhere else, nor is people's
        ("has_item(人, 'TCP/IP')", ["TCP/IP、VPN", "N/A", "机房和网络、空调"], "1"),
        ("items(人) >= 2", ["安全与合规、审计", "CI-1/0"], "1"),
    ],
)
def test_names_that_a_list_divides_by_another_sign(where: str, texts: list[str], interval: str) -> None:
    shown, said = found(f'{COUNT}, where: "{where}"}}', texts)
    assert shown == {"": interval}
    assert said == (["D224"] if "~" in interval else [])


@pytest.mark.parametrize(
    ("where", "texts", "column", "interval"),
    [
        ("not blank(人)", ["张伟", "无", "", "/"], "", "1~3"),
        ("blank(人)", ["张伟", "暂无", "", "N/A"], "", "1~3"),
        ("items(人) >= 1", ["张伟、李娜", "—", "待查"], "", "1~3"),
        # what the catalogue says stands for nothing, and what is none of that
        ("not blank(人)", ["张伟", "无", "", "/"], "blank_words: [无, /]", "1"),
        ("not blank(人)", ["张伟", "无", "", "/"], "blank_words: [无]", "2"),
        # it knows the word
        ("not blank(人) and 人 != '无'", ["张伟", "无", "李娜"], "", "2"),
        # nobody asks whether there is something
        ("contains(人, '张')", ["张伟", "无", "/"], "", "1"),
        ("人 == '张伟'", ["张伟", "无", "/"], "", "1"),
    ],
)
def test_words_that_stand_for_nothing(where: str, texts: list[str], column: str, interval: str) -> None:
    shown, said = found(f'{COUNT}, where: "{where}"}}', texts, column)
    assert shown == {"": interval}
    assert set(said) == ({"D225"} if "~" in interval else set())
