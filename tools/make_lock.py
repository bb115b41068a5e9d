"""Write constraints.txt: the versions of everything that the program needs, on Windows and Linux, as wheels.

Usage: python tools/make_lock.py. Asks the package index; fails where something has no wheel for one of the systems.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "constraints.txt"
LINUX = [f"manylinux_2_{at}_x86_64" for at in range(28, 16, -1)] + ["manylinux2014_x86_64", "manylinux1_x86_64"]
SYSTEMS = {"win32": ["win_amd64"], "linux": LINUX}
HEAD = """\
# What itss-kpi was tested with, the same on Windows and Linux; made by tools/make_lock.py. Use:
#   pip install -c constraints.txt .
"""


def resolved(system: str) -> dict[str, str]:
    """The version of each package on a system, from wheels alone."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["encrypted"]]
    with tempfile.TemporaryDirectory() as folder:
        options = ["--dry-run", "--ignore-installed", "--quiet", "--report", "-", "--target", folder]
        tags = [word for tag in SYSTEMS[system] for word in ("--platform", tag)]
        wheels = ["--only-binary", ":all:", *tags, "--python-version", "3.12"]
        command = [sys.executable, "-m", "pip", "install", *options, *wheels, *wanted]
        found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    packages = [one["metadata"] for one in json.loads(found)["install"]]
    return {one["name"].lower().replace("_", "-"): one["version"] for one in packages}


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
