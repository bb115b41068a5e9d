"""Rulings (裁定) as they are written in their ledger: which are complete, and which contradict another one."""

from collections import defaultdict
from collections.abc import Mapping

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.ledgers import RulingRow
from itss_kpi.core.problems import Place, Problem
from itss_kpi.core.rulings import COUNTS, LEFT_OUT, Ruling, digest_of, spots_of
from itss_kpi.plan.records import merged, rows_of
from itss_kpi.tables.table import Table

_NEEDED = ("id", "path", "by", "reason", "reading")


def rulings_by_source(
    catalogue: Catalogue, tables: Mapping[str, Table]
) -> tuple[dict[str, list[Ruling]], list[Problem]]:
    """The rulings on each source's files, in order of their rows; and why others don't count."""
    problems: list[Problem] = []
    found: list[Ruling] = []
    for row in merged(rows_of(RulingRow, catalogue, tables)):
        read = _read(row)
        if isinstance(read, Ruling):
            found.append(read)
        else:
            problems.append(Problem("D319", f"裁定 {row.id or '(没有编号)'} 不起作用:{read}", _place(row)))
    readings: dict[object, set[str]] = defaultdict(set)
    for one in found:
        for spot in one.spots:
            readings[one.digest, spot].add(one.reading)
    by_source: dict[str, list[Ruling]] = defaultdict(list)
    for one in found:
        department, _, name = one.path.partition("/")
        claims = catalogue.claims(department, name.rpartition("/")[2])
        if len(claims) > 1:
            claims = [source for source in claims if catalogue.sources[source].means(one.sheet)]
        why = ""
        if any(len(readings[one.digest, spot]) > 1 for spot in one.spots):
            why = f"{one.of_sheet} 的{one.shown} 另有一条裁定,读法不同"
        elif len(claims) != 1 or claims[0] == RulingRow.source:
            why = f"{one.path} 不是台账的文件"
        if why:
            problems.append(Problem("D319", f"裁定 {one.id} 不起作用:{why}", one.at))
        else:
            by_source[claims[0]].append(one)
    return dict(by_source), problems


def _read(row: RulingRow) -> Ruling | str:
    """The ruling that a row is, or why it is none."""
    if row.disputed:
        return "同一个裁定编号有几行,内容不同,或不知这一行是否计入"
    digest, spots = digest_of(row.fingerprint), spots_of(row.spots)
    if row.unread or row.ruled is None or not all(getattr(row, name) for name in _NEEDED):
        return "裁定编号、文件、读作、裁定人、裁定日期、理由须写全"
    if digest is None:
        return f"文件指纹写作 sha256: 加 16 位,不是“{row.fingerprint}”"
    if spots is None or not any(spots):
        return f"位置写作 F12、F15 或 12~14、20,不是“{row.spots}”"
    cells, rows = spots
    if rows and row.reading not in (COUNTS, LEFT_OUT):
        return f"整行的读作只能是 {COUNTS} 或 {LEFT_OUT},不是“{row.reading}”"
    return Ruling(
        row.id,
        row.path,
        digest,
        row.sheet,
        row.spots,
        row.reading,
        row.by,
        row.ruled,
        row.reason,
        _place(row),
        cells,
        rows,
    )


def _place(row: RulingRow) -> Place:
    path, sheet, line = row.place
    return Place(path, sheet, f"第{line}行")
