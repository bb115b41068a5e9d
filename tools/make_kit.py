"""Write the offline kit for Windows: one zip with Python, all that the program needs, and the sample to double-click.

Usage: python tools/make_kit.py --python python-3.12.10-embed-amd64.zip [--sha256 HASH] [--output DIR]. The embeddable
distribution is what python.org offers for Windows (64-bit); its hash is pinned here, and of another version --sha256
says it. The wheels of constraints.txt come from the package index; the same commit gives the same bytes.

Convention: a kit is a dict from each path below its folder, with /, to the file's bytes. What isn't right with it is a
list of sentences, empty where all is well, and all of them are looked for before anything is written.
"""

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from functools import cached_property
from pathlib import Path, PurePosixPath
from time import gmtime

from make_lock import LOCK, ROOT, applies
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_wheel_filename

TEXTS = ROOT / "tools" / "kit"
WHOLE = Requirement("itss-kpi[encrypted]")
PINNED = {"3.12.10": "4acbed6dd1c744b0376e3b1cf57ce906f9dc9e95e68824584c8099a63025a3c3"}
"""The SHA-256 of embeddable distributions for amd64; docs/dependencies.md says where it is from."""
TOP, PACKAGES, SUMS = "itss-kpi", "python/Lib/site-packages", "SHA256SUMS"
USUAL, LONGEST, WINDOWS_LIMIT = r"C:\itss-kpi", 200, 260
_RUNTIME = re.compile(r"python-(3\.\d+)(\.\d+)-embed-amd64\.zip")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_REFUSED = re.compile(r'[<>:"\\|?*\x00-\x1f]|[. ]$')
_LICENCE = re.compile(r"(?i)licen[cs]e|copying|notice")

Kit = dict[str, bytes]


@dataclass(frozen=True)
class Wheel:
    """A wheel's file: what it is called, what it asks for, what it holds."""

    path: Path

    @cached_property
    def files(self) -> Kit:
        with zipfile.ZipFile(self.path) as opened:
            return {one.filename: opened.read(one) for one in opened.infolist() if not one.is_dir()}

    @cached_property
    def metadata(self) -> Message:
        path = next(path for path in self.files if re.fullmatch(r"[^/]+\.dist-info/METADATA", path))
        return BytesParser().parsebytes(self.files[path])

    @property
    def requires(self) -> list[Requirement]:
        return [Requirement(text) for text in self.metadata.get_all("Requires-Dist", [])]

    def unpacked(self) -> Iterator[tuple[str, bytes]]:
        """Its files by their paths among the packages; scripts, headers and data aren't for the kit."""
        for path, data in self.files.items():
            placed = re.fullmatch(r"[^/]+\.data/(?:(?:pure|plat)lib/(?P<lib>.+)|.+)", path)
            if placed is None or placed["lib"]:
                yield (placed["lib"] if placed else path), data


def version_of(runtime: Path) -> tuple[str, str]:
    """An embeddable distribution's minor and full version, by the name that python.org gives it."""
    named = _RUNTIME.fullmatch(runtime.name)
    if named is None:
        raise SystemExit(f"{runtime.name}: isn't named python-3.X.Y-embed-amd64.zip as on python.org; don't rename it.")
    return named[1], named[1] + named[2]


def check_hash(runtime: Path, expected: str | None) -> None:
    """Stop unless the distribution has the hash that was given, or else the one that is pinned."""
    _, full = version_of(runtime)
    wanted = expected or PINNED.get(full)
    if wanted is None:
        raise SystemExit(f"{runtime.name}: its hash isn't pinned; give python.org's with --sha256.")
    found = hashlib.sha256(runtime.read_bytes()).hexdigest()
    if found != wanted.lower():
        raise SystemExit(f"{runtime.name}: its SHA-256 is {found}, not {wanted}; download it again.")


# --- what the kit holds ---


def kit_of(runtime: Path, wheels: Sequence[Wheel], archive: str) -> Kit:
    """All files of the kit."""
    kit: Kit = {}
    for path, data in [*_runtime(runtime), *_packages(wheels), *_sample()]:
        if kit.setdefault(path, data) != data:
            raise SystemExit(f"{path}: two packages have it, with different contents.")
    kit["python/start.py"] = (TEXTS / "start.py").read_bytes()
    for name in ("itss-kpi.cmd", "开始.cmd"):
        kit[name] = crlf((TEXTS / name).read_text(encoding="utf-8"))
    own = next(one for one in wheels if one.path.name.startswith("itss_kpi-"))
    facts = {"version": own.metadata["Version"], "python": version_of(runtime)[1], "count": len(wheels) - 1}
    room = WINDOWS_LIMIT - 2 - max(map(len, kit))
    text = (TEXTS / "说明.txt").read_text(encoding="utf-8").format(**facts, room=room, archive=archive)
    kit["说明.txt"] = b"\xef\xbb\xbf" + crlf(text)
    kit[SUMS] = sums(kit)
    return kit


def crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def sums(kit: Kit) -> bytes:
    """A line for each file but this one, as sha256sum writes them."""
    lines = [f"{hashlib.sha256(kit[path]).hexdigest()}  {path}\n" for path in sorted(kit) if path != SUMS]
    return "".join(lines).encode()


def _runtime(runtime: Path) -> Iterator[tuple[str, bytes]]:
    """Python's own files. Its ._pth is all of the path, so the packages get a line there; site isn't needed."""
    pth = f"python{version_of(runtime)[0].replace('.', '')}._pth"
    with zipfile.ZipFile(runtime) as opened:
        files = {one.filename: opened.read(one) for one in opened.infolist() if not one.is_dir()}
    if absent := {pth, "python.exe", "LICENSE.txt"} - files.keys():
        raise SystemExit(f"{runtime.name}: has no {', '.join(sorted(absent))}, so it's no embeddable distribution.")
    lines = [*files[pth].decode().splitlines(), PACKAGES.removeprefix("python/").replace("/", "\\")]
    files[pth] = crlf("\n".join(lines) + "\n")
    return ((f"python/{path}", data) for path, data in files.items())


def _packages(wheels: Iterable[Wheel]) -> Iterator[tuple[str, bytes]]:
    return ((f"{PACKAGES}/{path}", data) for wheel in wheels for path, data in wheel.unpacked())


def _sample() -> Iterator[tuple[str, bytes]]:
    for path in [ROOT / "kpi_definitions.yaml", *(ROOT / "sample_data").rglob("*")]:
        if path.is_file() and not path.name.startswith((".", "~$")):
            yield f"示例/{path.relative_to(ROOT).as_posix()}", path.read_bytes()


# --- whether it will do ---


def problems(kit: Kit, wheels: Sequence[Wheel], python: str) -> list[str]:
    """All that isn't right with a kit for a full version of Python."""
    return [*closure(wheels, python), *tags(wheels, python), *licences(wheels), *names(kit), *lengths(kit)]


def closure(wheels: Sequence[Wheel], python: str) -> list[str]:
    """What the program and its dependencies ask for on Windows, and isn't there or doesn't fit."""
    have = {parse_wheel_filename(one.path.name)[0]: one for one in wheels}
    asked = [(one.path.name, one.metadata["Requires-Python"] or "") for one in wheels]
    said = [f"{name} is for Python {text}, not {python}." for name, text in asked if python not in SpecifierSet(text)]
    wanted, seen = [("The kit", WHOLE)], set()
    while wanted:
        asker, need = wanted.pop()
        found = have.get(canonicalize_name(need.name))
        if found is None:
            said.append(f"{asker} needs {need} on Windows, and it isn't there; run make lock.")
        elif not need.specifier.contains(found.metadata["Version"], prereleases=True):
            said.append(f"{asker} needs {need}, and {found.path.name} is there; run make lock.")
        elif (key := (found.path.name, *sorted(need.extras))) not in seen:
            seen.add(key)
            applied = [one for one in found.requires if applies(one, "win32", python, need.extras)]
            wanted += [(found.path.name, one) for one in applied]
    return said


def tags(wheels: Iterable[Wheel], python: str) -> list[str]:
    """Wheels that this Python can't load on 64-bit Windows."""
    major, minor, *_ = map(int, python.split("."))
    at, platform = (major, minor), ["win_amd64"]
    good: set[Tag] = {*cpython_tags(at, platforms=platform), *compatible_tags(at, f"cp{major}{minor}", platform)}
    bad = [one.path.name for one in wheels if good.isdisjoint(parse_wheel_filename(one.path.name)[3])]
    return [f"{name} isn't for Python {python} on win_amd64." for name in bad]


def licences(wheels: Iterable[Wheel]) -> list[str]:
    """Packages that would be handed on without their licence."""
    bare = [one.path.name for one in wheels if not any(map(_is_licence, one.files))]
    return [f"{name} has no licence in its dist-info." for name in bare]


def _is_licence(path: str) -> bool:
    folder, _, rest = path.partition("/")
    return folder.endswith(".dist-info") and bool(_LICENCE.search(rest))


def names(kit: Iterable[str]) -> list[str]:
    """Paths that Windows refuses, and those that are one path to it."""
    spelled: dict[str, str] = {}
    said = []
    for path in map(PurePosixPath, sorted(kit)):
        for part in path.parts:
            if _RESERVED.fullmatch(part) or _REFUSED.search(part):
                said.append(f"{path}: Windows refuses the name {part!r}.")
        for one in map(str, (path, *path.parents)):
            if spelled.setdefault(one.casefold(), one) != one:
                said.append(f"{path}: to Windows {one} is {spelled[one.casefold()]}.")
    return said


def lengths(kit: Iterable[str]) -> list[str]:
    """Paths that are too long where a kit usually lies."""
    long = [path for path in map(placed, kit) if len(path) >= LONGEST]
    return [f"{path}: {len(path)} characters, and must have less than {LONGEST}." for path in long]


def placed(path: str) -> str:
    return rf"{USUAL}\{TOP}\{path}"


def unlike(archive: Path, kit: Kit) -> list[str]:
    """What a written kit doesn't give back: damaged, not there, or not as SHA256SUMS says."""
    with zipfile.ZipFile(archive) as opened:
        if broken := opened.testzip():
            return [f"{archive.name}: {broken} is damaged."]
        read = {one.removeprefix(f"{TOP}/"): opened.read(one) for one in opened.namelist()}
    return [] if read.keys() == kit.keys() and sums(read) == read[SUMS] else [f"{archive.name}: doesn't match {SUMS}."]


# --- where it comes from and goes to ---


def fetch(folder: Path, python: str) -> list[Wheel]:
    """The program's own wheel and the locked ones for Windows, from the package index."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    minor = python.rpartition(".")[0]
    target = ["--platform", "win_amd64", "--python-version", minor, "--implementation", "cp", "--only-binary", ":all:"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT], check=True)
    subprocess.run([*pip, "download", "--no-deps", *target, "--dest", folder, *locked(python)], check=True)
    return [Wheel(path) for path in sorted(folder.glob("*.whl"))]


def locked(python: str) -> list[str]:
    """What constraints.txt asks for on Windows."""
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    all_of_them = [Requirement(line) for line in lines if not line.startswith("#")]
    return [f"{one.name}{one.specifier}" for one in all_of_them if applies(one, "win32", python)]


def write(kit: Kit, archive: Path, when: int) -> None:
    """The zip: sorted, of one time (seconds since 1970), marked as Unix's, since unzip misreads the names of others."""
    with zipfile.ZipFile(archive, "w") as opened:
        for path in sorted(kit):
            entry = zipfile.ZipInfo(f"{TOP}/{path}", gmtime(when)[:6])
            entry.create_system, entry.external_attr, entry.compress_type = 3, 0o644 << 16, zipfile.ZIP_DEFLATED
            opened.writestr(entry, kit[path])


def _time_of_commit() -> int:
    """Not one time for ever: Python takes a changed file of the same time and length for the one that it compiled."""
    asked = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    return int(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)


def _stop_at(said: Sequence[str]) -> None:
    if said:
        raise SystemExit("\n".join(said))


def make(runtime: Path, wheels: Sequence[Wheel], output: Path, when: int) -> Path:
    """The kit's zip in a folder; stops with all that isn't right, before anything is written."""
    own = next(one for one in wheels if one.path.name.startswith("itss_kpi-"))
    archive = output / f"itss-kpi-{own.metadata['Version']}-windows-amd64.zip"
    kit = kit_of(runtime, wheels, archive.name)
    _stop_at(problems(kit, wheels, version_of(runtime)[1]))
    output.mkdir(parents=True, exist_ok=True)
    write(kit, archive, when)
    _stop_at(unlike(archive, kit))
    longest = max(map(len, map(placed, kit)))
    size, unpacked = archive.stat().st_size / 2**20, sum(map(len, kit.values())) / 2**20
    print(f"{archive}: {size:.0f} MiB, unpacked {unpacked:.0f} MiB; {len(wheels)} wheels, {len(kit)} files")
    print(f"longest path {longest} characters; SHA-256 {hashlib.sha256(archive.read_bytes()).hexdigest()}")
    return archive


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the offline kit for Windows.")
    parser.add_argument("--python", type=Path, required=True, help="python-3.X.Y-embed-amd64.zip of python.org")
    parser.add_argument("--sha256", help="its hash as python.org says it, where it isn't pinned here")
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="the folder that the zip is written to")
    given = parser.parse_args()
    check_hash(given.python, given.sha256)
    with tempfile.TemporaryDirectory() as folder:
        make(given.python, fetch(Path(folder), version_of(given.python)[1]), given.output, _time_of_commit())


if __name__ == "__main__":
    main()
