"""A chapter in a terminal: all of it, within the width."""

import re
from collections import Counter

import pytest
import yaml
from kit.console import printed
from rich.cells import cell_len

from itss_kpi.app.manual import Passage, chapters
from itss_kpi.render.chapter import Chapter

CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.title)
def test_every_character_is_there_within_the_width(chapter: Passage, width: int) -> None:
    text = printed(Chapter(chapter.text), width)
    assert max(map(cell_len, text.splitlines())) <= width
    without_addresses = re.sub(r"\]\([^)\s]+\)", "]", chapter.text)
    pictures = chapter.text.count("![")
    expected = Counter(CHINESE.findall(without_addresses)) + Counter({"图": pictures})
    assert Counter(CHINESE.findall(text)) == expected


def test_a_line_is_broken_beside_chinese_but_not_in_a_word_or_before_its_punctuation() -> None:
    assert printed(Chapter("一二三四 word,五六七八(九)"), 11) == "一二三四\nword,五六七\n八(九)"


def test_an_example_that_is_folded_is_still_yaml() -> None:
    example = "columns:\n  状态: {type: choice, values: {完成: [], 取消: []}, required: true}"
    text = printed(Chapter(f"```yaml\n{example}\n```"), 40)
    assert len(text.splitlines()) > 2
    assert yaml.safe_load(text) == yaml.safe_load(example)


def test_links_say_what_they_are_called_and_pictures_what_they_show() -> None:
    text = printed(Chapter("见[表头](2-部门怎么交表.md#表头)。\n\n![一张表](图/a.png)"), 80)
    assert text.split() == ["见表头。", "〔图:一张表〕"]
