"""Audio on its way to Asterisk: what is put there, what is refused, and what is cleaned away."""

from __future__ import annotations

import hashlib
import os
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from campaign_app.domain.script import PlayRecording, SayText, Segment
from campaign_app.providers.asterisk.sounds import KEEP_SECONDS, SoundFolder, UnplayableAudio
from tests.support.clock import FakeClock


def wav(path: Path, *, rate: int = 8000, frames: int = 8000) -> Path:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(b"\x00\x01" * frames)
    return path


@pytest.fixture
def renders(tmp_path: Path) -> Callable[[Segment], Path]:
    def render(segment: Segment) -> Path:
        if isinstance(segment, PlayRecording):
            raise LookupError("no such recording")
        rate, frames = {"fast": (16000, 16000), "empty": (8000, 0)}.get(
            segment.text, (8000, 2400 * len(segment.text))
        )
        return wav(tmp_path / f"{segment.text}.wav", rate=rate, frames=frames)

    return render


def test_a_segment_is_put_once_and_named_as_asterisk_sees_it(
    renders: Callable[[Segment], Path], tmp_path: Path, clock: FakeClock
) -> None:
    sounds = SoundFolder(renders, tmp_path / "sounds", "/srv/sounds/", clock)
    uri, seconds = sounds.put_segment(SayText("Hello"))
    assert seconds == pytest.approx(1.5)
    name = uri.removeprefix("sound:/srv/sounds/")
    file = tmp_path / "sounds" / f"{name}.wav"
    assert file.read_bytes() == (tmp_path / "Hello.wav").read_bytes()
    assert file.stat().st_mode & 0o004, "Asterisk's own user may read it"
    assert sounds.put_segment(SayText("Hello")) == (uri, seconds)
    assert [path.name for path in (tmp_path / "sounds").iterdir()] == [file.name]


def test_a_remote_asterisk_fetches_by_address(
    renders: Callable[[Segment], Path], tmp_path: Path, clock: FakeClock
) -> None:
    uri, _ = SoundFolder(renders, tmp_path / "sounds", "https://here/sounds", clock).put_segment(
        SayText("Hello")
    )
    assert uri.startswith("sound:https://here/sounds/")
    assert uri.endswith(".wav")


@pytest.mark.parametrize(
    "segment,why",
    [
        (SayText("fast"), "8 kHz"),
        (SayText("empty"), "8 kHz"),
        (PlayRecording("0" * 64), "no such recording"),
    ],
)
def test_what_cannot_be_played_is_said_before_anybody_is_called(
    renders: Callable[[Segment], Path], tmp_path: Path, clock: FakeClock, segment: Segment, why: str
) -> None:
    with pytest.raises(UnplayableAudio, match=why):
        SoundFolder(renders, tmp_path / "sounds", "/srv", clock).put_segment(segment)


def test_a_folder_that_is_none_is_said(
    renders: Callable[[Segment], Path], tmp_path: Path, clock: FakeClock
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnplayableAudio, match="cannot be put into"):
        SoundFolder(renders, tmp_path / "file" / "sounds", "/srv", clock).put_segment(SayText("Hello"))


def test_what_nobody_wanted_for_an_hour_goes_and_what_is_wanted_stays(
    renders: Callable[[Segment], Path], tmp_path: Path, clock: FakeClock
) -> None:
    sounds = SoundFolder(renders, tmp_path / "sounds", "/srv", clock)
    old, kept = sounds.put_segment(SayText("old"))[0], None
    for _ in range(10):
        kept = sounds.put_segment(SayText("kept on"))[0]
        clock.move(KEEP_SECONDS / 6)
    names = {f"sound:/srv/{path.stem}" for path in (tmp_path / "sounds").glob("*.wav")}
    assert names == {kept}
    assert sounds.put_segment(SayText("old"))[0] == old, "it comes back when it is wanted"
    assert len(list((tmp_path / "sounds").iterdir())) == 2


@pytest.mark.parametrize("foreign", ["prompt.wav", "notes.txt", "deep/prompt.wav", "0" * 64 + ".wav"])
def test_a_folder_with_others_files_is_refused_and_left_as_it_is(
    renders: Callable[[Segment], Path], tmp_path: Path, clock: FakeClock, foreign: str
) -> None:
    folder = tmp_path / "sounds"
    (folder / foreign).parent.mkdir(parents=True)
    theirs = wav(folder / foreign)
    os.utime(theirs, (0, 0))
    with pytest.raises(UnplayableAudio, match="holds others’ files"):
        SoundFolder(renders, folder, "/srv", clock).put_segment(SayText("Hello"))
    assert [path for path in folder.rglob("*") if path.is_file()] == [theirs]


def test_a_file_that_comes_later_stops_the_next_call_and_stays(
    renders: Callable[[Segment], Path], tmp_path: Path, clock: FakeClock
) -> None:
    sounds = SoundFolder(renders, tmp_path / "sounds", "/srv", clock)
    sounds.put_segment(SayText("Hello"))
    theirs = wav(tmp_path / "sounds" / "prompt.wav")
    os.utime(theirs, (0, 0))
    clock.move(2 * KEEP_SECONDS)
    with pytest.raises(UnplayableAudio, match=r"such as prompt\.wav"):
        sounds.put_segment(SayText("Hello"))
    assert theirs.exists()


def test_only_what_bears_the_name_of_its_content_is_swept(
    renders: Callable[[Segment], Path], tmp_path: Path, clock: FakeClock
) -> None:
    folder = tmp_path / "sounds"
    folder.mkdir()
    theirs, ours = folder / f"{'a' * 32}.wav", folder / f"{hashlib.sha256(b'old').hexdigest()[:32]}.wav"
    linked = folder / f"{hashlib.sha256(b'linked').hexdigest()[:32]}.wav"
    for path, content in ((theirs, b"theirs"), (ours, b"old")):
        path.write_bytes(content)
        os.utime(path, (0, 0))
    SoundFolder(renders, folder, "/srv", clock).put_segment(SayText("Hello"))
    assert (theirs.exists(), ours.exists()) == (True, False)
    (tmp_path / "elsewhere.wav").write_bytes(b"linked")
    os.utime(tmp_path / "elsewhere.wav", (0, 0))
    linked.symlink_to(tmp_path / "elsewhere.wav")
    with pytest.raises(UnplayableAudio, match="others’ files"):
        SoundFolder(renders, folder, "/srv", clock).put_segment(SayText("Hello"))
    assert (tmp_path / "elsewhere.wav").exists()
