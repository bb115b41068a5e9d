"""Wrong calls, and the sentence that mends each: the table in `wrong_calls.txt`.

Convention: what stands in the table was written from the user's side, before the program was asked. `‹…›` in it is typed
full-width, as an input method for Chinese does.
"""

import os
import re
import shlex
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from kit.console import Capture, call
from kit.sample import CATALOGUE, DATA

from itss_kpi.cli import main as cli

pytestmark = pytest.mark.usefixtures("worked_out_once")


@dataclass(frozen=True)
class Call:
    """What is typed, the exit code, and the parts of the answer in their order."""

    code: int
    typed: str
    said: tuple[str, ...]


def full_width(text: str) -> str:
    """The text with what stands in ‹…› as full-width letters and signs."""
    return re.sub("‹(.*?)›", lambda found: "".join(chr(ord(one) + 0xFEE0) for one in found[1]), text)


def table() -> list[Call]:
    """The rows of the table."""
    lines = Path(__file__).with_name("wrong_calls.txt").read_text(encoding="utf-8").splitlines()
    rows = (full_width(line).split("|", 2) for line in lines if line and not line.startswith("#"))
    return [Call(int(code), typed.strip(), tuple(said.strip().split(" … "))) for code, typed, said in rows]


CALLS = table()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, and beside it what people take for a catalogue, a data folder or a place to write to."""
    made = tmp_path_factory.mktemp("wrong")
    shutil.copy(CATALOGUE, made)
    shutil.copytree(DATA, made / "sample_data")
    shutil.copytree(DATA, made / "没归档", ignore=shutil.ignore_patterns("archive"))
    book = next(DATA.rglob("事件工单_*.xlsx"))
    for name in ("目录.xlsx", "别人的.xlsx", "别人的.docx"):
        shutil.copy(book, made / name)
    for name in ("空文件夹", "文件夹.xlsx", "文件夹.docx", "文件夹.ics"):
        (made / name).mkdir()
    for name, content in {
        "空.yaml": b"", "国标码.yaml": "计划: 一\n".encode("gbk"), "坏.yaml": b"a: [\n", "说明.txt": "请看邮件\n".encode(),
        "别人的.ics": b"BEGIN:VCALENDAR\n",
    }.items():  # fmt: skip
        (made / name).write_bytes(content)
    return made


def everything(folder: Path) -> list[str]:
    return sorted(os.path.join(at, name) for at, *inside in os.walk(folder) for names in inside for name in names)


@pytest.mark.parametrize("row", CALLS, ids=[row.typed for row in CALLS])
def test_a_wrong_call_is_answered_with_what_mends_it(
    row: Call, folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    before = everything(folder)
    code, out, err = call(capsys, *shlex.split(row.typed))
    assert (code, out) == (row.code, ""), err
    at = 0
    for part in row.said:
        assert part in err[at:], err
        at = err.index(part, at) + len(part)
    assert not re.search(r"Usage|Invalid|No such|Missing|Got |Option '|Try |Error|\bnot\b", err)
    assert all(re.search("[\u4e00-\u9fff]", line) for line in err.splitlines())
    assert everything(folder) == before


def test_every_command_is_called_wrongly_in_several_ways() -> None:
    commands = {name.__name__.replace("_", "-") for panel in cli._PANELS.values() for name in panel}
    tried = Counter(row.typed.split()[0] for row in CALLS)
    assert len(CALLS) >= 200
    assert {name for name in commands if tried[name] < 6} == set()
