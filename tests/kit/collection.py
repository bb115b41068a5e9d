"""What two departments hand in, small, collected by a day."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from kit.tables import Row, catalogue_of, raw_export, report_of

from itss_kpi.analysis.collection import Collection, collection_of
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.core.problems import Problem
from itss_kpi.core.stated import Stated
from itss_kpi.reading.exports import Found
from itss_kpi.reading.grid import RawExport
from itss_kpi.tables.build import build_table

SOURCES = """
sources:
  tickets:
    name: 工单
    departments: [甲部, 乙部]
    files: 工单_*.xlsx
    key: [编号]
    date: 日期
    columns: {编号: {required: true}, 日期: {type: date, required: true}, 结果: {type: choice, values: {成功: [], 失败: []}}}
  tools:
    name: 工具
    departments: [甲部]
    files: 工具_*.xlsx
    covers: year
    key: [编号]
    snapshot: true
    columns: {编号: {required: true}, 名称: {}}
  unread:
    name: 没有指标用到
    departments: [丙部]
    files: 别的_*.xlsx
    key: [编号]
    date: 日期
    columns: {编号: {required: true}, 日期: {type: date, required: true}}
indicators:
  - {id: a, number: 1, domain: 域, name: 甲, formula: 式, period: month, value: {measure: count, source: tickets}}
  - {id: b, number: 2, domain: 域, name: 乙, formula: 式, period: year, value: {measure: count, source: tools}}
"""
QUARTER = (date(2022, 7, 1), date(2022, 10, 1))
YEAR = (date(2022, 1, 1), date(2023, 1, 1))


def catalogue(hand_in_days: int | None = None) -> Catalogue:
    found = catalogue_of(SOURCES)
    return found.model_copy(update={"plan": found.plan.model_copy(update={"hand_in_days": hand_in_days})})


def file(
    source: str,
    department: str,
    name: str,
    covers: tuple[date, date] | None,
    *rows: Row,
    saved: date | None = None,
) -> RawExport:
    raw = raw_export(catalogue(), source, rows, department=department, covers=covers, path=f"{department}/{name}")
    return replace(raw, saved=saved)


def handed_in(source: str, department: str, path: str, covers: tuple[date, date] | None) -> Found:
    return Found(source, department, Path(path), path, Stated(covers))


def collected(
    raws: Sequence[RawExport],
    period: str = "2022Q3",
    *,
    hand_in_days: int | None = None,
    as_of: date | None = None,
    unread: Sequence[Found] = (),
    problems: Sequence[Problem] = (),
) -> Collection:
    """The collection of the files `raws`, and of the `unread` ones of which nothing is known but their problems."""
    loaded = catalogue(hand_in_days)
    tables, found = {}, list(problems)
    for name in ("tickets", "tools"):
        mine = [raw for raw in raws if raw.source == name]
        tables[name], more = build_table(name, loaded.sources[name], mine, loaded.plan.departments, 2022)
        found += more
    report = report_of(loaded, tables, period, as_of=as_of, problems=found)
    files = [handed_in(raw.source, raw.department, raw.path, raw.covers) for raw in raws]
    return collection_of(loaded, report, [*files, *unread])


GOOD = [
    file("tickets", "甲部", "工单_2022Q3.xlsx", QUARTER, {"编号": "1", "日期": "2022-07-01"}, {"编号": "2", "日期": "2022-08-01"}),
    file("tickets", "乙部", "工单_2022Q3.xlsx", QUARTER),
    file("tools", "甲部", "工具_2022.xlsx", YEAR, {"编号": "1"}),
]  # fmt: skip
