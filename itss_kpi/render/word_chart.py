"""Charts in documents: native ones, which Word, WPS and LibreOffice draw themselves and people can edit.

Convention: the chart's XML is openpyxl's, with the values in it, and the same values in a workbook inside of the
document for whoever edits it. Nothing is drawn here, and no number is rounded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from xml.sax.saxutils import quoteattr

from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from openpyxl.chart import BarChart, LineChart
from openpyxl.chart.data_source import (
    AxDataSource,
    NumData,
    NumDataSource,
    NumRef,
    NumVal,
    StrData,
    StrRef,
    StrVal,
)
from openpyxl.chart.series import Series, SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.xml.functions import tostring

from itss_kpi.render.sheet_chart import patterned, set_up
from itss_kpi.render.word import LATIN, SONG, TEXT_WIDTH, Document
from itss_kpi.render.xlsx import Book, Look, column, place, visible

_EMU = 635
"""What a twip is in the drawing's own unit."""
_SHEET = "数据"
_C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CHART = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A series: its name, a value for each category (None: nothing there), colours RRGGBB of what is filled and of the
    line around it, a pattern that tells it apart in grey; `dashed`: a line to hold others against."""

    name: str
    values: tuple[Fraction | None, ...]
    fill: str
    ink: str
    pattern: str | None = None
    dashed: bool = False


def add_chart(
    document: Document, number: int, title: str, categories: Sequence[str], drawn: Sequence[Drawn], *, rates: bool
) -> None:
    """Add a chart to the document, the `number`th: stacked bars of counts, or `rates` as lines."""
    chart = _lines(title, categories, drawn) if rates else _bars(title, categories, drawn)
    package = document.made.part.package
    book = Part(PackURI(f"/word/embeddings/chart{number}.xlsx"), _WORKBOOK, _book(document, categories, drawn), package)
    part = Part(PackURI(f"/word/charts/chart{number}.xml"), _CHART, b"", package)
    data = part.relate_to(book, RT.PACKAGE)
    part._blob = _chart_xml(chart, data)
    height = 3700 if rates else 4300
    told = f"{title}:" + ";".join(f"{one.name} {_told(categories, one, rates)}" for one in drawn)
    document.add(_drawing(document.made.part.relate_to(part, RT.CHART), number, title, told, height))


def _told(categories: Sequence[str], one: Drawn, rates: bool) -> str:
    """A series in words, for those who can't see it; rates stand in the tables."""
    pairs = zip(categories, one.values, strict=True)
    return "" if rates else "、".join(f"{name} {value}" for name, value in pairs if value)


# ---- the two kinds


def _bars(title: str, categories: Sequence[str], drawn: Sequence[Drawn]) -> Any:
    chart: Any = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "bar", "stacked", 100, 50
    _begin(chart, title)
    chart.x_axis.scaling.orientation, chart.y_axis.crosses = "maxMin", "max"  # the first on top, the scale below
    chart.y_axis.number_format, chart.y_axis.majorUnit = "0", None
    for at, one in enumerate(drawn):
        series = _series(at, one, categories)
        series.graphicalProperties = GraphicalProperties()
        if one.pattern:
            series.graphicalProperties.pattFill = patterned(one.pattern, one.ink, one.fill)
        else:
            series.graphicalProperties.solidFill = one.fill
        series.graphicalProperties.line.solidFill = one.ink
        chart.series.append(series)
    return chart


def _lines(title: str, categories: Sequence[str], drawn: Sequence[Drawn]) -> Any:
    chart: Any = LineChart()
    _begin(chart, title)
    chart.y_axis.number_format = "0%"
    known = [value for one in drawn for value in one.values if value is not None]
    # a little below the lowest, by steps of 5%: differences of a few percent are to be seen
    chart.y_axis.scaling.min = max(0.0, (int(min(known) * 20) - 1) / 20) if known else 0.0
    chart.y_axis.scaling.max = max(1.0, float(max(known))) if known else 1.0
    for at, one in enumerate(drawn):
        series = _series(at, one, categories)
        series.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=one.ink, w=22225))
        series.graphicalProperties.line.prstDash = "dash" if one.dashed else None
        series.marker.symbol = "none" if one.dashed else "circle"
        series.marker.size = None if one.dashed else 6
        if not one.dashed:
            series.marker.graphicalProperties = GraphicalProperties(solidFill=one.ink)
            series.marker.graphicalProperties.line.solidFill = one.ink
        series.smooth = False
        chart.series.append(series)
    return chart


def _begin(chart: Any, title: str) -> None:
    set_up(chart, visible(title))
    chart.legend.position = "b"
    chart.display_blanks = "gap"


def _series(at: int, one: Drawn, categories: Sequence[str]) -> Any:
    letter = column(at + 2)
    last = len(categories) + 1
    numbers = [NumVal(idx=idx, v=repr(float(value))) for idx, value in enumerate(one.values) if value is not None]
    cache = NumData(formatCode="General", ptCount=len(categories), pt=numbers)
    words = StrData(ptCount=len(categories), pt=[StrVal(idx, visible(name)) for idx, name in enumerate(categories)])
    label = StrRef(place(_SHEET, f"${letter}$1"), StrData(ptCount=1, pt=[StrVal(0, visible(one.name))]))
    series: Any = Series(
        idx=at,
        order=at,
        tx=SeriesLabel(strRef=label),
        cat=AxDataSource(strRef=StrRef(place(_SHEET, f"$A$2:$A${last}"), words)),
        val=NumDataSource(numRef=NumRef(place(_SHEET, f"${letter}$2:${letter}${last}"), cache)),
    )
    return series


# ---- its parts


def _book(document: Document, categories: Sequence[str], drawn: Sequence[Drawn]) -> bytes:
    """The chart's values as a workbook."""
    book = Book(document.stamp)
    sheet = book.sheet(_SHEET)
    for at, one in enumerate(drawn, 2):
        book.put(sheet, 1, at, one.name, Look(bold=True))
        for row, value in enumerate(one.values, 2):
            book.put(sheet, row, at, None if value is None else float(value), Look(across="right"))
    for row, name in enumerate(categories, 2):
        book.put(sheet, row, 1, name, Look())
    return book.content()


def _chart_xml(chart: Any, data: str) -> bytes:
    written: bytes = tostring(chart._write())
    tail = (
        f'<c:txPr xmlns:c="{_C}" xmlns:a="{_A}"><a:bodyPr/><a:p><a:pPr><a:defRPr sz="900">'
        f'<a:latin typeface="{LATIN}"/><a:ea typeface="{SONG}"/></a:defRPr></a:pPr><a:endParaRPr lang="zh-CN"/></a:p>'
        f'</c:txPr><c:externalData xmlns:c="{_C}" xmlns:r="{_R}" r:id="{data}"><c:autoUpdate val="0"/></c:externalData>'
    )
    end = written.rindex(b"</")
    head = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return head + written[:end] + tail.encode() + written[end:]


def _drawing(relation: str, number: int, title: str, told: str, height: int) -> str:
    named, said = quoteattr(f"图 {number}"), quoteattr(visible(told).replace("\n", " "))
    size = f'cx="{TEXT_WIDTH * _EMU}" cy="{height * _EMU}"'
    return (
        '<w:p xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
        ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
        f' xmlns:a="{_A}" xmlns:c="{_C}" xmlns:r="{_R}"><w:pPr><w:keepNext/><w:spacing w:before="160"/></w:pPr>'
        "<w:r><w:drawing>"
        f'<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent {size}/><wp:docPr id="{number}" name={named}'
        f' descr={said}/><wp:cNvGraphicFramePr/><a:graphic><a:graphicData uri="{_C}"><c:chart r:id="{relation}"/>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
    )
