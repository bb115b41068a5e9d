"""Compares the grid of every workbook below a folder with independent readings of the same file, cell by cell.

`python tools/compare_readers.py FOLDER…`: openpyxl for .xlsx, xlrd for .xls, pyxlsb for .xlsb, as far as they are
installed, a plain reading of their elements for .ods, .fods and XML 2003, and LibreOffice for all of them. Differences
are grouped by cause, with the first places of each; exits with 1 where a cause is not in `EXPLAINED`. A file that is
refused counts under its code. With `--make FOLDER` inputs are first written there by every writer that is installed.
"""

import argparse
import math
import re
import sys
import tempfile
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from independent_readers import (
    TO_1904,
    Book,
    Office,
    Seen,
    Spot,
    by_elements,
    by_opendocument,
    by_openpyxl,
    by_pyxlsb,
    by_xlrd,
    kind_of,
    module,
    unescaped,
)
from make_reader_inputs import make

from itss_kpi.reading.reader import Answer, Reader
from itss_kpi.reading.worker.file_types import Reading

BATCH = 40
ENDINGS = (".xlsx", ".xlsm", ".xltx", ".xlsb", ".xls", ".ods", ".fods", ".xml")
LIBREOFFICE = "LibreOffice"
READERS: dict[str, tuple[str, Callable[[bytes], Book]]] = {
    "xlsx": ("openpyxl", by_openpyxl),
    "xls": ("xlrd", by_xlrd),
    "xlsb": ("pyxlsb", by_pyxlsb),
    "ods": ("content", by_opendocument),
    "fods": ("content", by_opendocument),
    "xml": ("elements", by_elements),
}
"""The reader of each form besides LibreOffice, which reads all of `OF_OFFICE`; the last are our own, of the files as
they are."""
OWN = ("content", "elements")
OF_OFFICE = ("xlsx", "xls", "xlsb", "ods", "fods", "xml")


# ---- what the product says


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of the product: texts, and its marks."""

    name: str
    cells: dict[Spot, str]
    marks: dict[Spot, str]
    inexact: frozenset[Spot]
    start: int


def sheets_of(answer: Answer) -> list[Sheet]:
    """The sheets of an answer."""
    found = []
    for sheet in answer["sheets"]:
        table = pa.ipc.open_file(pa.memory_map(sheet["path"])).read_all()
        columns = zip(sheet["indexes"], table.columns, strict=True)
        cells = {(row, at): text for at, column in columns for row, text in enumerate(column.to_pylist()) if text}
        marks = {(row, at): mark for mark in ("unsaved", "errors") for row, at in sheet[mark]}
        inexact = frozenset((row, at) for row, at in sheet["inexact"])
        found.append(Sheet(sheet["sheet"], cells, marks, inexact, TO_1904 if sheet["epoch_1904"] else 0))
    return found


# ---- one cell

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?)\d*")
_CLOCK = re.compile(r"(-?)(\d+):(\d\d):(\d\d(?:\.\d+)?)")
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_FIGURES = re.compile(r"\d[\d,\s\xa0]*(?:\.\d+)?(?:E[-+]?\d+)?|\.\d+(?:E[-+]?\d+)?")
_AFTER = 2_958_466
"""The serial of 10000-01-01, which Excel doesn't show."""
_MILLISECOND = 1.2e-8
_LIBREOFFICES = (1.2e-7, 1.2e-5)
"""LibreOffice cuts dates to the hundredth of a second, and late ones to the second."""
_WORDS = re.compile(r"[^\W\d_]")


def shape(text: str) -> tuple[str, float]:
    """What the product's text is, and the number behind it: of a moment the days since 1899-12-30."""
    if found := _MOMENT.fullmatch(text):
        return "moment", (datetime.fromisoformat(found[1]) - datetime(1899, 12, 30)) / timedelta(days=1)
    if found := _CLOCK.fullmatch(text):
        days = (int(found[2]) * 3600 + int(found[3]) * 60 + float(found[4])) / 86400
        return "clock", -days if found[1] else days
    if text.endswith("%") and _PLAIN.fullmatch(text[:-1]):
        return "percent", float(text[:-1]) / 100
    if _PLAIN.fullmatch(text):
        return "number", float(text)
    return "text", math.nan


def cause(sheet: Sheet, spot: Spot, seen: Seen | None, start: int) -> str | None:
    """How the product differs from a reading in one cell, if it does."""
    text, mark = sheet.cells.get(spot), sheet.marks.get(spot)
    if seen is None:
        return f"{_named(text, mark)} where nothing is" if mark or text else None
    if seen.kind in ("error", "unsaved"):
        if mark == {"error": "errors", "unsaved": "unsaved"}[seen.kind]:
            return None
        return f"{_named(text, mark)} for {'an error' if seen.kind == 'error' else 'a formula without a result'}"
    if text is None and not mark and seen.kind == "text" and not seen.value.strip():
        return None
    if mark == "errors" and seen.what in _DATED and not 0 <= seen.value < _AFTER - start:
        return "errors for what no calendar has"
    if text is None or mark:
        return f"{_named(text, mark)} for a {seen.what if seen.kind == 'number' else seen.kind}"
    if seen.kind == "bool":
        return None if text == str(seen.value).lower() else f"{_named(text, None)} for a bool"
    if seen.kind == "text":
        return _of_texts(text, seen.value)
    return _of_numbers(sheet, spot, text, seen, start)


def _named(text: str | None, mark: str | None) -> str:
    return mark or (shape(text)[0] if text else "nothing")


def _of_texts(text: str, wanted: str) -> str | None:
    if text == wanted:
        return None
    if text.split() == wanted.split():
        return "other blanks in a text"
    return "nothing but blanks for a text" if not text.strip() else "another text"


_DATED = ("date", "time", "elapsed")
_KINDS = {
    "date": ("moment", "clock"),
    "time": ("moment", "clock"),
    "elapsed": ("clock",),
    "percent": ("percent",),
    "number": ("number",),
}


def _of_numbers(sheet: Sheet, spot: Spot, text: str, seen: Seen, start: int) -> str | None:
    kind, value = shape(text)
    if math.isnan(seen.value):
        return None
    if seen.what in _DATED and not 0 <= seen.value < _AFTER - start:
        return f"{kind} for what no calendar has"
    if kind not in _KINDS[seen.what]:
        if kind == "text" and seen.what == "number" and seen.shown in (None, text) and _ends_with(text, seen.value):
            return None
        return f"{kind} for a {seen.what}"
    wanted = seen.value + (start if kind == "moment" else 0)
    near = abs(wanted) * 6e-15 + (0 if seen.shown is None else 1e-20)  # LibreOffice writes twenty decimals
    if kind in ("moment", "clock"):
        near = _MILLISECOND if seen.shown is None else _LIBREOFFICES[wanted > 100_000]
    if abs(value - wanted) > near and f"{value:.14e}" != f"{wanted:.14e}":
        days = round(value - wanted)
        whole = kind in ("moment", "clock") and days in (-1, TO_1904, -TO_1904) and abs(value - wanted - days) < near
        return f"{kind} that is {days} days off" if whole else f"another {kind}"
    if kind == "number" and (abs(seen.value) >= 1e15) != (spot in sheet.inexact):
        return "inexact without a reason" if spot in sheet.inexact else "more than 15 digits without a mark"
    if kind in ("number", "percent") and seen.shown is not None:
        return _of_shown(text, value, seen.shown)
    return None


def _ends_with(text: str, value: float) -> bool:
    digits = re.search(r"\d+$", text)
    return digits is not None and math.isclose(int(digits[0]), value, rel_tol=1e-14, abs_tol=0)


def _of_shown(text: str, value: float, shown: str) -> str | None:
    """Whether a shown text may stand for a number: rounded, grouped, in E notation or as a fraction."""
    if text == shown or text == shown.replace(",", ""):
        return None
    if not value and not re.search(r"[^\W\d_]", shown):
        return None  # 0 as a dash, or left out
    if not shown.strip():
        return "a number that its format hides"
    parts = [re.sub(r"[,\s\xa0]", "", part) for part in _FIGURES.findall(shown)]
    if not parts:
        return "a number that its format shows without figures"
    for figures in parts:
        decimals = len(figures.partition("E")[0].partition(".")[2]) - int(figures.partition("E")[2] or 0)
        for near in (abs(value), abs(value) * 100 if "%" in shown else math.nan):
            if abs(float(figures) - near) <= 0.5000001 * 10.0**-decimals + abs(near) * 1e-14:
                return _of_words(text, shown)
    if "/" in shown or (len(parts) > 1 and "-" not in text and "%" not in shown):
        return "a number that its format shows in parts"
    return "a number that its format shows as another"


def _of_words(text: str, shown: str) -> str | None:
    if "%" in shown and "%" not in text:
        return "a number without the percent sign of its format"
    words = _WORDS.search(re.sub(r"E[-+]?\d+|US\$|CN¥", "", shown))
    return "a number without the words of its format" if words and not _WORDS.search(text) else None


# ---- what is known of differences


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference in one cell; `agreed` where a third reader says what the product says, `formula` where one is,
    `pivot` where the reader drew a pivot table anew and nobody says that it is right."""

    form: str
    reader: str
    cause: str
    seen: Seen | None
    text: str | None
    code: str = ""
    agreed: bool = False
    formula: bool = False
    pivot: bool = False

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What is counted: the form of file, the reader, the cause and the format."""
        return self.form, self.reader, self.cause, self.code[:70]


@dataclass(frozen=True, slots=True)
class Explained:
    """A cause that is no fault, and why."""

    reason: str
    holds: Callable[[Difference], Any]


def _office(one: Difference) -> bool:
    return one.reader == LIBREOFFICE


def _text(one: Difference) -> str:
    return str(one.seen.value) if one.seen else ""


def _shown(one: Difference) -> str:
    return (one.seen.shown or "") if one.seen else ""


_SCALES = re.compile("[万亿千百]")
_FIGURES_OF_CHINESE = re.compile("[一二三四五六七八九零壹贰叁肆伍陆柒捌玖〇]")
_WITH_UNIT = re.compile(r"[-¥$€\d,. ]*\d ?[^\W\d]+")


def _is_part(text: str | None, seen: Seen | None) -> bool:
    """Whether a text is a thousandth, or a thousandth of that, of the number that another reader has."""
    whole = seen.value if seen else None
    return isinstance(whole, float) and any(
        math.isclose(float(text or 0) * 1000**times, whole, rel_tol=1e-7) for times in (1, 2, 3)
    )


def _is_bare(one: Difference) -> bool:
    """Whether a text is the number that another reader has in a format."""
    bare = re.match("number for a (date|time|elapsed|percent)", one.cause)
    return bool(bare) and math.isclose(float(one.text or 0), float(_text(one)), abs_tol=_LIBREOFFICES[0])


def _is_fragment(part: str, whole: str) -> bool:
    """Whether a text is another one of which something is missing or unreadable."""
    rest = iter(whole)
    return part != whole and all(letter in rest for letter in part if letter != "\ufffd")


_WRITTEN = r"""\\%|"%"|,+["\\;*_万千]|,+$|!\.0|\\\.0"""
EXPLAINED = (
    Explained(
        "Excel shows ##### before 1900 and after 9999; the number behind it is kept, or marked",
        lambda one: re.match("(number|clock|errors|moment) for what no", one.cause),
    ),
    Explained(
        "LibreOffice writes the year -32768 for a number that is no date",
        lambda one: re.match("-000-32768|PT-2147483648", one.text or ""),
    ),
    Explained(
        "a fraction shows less than the number that is kept; LibreOffice has none of a large one (#FMT)",
        lambda one: one.cause.startswith("a number that") and (_shown(one) == "#FMT" or "fraction" in str(one.seen)),
    ),
    Explained(
        "Chinese figures ([DBNum1] to [DBNum3]) are another spelling of the same number",
        lambda one: one.cause.startswith("a number that") and _FIGURES_OF_CHINESE.search(_shown(one)),
    ),
    Explained(
        "the unit that a format writes behind a number is left out, unless it is of another size (万, 千)",
        lambda one: (
            one.cause.endswith("words of its format")
            and _WITH_UNIT.fullmatch(_shown(one))
            and not _SCALES.search(_shown(one))
        ),
    ),
    Explained(
        "LibreOffice doesn't know the format and shows a plain number (上午/下午 without a locale, [ss].00)",
        lambda one: (
            _office(one)
            and one.cause.endswith("for a number")
            and "nothing" not in one.cause
            and kind_of(one.code) in _DATED
        ),
    ),
    Explained(
        "a sign or a part of the number that a format writes (0.5%, 4.4万) is read as it is seen",
        lambda one: re.search(_WRITTEN, one.code) and re.match("(percent|text) for a number|another number", one.cause),
    ),
    Explained(
        "LibreOffice scales a plain number in its formats; the part is read as it is seen",
        lambda one: _office(one) and one.cause == "another number" and _is_part(one.text, one.seen),
    ),
    Explained(
        "what a format hides, shows as words, in parts or with a sign of its own is the number behind it",
        lambda one: re.search("its format$|hides|without figures|in parts|as another", one.cause),
    ),
    Explained(
        "weekdays and eras are days; other readers don't know the formats",
        lambda one: (
            re.match("(clock|moment) for a number", one.cause) and re.search(r"^(\[.+\])?(aa|e$)", one.code, re.I)
        ),
    ),
    Explained(
        "of more than 15 digits Excel keeps 15; they are marked",
        lambda one: one.cause == "text for a number" and re.search(r"\d{16}", one.text or ""),
    ),
    Explained(
        "LibreOffice loses the formats of XML 2003 that SheetJS writes in Chinese",
        lambda one: one.form == "xml" and not one.code and re.match("(clock|moment) for a number", one.cause),
    ),
    Explained(
        "a duration below zero, and a date after 9999, are texts that no column takes: they are named",
        lambda one: one.cause == "text for what no calendar has",
    ),
    Explained(
        "results of a program that can't calculate are marked, whatever stands there",
        lambda one: one.cause.startswith("unsaved") and not _office(one),
    ),
    Explained(
        "OpenDocument's truths without their type are the numbers 1 and 0, which a column of 是/否 takes",
        lambda one: one.form in ("ods", "fods") and one.cause == "number for a bool",
    ),
    Explained(
        "LibreOffice calculates a formula that has no result; it is marked",
        lambda one: _office(one) and one.cause.startswith("unsaved"),
    ),
    Explained(
        "blanks at the ends of a text don't count where the XML doesn't say so (xml:space)",
        lambda one: one.form == "xlsx" and one.cause == "other blanks in a text" and one.text == _text(one).strip(),
    ),
    Explained(
        "LibreOffice calculates anew what another program's 0 left in a file without a trace",
        lambda one: _office(one) and one.form in ("ods", "fods", "xls") and one.text == "0" and one.formula,
    ),
    Explained(
        "what a merged cell covers can't be seen",
        lambda one: one.cause.startswith("nothing for") and "covered=True" in str(one.seen),
    ),
    Explained(
        "LibreOffice makes one line end of a carriage return",
        lambda one: _office(one) and one.cause == "other blanks in a text" and "\r" in str(one.text),
    ),
    Explained(
        "LibreOffice has booleans as numbers, unless their format says otherwise",
        lambda one: _office(one) and one.text in ("true", "false") and one.seen and one.seen.value in (0, 1),
    ),
    Explained(
        "LibreOffice loses errors and booleans of XML 2003",
        lambda one: _office(one) and one.form == "xml" and one.cause.endswith("where nothing is"),
    ),
    Explained(
        "LibreOffice loses a tab in ODS",
        lambda one: _office(one) and "\t" in (one.text or "") and str(one.text).replace("\t", "") == _text(one),
    ),
    Explained(
        "a text of OpenDocument that reads like an error is taken for one: nobody sees a difference",
        lambda one: one.form in ("ods", "fods") and one.cause == "errors for a text" and one.text == _text(one),
    ),
    Explained(
        "Excel's texts escape any character (ECMA-376 part 1, 22.9.2.19), LibreOffice's only control characters",
        lambda one: one.form == "xlsx" and _office(one) and "_x" in _text(one) and one.text == unescaped(_text(one)),
    ),
    Explained(
        "a text of .xlsb has no escapes ([MS-XLSB] 2.5.169), though LibreOffice looks for them",
        lambda one: one.form == "xlsb" and "_x" in (one.text or "") and unescaped(str(one.text)) == _text(one),
    ),
    Explained(
        "pyxlsb reads no text that stands in the cell itself (BrtCellSt, BrtCellRString)",
        lambda one: one.reader == "pyxlsb" and one.cause.endswith("where nothing is"),
    ),
    Explained(
        "a date in ISO 8601 (t=d) is a date whatever its format; LibreOffice shows its number, or cuts its fraction",
        lambda one: _office(one) and one.agreed and one.code == "t=d",
    ),
    Explained(
        "in a strict workbook and in XML 2003 Excel itself writes day 0 as 1899-12-31, and 59 as 1900-02-28",
        lambda one: (
            (one.code == "t=d" or (one.form == "xml" and _office(one) and one.agreed))
            and one.cause == "clock that is -1 days off"
            and one.seen
            and one.seen.value < 61
        ),
    ),
    Explained(
        "LibreOffice rounds to fifteen digits what it has rounded before; the float itself decides",
        lambda one: (
            _office(one)
            and one.cause in ("another number", "another percent")
            and math.isclose(shape(one.text or "0")[1], float(_text(one)), rel_tol=1.01e-14)
        ),
    ),
    Explained(
        "LibreOffice passes over the record of 1904 (DATEMODE) in BIFF 2",
        lambda one: _office(one) and one.agreed and one.form == "xls" and one.cause == "moment that is 1462 days off",
    ),
    Explained(
        "LibreOffice has no texts where their table says that it has none ([MS-XLS] 2.4.265), Excel has them",
        lambda one: _office(one) and one.agreed and one.form == "xls" and one.cause == "text where nothing is",
    ),
    Explained(
        "LibreOffice gives a style of XML 2003 without a format that of another one",
        lambda one: (
            _office(one)
            and one.form == "xml"
            and one.agreed
            and re.match(r"\w+ for a (date|time|percent|number)$", one.cause)
        ),
    ),
    Explained(
        "a value of OpenDocument is of its own type; LibreOffice goes by the style",
        lambda one: (
            _office(one)
            and one.form in ("ods", "fods")
            and one.agreed
            and re.match("number for a (date|time)", one.cause)
        ),
    ),
    Explained(
        "LibreOffice loses parts of rich texts in XML 2003, and characters of encodings",
        lambda one: _office(one) and one.form == "xml" and one.agreed and _is_fragment(_text(one), str(one.text)),
    ),
    Explained(
        "fastexcel leaves a carriage return before a line feed, which XML 1.0 (2.11) takes away: nobody sees it",
        lambda one: (
            one.form == "xlsx"
            and one.cause in ("other blanks in a text", "another text")
            and str(one.text).replace("\r\n", "\n") == unescaped(_text(one))
        ),
    ),
    Explained(
        "a moment with a zone (t=d) keeps it: without it, it would be another one",
        lambda one: (
            one.cause == "text for a date" and re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:[\d.]+Z", str(one.text))
        ),
    ),
    Explained(
        "fastexcel, which reads the .xls that xlrd can't, loses formats; the file is named (D122)",
        lambda one: one.form == "xls" and re.match("(date|time|percentage): ", one.code) and _is_bare(one),
    ),
    Explained(
        "LibreOffice calculates formulas anew; another reader has the stored cell as it is read",
        lambda one: (
            one.agreed
            and not one.cause.startswith("a number")
            and (one.form in ("xlsx", "xlsb") or one.formula or one.cause.endswith("for an error"))
        ),
    ),
    Explained("LibreOffice draws pivot tables anew", lambda one: one.pivot),
    Explained(
        "LibreOffice makes sheets of scenarios, pivot caches and macros; another reader has none of that name",
        lambda one: one.agreed and one.cause == "a sheet that the product lacks",
    ),
    Explained(
        "LibreOffice takes another code page than an old .xls names",
        lambda one: (
            _office(one)
            and one.form == "xls"
            and one.agreed
            and one.cause == "another text"
            and _is_fragment(re.sub("[^ -~]", "", _text(one)), str(one.text))
        ),
    ),
    Explained(
        "fastexcel decodes escapes up to U+00FF; no program writes others",
        lambda one: (
            one.form == "xlsx"
            and one.cause in ("another text", "text where nothing is")
            and re.search("_x(?!00)[0-9A-Fa-f]{4}_", str(one.text))
        ),
    ),
    Explained(
        "of a format the first section counts, for zero too",
        lambda one: one.cause == "clock for a number" and one.seen and not one.seen.value and one.code.count(";") > 1,
    ),
)


# ---- one file, and all of them


@dataclass(slots=True)
class Tally:
    """What came of all files."""

    codes: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    cells: Counter[tuple[str, str]] = field(default_factory=Counter)
    files: Counter[tuple[str, str]] = field(default_factory=Counter)
    silent: Counter[tuple[str, str]] = field(default_factory=Counter)
    causes: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    places: dict[tuple[str, str, str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    explained: Counter[str] = field(default_factory=Counter)

    def add(self, difference: Difference, place: str) -> None:
        """Count a difference under its cause, or under what explains it."""
        reason = next((one.reason for one in EXPLAINED if one.holds(difference)), None)
        if reason:
            self.explained[f"{difference.form} {difference.reader}: {reason}"] += 1
            return
        self.causes[difference.key] += 1
        if len(self.places[difference.key]) < 3:
            seen = difference.seen
            wanted = f"{seen.value!r:.60} {seen.shown or '':.60}".strip().replace("\n", "\\n") if seen else "nothing"
            self.places[difference.key].append(f"{place}: {difference.text!r:.60}, not {wanted}")


def compare(path: Path, form: str, sheets: list[Sheet], reader: str, book: Book, other: Book, tally: Tally) -> None:
    """Every cell that either side has; `other` is a reading that knows the codes of formats."""
    codes = dict(other.sheets)
    tally.files[form, reader] += 1
    for sheet, (name, cells) in paired(sheets, book):
        if sheet is None:
            agreed = other is not book and name not in codes
            lacking = Difference(form, reader, "a sheet that the product lacks", None, name, agreed=agreed)
            tally.add(lacking, f"{path} {name}")
            continue
        pivots = [(first, last) for where, first, last in book.pivots if where == name]
        thirds = codes.get(name, codes.get(sheet.name, {}))
        spots = sheet.cells.keys() | sheet.marks.keys() | cells.keys()
        tally.cells[form, reader] += len(spots)
        for spot in spots:
            seen = cells.get(spot)
            what = cause(sheet, spot, seen, book.start)
            if what:
                place = f"{path} {sheet.name}!{_address(spot)}"
                third = thirds.get(spot)
                known = third or seen
                code = known.format if known else ""
                # only openpyxl knows for certain that nothing is there: xlrd and pyxlsb pass over cells
                heard = other is not book and (third is not None or (form == "xlsx" and bool(other.sheets)))
                said = cause(sheet, spot, third, other.start) if heard else ""
                agreed = said is None or said.startswith("a number")  # which its format shows otherwise
                formula = any(one is not None and one.formula for one in (seen, third))
                drawn = any(one[0] <= spot[0] <= two[0] and one[1] <= spot[1] <= two[1] for one, two in pivots)
                pivot = bool(pivots) and (agreed or (drawn and third is None))
                text = sheet.cells.get(spot)
                tally.add(Difference(form, reader, what, seen, text, code, agreed, formula, pivot), place)


def paired(sheets: list[Sheet], book: Book) -> Iterator[tuple[Sheet | None, tuple[str, dict[Spot, Seen]]]]:
    """Each sheet with cells beside the one of its name, else of its number where both have as many."""
    left = list(sheets)
    full = [(name, cells) for name, cells in book.sheets if cells]
    for at, (name, cells) in enumerate(full):
        match = next((one for one in left if one.name == name), None)
        if match is None and len(sheets) == len(book.sheets):
            match = next((one for one in left if sheets.index(one) == book.sheets.index((name, cells))), None)
        if match is None and len(left) == len(full) - at == 1:
            match = left[0]
        if match:
            left.remove(match)
        yield match, (name, cells)
    yield from ((sheet, (sheet.name, {})) for sheet in left if sheet.cells or sheet.marks)


def _address(spot: Spot) -> str:
    letters, column = "", spot[1] + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{spot[0] + 1}"


def run(files: Sequence[Path], folder: Path) -> Tally:
    """Read and compare all files."""
    tally = Tally()
    office = Office(folder)
    for at in range(0, len(files), BATCH):
        batch = files[at : at + BATCH]
        started = time.monotonic()
        with Reader() as reader:
            reader.ask(batch, Reading(seconds=120))
            read: dict[Path, tuple[str, list[Sheet]]] = {}
            for path, answer in zip(batch, reader.answers(), strict=True):
                if "code" in answer:
                    tally.codes[answer["code"]] += 1
                else:
                    form = answer["format"].split()[0]
                    tally.forms[form] += 1
                    read[path] = form, sheets_of(answer)
        firsts: dict[Path, Book] = {}
        for path, (form, sheets) in read.items():
            name, parse = READERS.get(form, ("", by_xlrd))
            if name in OWN or (name and module(name)):
                book = _tried(parse, path)
                if book:
                    firsts[path] = book
                    compare(path, form, sheets, name, book, book, tally)
                else:
                    tally.silent[form, name] += 1
        if office.command:
            asked = {path: form for path, (form, _) in read.items() if form in OF_OFFICE}
            books = office.read(asked) if asked else {}
            for path, form in asked.items():
                if path in books:
                    first = firsts.get(path, books[path])
                    compare(path, form, read[path][1], LIBREOFFICE, books[path], first, tally)
                else:
                    tally.silent[form, LIBREOFFICE] += 1
        print(f"{at + len(batch)} of {len(files)} files, {time.monotonic() - started:.0f} s", file=sys.stderr)
    return tally


def _tried(parse: Callable[[bytes], Book], path: Path) -> Book | None:
    try:
        return parse(path.read_bytes())
    except Exception:  # a file that another reader can't read says nothing of ours
        return None


def say(tally: Tally, most: int) -> None:
    """Print what came of it, with so many formats of each cause."""
    for name in ("openpyxl", "xlrd", "pyxlsb"):
        if not module(name):
            print(f"not installed: {name}")
    print(f"read: {dict(tally.forms)}; refused: {dict(tally.codes.most_common())}")
    for (form, reader), number in sorted(tally.files.items()):
        lost = tally.silent[form, reader]
        print(f"{form} {reader}: {number} files, {tally.cells[form, reader]} cells; it could not read {lost}")
    print(f"{sum(tally.cells.values())} comparisons of cells")
    for reason, count in tally.explained.most_common():
        print(f"explained {count:8} {reason}")
    groups: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for (form, reader, what, code), count in tally.causes.items():
        groups[form, reader, what][code] += count
    for group, codes in sorted(groups.items(), key=lambda item: -item[1].total()):
        print(f"{codes.total():8} {group[0]} {group[1]}: {group[2]}, in {len(codes)} formats")
        for code, count in codes.most_common(most):
            print(f"    {count:8} [{code}]")
            print("\n".join(f"             {place}" for place in tally.places[(*group, code)]))
    print(f"{sum(tally.causes.values())} differences of {len(groups)} causes without an explanation")


def main(arguments: Sequence[str] | None = None) -> int:
    """The script: exit code 1 where a difference isn't explained."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--make", type=Path, metavar="FOLDER", help="write inputs there, and compare them too")
    parser.add_argument("--rows", type=int, default=20, help="rows of numbers of each format that are made")
    parser.add_argument("--formats", type=int, default=3, help="formats that are shown of each cause")
    given = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory(prefix="readers-") as name:
        folder = Path(name)
        if given.make:
            for line in make(given.make, given.rows, Office(folder)):
                print(line)
        folders = [*given.folders, *([given.make] if given.make else [])]
        files = sorted(path for one in folders for path in one.rglob("*") if path.suffix.lower() in ENDINGS)
        tally = run([path for path in files if path.is_file()], folder)
    say(tally, given.formats)
    return 1 if tally.causes else 0


if __name__ == "__main__":
    sys.exit(main())
