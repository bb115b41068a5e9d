"""Versions: files that say of themselves that they don't count, files that were sent again, and one file of two.

Convention: what only one of two versions has may have been taken out or forgotten, and is doubtful within the time for
which both answer.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations, groupby

import numpy as np

from itss_kpi.catalogue.expression import micros_of
from itss_kpi.core.problems import Place, Problem
from itss_kpi.core.stated import Days
from itss_kpi.core.text import fold, plain
from itss_kpi.tables.rows import Rows, content_numbers, key_numbers, numbers_of
from itss_kpi.tables.sheets.cover import rows_above, titles_above
from itss_kpi.tables.sheets.data_rows import Piece

_VOID = re.compile(
    "作废|已废|废弃|废除|废稿|误报|误传|误填|误交|[勿别]用|不要用|勿读|弃用|错的|错误版|[勿不](?:予?统计|计入|纳入)|撤[销回]|已取消|被(?:替[代换]|取代)|[未不]采用|[已待拟]删除?|草稿|初稿|征求意见|讨论稿|送审"
)
_ASIDE = re.compile(
    "(?:旧|老|原|备份|历史|测试|试用|演示|模板|样表|样例|示例|回收站|bak|backup|old|test|temp|tmp)"
    r"(?:版本?|文件|件|表|数据|稿|记录|用|台账)?\d*"
)
_BESIDE = re.compile(
    "(?:年度|全年|本年|月度|季度)?(?:计划|预计|预算|预测|目标)(?:表|数|值|情况)?|(?:上年|去年|往年|上期)(?:同期)?(?:数|情况)?|同期|备[选用]"
    r"|汇总表?|合计|总表|总[计览]|全部|小计|(?i:sheet)\d*\(\d\)"
)
"""What a sheet is called that says something else than the others of its file, or the same again."""
_FEWEST, _FEWEST_ALIKE = 2, 3
"""Records that two files have to share before they are taken for versions of one: by their keys, or by all else."""
_PARTED = re.compile(r"[_\-\s.()\[\]~|]+|(?<=\d)(?=[^\d.])|[年月日季度期](?=[旧老原备测试样])")


def set_aside_word(name: str, known: Sequence[str] = (), *, surely: bool = False) -> str:
    """The word by which a file, a sheet or a folder says that it doesn't count (`surely` so); "" where it says none."""
    text = plain(name).casefold().replace("【", "(").replace("】", ")")
    for word in sorted(known, key=len, reverse=True):
        text = text.replace(plain(word).casefold(), "|")
    found = _VOID.search(text)
    parts = () if surely else _PARTED.split(text)
    return found[0] if found else next((part for part in parts if _ASIDE.fullmatch(part)), "")


def doubt_set_aside(rows: Rows) -> Iterator[Problem]:
    """Doubt the rows of files and sheets that say that they don't count, and take from them what they answer for."""
    known = (rows.source.name, *rows.source.departments, *rows.departments)
    sheets = Counter(place.path for place in {piece.raw.place for piece in rows.pieces})
    for piece in rows.pieces:
        raw = piece.raw
        names = raw.path.rpartition(".")[0].split("/")[1:]
        word = next((word for name in names if (word := set_aside_word(name, known))), "")
        # the only sheet of a file may have kept the name that it had in the template
        alone = sheets[raw.path] == 1
        word = word or set_aside_word(raw.grid.sheet, known, surely=alone) or ("" if alone else _beside(piece, known))
        if word and not (len(piece.rows) and piece.doubted.all()):
            piece.doubted[:] = True
            piece.covers = None
            yield Problem("D131", f"名称写着“{word}”,不知是否计入;各行按存疑处理", raw.place)


def _beside(piece: Piece, known: Sequence[str]) -> str:
    """What a sheet beside others is called by which it is something else than they are."""
    name = plain(piece.raw.grid.sheet)
    return name if _BESIDE.fullmatch(name) and not any(name in plain(word) for word in known) else ""


def doubt_foreign(rows: Rows) -> Iterator[Problem]:
    """Doubt the rows of files whose name, title, or folder within the department's, names another department."""
    own = rows.source.files + rows.source.name
    for piece in rows.pieces:
        department, _, inside = piece.raw.path.partition("/")
        others = [one for one in rows.source.departments if one not in department and one not in own]
        said = " ".join([inside, *_titled(piece)])
        other = next((one for one in others if _names(said, one) and department not in said), None)
        if other and len(piece.rows):
            piece.doubted[:] = True
            piece.shared[:] = True
            yield Problem("D133", f"文件名、文件夹或标题写着“{other}”,不知是哪个部门的", Place(piece.raw.path))


def doubt_other_ledgers(rows: Rows) -> Iterator[Problem]:
    """Doubt the rows of a sheet whose title is another ledger's name: the file was saved over by that one's."""
    for piece in rows.pieces:
        titles = [plain(text) for row in rows_above(piece.raw, piece.part.header.row) for text in row if len(row) == 1]
        bare = [re.sub(r"\([^()]*\)$", "", title) for title in titles]
        other = next((one for one in sorted(rows.usage.others) if any(title.endswith(one) for title in bare)), "")
        if other and len(piece.rows) and not any(plain(rows.source.name) in title for title in titles):
            piece.doubted[:] = True
            piece.covers = None
            yield Problem("D133", f"标题写着另一份台账“{other}”,不知是哪一份的", piece.raw.place)


def doubt_other_items(rows: Rows) -> Iterator[Problem]:
    """Doubt the rows of a file whose title names another item than its name does, and not the same one."""
    for name in sorted(rows.source.given):
        items = {piece.part.given[name] for piece in rows.pieces if name in piece.part.given}
        for piece in rows.pieces:
            own = piece.part.given.get(name, "")
            title = " ".join(text for row in rows_above(piece.raw, piece.part.header.row) for text in row)
            other = next((one for one in sorted(items - {own}) if one in title and own not in title), "")
            if own and other and len(piece.rows):
                piece.doubted[:] = True
                piece.covers = None
                yield Problem("D133", f"名称写着“{own}”,标题却写着“{other}”,不知是哪一个的", Place(piece.raw.path))


def doubt_filtered(rows: Rows) -> Iterator[Problem]:
    """Take what they answer for from exports whose title says that only some states were asked for, of which an
    indicator asks what share of all they are, or only some of the choices by which rows are told apart; and from files
    whose name says a state, where no other says the contrary."""
    shares = rows.usage.shares
    named = [(piece, found[0]) for piece in rows.pieces if (found := _STATE.search(_beside_ledger(piece, rows)))]
    for piece, state in named:
        if {_contrary(state)}.isdisjoint(said for _, said in named):
            piece.covers = None
            yield Problem("D108", f"文件名写着“{state}”,像是只有一部分,看不出全部有多少", Place(piece.raw.path))
    for piece in rows.pieces:
        said = [text for row in rows_above(piece.raw, piece.part.header.row) for text in row]
        for condition in (plain(text) for text in said if _CONDITION.search(plain(text))):
            name = next(
                (one for one in shares if re.search(rf"{re.escape(plain(one))}\s*(?:=|:|为|是)", condition)), ""
            )
            if (name and any(plain(text) in condition for text in shares[name])) or _leaves_out(rows, condition):
                piece.covers = None
                what = f"表上写着只导出了一部分({condition[:40]}),看不出全部有多少"
                yield Problem("D108", what, piece.raw.place)


def _leaves_out(rows: Rows, condition: str) -> bool:
    """Whether a condition lists some of a choice's values and not others, on which something depends: 优先级=三级."""
    for name, column in rows.source.columns.items():
        listed = re.search(rf"{re.escape(plain(name))}\s*(?:=|:|为|是)\s*([^;\s]+)", condition)
        if listed and column.values and name in rows.usage.read:
            words = {column.spellings.get(fold(word), "") for word in re.split("[,、/|]", listed[1])}
            others = column.values.keys() - words
            if "" not in words and others and not words >= rows.usage.literals.get(name, others):
                return True
    return False


def _beside_ledger(piece: Piece, rows: Rows) -> str:
    """The file's name without its ending and the ledger's name."""
    return plain(piece.raw.path.rpartition("/")[2].rpartition(".")[0]).replace(plain(rows.source.name), "")


def _contrary(state: str) -> str:
    return ("未" if state[0] == "已" else "已") + state[1:]


_STATE = re.compile(r"(?<![\u4e00-\u9fff])[已未](?:关闭|完成|办结|解决|结案|整改|恢复|处理|归档)(?![\u4e00-\u9fff])")
_CONDITION = re.compile("(?:查询|筛选|过滤|检索|导出|统计)条件|筛选")


def _titled(piece: Piece) -> list[str]:
    """The departments that the titles above a table say: 填报部门:通信部."""
    said = titles_above(piece.raw, piece.part.header.row)
    return [text for label, text in said if _OWNER.fullmatch(label)]


_OWNER = re.compile("(?:填报|报送|提交|上报|编制|制表|统计|所属|责任)?(?:部门|单位)")


def _names(path: str, department: str) -> bool:
    """Whether a department stands in a path by itself, and not within another word."""
    edge = r"[_\-\s()（）\[\]./·]"
    return re.search(rf"(?:^|{edge}){re.escape(department)}(?:$|{edge}|\d)", path) is not None


def doubt_copies(rows: Rows) -> Iterator[Problem]:
    """Doubt one file that two departments handed in, or the same records: they are one's, and of the other nothing is
    known."""
    same: dict[object, list[Piece]] = defaultdict(list)
    sizes: dict[int, set[str]] = defaultdict(set)
    for piece in rows.pieces:
        sizes[len(piece.rows)].add(piece.raw.department)
        if piece.raw.sha256 and len(piece.rows):
            same[piece.raw.sha256].append(piece)
    alike = {size for size, departments in sizes.items() if size >= _FEWEST_ALIKE and len(departments) > 1}
    records = numbers_of([key_numbers(rows), content_numbers(rows)]) if alike else np.zeros(0)
    for at, piece in enumerate(rows.pieces):
        if len(piece.rows) in alike:
            same[frozenset(records[rows.export == at].tolist())].append(piece)
    whose: dict[str, str] = {}
    for copies in same.values():
        departments = list(dict.fromkeys(piece.raw.department for piece in copies))
        if len(departments) > 1 and len({piece.raw.path for piece in copies}) > 1:
            for piece in copies:
                piece.covers = None
                piece.shared[:] = True
                piece.doubted |= piece.raw.department != departments[0]
                whose[piece.raw.path] = "、".join(departments)
    for path, owners in whose.items():
        yield Problem("D133", f"{owners} 交的是同一个文件,或一样的记录", Place(path))


def doubt_versions(rows: Rows) -> Iterator[Problem]:
    """Doubt what only one of two files has that share records and answer for the same time."""
    dated = rows.source.date in rows.typed and not rows.source.snapshot
    files = [list(group) for _, group in groupby(range(len(rows.pieces)), key=lambda at: rows.pieces[at].raw.path)]
    pairs = [pair for pair in combinations(files, 2) if _common_time(rows, *pair)] if dated else []
    if not pairs:
        return
    key, content = key_numbers(rows), content_numbers(rows)
    dates = rows.typed[rows.source.date or ""].values
    for one, other in pairs:
        start, end = map(micros_of, _common_time(rows, one, other) or ())
        inside = (dates >= start) & (dates < end) & ~rows.doubted
        first, second = (np.flatnonzero(inside & np.isin(rows.export, file)) for file in (one, other))
        smaller = min(len(first), len(second))
        for numbers, fewest in ((key, _FEWEST), (content, _FEWEST_ALIKE)):
            shared = np.intersect1d(_once(numbers[first]), _once(numbers[second]))
            # two teams' lists may well have some lines alike
            needed = smaller // 2 + 1 if numbers is key else smaller
            if len(shared) >= max(fewest, needed):
                lone = [mine[~np.isin(numbers[mine], numbers[its])] for mine, its in ((first, second), (second, first))]
                again = second[np.isin(content[second], shared)] if numbers is content else second[:0]
                yield from _doubted(rows, (one[0], other[0]), np.concatenate([*lone, again]))
                break


def _once(numbers: np.ndarray) -> np.ndarray:
    found, counts = np.unique(numbers, return_counts=True)
    return np.asarray(found[counts == 1])


def _doubted(rows: Rows, files: tuple[int, int], at: np.ndarray) -> Iterator[Problem]:
    found = np.isin(np.arange(len(rows.row)), at)
    for piece, mine in rows.having(found):
        piece.doubted |= found[mine]
    if len(at):
        one, other = (rows.pieces[file].raw.path for file in files)
        yield Problem("D132", f"与 {one} 像是同一份台账的两个版本,{len(at)} 行只在一份中有或编号不同", Place(other))


def _common_time(rows: Rows, one: Sequence[int], other: Sequence[int]) -> Days | None:
    """The days for which two files of one department both answer, as far as both were known when they were saved."""
    pieces = [[rows.pieces[at] for at in file] for file in (one, other)]
    given = [file[0].part.given for file in pieces]
    if pieces[0][0].raw.department != pieces[1][0].raw.department or given[0] != given[1]:
        return None  # what their names say tells them apart
    times = [days for file in pieces if (days := _time_of(file))]
    if len(times) < 2:
        return None
    start, end = max(days[0] for days in times), min(days[1] for days in times)
    return (start, end) if start < end else None


def _time_of(pieces: Sequence[Piece]) -> Days | None:
    times = [piece.time for piece in pieces if piece.time]
    if not times:
        return None
    start, end = min(days[0] for days in times), max(days[1] for days in times)
    made = [day for piece in pieces for day in piece.made if start <= day < end]
    return start, min([end, *made])
