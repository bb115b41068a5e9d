"""Processes that start in a hundredth of a second: forks of one that has imported everything.

`python -m itss_kpi` and the reader's worker need most of a second of the processor for imports, thousands of times in a
run of the tests. Here a server imports them once and forks: each fork is a process of its own, with its own session,
signals, limits and streams. What a start itself does is tested with real ones: reading/test_reader.py, and `process`.
"""

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import IO, Any

import pytest

CAN_FORK = sys.platform == "linux"
"""Elsewhere real processes do: slower, and the same."""


# ---- the server


def serve(line: socket.socket) -> None:
    """Fork what is asked for, and tell how each fork ended; until nobody can ask any more."""
    for name in sys.argv[2:]:
        importlib.import_module(name)
    gc.freeze()
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    told: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([line, ended], [], [])
        if ended in ready:
            os.read(ended, 4096)
            _tell(told)
        if line in ready:
            text, handed, _, _ = socket.recv_fds(line, 1 << 20, 4)
            if not text:
                return
            pid = os.fork()
            if pid == 0:
                for number in (line.detach(), ended, wake, *told.values()):
                    os.close(number)
                _become(json.loads(text), handed)
            for number in handed[:3]:
                os.close(number)
            told[pid] = handed[3]
            line.send(str(pid).encode())


def _tell(told: dict[int, int]) -> None:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            status = told.pop(ended[0])
            with contextlib.suppress(OSError):
                os.write(status, str(os.waitstatus_to_exitcode(ended[1])).encode())
            os.close(status)


def _become(request: dict[str, Any], handed: list[int]) -> None:
    """The process that was asked for."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    for number, stream in enumerate(handed[:3]):
        os.dup2(stream, number)
    for stream in handed:
        os.close(stream)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.stdin, sys.stdout = open(0, encoding="utf-8"), open(1, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
    what, *sys.argv[1:] = request["argv"]
    code: Any = 1
    try:
        code = (
            runpy.run_path(what, run_name="__main__") if what.endswith(".py") else importlib.import_module(what).main()
        )
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    # and not by tearing down what is shared with the server, which would copy all of it
    atexit._run_exitfuncs()
    for output in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            output.flush()
    os._exit(code if isinstance(code, int) else 0)


# ---- who asks


class Warm:
    """The server, started when the first process is asked for."""

    def __init__(self, *modules: str) -> None:
        self._modules = modules
        self._line: socket.socket | None = None

    def start(
        self, what: str, *arguments: str, cwd: Path | None = None, env: Mapping[str, str] | None = None,
        stdin: int = subprocess.DEVNULL, stdout: int = subprocess.PIPE, stderr: int = subprocess.PIPE,
    ) -> "Forked":  # fmt: skip
        """The `main` of a module, or a script, in a process of its own."""
        request = {
            "argv": [what, *arguments],
            "cwd": str(cwd or Path.cwd()),
            "env": dict(os.environ if env is None else env),
        }
        theirs, ours = zip(*(_stream(how, at == 0) for at, how in enumerate((stdin, stdout, stderr))), strict=True)
        told, status = os.pipe()
        line = self._line or self._started()
        socket.send_fds(line, [json.dumps(request).encode()], [*theirs, status])
        for number, how in zip((*theirs, status), (stdin, stdout, stderr, subprocess.PIPE), strict=True):
            if how < 0:
                os.close(number)
        return Forked(int(line.recv(32)), told, *ours)

    def _started(self) -> socket.socket:
        self._line, theirs = socket.socketpair()
        command = [sys.executable, "-X", "utf8", __file__, str(theirs.fileno()), *self._modules]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            command, pass_fds=[theirs.fileno()], start_new_session=True,
            env=environment | {"ARROW_DEFAULT_MEMORY_POOL": "system", "PYDANTIC_DISABLE_PLUGINS": "__all__"},
        )  # fmt: skip
        theirs.close()
        return self._line

    def close(self) -> None:
        """End the server."""
        if self._line:
            self._line.close()
            self._process.wait()


def _stream(how: int, is_input: bool) -> tuple[int, IO[str] | None]:
    """Their end of a stream, and ours where it is a pipe."""
    if how == subprocess.DEVNULL:
        return os.open(os.devnull, os.O_RDWR), None
    if how != subprocess.PIPE:
        return how, None
    reads, writes = os.pipe()
    if is_input:
        return reads, open(writes, "w", encoding="utf-8")
    return writes, open(reads, encoding="utf-8", errors="surrogateescape", newline="")


class Forked:
    """A process, as far as `subprocess.Popen` is used of it."""

    def __init__(
        self, pid: int, told: int, stdin: IO[str] | None, stdout: IO[str] | None, stderr: IO[str] | None
    ) -> None:
        self.pid, self.stdin, self.stdout, self.stderr = pid, stdin, stdout, stderr
        self.returncode: int | None = None
        self._told = told

    def wait(self, timeout: float | None = None) -> int:
        """The exit code."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            self.returncode = int(os.read(self._told, 32) or b"-9")
            os.close(self._told)
        return self.returncode

    def communicate(self, timeout: float = 60) -> tuple[str, str]:
        """All that it says on stdout and stderr, once it has ended by itself; its end otherwise."""
        found = ["", ""]
        readers = [
            Thread(target=lambda at, stream: found.__setitem__(at, stream.read()), args=(at, stream), daemon=True)
            for at, stream in enumerate((self.stdout, self.stderr))
            if stream
        ]
        for reader in readers:
            reader.start()
        try:
            self.wait(timeout)
        finally:
            self.kill()
        for reader in readers:
            reader.join(timeout)
        for stream in (self.stdout, self.stderr):
            if stream:
                stream.close()
        return found[0], found[1]

    def kill(self) -> None:
        """End it at once, if it hasn't ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        # it may end, and be waited for by the server, before the signal comes
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


# ---- the program


_PROGRAM = (
    "cli.main",
    "cli.indicators",
    "cli.data",
    "app.evaluation",
    "app.reports",
    "analysis.kept_tables",
    "pages.report",
    "render.csv",
    "render.markdown",
    "tables.build",
    "engine.evaluate",
    "workbook.workbook",
)
_BESIDE = (
    "email.parser", "narwhals._arrow.dataframe", "narwhals._arrow.group_by", "narwhals._arrow.namespace",
    "narwhals._interchange.dataframe", "narwhals._pandas_like.group_by", "pandas", "pyarrow.acero", "pyarrow.compute",
    "pyarrow.dataset", "pyarrow.ipc", "typer._adapters",
)  # fmt: skip
"""What these import only where they need it, as a user's first command does."""


@functools.cache
def _programs() -> Warm:
    server = Warm(*(f"itss_kpi.{name}" for name in _PROGRAM), *_BESIDE)
    atexit.register(server.close)
    return server


def program(
    *arguments: str, script: Path | None = None, cwd: Path | None = None, env: Mapping[str, str] | None = None,
    **streams: int,
) -> "Forked | subprocess.Popen[str]":  # fmt: skip
    """`itss-kpi`, or a script that makes something of it, in a process of its own."""
    if not CAN_FORK:
        return process(*arguments, script=script, cwd=cwd, env=env, **streams)
    settings = os.environ | (env or {})
    return _programs().start(str(script or "itss_kpi.cli.main"), *arguments, cwd=cwd, env=settings, **streams)


def process(
    *arguments: str, script: Path | None = None, cwd: Path | None = None, env: Mapping[str, str] | None = None,
    **streams: int,
) -> subprocess.Popen[str]:  # fmt: skip
    """The same as a user starts it, by `python -m itss_kpi`."""
    where = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(
        [sys.executable, *([str(script)] if script else ["-m", "itss_kpi"]), *arguments],
        **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams},
        cwd=cwd, env=os.environ | where | (env or {}), encoding="utf-8", errors="surrogateescape",
        start_new_session=True, preexec_fn=_heed if os.name == "posix" else None,
    )  # fmt: skip


def _heed() -> None:
    # under nohup, and in the background of a script, a process is born deaf to it
    signal.signal(signal.SIGINT, signal.SIG_DFL)


# ---- the reader's worker


_WORKER = "itss_kpi.reading.worker."
_READS = [
    _WORKER + name for name in ("main", "cache", "grid_file", "ooxml", "xls", "opendocument", "delimited", "html")
]
_READS += [_WORKER + "spreadsheet_xml", "pyarrow", "pyarrow.compute", "pyarrow.ipc", "xlrd", "xml.etree.ElementTree"]


@contextlib.contextmanager
def warm_workers() -> Iterator[None]:
    """Readers in this process get their workers from a server."""
    from itss_kpi.reading import reader

    server = Warm(*_READS)
    real = reader._COMMAND

    def started(command: list[str], stdin: int, stdout: int, stderr: int | None, env: Any, **options: Any) -> Any:
        if command is not real or stderr is None:
            return subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr, env=env, **options)
        return server.start(_READS[0], stdin=stdin, stdout=stdout, stderr=stderr, env=env)

    names = {name: getattr(subprocess, name) for name in ("PIPE", "DEVNULL", "TimeoutExpired")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "subprocess", SimpleNamespace(Popen=started, **names))
        yield
    server.close()


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
