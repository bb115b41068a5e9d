"""Questions: what a draft asks, and what the answers given so far make of it.

Convention: an answer is a value as it stands in the catalogue, or 同意, which takes what was shown as the proposal.
What can't be read is said and changes nothing. Whether something is agreed is never assumed: it needs an answer.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

AGREE, SETTLED, DISAGREE = "同意", "商定", "不同意"
OPEN, TAKEN, STALE = "还没有答", "已采用", "口径变了,请再看一遍"
_READING, _LISTED = "口径", 3
_HOW_TO_SETTLE = f"看过算法和数以后,写 {SETTLED} 或 {DISAGREE}"
_AGREEING = {AGREE, "是", "是的", "对", "好", "好的", "可以", "行", "√", "✓", "OK", "ok", "Y", "y", "yes"}
_T = TypeVar("_T")

Key = tuple[str, str]
"""What a question is about, and which of its questions it is."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer, and the proposal that stood beside it; the answer that was taken `before`, and a person's remark."""

    proposal: str
    answer: str
    before: str = ""
    remark: str = ""

    @property
    def agrees(self) -> bool:
        """Whether it takes the proposal."""
        return _bare(self.answer) in _AGREEING


@dataclass(frozen=True, slots=True)
class Question:
    """A question, with the proposal, other answers to choose from, why it is proposed and what it does; the `answer`
    that was given, a person's remark, and what came of it. One without a proposal has to be answered in full. Where it
    is about some `columns` of a ledger, it matters only to what reads them. `adopted`: the answer that is in force."""

    about: str
    item: str
    asks: str
    proposal: str
    choices: tuple[str, ...] = ()
    reason: str = ""
    effect: str = ""
    answer: str = ""
    state: str = OPEN
    remark: str = ""
    columns: tuple[str, ...] = ()
    adopted: str = ""

    @property
    def key(self) -> Key:
        """By which it is known."""
        return self.about, self.item

    @property
    def is_settled(self) -> bool:
        """Whether it has an answer that can be taken."""
        return self.state == TAKEN

    def matters_to(self, columns: Collection[str]) -> bool:
        """Whether it matters to what reads these columns."""
        return not self.columns or any(name in columns for name in self.columns)


@dataclass(frozen=True)
class Asking:
    """The questions asked so far `about` one thing, by what was given."""

    given: Mapping[Key, Given]
    about: str
    questions: list[Question] = field(default_factory=list)

    def ask(
        self,
        item: str,
        asks: str,
        proposal: str,
        read: Callable[[str], _T],
        choices: Sequence[str] = (),
        reason: str = "",
        effect: str = "",
        columns: Sequence[str] = (),
    ) -> _T | None:
        """Ask, and what the answer is worth, else the one that was taken before, else the proposal; None where there is
        none. `read` raises `ValueError` with what is wrong with a text."""
        given = self.given.get((self.about, item), Given(proposal, ""))
        agrees = given.agrees and given.answer not in choices
        shown = given.proposal if agrees and given.proposal else proposal
        value, state, adopted = (_worth(read, shown) if shown else None), OPEN, ""
        if given.answer and (chosen := shown if agrees else given.answer):
            try:
                value, state, adopted = read(chosen), TAKEN, given.answer
            except ValueError as error:
                state, adopted = f"看不懂:{error}", given.before
                earlier = _worth(read, given.before) if given.before and given.before != AGREE else None
                value = value if earlier is None else earlier
        offered = tuple(dict.fromkeys(filter(None, (AGREE if shown else "", *choices))))
        said = (reason, effect, given.answer, state, given.remark, tuple(columns), adopted)
        self.questions.append(Question(self.about, item, asks, shown, offered, *said))
        return value

    def one_of(
        self,
        item: str,
        asks: str,
        proposal: str,
        choices: Sequence[str],
        reason: str = "",
        effect: str = "",
        columns: Sequence[str] = (),
    ) -> str:
        """Ask for one of the choices."""

        def read(text: str) -> str:
            if _bare(text) not in choices:
                raise ValueError(f"写 {'、'.join(choices)} 之一")
            return _bare(text)

        return self.ask(item, asks, proposal, read, choices, reason, effect, columns) or ""

    def settle(
        self, reading: str, waits: Sequence[Question], effect: str, wrong: str, *, moved: bool, reason: str = ""
    ) -> bool:
        """Ask whether a reading holds: where nothing is `wrong`, all that it rests on is settled, that very reading was
        shown, and what it rests on hasn't `moved` since. It takes a word of its own, which nobody fills down."""
        given = self.given.get((self.about, _READING), Given(reading, ""))
        open_ones = [f"{one.about} {one.item}" for one in waits if not one.is_settled]
        left = f"还要先答:{'、'.join(open_ones[:_LISTED])}" + (
            f" 等 {len(open_ones)} 个" if open_ones[_LISTED:] else ""
        )
        stale = STALE if given.proposal != reading or (given.before and moved) else ""
        settles = _bare(given.answer) == SETTLED
        if settles:
            state = wrong or stale or (left if open_ones else TAKEN)
        elif given.answer.startswith(DISAGREE):
            state = TAKEN
        else:
            state = f"看不懂:{_HOW_TO_SETTLE}" if given.answer else OPEN
        asks = f"按这个口径考核吗?{_HOW_TO_SETTLE}(先改上面的回答,或改指标目录)"
        answer = "" if state == STALE else given.answer
        said = (reason, effect, answer, state, given.remark, (), answer if state == TAKEN else "")
        self.questions.append(Question(self.about, _READING, asks, wrong or reading, (SETTLED, DISAGREE), *said))
        return state == TAKEN and settles


def _bare(text: str) -> str:
    """An answer without what people put around it."""
    return re.sub(r"^\s+|[\s。.!!,,]+$", "", text)


def _worth(read: Callable[[str], _T], text: str) -> _T | None:
    with suppress(ValueError):
        return read(text)
    return None
