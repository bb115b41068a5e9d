"""The customer survey: planted answers of the sample, and what can't be known in small surveys of another company.

Convention: the small catalogue has other column names, a scale of 5 and no projects; its indicator is a mean assessed by
the half-year. Expected values are worked out by hand beside the rows.
"""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from kit.sample import BEFORE, OFFICE, ROOT, Sample, key_of, planted, read_in
from kit.survey import ROWS, SMALL, answer
from kit.tables import Row, catalogue_of, raw_export, report_of, table_of

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.core.period import Period, PeriodKind
from itss_kpi.core.results import Assessment, MissingExport, Verdict
from itss_kpi.core.text import pseudonym
from itss_kpi.plan.questionnaires import Band, Count, Doubt
from itss_kpi.plan.satisfaction import GATES, Satisfaction, Standing, survey_of
from itss_kpi.plan.satisfaction_words import (
    apart_text,
    band_text,
    before_text,
    count_text,
    coverage_text,
    is_empty,
    reasons,
    response_text,
    scale_text,
    share_text,
    value_text,
)

YEAR, WINTER = Period(PeriodKind.YEAR, 2022), date(2022, 12, 31)

# ---- the sample


def of_sample(sample: Sample, **options: Any) -> Satisfaction:
    found = survey_of(sample.catalogue, sample.tables, YEAR, WINTER, **options)
    assert found
    return found


def test_the_sample_s_survey_is_the_planted_one(sample: Sample) -> None:
    found = of_sample(sample)
    assert found.projects
    assert found.items
    assert found.response
    share, _ = found.response
    answers = {
        ("", "customers"): len(found.to_ask), ("", "answered"): found.counts[Standing.ANSWERED], ("", "sent"): found.sent,
        ("", "returned"): found.returned.sure, ("", "response"): share, ("", "score"): found.total.item.value,
    }  # fmt: skip
    answers |= {(one.name, "unanswered"): 1 for one in found.customers if one.standing is Standing.UNANSWERED}
    answers |= {(one.name, "score"): one.item.value for one in (*found.items.scores, *found.projects.scores)}
    answers |= {(one.name, "returned"): one.returned.sure for one in found.projects.scores}
    for one in found.customers:
        if one.score:
            answers |= {(one.name, "score"): one.score.value, (one.name, "returned"): one.returned.sure}
    answers |= {(str(band.low), "band"): band.count for band in found.distribution.bands}
    texts = {(f"{one.project}|{one.questionnaire}", "remark"): one.text for one in found.remarks}
    key = planted("satisfaction", "2022-12-31")
    assert {name: str(value) for name, value in answers.items()} | texts == {
        (item, measure): value for (item, measure), value in key.items()
    }
    # nothing is doubtful
    assert found.response == (share, share)
    assert (found.doubts, found.distribution.doubtful, found.distribution.unscored) == ((), 0, 0)
    assert all(count.sure == count.most for count in (found.returned, *(one.returned for one in found.customers)))


def test_its_total_is_the_indicator_s_own_assessment(sample: Sample) -> None:
    indicator = sample.catalogue.find("2")
    report = report_of(sample.catalogue, {"satisfaction": sample.tables["satisfaction"]}, "2022", indicators=indicator)
    assert of_sample(sample).total.item == report.assessments[0]
    # what is known already isn't worked out again
    marked = replace(report.assessments[0], name="已经算过")
    assert of_sample(sample, known=[marked]).total.item is marked
    other = replace(marked, period=Period(PeriodKind.YEAR, 2021))
    assert of_sample(sample, known=[other]).total.item == report.assessments[0]


def test_the_change_on_the_survey_of_2021(sample: Sample, tmp_path: Path) -> None:
    for folder in (ROOT / "sample_data", BEFORE):
        for path in folder.glob(f"{OFFICE}/客户满意度调查_*.xlsx"):
            (tmp_path / OFFICE).mkdir(exist_ok=True)
            shutil.copy(path, tmp_path / OFFICE)
    ((table, _),) = read_in(sample.catalogue, tmp_path, ["satisfaction"]).values()
    found = survey_of(sample.catalogue, {"satisfaction": table}, YEAR, WINTER)
    assert found
    assert found.items
    key = key_of(BEFORE / "answers.csv")
    scores = [found.total, *found.items.scores]
    changes = {("satisfaction", "2022-12-31", one.name, "change"): str(one.change) for one in scores}
    before = {("satisfaction", "2021-12-31", one.name, "score"): str(one.before and one.before.value) for one in scores}
    assert changes | before == key
    # this year's is what it is without the survey of the year before
    assert (found.customers, found.distribution) == (of_sample(sample).customers, of_sample(sample).distribution)
    assert found.projects
    # 长沙地调自动化运维: 114/120 now, three questionnaires with 96.28% then
    (one,) = [one for one in found.projects.scores if one.name == "长沙地调自动化运维"]
    assert (one.item.value, one.before and one.before.display) == (Fraction(19, 20), "96.28%")
    assert one.change == Fraction(19, 20) - (one.before.value if one.before and one.before.value else 0)
    assert reasons(found) == []


def test_the_lowest_come_first(sample: Sample) -> None:
    found = of_sample(sample)
    assert found.items
    assert found.projects
    assert [one.name for one in found.items.scores] == [
        "技术水平", "响应速度", "总体评价", "解决能力", "沟通协调", "服务态度",
    ]  # fmt: skip
    assert found.items.lowest == {"技术水平"}
    assert found.projects.lowest == {found.projects.scores[0].name} == {"调度数据网运维"}
    assert [one.name for one in found.customers][:2] == ["张家界供电公司", "湘西供电公司"]


def test_the_sample_in_the_middle_of_the_year(sample: Sample) -> None:
    found = survey_of(sample.catalogue, sample.tables, YEAR, date(2022, 6, 30))
    assert found
    with (ROOT / "sample_data" / "answers_activities.csv").open(encoding="utf-8") as stream:
        assert "satisfaction,2022-06-30" not in stream.read()
    assert found.partial
    assert found.total.item.verdict is Verdict.IN_PROGRESS
    assert 0 < found.total.returned.sure < 60
    assert found.total.reason == "2022 年还没有结束,不与上一年比"
    assert found.title("公司", "客户满意度", begins=True) == "公司 2022 客户满意度(截至 2022-06-30,尚未结束)"


# ---- another company's survey


STARS = catalogue_of(SMALL)


def surveyed(
    *rows: Row,
    catalogue: Catalogue = STARS,
    as_of: date = WINTER,
    year: Period = YEAR,
    archived: Sequence[Assessment] = (),
) -> Satisfaction:
    tables = {"feedback": table_of(catalogue, "feedback", raw_export(catalogue, "feedback", rows))}
    found = survey_of(catalogue, tables, year, as_of, archived=archived)
    assert found
    return found


def standings(found: Satisfaction) -> dict[str, tuple[str, Count]]:
    return {one.name: (one.standing.value, one.returned) for one in found.customers}


def scores_of(split: Any) -> dict[str, tuple[Fraction | None, ...]]:
    return {one.name: (one.item.value, one.item.lowest, one.item.highest) for one in split.scores}


def test_other_names_a_scale_of_five_and_no_projects() -> None:
    found = surveyed(*ROWS)
    assert standings(found) == {
        "丙公司": ("unanswered", Count(0, 0)), "甲公司": ("answered", Count(2, 2)), "乙公司": ("answered", Count(1, 1)),
    }  # fmt: skip
    assert {one.name: one.score and one.score.value for one in found.customers} == {
        "甲公司": Fraction(13, 4), "乙公司": Fraction(5), "丙公司": None,
    }  # fmt: skip
    assert found.projects is None
    assert scores_of(found.items) == {"好": (Fraction(5, 2),) * 3, "快": (Fraction(13, 3),) * 3}
    assert found.items
    assert found.items.lowest == {"好"}
    # the half-years' indicator over the year
    assert (found.total.item.value, found.total.item.period, found.total.item.verdict) == (
        Fraction(18, 5), YEAR, Verdict.MISSED,
    )  # fmt: skip
    assert (found.sent, found.returned, found.response) == (3, Count(3, 3), (Fraction(1), Fraction(1)))
    # 9/10, 2/5, 1
    assert found.distribution.bands == (
        Band(Fraction(0), Fraction(1, 2), 1), Band(Fraction(1, 2), Fraction(4, 5), 0), Band(Fraction(4, 5), None, 2),
    )  # fmt: skip
    (scale,) = found.distribution.scales
    assert (scale.full, scale.scores) == (5, ((5, 2), (4, 1), (3, 1), (1, 1)))
    (remark,) = found.remarks
    assert (remark.project, remark.customer, remark.questionnaire, remark.text) == ("", "甲公司", "1", "谢谢")
    assert remark.places == ("甲部/回访记录.xlsx!Sheet1!2", "甲部/回访记录.xlsx!Sheet1!3")
    assert [(one.number, one.customer, one.share, one.doubtful) for one in found.questionnaires] == [
        ("1", "甲公司", Fraction(9, 10), False), ("2", "甲公司", Fraction(2, 5), False), ("3", "乙公司", 1, False),
    ]  # fmt: skip
    assert found.doubts == ()
    assert found.conditions() == {"uncovered"}
    assert survey_of(STARS.model_copy(update={"satisfaction": None}), {}, YEAR, WINTER) is None


def test_nothing_of_other_days_or_that_the_indicator_doesn_t_count_is_seen() -> None:
    rows = (
        *ROWS, answer("4", "丙公司", "快", "5", 答复日="2022-12-06"), answer("5", "丙公司", "快", "5", 答复日="2021-12-06"),
        answer("6", "丙公司", "快", "5", 有效="否", 想说的话="看不到"), answer("7", "丙公司", "快", "5", 有效=""),
    )  # fmt: skip
    found = surveyed(*rows, as_of=date(2022, 12, 5))
    assert standings(found)["丙公司"] == ("unanswered", Count(0, 0))
    assert (len(found.questionnaires), len(found.remarks), found.doubts) == (3, 1, ())
    assert standings(surveyed(*rows))["丙公司"] == ("answered", Count(1, 1))


def test_what_can_t_be_known_is_listed_and_not_guessed() -> None:
    found = surveyed(
        *ROWS,
        answer("4", "丙公司", "快", "5", 答复日="月底"),
        answer("5", "乙公司", "快", "五星"),
        answer("5", "乙公司", "好", "4"),
    )
    place = "甲部/回访记录.xlsx!Sheet1!"
    assert found.doubts == (
        Doubt(f"{place}7", ("“答复日”读不出来",)), Doubt(f"{place}8", ("“星级”读不出来",)),
    )  # fmt: skip
    assert standings(found) == {
        "丙公司": ("doubtful", Count(0, 1)), "甲公司": ("answered", Count(2, 2)), "乙公司": ("answered", Count(2, 2)),
    }  # fmt: skip
    assert (found.total.returned, found.returned, found.sent) == (Count(4, 5), Count(4, 4), 3)
    assert (found.distribution.doubtful, found.distribution.doubtful_answers) == (2, 2)
    # 乙公司: 5, 4 and one of whom nobody knows
    (one,) = [one for one in found.customers if one.name == "乙公司"]
    assert one.score
    assert (one.score.value, one.score.lowest, one.score.highest) == (Fraction(9, 2), None, None)
    (one,) = [one for one in found.customers if one.name == "丙公司"]
    assert one.score
    assert (one.score.value, one.score.doubtful_rows) == (None, 1)
    assert found.conditions() == {"uncovered"}


def test_doubtful_scores_make_intervals() -> None:
    ratio = SMALL.replace("星级: {type: integer, required: true}", "星级: {type: integer, minimum: 0}\n      满星: {type: integer}").replace(
        "value: {measure: mean, source: feedback, of: 星级, where: 有效}",
        "numerator: {within: denominator, of: 星级}\n    denominator: {measure: sum, source: feedback, of: 满星}\n    averaged_over: 问题",
    ).replace(">= 4分", ">= 80%").replace("scale: 5", "full: 满星")  # fmt: skip
    rows = [
        answer("1", "甲公司", "快", "8", 满星="10"), answer("1", "甲公司", "好", "?", 满星="10"),
        answer("2", "乙公司", "快", "10", 满星="10"), answer("2", "乙公司", "好", "50", 满星="100"),
    ]  # fmt: skip
    found = surveyed(*rows, catalogue=catalogue_of(ratio))
    # 快 18/20; 好 (50+x)/110 with x from 0 to 10; the mean of both
    assert (found.total.item.lowest, found.total.item.highest) == (Fraction(149, 220), Fraction(159, 220))
    assert scores_of(found.items)["好"][1:] == (Fraction(5, 11), Fraction(6, 11))
    customers = {one.name: one.score and (one.score.lowest, one.score.highest) for one in found.customers}
    assert customers == {
        "甲公司": (Fraction(2, 5), Fraction(9, 10)), "乙公司": (Fraction(3, 4), Fraction(3, 4)), "丙公司": None,
    }  # fmt: skip
    assert found.items
    # 快 is 9/10 for certain, 好 at most 6/11
    assert [one.name for one in found.items.scores] == ["好", "快"]
    assert found.items.lowest == {"好"}
    (one,) = [one for one in found.questionnaires if one.number == "1"]
    assert (one.share, one.doubtful) == (None, True)
    assert [(scale.full, scale.scores) for scale in found.distribution.scales] == [
        (10, ((10, 1), (8, 1))), (100, ((50, 1),)),
    ]  # fmt: skip


def test_answers_that_measure_nothing() -> None:
    text = SMALL.replace("星级: {type: integer, required: true}", "星级: {type: integer}\n      满星: {type: integer}")
    rows = [
        answer("1", "甲公司", "快", "6", 满星="5"), answer("2", "甲公司", "快", "5"), answer("3", "甲公司", "快", "0", 满星="0"),
        answer("4", "乙公司", "快", "", 满星="5"), answer("5", "丙公司", "快", "-1", 满星="5"), answer("5", "丙公司", "好", "", 满星="5"),
    ]  # fmt: skip
    found = surveyed(*rows, catalogue=catalogue_of(text.replace("scale: 5", "full: 满星")))
    assert [one.reasons for one in found.doubts] == [
        ("“星级”大于满分",),
        ("没有大于 0 的满分",),
        ("没有大于 0 的满分",),
    ]
    # what is less than nothing is of the first band
    assert [band.count for band in found.distribution.bands] == [1, 0, 0]
    assert (found.distribution.doubtful, found.distribution.unscored) == (3, 1)
    assert (found.distribution.doubtful_answers, found.distribution.unscored_answers) == (3, 2)
    assert {name: standing for name, (standing, _) in standings(found).items()} == dict.fromkeys(
        ("甲公司", "乙公司", "丙公司"), "answered"
    )


def test_two_rows_of_one_key() -> None:
    twice = (answer("4", "丙公司", "快", "5", 想说的话="好"), answer("4", "丙公司", "快", "4", 想说的话="好"))
    found = surveyed(*ROWS, *twice)
    # whichever holds, 丙公司 has answered; but which score nobody knows
    assert standings(found)["丙公司"] == ("answered", Count(1, 1))
    assert (found.distribution.doubtful, found.distribution.doubtful_answers) == (1, 1)
    assert [one.doubtful for one in found.remarks] == [False, True]
    assert len(found.doubts) == 2
    (one,) = [one for one in found.customers if one.name == "丙公司"]
    assert one.score
    assert (one.score.lowest, one.score.highest) == (4, 5)


@pytest.mark.parametrize(
    "other", [answer("4", "乙公司", "快", "5"), answer("4", "丙公司", "快", "5", 答复日="2021-12-05")]
)
def test_a_variant_that_says_otherwise_leaves_it_open(other: Row) -> None:
    found = surveyed(*ROWS, answer("4", "丙公司", "快", "4"), other)
    assert standings(found)["丙公司"] == ("doubtful", Count(0, 1))
    assert found.total.returned == Count(4 if other["单位"] == "乙公司" else 3, 4)
    assert found.conditions() == {"uncovered"}


def test_a_questionnaire_of_two_customers_is_nobody_s() -> None:
    found = surveyed(*ROWS, answer("4", "丙公司", "快", "4"), answer("4", "丁公司", "好", "4"))
    assert standings(found)["丙公司"] == ("doubtful", Count(0, 1))
    assert standings(found)["丁公司"] == ("undeclared", Count(0, 1))
    assert {one.reasons for one in found.doubts} == {("同一份问卷写了几个客户:丁公司、丙公司",)}


def test_a_questionnaire_of_no_customer_may_be_anybody_s() -> None:
    found = surveyed(*ROWS, answer("4", "", "快", "4"), answer("5", "甲公司", "快", "4"), answer("5", "", "好", "4"))
    assert standings(found) == {
        "丙公司": ("doubtful", Count(0, 1)), "甲公司": ("answered", Count(3, 4)), "乙公司": ("answered", Count(1, 2)),
        "未填": ("undeclared", Count(1, 1)),
    }  # fmt: skip
    assert [one.reasons for one in found.doubts] == [("没有写明客户",)]
    # at most five came back, so not six
    assert (found.total.returned, found.returned) == (Count(5, 5), Count(4, 5))


def test_a_row_without_a_number_may_be_a_questionnaire() -> None:
    found = surveyed(*ROWS, answer("", "丙公司", "快", "4"))
    assert standings(found)["丙公司"] == ("doubtful", Count(0, 1))
    (doubt,) = found.doubts
    assert doubt.reasons == ("同一编号的几行内容不同,或没有编号、所在的工作表不知是否计入", "“答卷”读不出来")
    assert found.questionnaires[-1].number == ""


def test_an_unreadable_group_is_every_group_s() -> None:
    text = SMALL.replace("问题: {}", "问题: {required: true}").replace("key: [答卷, 问题]", "key: [答卷]")
    rows = (answer("1", "甲公司", "快", "5"), answer("2", "甲公司", "好", "4"), answer("3", "甲公司", "", "1"))
    found = surveyed(*rows, catalogue=catalogue_of(text))
    assert found.items
    assert {one.name: one.returned for one in found.items.scores} == {"快": Count(1, 2), "好": Count(1, 2)}
    assert found.items.lowest == frozenset()
    assert [one.reasons for one in found.doubts] == [("“问题”读不出来",)]


def test_an_unreadable_customer_is_anybody() -> None:
    found = surveyed(
        *ROWS, answer("4", "", "快", "5"), catalogue=catalogue_of(SMALL.replace("单位: {}", "单位: {required: true}"))
    )
    assert standings(found)["丙公司"] == ("doubtful", Count(0, 1))
    assert standings(found)["未填"] == ("undeclared", Count(0, 1))
    assert [one.reasons for one in found.doubts] == [("“单位”读不出来", "没有写明客户")]


def test_a_sensitive_customer_is_masked_everywhere() -> None:
    text = SMALL.replace("单位: {}", "单位: {sensitive: true}")
    found = surveyed(*ROWS, answer("4", "丁公司", "快", "5", 想说的话="忙"), catalogue=catalogue_of(text))
    assert standings(found) == {
        pseudonym("丙公司"): ("unanswered", Count(0, 0)), pseudonym("甲公司"): ("answered", Count(2, 2)),
        pseudonym("乙公司"): ("answered", Count(1, 1)), pseudonym("丁公司"): ("undeclared", Count(1, 1)),
    }  # fmt: skip
    assert {one.customer for one in found.remarks} == {pseudonym("甲公司"), pseudonym("丁公司")}
    shown = str(found.to_json({}))
    assert not any(name in shown for name in ("甲公司", "乙公司", "丙公司", "丁公司"))
    assert [one.score.value for one in found.customers if one.score] == [Fraction(13, 4), 5, 5]


def test_projects_and_their_remarks() -> None:
    text = SMALL.replace("单位: {}", "单位: {}\n      工程: {}").replace(
        "  item: 问题", "  item: 问题\n  project: 工程"
    )
    rows = (
        answer("1", "甲公司", "快", "5", 工程="乙线", 想说的话="快"), answer("1", "甲公司", "好", "3", 工程="甲线", 想说的话="快"),
        answer("2", "乙公司", "快", "1", 想说的话="慢"), answer("3", "乙公司", "快", "5", 工程="乙线"),
    )  # fmt: skip
    found = surveyed(*rows, catalogue=catalogue_of(text))
    assert scores_of(found.projects) == {"未填": (1, 1, 1), "甲线": (3, 3, 3), "乙线": (5, 5, 5)}
    assert found.projects
    assert {one.name: one.returned.sure for one in found.projects.scores} == {"未填": 1, "甲线": 1, "乙线": 2}
    assert [(one.project, one.questionnaire, one.text) for one in found.remarks] == [
        ("乙线", "1", "快"), ("未填", "2", "慢"), ("甲线", "1", "快"),
    ]  # fmt: skip
    assert found.questionnaires[0].project == "乙线、甲线"
    assert surveyed(*rows, catalogue=catalogue_of(text.replace("  item: 问题\n", ""))).items is None


# ---- who has to be asked


def test_customers_of_whom_the_catalogue_says_nothing() -> None:
    text = SMALL[: SMALL.index("customers:")] + SMALL[SMALL.index("satisfaction:") :]
    found = surveyed(*ROWS[:2], catalogue=catalogue_of(text))
    assert (found.declared, found.sent, found.response, found.conditions()) == (False, None, None, {"uncovered"})
    assert standings(found) == {"甲公司": ("undeclared", Count(1, 1))}
    assert coverage_text(found) == "没有声明应问哪些客户:+ 未声明 1"
    assert response_text(found) == "收回问卷 1 份"


def test_how_many_were_sent_is_said_of_the_plan_s_year_alone() -> None:
    rows = [{**row, "答复日": "2021-12-05"} for row in ROWS]
    found = surveyed(*rows, year=Period(PeriodKind.YEAR, 2021))
    assert (found.as_of, found.sent, found.response) == (WINTER, None, None)
    assert found.counts[Standing.ANSWERED] == 2
    assert [one.response for one in found.customers] == [None, None, None]


def test_all_asked_is_covered() -> None:
    found = surveyed(*ROWS, answer("4", "丙公司", "快", "5"))
    assert found.conditions() == set()
    assert (
        response_text(found)
        == "收回问卷 4 份  发放 3 份(其余 1 家没有写发放份数),其中发放过的收回 3 份  回收率 100.00%"
    )
    assert coverage_text(found) == "应问 3 家:✓ 已答复 3"


# ---- what is missing


def test_a_missing_ledger_is_missing_data() -> None:
    found = survey_of(STARS, {"feedback": table_of(STARS, "feedback")}, YEAR, WINTER)
    unread = survey_of(STARS, {}, YEAR, WINTER)
    assert found
    assert unread
    assert (found.customers, found.absent, found.total.reason) == (unread.customers, unread.absent, unread.total.reason)
    assert found.total.item.verdict is Verdict.MISSING_DATA
    assert standings(found) == {name: ("missing_data", Count(0, 0)) for name in ("甲公司", "乙公司", "丙公司")}
    assert (found.response, found.customers[0].response) == (None, None)
    assert found.conditions() == set(GATES)
    assert found.items
    assert (found.items.scores, found.remarks, is_empty(found.distribution)) == ((), (), True)
    assert found.total.reason == "没有 2021 年的台账(甲部),归档中也没有"
    assert share_text(found.response) == "—"


def test_part_of_a_ledger_says_who_answered_and_of_nobody_that_he_didn_t() -> None:
    half = (date(2022, 7, 1), date(2023, 1, 1))
    table = table_of(STARS, "feedback", raw_export(STARS, "feedback", ROWS, covers=half))
    found = survey_of(STARS, {"feedback": table}, YEAR, WINTER)
    assert found
    assert {name: standing for name, (standing, _) in standings(found).items()} == {
        "丙公司": "missing_data", "甲公司": "answered", "乙公司": "answered",
    }  # fmt: skip
    assert (found.total.item.value, found.response) == (None, None)
    assert found.conditions() == set(GATES)
    assert value_text(found.customers[1].score) == "! 数据缺失"


def test_an_empty_ledger_says_that_nobody_answered() -> None:
    found = surveyed()
    assert {standing for standing, _ in standings(found).values()} == {"unanswered"}
    assert (found.total.item.verdict, found.response) == (Verdict.NOT_APPLICABLE, (0, 0))
    assert value_text(found.total.item) == "- 不适用"


def test_a_year_that_hasn_t_begun() -> None:
    found = surveyed(*ROWS, as_of=date(2021, 12, 31))
    assert (found.questionnaires, found.response) == ((), (0, 0))
    assert found.title("", "客户满意度", begins=True) == "2022 客户满意度(截至 2021-12-31,尚未开始)"
    assert value_text(found.total.item) == "… —"


# ---- the year before


THEN = tuple({**row, "答卷": f"B{row['答卷']}", "答复日": "2021-11-05"} for row in ROWS[:2])
"""快 5, 好 4."""


def test_the_year_before_in_the_same_ledger() -> None:
    found = surveyed(*ROWS, *THEN, answer("4", "丙公司", "准", "2"))
    assert found.items
    assert {one.name: (one.change, one.reason) for one in found.items.scores} == {
        "准": (None, "2021 年没有得分"), "好": (Fraction(-3, 2), ""), "快": (Fraction(-2, 3), ""),
    }  # fmt: skip
    assert found.total.change == Fraction(20, 6) - Fraction(9, 2)
    assert reasons(found) == ["准:2021 年没有得分"]


def test_what_was_asked_the_year_before_only_is_listed() -> None:
    found = surveyed(*(row for row in ROWS if row["问题"] == "快"), *THEN)
    assert found.items
    (one,) = [one for one in found.items.scores if one.name == "好"]
    assert (one.item.value, one.before and one.before.value, one.change) == (None, 4, None)
    assert one.reason == "2022 年没有得分"
    assert one is found.items.scores[-1]


def test_a_doubtful_score_has_no_change() -> None:
    found = surveyed(*ROWS, *THEN, answer("4", "甲公司", "快", "五"))
    assert (found.total.change, found.total.reason) == (None, "有存疑的行,变化不能确定")
    assert reasons(found) == ["总分:有存疑的行,变化不能确定"]


def part_of_2021(*, archived: Sequence[Assessment] = ()) -> Satisfaction:
    """The year before is there but for its first half."""
    raw = raw_export(STARS, "feedback", (*ROWS, *THEN), covers=(date(2021, 7, 1), date(2023, 1, 1)))
    found = survey_of(STARS, {"feedback": table_of(STARS, "feedback", raw)}, YEAR, WINTER, archived=archived)
    assert found
    return found


def test_part_of_the_year_before_is_compared_with_nothing() -> None:
    found = part_of_2021()
    lacking = "2021 年的台账没有交齐(甲部 2021-01、2021-02、2021-03、2021-04、2021-05、2021-06)"
    assert (found.total.before, found.total.reason) == (None, f"{lacking},归档中也没有")
    assert found.items
    assert {one.reason for one in found.items.scores} == {lacking}
    assert reasons(found) == [f"总分:{lacking},归档中也没有"]
    assert before_text(found.total) == "—"


def test_the_archive_stands_for_the_total_of_the_year_before() -> None:
    item = surveyed(*ROWS).total.item
    year, three = Period(PeriodKind.YEAR, 2021), Fraction(3)
    closed = replace(item, period=year, value=three, lowest=three, highest=three)
    absent = replace(closed, absent=(MissingExport("feedback", "甲部", ("2021-01",)),))
    found = part_of_2021(archived=[absent, replace(closed, indicator="other"), replace(closed, number=8), closed])
    assert (found.total.before, found.total.archived, found.total.change) == (closed, True, Fraction(3, 5))
    assert before_text(found.total) == "3分(归档)"
    # of the groups nothing is archived
    assert [line[:17] for line in reasons(found)] == ["问题:2021 年的台账没有交齐("]
    # what is there today comes first
    assert surveyed(*ROWS, *THEN, archived=[closed]).total.archived is False


# ---- in words, and as JSON


def test_many_scores_are_shown_by_band() -> None:
    text = SMALL.replace("scale: 5", "scale: 100")
    rows = [answer(str(at), "甲公司", "快", str(at)) for at in range(45, 57)]
    (scale,) = surveyed(*rows, catalogue=catalogue_of(text)).distribution.scales
    assert len(scale.scores) == 12
    assert scale_text(scale) == "≥80%:0  50%~80%:7  <50%:5"
    bare = catalogue_of(text.replace("  bands: [50, 80]\n", ""))
    found = surveyed(*rows, catalogue=bare).distribution
    assert found.bands == ()
    assert scale_text(found.scales[0]).startswith("56分:1  55分:1  ")
    (scale,) = surveyed(*rows[:11], catalogue=catalogue_of(text)).distribution.scales
    assert scale_text(scale).startswith("55分:1  ")


def test_the_words() -> None:
    assert count_text(Count(2, 2)) == "2"
    assert count_text(Count(2, 4)) == "2~4"
    assert share_text((Fraction(1, 3), Fraction(1, 2))) == "33.33%~50.00%"
    assert share_text((Fraction(1, 2), Fraction(1, 2))) == "50.00%"
    assert [band_text(band) for band in surveyed().distribution.bands] == ["<50%", "50%~80%", "≥80%"]
    assert apart_text(1, 2) == "存疑:1  没有打分:2"
    assert apart_text(0, 0) == ""


def test_a_group_that_can_t_be_formed_says_why() -> None:
    text = SMALL.replace("value: {measure: mean, source: feedback, of: 星级, where: 有效}", (
        "numerator: {within: denominator, of: 星级}\n"
        "    denominator: {measure: sum, source: feedback, of: 星级, each_department: true}\n    averaged_over: 单位"
    )).replace(">= 4分", ">= 80%")  # fmt: skip
    found = surveyed(*ROWS, catalogue=catalogue_of(text))
    assert found.items
    assert found.items.reason == "每个部门都须有记录,不能只取一个问题的各行求平均"
    assert reasons(found)[-1] == f"问题:{found.items.reason}"


def test_as_json() -> None:
    found = surveyed(*ROWS, *THEN, answer("4", "丙公司", "快", "?")).to_json({"organization": "公司"})
    assert (found["schema"], found["period"], found["as_of"], found["partial"]) == (
        "itss-kpi/satisfaction/1", "2022", "2022-12-31", False,
    )  # fmt: skip
    assert found["summary"] == {
        "customers": 3, "unanswered": 0, "missing_data": 0, "doubtful": 0, "answered": 3, "undeclared": 0,
        "questionnaires": 4, "questionnaires_at_most": 4, "remarks": 1, "doubtful_rows": 1,
    }  # fmt: skip
    assert found["response"] == {"sent": 3, "returned": 3, "returned_at_most": 3, "lowest": "1", "highest": "1"}
    assert found["projects"] is None
    assert [(one["name"], one["lowest"], one["change"]) for one in found["items"]["scores"]] == [
        ("好", False, "-3/2"), ("快", False, None),
    ]  # fmt: skip
    assert found["total"]["name"] is None
    assert found["total"]["before"]["value"] == "9/2"
    assert found["distribution"]["answers"] == {
        "scales": [{
            "full": "5", "scores": [{"score": "5", "count": 2}, {"score": "4", "count": 1}, {"score": "3", "count": 1}, {"score": "1", "count": 1}],
            "bands": [
                {"low": "0", "high": "1/2", "count": 1}, {"low": "1/2", "high": "4/5", "count": 1}, {"low": "4/5", "high": None, "count": 3},
            ],
        }],
        "doubtful": 1, "unscored": 0,
    }  # fmt: skip
    assert found["questionnaires"][0] == {
        "questionnaire": "1", "customer": "甲公司", "project": None, "share": "9/10", "doubtful": False,
        "places": ["甲部/回访记录.xlsx!Sheet1!2", "甲部/回访记录.xlsx!Sheet1!3"],
    }  # fmt: skip
    assert found["doubtful"] == [{"place": "甲部/回访记录.xlsx!Sheet1!9", "reasons": ["“星级”读不出来"]}]
    assert found["remarks"][0]["places"] == found["questionnaires"][0]["places"]
    missing = survey_of(STARS, {}, YEAR, date(2022, 1, 31))
    assert missing
    assert missing.to_json({})["missing"] == [{"source": "feedback", "department": "甲部", "months": ["2022-01"]}]
    assert missing.summary["missing_data"] == 3


def test_before_anybody_has_answered(sample: Sample) -> None:
    as_of = date(2022, 2, 28)
    found = survey_of(sample.catalogue, sample.tables, YEAR, as_of)
    assert found
    assert {one.standing for one in found.customers} == {Standing.UNANSWERED}
    assert (found.items and found.items.scores, found.projects and found.projects.scores) == ((), ())
    # later rows are no reason for anything
    assert reasons(found) == ["总分:2022 年还没有结束,不与上一年比"]
    indicator = sample.catalogue.find("2")
    report = report_of(
        sample.catalogue, {"satisfaction": sample.tables["satisfaction"]}, "2022", indicators=indicator, as_of=as_of
    )
    assert found.total.item == report.assessments[0]
