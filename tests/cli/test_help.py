"""`help`: a chapter, a section, a code, a command; what isn't there; without colours where it is piped."""

import re
import webbrowser
from pathlib import Path
from typing import Any

import pytest
import typer
from kit.console import Capture, call, refused
from rich.cells import cell_len

from itss_kpi.app.manual import chapters
from itss_kpi.cli.main import app


@pytest.fixture(autouse=True)
def _anywhere(here: Path) -> None:
    """No catalogue is needed."""


def test_alone_it_lists_the_chapters_a_line_each(capsys: Capture) -> None:
    code, out, err = call(capsys, "help")
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()[-9:]] == [chapter.title for chapter in chapters()]
    assert "装好程序,看一次示例数据的结果" in out


@pytest.mark.parametrize("topic", ["看懂结果", "结果"])
def test_a_chapter_by_its_name_or_a_part_of_it(topic: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, err = call(capsys, "help", topic)
    assert (code, err) == (0, "")
    assert out.startswith("看懂结果\n")
    assert max(map(cell_len, out.splitlines())) <= 80
    assert "## " not in out


def test_a_section(capsys: Capture) -> None:
    out = call(capsys, "help", "表头")[1]
    assert out.startswith("表头\n")
    assert "部门怎么交表" not in out


@pytest.mark.parametrize("topic", ["D203", "d203"])
def test_a_code_is_explained_as_check_does(topic: str, capsys: Capture) -> None:
    assert call(capsys, "help", topic) == call(capsys, "check", "--explain", "D203")


@pytest.mark.parametrize("topic", ["trend", "Trend", "service-report", "help"])
def test_a_command_gives_its_own_help(topic: str, capsys: Capture) -> None:
    assert call(capsys, "help", topic) == call(capsys, topic.lower(), "--help")


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("月球", "用法有误:手册中没有“月球”;各章:五分钟上手、"),
        ("检查", "用法有误:“检查”不止一处:"),
        ("D999", "用法有误:没有这个问题代码:D999"),
    ],
)
def test_what_isnt_there_is_refused(topic: str, said: str, capsys: Capture) -> None:
    assert refused(capsys, "help", topic).startswith(said)


@pytest.mark.parametrize("columns", [72, 80, 100])
def test_a_commands_help_is_whole_at_any_width(columns: int, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is cut off, nothing is wider than the terminal, and no word of Typer's is left."""
    group: Any = typer.main.get_command(app)
    monkeypatch.setenv("COLUMNS", str(columns))
    for name, command in group.commands.items():
        code, out, err = call(capsys, name, "--help")
        assert (code, err) == (0, "")
        assert max(map(cell_len, out.splitlines())) <= columns
        together = re.sub(r"\s+", "", out)
        said = [one.help for one in command.params] + [command.help, command.epilog]
        assert [one for one in said if re.sub(r"\s+", "", one) not in together] == []
        assert [one for one in command.params if max(one.opts, key=len) not in out and one.metavar not in out] == []
        assert not re.search("Usage|Options|Arguments|default|required|<", out)


@pytest.mark.parametrize(
    ("arguments", "page"), [((), "README.html"), (("看懂结果",), ".html#%E7%9C%8B%E6%87%82%E7%BB%93%E6%9E%9C")]
)
def test_it_opens_in_a_browser(
    arguments: tuple[str, ...], page: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: bool(opened.append(address)))
    code, out, err = call(capsys, "help", "--open", *arguments)
    assert (code, err) == (0, "没有浏览器可用;请自己打开上面的网页\n")
    assert opened == [out.rstrip()]
    assert opened[0].endswith(page)
