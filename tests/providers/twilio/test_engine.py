"""The engine over the adapter, where no callback helps: what polling tells, and what it cannot."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.providers.twilio import TwilioProvider
from campaign_app.providers.twilio.urls import CallbackUrls
from tests.engine.world import World
from tests.providers.twilio.fake.process import CALLER_ID, SID, TOKEN, FakeTwilio
from tests.providers.twilio.rig import account
from tests.support.clock import FakeClock
from tests.support.waiting import wait_until

HUMAN, BUSY, RINGS = "+12125550200", "+12125550486", "+12125550999"
LOST, DOUBLED = "+13125550486", "+14155550486"
"""Busy as well, and called by one test each: the fake is shared, and knows what it was asked before."""
AFTER_POLL = 16.0
DEAD_END = CallbackUrls("http://127.0.0.1:9", 1)
"""Nobody listens there: no callback arrives."""


class Wired(World):
    """A world whose carrier is the fake. Its clock is moved by the test; the calls go on in real time."""

    def __init__(self, url: str, fake: FakeTwilio) -> None:
        super().__init__(url, FakeClock(SYSTEM_CLOCK.now()))
        self.fake = fake
        self.use()

    def use(self, urls: CallbackUrls | None = None, **changes: object) -> None:
        """Dial with this account from now on."""
        self.engines.clear()
        self.providers[self.trunk_id] = TwilioProvider(account(self.fake, **changes), urls)  # type: ignore[assignment]

    def heard(self, event: str, phone: str) -> list[dict[str, Any]]:
        """The ledger's lines about one number."""
        return [line for line in self.fake.ledger(event) if line["to"] == phone]

    def until_ended(self, phone: str) -> None:
        wait_until(lambda: self.heard("ended", phone), f"the call to {phone} to end")

    def later(self, seconds: float = AFTER_POLL) -> None:
        self.clock.move(seconds)
        self.tick()


def calls(lines: list[dict[str, Any]]) -> set[str]:
    return {line["call"] for line in lines}


@pytest.fixture
def fake(tmp_path: Path, twilio_process: FakeTwilio) -> Iterator[FakeTwilio]:
    """The module's, whose ledger this test reads from where it begins."""
    seen = len(twilio_process.lines("ledger"))
    every = twilio_process.lines
    twilio_process.lines = lambda name: every(name)[seen if name == "ledger" else 0 :]  # type: ignore[method-assign]
    yield twilio_process
    # What is still up would write into the next test's part.
    wait_until(
        lambda: not calls(twilio_process.ledger("placed")) - calls(twilio_process.ledger("ended")),
        "every call to end",
    )
    twilio_process.lines = every  # type: ignore[method-assign]
    twilio_process.set(rates={}, suspended=False, caller_ids=None, queue_ms=0)
    assert twilio_process.faults("request", "twiml") == []


@pytest.fixture
def wired(sqlite_template: Path, tmp_path: Path, fake: FakeTwilio) -> Iterator[Wired]:
    path = tmp_path / "wired.sqlite"
    shutil.copyfile(sqlite_template, path)
    world = Wired(f"sqlite:///{path}", fake)
    yield world
    assert world.broken() == {}
    world.close()


def test_without_a_public_url_polling_finds_every_outcome(wired: Wired) -> None:
    campaign_id = wired.campaign([HUMAN, BUSY], retry={"max_retries": 0, "delays_minutes": []})
    wired.tick()
    for phone in (HUMAN, BUSY):
        wired.until_ended(phone)
    wired.later()
    assert wired.outcomes(campaign_id) == {"completed": 1, "busy": 1}
    attempt = wired.attempt(HUMAN)
    assert attempt.answered_at is not None
    assert wired.attempt(BUSY).q850 == 17
    wired.tick()
    assert wired.status(campaign_id) == "completed"


def test_the_time_in_twilios_queue_is_counted_once_a_call(
    wired: Wired, caplog: pytest.LogCaptureFixture
) -> None:
    wired.fake.set(queue_ms=2600)
    wired.campaign([HUMAN, BUSY], retry={"max_retries": 0, "delays_minutes": []})
    wired.tick()
    for phone in (HUMAN, BUSY):
        wired.until_ended(phone)
    wired.later()
    told = wired.state.timings.to_json()["steps"]["provider_queue"]
    assert (sum(told["counts"]), told["sum"]) == (2, 5.2)
    attempt = wired.attempt(HUMAN)
    again = wired.provider.lookup(attempt.token, attempt.provider_ref)
    assert [news.queued_for for news in again] == [None, None]
    assert caplog.text.count("lower the trunk's calls per second") == 2


def test_a_call_whose_answer_was_lost_is_found_by_its_number(wired: Wired) -> None:
    wired.use(DEAD_END, read_timeout=0.3)
    wired.fake.set(rates={"hang-after": 1.0})
    wired.campaign([LOST])
    wired.tick()
    assert wired.attempt(LOST).status == "in-doubt"
    wired.until_ended(LOST)
    wired.later(4.0)
    assert wired.attempt(LOST).status == "in-doubt", "too early to guess"
    wired.later()
    attempt = wired.attempt(LOST)
    assert (attempt.status, attempt.provider_ref) == ("busy", wired.fake.ledger("placed")[0]["call"])
    assert len(wired.fake.ledger("placed")) == 1


def test_of_two_calls_to_the_number_none_is_taken(wired: Wired) -> None:
    wired.use(DEAD_END, read_timeout=0.3)
    wired.fake.set(rates={"reset": 1.0})
    wired.campaign([DOUBLED])
    wired.tick()
    wired.fake.set(rates={})
    stranger = httpx.post(
        f"{wired.fake.url}/2010-04-01/Accounts/{SID}/Calls.json",
        data={"To": DOUBLED, "From": CALLER_ID, "Twiml": "<Response/>"},
        auth=(SID, TOKEN),
        trust_env=False,
    ).json()["sid"]
    wired.later()
    attempt = wired.attempt(DOUBLED)
    assert (attempt.status, attempt.provider_ref) == ("in-doubt", None)
    assert "2 calls at the provider could be this one" in (attempt.cause or "")
    assert stranger in (attempt.cause or "")
    wired.later(1000.0)
    attempt = wired.attempt(DOUBLED)
    assert attempt.status == "unresolved"
    assert stranger in (attempt.cause or "")


def test_wrong_credentials_stop_the_trunk_and_say_so(wired: Wired) -> None:
    wired.use(auth_token="not-the-token")
    campaign_id = wired.campaign([HUMAN, BUSY])
    wired.tick()
    [(paused_at, reason)] = wired.sql("SELECT paused_at, paused_reason FROM trunks")
    assert paused_at is not None
    assert "20003" in reason
    assert "auth token" in reason
    wired.later(60.0)
    assert wired.fake.ledger() == []
    assert wired.outcomes(campaign_id) == {"released": 2}
    assert {wired.contact(phone).tries for phone in (HUMAN, BUSY)} == {0}


def test_an_account_that_is_not_set_dials_nothing(wired: Wired) -> None:
    wired.use(sid="", auth_token="")
    campaign_id = wired.campaign([HUMAN])
    wired.tick()
    assert wired.attempts(campaign_id) == []


def test_stop_and_hang_up_cancels_what_rings(wired: Wired) -> None:
    campaign_id = wired.campaign([RINGS])
    wired.tick()
    wait_until(lambda: wired.heard("ringing", RINGS), "it to ring")
    wired.act(campaign_id, "stop", hang_up=True)
    wired.tick()
    wired.until_ended(RINGS)
    wired.later()
    assert [line["outcome"] for line in wired.heard("ended", RINGS)] == ["canceled"]
    assert wired.attempt(RINGS).status == "canceled"


def test_a_carrier_that_was_killed_and_started_again_knows_its_calls(wired: Wired) -> None:
    wired.campaign([HUMAN, RINGS], retry={"max_retries": 0, "delays_minutes": []})
    wired.tick()
    wait_until(lambda: wired.heard("ringing", HUMAN) and wired.heard("ringing", RINGS), "both to ring")
    wired.fake.restart()
    for phone in (HUMAN, RINGS):
        wired.until_ended(phone)
    wired.later()
    assert {wired.attempt(phone).status for phone in (HUMAN, RINGS)} == {"completed", "no-answer"}
    assert len(wired.heard("placed", HUMAN)) == len(wired.heard("placed", RINGS)) == 1
