"""The verdict of a whole year: of each of its periods, or of all together."""

from collections.abc import Sequence
from datetime import date

import pytest
from kit.tables import catalogue_of, raw_export, report_of, table_of

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.load import load
from itss_kpi.core.results import Verdict

TEXT = """
sources:
  tickets:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    date: 日期
    columns: {编号: {}, 日期: {type: date}, 结果: {}}
indicators:
  - {id: rate, number: 1, domain: 过程管理, name: 合格率, formula: 合格/全部, target: '>= 95%', period: quarter, annual: ANNUAL,
     numerator: {within: denominator, where: 结果 == '合格'}, denominator: {measure: count, source: tickets}}
"""  # fmt: skip
QUARTERS = [(date(2022, month, 1), date(2022 + (month == 10), (month + 3) % 12, 1)) for month in (1, 4, 7, 10)]


def catalogue(annual: str) -> Catalogue:
    return catalogue_of(TEXT.replace("ANNUAL", annual))


def judged(annual: str, failures: Sequence[int], as_of: date = date(2022, 12, 31)) -> dict[str, Verdict]:
    """Of 40 tickets a quarter so many fail."""
    made = catalogue(annual)
    files = []
    for at, ((start, end), bad) in enumerate(zip(QUARTERS, failures, strict=False)):
        rows = [
            {"编号": f"{at}-{n}", "日期": start.isoformat(), "结果": "不合格" if n < bad else "合格"} for n in range(40)
        ]
        files.append(raw_export(made, "tickets", rows, covers=(start, end), path=f"甲部/工单_{at}.xlsx"))
    report = report_of(made, {"tickets": table_of(made, "tickets", *files)}, "2022", as_of=as_of)
    assert len(report.assessments) == 4
    return report.by_indicator


@pytest.mark.parametrize(
    ("failures", "each", "whole"),
    [
        ([4, 0, 0, 0], Verdict.MISSED, Verdict.ATTAINED),  # 90 % in one quarter, 156/160 = 97.5 % over the year
        ([2, 2, 2, 2], Verdict.ATTAINED, Verdict.ATTAINED),  # 95 %
        ([0, 0, 0, 9], Verdict.MISSED, Verdict.MISSED),  # 151/160 = 94.375 %
        ([0, 0, 0], Verdict.MISSING_DATA, Verdict.MISSING_DATA),
    ],
)
def test_a_year_is_judged_as_the_catalogue_says(failures: list[int], each: Verdict, whole: Verdict) -> None:
    assert judged("each", failures) == {"rate": each}
    assert judged("whole", failures) == {"rate": whole}


def test_a_year_that_runs_is_not_judged_as_a_whole() -> None:
    assert judged("whole", [4, 0, 0], date(2022, 9, 30)) == {"rate": Verdict.MISSED}


def test_a_year_has_no_parts_but_itself() -> None:
    text = TEXT.replace("period: quarter", "period: year").replace("ANNUAL", "whole")
    plan = "format: itss-kpi/catalogue/1\nplan: {title: 计划, document: D, version: V1, organization: 公司, year: 2022, departments: [甲部]}\n"
    problems = load(plan + text, "kpi.yaml")[1]
    assert any("annual: whole" in problem.message for problem in problems)
