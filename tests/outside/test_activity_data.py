"""The sample's ledgers of quality activities, and their planted key `sample_data/answers_activities.csv`.

Three ways: totals worked out here by hand from the plans that `tools/make_activity_data.py` writes down; the same and
the rest worked out again from the workbooks alone, read with openpyxl; and what the program makes of the ledgers.
"""

import csv
import re
import shutil
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

import openpyxl
import pytest
from kit.sample import BEFORE, DATA, ROOT, Key, key_of, read_in
from kit.tables import report_of

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.ledgers import RECORDS, Record
from itss_kpi.catalogue.load import load
from itss_kpi.core.problems import Problem
from itss_kpi.plan.records import absences, records
from itss_kpi.tables.table import Table

LEDGERS = ("activity_log", "supervision", "nonconformities", "improvements")
AUTUMN, WINTER = "2022-09-30", "2022-12-31"
INFO, TELECOM, OFFICE = "信息部", "通信部", "综合管理部"

Cells = dict[str, Any]


@pytest.fixture(scope="module")
def key() -> dict[Key, str]:
    return key_of(DATA / "answers_activities.csv")


# ---- by hand


@pytest.mark.parametrize(
    ("topic", "item", "measure", "autumn", "winter"),
    [
        # 54 spans: 6 that happen once, 3 activities by month, 3 by quarter
        ("activities", "", "done", 31, 45),
        ("activities", "", "late", 3, 4),
        ("activities", "", "overdue", 3, 4),
        ("activities", "", "coming", 16, 0),
        ("activities", "", "unknown", 1, 1),
        ("activities", "", "without_record", 2, 2),
        ("activities", "", "unplanned", 2, 2),
        ("activities", "6", "late", 1, 2),
        ("activities", "11", "overdue", 0, 1),
        # 14 projects and 5 questions by month, 4 + 3 items by quarter
        ("supervision", "", "expected", 126 + 45 + 12 + 9, 168 + 60 + 16 + 12),
        ("supervision", "", "missing_data", 15, 15),
        ("supervision", "", "unchecked", 6, 7),
        ("supervision", "服务质量", "unchecked", 4, 5),
        ("supervision", "技术研发", "unchecked", 1, 1),
        ("supervision", "资源保障", "unchecked", 1, 1),
        ("supervision", "", "covered", 171, 234),
        # beside what is required: 8 (10) checks of what was found, and the disputed one
        ("supervision", "", "checked", 180, 245),
        ("supervision", "", "not_conform", 13, 16),
        ("supervision", "", "not_applicable", 4, 4),
        ("supervision", "", "unknown", 2, 2),
        ("supervision", "", "conform", 161, 223),
        ("supervision", "", "rate", "161/174", "223/239"),
        ("supervision", "", "undated", 1, 1),
        ("supervision", "", "open", 5, 4),
        ("supervision", INFO, "open", 2, 2),
        ("supervision", TELECOM, "open", 2, 1),
        ("supervision", "研发部", "open", 1, 1),
        ("supervision", OFFICE, "open", 0, 0),
        ("supervision", "", "repeated", 4, 5),
        ("supervision", INFO, "repeated", 3, 3),
        ("supervision", "研发部", "repeated", 1, 2),
        ("nonconformities", "", "found", 13, 16),
        ("nonconformities", "", "open", 5, 6),
        ("nonconformities", "", "overdue", 2, 4),
        ("nonconformities", "", "closed", 7, 9),
        ("nonconformities", "", "unknown", 1, 1),
        ("nonconformities", "", "closed_late", 1, 2),
        ("nonconformities", "", "days_total", 20 + 42 + 27 + 51 + 7 + 37 + 7, 191 + 65 + 28),
        ("nonconformities", "", "days_median", 27, 28),
        ("nonconformities", "监督检查", "open", 3, 2),
        ("nonconformities", "监督检查|信息部", "overdue", 1, 1),
        ("nonconformities", "信息部", "closed", 3, 4),
        ("improvements", "", "done", 3, 4),
        ("improvements", "", "late", 1, 2),
        ("improvements", "", "overdue", 2, 4),
        ("improvements", "", "coming", 6, 2),
        ("improvements", "", "unknown", 1, 1),
        ("improvements", "", "unevaluated", 1, 3),
        ("improvements", "", "contradictory", 1, 1),
        ("improvements", "", "progress", str(Fraction(1015, 1200)), str(Fraction(1015, 1200))),
    ],
)
def test_the_key_holds_what_the_plans_say(
    key: Mapping[Key, str], topic: str, item: str, measure: str, autumn: object, winter: object
) -> None:
    assert (key[topic, AUTUMN, item, measure], key[topic, WINTER, item, measure]) == (str(autumn), str(winter))


def test_what_nobody_checked_is_listed(key: Mapping[Key, str]) -> None:
    coverage = {item: value for (_, day, item, measure), value in key.items() if (day, measure) == (WINTER, "coverage")}
    assert {item for item, value in coverage.items() if value == "unchecked"} == {
        "服务质量|变电站视频监控运维|2022-04",
        "服务质量|湘潭地调自动化运维|2022-08",
        "服务质量|办公自动化系统运维|2022-08",
        "服务质量|岳阳通信站运维|2022-09",
        "服务质量|衡阳通信站运维|2022-11",
        "技术研发|技术人员投入是否按照计划保证|2022-06",
        "资源保障|备品备件抽检|2022Q2",
    }
    missing = {item for item, value in coverage.items() if value == "missing_data"}
    assert {item.split("|")[2] for item in missing} == {"2022-04", "2022-05", "2022-06"}
    assert len({item.split("|")[1] for item in missing}) == 5


def test_the_survey_s_totals_agree_with_the_second_indicator(key: Mapping[Key, str]) -> None:
    with (DATA / "answers.csv").open(encoding="utf-8", newline="") as stream:
        (planted,) = [row["value"] for row in csv.DictReader(stream) if row["number"] == "2"]
    own = {measure: value for (topic, _, item, measure), value in key.items() if (topic, item) == ("satisfaction", "")}
    assert own == {
        "customers": "14", "answered": "12", "sent": "74", "returned": "60", "response": "30/37", "score": planted,
    }  # fmt: skip
    assert key["satisfaction", WINTER, "服务态度", "score"] == str(Fraction(588, 600))


def test_the_change_on_the_year_before(key: Mapping[Key, str]) -> None:
    found = key_of(BEFORE / "answers.csv")
    before = Fraction(3880 + 3740 + 3810 + 3830 + 3860 + 3801, 4000 * 6)
    assert found["satisfaction", "2021-12-31", "", "score"] == str(before)
    assert found["satisfaction", WINTER, "", "change"] == str(Fraction(769, 800) - before) == "149/24000"
    assert found["satisfaction", WINTER, "响应速度", "change"] == str(Fraction(571, 600) - Fraction(374, 400))
    assert not found.keys() & key.keys()


# ---- again, from the workbooks


def cells_of(path: Path) -> Iterator[Cells]:
    """The rows below the header, each once; lines of totals and notes left out."""
    sheet = openpyxl.load_workbook(path).worksheets[0]
    lines = [list(line) for line in sheet.iter_rows(values_only=True)]
    at = next(place for place, line in enumerate(lines) if sum(cell is not None for cell in line) > 2)
    words = {"所属项目": "项目名称", "检查内容": "检查项", "检查结果": "结果", "情况说明": "说明"}
    names = [words.get(str(name), str(name)) for name in lines[at]]
    seen: list[list[Any]] = []
    for line in lines[at + 1 :]:
        if any(cell is not None for cell in line[1:]) and line[0] != "合计" and line not in seen:
            seen.append(line)
            yield dict(zip(names, line, strict=True))


def rows_of(ledger: str) -> list[Cells]:
    """All departments' rows; one that two files hold counts once."""
    found: list[Cells] = []
    for path in sorted(DATA.glob(f"*/{ledger}_*.xlsx")):
        found += [row for row in cells_of(path) if row not in found]
    return found


def day_of(cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    digits = re.findall(r"\d+", unicodedata.normalize("NFKC", str(cell or "")))
    if len(digits) == 1 and len(digits[0]) == 8:
        digits = [digits[0][:4], digits[0][4:6], digits[0][6:]]
    return date(*map(int, digits)) if len(digits) == 3 else None


def number_of(cell: Any) -> int:
    return int(unicodedata.normalize("NFKC", str(cell)))


def state(done: Any, due: date, day: date) -> str:
    """done, late, overdue, coming or unknown on a day."""
    finished = day_of(done)
    if done is not None and finished is None:
        return "unknown"
    if finished and finished <= day:
        return "done" if finished <= due else "late"
    return "overdue" if due < day else "coming"


@pytest.mark.parametrize("day", [AUTUMN, WINTER])
def test_the_states_of_activities_are_those_of_the_workbook(
    key: Mapping[Key, str], catalogue: Catalogue, day: str
) -> None:
    months = {**dict(zip("一二三四", (3, 6, 9, 12), strict=True)), "年": 0}
    logged: dict[tuple[int, int], Any] = {}
    for row in rows_of("质量活动台账"):
        words = row["计划时间"]
        quarter = re.search("([一二三四])季|Q([1-4])", words)
        number = re.findall(r"\d+", words)
        last = (months.get(quarter[1]) or int(quarter[2]) * 3) if quarter else int(number[-1]) if number else 0
        logged[number_of(row["活动序号"]), last] = row
    found, bare = {}, 0
    for activity in catalogue.activities:
        for span in catalogue.planned(activity):
            row = logged.get((activity.number, span.last_day.month), {})
            its = state(row.get("实际完成日期"), span.last_day, date.fromisoformat(day))
            found[f"{activity.number}|{span}"] = its
            bare += its in ("done", "late") and row["记录编号"] is None
    planted = {
        item: value
        for (topic, on, item, name), value in key.items()
        if (topic, on, name) == ("activities", day, "state")
    }
    assert found == planted
    assert str(bare) == key["activities", day, "", "without_record"]


SPELLINGS = {"合格": "符合", "不合格": "不符合", "技术部": "研发部", "技术研发进展": "技术研发"}


def checks(catalogue: Catalogue) -> list[Cells]:
    """The records with a day, one for each number, in the key's words; a disputed one's result is not known."""
    items = {spelling: item for check in catalogue.supervision for spelling, item in check.spellings.items()}
    found: dict[str, Cells] = {}
    for row in rows_of("监督检查记录"):
        plain = {name: SPELLINGS.get(cell, cell) for name, cell in row.items()}
        plain |= {
            "day": day_of(row["检查日期"]),
            "检查项": items.get(re.sub("？", "?", row["检查项"].replace("，", ",")), row["检查项"]),
        }
        if found.setdefault(row["检查编号"], plain)["结果"] != plain["结果"]:
            found[row["检查编号"]]["结果"] = "?"
    return [one for one in found.values() if one["day"]]


@pytest.mark.parametrize("day", [AUTUMN, WINTER])
def test_the_coverage_of_supervision_is_that_of_the_workbooks(
    key: Mapping[Key, str], catalogue: Catalogue, day: str
) -> None:
    made = checks(catalogue)
    lacking = [(TELECOM, month) for month in (4, 5, 6)]  # no file of the second quarter
    assert not list(DATA.glob(f"{TELECOM}/监督检查记录_2022Q2*"))
    counts: defaultdict[tuple[str, str], int] = defaultdict(int)
    listed = {}
    for check in catalogue.supervision:
        for last in range(check.each.months, 13, check.each.months):
            if last > int(day[5:7]):
                continue
            months = range(last - check.each.months + 1, last + 1)
            for project, item in check.subjects:
                answered = any(
                    one["检查类别"] == check.category and one["day"].month in months
                    and project in ("", one["项目名称"]) and item in ("", one["检查项"])
                    for one in made
                )  # fmt: skip
                lost = any((department, month) in lacking for department in check.departments for month in months)
                how = "covered" if answered else "missing_data" if lost else "unchecked"
                for group in ("", check.category):
                    counts[group, "expected"] += 1
                    counts[group, how] += 1
                if how != "covered":
                    period = f"2022-{last:02}" if len(months) == 1 else f"2022Q{last // 3}"
                    listed[f"{check.category}|{project or item}|{period}"] = how
    names = ("expected", "covered", "missing_data", "unchecked")
    planted = {
        (item, name): int(value)
        for (topic, on, item, name), value in key.items()
        if (topic, on) == ("supervision", day) and name in names
    }
    assert {pair: counts[pair] for pair in planted} == planted
    assert listed == {
        item: value
        for (topic, on, item, name), value in key.items()
        if (topic, on, name) == ("supervision", day, "coverage")
    }


@pytest.mark.parametrize("day", [AUTUMN, WINTER])
def test_the_results_and_findings_of_supervision_are_those_of_the_workbooks(
    key: Mapping[Key, str], catalogue: Catalogue, day: str
) -> None:
    seen = sorted((one for one in checks(catalogue) if str(one["day"]) <= day), key=lambda one: one["day"])
    for category in ("", "服务质量", "人员管理", "技术研发", "资源保障"):
        results = [one["结果"] for one in seen if category in ("", one["检查类别"])]
        good, bad = results.count("符合"), results.count("不符合")
        found = {
            "checked": len(results), "conform": good, "not_conform": bad, "not_applicable": results.count("不适用"),
            "unknown": len([one for one in results if one not in ("符合", "不符合", "不适用")]),
            "rate": Fraction(good, good + bad),
        }  # fmt: skip
        assert {name: key["supervision", day, category, name] for name in found} == {
            name: str(value) for name, value in found.items()
        }
    open_since: dict[str, date] = {}
    failures: defaultdict[str, int] = defaultdict(int)
    for one in seen:
        subject = "|".join(one[name] or "" for name in ("检查类别", "被检查部门", "项目名称", "检查项"))
        if one["结果"] == "符合":
            open_since.pop(subject, None)
        elif one["结果"] == "不符合":
            open_since.setdefault(subject, one["day"])
            failures[subject] += 1
    listed = {
        (item, name): value
        for (topic, on, item, name), value in key.items()
        if (topic, on) == ("supervision", day) and "|" in item
    }
    assert {item: value for (item, name), value in listed.items() if name == "open_since"} == {
        subject: str(since) for subject, since in open_since.items()
    }
    assert {item: value for (item, name), value in listed.items() if name == "repeated"} == {
        subject: str(count - 1) for subject, count in failures.items() if count > 1
    }


@pytest.mark.parametrize("day", [AUTUMN, WINTER])
def test_the_nonconformities_are_those_of_the_workbook(key: Mapping[Key, str], day: str) -> None:
    words = {"内部审核": "内审", "外部审核": "外审", "投诉": "客户投诉"}
    groups: defaultdict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in rows_of("不符合项台账"):
        found, due, closed = (day_of(row[name]) for name in ("发现日期", "完成期限", "关闭日期"))
        assert found
        if str(found) > day:
            continue
        if row["关闭日期"] is not None and closed is None:
            states = ["unknown"]
        elif closed and str(closed) <= day:
            states = ["closed", *(["closed_late"] if due and closed > due else [])]
        else:
            states = ["open", *(["overdue"] if due and str(due) < day else [])]
        origin, department = words.get(row["来源"], row["来源"]), row["责任部门"]
        for group in ("", origin, department, f"{origin}|{department}"):
            for name in ("found", *states):
                groups[group][name].append((closed - found).days if closed else 0)
    planted = {
        (item, name): value
        for (topic, on, item, name), value in key.items()
        if (topic, on) == ("nonconformities", day) and not item.startswith("BF-")
    }
    for (group, name), value in planted.items():
        days = groups[group]["closed"]
        own = {"days_total": sum(days), "days_median": Fraction(median(map(Fraction, days))) if days else None}
        assert value == str(own.get(name, len(groups[group][name]))), (group, name)
    assert {group for group, _ in planted} == set(groups)


@pytest.mark.parametrize("day", [AUTUMN, WINTER])
def test_the_improvements_are_those_of_the_workbook(key: Mapping[Key, str], day: str) -> None:
    found, progress = {}, []
    for row in rows_of("体系改进计划"):
        due = day_of(row["计划完成"])
        assert due
        found[row["改进编号"]] = state(row["实际完成"], due, date.fromisoformat(day))
        share = re.fullmatch(r"(\d+)%", row["进度"])
        progress += [Fraction(int(share[1]), 100)] if share else []
    planted = {
        item: value
        for (topic, on, item, name), value in key.items()
        if (topic, on, name) == ("improvements", day, "state")
    }
    assert found == planted
    assert str(sum(progress, Fraction(0)) / len(progress)) == key["improvements", day, "", "progress"]


def means(rows: Sequence[Cells]) -> Fraction:
    """The mean over the items of the sums of scores over the sums of full marks."""
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        sums[row["调查项"]][0] += number_of(row["得分"])
        sums[row["调查项"]][1] += number_of(row["满分"])
    return sum((Fraction(*pair) for pair in sums.values()), Fraction(0)) / len(sums)


def test_the_scores_of_the_survey_are_those_of_the_workbooks(key: dict[Key, str], catalogue: Catalogue) -> None:
    folders = {2021: BEFORE, 2022: DATA}
    years = {year: list(cells_of(folder / OFFICE / f"客户满意度调查_{year}.xlsx")) for year, folder in folders.items()}
    now = years[2022]
    by: tuple[Callable[[Cells], str], ...] = tuple(
        lambda row, name=name: row[name] for name in ("调查项", "项目名称", "客户单位")
    )
    found = {("", year): means(rows) for year, rows in years.items()}
    for name in by:
        found |= {(one, 2022): means([row for row in now if name(row) == one]) for one in {name(row) for row in now}}
    found |= {
        (one, 2021): means([row for row in years[2021] if row["调查项"] == one])
        for one in {row["调查项"] for row in now}
    }
    planted = {
        (item, int(on[:4])): Fraction(value)
        for (topic, on, item, name), value in (key | key_of(BEFORE / "answers.csv")).items()
        if (topic, name) == ("satisfaction", "score")
    }
    assert found == planted
    answered = {row["客户单位"] for row in now}
    assert {one.name for one in catalogue.customers} - answered == {
        item for topic, _, item, name in key if name == "unanswered"
    }
    assert key["satisfaction", WINTER, "", "sent"] == str(sum(one.questionnaires or 0 for one in catalogue.customers))
    remarks = {(f"{row['项目名称']}|{row['问卷编号']}", row["意见"]) for row in now if row["意见"]}
    assert remarks == {(item, value) for (_, _, item, name), value in key.items() if name == "remark"}
    sheets = {row["问卷编号"] for row in now}
    marks = [means([row for row in now if row["问卷编号"] == sheet]) for sheet in sheets]
    bands = {item: int(value) for (_, _, item, name), value in key.items() if name == "band"}
    assert sum(bands.values()) == len(sheets) == 60
    for low, high in (("0", "3/5"), ("3/5", "4/5"), ("4/5", "9/10"), ("9/10", "19/20"), ("19/20", "2")):
        assert bands[low] == sum(Fraction(low) <= mark < Fraction(high) for mark in marks)


# ---- what the program makes of the ledgers


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    found, problems = load((ROOT / "kpi_definitions.yaml").read_text(encoding="utf-8"), "kpi_definitions.yaml")
    assert found, problems
    return found


@pytest.fixture(scope="module")
def read(catalogue: Catalogue) -> tuple[dict[str, Table], dict[str, list[Problem]]]:
    built = read_in(catalogue, DATA, LEDGERS)
    return {name: table for name, (table, _) in built.items()}, {name: found for name, (_, found) in built.items()}


def test_the_new_ledgers_are_records_and_no_indicator_s(catalogue: Catalogue) -> None:
    assert set(LEDGERS) <= set(catalogue.records)
    assert set(LEDGERS) <= set(RECORDS)


def test_only_what_was_planted_is_a_problem(read: tuple[Any, dict[str, list[Problem]]]) -> None:
    found = {
        name: sorted((problem.code, problem.place.path, problem.message) for problem in problems)
        for name, problems in read[1].items()
    }
    log, faults, plan = (f"{OFFICE}/{name}_2022.xlsx" for name in ("质量活动台账", "不符合项台账", "体系改进计划"))
    info, telecom = f"{INFO}/监督检查记录_2022Q3.xlsx", f"{TELECOM}/监督检查记录_2022Q3.xlsx"
    assert [(code, path) for code, path, _ in found["activity_log"]] == [("D201", log), ("D301", log), ("D303", log)]
    assert "“八月底”" in found["activity_log"][0][2]
    assert [(code, path) for code, path, _ in found["supervision"]] == [
        ("D201", info), ("D203", info), ("D301", info), ("D302", telecom),
    ]  # fmt: skip
    assert [
        word in message
        for word, (_, _, message) in zip(("“上月底”", "“待复核”", "重复", "结果"), found["supervision"], strict=True)
    ] == [True] * 4
    assert [(code, path) for code, path, _ in found["nonconformities"]] == [
        ("D201", faults), ("D201", faults), ("D301", faults), ("D303", faults),
    ]  # fmt: skip
    assert {message for _, _, message in found["nonconformities"][:2]} == {
        "“关闭日期”读不成日期:“已整改”",
        "“完成期限”读不成日期:“下月底”",
    }
    assert [(code, path) for code, path, _ in found["improvements"]] == [("D201", plan), ("D201", plan)]
    assert {message for _, _, message in found["improvements"]} == {
        "“实际完成”读不成日期:“五月”",
        "“进度”读不成百分比:“八成”",
    }


def test_every_row_is_a_record_and_choices_are_in_the_catalogue_s_words(
    catalogue: Catalogue, read: tuple[dict[str, Table], Any]
) -> None:
    rows: dict[str, list[Record]] = {name: records(catalogue.sources[name], read[0][name], Record) for name in LEDGERS}
    # 53 logged spans and 2 of no planned activity; 245 checks, the other of the disputed one, one without a day
    assert {name: len(found) for name, found in rows.items()} == {
        "activity_log": 55, "supervision": 247, "nonconformities": 16, "improvements": 13,
    }  # fmt: skip
    assert {one.text("结果") for one in rows["supervision"]} == {"符合", "不符合", "不适用", ""}
    assert {one.text("被检查部门") for one in rows["supervision"]} == {INFO, TELECOM, OFFICE, "研发部"}
    assert {one.text("检查类别") for one in rows["supervision"]} == {"服务质量", "人员管理", "技术研发", "资源保障"}
    assert {one.text("来源") for one in rows["nonconformities"]} == {
        "内审",
        "外审",
        "监督检查",
        "指标未达成",
        "客户投诉",
    }
    assert {one.text("类别") for one in rows["improvements"]} == {"人员", "资源", "技术", "过程", "质量"}
    assert sum(one.disputed for one in rows["supervision"]) == 2
    assert all(one.text("检查人工号").startswith("#") for one in rows["supervision"])
    (half,) = [one for one in rows["improvements"] if one.text("改进编号") == "GJ-05"]
    assert (half.cells["进度"], half.day("计划完成"), half.day("实际完成")) == (
        Fraction(45, 100),
        date(2022, 8, 31),
        None,
    )


def test_the_quarter_that_was_not_handed_in_is_an_absence(
    catalogue: Catalogue, read: tuple[dict[str, Table], Any]
) -> None:
    found = {
        name: [
            (one.department, one.months)
            for one in absences(catalogue, name, read[0], date(2022, 1, 1), date(2022, 12, 31))
        ]
        for name in LEDGERS
    }
    assert found == {
        "activity_log": [], "supervision": [(TELECOM, ("2022-04", "2022-05", "2022-06"))], "nonconformities": [],
        "improvements": [],
    }  # fmt: skip


def test_the_survey_of_the_year_before_leaves_the_indicator_of_the_year_alone(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    for folder in (DATA, BEFORE):
        for path in folder.glob(f"{OFFICE}/客户满意度调查_*.xlsx"):
            (tmp_path / OFFICE).mkdir(exist_ok=True)
            shutil.copy(path, tmp_path / OFFICE)
    (table,), (problems,) = zip(*read_in(catalogue, tmp_path, ["satisfaction"]).values(), strict=True)
    assert problems == []
    (indicator,) = catalogue.find("2")
    planted = {year: Fraction(769, 800) if year == 2022 else Fraction(22921, 24000) for year in (2021, 2022)}
    for year, value in planted.items():
        (item,) = report_of(catalogue, {"satisfaction": table}, str(year), indicators=[indicator]).assessments
        assert (item.value, item.lowest, item.highest) == (value,) * 3
