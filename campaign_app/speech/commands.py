"""External commands on data from outside: no shell, a time-out, a bound on the output, children ended too."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import IO

from campaign_app.clock import Clock

from .errors import ProgramFailed, ProgramMissing, TimedOut

POLL_SECONDS = 0.05
"""Seconds between two looks at what a program that runs has written."""
MOST_STDOUT = 64 * 1024
SETTINGS_PREFIX = "SWITCHBOARD_"


def find_program(program: str, remedy: str) -> str:
    """The program's path. Raises ProgramMissing with the remedy."""
    path = shutil.which(program)
    if path is None:
        raise ProgramMissing(f"the program {program} is not installed: {remedy}")
    return path


def run_program(
    argv: list[str],
    folder: Path,
    clock: Clock,
    *,
    stdin: Path | None = None,
    timeout: float,
    most_bytes: int,
    remedy: str,
) -> str:
    """Run it in `folder`, where everything that it writes lies; returns its standard output.

    It is ended, with all its children, after `timeout` seconds or once the folder holds more than `most_bytes`.
    Raises ProgramMissing, TimedOut, ProgramFailed (with the last line that it said).
    """
    path = find_program(argv[0], remedy)
    deadline = clock.monotonic() + timeout
    log = folder / "log"
    with open(stdin or os.devnull, "rb") as input_file, log.open("wb") as errors:
        try:
            process = subprocess.Popen(
                [path, *argv[1:]],
                stdin=input_file,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=folder,
                env=_clean_environment(),
                start_new_session=True,
            )
        except OSError as error:
            raise ProgramMissing(f"{argv[0]} cannot be run ({error.strerror}): {remedy}") from None
    try:
        output = _watch_output(process, argv[0], folder, clock, deadline, timeout, most_bytes)
    except BaseException:
        # Before it is waited for, or its group's number might be somebody else's.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        raise
    finally:
        assert process.stdout is not None
        process.stdout.close()
        process.wait()
    if process.returncode:
        raise ProgramFailed(f"{argv[0]} failed: {_last_line(log) or f'exit status {process.returncode}'}")
    return output.decode("utf-8", "replace")


def _watch_output(
    process: subprocess.Popen[bytes],
    name: str,
    folder: Path,
    clock: Clock,
    deadline: float,
    timeout: float,
    most_bytes: int,
) -> bytes:
    """Wait for the end of its output, which wakes at once, then for its own."""
    stdout: IO[bytes] | None = process.stdout
    output = b""
    while True:
        if stdout is not None:
            if select.select([stdout], [], [], POLL_SECONDS)[0]:
                piece = os.read(stdout.fileno(), MOST_STDOUT)
                output += piece
                stdout = stdout if piece else None
        else:
            with suppress(subprocess.TimeoutExpired):
                process.wait(POLL_SECONDS)
                return output
        if len(output) > MOST_STDOUT or _folder_bytes(folder) > most_bytes:
            raise ProgramFailed(f"{name} wrote more than {most_bytes >> 20} MB and was ended")
        if clock.monotonic() > deadline:
            raise TimedOut(f"{name} did not end within {timeout:g} seconds and was ended: try again")


def _folder_bytes(folder: Path) -> int:
    total = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                total += entry.stat(follow_symlinks=False).st_size
    return total


def _clean_environment() -> dict[str, str]:
    """Ours without the settings, some of which are secrets; text is UTF-8 whatever the host speaks."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS_PREFIX)}
    return {**variables, "LC_ALL": "C.UTF-8"}


def _last_line(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4096))
        lines = file.read().decode("utf-8", "replace").split("\n")
    text_lines = [line.strip() for line in lines if line.strip()]
    return "".join(c for c in text_lines[-1] if c.isprintable())[-300:] if text_lines else ""
