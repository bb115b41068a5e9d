"""The year counted from the departments' workbooks, cell by cell, comes to what the program and its archive say.

Convention: `raw_recount` imports nothing of the program and knows none of its answers. Its numbers are held against them
exactly: what is certain, the interval, the verdict, how many records are in doubt, and which files are lacking.
"""

import json
from collections import Counter, defaultdict
from fractions import Fraction

import pytest
from kit.sample import DATA, Sample
from outside.raw_recount import INDICATORS, Found, recount

Year = dict[int, dict[str, Found]]
NUMBERS = ("numerator", "denominator", "value", "lowest", "highest")


@pytest.fixture(scope="module")
def counted() -> Year:
    return recount(DATA)


@pytest.fixture(scope="module")
def evaluated_year(sample: Sample) -> Year:
    found: Year = defaultdict(dict)
    for one in sample.report("2022").due:
        missing = tuple((gone.source, gone.department, gone.months) for gone in one.absent)
        numbers = (getattr(one, name) for name in NUMBERS)
        found[one.number][str(one.period)] = Found._make((str(one.verdict), *numbers, one.doubtful_rows, missing))
    return found


@pytest.fixture(scope="module")
def archived_year() -> Year:
    found: Year = defaultdict(dict)
    for one in json.loads((DATA / "archive" / "2022" / "report.json").read_bytes())["assessments"]:
        missing = tuple((gone["source"], gone["department"], tuple(gone["months"])) for gone in one["missing"])
        numbers = (None if one[name] is None else Fraction(one[name]) for name in NUMBERS)
        found[one["number"]][one["period"]] = Found._make((one["verdict"], *numbers, one["doubtful_rows"], missing))
    return found


@pytest.mark.parametrize("number", INDICATORS)
def test_workbooks_say_what_the_program_and_the_archive_say(
    number: int, counted: Year, evaluated_year: Year, archived_year: Year
) -> None:
    assert evaluated_year[number] == counted[number]
    assert archived_year[number] == counted[number]


def test_every_assessment_and_every_verdict_is_among_them(counted: Year, evaluated_year: Year) -> None:
    assert counted.keys() == evaluated_year.keys() == set(range(1, 26))
    verdicts = Counter(found.verdict for periods in counted.values() for found in periods.values())
    assert verdicts.keys() == {"attained", "missed", "unverified", "missing_data", "not_applicable", "undefined"}
    assert verdicts.total() == 74
