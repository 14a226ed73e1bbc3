"""The contract of all providers over Twilio's adapter and its ear: as it is, and with callbacks that come twice and
late."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.providers.contract import ProviderContract
from tests.providers.twilio.fake.process import FakeTwilio
from tests.providers.twilio.rig import TwilioHarness

KINDS = {"well": {}, "unruly": {"duplicated": 0.5, "reordered": 0.5, "early": 0.5}}


@pytest.fixture(params=KINDS.values(), ids=KINDS.keys())
def harness(request: pytest.FixtureRequest, fake: FakeTwilio) -> Iterator[TwilioHarness]:
    # Whoever answers stays for 16 of the call's seconds.
    fake.set(rates=request.param, least_talk=0.4, speed=40.0)
    made = TwilioHarness(fake)
    yield made
    made.close()
    assert made.ear.refused == []


class TestTwilio(ProviderContract):
    pass
