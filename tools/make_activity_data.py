"""Generate the sample ledgers of quality activities of 2022 and their planted answer key.

As in ``make_sample_data``: the tables of plans decide everything first, the rows of the workbooks are made to realise
them, and ``answers_activities.csv`` is worked out from the plans alone.  Every run writes the same bytes.

The key's columns: topic, as_of, item, measure, value.  ``as_of`` D is seen whole: what is dated on D or before is
known, what is dated later is not.  A day is overdue from the day after on: what is due on D itself and not done is not
overdue.  Numbers that are not whole are exact fractions.

activities (item: ``activity|span``, an activity's number, or blank for all)
    A row of the ledger belongs to the span of its activity that ends on the last day of its 计划时间; a row that
    belongs to none (another number, words that name no time) is *unplanned*.  State of a span on D:
    done       done by D, on the span's last day or before
    late       done by D, after the span's last day
    overdue    not done by D (blank, later than D, or no row), the last day before D
    coming     not done by D, the last day D or later
    unknown    the day of completion can't be read
    without_record: done or late, with no 记录编号.

supervision (item: a category, a department, ``category|project or item|period``, a subject, or blank for all)
    checked    records dated no later than D; conform, not_conform, not_applicable, unknown: by their 结果 (unknown: it
               can't be read, or two rows of one number differ, which count once); undated: records whose day can't be
               read, counted apart and nowhere else
    rate       conform / (conform + not_conform)
    expected   what the catalogue requires in periods that ended by D; each is *covered* by a record of its category,
               its project and item (where named) dated in the period, whatever its result; else *missing_data* where
               the ledger of a department that has to check it doesn't answer for the period; else *unchecked*
    A subject is ``category|被检查部门|项目名称|检查项``.  open: subjects whose last 符合 or 不符合 by D is 不符合;
    open_since: the day of the first 不符合 of that run; repeated: records 不符合 of a subject that had an earlier one.
    A department's open and repeated are those of the subjects with that 被检查部门.

nonconformities (item: a source, a department, ``source|department``, a number, or blank for all)
    Only those found (发现日期) by D.  closed: 关闭日期 by D; unknown: 关闭日期 can't be read; open: all others;
    overdue: those of open whose 完成期限 is before D (never one without a readable 完成期限; its state is open);
    closed_late: those of closed whose 关闭日期 is after the 完成期限; days: from 发现日期 to 关闭日期, of the closed:
    total and median.

improvements (item: a category, a number, or blank for all)
    done, late, overdue, coming, unknown: as of activities, by 计划完成 and 实际完成.  unevaluated: done or late with no
    效果评价; contradictory: 进度 100% with a blank 实际完成, or 实际完成 by D with less than 100%; progress: the mean
    of the 进度 that can be read; indicator: the one that is named.

satisfaction (as_of: the last day of the year whose survey it is)
    customers, answered, unanswered (each by name): the declared customers and those with a questionnaire; sent and
    returned questionnaires, response = returned / sent.  score: the mean over the items of (sum of 得分 / sum of 满分),
    over all questionnaires (as indicator 2), over those of a project or of a customer; of an item its own ratio.
    band: questionnaires by the mean of 得分 / 满分 over their items; item is the lower bound, which belongs to it.
    remark: what was written, by ``project|questionnaire``.

The survey of the year before stands apart, since in the sample it would give indicator 2 a change on the year before:
``--before FOLDER`` writes its workbook, and ``answers.csv`` with its scores and, under the year's last day, the change
(this year's score less the year before's), in total and by item.

Usage: ``python tools/make_activity_data.py [OUTPUT_DIR] [--before FOLDER]``; OUTPUT_DIR is ``sample_data`` in the
repository where it isn't written.
"""

# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from statistics import median

from make_sample_data import (
    CITIES,
    CODES,
    INFO,
    MARKETING,
    OFFICE,
    QUARTERS,
    RD_PLAN,
    RESEARCH,
    SATISFACTION,
    SLA,
    TELECOM,
    YEAR,
    Book,
    Cell,
    Layout,
    Questionnaire,
    Row,
    deduct,
    generator,
    month_start,
    roughen,
    staff,
    survey,
    survey_rows,
    write_books,
)

DAYS = (date(2022, 9, 30), date(2022, 12, 31))
LAST_DAY = DAYS[-1]
MONTHS = range(1, 13)
Answer = tuple[str, str, str, str, str]


def month_end(month: int) -> date:
    """Return the last day of a month of the year."""
    return month_start(month + 1) - timedelta(days=1)


def quarter_of(month: int) -> int:
    """Return the quarter of a month."""
    return (month - 1) // 3 + 1


# --------------------------------------------------------------------------------------------------
# Plan: the log of the twelve activities
# --------------------------------------------------------------------------------------------------

ACTIVITIES = {
    1: ("发布2022年运维服务质量管理计划", OFFICE),
    2: ("修订ITSS运维服务体系文件V1.1", OFFICE),
    3: ("运维服务能力内部审核", OFFICE),
    4: ("运维服务能力体系管理评审", OFFICE),
    5: ("ITSS运维服务监督审核", OFFICE),
    6: ("服务过程质量监督检查", f"{INFO}、{TELECOM}"),
    7: ("客户服务满意度调查", OFFICE),
    8: ("人员管理监督检查情况", OFFICE),
    9: ("技术研发进展情况监督检查情况", OFFICE),
    10: ("资源保障的监督检查情况", OFFICE),
    11: ("体系改进进度监督检查情况", OFFICE),
    12: ("运维服务管理目标", OFFICE),
    13: ("客户现场走访", OFFICE),  # no activity of the plan
}
MONTHLY, QUARTERLY = (6, 9, 12), (8, 10, 11)
NOT_LOGGED = "<no row>"
UNREADABLE_DAY = "八月底"
UNPLANNED = ((4, "年中", date(2022, 6, 15)), (13, "2022-05", date(2022, 5, 20)))


@dataclass(frozen=True)
class Logged:
    """One span of an activity: as the key names it, as the ledger writes it, its last day, and what was logged."""

    number: int
    span: str
    written: str
    due: date
    done: date | str | None
    record: bool = True


ONCE = (
    Logged(1, "2022-01", "2022-01", date(2022, 1, 31), date(2022, 1, 7)),
    Logged(2, "2022Q4", "10-12月", date(2022, 12, 31), date(2022, 12, 20)),
    Logged(3, "2022-01", "2022年1月", date(2022, 1, 31), date(2022, 2, 18)),
    Logged(4, "2022-01", "1月", date(2022, 1, 31), date(2022, 1, 27), record=False),
    Logged(5, "2022-07", "2022-07", date(2022, 7, 31), None),
    Logged(7, "2022-12", "2022-12", date(2022, 12, 31), date(2022, 12, 28)),
)
# (activity, month or quarter) -> what was logged instead of a completion in time
MONTH_EXCEPTIONS: dict[tuple[int, int], date | str | None] = {
    (6, 4): date(2022, 5, 6),
    (6, 9): date(2022, 10, 10),
    (9, 5): NOT_LOGGED,
    (12, 8): UNREADABLE_DAY,
}
QUARTER_EXCEPTIONS: dict[tuple[int, int], date | str | None] = {
    (10, 2): None,
    (11, 1): date(2022, 4, 8),
    (11, 3): None,
}
WITHOUT_RECORD = {(6, 7)}
LOGGED_TWICE = (6, 3)


def month_words(number: int, month: int) -> str:
    """Return how the ledger writes a month; not all activities alike."""
    return {6: f"{YEAR}-{month:02}", 9: f"{YEAR}年{month}月", 12: f"{month}月"}[number]


def quarter_words(number: int, quarter: int) -> str:
    """Return how the ledger writes a quarter."""
    name = "一二三四"[quarter - 1]
    return {8: f"{YEAR}Q{quarter}", 10: f"{YEAR}年第{name}季度", 11: f"{name}季度"}[number]


def logged() -> list[Logged]:
    """Return every span of the plan with what was logged of it."""
    found = list(ONCE)
    for number in MONTHLY:
        for month in MONTHS:
            done = MONTH_EXCEPTIONS.get((number, month), month_end(month) - timedelta(days=number % 4 + 1))
            record = (number, month) not in WITHOUT_RECORD
            span = f"{YEAR}-{month:02}"
            found.append(Logged(number, span, month_words(number, month), month_end(month), done, record))
    for number in QUARTERLY:
        for quarter in QUARTERS:
            due = month_end(quarter * 3)
            done = QUARTER_EXCEPTIONS.get((number, quarter), due - timedelta(days=number % 5 + 2))
            found.append(Logged(number, f"{YEAR}Q{quarter}", quarter_words(number, quarter), due, done))
    return sorted(found, key=lambda one: (one.number, one.due))


def activity_row(number: int, written: str, done: Cell, record: str | None) -> Row:
    """Return one row of the log."""
    name, departments = ACTIVITIES[number]
    return {
        "活动序号": number,
        "活动名称": name,
        "计划时间": written,
        "实际完成日期": done,
        "责任部门": departments,
        "记录编号": record,
        "结论": "已完成" if done else "未完成",
    }


def activity_books() -> list[Book]:
    """Return the log of activities, with one row twice and two rows of no planned activity."""
    rows = []
    for one in logged():
        if one.done == NOT_LOGGED:
            continue
        record = f"ZLHD-{one.number:02}-{one.span}" if one.done and one.record else None
        rows.append(activity_row(one.number, one.written, one.done, record))
        if (one.number, one.due.month) == LOGGED_TWICE:
            twice = len(rows)
    rows += [activity_row(number, written, done, f"JH-{number:02}") for number, written, done in UNPLANNED]
    roughen(generator("activities"), rows, wide=("活动序号",), share=0.06)
    rows.insert(twice, dict(rows[twice - 1]))
    return [LedgerBook(OFFICE, "质量活动台账", rows)]


def activity_state(one: Logged, day: date) -> str:
    """Return the state of a span on a day."""
    if isinstance(one.done, str) and one.done != NOT_LOGGED:
        return "unknown"
    if isinstance(one.done, date) and one.done <= day:
        return "done" if one.done <= one.due else "late"
    return "overdue" if one.due < day else "coming"


def activity_answers(day: date) -> Iterator[Answer]:
    """Return what the key says of the activities on a day."""
    states = ("done", "late", "overdue", "coming", "unknown")
    spans = [(one, activity_state(one, day)) for one in logged()]
    for one, state in spans:
        yield line("activities", day, f"{one.number}|{one.span}", "state", state)
    bare = [one for one, state in spans if state in ("done", "late") and not one.record]
    for number in ("", *range(1, 13)):
        own = [state for one, state in spans if number in ("", one.number)]
        for state in states:
            yield line("activities", day, number, state, own.count(state))
        yield line("activities", day, number, "without_record", sum(number in ("", one.number) for one in bare))
    yield line("activities", day, "", "unplanned", sum(done <= day for _, _, done in UNPLANNED))


# --------------------------------------------------------------------------------------------------
# Plan: supervision
# --------------------------------------------------------------------------------------------------

SERVICE, PEOPLE, TECHNOLOGY, MEANS = "服务质量", "人员管理", "技术研发", "资源保障"
CATEGORIES = (SERVICE, PEOPLE, TECHNOLOGY, MEANS)
YES, NO, NEITHER = "符合", "不符合", "不适用"
UNCLEAR = "待复核"
NO_LEDGER = {(TELECOM, 2)}  # (department, quarter) whose records were not handed in

# 3.3: one routine check of each project in each month, but for these
UNCHECKED = {
    ("变电站视频监控运维", 4),
    ("湘潭地调自动化运维", 8),
    ("办公自动化系统运维", 8),
    ("岳阳通信站运维", 9),
    ("衡阳通信站运维", 11),
}
ROUTINE = ("工作过程：值班与巡检记录", "工作过程：工单按时限处理", "工作产出物：月度服务报告", "工作过程：变更审批")
ROUTINE_RESULTS = {
    ("株洲地调自动化运维", 2): NEITHER,
    ("调度交换网运维", 7): NEITHER,
    ("长沙地调自动化运维", 7): UNCLEAR,
}
# 3.4 to 3.6: an item's department and project, and its results where they differ from 符合 ("": never checked)
ITEMS: dict[str, dict[str, tuple[str, str, tuple[str, ...]]]] = {
    PEOPLE: {
        "招聘计划落实情况": (OFFICE, "", ("招聘",)),
        "人员储备计划落实情况": (OFFICE, "", ("人员储备",)),
        "培训计划落实情况": (OFFICE, "", ()),
        "绩效考核落实情况": (OFFICE, "", ()),
    },
    TECHNOLOGY: {
        "设计内容是否按期启动": (RESEARCH, RD_PLAN[0][0], ("根据公司要求，设计内容是否按期启动？",)),
        "技术人员投入是否按照计划保证": (RESEARCH, RD_PLAN[1][0], ()),
        "所需软硬件资源是否按期到位": (RESEARCH, RD_PLAN[2][0], ("所需软硬件资源是否按期到位？",)),
        "设计过程中所形成资料是否完整": (RESEARCH, RD_PLAN[3][0], ()),
        "设计结果是否与立项申请书中的内容一致": (RESEARCH, RD_PLAN[4][0], ()),
    },
    MEANS: {
        "知识库更新情况": (INFO, "", ("知识库",)),
        "备品备件抽检": (TELECOM, "", ()),
        "服务台使用情况": (INFO, "", ()),
    },
}
RESULTS: dict[tuple[str, int], str] = {  # (item, month or quarter)
    ("培训计划落实情况", 2): NO,
    ("所需软硬件资源是否按期到位", 3): NO,
    ("所需软硬件资源是否按期到位", 4): NO,
    ("技术人员投入是否按照计划保证", 6): "",
    ("设计结果是否与立项申请书中的内容一致", 1): NEITHER,
    ("设计结果是否与立项申请书中的内容一致", 2): NEITHER,
    ("设计结果是否与立项申请书中的内容一致", 9): NO,
    ("设计结果是否与立项申请书中的内容一致", 10): NO,
    ("设计过程中所形成资料是否完整", 12): NO,
    ("备品备件抽检", 2): "",
    ("备品备件抽检", 3): NO,
    ("服务台使用情况", 1): NO,
    ("服务台使用情况", 2): NO,
}
# beside the routine: (department, project, item) and the days of its checks with their results
FOLLOWED = (
    (INFO, "调度自动化系统运维", "应急预案演练", ((date(2022, 2, 16), NO), (date(2022, 3, 17), YES))),
    (INFO, "生产管理系统运维", "备份恢复测试", ((date(2022, 3, 10), NO), (date(2022, 6, 14), NO))),
    (
        INFO, "电能量采集系统运维", "账号权限清理",
        ((date(2022, 5, 12), NO), (date(2022, 6, 16), YES), (date(2022, 8, 18), NO)),
    ),
    (TELECOM, "光传输网运维", "光缆巡检记录", ((date(2022, 8, 9), NO), (date(2022, 10, 13), YES))),
    (TELECOM, "调度数据网运维", "配置备份", ((date(2022, 11, 8), NO),)),
)  # fmt: skip
DISPUTED = (TELECOM, "调度交换网运维", "机房环境", date(2022, 8, 23))  # one number, two results
UNDATED = (INFO, "株洲地调自动化运维", "机房环境", "上月底", YES)
REPEATED_CHECKS = 1  # the last routine check of the second quarter, exported again in the third


@dataclass(frozen=True)
class Check:
    """One planned record of supervision: who made it, what of, when and with which result."""

    maker: str
    category: str
    department: str
    project: str
    item: str
    day: date
    result: str

    @property
    def subject(self) -> tuple[str, str, str, str]:
        """Return what is one subject of findings."""
        return self.category, self.department, self.project, self.item


@dataclass(frozen=True)
class Wanted:
    """One required check: of a project or an item in a period, and the record that answers it, if there is one."""

    category: str
    subject: str
    period: str
    last_day: date
    check: Check | None
    missing: bool = False


def day_within(rng: random.Random, start: date, end: date) -> date:
    """Return a day of the half-open span, not too near its ends."""
    return start + timedelta(days=rng.randrange(2, (end - start).days - 4))


def service_checks() -> list[Wanted]:
    """Return the routine checks of projects (3.3)."""
    found = []
    for department, projects in ((INFO, SLA[INFO]), (TELECOM, SLA[TELECOM])):
        rng = generator("supervision", department)
        for month in MONTHS:
            for place, project in enumerate(projects):
                missing = (department, quarter_of(month)) in NO_LEDGER
                result = ROUTINE_RESULTS.get((project, month), YES)
                item = ROUTINE[(month + place) % len(ROUTINE)]
                day = day_within(rng, month_start(month), month_start(month + 1))
                check = Check(department, SERVICE, department, project, item, day, result)
                left = missing or (project, month) in UNCHECKED
                period = f"{YEAR}-{month:02}"
                found.append(Wanted(SERVICE, project, period, month_end(month), None if left else check, missing))
    return found


def item_checks() -> list[Wanted]:
    """Return the checks of items (3.4 to 3.6)."""
    found = []
    for category, items in ITEMS.items():
        rng = generator("supervision", category)
        length = 1 if category == TECHNOLOGY else 3
        for place in range(1, 12 // length + 1):
            start, end = month_start((place - 1) * length + 1), month_start(place * length + 1)
            period = f"{YEAR}-{place:02}" if length == 1 else f"{YEAR}Q{place}"
            for item, (department, project, _) in items.items():
                result = RESULTS.get((item, place), YES)
                check = Check(OFFICE, category, department, project, item, day_within(rng, start, end), result)
                found.append(Wanted(category, item, period, end - timedelta(days=1), check if result else None))
    return found


def followed_checks() -> list[Check]:
    """Return the checks beside the routine, but for the two that are doubtful."""
    return [
        Check(department, SERVICE, department, project, item, day, result)
        for department, project, item, checks in FOLLOWED
        for day, result in checks
    ]


def all_checks() -> list[Check]:
    """Return every record whose day can be read; the disputed one once."""
    routine = [one.check for one in (*service_checks(), *item_checks()) if one.check]
    department, project, item, day = DISPUTED
    return [*routine, *followed_checks(), Check(department, SERVICE, department, project, item, day, UNCLEAR)]


def spelled(rng: random.Random, check: Check) -> Row:
    """Return a record with the words that its maker uses."""
    other = ITEMS.get(check.category, {}).get(check.item, ("", "", ()))[2]
    words = {YES: "合格", NO: "不合格"} if check.maker == TELECOM else {}
    loose = check.category == TECHNOLOGY and check.day.month % 3 == 0
    return {
        "检查类别": "技术研发进展" if loose else check.category,
        "检查日期": check.day,
        "被检查部门": "技术部" if loose else check.department,
        "项目名称": check.project or None,
        "检查项": other[0] if other and check.day.month % 2 else check.item,
        "结果": words.get(check.result, check.result),
        "说明": {NO: "限期整改", NEITHER: "本期没有此项工作"}.get(check.result),
        "检查人工号": staff(rng),
    }


def numbered(rng: random.Random, maker: str, checks: Iterable[Check]) -> list[tuple[date, Row]]:
    """Return a department's records in order of their days, with running numbers."""
    code = CODES.get(maker, "ZH")
    ordered = sorted(checks, key=lambda one: (one.day, one.category, one.project, one.item))
    return [
        (one.day, {"检查编号": f"JC-{code}-{index:04}", **spelled(rng, one)}) for index, one in enumerate(ordered, 1)
    ]


def supervision_books() -> list[Book]:
    """Return the records of supervision: by quarter from the operating departments, by year from the office."""
    books: list[Book] = []
    for maker in (INFO, TELECOM, OFFICE):
        rng = generator("supervision rows", maker)
        dated = numbered(rng, maker, (one for one in all_checks() if one.maker == maker))
        roughen(rng, (row for _, row in dated), share=0.05)
        if maker == OFFICE:
            books.append(LedgerBook(OFFICE, "监督检查记录", [row for _, row in dated]))
            continue
        for quarter in QUARTERS:
            rows = [row for day, row in dated if quarter_of(day.month) == quarter]
            if (maker, quarter) not in NO_LEDGER:
                books.append(LedgerBook(maker, "监督检查记录", rows, quarter))
    by_name = {(book.department, book.quarter): book.rows for book in books}
    plant_doubts(by_name[INFO, 2], by_name[INFO, 3], by_name[TELECOM, 3])
    return books


def plant_doubts(second: list[Row], third: list[Row], telecom: list[Row]) -> None:
    """Export some records twice, give the disputed one its other result, add the one without a day."""
    third[:0] = [dict(row) for row in second[-REPEATED_CHECKS:]]
    _, project, item, day, result = UNDATED
    row = spelled(generator("undated"), Check(INFO, SERVICE, INFO, project, item, month_start(8), result))
    third.append({"检查编号": f"JC-{CODES[INFO]}-9001", **row, "检查日期": day})
    at = next(place for place, row in enumerate(telecom) if row["检查项"] == DISPUTED[2])
    telecom[at]["结果"] = "合格"
    telecom.insert(at + 1, {**telecom[at], "结果": "不合格"})


def latest_known(checks: Iterable[Check], day: date) -> dict[tuple[str, str, str, str], list[Check]]:
    """Return each subject's records with a known verdict by a day, in order of time."""
    found: dict[tuple[str, str, str, str], list[Check]] = {}
    for one in sorted(checks, key=lambda one: one.day):
        if one.day <= day and one.result in (YES, NO):
            found.setdefault(one.subject, []).append(one)
    return found


def open_since(checks: Sequence[Check]) -> date | None:
    """Return since when a subject is open: the first 不符合 after its last 符合; None where it isn't."""
    since = None
    for one in checks:
        since = None if one.result == YES else since or one.day
    return since


def supervision_answers(day: date) -> Iterator[Answer]:
    """Return what the key says of supervision on a day."""
    checks = all_checks()
    wanted = [*service_checks(), *item_checks()]
    seen = [one for one in checks if one.day <= day]
    for category in ("", *CATEGORIES):
        own = [one.result for one in seen if category in ("", one.category)]
        yield line("supervision", day, category, "checked", len(own))
        counted = (("conform", YES), ("not_conform", NO), ("not_applicable", NEITHER), ("unknown", UNCLEAR))
        for measure, result in counted:
            yield line("supervision", day, category, measure, own.count(result))
        yield line("supervision", day, category, "rate", Fraction(own.count(YES), own.count(YES) + own.count(NO)))
        ended = [one for one in wanted if one.last_day <= day and category in ("", one.category)]
        yield line("supervision", day, category, "expected", len(ended))
        yield line("supervision", day, category, "covered", sum(one.check is not None for one in ended))
        yield line("supervision", day, category, "missing_data", sum(one.missing for one in ended))
        left = [one for one in ended if one.check is None and not one.missing]
        yield line("supervision", day, category, "unchecked", len(left))
    yield line("supervision", day, "", "undated", 1)
    for one in wanted:
        if one.last_day <= day and one.check is None:
            how = "missing_data" if one.missing else "unchecked"
            yield line("supervision", day, f"{one.category}|{one.subject}|{one.period}", "coverage", how)
    yield from finding_answers(checks, day)


def finding_answers(checks: Sequence[Check], day: date) -> Iterator[Answer]:
    """Return what the key says of findings that are open and that came again."""
    subjects = latest_known(checks, day)
    still = {subject: since for subject, own in subjects.items() if (since := open_since(own))}
    again = {subject: sum(one.result == NO for one in own) - 1 for subject, own in subjects.items()}
    for department in ("", INFO, TELECOM, RESEARCH, OFFICE):
        mine = [subject for subject in subjects if department in ("", subject[1])]
        yield line("supervision", day, department, "open", sum(subject in still for subject in mine))
        yield line("supervision", day, department, "repeated", sum(max(again[subject], 0) for subject in mine))
    for subject in sorted(subjects):
        if subject in still:
            yield line("supervision", day, "|".join(subject), "open_since", still[subject])
        if again[subject] > 0:
            yield line("supervision", day, "|".join(subject), "repeated", again[subject])


# --------------------------------------------------------------------------------------------------
# Plan: nonconformities
# --------------------------------------------------------------------------------------------------

INTERNAL, EXTERNAL, SUPERVISED, UNMET, COMPLAINT = "内审", "外审", "监督检查", "指标未达成", "客户投诉"
ORIGINS = (INTERNAL, EXTERNAL, SUPERVISED, UNMET, COMPLAINT)


@dataclass(frozen=True)
class Nonconformity:
    """One nonconformity: texts in ``due`` and ``closed`` stand in the ledger as they are."""

    number: str
    origin: str
    clause: str
    department: str
    fact: str
    found: date
    due: date | str | None
    closed: date | str | None
    indicator: int | None = None
    period: str | None = None


CLAUSES = {chapter: f"GB/T 28827.1 第{chapter}章" for chapter in range(5, 10)}
NONCONFORMITIES = (
    Nonconformity(
        "BF-001", INTERNAL, CLAUSES[9], INFO, "两份变更单没有审批记录",
        date(2022, 2, 18), date(2022, 3, 18), date(2022, 3, 10),
    ),
    Nonconformity(
        "BF-002", INTERNAL, CLAUSES[7], TELECOM, "备件台账与库存不一致",
        date(2022, 2, 18), date(2022, 3, 18), date(2022, 4, 1),
    ),
    Nonconformity(
        "BF-003", INTERNAL, CLAUSES[8], RESEARCH, "三个项目没有阶段评审记录",
        date(2022, 2, 18), date(2022, 3, 31), None,
    ),
    Nonconformity(
        "BF-004", SUPERVISED, CLAUSES[9], INFO, "应急预案未按计划演练",
        date(2022, 3, 10), date(2022, 4, 10), date(2022, 4, 6),
    ),
    Nonconformity(
        "BF-005", SUPERVISED, CLAUSES[9], INFO, "备份恢复测试再次没有记录",
        date(2022, 6, 14), date(2022, 7, 14), None,
    ),
    Nonconformity(
        "BF-006", SUPERVISED, CLAUSES[9], TELECOM, "光缆巡检记录缺七月",
        date(2022, 8, 9), date(2022, 10, 15), date(2022, 10, 13),
    ),
    Nonconformity(
        "BF-007", UNMET, CLAUSES[9], INFO, "7月事件及时响应率未达成",
        date(2022, 8, 10), date(2022, 9, 30), date(2022, 9, 30), 18, "2022-07",
    ),
    Nonconformity(
        "BF-008", UNMET, CLAUSES[6], OFFICE, "第二季度绩效考核漏一人",
        date(2022, 7, 12), date(2022, 8, 12), "已整改", 8, "2022Q2",
    ),
    Nonconformity(
        "BF-009", COMPLAINT, CLAUSES[9], TELECOM, "通道中断后未及时告知客户",
        date(2022, 5, 20), date(2022, 5, 31), date(2022, 5, 27),
    ),
    Nonconformity(
        "BF-010", COMPLAINT, CLAUSES[7], INFO, "服务台电话多次无人接听",
        date(2022, 9, 27), date(2022, 10, 11), date(2022, 10, 25),
    ),
    Nonconformity(
        "BF-011", EXTERNAL, CLAUSES[5], OFFICE, "管理评审输入缺改进建议",
        date(2022, 11, 16), date(2023, 1, 16), None,
    ),
    Nonconformity(
        "BF-012", EXTERNAL, CLAUSES[9], INFO, "问题单没有根本原因分析",
        date(2022, 11, 16), date(2022, 12, 16), None,
    ),
    Nonconformity(
        "BF-013", INTERNAL, CLAUSES[5], OFFICE, "体系文件目录未更新",
        date(2022, 10, 21), None, None,
    ),
    Nonconformity(
        "BF-014", SUPERVISED, CLAUSES[8], RESEARCH, "设计结果与立项申请书不一致",
        date(2022, 9, 15), date(2022, 9, 30), date(2023, 1, 5),
    ),
    Nonconformity(
        "BF-015", COMPLAINT, CLAUSES[5], MARKETING, "验收资料迟迟没有交给客户",
        date(2022, 4, 2), "下月底", date(2022, 5, 9),
    ),
    Nonconformity(
        "BF-016", INTERNAL, CLAUSES[5], MARKETING, "合同评审表缺一份",
        date(2022, 2, 18), date(2022, 2, 28), date(2022, 2, 25),
    ),
)  # fmt: skip
ORIGIN_WORDS = {"BF-002": "内部审核", "BF-010": "投诉", "BF-011": "外部审核"}
LISTED_TWICE = 9


def nonconformity_row(rng: random.Random, one: Nonconformity) -> Row:
    """Return one row of the ledger."""
    return {
        "编号": one.number,
        "来源": ORIGIN_WORDS.get(one.number, one.origin),
        "依据条款": one.clause,
        "责任部门": one.department,
        "事实描述": one.fact,
        "性质": "一般",
        "原因": "规定执行不到位",
        "纠正措施": "补做并加强检查",
        "完成期限": one.due,
        "关闭日期": one.closed,
        "验证人工号": staff(rng) if one.closed else None,
        "发现日期": one.found,
        "指标序号": one.indicator,
        "考核期": one.period,
    }


def nonconformity_books() -> list[Book]:
    """Return the ledger of nonconformities, with one row twice and a line of its total."""
    rng = generator("nonconformities")
    rows = [nonconformity_row(rng, one) for one in NONCONFORMITIES]
    roughen(rng, rows, wide=("指标序号",), share=0.08)
    rows.insert(LISTED_TWICE, dict(rows[LISTED_TWICE - 1]))
    rows.append({"编号": "合计", "事实描述": len(NONCONFORMITIES)})
    return [LedgerBook(OFFICE, "不符合项台账", rows)]


def nonconformity_state(one: Nonconformity, day: date) -> str:
    """Return the state of a nonconformity on a day; overdue ones are open too."""
    if isinstance(one.closed, str):
        return "unknown"
    if one.closed and one.closed <= day:
        return "closed"
    return "overdue" if isinstance(one.due, date) and one.due < day else "open"


def nonconformity_answers(day: date) -> Iterator[Answer]:
    """Return what the key says of nonconformities on a day."""
    seen = [(one, nonconformity_state(one, day)) for one in NONCONFORMITIES if one.found <= day]
    for one, state in seen:
        yield line("nonconformities", day, one.number, "state", state)
        if state == "closed" and isinstance(one.closed, date):
            yield line("nonconformities", day, one.number, "days", (one.closed - one.found).days)
    departments = sorted({one.department for one in NONCONFORMITIES})
    groups = [("", ""), *((origin, "") for origin in ORIGINS), *(("", department) for department in departments)]
    groups += [(origin, department) for origin in ORIGINS for department in departments]
    for origin, department in groups:
        own = [pair for pair in seen if origin in ("", pair[0].origin) and department in ("", pair[0].department)]
        if own or not (origin and department):
            yield from nonconformity_counts(day, "|".join(filter(None, (origin, department))), own)


def nonconformity_counts(day: date, item: str, own: Sequence[tuple[Nonconformity, str]]) -> Iterator[Answer]:
    """Return the counts of one group."""
    states = [state for _, state in own]
    yield line("nonconformities", day, item, "found", len(own))
    yield line("nonconformities", day, item, "open", states.count("open") + states.count("overdue"))
    for state in ("overdue", "closed", "unknown"):
        yield line("nonconformities", day, item, state, states.count(state))
    closed = [(one.closed, one) for one, state in own if state == "closed" and isinstance(one.closed, date)]
    late = [one for on, one in closed if isinstance(one.due, date) and on > one.due]
    yield line("nonconformities", day, item, "closed_late", len(late))
    days = [(on - one.found).days for on, one in closed]
    yield line("nonconformities", day, item, "days_total", sum(days))
    if days:
        yield line("nonconformities", day, item, "days_median", Fraction(median(map(Fraction, days))))


# --------------------------------------------------------------------------------------------------
# Plan: improvements
# --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Improvement:
    """One improvement; texts in ``done`` and ``progress`` stand in the ledger as they are."""

    number: str
    category: str
    topic: str
    goal: str
    department: str
    due: date
    done: date | str | None
    progress: int | str
    effect: str = ""
    indicator: int | None = None


KINDS = ("人员", "资源", "技术", "过程", "质量")
IMPROVEMENTS = (
    Improvement(
        "GJ-01", "人员", "修订岗位说明书", "覆盖全部运维岗", OFFICE,
        date(2022, 3, 31), date(2022, 3, 25), 100, "岗位职责已明确",
    ),
    Improvement(
        "GJ-02", "人员", "绩效考核名单与花名册核对", "每季考核无遗漏", OFFICE,
        date(2022, 6, 30), date(2022, 7, 15), 100, "第三季度全员参加考核", 8,
    ),
    Improvement(
        "GJ-03", "资源", "扩充备件库", "常用备件有两套", INFO,
        date(2022, 6, 30), date(2022, 6, 28), 100, "", 12,
    ),
    Improvement(
        "GJ-04", "资源", "更新网管系统", "覆盖全部通信站", TELECOM,
        date(2022, 9, 30), None, 60,
    ),
    Improvement(
        "GJ-05", "技术", "建立研发阶段评审", "每个项目有评审记录", RESEARCH,
        date(2022, 8, 31), None, 45,
    ),
    Improvement(
        "GJ-06", "技术", "代码走查制度", "每次发布前走查", RESEARCH,
        date(2022, 12, 15), date(2022, 12, 12), 100, "", 22,
    ),
    Improvement(
        "GJ-07", "过程", "增设夜间值班席位", "响应率恢复到 90%", INFO,
        date(2022, 8, 31), date(2022, 8, 29), 100, "9月响应率回升", 18,
    ),
    Improvement(
        "GJ-08", "过程", "通信事件自动派单", "响应时间缩短", TELECOM,
        date(2022, 7, 31), date(2022, 10, 20), 100, "", 18,
    ),
    Improvement(
        "GJ-09", "过程", "问题管理流程电子化", "问题单线上流转", INFO,
        date(2023, 3, 31), None, 20,
    ),
    Improvement(
        "GJ-10", "质量", "体系文件全面修订", "发布新版体系文件", OFFICE,
        date(2022, 12, 31), None, 90,
    ),
    Improvement(
        "GJ-11", "质量", "质量月报", "每月发布", OFFICE,
        date(2022, 5, 31), "五月", 100,
    ),
    Improvement(
        "GJ-12", "质量", "验收资料清单", "一次交齐", MARKETING,
        date(2022, 10, 31), None, 100,
    ),
    Improvement(
        "GJ-13", "资源", "知识库分类调整", "检索方便", INFO,
        date(2022, 11, 30), None, "八成", "", 11,
    ),
)  # fmt: skip
KIND_WORDS = {"GJ-02": "人员管理", "GJ-07": "服务过程", "GJ-10": "质量管理"}
COMPLETE = 100


def improvement_row(one: Improvement) -> Row:
    """Return one row of the plan of improvements."""
    progress = f"{one.progress}%" if isinstance(one.progress, int) else one.progress
    return {
        "改进编号": one.number,
        "类别": KIND_WORDS.get(one.number, one.category),
        "改进项": one.topic,
        "改进目标": one.goal,
        "责任部门": one.department,
        "计划完成": one.due,
        "实际完成": one.done,
        "进度": progress,
        "效果评价": one.effect or None,
        "指标序号": one.indicator,
    }


def improvement_books() -> list[Book]:
    """Return the plan of improvements."""
    rows = [improvement_row(one) for one in IMPROVEMENTS]
    roughen(generator("improvements"), rows, wide=("指标序号",), share=0.1)
    return [LedgerBook(OFFICE, "体系改进计划", rows)]


def improvement_state(one: Improvement, day: date) -> str:
    """Return the state of an improvement on a day."""
    if isinstance(one.done, str):
        return "unknown"
    if one.done and one.done <= day:
        return "done" if one.done <= one.due else "late"
    return "overdue" if one.due < day else "coming"


def contradicts(one: Improvement, day: date) -> bool:
    """Return whether progress and completion don't fit together."""
    if isinstance(one.progress, str) or isinstance(one.done, str):
        return False
    if one.done is None:
        return one.progress == COMPLETE
    return one.done <= day and one.progress < COMPLETE


def improvement_answers(day: date) -> Iterator[Answer]:
    """Return what the key says of improvements on a day."""
    found = [(one, improvement_state(one, day)) for one in IMPROVEMENTS]
    for one, state in found:
        yield line("improvements", day, one.number, "state", state)
        if one.indicator:
            yield line("improvements", day, one.number, "indicator", one.indicator)
    for kind in ("", *KINDS):
        own = [(one, state) for one, state in found if kind in ("", one.category)]
        for state in ("done", "late", "overdue", "coming", "unknown"):
            yield line("improvements", day, kind, state, sum(its == state for _, its in own))
        unevaluated = [one for one, state in own if state in ("done", "late") and not one.effect]
        yield line("improvements", day, kind, "unevaluated", len(unevaluated))
        yield line("improvements", day, kind, "contradictory", sum(contradicts(one, day) for one, _ in own))
        progress = [one.progress for one, _ in own if isinstance(one.progress, int)]
        yield line("improvements", day, kind, "progress", Fraction(sum(progress), len(progress) * COMPLETE))


# --------------------------------------------------------------------------------------------------
# Plan: customers and their answers
# --------------------------------------------------------------------------------------------------

# customer -> questionnaires sent; the last two didn't answer
CUSTOMERS = {
    "长沙供电公司": 4, "株洲供电公司": 8, "湘潭供电公司": 8, "衡阳供电公司": 5, "岳阳供电公司": 8, "常德供电公司": 2,
    "益阳供电公司": 6, "娄底供电公司": 3, "邵阳供电公司": 4, "郴州供电公司": 8, "永州供电公司": 4, "怀化供电公司": 8,
    "张家界供电公司": 3, "湘西供电公司": 3,
}  # fmt: skip
BEFORE = YEAR - 1
QUESTIONNAIRES_BEFORE = 40
# item -> sum of the scores of the year before
SATISFACTION_BEFORE = {
    "服务态度": 388,
    "响应速度": 374,
    "解决能力": 381,
    "技术水平": 383,
    "沟通协调": 386,
    "总体评价": 3801,
}
REMARKS_BEFORE = {7: "处理故障前请先打电话", 22: "报告格式太复杂"}
BANDS = (Fraction(0), Fraction(60, 100), Fraction(80, 100), Fraction(90, 100), Fraction(95, 100))


def survey_before() -> list[Questionnaire]:
    """Return the questionnaires of the year before, all of December as the plan asks."""
    rng = generator("satisfaction", BEFORE)
    scores = {
        item: deduct(rng, [full] * QUESTIONNAIRES_BEFORE, full * QUESTIONNAIRES_BEFORE - SATISFACTION_BEFORE[item])
        for item, (full, _) in SATISFACTION.items()
    }
    projects = [project for members in SLA.values() for project in members]
    found = []
    for sheet in range(QUESTIONNAIRES_BEFORE):
        day = date(BEFORE, 12, 1) + timedelta(days=sheet // 2)
        customer, project = f"{CITIES[sheet % 9]}供电公司", projects[sheet % len(projects)]
        own = {item: marks[sheet] for item, marks in scores.items()}
        remark = REMARKS_BEFORE.get(sheet + 1, "")
        found.append(Questionnaire(f"DC{BEFORE}{sheet + 1:03}", day, customer, project, own, remark))
    return found


def survey_before_books() -> list[Book]:
    """Return the survey of the year before."""
    rows = survey_rows(generator("satisfaction rows", BEFORE), survey_before())
    return [Book(OFFICE, "客户满意度调查", rows, year=BEFORE)]


def item_score(questionnaires: Sequence[Questionnaire], item: str) -> Fraction:
    """Return the score of one item."""
    return Fraction(sum(one.scores[item] for one in questionnaires), SATISFACTION[item][0] * len(questionnaires))


def score(questionnaires: Sequence[Questionnaire]) -> Fraction:
    """Return the mean of the items' scores."""
    return sum((item_score(questionnaires, item) for item in SATISFACTION), Fraction(0)) / len(SATISFACTION)


def satisfaction_answers() -> Iterator[Answer]:
    """Return what the key says of the survey of the year."""
    now = survey(generator("satisfaction"))
    day = LAST_DAY
    answered = {one.customer for one in now}
    yield line("satisfaction", day, "", "customers", len(CUSTOMERS))
    yield line("satisfaction", day, "", "answered", len(answered & set(CUSTOMERS)))
    for customer in CUSTOMERS:
        if customer not in answered:
            yield line("satisfaction", day, customer, "unanswered", 1)
    yield line("satisfaction", day, "", "sent", sum(CUSTOMERS.values()))
    yield line("satisfaction", day, "", "returned", len(now))
    yield line("satisfaction", day, "", "response", Fraction(len(now), sum(CUSTOMERS.values())))
    yield line("satisfaction", day, "", "score", score(now))
    for item in SATISFACTION:
        yield line("satisfaction", day, item, "score", item_score(now, item))
    by: tuple[Callable[[Questionnaire], str], ...] = (lambda one: one.project, lambda one: one.customer)
    for key in by:
        for name in sorted({key(one) for one in now}):
            own = [one for one in now if key(one) == name]
            yield line("satisfaction", day, name, "score", score(own))
            yield line("satisfaction", day, name, "returned", len(own))
    marks = [score([one]) for one in now]
    for low, high in zip(BANDS, (*BANDS[1:], Fraction(2)), strict=True):
        yield line("satisfaction", day, str(low), "band", sum(low <= mark < high for mark in marks))
    for one in now:
        if one.remark:
            yield line("satisfaction", day, f"{one.project}|{one.number}", "remark", one.remark)


def change_answers() -> Iterator[Answer]:
    """Return what the key says of the survey of the year before, and of the change since."""
    now, before = survey(generator("satisfaction")), survey_before()
    then = date(BEFORE, 12, 31)
    yield line("satisfaction", then, "", "score", score(before))
    yield line("satisfaction", LAST_DAY, "", "change", score(now) - score(before))
    for item in SATISFACTION:
        yield line("satisfaction", then, item, "score", item_score(before, item))
        yield line("satisfaction", LAST_DAY, item, "change", item_score(now, item) - item_score(before, item))


# --------------------------------------------------------------------------------------------------
# Writing
# --------------------------------------------------------------------------------------------------

COLUMNS: dict[str, tuple[str, ...]] = {
    "质量活动台账": ("活动序号", "活动名称", "计划时间", "实际完成日期", "责任部门", "记录编号", "结论"),
    "监督检查记录": (
        "检查编号",
        "检查类别",
        "检查日期",
        "被检查部门",
        "项目名称",
        "检查项",
        "结果",
        "说明",
        "检查人工号",
    ),
    "不符合项台账": (
        "编号",
        "来源",
        "依据条款",
        "责任部门",
        "事实描述",
        "性质",
        "原因",
        "纠正措施",
        "完成期限",
        "关闭日期",
        "验证人工号",
        "发现日期",
        "指标序号",
        "考核期",
    ),
    "体系改进计划": (
        "改进编号",
        "类别",
        "改进项",
        "改进目标",
        "责任部门",
        "计划完成",
        "实际完成",
        "进度",
        "效果评价",
        "指标序号",
    ),
}
TELECOM_WORDS = {"项目名称": "所属项目", "检查项": "检查内容", "结果": "检查结果", "说明": "情况说明"}
LAYOUTS = {
    "质量活动台账": Layout(footer="备注：空着的完成日期表示尚未完成。"),
    "监督检查记录": Layout(title_rows=1, blank_rows=1, date_format="yyyy/m/d"),
    "不符合项台账": Layout(blank_rows=1),
    "体系改进计划": Layout(date_format='yyyy"年"m"月"d"日"'),
}


class LedgerBook(Book):
    """One workbook of the ledgers of quality activities."""

    @property
    def headers(self) -> dict[str, str]:
        """Map each column to its printed header."""
        words = TELECOM_WORDS if self.department == TELECOM else {}
        return {name: words.get(name, name) for name in COLUMNS[self.ledger]}

    @property
    def layout(self) -> Layout:
        """Return the page layout."""
        return LAYOUTS[self.ledger]


def line(topic: str, day: date, item: object, measure: str, value: object) -> Answer:
    """Return one line of the key."""
    return topic, str(day), str(item), measure, str(value)


def all_books() -> list[Book]:
    """Return every workbook that this script makes."""
    makers = (activity_books, supervision_books, nonconformity_books, improvement_books)
    return [book for make in makers for book in make()]


def all_answers() -> Iterator[Answer]:
    """Return the whole key."""
    for answers in (activity_answers, supervision_answers, nonconformity_answers, improvement_answers):
        for day in DAYS:
            yield from answers(day)
    yield from satisfaction_answers()


def write_answers(path: Path, answers: Iterable[Answer]) -> None:
    """Write a key."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("topic", "as_of", "item", "measure", "value"))
        writer.writerows(answers)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Generate the sample ledgers of quality activities and their key.")
    default = Path(__file__).resolve().parent.parent / "sample_data"
    parser.add_argument("output", nargs="?", type=Path, default=default, help="output folder")
    parser.add_argument("--before", type=Path, help="output folder of the survey of the year before")
    options = parser.parse_args(arguments)
    output: Path = options.output
    output.mkdir(parents=True, exist_ok=True)
    write_books(output, all_books())
    write_answers(output / "answers_activities.csv", all_answers())
    before: Path | None = options.before
    if before:
        write_books(before, survey_before_books())
        write_answers(before / "answers.csv", change_answers())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
