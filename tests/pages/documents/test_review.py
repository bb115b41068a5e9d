"""The management review's input: the planted answers in its tables, where figures come from, and what isn't known."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from kit.sample import ROOT, Sample
from kit.tables import LAST, PLAN, YEAR, catalogue_of, raw_export, report_of, table_of
from kit.tickets import SOURCE

from itss_kpi.analysis.series import series
from itss_kpi.app.evaluation import evaluate_files
from itss_kpi.app.inputs import Inputs
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.load import load
from itss_kpi.core.jsonable import as_json
from itss_kpi.core.results import MissingExport, Report, Verdict
from itss_kpi.pages.documents.parts import Part, Row, merged_absences
from itss_kpi.pages.documents.review import Review, review_of
from itss_kpi.pages.making import cell
from itss_kpi.pages.page import BREAK, Chart, Heading, Note, Table, Tone
from itss_kpi.plan.actions import actions_of
from itss_kpi.plan.activities import activities_of
from itss_kpi.plan.nonconformities import nonconformities_of
from itss_kpi.plan.satisfaction import survey_of
from itss_kpi.plan.supervision import checks_of
from itss_kpi.plan.year import PlanYear

DAYS = ("2022-09-30", "2022-12-31")


@pytest.fixture(scope="module")
def reviews() -> dict[str, Review]:
    """The sample's review as of each of the days."""
    work = evaluate_files(Inputs(ROOT / "kpi_definitions.yaml", as_of="2022-12-31"), "2022", records=True)
    found = {day: review_of(work.at(YEAR, date.fromisoformat(day)).year) for day in DAYS}
    return {day: review for day, review in found.items() if review}


def table(review: Review, title: str) -> list[dict[str, Any]]:
    """The rows of the one table with this title: by column what is shown, and the exact values as `value:column`."""
    (found,) = [part for part in tables_of(review) if part.title == title]
    return [by_column(found, row) for row in found.rows]


def by_column(found: Table, row: Row) -> dict[str, Any]:
    cells = {column.name: cell(one) for column, one in zip(found.columns, row, strict=True)}
    shown = {name: one.text for name, one in cells.items()}
    exact = {f"value:{name}": one.value for name, one in cells.items()}
    return {**shown, **exact, "出处": sources_of(row)}


def sources_of(row: Row) -> tuple[str, ...]:
    return tuple(one.text for one in cell(row[-1]).pieces if one != BREAK)


def tables_of(review: Review) -> Iterator[Table]:
    return (part for part in review.parts if isinstance(part, Table))


def charts_of(review: Review) -> list[Chart]:
    return [part for part in review.parts if isinstance(part, Chart)]


def sections_of(review: Review) -> list[tuple[str, list[Part]]]:
    """Each heading with the parts below it."""
    found: list[tuple[str, list[Part]]] = []
    for part in review.parts:
        if isinstance(part, Heading):
            found.append((part.text, []))
        else:
            found[-1][1].append(part)
    return found


def planted(topic: str, day: str) -> dict[str, dict[str, str]]:
    """The planted answers of a topic by item."""
    found: dict[str, dict[str, str]] = {}
    with open(ROOT / "sample_data" / "answers_activities.csv", encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if (row["topic"], row["as_of"]) == (topic, day):
                found.setdefault(row["item"], {})[row["measure"]] = row["value"]
    assert found
    return found


# ---- the planted answers


def test_every_assessment_has_the_planted_value_and_verdict(reviews: dict[str, Review]) -> None:
    review = reviews["2022-12-31"]
    shown = {
        (row["序号"], row["考核期"]): row
        for part in tables_of(review)
        if part.title.endswith("的各期考核")
        for row in (by_column(part, one) for one in part.rows)
    }
    with open(ROOT / "sample_data" / "answers.csv", encoding="utf-8-sig", newline="") as file:
        answers = list(csv.DictReader(file))
    assert len(answers) == len(shown) == 74
    for answer in answers:
        row = shown[answer["number"], answer["period"]]
        assert row["value:结论"] == answer["verdict"]
        ends = [answer["lowest"], answer["highest"]]
        assert (row["value:实际值"] or "") == ("~".join(ends) if ends[0] != ends[1] else answer["value"])
        parts = " / ".join(str(Fraction(answer[name])) for name in ("numerator", "denominator") if answer[name])
        assert (row["value:分子/分母"] or "") == parts


def test_the_counts_by_domain_are_those_of_the_assessments(reviews: dict[str, Review]) -> None:
    review = reviews["2022-12-31"]
    with open(ROOT / "sample_data" / "answers.csv", encoding="utf-8-sig", newline="") as file:
        verdicts = Counter(row["verdict"] for row in csv.DictReader(file))
    assert Fraction(verdicts["attained"], verdicts["attained"] + verdicts["missed"]) == Fraction(13, 16)
    *domains, total = table(review, "各指标域的结论(到期的考核)")
    assert total["到期"] == "74"
    for verdict in (Verdict.ATTAINED, Verdict.MISSED, Verdict.UNVERIFIED, Verdict.MISSING_DATA, Verdict.UNDEFINED):
        assert int(total[verdict.label]) == verdicts[verdict.value] == sum(int(row[verdict.label]) for row in domains)
    assert (total["达成率"], total["value:达成率"]) == ("81.25%", "13/16")
    charts = charts_of(review)
    for line in charts[0].lines:
        assert [str(value) for value in line.values] == [row[line.name] for row in domains]
        assert charts[0].categories == tuple(row["指标域"] for row in domains)


@pytest.mark.parametrize("day", DAYS)
def test_the_planted_nonconformities(reviews: dict[str, Review], day: str) -> None:
    review, answers = reviews[day], planted("nonconformities", day)
    names = {
        "found": "项数",
        "open": "未关闭",
        "overdue": "其中逾期",
        "closed": "已关闭",
        "closed_late": "其中超期",
        "unknown": "存疑",
    }
    rows = [*table(review, "不符合项:按来源"), *table(review, "不符合项:按责任部门")]
    checked = 0
    for row in rows:
        answer = answers["" if row["来源或部门"] == "合计" else row["来源或部门"]]
        for measure, column in names.items():
            assert row[column] == answer[measure]
        assert row["value:中位天数"] == answer.get("days_median")
        checked += 1
    assert checked == len([item for item in answers if "|" not in item and not item.startswith("BF-")])
    single = [
        row for title in ("审核的不符合项", "客户投诉的不符合项", "其他来源的不符合项") for row in table(review, title)
    ]
    states = {row["编号"]: row["value:状态"] for row in single}
    assert states == {item: answer["state"] for item, answer in answers.items() if "state" in answer}


@pytest.mark.parametrize("day", DAYS)
def test_the_planted_activities(reviews: dict[str, Review], day: str) -> None:
    answers = {item: one for item, one in planted("activities", day).items() if "state" in one}
    states = Counter(answer["state"] for answer in answers.values())
    *rows, total = table(reviews[day], "各项活动:期数")
    columns = {
        "overdue": "逾期",
        "unknown": "存疑",
        "missing_data": "数据缺失",
        "late": "超期完成",
        "coming": "未到期",
        "done": "已完成",
    }
    for state, column in columns.items():
        assert int(total[column]) == states[state]
        for row in rows:
            mine = [one for item, one in answers.items() if item.split("|")[0] == row["序号"]]
            assert int(row[column]) == sum(one["state"] == state for one in mine)
    listed = {(row["序号"], row["计划时间"]): row["value:状态"] for row in table(reviews[day], "未按计划完成的")}
    wanted = {
        tuple(item.split("|")): one["state"] for item, one in answers.items() if one["state"] not in ("done", "coming")
    }
    assert listed == wanted
    (audit, outer) = table(reviews[day], "审核活动")
    assert [audit["value:状态"], outer["value:状态"]] == [answers["3|2022-01"]["state"], answers["5|2022-07"]["state"]]
    (last,) = table(reviews[day], "上次管理评审")
    assert last["value:状态"] == answers["4|2022-01"]["state"]


@pytest.mark.parametrize("day", DAYS)
def test_the_planted_checks(reviews: dict[str, Review], day: str) -> None:
    review, answers = reviews[day], planted("supervision", day)
    total = table(review, "应查的查了没有")[-1]
    for measure, column in (("expected", "应查"), ("covered", "已查"), ("unchecked", "未查"), ("missing_data", "缺失")):
        assert total[column] == answers[""][measure]
    names = {
        "checked": "检查次数",
        "conform": "符合",
        "not_conform": "不符合",
        "not_applicable": "不适用",
        "unknown": "不明",
    }
    for row in table(review, "符合率:符合/(符合+不符合);带 ! 的,其中还有记录没有交来"):
        answer = answers["" if row["检查类别"] == "合计" else row["检查类别"]]
        assert {measure: row[column] for measure, column in names.items()} == {name: answer[name] for name in names}
        assert row["value:符合率"] == answer["rate"]
    found = table(review, "未关闭和重复发生的问题")
    assert sum(row["value:状态"] == "open" for row in found) == int(answers[""]["open"])
    lacking = table(review, "应查未查与不能确定的")
    assert sum(len(row["项目或检查项"].split("、")) for row in lacking) == sum(
        "coverage" in one for one in answers.values()
    )


def test_the_planted_survey(reviews: dict[str, Review]) -> None:
    review, answers = reviews["2022-12-31"], planted("satisfaction", "2022-12-31")
    (total,) = table(review, "满意度总分")
    assert (total["value:得分"], total["value:问卷"]) == (answers[""]["score"], answers[""]["returned"])
    checked = 0
    for title in ("按调查项", "按项目名称"):
        for row in table(review, title):
            assert row["value:得分"] == answers[row["得分对象"].removesuffix(" ▼最低")]["score"]
            checked += 1
    customers = table(review, "客户")
    for row in customers:
        answer = answers[row["客户"]]
        assert row["value:得分"] == answer.get("score")
        assert (row["value:答复"] == "unanswered") is ("unanswered" in answer)
    assert (checked, len(customers)) == (20, 14)
    bands = {band: answer["band"] for band, answer in answers.items() if "band" in answer}
    assert [row["份数"] for row in table(review, "问卷的平均得分率")] == [
        bands[band] for band in ("19/20", "9/10", "4/5", "3/5", "0")
    ]
    remarks = {f"{row['项目']}|{row['问卷编号']}": row["意见"] for row in table(review, "客户的意见")}
    assert remarks == {item: answer["remark"] for item, answer in answers.items() if "remark" in answer}


def test_the_planted_actions(reviews: dict[str, Review]) -> None:
    with open(ROOT / "sample_data" / "answers_actions.csv", encoding="utf-8-sig", newline="") as file:
        answers = [row for row in csv.DictReader(file) if row["as_of"] == "2022-12-31"]
    review = reviews["2022-12-31"]
    states = {row["编号"]: row["value:状态"] for row in table(review, "纠正措施")}
    assert states == {row["id"]: row["state"] for row in answers if row["kind"] == "action"}
    unanalysed = {(row["序号"], row["考核期"]) for row in table(review, "未达成而没有原因分析")}
    assert unanalysed == {(row["number"], row["period"]) for row in answers if row["kind"] == "unanalysed"}


# ---- where figures come from


def test_every_row_says_where_it_comes_from_and_the_files_are_there(reviews: dict[str, Review]) -> None:
    files = 0
    for review in reviews.values():
        headings = {re.sub(r"^(\(.\)|.+、)", "", heading) for heading, _ in sections_of(review)}
        for part in tables_of(review):
            for row in part.rows:
                if not any(cell(one).text for one in row):  # to be filled in
                    continue
                assert sources_of(row), (part.title, row[0])
                assert len(row) == len(part.columns)
                for source in sources_of(row):
                    if source.startswith("见“"):
                        assert source[2:-1] in headings
                    elif source not in ("以上各行", "没有文件", "尚未开始") and not source.startswith("缺 "):
                        assert (ROOT / "sample_data" / source.split("!")[0]).is_file()
                        files += 1
    assert files > 500


def test_an_assessments_files_are_those_of_its_days(reviews: dict[str, Review]) -> None:
    rows = table(reviews["2022-12-31"], "过程管理的各期考核")
    (july,) = [row for row in rows if (row["序号"], row["考核期"]) == ("18", "2022-07")]
    assert july["出处"] == ("信息部/事件工单_2022Q3.xlsx", "通信部/事件工单_2022Q3.xlsx")
    (october,) = [row for row in rows if (row["序号"], row["考核期"]) == ("18", "2022-10")]
    assert october["出处"] == ("信息部/事件工单_2022Q4.xlsx", "缺 通信部 2022-10")


def test_the_ledgers_that_were_used_are_listed_with_their_rows(reviews: dict[str, Review]) -> None:
    rows = table(reviews["2022-12-31"], "所用的台账")
    assert {row["出处"][0] for row in rows} == {
        path.relative_to(ROOT / "sample_data").as_posix() for path in (ROOT / "sample_data").glob("*部/*.xlsx")
    }
    (survey,) = [row for row in rows if row["台账"] == "客户满意度调查"]
    assert (survey["覆盖"], survey["部门"]) == ("2022-01-01 至\n2022-12-31", "综合管理部")


def test_the_json_has_every_text_and_the_exact_value_behind_it(reviews: dict[str, Review]) -> None:
    review = reviews["2022-12-31"]
    found = as_json(review)
    assert (found["schema"], found["as_of"], found["partial"]) == ("itss-kpi/review/1", "2022-12-31", False)
    assert [section["heading"] for section in found["sections"]] == [heading for heading, _ in sections_of(review)]
    kinds = Counter(part["kind"] for section in found["sections"] for part in section["parts"])
    assert (kinds["chart"], kinds["table"]) == (3, len(list(tables_of(review))))
    cell = found["sections"][-1]["parts"][1]["rows"][0]["cells"][4]
    assert cell["text"] == cell["value"]
    assert found["revisions"][0]["version"] == "V1.0"


# ---- what is to be decided, and the years


def test_what_is_to_be_decided_is_counted_and_named(reviews: dict[str, Review]) -> None:
    rows = {row["事项"]: row for row in table(reviews["2022-12-31"], "提请评审关注和决定的事项")}
    wanted = {
        "未达成的指标": "12", "待核实的指标": "2", "数据缺失的指标": "6", "口径待确认的指标": "1", "未达成而没有原因分析": "5",
        "纠正措施逾期": "2", "不符合项逾期未关闭": "4", "监督检查应查未查": "7", "监督检查数据缺失": "15", "客户未答复": "2",
        "质量活动逾期": "4", "质量活动存疑": "1", "监督检查发现而未关闭": "4",
    }  # fmt: skip
    assert {what: rows[what]["项数"] for what in wanted} == wanted
    assert (
        rows["待核实的指标"]["内容"]
        == "9 服务台派单成功率 2022Q2(94.98%~95.05%);18 事件及时响应率 2022-08(89.95%~90.45%)"
    )
    assert rows["数据缺失的指标"]["内容"].startswith("18 事件及时响应率 2022-10、2022-11、2022-12;")


def test_the_review_in_january_looks_at_the_year_before(reviews: dict[str, Review], sample: Sample) -> None:
    overview = paragraphs(reviews["2022-12-31"], "一、概述")
    note = next(one.note for one in sample.catalogue.activities if one.number == 4)
    assert f"计划的安排:运维服务能力体系管理评审,1月,计划第3.2节。说明:{note}" in overview
    assert any(one.startswith("2022-01 的评审早于 2022 年度结束") for one in overview)
    assert any("截至 2022-09-30,年度尚未结束" in one for one in paragraphs(reviews["2022-09-30"], "一、概述"))


def paragraphs(review: Review, heading: str) -> list[str]:
    (parts,) = [parts for found, parts in sections_of(review) if found == heading]
    return [cell(part.text).text for part in parts if isinstance(part, Note)]


def test_the_months_are_held_against_the_target_and_stop_where_there_are_no_data(reviews: dict[str, Review]) -> None:
    charts = charts_of(reviews["2022-12-31"])
    rates, target = charts[1].lines
    assert charts[1].title.startswith("18 事件及时响应率")
    assert rates.values[6] == Fraction(193, 224)
    assert rates.values[9:] == (None, None, None)
    assert (target.target, set(target.values)) == (True, {Fraction(9, 10)})


# ---- what isn't declared, or wasn't handed in


def bare(catalogue: Catalogue, report: Report, **found: Any) -> Review:
    """The review of a report where the rest isn't declared, but for what is `found`."""
    nothing: dict[str, Any] = dict.fromkeys(("actions", "nonconformities", "checks", "survey", "activities"))
    given = {"catalogue": catalogue, "report": report, "series": (), "exports": (), "problems": (), "sealed": ""}
    review = review_of(SimpleNamespace(**(given | nothing | found)))
    assert review
    return review


SMALL = (
    f"\nsources:{SOURCE}"
    + """\
indicators:
  - {id: rate, number: 1, also: [{number: 9, domain: 质量指标}], domain: 自定域, name: 成功率, formula: 成功/全部, target: '>= 90%', period: month,
     numerator: {within: denominator, where: 结果 == '成功'}, denominator: {measure: count, source: t}}
  - {id: between, number: 2, domain: 质量指标, name: 成功率之二, formula: 成功/全部, target: '>= 10% and <= 90%', period: month,
     numerator: {within: denominator, where: 结果 == '成功'}, denominator: {measure: count, source: t}}
  - {id: number, number: 3, domain: 质量指标, name: 次数, formula: 次数, period: month, value: {measure: count, source: t}}
activities:
  - {number: 1, name: 评审, when: 12月}
review: {activity: 1}
"""
)


def test_what_is_not_declared_is_said_in_each_section() -> None:
    catalogue = catalogue_of(SMALL)
    review = bare(catalogue, report_of(catalogue, {}, "2022", as_of=LAST))
    said = {
        heading: [cell(part.text).text for part in parts if isinstance(part, Note) and part.tone is Tone.MISSING]
        for heading, parts in sections_of(review)
    }
    for heading, words in {
        "二、审核结果": "指标目录没有声明质量活动台账", "(一)审核发现的不符合项": "指标目录没有声明不符合项台账",
        "三、监督检查结果": "指标目录没有声明监督检查", "四、客户反馈": "指标目录没有声明满意度调查",
        "五、指标达成情况": "数据缺失:“工单”没有交齐(甲部 2022-01、", "六、不符合项与纠正措施": "指标目录没有声明不符合项台账",
        "(一)纠正措施": "指标目录没有声明纠正措施台账", "七、上次管理评审的跟踪": "指标目录没有声明质量活动台账",
        "八、改进建议与改进计划": "指标目录没有声明体系改进计划", "九、质量活动的完成情况": "指标目录没有声明质量活动台账",
    }.items():  # fmt: skip
        assert said[heading][0].startswith(words), heading
    # a review in the year's last month looks at this year
    assert not [one for one in paragraphs(review, "一、概述") if "早于" in one]
    assert paragraphs(review, "一、概述")[1] == "计划的安排:评审,12月。"
    assert [row["缺的月份"][:7] for row in table(review, "没有交来的台账")] == ["2022-01"]


def test_a_catalogue_without_the_review_has_none() -> None:
    catalogue = catalogue_of(SMALL.replace("review: {activity: 1}", ""))
    report = report_of(catalogue, {}, "2022", as_of=LAST)
    assert review_of(SimpleNamespace(catalogue=catalogue, report=report)) is None


def test_months_without_one_limit_have_no_line_of_it_and_counts_no_chart() -> None:
    catalogue = catalogue_of(SMALL)
    rows = [{"编号": "1", "日期": "2022-01-10", "结果": "成功"}]
    tables = {"t": table_of(catalogue, "t", raw_export(catalogue, "t", rows))}
    report = report_of(catalogue, tables, "2022", as_of=date(2022, 2, 28))
    found = series(catalogue, tables, catalogue.indicators, YEAR, YEAR, report.as_of, known=report.assessments)
    review = bare(catalogue, report, series=found, exports=report.exports)
    charts = charts_of(review)
    assert [(chart.title[:1], len(chart.lines)) for chart in charts] == [("各", 4), ("1", 2), ("2", 1)]
    assert charts[0].categories == ("自定域", "质量指标")  # as the plan's table has them
    whole = {row["序号"]: row for row in table(review, "全年合计")}
    assert (whole["1"]["全年值"], whole["1"]["范围"]) == ("100.00%", "2022-01-01 至 2022-02-28")
    ended = report_of(catalogue, tables, "2022", as_of=date(2022, 1, 15))
    assert table(bare(catalogue, ended), "各指标域的结论(到期的考核)")[-1]["达成率"] == "—"


def test_ledgers_that_were_not_handed_in_are_missing_not_empty(sample: Sample) -> None:
    catalogue, nothing = sample.catalogue, {}
    report = report_of(catalogue, {}, "2022", as_of=LAST)
    known = report.assessments
    review = bare(
        catalogue, report, actions=actions_of(catalogue, nothing, known, YEAR, LAST),
        nonconformities=nonconformities_of(catalogue, nothing, known, YEAR, LAST), checks=checks_of(catalogue, nothing, YEAR, LAST),
        survey=survey_of(catalogue, nothing, YEAR, LAST, known=known), activities=activities_of(catalogue, nothing, LAST),
    )  # fmt: skip
    for heading in (
        "二、审核结果", "(一)审核发现的不符合项", "三、监督检查结果", "四、客户反馈", "(一)客户投诉", "五、指标达成情况",
        "六、不符合项与纠正措施", "(一)纠正措施", "七、上次管理评审的跟踪", "八、改进建议与改进计划", "九、质量活动的完成情况",
    ):  # fmt: skip
        first = next(parts[0] for found, parts in sections_of(review) if found == heading and parts)
        assert isinstance(first, Note)
        assert first.tone is Tone.MISSING
        assert cell(first.text).text.startswith("数据缺失:“")
    for part in tables_of(review):
        for row in part.rows:
            assert sources_of(row) or not any(cell(one).text for one in row), part.title
    total = table(review, "应查的查了没有")[-1]
    assert (total["覆盖率"], total["缺失"]) == ("! 0.00%", "256")
    assert all(row["value:结论"] != "attained" for row in table(review, "质量指标的各期考核"))
    lacking = {row["台账"] for row in table(review, "没有交来的台账")}
    assert {"质量活动台账", "监督检查记录", "不符合项台账", "体系改进计划", "纠正措施台账", "客户满意度调查"} <= lacking
    assert table(review, "所用的台账") == []


def test_another_year_than_the_plans_has_no_activities_of_the_plan(sample: Sample) -> None:
    catalogue = sample.catalogue
    report = report_of(catalogue, {}, "2021", as_of=date(2021, 12, 31))
    review = review_of(PlanYear(catalogue, catalogue.indicators, {}, {}, report))
    assert review
    (said,) = paragraphs(review, "九、质量活动的完成情况")
    assert said == "指标目录是 2022 年度的计划,没有本材料所在年度的质量活动。"
    assert not [one for one in paragraphs(review, "一、概述") if "早于" in one]


def test_a_survey_without_projects_and_with_rows_that_nobody_can_read() -> None:
    catalogue = catalogue_of(SURVEY)
    rows = [
        {"编号": "1", "问卷": "Q1", "客户": "甲", "日期": "2022-12-01", "得分": "9"},
        {"编号": "2", "问卷": "Q2", "客户": "乙", "日期": "2022-12-01", "得分": "很好"},
    ]
    export = raw_export(catalogue, "s", rows, covers=(date(2022, 1, 1), date(2023, 1, 1)))
    tables = {"s": table_of(catalogue, "s", export)}
    report = report_of(catalogue, tables, "2022", as_of=LAST)
    survey = survey_of(catalogue, tables, YEAR, LAST, known=report.assessments)
    review = bare(catalogue, report, survey=survey, exports=report.exports)
    titles = [part.title for part in tables_of(review)]
    assert not [title for title in titles if title.startswith("按")]
    assert [row["为什么"] for row in table(review, "存疑的行")] == ["“得分”读不出来"]
    # no origin of nonconformities is a complaint, so nothing is said of complaints
    assert not [heading for heading, _ in sections_of(review) if heading.endswith("客户投诉")]


SURVEY = """
sources:
  s:
    name: 调查
    departments: [甲部]
    files: 调查_*.xlsx
    key: [编号]
    date: 日期
    columns:
      编号: {type: text, required: true}
      问卷: {type: text}
      客户: {type: text}
      日期: {type: date, required: true}
      得分: {type: decimal}
indicators:
  - {id: score, number: 2, domain: 质量指标, name: 满意度, formula: 得分/10, target: '>= 9', period: year,
     value: {measure: mean, source: s, of: 得分}}
satisfaction: {indicator: 2, source: s, questionnaire: 问卷, customer: 客户, score: 得分, scale: 10}
activities:
  - {number: 1, name: 评审, when: 1月}
review: {activity: 1}
"""


def test_a_row_without_a_number_is_named_by_its_place(sample: Sample) -> None:
    catalogue = sample.catalogue
    rows: list[Mapping[str, str]] = [
        {"指标序号": "18", "考核期": "2022-07", "纠正措施": "加人", "完成期限": "2022-09-30"}
    ]
    ledgers = {
        "corrective_actions": table_of(
            catalogue, "corrective_actions", raw_export(catalogue, "corrective_actions", rows, department="综合管理部")
        )
    }
    report = report_of(catalogue, {}, "2022", as_of=LAST)
    review = bare(catalogue, report, actions=actions_of(catalogue, ledgers, report.assessments, YEAR, LAST))
    (row,) = [one for one in table(review, "提请评审关注和决定的事项") if one["事项"] == "纠正措施存疑"]
    assert row["内容"] == "综合管理部/纠正措施台账.xlsx!Sheet1!2"


# ---- the catalogue


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ("{activity: 2}", "review.activity:没有这个序号的质量活动:2"),
        ("{activity: 1, audits: [1, 3]}", "review.audits.1:没有这个序号的质量活动:3"),
        ("{activity: 1, origin: [内审]}", "review.origin:没有这一项,是否应为“origins”?"),
        ("{audits: [1]}", "review.activity:缺少此项"),
    ],
)
def test_what_the_review_names_has_to_be_there(changed: str, message: str) -> None:
    found, problems = load(PLAN + SMALL.replace("{activity: 1}", changed), "kpi.yaml")
    assert found is None
    assert [problem.message for problem in problems] == [message]


def test_its_origins_are_those_of_the_ledger() -> None:
    text = (ROOT / "kpi_definitions.yaml").read_text(encoding="utf-8")
    found, problems = load(
        text.replace("origins: [内审, 外审]", "origins: [内审, 外审核]").replace(
            "complaints: [客户投诉]", "complaints: [表扬]"
        ),
        "k",
    )
    assert found is None
    assert [problem.message for problem in problems] == [
        "review.origins.1:不符合项台账的来源没有“外审核”,是否应为“外审”?", "review.complaints.0:不符合项台账的来源没有“表扬”",
    ]  # fmt: skip


def test_months_of_one_department_are_said_once() -> None:
    found = [
        MissingExport("t", "甲部", ("2022-02",)),
        MissingExport("t", "甲部", ("2022-01", "2022-02")),
        MissingExport("t", "乙部", ("2022-01",)),
    ]
    assert merged_absences(found) == [
        MissingExport("t", "甲部", ("2022-01", "2022-02")),
        MissingExport("t", "乙部", ("2022-01",)),
    ]
    assert merged_absences(found) == [
        MissingExport("t", "甲部", ("2022-01", "2022-02")),
        MissingExport("t", "乙部", ("2022-01",)),
    ]
