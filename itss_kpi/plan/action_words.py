"""Action words: corrective actions in the words that every output uses.

Convention: as in `wording`: pure functions from finished values to Chinese text, in which nothing is cleaned for an
output.
"""

from collections.abc import Sequence

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import listed_numbers
from itss_kpi.catalogue.wording import lacking_text, name_text, periods_text
from itss_kpi.core.results import Absence, Assessment
from itss_kpi.plan.actions import GROUP, Action, State

STATE_SIGNS = {
    State.OVERDUE: "✗",
    State.DOUBTFUL: "?",
    State.INCOMPLETE: "~",
    State.DONE: "▲",
    State.OPEN: "…",
    State.VERIFIED: "✓",
}
"""A sign for each state, in the order in which they are listed: what needs somebody first."""
LEGEND = "后续:同一指标其后各考核期;完成之后的第一个完整考核期决定效果,括号中的在此以前,不作证明。"
UNDECLARED = (
    "指标目录没有声明纠正措施台账;请在 sources 中加上 corrective_actions(写法见用户手册第八节“纠正措施台账”),"
    "并把台账放进所声明部门的文件夹"
)


def numbers_text(catalogue: Catalogue, item: Assessment) -> str:
    """The numbers under which the plan lists the assessment's indicator: `1、16`."""
    return "、".join(str(number) for number in listed_numbers(catalogue.find(item.indicator)[0]))


def absence_text(name: str, absent: Sequence[Absence]) -> str:
    """What is missing of the ledger; '' where nothing is."""
    lacking = lacking_text(name, absent)
    return f"{lacking}:不能说哪些已经分析、哪些已经完成" if lacking else ""


def state_text(one: Action) -> str:
    """The state with its sign: `✗ 逾期 12 天`."""
    days = f" {one.days} 天" if one.days else ""
    return f"{STATE_SIGNS[one.state]} {one.state.label}{days}"


def subject_text(one: Action) -> str:
    """What an action is about, as the row says it: `18 事件及时响应率 2022-07`."""
    number = one.record.cells["指标序号"]
    name = name_text(one.indicator.name if one.indicator else "", one.record.text(GROUP))
    period = str(one.period) if one.period else one.record.text("考核期")
    return " ".join(filter(None, ("—" if number is None else str(number), name, period)))


def following_text(one: Action, *, values: bool = True) -> str:
    """The indicator's later periods, with their values or only the verdicts' signs; in brackets those that began before
    the action can have helped in full."""
    return periods_text(one.following, one.decisive, values=values)


def effect_text(one: Action) -> str:
    """The effect and the period that decides on it: `有效(看 2022-09)`; what the ledger says otherwise."""
    if one.effect is None:
        return ""
    return f"{one.effect.label}(看 {one.decisive})" + (f",与台账的“{one.result}”相反" if one.contradicted else "")


def responsible_text(one: Action) -> str:
    """Who is to do it: `信息部 W014`."""
    return " ".join(filter(None, (one.record.text("责任部门"), one.record.text("责任人"))))


def dates_text(one: Action) -> str:
    """The term, and what was done and verified as seen on the day."""
    due, verified = one.record.day("完成期限"), one.record.day("验证日期")
    on = f"({verified})" if verified else ""
    parts = (
        f"期限 {due}" if due else "",
        f"完成 {one.done}" if one.done else "",
        f"验证 {one.result}{on}" if one.result else "",
    )
    return "  ".join(filter(None, parts))
