"""The command that shows the manual.

Convention: as in `cli`: parse, call, render, exit; it imports what it uses. It is called as Python's own `help`, since
a command is called as its function.
"""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from itss_kpi.cli.console import complain, print_out, print_page, write
from itss_kpi.cli.data import explain_code
from itss_kpi.cli.inputs import DebugOption

if TYPE_CHECKING:
    from itss_kpi.app.manual import Passage


def help(
    context: typer.Context,
    topic: Annotated[
        str | None, typer.Argument(help="章、节(可以只写一部分)、问题代码或命令;不写即列出各章", metavar="名称")
    ] = None,
    browser: Annotated[bool, typer.Option("--open", help="在浏览器中打开这一章,有图")] = False,
    debug: DebugOption = False,
) -> None:
    """显示手册的一章或一节;也可以写问题代码或命令。"""
    from itss_kpi.app.manual import contents, passage

    if topic and re.fullmatch(r"[A-Za-z]\d{3}", topic):
        explain_code(topic)
    elif topic and topic.lower() in (commands := context.find_root().command).commands:  # type: ignore[attr-defined]
        commands.main([topic.lower(), "--help"], prog_name="itss-kpi", standalone_mode=False)
    elif browser:
        _open(passage(topic) if topic else None)
    elif topic:
        from itss_kpi.render.chapter import Chapter

        print_out(Chapter(passage(topic).text))
    else:
        print_page(contents())


def _open(found: "Passage | None") -> None:
    import webbrowser

    from itss_kpi.app.manual import web_page_of

    address = web_page_of(found)
    write(f"{address}\n")
    if not webbrowser.open(address):
        complain("没有浏览器可用;请自己打开上面的网页")
