"""Problems: what is wrong with an input, where, and what to do about it.

Convention: core functions return ``(value, problems)`` and never print. `KpiError` is raised only at the edge, where
nothing can be computed at all. A code names one kind of problem for ever; it is never reused.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How bad a problem is: an error can change a number, a warning should be looked at, info is for the record."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def label(self) -> str:
        """The word the user sees."""
        return {"error": "错误", "warning": "警告", "info": "提示"}[self.value]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a problem is: a line and key of a text file, or a sheet and cell of a workbook (path relative to data)."""

    path: str = ""
    sheet: str = ""
    cell: str = ""
    line: int = 0
    key: str = ""

    def __str__(self) -> str:
        if self.sheet or self.cell:
            return "!".join(part for part in (self.path, self.sheet, self.cell) if part)
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the code table: how severe, what it is called, how to mend it."""

    severity: Severity
    title: str
    remedy: str


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

CODES: dict[str, Kind] = {
    # the catalogue's text and shape
    "C101": Kind(_E, "指标目录不是有效的 YAML", "按所指行号检查缩进、冒号与引号"),
    "C102": Kind(_E, "指标目录缺项、多项或类型不符", "对照 docs/catalogue.schema.json 与用户手册改正"),
    "C103": Kind(_E, "引用了没有声明的名称", "改成已声明的台账、列、换算表或度量名称"),
    "C104": Kind(_E, "条件或算式写法不被接受", "只能使用比较、and/or/not、in、四则运算和手册列出的函数"),
    "C105": Kind(_E, "考核要求写法不被接受", "写成如 '>= 95%'、'= 0次'、'<= 4小时'"),
    "C106": Kind(_E, "同一名称或序号声明了两次", "删去或改名其中一个"),
    "C107": Kind(_E, "考核要求的单位与数值不符", "时长与分钟、小时、天比较,其他数值与百分比、次数等比较"),
    # the catalogue's meaning
    "C201": Kind(_W, "比率不可能低于 100%", "分子与分母可能写反了"),
    "C202": Kind(_W, "计数指标却用百分比要求", "改为次数要求,或补充分母"),
    "C203": Kind(_W, "全年计数却按更短周期考核", "核对考核周期,或在 note 中写明口径"),
    "C204": Kind(_W, "同一指标声明了两次", "用 also 把它列在两个指标域"),
    "C205": Kind(_W, "考核要求没有比较符号", "写明 '>= 100%' 或 '= 100%'"),
    # files
    "D101": Kind(_E, "应交的导出文件没有交", "请责任部门补交所缺月份的文件"),
    "D102": Kind(_E, "文件读不出来", "用 Excel 或 WPS 打开后另存为 .xlsx 再交"),
    "D103": Kind(_W, "文件不属于任何台账", "按台账名称与考核期改名,如 事件工单_2022Q3.xlsx"),
    "D104": Kind(_E, "找不到表头", "表头须在前 30 行内,列名与指标目录一致"),
    "D105": Kind(_E, "缺少列", "补上该列,或在指标目录的 aliases 中登记它的别名"),
    "D106": Kind(_I, "多余的列未使用", "无须处理;若应使用,请登记到指标目录"),
    "D107": Kind(_E, "两列都像同一个列", "只保留其中一列,或改名"),
    "D108": Kind(_E, "看不出文件覆盖哪些月份", "在文件名或标题行中写明考核期,如 _2022Q3,或在台账中声明 covers"),
    "D109": Kind(_E, "没有台账文件夹", "核对指标目录的 data,或用 --data 指明"),
    "D110": Kind(_E, "两份时点台账覆盖同一天", "同一时点只保留一份"),
    "D111": Kind(_E, "文件内容与文件名的考核期不符", "核对文件名;改正前该文件不算已交"),
    "D112": Kind(_E, "工作簿已加密", "去掉打开密码后再交,或用环境变量 ITSS_KPI_PASSWORD 提供密码"),
    "D113": Kind(_E, "文件超出读取限制", "核对文件是否正常;确需读取的,用 --reading 或目录的 reading 放宽所指的限制"),
    "D114": Kind(_E, "读取该文件时读取进程异常终止", "用 Excel 或 WPS 打开后另存为 .xlsx 再交,或放宽 memory"),
    "D115": Kind(_E, "读取超时", "核对文件是否正常;确需读取的,用 --reading seconds=… 放宽"),
    "D116": Kind(_E, "文件不完整", "等文件写完或传完后再读;仍不行时请部门重新交"),
    "D117": Kind(_E, "文本的编码无法确认", "另存为 .xlsx 或“CSV UTF-8(逗号分隔)”后再交"),
    "D118": Kind(_E, "CSV 的引号不配对", "改正所指的行,或另存为 .xlsx 再交"),
    "D119": Kind(_W, "不是台账文件夹内的普通文件,未读", "把文件本身放进部门文件夹"),
    "D120": Kind(_I, "工作簿正开着", "如有未保存的修改,保存关闭后再运行一次"),
    "D121": Kind(_E, "文件内有互相覆盖的内容", "用 Excel 或 WPS 打开核对后另存为 .xlsx 再交"),
    "D122": Kind(_I, "这种格式看不出合并单元格与隐藏行", "有合并单元格的,另存为 .xlsx 再交"),
    "D123": Kind(_W, "工作表像本台账但缺关键列,未读", "补上该列,或在台账中用 sheet 写明要读的工作表"),
    "D124": Kind(_E, "不知工作表是否计入", "在台账中用 sheet 写明要读的工作表,或删去多余的工作表"),
    # cells
    "D201": Kind(_E, "单元格内容无法按声明的类型读取", "在原台账中改成正确的值"),
    "D202": Kind(_E, "单元格是错误值", "在原台账中修正公式后再导出"),
    "D203": Kind(_E, "取值不在允许范围内", "改成允许的取值,或在指标目录中登记同义词"),
    "D204": Kind(_E, "必填单元格为空", "在原台账中补填"),
    "D205": Kind(_E, "数值超出允许范围", "核对该数值"),
    "D206": Kind(_E, "公式没有保存计算结果", "用 Excel 或 WPS 打开文件、保存后再交"),
    "D207": Kind(_E, "超过 15 位的数字已丢失末几位", "编号列设为文本格式,从原系统重新导出"),
    # rows
    "D301": Kind(_W, "同一记录重复出现且内容相同", "只计一次;建议在台账中去重"),
    "D302": Kind(_E, "同一编号出现两次且内容不同", "核对两处,只保留正确的一处"),
    "D303": Kind(_I, "合计、备注等非数据行未计入", "无须处理"),
    "D304": Kind(_I, "有隐藏的行或工作表", "无须处理;不应计入的,请删去,或在台账中声明 hidden: skip"),
    "D305": Kind(_W, "示例行多于一行", "真实的记录请去掉编号前的【示例】"),
    # results
    "V401": Kind(_E, "部分占比超过 100%", "分子多于分母,请核对所列数据"),
    "V402": Kind(_E, "行数核对不平", "这是程序错误,请连同数据反馈给维护者"),
    "V403": Kind(_E, "数值过大,无法精确计算", "核对该列单位与数值"),
    "V404": Kind(_E, "某部门本期没有应有的记录", "请该部门补报"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with an input. `message` is a Chinese sentence without the place."""

    code: str
    message: str
    place: Place = field(default_factory=Place)

    @property
    def severity(self) -> Severity:
        """The severity of the problem's code."""
        return CODES[self.code].severity

    @property
    def remedy(self) -> str:
        """What the user can do about it."""
        return CODES[self.code].remedy

    def __str__(self) -> str:
        return f"{self.place}: {self.code} {self.message}" if str(self.place) else f"{self.code} {self.message}"


class KpiError(Exception):
    """Nothing can be computed; `problems` say why. `exit_code` is that of DESIGN 8."""

    def __init__(self, problems: Iterable[Problem], exit_code: int) -> None:
        self.problems = tuple(problems)
        self.exit_code = exit_code
        super().__init__("\n".join(map(str, self.problems)))


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Those of the problems that are errors."""
    return [problem for problem in problems if problem.severity is Severity.ERROR]
