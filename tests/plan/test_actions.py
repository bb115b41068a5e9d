"""Actions: how each stands on a day, what lacks an analysis, and what the next periods say of what was done."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from kit.actions import FULL, LEDGER
from kit.sample import ROOT, Sample
from kit.tables import LAST, WHOLE_YEAR, YEAR, Row, catalogue_of, raw_export, report_of, table_of
from kit.tickets import REST, assessed, year

from itss_kpi.plan.action_words import (
    absence_text,
    dates_text,
    effect_text,
    numbers_text,
    responsible_text,
)
from itss_kpi.plan.actions import GATES, Action, ActionsStatus, State, actions_of, unanalysed
from itss_kpi.plan.effects import Effect
from itss_kpi.plan.entry_words import following_text, state_text, subject_text
from itss_kpi.tables.table import Table

# the first is listed twice in the plan
RATE = "  - id: rate\n    number: 1\n"
CATALOGUE = catalogue_of(LEDGER + REST.replace(RATE, f"{RATE}    also: [{{number: 16, domain: 过程管理}}]\n"))
SOURCE = CATALOGUE.sources["corrective_actions"]


def ledger(*rows: Row, covers: Any = WHOLE_YEAR) -> dict[str, Table]:
    raw = raw_export(CATALOGUE, "corrective_actions", rows, covers=covers)
    return {"corrective_actions": table_of(CATALOGUE, "corrective_actions", raw)}


def followed(
    signs: str, *rows: Row, as_of: date = LAST, ledgers: Mapping[str, Table] | None = None, project: str = "东"
) -> ActionsStatus:
    """The follow-up of a year of the ledger's rows."""
    report = assessed(signs, project, as_of)
    read = ledger(*rows) if ledgers is None else ledgers
    found = actions_of(CATALOGUE, read, report.assessments, YEAR, as_of)
    assert found
    return found


def action(signs: str, as_of: date = LAST, **cells: str) -> Action:
    """The one action of a year, which differs from a full one by `cells`."""
    (found,) = followed(signs, {**FULL, **cells}, as_of=as_of).actions
    return found


def missed(found: ActionsStatus) -> list[tuple[int, str, str | None]]:
    return [(item.number, str(item.period), item.group) for item in found.unanalysed]


# ---- how it stands


@pytest.mark.parametrize(
    ("cells", "as_of", "state", "days"),
    [
        ({}, date(2022, 4, 19), State.OPEN, 0),
        ({}, date(2022, 4, 20), State.OPEN, 0),  # the last day of the term is still within it
        ({}, date(2022, 4, 21), State.OVERDUE, 1),
        ({}, date(2022, 5, 20), State.OVERDUE, 30),
        ({"实际完成日期": "2022-04-18"}, date(2022, 4, 17), State.OPEN, 0),
        ({"实际完成日期": "2022-04-18"}, date(2022, 4, 18), State.DONE, 0),
        ({"实际完成日期": "2022-05-02"}, date(2022, 5, 1), State.OVERDUE, 11),
        ({"实际完成日期": "2022-05-02"}, date(2022, 5, 2), State.DONE, 0),
        ({"实际完成日期": "2022-04-18", "验证结果": "未验证"}, LAST, State.DONE, 0),
        ({"实际完成日期": "2022-04-18", "验证结果": "有效"}, LAST, State.VERIFIED, 0),
        ({"实际完成日期": "2022-04-18", "验证结果": "待观察"}, LAST, State.VERIFIED, 0),
        ({"实际完成日期": "2022-04-18", "验证结果": "无效", "验证日期": "2022-06-01"}, date(2022, 6, 1), State.VERIFIED, 0),
        ({"实际完成日期": "2022-04-18", "验证结果": "无效", "验证日期": "2022-06-01"}, date(2022, 5, 31), State.DONE, 0),
        ({"验证结果": "有效"}, LAST, State.OVERDUE, 255),  # a verification finishes nothing
        ({"完成期限": ""}, LAST, State.INCOMPLETE, 0),
        ({"纠正措施": ""}, LAST, State.INCOMPLETE, 0),
        ({"指标序号": ""}, LAST, State.INCOMPLETE, 0),
        ({"考核期": "  "}, LAST, State.INCOMPLETE, 0),
        ({"完成期限": "四月底"}, LAST, State.DOUBTFUL, 0),
        ({"实际完成日期": "2022-04-31"}, LAST, State.DOUBTFUL, 0),
        ({"验证结果": "还行"}, LAST, State.DOUBTFUL, 0),
        ({"指标序号": "一"}, LAST, State.DOUBTFUL, 0),
        ({"考核期": "上季度"}, LAST, State.DOUBTFUL, 0),
        ({"考核期": "第三季度"}, LAST, State.DOUBTFUL, 0),  # of which year?
        ({"编号": ""}, LAST, State.DOUBTFUL, 0),
        ({"责任部门": "丁部"}, LAST, State.OVERDUE, 255),
    ],
)  # fmt: skip
def test_the_state(cells: dict[str, str], as_of: date, state: State, days: int) -> None:
    found = action("✓✓✗", as_of, **cells)
    assert (found.state, found.overdue) == (state, days)


@pytest.mark.parametrize(
    ("cells", "remark"),
    [
        ({"完成期限": "四月底"}, "“完成期限”读不出来"),
        ({"考核期": "上季度"}, "看不懂的考核期“上季度”"),
        ({"编号": ""}, "没有编号"),
        ({"责任部门": "丁部"}, "“责任部门”读不出来"),
        ({"纠正措施": "", "完成期限": ""}, "没有填写纠正措施、完成期限"),
        ({"原因分析": ""}, "没有填写原因分析"),
        ({"指标序号": "26"}, "计划中没有序号为 26 的指标"),
        ({"考核期": "2022Q1"}, "该指标按月度考核,没有 2022Q1 这一期"),
        ({"考核期": "2021-12"}, "2021-12 不在 2022 年度内,不与结论对照"),
        ({"考核期": "2022-01"}, "该期达成"),
        ({"考核期": "2022-02"}, "该期待核实"),
        ({"考核期": "2022-05"}, "该期不适用"),
        ({"分组": "东"}, "该期没有分组“东”"),
        ({"实际完成日期": "2023-01-02"}, "实际完成日期 2023-01-02 在 2022-12-31 之后,按未完成看"),
        ({"实际完成日期": "2022-05-02"}, "晚于期限 12 天完成"),
        ({"验证结果": "有效"}, "写了验证结果“有效”,却没有实际完成日期"),
        ({"实际完成日期": "2022-04-18", "验证结果": "有效"}, "没有写验证日期"),
        ({"实际完成日期": "2022-04-18", "验证结果": "有效", "验证日期": "2022-04-17"}, "验证日期早于实际完成日期"),
    ],
)  # fmt: skip
def test_what_is_to_be_known_of_it(cells: dict[str, str], remark: str) -> None:
    assert remark in action("✓?✗✓-", **cells).remarks


def test_nothing_is_to_be_known_of_a_plain_one() -> None:
    found = action("✓✓✗✓✓", 实际完成日期="2022-04-18", 验证结果="有效", 验证日期="2022-06-10")
    assert (found.remarks, found.contradicted, found.tried.effect) == ((), False, Effect.EFFECTIVE)


def test_what_has_not_ended_is_said() -> None:
    found = action("✓✓✗", date(2022, 3, 30))
    assert "2022-03 到 2022-03-30 还没有到期" in found.remarks
    assert found.tried.about is None
    assert action("✓✓✗", date(2022, 3, 31)).tried.about is not None


def test_two_rows_of_one_number_are_doubtful_and_analyse_nothing() -> None:
    found = followed("✓✓✗", FULL, {**FULL, "原因分析": "别的"})
    assert [one.state for one in found.actions] == [State.DOUBTFUL] * 2
    assert found.actions[0].remarks[0] == "同一编号的几行内容不同,或所在的工作表不知是否计入"
    assert missed(found) == [(1, "2022-03", None), (2, "2022Q1", "东")]


# ---- what lacks an analysis


@pytest.mark.parametrize("number", ["1", "16", "１６"])
@pytest.mark.parametrize("period", ["2022-03", "2022年3月", "２０２２年３月"])
def test_an_analysis_under_either_number_covers_the_indicator(number: str, period: str) -> None:
    found = followed("✓✓✗✗", {**FULL, "指标序号": number, "考核期": period}, as_of=date(2022, 4, 30))
    assert missed(found) == [(1, "2022-04", None), (2, "2022Q1", "东")]
    assert numbers_text(CATALOGUE, found.unanalysed[0]) == "1、16"


@pytest.mark.parametrize(
    "cells",
    [
        {"原因分析": " "}, {"考核期": "2022-02"}, {"考核期": "上月"}, {"指标序号": "二"}, {"指标序号": ""},
        {"指标序号": "26"}, {"分组": "东"}, {"考核期": ""}, {"编号": ""}, {"分组": "#N/A"},
    ],
)  # fmt: skip
def test_what_does_not_name_it_analyses_nothing(cells: dict[str, str]) -> None:
    assert (1, "2022-03", None) in missed(followed("✓✓✗", {**FULL, **cells}))


def test_an_analysis_without_a_measure_is_one() -> None:
    found = followed("✓✓✗", {**FULL, "纠正措施": "", "完成期限": "无"})
    assert missed(found) == [(2, "2022Q1", "东")]


@pytest.mark.parametrize(
    ("group", "left"), [("东\u3000", []), ("", [(2, "2022Q1", "东")]), ("西", [(2, "2022Q1", "东")])]
)
def test_a_group_is_named(group: str, left: list[Any]) -> None:
    by_group = {**FULL, "编号": "A2", "指标序号": "2", "考核期": "2022年一季度", "分组": group}
    found = followed("✓✓✗", FULL, by_group)
    assert missed(found) == left
    said = {"": "该指标按组考核,没有写明分组", "西": "该期没有分组“西”"}
    assert found.actions[1].remarks == ((said[group],) if group in said else ())


def test_a_group_is_named_as_an_output_shows_it() -> None:
    by_group = {**FULL, "指标序号": "2", "考核期": "2022Q1", "分组": "铃\\x07"}
    assert missed(followed("✓✓✗", by_group, project="铃\x07")) == [(1, "2022-03", None)]


def test_a_quarter_without_any_group_was_not_assessed() -> None:
    (found,) = followed("", {**FULL, "指标序号": "2", "考核期": "2022Q2"}).actions
    assert (found.tried.about, found.remarks) == (None, ("2022Q2 没有考核",))


def test_what_is_doubtful_is_listed_apart() -> None:
    found = followed("✓?✗", FULL)
    assert [(item.number, str(item.period)) for item in found.unverified] == [(1, "2022-02")]
    assert missed(found) == [(2, "2022Q1", "东")]


def test_of_a_report_only_what_is_due_in_it() -> None:
    report = report_of(CATALOGUE, year("✗✗✗✗"), "2022-03")
    found, absent = unanalysed(CATALOGUE, ledger(FULL), report)
    assert ([(item.number, str(item.period)) for item in found], absent) == ([(2, "2022Q1")], [])
    found, absent = unanalysed(CATALOGUE, {}, report)
    assert [(item.number, str(item.period)) for item in found] == [(1, "2022-03"), (2, "2022Q1")]
    assert [one.months for one in absent] == [("2022-01", "2022-02", "2022-03")]


# ---- whether it helped


@pytest.mark.parametrize(
    ("signs", "done", "decisive", "effect"),
    [
        # finished in April: May is the first whole month
        ("✓✓✗✗✓", "2022-04-18", "2022-05", Effect.EFFECTIVE),
        ("✓✓✗✓✗", "2022-04-18", "2022-05", Effect.INEFFECTIVE),
        ("✓✓✗✓?", "2022-04-18", "2022-05", Effect.TOO_EARLY),
        ("✓✓✗✓-✓", "2022-04-18", "2022-05", Effect.TOO_EARLY),
        ("✓✓✗✓", "2022-04-30", "2022-05", Effect.TOO_EARLY),
        # on the first of a month a part of it has gone already
        ("✓✓✗✗✗✓", "2022-05-01", "2022-06", Effect.EFFECTIVE),
        # within the month that it is about, or before it
        ("✓✓✗✓", "2022-03-10", "2022-04", Effect.EFFECTIVE),
        ("✓✓✗✗", "2022-03-31", "2022-04", Effect.INEFFECTIVE),
        ("✓✓✗✓", "2022-02-10", "2022-04", Effect.EFFECTIVE),
        # beyond the year
        ("✓✓✗✓✓✓✓✓✓✓✓✓", "2022-12-05", "2023-01", Effect.TOO_EARLY),
    ],
)
def test_the_first_whole_period_after_it_decides(signs: str, done: str, decisive: str, effect: Effect) -> None:
    found = action(signs, 实际完成日期=done)
    assert (str(found.tried.decisive), found.tried.effect) == (decisive, effect)
    assert effect_text(found) == f"{effect.label}(看 {decisive})"


@pytest.mark.parametrize("cells", [{}, {"实际完成日期": "2022-04-31"}, {"实际完成日期": "2023-01-01"}])
def test_what_is_not_finished_has_no_effect(cells: dict[str, str]) -> None:
    found = action("✓✓✗✓✓", **cells)
    assert (found.tried.decisive, found.tried.effect, effect_text(found)) == (None, None, "")
    assert [str(item.period) for item in found.tried.following][:2] == ["2022-04", "2022-05"]


def test_an_effect_is_not_seen_before_its_day() -> None:
    done = {"实际完成日期": "2022-04-18"}
    assert action("✓✓✗✓✓", date(2022, 5, 30), **done).tried.effect is Effect.TOO_EARLY
    assert action("✓✓✗✓✓", date(2022, 5, 31), **done).tried.effect is Effect.EFFECTIVE


@pytest.mark.parametrize(
    ("signs", "result", "opposite", "remark"),
    [
        ("✓✓✗✓✗", "有效", True, "台账验证为“有效”,而 2022-05 未达成"),
        ("✓✓✗✓✓", "无效", True, "台账验证为“无效”,而 2022-05 达成"),
        ("✓✓✗✓?", "有效", False, "台账验证为“有效”,而 2022-05 还不能证明"),
        ("✓✓✗✓✗", "待观察", False, "台账验证为“待观察”,而 2022-05 未达成"),
        ("✓✓✗✓✓✗-✗", "有效", False, "2022-06、2022-08 又未达成"),
    ],
)
def test_the_ledger_s_own_verdict_is_held_against_the_data(
    signs: str, result: str, opposite: bool, remark: str
) -> None:
    found = action(signs, 实际完成日期="2022-04-18", 验证结果=result, 验证日期="2022-12-01")
    assert found.contradicted is opposite
    assert found.remarks == (remark,)
    assert ("相反" in effect_text(found)) is opposite


def test_the_next_periods_stand_beside_it() -> None:
    found = action("✓✓✗✗✓", date(2022, 6, 30), 实际完成日期="2022-04-18")
    assert following_text(found) == "(2022-04 ✗ 0.00%)  2022-05 ✓ 100.00%  2022-06 -"
    assert following_text(found, values=False) == "(2022-04 ✗)  2022-05 ✓  2022-06 -"


def test_of_an_indicator_that_was_not_evaluated_nothing_is_said() -> None:
    read, others = ledger({**FULL, "实际完成日期": "2022-04-18"}), CATALOGUE.find("2")
    report = report_of(CATALOGUE, year("✓✓✗✓✗"), "2022", indicators=others)
    found = actions_of(CATALOGUE, read, report.assessments, YEAR, LAST, others)
    assert found
    (one,) = found.actions
    assert (one.state, one.tried.about, one.tried.effect, one.tried.following) == (State.DONE, None, None, ())
    assert one.remarks == ("本次没有计算该指标,不与结论对照",)


def test_a_quarter_of_another_kind_has_no_effect() -> None:
    found = action("✓✓✗✓✓", 考核期="2022Q1", 实际完成日期="2022-04-18")
    assert (found.tried.decisive, found.tried.effect, found.tried.following) == (None, None, ())


def test_an_action_of_last_year_may_show_in_this_one() -> None:
    found = action("✓✓", 考核期="2021-12", 实际完成日期="2022-01-18")
    assert (str(found.tried.decisive), found.tried.effect, found.tried.about) == ("2022-02", Effect.EFFECTIVE, None)


# ---- a ledger that isn't there


def test_without_the_ledger_nothing_is_in_order() -> None:
    for ledgers in ({}, ledger(covers=(date(2022, 1, 1), date(2022, 7, 1))), ledger(covers=None)):
        found = followed("✓✓✓", ledgers=ledgers)
        assert found.conditions() == set(GATES)
        assert found.absent
    assert absence_text("纠正措施台账", found.absent).startswith("“纠正措施台账”没有交齐(甲部 2022-01、2022-02、")
    only_later = followed("✓✓✓", ledgers=ledger(covers=(date(2022, 1, 1), date(2022, 7, 1))))
    assert only_later.absent[0].months == tuple(f"2022-{month:02}" for month in range(7, 13))


def test_a_ledger_without_rows_says_that_nothing_was_done() -> None:
    found = followed("✓✓✓")
    assert (found.absent, found.conditions(), found.actions) == ((), set(), ())
    assert absence_text("台账", found.absent) == ""
    assert followed("✓✓✗").conditions() == {"unanalysed"}


def test_after_the_year_its_own_months_are_wanted() -> None:
    assert followed("✓✓✓", as_of=date(2023, 3, 1)).absent == ()


def test_a_catalogue_that_declares_no_ledger() -> None:
    bare = CATALOGUE.model_copy(update={"sources": {"t": CATALOGUE.sources["t"]}})
    assert actions_of(bare, {}, [], YEAR, LAST) is None


@pytest.mark.parametrize(
    ("signs", "cells", "gate"),
    [
        ("✓✓✓✓✓", {}, "overdue"),
        ("✓✓✓✓✓", {"实际完成日期": "2022-04-18"}, "unverified_actions"),
        ("✓✓✓✓✓", {"纠正措施": ""}, "incomplete"),
        ("✓✓✓✓✓", {"完成期限": "?"}, "doubtful"),
        ("✓✓✓✓✗", {"实际完成日期": "2022-04-18", "验证结果": "有效"}, "ineffective"),
        ("✓✓✓✓✗", {"实际完成日期": "2022-05-18", "验证结果": "有效"}, ""),
    ],
)
def test_the_gates(signs: str, cells: dict[str, str], gate: str) -> None:
    assert followed(signs, {**FULL, **cells}).conditions() - {"unanalysed"} == {gate} - {""}


# ---- in words and for other programs


def test_the_words() -> None:
    found = action("✓✓✗", date(2022, 5, 20))
    assert subject_text(found) == "1 成功率 2022-03"
    assert state_text(found) == "✗ 逾期 30 天"
    assert responsible_text(found) == "甲部 W014"
    assert dates_text(found) == "期限 2022-04-20"
    verified = action("✓✓✗", 实际完成日期="2022-04-18", 验证结果="有效", 验证日期="2022-06-10")
    assert dates_text(verified) == "期限 2022-04-20  完成 2022-04-18  验证 有效(2022-06-10)"
    assert (
        dates_text(action("✓", 实际完成日期="2022-04-18", 验证结果="有效", 完成期限="")) == "完成 2022-04-18  验证 有效"
    )
    bare = action("✓", 指标序号="", 考核期="上月", 责任人="")
    assert (subject_text(bare), responsible_text(bare)) == ("— 上月", "甲部")
    grouped = action("✗", 指标序号="2", 考核期="2022Q1", 分组="东")
    assert subject_text(grouped) == "2 项目成功率[东] 2022Q1"


def test_as_json() -> None:
    row = {**FULL, "实际完成日期": "2022-04-18", "验证结果": "有效", "验证日期": "2022-06-10"}
    found = followed("✓✓✗✓✗", row, {"编号": "A2", "原因分析": "缺人"}).to_json({"organization": "公司"}, ())
    assert (found["schema"], found["period"], found["as_of"]) == ("itss-kpi/actions/1", "2022", "2022-12-31")
    assert found["ledger"] == {"source": "corrective_actions", "complete": True, "missing": []}
    first, second = found["actions"]
    assert {name: first[name] for name in ("id", "number", "indicator", "name", "period", "verdict")} == {
        "id": "A1", "number": "1", "indicator": "rate", "name": "成功率", "period": "2022-03", "verdict": "missed",
    }  # fmt: skip
    assert (first["due"], first["done"], first["verified"]) == ("2022-04-20", "2022-04-18", "2022-06-10")
    assert (first["state"], first["effect"], first["decisive"]) == ("verified", "ineffective", "2022-05")
    assert (first["contradicted"], first["days_overdue"]) == (True, 0)
    assert (first["path"], first["sheet"], first["row"]) == ("甲部/纠正措施台账.xlsx", "Sheet1", 2)
    assert [(one["period"], one["value"]) for one in first["following"]][:2] == [("2022-04", "1"), ("2022-05", "0")]
    assert [second[name] for name in ("number", "indicator", "name", "period", "verdict", "due", "effect")] == [
        None
    ] * 7
    assert second["state"] == "incomplete"
    assert found["summary"] == {
        "unanalysed": 3, "unverified": 0, "actions": 2, "doubtful": 0, "incomplete": 1, "overdue": 0, "open": 0,
        "done": 0, "verified": 1, "effective": 0, "ineffective": 1, "too_early": 0, "contradicted": 1,
    }  # fmt: skip
    absent = followed("✓", ledgers={}, as_of=date(2022, 2, 1)).to_json({}, ())
    assert absent["ledger"]["complete"] is False
    assert absent["ledger"]["missing"] == [{"department": "甲部", "months": ["2022-01", "2022-02"]}]


# ---- the sample


def planted(day: date) -> list[dict[str, str]]:
    with (ROOT / "sample_data" / "answers_actions.csv").open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row["as_of"] == day.isoformat()]


@pytest.mark.parametrize("day", [date(2022, 11, 1), date(2022, 12, 31)])
def test_the_sample_s_actions_are_those_planted(sample: Sample, day: date) -> None:
    report = sample.report("2022", day)
    found = actions_of(sample.catalogue, sample.ledgers, report.assessments, YEAR, day)
    assert found
    assert _as_planted(found) == planted(day)
    # three things that no column of the key says
    by_id = {one.record.text("编号"): one for one in found.actions}
    assert [name for name, one in by_id.items() if one.contradicted] == ["JZ-2022-03"]
    assert "该期达成" in by_id["JZ-2022-07"].remarks
    assert "计划中没有序号为 26 的指标" in by_id["JZ-2022-14"].remarks
    assert found.summary["unverified"] == 2


def _as_planted(found: ActionsStatus) -> Sequence[Mapping[str, str]]:
    day = found.as_of.isoformat()
    actions = [
        {
            "as_of": day, "kind": "action", "id": one.record.text("编号"), "number": str(one.record.cells["指标序号"]),
            "period": str(one.tried.period or ""), "state": one.state.value, "days": str(one.overdue or ""),
            "effect": one.tried.effect.value if one.tried.effect else "",
        }
        for one in found.actions
    ]  # fmt: skip
    lacking = [
        dict.fromkeys(actions[0], "")
        | {"as_of": day, "kind": "unanalysed", "number": str(item.number), "period": str(item.period)}
        for item in found.unanalysed
    ]
    return [*actions, *lacking]
