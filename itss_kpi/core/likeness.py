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
    """For each text what it has in common with those that differ from it by inner blanks, leading zeros, O for 0, an
    apostrophe that kept them text, the way in which a numeral is written, or by dashes that one of the two has not."""
    loose = {text: _loosened(text) for text in texts}
    undashed = {one: one for one in loose.values() if "-" not in one}
    meant = {text: undashed.get(one.replace("-", ""), one) for text, one in loose.items()}
    return {text: re.sub(r"(?<!\d)0+(?=\d)", "", one) for text, one in meant.items()}


def without_prefix(text: str) -> str:
    """A number without the letters before it, which may have been left out: of GD202508014 202508014."""
    found = _PREFIXED.fullmatch(text)
    return found[1] if found else text


_PREFIXED = re.compile(r"[a-z]{1,6}-?(\d{5,})")


def _loosened(text: str) -> str:
    bare = (
        re.sub(r"\(([^()\d]*)\)", r"\1", _POINTS.sub("", "".join(folded(text).split())))
        .lstrip("'`\u2019")
        .replace("#", "号")
        .replace("_", "-")
        .translate(_ROMAN_SIGNS)
    )
    bare = re.sub(r"(?<=\d)o+|o+(?=\d)", lambda found: "0" * len(found[0]), bare)
    bare = _ROMAN.sub(lambda numeral: str(_ROMANS.index(numeral[0]) + 1), bare)
    alone = rf"(?<![{_NUMERALS}十百千])[{_NUMERALS}](?![{_NUMERALS}十百千])"
    return re.sub(alone, lambda numeral: str(_NUMERALS.index(numeral[0]) + 1), bare)


_POINTS = re.compile("[·•・‧∙⋅]|(?<=[\u4e00-\u9fff])[.](?=[\u4e00-\u9fff])")
"""Kinds of the point within a name."""
_NUMERALS = "一二三四五六七八九"
_ROMAN_SIGNS = str.maketrans("ⅰⅱⅲⅳⅴⅵ", "123456")
_ROMANS = ("i", "ii", "iii", "iv", "v", "vi")
_ROMAN = re.compile(rf"(?<![a-z])(?:{'|'.join(_ROMANS)})(?=[类级等型])")


def sound_alike(one: str, other: str) -> bool:
    """Whether two names of four characters and more differ in a single one that sounds nearly the same, as what is
    typed by its sound does: GB 2312 lists its common characters by their sound."""
    differing = [pair for pair in zip(one, other, strict=False) if pair[0] != pair[1]]
    if len(one) != len(other) or len(one) < _SHORTEST or len(differing) != 1:
        return False
    places = [_place(character) for character in differing[0]]
    return None not in places and abs((places[0] or 0) - (places[1] or 0)) <= _NEAR_IN_SOUND


_SHORTEST = 4
_NEAR_IN_SOUND = 20
_FIRST_ROW, _LAST_ROW, _A_ROW = 16, 55, 94


def _place(character: str) -> int | None:
    """The place of a common character in GB 2312."""
    found = character.encode("gb2312", "ignore")
    row = found[0] - 0xA0 if len(found) > 1 else 0
    return row * _A_ROW + found[1] if _FIRST_ROW <= row <= _LAST_ROW else None
