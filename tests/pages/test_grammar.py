"""The grammar on one screen, and in the manual."""

import contextlib
import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from itss_kpi.app.manual import passage
from itss_kpi.catalogue.functions import FUNCTIONS, signatures
from itss_kpi.catalogue.parsing import parse
from itss_kpi.pages.grammar import grammar_page
from itss_kpi.render.terminal import render


def test_the_whole_grammar_is_one_screen() -> None:
    console = Console(width=80, file=io.StringIO(), color_system=None)
    console.print(render(grammar_page()))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    lines = text.splitlines()
    assert len(lines) <= 60
    assert max(map(cell_len, lines)) <= 80
    assert all(example in text for _, _, example in signatures().values())


@pytest.mark.parametrize("name", signatures())
def test_every_example_is_of_the_grammar(name: str) -> None:
    signature, meaning, example = signatures()[name]
    parse(example)
    assert signature.startswith(f"{name}(")
    assert meaning


def test_the_manual_lists_every_function_as_it_is() -> None:
    text = passage("指标目录").text
    rows = [f"| `{signature}` | {meaning} | `{example}` |" for signature, meaning, example in signatures().values()]
    with contextlib.suppress(ValueError):
        start = text.index("| 函数 | 含义 | 例 |")
        assert text[start:].split("\n\n")[0].splitlines()[2:] == rows
        return
    raise AssertionError("the table of functions is missing")


def test_a_function_has_as_many_words_as_it_needs() -> None:
    for one in FUNCTIONS.values():
        assert one.said.count("{") >= 1
        assert one.name in one.example
