"""Audio files: what an upload is, and its conversion to what telephones carry, 8 kHz mono 16-bit WAV.

The tool is ffmpeg. Debian and every other system carry it, and fix it: sox, the other candidate, has had no release
since 2015 and is shipped with patches for what was found since. A decoder reads what strangers send, so ours is told
everything that it may do: which demuxer (by the file's first bytes, never by its name or content, so that a playlist is
not followed), which decoders, local files only, how long, how large.
"""

from __future__ import annotations

import array
import json
import sys
import wave
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaign_app.clock import Clock

from . import commands
from .errors import AudioRefused, NothingToHear, ProgramFailed

MOST_UPLOAD = 20 * 1024 * 1024
"""Bytes of an uploaded recording."""
LONGEST_SECONDS = 600
"""Seconds of a recording."""
RATE = 8000
FRAME_BYTES = 2
HEADER_BYTES = 44
"""Bytes of a WAV file before its sound, where nothing else is in it."""
TIMEOUT = 60.0
MOST_BYTES = (LONGEST_SECONDS + 60) * RATE * FRAME_BYTES
SILENT_PEAK = 64
"""A peak below this, of 32,768 (-54 dB), is heard by nobody on a telephone."""
RATES = range(4_000, 192_001)
CHANNELS = range(1, 9)
REMEDY = "install ffmpeg (Debian and Ubuntu: apt-get install ffmpeg)"
DECODERS = (
    "pcm_u8,pcm_s16le,pcm_s24le,pcm_s32le,pcm_f32le,pcm_f64le,pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav,"
    "mp3float,mp3,vorbis,opus,libopus,flac,speex,libspeex"
)
KINDS = "a recording is a WAV, MP3 or OGG file"


@dataclass(frozen=True, slots=True)
class SoundInfo:
    """A converted file: its length in seconds, its bytes, and whether nothing can be heard in it."""

    seconds: float
    bytes: int
    silent: bool


def detect_kind(head: bytes) -> str | None:
    """`wav`, `mp3` or `ogg` by the first bytes of a file; None for anything else."""
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"OggS":
        return "ogg"
    # A tag, or the sync word of a frame of MPEG layer III.
    if head[:3] == b"ID3" or (len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2):
        return "mp3"
    return None


def convert_upload(source: Path, folder: Path, clock: Clock) -> tuple[Path, SoundInfo, list[str]]:
    """Check and convert an upload. Returns the converted file in `folder`, what it is, and warnings.

    Raises AudioRefused, ProgramMissing, TimedOut.
    """
    size = source.stat().st_size
    if size == 0:
        raise AudioRefused("the file is empty: choose a recording")
    if size > MOST_UPLOAD:
        raise AudioRefused(f"the file is larger than {MOST_UPLOAD >> 20} MB: save it as MP3 or OGG")
    with source.open("rb") as file:
        kind = detect_kind(file.read(16))
    if kind is None:
        raise AudioRefused(f"the file is not a sound that can be read: {KINDS}")
    stated_seconds = _probe_seconds(source, kind, folder, clock)
    if stated_seconds > LONGEST_SECONDS:
        raise AudioRefused(_too_long_message(stated_seconds))
    target = folder / "recording.wav"
    try:
        sound = convert_to_wav(source, target, kind, folder, clock)
    except ProgramFailed as error:
        raise AudioRefused(f"the {kind.upper()} file is broken and cannot be read ({error})") from None
    if sound.seconds > LONGEST_SECONDS:
        # Its header told another length.
        raise AudioRefused(_too_long_message(None))
    if sound.seconds == 0:
        raise AudioRefused("there is no sound in the file: export it anew")
    expected_seconds = max(stated_seconds, _header_seconds(source) if kind == "wav" else 0.0)
    if sound.seconds < expected_seconds - max(1.0, expected_seconds / 20):
        raise AudioRefused(
            f"the file is cut off: it says {expected_seconds:.0f} seconds, and only {sound.seconds:.0f} can be read;"
            " export or upload it anew"
        )
    return target, sound, ["There is no sound in it that anybody would hear."] if sound.silent else []


def convert_to_wav(source: Path, target: Path, kind: str, folder: Path, clock: Clock) -> SoundInfo:
    """Write `target` as 8 kHz mono 16-bit WAV, a second more than LONGEST at the most, and look at it.

    Raises ProgramMissing, ProgramFailed, TimedOut.
    """
    commands.run_program(
        [
            *["ffmpeg", "-nostdin", "-hide_banner", "-v", "error", "-y", "-max_alloc", str(64 << 20)],
            *_input_options(source, kind),
            *["-map", "0:a:0", "-map_metadata", "-1", "-t", str(LONGEST_SECONDS + 1), "-threads", "1"],
            *["-ac", "1", "-ar", str(RATE), "-c:a", "pcm_s16le", "-bitexact", "-f", "wav", f"file:{target}"],
        ],
        folder,
        clock,
        timeout=TIMEOUT,
        most_bytes=MOST_UPLOAD + MOST_BYTES,
        remedy=REMEDY,
    )
    return inspect_wav(target)


def inspect_wav(path: Path) -> SoundInfo:
    """What a converted file is. Raises ProgramFailed where it is not 8 kHz mono 16-bit PCM."""
    try:
        with wave.open(str(path), "rb") as file:
            shape = (file.getframerate(), file.getnchannels(), file.getsampwidth())
            frames = array.array("h", file.readframes(file.getnframes()))
    except (OSError, EOFError, ValueError, wave.Error) as error:
        raise ProgramFailed(f"the converted file cannot be read: {error}") from None
    if shape != (RATE, 1, FRAME_BYTES):
        raise ProgramFailed(f"the converter made {shape[0]} Hz, {shape[1]} channels of {shape[2]} bytes")
    if sys.byteorder == "big":
        frames.byteswap()
    peak = max(max(frames), -min(frames)) if frames else 0
    return SoundInfo(round(len(frames) / RATE, 3), path.stat().st_size, peak < SILENT_PEAK)


def convert_rendered(source: Path, folder: Path, clock: Clock) -> Path:
    """What a speech engine wrote, converted. Raises NothingToHear, ProgramMissing, ProgramFailed, TimedOut."""
    with source.open("rb") as file:
        kind = detect_kind(file.read(16))
    if kind is None:
        raise ProgramFailed(
            "the speech command wrote no WAV file: check the setting SWITCHBOARD_SPEECH_COMMAND"
        )
    target = folder / "heard.wav"
    # An engine that knows about telephones needs no second program.
    sound = _use_unconverted(source, target) if kind == "wav" else None
    sound = sound or convert_to_wav(source, target, kind, folder, clock)
    if sound.seconds == 0 or sound.silent:
        raise NothingToHear("the text renders to silence: give words that the voice can read")
    if sound.seconds > LONGEST_SECONDS:
        raise AudioRefused(f"the text takes longer than {LONGEST_SECONDS // 60} minutes to speak: shorten it")
    return target


def _use_unconverted(source: Path, target: Path) -> SoundInfo | None:
    """Take a WAV file that is what we want already; None where it is not."""
    try:
        sound = inspect_wav(source)
    except ProgramFailed:
        return None
    if sound.bytes != HEADER_BYTES + round(sound.seconds * RATE) * FRAME_BYTES:
        return None
    source.replace(target)
    return sound


def _input_options(source: Path, kind: str) -> list[str]:
    """What ffmpeg and ffprobe may do with the input."""
    bounds = ["-protocol_whitelist", "file", "-format_whitelist", kind, "-codec_whitelist", DECODERS]
    return [*bounds, "-f", kind, "-i", f"file:{source}"]


def _probe_seconds(source: Path, kind: str, folder: Path, clock: Clock) -> float:
    """The seconds that the file says it has; 0 where it says nothing. Raises AudioRefused, ProgramMissing, TimedOut."""
    show = "format=format_name,duration:stream=codec_type,sample_rate,channels"
    argv = ["ffprobe", "-v", "error", "-of", "json", "-show_entries", show, *_input_options(source, kind)]
    try:
        output = commands.run_program(
            argv, folder, clock, timeout=TIMEOUT, most_bytes=MOST_UPLOAD + MOST_BYTES, remedy=REMEDY
        )
        probe_result: dict[str, Any] = json.loads(output)
    except (ProgramFailed, ValueError):
        raise AudioRefused(
            f"the file looks like {kind.upper()} and cannot be read as such: {KINDS}"
        ) from None
    streams = [each for each in probe_result.get("streams", []) if each.get("codec_type") == "audio"]
    if not streams:
        raise AudioRefused(f"there is no sound in the {kind.upper()} file")
    rate, channels = int(streams[0].get("sample_rate", 0)), int(streams[0].get("channels", 0))
    if rate not in RATES or channels not in CHANNELS:
        raise AudioRefused(
            f"{rate:,} Hz on {channels} channels is not a recording of speech: save it as 16 kHz mono, for example"
        )
    with suppress(KeyError, ValueError):
        return float(probe_result["format"]["duration"])
    return 0.0


def _header_seconds(path: Path) -> float:
    """The seconds of sound that a WAV file's header promises; 0 where a recorder left the length open."""
    per_second = data_bytes = 0
    with path.open("rb") as file:
        file.seek(12)
        while len(head := file.read(8)) == 8:
            size = int.from_bytes(head[4:], "little")
            if head[:4] == b"fmt ":
                per_second = int.from_bytes(file.read(12)[8:12], "little")
                file.seek(size - 12 + size % 2, 1)
            elif head[:4] == b"data":
                data_bytes = size
                break
            else:
                file.seek(size + size % 2, 1)
    open_end = data_bytes >= 0xFFFF0000 or data_bytes == 0x7FFFFFFF
    return data_bytes / per_second if per_second and not open_end else 0.0


def _too_long_message(seconds: float | None) -> str:
    detail = "" if seconds is None else f": this one has {int(seconds // 60):,} min {int(seconds % 60)} s"
    return f"a recording may be {LONGEST_SECONDS // 60} minutes long{detail}"
