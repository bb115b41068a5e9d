"""Checks of what models say of each other: names, expressions, grouping, units, targets.

Convention: each mistake is reported at its line with its key, and none stops the others from being found.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from itss_kpi.catalogue import expression as ex
from itss_kpi.catalogue.catalogue import Catalogue, measured_kind, value_kind
from itss_kpi.catalogue.expression import ExpressionError, Kind, Node, nodes_of
from itss_kpi.catalogue.indicators import Indicator, Measure
from itss_kpi.catalogue.kinds import Names, UnknownNameError, advice, check_kinds, suggestion
from itss_kpi.catalogue.ledgers import RECORDS
from itss_kpi.catalogue.parsing import nodes_in, parse
from itss_kpi.catalogue.plan import Activity, CustomerSurvey
from itss_kpi.catalogue.schedule import WHEN_FORMS
from itss_kpi.catalogue.sources import KINDS, SUBMITTER, Across, Source
from itss_kpi.catalogue.yaml_text import Path, YamlText
from itss_kpi.core.targets import Unit, advised, parse_target
from itss_kpi.core.text import fold


def check_names(catalogue: Catalogue, source: YamlText) -> None:
    for name, declared in catalogue.sources.items():
        path: Path = ("sources", name)
        known = [*declared.columns, SUBMITTER]
        _check_departments(catalogue, declared.departments, (*path, "departments"), source)
        for field, wanted in _named_columns(declared):
            if wanted not in known:
                source.report("C103", (*path, *field), f"没有声明的列:{wanted}{advice(wanted, known)}")
        if declared.date in declared.columns and declared.columns[declared.date].kind is not Kind.INSTANT:
            source.report("C102", (*path, "date"), "日期列的类型须是 date、datetime 或 period")
        if (declared.date is None) != declared.snapshot:
            source.report("C102", path, "须写明 date,或声明 snapshot: true")
        column = declared.columns.get(declared.split or "")
        if declared.split and (column is None or column.type != "text" or declared.split not in declared.key):
            source.report("C102", (*path, "split"), f"split 须是 key 中的文本列:{declared.split}")
        if declared.across:
            _check_across(declared, declared.across, (*path, "across"), source)
        for combined, parts in declared.combined.items():
            _check_combined(declared, combined, parts, (*path, "combined", combined), source)
        for at, check in enumerate(declared.checks):
            own = replace(catalogue.names(name), ledgers={})
            check_expression(check.rule, own, (Kind.TRUTH,), (*path, "checks", at, "rule"), source)
        _check_spellings(declared, path, source)
        for wanted, kind in RECORDS[name].declared().items() if name in RECORDS else ():
            column = declared.columns.get(wanted)
            if column is None:
                near = suggestion(wanted, declared.columns)
                source.report("C103", (*path, "columns"), f"台账 {name} 须声明列“{wanted}”{near}")
            elif column.kind is not kind:
                types = "、".join(one for one, its in KINDS.items() if its is kind)
                source.report("C102", (*path, "columns", wanted, "type"), f"台账 {name} 的“{wanted}”须是 {types}")
    _check_unique(catalogue, source)


def check_known(name: str, known: Collection[str], what: str, path: Path, source: YamlText) -> bool:
    """Whether a name is known; one that isn't is reported, with the nearest that is."""
    if name not in known:
        source.report("C103", path, f"{what}:{name}{suggestion(name, known)}")
    return name in known


def _check_departments(catalogue: Catalogue, departments: Iterable[str], path: Path, source: YamlText) -> None:
    for at, department in enumerate(departments):
        check_known(department, catalogue.plan.departments, "计划中没有声明的部门", (*path, at), source)


def _named_columns(declared: Source) -> Iterator[tuple[Path, str]]:
    yield from ((("key", at), column) for at, column in enumerate(declared.key))
    yield from ((("dimensions", name), column) for name, column in declared.dimensions.items())
    if declared.date:
        yield ("date",), declared.date
    if declared.latest:
        yield ("latest",), declared.latest
    yield from ((("files" if column in declared.files else "sheet",), column) for column in declared.named_in_braces)
    if across := declared.across:
        yield ("across", "headings"), across.headings
        yield from ((("across", "cells", at), column) for at, column in enumerate(across.cells))


def _check_across(declared: Source, across: Across, path: Path, source: YamlText) -> None:
    headings = declared.columns.get(across.headings)
    if headings and not (headings.type == "period" or headings.values):
        source.report("C102", (*path, "headings"), "列头须是 period 列或写明 values 的 choice 列的值")
    if any(column in (*declared.key, across.headings, declared.date) for column in across.cells):
        source.report("C102", (*path, "cells"), "列头下面不能是编号列、日期列或列头自己那一列")


def _check_combined(declared: Source, name: str, parts: Sequence[str], path: Path, source: YamlText) -> None:
    texts = [SUBMITTER, *(one for one, column in declared.columns.items() if column.kind is Kind.TEXT)]
    if name in declared.columns or name == SUBMITTER:
        source.report("C106", path, f"已有这一列:{name}")
    for at, part in enumerate(parts):
        check_known(part, texts, "没有文本列", (*path, at), source)
    if len(set(parts)) < 2:
        source.report("C102", path, "combined 写两列或更多不同的列")


def _check_spellings(declared: Source, path: Path, source: YamlText) -> None:
    headers: dict[str, str] = {}
    for name, column in declared.columns.items():
        for spelling in (name, *column.aliases):
            if headers.setdefault(fold(spelling), name) != name:
                what = f"列名或别名“{spelling}”已用于 {headers[fold(spelling)]}"
                source.report("C106", (*path, "columns", name), what)
        _check_words(column.values or {}, "取值", (*path, "columns", name, "values"), source)


def _check_words(values: Mapping[str, Iterable[str]], what: str, path: Path, source: YamlText) -> None:
    """Each spelling of a value means that value alone."""
    words: dict[str, str] = {}
    for value, synonyms in values.items():
        for spelling in (value, *synonyms):
            if words.setdefault(fold(spelling), value) != value:
                source.report("C106", path, f"{what}“{spelling}”有两种含义")


def _check_unique(catalogue: Catalogue, source: YamlText) -> None:
    ids: set[str] = set()
    numbers: set[int] = set()
    for at, indicator in enumerate(catalogue.indicators):
        path: Path = ("indicators", at)
        if indicator.id in ids:
            source.report("C106", (*path, "id"), f"指标 {indicator.id} 声明了两次")
        ids.add(indicator.id)
        places: list[Path] = [("number",), *(("also", extra, "number") for extra in range(len(indicator.also)))]
        for place, number in zip(places, indicator.numbers, strict=True):
            if number in numbers:
                source.report("C106", (*path, *place), f"序号 {number} 用了两次")
            numbers.add(number)


def check_indicators(catalogue: Catalogue, source: YamlText) -> None:
    for at, indicator in enumerate(catalogue.indicators):
        path: Path = ("indicators", at)
        before = len(source.problems)
        for name, measure in indicator.all_measures.items():
            inside = (*path, "measures", name) if name in indicator.measures else (*path, name)
            _check_measure(catalogue, measure, inside, source)
        for number, extra in enumerate(indicator.beside):
            _check_measure(catalogue, extra.value, (*path, "beside", number, "value"), source)
        _check_grouping(catalogue, indicator, path, source)
        _check_targets(indicator, path, source)
        if isinstance(indicator.value, str):
            _check_formula(catalogue, indicator, indicator.value, (*path, "value"), source)
        if len(source.problems) == before:
            _check_units(catalogue, indicator, path, source)


def check_activities(catalogue: Catalogue, source: YamlText) -> None:
    known = {number for indicator in catalogue.indicators for number in indicator.numbers}
    numbers: set[int] = set()
    for at, activity in enumerate(catalogue.activities):
        path: Path = ("activities", at)
        if activity.number in numbers:
            source.report("C106", (*path, "number"), f"活动序号 {activity.number} 用了两次")
        numbers.add(activity.number)
        for key, departments in (("lead", activity.lead), ("participants", activity.participants)):
            _check_departments(catalogue, departments, (*path, key), source)
        for place, number in enumerate(activity.serves):
            if number not in known:
                source.report("C103", (*path, "serves", place), f"没有这个序号的指标:{number}")
        _check_sources(catalogue, activity.sources, (*path, "sources"), source)
        if not catalogue.planned(activity) and set(activity.serves) <= known:
            _report_when(activity, path, source)


def _check_sources(catalogue: Catalogue, names: Iterable[str], path: Path, source: YamlText) -> None:
    for place, name in enumerate(names):
        check_known(name, catalogue.sources, "没有声明的台账", (*path, place), source)


def _report_when(activity: Activity, path: Path, source: YamlText) -> None:
    if activity.due:
        listed = "、".join(activity.due)
        source.report("C108", (*path, "due"), f"看不懂的时间:{listed};可写作 2022-07、2022Q3、10-12月 等")
    else:
        message = f"看不懂的计划时间:{activity.when};可写作 {WHEN_FORMS};或另写 due 或 each"
        source.report("C108", (*path, "when"), message)


def check_supervision(catalogue: Catalogue, source: YamlText) -> None:
    ledger = catalogue.sources.get("supervision")
    if ledger is None:
        if catalogue.supervision:
            source.report("C103", ("supervision",), "须声明台账 supervision(监督检查记录)")
        return
    categories = ledger.columns["检查类别"].values if "检查类别" in ledger.columns else None
    activities = {activity.number for activity in catalogue.activities}
    for at, check in enumerate(catalogue.supervision):
        path: Path = ("supervision", at)
        _check_departments(catalogue, check.departments, (*path, "departments"), source)
        for place, department in enumerate(check.departments):
            if department in catalogue.plan.departments and department not in ledger.departments:
                source.report("C103", (*path, "departments", place), f"台账 supervision 不由{department}提交")
        if categories:
            check_known(check.category, categories, "没有声明的检查类别", (*path, "category"), source)
        if check.activity is not None and check.activity not in activities:
            source.report("C103", (*path, "activity"), f"没有这个序号的质量活动:{check.activity}")
        _check_words(check.items, "检查项", (*path, "items"), source)


def check_clauses(catalogue: Catalogue, source: YamlText) -> None:
    seen: set[str] = set()
    for at, one in enumerate(catalogue.clauses):
        path: Path = ("clauses", at)
        if fold(one.clause) in seen:
            source.report("C106", (*path, "clause"), f"条款“{one.clause}”声明了两次")
        seen.add(fold(one.clause))
        _check_sources(catalogue, one.sources, (*path, "sources"), source)


def check_customers(catalogue: Catalogue, source: YamlText) -> None:
    seen: dict[str, int] = {}
    for at, customer in enumerate(catalogue.customers):
        for spelling in (customer.name, *customer.aliases):
            if seen.setdefault(fold(spelling), at) != at:
                source.report("C106", ("customers", at), f"客户“{spelling}”声明了两次")


def check_survey(catalogue: Catalogue, source: YamlText) -> None:
    survey = catalogue.satisfaction
    if survey is None:
        return
    path: Path = ("satisfaction",)
    found = [one for one in catalogue.indicators if survey.indicator in one.numbers]
    if check_known(survey.source, catalogue.sources, "没有声明的台账", (*path, "source"), source):
        _check_survey_columns(catalogue, survey, source)
    if not found:
        source.report("C103", (*path, "indicator"), f"没有这个序号的指标:{survey.indicator}")
    elif survey.source in catalogue.sources and any(
        one.for_each is not None or {part.source for part in one.all_measures.values()} != {survey.source}
        for one in found
    ):
        what = f"指标 {survey.indicator} 须只读台账 {survey.source},且不按 for_each 分组"
        source.report("C102", (*path, "indicator"), what)


def _check_survey_columns(catalogue: Catalogue, survey: CustomerSurvey, source: YamlText) -> None:
    declared = catalogue.sources[survey.source]
    if declared.date is None:
        source.report("C102", ("satisfaction", "source"), f"台账 {survey.source} 须有日期列,才知道是哪一年的调查")
    for part, column in survey.columns.items():
        wanted = Kind.NUMBER if part in ("score", "full") else Kind.TEXT
        known = check_known(column, declared.columns, "没有声明的列", ("satisfaction", part), source)
        if known and declared.columns[column].kind is not wanted:
            what = "数值列" if wanted is Kind.NUMBER else "文本列"
            source.report("C102", ("satisfaction", part), f"“{column}”须是{what}")


def check_review(catalogue: Catalogue, source: YamlText) -> None:
    review = catalogue.review
    if review is None:
        return
    known = {activity.number for activity in catalogue.activities}
    named: list[tuple[Path, int]] = [(("review", "activity"), review.activity)]
    named += [(("review", "audits", at), number) for at, number in enumerate(review.audits)]
    for path, number in named:
        if number not in known:
            source.report("C103", path, f"没有这个序号的质量活动:{number}")
    ledger = catalogue.sources.get("nonconformities")
    words = ledger.columns["来源"].values if ledger and "来源" in ledger.columns else None
    for key, texts in (("origins", review.origins), ("complaints", review.complaints)):
        for at, text in enumerate(texts):
            if words is not None and text not in words:
                source.report("C103", ("review", key, at), f"不符合项台账的来源没有“{text}”{suggestion(text, words)}")


def _check_measure(catalogue: Catalogue, measure: Measure, path: Path, source: YamlText) -> None:
    if measure.source is None:
        return
    if measure.source not in catalogue.sources:
        if not measure.within:
            check_known(measure.source, catalogue.sources, "没有声明的台账", (*path, "source"), source)
        return
    names = catalogue.names(measure.source)
    if measure.where is not None:
        check_expression(measure.where, names, (Kind.TRUTH,), (*path, "where"), source)
        _check_looks(measure, measure.where, catalogue.percents(measure.source), (*path, "where"), source)
    nodes = [node for text in (measure.where, measure.of) if text for node in nodes_in(text)]
    if measure.window != "until_end" and any(isinstance(node, ex.Call) and node.name == "overlap" for node in nodes):
        what = "overlap 要算早于本期开始、延续到本期的行,按日期列会漏掉它们"
        source.report("C102", (*path, "window"), f"{what};写 window: until_end")
    # what a part takes over from its whole is reported there
    if measure.of is not None and (*path, "of") in source.lines:
        _check_amount(measure, names, (*path, "of"), source)
    if measure.date is not None and not measure.within and names.columns.get(measure.date) is not Kind.INSTANT:
        near = suggestion(measure.date, names.columns)
        source.report("C103", (*path, "date"), f"没有这个日期列:{measure.date}{near}")


def _check_looks(measure: Measure, text: str, percents: Collection[str], path: Path, source: YamlText) -> None:
    """What finds the row itself is always there; and a percent is a number up to 1."""
    for node in nodes_in(text):
        match node:
            case ex.Related("exists", ledger, _, keys, None) if ledger == measure.source and all(
                it == own.name for it, own in keys
            ):
                what = "exists 查的是同一台账的同一列,每一行都找得到自己"
                advice = "此前有没有相同的行写 repeated(days(30), 列),有几行相同写 count(…) > 1"
                source.report("C104", path, f"{what};{advice}")
            case ex.Compare(_, ex.Column(name), ex.Number(limit)) | ex.Compare(_, ex.Number(limit), ex.Column(name)):
                if name in percents and abs(limit) >= _NO_PERCENT:
                    source.report("C104", path, f"“{name}”是百分比,95% 写 0.95,不是 {limit}")
            case _:
                pass


_NO_PERCENT = 2
"""From here on a number beside a percent is meant as points."""


def _check_amount(measure: Measure, names: Names, path: Path, source: YamlText) -> None:
    text = measure.of or ""
    if measure.measure == "distinct":
        if (
            check_expression(text, names, (Kind.TEXT, Kind.NUMBER, Kind.INSTANT), path, source)
            and text not in names.columns
        ):
            source.report("C104", path, "去重计数的 of 须是一个列名")
        return
    if check_expression(text, names, (Kind.NUMBER, Kind.SPAN), path, source):
        node = parse(text)
        if measure.measure == "union" and not (isinstance(node, ex.Call) and node.name == "overlap"):
            source.report("C104", path, "union 的 of 须是 overlap(起, 止)")
        if not ex.columns_of(node):
            source.report("C104", path, "须至少用到一个列")


def check_expression(text: str, names: Names, wanted: Iterable[Kind], path: Path, source: YamlText) -> bool:
    """Whether an expression fits; what doesn't is reported."""
    try:
        check_kinds(parse(text), names, tuple(wanted))
    except ExpressionError as refusal:
        source.report("C103" if isinstance(refusal, UnknownNameError) else "C104", path, str(refusal))
        return False
    return True


def _check_formula(catalogue: Catalogue, indicator: Indicator, text: str, path: Path, source: YamlText) -> None:
    kinds = {name: measured_kind(catalogue, m) for name, m in indicator.measures.items()}
    names = Names(kinds, rows=False, calendar=catalogue.calendar is not None)
    if check_expression(text, names, (Kind.NUMBER, Kind.SPAN), path, source):
        node = parse(text)
        if not ex.columns_of(node):
            source.report("C104", path, "算式须至少用到 measures 中的一个度量")


def _check_grouping(catalogue: Catalogue, indicator: Indicator, path: Path, source: YamlText) -> None:
    column = indicator.averaged_over or indicator.for_each
    key = "averaged_over" if indicator.averaged_over else "for_each"
    ledgers = {measure.source for measure in indicator.all_measures.values() if measure.source in catalogue.sources}
    for name in sorted(filter(None, ledgers)) if column else []:
        texts = [other for other, kind in catalogue.names(name).columns.items() if kind is Kind.TEXT]
        known = check_known(column or "", texts, f"{catalogue.sources[name].name}没有文本列", (*path, key), source)
        if known and indicator.averaged_over in catalogue.sources[name].combined:
            what = "combined 的列用于 for_each;先按它分组(helper: true),再写 measure: mean 汇总"
            source.report("C102", (*path, key), what)
    if indicator.averaged_over and not indicator.numerator:
        source.report("C102", (*path, key), "averaged_over 须有分子与分母")


def _check_units(catalogue: Catalogue, indicator: Indicator, path: Path, source: YamlText) -> None:
    spans, type_ = value_kind(catalogue, indicator) is Kind.SPAN, _column_type(catalogue, indicator.value)
    what = "时长须与分钟、小时或天比较" if spans else "不是时长的数值不能与分钟、小时或天比较"
    if any(target.unit.is_duration is not spans for _, target in indicator.targets):
        source.report("C107", (*path, "target"), what)
    if indicator.unit is not None and Unit(indicator.unit).is_duration is not spans:
        source.report("C107", (*path, "unit"), what)
    percents = any(target.unit == Unit.PERCENT for _, target in indicator.targets)
    distinct = isinstance(indicator.value, Measure) and indicator.value.measure == "distinct"
    shares = percents or any(target.unit == "‰" for _, target in indicator.targets)
    if shares and not distinct and type_ in ("integer", "decimal"):
        source.report("C107", (*path, "target"), "百分比的要求须与比率或 percent 列比较:98.5 会按 9850% 计算")
    if percents and isinstance(indicator.value, str) and _times_hundred(parse(indicator.value)):
        source.report("C107", (*path, "value"), "要求写了 %,算式的值就是小数(0.9 即 90%):去掉 * 100")
    bare = [bound.limit for _, target in indicator.targets if target.unit == Unit.BARE for bound in target.bounds]
    if type_ == "percent" and any(abs(limit) >= _NO_PERCENT for limit in bare):
        source.report("C107", (*path, "target"), f"列是百分比,要求写成 {indicator.targets[0][1].text}%")
    if percents or type_ == "percent":
        for at, band in enumerate(indicator.bands):
            for node in nodes_of(parse(band.when)) if band.when else ():
                if isinstance(node, ex.Compare) and any(
                    isinstance(side, ex.Number) and abs(side.value) >= _NO_PERCENT for side in (node.left, node.right)
                ):
                    source.report("C107", (*path, "bands", at, "when"), "值是百分比,90% 写 0.9")
    if len({target.unit for _, target in indicator.targets}) > 1:
        source.report("C107", (*path, "target"), "各条考核要求的单位须相同")


def _times_hundred(node: Node) -> bool:
    """Whether something is multiplied by 100, and nothing divided by it."""
    steps = [one for one in nodes_of(node) if isinstance(one, ex.Arithmetic)]
    signs = {one.op for one in steps for side in (one.left, one.right) if side == ex.Number(Fraction(100))}
    return "*" in signs and "/" not in signs


def _column_type(catalogue: Catalogue, value: object) -> str | None:
    """The type of the column that a value is of; None where it isn't of one."""
    if not isinstance(value, Measure) or value.source not in catalogue.sources:
        return None
    column = catalogue.sources[value.source].columns.get(value.of or "")
    return column.type if column else None


def _check_targets(indicator: Indicator, path: Path, source: YamlText) -> None:
    for text in (one.requirement for one in indicator.requirements):
        if parse_target(text) is None:
            advice = advised(text)
            source.report("C105", (*path, "target"), f"看不懂的考核要求:{text}" + (f";写成 {advice}" if advice else ""))
