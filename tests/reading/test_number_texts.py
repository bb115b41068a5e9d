"""Number formats: what a stored number is, by the format that shows it."""

import pytest

from itss_kpi.reading.worker.number_texts import BUILT_IN, Way, fifteen, shown_by


@pytest.mark.parametrize(
    ("code", "way"),
    [
        ("General", None), ("0", None), ("0.00", None), ("#,##0", None), ("0.00E+00", None), ("# ?/?", None), ("@", None),
        ('#,##0"元"', Way.WRITTEN), ('0"h"', Way.WRITTEN), (r"0\h", Way.WRITTEN), ('General"分"', Way.WRITTEN), ('0"次"', None), ("_(* #,##0_)", None), ("[Red]0;[Blue]-0", None),
        ("[DBNum1][$-804]General", None), ("[>100]0;0.0", None), ("", None),
        ("000000", Way.PADDED), ('"INC"0000', Way.PADDED), ("SR-0000", Way.PADDED),
        ("0%", Way.PERCENT), ("0.00%;[Red]-0.00%", Way.PERCENT), ('0"%"', Way.WRITTEN), (r"0.0\%", Way.WRITTEN),
        ("0.0,", Way.SCALED), ('#,##0,,"百万"', Way.SCALED), ('0!.0,"万"', Way.SCALED), ("#,##0.00", None), ('#,##0"元,"', None),
        ("yyyy-mm-dd", Way.DATE), ("yyyy/m/d h:mm", Way.DATE), ("[$-804]yyyy\"年\"m\"月\"d\"日\";@", Way.DATE), ("mmm-yy", Way.MONTH),
        ("m月d日", Way.DATE), ("[DBNum1][$-804]yyyy年m月", Way.MONTH), ("mm", Way.DATE), ("dddd", Way.DATE), ("[$-804]aaaa", Way.DATE), ("e", Way.DATE),
        ("h:mm", Way.CLOCK), ("hh:mm:ss", Way.CLOCK), ("mm:ss.0", Way.CLOCK), ("h:mm AM/PM", Way.CLOCK), ("AM/PM", Way.CLOCK), ("A/P", Way.CLOCK), ("上午/下午h时mm分", Way.CLOCK),
        ("[h]:mm", Way.ELAPSED), ("[hh]:mm:ss", Way.ELAPSED), ('[m]"分钟"', Way.ELAPSED), ("[ss]", Way.ELAPSED), ("[mm]:ss.00", Way.ELAPSED),
        ('"[h]"0', None), ("0;[h]:mm", None),
    ],
)  # fmt: skip
def test_what_a_format_makes_of_a_number(code: str, way: Way | None) -> None:
    found = shown_by(code)
    assert (found.way if found else None) is way


@pytest.mark.parametrize(
    ("code", "number", "text"),
    [
        ("[h]:mm", "60.5", "1452:00:00"), ("[h]:mm", "60", "1440:00:00"), ("[h]:mm", "61", "1464:00:00"), ("[h]:mm", "375", "9000:00:00"),
        ("[h]:mm", "0.5", "12:00:00"), ("[m]", "0.25", "6:00:00"), ("[s]", "0.00001", "0:00:00.864"), ("[h]:mm", "-0.5", "-0.5"),
        ("h:mm", "0.0000115740740740741", "0:00:01"), ("h:mm", "1.5", "36:00:00"), ("h:mm", "44747.375", "2022-07-05 09:00:00"),
        ("yyyy/m/d", "44747", "2022-07-05 00:00:00"), ("yyyy/m/d", "44747.39583", "2022-07-05 09:29:59.712"), ("yyyy/m/d", "61", "1464:00:00"),
        ('0.0"%"', "0.5", "0.5%"), ('0"%"', "95", "95%"), ("0.0,", "44743.12", "44.74312"), ("#,##0.0,_);(#,##0.0,)", "12345", "12.345"), ("0.0,**", "12345", "12.345"), ('0.00,,"百万"', "44743", "0.044743百万"),
        ('0!.0,"万"', "44743", "4.4743万"), ('0!.0000"万元"', "44743", "4.4743万元"), (r"0\.0,", "44743", "4.4743"), ("yyyy/m/d", "2958465.9999", "9999-12-31 23:59:51.360"),
        ("yyyy/m/d", "2958465", "9999-12-31 00:00:00"), ("yyyy/m/d", "2958466", "2958466"), ("yyyy/m/d", "-1", "-1"),
        ("0%", "0.81818181818181823", "81.8181818181818%"), ("0%", "0.4999999996", "49.99999996%"), ("0%", "1", "100%"), ("0%", "x", "x"),
        ('yyyy"年"m"月"', "44774", "2022-08"), ('yyyy"年"m"月"', "44775", "2022-08-02 00:00:00"), ("mmm-yy", "44774.5", "2022-08-01 12:00:00"),
        ("0000", "7", "0007"), ("0000", "7.5", "7.5"), ("0000", "5.0", "0005"),
    ],
)  # fmt: skip
def test_a_number_as_it_is_shown(code: str, number: str, text: str) -> None:
    found = shown_by(code)
    assert found
    assert found.text(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("154697.0967661465", "154697.096766147"),  # the float is 154697.0967661465107…
        ("16017.69911504425", "16017.6991150442"),  # and this one 16017.6991150442499…
        ("41642339.560000002", "41642339.56"), ("12345678901234567", "12345678901234600"), ("1E+20", "100000000000000000000"),
        ("1.5e-7", "0.00000015"), ("-0.0", "0"), ("1e-320", "1e-320"), ("1e400", "1e400"), ("1e301", "1e301"), (" 5 ", "5"),
        ("-0.1", "-0.1"), ("nan", "nan"), ("inf", "inf"), ("甲", "甲"), ("", ""), ("999999999999999.9", "1000000000000000"),
    ],
)  # fmt: skip
def test_of_a_number_fifteen_digits_are_kept(number: str, text: str) -> None:
    assert fifteen(number) == text


def test_days_are_counted_from_1904_where_the_workbook_says_so() -> None:
    found = shown_by("yyyy/m/d")
    assert found
    assert found.text("43285.375", epoch_1904=True) == "2022-07-05 09:00:00"


@pytest.mark.parametrize(
    ("numbers", "way"),
    [
        ([14, 15, 16, 22, *range(28, 32), 51, 53, 54, 58], Way.DATE),
        ([17, 27, 36, 50, 52, 57], Way.MONTH),
        ([18, 19, 20, 21, 32, 33, 34, 35, 45, 47, 55, 56], Way.CLOCK),
        ([46], Way.ELAPSED),
        ([9, 10], Way.PERCENT),
    ],
)
def test_formats_that_need_not_be_written(numbers: list[int], way: Way) -> None:
    """ECMA-376 part 1, 18.8.30: all languages, and zh-cn."""
    shown = [shown_by(BUILT_IN[number]) for number in numbers]
    assert {one.way for one in shown if one} == {way}
    assert all(shown)


def test_no_other_number_has_one() -> None:
    assert set(BUILT_IN) == {9, 10, *range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)}
