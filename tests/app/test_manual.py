"""The manual's chapters and sections by what people call them, and as pages for a browser."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import pytest

from itss_kpi.app import manual
from itss_kpi.app.manual import chapters, contents, passage, web_page_of
from itss_kpi.core.problems import Refusal


@pytest.mark.parametrize(
    ("topic", "title"),
    [
        ("看懂结果", "看懂结果"),
        ("结果", "看懂结果"),
        ("关账", "关账"),
        ("表头", "表头"),
        ("纵向对比", "纵向对比:trend"),
        ("台账", "台账 sources"),
        ("管理评审", "管理评审"),
        ("环境变量", "附:环境变量"),
        ("横着排", "横着排的表"),
        ("SPLIT", "一格写几个名称:split"),
    ],
)
def test_a_chapter_or_a_section_is_found_by_its_name_or_a_part_of_it(topic: str, title: str) -> None:
    found = passage(topic)
    assert found.title == title
    assert found.text.lstrip("#").startswith(f" {title}\n")


def test_a_section_ends_where_the_next_of_its_rank_begins() -> None:
    text = passage("台账 sources").text
    assert "### 横着排的表" in text
    assert "### 纠正措施台账" in text
    assert "## 一格写几个名称" not in text.removeprefix("## 台账 sources")
    assert passage("退出码").text.endswith("被 Ctrl-C 中断 |\n")


def test_a_comment_in_an_example_is_no_heading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "1-甲.md").write_text("# 甲\n\n一句。\n\n## 乙\n\n```sh\n# 丙\n```\n\n末尾\n", encoding="utf-8")
    monkeypatch.setattr(manual, "_FOLDERS", (tmp_path / "none", tmp_path))
    assert [chapter.title for chapter in chapters()] == ["甲"]
    assert passage("乙").text.endswith("# 丙\n```\n\n末尾\n")
    with pytest.raises(Refusal, match="手册中没有“丙”"):
        passage("丙")


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("检查", "“检查”不止一处:检查与修正:check、"),
        ("月球", "手册中没有“月球”;各章:五分钟上手、部门怎么交表、"),
        ("裁定台账", "手册中没有“裁定台账”,是否应为“裁定”?"),
    ],
)
def test_what_is_not_one_passage_is_refused_with_what_there_is(topic: str, said: str) -> None:
    with pytest.raises(Refusal, match=re.escape(said)):
        passage(topic)


def test_the_contents_are_a_line_a_chapter() -> None:
    (table,) = contents().parts
    assert [row[0] for row in table.rows] == [chapter.title for chapter in chapters()]  # type: ignore[union-attr]


def test_pages_for_a_browser_link_to_each_other_and_show_their_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ITSS_KPI_CACHE", str(tmp_path))
    address = urlsplit(web_page_of(passage("表头")))
    assert unquote(address.fragment) == "表头"
    pages = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "manual").iterdir()}
    assert len(pages) == len(chapters()) + 1
    assert Path(url2pathname(address.path)).name in pages
    for name, text in pages.items():
        for target in re.findall('href="([^"]+)"', text):
            file, _, part = unquote(target).partition("#")
            assert not part or f'id="{part}"' in pages[file or name], target
        for shown in re.findall('src="([^"]+)"', text):
            assert Path(url2pathname(urlsplit(shown).path)).is_file(), shown
    assert web_page_of(None).endswith("/README.html")
