from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.providers.twilio.fake.process import FakeTwilio, fake_twilio

pytest.register_assert_rewrite("tests.providers.twilio.rig")

from tests.providers.twilio.rig import TwilioHarness  # noqa: E402


@pytest.fixture(scope="module")
def twilio_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeTwilio]:
    """One fake for a module's tests: starting a process costs more than most of them."""
    with fake_twilio(tmp_path_factory.mktemp("twilio")) as fake:
        yield fake


@pytest.fixture
def fake(twilio_process: FakeTwilio) -> Iterator[FakeTwilio]:
    """It behaves well, until the test says otherwise. Whatever it found wrong with our requests fails the test."""
    before = len(twilio_process.faults("request", "twiml", "play"))
    yield twilio_process
    twilio_process.set(rates={}, suspended=False, caller_ids=None, queue_ms=0, least_talk=0.0, speed=20.0)
    assert twilio_process.faults("request", "twiml", "play")[before:] == []


@pytest.fixture
def harness(fake: FakeTwilio) -> Iterator[TwilioHarness]:
    made = TwilioHarness(fake)
    yield made
    made.close()
    assert made.ear.refused == []
