"""Inputs for `compare_readers`: each writer that is installed × each kind of cell × each number format.

Convention: the same every time; what a writer can't write is left out.
"""

import json
import math
import random
import subprocess
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from independent_readers import BUILTIN, Office, module

_CODES = r"""
[h]:mm¦[h]:mm:ss¦[hh]:mm¦[m]¦[mm]¦[mm]:ss¦[s]¦[ss].00¦[h]"小时"mm"分"¦[Red][h]:mm;[Blue]-[h]:mm¦[$-804]yyyy/m/d¦
[$-804]yyyy"年"m"月"d"日"¦[$-F800]dddd, mmmm dd, yyyy¦[$-F400]h:mm:ss AM/PM¦[$-804]aaaa¦上午/下午h:mm¦
上午/下午h"时"mm"分"¦yyyy"年"m"月"d"日" 上午/下午h:mm¦[DBNum1]0¦[DBNum1][$-804]yyyy"年"m"月"d"日"¦
[DBNum2][$-804]General"元"¦[DBNum1]General¦yyyy-mm-dd hh:mm:ss¦yyyy-mm-dd hh:mm:ss.000¦yyyy.mm.dd¦yyyymmdd¦m/d¦
mm-dd¦hh:mm¦ss¦mmm¦dddd¦yyyy\-mm¦d¦e¦0000¦000000¦"INC"0000¦INC-000¦"第"0"号"¦0.0%¦0.000%¦0"%"¦0\%¦#,##0.00元¦
#,##0"万元"¦0.0,¦0.00,,"百万"¦0!.0,万¦#"'"##0¦¥#,##0.00¦[$¥-804]#,##0.00¦[$€-2] #,##0.00¦[=1]"是";[=0]"否";0¦
"是";;"否"¦;;;¦0;-0;;@¦[Red]0.0;[Color10]"负"0.0;"零"¦[>=100]0.0;[<100]0.00¦"days:" 0¦"hms"0¦0.00E+00¦# ?/?¦?/8¦
_-* #,##0.00_-;_-@_-¦000-0000-0000¦00000\-0000¦@¦General¦General"次"
"""
CODES = tuple(_CODES.replace("\n", "").split("¦"))
NUMBERS = (
    *(0, 1, 2, 59, 60, 60.5, 61, 61.25, 365, 366, 367, 0.5, 1.25, 1 / 3, 0.1 + 0.2, 9 / 11, 2 / 3, 86399 / 86400, 100),
    *(0.999999999, 44743, 44743.5, 44743.123456789, 44743.999999, 44561.0000001, 2958465, 2958465.9999, -1, -0.25),
    *(1234567.891, 41642339.56, 41642339.560000002, 123456789012345, 1234567890123456, 12345678901234567, 0.285),
    *(0.1234567890123456, 1e-10, 1.5e300, 99999.995, 1e15, 999999999999999),
)
TEXTS = (
    *(
        "文字",
        "a\nb",
        "a\r\nb",
        "  两边  ",
        "a\tb",
        "_x000D_",
        "a_x0041_b",
        "_x005F_x000D_",
        "#N/A",
        "=1+1",
        "00123",
        "1.0",
    ),
    *("1900-02-29", "𠮷野家", "😀", "a  b", "&<>\"'", "TRUE", "'", "x" * 3000, " ", "50%", "é", "％", "\u200b零宽"),
)
ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
NEW_ERRORS = ("#GETTING_DATA", "#SPILL!", "#CALC!", "#FIELD!", "#BUSY!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!")
Format = int | str


def formats() -> list[Format]:
    """The built-in formats by number, and others by code."""
    return [*BUILTIN, *CODES]


def numbers(rows: int) -> list[float]:
    """The numbers of each format: those that are near an edge, then any."""
    dice = random.Random(1)
    kinds = (
        lambda: dice.randrange(36000, 50000),
        lambda: round(dice.uniform(36000, 50000), dice.randrange(12)),
        lambda: dice.randrange(86400) / 86400,
        lambda: round(dice.uniform(0, 1000), dice.randrange(6)),
        lambda: dice.uniform(0, 400),
        lambda: math.ldexp(dice.random(), dice.randrange(-40, 50)),
    )
    return [*NUMBERS, *(dice.choice(kinds)() for _ in range(rows - len(NUMBERS)))][: max(rows, len(NUMBERS))]


def make(folder: Path, rows: int, office: Office) -> Iterator[str]:
    """Write all that can be written; yields what isn't installed."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_raw(folder)
    for name, write in (("xlsxwriter", _by_xlsxwriter), ("openpyxl", _by_openpyxl), ("xlwt", _by_xlwt)):
        if module(name):
            write(folder, numbers(rows))
        else:
            yield f"not installed: {name}"
    if not _by_sheetjs(folder, numbers(rows)):
        yield "not installed: node with SheetJS (npm's xlsx)"
    if not office.command:
        yield "not installed: LibreOffice"
        return
    for source, to in (
        ("xlsxwriter", "xls"),
        ("xlsxwriter", "ods"),
        ("xlsxwriter", "fods"),
        ("xlwt", "xlsx"),
        ("xlwt", "ods"),
    ):
        files = [file for file in folder.glob(f"{source}-*") if file.suffix[1:] != to]
        (folder / f"libreoffice-{source}").mkdir(exist_ok=True)
        office.convert(files, to, folder / f"libreoffice-{source}")


# ---- XlsxWriter


def _by_xlsxwriter(folder: Path, values: list[float]) -> None:
    for name, options in (("1900", {}), ("1904", {"date_1904": True}), ("large", {"constant_memory": True})):
        book = module("xlsxwriter").Workbook(str(folder / f"xlsxwriter-{name}.xlsx"), options)
        sheet = book.add_worksheet("格式")
        styles = [book.add_format({"num_format": code}) for code in formats()]
        for row, value in enumerate(values):
            for column, style in enumerate(styles):
                sheet.write_number(row, column, value, style)
        if name == "1900":
            _kinds_of_xlsxwriter(book)
        book.close()


def _kinds_of_xlsxwriter(book: Any) -> None:
    sheet = book.add_worksheet("种类")
    for row, text in enumerate(TEXTS):
        sheet.write_string(row, 0, text)
    for row, error in enumerate(ERRORS):
        sheet.write_formula(row, 1, "=1/0", None, error)
    hour, bold = book.add_format({"num_format": "[h]:mm"}), book.add_format({"bold": True})
    formulas = (
        ("=1+1", 2),
        ("=1+1", ""),
        ('="a"&"b"', "ab"),
        ("=TRUE()", True),
        ("=1.5", 1.5),
        ("=60.5", 60.5),
        ('=""', ""),
    )
    for row, (formula, value) in enumerate(formulas):
        sheet.write_formula(row, 2, formula, hour if value == 60.5 else None, value)
    sheet.write_boolean(0, 3, True)
    sheet.write_boolean(1, 3, False)
    sheet.write_rich_string(2, 3, "前", bold, "粗_x000D_", " 后 ")
    sheet.merge_range(4, 3, 5, 4, "合并")
    sheet.write_number(5, 4, 7)  # below the merged cell
    sheet.write_array_formula(6, 3, 7, 3, "{=A1:A2}", None, 3)
    sheet.set_row(3, None, None, {"hidden": True})
    unset = book.add_worksheet("无结果")
    for row in range(5):
        unset.write_formula(row, 0, f"=SUM({row},1)")
        unset.write_formula(row, 1, '=CONCATENATE("a","b")')
    book.add_worksheet("隐藏").hide()
    book.worksheets()[-1].write_string(2, 2, "隐藏表")


# ---- openpyxl


def _by_openpyxl(folder: Path, values: list[float]) -> None:
    openpyxl, rich = module("openpyxl"), module("openpyxl.cell.rich_text")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "格式"
    for row, value in enumerate(values, 1):
        for column, code in enumerate(formats(), 1):
            cell = sheet.cell(row, column, value)
            cell.number_format = code if isinstance(code, str) else "0.00"
            if isinstance(code, int):
                cell._style.numFmtId = code
    kinds = book.create_sheet("种类")
    for row, text in enumerate(TEXTS, 1):
        kinds.cell(row, 1).value = text
        kinds.cell(row, 1).data_type = "s"
    for row, error in enumerate(ERRORS, 1):
        kinds.cell(row, 2, error)
    for row, result in enumerate((True, False, "=1+1", "=SUM(A1:A2)"), 1):
        kinds.cell(row, 3, result)
    bold = module("openpyxl.cell.text").InlineFont(b=True)
    kinds.cell(1, 4).value = rich.CellRichText("前", rich.TextBlock(bold, "粗"), "后")
    kinds.merge_cells("E1:F2")
    kinds["E1"] = "合并"
    kinds.row_dimensions[3].hidden = True
    book.create_chartsheet("图")
    late = book.create_sheet("1904")
    late["A1"] = 1.5
    book.save(folder / "openpyxl-1900.xlsx")


# ---- xlwt


def _by_xlwt(folder: Path, values: list[float]) -> None:
    xlwt = module("xlwt")
    for name in ("1900", "1904"):
        book = xlwt.Workbook(encoding="utf-8")
        book.dates_1904 = name == "1904"
        sheet = book.add_sheet("格式")
        known = book._Workbook__styles._num_formats
        for column, code in enumerate(formats()):
            if isinstance(code, int):
                known[f"@{code}"] = code  # its number alone, as Chinese Excel writes it
            style = xlwt.XFStyle()
            style.num_format_str = code if isinstance(code, str) else f"@{code}"
            for row, value in enumerate(values):
                sheet.write(row, column, value, style)
        kinds = book.add_sheet("种类")
        for row, text in enumerate(TEXTS):
            kinds.write(row, 0, text)
        for row, error in enumerate((0, 7, 15, 23, 29, 36, 42)):
            kinds.row(row).set_cell_error(1, error)
        kinds.write(0, 2, True)
        kinds.write(1, 2, False)
        for row, formula in enumerate(("1+1", '"a"&"b"', "1/0")):
            kinds.write(row, 3, xlwt.Formula(formula))
        kinds.write_rich_text(0, 4, ["前", ("粗", xlwt.easyfont("bold on")), "后"])
        kinds.write_merge(2, 3, 5, 6, "合并")
        kinds.row(4).hidden = True
        book.save(str(folder / f"xlwt-{name}.xls"))


# ---- SheetJS

_SHEETJS = """
const X = require("xlsx"), input = JSON.parse(require("fs").readFileSync(0, "utf8"));
const types = {xlsx: "xlsx", xlsb: "xlsb", biff8: "xls", xlml: "xml", ods: "ods", fods: "fods"};
for (const [type, ending] of Object.entries(types))
  for (const date1904 of [false, true])
    for (const bookSST of [false, true]) {
      const book = {SheetNames: [], Sheets: {}, Workbook: {WBProps: {date1904}}};
      for (const [name, cells] of Object.entries(input)) {
        const sheet = {"!merges": name == "种类" ? [{s: {r: 0, c: 8}, e: {r: 1, c: 9}}] : []};
        let last = {r: 0, c: 0};
        for (const [r, c, cell] of cells) {
          sheet[X.utils.encode_cell({r, c})] = Object.assign({}, cell);
          last = {r: Math.max(last.r, r), c: Math.max(last.c, c)};
        }
        sheet["!ref"] = X.utils.encode_range({s: {r: 0, c: 0}, e: last});
        X.utils.book_append_sheet(book, sheet, name);
      }
      const name = ["sheetjs", type, ...(date1904 ? ["1904"] : []), ...(bookSST ? ["sst"] : [])].join("-");
      X.writeFile(book, process.argv[1] + "/" + name + "." + ending, {bookType: type, bookSST, cellStyles: true});
    }
"""


def _by_sheetjs(folder: Path, values: list[float]) -> bool:
    # a built-in format has to be told by a code of its own, which SheetJS makes a number where it knows it
    codes = [code if isinstance(code, str) else BUILTIN[code] for code in formats()]
    rows = list(enumerate(values))
    named = [[row, at, {"t": "n", "v": value, "z": code}] for row, value in rows for at, code in enumerate(codes)]
    kinds: list[list[Any]] = [[row, 0, {"t": "s", "v": text}] for row, text in enumerate(TEXTS)]
    kinds += [[row, 1, {"t": "e", "v": code}] for row, code in enumerate((0, 7, 15, 23, 29, 36, 42, 43))]
    kinds += [[0, 2, {"t": "b", "v": True}], [1, 2, {"t": "b", "v": False}]]
    kinds += [[0, 3, {"t": "n", "v": 2, "f": "1+1"}], [1, 3, {"t": "s", "v": "ab", "f": '"a"&"b"'}]]
    kinds += [[2, 3, {"t": "e", "v": 7, "f": "1/0"}], [3, 3, {"t": "b", "v": True, "f": "TRUE()"}]]
    kinds += [[0, 8, {"t": "s", "v": "合并"}]]
    command = ["node", "-e", _SHEETJS, str(folder)]
    given = json.dumps({"格式": named, "种类": kinds})
    try:
        return subprocess.run(command, input=given, text=True, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


# ---- XML that no writer writes

_CELLS = """
 t="s"><v>0</v>
 t="s"><v>1</v>
 t="s"><v>2</v>
 t="s"><v>3</v>
 t="s"><v>1.0</v>
 t="inlineStr"><is><t>直_x000D_接</t></is>
 t="inlineStr"><is><r><t>一</t></r><r><rPr><b/></rPr><t xml:space="preserve"> 二</t></r></is>
 t="inlineStr"><is><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></is>
 t="str"><f>"a"</f><v>a_x000A_b</v>
 t="str"><f>""</f><v></v>
><f>1+1</f>
><f>1+1</f><v></v>
 t="d"><v>2022-07-05T09:30:00</v>
 t="d"><v>2022-07-05</v>
 t="b"><v>1</v>
 t="b"><v>true</v>
 t="n"><v>41642339.560000002</v>
><f t="shared" ref="A{0}:A{0}" si="0">9/11</f><v>0.81818181818181823</v>
><f>9/11</f><v>0.81818181818181823</v>
 s="1"><f t="shared" ref="A{0}:A{0}" si="1">44743.123456789012</f><v>44743.123456789012</v>
><v>1E-3</v>
><v>1.2345678901234567E+20</v>
><v> 5 </v>
><v>1e5</v>
><v>+7</v>
><v>.5</v>
 s="2"><v>60.5</v>
 s="2"><v>2</v>
 s="3"><v>0.5</v>
 s="4"><v>0.5</v>
 t="n" s="4"><f>1/2</f><v>0.5</v>
 s="1">
 t="s">
"""
_STRINGS = """<si><t>普通</t></si><si><r><t>富</t></r><r><rPr><b/></rPr><t>文本_x000D_</t></r></si>
<si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="0"/></si><si><t/></si>"""


def _write_raw(folder: Path) -> None:
    """Cells as XML, one by one in a workbook of its own, where what is refused costs no other, and together."""
    cells = _CELLS.strip("\n").splitlines() + [f' t="e"><v>{error}</v>' for error in (*ERRORS, *NEW_ERRORS)]
    for at, cell in enumerate(cells):
        package(folder / f"raw-{at:02}.xlsx", [cell])
    package(folder / "raw-all.xlsx", cells)


_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_RELATED = "application/vnd.openxmlformats-package.relationships+xml"
_PARTS = {"worksheets/sheet1": "worksheet", "styles": "styles", "sharedStrings": "sharedStrings"}


def package(path: Path, cells: list[str], codes: Iterable[str] = ("[mm]:ss",), epoch: str = "") -> None:
    """A workbook of these cells, one a row; styles 1 to 4 are formats 22, the first code, 27 and 34."""
    listed = [escape(code, {'"': "&quot;"}) for code in codes]
    ids = [0, 22, 164, 27, 34, *range(165, 164 + len(listed))]
    xfs = "".join(f'<xf numFmtId="{one}" fontId="0" fillId="0" borderId="0" applyNumberFormat="1"/>' for one in ids)
    custom = "".join(f'<numFmt numFmtId="{164 + at}" formatCode="{code}"/>' for at, code in enumerate(listed))
    rows = "".join(f'<row r="{row}"><c r="A{row}"{cell.format(row)}</c></row>' for row, cell in enumerate(cells, 1))
    links = [f'Id="r{at}" Type="{_LINKS}/{kind}" Target="{name}.xml"' for at, (name, kind) in enumerate(_PARTS.items())]
    kinds = {"workbook": "sheet.main", **_PARTS}.items()
    types = "".join(f'<Override PartName="/xl/{name}.xml" ContentType="{_KIND}.{kind}+xml"/>' for name, kind in kinds)
    types = f'<Default Extension="rels" ContentType="{_RELATED}"/>{types}'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">{types}</Types>',
        "_rels/.rels": _related([f'Id="r" Type="{_LINKS}/officeDocument" Target="xl/workbook.xml"']),
        "xl/_rels/workbook.xml.rels": _related(links),
        "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_LINKS}"><workbookPr{epoch}/>'
        '<sheets><sheet name="原" sheetId="1" r:id="r0"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f"<worksheet {_MAIN}><sheetData>{rows}</sheetData></worksheet>",
        "xl/sharedStrings.xml": f"<sst {_MAIN}>{_STRINGS}</sst>",
        "xl/styles.xml": f'<styleSheet {_MAIN}><numFmts count="{len(listed)}">{custom}</numFmts>'
        '<fonts count="1"><font><sz val="11"/></font></fonts>'
        '<fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        f'<cellXfs count="{len(ids)}">{xfs}</cellXfs></styleSheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in parts.items():
            made.writestr(name, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{text}')


def _related(links: list[str]) -> str:
    listed = "".join(f"<Relationship {link}/>" for link in links)
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'
