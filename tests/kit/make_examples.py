"""Makes tests/examples/exports: the same thirty tickets in every form, and files that are refused.

`python tests/kit/make_examples.py` writes them anew. Convention: a file's name begins with what must come of it, either
`good` or the code that names it; a file that is added is a test added (outside/test_examples.py).
"""

import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kit.ledgers import html, inside, ods, page, text, tickets, xls, xlsx, xlsx_1904, xml_2003

FOLDER = Path(__file__).resolve().parents[1] / "examples" / "exports"
SHEET = "xl/worksheets/sheet1.xml"


def main(folder: Path = FOLDER) -> None:
    """Write all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (*good(), *refused()):
        (folder / name).write_bytes(content)


def good() -> Iterator[tuple[str, bytes]]:
    """The tickets, to be read in full."""
    found = page(tickets())
    written = text(found)
    yield "good-excel.xlsx", xlsx(found)
    yield "good-epoch-of-1904.xlsx", xlsx_1904(found)
    yield "good-macro-type.xlsm", inside(
        xlsx(found), "[Content_Types].xml",
        lambda part: part.replace(b"spreadsheetml.sheet.main+xml", b"ms-excel.sheet.macroEnabled.main+xml"),
    )  # fmt: skip
    yield "good-strict.xlsx", strict(xlsx(found))
    yield "good-excel-97.xls", xls(found)
    yield "good-open-document.ods", ods(found)
    yield "good-html.xls", html(found)
    yield "good-html-gb18030.xls", html(found, "gb18030")
    yield "good-xml-2003.xls", xml_2003(found)
    yield "good-utf-8.csv", written.encode()
    yield "good-utf-8-mark.csv", written.encode("utf-8-sig")
    yield "good-utf-16.csv", written.encode("utf-16")
    yield "good-gb18030-semicolon.csv", text(found, ";").encode("gb18030")
    yield "good-tabs.xls", text(found, "\t").encode("gb18030")


def strict(content: bytes) -> bytes:
    """The workbook in the namespaces of strict Open XML."""
    old = b"http://schemas.openxmlformats.org/"
    names = {
        old + b"spreadsheetml/2006/main": b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        old + b"officeDocument/2006/relationships": b"http://purl.oclc.org/ooxml/officeDocument/relationships",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in package.namelist():
            part = package.read(name)
            for loose, tight in names.items():
                part = part.replace(loose, tight)
            new.writestr(name, part)
    return out.getvalue()


def refused() -> Iterator[tuple[str, bytes]]:
    """Files that can't be read in full, each under the code that must name it."""
    whole = xlsx(page(tickets()))
    written = text(page(tickets()))
    yield "D102-nothing.xlsx", b""
    yield "D102-picture.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(200)
    yield "D102-archive.xlsx", archive({"readme.txt": b"no workbook"})
    yield "D102-entities.xlsx", inside(whole, SHEET, lambda part: b'<!DOCTYPE x [<!ENTITY a "b">]>' + part)
    yield "D102-web-page.xls", b"<html><body><p>Please sign in</p></body></html>"
    yield "D112-encrypted.xlsx", encrypted(whole)
    yield "D113-far-cell.xlsx", inside(whole, SHEET, with_row('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'))
    yield "D113-wrapped-row.xlsx", inside(whole, SHEET, with_row('<row r="4294967298"><c r="A2"><v>1</v></c></row>'))
    yield "D113-bomb.xlsx", archive({SHEET: bytes(80 << 20)})
    yield "D116-cut-off.xlsx", whole[: len(whole) // 2]
    yield "D116-cut-off.xml.xls", xml_2003(page(tickets()))[:4000]
    yield "D116-cut-off.html.xls", html(page(tickets()))[:2000]
    yield (
        "D117-big5.csv",
        written.translate(str.maketrans("时响应优级数费说单", "時響應優級數費說單")).encode("big5", "replace"),
    )
    yield "D117-two-encodings.csv", written.encode() + written.encode("gb18030")
    yield "D118-open-quote.csv", written.replace("第3条", '"第3条').encode()
    yield "D121-two-rows-of-one-number.xlsx", inside(whole, SHEET, with_row('<row r="5"><c r="A5"><v>1</v></c></row>'))
    yield (
        "D121-two-cells-of-one-address.xlsx",
        inside(whole, SHEET, with_row('<row r="99"><c r="A9"><v>1</v></c></row>')),
    )
    yield "D121-entry-twice.xlsx", twice(whole)


def with_row(row: str):  # type: ignore[no-untyped-def]
    """A change that adds a row behind all others."""
    return lambda part: part.replace(b"</sheetData>", row.encode() + b"</sheetData>")


def archive(parts: dict[str, bytes]) -> bytes:
    """A zip archive of these entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


def twice(content: bytes) -> bytes:
    """The workbook with another sheet under the same entry name in another case."""
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr(SHEET.upper(), b"<worksheet/>")
    return out.getvalue()


def encrypted(content: bytes) -> bytes:
    """The workbook behind a password."""
    from msoffcrypto.format.ooxml import OOXMLFile

    out = io.BytesIO()
    OOXMLFile(io.BytesIO(content)).encrypt("secret", out)
    return out.getvalue()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
