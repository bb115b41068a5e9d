"""Labelled: codes that other programs read, each with the word (and sign) that users see."""

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """An enumeration of codes; a member is written with its `label` and `sign`: `OPEN = "open", "处理中", "…"`."""

    label: str
    sign: str

    def __new__(cls, code: str, label: str = "", sign: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_, member.label, member.sign = code, label, sign
        return member

    @property
    def signed(self) -> str:
        """The label with its sign: `… 处理中`."""
        return f"{self.sign} {self.label}"
