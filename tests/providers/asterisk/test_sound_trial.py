"""Sounds are tried in an empty bridge of a real Asterisk: nobody is called for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.domain.script import SayText, Segment
from campaign_app.providers.asterisk.adapter import AsteriskProvider
from campaign_app.providers.asterisk.sound_trial import SoundTrial
from campaign_app.providers.base import ProviderUnavailable
from tests.providers.asterisk.loopback import Line, beep
from tests.support.waiting import wait_until

pytestmark = pytest.mark.asterisk
GOOD, BAD = SayText("A long message."), SayText("Undecodable.")


def list_trials_left(line: Line, provider: AsteriskProvider) -> list[str]:
    """The trials' applications that Asterisk still has. It looks for those that are over only when another one's
    connection closes, and passes over one whose bridge is still on its way out: so one is opened and closed first."""
    with SoundTrial(provider._ari, "sweep", SYSTEM_CLOCK).open_events():
        pass
    names = [application["name"] for application in line.server.ask("/applications").json()]
    return [name for name in names if "-check-" in name and not name.startswith("sweep-")]


def test_only_what_asterisk_has_played_is_taken_for_playable(line: Line, tmp_path: Path) -> None:
    def audio(segment: Segment) -> Path:
        return beep(tmp_path, 20.0 if segment == GOOD else 3.0)

    provider = line.provider(audio=audio)
    lost = line.provider(audio=audio, sounds_as="/nowhere")
    refused = line.provider(audio=audio, password="another")
    try:
        assert provider.find_unplayable([GOOD]) == {}
        uri, _ = provider._sounds.put_segment(BAD)
        (line.server.sounds / f"{uri.rpartition('/')[2]}.wav").write_bytes(
            b"RIFF, and nothing to decode" * 99
        )
        errors = provider.find_unplayable([GOOD, BAD])
        assert list(errors) == [BAD]
        assert "cannot decode it" in errors[BAD]
        assert "/nowhere" in lost.find_unplayable([GOOD])[GOOD]
        with pytest.raises(ProviderUnavailable, match="refuses the user name or the password"):
            refused.find_unplayable([GOOD])
        assert [each for each in line.server.ask("/bridges").json() if each["id"].startswith("check-")] == []
        wait_until(
            lambda: not list_trials_left(line, provider), "Asterisk to forget the trials' applications"
        )
    finally:
        for each in (provider, lost, refused):
            each.close()
