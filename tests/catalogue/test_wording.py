"""Words that every output uses: targets, gaps, room, measures and conditions."""

from dataclasses import replace
from fractions import Fraction

import pytest
from kit.sample import Sample

from itss_kpi.catalogue.expression import Instant
from itss_kpi.catalogue.indicators import Measure
from itss_kpi.catalogue.parsing import parse
from itss_kpi.catalogue.wording import (
    SIGNS,
    gap_text,
    name_text,
    outlook_text,
    plain_cells,
    reading,
    room_text,
    said,
    share_text,
    target_text,
)
from itss_kpi.core.results import Assessment, ErrorBudget, MissingExport, Verdict, WhatIf
from itss_kpi.core.targets import Target, parse_target


def target(written: str) -> Target:
    found = parse_target(written)
    assert found
    return found


@pytest.fixture(scope="module")
def item(sample: Sample) -> Assessment:
    """事件及时响应率 in July 2022: 193 of 224, 9 short."""
    report = sample.report("2022-07")
    return next(one for one in report.due if one.number == 18)


def test_each_verdict_has_a_sign_of_its_own() -> None:
    assert set(SIGNS) == set(Verdict)
    assert len(set(SIGNS.values())) == len(Verdict)


@pytest.mark.parametrize(
    ("written", "shown"),
    [(">= 95%", "≥95%"), ("<= 4小时", "≤4小时"), ("= 0次", "=0次"), ("< 2%", "<2%"), ("> 0.5", ">0.5")],
)
def test_target(written: str, shown: str) -> None:
    assert target_text(target(written)) == shown


def test_no_target() -> None:
    assert target_text(None) == "—"


def test_gap_is_shown_where_the_target_is_not_met(item: Assessment) -> None:
    assert gap_text(item) == "差 9"
    assert gap_text(replace(item, verdict=Verdict.UNVERIFIED)) == "差 9"
    assert gap_text(replace(item, verdict=Verdict.ATTAINED)) == ""
    assert gap_text(replace(item, shortfall=None)) == ""
    assert gap_text(replace(item, target=target("= 0次"), value=Fraction(2), shortfall=Fraction(2))) == "超 2"
    just = replace(item, value=Fraction(5), shortfall=Fraction(0))
    assert gap_text(replace(just, target=target("> 5"))) == "须大于它"
    assert gap_text(replace(just, target=target("< 5"))) == "须小于它"


@pytest.mark.parametrize(
    ("room", "denominator", "shown"),
    [
        (ErrorBudget(settled="已失守"), 4, "已失守"),
        (ErrorBudget(failures=3), 4, "还可失误 3"),
        (ErrorBudget(failures=0), 4, "还可失误 0"),
        (ErrorBudget(failures=3), None, "还可发生 3"),
        (ErrorBudget(failures=0), None, "不得再发生"),
        (ErrorBudget(successes=2), 4, "须再连续达成 2"),
        (ErrorBudget(successes=2, planned="20"), 4, "还差 2(全期计划 20)"),
        (None, 4, "目前未达标"),
    ],
)
def test_room(room: ErrorBudget | None, denominator: int | None, shown: str, item: Assessment) -> None:
    running = replace(item, room=room, denominator=None if denominator is None else Fraction(denominator))
    assert room_text(running) == shown


def test_room_without_a_value_and_without_data(item: Assessment) -> None:
    assert room_text(replace(item, room=None, value=None)) == "—"
    assert room_text(replace(item, room=None, value=Fraction(1))) == "目前达标"
    assert room_text(replace(item, room=None, target=None)) == "—"
    absent = tuple(
        MissingExport("incidents", department, ("2022-07",)) for department in ("通信部", "信息部", "信息部")
    )
    assert room_text(replace(item, absent=absent)) == "数据缺失:信息部、通信部"


@pytest.mark.parametrize(
    ("outlook", "share", "count"),
    [
        (WhatIf(20, 18, 20), "接下来 20 次中至少成功 18 次", "至少再发生 18 次"),
        (WhatIf(20, 20, 20), "接下来 20 次中至少成功 20 次", "至少再发生 20 次"),
        (WhatIf(20, 0, 3), "接下来 20 次中至多 3 次计入分子", "至多再发生 3 次"),
        (WhatIf(20, 0, 0), "接下来 20 次中至多 0 次计入分子", "至多再发生 0 次"),
        (WhatIf(20, 2, 3), "接下来 20 次中须有 2~3 次计入分子", "再发生 2~3 次"),
        (WhatIf(20, 0, 20), "接下来 20 次无论成败都达标", "再发生 20 次以内都达标"),
        (WhatIf(20), "接下来 20 次无论成败都不达标", "再发生 20 次以内都不达标"),
    ],
)
def test_what_the_next_may_bring(outlook: WhatIf, share: str, count: str, item: Assessment) -> None:
    assert outlook_text(item, outlook) == share
    assert outlook_text(replace(item, denominator=None), outlook) == count


def test_parts_names_and_plain_cells(item: Assessment) -> None:
    assert share_text(item) == "193/224"
    assert share_text(replace(item, denominator=None)) == "193"
    assert share_text(replace(item, numerator=None)) == "—"
    assert (name_text("名", None), name_text("名", ""), name_text("名", "组")) == ("名", "名", "名[组]")
    assert plain_cells(item) == ["193", "224", "0.861607142857", "86.16%", "0.861607142857", "0.861607142857", "≥90%"]
    assert plain_cells(replace(item, numerator=None, target=None))[::6] == ["", "—"]


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        (Measure(measure="count", source="t"), "计数 工单"),
        (Measure(measure="sum", source="t", of="费用", date="完成时间"), "合计 工单的费用,按 完成时间"),
        (Measure(measure="count", source="t", where="状态 == '好'"), "计数 工单,条件:状态 = 好"),
        (Measure(declared="departments"), "计划中声明的部门数"),
    ],
)
def test_a_measure_in_words(measure: Measure, words: str) -> None:
    assert reading(measure, {"t": "工单"}) == words


def test_a_measure_within_its_denominator_in_words() -> None:
    within = Measure(within="denominator").model_copy(update={"measure": "distinct", "source": "t", "of": "工号"})
    assert reading(within, {"t": "工单"}) == "去重计数 工单的工号,限于分母各行"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("响应时间 - 受理时间 <= 响应时限", "响应时间 - 受理时间 ≤ 响应时限"),
        ("状态 != '已取消'", "状态 ≠ 已取消"),
        ("状态 in ('成功', '失败')", "状态 为 成功、失败 之一"),
        ("状态 in ('成功',)", "状态 为 成功"),
        ("状态 not in ('成功', '失败')", "状态 不为 成功、失败"),
        ("blank(解决日期)", "解决日期 空着"),
        ("not blank(解决日期)", "解决日期 不空"),
        ("是否回访", "是否回访"),
        ("not 是否回访", "是否回访 为否"),
        ("not (数 > 1)", "并非(数 > 1)"),
        ("a and (b or c)", "a 且 (b 或 c)"),
        ("a or b and c", "a 或 (b 且 c)"),
        ("登记日期 >= period_start", "登记日期 ≥ 期初"),
        ("解决日期 < period_end", "解决日期 < 期末次日零时"),
        ("时 == date('2022-07-01')", "时 = 2022-07-01"),
        ("时 == date('2022-07-01 09:30')", "时 = 2022-07-01 09:30:00"),
        ("长 <= minutes(30)", "长 ≤ 30 分钟"),
        ("长 <= hours(2)", "长 ≤ 2 小时"),
        ("长 <= days(3)", "长 ≤ 3 天"),
        ("长 <= seconds(90)", "长 ≤ 90 秒"),
        ("长 <= lookup(时限, 优先级)", "长 ≤ 时限[优先级]"),
        ("数 * 1.5 >= 2", "数 × 1.5 ≥ 2"),
        ("(数 + 比) / 2 > 0.5", "(数 + 比) ÷ 2 > 0.5"),
        ("数 - (比 - 1) == 0", "数 - (比 - 1) = 0"),
        ("min(数, 比) < max(数, 2)", "数、比 中较小的 < 数、2 中较大的"),
    ],
)
def test_a_condition_in_words(written: str, words: str) -> None:
    assert said(parse(written)) == words


def test_what_is_no_node_has_no_words() -> None:
    with pytest.raises(TypeError):
        said("x")  # type: ignore[arg-type]
    assert said(Instant(0)) == "1970-01-01"
