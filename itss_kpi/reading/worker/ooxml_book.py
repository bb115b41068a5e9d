"""The parts of an .xlsx package that say what its sheets are: workbook, relationships and styles.

Convention: part of the worker. Names of parts are compared without case (ECMA-376 part 2, 6.2.2). A package that the
parser wouldn't find its way in is made plain: its sheets, texts and styles under the names that every program uses.
"""

import contextlib
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from posixpath import join, normpath
from posixpath import split as posix_split
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.parsers import expat

from itss_kpi.reading.worker.file_types import UnreadableError
from itss_kpi.reading.worker.grid_file import OWN_AUTHOR
from itss_kpi.reading.worker.number_texts import BUILT_IN, Shown, Way, shown_by, shows_time

_MAIN = "xl/workbook.xml"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml."
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_READ = ("worksheet", "sharedStrings", "styles")
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KNOWN_DAYS = ("14", "15", "16", "17", "22")
"""The formats of days that every workbook has and the parser knows."""


@dataclass(frozen=True, slots=True)
class BookSheet:
    """A worksheet: its name, the part that holds it, and whether it is hidden."""

    name: str
    part: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Styles:
    """The styles of cells by which numbers are `shown` otherwise than they are stored, those of `days` that the parser
    shows itself, of these the `timeless` ones, and those that are `struck` through."""

    shown: Mapping[int, Shown] = field(default_factory=dict)
    days: frozenset[int] = frozenset()
    struck: frozenset[int] = frozenset()
    timeless: frozenset[int] = frozenset()


@dataclass(slots=True)
class Book:
    """What a workbook says of itself. Its formulas are to be calculated `on_load` where it asks for it; it is `plain`
    where its parts have the usual names."""

    sheets: list[BookSheet] = field(default_factory=list)
    texts: str = ""
    look: str = ""
    epoch_1904: bool = False
    on_load: bool = False
    plain: bool = True
    styles: Styles = field(default_factory=Styles)

    @staticmethod
    def of(package: zipfile.ZipFile) -> "Book":
        """Read it; refuses a workbook of which a sheet isn't there, or is there twice."""
        parts = parts_of(package)
        found = main_part(package, parts, _MAIN)
        book = Book()
        named = linked(package, parts, found)
        links = {one.id: (one.kind, parts.get(one.path.casefold(), "")) for one in named}
        book.texts, book.look = (
            next((part for kind, part in links.values() if kind == wanted and part), "")
            for wanted in ("sharedStrings", "styles")
        )
        book._read(xml_of(package, found), links)
        # the parser knows a part by its target as it is written
        read = [one for one in named if one.kind in _READ]
        book.plain &= found == _MAIN and all(_is_usual(one, links[one.id][1]) for one in read)
        book.plain &= all(one.kind != "xlMacrosheet" for one in named)  # with which it takes no workbook
        if book.texts:
            _check_texts(package, book.texts)
        if book.look:
            book.styles = _styles(xml_of(package, book.look))
        return book

    def _read(self, root: ElementTree.Element, links: Mapping[str, tuple[str, str]]) -> None:
        own = root.tag.rpartition("}")[0]
        for element in root:
            if element.tag == f"{own}}}workbookPr":
                self.epoch_1904 = element.get("date1904") in ("1", "true")
                # an extension's element of that name takes the epoch from the parser
                self.plain = not self.epoch_1904 or sum(one.tag.endswith("}workbookPr") for one in root.iter()) == 1
            elif element.tag == f"{own}}}calcPr":
                self.on_load = element.get("fullCalcOnLoad") in ("1", "true")
        listed = [
            (str(element.get("name")), link, element.get("state") in ("hidden", "veryHidden"))
            for element in root.iter(f"{own}}}sheet")
            for link in [next((value for key, value in element.attrib.items() if key.endswith("}id")), "")]
        ]
        self.sheets = worksheets(listed, links)
        self.plain &= all(link for _, link, _ in listed)

    def made_plain(self, package: zipfile.ZipFile) -> bytes:
        """The same sheets, texts and styles in a package as every program writes it."""
        from xml.sax.saxutils import quoteattr  # few files need it, and it imports half the network

        sheets = [f"worksheets/sheet{at}.xml" for at, _ in enumerate(self.sheets, 1)]
        others = {"sharedStrings": self.texts, "styles": self.look}
        parts = {f"xl/{name}": package.read(sheet.part) for name, sheet in zip(sheets, self.sheets, strict=True)}
        parts |= {f"xl/{kind}.xml": package.read(part) for kind, part in others.items() if part}
        targets = [("worksheet", name) for name in sheets]
        targets += [(kind, f"{kind}.xml") for kind, part in others.items() if part]
        links = (
            f'<Relationship Id="rId{at}" Type="{_LINKS}/{kind}" Target="{name}"/>'
            for at, (kind, name) in enumerate(targets, 1)
        )
        overrides = (
            f'<Override PartName="/xl/{name}" ContentType="{_TYPES}{kind}+xml"/>'
            for kind, name in (*targets, ("sheet.main", "workbook.xml"))
        )
        states = ("visible", "hidden")
        listed = (
            f'<sheet name={quoteattr(one.name)} sheetId="{at}" state="{states[one.hidden]}" r:id="rId{at}"/>'
            for at, one in enumerate(self.sheets, 1)
        )
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        calc = f'<calcPr fullCalcOnLoad="{int(self.on_load)}"/>'
        own = {
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
            f'"application/vnd.openxmlformats-package.relationships+xml"/>{"".join(overrides)}</Types>',
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{_LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
            f"{''.join(links)}</Relationships>",
            _MAIN: f'<workbook xmlns="{main}" xmlns:r="{_LINKS}"><workbookPr date1904="{int(self.epoch_1904)}"/>'
            f"<sheets>{''.join(listed)}</sheets>{calc}</workbook>",
        }
        return _zipped(parts | {name: f"{_DECLARATION}{text}".encode() for name, text in own.items()})


_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def worksheets(listed: Iterable[tuple[str, str, bool]], links: Mapping[str, tuple[str, str]]) -> list[BookSheet]:
    """The sheets that a workbook lists (name, id of the relationship, whether hidden) by the kind and part of each
    relationship; refuses one that isn't there, or is there twice. A chart or a macro is none, nor is a module of Excel
    5, which has no relationship."""
    found = []
    for name, link, hidden in listed:
        kind, part = links.get(link, ("worksheet" if link else "module", ""))
        if kind == "worksheet" and not part:
            raise UnreadableError("D116", f"工作簿里没有工作表“{name}”的内容,可能没有传完")
        if kind == "worksheet":
            found.append(BookSheet(name, part, hidden))
    if len({sheet.name.casefold() for sheet in found}) < len(found):
        raise UnreadableError("D121", "有两张工作表同名,不知以哪张为准;请改名后另存")
    return found


def rewritten(package: zipfile.ZipFile, changed: Mapping[str, bytes]) -> bytes:
    """The package with other contents of some parts."""
    return _zipped({name: changed.get(name) or package.read(name) for name in package.namelist()})


def marked_runs(package: zipfile.ZipFile, parts: Iterable[str]) -> dict[str, bytes]:
    """The parts with texts of which some letters are struck through or raised, with signs for it: a 12 beside which 15
    was written is no 1215, and a footnote's 1 no digit."""
    found: dict[str, bytes] = {}
    for name in parts:
        text = package.read(name) if package.getinfo(name).file_size <= _LONGEST else b""
        marked = _RUN.sub(_marked, text) if b"<strike" in text or b"<vertAlign" in text else text
        found |= {name: marked} if marked != text else {}
    return found


def _marked(found: re.Match[bytes]) -> bytes:
    look, opening, text, closing = found.groups()
    if _STRUCK.search(look):
        return _STRUCK.sub(b"", look) + opening + b"~~" + text + b"~~" + closing
    raised = text.decode().translate(_RAISED) if text.isdigit() and b'"superscript"' in look else ""
    return look.replace(b'"superscript"', b'"baseline"') + opening + (raised.encode() or text) + closing


_LONGEST = 8 << 20
_RUN = re.compile(rb"(<rPr>(?:(?!</rPr>).)*</rPr>)(\s*<t[^>]*>)([^<]*)(</t>)", re.DOTALL)
_STRUCK = re.compile(rb"<strike(?: val=\"(?:1|true)\")?\s*/>")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def _zipped(parts: Mapping[str, bytes]) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return made.getvalue()


def parts_of(package: zipfile.ZipFile) -> dict[str, str]:
    """The names of the parts by what is compared of them."""
    return {name.replace("\\", "/").lstrip("/").casefold(): name for name in package.namelist()}


def main_part(package: zipfile.ZipFile, parts: Mapping[str, str], usual: str) -> str:
    """The part of the workbook itself, as the package says or under its `usual` name."""
    named = next((one.path for one in linked(package, parts, "") if one.kind == "officeDocument"), usual)
    found = parts.get(named.casefold(), parts.get(usual))
    if found is None:
        raise UnreadableError("D116", f"压缩包里没有工作簿的目录({usual.rpartition('/')[2]}),可能没有传完")
    return found


@dataclass(frozen=True, slots=True)
class Link:
    """A relationship: its kind, the path of the part, its id and its target as it is written."""

    kind: str
    path: str
    id: str
    target: str


def _is_usual(link: Link, part: str) -> bool:
    usual = {"sharedStrings": "sharedStrings.xml", "styles": "styles.xml"}.get(link.kind, link.target)
    written = link.target.removeprefix("/xl/")
    return written == usual.removeprefix("/xl/") and part in ("", f"xl/{written}")


def linked(package: zipfile.ZipFile, parts: Mapping[str, str], part: str) -> list[Link]:
    """What a part (or the package) refers to. A target is relative to the part, or absolute. Refuses a workbook whose
    formats aren't there: without them no number is what it is shown as."""
    folder, name = posix_split(part.replace("\\", "/"))
    listed = parts.get(join(folder, "_rels", f"{name}.rels").casefold())
    found = []
    for link in xml_of(package, listed) if listed else ():
        target = unquote(str(link.get("Target"))).replace("\\", "/")
        path = normpath(join("/", folder, target)).lstrip("/")
        kind = str(link.get("Type")).rpartition("/")[2]
        if kind == "styles" and path.casefold() not in parts:
            raise UnreadableError("D116", "工作簿里没有单元格格式(styles),可能没有传完")
        found.append(Link(kind, path, str(link.get("Id")), str(link.get("Target"))))
    return found


def comments_of(package: zipfile.ZipFile, sheet: str) -> list[tuple[int, int, str]]:
    """What people have said of a sheet's cells: row, column and text of each comment that isn't the program's own. Of a
    part that is no XML nothing is known, as it holds no cell."""
    return [one for root in _beside(package, sheet, "comments") for one in _comments_in(root)]


def boxes_of(package: zipfile.ZipFile, sheet: str) -> list[str]:
    """What stands in the text boxes that lie over a sheet."""
    bodies = [body for root in _beside(package, sheet, "drawing") for body in root.iter() if _is_text(body)]
    return [text for body in bodies if (text := "".join(body.itertext()).strip())]


def _is_text(element: ElementTree.Element) -> bool:
    return element.tag.endswith("}txBody")


def _beside(package: zipfile.ZipFile, sheet: str, kind: str) -> Iterator[ElementTree.Element]:
    """The parts of a kind that a sheet refers to, but those that are no XML."""
    parts = parts_of(package)
    listed = [parts.get(link.path.casefold()) for link in linked(package, parts, sheet) if link.kind == kind]
    for part in filter(None, listed):
        with contextlib.suppress(ElementTree.ParseError, UnreadableError):
            yield xml_of(package, part)


def _comments_in(root: ElementTree.Element) -> Iterator[tuple[int, int, str]]:
    own = {str(at) for at, one in enumerate(root.iterfind("{*}authors/{*}author")) if one.text == OWN_AUTHOR}
    for one in root.iterfind("{*}commentList/{*}comment"):
        place = _ADDRESS.fullmatch(one.get("ref", ""))
        if place and one.get("authorId") not in own:
            yield int(place[2]) - 1, column_of(place[1].encode()), "".join(one.itertext())


_ADDRESS = re.compile(r"([A-Z]{1,3})(\d{1,7})")


def column_of(letters: bytes) -> int:
    """The column of these letters, from 0."""
    column = 0
    for letter in letters:
        column = column * 26 + letter - 64
    return column - 1


def xml_of(package: zipfile.ZipFile, name: str) -> ElementTree.Element:
    """A part's XML, which has no DTD."""
    text = package.read(name)
    if b"<!DOCTYPE" in text[:4096] or b"<!ENTITY" in text:
        raise UnreadableError("D102", f"{name} 带有 DTD 声明,工作簿不会有,拒绝读取")
    return ElementTree.fromstring(text)


def _check_texts(package: zipfile.ZipFile, name: str) -> None:
    """Of the texts, which the parser reads: it would leave out what a DTD declares, and read on into the next one where
    one doesn't end."""
    with package.open(name) as part:
        chunk = part.read(1 << 16)
        if b"<!DOCTYPE" in chunk[: chunk.find(b"<sst")]:
            raise UnreadableError("D102", f"{name} 带有 DTD 声明,工作簿不会有,拒绝读取")
        rest, missing = b"", 0
        while chunk:
            found = rest + chunk
            end = found.rfind(b"<", -4)  # a tag that may be cut in two
            whole, rest = (found[:end], found[end:]) if end >= 0 else (found, b"")
            missing += unended(whole, b"si") + unended(whole, b"t")
            chunk = part.read(1 << 20)
    if missing:
        check_form(package, name)


def unended(xml: bytes, tag: bytes) -> int:
    """How many elements more begin than end (or one that is empty, and has attributes)."""
    return xml.count(b"<%b>" % tag) + xml.count(b"<%b " % tag) - xml.count(b"</%b>" % tag)


def check_form(package: zipfile.ZipFile, name: str) -> None:
    """Refuse a part that is no XML; the parser doesn't look at what a tag ends."""
    try:
        with package.open(name) as part:
            expat.ParserCreate().ParseFile(part)
    except expat.ExpatError as error:
        raise UnreadableError("D116", f"{name} 的 XML 不完整或写法有误({error})") from None


def _styles(root: ElementTree.Element) -> Styles:
    """The styles of cells that change what they say, and those of days that the parser knows."""
    codes: dict[str | None, str] = {str(number): code for number, code in BUILT_IN.items()}
    listed = {element.tag.rpartition("}")[2]: element for element in root}
    written = list(listed.get("numFmts", ()))  # those of conditional formats are none of a cell's
    own: dict[str | None, str] = {one.get("numFmtId"): str(one.get("formatCode")) for one in written}
    shown = {number: found for number, code in (codes | own).items() if (found := shown_by(code))}
    days = {one for one, found in shown.items() if found.way is Way.DATE and _is_known(one, own)}
    fonts = [_is_struck(font) for font in listed.get("fonts", ())]
    formats = [(at, xf.get("numFmtId"), xf.get("fontId", "")) for at, xf in enumerate(listed.get("cellXfs", ()))]
    return Styles(
        {at: shown[number] for at, number, _ in formats if number in shown and number not in days},
        frozenset(at for at, number, _ in formats if number in days),
        frozenset(at for at, _, font in formats if font.isdigit() and any(fonts[int(font) :][:1])),
        frozenset(at for at, number, _ in formats if number in days and not shows_time((codes | own)[number])),
    )


def _is_known(number: str | None, own: Mapping[str | None, str]) -> bool:
    """Whether the parser knows a format of days: it looks for the letters of days and times."""
    return bool(re.search("[dmhys]", own[number], re.IGNORECASE)) if number in own else number in _KNOWN_DAYS


def _is_struck(font: ElementTree.Element) -> bool:
    return any(part.tag.endswith("}strike") and part.get("val", "1") in ("1", "true") for part in font)
