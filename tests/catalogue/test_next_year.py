"""A catalogue carried over into the next year: what moves on, what stays, and what is said of it."""

from pathlib import Path

import pytest
from kit.console import Capture, call, refused
from kit.sample import ROOT

from itss_kpi.catalogue.load import load
from itss_kpi.catalogue.next_year import carried_over

TEXT = """\
# 年度目录 2022
format: itss-kpi/catalogue/1
plan: {title: 计划, document: D-2022, version: V1, organization: 公司, year: 2022, departments: [甲部]}  # 2022 年
calendar: {years: [2022], holidays: [2022-10-01~2022-10-07]}
sources:
  t: {name: 工单, departments: [甲部], files: 工单_*, key: [号], date: 日, columns: {号: {required: true}, 日: {type: date, required: true}}}
  r: {name: 花名册, departments: [甲部], files: 花名册_*, key: [号], snapshot: true, covers: year, columns: {号: {required: true}}}
  o: {name: 中断, departments: [甲部], files: 中断_*, key: [号], date: 日, carries: earlier, columns: {号: {required: true}, 日: {type: date, required: true}}}
indicators:
  - {id: a, number: 1, domain: 域, name: 数, formula: f, period: month, target: [{requirement: '<= 9次'}, {since: 2022-07-01, requirement: '<= 8次'}], value: {measure: count, source: t}}
  - {id: b, number: 2, domain: 域, name: 上期, formula: f, period: month, value: {indicator: [a], window: previous}}
  - {id: c, number: 3, domain: 域, name: 人数, formula: f, period: year, value: {measure: count, source: r}}
  - {id: d, number: 4, domain: 域, name: 中断, formula: f, period: month, value: {measure: count, source: o}}
activities:
  - {number: 1, name: 内审, when: 上半年, due: [2022-03, '2022-09']}  # 2022-03
  - {number: 2, name: 评审, when: 12月}
customers: [{name: 甲公司, questionnaires: 3}]
"""


def test_what_is_of_the_year_moves_on_and_all_else_stays() -> None:
    catalogue, _ = load(TEXT, "k.yaml")
    assert catalogue
    carried = carried_over(TEXT, catalogue)
    expected = TEXT.replace("year: 2022,", "year: 2023,").replace("[2022-03, '2022-09']", "[2023-03, '2023-09']")
    assert carried.text == expected
    assert load(carried.text, "k.yaml")[0]
    assert carried.to_do == (
        "plan 的 document、version、revisions 还是 D-2022 V1,改成 2023 年计划的",
        "1 项考核要求照旧;有变化的,在 target 中加一条 since: 2023-01-01",
        "calendar 没有 2023 年的放假安排:公布后在 years 中加上 2023,补 holidays、workdays",
        "“中断”、“工单”还要用到 2022 年的记录:原有的文件留在原处,不要移走",
        "“花名册”的文件可以不写年份,会当作 2023 年的:2022 年的文件名中没有年份的,加上 2022",
        "质量活动的 due 已由 2022 年改为 2023 年,核对日期",
        "客户的 questionnaires(计划发放的问卷份数)是 2022 年的,核对",
        "2022 年的归档不动,照旧用 itss-kpi verify 核对;统计与基线会用到它",
    )


def test_of_a_plain_catalogue_little_is_said() -> None:
    lines = [
        line
        for line in TEXT.splitlines()
        if not line.startswith(("calendar", "customers", "activities", "  - {number"))
    ]
    text = "\n".join(
        line for line in lines if not line.startswith(("  r:", "  o:", "  - {id: b", "  - {id: c", "  - {id: d"))
    )
    catalogue, _ = load(text, "k.yaml")
    assert catalogue
    assert len(carried_over(text, catalogue).to_do) == 3


@pytest.mark.usefixtures("here")
def test_the_sample_carried_over_still_stands_by_its_closed_year(tmp_path: Path, capsys: Capture) -> None:
    text = (ROOT / "kpi_definitions.yaml").read_text(encoding="utf-8")
    text = text.replace("data: sample_data", f"data: {ROOT / 'sample_data'}")
    Path("目录_2022.yaml").write_text(text, encoding="utf-8")
    code, out, _ = call(capsys, "init", "--from", "目录_2022.yaml")
    assert (code, out.splitlines()[0]) == (0, "写出 目录_2023.yaml")
    assert "itss-kpi check --catalogue 目录_2023.yaml" in out
    assert Path("目录_2023.yaml").read_text(encoding="utf-8") == text.replace("  year: 2022\n", "  year: 2023\n")
    code, out, _ = call(capsys, "verify", "-c", "目录_2023.yaml")
    assert (code, out.startswith("✓ 2022")) == (0, True)
    assert call(capsys, "init", "--from", "目录_2022.yaml")[0] == 1
    assert "没有这个指标目录文件" in refused(capsys, "init", "--from", "没有.yaml")
    assert "写明新项目的文件夹" in refused(capsys, "init")
