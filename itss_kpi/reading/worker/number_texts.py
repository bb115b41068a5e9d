"""Cell texts: what a stored number is as text, the same for every format of workbook.

Convention: part of the worker. Numbers keep the 15 digits that Excel keeps, without a `.0`; an instant is written
`2022-07-05 09:30:00`, a duration or time of day `36:00:00`, each with a fraction of a second only where there is one.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Context, Decimal, InvalidOperation

_FIFTEEN = Context(prec=15)
_PADDED = re.compile(r'(?:"([^"]*)"|([A-Za-z]*-?))?(0{2,})')
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(\.\d+)?")
_NUMBER = re.compile(r"-?\d+(?:\.\d*)?(?:[eE][-+]?\d{1,4})?", re.ASCII)
_LAST_SERIAL = 2_958_465  # 9999-12-31


def fifteen(text: str) -> str:
    """A stored number rounded to 15 digits, in plain notation; what is no number stays as it is."""
    try:
        number = _FIFTEEN.create_decimal(text.strip())
    except InvalidOperation:
        return text
    if not number.is_finite() or abs(number.adjusted()) > 300:
        return text
    shown = format(number, "f")
    return (shown.rstrip("0").rstrip(".") if "." in shown else shown) if number else "0"


def too_long(text: str) -> bool:
    """Whether a stored number has more digits before the point than Excel keeps."""
    return bool(_NUMBER.fullmatch(text)) and Decimal(text).adjusted() >= 15


@dataclass(frozen=True, slots=True)
class Shown:
    """How a number format shows a number: after a `prefix` with so many `digits`, or in `percent`."""

    prefix: str = ""
    digits: int = 0
    percent: bool = False

    def text(self, number: str) -> str:
        """A stored number as it is shown; what can't be shown so stays as it is."""
        if not self.percent:
            return self.prefix + number.zfill(self.digits) if number.isdigit() else number
        plain = fifteen(number)
        return f"{fifteen(str(Decimal(plain) * 100))}%" if _NUMBER.fullmatch(plain) else number


def shown_by(number_format: str) -> Shown | None:
    """How a format such as `000000`, `"INC"0000` or `0.0%` shows numbers; None where it shows them as they are."""
    if found := _PADDED.fullmatch(number_format):
        return Shown(found[1] or found[2] or "", len(found[3]))
    return Shown(percent=True) if "%" in _LITERAL.sub("", number_format) else None


def moment_of_serial(days: float, epoch_1904: bool) -> str:
    """A date cell's text; a day of the epoch's first year is a duration, as no ledger is that old."""
    if not 0 <= days <= _LAST_SERIAL:
        return fifteen(repr(days))
    if days < 366:
        return clock(timedelta(milliseconds=round(days * 86_400_000)))
    zero = datetime(1904, 1, 1) if epoch_1904 else datetime(1899, 12, 30)
    moment = zero + timedelta(milliseconds=round(days * 86_400_000))
    return moment.isoformat(" ", "milliseconds").removesuffix(".000")


def moment_of_iso(text: str) -> str:
    """An instant as ISO 8601 writes it, `2022-07-05T09:30:00.000`; a day of 1899 or 1900 is a duration. A zone stays
    with it: without it the moment would be another one."""
    if text.endswith("Z"):
        return text.replace("T", " ")
    shown = text.replace("T", " ")
    shown = re.sub(r"(\.\d*?)0+$", r"\1", shown).removesuffix(".")
    if len(shown) == 10:
        shown += " 00:00:00"
    return clock_of_moment(shown, epoch_1904=False) if shown.startswith(("1899-12-3", "1900-")) else shown


def clock(span: timedelta) -> str:
    """A duration as hours, minutes and seconds."""
    seconds, rest = divmod(span, timedelta(seconds=1))
    fraction = f".{rest.microseconds:06}".rstrip("0") if rest else ""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"


def clock_of_moment(text: str, epoch_1904: bool) -> str:
    """A duration that was written as an instant of the epoch's first year."""
    parts = _MOMENT.fullmatch(text)
    if parts is None:
        return text
    day = date(int(parts[1]), int(parts[2]), int(parts[3]))
    # Excel takes 1900 for a leap year: from March on its days are one more
    days = (day - date(1904, 1, 1)).days if epoch_1904 else (day - date(1899, 12, 31)).days + (day >= date(1900, 3, 1))
    return f"{days * 24 + int(parts[4])}:{parts[5]}:{parts[6]}{(parts[7] or '').rstrip('0')}"
