"""Delimited text: CSV and TSV -> a grid. The encoding is found or the file is refused; nothing becomes nonsense.

Convention: part of the worker. UTF-8 and UTF-16 are told by their bytes. What is neither is taken for GB18030 only
where it reads as Chinese: text in Big5, or of mixed encodings, decodes too, into characters that nobody writes.
"""

import csv
import io
import re
from collections.abc import Sequence

from itss_kpi.reading.worker.file_types import MOST_CELLS, UnreadableError
from itss_kpi.reading.worker.grid_file import SheetGrid, error_spots

_DELIMITERS = ",\t;|^\x01"
_CHINESE_COMMA = "\uff0c"
_PROTECTED = re.compile(r'="([^"]*)"')
_LOST_DIGITS = re.compile(r"\d(?:\.\d+)?E\+(?:1[2-9]|[2-9]\d)", re.IGNORECASE)
_HAN = re.compile(r"[\u3400-\u9fff]")
_FIELDS = re.compile(rb"[,;\t\r\n]")
_COMMON_SHARE, _RARER_SHARE = 0.9, 0.75
"""How much of a text has to be common characters."""


def read_delimited(content: bytes) -> tuple[list[SheetGrid], str]:
    """The only grid, and what was found: encoding and delimiter."""
    text, encoding = decoded(content)
    if "\0" in text:
        raise UnreadableError("D117", "文本里有不可读的字节,不是 CSV 文件")
    text = re.sub(r"\x1a\s*$", "", text)  # the end of a file, as DOS has it
    delimiter = _delimiter(text)
    rows = _rows(text, delimiter)
    inexact = [
        (at, column) for at, row in enumerate(rows) for column, cell in enumerate(row) if _LOST_DIGITS.fullmatch(cell)
    ]
    grid = SheetGrid("", errors=error_spots(rows), inexact=inexact).of_rows(rows)
    return [grid], f"{encoding} {'tab' if delimiter == chr(9) else delimiter}"


def decoded(content: bytes) -> tuple[str, str]:
    """The text and its encoding; D117 where no encoding is certain."""
    for mark, encoding, name in _MARKS:
        if content.startswith(mark):
            return _strictly(content[len(mark) :], encoding, name), name
    guess = _without_mark(content[:4096])
    if guess and _is_chinese(content[:4096].decode(guess, "replace"), _COMMON_SHARE):
        return _strictly(content, guess, guess.upper()), guess.upper()
    try:
        return content.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        return _chinese(content), "GB18030"


_MARKS = [
    (b"\xef\xbb\xbf", "utf-8", "UTF-8 BOM"),
    (b"\xff\xfe", "utf-16-le", "UTF-16LE"),
    (b"\xfe\xff", "utf-16-be", "UTF-16BE"),
]


def _without_mark(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of its ASCII characters is zero."""
    if len(head) < 4 or b"\0" not in head:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    return "utf-16-le" if odd > 4 * even else "utf-16-be" if even > 4 * odd else None


def _strictly(content: bytes, encoding: str, name: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableError(
            "D117", f"按 {name} 读到第 {error.start} 个字节时出错,可能混有其他编码或没有传完"
        ) from None


def _chinese(content: bytes) -> str:
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        raise UnreadableError("D117", "既不是 UTF-8 也不是 GB18030 编码") from None
    if any(_is_utf8(field) for field in _FIELDS.split(content) if not field.isascii()):
        raise UnreadableError("D117", "UTF-8 与 GB18030 两种编码混用")
    # names of persons and places have rarer characters; what can't be Big5 may have more of them
    if not _is_chinese(text, _COMMON_SHARE if _is_big5(content) else _RARER_SHARE):
        raise UnreadableError("D117", "不是 UTF-8;按 GB18030 读出来不像中文,可能是 Big5 等其他编码")
    return text


def _is_chinese(text: str, share: float) -> bool:
    """Whether so much of what isn't ASCII are characters that are written."""
    han = [char for char in text if not char.isascii() or (char < " " and char not in "\t\r\n")]
    return sum(map(_is_common, han)) >= share * len(han)


def _is_big5(content: bytes) -> bool:
    try:
        content.decode("big5")
    except UnicodeDecodeError:
        return False
    return True


def _is_utf8(field: bytes) -> bool:
    """Whether a field reads as Chinese in UTF-8, and in GB18030 only as characters that nobody writes."""
    try:
        return bool(_HAN.search(field.decode("utf-8"))) and not all(map(_is_common, field.decode("gb18030")))
    except UnicodeDecodeError:
        return False


def _is_common(char: str) -> bool:
    """Whether a character is of GB 2312, level 1 of the characters or a sign: what nearly all text consists of."""
    code = char.encode("gb18030", "replace")
    return (len(code) == 1 and char >= " ") or (len(code) == 2 and code[1] >= 0xA1 and (code[0] <= 0xD7))


def _delimiter(text: str) -> str:
    """The delimiter that splits most of the first lines, outside of quotes; a Chinese comma where no other does."""
    head = [line for line in re.sub(r'"[^"]*"', "", text[:65536]).splitlines()[:50] if line.strip()]

    def split(mark: str) -> tuple[int, int]:
        return sum(mark in line for line in head), sum(line.count(mark) for line in head)

    found = max(_DELIMITERS, key=split)
    return _CHINESE_COMMA if 2 * split(found)[0] < split(_CHINESE_COMMA)[0] == len(head) else found


def _rows(text: str, delimiter: str) -> Sequence[Sequence[str]]:
    csv.field_size_limit(1 << 20)
    rows: list[list[str]] = []
    cells = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            cells += len(row)
            if cells > MOST_CELLS:
                raise UnreadableError("D113", f"超过 {MOST_CELLS} 个单元格")
            rows.append([_PROTECTED.sub(r"\1", cell) if cell[:2] == '="' else cell for cell in row])
    except csv.Error as error:
        raise UnreadableError("D118", f"第 {reader.line_num} 行附近的引号不配对({error})") from None
    return rows
