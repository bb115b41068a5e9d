"""Questions: what a draft asks, and what the answers given so far make of it.

Convention: an answer is a value as it stands in the catalogue, or 同意, which takes what was shown as the proposal.
What can't be read is said and changes nothing. Whether something is agreed is never assumed: it needs an answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

AGREE, DISAGREE = "同意", "不同意"
OPEN, TAKEN, STALE = "还没有答", "已采用", "口径变了,请再看一遍"
_READING = "口径"
_T = TypeVar("_T")

Key = tuple[str, str]
"""What a question is about, and which of its questions it is."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer, and the proposal that stood beside it; the answer that was taken `before`."""

    proposal: str
    answer: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, with the proposal, other answers to choose from, why it is proposed and what it does; the `answer`
    that was given, and what came of it. One without a proposal has to be answered in full."""

    about: str
    item: str
    asks: str
    proposal: str
    choices: tuple[str, ...] = ()
    reason: str = ""
    effect: str = ""
    answer: str = ""
    state: str = OPEN

    @property
    def key(self) -> Key:
        """By which it is known."""
        return self.about, self.item

    @property
    def is_settled(self) -> bool:
        """Whether it has an answer that can be taken."""
        return self.state == TAKEN


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
    ) -> _T | None:
        """Ask, and what the answer is worth, else the proposal; None where there is neither. `read` raises `ValueError`
        with what is wrong with a text."""
        given = self.given.get((self.about, item), Given(proposal, ""))
        shown = given.proposal if given.answer == AGREE else proposal
        value, state = (read(shown) if shown else None), OPEN
        if given.answer and (chosen := shown if given.answer == AGREE else given.answer):
            try:
                value, state = read(chosen), TAKEN
            except ValueError as error:
                state = f"看不懂:{error}"
        offered = tuple(dict.fromkeys(filter(None, (AGREE if shown else "", *choices))))
        self.questions.append(Question(self.about, item, asks, shown, offered, reason, effect, given.answer, state))
        return value

    def one_of(
        self, item: str, asks: str, proposal: str, choices: Sequence[str], reason: str = "", effect: str = ""
    ) -> str:
        """Ask for one of the choices."""

        def read(text: str) -> str:
            if text not in choices:
                raise ValueError(f"写 {'、'.join(choices)} 之一")
            return text

        return self.ask(item, asks, proposal, read, choices, reason, effect) or ""

    def _moved(self, question: Question) -> bool:
        """Whether the answer is another one than was taken before."""
        given = self.given.get(question.key)
        return given is None or given.answer != given.before

    def agree(self, reading: str, waits: Sequence[Question], effect: str, wrong: str) -> bool:
        """Ask whether a reading holds: where nothing is `wrong`, all that it rests on is settled, that very reading was
        shown, and no answer is another since."""
        given = self.given.get((self.about, _READING), Given(reading, ""))
        open_ones = [f"{one.about} {one.item}" for one in waits if not one.is_settled]
        left = f"还要先答:{'、'.join(open_ones)}" if open_ones else ""
        moved = given.before == AGREE and any(self._moved(one) for one in waits)
        stale = STALE if given.proposal != reading or moved else ""
        match given.answer:
            case "":
                state = OPEN
            case "不同意":
                state = TAKEN
            case "同意":
                state = wrong or stale or left or TAKEN
            case _:
                state = f"看不懂:写 {AGREE} 或 {DISAGREE}"
        asks = "按这个口径考核吗?不同意的,先改上面的回答,或改指标目录"
        answer = "" if state == STALE else given.answer
        shown = wrong or reading
        self.questions.append(Question(self.about, _READING, asks, shown, (AGREE, DISAGREE), "", effect, answer, state))
        return state == TAKEN and answer == AGREE
