"""Records: rows of a ledger as plain values, and whether the ledger was handed in at all."""

from datetime import date, datetime
from fractions import Fraction

import pytest
from kit.actions import LEDGER
from kit.tables import PLAN, WHOLE_YEAR, catalogue_of, raw_export, table_of

from itss_kpi.catalogue.ledgers import Record
from itss_kpi.catalogue.load import load
from itss_kpi.core.jsonable import as_json
from itss_kpi.plan.records import absences, merged, records, shown_rows

CATALOGUE = """
sources:
  visits:
    name: 走访台账
    departments: [甲部, 乙部]
    files: 走访台账_*.xlsx
    key: [编号]
    date: 日期
    columns:
      编号: {type: text, required: true}
      日期: {type: date, required: true}
      时刻: {type: datetime}
      进度: {type: percent}
      用时: {type: duration, unit: minute}
      完成: {type: yes_no}
      人员: {type: text, sensitive: true}
indicators: []
"""
HEAD = ("编号", "日期", "时刻", "进度", "用时", "完成", "人员")


def rows(*texts: tuple[str, ...]) -> list[dict[str, str]]:
    return [dict(zip(HEAD, line, strict=True)) for line in texts]


def test_cells_are_plain_values() -> None:
    catalogue = catalogue_of(CATALOGUE)
    full = ("1", "2022-03-01", "2022-03-01 08:30:00", "12.5%", "90", "是", "E001")
    table = table_of(
        catalogue, "visits", raw_export(catalogue, "visits", rows(full, ("2", "2022-03-02", "", "", "", "", "")))
    )
    first, second = records(catalogue.sources["visits"], table, Record)
    assert dict(first.cells) | {"人员": ""} == {
        "编号": "1", "日期": date(2022, 3, 1), "时刻": datetime(2022, 3, 1, 8, 30), "进度": Fraction(1, 8),
        "用时": Fraction(90), "完成": True, "人员": "",
    }  # fmt: skip
    assert first.text("人员").startswith("#")
    assert (first.day("时刻"), first.day("日期"), second.day("时刻")) == (date(2022, 3, 1), date(2022, 3, 1), None)
    assert [second.cells[name] for name in HEAD[2:]] == [None] * 5
    assert first.unread == second.unread == frozenset()
    assert first.disputed is second.disputed is False
    assert first.shown_place == "!".join(map(str, first.place))


def test_what_is_not_known_is_said() -> None:
    catalogue = catalogue_of(CATALOGUE)
    table = table_of(
        catalogue, "visits",
        raw_export(catalogue, "visits", rows(
            ("1", "2022-03-01", "", "", "30", "", ""),
            ("1", "2022-03-01", "", "", "40", "", ""),
            ("2", "2022-02-30", "", "很多", "", "", ""),
        )),
    )  # fmt: skip
    one, other, bad = records(catalogue.sources["visits"], table, Record)
    assert one.disputed
    assert other.disputed
    assert not bad.disputed
    assert bad.unread == {"日期", "进度"}
    assert bad.cells["日期"] is bad.cells["进度"] is None
    assert bad.text("进度") == ""


def test_a_ledger_that_was_not_handed_in_is_missing() -> None:
    catalogue = catalogue_of(CATALOGUE)
    first, last = date(2022, 1, 1), date(2022, 2, 10)
    none = absences(catalogue, "visits", {}, first, last)
    assert [(one.department, one.months) for one in none] == [
        ("甲部", ("2022-01", "2022-02")),
        ("乙部", ("2022-01", "2022-02")),
    ]


ACTIONS = LEDGER + "indicators: []\n"


def test_a_year_s_records_may_all_be_due_in_the_next() -> None:
    catalogue = catalogue_of(ACTIONS)
    raw = raw_export(catalogue, "corrective_actions", [{"编号": "1", "完成期限": "2023-01-31"}], covers=WHOLE_YEAR)
    tables = {"corrective_actions": table_of(catalogue, "corrective_actions", raw)}
    assert absences(catalogue, "corrective_actions", tables, date(2022, 1, 1), date(2022, 12, 31)) == []


@pytest.mark.parametrize(
    ("line", "instead", "code", "message"),
    [
        ("      验证日期: {type: date}\n", "", "C103", "台账 corrective_actions 须声明列“验证日期”"),
        ("原因分析: {type: text}", "原因: {type: text}", "C103", "台账 corrective_actions 须声明列“原因分析”"),
        (
            "指标序号: {type: integer}", "指标序号: {type: text}", "C102",
            "台账 corrective_actions 的“指标序号”须是 integer、decimal、percent",
        ),
    ],
)  # fmt: skip
def test_a_ledger_of_records_has_the_columns_that_are_read(line: str, instead: str, code: str, message: str) -> None:
    assert line in ACTIONS
    catalogue, problems = load(PLAN + ACTIONS.replace(line, instead), "kpi.yaml")
    assert catalogue is None
    (problem,) = problems
    assert problem.code == code
    assert message in problem.message


def test_what_the_catalogue_knows_as_records() -> None:
    assert catalogue_of(ACTIONS).records == ["corrective_actions"]
    assert catalogue_of(CATALOGUE).records == []


def test_rows_of_one_key_are_merged_to_what_they_agree_on() -> None:
    catalogue = catalogue_of(CATALOGUE)
    raw = raw_export(catalogue, "visits", rows(
        ("2", "2022-03-02", "", "50%", "", "", ""),
        ("1", "2022-03-01", "", "", "30", "", ""),
        ("1", "2022-03-01", "", "", "40", "", ""),
        ("1", "2022-03-01", "", "x", "30", "", ""),
        ("", "2022-03-04", "", "", "", "", ""),
    ))  # fmt: skip
    plain, both, keyless = merged(records(catalogue.sources["visits"], table_of(catalogue, "visits", raw), Record))
    assert (plain.disputed, plain.conflict, plain.versions, plain.place[2]) == (False, 0, (), 2)
    assert (both.disputed, both.uncertain, both.day("日期")) == (True, False, date(2022, 3, 1))
    assert both.unread == {"用时", "进度"}
    assert [row.place[2] for row in both.versions] == [3, 4, 5]
    assert both.shown_place == "、".join(f"甲部/走访台账.xlsx!Sheet1!{line}" for line in (3, 4, 5))
    assert (keyless.disputed, keyless.uncertain, keyless.conflict) == (True, True, 0)
    assert shown_rows([keyless, both, plain]) == ["甲部/走访台账.xlsx!Sheet1!2-6"]
    assert shown_rows([keyless, plain]) == ["甲部/走访台账.xlsx!Sheet1!2、6"]
    assert as_json(plain) == {"path": "甲部/走访台账.xlsx", "sheet": "Sheet1", "row": 2}
    assert [other["row"] for other in as_json(both)["also"]] == [4, 5]
    assert (plain.is_blank("用时"), plain.is_blank("进度"), both.is_blank("用时"), plain.is_blank("别的")) == (
        True, False, False, True,
    )  # fmt: skip
