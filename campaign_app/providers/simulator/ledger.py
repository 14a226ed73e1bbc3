"""Simulator ledger: an append-only file, one JSON object per line, shared by every process that dials.

Every line is appended by one `write` under `flock`, after the lines of the other processes were read, so what
a process decides under the lock is decided on the whole file. Lines reach the kernel before the caller hears
of them: they survive the death of the process, though not of the machine (no fsync; this carrier is a
simulation).
"""

from __future__ import annotations

import fcntl
import json
import logging
import mmap
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import NamedTuple

from campaign_app.domain.attempt import PROVIDER_OUTCOMES

log = logging.getLogger(__name__)

LOCK_WAIT = 5.0
"""Seconds to wait for another process to let go of the ledger; a frozen one must not freeze us."""
LOCK_POLL = 0.0005
"""Seconds between two looks: `flock` itself knows no time limit."""
KEEP_AFTER_END = 3600.0
"""Seconds, before the ledger's last line, of ended calls that compaction keeps: an engine that crashed may
ask yet."""
CHUNK = 1 << 20

_quote = json.encoder.encode_basestring_ascii


class LedgerEntry(NamedTuple):
    """One line. `t` is in unix seconds; `outcome` is None until `event` is "ended".

    The fields after it are on "placed" lines only: all that is needed to work out how the call goes on, by
    any process, whatever its own settings are.
    """

    t: float
    event: str
    token: str
    to: str
    outcome: str | None = None
    ring_timeout: float | None = None
    max_duration: float | None = None
    caller_id: str | None = None
    seed: int | None = None
    time_scale: float | None = None
    script: str | None = None
    """What is heard, and the keys (`simulator_ear`)."""

    def to_line(self) -> str:
        """The JSON, without the newline. By hand: `json.dumps` took a fifth of a placing."""
        outcome = "null" if self.outcome is None else _quote(self.outcome)
        line = (
            f'{{"t":{self.t!r},"event":{_quote(self.event)},"token":{_quote(self.token)},"to":{_quote(self.to)}'
            f',"outcome":{outcome}'
        )
        if self.event != "placed":
            return line + "}"
        caller_id = "null" if self.caller_id is None else _quote(self.caller_id)
        script = "" if self.script is None else f',"script":{_quote(self.script)}'
        return (
            f'{line},"ring_timeout":{_format_number(self.ring_timeout)},"max_duration":{_format_number(self.max_duration)}'
            f',"caller_id":{caller_id},"seed":{_format_number(self.seed)},"time_scale":{_format_number(self.time_scale)}{script}}}'
        )


def _format_number(value: float | None) -> str:
    return "null" if value is None else repr(value)


LEGAL_EVENTS = {("placed", None), ("ringing", None), ("answered", None)} | {
    ("ended", o.value) for o in PROVIDER_OUTCOMES
}


def decode_entry(line: bytes) -> LedgerEntry:
    """The entry of one line. Raises ValueError where it is none."""
    try:
        fields = json.loads(line)
        entry = LedgerEntry._make(map(fields.get, LedgerEntry._fields))
    except AttributeError as error:
        raise ValueError(str(error)) from error
    if not (isinstance(entry.token, str) and isinstance(entry.to, str) and isinstance(entry.t, int | float)):
        raise ValueError("a field has the wrong type")
    if not isinstance(entry.script, str | None):
        raise ValueError("its script is not text")
    if (entry.event, entry.outcome) not in LEGAL_EVENTS:
        raise ValueError(f"no such event: {entry.event!r} with outcome {entry.outcome!r}")
    return entry


def read_placed(path: Path, since: float) -> tuple[float | None, list[LedgerEntry]]:
    """The time of the ledger's first entry, None where it has none, and the calls placed since. Raises OSError."""
    oldest: float | None = None
    placed: list[LedgerEntry] = []
    with suppress(FileNotFoundError), path.open("rb") as file:
        for line in file:
            try:
                entry = decode_entry(line)
            except ValueError:
                continue
            oldest = entry.t if oldest is None else oldest
            if entry.event == "placed" and entry.t >= since:
                placed.append(entry)
    return oldest, placed


class CallLedger:
    """The file. Not safe for threads by itself: its owner serializes. `see` is told every line that others
    wrote."""

    def __init__(self, path: Path, on_entry: Callable[[LedgerEntry], None]) -> None:
        self.path = path
        self._name = os.fspath(path)
        self._on_entry = on_entry
        self._pacer = Event()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._open_file()

    def _open_file(self) -> None:
        self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        self._inode = os.fstat(self._fd).st_ino
        self._offset = 0

    def close(self) -> None:
        os.close(self._fd)

    def __enter__(self) -> None:
        """Hold the file, having seen all of it. Raises OSError (TimeoutError after LOCK_WAIT seconds)."""
        self._lock_file()
        try:
            self._catch_up()
        except BaseException:
            self._unlock_file()
            raise

    def __exit__(self, *_: object) -> None:
        self._unlock_file()

    def _unlock_file(self) -> None:
        fcntl.flock(self._fd, fcntl.LOCK_UN)

    def _lock_file(self) -> None:
        for _ in range(round(LOCK_WAIT / LOCK_POLL)):
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._pacer.wait(LOCK_POLL)
                continue
            try:
                if os.stat(self._name).st_ino == self._inode:
                    return
            except FileNotFoundError:
                pass
            # Compacted or removed since we opened it: our descriptor is of a file that nobody reads any more.
            log.info("the ledger %s was replaced; reading it anew", self.path)
            stale = self._fd
            self._open_file()
            os.close(stale)
        raise TimeoutError(f"another process has held the ledger {self.path} for {LOCK_WAIT:g} s")

    def _catch_up(self) -> None:
        size = os.fstat(self._fd).st_size
        if size == self._offset:
            return
        if size < self._offset:
            log.warning("the ledger %s was cut short by somebody else; reading it anew", self.path)
            self._offset = 0
        for line, start in self._read_lines(self._offset, size):
            self._offset = start + len(line)
            if not line.endswith(b"\n"):
                # Nobody else writes while we hold the lock, so its writer died in mid-write and its caller
                # never heard of the line: the call was not placed. Cut, or the next line would be glued to
                # it.
                log.warning(
                    "the last line of the ledger %s was torn by a crash: cut %d bytes", self.path, len(line)
                )
                os.ftruncate(self._fd, start)
                self._offset = start
                return
            try:
                entry = decode_entry(line)
            except ValueError as error:
                log.warning("skipped a line of the ledger %s at byte %d: %s", self.path, start, error)
                continue
            self._on_entry(entry)

    def _read_lines(self, start: int, end: int) -> Iterator[tuple[bytes, int]]:
        """Lines with their newline, and where each starts; the last one may lack it."""
        rest = b""
        at = start
        while at < end:
            chunk = os.pread(self._fd, min(CHUNK, end - at), at)
            if not chunk:
                break
            at += len(chunk)
            position = at - len(chunk) - len(rest)
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield line + b"\n", position
                position += len(line) + 1
        if rest:
            yield rest, at - len(rest)

    def append_entries(self, entries: Sequence[LedgerEntry]) -> None:
        """Append, all or nothing; only while held. Raises OSError, and then nothing was written."""
        data = "".join(f"{entry.to_line()}\n" for entry in entries).encode()
        try:
            remaining = memoryview(data)
            while remaining:
                # A disk that fills up takes a part first, and says so at the next write.
                remaining = remaining[os.write(self._fd, remaining) :]
        except OSError:
            os.ftruncate(self._fd, self._offset)
            raise
        self._offset += len(data)

    def find_entries(self, token: str) -> list[LedgerEntry]:
        """Every line of one call, by a search through the file (about 1 s for each GB); only while held."""
        entries: list[LedgerEntry] = []
        if not self._offset:
            return entries
        needle = f'"token":{_quote(token)}'.encode()
        with mmap.mmap(self._fd, self._offset, access=mmap.ACCESS_READ) as text:
            at = text.find(needle)
            while at >= 0:
                start, end = text.rfind(b"\n", 0, at) + 1, text.find(b"\n", at)
                with suppress(ValueError):
                    entries.append(decode_entry(text[start:end]))
                at = text.find(needle, end)
        return entries

    def compact_file(self, above: int) -> None:
        """Where the file is larger than `above` bytes, drop the calls that ended long ago. Before the first
        `held`.

        Safe beside other processes: the new file takes the old one's name while the old one is locked, and
        whoever waits for the old one's lock notices and opens the new. What is dropped is gone as evidence
        too, so a ledger that is to prove the invariants must not be compacted.
        """
        self._lock_file()
        try:
            size = os.fstat(self._fd).st_size
            if size <= above:
                return
            ended: dict[str, float] = {}
            last = 0.0
            for entry, _ in self._read_entries(size):
                last = max(last, entry.t)
                if entry.event == "ended":
                    ended[entry.token] = entry.t
            keep_from = last - KEEP_AFTER_END
            new_path = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
            with new_path.open("wb") as file:
                for entry, line in self._read_entries(size):
                    if ended.get(entry.token, last) >= keep_from:
                        file.write(line)
                file.flush()
                os.fsync(file.fileno())
            new_path.replace(self.path)
            log.info("compacted the ledger %s from %d to %d bytes", self.path, size, self.path.stat().st_size)
        finally:
            self._unlock_file()

    def _read_entries(self, size: int) -> Iterator[tuple[LedgerEntry, bytes]]:
        for line, _ in self._read_lines(0, size):
            try:
                yield decode_entry(line), line
            except ValueError:
                continue
