"""A small ledger of tickets, written in every form that departments send: for tests that read what is in a folder.

Convention: a row is a mapping of column -> Python value. `None` is a blank cell, a `Percent` a cell in percent format,
a `timedelta` a cell in [h]:mm format, a `datetime` or `date` a date cell; a `str` is text, whatever it looks like.
A `Page` is a sheet before it has a format: what one writer shows, all show.
"""

import csv
import io
import json
import random
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import openpyxl
from kit.processes import process, program
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

Row = dict[str, Any]
Grid = list[list[Any]]

# ---- the project

CATALOGUE = """\
format: itss-kpi/catalogue/1
plan: {title: 计划, document: D-1, version: V1, organization: 示例公司, year: 2022, departments: [运维部, 客服部]}
data: data
sources:
  tickets:
    name: 工单
    departments: [运维部]
    files: 工单_2022Q3*
    key: [工单号]
    date: 受理时间
    columns:
      工单号: {type: text, required: true, aliases: [ticket]}
      受理时间: {type: datetime, required: true, aliases: [received]}
      响应时间: {type: datetime, aliases: [answered]}
      时限: {type: duration, unit: minute, required: true, aliases: [limit]}
      优先级: {type: choice, values: {P1: [一级], P2: [二级], P3: [三级]}, required: true, aliases: [priority]}
      数量: {type: integer, aliases: [items]}
      费用: {type: decimal, aliases: [cost]}
      完成率: {type: percent, aliases: [rate]}
      是否回访: {type: yes_no, required: true, aliases: [visited]}
      回访日期: {type: date, aliases: [visit]}
      说明: {type: text, optional: true, aliases: [note]}
  courses:
    name: 培训
    departments: [客服部]
    files: 培训_2022*
    key: [编号]
    date: 日期
    columns:
      编号: {type: text, required: true}
      日期: {type: date, required: true}
indicators:
  - {id: in_time, number: 1, domain: 过程管理, name: 及时率, formula: 及时/全部, target: '>= 90%', period: month,
     numerator: {within: denominator, where: 响应时间 - 受理时间 <= 时限},
     denominator: {measure: count, source: tickets, where: "优先级 in ('P1', 'P2')"}}
  - {id: cost, number: 2, domain: 过程管理, name: 费用, formula: 费用之和, target: <= 160000万元, period: quarter,
     value: {measure: sum, source: tickets, of: 费用}}
  - {id: rate, number: 3, domain: 过程管理, name: 完成率, formula: 完成率的平均, target: '>= 95%', period: quarter,
     value: {measure: mean, source: tickets, of: 完成率}}
  - {id: visited, number: 4, domain: 过程管理, name: 回访率, formula: 已回访/全部, target: '>= 50%', period: month,
     numerator: {within: denominator, where: 是否回访 and 回访日期 < period_end},
     denominator: {measure: count, source: tickets}}
  - {id: items, number: 5, domain: 过程管理, name: 数量, formula: 数量之和, target: '>= 100个', period: quarter,
     value: {measure: sum, source: tickets, of: 数量}}
  - {id: that_one, number: 6, domain: 过程管理, name: 那一张, formula: 编号是 000107 的, target: = 1次, period: quarter,
     value: {measure: count, source: tickets, where: 工单号 == '000107'}}
  - {id: limits, number: 7, domain: 过程管理, name: 时限, formula: 时限之和, target: <= 100小时, period: quarter,
     value: {measure: sum, source: tickets, of: 时限}}
  - {id: courses, number: 20, domain: 人员管理, name: 培训, formula: 培训次数, target: '>= 2次', period: quarter,
     value: {measure: count, source: courses}}
"""
COLUMNS = ("工单号", "受理时间", "响应时间", "时限", "优先级", "数量", "费用", "完成率", "是否回访", "回访日期", "说明")
DEPARTMENT, OTHER = "运维部", "客服部"
NAME = "工单_2022Q3"
TICKETS = (1, 2, 3, 4, 5, 6, 7)  # indicators over the tickets
COURSES = 20  # the indicator over the other ledger


@dataclass(frozen=True)
class Percent:
    """A cell in percent format: 0.95 is 95%."""

    value: Decimal


def tickets() -> list[Row]:
    """Thirty records of July to September.

    Planted: an id with leading zeros, an answer after exactly the limit, the last second of the quarter, an answer that
    can't be read, blank cells, a negative cost.
    """
    dice = random.Random(20220701)
    rows = []
    for at in range(30):
        received = datetime(2022, 7 + at // 10, 1 + 3 * (at % 10), 8 + at % 9, dice.choice((0, 15, 30)))
        limit = (30, 60, 90)[at % 3]
        visited = at % 4 != 1
        rows.append(
            {
                "工单号": f"{at * 13 + 3:06d}",
                "受理时间": received,
                "响应时间": received + timedelta(minutes=limit * (3 if at % 11 == 10 else 1) - dice.choice((5, 10))),
                "时限": limit,
                "优先级": ("P1", "P2", "P2", "P3")[at % 4],
                "数量": dice.randrange(40),
                "费用": Decimal(dice.randrange(10, 999_999)).scaleb(-2),
                "完成率": Percent(Decimal(dice.choice((875, 900, 950, 1000))).scaleb(-3)),
                "是否回访": "是" if visited else "否",
                "回访日期": (received + timedelta(days=at % 5)).date() if visited else None,
                "说明": f"第{at}条",
            }
        )
    by_id = {row["工单号"]: row for row in rows}
    assert "000107" in by_id  # at 8: in July
    rows[3]["工单号"] = "100107"
    rows[4]["响应时间"] = rows[4]["受理时间"] + timedelta(minutes=rows[4]["时限"])
    rows[12]["响应时间"] = "待补"
    rows[16]["响应时间"] = None
    rows[20]["费用"] = Decimal("-12.5")
    rows[21]["数量"] = None
    rows[29].update(受理时间=datetime(2022, 9, 30, 23, 59, 59), 响应时间=datetime(2022, 10, 1, 0, 10), 优先级="P1")
    return rows


def courses() -> list[Row]:
    """Two records of the other ledger: its indicator is attained exactly."""
    return [{"编号": f"K{at}", "日期": date(2022, 8, at)} for at in (1, 2)]


# ---- pages


@dataclass
class Page:
    """A sheet: its cells, merged blocks as (top, left, bottom, right) from 1 on, hidden rows from 1 on."""

    cells: Grid
    name: str = "工单"
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: Sequence[int] = ()
    hidden: bool = False


def grid(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = COLUMNS) -> Grid:
    """A header and the rows."""
    return [list(columns), *([row.get(name) for name in columns] for row in rows)]


def page(rows: Sequence[Mapping[str, Any]] | None = None, **options: Any) -> Page:
    """The plain page: a header in row 1 and the records from row 2 on."""
    return Page(grid(tickets() if rows is None else rows), **options)


def covered(found: Page) -> set[tuple[int, int]]:
    """The cells that a merged block hides: all but its first."""
    return {
        (row, column)
        for top, left, bottom, right in found.merged
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
        if (row, column) != (top, left)
    }


def spans(found: Page) -> dict[tuple[int, int], tuple[int, int]]:
    """Rows and columns spanned, by the first cell of each merged block."""
    return {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in found.merged}


def shown(value: Any) -> str:
    """A value as text, the way a system exports it."""
    match value:
        case None:
            return ""
        case Percent():
            return f"{(value.value * 100).normalize():f}%"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}"
        case date():
            return f"{value:%Y-%m-%d}"
        case timedelta():
            minutes, seconds = divmod(int(value.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
        case _:
            return str(value)


# ---- writers: pages to bytes


def workbook(*pages: Page, epoch: datetime = CALENDAR_WINDOWS_1900) -> openpyxl.Workbook:
    """An openpyxl workbook with typed cells."""
    book = openpyxl.Workbook()
    book.epoch = epoch
    book.remove(book.active)
    for found in pages:
        sheet = book.create_sheet(found.name)
        for row, cells in enumerate(found.cells, 1):
            for column, value in enumerate(cells, 1):
                if value is None:
                    continue
                cell = sheet.cell(row, column)
                match value:
                    case Percent():
                        cell.value, cell.number_format = value.value, "0%"
                    case Decimal():
                        cell.value = value
                    case timedelta():
                        cell.value, cell.number_format = value, "[h]:mm"
                    case _:
                        cell.value = value
        for top, left, bottom, right in found.merged:
            sheet.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
        for row in found.hidden_rows:
            sheet.row_dimensions[row].hidden = True
        sheet.sheet_state = "hidden" if found.hidden else "visible"
    return book


def xlsx(*pages: Page, epoch: datetime = CALENDAR_WINDOWS_1900) -> bytes:
    """An Excel workbook."""
    buffer = io.BytesIO()
    workbook(*pages, epoch=epoch).save(buffer)
    return buffer.getvalue()


def xlsx_1904(*pages: Page) -> bytes:
    """An Excel workbook that counts days from 1904."""
    return xlsx(*pages, epoch=CALENDAR_MAC_1904)


def xls(*pages: Page) -> bytes:
    """An Excel 97 workbook."""
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    formats = {"0%", "[h]:mm", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "General"}
    styles = {name: xlwt.easyxf(num_format_str=name) for name in formats}
    for found in pages:
        sheet = book.add_sheet(found.name)
        sheet.visibility = int(found.hidden)
        skipped, sizes = covered(found), spans(found)
        for row, cells in enumerate(found.cells):
            for column, value in enumerate(cells):
                if value is None or (row + 1, column + 1) in skipped:
                    continue
                written, style = _xls_value(value)
                rows, columns = sizes.get((row + 1, column + 1), (1, 1))
                sheet.write_merge(row, row + rows - 1, column, column + columns - 1, written, styles[style])
        for row in found.hidden_rows:
            sheet.row(row - 1).hidden = True
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _xls_value(value: Any) -> tuple[Any, str]:
    match value:
        case Percent():
            return float(value.value), "0%"
        case timedelta():
            return value / timedelta(days=1), "[h]:mm"
        case datetime():
            return value, "yyyy-mm-dd hh:mm:ss"
        case date():
            return value, "yyyy-mm-dd"
        case _:
            return value, "General"


def ods(*pages: Page) -> bytes:
    """An OpenDocument sheet as LibreOffice writes it: repeated blanks, a million empty rows at the end."""
    tables = "".join(_ods_table(found) for found in pages)
    content = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" office:version="1.3">'
        '<office:automatic-styles><style:style style:name="ta2" style:family="table">'
        '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    media = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{media}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", media, zipfile.ZIP_STORED)
        package.writestr("content.xml", content)
        package.writestr("META-INF/manifest.xml", manifest)
    return buffer.getvalue()


def _ods_table(found: Page) -> str:
    skipped, sizes = covered(found), spans(found)
    lines = []
    for row, cells in enumerate(found.cells, 1):
        line = ""
        for column, value in enumerate(cells, 1):
            if (row, column) in skipped:
                line += "<table:covered-table-cell/>"
                continue
            rows, columns = sizes.get((row, column), (1, 1))
            span = f' table:number-rows-spanned="{rows}" table:number-columns-spanned="{columns}"'
            line += _ods_cell(value, span if (rows, columns) != (1, 1) else "")
        line += f'<table:table-cell table:number-columns-repeated="{16384 - len(cells)}"/>'
        hidden = ' table:visibility="collapse"' if row in found.hidden_rows else ""
        lines.append(f"<table:table-row{hidden}>{line}</table:table-row>")
    lines.append(
        f'<table:table-row table:number-rows-repeated="{1048576 - len(found.cells)}">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    style = ' table:style-name="ta2"' if found.hidden else ""
    return f"<table:table table:name={quoteattr(found.name)}{style}>{''.join(lines)}</table:table>"


def _ods_cell(value: Any, span: str) -> str:
    match value:
        case None:
            return f"<table:table-cell{span}/>"
        case Percent():
            kind = f'office:value-type="percentage" office:value="{value.value}"'
        case timedelta():
            hours, seconds = divmod(int(value.total_seconds()), 3600)
            kind = f'office:value-type="time" office:time-value="PT{hours}H{seconds // 60:02d}M{seconds % 60:02d}S"'
        case datetime():
            kind = f'office:value-type="date" office:date-value="{value:%Y-%m-%dT%H:%M:%S}"'
        case date():
            kind = f'office:value-type="date" office:date-value="{value:%Y-%m-%d}"'
        case int() | float() | Decimal():
            kind = f'office:value-type="float" office:value="{value}"'
        case _:
            kind = 'office:value-type="string"'
    return f"<table:table-cell {kind}{span}><text:p>{escape(shown(value))}</text:p></table:table-cell>"


def text(found: Page, delimiter: str = ",") -> str:
    """Comma-separated text, with another delimiter if given."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n").writerows(
        [shown(value) for value in cells] for cells in found.cells
    )
    return buffer.getvalue()


def html(found: Page, encoding: str = "utf-8") -> bytes:
    """A page with one table, as ITSM systems save under the name .xls."""
    skipped, sizes = covered(found), spans(found)
    lines = []
    for row, cells in enumerate(found.cells, 1):
        line = ""
        for column, value in enumerate(cells, 1):
            if (row, column) in skipped:
                continue
            rows, columns = sizes.get((row, column), (1, 1))
            span = (f' rowspan="{rows}"' if rows > 1 else "") + (f" colspan={columns}" if columns > 1 else "")
            line += f"<td{span}>{escape(shown(value)) or '&nbsp;'}</td>"
        lines.append(f"<tr>{line}</tr>")
    page_ = (
        '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head>'
        f'<meta http-equiv="Content-Type" content="text/html; charset={encoding}">'
        "<style>td {mso-number-format:'\\@'}</style></head><body><table border=1>\n"
    )
    return (page_ + "\n".join(lines) + "\n</table></body></html>").encode(encoding)


def xml_2003(*pages: Page) -> bytes:
    """An Excel XML-2003 workbook: gaps are ss:Index, merges are ss:MergeDown and ss:MergeAcross."""
    sheets = "".join(_xml_sheet(found) for found in pages)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<?mso-application progid="Excel.Sheet"?>\n'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet" xmlns:x="urn:schemas-microsoft-com:office:excel">'
        '<Styles><Style ss:ID="p"><NumberFormat ss:Format="0%"/></Style>'
        '<Style ss:ID="d"><NumberFormat ss:Format="yyyy\\-mm\\-dd\\ hh:mm:ss"/></Style></Styles>'
        f"{sheets}</Workbook>"
    ).encode()


def _xml_sheet(found: Page) -> str:
    skipped, sizes = covered(found), spans(found)
    lines, next_row = [], 1
    for row, cells in enumerate(found.cells, 1):
        line, next_column = "", 1
        for column, value in enumerate(cells, 1):
            if value is None or (row, column) in skipped:
                continue
            index = f' ss:Index="{column}"' if column != next_column else ""
            rows, columns = sizes.get((row, column), (1, 1))
            span = f' ss:MergeDown="{rows - 1}"' if rows > 1 else ""
            span += f' ss:MergeAcross="{columns - 1}"' if columns > 1 else ""
            line += _xml_cell(value, index + span)
            next_column = column + columns
        if not line:
            continue
        index = f' ss:Index="{row}"' if row != next_row else ""
        hidden = ' ss:Hidden="1"' if row in found.hidden_rows else ""
        lines.append(f"<Row{index}{hidden}>{line}</Row>")
        next_row = row + 1
    return f"<Worksheet ss:Name={quoteattr(found.name)}><Table>{''.join(lines)}</Table></Worksheet>"


def _xml_cell(value: Any, attributes: str) -> str:
    match value:
        case Percent():
            kind, style, written = "Number", ' ss:StyleID="p"', str(value.value)
        case datetime():
            kind, style, written = "DateTime", ' ss:StyleID="d"', f"{value:%Y-%m-%dT%H:%M:%S}.000"
        case date():
            kind, style, written = "DateTime", ' ss:StyleID="d"', f"{value:%Y-%m-%d}T00:00:00.000"
        case int() | float() | Decimal():
            kind, style, written = "Number", "", str(value)
        case _:
            kind, style, written = "String", "", escape(shown(value))
    return f'<Cell{attributes}{style}><Data ss:Type="{kind}">{written}</Data></Cell>'


def inside(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The package with one part changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        assert part in old.namelist()
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return buffer.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


# ---- projects and runs


class Project:
    """A catalogue and a data folder in `root`; the other ledger is there and right."""

    def __init__(self, root: Path, catalogue: str = CATALOGUE) -> None:
        self.root = root
        self.catalogue = root / "kpi.yaml"
        self.catalogue.write_text(catalogue, encoding="utf-8")
        self.data = root / "data"
        self.folder = self.data / DEPARTMENT
        self.folder.mkdir(parents=True)
        (self.data / OTHER).mkdir()
        other = xlsx(Page(grid(courses(), ("编号", "日期")), "培训"))
        (self.data / OTHER / "培训_2022Q3.xlsx").write_bytes(other)

    def put(self, content: bytes, name: str = f"{NAME}.xlsx") -> str:
        """Hand in a file of tickets; its path as problems name it."""
        (self.folder / name).write_bytes(content)
        return f"{DEPARTMENT}/{name}"

    def arguments(self, command: str, *options: str) -> list[str]:
        """The command over this project."""
        return [command, *options, "-c", str(self.catalogue), "-d", str(self.data)]

    def here(self, command: str, *options: str) -> "Printed":
        """The command in this process."""
        from itss_kpi.cli.main import run

        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
        with redirect_stdout(out), redirect_stderr(err):
            code = run(self.arguments(command, *options))
        for stream in (out, err):
            stream.flush()
        return Printed(code, out.buffer.getvalue(), err.buffer.getvalue())  # type: ignore[attr-defined]

    def apart(
        self, command: str, *options: str, timeout: float = 60, env: Mapping[str, str] | None = None
    ) -> "Printed":
        """The command in a process of its own, whose descendants' output is caught too; it must end by itself."""
        started = process if env else program
        settings = {"COLUMNS": "200", "NO_COLOR": "1", **(env or {})}
        run = started(*self.arguments(command, *options), cwd=self.root, env=settings)
        out, err = (text.encode("utf-8", "surrogateescape") for text in run.communicate(timeout=timeout))
        return Printed(run.returncode or 0, out, err)

    def evaluate(self, period: str = "2022Q3", *, apart: bool = False) -> "Result":
        """The JSON report of the period, once it has been seen that the run was clean."""
        run = self.apart if apart else self.here
        printed = run("evaluate", "-p", period, "--format", "json")
        printed.clean()
        assert printed.code == 0, printed.shown
        return Result(json.loads(printed.out.decode("utf-8")), printed)


@dataclass(frozen=True)
class Printed:
    """What a run left: its exit code and the bytes of both streams."""

    code: int
    out: bytes
    err: bytes

    @property
    def shown(self) -> str:
        return self.out.decode("utf-8", "backslashreplace") + self.err.decode("utf-8", "backslashreplace")

    def clean(self) -> None:
        """No mistake of the program, no signal, no traceback or panic, no control byte raw on a terminal."""
        assert self.code not in (70, 130), self.shown
        assert self.code >= 0, f"ended by signal {-self.code}: {self.shown}"
        for word in ("Traceback", "panicked at", "RUST_BACKTRACE", "core dumped", "MemoryError"):
            assert word not in self.shown, self.shown[-3000:]
        for stream in (self.out, self.err):
            found = {character for character in stream.decode("utf-8") if _control(character)}
            assert not found, f"raw control characters {sorted(map(hex, map(ord, found)))}"


def _control(character: str) -> bool:
    at = ord(character)
    bidirectional = 0x202A <= at <= 0x202E or 0x2066 <= at <= 0x2069
    return (at < 0x20 and character not in "\n\r\t") or 0x7F <= at < 0xA0 or bidirectional


FIELDS = ("numerator", "denominator", "value", "lowest", "highest", "verdict")


@dataclass(frozen=True)
class Result:
    """A JSON report, and the questions that tests ask of it."""

    report: dict[str, Any]
    printed: Printed

    @property
    def assessments(self) -> dict[tuple[int, str], dict[str, Any]]:
        """What counts of each assessment that is due, by number and period."""
        return {
            (item["number"], item["period"]): {name: item[name] for name in FIELDS}
            for item in self.report["assessments"]
            if item["due"]
        }

    def of_tickets(self) -> dict[tuple[int, str], dict[str, Any]]:
        return {key: item for key, item in self.assessments.items() if key[0] in TICKETS}

    def verdicts(self) -> set[str]:
        """The verdicts over the tickets."""
        return {item["verdict"] for item in self.of_tickets().values()}

    def value(self, number: int, period: str = "2022Q3") -> Fraction:
        return Fraction(self.assessments[number, period]["value"])

    def item(self, number: int, period: str = "2022Q3") -> dict[str, Any]:
        (found,) = [i for i in self.report["assessments"] if (i["number"], i["period"]) == (number, period)]
        return found  # type: ignore[no-any-return]

    def rows(self, path: str | None = None) -> dict[str, int]:
        """Rows read, kept … of the tickets (of one file, where named), summed up; each file's must add up."""
        total = dict.fromkeys(("read", "kept", "blank", "non_data", "duplicate"), 0)
        for source in self.report["sources"]:
            rows = source["rows"]
            assert rows["read"] == rows["kept"] + rows["blank"] + rows["non_data"] + rows["duplicate"], source
            if source["source"] == "tickets" and path in (None, source.get("path")):
                total = {name: total[name] + rows[name] for name in total}
        return total

    def problems(self, path: str | None = None, cell: str | None = None, *severities: str) -> list[dict[str, Any]]:
        """The problems at a path and a cell, of the severities named (of all, where none is)."""
        return [
            found
            for found in self.report["problems"]
            if path in (None, found.get("path"))
            and cell in (None, found.get("cell"))
            and (not severities or found["severity"] in severities)
        ]

    def errors(self, path: str | None = None, cell: str | None = None) -> list[dict[str, Any]]:
        return self.problems(path, cell, "error")

    def other_ledger_is_read(self) -> None:
        """The good export beside whatever else lies there has its exact result."""
        item = self.item(COURSES)
        assert (item["value"], item["verdict"]) == ("2", "attained"), (item, self.report["problems"])

    def refused(self, path: str) -> list[dict[str, Any]]:
        """The file is named in an error, no row of it counts, nothing is attained, and the other ledger is read."""
        self.other_ledger_is_read()
        found = self.errors(path)
        assert found, self.report["problems"]
        assert all(problem["code"] and problem["message"] for problem in found)
        assert self.rows(path)["kept"] == 0, self.rows(path)
        assert self.verdicts() == {"missing_data"}, self.verdicts()
        return found


def address(row: int, column: str, columns: Sequence[str] = COLUMNS) -> str:
    """The cell of the nth record (from 0 on) on the plain page."""
    return f"{get_column_letter(columns.index(column) + 1)}{row + 2}"


def merged_page(rows: Sequence[Mapping[str, Any]], name: str) -> Page:
    """A title over all columns, the header, the records with merged cells among them, a hidden row and a total."""
    width = len(COLUMNS)
    title = ["工单台账", *[None] * (width - 1)]
    total = ["合计", *[None] * 4, 99, *[None] * (width - 6)]
    return Page([title, *grid(rows), total], name, [(1, 1, 1, width), (3, 11, 5, 11)], hidden_rows=(4,))
