"""Rulings (裁定): which ones a verdict rests on, and lines to copy into their ledger for what is still in doubt.

Convention: what rests on a ruling has the sign `RULED` after its verdict, on every page that shows verdicts.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from itss_kpi.catalogue.sources import Source
from itss_kpi.catalogue.wording import RULED
from itss_kpi.core.problem_codes import Severity
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import Assessment
from itss_kpi.core.rulings import Ruling, fingerprint
from itss_kpi.core.text import ranges_text
from itss_kpi.pages.page import GAP, Note, On, Part, Tone
from itss_kpi.tables.table import Table

_CELL = re.compile(r"[A-Z]{1,3}\d+")
_OF_ROWS = {
    "_conflict": "同一编号的几行内容不同,哪一行不计",
    "_uncertain": "不知是不是一条记录",
    "_many": "一行写了几条记录",
}


def ruling_text(ruling: Ruling) -> str:
    """A ruling in a line."""
    return (
        f"{ruling.id} {ruling.of_sheet} {ruling.shown} 读作“{ruling.reading}”({ruling.by},{ruling.day}):{ruling.reason}"
    )


def ruling_notes(items: Iterable[Assessment], rulings: Sequence[Ruling]) -> Iterator[Part]:
    """The rulings that verdicts rest on, each in a line; nothing where there are none."""
    used = {name for item in items for name in item.rulings}
    if listed := [one for one in rulings if one.id in used]:
        yield GAP
        yield Note(f"{RULED} 按裁定读取的 {len(listed)} 处:", Tone.STRONG, On.SCREEN)
        yield from (Note(f"  {ruling_text(one)}", on=On.SCREEN) for one in listed)


def ruling_hint(items: Iterable[Assessment]) -> Iterator[Part]:
    """What the sign stands for, where the rulings themselves aren't listed."""
    if any(item.rulings for item in items):
        yield Note(f"{RULED} 用到裁定,用 itss-kpi explain 查看。", Tone.QUIET)


def lines_to_copy(ledger: Source, problems: Sequence[Problem], tables: Iterable[Table]) -> list[list[str]]:
    """A line of the ledger of rulings for each cell and for the rows that are in doubt, below a head, of the files of
    which the problems speak. What a person has to decide is left blank."""
    found = [list(ledger.columns)]
    for table in tables:
        for one in _open(table, problems):
            found.append([one.get(column, "") for column in ledger.columns])
    return found


def _open(table: Table, problems: Sequence[Problem]) -> Iterator[Mapping[str, str]]:
    digests = {(export.path, export.sheet): export.sha256 for export in table.exports if export.sha256}
    chosen = {one.place.path for one in problems}

    def line(path: str, sheet: str, spots: str, problem: str) -> dict[str, str]:
        digest = fingerprint(digests[path, sheet])
        return {"文件": path, "文件指纹": digest, "工作表": sheet, "位置": spots, "问题": problem}

    for one in problems:
        place = one.place
        cell = _CELL.fullmatch(place.cell) and one.code.startswith("D2") and one.severity is Severity.ERROR
        if cell and (place.path, place.sheet) in digests:
            yield line(place.path, place.sheet, place.cell, f"{one.code} {one.message}")
    frame = table.pandas
    for mark, what in _OF_ROWS.items():
        rows = frame[frame[mark] > 0] if mark in frame else frame[:0]
        for at, own in rows.groupby("_export")["_row"]:
            export = table.exports[int(at)]
            if export.path in chosen:
                yield line(export.path, export.sheet, ranges_text(own.tolist()), what)
