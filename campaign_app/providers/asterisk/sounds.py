"""Puts rendered audio where Asterisk finds it, and says what Asterisk calls it."""

from __future__ import annotations

import hashlib
import os
import threading
import wave
from collections.abc import Callable
from pathlib import Path

from campaign_app.domain.script import Segment

FRAMES = 8000
"""What Asterisk plays as it is: 8 kHz, mono, 16 bit."""


class Unplayable(Exception):
    """There is no audio of a segment, or none that Asterisk could play; the text says why."""


class Sounds:
    """`folder` on this host is what Asterisk knows as `known_as`: an absolute folder on its side, one below its own
    sounds folder, or an http(s) prefix from which it fetches. `audio` gives a segment's 8 kHz mono WAV on this host.
    """

    def __init__(self, audio: Callable[[Segment], Path], folder: Path, known_as: str) -> None:
        self._audio = audio
        self._folder = folder
        self._known_as = known_as.rstrip("/")
        self._fetched = known_as.startswith(("http://", "https://"))
        self._known: dict[Segment, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def put(self, segment: Segment) -> tuple[str, float]:
        """The segment's media URI and its seconds. Raises Unplayable."""
        known = self._known.get(segment)
        if known is not None and self._there(known[0]):
            return known
        with self._lock:
            try:
                source = self._audio(segment)
                content = source.read_bytes()
                with wave.open(str(source), "rb") as sound:
                    shape = (sound.getframerate(), sound.getnchannels(), sound.getsampwidth())
                    seconds = sound.getnframes() / FRAMES
            except Exception as error:
                # Whatever renders is not ours: a voice that is missing is the campaign's trouble, not a crash.
                raise Unplayable(f"there is no audio for the message: {error}") from error
            if shape != (FRAMES, 1, 2) or not seconds:
                raise Unplayable(f"the audio {source.name} is not 8 kHz mono 16 bit, or is empty")
            name = hashlib.sha256(content).hexdigest()[:32]
            self._write(self._folder / f"{name}.wav", content)
            media = f"sound:{self._known_as}/{name}{'.wav' if self._fetched else ''}"
            self._known[segment] = (media, seconds)
            return self._known[segment]

    def _there(self, media: str) -> bool:
        """Whether nobody cleaned it away meanwhile."""
        name = media.rpartition("/")[2].removesuffix(".wav")
        return (self._folder / f"{name}.wav").exists()

    def _write(self, path: Path, content: bytes) -> None:
        if path.exists():
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            whole = path.with_name(f"{path.name}.{os.getpid()}")
            whole.write_bytes(content)
            # Asterisk runs as a user of its own.
            whole.chmod(0o644)
            whole.replace(path)
        except OSError as error:
            raise Unplayable(f"the audio cannot be put into {self._folder}: {error.strerror}") from error
