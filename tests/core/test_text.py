"""Text: widths are folded and nothing else, headers compare as people mean them, nothing steers a terminal."""

import pytest

from itss_kpi.core.text import csv_table, disarm_formula, escape_controls, fold, half_width, markdown_table, pseudonym


@pytest.mark.parametrize(
    ("text", "same"),
    [("ＡＢ－１２３．５％", "AB-123.5%"), ("　2022　", "2022"), (" ascii ", "ascii"), ("10²", "10²"), ("①", "①")],
)
def test_only_the_width_is_made_plain(text: str, same: str) -> None:
    assert half_width(text) == same


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
    assert escape_controls(text) == shown


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-1+A1", "'-1+A1"),
        ("-1.5", "-1.5"),
        ("12", "12"),
        ("", ""),
        ("\t=1", "\\x09=1"),
    ],
)
def test_a_cell_of_a_csv_file_runs_nothing(cell: str, written: str) -> None:
    assert disarm_formula(cell) == written


def test_a_masked_text_is_short_stable_and_of_that_text_only() -> None:
    # the first four bytes of SHA-256, by sha256sum
    assert pseudonym("张三丰") == "#cd61f667"
    assert pseudonym("Y1") == "#e7424eff"
    assert pseudonym("") == ""


def test_a_table_for_excel_runs_nothing() -> None:
    assert csv_table(["列", "数"], [["=1", "-1"], ['a,"b', "\x1b"]]) == '列,数\n\'=1,-1\n"a,""b",\\x1b\n'
    assert csv_table(["列"], []) == "列\n"


def test_no_text_ends_its_cell_in_markdown() -> None:
    lines = list(markdown_table(["a|b", "c"], [["1|2", "\x1b"], ["x\ny", ""]]))
    assert lines == ["| a\\|b | c |", "|---|---|", "| 1\\|2 | \\x1b |", "| x\\x0ay |  |"]


def test_the_last_sign_that_has_a_full_width_is_the_tilde() -> None:
    assert half_width("！～｟甲｠") == "!~｟甲｠"
