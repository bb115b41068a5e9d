"""Labelled: codes that other programs read, each with the word that users see."""

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """An enumeration of codes; a member is written with its `label`: `OPEN = "open", "处理中"`."""

    label: str

    def __new__(cls, code: str, label: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_, member.label = code, label
        return member
