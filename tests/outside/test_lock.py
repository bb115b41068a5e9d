"""The lock: everything that the program needs has its version there, within what the project asks for, on both systems."""

import re
import tomllib
from importlib import metadata

from kit.sample import ROOT
from packaging.requirements import Requirement
from packaging.version import Version

SYSTEMS = [
    {"os_name": "nt", "sys_platform": "win32", "platform_system": "Windows"},
    {"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux"},
]


def needs_of(name: str) -> list[Requirement]:
    """What a package asks for on either system; nothing where it is for the other one, and so isn't installed."""
    try:
        listed = map(Requirement, metadata.requires(name) or [])
    except metadata.PackageNotFoundError:
        return []
    return [one for one in listed if not one.marker or any(one.marker.evaluate({**on, "extra": ""}) for on in SYSTEMS)]


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
            wanted += needs_of(name)
    assert len(seen) >= 25
