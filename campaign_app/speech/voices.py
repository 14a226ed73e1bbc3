"""Voices: text to speech by a command that the operator chooses: espeak-ng, Piper, or any that writes a WAV."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from campaign_app.clock import Clock
from campaign_app.domain.speech_command import SpeechCommand

from . import commands
from .errors import NothingToHear, SpeechError

LONGEST_TEXT = 10_000
"""Characters: a message's bound, with room for what its variables bring."""
TIMEOUT = 60.0
MOST_BYTES = 64 * 1024 * 1024
"""What the command may write: twenty minutes at 24 kHz."""
REMEDY = (
    "install it (Debian and Ubuntu: apt-get install espeak-ng), or name another in the setting"
    " SWITCHBOARD_SPEECH_COMMAND"
)
NO_WAV = 44
"""Bytes of a WAV file that holds a header and no sound."""


def clean_text(text: str) -> str:
    """The text as one line of what can be spoken: control characters, which some engines obey, become spaces.

    One line, because Piper takes each for a text of its own. Raises NothingToHear, SpeechError (too long).
    """
    spaced = (" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in text)
    line = " ".join("".join(spaced).split())
    if not line:
        raise NothingToHear("the text is empty: there is nothing to speak")
    if len(line) > LONGEST_TEXT:
        raise SpeechError(f"the text has {len(line):,} characters; {LONGEST_TEXT:,} can be spoken at once")
    return line


def build_command(
    command: SpeechCommand, voice: str | None, language: str | None, output: str = "{output}"
) -> list[str]:
    """The command for this voice. Raises SpeechError for a name that is none."""
    try:
        return command.argv(voice, language, output)
    except ValueError as error:
        raise SpeechError(str(error)) from None


def speak_to_file(
    command: SpeechCommand, line: str, voice: str | None, language: str | None, folder: Path, clock: Clock
) -> Path:
    """Speak a clean line into a file of `folder`, in whatever rate the engine has.

    Raises ProgramMissing, ProgramFailed, TimedOut, NothingToHear.
    """
    text, output = folder / "text", folder / "spoken.wav"
    argv = build_command(command, voice, language, str(output))
    text.write_text(line + "\n", encoding="utf-8")
    commands.run_program(
        argv, folder, clock, stdin=text, timeout=TIMEOUT, most_bytes=MOST_BYTES, remedy=REMEDY
    )
    if not output.is_file() or output.stat().st_size <= NO_WAV:
        raise NothingToHear(
            f"{command.program} speaks no sound for {line[:60]!r}: give words that can be read"
        )
    return output
