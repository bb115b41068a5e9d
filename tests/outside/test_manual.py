"""The manual against the program: examples are accepted, links lead somewhere, options and pictures are those of today.

Convention: a terminal's picture is compared with what the program prints now. A page's isn't: LibreOffice, Chromium and
the fonts draw it, and each version a little differently.
"""

import re
import runpy
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import typer.main
import yaml
from kit.console import Capture, call
from kit.sample import ROOT

from itss_kpi.app.manual import Passage, chapters, passage
from itss_kpi.catalogue.load import load
from itss_kpi.cli import main as cli
from itss_kpi.render.chapter import anchor

MANUAL = ROOT / "docs" / "手册"
PICTURES = MANUAL / "图"
SCRIPT = runpy.run_path(str(ROOT / "tools" / "make_pictures.py"))
CHAPTERS = {chapter.path: chapter.text for chapter in chapters()} | {
    MANUAL / "README.md": (MANUAL / "README.md").read_text(encoding="utf-8")
}
COMMANDS: dict[str, Any] = dict(typer.main.get_command(cli.app).commands)  # type: ignore[attr-defined]


def named(path: Path) -> str:
    return path.stem


# ---- examples


def examples(text: str) -> list[dict[str, Any]]:
    return [yaml.safe_load(example) for example in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]


BLOCKS = [block for text in CHAPTERS.values() for block in examples(text)]
OF_CATALOGUE = examples(passage("指标目录").text)
HEAD = next(block for block in OF_CATALOGUE if "plan" in block)
SOURCES = next(block["sources"] for block in OF_CATALOGUE if "sources" in block)
"""Examples of indicators and lookups are about the ledgers that the chapter declares first."""
ONE = next(block["indicators"] for block in OF_CATALOGUE if "indicators" in block)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: "+".join(block))
def test_every_example_is_accepted(block: dict[str, Any]) -> None:
    whole = HEAD | {"indicators": ONE} | block
    whole["sources"] = SOURCES | block.get("sources", {})
    catalogue, problems = load(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False), "手册")
    assert catalogue
    assert not problems


PRINTED = (
    "evaluate -p 2022Q3",
    "status -p 2022Q4",
    "check",
    "explain 18 -p 2022-08 --rows doubtful",
    "trend 18 --to 2022-09",
    "trend 10 18 --from 2022-07 --to 2022-11 --next 20",
    "compare -p 2022Q3 --by 部门",
)
"""The commands that the manual shows lines of."""


@pytest.mark.usefixtures("worked_out_once")
def test_what_the_program_is_shown_to_print_it_prints(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "140")
    printed = {" ".join(line.split()) for command in PRINTED for line in call(capsys, *command.split())[1].splitlines()}
    blocks = [block for text in CHAPTERS.values() for block in re.findall(r"```text\n(.*?)```", text, re.DOTALL)]
    shown = [line for block in blocks if "└" not in block for line in block.splitlines()]
    assert len(shown) > 40
    assert [line for line in shown if " ".join(line.split()) not in printed] == []


# ---- chapters, links and what is named


def test_the_index_has_every_chapter_with_its_sentence() -> None:
    index = CHAPTERS[MANUAL / "README.md"]
    listed = [f"| [{one.title}]({one.path.name}) | {one.about} |" for one in chapters()]
    assert len(listed) == 9
    assert index.rstrip().splitlines()[-9:] == listed


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.title)
def test_a_chapter_is_called_as_its_file(chapter: Passage) -> None:
    assert chapter.text.startswith(f"# {chapter.title}\n")


@pytest.mark.parametrize("path", CHAPTERS, ids=named)
def test_every_link_leads_to_a_heading_or_a_file(path: Path) -> None:
    for target in re.findall(r"(?<!!)\[[^]]+\]\(([^)\s]+)\)", CHAPTERS[path]):
        name, _, heading = unquote(target).partition("#")
        file = path.parent / name if name else path
        assert file.is_file(), target
        headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
        assert not heading or heading in map(anchor, headings), target


def test_what_the_program_says_to_look_up_is_there() -> None:
    files = [path for path in (ROOT / "itss_kpi").rglob("*") if path.suffix in (".py", ".yaml")]
    texts = [path.read_text(encoding="utf-8") for path in files]
    asked = {word for text in texts for word in re.findall(r"itss-kpi help ([\u4e00-\u9fff、]+)", text)}
    assert len(asked) > 5
    for topic in asked - {"章节"}:
        assert passage(topic).text


# ---- options


def options_of(name: str) -> set[str]:
    """The long names of a command's options; of a switch that is on, that which turns it off."""
    found = set()
    for option in COMMANDS[name].params:
        if option.param_type_name == "option":
            found |= {word for word in option.secondary_opts or option.opts if word.startswith("--")}
    return found


def test_the_table_of_options_is_that_of_the_program() -> None:
    text = passage("选项").text
    reading = set(re.findall(r"[a-z][a-z-]+", text.split("“读台账的”指")[1].split("。")[0]))
    listed: dict[str, set[str]] = {name: set() for name in COMMANDS}
    for options, users in re.findall(r"^\| (`--[^|]*) \| ([^|]*) \|", text, re.MULTILINE):
        less = re.search(r"\(([^()]*) 除外\)", users)
        written = set(re.findall(r"[a-z][a-z-]+", users.replace(less[0], "") if less else users))
        written |= reading if "读台账的" in users else set()
        written |= set(COMMANDS) if "全部" in users else set()
        for name in written - set(re.findall(r"[a-z][a-z-]+", less[1]) if less else ()):
            listed[name] |= set(re.findall(r"--[a-z-]+", options))
    assert listed == {name: options_of(name) for name in COMMANDS}


# ---- pictures


def test_every_picture_is_shown_and_every_one_shown_is_there() -> None:
    texts = "".join(CHAPTERS.values())
    shown = set(re.findall(r"!\[[^]]{8,}\]\(图/([^)]+)\)", texts))
    assert texts.count("![") == len(re.findall(r"!\[[^]]{8,}\]\(图/", texts)), "each says what it shows"
    assert shown == {path.name for path in PICTURES.iterdir()}
    assert shown == {f"{name}.svg" for name in SCRIPT["TERMINALS"]} | {
        f"{name}.png" for name in (*SCRIPT["PAGES"], *SCRIPT["BROWSER"])
    }


@pytest.mark.parametrize("path", sorted(PICTURES.iterdir()), ids=named)
def test_no_picture_is_large(path: Path) -> None:
    assert path.stat().st_size < 150_000


@pytest.mark.parametrize("name", SCRIPT["TERMINALS"])
def test_a_terminal_is_that_of_today(name: str) -> None:
    assert SCRIPT["terminal"](name) == (PICTURES / f"{name}.svg").read_text(encoding="utf-8"), "make pictures"


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readmes_show_a_picture_of_the_manual(name: str) -> None:
    assert "(docs/手册/图/evaluate.svg)" in (ROOT / name).read_text(encoding="utf-8")
