"""What the settings page says where Twilio cannot call us, or only in the clear."""

from __future__ import annotations

import pytest

from campaign_app.services.public_address import list_address_problems


@pytest.mark.parametrize(
    "url, words",
    [
        (None, ["not set"]),
        ("https://calls.example.org", []),
        ("https://203.0.114.9/base", []),
        ("http://calls.example.org", ["not https"]),
        ("http://127.0.0.1:5000", ["cannot reach", "not https"]),
        ("https://192.168.1.5", ["cannot reach"]),
        ("https://[fd00::1]", ["cannot reach"]),
        ("https://localhost", ["cannot reach"]),
        ("https://pbx.local", ["cannot reach"]),
    ],
)
def test_what_will_not_work(url: str | None, words: list[str]) -> None:
    notes = list_address_problems(url)
    assert len(notes) == len(words)
    assert all(word in note for word, note in zip(words, notes, strict=True))
