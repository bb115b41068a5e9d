"""The functions of the grammar: one table, from which it is checked, described and explained.

Convention: conditions, values, formulas and bands have one grammar; what a function does to rows is in
`engine.row_functions`, what it does to intervals in `engine.formulas`. The names are those of the table and of no other
place.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from itss_kpi.catalogue.expression import Kind

_TRUTH = frozenset({Kind.TRUTH})
_NUMBER = frozenset({Kind.NUMBER})
_TEXT = frozenset({Kind.TEXT})
_INSTANT = frozenset({Kind.INSTANT})
_QUANTITY = frozenset({Kind.NUMBER, Kind.SPAN})
_ORDERED = _QUANTITY | _INSTANT
_ANY = _ORDERED | _TEXT

Kinds = Collection[Kind]


@dataclass(frozen=True, slots=True)
class Function:
    """A function: which kinds each argument `takes` (arguments that take several kinds are all of one), what it `gives`
    (None: the kind of those arguments), how it is `said` of its arguments, and the `least` number of them; the last may
    be repeated where it is `open`, and must be written out (a text, or a whole number up to `most`) where it is
    `literal`. Those of `rows` need a ledger's row, those of `calendar` the catalogue's calendar."""

    signature: str
    takes: tuple[Kinds, ...]
    gives: Kind | None
    meaning: str
    example: str
    said: str
    least: int
    open: bool = False
    literal: bool = False
    rows: bool = False
    calendar: bool = False
    most: int = 9

    @property
    def name(self) -> str:
        return self.signature.partition("(")[0]


def _of(
    signature: str, takes: tuple[Kinds, ...], gives: Kind | None, meaning: str, example: str, said: str, **more: Any
) -> Function:
    return Function(signature, takes, gives, meaning, example, said, len(takes), **more)


def _search(signature: str, meaning: str, example: str, said: str) -> Function:
    return _of(signature, (_TEXT, _TEXT), _T, meaning, example, said, literal=True, rows=True)


_T, _N, _S = Kind.TRUTH, Kind.NUMBER, Kind.SPAN
_LISTED = (
    _of(
        "if(条件, 值, 否则)",
        (_TRUTH, _ANY, _ANY),
        None,
        "条件成立时取前一个值,否则取后一个",
        "if(级别 == '一级', 2, 1)",
        "(若 {0} 则 {1},否则 {2})",
    ),
    _of(
        "default(值, 空着时)",
        (_ANY, _ANY),
        None,
        "值空着(或查不到)时取后一个",
        "default(挂起时长, minutes(0))",
        "{0}(空着按 {1})",
    ),
    _of("min(值, 值…)", (_ORDERED, _ORDERED), None, "较小的", "min(5, 扣分)", "{all} 中较小的", open=True),
    _of("max(值, 值…)", (_ORDERED, _ORDERED), None, "较大的", "max(0, 100 - 扣分)", "{all} 中较大的", open=True),
    _of("abs(值)", (_QUANTITY,), None, "绝对值", "abs(实际 - 计划)", "{0} 的绝对值"),
    _of("floor(数)", (_NUMBER,), _N, "不大于它的整数", "floor(低于 / 0.01)", "{0} 去掉小数"),
    _of("ceil(数)", (_NUMBER,), _N, "不小于它的整数", "ceil(人数 / 20)", "{0} 进为整数"),
    _of(
        "round(数, 小数位)",
        (_NUMBER, _NUMBER),
        _N,
        "四舍五入到几位小数,如计划所说",
        "round(得分, 1)",
        "{0} 四舍五入到 {1} 位小数",
        literal=True,
    ),
    _search("contains(文本, '词')", "含有这个词,不分大小写", "contains(备注, '重复')", "{0} 含“{1}”"),
    _search("starts_with(文本, '词')", "以它开头", "starts_with(编号, 'CHG')", "{0} 以“{1}”开头"),
    _search("matches(文本, '样式')", "合于样式:* 任意字,? 一个字", "matches(编号, 'INC-2022*')", "{0} 合于“{1}”"),
    _of("items(文本)", (_TEXT,), _N, "一格中列了几项(以、,;或空格分开)", "items(涉及配置项)", "{0} 的项数", rows=True),
    _search("has_item(文本, '项')", "一格所列的各项中有它", "has_item(参加人, '张三')", "{0} 列有“{1}”"),
    _of("day(时间)", (_INSTANT,), Kind.INSTANT, "那一天", "day(解决时间) == day(受理时间)", "{0} 的日期"),
    _of("hour(时间)", (_INSTANT,), _N, "几点,0~23", "hour(受理时间) >= 18", "{0} 的钟点"),
    _of("weekday(时间)", (_INSTANT,), _N, "星期几,1~7", "weekday(受理时间) >= 6", "{0} 是星期几"),
    _of("month(时间)", (_INSTANT,), _N, "几月,1~12", "month(受理时间) == 6", "{0} 的月份"),
    _of(
        "months_after(时间, 数)",
        (_INSTANT, _NUMBER),
        Kind.INSTANT,
        "几个月后的同一天,没有那天的取月末",
        "months_after(入职日期, 12)",
        "{0} 起 {1} 个月后",
        literal=True,
        rows=True,
        most=1200,
    ),
    _of(
        "overlap(起, 止)",
        (_INSTANT, _INSTANT),
        _S,
        "期内的时长,止空着到期末;另写 until_end",
        "overlap(中断开始, 恢复时间)",
        "{0} 至 {1} 在期内的时长",
        rows=True,
    ),
    _of(
        "workdays(起, 止)",
        (_INSTANT, _INSTANT),
        _N,
        "起之后到止的工作日数,止不晚于起为 0",
        "workdays(受理时间, 解决时间) <= 3",
        "{0} 至 {1} 的工作日数",
        calendar=True,
    ),
    _of(
        "worktime(起, 止)",
        (_INSTANT, _INSTANT),
        _S,
        "其间的工作时间,按日历",
        "worktime(受理, 响应) <= hours(1)",
        "{0} 至 {1} 的工作时间",
        calendar=True,
    ),
)

FUNCTIONS = {one.name: one for one in _LISTED}

SPECIAL = {
    "blank": ("blank(列)", "空着", "blank(关闭时间)"),
    "lookup": ("lookup(表, 列) 或 lookup(台账.列, 键列…)", "换算表或另一台账中对应的值", "lookup(响应时限, 级别)"),
    "exists": ("exists(台账.列, 列…)", "另一台账中有这样的行;可加 where=", "exists(callbacks.工单编号, 工单编号)"),
    "count": ("count(台账.列, 列…)", "有几行;where= 中本行的列写 this.列", "count(巡检.设备, 设备, where=not 正常)"),
    "sum": ("sum(台账.数, 台账.列, 列…)", "另一台账中这些行的合计", "sum(挂起.时长, 挂起.单号, 工单编号)"),
    "first": (
        "first(台账.列, 台账.列, 列…)",
        "这些行中最早、最小的;last 是最晚、最大的",
        "first(跟进.时间, 跟进.单号, 工单编号)",
    ),
    "last": ("last(台账.列, 台账.列, 列…)", "这些行中最晚、最大的", "last(拨测.时间, 拨测.线路, 线路)"),
    "repeated": ("repeated(时长, 列…)", "此前这段时间内已有这几列相同的行", "repeated(days(30), 设备, 现象)"),
    "date": ("date('年-月-日')", "那一天零时", "date('2022-07-01')"),
    "seconds": ("seconds(数)", "几秒", "seconds(30)"),
    "minutes": ("minutes(数)", "几分钟", "响应时间 - 受理时间 <= minutes(30)"),
    "hours": ("hours(数)", "几小时", "hours(4)"),
    "days": ("days(数)", "几天;另有 hours(4)、seconds(30)", "days(1.5)"),
}
"""Those whose arguments are names or literals, which are read as the text is: signature, meaning, example."""


def signatures() -> dict[str, tuple[str, str, str]]:
    """Every function by name with its signature, meaning and example."""
    own = {one.name: (one.signature, one.meaning, one.example) for one in FUNCTIONS.values()}
    return own | SPECIAL
