"""Binary packages, .xlsb: records as the specification has them ([MS-XLSB] 2.1.4), and pages written with them."""

import io
import struct
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from kit.ledgers import Page, Percent, covered

REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def record(kind: int, data: bytes = b"") -> bytes:
    """Type and length in groups of seven bits ([MS-XLSB] 2.1.4)."""
    head = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
    size = len(data)
    while size >= 128:
        head += bytes([size & 127 | 128])
        size >>= 7
    return head + bytes([size]) + data


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def row(number: int, *, hidden: bool = False) -> bytes:
    return record(0, struct.pack("<IIHBBB", number, 0, 300, 0, 16 if hidden else 0, 0))


def cell(kind: int, column: int, data: bytes, style: int = 0) -> bytes:
    return record(kind, struct.pack("<II", column, style) + data)


def rk(number: int, *, hundredth: bool = False) -> bytes:
    return struct.pack("<i", number << 2 | 2 | hundredth)


def real(number: float) -> bytes:
    return struct.pack("<d", number)


STYLES = b"".join(
    [
        record(44, struct.pack("<H", 164) + wide("[h]:mm")),
        record(43, struct.pack("<HH", 220, 0)),
        record(43, struct.pack("<HH", 220, 8)),  # struck through
        record(626),
        record(47, struct.pack("<HHH", 0xFFFF, 14, 0)),
        record(627),
        record(617),
        *(record(47, struct.pack("<HHH", 0, number, font)) for number, font in ((0, 0), (14, 0), (164, 0), (10, 0), (0, 1), (32, 0))),
        record(618),
    ]
)  # fmt: skip
TEXTS = record(159) + record(19, b"\0" + wide("编号")) + record(19, b"\1" + wide("甲乙") + b"\0" * 8)


def workbook(
    *sheets: tuple[str, bytes],
    epoch_1904: bool = False,
    on_load: bool = False,
    states: Sequence[int] = (),
    lost: str = "",
    texts: bytes = TEXTS,
) -> bytes:
    """A package with these sheets' records; the part of one may be `lost`."""
    listed = b"".join(
        record(156, struct.pack("<II", (states or [0] * len(sheets))[at], at + 1) + wide(f"rId{at}") + wide(name))
        for at, (name, _) in enumerate(sheets)
    )
    main = record(153, struct.pack("<III", epoch_1904, 0, 0)) + listed
    main += record(157, struct.pack("<IIIdIH", 1, 0, 100, 0.001, 1, on_load))
    kinds = {f"rId{at}": ("worksheet", f"worksheets/sheet{at}.bin") for at in range(len(sheets))}
    kinds |= {"s": ("styles", "styles.bin"), "t": ("sharedStrings", "sharedStrings.bin")}
    links = "".join(
        f'<Relationship Id="{one}" Type="{REL}/{kind}" Target="{target}"/>' for one, (kind, target) in kinds.items()
    )
    parts = {f"xl/worksheets/sheet{at}.bin": data for at, (_, data) in enumerate(sheets)}
    parts |= {"xl/workbook.bin": main, "xl/styles.bin": STYLES, "xl/sharedStrings.bin": texts}
    parts |= {"xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{PACKAGE}">{links}</Relationships>'.encode()}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        for name, data in parts.items():
            if name != lost:
                package.writestr(name, data)
    return made.getvalue()


# ---- pages


def xlsb(*pages: Page) -> bytes:
    """A binary workbook; the texts of every second column are shared."""
    shared: dict[str, int] = {}
    sheets = [(found.name, b"".join(_records(found, shared))) for found in pages]
    return workbook(*sheets, texts=record(159) + b"".join(record(19, b"\0" + wide(text)) for text in shared))


def _records(found: Page, shared: dict[str, int]) -> Iterator[bytes]:
    hidden = covered(found)
    for at, values in enumerate(found.cells):
        yield row(at, hidden=at + 1 in found.hidden_rows)
        for column, value in enumerate(values):
            if value is not None and (at + 1, column + 1) not in hidden:
                yield _cell(column, value, shared)
    for top, left, bottom, right in found.merged:
        yield record(176, struct.pack("<4I", top - 1, bottom - 1, left - 1, right - 1))


def _cell(column: int, value: Any, shared: dict[str, int]) -> bytes:
    match value:
        case Percent():
            return cell(5, column, real(float(value.value)), 3)
        case date():
            moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
            return cell(5, column, real((moment - datetime(1899, 12, 30)) / timedelta(days=1)), 1)
        case int():
            return cell(2, column, rk(value))
        case Decimal():
            return cell(5, column, real(float(value)))
    if column % 2:
        return cell(6, column, wide(value))
    return cell(7, column, struct.pack("<I", shared.setdefault(value, len(shared))))
