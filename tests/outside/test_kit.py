"""The offline kit for Windows, of a small stand-in for Python and small wheels made here: what it holds, what is refused."""

import hashlib
import importlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kit.sample import ROOT

PYTHON = "3.12.10"
PTH = b"python312.zip\r\n.\r\n\r\n# Uncomment to run site.main() automatically\r\n#import site\r\n"
WHEN = 1_700_000_000
Wheels = Callable[..., Any]


@pytest.fixture(scope="module")
def tool() -> Iterator[Any]:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        yield importlib.import_module("make_kit")
    finally:
        sys.path.pop(0)
        for name in ("make_kit", "make_lock"):
            del sys.modules[name]


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    path = tmp_path / f"python-{PYTHON}-embed-amd64.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name, data in {"python.exe": b"MZ", "LICENSE.txt": b"PSF", "python312._pth": PTH}.items():
            made.writestr(name, data)
    return path


@pytest.fixture
def wheel(tool: Any, tmp_path: Path) -> Wheels:
    def make(
        name: str,
        *needs: str,
        tag: str = "py3-none-any",
        files: dict[str, str] | None = None,
        licence: str = "licenses/MIT.txt",
    ) -> Any:
        info = f"{name}-1.0.dist-info"
        lines = ["Metadata-Version: 2.4", f"Name: {name}", "Version: 1.0", "Requires-Python: >=3.11"]
        lines += [f"Requires-Dist: {need}" for need in needs]
        held = {f"{name}/__init__.py": "", f"{info}/METADATA": "\n".join(lines), f"{info}/{licence}": "MIT"}
        path = tmp_path / f"{name}-1.0-{tag}.whl"
        with zipfile.ZipFile(path, "w") as made:
            for place, text in (held | (files or {})).items():
                made.writestr(place, text)
        return tool.Wheel(path)

    return make


@pytest.fixture
def wheels(wheel: Wheels) -> list[Any]:
    own = wheel("itss_kpi", "fast>=1", 'locks; extra == "encrypted"', 'other; extra == "test"')
    fast = wheel("fast", 'colours; sys_platform == "win32"', 'unix; os_name == "posix"', tag="cp312-cp312-win_amd64")
    return [own, fast, wheel("colours"), wheel("locks", tag="cp310-abi3-win_amd64")]


def read(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        return {name.removeprefix("itss-kpi/"): opened.read(name) for name in opened.namelist()}


def test_the_kit_is_whole_and_the_same_twice(tool: Any, runtime: Path, wheels: list[Any], tmp_path: Path) -> None:
    archive = tool.make(runtime, wheels, tmp_path / "once", WHEN)
    assert archive.name == "itss-kpi-1.0-windows-amd64.zip"
    assert archive.read_bytes() == tool.make(runtime, wheels, tmp_path / "again", WHEN).read_bytes()
    held = read(archive)
    assert {
        "python/python.exe",
        "python/Lib/site-packages/fast/__init__.py",
        "python/start.py",
    } <= held.keys()
    assert held["示例/kpi_definitions.yaml"] == (ROOT / "kpi_definitions.yaml").read_bytes()
    assert any(name.startswith("示例/sample_data/信息部/") for name in held)
    assert not any("/." in name for name in held)
    lines = dict(line.split("  ")[::-1] for line in held.pop("SHA256SUMS").decode().splitlines())
    assert lines == {name: hashlib.sha256(data).hexdigest() for name, data in held.items()}


def test_python_finds_the_packages_and_nothing_else(tool: Any, runtime: Path, wheels: list[Any]) -> None:
    kit = tool.kit_of(runtime, wheels, "x.zip")
    assert kit["python/python312._pth"] == PTH + b"Lib\\site-packages\r\n"


@pytest.mark.parametrize("name", ["itss-kpi.cmd", "开始.cmd"])
def test_command_files_are_plain_until_utf8_is_set(tool: Any, runtime: Path, wheels: list[Any], name: str) -> None:
    text = tool.kit_of(runtime, wheels, "x.zip")[name]
    assert text.count(b"\n") == text.count(b"\r\n") > 4
    before, found, after = text.partition(b"chcp 65001 >nul")
    assert found
    assert before.isascii()
    assert b"PYTHONUTF8=1\r\n" in after
    assert b'"%~dp0python\\python.exe"' in after


def test_the_text_says_what_was_not_tried(tool: Any, runtime: Path, wheels: list[Any]) -> None:
    raw = tool.kit_of(runtime, wheels, "x.zip")["说明.txt"]
    text = raw.decode("utf-8-sig")
    assert raw.startswith(b"\xef\xbb\xbf")
    assert text.count("\n") == text.count("\r\n")
    for words in ("没有在真正的 Windows 上运行过", "certutil -hashfile x.zip SHA256", f"Python {PYTHON}", "(3 个)"):
        assert words in text


def test_a_distribution_of_another_hash_or_name_is_refused(tool: Any, runtime: Path) -> None:
    tool.check_hash(runtime, hashlib.sha256(runtime.read_bytes()).hexdigest().upper())
    with pytest.raises(SystemExit, match=f"its SHA-256 is .*, not {tool.PINNED[PYTHON]}; download it again"):
        tool.check_hash(runtime, None)
    with pytest.raises(SystemExit, match=r"isn't pinned; give python\.org's with --sha256"):
        tool.check_hash(runtime.with_name("python-3.13.99-embed-amd64.zip"), None)
    with pytest.raises(SystemExit, match="don't rename it"):
        tool.check_hash(runtime.with_name("python.zip"), None)


def test_a_zip_that_is_no_distribution_is_refused(tool: Any, runtime: Path, wheels: list[Any]) -> None:
    other = runtime.rename(runtime.with_name("python-3.13.1-embed-amd64.zip"))
    with pytest.raises(SystemExit, match=r"has no python313\._pth"):
        tool.kit_of(other, wheels, "x.zip")


def test_what_is_needed_on_windows_must_be_there(tool: Any, wheels: list[Any], wheel: Wheels) -> None:
    assert tool.closure(wheels, PYTHON) == []
    missing = tool.closure([one for one in wheels if one.path.name[0] not in "cl"], PYTHON)
    assert sorted(said.partition(" on ")[0] for said in missing) == [
        'fast-1.0-cp312-cp312-win_amd64.whl needs colours; sys_platform == "win32"',
        'itss_kpi-1.0-py3-none-any.whl needs locks; extra == "encrypted"',
    ]
    assert tool.closure([wheel("itss_kpi", "fast>=2"), *wheels[1:]], PYTHON) == [
        "itss_kpi-1.0-py3-none-any.whl needs fast>=2, and fast-1.0-cp312-cp312-win_amd64.whl is there; run make lock."
    ]
    assert "itss_kpi-1.0-py3-none-any.whl is for Python >=3.11, not 3.10.1." in tool.closure(wheels, "3.10.1")


@pytest.mark.parametrize("tag", ["cp312-cp312-manylinux_2_28_x86_64", "cp311-cp311-win_amd64", "cp312-cp312-win32"])
def test_a_wheel_for_something_else_is_refused(tool: Any, wheel: Wheels, wheels: list[Any], tag: str) -> None:
    assert tool.tags(wheels, PYTHON) == []
    assert tool.tags([wheel("odd", tag=tag)], PYTHON) == [f"odd-1.0-{tag}.whl isn't for Python {PYTHON} on win_amd64."]


def test_a_package_without_its_licence_is_refused(tool: Any, wheel: Wheels) -> None:
    assert tool.licences([wheel("fair"), wheel("bare", licence="RECORD")]) == [
        "bare-1.0-py3-none-any.whl has no licence in its dist-info."
    ]


@pytest.mark.parametrize("name", ["a/con.py", "a/NUL", "com1.tar.gz/x", "a/b.", "a/b /c", "a:b", "a/b?.txt", "a\\b"])
def test_a_name_that_windows_refuses(tool: Any, name: str) -> None:
    assert [said for said in tool.names([name, "a/console.py", "示例/一.xlsx"]) if "Windows refuses the name" in said]


def test_names_that_differ_in_case_alone(tool: Any) -> None:
    assert tool.names(["a/x.py", "a/y.py"]) == []
    assert tool.names(["a/X.py", "a/x.py"]) == ["a/x.py: to Windows a/x.py is a/X.py."]
    assert tool.names(["A/x.py", "a/y.py"]) == ["a/y.py: to Windows a is A."]


def test_two_packages_with_one_path(tool: Any, runtime: Path, wheels: list[Any], wheel: Wheels) -> None:
    with pytest.raises(SystemExit, match=r"site-packages/fast/__init__\.py: two packages have it"):
        tool.kit_of(runtime, [*wheels, wheel("slow", files={"fast/__init__.py": "1"})], "x.zip")


def test_a_path_that_is_too_long_stops_the_kit(
    tool: Any, runtime: Path, wheels: list[Any], wheel: Wheels, tmp_path: Path
) -> None:
    prefix = len("C:\\itss-kpi\\itss-kpi\\")
    assert tool.lengths(["x" * (199 - prefix)]) == []
    long = wheel("long", files={"long/" + "x" * 200: ""})
    with pytest.raises(SystemExit, match=r"site-packages/long/x+: \d+ characters, and must have less than 200"):
        tool.make(runtime, [*wheels, long], tmp_path / "out", WHEN)
    assert not (tmp_path / "out").exists()


def test_scripts_and_headers_stay_out(wheel: Wheels) -> None:
    made = wheel("odd", files={"odd-1.0.data/scripts/run": "", "odd-1.0.data/purelib/odd/more.py": ""})
    assert {path for path, _ in made.unpacked() if "dist-info" not in path} == {
        "odd/__init__.py",
        "odd/more.py",
    }


def test_a_written_kit_that_gives_back_something_else(tool: Any, tmp_path: Path) -> None:
    kit = {"a": b"1"}
    kit["SHA256SUMS"] = tool.sums(kit)
    tool.write(kit | {"a": b"2"}, tmp_path / "k.zip", WHEN)
    assert tool.unlike(tmp_path / "k.zip", kit) == ["k.zip: doesn't match SHA256SUMS."]


def test_all_of_the_lock_for_windows_is_fetched(tool: Any) -> None:
    locked = tool.locked(PYTHON)
    assert any(one.startswith("colorama==") for one in locked)
    assert not any(";" in one for one in locked)


def test_a_double_click_shows_the_sample_in_a_copy(tmp_path: Path) -> None:
    sample = tmp_path / "示例"
    (sample / "sample_data").mkdir(parents=True)
    (sample / "kpi_definitions.yaml").write_bytes((ROOT / "kpi_definitions.yaml").read_bytes())
    start = tmp_path / "python" / "start.py"
    start.parent.mkdir()
    start.write_bytes((ROOT / "tools" / "kit" / "start.py").read_bytes())
    for _ in range(2):
        shown = subprocess.run(
            [sys.executable, start], capture_output=True, env=os.environ | {"PYTHONUTF8": "1"}, check=True
        )
        assert (tmp_path / "试用" / "sample_data").is_dir()
    text = shown.stdout.decode()
    assert text.startswith("itss-kpi 按运维服务质量管理计划")
    assert "数据缺失" in text
    assert f"打开文件夹“{tmp_path / '试用'}”" in text
