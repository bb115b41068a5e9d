"""Mutants of what decides: small changes of the code, drawn by a seed, each of which a test must notice.

    python tools/mutants.py --seed 1 --count 500 --only engine/bounds

Convention: a mutant is one change of one module: a comparison, a connective or an operator turned into its neighbour, a
number one more or less, a truth value turned, a `not` or a statement dropped, None returned. It is run in a fork of a
process that has imported pandas and pytest but nothing of the program, and stands in for its module when that is
imported; so nothing is written, and most cost a second or two. The tests are those of the module's package, the fastest
first. What survives is listed, and the exit code is 1 where less than `KILLED` of all were killed.
"""

import argparse
import ast
import copy
import importlib
import json
import os
import random
import signal
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("core", "engine", "tables")
KILLED = 0.9
SECONDS = 300  # until a mutant that runs on and on counts as noticed
OPTIONS = ("-n0", "-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0", "-W", "ignore:Module already imported")
WARM = ("pandas", "pyarrow.compute", "narwhals", "duckdb", "pydantic", "yaml", "hypothesis.strategies", "pytest")

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_WORKED_OUT: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.Pow: ast.Mult,
}  # fmt: skip
_DROPPED = (ast.AugAssign, ast.Raise, ast.Continue, ast.Break)
_PASSED_OVER = ("annotation", "returns", "decorator_list", "type_params")  # what says nothing that a test could notice


@dataclass(frozen=True)
class Mutant:
    """The nth change of a module, and how it reads."""

    path: Path
    number: int
    shown: str

    @property
    def module(self) -> str:
        """The module's dotted name."""
        return ".".join(self.path.relative_to(ROOT).with_suffix("").parts)

    @property
    def tests(self) -> str:
        """The folder of tests of its package."""
        return f"tests/{self.path.parent.name}"

    def code(self) -> CodeType:
        """The changed module."""
        tree = ast.parse(self.path.read_text(encoding="utf-8"))
        parent, name, at, new = list(_changes(tree))[self.number]
        if at is None:
            setattr(parent, name, new)
        else:
            getattr(parent, name)[at] = new
        return compile(ast.fix_missing_locations(tree), str(self.path), "exec")


def mutants(path: Path) -> Iterator[Mutant]:
    """All of a module."""
    for number, (parent, name, at, new) in enumerate(_changes(ast.parse(path.read_text(encoding="utf-8")))):
        old = getattr(parent, name) if at is None else getattr(parent, name)[at]
        words = (" ".join(ast.unparse(node).split())[:100] for node in (old, new))
        yield Mutant(path, number, f"{path.relative_to(ROOT)}:{old.lineno}: {' → '.join(words)}")


def _changes(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """Every change below a node: whose field (and which place of it) becomes what."""
    for name, value in ast.iter_fields(node):
        if name in _PASSED_OVER:
            continue
        for at, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST):
                for new in _instead_of(child):
                    yield node, name, at, ast.copy_location(new, child)
                yield from _changes(child)


def _instead_of(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=[op]) if type(op) in _COMPARED:
            yield _with(node, ops=[_COMPARED[type(op)]()])
        case ast.BoolOp():
            yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.BinOp() | ast.AugAssign() if type(node.op) in _WORKED_OUT:
            yield _with(node, op=_WORKED_OUT[type(node.op)]())
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int(value)):
            yield ast.Constant(value + 1)
            yield ast.Constant(value - 1)
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield ast.Return(ast.Constant(None))
    called = isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
    stored = isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name | ast.Tuple)
    if called or stored or isinstance(node, _DROPPED):
        yield ast.Pass()


def _with(node: ast.AST, **fields: Any) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


# ---- runs


class _InPlace(SourceFileLoader):
    """Imports the mutant where its module is asked for."""

    def __init__(self, mutant: Mutant) -> None:
        super().__init__(mutant.module, str(mutant.path))
        self._code = mutant.code()

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        return spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, _: str) -> CodeType:
        return self._code


class _FastestFirst:
    """Puts the tests in the order of what they took without a mutant, and those that read the sample at the end."""

    def __init__(self, kept: Path) -> None:
        self._kept = kept
        self._known: dict[str, float] = json.loads(kept.read_text()) if kept.exists() else {}
        self._took: dict[str, float] = defaultdict(float)

    def pytest_collection_modifyitems(self, items: "list[pytest.Item]") -> None:
        items.sort(key=lambda item: ("sample" in getattr(item, "fixturenames", ()), self._known.get(item.nodeid, 0)))

    def pytest_runtest_logreport(self, report: "pytest.TestReport") -> None:
        self._took[report.nodeid] += report.duration

    def pytest_sessionfinish(self) -> None:
        if not self._known:
            self._kept.write_text(json.dumps(self._took))


def survives(mutant: Mutant | None, tests: str, folder: Path) -> bool:
    """Whether the tests pass with the mutant (with the code as it is, where there is none); what they take is kept in
    the folder."""
    child = os.fork()
    if child == 0:
        os.setsid()
        signal.alarm(SECONDS)
        null = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(null, stream)
        if mutant:
            sys.meta_path.insert(0, _InPlace(mutant))
        import pytest

        order = _FastestFirst(folder / f"{tests.replace('/', '-')}.json")
        os._exit(int(pytest.main([*OPTIONS, tests], plugins=[order])))
    _, status = os.waitpid(child, 0)
    return status == 0


def main() -> int:
    """Draw, run, list; the exit code."""
    parser = argparse.ArgumentParser(description="mutants of core, engine and tables, and the tests that notice them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--only", default="", help="a part of the path of those that are run of all that are drawn")
    given = parser.parse_args()
    paths = [path for package in PACKAGES for path in sorted((ROOT / "itss_kpi" / package).glob("*.py"))]
    every = [mutant for path in paths for mutant in mutants(path)]
    drawn = random.Random(given.seed).sample(every, min(given.count, len(every)))
    chosen = sorted((one for one in drawn if given.only in str(one.path)), key=lambda one: (one.path, one.number))
    sys.path.insert(0, str(ROOT))
    os.chdir(ROOT)
    for name in WARM:
        importlib.import_module(name)
    killed, total = Counter[str](), Counter(one.module for one in chosen)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = folder
        for tests in {one.tests for one in chosen}:
            if not survives(None, tests, Path(folder)):
                raise SystemExit(f"{tests} fails without a mutant")
        for one in chosen:
            if survives(one, one.tests, Path(folder)):
                print(f"survived: {one.shown}", flush=True)
            else:
                killed[one.module] += 1
    for module, count in total.items():
        print(f"{module}: {killed[module]} of {count} killed")
    print(f"seed {given.seed}: {killed.total()} of {total.total()} killed (of {len(every)} that there are)")
    return int(killed.total() < KILLED * total.total())


if __name__ == "__main__":
    sys.exit(main())
