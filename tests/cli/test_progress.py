"""Progress on the terminal: how much of the bytes is read, and which file is being read."""

import io
import threading
from collections.abc import Callable

import pytest
from rich.console import Console
from rich.progress import Progress

from itss_kpi.cli.console import progress


class Terminal(io.StringIO):
    """A terminal, as what writes to it believes."""

    def isatty(self) -> bool:
        return True


class Now(threading.Timer):
    """A timer that doesn't wait."""

    def __init__(self, seconds: float, what: Callable[[], None]) -> None:
        super().__init__(0, what)
        what()

    def start(self) -> None:
        self.finished.set()
        super().start()


def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    found = Terminal()
    monkeypatch.setattr("sys.stderr", found)
    monkeypatch.setenv("COLUMNS", "80")
    return found


def test_it_says_how_much_is_done_and_what_is_being_done(monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_terminal(monkeypatch)
    shown: list[str] = []

    def look(bar: Progress) -> None:
        paper = Console(file=io.StringIO(), width=80)
        paper.print(bar.get_renderable())
        shown.append(paper.file.getvalue())  # type: ignore[attr-defined]

    monkeypatch.setattr(Progress, "stop", look)
    with progress(2000, "读取台账") as tick:
        tick(0, "事件\x1b[31m工单_2022Q3.xlsx")
        tick(500, "")
    assert len(shown) == 1
    assert shown[0].startswith("读取台账 ")
    assert " 25% 事件" in shown[0]
    assert "工单_2022Q3.xlsx" in shown[0]
    assert "\x1b" not in shown[0]


def test_a_long_name_keeps_the_line_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_terminal(monkeypatch)
    monkeypatch.setattr(threading, "Timer", Now)
    with progress(1, "读取台账") as tick:
        tick(0, "很长" * 60)
    assert "很长很长" in terminal.getvalue()
    assert terminal.getvalue().count("\n") <= 2  # a line for each of what was seen


def test_what_is_quick_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_terminal(monkeypatch)
    with progress(1, "读取台账") as tick:
        tick(1, "a.xlsx")
    assert "a.xlsx" not in terminal.getvalue()


def test_where_nobody_looks_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(1, "读取台账") as tick:
        tick(1, "a.xlsx")
    assert capsys.readouterr() == ("", "")
