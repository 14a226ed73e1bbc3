"""Speech for Asterisk from `espeak-ng`, by the simplest way: a WAV per text, kept by its hash."""

from __future__ import annotations

import array
import hashlib
import io
import itertools
import subprocess
import threading
import wave
from pathlib import Path

from campaign_app.domain.script import Say, Segment
from campaign_app.providers.asterisk.sounds import FRAMES, Unplayable

SECONDS = 20.0
"""How long a rendering may take."""


class Espeak:
    """`speak(segment)` is the path of the segment's 8 kHz mono WAV in `folder`, rendered if it is not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def __call__(self, segment: Segment) -> Path:
        """Raises Unplayable."""
        if not isinstance(segment, Say):
            raise Unplayable("recordings cannot be played by this version")
        voice = segment.voice or segment.language or "en"
        name = hashlib.sha256(f"{voice}\0{segment.text}".encode()).hexdigest()
        path = self._folder / f"{name}.wav"
        with self._lock:
            if not path.exists():
                self._folder.mkdir(parents=True, exist_ok=True)
                whole = path.with_suffix(".part")
                whole.write_bytes(at_8_khz(_spoken(segment.text, voice)))
                whole.replace(path)
        return path


def _spoken(text: str, voice: str) -> bytes:
    try:
        done = subprocess.run(
            ["espeak-ng", "-v", voice, "--stdin", "--stdout"],
            input=text.encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise Unplayable("espeak-ng is not installed") from None
    except subprocess.TimeoutExpired:
        raise Unplayable("espeak-ng did not finish") from None
    if done.returncode or not done.stdout:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Unplayable(f"espeak-ng: {said[-1] if said else 'no sound'}")
    return done.stdout


def at_8_khz(content: bytes) -> bytes:
    """A mono 16 bit WAV as one of 8 kHz: each frame the mean of those that it stands for."""
    # A streamed header tells no length: all that follows counts.
    with wave.open(io.BytesIO(content), "rb") as source:
        rate, shape = source.getframerate(), (source.getnchannels(), source.getsampwidth())
        frames = array.array("h", source.readframes((len(content) - 44) // 2))
    if shape != (1, 2) or rate < FRAMES:
        raise Unplayable(f"espeak-ng gave {rate} Hz, {shape[0]} channels of {shape[1]} bytes")
    step = rate / FRAMES
    edges = [round(i * step) for i in range(int(len(frames) / step) + 1)]
    means = (sum(frames[a:b]) // (b - a) for a, b in itertools.pairwise(edges))
    out = io.BytesIO()
    with wave.open(out, "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(FRAMES)
        target.writeframes(array.array("h", means).tobytes())
    return out.getvalue()
