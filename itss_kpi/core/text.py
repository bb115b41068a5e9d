"""Text: what people's spellings have in common, and what may be shown.

Convention: `half_width` changes nothing but the width of characters, `fold` is for comparing headers and choices only,
`escape_controls` is for everything from users' files that reaches a terminal, `disarm_formula` for what reaches a CSV
file, `pseudonym` for what is not to be read; `csv_table` and `markdown_table` do it for every cell.
"""

import csv
import functools
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

BLANK_GROUP = "未填"
"""What a group without a name is called."""
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}


def half_width(text: str) -> str:
    """`text` with full-width letters, digits and signs made plain, and trimmed.

    Compatibility folding would do more than that, and read 10² as 102.
    """
    return text.strip() if text.isascii() else text.translate(_FULL_WIDTH).strip()


def plain(text: str) -> str:
    """`text` without what nobody sees or tells apart: width, characters without any, and kinds of blank and of dash."""
    return text.strip() if text.isascii() else text.translate(_ALIKE).strip()


_DASHES = "‐‑‒–—―−﹣"
_BLANKS = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f"
_WIDTHLESS = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
_ALIKE = _FULL_WIDTH | str.maketrans(
    dict.fromkeys(_DASHES, "-") | dict.fromkeys(_BLANKS, " ") | dict.fromkeys(_WIDTHLESS, "")
)


def fold(text: str) -> str:
    """A header or a choice without what people vary: what `plain` takes away, blanks, line breaks, case, brackets."""
    return "".join(unicodedata.normalize("NFKC", plain(text)).split()).casefold().replace("【", "[").replace("】", "]")


def is_like(text: str, pattern: str) -> bool:
    """Whether a text is of a pattern with `*` and `?`, both as they are folded."""
    return fnmatchcase(fold(text), fold(pattern))


@functools.lru_cache(maxsize=65536)
def cells_wide(text: str) -> int:
    """How many narrow characters the text takes; a Chinese one takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def listed(text: str) -> list[str]:
    """The parts of a list in one text, with a comma of either width or 、 between them."""
    return [part.strip() for part in re.split("[,\uff0c、]", text) if part.strip()]


def escape_controls(text: str) -> str:
    """`text` with control and direction-changing characters shown, so that it can't steer a terminal."""
    return "".join(f"\\x{ord(char):02x}" if unicodedata.category(char) in _UNSEEN else char for char in text)


_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def is_file_name(text: str) -> bool:
    """Whether `text` can be the name of one file or folder on every system, and one that the reader doesn't skip."""
    skipped = text.startswith((".", "~$")) or text.endswith((".", " "))
    return bool(text) and not skipped and not _FORBIDDEN.search(text) and escape_controls(text) == text


_FORBIDDEN = re.compile(r'[/\\:*?"<>|]|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)', re.IGNORECASE)


def disarm_formula(cell: str) -> str:
    """`cell` cleaned for a CSV file, with nothing that a spreadsheet takes for a formula; a negative number is none."""
    shown = escape_controls(cell)
    return "'" + shown if shown[:1] in ("=", "+", "-", "@") and not re.fullmatch(r"-\d+(?:\.\d+)?", shown) else shown


def row_place(path: str, sheet: str, row: int) -> str:
    """Where a row stands, as shown: `信息部/事件工单_2022Q3.xlsx!事件工单!12`; a file without sheets has none."""
    return "!".join(part for part in (path, sheet, str(row)) if part)


def ranges_text(numbers: Iterable[int], between: str = "~") -> str:
    """Numbers in order, those that follow one another as a range: `1、5~8`."""
    there = set(numbers)
    lows, highs = (sorted(one for one in there if one + step not in there) for step in (-1, 1))
    runs = zip(lows, highs, strict=True)
    return "、".join(str(low) if low == high else f"{low}{between}{high}" for low, high in runs)


def pseudonym(text: str) -> str:
    """A short hash in place of a sensitive text, the same wherever the same text is shown; nothing for no text."""
    return f"#{hashlib.sha256(text.encode()).hexdigest()[:8]}" if text else ""


def csv_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as CSV for Excel, with nothing that it would run."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows(map(disarm_formula, row) for row in (head, *rows))
    return out.getvalue()


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table in Markdown; a text can't end its cell."""
    yield _markdown_row(head)
    yield f"|{'---|' * len(head)}"
    yield from map(_markdown_row, rows)


def _markdown_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(escape_controls(cell).replace('|', chr(92) + '|') for cell in cells)} |"
