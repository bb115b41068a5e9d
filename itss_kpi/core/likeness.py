"""Likeness: names that are one but for how they are written, and names that may be.

Convention: `folded` texts that are equal are one name; what is only `alike` may be another.
"""

import re
from collections.abc import Iterable

from itss_kpi.core.text import plain


def folded(text: str) -> str:
    """A name as it is compared: without width, case, kinds of dash and blank, and the `.0` of a spreadsheet."""
    return re.sub(r"^(\d+)\.0+$", r"\1", plain(text).casefold())


def alike(texts: Iterable[str]) -> dict[str, str]:
    """For each text what it has in common with those that differ from it by inner blanks, leading zeros, an apostrophe
    that kept them text, the way in which a numeral is written, or by dashes that one of the two has not."""
    loose = {text: _loosened(text) for text in texts}
    undashed = {one: one for one in loose.values() if "-" not in one}
    meant = {text: undashed.get(one.replace("-", ""), one) for text, one in loose.items()}
    return {text: re.sub(r"(?<!\d)0+(?=\d)", "", one) for text, one in meant.items()}


def _loosened(text: str) -> str:
    bare = (
        re.sub(r"\(([^()\d]*)\)", r"\1", "".join(folded(text).split()).replace("·", ""))
        .lstrip("'`\u2019")
        .replace("#", "号")
        .replace("_", "-")
    )
    return re.sub(r"(?<![一二三四五六七八九十百千])[一二三四五六七八九](?![一二三四五六七八九十百千])", _as_digit, bare)


def _as_digit(numeral: re.Match[str]) -> str:
    return str("一二三四五六七八九".index(numeral[0]) + 1)
