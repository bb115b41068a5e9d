"""Results: targets, values that never contradict them, and the JSON form of docs/design.md, 8."""

import json
import re
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from kit.sample import Sample

from itss_kpi.core.jsonable import as_json
from itss_kpi.core.period import Period, PeriodKind
from itss_kpi.core.problems import Place, Problem
from itss_kpi.core.results import (
    Accounting,
    Assessment,
    ErrorBudget,
    Export,
    ExportRows,
    MissingExport,
    Report,
    Verdict,
    advice_json,
    assessment_of,
)
from itss_kpi.core.targets import Target, Unit, advised, exact, parse_target, plain_number, rounded, show, show_part


def target(text: str) -> Target:
    found = parse_target(text)
    assert found is not None
    return found


# ---- targets


@pytest.mark.parametrize(
    ("text", "described", "bounds"),
    [
        (">= 95%", ">= 95%", [(">=", "19/20")]),
        ("≥95％", ">= 95%", [(">=", "19/20")]),
        ("≧ 95 %", ">= 95%", [(">=", "19/20")]),
        ("＞＝９５％", ">= 95%", [(">=", "19/20")]),
        ("> 99.9%", "> 99.9%", [(">", "999/1000")]),
        ("= 0次", "= 0次", [("=", "0")]),
        ("＝0次", "= 0次", [("=", "0")]),
        ("== 0次", "= 0次", [("=", "0")]),
        ("≤ 3次", "<= 3次", [("<=", "3")]),
        ("≦3次", "<= 3次", [("<=", "3")]),
        ("< 5个", "< 5个", [("<", "5")]),
        ("<= 4小时", "<= 4小时", [("<=", "14400000000")]),
        ("<=30分钟", "<= 30分钟", [("<=", "1800000000")]),
        ("<= 1.5天", "<= 1.5天", [("<=", "129600000000")]),
        (">= 0.9", ">= 0.9", [(">=", "9/10")]),
        (">= 2.5万元", ">= 2.5万元", [(">=", "5/2")]),
        (">= 0.9 and <= 1.1", ">= 0.9 且 <= 1.1", [(">=", "9/10"), ("<=", "11/10")]),
        (">= 90% 且 < 98%", ">= 90% 且 < 98%", [(">=", "9/10"), ("<", "49/50")]),
        ("≥90％且≤98％", ">= 90% 且 <= 98%", [(">=", "9/10"), ("<=", "49/50")]),
    ],
)
def test_a_target_is_read_exactly(text: str, described: str, bounds: list[tuple[str, str]]) -> None:
    found = target(text)
    assert found.describe() == described
    assert found.signed
    assert [(bound.op, bound.limit) for bound in found.bounds] == [(op, Fraction(limit)) for op, limit in bounds]


@pytest.mark.parametrize("text", ["100%", "95 %", ">= 90% 且 98%"])
def test_a_target_without_a_sign_is_remembered_as_such(text: str) -> None:
    assert not target(text).signed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "高",
        ">=",
        "%",
        ">= 4h",
        "<= 1小时 and <= 90分钟",
        ">= 90% and",
        "=> 90%",
        "!= 3次",
        ">= 1,000次",
        "90%以上",
        ">= 1.2345678901%",
        ">= 90% or <= 98%",
        "~ 5次",
        ">= 10²%",
        "90%~105次",
        "105%~90%",
        "90%±5次",
        "3次~",
    ],
)
def test_anything_else_is_no_target(text: str) -> None:
    assert parse_target(text) is None


@pytest.mark.parametrize(
    ("text", "shown", "passing", "failing"),
    [
        (">= -5%", ">= -5%", ["-1/20", "0"], ["-51/1000"]),
        ("<= -5%", "<= -5%", ["-1/20", "-1"], ["0"]),
        (">= 995‰", ">= 995‰", ["199/200"], ["0.9949"]),
        ("90%~105%", ">= 90% 且 <= 105%", ["0.9", "1.05"], ["0.89", "1.051"]),
        ("90～105％", ">= 90% 且 <= 105%", ["0.9", "1.05"], ["0.89", "1.051"]),
        ("90%–105%", ">= 90% 且 <= 105%", ["1"], ["1.06"]),
        ("-5%至5%", ">= -5% 且 <= 5%", ["0", "-0.05"], ["0.06", "-0.06"]),
        ("100%±5%", ">= 95% 且 <= 105%", ["0.95", "1.05"], ["0.949", "1.0501"]),
        ("3±0.25分", ">= 2.75分 且 <= 3.25分", ["2.75"], ["2.7"]),
        (">= 3人天", ">= 3人天", ["3"], ["2"]),
        ("<= 2.5次/月", "<= 2.5次/月", ["5/2"], ["3"]),
        ("<= 90秒", "<= 90秒", ["90000000"], ["90000001"]),
        ("0.9~1", ">= 0.9 且 <= 1", ["0.95"], ["0.8", "1.1"]),
    ],
)
def test_targets_of_any_unit_and_sign(text: str, shown: str, passing: list[str], failing: list[str]) -> None:
    target = parse_target(text)
    assert target is not None
    assert target.describe() == shown
    assert [target.passes(Fraction(value)) for value in (*passing, *failing)] == [True] * len(passing) + [False] * len(
        failing
    )


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("不低于 95%", ">= 95%"),
        ("95%以上", ">= 95%"),
        ("不超过4小时", "<= 4小时"),
        ("4小时以内", "<= 4小时"),
        (">= 4h", ">= 4小时"),
        ("<= 30min", "<= 30分钟"),
        ("大于等于 3 次", ">= 3次"),
        ("大于 3 次", "> 3次"),
        ("等于 0 次", "= 0次"),
        ("about 95%", None),
        ("良好", None),
    ],
)
def test_what_a_target_in_words_is_to_be_written_as(text: str, advice: str | None) -> None:
    assert parse_target(text) is None
    assert advised(text) == advice


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        ("> 5 and < 3", False),
        ("<= 3 and >= 4", False),
        ("> 5 and < 5", False),
        ("> 5 and <= 5", False),
        (">= 5 and < 5", False),
        ("= 5 and = 6", False),
        ("= 5 and > 5", False),
        (">= 5 and <= 5", True),
        ("> 5 and < 6", True),
        ("> 99.999999% and < 100%", True),
        ("= 5 and > 4", True),
        (">= 5 and >= 6", True),
        ("< 5 and < 6", True),
        ("> 1 and < 3 and = 2", True),
    ],
)
def test_a_target_that_nothing_could_meet_is_none(text: str, possible: bool) -> None:
    assert (parse_target(text) is not None) is possible


@given(
    st.sampled_from(["=", "<", "<=", ">", ">="]),
    st.decimals(0, 10**6, places=4),
    st.sampled_from([Unit(unit) for unit in ("%", "‰", "", "次", "人天", "次/月", "万元", "秒", "分钟", "小时", "天")]),
)
def test_a_described_target_is_read_back(op: str, number: object, unit: Unit) -> None:
    found = target(f"{op} {number:f}{unit}")
    assert target(found.describe()) == found


@pytest.mark.parametrize(
    ("text", "below", "at", "above"),
    [
        (">= 5", -1, 0, 0),
        ("> 5", -1, -1, 0),
        ("<= 5", 0, 0, 1),
        ("< 5", 0, 1, 1),
        ("= 5", -1, 0, 1),
        (">= 5 and <= 5", -1, 0, 1),
    ],
)
def test_on_which_side_of_its_limit_a_value_fails(text: str, below: int, at: int, above: int) -> None:
    found = target(text)
    assert [found.side(Fraction(value)) for value in (4, 5, 6)] == [below, at, above]
    assert [found.passes(Fraction(value)) for value in (4, 5, 6)] == [below == 0, at == 0, above == 0]


# ---- how values are shown


@pytest.mark.parametrize(
    ("value", "unit", "against", "shown"),
    [
        ("27/38", "%", ">= 90%", "71.05%"),
        ("9496/10000", "%", ">= 95%", "94.96%"),
        ("94999/100000", "%", ">= 95%", "94.999%"),
        ("95001/100000", "%", "> 95%", "95.001%"),
        ("95001/100000", "%", "<= 95%", "95.001%"),
        ("19/20", "%", ">= 95%", "95.00%"),
        ("94999/100000", "%", None, "95.00%"),
        ("99999/100000", "%", None, "99.999%"),
        ("100001/100000", "%", None, "100.001%"),
        ("1", "%", None, "100.00%"),
        ("0", "%", None, "0.00%"),
        ("-1/3", "%", None, "-33.33%"),
        ("3", "次", "<= 3次", "3次"),
        ("5/2", "", None, "2.50"),
        ("-5/2", "分", None, "-2.50分"),
        ("1800000000", "分钟", "<= 30分钟", "30.00分钟"),
        ("1800000001", "分钟", "<= 30分钟", "30.00000002分钟"),
        ("1801000000", "分钟", "<= 30分钟", "30.02分钟"),
        ("5400000000", "小时", None, "1.50小时"),
    ],
)
def test_a_value_as_shown(value: str, unit: str, against: str | None, shown: str) -> None:
    assert show(Fraction(value), Unit(unit), target(against) if against else None) == shown


@pytest.mark.parametrize(
    ("limit", "offset", "shown"),
    [
        ("95", -1, "<95.00%"),
        ("95", 1, ">95.00%"),
        ("95.1", -1, "<95.10%"),
        ("95.126", -1, "<95.126%"),
        ("95.126", 1, "95.13%"),
        ("95.124", -1, "95.12%"),
        ("95.124", 1, ">95.124%"),
        ("95.1260", -1, "<95.126%"),
        ("95.000000001", 1, ">95.000000001%"),
    ],
)
def test_a_value_nearer_to_the_target_than_twelve_decimals_is_shown_as_beside_it(
    limit: str, offset: int, shown: str
) -> None:
    value = Fraction(limit) / 100 + Fraction(offset, 10**20)
    assert show(value, Unit.PERCENT, target(f">= {limit}%")) == shown


@given(
    st.sampled_from(["=", "<", "<=", ">", ">="]),
    st.integers(0, 12000),
    st.sampled_from([Unit.PERCENT, Unit.BARE, Unit("次"), Unit.HOUR]),
    st.fractions(0, 2) | st.fractions(-1, 1, max_denominator=10**9).map(lambda near: 1 + near / 10**9),
)
@example(op=">=", hundredths=9500, unit=Unit.PERCENT, ratio=Fraction(9496, 9500))
@example(op=">=", hundredths=9500, unit=Unit.PERCENT, ratio=1 - Fraction(1, 10**30))
def test_what_is_shown_passes_exactly_when_the_value_does(
    op: str, hundredths: int, unit: Unit, ratio: Fraction
) -> None:
    """The shown text, read back as a number (or as the open side that it names), gives the same verdict."""
    against = target(f"{op} {hundredths // 100}.{hundredths % 100:02}{unit}")
    value = against.bounds[0].limit * ratio
    sign, number = re.fullmatch(rf"([<>]?)(-?\d+(?:\.\d+)?){unit}", show(value, unit, against)).groups()
    read = Fraction(number) * unit.factor
    if sign:  # beside the number by less than could be shown
        assert value < read if sign == "<" else value > read
        read += Fraction(1, 10**30) * (-1 if sign == "<" else 1)
    assert against.passes(read) == against.passes(value)


@given(st.fractions(0, 2))
def test_a_percentage_shown_as_100_is_100(value: Fraction) -> None:
    assume(value != 1)
    assert show(value, Unit.PERCENT) != "100.00%"


@pytest.mark.parametrize(
    ("value", "digits", "result"),
    [
        ("1/8", 2, "13/100"),
        ("-1/8", 2, "-13/100"),
        ("5/2", 0, "3"),
        ("-5/2", 0, "-3"),
        ("1/3", 1, "3/10"),
        ("0", 2, "0"),
    ],
)
def test_rounding_is_half_away_from_zero(value: str, digits: int, result: str) -> None:
    assert rounded(Fraction(value), digits) == Fraction(result)


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (None, "", "—"),
        ("54", "", "54"),
        ("100", "次", "100"),
        ("0", "", "0"),
        ("5/2", "", "2.5"),
        ("1/3", "", "0.3333"),
        ("1/100000", "", "0"),
        ("5400000000", "小时", "1.5小时"),
        ("-7/2", "", "-3.5"),
    ],
)
def test_a_numerator_or_denominator_as_shown(value: str | None, unit: str, shown: str) -> None:
    assert show_part(None if value is None else Fraction(value), Unit(unit)) == shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("0", "0"),
        ("100", "100"),
        ("19/20", "0.95"),
        ("-5/2", "-2.5"),
        ("1/3", "0.333333333333"),
        ("2/3", "0.666666666667"),
        ("-1/3", "-0.333333333333"),
        ("1/10000000000000", "0"),
        ("-1/10000000000000", "0"),
        ("1000000000000000000", "1000000000000000000"),
        ("1800000000", "1800000000"),
    ],
)
def test_a_number_for_other_programs_is_a_plain_decimal(value: str | None, text: str) -> None:
    assert plain_number(None if value is None else Fraction(value)) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, None), (Fraction(54), "54"), (Fraction(54, 76), "27/38"), (Fraction(-1, 2), "-1/2")]
)
def test_a_number_for_the_machine_is_exact(value: Fraction | None, text: str | None) -> None:
    assert exact(value) == text


@pytest.mark.parametrize(
    ("verdict", "word"),
    [
        ("attained", "达成"),
        ("missed", "未达成"),
        ("unverified", "待核实"),
        ("not_applicable", "不适用"),
        ("missing_data", "数据缺失"),
        ("undefined", "口径待确认"),
        ("monitored", "仅监测"),
        ("in_progress", "未到期"),
    ],
)
def test_a_verdict_in_the_plan_s_words(verdict: str, word: str) -> None:
    assert Verdict(verdict).label == word


@pytest.mark.parametrize(
    ("unit", "factor", "is_duration"),
    [
        ("%", "1/100", False),
        ("次", "1", False),
        ("", "1", False),
        ("分钟", "60000000", True),
        ("小时", "3600000000", True),
        ("天", "86400000000", True),
    ],
)
def test_one_written_unit_in_exact_terms(unit: str, factor: str, is_duration: bool) -> None:
    assert (Unit(unit).factor, Unit(unit).is_duration) == (Fraction(factor), is_duration)


# ---- accounting


@pytest.mark.parametrize(
    ("parts", "adds_up"),
    [
        ((10, 4, 3, 2, 1), True),
        ((10, 4, 3, 2, 0), False),
        ((10, 12, -2, 0, 0), False),
        ((0, 0, 0, 0, 0), True),
        ((10, 4, 2, 2, 1, 1), True),
        ((10, 4, 3, 2, 1, 1), False),
    ],
)
def test_kept_is_counted_outside_excluded_and_doubtful(parts: tuple[int, ...], adds_up: bool) -> None:
    assert Accounting("numerator", "incidents", *parts).adds_up is adds_up


@pytest.mark.parametrize(("parts", "adds_up"), [((240, 236, 1, 2, 1), True), ((240, 236, 1, 2, 0), False)])
def test_read_is_kept_blank_no_data_and_duplicate(parts: tuple[int, ...], adds_up: bool) -> None:
    assert ExportRows(*parts).adds_up is adds_up


# ---- the report


JULY = Period(PeriodKind.MONTH, 2022, 7)


def assessment(**changed: object) -> Assessment:
    given = {
        "indicator": "incident_response_rate", "number": 18, "name": "事件及时响应率", "domain": "过程管理", "period": JULY, "due": True,
        "window": (date(2022, 7, 1), date(2022, 8, 1)), "unit": Unit.PERCENT, "target": target(">= 90%"), "verdict": Verdict.MISSED,
        "numerator": Fraction(54), "denominator": Fraction(76), "value": Fraction(54, 76), "lowest": Fraction(54, 76), "highest": Fraction(54, 76),
        "shortfall": Fraction(15), "sources": ("incidents",),
    }  # fmt: skip
    return Assessment(**(given | changed))


def report(*assessments: Assessment, exports: tuple[Export, ...] = (), problems: tuple[Problem, ...] = ()) -> Report:
    return Report(
        Period(PeriodKind.QUARTER, 2022, 3),
        date(2022, 9, 30),
        False,
        {"path": "kpi_definitions.yaml", "version": "V1.0"},
        assessments,
        exports,
        problems,
    )


@pytest.mark.parametrize(
    ("changed", "display"),
    [
        ({}, "71.05%"),
        ({"value": None, "lowest": None, "highest": None}, "—"),
        ({"lowest": None}, "≤71.05%"),
        ({"highest": None}, "≥71.05%"),
        ({"lowest": None, "highest": None}, "71.05%?"),
        ({"value": None, "highest": None}, "≥71.05%"),
        ({"lowest": Fraction(1, 2), "highest": Fraction(89999, 100000)}, "50.00%~89.999%"),
    ],
)
def test_the_value_of_an_assessment_as_shown(changed: dict[str, object], display: str) -> None:
    assert assessment(**changed).display == display


@pytest.mark.parametrize(
    ("verdicts", "rate"),
    [
        (["attained", "attained", "missed"], Fraction(2, 3)),
        # what has no verdict of its own is counted beside it
        (["attained", "unverified", "not_applicable", "missing_data", "undefined", "monitored"], 1),
        (["missed", "missing_data"], 0),
        (["missing_data", "unverified"], None),
        ([], None),
    ],
)
def test_the_rate_is_of_what_was_attained_or_missed(verdicts: list[str], rate: Fraction | int | None) -> None:
    found = report(*(assessment(verdict=Verdict(one)) for one in verdicts), assessment(due=False))
    assert found.rate == rate


@pytest.mark.parametrize(
    ("verdicts", "whole"),
    [
        ("attained attained", "attained"), ("attained not_applicable", "attained"), ("attained missed", "missed"),
        ("missed missing_data", "missed"), ("attained missing_data", "missing_data"), ("attained unverified", "unverified"),
        ("attained undefined", "undefined"), ("not_applicable", "not_applicable"), ("monitored monitored", "monitored"),
    ],
)  # fmt: skip
def test_an_indicator_is_attained_where_each_of_its_periods_is(verdicts: str, whole: str) -> None:
    items = [assessment(verdict=Verdict(one)) for one in verdicts.split()]
    assert report(*items, assessment(due=False)).by_indicator == {"incident_response_rate": whole}


def test_due_and_running_are_listed_apart() -> None:
    due, running = assessment(), assessment(due=False, verdict=Verdict.IN_PROGRESS)
    assert (report(due, running).due, report(due, running).running) == ([due], [running])


def test_the_summary_counts_what_is_due_by_verdict() -> None:
    items = [
        assessment(),
        assessment(),
        assessment(verdict=Verdict.ATTAINED),
        assessment(due=False, verdict=Verdict.IN_PROGRESS),
    ]
    assert report(*items).summary == {
        "due": 3,
        "indicators": 1,
        "attained": 1,
        "missed": 2,
        "unverified": 0,
        "not_applicable": 0,
        "missing_data": 0,
        "undefined": 0,
        "monitored": 0,
    }


def test_an_assessment_as_json_has_the_fields_of_the_design() -> None:
    expected = {
        "indicator": "incident_response_rate", "number": 18, "name": "事件及时响应率", "domain": "过程管理", "period": "2022-07", "due": True,
        "window": ["2022-07-01", "2022-08-01"], "numerator": "54", "denominator": "76", "value": "27/38", "lowest": "27/38", "highest": "27/38",
        "display": "71.05%", "target": ">= 90%", "verdict": "missed", "shortfall": "15", "doubtful_rows": 0, "sources": ["incidents"],
    }  # fmt: skip
    found = as_json(report(assessment()))["assessments"][0]
    assert {field: found[field] for field in expected} == expected


def test_an_assessment_is_read_back_from_its_json(sample: Sample) -> None:
    for day in (date(2022, 12, 31), date(2022, 8, 15)):
        for item in sample.report("2022", day).assessments:
            assert assessment_of(json.loads(json.dumps(as_json(item)))) == item
    full = assessment(
        absent=(MissingExport("incidents", "信息部", ("2022-07", "2022-08")),), room=ErrorBudget(failures=2, settled="已失守"),
        beside=(("全年", "80.00%"),), group="甲", part_unit=Unit.HOUR, base_unit=Unit("天"),
    )  # fmt: skip
    written = as_json(full)
    assert assessment_of(written) == full
    # as a version wrote it that didn't know these units yet
    older = {name: value for name, value in written.items() if name not in ("part_unit", "base_unit")}
    assert assessment_of(older) == replace(full, part_unit=Unit.BARE, base_unit=Unit.BARE)


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("period", "某月", ValueError),
        ("verdict", "good", ValueError),
        ("value", "x", ValueError),
        ("rows", 1, TypeError),
    ],
)
def test_what_is_no_assessment_is_refused(field: str, value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        assessment_of(as_json(assessment()) | {field: value})


def test_what_is_not_known_is_null() -> None:
    found = as_json(
        report(
            assessment(
                target=None, numerator=None, denominator=None, value=None, lowest=None, highest=None, shortfall=None
            )
        )
    )["assessments"][0]
    nulls = ["target", "numerator", "denominator", "value", "lowest", "highest", "shortfall", "room", "group"]
    assert [found[field] for field in nulls] == [None] * len(nulls)


def test_the_details_of_an_assessment_as_json() -> None:
    found = as_json(
        report(
            assessment(
                absent=(MissingExport("incidents", "信息部", ("2022-07", "2022-08")),),
                accounting=(Accounting("numerator", "incidents", 10, 4, 3, 2, 1),),
                room=ErrorBudget(failures=2),
                beside=(("全年", "80.00%"),),
            )
        )
    )["assessments"][0]
    assert found["missing"] == [{"source": "incidents", "department": "信息部", "months": ["2022-07", "2022-08"]}]
    assert found["rows"] == [
        {
            "measure": "numerator",
            "source": "incidents",
            "kept": 10,
            "counted": 4,
            "outside": 3,
            "excluded": 2,
            "doubtful": 1,
            "elsewhere": 0,
        }
    ]
    assert found["room"]["failures"] == 2
    assert found["beside"] == {"全年": "80.00%"}


@pytest.mark.parametrize(
    ("covers", "written"), [(None, None), ((date(2022, 7, 1), date(2022, 10, 1)), ["2022-07-01", "2022-10-01"])]
)
def test_an_export_as_json(covers: tuple[date, date] | None, written: list[str] | None) -> None:
    export = Export(
        "incidents", "信息部", "信息部/事件工单.xlsx", "事件工单", 3, "ab12", covers, ExportRows(240, 236, 1, 2, 1)
    )
    assert as_json(report(exports=(export,)))["sources"] == [
        {"source": "incidents", "department": "信息部", "path": "信息部/事件工单.xlsx", "format": "xlsx", "sheet": "事件工单", "header_row": 3, "sha256": "ab12", "covers": written, "readable": True,
         "rows": {"read": 240, "kept": 236, "blank": 1, "non_data": 2, "duplicate": 1}}
    ]  # fmt: skip


def test_an_export_says_when_it_was_saved_where_that_is_known() -> None:
    export = Export("t", "信息部", "信息部/t.xlsx", "t", 1, "ab12")
    known = replace(export, saved=date(2022, 10, 8))
    first, second = as_json(report(exports=(export, known)))["sources"]
    assert "saved" not in first
    assert second == first | {"saved": "2022-10-08"}


def test_a_problem_with_advice_says_who_is_to_do_what() -> None:
    problem = Problem("D203", "取值", Place("信息部/事件工单.xlsx", "事件工单", "F12"))
    assert advice_json(problem, ["通信部", "信息部"]) == {
        "code": "D203", "severity": "error", "message": "取值", "path": "信息部/事件工单.xlsx", "sheet": "事件工单",
        "cell": "F12", "department": "信息部", "title": "取值不在允许范围内",
        "remedy": "改成允许的取值,或在指标目录中登记同义词",
    }  # fmt: skip
    assert advice_json(problem, [])["department"] is None


@pytest.mark.parametrize(
    ("problem", "written"),
    [
        (
            Problem("D203", "取值", Place("信息部/事件工单.xlsx", "事件工单", "F12")),
            {
                "code": "D203",
                "severity": "error",
                "message": "取值",
                "path": "信息部/事件工单.xlsx",
                "sheet": "事件工单",
                "cell": "F12",
            },
        ),
        (
            Problem("C201", "反了", Place("kpi.yaml", line=3, key="target")),
            {"code": "C201", "severity": "warning", "message": "反了", "path": "kpi.yaml", "line": 3, "key": "target"},
        ),
        (Problem("D101", "没有交"), {"code": "D101", "severity": "error", "message": "没有交"}),
    ],
)
def test_a_problem_as_json_has_only_the_parts_of_its_place(problem: Problem, written: dict[str, object]) -> None:
    assert as_json(report(problems=(problem,)))["problems"] == [written]


def test_the_report_as_json_says_what_it_is_and_survives_json() -> None:
    found = as_json(report(assessment(room=ErrorBudget(settled="已失守"))))
    head = {
        "schema": "itss-kpi/report/1",
        "period": "2022Q3",
        "as_of": "2022-09-30",
        "partial": False,
        "catalogue": {"path": "kpi_definitions.yaml", "version": "V1.0"},
    }
    assert {field: found[field] for field in head} == head
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(("value", "shown"), [("1/1000", "0.001次"), ("-1/1000", "-0.001次"), ("1/200", "0.01次")])
def test_what_is_more_than_nothing_is_not_shown_as_nothing_without_a_target(value: str, shown: str) -> None:
    assert show(Fraction(value), Unit("次")) == shown


@pytest.mark.parametrize(("value", "shown"), [("1/1000000", "0.0001%"), ("-1/1000000", "-0.0001%"), ("0", "0.00%")])
def test_a_percentage_above_nothing_is_not_shown_as_nothing(value: str, shown: str) -> None:
    assert show(Fraction(value), Unit.PERCENT) == shown
