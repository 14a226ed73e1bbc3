"""Uploads of every kind through the real converter: what is taken, and what is refused and why."""

from __future__ import annotations

import socket
import wave
from pathlib import Path

import pytest

from campaign_app.speech import AudioRefused, audio
from tests.support.sounds import make, new_speech, three_hours


def take(folder: Path, upload: Path) -> tuple[Path, audio.SoundInfo, list[str]]:
    target = folder / "taken.wav"
    sound, warnings = new_speech(folder).convert_upload(upload, target)
    return target, sound, warnings


def refused(folder: Path, upload: Path) -> str:
    with pytest.raises(AudioRefused) as raised:
        take(folder, upload)
    assert not (folder / "taken.wav").exists()
    assert list((folder / "speech" / "work").iterdir()) == []
    return str(raised.value)


@pytest.fixture(scope="module")
def long_mp3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return three_hours(tmp_path_factory.mktemp("long") / "long.mp3")


@pytest.mark.parametrize(
    "name,more",
    [
        ("a.wav", ["-ac", "2", "-ar", "44100"]),
        ("a.wav", ["-c:a", "pcm_mulaw", "-ar", "8000"]),
        ("a.wav", ["-c:a", "pcm_f32le"]),
        ("a.mp3", []),
        ("a.ogg", ["-c:a", "libvorbis"]),
        ("a.ogg", ["-c:a", "libopus", "-b:a", "16k"]),
    ],
)
def test_the_usual_kinds_become_8_khz_mono(tmp_path: Path, name: str, more: list[str]) -> None:
    target, sound, warnings = take(tmp_path, make(tmp_path / name, *more))
    with wave.open(str(target), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
    assert sound.seconds == pytest.approx(2, abs=0.15)
    assert sound.bytes == target.stat().st_size
    assert warnings == []


def test_a_name_says_nothing(tmp_path: Path) -> None:
    """An MP3 called .wav is taken for what it is, and what describes it is left behind."""
    upload = make(tmp_path / "a.mp3", "-metadata", "title=a secret title").rename(tmp_path / "a.wav")
    target, _, _ = take(tmp_path, upload)
    assert b"secret" not in target.read_bytes()
    assert target.read_bytes()[36:40] == b"data", "no other chunk before the sound"


def test_silence_is_taken_with_a_warning(tmp_path: Path) -> None:
    _, sound, warnings = take(tmp_path, make(tmp_path / "a.wav", source="anullsrc=r=8000:cl=mono:d=1"))
    assert sound.silent
    assert "no sound" in warnings[0]


def test_three_hours_are_refused_before_they_are_converted(tmp_path: Path, long_mp3: Path) -> None:
    upload = long_mp3
    assert upload.stat().st_size < audio.MOST_UPLOAD
    said = refused(tmp_path, upload)
    assert "10 minutes" in said
    assert "180 min" in said


def test_a_header_that_lies_about_the_length_is_no_way_around(tmp_path: Path, long_mp3: Path) -> None:
    short = make(tmp_path / "short.mp3", "-b:a", "8k", "-ar", "8000", "-id3v2_version", "0")
    lying = tmp_path / "lying.mp3"
    lying.write_bytes(short.read_bytes() + long_mp3.read_bytes())
    assert "10 minutes long" in refused(tmp_path, lying)


@pytest.mark.parametrize(
    "name,keep", [("a.wav", 0.5), ("a.mp3", 0.5), ("a.wav", 30), ("a.mp3", 5), ("a.ogg", 60)]
)
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, name: str, keep: float) -> None:
    whole = make(tmp_path / name, source="sine=440:duration=8:sample_rate=16000")
    content = whole.read_bytes()
    whole.write_bytes(content[: int(keep * len(content)) if keep < 1 else int(keep)])
    said = refused(tmp_path, whole)
    assert "cut off" in said if keep < 1 else "cannot be read" in said or "no sound" in said


@pytest.mark.parametrize(
    "content",
    [
        b"These are the words of a recording, and not a recording.\n" * 50,
        b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:1/a.mp3\n#EXT-X-ENDLIST\n",
        b"\xff\xfe" + "UTF-16 text".encode("utf-16-le") * 30,
        b"\x00\x00\x00\x20ftypisom" + bytes(500),
        b"fLaC" + bytes(500),
        b"\x7fELF" + bytes(500),
    ],
    ids=["text", "playlist", "utf-16", "mp4", "flac", "elf"],
)
def test_what_is_no_recording_is_refused_whatever_its_name(tmp_path: Path, content: bytes) -> None:
    upload = tmp_path / "a.mp3"
    upload.write_bytes(content)
    assert "WAV, MP3 or OGG" in refused(tmp_path, upload)


@pytest.mark.parametrize(
    "head", [b"ID3\x04\x00\x00\x00\x00\x00\x00", b"RIFF\xff\xff\x00\x00WAVE", b"OggS\x00\x02"]
)
def test_a_playlist_behind_the_first_bytes_of_a_recording_is_not_followed(
    tmp_path: Path, head: bytes
) -> None:
    """The server would be called if ffmpeg were free to choose what the file is."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        upload = tmp_path / "a.mp3"
        playlist = (
            f"\n#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:{port}/a.mp3\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
        )
        upload.write_bytes(head + playlist.encode())
        said = refused(tmp_path, upload)
        assert "cannot be read" in said or "no sound" in said
        with pytest.raises(TimeoutError):
            server.accept()


def test_empty_and_too_large_files_are_refused_unread(tmp_path: Path) -> None:
    empty, large = tmp_path / "empty.wav", tmp_path / "large.wav"
    empty.touch()
    assert "empty" in refused(tmp_path, empty)
    with large.open("wb") as file:
        file.truncate(audio.MOST_UPLOAD + 1)
    assert "20 MB" in refused(tmp_path, large)


def test_odd_rates_and_channels_are_refused(tmp_path: Path) -> None:
    upload = make(tmp_path / "a.wav")
    content = bytearray(upload.read_bytes())
    content[24:28] = (4_000_000_000).to_bytes(4, "little")
    upload.write_bytes(content)
    said = refused(tmp_path, upload)
    assert "no recording" in said or "cannot be read" in said


def test_a_wav_without_any_sound_is_refused(tmp_path: Path) -> None:
    upload = tmp_path / "a.wav"
    with wave.open(str(upload), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
    assert "no sound" in refused(tmp_path, upload)


def test_a_recorder_that_left_the_length_open_is_understood(tmp_path: Path) -> None:
    upload = make(tmp_path / "a.wav", "-bitexact")
    content = bytearray(upload.read_bytes())
    content[4:8] = content[40:44] = b"\xff\xff\xff\xff"
    upload.write_bytes(content)
    assert take(tmp_path, upload)[1].seconds == pytest.approx(2, abs=0.1)
