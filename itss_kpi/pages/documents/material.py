"""Material: a document on a period before it is written: whose, as of which day, what it says part by part.

Convention: the document and the JSON are made from these parts and from nothing else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar, Self

from itss_kpi.catalogue.plan import Plan
from itss_kpi.core.jsonable import as_json, picked
from itss_kpi.core.period import Period
from itss_kpi.core.problems import Problem
from itss_kpi.core.targets import exact
from itss_kpi.pages.documents.parts import Part
from itss_kpi.pages.making import cell
from itss_kpi.pages.page import BREAK, TONES, Chart, Heading, Note, Table, Text
from itss_kpi.pages.report import result_sentence
from itss_kpi.plan.year import PlanYear


@dataclass(frozen=True, slots=True)
class Material:
    """A document under a plan. `title` and `document` (its own number, '' where it has none) stand on the cover and on
    each page, the `result` in a sentence on the cover; `sealed` is the hash of the last closing."""

    schema: ClassVar[str]
    with_revisions: ClassVar[bool] = False
    signers: ClassVar[tuple[str, ...]] = ("编制", "审核", "批准")
    plan: Plan
    title: str
    document: str
    period: Period
    as_of: date
    partial: bool
    catalogue: Mapping[str, str]
    parts: tuple[Part, ...]
    problems: tuple[Problem, ...]
    result: str
    sealed: str = ""

    @classmethod
    def of(cls, year: PlanYear, title: str, parts: Iterable[Part], *, document: str = "", result: str = "") -> Self:
        """The material on a year's report, its headings numbered; the result is that of the report, or another."""
        report = year.report
        return cls(
            year.catalogue.plan,
            title,
            document,
            report.period,
            report.as_of,
            report.partial,
            report.catalogue,
            tuple(_numbered(parts)),
            year.problems,
            result or result_sentence(report, year.problems),
            year.sealed,
        )

    @property
    def revisions(self) -> list[dict[str, Any]]:
        """The plan's, for other programs."""
        return [one.model_dump(mode="json") for one in self.plan.revisions]

    @property
    def sections(self) -> list[dict[str, Any]]:
        """Each heading with the parts below it, for other programs: the texts of the document and the exact numbers."""
        return list(_sections_json(self.parts))


@as_json.register
def _(value: Material) -> dict[str, Any]:
    revisions = "revisions" if value.with_revisions else ""
    names = f"schema period as_of partial catalogue title document? result {revisions} sections problems"
    return picked(value, names)


_NUMBERS = "一二三四五六七八九十"


def _numbered(parts: Iterable[Part]) -> Iterator[Part]:
    """The parts with their numbers before the headings: `一、`, `(一)`."""
    first = second = 0
    for one in parts:
        if not isinstance(one, Heading):
            yield one
        elif one.level == 1:
            first, second = first + 1, 0
            yield replace(one, text=f"{_NUMBERS[first - 1]}、{one.text}")
        else:
            second += 1
            yield replace(one, text=f"({_NUMBERS[second - 1]}){one.text}")


# ---- for other programs


def _sections_json(parts: Iterable[Part]) -> Iterator[dict[str, Any]]:
    """Each heading with the parts below it."""
    below: list[dict[str, Any]] = []
    for part in parts:
        if isinstance(part, Heading):
            below = []
            yield {"heading": part.text, "level": part.level, "parts": below}
        else:
            below.append(_part_json(part))


_LIKE = {tone: verdict.value for verdict, tone in TONES.items()}


def _part_json(part: Note | Table | Chart) -> dict[str, Any]:
    if isinstance(part, Note):
        return {"kind": "paragraph", "text": part.text, "like": _LIKE[part.tone] if part.tone else None}
    if isinstance(part, Table):
        filled = [own for own in part.rows if any(cell(one).text for one in own)]
        return {
            "kind": "table",
            "title": part.title,
            "head": [column.name for column in part.columns],
            "rows": list(map(_row_json, filled)),
            "empty": part.empty,
            "blank_rows": len(part.rows) - len(filled),
        }
    series = [{"name": one.name, "values": [exact(value) for value in one.values]} for one in part.lines]
    categories, source = list(part.categories), list(part.source)
    return {"kind": "chart", "title": part.title, "categories": categories, "series": series, "source": source}


def _row_json(own: Sequence[Text]) -> dict[str, Any]:
    *cells, places = map(cell, own)
    return {
        "cells": [{"text": one.text} | ({"value": one.value} if one.value else {}) for one in cells],
        "source": [one.text for one in places.pieces if one != BREAK],
    }
