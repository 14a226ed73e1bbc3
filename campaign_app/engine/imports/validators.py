"""Validators: the processes that read and parse a file's rows while the worker writes those before.

Where there are several, all read the same file and take its chunks in turn. They are told their plan on stdin and
answer on stdout, and end when either is closed, so that a killed engine leaves none behind. A short file is validated
in the caller's thread: starting a process would take longer.
"""

from __future__ import annotations

import os
import pickle
import selectors
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from campaign_app.uploads import UnreadableFile, validation
from campaign_app.uploads.validation import (
    Unreadable,
    ValidatedRows,
    ValidationPlan,
    Validator,
    read_chunks,
)

PROCESSES = 1
"""One reads and parses as fast as the worker writes, on either database; a second reads the whole file once more, and
takes the time from the worker where there are two processors."""
SHORT_FILE = 2 << 20
"""Bytes below which no process is started."""
HEADER = 8
"""Bytes of the length before each answer."""
PIPE_BYTES = 1 << 20
"""So much of an answer can wait in the pipe while its process goes on."""
WAIT_SECONDS = 5.0
"""How long the worker waits for an answer before it says that it still does."""
NICE = 5
"""Below the web server and the engine's tick: whoever waits for a page or a call goes first."""

# Not `-m campaign_app…`: that would import the application with Flask and SQLAlchemy, a second and 60 MB each time.
BOOT = """
import sys, types
package = types.ModuleType("campaign_app")
package.__path__ = [sys.argv[1]]
sys.modules["campaign_app"] = package
from campaign_app.uploads.validator import serve
serve(int(sys.argv[2]), int(sys.argv[3]))
"""


class ValidatorDied(RuntimeError):
    """A validator ended without finishing its file."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a validator is told: it takes the chunks whose number leaves `turn` when divided by `turns`."""

    plan: ValidationPlan
    turn: int
    turns: int


@contextmanager
def validated(
    plan: ValidationPlan,
    bytes_left: int,
    *,
    processes: int = PROCESSES,
    report_wait: Callable[[], None] = lambda: None,
) -> Iterator[Iterator[ValidatedRows]]:
    """The file's chunks, validated, in order. The processes are gone when the block is left.

    `report_wait` is called every WAIT_SECONDS while a process has nothing to tell: it may have to read a long way to
    the first row that is wanted. What it raises ends the waiting.
    """
    if bytes_left < SHORT_FILE or processes < 1:
        with closing(_here(plan)) as chunks:
            yield chunks
        return
    running = [_start(Task(plan, turn, processes)) for turn in range(processes)]
    try:
        yield _answers(running, report_wait)
    finally:
        for process in running:
            process.kill()
        for process in running:
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with suppress(OSError):
                        stream.close()


def _here(plan: ValidationPlan) -> Generator[ValidatedRows, None, None]:
    validator = Validator(plan)
    for number, chunk in read_chunks(plan):
        yield validator.validate(chunk, first=number == 0 and plan.start_row == 0)


def _start(task: Task) -> subprocess.Popen[bytes]:
    package = Path(validation.__file__).parents[1]
    process = subprocess.Popen(
        [sys.executable, "-c", BOOT, str(package), str(NICE), str(HEADER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    _enlarge(process.stdout)
    pickle.dump((task.plan, task.turn, task.turns), process.stdin)
    process.stdin.flush()
    return process


def _enlarge(stream: IO[bytes]) -> None:
    """Where the system has it (Linux); elsewhere the pipe is small and the process waits a little more."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(stream.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _answers(
    running: list[subprocess.Popen[bytes]], report_wait: Callable[[], None]
) -> Iterator[ValidatedRows]:
    number = 0
    while True:
        answer = _receive(running[number % len(running)], report_wait)
        if answer is None:
            return
        yield answer
        number += 1


def _receive(process: subprocess.Popen[bytes], report_wait: Callable[[], None]) -> ValidatedRows | None:
    """The next chunk of a validator; None when it has no more."""
    assert process.stdout is not None
    size = _read(process.stdout, HEADER, report_wait)
    if len(size) < HEADER:
        raise ValidatorDied(f"a validator ended with exit code {process.wait()} before its file did")
    payload = _read(process.stdout, int.from_bytes(size, "big"), report_wait)
    answer: Any = pickle.loads(payload)  # noqa: S301 - from our own process, over a pipe that nobody else has
    if isinstance(answer, str):
        raise ValidatorDied(f"a validator failed:\n{answer}")
    if isinstance(answer, Unreadable):
        raise UnreadableFile(answer.sentence)
    assert answer is None or isinstance(answer, ValidatedRows)
    return answer


def _read(stream: IO[bytes], size: int, report_wait: Callable[[], None]) -> bytes:
    """So many bytes, or fewer where the stream ends before."""
    # Past the stream's own buffer: what is in there, nobody could wait for.
    descriptor = stream.fileno()
    received = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while len(received) < size:
            if not selector.select(WAIT_SECONDS):
                report_wait()
            elif piece := os.read(descriptor, min(size - len(received), PIPE_BYTES)):
                received += piece
            else:
                break
    return bytes(received)
