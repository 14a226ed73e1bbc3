"""Speech cache: spoken texts as files, rendered once, ahead of the dial, and kept while they are used.

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
from .locks import MOST_COMMANDS, hold_lock, hold_slot

KEEP_SECONDS = 3600.0
"""Seconds after it was handed out in which a file stays, whatever the bound."""
HARD_FACTOR = 2
"""How many times the bound the files of one hour may fill, before new texts are refused."""
LOCK_STRIPES = 64
_SHA256 = re.compile(r"[0-9a-f]{64}")
log = logging.getLogger(__name__)


class SpeechRenderer:
    """Turns segments into files. One for a process; any number of processes may share the folder."""

    def __init__(
        self, folder: Path, recordings: Path, command: SpeechCommand, *, most_bytes: int, clock: Clock
    ) -> None:
        self._cache, self._work, self._locks = folder / "cache", folder / "work", folder / "locks"
        self._recordings = recordings
        self._command = command
        self._most_bytes = most_bytes
        self._clock = clock
        # Bytes that this process may still add before it counts the files again.
        self._bytes_left = 0

    def render_segment(self, segment: Segment) -> Path:
        """The file of a segment, rendered now if it must be. It stays for an hour at least. Raises SpeechError."""
        if isinstance(segment, PlayRecording):
            return self._recording_path(segment)
        key, line = self._key_and_line(segment)
        path = self._cache_path(key)
        if self._touch_if_present(path):
            return path
        with hold_lock(self._lock_path(f"text-{int(key[:8], 16) % LOCK_STRIPES:02}")):
            # Somebody else may have rendered it while we waited.
            if not self._touch_if_present(path):
                self._render_text(segment, line, path)
        return path

    def render_ahead(self, segments: Iterable[Segment]) -> dict[Segment, SpeechError]:
        """Render what is missing, two at a time, and wait for it. Returns those that have no sound, and why."""
        unique_segments = list(dict.fromkeys(segments))
        with ThreadPoolExecutor(MOST_COMMANDS, thread_name_prefix="speech") as pool:
            errors = pool.map(self._render_error, unique_segments)
            return {
                segment: error
                for segment, error in zip(unique_segments, errors, strict=True)
                if error is not None
            }

    def text_key(self, say: SayText) -> str:
        """The name of a text's file: SHA-256, 64 hexadecimal digits. Raises SpeechError."""
        return self._key_and_line(say)[0]

    def find_file(self, key: str) -> Path | None:
        """The file of that name, handed out, if there is one."""
        if not _SHA256.fullmatch(key):
            return None
        path = self._cache_path(key)
        return path if self._touch_if_present(path) else None

    def convert_upload(self, upload: Path, target: Path) -> tuple[audio.SoundInfo, list[str]]:
        """Check an uploaded file and convert it to `target`, on the same disk. Returns what it is, and warnings.

        Raises AudioRefused, ProgramMissing, TimedOut; then there is no `target`.
        """
        self._locks.mkdir(parents=True, exist_ok=True)
        with hold_slot(self._locks), self._scratch_folder() as folder:
            converted, sound, warnings = audio.convert_upload(upload, folder, self._clock)
            _sync_to_disk(converted)
            converted.replace(target)
        return sound, warnings

    def _render_error(self, segment: Segment) -> SpeechError | None:
        try:
            self.render_segment(segment)
        except SpeechError as error:
            return error
        return None

    def _recording_path(self, segment: PlayRecording) -> Path:
        if _SHA256.fullmatch(segment.recording):
            path = self._recordings / f"{segment.recording}.wav"
            if path.is_file():
                return path
        raise SpeechError(
            f"the recording {segment.recording[:12]}… is not there: upload it again, or choose another one"
        )

    def _key_and_line(self, say: SayText) -> tuple[str, str]:
        line = voices.clean_text(say.text)
        argv = voices.build_command(self._command, say.voice, say.language)
        # The command as it would run: a template without {language} speaks the same in all of them.
        key_source = json.dumps([argv, line], ensure_ascii=True).encode()
        return hashlib.sha256(key_source).hexdigest(), line

    def _cache_path(self, key: str) -> Path:
        return self._cache / key[:2] / f"{key}.wav"

    def _lock_path(self, name: str) -> Path:
        self._locks.mkdir(parents=True, exist_ok=True)
        return self._locks / name

    def _touch_if_present(self, path: Path) -> bool:
        """Whether the file is there; then it is fresh. Never in the middle of somebody's clearing."""
        now = self._clock.now().timestamp()
        with hold_lock(self._lock_path("gate"), shared=True):
            try:
                os.utime(path, (now, now))
            except FileNotFoundError:
                return False
        return True

    def _render_text(self, say: SayText, line: str, path: Path) -> None:
        self._make_room()
        with hold_slot(self._locks), self._scratch_folder() as folder:
            raw_file = voices.speak_to_file(self._command, line, say.voice, say.language, folder, self._clock)
            converted = audio.convert_rendered(raw_file, folder, self._clock)
            size = converted.stat().st_size
            now = self._clock.now().timestamp()
            os.utime(converted, (now, now))
            _sync_to_disk(converted)
            path.parent.mkdir(parents=True, exist_ok=True)
            converted.replace(path)
        self._bytes_left -= size

    @contextmanager
    def _scratch_folder(self) -> Iterator[Path]:
        self._work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._work) as name:
            yield Path(name)

    def _make_room(self) -> None:
        """Let the least recently used go. Raises CacheFull where those of the last hour alone are far too many."""
        if self._bytes_left > 0:
            return
        with hold_lock(self._lock_path("clearing")):
            total = self._delete_oldest()
        if total >= HARD_FACTOR * self._most_bytes:
            raise CacheFull(
                f"more than {HARD_FACTOR * self._most_bytes >> 20:,} MB of speech were made within the hour, "
                "and calls may be playing it: raise the setting SWITCHBOARD_SPEECH_CACHE_MB, or use fewer variables"
            )
        # Counting 10,000 files takes some 30 ms, so not before every text; other processes add to it too.
        self._bytes_left = max(min(self._most_bytes - total, self._most_bytes // 20), 1)

    def _delete_oldest(self) -> int:
        """Delete down to nine tenths of the bound, if it is passed. Returns the bytes that are left."""
        files = []
        for entry in self._cache.glob("*/*.wav"):
            with suppress(FileNotFoundError):
                file_stat = entry.stat()
                files.append((file_stat.st_mtime, file_stat.st_size, entry))
        total = sum(size for _, size, _ in files)
        self._sweep_work_folder()
        if total <= self._most_bytes:
            return total
        now = self._clock.now().timestamp()
        for handed_out, size, path in sorted(files):
            if total <= self._most_bytes * 0.9 or handed_out > now - KEEP_SECONDS:
                break
            # Asked again behind the gate: it may have been handed out since.
            with hold_lock(self._lock_path("gate")), suppress(FileNotFoundError):
                if path.stat().st_mtime <= now - KEEP_SECONDS:
                    path.unlink()
                    total -= size
        if total > self._most_bytes:
            log.warning(
                "speech of the last hour fills %s MB, above the bound of %s",
                total >> 20,
                self._most_bytes >> 20,
            )
        return total

    def _sweep_work_folder(self) -> None:
        """Remove what killed processes left in the work folder."""
        now = self._clock.now().timestamp()
        with suppress(FileNotFoundError):
            for folder in self._work.iterdir():
                with suppress(FileNotFoundError):
                    if folder.stat().st_mtime < now - KEEP_SECONDS:
                        shutil.rmtree(folder, ignore_errors=True)


def _sync_to_disk(path: Path) -> None:
    """Durable before it gets its name: a power cut leaves no empty file under it."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
