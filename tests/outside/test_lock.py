"""The lock: everything that the program needs has its version there, within what the project asks for."""

import re
import tomllib
from importlib import metadata

from kit.sample import ROOT
from packaging.requirements import Requirement
from packaging.version import Version


def name_of(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()


def test_the_lock_holds_all_that_is_needed_in_a_version_that_fits() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    locked = dict(re.fullmatch(r"([\w.-]+)==([\w.]+)(?: ;.*)?", line).groups() for line in lines if line[0] != "#")  # type: ignore[union-attr, misc]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = list(map(Requirement, [*project["dependencies"], *project["optional-dependencies"]["encrypted"]]))
    seen: set[str] = set()
    while wanted:
        one = wanted.pop()
        name = name_of(one.name)
        assert name in locked, f"{one}: run tools/make_lock.py"
        assert one.specifier.contains(Version(locked[name])), (one, locked[name])
        if name not in seen:
            seen.add(name)
            listed = map(Requirement, metadata.requires(name) or [])
            wanted += [need for need in listed if need.marker is None or need.marker.evaluate({"extra": ""})]
    assert len(seen) >= 25
