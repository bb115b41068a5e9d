"""Every page through every form: nothing is lost, nothing is too wide, nothing that users wrote does harm, and a ledger
that is missing is said.

Convention: the pages are those that the commands show of the sample; those of missing ledgers are of a small company.
"""

import contextlib
import csv
import functools
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

import openpyxl
import pytest
from kit.console import printed, quietly
from kit.sample import ROOT
from kit.whole import HANDED_IN, WHOLE, year_of
from rich.cells import cell_len
from rich.text import Text

from itss_kpi.analysis.collection import collection_of
from itss_kpi.core.text import disarm_formula, escape_controls
from itss_kpi.pages import making
from itss_kpi.pages.actions import actions_page
from itss_kpi.pages.activities import activities_page
from itss_kpi.pages.clauses import clauses_page
from itss_kpi.pages.nonconformities import nonconformities_page
from itss_kpi.pages.page import BREAK, Cards, Cell, Chart, Heading, Note, On, Page, Table
from itss_kpi.pages.report import report_page
from itss_kpi.pages.satisfaction import satisfaction_page
from itss_kpi.pages.status import status_page
from itss_kpi.pages.supervision import supervision_page
from itss_kpi.plan.year import PlanYear
from itss_kpi.render import csv as csv_form
from itss_kpi.render import markdown, terminal
from itss_kpi.render.sheet import write_page
from itss_kpi.render.xlsx import Book

pytestmark = pytest.mark.usefixtures("worked_out_once")
COMMANDS = {
    "report": "evaluate -p 2022Q3",
    "explanation": "explain 18 -p 2022Q3 --rows failing",
    "trend": "trend 18 10 --to 2022-11 --next 20",
    "comparison": "compare -p 2022Q3 --by 项目",
    "status": "status -p 2022Q4",
    "problems": "check -p 2022Q3",
    "codes": "check --explain D203",
    "catalogue": "catalogue",
    "drift": "verify",
    "actions": "actions --as-of 2022-09-30",
    "activities": "plan --as-of 2022-09-30",
    "clauses": "clauses --as-of 2022-09-30",
    "nonconformities": "findings --as-of 2022-09-30",
    "satisfaction": "satisfaction",
    "supervision": "supervision --as-of 2022-09-30",
}

PROSE = ("codes", "drift", "explanation", "problems")
"""Pages of sentences, which nobody asks for as CSV."""


@functools.cache
def page_of(name: str) -> Page:
    """The page that the command shows; the last one where there are several."""
    shown: list[Page] = []

    def kept(page: Page) -> Text:
        shown.append(page)
        return Text()

    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(ROOT):
        patch.setattr(terminal, "render", kept)
        quietly(*COMMANDS[name].split())
    return shown[-1]


# ---- the forms


def on_terminal(page: Page, width: int = 2000) -> str:
    return printed(terminal.render(page), width)


def sheet_of(page: Page) -> Any:
    book = Book(datetime(2022, 11, 1), "")
    write_page(book, "表", page, "2022 年度", {})
    return openpyxl.load_workbook(io.BytesIO(book.content()))["表"]


def cells_of_sheet(page: Page) -> list[Any]:
    return [cell.value for row in sheet_of(page).iter_rows() for cell in row if cell.value is not None]


def cells_of_csv(page: Page) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(csv_form.render(page))) for cell in row]


FORMS = {
    On.TERMINAL: on_terminal,
    On.MARKDOWN: markdown.render,
    On.DATA: lambda page: "\n".join(cells_of_csv(page)),
    On.SHEET: lambda page: "\n".join(map(str, cells_of_sheet(page))),
}


def bare(text: str) -> str:
    return "".join(text.split())


# ---- nothing is lost


def texts_on(page: Page, form: On) -> Iterator[Cell]:
    """Everything that a form has to show of the page; CSV is its tables, and what is missing."""
    if form is not On.DATA:
        yield from map(making.cell, (page.legend,) if form is On.SHEET else (page.title, *page.summary))
    for part in making.shown(page.parts, form):
        match part:
            case Table() if part.rows:
                for at, column in enumerate(part.columns):
                    if form in column.on or (column.name == part.by and form in On.SCREEN):
                        name = Cell("" if form is On.TERMINAL and (part.headless or part.by) else column.name)
                        cells = [name, *(making.cell(row[at]) for row in part.rows)]
                        # what goes on below is folded from the first
                        folded = form is On.TERMINAL and part.repeated
                        yield from (Cell(cell.text[:6]) for cell in cells) if folded else cells
            case Table() | Cards() if form is not On.DATA:
                yield Cell(part.title)
                for card in part.cards if isinstance(part, Cards) else ():
                    yield from (card.head, *(making.cell(said) for _, said in card.lines))
            case Note() if form is not On.DATA:
                yield making.cell(part.text)
            case Heading() if form is not On.DATA:
                yield Cell(part.text)


def pieces(cell: Cell) -> Iterator[str]:
    """The texts of a cell between its line breaks."""
    if BREAK in cell.pieces:
        yield from (text for piece in cell.pieces if piece != BREAK for text in pieces(piece))
    else:
        yield cell.text


@pytest.mark.parametrize(
    ("name", "form"), [(name, form) for name in COMMANDS for form in FORMS if form is not On.DATA or name not in PROSE]
)
def test_each_text_stands_in_each_form(name: str, form: On) -> None:
    page = page_of(name)
    cells = cells_of_sheet(page) if form is On.SHEET else []
    shown = bare("".join(map(str, cells)) or FORMS[form](page))

    def is_there(cell: Cell) -> bool:
        if form is On.DATA and cell.value is not None:
            return bare(disarm_formula(cell.value)) in shown
        number = cell.value if cell.value and re.fullmatch(r"-?\d+(\.\d+)?", cell.value) else cell.text
        if form is On.SHEET and re.fullmatch(r"-?\d+(\.\d+)?", number) and float(number) in cells:
            return True
        if form is On.SHEET and re.fullmatch(r"\d{4}-\d\d-\d\d", cell.text):
            return datetime.fromisoformat(cell.text) in cells
        escaped = "\\|" if form is On.MARKDOWN else "|"
        return all(bare(escape_controls(text).replace("|", escaped)) in shown for text in pieces(cell))

    assert [cell.text for cell in texts_on(page, form) if not is_there(cell)] == []


@pytest.mark.parametrize("width", [100, 80])
@pytest.mark.parametrize("name", COMMANDS)
def test_no_line_is_wider_than_the_terminal_and_nothing_is_cut(name: str, width: int) -> None:
    text = on_terminal(page_of(name), width)
    assert Counter(bare(on_terminal(page_of(name)))) - Counter(bare(text)) == Counter()
    for shown in (text, on_terminal(spoilt(page_of(name)), width)):
        assert max(map(cell_len, shown.splitlines())) <= width


# ---- texts that mean harm


HARM = '=1+1\x1b]0;x\x07\x1b[31m[bold][/]\u202e|"\x00<b>\n@a,'


def spoilt(value: Any) -> Any:
    """A page, or a part of one, in which every text does harm; of a chart only what it is about comes from users. The
    first rows stand for all."""
    if isinstance(value, Enum) or value in (BREAK, ""):
        return value
    if isinstance(value, str):
        return HARM + value
    if isinstance(value, Sequence):
        return tuple(map(spoilt, value[:25]))
    if isinstance(value, Chart):
        return replace(value, categories=spoilt(value.categories))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: spoilt(getattr(value, one.name)) for one in fields(value)})
    return value


@pytest.mark.parametrize("name", COMMANDS)
def test_texts_that_mean_harm_do_none(name: str) -> None:
    page = spoilt(page_of(name))
    for form in FORMS:
        text = FORMS[form](page)
        assert not set(text) & set("\x1b\x07\u202e\x00"), form
        assert "[bold][/]" in text or not any(making.shown(page.parts, form)) or name in PROSE
    columns = 0
    for line in markdown.render(page).splitlines():
        bars = line.replace("\\|", "").count("|") if line.startswith("|") else 0
        assert bars == (columns or bars) or not bars  # no text ends its cell
        columns = bars
    for cell in cells_of_csv(page):
        assert not re.match(r"[=+@\t\r\n]|-(?!\d+(\.\d+)?$)", cell)
    sheet = sheet_of(page)
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "inlineStr", "n", "d"}
    assert not [one for one in sheet._rels if one.TargetMode == "External"]


# ---- a ledger that is missing


SUBJECTS: dict[str, Any] = {
    "actions": lambda year: actions_page(WHOLE, year.actions),
    "activities": lambda year: activities_page(WHOLE, year.activities),
    "checks": lambda year: supervision_page(WHOLE, year.checks),
    "clauses": lambda year: clauses_page(WHOLE, year.clauses),
    "findings": lambda year: nonconformities_page(WHOLE, year.nonconformities),
    "report": lambda year: report_page(year.report),
    "status": lambda year: status_page(collection_of(WHOLE, year.report, [])),
    "survey": lambda year: satisfaction_page(WHOLE, year.survey),
}
MONTHS = "没有交齐(甲部 2022-01、2022-02、2022-03)"


@functools.cache
def of_the_company(without: str = "") -> PlanYear:
    """The small company's first quarter, for which one ledger wasn't handed in."""
    return year_of(WHOLE, {key: rows for key, rows in HANDED_IN.items() if key[0] != without})


LACKING = [
    ("corrective_actions", "actions", f"数据缺失:“纠正措施台账”{MONTHS}"),
    ("activity_log", "activities", f"数据缺失:“质量活动台账”{MONTHS}"),
    ("supervision", "checks", "数据缺失:“检查记录”没有交齐"),
    ("nonconformities", "findings", f"数据缺失:“不符合项台账”{MONTHS}"),
    ("improvements", "findings", f"数据缺失:“改进计划”{MONTHS}"),
    ("survey", "survey", f"数据缺失:“回访”{MONTHS}"),
    ("t", "clauses", "“工单”没有交齐(甲部 2022-01~2022-03)"),
    ("t", "report", "数据缺失"),
    ("t", "status", "缺 2022-01~2022-03"),
]
NO_SHEETS = ("report", "status")


@pytest.mark.parametrize(
    ("source", "subject", "said", "form"),
    [(*one, form) for one in LACKING for form in FORMS if form is not On.SHEET or one[1] not in NO_SHEETS],
)
def test_a_missing_ledger_is_said(source: str, subject: str, said: str, form: On) -> None:
    shown, whole = (bare(FORMS[form](SUBJECTS[subject](of_the_company(one)))) for one in (source, ""))
    for part in said.split(":"):  # which stand in two columns of CSV
        assert bare(part) in shown
    assert bare(part) not in whole
