"""Problems: what is wrong with an input, where, and what to do about it.

Convention: core functions return ``(value, problems)`` and never print. `KpiError` is raised only at the edge, where
nothing can be computed at all. A code names one kind of problem for ever; it is never reused.
"""

from collections.abc import Collection, Iterable
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
    """One row of the code table: how severe, what it is called, how to mend it; and, for whoever asks, when it is
    reported (`meaning`), what becomes of the rows, the file or the verdict (`effect`), and an `example`.
    """

    severity: Severity
    title: str
    remedy: str
    meaning: str
    effect: str
    example: str


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

# fmt: off
CODES: dict[str, Kind] = {
    # the catalogue's text and shape
    "C101": Kind(
        _E, "指标目录不是有效的 YAML", "按所指行号检查缩进、冒号与引号",
        meaning="文件打不开、不是 UTF-8 文本、YAML 写法有误,或用了锚点、别名、自定义标签",
        effect="目录不能用,什么都不计算(退出码 3)",
        example="target: >= 90% 没有加引号",
    ),
    "C102": Kind(
        _E, "指标目录缺项、多项或类型不符", "对照 docs/catalogue.schema.json 与用户手册改正",
        meaning="缺少必写的键、写了没有的键、取值类型不对,或几个键不能这样同写",
        effect="目录不能用,什么都不计算(退出码 3)",
        example="台账既没有写 date,也没有写 snapshot: true",
    ),
    "C103": Kind(
        _E, "引用了没有声明的名称", "改成已声明的台账、列、换算表或度量名称",
        meaning="目录中用到的部门、台账、列、换算表或度量,目录里没有声明",
        effect="目录不能用,什么都不计算(退出码 3);名称相近时提示应为哪个",
        example="条件中把“工单状态”写成了“工单壮态”",
    ),
    "C104": Kind(
        _E, "条件或算式写法不被接受", "只能使用比较、and/or/not、in、四则运算和手册列出的函数",
        meaning="条件 where、汇总 of 或算式 value 用了手册以外的写法,或把不能比较的类型放在一起",
        effect="目录不能用,什么都不计算(退出码 3);文件中的文字从不当作程序执行",
        example="where: 状态 = '已完成'(等于须写 ==)",
    ),
    "C105": Kind(
        _E, "考核要求写法不被接受", "写成如 '>= 95%'、'= 0次'、'<= 4小时'",
        meaning="target 读不成“比较符号 数字 单位”,或没有数能同时满足所写的几个条件",
        effect="目录不能用,什么都不计算(退出码 3)",
        example="target: '95以上'",
    ),
    "C106": Kind(
        _E, "同一名称或序号声明了两次", "删去或改名其中一个",
        meaning="同一个键写了两次;或指标 id、序号、列名与别名、取值与同义词有重复",
        effect="目录不能用,什么都不计算(退出码 3)",
        example="两项指标都写了 number: 18",
    ),
    "C107": Kind(
        _E, "考核要求的单位与数值不符", "时长与分钟、小时、天比较,其他数值与百分比、次数等比较",
        meaning="时长与百分比或次数比较、不是时长的数与分钟小时天比较,或各条要求的单位不同",
        effect="目录不能用,什么都不计算(退出码 3)",
        example="平均处理时长的 target 写成了 '<= 95%'",
    ),
    "C108": Kind(
        _E, "看不懂的计划时间", "写成 1月、10-12月、每季度 等,或另写 due 或 each",
        meaning="质量活动的 when 读不成月份、季度或周期,又没有写 due 或 each;或 due 读不成月份或季度",
        effect="目录不能用,什么都不计算(退出码 3):不知道何时到期的活动既不能说按时,也不能说逾期",
        example="when: 年初",
    ),
    # the catalogue's meaning
    "C201": Kind(
        _W, "比率不可能低于 100%", "分子与分母可能写反了",
        meaning="分子分母取自同一台账,而分母的条件比分子更多:分母只是分子的一部分",
        effect="照目录所写计算;结论多半没有意义",
        example="分子数全部工单,分母数状态为“已完成”的工单",
    ),
    "C202": Kind(
        _W, "计数指标却用百分比要求", "改为次数要求,或补充分母",
        meaning="数值是计数或去重计数,没有分母,考核要求的单位却是 %",
        effect="照目录所写计算:3 次按 300% 与要求比较",
        example="value 数安全事件的次数,target 写成 '<= 5%'",
    ),
    "C203": Kind(
        _W, "全年计数却按更短周期考核", "核对考核周期,或在 note 中写明口径",
        meaning="公式写有“全年”“一年”,或度量从年初累计,考核周期却短于一年,又没有写 note",
        effect="照目录所写计算;写了 note 就不再提示",
        example="公式为“全年重大事件次数”,period: half",
    ),
    "C204": Kind(
        _W, "同一指标声明了两次", "用 also 把它列在两个指标域",
        meaning="两项指标除 id、序号、指标域、名称、公式、条款、部门和说明外完全一样",
        effect="照目录所写计算,同一个数算两次",
        example="序号 1 与序号 16 各写了一遍同样的分子和分母",
    ),
    "C205": Kind(
        _W, "考核要求没有比较符号", "写明 '>= 100%' 或 '= 100%'",
        meaning="target 只有数字和单位",
        effect="按“等于”判定:99% 不满足 '100%',101% 也不满足",
        example="target: '100%'",
    ),
    # files
    "D101": Kind(
        _E, "应交的导出文件没有交", "请责任部门补交所缺月份的文件",
        meaning="本期要用到的月份,没有算数的文件覆盖;或有一个读不出来的文件,不知道其中有没有这些月份的行",
        effect="用到它的指标为“数据缺失”,不显示数值;其他指标不受影响",
        example="信息部只交了 事件工单_2022Q1.xlsx,却要计算 2022Q3",
    ),
    "D102": Kind(
        _E, "文件读不出来", "用 Excel 或 WPS 打开后另存为 .xlsx 再交",
        meaning="不是能读的表格文件、文件已损坏或打不开,或里面没有内容",
        effect="其中没有一行计入;文件名所写的月份都算没有交齐(另报 D101),即使另有一份读得出来",
        example="把网页或 PDF 的后缀改成了 .xlsx",
    ),
    "D103": Kind(
        _W, "文件不属于任何台账", "按台账名称与考核期改名,如 事件工单_2022Q3.xlsx",
        meaning="文件夹不是任何部门的,或部门文件夹里的文件名不符合任何台账的 files,或同时符合几个",
        effect="文件不读;如果它本该是某个台账,那个台账就还缺月份",
        example="文件夹“信息部”写成了“信息中心”",
    ),
    "D104": Kind(
        _E, "找不到表头", "表头须在前 30 行内,列名与指标目录一致",
        meaning="前 30 行中没有一行认得出至少两个声明的列名",
        effect="一行也不计入;文件名所写的月份都算没有交齐(另报 D101)",
        example="表头写在第 40 行,或列名全部改过",
    ),
    "D105": Kind(
        _E, "缺少列", "补上该列,或在指标目录的 aliases 中登记它的别名",
        meaning="表头中没有某个声明的列(声明为 optional 的除外)",
        effect="该列每一行都按读不出来处理:用到它的各行存疑,指标多半成为待核实",
        example="表头没有“响应时间”,只有没登记的“首响时间”",
    ),
    "D106": Kind(
        _I, "多余的列未使用", "无须处理;若应使用,请登记到指标目录",
        meaning="表头中有目录没有声明的列",
        effect="不影响计算",
        example="事件工单多出一列“备注”",
    ),
    "D107": Kind(
        _E, "两列都像同一个列", "只保留其中一列,或改名",
        meaning="表头中有两列的名称或别名都指同一个声明的列",
        effect="该列每一行都按读不出来处理:用到它的各行存疑",
        example="同时有“工单编号”和它的别名“工单号”两列",
    ),
    "D108": Kind(
        _E, "看不出文件覆盖哪些月份", "在文件名或标题行中写明考核期,如 _2022Q3,或在台账中声明 covers",
        meaning="文件名、工作表名和标题行都没有写明一个考核期,台账又没有声明 covers: year",
        effect="其中的行照常读取,但不能证明任何月份已交;时点台账的行哪一期都不计",
        example="事件工单_修订.xlsx",
    ),
    "D109": Kind(
        _E, "没有台账文件夹", "核对指标目录的 data,或用 --data 指明",
        meaning="目录的 data 或 --data 所指的文件夹不存在",
        effect="什么都不计算(退出码 4)",
        example="--data 台帐,而文件夹名为“台账”",
    ),
    "D110": Kind(
        _E, "两份时点台账覆盖同一天", "同一时点只保留一份",
        meaning="同一部门的两份时点台账,按文件名覆盖了同一天",
        effect="不知道以哪份为准:两份的每一行都存疑",
        example="运维项目工具使用台账_2022.xlsx 与 …_2022Q3.xlsx",
    ),
    "D111": Kind(
        _E, "文件内容与所写的考核期不符", "核对文件名;改正前该文件不算已交",
        meaning="文件中有日期的行,没有一行落在文件名、工作表名或标题行所写的考核期内:多半是别的期间的文件改错了名",
        effect="所写的考核期按没有交处理(另报 D101);其中的行照常读取,归入各自的日期",
        example="事件工单_2022Q3.xlsx 里全是第二季度的工单",
    ),
    "D112": Kind(
        _E, "工作簿已加密", "去掉打开密码后再交,或用环境变量 ITSS_KPI_PASSWORD 提供密码",
        meaning="打开工作簿需要密码,而没有提供密码、密码不对,或没有安装解密所用的 encrypted 附加包",
        effect="其中没有一行计入;文件名所写的月份都算没有交齐(另报 D101),即使另有一份读得出来",
        example="部门给事件工单设了打开密码",
    ),
    "D113": Kind(
        _E, "文件超出读取限制", "核对文件是否正常;确需读取的,用 --reading 或目录的 reading 放宽所指的限制",
        meaning="解压后太大、压缩比异常、条目太多、单元格范围过大,或读取所需内存超过上限",
        effect="文件不读,其他文件照读;文件名所写的月份都算没有交齐(另报 D101)",
        example="在 XFD1048576 误填了一个单元格",
    ),
    "D114": Kind(
        _E, "读取该文件时读取进程异常终止", "用 Excel 或 WPS 打开后另存为 .xlsx 再交,或放宽 memory",
        meaning="文件使读取程序崩溃,或所需内存超过上限;已单独重读一次,仍是如此",
        effect="文件不读,其他文件照读;文件名所写的月份都算没有交齐(另报 D101)",
        example="损坏的 .xls 声称有几十亿个单元格",
    ),
    "D115": Kind(
        _E, "读取超时", "核对文件是否正常;确需读取的,用 --reading seconds=… 放宽",
        meaning="单独读这个文件,到时限还没有读完",
        effect="文件不读,其他文件照读;文件名所写的月份都算没有交齐(另报 D101)",
        example="几百万行的 .ods",
    ),
    "D116": Kind(
        _E, "文件不完整", "等文件写完或传完后再读;仍不行时请部门重新交",
        meaning="压缩包、XML 或网页表格没有结尾:正在写入、没有传完,或已损坏",
        effect="不读一部分:文件一行也不计入;文件名所写的月份都算没有交齐(另报 D101)",
        example="网盘还在同步的工作簿",
    ),
    "D117": Kind(
        _E, "文本的编码无法确认", "另存为 .xlsx 或“CSV UTF-8(逗号分隔)”后再交",
        meaning="CSV、TSV 或网页表格不是 UTF-8、UTF-16,按 GB18030 也读不成中文,或两种编码混用",
        effect="不猜编码:文件一行也不计入;文件名所写的月份都算没有交齐(另报 D101)",
        example="繁体系统导出的 Big5 编码 CSV",
    ),
    "D118": Kind(
        _E, "CSV 的引号不配对", "改正所指的行,或另存为 .xlsx 再交",
        meaning="有一个双引号没有结束,其后的各行会被当作同一个单元格",
        effect="文件一行也不计入;文件名所写的月份都算没有交齐(另报 D101)",
        example="标题里有一个英文双引号,没有写成两个",
    ),
    "D119": Kind(
        _W, "不是台账文件夹内的普通文件,未读", "把文件本身放进部门文件夹",
        meaning="链接指向台账文件夹之外、指向文件夹或不存在的文件,或者是管道、设备等",
        effect="文件不读;如果它本该是某个台账,那个台账就还缺月份",
        example="部门文件夹里放的是桌面文件的快捷链接",
    ),
    "D120": Kind(
        _I, "工作簿正开着", "如有未保存的修改,保存关闭后再运行一次",
        meaning="文件夹里有 Excel、WPS 或 LibreOffice 打开工作簿时留下的 ~$ 或 .~ 文件",
        effect="读的是上次保存的内容",
        example="~$事件工单_2022Q3.xlsx",
    ),
    "D121": Kind(
        _E, "文件内有互相覆盖的内容", "用 Excel 或 WPS 打开核对后另存为 .xlsx 再交",
        meaning="行号重复或倒退、两个单元格同一地址、压缩包内有同名条目:总有一些内容读不出来",
        effect="不读一部分:文件一行也不计入;文件名所写的月份都算没有交齐(另报 D101)",
        example="某系统导出的工作簿里有两个第 5 行",
    ),
    "D122": Kind(
        _I, "这种格式看不出合并单元格与隐藏行", "有合并单元格的,另存为 .xlsx 再交",
        meaning=".xlsb 工作簿,或结构不规范的 .xls",
        effect="单元格照读;合并单元格只有第一行有值,其余行按空着处理",
        example="事件工单_2022Q3.xlsb",
    ),
    "D123": Kind(
        _W, "工作表像本台账但缺关键列,未读", "补上该列,或在台账中用 sheet 写明要读的工作表",
        meaning="工作表认得出几个声明的列,却没有编号列或日期列",
        effect="这张工作表不读;同一文件的其他工作表照读",
        example="按状态统计的汇总表",
    ),
    "D124": Kind(
        _E, "不知工作表是否计入", "在台账中用 sheet 写明要读的工作表,或删去多余的工作表",
        meaning="除了与台账同名的工作表,另有列相同的工作表,名称又不是月份、季度",
        effect="它的每一行都存疑;可能改变结论的为待核实",
        example="“事件工单”旁边还有一张“备份”",
    ),
    "D125": Kind(
        _I, "工作表没有本台账的表头,未读", "若其中有本台账的记录,把列名改成与指标目录一致",
        meaning="同一文件里另有工作表认得出表头,这一张前 30 行没有",
        effect="这张工作表不读;同一文件的其他工作表照读",
        example="旁边的“字典”表",
    ),
    "D126": Kind(
        _E, "名为某月或某季度的工作表没有读出来", "把表头改成与其他月份一致,放在前 30 行内",
        meaning="工作表的名称是月份、季度等,却没有本台账的表头,或缺少编号列、日期列",
        effect="工作表名所写的月份都算没有交齐(另报 D101)",
        example="7月、9月正常,8月的表头改了列名",
    ),
    "D127": Kind(
        _E, "没有目录所写的工作表", "把工作表改成目录中 sheet 所写的名称,或改目录",
        meaning="台账声明了 sheet,文件里有几张工作表,没有一张是这个名称",
        effect="文件一行也不计入;文件名所写的月份都算没有交齐(另报 D101)",
        example="sheet: 明细,而文件里只有“汇总”和“备份”",
    ),
    # cells
    "D201": Kind(
        _E, "单元格内容无法按声明的类型读取", "在原台账中改成正确的值",
        meaning="单元格有内容,但读不成该列声明的类型;不存在的日期、分不清月日的日期、拿不准的百分比也在内",
        effect="不猜:用到该列的这一行存疑,指标给出最低与最高;可能改变结论的为待核实",
        example="日期列写着 2022-02-30、待补、昨天",
    ),
    "D202": Kind(
        _E, "单元格是错误值", "在原台账中修正公式后再导出",
        meaning="单元格是 #N/A、#REF!、#DIV/0! 等错误值",
        effect="不当作空着:用到该列的这一行存疑",
        example="查找公式没有找到,显示 #N/A",
    ),
    "D203": Kind(
        _E, "取值不在允许范围内", "改成允许的取值,或在指标目录中登记同义词",
        meaning="固定取值(choice)的列,写了取值和同义词以外的文字;空格、全半角、大小写不影响",
        effect="用到该列的这一行存疑,指标给出最低与最高;可能改变结论的为待核实",
        example="工单状态写了“完结”,而取值只有 已关闭、处理中、已取消",
    ),
    "D204": Kind(
        _E, "必填单元格为空", "在原台账中补填",
        meaning="声明为 required 的列空着",
        effect="不当作“没有发生”:用到该列的这一行存疑;编号空着的行,在用到该台账的各指标中都存疑",
        example="工单没有填受理时间",
    ),
    "D205": Kind(
        _E, "数值超出允许范围", "核对该数值",
        meaning="数值小于该列声明的 minimum",
        effect="不计入这个数:用到该列的这一行存疑",
        example="minimum: 0 的数量列写着 -3",
    ),
    "D206": Kind(
        _E, "公式没有保存计算结果", "用 Excel 或 WPS 打开文件、保存后再交",
        meaning="单元格是公式,文件中却没有存下它的计算结果(多见于其他软件生成的文件)",
        effect="程序不替文件计算公式,也不当作空着:用到该列的这一行存疑",
        example="系统导出的“合计”列是 =C2+D2,从未用 Excel 打开保存过",
    ),
    "D207": Kind(
        _E, "超过 15 位的数字已丢失末几位", "编号列设为文本格式,从原系统重新导出",
        meaning="编号列或数值列里是超过 15 位的数字单元格,Excel 只保留前 15 位;或写成了 2.02E+17",
        effect="不当作编号或数值:这一行存疑",
        example="18 位的工单编号以数字格式导出,末三位都成了 0",
    ),
    # rows
    "D301": Kind(
        _W, "同一记录重复出现且内容相同", "只计一次;建议在台账中去重",
        meaning="同一台账中编号相同、各列内容也相同的行,不论在哪个文件",
        effect="只计第一次出现的一行,其余计入“重复”;不影响结论",
        example="7 月的工单在二、三季度各导出一次",
    ),
    "D302": Kind(
        _E, "同一编号出现两次且内容不同", "核对两处,只保留正确的一处",
        meaning="同一台账中编号相同、内容不同的行;括号里是内容不同的列",
        effect="合为一条存疑的记录:按哪一行算都有可能,指标给出最低与最高",
        example="同一工单,一处状态为“处理中”,一处为“已关闭”",
    ),
    "D303": Kind(
        _I, "合计、备注等非数据行未计入", "无须处理",
        meaning="表头以下有合计、备注、制表人、重复的表头,或不属于任何声明的列的内容",
        effect="不计入,只报行数;编号列另有内容、日期列有日期的行从不这样处理",
        example="末行“合计”旁边只有数字",
    ),
    "D304": Kind(
        _I, "有隐藏的行或工作表", "无须处理;不应计入的,请删去,或在台账中声明 hidden: skip",
        meaning="行被隐藏或筛选掉了,或整张工作表是隐藏的",
        effect="照样计入;台账声明 hidden: skip 的不计入",
        example="筛选了“未解决”之后保存",
    ),
    "D305": Kind(
        _W, "示例行多于一行", "真实的记录请去掉编号前的【示例】",
        meaning="编号以【示例】开头的行多于一行:可能是照着示例行复制出来的真实记录",
        effect="这些行都不计入",
        example="把示例行复制一份再改内容,没有改编号",
    ),
    # results
    "V401": Kind(
        _E, "部分占比超过 100%", "分子多于分母,请核对所列数据",
        meaning="分子取自分母各行的指标,某一行的分子大于分母,或整个比率超过 100%",
        effect="该行的分子按从没有到全部都有可能;整个比率超过 100% 的,结论为待核实",
        example="抽检 50 项,正确 52 项",
    ),
    "V402": Kind(
        _E, "行数核对不平", "这是程序错误,请连同数据反馈给维护者",
        meaning="某个度量的 保留 = 计入 + 期外 + 排除 + 存疑 不成立",
        effect="数值照常显示,但不可信",
        example="explain 的行数核对中出现 ✗",
    ),
    "V403": Kind(
        _E, "数值过大,无法精确计算", "核对该列单位与数值",
        meaning="条件或算式中的数大到整数放不下",
        effect="不用近似值:用到它的各行存疑",
        example="15 位的金额再乘以一百万",
    ),
    "V404": Kind(
        _E, "某部门本期没有应有的记录", "请该部门补报",
        meaning="写有 each_department: true 的度量,某个应交部门本期一行也没有",
        effect="按分母为零处理:结论取指标的 zero,没有写的为不适用",
        example="手工填报表里,信息部没有填 8 月的一行",
    ),
    # the archive
    "A101": Kind(
        _E, "归档的内容被改动", "从备份恢复该文件夹;确实要改正时,用 close --supersede 重新关账",
        meaning="归档的文件、清单或清单的校验值与写出时不同,或归档的文件夹改了名",
        effect="verify 以 1 退出;不影响 evaluate 的结果",
        example="有人打开 archive/2022Q3/report.json 改了一个数字",
    ),
    "A102": Kind(
        _E, "归档的文件多了或少了", "从备份恢复,或移走多出的文件",
        meaning="归档文件夹中少了清单所列的文件,或多了清单没有列的文件",
        effect="verify 以 1 退出;不影响 evaluate 的结果",
        example="archive/2022Q3/rows/incidents.parquet 被删除",
    ),
    "A103": Kind(
        _E, "归档链断裂", "从备份恢复缺失或被改动的那一次关账",
        meaning="每次关账的清单写有前一次清单的校验值,这里对不上:前一次被删除、改动或替换",
        effect="verify 以 1 退出;不影响 evaluate 的结果",
        example="archive/2022Q2 整个文件夹被删除,2022Q3 就接不上",
    ),
}
# fmt: on


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
    def title(self) -> str:
        """What its kind is called."""
        return CODES[self.code].title

    @property
    def remedy(self) -> str:
        """What the user can do about it."""
        return CODES[self.code].remedy

    @property
    def of_catalogue(self) -> bool:
        """Whether it is one of the catalogue, and not of the data."""
        return self.code.startswith("C")

    def department(self, departments: Collection[str]) -> str | None:
        """The one of the departments in whose folder the problem lies; None for the catalogue and for results."""
        head = self.place.path.split("/")[0]
        return head if head in departments and not self.of_catalogue else None

    def __str__(self) -> str:
        return f"{self.place}: {self.code} {self.message}" if str(self.place) else f"{self.code} {self.message}"


class KpiError(Exception):
    """Nothing can be computed; `problems` say why. `exit_code` is that of docs/design.md, 8."""

    def __init__(self, problems: Iterable[Problem], exit_code: int) -> None:
        self.problems = tuple(problems)
        self.exit_code = exit_code
        super().__init__("\n".join(map(str, self.problems)))


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Those of the problems that are errors."""
    return [problem for problem in problems if problem.severity is Severity.ERROR]


def count(problems: Iterable[Problem]) -> dict[Severity, int]:
    """How many problems there are of each severity."""
    found = [problem.severity for problem in problems]
    return {severity: found.count(severity) for severity in Severity}


def worst_first(problems: Iterable[Problem]) -> list[Problem]:
    """The problems of one file from the worst on, those of one severity as they stand in it: F2 before F12."""
    return sorted(problems, key=lambda one: (list(Severity).index(one.severity), _in_file(one.place), one.code))


def _in_file(place: Place) -> tuple[str, int, int, str]:
    return place.sheet, row_of(place), len(place.cell), place.cell


def row_of(place: Place) -> int:
    """The line, or the sheet's row, of a place; 0 where it has none."""
    digits = "".join(char for char in place.cell if char in "0123456789")
    return place.line or int(digits or 0)
