"""Speech: text that a voice speaks and recordings that were uploaded, both as 8 kHz mono 16-bit WAV files.

voices.py runs the speech command, audio.py the converter, cache.py keeps what was rendered; commands.py and locks.py
bound what they do. What can go wrong is a SpeechError with a sentence for the operator.
"""

from __future__ import annotations

from .cache import SpeechRenderer
from .errors import AudioRefused, CacheFull, NothingToHear, ProgramFailed, ProgramMissing, SpeechError

__all__ = [
    "AudioRefused",
    "CacheFull",
    "NothingToHear",
    "ProgramFailed",
    "ProgramMissing",
    "SpeechError",
    "SpeechRenderer",
]
