"""Documents: what a Word document that the program writes is made of, on top of python-docx.

Convention: text is written as text, never as a field, a link or markup; characters that can't be seen are shown, and
nothing is cut: what is long wraps. Lengths are in twips (1/1440 inch). The same content gives the same bytes: no time
of day, no random numbers, fixed zip times.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from itss_kpi.render.widths import shares
from itss_kpi.render.xlsx import fixed, lines, visible

TEXT_WIDTH = 9978
"""The width of the text on the page: A4 upright with margins of 17 mm."""
SONG, LATIN = "宋体", "Times New Roman"
GREY, BLUE, BAND = "595959", "1F4E79", "D6E3F0"
MIDDLE = '<w:jc w:val="center"/>'
_PADDING = 50
_POINT = 20
BODY, _SMALL = 9.0, 7.5
_TALL = 30
"""A row of more lines than these may be split over pages: it might not fit on one."""
_TEMPLATE = Path(__file__).with_name("review.docx")
"""The page, its fonts and styles; made by tools/make_template.py."""


# ---- text


def run_xml(text: str, properties: str = "") -> str:
    """A run with the text as it is, line breaks as such; `properties` is the inside of a `w:rPr`."""
    head = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    parts = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in visible(text).split("\n"))
    return f"<w:r>{head}{parts}</w:r>"


def field_xml(code: str, *, unknown: bool = False) -> str:
    """A field of the program's own, such as the page's number; an `unknown` one is worked out when it is opened."""
    dirty = ' w:dirty="true"' if unknown else ""
    return f'<w:fldSimple w:instr=" {code} "{dirty}><w:r><w:t>1</w:t></w:r></w:fldSimple>'


def paragraph_xml(style: str, inside: str, properties: str = "") -> str:
    """A paragraph in a style, with runs."""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{properties}</w:pPr>{inside}</w:p>'


def mark_of(text: str) -> str:
    """The name by which links know a heading."""
    return f"_{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def digits(seal: str) -> str:
    """A hash in groups of digits: sixty-four in a row can't be compared by eye, and are wider than a page."""
    return " ".join(seal[at : at + 8] for at in range(0, len(seal), 8))


# ---- tables


@dataclass(frozen=True, slots=True)
class Box:
    """A cell of a table: its text and how it looks; colours are RRGGBB. It may go over `across` columns, and over
    several rows (`down`: it begins there, or goes on from above)."""

    text: str
    bold: bool = False
    small: bool = False
    color: str = ""
    fill: str = ""
    centred: bool = False
    across: int = 1
    down: str = ""


def label(text: str, across: int = 1, down: str = "") -> Box:
    """A cell of a table's head."""
    return Box(text, bold=True, color=BLUE, fill=BAND, centred=True, across=across, down=down)


def table_xml(head: Sequence[Sequence[Box]], rows: Iterable[Sequence[Box]], widths: Sequence[int]) -> str:
    """A table over the width of the page: its head comes again on every page, its rows aren't split."""
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    body = "".join(_row_xml(row, widths, head=True) for row in head)
    body += "".join(_row_xml(row, widths) for row in rows)
    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="{_PADDING}" w:type="dxa"/>'
        f'<w:right w:w="{_PADDING}" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{body}</w:tbl>'
    )


def _row_xml(row: Sequence[Box], widths: Sequence[int], *, head: bool = False) -> str:
    spans, at = [], 0
    for box in row:
        spans.append(sum(widths[at : at + box.across]))
        at += box.across
    tall = max(_height(box, width) for box, width in zip(row, spans, strict=True)) > _TALL
    kept = ("" if tall else "<w:cantSplit/>") + ("<w:tblHeader/>" if head else "")
    cells = "".join(_cell_xml(box, width) for box, width in zip(row, spans, strict=True))
    return f"<w:tr><w:trPr>{kept}</w:trPr>{cells}</w:tr>"


def _height(box: Box, width: int) -> int:
    size = _SMALL if box.small else BODY
    return lines(box.text, (width - 2 * _PADDING) / (size * _POINT / 2))


def _cell_xml(box: Box, width: int) -> str:
    # no keepNext here, not in the head either: LibreOffice then loses what goes over the page's end
    down = {"": "", "start": '<w:vMerge w:val="restart"/>', "more": "<w:vMerge/>"}[box.down]
    across = f'<w:gridSpan w:val="{box.across}"/>' if box.across > 1 else ""
    fill = f'<w:shd w:val="clear" w:color="auto" w:fill="{box.fill}"/>' if box.fill else ""
    look = "<w:b/><w:bCs/>" if box.bold else ""
    look += f'<w:color w:val="{box.color}"/>' if box.color else ""
    look += f'<w:sz w:val="{2 * _SMALL:.0f}"/><w:szCs w:val="{2 * _SMALL:.0f}"/>' if box.small else ""
    centred = MIDDLE if box.centred else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{across}{down}{fill}<w:vAlign w:val="center"/></w:tcPr>'
        f"{paragraph_xml('TableText', run_xml(box.text, look), centred)}</w:tc>"
    )


def fitted(columns: Sequence[Sequence[str]], small: Sequence[bool]) -> list[int]:
    """The widths of columns with these texts, over the width of the page."""
    sizes = [(_SMALL if one else BODY) * _POINT / 2 for one in small]
    widths = [int(one) + 2 * _PADDING for one in shares(columns, TEXT_WIDTH - 2 * _PADDING * len(columns), sizes)]
    widths[-1] += TEXT_WIDTH - sum(widths)
    return widths


# ---- a document


@dataclass
class Document:
    """A document in the making: A4 with the same header and footer on each page. `identity` is what kind of document
    it says it is, `stamp` the time that it says it was made."""

    title: str
    identity: str
    stamp: datetime
    made: Any = None
    marks: int = 0

    def __post_init__(self) -> None:
        self.made = docx.Document(str(_TEMPLATE))

    def page_marks(self, left: str, right: str) -> None:
        """What stands above the text of each page, on the left and on the right; below it stand the pages' numbers."""
        section = self.made.sections[0]
        tab = f'<w:tabs><w:tab w:val="right" w:pos="{TEXT_WIDTH}"/></w:tabs>'
        edge = f'<w:pBdr><w:bottom w:val="single" w:sz="4" w:space="4" w:color="{GREY}"/></w:pBdr>'
        head = f"{run_xml(left)}<w:r><w:tab/></w:r>{run_xml(right)}"
        _replace(section.header, paragraph_xml("Header", head, edge + tab))
        numbers = f"{run_xml('第 ')}{field_xml('PAGE')}{run_xml(' 页  共 ')}{field_xml('NUMPAGES')}{run_xml(' 页')}"
        _replace(section.footer, paragraph_xml("Footer", numbers, MIDDLE))

    def add(self, xml: str) -> None:
        """Add a paragraph or a table."""
        if "xmlns:w=" not in xml:
            xml = xml.replace(">", f" {nsdecls('w')}>", 1)
        self.made.element.body.insert_element_before(parse_xml(xml), "w:sectPr")

    def say(self, style: str, text: str, properties: str = "", look: str = "") -> None:
        """Add a paragraph with a text."""
        self.add(paragraph_xml(style, run_xml(text, look) if text else "", properties))

    def head(self, level: int, text: str, properties: str = "") -> None:
        """Add a heading, to which its `mark_of` leads."""
        self.marks += 1
        mark = f'<w:bookmarkStart w:id="{self.marks}" w:name="{mark_of(text)}"/>'
        inside = f'{mark}{run_xml(text)}<w:bookmarkEnd w:id="{self.marks}"/>'
        self.add(paragraph_xml(f"Heading{level}", inside, properties))

    def sign(self, signers: Sequence[str]) -> None:
        """Add room for each of them to sign."""
        widths = [TEXT_WIDTH // len(signers)] * (len(signers) - 1)
        head, room = [list(map(label, signers))], [[Box("签字:\n\n\n日期:")] * len(signers)]
        self.add(table_xml(head, room, [*widths, TEXT_WIDTH - sum(widths)]))
        self.say("Gap", "")

    def content(self) -> bytes:
        """The document's bytes; it says in its properties what it is and a hash of what it holds."""
        properties = self.made.core_properties
        properties.author = properties.last_modified_by = "itss-kpi"
        properties.title = visible(self.title)[:255]
        properties.comments = properties.keywords = properties.subject = ""
        properties.created = properties.modified = self.stamp
        properties.revision = 1
        properties.identifier = ""
        properties.identifier = _mark(self.identity, self._saved())
        return self._saved()

    def _saved(self) -> bytes:
        saved = io.BytesIO()
        self.made.save(saved)
        return fixed(saved, self.stamp)


def is_untouched(content: bytes, identity: str) -> bool:
    """Whether the bytes are a document of this kind that nobody has changed since the program wrote it."""
    try:
        found = docx.Document(io.BytesIO(content)).core_properties.identifier
        return bool(found == _mark(identity, content))
    except Exception:  # whatever is wrong with it: it's none that the program has written
        return False


def _mark(identity: str, content: bytes) -> str:
    digest = hashlib.sha256()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in sorted(archive.namelist()):
            if name != "docProps/core.xml":
                digest.update(name.encode() + b"\0" + archive.read(name) + b"\0")
    return f"{identity} sha256:{digest.hexdigest()}"


def _replace(place: Any, xml: str) -> None:
    place.is_linked_to_previous = False
    for old in list(place.paragraphs):
        place._element.remove(old._element)
    place._element.append(parse_xml(xml.replace(">", f" {nsdecls('w')}>", 1)))
