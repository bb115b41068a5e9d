"""Drafting: a company's table of indicators and its folder of ledgers -> a project with a first catalogue and the
questions that settle it; and the answers written into it.

Convention: as in `reports`. The ledgers are copied, never changed; nothing that is there is written over but the
workbook of questions and, where answers change it, the catalogue.
"""

import csv
import io
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from itss_kpi.app.inputs import CATALOGUE, QUESTIONS, Inputs
from itss_kpi.app.reports import check_folder
from itss_kpi.app.whole_files import lock_of, write_new, write_together
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.catalogue.load import load
from itss_kpi.catalogue.sources import TABLE_ENDINGS
from itss_kpi.core.problems import KpiError, Refusal, errors
from itss_kpi.core.results import Assessment
from itss_kpi.core.text import is_file_name
from itss_kpi.draft.indicator_table import Rows, listed
from itss_kpi.draft.ledgers import LedgerFound, Sheet, ledgers_of
from itss_kpi.draft.questions import STALE, Key
from itss_kpi.reading.reader import Reader

if TYPE_CHECKING:
    from itss_kpi.draft.proposal import Drafted, Facts
    from itss_kpi.reading.grid import Grid

DATA, BY_HAND_FILE = "台账", "手工填报表"
_SHOWN, _HEADS, _LONGEST = 6, 30, 80


def start(table: Path, folder: Path, output: Path, year: int | None, organization: str) -> list[str]:
    """Make the project in `output`; what is to be said of it."""
    if (output / CATALOGUE).exists():
        raise Refusal(f"{output / CATALOGUE} 已经有了:按回答改它用 draft --answers {QUESTIONS};重新起草换一个 --output")
    check_folder(output, "--output")
    if not folder.is_dir():
        raise Refusal(f"没有这个台账文件夹:{folder}")
    tables = tables_of(table)
    indicators = listed(tables)
    if not indicators:
        rows = max((row for rows in tables for row in rows[:_HEADS]), key=lambda row: len({*row}), default=())
        seen = "、".join(dict.fromkeys(text.strip() for text in rows if text.strip()))
        what = "须有一行表头,写明“指标名称”一类和“公式”或“要求”一类的列"
        raise Refusal(f"{table.name} 中没有找到指标表:{what}" + (f";读到的有:{seen[:_LONGEST]}" if seen else ""))
    named = [name for one in indicators for name in one.departments]
    copied, said = _copied(folder, output / DATA, named, organization, table)
    ledgers, unread = ledgers_in(output / DATA)
    facts = _facts(tables, ledgers, year or _year(ledgers), organization)
    unread += [] if ledgers else [f"{folder} 中没有读到台账:各项都由部门手工填报"]
    from itss_kpi.app.kept_yaml import yaml_text
    from itss_kpi.draft.proposal import Known, drafted
    from itss_kpi.workbook.questions import questions_workbook

    text = yaml_text(drafted(facts, {}).catalogue)
    made = drafted(facts, {}, Known(_effects(text, facts, output)))
    write_new(output / CATALOGUE, text.encode())
    write_together({output / QUESTIONS: questions_workbook(made.questions, tables, facts.year)})
    return [
        *said,
        *unread,
        f"写出 {output / CATALOGUE}、{output / QUESTIONS},台账 {copied} 个文件抄入 {output / DATA}",
        f"读到 {len(indicators)} 项指标、{len(ledgers)} 种台账;{len(made.questions)} 个问题,回答之前都是“口径待确认”",
        f"下一步:在 Excel 中打开 {QUESTIONS},填“回答”一列,保存后在该文件夹中运行 itss-kpi draft --answers {QUESTIONS}",
    ]


def answer(workbook: Path) -> list[str]:
    """Write the answers into the catalogue beside the workbook, and what came of each into it; what is to be said."""
    from itss_kpi.app.evaluation import load_catalogue
    from itss_kpi.app.kept_yaml import changed
    from itss_kpi.draft.proposal import Known, drafted
    from itss_kpi.workbook.questions import answers_in, questions_workbook, unknown

    catalogue = workbook.with_name(CATALOGUE)
    for path in (workbook, catalogue):
        if not path.is_file():
            raise Refusal(f"没有 {path}:--answers 后面写 draft 写出的 {QUESTIONS},指标目录与它在同一个文件夹")
    if lock := lock_of(workbook):
        raise Refusal(f"{workbook.name} 正在 Excel 中打开({lock.name}),请先保存并关闭")
    given, tables = answers_in(workbook.read_bytes())
    loaded, _, _ = load_catalogue(catalogue)
    ledgers, unread = ledgers_in(workbook.with_name(DATA))
    facts = _facts(tables, ledgers, loaded.plan.year, loaded.plan.organization)
    before = drafted(facts, {key: replace(one, answer=one.before) for key, one in given.items()})
    known = Known({}, before.catalogue, _edited(loaded, before))
    own = catalogue.read_bytes().decode("utf-8-sig")
    text, kept = changed(own, before.catalogue, drafted(facts, given, known).catalogue)
    _check(text)
    # what the catalogue says comes to this, whoever has written it
    made = drafted(facts, given, replace(known, effects=_effects(text, facts, workbook.parent)))
    written = questions_workbook(made.questions, tables, facts.year)
    write_together({catalogue: text.encode(), workbook: written})
    return [*unread, *_came_of(made, facts.year, unknown(given, made.questions), kept)]


def _check(text: str) -> None:
    """Refuse to write a catalogue that couldn't be read again."""
    loaded, problems = load(text, CATALOGUE)
    if loaded is None:
        raise Refusal(f"照这些回答写不成指标目录,没有写入:{errors(problems)[0].message};请改有关的回答")


def _came_of(made: "Drafted", year: int, unasked: Sequence[Key], kept: Sequence[str]) -> Iterator[str]:
    agreed = sum(one["agreed"] for one in made.catalogue["indicators"])
    states = Counter(one.is_settled for one in made.questions)
    of_all = f"{len(made.catalogue['indicators'])} 项指标中 {agreed} 项已商定"
    yield f"已采用 {states[True]} 个回答,还有 {states[False]} 个问题;{of_all}"
    for one in made.questions:
        if not one.is_settled and (one.answer or one.state == STALE):
            yield f"{one.about} {one.item}:{one.state}"
    yield from (f"{about} {item}:现在不用问了,没有采用" for about, item in unasked)
    yield from (f"{where}:目录里已经手工改过,没有按回答改" for where in kept)
    if states[False]:
        yield f"下一步:在 {QUESTIONS} 中看“结果”一列,回答还没有采用的,再运行一次"
    if agreed:
        yield f"看结果:itss-kpi evaluate --period {year}"


# ---- what there is


def _facts(tables: Sequence[Rows], ledgers: Sequence[LedgerFound], year: int, organization: str) -> "Facts":
    from itss_kpi.draft.proposal import Facts

    return Facts(listed(tables), ledgers, year, organization)


def _year(ledgers: Sequence[LedgerFound]) -> int:
    """The year of most days in the ledgers."""
    years = Counter(
        int(found[0])
        for one in ledgers
        for column in one.dates
        for text in column.cells
        if (found := re.match(r"(?:19|20)\d\d", text))
    )
    return max(years, key=lambda year: years[year]) if years else date.today().year


def tables_of(path: Path) -> list[Rows]:
    """The tables in a file: those of a document, the sheets of a workbook, or what was pasted."""
    if not path.is_file():
        raise Refusal(f"没有这个文件:{path}")
    if path.suffix.lower() == ".docx":
        from itss_kpi.render.word_tables import tables_in

        try:
            return list(tables_in(path.read_bytes()))
        except ValueError as error:
            raise Refusal(f"{path.name} {error}") from error
    if path.suffix.lower() in (".txt", ".md"):
        content = path.read_bytes()
        with suppress(UnicodeDecodeError):
            return [_pasted(content.decode("utf-8-sig"))]
        return [_pasted(content.decode("gb18030", errors="replace"))]
    ((message, grids),) = _read([path])
    if message:
        raise Refusal(f"{path.name} {message}")
    return [_rows(grid) for grid in grids]


def _pasted(text: str) -> list[list[str]]:
    """Lines as cells: between tabs, as Excel and Word give them, or strokes, else between two blanks or more."""
    if "\t" in text:
        return [list(row) for row in csv.reader(io.StringIO(text), delimiter="\t")]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    between = r"\|" if any(line.count("|") > 1 for line in lines) else r"\s{2,}|\u3000+"
    return [[cell.strip() for cell in re.split(between, line.strip("|"))] for line in lines]


def _copied(
    folder: Path, target: Path, departments: Sequence[str], organization: str, table: Path
) -> tuple[int, list[str]]:
    """Copy the ledgers into a folder for each department; how many, and what was left out."""
    copied, said = 0, []
    for path in sorted(one for one in folder.rglob("*") if one.is_file() and not one.name.startswith((".", "~$"))):
        inside = path.relative_to(folder)
        if path.suffix.lower() not in TABLE_ENDINGS or path.samefile(table):
            said.append(f"{inside} 没有抄入:不是表格文件") if not path.samefile(table) else None
            continue
        own = next((name for name in departments if path.name.startswith(name)), organization)
        department = inside.parts[0] if len(inside.parts) > 1 else own if is_file_name(own) else "本单位"
        place = target / department / Path(*inside.parts[len(inside.parts) > 1 :])
        write_new(place, path.read_bytes())
        copied += 1
    return copied, said


def ledgers_in(folder: Path) -> tuple[list[LedgerFound], list[str]]:
    """The ledgers in the departments' folders, and what couldn't be read."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix.lower() in TABLE_ENDINGS]
    sheets, said = [], []
    for path, (message, grids) in zip(files, _read(files), strict=True):
        if path.name.startswith(BY_HAND_FILE):
            continue  # the draft's own
        department = path.relative_to(folder).parts[0]
        said += [f"{department}/{path.name}:{message}"] if message else []
        sheets += [Sheet(department, path.name, grid.sheet, _rows(grid)) for grid in grids]
    found = ledgers_of(sheets)
    said += [f"{where} 没有读:同一个文件里是另一种表,请另存成一个文件" for one in found for where in one.left_out]
    return found, said


def _read(files: Sequence[Path]) -> list[tuple[str, list["Grid"]]]:
    """The grids of each file, or why there are none."""
    from itss_kpi.reading.grid import grid_of
    from itss_kpi.reading.worker.cache import cache_folder
    from itss_kpi.reading.worker.file_types import Reading

    if not files:
        return []
    with Reader() as reader:
        reader.ask(files, Reading(cache=cache_folder()))
        return [
            (answer.get("message", ""), [grid_of(sheet) for sheet in answer.get("sheets", []) if sheet["indexes"]])
            for answer in reader.answers()
        ]


def _rows(grid: "Grid") -> list[list[str]]:
    """The rows of a grid as they are seen: what is merged stands in each cell."""
    columns = [column.to_pylist() for column in grid.cells.columns]
    rows = [[str(cell).strip() if cell else "" for cell in row] for row in zip(*columns, strict=True)]
    place = {index: at for at, index in enumerate(grid.indexes)}
    for top, left, bottom, right in grid.merges:
        within = [place[index] for index in range(left, right + 1) if index in place]
        for row in rows[top : bottom + 1] if left in place else ():
            for at in within:
                row[at] = rows[top][place[left]]
    return rows


# ---- what it comes to


def _edited(catalogue: Catalogue, before: "Drafted") -> dict[str, str]:
    """The readings of indicators that somebody has edited in the catalogue since it was last written."""
    from itss_kpi.draft.proposal import reading_of

    sources = {name: source.model_dump() for name, source in catalogue.sources.items()}
    found: dict[str, str] = {}
    for one in before.catalogue["indicators"]:
        now, then = catalogue.by_id.get(one["id"]), Indicator.model_validate(one)
        if now is not None and now.model_copy(update={"agreed": then.agreed}) != then:
            found[now.id] = reading_of(now, sources)
    return found


def _effects(text: str, facts: "Facts", project: Path) -> dict[str, str]:
    """What each indicator of a catalogue comes to, agreed or not, in the periods that begin no later than the last
    month of which there are rows."""
    from itss_kpi.app.evaluation import evaluate_files

    last = max((day[:7] for one in facts.ledgers for day in one.days), default="9999")
    with tempfile.TemporaryDirectory(prefix="itss-kpi-") as folder:
        path = Path(folder, CATALOGUE)
        path.write_text(text.replace("agreed: false", "agreed: true"), encoding="utf-8")
        try:
            report = evaluate_files(Inputs(path, project / DATA)).report
        except KpiError as error:
            return dict.fromkeys((f"kpi_{one.number:02}" for one in facts.indicators), error.problems[0].message)
    found: dict[str, list[Assessment]] = {}
    for one in (item for item in report.due if f"{item.period.start:%Y-%m}" <= last):
        found.setdefault(one.indicator, []).append(one)
    return {name: _effect(items) for name, items in found.items()}


def _effect(items: Sequence[Assessment]) -> str:
    from itss_kpi.catalogue.wording import share_text, verdict_text

    known = [one for one in items if one.value is not None]
    shown = known[-_SHOWN:] or items[:1]
    values = (f"{share_text(one)} = {one.display} " if one.value is not None else "" for one in shown)
    return "\n".join(f"{one.period}:{value}{verdict_text(one)}" for one, value in zip(shown, values, strict=True))
