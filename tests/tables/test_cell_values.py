"""Cells: every spelling in use is read exactly, and nothing is coerced to a wrong value."""

from datetime import datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itss_kpi.reading.worker.grid_file import column_letter
from itss_kpi.tables.sheets import cell_values as cells

MINUTE = 60_000_000
HOUR = 60 * MINUTE


def moment(micros: int | None) -> str | None:
    """Microseconds since 1970 as text, by another way than the module's."""
    return None if micros is None else str(datetime.fromisoformat("1970-01-01") + (datetime.resolution * micros))


# ---- numbers


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", "0"),
        ("1234.5", "2469/2"),
        ("1,234.50", "2469/2"),
        ("12,345,678", "12345678"),
        ("-3", "-3"),
        ("+3", "3"),
        ("007", "7"),
        (".5", "1/2"),
        ("0.1", "1/10"),
        ("（1,234.5）", "-2469/2"),
        ("(1,234.5)", "-2469/2"),
        ("(0)", "0"),
        ("１２３．５", "247/2"),
        ("－３", "-3"),
        ("１，２３４", "1234"),
        ("1e5", "100000"),
        ("1.5E-3", "3/2000"),
        ("123456789012345", "123456789012345"),
        ("12345678901234.5", "24691357802469/2"),
        ("100000000000000.0000", "100000000000000"),
        ("0.000000000001", "1/1000000000000"),
    ],
)
def test_a_number_is_exact(text: str, value: str) -> None:
    assert cells.read_number(text) == Fraction(value)


@pytest.mark.parametrize(
    "text",
    ["待定", "昨天", "", "-", "()", "（）", "(", "(5", "5)", "5.", "1.2.3", "1,23", "1234,567", ",123", "1 234", "0x10", "1_000", "12个", "￥5", "NaN", "inf", "1/2",
     "1234567890123456", "1000000000000000", "0.1234567890123456", "1e15", "1e99", "1e-16", "½", "٣", "　",
     "E5", "e5", "-e10", "(-5)", "(+5)", "10²", "1①"],
)  # fmt: skip
def test_what_is_no_exact_number_of_15_digits_is_refused(text: str) -> None:
    assert cells.read_number(text) is None


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4, allow_nan=False))
def test_a_decimal_keeps_every_digit(number) -> None:
    assert cells.read_number(f"{number:f}") == Fraction(f"{number:f}")


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_thousands_separators_change_nothing(number: int) -> None:
    assert cells.read_number(f"{number:,}") == number


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12), ("12.0", 12), ("-3", -3), ("1,000", 1000), ("1.5e1", 15), ("12.5", None), ("十二", None)],
)
def test_an_integer_is_a_whole_number(text: str, value: int | None) -> None:
    assert cells.read_integer(text) == value


# ---- percent


@pytest.mark.parametrize("reading", [None, "whole", "fraction"])
@pytest.mark.parametrize(
    ("text", "value"),
    [("95%", "19/20"), ("95％", "19/20"), ("94.96 %", "2374/2500"), ("９５％", "19/20"), ("120%", "6/5"), ("0%", "0")],
)
def test_a_percent_sign_says_what_is_meant(text: str, value: str, reading: str | None) -> None:
    assert cells.read_percent(text, reading) == Fraction(value)


@pytest.mark.parametrize(
    ("text", "reading", "value"),
    [
        ("0.95", None, "19/20"),
        ("0", None, "0"),
        ("1", None, "1"),
        ("95", None, None),
        ("1.01", None, None),
        ("-0.01", None, None),
        ("95", "whole", "19/20"),
        ("0.95", "whole", None),
        ("1.95", "whole", "39/2000"),
        ("1.2", "fraction", "6/5"),
        ("95", "fraction", None),
        ("待定", None, None),
        ("待定", "whole", None),
        ("%", None, None),
        ("九成%", None, None),
        ("95%%", None, None),
        ("E5", None, None),
        ("e5", None, None),
        ("-e10", None, None),
        ("E5%", None, None),
    ],
)
def test_a_bare_number_in_a_percent_column_is_read_as_the_source_says(
    text: str, reading: str | None, value: str | None
) -> None:
    assert cells.read_percent(text, reading) == (None if value is None else Fraction(value))


# ---- dates and times


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2022-7-5", "2022-07-05 00:00:00"),
        ("2022-07-05", "2022-07-05 00:00:00"),
        ("2022/7/5 9:30", "2022-07-05 09:30:00"),
        ("2022.7.5", "2022-07-05 00:00:00"),
        ("20220705", "2022-07-05 00:00:00"),
        ("20220705093015", "2022-07-05 09:30:15"),
        ("2022年7月5日 9时30分", "2022-07-05 09:30:00"),
        ("2022年7月5日9时30分15秒", "2022-07-05 09:30:15"),
        ("2022年7月5日 9点30", "2022-07-05 09:30:00"),
        ("2022年7月5日", "2022-07-05 00:00:00"),
        ("7月5日", "2021-07-05 00:00:00"),
        ("7月5日 9:30", "2021-07-05 09:30:00"),
        ("7月5日09:30:15", "2021-07-05 09:30:15"),
        ("２０２２－０７－０５　０９：３０", "2022-07-05 09:30:00"),
        ("2022-07-05T09:30:15", "2022-07-05 09:30:15"),
        ("2022-07-05 23:59:59", "2022-07-05 23:59:59"),
        ("2022-07-05 00:00:00.000001", "2022-07-05 00:00:00.000001"),
        ("2022-07-05 09:30:15.25", "2022-07-05 09:30:15.250000"),
        ("2024-02-29", "2024-02-29 00:00:00"),
        ("1969-12-31 23:59:59", "1969-12-31 23:59:59"),
        ("44747", "2022-07-05 00:00:00"),
        ("44747.5", "2022-07-05 12:00:00"),
        ("44747.395833333336", "2022-07-05 09:30:00"),
        ("30000", "1982-02-18 00:00:00"),
        ("69999", "2091-08-24 00:00:00"),
    ],
)
def test_an_instant_in_every_spelling_in_use(text: str, value: str) -> None:
    assert moment(cells.read_datetime(text, 2021)) == value


@pytest.mark.parametrize(
    "text",
    ["1/2/2022", "07/05/2022", "2022-02-30", "2022-13-01", "2022-00-10", "2022-07-00", "20221301", "2月30日", "2022-2-29", "昨天", "待定", "", "12 o'clock", "9:30",
     "2022-07-05 24:00", "2022-07-05 24:00:00", "2022-07-05 9:60", "2022-07-05 9:30:60", "20220705240000", "2022-07-05 9", "2022-07-05 9:30 PM", "2022-07-05T09:30:00Z",
     "2022-07-05 09:30:00+08:00", "2022-07", "2022", "22-7-5", "7-5", "0000-01-01", "19999", "29999", "29999.9", "70000", "80000", "-44747", "44747.", "4.4747e4", "2022-07-05 09:30:00.1234567", "2022-7-5²",
     "2022-7-51:30", "2022-7-112:30", "2022-7-5 9:305", "2022-7-5 9:3 0"],
)  # fmt: skip
def test_what_is_no_instant_is_refused(text: str) -> None:
    assert cells.read_datetime(text, 2022) is None


def test_a_day_without_a_year_must_exist_in_the_plan_s_year() -> None:
    assert cells.read_datetime("2月29日", 2022) is None
    assert moment(cells.read_datetime("2月29日", 2024)) == "2024-02-29 00:00:00"


@given(st.datetimes(datetime(1982, 2, 18), datetime(2091, 8, 24, 23, 59, 59)).map(lambda d: d.replace(microsecond=0)))
def test_an_excel_serial_is_the_second_that_was_typed(typed: datetime) -> None:
    since = typed - datetime(1899, 12, 30)
    assert moment(cells.read_datetime(repr(since.days + since.seconds / 86400), 2022)) == str(typed)


@given(st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31)))
def test_an_iso_instant_keeps_every_microsecond(typed: datetime) -> None:
    assert moment(cells.read_datetime(str(typed), 2022)) == str(typed)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2022-07-05 23:59:59", "2022-07-05 00:00:00"),
        ("1969-12-31 23:59", "1969-12-31 00:00:00"),
        ("44747.9", "2022-07-05 00:00:00"),
        ("昨天", None),
    ],
)
def test_a_date_is_the_first_instant_of_its_day(text: str, value: str | None) -> None:
    assert moment(cells.read_date(text, 2022)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2022-07", "2022-07-01 00:00:00"),
        ("2022年第三季度", "2022-07-01 00:00:00"),
        ("2022下半年", "2022-07-01 00:00:00"),
        ("2022", "2022-01-01 00:00:00"),
        ("2022Q4", "2022-10-01 00:00:00"),
        ("2022-07-15", "2022-07-01 00:00:00"),
        ("44747", "2022-07-01 00:00:00"),
        ("7月5日", "2021-07-01 00:00:00"),
        ("7月", "2021-07-01 00:00:00"),
        ("１２月份", "2021-12-01 00:00:00"),
        ("三季度", "2021-07-01 00:00:00"),
        ("第四季度", "2021-10-01 00:00:00"),
        ("下半年", "2021-07-01 00:00:00"),
        ("全年", "2021-01-01 00:00:00"),
        ("1850-07-15", None),
        ("2022-13", None),
        ("13月", None),
        ("五季度", None),
        ("7", None),
        ("07", None),
        ("度", None),
        ("待定", None),
    ],
)
def test_a_period_is_the_first_instant_of_its_first_day(text: str, value: str | None) -> None:
    assert moment(cells.read_period(text, 2021)) == value


# ---- durations


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("30", 30 * MINUTE),
        ("0.5", 30_000_000),
        ("1,440", 1440 * MINUTE),
        ("４５", 45 * MINUTE),
        ("4小时4分钟", 244 * MINUTE),
        ("４小时４分钟", 244 * MINUTE),
        ("4小时 4分", 244 * MINUTE),
        ("1天2小时3分4秒", 26 * HOUR + 3 * MINUTE + 4_000_000),
        ("1.5小时", 90 * MINUTE),
        ("0.1秒", 100_000),
        ("90分钟", 90 * MINUTE),
        ("90min", 90 * MINUTE),
        ("2H30M", 150 * MINUTE),
        ("30秒钟", 30_000_000),
        ("2:30", 150 * MINUTE),
        ("2：30", 150 * MINUTE),
        ("36:00:01", 36 * HOUR + 1_000_000),
        ("0:00", 0),
        ("1899-12-31 09:30:00", 9 * HOUR + 30 * MINUTE),
        ("1900-01-01 12:00:00", 36 * HOUR),
        ("1900-01-01", 24 * HOUR),
        ("1900-02-28 00:00:00", 59 * 24 * HOUR),
        ("1900-03-01 00:00:00", 61 * 24 * HOUR),
    ],
)
def test_a_duration_in_every_spelling_in_use(text: str, micros: int) -> None:
    assert cells.read_span(text, MINUTE) == micros


@pytest.mark.parametrize(
    "text",
    [
        "待定",
        "昨天",
        "　",
        "2:75",
        "2:5",
        "2:30:60",
        "4小时4",
        "4分钟4小时",
        "小时",
        "半小时",
        "2022-07-05 09:30",
        "1900-02-30",
        "1900-02-29 12:00:00",
        "2:30 PM",
        "1234567890123456",
        "-5",
        "-0.5",
        "(5)",
        "（5）",
        "-2:30",
        "-4小时",
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    assert cells.read_span(text, MINUTE) is None


def test_a_bare_duration_is_in_the_column_s_unit() -> None:
    assert (cells.read_span("2", MINUTE), cells.read_span("2", HOUR)) == (2 * MINUTE, 2 * HOUR)


# ---- yes/no, choices, folding


@pytest.mark.parametrize(
    "text", ["是", "√", "✓", "✔", "☑", "Y", "y", "Ｙ", "Yes", "YES", "1", "１", "true", "有", "已"]
)
def test_yes(text: str) -> None:
    assert cells.read_yes_no(text) is True


@pytest.mark.parametrize("text", ["否", "×", "✗", "✘", "☐", "N", "n", "Ｎ", "No", "0", "０", "False", "无", "未"])
def test_no(text: str) -> None:
    assert cells.read_yes_no(text) is False


@pytest.mark.parametrize("text", ["待定", "", "2", "是否", "?", "-", "10"])
def test_neither_yes_nor_no(text: str) -> None:
    assert cells.read_yes_no(text) is None


@pytest.mark.parametrize(("text", "folded"), [("Ａｂ１", "Ab1"), ("（甲）", "(甲)"), ("　甲　", "甲"), ("abc", "abc")])
def test_full_width_is_made_plain(text: str, folded: str) -> None:
    assert cells.half_width(text) == folded


@pytest.mark.parametrize(
    ("index", "letters"),
    [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")],
)
def test_the_letters_of_a_column(index: int, letters: str) -> None:
    assert column_letter(index) == letters


READERS = [
    cells.read_number,
    cells.read_integer,
    lambda text: cells.read_percent(text, None),
    lambda text: cells.read_datetime(text, 2022),
    lambda text: cells.read_date(text, 2022),
    lambda text: cells.read_period(text, 2022),
    lambda text: cells.read_span(text, MINUTE),
    cells.read_yes_no,
]


@pytest.mark.parametrize("read", READERS)
@given(text=st.text(max_size=30))
def test_no_text_makes_a_reader_raise(read, text: str) -> None:
    assert isinstance(read(text.strip()), Fraction | int | None)


@pytest.mark.parametrize("text", ["(1234", "1234)", "(1,234", "（1234"])
def test_half_a_bracket_is_no_sign(text: str) -> None:
    assert cells.read_number(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("123456789.123456", Fraction(123456789123456, 10**6)),
        ("1234567890.123456", None),  # sixteen digits
        ("999999999999999", Fraction(10**15 - 1)),
        ("1000000000000000", None),  # one digit, but at the sixteenth place
        ("0.000000000001", Fraction(1, 10**12)),
        ("0.818181818181818", Fraction(818181818181818, 10**15)),  # 9/11, as Excel keeps it
        ("0.0000000000000001", None),
    ],
)
def test_a_number_has_fifteen_digits_and_as_many_decimals(text: str, number: Fraction | None) -> None:
    assert cells.read_number(text) == number
