"""Terminal: reports -> rich renderables, and their plain CSV and Markdown forms.

Convention: a renderer takes a finished value and returns something to print; it decides nothing. How a verdict looks is
said in one place (`wording`): a colour, and a sign so that it reads without colour. Text from users' files goes through
`clean` before it reaches rich.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import DOMAINS, Indicator
from itss_kpi.catalogue.wording import (
    MEASURES,
    SIGNS,
    STANDINGS,
    STYLES,
    gap_text,
    name_text,
    plain_cells,
    reading,
    room_text,
    share_text,
    target_text,
)
from itss_kpi.core.problem_codes import Severity
from itss_kpi.core.problems import Problem, count
from itss_kpi.core.results import Accounting, Assessment, Export, Report, Verdict
from itss_kpi.core.targets import exact, plain_number, show
from itss_kpi.core.text import clean, csv_table, markdown_table
from itss_kpi.engine.trace import TracedRow


def _text(text: str, style: str = "") -> Text:
    return Text(clean(text), style=style)


def verdict_text(verdict: Verdict) -> Text:
    """The verdict with its sign and colour."""
    return Text(f"{SIGNS[verdict]} {verdict.label}", style=STYLES[verdict])


# ---- a report


def render_report(report: Report) -> RenderableType:
    """The due assessments by domain, the running ones apart, totals and problems."""
    parts: list[RenderableType] = [_text(heading(report), "bold")]
    if report.due:
        parts.append(_table(report.due, ("差距", gap_text)))
    else:
        parts.append(Text(f"{report.period} 没有到期的指标", style="dim"))
    if report.running:
        parts += [Text(), Text("未到期(至今数值与余量)", style="bold")]
        parts.append(_table(report.running, ("余量", room_text), verdicts=False))
    parts += [Text(), _totals(report), _problem_line(report.problems)]
    return Group(*parts)


def heading(report: Report) -> str:
    """Who, which period, and as of when."""
    state = ",尚未开始" if report.as_of < report.period.start else ",尚未结束" if report.partial else ""
    organization = report.catalogue.get("organization", "")
    return f"{organization} {report.period} 运维服务指标达成情况(截至 {report.as_of}{state})".strip()


def _table(items: Sequence[Assessment], last: tuple[str, object], *, verdicts: bool = True) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold", collapse_padding=True)
    table.add_column("序号", justify="right", no_wrap=True)
    table.add_column("指标名称", ratio=1, min_width=8, overflow="fold")
    table.add_column("考核期", no_wrap=True)
    table.add_column("分子/分母", justify="right", overflow="fold")
    table.add_column("实际值" if verdicts else "至今值", justify="right", overflow="fold")
    table.add_column("要求", no_wrap=True)
    if verdicts:
        table.add_column("结论", no_wrap=True)
    table.add_column(last[0], overflow="fold")
    for domain, found in groupby(sorted(items, key=_by_domain), key=lambda item: item.domain):
        table.add_row("", _text(domain, "bold cyan"))
        for item in found:
            table.add_row(*_cells(item, last[1], verdicts=verdicts))
    return table


def _by_domain(item: Assessment) -> tuple[int, str, int]:
    order = DOMAINS.index(item.domain) if item.domain in DOMAINS else len(DOMAINS)
    return order, item.domain, item.number


def _cells(item: Assessment, last: object, *, verdicts: bool) -> Iterator[RenderableType]:
    yield str(item.number)
    yield _text(name_text(item.name, item.group) + "".join(f"({label} {value})" for label, value in item.beside))
    yield str(item.period)
    yield share_text(item)
    yield item.display
    yield target_text(item.target)
    if verdicts:
        yield verdict_text(item.verdict)
    assert callable(last)
    shown = last(item)
    yield Text(shown, style={"已失守": "bold red", "已稳达": "green"}.get(shown, ""))


def _totals(report: Report) -> Text:
    counts = report.summary()
    line = Text(f"到期 {counts['due']} 项", style="bold")
    for verdict in Verdict:
        if counts.get(verdict):
            line.append(" ").append_text(verdict_text(verdict)).append(f" {counts[verdict]}")
    if report.running:
        line.append(f" … 未到期 {len(report.running)}", style="blue")
    return line


def _problem_line(problems: Sequence[Problem]) -> Text:
    counts = count(problems)
    if not problems:
        return Text("数据问题:无", style="green")
    listed = "、".join(f"{severity.label} {number}" for severity, number in counts.items() if number)
    return Text(f"数据问题:{listed}(用 itss-kpi check 查看)", style="yellow" if counts[Severity.ERROR] else "dim")


_FIELDS = (
    "序号",
    "指标域",
    "指标名称",
    "考核期",
    "分子",
    "分母",
    "实际值",
    "显示",
    "最低",
    "最高",
    "考核要求",
    "结论",
    "差距",
    "存疑行数",
    "余量",
)


def _plain_rows(report: Report) -> Iterator[list[str]]:
    for item in report.assessments:
        yield [
            str(item.number),
            item.domain,
            name_text(item.name, item.group),
            str(item.period),
            *plain_cells(item),
            item.verdict.label,
            plain_number(item.shortfall),
            str(item.doubtful_rows),
            "" if item.due else room_text(item),
        ]


def report_csv(report: Report) -> str:
    """The assessments as CSV for Excel: plain decimals (9/10 would open as a date), and nothing that it would run."""
    return csv_table(_FIELDS, _plain_rows(report))


def report_markdown(report: Report) -> str:
    """The assessments as Markdown tables, one for what is due and one for what is running."""
    lines = [f"# {clean(heading(report))}", ""]
    head = ["序号", "指标域", "指标名称", "考核期", "分子/分母", "实际值", "要求"]
    due = [
        [*_markdown_cells(item), f"{SIGNS[item.verdict]} {item.verdict.label}", gap_text(item)] for item in report.due
    ]
    lines += markdown_table([*head, "结论", "差距"], due)
    if report.running:
        running = [[*_markdown_cells(item), room_text(item)] for item in report.running]
        lines += ["", "## 未到期", "", *markdown_table([*head, "余量"], running)]
    return "\n".join(lines)


def _markdown_cells(item: Assessment) -> list[str]:
    shown = (
        name_text(item.name, item.group),
        str(item.period),
        share_text(item),
        item.display,
        target_text(item.target),
    )
    return [str(item.number), item.domain, *shown]


# ---- one assessment explained


def render_explanation(
    indicator: Indicator,
    item: Assessment,
    exports: Sequence[Export],
    rows: Sequence[tuple[TracedRow, Mapping[str, str]]],
    total: int,
    names: Mapping[str, str],
) -> RenderableType:
    """One assessment: printed formula and reading, exact numbers, row accounting, and the asked-for rows.

    `names` are the ledgers' Chinese names by source; `total` is how many such rows there are.
    """
    parts: list[RenderableType] = [
        _text(f"{item.number} {name_text(item.name, item.group)} {item.period}", "bold"),
        _facts(indicator, item, names),
    ]
    if item.accounting and not item.absent:
        parts += [
            Text(),
            Text("行数核对(保留 = 计入 + 期外 + 排除 + 存疑)", style="bold"),
            _accounting(item.accounting),
        ]
    if exports:
        parts += [Text(), Text("来源文件(读取 = 保留 + 空行 + 非数据 + 重复)", style="bold"), _exports(exports)]
    if rows:
        parts += [Text(), Text(f"明细({len(rows)} 行,共 {total} 行)", style="bold"), _rows(rows)]
    return Group(*parts)


def _facts(indicator: Indicator, item: Assessment, names: Mapping[str, str]) -> Table:
    facts = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    facts.add_column(no_wrap=True, style="cyan")
    facts.add_column(overflow="fold")
    lines = [
        ("计划公式", indicator.formula),
        ("计划要求", indicator.printed_target or target_text(item.target)),
        *((MEASURES.get(name, name), reading(measure, names)) for name, measure in indicator.all_measures.items()),
        ("算式", indicator.value if isinstance(indicator.value, str) else ""),
        ("口径说明", indicator.note or ""),
        ("统计区间", f"{item.window[0]} 至 {item.window[1]}(不含)"),
        ("分子/分母", share_text(item)),
        ("精确值", "—" if item.value is None else f"{exact(item.value)} = {show(item.value, item.unit, item.target)}"),
        ("最低/最高", f"{exact(item.lowest) or '—'} / {exact(item.highest) or '—'}(存疑 {item.doubtful_rows} 行)"),
        ("考核要求", target_text(item.target)),
    ]
    for label, text in lines:
        if text:
            facts.add_row(label, _text(text))
    facts.add_row("结论", verdict_text(item.verdict).append(f"  {gap_text(item)}"))
    if not item.due:
        facts.add_row("余量", _text(room_text(item)))
    for absence in item.absent:
        facts.add_row("缺少", _text(f"{absence.department} {names[absence.source]} {'、'.join(absence.months)}"))
    return facts


def _accounting(accounts: Sequence[Accounting]) -> Table:
    table = _grid("度量", "台账", "保留", "计入", "期外", "排除", "存疑", "")
    for one in accounts:
        numbers = map(str, (one.kept, one.counted, one.outside, one.excluded, one.doubtful))
        table.add_row(MEASURES.get(one.measure, one.measure), _text(one.source), *numbers, "✓" if one.adds_up else "✗")
    return table


def _exports(exports: Sequence[Export]) -> Table:
    table = _grid("文件", "格式", "读取", "保留", "空行", "非数据", "重复", "")
    for export in exports:
        rows = export.rows
        numbers = map(str, (rows.read, rows.kept, rows.blank, rows.non_data, rows.duplicate))
        state = ("✓" if rows.adds_up else "✗") if export.readable else "未读"
        place = "!".join(filter(None, (export.path, export.sheet)))
        table.add_row(_text(place), _text(export.format or "—"), *numbers, state)
    return table


def _rows(rows: Sequence[tuple[TracedRow, Mapping[str, str]]]) -> Table:
    columns = list(dict.fromkeys(name for _, texts in rows for name in texts))
    table = _grid("归类", *columns, right=())
    for column in table.columns[1:3]:
        column.no_wrap = True  # a place and a key that can be copied
    for row, texts in rows:
        table.add_row(STANDINGS[row.kind], *(_text(texts.get(name, "")) for name in columns))
    return table


def _grid(
    *names: str, right: Sequence[str] = ("保留", "计入", "期外", "排除", "存疑", "读取", "空行", "非数据", "重复")
) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
    for name in names:
        table.add_column(_text(name), justify="right" if name in right else "left", overflow="fold")
    return table


# ---- the catalogue


def render_catalogue(catalogue: Catalogue) -> RenderableType:
    """The catalogue as the plan's table."""
    table = _grid("序号", "指标域", "指标名称", "计算公式", "考核要求", "考核周期", "责任部门", right=("序号",))
    listed = [(number, domain, item) for item in catalogue.indicators for number, domain in item.listings]
    for number, domain, item in sorted(listed, key=lambda row: row[0]):
        table.add_row(
            str(number),
            _text(domain),
            _text(item.name),
            _text(item.formula),
            _text(item.printed_target or (item.target if isinstance(item.target, str) else "—")),
            item.period.label,
            _text("、".join(item.department)),
        )
    title = _text(
        f"{catalogue.plan.organization} {catalogue.plan.title}({catalogue.plan.document} {catalogue.plan.version})",
        "bold",
    )
    return Group(title, table)
