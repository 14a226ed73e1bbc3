"""After a restore Twilio is asked what it placed: every call since, over all pages of its list, by its own id."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaign_app.clock import SYSTEM_CLOCK
from tests.providers.twilio.rig import TwilioHarness


def test_every_call_since_an_instant_is_listed_over_all_pages(
    harness: TwilioHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("campaign_app.providers.twilio.client.LISTED_AT_ONCE", 2)
    # Twilio tells whole seconds.
    since = SYSTEM_CLOCK.now() - timedelta(seconds=1)
    tokens = [harness.dial(harness.rings) for _ in range(5)]
    listing = harness.provider.list_placed(since)
    ours = [call for call in listing.calls if call.ref in {harness.refs[token] for token in tokens}]
    assert {(call.token, call.to) for call in ours} == {(None, harness.rings)}
    assert [call.ref for call in ours] == [harness.refs[token] for token in reversed(tokens)]
    assert all(call.updates and call.at >= since for call in ours)
    assert listing.gap is None
    assert harness.provider.list_placed(SYSTEM_CLOCK.now() + timedelta(minutes=1)).calls == []
