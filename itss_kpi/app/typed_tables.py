"""Typed tables that are kept, so that what hasn't changed is neither opened nor typed again.

Convention: a table is kept under the hash of all that it depends on: the program, its ledger's declaration and what
the indicators make of it, the departments, the files by path and SHA-256, the rulings, and which sheets had begun by
the day. The texts as they were written are a file of their own, which is opened when somebody wants one. Whatever goes
wrong with a kept table means only that it is made anew.
"""

import contextlib
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itss_kpi.app.program import code
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.usage import usage_of
from itss_kpi.core.problems import Place, Problem
from itss_kpi.core.rulings import Ruling
from itss_kpi.reading.exports import Found, paths_of
from itss_kpi.reading.worker.cache import Cache, is_whole
from itss_kpi.reading.worker.file_types import MEBIBYTE, Reading

if TYPE_CHECKING:
    import pyarrow as pa

    from itss_kpi.tables.table import Table

_ROWS, _TEXTS = "rows.arrow", "texts.arrow"


@dataclass(frozen=True)
class Texts(Mapping[str, Any]):
    """The texts of a kept table by column, from their file once one is wanted; made `anew` where that is damaged."""

    path: Path
    checksum: int
    anew: Callable[[], Mapping[str, Any]]

    @cached_property
    def _columns(self) -> Mapping[str, Any]:
        try:
            if is_whole(self.path, self.checksum):
                opened = _opened(self.path)
                return {name: opened[name].combine_chunks() for name in opened.column_names}
        except (OSError, ValueError):
            pass
        return self.anew()

    def __getitem__(self, name: str) -> Any:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


@dataclass(frozen=True, eq=False)
class TypedTables:
    """The kept tables of a run, of these files. `fresh`: the ledgers of which tables may be kept, with what was wrong
    with reading their files."""

    catalogue: Catalogue
    files: Sequence[Found]
    cache: Cache
    fresh: dict[str, list[Problem]] = field(default_factory=dict)
    _keys: dict[str, str | None] = field(default_factory=dict)

    def begins(self, name: str) -> frozenset[date] | None:
        """When the sheets of a ledger begin; None where that isn't known, as its files haven't been read so."""
        key = self._key(name)
        answer = self.cache.find(key) if key else None
        if answer is None:
            return None
        self.fresh[name] = _problems(answer)
        return frozenset(map(date.fromisoformat, answer["begins"]))

    def find(
        self, name: str, begun: frozenset[date], rulings: Sequence[Ruling], anew: Callable[[], Mapping[str, Any]]
    ) -> "tuple[Table, list[Problem]] | None":
        """The table of a ledger, and what is wrong with it; `anew` makes its texts."""
        key = self._of(name, begun, rulings)
        answer = self.cache.find(key) if key else None
        if answer is None:
            return None
        from itss_kpi.analysis.kept_tables import from_rows

        rows, texts = answer["sheets"]
        table = from_rows(_opened(Path(rows["path"])))
        return replace(table, texts=Texts(Path(texts["path"]), texts["checksum"], anew)), _problems(answer)

    def keep(
        self,
        name: str,
        begins: frozenset[date],
        begun: frozenset[date],
        rulings: Sequence[Ruling],
        made: "tuple[Table, list[Problem]]",
    ) -> None:
        """Keep what was made of a ledger; of what can't be written nothing is kept."""
        key, whole = self._key(name), self._of(name, begun, rulings)
        if key is None or whole is None or name not in self.fresh:
            return
        import pyarrow as pa

        from itss_kpi.analysis.kept_tables import to_rows

        table, problems = made
        told = {"begins": sorted(map(str, begins)), "problems": [asdict(one) for one in self.fresh[name]]}
        self.cache.keep({"sha256": key, "sheets": [], **told})
        place = tempfile.TemporaryDirectory(prefix=".new-", dir=self.cache.folder)
        with contextlib.suppress(OSError, ValueError), place as folder:  # a name that isn't Unicode can't be kept
            sheets = [{"path": str(Path(folder, _ROWS))}, {"path": str(Path(folder, _TEXTS)), "lazy": True}]
            _write(Path(folder, _ROWS), to_rows(table))
            _write(Path(folder, _TEXTS), pa.table(dict(table.texts)))
            self.cache.keep({"sha256": whole, "sheets": sheets, "problems": [asdict(one) for one in problems]})

    def _of(self, name: str, begun: frozenset[date], rulings: Sequence[Ruling]) -> str | None:
        key = self._key(name)
        return _hash([key, begun, rulings]) if key else None

    def _key(self, name: str) -> str | None:
        """The hash of all that a ledger's table depends on but the day and the rulings; None where a file can't be
        read."""
        if name not in self._keys:
            mine = [one for one in self.files if one.source == name]
            hashes = [self._hashes[one.path] for one in mine]
            source, plan = self.catalogue.sources[name], self.catalogue.plan
            whole = [self.catalogue.lookups, self.catalogue.calendar] if source.checks else []
            facts = [code(), name, source, usage_of(self.catalogue, name), plan.departments, plan.year, whole]
            told = [(one.shown, one.department, one.named, one.near, one.sheets) for one in mine]
            self._keys[name] = _hash([*facts, told, hashes]) if None not in hashes else None
        return self._keys[name]

    @cached_property
    def _hashes(self) -> dict[Path, str | None]:
        """The SHA-256 of each file; None of one that can't be read."""
        with ThreadPoolExecutor(2) as pool:
            paths = paths_of(self.files)
            return dict(zip(paths, pool.map(_sha256, paths), strict=True))


def kept_tables(catalogue: Catalogue, files: Sequence[Found], how: Reading) -> TypedTables | None:
    """The kept tables of these files, where there may be any."""
    if how.cache is None:
        return None
    try:
        return TypedTables(catalogue, files, Cache(how.cache, how.cache_size * MEBIBYTE))
    except OSError:
        return None


def _problems(answer: Mapping[str, Any]) -> list[Problem]:
    return [Problem(**{**one, "place": Place(**one["place"])}) for one in answer["problems"]]


def _opened(path: Path) -> "pa.Table":
    import pyarrow as pa

    with pa.memory_map(str(path)) as mapped:
        return pa.ipc.open_file(mapped).read_all()


def _write(path: Path, rows: "pa.Table") -> None:
    import pyarrow as pa

    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, rows.schema) as writer:
        writer.write_table(rows)


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _hash(facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts, default=_plain, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """What JSON can't hold, in an order of its own."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    if isinstance(value, frozenset | set):
        return sorted(value, key=str)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return str(value)
