"""Satisfaction words: the customer survey in the words that every output uses (see `wording`)."""

from collections.abc import Sequence
from fractions import Fraction
from functools import partial

from itss_kpi.analysis.series import change_text
from itss_kpi.catalogue.wording import SIGNS, lacking_text
from itss_kpi.core.results import Assessment, Verdict
from itss_kpi.core.targets import Unit, show, show_part
from itss_kpi.plan.questionnaires import Band, Count, Distribution, Scale
from itss_kpi.plan.satisfaction import Customer, Satisfaction, Score, Split, Standing

UNDECLARED = (
    "指标目录没有声明满意度调查;请加上 satisfaction,写明台账、各列和总分是哪个指标(写法见 itss-kpi help 客户满意度调查)"
)
NO_CUSTOMERS = "指标目录没有声明客户,不知道应当问到谁;请加上 customers(写法见 itss-kpi help 质量活动、监督检查与客户)"
absence_text = partial(lacking_text, so="不能说得分,也不能说谁没有答复")
"""What is missing of the ledger; '' where nothing is."""


def count_text(count: Count) -> str:
    """How many questionnaires: `5`, or `5~6` where it isn't certain."""
    return str(count.sure) if count.sure == count.most else f"{count.sure}~{count.most}"


def share_text(share: tuple[Fraction, Fraction] | None) -> str:
    """A response: `81.08%`, `81.08%~82.43%`; `—` where it isn't known."""
    return "—" if share is None else "~".join(dict.fromkeys(show(one, Unit.PERCENT) for one in share))


def value_text(item: Assessment | None) -> str:
    """A score with the sign of its verdict; the verdict alone where there is no score."""
    if item is None:
        return "—"
    verdict = Verdict.MISSING_DATA if item.absent else item.verdict
    shown = item.display if item.display != "—" or verdict is Verdict.IN_PROGRESS else verdict.label
    return f"{SIGNS[verdict]} {shown}"


def before_text(score: Score) -> str:
    """The score of the year before."""
    return "—" if score.before is None else score.before.display + ("(归档)" if score.archived else "")


def difference_text(score: Score) -> str:
    """The change on the year before: `+0.62个百分点`."""
    return change_text(score.change, score.item.unit)


def coverage_text(found: Satisfaction) -> str:
    """How many customers answered: `应问 14 家:✗ 未答复 2  ✓ 已答复 12`."""
    counts = "  ".join(f"{standing.signed} {count}" for standing in Standing if (count := found.counts[standing]))
    return f"应问 {len(found.to_ask)} 家:{counts}" if found.declared else f"没有声明应问哪些客户:{counts}"


def response_text(found: Satisfaction) -> str:
    """How many questionnaires came back, and of how many that were sent."""
    parts = [f"收回问卷 {count_text(found.total.returned)} 份"]
    if found.sent:
        unsaid = [one for one in found.to_ask if one.sent is None]
        only = f"(其余 {len(unsaid)} 家没有写发放份数)" if unsaid else ""
        of = f",其中发放过的收回 {count_text(found.returned)} 份" if found.returned != found.total.returned else ""
        parts.append(f"发放 {found.sent} 份{only}{of}  回收率 {share_text(found.response)}")
    return "  ".join(parts)


def sent_text(one: Customer) -> str:
    """How many were sent to a customer."""
    return "—" if one.sent is None else str(one.sent)


def band_text(band: Band) -> str:
    """Which shares: `<60%`, `60%~80%` (80% not included), `≥95%`."""
    low, high = (show_part(100 * edge, Unit.BARE) if edge is not None else "" for edge in (band.low, band.high))
    if not high:
        return f"≥{low}%"
    return f"{low}%~{high}%" if band.low else f"<{high}%"


def bands_text(bands: Sequence[Band]) -> str:
    """How many lie in each band, the best first: `≥95%:42  90%~95%:17`."""
    return "  ".join(f"{band_text(band)}:{band.count}" for band in reversed(bands))


def scale_text(scale: Scale) -> str:
    """How many answers of each score: `10分:209  9分:71`, or of each band where the scores are many."""
    if scale.many:
        return bands_text(scale.bands)
    return "  ".join(f"{show_part(score, Unit.BARE)}分:{count}" for score, count in scale.scores)


def apart_text(doubtful: int, unscored: int) -> str:
    """What is in no band: doubtful, or without a score."""
    return "  ".join(f"{word}:{count}" for word, count in (("存疑", doubtful), ("没有打分", unscored)) if count)


def is_empty(found: Distribution) -> bool:
    """Whether there is nothing to lie anywhere."""
    return not (found.scales or found.doubtful or found.unscored or found.doubtful_answers or found.unscored_answers)


def reasons(found: Satisfaction) -> list[str]:
    """Why nobody can say what changed: of the total, then of groups that have other reasons."""
    lines = [f"总分:{found.total.reason}"] if found.total.reason else []
    splits = [split for split in (found.items, found.projects) if split]
    for split in splits:
        own: dict[str, list[str]] = {}
        for score in split.scores:
            if score.reason:
                own.setdefault(score.reason, []).append(score.name)
        told = found.total.reason
        lines += [_reason_text(split, why, names) for why, names in own.items() if not told.startswith(why)]
        lines += [f"{split.column}:{split.reason}"] if split.reason else []
    return lines


def _reason_text(split: Split, reason: str, names: list[str]) -> str:
    return f"{split.column}:{reason}" if len(names) == len(split.scores) else f"{'、'.join(names)}:{reason}"
