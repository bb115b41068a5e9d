"""The reader: hands files to the worker process, and finds the one that made it die or hang.

Convention: one worker with two threads reads everything. Where it dies or stalls, the files that it had started and not
finished are read again, each in a worker of its own; whichever fails alone is the culprit, and named.
"""

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import IO, Any, Self

from itss_kpi.reading.worker.file_types import Reading

Answer = dict[str, Any]
Told = Callable[[int | None, int | None], None]
Heard = Callable[[Path | None, Path | None], None]
"""Told of a file that is done, and of the one that has been read for longest; of its number, or its path."""
_COMMAND = [sys.executable, "-P", "-X", "utf8", "-m", "itss_kpi.reading.worker.main"]
_TO_START = 30
"""Seconds that a worker may take before it starts its first file."""
_TO_FINISH = 10
"""Seconds that are waited for a worker that fills the cache; a later run will find that much less in it."""


_early: "list[_Worker]" = []


def start_early() -> None:
    """Start the worker of the first reader now, so that it gets ready while this process reads its command line."""
    _early.append(_Worker())


def stop_early() -> None:
    """End the early worker that no reader took."""
    while _early:
        _early.pop().stop()


class Reader:
    """Reads files in worker processes. The first is started at once, so that it gets ready while others import."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="itss-kpi-", ignore_cleanup_errors=True)
        self._now: _Worker | None = _early.pop() if _early else _Worker()
        self._asked: dict[int, Path] = {}
        self._found: dict[int, Answer] = {}
        self._reading = Reading()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._now and self._asked and kind is None:
            self._now.finish()
        self.stop()
        self._folder.cleanup()

    def ask(self, files: Sequence[Path], reading: Reading | None = None) -> None:
        """Hand over the files; the worker reads them while this process goes on."""
        self._reading = replace(reading or Reading(), folder=Path(self._folder.name))
        self._asked = dict(enumerate(files))
        if self._now:
            self._now.ask(self._asked, self._reading)

    def answers(self, heard: Heard = lambda done, now: None) -> list[Answer]:
        """The answer for each file, in their order: what the worker says, or the code of what the file did to it."""

        def told(done: int | None, now: int | None) -> None:
            heard(self._asked.get(done), self._asked.get(now))  # type: ignore[arg-type]

        alone: list[int] = []
        while left := [number for number in self._asked if number not in self._found]:
            batch = alone[:1] or left
            worker = self._worker(batch)
            failure = worker.collect(batch, self._reading.seconds, self._found, told)
            if failure or len(batch) < len(left):
                self.stop()
            if failure and len(batch) == 1:
                self._found[batch[0]] = self._culprit(failure)
                told(batch[0], None)
            suspects = worker.unfinished or (batch if failure else [])
            alone = [number for number in dict.fromkeys([*suspects, *alone]) if number not in self._found]
        return [self._found[number] for number in self._asked]

    def again(self, path: Path, password: str | None = None) -> Answer:
        """Read one more file, without the cache: where what was read of it has gone, or a password is known now."""
        self.stop()
        number = len(self._asked)
        self._asked[number] = path
        self._reading = replace(self._reading, cache=None, password=password or self._reading.password)
        return self.answers()[number]

    def _worker(self, batch: Sequence[int]) -> "_Worker":
        """The first worker, which has been asked already, or a new one that is asked for these."""
        if self._now is None:
            self._now = _Worker()
            files = {number: self._asked[number] for number in batch}
            self._now.ask(files, self._reading)
        return self._now

    def stop(self) -> None:
        """End the worker, whatever it is doing."""
        if self._now:
            self._now.stop()
        self._now = None

    def _culprit(self, failure: str) -> Answer:
        if failure == "stalled":
            return {"code": "D115", "message": f"读了 {self._reading.seconds} 秒还没有读完(上限 seconds)"}
        limit = f"可能超过内存上限 memory {self._reading.memory} MiB"
        return {"code": "D114", "message": f"读取该文件时读取进程异常终止,{limit}"}


class _Worker:
    """One worker process, and what it has started and not finished."""

    def __init__(self) -> None:
        self.unfinished: dict[int, float] = {}
        self._lines: queue.SimpleQueue[tuple[float, str | None]] = queue.SimpleQueue()
        self._process = subprocess.Popen(
            _COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("ITSS_KPI_DEBUG") else subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env=os.environ | {"ARROW_DEFAULT_MEMORY_POOL": "system"},
            start_new_session=True,  # Ctrl-C is the parent's affair
        )
        self._listener = Thread(target=self._listen, args=(self._process.stdout,), daemon=True)
        self._listener.start()

    def _listen(self, stream: IO[str]) -> None:
        # each line with the moment it came, so that a busy parent makes no file look slow
        with contextlib.suppress(ValueError, OSError):
            for line in stream:
                if line.endswith("\n"):
                    self._lines.put((time.monotonic(), line))
        self._lines.put((time.monotonic(), None))

    def ask(self, files: Mapping[int, Path], reading: Reading) -> None:
        """Say the settings and the files."""
        assert self._process.stdin
        # where the worker is dead already, no answer will come, and that is what is found
        with contextlib.suppress(OSError):
            self._process.stdin.write(reading.to_json() + "\n")
            for number, path in files.items():
                self._process.stdin.write(json.dumps({"id": number, "path": str(path)}) + "\n")
            self._process.stdin.close()

    def collect(self, batch: Sequence[int], seconds: int, found: dict[int, Answer], told: Told) -> str | None:
        """Take its answers into `found`; how it failed, if it did (died or stalled); what is left is `unfinished`."""
        waiting = set(batch) - found.keys()
        last = time.monotonic()
        while waiting:
            try:
                last, line = self._lines.get(timeout=self._patience(last, seconds))
            except queue.Empty:
                late = time.monotonic() - seconds
                self.unfinished = {n: since for n, since in self.unfinished.items() if since <= late} or self.unfinished
                return "stalled"
            if line is None:
                return "died"
            answer = json.loads(line)
            number = answer.pop("id")
            if answer.pop("started", False):
                self.unfinished[number] = last
                told(None, next(iter(self.unfinished)))
            else:
                self.unfinished.pop(number, None)
                waiting.discard(number)
                found[number] = answer
                told(number, next(iter(self.unfinished), None))
        return None

    def _patience(self, last: float, seconds: int) -> float:
        earliest = min(self.unfinished.values(), default=None)
        until = last + _TO_START if earliest is None else earliest + seconds
        return max(0.0, until - time.monotonic())

    def finish(self) -> None:
        """Let the process put what it read into the cache, as it does when it has answered everything."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_TO_FINISH)

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._listener.join()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()
