"""Provider webhooks: the signature of a recording's address, and what a reply asks for unless it says so."""

from __future__ import annotations

import re

import pytest

from campaign_app.domain.webhook import WebhookReply, recording_signature

KEY = b"k" * 32
DIGEST = "0f" * 32


def test_the_same_key_and_recording_give_the_same_signature() -> None:
    assert recording_signature(KEY, DIGEST) == recording_signature(KEY, DIGEST)


def test_a_signature_is_the_same_after_an_update() -> None:
    """Addresses that a provider was given before an update must still be good after it."""
    assert recording_signature(KEY, DIGEST) == "e2e363c29eac3f83600abf423b297a39"


@pytest.mark.parametrize(
    "key, digest",
    [
        (b"j" * 32, DIGEST),
        (KEY[:-1], DIGEST),
        (b"", DIGEST),
        (KEY, "0e" * 32),
        (KEY, DIGEST[:-1]),
        (KEY, DIGEST.upper()),
        (KEY, ""),
    ],
)
def test_another_key_or_recording_gives_another_signature(key: bytes, digest: str) -> None:
    assert recording_signature(key, digest) != recording_signature(KEY, DIGEST)


@pytest.mark.parametrize("digest", [DIGEST, "", "no digest at all", "é"])
def test_a_signature_can_stand_in_a_path(digest: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", recording_signature(KEY, digest))


def test_a_reply_does_nothing_that_it_does_not_say() -> None:
    reply = WebhookReply()
    assert (reply.updates, reply.body, reply.content_type) == ((), "", "text/plain")
    assert not reply.hang_up
    assert reply.follow_up is None
