"""指标达成情况: each assessment of a period with its verdict; what isn't due yet stands apart.

Convention: on a screen by domain, in the plan's order; for programs in the order of the report, in plain decimals.
"""

from collections.abc import Iterator, Sequence

from itss_kpi.catalogue import wording
from itss_kpi.core.problem_codes import Severity
from itss_kpi.core.problems import Problem, count
from itss_kpi.core.results import Assessment, Report, Verdict, attainment_rate
from itss_kpi.core.targets import Unit, plain_number, show
from itss_kpi.pages.making import columns, joined
from itss_kpi.pages.page import GAP, TONES, Cell, Column, Note, On, Page, Part, Table, Text, Tone
from itss_kpi.pages.rulings import ruling_notes

_DOMAIN = "指标域"
_HEAD = (
    *columns(f"序号 {_DOMAIN}", right="序号", whole="序号"),
    Column("指标名称", on=On.TERMINAL, rest=True),
    Column("指标名称", on=On.MARKDOWN),
    *columns("考核期 分子/分母", right="分子/分母", whole="考核期"),
)
_DUE = (*_HEAD, *columns("实际值 要求 结论 差距", right="实际值", whole="要求 结论"))
_SO_FAR, _RUNNING = (
    (*_HEAD, *columns(f"{value} 要求 余量", right=value, whole="要求")) for value in ("至今值", "实际值")
)
_PLAIN = columns(
    f"序号 {_DOMAIN} 指标名称 考核期 分子 分母 实际值 显示 最低 最高 考核要求 结论 差距 存疑行数 余量 裁定", on=On.DATA
)
_SETTLED = {"已失守": Tone.BAD, "已稳达": Tone.GOOD}


def report_page(report: Report) -> Page:
    """What `evaluate` shows."""
    return Page(_title(report), parts=list(_parts(report)))


def result_sentence(report: Report, problems: Sequence[Problem]) -> str:
    """The result: how many of each verdict, attainment with what it means, and the state of the data."""
    due = due_sentence(report.due) if report.due else "没有到期的指标"
    missing = {(one.source, one.department) for item in report.due for one in item.absent}
    wrong = [f"{severity.label} {number} 处" for severity, number in count(problems).items() if number]
    state = f"缺 {len(missing)} 本台账" if missing else "台账齐全"
    return f"{due};数据:{state},{'、'.join(wrong) or '没有发现问题'}。"


def due_sentence(items: Sequence[Assessment]) -> str:
    """How many assessments are due and of each verdict, and the attainment."""
    counts = [(verdict, sum(item.verdict is verdict for item in items)) for verdict in Verdict]
    shown = "、".join(f"{verdict.label} {number} 项" for verdict, number in counts if number)
    rate = attainment_rate(items)
    share = f";达成率 {show(rate, Unit.PERCENT)}(达成 ÷(达成 + 未达成))" if rate is not None else ""
    return f"到期 {len(items)} 项:{shown}{share}"


def _title(report: Report) -> str:
    """Who, which period, and as of when."""
    state = ",尚未开始" if report.as_of < report.period.start else ",尚未结束" if report.partial else ""
    organization = report.catalogue.get("organization", "")
    return f"{organization} {report.period} 运维服务指标达成情况(截至 {report.as_of}{state})".strip()


def _parts(report: Report) -> Iterator[Part]:
    due = [[*_cells(item), judged_cell(item), wording.gap_text(item)] for item in _by_domain(report.due)]
    yield Table("", _DUE, due, empty=f"{report.period} 没有到期的指标", on=On.SCREEN, by=_DOMAIN)
    if report.running:
        rows = [[*_cells(item), room_cell(item)] for item in _by_domain(report.running)]
        yield Table("未到期(至今数值与余量)", _SO_FAR, rows, on=On.TERMINAL, by=_DOMAIN)
        yield Table("未到期", _RUNNING, rows, on=On.MARKDOWN, by=_DOMAIN)
    yield GAP
    yield Note(_totals(report), Tone.STRONG, on=On.TERMINAL)
    if report.due:
        yield Note(_rate(report), on=On.TERMINAL)
    yield Note(_problems(report.problems), on=On.TERMINAL)
    yield from ruling_notes(report.assessments, report.rulings)
    yield Table("", _PLAIN, list(map(_plain, report.assessments)), kind="", on=On.DATA)


def _by_domain(items: Sequence[Assessment]) -> list[Assessment]:
    order = list(dict.fromkeys(item.domain for item in items))
    return sorted(items, key=lambda item: order.index(item.domain))


def _cells(item: Assessment) -> list[Text]:
    name = wording.name_text(item.name, item.group)
    beside = "".join(f"({label} {value})" for label, value in item.beside)
    numbers = (str(item.period), wording.share_text(item), item.display, wording.target_text(item.target))
    return [str(item.number), item.domain, name + beside, name, *numbers]


def _plain(item: Assessment) -> list[Text]:
    name = wording.name_text(item.name, item.group)
    gap, room = plain_number(item.shortfall), "" if item.due else wording.room_text(item)
    head = [str(item.number), item.domain, name, str(item.period), *wording.plain_cells(item)]
    return [*head, item.verdict.label, gap, str(item.doubtful_rows), room, "、".join(item.rulings)]


def _totals(report: Report) -> Cell:
    counts = report.summary
    found = [(verdict_cell(verdict), counts[verdict]) for verdict in Verdict if counts.get(verdict)]
    running = Cell(f"… 未到期 {len(report.running)}" if report.running else "", Tone.OPEN)
    listed = (text for sign, number in found for text in (sign, str(number)))
    return joined(f"到期 {counts['due']} 项", *listed, running, between=" ")


def _rate(report: Report) -> str:
    """The 达成率 of what is due, and how many indicators that is, with those that are attained in each period."""
    counts = report.summary
    rate = "—" if report.rate is None else show(report.rate, Unit.PERCENT)
    verdicts = list(report.by_indicator.values())
    attained, missed = (verdicts.count(verdict) for verdict in (Verdict.ATTAINED, Verdict.MISSED))
    whole = f"(其中 {len(report.annual)} 个按全年合计)" if report.annual else ""
    said = f"指标 {len(verdicts)} 个{whole},各期都达成的 {attained} 个,有未达成的 {missed} 个"
    return f"达成率 {rate}(达成 {counts['attained']},未达成 {counts['missed']});{said}"


def _problems(problems: Sequence[Problem]) -> Cell:
    counts = count(problems)
    if not problems:
        return Cell("数据问题:无", Tone.GOOD)
    listed = "、".join(f"{severity.label} {number}" for severity, number in counts.items() if number)
    tone = Tone.LATE if counts[Severity.ERROR] else Tone.QUIET
    return Cell(f"数据问题:{listed}(用 itss-kpi check 查看)", tone)


# ---- what other pages say too


def verdict_cell(verdict: Verdict) -> Cell:
    """The verdict with its sign and tone."""
    return Cell(f"{wording.SIGNS[verdict]} {verdict.label}", TONES[verdict])


def judged_cell(item: Assessment) -> Cell:
    """An assessment's verdict, and whether it rests on a ruling."""
    return Cell(wording.verdict_text(item), TONES[item.verdict])


def room_cell(item: Assessment) -> Cell:
    """What is left of a running period, in the tone of what is settled already."""
    text = wording.room_text(item)
    return Cell(text, _SETTLED.get(text))
