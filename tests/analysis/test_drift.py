"""Rows as they are kept: exact values with their types, and what differs between two keepings."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from kit.sample import Sample
from kit.tables import Row, catalogue_of, raw_export, table_of

from itss_kpi.analysis.drift import InputChange, RowChange, hashed, input_changes, kept_rows, row_changes, shown
from itss_kpi.tables.table import Table

SOURCES = """
sources:
  t:
    name: 台账
    departments: [甲部]
    files: 台账*
    key: [编号]
    snapshot: true
    columns:
      编号: {type: text, required: true}
      长: {type: duration, unit: minute}
      数: {type: decimal}
      是: {type: yes_no}
indicators:
  - {id: one, number: 1, domain: 域, name: 名, formula: 式, target: '>= 1次', period: year, unit: 次,
     value: {measure: count, source: t}}
"""
CATALOGUE = catalogue_of(SOURCES)
SOURCE = CATALOGUE.sources["t"]
DAY = date(2022, 12, 31)


def table(*rows: Row) -> Table:
    return table_of(CATALOGUE, "t", raw_export(CATALOGUE, "t", rows))


def test_cells_keep_their_type_and_are_exact() -> None:
    rows = table({"编号": "1", "长": "90", "数": "0.10", "是": "是"}, {"编号": "2", "数": "x"})
    first, second = hashed(kept_rows(rows, SOURCE, DAY)).to_pylist()
    assert {name: first[name] for name in ("_path", "_sheet", "_row", "编号", "长", "数", "是")} == {
        "_path": "甲部/台账.xlsx", "_sheet": "Sheet1", "_row": 2, "编号": "1", "长": timedelta(minutes=90),
        "数": Decimal("0.1"), "是": True,
    }  # fmt: skip
    assert (second["长"], second["数"], second["数?"], second["是"]) == (None, None, "x", None)
    assert len({first["_hash"], second["_hash"]}) == 2


def test_a_row_is_the_same_beside_finer_decimals_and_unreadable_cells() -> None:
    before = kept_rows(table({"编号": "1", "数": "1.5"}), SOURCE, DAY)
    after = kept_rows(
        table({"编号": "1", "数": "1.50"}, {"编号": "2", "数": "1.125"}, {"编号": "3", "数": "?"}), SOURCE, DAY
    )
    assert row_changes("t", SOURCE, before, before) == []
    assert [(one.kind, one.key) for one in row_changes("t", SOURCE, before, after)] == [("added", "2"), ("added", "3")]


def test_records_of_one_key_are_told_apart_by_their_contents() -> None:
    before = kept_rows(table({"编号": "1", "数": "1"}, {"编号": "1", "数": "2"}), SOURCE, DAY)
    after = kept_rows(table({"编号": "1", "数": "2"}, {"编号": "1", "数": "3"}), SOURCE, DAY)
    place = ("甲部/台账.xlsx", "Sheet1", 3)
    assert row_changes("t", SOURCE, before, after) == [RowChange("t", "changed", "1", place, "数", "1", "3")]


def test_no_rows_at_all() -> None:
    empty = kept_rows(table(), SOURCE, DAY)
    assert empty.num_rows == 0
    assert [one.kind for one in row_changes("t", SOURCE, empty, kept_rows(table({"编号": "1"}), SOURCE, DAY))] == [
        "added"
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (True, "是"), (False, "否"), (Decimal("1.50"), "1.5"), (Decimal("100"), "100"), (Decimal("0"), "0"),
        (datetime(2022, 7, 1), "2022-07-01"), (datetime(2022, 7, 1, 9, 30), "2022-07-01 09:30:00"),
        (timedelta(minutes=90), "1:30:00"), ("文", "文"),
    ],
)  # fmt: skip
def test_a_kept_cell_as_text(value: object, text: str) -> None:
    assert shown(value) == text


def test_files_that_differ() -> None:
    assert list(input_changes({"a": "1", "b": "2", "c": "3"}, {"b": "2", "c": "4", "d": "5"})) == [
        InputChange("a", "removed"), InputChange("c", "changed"), InputChange("d", "added"),
    ]  # fmt: skip


def test_the_sample_kept_and_kept_again_is_the_same(sample: Sample) -> None:
    for name, one in sample.tables.items():
        source = sample.catalogue.sources[name]
        shuffled = one.pandas.sample(frac=1, random_state=5)
        order = shuffled.index.to_list()
        again = replace(
            one, frame=shuffled.reset_index(drop=True), texts={c: t.take(order) for c, t in one.texts.items()}
        )
        kept = kept_rows(one, source, DAY)
        assert row_changes(name, source, kept, kept_rows(again, source, DAY)) == []
        assert hashed(kept)["_hash"].to_pylist() == hashed(kept_rows(again, source, DAY))["_hash"].to_pylist()
