"""Widths: how the columns of a table share the width of a page or a sheet.

Convention: a text's width is counted in narrow characters, of which a Chinese one takes two.
"""

import re
from collections.abc import Sequence

from itss_kpi.core.text import cells_wide

_MOST, _LEAST, _LONGEST_TOKEN = 56, 5, 14


def shares(columns: Sequence[Sequence[str]], room: float, sizes: Sequence[float]) -> list[float]:
    """The widths of columns with these texts, which together take all the `room`; `sizes`: how wide a character is.

    What is short keeps on a line, what is long shares the rest. No column is narrower than its longest number or date;
    a path may be broken anywhere.
    """
    wanted = [min(_MOST, max(map(_longest_line, texts))) * size for texts, size in zip(columns, sizes, strict=True)]
    least = [
        max(_LEAST, min(_LONGEST_TOKEN, max(map(_longest_token, texts)))) * size
        for texts, size in zip(columns, sizes, strict=True)
    ]
    left, sharing = float(room), set(range(len(columns)))
    found = [0.0] * len(columns)
    # whoever wants no more than a fair share of what is left gets it; the others share by how much they have to hold
    for at in sorted(sharing, key=lambda at: wanted[at]):
        if wanted[at] > left / len(sharing):
            break
        found[at] = max(least[at], wanted[at])
        left -= found[at]
        sharing.remove(at)
    volumes = [max(map(cells_wide, texts)) for texts in columns]
    whole = sum(volumes[at] for at in sharing)
    for at in sharing:
        found[at] = max(least[at], left * volumes[at] / whole)
    # where that is too much, or too little, whoever has more than the least bears it
    spare = [one - few for one, few in zip(found, least, strict=True)]
    rest = room - sum(found)
    if sum(spare) + rest > 0 and rest < 0:
        return [one + rest * more / sum(spare) for one, more in zip(found, spare, strict=True)]
    return [one * room / sum(found) for one in found]


def _longest_line(text: str) -> int:
    return max(map(cells_wide, text.split("\n"))) + 1


def _longest_token(text: str) -> int:
    return max((cells_wide(token) for token in re.findall(r"[!-~≥≤±−]+", text)), default=0) + 1
