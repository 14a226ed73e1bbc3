"""The cache of speech: one run for one text, bounded, never a file that a call may be playing."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from campaign_app.domain.script import PlayRecording, SayText
from campaign_app.speech import CacheFull, ProgramMissing, SpeechError, SpeechRenderer
from tests.support.clock import FakeClock
from tests.support.sounds import make, need_tools, new_speech, script

KB = 1 / 1024


def counting(folder: Path) -> str:
    """A speech command that writes a line down each time it runs, while it does and when it is done."""
    need_tools()
    make(folder / "tone.wav", "-bitexact", source="sine=440:duration=1:sample_rate=8000")
    program = script(
        folder,
        "counting",
        f'echo begin >> {folder}/runs; sleep 0.05; cp {folder}/tone.wav "$1"; echo end >> {folder}/runs',
    )
    return f"{program} {{output}}"


def runs(folder: Path) -> int:
    return (folder / "runs").read_text().count("begin")


def clock_of(speech: SpeechRenderer) -> FakeClock:
    clock = speech._clock
    assert isinstance(clock, FakeClock)
    return clock


def _render_there(folder: str, command: str, text: str) -> str:
    return str(new_speech(Path(folder), command).render_segment(SayText(text)))


def test_fifty_renders_of_one_text_at_once_are_one_run(tmp_path: Path) -> None:
    speech = new_speech(tmp_path, counting(tmp_path))
    with ThreadPoolExecutor(50) as pool:
        paths = set(pool.map(lambda _: speech.render_segment(SayText("Hello")), range(50)))
    assert len(paths) == 1
    assert runs(tmp_path) == 1


def test_one_text_in_several_processes_is_one_run(tmp_path: Path) -> None:
    command = counting(tmp_path)
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        paths = pool.starmap(_render_there, [(str(tmp_path), command, "Hello")] * 6)
    assert len(set(paths)) == 1
    assert runs(tmp_path) == 1


def test_no_more_than_two_programs_run_at_once(tmp_path: Path) -> None:
    first, second = (new_speech(tmp_path, counting(tmp_path)) for _ in range(2))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: (first, second)[n % 2].render_segment(SayText(f"text {n}")), range(8)))
    live = most = 0
    for line in (tmp_path / "runs").read_text().split():
        live += 1 if line == "begin" else -1
        most = max(most, live)
    assert runs(tmp_path) == 8
    assert most == 2


def test_text_voice_and_language_each_make_another_file(tmp_path: Path) -> None:
    need_tools()
    speech = new_speech(tmp_path)
    said = [SayText("six"), SayText("seven"), SayText("six", voice="en-us"), SayText("six", language="fr")]
    assert speech.render_ahead([*said, *said]) == {}
    assert len({speech.render_segment(say) for say in said}) == 4
    assert len(list((tmp_path / "speech" / "cache").glob("*/*.wav"))) == 4
    other = new_speech(tmp_path, "espeak-ng -s 120 -v {voice} -w {output} --stdin")
    assert other.find_file(other.text_key(SayText("six"))) is None


def test_rendering_ahead_returns_what_failed_and_renders_the_rest(tmp_path: Path) -> None:
    need_tools()
    speech = new_speech(tmp_path)
    good, empty, strange = SayText("Hello"), SayText(" "), SayText("Hello", voice="Polly.Joanna")
    gone = PlayRecording("0" * 64)
    errors = speech.render_ahead([good, empty, strange, gone])
    assert set(errors) == {empty, strange, gone}
    assert "empty" in str(errors[empty])
    assert speech.find_file(speech.text_key(good)) is not None


def test_without_the_program_every_text_fails_and_recordings_still_play(tmp_path: Path) -> None:
    speech = new_speech(tmp_path, "no-such-program {output}")
    (tmp_path / "recordings").mkdir()
    kept = tmp_path / "recordings" / f"{'a' * 64}.wav"
    kept.write_bytes(b"RIFF")
    errors = speech.render_ahead([SayText("Hello"), PlayRecording("a" * 64)])
    assert {segment: type(error) for segment, error in errors.items()} == {SayText("Hello"): ProgramMissing}
    assert speech.render_segment(PlayRecording("a" * 64)) == kept


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "a" * 63])
def test_a_recording_is_named_by_its_hash_and_nothing_else(tmp_path: Path, name: str) -> None:
    speech = new_speech(tmp_path)
    with pytest.raises(SpeechError, match="not there"):
        speech.render_segment(PlayRecording(name))
    assert speech.find_file(name) is None


def test_what_was_rendered_is_found_again_by_another_process_and_by_its_key(tmp_path: Path) -> None:
    path = new_speech(tmp_path, counting(tmp_path)).render_segment(SayText("Hello"))
    again = new_speech(tmp_path, counting(tmp_path))
    assert again.find_file(again.text_key(SayText("Hello"))) == path
    assert runs(tmp_path) == 1


def test_the_least_recently_used_go_and_none_that_was_handed_out_within_the_hour(tmp_path: Path) -> None:
    # A second of sound is 16 KB: room for four, and the fifth clears.
    speech = new_speech(tmp_path, counting(tmp_path), most_mb=80 * KB)
    clock = clock_of(speech)
    texts = [SayText(f"text {n}") for n in range(8)]
    for say in texts[:4]:
        speech.render_segment(say)
        clock.move(60)
    clock.move(3600 - 120)
    assert speech.find_file(speech.text_key(texts[1])) is not None  # the second is in use again
    clock.move(61)
    for say in texts[4:6]:
        speech.render_segment(say)
    clock.move(61)
    speech.render_segment(texts[6])
    there = {n for n, say in enumerate(texts) if speech.find_file(speech.text_key(say))}
    assert 1 in there, "handed out within the hour"
    assert 0 not in there, "the oldest"
    assert {4, 5, 6} <= there


def test_the_bound_holds_over_many_texts(tmp_path: Path) -> None:
    speech = new_speech(tmp_path, counting(tmp_path), most_mb=100 * KB)
    clock = clock_of(speech)
    largest = 0
    for number in range(12):
        speech.render_segment(SayText(f"text {number}"))
        clock.move(1800)
        held = sum(path.stat().st_size for path in tmp_path.glob("speech/cache/*/*.wav"))
        largest = max(largest, held)
    # One text more than the bound, at most: it is cleared before the next.
    assert largest <= 100 * 1024 + 17 * 1024


def test_more_than_an_hour_may_need_is_refused_with_the_remedy(tmp_path: Path) -> None:
    speech = new_speech(tmp_path, counting(tmp_path), most_mb=20 * KB)
    errors = speech.render_ahead([SayText(f"text {number}") for number in range(8)])
    assert {type(error) for error in errors.values()} == {CacheFull}
    assert "SWITCHBOARD_SPEECH_CACHE_MB" in str(errors[SayText("text 7")])
    # Two are made at a time, so one may slip in beside the one that fills it.
    assert 3 <= runs(tmp_path) <= 4
    assert speech.render_segment(SayText("text 0")), "what is there is still handed out"
    clock_of(speech).move(3601)
    assert speech.render_segment(SayText("one more"))


def test_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    speech = new_speech(tmp_path, counting(tmp_path))
    left = tmp_path / "speech" / "work" / "tmpold"
    left.mkdir(parents=True)
    (left / "spoken.wav").write_bytes(b"half")
    os.utime(left, (0, 0))
    speech.render_segment(SayText("Hello"))
    assert not left.exists()
