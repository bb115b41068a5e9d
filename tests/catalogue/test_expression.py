"""Row conditions: what the grammar accepts, the exact reason for what it refuses, and that nothing can be reached."""

import contextlib
import re
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itss_kpi.catalogue import expression
from itss_kpi.catalogue.expression import (
    Arithmetic,
    Blank,
    Both,
    Call,
    Column,
    Compare,
    Edge,
    Either,
    ExpressionError,
    Instant,
    Kind,
    Lookup,
    Member,
    Not,
    Number,
    Span,
    Text,
    columns_of,
)
from itss_kpi.catalogue.functions import signatures
from itss_kpi.catalogue.kinds import Names, UnknownNameError, check_kinds, kind_of
from itss_kpi.catalogue.parsing import parse

A, B = Column("a"), Column("b")
ONE = Number(Fraction(1))
JULY = 1_656_633_600_000_000  # date -u -d 2022-07-01 +%s, in microseconds

NAMES = Names(
    columns={
        "级别": Kind.TEXT,
        "备注": Kind.TEXT,
        "次数": Kind.NUMBER,
        "发生": Kind.INSTANT,
        "响应": Kind.INSTANT,
        "耗时": Kind.SPAN,
        "关闭": Kind.TRUTH,
        "重开": Kind.TRUTH,
    },
    options={"级别": ("一级", "二级", "三级")},
    lookups={"时限": Kind.SPAN, "权重": Kind.NUMBER},
)


# ---- what is accepted


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("a", A),
        ("响应时间", Column("响应时间")),
        ("1", ONE),
        ("1.5", Number(Fraction(3, 2))),
        ("0.1", Number(Fraction(1, 10))),
        ("0.0000001", Number(Fraction(1, 10**7))),
        ("999999999999999", Number(Fraction(999999999999999))),
        ("123456789012.345", Number(Fraction(123456789012345, 1000))),
        ("0.12345678901234", Number(Fraction(12345678901234, 10**14))),
        ("'甲'", Text("甲")),
        ("-1", Arithmetic("-", Number(Fraction(0)), ONE)),
        ("a + 1", Arithmetic("+", A, ONE)),
        ("a - 1", Arithmetic("-", A, ONE)),
        ("a * 1", Arithmetic("*", A, ONE)),
        ("a / 1", Arithmetic("/", A, ONE)),
        ("min(a, 1)", Call("min", (A, ONE))),
        ("max(a, 1)", Call("max", (A, ONE))),
        ("a == 1", Compare("==", A, ONE)),
        ("a != 1", Compare("!=", A, ONE)),
        ("a < 1", Compare("<", A, ONE)),
        ("a <= 1", Compare("<=", A, ONE)),
        ("a > 1", Compare(">", A, ONE)),
        ("a >= 1", Compare(">=", A, ONE)),
        ("1 < a <= b", Both((Compare("<", ONE, A), Compare("<=", A, B)))),
        ("a in ('x', 'y')", Member(A, ("x", "y"))),
        ("a in ['x']", Member(A, ("x",))),
        ("a in {'x'}", Member(A, ("x",))),
        ("a not in ('x',)", Not(Member(A, ("x",)))),
        ("not a", Not(A)),
        ("a and b", Both((A, B))),
        ("a or b", Either((A, B))),
        ("a and not b or b", Either((Both((A, Not(B))), B))),
        ("blank(a)", Blank(A)),
        ("lookup(时限, a)", Lookup("时限", A)),
        ("date('2022-07-01')", Instant(JULY)),
        ("date('2022-07-01 09:30')", Instant(JULY + 34_200_000_000)),
        ("date('2022-07-01 09:30:15')", Instant(JULY + 34_215_000_000)),
        ("period_start", Edge(at_end=False)),
        ("period_end", Edge(at_end=True)),
        ("seconds(1)", Span(1_000_000)),
        ("minutes(30)", Span(1_800_000_000)),
        ("hours(4)", Span(14_400_000_000)),
        ("days(1.5)", Span(129_600_000_000)),
        ("seconds(10000000000)", Span(10**16)),
        ("a == 1\n  and b == 1\n", Both((Compare("==", A, ONE), Compare("==", B, ONE)))),
        ("  a  ", A),
    ],
)
def test_an_accepted_construct_becomes_its_node(text: str, node: object) -> None:
    assert parse(text) == node


def test_a_name_is_composed_so_that_it_matches_its_column() -> None:
    assert parse("cafe\u0301") == Column("caf\u00e9")


@given(st.integers(0, 10**15 - 1).map(str) | st.decimals(0, 10**6, places=6).map(lambda number: f"{number:f}"))
def test_a_number_is_the_digits_that_were_written(text: str) -> None:
    assert parse(str(Fraction(text).numerator) if "." not in text else text) == Number(Fraction(text))


# ---- what is refused


FORM = "不允许的写法({})"
UNKNOWN = f"没有这个函数:{{}}(可用:{'、'.join(signatures())})"
WRITE = {name: f"{name} 写成 {signature},如 {example}" for name, (signature, _, example) in signatures().items()}
CONDITION = "and/or/not 两边须是条件"
OPTIONS = "in 后面须是文本列表,如 ('成功', '失败')"
NUMBER = "数字写成不超过 15 位的小数:"
COMMENT = "条件中不能写 #;说明请写在 YAML 的注释或 note 中"
CONSTANT = "不能使用 True/False/None;是/否列直接写列名,空值用 blank(列)"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a.b", FORM.format("Attribute")),
        ("a.__class__.__mro__", FORM.format("Attribute")),
        ("a[0]", FORM.format("Subscript")),
        ("lambda: 1", FORM.format("Lambda")),
        ("[x for x in a]", FORM.format("ListComp")),
        ("{x for x in a}", FORM.format("SetComp")),
        ("{x: 1 for x in a}", FORM.format("DictComp")),
        ("(x for x in a)", FORM.format("GeneratorExp")),
        ("(a := 1)", FORM.format("NamedExpr")),
        ("f'{a}'", FORM.format("JoinedStr")),
        ("a if b else 1", FORM.format("IfExp")),
        ("(a, b)", FORM.format("Tuple")),
        ("(*a,)", FORM.format("Tuple")),
        ("[a]", FORM.format("List")),
        ("{'a': 1}", FORM.format("Dict")),
        ("...", FORM.format("Constant")),
        ("b'x'", FORM.format("Constant")),
        ("1j", FORM.format("Constant")),
        ("+1", FORM.format("UnaryOp")),
        ("~a", FORM.format("UnaryOp")),
        ("a ** 2", FORM.format("BinOp")),
        ("10**400", FORM.format("BinOp")),
        ("a % 2", FORM.format("BinOp")),
        ("a // 2", FORM.format("BinOp")),
        ("a | b", FORM.format("BinOp")),
        ("a & b", FORM.format("BinOp")),
        ("a @ b", FORM.format("BinOp")),
        ("a << 9", FORM.format("BinOp")),
        ("await a", FORM.format("Await")),
        ("(yield)", FORM.format("Yield")),
        ("min(*a, 1)", FORM.format("Starred")),
        ("a.strip()", FORM.format("Call")),
        ("(lambda: 1)()", FORM.format("Call")),
        ("blank(a)(b)", FORM.format("Call")),
        ("min(a, b, key=a)", FORM.format("Call")),
        ("date(**a)", FORM.format("Call")),
        ("__import__('os')", UNKNOWN.format("__import__")),
        ("eval('1')", UNKNOWN.format("eval")),
        ("open('x')", UNKNOWN.format("open")),
        ("blank()", WRITE["blank"]),
        ("blank(1)", WRITE["blank"]),
        ("blank(a, b)", WRITE["blank"]),
        ("lookup(a)", WRITE["lookup"]),
        ("lookup('t', a)", WRITE["lookup"]),
        ("lookup(t, lookup(u, a))", "里面的 lookup 须查台账,如 lookup(权重, lookup(systems.级别, 系统))"),
        ("sum(h.a - i.b, h.c, d)", "sum 写成 sum(台账.数, 台账.列, 列…);两个时间之差写 sum(台账.止 - 台账.起, 台账.列, 列…),其间的工作时间写 sum(worktime(台账.起, 台账.止), …)"),
        ("sum(h.a + h.b, h.c, d)", "sum 写成 sum(台账.数, 台账.列, 列…);两个时间之差写 sum(台账.止 - 台账.起, 台账.列, 列…),其间的工作时间写 sum(worktime(台账.起, 台账.止), …)"),
        ("date(a)", WRITE["date"]),
        ("date(2022)", WRITE["date"]),
        ("hours('4')", WRITE["hours"]),
        ("hours(a)", WRITE["hours"]),
        ("hours(-4)", WRITE["hours"]),
        ("min(a)", WRITE["min"]),
        ("round(a)", WRITE["round"]),
        ("if(a, 1)", WRITE["if"]),
        ("count(t.a, b, u.c, a)", "count 的参数写成 count(台账.列, 列…)"),
        ("exists(t.a)", "exists 的参数写成 exists(台账.列, 列…)"),
        ("True", CONSTANT),
        ("a == False", CONSTANT),
        ("a == None", CONSTANT),
        ("a is b", "不能使用 is;相等写 ==,空值用 blank(列)"),
        ("a is not b", "不能使用 is;相等写 ==,空值用 blank(列)"),
        ("a in 'x'", OPTIONS),
        ("a in b", OPTIONS),
        ("a in ()", OPTIONS),
        ("a in ('x', 1)", OPTIONS),
        ("a in ('x', b)", OPTIONS),
        ("a not in b", OPTIONS),
        ("a in ('x' 'y')", OPTIONS),
        ("(a == 1) + 1", "条件不能参与四则运算"),
        ("(a == 1) == b", "条件不能参与四则运算"),
        ("-(not a)", "条件不能参与四则运算"),
        ("a and 1", CONDITION),
        ("1 or a", CONDITION),
        ("not 'x'", CONDITION),
        ("not a + b", CONDITION),
        ("1000000000000000", NUMBER + "1000000000000000"),
        ("1000000000000001", NUMBER + "1000000000000001"),
        ("1234567890123456", NUMBER + "1234567890123456"),
        ("12345678901234567", NUMBER + "12345678901234567"),
        ("0.1234567890123456", NUMBER + "0.1234567890123456"),
        ("1.00000000000000001", NUMBER + "1.00000000000000001"),
        ("1e-7", NUMBER + "1e-7"),
        ("1e16", NUMBER + "1e16"),
        ("1e400", NUMBER + "1e400"),
        ("1e-400", NUMBER + "1e-400"),
        ("1_000", NUMBER + "1_000"),
        ("0x10", NUMBER + "0x10"),
        ("1.", NUMBER + "1."),
        (".5", NUMBER + ".5"),
        ("9" * 400, NUMBER + "9" * 20),
        ("days(1e400)", NUMBER + "1e400"),
        ("a == '甲' and b == 1_0", NUMBER + "1_0"),
        ("seconds(10000000001)", "时长过大:seconds"),
        ("days(115741)", "时长过大:days"),
        ("a == 1  # 说明\nand b == 1", COMMENT),
        ("a == '#'", COMMENT),
        ("date('昨天')", "日期写成 '2022-07-01' 或 '2022-07-01 09:30:00':昨天"),
        ("date('2022-02-30')", "日期写成 '2022-07-01' 或 '2022-07-01 09:30:00':2022-02-30"),
        ("date('2022-07-01T00:00+08:00')", "日期写成 '2022-07-01' 或 '2022-07-01 09:30:00':2022-07-01T00:00+08:00"),
        ("date('2022-07-01T09:30')", "日期写成 '2022-07-01' 或 '2022-07-01 09:30:00':2022-07-01T09:30"),
        ("date('20220701')", "日期写成 '2022-07-01' 或 '2022-07-01 09:30:00':20220701"),
        ("date('2022-7-1')", "日期写成 '2022-07-01' 或 '2022-07-01 09:30:00':2022-7-1"),
        ("date('2022-W27-5')", "日期写成 '2022-07-01' 或 '2022-07-01 09:30:00':2022-W27-5"),
        ("date('2022-07-01 09')", "日期写成 '2022-07-01' 或 '2022-07-01 09:30:00':2022-07-01 09"),
        ("date('2022-07-01 24:00')", "日期写成 '2022-07-01' 或 '2022-07-01 09:30:00':2022-07-01 24:00"),
        ("date('２０２２-07-01')", "日期写成 '2022-07-01' 或 '2022-07-01 09:30:00':２０２２-07-01"),
        ("a" * 8001, "条件超过 8000 个字符"),
    ],
)  # fmt: skip
def test_the_exact_reason_of_a_refusal(text: str, reason: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        parse(text)
    assert str(refused.value) == reason


@pytest.mark.parametrize("text", ["", " \n ", "a ==", "a and", "not", "a +", "a\x00b", "\x00", "\ud800", "'\ud800'"])
def test_what_breaks_off_or_has_no_place_is_refused_without_one(text: str) -> None:
    with pytest.raises(ExpressionError, match=r"^写法有误,可能没有写完$"):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 300 + "1" + ")" * 300,
        "[" * 900,
        "a == 1\r\nb",
        "(a",
        "'a",
        "01",
        "import os",
        "a; b",
        "*a",
        "甲 乙",
        "1" + "0" * 1998 + "x",
    ],
)
def test_what_is_no_python_expression_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match=r"^第 \d+ 个字符附近写法有误$"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("a = 1", "相等写成 ==,如 级别 == 'P1'"),
        ("a == “P1”", "文本用英文引号,如 级别 == 'P1'"),
        ("a ≥ 1", "“不低于、以上”写成 >=,如 得分 >= 90"),
        ("a 不低于 1", "“不低于、以上”写成 >=,如 得分 >= 90"),
        ("a 不超过 1", "“不超过、以内”写成 <=,如 时长 <= hours(4)"),
        ("a <> 1", "不等于写成 !="),
        ("a == 1 且 b == 2", "“且”写成 and"),
        ("a == 1 或 b == 2", "“或”写成 or"),
        ("非 a", "“非”写成 not"),
        ("a × 2", "乘写成 *"),
        ("a ÷ 2", "除写成 /"),
        ("a >= 90%", "百分数写成小数,90% 写成 0.9;一段范围写成 0.9 <= 值 <= 1.05"),
        ("90%-105%", "百分数写成小数,90% 写成 0.9;一段范围写成 0.9 <= 值 <= 1.05"),
        ("a <= 4小时", "时长写成 minutes(30)、hours(4)、days(1)"),
        ("min(a\uff0cb)", "括号与逗号用英文的"),
        ("{a", "花括号只用于列出文本;列直接写列名"),
    ],
)
def test_what_people_write_first_is_answered_with_what_to_write(text: str, advice: str) -> None:
    with pytest.raises(
        ExpressionError, match=rf"^(第 \d+ 个字符附近写法有误|写法有误,可能没有写完)。{re.escape(advice)}$"
    ):
        parse(text)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("COUNTIFS(a, 'x')", "不用 COUNTIFS,写成 measure: count 与 where: 条件1 and 条件2"),
        ("SUMIF(a, 'x', b)", "不用 SUMIF,写成 measure: sum、of: 列 与 where: 条件"),
        ("IF(a, 1, 2)", "if 写成 if(条件, 值, 否则),如 if(级别 == '一级', 2, 1)"),
        ("DATEDIF(a, b, 'd')", "不用 DATEDIF,写成 结束 - 开始,如 解决时间 - 受理时间 <= days(3)"),
        ("NETWORKDAYS(a, b)", "不用 NETWORKDAYS,写成 workdays(开始, 结束)"),
        ("VLOOKUP(a, b, 2)", "不用 VLOOKUP,写成 lookup(台账.列, 键列)"),
        ("时长(分钟) > 3", "列名不能带括号:在 columns 中另起一个列名,把表头“时长(…)”写进它的 aliases"),
    ],
)
def test_what_stands_in_a_spreadsheet_is_answered_with_what_to_write(text: str, answer: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        parse(text)
    assert str(refused.value) == answer


def test_a_word_in_a_text_stays() -> None:
    assert parse("a == 'if(b'") == Compare("==", A, Text("if(b"))
    assert parse("if(a == 'if', 1, 2)") == Call("if", (Compare("==", A, Text("if")), ONE, Number(Fraction(2))))


@pytest.mark.parametrize(
    "text",
    [
        "not " * 100 + "a",
        "-" * 100 + "a",
        "1" + " + 1" * 100,
        "min(1, " * 100 + "1" + ")" * 100,
        "hours(1)" + "/2" * 900,
    ],
)
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match=r"^(括号或条件嵌套过深|第 \d+ 个字符附近写法有误)$"):
        parse(text)


def test_forty_levels_are_deep_enough_and_one_more_is_not() -> None:
    parse("not " * 40 + "a")
    with pytest.raises(ExpressionError, match=r"^括号或条件嵌套过深$"):
        parse("not " * 41 + "a")


@pytest.mark.parametrize(
    "make",
    [
        "__import__('pathlib').Path({!r}).touch()",
        "open({!r}, 'w')",
        "[open({!r}, 'w') for a in 'x']",
        "f\"{{open('{}', 'w')}}\"",
        "(lambda: open({!r}, 'w'))()",
    ],
)
def test_nothing_written_in_a_condition_is_run(make: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    with pytest.raises(ExpressionError):
        parse(make.format(str(trace)))
    assert not trace.exists()


@given(st.text(max_size=60) | st.text("ab'\"()[]{}<>=!+-*/., \n#\\1:%andorti", max_size=60))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        node = parse(text)
    except ExpressionError:
        return
    assert isinstance(node, expression.Node)


@pytest.mark.parametrize("text", ["a in ('\\d',)", "1 is a", "'a' is a", "'a'()", "1if a else 2"])
@pytest.mark.filterwarnings("error")
def test_python_s_own_warnings_about_a_condition_reach_nobody(text: str) -> None:
    with contextlib.suppress(ExpressionError):
        parse(text)


# ---- what a node reads


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("a", {"a"}),
        ("blank(a)", {"a"}),
        ("lookup(t, a)", {"a"}),
        ("a + b", {"a", "b"}),
        ("a < b", {"a", "b"}),
        ("a in ('x',)", {"a"}),
        ("not a", {"a"}),
        ("a and b == c", {"a", "b", "c"}),
        ("a or b", {"a", "b"}),
        ("period_start > date('2022-01-01')", set()),
        ("hours(1) / 2", set()),
        ("'a'", set()),
    ],
)
def test_the_columns_that_a_condition_reads(text: str, columns: set[str]) -> None:
    assert columns_of(parse(text)) == columns


def test_a_day_begins_at_its_first_microsecond() -> None:
    assert expression.micros_of(date(2022, 7, 1)) == JULY
    assert expression.micros_of(date(1969, 12, 31)) == -86_400_000_000


# ---- kinds


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("次数", Kind.NUMBER),
        ("1", Kind.NUMBER),
        ("'甲'", Kind.TEXT),
        ("hours(1)", Kind.SPAN),
        ("period_end", Kind.INSTANT),
        ("date('2022-07-01')", Kind.INSTANT),
        ("lookup(时限, 级别)", Kind.SPAN),
        ("lookup(权重, 级别)", Kind.NUMBER),
        ("响应 - 发生", Kind.SPAN),
        ("发生 + hours(1)", Kind.INSTANT),
        ("hours(1) + 发生", Kind.INSTANT),
        ("发生 - hours(1)", Kind.INSTANT),
        ("耗时 + hours(1)", Kind.SPAN),
        ("max(耗时, hours(1))", Kind.SPAN),
        ("min(次数, 1)", Kind.NUMBER),
        ("耗时 * 2", Kind.SPAN),
        ("2 * 耗时", Kind.SPAN),
        ("耗时 / 2", Kind.SPAN),
        ("耗时 / hours(1)", Kind.NUMBER),
        ("次数 / 2", Kind.NUMBER),
        ("关闭", Kind.TRUTH),
        ("关闭 and not 重开", Kind.TRUTH),
        ("关闭 or blank(备注)", Kind.TRUTH),
        ("关闭 == 重开", Kind.TRUTH),
        ("级别 == '一级'", Kind.TRUTH),
        ("'一级' != 级别", Kind.TRUTH),
        ("备注 == '随便'", Kind.TRUTH),
        ("级别 in ('一级', '二级')", Kind.TRUTH),
        ("备注 not in ('随便',)", Kind.TRUTH),
        ("发生 >= '2022-07-01'", Kind.TRUTH),
        ("'2022-07-01' <= 发生", Kind.TRUTH),
        ("响应 - 发生 <= lookup(时限, 级别)", Kind.TRUTH),
        ("period_start <= 发生 < period_end", Kind.TRUTH),
    ],
)
def test_the_kind_of_a_value(text: str, kind: Kind) -> None:
    assert kind_of(parse(text), NAMES) is kind


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("次书", "没有声明的列:次书,是否应为“次数”?"),
        ("blank(无此列名)", "没有声明的列:无此列名,可写 级别、备注、次数、发生、响应、耗时、关闭、重开"),
        ("lookup(时线, 级别) > hours(1)", "没有声明的换算表:时线,是否应为“时限”?"),
        ("lookup(时限, 甲) > hours(1)", "没有声明的列:甲,可写 级别、备注、次数、发生、响应、耗时、关闭、重开"),
    ],
)
def test_a_name_that_nobody_declared_is_told_apart(text: str, reason: str) -> None:
    with pytest.raises(UnknownNameError) as refused:
        check_kinds(parse(text), NAMES, [Kind.TRUTH])
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("lookup(时限, 次数) > hours(1)", "lookup 的列须是文本:次数"),
        ("发生 + 响应", "日期时间 + 日期时间 没有意义"),
        ("hours(1) - 发生", "时长 - 日期时间 没有意义"),
        ("级别 + 1", "文本 + 数值 没有意义"),
        ("耗时 * 耗时", "时长 * 时长 没有意义"),
        ("1 / 耗时", "数值 / 时长 没有意义"),
        ("floor(耗时)", "floor(数):时长不能用在这里,须是数值"),
        ("contains(级别, 备注)", "contains(文本, '词') 的最后一个参数须直接写出,不带负号,如 contains(备注, '重复')"),
        ("workdays(发生, 响应) > 1", "workdays 须先在目录中声明 calendar(工作日历)"),
        ("min(耗时, 1)", "min(值, 值…) 中的值须是同一类,这里有数值与时长"),
        ("-耗时", "数值 - 时长 没有意义"),
        ("级别 == 1", "文本不能与数值比较"),
        ("耗时 <= 30", "时长不能与数值比较"),
        ("发生 == 级别", "日期时间不能与文本比较"),
        ("级别 < '二级'", "文本只能用 == 或 != 比较"),
        ("关闭 >= 重开", "是否只能用 == 或 != 比较"),
        ("级别 == '一及'", "级别没有取值“一及”,是否应为“一级”?"),
        ("'VIP' == 级别", "级别没有取值“VIP”,可写 一级、二级、三级"),
        ("级别 in ('一级', 'VIP')", "级别没有取值“VIP”,可写 一级、二级、三级"),
        ("次数 in ('1',)", "in 与文本比较只用于文本列"),
        ("not 次数", "and/or/not 只能连接条件或是/否列;数先与数比较,如 attained == 1"),
        ("关闭 and 级别", "and/or/not 只能连接条件或是/否列"),
        ("关闭 or 耗时", "and/or/not 只能连接条件或是/否列"),
        ("发生 > '昨天'", "日期写成 '2022-07-01' 或 '2022-07-01 09:30:00':昨天"),
        (
            "发生 - day(发生) >= hours(8.5)",
            "发生与它那一天相减按天算,总是 0;八点半起写 发生 >= day(发生) + hours(8.5)",
        ),
        ("hour(发生) >= 8.5", "hour 是整数,不与小数比较;八点半起写 发生 >= day(发生) + hours(8.5)"),
        ("1.5 == weekday(发生)", "weekday 是整数,不与小数比较"),
        ("次数", "结果是数值,这里需要是否;写成比较,如 次数 == 1"),
    ],
)
def test_the_exact_reason_why_a_condition_does_not_fit_its_columns(text: str, reason: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        check_kinds(parse(text), NAMES, [Kind.TRUTH])
    assert (type(refused.value), str(refused.value)) == (ExpressionError, reason)


@pytest.mark.parametrize(
    ("text", "wanted"), [("关闭", [Kind.TRUTH]), ("耗时", [Kind.NUMBER, Kind.SPAN]), ("次数", [Kind.NUMBER, Kind.SPAN])]
)
def test_a_condition_that_fits_is_not_refused(text: str, wanted: list[Kind]) -> None:
    check_kinds(parse(text), NAMES, wanted)


def test_the_wanted_kinds_are_listed() -> None:
    with pytest.raises(ExpressionError, match=r"^结果是是否,这里需要数值或时长$"):
        check_kinds(parse("关闭"), NAMES, [Kind.NUMBER, Kind.SPAN])
