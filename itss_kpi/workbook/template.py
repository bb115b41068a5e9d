"""Templates: a source of the catalogue -> a blank workbook for a department to fill in, and the name of its file.

Convention: what a template asks for, the reader reads: header, formats, lists and example row follow the rules of
`cells` and `sheets`. Everything from the catalogue is written as text, never as a formula. The same input gives the
same bytes.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.sources import Column
from itss_kpi.core.period import Period
from itss_kpi.core.stated import stated
from itss_kpi.core.text import cells_wide, is_file_name
from itss_kpi.render.sheet_style import page
from itss_kpi.render.xlsx import Book, Look, add_note, check, column, on_paper, place, safe, sheet_title
from itss_kpi.workbook import template_cells as cells
from itss_kpi.workbook.template_cells import Handout

LAST_ROW = 5001
"""The row down to which entries are checked: the header and 5,000 rows."""

_WIDTHS = {"date": 13, "datetime": 18, "text": 14}
_REQUIRED, _OPTIONAL = "C55A11", "44546A"
_ENTRY = Look(across="general", wrap=False, edge="")
_HEAD = Look(bold=True, color="FFFFFF", fill=_OPTIONAL, across="center", wrap=False)
_TEXT = Look(down="top")
_RULES_WIDTHS = (22, 12, 12, 56, 56)


# ---- the name of the file


def file_name(catalogue: Catalogue, source: str, department: str, period: Period) -> tuple[str, str]:
    """The name, with the period in it, that the source's `files` claims; "" where there is none. And what to say of it.

    The period stands in place of the last `*`; a pattern without one is the name as it stands.
    """
    declared = catalogue.sources[source]
    reasons = []
    for name in _candidates(declared.files, str(period)):
        claims = catalogue.claims(department, name)
        named = stated(name[:-5], catalogue.words_of_name(source)).days
        if source not in claims or not is_file_name(name):
            continue
        if len(claims) > 1:
            reasons.append(f"{name} 同时属于 {'、'.join(catalogue.sources[claim].name for claim in claims)}")
        elif "*" not in declared.files:
            unclear = named is None and declared.covers == "name"
            return name, f"文件名 {name} 没有写明考核期;请在 files 中加上 *,或写 covers: year" if unclear else ""
        elif named == (period.start, period.end):
            return name, ""
        else:
            reasons.append(f"从文件名 {name} 看不出考核期 {period}")
    reason = [*reasons, "没有一个符合它、又写明考核期的 .xlsx 文件名"][0]
    return "", f"{declared.name}的 files“{declared.files}”:{reason}"


def _candidates(pattern: str, period: str) -> Iterator[str]:
    stem, _, ending = pattern.rpartition(".")
    ending = ending if ending.casefold() == "xlsx" else "xlsx"
    for part in filter(None, (stem, pattern)):
        before, star, after = part.rpartition("*")
        for written in (period, f"_{period}") if star else ("",):
            yield f"{before.replace('*', '')}{written}{after}.{ending}"


# ---- the workbook


def workbook(catalogue: Catalogue, source: str, department: str, period: Period, name: str) -> bytes:
    """The blank workbook that `department` fills in for `period`, to be handed in as `name`."""
    made = Handout(catalogue, catalogue.sources[source], department, period, name)
    # long ago, so that a form handed in as it is isn't taken for a ledger that ends on that day
    book = Book(datetime(2000, 1, 1), made.source.name, made.source.name)
    sheet = book.sheet(sheet_title(made.source.sheet or made.source.name) or "台账")
    _write_ledger(book, sheet, made, _write_rules(book, made))
    return book.content()


# ---- sheet 1


def _write_ledger(book: Book, sheet: Any, made: Handout, lists: dict[str, str]) -> None:
    examples = cells.example_row(made)
    for at, (name, declared) in enumerate(made.source.columns.items(), 1):
        letter = column(at)
        across = "center" if declared.type in ("date", "datetime") else "general"
        look = replace(_ENTRY, across=across, format=cells.cell_format(declared))
        sheet.column_dimensions[letter]._style = book.style(look)
        sheet.column_dimensions[letter].width = _width(made, name, declared, examples.get(name))
        book.put(sheet, 1, at, name, replace(_HEAD, fill=_REQUIRED if declared.required else _OPTIONAL))
        add_note(sheet, 1, at, cells.note(made, name, declared))
        if name in examples:
            book.put(sheet, 2, at, examples[name], replace(look, italic=True, color="7F7F7F"))
        check(sheet, **_rule(made, name, declared, lists)).add(f"{letter}2:{letter}{LAST_ROW}")
    sheet.row_dimensions[1].height = 24
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{column(len(made.source.columns))}{LAST_ROW}"
    on_paper(sheet)
    sheet.print_title_rows = "1:1"


def _width(made: Handout, name: str, declared: Column, example: Any) -> float:
    """Wide enough for the header with its filter button, the example and the choices."""
    shown = [example] if isinstance(example, str) else []
    widest = max(map(cells_wide, [*shown, *made.options(declared)]), default=0)
    return float(min(48, max(cells_wide(name) + 5, widest + 2, _WIDTHS.get(declared.type, 10))))


def _rule(made: Handout, name: str, declared: Column, lists: dict[str, str]) -> dict[str, Any]:
    held = cells.content(made, name, declared)
    # Excel opens no file whose titles or messages are longer than these
    said = {
        "showInputMessage": True,
        "errorStyle": "stop",
        "promptTitle": safe(name)[:32],
        "prompt": safe(f"{cells.need(declared)}。{held}")[:250],
        "errorTitle": "请核对",
        "error": safe(f"“{name}”须填{held}")[:220],
    }
    return said | cells.rule_of(made, name, declared, lists.get(name))


# ---- sheet 2


def _write_rules(book: Book, made: Handout) -> dict[str, str]:
    """The rules, a row a column, and to their right the lists that are too long for a check: name -> its range."""
    sheet = page(book, cells.RULES, _RULES_WIDTHS, grid=True)
    sheet.heading(f"{made.source.name} {cells.RULES}")
    for at, rule in enumerate(cells.general_rules(made), 1):
        sheet.say(f"{at}. {rule}", replace(_TEXT, edge=""))
    sheet.next()
    start = sheet.row
    sheet.line(["列名", "类型", "是否必填", "可填内容", "说明"], _HEAD)
    for name, declared in made.source.columns.items():
        needed = replace(_TEXT, bold=True, color=_REQUIRED) if declared.required else _TEXT
        said = (cells.TYPES[declared.type], cells.need(declared), cells.content(made, name, declared))
        sheet.line([name, *said, ";".join(cells.remarks(made, name, declared))], [_TEXT, _TEXT, needed, _TEXT, _TEXT])
    return _write_lists(book, sheet.sheet, made, start)


def _write_lists(book: Book, sheet: Any, made: Handout, start: int) -> dict[str, str]:
    ranges: dict[str, str] = {}
    for name, declared in made.source.columns.items():
        options = made.options(declared)
        if options and not cells.fits_inline(options):
            at = len(_RULES_WIDTHS) + 2 + len(ranges)
            letter, listed = column(at), [f"可选:{name}", *options]
            sheet.column_dimensions[letter].width = min(48, max(map(cells_wide, listed)) + 2)
            for row, text in enumerate(listed, start):
                book.put(sheet, row, at, text, replace(_ENTRY, bold=row == start, format="@"))
            ranges[name] = place(sheet.title, f"${letter}${start + 1}:${letter}${start + len(options)}")
    return ranges
