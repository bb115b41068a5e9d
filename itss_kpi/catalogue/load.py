"""Loading: a catalogue's YAML text -> a fully checked catalogue, and every problem found in it, located.

Convention: `load` takes ``(text, filename)`` and returns ``(catalogue or None, problems)``; it finds every mistake at
once and never opens a file. Checks of names, expressions, targets and units come first, then the lint for meaning.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from pydantic import BaseModel, ValidationError

from itss_kpi.catalogue import checks, plan
from itss_kpi.catalogue.calendar import Calendar
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.derived import check_circles, check_derived
from itss_kpi.catalogue.indicators import Band, Beside, Indicator, Last, Listing, Measure, Requirement, Roster
from itss_kpi.catalogue.kinds import advice
from itss_kpi.catalogue.lint import lint
from itss_kpi.catalogue.sound_part import sound_part
from itss_kpi.catalogue.sources import Across, Column, Lookup, ReadingLimits, Source
from itss_kpi.catalogue.yaml_text import Path, YamlText, read_yaml
from itss_kpi.core.problems import Problem, errors


def load(text: str, filename: str) -> tuple[Catalogue | None, list[Problem]]:
    """The catalogue written in `text`, and every problem found in it; None where there is an error of form."""
    source = read_yaml(text, filename)
    if source.problems:
        return None, source.problems
    if not isinstance(source.value, dict):
        what = "没有内容" if source.value is None else "不是指标目录"
        source.report("C102", (), f"这个文件{what};指标目录由“键: 值”各行组成,样例可用 itss-kpi init 建立")
        return None, source.problems
    try:
        catalogue = Catalogue.model_validate(source.value)
    except ValidationError as error:
        # pydantic's locations also name the branch of a union and say that a key is meant; the text has neither
        unsaid = ("<text>", "<form>", "[key]")
        details = [
            (tuple(step for step in one["loc"] if step not in unsaid), one) for one in error.errors(include_url=False)
        ]
        for path, detail in details:
            source.report("C102", path, _in_chinese(detail, path))
        _check_rest(source, [path for path, _ in details])
        return None, source.problems
    _check(catalogue, source)
    return None if errors(source.problems) else catalogue, source.problems


def _check_rest(source: YamlText, mistakes: Iterable[Path]) -> None:
    """What is wrong with the items that have no mistake of form, so that all is said at once; in the text's order."""
    part = sound_part(source, mistakes)
    if part is None:
        return
    with suppress(ValidationError):
        catalogue = Catalogue.model_validate(part.value)
        if catalogue.indicators:
            _check(catalogue, part)
            source.problems.sort(key=lambda one: one.place.line)


def _check(catalogue: Catalogue, source: YamlText) -> None:
    check_circles(catalogue, source)
    if source.problems:
        return
    checks.check_names(catalogue, source)
    checks.check_indicators(catalogue, source)
    check_derived(catalogue, source)
    checks.check_activities(catalogue, source)
    checks.check_supervision(catalogue, source)
    checks.check_clauses(catalogue, source)
    checks.check_customers(catalogue, source)
    checks.check_survey(catalogue, source)
    checks.check_review(catalogue, source)
    if not source.problems:
        lint(catalogue, source)


_MESSAGES = {
    "missing": "缺少此项",
    "string_type": "须是文本",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "须是整数"),
    **dict.fromkeys(("float_type", "float_parsing"), "须是数字"),
    "finite_number": "须是有限的数字",
    **dict.fromkeys(("bool_type", "bool_parsing"), "须是 true 或 false"),
    "too_short": "至少写一项",
    **dict.fromkeys(("dict_type", "model_type"), "须是映射(键: 值)"),
    **dict.fromkeys(("date_from_datetime_parsing", "date_type"), "须是日期,如 2022-07-01"),
    "date_from_datetime_inexact": "须是日期,如 2022-07-01",
    "string_too_long": "名称太长",
    "string_pattern_mismatch": "名称只能由字母、汉字、数字与下划线组成,且不以数字开头;id 用小写英文",
}


def _in_chinese(detail: Any, path: Path) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            if re.search(r"[()\[\]]", str(path[-1])):
                return "没有这一项;算式里有逗号的,整个加引号"
            return f"没有这一项{advice(str(path[-1]), _model_at(path).model_fields)}"
        case "value_error":
            return str(context["error"])
        case "literal_error" | "enum":
            allowed = str(context["expected"]).replace(" or ", "、").replace(", ", "、")
            return f"取值须是 {allowed}"
        case "greater_than_equal":
            return f"不能小于 {context['ge']}"
        case "less_than_equal":
            return f"不能大于 {context['le']}"
        case "tuple_type":
            form = _LISTS.get(str(path[-1]))
            return f"须是列表,如 {form}" if form else f"须是列表,写成 [{detail['input']}]"
        case kind:
            return _MESSAGES.get(kind, "取值不符")


_LISTS = {
    "target": "[{group: 甲, requirement: '>= 95%'}]",
    "bands": "[{when: value >= 0.9, score: 10}]",
    "hours": "['08:30-12:00', '13:30-17:30']",
    "cells": "[可用率]",
}


_MODELS: dict[str | int, type[BaseModel]] = {
    "lookups": Lookup,
    "calendar": Calendar,
    "activities": plan.Activity,
    "supervision": plan.RequiredCheck,
    "clauses": plan.StandardClause,
    "customers": plan.Customer,
    "satisfaction": plan.CustomerSurvey,
    "review": plan.ManagementReview,
    "reading": ReadingLimits,
}
"""Of which model a section is, or each of its items."""
_OF_SOURCES: dict[str | int, type[BaseModel]] = {"columns": Column, "across": Across}
_OF_INDICATORS: dict[str, type[BaseModel]] = {"also": Listing, "target": Requirement, "bands": Band, "among": Roster}


def _model_at(path: Path) -> type[BaseModel]:
    """The model whose key stands last in `path`."""
    match path:
        case ("plan", _):
            return plan.Plan
        case ("sources", _, inner, *_):
            return _OF_SOURCES.get(inner, Source)
        case ("indicators", _, _):
            return Indicator
        case ("indicators", _, "beside", _, _):
            return Beside
        case ("indicators", _, str(inner), *_) if inner in _OF_INDICATORS:
            return _OF_INDICATORS[inner]
        case ("indicators", *inside):
            return Last if "window" in inside else Measure
        case _:
            return _MODELS.get(path[0], Catalogue)
