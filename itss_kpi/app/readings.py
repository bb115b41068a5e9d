"""Readings: the exports of a data folder as they were read, and the typed tables of what was there by a day.

Convention: as of a day nothing later exists; another day's tables are built anew only where that makes a difference.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from itss_kpi.app.inputs import Inputs
from itss_kpi.app.lakes import fetched
from itss_kpi.app.typed_tables import TypedTables, kept_tables
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.ledgers import RulingRow
from itss_kpi.catalogue.usage import usage_of
from itss_kpi.core.problems import Problem, condensed
from itss_kpi.reading.exports import Found, concerning, find_exports, paths_of, read_exports
from itss_kpi.reading.reader import Reader
from itss_kpi.reading.worker.file_types import Reading
from itss_kpi.reading.worker.spared import need

if TYPE_CHECKING:
    from typing import Any

    from itss_kpi.core.rulings import Ruling
    from itss_kpi.reading.grid import RawExport
    from itss_kpi.tables.table import Table


@dataclass(frozen=True, slots=True)
class Ledgers:
    """The typed tables by source, the files that they are made of, and what is wrong with them."""

    tables: "dict[str, Table]"
    files: list[Found]
    problems: list[Problem]

    def apart(self, others: Collection[str]) -> "tuple[Ledgers, Ledgers]":
        """These without the `others`, and the others by themselves: what is said of one is the same with or without
        them."""
        own, beside = ([one for one in self.files if (one.source in others) is apart] for apart in (False, True))
        mine, theirs = (set(concerning(files, self.problems)) for files in (own, beside))
        alone = theirs - mine

        def part(files: list[Found], *, apart: bool) -> Ledgers:
            tables = {name: table for name, table in self.tables.items() if (name in others) is apart}
            return Ledgers(tables, files, [one for one in self.problems if (one in alone) is apart])

        return part(own, apart=False), part(beside, apart=True)


@dataclass(frozen=True, eq=False)
class Readings:
    """The `wanted` sources' sheets as read from the `files`, with the problems of reading; of the problems of one cause
    all are listed where `every` one is asked for. Of sources whose typed tables are `kept` nothing has been read;
    `read` does that, where it is needed after all."""

    catalogue: Catalogue
    wanted: Sequence[str]
    files: list[Found]
    raws: "dict[str, list[RawExport]]"
    problems: list[Problem]
    every: bool
    kept: TypedTables | None = None
    read: "Callable[[str], list[RawExport]]" = lambda _: []
    _built: "dict[tuple[str, frozenset[date]], tuple[Table, list[Problem]]]" = field(default_factory=dict)
    _begins: dict[str, frozenset[date]] = field(default_factory=dict)

    def until(self, as_of: date) -> Ledgers:
        """What there was on a day."""
        tables, problems, there = {}, list(self._rulings[1]), set[Found]()
        for name in self.wanted:
            tables[name], found = self._table(name, as_of, self._rulings[0].get(name, ()))
            problems += found
            later = set(tables[name].later)
            there |= {one for one in self.files if one.source == name and one.shown not in later}
        files = [one for one in self.files if one in there]
        later = {one.shown for one in self.files} - {one.shown for one in files}
        problems = [*(one for one in self.problems if one.place.path not in later), *problems]
        return Ledgers(tables, files, problems if self.every else condensed(problems))

    @cached_property
    def _rulings(self) -> "tuple[dict[str, list[Ruling]], list[Problem]]":
        """What has been ruled of each source's files, whenever it was: it is of the time of which they speak."""
        from itss_kpi.plan.rulings import rulings_by_source

        if RulingRow.source not in self.wanted:
            return {}, []
        table, _ = self._table(RulingRow.source, date.max, ())
        return rulings_by_source(self.catalogue, {RulingRow.source: table})

    def _table(self, name: str, as_of: date, rulings: "Sequence[Ruling]") -> "tuple[Table, list[Problem]]":
        begun = frozenset(day for day in self._begins.get(name, ()) if day <= as_of)
        if name in self._begins and (name, begun) in self._built:
            return self._built[name, begun]
        made = None
        if name in self._begins and self.kept:
            made = self.kept.find(name, begun, rulings, partial(self._texts, name, as_of, rulings))
        if made is None:
            made = self._build(name, as_of, rulings)
            begins = self._begins.setdefault(name, frozenset(made[0].begins))
            begun = frozenset(day for day in begins if day <= as_of)
            if self.kept:
                self.kept.keep(name, begins, begun, rulings, made)
        self._built[name, begun] = made
        return made

    def _texts(self, name: str, as_of: date, rulings: "Sequence[Ruling]") -> "Mapping[str, Any]":
        return self._build(name, as_of, rulings)[0].texts

    def _build(self, name: str, as_of: date, rulings: "Sequence[Ruling]") -> "tuple[Table, list[Problem]]":
        need("pandas")
        from itss_kpi.engine.rows.checked import checked
        from itss_kpi.tables.build import build_table

        if name not in self.raws:
            self.raws[name] = self.read(name)
        source, plan = self.catalogue.sources[name], self.catalogue.plan
        usage = usage_of(self.catalogue, name)
        departments, year = plan.departments, plan.year
        table, problems = build_table(name, source, self.raws[name], departments, year, usage, as_of, rulings)
        if source.checks:
            table, found = checked(self.catalogue, table)
            problems = problems + found
        return table, problems


def read(
    catalogue: Catalogue,
    wanted: Sequence[str],
    folder: Path,
    reader: Reader,
    inputs: Inputs,
    how: Reading,
) -> Readings:
    """The files of the wanted sources, as they are: those of which no typed table is kept are read."""
    files, problems = find_exports(catalogue, folder, set(wanted), fetched(catalogue, wanted, folder, how))
    kept = kept_tables(catalogue, files, how)
    begins = {name: days for name in wanted if kept and (days := kept.begins(name)) is not None}
    unread = [one for one in files if one.source not in begins]
    if unread:
        reader.ask(paths_of(unread), how)
    else:
        reader.stop()
    import itss_kpi.engine.evaluate  # while the worker reads

    if unread:
        import itss_kpi.tables.build  # noqa: F401

    sizes = {path: _size(path) for path in paths_of(unread)}
    with inputs.progress(sum(sizes.values()), "读取台账") as tick:
        answers = reader.answers(lambda done, now: tick(sizes[done] if done else 0, now.name if now else ""))
    raws, said = read_exports(catalogue, unread, reader, unlock=inputs.password)
    if kept:
        said = list(dict.fromkeys([*said, *(problem for told in kept.fresh.values() for problem in told)]))
        shut = {path for path, answer in zip(sizes, answers, strict=True) if answer.keys() & {"code", "secret"}}
        secret = {one.source for one in unread if one.path in shut}
        for name in {*wanted} - begins.keys() - secret:
            kept.fresh[name] = concerning([one for one in unread if one.source == name], said)
    order = {one.shown: at for at, one in enumerate(files)}
    said.sort(key=lambda one: order.get(one.place.path, -1))

    again = partial(_read_again, catalogue, files, how, inputs.password)
    raws |= {name: [] for name in {*wanted} - begins.keys() - raws.keys()}
    return Readings(catalogue, wanted, files, raws, [*problems, *said], inputs.every, kept, again, {}, begins)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # what is to be said of it, the reader says
        return 0


def _read_again(
    catalogue: Catalogue, files: Sequence[Found], how: Reading, password: Callable[[str], str | None], name: str
) -> "list[RawExport]":
    """The sheets of a ledger that had not been read, as its table was kept."""
    mine = [one for one in files if one.source == name]
    with Reader() as reader:
        reader.ask(paths_of(mine), how)
        return read_exports(catalogue, mine, reader, unlock=password)[0].get(name, [])
