"""Drift: a source's typed rows as they are kept, and what differs between then and now.

Convention: `kept_rows` gives an Arrow table with a row for each row of the typed table: its place (`_path`, `_sheet`,
`_row`), and a column for each declared one: timestamps, durations and decimals, null where blank. A cell
that couldn't be read is null too, with what stood there in the column's `?` twin. Sensitive texts are kept as hashes.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.catalogue.expression import Kind, micros_of
from itss_kpi.catalogue.ledgers import place_json
from itss_kpi.catalogue.sources import SUBMITTER, Column, Source
from itss_kpi.core.jsonable import as_json, picked, published
from itss_kpi.core.problems import Problem
from itss_kpi.core.text import pseudonym
from itss_kpi.tables.table import Physical, Table

PLACE = ("_path", "_sheet", "_row")
HASH = "_hash"
_DIGITS = 19
"""Those of an int64."""
_HASHED = 16


def kept_rows(table: Table, source: Source, seen: date) -> pa.Table:
    """The table's rows as they are kept, in order of their places: those dated no later than the day `seen`, and those
    without a readable date; `hashed` tells them apart."""
    there = _seen(table.pandas, source, seen)
    texts = {name: column.filter(pa.array(there)) for name, column in table.texts.items()}
    table = replace(table, frame=table.pandas[there], texts=texts)
    frame = table.pandas
    exports = [(export.path, export.sheet) for export in table.exports] or [("", "")]
    at = frame["_export"].to_numpy()
    columns: dict[str, Any] = {
        "_path": pa.array([path for path, _ in exports]).take(pa.array(at)),
        "_sheet": pa.array([sheet for _, sheet in exports]).take(pa.array(at)),
        "_row": pa.array(frame["_row"].to_numpy()),
        SUBMITTER: pa.array(frame[SUBMITTER], pa.string()),
    }
    for name, declared in source.columns.items():
        columns |= _column(table, name, declared)
    rows = pa.table(columns)
    return rows.take(pc.sort_indices(rows, [(name, "ascending") for name in PLACE]))


def hashed(rows: pa.Table) -> pa.Table:
    """Kept rows with the hash of what each says."""
    return rows if HASH in rows.column_names else rows.append_column(HASH, pa.array(_hashes(rows), pa.string()))


def _seen(frame: pd.DataFrame, source: Source, day: date) -> np.ndarray:
    if source.date is None:
        return np.ones(len(frame), dtype=bool)
    undated = mask_of(frame, f"{source.date}?blank") | mask_of(frame, f"{source.date}?bad")
    seen: np.ndarray = undated | (frame[source.date].to_numpy() < micros_of(day + timedelta(days=1)))
    return seen


def _column(table: Table, name: str, declared: Column) -> dict[str, Any]:
    frame, physical = table.pandas, table.columns[name]
    blank = mask_of(frame, f"{name}?blank")
    bad = mask_of(frame, f"{name}?bad")
    values = exact(frame[name], physical)
    if declared.sensitive:
        values = pa.array([pseudonym(text or "") for text in values.to_pylist()], pa.string())
    if physical.kind is Kind.TEXT:
        blank = blank | np.asarray(pc.equal(pc.fill_null(values, ""), ""))
    found = {name: pc.if_else(pa.array(blank | bad), pa.scalar(None, values.type), values)}
    if bad.any():
        raw = [str(text.as_py() or "") if lost else None for text, lost in zip(table.texts[name], bad, strict=True)]
        shown = [pseudonym(text) if declared.sensitive and text else text for text in raw]
        found[f"{name}?"] = pa.array(shown, pa.string())
    return found


def mask_of(frame: pd.DataFrame, name: str) -> np.ndarray:
    """A column of truths; of one that isn't there none is true."""
    return frame[name].to_numpy(dtype=bool) if name in frame else np.zeros(len(frame), dtype=bool)


def exact(values: Any, physical: Physical, digits: int = _DIGITS) -> pa.Array:
    """A typed column's values as Arrow has them; decimals have so many digits."""
    match physical.kind:
        case Kind.TEXT:
            return pa.array(values, pa.string())
        case Kind.TRUTH:
            return pa.array(values.to_numpy(), pa.bool_())
        case Kind.INSTANT:
            return pa.array(values.to_numpy(), pa.int64()).cast(pa.timestamp("us"))
        case Kind.SPAN:
            return pa.array(values.to_numpy(), pa.int64()).cast(pa.duration("us"))
        case _:
            decimals = [Decimal(value).scaleb(-physical.scale) for value in values.tolist()]
            return pa.array(decimals, pa.decimal128(digits, physical.scale))


def _hashes(rows: pa.Table) -> list[str]:
    names = [name for name in rows.column_names if name not in PLACE]
    texts = [[shown(value) for value in rows[name].to_pylist()] for name in names]
    return [_hash(zip(names, row, strict=True)) for row in zip(*texts, strict=True)]


def _hash(cells: Iterable[tuple[str, str]]) -> str:
    # a blank cell and a column that isn't there say the same
    text = "\x1f".join(f"{name}={cell}" for name, cell in cells if cell)
    return hashlib.sha256(text.encode()).hexdigest()[:_HASHED]


def shown(value: Any) -> str:
    """A kept cell as text: decimals without needless zeros, '' for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value).removesuffix(" 00:00:00")


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row that was added, removed or changed; for a changed one the `column` with what stood there and stands now.
    `place`: file, sheet and row, today's where there is one."""

    source: str
    kind: str
    key: str
    place: tuple[str, str, int]
    column: str = ""
    old: str = ""
    new: str = ""


@as_json.register
def _(one: RowChange) -> dict[str, Any]:
    return picked(one, "source change=kind key column? old new") | place_json(one.place)


def row_changes(name: str, source: Source, old: pa.Table, new: pa.Table) -> list[RowChange]:
    """What differs between the kept rows and today's, in order of their places."""
    before, now = _by_key(source, hashed(old)), _by_key(source, hashed(new))
    found: list[RowChange] = []
    for key in dict.fromkeys([*before, *now]):
        found += _changes(name, key, before.get(key, []), now.get(key, []))
    return sorted(found, key=lambda one: (one.place, one.kind, one.column))


Kept = Mapping[str, Any]


def _by_key(source: Source, rows: pa.Table) -> dict[str, list[Kept]]:
    found: dict[str, list[Kept]] = {}
    for row in rows.to_pylist():
        key = "、".join(shown(row.get(column)) or shown(row.get(f"{column}?")) for column in source.key)
        found.setdefault(key, []).append(row)
    return found


def _changes(name: str, key: str, before: Sequence[Kept], now: Sequence[Kept]) -> Iterator[RowChange]:
    same = {row[HASH] for row in before} & {row[HASH] for row in now}
    gone = [row for row in before if row[HASH] not in same]
    come = [row for row in now if row[HASH] not in same]
    for old, new in zip(gone, come, strict=False):
        for column in dict.fromkeys([*old, *new]):
            if column not in (*PLACE, HASH) and shown(old.get(column)) != shown(new.get(column)):
                yield RowChange(
                    name, "changed", key, _place(new), column, shown(old.get(column)), shown(new.get(column))
                )
    for row in gone[len(come) :]:
        yield RowChange(name, "removed", key, _place(row))
    for row in come[len(gone) :]:
        yield RowChange(name, "added", key, _place(row))


def _place(row: Kept) -> tuple[str, str, int]:
    return row["_path"], row["_sheet"], row["_row"]


# ---- results and files


@published("number name period group? old new causes")
@dataclass(frozen=True, slots=True)
class ResultChange:
    """An assessment that is not what it was: `old` and `new` by field (those that decide, and the value as displayed),
    and by what (`causes`)."""

    number: int
    name: str
    period: str
    group: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    causes: tuple[str, ...]


@published("path change=kind")
@dataclass(frozen=True, slots=True)
class InputChange:
    """A file that was added, removed or changed."""

    path: str
    kind: str


@published("period folder closed same catalogue_changed=catalogue program_changed=program results inputs rows")
@dataclass(frozen=True, slots=True)
class Drift:
    """What differs between a closed period and today."""

    period: str
    folder: str
    closed: str
    results: tuple[ResultChange, ...]
    inputs: tuple[InputChange, ...]
    rows: tuple[RowChange, ...]
    catalogue: bool
    program: bool

    @property
    def same(self) -> bool:
        """Whether neither the results nor the rows that they rest on differ; a file may change for later rows alone."""
        return not (self.results or self.rows)


_COMPARED = ("numerator", "denominator", "value", "lowest", "highest", "target", "verdict", "shortfall", "due")
CATALOGUE_DID, DATA_DID, PROGRAM_DID = "指标目录", "数据", "程序版本"


def result_changes(
    then: Mapping[str, Any],
    under: Mapping[str, Any],
    now: Mapping[str, Any],
    touched: Iterable[str],
    again: Mapping[str, Any] | None = None,
) -> Iterator[ResultChange]:
    """The assessments of two reports (as JSON) that differ, and by what: `under` is today's report by the catalogue of
    then, `touched` the sources whose rows differ, `again` what today's program makes of the rows of then."""
    olds, unders, news, reruns = (_keyed(report) for report in (then, under, now, again or then))
    sources = set(touched)
    for one in differing(then, now):
        key = (one.number, one.period, one.group)
        rerun = None if again is None else reruns.get(key, {})
        causes = _causes(olds.get(key, {}), unders.get(key, {}), news.get(key, {}), rerun, sources)
        yield replace(one, causes=tuple(causes))


def input_changes(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[InputChange]:
    """The files that differ, by their SHA-256."""
    for path in sorted(then.keys() | now.keys()):
        if path not in now:
            yield InputChange(path, "removed")
        elif path not in then:
            yield InputChange(path, "added")
        elif then[path] != now[path]:
            yield InputChange(path, "changed")


def _keyed(report: Mapping[str, Any]) -> dict[tuple[Any, ...], Mapping[str, Any]]:
    return {(one["number"], one["period"], one["group"] or ""): one for one in report["assessments"]}


def differing(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[ResultChange]:
    """The assessments of two reports that differ, without causes."""
    before, after = _keyed(then), _keyed(now)
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key, {}), after.get(key, {})
        fields = [name for name in _COMPARED if old.get(name) != new.get(name)]
        if fields:
            either = new or old
            fields += ["display"] if old.get("display") != new.get("display") else []
            yield ResultChange(
                either["number"],
                either["name"],
                either["period"],
                either["group"] or "",
                {name: old.get(name) for name in fields},
                {name: new.get(name) for name in fields},
                (),
            )


def _causes(old: Kept, under: Kept, new: Kept, again: Kept | None, touched: AbstractSet[str]) -> Iterator[str]:
    """By what an assessment changed. Today's data `under` the old catalogue are between the two: what is different only
    now is due to the catalogue; what is different then, to the program where the rows of then give it `again`, and to
    the data where they don't. Of a closing without rows to work it out again the rows that changed must say it."""
    if _differs(under, new):
        yield CATALOGUE_DID
    if again is not None:
        yield from [DATA_DID] if _differs(under, again) else []
        yield from [PROGRAM_DID] if _differs(again, old) else []
    elif _differs(under, old):
        data = set(old.get("sources", ())) & touched or old.get("missing") != under.get("missing")
        yield DATA_DID if data else PROGRAM_DID


def _differs(one: Kept, other: Kept) -> bool:
    return any(one.get(name) != other.get(name) for name in _COMPARED)


# ---- for other programs


def drift_json(drifts: Sequence[Drift], damage: Sequence[Problem]) -> Any:
    """What differs from each closed period, with every row, and what is wrong with the archive, as an object."""
    return as_json({"schema": "itss-kpi/drift/1", "archive": damage, "periods": drifts})
