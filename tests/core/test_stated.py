"""What a name says about time: the days that it says, the day of an export, or a reason to ask."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product

import pytest

from itss_kpi.core.period import Period, PeriodKind, parse_period
from itss_kpi.core.stated import Days, last_day_in, stated

Q3 = (date(2022, 7, 1), date(2022, 10, 1))


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("事件工单_2022Q3", "2022Q3"),
        ("事件工单_2022-07", "2022-07"),
        ("事件工单202207", "2022-07"),
        ("2022年7月事件工单", "2022-07"),
        ("2022年第三季度 培训记录", "2022Q3"),
        ("二〇二二年第三季度 培训记录", "2022Q3"),
        ("零星采购_2022Q3", "2022Q3"),
        ("二零二二年七月培训记录", "2022-07"),
        ("培训记录（2022年下半年）", "2022H2"),
        ("满意度调查2022年度", "2022"),
        ("2022Q3_信息部_2022q3", "2022Q3"),
        ("２０２２Ｑ３", "2022Q3"),
        ("事件_2022_07", "2022-07"),
        ("2022年Q3", "2022Q3"),
        ("2022年七月", "2022-07"),
        ("2022年十二月份", "2022-12"),
        ("2022年-Q3", "2022Q3"),
        ("2022 Q3", "2022Q3"),
        ("2022Q3初稿", "2022Q3"),
        ("2022Q3 末班", "2022Q3"),
        ("2022 H2 v2", "2022H2"),
        ("2022_H2", "2022H2"),
        ("2022年 7月", "2022-07"),
        ("事件工单2022Q3(1)", "2022Q3"),
        ("事件工单2022Q3 v2.1", "2022Q3"),
        ("满意度调查2022年度（2）", "2022"),
        ("满意度调查2022V3", "2022"),
        ("TFDL-ITSS-08-09_2022Q3", "2022Q3"),
        ("FAQ2_2022-07", "2022-07"),
        ("2022Q3 2022-07", "2022-07"),  # the shorter one
        ("2022年8月月报", "2022-08"),
        ("2022年8月报表", "2022-08"),
        ("江湾1期_2022-08", "2022-08"),
        ("2022年中国移动项目", "2022"),
    ],
)
def test_the_period_in_a_name(name: str, written: str) -> None:
    period = parse_period(written)
    assert period
    assert stated(name).days == (period.start, period.end)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("2022年前三季度", "2022-01-01", "2022-09-30"),
        ("2022年前八个月", "2022-01-01", "2022-08-31"),
        ("2022年1月-6月", "2022-01-01", "2022-06-30"),
        ("2022年1-6月", "2022-01-01", "2022-06-30"),
        ("2022.1-8", "2022-01-01", "2022-08-31"),
        ("2022-07至09", "2022-07-01", "2022-09-30"),
        ("事件_2022-01至2022-06", "2022-01-01", "2022-06-30"),
        ("2022年11月~2023年1月", "2022-11-01", "2023-01-31"),
        ("2022-07-05至2022-07-09", "2022-07-05", "2022-07-09"),
        ("20220705-20220709", "2022-07-05", "2022-07-09"),
        ("2022年7月5日-9日", "2022-07-05", "2022-07-09"),
        ("2022年7月5日至8月9日", "2022-07-05", "2022-08-09"),
    ],
)
def test_a_name_may_say_several_months_or_days(name: str, first: str, last: str) -> None:
    assert stated(name).days == (date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1))


@pytest.mark.parametrize("name", ["事件工单", "QP-01", "花名册3", "工单12022", "2号楼"])
def test_a_name_without_a_time_says_none_and_asks_nothing(name: str) -> None:
    said = stated(name)
    assert (said.days, said.made, said.asks, said.part) == (None, None, False, False)


@pytest.mark.parametrize(
    "name",
    ["事件工单_2022Q3_2022Q4", "2022-13", "2022M7", "2022(7月)", "2022Q3-Q4", "2022年上半年和Q3", "2022_7", "2022年_3", "2022年度第三季度",
     "7月_2022", "三季度2022", "2022Q1、2", "2022半年报", "2022第三季度月份", "2022上", "2022年末", "2022年中", "2022年截至8月", "2022Q3累计", "第1周", "2022年7月5日至4日",
     "2022初", "2022年度末", "2022_末", "2022四季度前", "2022-07初", "2022Q3末", "2022W1 v2", "2022年度Q3 v2"],
)  # fmt: skip
def test_a_name_that_says_more_than_is_understood_asks(name: str) -> None:
    said = stated(name)
    assert (said.days, said.asks) == (None, True)


@pytest.mark.parametrize(
    "name", ["2022年第三期", "2022Q3_部分", "2022年第1部分", "2022Q3(一)", "2022Q3_part2", "2022Q3补充"]
)
def test_a_name_may_say_that_it_is_a_part(name: str) -> None:
    assert stated(name).part


def test_the_day_of_an_export_is_no_period() -> None:
    assert stated("工单_2022-07_20220801导出").made == date(2022, 8, 1)
    assert stated("工单_2022-07_20220801093000").made == date(2022, 8, 1)
    assert stated("工单_2022-07_20220801_093000").days == (date(2022, 7, 1), date(2022, 8, 1))
    assert (stated("花名册_20220705").days, stated("花名册_20220705").made) == (None, date(2022, 7, 5))
    assert last_day_in("制表 2022-08-31,审核 2022年9月2日") == date(2022, 9, 2)
    assert last_day_in("2022-02-30") is None


def test_known_words_say_nothing_of_time_but_as_part_of_another() -> None:
    assert stated("运维三季2022Q3").asks
    assert stated("运维三季2022Q3", ("运维三季",)).days == Q3
    assert stated("2022Q3第一部分", ("一部",)).part


# ---- generated names: what they say is known by how they were made


def _less_than_the_year() -> Iterator[tuple[str, Days]]:
    """Ways to write a time that is less than 2022, and the days that it says."""
    for month in range(1, 13):
        days = (Period(PeriodKind.MONTH, 2022, month).start, Period(PeriodKind.MONTH, 2022, month).end)
        numeral = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"][month - 1]
        for text in (f"2022年{month}月", f"2022-{month:02}", f"2022{month:02}", f"2022.{month}", f"2022年{numeral}月",
                     f"2022年({month}月)", f"2022年{month}月份", f"2022M{month:02}", f"2022_{month:02}"):  # fmt: skip
            yield text, days
        for part in ("(1-10日)", "上旬", "中旬", "下旬", "W1", "第1周", "前半月", "15日前", "部分", "之一", "截至15日"):
            yield f"2022年{month}月{part}", (days[0], days[0])  # not the whole month: no day is sure
    for quarter, numeral in enumerate("一二三四", 1):
        whole = Period(PeriodKind.QUARTER, 2022, quarter)
        days = (whole.start, whole.end)
        for text in (f"2022Q{quarter}", f"2022年第{numeral}季度", f"2022年{numeral}季度", f"2022第{quarter}季度",
                     f"2022（第{numeral}季度）", f"2022-Q{quarter}", f"2022年Q{quarter}", f"第{numeral}季度2022"):  # fmt: skip
            yield text, days
        for part in ("月份", "前两个月", "(部分)", "上半段", "第1批", "首月"):
            yield f"2022年第{numeral}季度{part}", (days[0], days[0])
    for last in range(2, 13):
        days = (date(2022, 1, 1), Period(PeriodKind.MONTH, 2022, last).end)
        for text in (
            f"2022年1-{last}月",
            f"2022年1月至{last}月",
            f"2022年前{last}个月",
            f"2022.1-{last}",
            f"2022(1~{last}月)",
        ):
            yield text, days
    for text, end in (
        ("2022年前三季度", 10),
        ("2022上半年", 7),
        ("2022年上半年报", 7),
        ("2022半年报", 7),
        ("2022H1", 7),
    ):
        yield text, (date(2022, 1, 1), date(2022, end, 1))


NAMES = ("安全事件台账_{}", "{}安全事件台账", "运维部{}安全事件", "安全事件_{}_张工", "安全事件_{}_V2.1", "安全事件_{}（含附件）",
         "安全事件_{}_20230105", "OA系统_{}_导出", "{} 安全事件(1)", "安全事件-{}-终稿")  # fmt: skip


def test_no_generated_name_is_read_as_covering_a_day_that_it_does_not_say() -> None:
    times = list(_less_than_the_year())
    names = [(name.format(text), days) for (text, days), name in product(times, NAMES)]
    assert len(names) > 3000
    wrong = [
        name
        for name, days in names
        if not (said := stated(name, ("运维部",))).part
        and (read := said.days)
        and not (days[0] <= read[0] and read[1] <= days[1])
    ]
    assert wrong == []


def test_the_ordinary_ones_are_understood_in_every_surrounding() -> None:
    ordinary = [
        "2022年7月",
        "2022-07",
        "202207",
        "2022Q3",
        "2022年第三季度",
        "2022年三季度",
        "2022年1-9月",
        "2022年前三季度",
        "2022H1",
        "2022年上半年",
    ]
    assert [name.format(text) for text, name in product(ordinary, NAMES) if not stated(name.format(text)).days] == []


@pytest.mark.parametrize("name", ["工单_2022春季", "2022年冬季工单", "工单_2022-1of2", "2022续工单"])
def test_a_season_and_a_part_are_no_year(name: str) -> None:
    said = stated(name, ("工单",))
    assert said.days is None or said.part or said.asks
