"""Text: widths are folded and nothing else, headers compare as people mean them, nothing steers a terminal."""

import pytest

from itss_kpi.text import clean, fold, plain


@pytest.mark.parametrize(
    ("text", "same"),
    [("ＡＢ－１２３．５％", "AB-123.5%"), ("　2022　", "2022"), (" ascii ", "ascii"), ("10²", "10²"), ("①", "①")],
)
def test_only_the_width_is_made_plain(text: str, same: str) -> None:
    assert plain(text) == same


@pytest.mark.parametrize("written", ["响应时限(分钟)", "响应时限（分钟）", "响应时限\n(分钟)", " 响应 时限(分钟) "])
def test_headers_compare_as_people_mean_them(written: str) -> None:
    assert fold(written) == "响应时限(分钟)"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("工单 Ａ-1。", "工单 Ａ-1。"),
        ("", ""),
        ("\x1b[31m红", "\\x1b[31m红"),
        ("a\r\nb\t", "a\\x0d\\x0ab\\x09"),
        ("\x7f\x9b", "\\x7f\\x9b"),
        ("a\u202eb", "a\\x202eb"),
        ("\u200b", "\\x200b"),
        ("\u2028\u2029", "\\x2028\\x2029"),
        ("\ud800", "\\xd800"),
        ("\ue000", "\\xe000"),
    ],
)
def test_what_could_steer_a_terminal_is_shown_instead(text: str, shown: str) -> None:
    assert clean(text) == shown
