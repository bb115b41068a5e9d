"""JSON: what is written of a value, under which names, and that its text steers no terminal."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from itss_kpi.core.jsonable import as_json, json_text, picked, published
from itss_kpi.core.period import Period, PeriodKind
from itss_kpi.core.results import Verdict
from itss_kpi.core.targets import parse_target


@dataclass(frozen=True, slots=True)
class Plain:
    share: Fraction
    days: tuple[date, ...] = ()


@published("id name? note?? share=plain.share due=plan.due *plain")
@dataclass(frozen=True, slots=True)
class Named:
    id: str
    name: str = ""
    note: str = ""
    plain: Plain | None = None
    plan: dict[str, Period] | None = None


def test_a_value_is_written_exactly() -> None:
    period = Period(PeriodKind.QUARTER, 2022, 3)
    written = [Fraction(27, 38), date(2022, 7, 1), period, parse_target("≥95%"), Verdict.MISSED, None, 3, True]
    assert as_json(written) == ["27/38", "2022-07-01", "2022Q3", ">= 95%", "missed", None, 3, True]


def test_a_moment_keeps_its_time() -> None:
    assert as_json([datetime(2022, 7, 1, 8, 30), date(2022, 7, 1)]) == ["2022-07-01T08:30:00", "2022-07-01"]


def test_an_object_is_its_fields_where_its_class_publishes_nothing() -> None:
    assert as_json(Plain(Fraction(2), (date(2022, 7, 1),))) == {"share": "2", "days": ["2022-07-01"]}


def test_what_a_class_publishes_is_written_in_that_order_under_those_names() -> None:
    whole = Named("1", "甲", "乙", Plain(Fraction(1, 2)), {"due": Period(PeriodKind.YEAR, 2022)})
    written = {"id": "1", "name": "甲", "note": "乙", "share": "1/2", "due": "2022", "days": []}
    assert list(as_json(whole).items()) == list(written.items())
    assert as_json({"one": (whole,)}) == {"one": [written]}


def test_what_is_empty_is_null_or_left_out() -> None:
    bare = Named("1", plain=Plain(Fraction(1)))
    assert as_json(bare) == {"id": "1", "name": None, "share": "1", "due": None, "days": []}


def test_attributes_may_be_picked_of_anything() -> None:
    assert picked(Named("1", "甲"), "name", "id plan=plan.due") == {"name": "甲", "id": "1", "plan": None}


def test_no_text_steers_a_terminal() -> None:
    hostile = "a\x1b[2J\u202eb\u2028"
    text = json_text({"x": hostile})
    assert json.loads(text) == {"x": hostile}
    assert text.isascii()
