"""Versions: names that say that a file doesn't count, files that were sent again, and one file of two departments."""

from datetime import date

import pytest
from kit.grids import HEADER, Q3, YEAR, raw, table, ticket
from kit.tables import codes

from itss_kpi.reading.grid import RawExport
from itss_kpi.tables.table import Table
from itss_kpi.tables.versions import set_aside_word

ROWS = [ticket(f"A{at}", str(at), f"2022-07-{at + 10}") for at in range(6)]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("工单_2022Q3_作废", "作废"), ("工单_2022Q3(已作废)", "作废"), ("工单_2022Q3旧", "旧"), ("工单_2022Q3-备份2", "备份2"), ("工单_2022Q3_测试数据", "测试数据"),
        ("误报工单_2022Q3", "误报"), ("工单_2022_old", "old"), ("旧版", "旧版"), ("历史", "历史"), ("工单_2022Q3_征求意见稿", "征求意见"), ("工单_2022年旧", "旧"),
        ("工单_2022Q3", ""), ("工单_2022Q3_备份系统", ""), ("工单_2022Q3_测试部", ""), ("旧城区_2022Q3", ""), ("工单_2022Q3_终稿", ""), ("工单_2022Q3(1)", ""),
    ],
)  # fmt: skip
def test_the_word_by_which_a_name_says_that_it_does_not_count(name: str, word: str) -> None:
    assert set_aside_word(name, ["工单", "测试部"]) == word


def test_a_word_of_the_ledger_or_of_a_department_says_nothing() -> None:
    assert set_aside_word("误报工单_2022Q3", ["误报工单"]) == ""
    assert set_aside_word("测试", surely=True) == ""


def of(found: Table) -> list[str]:
    """The keys of the rows that may not count."""
    return found.pandas["编号"][found.pandas["_uncertain"]].tolist() if found.uncertain else []


@pytest.mark.parametrize("path", ["甲部/工单_2022Q3_作废.xlsx", "甲部/旧/工单_2022Q3.xlsx"])
def test_what_a_name_sets_aside_is_doubtful_and_answers_for_nothing(path: str) -> None:
    found, problems = table(raw([HEADER, ROWS[0]], path=path, covers=Q3))
    assert (codes(problems), of(found), found.exports[0].covers) == (["D131"], ["A0"], None)


def test_a_sheet_s_name_counts_beside_another_sheet_only() -> None:
    good, void = raw([HEADER, ROWS[0]], sheet="7月"), raw([HEADER, ROWS[1]], sheet="旧")
    found, problems = table(good, void)
    assert (codes(problems), of(found)) == (["D131"], ["A1"])
    assert of(table(void)[0]) == []  # it may have kept the name that it had in the template
    assert of(table(raw([HEADER, ROWS[1]], sheet="作废"))[0]) == ["A1"]


def sent(*which: int, name: str = "", **facts: object) -> RawExport:
    path = f"甲部/工单_2022Q3{name}.xlsx"
    return raw([HEADER, *(ROWS[at] for at in which)], **{"path": path, "covers": Q3, **facts})  # type: ignore[arg-type]


def test_rows_that_only_one_of_two_versions_has_are_doubtful() -> None:
    found, problems = table(sent(0, 1, 2, 3, 4), sent(0, 2, 3, 5, name="_重报"))
    assert (sorted(of(found)), found.kept) == (["A1", "A4", "A5"], 6)
    assert codes(problems) == ["D132", "D301", "D301", "D301"]


@pytest.mark.parametrize(
    "other",
    [
        sent(0, 1, 2, 3, name="_终稿"),  # the same rows
        sent(3, 4, 5, name="_二组"),  # hardly any in common
    ],
)
def test_what_is_no_second_version_casts_no_doubt(other: RawExport) -> None:
    assert of(table(sent(0, 1, 2, 3), other)[0]) == []


def test_of_rows_under_another_time_s_name_nobody_knows_which_is_right() -> None:
    found, problems = table(sent(0, 1, 2, 3), sent(4, 5, name="_10月", covers=(date(2022, 10, 1), date(2022, 11, 1))))
    assert (of(found), codes(problems)) == (["A4", "A5"], ["D111"])


def test_a_version_that_was_saved_earlier_lacks_nothing_that_came_later() -> None:
    early = RawExport(**{**_fields(sent(0, 1, 2)), "saved": date(2022, 7, 13)})
    late = sent(0, 1, 2, 4, name="_补全")
    assert of(table(early, late)[0]) == []
    assert of(table(sent(0, 1, 2), late)[0]) == ["A4"]


def _fields(one: RawExport) -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def test_a_version_numbered_anew_is_the_same_records() -> None:
    anew = [[f"N{at}", *row[1:]] for at, row in enumerate(ROWS[:4])]
    found, problems = table(sent(0, 1, 2, 3), raw([HEADER, *anew], path="甲部/工单_2022Q3_新.xlsx", covers=Q3))
    assert codes(problems) == ["D132"]
    assert of(found) == ["N0", "N1", "N2", "N3"]


def test_one_file_of_two_departments_is_one_s() -> None:
    one = raw([HEADER, *ROWS[:2]], sha256="same")
    other = raw([HEADER, *ROWS[:2]], sha256="same", department="乙部", path="乙部/工单.xlsx")
    found, problems = table(one, other, extra="key_scope: department")
    assert codes(problems) == ["D133", "D133"]
    assert [export.covers for export in found.exports] == [None, None]
    assert found.pandas["_uncertain"].tolist() == [False, False, True, True]
    # a larger file is said once, though it is one by its bytes and by its records
    three = [
        raw([HEADER, *ROWS[:3]], sha256="same", department=name, path=f"{name}/工单.xlsx") for name in ("甲部", "乙部")
    ]
    assert codes(table(*three, extra="key_scope: row")[1]).count("D133") == 2
    # empty forms are alike
    empty = [raw([HEADER], sha256="same"), raw([HEADER], sha256="same", department="乙部", path="乙部/工单.xlsx")]
    assert table(*empty)[1] == []
    assert [export.covers for export in table(*empty)[0].exports] == [YEAR, YEAR]


def test_the_same_records_of_two_departments_are_one_s() -> None:
    one, other = (
        raw([[title], HEADER, *ROWS[:3]], department=name, path=f"{name}/工单.xlsx")
        for name, title in (("甲部", "甲部"), ("乙部", "乙部"))
    )
    found, problems = table(one, other)
    assert codes(problems) == ["D133", "D133", "D301", "D301", "D301"]
    assert [export.covers for export in found.exports] == [None, None]
    # with a number of each department's own they are two lists that are alike
    assert "D133" not in codes(table(one, other, extra="key_scope: department")[1])
    assert "D133" not in codes(
        table(raw([HEADER, *ROWS[:2]]), raw([HEADER, *ROWS[:2]], department="乙部", path="乙部/工单.xlsx"))[1]
    )


@pytest.mark.parametrize(("name", "doubtful"), [("7月演练", ["A1"]), ("7月(2)", []), ("17月", [])])
def test_a_sheet_that_is_called_like_another_with_a_word_more_may_not_count(name: str, doubtful: list[str]) -> None:
    found, problems = table(raw([HEADER, ROWS[0]], sheet="7月"), raw([HEADER, ROWS[1]], sheet=name))
    assert (of(found), "D124" in codes(problems)) == (doubtful, bool(doubtful))
