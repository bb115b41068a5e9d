"""What Excel mends, or refuses, when it opens a workbook: the known reasons, looked for in the package's XML.

Convention: a reason a line, with where; nothing where Excel opens the file as it is. Sources: the limits of Excel's own
specification, ECMA-376 part 1 (18.2, 18.3), and what its repair log has named.
"""

import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree as ET

from kit.books import place

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_TEXT, _FORMULA, _TITLE, _QUOTED = 32_767, 8_192, 31, 255
_ROWS, _COLUMNS, _BREAKS, _LINKS = 1_048_576, 16_384, 1_026, 65_530
_KNOWN = frozenset(
    re.findall(
        "[A-Z]+",
        "ABS AND COUNTIF COUNTIFS DATE EXACT FALSE FIND HYPERLINK IF IFERROR INT ISNUMBER LEFT LEN LOWER MAX MIN MOD NOT "
        "OR ROUND ROUNDDOWN ROUNDUP SUBSTITUTE SUM SUMIFS SUMPRODUCT TEXT TRIM TRUE YEAR MONTH DAY HOUR WEEKDAY FLOOR",
    )
)
"""Functions that every Excel since 2007 knows by these names."""


def repairs(path: Path) -> list[str]:
    """Why Excel would mend the workbook."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
        assert len(parts) == len(package.namelist())
    return [*_package(parts), *_workbook(parts), *(line for name in parts for line in _sheet(name, parts))]


def _package(parts: dict[str, bytes]) -> Iterator[str]:
    types = ET.fromstring(parts["[Content_Types].xml"])
    named = {one.get("PartName", "").lstrip("/") for one in types if one.tag.endswith("Override")}
    endings = {one.get("Extension", "") for one in types if one.tag.endswith("Default")}
    for name in parts:
        if name != "[Content_Types].xml" and name not in named and name.rpartition(".")[2] not in endings:
            yield f"{name}: no content type"
        if name.endswith((".xml", ".rels")) and re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", parts[name]):
            yield f"{name}: a control character"
        if name.endswith(".rels"):
            yield from _relations(name, parts)
    yield from (f"{name}: a type of a part that isn't there" for name in named - parts.keys())


def _relations(name: str, parts: dict[str, bytes]) -> Iterator[str]:
    folder = PurePosixPath(name).parent.parent
    ids = [one.get("Id") for one in ET.fromstring(parts[name])]
    if len(ids) != len(set(ids)):
        yield f"{name}: an id twice"
    for one in ET.fromstring(parts[name]):
        target = one.get("Target", "")
        if one.get("TargetMode") == "External":
            if re.search(r'[\s"<>\[\]^`{}]', target):
                yield f"{name}: {target} isn't escaped"
        elif _inside(folder, target) not in parts:
            yield f"{name}: {target} isn't there"


def _inside(folder: PurePosixPath, target: str) -> str:
    if target.startswith("/"):
        return target.lstrip("/")
    found: list[str] = []
    for step in (folder / target).parts:
        found = found[:-1] if step == ".." else [*found, step]
    return "/".join(found)


def _workbook(parts: dict[str, bytes]) -> Iterator[str]:
    root = ET.fromstring(parts["xl/workbook.xml"])
    titles = [one.get("name", "") for one in root.iter(f"{_MAIN}sheet")]
    if len({title.casefold() for title in titles}) != len(titles):
        yield "a sheet's name twice"
    for title in titles:
        if not 0 < len(title.encode("utf-16-le")) // 2 <= _TITLE or re.search(r"[\[\]:*?/\\]|^'|'$", title):
            yield f"{title}: no name of a sheet"
    names = Counter((one.get("name"), one.get("localSheetId")) for one in root.iter(f"{_MAIN}definedName"))
    yield from (f"{name}: a defined name twice" for name, count in names.items() if count > 1)
    for one in root.iter(f"{_MAIN}definedName"):
        if "#REF!" in (one.text or "") or int(one.get("localSheetId", 0)) >= len(titles):
            yield f"{one.get('name')}: {one.text}"
    styles = ET.fromstring(parts["xl/styles.xml"])
    if len(list(styles.iter(f"{_MAIN}font"))) > 512 or len(list(styles.iterfind(f"{_MAIN}cellXfs/{_MAIN}xf"))) > 64_000:
        yield "too many styles"


def _sheet(name: str, parts: dict[str, bytes]) -> Iterator[str]:
    if not name.startswith("xl/worksheets/sheet"):
        return
    root = ET.fromstring(parts[name])
    shared = len(list(ET.fromstring(parts["xl/sharedStrings.xml"]))) if "xl/sharedStrings.xml" in parts else 0
    styles = len(list(ET.fromstring(parts["xl/styles.xml"]).iterfind(f"{_MAIN}cellXfs/{_MAIN}xf")))
    yield from (f"{name}: {said}" for said in _cells(root, shared, styles))
    yield from (f"{name}: {said}" for said in _around(root))


def _cells(root: ET.Element, shared: int, styles: int) -> Iterator[str]:
    before = (0, 0)
    for row in root.iter(f"{_MAIN}row"):
        if float(row.get("ht", 0)) > 409.5:
            yield f"row {row.get('r')} is too high"
        for cell in row.iter(f"{_MAIN}c"):
            ref = cell.get("r", "")
            at = place(ref)
            if at <= before or at[0] != int(row.get("r", 0)) or at[0] > _ROWS or at[1] > _COLUMNS:
                yield f"{ref} is out of order"
            before = at
            if int(cell.get("s", 0)) >= styles:
                yield f"{ref} has a style that isn't there"
            value, formula = cell.findtext(f"{_MAIN}v"), cell.findtext(f"{_MAIN}f")
            text = "".join(one.text or "" for one in cell.iter(f"{_MAIN}t"))
            if (cell.get("t") == "s" and not (value or "").isdecimal()) or (
                cell.get("t") == "s" and int(value or 0) >= shared
            ):
                yield f"{ref} has a text that isn't there"
            if cell.get("t", "n") == "n" and value and not re.fullmatch(r"-?\d+(\.\d+)?([eE][-+]?\d+)?", value):
                yield f"{ref} is no number: {value}"
            if max(len(text), len(value or "")) > _TEXT:
                yield f"{ref} is too long"
            yield from (f"{ref}: {said}" for said in _formula(formula or ""))


def _formula(text: str) -> Iterator[str]:
    if len(text) > _FORMULA:
        yield "a formula that is too long"
    if max(map(len, re.findall(r'"((?:[^"]|"")*)"', text)), default=0) > _QUOTED:
        yield "a text in a formula that is too long"
    bare = re.sub(r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'", "", text)
    for function in re.findall(r"([A-Za-z_.]+)\(", bare):
        if function not in _KNOWN:
            yield f"the function {function}"
    depth = most = 0
    for sign in bare:
        depth += (sign == "(") - (sign == ")")
        most = max(most, depth)
    if depth or most > 64:
        yield "brackets that don't fit"


def _around(root: ET.Element) -> Iterator[str]:
    covered: set[tuple[int, int]] = set()
    for one in root.iter(f"{_MAIN}mergeCell"):
        first, _, last = one.get("ref", "").partition(":")
        if not last or first == last:
            yield f"{one.get('ref')} is a merge of one cell"
            continue
        (top, left), (bottom, right) = place(first), place(last)
        cells = {(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)}
        if cells & covered:
            yield f"{one.get('ref')} overlaps another merge"
        covered |= cells
    for tag, most in (("brk", _BREAKS), ("hyperlink", _LINKS)):
        if len(list(root.iter(_MAIN + tag))) > most:
            yield f"too many of {tag}"
    for part in root.iter(f"{_MAIN}headerFooter"):
        yield from (f"{one.tag} is too long" for one in part if len(one.text or "") > _QUOTED)
    for one in root.iter(f"{_MAIN}col"):
        if float(one.get("width", 0)) > 255:
            yield f"column {one.get('min')} is too wide"
    for rule in root.iter(f"{_MAIN}dataValidation"):
        if len(rule.findtext(f"{_MAIN}formula1") or "") > _QUOTED + 2 or not rule.get("sqref"):
            yield f"a check of {rule.get('sqref')} that is too long, or of nothing"
    for one in root.iter(f"{_MAIN}hyperlink"):
        if not (one.get("location") or one.get(f"{_REL}id")) or len(one.get("location") or "") > 2_083:
            yield f"a link at {one.get('ref')} that leads nowhere"
    for tag in ("mergeCells", "hyperlinks", "dataValidations", "rowBreaks"):
        yield from (f"{tag} without any" for one in root.iter(_MAIN + tag) if not len(one))
