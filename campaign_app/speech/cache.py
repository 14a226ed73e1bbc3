"""What is spoken to a callee, as files: rendered once, ahead of the dial, kept while it is used.

Below its folder:

    cache/ab/abcd….wav   what a text sounds like, named by the SHA-256 of command, voice, language and text
    work/…               where a program writes; what is whole is moved to the cache in one step
    locks/…              one render of a text at a time, two programs at a time, over all processes

A file's time of change is when it was last handed out. Above the bound the oldest go first, and none that was handed
out within the hour: a call may be playing it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from campaign_app.clock import Clock
from campaign_app.domain.script import PlayRecording, SayText, Segment
from campaign_app.domain.speech_command import SpeechCommand

from . import audio, voices
from .errors import CacheFull, SpeechError
from .locks import COMMANDS, locked, slot

KEPT = 3600.0
"""Seconds after it was handed out in which a file stays, whatever the bound."""
HARD = 2
"""How many times the bound the files of one hour may fill, before new texts are refused."""
STRIPES = 64
_SHA256 = re.compile(r"[0-9a-f]{64}")
log = logging.getLogger(__name__)


class Speech:
    """Turns segments into files. One for a process; any number of processes may share the folder."""

    def __init__(
        self, folder: Path, recordings: Path, command: SpeechCommand, *, most_bytes: int, clock: Clock
    ) -> None:
        self._cache, self._work, self._locks = folder / "cache", folder / "work", folder / "locks"
        self._recordings = recordings
        self._command = command
        self._most = most_bytes
        self._clock = clock
        # Bytes that this process may still add before it counts the files again.
        self._room = 0

    def render(self, segment: Segment) -> Path:
        """The file of a segment, rendered now if it must be. It stays for an hour at least. Raises SpeechError."""
        if isinstance(segment, PlayRecording):
            return self._recording(segment)
        key, line = self._key(segment)
        path = self._path(key)
        if self._hand_out(path):
            return path
        with locked(self._lock(f"text-{int(key[:8], 16) % STRIPES:02}")):
            # Somebody else may have rendered it while we waited.
            if not self._hand_out(path):
                self._render(segment, line, path)
        return path

    def rendered(self, segment: Segment) -> Path | None:
        """The file of a segment if there is one: never waits. Raises SpeechError for what can have none."""
        if isinstance(segment, PlayRecording):
            return self._recording(segment)
        path = self._path(self._key(segment)[0])
        return path if self._hand_out(path) else None

    def render_ahead(self, segments: Iterable[Segment]) -> dict[Segment, SpeechError]:
        """Render what is missing, two at a time, and wait for it. Returns those that have no sound, and why."""
        wanted = list(dict.fromkeys(segments))
        with ThreadPoolExecutor(COMMANDS, thread_name_prefix="speech") as pool:
            found = pool.map(self._error_of, wanted)
            return {segment: error for segment, error in zip(wanted, found, strict=True) if error is not None}

    def key(self, say: SayText) -> str:
        """The name of a text's file: SHA-256, 64 hexadecimal digits. Raises SpeechError."""
        return self._key(say)[0]

    def file(self, key: str) -> Path | None:
        """The file of that name, handed out, if there is one."""
        if not _SHA256.fullmatch(key):
            return None
        path = self._path(key)
        return path if self._hand_out(path) else None

    def take(self, upload: Path, target: Path) -> tuple[audio.Sound, list[str]]:
        """Check an uploaded file and convert it to `target`, on the same disk. Returns what it is, and warnings.

        Raises AudioRefused, ProgramMissing, TimedOut; then there is no `target`.
        """
        self._locks.mkdir(parents=True, exist_ok=True)
        with slot(self._locks), self._scratch() as folder:
            converted, sound, warnings = audio.take(upload, folder, self._clock)
            _to_disk(converted)
            converted.replace(target)
        return sound, warnings

    def _error_of(self, segment: Segment) -> SpeechError | None:
        try:
            self.render(segment)
        except SpeechError as error:
            return error
        return None

    def _recording(self, segment: PlayRecording) -> Path:
        if _SHA256.fullmatch(segment.recording):
            path = self._recordings / f"{segment.recording}.wav"
            if path.is_file():
                return path
        raise SpeechError(
            f"the recording {segment.recording[:12]}… is not there: upload it again, or choose another one"
        )

    def _key(self, say: SayText) -> tuple[str, str]:
        line = voices.clean(say.text)
        argv = voices.words(self._command, say.voice, say.language)
        # The command as it would run: a template without {language} speaks the same in all of them.
        named = json.dumps([argv, line], ensure_ascii=True).encode()
        return hashlib.sha256(named).hexdigest(), line

    def _path(self, key: str) -> Path:
        return self._cache / key[:2] / f"{key}.wav"

    def _lock(self, name: str) -> Path:
        self._locks.mkdir(parents=True, exist_ok=True)
        return self._locks / name

    def _hand_out(self, path: Path) -> bool:
        """Whether the file is there; then it is fresh. Never in the middle of somebody's clearing."""
        now = self._clock.now().timestamp()
        with locked(self._lock("gate"), shared=True):
            try:
                os.utime(path, (now, now))
            except FileNotFoundError:
                return False
        return True

    def _render(self, say: SayText, line: str, path: Path) -> None:
        self._make_room()
        with slot(self._locks), self._scratch() as folder:
            spoken = voices.speak(self._command, line, say.voice, say.language, folder, self._clock)
            whole = audio.heard(spoken, folder, self._clock)
            size = whole.stat().st_size
            now = self._clock.now().timestamp()
            os.utime(whole, (now, now))
            _to_disk(whole)
            path.parent.mkdir(parents=True, exist_ok=True)
            whole.replace(path)
        self._room -= size

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        self._work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._work) as name:
            yield Path(name)

    def _make_room(self) -> None:
        """Let the least recently used go. Raises CacheFull where those of the last hour alone are far too many."""
        if self._room > 0:
            return
        with locked(self._lock("clearing")):
            total = self._clear()
        if total >= HARD * self._most:
            raise CacheFull(
                f"more than {HARD * self._most >> 20:,} MB of speech were made within the hour, and calls may be"
                " playing it: raise the setting SWITCHBOARD_SPEECH_CACHE_MB, or use fewer variables"
            )
        # Counting 10,000 files takes some 30 ms, so not before every text; other processes add to it too.
        self._room = max(min(self._most - total, self._most // 20), 1)

    def _clear(self) -> int:
        """Delete down to nine tenths of the bound, if it is passed. Returns the bytes that are left."""
        files = []
        for entry in self._cache.glob("*/*.wav"):
            with suppress(FileNotFoundError):
                found = entry.stat()
                files.append((found.st_mtime, found.st_size, entry))
        total = sum(size for _, size, _ in files)
        self._sweep()
        if total <= self._most:
            return total
        now = self._clock.now().timestamp()
        for handed_out, size, path in sorted(files):
            if total <= self._most * 0.9 or handed_out > now - KEPT:
                break
            # Asked again behind the gate: it may have been handed out since.
            with locked(self._lock("gate")), suppress(FileNotFoundError):
                if path.stat().st_mtime <= now - KEPT:
                    path.unlink()
                    total -= size
        if total > self._most:
            log.warning(
                "speech of the last hour fills %s MB, above the bound of %s", total >> 20, self._most >> 20
            )
        return total

    def _sweep(self) -> None:
        """Remove what killed processes left in the work folder."""
        now = self._clock.now().timestamp()
        with suppress(FileNotFoundError):
            for folder in self._work.iterdir():
                with suppress(FileNotFoundError):
                    if folder.stat().st_mtime < now - KEPT:
                        shutil.rmtree(folder, ignore_errors=True)


def _to_disk(path: Path) -> None:
    """Durable before it gets its name: a power cut leaves no empty file under it."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
