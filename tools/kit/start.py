"""What 开始.cmd runs in the offline kit: the sample's result in a copy that may be changed, and what to do next.

Convention: in the kit it lies beside python.exe, one folder below 开始.cmd; it imports the standard library alone.
"""

import shutil
import subprocess
import sys
from pathlib import Path

KIT = Path(__file__).resolve().parent.parent
SAMPLE, TRIAL = KIT / "示例", KIT / "试用"
BEFORE = """\
itss-kpi 按运维服务质量管理计划,从各部门交来的台账算出各项指标。
下面是示例数据(虚构的一家公司)2022 年第三季度的结果,首次运行要等几秒:
"""
AFTER = """
接下来:
  1. 打开文件夹“{folder}”,改一改其中的台账,再双击“开始”,看结果怎么变。
  2. 在放着“开始”的文件夹的地址栏中输入 cmd 并回车,在打开的窗口中输入 itss-kpi -h,看有哪些命令。
  3. 输入 itss-kpi init 我的公司,建自己的项目;台账怎么放、指标怎么写,见手册:输入 itss-kpi help --open。
"""


def trial() -> Path:
    """The copy of the sample, made where it isn't there yet; the sample itself where nothing can be written."""
    try:
        if not TRIAL.exists():
            shutil.copytree(SAMPLE, TRIAL)
    except OSError as error:
        print(f"本文件夹不能写入({error.strerror}),所以只看示例;要试着改台账,请先把整个文件夹复制到自己的电脑上。\n")
        return SAMPLE
    return TRIAL


def main() -> int:
    print(BEFORE, flush=True)
    folder = trial()
    done = subprocess.run([sys.executable, "-m", "itss_kpi", "evaluate", "--period", "2022Q3"], cwd=folder)
    if done.returncode == 0:
        print(AFTER.format(folder=folder))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
