"""满意度分析: the customer survey of a year.

Source: section 3.7 of the plan; GB/T 28827.1 chapter 5. Convention: what falls short comes first: customers who didn't
answer, the lowest items and projects. The rows behind a score are with its indicator.
"""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import groupby

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.wording import SIGNS, plain_cells, target_text
from itss_kpi.core.results import Assessment, Verdict
from itss_kpi.core.targets import Unit, exact, plain_number, show_part
from itss_kpi.pages.making import columns, joined, missing
from itss_kpi.pages.page import (
    TONES,
    Card,
    Cards,
    Cell,
    Chart,
    Column,
    Heading,
    Line,
    Note,
    On,
    Page,
    Part,
    Table,
    Text,
    Tone,
    tone_of,
)
from itss_kpi.plan import satisfaction_words as words
from itss_kpi.plan.questionnaires import Count, Remark
from itss_kpi.plan.satisfaction import Customer, Satisfaction, Score, Split

LEGEND = (
    "总分就是该指标的结果;各项目、各调查项、各客户的得分照同一算法,只取各自的行,最低的在前。"
    "▼ 最低,存疑的行无论怎样都是如此才标。台账没有交齐时不能说谁没有答复。"
)
LOWEST = "▼"
_BESIDE = On.MARKDOWN | On.WIDE
"""What stands in a table where the terminal has lines."""
_SHOWN = On.SCREEN | On.SHEET
_EXACT = columns("显示 分子 分母 最低 最高", on=On.DATA)
_JUDGED = columns("考核要求 结论", on=On.DATA)
_RETURNED = columns("收回 收回最多", on=On.DATA)
_RESPONSE = (*columns("回收率", right="回收率"), *columns("回收率最高", on=On.DATA))
_SCORE = columns("得分", right="得分")
_CHANGE = columns("上一年 变化", right="上一年 变化")
_TOTAL = (
    *columns("指标 依据", on=On.SHEET),
    *columns("名称 状态 发放 收回 收回最多 回收率 回收率最高", on=On.DATA),
    *(*_SCORE, *_EXACT, *columns("考核要求 结论"), *_CHANGE, *columns("说明", on=On.DATA)),
)
_CUSTOMERS = (
    *(Column("客户", on=_SHOWN), Column("名称", on=On.DATA), Column("", on=On.TERMINAL), Column("状态", on=_BESIDE)),
    *(*columns("发放", right="发放"), Column("收回", True, on=_SHOWN), *_RETURNED, *_RESPONSE),
    *(*_SCORE, *_EXACT, *_JUDGED),
)
_QUESTIONNAIRES = columns("问卷编号 客户 项目 状态 得分 出处", on=On.DATA)
_REMARKS = (
    *columns("项目 客户 问卷编号", on=_BESIDE),
    *columns("状态", on=On.DATA),
    *columns("意见 出处", on=_BESIDE),
)


def satisfaction_page(catalogue: Catalogue, found: Satisfaction) -> Page:
    """What `satisfaction` and the sheet 满意度分析 show."""
    ledger = catalogue.sources[found.survey.source].name
    summary: list[Text] = [_total_line(found), words.coverage_text(found), words.response_text(found)]
    parts = [*missing(words.absence_text(ledger, found.absent)), *_parts(found, ledger)]
    return Page(found.title(catalogue.plan.organization, "客户满意度", begins=True), summary, parts, LEGEND)


def _parts(found: Satisfaction, ledger: str) -> Iterator[Part]:
    if not found.declared:
        yield Note(f"说明 {words.NO_CUSTOMERS}", Tone.QUIET)
    yield Table("总分", _TOTAL, [_total(found, ledger)], on=On.WIDE)
    none = "没有声明客户,也没有收到问卷。"
    on = On.ALL if found.customers else On.WIDE
    yield Table("客户", _CUSTOMERS, list(map(_customer, found.customers)), Tone.HEAD, empty=none, on=on)
    splits = [(name, split) for name, split in (("调查项", found.items), ("项目", found.projects)) if split]
    for name, split in splits:
        yield _split(name, split)
    yield from (Note(f"变化 {line}", Tone.QUIET) for line in words.reasons(found))
    if any(split.lowest for _, split in splits):
        yield Note(f"{LOWEST} 最低(存疑的行无论怎样都是如此才标)。", Tone.QUIET, On.SCREEN)
    explained = f"itss-kpi explain {found.survey.indicator} --period {found.period} --rows all"
    yield Note(f"每一行见 {explained}。", Tone.QUIET, On.SCREEN)
    for name, split in splits:
        yield from _chart(name, split)
    yield from _distribution(found)
    yield Table("问卷", _QUESTIONNAIRES, list(_questionnaires(found)), on=On.DATA)
    yield from _remarks(found)
    yield from _doubts(found)


# ---- scores


def _verdict(item: Assessment) -> Verdict:
    return Verdict.MISSING_DATA if item.absent else item.verdict


def _total_line(found: Satisfaction) -> Cell:
    item = found.total.item
    verdict = _verdict(item)
    shown = f"{words.value_text(item)} {verdict.label}" if item.display != "—" else words.value_text(item)
    total = joined(f"总分(指标 {found.survey.indicator})", Cell(shown, TONES[verdict]), between=" ")
    change = f"变化 {words.difference_text(found.total)}"
    return joined(total, f"要求 {target_text(item.target)}", f"上一年 {words.before_text(found.total)}", change)


def _total(found: Satisfaction, ledger: str) -> list[Text]:
    item = found.total.item
    verdict = _verdict(item)
    told = Cell(f"{SIGNS[verdict]} {verdict.label}", TONES[verdict], item.verdict.label)
    return [
        Cell(f"指标 {found.survey.indicator} {item.name}", leads_to=item.indicator),
        *(f"“{ledger}”的全部问卷", "", "", str(found.sent or "")),
        *(*_counted(found.total.returned), *_share(found.response)),
        *(*_scored(item), target_text(item.target), told, *_changed(found.total), found.total.reason),
    ]


def _customer(one: Customer) -> list[Text]:
    standing = Cell(one.standing.signed, tone_of(one.standing), one.standing.label)
    sent, returned = Cell(words.sent_text(one), value=str(one.sent or "")), _counted(one.returned)
    counts = [sent, words.count_text(one.returned), *returned, *_share(one.response)]
    return [*[one.name] * 2, *[standing] * 2, *counts, *_scored(one.score), *_judged(one.score)]


def _split(name: str, split: Split) -> Table:
    """The scores by item or project; a screen has nothing where there are none."""
    head = (
        *(Column(split.column, on=_SHOWN), Column("名称", on=On.DATA)),
        *(Column("", on=On.TERMINAL), Column("最低者", on=_BESIDE)),
        *(Column("问卷", True, on=_SHOWN), *_RETURNED, *_SCORE, *_EXACT, *_JUDGED, *_CHANGE),
        *columns("说明", on=On.MARKDOWN | On.DATA),
    )
    rows = [_score(split, one) for one in split.scores]
    return Table(name, head, rows, Tone.HEAD, empty=split.reason or "没有得分。", on=On.ALL if rows else On.WIDE)


def _score(split: Split, one: Score) -> list[Text]:
    lowest = one.name in split.lowest
    marks = [Cell(LOWEST, Tone.BAD), Cell(f"{LOWEST} 最低", Tone.BAD, "是")] if lowest else ["", ""]
    counts = [words.count_text(one.returned), *_counted(one.returned)]
    return [*[one.name] * 2, *marks, *counts, *_scored(one.item), *_judged(one.item), *_changed(one), one.reason]


def _counted(count: Count) -> list[Text]:
    return [str(count.sure), str(count.most)]


def _share(share: tuple[Fraction, Fraction] | None) -> list[Text]:
    lowest, highest = share or (None, None)
    return [Cell(words.share_text(share), value=plain_number(lowest)), plain_number(highest)]


def _scored(item: Assessment | None) -> list[Text]:
    """The score, and what a program wants to know of it."""
    if item is None:
        return [Cell(words.value_text(item), value=""), *[""] * len(_EXACT)]
    numerator, denominator, value, shown, lowest, highest, _ = plain_cells(item)
    return [Cell(words.value_text(item), TONES[_verdict(item)], value), shown, numerator, denominator, lowest, highest]


def _judged(item: Assessment | None) -> list[Text]:
    return [target_text(item.target), item.verdict.label] if item else [""] * len(_JUDGED)


def _changed(score: Score) -> list[Text]:
    before = plain_number(score.before.value) if score.before else ""
    return [
        Cell(words.before_text(score), value=before),
        Cell(words.difference_text(score), value=plain_number(score.change)),
    ]


def _chart(name: str, split: Split) -> Iterator[Chart]:
    """The scores that doubtful rows can't change, beside the requirement; of percentages alone."""
    known = [one for one in split.scores if one.item.value is not None and one.item.lowest == one.item.highest]
    if not known or known[0].item.unit != Unit.PERCENT:
        return
    scores = [Line("得分", tuple(one.item.value for one in known))]
    if target := known[0].item.target:
        scores.append(Line("考核要求", (target.bounds[0].limit,) * len(known), target=True))
    yield Chart(f"各{name}得分", tuple(one.name for one in known), tuple(scores), rates=True)


# ---- how scores lie


def _distribution(found: Satisfaction) -> Iterator[Part]:
    own = found.distribution
    if words.is_empty(own):
        yield Note("台账没有交齐,不能说没有问卷。" if found.absent else "没有问卷。", on=On.SHEET)
    else:
        yield Heading("分布", Tone.HEAD, on=On.TERMINAL)
        yield from (Note(f"  {line.text}", on=On.TERMINAL) for line in _distribution_lines(found))
    apart = [["存疑", str(own.doubtful)], ["没有打分", str(own.unscored)]]
    bands = [[words.band_text(band), str(band.count)] for band in own.bands]
    shown = On.DATA if words.is_empty(own) else _BESIDE
    yield Table("问卷分布(平均得分率)", columns("名称 份数"), [*bands[::-1], *apart], kind="问卷分布", on=shown)
    answers = [
        [f"{exact(score)}/{exact(scale.full)}", str(count)] for scale in own.scales for score, count in scale.scores
    ]
    apart = [["存疑", str(own.doubtful_answers)], ["没有打分", str(own.unscored_answers)]]
    yield Table("答案分布", columns("名称 份数"), [*answers, *apart], on=On.DATA)
    scales = [[show_part(scale.full, Unit.BARE), words.scale_text(scale)] for scale in own.scales]
    if apart_answers := words.apart_text(own.doubtful_answers, own.unscored_answers):
        scales.append(["—", apart_answers])
    if scales:
        yield Table("答案分布", columns("满分 答案数"), scales, on=On.MARKDOWN | On.SHEET)


def _distribution_lines(found: Satisfaction) -> Iterator[Cell]:
    own = found.distribution
    if own.bands:
        yield joined("问卷(平均得分率)", words.bands_text(own.bands), words.apart_text(own.doubtful, own.unscored))
    for scale in own.scales:
        yield joined(f"答案(满分 {show_part(scale.full, Unit.BARE)})", words.scale_text(scale))
    if apart := words.apart_text(own.doubtful_answers, own.unscored_answers):
        yield Cell(f"答案 {apart}")


def _questionnaires(found: Satisfaction) -> Iterator[list[Text]]:
    for one in found.questionnaires:
        doubtful = "存疑" if one.doubtful else ""
        yield [one.number, one.customer, one.project, doubtful, plain_number(one.share), "、".join(one.places)]


# ---- what was written, what can't be known


def _remarks(found: Satisfaction) -> Iterator[Part]:
    title = f"意见({len(found.remarks)})"
    if found.remarks:
        cards = [_project(name, list(some)) for name, some in groupby(found.remarks, key=lambda one: one.project)]
        yield Cards(title, cards, Tone.HEAD, on=On.TERMINAL)
    none = "台账没有交齐,不能说没有。" if found.absent else "没有。"
    yield Table(title, _REMARKS, list(map(_remark, found.remarks)), kind="意见", empty=none, on=_BESIDE)


def _project(name: str, remarks: Sequence[Remark]) -> Card:
    return Card(Cell(f"  {name}" if name else ""), tuple(line for one in remarks for line in _remark_lines(one)))


def _remark_lines(one: Remark) -> Iterable[tuple[str, Text]]:
    yield " ?" if one.doubtful else "  ", one.text
    yield "", Cell(joined(one.customer, one.questionnaire, *one.places).text, Tone.QUIET)


def _remark(one: Remark) -> list[Text]:
    said = Cell(f"? {one.text}", Tone.DOUBTFUL, one.text) if one.doubtful else one.text
    place = Cell("\n".join(one.places), Tone.QUIET, "、".join(one.places))
    return [one.project, one.customer, one.questionnaire, "存疑" if one.doubtful else "", said, place]


def _doubts(found: Satisfaction) -> Iterator[Part]:
    if found.doubts:
        title = f"? 存疑({len(found.doubts)})"
        yield Heading(title, Tone.DOUBTFUL, on=On.TERMINAL)
        said = [(";".join(one.reasons), one.place) for one in found.doubts]
        yield from (Note(f"  {place}  {reasons}", on=On.TERMINAL) for reasons, place in said)
        rows: list[list[Text]] = [[reasons, Cell(place, Tone.QUIET)] for reasons, place in said]
        yield Table(title, columns("说明 出处"), rows, Tone.DOUBTFUL, "存疑", on=_BESIDE)
