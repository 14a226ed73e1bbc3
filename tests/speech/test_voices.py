"""Texts spoken by the real espeak-ng: what people write, what attackers write, and what has no sound."""

from __future__ import annotations

import os
import wave
from pathlib import Path

import pytest

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.domain.script import SayText
from campaign_app.speech import NothingToHear, ProgramFailed, ProgramMissing, SpeechError, commands, voices
from campaign_app.speech.errors import TimedOut
from tests.support.sounds import need_tools, new_speech, script
from tests.support.waiting import wait_until


def shape(path: Path) -> tuple[int, int, int]:
    with wave.open(str(path), "rb") as file:
        assert file.getnframes() > 0
        return file.getframerate(), file.getnchannels(), file.getsampwidth()


@pytest.mark.parametrize(
    "text",
    [
        "Hello Zoë, your visit is on 2 December.",
        "--help",
        "-w /tmp/evil.wav",
        "\"; touch pwned; echo '",
        "$(touch pwned) `touch pwned` | & > pwned",
        "<speak><break time='3s'/><audio src='file:///etc/passwd'/>hello</speak>",
        "before\0after",
        "\x01+50P\x01 rate, and [[D,Is]] sounds",
        "first line\n\nsecond line\r\n",
        "😀 hello",
        "{voice} {output}",
    ],
)
def test_any_text_is_only_ever_spoken(tmp_path: Path, text: str) -> None:
    need_tools()
    assert shape(new_speech(tmp_path).render_segment(SayText(text))) == (8000, 1, 2)
    left = {path.relative_to(tmp_path).parts[:2] for path in tmp_path.rglob("*") if path.is_file()}
    assert left <= {("speech", "cache"), ("speech", "locks")}, "a file that nobody asked for"


def test_text_after_a_nul_is_spoken_too(tmp_path: Path) -> None:
    need_tools()
    speech = new_speech(tmp_path)
    whole = speech.render_segment(SayText("before and everything that comes after it"))
    assert speech.render_segment(SayText("before\0and\x01everything that comes\nafter it")) == whole


@pytest.mark.parametrize("text", ["", "   \n\t", "\0\0", "\x07\x1b"])
def test_an_empty_text_is_an_error_that_says_so(tmp_path: Path, text: str) -> None:
    with pytest.raises(NothingToHear, match="empty"):
        new_speech(tmp_path).render_segment(SayText(text))


def test_a_text_without_sound_is_an_error_that_says_so(tmp_path: Path) -> None:
    need_tools()
    with pytest.raises(NothingToHear, match=r"no sound|silence"):
        new_speech(tmp_path).render_segment(SayText("\u200b"))
    assert not list(tmp_path.rglob("*.wav"))


def test_a_command_that_writes_silence_or_nothing_is_found_out(tmp_path: Path) -> None:
    need_tools()
    silent = script(
        tmp_path,
        "silent",
        'cat >/dev/null; exec ffmpeg -v error -f lavfi -i anullsrc=r=22050:cl=mono -t 2 "$1"',
    )
    with pytest.raises(NothingToHear, match="silence"):
        new_speech(tmp_path, f"{silent} {{output}}").render_segment(SayText("hello"))
    with pytest.raises(NothingToHear, match="speaks no sound"):
        new_speech(tmp_path, "true {output}").render_segment(SayText("hello"))
    odd = script(tmp_path, "odd", 'echo "this is no sound, but it is long enough to be taken for one" >"$1"')
    with pytest.raises(ProgramFailed, match="SWITCHBOARD_SPEECH_COMMAND"):
        new_speech(tmp_path, f"{odd} {{output}}").render_segment(SayText("hello"))


def test_a_text_that_is_far_too_long_is_refused_before_it_is_spoken(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="10,000"):
        new_speech(tmp_path).render_segment(SayText("x" * 10_001))


def test_a_voice_that_is_not_there_is_named(tmp_path: Path) -> None:
    need_tools()
    with pytest.raises(ProgramFailed, match="voice does not exist"):
        new_speech(tmp_path).render_segment(SayText("hello", voice="Polly.Joanna"))
    with pytest.raises(SpeechError, match="neither a voice nor a language"):
        new_speech(tmp_path).render_segment(SayText("hello", voice="--path=/tmp"))


def test_a_command_that_is_not_installed_is_an_error_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ProgramMissing, match="apt-get install espeak-ng") as raised:
        new_speech(tmp_path, "no-such-voice -o {output}").render_segment(SayText("hello"))
    assert raised.value.status == 503
    broken = tmp_path / "broken"
    broken.write_text("#!/no/such/interpreter\n")
    broken.chmod(0o755)
    with pytest.raises(ProgramMissing, match="cannot be run"):
        new_speech(tmp_path, f"{broken} {{output}}").render_segment(SayText("hello"))


def test_another_engine_at_another_rate_is_converted(tmp_path: Path) -> None:
    """What Piper does: its text on standard input as one line, 22.05 kHz to the file that --output_file names."""
    need_tools()
    piper = script(
        tmp_path,
        "piper",
        'test "$1" = --model && test "$2" = de-thorsten.onnx && test "$3" = --output_file || exit 9\n'
        'read -r line && test "$line" = "Guten Tag, Zoë" && test -z "$SWITCHBOARD_SECRET_KEY" || exit 8\n'
        'exec ffmpeg -nostdin -v error -f lavfi -i sine=300:duration=1:sample_rate=22050 "$4"',
    )
    speech = new_speech(tmp_path, f"{piper} --model {{voice}}.onnx --output_file {{output}}")
    assert shape(speech.render_segment(SayText("Guten Tag,\nZoë", voice="de-thorsten"))) == (8000, 1, 2)


def test_the_command_sees_no_setting_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHBOARD_SECRET_KEY", "k" * 32)
    told = commands.run_program(["env"], tmp_path, SYSTEM_CLOCK, timeout=10, most_bytes=1 << 20, remedy="")
    assert "SWITCHBOARD" not in told
    assert "LC_ALL=C.UTF-8" in told


def test_a_command_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    hanging = script(tmp_path, "hanging", "sleep 300 & echo $! > child\nwait")
    with pytest.raises(TimedOut, match=r"did not end within 0\.3 seconds"):
        commands.run_program(
            [str(hanging)], tmp_path, SYSTEM_CLOCK, timeout=0.3, most_bytes=1 << 20, remedy=""
        )
    # It slept for five minutes; that it is gone says that nobody waited for it.
    child = int((tmp_path / "child").read_text())
    wait_until(lambda: not _alive(child), "the child to be gone")


def test_a_command_that_writes_without_end_is_ended(tmp_path: Path) -> None:
    for where in ("big", "/dev/stdout", "/dev/stderr"):
        flood = script(tmp_path, "flood", f"exec cat /dev/zero > {where}")
        with pytest.raises(ProgramFailed, match="wrote more than 1 MB"):
            commands.run_program(
                [str(flood)], tmp_path, SYSTEM_CLOCK, timeout=60, most_bytes=1 << 20, remedy=""
            )
        (tmp_path / "big").unlink(missing_ok=True)


def test_a_command_that_is_killed_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    killed = script(tmp_path, "killed", 'head -c 50000 /dev/zero > "$1"; kill -9 $$')
    speech = new_speech(tmp_path, f"{killed} {{output}}")
    with pytest.raises(ProgramFailed, match="exit status -9"):
        speech.render_segment(SayText("hello"))
    assert list((tmp_path / "speech" / "work").iterdir()) == []
    assert not list(tmp_path.rglob("*.wav"))


def test_the_last_line_of_a_failure_is_shown_without_control_characters(tmp_path: Path) -> None:
    failing = script(tmp_path, "failing", "printf 'first\\n\\033[31mno such voice\\033[0m\\n\\n' >&2; exit 3")
    with pytest.raises(ProgramFailed, match=r"failed: \[31mno such voice\[0m$"):
        commands.run_program(
            [str(failing)], tmp_path, SYSTEM_CLOCK, timeout=60, most_bytes=1 << 20, remedy=""
        )


def test_a_line_is_what_can_be_spoken() -> None:
    assert voices.clean_text("  a\u2028b\0c \ud800d ") == "a b c d"


def _alive(pid: int) -> bool:
    """A zombie is dead: nobody here is its parent, and nobody may be there to bury it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.is_file() and status.read_text().rpartition(") ")[2].startswith("Z"))
