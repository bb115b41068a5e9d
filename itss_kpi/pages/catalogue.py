"""指标目录: the catalogue as the plan's table."""

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator, listed
from itss_kpi.pages.making import columns
from itss_kpi.pages.page import Page, Table, Text

_COLUMNS = columns("序号 指标域 指标名称 计算公式 考核要求 考核周期 责任部门", right="序号")


def catalogue_page(catalogue: Catalogue) -> Page:
    """What `catalogue` shows: each indicator under every number that the plan lists it by."""
    plan = catalogue.plan
    rows = [_row(number, domain, item) for number, domain, item in listed(catalogue.indicators)]
    title = f"{plan.organization} {plan.title}({plan.document} {plan.version})"
    return Page(title, parts=[Table("", _COLUMNS, rows, spaced=True)])


def _row(number: int, domain: str, item: Indicator) -> list[Text]:
    target = item.printed_target or (item.target if isinstance(item.target, str) else "—")
    return [str(number), domain, item.name, item.formula, target, item.period.label, "、".join(item.department)]
