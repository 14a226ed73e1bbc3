"""Sound files of every kind, made when a test asks by the tools themselves."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from campaign_app.domain import speech_command
from campaign_app.speech import SpeechRenderer
from scripts.system_parts import REMEDY, find_ffmpeg, find_speech
from tests.support.clock import FakeClock
from tests.support.missing import missing


def need_tools() -> None:
    """Skip, or fail under CI, where espeak-ng or ffmpeg is not installed."""
    for part, found in (("speech", find_speech()), ("ffmpeg", find_ffmpeg())):
        if found is None:
            missing(REMEDY[part])


def make(path: Path, *more: str, source: str = "sine=440:duration=2:sample_rate=16000") -> Path:
    """A file of the kind that its ending says, from ffmpeg's `source` filter."""
    need_tools()
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", source, *more, str(path)]
    subprocess.run(command, check=True, timeout=60)
    return path


def three_hours(path: Path) -> Path:
    """An MP3 of 3 hours in 11 MB: a minute's frames, which follow each other without a header, 180 times."""
    minute = make(
        path.with_name("minute.mp3"),
        *["-b:a", "8k", "-write_xing", "0", "-id3v2_version", "0"],
        source="anoisesrc=duration=60:sample_rate=8000:amplitude=0.1:seed=1",
    )
    path.write_bytes(minute.read_bytes() * 180)
    return path


def new_speech(
    folder: Path, command: str = speech_command.DEFAULT, *, most_mb: float = 500
) -> SpeechRenderer:
    """A cache of speech below `folder`, with the real programs."""
    return SpeechRenderer(
        folder / "speech",
        folder / "recordings",
        speech_command.parse_speech_command(command),
        most_bytes=int(most_mb * 1024 * 1024),
        clock=FakeClock(),
    )


def script(folder: Path, name: str, body: str) -> Path:
    """A program of the test's own, for a speech command that behaves as the test wants."""
    path = folder / name
    path.write_text(f"#!{shutil.which('sh')}\n{body}\n")
    path.chmod(0o755)
    return path
