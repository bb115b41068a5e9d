"""Templates: a source of the catalogue -> a blank workbook for a department to fill in, and the name of its file.

Convention: what a template asks for, the reader reads: header, formats, lists and example row follow the rules of
`cells` and `sheets`. Everything from the catalogue is written as text, never as a formula. The same input gives the
same bytes.
"""

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, PatternFill, Side
from openpyxl.utils.cell import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.sources import Column
from itss_kpi.core.period import Period, find_period
from itss_kpi.core.text import is_file_name
from itss_kpi.render.xlsx import cells_wide, fixed, font, lines, on_paper, put, safe, sheet_title
from itss_kpi.workbook.template_cells import (
    RULES,
    TYPES,
    Handout,
    brief,
    cell_format,
    check,
    content,
    example_row,
    fits_inline,
    general_rules,
    need,
    note,
    remarks,
)

LAST_ROW = 5001
"""The row down to which entries are checked: the header and 5,000 rows."""

_WIDTHS = {"date": 13, "datetime": 18, "text": 14}
_REQUIRED, _OPTIONAL = "C55A11", "44546A"
_GREY = "7F7F7F"
_EDGE = Side(style="thin", color="BFBFBF")


# ---- the name of the file


def file_name(catalogue: Catalogue, source: str, department: str, period: Period) -> tuple[str, str]:
    """The name, with the period in it, that the source's `files` claims; "" where there is none. And what to say of it.

    The period stands in place of the last `*`; a pattern without one is the name as it stands.
    """
    declared = catalogue.sources[source]
    reasons = []
    for name in _candidates(declared.files, str(period)):
        claims = catalogue.claims(department, name)
        named = find_period(name[:-5])
        if source not in claims or not is_file_name(name):
            continue
        if len(claims) > 1:
            reasons.append(f"{name} 同时属于 {'、'.join(catalogue.sources[claim].name for claim in claims)}")
        elif "*" not in declared.files:
            unclear = named is None and declared.covers == "name"
            return name, f"文件名 {name} 没有写明考核期;请在 files 中加上 *,或写 covers: year" if unclear else ""
        elif named == period:
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
    book: Any = Workbook()
    book._named_styles["Normal"].font = font()  # what is typed into the empty cells
    sheet = book.worksheets[0]
    sheet.title = sheet_title(made.source.sheet or made.source.name) or "台账"
    rules = book.create_sheet(RULES)
    lists = _write_rules(rules, made)
    _write_ledger(sheet, made, lists)
    book.properties.creator = "itss-kpi"
    book.properties.title = safe(made.source.name)
    book.properties.created = datetime(period.year, 1, 1)
    saved = io.BytesIO()
    book.save(saved)
    return fixed(saved, datetime(period.year, 1, 1))


def _put(sheet: Any, row: int, column: int, value: Any, **style: Any) -> None:
    cell = put(sheet, row, column, value)
    for name, look in style.items():
        setattr(cell, name, look)


# ---- sheet 1


def _write_ledger(sheet: Any, made: Handout, lists: dict[str, str]) -> None:
    examples = example_row(made)
    for at, (name, column) in enumerate(made.source.columns.items(), 1):
        letter = get_column_letter(at)
        look = sheet.column_dimensions[letter]
        look.number_format = cell_format(column)
        look.alignment = _alignment(column)
        look.width = _width(made, name, column, examples.get(name))
        fill = PatternFill("solid", fgColor=_REQUIRED if column.required else _OPTIONAL)
        _put(
            sheet,
            1,
            at,
            name,
            fill=fill,
            font=font(bold=True, color="FFFFFF"),
            alignment=Alignment(horizontal="center", vertical="center"),
            border=Border(_EDGE, _EDGE, _EDGE, _EDGE),
        )
        said = safe(note(made, name, column))
        sheet.cell(1, at).comment = Comment(said, "itss-kpi", height=24 + 18 * lines(said, 34), width=280)
        if name in examples:
            grey = font(italic=True, color=_GREY)
            _put(
                sheet, 2, at, examples[name], number_format=cell_format(column), alignment=_alignment(column), font=grey
            )
        rule = _validation(made, name, column, lists)
        rule.add(f"{letter}2:{letter}{LAST_ROW}")
        sheet.add_data_validation(rule)
    sheet.row_dimensions[1].height = 24
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(made.source.columns))}{LAST_ROW}"
    on_paper(sheet)
    sheet.print_title_rows = "1:1"


def _alignment(column: Column) -> Alignment:
    return Alignment(horizontal="center" if column.type in ("date", "datetime") else None, vertical="center")


def _width(made: Handout, name: str, column: Column, example: Any) -> float:
    """Wide enough for the header with its filter button, the example and the choices."""
    shown = [example] if isinstance(example, str) else []
    widest = max(map(cells_wide, [*shown, *made.options(column)]), default=0)
    return float(min(48, max(cells_wide(name) + 5, widest + 2, _WIDTHS.get(column.type, 10))))


def _validation(made: Handout, name: str, column: Column, lists: dict[str, str]) -> DataValidation:
    # Excel opens no file whose titles or messages are longer than these
    rule = DataValidation(
        allow_blank=True,
        showInputMessage=True,
        showErrorMessage=True,
        errorStyle="stop",
        promptTitle=safe(name)[:32],
        prompt=safe(brief(made, name, column))[:250],
        errorTitle="请核对",
        error=safe(f"“{name}”须填{content(made, name, column)}")[:220],
    )
    for key, value in check(made, name, column, lists.get(name)).items():
        setattr(rule, key, value)
    return rule


# ---- sheet 2


def _write_rules(sheet: Any, made: Handout) -> dict[str, str]:
    """The rules, a row a column, and to their right the lists that are too long for a check: name -> its range."""
    _put(sheet, 1, 1, f"{made.source.name} {RULES}", font=font(bold=True, size=14))
    for row, rule in enumerate(general_rules(made), 2):
        _put(sheet, row, 1, f"{row - 1}. {rule}")
    start = sheet.max_row + 2
    head = font(bold=True, color="FFFFFF")
    edges = Border(_EDGE, _EDGE, _EDGE, _EDGE)
    for at, title in enumerate(("列名", "类型", "是否必填", "可填内容", "说明"), 1):
        _put(sheet, start, at, title, font=head, fill=PatternFill("solid", fgColor=_OPTIONAL), border=edges)
    for row, (name, column) in enumerate(made.source.columns.items(), start + 1):
        said = (
            name,
            TYPES[column.type],
            need(column),
            content(made, name, column),
            ";".join(remarks(made, name, column)),
        )
        for at, text in enumerate(said, 1):
            red = font(bold=True, color=_REQUIRED) if column.required and at == 3 else font()
            wrap = Alignment(wrap_text=True, vertical="top")
            _put(sheet, row, at, text, alignment=wrap, border=edges, font=red)
        # Excel fits a row to wrapped text by itself, LibreOffice and WPS not always
        sheet.row_dimensions[row].height = 18 * max(
            lines(text, wide - 1) for text, wide in zip(said, _RULES_WIDTHS, strict=True)
        )
    for letter, width in zip("ABCDE", _RULES_WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    on_paper(sheet)
    return _write_lists(sheet, made, start)


_RULES_WIDTHS = (22, 12, 12, 56, 56)


def _write_lists(sheet: Any, made: Handout, start: int) -> dict[str, str]:
    ranges: dict[str, str] = {}
    for name, column in made.source.columns.items():
        options = made.options(column)
        if options and not fits_inline(options):
            at = 7 + len(ranges)
            letter = get_column_letter(at)
            sheet.column_dimensions[letter].width = min(48, max(map(cells_wide, (f"可选:{name}", *options))) + 2)
            _put(sheet, start, at, f"可选:{name}", font=font(bold=True))
            for row, option in enumerate(options, start + 1):
                _put(sheet, row, at, option, number_format="@")
            ranges[name] = f"{quote_sheetname(RULES)}!${letter}${start + 1}:${letter}${start + len(options)}"
    return ranges
