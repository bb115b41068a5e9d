"""Action words: corrective actions in the words that every output uses (see `wording`)."""

from functools import partial

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.wording import lacking_text
from itss_kpi.core.results import Assessment
from itss_kpi.plan import entry_words
from itss_kpi.plan.actions import Action, State

STATES = (State.OVERDUE, State.DOUBTFUL, State.INCOMPLETE, State.DONE, State.OPEN, State.VERIFIED)
"""In the order in which they are listed: what needs somebody first."""
LEGEND = "后续:同一指标其后各考核期;完成之后的第一个完整考核期决定效果,括号中的在此以前,不作证明。"
UNDECLARED = (
    "指标目录没有声明纠正措施台账;请在 sources 中加上 corrective_actions(写法见 itss-kpi help 纠正措施台账),"
    "并把台账放进所声明部门的文件夹"
)
absence_text = partial(lacking_text, so="不能说哪些已经分析、哪些已经完成")
"""What is missing of the ledger; '' where nothing is."""


def numbers_text(catalogue: Catalogue, item: Assessment) -> str:
    """The numbers under which the plan lists the assessment's indicator: `1、16`."""
    return "、".join(str(number) for number in catalogue.find(item.indicator)[0].numbers)


def effect_text(one: Action) -> str:
    """The effect and the period that decides on it; what the ledger says otherwise."""
    return entry_words.effect_text(one) + (f",与台账的“{one.result}”相反" if one.contradicted else "")


def responsible_text(one: Action) -> str:
    """Who is to do it: `信息部 W014`."""
    return " ".join(filter(None, (one.record.department, one.record.responsible)))


def dates_text(one: Action) -> str:
    """The term, and what was done and verified as seen on the day."""
    verified = f"({one.record.verified})" if one.record.verified else ""
    result = f"{one.result}{verified}" if one.result else ""
    return entry_words.days_text(("期限", one.record.due), ("完成", one.done), ("验证", result))
