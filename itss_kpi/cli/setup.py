"""The commands that set up: the catalogue, the cache, blank workbooks, a new project."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from itss_kpi.app.inputs import CATALOGUE
from itss_kpi.cli.console import complain, print_page, refuse, warn, write, wrote
from itss_kpi.cli.inputs import CatalogueOption, DebugOption
from itss_kpi.cli.options import GATE, PlainFormat, year_option
from itss_kpi.core.jsonable import json_text
from itss_kpi.core.problems import Unwritable
from itss_kpi.core.text import escape_controls


def catalogue(
    catalogue: CatalogueOption = None,
    format: Annotated[PlainFormat, typer.Option("--format", "-f", help="输出形式")] = PlainFormat.table,
    schema: Annotated[bool, typer.Option("--schema", help="输出 JSON Schema")] = False,
    grammar: Annotated[bool, typer.Option("--grammar", help="列出全部写法,每行一例")] = False,
    to: Annotated[Path | None, typer.Option("--to", help="写成工作簿,供查看和签字", metavar="文件")] = None,
    debug: DebugOption = False,
) -> None:
    """显示指标目录、它的全部写法,或它的 JSON Schema;--to 写成工作簿,供不看 YAML 的人查看和签字。"""
    from itss_kpi.app.evaluation import find_catalogue, load_catalogue
    from itss_kpi.catalogue.catalogue import json_schema

    if sum((schema, grammar, to is not None)) > 1:
        refuse("--schema、--grammar、--to 只写一个")
    if schema:
        write(json_text(json_schema()))
        return
    if grammar:
        from itss_kpi.pages.grammar import grammar_page

        print_page(grammar_page())
        return
    loaded, problems, identity = load_catalogue(find_catalogue(catalogue))
    warn(problems)
    if to is not None:
        from itss_kpi.app.reports import write_catalogue

        write_catalogue(loaded, identity, to)
        wrote(to)
        return
    if format is PlainFormat.json:
        write(json_text(loaded.model_dump(mode="json", exclude_none=True)))
        return
    from itss_kpi.pages.catalogue import catalogue_page

    print_page(catalogue_page(loaded))


def cache(
    clear: Annotated[bool, typer.Option("--clear", help="清空")] = False,
    debug: DebugOption = False,
) -> None:
    """显示读取缓存所在的文件夹与大小,或清空它。"""
    from itss_kpi.reading.worker.cache import cache_folder, cache_size, clear_cache

    if clear:
        write(f"已清空读取缓存,释放 {clear_cache() / 1048576:.1f} MiB\n")
    else:
        write(f"{cache_folder()}:{cache_size() / 1048576:.1f} MiB\n")


def template(
    output: Annotated[Path, typer.Option("--output", "-o", help="写到哪个文件夹,其下每个部门一个", metavar="文件夹")],
    sources: Annotated[list[str] | None, typer.Argument(help="台账的代号或名称;不写即全部", metavar="台账")] = None,
    department: Annotated[str | None, typer.Option("--department", help="只给这个部门", metavar="部门")] = None,
    period: Annotated[
        str | None, typer.Option("--period", "-p", help="写进文件名;默认计划年度", metavar="考核期")
    ] = None,
    catalogue: CatalogueOption = None,
    debug: DebugOption = False,
) -> None:
    """生成发给各部门填写的空白表,每个部门、每个台账一个。

    已有的文件不改动;有未写出的,以 1 退出。
    """
    from itss_kpi.app.choices import chosen_handouts, read_period
    from itss_kpi.app.evaluation import find_catalogue, load_catalogue
    from itss_kpi.core.text import is_file_name
    from itss_kpi.workbook.template import file_name, workbook

    path = find_catalogue(catalogue)
    loaded, problems, _ = load_catalogue(path)
    warn(problems)
    named = read_period(period or str(loaded.plan.year))
    left = 0
    for submitter, source in chosen_handouts(loaded, sources, department):
        name, remark = file_name(loaded, source, submitter, named)
        if name and not is_file_name(submitter):
            name, remark = "", f"“{submitter}”不能作文件夹的名称"
        if remark:
            complain(f"{'注意' if name else '未写'} {remark}")
        content = workbook(loaded, source, submitter, named, name) if name else None
        left += content is None or not _make(output / submitter / name, content)
    if output.resolve() == (path.parent / loaded.data).resolve():
        complain("注意 空白表写进了台账文件夹:没有填写的表会被当作“交了,没有发生”")
    if left:
        raise typer.Exit(GATE)


def init(
    folder: Annotated[Path | None, typer.Argument(help="新项目的文件夹,可以已经存在", metavar="文件夹")] = None,
    before: Annotated[
        Path | None, typer.Option("--from", help="由上一年的指标目录写出下一年的", metavar="文件")
    ] = None,
    year: Annotated[int | None, year_option("计划年度;默认今年")] = None,
    organization: Annotated[str, typer.Option(help="单位名称", metavar="名称")] = "示例公司",
    departments: Annotated[
        str, typer.Option(help="体系覆盖部门,逗号分隔", metavar="部门")
    ] = "运维部,客服部,综合管理部",
    debug: DebugOption = False,
) -> None:
    """建立一个新项目:指标目录样例、各部门的台账文件夹、说明。

    已有的文件不改动。--from 由上一年的指标目录在它旁边写出下一年的,注释照旧,并列出须核对的各项。
    """
    if before is not None:
        if folder is not None or year is not None:
            refuse("--from 写出的是下一年的指标目录,与它在同一文件夹,不另写文件夹和 --year")
        _carry_over(before)
        return
    if folder is None:
        refuse("写明新项目的文件夹,如 itss-kpi init 我的公司;结转上一年的写 --from 指标目录文件")
    from itss_kpi.app.new_project import DATA, starter_files

    planned = date.today().year if year is None else year
    if not organization.strip():
        refuse("单位名称不能为空")
    named = _departments(departments)
    for name, text in starter_files(planned, organization.strip(), named, CATALOGUE).items():
        _make(folder / name, text.encode())
    for department in named:
        _make(folder / DATA / department, None)
    write(f"下一步:按“{escape_controls(str(folder / 'README.md'))}”修改指标目录,然后在该文件夹中运行 itss-kpi check\n")


def draft(
    table: Annotated[
        Path | None, typer.Argument(help="指标表:docx、xlsx、csv 或粘贴的文字 txt", metavar="指标表")
    ] = None,
    folder: Annotated[
        Path | None, typer.Argument(help="现有台账的文件夹,其下每个部门一个;只读取,不改动", metavar="台账文件夹")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="新项目的文件夹", metavar="文件夹")] = None,
    answers: Annotated[
        Path | None, typer.Option("--answers", help="把填好的 待确认.xlsx 写进指标目录", metavar="文件")
    ] = None,
    year: Annotated[int | None, year_option("计划年度;默认台账中最多的那一年")] = None,
    organization: Annotated[str, typer.Option(help="单位名称", metavar="名称")] = "本单位",
    debug: DebugOption = False,
) -> None:
    """由指标表和现有的台账起草指标目录,拿不准的都列成问题;--answers 写进回答,可以反复运行。

    只提建议,不作决定:没有在 待确认.xlsx 中同意口径的指标,结论都是“口径待确认”。
    """
    from itss_kpi.app.drafting import answer, start

    if answers is not None:
        said = answer(answers)
    elif table is None or folder is None or output is None:
        refuse(
            "写作 itss-kpi draft 指标表.docx 台账文件夹 --output 新项目;写进回答用 itss-kpi draft --answers 待确认.xlsx"
        )
    else:
        said = start(table, folder, output, year, organization.strip() or "本单位")
    write("".join(f"{escape_controls(line)}\n" for line in said))


def _carry_over(before: Path) -> None:
    from itss_kpi.app.evaluation import find_catalogue, load_catalogue
    from itss_kpi.catalogue.next_year import carried_over

    loaded, problems, _ = load_catalogue(find_catalogue(before))
    warn(problems)
    carried = carried_over(before.read_bytes().decode("utf-8-sig"), loaded)
    stem = before.stem.removesuffix(str(loaded.plan.year)).rstrip("_-")
    made = before.with_name(f"{stem}_{carried.year}{before.suffix}")
    if not _make(made, carried.text.encode()):
        raise typer.Exit(GATE)
    write("".join(f"- {line}\n" for line in carried.to_do))
    write(f"下一步:核对以上各项,然后运行 itss-kpi check --catalogue {escape_controls(str(made))}\n")


def _departments(text: str) -> list[str]:
    from itss_kpi.core.text import is_file_name, listed

    named = listed(text)
    if not named:
        refuse("至少写一个部门,如 --departments 运维部,客服部")
    for department in named:
        if not is_file_name(department):
            refuse(f'“{department}”不能作部门文件夹的名称;名称中不能有 / \\ : * ? " < > |,不能以点开头')
        if named.count(department) > 1:
            refuse(f"部门“{department}”写了两次")
    return named


def _make(path: Path, content: bytes | None) -> bool:
    """Write a file (None: make a folder) and say so, or that it was there already."""
    from itss_kpi.app.whole_files import make_folder, reason_of, write_new

    try:
        made = make_folder(path) if content is None else write_new(path, content)
    except OSError as error:
        raise Unwritable(f"写不了 {path}:{reason_of(error)};请换一个位置") from None
    if made:
        wrote(path)
    else:
        complain(f"已有,未改动 {path}")
    return made
