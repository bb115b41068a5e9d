"""Processes that start in a hundredth of a second: forks of one that has imported everything.

`python -m itss_kpi` and the reader's worker need most of a second of the processor for imports, thousands of times in a
run of the tests. Here a server imports them once and forks: each fork is a process of its own, with its own session,
signals, limits and streams. What a start itself does is tested with real ones: test_reader.py, and `console.process`.
"""

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
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
    statuses: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([line, ended], [], [])
        if ended in ready:
            os.read(ended, 4096)
            _tell(statuses)
        if line in ready:
            text, handed, _, _ = socket.recv_fds(line, 1 << 20, 4)
            if not text:
                return
            pid = os.fork()
            if pid == 0:
                line.close()
                for number in (ended, wake, *statuses.values()):
                    os.close(number)
                _become(json.loads(text), handed)
            for number in handed[:3]:
                os.close(number)
            statuses[pid] = handed[3]
            line.send(str(pid).encode())


def _tell(statuses: dict[int, int]) -> None:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            told = statuses.pop(ended[0])
            with contextlib.suppress(OSError):
                os.write(told, str(os.waitstatus_to_exitcode(ended[1])).encode())
            os.close(told)


def _become(request: dict[str, Any], handed: list[int]) -> None:
    """The process that was asked for; it ends as any other does."""
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
    sys.argv = request["argv"]
    code: Any = 1
    try:
        code = importlib.import_module(request["module"]).main()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    # and not by tearing down what is shared with the server, which would copy all of it
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(code or 0)


# ---- who asks


class Warm:
    """The server, started when the first process is asked for."""

    def __init__(self, *modules: str) -> None:
        self._modules = modules
        self._line: socket.socket | None = None

    def start(
        self, module: str, *arguments: str, stdin: int, stdout: int, stderr: int, env: Mapping[str, str], cwd: Path
    ) -> "Forked":
        """The `main` of the module in a process of its own."""
        told, status = os.pipe()
        request = {"module": module, "argv": [module, *arguments], "env": dict(env), "cwd": str(cwd)}
        line = self._line or self._started()
        socket.send_fds(line, [json.dumps(request).encode()], [stdin, stdout, stderr, status])
        os.close(status)
        return Forked(int(line.recv(32)), told)

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


class Forked:
    """A process, as far as `subprocess.Popen` is used of it."""

    stdin: IO[str] | None = None
    stdout: IO[str] | None = None

    def __init__(self, pid: int, told: int) -> None:
        self.pid, self.returncode = pid, None
        self._told = told

    def wait(self, timeout: float | None = None) -> int:
        """The exit code."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            self.returncode: int | None = int(os.read(self._told, 32) or b"-9")
            os.close(self._told)
        assert self.returncode is not None
        return self.returncode

    def kill(self) -> None:
        """End it at once, if it hasn't ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        if self.returncode is None:
            os.kill(self.pid, signal.SIGKILL)


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

    def started(command: list[str], **options: Any) -> Any:
        if command is not real or options["stderr"] is None:
            return subprocess.Popen(command, **options)
        theirs, ours = os.pipe(), os.pipe()
        errors = os.open(os.devnull, os.O_WRONLY)
        found = server.start(
            _READS[0], stdin=theirs[0], stdout=ours[1], stderr=errors, env=options["env"], cwd=Path.cwd()
        )
        for number in (theirs[0], ours[1], errors):
            os.close(number)
        found.stdin = open(theirs[1], "w", encoding="utf-8")  # noqa: SIM115
        found.stdout = open(ours[0], encoding="utf-8")  # noqa: SIM115
        return found

    names = {name: getattr(subprocess, name) for name in ("PIPE", "DEVNULL", "TimeoutExpired")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "subprocess", SimpleNamespace(Popen=started, **names))
        yield
    server.close()


# ---- the program


@functools.cache
def programs() -> Warm:
    """The server of this process's programs."""
    modules = ("cli.main", "cli.indicators", "app.evaluation", "tables.build", "engine.evaluate", "render.report_lists")
    server = Warm(*(f"itss_kpi.{name}" for name in modules), "pandas", "pyarrow.compute", "pyarrow.ipc")
    atexit.register(server.close)
    return server


def run_program(*arguments: str, cwd: Path, env: Mapping[str, str], timeout: float) -> tuple[int, bytes, bytes]:
    """Exit code, stdout and stderr of `itss-kpi` in a process of its own, and of what it started; it must end by itself."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, open(os.devnull) as nothing:
        streams = {"stdin": nothing.fileno(), "stdout": out.fileno(), "stderr": err.fileno()}
        process = programs().start("itss_kpi.cli.main", *arguments, **streams, env=env, cwd=cwd)
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        out.seek(0), err.seek(0)
        return code, out.read(), err.read()


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
