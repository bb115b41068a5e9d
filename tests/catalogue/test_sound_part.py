"""Mistakes of form and of meaning in one round, and none that only follows from another."""

from typing import Any

import pytest
import yaml
from kit.projects import CATALOGUE
from kit.sample import CATALOGUE as SAMPLE

from itss_kpi.catalogue.load import load
from itss_kpi.catalogue.yaml_text import read_yaml

DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
ROSTER = """\
  rosters:
    name: 名册
    departments: [甲部]
    files: 名册_*.xlsx
    key: [工号]
    date: 入职
    columns:
      工号: {type: text}
      入职: {type: date}
"""
STAFF = """\
  - id: staff
    number: 3
    domain: 人员管理
    name: 人数
    formula: 人数
    target: '>= 1次'
    period: year
    value: {measure: count, source: rosters}
    department: [甲部]
"""
TWICE = """\
  - id: twice
    number: 4
    domain: 人员管理
    name: 两倍
    formula: 两倍
    target: '>= 1次'
    period: year
    measures: {a: {indicator: [success_rate], measure: mean}, b: {indicator: [staff]}}
    value: a + b
    department: [甲部]
"""
ACTIVITIES = """\
activities:
  - {number: 1, name: 检查, when: 6月, lead: [甲部], serves: [1]}
  - {number: 2, name: 复查, when: 7月, lead: [丁部], serves: [2]}
"""
WHOLE = CATALOGUE.replace("indicators:\n", ROSTER + "indicators:\n") + STAFF


def found(text: str) -> list[tuple[str, str]]:
    """The code of each problem, and the line of the text at which it is."""
    catalogue, problems = load(text, "目录.yaml")
    lines = text.splitlines()
    assert catalogue is None or not problems
    return [(one.code, lines[one.place.line - 1].strip()) for one in problems]


def test_a_catalogue_without_mistakes_has_none() -> None:
    assert found(WHOLE) == []


def test_form_and_meaning_are_told_in_one_round_each_at_its_line() -> None:
    text = WHOLE.replace("name: 工单成功率", "nmae: 工单成功率").replace("source: rosters", "source: roster")
    text = text.replace("target: '<= 9次'", "target: 少于9次")
    assert found(text) == [
        ("C102", "- id: success_rate"),  # it has no name
        ("C102", "nmae: 工单成功率"),
        ("C105", "target: 少于9次"),
        ("C103", "value: {measure: count, source: roster}"),
    ]


def test_the_key_counts_the_items_that_are_broken_too() -> None:
    text = WHOLE.replace("period: month", "period: monthly").replace("target: '<= 9次'", "target: 少于9次")
    assert [one.place.key for one in load(text, "目录.yaml")[1]] == ["indicators.0.period", "indicators.1.target"]


def test_of_a_broken_ledger_s_indicators_nothing_is_told_of_others_all() -> None:
    text = WHOLE.replace("日期: {type: date,", "日期: {type: dates,").replace("'>= 50%'", "'50%以上吧'")
    text = text.replace("date: 入职", "date: 入司")
    assert found(text) == [("C102", "日期: {type: dates, required: true}"), ("C103", "date: 入司")]


def test_what_is_built_on_a_broken_indicator_waits_with_it() -> None:
    text = WHOLE + TWICE + ACTIVITIES.replace("丁部", "甲部")
    assert found(text) == []
    broken = text.replace("name: 工单成功率", "name: 5\n    nmae: x")
    assert [code for code, _ in found(broken)] == ["C102", "C102"]
    assert found(broken.replace("lead: [甲部], serves: [2]", "lead: [丁部], serves: [2]"))[-1][0] == "C103"
    assert len(found(broken.replace("lead: [甲部], serves: [1]", "lead: [丁部], serves: [1]"))) == 2


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("year: 2022", "year: x"),
        ("data: 台账", "data: [1]"),
        ("indicators:", "indicator:"),
        ("format: itss", "format: its"),
    ],
)
def test_where_the_frame_is_broken_only_that_is_told(right: str, wrong: str) -> None:
    assert {code for code, _ in found(WHOLE.replace(right, wrong).replace("'<= 9次'", "少于9次"))} == {"C102"}


def test_an_indicator_that_is_no_mapping_hides_no_other_mistake() -> None:
    text = WHOLE + "  - 第五项\n"
    assert [code for code, _ in found(text.replace("'<= 9次'", "少于9次"))] == ["C105", "C102"]


def plain(value: Any) -> Any:
    """A value as it was read, for a catalogue to be written from."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, tuple) else value


def test_no_mistake_of_form_in_the_sample_makes_another_one() -> None:
    whole = plain(read_yaml(SAMPLE.read_text(encoding="utf-8"), "目录.yaml").value)
    listed = ("indicators", "activities", "supervision", "clauses", "customers")
    items: list[tuple[str, Any]] = [(section, at) for section in listed for at in range(len(whole[section]))]
    items += [("sources", name) for name in whole["sources"]]
    for section, at in [*items, ("satisfaction", None), ("review", None)]:
        item = whole[section] if at is None else whole[section][at]
        item["unheard_of"] = 1
        problems = load(yaml.dump(whole, Dumper=DUMPER, allow_unicode=True, sort_keys=False), "目录.yaml")[1]
        assert [one.place.key.rsplit(".", 1)[-1] for one in problems] == ["unheard_of"], (section, at)
        del item["unheard_of"]
