"""Write constraints.txt: the versions of everything that the program needs, on Windows and Linux, as wheels.

Usage: python tools/make_lock.py. Asks the package index; fails where something has no wheel for one of the systems.
Convention: pip chooses wheels by the system that it's told, but reads conditions ("on Windows alone") by the one that
it runs on. So what is needed under a condition is looked for here, and asked for by name.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "constraints.txt"
LINUX = [f"manylinux_2_{at}_x86_64" for at in range(28, 16, -1)] + ["manylinux2014_x86_64", "manylinux1_x86_64"]
SYSTEMS = {"win32": ["win_amd64"], "linux": LINUX}
PYTHON = "3.12"
AROUND = {
    "win32": {"os_name": "nt", "sys_platform": "win32", "platform_system": "Windows", "platform_machine": "AMD64"},
    "linux": {"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64"},
}
"""What conditions are about, as each system says it."""
HEAD = """\
# What itss-kpi was tested with, the same on Windows and Linux; made by tools/make_lock.py. Use:
#   pip install -c constraints.txt .
"""


def resolved(system: str) -> dict[str, str]:
    """The version of each package on a system, from wheels alone."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["encrypted"]]
    while True:
        packages = asked(system, wanted)
        versions: dict[str, str] = {canonicalize_name(one["name"]): one["version"] for one in packages}
        needs = [Requirement(text) for one in packages for text in one.get("requires_dist", [])]
        here = [one for one in needs if applies(one, system, PYTHON) and canonicalize_name(one.name) not in versions]
        if not here:
            return versions
        wanted += [str(one).partition(";")[0] for one in here]


def asked(system: str, wanted: list[str]) -> list[dict[str, Any]]:
    """The metadata of what pip would install on a system."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--dry-run", "--ignore-installed", "--quiet", "--report", "-", "--target", folder]
        tags = [word for tag in SYSTEMS[system] for word in ("--platform", tag)]
        wheels = ["--only-binary", ":all:", *tags, "--python-version", PYTHON]
        command = [sys.executable, "-m", "pip", "install", *options, *wheels, *wanted]
        found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [one["metadata"] for one in json.loads(found)["install"]]


def applies(need: Requirement, system: str, python: str, extras: Iterable[str] = ()) -> bool:
    """Whether a dependency is asked for on a system, under a version of Python and with a package's extras."""
    minor = ".".join(python.split(".")[:2])
    around = AROUND[system] | {"python_version": minor, "python_full_version": python}
    return need.marker is None or any(need.marker.evaluate(around | {"extra": one}) for one in ("", *extras))


def main() -> None:
    found = {system: resolved(system) for system in SYSTEMS}
    lines = []
    for name in sorted({name for versions in found.values() for name in versions}):
        versions = {system: one[name] for system, one in found.items() if name in one}
        same = len(set(versions.values())) == 1
        if same and len(versions) == len(SYSTEMS):
            lines.append(f"{name}=={next(iter(versions.values()))}")
        else:
            lines += [f"{name}=={version} ; sys_platform == '{system}'" for system, version in versions.items()]
    LOCK.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    print(f"{LOCK.name}: {len(lines)} packages")


if __name__ == "__main__":
    main()
