"""Generate the sample departmental exports of 2022 and their planted answer key.

The tables of plans below decide every numerator and denominator first; the rows of the workbooks
are then made to realise exactly those numbers, and ``answers.csv`` and ``answers_actions.csv`` are
written from the plans alone.
Nothing is ever computed by reading the generated rows back.  Every run writes the same bytes.

Usage: ``python tools/make_sample_data.py [OUTPUT_DIR]`` (default: ``sample_data`` in the repository).
"""

# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import argparse
import csv
import io
import operator
import random
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import itss_kpi  # noqa: F401  # before openpyxl, which then writes the same bytes whether or not lxml is there

# isort: split
from openpyxl import Workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

YEAR = 2022
SEED = "itss-kpi-2022"
COMPANY = "湖南示例电力调度信息公司"
STAMP = datetime(2022, 12, 31, 9, 0, 0)
ZIP_STAMP = (2022, 12, 31, 9, 0, 0)
QUARTERS = (1, 2, 3, 4)
MONTHS_PER_QUARTER = 3
MONTHS_PER_YEAR = 12

INFO, TELECOM, RESEARCH = "信息部", "通信部", "研发部"
OFFICE, MARKETING = "综合管理部", "营销部"
DEPARTMENTS = ("管理层", TELECOM, INFO, "总经理工作部", MARKETING, OFFICE, RESEARCH)
CONFLICT = "<conflict>"  # placeholder: the cell differs between two quarterly exports
UNREADABLE = "待补"


@dataclass(frozen=True)
class ErrorValue:
    """An Excel error cell such as ``#N/A``."""

    text: str


@dataclass(frozen=True)
class Formatted:
    """A real date cell shown through its own number format."""

    value: date
    number_format: str


Cell = str | int | Decimal | datetime | date | ErrorValue | Formatted | None
Row = dict[str, Cell]
Dated = tuple[datetime, Row]
Item = TypeVar("Item")


# --------------------------------------------------------------------------------------------------
# Plans: the numbers the sample data must show
# --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class IncidentMonth:
    """Incidents of one department in one month (``closed`` includes those carried in)."""

    received: int  # not cancelled
    in_time: int
    closed: int
    resolved: int
    carried: int  # received this month, closed in the next
    cancelled: int = 0
    odd_response: str = ""  # one received ticket whose response time is doubtful
    odd_result: str = ""  # one closed ticket whose result is doubtful


PREVIOUS_DECEMBER = 0  # month 0 is December of the previous year
INCIDENTS: dict[str, dict[int, IncidentMonth]] = {
    INFO: {
        0: IncidentMonth(3, 3, 0, 0, 3),
        1: IncidentMonth(121, 113, 119, 112, 4, 4),
        2: IncidentMonth(103, 96, 104, 97, 3, 3),
        3: IncidentMonth(128, 119, 126, 118, 4, 5, odd_response=CONFLICT),
        4: IncidentMonth(124, 115, 124, 115, 3, 4, odd_result=UNREADABLE),
        5: IncidentMonth(127, 118, 126, 117, 4, 3, odd_response="2022-02-30"),
        6: IncidentMonth(133, 122, 130, 118, 6, 5),
        7: IncidentMonth(140, 121, 140, 128, 4, 6),
        8: IncidentMonth(130, 118, 130, 120, 3, 4),
        9: IncidentMonth(125, 113, 123, 115, 4, 3),
        10: IncidentMonth(122, 112, 122, 113, 3, 4),
        11: IncidentMonth(119, 111, 117, 108, 4, 3),
        12: IncidentMonth(117, 108, 114, 106, 5, 4),
    },
    TELECOM: {
        0: IncidentMonth(2, 2, 0, 0, 2),
        1: IncidentMonth(72, 66, 71, 66, 2, 2),
        2: IncidentMonth(61, 57, 61, 56, 2, 3),
        3: IncidentMonth(76, 70, 75, 70, 3, 2),
        4: IncidentMonth(74, 66, 74, 67, 2, 2),
        5: IncidentMonth(77, 71, 75, 69, 3, 3),
        6: IncidentMonth(80, 72, 79, 70, 4, 2),
        7: IncidentMonth(84, 72, 84, 76, 3, 3),
        8: IncidentMonth(69, 61, 69, 60, 2, 2, odd_response=UNREADABLE),
        9: IncidentMonth(75, 67, 73, 67, 3, 2),
    },
}
MISSING_INCIDENT_MONTHS = (10, 11, 12)  # the fourth quarter's export of the telecom department
REPEATED_INCIDENTS = {INFO: {2: 4, 3: 2}, TELECOM: {2: 3}}  # last n of a quarter, exported again


@dataclass(frozen=True)
class DeskQuarter:
    """Service desk tickets of one quarter."""

    succeeded: int
    dispatched: int
    undispatched: int
    electronic: int
    called_back: int
    conflict: bool = False  # one dispatched ticket exported twice with different results
    odd_callback: str = ""  # one electronic ticket with an unreadable callback flag


SERVICE_DESK = {
    1: DeskQuarter(1404, 1462, 41, 402, 385),
    2: DeskQuarter(1401, 1475, 38, 417, 396, conflict=True),
    3: DeskQuarter(1413, 1488, 35, 431, 410),
    4: DeskQuarter(1432, 1490, 33, 426, 407, odd_callback=UNREADABLE),
}
REPEATED_DESK_TICKETS = {2: 5, 3: 3}


@dataclass(frozen=True)
class ProblemYear:
    """Problems open at the start of the year, then (registered, solved) in each quarter."""

    backlog: int
    quarters: tuple[tuple[int, int], ...]
    odd_solved: str = ""  # unreadable solution date of one unsolved problem of the last quarter


PROBLEMS = {
    INFO: ProblemYear(2, ((30, 29), (28, 29), (33, 32), (29, 29)), odd_solved=UNREADABLE),
    TELECOM: ProblemYear(1, ((18, 18), (17, 16), (20, 19), (16, 17))),
}

# (succeeded, failed, cancelled) in each quarter
Outcomes = tuple[tuple[int, int, int], ...]
CHANGES: dict[str, Outcomes] = {
    INFO: ((41, 3, 2), (38, 4, 1), (45, 4, 2), (40, 3, 3)),
    TELECOM: ((22, 2, 1), (25, 2, 2), (24, 3, 0), (24, 1, 1)),
}
RELEASES: dict[str, Outcomes] = {
    INFO: ((7, 1, 0), (5, 1, 0), (0, 0, 2), (6, 1, 0)),
    RESEARCH: ((6, 0, 1), (4, 0, 0), (0, 0, 1), (5, 1, 1)),
}

# (date, scope, sampled, correct)
CONFIG_AUDITS = {
    INFO: (
        (date(2022, 3, 15), "调度自动化系统服务器", 200, 191),
        (date(2022, 6, 14), "生产管理系统及数据库", 220, 209),
        (date(2022, 9, 14), "电能量采集系统", 210, 199),
        (date(2022, 12, 13), "变电站视频监控平台", 230, 217),
    ),
    TELECOM: (
        (date(2022, 4, 20), "调度数据网设备", 150, 142),
        (date(2022, 10, 19), "光传输及交换设备", 160, 151),
    ),
}
SECURITY_INCIDENTS = ((date(2022, 5, 17), "四级", "长沙地调办公终端", "已隔离并清除病毒，未影响业务"),)


@dataclass(frozen=True)
class ReportQuarter:
    """Service reports due in one quarter: in time, late, never submitted, unreadable."""

    on_time: int
    late: int = 0
    blank: int = 0
    odd: str = ""


SERVICE_REPORTS = {
    INFO: (ReportQuarter(26, 1), ReportQuarter(26, 0, 1), ReportQuarter(27), ReportQuarter(25, 1, 1)),
    TELECOM: (ReportQuarter(14, odd="昨天"), ReportQuarter(15), ReportQuarter(14, 1), ReportQuarter(14, 1)),
}

# project -> (commitments per month, commitments broken over the year)
SLA = {
    INFO: {
        "调度自动化系统运维": (40, 24),
        "电能量采集系统运维": (30, 19),
        "生产管理系统运维": (36, 30),
        "变电站视频监控运维": (24, 12),
        "办公自动化系统运维": (20, 10),
        "调度数据网安全防护运维": (16, 8),
        "长沙地调自动化运维": (20, 12),
        "株洲地调自动化运维": (12, 6),
        "湘潭地调自动化运维": (15, 7),
    },
    TELECOM: {
        "调度数据网运维": (45, 40),
        "光传输网运维": (32, 20),
        "调度交换网运维": (16, 8),
        "衡阳通信站运维": (10, 5),
        "岳阳通信站运维": (12, 5),
    },
}

QUESTIONNAIRES = 60
# item -> (full mark, sum of the scores over all questionnaires)
SATISFACTION = {
    "服务态度": (10, 588),
    "响应速度": (10, 571),
    "解决能力": (10, 577),
    "技术水平": (10, 569),
    "沟通协调": (10, 582),
    "总体评价": (100, 5735),
}

# questionnaire -> what the customer wrote beside the scores
REMARKS = {
    4: "[建议]夜间也安排人值守",
    11: "-响应快,态度好",
    17: "希望每月上门回访一次",
    26: "+视频画面卡顿时电话打不通",
    33: "备件到货慢",
    45: "@值班电话请公布在网站上",
    58: "工程师专业,谢谢",
}

AUDITED = 7  # all declared departments
ACCEPTANCES = {"通过": 38, "未通过": 1, "验收中": 1}

# (post, department, planned, recruited, due)
RECRUITMENT = (
    ("系统运维工程师", INFO, 4, 4, date(2022, 3, 31)),
    ("数据库管理员", INFO, 2, 2, date(2022, 4, 30)),
    ("网络安全工程师", INFO, 3, 2, date(2022, 6, 30)),
    ("服务台坐席", INFO, 4, 5, date(2022, 6, 30)),
    ("通信运维工程师", TELECOM, 3, 3, date(2022, 3, 31)),
    ("光传输工程师", TELECOM, 2, 3, date(2022, 7, 31)),
    ("通信站值班员", TELECOM, 3, 3, date(2022, 9, 30)),
    ("软件开发工程师", RESEARCH, 5, 5, date(2022, 5, 31)),
    ("软件测试工程师", RESEARCH, 2, 2, date(2022, 8, 31)),
    ("产品经理", RESEARCH, 1, 1, date(2022, 10, 31)),
    ("项目经理", MARKETING, 2, 2, date(2022, 9, 30)),
    ("人力资源专员", OFFICE, 1, 1, date(2022, 11, 30)),
)
# (post, planned reserve, actual reserve)
TALENT_POOL = (
    ("调度自动化运维岗", 8, 9),
    ("电能量采集运维岗", 5, 5),
    ("生产管理系统运维岗", 6, 5),
    ("网络安全岗", 4, 3),
    ("调度数据网运维岗", 6, 7),
    ("光传输运维岗", 5, 5),
    ("服务台坐席岗", 4, 4),
    ("项目经理岗", 3, 3),
    ("软件开发岗", 5, 5),
)


@dataclass(frozen=True)
class TrainingYear:
    """Trainings of the year; the last two groups are in the numerator only."""

    completed: int
    finished_next_year: int
    undone: int
    cancelled: int
    planned_last_year: int
    unplanned: int


TRAINING = TrainingYear(47, 1, 1, 1, 1, 1)

# quarter -> (operations staff, of these reviewed)
REVIEWS = {1: (86, 86), 2: (87, 86), 3: (87, 87), 4: (88, 88)}
OTHER_STAFF = {"管理岗": 14, "研发岗": 22, "营销岗": 9}

KNOWLEDGE = {INFO: (22, 24, 25, 23), TELECOM: (14, 16, 17, 15), RESEARCH: (10, 17, 19, 18)}
KNOWLEDGE_PLAN = {
    INFO: {2: 25, 3: 25, 4: 25},
    TELECOM: {2: 17, 3: 17, 4: 17},
    RESEARCH: {2: 18, 3: 18, 4: 18},
}


@dataclass(frozen=True)
class SparesQuarter:
    """Spare parts issued in one quarter; ``odd`` pieces are in a row whose good count is an error."""

    issued: int
    good: int
    odd: int = 0


SPARES = {
    INFO: (
        SparesQuarter(180, 174),
        SparesQuarter(190, 180, 4),
        SparesQuarter(170, 163),
        SparesQuarter(200, 188),
    ),
    TELECOM: (
        SparesQuarter(120, 115),
        SparesQuarter(130, 125),
        SparesQuarter(110, 105),
        SparesQuarter(125, 119),
    ),
}
TOOL_USAGE = {INFO: (24, 23), TELECOM: (16, 16)}  # (projects, with tools)

# (project, planned money, invested money, planned work, done work, due)
RD_PLAN = (
    ("调度运行智能分析平台", "320.00", "310.45", 12, 12, date(2022, 11, 30)),
    ("电网故障辅助研判工具", "180.50", "172.36", 8, 8, date(2022, 9, 30)),
    ("电能量数据质量校核系统", "150.00", "139.90", 10, 11, date(2022, 10, 31)),
    ("变电站视频智能巡视", "260.80", "249.15", 14, 14, date(2022, 12, 20)),
    ("调度数据网态势感知", "210.00", "201.07", 9, 9, date(2022, 12, 15)),
    ("运维知识库与问答", "86.40", "80.12", 10, 12, date(2022, 6, 30)),
    ("备品备件全周期管理", "75.30", "70.88", 6, 6, date(2022, 8, 31)),
    ("通信光缆资源管理", "148.00", "140.26", 9, 8, date(2022, 11, 15)),
    ("检修计划协同编排", "132.00", "127.43", 8, 8, date(2022, 7, 31)),
    ("调度报表自动生成", "97.00", "92.05", 10, 10, date(2022, 5, 31)),
    ("移动运维作业终端", "188.00", "172.32", 12, 12, date(2022, 12, 10)),
    ("机房动环集中监控", "152.00", "144.00", 12, 12, date(2022, 10, 15)),
)


@dataclass(frozen=True)
class Standing:
    """What an action has come to by one day; ``effect`` is what the indicator's next periods say of it."""

    state: str
    days: int = 0
    effect: str = ""


@dataclass(frozen=True)
class Action:
    """A corrective action, as the office writes it, and what has become of it by each of the days in ``SEEN_ON``.

    ``period`` is what is written; ``concerns`` the period that it means, nothing where nobody can tell.
    """

    number: int
    period: str
    concerns: str
    cause: str
    measure: str
    department: str
    due: date | None
    done: date | str | None
    result: str
    verified: date | None
    seen: tuple[Standing, Standing]


OPEN, OVERDUE, DONE, VERIFIED = "open", "overdue", "done", "verified"
UNFINISHED, DOUBTFUL = "incomplete", "doubtful"
EFFECTIVE, INEFFECTIVE, TOO_EARLY = "effective", "ineffective", "too_early"
SEEN_ON = (date(2022, 11, 1), date(2022, 12, 31))
# What falls short without an action (20 in the third quarter; 11, 12 and 22 in the fourth) has none on purpose.
ACTIONS = (
    # verified, and every later month was attained; July, in which it was finished, proves nothing
    Action(
        19, "2022-06", "2022-06", "备件到货晚，故障处理后重复发生", "与供应商签订备件当日送达协议，补齐常用备件",
        INFO, date(2022, 7, 25), date(2022, 7, 20), "有效", date(2022, 10, 10),
        (Standing(VERIFIED, effect=EFFECTIVE), Standing(VERIFIED, effect=EFFECTIVE)),
    ),
    # August is doubtful, but it ends after the action was finished; September is the first full month
    Action(
        18, "２０２２年７月", "2022-07", "迎峰度夏期间夜间值班人员不足", "夜间增加一名值班人员，超时前 10 分钟自动提醒",
        INFO, date(2022, 8, 31), date(2022, 8, 26), "有效", date(2022, 10, 12),
        (Standing(VERIFIED, effect=EFFECTIVE), Standing(VERIFIED, effect=EFFECTIVE)),
    ),
    # said to be effective in August, but the quarter after it was missed; that period itself is doubtful
    Action(
        9, "2022Q2", "2022Q2", "派单规则未覆盖新增项目", "补充派单规则并培训坐席",
        INFO, date(2022, 6, 30), date(2022, 6, 30), "有效", date(2022, 8, 5),
        (Standing(VERIFIED, effect=INEFFECTIVE), Standing(VERIFIED, effect=INEFFECTIVE)),
    ),
    # finished and never verified; the first full quarter is the fourth
    Action(
        8, "2022年第二季度", "2022Q2", "新入职人员未列入考核名单", "人事系统入职时自动加入考核名单",
        OFFICE, date(2022, 8, 15), date(2022, 8, 10), "", None,
        (Standing(DONE, effect=TOO_EARLY), Standing(DONE, effect=EFFECTIVE)),
    ),
    # overdue on the first day, finished late before the second
    Action(
        9, "2022年第三季度", "2022Q3", "派单规则调整后未同步给坐席", "派单规则改为系统自动匹配",
        INFO, date(2022, 10, 20), date(2022, 11, 15), "", None,
        (Standing(OVERDUE, 12), Standing(DONE, effect=TOO_EARLY)),
    ),
    # a second action for the same quarter, not verified yet
    Action(
        9, "2022年三季度", "2022Q3", "坐席交接班时漏派", "交接班时核对未派工单",
        INFO, date(2022, 11, 30), date(2022, 11, 25), "未验证", None,
        (Standing(OPEN), Standing(DONE, effect=TOO_EARLY)),
    ),
    # names a quarter that was attained
    Action(
        21, "2022Q3", "2022Q3", "变更窗口安排过密", "变更窗口每周不超过两次",
        TELECOM, date(2022, 12, 20), None, "", None, (Standing(OPEN), Standing(OVERDUE, 11)),
    ),
    # nobody knows when it was finished: September has thirty days
    Action(
        18, "2022-07", "2022-07", "通信部值班电话无人接听", "值班电话设自动转接",
        TELECOM, date(2022, 9, 30), "2022-09-31", "", None, (Standing(DOUBTFUL), Standing(DOUBTFUL)),
    ),
    # nobody knows which quarter is meant
    Action(
        12, "上季度", "", "光模块批次不良", "更换供应商", TELECOM, date(2022, 12, 15), None, "", None,
        (Standing(DOUBTFUL), Standing(DOUBTFUL)),
    ),
    # the year's count fell short in May already; no period of this year comes after it
    Action(
        25, "2022年度", "2022", "办公终端未及时更新病毒库", "终端管理系统强制更新病毒库",
        INFO, date(2022, 6, 30), date(2022, 6, 24), "有效", date(2022, 7, 15),
        (Standing(VERIFIED, effect=TOO_EARLY), Standing(VERIFIED, effect=TOO_EARLY)),
    ),
    # analysed, but nothing has been decided
    Action(
        14, "2022", "2022", "两个研发项目设备采购推迟到下一年度", "", RESEARCH, None, None, "", None,
        (Standing(UNFINISHED), Standing(UNFINISHED)),
    ),
    # decided without an analysis, and due in the next year
    Action(
        23, "2022年下半年", "2022H2", "", "配置项变更后三日内由第二人复核", INFO, date(2023, 1, 31), None, "", None,
        (Standing(OPEN), Standing(OPEN)),
    ),
    Action(
        17, "2022年第四季度", "2022Q4", "年底驻场人员轮换，报告编写无人接手", "报告编写设第二责任人",
        INFO, date(2023, 1, 20), None, "", None, (Standing(OPEN), Standing(OPEN)),
    ),
    # the plan has no such number
    Action(
        26, "2022Q3", "2022Q3", "巡检记录不完整", "巡检改用手机端填写", TELECOM, date(2022, 10, 31), None, "", None,
        (Standing(OVERDUE, 1), Standing(OVERDUE, 61)),
    ),
)  # fmt: skip


# --------------------------------------------------------------------------------------------------
# Ledgers: columns, second header style, page layout
# --------------------------------------------------------------------------------------------------

COLUMNS: dict[str, tuple[str, ...]] = {
    "事件工单": (
        "工单编号",
        "项目名称",
        "客户单位",
        "事件标题",
        "优先级",
        "受理时间",
        "响应时间",
        "响应时限(分钟)",
        "解决时间",
        "关闭时间",
        "工单状态",
        "解决结果",
        "处理人",
    ),
    "服务台工单": ("工单编号", "受理时间", "受理渠道", "派单结果", "是否回访", "回访日期"),
    "问题台账": ("问题编号", "登记日期", "项目名称", "问题描述", "解决日期", "状态"),
    "变更台账": ("变更编号", "实施日期", "项目名称", "变更类型", "变更结果"),
    "发布台账": ("发布编号", "发布日期", "系统名称", "发布结果"),
    "配置审计记录": ("审计编号", "审计日期", "审计范围", "抽检配置项数量", "正确配置项数量"),
    "信息安全事件台账": ("事件编号", "发生日期", "事件等级", "影响范围", "处置结果"),
    "服务报告提交台账": ("报告编号", "项目名称", "报告类型", "应提交日期", "实际提交日期"),
    "项目SLA达成台账": ("项目名称", "统计月份", "SLA承诺项数", "SLA达成项数", "SLA达成率"),
    "客户满意度调查": ("问卷编号", "调查日期", "客户单位", "项目名称", "调查项", "得分", "满分", "意见"),
    "内部审核记录": ("部门", "审核日期", "是否体系覆盖", "审核结论", "不符合项数"),
    "项目验收台账": ("项目编号", "项目名称", "申请验收日期", "验收结果", "验收日期"),
    "招聘计划台账": ("计划编号", "岗位", "需求部门", "计划到岗日期", "计划招聘人数", "实际招聘人数"),
    "人员储备台账": ("岗位", "储备截止日期", "计划储备人数", "实际储备人数"),
    "培训计划台账": ("培训编号", "培训主题", "计划日期", "实际日期", "培训状态", "参训人数"),
    "绩效考核台账": ("工号", "考核季度", "所属部门", "岗位类别", "是否参加考核", "考核等级"),
    "知识条目台账": ("条目编号", "入库日期", "条目标题", "分类", "提交人"),
    "知识条目新增计划": ("季度", "计划新增数量"),
    "备品备件出库台账": ("出库单号", "出库日期", "备件名称", "出库数量", "合格数量"),
    "运维项目工具使用台账": ("项目编号", "项目名称", "是否使用工具", "工具名称"),
    "研发计划与投入台账": (
        "研发项目编号",
        "项目名称",
        "计划完成日期",
        "计划投入资金(万元)",
        "实际投入资金(万元)",
        "计划完成量",
        "实际完成量",
    ),
    "纠正措施台账": (
        "编号",
        "指标序号",
        "考核期",
        "原因分析",
        "纠正措施",
        "责任部门",
        "责任人",
        "完成期限",
        "实际完成日期",
        "验证结果",
        "验证日期",
    ),
}

# The telecom department's own headers, in its own column order.
TELECOM_HEADERS: dict[str, dict[str, str]] = {
    "事件工单": {
        "工单编号": "工单号",
        "事件标题": "标题",
        "客户单位": "客户名称",
        "项目名称": "所属项目",
        "优先级": "级别",
        "工单状态": "状态",
        "受理时间": "受理日期时间",
        "响应时限(分钟)": "响应时限（分钟）",
        "响应时间": "首次响应时间",
        "解决时间": "恢复时间",
        "解决结果": "处理结果",
        "关闭时间": "关单时间",
        "处理人": "处理人员",
    },
    "问题台账": {
        "问题编号": "问题单号",
        "项目名称": "所属项目",
        "问题描述": "问题现象",
        "登记日期": "登记时间",
        "状态": "问题状态",
        "解决日期": "完成日期",
    },
    "变更台账": {
        "变更编号": "变更单号",
        "变更类型": "变更类别",
        "项目名称": "所属项目",
        "实施日期": "变更实施日期",
        "变更结果": "实施结果",
    },
    "服务报告提交台账": {
        "报告编号": "报告单号",
        "报告类型": "报告类别",
        "项目名称": "所属项目",
        "应提交日期": "应交日期",
        "实际提交日期": "实交日期",
    },
    "备品备件出库台账": {
        "出库单号": "出库编号",
        "备件名称": "备品名称",
        "出库日期": "领用日期",
        "出库数量": "领用数量",
        "合格数量": "合格数",
    },
}
TELECOM_SYNONYMS: dict[str, dict[str, dict[str, str]]] = {
    "事件工单": {
        "优先级": {"P1": "一级", "P2": "二级", "P3": "三级", "P4": "四级"},
        "工单状态": {"已关闭": "关闭", "处理中": "处理中", "已取消": "取消"},
        "解决结果": {"已解决": "解决", "未解决": "未解决"},
    },
    "问题台账": {"状态": {"已解决": "解决", "处理中": "处理中"}},
    "变更台账": {"变更结果": {"成功": "成功", "失败": "失败", "已取消": "取消"}},
}
YES_NO = {"是": ("是", "√", "Y"), "否": ("否", "×", "N")}


@dataclass(frozen=True)
class Layout:
    """How one ledger looks on the page."""

    title_rows: int = 2
    totals: tuple[str, ...] = ()
    footer: str = ""
    blank_rows: int = 0
    moment_format: str = "yyyy-mm-dd hh:mm:ss"
    date_format: str = "yyyy-mm-dd"


PREPARED_BY = "制表人：Y1023    审核人：Y1001    制表日期：2023年1月6日"
LAYOUTS: dict[str, Layout] = {
    "事件工单": Layout(blank_rows=2, footer="备注：已取消工单不计入考核。"),
    "服务台工单": Layout(title_rows=1, blank_rows=1),
    "变更台账": Layout(blank_rows=1, date_format='yyyy"年"m"月"d"日"'),
    "配置审计记录": Layout(totals=("抽检配置项数量", "正确配置项数量"), footer=PREPARED_BY),
    "项目SLA达成台账": Layout(totals=("SLA承诺项数", "SLA达成项数"), footer=PREPARED_BY, blank_rows=1),
    "客户满意度调查": Layout(title_rows=1, blank_rows=2),
    "内部审核记录": Layout(totals=("不符合项数",)),
    "项目验收台账": Layout(footer="备注：验收中项目按申请日期统计。", date_format="yyyy/m/d"),
    "招聘计划台账": Layout(totals=("计划招聘人数", "实际招聘人数"), footer=PREPARED_BY),
    "人员储备台账": Layout(totals=("计划储备人数", "实际储备人数"), footer=PREPARED_BY),
    "培训计划台账": Layout(blank_rows=1, totals=("参训人数",), date_format="yyyy/m/d"),
    "绩效考核台账": Layout(title_rows=0, blank_rows=2),
    "知识条目台账": Layout(title_rows=0),
    "知识条目新增计划": Layout(title_rows=1, totals=("计划新增数量",)),
    "备品备件出库台账": Layout(totals=("出库数量", "合格数量"), footer=PREPARED_BY, blank_rows=1),
    "运维项目工具使用台账": Layout(footer="备注：统计截至2022年12月31日。"),
    "研发计划与投入台账": Layout(
        totals=("计划投入资金(万元)", "实际投入资金(万元)", "计划完成量", "实际完成量"), footer=PREPARED_BY
    ),
}
SECOND_MOMENT, SECOND_DATE = "yyyy/m/d h:mm", "yyyy/m/d"
TELECOM_LAYOUTS: dict[str, Layout] = {
    "事件工单": Layout(1, blank_rows=1, moment_format=SECOND_MOMENT, date_format=SECOND_DATE),
    "问题台账": Layout(0, blank_rows=1, date_format=SECOND_DATE),
    "变更台账": Layout(1, footer="备注：取消的变更单列示不统计。", date_format=SECOND_DATE),
    "服务报告提交台账": Layout(0, date_format=SECOND_DATE),
    "备品备件出库台账": Layout(1, totals=("出库数量", "合格数量"), date_format=SECOND_DATE),
}


@dataclass(frozen=True)
class Book:
    """One workbook to be written."""

    department: str
    ledger: str
    rows: list[Row]
    quarter: int | None = None
    year: int = YEAR

    @property
    def file_name(self) -> str:
        """Return the name of the file."""
        period = f"{self.year}Q{self.quarter}" if self.quarter else str(self.year)
        return f"{self.ledger}_{period}.xlsx"

    @property
    def period(self) -> str:
        """Return the period as the title rows write it."""
        return f"{self.year}年第{'一二三四'[self.quarter - 1]}季度" if self.quarter else f"{self.year}年度"

    @property
    def headers(self) -> dict[str, str]:
        """Map each column to its printed header, in printed order."""
        own = TELECOM_HEADERS.get(self.ledger) if self.department == TELECOM else None
        return own or {name: name for name in COLUMNS[self.ledger]}

    @property
    def synonyms(self) -> dict[str, dict[str, str]]:
        """Map the choices of a column to the words this department uses."""
        return TELECOM_SYNONYMS.get(self.ledger, {}) if self.department == TELECOM else {}

    @property
    def layout(self) -> Layout:
        """Return the page layout of this department's export."""
        layout = LAYOUTS.get(self.ledger, Layout())
        return TELECOM_LAYOUTS.get(self.ledger, layout) if self.department == TELECOM else layout


# --------------------------------------------------------------------------------------------------
# Random material
# --------------------------------------------------------------------------------------------------

CITIES = ("长沙", "株洲", "湘潭", "衡阳", "岳阳", "常德", "益阳", "娄底", "邵阳", "郴州", "永州", "怀化")
SYSTEMS = (
    "调度自动化系统",
    "电能量采集系统",
    "生产管理系统",
    "变电站视频监控",
    "办公自动化系统",
    "调度数据网",
)
FAULTS = (
    "通道中断",
    "数据刷新延迟",
    "登录失败",
    "服务器告警",
    "报表数据缺失",
    "遥测数据异常",
    "画面无法打开",
)
LINKS = ("光传输设备", "调度交换机", "调度数据网路由器", "通信电源", "行政电话", "视频会议终端", "PCM设备")
LINK_FAULTS = ("告警", "链路中断", "误码率升高", "端口异常", "话机无声", "电压偏低", "会议画面卡顿")
PARTS = ("硬盘", "内存条", "电源模块", "光模块", "网络交换板", "风扇", "尾纤", "KVM切换器", "工控机主板")
# Keys are unique over the departments.
CODES = {INFO: "XX", TELECOM: "TX", RESEARCH: "YF"}
FIRST_ISSUE = {INFO: 101, TELECOM: 501}
LIMITS = {"P1": 15, "P2": 30, "P3": 60, "P4": 120}
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def generator(*labels: object) -> random.Random:
    """Return the random generator of one piece of data (independent of all others)."""
    return random.Random("/".join((SEED, *map(str, labels))))


def month_start(month: int) -> date:
    """Return the first day of a month of the year; 0 and 13 are the months just outside."""
    return date(YEAR + (month - 1) // MONTHS_PER_YEAR, (month - 1) % MONTHS_PER_YEAR + 1, 1)


def quarter_start(quarter: int) -> date:
    """Return the first day of a quarter of the year; 0 and 5 are the quarters just outside."""
    return month_start((quarter - 1) * MONTHS_PER_QUARTER + 1)


def random_day(rng: random.Random, start: date, end: date) -> date:
    """Return a day in the half-open span."""
    return start + timedelta(days=rng.randrange((end - start).days))


def quarter_day(rng: random.Random, quarter: int) -> date:
    """Return a day of a quarter."""
    return random_day(rng, quarter_start(quarter), quarter_start(quarter + 1))


def at_work(rng: random.Random, day: date) -> datetime:
    """Return a moment of the day in working hours, often at a whole minute."""
    second = rng.choice((0, rng.randrange(60)))
    return datetime(day.year, day.month, day.day, rng.randrange(8, 18), rng.randrange(60), second)


def staff(rng: random.Random) -> str:
    """Return a staff number."""
    return f"Y{rng.randrange(1002, 1190)}"


def shuffled(rng: random.Random, items: Iterable[Item]) -> list[Item]:
    """Return the items in random order."""
    result = list(items)
    rng.shuffle(result)
    return result


def spread(rng: random.Random, total: int, largest: int) -> list[int]:
    """Split a total into random parts between 1 and ``largest``."""
    parts: list[int] = []
    while total:
        parts.append(rng.randint(1, min(largest, total)))
        total -= parts[-1]
    return parts


def deduct(rng: random.Random, full: Sequence[int], lost: int) -> list[int]:
    """Take ``lost`` units away from the full amounts, one at a time at random places."""
    left = list(full)
    for _ in range(lost):
        left[rng.choice([place for place, amount in enumerate(left) if amount])] -= 1
    return left


# --------------------------------------------------------------------------------------------------
# The ways people write dates and numbers
# --------------------------------------------------------------------------------------------------


def text_moment(rng: random.Random, value: datetime) -> str:
    """Write a moment as text without losing its seconds."""
    plain = value.isoformat(sep=" ")
    if value.second:
        return rng.choice((plain, plain, plain.translate(FULL_WIDTH)))
    slashed = f"{value.year}/{value.month}/{value.day} {value.hour}:{value.minute:02}"
    chinese = f"{value.year}年{value.month}月{value.day}日 {value.hour}时{value.minute:02}分"
    return rng.choice((plain, slashed, chinese, chinese.translate(FULL_WIDTH)))


def text_date(rng: random.Random, value: date) -> str:
    """Write a date as text."""
    year, month, day = value.year, value.month, value.day
    chinese = f"{year}年{month}月{day}日"
    compact = f"{year}{month:02}{day:02}"
    forms = (chinese, f"{year}.{month}.{day}", f"{year}/{month}/{day}", value.isoformat(), compact)
    return rng.choice((*forms, chinese.translate(FULL_WIDTH)))


def text_month(rng: random.Random, value: date) -> Cell:
    """Write a month in one of three ways."""
    return rng.choice(
        (
            f"{value.year}-{value.month:02}",
            f"{value.year}年{value.month}月",
            Formatted(value, "yyyy-mm"),
        )
    )


def text_quarter(rng: random.Random, quarter: int) -> str:
    """Write a quarter in one of three ways."""
    name = "一二三四"[quarter - 1]
    return rng.choice((f"{YEAR}Q{quarter}", f"{YEAR}年第{name}季度", f"{YEAR}年{name}季度"))


def rough_cell(rng: random.Random, value: Cell, wide: bool, share: float) -> Cell:
    """Return the cell as a hurried person might have typed it; the meaning stays the same."""
    if rng.random() >= share:
        return value
    if isinstance(value, datetime):
        return text_moment(rng, value)
    if isinstance(value, date):
        return text_date(rng, value)
    if wide and isinstance(value, int | Decimal):
        return str(value).translate(FULL_WIDTH)
    return value


def roughen(rng: random.Random, rows: Iterable[Row], wide: Sequence[str] = (), share: float = 0.03) -> None:
    """Turn a few dates, and a few numbers of the ``wide`` columns, into text, in place."""
    for row in rows:
        for name, value in row.items():
            row[name] = rough_cell(rng, value, name in wide, share)


# --------------------------------------------------------------------------------------------------
# Rows: incidents and service desk
# --------------------------------------------------------------------------------------------------

SAME_MONTH, NEXT_MONTH, OPEN, CANCELLED = "same month", "next month", "open", "cancelled"
IN_TIME, JUST_IN_TIME, LATE, JUST_LATE, UNANSWERED = "in time", "just in time", "late", "just late", "none"
BLANK_SHARE = 4  # one late ticket in four has no response time at all


def response_kinds(rng: random.Random, plan: IncidentMonth) -> list[str]:
    """Return how each received ticket of the month was answered, a doubtful one first."""
    odd = [plan.odd_response] if plan.odd_response else []
    late = plan.received - plan.in_time - len(odd)
    kinds = [JUST_IN_TIME] + [IN_TIME] * (plan.in_time - 1)
    if late:
        blank = late // BLANK_SHARE
        kinds += [JUST_LATE] + [LATE] * (late - 1 - blank) + [UNANSWERED] * blank
    return odd + shuffled(rng, kinds)


def response_seconds(rng: random.Random, kind: str, limit: int) -> int:
    """Return the seconds between receipt and response for a kind of answer."""
    allowed = limit * 60
    late = allowed + rng.randrange(30, 6000)
    return {JUST_IN_TIME: allowed, JUST_LATE: allowed + 1, LATE: late}.get(kind, rng.randrange(60, allowed))


def response_cell(rng: random.Random, kind: str, received: datetime, limit: int) -> Cell:
    """Return the response time for a kind of answer (unknown kinds are written as they stand)."""
    if kind == UNANSWERED:
        return None
    if kind in (IN_TIME, JUST_IN_TIME, LATE, JUST_LATE):
        return received + timedelta(seconds=response_seconds(rng, kind, limit))
    return kind


def receipt_and_closing(rng: random.Random, month: int, closing: str) -> tuple[datetime, datetime | None]:
    """Return when a ticket came in and when it was closed, if it was."""
    start, end = month_start(month), month_start(month + 1)
    if closing == NEXT_MONTH:
        received = at_work(rng, random_day(rng, end - timedelta(days=2), end))
        return received, at_work(rng, random_day(rng, end + timedelta(days=1), end + timedelta(days=4)))
    received = at_work(rng, random_day(rng, start, end - timedelta(days=3)))
    if closing == SAME_MONTH:
        return received, received + timedelta(hours=5, seconds=rng.randrange(40 * 3600))
    return received, None


def subject(rng: random.Random, department: str) -> tuple[str, str, str]:
    """Return project, customer and title of a ticket."""
    city = rng.choice(CITIES)
    if department == TELECOM:
        device = rng.choice(LINKS)
        return rng.choice(list(SLA[TELECOM])), f"{city}供电公司", f"{city}{device}{rng.choice(LINK_FAULTS)}"
    return rng.choice(list(SLA[INFO])), f"{city}供电公司", f"{city}{rng.choice(SYSTEMS)}{rng.choice(FAULTS)}"


def incident(rng: random.Random, department: str, month: int, closing: str, response: str) -> Dated:
    """Return one incident; its result is filled in afterwards."""
    sharp = response in (JUST_IN_TIME, JUST_LATE)
    priority = "P2" if sharp else rng.choices(list(LIMITS), (1, 3, 8, 4))[0]
    received, closed = receipt_and_closing(rng, month, closing)
    project, customer, title = subject(rng, department)
    status = {OPEN: "处理中", CANCELLED: "已取消"}.get(closing, "已关闭")
    return received, {
        "项目名称": project,
        "客户单位": customer,
        "事件标题": title,
        "优先级": priority,
        "受理时间": received,
        "响应时间": response_cell(rng, response, received, LIMITS[priority]),
        "响应时限(分钟)": LIMITS[priority],
        "解决时间": closed - timedelta(minutes=rng.randint(5, 60)) if closed else None,
        "关闭时间": closed,
        "工单状态": status,
        "解决结果": "未解决" if closing == OPEN else None,
        "处理人": staff(rng),
    }


def result_pool(rng: random.Random, plan: IncidentMonth | None, size: int) -> list[str]:
    """Return the results of the tickets closed in a month (months without a plan: all solved)."""
    if plan is None:
        return ["已解决"] * size
    odd = [plan.odd_result] if plan.odd_result else []
    unsolved = plan.closed - plan.resolved - len(odd)
    return shuffled(rng, ["已解决"] * plan.resolved + ["未解决"] * unsolved + odd)


def fill_results(rng: random.Random, plans: Mapping[int, IncidentMonth], rows: Iterable[Row]) -> None:
    """Give every closed ticket its result, month of closing by month of closing."""
    by_month: dict[int, list[Row]] = {}
    for row in rows:
        closed = row["关闭时间"]
        if isinstance(closed, datetime):
            by_month.setdefault((closed.year - YEAR) * MONTHS_PER_YEAR + closed.month, []).append(row)
    for month, members in sorted(by_month.items()):
        pool = result_pool(rng, plans.get(month), len(members))
        for row, result in zip(members, pool, strict=True):
            row["解决结果"] = result
            row["解决时间"] = None if result == "未解决" else row["解决时间"]


def month_incidents(rng: random.Random, department: str, month: int) -> list[Dated]:
    """Return the tickets received in one month."""
    plan = INCIDENTS[department][month]
    before = INCIDENTS[department].get(month - 1)
    here = plan.closed - (before.carried if before else 0)
    still_open = plan.received - plan.carried - here
    closings = [NEXT_MONTH] * plan.carried + [SAME_MONTH] * here + [OPEN] * still_open
    kinds = zip(closings, response_kinds(rng, plan), strict=True)
    tickets = [incident(rng, department, month, closing, kind) for closing, kind in kinds]
    answers = (rng.choice((IN_TIME, UNANSWERED)) for _ in range(plan.cancelled))
    return tickets + [incident(rng, department, month, CANCELLED, answer) for answer in answers]


def number_rows(dated: list[Dated], column: str, prefix: str) -> list[Dated]:
    """Order the rows by their dates and put a running number into the key column."""
    dated.sort(key=lambda pair: pair[0])
    return [(day, {column: f"{prefix}{index:05}", **row}) for index, (day, row) in enumerate(dated, 1)]


def incident_variants(rng: random.Random, row: Row) -> tuple[Row, Row]:
    """Return the two exports of the conflicting incident: answered in time, and answered late."""
    received, limit = row["受理时间"], row["响应时限(分钟)"]
    if not (isinstance(received, datetime) and isinstance(limit, int)):
        raise TypeError("the conflicting ticket must keep its plain cells")
    early = response_cell(rng, IN_TIME, received, limit)
    late = response_cell(rng, LATE, received, limit)
    return {**row, "响应时间": early}, {**row, "响应时间": late}


def desk_variants(_: random.Random, row: Row) -> tuple[Row, Row]:
    """Return the two exports of the conflicting service desk ticket."""
    return {**row, "派单结果": "失败"}, {**row, "派单结果": "成功"}


Variants = Callable[[random.Random, Row], tuple[Row, Row]]


def quarterly_exports(
    rng: random.Random, dated: list[Dated], repeats: Mapping[int, int], variants: Variants
) -> dict[int, list[Row]]:
    """Split rows into quarterly exports; some late rows of a quarter are exported again in the next."""
    exports: dict[int, list[Row]] = {quarter: [] for quarter in QUARTERS}
    for quarter in QUARTERS:
        end = datetime.combine(quarter_start(quarter + 1), datetime.min.time())
        begin = datetime.combine(quarter_start(quarter), datetime.min.time())
        own = [row for day, row in dated if day < end and (day >= begin or quarter == 1)]
        clear = [row for row in own if CONFLICT not in row.values()]
        again = clear[len(clear) - repeats.get(quarter, 0) :]
        exports.setdefault(quarter + 1, []).extend(dict(row) for row in again)
        for row in own:
            if CONFLICT in row.values():
                first, second = variants(rng, row)
                exports[quarter + 1].append(second)
                exports[quarter].append(first)
            else:
                exports[quarter].append(row)
    return exports


def incident_books() -> list[Book]:
    """Return the quarterly incident exports (the telecom department's fourth is missing)."""
    books: list[Book] = []
    for department, plans in INCIDENTS.items():
        rng = generator("incidents", department)
        dated = [ticket for month in plans for ticket in month_incidents(rng, department, month)]
        fill_results(rng, plans, (row for _, row in dated))
        dated = number_rows(dated, "工单编号", f"{CODES[department]}SJ{YEAR}")
        clear = [row for _, row in dated if CONFLICT not in row.values()]
        roughen(rng, clear, wide=("响应时限(分钟)",))
        exports = quarterly_exports(rng, dated, REPEATED_INCIDENTS[department], incident_variants)
        present = [quarter for quarter in QUARTERS if quarter * MONTHS_PER_QUARTER in plans]
        books += [Book(department, "事件工单", exports[quarter], quarter) for quarter in present]
    return books


def desk_ticket(rng: random.Random, day: date, dispatch: str, contact: tuple[str, str]) -> Dated:
    """Return one service desk ticket."""
    received = at_work(rng, day)
    channel, called = contact
    called_on = day + timedelta(days=rng.randint(1, 4)) if called == "是" else None
    return received, {
        "受理时间": received,
        "受理渠道": channel,
        "派单结果": dispatch,
        "是否回访": called,
        "回访日期": called_on,
    }


def desk_quarter(rng: random.Random, quarter: int, plan: DeskQuarter) -> list[Dated]:
    """Return the service desk tickets received in one quarter."""
    failed = plan.dispatched - plan.succeeded - plan.conflict
    dispatches = ["成功"] * plan.succeeded + ["失败"] * failed + ["无需派单"] * plan.undispatched
    odd = [("电子工单", plan.odd_callback)] if plan.odd_callback else []
    silent = plan.electronic - plan.called_back - len(odd)
    contacts = [("电子工单", "是")] * plan.called_back + [("电子工单", "否")] * silent + odd
    others = len(dispatches) - len(contacts)
    contacts += [(rng.choice(("电话", "电话", "现场")), rng.choice("是否")) for _ in range(others)]
    pairs = zip(shuffled(rng, dispatches), shuffled(rng, contacts), strict=True)
    tickets = [desk_ticket(rng, quarter_day(rng, quarter), dispatch, contact) for dispatch, contact in pairs]
    if plan.conflict:
        last = quarter_start(quarter + 1) - timedelta(days=1)
        tickets.append(desk_ticket(rng, last, CONFLICT, ("电话", "否")))
    return tickets


def desk_books() -> list[Book]:
    """Return the quarterly service desk exports."""
    rng = generator("service desk")
    dated = [ticket for quarter, plan in SERVICE_DESK.items() for ticket in desk_quarter(rng, quarter, plan)]
    dated = number_rows(dated, "工单编号", "FWT2022")
    roughen(rng, (row for _, row in dated))
    exports = quarterly_exports(rng, dated, REPEATED_DESK_TICKETS, desk_variants)
    return [Book(INFO, "服务台工单", exports[quarter], quarter) for quarter in QUARTERS]


# --------------------------------------------------------------------------------------------------
# Rows: the other ledgers of the technical departments
# --------------------------------------------------------------------------------------------------


def project_of(rng: random.Random, department: str) -> str:
    """Return a project of the department."""
    return rng.choice(list(SLA[department]))


def problem(registered: date, solved: date | None) -> Row:
    """Return the dates and the status of a problem."""
    return {"登记日期": registered, "解决日期": solved, "状态": "已解决" if solved else "处理中"}


def problem_rows(rng: random.Random, plan: ProblemYear) -> list[Row]:
    """Return the problems of one department; the oldest are solved first."""
    old = [random_day(rng, quarter_start(0), quarter_start(1) - timedelta(days=25)) for _ in range(3)]
    rows = [problem(day, day + timedelta(days=rng.randint(2, 20))) for day in old]
    waiting = [problem(quarter_day(rng, 0), None) for _ in range(plan.backlog)]
    rows += waiting
    for quarter, (registered, solved) in zip(QUARTERS, plan.quarters, strict=True):
        start, end = quarter_start(quarter), quarter_start(quarter + 1)
        new = [problem(random_day(rng, start, end - timedelta(days=8)), None) for _ in range(registered)]
        rows += new
        carried = len(waiting)
        waiting += new
        for place, row in enumerate(waiting[:solved]):
            begun = row["登记日期"] if place >= carried else start
            if not isinstance(begun, date):
                raise TypeError("a problem has a plain registration date")
            last = end - timedelta(days=1)
            day = {0: start if carried else last, solved - 1: last}.get(place, random_day(rng, begun, end))
            row.update(解决日期=day, 状态="已解决")
        waiting = waiting[solved:]
    if plan.odd_solved:
        waiting[-1].update(解决日期=plan.odd_solved, 状态="已解决")
    return rows


def problem_books() -> list[Book]:
    """Return the problem ledgers."""
    books = []
    for department, plan in PROBLEMS.items():
        rng = generator("problems", department)
        rows = problem_rows(rng, plan)
        for index, row in enumerate(rows, 1):
            project, _, title = subject(rng, department)
            row.update(问题编号=f"WT-{CODES[department]}-{index:04}", 项目名称=project, 问题描述=f"{title}反复出现")
        roughen(rng, rows)
        books.append(Book(department, "问题台账", rows))
    return books


def outcome_dates(rng: random.Random, outcomes: Outcomes) -> list[tuple[date, str]]:
    """Return a date and a result for every planned change or release, in order of time."""
    pairs = [
        (quarter_day(rng, quarter), result)
        for quarter, counts in zip(QUARTERS, outcomes, strict=True)
        for result, count in zip(("成功", "失败", "已取消"), counts, strict=True)
        for _ in range(count)
    ]
    return sorted(pairs)


def change_books() -> list[Book]:
    """Return the change ledgers."""
    books = []
    for department, outcomes in CHANGES.items():
        rng = generator("changes", department)
        rows: list[Row] = [
            {
                "变更编号": f"BG-{CODES[department]}-{index:04}",
                "实施日期": day,
                "项目名称": project_of(rng, department),
                "变更类型": rng.choice(("标准变更", "常规变更", "紧急变更")),
                "变更结果": result,
            }
            for index, (day, result) in enumerate(outcome_dates(rng, outcomes), 1)
        ]
        roughen(rng, rows)
        books.append(Book(department, "变更台账", rows))
    return books


def release_books() -> list[Book]:
    """Return the release ledgers."""
    books = []
    for department, outcomes in RELEASES.items():
        rng = generator("releases", department)
        rows: list[Row] = [
            {
                "发布编号": f"FB-{CODES[department]}-{index:03}",
                "发布日期": day,
                "系统名称": rng.choice(SYSTEMS),
                "发布结果": result,
            }
            for index, (day, result) in enumerate(outcome_dates(rng, outcomes), 1)
        ]
        roughen(rng, rows, share=0.1)
        books.append(Book(department, "发布台账", rows))
    return books


def config_audit_books() -> list[Book]:
    """Return the configuration audit ledgers."""
    books = []
    for department, audits in CONFIG_AUDITS.items():
        rows: list[Row] = [
            {
                "审计编号": f"PZSJ-{CODES[department]}-{index:02}",
                "审计日期": day,
                "审计范围": scope,
                "抽检配置项数量": sampled,
                "正确配置项数量": correct,
            }
            for index, (day, scope, sampled, correct) in enumerate(audits, 1)
        ]
        roughen(generator("config audits", department), rows, wide=COLUMNS["配置审计记录"], share=0.15)
        books.append(Book(department, "配置审计记录", rows))
    return books


def security_books() -> list[Book]:
    """Return the security incident ledger."""
    rows: list[Row] = [
        {
            "事件编号": f"AQ-{index:02}",
            "发生日期": day,
            "事件等级": level,
            "影响范围": scope,
            "处置结果": result,
        }
        for index, (day, level, scope, result) in enumerate(SECURITY_INCIDENTS, 1)
    ]
    return [Book(INFO, "信息安全事件台账", rows)]


def submission(rng: random.Random, kind: str, due: date) -> Cell:
    """Return the day a report was submitted, given its due day (unknown kinds as they stand)."""
    if kind == IN_TIME:
        return due - timedelta(days=rng.choice((0, 0, 1, 2, 3, 5)))
    if kind == LATE:
        return due + timedelta(days=rng.randint(1, 9))
    return kind or None


def report_rows(rng: random.Random, department: str, quarter: int, plan: ReportQuarter) -> list[Row]:
    """Return the service reports due in one quarter."""
    kinds = [IN_TIME] * plan.on_time + [LATE] * plan.late + [""] * plan.blank + [plan.odd] * bool(plan.odd)
    projects = list(SLA[department])
    rows: list[Row] = []
    for place, kind in enumerate(shuffled(rng, kinds)):
        step, which = divmod(place, len(projects))
        month = (quarter - 1) * MONTHS_PER_QUARTER + 1 + step
        due = month_start(month) + timedelta(days=rng.randint(23, 27))
        report = "季度服务报告" if step == MONTHS_PER_QUARTER - 1 else "月度服务报告"
        rows.append(
            {
                "报告编号": f"FWBG-{CODES[department]}-{YEAR}{month:02}-{which + 1:02}",
                "项目名称": projects[which],
                "报告类型": report,
                "应提交日期": due,
                "实际提交日期": submission(rng, kind, due),
            }
        )
    return rows


def report_books() -> list[Book]:
    """Return the service report ledgers."""
    books = []
    for department, plans in SERVICE_REPORTS.items():
        rng = generator("service reports", department)
        quarters = zip(QUARTERS, plans, strict=True)
        rows = [row for quarter, plan in quarters for row in report_rows(rng, department, quarter, plan)]
        roughen(rng, rows)
        books.append(Book(department, "服务报告提交台账", rows))
    return books


def percent(rng: random.Random, achieved: int, promised: int) -> str:
    """Write a rate as people type it: two decimals where needed, either percent sign."""
    text = f"{Decimal(achieved * 100) / promised:.2f}".rstrip("0").rstrip(".")
    return text + rng.choice("%%％")


def sla_books() -> list[Book]:
    """Return the monthly SLA ledgers."""
    books = []
    for department, projects in SLA.items():
        rng = generator("sla", department)
        rows: list[Row] = []
        for project, (promised, broken) in projects.items():
            achieved = deduct(rng, [promised] * MONTHS_PER_YEAR, broken)
            rows += [
                {
                    "项目名称": project,
                    "统计月份": text_month(rng, month_start(month)),
                    "SLA承诺项数": promised,
                    "SLA达成项数": kept,
                    "SLA达成率": percent(rng, kept, promised),
                }
                for month, kept in enumerate(achieved, 1)
            ]
        roughen(rng, rows, wide=("SLA承诺项数", "SLA达成项数"))
        books.append(Book(department, "项目SLA达成台账", rows))
    return books


def knowledge_books() -> list[Book]:
    """Return the knowledge ledgers and the plans for them."""
    books = []
    for department, counts in KNOWLEDGE.items():
        rng = generator("knowledge", department)
        days = [quarter_day(rng, q) for q, n in zip(QUARTERS, counts, strict=True) for _ in range(n)]
        rows: list[Row] = [
            {
                "条目编号": f"ZS-{CODES[department]}-{index:04}",
                "入库日期": day,
                "条目标题": f"{rng.choice(SYSTEMS)}{rng.choice(FAULTS)}处理方法",
                "分类": rng.choice(("故障处理", "操作手册", "应急预案", "配置规范")),
                "提交人": staff(rng),
            }
            for index, day in enumerate(sorted(days), 1)
        ]
        roughen(rng, rows)
        planned = KNOWLEDGE_PLAN[department].items()
        plan_rows: list[Row] = [{"季度": text_quarter(rng, q), "计划新增数量": count} for q, count in planned]
        roughen(rng, plan_rows, wide=("计划新增数量",), share=0.2)
        books += [Book(department, "知识条目台账", rows), Book(department, "知识条目新增计划", plan_rows)]
    return books


def spare_rows(rng: random.Random, quarter: int, plan: SparesQuarter) -> list[Row]:
    """Return the issues of spare parts of one quarter."""
    issued = spread(rng, plan.issued - plan.odd, 9)
    good: list[Cell] = [*deduct(rng, issued, plan.issued - plan.odd - plan.good)]
    if plan.odd:
        place = len(issued) // 2
        issued.insert(place, plan.odd)
        good.insert(place, ErrorValue("#N/A"))
    days = sorted(quarter_day(rng, quarter) for _ in issued)
    return [
        {"出库日期": day, "备件名称": rng.choice(PARTS), "出库数量": amount, "合格数量": fine}
        for day, amount, fine in zip(days, issued, good, strict=True)
    ]


def spare_books() -> list[Book]:
    """Return the spare part ledgers, numbered with leading zeros."""
    books = []
    for department, plans in SPARES.items():
        rng = generator("spares", department)
        quarters = zip(QUARTERS, plans, strict=True)
        rows = [row for quarter, plan in quarters for row in spare_rows(rng, quarter, plan)]
        for index, row in enumerate(rows, FIRST_ISSUE[department]):
            row["出库单号"] = f"{index:06}"
        roughen(rng, rows, wide=("出库数量", "合格数量"))
        books.append(Book(department, "备品备件出库台账", rows))
    return books


def tool_books() -> list[Book]:
    """Return the year-end ledgers of tools in operation projects."""
    books = []
    for department, (projects, equipped) in TOOL_USAGE.items():
        rng = generator("tools", department)
        flags = shuffled(rng, ["是"] * equipped + ["否"] * (projects - equipped))
        names = list(SLA[department])
        names += [f"{city}{'通信网' if department == TELECOM else '信息系统'}驻场运维" for city in CITIES]
        names += [f"{system}巡检服务" for system in SYSTEMS]
        tools = ("运维监控平台", "ITSM系统", "网管系统", "自动巡检工具")
        rows: list[Row] = [
            {
                "项目编号": f"{CODES[department]}YW-{index:03}",
                "项目名称": name,
                "是否使用工具": flag,
                "工具名称": rng.choice(tools) if flag == "是" else None,
            }
            for index, (name, flag) in enumerate(zip(names[:projects], flags, strict=True), 1)
        ]
        books.append(Book(department, "运维项目工具使用台账", rows))
    return books


def rd_books() -> list[Book]:
    """Return the research plan ledger."""
    rows: list[Row] = [
        {
            "研发项目编号": f"YF-2022-{index:02}",
            "项目名称": project,
            "计划完成日期": due,
            "计划投入资金(万元)": Decimal(planned),
            "实际投入资金(万元)": Decimal(invested),
            "计划完成量": work,
            "实际完成量": done,
        }
        for index, (project, planned, invested, work, done, due) in enumerate(RD_PLAN, 1)
    ]
    roughen(generator("rd"), rows, wide=COLUMNS["研发计划与投入台账"], share=0.08)
    return [Book(RESEARCH, "研发计划与投入台账", rows)]


# --------------------------------------------------------------------------------------------------
# Rows: general management and marketing
# --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Questionnaire:
    """One returned questionnaire; ``scores`` are by item."""

    number: str
    day: date
    customer: str
    project: str
    scores: dict[str, int]
    remark: str = ""


def survey(rng: random.Random) -> list[Questionnaire]:
    """Return the questionnaires of the year, whose scores add up to the plan's totals."""
    scores = {
        item: deduct(rng, [full] * QUESTIONNAIRES, full * QUESTIONNAIRES - total)
        for item, (full, total) in SATISFACTION.items()
    }
    projects = [project for members in SLA.values() for project in members]
    days = sorted(random_day(rng, month_start(3), month_start(13)) for _ in range(QUESTIONNAIRES))
    found = []
    for sheet, day in enumerate(days):
        customer, project = f"{rng.choice(CITIES)}供电公司", rng.choice(projects)
        own = {item: marks[sheet] for item, marks in scores.items()}
        found.append(Questionnaire(f"DC{YEAR}{sheet + 1:03}", day, customer, project, own, REMARKS.get(sheet + 1, "")))
    return found


def survey_rows(rng: random.Random, questionnaires: Iterable[Questionnaire]) -> list[Row]:
    """Return one row per questionnaire and item; a remark stands in the last."""
    rows: list[Row] = []
    remarks: list[str] = []
    for one in questionnaires:
        rows += [
            {
                "问卷编号": one.number,
                "调查日期": one.day,
                "客户单位": one.customer,
                "项目名称": one.project,
                "调查项": item,
                "得分": score,
                "满分": SATISFACTION[item][0],
            }
            for item, score in one.scores.items()
        ]
        remarks += [""] * (len(one.scores) - 1) + [one.remark]
    roughen(rng, rows, wide=("得分", "满分"))
    return [{**row, "意见": remark or None} for row, remark in zip(rows, remarks, strict=True)]


def satisfaction_books() -> list[Book]:
    """Return the customer survey."""
    rng = generator("satisfaction")
    return [Book(OFFICE, "客户满意度调查", survey_rows(rng, survey(rng)))]


def internal_audit_books() -> list[Book]:
    """Return the internal audit record: one row per audited department."""
    rng = generator("internal audits")
    rows: list[Row] = []
    for department in DEPARTMENTS[:AUDITED]:
        findings = rng.randrange(3)
        rows.append(
            {
                "部门": department,
                "审核日期": random_day(rng, date(2022, 10, 10), date(2022, 10, 22)),
                "是否体系覆盖": rng.choice(YES_NO["是"]),
                "审核结论": "基本符合" if findings else "符合",
                "不符合项数": findings,
            }
        )
    roughen(rng, rows, share=0.2)
    return [Book(OFFICE, "内部审核记录", rows)]


def acceptance_row(rng: random.Random, applied: date, result: str) -> Row:
    """Return one application for acceptance."""
    decided = applied + timedelta(days=rng.randint(3, 12)) if result == "通过" else None
    name = f"{rng.choice(CITIES)}{rng.choice(SYSTEMS)}{rng.choice(('改造', '扩容', '升级', '建设'))}项目"
    return {"项目名称": name, "申请验收日期": applied, "验收结果": result, "验收日期": decided}


def acceptance_books() -> list[Book]:
    """Return the acceptance ledger, with two applications of the previous year on top."""
    rng = generator("acceptances")
    results = shuffled(rng, [result for result, count in ACCEPTANCES.items() for _ in range(count)])
    days = sorted(random_day(rng, month_start(1), month_start(13)) for _ in results)
    rows = [
        acceptance_row(rng, date(2021, 12, 28), "通过"),
        acceptance_row(rng, date(2021, 12, 30), "未通过"),
    ]
    rows += [acceptance_row(rng, day, result) for day, result in zip(days, results, strict=True)]
    for index, row in enumerate(rows, 1):
        row["项目编号"] = f"XM-{index:03}"
    roughen(rng, rows)
    return [Book(MARKETING, "项目验收台账", rows)]


def recruitment_books() -> list[Book]:
    """Return the recruitment plan ledger."""
    rows: list[Row] = [
        {
            "计划编号": f"ZP-{index:02}",
            "岗位": post,
            "需求部门": department,
            "计划到岗日期": due,
            "计划招聘人数": planned,
            "实际招聘人数": recruited,
        }
        for index, (post, department, planned, recruited, due) in enumerate(RECRUITMENT, 1)
    ]
    roughen(generator("recruitment"), rows, wide=("计划招聘人数", "实际招聘人数"), share=0.12)
    return [Book(OFFICE, "招聘计划台账", rows)]


def talent_books() -> list[Book]:
    """Return the talent pool ledger."""
    rows: list[Row] = [
        {"岗位": post, "储备截止日期": date(2022, 12, 31), "计划储备人数": planned, "实际储备人数": actual}
        for post, planned, actual in TALENT_POOL
    ]
    roughen(generator("talent pool"), rows, wide=("计划储备人数", "实际储备人数"), share=0.12)
    return [Book(OFFICE, "人员储备台账", rows)]


def training_dates(rng: random.Random, plan: TrainingYear) -> list[tuple[date | None, date | None, str]]:
    """Return (planned, held, status) of every training."""
    span = (month_start(1) + timedelta(days=9), month_start(12))
    idle_status = ["未完成"] * plan.undone + ["已取消"] * plan.cancelled
    days = sorted(random_day(rng, *span) for _ in range(plan.completed))
    idle_days = sorted(random_day(rng, *span) for _ in idle_status)
    done = [(day, day + timedelta(days=rng.choice((0, 0, 1, 7))), "已完成") for day in days]
    idle = [(day, None, status) for day, status in zip(idle_days, idle_status, strict=True)]
    december, january = date(2022, 12, 22), date(2023, 1, 6)
    return [
        *((date(2021, 12, 20), date(2022, 1, 11), "已完成") for _ in range(plan.planned_last_year)),
        *done,
        *idle,
        *((december, january, "已完成") for _ in range(plan.finished_next_year)),
        *((None, date(2022, 8, 18), "已完成") for _ in range(plan.unplanned)),
    ]


def training_books() -> list[Book]:
    """Return the training ledger."""
    rng = generator("training")
    topics = (
        "信息安全意识",
        "调度自动化系统运维",
        "ITSS服务标准",
        "光传输设备维护",
        "数据库优化",
        "应急演练",
    )
    rows: list[Row] = [
        {
            "培训编号": f"PX-{index:03}",
            "培训主题": f"{rng.choice(topics)}培训",
            "计划日期": planned,
            "实际日期": held,
            "培训状态": status,
            "参训人数": rng.randint(8, 45) if held else 0,
        }
        for index, (planned, held, status) in enumerate(training_dates(rng, TRAINING), 1)
    ]
    roughen(rng, rows, wide=("参训人数",))
    return [Book(OFFICE, "培训计划台账", rows)]


def review_row(rng: random.Random, number: str, quarter: int, post: str, reviewed: bool) -> Row:
    """Return one person's review of one quarter."""
    homes = {"运维岗": (INFO, TELECOM), "管理岗": ("管理层", OFFICE), "研发岗": (RESEARCH,)}
    home = homes.get(post, (MARKETING,))
    return {
        "工号": number,
        "考核季度": text_quarter(rng, quarter),
        "所属部门": home[int(number[1:]) % len(home)],
        "岗位类别": post,
        "是否参加考核": rng.choice(YES_NO["是" if reviewed else "否"]),
        "考核等级": rng.choice("AABBBC") if reviewed else None,
    }


def review_books() -> list[Book]:
    """Return the performance reviews; people of other posts may miss theirs without effect."""
    rng = generator("reviews")
    others = [post for post, count in OTHER_STAFF.items() for _ in range(count)]
    rows: list[Row] = []
    for quarter, (people, reviewed) in REVIEWS.items():
        flags = shuffled(rng, [True] * reviewed + [False] * (people - reviewed))
        rows += [review_row(rng, f"Y{1100 + i}", quarter, "运维岗", flag) for i, flag in enumerate(flags)]
        idle = rng.randrange(len(others))
        rows += [review_row(rng, f"Y{1001 + i}", quarter, post, i != idle) for i, post in enumerate(others)]
    return [Book(OFFICE, "绩效考核台账", rows)]


def action_books() -> list[Book]:
    """Return the ledger of corrective actions."""
    rng = generator("corrective actions")
    rows: list[Row] = [
        {
            "编号": action_id(index),
            "指标序号": action.number,
            "考核期": action.period,
            "原因分析": action.cause or None,
            "纠正措施": action.measure or None,
            "责任部门": action.department,
            "责任人": staff(rng),
            "完成期限": action.due,
            "实际完成日期": action.done,
            "验证结果": action.result or None,
            "验证日期": action.verified,
        }
        for index, action in enumerate(ACTIONS, 1)
    ]
    roughen(rng, rows, wide=("指标序号",), share=0.2)
    return [Book(OFFICE, "纠正措施台账", rows)]


def action_id(index: int) -> str:
    """Return the number of an action in the ledger."""
    return f"JZ-{YEAR}-{index:02}"


def all_books() -> list[Book]:
    """Return every workbook of the sample."""
    makers = (
        incident_books,
        desk_books,
        problem_books,
        change_books,
        release_books,
        config_audit_books,
        security_books,
        report_books,
        sla_books,
        knowledge_books,
        spare_books,
        tool_books,
        rd_books,
        satisfaction_books,
        internal_audit_books,
        acceptance_books,
        recruitment_books,
        talent_books,
        training_books,
        review_books,
        action_books,
    )
    return [book for make in makers for book in make()]


# --------------------------------------------------------------------------------------------------
# Writing workbooks
# --------------------------------------------------------------------------------------------------

THIN = Side(style="thin", color="FFBFBFBF")
BOX = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
HEADER_FILL = PatternFill("solid", fgColor="FFD9E1F2")
CENTRED = Alignment(horizontal="center", vertical="center")
COLUMN_WIDTH = 19
TEXT_FORMAT = "@"


def cell_at(sheet: Worksheet, line: int, column: int) -> SheetCell:
    """Return a cell of the sheet that can be written."""
    cell = sheet.cell(line, column)
    if not isinstance(cell, SheetCell):
        raise TypeError("only title cells are merged")
    return cell


def put(cell: SheetCell, value: Cell, layout: Layout) -> None:
    """Write one value into a cell with the fitting type and number format."""
    if isinstance(value, ErrorValue):
        cell.value = value.text
        cell.data_type = "e"
    elif isinstance(value, Formatted):
        cell.value = value.value
        cell.number_format = value.number_format
    elif isinstance(value, Decimal):
        cell.value = float(value)
        cell.number_format = "0.00"
    elif isinstance(value, str):
        cell.value = value
        cell.number_format = TEXT_FORMAT
    else:
        cell.value = value
    if isinstance(value, datetime):
        cell.number_format = layout.moment_format
    elif isinstance(value, date):
        cell.number_format = layout.date_format


def put_titles(sheet: Worksheet, book: Book) -> None:
    """Write the title rows above the header."""
    titles = [
        f"{COMPANY}{book.period}{book.ledger}",
        f"填报部门：{book.department}  统计期间：{book.period}",
    ]
    width = len(book.headers)
    for index, title in enumerate(titles[: book.layout.title_rows], 1):
        sheet.cell(index, 1, title)
        sheet.merge_cells(start_row=index, end_row=index, start_column=1, end_column=width)
    if book.layout.title_rows:
        sheet.cell(1, 1).font = Font(bold=True, size=14)
        sheet.cell(1, 1).alignment = CENTRED


def put_header(sheet: Worksheet, book: Book) -> None:
    """Write the header row with its style."""
    for column, header in enumerate(book.headers.values(), 1):
        cell = cell_at(sheet, book.layout.title_rows + 1, column)
        cell.value = header
        cell.font = Font(bold=True)
        cell.fill = HEADER_FILL
        cell.border = BOX
        cell.alignment = CENTRED
        sheet.column_dimensions[cell.column_letter].width = COLUMN_WIDTH
    sheet.freeze_panes = f"A{book.layout.title_rows + 2}"


def number_of(value: Cell) -> Decimal:
    """Return what a quantity adds to a total row (text counts if it is a number)."""
    if isinstance(value, int | Decimal | str):
        return Decimal(value)
    return Decimal(0)


def total_row(book: Book) -> Row:
    """Return the row of sums, labelled in the first printed column."""
    row: Row = {next(iter(book.headers)): "合计"}
    for name in book.layout.totals:
        total = sum((number_of(line.get(name)) for line in book.rows), Decimal(0))
        row[name] = total if "资金" in name else int(total)
    return row


def laid_out_rows(book: Book) -> list[Row]:
    """Return the rows as printed: with a few blank rows in between, and totals."""
    rows = [dict(row) for row in book.rows]
    rng = generator("layout", book.department, book.file_name)
    for _ in range(book.layout.blank_rows):
        rows.insert(rng.randrange(len(rows) // 3, len(rows)), {})
    return [*rows, total_row(book)] if book.layout.totals else rows


def build_workbook(book: Book) -> Workbook:
    """Build the workbook of one ledger."""
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = book.ledger
    put_titles(sheet, book)
    put_header(sheet, book)
    line = book.layout.title_rows + 1
    for row in laid_out_rows(book):
        line += 1
        for column, name in enumerate(book.headers, 1):
            value = row.get(name)
            if isinstance(value, str):
                value = book.synonyms.get(name, {}).get(value, value)
            if value is not None:
                put(cell_at(sheet, line, column), value, book.layout)
    if book.layout.footer:
        sheet.cell(line + 2, 1, book.layout.footer)
    workbook.properties.creator = "sample"
    workbook.properties.created = STAMP
    return workbook


def save_stable(workbook: Workbook, path: Path) -> None:
    """Save a workbook so that the same content always gives the same bytes."""
    buffer = io.BytesIO()
    workbook.save(buffer)
    stamp = STAMP.isoformat().encode() + b"Z"
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(path, "w") as target:
        for name in sorted(source.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            data = source.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, data)
            info = zipfile.ZipInfo(name, date_time=ZIP_STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o600 << 16
            target.writestr(info, data, compresslevel=9)


def write_books(root: Path, books: Iterable[Book]) -> None:
    """Write workbooks below the output folder."""
    for book in books:
        folder = root / book.department
        folder.mkdir(parents=True, exist_ok=True)
        save_stable(build_workbook(book), folder / book.file_name)


# --------------------------------------------------------------------------------------------------
# The answer key, from the plans alone
# --------------------------------------------------------------------------------------------------

Number = int | Fraction | Decimal


@dataclass(frozen=True)
class Tally:
    """What a plan says about one indicator in one period; ``doubt`` may be added to the numerator."""

    numerator: Number
    denominator: Number
    doubt: int = 0


@dataclass(frozen=True)
class Indicator:
    """An indicator's name and target; ``count`` indicators have no denominator."""

    name: str
    target: str
    count: bool = False


INDICATORS = {
    1: Indicator("sla_attainment_rate", "0.95"),
    2: Indicator("customer_satisfaction", "0.96"),
    3: Indicator("internal_audit_coverage", "1"),
    4: Indicator("acceptance_pass_rate", "0.95"),
    5: Indicator("recruitment_completion", "0.95"),
    6: Indicator("talent_pool_completion", "1"),
    7: Indicator("training_completion", "0.98"),
    8: Indicator("review_coverage", "1"),
    9: Indicator("dispatch_success_rate", "0.95"),
    10: Indicator("callback_rate", "0.95"),
    11: Indicator("knowledge_growth", "0.95"),
    12: Indicator("spare_availability", "0.95"),
    13: Indicator("tool_usage_rate", "0.95"),
    14: Indicator("rd_investment_rate", "0.95"),
    15: Indicator("rd_completion_rate", "0.95"),
    16: Indicator("sla_attainment_rate", "0.95"),
    17: Indicator("report_timeliness", "0.95"),
    18: Indicator("incident_response_rate", "0.90"),
    19: Indicator("incident_resolution_rate", "0.90"),
    20: Indicator("problem_resolution_rate", "0.90"),
    21: Indicator("change_success_rate", "0.90"),
    22: Indicator("release_success_rate", "0.90"),
    23: Indicator("config_accuracy", "0.95"),
    24: Indicator("config_audit_count", "1", count=True),
    25: Indicator("security_incident_count", "0", count=True),
}
KNOWLEDGE_GROWTH, SECURITY_COUNT = 11, 25
ANSWER_COLUMNS = (
    "number",
    "indicator",
    "period",
    "numerator",
    "denominator",
    "value",
    "lowest",
    "highest",
    "verdict",
)
Key = tuple[int, str]
Plans = dict[Key, Tally | None]  # None: a required export is missing


def quarter_names() -> list[str]:
    """Return the names of the quarters."""
    return [f"{YEAR}Q{quarter}" for quarter in QUARTERS]


def incident_plans() -> Plans:
    """Return the monthly tallies of responses (18) and resolutions (19)."""
    plans: Plans = {}
    for month in range(1, MONTHS_PER_YEAR + 1):
        period = f"{YEAR}-{month:02}"
        if month in MISSING_INCIDENT_MONTHS:
            plans[18, period] = plans[19, period] = None
            continue
        both = [INCIDENTS[department][month] for department in INCIDENTS]
        plans[18, period] = Tally(
            sum(plan.in_time for plan in both),
            sum(plan.received for plan in both),
            sum(bool(plan.odd_response) for plan in both),
        )
        plans[19, period] = Tally(
            sum(plan.resolved for plan in both),
            sum(plan.closed for plan in both),
            sum(bool(plan.odd_result) for plan in both),
        )
    return plans


def desk_plans() -> Plans:
    """Return the tallies of the service desk (9, 10)."""
    plans: Plans = {
        (9, f"{YEAR}Q{quarter}"): Tally(plan.succeeded, plan.dispatched, int(plan.conflict))
        for quarter, plan in SERVICE_DESK.items()
    }
    for half, quarters in ((1, (1, 2)), (2, (3, 4))):
        members = [SERVICE_DESK[quarter] for quarter in quarters]
        plans[10, f"{YEAR}H{half}"] = Tally(
            sum(plan.called_back for plan in members),
            sum(plan.electronic for plan in members),
            sum(bool(plan.odd_callback) for plan in members),
        )
    return plans


def problem_plans() -> Plans:
    """Return the quarterly tallies of problems (20)."""
    plans: Plans = {}
    waiting = sum(plan.backlog for plan in PROBLEMS.values())
    odd = sum(bool(plan.odd_solved) for plan in PROBLEMS.values())
    for place, period in enumerate(quarter_names()):
        registered = sum(plan.quarters[place][0] for plan in PROBLEMS.values())
        solved = sum(plan.quarters[place][1] for plan in PROBLEMS.values())
        plans[20, period] = Tally(solved, waiting + registered, odd if period.endswith("Q4") else 0)
        waiting += registered - solved
    return plans


def outcome_plans(number: int, ledgers: Mapping[str, Outcomes]) -> Plans:
    """Return the quarterly tallies of changes (21) or releases (22)."""
    plans: Plans = {}
    for place, period in enumerate(quarter_names()):
        succeeded = sum(outcomes[place][0] for outcomes in ledgers.values())
        failed = sum(outcomes[place][1] for outcomes in ledgers.values())
        plans[number, period] = Tally(succeeded, succeeded + failed)
    return plans


def quarterly_plans() -> Plans:
    """Return the tallies of reviews, knowledge, spares and reports (8, 11, 12, 17)."""
    plans: Plans = {}
    for place, period in enumerate(quarter_names()):
        people, reviewed = REVIEWS[place + 1]
        plans[8, period] = Tally(reviewed, people)
        plans[11, period] = Tally(
            sum(counts[place] for counts in KNOWLEDGE.values()),
            sum(plan.get(place + 1, 0) for plan in KNOWLEDGE_PLAN.values()),
        )
        spares = [quarters[place] for quarters in SPARES.values()]
        plans[12, period] = Tally(
            sum(plan.good for plan in spares),
            sum(plan.issued for plan in spares),
            sum(plan.odd for plan in spares),
        )
        reports = [quarters[place] for quarters in SERVICE_REPORTS.values()]
        odd = sum(bool(plan.odd) for plan in reports)
        on_time = sum(plan.on_time for plan in reports)
        plans[17, period] = Tally(on_time, on_time + odd + sum(r.late + r.blank for r in reports), odd)
    return plans


def config_plans() -> Plans:
    """Return the half-yearly tallies of configuration audits (23, 24)."""
    plans: Plans = {}
    middle = quarter_start(3)
    for half in (1, 2):
        audits = [a for rows in CONFIG_AUDITS.values() for a in rows if (a[0] >= middle) == (half > 1)]
        plans[23, f"{YEAR}H{half}"] = Tally(sum(a[3] for a in audits), sum(a[2] for a in audits))
        plans[24, f"{YEAR}H{half}"] = Tally(len(audits), 1)
    return plans


def mean_plans() -> Plans:
    """Return the tallies that are plain means of group ratios (1, 2, 16)."""
    projects = [plan for members in SLA.values() for plan in members.values()]
    kept = [1 - Fraction(broken, promised * MONTHS_PER_YEAR) for promised, broken in projects]
    items = [Fraction(total, full * QUESTIONNAIRES) for full, total in SATISFACTION.values()]
    sla = Tally(sum(kept, Fraction(0)), len(kept))
    satisfaction = Tally(sum(items, Fraction(0)), len(items))
    year = str(YEAR)
    return {(1, year): sla, (2, year): satisfaction, (16, year): sla}


def yearly_plans() -> Plans:
    """Return the other yearly tallies."""
    year = str(YEAR)
    due = TRAINING.completed + TRAINING.finished_next_year + TRAINING.undone + TRAINING.cancelled
    held = TRAINING.completed + TRAINING.planned_last_year + TRAINING.unplanned
    tools = TOOL_USAGE.values()
    return {
        (3, year): Tally(AUDITED, len(DEPARTMENTS)),
        (4, year): Tally(ACCEPTANCES["通过"], sum(ACCEPTANCES.values())),
        (5, year): Tally(sum(row[3] for row in RECRUITMENT), sum(row[2] for row in RECRUITMENT)),
        (6, year): Tally(sum(row[2] for row in TALENT_POOL), sum(row[1] for row in TALENT_POOL)),
        (7, year): Tally(held, due),
        (13, year): Tally(sum(used for _, used in tools), sum(projects for projects, _ in tools)),
        (14, year): Tally(
            sum((Decimal(row[2]) for row in RD_PLAN), Decimal(0)),
            sum((Decimal(row[1]) for row in RD_PLAN), Decimal(0)),
        ),
        (15, year): Tally(sum(row[4] for row in RD_PLAN), sum(row[3] for row in RD_PLAN)),
        (25, year): Tally(len(SECURITY_INCIDENTS), 1),
    }


def verdict(number: int, lowest: Fraction, highest: Fraction) -> str:
    """Return the verdict for an interval of possible values."""
    target = Fraction(INDICATORS[number].target)
    holds = operator.eq if number == SECURITY_COUNT else operator.ge
    meets = (holds(lowest, target), holds(highest, target))
    if meets[0] != meets[1]:
        return "unverified"
    return "attained" if meets[0] else "missed"


def plain(value: Number) -> str:
    """Write a number exactly; whole numbers without a decimal point."""
    return str(int(value)) if value == int(value) else str(value)


def answer(key: Key, tally: Tally | None) -> list[str]:
    """Return one line of the answer key."""
    number, period = key
    indicator = INDICATORS[number]
    start = [str(number), indicator.name, period]
    if tally is None:
        return [*start, "", "", "", "", "", "missing_data"]
    sides = [plain(tally.numerator), "" if indicator.count else plain(tally.denominator)]
    if not tally.denominator:
        empty = "undefined" if number == KNOWLEDGE_GROWTH else "not_applicable"
        return [*start, *sides, "", "", "", empty]
    value = Fraction(tally.numerator) / Fraction(tally.denominator)
    highest = (Fraction(tally.numerator) + tally.doubt) / Fraction(tally.denominator)
    return [*start, *sides, str(value), str(value), str(highest), verdict(number, value, highest)]


def all_plans() -> Plans:
    """Return what the plans say about every indicator and period."""
    return {
        **incident_plans(),
        **desk_plans(),
        **problem_plans(),
        **outcome_plans(21, CHANGES),
        **outcome_plans(22, RELEASES),
        **quarterly_plans(),
        **config_plans(),
        **mean_plans(),
        **yearly_plans(),
    }


def write_answers(path: Path) -> None:
    """Write the answer key."""
    plans = all_plans()
    write_csv(path, ANSWER_COLUMNS, (answer(key, plans[key]) for key in sorted(plans)))


def write_csv(path: Path, head: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    """Write a table."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(lines)


ACTION_COLUMNS = ("as_of", "kind", "id", "number", "period", "state", "days", "effect")


def last_day(period: str) -> date:
    """Return the last day of a period as the answer key writes it."""
    part = period[4:]
    month = int(part[1:]) * {"-": 1, "Q": 3, "H": 6}[part[0]] if part else MONTHS_PER_YEAR
    return month_start(month + 1) - timedelta(days=1)


def action_answers(seen: int) -> Iterable[list[str]]:
    """Return what has become of each action by one of the days, and what fell short without an analysis."""
    day = SEEN_ON[seen]
    for index, action in enumerate(ACTIONS, 1):
        found = action.seen[seen]
        concerned = [action_id(index), str(action.number), action.concerns]
        yield [day.isoformat(), "action", *concerned, found.state, str(found.days or ""), found.effect]
    analysed = {(action.number, action.concerns) for action in ACTIONS if action.cause}
    for (number, period), tally in sorted(all_plans().items()):
        known = last_day(period) <= day
        if known and answer((number, period), tally)[-1] == "missed" and (number, period) not in analysed:
            yield [day.isoformat(), "unanalysed", "", str(number), period, "", "", ""]


def write_action_answers(path: Path) -> None:
    """Write the answer key of the corrective actions."""
    write_csv(path, ACTION_COLUMNS, [line for seen in range(len(SEEN_ON)) for line in action_answers(seen)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Generate the sample exports and their answer key.")
    default = Path(__file__).resolve().parent.parent / "sample_data"
    parser.add_argument("output", nargs="?", type=Path, default=default, help="output folder")
    output: Path = parser.parse_args(arguments).output
    output.mkdir(parents=True, exist_ok=True)
    write_books(output, all_books())
    write_answers(output / "answers.csv")
    write_action_answers(output / "answers_actions.csv")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
