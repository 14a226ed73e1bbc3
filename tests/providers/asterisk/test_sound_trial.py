"""Sounds are tried in an empty bridge of a real Asterisk: nobody is called for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaign_app.domain.script import SayText, Segment
from campaign_app.providers.base import ProviderUnavailable
from tests.providers.asterisk.loopback import Line, beep

pytestmark = pytest.mark.asterisk
GOOD, BAD = SayText("A long message."), SayText("Undecodable.")


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
        assert line.server.ask("/bridges").json() == []
    finally:
        for each in (provider, lost, refused):
            each.close()
