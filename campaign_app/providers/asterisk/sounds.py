"""Sound files: puts rendered audio where Asterisk finds it, and says what Asterisk calls it.

A file is named by its content and stays for an hour after it was last wanted, which is longer than any call; so the
folder holds what an hour's calls play, and no more. By that name a file of ours is known again: no other is ever
removed, and a folder in which there is another is not used.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
import wave
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from campaign_app.clock import Clock
from campaign_app.domain.script import Segment

FRAMES = 8000
"""What Asterisk plays as it is: 8 kHz, mono, 16 bit."""
KEEP_SECONDS = 3600.0
SWEEP_EVERY = 600.0
TOUCH_EVERY = 300.0
"""Seconds."""
OUR_NAME = re.compile(r"[0-9a-f]{32}\.wav(\.[0-9]+)?")
"""Of a file, and of one that is being written."""
MOST_KNOWN = 10_000
"""Segments whose file is remembered; the rest is asked for again."""


class UnplayableAudio(Exception):
    """There is no audio of a segment, or none that Asterisk could play; the text says why."""


def find_foreign_file(folder: Path) -> str | None:
    """The name of something in a folder that is none of ours; None where there is none, or no such folder. Hidden files
    do not count: a mounted folder may have some. Raises OSError where the folder cannot be read."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if not OUR_NAME.fullmatch(entry.name) or not entry.is_file(follow_symlinks=False):
                    return entry.name
    except FileNotFoundError:
        pass
    return None


class SoundFolder:
    """`folder` on this host is what Asterisk knows as `known_as`: an absolute folder on its side, one below its own
    sounds folder, or an http(s) prefix from which it fetches. `audio` gives a segment's 8 kHz mono WAV on this host.
    """

    def __init__(self, audio: Callable[[Segment], Path], folder: Path, known_as: str, clock: Clock) -> None:
        self._audio = audio
        self._folder = folder
        self._known_as = known_as.rstrip("/")
        self._suffix = ".wav" if known_as.startswith(("http://", "https://")) else ""
        self._clock = clock
        self._known_segments: OrderedDict[Segment, tuple[str, float, float]] = OrderedDict()
        """Name, seconds, and when its file was touched."""
        self._swept = 0.0
        self._lock = threading.Lock()

    def put_segment(self, segment: Segment) -> tuple[str, float]:
        """The segment's media URI and its seconds. Raises Unplayable."""
        with self._lock:
            now = self._clock.now().timestamp()
            if now > self._swept + SWEEP_EVERY:
                self._check_folder()
                self._sweep_folder(now)
            name, seconds, touched = self._known_segments.get(segment, ("", 0.0, 0.0))
            if now > touched + TOUCH_EVERY:
                name, seconds = self._render_segment(segment, now)
                self._known_segments[segment] = (name, seconds, now)
            self._known_segments.move_to_end(segment)
            while len(self._known_segments) > MOST_KNOWN:
                self._known_segments.popitem(last=False)
        return f"sound:{self._known_as}/{name}{self._suffix}", seconds

    def _render_segment(self, segment: Segment, now: float) -> tuple[str, float]:
        try:
            source = self._audio(segment)
            content = source.read_bytes()
            with wave.open(str(source), "rb") as sound:
                shape = (sound.getframerate(), sound.getnchannels(), sound.getsampwidth())
                seconds = sound.getnframes() / FRAMES
        except Exception as error:
            # Whatever renders is not ours: a voice that is missing is the campaign's trouble, not a crash.
            raise UnplayableAudio(f"there is no audio for the message: {error}") from error
        if shape != (FRAMES, 1, 2) or not seconds:
            raise UnplayableAudio(f"the audio {source.name} is not 8 kHz mono 16 bit, or is empty")
        name = hashlib.sha256(content).hexdigest()[:32]
        try:
            self._write_file(self._folder / f"{name}.wav", content, now)
        except OSError as error:
            raise UnplayableAudio(f"the audio cannot be put into {self._folder}: {error.strerror}") from error
        return name, seconds

    def _make_folder(self) -> None:
        """Asterisk runs as a user of its own: it reads the folder, whatever this process's umask is."""
        if not self._folder.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            self._folder.chmod(0o755)

    def _write_file(self, path: Path, content: bytes, now: float) -> None:
        if not path.exists():
            self._make_folder()
            complete_path = path.with_name(f"{path.name}.{os.getpid()}")
            complete_path.write_bytes(content)
            complete_path.chmod(0o644)
            complete_path.replace(path)
        os.utime(path, (now, now))

    def _check_folder(self) -> None:
        """Raises Unplayable where the folder holds others' files: it is to be ours alone."""
        try:
            foreign = find_foreign_file(self._folder)
        except OSError as error:
            raise UnplayableAudio(f"the audio cannot be put into {self._folder}: {error.strerror}") from error
        if foreign is not None:
            raise UnplayableAudio(
                f"the sounds folder {self._folder} holds others’ files, such as {foreign[:80]}:"
                " give Switchboard an empty folder of its own"
            )

    def _sweep_folder(self, now: float) -> None:
        """Remove what we wrote and what was not wanted for an hour."""
        self._swept = now
        with suppress(OSError):
            for path in self._folder.glob("*.wav"):
                with suppress(OSError):
                    if path.stat().st_mtime < now - KEEP_SECONDS and _is_ours(path):
                        path.unlink()


def _is_ours(path: Path) -> bool:
    """Whether a file bears the name that we would give to what is in it. Raises OSError."""
    if not OUR_NAME.fullmatch(path.name) or path.is_symlink():
        return False
    return hashlib.sha256(path.read_bytes()).hexdigest()[:32] == path.stem
