"""Saved: the day on which a workbook says that it was last saved.

Convention: part of the worker. What can't be read says nothing; a file's own time on disk changes with every copy and
is never asked. The day is that which is written, in whatever zone.
"""

import re
import struct
import zipfile
from datetime import date, timedelta
from io import StringIO

_PARTS = {
    "docProps/core.xml": re.compile(rb"<dcterms:modified[^>]*>\s*(\d{4}-\d\d-\d\d)T"),
    "meta.xml": re.compile(rb"<dc:date>\s*(\d{4}-\d\d-\d\d)T"),
}
_LAST_SAVED = re.compile(rb"<(?:\w+:)?LastSaved>\s*(\d{4}-\d\d-\d\d)T")
_HEAD = 1 << 16
"""So many bytes of a part are read, which may be a bomb."""


def saved_of_package(package: zipfile.ZipFile) -> str | None:
    """By the part with the properties of an Office package or an OpenDocument file."""
    for part, said in _PARTS.items():
        if part in package.NameToInfo:
            with package.open(part) as entry:
                return _day(said, entry.read(_HEAD))
    return None


def saved_of_text(head: bytes) -> str | None:
    """By the beginning of an OpenDocument file, or one of Excel 2003, that is one XML text."""
    return _day(_LAST_SAVED, head) or _day(_PARTS["meta.xml"], head)


def _day(said: re.Pattern[bytes], text: bytes) -> str | None:
    found = said.search(text)
    try:
        return date.fromisoformat(found[1].decode()).isoformat() if found else None
    except ValueError:  # no such day
        return None


def saved_of_compound(content: bytes) -> str | None:
    """By the property set of an .xls file ([MS-OLEPS] 2.20 and 2.21): its property 13 is a moment."""
    if _SUMMARY.encode("utf-16-le") not in content:
        return None
    from xlrd.compdoc import CompDoc

    try:
        document = CompDoc(content, logfile=StringIO(), ignore_workbook_corruption=True)
        stream = document.get_named_stream(_SUMMARY)
        (at,) = struct.unpack_from("<I", stream, 44)
        (number,) = struct.unpack_from("<I", stream, at + 4)
        places = dict(struct.iter_unpack("<II", stream[at + 8 : at + 8 + 8 * number]))
        (moment,) = struct.unpack_from("<Q", stream, at + places[_SAVED_AT] + 4)
        return (date(1601, 1, 1) + timedelta(days=moment // _A_DAY)).isoformat() if moment else None
    except Exception:  # xlrd raises whatever its code runs into on a damaged file
        return None


_SUMMARY, _SAVED_AT, _A_DAY = "\x05SummaryInformation", 13, 24 * 3600 * 10**7
